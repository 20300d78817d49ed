/*
 * sspi-http's server: authentication of a connection, as IIS does it for NTLM and Negotiate: the
 * legs of a handshake are requests over one connection, and whoever has been authenticated on it
 * is known for what else is asked over it. A thread a connection.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/programs/sspi_http.h"
#include "tests/programs/wire.h"

struct connection {
    struct http http;
    struct sspi_peer peer; /* the context is this connection's, the credential the server's */
    SecBuffer bindings;
    bool established;
};

struct serving {
    struct sspi_peer *peer;
    const struct http_options *o;
    SSL_CTX *tls;
    int fd;
};

static void forget_context(struct connection *c)
{
    if (c->peer.have_context)
        DeleteSecurityContext(&c->peer.context);
    c->peer.have_context = c->established = false;
}

static bool respond(struct connection *c, const char *status, const char *credentials,
                    const char *body)
{
    char *text = NULL;
    int size =
        asprintf(&text,
                 "HTTP/1.1 %s\r\n%s%s%sContent-Length: %zu\r\nPersistent-Auth: true\r\n"
                 "Connection: keep-alive\r\n\r\n%s",
                 status, credentials ? "WWW-Authenticate: " : "", credentials ? credentials : "",
                 credentials ? "\r\n" : "", strlen(body), body);
    bool sent = size > 0 && http_write(&c->http, text, (size_t)size);

    if (size > 0)
        free(text);
    return sent;
}

/* Who the connection is authenticated as, and how; free(). */
static char *greeting(struct connection *c)
{
    SecPkgContext_NativeNamesA native = {NULL, NULL};
    SecPkgContext_NamesA names = {NULL};
    SecPkgContext_NegotiationInfoA negotiation = {NULL, 0};
    char *text = NULL;

    if (QueryContextAttributesA(&c->peer.context, SECPKG_ATTR_NATIVE_NAMES, &native) != SEC_E_OK)
        native = (SecPkgContext_NativeNamesA){NULL, NULL};
    if (!native.sClientName &&
        QueryContextAttributesA(&c->peer.context, SECPKG_ATTR_NAMES, &names) != SEC_E_OK)
        names.sUserName = NULL;
    if (QueryContextAttributesA(&c->peer.context, SECPKG_ATTR_NEGOTIATION_INFO, &negotiation) !=
        SEC_E_OK)
        negotiation.PackageInfo = NULL;
    if (asprintf(&text, "Hello, %s at %s\nby %s\n",
                 native.sClientName ? native.sClientName
                 : names.sUserName  ? names.sUserName
                                    : "whoever",
                 native.sServerName ? native.sServerName : "this server",
                 negotiation.PackageInfo ? negotiation.PackageInfo->Name : c->peer.package) < 0)
        text = NULL;
    FreeContextBuffer(native.sClientName);
    FreeContextBuffer(native.sServerName);
    FreeContextBuffer(names.sUserName);
    FreeContextBuffer(negotiation.PackageInfo);
    return text;
}

/* A leg; what is to be sent back is in *token. */
static SECURITY_STATUS leg(struct connection *c, const struct http_options *o,
                           const struct sspi_bytes *given, SecBuffer *token)
{
    SecBuffer in[2] = {{(ULONG)given->size, SECBUFFER_TOKEN, given->data}, c->bindings};
    SecBufferDesc input = {SECBUFFER_VERSION, 2, in}, output = {SECBUFFER_VERSION, 1, token};
    SECURITY_STATUS status = AcceptSecurityContext(
        &c->peer.credential, c->peer.have_context ? &c->peer.context : NULL, &input,
        ASC_REQ_ALLOCATE_MEMORY | (o->allow_missing ? ASC_REQ_ALLOW_MISSING_BINDINGS : 0),
        SECURITY_NATIVE_DREP, &c->peer.context, &output, &c->peer.attributes, NULL);

    if (status >= 0)
        c->peer.have_context = true;
    else
        sspi_complain("AcceptSecurityContext", &c->peer, status);
    return status;
}

static bool authenticate(struct connection *c, const struct http_options *o,
                         const struct sspi_bytes *given)
{
    SecBuffer token = {0, SECBUFFER_TOKEN, NULL};
    char *line = NULL, *hello = NULL;
    SECURITY_STATUS status;
    bool sent = false;

    if (c->established) /* a client that begins anew */
        forget_context(c);
    status = leg(c, o, given, &token);
    line = http_credentials(o->scheme, &token);
    if (status == SEC_I_CONTINUE_NEEDED) {
        sent = respond(c, "401 Unauthorized", line, "");
        goto out;
    }
    if (status != SEC_E_OK) {
        forget_context(c);
        sent = respond(c, "401 Unauthorized", o->scheme, "");
        goto out;
    }
    c->established = true;
    hello = greeting(c);
    printf("authenticated: %s", hello);
    fflush(stdout);
    sent = hello && respond(c, "200 OK", token.cbBuffer ? line : NULL, hello);
out:
    FreeContextBuffer(token.pvBuffer);
    free(line);
    free(hello);
    return sent;
}

static bool answer(struct connection *c, const struct http_options *o,
                   const struct http_message *request)
{
    struct sspi_bytes given;
    bool sent;
    char *hello;

    if (http_token(request, "Authorization", o->scheme, &given)) {
        sent = authenticate(c, o, &given);
        free(given.data);
        return sent;
    }
    if (!c->established)
        return respond(c, "401 Unauthorized", o->scheme, "");
    hello = greeting(c);
    sent = hello && respond(c, "200 OK", NULL, hello);
    free(hello);
    return sent;
}

static void *serve_connection(void *arg)
{
    struct serving *s = arg;
    struct connection c = {
        .peer = {.package = s->peer->package, .credential = s->peer->credential, .acceptor = true}};
    struct http_message request;
    bool ended;

    if (!http_open(&c.http, s->fd, s->tls, true))
        goto out;
    if (!s->o->no_bindings)
        c.bindings = http_bindings(&c.http, true);
    while (http_read(&c.http, &request, &ended)) {
        bool sent = answer(&c, s->o, &request);

        http_forget(&request);
        if (!sent)
            break;
    }
out:
    forget_context(&c);
    free(c.bindings.pvBuffer);
    http_close(&c.http);
    free(s);
    return NULL;
}

bool http_server(struct sspi_peer *peer, const struct http_options *o)
{
    SSL_CTX *tls = o->certificate ? http_tls_server(o->certificate, o->key) : NULL;
    int listener = -1, fd;

    if (o->certificate && !tls)
        return false;
    listener = wire_listen(o->host, o->port);
    while (listener >= 0 && (fd = wire_accept(listener)) >= 0) {
        struct serving *s = malloc(sizeof(*s));
        pthread_t thread;

        if (!s)
            abort();
        *s = (struct serving){peer, o, tls, fd};
        if (pthread_create(&thread, NULL, serve_connection, s) != 0)
            abort();
        pthread_detach(thread);
    }
    SSL_CTX_free(tls);
    return false;
}
