/*
 * Logon sessions and the tickets in them, for the LSA-mode half: what comes in (passwords,
 * tickets), how it is kept, renewed and given out.
 */
#ifndef CREDMGR_KERBEROS_LOGON_H
#define CREDMGR_KERBEROS_LOGON_H

#include "libsspi/packages/kerberos/kerberos.h"

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
