/*
 * A peer's certificate, judged for TLS: the chain, its purpose, its name and its revocation, and
 * one status out of all that may be wrong with it.
 */
#include "libsspi/certificates/build.h"

#include <credssp.h>
#include <openssl/x509v3.h>
#include <schannel.h>
#include <stdlib.h>
#include <string.h>

#include "base/reason.h"
#include "base/utf16.h"

/* The most serious first: what is told of several. */
static const struct {
    DWORD trust;
    SECURITY_STATUS status;
} order[] = {
    {CERT_TRUST_IS_REVOKED | CERT_TRUST_IS_EXPLICIT_DISTRUST, CRYPT_E_REVOKED},
    {CERT_TRUST_IS_NOT_SIGNATURE_VALID | CERT_TRUST_IS_CYCLIC, SEC_E_CERT_UNKNOWN},
    {CERT_TRUST_IS_UNTRUSTED_ROOT | CERT_TRUST_IS_PARTIAL_CHAIN, SEC_E_UNTRUSTED_ROOT},
    {CERT_TRUST_IS_NOT_VALID_FOR_USAGE, SEC_E_CERT_WRONG_USAGE},
    {CERT_TRUST_IS_NOT_TIME_VALID, SEC_E_CERT_EXPIRED},
    {~(DWORD)(CERT_TRUST_REVOCATION_STATUS_UNKNOWN | CERT_TRUST_IS_OFFLINE_REVOCATION),
     SEC_E_CERT_UNKNOWN},
};

static unsigned revocation_of(ULONG flags)
{
    unsigned revocation = 0;

    if (flags & SCH_CRED_REVOCATION_CHECK_END_CERT)
        revocation |= CHAIN_REVOCATION_END;
    if (flags & SCH_CRED_REVOCATION_CHECK_CHAIN)
        revocation |= CHAIN_REVOCATION_ALL;
    if (flags & SCH_CRED_REVOCATION_CHECK_CHAIN_EXCLUDE_ROOT)
        revocation |= CHAIN_REVOCATION_ALL | CHAIN_REVOCATION_EXCLUDE_ROOT;
    return revocation;
}

/* Of the one that the error is about; "" for none. */
static void subject_text(X509 *x509, char *text, size_t size)
{
    BIO *memory = x509 ? BIO_new(BIO_s_mem()) : NULL;
    int length = 0;

    if (memory && X509_NAME_print_ex(memory, X509_get_subject_name(x509), 0,
                                     XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB) >= 0)
        length = BIO_read(memory, text, (int)size - 1);
    text[length > 0 ? length : 0] = '\0';
    BIO_free(memory);
}

static SECURITY_STATUS status_of(const struct chain_result *result, ULONG flags)
{
    DWORD trust = result->all;

    for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++)
        if (trust & order[i].trust)
            return order[i].status;
    /* One whose list cannot be had excuses no other that has none. */
    for (size_t i = 0; i < CHAIN_MAX; i++) {
        if ((result->error[i] & CERT_TRUST_IS_OFFLINE_REVOCATION) &&
            !(flags & SCH_CRED_IGNORE_REVOCATION_OFFLINE))
            return CRYPT_E_REVOCATION_OFFLINE;
        if (result->error[i] == CERT_TRUST_REVOCATION_STATUS_UNKNOWN &&
            !(flags & SCH_CRED_IGNORE_NO_REVOCATION_CHECK))
            return CRYPT_E_NO_REVOCATION_CHECK;
    }
    return SEC_E_OK;
}

static void tell_chain(const struct chain_result *result)
{
    char subject[160];
    X509 *at = result->depth < sk_X509_num(result->chain)
                   ? sk_X509_value(result->chain, result->depth)
                   : NULL;

    subject_text(at, subject, sizeof(subject));
    reason_set(result->code, "certificate \"%s\": %s", subject,
               X509_verify_cert_error_string(result->code));
}

static void tell_name(X509 *leaf, const WCHAR *name)
{
    char subject[128], *text = utf16_to_utf8(name, utf16_length(name), NULL);

    subject_text(leaf, subject, sizeof(subject));
    reason_set(X509_V_ERR_HOSTNAME_MISMATCH, "the certificate \"%s\" is not one of %s", subject,
               text ? text : "that server");
    free(text);
}

/* Certificates of Remote Desktop servers may be for nothing else. */
static bool is_for_credentials(X509 *leaf)
{
    EXTENDED_KEY_USAGE *usages = X509_get_ext_d2i(leaf, NID_ext_key_usage, NULL, NULL);
    char dotted[64];
    bool is = false;

    for (int i = 0; i < sk_ASN1_OBJECT_num(usages) && !is; i++)
        is = OBJ_obj2txt(dotted, sizeof(dotted), sk_ASN1_OBJECT_value(usages, i), 1) > 0 &&
             strcmp(dotted, szOID_TS_KP_TS_SERVER_AUTH) == 0;
    EXTENDED_KEY_USAGE_free(usages);
    return is;
}

static int purpose_of(const struct certificate_peer *peer)
{
    if (!peer->server)
        return X509_PURPOSE_SSL_CLIENT;
    return peer->credentials && is_for_credentials(peer->leaf) ? 0 : X509_PURPOSE_SSL_SERVER;
}

SECURITY_STATUS certificate_verify(const struct certificate_peer *peer, CERT_TRUST_STATUS *trust,
                                   STACK_OF(X509) **chain)
{
    struct chain_request request = {
        .leaf = peer->leaf,
        .others = peer->others,
        .roots = store_of(peer->roots),
        .purpose = purpose_of(peer),
        .revocation = revocation_of(peer->flags),
    };
    struct chain_result result;
    SECURITY_STATUS status;

    if (trust)
        *trust = (CERT_TRUST_STATUS){CERT_TRUST_NO_ERROR, 0};
    if (chain)
        *chain = NULL;
    if (peer->roots && !request.roots) {
        reason_set(0, "hRootStore is no certificate store");
        return SEC_E_INVALID_PARAMETER;
    }
    if (!chain_build(&request, &result))
        return SEC_E_INSUFFICIENT_MEMORY;
    status = status_of(&result, peer->flags);
    if (status != SEC_E_OK) {
        tell_chain(&result);
    } else if (peer->server && peer->name && !(peer->flags & SCH_CRED_NO_SERVERNAME_CHECK)) {
        status = name_check(peer->leaf, peer->name);
        if (status == SEC_E_WRONG_PRINCIPAL)
            tell_name(peer->leaf, peer->name);
    }
    if (trust) {
        int last = sk_X509_num(result.chain) - 1;
        X509 *root = last >= 0 ? sk_X509_value(result.chain, last) : NULL;

        trust->dwErrorStatus = result.all;
        trust->dwInfoStatus = CERT_TRUST_HAS_PREFERRED_ISSUER;
        if (root && last == 0 && X509_check_issued(root, root) == X509_V_OK)
            trust->dwInfoStatus |= CERT_TRUST_IS_SELF_SIGNED;
    }
    if (chain && status != SEC_E_INSUFFICIENT_MEMORY) {
        *chain = result.chain;
        result.chain = NULL;
    }
    chain_result_free(&result);
    return status;
}
