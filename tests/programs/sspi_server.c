/*
 * sspi-server: accepts contexts through libsspi from initiators that speak the framing of MIT's
 * gss-client: it takes their messages, prints them, and signs them back. One connection after the
 * other.
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
    "usage: sspi-server [options]\n"
    "  --package NAME       security package (Kerberos)\n"
    "  --principal NAME     service to accept as; without it any in the keytab\n"
    "  --listen HOST        (127.0.0.1)\n"
    "  --port PORT          (4444; 0: any, printed in the first line)\n"
    "  --user NAME          NTLM: the account to verify\n"
    "  --domain NAME        its domain\n"
    "  --password-fd N      descriptor its password is read from, or\n"
    "  --password-file PATH the file\n"
    "  --user-to-user --extended-error --datagram --allow-missing-bindings --anonymous\n"
    "                       ASC_REQ_USE_SESSION_KEY and so on\n"
    "  --bindings TEXT      accept over the channel of that name only\n"
    "  --forward-to TARGET  make a token for that service in the client's name\n"
    "  --by-session         that is, by the client's logon session; else impersonating it\n"
    "  --echo               send a message that asks for no signature back, sealed\n"
    "  --count N            connections to take before the end (0: no end)\n";

struct options {
    const char *package, *principal, *host, *port, *password_file, *bindings, *forward_to;
    struct sspi_identity identity;
    int password_fd, count;
    ULONG requirements;
    bool echo, by_session;
};

static bool parse(int argc, char **argv, struct options *o)
{
    const char *user = NULL, *domain = NULL;
    int rest;
    const struct program_option table[] = {
        {"package", .text = &o->package},
        {"principal", .text = &o->principal},
        {"listen", .text = &o->host},
        {"port", .text = &o->port},
        {"user", .text = &user},
        {"domain", .text = &domain},
        {"password-fd", .number = &o->password_fd},
        {"password-file", .text = &o->password_file},
        {"user-to-user", .bits = &o->requirements, .bit = ASC_REQ_USE_SESSION_KEY},
        {"extended-error", .bits = &o->requirements, .bit = ASC_REQ_EXTENDED_ERROR},
        {"datagram", .bits = &o->requirements, .bit = ASC_REQ_DATAGRAM},
        {"allow-missing-bindings", .bits = &o->requirements, .bit = ASC_REQ_ALLOW_MISSING_BINDINGS},
        {"anonymous", .bits = &o->requirements, .bit = ASC_REQ_ALLOW_NULL_SESSION},
        {"bindings", .text = &o->bindings},
        {"forward-to", .text = &o->forward_to},
        {"by-session", .set = &o->by_session},
        {"echo", .set = &o->echo},
        {"count", .number = &o->count},
        {.name = NULL}};

    *o = (struct options){
        .package = "Kerberos", .host = "127.0.0.1", .port = "4444", .password_fd = -1};
    if (!options_parse(argc, argv, table, &rest))
        return false;
    o->identity = (struct sspi_identity){.user = (char *)(uintptr_t)user,
                                         .domain = (char *)(uintptr_t)domain};
    return rest == argc && (!user || o->password_fd >= 0 || o->password_file);
}

static bool accept_context(struct sspi_peer *peer, const struct options *o, int fd)
{
    SecBuffer bindings = sspi_bindings(o->bindings);
    struct frame in = {0};
    SECURITY_STATUS status;
    bool sent = true;

    do {
        SecBuffer token = {0, SECBUFFER_TOKEN, NULL}, given[2] = {{0}, bindings};
        SecBufferDesc output = {SECBUFFER_VERSION, 1, &token},
                      input = {SECBUFFER_VERSION, 2, given};

        sent = frame_receive(fd, &in);
        if (!sent)
            break;
        given[0] = (SecBuffer){(ULONG)in.size, SECBUFFER_TOKEN, in.data};
        status = AcceptSecurityContext(
            &peer->credential, peer->have_context ? &peer->context : NULL, &input,
            o->requirements | ASC_REQ_ALLOCATE_MEMORY, SECURITY_NATIVE_DREP, &peer->context,
            &output, &peer->attributes, NULL);
        frame_free(&in);
        if (status >= 0)
            peer->have_context = true;
        if (token.cbBuffer > 0) {
            sent = frame_send(fd, FRAME_CONTEXT, token.pvBuffer, token.cbBuffer);
            FreeContextBuffer(token.pvBuffer);
        }
        if (status < 0)
            sspi_complain("AcceptSecurityContext", peer, status);
    } while (sent && status == SEC_I_CONTINUE_NEEDED);
    free(bindings.pvBuffer);
    return sent && status == SEC_E_OK && sspi_established(peer);
}

/* One message: opened, printed, and answered with its signature or, for --echo, with itself. */
static bool serve_message(struct sspi_peer *peer, const struct frame *in, bool echo, int fd)
{
    struct sspi_bytes message = {0}, token = {0};
    bool encrypted = false, good = false;

    if (in->flags & FRAME_WRAPPED) {
        if (!sspi_unwrap(peer, in->data, in->size, &message, &encrypted))
            return false;
    } else {
        message.data = (unsigned char *)strdup((const char *)in->data);
        message.size = in->size;
    }
    if ((in->flags & FRAME_WRAPPED) && (in->flags & FRAME_ENCRYPTED) && !encrypted) {
        complain("the message was said to be sealed, and is not");
        goto out;
    }
    printf("received: %zu bytes, %s: %.*s\n", message.size,
           encrypted                   ? "sealed"
           : in->flags & FRAME_WRAPPED ? "signed"
                                       : "plain",
           (int)message.size, message.data);
    fflush(stdout);
    if (in->flags & FRAME_SEND_MIC)
        good = sspi_sign(peer, message.data, message.size, &token) &&
               frame_send(fd, FRAME_MIC, token.data, token.size);
    else if (echo)
        good = sspi_wrap(peer, true, message.data, message.size, &token) &&
               frame_send(fd, FRAME_DATA | FRAME_WRAPPED | FRAME_ENCRYPTED, token.data, token.size);
    else
        good = frame_send(fd, FRAME_NOOP, "", 0);
out:
    free(message.data);
    free(token.data);
    return good;
}

static bool serve(struct sspi_peer *peer, const struct options *o, int fd)
{
    struct frame in = {0};
    bool good = false;

    if (!frame_receive(fd, &in))
        return false;
    if (!(in.flags & FRAME_CONTEXT_NEXT)) {
        complain("the initiator does not begin a handshake (flags 0x%02x)", in.flags);
        goto out;
    }
    if (!accept_context(peer, o, fd))
        goto out;
    printf("context: %s%s%s%s\n", peer->package,
           peer->attributes & ASC_RET_MUTUAL_AUTH ? ", mutual authentication" : "",
           peer->attributes & ASC_RET_INTEGRITY ? ", integrity" : "",
           peer->attributes & ASC_RET_CONFIDENTIALITY ? ", confidentiality" : "");
    sspi_describe(peer);
    fflush(stdout);
    for (;;) {
        frame_free(&in);
        if (!frame_receive(fd, &in))
            goto out;
        if (in.flags & FRAME_NOOP)
            break;
        if (!serve_message(peer, &in, o->echo, fd))
            goto out;
    }
    good = true;
out:
    frame_free(&in);
    return good;
}

int main(int argc, char **argv)
{
    struct options o;
    struct sspi_peer peer = {0};
    int listener = -1, fd, taken, result = 1;

    program = "sspi-server";
    if (!parse(argc, argv, &o)) {
        fputs(usage, stderr);
        return 2;
    }
    peer.package = o.package;
    peer.forward_to = o.forward_to;
    peer.by_session = o.by_session;
    if (o.identity.user) {
        o.identity.password =
            o.password_file ? read_secret_file(o.password_file) : read_secret(o.password_fd);
        if (!o.identity.password)
            goto out;
    }
    if (!sspi_acquire(&peer, SECPKG_CRED_INBOUND, o.principal, &o.identity))
        goto out;
    listener = wire_listen(o.host, o.port);
    if (listener < 0)
        goto out;
    result = 0;
    for (taken = 0; o.count == 0 || taken < o.count; taken++) {
        fd = wire_accept(listener);
        if (fd < 0) {
            result = 1;
            break;
        }
        if (serve(&peer, &o, fd))
            printf("done\n");
        else
            result = 1;
        fflush(stdout);
        close(fd);
        if (peer.have_context)
            DeleteSecurityContext(&peer.context);
        peer.have_context = false;
    }
out:
    if (listener >= 0)
        close(listener);
    sspi_close(&peer);
    secret_free(o.identity.password);
    return result;
}
