/*
 * As much HTTP/1 as authentication needs: connections that stay, in the clear or over TLS, heads
 * with their bodies, and tokens in "Authorization: SCHEME TOKEN" and "WWW-Authenticate: SCHEME
 * TOKEN".
 */
#ifndef CREDMGR_TEST_PROGRAMS_HTTP_H
#define CREDMGR_TEST_PROGRAMS_HTTP_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <sspi.h>

#include "tests/programs/sspi.h"

#define HTTP_HEAD_MAX 262144 /* bytes of a head; a ticket with a PAC is below 100 KB */
#define HTTP_BODY_MAX 262144

struct http {
    int fd;
    SSL *tls;   /* NULL: in the clear */
    char *kept; /* read already, and not used yet */
    size_t kept_size;
};

struct http_message {
    char *head; /* with its empty line; NUL-terminated */
    char *body; /* NUL-terminated */
};

/* A connection over this socket, which it takes; with a context over TLS (as the server if the
 * socket was accepted). false with a line on standard error; http_close() then, too. */
bool http_open(struct http *c, int fd, SSL_CTX *tls, bool accepted);
void http_close(struct http *c);
/* Context of a server with a certificate, or of a client that trusts one; NULL with a line. */
SSL_CTX *http_tls_server(const char *certificate, const char *key);
SSL_CTX *http_tls_client(const char *trusted);

/* The next message of the connection; http_forget(). *ended (may be NULL): false was returned
 * because the peer closed the connection between two messages. */
bool http_read(struct http *c, struct http_message *m, bool *ended);
void http_forget(struct http_message *m);
bool http_write(struct http *c, const char *text, size_t size);
/* The status of an answer; 0 for what is none. */
int http_status(const struct http_message *m);

/* What stands behind "NAME: SCHEME " in the head, decoded; free(). */
bool http_token(const struct http_message *m, const char *name, const char *scheme,
                struct sspi_bytes *token);
bool http_has_header(const struct http_message *m, const char *name);
/* "SCHEME BASE64", or "SCHEME" without a token; free(). */
char *http_credentials(const char *scheme, const SecBuffer *token);

/*
 * RFC 5929 tls-server-end-point of the connection's server certificate, as a
 * SECBUFFER_CHANNEL_BINDINGS (free() pvBuffer); empty in the clear.
 */
SecBuffer http_bindings(const struct http *c, bool accepted);

#endif
