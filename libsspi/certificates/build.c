/*
 * OpenSSL's verification, told to go on after every error, so that all of them can be told, and
 * translated into Windows' trust status.
 */
#include "libsspi/certificates/build.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <string.h>

/* As TLS is in most distributions: keys and signatures of 112 bits. */
#define SECURITY_LEVEL 2

static const struct {
    int code;
    DWORD trust;
} translations[] = {
    {X509_V_ERR_CERT_NOT_YET_VALID, CERT_TRUST_IS_NOT_TIME_VALID},
    {X509_V_ERR_CERT_HAS_EXPIRED, CERT_TRUST_IS_NOT_TIME_VALID},
    {X509_V_ERR_ERROR_IN_CERT_NOT_BEFORE_FIELD, CERT_TRUST_IS_NOT_TIME_VALID},
    {X509_V_ERR_ERROR_IN_CERT_NOT_AFTER_FIELD, CERT_TRUST_IS_NOT_TIME_VALID},
    {X509_V_ERR_CERT_REVOKED, CERT_TRUST_IS_REVOKED},
    {X509_V_ERR_CERT_SIGNATURE_FAILURE, CERT_TRUST_IS_NOT_SIGNATURE_VALID},
    {X509_V_ERR_UNABLE_TO_DECRYPT_CERT_SIGNATURE, CERT_TRUST_IS_NOT_SIGNATURE_VALID},
    {X509_V_ERR_UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY, CERT_TRUST_IS_NOT_SIGNATURE_VALID},
    {X509_V_ERR_SIGNATURE_ALGORITHM_MISMATCH, CERT_TRUST_IS_NOT_SIGNATURE_VALID},
    {X509_V_ERR_INVALID_PURPOSE, CERT_TRUST_IS_NOT_VALID_FOR_USAGE},
    {X509_V_ERR_CERT_REJECTED, CERT_TRUST_IS_EXPLICIT_DISTRUST},
    {X509_V_ERR_CERT_UNTRUSTED, CERT_TRUST_IS_UNTRUSTED_ROOT},
    {X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, CERT_TRUST_IS_UNTRUSTED_ROOT},
    {X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, CERT_TRUST_IS_UNTRUSTED_ROOT},
    {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, CERT_TRUST_IS_PARTIAL_CHAIN},
    {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, CERT_TRUST_IS_PARTIAL_CHAIN},
    {X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, CERT_TRUST_IS_PARTIAL_CHAIN},
    {X509_V_ERR_CERT_CHAIN_TOO_LONG, CERT_TRUST_IS_PARTIAL_CHAIN},
    {X509_V_ERR_INVALID_CA, CERT_TRUST_INVALID_BASIC_CONSTRAINTS},
    {X509_V_ERR_PATH_LENGTH_EXCEEDED, CERT_TRUST_INVALID_BASIC_CONSTRAINTS},
    {X509_V_ERR_PROXY_PATH_LENGTH_EXCEEDED, CERT_TRUST_INVALID_BASIC_CONSTRAINTS},
    {X509_V_ERR_KEYUSAGE_NO_CERTSIGN, CERT_TRUST_IS_NOT_VALID_FOR_USAGE},
    {X509_V_ERR_KEYUSAGE_NO_CRL_SIGN, CERT_TRUST_REVOCATION_STATUS_UNKNOWN},
    {X509_V_ERR_PERMITTED_VIOLATION,
     CERT_TRUST_INVALID_NAME_CONSTRAINTS | CERT_TRUST_HAS_NOT_PERMITTED_NAME_CONSTRAINT},
    {X509_V_ERR_EXCLUDED_VIOLATION,
     CERT_TRUST_INVALID_NAME_CONSTRAINTS | CERT_TRUST_HAS_EXCLUDED_NAME_CONSTRAINT},
    {X509_V_ERR_SUBTREE_MINMAX,
     CERT_TRUST_INVALID_NAME_CONSTRAINTS | CERT_TRUST_HAS_NOT_SUPPORTED_NAME_CONSTRAINT},
    {X509_V_ERR_UNSUPPORTED_CONSTRAINT_TYPE,
     CERT_TRUST_INVALID_NAME_CONSTRAINTS | CERT_TRUST_HAS_NOT_SUPPORTED_NAME_CONSTRAINT},
    {X509_V_ERR_UNSUPPORTED_CONSTRAINT_SYNTAX,
     CERT_TRUST_INVALID_NAME_CONSTRAINTS | CERT_TRUST_HAS_NOT_SUPPORTED_NAME_CONSTRAINT},
    {X509_V_ERR_UNSUPPORTED_NAME_SYNTAX,
     CERT_TRUST_INVALID_NAME_CONSTRAINTS | CERT_TRUST_HAS_NOT_SUPPORTED_NAME_CONSTRAINT},
    {X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION, CERT_TRUST_HAS_NOT_SUPPORTED_CRITICAL_EXT},
    {X509_V_ERR_INVALID_EXTENSION, CERT_TRUST_INVALID_EXTENSION},
    {X509_V_ERR_INVALID_POLICY_EXTENSION, CERT_TRUST_INVALID_POLICY_CONSTRAINTS},
    {X509_V_ERR_NO_EXPLICIT_POLICY, CERT_TRUST_INVALID_POLICY_CONSTRAINTS},
    {X509_V_ERR_CA_KEY_TOO_SMALL, CERT_TRUST_HAS_WEAK_SIGNATURE},
    {X509_V_ERR_EE_KEY_TOO_SMALL, CERT_TRUST_HAS_WEAK_SIGNATURE},
    {X509_V_ERR_CA_MD_TOO_WEAK, CERT_TRUST_HAS_WEAK_SIGNATURE},
    {X509_V_ERR_UNABLE_TO_GET_CRL, CERT_TRUST_REVOCATION_STATUS_UNKNOWN},
    {X509_V_ERR_UNABLE_TO_GET_CRL_ISSUER, CERT_TRUST_REVOCATION_STATUS_UNKNOWN},
    {X509_V_ERR_UNABLE_TO_DECRYPT_CRL_SIGNATURE, CERT_TRUST_REVOCATION_STATUS_UNKNOWN},
    {X509_V_ERR_CRL_SIGNATURE_FAILURE, CERT_TRUST_REVOCATION_STATUS_UNKNOWN},
    {X509_V_ERR_CRL_PATH_VALIDATION_ERROR, CERT_TRUST_REVOCATION_STATUS_UNKNOWN},
    {X509_V_ERR_DIFFERENT_CRL_SCOPE, CERT_TRUST_REVOCATION_STATUS_UNKNOWN},
    {X509_V_ERR_UNHANDLED_CRITICAL_CRL_EXTENSION, CERT_TRUST_REVOCATION_STATUS_UNKNOWN},
    {X509_V_ERR_ERROR_IN_CRL_LAST_UPDATE_FIELD, CERT_TRUST_REVOCATION_STATUS_UNKNOWN},
    {X509_V_ERR_ERROR_IN_CRL_NEXT_UPDATE_FIELD, CERT_TRUST_REVOCATION_STATUS_UNKNOWN},
    {X509_V_ERR_CRL_NOT_YET_VALID,
     CERT_TRUST_REVOCATION_STATUS_UNKNOWN | CERT_TRUST_IS_OFFLINE_REVOCATION},
    {X509_V_ERR_CRL_HAS_EXPIRED,
     CERT_TRUST_REVOCATION_STATUS_UNKNOWN | CERT_TRUST_IS_OFFLINE_REVOCATION},
};

struct progress {
    const struct chain_request *request;
    struct chain_result *result;
    bool broken;
};

/* A certificate whose list is published, which we do not fetch. */
static bool names_a_list(X509 *x509)
{
    return x509 && X509_get_ext_by_NID(x509, NID_crl_distribution_points, -1) >= 0;
}

static DWORD trust_of(int code, X509 *at)
{
    if (code == X509_V_ERR_UNABLE_TO_GET_CRL && names_a_list(at))
        return CERT_TRUST_REVOCATION_STATUS_UNKNOWN | CERT_TRUST_IS_OFFLINE_REVOCATION;
    for (size_t i = 0; i < sizeof(translations) / sizeof(translations[0]); i++)
        if (translations[i].code == code)
            return translations[i].trust;
    /* what OpenSSL may come to say one day */
    return CERT_TRUST_IS_NOT_SIGNATURE_VALID;
}

static bool about_revocation(int code)
{
    return code == X509_V_ERR_CERT_REVOKED ||
           (trust_of(code, NULL) & CERT_TRUST_REVOCATION_STATUS_UNKNOWN);
}

static int on_error(int ok, X509_STORE_CTX *context)
{
    struct progress *progress = X509_STORE_CTX_get_app_data(context);
    struct chain_result *result = progress->result;
    int code = X509_STORE_CTX_get_error(context), depth = X509_STORE_CTX_get_error_depth(context);
    X509 *at = X509_STORE_CTX_get_current_cert(context);
    DWORD trust;

    if (ok)
        return 1;
    if (code == X509_V_ERR_OUT_OF_MEM || code == X509_V_ERR_UNSPECIFIED ||
        code == X509_V_ERR_INVALID_CALL || code == X509_V_ERR_STORE_LOOKUP) {
        progress->broken = true;
        return 0;
    }
    if (about_revocation(code) && at &&
        (progress->request->revocation & CHAIN_REVOCATION_EXCLUDE_ROOT) &&
        X509_check_issued(at, at) == X509_V_OK)
        return 1;
    trust = trust_of(code, at);
    if (depth < 0 || depth >= CHAIN_MAX)
        depth = CHAIN_MAX - 1;
    /* the more serious of two stays the reason */
    if (!result->code || (about_revocation(result->code) && !about_revocation(code))) {
        result->code = code;
        result->depth = depth;
    }
    result->all |= trust;
    result->error[depth] |= trust;
    return 1;
}

/* Those that the stores have, beside the system's. False without memory. */
static bool collect_crls(const struct chain_request *request, STACK_OF(X509_CRL) **collected)
{
    STACK_OF(X509_CRL) *crls = NULL;
    struct store *from[2] = {request->roots, request->beside};

    for (size_t i = 0; i < 2; i++) {
        STACK_OF(X509_CRL) *some = from[i] ? store_crls(from[i]) : NULL;

        if (!crls) {
            crls = some;
            continue;
        }
        while (sk_X509_CRL_num(some) > 0) {
            X509_CRL *crl = sk_X509_CRL_shift(some);

            if (!sk_X509_CRL_push(crls, crl)) {
                X509_CRL_free(crl);
                sk_X509_CRL_pop_free(some, X509_CRL_free);
                sk_X509_CRL_pop_free(crls, X509_CRL_free);
                return false;
            }
        }
        sk_X509_CRL_free(some);
    }
    *collected = crls;
    return true;
}

static X509_STORE *trusted(struct store *roots)
{
    X509_STORE *store;
    STACK_OF(X509) *all = NULL;

    if (!roots)
        return system_roots();
    store = X509_STORE_new();
    all = store_certificates(roots);
    for (int i = 0; store && i < sk_X509_num(all); i++) {
        if (!X509_STORE_add_cert(store, sk_X509_value(all, i))) {
            X509_STORE_free(store);
            store = NULL;
        }
    }
    if (!all) {
        X509_STORE_free(store);
        store = NULL;
    }
    sk_X509_pop_free(all, X509_free);
    return store;
}

static STACK_OF(X509) *untrusted(const struct chain_request *request)
{
    STACK_OF(X509) *all = request->others ? X509_chain_up_ref(request->others) : sk_X509_new_null();
    STACK_OF(X509) *more = request->beside ? store_certificates(request->beside) : NULL;

    while (all && sk_X509_num(more) > 0) {
        X509 *one = sk_X509_shift(more);

        if (!sk_X509_push(all, one)) {
            X509_free(one);
            sk_X509_pop_free(all, X509_free);
            all = NULL;
        }
    }
    sk_X509_pop_free(more, X509_free);
    return all;
}

static void set_parameters(X509_VERIFY_PARAM *param, const struct chain_request *request)
{
    X509_VERIFY_PARAM_set_auth_level(param, SECURITY_LEVEL);
    X509_VERIFY_PARAM_set_depth(param, CHAIN_MAX - 2);
    X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_TRUSTED_FIRST);
    if (request->purpose) {
        X509_VERIFY_PARAM_set_purpose(param, request->purpose);
        /* What a system's certificate is trusted with, and what not (BEGIN TRUSTED CERTIFICATE). */
        X509_VERIFY_PARAM_set_trust(param, request->purpose == X509_PURPOSE_SSL_SERVER
                                               ? X509_TRUST_SSL_SERVER
                                               : X509_TRUST_SSL_CLIENT);
    }
    if (request->revocation & (CHAIN_REVOCATION_END | CHAIN_REVOCATION_ALL))
        X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_CRL_CHECK);
    if (request->revocation & CHAIN_REVOCATION_ALL)
        X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_CRL_CHECK_ALL);
    if (request->time)
        X509_VERIFY_PARAM_set_time(param, *request->time);
}

bool chain_build(const struct chain_request *request, struct chain_result *result)
{
    X509_STORE *store = trusted(request->roots);
    STACK_OF(X509) *others = untrusted(request);
    STACK_OF(X509_CRL) *crls = NULL;
    X509_STORE_CTX *context = X509_STORE_CTX_new();
    struct progress progress = {.request = request, .result = result};
    bool ok = false;
    int verified;

    memset(result, 0, sizeof(*result));
    ERR_set_mark();
    if (!store || !others || !context ||
        !X509_STORE_CTX_init(context, store, request->leaf, others) ||
        !X509_STORE_CTX_set_app_data(context, &progress) || !collect_crls(request, &crls))
        goto out;
    X509_STORE_CTX_set0_crls(context, crls);
    set_parameters(X509_STORE_CTX_get0_param(context), request);
    X509_STORE_CTX_set_verify_cb(context, on_error);
    verified = X509_verify_cert(context);
    if (progress.broken || verified < 0 || (verified == 0 && !result->code))
        goto out;
    result->chain = X509_STORE_CTX_get1_chain(context);
    if (!result->chain)
        goto out;
    ok = true;
out:
    X509_STORE_CTX_free(context);
    sk_X509_CRL_pop_free(crls, X509_CRL_free);
    sk_X509_pop_free(others, X509_free);
    X509_STORE_free(store);
    ERR_pop_to_mark();
    if (!ok)
        memset(result, 0, sizeof(*result));
    return ok;
}

void chain_result_free(struct chain_result *result)
{
    sk_X509_pop_free(result->chain, X509_free);
    memset(result, 0, sizeof(*result));
}
