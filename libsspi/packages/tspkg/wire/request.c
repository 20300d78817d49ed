/*
 * TSRequest, [MS-CSSP] 2.2.1: reader and writer.
 */
#include "libsspi/packages/tspkg/wire/request.h"

#include <openssl/err.h>
#include <string.h>

#include "libsspi/packages/tspkg/wire/asn1.h"

/*
 * NegoData ::= SEQUENCE OF SEQUENCE { negoToken [0] OCTET STRING }. With one in it, and nobody
 * sends more, that is a SEQUENCE { SEQUENCE { … } }: so a list of a hundred thousand costs no
 * memory.
 */
typedef struct {
    struct ts_bytes token;
} TS_NEGO_TOKEN;
DECLARE_ASN1_ITEM(TS_NEGO_TOKEN)
typedef struct {
    TS_NEGO_TOKEN first;
} TS_NEGO_DATA;
DECLARE_ASN1_ITEM(TS_NEGO_DATA)

typedef struct {
    uint32_t version;
    TS_NEGO_DATA *nego;
    struct ts_bytes auth_info, pub_key_auth;
    ASN1_INTEGER *error;
    struct ts_bytes nonce;
} TS_REQUEST;
DECLARE_ASN1_ITEM(TS_REQUEST)

/* clang-format off */

ASN1_SEQUENCE(TS_NEGO_TOKEN) = {
    ASN1_EXP_EMBED(TS_NEGO_TOKEN, token, TS_OCTETS, 0),
} ASN1_SEQUENCE_END(TS_NEGO_TOKEN)

ASN1_SEQUENCE(TS_NEGO_DATA) = {
    ASN1_EMBED(TS_NEGO_DATA, first, TS_NEGO_TOKEN),
} ASN1_SEQUENCE_END(TS_NEGO_DATA)

ASN1_SEQUENCE(TS_REQUEST) = {
    ASN1_EXP_EMBED(TS_REQUEST, version, UINT32, 0),
    ASN1_EXP_OPT(TS_REQUEST, nego, TS_NEGO_DATA, 1),
    ASN1_EXP_OPT_EMBED(TS_REQUEST, auth_info, TS_OCTETS, 2),
    ASN1_EXP_OPT_EMBED(TS_REQUEST, pub_key_auth, TS_OCTETS, 3),
    ASN1_EXP_OPT(TS_REQUEST, error, ASN1_INTEGER, 4),
    ASN1_EXP_OPT_EMBED(TS_REQUEST, nonce, TS_OCTETS, 5),
} ASN1_SEQUENCE_END(TS_REQUEST); /* clang-format would read on to the next semicolon */

/* clang-format on */

/* The 32 bits of a code with its highest bit set are read as a negative number and, as some write
 * it, as a positive one. */
static bool error_in(const ASN1_INTEGER *from, struct ts_request *out)
{
    int64_t code = 0;

    out->failed = from != NULL;
    if (from && (!ASN1_INTEGER_get_int64(&code, from) || code < INT32_MIN || code > UINT32_MAX))
        return false;
    out->error = (int32_t)(uint32_t)code;
    return true;
}

bool ts_request_read(const uint8_t *data, size_t size, struct ts_request *out)
{
    TS_REQUEST *request = NULL;
    bool good = false;

    memset(out, 0, sizeof(*out));
    if (!data || size > TS_REQUEST_MAX)
        return false;
    ERR_set_mark();
    request = ts_asn1_decode((struct ts_bytes){data, size}, ASN1_ITEM_rptr(TS_REQUEST), false);
    if (!request || (request->nonce.data && request->nonce.size != TS_NONCE_SIZE) ||
        !error_in(request->error, out))
        goto out;
    out->version = request->version;
    if (request->nego)
        out->nego_token = request->nego->first.token;
    out->auth_info = request->auth_info;
    out->pub_key_auth = request->pub_key_auth;
    out->nonce = request->nonce;
    good = true;
out:
    ERR_pop_to_mark();
    ASN1_item_free((void *)request, ASN1_ITEM_rptr(TS_REQUEST));
    if (!good)
        memset(out, 0, sizeof(*out));
    return good;
}

bool ts_request_write(const struct ts_request *request, uint8_t **der, size_t *size)
{
    TS_NEGO_DATA nego = {{request->nego_token}};
    TS_REQUEST wire = {
        .version = request->version,
        .nego = request->nego_token.data ? &nego : NULL,
        .auth_info = request->auth_info,
        .pub_key_auth = request->pub_key_auth,
        .nonce = request->nonce,
    };

    *der = NULL;
    *size = 0;
    ERR_set_mark();
    if (request->nego_token.size > TS_REQUEST_MAX || request->auth_info.size > TS_REQUEST_MAX ||
        request->pub_key_auth.size > TS_REQUEST_MAX || request->nonce.size > TS_NONCE_SIZE)
        goto out;
    if (request->failed) {
        wire.error = ASN1_INTEGER_new();
        if (!wire.error || !ASN1_INTEGER_set_int64(wire.error, request->error))
            goto out;
    }
    *der = ts_asn1_encode(&wire, ASN1_ITEM_rptr(TS_REQUEST), TS_REQUEST_MAX, false, size);
out:
    ASN1_INTEGER_free(wire.error);
    ERR_pop_to_mark();
    return *der != NULL;
}
