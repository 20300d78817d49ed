/*
 * A certificate with what belongs to it: its key, the intermediate certificates it came with, its
 * parsed form and its properties. Immutable but for the properties.
 */
#include <stdlib.h>
#include <string.h>

#include "libsspi/certificates/internal.h"
#include "libsspi/certificates/property.h"

struct body *body_new(X509 *x509, EVP_PKEY *key, STACK_OF(X509) *chain)
{
    struct body *body = calloc(1, sizeof(*body)), *result = NULL;
    int size;

    if (!body)
        return NULL;
    atomic_init(&body->references, 1);
    pthread_mutex_init(&body->lock, NULL);
    size = i2d_X509(x509, &body->der);
    if (size <= 0)
        goto out;
    body->der_size = (size_t)size;
    if (chain && !(body->chain = X509_chain_up_ref(chain)))
        goto out;
    X509_up_ref(x509);
    body->x509 = x509;
    if (key) {
        EVP_PKEY_up_ref(key);
        body->key = key;
    }
    if (!info_fill(body))
        goto out;
    result = body;
out:
    if (!result)
        body_release(body);
    return result;
}

struct body *body_hold(struct body *body)
{
    atomic_fetch_add(&body->references, 1);
    return body;
}

void body_release(struct body *body)
{
    if (!body || atomic_fetch_sub(&body->references, 1) != 1)
        return;
    X509_free(body->x509);
    EVP_PKEY_free(body->key);
    sk_X509_pop_free(body->chain, X509_free);
    OPENSSL_free(body->der);
    memory_free(body->memory);
    property_free_all(body->properties);
    pthread_mutex_destroy(&body->lock);
    free(body);
}

bool body_same(const struct body *a, const struct body *b)
{
    return a->der_size == b->der_size && memcmp(a->der, b->der, a->der_size) == 0;
}
