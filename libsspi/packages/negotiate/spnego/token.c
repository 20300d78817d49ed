/*
 * NegTokenInit and NegTokenResp, RFC 4178 4.2 and [MS-SPNG] 2.2.1: each read and written, side by
 * side.
 */
#include "libsspi/packages/negotiate/spnego/asn1.h"

#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>

#include "base/wire.h"

/* hintName of every Windows: [MS-SPNG] 2.2.1 */
static const char hint_name[] = "not_defined_in_RFC4178@please_ignore";

static struct nego_bytes bytes(const ASN1_STRING *string)
{
    if (!string || ASN1_STRING_length(string) <= 0)
        return (struct nego_bytes){NULL, 0};
    return (struct nego_bytes){ASN1_STRING_get0_data(string), (size_t)ASN1_STRING_length(string)};
}

/* *string: NULL stays NULL where there is nothing to say. */
static bool put_bytes(ASN1_OCTET_STRING **string, struct nego_bytes from)
{
    if (!from.data)
        return true;
    if (from.size > NEGO_TOKEN_MAX)
        return false;
    *string = ASN1_OCTET_STRING_new();
    return *string && ASN1_OCTET_STRING_set(*string, from.data, (int)from.size);
}

static ASN1_OBJECT *object(struct nego_oid oid)
{
    const uint8_t *der = oid.der;

    return d2i_ASN1_OBJECT(NULL, &der, (long)oid.size);
}

/* ---- NegTokenInit -------------------------------------------------------------------------- */

/* MechTypeList as it stands in the DER of a NegTokenInit, behind the heads of [0], SEQUENCE, [0].
 */
static struct nego_bytes list_in(struct nego_bytes der)
{
    static const uint8_t heads[] = {0x30, 0xa0};
    struct wire_reader r = wire_reader(der.data, der.size);
    size_t start, length;

    for (size_t i = 0; i < sizeof(heads); i++) {
        if (wire_u8(&r) != heads[i])
            wire_read_fail(&r);
        nego_length_read(&r);
    }
    start = r.offset;
    wire_u8(&r);
    length = nego_length_read(&r);
    wire_skip(&r, length);
    return wire_ok(&r) ? (struct nego_bytes){der.data + start, r.offset - start}
                       : (struct nego_bytes){NULL, 0};
}

static bool read_offers(const NEG_INIT *init, struct nego_bytes der, struct nego_init *out)
{
    int count = init->types ? sk_ASN1_OBJECT_num(init->types) : 0;
    struct wire_reader r;

    if (!init->types)
        return true;
    if (count < 1 || count > NEGO_OFFERS_MAX)
        return false;
    out->list = list_in(der);
    r = wire_reader(out->list.data, out->list.size);
    wire_u8(&r);
    nego_length_read(&r);
    for (out->count = 0; out->count < (size_t)count; out->count++) {
        struct nego_oid *offer = &out->offers[out->count];
        size_t start = r.offset;

        wire_u8(&r);
        wire_skip(&r, nego_length_read(&r));
        *offer = (struct nego_oid){out->list.data + start, r.offset - start};
    }
    return wire_done(&r);
}

/* What is too long for a list, or hides one in a form that DER has not, is not even taken apart:
 * each identifier costs memory. */
static bool list_is_short(struct nego_bytes token)
{
    struct wire_reader r = wire_reader(token.data, token.size);
    struct nego_bytes list;

    wire_u8(&r);
    nego_length_read(&r);
    list = list_in((struct nego_bytes){r.data + r.offset, wire_left(&r)});
    return (list.data ? list.size : token.size) <= NEGO_LIST_MAX;
}

bool nego_init_read(const uint8_t *data, size_t size, struct nego_init *out)
{
    struct nego_frame frame = nego_frame_read(data, size);
    struct nego_bytes inside;
    bool whole = false;
    NEG_INIT *init;

    memset(out, 0, sizeof(*out));
    if (frame.kind != NEGO_FRAME_INIT || !list_is_short(frame.inside))
        return false;
    ERR_set_mark();
    init = nego_asn1_decode(frame.inside, TAG_INIT, ASN1_ITEM_rptr(NEG_INIT), &inside);
    out->parsed = init;
    if (!init || !read_offers(init, inside, out))
        goto out;
    out->token = bytes(init->token);
    out->mic = bytes(init->mic);
    if (init->three && init->three->type == IS_HINTS) {
        out->hints = true;
        out->hint_name = bytes(init->three->u.hints->name);
    } else if (init->three) {
        if (init->mic)
            goto out;
        out->mic = bytes(init->three->u.mic);
    }
    whole = true;
out:
    ERR_pop_to_mark();
    return whole;
}

void nego_init_clear(struct nego_init *init)
{
    ASN1_item_free(init->parsed, ASN1_ITEM_rptr(NEG_INIT));
    memset(init, 0, sizeof(*init));
}

static bool put_hints(NEG_INIT *init)
{
    NEG_HINTS *hints;

    init->three = (MIC_OR_HINTS *)ASN1_item_new(ASN1_ITEM_rptr(MIC_OR_HINTS));
    hints = (NEG_HINTS *)ASN1_item_new(ASN1_ITEM_rptr(NEG_HINTS));
    if (!init->three || !hints) {
        ASN1_item_free((ASN1_VALUE *)hints, ASN1_ITEM_rptr(NEG_HINTS));
        return false;
    }
    init->three->type = IS_HINTS;
    init->three->u.hints = hints;
    hints->name = ASN1_GENERALSTRING_new();
    return hints->name && ASN1_STRING_set(hints->name, hint_name, sizeof(hint_name) - 1);
}

/* The value behind its tag, and for a NegTokenInit in RFC 2743 3.1's frame. */
static bool put_token(struct nego_bytes value, uint8_t tag, uint8_t **token, size_t *token_size)
{
    struct nego_oid spnego = tag == TAG_INIT ? nego_oid_spnego : (struct nego_oid){NULL, 0};
    int tagged = ASN1_object_size(1, (int)value.size, tag & 0x1f);
    int size = tagged + (int)spnego.size;
    int whole = spnego.size ? ASN1_object_size(1, size, 0) : size;
    uint8_t *at;

    if (tagged <= 0 || whole <= 0 || !(*token = malloc((size_t)whole)))
        return false;
    at = *token;
    if (spnego.size) {
        ASN1_put_object(&at, 1, size, 0, V_ASN1_APPLICATION);
        memcpy(at, spnego.der, spnego.size);
        at += spnego.size;
    }
    ASN1_put_object(&at, 1, (int)value.size, tag & 0x1f, V_ASN1_CONTEXT_SPECIFIC);
    memcpy(at, value.data, value.size);
    *token_size = (size_t)whole;
    return true;
}

bool nego_init_write(const struct nego_init *init, uint8_t **token, size_t *token_size,
                     uint8_t **list, size_t *list_size)
{
    NEG_INIT *value = (NEG_INIT *)ASN1_item_new(ASN1_ITEM_rptr(NEG_INIT));
    struct nego_bytes inside = {NULL, 0};
    uint8_t *der = NULL;
    bool done = false;

    *token = NULL;
    if (list)
        *list = NULL;
    if (!value || !(value->types = sk_ASN1_OBJECT_new_null()))
        goto out;
    for (size_t i = 0; i < init->count; i++) {
        ASN1_OBJECT *type = object(init->offers[i]);

        if (!type || !sk_ASN1_OBJECT_push(value->types, type)) {
            ASN1_OBJECT_free(type);
            goto out;
        }
    }
    if (!put_bytes(&value->token, init->token) || !put_bytes(&value->mic, init->mic) ||
        (init->hints && !put_hints(value)))
        goto out;
    if (!init->hints && value->mic) {
        value->three = (MIC_OR_HINTS *)ASN1_item_new(ASN1_ITEM_rptr(MIC_OR_HINTS));
        if (!value->three)
            goto out;
        value->three->type = IS_MIC;
        value->three->u.mic = value->mic;
        value->mic = NULL;
    }
    inside.data = der = nego_asn1_encode(value, ASN1_ITEM_rptr(NEG_INIT), &inside.size);
    if (!der || !put_token(inside, TAG_INIT, token, token_size))
        goto out;
    if (list) {
        struct nego_bytes in = list_in(inside);

        *list = in.size ? malloc(in.size) : NULL;
        if (!*list)
            goto out;
        memcpy(*list, in.data, *list_size = in.size);
    }
    done = true;
out:
    if (!done) {
        free(*token);
        *token = NULL;
        *token_size = 0;
    }
    free(der);
    ASN1_item_free((ASN1_VALUE *)value, ASN1_ITEM_rptr(NEG_INIT));
    return done;
}

/* ---- NegTokenResp -------------------------------------------------------------------------- */

bool nego_resp_read(const uint8_t *data, size_t size, struct nego_resp *out)
{
    struct nego_bytes inside;
    bool whole = false;
    int oid_size;
    NEG_RESP *resp;

    memset(out, 0, sizeof(*out));
    out->state = NEGO_STATE_ABSENT;
    ERR_set_mark();
    resp = nego_asn1_decode((struct nego_bytes){data, size}, TAG_RESP, ASN1_ITEM_rptr(NEG_RESP),
                            &inside);
    out->parsed = resp;
    if (!resp)
        goto out;
    if (resp->state) {
        int64_t state = -1;

        if (!ASN1_ENUMERATED_get_int64(&state, resp->state) || state < NEGO_ACCEPT_COMPLETED ||
            state > NEGO_REQUEST_MIC)
            goto out;
        out->state = (enum nego_negstate)state;
    }
    if (resp->mechanism) {
        oid_size = i2d_ASN1_OBJECT(resp->mechanism, &out->mechanism_der);
        if (oid_size <= 0)
            goto out;
        out->mechanism = (struct nego_oid){out->mechanism_der, (size_t)oid_size};
    }
    out->token = bytes(resp->token);
    out->mic = bytes(resp->mic);
    whole = true;
out:
    ERR_pop_to_mark();
    return whole;
}

void nego_resp_clear(struct nego_resp *resp)
{
    ASN1_item_free(resp->parsed, ASN1_ITEM_rptr(NEG_RESP));
    OPENSSL_free(resp->mechanism_der);
    memset(resp, 0, sizeof(*resp));
}

bool nego_resp_write(const struct nego_resp *resp, uint8_t **token, size_t *token_size)
{
    NEG_RESP *value = (NEG_RESP *)ASN1_item_new(ASN1_ITEM_rptr(NEG_RESP));
    struct nego_bytes inside = {NULL, 0};
    uint8_t *der = NULL;

    *token = NULL;
    if (!value || !put_bytes(&value->token, resp->token) || !put_bytes(&value->mic, resp->mic))
        goto out;
    if (resp->state != NEGO_STATE_ABSENT) {
        value->state = ASN1_ENUMERATED_new();
        if (!value->state || !ASN1_ENUMERATED_set_int64(value->state, resp->state))
            goto out;
    }
    if (resp->mechanism.size && !(value->mechanism = object(resp->mechanism)))
        goto out;
    inside.data = der = nego_asn1_encode(value, ASN1_ITEM_rptr(NEG_RESP), &inside.size);
    if (der)
        put_token(inside, TAG_RESP, token, token_size);
out:
    free(der);
    ASN1_item_free((ASN1_VALUE *)value, ASN1_ITEM_rptr(NEG_RESP));
    return *token != NULL;
}
