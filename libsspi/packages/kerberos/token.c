/*
 * Reader and writer of the GSS-API framing and of the 0x8003 checksum, side by side. Nothing here
 * knows libkrb5.
 */
#include "libsspi/packages/kerberos/token.h"

#include <string.h>

#include "libsspi/packages/kerberos/crypto.h"

#define TAG_APPLICATION_0 0x60
#define TAG_OID           0x06

/* 1.2.840.113554.1.2.2, RFC 4121 1, and Microsoft's 1.2.840.48018.1.2.2 */
static const uint8_t oid_krb5[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 0x01, 0x02, 0x02};
static const uint8_t oid_microsoft[] = {0x2a, 0x86, 0x48, 0x82, 0xf7, 0x12, 0x01, 0x02, 0x02};

/* ---- a DER length: X.690 8.1.3, definite form, the shortest one ---------------------------- */

static size_t read_der_length(struct wire_reader *r)
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

static void write_der_length(struct wire_writer *w, size_t length)
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

bool kerb_token_read(const void *data, size_t size, struct kerb_token *out)
{
    struct wire_reader r = wire_reader(data, size);
    const uint8_t *oid;

    memset(out, 0, sizeof(*out));
    if (wire_u8(&r) != TAG_APPLICATION_0)
        return false;
    if (read_der_length(&r) != wire_left(&r))
        return false;
    if (wire_u8(&r) != TAG_OID || wire_u8(&r) != sizeof(oid_krb5))
        return false;
    oid = wire_bytes(&r, sizeof(oid_krb5));
    if (!oid)
        return false;
    out->microsoft_oid = memcmp(oid, oid_microsoft, sizeof(oid_microsoft)) == 0;
    if (!out->microsoft_oid && memcmp(oid, oid_krb5, sizeof(oid_krb5)) != 0)
        return false;
    out->type = wire_u16be(&r);
    out->body_size = wire_left(&r);
    out->body = wire_bytes(&r, out->body_size);
    return wire_done(&r);
}

/* What the outer length counts besides the body: the object identifier and the token id. */
#define COUNTED (2 + sizeof(oid_krb5) + 2)

void kerb_token_write_head(struct wire_writer *w, const struct kerb_token *token)
{
    wire_put_u8(w, TAG_APPLICATION_0);
    write_der_length(w, COUNTED + token->body_size);
    wire_put_u8(w, TAG_OID);
    wire_put_u8(w, sizeof(oid_krb5));
    wire_put_bytes(w, token->microsoft_oid ? oid_microsoft : oid_krb5, sizeof(oid_krb5));
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

    write_der_length(&w, COUNTED + body_size);
    return 1 + w.offset + COUNTED;
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

bool kerb_bindings_hash(const void *bindings, size_t size, uint8_t hash[KERB_BINDINGS_SIZE])
{
    struct wire_reader r = wire_reader(bindings, size);
    struct wire_writer w = wire_writer_grow(size + 32);
    struct {
        uint32_t type, size, offset;
    } initiator, acceptor;
    uint32_t application_size, application_offset;
    bool ok;

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
