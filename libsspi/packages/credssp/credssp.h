/*
 * What the files of the CredSSP package share. The package has neither keys nor passwords: TLS is
 * Schannel's, what goes through it is TSPkg's, both opened through host_inner.h. What CredSSP adds
 * is the order of the two, the records in between, and who the server has proven to be.
 */
#ifndef CREDMGR_CREDSSP_CREDSSP_H
#define CREDMGR_CREDSSP_CREDSSP_H

#include <credssp.h>
#include <pthread.h>
#include <schannel.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/wire.h"
#include "libsspi/lsa/host_inner.h"
#include "libsspi/packages/ts_channel.h"

/* Set by SpInitialize, then only read. */
extern const LSA_SECPKG_FUNCTION_TABLE *credssp_lsa;
extern const SecPkgInfoW credssp_info;
/* In one block of memory, as FreeContextBuffer releases it; NULL without memory. */
PSecPkgInfoW credssp_info_copy(void);

/* ---- credentials.c ----------------------------------------------------------------------------
 */

struct credssp_direction {
    struct lsa_inner_credential *tls, *ts; /* NULL: not for this direction */
};
struct credssp_credential {
    atomic_uint references;
    struct credssp_direction outbound, inbound;
    bool redirect;    /* CREDSSP_FLAG_REDIRECT */
    bool supplied;    /* pSpnegoCred: not those of the logon session */
    HCERTSTORE roots; /* hRootStore, a reference; NULL: the system's */
    ULONG flags;      /* SCH_CRED_* */
};
/*
 * What AcquireCredentialsHandle was asked for; `auth_data` is a CREDSSP_CRED, a CREDSSP_CRED_EX or
 * NULL. SEC_E_NO_CREDENTIALS, SEC_E_UNKNOWN_CREDENTIALS (no such structure), what Schannel and
 * TSPkg answer, SEC_E_INSUFFICIENT_MEMORY.
 */
SECURITY_STATUS credssp_credential_new(const UNICODE_STRING *principal, ULONG use, const LUID *luid,
                                       const void *auth_data,
                                       struct credssp_credential **credential, PTimeStamp expiry);
struct credssp_credential *credssp_credential_hold(struct credssp_credential *credential);
void credssp_credential_release(struct credssp_credential *credential);

SpAcquireCredentialsHandleFn credssp_acquire_credentials;
SpQueryCredentialsAttributesFn credssp_query_credentials;
SpSetCredentialsAttributesFn credssp_set_credentials;
SpFreeCredentialsHandleFn credssp_free_credentials;

/* submit.c: who is in a buffer for LsaLogonUser; the strings are the buffer's.
 * SEC_E_UNKNOWN_CREDENTIALS. */
bool credssp_submit_is_card(const void *buffer);
SECURITY_STATUS credssp_submit_identity(const void *buffer, SEC_WINNT_AUTH_IDENTITY_W *identity);

/* self_signed.c: of servers that bring no certificate along, one of the process's own, made when it
 * is first asked for. CertFreeCertificateContext(). NULL: it could not be made. */
PCCERT_CONTEXT credssp_own_certificate(void);

/* ---- channel.c: TLS, and bytes through it -----------------------------------------------------
 */

/* An established context of another package, in its user-mode half. */
struct credssp_half {
    const SECPKG_USER_FUNCTION_TABLE *table;
    LSA_SEC_HANDLE handle; /* 0: there is none */
};
SECURITY_STATUS credssp_half_query(const struct credssp_half *half, ULONG attribute, void *buffer);

/*
 * Appends `size` bytes to `out` as records. Errors are Schannel's; SEC_E_INSUFFICIENT_MEMORY.
 */
SECURITY_STATUS credssp_seal(const struct credssp_half *tls, const uint8_t *data, size_t size,
                             struct wire_writer *out);
/*
 * The first record of `in` (changed): its bytes go to `plain`. *used: how many bytes of `in` are
 * done with. SEC_E_OK; SEC_E_INCOMPLETE_MESSAGE with *missing; SEC_I_RENEGOTIATE: what is left is
 * for a leg of TLS; SEC_I_CONTEXT_EXPIRED; others are Schannel's.
 */
SECURITY_STATUS credssp_unseal(const struct credssp_half *tls, uint8_t *in, size_t size,
                               struct wire_writer *plain, size_t *used, size_t *missing);
/*
 * The size in bytes, with its head, of the TSRequest that begins at `data`: 0 when that is not to
 * be seen yet, SIZE_MAX for what is no TSRequest, or one of more than CREDSSP_MESSAGE_MAX bytes.
 */
#define CREDSSP_MESSAGE_MAX (1024 * 1024)
size_t credssp_message_size(const uint8_t *data, size_t size);

/* ---- server.c: which server it is -------------------------------------------------------------
 */

struct credssp_server {
    SECURITY_STATUS certificate; /* certificate_verify()'s */
    CERT_TRUST_STATUS trust;
    uint8_t *key; /* SubjectPublicKey; free() */
    size_t key_size;
};
/*
 * The server's certificate, as the client sees it or as the server has it. `name` (clients) may be
 * NULL. SEC_E_INVALID_TOKEN: there is no certificate; SEC_E_INSUFFICIENT_MEMORY.
 */
SECURITY_STATUS credssp_server_look(const struct credssp_half *tls, bool initiator,
                                    const WCHAR *name, const struct credssp_credential *credential,
                                    struct credssp_server *server);
void credssp_server_clear(struct credssp_server *server);
/* The host's name in a service principal name ("TERMSRV/host:port/…"), or the whole of a name that
 * is none; free(). NULL without memory. */
WCHAR *credssp_host_of(const UNICODE_STRING *target);

/* ---- established.c: what the user-mode half works with ----------------------------------------
 */

/* Shared by the two halves of a context; counted. */
struct credssp_established {
    atomic_uint references;
    bool initiator;
    struct lsa_inner_context *tls;
    struct credssp_half tls_half;
    struct credssp_server server;
    atomic_bool wants_tls_leg; /* DecryptMessage has said SEC_I_RENEGOTIATE */
    pthread_mutex_t lock;      /* what follows: it is new after a reauthentication */
    struct lsa_inner_context *ts;
    struct credssp_half ts_half;
    ULONG attributes;
};
/* Takes both contexts and the server, once it is made; NULL without memory. */
struct credssp_established *credssp_established_new(bool initiator, struct lsa_inner_context *tls,
                                                    const struct credssp_half *tls_half,
                                                    const struct credssp_server *server,
                                                    struct lsa_inner_context *ts,
                                                    const struct credssp_half *ts_half,
                                                    ULONG attributes);
/* Takes `ts`. `attributes`: ISC_RET_*, ASC_RET_*. */
void credssp_established_renew(struct credssp_established *e, struct lsa_inner_context *ts,
                               const struct credssp_half *ts_half, ULONG attributes);
struct credssp_established *credssp_established_hold(struct credssp_established *e);
void credssp_established_put(struct credssp_established *e);
/* The packed context is a number: both halves are in one process. */
SECURITY_STATUS credssp_established_pack(struct credssp_established *e, PSecBuffer packed);
struct credssp_established *credssp_established_unpack(const SecBuffer *packed);

/* ---- context.c, legs.c, query.c ---------------------------------------------------------------
 */

enum credssp_stage {
    CREDSSP_TLS, /* the handshake of the channel */
    CREDSSP_TS,  /* TSRequests */
    CREDSSP_DONE /* established */
};
struct credssp_context {
    struct credssp_credential *credential; /* that of `handle`, or what the application supplied */
    struct credssp_credential *handle;     /* of the last leg; a reference */
    bool initiator;
    enum credssp_stage stage;
    ULONG requirements; /* of the leg that is under way */
    UNICODE_STRING target;
    WCHAR *host;                   /* of the target; NULL: it named none */
    struct lsa_inner_context *tls; /* NULL: none yet, or given to `established` */
    struct lsa_inner_context *ts;
    struct credssp_half tls_half;
    struct credssp_server server;
    struct wire_writer message; /* what has come of the next TSRequest */
    ULONG tls_attributes, ts_attributes;
    TimeStamp tls_expiry, ts_expiry;
    ULONG settled_attributes; /* as ts_attributes and ts_expiry were when it was established, */
    TimeStamp settled_expiry; /* for a reauthentication that fails */
    bool controlled;          /* ApplyControlToken: the next leg is for TLS */
    bool failed;              /* before it was established: nothing goes on */
    struct credssp_established *established;
};
/* A leg that is under way. */
struct credssp_leg {
    const struct lsa_inner_leg *given; /* what the application gave */
    uint8_t *in;                       /* a copy of its token */
    size_t size, at;                   /* bytes, and how many are done with */
    size_t missing;                    /* bytes; with SEC_E_INCOMPLETE_MESSAGE */
    struct wire_writer out;            /* for the peer */
    bool told;                         /* the peer has been told of a failure */
};
/* legs.c: as far as what came leads. SEC_E_OK: the context is, or stays, established. */
SECURITY_STATUS credssp_step(struct credssp_context *c, struct credssp_leg *leg);
/* ISC_REQ_EXTENDED_ERROR, ASC_REQ_EXTENDED_ERROR: an alert, for a failure amid the TSRequests that
 * the peer has not been told of. */
void credssp_tell(struct credssp_context *c, struct credssp_leg *leg, SECURITY_STATUS status);

SpInitLsaModeContextFn credssp_init_context;
SpAcceptLsaModeContextFn credssp_accept_context;
SpDeleteContextFn credssp_delete_context;
SpApplyControlTokenFn credssp_apply_control;
SpQueryContextAttributesFn credssp_query_lsa_context;
/* Of an established context. */
NTSTATUS credssp_query_user_context(struct credssp_established *e, ULONG attribute, void *buffer);
/* Whether TSPkg answers it, rather than Schannel. */
bool credssp_is_of_ts(ULONG attribute);

#endif
