/*
 * winpr-peer: the other end of a test is WinPR, FreeRDP's own SSPI (libwinpr2): a client or a
 * server in the framing of MIT's gss-client and gss-server, with its NTLM or its Negotiate. The
 * library is loaded at run time, and nothing of ours is in the security.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <security.h>

#include "base/secret.h"
#include "tests/programs/options.h"
#include "tests/programs/wire.h"

#define TOKEN_ROOM 65536 /* bytes; WinPR allocates no tokens where it is not asked twice */
#define NAME_ROOM  128

static const char usage[] =
    "usage: winpr-peer --accept|--connect [options] [MESSAGE]\n"
    "  --package NAME       NTLM (default) or Negotiate\n"
    "  --user NAME --domain NAME --password-fd N\n"
    "                       who to be, or the account that is verified\n"
    "  --module PATH        another library with the SSPI, as FreeRDP's /sspi-module:\n"
    "  --target SPN --host HOST --port PORT\n"
    "  --bindings TEXT      bind the context to the channel of that name\n"
    "  --sign-only          connect: ask for integrity alone, and send no message\n"
    "  --count N            messages, or connections that are accepted (0: no end)\n"
    "Messages are sealed, and come back sealed: WinPR 2 makes and verifies no signatures.\n";

struct options {
    const char *module, *package, *user, *domain, *target, *host, *port, *message, *bindings;
    int password_fd, count;
    bool accept, connect, sign_only;
};

struct winpr {
    PSecurityFunctionTableW table;
    CredHandle credential;
    CtxtHandle context;
    bool have_context;
    SecPkgContext_Sizes sizes;
    ULONG attributes;
    ULONG sent, received; /* messages: WinPR counts none, its callers do */
};

static bool parse(int argc, char **argv, struct options *o)
{
    int rest;
    const struct program_option table[] = {{"accept", .set = &o->accept},
                                           {"connect", .set = &o->connect},
                                           {"module", .text = &o->module},
                                           {"package", .text = &o->package},
                                           {"user", .text = &o->user},
                                           {"domain", .text = &o->domain},
                                           {"password-fd", .number = &o->password_fd},
                                           {"target", .text = &o->target},
                                           {"host", .text = &o->host},
                                           {"port", .text = &o->port},
                                           {"bindings", .text = &o->bindings},
                                           {"sign-only", .set = &o->sign_only},
                                           {"count", .number = &o->count},
                                           {.name = NULL}};

    *o = (struct options){.package = "NTLM",
                          .target = "host/localhost",
                          .host = "127.0.0.1",
                          .port = "4447",
                          .domain = "",
                          .message = "hello",
                          .password_fd = -1,
                          .count = 1};
    if (!options_parse(argc, argv, table, &rest))
        return false;
    if (rest < argc)
        o->message = argv[rest++];
    return rest == argc && o->accept != o->connect && o->user && o->password_fd >= 0;
}

static bool trouble(const char *function, SECURITY_STATUS status)
{
    complain("%s gives 0x%08x", function, (unsigned)status);
    return false;
}

static ULONG wide(WCHAR *out, const char *text) /* ASCII is enough here */
{
    ULONG units = 0;

    for (; units < NAME_ROOM - 1 && text[units]; units++)
        out[units] = (unsigned char)text[units];
    out[units] = 0;
    return units;
}

static bool acquire(struct winpr *p, const struct options *o)
{
    WCHAR user[NAME_ROOM], domain[NAME_ROOM], package[NAME_ROOM], *password = NULL;
    char *secret = read_secret(o->password_fd);
    SEC_WINNT_AUTH_IDENTITY_W id = {.User = (USHORT *)user,
                                    .UserLength = wide(user, o->user),
                                    .Domain = (USHORT *)domain,
                                    .DomainLength = wide(domain, o->domain),
                                    .Flags = SEC_WINNT_AUTH_IDENTITY_UNICODE};
    SECURITY_STATUS status = SEC_E_INSUFFICIENT_MEMORY;
    TimeStamp expiry;

    password = secret_alloc(NAME_ROOM * sizeof(WCHAR));
    if (secret && password) {
        id.Password = (USHORT *)password;
        id.PasswordLength = wide(password, secret);
        wide(package, o->package);
        status = p->table->AcquireCredentialsHandleW(
            NULL, package, o->accept ? SECPKG_CRED_INBOUND : SECPKG_CRED_OUTBOUND, NULL, &id, NULL,
            NULL, &p->credential, &expiry);
    }
    secret_free(secret);
    secret_free(password);
    return status == SEC_E_OK || trouble("AcquireCredentialsHandle", status);
}

/* ---- handshakes ---------------------------------------------------------------------------- */

static SecBuffer make_bindings(const char *text)
{
    SEC_CHANNEL_BINDINGS head = {.cbApplicationDataLength = text ? (ULONG)strlen(text) : 0,
                                 .dwApplicationDataOffset = sizeof(head)};
    SecBuffer buffer = {0, SECBUFFER_CHANNEL_BINDINGS, NULL};

    if (!text)
        return buffer;
    buffer.cbBuffer = (ULONG)(sizeof(head) + strlen(text));
    buffer.pvBuffer = malloc(buffer.cbBuffer);
    if (!buffer.pvBuffer)
        abort();
    memcpy(buffer.pvBuffer, &head, sizeof(head));
    memcpy((char *)buffer.pvBuffer + sizeof(head), text, strlen(text));
    return buffer;
}

static SECURITY_STATUS leg(struct winpr *p, const struct options *o, SecBufferDesc *input,
                           SecBufferDesc *output)
{
    CtxtHandle *old = p->have_context ? &p->context : NULL;
    ULONG wanted = o->sign_only ? ISC_REQ_INTEGRITY | ISC_REQ_SEQUENCE_DETECT
                                : ISC_REQ_INTEGRITY | ISC_REQ_CONFIDENTIALITY |
                                      ISC_REQ_SEQUENCE_DETECT | ISC_REQ_MUTUAL_AUTH;
    WCHAR target[NAME_ROOM];
    TimeStamp expiry;
    SECURITY_STATUS status;

    wide(target, o->target);
    if (o->accept)
        status = p->table->AcceptSecurityContext(
            &p->credential, old, input, ASC_REQ_CONFIDENTIALITY | ASC_REQ_INTEGRITY,
            SECURITY_NATIVE_DREP, &p->context, output, &p->attributes, &expiry);
    else
        status = p->table->InitializeSecurityContextW(&p->credential, old, target, wanted, 0,
                                                      SECURITY_NATIVE_DREP, input, 0, &p->context,
                                                      output, &p->attributes, &expiry);
    p->have_context = p->have_context || status >= 0;
    if (status == SEC_I_COMPLETE_NEEDED || status == SEC_I_COMPLETE_AND_CONTINUE) {
        /* WinPR verifies the client here. */
        SECURITY_STATUS completed = p->table->CompleteAuthToken(&p->context, output);

        if (completed != SEC_E_OK)
            return completed;
        status = status == SEC_I_COMPLETE_NEEDED ? SEC_E_OK : SEC_I_CONTINUE_NEEDED;
    }
    return status;
}

static bool handshake(struct winpr *p, const struct options *o, int fd)
{
    SecBuffer bindings = make_bindings(o->bindings);
    struct frame in = {0};
    SECURITY_STATUS status = SEC_I_CONTINUE_NEEDED;
    bool good = false;
    char *room = malloc(TOKEN_ROOM);

    if (!room || (o->connect && !frame_send(fd, FRAME_NOOP | FRAME_CONTEXT_NEXT, "", 0)) ||
        (o->accept && (!frame_receive(fd, &in) || !(in.flags & FRAME_CONTEXT_NEXT))))
        goto out;
    frame_free(&in);
    while (status == SEC_I_CONTINUE_NEEDED) {
        bool first = o->connect && !p->have_context;
        SecBuffer token = {TOKEN_ROOM, SECBUFFER_TOKEN, room}, given[2];
        SecBufferDesc output = {SECBUFFER_VERSION, 1, &token},
                      input = {SECBUFFER_VERSION, o->bindings ? 2 : 1, given};

        if (!first && !frame_receive(fd, &in))
            goto out;
        given[0] = (SecBuffer){(ULONG)in.size, SECBUFFER_TOKEN, in.data};
        given[1] = bindings;
        memset(room, 0, TOKEN_ROOM);
        status = leg(p, o, first ? NULL : &input, &output);
        frame_free(&in);
        if (status < 0) {
            trouble(o->accept ? "AcceptSecurityContext" : "InitializeSecurityContext", status);
            goto out;
        }
        /* Where there is nothing to say WinPR leaves the length of the room. */
        if (token.cbBuffer && token.cbBuffer < TOKEN_ROOM &&
            !frame_send(fd, FRAME_CONTEXT, room, token.cbBuffer))
            goto out;
    }
    status = p->table->QueryContextAttributesW(&p->context, SECPKG_ATTR_SIZES, &p->sizes);
    good = status == SEC_E_OK || trouble("QueryContextAttributes(SECPKG_ATTR_SIZES)", status);
    if (good)
        printf("context: %s %s\n", o->module ? "module" : "WinPR", o->package);
    fflush(stdout);
out:
    frame_free(&in);
    free(bindings.pvBuffer);
    free(room);
    return good;
}

/* ---- messages ------------------------------------------------------------------------------ */

static bool send_sealed(struct winpr *p, const char *text, size_t size, int fd)
{
    ULONG trailer = p->sizes.cbSecurityTrailer;
    char *all = calloc(1, trailer + size);
    SecBuffer buffers[2] = {{trailer, SECBUFFER_TOKEN, all},
                            {(ULONG)size, SECBUFFER_DATA, all + trailer}};
    SecBufferDesc desc = {SECBUFFER_VERSION, 2, buffers};
    SECURITY_STATUS status = SEC_E_INSUFFICIENT_MEMORY;
    bool sent;

    if (all) {
        memcpy(all + trailer, text, size);
        status = p->table->EncryptMessage(&p->context, 0, &desc, p->sent++);
    }
    sent = status == SEC_E_OK
               ? frame_send(fd, FRAME_DATA | FRAME_WRAPPED | FRAME_ENCRYPTED, all, trailer + size)
               : trouble("EncryptMessage", status);
    free(all);
    return sent;
}

/* In place; *text points into the frame. */
static bool open_sealed(struct winpr *p, struct frame *f, char **text, size_t *size)
{
    ULONG trailer = p->sizes.cbSecurityTrailer, qop = 0;
    SecBuffer buffers[2];
    SecBufferDesc desc = {SECBUFFER_VERSION, 2, buffers};
    SECURITY_STATUS status = SEC_E_INVALID_TOKEN;

    if (f->size >= trailer) {
        buffers[0] = (SecBuffer){trailer, SECBUFFER_TOKEN, f->data};
        buffers[1] = (SecBuffer){(ULONG)f->size - trailer, SECBUFFER_DATA, f->data + trailer};
        status = p->table->DecryptMessage(&p->context, &desc, p->received++, &qop);
        *text = buffers[1].pvBuffer;
        *size = buffers[1].cbBuffer;
    }
    return status == SEC_E_OK || trouble("DecryptMessage", status);
}

/* A message, which comes back sealed. */
static bool exchange(struct winpr *p, const struct options *o, int fd)
{
    size_t size = strlen(o->message), back;
    struct frame reply = {0};
    char *text;
    bool good = send_sealed(p, o->message, size, fd) && frame_receive(fd, &reply) &&
                open_sealed(p, &reply, &text, &back) && back == size &&
                memcmp(text, o->message, size) == 0;

    frame_free(&reply);
    if (good)
        printf("echo: the message came back sealed and unchanged\n");
    return good;
}

/* Messages until the client says that it was the last one. */
static bool serve(struct winpr *p, int fd)
{
    struct frame in = {0};
    bool good = true;
    char *text;
    size_t size;

    while (good) {
        good = frame_receive(fd, &in);
        if (!good || (in.flags & FRAME_NOOP))
            break;
        text = (char *)in.data;
        size = in.size;
        good = !(in.flags & FRAME_WRAPPED) || open_sealed(p, &in, &text, &size);
        if (!good)
            break;
        printf("received: %zu bytes, %s: %.*s\n", size,
               in.flags & FRAME_WRAPPED ? "sealed" : "plain", (int)size, text);
        fflush(stdout);
        good = send_sealed(p, text, size, fd);
        frame_free(&in);
    }
    frame_free(&in);
    return good;
}

static bool converse(struct winpr *p, const struct options *o, int fd)
{
    bool good = fd >= 0 && handshake(p, o, fd);

    if (good && o->accept)
        good = serve(p, fd);
    for (int i = 0; good && o->connect && !o->sign_only && i < o->count; i++)
        good = exchange(p, o, fd);
    if (good && o->connect)
        good = frame_send(fd, FRAME_NOOP, "", 0);
    if (p->have_context)
        p->table->DeleteSecurityContext(&p->context);
    p->have_context = false;
    p->sent = p->received = 0;
    if (fd >= 0)
        close(fd);
    printf("%s\n", good ? "done" : "not done");
    fflush(stdout);
    return good;
}

static PSecurityFunctionTableW load(const char *module)
{
    void *library = dlopen(module ? module : "libwinpr2.so.2", RTLD_NOW | RTLD_LOCAL);
    void *table =
        library ? dlsym(library, module ? "InitSecurityInterfaceW" : "InitSecurityInterfaceExW")
                : NULL;

    if (!table)
        complain("%s", dlerror());
    else if (module)
        return ((PSecurityFunctionTableW(*)(void))table)();
    else
        return ((PSecurityFunctionTableW(*)(DWORD))table)(0);
    return NULL;
}

int main(int argc, char **argv)
{
    struct options o;
    struct winpr p = {0};
    bool good = false;

    program = "winpr-peer";
    if (!parse(argc, argv, &o)) {
        fputs(usage, stderr);
        return 2;
    }
    p.table = load(o.module);
    if (!p.table || !acquire(&p, &o))
        return 1;
    if (o.accept) {
        int listener = wire_listen(o.host, o.port);

        good = listener >= 0;
        for (int i = 0; good && (o.count == 0 || i < o.count); i++)
            converse(&p, &o, wire_accept(listener));
    } else {
        good = converse(&p, &o, wire_connect(o.host, o.port));
    }
    p.table->FreeCredentialsHandle(&p.credential);
    return good ? 0 : 1;
}
