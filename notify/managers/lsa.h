/*
 * What the built-in credential manager asks of the process it is loaded into. It is bound when the
 * manager is loaded, and may be missing: then lsad's usual socket is meant, and there are no
 * tickets of others.
 */
#ifndef CREDMGR_NOTIFY_MANAGERS_LSA_H
#define CREDMGR_NOTIFY_MANAGERS_LSA_H

/* The socket of lsad that the logon program or credmgr.conf named; NULL: the usual one. */
__attribute__((weak, visibility("default"))) const char *mpr_lsa_socket(void);
/*
 * The name of the credential cache (KRB5CCNAME of the PAM environment) in which another module, or
 * sshd, may have left tickets of the person being logged on; NULL: none. Only a hint: any user can
 * set that variable.
 */
__attribute__((weak, visibility("default"))) const char *mpr_logon_ccache(void);

#endif
