/*
 * The certificate of servers that bring none along: signed by nobody, which is enough, since
 * CredSSP binds its key to who the server proves to be by Kerberos or NTLM.
 */
#include "libsspi/packages/credssp/credssp.h"

#include <limits.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/reason.h"
#include "libsspi/certificates/certificate.h"

#define KEY_BITS   2048 /* RSA, which every client knows */
#define LIFETIME   (365 * 24 * 3600L)
#define CLOCK_SKEW (24 * 3600L) /* seconds that a client's clock may be behind */

static bool add_extension(X509 *x, int nid, const char *value)
{
    X509V3_CTX context;
    X509_EXTENSION *extension;
    bool added;

    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, x, x, NULL, NULL, 0);
    extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    added = extension && X509_add_ext(x, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    return added;
}

/* For this machine's name, and for what such certificates are for. */
static bool fill(X509 *x, EVP_PKEY *key)
{
    char host[HOST_NAME_MAX + 1] = "", names[HOST_NAME_MAX + 8];
    const char *known = host;
    X509_NAME *name = X509_get_subject_name(x);
    ASN1_INTEGER *serial = X509_get_serialNumber(x);
    BIGNUM *number = BN_new();
    bool filled = false;

    if (gethostname(host, sizeof(host)) || !host[0] || strpbrk(host, ",:\n"))
        known = "localhost";
    snprintf(names, sizeof(names), "DNS:%s", known);
    if (number && BN_rand(number, 127, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) &&
        BN_to_ASN1_INTEGER(number, serial) && X509_set_version(x, X509_VERSION_3) &&
        X509_gmtime_adj(X509_getm_notBefore(x), -CLOCK_SKEW) &&
        X509_gmtime_adj(X509_getm_notAfter(x), LIFETIME) &&
        X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)known, -1, -1,
                                   0) &&
        X509_set_issuer_name(x, name) && X509_set_pubkey(x, key))
        filled = add_extension(x, NID_subject_alt_name, names) &&
                 add_extension(x, NID_ext_key_usage, "serverAuth") &&
                 X509_sign(x, key, EVP_sha256()) > 0;
    BN_free(number);
    return filled;
}

static PCCERT_CONTEXT make(void)
{
    EVP_PKEY *key = EVP_RSA_gen(KEY_BITS);
    X509 *x = X509_new();
    PCCERT_CONTEXT context = NULL;

    if (key && x && fill(x, key))
        context = certificate_context(x, key, NULL);
    if (!context)
        reason_set(0, "no certificate could be made for a server that brings none along");
    X509_free(x);
    EVP_PKEY_free(key);
    return context;
}

/* Without a lock, which a fork could find held. Of two that are made at once one goes. */
PCCERT_CONTEXT credssp_own_certificate(void)
{
    static _Atomic(PCCERT_CONTEXT) own; /* as long as the process */
    PCCERT_CONTEXT now = atomic_load(&own), made;

    if (!now) {
        made = make();
        if (!made || atomic_compare_exchange_strong(&own, &now, made))
            now = made;
        else
            CertFreeCertificateContext(made);
    }
    return now ? CertDuplicateCertificateContext(now) : NULL;
}
