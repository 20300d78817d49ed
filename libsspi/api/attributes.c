/*
 * QueryContextAttributes(Ex), SetContextAttributes and FreeContextBuffer: the package answers, of
 * its user-mode half once the handshake is done, of its LSA half before, wherever that is.
 */
#include "libsspi/api/contexts.h"
#include "libsspi/api/token.h"

#include <credssp.h>
#include <string.h>

#include "libsspi/api/reason.h"
#include "libsspi/api/structures.h"

/* The LSA half, while the handshake lasts. The leg is locked. */
SECURITY_STATUS api_context_ask_lsa(const struct api_context *c, ULONG attribute,
                                    const struct lsa_attribute *a, void *buffer)
{
    struct lsa_call call;
    NTSTATUS status;

    if (c->remote)
        return api_status(api_remote_query(NULL, c->remote, a, buffer));
    if (c->local == 0)
        return SEC_E_INVALID_HANDLE;
    if (!c->package->lsa->QueryContextAttributes)
        return SEC_E_UNSUPPORTED_FUNCTION;
    api_call_begin(&call, 0);
    status = c->package->lsa->QueryContextAttributes(c->local, attribute, buffer);
    lsa_call_end();
    return api_status(status);
}

static SECURITY_STATUS ask_package(struct api_context *c, ULONG attribute,
                                   const struct lsa_attribute *a, void *buffer)
{
    uintptr_t user = atomic_load_explicit(&c->user, memory_order_acquire);
    SECURITY_STATUS status;

    if (user == 0) {
        pthread_mutex_lock(&c->leg);
        user = atomic_load_explicit(&c->user, memory_order_acquire);
        status = user == 0 ? api_context_ask_lsa(c, attribute, a, buffer) : SEC_E_OK;
        pthread_mutex_unlock(&c->leg);
        if (user == 0)
            return status;
    }
    if (!c->package->user->QueryContextAttributes)
        return SEC_E_UNSUPPORTED_FUNCTION;
    return api_status(c->package->user->QueryContextAttributes(user, attribute, buffer));
}

/* ---- the two structures that hold an SecPkgInfo -------------------------------------------- */

/* The host knows it for every package, whether the handshake is done or not. */
static SECURITY_STATUS package_info(const struct api_context *c, void *buffer, bool ansi)
{
    void *info = ansi ? (void *)api_package_info_a(&c->package, 1)
                      : (void *)api_package_info_w(&c->package, 1);

    *(void **)buffer = info;
    return info ? SEC_E_OK : SEC_E_INSUFFICIENT_MEMORY;
}

/* Both begin with it: the A form, of the W form in its place. */
static SECURITY_STATUS narrow_info(void *buffer)
{
    PSecPkgInfoW wide = ((PSecPkgContext_PackageInfoW)buffer)->PackageInfo;
    PSecPkgContext_PackageInfoA narrow = buffer;
    struct lsa_package package = {0};
    const struct lsa_package *list = &package;

    narrow->PackageInfo = NULL;
    if (!wide)
        return SEC_E_OK;
    package.info = *wide;
    narrow->PackageInfo = api_package_info_a(&list, 1);
    lsa_host_free(wide);
    return narrow->PackageInfo ? SEC_E_OK : SEC_E_INSUFFICIENT_MEMORY;
}

/* ---- QueryContextAttributes ---------------------------------------------------------------- */

static SECURITY_STATUS ask(struct api_context *c, ULONG attribute, const struct lsa_attribute *a,
                           void *buffer, bool ansi)
{
    SECURITY_STATUS status;

    if (attribute == SECPKG_ATTR_PACKAGE_INFO && !c->package->in_process)
        return package_info(c, buffer, ansi);
    if (attribute == SECPKG_ATTR_ACCESS_TOKEN || attribute == SECPKG_ATTR_C_ACCESS_TOKEN ||
        attribute == SECPKG_ATTR_C_FULL_ACCESS_TOKEN)
        /* "QueryContextAttributes (General)": the caller does not close this one. */
        return api_context_token(c, &((PSecPkgContext_AccessToken)buffer)->AccessToken);
    status = ask_package(c, attribute, a, buffer);
    if (status != SEC_E_OK || !ansi)
        return status;
    if (attribute == SECPKG_ATTR_NEGOTIATION_INFO || attribute == SECPKG_ATTR_PACKAGE_INFO ||
        attribute == SECPKG_ATTR_NEGOTIATION_PACKAGE)
        return narrow_info(buffer);
    return a ? api_structure_narrow(a, buffer) : SEC_E_OK;
}

static SECURITY_STATUS query(PCtxtHandle phContext, ULONG attribute, struct api_room *room,
                             bool ansi)
{
    const struct lsa_attribute *a = lsa_context_attribute(attribute);
    SecHandle handle = phContext ? *phContext : (SecHandle){0, 0};
    struct api_context *c = handle_acquire(HANDLE_CONTEXT, &handle);
    void *buffer = room->buffer;
    SECURITY_STATUS status = SEC_E_INVALID_PARAMETER;

    api_reason_begin();
    if (!c)
        return api_reason_end(SEC_E_INVALID_HANDLE);
    if (!room->buffer)
        goto out;
    if (room->size != UINT32_MAX)
        buffer = api_room_begin(room, a);
    status = SEC_E_BUFFER_TOO_SMALL;
    if (!buffer)
        goto out;
    status = ask(c, attribute, a, buffer, ansi);
    if (room->size != UINT32_MAX)
        api_room_end(room, status == SEC_E_OK ? buffer : NULL);
out:
    handle_release(&handle);
    return api_reason_end(status);
}

SECURITY_STATUS WINAPI QueryContextAttributesW(PCtxtHandle phContext, ULONG ulAttribute,
                                               void *pBuffer)
{
    struct api_room room;

    room.buffer = pBuffer;
    room.size = UINT32_MAX;
    return query(phContext, ulAttribute, &room, false);
}

SECURITY_STATUS WINAPI QueryContextAttributesA(PCtxtHandle phContext, ULONG ulAttribute,
                                               void *pBuffer)
{
    struct api_room room;

    room.buffer = pBuffer;
    room.size = UINT32_MAX;
    return query(phContext, ulAttribute, &room, true);
}

/* SEC_E_BUFFER_TOO_SMALL when cbBuffer bytes do not hold the structure of a documented attribute;
 * of another one that many bytes are given. */
SECURITY_STATUS WINAPI QueryContextAttributesExW(PCtxtHandle phContext, ULONG ulAttribute,
                                                 void *pBuffer, ULONG cbBuffer)
{
    struct api_room room;

    room.buffer = pBuffer;
    room.size = cbBuffer == UINT32_MAX ? UINT32_MAX - 1 : cbBuffer;
    return query(phContext, ulAttribute, &room, false);
}

SECURITY_STATUS WINAPI QueryContextAttributesExA(PCtxtHandle phContext, ULONG ulAttribute,
                                                 void *pBuffer, ULONG cbBuffer)
{
    struct api_room room;

    room.buffer = pBuffer;
    room.size = cbBuffer == UINT32_MAX ? UINT32_MAX - 1 : cbBuffer;
    return query(phContext, ulAttribute, &room, true);
}

/* ---- SetContextAttributes ------------------------------------------------------------------ */

/* The leg is locked. There is nothing to set in a user-mode half: the documented tables have no
 * function for it. */
static SECURITY_STATUS set_lsa_half(const struct api_context *c, ULONG attribute,
                                    const struct lsa_attribute *a, void *buffer, ULONG size)
{
    struct lsa_call call;
    NTSTATUS status;

    if (c->remote)
        return api_status(api_remote_set(NULL, c->remote, a, buffer, size));
    if (c->local == 0)
        return SEC_E_INVALID_HANDLE;
    api_call_begin(&call, 0);
    status = c->package->lsa->SetContextAttributes(c->local, attribute, buffer, size);
    lsa_call_end();
    return api_status(status);
}

static SECURITY_STATUS set(PCtxtHandle phContext, ULONG attribute, void *buffer, ULONG size,
                           bool ansi)
{
    const struct lsa_attribute *a = lsa_context_attribute(attribute);
    SecHandle handle = phContext ? *phContext : (SecHandle){0, 0};
    struct api_context *c = handle_acquire(HANDLE_CONTEXT, &handle);
    void *wide = NULL;
    SECURITY_STATUS status = SEC_E_UNSUPPORTED_FUNCTION;

    api_reason_begin();
    if (!c)
        return api_reason_end(SEC_E_INVALID_HANDLE);
    if (!c->package->lsa->SetContextAttributes)
        goto out;
    status = SEC_E_INVALID_PARAMETER;
    if (!buffer || (a && size < a->size))
        goto out;
    if (ansi && a && !a->local) {
        wide = api_structure_widen(a, buffer, size);
        if (!wide)
            goto out;
    }
    pthread_mutex_lock(&c->leg);
    status = set_lsa_half(c, attribute, a, wide ? wide : buffer, size);
    pthread_mutex_unlock(&c->leg);
out:
    if (wide)
        api_structure_free(a, wide);
    handle_release(&handle);
    return api_reason_end(status);
}

SECURITY_STATUS WINAPI SetContextAttributesW(PCtxtHandle phContext, ULONG ulAttribute,
                                             void *pBuffer, ULONG cbBuffer)
{
    return set(phContext, ulAttribute, pBuffer, cbBuffer, false);
}

SECURITY_STATUS WINAPI SetContextAttributesA(PCtxtHandle phContext, ULONG ulAttribute,
                                             void *pBuffer, ULONG cbBuffer)
{
    return set(phContext, ulAttribute, pBuffer, cbBuffer, true);
}

SECURITY_STATUS WINAPI FreeContextBuffer(void *pvContextBuffer)
{
    lsa_host_free(pvContextBuffer);
    return SEC_E_OK;
}
