/*
 * Certificates made for a test: an authority, and what it signs.
 */
#ifndef CREDMGR_TEST_AUTHORITY_H
#define CREDMGR_TEST_AUTHORITY_H

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdbool.h>

struct entity {
    X509 *x509;
    EVP_PKEY *key;
};

/* What is unusual about a certificate; zero: nothing. */
struct wish {
    const char *subject;     /* common name */
    const char *names;       /* subjectAltName as in openssl.cnf: "DNS:a,IP:::1"; NULL: none */
    const char *usage;       /* extendedKeyUsage: "serverAuth"; NULL: none */
    const char *constraints; /* basicConstraints: "critical,CA:TRUE"; NULL: none */
    const char *permitted;   /* nameConstraints; NULL: none */
    const char *lists;       /* crlDistributionPoints; NULL: none */
    const char *critical;    /* an extension nobody knows, critical, of that OID; NULL: none */
    long from, until;        /* seconds from now; 0: an hour ago, in an hour */
    const EVP_MD *digest;    /* NULL: SHA-256 */
    int rsa_bits;            /* 0: P-256 */
    bool signed_by_another;  /* the signature is not the issuer's */
};

/* Asserts. An issuer that is NULL: the certificate signs itself. */
struct entity entity_make(const struct wish *wish, const struct entity *issuer);
void entity_free(struct entity *entity);
/* A CRL of the issuer that revokes `revoked` (NULL: nobody); next update in so many seconds. */
X509_CRL *entity_crl(const struct entity *issuer, const struct entity *revoked, long next);

#endif
