/*
 * Credential handles of Schannel: certificates, what of TLS may be spoken, and the sessions that
 * can be taken up again with it.
 */
#ifndef CREDMGR_SCHANNEL_CREDENTIAL_H
#define CREDMGR_SCHANNEL_CREDENTIAL_H

#include <ntsecpkg.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <schannel.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define TLS_RULES_SIZE 32 /* SHA-256 */

/* One of paCred, with its key. */
struct tls_certificate {
    PCCERT_CONTEXT context; /* of what follows */
    X509 *leaf;
    EVP_PKEY *key;
    STACK_OF(X509) *chain; /* without the leaf; may be NULL */
};

struct tls_session; /* sessions.c */

struct tls_credential {
    atomic_uint references;
    ULONG use;                     /* SECPKG_CRED_* */
    DWORD flags;                   /* SCH_CRED_*, SCH_* */
    HCERTSTORE roots;              /* hRootStore, a reference; NULL: the system's */
    uint8_t rules[TLS_RULES_SIZE]; /* by which peers are validated, as a digest */
    struct tls_certificate *certificates;
    size_t count;
    int minimum, maximum;                 /* TLS1_2_VERSION … */
    long lifespan;                        /* of a session, seconds */
    struct tls_restriction *restrictions; /* TLS_PARAMETERS; restrictions.h */
    size_t restriction_count;
    SSL_CTX *client, *server; /* NULL: not for that direction */
    pthread_mutex_t lock;     /* the sessions */
    struct tls_session *sessions;
    unsigned forks;                        /* of which process it is */
    struct tls_credential *next, **before; /* among all of the process: SslEmptyCache */
};
struct tls_credential *tls_credential_hold(struct tls_credential *credential);
void tls_credential_put(struct tls_credential *credential);

/* ---- the table of the LSA-mode half ---- */

NTSTATUS NTAPI tls_acquire_credentials(PUNICODE_STRING principal, ULONG use, PLUID logon_id,
                                       PVOID auth_data, PVOID get_key, PVOID get_key_argument,
                                       PLSA_SEC_HANDLE handle, PTimeStamp expiry);
NTSTATUS NTAPI tls_free_credentials(LSA_SEC_HANDLE handle);

#endif
