/*
 * The logon of somebody who unlocks a workstation.
 */
#ifndef CREDMGR_KERBEROS_UNLOCK_H
#define CREDMGR_KERBEROS_UNLOCK_H

#include <ntsecpkg.h>

/*
 * MessageType KerbWorkstationUnlockLogon. Logon type Unlock: the KDC is asked, for as long as
 * libkrb5 is patient; the KDC is verified with the machine's keytab; then its ticket takes the
 * place of the session's. Logon type CachedUnlock: the password is compared with the one that is
 * kept.
 *
 * STATUS_SUCCESS; STATUS_LOGON_FAILURE: wrong, with STATUS_WRONG_PASSWORD in *SubStatus, or
 * STATUS_NO_SUCH_USER for an account that is gone; STATUS_ACCOUNT_RESTRICTION: expired or revoked;
 * no word on the password: STATUS_NO_LOGON_SERVERS (no KDC, or no password kept),
 * STATUS_NO_SUCH_USER (not a Kerberos account), STATUS_TRUSTED_RELATIONSHIP_FAILURE (a KDC that is
 * not the machine's); STATUS_NO_SUCH_LOGON_SESSION; STATUS_INVALID_LOGON_TYPE; STATUS_NO_MEMORY;
 * and those of unlock_read().
 */
LSA_AP_LOGON_USER_EX2 kerb_logon_user;

#endif
