/*
 * An established context as bytes: the packed context it was made from, and how far its messages
 * have come.
 */
#include "libsspi/packages/kerberos/user_mode/user_mode.h"

#include <string.h>
#include <ntstatus.h>

#include "base/secret.h"
#include "base/wire.h"

#define MAGIC 0x3158524bu /* "KRX1" */
#define HEAD  (4 + 1 + 4 * 8)

static void read_progress(struct kerb_protection *p, struct kerb_exported *out)
{
    out->begun = true;
    pthread_mutex_lock(&p->send.lock);
    out->send = p->send.next;
    pthread_mutex_unlock(&p->send.lock);
    pthread_mutex_lock(&p->receive.lock);
    out->receive = p->receive.window.next;
    out->seen = p->receive.window.seen;
    pthread_mutex_unlock(&p->receive.lock);
}

void kerb_export_resume(struct kerb_protection *p, const struct kerb_exported *exported)
{
    if (!exported->begun)
        return;
    p->send.next = exported->send;
    p->receive.window.next = exported->receive & p->receive.window.mask;
    p->receive.window.seen = exported->seen;
}

NTSTATUS kerb_export(struct kerb_user_context *c, const SECPKG_DLL_FUNCTIONS *heap, ULONG flags,
                     PSecBuffer out)
{
    struct kerb_exported progress = {.begun = false};
    size_t size = HEAD + c->packed.size;
    void *memory = heap->AllocateHeap((ULONG)size);
    struct wire_writer w = wire_writer(memory, size);

    if (!memory)
        return SEC_E_INSUFFICIENT_MEMORY;
    if (!(flags & SECPKG_CONTEXT_EXPORT_RESET_NEW))
        read_progress(&c->protection, &progress);
    wire_put_u32le(&w, MAGIC);
    wire_put_u8(&w, progress.begun);
    wire_put_u64le(&w, progress.send);
    wire_put_u64le(&w, progress.receive);
    wire_put_u64le(&w, progress.seen);
    wire_put_u64le(&w, c->packed.size);
    wire_put_bytes(&w, c->packed.bytes, c->packed.size);
    if (!wire_write_ok(&w)) {
        heap->FreeHeap(memory);
        return SEC_E_INTERNAL_ERROR;
    }
    out->pvBuffer = memory;
    out->cbBuffer = (ULONG)size;
    return SEC_E_OK;
}

bool kerb_exported_read(const void *data, size_t size, struct kerb_exported *out)
{
    struct wire_reader r = wire_reader(data, size);
    uint8_t begun;

    if (wire_u32le(&r) != MAGIC)
        return false;
    begun = wire_u8(&r);
    out->begun = begun;
    out->send = wire_u64le(&r);
    out->receive = wire_u64le(&r);
    out->seen = wire_u64le(&r);
    if (wire_u64le(&r) != wire_left(&r))
        return false;
    out->packed_size = wire_left(&r);
    out->packed = wire_bytes(&r, out->packed_size);
    return wire_done(&r) && begun <= 1;
}
