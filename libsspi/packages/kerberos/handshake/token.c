/*
 * Reader and writer of the GSS-API framing and of the 0x8003 checksum, side by side. Nothing here
 * knows libkrb5.
 */
#include "libsspi/packages/kerberos/handshake/token.h"

#include <string.h>
#include <sspi.h>

#include "libsspi/packages/kerberos/messages/crypto.h"

#define TAG_APPLICATION_0 0x60
#define TAG_OID           0x06
#define TAG_AP_REQ        0x6e
#define TAG_AP_REP        0x6f
#define TAG_ERROR         0x7e

/* The longest begins with the first: that is why they are compared whole. */
static const struct oid {
    uint8_t size, bytes[10];
} oids[] = {
    [KERB_FRAMED_KRB5] = {9, {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 0x01, 0x02, 0x02}},
    [KERB_FRAMED_MICROSOFT] = {9, {0x2a, 0x86, 0x48, 0x82, 0xf7, 0x12, 0x01, 0x02, 0x02}},
    [KERB_FRAMED_USER2USER] = {10, {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 0x01, 0x02, 0x02, 0x03}},
};

/* ---- a DER length: X.690 8.1.3, definite form, the shortest one ---------------------------- */

size_t kerb_der_read_length(struct wire_reader *r)
{
    uint8_t first = wire_u8(r);
    size_t length = 0, octets = first & 0x7f;

    if (first < 0x80)
        return first;
    if (octets < 1 || octets > 4) {
        wire_read_fail(r);
        return 0;
    }
    for (size_t i = 0; i < octets; i++)
        length = length << 8 | wire_u8(r);
    if (length < 0x80 || (octets > 1 && length >> (8 * (octets - 1)) == 0))
        wire_read_fail(r);
    return length;
}

void kerb_der_write_length(struct wire_writer *w, size_t length)
{
    size_t octets = 1;

    if (length < 0x80) {
        wire_put_u8(w, (uint8_t)length);
        return;
    }
    if (length > UINT32_MAX) {
        wire_write_fail(w);
        return;
    }
    while (length >> (8 * octets))
        octets++;
    wire_put_u8(w, (uint8_t)(0x80 | octets));
    while (octets-- > 0)
        wire_put_u8(w, (uint8_t)(length >> (8 * octets)));
}

/* ---- RFC 2743 3.1 InitialContextToken, RFC 4121 4.1 --------------------------------------------
 */

/* A bare message says by its tag what it is: RFC 4120 5.5.1, 5.5.2, 5.9.1. */
static bool read_bare(struct wire_reader *r, uint8_t tag, struct kerb_token *out)
{
    out->framing = KERB_UNFRAMED;
    out->type = tag == TAG_AP_REQ   ? KERB_TOKEN_AP_REQ
                : tag == TAG_AP_REP ? KERB_TOKEN_AP_REP
                                    : KERB_TOKEN_ERROR;
    out->body = r->data;
    out->body_size = r->size;
    return kerb_der_read_length(r) == wire_left(r) && wire_ok(r);
}

static bool read_oid(struct wire_reader *r, enum kerb_framing *framing)
{
    size_t size = wire_u8(r);
    const uint8_t *bytes = wire_bytes(r, size);

    for (size_t i = 0; bytes && i < sizeof(oids) / sizeof(oids[0]); i++) {
        if (size == oids[i].size && memcmp(bytes, oids[i].bytes, size) == 0) {
            *framing = (enum kerb_framing)i;
            return true;
        }
    }
    return false;
}

bool kerb_token_read(const void *data, size_t size, struct kerb_token *out)
{
    struct wire_reader r = wire_reader(data, size);
    uint8_t tag = wire_u8(&r);

    memset(out, 0, sizeof(*out));
    if (tag == TAG_AP_REQ || tag == TAG_AP_REP || tag == TAG_ERROR)
        return read_bare(&r, tag, out);
    if (tag != TAG_APPLICATION_0 || kerb_der_read_length(&r) != wire_left(&r))
        return false;
    if (wire_u8(&r) != TAG_OID || !read_oid(&r, &out->framing))
        return false;
    out->type = wire_u16be(&r);
    out->body_size = wire_left(&r);
    out->body = wire_bytes(&r, out->body_size);
    return wire_done(&r);
}

/* What the outer length counts besides the body: the object identifier and the token id. */
static size_t counted(enum kerb_framing framing)
{
    return 2 + (size_t)oids[framing].size + 2;
}

void kerb_token_write_head(struct wire_writer *w, const struct kerb_token *token)
{
    if (token->framing == KERB_UNFRAMED)
        return;
    wire_put_u8(w, TAG_APPLICATION_0);
    kerb_der_write_length(w, counted(token->framing) + token->body_size);
    wire_put_u8(w, TAG_OID);
    wire_put_u8(w, oids[token->framing].size);
    wire_put_bytes(w, oids[token->framing].bytes, oids[token->framing].size);
    wire_put_u16be(w, token->type);
}

void kerb_token_write(struct wire_writer *w, const struct kerb_token *token)
{
    kerb_token_write_head(w, token);
    wire_put_bytes(w, token->body, token->body_size);
}

size_t kerb_token_head_size(size_t body_size)
{
    uint8_t length[8];
    struct wire_writer w = wire_writer(length, sizeof(length));

    kerb_der_write_length(&w, counted(KERB_FRAMED_KRB5) + body_size);
    return 1 + w.offset + counted(KERB_FRAMED_KRB5);
}

/* ---- RFC 4121 4.1.1, the authenticator's checksum ------------------------------------------ */

#define DELEGATION_OPTION 1

bool kerb_checksum_read(const void *data, size_t size, struct kerb_checksum *out)
{
    struct wire_reader r = wire_reader(data, size);

    memset(out, 0, sizeof(*out));
    if (wire_u32le(&r) != KERB_BINDINGS_SIZE)
        return false;
    wire_copy(&r, out->bindings, sizeof(out->bindings));
    out->flags = wire_u32le(&r);
    if (!wire_ok(&r))
        return false;
    /* Extensions may follow (RFC 6542 and others); only the delegation has a place here. */
    if (out->flags & KERB_GSS_DELEG) {
        if (wire_u16le(&r) != DELEGATION_OPTION)
            return false;
        out->delegation_size = wire_u16le(&r);
        out->delegation = wire_bytes(&r, out->delegation_size);
    }
    return wire_ok(&r);
}

void kerb_checksum_write(struct wire_writer *w, const struct kerb_checksum *checksum)
{
    wire_put_u32le(w, KERB_BINDINGS_SIZE);
    wire_put_bytes(w, checksum->bindings, sizeof(checksum->bindings));
    wire_put_u32le(w, checksum->flags);
    if (!checksum->delegation)
        return;
    if (checksum->delegation_size > UINT16_MAX)
        wire_write_fail(w);
    wire_put_u16le(w, DELEGATION_OPTION);
    wire_put_u16le(w, (uint16_t)checksum->delegation_size);
    wire_put_bytes(w, checksum->delegation, checksum->delegation_size);
}

/* ---- RFC 4121 4.1.1.2, channel bindings ---------------------------------------------------- */

/* One counted field of the structure that is hashed: its length, then its bytes. */
static void hash_field(struct wire_writer *w, const struct wire_reader *all, uint32_t size,
                       uint32_t offset)
{
    struct wire_reader field = size ? wire_slice(all, offset, size) : wire_reader("", 0);
    const uint8_t *bytes = wire_bytes(&field, size);

    if (!bytes) {
        wire_write_fail(w);
        return;
    }
    wire_put_u32le(w, size);
    wire_put_bytes(w, bytes, size);
}

/*
 * SEC_CHANNEL_BINDINGS_EX has a header of its own. Without it the first field is the type of an
 * address, and no type is as large as the magic number.
 */
static bool skip_header(struct wire_reader *r)
{
    uint32_t magic = wire_u32le(r), header, structure;

    if (magic != SEC_CHANNEL_BINDINGS_EX_MAGIC) {
        wire_seek(r, 0);
        return wire_ok(r);
    }
    (void)wire_u32le(r); /* flags: the caller's affair */
    header = wire_u32le(r);
    structure = wire_u32le(r);
    return wire_ok(r) && header == sizeof(SEC_CHANNEL_BINDINGS_EX) && structure <= r->size;
}

bool kerb_bindings_hash(const void *bindings, size_t size, uint8_t hash[KERB_BINDINGS_SIZE])
{
    struct wire_reader r = wire_reader(bindings, size);
    struct wire_writer w = wire_writer_grow(size + 32);
    struct {
        uint32_t type, size, offset;
    } initiator, acceptor;
    uint32_t application_size, application_offset;
    bool ok = skip_header(&r);

    if (!ok)
        goto out;
    initiator.type = wire_u32le(&r);
    initiator.size = wire_u32le(&r);
    initiator.offset = wire_u32le(&r);
    acceptor.type = wire_u32le(&r);
    acceptor.size = wire_u32le(&r);
    acceptor.offset = wire_u32le(&r);
    application_size = wire_u32le(&r);
    application_offset = wire_u32le(&r);
    ok = wire_ok(&r);
    if (!ok)
        goto out;

    wire_put_u32le(&w, initiator.type);
    hash_field(&w, &r, initiator.size, initiator.offset);
    wire_put_u32le(&w, acceptor.type);
    hash_field(&w, &r, acceptor.size, acceptor.offset);
    hash_field(&w, &r, application_size, application_offset);
    ok = wire_write_ok(&w) && kerb_md5(&(struct kerb_segment){w.data, w.offset, false}, 1, hash);
out:
    wire_writer_free(&w);
    return ok;
}
