/*
 * What the built-in credential manager asks of the process it is loaded into. It is bound when the
 * manager is loaded, and may be missing: then lsad's usual socket is meant.
 */
#ifndef CREDMGR_NOTIFY_MANAGERS_LSA_H
#define CREDMGR_NOTIFY_MANAGERS_LSA_H

/* The socket of lsad that the logon program or credmgr.conf named; NULL: the usual one. */
__attribute__((weak, visibility("default"))) const char *mpr_lsa_socket(void);

#endif
