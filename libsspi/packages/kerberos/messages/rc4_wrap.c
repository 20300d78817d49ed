/*
 * RFC 4757 7.3: Wrap tokens, writer beside reader.
 *
 *   as it travels   frame | algorithms | number | checksum | E(confounder) | E(data) | E(padding)
 *
 * The frame of RFC 2743 3.1 counts all of it, and one byte of padding stands behind the data. In
 * DCE style it counts up to the confounder only, and there is no padding.
 */
#include "libsspi/packages/kerberos/messages/rc4.h"

#include <string.h>

#include "base/secret.h"
#include "base/wire.h"

#define CONFOUNDER  8
#define PADDING     1 /* byte behind the data; up to 8 are understood */
#define PADDING_MAX 8

static bool crypt_data(struct kerb_direction *d, uint32_t number, const struct kerb_pieces *parts)
{
    uint8_t local[KERB_RC4_KEY], big[4];
    struct wire_writer w = wire_writer(big, sizeof(big));
    const uint8_t zero[4] = {0};
    bool ok;

    wire_put_u32be(&w, number);
    for (size_t i = 0; i < KERB_RC4_KEY; i++)
        local[i] = rc4_key(d)[i] ^ 0xf0;
    ok = rc4_hmac(d, local, zero, sizeof(zero), local) &&
         rc4_hmac(d, local, big, sizeof(big), local) &&
         kerb_rc4_crypt(d->rc4, local, parts->list, parts->count);
    secret_wipe(local, sizeof(local));
    return ok;
}

/* ---- writing Wrap tokens ------------------------------------------------------------------- */

/* Where the parts of a message go that is being wrapped. */
struct layout {
    uint8_t *token, *padding;
    size_t octets, padding_size;
    size_t shift; /* the padding lies in front of the data and has yet to change places with them */
};

/* cbSecurityTrailer: with room for the padding of a caller that has no buffer for it. */
static size_t trailer_size(bool dce)
{
    return dce ? rc4_header_size(1) + CONFOUNDER
               : rc4_header_size(RC4_OCTETS_MAX) + CONFOUNDER + PADDING;
}

/*
 * Programs that send cbSecurityTrailer bytes of token and then the data have no buffer for padding.
 * The receiver only sees the bytes behind each other, so the padding, as long as the rest of the
 * trailer, goes behind the data all the same, and the data move up. The length of the frame may
 * then take an octet more than it needs: else there would be lengths of data for which no padding
 * fits.
 */
static size_t octets_for(size_t size)
{
    size_t octets = 1;

    while (rc4_octets(RC4_COUNTED + CONFOUNDER + size + (RC4_OCTETS_MAX + PADDING - octets)) >
           octets)
        octets++;
    return octets;
}

static SECURITY_STATUS lay_out(const struct kerb_direction *d, struct kerb_message *m,
                               struct layout *l)
{
    size_t size;

    *l = (struct layout){.octets = 1};
    if (!d->dce && m->padding) {
        if (!m->padding->pvBuffer || m->padding->cbBuffer < PADDING)
            return SEC_E_INSUFFICIENT_BUFFERS;
        l->padding = m->padding->pvBuffer;
        l->padding_size = PADDING;
        l->octets = rc4_octets(RC4_COUNTED + CONFOUNDER + m->size + PADDING);
    } else if (!d->dce) {
        l->octets = octets_for(m->size);
        l->shift = l->padding_size = RC4_OCTETS_MAX + PADDING - l->octets;
    }
    size = rc4_header_size(l->octets) + CONFOUNDER;
    l->token = kerb_message_token(m, size + l->shift);
    if (!l->token)
        return SEC_E_BUFFER_TOO_SMALL;
    if (l->shift)
        l->padding = l->token + size;
    if (m->padding)
        m->padding->cbBuffer = d->dce ? 0 : PADDING;
    return SEC_E_OK;
}

SECURITY_STATUS kerb_rc4_wrap(struct kerb_direction *d, struct kerb_message *m, bool encrypt)
{
    struct rc4_token t = {.type = RC4_TOKEN_WRAP, .seal = encrypt ? RC4_SEAL_RC4 : RC4_SEAL_NONE};
    struct kerb_pieces parts, body;
    struct layout l;
    uint8_t *confounder;
    SECURITY_STATUS status = lay_out(d, m, &l);

    if (status != SEC_E_OK)
        return status;
    t.octets = l.octets;
    t.length = RC4_COUNTED + CONFOUNDER + (d->dce ? 0 : m->size + l.padding_size);
    confounder = l.token + rc4_header_size(t.octets);
    if (!rc4_tools_of(d) || !kerb_fresh_bytes(d, confounder, CONFOUNDER))
        return SEC_E_INTERNAL_ERROR;
    if (l.padding_size)
        memset(l.padding, (int)l.padding_size, l.padding_size);
    kerb_pieces_start(&parts);
    kerb_pieces_add(&parts, confounder, CONFOUNDER, true);
    kerb_message_data(m, &parts);
    kerb_pieces_add(&parts, l.padding, l.padding_size, true);
    rc4_write_sequence(d, t.sequence, (uint32_t)d->next);
    if (!rc4_checksum(d, RC4_USAGE_WRAP, &t, &parts, t.checksum) ||
        !rc4_crypt_sequence(d, t.checksum, t.sequence) ||
        (encrypt && !crypt_data(d, (uint32_t)d->next, &parts)))
        return SEC_E_INTERNAL_ERROR;
    if (l.shift) {
        kerb_message_travelling(m, rc4_header_size(t.octets) + CONFOUNDER, &body);
        kerb_pieces_rotate(&body, l.shift);
    }
    rc4_write_token(l.token, &t);
    d->next++;
    return SEC_E_OK;
}

/* ---- reading Wrap tokens ------------------------------------------------------------------- */

/* `parts`: confounder, data and padding. */
static SECURITY_STATUS open_token(struct kerb_direction *d, struct rc4_token *t,
                                  const struct kerb_pieces *parts)
{
    uint8_t expected[RC4_CHECKSUM];
    struct wire_reader r;

    if (!rc4_crypt_sequence(d, t->checksum, t->sequence))
        return SEC_E_INTERNAL_ERROR;
    r = wire_reader(t->sequence, sizeof(t->sequence));
    if ((t->seal == RC4_SEAL_RC4 && !crypt_data(d, wire_u32be(&r), parts)) ||
        !rc4_checksum(d, RC4_USAGE_WRAP, t, parts, expected))
        return SEC_E_INTERNAL_ERROR;
    return rc4_finish(d, t, expected);
}

/* What was not genuine is nobody's to read. */
static void wipe(const struct kerb_pieces *parts)
{
    for (size_t i = 0; i < parts->count; i++) {
        if (parts->list[i].sealed)
            secret_wipe(parts->list[i].data, parts->list[i].size);
    }
}

/*
 * What is signed only stands among what is sealed, so those must lie in the buffers that they came
 * from: what lay_out() moved is moved back, and the padding is at the end of the token again.
 * False when the buffers are cut in another way.
 */
static bool put_back(const struct kerb_message *m, size_t at, size_t rest,
                     struct kerb_pieces *parts)
{
    uint8_t *token = m->token->pvBuffer;
    size_t shift = m->token->cbBuffer - at;
    struct kerb_pieces body;

    if (m->token->cbBuffer < at || shift > PADDING_MAX || shift > rest)
        return false;
    kerb_message_travelling(m, at, &body);
    if (shift && shift < rest)
        kerb_pieces_rotate(&body, rest - shift);
    kerb_pieces_add(parts, token + at - CONFOUNDER, CONFOUNDER, true);
    kerb_message_data(m, parts);
    if (m->padding)
        kerb_pieces_add(parts, m->padding->pvBuffer, m->padding->cbBuffer, true);
    kerb_pieces_add(parts, token + at, shift, true);
    return true;
}

/* The size of the plaintext of `size` bytes behind the confounder; false when the padding is wrong.
 */
static bool without_padding(const struct kerb_direction *d, const struct kerb_pieces *parts,
                            size_t *size)
{
    const struct kerb_segment *last = &parts->list[parts->count - 1];
    uint8_t padding;

    if (d->dce)
        return true;
    padding = last->sealed ? last->data[last->size - 1] : 0;
    if (*size < PADDING || padding < 1 || padding > PADDING_MAX || padding > *size)
        return false;
    *size -= padding;
    return true;
}

/* Whether the frame counts what it must of `size` bytes, and they reach past the confounder. */
static SECURITY_STATUS framed(const struct kerb_direction *d, const struct kerb_message *m,
                              const struct rc4_token *t, size_t size)
{
    size_t least = rc4_header_size(t->octets) + CONFOUNDER, whole = 1 + t->octets + t->length;

    if (d->dce ? t->length != RC4_COUNTED + CONFOUNDER : whole < least + PADDING)
        return SEC_E_INVALID_TOKEN;
    if (d->dce ? size >= least : size == whole)
        return SEC_E_OK;
    return m->stream && size < whole ? SEC_E_INCOMPLETE_MESSAGE : SEC_E_INVALID_TOKEN;
}

SECURITY_STATUS kerb_rc4_unwrap(struct kerb_direction *d, struct kerb_message *m, bool *encrypted)
{
    uint8_t head[1 + RC4_OCTETS_MAX + RC4_COUNTED];
    struct rc4_token t;
    struct kerb_pieces body, parts;
    size_t size, at, rest;
    SECURITY_STATUS status, delivered;

    kerb_message_travelling(m, 0, &body);
    size = kerb_pieces_size(&body);
    rest = size < sizeof(head) ? size : sizeof(head);
    kerb_pieces_read(&body, 0, head, rest);
    if (m->stream && rest < rc4_header_size(1) && (rest == 0 || head[0] == RC4_FRAME))
        return SEC_E_INCOMPLETE_MESSAGE;
    if (!rc4_read_token(head, rest, &t) || t.type != RC4_TOKEN_WRAP ||
        (t.seal != RC4_SEAL_RC4 && t.seal != RC4_SEAL_NONE))
        return SEC_E_INVALID_TOKEN;
    status = framed(d, m, &t, size);
    if (status != SEC_E_OK)
        return status;
    if (!rc4_tools_of(d))
        return SEC_E_INTERNAL_ERROR;
    at = rc4_header_size(t.octets) + CONFOUNDER;
    rest = size - at;
    kerb_pieces_start(&parts);
    if (!m->signed_only)
        kerb_pieces_add_part(&parts, &body, at - CONFOUNDER, CONFOUNDER + rest);
    else if (put_back(m, at, rest, &parts))
        at = m->token->cbBuffer;
    else
        return SEC_E_INVALID_TOKEN;
    *encrypted = t.seal == RC4_SEAL_RC4;
    status = open_token(d, &t, &parts);
    if (kerb_genuine(status) && !without_padding(d, &parts, &rest))
        status = SEC_E_INVALID_TOKEN;
    if (!kerb_genuine(status)) {
        wipe(&parts);
        return status;
    }
    delivered = kerb_message_deliver(m, 0, &body, at, rest);
    return delivered == SEC_E_OK ? status : delivered;
}

void kerb_rc4_sizes(bool dce, SecPkgContext_Sizes *sizes)
{
    sizes->cbMaxSignature = (ULONG)rc4_header_size(1);
    sizes->cbBlockSize = PADDING;
    sizes->cbSecurityTrailer = (ULONG)trailer_size(dce);
}
