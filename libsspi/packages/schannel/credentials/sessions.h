/*
 * Sessions that a client can take up again. One is used only when all of this is as it was: the
 * credential handle, the target's name, the logon session, the way the server is validated; and the
 * process, since it is kept nowhere else. And as long as it has not expired.
 */
#ifndef CREDMGR_SCHANNEL_SESSIONS_H
#define CREDMGR_SCHANNEL_SESSIONS_H

#include "libsspi/packages/schannel/connection.h"
#include "libsspi/packages/schannel/credentials/credential.h"

/* At most so many for one credential; the oldest goes. */
#define TLS_SESSIONS_MAX 1000
/* And of tickets of TLS 1.3 so many for one target. */
#define TLS_TICKETS_MAX 16

/* A client that is about to begin takes one up, if there is one for it. */
void tls_session_offer(struct tls_connection *c);
/* OpenSSL's callback: the server has given one. */
int tls_session_keep(SSL *ssl, SSL_SESSION *session);
/* SCHANNEL_SESSION: whether this connection's session may be taken up again. */
void tls_session_allow(struct tls_connection *c, bool allowed);
/* All of a credential, whose lock is held or which nobody else has. */
void tls_sessions_drop(struct tls_credential *credential);

/* The credentials of the process, for SslEmptyCache. */
void tls_credential_known(struct tls_credential *credential);
void tls_credential_forgotten(struct tls_credential *credential);
/* Sessions with that target, UTF-16; NULL: all, of servers too. True when there was one. */
bool tls_sessions_empty(const WCHAR *target);

#endif
