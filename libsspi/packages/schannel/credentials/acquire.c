/*
 * AcquireCredentialsHandle and FreeCredentialsHandle: SCHANNEL_CRED, SCH_CREDENTIALS, or nothing,
 * which is a client without a certificate.
 */
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#include "base/reason.h"
#include "libsspi/certificates/certificate.h"
#include "libsspi/packages/schannel/attributes/attributes.h"
#include "libsspi/packages/schannel/credentials/credential.h"
#include "libsspi/packages/schannel/credentials/restrictions.h"
#include "libsspi/packages/schannel/credentials/sessions.h"
#include "libsspi/packages/schannel/credentials/settings.h"

struct tls_credential *tls_credential_hold(struct tls_credential *c)
{
    atomic_fetch_add_explicit(&c->references, 1, memory_order_relaxed);
    return c;
}

static void release_certificate(struct tls_certificate *certificate)
{
    if (certificate->context)
        CertFreeCertificateContext(certificate->context);
    X509_free(certificate->leaf);
    EVP_PKEY_free(certificate->key);
    sk_X509_pop_free(certificate->chain, X509_free);
}

void tls_credential_put(struct tls_credential *c)
{
    if (!c || atomic_fetch_sub_explicit(&c->references, 1, memory_order_acq_rel) != 1)
        return;
    tls_credential_forgotten(c);
    tls_sessions_drop(c);
    for (size_t i = 0; i < c->count; i++)
        release_certificate(&c->certificates[i]);
    free(c->certificates);
    if (c->roots)
        CertCloseStore(c->roots, 0);
    SSL_CTX_free(c->client);
    SSL_CTX_free(c->server);
    tls_restrictions_free(c->restrictions, c->restriction_count);
    pthread_mutex_destroy(&c->lock);
    free(c);
}

/* ---- certificates -----------------------------------------------------------------------------
 */

static bool signs_itself(X509 *x)
{
    return X509_check_issued(x, x) == X509_V_OK;
}

/* SCH_SEND_ROOT_CERT: the root goes along, found where chains are found; else it is left out. */
static SECURITY_STATUS settle_root(const struct tls_credential *c, struct tls_certificate *one)
{
    struct certificate_peer peer = {.leaf = one->leaf,
                                    .others = one->chain,
                                    .server = c->use & SECPKG_CRED_INBOUND,
                                    .roots = c->roots};
    int count = sk_X509_num(one->chain);
    STACK_OF(X509) *built = NULL;

    if (!(c->flags & SCH_SEND_ROOT_CERT)) {
        if (count > 0 && signs_itself(sk_X509_value(one->chain, count - 1)))
            X509_free(sk_X509_pop(one->chain));
        return SEC_E_OK;
    }
    if (signs_itself(count > 0 ? sk_X509_value(one->chain, count - 1) : one->leaf))
        return SEC_E_OK;
    certificate_verify(&peer, NULL, &built);
    reason_clear();
    if (sk_X509_num(built) > 1 && signs_itself(sk_X509_value(built, sk_X509_num(built) - 1))) {
        X509_free(sk_X509_shift(built));
        sk_X509_pop_free(one->chain, X509_free);
        one->chain = built;
    } else {
        sk_X509_pop_free(built, X509_free);
    }
    return SEC_E_OK;
}

static SECURITY_STATUS take_certificate(struct tls_credential *c, PCCERT_CONTEXT given)
{
    struct tls_certificate *one = &c->certificates[c->count];

    if (!given)
        return SEC_E_UNKNOWN_CREDENTIALS;
    c->count++;
    one->leaf = certificate_x509(given);
    if (!one->leaf) {
        reason_set(0, "a certificate of paCred cannot be read");
        return SEC_E_CERT_UNKNOWN;
    }
    one->key = certificate_key(given);
    if (!one->key) {
        reason_set(0, "a certificate of paCred has no private key");
        return SEC_E_NO_CREDENTIALS;
    }
    if (X509_check_private_key(one->leaf, one->key) != 1) {
        reason_set(0, "a private key of paCred is not the certificate's");
        ERR_clear_error();
        return SEC_E_NO_CREDENTIALS;
    }
    one->chain = certificate_chain(given);
    one->context = certificate_context(one->leaf, one->key, one->chain);
    if (!one->context)
        return SEC_E_INSUFFICIENT_MEMORY;
    return settle_root(c, one);
}

static SECURITY_STATUS take_certificates(struct tls_credential *c, DWORD count,
                                         PCCERT_CONTEXT *list)
{
    SECURITY_STATUS status = SEC_E_OK;

    if (count == 0)
        return SEC_E_OK;
    if (!list || count > SCH_CRED_MAX_SUPPORTED_CERTS)
        return SEC_E_UNKNOWN_CREDENTIALS;
    c->certificates = calloc(count, sizeof(*c->certificates));
    if (!c->certificates)
        return SEC_E_INSUFFICIENT_MEMORY;
    for (DWORD i = 0; i < count && status == SEC_E_OK; i++)
        status = take_certificate(c, list[i]);
    return status;
}

/* ---- the two structures -----------------------------------------------------------------------
 */

static SECURITY_STATUS fill(struct tls_credential *c, const struct tls_settings *s)
{
    SECURITY_STATUS status = tls_settings_check(s, c->use);

    if (status != SEC_E_OK)
        return status;
    c->flags = s->flags;
    if (s->roots) {
        c->roots = CertDuplicateStore(s->roots);
        if (!c->roots)
            return SEC_E_UNKNOWN_CREDENTIALS;
    }
    status = take_certificates(c, s->certificate_count, s->certificates);
    if (status != SEC_E_OK)
        return status;
    if ((c->use & SECPKG_CRED_BOTH) == SECPKG_CRED_INBOUND && c->count == 0) {
        reason_set(0, "a server needs a certificate (paCred)");
        return SEC_E_NO_CREDENTIALS;
    }
    return tls_settings_apply(s, c);
}

static SECURITY_STATUS make(ULONG use, PVOID auth_data, struct tls_credential **out)
{
    struct tls_credential *c = calloc(1, sizeof(*c));
    struct tls_settings settings;
    SECURITY_STATUS status;

    *out = NULL;
    if (!c)
        return SEC_E_INSUFFICIENT_MEMORY;
    atomic_init(&c->references, 1);
    pthread_mutex_init(&c->lock, NULL);
    c->use = use;
    status = tls_settings_read(&settings, auth_data);
    if (status == SEC_E_OK)
        status = fill(c, &settings);
    if (status == SEC_E_OK) {
        tls_credential_known(c);
        *out = c;
    } else {
        tls_credential_put(c);
    }
    return status;
}

/*
 * The name of a principal has no meaning here, and there is nothing in a logon session to choose
 * from. SEC_E_UNKNOWN_CREDENTIALS for a structure of another version or one that contradicts
 * itself, SEC_E_NO_CREDENTIALS for a certificate without its key, or a server without one,
 * SEC_E_ALGORITHM_MISMATCH when nothing is left that may be spoken, SEC_E_UNSUPPORTED_FUNCTION for
 * what there is not (docs/schannel.md), SEC_E_INSUFFICIENT_MEMORY.
 */
NTSTATUS NTAPI tls_acquire_credentials(PUNICODE_STRING principal, ULONG use, PLUID logon_id,
                                       PVOID auth_data, PVOID get_key, PVOID get_key_argument,
                                       PLSA_SEC_HANDLE handle, PTimeStamp expiry)
{
    struct tls_credential *c;
    SECURITY_STATUS status;

    (void)principal, (void)logon_id, (void)get_key, (void)get_key_argument;
    ERR_clear_error();
    status = make(use, auth_data, &c);
    if (status != SEC_E_OK)
        return status;
    *handle = (LSA_SEC_HANDLE)c;
    expiry->QuadPart = INT64_MAX;
    for (size_t i = 0; i < c->count; i++) { /* the certificate that ends first */
        TimeStamp until = tls_certificate_expiry(c->certificates[i].leaf);

        if (until.QuadPart < expiry->QuadPart)
            *expiry = until;
    }
    return SEC_E_OK;
}

NTSTATUS NTAPI tls_free_credentials(LSA_SEC_HANDLE handle)
{
    if (!handle)
        return SEC_E_INVALID_HANDLE;
    tls_credential_put((struct tls_credential *)handle);
    return SEC_E_OK;
}
