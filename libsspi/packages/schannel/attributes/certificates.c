/*
 * The certificates of a connection, whole, in parts, and as the names in them.
 */
#include "libsspi/packages/schannel/attributes/attributes.h"

#include <stdlib.h>
#include <string.h>

#include "base/utf16.h"
#include "libsspi/certificates/certificate.h"
#include "libsspi/lsa/host.h"
#include "libsspi/packages/schannel/attributes/session_data.h"
#include "libsspi/packages/schannel/credentials/credential.h"

X509 *tls_peer_certificate(const struct tls_connection *c)
{
    X509 *peer = SSL_get0_peer_certificate(c->ssl);

    /* OpenSSL does not keep one that was refused. */
    return peer || !c->peer.chain ? peer : sk_X509_value(c->peer.chain, 0);
}

/* Of a session that was resumed: what tls_remember_certificate() has left in it, if there can be
 * more than one. */
static X509 *resumed_certificate(const struct tls_connection *c)
{
    const struct tls_credential *own = c->credential;
    uint8_t kept[TLS_SESSION_DIGEST], digest[EVP_MAX_MD_SIZE];
    unsigned size;

    if (own->count == 1)
        return own->certificates[0].leaf;
    if (!tls_session_certificate(SSL_get_session(c->ssl), kept))
        return NULL;
    for (size_t i = 0; i < own->count; i++)
        if (X509_digest(own->certificates[i].leaf, EVP_sha256(), digest, &size) &&
            memcmp(kept, digest, TLS_SESSION_DIGEST) == 0)
            return own->certificates[i].leaf;
    return NULL;
}

/* A client has one of its own only when the server has asked for it. */
X509 *tls_local_certificate(const struct tls_connection *c)
{
    X509 *leaf = SSL_get_certificate(c->ssl);

    return leaf || !c->server || !SSL_session_reused(c->ssl) ? leaf : resumed_certificate(c);
}

/* ---- contexts ---------------------------------------------------------------------------------
 */

SECURITY_STATUS tls_remote_context(const struct tls_connection *c, bool built, PCCERT_CONTEXT *out)
{
    X509 *leaf = tls_peer_certificate(c);
    STACK_OF(X509) *all = built && c->peer.chain ? c->peer.chain : SSL_get_peer_cert_chain(c->ssl);
    STACK_OF(X509) *others = sk_X509_new_null();
    bool complete = others != NULL;

    *out = NULL;
    if (!leaf) {
        sk_X509_free(others);
        return SEC_E_NO_CREDENTIALS;
    }
    /* Some lists begin with the leaf, some do not. */
    for (int i = 0; complete && i < sk_X509_num(all); i++)
        if (X509_cmp(sk_X509_value(all, i), leaf) != 0)
            complete = sk_X509_push(others, sk_X509_value(all, i)) > 0;
    if (complete)
        *out = certificate_context(leaf, NULL, others);
    sk_X509_free(others);
    return *out ? SEC_E_OK : SEC_E_INSUFFICIENT_MEMORY;
}

/* The context that the application gave, when it is still in the credential. */
SECURITY_STATUS tls_local_context(const struct tls_connection *c, PCCERT_CONTEXT *out)
{
    const struct tls_credential *owner = c->credential;
    X509 *leaf = tls_local_certificate(c);

    *out = NULL;
    if (!leaf)
        return SEC_E_NO_CREDENTIALS;
    for (size_t i = 0; i < owner->count && !*out; i++)
        if (X509_cmp(owner->certificates[i].leaf, leaf) == 0)
            *out = CertDuplicateCertificateContext(owner->certificates[i].context);
    if (!*out)
        *out = certificate_context(leaf, NULL, NULL);
    return *out ? SEC_E_OK : SEC_E_INSUFFICIENT_MEMORY;
}

/* ---- lists of DER -----------------------------------------------------------------------------
 */

struct list {
    uint8_t *bytes; /* one certificate behind the other, the LSA's heap */
    DWORD size, count;
};

static bool add_size(struct list *list, X509 *certificate)
{
    int size = i2d_X509(certificate, NULL);

    if (size <= 0)
        return false;
    list->size += (DWORD)size;
    list->count++;
    return true;
}

static SECURITY_STATUS list_of(X509 *leaf, STACK_OF(X509) *others, struct list *list)
{
    unsigned char *at;
    bool good;

    *list = (struct list){NULL, 0, 0};
    if (!leaf)
        return SEC_E_NO_CREDENTIALS;
    good = add_size(list, leaf);
    for (int i = 0; good && i < sk_X509_num(others); i++)
        if (X509_cmp(sk_X509_value(others, i), leaf) != 0)
            good = add_size(list, sk_X509_value(others, i));
    if (!good)
        return SEC_E_INTERNAL_ERROR;
    list->bytes = at = lsa_host_allocate(list->size);
    if (!at)
        return SEC_E_INSUFFICIENT_MEMORY;
    i2d_X509(leaf, &at);
    for (int i = 0; i < sk_X509_num(others); i++)
        if (X509_cmp(sk_X509_value(others, i), leaf) != 0)
            i2d_X509(sk_X509_value(others, i), &at);
    return SEC_E_OK;
}

SECURITY_STATUS tls_remote_certificates(const struct tls_connection *c,
                                        PSecPkgContext_Certificates out)
{
    struct list list;
    SECURITY_STATUS status =
        list_of(tls_peer_certificate(c), SSL_get_peer_cert_chain(c->ssl), &list);

    *out = (SecPkgContext_Certificates){list.count, list.size, list.bytes};
    return status;
}

SECURITY_STATUS tls_remote_credential(const struct tls_connection *c,
                                      PSecPkgContext_RemoteCredentialInfo out)
{
    struct list list;
    SECURITY_STATUS status =
        list_of(tls_peer_certificate(c), SSL_get_peer_cert_chain(c->ssl), &list);

    *out = (SecPkgContext_RemoteCredentialInfo){list.size, list.bytes, list.count,
                                                status == SEC_E_OK ? RCRED_CRED_EXISTS : 0,
                                                tls_key_bits(tls_peer_certificate(c))};
    return status == SEC_E_NO_CREDENTIALS ? SEC_E_OK : status;
}

SECURITY_STATUS tls_local_credential(const struct tls_connection *c,
                                     PSecPkgContext_LocalCredentialInfo out)
{
    STACK_OF(X509) *others = NULL;
    struct list list;
    SECURITY_STATUS status;

    SSL_get0_chain_certs(c->ssl, &others);
    status = list_of(tls_local_certificate(c), others, &list);
    *out = (SecPkgContext_LocalCredentialInfo){list.size, list.bytes, list.count,
                                               status == SEC_E_OK ? LCRED_CRED_EXISTS : 0,
                                               tls_key_bits(tls_local_certificate(c))};
    return status == SEC_E_NO_CREDENTIALS ? SEC_E_OK : status;
}

/* ---- names ------------------------------------------------------------------------------------
 */

SECURITY_STATUS tls_x500(const X509_NAME *name, SEC_WCHAR **out)
{
    unsigned long form = XN_FLAG_SEP_CPLUS_SPC | XN_FLAG_FN_SN | ASN1_STRFLGS_ESC_2253 |
                         ASN1_STRFLGS_ESC_CTRL | ASN1_STRFLGS_ESC_QUOTE | ASN1_STRFLGS_UTF8_CONVERT;
    BIO *memory = BIO_new(BIO_s_mem());
    char *text = NULL;
    WCHAR *wide = NULL;
    size_t units = 0;
    long size = -1;

    *out = NULL;
    if (memory && X509_NAME_print_ex(memory, name, 0, form) >= 0)
        size = BIO_get_mem_data(memory, &text);
    if (size >= 0)
        wide = utf16_from_utf8(text, (size_t)size, &units);
    BIO_free(memory);
    if (wide)
        *out = lsa_host_allocate((units + 1) * sizeof(WCHAR));
    if (*out)
        memcpy(*out, wide, units * sizeof(WCHAR));
    free(wide);
    return *out ? SEC_E_OK : SEC_E_INSUFFICIENT_MEMORY;
}

static DWORD bytes_of(const WCHAR *text)
{
    return text ? (DWORD)((utf16_length(text) + 1) * sizeof(WCHAR)) : 0;
}

SECURITY_STATUS tls_local_info(const struct tls_connection *c, PSecPkgContext_CertInfo out)
{
    X509 *leaf = tls_local_certificate(c);
    SECURITY_STATUS status;

    memset(out, 0, sizeof(*out));
    if (!leaf)
        return SEC_E_NO_CREDENTIALS;
    out->dwVersion = KERN_CONTEXT_CERT_INFO_V1;
    out->dwKeySize = tls_key_bits(leaf);
    status = tls_x500(X509_get_subject_name(leaf), &out->pwszSubjectName);
    if (status == SEC_E_OK)
        status = tls_x500(X509_get_issuer_name(leaf), &out->pwszIssuerName);
    if (status != SEC_E_OK) {
        lsa_host_free(out->pwszSubjectName);
        memset(out, 0, sizeof(*out));
        return status;
    }
    out->cbSubjectName = bytes_of(out->pwszSubjectName);
    out->cbIssuerName = bytes_of(out->pwszIssuerName);
    return SEC_E_OK;
}

/* ---- issuers that the server takes ------------------------------------------------------------
 */

static const STACK_OF(X509_NAME) *issuers_of(const struct tls_connection *c)
{
    return c->server ? SSL_get_client_CA_list(c->ssl) : SSL_get0_peer_CA_list(c->ssl);
}

static int der_of(const STACK_OF(X509_NAME) *names, int i, unsigned char **at)
{
    int size = i2d_X509_NAME(sk_X509_NAME_value(names, i), at);

    return size > 0 ? size : 0;
}

static size_t total_of(const STACK_OF(X509_NAME) *names)
{
    size_t total = 0;

    for (int i = 0; i < sk_X509_NAME_num(names); i++)
        total += (size_t)der_of(names, i, NULL);
    return total;
}

/* One block: the table, then the names. */
SECURITY_STATUS tls_issuer_list_ex(const struct tls_connection *c,
                                   PSecPkgContext_IssuerListInfoEx out)
{
    const STACK_OF(X509_NAME) *names = issuers_of(c);
    int count = sk_X509_NAME_num(names);
    unsigned char *at;

    *out = (SecPkgContext_IssuerListInfoEx){NULL, 0};
    if (count <= 0)
        return SEC_E_OK;
    out->aIssuers = lsa_host_allocate((size_t)count * sizeof(out->aIssuers[0]) + total_of(names));
    if (!out->aIssuers)
        return SEC_E_INSUFFICIENT_MEMORY;
    at = (unsigned char *)(out->aIssuers + count);
    for (int i = 0; i < count; i++) {
        out->aIssuers[i].pbData = at;
        out->aIssuers[i].cbData = (DWORD)der_of(names, i, &at);
    }
    out->cIssuers = (DWORD)count;
    return SEC_E_OK;
}

/* The older form: as in the handshake, each behind its length in two bytes, [RFC 5246] 7.4.4. */
SECURITY_STATUS tls_issuer_list(const struct tls_connection *c, PSecPkgContext_IssuerListInfo out)
{
    const STACK_OF(X509_NAME) *names = issuers_of(c);
    int count = sk_X509_NAME_num(names);
    unsigned char *at;

    *out = (SecPkgContext_IssuerListInfo){0, NULL};
    if (count <= 0)
        return SEC_E_OK;
    out->cbIssuerList = (DWORD)(total_of(names) + 2 * (size_t)count);
    out->pIssuerList = at = lsa_host_allocate(out->cbIssuerList);
    if (!at)
        return SEC_E_INSUFFICIENT_MEMORY;
    for (int i = 0; i < count; i++) {
        unsigned char *length = at;
        int size;

        at += 2;
        size = der_of(names, i, &at);
        length[0] = (unsigned char)(size >> 8);
        length[1] = (unsigned char)size;
    }
    return SEC_E_OK;
}

/* ---- time -------------------------------------------------------------------------------------
 */

TimeStamp tls_peer_expiry(const struct tls_connection *c)
{
    return tls_certificate_expiry(tls_peer_certificate(c));
}

TimeStamp tls_certificate_expiry(const X509 *leaf)
{
    TimeStamp expiry = {.QuadPart = INT64_MAX};
    ASN1_TIME *beginning;
    int days, seconds;

    if (!leaf)
        return expiry;
    beginning = ASN1_TIME_new(); /* of FILETIME */
    if (beginning && ASN1_TIME_set_string(beginning, "16010101000000Z") &&
        ASN1_TIME_diff(&days, &seconds, beginning, X509_get0_notAfter(leaf)))
        expiry.QuadPart = ((int64_t)days * 86400 + seconds) * 10000000;
    ASN1_TIME_free(beginning);
    return expiry;
}
