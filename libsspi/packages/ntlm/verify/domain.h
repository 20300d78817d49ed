/*
 * Accounts of a domain: winbind passes the proof on to a domain controller. Its client library is
 * looked for at run time; without it, or without its daemon, nobody can be asked.
 */
#ifndef CREDMGR_NTLM_DOMAIN_H
#define CREDMGR_NTLM_DOMAIN_H

#include "libsspi/packages/ntlm/verify/verify.h"

/*
 * Looks for libwbclient, once. In lsad before its sandbox closes. False: it is not there, and every
 * question is answered with NTLM_DOMAIN_NOBODY.
 */
bool ntlm_domain_start(void);

/* Nobody is there to be asked: no library, or no daemon. */
#define NTLM_DOMAIN_NOBODY SEC_E_SECPKG_NOT_FOUND

/*
 * Asks, and waits so long for the answer; one that comes later is thrown away. When too many
 * are waited for still, nobody is asked. Statuses as in verify.h; `verified` has the session key,
 * the LM key, the name, and SIDs.
 */
SECURITY_STATUS ntlm_domain_verify(const struct ntlm_claim *claim, unsigned milliseconds,
                                   struct ntlm_verified *verified);

/* The status of the domain controller as AcceptSecurityContext gives it. */
SECURITY_STATUS ntlm_domain_status(NTSTATUS status);

#endif
