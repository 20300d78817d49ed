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

#endif
