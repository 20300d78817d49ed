/*
 * RFC 4757 7: the header and the checksums of messages under RC4-HMAC keys, for peers that have
 * nothing better; and signatures.
 */
#include "libsspi/packages/kerberos/messages/rc4.h"

#include <string.h>

#include "base/secret.h"
#include "base/wire.h"

/* ---- frame and header ---------------------------------------------------------------------- */

/* 1.2.840.113554.1.2.2, RFC 4121 1, and Microsoft's 1.2.840.48018.1.2.2, with their tags */
static const uint8_t oid_krb5[] = {6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 0x01, 0x02, 0x02};
static const uint8_t oid_microsoft[] = {6, 9, 0x2a, 0x86, 0x48, 0x82, 0xf7, 0x12, 0x01, 0x02, 0x02};
size_t rc4_octets(size_t length)
{
    size_t octets = 1;

    if (length >= 0x80) {
        while (length) {
            octets++;
            length >>= 8;
        }
    }
    return octets;
}

size_t rc4_header_size(size_t octets)
{
    return 1 + octets + RC4_COUNTED;
}

static void write_covered(uint8_t out[RC4_COVERED], uint16_t type, uint16_t seal)
{
    struct wire_writer w = wire_writer(out, RC4_COVERED);

    wire_put_u16be(&w, type);
    wire_put_u16be(&w, RC4_SGN_HMAC_MD5);
    wire_put_u16be(&w, seal);
    wire_put_u16be(&w, 0xffff);
}

void rc4_write_token(uint8_t *out, const struct rc4_token *t)
{
    struct wire_writer w = wire_writer(out, rc4_header_size(t->octets));
    uint8_t covered[RC4_COVERED];

    write_covered(covered, t->type, t->seal);
    wire_put_u8(&w, RC4_FRAME);
    if (t->octets > 1)
        wire_put_u8(&w, (uint8_t)(0x80 | (t->octets - 1)));
    for (size_t left = t->octets > 1 ? t->octets - 1 : 1; left-- > 0;)
        wire_put_u8(&w, (uint8_t)(t->length >> (8 * left)));
    wire_put_bytes(&w, oid_krb5, sizeof(oid_krb5));
    wire_put_bytes(&w, covered, sizeof(covered));
    wire_put_bytes(&w, t->sequence, sizeof(t->sequence));
    wire_put_bytes(&w, t->checksum, sizeof(t->checksum));
}

/* A DER length that may be longer than it needs to be: see octets_for(). */
static size_t read_length(struct wire_reader *r, size_t *octets)
{
    size_t length = wire_u8(r);

    *octets = 1;
    if (length < 0x80)
        return length;
    *octets += length & 0x7f;
    if (*octets == 1 || *octets > RC4_OCTETS_MAX)
        wire_read_fail(r);
    length = 0;
    for (size_t left = *octets - 1; left && wire_ok(r); left--)
        length = length << 8 | wire_u8(r);
    return length;
}

bool rc4_read_token(const uint8_t *data, size_t size, struct rc4_token *t)
{
    struct wire_reader r = wire_reader(data, size);
    bool framed = wire_u8(&r) == RC4_FRAME;
    const uint8_t *oid;

    t->length = read_length(&r, &t->octets);
    oid = wire_bytes(&r, sizeof(oid_krb5));
    if (!framed || !oid ||
        (memcmp(oid, oid_krb5, sizeof(oid_krb5)) && memcmp(oid, oid_microsoft, sizeof(oid_krb5))))
        return false;
    t->type = wire_u16be(&r);
    if (wire_u16be(&r) != RC4_SGN_HMAC_MD5)
        return false;
    t->seal = wire_u16be(&r);
    if (wire_u16be(&r) != 0xffff)
        return false;
    wire_copy(&r, t->sequence, sizeof(t->sequence));
    wire_copy(&r, t->checksum, sizeof(t->checksum));
    return wire_ok(&r);
}

/* ---- keys and checksums, RFC 4757 7.2 and 7.3 ---------------------------------------------- */

struct kerb_rc4_tools *rc4_tools_of(struct kerb_direction *d)
{
    if (!d->rc4)
        d->rc4 = kerb_rc4_tools_new();
    return d->rc4;
}

bool rc4_hmac(struct kerb_direction *d, const uint8_t *key, const void *data, size_t size,
              uint8_t out[KERB_RC4_KEY])
{
    const struct kerb_segment one = {(uint8_t *)(uintptr_t)data, size, false};

    return kerb_rc4_hmac(d->rc4, key, &one, 1, out);
}

bool rc4_checksum(struct kerb_direction *d, uint32_t usage, const struct rc4_token *t,
                  const struct kerb_pieces *parts, uint8_t out[RC4_CHECKSUM])
{
    struct kerb_segment list[KERB_PIECES_MAX + 1];
    uint8_t head[4 + RC4_COVERED] = {(uint8_t)usage}, key[KERB_RC4_KEY], hash[16],
                     full[KERB_RC4_KEY];
    bool ok;

    write_covered(head + 4, t->type, t->seal);
    list[0] = (struct kerb_segment){head, sizeof(head), false};
    if (parts->count)
        memcpy(list + 1, parts->list, parts->count * sizeof(list[0]));
    ok = rc4_hmac(d, rc4_key(d), "signaturekey", sizeof("signaturekey"), key) &&
         kerb_rc4_md5(d->rc4, list, parts->count + 1, hash) &&
         rc4_hmac(d, key, hash, sizeof(hash), full);
    if (ok)
        memcpy(out, full, RC4_CHECKSUM);
    secret_wipe(key, sizeof(key));
    return ok;
}

bool rc4_crypt_sequence(struct kerb_direction *d, const uint8_t checksum[RC4_CHECKSUM],
                        uint8_t field[RC4_SEQUENCE])
{
    const struct kerb_segment one = {field, RC4_SEQUENCE, true};
    const uint8_t zero[4] = {0};
    uint8_t key[KERB_RC4_KEY];
    bool ok = rc4_hmac(d, rc4_key(d), zero, sizeof(zero), key) &&
              rc4_hmac(d, key, checksum, RC4_CHECKSUM, key) && kerb_rc4_crypt(d->rc4, key, &one, 1);

    secret_wipe(key, sizeof(key));
    return ok;
}

void rc4_write_sequence(const struct kerb_direction *d, uint8_t field[RC4_SEQUENCE],
                        uint32_t number)
{
    struct wire_writer w = wire_writer(field, RC4_SEQUENCE);

    wire_put_u32be(&w, number);
    wire_put_u32be(&w, d->by_acceptor ? 0xffffffff : 0);
}

static bool read_sequence(const struct kerb_direction *d, const uint8_t field[RC4_SEQUENCE],
                          uint32_t *number)
{
    struct wire_reader r = wire_reader(field, RC4_SEQUENCE);

    *number = wire_u32be(&r);
    return wire_u32be(&r) == (d->by_acceptor ? 0xffffffff : 0);
}

/* ---- signatures ---------------------------------------------------------------------------- */

SECURITY_STATUS kerb_rc4_sign(struct kerb_direction *d, struct kerb_message *m)
{
    struct rc4_token t = {
        .type = RC4_TOKEN_MIC, .seal = RC4_SEAL_NONE, .octets = 1, .length = RC4_COUNTED};
    uint8_t *out = kerb_message_token(m, rc4_header_size(1));
    struct kerb_pieces parts;

    if (!out)
        return SEC_E_BUFFER_TOO_SMALL;
    kerb_pieces_start(&parts);
    kerb_message_data(m, &parts);
    rc4_write_sequence(d, t.sequence, (uint32_t)d->next);
    if (!rc4_tools_of(d) || !rc4_checksum(d, RC4_USAGE_MIC, &t, &parts, t.checksum) ||
        !rc4_crypt_sequence(d, t.checksum, t.sequence))
        return SEC_E_INTERNAL_ERROR;
    rc4_write_token(out, &t);
    d->next++;
    return SEC_E_OK;
}

SECURITY_STATUS rc4_finish(struct kerb_direction *d, struct rc4_token *t,
                           const uint8_t expected[RC4_CHECKSUM])
{
    uint32_t number;

    if (!secret_equal(expected, t->checksum, RC4_CHECKSUM) ||
        !read_sequence(d, t->sequence, &number))
        return SEC_E_MESSAGE_ALTERED;
    return kerb_sequence_check(&d->window, number) ? SEC_E_OK : SEC_E_OUT_OF_SEQUENCE;
}

SECURITY_STATUS kerb_rc4_verify(struct kerb_direction *d, struct kerb_message *m)
{
    struct rc4_token t;
    struct kerb_pieces parts;
    uint8_t expected[RC4_CHECKSUM];
    size_t size = m->token->cbBuffer;

    if (!rc4_read_token(m->token->pvBuffer, size, &t) || t.type != RC4_TOKEN_MIC ||
        t.seal != RC4_SEAL_NONE || t.length != RC4_COUNTED || size != rc4_header_size(t.octets))
        return SEC_E_INVALID_TOKEN;
    kerb_pieces_start(&parts);
    kerb_message_data(m, &parts);
    if (!rc4_tools_of(d) || !rc4_checksum(d, RC4_USAGE_MIC, &t, &parts, expected) ||
        !rc4_crypt_sequence(d, t.checksum, t.sequence))
        return SEC_E_INTERNAL_ERROR;
    return rc4_finish(d, &t, expected);
}
