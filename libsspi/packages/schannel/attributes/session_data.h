/*
 * What is kept with a session, for when it is taken up again.
 */
#ifndef CREDMGR_SCHANNEL_SESSION_DATA_H
#define CREDMGR_SCHANNEL_SESSION_DATA_H

#include <schannel.h>

#include "libsspi/packages/schannel/connection.h"

#define TLS_SESSION_DIGEST 32   /* bytes: SHA-256 of the server's certificate */
#define TLS_APP_DATA_MAX   4096 /* bytes: it goes into the tickets */

/* False: nothing is kept; zeros: no certificate. */
bool tls_session_certificate(SSL_SESSION *session, uint8_t digest[TLS_SESSION_DIGEST]);
bool tls_session_set_certificate(SSL_SESSION *session, const uint8_t *digest);

/* SECPKG_ATTR_APP_DATA; empty when nobody has given any. */
SECURITY_STATUS tls_app_data(const struct tls_connection *c, PSecPkgContext_SessionAppData out);
/* SEC_E_INVALID_PARAMETER: more than TLS_APP_DATA_MAX. */
SECURITY_STATUS tls_set_app_data(const struct tls_connection *c,
                                 const SecPkgContext_SessionAppData *in);

#endif
