/*
 * An established context as bytes: the name of the package that was agreed on, and what that
 * package makes of its context. The negotiation itself is over, and does not travel.
 */
#include "libsspi/packages/negotiate/negotiate.h"

#include <string.h>

#include "base/utf16.h"
#include "base/wire.h"

#define MAGIC    0x31584753u /* "SGX1" */
#define NAME_MAX 63          /* units of UTF-16 */

NTSTATUS nego_export(const struct nego_established *e, ULONG flags, PSecBuffer packed)
{
    size_t units = utf16_length(e->package->info.Name), size;
    SecBuffer inner = {0, SECBUFFER_TOKEN, NULL};
    HANDLE unused = NULL;
    struct wire_writer w;
    NTSTATUS status;

    if (!e->package->user->ExportContext || units > NAME_MAX)
        return SEC_E_UNSUPPORTED_FUNCTION;
    status = e->package->user->ExportContext(e->user, flags, &inner, &unused);
    if (status < 0)
        return status;
    size = 4 + 2 + units * sizeof(WCHAR) + 4 + inner.cbBuffer;
    w = wire_writer(nego_dll->AllocateHeap((ULONG)size), size);
    status = SEC_E_INSUFFICIENT_MEMORY;
    if (!w.data)
        goto out;
    wire_put_u32le(&w, MAGIC);
    wire_put_u16le(&w, (uint16_t)units);
    wire_put_bytes(&w, e->package->info.Name, units * sizeof(WCHAR));
    wire_put_u32le(&w, inner.cbBuffer);
    wire_put_bytes(&w, inner.pvBuffer, inner.cbBuffer);
    status = SEC_E_INTERNAL_ERROR;
    if (!wire_write_ok(&w)) {
        nego_dll->FreeHeap(w.data);
        goto out;
    }
    packed->pvBuffer = w.data;
    packed->cbBuffer = (ULONG)size;
    status = SEC_E_OK;
out:
    lsa_host_free(inner.pvBuffer); /* wipes it: it has the keys */
    return status;
}

static bool read(const SecBuffer *packed, WCHAR name[NAME_MAX + 1], SecBuffer *inner)
{
    struct wire_reader r = wire_reader(packed->pvBuffer, packed->cbBuffer);
    const void *bytes;
    uint16_t units;
    uint32_t size;

    if (wire_u32le(&r) != MAGIC)
        return false;
    units = wire_u16le(&r);
    if (!wire_ok(&r) || units > NAME_MAX)
        return false;
    bytes = wire_bytes(&r, units * sizeof(WCHAR));
    if (!wire_ok(&r))
        return false;
    memcpy(name, bytes, units * sizeof(WCHAR));
    name[units] = 0;
    size = wire_u32le(&r);
    if (size != wire_left(&r))
        return false;
    inner->BufferType = SECBUFFER_TOKEN;
    inner->cbBuffer = size;
    inner->pvBuffer = (void *)(uintptr_t)wire_bytes(&r, size);
    return wire_done(&r);
}

/*
 * SEC_E_INVALID_TOKEN: no exported context; SEC_E_SECPKG_NOT_FOUND: of a package that this process
 * has not; what the package answers.
 */
struct nego_outcome *nego_import(const SecBuffer *packed, HANDLE token, LSA_SEC_HANDLE number,
                                 NTSTATUS *status)
{
    const struct lsa_package *package;
    struct nego_outcome *o = NULL;
    WCHAR name[NAME_MAX + 1];
    SecBuffer inner;

    *status = SEC_E_INVALID_TOKEN;
    if (!read(packed, name, &inner))
        return NULL;
    package = lsa_host_find(name);
    *status = SEC_E_SECPKG_NOT_FOUND;
    if (!package || package->in_process)
        return NULL;
    *status = SEC_E_UNSUPPORTED_FUNCTION;
    if (!package->user->ImportContext)
        return NULL;
    *status = package->user->ImportContext(&inner, token, &number);
    if (*status < 0)
        return NULL;
    o = nego_outcome_new(package, number, NULL);
    if (!o && package->user->DeleteUserModeContext)
        package->user->DeleteUserModeContext(number);
    *status = o ? SEC_E_OK : SEC_E_INSUFFICIENT_MEMORY;
    return o;
}
