/*
 * The key "session" in a session's keyring: what a new lsad needs to know of it. Nothing in it is
 * secret.
 */
#ifndef CREDMGR_LSA_SESSION_RECORD_H
#define CREDMGR_LSA_SESSION_RECORD_H

#include "libsspi/lsa/session.h"

#define LSA_SESSION_KEY    "session"
#define LSA_SESSION_RECORD 8192u /* bytes at most */

/* Its size in `out`, 0 when it does not fit. */
size_t lsa_session_record_write(const struct lsa_session *session, uint8_t *out, size_t room);
/* New strings in *session (lsa_session_clear); ring and pidfd are left alone. False on anything
 * malformed, *session is then cleared. */
bool lsa_session_record_read(const void *data, size_t size, struct lsa_session *session);

#endif
