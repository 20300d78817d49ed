/*
 * The templates of the tokens for OpenSSL, and the way in and out: OpenSSL reads more than DER, so
 * that what it has read is written again, and must be the bytes that came.
 */
#include "libsspi/packages/negotiate/spnego/asn1.h"

#include <openssl/asn1t.h>
#include <stdlib.h>
#include <string.h>

#include "base/wire.h"

/* clang-format off */

ASN1_SEQUENCE(NEG_HINTS) = {
    ASN1_EXP_OPT(NEG_HINTS, name, ASN1_GENERALSTRING, 0),
    ASN1_EXP_OPT(NEG_HINTS, address, ASN1_OCTET_STRING, 1),
} ASN1_SEQUENCE_END(NEG_HINTS)

ASN1_CHOICE(MIC_OR_HINTS) = {
    ASN1_SIMPLE(MIC_OR_HINTS, u.mic, ASN1_OCTET_STRING),
    ASN1_SIMPLE(MIC_OR_HINTS, u.hints, NEG_HINTS),
} ASN1_CHOICE_END(MIC_OR_HINTS)

ASN1_SEQUENCE(NEG_INIT) = {
    ASN1_EXP_SEQUENCE_OF_OPT(NEG_INIT, types, ASN1_OBJECT, 0),
    ASN1_EXP_OPT(NEG_INIT, flags, ASN1_BIT_STRING, 1),
    ASN1_EXP_OPT(NEG_INIT, token, ASN1_OCTET_STRING, 2),
    ASN1_EXP_OPT(NEG_INIT, three, MIC_OR_HINTS, 3),
    ASN1_EXP_OPT(NEG_INIT, mic, ASN1_OCTET_STRING, 4),
} ASN1_SEQUENCE_END(NEG_INIT)

ASN1_SEQUENCE(NEG_RESP) = {
    ASN1_EXP_OPT(NEG_RESP, state, ASN1_ENUMERATED, 0),
    ASN1_EXP_OPT(NEG_RESP, mechanism, ASN1_OBJECT, 1),
    ASN1_EXP_OPT(NEG_RESP, token, ASN1_OCTET_STRING, 2),
    ASN1_EXP_OPT(NEG_RESP, mic, ASN1_OCTET_STRING, 3),
} ASN1_SEQUENCE_END(NEG_RESP); /* clang-format would read on to the next semicolon */

/* clang-format on */

uint8_t *nego_asn1_encode(const void *value, const ASN1_ITEM *item, size_t *size)
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

void *nego_asn1_decode(struct nego_bytes token, uint8_t tag, const ASN1_ITEM *item,
                       struct nego_bytes *inside)
{
    struct wire_reader r = wire_reader(token.data, token.size);
    const uint8_t *end;
    void *value = NULL;
    uint8_t *der = NULL;
    size_t der_size = 0;

    if (token.size > NEGO_TOKEN_MAX || wire_u8(&r) != tag ||
        nego_length_read(&r) != wire_left(&r) || !wire_ok(&r))
        return NULL;
    inside->size = wire_left(&r);
    inside->data = end = wire_bytes(&r, inside->size);
    value = ASN1_item_d2i(NULL, &end, (long)inside->size, item);
    if (!value)
        return NULL;
    der = nego_asn1_encode(value, item, &der_size);
    if (!der || der_size != inside->size || memcmp(der, inside->data, der_size) != 0) {
        ASN1_item_free(value, item);
        value = NULL;
    }
    free(der);
    return value;
}
