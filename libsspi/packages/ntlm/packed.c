/*
 * Reader and writer of the packed context, side by side.
 */
#include "libsspi/packages/ntlm/packed.h"

#include <string.h>

static const uint8_t tag[4] = {'N', 'T', 'L', 3}; /* the last byte is the version of this layout */

static void text_write(struct wire_writer *w, struct ntlm_bytes text)
{
    if (text.size > UINT16_MAX)
        wire_write_fail(w);
    wire_put_u16le(w, (uint16_t)text.size);
    wire_put_bytes(w, text.data, text.size);
}

static void text_read(struct wire_reader *r, struct ntlm_bytes *text)
{
    text->size = wire_u16le(r);
    if (text->size % 2)
        wire_read_fail(r);
    text->data = wire_bytes(r, text->size);
}

static void blob_write(struct wire_writer *w, struct ntlm_bytes blob)
{
    if (blob.size > NTLM_PACKED_MAX)
        wire_write_fail(w);
    wire_put_u32le(w, (uint32_t)blob.size);
    wire_put_bytes(w, blob.data, blob.size);
}

static void blob_read(struct wire_reader *r, struct ntlm_bytes *blob)
{
    blob->size = wire_u32le(r);
    blob->data = wire_bytes(r, blob->size);
}

static void facts_write(struct wire_writer *w, const struct ntlm_facts *f)
{
    wire_put_u8(w, f->known);
    wire_put_u32le(w, f->user_flags);
    wire_put_u64le(w, (uint64_t)f->logoff_time);
    wire_put_u64le(w, (uint64_t)f->password_expires);
}

static void facts_read(struct wire_reader *r, struct ntlm_facts *f)
{
    uint8_t known = wire_u8(r);

    if (known > 1)
        wire_read_fail(r);
    f->known = known;
    f->user_flags = wire_u32le(r);
    f->logoff_time = (int64_t)wire_u64le(r);
    f->password_expires = (int64_t)wire_u64le(r);
}

void ntlm_packed_write(struct wire_writer *w, const struct ntlm_packed *p)
{
    wire_put_bytes(w, tag, sizeof(tag));
    wire_put_u8(w, p->client);
    wire_put_u32le(w, p->flags);
    wire_put_u32le(w, p->attributes);
    wire_put_u64le(w, (uint64_t)p->start);
    wire_put_u64le(w, (uint64_t)p->expiry);
    wire_put_bytes(w, p->exported, sizeof(p->exported));
    text_write(w, p->user);
    text_write(w, p->domain);
    text_write(w, p->target);
    blob_write(w, p->target_info);
    blob_write(w, p->authorization);
    facts_write(w, &p->facts);
}

bool ntlm_packed_read(const void *data, size_t size, struct ntlm_packed *p)
{
    struct wire_reader r = wire_reader(data, size);
    const uint8_t *head = wire_bytes(&r, sizeof(tag));
    uint8_t side = wire_u8(&r);

    if (!head || memcmp(head, tag, sizeof(tag)) != 0 || side > 1)
        wire_read_fail(&r);
    p->client = side;
    p->flags = wire_u32le(&r);
    p->attributes = wire_u32le(&r);
    p->start = (LONGLONG)wire_u64le(&r);
    p->expiry = (LONGLONG)wire_u64le(&r);
    wire_copy(&r, p->exported, sizeof(p->exported));
    text_read(&r, &p->user);
    text_read(&r, &p->domain);
    text_read(&r, &p->target);
    blob_read(&r, &p->target_info);
    blob_read(&r, &p->authorization);
    facts_read(&r, &p->facts);
    return wire_done(&r);
}
