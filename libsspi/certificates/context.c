/*
 * PCCERT_CONTEXT: made, told from what an application filled in by itself, and taken apart for the
 * packages.
 */
#include <openssl/x509v3.h>
#include <stdlib.h>

#include "base/last_error.h"
#include "libsspi/certificates/internal.h"

PCCERT_CONTEXT context_new(struct body *body, struct store *store)
{
    struct context *context = calloc(1, sizeof(*context));

    if (!context)
        return NULL;
    atomic_init(&context->references, 1);
    context->body = body_hold(body);
    context->store = store_hold(store);
    context->info = body->info;
    context->context = (CERT_CONTEXT){
        .dwCertEncodingType = X509_ASN_ENCODING,
        .pbCertEncoded = body->der,
        .cbCertEncoded = (DWORD)body->der_size,
        .pCertInfo = &context->info,
        .hCertStore = store,
    };
    return &context->context;
}

/* Only in a context of ours does pCertInfo point right behind what the application sees. */
struct context *context_of(PCCERT_CONTEXT context)
{
    struct context *ours = (struct context *)context;

    return context && context->pCertInfo == &ours->info ? ours : NULL;
}

PCCERT_CONTEXT certificate_context(X509 *leaf, EVP_PKEY *key, STACK_OF(X509) *chain)
{
    struct store *store = store_new();
    struct body *body = NULL;
    PCCERT_CONTEXT context = NULL;

    if (!store)
        return NULL;
    body = body_new(leaf, key, chain);
    if (!body || !store_add(store, body))
        goto out;
    for (int i = 0; i < sk_X509_num(chain); i++) {
        struct body *other = body_new(sk_X509_value(chain, i), NULL, NULL);
        bool added = other && store_add(store, other);

        body_release(other);
        if (!added)
            goto out;
    }
    context = context_new(body, store);
out:
    body_release(body);
    store_release(store);
    return context;
}

X509 *certificate_x509(PCCERT_CONTEXT context)
{
    struct context *ours = context_of(context);
    const unsigned char *at;
    X509 *x509;

    if (ours) {
        X509_up_ref(ours->body->x509);
        return ours->body->x509;
    }
    if (!context || !context->pbCertEncoded || context->cbCertEncoded > INT32_MAX ||
        !(context->dwCertEncodingType & X509_ASN_ENCODING))
        return NULL;
    at = context->pbCertEncoded;
    x509 = d2i_X509(NULL, &at, (long)context->cbCertEncoded);
    if (x509 && at != context->pbCertEncoded + context->cbCertEncoded) {
        X509_free(x509);
        x509 = NULL;
    }
    return x509;
}

EVP_PKEY *certificate_key(PCCERT_CONTEXT context)
{
    struct context *ours = context_of(context);

    if (!ours || !ours->body->key)
        return NULL;
    EVP_PKEY_up_ref(ours->body->key);
    return ours->body->key;
}

/* The issuer of `subject` among `candidates`; not itself. */
static X509 *issuer_among(X509 *subject, STACK_OF(X509) *candidates)
{
    for (int i = 0; i < sk_X509_num(candidates); i++) {
        X509 *candidate = sk_X509_value(candidates, i);

        if (X509_check_issued(candidate, subject) == X509_V_OK)
            return candidate;
    }
    return NULL;
}

/*
 * It came with some, or the store it is of has its issuers: then those, upwards as far as they go,
 * and no certificate twice.
 */
STACK_OF(X509) *certificate_chain(PCCERT_CONTEXT context)
{
    struct context *ours = context_of(context);
    struct store *store = ours ? ours->store : context ? store_of(context->hCertStore) : NULL;
    STACK_OF(X509) *candidates = NULL, *chain = NULL;
    X509 *at = NULL, *leaf = NULL;

    if (ours && ours->body->chain)
        return X509_chain_up_ref(ours->body->chain);
    if (!store || !(leaf = certificate_x509(context)))
        goto out;
    candidates = store_certificates(store);
    at = leaf;
    while (candidates && X509_check_issued(at, at) != X509_V_OK &&
           (at = issuer_among(at, candidates))) {
        if (!chain && !(chain = sk_X509_new_null()))
            goto out;
        for (int i = 0; i < sk_X509_num(chain); i++)
            if (X509_cmp(sk_X509_value(chain, i), at) == 0)
                goto out;
        X509_up_ref(at);
        if (!sk_X509_push(chain, at)) {
            X509_free(at);
            goto out;
        }
    }
out:
    X509_free(leaf);
    sk_X509_pop_free(candidates, X509_free);
    return chain;
}

PCCERT_CONTEXT WINAPI CertCreateCertificateContext(DWORD dwCertEncodingType,
                                                   const BYTE *pbCertEncoded, DWORD cbCertEncoded)
{
    CERT_CONTEXT given = {
        .dwCertEncodingType = dwCertEncodingType,
        .pbCertEncoded = (BYTE *)pbCertEncoded,
        .cbCertEncoded = cbCertEncoded,
    };
    X509 *x509;
    PCCERT_CONTEXT context;

    if (!(dwCertEncodingType & X509_ASN_ENCODING) || !pbCertEncoded) {
        last_error_set((DWORD)E_INVALIDARG);
        return NULL;
    }
    x509 = certificate_x509(&given);
    if (!x509) {
        last_error_set((DWORD)CRYPT_E_ASN1_BADTAG);
        return NULL;
    }
    context = certificate_context(x509, NULL, NULL);
    if (!context)
        last_error_set(ERROR_NOT_ENOUGH_MEMORY);
    X509_free(x509);
    return context;
}

PCCERT_CONTEXT WINAPI CertDuplicateCertificateContext(PCCERT_CONTEXT pCertContext)
{
    struct context *context = context_of(pCertContext);

    if (context)
        atomic_fetch_add(&context->references, 1);
    return pCertContext;
}

BOOL WINAPI CertFreeCertificateContext(PCCERT_CONTEXT pCertContext)
{
    struct context *context = context_of(pCertContext);

    if (!context || atomic_fetch_sub(&context->references, 1) != 1)
        return TRUE;
    body_release(context->body);
    store_release(context->store);
    free(context);
    return TRUE;
}
