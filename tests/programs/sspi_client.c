/*
 * sspi-client: makes a context through libsspi to an acceptor that speaks the framing of MIT's
 * gss-server, sends it one protected message and verifies the signed reply. Says what happened in
 * lines a person can read; exits 0 only if all of it worked.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/secret.h"
#include "tests/programs/options.h"
#include "tests/programs/sspi.h"
#include "tests/programs/wire.h"

static const char usage[] =
    "usage: sspi-client [options] [MESSAGE]\n"
    "  --package NAME       security package (Kerberos)\n"
    "  --target SPN         service to authenticate to (host/HOST)\n"
    "  --host HOST          where the acceptor listens (127.0.0.1)\n"
    "  --port PORT          (4444, gss-server's)\n"
    "  --user NAME          explicit credentials; without it the default ones (of the logon "
    "session)\n"
    "  --principal NAME     which principal of the logon session, or of the process's own\n"
    "  --domain NAME        realm or domain of the user\n"
    "  --password-fd N      descriptor the password is read from (0: standard input); never an "
    "argument\n"
    "  --for-user NAME      credentials of somebody whose password nobody knows: S4U, with the "
    "process's own\n"
    "  --kdc-url URL        the KDC proxy to use (SECPKG_CRED_ATTR_KDC_URL)\n"
    "  --kdc-proxy SERVER   the KDC proxy, host:port:path (SECPKG_CRED_ATTR_KDC_PROXY_SETTINGS)\n"
    "  --mutual --integrity --confidentiality\n"
    "                       what is asked of the context (all three, when none is named)\n"
    "  --server-first       ask the acceptor for its first word, before ours\n"
    "  --dce --delegate --user-to-user --extended-error --datagram --identify --anonymous\n"
    "                       ISC_REQ_USE_DCE_STYLE, _USE_SESSION_KEY and so on, besides\n"
    "  --bindings TEXT      bind the context to the channel of that name\n"
    "  --echo               send the message once more, to come back sealed (gss-acceptor --echo)\n"
    "  --echo-only          that alone: no signature is asked for\n"
    "  --count N            messages to send (1)\n"
    "  --hold               wait for a line on standard input between the handshake and the "
    "message\n"
    "  --pause-leg          wait for a line on standard input before the second leg\n";

struct options {
    const char *package, *target, *host, *port, *message, *bindings, *principal, *kdc_url,
        *kdc_proxy;
    struct sspi_identity identity;
    int password_fd, count;
    ULONG requirements, besides;
    bool echo, unsigned_only, server_first, hold, pause_leg, for_user;
};

static bool parse(int argc, char **argv, struct options *o)
{
    const char *user = NULL, *domain = NULL, *for_user = NULL;
    bool echo_only = false;
    int rest;
    const struct program_option table[] = {
        {"package", .text = &o->package},
        {"target", .text = &o->target},
        {"principal", .text = &o->principal},
        {"host", .text = &o->host},
        {"port", .text = &o->port},
        {"user", .text = &user},
        {"domain", .text = &domain},
        {"password-fd", .number = &o->password_fd},
        {"for-user", .text = &for_user},
        {"kdc-url", .text = &o->kdc_url},
        {"kdc-proxy", .text = &o->kdc_proxy},
        {"mutual", .bits = &o->requirements, .bit = ISC_REQ_MUTUAL_AUTH},
        {"integrity", .bits = &o->requirements, .bit = ISC_REQ_INTEGRITY},
        {"confidentiality", .bits = &o->requirements, .bit = ISC_REQ_CONFIDENTIALITY},
        {"dce", .bits = &o->besides, .bit = ISC_REQ_USE_DCE_STYLE},
        {"identify", .bits = &o->besides, .bit = ISC_REQ_IDENTIFY},
        {"delegate", .bits = &o->besides, .bit = ISC_REQ_DELEGATE},
        {"user-to-user", .bits = &o->besides, .bit = ISC_REQ_USE_SESSION_KEY},
        {"extended-error", .bits = &o->besides, .bit = ISC_REQ_EXTENDED_ERROR},
        {"datagram", .bits = &o->besides, .bit = ISC_REQ_DATAGRAM},
        {"anonymous", .bits = &o->besides, .bit = ISC_REQ_NULL_SESSION},
        {"bindings", .text = &o->bindings},
        {"server-first", .set = &o->server_first},
        {"echo", .set = &o->echo},
        {"echo-only", .set = &echo_only},
        {"count", .number = &o->count},
        {"hold", .set = &o->hold},
        {"pause-leg", .set = &o->pause_leg},
        {.name = NULL}};

    *o = (struct options){.package = "Kerberos",
                          .host = "127.0.0.1",
                          .port = "4444",
                          .message = "hello",
                          .password_fd = -1,
                          .count = 1};
    if (!options_parse(argc, argv, table, &rest))
        return false;
    if (rest < argc)
        o->message = argv[rest++];
    if (!o->requirements)
        o->requirements = ISC_REQ_MUTUAL_AUTH | ISC_REQ_INTEGRITY | ISC_REQ_CONFIDENTIALITY;
    o->requirements |= o->besides;
    o->for_user = for_user != NULL;
    o->identity = (struct sspi_identity){.user = (char *)(uintptr_t)(for_user ? for_user : user),
                                         .domain = (char *)(uintptr_t)domain};
    o->unsigned_only = echo_only;
    o->echo = o->echo || echo_only;
    return rest == argc && o->count > 0 &&
           (!o->identity.user || o->for_user || o->password_fd >= 0);
}

/* Where the credential asks its KDCs. */
static bool set_proxy(struct sspi_peer *peer, const struct options *o)
{
    struct {
        SecPkgCredentials_KdcProxySettingsW head;
        WCHAR server[256];
    } settings = {{.Version = KDC_PROXY_SETTINGS_V1,
                   .Flags = KDC_PROXY_SETTINGS_FLAGS_FORCEPROXY,
                   .ProxyServerOffset = sizeof(settings.head)},
                  {0}};
    SecPkgCredentials_KdcUrlA url = {(SEC_CHAR *)(uintptr_t)o->kdc_url};
    size_t length = o->kdc_proxy ? strlen(o->kdc_proxy) : 0;
    SECURITY_STATUS status = SEC_E_OK;

    if (o->kdc_url)
        status = SetCredentialsAttributesA(&peer->credential, SECPKG_CRED_ATTR_KDC_URL, &url,
                                           sizeof(url));
    for (size_t i = 0; i < length && i < 256; i++)
        settings.server[i] = (WCHAR)o->kdc_proxy[i];
    settings.head.ProxyServerLength = (USHORT)(length * sizeof(WCHAR));
    if (status == SEC_E_OK && o->kdc_proxy)
        status = SetCredentialsAttributesW(&peer->credential, SECPKG_CRED_ATTR_KDC_PROXY_SETTINGS,
                                           &settings, sizeof(settings));
    if (status != SEC_E_OK)
        sspi_complain("SetCredentialsAttributes", peer, status);
    return status == SEC_E_OK;
}

static void wait_for_line(const char *when)
{
    int c;

    printf("waiting %s\n", when);
    fflush(stdout);
    while ((c = getchar()) != '\n' && c != EOF)
        ;
}

/* The legs of the handshake; `*legs` counts the tokens sent. */
static bool connect_context(struct sspi_peer *peer, const struct options *o, int fd, int *legs)
{
    SecBuffer bindings = sspi_bindings(o->bindings);
    struct frame in = {0};
    SECURITY_STATUS status;
    bool done = false;

    if (!frame_send(fd, FRAME_NOOP | FRAME_CONTEXT_NEXT, "", 0) ||
        (o->server_first && (!frame_send(fd, FRAME_CONTEXT, "", 0) || !frame_receive(fd, &in))))
        goto out;
    do {
        SecBuffer token = {0, SECBUFFER_TOKEN, NULL},
                  given[2] = {bindings, {(ULONG)in.size, SECBUFFER_TOKEN, in.data}};
        SecBufferDesc output = {SECBUFFER_VERSION, 1, &token},
                      input = {SECBUFFER_VERSION, in.data ? 2 : 1, given};

        if (peer->have_context && o->pause_leg)
            wait_for_line("before the next leg");
        status = InitializeSecurityContextA(
            &peer->credential, peer->have_context ? &peer->context : NULL,
            (SEC_CHAR *)(uintptr_t)o->target, o->requirements | ISC_REQ_ALLOCATE_MEMORY, 0,
            SECURITY_NATIVE_DREP, in.data || o->bindings ? &input : NULL, 0, &peer->context,
            &output, &peer->attributes, NULL);
        frame_free(&in);
        if (status >= 0)
            peer->have_context = true;
        /* The first word of a datagram client is an empty one. */
        if (token.cbBuffer > 0 || (status == SEC_I_CONTINUE_NEEDED && !*legs)) {
            bool sent = frame_send(fd, FRAME_CONTEXT, token.pvBuffer, token.cbBuffer);

            FreeContextBuffer(token.pvBuffer);
            (*legs)++;
            if (!sent)
                goto out;
        }
        if (status < 0) {
            sspi_complain("InitializeSecurityContext", peer, status);
            goto out;
        }
        if (status == SEC_I_CONTINUE_NEEDED && !frame_receive(fd, &in))
            goto out;
    } while (status == SEC_I_CONTINUE_NEEDED);
    done = sspi_established(peer);
out:
    free(bindings.pvBuffer);
    frame_free(&in);
    return done;
}

/*
 * The message as gss_unwrap() on the other side takes it. gss-ntlmssp takes sealed ones only: an
 * NTLM context without confidentiality sends the text as it is.
 */
static bool send_message(struct sspi_peer *peer, const struct options *o, int fd, unsigned flags)
{
    bool encrypt = (peer->attributes & ISC_RET_CONFIDENTIALITY) != 0, sent;
    size_t size = strlen(o->message);
    struct sspi_bytes token;

    flags |= FRAME_DATA;
    if (!encrypt && peer->is_ntlm) {
        printf("sent: %zu bytes, in the clear\n", size);
        return frame_send(fd, flags, o->message, size);
    }
    if (!sspi_wrap(peer, encrypt, o->message, size, &token))
        return false;
    flags |= FRAME_WRAPPED | (encrypt ? FRAME_ENCRYPTED : 0);
    sent = frame_send(fd, flags, token.data, token.size);
    printf("sent: %zu bytes, %s, as %zu\n", size, encrypt ? "sealed" : "signed", token.size);
    free(token.data);
    return sent;
}

/* A message whose signature comes back. */
static bool exchange(struct sspi_peer *peer, const struct options *o, int fd)
{
    struct frame reply;
    bool good = false;

    if (!send_message(peer, o, fd, FRAME_SEND_MIC) || !frame_receive(fd, &reply))
        return false;
    if (reply.flags != FRAME_MIC)
        complain(
            "the acceptor's reply is no signature (flags 0x%02x); it may have refused the message",
            reply.flags);
    else
        good = sspi_verify(peer, o->message, strlen(o->message), reply.data, reply.size);
    if (good)
        printf("reply: the acceptor's signature of the message is good\n");
    frame_free(&reply);
    return good;
}

/* A message that comes back itself, sealed. */
static bool exchange_echo(struct sspi_peer *peer, const struct options *o, int fd)
{
    struct sspi_bytes echo = {0};
    struct frame reply;
    bool encrypted = false, good = false;

    if (!send_message(peer, o, fd, 0) || !frame_receive(fd, &reply))
        return false;
    if (!(reply.flags & FRAME_ENCRYPTED))
        complain("the message does not come back sealed; the acceptor needs --echo");
    else if (sspi_unwrap(peer, reply.data, reply.size, &echo, &encrypted))
        good = encrypted && echo.size == strlen(o->message) &&
               memcmp(echo.data, o->message, echo.size) == 0;
    if (good)
        printf("echo: the message came back sealed and unchanged\n");
    else
        complain("the message did not come back sealed and unchanged");
    free(echo.data);
    frame_free(&reply);
    return good;
}

int main(int argc, char **argv)
{
    struct options o;
    struct sspi_peer peer = {0};
    char target[300];
    int fd = -1, legs = 0, i, result = 1;
    double begin;

    program = "sspi-client";
    if (!parse(argc, argv, &o)) {
        fputs(usage, stderr);
        return 2;
    }
    peer.package = o.package;
    if (!o.target) {
        snprintf(target, sizeof(target), "host/%s", o.host);
        o.target = target;
    }
    if (o.identity.user && !o.for_user) {
        o.identity.password = read_secret(o.password_fd);
        if (!o.identity.password)
            goto out;
    }
    begin = now_ms();
    if (!sspi_acquire(&peer, SECPKG_CRED_OUTBOUND, o.principal, &o.identity) ||
        !set_proxy(&peer, &o))
        goto out;
    printf("credentials: %s, %s, %.2f ms\n", o.package, o.identity.user ? "given" : "default",
           now_ms() - begin);
    fd = wire_connect(o.host, o.port);
    if (fd < 0)
        goto out;
    begin = now_ms();
    if (!connect_context(&peer, &o, fd, &legs))
        goto out;
    printf("context: %s to %s, %d leg%s, %.2f ms%s%s%s\n", o.package, o.target, legs,
           legs == 1 ? "" : "s", now_ms() - begin,
           peer.attributes & ISC_RET_MUTUAL_AUTH ? ", mutual authentication" : "",
           peer.attributes & ISC_RET_INTEGRITY ? ", integrity" : "",
           peer.attributes & ISC_RET_CONFIDENTIALITY ? ", confidentiality" : "");
    sspi_describe(&peer);
    if ((o.requirements & ISC_REQ_MUTUAL_AUTH) && !(peer.attributes & ISC_RET_MUTUAL_AUTH) &&
        strcmp(o.package, "Kerberos") == 0) {
        complain("mutual authentication was asked for and is missing");
        goto out;
    }
    if (o.hold)
        wait_for_line("with the context established");
    for (i = 0; i < o.count; i++)
        if ((!o.unsigned_only && !exchange(&peer, &o, fd)) ||
            (o.echo && !exchange_echo(&peer, &o, fd)))
            goto out;
    if (!frame_send(fd, FRAME_NOOP, "", 0))
        goto out;
    result = 0;
out:
    if (fd >= 0)
        close(fd);
    sspi_close(&peer);
    secret_free(o.identity.password);
    return result;
}
