/*
 * sspi-http's client: the legs of a handshake over one connection, and then what else is asked over
 * it, without a token.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/programs/sspi_http.h"
#include "tests/programs/wire.h"

static SECURITY_STATUS leg(struct sspi_peer *peer, const char *target, SecBuffer bindings,
                           const struct sspi_bytes *answer, SecBuffer *out)
{
    SecBuffer given[2] = {
        bindings,
        {answer ? (ULONG)answer->size : 0, SECBUFFER_TOKEN, answer ? answer->data : NULL}};
    SecBufferDesc input = {SECBUFFER_VERSION, answer ? 2 : 1, given},
                  output = {SECBUFFER_VERSION, 1, out};
    SECURITY_STATUS status;

    *out = (SecBuffer){0, SECBUFFER_TOKEN, NULL};
    status = InitializeSecurityContextA(
        &peer->credential, answer ? &peer->context : NULL, (SEC_CHAR *)(uintptr_t)target,
        ISC_REQ_MUTUAL_AUTH | ISC_REQ_ALLOCATE_MEMORY, 0, SECURITY_NATIVE_DREP,
        answer || bindings.pvBuffer ? &input : NULL, 0, &peer->context, &output, &peer->attributes,
        NULL);
    peer->have_context = peer->have_context || status >= 0;
    if (status < 0)
        sspi_complain("InitializeSecurityContext", peer, status);
    return status;
}

static bool send_request(struct http *c, const struct http_options *o, const SecBuffer *token)
{
    char *line = token ? http_credentials(o->scheme, token) : NULL, *text = NULL;
    int size = asprintf(
        &text, "GET %s HTTP/1.0\r\nHost: %s\r\nConnection: keep-alive\r\n%s%s%s\r\n", o->path,
        o->host, line ? "Authorization: " : "", line ? line : "", line ? "\r\n" : "");
    bool sent = size > 0 && http_write(c, text, (size_t)size);

    free(line);
    if (size > 0)
        free(text);
    return sent;
}

/* Legs until the server answers anything but 401 with a token; *answer is what it said then. */
static bool handshake(struct sspi_peer *peer, const struct http_options *o, struct http *c,
                      struct http_message *answer)
{
    SecBuffer bindings = http_bindings(c, false), token = {0};
    struct sspi_bytes given = {0};
    SECURITY_STATUS status;
    bool good = false, sent;

    if (o->no_bindings) {
        free(bindings.pvBuffer);
        bindings = (SecBuffer){0, SECBUFFER_CHANNEL_BINDINGS, NULL};
    }
    status = leg(peer, o->target, bindings, NULL, &token);
    while (status >= 0) {
        if (token.cbBuffer) {
            sent = send_request(c, o, &token);
            FreeContextBuffer(token.pvBuffer);
            token = (SecBuffer){0};
            http_forget(answer);
            if (!sent || !http_read(c, answer, NULL))
                break;
            printf("%.*s\n", (int)strcspn(answer->head, "\r\n"), answer->head);
        }
        good = status == SEC_E_OK;
        if (!http_token(answer, "WWW-Authenticate", o->scheme, &given)) {
            if (status == SEC_I_CONTINUE_NEEDED && http_status(answer) == 200) {
                complain("the server did not prove who it is");
                good = o->unproved;
            } else if (status == SEC_I_CONTINUE_NEEDED) {
                complain("the server goes no further");
            }
            break;
        }
        if (good) /* a token that nobody waits for */
            break;
        status = leg(peer, o->target, bindings, &given, &token);
        free(given.data);
        given.data = NULL;
        if (status == SEC_E_OK && !token.cbBuffer) {
            good = true;
            break;
        }
    }
    free(given.data);
    free(bindings.pvBuffer);
    FreeContextBuffer(token.pvBuffer);
    return good;
}

bool http_client(struct sspi_peer *peer, const struct http_options *o)
{
    SSL_CTX *tls = o->trusted ? http_tls_client(o->trusted) : NULL;
    struct http_message answer = {0};
    struct http c = {.fd = -1};
    SecPkgContext_PackageInfoA about = {NULL};
    bool good = false;

    if ((o->trusted && !tls) || !http_open(&c, wire_connect(o->host, o->port), tls, false) ||
        !handshake(peer, o, &c, &answer) || http_status(&answer) != 200)
        goto out;
    printf("mutual authentication: %s\n", peer->attributes & ISC_RET_MUTUAL_AUTH ? "yes" : "no");
    if (QueryContextAttributesA(&peer->context, SECPKG_ATTR_PACKAGE_INFO, &about) == SEC_E_OK)
        printf("package: %s\n", about.PackageInfo->Name);
    FreeContextBuffer(about.PackageInfo);
    printf("%s\n", answer.body);
    for (int i = 1; i < o->count; i++) {
        http_forget(&answer);
        if (!send_request(&c, o, NULL) || !http_read(&c, &answer, NULL))
            goto out;
        printf("again: %.*s\n%s\n", (int)strcspn(answer.head, "\r\n"), answer.head, answer.body);
        if (http_status(&answer) != 200)
            goto out;
    }
    good = true;
out:
    http_forget(&answer);
    http_close(&c);
    SSL_CTX_free(tls);
    return good;
}
