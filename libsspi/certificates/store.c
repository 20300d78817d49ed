/*
 * HCERTSTORE: certificates (and CRLs) in memory, in the order they came.
 */
#include <stdlib.h>

#include "libsspi/certificates/internal.h"

#define STORE_MAGIC 0x65726f7473747263ull

struct store *store_new(void)
{
    struct store *store = calloc(1, sizeof(*store));

    if (!store)
        return NULL;
    store->magic = STORE_MAGIC;
    atomic_init(&store->references, 1);
    pthread_mutex_init(&store->lock, NULL);
    return store;
}

struct store *store_of(HCERTSTORE handle)
{
    struct store *store = handle;

    return store && store->magic == STORE_MAGIC ? store : NULL;
}

struct store *store_hold(struct store *store)
{
    atomic_fetch_add(&store->references, 1);
    return store;
}

void store_release(struct store *store)
{
    if (!store || atomic_fetch_sub(&store->references, 1) != 1)
        return;
    for (size_t i = 0; i < store->count; i++)
        body_release(store->bodies[i]);
    free(store->bodies);
    sk_X509_CRL_pop_free(store->crls, X509_CRL_free);
    pthread_mutex_destroy(&store->lock);
    store->magic = 0;
    free(store);
}

bool store_add_crls(struct store *store, STACK_OF(X509_CRL) *crls)
{
    bool ok = true;

    pthread_mutex_lock(&store->lock);
    if (sk_X509_CRL_num(crls) > 0 && !store->crls)
        ok = (store->crls = sk_X509_CRL_new_null()) != NULL;
    for (int i = 0; ok && i < sk_X509_CRL_num(crls); i++) {
        X509_CRL *crl = sk_X509_CRL_value(crls, i);

        X509_CRL_up_ref(crl);
        ok = sk_X509_CRL_push(store->crls, crl) > 0;
        if (!ok)
            X509_CRL_free(crl);
    }
    pthread_mutex_unlock(&store->lock);
    return ok;
}

STACK_OF(X509) *store_certificates(struct store *store)
{
    STACK_OF(X509) *all = sk_X509_new_null();

    pthread_mutex_lock(&store->lock);
    for (size_t i = 0; all && i < store->count; i++) {
        X509 *x509 = store->bodies[i]->x509;

        X509_up_ref(x509);
        if (!sk_X509_push(all, x509)) {
            X509_free(x509);
            sk_X509_pop_free(all, X509_free);
            all = NULL;
        }
    }
    pthread_mutex_unlock(&store->lock);
    return all;
}

STACK_OF(X509_CRL) *store_crls(struct store *store)
{
    STACK_OF(X509_CRL) *all = NULL;

    pthread_mutex_lock(&store->lock);
    if (store->crls)
        all = sk_X509_CRL_deep_copy(store->crls, X509_CRL_dup, X509_CRL_free);
    pthread_mutex_unlock(&store->lock);
    return all;
}
