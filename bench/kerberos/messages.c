/*
 * What protecting a message costs once a context is there: EncryptMessage and DecryptMessage
 * against MIT's gss_wrap and gss_unwrap, and against the cipher and the MAC alone on bare EVP.
 * Rounds alternate, so that all meet the same machine, and the middle one counts.
 *
 *   messages SPN     the caller's default credential cache and keytab; its session keys are to be
 *                    of aes256-cts-hmac-sha1-96
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include "bench/kerberos/ends.h"

#define ROUNDS        21
#define ROUND_SECONDS 0.05
#define LARGEST       65536
#define ROOM          (LARGEST + 256)

static size_t size; /* of the messages of this round */
static uint8_t data[ROOM];

/* ---- ours -------------------------------------------------------------------------------------
 */

static struct sspi_ends ours;

static void sspi_message(void)
{
    static uint8_t wire[ROOM];
    SecBuffer out[2] = {{ours.trailer, SECBUFFER_TOKEN, wire},
                        {(ULONG)size, SECBUFFER_DATA, wire + ours.trailer}};
    SecBuffer in[2] = {{0, SECBUFFER_STREAM, wire}, {0, SECBUFFER_DATA, NULL}};
    SecBufferDesc sealed = {SECBUFFER_VERSION, 2, out}, received = {SECBUFFER_VERSION, 2, in};
    SECURITY_STATUS status;

    /* gss_wrap leaves its input alone; EncryptMessage works where the data lie, so they are put
     * there, once a message. */
    memcpy(wire + ours.trailer, data, size);
    status = EncryptMessage(&ours.initiator, 0, &sealed, 0);
    if (status)
        bench_fail("EncryptMessage", (unsigned)status);
    in[0].cbBuffer = out[0].cbBuffer + out[1].cbBuffer;
    status = DecryptMessage(&ours.acceptor, &received, 0, NULL);
    if (status)
        bench_fail("DecryptMessage", (unsigned)status);
    if (in[1].cbBuffer != size || memcmp(in[1].pvBuffer, data, 16))
        bench_fail("the message that arrived", in[1].cbBuffer);
}

/* ---- MIT's ------------------------------------------------------------------------------------
 */

static struct gss_ends theirs;

static void gss_message(void)
{
    gss_buffer_desc in = {size, data}, wire = GSS_C_EMPTY_BUFFER, out = GSS_C_EMPTY_BUFFER;
    OM_uint32 minor, major;

    major = gss_wrap(&minor, theirs.initiator, 1, GSS_C_QOP_DEFAULT, &in, NULL, &wire);
    if (major)
        bench_fail("gss_wrap", major);
    major = gss_unwrap(&minor, theirs.acceptor, &wire, &out, NULL, NULL);
    if (major)
        bench_fail("gss_unwrap", major);
    if (out.length != size || memcmp(out.value, data, 16))
        bench_fail("MIT's message that arrived", (unsigned)out.length);
    gss_release_buffer(&minor, &wire);
    gss_release_buffer(&minor, &out);
}

/* ---- the cipher and the MAC alone -------------------------------------------------------------
 */

static struct {
    EVP_CIPHER_CTX *encrypt, *decrypt;
    EVP_MAC_CTX *mac;
} bare;

static void bare_setup(void)
{
    static const uint8_t key[32] = {1}, iv[16];
    char digest[] = "SHA1", mode[] = "CS3";
    OSSL_PARAM mac_params[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                               OSSL_PARAM_construct_end()};
    OSSL_PARAM cts[] = {OSSL_PARAM_construct_utf8_string(OSSL_CIPHER_PARAM_CTS_MODE, mode, 0),
                        OSSL_PARAM_construct_end()};
    EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, "AES-256-CBC-CTS", NULL);
    EVP_MAC *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);

    bare.encrypt = EVP_CIPHER_CTX_new();
    bare.decrypt = EVP_CIPHER_CTX_new();
    bare.mac = EVP_MAC_CTX_new(hmac);
    if (EVP_CipherInit_ex2(bare.encrypt, cipher, key, iv, 1, cts) != 1 ||
        EVP_CipherInit_ex2(bare.decrypt, cipher, key, iv, 0, cts) != 1 ||
        EVP_MAC_init(bare.mac, key, sizeof(key), mac_params) != 1)
        bench_fail("OpenSSL", 0);
    EVP_CIPHER_free(cipher);
    EVP_MAC_free(hmac);
}

static void bare_clear(void)
{
    EVP_CIPHER_CTX_free(bare.encrypt);
    EVP_CIPHER_CTX_free(bare.decrypt);
    EVP_MAC_CTX_free(bare.mac);
}

/* What the protocol adds to the data goes through both as well: a confounder and a header. */
static void bare_message(void)
{
    static uint8_t wire[ROOM];
    static const uint8_t iv[16];
    uint8_t tag[64];
    size_t whole = size + 32, length;
    int written;

    memcpy(wire, data, size);
    if (EVP_MAC_init(bare.mac, NULL, 0, NULL) != 1 || EVP_MAC_update(bare.mac, wire, whole) != 1 ||
        EVP_MAC_final(bare.mac, tag, &length, sizeof(tag)) != 1 ||
        EVP_CipherInit_ex2(bare.encrypt, NULL, NULL, iv, -1, NULL) != 1 ||
        EVP_CipherUpdate(bare.encrypt, wire, &written, wire, (int)whole) != 1 ||
        EVP_CipherInit_ex2(bare.decrypt, NULL, NULL, iv, -1, NULL) != 1 ||
        EVP_CipherUpdate(bare.decrypt, wire, &written, wire, (int)whole) != 1 ||
        EVP_MAC_init(bare.mac, NULL, 0, NULL) != 1 || EVP_MAC_update(bare.mac, wire, whole) != 1 ||
        EVP_MAC_final(bare.mac, tag, &length, sizeof(tag)) != 1)
        bench_fail("OpenSSL", 1);
    if (memcmp(wire, data, 16))
        bench_fail("the bare message that arrived", 0);
}

/* ---- measuring --------------------------------------------------------------------------------
 */

static void measure(size_t bytes, const char *gss_target)
{
    double sspi[ROUNDS], gss[ROUNDS], evp[ROUNDS], a, b, c;

    size = bytes;
    for (int i = 0; i < ROUNDS; i++) {
        sspi[i] = bench_rate(sspi_message, ROUND_SECONDS);
        gss[i] = bench_rate(gss_message, ROUND_SECONDS);
        evp[i] = bench_rate(bare_message, ROUND_SECONDS);
    }
    a = bench_middle(sspi, ROUNDS);
    b = bench_middle(gss, ROUNDS);
    c = bench_middle(evp, ROUNDS);
    printf(
        "Kerberos messages of %zu KiB sealed and opened (peer: gss_wrap, gss_unwrap)\t%.0f MB/s\t"
        "%.0f MB/s\t%.2f\t%s\n",
        bytes / 1024, a * (double)bytes / 1e6, b * (double)bytes / 1e6, a / b, gss_target);
    printf("Kerberos messages of %zu KiB sealed and opened (peer: bare AES-CTS and HMAC)\t"
           "%.0f MB/s\t%.0f MB/s\t%.2f\tat least 0.7\n",
           bytes / 1024, a * (double)bytes / 1e6, c * (double)bytes / 1e6, a / c);
}

int main(int argc, char **argv)
{
    SecPkgContext_KeyInfoA key;
    SECURITY_STATUS status;

    if (argc != 2) {
        fprintf(stderr, "usage: messages SPN\n");
        return 2;
    }
    for (size_t i = 0; i < sizeof(data); i++)
        data[i] = (uint8_t)(i * 31 + 7);
    sspi_acquire(&ours);
    sspi_connect(&ours, argv[1]);
    status = QueryContextAttributesA(&ours.initiator, SECPKG_ATTR_KEY_INFO, &key);
    if (status || key.EncryptAlgorithm != 18)
        bench_fail("the context's encryption type",
                   status ? (unsigned)status : key.EncryptAlgorithm);
    FreeContextBuffer(key.sEncryptAlgorithmName);
    FreeContextBuffer(key.sSignatureAlgorithmName);
    gss_acquire(&theirs, argv[1]);
    gss_connect(&theirs);
    bare_setup();
    measure(65536, "at least 4");
    measure(1024, "at least 3");
    bare_clear();
    gss_disconnect(&theirs);
    gss_release(&theirs);
    sspi_disconnect(&ours);
    sspi_release(&ours);
    return 0;
}
