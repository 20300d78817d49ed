/*
 * Credential handles: where the tickets and keys behind one come from, and what a handshake gets
 * of them.
 */
#ifndef CREDMGR_KERBEROS_CREDENTIALS_H
#define CREDMGR_KERBEROS_CREDENTIALS_H

#include "libsspi/packages/kerberos/kerberos.h"

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

#endif
