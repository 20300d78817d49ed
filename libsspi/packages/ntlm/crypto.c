/*
 * OpenSSL behind two small functions, and a checksum. What costs time in OpenSSL 3 is fetching
 * algorithms, so that is done ahead, at the start. (MD5, of which a handshake is mostly made, and
 * RC4 are in pass.c.)
 */
#include "libsspi/packages/ntlm/crypto.h"

#include <pthread.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/provider.h>

#include "base/log.h"
#include "base/secret.h"

static struct {
    pthread_mutex_t lock; /* guards start and stop only */
    unsigned users;
    OSSL_LIB_CTX *context;
    OSSL_PROVIDER *standard, *legacy;
    EVP_MD *md4;
    EVP_CIPHER *des;
} crypto = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void unload(void)
{
    EVP_MD_free(crypto.md4);
    EVP_CIPHER_free(crypto.des);
    if (crypto.legacy)
        OSSL_PROVIDER_unload(crypto.legacy);
    if (crypto.standard)
        OSSL_PROVIDER_unload(crypto.standard);
    OSSL_LIB_CTX_free(crypto.context);
    crypto.md4 = NULL;
    crypto.des = NULL;
    crypto.legacy = crypto.standard = NULL;
    crypto.context = NULL;
}

/*
 * What pass.c does itself is OpenSSL's to allow all the same: a machine whose providers or FIPS
 * mode leave MD5 or RC4 out shall not get them by a back door.
 */
static bool allows_ours(void)
{
    EVP_MD *md5 = EVP_MD_fetch(crypto.context, "MD5", NULL);
    EVP_CIPHER *rc4 = EVP_CIPHER_fetch(crypto.context, "RC4", NULL);
    bool both = md5 && rc4;

    EVP_MD_free(md5);
    EVP_CIPHER_free(rc4);
    return both;
}

/*
 * OpenSSL reads its own configuration file when something is first hashed, so that is done here,
 * too: later, in lsad, the file could not be opened.
 */
static bool load(void)
{
    uint8_t hash[NTLM_KEY_SIZE];

    crypto.context = OSSL_LIB_CTX_new();
    if (!crypto.context)
        return false;
    crypto.standard = OSSL_PROVIDER_load(crypto.context, "default");
    crypto.legacy = OSSL_PROVIDER_load(crypto.context, "legacy");
    if (!crypto.standard || !crypto.legacy)
        return false;
    crypto.md4 = EVP_MD_fetch(crypto.context, "MD4", NULL);
    crypto.des = EVP_CIPHER_fetch(crypto.context, "DES-ECB", NULL);
    if (!crypto.md4 || !crypto.des || !allows_ours())
        return false;
    return ntlm_md4("", 0, hash);
}

static const char *reason(void)
{
    const char *text = ERR_reason_error_string(ERR_peek_last_error());

    return text ? text : "out of memory";
}

bool ntlm_crypto_start(void)
{
    bool ok = true;

    pthread_mutex_lock(&crypto.lock);
    if (crypto.users == 0) {
        ERR_set_mark(); /* the error queue of this thread is the application's */
        ok = load();
        if (!ok)
            log_error("NTLM: OpenSSL has no MD4, MD5, RC4 and DES for us: %s (its legacy provider, "
                      "legacy.so, must be installed, and FIPS mode be off)",
                      reason());
        ERR_pop_to_mark();
        if (!ok)
            unload();
    }
    if (ok)
        crypto.users++;
    pthread_mutex_unlock(&crypto.lock);
    return ok;
}

void ntlm_crypto_stop(void)
{
    pthread_mutex_lock(&crypto.lock);
    if (crypto.users && --crypto.users == 0)
        unload();
    pthread_mutex_unlock(&crypto.lock);
}

bool ntlm_md4(const void *data, size_t size, uint8_t out[NTLM_KEY_SIZE])
{
    memset(out, 0, NTLM_KEY_SIZE);
    return EVP_Digest(data, size, out, NULL, crypto.md4, NULL);
}

bool ntlm_des(const uint8_t key[7], const uint8_t in[8], uint8_t out[8])
{
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    uint8_t spread[8];
    uint64_t bits = 0;
    int size = 0;
    bool ok;

    for (size_t i = 0; i < 7; i++)
        bits = bits << 8 | key[i];
    for (size_t i = 0; i < 8; i++) /* seven bits each; the parity bit below them is not looked at */
        spread[i] = (uint8_t)((bits >> (49 - 7 * i)) << 1);
    memset(out, 0, 8);
    ok = ctx && EVP_EncryptInit_ex2(ctx, crypto.des, spread, NULL, NULL) &&
         EVP_CIPHER_CTX_set_padding(ctx, 0) && EVP_EncryptUpdate(ctx, out, &size, in, 8);
    EVP_CIPHER_CTX_free(ctx);
    secret_wipe(spread, sizeof(spread));
    secret_wipe(&bits, sizeof(bits));
    return ok && size == 8;
}

/* A byte's two halves, each through the 16 remainders of the reflected polynomial. */
uint32_t ntlm_crc32(const struct ntlm_bytes *parts, size_t count)
{
    static const uint32_t remainders[16] = {
        0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4,
        0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
        0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
    };
    uint32_t crc = ~UINT32_C(0);

    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < parts[i].size; j++) {
            crc ^= parts[i].data[j];
            crc = crc >> 4 ^ remainders[crc & 15];
            crc = crc >> 4 ^ remainders[crc & 15];
        }
    }
    return ~crc;
}
