/*
 * The server of the sample: accepts clients one after the other, says who each one is, sends it a
 * sealed message that was made in its name, and verifies its signature.
 *
 *   sample-server [-p PACKAGE] [-u USER [-d DOMAIN]] [-n COUNT] PORT
 *
 * With Kerberos it accepts with the keytab that it can read, or as lsa.conf lets it
 * ([acceptors]); with -u as that account, whose password is read from standard input. It ends after
 * COUNT clients; 0, the default, is never.
 *
 * It follows "Using SSPI with a Windows Sockets Server" in Microsoft's documentation.
 */
#include "link.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <credmgr.h>

struct settings {
    char *package, *user, *domain;
    unsigned long count;
};

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
    status = AcquireCredentialsHandleA(NULL, s->package, SECPKG_CRED_INBOUND, NULL,
                                       s->user ? &identity : NULL, NULL, NULL, credential, &expiry);
    explicit_bzero(password, sizeof(password));
    return status;
}

/* ---- the handshake ------------------------------------------------------------------------- */

static SECURITY_STATUS shake(int fd, CredHandle *credential, CtxtHandle *context, ULONG *attributes)
{
    bool first = true;
    SECURITY_STATUS status;

    do {
        BYTE *received;
        DWORD size;

        if (!link_receive(fd, &received, &size)) {
            if (!first)
                DeleteSecurityContext(context);
            return SEC_E_INCOMPLETE_MESSAGE;
        }
        SecBuffer in = {size, SECBUFFER_TOKEN, received}, out = {0, SECBUFFER_TOKEN, NULL};
        SecBufferDesc input = {SECBUFFER_VERSION, 1, &in}, output = {SECBUFFER_VERSION, 1, &out};
        TimeStamp expiry;
        status = AcceptSecurityContext(credential, first ? NULL : context, &input,
                                       ASC_REQ_ALLOCATE_MEMORY | ASC_REQ_DELEGATE,
                                       SECURITY_NATIVE_DREP, context, &output, attributes, &expiry);
        free(received);
        if (status == SEC_I_COMPLETE_NEEDED || status == SEC_I_COMPLETE_AND_CONTINUE) {
            SECURITY_STATUS completed = CompleteAuthToken(context, &output);

            if (completed < 0)
                status = completed;
        }
        if (out.cbBuffer) /* should the client be gone, the next message tells */
            (void)link_send(fd, out.pvBuffer, out.cbBuffer);
        FreeContextBuffer(out.pvBuffer);
        first = first && status < 0;
    } while (status == SEC_I_CONTINUE_NEEDED || status == SEC_I_COMPLETE_AND_CONTINUE);
    if (status < 0 && !first)
        DeleteSecurityContext(context);
    return status;
}

/* ---- messages ------------------------------------------------------------------------------ */

/* The trailer, then the text: together they are what the client opens as one stream. */
static bool seal(int fd, CtxtHandle *context, const char *text)
{
    SecPkgContext_Sizes sizes;
    SECURITY_STATUS status = QueryContextAttributesA(context, SECPKG_ATTR_SIZES, &sizes);
    ULONG size = (ULONG)strlen(text), trailer;
    BYTE *message;
    bool sent = false;

    if (status != SEC_E_OK)
        return false;
    trailer = sizes.cbSecurityTrailer;
    message = malloc(trailer + size);
    if (!message)
        return false;
    memcpy(message + trailer, text, size);
    SecBuffer parts[2] = {{trailer, SECBUFFER_TOKEN, message},
                          {size, SECBUFFER_DATA, message + trailer}};
    SecBufferDesc desc = {SECBUFFER_VERSION, 2, parts};
    status = EncryptMessage(context, 0, &desc, 0);
    if (status == SEC_E_OK) { /* a trailer may be shorter than its most */
        memmove(message + parts[0].cbBuffer, parts[1].pvBuffer, size);
        sent = link_send(fd, message, parts[0].cbBuffer + size);
    } else {
        complain("EncryptMessage", status);
    }
    free(message);
    return sent;
}

static bool verify(int fd, CtxtHandle *context)
{
    BYTE *text = NULL, *signature = NULL;
    DWORD text_size, signature_size;
    ULONG quality;
    SECURITY_STATUS status = SEC_E_INCOMPLETE_MESSAGE;

    if (link_receive(fd, &text, &text_size) && link_receive(fd, &signature, &signature_size)) {
        SecBuffer parts[2] = {{text_size, SECBUFFER_DATA, text},
                              {signature_size, SECBUFFER_TOKEN, signature}};
        SecBufferDesc desc = {SECBUFFER_VERSION, 2, parts};

        status = VerifySignature(context, &desc, 0, &quality);
        if (status == SEC_E_OK)
            printf("signed: %s\n", (char *)text);
        else
            complain("VerifySignature", status);
    }
    free(text);
    free(signature);
    return status == SEC_E_OK;
}

/* ---- the client's name --------------------------------------------------------------------- */

/*
 * Whatever is done between the two calls is done in the client's name: the system, not the server,
 * decides what it may open.
 */
static bool greet_as_client(int fd, CtxtHandle *context)
{
    SECURITY_STATUS status = ImpersonateSecurityContext(context);
    const struct passwd *who;
    char text[256];

    if (status != SEC_E_OK) {
        complain("ImpersonateSecurityContext", status);
        return seal(fd, context, "hello; you are nobody on this machine");
    }
    who = getpwuid(geteuid());
    snprintf(text, sizeof(text), "hello, this thread is %s", who ? who->pw_name : "somebody");
    status = RevertSecurityContext(context);
    if (status != SEC_E_OK) {
        complain("RevertSecurityContext", status);
        abort(); /* no further client may be served under this one's name */
    }
    return seal(fd, context, text);
}

/* What the client has delegated is a credential like any other: here it only names its owner. */
static void use_delegation(const struct settings *s, CtxtHandle *context)
{
    SecPkgCredentials_NamesA names;
    CredHandle theirs;
    TimeStamp expiry;
    SECURITY_STATUS status = ImpersonateSecurityContext(context);

    if (status != SEC_E_OK)
        return;
    status = AcquireCredentialsHandleA(NULL, s->package, SECPKG_CRED_OUTBOUND, NULL, NULL, NULL,
                                       NULL, &theirs, &expiry);
    if (RevertSecurityContext(context) != SEC_E_OK)
        abort();
    if (status != SEC_E_OK) {
        complain("AcquireCredentialsHandle", status);
        return;
    }
    if (QueryCredentialsAttributesA(&theirs, SECPKG_CRED_ATTR_NAMES, &names) == SEC_E_OK) {
        printf("delegated by %s\n", names.sUserName);
        FreeContextBuffer(names.sUserName);
    }
    FreeCredentialsHandle(&theirs);
}

static void serve(int fd, const struct settings *s, CredHandle *credential)
{
    SecPkgContext_NamesA names;
    CtxtHandle context;
    ULONG attributes = 0;
    SECURITY_STATUS status = shake(fd, credential, &context, &attributes);

    if (status < 0) {
        complain("AcceptSecurityContext", status);
        return;
    }
    if (QueryContextAttributesA(&context, SECPKG_ATTR_NAMES, &names) == SEC_E_OK) {
        printf("client: %s\n", names.sUserName);
        FreeContextBuffer(names.sUserName);
    }
    if (attributes & ASC_RET_DELEGATE)
        use_delegation(s, &context);
    if (greet_as_client(fd, &context))
        (void)verify(fd, &context);
    fflush(stdout);
    DeleteSecurityContext(&context);
}

static bool parse(int argc, char **argv, struct settings *s)
{
    int letter;

    while ((letter = getopt(argc, argv, "p:u:d:n:")) != -1) {
        switch (letter) {
        case 'p':
            s->package = optarg;
            break;
        case 'u':
            s->user = optarg;
            break;
        case 'd':
            s->domain = optarg;
            break;
        case 'n':
            s->count = strtoul(optarg, NULL, 10);
            break;
        default:
            return false;
        }
    }
    return argc - optind == 1;
}

int main(int argc, char **argv)
{
    struct settings s = {.package = (char *)"Kerberos"};
    struct timeval patience = {.tv_sec = 30}; /* for a client that says nothing */
    CredHandle credential;
    SECURITY_STATUS status;
    int listening, fd;

    if (!parse(argc, argv, &s)) {
        fprintf(stderr, "usage: %s [-p PACKAGE] [-u USER [-d DOMAIN]] [-n COUNT] PORT\n", argv[0]);
        return 2;
    }
    status = acquire(&s, &credential);
    if (status != SEC_E_OK) {
        complain("AcquireCredentialsHandle", status);
        return 1;
    }
    listening = link_listen(argv[optind]);
    if (listening < 0)
        return 1;
    for (unsigned long i = 0; !s.count || i < s.count; i++) {
        fd = accept(listening, NULL, NULL);
        if (fd < 0)
            continue;
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
        serve(fd, &s, &credential);
        close(fd);
    }
    close(listening);
    FreeCredentialsHandle(&credential);
    return 0;
}
