/*
 * The client of the sample: makes a security context with the server as whoever is logged on (or as
 * the user of -u, whose password is read from standard input), prints what the server sends,
 * opened, and answers with a signed message.
 *
 *   sample-client [-p PACKAGE] [-t TARGET] [-g] [-u USER [-d DOMAIN]] HOST PORT
 *
 * It follows "Using SSPI with a Windows Sockets Client" in Microsoft's documentation.
 */
#include "link.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What the client wants; what it got is for it to check. */
#define WANTED                                                                                     \
    (ISC_REQ_MUTUAL_AUTH | ISC_REQ_REPLAY_DETECT | ISC_REQ_SEQUENCE_DETECT |                       \
     ISC_REQ_CONFIDENTIALITY | ISC_REQ_INTEGRITY | ISC_REQ_ALLOCATE_MEMORY)
#define NEEDED (ISC_RET_CONFIDENTIALITY | ISC_RET_INTEGRITY)

struct settings {
    char *package, *target, *user, *domain;
    ULONG more; /* ISC_REQ_DELEGATE */
};

/* ---- credentials --------------------------------------------------------------------------- */

/* NULL identity: the logon session's own, without any password. */
static SECURITY_STATUS acquire(const struct settings *s, CredHandle *credential)
{
    SEC_WINNT_AUTH_IDENTITY_A identity = {.Flags = SEC_WINNT_AUTH_IDENTITY_ANSI};
    char password[256] = "";
    TimeStamp expiry;
    SECURITY_STATUS status;

    if (s->user) {
        if (!fgets(password, sizeof(password), stdin))
            return SEC_E_NO_CREDENTIALS;
        password[strcspn(password, "\n")] = '\0';
        identity.User = (unsigned char *)s->user;
        identity.UserLength = (ULONG)strlen(s->user);
        identity.Domain = (unsigned char *)s->domain;
        identity.DomainLength = s->domain ? (ULONG)strlen(s->domain) : 0;
        identity.Password = (unsigned char *)password;
        identity.PasswordLength = (ULONG)strlen(password);
    }
    status = AcquireCredentialsHandleA(NULL, s->package, SECPKG_CRED_OUTBOUND, NULL,
                                       s->user ? &identity : NULL, NULL, NULL, credential, &expiry);
    explicit_bzero(password, sizeof(password));
    return status;
}

/* ---- the handshake ------------------------------------------------------------------------- */

/* Token after token, until the package says that it is done. */
static SECURITY_STATUS shake(int fd, const struct settings *s, CredHandle *credential,
                             CtxtHandle *context, ULONG *attributes)
{
    BYTE *received = NULL;
    DWORD size = 0;
    bool first = true;
    SECURITY_STATUS status;

    for (;;) {
        SecBuffer in = {size, SECBUFFER_TOKEN, received}, out = {0, SECBUFFER_TOKEN, NULL};
        SecBufferDesc input = {SECBUFFER_VERSION, 1, &in}, output = {SECBUFFER_VERSION, 1, &out};
        TimeStamp expiry;
        bool sent = true;

        status = InitializeSecurityContextA(
            credential, first ? NULL : context, s->target, WANTED | s->more, 0,
            SECURITY_NATIVE_DREP, first ? NULL : &input, 0, context, &output, attributes, &expiry);
        free(received);
        received = NULL;
        if (status == SEC_I_COMPLETE_NEEDED || status == SEC_I_COMPLETE_AND_CONTINUE) {
            SECURITY_STATUS completed = CompleteAuthToken(context, &output);

            if (completed < 0)
                status = completed;
        }
        if (out.cbBuffer)
            sent = link_send(fd, out.pvBuffer, out.cbBuffer);
        FreeContextBuffer(out.pvBuffer);
        first = first && status < 0;
        if (status != SEC_I_CONTINUE_NEEDED && status != SEC_I_COMPLETE_AND_CONTINUE)
            break;
        if (!sent || !link_receive(fd, &received, &size)) {
            fputs("the server has closed the connection\n", stderr);
            DeleteSecurityContext(context);
            return SEC_E_INTERNAL_ERROR;
        }
    }
    if (status < 0 && !first)
        DeleteSecurityContext(context);
    return status;
}

/* ---- messages ------------------------------------------------------------------------------ */

/* What the server sealed, in place: the package finds the plaintext within the message. */
static bool print_message(int fd, CtxtHandle *context)
{
    BYTE *message;
    DWORD size;
    ULONG quality;
    SECURITY_STATUS status;

    if (!link_receive(fd, &message, &size))
        return false;
    SecBuffer parts[2] = {{size, SECBUFFER_STREAM, message}, {0, SECBUFFER_DATA, NULL}};
    SecBufferDesc desc = {SECBUFFER_VERSION, 2, parts};
    status = DecryptMessage(context, &desc, 0, &quality);
    if (status == SEC_E_OK)
        printf("%.*s\n", (int)parts[1].cbBuffer, (char *)parts[1].pvBuffer);
    else
        complain("DecryptMessage", status);
    free(message);
    return status == SEC_E_OK;
}

/* The text, and then its signature. */
static bool sign(int fd, CtxtHandle *context, const char *text)
{
    SecPkgContext_Sizes sizes;
    SECURITY_STATUS status = QueryContextAttributesA(context, SECPKG_ATTR_SIZES, &sizes);
    BYTE *signature = status == SEC_E_OK ? malloc(sizes.cbMaxSignature) : NULL;
    bool done;

    if (!signature)
        return false;
    SecBuffer parts[2] = {{(ULONG)strlen(text), SECBUFFER_DATA, (void *)text},
                          {sizes.cbMaxSignature, SECBUFFER_TOKEN, signature}};
    SecBufferDesc desc = {SECBUFFER_VERSION, 2, parts};
    status = MakeSignature(context, 0, &desc, 0);
    if (status != SEC_E_OK)
        complain("MakeSignature", status);
    done = status == SEC_E_OK && link_send(fd, text, (DWORD)strlen(text)) &&
           link_send(fd, signature, parts[1].cbBuffer);
    free(signature);
    return done;
}

static bool converse(int fd, CtxtHandle *context, ULONG attributes)
{
    SecPkgContext_NamesA names;

    if ((attributes & NEEDED) != NEEDED) {
        fputs("the context protects no messages\n", stderr);
        return false;
    }
    if (QueryContextAttributesA(context, SECPKG_ATTR_NAMES, &names) == SEC_E_OK) {
        printf("as %s%s\n", names.sUserName,
               attributes & ISC_RET_MUTUAL_AUTH ? ", and the server is who it says" : "");
        FreeContextBuffer(names.sUserName);
    }
    return print_message(fd, context) && sign(fd, context, "thank you");
}

static bool parse(int argc, char **argv, struct settings *s)
{
    int letter;

    while ((letter = getopt(argc, argv, "p:t:u:d:g")) != -1) {
        switch (letter) {
        case 'p':
            s->package = optarg;
            break;
        case 't':
            s->target = optarg;
            break;
        case 'u':
            s->user = optarg;
            break;
        case 'd':
            s->domain = optarg;
            break;
        case 'g':
            s->more = ISC_REQ_DELEGATE;
            break;
        default:
            return false;
        }
    }
    return argc - optind == 2;
}

int main(int argc, char **argv)
{
    struct settings s = {.package = (char *)"Kerberos"};
    CredHandle credential;
    CtxtHandle context;
    ULONG attributes = 0;
    char target[300];
    SECURITY_STATUS status;
    bool good = false;
    int fd;

    if (!parse(argc, argv, &s)) {
        fprintf(stderr,
                "usage: %s [-p PACKAGE] [-t TARGET] [-g] [-u USER [-d DOMAIN]] HOST PORT\n"
                "  -g: delegate, so that the server may go on in this user's name\n",
                argv[0]);
        return 2;
    }
    snprintf(target, sizeof(target), "host/%s", argv[optind]);
    if (!s.target)
        s.target = target;
    status = acquire(&s, &credential);
    if (status != SEC_E_OK) {
        complain("AcquireCredentialsHandle", status);
        return 1;
    }
    fd = link_connect(argv[optind], argv[optind + 1]);
    if (fd >= 0) {
        status = shake(fd, &s, &credential, &context, &attributes);
        if (status < 0) {
            complain("InitializeSecurityContext", status);
        } else {
            good = converse(fd, &context, attributes);
            DeleteSecurityContext(&context);
        }
        close(fd);
    }
    FreeCredentialsHandle(&credential);
    return good ? 0 : 1;
}
