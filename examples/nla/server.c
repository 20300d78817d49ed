/*
 * The server: network level authentication for the clients of remote desktops, and what it may be
 * good for. It says who each client is and what it has delegated, and then
 *
 *   - lets PAM decide about the user, and runs a command in a session of theirs (-l); or
 *   - goes on to a remote desktop, with the delegated credentials (-b); or
 *   - reads a line of text and sends it back, for the client of this example.
 *
 *   nla-server [-K KEY] [-n COUNT] [-l SERVICE [-c COMMAND]] [-b HOST:PORT [-k]] CERTIFICATE PORT
 *
 * CERTIFICATE: a file (PEM, PKCS #12), or a pkcs11: URI; KEY: its private key, where it is not with
 * it. Clients are verified as lsa.conf [acceptors] lets the user; root may. It ends after COUNT
 * clients; 0, the default, is never.
 */
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <credssp.h>
#include <ntsecapi.h>
#include <schannel.h>

#include "certificates.h"
#include "channel.h"
#include "gateway.h"
#include "login.h"
#include "rdp.h"

#define CLIENTS_MAX 32 /* at a time; whoever comes then waits */
#define PATIENCE    30 /* seconds for a client to say who it is, and for one that says nothing */

struct settings {
    char *certificate, *key, *port, *service, *command, *behind;
    bool any_certificate;
    unsigned long count;
};

static SECURITY_STATUS acquire(PCCERT_CONTEXT certificate, CredHandle *credential)
{
    SCHANNEL_CRED tls = {.dwVersion = SCHANNEL_CRED_VERSION,
                         .cCreds = 1,
                         .paCred = &certificate,
                         .dwFlags = SCH_CRED_NO_SYSTEM_MAPPER | SCH_USE_STRONG_CRYPTO};
    CREDSSP_CRED cred = {CredsspPasswordCreds, &tls, NULL};
    TimeStamp expiry;

    return AcquireCredentialsHandleA(NULL, (char *)"CREDSSP", SECPKG_CRED_INBOUND, NULL, &cred,
                                     NULL, NULL, credential, &expiry);
}

/* ---- before TLS ------------------------------------------------------------------------------ */

static bool negotiate(int fd, ULONG *chosen)
{
    struct rdp_negotiation request,
        answer = {.flags = RDP_RESTRICTED_ADMIN_SUPPORTED | RDP_CREDENTIAL_GUARD_SUPPORTED};

    if (!rdp_hear(fd, &request)) {
        fputs("no client of a remote desktop\n", stderr);
        return false;
    }
    if (request.protocols & RDP_PROTOCOL_HYBRID_EX)
        answer.protocols = RDP_PROTOCOL_HYBRID_EX;
    else if (request.protocols & RDP_PROTOCOL_HYBRID)
        answer.protocols = RDP_PROTOCOL_HYBRID;
    *chosen = answer.protocols;
    if (answer.protocols)
        return rdp_choose(fd, &answer);
    fputs("the client knows no network level authentication\n", stderr);
    (void)rdp_refuse(fd, RDP_FAILURE_HYBRID_REQUIRED);
    return false;
}

/* ---- afterwards ------------------------------------------------------------------------------ */

/* What a client has written is no more than one line, and nothing for a terminal to obey. */
static void print(const char *text, size_t size)
{
    for (const char *end = text + size; text < end; text++)
        putchar((unsigned char)*text < ' ' || *text == 0x7f ? '?' : *text);
}

static void tell(struct channel *c, SECURITY_STATUS delegation, const struct delegated *d)
{
    SecPkgContext_PackageInfoA package;
    SecPkgContext_NamesA names;

    if (QueryContextAttributesA(&c->context, SECPKG_ATTR_NAMES, &names) == SEC_E_OK) {
        fputs("client: ", stdout);
        print(names.sUserName, strlen(names.sUserName));
        putchar('\n');
        FreeContextBuffer(names.sUserName);
    }
    if (QueryContextAttributesA(&c->context, SECPKG_ATTR_NEGOTIATION_PACKAGE, &package) ==
        SEC_E_OK) {
        printf("by %s\n", package.PackageInfo->Name);
        FreeContextBuffer(package.PackageInfo);
    }
    if (delegation == SEC_E_OK) {
        fputs("delegated: ", stdout);
        print(d->domain, strlen(d->domain));
        fputs(*d->domain ? "\\" : "", stdout);
        print(d->user, strlen(d->user));
        printf(" and a password of %zu bytes\n", strlen(d->password));
    } else if (delegation == SEC_E_NO_CREDENTIALS)
        puts("delegated: nothing");
    else if (d->kind == KerbTicketLogon)
        puts("delegated: tickets of a redirected logon, and no password");
    else
        puts("delegated: no password");
    fflush(stdout);
}

/* Early User Authorization Result, [MS-RDPBCGR] 2.2.10.2. */
static bool say_whether(struct channel *c, ULONG protocol, bool may)
{
    static const BYTE yes[4] = {0, 0, 0, 0}, no[4] = {5, 0, 0, 0};

    if (protocol != RDP_PROTOCOL_HYBRID_EX)
        return may;
    return channel_send(c, may ? yes : no, sizeof(yes)) == SEC_E_OK && may;
}

static void echo(struct channel *c)
{
    char line[1024];
    size_t size = 0;

    while (size < sizeof(line) && (!size || line[size - 1] != '\n')) {
        size_t got;

        if (channel_receive(c, line + size, sizeof(line) - size, &got) != SEC_E_OK)
            return;
        size += got;
    }
    fputs("text: ", stdout);
    print(line, line[size - 1] == '\n' ? size - 1 : size);
    putchar('\n');
    (void)channel_send(c, line, size);
}

static void go_on(struct channel *c, ULONG protocol, const struct settings *s, const char *host)
{
    struct delegated d;
    SECURITY_STATUS delegation = delegated_get(&c->context, &d);

    tell(c, delegation, &d);
    if (s->service) {
        bool may = delegation == SEC_E_OK && login_allowed(s->service, &d, host);

        printf("PAM: %s\n", may ? "yes" : "no");
        if (say_whether(c, protocol, may))
            printf("session: status %d\n", login_run(s->service, &d, host, s->command));
    } else if (s->behind) {
        if (say_whether(c, protocol, delegation == SEC_E_OK))
            printf("behind: %s\n",
                   gateway_run(c, s->behind, &d, s->any_certificate) ? "let in" : "refused");
    } else if (say_whether(c, protocol, true)) {
        echo(c);
    }
    delegated_wipe(&d);
}

static void serve(int fd, const struct settings *s, CredHandle *credential)
{
    static struct channel channel;
    struct sockaddr_storage address;
    socklen_t size = sizeof(address);
    char host[NI_MAXHOST] = "";
    SECURITY_STATUS status;
    ULONG protocol;

    if (getpeername(fd, (struct sockaddr *)&address, &size) == 0)
        (void)getnameinfo((struct sockaddr *)&address, size, host, sizeof(host), NULL, 0,
                          NI_NUMERICHOST);
    alarm(PATIENCE); /* however slowly it goes on */
    if (!negotiate(fd, &protocol)) {
        close(fd);
        return;
    }
    status = channel_accept(&channel, fd, credential,
                            ASC_REQ_CONFIDENTIALITY | ASC_REQ_EXTENDED_ERROR | ASC_REQ_DELEGATE |
                                ASC_REQ_REPLAY_DETECT | ASC_REQ_SEQUENCE_DETECT);
    alarm(0);
    if (status == SEC_E_OK)
        go_on(&channel, protocol, s, host);
    else
        complain("AcceptSecurityContext", status);
    channel_close(&channel);
    puts("done");
    fflush(stdout);
}

/*
 * A process for each client: none waits for another, nor has its password in its memory. Handles
 * do not survive a fork, so it acquires its own.
 */
static bool serve_apart(int fd, const struct settings *s, PCCERT_CONTEXT certificate)
{
    CredHandle credential;
    SECURITY_STATUS status;
    pid_t child;

    fflush(NULL);
    child = fork();
    if (child == 0) {
        status = acquire(certificate, &credential);
        if (status == SEC_E_OK)
            serve(fd, s, &credential);
        else
            complain("AcquireCredentialsHandle", status);
        fflush(NULL);
        _exit(status != SEC_E_OK);
    }
    close(fd);
    if (child < 0)
        perror("fork");
    return child > 0;
}

static bool parse(int argc, char **argv, struct settings *s)
{
    int letter;

    while ((letter = getopt(argc, argv, "K:n:l:c:b:k")) != -1) {
        switch (letter) {
        case 'K':
            s->key = optarg;
            break;
        case 'n':
            s->count = strtoul(optarg, NULL, 10);
            break;
        case 'l':
            s->service = optarg;
            break;
        case 'c':
            s->command = optarg;
            break;
        case 'b':
            s->behind = optarg;
            break;
        case 'k':
            s->any_certificate = true;
            break;
        default:
            return false;
        }
    }
    if (argc - optind != 2)
        return false;
    s->certificate = argv[optind];
    s->port = argv[optind + 1];
    return true;
}

int main(int argc, char **argv)
{
    struct timeval patience = {.tv_sec = PATIENCE};
    unsigned clients = 0;
    struct settings s = {.count = 0};
    PCCERT_CONTEXT certificate;
    CredHandle credential;
    SECURITY_STATUS status;
    int listening, fd;

    if (!parse(argc, argv, &s)) {
        fprintf(stderr,
                "usage: %s [-K KEY] [-n COUNT] [-l SERVICE [-c COMMAND]] [-b HOST:PORT [-k]] "
                "CERTIFICATE PORT\n",
                argv[0]);
        return 2;
    }
    certificate = certificates_load(s.certificate, s.key);
    if (!certificate)
        return 1;
    status = acquire(certificate, &credential); /* whether it can be done at all */
    if (status != SEC_E_OK) {
        complain("AcquireCredentialsHandle", status);
        return 1;
    }
    FreeCredentialsHandle(&credential);
    listening = socket_listen(s.port);
    if (listening < 0)
        return 1;
    for (unsigned long i = 0; !s.count || i < s.count; i++) {
        fd = accept4(listening, NULL, NULL, SOCK_CLOEXEC);
        if (fd < 0)
            continue;
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
        clients += serve_apart(fd, &s, certificate);
        while (clients && waitpid(-1, NULL, clients < CLIENTS_MAX ? WNOHANG : 0) > 0)
            clients--;
    }
    while (clients && waitpid(-1, NULL, 0) > 0)
        clients--;
    close(listening);
    CertFreeCertificateContext(certificate);
    return 0;
}
