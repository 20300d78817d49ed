/*
 * Schannel against what it is made of: the same records and handshakes by OpenSSL over its own
 * memory BIOs, in one run, with the same certificate and ciphers.
 */
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <schannel.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <credmgr.h>

#include "bench/ntlm/ends.h"

#define ROUND_SECONDS 0.15
#define LARGEST       16384
#define WIRE          (LARGEST + 2048)

static uint8_t data[LARGEST];
static size_t size; /* of the messages of this round */

/* ---- the certificate, one for both ---- */

static char certificate_path[64];

static void write_certificate(EVP_PKEY **key, X509 **certificate)
{
    X509 *x = X509_new();
    FILE *f;

    *key = EVP_EC_gen("P-256");
    X509_set_version(x, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
    X509_gmtime_adj(X509_getm_notBefore(x), -3600);
    X509_gmtime_adj(X509_getm_notAfter(x), 3600);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_ASC,
                               (const unsigned char *)"bench", -1, -1, 0);
    X509_set_issuer_name(x, X509_get_subject_name(x));
    X509_set_pubkey(x, *key);
    X509_sign(x, *key, EVP_sha256());
    *certificate = x;
    snprintf(certificate_path, sizeof(certificate_path), "/tmp/bench-schannel-%d.pem", getpid());
    f = fopen(certificate_path, "wx");
    if (!f || !PEM_write_X509(f, x) || !PEM_write_PrivateKey(f, *key, NULL, NULL, 0, NULL, NULL))
        bench_fail("OpenSSL", "a certificate", 0);
    fclose(f);
}

/* ---- ours ---- */

struct ours {
    CredHandle client_credential, server_credential;
    CtxtHandle client, server;
    SecPkgContext_StreamSizes sizes;
};

static void acquire(struct ours *o, DWORD disabled)
{
    static SEC_CHAR package[] = UNISP_NAME_A;
    TLS_PARAMETERS protocols = {.grbitDisabledProtocols = disabled};
    SCH_CREDENTIALS c = {.dwVersion = SCH_CREDENTIALS_VERSION,
                         .dwFlags = SCH_CRED_MANUAL_CRED_VALIDATION | SCH_CRED_NO_DEFAULT_CREDS |
                                    SCH_CRED_DISABLE_RECONNECTS,
                         .cTlsParameters = 1,
                         .pTlsParameters = &protocols};
    PCCERT_CONTEXT certificate;
    SECURITY_STATUS status;

    status = AcquireCredentialsHandleA(NULL, package, SECPKG_CRED_OUTBOUND, NULL, &c, NULL, NULL,
                                       &o->client_credential, NULL);
    if (status == SEC_E_OK)
        status = CredmgrCertificateLoad(certificate_path, NULL, NULL, NULL, &certificate);
    if (status != SEC_E_OK)
        bench_fail("libsspi", "credentials", (unsigned)status);
    c.cCreds = 1;
    c.paCred = &certificate;
    status = AcquireCredentialsHandleA(NULL, package, SECPKG_CRED_INBOUND, NULL, &c, NULL, NULL,
                                       &o->server_credential, NULL);
    if (status != SEC_E_OK)
        bench_fail("libsspi", "credentials", (unsigned)status);
    CertFreeCertificateContext(certificate);
}

static SECURITY_STATUS leg(struct ours *o, bool server, bool first, const void *in, size_t in_size,
                           uint8_t *out, size_t *out_size)
{
    static SEC_CHAR target[] = "bench";
    SecBuffer given[2] = {{(ULONG)in_size, SECBUFFER_TOKEN, (void *)(uintptr_t)in}};
    SecBuffer token = {WIRE, SECBUFFER_TOKEN, out};
    SecBufferDesc input = {SECBUFFER_VERSION, 2, given}, output = {SECBUFFER_VERSION, 1, &token};
    SECURITY_STATUS status;
    ULONG attributes;

    if (server)
        status = AcceptSecurityContext(&o->server_credential, first ? NULL : &o->server, &input,
                                       ASC_REQ_STREAM, 0, &o->server, &output, &attributes, NULL);
    else
        status = InitializeSecurityContextA(&o->client_credential, first ? NULL : &o->client,
                                            target, ISC_REQ_STREAM | ISC_REQ_MANUAL_CRED_VALIDATION,
                                            0, 0, in_size ? &input : NULL, 0, &o->client, &output,
                                            &attributes, NULL);
    if (status < 0)
        bench_fail("libsspi", "a handshake", (unsigned)status);
    *out_size = token.cbBuffer;
    return status;
}

/* What comes after the handshake, session tickets, is read, too. */
static void connect_ours(struct ours *o)
{
    static uint8_t up[WIRE], down[WIRE];
    size_t up_size, down_size = 0;
    SECURITY_STATUS client, server = SEC_I_CONTINUE_NEEDED;

    client = leg(o, false, true, NULL, 0, up, &up_size);
    for (bool first = true; server != SEC_E_OK || client != SEC_E_OK; first = false) {
        if (up_size)
            server = leg(o, true, first, up, up_size, down, &down_size);
        up_size = 0;
        if (down_size && client != SEC_E_OK) {
            client = leg(o, false, false, down, down_size, up, &up_size);
            down_size = 0;
        }
    }
    while (down_size) {
        SecBuffer b[4] = {{(ULONG)down_size, SECBUFFER_DATA, down}};
        SecBufferDesc message = {SECBUFFER_VERSION, 4, b};

        if (DecryptMessage(&o->client, &message, 0, NULL) != SEC_E_OK)
            bench_fail("libsspi", "a session ticket", 0);
        down_size = b[3].cbBuffer;
        memmove(down, b[3].pvBuffer ? b[3].pvBuffer : down, down_size);
    }
}

static void disconnect_ours(struct ours *o)
{
    DeleteSecurityContext(&o->client);
    DeleteSecurityContext(&o->server);
}

static void ours_handshake(void *arg)
{
    connect_ours(arg);
    disconnect_ours(arg);
}

/* The program puts its message where it is to be encrypted, which is counted here. */
static void ours_message(void *arg)
{
    static uint8_t wire[WIRE];
    struct ours *o = arg;
    uint8_t *at = wire + o->sizes.cbHeader;
    SecBuffer out[4] = {{o->sizes.cbHeader, SECBUFFER_STREAM_HEADER, wire},
                        {(ULONG)size, SECBUFFER_DATA, at},
                        {o->sizes.cbTrailer, SECBUFFER_STREAM_TRAILER, at + size}};
    SecBuffer in[4] = {{0}};
    SecBufferDesc sealed = {SECBUFFER_VERSION, 4, out}, received = {SECBUFFER_VERSION, 4, in};
    SECURITY_STATUS status;

    memcpy(at, data, size);
    status = EncryptMessage(&o->client, 0, &sealed, 0);
    if (status)
        bench_fail("libsspi", "EncryptMessage", (unsigned)status);
    in[0] = (SecBuffer){out[0].cbBuffer + out[1].cbBuffer + out[2].cbBuffer, SECBUFFER_DATA, wire};
    status = DecryptMessage(&o->server, &received, 0, NULL);
    if (status || in[1].cbBuffer != size || memcmp(in[1].pvBuffer, data, 16) != 0)
        bench_fail("libsspi", "DecryptMessage", (unsigned)status);
}

/* ---- OpenSSL's ---- */

struct bare {
    SSL_CTX *client_context, *server_context;
    SSL *client, *server;
};

static void prepare_bare(struct bare *b, int version, X509 *certificate, EVP_PKEY *key)
{
    b->client_context = SSL_CTX_new(TLS_client_method());
    b->server_context = SSL_CTX_new(TLS_server_method());
    SSL_CTX_set_min_proto_version(b->client_context, version);
    SSL_CTX_set_max_proto_version(b->client_context, version);
    SSL_CTX_use_certificate(b->server_context, certificate);
    SSL_CTX_use_PrivateKey(b->server_context, key);
}

/* What one has written, to the other: through memory of the program's, as on a socket. */
static void carry(SSL *from, SSL *to)
{
    static uint8_t wire[2 * WIRE];
    int n = BIO_read(SSL_get_wbio(from), wire, sizeof(wire));

    if (n > 0 && BIO_write(SSL_get_rbio(to), wire, n) != n)
        bench_fail("OpenSSL", "a memory BIO", 0);
}

static void connect_bare(struct bare *b)
{
    int client = 0, server = 0;
    uint8_t byte;

    b->client = SSL_new(b->client_context);
    b->server = SSL_new(b->server_context);
    SSL_set_bio(b->client, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_bio(b->server, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_connect_state(b->client);
    SSL_set_accept_state(b->server);
    for (int turn = 0; turn < 10 && (client != 1 || server != 1); turn++) {
        if (client != 1)
            client = SSL_do_handshake(b->client);
        carry(b->client, b->server);
        if (server != 1)
            server = SSL_do_handshake(b->server);
        carry(b->server, b->client);
    }
    if (client != 1 || server != 1)
        bench_fail("OpenSSL", "a handshake", 0);
    SSL_read(b->client, &byte, 1);
}

static void disconnect_bare(struct bare *b)
{
    SSL_free(b->client);
    SSL_free(b->server);
}

static void bare_handshake(void *arg)
{
    connect_bare(arg);
    disconnect_bare(arg);
}

static void bare_message(void *arg)
{
    static uint8_t text[LARGEST];
    struct bare *b = arg;

    if (SSL_write(b->client, data, (int)size) != (int)size)
        bench_fail("OpenSSL", "SSL_write", 0);
    carry(b->client, b->server);
    if (SSL_read(b->server, text, (int)size) != (int)size || memcmp(text, data, 16) != 0)
        bench_fail("OpenSSL", "SSL_read", 0);
}

/* ---- both ---- */

static void compare(const char *name, int version, DWORD disabled, X509 *certificate, EVP_PKEY *key)
{
    static const size_t lengths[] = {1024, LARGEST};
    struct ours ours;
    struct bare bare;
    struct contender shakes[] = {{.once = ours_handshake, .arg = &ours},
                                 {.once = bare_handshake, .arg = &bare}};
    struct contender messages[] = {{.once = ours_message, .arg = &ours},
                                   {.once = bare_message, .arg = &bare}};

    acquire(&ours, disabled);
    prepare_bare(&bare, version, certificate, key);
    bench_compare(shakes, 2, ROUND_SECONDS);
    printf("%s handshakes (peer: OpenSSL alone)\t%.0f/s\t%.0f/s\t%.2f\tat least 0.9\n", name,
           shakes[0].rate, shakes[1].rate, shakes[0].rate / shakes[1].rate);
    connect_ours(&ours);
    connect_bare(&bare);
    QueryContextAttributesW(&ours.client, SECPKG_ATTR_STREAM_SIZES, &ours.sizes);
    for (int i = 0; i < 2; i++) {
        size = lengths[i];
        bench_compare(messages, 2, ROUND_SECONDS);
        printf("%s messages of %zu KiB there and opened (peer: OpenSSL's memory BIOs)\t%.0f "
               "MB/s\t%.0f MB/s\t%.2f\tat least 0.9\n",
               name, size / 1024, messages[0].rate * (double)size / 1e6,
               messages[1].rate * (double)size / 1e6, messages[0].rate / messages[1].rate);
    }
    disconnect_ours(&ours);
    disconnect_bare(&bare);
}

int main(void)
{
    EVP_PKEY *key;
    X509 *certificate;

    for (size_t i = 0; i < sizeof(data); i++)
        data[i] = (uint8_t)(i * 31 + 7);
    write_certificate(&key, &certificate);
    compare("TLS 1.3", TLS1_3_VERSION, SP_PROT_TLS1_2, certificate, key);
    compare("TLS 1.2", TLS1_2_VERSION, SP_PROT_TLS1_3, certificate, key);
    unlink(certificate_path);
    return 0;
}
