/*
 * What the files of TSPkg share. The package has no keys of its own: it authenticates with
 * Negotiate, opened through host_inner.h, and then hands credentials over, by the protocol of
 * handshake.h and the rules of policy.h. Initiators with the credentials of a logon session run in
 * lsad, all others in the program.
 */
#ifndef CREDMGR_TSPKG_TSPKG_H
#define CREDMGR_TSPKG_TSPKG_H

#include <stdatomic.h>
#include <stdbool.h>

#include "libsspi/lsa/host_inner.h"
#include "libsspi/packages/identity.h"
#include "libsspi/packages/tspkg/handshake.h"
#include "libsspi/packages/tspkg/policy.h"

/* Set by SpInitialize and SpInstanceInit, then only read. */
extern const LSA_SECPKG_FUNCTION_TABLE *ts_lsa;
extern ULONG ts_package_id;
extern PSECPKG_DLL_FUNCTIONS ts_dll;

/* ---- stored.c: what a logon leaves in the store -----------------------------------------------
 */

SpAcceptCredentialsFn ts_accept_credentials;
/* Who somebody is, and the password: of a logon session, or saved. Secret memory, terminated. */
struct ts_account {
    WCHAR *user, *domain, *password;
    WCHAR *principal; /* of a logon session: whom Kerberos knows by that password; else "" */
};
/* SEC_E_NO_CREDENTIALS: nothing was kept. ts_account_free() it after success. */
SECURITY_STATUS ts_stored_read(const LUID *luid, struct ts_account **account);
/* Until the next logon, unlock or changed password. */
void ts_stored_forget(const LUID *luid);
/* Strings of `units`, without a zero; NULL without memory. */
struct ts_account *ts_account_new(const WCHAR *user, size_t user_units, const WCHAR *domain,
                                  size_t domain_units, const WCHAR *password,
                                  size_t password_units);
void ts_account_free(struct ts_account *account);

/* ---- credentials.c ----------------------------------------------------------------------------
 */

struct ts_credential {
    atomic_uint references;
    ULONG use;
    LUID luid;                  /* of a logon session, in lsad */
    struct ts_account *account; /* supplied by the caller; NULL: not */
    uint8_t *card; /* the same of a smart card: DER of TSCredentials in secret memory */
    size_t card_size;
    struct lsa_inner_credential *negotiate;
};
struct ts_credential *ts_credential_hold(struct ts_credential *credential);
void ts_credential_release(struct ts_credential *credential);
/* Negotiate's for an account, as an initiator that gets its tickets with the password. */
SECURITY_STATUS ts_negotiate_as(const struct ts_account *account,
                                struct lsa_inner_credential **credential);

SpAcquireCredentialsHandleFn ts_acquire_credentials;
SpQueryCredentialsAttributesFn ts_query_credentials;
SpFreeCredentialsHandleFn ts_free_credentials;

/* ---- context.c, backend.c, delegate.c ---------------------------------------------------------
 */

struct ts_context {
    struct ts_credential *credential;
    bool initiator;
    ULONG requirements;
    ULONG data_representation;
    WCHAR *target; /* initiators; terminated */
    struct ts_handshake *handshake;
    /* The negotiation: the credential's own, or that of a password. */
    struct lsa_inner_credential *negotiate;
    struct lsa_inner_credential *own; /* of a password of lsad's; to be released. NULL: none */
    struct lsa_inner_context *inner;
    ULONG attributes; /* the negotiation's: ISC_RET_*, ASC_RET_* */
    TimeStamp expiry;
    /* initiators: what is delegated */
    enum ts_credential_kind kind;
    ULONG channel;  /* TS_CHANNEL_* */
    bool delegated; /* more than an empty set */
};

SpInitLsaModeContextFn ts_init_context;
SpAcceptLsaModeContextFn ts_accept_context;
SpDeleteContextFn ts_delete_context;

/* The negotiation as the handshake calls it. */
struct ts_backend ts_backend_of(struct ts_context *c);
/* The user-mode half of the negotiation, once it is done; NULL before. */
const SECPKG_USER_FUNCTION_TABLE *ts_negotiation(struct lsa_inner_context *inner,
                                                 LSA_SEC_HANDLE *user);

/* Before anything is sent: may, and can, something be delegated? SEC_E_DELEGATION_POLICY,
 * SEC_E_NO_CREDENTIALS. */
SECURITY_STATUS ts_delegate_begin(struct ts_context *c);
/* The DER of TSCredentials, in secret memory. SEC_E_DELEGATION_POLICY, SEC_E_POLICY_NLTM_ONLY,
 * SEC_E_NO_CREDENTIALS, SEC_E_INSUFFICIENT_MEMORY. */
SECURITY_STATUS ts_delegate(struct ts_context *c, uint8_t **der, size_t *size);
/* remote_guard.c: of a TSRemoteGuardCreds. SEC_E_NO_CREDENTIALS: the session has no tickets. */
SECURITY_STATUS ts_remote_guard(const struct ts_context *c, uint8_t **der, size_t *size);

/*
 * smart_card.c: the same of a KERB_CERTIFICATE_LOGON of the client's, which names a card and has
 * its PIN. SEC_E_UNKNOWN_CREDENTIALS: it is none.
 */
bool ts_is_smart_card(const void *client_auth_data);
SECURITY_STATUS ts_smart_card(const void *client_auth_data, uint8_t **der, size_t *size);

/* ---- established.c: what goes to the user-mode half -------------------------------------------
 */

/*
 * Of an initiator, names and flags alone: they may have come from lsad. Of an acceptor also the
 * negotiation, which knows the client, and what the client has delegated.
 */
struct ts_established {
    bool initiator;
    ULONG attributes;  /* ISC_RET_*, ASC_RET_* */
    ULONG server_auth; /* initiators: CREDSSP_SERVER_AUTH_* */
    ULONG version;     /* of the peer */
    int64_t expiry;
    WCHAR *name;                      /* as SECPKG_ATTR_NAMES; NULL: the package had none */
    WCHAR *package;                   /* that was negotiated */
    struct lsa_inner_context *inner;  /* acceptors */
    struct ts_credential *credential; /* which the negotiation needs; acceptors */
    uint8_t *delegated;               /* acceptors: DER of TSCredentials in secret memory */
    size_t delegated_size;
};
void ts_established_free(struct ts_established *e);
/* What the context has come to; an acceptor's negotiation then belongs to it. */
SECURITY_STATUS ts_established_pack(struct ts_context *c, ULONG attributes, PSecBuffer packed);
/* SEC_E_INVALID_TOKEN, SEC_E_INSUFFICIENT_MEMORY. */
SECURITY_STATUS ts_established_unpack(const SecBuffer *packed, struct ts_established **out);

/* The client has delegated more than an empty set; of an acceptor that is done. */
bool ts_handshake_delegates(const struct ts_context *c);
/* query.c */
NTSTATUS ts_query(const struct ts_established *e, ULONG attribute, void *buffer);
/* received.c: what the client delegated, in the forms of SECPKG_ATTR_CREDS and _CREDS_2: LSA heap.
 * SEC_E_NO_CREDENTIALS: an empty set. */
SECURITY_STATUS ts_received(const struct ts_established *e, ULONG attribute, void **buffer,
                            ULONG *size);

#endif
