/*
 * NegTokenInit and NegTokenResp, RFC 4178 4.2 and [MS-SPNG] 2.2.1. OpenSSL's templates read more
 * than DER; what they have read is therefore written again, and must be the bytes that came.
 */
#include "libsspi/packages/negotiate/token.h"

#include <openssl/asn1t.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>

#include "base/wire.h"

/* hintName of every Windows: [MS-SPNG] 2.2.1 */
static const char hint_name[] = "not_defined_in_RFC4178@please_ignore";

/* NegHints ::= SEQUENCE { hintName [0] GeneralString OPTIONAL, hintAddress [1] OCTET STRING
 * OPTIONAL } */
typedef struct {
    ASN1_GENERALSTRING *name;
    ASN1_OCTET_STRING *address;
} NEG_HINTS;
ASN1_SEQUENCE(NEG_HINTS) =
    {
        ASN1_EXP_OPT(NEG_HINTS, name, ASN1_GENERALSTRING, 0),
        ASN1_EXP_OPT(NEG_HINTS, address, ASN1_OCTET_STRING, 1),
} static_ASN1_SEQUENCE_END(NEG_HINTS)

    /* [3] is mechListMIC in NegTokenInit and negHints in NegTokenInit2. */
    typedef struct {
    int type;
    union {
        ASN1_OCTET_STRING *mic;
        NEG_HINTS *hints;
    } u;
} MIC_OR_HINTS;
enum { IS_MIC, IS_HINTS };
ASN1_CHOICE(MIC_OR_HINTS) =
    {
        ASN1_SIMPLE(MIC_OR_HINTS, u.mic, ASN1_OCTET_STRING),
        ASN1_SIMPLE(MIC_OR_HINTS, u.hints, NEG_HINTS),
} static_ASN1_CHOICE_END(MIC_OR_HINTS)

        typedef struct {
    STACK_OF(ASN1_OBJECT) * types;
    ASN1_BIT_STRING *flags; /* [MS-SPNG] 3.1.5.3: read by nobody */
    ASN1_OCTET_STRING *token;
    MIC_OR_HINTS *three;
    ASN1_OCTET_STRING *mic; /* NegTokenInit2's */
} NEG_INIT;
ASN1_SEQUENCE(NEG_INIT) =
    {
        ASN1_EXP_SEQUENCE_OF_OPT(NEG_INIT, types, ASN1_OBJECT, 0),
        ASN1_EXP_OPT(NEG_INIT, flags, ASN1_BIT_STRING, 1),
        ASN1_EXP_OPT(NEG_INIT, token, ASN1_OCTET_STRING, 2),
        ASN1_EXP_OPT(NEG_INIT, three, MIC_OR_HINTS, 3),
        ASN1_EXP_OPT(NEG_INIT, mic, ASN1_OCTET_STRING, 4),
} static_ASN1_SEQUENCE_END(NEG_INIT)

        typedef struct {
    ASN1_ENUMERATED *state;
    ASN1_OBJECT *mechanism;
    ASN1_OCTET_STRING *token;
    ASN1_OCTET_STRING *mic;
} NEG_RESP;
ASN1_SEQUENCE(NEG_RESP) =
    {
        ASN1_EXP_OPT(NEG_RESP, state, ASN1_ENUMERATED, 0),
        ASN1_EXP_OPT(NEG_RESP, mechanism, ASN1_OBJECT, 1),
        ASN1_EXP_OPT(NEG_RESP, token, ASN1_OCTET_STRING, 2),
        ASN1_EXP_OPT(NEG_RESP, mic, ASN1_OCTET_STRING, 3),
} static_ASN1_SEQUENCE_END(NEG_RESP)

    /* NegotiationToken ::= CHOICE { negTokenInit [0], negTokenResp [1] }, as two items of one tag.
     */
    typedef NEG_INIT INIT_TOKEN;
ASN1_ITEM_TEMPLATE(INIT_TOKEN) = ASN1_EX_TEMPLATE_TYPE(ASN1_TFLG_EXPTAG | ASN1_TFLG_CONTEXT, 0,
                                                       INIT_TOKEN, NEG_INIT)
    static_ASN1_ITEM_TEMPLATE_END(INIT_TOKEN) typedef NEG_RESP RESP_TOKEN;
ASN1_ITEM_TEMPLATE(RESP_TOKEN) = ASN1_EX_TEMPLATE_TYPE(ASN1_TFLG_EXPTAG | ASN1_TFLG_CONTEXT, 1,
                                                       RESP_TOKEN, NEG_RESP)
                                     static_ASN1_ITEM_TEMPLATE_END(RESP_TOKEN)

                                 /* The DER of a value, for free(); NULL without memory. */
                                 static uint8_t
                                 * encode(const void *value, const ASN1_ITEM *item, size_t *size)
{
    int length = ASN1_item_i2d(value, NULL, item);
    uint8_t *der = length > 0 ? malloc((size_t)length) : NULL, *end = der;

    if (!der || ASN1_item_i2d(value, &end, item) != length) {
        free(der);
        return NULL;
    }
    *size = (size_t)length;
    return der;
}

/* The application's queue of OpenSSL errors is not for what a peer sends: the callers mark it. */
static void *decode(const uint8_t *data, size_t size, const ASN1_ITEM *item)
{
    const uint8_t *end = data;
    void *value = NULL;
    uint8_t *der = NULL;
    size_t der_size = 0;

    if (!data || !size || size > NEGO_TOKEN_MAX)
        return NULL;
    value = ASN1_item_d2i(NULL, &end, (long)size, item);
    if (!value)
        return NULL;
    der = end == data + size ? encode(value, item, &der_size) : NULL;
    if (!der || der_size != size || memcmp(der, data, size) != 0) {
        ASN1_item_free(value, item);
        value = NULL;
    }
    free(der);
    return value;
}

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
static struct nego_bytes list_in(const uint8_t *der, size_t size)
{
    static const uint8_t heads[] = {0xa0, 0x30, 0xa0};
    struct wire_reader r = wire_reader(der, size);
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
    return wire_ok(&r) ? (struct nego_bytes){der + start, r.offset - start}
                       : (struct nego_bytes){NULL, 0};
}

static bool read_offers(const NEG_INIT *init, const uint8_t *der, size_t size,
                        struct nego_init *out)
{
    int count = init->types ? sk_ASN1_OBJECT_num(init->types) : 0;
    struct wire_reader r;

    if (!init->types)
        return true;
    if (count < 1 || count > NEGO_OFFERS_MAX)
        return false;
    out->list = list_in(der, size);
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

bool nego_init_read(const uint8_t *data, size_t size, struct nego_init *out)
{
    struct nego_frame frame = nego_frame_read(data, size);
    bool whole = false;
    NEG_INIT *init;

    memset(out, 0, sizeof(*out));
    if (frame.kind != NEGO_FRAME_INIT)
        return false;
    ERR_set_mark();
    init = decode(frame.inside.data, frame.inside.size, ASN1_ITEM_rptr(INIT_TOKEN));
    out->parsed = init;
    if (!init || !read_offers(init, frame.inside.data, frame.inside.size, out))
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
    ASN1_item_free(init->parsed, ASN1_ITEM_rptr(INIT_TOKEN));
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

/* RFC 2743 3.1 */
static bool put_frame(const uint8_t *inside, size_t size, uint8_t **token, size_t *token_size)
{
    int whole = ASN1_object_size(1, (int)(nego_oid_spnego.size + size), 0);
    uint8_t *at;

    if (whole <= 0 || !(*token = malloc((size_t)whole)))
        return false;
    at = *token;
    ASN1_put_object(&at, 1, (int)(nego_oid_spnego.size + size), 0, V_ASN1_APPLICATION);
    memcpy(at, nego_oid_spnego.der, nego_oid_spnego.size);
    memcpy(at + nego_oid_spnego.size, inside, size);
    *token_size = (size_t)whole;
    return true;
}

bool nego_init_write(const struct nego_init *init, uint8_t **token, size_t *token_size,
                     uint8_t **list, size_t *list_size)
{
    NEG_INIT *value = (NEG_INIT *)ASN1_item_new(ASN1_ITEM_rptr(INIT_TOKEN));
    uint8_t *inside = NULL;
    size_t inside_size = 0;
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
    inside = encode(value, ASN1_ITEM_rptr(INIT_TOKEN), &inside_size);
    if (!inside || !put_frame(inside, inside_size, token, token_size))
        goto out;
    if (list) {
        struct nego_bytes in = list_in(inside, inside_size);

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
    }
    free(inside);
    ASN1_item_free((ASN1_VALUE *)value, ASN1_ITEM_rptr(INIT_TOKEN));
    return done;
}

/* ---- NegTokenResp -------------------------------------------------------------------------- */

bool nego_resp_read(const uint8_t *data, size_t size, struct nego_resp *out)
{
    bool whole = false;
    int oid_size;
    NEG_RESP *resp;

    memset(out, 0, sizeof(*out));
    out->state = NEGO_STATE_ABSENT;
    ERR_set_mark();
    resp = decode(data, size, ASN1_ITEM_rptr(RESP_TOKEN));
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
    ASN1_item_free(resp->parsed, ASN1_ITEM_rptr(RESP_TOKEN));
    OPENSSL_free(resp->mechanism_der);
    memset(resp, 0, sizeof(*resp));
}

bool nego_resp_write(const struct nego_resp *resp, uint8_t **token, size_t *token_size)
{
    NEG_RESP *value = (NEG_RESP *)ASN1_item_new(ASN1_ITEM_rptr(RESP_TOKEN));

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
    *token = encode(value, ASN1_ITEM_rptr(RESP_TOKEN), token_size);
out:
    ASN1_item_free((ASN1_VALUE *)value, ASN1_ITEM_rptr(RESP_TOKEN));
    return *token != NULL;
}
