/*
 * The client of lsad: one C function for each call of lsa.proto. One connection a process, shared
 * by its threads; a slow call of one thread does not hold up another. It is opened when first
 * needed, and opened anew after a fork, a change of uid or a restart of lsad.
 *
 * Unless said otherwise a function returns the SECURITY_STATUS of lsad, or a private code,
 * LSA_CLIENT_UNREACHABLE when nobody answers at the socket.
 */
#ifndef CREDMGR_LSA_CLIENT_H
#define CREDMGR_LSA_CLIENT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <ntsecpkg.h>
#include <sspi.h>

/* Nobody listens at the socket, or the answer was not one of lsad. Never returned to an
 * application. */
#define LSA_CLIENT_UNREACHABLE ((SECURITY_STATUS)0xE0C70001)

/*
 * The "user" key that the logon program puts into the person's session keyring: 16 hexadecimal
 * digits, the LUID as HighPart << 32 | LowPart. The client sends it along; it selects among the
 * logon sessions of the caller's uid.
 */
#define LSA_LOGON_KEY "lsa:logon"

/* Another socket than /run/lsad/lsa.sock; before the first call. Environment is never consulted. */
void lsa_client_set_socket(const char *path);

/* ---- for libsspi ------------------------------------------------------------------------- */

/* A credential handle at lsad, remembered well enough to be acquired again after lsad restarts. */
struct lsa_remote_credential;
/* A half-made (or LSA-side) context at lsad. SEC_E_INVALID_HANDLE after a restart of lsad or a
 * fork. */
struct lsa_remote_context;

/* Default credentials of the caller's logon session. SEC_E_NO_CREDENTIALS, SEC_E_SECPKG_NOT_FOUND.
 */
SECURITY_STATUS lsa_client_acquire(const WCHAR *package, const WCHAR *principal, ULONG use,
                                   struct lsa_remote_credential **credential, PTimeStamp expiry);
/* Of another session of the caller's uid; root's may be anybody's. SEC_E_NOT_OWNER. */
SECURITY_STATUS lsa_client_acquire_session(const WCHAR *package, const WCHAR *principal, ULONG use,
                                           const LUID *luid,
                                           struct lsa_remote_credential **credential,
                                           PTimeStamp expiry);
void lsa_client_release(struct lsa_remote_credential *credential);
/* SECPKG_CRED_ATTR_NAMES: the name in new memory (free()). */
SECURITY_STATUS lsa_client_credential_name(struct lsa_remote_credential *credential, WCHAR **name);

/*
 * One leg. *context is NULL for the first; when the context is complete and was handed over to the
 * user-mode half
 * (`packed`: secret memory, secret_free by the caller) lsad has forgotten it and *context is NULL
 * again. `token` is new memory (free()), NULL when there is nothing to send. `input` as the
 * application gave it: all its buffers are sent.
 */
struct lsa_leg {
    struct lsa_remote_credential *credential;
    struct lsa_remote_context *context; /* in, out */
    const WCHAR *target;                /* initiator only; may be NULL */
    ULONG requirements;                 /* ISC_REQ_* or ASC_REQ_* without ALLOCATE_MEMORY */
    ULONG data_representation;
    PSecBufferDesc input; /* may be NULL */
    void *token;
    ULONG token_size;
    ULONG attributes; /* ISC_RET_* or ASC_RET_* */
    TimeStamp expiry;
    LUID logon;   /* of the network logon session that lsad has made; 0: none */
    void *packed; /* the packed context, once, when the handshake is done */
    size_t packed_size;
};
SECURITY_STATUS lsa_client_initialize(struct lsa_leg *leg);
SECURITY_STATUS lsa_client_accept(struct lsa_leg *leg);
void lsa_client_delete(struct lsa_remote_context *context);

/*
 * The structure of an attribute (host_attributes.h), and what its pointers lead to: parts[i].data
 * of parts[i].size bytes belongs at `offset`. In a reply, `image` is the caller's memory and each
 * part new memory (free()).
 */
struct lsa_structure {
    void *image;
    size_t size;
    struct lsa_structure_part {
        size_t offset, size;
        void *data;
    } parts[4];
    size_t count;
};
/* Of a credential, or of a half-made context; the other is NULL. SEC_E_UNSUPPORTED_FUNCTION,
 * SEC_E_INVALID_HANDLE. What is set is set again when the credential is acquired again. */
SECURITY_STATUS lsa_client_query_attribute(struct lsa_remote_credential *credential,
                                           struct lsa_remote_context *context, ULONG attribute,
                                           struct lsa_structure *value);
SECURITY_STATUS lsa_client_set_attribute(struct lsa_remote_credential *credential,
                                         struct lsa_remote_context *context, ULONG attribute,
                                         const struct lsa_structure *value);

/* AddCredentials; `user` NULL: default credentials. Zero-terminated; all but `use` may be NULL. */
struct lsa_added {
    const WCHAR *package, *principal, *user, *domain, *password;
    ULONG use;
    TimeStamp expiry; /* out */
};
SECURITY_STATUS lsa_client_add_credentials(struct lsa_remote_credential *credential,
                                           struct lsa_added *added);
/* ApplyControlToken of a half-made context. */
SECURITY_STATUS lsa_client_apply_control(struct lsa_remote_context *context,
                                         const SecBufferDesc *input);

/* A network logon session of a leg is of no more use. */
void lsa_client_drop_session(const LUID *luid);

/* LsaCallAuthenticationPackage: *reply is new memory that FreeContextBuffer/LsaFreeReturnBuffer
 * releases (free()). */
SECURITY_STATUS lsa_client_call_package(const WCHAR *package, const void *submit, ULONG submit_size,
                                        void **reply, ULONG *reply_size, NTSTATUS *protocol_status);

/* ---- for the logon programs (root only: others get STATUS_PRIVILEGE_NOT_HELD) --- */

struct lsa_session_request {
    const char *user; /* UTF-8, as PAM has it */
    uid_t uid;
    pid_t leader;        /* its death ends the session */
    const char *service; /* PAM service */
    const char *tty;     /* may be NULL */
    const char *rhost;   /* may be NULL */
    bool interactive;    /* station WinSta_0, else SvcCtl */
};
struct lsa_session_created {
    LUID luid;
    bool kerberos;       /* a realm is configured: notify with KERB_INTERACTIVE_LOGON */
    char *domain;        /* LogonDomainName for it: the realm or the machine's name; free() */
    char *export_ccache; /* of lsa.conf: where the person's own programs find tickets; NULL: none.
                            free() */
};
NTSTATUS lsa_client_create_session(const struct lsa_session_request *request,
                                   struct lsa_session_created *created);
/* Credentials of a session just made: SpAcceptCredentials in every package. UTF-8; password from
 * secret memory. */
NTSTATUS lsa_client_accept_credentials(const LUID *luid, const char *user, const char *domain,
                                       const char *password, const char *old_password);
/* A changed password: refreshes what every logon session of that user holds. */
NTSTATUS lsa_client_change_password(const char *user, const char *domain, uid_t uid,
                                    const char *old_password, const char *new_password);
NTSTATUS lsa_client_end_session(const LUID *luid);
/*
 * Somebody who is logged on has typed their password again (a screen was unlocked): what the
 * session holds is refreshed with it. *luid 0: the caller's own session; on success *luid is the
 * one that was refreshed. `user` and `password` are UTF-8, at most 1,024 bytes each; the password
 * comes from secret memory.
 *
 * For anybody, for their own session: lsad then verifies the password first, with the KDC or, when
 * none answers within 4 s, against what the session holds; and who guesses waits longer each time.
 * Root may name any session and is believed.
 *
 * STATUS_SUCCESS; STATUS_LOGON_FAILURE: wrong; STATUS_ACCOUNT_RESTRICTION: the KDC refuses the
 * account (expired, revoked), whatever the password; STATUS_NO_LOGON_SERVERS: there is nothing to
 * verify it with; STATUS_NO_SUCH_LOGON_SESSION: the caller has none, or not of that user;
 * STATUS_PRIVILEGE_NOT_HELD: another session than the caller's own; STATUS_INSUFFICIENT_RESOURCES:
 * too many of this uid at once; STATUS_INVALID_PARAMETER; LSA_CLIENT_UNREACHABLE also when lsad
 * does not answer within 6 s, as after wrong guesses: it goes on all the same.
 */
NTSTATUS lsa_client_unlock(LUID *luid, const char *user, const char *password);

/* ---- for credmgr(1) ---------------------------------------------------------------------- */

struct lsa_session_info {
    LUID luid;
    uid_t uid;
    pid_t leader;
    int64_t logon_time; /* nanoseconds since 1970 */
    char *user, *domain, *service, *tty, *rhost;
    char *packages; /* the packages that hold credentials for it, separated by spaces */
    bool current;   /* it is the caller's own */
};
/* A user sees their own, root all. Free with lsa_client_free_sessions. */
NTSTATUS lsa_client_sessions(struct lsa_session_info **sessions, size_t *count);
/* Those of one user: with thousands of sessions, not all fit into the answer for root. */
NTSTATUS lsa_client_sessions_of(uid_t uid, struct lsa_session_info **sessions, size_t *count);
/* One of those: lsa_client_free_sessions(session, 1). STATUS_NO_SUCH_LOGON_SESSION. */
NTSTATUS lsa_client_session(const LUID *luid, struct lsa_session_info **session);
void lsa_client_free_sessions(struct lsa_session_info *sessions, size_t count);

/*
 * Saved credentials of the caller's uid (saved.h), in UTF-8; the password comes from secret memory.
 * STATUS_INVALID_PARAMETER; STATUS_QUOTA_EXCEEDED; STATUS_NOT_FOUND: nothing is saved under that
 * very target. Nobody gets a password back.
 */
NTSTATUS lsa_client_save(const char *target, const char *user, const char *password);
NTSTATUS lsa_client_delete_saved(const char *target);
struct lsa_saved_info {
    char *target, *user;
};
/* By target. Free with lsa_client_free_saved. */
NTSTATUS lsa_client_list_saved(struct lsa_saved_info **list, size_t *count);
void lsa_client_free_saved(struct lsa_saved_info *list, size_t count);

/* What failed lately in a logon session, and why. */
struct lsa_failure_info {
    int64_t time; /* of the last time, seconds since 1970 */
    LUID luid;    /* 0: of a program without a session */
    uid_t uid;
    unsigned count; /* so often, the same every time */
    SECURITY_STATUS status;
    char *what;
    int32_t code; /* base/reason.h */
    char *text;
};
struct lsa_status_info {
    char *version;
    int64_t started; /* seconds since 1970 */
    pid_t pid;
    uint32_t sessions, clients, threads;
    bool landlock, seccomp, locked_memory;
    bool kerberos; /* as in struct lsa_session_created, for the next who logs on */
    char *domain;
    struct lsa_failure_info *failures; /* the newest first: own ones, or for root all */
    size_t failures_count;
};
NTSTATUS lsa_client_status(struct lsa_status_info *status);
void lsa_client_free_status(struct lsa_status_info *status);

/* The tickets of a session the caller may see (own, or any for root) through
 * KERB_QUERY_TKT_CACHE_EX: call_package. */

#endif
