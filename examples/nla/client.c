/*
 * The client: network level authentication with a remote desktop server, and no desktop. It makes
 * the connection as a client of the remote desktop protocol does, hands the server the credentials
 * by CredSSP, and says how the server proved to be the right one. With the server of this example
 * it can then exchange a line of text.
 *
 *   nla-client [OPTION…] HOST [PORT]
 *
 *   -u USER [-d DOMAIN]  as that user, whose password is read from standard input; without it as
 *                        whoever is logged on, if lsa.conf [tspkg] lets the server have those
 *   -t TARGET            the service's name, TERMSRV/HOST by default
 *   -r FILE              the root that the server's certificate must come from, not those of the
 * system -k                   any certificate: TLS then proves nothing, but CredSSP finds out about
 *                        somebody in between
 *   -n                   delegate nothing (as Restricted Admin does)
 *   -g                   delegate no password but redirect: Remote Credential Guard
 *   -m TEXT              send a line to the server of this example, print the one it sends back
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <credssp.h>
#include <schannel.h>

#include "certificates.h"
#include "channel.h"
#include "rdp.h"

struct settings {
    char *host, *port, *target, *user, *domain, *root, *text;
    bool any_certificate, nothing, guard;
};

static SECURITY_STATUS acquire(const struct settings *s, HCERTSTORE roots, CredHandle *credential)
{
    char password[256] = "";
    SEC_WINNT_AUTH_IDENTITY_A identity = {.User = (unsigned char *)s->user,
                                          .UserLength = s->user ? (ULONG)strlen(s->user) : 0,
                                          .Domain = (unsigned char *)s->domain,
                                          .DomainLength = s->domain ? (ULONG)strlen(s->domain) : 0,
                                          .Password = (unsigned char *)password,
                                          .Flags = SEC_WINNT_AUTH_IDENTITY_ANSI};
    SCHANNEL_CRED tls = {.dwVersion = SCHANNEL_CRED_VERSION,
                         .hRootStore = roots,
                         .dwFlags = SCH_CRED_NO_DEFAULT_CREDS | SCH_USE_STRONG_CRYPTO |
                                    (s->any_certificate ? SCH_CRED_MANUAL_CRED_VALIDATION
                                                        : SCH_CRED_AUTO_CRED_VALIDATION |
                                                              SCH_CRED_IGNORE_NO_REVOCATION_CHECK)};
    CREDSSP_CRED cred = {CredsspPasswordCreds, &tls, s->user ? &identity : NULL};
    CREDSSP_CRED_EX guarded = {.Type = CredsspCredEx,
                               .Version = CREDSSP_CRED_EX_VERSION,
                               .Flags = CREDSSP_FLAG_REDIRECT,
                               .Cred = cred};
    TimeStamp expiry;
    SECURITY_STATUS status;

    if (s->user) {
        setvbuf(stdin, NULL, _IONBF, 0); /* no copy of it stays behind */
        if (!fgets(password, sizeof(password), stdin))
            return SEC_E_NO_CREDENTIALS;
        password[strcspn(password, "\n")] = '\0';
        identity.PasswordLength = (ULONG)strlen(password);
    }
    status = AcquireCredentialsHandleA(NULL, (char *)"CREDSSP", SECPKG_CRED_OUTBOUND, NULL,
                                       s->guard ? (void *)&guarded : (void *)&cred, NULL, NULL,
                                       credential, &expiry);
    explicit_bzero(password, sizeof(password));
    return status;
}

/* ---- before TLS ------------------------------------------------------------------------------ */

static bool negotiate(int fd, const struct settings *s, ULONG *chosen)
{
    struct rdp_negotiation request = {0, RDP_PROTOCOL_HYBRID | RDP_PROTOCOL_HYBRID_EX}, answer;
    ULONG failure;

    if (s->nothing)
        request.flags = RDP_RESTRICTED_ADMIN;
    if (s->guard)
        request.flags = RDP_CREDENTIAL_GUARD;
    if (!rdp_ask(fd, &request, &answer, &failure)) {
        fprintf(stderr, "the server knows no network level authentication (%u)\n",
                (unsigned)failure);
        return false;
    }
    *chosen = answer.protocols;
    if (*chosen != RDP_PROTOCOL_HYBRID && *chosen != RDP_PROTOCOL_HYBRID_EX) {
        fprintf(stderr, "the server wants protocol %u\n", (unsigned)*chosen);
        return false;
    }
    return true;
}

/* ---- afterwards ------------------------------------------------------------------------------ */

static void tell(struct channel *c)
{
    SecPkgContext_PackageInfoA package;
    SecPkgContext_Flags proof = {0};
    SecPkgContext_NamesA names;

    if (QueryContextAttributesA(&c->context, SECPKG_ATTR_NAMES, &names) == SEC_E_OK) {
        printf("as %s\n", names.sUserName);
        FreeContextBuffer(names.sUserName);
    }
    if (QueryContextAttributesA(&c->context, SECPKG_ATTR_NEGOTIATION_PACKAGE, &package) ==
        SEC_E_OK) {
        printf("by %s\n", package.PackageInfo->Name);
        FreeContextBuffer(package.PackageInfo);
    }
    if (QueryContextAttributesA(&c->context, SECPKG_ATTR_SERVER_AUTH_FLAGS, &proof) != SEC_E_OK)
        return;
    if (proof.Flags & CREDSSP_SERVER_AUTH_NEGOTIATE)
        puts("the server has proven itself to the package");
    if (proof.Flags & CREDSSP_SERVER_AUTH_CERTIFICATE)
        puts("the server has a certificate of its name");
    if (!(proof.Flags & (CREDSSP_SERVER_AUTH_NEGOTIATE | CREDSSP_SERVER_AUTH_CERTIFICATE)))
        puts("the server has not proven who it is");
}

/* So many bytes, however TLS delivers them. */
static bool receive(struct channel *c, BYTE *bytes, size_t wanted)
{
    while (wanted) {
        size_t got;
        SECURITY_STATUS status = channel_receive(c, bytes, wanted, &got);

        if (status != SEC_E_OK) {
            complain("channel_receive", status);
            return false;
        }
        bytes += got;
        wanted -= got;
    }
    return true;
}

/* Early User Authorization Result, [MS-RDPBCGR] 2.2.10.2: four bytes, 0 for "come in". */
static bool let_in(struct channel *c)
{
    BYTE result[4];

    if (!receive(c, result, sizeof(result)))
        return false;
    if (result[0] | result[1] | result[2] | result[3])
        fputs("the server does not let that user in\n", stderr);
    return !(result[0] | result[1] | result[2] | result[3]);
}

static bool converse(struct channel *c, const char *text)
{
    BYTE byte = '\n';

    if (channel_send(c, text, strlen(text)) != SEC_E_OK || channel_send(c, "\n", 1) != SEC_E_OK)
        return false;
    do {
        if (!receive(c, &byte, 1))
            return false;
        putchar(byte);
    } while (byte != '\n');
    return true;
}

static bool parse(int argc, char **argv, struct settings *s)
{
    int letter;

    while ((letter = getopt(argc, argv, "u:d:t:r:kngm:")) != -1) {
        switch (letter) {
        case 'u':
            s->user = optarg;
            break;
        case 'd':
            s->domain = optarg;
            break;
        case 't':
            s->target = optarg;
            break;
        case 'r':
            s->root = optarg;
            break;
        case 'k':
            s->any_certificate = true;
            break;
        case 'n':
            s->nothing = true;
            break;
        case 'g':
            s->guard = true;
            break;
        case 'm':
            s->text = optarg;
            break;
        default:
            return false;
        }
    }
    if (optind == argc || argc - optind > 2)
        return false;
    s->host = argv[optind];
    s->port = argc - optind == 2 ? argv[optind + 1] : (char *)"3389";
    return true;
}

int main(int argc, char **argv)
{
    static struct channel channel;
    struct settings s = {.user = NULL};
    ULONG wanted = ISC_REQ_CONFIDENTIALITY | ISC_REQ_SEQUENCE_DETECT | ISC_REQ_REPLAY_DETECT |
                   ISC_REQ_EXTENDED_ERROR,
          chosen;
    HCERTSTORE roots = NULL;
    CredHandle credential;
    SECURITY_STATUS status;
    char target[300];
    bool good;
    int fd;

    if (!parse(argc, argv, &s)) {
        fprintf(stderr,
                "usage: %s [-u USER [-d DOMAIN]] [-t TARGET] [-r ROOT] [-k] [-n | -g] [-m TEXT] "
                "HOST [PORT]\n",
                argv[0]);
        return 2;
    }
    snprintf(target, sizeof(target), "TERMSRV/%s", s.host);
    if (!s.target)
        s.target = target;
    if (!s.nothing)
        wanted |= ISC_REQ_DELEGATE;
    /* A server that has not proven who it is gets nothing, whatever lsa.conf lets it have. */
    wanted |= s.any_certificate ? ISC_REQ_MANUAL_CRED_VALIDATION : ISC_REQ_MUTUAL_AUTH;
    if (s.root && !(roots = certificates_root(s.root)))
        return 1;
    status = acquire(&s, roots, &credential);
    if (roots) /* the credential has a reference of its own */
        CertCloseStore(roots, 0);
    if (status != SEC_E_OK) {
        complain("AcquireCredentialsHandle", status);
        return 1;
    }
    fd = socket_connect(s.host, s.port);
    if (fd < 0 || !negotiate(fd, &s, &chosen)) {
        FreeCredentialsHandle(&credential);
        return 1;
    }
    status = channel_connect(&channel, fd, &credential, s.target, wanted);
    good = status == SEC_E_OK;
    if (good)
        tell(&channel);
    else
        complain("InitializeSecurityContext", status);
    if (good && chosen == RDP_PROTOCOL_HYBRID_EX)
        good = let_in(&channel);
    if (good && s.text)
        good = converse(&channel, s.text);
    channel_close(&channel);
    FreeCredentialsHandle(&credential);
    return good ? 0 : 1;
}
