/*
 * NegTokenInit and NegTokenResp as OpenSSL's ASN.1 sees them, RFC 4178 4.2 and [MS-SPNG] 2.2.1. For
 * token.c alone.
 */
#ifndef CREDMGR_NEGOTIATE_ASN1_H
#define CREDMGR_NEGOTIATE_ASN1_H

#include <openssl/asn1.h>

#include "libsspi/packages/negotiate/spnego/token.h"

/* NegHints ::= SEQUENCE { hintName [0] GeneralString OPTIONAL, hintAddress [1] OCTET STRING
 * OPTIONAL } */
typedef struct {
    ASN1_GENERALSTRING *name;
    ASN1_OCTET_STRING *address;
} NEG_HINTS;
DECLARE_ASN1_ITEM(NEG_HINTS)

/* [3] is mechListMIC in NegTokenInit and negHints in NegTokenInit2. */
typedef struct {
    int type;
    union {
        ASN1_OCTET_STRING *mic;
        NEG_HINTS *hints;
    } u;
} MIC_OR_HINTS;
enum { IS_MIC, IS_HINTS };
DECLARE_ASN1_ITEM(MIC_OR_HINTS)

typedef struct {
    STACK_OF(ASN1_OBJECT) *types;
    ASN1_BIT_STRING *flags; /* [MS-SPNG] 3.1.5.3: read by nobody */
    ASN1_OCTET_STRING *token;
    MIC_OR_HINTS *three;
    ASN1_OCTET_STRING *mic; /* NegTokenInit2's */
} NEG_INIT;
DECLARE_ASN1_ITEM(NEG_INIT)

typedef struct {
    ASN1_ENUMERATED *state;
    ASN1_OBJECT *mechanism;
    ASN1_OCTET_STRING *token;
    ASN1_OCTET_STRING *mic;
} NEG_RESP;
DECLARE_ASN1_ITEM(NEG_RESP)

/* NegotiationToken ::= CHOICE { negTokenInit [0] NegTokenInit, negTokenResp [1] NegTokenResp }: the
 * tag is read and written by hand, because each explicit tag doubles what a template costs. */
enum { TAG_INIT = 0xa0, TAG_RESP = 0xa1 };

/* The DER of a value, for free(); NULL without memory. */
uint8_t *nego_asn1_encode(const void *value, const ASN1_ITEM *item, size_t *size);
/*
 * What `tag` holds, which must be all of the token, for ASN1_item_free(); NULL for what is not DER
 * of the item, and without memory. *inside: its bytes. The application's queue of OpenSSL errors is
 * not for what a peer sends: the callers mark it.
 */
void *nego_asn1_decode(struct nego_bytes token, uint8_t tag, const ASN1_ITEM *item,
                       struct nego_bytes *inside);

#endif
