/*
 * What the files of the LSA-mode half share. It runs in lsad for logon sessions and in the caller's
 * process for credentials the caller supplied; libkrb5 does the AS, TGS and AP exchanges, and
 * everything else is here.
 */
#ifndef CREDMGR_KERBEROS_KERBEROS_H
#define CREDMGR_KERBEROS_KERBEROS_H

#include <krb5.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <ntsecpkg.h>
#include <ntstatus.h>
#include <sspi.h>

#include "libsspi/packages/kerberos/describe.h"
#include "libsspi/packages/kerberos/packed.h"
#include "libsspi/packages/kerberos/token.h"

#define KERB_PACKAGE "Kerberos" /* in lsa.conf and in the credential store */

/* The LSA, from SpInitialize. */
extern const LSA_SECPKG_FUNCTION_TABLE *kerb_lsa;
extern ULONG kerb_package_id;

/* ---- krb5_context.c: libkrb5 contexts, one for each thread that is at work ----------------- */

/* In lsad the environment is not read. NULL when libkrb5 cannot start (log line). Give it back. */
krb5_context kerb_context_take(void);
void kerb_context_give(krb5_context krb);
void kerb_context_shutdown(void);
/* True when the caller of this call is in this very process: its own caches and keytabs are then
 * ours. */
bool kerb_in_process(void);
/* [libdefaults] of krb5.conf names this setting. */
bool kerb_libdefault(krb5_context krb, const char *name);

/* ---- status.c: the one table of errors ----------------------------------------------------- */

enum kerb_role { KERB_LOGON, KERB_INITIATOR, KERB_ACCEPTOR };
/* Returns the SECURITY_STATUS; libkrb5's own words become the reason (base/reason.h), and a line of
 * the debug log. 0 is SEC_E_OK. */
SECURITY_STATUS kerb_status(krb5_context krb, krb5_error_code code, enum kerb_role role,
                            const char *doing);
/* The KDC gave its last word on this password: trying again could only lock the account. */
bool kerb_password_refused(krb5_error_code code);

/* ---- names.c ------------------------------------------------------------------------------- */

/* Counted UTF-16 as new UTF-8 (free()); NULL when there is none, it is malformed, or without
 * memory. */
char *kerb_utf8(const UNICODE_STRING *s);
/*
 * The service a client means: service/host[:port][/instance][@REALM], service@host, DOMAIN\account,
 * account[@REALM]. The host is lower-cased, and looked up only with `canonicalize` in lsa.conf;
 * without a realm krb5.conf's [domain_realm] or the KDC's referral decides.
 */
krb5_error_code kerb_target(krb5_context krb, const char *target, krb5_principal *out);
/*
 * The other thing that a target may mean, when nobody knows the first: of service@host, an account
 * of that (user principal) name. KRB5_PARSE_MALFORMED when it can mean one thing only.
 */
krb5_error_code kerb_other_target(krb5_context krb, const char *target, krb5_principal *out);
/* A person or account: user and domain as an application gives them. The principal's type says
 * whether it is an enterprise name. */
krb5_error_code kerb_account(krb5_context krb, const char *user, const char *domain,
                             krb5_principal *out);
/* The realm that a domain name means: as configured, or of the machine's realm its short name.
 * NULL: none (free()). */
char *kerb_realm(krb5_context krb, const char *domain);

/* ---- tickets.c: from and to the credential store of a logon session ------------------------ */

/* Key names in the store. */
#define KERB_KEY_ACCOUNT  "account"  /* who it is; no secret */
#define KERB_KEY_PASSWORD "password" /* only until there is a TGT, unless keep_password = yes */
#define KERB_KEY_TGT      "tgt"
#define KERB_KEY_EVIDENCE "evidence" /* a client's ticket for this very service */
#define KERB_KEY_TICKET   "ticket:"  /* and the service as it was asked for */

NTSTATUS kerb_store_put(const LUID *luid, const char *key, const void *data, size_t size);
/* Data in secret memory (secret_free). STATUS_OBJECT_NAME_NOT_FOUND or other failure when it is not
 * there. */
NTSTATUS kerb_store_get(const LUID *luid, const char *key, void **data, size_t *size);
void kerb_store_remove(const LUID *luid, const char *key);
/* Calls visit with each key's name until it returns false. The store may change meanwhile. */
void kerb_store_each(const LUID *luid, bool (*visit)(const char *key, void *arg), void *arg);

/* What the client of this call brings, of `size` bytes, has room in lsad's store. Somebody with
 * many tickets could fill the quota that everybody's login needs; root's own modules bring what
 * belongs to a login. */
bool kerb_may_store(size_t size);
/* KRB5_CC_WRITE also where kerb_may_store says no, unless it is the session's own TGT. */
krb5_error_code kerb_ticket_put(krb5_context krb, const LUID *luid, const char *key,
                                krb5_creds *creds);
/* KRB5_CC_NOTFOUND when there is none. Free with krb5_free_creds. */
krb5_error_code kerb_ticket_get(krb5_context krb, const LUID *luid, const char *key,
                                krb5_creds **creds);
/* Seconds that a ticket is still good for; 0 or less when it is not. */
int64_t kerb_ticket_left(krb5_context krb, const krb5_creds *creds);
/* A new MEMORY cache with the TGT in it. */
krb5_error_code kerb_cache_with(krb5_context krb, krb5_creds *tgt, krb5_ccache *cache);

/* ---- as.c: passwords to TGTs --------------------------------------------------------------- */

/* The AS exchange; asks for a forwardable, renewable ticket unless krb5.conf or the KDC say
 * otherwise. */
krb5_error_code kerb_get_tgt(krb5_context krb, krb5_principal client, const char *password,
                             krb5_creds *tgt);
/* The same for who wants to be known by name alone: with no PAC in the ticket. */
krb5_error_code kerb_get_tgt_without_pac(krb5_context krb, krb5_principal client,
                                         const char *password, krb5_creds *tgt);
krb5_error_code kerb_renew_tgt(krb5_context krb, krb5_creds *old, krb5_creds *renewed);
/* With a key of this keytab (its full name) in place of a password. */
krb5_error_code kerb_get_tgt_keytab(krb5_context krb, krb5_principal client, const char *keytab,
                                    krb5_creds *tgt);

/* ---- krb_cred.c: tickets on their way -------------------------------------------------------- */

#define KERB_CRED_MAX        262144 /* bytes of a KRB-CRED */
#define KERB_CRED_TICKETS    64     /* in one */
#define KERB_CRED_TICKET_MAX 60000  /* bytes of one ticket: a credential in the store is 65,535 */

/*
 * Reads a KRB-CRED (RFC 4120 5.8). `key` opens it; NULL is for one that is not encrypted.
 * *creds ends with NULL; krb5_free_tgt_creds. ASN1_*, KRB5KRB_AP_ERR_* when it is malformed,
 * E2BIG, KRB5KRB_AP_ERR_NOKEY, KRB5_BAD_ENCTYPE, KRB5KRB_AP_ERR_BAD_INTEGRITY, ENOMEM.
 */
krb5_error_code kerb_cred_read(krb5_context krb, const void *data, size_t size,
                               const krb5_keyblock *key, krb5_creds ***creds);

/* ---- submit.c: tickets that somebody else got ------------------------------------------------ */

/*
 * KERB_SUBMIT_TKT_REQUEST (ntsecapi.h), of `size` bytes, for the session. STATUS_INVALID_PARAMETER:
 * malformed; STATUS_DECRYPTION_FAILED: not with that key; STATUS_INVALID_BUFFER_SIZE: too large or
 * too many; SEC_E_CONTEXT_EXPIRED: nothing in it is good now; SEC_E_NOT_OWNER: tickets of several
 * principals in one; STATUS_QUOTA_EXCEEDED; STATUS_NO_SUCH_LOGON_SESSION. Those of another
 * principal than the session's account are kept beside its own (others.h).
 */
NTSTATUS kerb_submit(krb5_context krb, const LUID *luid, const void *submit, size_t size);

/* ---- retrieve.c: tickets for programs outside ------------------------------------------------ */

/* export_ccache in lsa.conf: programs get tickets with their session keys. */
bool kerb_exports_tickets(void);
/* KerbRetrieveTicketMessage, KerbRetrieveEncodedTicketMessage: `options` are
 * KERB_RETRIEVE_TICKET_*. STATUS_ACCESS_DENIED: a KRB-CRED, and export_ccache is none;
 * STATUS_OBJECT_NAME_NOT_FOUND: not in the cache; statuses of kerb_service_ticket(). */
NTSTATUS kerb_retrieve_tgt(krb5_context krb, PLSA_CLIENT_REQUEST request, const LUID *luid,
                           PVOID *reply, PULONG reply_size);
NTSTATUS kerb_retrieve(krb5_context krb, PLSA_CLIENT_REQUEST request, const LUID *luid,
                       const char *target, ULONG options, PVOID *reply, PULONG reply_size);

/* ---- session.c: logon sessions, in lsad ---------------------------------------------------- */

/*
 * New credentials of a session: they are stored, and the ticket is fetched in the background; not
 * when a TGT of that account was submitted (kerb_submit) just before. With `wait` the setting
 * ticket_wait counts: a login may need the ticket, an update does not.
 */
NTSTATUS kerb_session_logon(const LUID *luid, krb5_context krb, krb5_principal client,
                            const char *password, bool wait);
void kerb_session_end(const LUID *luid);
/* Makes the session known after a restart, so that its ticket is renewed. */
void kerb_session_touch(const LUID *luid);
/* True when the session has tickets, or a password to get one with. */
bool kerb_session_exists(const LUID *luid);
/* Why the last fetch for the session failed becomes this thread's reason (base/reason.h). */
void kerb_session_tell_why(const LUID *luid);
/* The TGT; waits for a fetch that is under way, and tries again when only the password is there. */
SECURITY_STATUS kerb_session_tgt(krb5_context krb, const LUID *luid, krb5_creds **tgt);
/* Stops timers and waits for fetches. */
void kerb_session_shutdown(void);

/* ---- credentials.c: credential handles ----------------------------------------------------- */

enum kerb_source {
    KERB_SESSION,  /* a logon session's, in the store */
    KERB_EXPLICIT, /* name and password that the caller gave */
    KERB_PROCESS,  /* the calling process's own cache and keytab */
    KERB_KEYTAB,   /* as KERB_PROCESS, but the client's tickets are got with a keytab */
    KERB_S4U,      /* a user's whose name the caller gave and no password: s4u.c */
    KERB_MACHINE   /* keys of the LSA that [acceptors] lets this uid accept with */
};

/* Where KDCs are asked: kdc_proxy.c. */
struct kerb_proxy {
    char *url;   /* NULL: as krb5.conf says */
    bool forced; /* there, and nowhere else */
};

struct kerb_credential {
    atomic_uint references; /* the handle, and every context made with it */
    enum kerb_source source;
    ULONG use;           /* SECPKG_CRED_* */
    LUID luid;           /* KERB_SESSION */
    char *who;           /* KERB_SESSION: which principal of it (others.h); NULL: as the realm is */
    char *client;        /* unparsed principal, NULL when not known (a process that only accepts) */
    int32_t client_type; /* KRB5_NT_* */
    char *password;      /* KERB_EXPLICIT: secret memory */
    bool identity_only;  /* KERB_EXPLICIT: SEC_WINNT_AUTH_IDENTITY_ONLY, no PAC is wanted */
    char *cache;  /* full name of a credential cache; KERB_EXPLICIT, KERB_KEYTAB: made with the
                     first ticket */
    char *keytab; /* full name */
    char *client_keytab;             /* KERB_KEYTAB: full name of the one with the client's keys */
    struct kerb_credential *service; /* KERB_S4U: the process's own, that asks for the user */
    char *accept_as; /* accept for this service only; NULL: whatever the keytab has */
    /* KERB_EXPLICIT, KERB_KEYTAB, KERB_S4U: */
    pthread_mutex_t lock; /* one AS exchange at a time; what is below */
    int64_t logon_until;  /* end of the TGT, seconds since 1970 */
    krb5_ccache tickets;  /* keeps the MEMORY cache `cache` alive */
    krb5_keytab keys;     /* keeps the MEMORY keytab `keytab` alive; KERB_MACHINE, too */
    struct kerb_proxy proxy;
    uint64_t keys_stamp;  /* KERB_MACHINE: of the files that they were read from */
    krb5_creds *evidence; /* KERB_S4U: the user's ticket for the service itself */
    bool shown;           /* KERB_S4U: it is the one that the user has shown */
    bool keeps_evidence;  /* KERB_PROCESS, inbound: clients' tickets, to delegate with */
};

NTSTATUS NTAPI kerb_acquire_credentials(PUNICODE_STRING principal, ULONG use, PLUID luid,
                                        PVOID identity, PVOID get_key, PVOID get_key_argument,
                                        PLSA_SEC_HANDLE handle, PTimeStamp expiry);
NTSTATUS NTAPI kerb_free_credentials(LSA_SEC_HANDLE handle);
/* Of no source yet, with one reference; NULL without memory. */
struct kerb_credential *kerb_credential_new(ULONG use);
/* A context keeps its credential: an application, or a hostile client of lsad, may free the handle
 * between two legs. */
struct kerb_credential *kerb_credential_hold(struct kerb_credential *c);
void kerb_credential_release(struct kerb_credential *c);
NTSTATUS NTAPI kerb_query_credentials(LSA_SEC_HANDLE handle, ULONG attribute, PVOID buffer);

/* ---- process.c: what the calling process has of its own ------------------------------------- */

/*
 * For a client: the default cache when there is a good ticket in it, else the keytab for clients
 * (KRB5_CLIENT_KTNAME); with a `name`, the cache of that principal, or a keytab with its key, the
 * default one among them. For a server: the default keytab. SEC_E_NO_CREDENTIALS,
 * SEC_E_UNKNOWN_CREDENTIALS (the name is none).
 */
SECURITY_STATUS kerb_use_process(krb5_context krb, struct kerb_credential *c, const char *name);
/* Whether what the process is a client with, without a name, is of an account in this keytab. */
bool kerb_process_is_client(krb5_context krb, const char *name);

/* ---- kdc_proxy.c: KDCs behind a web server -------------------------------------------------- */

/* libkrb5 as it is to be used for one call. */
struct kerb_way {
    krb5_context krb;
    int fd; /* of its configuration */
};

/* For the credential's KDCs, and those of the service's realm; `krb` itself when there is no proxy,
 * and after an error. Close it in any case. */
krb5_error_code kerb_proxy_open(krb5_context krb, struct kerb_credential *c,
                                krb5_const_principal service, struct kerb_way *way);
void kerb_proxy_close(krb5_context krb, struct kerb_way *way);
NTSTATUS NTAPI kerb_set_credentials(LSA_SEC_HANDLE handle, ULONG attribute, PVOID buffer,
                                    ULONG size);

/* ---- password.c ------------------------------------------------------------------------------ */

NTSTATUS NTAPI kerb_change_account_password(PUNICODE_STRING domain, PUNICODE_STRING account,
                                            PUNICODE_STRING old, PUNICODE_STRING new,
                                            BOOLEAN impersonating, PSecBufferDesc output);
/* What an Active Directory demands of passwords, in place of a text (RFC 3244 leaves the form to
 * the server): 30 bytes, the first two zero. False when the answer is something else. */
bool kerb_read_password_policy(const krb5_data *answer, DOMAIN_PASSWORD_INFORMATION *policy);

/* The key of c->client in this keytab, or where that is NULL the first, is for getting tickets. */
krb5_error_code kerb_use_keytab_as_client(krb5_context krb, struct kerb_credential *c,
                                          const char *name);

/* ---- keys.c ---------------------------------------------------------------------------------- */

/*
 * The bytes of a keytab file, which an identity holds (SEC_WINNT_AUTH_DATA_TYPE_KEYTAB): for a
 * client and for a server. SEC_E_UNKNOWN_CREDENTIALS: it is none, or has no key of c->client.
 */
SECURITY_STATUS kerb_use_given_keytab(krb5_context krb, struct kerb_credential *c, const void *data,
                                      size_t size);

/* ---- s4u.c: tickets in the name of a user --------------------------------------------------- */

/* Makes c (whose client is set) one of KERB_S4U. SEC_E_NO_CREDENTIALS: the process has nothing of
 * its own to ask with. */
SECURITY_STATUS kerb_use_s4u(krb5_context krb, struct kerb_credential *c);
/* The same with the ticket that a client has shown, which is kept in the session c->luid.
 * SEC_E_NO_CREDENTIALS: there is none, or the process has nothing of its own to ask with. */
SECURITY_STATUS kerb_use_evidence(krb5_context krb, struct kerb_credential *c);
/* SEC_E_NO_S4U_PROT_SUPPORT: the KDC gives the service no ticket for that user.
 * SEC_E_DELEGATION_REQUIRED: the service or the user may not be delegated to that one. */
SECURITY_STATUS kerb_s4u_ticket(krb5_context krb, struct kerb_credential *c, krb5_principal service,
                                krb5_creds **ticket);
void kerb_s4u_release(krb5_context krb, struct kerb_credential *c);

/* ---- service.c: what a credential gives to a handshake ------------------------------------- */

/* A ticket for the service (krb5_free_creds). */
SECURITY_STATUS kerb_service_ticket(krb5_context krb, struct kerb_credential *c,
                                    krb5_principal service, krb5_creds **ticket);
/* Forgets the ticket, since the service did not like it. */
void kerb_forget_ticket(krb5_context krb, struct kerb_credential *c, krb5_principal service);
/* A cache with the TGT, to forward it; close with kerb_close_cache. */
krb5_error_code kerb_open_cache(krb5_context krb, struct kerb_credential *c, krb5_ccache *cache);
/* The same, of the principal that a ticket is for: a session may have several. */
krb5_error_code kerb_open_cache_of(krb5_context krb, struct kerb_credential *c,
                                   krb5_const_principal client, krb5_ccache *cache);
void kerb_close_cache(krb5_context krb, struct kerb_credential *c, krb5_ccache cache);
/* The keys to accept with. */
SECURITY_STATUS kerb_open_keytab(krb5_context krb, struct kerb_credential *c, krb5_keytab *keytab);
/* KERB_EXPLICIT: `service` is accepted for, too, with the keys of this account. */
krb5_error_code kerb_add_keys(krb5_context krb, struct kerb_credential *c, krb5_principal service,
                              krb5_const_principal account, char *password);
/* add_credentials.c */
NTSTATUS NTAPI kerb_add_credentials(LSA_SEC_HANDLE handle, PUNICODE_STRING principal,
                                    PUNICODE_STRING package, ULONG use, PVOID identity,
                                    PVOID get_key, PVOID get_key_argument, PTimeStamp expiry);

/* ---- acceptors.c: keys that the caller cannot read ------------------------------------------ */

/*
 * Fills the keytab of a KERB_MACHINE credential with the keys of the services that [acceptors]
 * lets the client of this call accept as, or anew when their files have changed.
 * SEC_E_NO_CREDENTIALS: there are none.
 */
SECURITY_STATUS kerb_acceptor_keys(krb5_context krb, struct kerb_credential *c);

/* ---- context.c: half-made and finished contexts -------------------------------------------- */

/* What the next token must be. */
enum kerb_leg {
    KERB_LEG_TGT_REQUEST, /* acceptor, the first: KERB-TGT-REQUEST or AP-REQ */
    KERB_LEG_REQUEST,     /* acceptor: AP-REQ, after a KERB-TGT-REQUEST or an error told */
    KERB_LEG_NONE,        /* acceptor: nothing; an AP-REQ has been refused */
    KERB_LEG_LAST_REPLY,  /* acceptor, DCE style: the initiator's AP-REP */
    KERB_LEG_TGT,         /* initiator: KERB-TGT-REPLY */
    KERB_LEG_REPLY        /* initiator: AP-REP */
};

struct kerb_context {
    bool initiator, done;
    enum kerb_leg leg;
    enum kerb_framing framing; /* of our tokens */
    bool told_error;           /* an error was told and the handshake begun anew: once only */
    uint32_t attributes;       /* ISC_RET_* or ASC_RET_* */
    krb5_auth_context auth;
    struct kerb_key key; /* the initiator's subkey */
    int64_t start, expiry;
    char *client, *server;              /* unparsed */
    struct kerb_about about;            /* describe.h */
    struct kerb_credential *credential; /* initiator: to forget a ticket with; referenced */
    krb5_principal service;
    LUID logon;   /* acceptor: the session with what the client delegated; 0: none */
    ULONG wanted; /* initiator: ISC_REQ_* */
    uint8_t bindings[KERB_BINDINGS_SIZE]; /* initiator: for an AP-REQ that is made again */
    bool user_to_user;
    krb5_keyblock *user_key;      /* acceptor: of the TGT that was given away */
    struct kerb_key acceptor_key; /* acceptor, between the legs of DCE style */
};

void kerb_context_free(struct kerb_context *c);
NTSTATUS NTAPI kerb_delete_context(LSA_SEC_HANDLE handle);
NTSTATUS NTAPI kerb_query_lsa_context(LSA_SEC_HANDLE handle, ULONG attribute, PVOID buffer);
/* The principal as text that free() takes; NULL without memory. */
char *kerb_unparse(krb5_context krb, krb5_const_principal principal);
/* Copies a key; SEC_E_ALGORITHM_MISMATCH when it is of a type that cannot protect messages here. */
SECURITY_STATUS kerb_copy_key(const krb5_keyblock *from, struct kerb_key *to);
/*
 * Packs a finished context for the user-mode half. Numbers are those of the next message each way;
 * `acceptor_key` may be of type 0 for none.
 */
NTSTATUS kerb_pack(struct kerb_context *c, const struct kerb_key *acceptor_key, uint32_t send,
                   uint32_t receive, PBOOLEAN mapped, PSecBuffer context_data);
/* Frames a message of libkrb5 and gives it to the caller. */
NTSTATUS kerb_put_token(PSecBufferDesc out, ULONG requirements, uint16_t type,
                        enum kerb_framing framing, const krb5_data *message);
/* The token of a leg. SEC_E_INVALID_TOKEN when there is none, or it is not one of ours. */
SECURITY_STATUS kerb_get_token(PSecBufferDesc input, struct kerb_token *token, krb5_data *message);

/* ---- request.c: the AP-REQ of an initiator --------------------------------------------------- */

/* Context flags that are granted, and those that go into the authenticator's checksum. */
void kerb_request_flags(struct kerb_context *c);
/*
 * An AP-REQ for c->service with this ticket, into `request`; c gets its keys, names and times.
 * `skew`: by the clock of the acceptor, who told it; NULL: by ours.
 */
SECURITY_STATUS kerb_make_request(krb5_context krb, struct kerb_context *c, krb5_creds *ticket,
                                  const krb5_error *skew, krb5_data *request);

/* ---- bindings.c: extended protection --------------------------------------------------------- */

/* Of the channel that an application names; zeros when it names none. SEC_E_BAD_BINDINGS: it is
 * no SEC_CHANNEL_BINDINGS. */
SECURITY_STATUS kerb_bindings_given(PSecBufferDesc input, uint8_t hash[KERB_BINDINGS_SIZE]);
/* The channel that an acceptor was given must be the one `seen` by the initiator. */
SECURITY_STATUS kerb_bindings_check(krb5_context krb, PSecBufferDesc input, ULONG requirements,
                                    const krb5_authenticator *authenticator,
                                    const uint8_t seen[KERB_BINDINGS_SIZE]);
/*
 * Authorization data for an authenticator (krb5_free_authdata), or NULL ([MS-KILE] 3.2.5.8): that
 * we know about channel bindings, when krb5.conf wants it told; ISC_REQ_UNVERIFIED_TARGET_NAME.
 */
krb5_error_code kerb_ap_options(krb5_context krb, ULONG wanted, krb5_authdata ***out);

/* ---- error_token.c: KRB-ERROR between the two ends ------------------------------------------- */

/* Tells the initiator why. With a clock skew the peer learns that it may try again ([MS-KILE]
 * 3.4.5). Nothing is sent when it cannot be made. */
void kerb_put_error(krb5_context krb, PSecBufferDesc output, ULONG requirements,
                    enum kerb_framing framing, krb5_error_code code);
/* The initiator wants them, by its authenticator: which c->auth must have read. */
bool kerb_wants_errors(krb5_context krb, struct kerb_context *c);
/* libkrb5's code for what the acceptor said; *error (krb5_free_error) has its clock. */
krb5_error_code kerb_read_error(krb5_context krb, const krb5_data *message, krb5_error **error);

/* ---- user2user.c: tickets under the session key of the acceptor's own TGT -------------------- */

/* Initiator: asks for the acceptor's TGT. */
NTSTATUS kerb_ask_for_tgt(krb5_context krb, struct kerb_context *c, PSecBufferDesc output,
                          ULONG requirements);
/* Initiator: a ticket for c->service under the TGT in this KERB-TGT-REPLY. */
SECURITY_STATUS kerb_user_ticket(krb5_context krb, struct kerb_context *c,
                                 const struct kerb_token *token, krb5_creds **ticket);
/* Acceptor: answers a KERB-TGT-REQUEST, and prepares c to read an AP-REQ under that TGT. */
NTSTATUS kerb_give_tgt(krb5_context krb, struct kerb_context *c, struct kerb_credential *credential,
                       const struct kerb_token *token, PSecBufferDesc output, ULONG requirements);

/* initiator.c, acceptor.c */
NTSTATUS NTAPI kerb_init_context(LSA_SEC_HANDLE credential, LSA_SEC_HANDLE context,
                                 PUNICODE_STRING target, ULONG requirements,
                                 ULONG data_representation, PSecBufferDesc input,
                                 PLSA_SEC_HANDLE made, PSecBufferDesc output, PULONG attributes,
                                 PTimeStamp expiry, PBOOLEAN mapped, PSecBuffer context_data);
NTSTATUS NTAPI kerb_accept_context(LSA_SEC_HANDLE credential, LSA_SEC_HANDLE context,
                                   PSecBufferDesc input, ULONG requirements,
                                   ULONG data_representation, PLSA_SEC_HANDLE made,
                                   PSecBufferDesc output, PULONG attributes, PTimeStamp expiry,
                                   PBOOLEAN mapped, PSecBuffer context_data);

/* logon.c, call_package.c */
/* Who the session is for in this package; KRB5_CC_NOTFOUND when that is not known. */
krb5_error_code kerb_stored_account(krb5_context krb, const LUID *luid, krb5_principal *out);
/*
 * The account that a new password of the session is for: the one it has, which may have come with
 * tickets of another name than *named, the logon's (NULL: a name without a realm). But not one of
 * another realm (KRB5_CONFIG_NODEFREALM): any tickets can be submitted, and whoever runs that
 * realm's KDC would get from us what the password can be guessed with. KRB5_CC_NOTFOUND: neither
 * is known. *named is replaced, and NULL after an error.
 */
krb5_error_code kerb_password_account(krb5_context krb, const LUID *luid, krb5_principal *named);
NTSTATUS NTAPI kerb_accept_credentials(SECURITY_LOGON_TYPE type, PUNICODE_STRING account,
                                       PSECPKG_PRIMARY_CRED primary,
                                       PSECPKG_SUPPLEMENTAL_CRED supplemental);
VOID NTAPI kerb_logon_terminated(PLUID luid);
NTSTATUS NTAPI kerb_get_user_info(PLUID luid, ULONG flags, PSecurityUserData *data);
NTSTATUS NTAPI kerb_call_package(PLSA_CLIENT_REQUEST request, PVOID submit, PVOID client_base,
                                 ULONG size, PVOID *reply, PULONG reply_size,
                                 PNTSTATUS protocol_status);

#endif
