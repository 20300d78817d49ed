/*
 * SCH_CRED_USE_DEFAULT_CREDS, which is what a client does that does not say otherwise: a
 * certificate of the user's.
 */
#ifndef CREDMGR_SCHANNEL_DEFAULT_CERTIFICATES_H
#define CREDMGR_SCHANNEL_DEFAULT_CERTIFICATES_H

#include <openssl/ssl.h>
#include <stdbool.h>

/* One of the names has signed the certificate, or one of its chain; no names: anybody may have. */
bool tls_has_issuer(X509 *leaf, STACK_OF(X509) *chain, const STACK_OF(X509_NAME) *names);
/* The first one of the user's store MY that is valid, for clients, from such an issuer, and has its
 * key here. False: there is none. */
bool tls_show_default_certificate(SSL *ssl, const STACK_OF(X509_NAME) *names);

#endif
