/*
 * The two verifiers that hold hashes themselves: the logon sessions of this machine, and the
 * account file.
 */
#ifndef CREDMGR_NTLM_LOCAL_H
#define CREDMGR_NTLM_LOCAL_H

#include "libsspi/packages/ntlm/verify/accounts.h"
#include "libsspi/packages/ntlm/verify/chain.h"
#include "libsspi/packages/ntlm/verify/names.h"

/* SEC_E_OK, SEC_E_LOGON_DENIED, SEC_E_INSUFFICIENT_MEMORY. */
SECURITY_STATUS ntlm_sessions_verify(const struct ntlm_chain *chain, const struct ntlm_claim *claim,
                                     const struct ntlm_name *name, struct ntlm_verified *verified);

/* The account of that name in the file; false: there is none that counts. Wipe it. */
bool ntlm_accounts_find(const struct ntlm_name *name, struct ntlm_local_account *account);
/* As above, for what ntlm_accounts_find() found (NULL: nothing, which takes as long). */
SECURITY_STATUS ntlm_accounts_verify(const struct ntlm_local_account *account,
                                     const struct ntlm_claim *claim, const struct ntlm_name *name,
                                     struct ntlm_verified *verified);
/* What is the matter with the account: SEC_E_OK, STATUS_ACCOUNT_DISABLED, STATUS_ACCOUNT_EXPIRED.
 */
SECURITY_STATUS ntlm_accounts_trouble(const struct ntlm_local_account *account);

/*
 * Whether this machine has the user by itself, in /etc/passwd: NSS may ask others, and has no way
 * to say that it could not. lsad cannot read the file for a moment after useradd has put another in
 * its place (lsad/watch.h).
 */
enum ntlm_local_user { NTLM_LOCAL_UNKNOWN, NTLM_LOCAL_NO, NTLM_LOCAL_YES };
enum ntlm_local_user ntlm_local_user(const char *name);

/*
 * keep_local_accounts: after a password change, the account of that user. When nobody can tell
 * whether they are one of this machine, what is kept of them is changed, and nothing made.
 */
void ntlm_accounts_keep(const struct ntlm_account *account, enum ntlm_local_user known);
/* As long as it is set: takes out whose user is no more, before there is another one of that name.
 */
void ntlm_accounts_forget(void);

#endif
