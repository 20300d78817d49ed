/*
 * RFC 4121 4.2: the header of all tokens, and MIC tokens (header | checksum), writer beside reader.
 */
#include "libsspi/packages/kerberos/messages/cfx.h"

#include <string.h>

#include "base/secret.h"
#include "base/wire.h"

/* ---- the header, RFC 4121 4.2.6 ------------------------------------------------------------ */

void cfx_write_header(uint8_t out[CFX_HEADER], const struct cfx_header *h)
{
    struct wire_writer w = wire_writer(out, CFX_HEADER);

    wire_put_u16be(&w, h->type);
    wire_put_u8(&w, h->flags);
    wire_put_u8(&w, 0xff);
    wire_put_u16be(&w, h->type == CFX_MIC ? 0xffff : h->extra);
    wire_put_u16be(&w, h->type == CFX_MIC ? 0xffff : h->rotation);
    wire_put_u64be(&w, h->sequence);
}

bool cfx_read_header(const void *data, size_t size, struct cfx_header *h)
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

struct cfx_header cfx_outgoing(const struct kerb_direction *d, uint16_t type, uint8_t flags)
{
    if (d->by_acceptor)
        flags |= CFX_BY_ACCEPTOR;
    if (d->keyed[1].profile)
        flags |= CFX_ACCEPTOR_SUBKEY;
    return (struct cfx_header){.type = type, .flags = flags, .sequence = d->next};
}

struct kerb_keyed *cfx_received_key(struct kerb_direction *d, const struct cfx_header *h)
{
    struct kerb_keyed *k = kerb_key_of(d, h->flags & CFX_ACCEPTOR_SUBKEY);

    return k->profile->rc4 ? NULL : k;
}

/* ---- MIC tokens, RFC 4121 4.2.6.1 ---------------------------------------------------------- */

static struct kerb_sum *sum_of(struct kerb_direction *d, struct kerb_keyed *k)
{
    if (!k->sign)
        k->sign = kerb_sum_new(k->profile, k->key,
                               d->by_acceptor ? CFX_ACCEPTOR_SIGN : CFX_INITIATOR_SIGN);
    return k->sign;
}

/* Over the data, and then the header. */
static bool make_sum(struct kerb_sum *sum, const struct kerb_message *m, uint8_t *header,
                     uint8_t *out)
{
    struct kerb_pieces parts;

    kerb_pieces_start(&parts);
    kerb_message_data(m, &parts);
    kerb_pieces_add(&parts, header, CFX_HEADER, false);
    return kerb_sum_make(sum, parts.list, parts.count, out);
}

SECURITY_STATUS kerb_cfx_sign(struct kerb_direction *d, struct kerb_message *m)
{
    struct kerb_keyed *k = kerb_key_of(d, true);
    struct kerb_sum *sum = sum_of(d, k);
    struct cfx_header h = cfx_outgoing(d, CFX_MIC, 0);
    uint8_t *token;

    if (!sum)
        return SEC_E_INTERNAL_ERROR;
    token = kerb_message_token(m, CFX_HEADER + k->profile->mac_size);
    if (!token)
        return SEC_E_BUFFER_TOO_SMALL;
    cfx_write_header(token, &h);
    if (!make_sum(sum, m, token, token + CFX_HEADER))
        return SEC_E_INTERNAL_ERROR;
    d->next++;
    return SEC_E_OK;
}

SECURITY_STATUS kerb_cfx_verify(struct kerb_direction *d, struct kerb_message *m)
{
    struct cfx_header h;
    struct kerb_keyed *k;
    struct kerb_sum *sum;
    uint8_t expected[KERB_MAC_MAX];

    if (!cfx_read_header(m->token->pvBuffer, m->token->cbBuffer, &h) || h.type != CFX_MIC)
        return SEC_E_INVALID_TOKEN;
    k = cfx_received_key(d, &h);
    if (!k || m->token->cbBuffer != (ULONG)CFX_HEADER + k->profile->mac_size)
        return SEC_E_INVALID_TOKEN;
    if (!(h.flags & CFX_BY_ACCEPTOR) == d->by_acceptor) /* our own, sent back to us */
        return SEC_E_MESSAGE_ALTERED;
    sum = sum_of(d, k);
    if (!sum || !make_sum(sum, m, m->token->pvBuffer, expected))
        return SEC_E_INTERNAL_ERROR;
    if (!secret_equal(expected, (const uint8_t *)m->token->pvBuffer + CFX_HEADER,
                      k->profile->mac_size))
        return SEC_E_MESSAGE_ALTERED;
    return kerb_sequence_check(&d->window, h.sequence) ? SEC_E_OK : SEC_E_OUT_OF_SEQUENCE;
}

void kerb_cfx_sizes(const struct kerb_profile *profile, bool dce, SecPkgContext_Sizes *sizes)
{
    sizes->cbMaxSignature = (ULONG)CFX_HEADER + profile->mac_size;
    sizes->cbBlockSize = 1;
    sizes->cbSecurityTrailer =
        (ULONG)(2 * CFX_HEADER + profile->mac_size + KERB_CONFOUNDER + (dce ? KERB_DCE_FILLER : 0));
}
