/*
 * Network logon sessions: what the client of a service has delegated, made by a package while it
 * accepts. Such a session belongs to the uid of the process that accepts, ends with that process or
 * when it says so, and is nobody's session by default.
 */
#ifndef CREDMGR_LSAD_NETWORK_H
#define CREDMGR_LSAD_NETWORK_H

#include "lsad/calls.h"

/* lsa_keyring_store, with CreateLogonSession and DeleteLogonSession. */
const struct lsa_store *network_store(void);
/* The session is one that this client may acquire credentials of: of its uid; root's may be any. */
bool network_may_use(const struct lsad_client *client, const LUID *luid);
/* Names the session after the account that the package has for it. */
void network_name(const LUID *luid, const struct lsa_package *package);
/* From any thread, and soon. */
void network_end(const LUID *luid);

void call_drop_session(struct lsad_call *call);

#endif
