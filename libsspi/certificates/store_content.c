/*
 * What applications do with the certificates of a store: put in, take out, go through.
 */
#include <stdlib.h>
#include <string.h>

#include "base/last_error.h"
#include "libsspi/certificates/internal.h"
#include "libsspi/certificates/property.h"

static bool failed(DWORD error)
{
    last_error_set(error);
    return false;
}

/* The certificate of a context; one of the application's own making is parsed. */
static struct body *body_from(PCCERT_CONTEXT context)
{
    struct context *ours = context_of(context);
    struct body *body = NULL;
    X509 *x509;

    if (ours)
        return body_hold(ours->body);
    x509 = certificate_x509(context);
    if (x509)
        body = body_new(x509, NULL, NULL);
    X509_free(x509);
    return body;
}

/* Certificates are the same when issuer and serial number are. */
static bool same_identity(const struct body *a, const struct body *b)
{
    return X509_issuer_and_serial_cmp(a->x509, b->x509) == 0;
}

/* Under the store's lock. */
static bool append(struct store *store, struct body *body)
{
    if (store->count == store->room) {
        size_t room = store->room ? store->room * 2 : 4;
        struct body **bodies = realloc(store->bodies, room * sizeof(*bodies));

        if (!bodies)
            return false;
        store->bodies = bodies;
        store->room = room;
    }
    store->bodies[store->count++] = body_hold(body);
    return true;
}

bool store_add(struct store *store, struct body *body)
{
    bool ok;

    pthread_mutex_lock(&store->lock);
    ok = append(store, body);
    pthread_mutex_unlock(&store->lock);
    return ok;
}

bool store_has(struct store *store, const struct body *body)
{
    bool found = false;

    pthread_mutex_lock(&store->lock);
    for (size_t i = 0; i < store->count && !found; i++)
        found = body_same(store->bodies[i], body);
    pthread_mutex_unlock(&store->lock);
    return found;
}

static bool is_newer(const struct body *one, const struct body *other)
{
    return ASN1_TIME_compare(X509_get0_notBefore(one->x509), X509_get0_notBefore(other->x509)) > 0;
}

/*
 * The same again (CERT_STORE_ADD_ALWAYS) is an element of its own: who goes through the store could
 * not tell else where he is. Under the lock; NULL without memory.
 */
static struct body *once_more(const struct store *store, struct body *body)
{
    struct body *copy;

    for (size_t i = 0; i < store->count; i++) {
        if (store->bodies[i] != body)
            continue;
        copy = body_new(body->x509, body->key, body->chain);
        if (copy && !property_inherit(copy, body)) {
            body_release(copy);
            copy = NULL;
        }
        return copy;
    }
    return body_hold(body);
}

/* Under the lock. What is in the store afterwards is in *kept, a reference of the caller's. */
static DWORD add_as(struct store *store, struct body *body, DWORD disposition, struct body **kept)
{
    struct body **at = NULL;

    for (size_t i = 0; i < store->count && !at; i++)
        if (disposition != CERT_STORE_ADD_ALWAYS && same_identity(store->bodies[i], body))
            at = &store->bodies[i];
    *kept = body;
    if (!at)
        return append(store, body) ? ERROR_SUCCESS : ERROR_NOT_ENOUGH_MEMORY;
    switch (disposition) {
    case CERT_STORE_ADD_USE_EXISTING:
        *kept = *at;
        return ERROR_SUCCESS;
    case CERT_STORE_ADD_NEWER:
    case CERT_STORE_ADD_NEWER_INHERIT_PROPERTIES:
        if (!is_newer(body, *at))
            return (DWORD)CRYPT_E_EXISTS;
        break;
    case CERT_STORE_ADD_REPLACE_EXISTING:
    case CERT_STORE_ADD_REPLACE_EXISTING_INHERIT_PROPERTIES:
        break;
    default:
        return (DWORD)CRYPT_E_EXISTS;
    }
    if ((disposition == CERT_STORE_ADD_NEWER_INHERIT_PROPERTIES ||
         disposition == CERT_STORE_ADD_REPLACE_EXISTING_INHERIT_PROPERTIES) &&
        *at != body && !property_inherit(body, *at))
        return ERROR_NOT_ENOUGH_MEMORY;
    body_hold(body);
    body_release(*at);
    *at = body;
    return ERROR_SUCCESS;
}

BOOL WINAPI CertAddCertificateContextToStore(HCERTSTORE hCertStore, PCCERT_CONTEXT pCertContext,
                                             DWORD dwAddDisposition, PCCERT_CONTEXT *ppStoreContext)
{
    struct store *store = store_of(hCertStore);
    struct body *body = NULL, *own, *kept = NULL;
    DWORD error;

    if (ppStoreContext)
        *ppStoreContext = NULL;
    if (!store || dwAddDisposition < CERT_STORE_ADD_NEW ||
        dwAddDisposition > CERT_STORE_ADD_NEWER_INHERIT_PROPERTIES)
        return failed((DWORD)E_INVALIDARG);
    if (store->read_only)
        return failed(ERROR_ACCESS_DENIED);
    body = body_from(pCertContext);
    if (!body)
        return failed((DWORD)E_INVALIDARG);
    pthread_mutex_lock(&store->lock);
    own = dwAddDisposition == CERT_STORE_ADD_ALWAYS ? once_more(store, body) : body_hold(body);
    error = own ? add_as(store, own, dwAddDisposition, &kept) : ERROR_NOT_ENOUGH_MEMORY;
    if (error == ERROR_SUCCESS)
        body_hold(kept);
    pthread_mutex_unlock(&store->lock);
    body_release(own);
    body_release(body);
    if (error != ERROR_SUCCESS)
        return failed(error);
    if (ppStoreContext && !(*ppStoreContext = context_new(kept, store)))
        error = ERROR_NOT_ENOUGH_MEMORY;
    body_release(kept);
    return error == ERROR_SUCCESS || failed(error);
}

BOOL WINAPI CertAddEncodedCertificateToStore(HCERTSTORE hCertStore, DWORD dwCertEncodingType,
                                             const BYTE *pbCertEncoded, DWORD cbCertEncoded,
                                             DWORD dwAddDisposition, PCCERT_CONTEXT *ppCertContext)
{
    PCCERT_CONTEXT context =
        CertCreateCertificateContext(dwCertEncodingType, pbCertEncoded, cbCertEncoded);
    BOOL ok;

    if (ppCertContext)
        *ppCertContext = NULL;
    if (!context)
        return FALSE;
    ok = CertAddCertificateContextToStore(hCertStore, context, dwAddDisposition, ppCertContext);
    CertFreeCertificateContext(context);
    return ok;
}

BOOL WINAPI CertDeleteCertificateFromStore(PCCERT_CONTEXT pCertContext)
{
    struct context *context = context_of(pCertContext);
    struct store *store = context ? context->store : NULL;
    DWORD error = (DWORD)CRYPT_E_NOT_FOUND;

    if (!context)
        return failed((DWORD)E_INVALIDARG);
    pthread_mutex_lock(&store->lock);
    for (size_t i = 0; i < store->count && error != ERROR_SUCCESS && !store->read_only; i++) {
        if (store->bodies[i] != context->body)
            continue;
        body_release(store->bodies[i]);
        memmove(store->bodies + i, store->bodies + i + 1,
                (store->count - i - 1) * sizeof(*store->bodies));
        store->count--;
        error = ERROR_SUCCESS;
    }
    if (store->read_only)
        error = ERROR_ACCESS_DENIED;
    pthread_mutex_unlock(&store->lock);
    CertFreeCertificateContext(pCertContext);
    return error == ERROR_SUCCESS || failed(error);
}

struct body *store_next(struct store *store, PCCERT_CONTEXT previous, size_t *at)
{
    struct context *context = context_of(previous);
    struct body *next = NULL;
    size_t i = 0;

    pthread_mutex_lock(&store->lock);
    if (context) {
        while (i < store->count && store->bodies[i] != context->body)
            i++;
        /* programs take out what they have just found, and go on */
        i = i < store->count ? i + 1 : context->at;
    }
    if (i < store->count)
        next = body_hold(store->bodies[i]);
    pthread_mutex_unlock(&store->lock);
    *at = i;
    return next;
}

PCCERT_CONTEXT WINAPI CertEnumCertificatesInStore(HCERTSTORE hCertStore,
                                                  PCCERT_CONTEXT pPrevCertContext)
{
    return CertFindCertificateInStore(hCertStore, X509_ASN_ENCODING, 0, CERT_FIND_ANY, NULL,
                                      pPrevCertContext);
}
