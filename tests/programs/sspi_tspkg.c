/*
 * sspi-tspkg: TSPkg alone, as CredSSP drives it inside TLS, with a channel that is only said to be
 * there. As a client it delegates credentials to such a server, which tells what it has got.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <credmgr.h>
#include <credssp.h>
#include <ntsecapi.h>
#include <openssl/sha.h>
#include <security.h>

#include "base/secret.h"
#include "base/utf16.h"
#include "libsspi/packages/ts_channel.h"
#include "tests/programs/options.h"
#include "tests/programs/sspi.h"
#include "tests/programs/wire.h"

static const char usage[] =
    "usage: sspi-tspkg client|server [options]\n"
    "  --port PORT          where the server listens, on loopback\n"
    "  --target SPN         client: the server's service principal name\n"
    "  --channel TEXT       what stands for the public key of the channel (channel)\n"
    "  --trusted            client: say that the server's certificate is good\n"
    "  --redirect           client: Remote Credential Guard\n"
    "  --keep               client: ask for no delegation\n"
    "  --user, --domain NAME, --password-fd N\n"
    "                       explicit credentials, the password a line from descriptor N\n"
    "  --luid NUMBER        client: the credentials of that logon session\n"
    "  --pause              client: wait for a line on standard input before the second leg\n";

static struct options {
    const char *port, *target, *channel, *user, *domain, *luid;
    int password_fd;
    bool trusted, redirect, keep, pause;
} o = {.port = "4466", .target = "TERMSRV/localhost", .channel = "channel", .password_fd = -1};

static WCHAR *wide(const char *text)
{
    return text ? utf16_from_utf8(text, strlen(text), NULL) : NULL;
}

static SECURITY_STATUS acquire(bool client, PCredHandle credential)
{
    char *password = o.password_fd >= 0 ? read_secret(o.password_fd) : NULL;
    WCHAR *user = wide(o.user), *domain = wide(o.domain), *secret = NULL;
    SEC_WINNT_AUTH_IDENTITY_W id = {.Flags = SEC_WINNT_AUTH_IDENTITY_UNICODE};
    unsigned long long number = o.luid ? strtoull(o.luid, NULL, 16) : 0;
    LUID luid = {.LowPart = (DWORD)number, .HighPart = (LONG)(number >> 32)};
    SECURITY_STATUS status;

    if (password)
        secret = utf16_from_utf8_secret(password, strlen(password), NULL);
    id.User = (USHORT *)user;
    id.UserLength = user ? (ULONG)utf16_length(user) : 0;
    id.Domain = (USHORT *)domain;
    id.DomainLength = domain ? (ULONG)utf16_length(domain) : 0;
    id.Password = (USHORT *)secret;
    id.PasswordLength = secret ? (ULONG)utf16_length(secret) : 0;
    status = AcquireCredentialsHandleW(
        NULL, (SEC_WCHAR *)TS_SSP_NAME, client ? SECPKG_CRED_OUTBOUND : SECPKG_CRED_INBOUND,
        o.luid ? &luid : NULL, user ? &id : NULL, NULL, NULL, credential, NULL);
    secret_free(password);
    secret_free(secret);
    free(user);
    free(domain);
    return status;
}

static SECURITY_STATUS leg(bool client, PCredHandle credential, PCtxtHandle context, bool first,
                           const struct frame *in, PSecBuffer out, ULONG *attributes)
{
    struct ts_channel channel = {(o.trusted ? TS_CHANNEL_TRUSTED : 0) |
                                     (o.redirect ? TS_CHANNEL_REDIRECT : 0),
                                 (const uint8_t *)o.channel, strlen(o.channel)};
    uint8_t *params = malloc(TS_CHANNEL_SIZE(channel.public_key_size));
    SecBuffer given[2] = {
        {(ULONG)in->size, SECBUFFER_TOKEN, in->data},
        {(ULONG)TS_CHANNEL_SIZE(channel.public_key_size), SECBUFFER_PKG_PARAMS, params}};
    SecBufferDesc input = {SECBUFFER_VERSION, first ? 2 : 1, given},
                  output = {SECBUFFER_VERSION, 1, out};
    WCHAR *target = wide(o.target);
    SECURITY_STATUS status;

    *out = (SecBuffer){0, SECBUFFER_TOKEN, NULL};
    ts_channel_write(params, &channel);
    if (client)
        status = InitializeSecurityContextW(
            credential, first ? NULL : context, target,
            ISC_REQ_ALLOCATE_MEMORY | ISC_REQ_MUTUAL_AUTH | (o.keep ? 0 : ISC_REQ_DELEGATE), 0,
            SECURITY_NATIVE_DREP, &input, 0, context, &output, attributes, NULL);
    else
        status = AcceptSecurityContext(credential, first ? NULL : context, &input,
                                       ASC_REQ_ALLOCATE_MEMORY | ASC_REQ_EXTENDED_ERROR,
                                       SECURITY_NATIVE_DREP, context, &output, attributes, NULL);
    free(target);
    free(params);
    return status;
}

/* Leaves a failed status in *status; true when what there was to send was sent. */
static bool shake(bool client, int fd, PCredHandle credential, PCtxtHandle context,
                  ULONG *attributes, SECURITY_STATUS *status)
{
    struct frame in = {0};
    bool first = true, good = true;
    SecBuffer out;

    for (*status = SEC_I_CONTINUE_NEEDED; good && *status == SEC_I_CONTINUE_NEEDED; first = false) {
        if ((!client || !first) && !frame_receive(fd, &in))
            return false;
        if (client && !first && o.pause) {
            printf("paused\n");
            fflush(stdout);
            (void)!read(0, &(char){0}, 1);
        }
        *status = leg(client, credential, context, first, &in, &out, attributes);
        frame_free(&in);
        if (first && *status < 0)
            SecInvalidateHandle(context);
        if (out.cbBuffer)
            good = frame_send(fd, FRAME_CONTEXT, out.pvBuffer, out.cbBuffer);
        FreeContextBuffer(out.pvBuffer);
    }
    return good;
}

/* ---- what came of it --------------------------------------------------------------------------
 */

static void tell_text(const char *what, const SecPkgContext_ClientCreds *creds,
                      const UNICODE_STRING *s)
{
    size_t at = (uintptr_t)s->Buffer;
    char *text = at + s->Length <= creds->AuthBufferLen
                     ? utf16_to_utf8((const WCHAR *)(void *)(creds->AuthBuffer + at),
                                     s->Length / sizeof(WCHAR), NULL)
                     : NULL;

    printf("%s: %s\n", what, text ? text : "(malformed)");
    free(text);
}

/* A password is told by its SHA-256. */
static void tell_credentials(PCtxtHandle context)
{
    SecPkgContext_ClientCreds creds = {0, NULL};
    SECURITY_STATUS status = QueryContextAttributesW(context, SECPKG_ATTR_CREDS_2, &creds);
    KERB_INTERACTIVE_LOGON logon;
    unsigned char hash[32];

    if (status != SEC_E_OK || creds.AuthBufferLen < sizeof(logon)) {
        printf("delegated: nothing (%s)\n", sspi_status_name(status));
        return;
    }
    memcpy(&logon, creds.AuthBuffer, sizeof(logon));
    printf("delegated: type %d, %u bytes\n", (int)logon.MessageType, (unsigned)creds.AuthBufferLen);
    if (logon.MessageType == KerbInteractiveLogon) {
        tell_text("domain", &creds, &logon.LogonDomainName);
        tell_text("user", &creds, &logon.UserName);
        SHA256(creds.AuthBuffer + (uintptr_t)logon.Password.Buffer, logon.Password.Length, hash);
        printf("password: ");
        for (size_t i = 0; i < sizeof(hash); i++)
            printf("%02x", hash[i]);
        printf("\n");
    }
    FreeContextBuffer(creds.AuthBuffer);
}

/* The client as a user of this system. */
static void tell_user(PCtxtHandle context)
{
    SecPkgContext_AccessToken token = {NULL};
    SECURITY_STATUS status = QueryContextAttributesW(context, SECPKG_ATTR_C_ACCESS_TOKEN, &token);

    if (status == SEC_E_OK)
        status = ImpersonateSecurityContext(context);
    if (status == SEC_E_OK) {
        uid_t uid = geteuid();

        RevertSecurityContext(context);
        printf("token: uid %u\n", (unsigned)uid);
    } else {
        printf("token: none (%s)\n", sspi_status_name(status));
    }
}

static void tell(bool client, PCtxtHandle context, ULONG attributes)
{
    SecPkgContext_PackageInfoA info = {NULL};
    SecPkgContext_NamesA names = {NULL};

    printf("context: TSSSP%s%s%s\n", attributes & ISC_RET_DELEGATE ? ", delegated" : "",
           attributes & ISC_RET_MUTUAL_AUTH ? ", mutual authentication" : "",
           attributes & ISC_RET_CONFIDENTIALITY ? ", confidentiality" : "");
    if (QueryContextAttributesA(context, SECPKG_ATTR_NEGOTIATION_PACKAGE, &info) == SEC_E_OK)
        printf("package: %s\n", info.PackageInfo->Name);
    FreeContextBuffer(info.PackageInfo);
    if (QueryContextAttributesA(context, SECPKG_ATTR_NAMES, &names) == SEC_E_OK)
        printf("%s: %s\n", client ? "myself" : "client", names.sUserName);
    FreeContextBuffer(names.sUserName);
    if (!client) {
        tell_credentials(context);
        tell_user(context);
    }
    fflush(stdout);
}

static void fail(const char *function, SECURITY_STATUS status)
{
    const char *why = CredmgrLastErrorText(NULL);

    complain("%s: %s (0x%08x)%s%s", function, sspi_status_name(status), (unsigned)status,
             *why ? ": " : "", why);
}

static bool talk(bool client, int fd)
{
    CredHandle credential;
    CtxtHandle context;
    ULONG attributes = 0;
    SECURITY_STATUS status = acquire(client, &credential);
    bool sent;

    if (status != SEC_E_OK) {
        fail("AcquireCredentialsHandle", status);
        return false;
    }
    SecInvalidateHandle(&context);
    sent = shake(client, fd, &credential, &context, &attributes, &status);
    if (status < 0)
        fail(client ? "InitializeSecurityContext" : "AcceptSecurityContext", status);
    else if (sent)
        tell(client, &context, attributes);
    if (SecIsValidHandle(&context))
        DeleteSecurityContext(&context);
    FreeCredentialsHandle(&credential);
    return sent && status == SEC_E_OK;
}

int main(int argc, char **argv)
{
    const struct program_option table[] = {{"port", .text = &o.port},
                                           {"target", .text = &o.target},
                                           {"channel", .text = &o.channel},
                                           {"user", .text = &o.user},
                                           {"domain", .text = &o.domain},
                                           {"luid", .text = &o.luid},
                                           {"password-fd", .number = &o.password_fd},
                                           {"trusted", .set = &o.trusted},
                                           {"redirect", .set = &o.redirect},
                                           {"keep", .set = &o.keep},
                                           {"pause", .set = &o.pause},
                                           {.name = NULL}};
    bool client = argc > 1 && strcmp(argv[1], "client") == 0, good = false;
    int rest = 0, listener, fd;

    program = "sspi-tspkg";
    if (argc < 2 || (!client && strcmp(argv[1], "server") != 0) ||
        !options_parse(argc - 1, argv + 1, table, &rest) || rest != argc - 1) {
        fputs(usage, stderr);
        return 2;
    }
    if (client) {
        fd = wire_connect("127.0.0.1", o.port);
        good = fd >= 0 && talk(true, fd);
        if (fd >= 0)
            close(fd);
        return good ? 0 : 1;
    }
    listener = wire_listen("127.0.0.1", o.port);
    while (listener >= 0 && (fd = wire_accept(listener)) >= 0) {
        printf("%s\n", talk(false, fd) ? "end: good" : "end: bad");
        fflush(stdout);
        close(fd);
    }
    return 1;
}
