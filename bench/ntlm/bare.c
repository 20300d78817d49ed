/*
 * The EVP calls of both ends of one handshake that has NTLMv2 responses, MICs and an exchanged key
 * (the keys of messages are made with the first message), over data of the usual sizes; algorithms
 * are fetched and digest contexts made ahead, RC4 contexts made for each key, as every program
 * must.
 */
#include "bench/ntlm/bare.h"

#include <stdint.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/provider.h>

#include "bench/ntlm/ends.h"

static struct {
    EVP_MD *md5;
    EVP_CIPHER *rc4;
    EVP_MD_CTX *digest;
    EVP_CIPHER_CTX *sender, *receiver;
} bare;

static uint8_t key[16], data[1024], result[16];

void bare_set_up(void)
{
    OSSL_LIB_CTX *context = OSSL_LIB_CTX_new();

    if (!context || !OSSL_PROVIDER_load(context, "default") ||
        !OSSL_PROVIDER_load(context, "legacy"))
        bench_fail("OpenSSL", "the legacy provider", 0);
    bare.md5 = EVP_MD_fetch(context, "MD5", NULL);
    bare.rc4 = EVP_CIPHER_fetch(context, "RC4", NULL);
    bare.digest = EVP_MD_CTX_new();
    if (!bare.md5 || !bare.rc4 || !bare.digest ||
        EVP_DigestInit_ex2(bare.digest, bare.md5, NULL) != 1)
        bench_fail("OpenSSL", "MD5 and RC4", 0);
    bare.sender = EVP_CIPHER_CTX_new();
    bare.receiver = EVP_CIPHER_CTX_new();
    if (!bare.sender || !bare.receiver ||
        EVP_EncryptInit_ex2(bare.sender, bare.rc4, key, NULL, NULL) != 1 ||
        EVP_EncryptInit_ex2(bare.receiver, bare.rc4, key, NULL, NULL) != 1)
        bench_fail("OpenSSL", "RC4", 0);
    memset(key, 0x5c, sizeof(key));
    memset(data, 0x36, sizeof(data));
}

/* RFC 2104 over MD5, whose blocks have 64 bytes. */
static bool hmac(const uint8_t *bytes, size_t size)
{
    return EVP_DigestInit_ex2(bare.digest, NULL, NULL) == 1 &&
           EVP_DigestUpdate(bare.digest, data, 64) == 1 &&
           EVP_DigestUpdate(bare.digest, data, 8) == 1 &&
           EVP_DigestUpdate(bare.digest, bytes, size) == 1 &&
           EVP_DigestFinal_ex(bare.digest, result, NULL) == 1 &&
           EVP_DigestInit_ex2(bare.digest, NULL, NULL) == 1 &&
           EVP_DigestUpdate(bare.digest, data, 64) == 1 &&
           EVP_DigestUpdate(bare.digest, result, 16) == 1 &&
           EVP_DigestFinal_ex(bare.digest, result, NULL) == 1;
}

static bool rc4(void)
{
    EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
    int written;
    bool ok = c && EVP_EncryptInit_ex2(c, bare.rc4, key, NULL, NULL) == 1 &&
              EVP_EncryptUpdate(c, result, &written, key, sizeof(key)) == 1;

    EVP_CIPHER_CTX_free(c);
    return ok;
}

#define NAMES_SIZE    24  /* user and domain */
#define RESPONSE_SIZE 260 /* the server's challenge and what the proof is made over */
#define MESSAGES_SIZE 690 /* what a MIC is made over: all three */
static bool one_end(void)
{
    return hmac(data, NAMES_SIZE) &&    /* NTOWFv2 */
           hmac(data, RESPONSE_SIZE) && /* NTProofStr */
           hmac(data, 16) &&            /* SessionBaseKey */
           rc4() &&                     /* the exchanged key */
           hmac(data, MESSAGES_SIZE);   /* the MIC */
}

void bare_handshake(void *arg)
{
    (void)arg;
    if (!one_end() || !one_end())
        bench_fail("OpenSSL", "a bare handshake", 0);
}

static bool one_way(EVP_CIPHER_CTX *stream, uint8_t *bytes, size_t size)
{
    int written;

    return EVP_EncryptUpdate(stream, bytes, &written, bytes, (int)size) == 1 &&
           EVP_EncryptUpdate(stream, result, &written, result, 8) == 1;
}

void bare_message(void *bytes, size_t size)
{
    if (!hmac(bytes, size) || !one_way(bare.sender, bytes, size) ||
        !one_way(bare.receiver, bytes, size) || !hmac(bytes, size))
        bench_fail("OpenSSL", "a bare message", 0);
}
