/*
 * RFC 4121 4.2.4: Wrap tokens, writer beside reader.
 *
 *   sealed, as it travels   header | filler[EC] E(header) MAC | E(confounder) | E(data)
 *                           rotated by EC + 16 + the size of the MAC, which is RRC; but in DCE
 *                           style RRC leaves EC out ([MS-KILE] 3.4.5.4.1)
 *   wrapped, not sealed     header | checksum | data, with RRC = EC = size of the checksum
 *
 * What comes in any other rotation, or cut into buffers elsewhere, is first put right where it
 * lies.
 */
#include "libsspi/packages/kerberos/messages/cfx.h"

#include <string.h>

#include "base/secret.h"

static struct kerb_seal *seal_of(struct kerb_direction *d, struct kerb_keyed *k)
{
    if (!k->seal)
        k->seal =
            kerb_seal_new(k->profile, k->key,
                          d->by_acceptor ? CFX_ACCEPTOR_SEAL : CFX_INITIATOR_SEAL, d->sending);
    return k->seal;
}

static struct kerb_sum *sum_of(struct kerb_direction *d, struct kerb_keyed *k)
{
    if (!k->wrap)
        k->wrap = kerb_sum_new(k->profile, k->key,
                               d->by_acceptor ? CFX_ACCEPTOR_SEAL : CFX_INITIATOR_SEAL);
    return k->wrap;
}

/* The token and the data are two buffers, or one stream; this is where the header lies. */
static PSecBuffer first_buffer(const struct kerb_message *m)
{
    return m->stream ? m->stream : m->token;
}

/* Of a stream more may come. */
static SECURITY_STATUS too_short(const struct kerb_message *m)
{
    return m->stream ? SEC_E_INCOMPLETE_MESSAGE : SEC_E_INVALID_TOKEN;
}

/* ---- sealed -------------------------------------------------------------------------------- */

static SECURITY_STATUS seal_message(struct kerb_direction *d, struct kerb_message *m)
{
    struct kerb_keyed *k = kerb_key_of(d, true);
    struct kerb_seal *seal = seal_of(d, k);
    struct cfx_header h = cfx_outgoing(d, CFX_WRAP, CFX_SEALED);
    size_t extra = d->dce ? KERB_DCE_FILLER : 0;
    size_t rotation = CFX_HEADER + k->profile->mac_size;
    struct kerb_pieces parts;
    uint8_t *token, *inner, *confounder;

    if (!seal)
        return SEC_E_INTERNAL_ERROR;
    token = kerb_message_token(m, CFX_HEADER + extra + rotation + KERB_CONFOUNDER);
    if (!token)
        return SEC_E_BUFFER_TOO_SMALL;
    inner = token + CFX_HEADER + extra;
    confounder = inner + rotation;
    if (!kerb_fresh_bytes(d, confounder, KERB_CONFOUNDER))
        return SEC_E_INTERNAL_ERROR;
    memset(token + CFX_HEADER, 0xff, extra);
    h.extra = (uint16_t)extra;
    cfx_write_header(inner, &h); /* the copy that is sealed has no rotation in it */
    h.rotation = (uint16_t)rotation;
    cfx_write_header(token, &h);
    kerb_pieces_start(&parts);
    kerb_pieces_add(&parts, confounder, KERB_CONFOUNDER, true);
    kerb_message_data(m, &parts);
    kerb_pieces_add(&parts, token + CFX_HEADER, extra + CFX_HEADER, true);
    if (!kerb_seal_encrypt(seal, parts.list, parts.count, inner + CFX_HEADER))
        return SEC_E_INTERNAL_ERROR;
    d->next++;
    return SEC_E_OK;
}

/* The copy of the header that came sealed must be the one in the clear, but for the rotation. */
static bool same_header(const struct cfx_header *clear, const uint8_t sealed[CFX_HEADER])
{
    struct cfx_header h;

    return cfx_read_header(sealed, CFX_HEADER, &h) && h.type == clear->type &&
           h.flags == clear->flags && h.extra == clear->extra && h.sequence == clear->sequence;
}

static SECURITY_STATUS finish_unseal(struct kerb_direction *d, const struct cfx_header *h,
                                     const uint8_t sealed_header[CFX_HEADER])
{
    if (!same_header(h, sealed_header))
        return SEC_E_MESSAGE_ALTERED;
    return kerb_sequence_check(&d->window, h->sequence) ? SEC_E_OK : SEC_E_OUT_OF_SEQUENCE;
}

/* As this file writes it: `tail` bytes of filler, sealed header and MAC, the confounder, the data.
 */
static bool in_place(const struct kerb_message *m, size_t rotation, size_t tail)
{
    size_t size = first_buffer(m)->cbBuffer, token = CFX_HEADER + tail + KERB_CONFOUNDER;

    return rotation == tail && (m->stream ? size >= token : size == token && !m->padding);
}

static SECURITY_STATUS unseal_in_place(struct kerb_direction *d, struct kerb_message *m,
                                       struct kerb_seal *seal, const struct cfx_header *h,
                                       size_t tail)
{
    uint8_t *body = (uint8_t *)first_buffer(m)->pvBuffer + CFX_HEADER;
    size_t size = first_buffer(m)->cbBuffer - CFX_HEADER - tail; /* confounder and stream's data */
    size_t hidden = (size_t)h->extra + CFX_HEADER;
    struct kerb_pieces parts;
    SECURITY_STATUS status;

    kerb_pieces_start(&parts);
    kerb_pieces_add(&parts, body + tail, size, true);
    if (!m->stream)
        kerb_message_data(m, &parts);
    kerb_pieces_add(&parts, body, hidden, true);
    if (!kerb_seal_decrypt(seal, parts.list, parts.count, body + hidden))
        return SEC_E_MESSAGE_ALTERED;
    status = finish_unseal(d, h, body + h->extra);
    if (kerb_genuine(status) && m->stream) {
        m->out->pvBuffer = body + tail + KERB_CONFOUNDER;
        m->out->cbBuffer = (ULONG)(size - KERB_CONFOUNDER);
    }
    return status;
}

static SECURITY_STATUS unseal_elsewhere(struct kerb_direction *d, struct kerb_message *m,
                                        struct kerb_seal *seal, const struct cfx_header *h,
                                        size_t rotation, size_t tail)
{
    size_t mac_size = tail - h->extra - CFX_HEADER, size, plain;
    uint8_t mac[KERB_MAC_MAX], sealed_header[CFX_HEADER];
    struct kerb_pieces body, parts;
    SECURITY_STATUS status, delivered;

    kerb_message_travelling(m, CFX_HEADER, &body);
    size = kerb_pieces_size(&body);
    if (size < KERB_CONFOUNDER + tail)
        return too_short(m);
    kerb_pieces_rotate(&body, rotation % size);
    kerb_pieces_start(&parts);
    kerb_pieces_add_part(&parts, &body, 0, size - mac_size);
    kerb_pieces_read(&body, size - mac_size, mac, mac_size);
    if (!kerb_seal_decrypt(seal, parts.list, parts.count, mac))
        return SEC_E_MESSAGE_ALTERED;
    kerb_pieces_read(&body, size - mac_size - CFX_HEADER, sealed_header, CFX_HEADER);
    status = finish_unseal(d, h, sealed_header);
    if (!kerb_genuine(status))
        return status;
    plain = size - KERB_CONFOUNDER - tail;
    delivered = kerb_message_deliver(m, CFX_HEADER, &body, KERB_CONFOUNDER, plain);
    return delivered == SEC_E_OK ? status : delivered;
}

static SECURITY_STATUS unseal_message(struct kerb_direction *d, struct kerb_message *m,
                                      const struct cfx_header *h)
{
    struct kerb_keyed *k = cfx_received_key(d, h);
    struct kerb_seal *seal = k ? seal_of(d, k) : NULL;
    size_t tail, rotation;

    if (!k)
        return SEC_E_INVALID_TOKEN;
    if (!seal)
        return SEC_E_INTERNAL_ERROR;
    tail = (size_t)h->extra + CFX_HEADER + k->profile->mac_size;
    rotation = (size_t)h->rotation + (d->dce ? h->extra : 0);
    if (in_place(m, rotation, tail))
        return unseal_in_place(d, m, seal, h, tail);
    return m->signed_only ? SEC_E_INVALID_TOKEN : unseal_elsewhere(d, m, seal, h, rotation, tail);
}

/* ---- without encryption -------------------------------------------------------------------- */

static SECURITY_STATUS wrap_plain(struct kerb_direction *d, struct kerb_message *m)
{
    struct kerb_keyed *k = kerb_key_of(d, true);
    struct kerb_sum *sum = sum_of(d, k);
    struct cfx_header h = cfx_outgoing(d, CFX_WRAP, 0);
    struct kerb_pieces parts;
    uint8_t *token;

    if (!sum)
        return SEC_E_INTERNAL_ERROR;
    token = kerb_message_token(m, CFX_HEADER + k->profile->mac_size);
    if (!token)
        return SEC_E_BUFFER_TOO_SMALL;
    cfx_write_header(token, &h); /* EC and RRC are zero in what the checksum covers */
    kerb_pieces_start(&parts);
    kerb_message_data(m, &parts);
    kerb_pieces_add(&parts, token, CFX_HEADER, false);
    if (!kerb_sum_make(sum, parts.list, parts.count, token + CFX_HEADER))
        return SEC_E_INTERNAL_ERROR;
    h.extra = h.rotation = k->profile->mac_size;
    cfx_write_header(token, &h);
    d->next++;
    return SEC_E_OK;
}

/* `parts`: the data; the header without EC and RRC comes behind them. */
static SECURITY_STATUS check_plain(struct kerb_direction *d, struct kerb_sum *sum,
                                   struct kerb_pieces *parts, const struct cfx_header *h,
                                   const uint8_t *checksum, size_t size)
{
    struct cfx_header bare = *h;
    uint8_t covered[CFX_HEADER], expected[KERB_MAC_MAX];

    bare.extra = bare.rotation = 0;
    cfx_write_header(covered, &bare);
    kerb_pieces_add(parts, covered, CFX_HEADER, false);
    if (!kerb_sum_make(sum, parts->list, parts->count, expected))
        return SEC_E_INTERNAL_ERROR;
    if (!secret_equal(expected, checksum, size))
        return SEC_E_MESSAGE_ALTERED;
    return kerb_sequence_check(&d->window, h->sequence) ? SEC_E_OK : SEC_E_OUT_OF_SEQUENCE;
}

static SECURITY_STATUS unwrap_elsewhere(struct kerb_direction *d, struct kerb_message *m,
                                        struct kerb_sum *sum, const struct cfx_header *h)
{
    size_t mac_size = h->extra, size;
    struct kerb_pieces body, parts;
    uint8_t mac[KERB_MAC_MAX];
    SECURITY_STATUS status, delivered;

    kerb_message_travelling(m, CFX_HEADER, &body);
    size = kerb_pieces_size(&body);
    if (size < mac_size)
        return too_short(m);
    kerb_pieces_rotate(&body, h->rotation % size);
    kerb_pieces_start(&parts);
    kerb_pieces_add_part(&parts, &body, 0, size - mac_size);
    kerb_pieces_read(&body, size - mac_size, mac, mac_size);
    status = check_plain(d, sum, &parts, h, mac, mac_size);
    if (!kerb_genuine(status))
        return status;
    delivered = kerb_message_deliver(m, CFX_HEADER, &body, 0, size - mac_size);
    return delivered == SEC_E_OK ? status : delivered;
}

static SECURITY_STATUS unwrap_plain(struct kerb_direction *d, struct kerb_message *m,
                                    const struct cfx_header *h)
{
    struct kerb_keyed *k = cfx_received_key(d, h);
    struct kerb_sum *sum = k ? sum_of(d, k) : NULL;
    size_t mac_size = h->extra, size = first_buffer(m)->cbBuffer, token = CFX_HEADER + mac_size;
    uint8_t *mac = (uint8_t *)first_buffer(m)->pvBuffer + CFX_HEADER;
    struct kerb_pieces parts;
    SECURITY_STATUS status;

    if (!k || mac_size != k->profile->mac_size)
        return SEC_E_INVALID_TOKEN;
    if (!sum)
        return SEC_E_INTERNAL_ERROR;
    if (h->rotation != mac_size || (m->stream ? size < token : size != token || m->padding))
        return m->signed_only ? SEC_E_INVALID_TOKEN : unwrap_elsewhere(d, m, sum, h);
    kerb_pieces_start(&parts);
    if (m->stream)
        kerb_pieces_add(&parts, mac + mac_size, size - token, true);
    else
        kerb_message_data(m, &parts);
    status = check_plain(d, sum, &parts, h, mac, mac_size);
    if (kerb_genuine(status) && m->stream) {
        m->out->pvBuffer = mac + mac_size;
        m->out->cbBuffer = (ULONG)(size - token);
    }
    return status;
}

/* ---- both ---------------------------------------------------------------------------------- */

SECURITY_STATUS kerb_cfx_wrap(struct kerb_direction *d, struct kerb_message *m, bool encrypt)
{
    SECURITY_STATUS status = encrypt ? seal_message(d, m) : wrap_plain(d, m);

    if (status == SEC_E_OK && m->padding)
        m->padding->cbBuffer = 0;
    return status;
}

SECURITY_STATUS kerb_cfx_unwrap(struct kerb_direction *d, struct kerb_message *m, bool *encrypted)
{
    static const uint8_t type[2] = {CFX_WRAP >> 8, CFX_WRAP & 0xff};
    const uint8_t *data = first_buffer(m)->pvBuffer;
    size_t size = first_buffer(m)->cbBuffer;
    struct cfx_header h;

    if (size < CFX_HEADER)
        return size && memcmp(data, type, size < 2 ? size : 2) ? SEC_E_INVALID_TOKEN : too_short(m);
    if (!cfx_read_header(data, size, &h) || h.type != CFX_WRAP)
        return SEC_E_INVALID_TOKEN;
    if (!(h.flags & CFX_BY_ACCEPTOR) == d->by_acceptor) /* our own, sent back to us */
        return SEC_E_MESSAGE_ALTERED;
    *encrypted = h.flags & CFX_SEALED;
    return *encrypted ? unseal_message(d, m, &h) : unwrap_plain(d, m, &h);
}
