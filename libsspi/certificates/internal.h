/*
 * What stands behind a PCCERT_CONTEXT and an HCERTSTORE.
 *
 * A certificate (struct body) is one and shared: by its store and by every context of it. A context
 * is what an application holds: a reference to a certificate and to the store that it was found in.
 * So a store never points at contexts, contexts outlive the store they are of, and nothing goes
 * round in a circle.
 */
#ifndef CREDMGR_CERTIFICATES_INTERNAL_H
#define CREDMGR_CERTIFICATES_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>

#include "libsspi/certificates/certificate.h"

struct memory; /* info.c */

struct body {
    atomic_uint references;
    X509 *x509;
    EVP_PKEY *key;         /* or NULL */
    STACK_OF(X509) *chain; /* what it came with; or NULL */
    unsigned char *der;
    size_t der_size;
    CERT_INFO info; /* points into `memory` and `der` */
    struct memory *memory;
    pthread_mutex_t lock; /* of the properties */
    struct property *properties;
};

struct store {
    uint64_t magic;
    atomic_uint references; /* handles of the application, and contexts */
    bool read_only;
    pthread_mutex_t lock; /* of what follows */
    struct body **bodies;
    size_t count, room;
    STACK_OF(X509_CRL) *crls; /* or NULL */
};

struct context {
    CERT_CONTEXT context; /* what the application sees; pCertInfo points to `info` */
    CERT_INFO info;       /* a copy of the body's, pointing to what the body points to */
    atomic_uint references;
    struct body *body;
    struct store *store;
    size_t at; /* where in the store it was found, for when it is there no more */
};

/* ---- body.c ---- */

/* One reference of the caller's; takes its own of what it is given. NULL without memory, or when
 * the certificate cannot be encoded. */
struct body *body_new(X509 *x509, EVP_PKEY *key, STACK_OF(X509) *chain);
struct body *body_hold(struct body *body);
void body_release(struct body *body);
bool body_same(const struct body *a, const struct body *b);

/* ---- info.c ---- */

/* Fills body->info from body->x509 and body->der. */
bool info_fill(struct body *body);
void memory_free(struct memory *memory);
/* A time as Windows counts it, 100 ns since 1601. */
FILETIME filetime_of(const ASN1_TIME *time);

/* ---- context.c ---- */

/* A new context of one reference; takes references of its own. */
PCCERT_CONTEXT context_new(struct body *body, struct store *store);
/* NULL for what is none of ours. */
struct context *context_of(PCCERT_CONTEXT context);

/* ---- store.c, store_content.c ---- */

struct store *store_new(void);
/* NULL for what is no store. */
struct store *store_of(HCERTSTORE handle);
struct store *store_hold(struct store *store);
void store_release(struct store *store);
/* Adds at the end. */
bool store_add(struct store *store, struct body *body);
/* Takes references of its own; `crls` may be NULL. */
bool store_add_crls(struct store *store, STACK_OF(X509_CRL) *crls);
bool store_has(struct store *store, const struct body *body);
/* The one after that of `previous` (NULL: the first), a reference of the caller's, and where it is;
 * NULL: none. */
struct body *store_next(struct store *store, PCCERT_CONTEXT previous, size_t *at);
/* References of the caller's: all certificates as OpenSSL has them, in the store's order. */
STACK_OF(X509) *store_certificates(struct store *store);
STACK_OF(X509_CRL) *store_crls(struct store *store);

#endif
