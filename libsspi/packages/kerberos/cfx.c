/*
 * RFC 4121 4.2: MIC and Wrap tokens, writer beside reader.
 *
 *   sealed, as it travels   header | filler[EC] E(header) MAC | E(confounder) | E(data)
 *                           RRC = EC + 16 + size of the MAC
 *   wrapped, not sealed     header | checksum | data, with RRC = EC = size of the checksum
 *   signature               header | checksum
 */
#include "libsspi/packages/kerberos/protect.h"

#include <string.h>

#include "base/secret.h"
#include "base/wire.h"

#define HEADER 16

enum { TOKEN_MIC = 0x0404, TOKEN_WRAP = 0x0504 };
enum { FLAG_BY_ACCEPTOR = 1, FLAG_SEALED = 2, FLAG_ACCEPTOR_SUBKEY = 4 };
/* key usage numbers, RFC 4121 2 */
enum { ACCEPTOR_SEAL = 22, ACCEPTOR_SIGN = 23, INITIATOR_SEAL = 24, INITIATOR_SIGN = 25 };

/* ---- the header, RFC 4121 4.2.6 ------------------------------------------------------------ */

struct header {
    uint16_t type;
    uint8_t flags;
    uint16_t extra;    /* EC: filler before the sealed header, or the size of the checksum */
    uint16_t rotation; /* RRC */
    uint64_t sequence;
};

static void write_header(uint8_t out[HEADER], const struct header *h)
{
    struct wire_writer w = wire_writer(out, HEADER);

    wire_put_u16be(&w, h->type);
    wire_put_u8(&w, h->flags);
    wire_put_u8(&w, 0xff);
    wire_put_u16be(&w, h->type == TOKEN_MIC ? 0xffff : h->extra);
    wire_put_u16be(&w, h->type == TOKEN_MIC ? 0xffff : h->rotation);
    wire_put_u64be(&w, h->sequence);
}

static bool read_header(const void *data, size_t size, struct header *h)
{
    struct wire_reader r = wire_reader(data, size);
    uint8_t filler;

    h->type = wire_u16be(&r);
    h->flags = wire_u8(&r);
    filler = wire_u8(&r);
    h->extra = wire_u16be(&r);
    h->rotation = wire_u16be(&r);
    h->sequence = wire_u64be(&r);
    return wire_ok(&r) && filler == 0xff;
}

/* ---- keys ------------------------------------------------------------------------------- */

struct kerb_keyed *kerb_key_of(struct kerb_direction *d, bool acceptor_subkey)
{
    return &d->keyed[acceptor_subkey && d->keyed[1].profile ? 1 : 0];
}

/* NULL: the token names a key that such tokens cannot be under. */
static struct kerb_keyed *received_key(struct kerb_direction *d, const struct header *h)
{
    struct kerb_keyed *k = kerb_key_of(d, h->flags & FLAG_ACCEPTOR_SUBKEY);

    return k->profile->rc4 ? NULL : k;
}

static struct kerb_seal *seal_of(struct kerb_direction *d, struct kerb_keyed *k)
{
    if (!k->seal)
        k->seal = kerb_seal_new(k->profile, k->key, d->by_acceptor ? ACCEPTOR_SEAL : INITIATOR_SEAL,
                                d->sending);
    return k->seal;
}

static struct kerb_sum *wrap_sum_of(struct kerb_direction *d, struct kerb_keyed *k)
{
    if (!k->wrap)
        k->wrap = kerb_sum_new(k->profile, k->key, d->by_acceptor ? ACCEPTOR_SEAL : INITIATOR_SEAL);
    return k->wrap;
}

static struct kerb_sum *sign_sum_of(struct kerb_direction *d, struct kerb_keyed *k)
{
    if (!k->sign)
        k->sign = kerb_sum_new(k->profile, k->key, d->by_acceptor ? ACCEPTOR_SIGN : INITIATOR_SIGN);
    return k->sign;
}

static struct header outgoing(const struct kerb_direction *d, uint16_t type, uint8_t flags)
{
    if (d->by_acceptor)
        flags |= FLAG_BY_ACCEPTOR;
    if (d->keyed[1].profile)
        flags |= FLAG_ACCEPTOR_SUBKEY;
    return (struct header){.type = type, .flags = flags, .sequence = d->next};
}

/* ---- the parts of a message in the order in which they are worked on ----------------------------
 */

struct parts {
    struct kerb_segment list[KERB_DATA_BUFFERS_MAX + 2];
    size_t count;
};

static void add_part(struct parts *parts, uint8_t *data, size_t size)
{
    parts->list[parts->count++] = (struct kerb_segment){data, size, true};
}

static void add_data(struct parts *parts, const struct kerb_message *m)
{
    if (m->count)
        memcpy(&parts->list[parts->count], m->data, m->count * sizeof(m->data[0]));
    parts->count += m->count;
}

/* ---- MIC tokens, RFC 4121 4.2.6.1 ---------------------------------------------------------- */

SECURITY_STATUS kerb_cfx_sign(struct kerb_direction *d, struct kerb_message *m)
{
    struct kerb_keyed *k = kerb_key_of(d, true);
    struct kerb_sum *sum = sign_sum_of(d, k);
    struct header h = outgoing(d, TOKEN_MIC, 0);
    struct parts parts = {.count = 0};
    uint8_t *token;

    if (!sum)
        return SEC_E_INTERNAL_ERROR;
    token = kerb_message_token(m, HEADER + k->profile->mac_size);
    if (!token)
        return SEC_E_BUFFER_TOO_SMALL;
    write_header(token, &h);
    add_data(&parts, m);
    add_part(&parts, token, HEADER);
    if (!kerb_sum_make(sum, parts.list, parts.count, token + HEADER))
        return SEC_E_INTERNAL_ERROR;
    d->next++;
    return SEC_E_OK;
}

SECURITY_STATUS kerb_cfx_verify(struct kerb_direction *d, struct kerb_message *m)
{
    struct header h;
    struct kerb_keyed *k;
    struct kerb_sum *sum;
    struct parts parts = {.count = 0};
    uint8_t expected[KERB_MAC_MAX], plain[HEADER];

    if (!read_header(m->token->pvBuffer, m->token->cbBuffer, &h) || h.type != TOKEN_MIC)
        return SEC_E_INVALID_TOKEN;
    k = received_key(d, &h);
    if (!k || m->token->cbBuffer != (ULONG)HEADER + k->profile->mac_size)
        return SEC_E_INVALID_TOKEN;
    if (!(h.flags & FLAG_BY_ACCEPTOR) == d->by_acceptor) /* our own, sent back to us */
        return SEC_E_MESSAGE_ALTERED;
    sum = sign_sum_of(d, k);
    if (!sum)
        return SEC_E_INTERNAL_ERROR;
    memcpy(plain, m->token->pvBuffer, HEADER);
    add_data(&parts, m);
    add_part(&parts, plain, HEADER);
    if (!kerb_sum_make(sum, parts.list, parts.count, expected))
        return SEC_E_INTERNAL_ERROR;
    if (!secret_equal(expected, (const uint8_t *)m->token->pvBuffer + HEADER, k->profile->mac_size))
        return SEC_E_MESSAGE_ALTERED;
    return kerb_sequence_check(&d->window, h.sequence) ? SEC_E_OK : SEC_E_OUT_OF_SEQUENCE;
}

/* ---- sealed Wrap tokens, RFC 4121 4.2.4 ---------------------------------------------------- */

static SECURITY_STATUS seal_message(struct kerb_direction *d, struct kerb_message *m)
{
    struct kerb_keyed *k = kerb_key_of(d, true);
    struct kerb_seal *seal = seal_of(d, k);
    struct header h = outgoing(d, TOKEN_WRAP, FLAG_SEALED);
    struct parts parts = {.count = 0};
    size_t trailer = HEADER + k->profile->mac_size;
    uint8_t *token, *confounder;

    if (!seal)
        return SEC_E_INTERNAL_ERROR;
    token = kerb_message_token(m, HEADER + trailer + KERB_CONFOUNDER);
    if (!token)
        return SEC_E_BUFFER_TOO_SMALL;
    confounder = token + HEADER + trailer;
    if (!secret_random(confounder, KERB_CONFOUNDER))
        return SEC_E_INTERNAL_ERROR;
    write_header(token + HEADER, &h); /* the copy that is sealed has no rotation in it */
    h.rotation = (uint16_t)trailer;
    write_header(token, &h);
    add_part(&parts, confounder, KERB_CONFOUNDER);
    add_data(&parts, m);
    add_part(&parts, token + HEADER, HEADER);
    if (!kerb_seal_encrypt(seal, parts.list, parts.count, token + 2 * HEADER))
        return SEC_E_INTERNAL_ERROR;
    d->next++;
    return SEC_E_OK;
}

/* The copy of the header that came sealed must be the one in the clear, but for the rotation. */
static bool same_header(const struct header *clear, const uint8_t sealed[HEADER])
{
    struct header h;

    return read_header(sealed, HEADER, &h) && h.type == clear->type && h.flags == clear->flags &&
           h.extra == clear->extra && h.sequence == clear->sequence;
}

static SECURITY_STATUS finish_unseal(struct kerb_direction *d, const struct header *h,
                                     const uint8_t sealed_header[HEADER])
{
    if (!same_header(h, sealed_header))
        return SEC_E_MESSAGE_ALTERED;
    return kerb_sequence_check(&d->window, h->sequence) ? SEC_E_OK : SEC_E_OUT_OF_SEQUENCE;
}

bool kerb_genuine(SECURITY_STATUS status)
{
    return status == SEC_E_OK || status == SEC_E_OUT_OF_SEQUENCE;
}

/* Where the pieces of a sealed message lie. */
struct sealed_view {
    uint8_t *confounder;
    uint8_t *tail; /* filler, sealed header, MAC */
    uint8_t *data; /* in a stream: the data and their size */
    size_t size;
};

/*
 * Windows' own rotation, or in a stream none at all: then the data can be decrypted where they lie.
 * False for any other rotation or division into buffers.
 */
static bool lies_in_order(const struct kerb_message *m, const struct header *h, size_t tail,
                          struct sealed_view *view)
{
    const PSecBuffer first = m->stream ? m->stream : m->token;
    uint8_t *body = (uint8_t *)first->pvBuffer + HEADER;
    size_t size = first->cbBuffer - HEADER;

    if (size < tail + KERB_CONFOUNDER)
        return false;
    view->size = size - tail - KERB_CONFOUNDER;
    if (h->rotation == tail && (m->stream || (view->size == 0 && !m->padding))) {
        view->tail = body;
        view->confounder = body + tail;
    } else if (h->rotation == 0 && m->stream) {
        view->confounder = body;
        view->tail = body + size - tail;
    } else {
        return false;
    }
    view->data = view->confounder + KERB_CONFOUNDER;
    return true;
}

static SECURITY_STATUS unseal_in_place(struct kerb_direction *d, struct kerb_message *m,
                                       struct kerb_seal *seal, const struct header *h,
                                       const struct sealed_view *view)
{
    struct parts parts = {.count = 0};
    SECURITY_STATUS status;

    add_part(&parts, view->confounder, KERB_CONFOUNDER);
    if (m->stream)
        add_part(&parts, view->data, view->size);
    else
        add_data(&parts, m);
    add_part(&parts, view->tail, (size_t)h->extra + HEADER);
    if (!kerb_seal_decrypt(seal, parts.list, parts.count, view->tail + h->extra + HEADER))
        return SEC_E_MESSAGE_ALTERED;
    status = finish_unseal(d, h, view->tail + h->extra);
    if (kerb_genuine(status) && m->stream) {
        m->out->pvBuffer = view->data;
        m->out->cbBuffer = (ULONG)view->size;
    }
    return status;
}

/* Anything else is put together first. */
static SECURITY_STATUS unseal_gathered(struct kerb_direction *d, struct kerb_message *m,
                                       struct kerb_seal *seal, const struct header *h,
                                       size_t mac_size)
{
    struct kerb_segment all;
    size_t size = 0, frame = KERB_CONFOUNDER + h->extra + HEADER + mac_size;
    uint8_t *body = kerb_message_gather(m, HEADER, h->rotation, &size);
    SECURITY_STATUS status = SEC_E_INSUFFICIENT_MEMORY, delivered;

    if (!body)
        goto out;
    status = SEC_E_INVALID_TOKEN;
    if (size < frame)
        goto out;
    all = (struct kerb_segment){body, size - mac_size, true};
    status = SEC_E_MESSAGE_ALTERED;
    if (!kerb_seal_decrypt(seal, &all, 1, body + size - mac_size))
        goto out;
    status = finish_unseal(d, h, body + size - mac_size - HEADER);
    if (!kerb_genuine(status))
        goto out;
    delivered = kerb_message_deliver(m, body + KERB_CONFOUNDER, size - frame);
    if (delivered != SEC_E_OK)
        status = delivered;
out:
    secret_free(body);
    return status;
}

static SECURITY_STATUS unseal_message(struct kerb_direction *d, struct kerb_message *m,
                                      const struct header *h)
{
    struct kerb_keyed *k = received_key(d, h);
    struct kerb_seal *seal = k ? seal_of(d, k) : NULL;
    struct sealed_view view;

    if (!k)
        return SEC_E_INVALID_TOKEN;
    if (!seal)
        return SEC_E_INTERNAL_ERROR;
    if (lies_in_order(m, h, (size_t)h->extra + HEADER + k->profile->mac_size, &view))
        return unseal_in_place(d, m, seal, h, &view);
    return m->signed_only ? SEC_E_INVALID_TOKEN
                          : unseal_gathered(d, m, seal, h, k->profile->mac_size);
}

/* ---- Wrap tokens without encryption, RFC 4121 4.2.4 ---------------------------------------- */

static SECURITY_STATUS wrap_plain(struct kerb_direction *d, struct kerb_message *m)
{
    struct kerb_keyed *k = kerb_key_of(d, true);
    struct kerb_sum *sum = wrap_sum_of(d, k);
    struct header h = outgoing(d, TOKEN_WRAP, 0);
    struct parts parts = {.count = 0};
    uint8_t *token;

    if (!sum)
        return SEC_E_INTERNAL_ERROR;
    token = kerb_message_token(m, HEADER + k->profile->mac_size);
    if (!token)
        return SEC_E_BUFFER_TOO_SMALL;
    write_header(token, &h); /* EC and RRC are zero in what the checksum covers */
    add_data(&parts, m);
    add_part(&parts, token, HEADER);
    if (!kerb_sum_make(sum, parts.list, parts.count, token + HEADER))
        return SEC_E_INTERNAL_ERROR;
    h.extra = h.rotation = k->profile->mac_size;
    write_header(token, &h);
    d->next++;
    return SEC_E_OK;
}

static SECURITY_STATUS check_plain(struct kerb_direction *d, struct kerb_sum *sum,
                                   struct parts *parts, const struct header *h,
                                   const uint8_t *checksum, size_t size)
{
    struct header bare = *h;
    uint8_t covered[HEADER], expected[KERB_MAC_MAX];

    bare.extra = bare.rotation = 0;
    write_header(covered, &bare);
    add_part(parts, covered, HEADER);
    if (!kerb_sum_make(sum, parts->list, parts->count, expected))
        return SEC_E_INTERNAL_ERROR;
    if (!secret_equal(expected, checksum, size))
        return SEC_E_MESSAGE_ALTERED;
    return kerb_sequence_check(&d->window, h->sequence) ? SEC_E_OK : SEC_E_OUT_OF_SEQUENCE;
}

static SECURITY_STATUS unwrap_plain(struct kerb_direction *d, struct kerb_message *m,
                                    const struct header *h)
{
    struct kerb_keyed *k = received_key(d, h);
    struct kerb_sum *sum = k ? wrap_sum_of(d, k) : NULL;
    struct parts parts = {.count = 0};
    size_t size = 0, mac_size = h->extra;
    uint8_t *body = NULL;
    SECURITY_STATUS status = SEC_E_INVALID_TOKEN, delivered;

    if (!k || mac_size != k->profile->mac_size)
        goto out;
    status = SEC_E_INTERNAL_ERROR;
    if (!sum)
        goto out;
    status = SEC_E_INVALID_TOKEN;
    if (m->token && h->rotation == mac_size && m->token->cbBuffer == HEADER + mac_size &&
        !m->padding) {
        add_data(&parts, m);
        status =
            check_plain(d, sum, &parts, h, (const uint8_t *)m->token->pvBuffer + HEADER, mac_size);
        goto out;
    }
    if (m->signed_only)
        goto out;
    status = SEC_E_INSUFFICIENT_MEMORY;
    body = kerb_message_gather(m, HEADER, h->rotation, &size);
    if (!body)
        goto out;
    status = SEC_E_INVALID_TOKEN;
    if (size < mac_size)
        goto out;
    add_part(&parts, body, size - mac_size);
    status = check_plain(d, sum, &parts, h, body + size - mac_size, mac_size);
    if (!kerb_genuine(status))
        goto out;
    delivered = kerb_message_deliver(m, body, size - mac_size);
    if (delivered != SEC_E_OK)
        status = delivered;
out:
    secret_free(body);
    return status;
}

SECURITY_STATUS kerb_cfx_unwrap(struct kerb_direction *d, struct kerb_message *m, bool *encrypted)
{
    const PSecBuffer first = m->stream ? m->stream : m->token;
    struct header h;

    if (!read_header(first->pvBuffer, first->cbBuffer, &h) || h.type != TOKEN_WRAP)
        return SEC_E_INVALID_TOKEN;
    if (!(h.flags & FLAG_BY_ACCEPTOR) == d->by_acceptor)
        return SEC_E_MESSAGE_ALTERED;
    *encrypted = h.flags & FLAG_SEALED;
    return *encrypted ? unseal_message(d, m, &h) : unwrap_plain(d, m, &h);
}

SECURITY_STATUS kerb_cfx_wrap(struct kerb_direction *d, struct kerb_message *m, bool encrypt)
{
    SECURITY_STATUS status = encrypt ? seal_message(d, m) : wrap_plain(d, m);

    if (status == SEC_E_OK && m->padding)
        m->padding->cbBuffer = 0;
    return status;
}

void kerb_cfx_sizes(const struct kerb_profile *profile, SecPkgContext_Sizes *sizes)
{
    sizes->cbMaxSignature = (ULONG)HEADER + profile->mac_size;
    sizes->cbBlockSize = 1;
    sizes->cbSecurityTrailer = (ULONG)(2 * HEADER + profile->mac_size + KERB_CONFOUNDER);
}
