/*
 * The record path of Schannel through the public API: legs, messages and what comes after the
 * handshake, of a peer that is hostile, with OpenSSL as the peer that has the keys where they are
 * needed.
 *
 * An input: a byte that says what is done (below), then bytes: what the peer sends; of the two
 * CHANGED ones pairs of a place (16 bits) and what is put there, in the peer's honest bytes.
 */
#include <openssl/ssl.h>
#include <schannel.h>
#include <security.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "libsspi/certificates/certificate.h"
#include "libsspi/lsa/client.h"
#include "libsspi/lsa/host.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

const struct builtin_package lsa_builtin_packages[] = {
    {"Schannel", tls_lsa_mode_initialize, tls_user_mode_initialize,
     BUILTIN_IN_PROCESS | BUILTIN_OWN_AUTH_DATA},
    {NULL, NULL, NULL, 0},
};

enum {
    AS_SERVER = 0x01, /* we are the server */
    OLDER = 0x02,     /* TLS 1.2 */
    MUTUAL = 0x04,    /* the client's certificate is asked for */
    WHAT = 0x38,
    RAW_LEGS = 0x00,       /* the bytes are all that the peer sends, from its first message on */
    CHANGED_FLIGHT = 0x08, /* the peer's first flight, changed */
    RAW_RECORDS = 0x10,    /* established: to DecryptMessage */
    RAW_LATER = 0x18,      /* … to the legs */
    SEALED = 0x20,         /* … as a message of the peer's */
    CHANGED_RECORD = 0x28, /* … such a one, and what follows, changed */
    CONTROL = 0x30,        /* … to ApplyControlToken, and then a leg */
    SPLIT = 0x40           /* given in two parts */
};

#define FLIGHT_MAX 16384

static CredHandle client, server;
static SSL_CTX *their_client, *their_server;

static void must(bool condition)
{
    if (!condition)
        abort();
}

static X509 *make_certificate(EVP_PKEY *key)
{
    X509 *x = X509_new();

    must(x && X509_set_version(x, 2) && ASN1_INTEGER_set(X509_get_serialNumber(x), 1) &&
         X509_gmtime_adj(X509_getm_notBefore(x), -86400) &&
         X509_gmtime_adj(X509_getm_notAfter(x), 86400 * 365) &&
         X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_ASC,
                                    (const unsigned char *)"fuzz", -1, -1, 0) &&
         X509_set_issuer_name(x, X509_get_subject_name(x)) && X509_set_pubkey(x, key) &&
         X509_sign(x, key, EVP_sha256()));
    return x;
}

static int take_any(int good, X509_STORE_CTX *store)
{
    (void)good, (void)store;
    return 1;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    static SEC_CHAR package[] = UNISP_NAME_A;
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *x = make_certificate(key);
    PCCERT_CONTEXT context = certificate_context(x, key, NULL);
    SCH_CREDENTIALS c = {.dwVersion = SCH_CREDENTIALS_VERSION,
                         .cCreds = 1,
                         .paCred = &context,
                         .dwFlags = SCH_CRED_MANUAL_CRED_VALIDATION | SCH_CRED_DISABLE_RECONNECTS};

    (void)argc, (void)argv;
    lsa_client_set_socket("/nonexistent/lsa.sock");
    must(AcquireCredentialsHandleA(NULL, package, SECPKG_CRED_OUTBOUND, NULL, &c, NULL, NULL,
                                   &client, NULL) == SEC_E_OK);
    must(AcquireCredentialsHandleA(NULL, package, SECPKG_CRED_INBOUND, NULL, &c, NULL, NULL,
                                   &server, NULL) == SEC_E_OK);
    CertFreeCertificateContext(context);
    their_client = SSL_CTX_new(TLS_client_method());
    their_server = SSL_CTX_new(TLS_server_method());
    must(their_client && their_server && SSL_CTX_use_certificate(their_server, x) &&
         SSL_CTX_use_PrivateKey(their_server, key) && SSL_CTX_use_certificate(their_client, x) &&
         SSL_CTX_use_PrivateKey(their_client, key));
    SSL_CTX_set_verify(their_client, SSL_VERIFY_NONE, NULL);
    SSL_CTX_set_session_id_context(their_server, (const unsigned char *)"fuzz", 4);
    X509_free(x);
    EVP_PKEY_free(key);
    return 0;
}

/* ---- our side ---------------------------------------------------------------------------------
 */

struct side {
    uint8_t options;
    CtxtHandle context;
    bool begun;
    SSL *peer;
    uint8_t in[FLIGHT_MAX]; /* from the peer, not read yet */
    size_t in_size;
};

/* One leg; what it has not read stays in `in`, what it says goes to the peer. */
static SECURITY_STATUS leg(struct side *s)
{
    SecBuffer given[2] = {{(ULONG)s->in_size, SECBUFFER_TOKEN, s->in}};
    SecBuffer got[2] = {{0, SECBUFFER_TOKEN, NULL}, {0, SECBUFFER_ALERT, NULL}};
    SecBufferDesc input = {SECBUFFER_VERSION, 2, given}, output = {SECBUFFER_VERSION, 2, got};
    static SEC_CHAR target[] = "fuzz";
    SECURITY_STATUS status;
    size_t left = 0;
    ULONG attributes;

    if (s->options & AS_SERVER)
        status = AcceptSecurityContext(&server, s->begun ? &s->context : NULL, &input,
                                       ASC_REQ_ALLOCATE_MEMORY | ASC_REQ_STREAM |
                                           ASC_REQ_EXTENDED_ERROR |
                                           (s->options & MUTUAL ? ASC_REQ_MUTUAL_AUTH : 0),
                                       0, &s->context, &output, &attributes, NULL);
    else
        status = InitializeSecurityContextA(
            &client, s->begun ? &s->context : NULL, target,
            ISC_REQ_ALLOCATE_MEMORY | ISC_REQ_STREAM | ISC_REQ_EXTENDED_ERROR |
                ISC_REQ_MANUAL_CRED_VALIDATION,
            0, 0, s->begun ? &input : NULL, 0, &s->context, &output, &attributes, NULL);
    must(status != SEC_E_INSUFFICIENT_MEMORY);
    s->begun = s->begun || status >= 0;
    if (given[1].BufferType == SECBUFFER_EXTRA) {
        must(given[1].cbBuffer <= s->in_size);
        left = given[1].cbBuffer;
    } else if (given[1].BufferType == SECBUFFER_MISSING) {
        must(given[1].cbBuffer > 0);
    }
    if (status != SEC_E_INCOMPLETE_MESSAGE && status != SEC_I_INCOMPLETE_CREDENTIALS) {
        memmove(s->in, s->in + s->in_size - left, left);
        s->in_size = left;
    }
    if (got[0].cbBuffer && s->peer)
        BIO_write(SSL_get_rbio(s->peer), got[0].pvBuffer, (int)got[0].cbBuffer);
    FreeContextBuffer(got[0].pvBuffer);
    FreeContextBuffer(got[1].pvBuffer);
    return status;
}

/* As programs have it: until nothing more comes of what was given. */
static SECURITY_STATUS legs(struct side *s)
{
    SECURITY_STATUS status;
    size_t before;

    do {
        before = s->in_size;
        status = leg(s);
    } while (status == SEC_I_CONTINUE_NEEDED && s->in_size > 0 && s->in_size < before);
    return status;
}

static void put(struct side *s, const void *bytes, size_t size)
{
    if (size > sizeof(s->in) - s->in_size)
        size = sizeof(s->in) - s->in_size;
    memcpy(s->in + s->in_size, bytes, size);
    s->in_size += size;
}

/* All of the records in `in`. */
static void decrypt(struct side *s)
{
    while (s->in_size > 0) {
        SecBuffer b[4] = {{(ULONG)s->in_size, SECBUFFER_DATA, s->in}};
        SecBufferDesc message = {SECBUFFER_VERSION, 4, b};
        SECURITY_STATUS status = DecryptMessage(&s->context, &message, 0, NULL);
        size_t left = b[3].BufferType == SECBUFFER_EXTRA ? b[3].cbBuffer : 0;

        if (status == SEC_E_INCOMPLETE_MESSAGE) {
            must(b[1].BufferType == SECBUFFER_MISSING && b[1].cbBuffer > 0);
            return;
        }
        if (status < 0)
            return;
        must(b[1].BufferType == SECBUFFER_DATA && left < s->in_size);
        must(b[0].cbBuffer + b[1].cbBuffer + b[2].cbBuffer + left == s->in_size);
        must((uint8_t *)b[1].pvBuffer >= s->in &&
             (uint8_t *)b[1].pvBuffer + b[1].cbBuffer <= s->in + s->in_size);
        memmove(s->in, s->in + s->in_size - left, left);
        s->in_size = left;
        if (status == SEC_I_CONTEXT_EXPIRED)
            return;
        if (status == SEC_I_RENEGOTIATE && legs(s) != SEC_E_OK)
            return;
    }
}

static void encrypt(struct side *s)
{
    uint8_t memory[256];
    SecPkgContext_StreamSizes sizes;
    SecBuffer b[4] = {{0}};
    SecBufferDesc message = {SECBUFFER_VERSION, 4, b};

    must(QueryContextAttributesA(&s->context, SECPKG_ATTR_STREAM_SIZES, &sizes) == SEC_E_OK);
    must(sizes.cbHeader + sizes.cbTrailer + 32 < sizeof(memory));
    b[0] = (SecBuffer){sizes.cbHeader, SECBUFFER_STREAM_HEADER, memory};
    b[1] = (SecBuffer){32, SECBUFFER_DATA, memory + sizes.cbHeader};
    b[2] = (SecBuffer){sizes.cbTrailer, SECBUFFER_STREAM_TRAILER, memory + sizes.cbHeader + 32};
    memset(b[1].pvBuffer, 't', 32);
    EncryptMessage(&s->context, 0, &message, 0);
}

/* ---- the peer ---------------------------------------------------------------------------------
 */

static void peer_new(struct side *s)
{
    int version = s->options & OLDER ? TLS1_2_VERSION : TLS1_3_VERSION;

    s->peer = SSL_new(s->options & AS_SERVER ? their_client : their_server);
    must(s->peer != NULL);
    SSL_set_bio(s->peer, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_min_proto_version(s->peer, version);
    SSL_set_max_proto_version(s->peer, version);
    if (s->options & AS_SERVER) {
        SSL_set_connect_state(s->peer);
    } else {
        SSL_set_accept_state(s->peer);
        if (s->options & MUTUAL)
            SSL_set_verify(s->peer, SSL_VERIFY_PEER, take_any);
    }
}

/* What the peer has to say, changed where `data` says so. */
static void peer_says(struct side *s, const uint8_t *data, size_t size)
{
    uint8_t flight[FLIGHT_MAX];
    int n = BIO_read(SSL_get_wbio(s->peer), flight, sizeof(flight));

    if (n <= 0)
        return;
    for (; size >= 3; data += 3, size -= 3)
        flight[(data[0] << 8 | data[1]) % n] = data[2];
    put(s, flight, (size_t)n);
}

/* False: not established, since our changes were in the way. */
static bool shake(struct side *s, const uint8_t *changes, size_t size)
{
    SECURITY_STATUS status = SEC_I_CONTINUE_NEEDED;
    int done = 0;

    peer_new(s);
    if (!(s->options & AS_SERVER))
        status = legs(s);
    for (int turn = 0; turn < 6 && (status != SEC_E_OK || done != 1); turn++) {
        if (done != 1)
            done = SSL_do_handshake(s->peer);
        peer_says(s, changes, size);
        size = 0;
        if (status != SEC_E_OK && s->in_size > 0)
            status = legs(s);
        if (status < 0 && status != SEC_E_INCOMPLETE_MESSAGE)
            break;
    }
    must(changes || (status == SEC_E_OK && done == 1));
    return status == SEC_E_OK;
}

/* ---- what is done -----------------------------------------------------------------------------
 */

static void raw_legs(struct side *s, const uint8_t *data, size_t size)
{
    size_t first = s->options & SPLIT ? size / 2 : size;

    if (!(s->options & AS_SERVER))
        must(legs(s) == SEC_I_CONTINUE_NEEDED);
    put(s, data, first);
    if (legs(s) == SEC_E_INCOMPLETE_MESSAGE && first < size) {
        put(s, data + first, size - first);
        legs(s);
    }
}

static void sealed(struct side *s, const uint8_t *data, size_t size, bool changed)
{
    static const char text[] = "a message of the peer's, honest";
    size_t length = changed ? sizeof(text) : size;

    if (length > 0)
        must(SSL_write(s->peer, changed ? (const void *)text : data, (int)length) == (int)length);
    peer_says(s, data, changed ? size : 0);
    if (changed)
        SSL_shutdown(s->peer);
    peer_says(s, NULL, 0);
    decrypt(s);
}

static void control(struct side *s, const uint8_t *data, size_t size)
{
    uint8_t copy[64];
    SecBuffer token = {(ULONG)(size < sizeof(copy) ? size : sizeof(copy)), SECBUFFER_TOKEN, copy};
    SecBufferDesc input = {SECBUFFER_VERSION, 1, &token};

    memcpy(copy, data, token.cbBuffer);
    ApplyControlToken(&s->context, &input);
    s->in_size = 0;
    legs(s);
}

static void established(struct side *s, const uint8_t *data, size_t size)
{
    if (!shake(s, NULL, 0))
        return;
    decrypt(s); /* tickets */
    switch (s->options & WHAT) {
    case RAW_RECORDS:
        put(s, data, size);
        decrypt(s);
        break;
    case RAW_LATER:
        put(s, data, size);
        legs(s);
        break;
    case CONTROL:
        control(s, data, size);
        break;
    default:
        sealed(s, data, size, (s->options & WHAT) == CHANGED_RECORD);
    }
    encrypt(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct side s;

    if (size < 1 || size > FLIGHT_MAX)
        return 0;
    s = (struct side){.options = data[0]};
    data++;
    size--;
    switch (s.options & WHAT) {
    case RAW_LEGS:
        raw_legs(&s, data, size);
        break;
    case CHANGED_FLIGHT:
        shake(&s, data, size);
        break;
    default:
        established(&s, data, size);
    }
    if (s.begun)
        DeleteSecurityContext(&s.context);
    SSL_free(s.peer);
    return 0;
}
