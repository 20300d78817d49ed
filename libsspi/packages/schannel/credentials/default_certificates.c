/*
 * A client without a certificate of its own may show one of the user's: those of the store MY, when
 * the server's authorities have signed one.
 */
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "base/reason.h"
#include "libsspi/certificates/certificate.h"
#include "libsspi/packages/schannel/credentials/default_certificates.h"

bool tls_has_issuer(X509 *leaf, STACK_OF(X509) *chain, const STACK_OF(X509_NAME) *names)
{
    int chained = chain ? sk_X509_num(chain) : 0;

    if (!names || sk_X509_NAME_num(names) <= 0)
        return true;
    for (int at = -1; at < chained; at++) {
        const X509 *x = at < 0 ? leaf : sk_X509_value(chain, at);

        for (int i = 0; i < sk_X509_NAME_num(names); i++)
            if (X509_NAME_cmp(X509_get_issuer_name(x), sk_X509_NAME_value(names, i)) == 0)
                return true;
    }
    return false;
}

/* For now, and to prove who a client is. */
static bool is_good(X509 *leaf)
{
    return X509_cmp_current_time(X509_get0_notBefore(leaf)) < 0 &&
           X509_cmp_current_time(X509_get0_notAfter(leaf)) > 0 &&
           X509_check_purpose(leaf, X509_PURPOSE_SSL_CLIENT, 0) == 1;
}

bool tls_show_default_certificate(SSL *ssl, const STACK_OF(X509_NAME) *names)
{
    HCERTSTORE store = CertOpenSystemStoreW(0, u"MY");
    PCCERT_CONTEXT at = NULL;
    bool shown = false;

    while (store && !shown && (at = CertEnumCertificatesInStore(store, at))) {
        X509 *leaf = certificate_x509(at);
        EVP_PKEY *key = certificate_key(at);
        STACK_OF(X509) *chain = certificate_chain(at);

        shown = leaf && key && is_good(leaf) && tls_has_issuer(leaf, chain, names) &&
                SSL_use_cert_and_key(ssl, leaf, key, chain, 1);
        X509_free(leaf);
        EVP_PKEY_free(key);
        sk_X509_pop_free(chain, X509_free);
    }
    if (at)
        CertFreeCertificateContext(at);
    if (store)
        CertCloseStore(store, 0);
    reason_clear();
    ERR_clear_error();
    return shown;
}
