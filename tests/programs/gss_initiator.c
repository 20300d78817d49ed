/*
 * gss-initiator: makes a context of one GSSAPI mechanism to an acceptor in the framing of
 * gss-server, sends a sealed message, verifies the signature that comes back, and with --echo opens
 * the message that comes back sealed. Plain GSSAPI.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/secret.h"
#include "tests/programs/gss.h"
#include "tests/programs/wire.h"

static const char usage[] =
    "usage: gss-initiator [options] [MESSAGE]\n"
    "  --mech NAME       ntlm (default), kerberos, spnego, or an object identifier\n"
    "  --service NAME    host-based service to authenticate to (host@localhost)\n"
    "  --host HOST       where the acceptor listens (127.0.0.1)\n"
    "  --port PORT       (4445)\n"
    "  --user NAME       who to be; NTLM: DOMAIN\\user, default the first of NTLM_USER_FILE\n"
    "  --password-fd N   descriptor the password is read from; without it the mechanism's own "
    "credentials\n"
    "  --no-wrap         send the message in the clear and have it signed back only\n"
    "  --inner LIST      spnego: the mechanisms to offer, as ntlm,kerberos\n"
    "  --flags LIST      what to ask for, instead of mutual,replay,sequence,integrity,"
    "confidentiality\n"
    "  --neg-flags HEX   gss-ntlmssp: the flags of its NEGOTIATE message\n"
    "  --sequence N      gss-ntlmssp: the number of the first message, of a datagram context\n"
    "  --dce             three legs (GSS_C_DCE_STYLE)\n"
    "  --bindings TEXT   bind the context to the channel of that name\n"
    "  --echo            send the message once more, to come back sealed\n"
    "  --echo-only       that alone: no signature is asked for\n";

struct options {
    const char *mechanism, *service, *host, *port, *user, *message, *bindings, *inner, *flags,
        *neg_flags, *sequence;
    int password_fd;
    bool echo, unsigned_only, plain, dce;
};

static bool parse(int argc, char **argv, struct options *o)
{
    enum {
        MECH = 1,
        SERVICE,
        HOST,
        PORT,
        USER,
        PASSWORD,
        ECHO_BACK,
        PLAIN,
        DCE,
        BINDINGS,
        INNER,
        FLAGS,
        NEG_FLAGS,
        SEQUENCE,
        ECHO_ONLY
    };
    static const struct option names[] = {{"mech", 1, NULL, MECH},
                                          {"service", 1, NULL, SERVICE},
                                          {"host", 1, NULL, HOST},
                                          {"port", 1, NULL, PORT},
                                          {"user", 1, NULL, USER},
                                          {"password-fd", 1, NULL, PASSWORD},
                                          {"dce", 0, NULL, DCE},
                                          {"bindings", 1, NULL, BINDINGS},
                                          {"echo", 0, NULL, ECHO_BACK},
                                          {"no-wrap", 0, NULL, PLAIN},
                                          {"echo-only", 0, NULL, ECHO_ONLY},
                                          {"inner", 1, NULL, INNER},
                                          {"flags", 1, NULL, FLAGS},
                                          {"neg-flags", 1, NULL, NEG_FLAGS},
                                          {"sequence", 1, NULL, SEQUENCE},
                                          {NULL, 0, NULL, 0}};
    int c;

    *o = (struct options){.mechanism = "ntlm",
                          .service = "host@localhost",
                          .host = "127.0.0.1",
                          .port = "4445",
                          .message = "hello",
                          .password_fd = -1};
    while ((c = getopt_long(argc, argv, "", names, NULL)) != -1) {
        switch (c) {
        case MECH:
            o->mechanism = optarg;
            break;
        case SERVICE:
            o->service = optarg;
            break;
        case HOST:
            o->host = optarg;
            break;
        case PORT:
            o->port = optarg;
            break;
        case USER:
            o->user = optarg;
            break;
        case PASSWORD:
            o->password_fd = atoi(optarg);
            break;
        case DCE:
            o->dce = true;
            break;
        case BINDINGS:
            o->bindings = optarg;
            break;
        case ECHO_BACK:
            o->echo = true;
            break;
        case INNER:
            o->inner = optarg;
            break;
        case FLAGS:
            o->flags = optarg;
            break;
        case NEG_FLAGS:
            o->neg_flags = optarg;
            break;
        case SEQUENCE:
            o->sequence = optarg;
            break;
        case ECHO_ONLY:
            o->echo = o->unsigned_only = true;
            break;
        case PLAIN:
            o->plain = true;
            break;
        default:
            return false;
        }
    }
    if (optind < argc)
        o->message = argv[optind++];
    return optind == argc;
}

static bool import(const char *text, gss_OID type, gss_name_t *name)
{
    gss_buffer_desc buffer = {strlen(text), (void *)(uintptr_t)text};
    OM_uint32 minor, major = gss_import_name(&minor, &buffer, type, name);

    if (GSS_ERROR(major))
        gss_complain("gss_import_name", major, minor, GSS_C_NO_OID);
    return !GSS_ERROR(major);
}

static bool acquire(const struct options *o, gss_OID mechanism, gss_cred_id_t *credential)
{
    gss_OID_set_desc mechanisms = {1, mechanism};
    gss_name_t name = GSS_C_NO_NAME;
    gss_buffer_desc password = GSS_C_EMPTY_BUFFER;
    OM_uint32 major = GSS_S_FAILURE, minor = 0, ignored;

    if (o->user && !import(o->user, GSS_C_NT_USER_NAME, &name))
        goto out;
    if (o->password_fd >= 0) {
        password.value = read_secret(o->password_fd);
        if (!password.value)
            goto out;
        password.length = strlen(password.value);
        major = gss_acquire_cred_with_password(&minor, name, &password, GSS_C_INDEFINITE,
                                               &mechanisms, GSS_C_INITIATE, credential, NULL, NULL);
    } else {
        major = gss_acquire_cred(&minor, name, GSS_C_INDEFINITE, &mechanisms, GSS_C_INITIATE,
                                 credential, NULL, NULL);
    }
    if (GSS_ERROR(major))
        gss_complain("gss_acquire_cred", major, minor, mechanism);
    else if ((o->inner && !gss_inner(*credential, o->inner)) ||
             (o->neg_flags &&
              !gss_ntlm_set_flags(credential, (uint32_t)strtoul(o->neg_flags, NULL, 16))))
        major = GSS_S_FAILURE;
out:
    secret_free(password.value);
    gss_release_name(&ignored, &name);
    return !GSS_ERROR(major);
}

static bool connect_context(const struct options *o, gss_OID mechanism, gss_cred_id_t credential,
                            gss_ctx_id_t *context, int fd)
{
    OM_uint32 major, minor, ignored,
        flags = GSS_C_MUTUAL_FLAG | GSS_C_REPLAY_FLAG | GSS_C_SEQUENCE_FLAG | GSS_C_INTEG_FLAG |
                (o->plain ? 0 : GSS_C_CONF_FLAG) | (o->dce ? GSS_C_DCE_STYLE : 0);
    gss_buffer_desc output = GSS_C_EMPTY_BUFFER;
    gss_name_t target = GSS_C_NO_NAME;
    struct frame in = {0};
    bool good = false, sent = true, first = true;

    if ((o->flags && !gss_flags(o->flags, &flags)) ||
        !import(o->service, GSS_C_NT_HOSTBASED_SERVICE, &target) ||
        !frame_send(fd, FRAME_NOOP | FRAME_CONTEXT_NEXT, "", 0))
        goto out;
    for (;;) {
        gss_buffer_desc input = {in.size, in.data};

        major = gss_init_sec_context(&minor, credential, context, target, mechanism, flags, 0,
                                     gss_channel(o->bindings), &input, NULL, &output, NULL, NULL);
        frame_free(&in);
        /* The first word of a datagram client is an empty one. */
        if (output.length > 0 || (major == GSS_S_CONTINUE_NEEDED && first))
            sent = frame_send(fd, FRAME_CONTEXT, output.value, output.length);
        gss_release_buffer(&ignored, &output);
        first = false;
        if (GSS_ERROR(major)) {
            gss_complain("gss_init_sec_context", major, minor, mechanism);
            goto out;
        }
        if (!sent || major == GSS_S_COMPLETE)
            break;
        if (!frame_receive(fd, &in))
            goto out;
    }
    good = sent;
out:
    gss_release_name(&ignored, &target);
    return good;
}

static bool send_message(const struct options *o, gss_ctx_id_t context, gss_buffer_t message,
                         unsigned flags, int fd)
{
    gss_buffer_desc token = GSS_C_EMPTY_BUFFER;
    OM_uint32 major, minor, ignored;
    int sealed = 0;
    bool sent;

    if (o->plain) {
        printf("sent: %zu bytes, in the clear\n", message->length);
        return frame_send(fd, FRAME_DATA | flags, message->value, message->length);
    }
    major = gss_wrap(&minor, context, 1, GSS_C_QOP_DEFAULT, message, &sealed, &token);
    if (GSS_ERROR(major)) {
        gss_complain("gss_wrap", major, minor, GSS_C_NO_OID);
        return false;
    }
    if (!sealed)
        complain("the message could not be sealed");
    sent = sealed && frame_send(fd, FRAME_DATA | FRAME_WRAPPED | FRAME_ENCRYPTED | flags,
                                token.value, token.length);
    printf("sent: %zu bytes, sealed, as %zu\n", message->length, token.length);
    gss_release_buffer(&ignored, &token);
    return sent;
}

/* The message once more, to come back sealed. */
static bool check_echo(const struct options *o, gss_ctx_id_t context, gss_buffer_t message, int fd)
{
    gss_buffer_desc opened = GSS_C_EMPTY_BUFFER, given;
    OM_uint32 major, minor, ignored;
    struct frame reply;
    int sealed = 0;
    bool good;

    if (!send_message(o, context, message, 0, fd) || !frame_receive(fd, &reply))
        return false;
    given = (gss_buffer_desc){reply.size, reply.data};
    major = gss_unwrap(&minor, context, &given, &opened, &sealed, NULL);
    if (GSS_ERROR(major))
        gss_complain("gss_unwrap", major, minor, GSS_C_NO_OID);
    good = !GSS_ERROR(major) && sealed && opened.length == message->length &&
           memcmp(opened.value, message->value, opened.length) == 0;
    if (good)
        printf("echo: the message came back sealed and unchanged\n");
    else
        complain("the message did not come back sealed and unchanged");
    gss_release_buffer(&ignored, &opened);
    frame_free(&reply);
    return good;
}

static bool exchange(const struct options *o, gss_ctx_id_t context, int fd)
{
    gss_buffer_desc message = {strlen(o->message), (void *)(uintptr_t)o->message}, mic;
    OM_uint32 major, minor;
    struct frame reply;

    if (o->unsigned_only)
        return check_echo(o, context, &message, fd);
    if (!send_message(o, context, &message, FRAME_SEND_MIC, fd) || !frame_receive(fd, &reply))
        return false;
    mic = (gss_buffer_desc){reply.size, reply.data};
    major = gss_verify_mic(&minor, context, &message, &mic, NULL);
    frame_free(&reply);
    if (major != GSS_S_COMPLETE) {
        gss_complain("gss_verify_mic", major, minor, GSS_C_NO_OID);
        return false;
    }
    printf("reply: the acceptor's signature of the message is good\n");
    return !o->echo || check_echo(o, context, &message, fd);
}

int main(int argc, char **argv)
{
    gss_cred_id_t credential = GSS_C_NO_CREDENTIAL;
    gss_ctx_id_t context = GSS_C_NO_CONTEXT;
    gss_OID mechanism;
    struct options o;
    OM_uint32 ignored;
    int fd = -1, result = 1;

    program = "gss-initiator";
    if (!parse(argc, argv, &o)) {
        fputs(usage, stderr);
        return 2;
    }
    mechanism = gss_mechanism(o.mechanism);
    if (mechanism == GSS_C_NO_OID || !acquire(&o, mechanism, &credential))
        goto out;
    fd = wire_connect(o.host, o.port);
    if (fd < 0 || !connect_context(&o, mechanism, credential, &context, fd))
        goto out;
    gss_describe(context);
    if (o.sequence && !gss_ntlm_set_sequence(&context, (uint32_t)strtoul(o.sequence, NULL, 0)))
        goto out;
    if (exchange(&o, context, fd) && frame_send(fd, FRAME_NOOP, "", 0))
        result = 0;
out:
    if (fd >= 0)
        close(fd);
    gss_delete_sec_context(&ignored, &context, GSS_C_NO_BUFFER);
    gss_release_cred(&ignored, &credential);
    gss_release_oid(&ignored, &mechanism);
    return result;
}
