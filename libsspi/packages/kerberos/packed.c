/*
 * Writer and reader of the packed context, side by side.
 */
#include "libsspi/packages/kerberos/packed.h"

#include <string.h>

#include "base/secret.h"
#include "base/wire.h"

#define MAGIC 0x4b524237u /* "KRB7"; a change of the layout changes it */

static void write_key(struct wire_writer *w, const struct kerb_key *key)
{
    const struct kerb_profile *profile = kerb_profile(key->enctype);

    wire_put_u32le(w, (uint32_t)key->enctype);
    if (profile)
        wire_put_bytes(w, key->bytes, profile->key_size);
    else if (key->enctype)
        wire_write_fail(w);
}

static void read_key(struct wire_reader *r, struct kerb_key *key)
{
    const struct kerb_profile *profile;

    key->enctype = (int32_t)wire_u32le(r);
    profile = kerb_profile(key->enctype);
    if (profile)
        wire_copy(r, key->bytes, profile->key_size);
    else if (key->enctype)
        wire_read_fail(r);
}

static void write_text(struct wire_writer *w, const struct kerb_text *text)
{
    if (text->size > KERB_TEXT_MAX)
        wire_write_fail(w);
    wire_put_u16le(w, (uint16_t)text->size);
    wire_put_bytes(w, text->bytes, text->size);
}

static void read_text(struct wire_reader *r, struct kerb_text *text)
{
    text->size = wire_u16le(r);
    if (text->size > KERB_TEXT_MAX)
        wire_read_fail(r);
    text->bytes = (const char *)wire_bytes(r, text->size);
}

static void write_bytes(struct wire_writer *w, const struct kerb_bytes *bytes)
{
    if (bytes->size > KERB_PAC_MAX)
        wire_write_fail(w);
    wire_put_u32le(w, (uint32_t)bytes->size);
    wire_put_bytes(w, bytes->bytes, bytes->size);
}

static void read_bytes(struct wire_reader *r, struct kerb_bytes *bytes)
{
    bytes->size = wire_u32le(r);
    if (bytes->size > KERB_PAC_MAX)
        wire_read_fail(r);
    bytes->bytes = wire_bytes(r, bytes->size);
}

void *kerb_packed_write(const struct kerb_packed *context, size_t *size)
{
    size_t room = 256 + 3 * KERB_KEY_MAX + context->client.size + context->server.size +
                  context->target.size + context->local_user.size + context->pac.size +
                  context->bindings.size;
    void *memory = secret_alloc(room);
    struct wire_writer w = wire_writer(memory, room);

    wire_put_u32le(&w, MAGIC);
    wire_put_u8(&w, context->initiator);
    wire_put_u32le(&w, context->attributes);
    wire_put_u64le(&w, context->send_sequence);
    wire_put_u64le(&w, context->receive_sequence);
    wire_put_u64le(&w, (uint64_t)context->start);
    wire_put_u64le(&w, (uint64_t)context->expiry);
    write_key(&w, &context->key);
    write_key(&w, &context->acceptor_key);
    write_key(&w, &context->session_key);
    wire_put_u32le(&w, context->ticket_flags);
    wire_put_u64le(&w, (uint64_t)context->auth_time);
    wire_put_u64le(&w, context->logon);
    write_text(&w, &context->client);
    write_text(&w, &context->server);
    write_text(&w, &context->target);
    write_text(&w, &context->local_user);
    write_bytes(&w, &context->pac);
    write_bytes(&w, &context->bindings);
    if (!wire_write_ok(&w) || !memory) {
        secret_free(memory);
        return NULL;
    }
    *size = w.offset;
    return memory;
}

bool kerb_packed_read(const void *data, size_t size, struct kerb_packed *out)
{
    struct wire_reader r = wire_reader(data, size);
    uint8_t initiator;

    memset(out, 0, sizeof(*out));
    if (wire_u32le(&r) != MAGIC)
        return false;
    initiator = wire_u8(&r);
    out->initiator = initiator;
    out->attributes = wire_u32le(&r);
    out->send_sequence = wire_u64le(&r);
    out->receive_sequence = wire_u64le(&r);
    out->start = (int64_t)wire_u64le(&r);
    out->expiry = (int64_t)wire_u64le(&r);
    read_key(&r, &out->key);
    read_key(&r, &out->acceptor_key);
    read_key(&r, &out->session_key);
    out->ticket_flags = wire_u32le(&r);
    out->auth_time = (int64_t)wire_u64le(&r);
    out->logon = wire_u64le(&r);
    read_text(&r, &out->client);
    read_text(&r, &out->server);
    read_text(&r, &out->target);
    read_text(&r, &out->local_user);
    read_bytes(&r, &out->pac);
    read_bytes(&r, &out->bindings);
    return wire_done(&r) && initiator <= 1 && out->key.enctype;
}
