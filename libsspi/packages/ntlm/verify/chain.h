/*
 * The verifier of acceptors that brought no account along: who [ntlm] verify in lsa.conf says, in
 * that order.
 *
 *   sessions   the people who are logged on to this machine, by what their logon left in the store
 *   accounts   the account file
 *   domain     a domain controller, through winbind
 *
 * Whoever says yes first is believed; one who does not know the account, or the password, leaves it
 * to the next. An account that the file has as disabled or expired is that, though somebody is
 * logged on with it.
 */
#ifndef CREDMGR_NTLM_CHAIN_H
#define CREDMGR_NTLM_CHAIN_H

#include "libsspi/packages/ntlm/lsa_half.h"
#include "libsspi/packages/ntlm/verify/verify.h"

/* For whom it verifies. */
struct ntlm_chain {
    LUID luid;      /* the logon session of the acceptor, when it has one */
    bool self_only; /* it may verify nobody but people of its own uid */
};

/*
 * Whether the client of the current call may accept with default credentials: root, whom a rule
 * "NTLM" of [acceptors] lets, and, with *self_only, who has a logon session himself (the caller
 * knows that).
 */
bool ntlm_chain_is_acceptor(void);

/*
 * A verifier (verify.h) whose `arg` is a struct ntlm_chain. Besides those of verify.h:
 * SEC_E_UNSUPPORTED_FUNCTION when [ntlm] deny_inbound says so, and STATUS_RETRY when lsad is to
 * make the call again, because somebody guesses passwords of that account.
 */
SECURITY_STATUS ntlm_chain_verify(void *arg, const struct ntlm_claim *claim,
                                  struct ntlm_verified *verified);

/* The verifier of an acceptor with an account of its own (`arg`: struct ntlm_account):
 * deny_inbound, then ntlm_verify_account(). */
SECURITY_STATUS ntlm_supplied_verify(void *arg, const struct ntlm_claim *claim,
                                     struct ntlm_verified *verified);

#endif
