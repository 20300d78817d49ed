/*
 * A chain from a certificate to a root, as OpenSSL finds it, and what is wrong with each part of
 * it.
 */
#ifndef CREDMGR_CERTIFICATES_BUILD_H
#define CREDMGR_CERTIFICATES_BUILD_H

#include <time.h>

#include "libsspi/certificates/internal.h"

#define CHAIN_MAX 32 /* certificates */

/* What is checked for revocation. */
#define CHAIN_REVOCATION_END          0x1
#define CHAIN_REVOCATION_ALL          0x2
#define CHAIN_REVOCATION_EXCLUDE_ROOT 0x4

struct chain_request {
    X509 *leaf;
    STACK_OF(X509) *others; /* from which it may be made; or NULL */
    struct store *roots;    /* trusted in place of the system's; or NULL */
    struct store *beside;   /* more certificates and CRLs, not trusted; or NULL */
    int purpose;            /* X509_PURPOSE_*; 0: any */
    unsigned revocation;    /* CHAIN_REVOCATION_* */
    const time_t *time;     /* or NULL: now */
};

struct chain_result {
    STACK_OF(X509) *chain;  /* leaf first, as far as it came */
    DWORD all;              /* CERT_TRUST_*, together */
    DWORD error[CHAIN_MAX]; /* of each; what concerns no one stands with the last */
    int code;               /* the first error, X509_V_ERR_* */
    int depth;              /* where it was */
};

/*
 * False without memory (or when OpenSSL fails for another cause than the certificates), with
 * nothing in *result. Else the caller ends it with chain_result_free().
 */
bool chain_build(const struct chain_request *request, struct chain_result *result);
void chain_result_free(struct chain_result *result);

/* The certificates that the system trusts; one reference of the caller's. roots.c */
X509_STORE *system_roots(void);

/* ---- name.c ---- */

/*
 * Whether a server's certificate is good for that name: a DNS name (also an international one) or
 * an address. SEC_E_OK, SEC_E_WRONG_PRINCIPAL, SEC_E_INSUFFICIENT_MEMORY.
 */
SECURITY_STATUS name_check(X509 *leaf, const WCHAR *name);
/* The name as it stands in certificates: A-labels, no dot at the end, no brackets. New memory; NULL
 * with errno EILSEQ or ENOMEM. */
char *name_to_ascii(const WCHAR *name);

#endif
