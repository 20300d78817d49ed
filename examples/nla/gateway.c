/*
 * What delegation is for: the server goes on to another one in the client's name. Behind network
 * level authentication comes the remote desktop protocol itself, of which nothing is known here;
 * both sides speak it to each other through two TLS channels.
 */
#include "gateway.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

#include <credssp.h>
#include <schannel.h>

#include "rdp.h"

static SECURITY_STATUS acquire(const struct delegated *d, bool any, CredHandle *credential)
{
    SEC_WINNT_AUTH_IDENTITY_A identity = {.User = (unsigned char *)d->user,
                                          .UserLength = (ULONG)strlen(d->user),
                                          .Domain = (unsigned char *)d->domain,
                                          .DomainLength = (ULONG)strlen(d->domain),
                                          .Password = (unsigned char *)d->password,
                                          .PasswordLength = (ULONG)strlen(d->password),
                                          .Flags = SEC_WINNT_AUTH_IDENTITY_ANSI};
    SCHANNEL_CRED tls = {
        .dwVersion = SCHANNEL_CRED_VERSION,
        .dwFlags = SCH_CRED_NO_DEFAULT_CREDS | SCH_USE_STRONG_CRYPTO |
                   (any ? SCH_CRED_MANUAL_CRED_VALIDATION : SCH_CRED_AUTO_CRED_VALIDATION)};
    CREDSSP_CRED cred = {CredsspPasswordCreds, &tls, &identity};
    TimeStamp expiry;

    return AcquireCredentialsHandleA(NULL, (char *)"CREDSSP", SECPKG_CRED_OUTBOUND, NULL, &cred,
                                     NULL, NULL, credential, &expiry);
}

/* What one has said goes to the other; false: it has ended. */
static bool pass(struct channel *from, struct channel *to)
{
    BYTE bytes[16384];
    size_t size;
    SECURITY_STATUS status = channel_receive(from, bytes, sizeof(bytes), &size);

    return status == SEC_E_OK && (!size || channel_send(to, bytes, size) == SEC_E_OK);
}

static void converse(struct channel *client, struct channel *server)
{
    struct pollfd ends[2] = {{.fd = client->fd, .events = POLLIN},
                             {.fd = server->fd, .events = POLLIN}};
    bool goes_on = true;

    while (goes_on) {
        bool waits = channel_waits(client) || channel_waits(server);

        if (poll(ends, 2, waits ? 0 : -1) < 0)
            return;
        if (channel_waits(client) || ends[0].revents)
            goes_on = pass(client, server);
        if (goes_on && (channel_waits(server) || ends[1].revents))
            goes_on = pass(server, client);
    }
}

bool gateway_run(struct channel *client, const char *server, const struct delegated *d, bool any)
{
    static struct channel channel;
    struct rdp_negotiation request = {0, RDP_PROTOCOL_HYBRID}, answer;
    const char *colon = strrchr(server, ':');
    char host[256], target[300];
    CredHandle credential;
    /* As the client: who has not proven to be that server gets nothing. */
    ULONG failure, wanted = ISC_REQ_DELEGATE | ISC_REQ_CONFIDENTIALITY | ISC_REQ_EXTENDED_ERROR |
                            (any ? ISC_REQ_MANUAL_CRED_VALIDATION : ISC_REQ_MUTUAL_AUTH);
    SECURITY_STATUS status;
    int fd;

    if (!colon || (size_t)(colon - server) >= sizeof(host))
        return false;
    memcpy(host, server, (size_t)(colon - server));
    host[colon - server] = '\0';
    snprintf(target, sizeof(target), "TERMSRV/%s", host);
    status = acquire(d, any, &credential);
    if (status != SEC_E_OK) {
        complain("AcquireCredentialsHandle", status);
        return false;
    }
    fd = socket_connect(host, colon + 1);
    if (fd >= 0 && rdp_ask(fd, &request, &answer, &failure) &&
        answer.protocols == RDP_PROTOCOL_HYBRID) {
        status = channel_connect(&channel, fd, &credential, target, wanted);
        if (status == SEC_E_OK)
            converse(client, &channel);
        else
            complain("InitializeSecurityContext", status);
        channel_close(&channel);
    } else {
        status = SEC_E_TARGET_UNKNOWN;
        fprintf(stderr, "%s: no network level authentication there\n", server);
    }
    FreeCredentialsHandle(&credential);
    return status == SEC_E_OK;
}
