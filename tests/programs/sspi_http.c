/*
 * sspi-http: both ends of "Authorization: Negotiate" (RFC 4559) with tokens of the package
 * Kerberos as they are, without SPNEGO around them: a client for Apache's mod_auth_gssapi, and a
 * server small enough to be read for clients on MIT's GSSAPI.
 */
#include <getopt.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/programs/sspi.h"
#include "tests/programs/wire.h"

#define HEAD_MAX 262144

static const char usage[] =
    "usage: sspi-http --target SPN --host HOST --port PORT PATH     asks for PATH and prints it\n"
    "       sspi-http --serve [--principal NAME] --port PORT        says to clients who they are\n";

struct options {
    const char *target, *principal, *host, *port;
    bool serve;
};

static bool parse(int argc, char **argv, struct options *o)
{
    enum { TARGET = 1, PRINCIPAL, HOST, PORT, SERVE };
    static const struct option names[] = {
        {"target", 1, NULL, TARGET}, {"principal", 1, NULL, PRINCIPAL}, {"host", 1, NULL, HOST},
        {"port", 1, NULL, PORT},     {"serve", 0, NULL, SERVE},         {NULL, 0, NULL, 0}};
    int c;

    *o = (struct options){.host = "127.0.0.1", .port = "8080"};
    while ((c = getopt_long(argc, argv, "", names, NULL)) != -1) {
        switch (c) {
        case TARGET:
            o->target = optarg;
            break;
        case PRINCIPAL:
            o->principal = optarg;
            break;
        case HOST:
            o->host = optarg;
            break;
        case PORT:
            o->port = optarg;
            break;
        case SERVE:
            o->serve = true;
            break;
        default:
            return false;
        }
    }
    return o->serve ? optind == argc : o->target && optind + 1 == argc;
}

/* ---- HTTP ---------------------------------------------------------------------------------- */

/* A head up to its empty line, or all of it up to the end of the connection; free(). */
static char *read_http(int fd, bool all)
{
    char *text = malloc(HEAD_MAX + 1);
    size_t used = 0;
    ssize_t n = 1;

    while (text && used < HEAD_MAX && (n = read(fd, text + used, HEAD_MAX - used)) > 0) {
        used += (size_t)n;
        text[used] = 0;
        if (!all && strstr(text, "\r\n\r\n"))
            return text;
    }
    if (text && all && !n && used)
        return text;
    complain("the peer sent no whole message");
    free(text);
    return NULL;
}

/* What stands behind "NAME: Negotiate " in the head, decoded. */
static bool read_token(const char *head, const char *name, struct sspi_bytes *token)
{
    const char *end = strstr(head, "\r\n\r\n"), *at;
    char *wanted;
    size_t size;
    int n;

    token->data = NULL;
    token->size = 0;
    if (asprintf(&wanted, "\r\n%s: Negotiate ", name) < 0)
        return false;
    at = strcasestr(head, wanted);
    size = strlen(wanted);
    free(wanted);
    if (!at || !end || at >= end)
        return false;
    at += size;
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

/* "Negotiate BASE64"; free(). */
static char *write_token(const SecBuffer *token)
{
    char *coded = malloc(token->cbBuffer / 3 * 4 + 8), *line = NULL;

    if (coded) {
        EVP_EncodeBlock((unsigned char *)coded, token->pvBuffer, (int)token->cbBuffer);
        if (asprintf(&line, "Negotiate %s", coded) < 0)
            line = NULL;
    }
    free(coded);
    return line;
}

/* ---- the client ---------------------------------------------------------------------------- */

static SECURITY_STATUS leg(struct sspi_peer *peer, const char *target,
                           const struct sspi_bytes *answer, SecBuffer *out)
{
    SecBuffer given = {answer ? (ULONG)answer->size : 0, SECBUFFER_TOKEN,
                       answer ? answer->data : NULL};
    SecBufferDesc input = {SECBUFFER_VERSION, 1, &given}, output = {SECBUFFER_VERSION, 1, out};
    SECURITY_STATUS status;

    *out = (SecBuffer){0, SECBUFFER_TOKEN, NULL};
    status = InitializeSecurityContextA(
        &peer->credential, answer ? &peer->context : NULL, (SEC_CHAR *)(uintptr_t)target,
        ISC_REQ_MUTUAL_AUTH | ISC_REQ_ALLOCATE_MEMORY, 0, SECURITY_NATIVE_DREP,
        answer ? &input : NULL, 0, &peer->context, &output, &peer->attributes, NULL);
    peer->have_context = peer->have_context || status >= 0;
    if (status < 0)
        sspi_complain("InitializeSecurityContext", peer, status);
    return status;
}

static bool ask(struct sspi_peer *peer, const struct options *o, const char *path)
{
    int fd = wire_connect(o->host, o->port);
    struct sspi_bytes answer = {0};
    char *line = NULL, *reply = NULL, *body;
    SecBuffer token;
    bool good = false;

    if (fd < 0 || leg(peer, o->target, NULL, &token) != SEC_I_CONTINUE_NEEDED)
        goto out;
    line = write_token(&token);
    FreeContextBuffer(token.pvBuffer);
    dprintf(fd, "GET %s HTTP/1.0\r\nHost: %s\r\nAuthorization: %s\r\n\r\n", path, o->host, line);
    reply = read_http(fd, true);
    if (!reply)
        goto out;
    body = strstr(reply, "\r\n\r\n");
    printf("%.*s\n", (int)strcspn(reply, "\r\n"), reply);
    if (strncmp(reply, "HTTP/1.", 7) != 0 || strncmp(reply + 8, " 200", 4) != 0 || !body)
        goto out;
    if (!read_token(reply, "WWW-Authenticate", &answer)) {
        complain("the server did not prove who it is");
        goto out;
    }
    if (leg(peer, o->target, &answer, &token) != SEC_E_OK)
        goto out;
    FreeContextBuffer(token.pvBuffer);
    printf("mutual authentication: %s\n", peer->attributes & ISC_RET_MUTUAL_AUTH ? "yes" : "no");
    printf("%s\n", body + 4);
    good = true;
out:
    free(line);
    free(reply);
    free(answer.data);
    if (fd >= 0)
        close(fd);
    return good;
}

/* ---- the server ---------------------------------------------------------------------------- */

static void refuse(int fd)
{
    dprintf(fd, "HTTP/1.0 401 Unauthorized\r\nWWW-Authenticate: Negotiate\r\n"
                "Content-Length: 0\r\n\r\n");
}

static void answer(struct sspi_peer *peer, int fd)
{
    char *head = read_http(fd, false), *line = NULL;
    struct sspi_bytes given = {0};
    SecBuffer in, out = {0, SECBUFFER_TOKEN, NULL};
    SecBufferDesc input = {SECBUFFER_VERSION, 1, &in}, output = {SECBUFFER_VERSION, 1, &out};
    SecPkgContext_NativeNamesA names = {NULL, NULL};
    SECURITY_STATUS status;

    if (!head || !read_token(head, "Authorization", &given)) {
        refuse(fd);
        goto out;
    }
    in = (SecBuffer){(ULONG)given.size, SECBUFFER_TOKEN, given.data};
    status = AcceptSecurityContext(&peer->credential, NULL, &input, ASC_REQ_ALLOCATE_MEMORY,
                                   SECURITY_NATIVE_DREP, &peer->context, &output, &peer->attributes,
                                   NULL);
    if (status != SEC_E_OK) {
        sspi_complain("AcceptSecurityContext", peer, status);
        refuse(fd);
        goto out;
    }
    peer->have_context = true;
    if (QueryContextAttributesA(&peer->context, SECPKG_ATTR_NATIVE_NAMES, &names) != SEC_E_OK)
        goto out;
    line = write_token(&out);
    dprintf(
        fd,
        "HTTP/1.0 200 OK\r\nWWW-Authenticate: %s\r\nContent-Length: %zu\r\n\r\nHello, %s at %s\n",
        line, strlen("Hello,  at \n") + strlen(names.sClientName) + strlen(names.sServerName),
        names.sClientName, names.sServerName);
    printf("%s at %s\n", names.sClientName, names.sServerName);
    fflush(stdout);
out:
    FreeContextBuffer(names.sClientName);
    FreeContextBuffer(names.sServerName);
    FreeContextBuffer(out.pvBuffer);
    if (peer->have_context)
        DeleteSecurityContext(&peer->context);
    peer->have_context = false;
    free(head);
    free(line);
    free(given.data);
}

int main(int argc, char **argv)
{
    struct options o;
    struct sspi_peer peer = {.package = "Kerberos"};
    bool good = false;
    int listener, fd;

    program = "sspi-http";
    if (!parse(argc, argv, &o)) {
        fputs(usage, stderr);
        return 2;
    }
    if (!sspi_acquire(&peer, o.serve ? SECPKG_CRED_INBOUND : SECPKG_CRED_OUTBOUND, o.principal,
                      NULL))
        return 1;
    if (o.serve) {
        listener = wire_listen(o.host, o.port);
        while (listener >= 0 && (fd = wire_accept(listener)) >= 0) {
            answer(&peer, fd);
            close(fd);
        }
    } else {
        good = ask(&peer, &o, argv[optind]);
    }
    sspi_close(&peer);
    return good ? 0 : 1;
}
