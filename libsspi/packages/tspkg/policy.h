/*
 * To which servers credentials may be delegated: [tspkg] of lsa.conf, after the group policy
 * "Credentials Delegation". Obeyed in lsad for what the LSA holds, and in the program for what it
 * supplies.
 */
#ifndef CREDMGR_TSPKG_POLICY_H
#define CREDMGR_TSPKG_POLICY_H

#include <sspi.h>
#include <stdbool.h>

enum ts_credential_kind {
    TS_DEFAULT, /* the password of the logon session */
    TS_SAVED,   /* credmgr save */
    TS_FRESH    /* supplied by the application */
};

/* How the server has proven who it is. A certificate counts for fresh credentials alone: only the
 * calling process says that it was good. */
enum ts_server_proof { TS_PROOF_NONE, TS_PROOF_CERTIFICATE, TS_PROOF_KERBEROS };

/* Whether there is a rule for the target (a service principal name) at all: asked before anything
 * is sent. SEC_E_OK or SEC_E_DELEGATION_POLICY. */
SECURITY_STATUS ts_policy_names(enum ts_credential_kind kind, const WCHAR *target);
/* SEC_E_OK, SEC_E_DELEGATION_POLICY, or SEC_E_POLICY_NLTM_ONLY: to this server only when it proves
 * who it is. */
SECURITY_STATUS ts_policy_delegate(enum ts_credential_kind kind, const WCHAR *target,
                                   enum ts_server_proof proof);
/* Some rule allows default credentials: only then is a password kept. */
bool ts_policy_keeps_passwords(void);
/* The oldest version of a peer that is spoken to (`oldest_peer_version`, default 5). */
ULONG ts_policy_oldest_version(void);

/* In which form credentials reach the server. */
enum ts_form {
    TS_FORM_EMPTY,       /* not at all: Restricted Admin, or no ISC_REQ_DELEGATE */
    TS_FORM_REDIRECTED,  /* Remote Credential Guard */
    TS_FORM_CREDENTIALS, /* themselves */
};
/*
 * `restrict_delegation`, after "Restrict delegation of credentials to remote servers": SEC_E_OK, or
 * SEC_E_DELEGATION_POLICY for a form that is not allowed. Default: all are.
 */
SECURITY_STATUS ts_policy_form(enum ts_form form);

/*
 * Whether a list of [tspkg] is one that can be obeyed: patterns of service principal names with at
 * most one wildcard each. For lsad --check.
 */
bool ts_policy_list_is_good(const char *list);

#endif
