/*
 * The credential store of lsad: what packages keep with AddCredential is a kernel key
 * "package/name" in the keyring of the logon session. There is no other copy.
 *
 * Keys of TSSSP that begin with LSA_SAVED_KEY are no credentials of the session but what its person
 * has saved for a server (saved.h): they can be read here, and nothing else.
 */
#ifndef CREDMGR_LSA_STORE_H
#define CREDMGR_LSA_STORE_H

#include "libsspi/lsa/host.h"

/*
 * For lsa_host_start(). STATUS_NO_SUCH_LOGON_SESSION; STATUS_NOT_FOUND: the session has no such
 * credential; STATUS_QUOTA_EXCEEDED; STATUS_INVALID_PARAMETER: a name that is empty, over 255
 * bytes, or holds a '/' (package) or ends in '#' and digits (key); STATUS_ACCESS_DENIED: to
 * change what is saved.
 */
extern const struct lsa_store lsa_keyring_store;

#endif
