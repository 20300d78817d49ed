/*
 * gss-acceptor: accepts contexts of one GSSAPI mechanism in the framing of gss-server, prints the
 * messages, signs them back, and with --echo sends them back sealed. Plain GSSAPI: the other end of
 * a test, with no code of ours in the security.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/programs/gss.h"
#include "tests/programs/wire.h"

static const char usage[] =
    "usage: gss-acceptor [options]   (NTLM accounts: environment variable NTLM_USER_FILE; "
    "Kerberos: KRB5_KTNAME)\n"
    "  --mech NAME      ntlm (default), kerberos, spnego, or an object identifier\n"
    "  --service NAME   accept as this host-based service (service@host); without it any\n"
    "  --listen HOST    (127.0.0.1)\n"
    "  --port PORT      (4445; 0: any, printed in the first line)\n"
    "  --bindings TEXT  accept over the channel of that name only\n"
    "  --inner LIST     spnego: the mechanisms to take, as ntlm,kerberos\n"
    "  --sequence N     gss-ntlmssp: the number of the first message, of a datagram context\n"
    "  --echo           send a message that asks for no signature back, sealed\n"
    "  --count N        connections to take before the end (0: no end)\n";

struct options {
    const char *mechanism, *service, *host, *port, *bindings, *inner, *sequence;
    bool echo;
    int count;
};

static bool parse(int argc, char **argv, struct options *o)
{
    enum { MECH = 1, SERVICE, LISTEN, PORT, ECHO_BACK, COUNT, BINDINGS, INNER, SEQUENCE };
    static const struct option names[] = {
        {"mech", 1, NULL, MECH},     {"service", 1, NULL, SERVICE},
        {"listen", 1, NULL, LISTEN}, {"bindings", 1, NULL, BINDINGS},
        {"port", 1, NULL, PORT},     {"echo", 0, NULL, ECHO_BACK},
        {"inner", 1, NULL, INNER},   {"sequence", 1, NULL, SEQUENCE},
        {"count", 1, NULL, COUNT},   {NULL, 0, NULL, 0}};
    int c;

    *o = (struct options){.mechanism = "ntlm", .host = "127.0.0.1", .port = "4445"};
    while ((c = getopt_long(argc, argv, "", names, NULL)) != -1) {
        switch (c) {
        case MECH:
            o->mechanism = optarg;
            break;
        case SERVICE:
            o->service = optarg;
            break;
        case LISTEN:
            o->host = optarg;
            break;
        case PORT:
            o->port = optarg;
            break;
        case BINDINGS:
            o->bindings = optarg;
            break;
        case INNER:
            o->inner = optarg;
            break;
        case SEQUENCE:
            o->sequence = optarg;
            break;
        case ECHO_BACK:
            o->echo = true;
            break;
        case COUNT:
            o->count = atoi(optarg);
            break;
        default:
            return false;
        }
    }
    return optind == argc;
}

static bool accept_context(gss_cred_id_t credential, gss_OID mechanism, const struct options *o,
                           gss_ctx_id_t *context, int fd)
{
    gss_buffer_desc output = GSS_C_EMPTY_BUFFER;
    OM_uint32 major, minor, ignored;
    struct frame in;
    bool sent = true;

    do {
        gss_buffer_desc input;

        if (!frame_receive(fd, &in))
            return false;
        input.value = in.data;
        input.length = in.size;
        major =
            gss_accept_sec_context(&minor, context, credential, &input, gss_channel(o->bindings),
                                   NULL, NULL, &output, NULL, NULL, NULL);
        frame_free(&in);
        if (output.length > 0)
            sent = frame_send(fd, FRAME_CONTEXT, output.value, output.length);
        gss_release_buffer(&ignored, &output);
        if (GSS_ERROR(major))
            gss_complain("gss_accept_sec_context", major, minor, mechanism);
    } while (sent && major == GSS_S_CONTINUE_NEEDED);
    return sent && major == GSS_S_COMPLETE;
}

static bool reply(gss_ctx_id_t context, gss_buffer_t message, const struct frame *in, bool echo,
                  int fd)
{
    gss_buffer_desc token = GSS_C_EMPTY_BUFFER;
    OM_uint32 major, minor, ignored;
    int sealed = 0;
    bool good = false;

    if (in->flags & FRAME_SEND_MIC) {
        major = gss_get_mic(&minor, context, GSS_C_QOP_DEFAULT, message, &token);
        if (GSS_ERROR(major)) {
            gss_complain("gss_get_mic", major, minor, GSS_C_NO_OID);
            return false;
        }
        good = frame_send(fd, FRAME_MIC, token.value, token.length);
        gss_release_buffer(&ignored, &token);
        return good;
    }
    if (!echo)
        return frame_send(fd, FRAME_NOOP, "", 0);
    major = gss_wrap(&minor, context, 1, GSS_C_QOP_DEFAULT, message, &sealed, &token);
    if (GSS_ERROR(major) || !sealed) {
        gss_complain("gss_wrap", major, minor, GSS_C_NO_OID);
        return false;
    }
    good = frame_send(fd, FRAME_DATA | FRAME_WRAPPED | FRAME_ENCRYPTED, token.value, token.length);
    gss_release_buffer(&ignored, &token);
    return good;
}

static bool serve_message(gss_ctx_id_t context, const struct frame *in, bool echo, int fd)
{
    gss_buffer_desc given = {in->size, in->data}, message = GSS_C_EMPTY_BUFFER;
    OM_uint32 major, minor, ignored;
    int sealed = 0;
    bool good;

    if (!(in->flags & FRAME_WRAPPED)) {
        printf("received: %zu bytes, plain: %.*s\n", in->size, (int)in->size, (char *)in->data);
        fflush(stdout);
        return reply(context, &given, in, echo, fd);
    }
    major = gss_unwrap(&minor, context, &given, &message, &sealed, NULL);
    if (GSS_ERROR(major)) {
        gss_complain("gss_unwrap", major, minor, GSS_C_NO_OID);
        return false;
    }
    printf("received: %zu bytes, %s: %.*s\n", message.length, sealed ? "sealed" : "signed",
           (int)message.length, (char *)message.value);
    fflush(stdout);
    if ((in->flags & FRAME_ENCRYPTED) && !sealed)
        complain("the message was said to be sealed, and is not");
    good = ((in->flags & FRAME_ENCRYPTED) == 0 || sealed) && reply(context, &message, in, echo, fd);
    gss_release_buffer(&ignored, &message);
    return good;
}

static bool serve(gss_cred_id_t credential, gss_OID mechanism, const struct options *o, int fd)
{
    gss_ctx_id_t context = GSS_C_NO_CONTEXT;
    OM_uint32 ignored;
    struct frame in;
    bool good = false;

    if (!frame_receive(fd, &in))
        return false;
    if (!(in.flags & FRAME_CONTEXT_NEXT)) {
        complain("the initiator does not begin a handshake (flags 0x%02x)", in.flags);
        goto out;
    }
    if (!accept_context(credential, mechanism, o, &context, fd))
        goto out;
    gss_describe(context);
    if (o->sequence && !gss_ntlm_set_sequence(&context, (uint32_t)strtoul(o->sequence, NULL, 0)))
        goto out;
    for (;;) {
        frame_free(&in);
        if (!frame_receive(fd, &in))
            goto out;
        if (in.flags & FRAME_NOOP)
            break;
        if (!serve_message(context, &in, o->echo, fd))
            goto out;
    }
    good = true;
out:
    frame_free(&in);
    gss_delete_sec_context(&ignored, &context, GSS_C_NO_BUFFER);
    return good;
}

static bool acquire(const struct options *o, gss_OID mechanism, gss_cred_id_t *credential)
{
    gss_OID_set_desc mechanisms = {1, mechanism};
    gss_name_t name = GSS_C_NO_NAME;
    gss_buffer_desc text;
    OM_uint32 major = GSS_S_COMPLETE, minor, ignored;

    if (o->service) {
        text.value = (void *)(uintptr_t)o->service;
        text.length = strlen(o->service);
        major = gss_import_name(&minor, &text, GSS_C_NT_HOSTBASED_SERVICE, &name);
        if (GSS_ERROR(major))
            gss_complain("gss_import_name", major, minor, mechanism);
    }
    if (!GSS_ERROR(major)) {
        major = gss_acquire_cred(&minor, name, GSS_C_INDEFINITE, &mechanisms, GSS_C_ACCEPT,
                                 credential, NULL, NULL);
        if (GSS_ERROR(major))
            gss_complain("gss_acquire_cred", major, minor, mechanism);
        else if (o->inner && !gss_inner(*credential, o->inner))
            major = GSS_S_FAILURE;
    }
    gss_release_name(&ignored, &name);
    return !GSS_ERROR(major);
}

int main(int argc, char **argv)
{
    gss_cred_id_t credential = GSS_C_NO_CREDENTIAL;
    gss_OID mechanism;
    struct options o;
    OM_uint32 ignored;
    int listener, fd, taken, result = 0;

    program = "gss-acceptor";
    if (!parse(argc, argv, &o)) {
        fputs(usage, stderr);
        return 2;
    }
    mechanism = gss_mechanism(o.mechanism);
    if (mechanism == GSS_C_NO_OID || !acquire(&o, mechanism, &credential))
        return 1;
    listener = wire_listen(o.host, o.port);
    if (listener < 0)
        return 1;
    for (taken = 0; o.count == 0 || taken < o.count; taken++) {
        fd = wire_accept(listener);
        if (fd < 0)
            return 1;
        if (serve(credential, mechanism, &o, fd))
            printf("done\n");
        else
            result = 1;
        fflush(stdout);
        close(fd);
    }
    close(listener);
    gss_release_cred(&ignored, &credential);
    gss_release_oid(&ignored, &mechanism);
    return result;
}
