/*
 * LsaCallAuthenticationPackage. The package sees the client's memory as two windows: the submit
 * buffer, which came with the message, and the room the client has reserved for the reply. What it
 * writes into the room goes back as bytes for the same addresses, so pointers inside the reply are
 * good as they are.
 */
#include "base/secret.h"
#include "lsad/calls.h"

#include <ntstatus.h>
#include <stdlib.h>
#include <string.h>

#define ALIGN 16u

struct windows {
    const Lsa__CallPackage *in;
    uint8_t
        *room; /* our copy of the client's room, secret memory; NULL until something is allocated */
    ULONG used; /* bytes of it */
};

static NTSTATUS window_allocate(void *arg, ULONG size, void **address)
{
    struct windows *w = arg;
    ULONG need;

    *address = NULL;
    if (size == 0 || size > LSA_CALL_ROOM)
        return STATUS_NO_MEMORY;
    need = (size + ALIGN - 1) & ~(ALIGN - 1);
    if (need > w->in->room - w->used)
        return STATUS_NO_MEMORY;
    if (!w->room)
        w->room = secret_alloc(w->in->room);
    if (!w->room)
        return STATUS_NO_MEMORY;
    *address = (void *)(uintptr_t)(w->in->room_base + w->used);
    w->used += need;
    return STATUS_SUCCESS;
}

static NTSTATUS window_release(void *arg, void *address)
{
    const struct windows *w = arg;
    uint64_t offset = (uintptr_t)address - w->in->room_base;

    /* It all goes with the message; an address that was never handed out is still an error. */
    return address && offset < w->used ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
}

static NTSTATUS window_copy_to(void *arg, ULONG size, void *address, const void *data)
{
    const struct windows *w = arg;
    uint64_t offset = (uintptr_t)address - w->in->room_base;

    if (offset > w->used || size > w->used - offset)
        return STATUS_ACCESS_VIOLATION;
    if (size)
        memcpy(w->room + offset, data, size);
    return STATUS_SUCCESS;
}

static NTSTATUS window_copy_from(void *arg, ULONG size, void *data, const void *address)
{
    const struct windows *w = arg;
    uint64_t offset = (uintptr_t)address - w->in->submit_base;

    if (offset > w->in->submit.len || size > w->in->submit.len - offset)
        return STATUS_ACCESS_VIOLATION;
    if (size)
        memcpy(data, w->in->submit.data + offset, size);
    return STATUS_SUCCESS;
}

static NTSTATUS call_into_package(struct lsad_call *call, const struct lsa_package *package,
                                  struct windows *windows, Lsa__CallPackageDone *out)
{
    const struct lsa_client_memory memory = {window_allocate, window_release, window_copy_to,
                                             window_copy_from, windows};
    const Lsa__CallPackage *in = windows->in;
    /* Who runs as root is trusted with calls that act for others (LsaRegisterLogonProcess). */
    LSA_AP_CALL_PACKAGE *function =
        call->client->uid == 0 ? package->lsa->CallPackage : package->lsa->CallPackageUntrusted;
    LUID luid = {.LowPart = 0};
    NTSTATUS status, protocol_status = STATUS_SUCCESS;
    struct lsa_call frame;
    void *reply = NULL;
    ULONG reply_size = 0;

    if (!function)
        return SEC_E_UNSUPPORTED_FUNCTION;
    (void)client_session(call->client,
                         &luid); /* none: zero, and the package says what it thinks of that */
    call_frame(call, &luid, &memory, &frame);
    lsa_call_begin(&frame);
    status = function(NULL, in->submit.data, (void *)(uintptr_t)in->submit_base,
                      (ULONG)in->submit.len, &reply, &reply_size, &protocol_status);
    lsa_call_end();
    out->protocol_status = (uint32_t)protocol_status;
    if (!reply)
        return status;
    if ((uintptr_t)reply != in->room_base || reply_size > windows->used)
        return SEC_E_INTERNAL_ERROR; /* the client can free the beginning of its room only */
    out->has_reply = true;
    out->reply_size = reply_size;
    out->reply.data = windows->room;
    out->reply.len = windows->used;
    return status;
}

void call_package(struct lsad_call *call)
{
    struct windows windows = {.in = call->request->call_package};
    Lsa__CallPackageDone out = LSA__CALL_PACKAGE_DONE__INIT;
    Lsa__Reply reply = LSA__REPLY__INIT;
    WCHAR *name = lsa_wide_dup(&windows.in->package16);
    const struct lsa_package *package = name ? lsa_host_find(name) : NULL;
    NTSTATUS status = SEC_E_SECPKG_NOT_FOUND;

    if (!package || package->in_process)
        goto out;
    status = SEC_E_INVALID_PARAMETER;
    if (windows.in->room > LSA_CALL_ROOM || !windows.in->room_base ||
        windows.in->room_base > UINTPTR_MAX - windows.in->room ||
        windows.in->submit_base > UINTPTR_MAX - windows.in->submit.len)
        goto out;
    status = call_into_package(call, package, &windows, &out);
    reply.result_case = LSA__REPLY__RESULT_CALL_PACKAGE;
    reply.call_package = &out;
out:
    reply.status = (uint32_t)status;
    client_reply(call, &reply);
    secret_free(windows.room);
    free(name);
}
