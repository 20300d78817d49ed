/*
 * RFC 4757 7: signatures and Wrap tokens under RC4-HMAC keys, for peers that have nothing better.
 * Each token is framed as a whole by RFC 2743 3.1, so its length counts the data too; one byte of
 * padding stands behind them.
 */
#include "libsspi/packages/kerberos/protect.h"

#include <string.h>

#include "base/secret.h"
#include "base/wire.h"
#include "libsspi/packages/kerberos/token.h"

enum { TOKEN_MIC = 0x0101, TOKEN_WRAP = 0x0201 };
enum { SGN_HMAC_MD5 = 0x1100, SEAL_RC4 = 0x1000, SEAL_NONE = 0xffff };
enum { USAGE_WRAP = 13, USAGE_MIC = 15 };
#define COVERED    8 /* the part of the header that is signed: token id, algorithms, filler */
#define CHECKSUM   8
#define SEQUENCE   8
#define CONFOUNDER 8
#define PADDING    1
#define KEY        16
#define BODY       (COVERED - 2 + SEQUENCE + CHECKSUM)

/* Everything between the framing and the data. */
struct token {
    uint16_t type, seal;
    uint8_t sequence[SEQUENCE]; /* encrypted */
    uint8_t checksum[CHECKSUM];
};

static void write_covered(uint8_t out[COVERED], uint16_t type, uint16_t seal)
{
    struct wire_writer w = wire_writer(out, COVERED);

    wire_put_u16be(&w, type);
    wire_put_u16be(&w, SGN_HMAC_MD5);
    wire_put_u16be(&w, seal);
    wire_put_u16be(&w, 0xffff);
}

/* Size of a token up to and with its checksum, when `behind` bytes follow. */
static size_t token_size(size_t behind)
{
    return kerb_token_head_size(BODY + behind) + BODY;
}

static void write_token(uint8_t *out, const struct token *t, size_t behind)
{
    struct wire_writer w = wire_writer(out, token_size(behind));
    struct kerb_token frame = {.type = t->type, .body_size = BODY + behind};
    uint8_t covered[COVERED];

    write_covered(covered, t->type, t->seal);
    kerb_token_write_head(&w, &frame);
    wire_put_bytes(&w, covered + 2, COVERED - 2);
    wire_put_bytes(&w, t->sequence, sizeof(t->sequence));
    wire_put_bytes(&w, t->checksum, sizeof(t->checksum));
}

/* The token's header; `rest` gets what stands behind the checksum. */
static bool read_token(uint8_t *data, size_t size, struct token *t, struct kerb_segment *rest)
{
    struct kerb_token frame;
    struct wire_reader r;

    if (!kerb_token_read(data, size, &frame))
        return false;
    r = wire_reader(frame.body, frame.body_size);
    t->type = frame.type;
    if (wire_u16be(&r) != SGN_HMAC_MD5)
        return false;
    t->seal = wire_u16be(&r);
    if (wire_u16be(&r) != 0xffff)
        return false;
    wire_copy(&r, t->sequence, sizeof(t->sequence));
    wire_copy(&r, t->checksum, sizeof(t->checksum));
    rest->size = wire_left(&r);
    rest->data = data + (size - rest->size);
    rest->sealed = true;
    return wire_ok(&r);
}

/* ---- keys and checksums, RFC 4757 7.2 and 7.3 ---------------------------------------------- */

static bool hmac(const uint8_t *key, const void *data, size_t size, uint8_t out[KEY])
{
    const struct kerb_segment one = {(uint8_t *)(uintptr_t)data, size, false};

    return kerb_hmac_md5(key, KEY, &one, 1, out);
}

static bool checksum_of(const struct kerb_direction *d, uint32_t usage, uint16_t type,
                        uint16_t seal, const struct kerb_segment *parts, size_t count,
                        uint8_t out[CHECKSUM])
{
    struct kerb_segment list[KERB_DATA_BUFFERS_MAX + 4];
    uint8_t head[4 + COVERED] = {(uint8_t)usage}, key[KEY], hash[16], full[KEY];
    bool ok;

    write_covered(head + 4, type, seal);
    list[0] = (struct kerb_segment){head, sizeof(head), false};
    if (count)
        memcpy(list + 1, parts, count * sizeof(*parts));
    ok = hmac(d->keyed[0].key, "signaturekey", sizeof("signaturekey"), key) &&
         kerb_md5(list, count + 1, hash) && hmac(key, hash, sizeof(hash), full);
    if (ok)
        memcpy(out, full, CHECKSUM);
    secret_wipe(key, sizeof(key));
    return ok;
}

/* Encrypts or decrypts the sequence field: its number, most significant byte first, and the
 * direction four times. */
static bool crypt_sequence(const struct kerb_direction *d, const uint8_t checksum[CHECKSUM],
                           uint8_t field[SEQUENCE])
{
    const struct kerb_segment one = {field, SEQUENCE, true};
    const uint8_t zero[4] = {0};
    uint8_t key[KEY];
    bool ok = hmac(d->keyed[0].key, zero, sizeof(zero), key) &&
              hmac(key, checksum, CHECKSUM, key) && kerb_rc4(key, &one, 1);

    secret_wipe(key, sizeof(key));
    return ok;
}

static void write_sequence(const struct kerb_direction *d, uint8_t field[SEQUENCE], uint32_t number)
{
    struct wire_writer w = wire_writer(field, SEQUENCE);

    wire_put_u32be(&w, number);
    wire_put_u32be(&w, d->by_acceptor ? 0xffffffff : 0);
}

static bool read_sequence(const struct kerb_direction *d, const uint8_t field[SEQUENCE],
                          uint32_t *number)
{
    struct wire_reader r = wire_reader(field, SEQUENCE);

    *number = wire_u32be(&r);
    return wire_u32be(&r) == (d->by_acceptor ? 0xffffffff : 0);
}

static bool crypt_data(const struct kerb_direction *d, uint32_t number,
                       const struct kerb_segment *parts, size_t count)
{
    uint8_t local[KEY], big[4];
    struct wire_writer w = wire_writer(big, sizeof(big));
    const uint8_t zero[4] = {0};
    bool ok;

    wire_put_u32be(&w, number);
    for (size_t i = 0; i < KEY; i++)
        local[i] = d->keyed[0].key[i] ^ 0xf0;
    ok = hmac(local, zero, sizeof(zero), local) && hmac(local, big, sizeof(big), local) &&
         kerb_rc4(local, parts, count);
    secret_wipe(local, sizeof(local));
    return ok;
}

/* ---- signatures ---------------------------------------------------------------------------- */

SECURITY_STATUS kerb_rc4_sign(struct kerb_direction *d, struct kerb_message *m)
{
    struct token t = {.type = TOKEN_MIC, .seal = SEAL_NONE};
    uint8_t *out = kerb_message_token(m, token_size(0));

    if (!out)
        return SEC_E_BUFFER_TOO_SMALL;
    write_sequence(d, t.sequence, (uint32_t)d->next);
    if (!checksum_of(d, USAGE_MIC, t.type, t.seal, m->data, m->count, t.checksum) ||
        !crypt_sequence(d, t.checksum, t.sequence))
        return SEC_E_INTERNAL_ERROR;
    write_token(out, &t, 0);
    d->next++;
    return SEC_E_OK;
}

/* The checks that follow once the checksum expected is known. */
static SECURITY_STATUS finish(struct kerb_direction *d, struct token *t,
                              const uint8_t expected[CHECKSUM])
{
    uint32_t number;

    if (!secret_equal(expected, t->checksum, CHECKSUM) || !read_sequence(d, t->sequence, &number))
        return SEC_E_MESSAGE_ALTERED;
    return kerb_sequence_check(&d->window, number) ? SEC_E_OK : SEC_E_OUT_OF_SEQUENCE;
}

SECURITY_STATUS kerb_rc4_verify(struct kerb_direction *d, struct kerb_message *m)
{
    struct token t;
    struct kerb_segment rest;
    uint8_t expected[CHECKSUM];

    if (!read_token(m->token->pvBuffer, m->token->cbBuffer, &t, &rest) || t.type != TOKEN_MIC ||
        t.seal != SEAL_NONE || rest.size)
        return SEC_E_INVALID_TOKEN;
    if (!checksum_of(d, USAGE_MIC, t.type, t.seal, m->data, m->count, expected) ||
        !crypt_sequence(d, t.checksum, t.sequence))
        return SEC_E_INTERNAL_ERROR;
    return finish(d, &t, expected);
}

/* ---- Wrap tokens --------------------------------------------------------------------------- */

SECURITY_STATUS kerb_rc4_wrap(struct kerb_direction *d, struct kerb_message *m, bool encrypt)
{
    struct token t = {.type = TOKEN_WRAP, .seal = encrypt ? SEAL_RC4 : SEAL_NONE};
    size_t behind = CONFOUNDER + m->size + PADDING, head = token_size(behind), count = 0;
    struct kerb_segment parts[KERB_DATA_BUFFERS_MAX + 2];
    uint8_t *out;

    if (!m->padding || !m->padding->pvBuffer || m->padding->cbBuffer < PADDING)
        return SEC_E_INSUFFICIENT_BUFFERS;
    out = kerb_message_token(m, head + CONFOUNDER);
    if (!out)
        return SEC_E_BUFFER_TOO_SMALL;
    m->padding->cbBuffer = PADDING;
    *(uint8_t *)m->padding->pvBuffer = PADDING;
    if (!secret_random(out + head, CONFOUNDER))
        return SEC_E_INTERNAL_ERROR;
    parts[count++] = (struct kerb_segment){out + head, CONFOUNDER, true};
    memcpy(parts + count, m->data, m->count * sizeof(parts[0]));
    count += m->count;
    parts[count++] = (struct kerb_segment){m->padding->pvBuffer, PADDING, true};
    write_sequence(d, t.sequence, (uint32_t)d->next);
    if (!checksum_of(d, USAGE_WRAP, t.type, t.seal, parts, count, t.checksum) ||
        !crypt_sequence(d, t.checksum, t.sequence) ||
        (encrypt && !crypt_data(d, (uint32_t)d->next, parts, count)))
        return SEC_E_INTERNAL_ERROR;
    write_token(out, &t, behind);
    d->next++;
    return SEC_E_OK;
}

/* `rest`: confounder, data and padding in one piece. */
static SECURITY_STATUS open_token(struct kerb_direction *d, struct token *t,
                                  const struct kerb_segment *rest)
{
    uint8_t expected[CHECKSUM];
    struct wire_reader r;

    if (!crypt_sequence(d, t->checksum, t->sequence))
        return SEC_E_INTERNAL_ERROR;
    r = wire_reader(t->sequence, sizeof(t->sequence));
    if (t->seal == SEAL_RC4 && !crypt_data(d, wire_u32be(&r), rest, 1))
        return SEC_E_INTERNAL_ERROR;
    if (!checksum_of(d, USAGE_WRAP, t->type, t->seal, rest, 1, expected))
        return SEC_E_INTERNAL_ERROR;
    return finish(d, t, expected);
}

SECURITY_STATUS kerb_rc4_unwrap(struct kerb_direction *d, struct kerb_message *m, bool *encrypted)
{
    struct token t;
    struct kerb_segment rest = {NULL, 0, true};
    size_t size = 0, padding;
    uint8_t *all = kerb_message_gather(m, 0, 0, &size);
    SECURITY_STATUS status = SEC_E_INSUFFICIENT_MEMORY, delivered;

    if (!all)
        goto out;
    status = SEC_E_INVALID_TOKEN;
    if (m->signed_only || !read_token(all, size, &t, &rest) || t.type != TOKEN_WRAP ||
        (t.seal != SEAL_RC4 && t.seal != SEAL_NONE) || rest.size < CONFOUNDER + PADDING)
        goto out;
    *encrypted = t.seal == SEAL_RC4;
    status = open_token(d, &t, &rest);
    if (status != SEC_E_OK && status != SEC_E_OUT_OF_SEQUENCE)
        goto out;
    padding = rest.data[rest.size - 1];
    if (padding < 1 || padding > 8 || padding > rest.size - CONFOUNDER) {
        status = SEC_E_INVALID_TOKEN;
        goto out;
    }
    delivered = kerb_message_deliver(m, rest.data + CONFOUNDER, rest.size - CONFOUNDER - padding);
    if (delivered != SEC_E_OK)
        status = delivered;
out:
    secret_free(all);
    return status;
}

void kerb_rc4_sizes(SecPkgContext_Sizes *sizes)
{
    sizes->cbMaxSignature = (ULONG)token_size(0);
    sizes->cbBlockSize = PADDING;
    sizes->cbSecurityTrailer = (ULONG)(token_size(UINT32_MAX / 2) + CONFOUNDER);
}
