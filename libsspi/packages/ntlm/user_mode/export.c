/*
 * An established context as bytes: the packed context, and how far its two streams have come.
 */
#include "libsspi/packages/ntlm/user_mode/user_half.h"

#include <string.h>

#include "base/secret.h"
#include "base/wire.h"
#include "libsspi/packages/ntlm/packed.h"

static const uint8_t tag[4] = {'N', 'T', 'X', 2}; /* the last byte is the version of this layout */

static void progress_write(struct wire_writer *w, const struct ntlm_progress *p)
{
    wire_put_u32le(w, p->sequence);
    wire_put_u8(w, p->used_up);
    wire_put_u8(w, p->stream.i);
    wire_put_u8(w, p->stream.j);
    wire_put_bytes(w, p->stream.s, sizeof(p->stream.s));
}

static void progress_read(struct wire_reader *r, struct ntlm_progress *p)
{
    const uint8_t *s;
    uint8_t used_up;

    p->sequence = wire_u32le(r);
    used_up = wire_u8(r);
    p->used_up = used_up;
    p->stream.i = wire_u8(r);
    p->stream.j = wire_u8(r);
    s = wire_bytes(r, sizeof(p->stream.s));
    if (s)
        memcpy(p->stream.s, s, sizeof(p->stream.s));
    if (!s || used_up > 1 || !ntlm_stream_valid(&p->stream))
        wire_read_fail(r);
}

static void describe(const struct ntlm_user_context *c, struct ntlm_packed *p)
{
    *p = (struct ntlm_packed){
        .client = c->client,
        .flags = c->flags,
        .attributes = c->attributes,
        .start = c->start.QuadPart,
        .expiry = c->expiry.QuadPart,
        .user = ntlm_text_bytes(&c->user),
        .domain = ntlm_text_bytes(&c->domain),
        .target = ntlm_text_bytes(&c->target),
        .target_info = {c->target_info, c->target_info_size},
        .authorization = {c->authorization, c->authorization_size},
        .facts = c->facts,
    };
    memcpy(p->exported, c->exported, sizeof(p->exported));
}

SECURITY_STATUS ntlm_export(const struct ntlm_user_context *c, const SECPKG_DLL_FUNCTIONS *dll,
                            ULONG flags, PSecBuffer out)
{
    size_t room = 1024 + c->user.units * 2 + c->domain.units * 2 + c->target.units * 2 +
                  c->target_info_size + c->authorization_size;
    void *memory = dll->AllocateHeap((ULONG)room);
    struct wire_writer w = wire_writer(memory, room);
    struct ntlm_progress send, receive;
    struct ntlm_packed p;
    bool anew = flags & SECPKG_CONTEXT_EXPORT_RESET_NEW;

    if (!memory)
        return SEC_E_INSUFFICIENT_MEMORY;
    if (!ntlm_session_progress(c->session, &send, &receive)) {
        dll->FreeHeap(memory);
        return SEC_E_INSUFFICIENT_MEMORY;
    }
    describe(c, &p);
    wire_put_bytes(&w, tag, sizeof(tag));
    wire_put_u8(&w, !anew);
    if (!anew) {
        progress_write(&w, &send);
        progress_write(&w, &receive);
    }
    ntlm_packed_write(&w, &p);
    secret_wipe(&p, sizeof(p));
    secret_wipe(&send, sizeof(send));
    secret_wipe(&receive, sizeof(receive));
    if (!wire_write_ok(&w)) {
        dll->FreeHeap(memory);
        return SEC_E_INTERNAL_ERROR;
    }
    out->pvBuffer = memory;
    out->cbBuffer = (ULONG)w.offset;
    return SEC_E_OK;
}

bool ntlm_exported_read(const void *data, size_t size, struct ntlm_exported *out)
{
    struct wire_reader r = wire_reader(data, size);
    const uint8_t *head = wire_bytes(&r, sizeof(tag));
    uint8_t begun = wire_u8(&r);

    if (!head || memcmp(head, tag, sizeof(tag)) != 0 || begun > 1)
        return false;
    out->begun = begun;
    if (begun) {
        progress_read(&r, &out->send);
        progress_read(&r, &out->receive);
    }
    out->packed_size = wire_left(&r);
    out->packed = wire_bytes(&r, out->packed_size);
    return wire_done(&r);
}
