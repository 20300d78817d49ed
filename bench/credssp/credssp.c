/*
 * What CredSSP costs on top of what it consists of, in one run: whole handshakes beside a TLS
 * handshake followed by one of Negotiate, and messages beside Schannel's. No session is resumed,
 * the account is supplied, and Negotiate agrees on NTLM.
 *
 *   credssp CERTIFICATE      a PEM file with its key
 */
#include <credmgr.h>
#include <credssp.h>
#include <schannel.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/ntlm/ends.h"

#define ROUND_SECONDS 0.3
#define MESSAGE_SIZE  16384
#define ROOM          65536

static const struct account account = {u"alice", u"EXAMPLE", u"open sesame"};

/* A client and a server of a package whose tokens are a stream. */
struct pair {
    const char *name;
    PSecurityFunctionTableW table;
    CredHandle client, server;
    CtxtHandle initiator, acceptor;
    ULONG client_flags;
    const WCHAR *target;
};

/* ---- credentials ------------------------------------------------------------------------------
 */

static void acquire(struct pair *p, const WCHAR *package, PCCERT_CONTEXT certificate)
{
    SEC_WINNT_AUTH_IDENTITY_W identity = {.User = (USHORT *)(uintptr_t)account.user,
                                          .UserLength = 5,
                                          .Domain = (USHORT *)(uintptr_t)account.domain,
                                          .DomainLength = 7,
                                          .Password = (USHORT *)(uintptr_t)account.password,
                                          .PasswordLength = 11,
                                          .Flags = SEC_WINNT_AUTH_IDENTITY_UNICODE};
    SCH_CREDENTIALS tls = {.dwVersion = SCH_CREDENTIALS_VERSION,
                           .dwFlags = SCH_CRED_DISABLE_RECONNECTS};
    CREDSSP_CRED both = {CredsspPasswordCreds, &tls, &identity};
    bool bare = strcmp(p->name, "TLS") == 0;
    SECURITY_STATUS status;

    status = p->table->AcquireCredentialsHandleW(
        NULL, (SEC_WCHAR *)(uintptr_t)package, SECPKG_CRED_OUTBOUND, NULL,
        bare ? (void *)&tls : (void *)&both, NULL, NULL, &p->client, NULL);
    if (status)
        bench_fail(p->name, "AcquireCredentialsHandle of a client", (unsigned)status);
    tls.cCreds = 1;
    tls.paCred = &certificate;
    status = p->table->AcquireCredentialsHandleW(
        NULL, (SEC_WCHAR *)(uintptr_t)package, SECPKG_CRED_INBOUND, NULL,
        bare ? (void *)&tls : (void *)&both, NULL, NULL, &p->server, NULL);
    if (status)
        bench_fail(p->name, "AcquireCredentialsHandle of a server", (unsigned)status);
}

/* ---- handshakes -------------------------------------------------------------------------------
 */

struct token {
    uint8_t data[ROOM];
    ULONG size;
};

static SECURITY_STATUS leg(struct pair *p, bool client, bool first, struct token *in,
                           struct token *out)
{
    SecBuffer given[2] = {{in->size, SECBUFFER_TOKEN, in->data}, {0, SECBUFFER_EMPTY, NULL}};
    SecBuffer got = {ROOM, SECBUFFER_TOKEN, out->data};
    SecBufferDesc input = {SECBUFFER_VERSION, 2, given}, output = {SECBUFFER_VERSION, 1, &got};
    SECURITY_STATUS status;
    ULONG attributes;

    if (client)
        status = p->table->InitializeSecurityContextW(
            &p->client, first ? NULL : &p->initiator, (SEC_WCHAR *)(uintptr_t)p->target,
            p->client_flags, 0, SECURITY_NATIVE_DREP, first ? NULL : &input, 0, &p->initiator,
            &output, &attributes, NULL);
    else
        status = p->table->AcceptSecurityContext(&p->server, first ? NULL : &p->acceptor, &input,
                                                 ASC_REQ_STREAM, SECURITY_NATIVE_DREP, &p->acceptor,
                                                 &output, &attributes, NULL);
    if (status != SEC_E_OK && status != SEC_I_CONTINUE_NEEDED)
        bench_fail(p->name, client ? "InitializeSecurityContext" : "AcceptSecurityContext",
                   (unsigned)status);
    out->size = got.cbBuffer;
    return status;
}

static void connect_pair(struct pair *p)
{
    static struct token from_client, from_server;
    SECURITY_STATUS client = SEC_I_CONTINUE_NEEDED, server = SEC_I_CONTINUE_NEEDED;

    for (bool first = true; client || server; first = false) {
        from_client.size = first ? 0 : from_client.size;
        if (client)
            client = leg(p, true, first, &from_server, &from_client);
        if (server)
            server = leg(p, false, first, &from_client, &from_server);
    }
}

static void disconnect_pair(struct pair *p)
{
    p->table->DeleteSecurityContext(&p->initiator);
    p->table->DeleteSecurityContext(&p->acceptor);
}

static void credssp_once(void *arg)
{
    connect_pair(arg);
    disconnect_pair(arg);
}

/* What is in it: the one handshake after the other. */
struct parts {
    struct pair tls;
    struct sspi spnego;
};

static void parts_once(void *arg)
{
    struct parts *parts = arg;

    connect_pair(&parts->tls);
    sspi_connect(&parts->spnego);
    sspi_disconnect(&parts->spnego);
    disconnect_pair(&parts->tls);
}

/* ---- messages ---------------------------------------------------------------------------------
 */

static void message(void *arg)
{
    static uint8_t wire[MESSAGE_SIZE + 512];
    struct pair *p = arg;
    SecPkgContext_StreamSizes sizes;
    SecBuffer b[4];
    SecBufferDesc desc = {SECBUFFER_VERSION, 4, b};
    SECURITY_STATUS status;
    ULONG size, qop;

    status = p->table->QueryContextAttributesW(&p->initiator, SECPKG_ATTR_STREAM_SIZES, &sizes);
    if (status || sizes.cbHeader + sizes.cbTrailer > 512)
        bench_fail(p->name, "SECPKG_ATTR_STREAM_SIZES", (unsigned)status);
    b[0] = (SecBuffer){sizes.cbHeader, SECBUFFER_STREAM_HEADER, wire};
    b[1] = (SecBuffer){MESSAGE_SIZE, SECBUFFER_DATA, wire + sizes.cbHeader};
    b[2] = (SecBuffer){sizes.cbTrailer, SECBUFFER_STREAM_TRAILER,
                       wire + sizes.cbHeader + MESSAGE_SIZE};
    b[3] = (SecBuffer){0, SECBUFFER_EMPTY, NULL};
    status = p->table->EncryptMessage(&p->initiator, 0, &desc, 0);
    if (status)
        bench_fail(p->name, "EncryptMessage", (unsigned)status);
    size = b[0].cbBuffer + b[1].cbBuffer + b[2].cbBuffer;
    b[0] = (SecBuffer){size, SECBUFFER_DATA, wire};
    b[1] = b[2] = b[3] = (SecBuffer){0, SECBUFFER_EMPTY, NULL};
    status = p->table->DecryptMessage(&p->acceptor, &desc, 0, &qop);
    if (status)
        bench_fail(p->name, "DecryptMessage", (unsigned)status);
}

int main(int argc, char **argv)
{
    PSecurityFunctionTableW table = InitSecurityInterfaceW();
    struct pair credssp = {.name = "CredSSP",
                           .table = table,
                           .client_flags = ISC_REQ_DELEGATE | ISC_REQ_STREAM,
                           .target = u"TERMSRV/server.example.com"};
    struct parts parts = {.tls = {.name = "TLS",
                                  .table = table,
                                  .client_flags = ISC_REQ_MANUAL_CRED_VALIDATION | ISC_REQ_STREAM,
                                  .target = u"server.example.com"},
                          .spnego = {.name = "Negotiate", .table = table, .package = u"Negotiate"}};
    struct contender shakes[] = {{.once = credssp_once, .arg = &credssp},
                                 {.once = parts_once, .arg = &parts}};
    struct contender messages[] = {{.once = message, .arg = &credssp},
                                   {.once = message, .arg = &parts.tls}};
    PCCERT_CONTEXT certificate;
    SECURITY_STATUS status;

    if (argc != 2) {
        fprintf(stderr, "usage: %s CERTIFICATE\n", argv[0]);
        return 2;
    }
    status = CredmgrCertificateLoad(argv[1], NULL, NULL, NULL, &certificate);
    if (status)
        bench_fail("libsspi", argv[1], (unsigned)status);
    acquire(&credssp, CREDSSP_NAME, certificate);
    acquire(&parts.tls, SCHANNEL_NAME_W, certificate);
    sspi_acquire(&parts.spnego, &account, false);
    bench_compare(shakes, 2, ROUND_SECONDS);
    printf("CredSSP handshakes, NTLM (peer: TLS, then Negotiate, nothing in between)"
           "\t%.0f/s\t%.0f/s\t%.2f\t\n",
           shakes[0].rate, shakes[1].rate, shakes[0].rate / shakes[1].rate);
    connect_pair(&credssp);
    connect_pair(&parts.tls);
    bench_compare(messages, 2, ROUND_SECONDS);
    printf("CredSSP messages of 16 KiB (peer: Schannel)\t%.0f/s\t%.0f/s\t%.2f\tat least 0.9\n",
           messages[0].rate, messages[1].rate, messages[0].rate / messages[1].rate);
    disconnect_pair(&credssp);
    disconnect_pair(&parts.tls);
    CertFreeCertificateContext(certificate);
    return 0;
}
