/*
 * HTTP/1 for sspi-http: what tests of authentication need of it, and no more.
 */
#include "tests/programs/http.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/programs/wire.h"

/* ---- connections --------------------------------------------------------------------------- */

static void complain_tls(const char *what)
{
    complain("%s: %s", what, ERR_reason_error_string(ERR_get_error()));
}

SSL_CTX *http_tls_server(const char *certificate, const char *key)
{
    SSL_CTX *tls = SSL_CTX_new(TLS_server_method());

    if (tls && SSL_CTX_use_certificate_chain_file(tls, certificate) == 1 &&
        SSL_CTX_use_PrivateKey_file(tls, key, SSL_FILETYPE_PEM) == 1)
        return tls;
    complain_tls(certificate);
    SSL_CTX_free(tls);
    return NULL;
}

SSL_CTX *http_tls_client(const char *trusted)
{
    SSL_CTX *tls = SSL_CTX_new(TLS_client_method());

    if (tls && SSL_CTX_load_verify_locations(tls, trusted, NULL) == 1) {
        SSL_CTX_set_verify(tls, SSL_VERIFY_PEER, NULL);
        return tls;
    }
    complain_tls(trusted);
    SSL_CTX_free(tls);
    return NULL;
}

bool http_open(struct http *c, int fd, SSL_CTX *tls, bool accepted)
{
    *c = (struct http){.fd = fd};
    if (fd < 0)
        return false;
    if (!tls)
        return true;
    c->tls = SSL_new(tls);
    if (c->tls && SSL_set_fd(c->tls, fd) == 1 &&
        (accepted ? SSL_accept(c->tls) : SSL_connect(c->tls)) == 1)
        return true;
    complain_tls("TLS");
    return false;
}

void http_close(struct http *c)
{
    if (c->tls && SSL_is_init_finished(c->tls))
        SSL_shutdown(c->tls);
    SSL_free(c->tls);
    if (c->fd >= 0)
        close(c->fd);
    free(c->kept);
    *c = (struct http){.fd = -1};
}

static ssize_t receive(struct http *c, char *into, size_t size)
{
    ssize_t n;

    if (c->tls)
        return SSL_read(c->tls, into, (int)size);
    do
        n = read(c->fd, into, size);
    while (n < 0 && errno == EINTR);
    return n;
}

bool http_write(struct http *c, const char *text, size_t size)
{
    ssize_t n;

    for (; size > 0; text += n, size -= (size_t)n) {
        n = c->tls ? SSL_write(c->tls, text, (int)size) : send(c->fd, text, size, MSG_NOSIGNAL);
        if (n <= 0)
            return false;
    }
    return true;
}

/* ---- messages ------------------------------------------------------------------------------ */

static const char *header(const struct http_message *m, const char *name)
{
    size_t size = strlen(name);
    const char *line = m->head;

    while ((line = strstr(line, "\r\n")) && line[2] != '\r') {
        line += 2;
        if (strncasecmp(line, name, size) == 0 && line[size] == ':')
            return line + size + 1 + strspn(line + size + 1, " ");
    }
    return NULL;
}

bool http_has_header(const struct http_message *m, const char *name)
{
    return header(m, name) != NULL;
}

/* At least one byte more behind those kept. */
static bool keep_more(struct http *c, size_t room)
{
    char *grown = c->kept_size < room ? realloc(c->kept, room + 1) : NULL;
    ssize_t n;

    if (!grown)
        return false;
    c->kept = grown;
    n = receive(c, c->kept + c->kept_size, room - c->kept_size);
    if (n <= 0)
        return false;
    c->kept_size += (size_t)n;
    c->kept[c->kept_size] = 0;
    return true;
}

/* The first bytes of those kept, as a string of their own. */
static char *take(struct http *c, size_t size)
{
    char *taken = malloc(size + 1);

    if (!taken)
        return NULL;
    memcpy(taken, c->kept, size);
    taken[size] = 0;
    c->kept_size -= size;
    memmove(c->kept, c->kept + size, c->kept_size);
    c->kept[c->kept_size] = 0;
    return taken;
}

/* The length that the head tells; an answer without one ends with the connection, a request without
 * one has no body. */
static bool read_body(struct http *c, struct http_message *m)
{
    const char *length = header(m, "Content-Length");
    bool to_the_end = !length && http_status(m) != 0;
    size_t size = length ? strtoul(length, NULL, 10) : 0;

    if (size > HTTP_BODY_MAX)
        return false;
    while (to_the_end && c->kept_size < HTTP_BODY_MAX && keep_more(c, HTTP_BODY_MAX))
        ;
    while (!to_the_end && c->kept_size < size)
        if (!keep_more(c, size))
            return false;
    m->body = take(c, to_the_end ? c->kept_size : size);
    return m->body != NULL;
}

bool http_read(struct http *c, struct http_message *m, bool *ended)
{
    char *end;

    *m = (struct http_message){NULL, NULL};
    if (ended)
        *ended = false;
    while (!c->kept_size || !(end = strstr(c->kept, "\r\n\r\n"))) {
        if (!keep_more(c, HTTP_HEAD_MAX)) {
            if (ended && !c->kept_size)
                *ended = true;
            else
                complain("the peer sent no whole message");
            return false;
        }
    }
    m->head = take(c, (size_t)(end + 4 - c->kept));
    if (m->head && read_body(c, m))
        return true;
    complain("the peer sent no whole message");
    http_forget(m);
    return false;
}

void http_forget(struct http_message *m)
{
    free(m->head);
    free(m->body);
    *m = (struct http_message){NULL, NULL};
}

int http_status(const struct http_message *m)
{
    return strncmp(m->head, "HTTP/1.", 7) == 0 && m->head[7] && m->head[8] == ' '
               ? atoi(m->head + 9)
               : 0;
}

/* ---- tokens -------------------------------------------------------------------------------- */

bool http_token(const struct http_message *m, const char *name, const char *scheme,
                struct sspi_bytes *token)
{
    const char *at = header(m, name);
    size_t size = strlen(scheme);
    int n;

    *token = (struct sspi_bytes){NULL, 0};
    if (!at || strncasecmp(at, scheme, size) != 0 || at[size] != ' ')
        return false;
    at += size + 1;
    size = strcspn(at, "\r");
    token->data = malloc(size + 1);
    n = token->data ? EVP_DecodeBlock(token->data, (const unsigned char *)at, (int)size) : -1;
    if (n < 0) {
        free(token->data);
        token->data = NULL;
        return false;
    }
    token->size = (size_t)n;
    for (; size && at[size - 1] == '='; size--)
        token->size--;
    return true;
}

char *http_credentials(const char *scheme, const SecBuffer *token)
{
    char *coded = calloc(1, token->cbBuffer / 3 * 4 + 8), *line = NULL;

    if (coded && token->cbBuffer)
        EVP_EncodeBlock((unsigned char *)coded, token->pvBuffer, (int)token->cbBuffer);
    if (coded && asprintf(&line, "%s%s%s", scheme, *coded ? " " : "", coded) < 0)
        line = NULL;
    free(coded);
    return line;
}

/* ---- channel bindings ---------------------------------------------------------------------- */

/* RFC 5929 4.1: the hash of the signature's algorithm, SHA-256 in the place of MD5 and SHA-1. */
static unsigned hash_certificate(X509 *certificate, unsigned char *hash)
{
    const EVP_MD *kind = EVP_sha256();
    unsigned size = 0;
    int nid;

    if (X509_get_signature_info(certificate, &nid, NULL, NULL, NULL) == 1 && nid != NID_md5 &&
        nid != NID_sha1 && EVP_get_digestbynid(nid))
        kind = EVP_get_digestbynid(nid);
    return X509_digest(certificate, kind, hash, &size) == 1 ? size : 0;
}

SecBuffer http_bindings(const struct http *c, bool accepted)
{
    static const char kind[] = "tls-server-end-point:";
    char text[sizeof(kind) + EVP_MAX_MD_SIZE];
    SecBuffer bindings = {0, SECBUFFER_CHANNEL_BINDINGS, NULL};
    X509 *certificate = NULL, *peer = NULL;
    SEC_CHANNEL_BINDINGS head = {.dwApplicationDataOffset = sizeof(head)};

    if (!c->tls)
        return bindings;
    if (accepted)
        certificate = SSL_get_certificate(c->tls);
    else
        certificate = peer = SSL_get1_peer_certificate(c->tls);
    memcpy(text, kind, sizeof(kind));
    head.cbApplicationDataLength =
        (ULONG)(strlen(kind) +
                (certificate ? hash_certificate(certificate, (unsigned char *)text + strlen(kind))
                             : 0));
    X509_free(peer);
    bindings.cbBuffer = (ULONG)sizeof(head) + head.cbApplicationDataLength;
    bindings.pvBuffer = malloc(bindings.cbBuffer);
    if (!bindings.pvBuffer)
        abort();
    memcpy(bindings.pvBuffer, &head, sizeof(head));
    memcpy((char *)bindings.pvBuffer + sizeof(head), text, head.cbApplicationDataLength);
    return bindings;
}
