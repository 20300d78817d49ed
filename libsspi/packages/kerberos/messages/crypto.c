/*
 * The encryption types: their figures, how keys are derived, their checksums; and the only place
 * that loads anything of OpenSSL.
 */
#include "libsspi/packages/kerberos/messages/crypto_internal.h"

#include <pthread.h>
#include <string.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/provider.h>

#include "base/secret.h"

#define BLOCK 16

static const struct kerb_profile profiles[] = {
    {17, 16, 12, 16, false, false, 15, "AES128-CTS-HMAC-SHA1-96", "HMAC-SHA1-96-AES128",
     "AES-128-CBC", "SHA1"},
    {18, 32, 12, 32, false, false, 16, "AES256-CTS-HMAC-SHA1-96", "HMAC-SHA1-96-AES256",
     "AES-256-CBC", "SHA1"},
    {19, 16, 16, 16, true, false, 19, "AES128-CTS-HMAC-SHA256-128", "HMAC-SHA256-128-AES128",
     "AES-128-CBC", "SHA2-256"},
    {20, 32, 24, 24, true, false, 20, "AES256-CTS-HMAC-SHA384-192", "HMAC-SHA384-192-AES256",
     "AES-256-CBC", "SHA2-384"},
    {25, 16, 16, 16, false, false, 17, "CAMELLIA128-CTS-CMAC", "CMAC-CAMELLIA128",
     "CAMELLIA-128-CBC", NULL},
    {26, 32, 16, 32, false, false, 18, "CAMELLIA256-CTS-CMAC", "CMAC-CAMELLIA256",
     "CAMELLIA-256-CBC", NULL},
    {23, 16, 8, 16, false, true, (uint32_t)-138, "RC4-HMAC", "HMAC-MD5", NULL, "MD5"},
};

const struct kerb_profile *kerb_profile(int32_t enctype)
{
    for (size_t i = 0; i < sizeof(profiles) / sizeof(profiles[0]); i++) {
        if (profiles[i].enctype == enctype)
            return &profiles[i];
    }
    return NULL;
}

/* ---- OpenSSL, once a process ------------------------------------------------------------------
 */

static struct {
    OSSL_LIB_CTX *library;
    EVP_MAC *hmac, *cmac;
    EVP_KDF *krb5, *kbkdf;
    EVP_MD *md5;
} ossl;

static void load(void)
{
    ossl.library = OSSL_LIB_CTX_new();
    if (!ossl.library)
        return;
    OSSL_PROVIDER_load(ossl.library, "default");
    OSSL_PROVIDER_load(ossl.library, "legacy"); /* RC4; without it only RFC 4757 is missing */
    ossl.hmac = EVP_MAC_fetch(ossl.library, "HMAC", NULL);
    ossl.cmac = EVP_MAC_fetch(ossl.library, "CMAC", NULL);
    ossl.krb5 = EVP_KDF_fetch(ossl.library, "KRB5KDF", NULL);
    ossl.kbkdf = EVP_KDF_fetch(ossl.library, "KBKDF", NULL);
    ossl.md5 = EVP_MD_fetch(ossl.library, "MD5", NULL);
}

static void need_openssl(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, load);
}

EVP_CIPHER *kerb_fetch_cipher(const char *name)
{
    need_openssl();
    return ossl.library ? EVP_CIPHER_fetch(ossl.library, name, NULL) : NULL;
}

const EVP_MD *kerb_md5_method(void)
{
    need_openssl();
    return ossl.md5;
}

bool kerb_crypto_start(void)
{
    need_openssl();
    return ossl.hmac && ossl.cmac && ossl.krb5 && ossl.kbkdf && ossl.md5;
}

/* ---- key derivation ---------------------------------------------------------------------------
 */

OSSL_PARAM kerb_text_param(const char *name, const char *value)
{
    return OSSL_PARAM_construct_utf8_string(name, (char *)(uintptr_t)value, 0);
}

static OSSL_PARAM octets(const char *name, const void *value, size_t size)
{
    return OSSL_PARAM_construct_octet_string(name, (void *)(uintptr_t)value, size);
}

bool kerb_derive(const struct kerb_profile *profile, const uint8_t *key, uint32_t usage,
                 uint8_t tag, uint8_t *out, size_t size)
{
    const uint8_t constant[] = {(uint8_t)(usage >> 24), (uint8_t)(usage >> 16),
                                (uint8_t)(usage >> 8), (uint8_t)usage, tag};
    const uint8_t zeros[BLOCK] = {0};
    OSSL_PARAM params[8], *p = params;
    EVP_KDF_CTX *ctx;
    EVP_KDF *kdf;
    bool ok;

    need_openssl();
    if (profile->rc4)
        return false; /* RFC 4757 derives in its own way */
    *p++ = octets(OSSL_KDF_PARAM_KEY, key, profile->key_size);
    if (profile->mac_over_ciphertext) { /* RFC 8009 3: HMAC in counter mode */
        kdf = ossl.kbkdf;
        *p++ = kerb_text_param(OSSL_KDF_PARAM_MODE, "counter");
        *p++ = kerb_text_param(OSSL_KDF_PARAM_MAC, "HMAC");
        *p++ = kerb_text_param(OSSL_KDF_PARAM_DIGEST, profile->digest);
        *p++ = octets(OSSL_KDF_PARAM_SALT, constant, sizeof(constant));
    } else if (!profile->digest) { /* RFC 6803 3: CMAC in feedback mode */
        kdf = ossl.kbkdf;
        *p++ = kerb_text_param(OSSL_KDF_PARAM_MODE, "feedback");
        *p++ = kerb_text_param(OSSL_KDF_PARAM_MAC, "CMAC");
        *p++ = kerb_text_param(OSSL_KDF_PARAM_CIPHER, profile->cbc);
        *p++ = octets(OSSL_KDF_PARAM_SALT, constant, sizeof(constant));
        *p++ = octets(OSSL_KDF_PARAM_SEED, zeros, sizeof(zeros));
    } else { /* RFC 3961 5.1: DK */
        kdf = ossl.krb5;
        *p++ = kerb_text_param(OSSL_KDF_PARAM_CIPHER, profile->cbc);
        *p++ = octets(OSSL_KDF_PARAM_CONSTANT, constant, sizeof(constant));
    }
    *p = OSSL_PARAM_construct_end();
    ctx = kdf ? EVP_KDF_CTX_new(kdf) : NULL;
    ok = ctx && EVP_KDF_derive(ctx, out, size, params) == 1;
    EVP_KDF_CTX_free(ctx);
    return ok;
}

/* ---- message authentication -------------------------------------------------------------------
 */

/* EVP_MAC_init without a key starts a new message. */
EVP_MAC_CTX *kerb_keyed_mac(const struct kerb_profile *profile, const uint8_t *key, size_t size)
{
    OSSL_PARAM params[2] = {profile->digest
                                ? kerb_text_param(OSSL_MAC_PARAM_DIGEST, profile->digest)
                                : kerb_text_param(OSSL_MAC_PARAM_CIPHER, profile->cbc),
                            OSSL_PARAM_construct_end()};
    EVP_MAC *mac = profile->digest ? ossl.hmac : ossl.cmac;
    EVP_MAC_CTX *ctx = mac ? EVP_MAC_CTX_new(mac) : NULL;

    if (ctx && EVP_MAC_init(ctx, key, size, params) != 1) {
        EVP_MAC_CTX_free(ctx);
        ctx = NULL;
    }
    return ctx;
}

EVP_MAC_CTX *kerb_derived_mac(const struct kerb_profile *profile, const uint8_t *key,
                              uint32_t usage, uint8_t tag)
{
    uint8_t derived[KERB_KEY_MAX];
    EVP_MAC_CTX *ctx = NULL;

    if (kerb_derive(profile, key, usage, tag, derived, profile->integrity_size))
        ctx = kerb_keyed_mac(profile, derived, profile->integrity_size);
    secret_wipe(derived, sizeof(derived));
    return ctx;
}

bool kerb_authenticate(EVP_MAC_CTX *keyed, const void *prefix, size_t prefix_size,
                       const struct kerb_segment *segments, size_t count, uint8_t *out, size_t size)
{
    uint8_t full[KERB_MAC_MAX];
    size_t length = 0;
    bool ok = EVP_MAC_init(keyed, NULL, 0, NULL) == 1;

    if (ok && prefix_size)
        ok = EVP_MAC_update(keyed, prefix, prefix_size) == 1;
    for (size_t i = 0; ok && i < count; i++) {
        if (segments[i].size)
            ok = EVP_MAC_update(keyed, segments[i].data, segments[i].size) == 1;
    }
    ok = ok && EVP_MAC_final(keyed, full, &length, sizeof(full)) == 1 && length >= size;
    if (ok)
        memcpy(out, full, size);
    secret_wipe(full, sizeof(full));
    return ok;
}

struct kerb_sum {
    const struct kerb_profile *profile;
    EVP_MAC_CTX *mac;
};

struct kerb_sum *kerb_sum_new(const struct kerb_profile *profile, const uint8_t *key,
                              uint32_t usage)
{
    struct kerb_sum *sum = secret_alloc(sizeof(*sum));

    if (!sum)
        return NULL;
    sum->profile = profile;
    sum->mac = kerb_derived_mac(profile, key, usage, 0x99);
    if (!sum->mac) {
        kerb_sum_free(sum);
        sum = NULL;
    }
    return sum;
}

void kerb_sum_free(struct kerb_sum *sum)
{
    if (!sum)
        return;
    EVP_MAC_CTX_free(sum->mac);
    secret_free(sum);
}

bool kerb_sum_make(struct kerb_sum *sum, const struct kerb_segment *segments, size_t count,
                   uint8_t *out)
{
    return kerb_authenticate(sum->mac, NULL, 0, segments, count, out, sum->profile->mac_size);
}

/* ---- MD5 --------------------------------------------------------------------------------------
 */

bool kerb_md5(const struct kerb_segment *segments, size_t count, uint8_t hash[16])
{
    EVP_MD_CTX *ctx;
    bool ok;

    need_openssl();
    ctx = ossl.md5 ? EVP_MD_CTX_new() : NULL;
    ok = ctx && EVP_DigestInit_ex(ctx, ossl.md5, NULL) == 1;
    for (size_t i = 0; ok && i < count; i++)
        ok = EVP_DigestUpdate(ctx, segments[i].data, segments[i].size) == 1;
    ok = ok && EVP_DigestFinal_ex(ctx, hash, NULL) == 1;
    EVP_MD_CTX_free(ctx);
    return ok;
}
