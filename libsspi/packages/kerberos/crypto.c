/*
 * The encryption types themselves. A message is a list of segments that is run through in order:
 * AES and Camellia in CBC with ciphertext stealing go over whole segments where they lie, over a
 * small stage where a block straddles two of them.
 */
#include "libsspi/packages/kerberos/crypto.h"

#include <pthread.h>
#include <string.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/provider.h>

#include "base/secret.h"

#define BLOCK  16
#define DIRECT 512 /* from so many bytes in one piece on, work where they lie */
#define STAGE                                                                                      \
    1024 /* bytes worked on at once otherwise; the rest of a message, up to this much, is stolen   \
            from */

static const struct kerb_profile profiles[] = {
    {17, 16, 12, 16, false, false, 15, "AES128-CTS-HMAC-SHA1-96", "HMAC-SHA1-96-AES128",
     "AES-128-CBC", "AES-128-CBC-CTS", "SHA1"},
    {18, 32, 12, 32, false, false, 16, "AES256-CTS-HMAC-SHA1-96", "HMAC-SHA1-96-AES256",
     "AES-256-CBC", "AES-256-CBC-CTS", "SHA1"},
    {19, 16, 16, 16, true, false, 19, "AES128-CTS-HMAC-SHA256-128", "HMAC-SHA256-128-AES128",
     "AES-128-CBC", "AES-128-CBC-CTS", "SHA2-256"},
    {20, 32, 24, 24, true, false, 20, "AES256-CTS-HMAC-SHA384-192", "HMAC-SHA384-192-AES256",
     "AES-256-CBC", "AES-256-CBC-CTS", "SHA2-384"},
    {25, 16, 16, 16, false, false, 17, "CAMELLIA128-CTS-CMAC", "CMAC-CAMELLIA128",
     "CAMELLIA-128-CBC", "CAMELLIA-128-CBC-CTS", NULL},
    {26, 32, 16, 32, false, false, 18, "CAMELLIA256-CTS-CMAC", "CMAC-CAMELLIA256",
     "CAMELLIA-256-CBC", "CAMELLIA-256-CBC-CTS", NULL},
    {23, 16, 8, 16, false, true, (uint32_t)-138, "RC4-HMAC", "HMAC-MD5", NULL, NULL, "MD5"},
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
    EVP_CIPHER *rc4;
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
    ossl.rc4 = EVP_CIPHER_fetch(ossl.library, "RC4", NULL);
}

static void need_openssl(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, load);
}

bool kerb_crypto_start(void)
{
    need_openssl();
    return ossl.hmac && ossl.cmac && ossl.krb5 && ossl.kbkdf && ossl.md5;
}

/* ---- key derivation ---------------------------------------------------------------------------
 */

static OSSL_PARAM text(const char *name, const char *value)
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
        *p++ = text(OSSL_KDF_PARAM_MODE, "counter");
        *p++ = text(OSSL_KDF_PARAM_MAC, "HMAC");
        *p++ = text(OSSL_KDF_PARAM_DIGEST, profile->digest);
        *p++ = octets(OSSL_KDF_PARAM_SALT, constant, sizeof(constant));
    } else if (!profile->digest) { /* RFC 6803 3: CMAC in feedback mode */
        kdf = ossl.kbkdf;
        *p++ = text(OSSL_KDF_PARAM_MODE, "feedback");
        *p++ = text(OSSL_KDF_PARAM_MAC, "CMAC");
        *p++ = text(OSSL_KDF_PARAM_CIPHER, profile->cbc);
        *p++ = octets(OSSL_KDF_PARAM_SALT, constant, sizeof(constant));
        *p++ = octets(OSSL_KDF_PARAM_SEED, zeros, sizeof(zeros));
    } else { /* RFC 3961 5.1: DK */
        kdf = ossl.krb5;
        *p++ = text(OSSL_KDF_PARAM_CIPHER, profile->cbc);
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

/* A context that holds the key; EVP_MAC_init without one starts a new message. */
static EVP_MAC_CTX *keyed_mac(const struct kerb_profile *profile, const uint8_t *key, size_t size)
{
    OSSL_PARAM params[2] = {profile->digest ? text(OSSL_MAC_PARAM_DIGEST, profile->digest)
                                            : text(OSSL_MAC_PARAM_CIPHER, profile->cbc),
                            OSSL_PARAM_construct_end()};
    EVP_MAC *mac = profile->digest ? ossl.hmac : ossl.cmac;
    EVP_MAC_CTX *ctx = mac ? EVP_MAC_CTX_new(mac) : NULL;

    if (ctx && EVP_MAC_init(ctx, key, size, params) != 1) {
        EVP_MAC_CTX_free(ctx);
        ctx = NULL;
    }
    return ctx;
}

static EVP_MAC_CTX *derived_mac(const struct kerb_profile *profile, const uint8_t *key,
                                uint32_t usage, uint8_t tag)
{
    uint8_t derived[KERB_KEY_MAX];
    EVP_MAC_CTX *ctx = NULL;

    if (kerb_derive(profile, key, usage, tag, derived, profile->integrity_size))
        ctx = keyed_mac(profile, derived, profile->integrity_size);
    secret_wipe(derived, sizeof(derived));
    return ctx;
}

static bool authenticate(EVP_MAC_CTX *keyed, const void *prefix, size_t prefix_size,
                         const struct kerb_segment *segments, size_t count, uint8_t *out,
                         size_t size)
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
    sum->mac = derived_mac(profile, key, usage, 0x99);
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
    return authenticate(sum->mac, NULL, 0, segments, count, out, sum->profile->mac_size);
}

/* ---- running through the sealed segments -------------------------------------------------------
 */

struct cursor {
    const struct kerb_segment *segments;
    size_t count, index, offset;
};

/* What lies in one piece at the cursor. */
static uint8_t *piece(struct cursor *c, size_t *size)
{
    while (c->index < c->count &&
           (!c->segments[c->index].sealed || c->offset == c->segments[c->index].size)) {
        c->index++;
        c->offset = 0;
    }
    *size = c->index < c->count ? c->segments[c->index].size - c->offset : 0;
    return c->index < c->count ? c->segments[c->index].data + c->offset : NULL;
}

static void gather(struct cursor c, uint8_t *out, size_t size)
{
    for (size_t room; size; size -= room, out += room) {
        const uint8_t *from = piece(&c, &room);

        room = room < size ? room : size;
        memcpy(out, from, room);
        c.offset += room;
    }
}

static void scatter(struct cursor *c, const uint8_t *in, size_t size)
{
    for (size_t room; size; size -= room, in += room) {
        uint8_t *to = piece(c, &room);

        room = room < size ? room : size;
        memcpy(to, in, room);
        c->offset += room;
    }
}

static size_t sealed_size(const struct kerb_segment *segments, size_t count)
{
    size_t size = 0;

    for (size_t i = 0; i < count; i++)
        size += segments[i].sealed ? segments[i].size : 0;
    return size;
}

/* ---- encryption: CBC with ciphertext stealing, RFC 3962 5
 * ---------------------------------------- */

struct kerb_seal {
    const struct kerb_profile *profile;
    EVP_CIPHER_CTX *cbc, *cts;
    EVP_MAC_CTX *mac;
    bool encrypt;
    uint8_t stage[STAGE];
};

static EVP_CIPHER_CTX *keyed_cipher(const char *name, const uint8_t *key, bool encrypt, bool cts)
{
    const uint8_t iv[BLOCK] = {0};
    OSSL_PARAM params[2] = {text(OSSL_CIPHER_PARAM_CTS_MODE, "CS3"), OSSL_PARAM_construct_end()};
    EVP_CIPHER *cipher = EVP_CIPHER_fetch(ossl.library, name, NULL);
    EVP_CIPHER_CTX *ctx = cipher ? EVP_CIPHER_CTX_new() : NULL;

    if (ctx && (EVP_CipherInit_ex2(ctx, cipher, key, iv, encrypt, cts ? params : NULL) != 1 ||
                EVP_CIPHER_CTX_set_padding(ctx, 0) != 1)) {
        EVP_CIPHER_CTX_free(ctx);
        ctx = NULL;
    }
    EVP_CIPHER_free(cipher);
    return ctx;
}

struct kerb_seal *kerb_seal_new(const struct kerb_profile *profile, const uint8_t *key,
                                uint32_t usage, bool encrypt)
{
    struct kerb_seal *seal = secret_alloc(sizeof(*seal));
    uint8_t derived[KERB_KEY_MAX];

    if (!seal)
        return NULL;
    seal->profile = profile;
    seal->encrypt = encrypt;
    if (kerb_derive(profile, key, usage, 0xaa, derived, profile->key_size)) {
        seal->cbc = keyed_cipher(profile->cbc, derived, encrypt, false);
        seal->cts = keyed_cipher(profile->cts, derived, encrypt, true);
        seal->mac = derived_mac(profile, key, usage, 0x55);
    }
    secret_wipe(derived, sizeof(derived));
    if (!seal->cbc || !seal->cts || !seal->mac) {
        kerb_seal_free(seal);
        seal = NULL;
    }
    return seal;
}

void kerb_seal_free(struct kerb_seal *seal)
{
    if (!seal)
        return;
    EVP_CIPHER_CTX_free(seal->cbc);
    EVP_CIPHER_CTX_free(seal->cts);
    EVP_MAC_CTX_free(seal->mac);
    secret_free(seal);
}

/* One run of whole blocks in place; `chain` becomes the last block of ciphertext, the IV of what
 * follows. */
static bool run_blocks(struct kerb_seal *seal, uint8_t *data, size_t size, uint8_t chain[BLOCK])
{
    int length = 0;

    if (!seal->encrypt)
        memcpy(chain, data + size - BLOCK, BLOCK);
    if (EVP_CipherUpdate(seal->cbc, data, &length, data, (int)size) != 1 || (size_t)length != size)
        return false;
    if (seal->encrypt)
        memcpy(chain, data + size - BLOCK, BLOCK);
    return true;
}

static bool run_cipher(struct kerb_seal *seal, const struct kerb_segment *segments, size_t count)
{
    struct cursor c = {segments, count, 0, 0};
    size_t left = sealed_size(segments, count);
    uint8_t chain[BLOCK] = {0};
    int length = 0;
    bool ok;

    if (left < BLOCK)
        return false;
    if (left > STAGE && EVP_CipherInit_ex2(seal->cbc, NULL, NULL, chain, -1, NULL) != 1)
        return false;
    while (left > STAGE) {
        size_t limit = left - BLOCK - 1, room, run; /* more than a block stays for the stealing */
        uint8_t *where = piece(&c, &room);

        limit = limit < INT32_MAX / 2 ? limit : INT32_MAX / 2;
        if (room >= DIRECT) {
            run = (room < limit ? room : limit) / BLOCK * BLOCK;
            ok = run_blocks(seal, where, run, chain);
            c.offset += run;
        } else {
            run = (STAGE < limit ? STAGE : limit) / BLOCK * BLOCK;
            gather(c, seal->stage, run);
            ok = run_blocks(seal, seal->stage, run, chain);
            scatter(&c, seal->stage, run);
        }
        if (!ok)
            return false;
        left -= run;
    }
    gather(c, seal->stage, left);
    ok = EVP_CipherInit_ex2(seal->cts, NULL, NULL, chain, -1, NULL) == 1 &&
         EVP_CipherUpdate(seal->cts, seal->stage, &length, seal->stage, (int)left) == 1 &&
         (size_t)length == left;
    scatter(&c, seal->stage, left);
    secret_wipe(seal->stage, sizeof(seal->stage));
    return ok;
}

static bool seal_mac(struct kerb_seal *seal, const struct kerb_segment *segments, size_t count,
                     uint8_t *mac)
{
    const uint8_t iv[BLOCK] = {0};

    return authenticate(seal->mac, iv, seal->profile->mac_over_ciphertext ? sizeof(iv) : 0,
                        segments, count, mac, seal->profile->mac_size);
}

bool kerb_seal_encrypt(struct kerb_seal *seal, const struct kerb_segment *segments, size_t count,
                       uint8_t *mac)
{
    if (seal->profile->mac_over_ciphertext)
        return run_cipher(seal, segments, count) && seal_mac(seal, segments, count, mac);
    return seal_mac(seal, segments, count, mac) && run_cipher(seal, segments, count);
}

bool kerb_seal_decrypt(struct kerb_seal *seal, const struct kerb_segment *segments, size_t count,
                       const uint8_t *mac)
{
    uint8_t expected[KERB_MAC_MAX];
    bool ok;

    if (seal->profile->mac_over_ciphertext)
        ok = seal_mac(seal, segments, count, expected) &&
             secret_equal(expected, mac, seal->profile->mac_size) &&
             run_cipher(seal, segments, count);
    else
        ok = run_cipher(seal, segments, count) && seal_mac(seal, segments, count, expected) &&
             secret_equal(expected, mac, seal->profile->mac_size);
    for (size_t i = 0; !ok && i < count; i++) {
        if (segments[i].sealed && segments[i].size)
            secret_wipe(segments[i].data, segments[i].size);
    }
    return ok;
}

/* ---- MD5 and RC4 -------------------------------------------------------------------------------
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

bool kerb_hmac_md5(const uint8_t *key, size_t key_size, const struct kerb_segment *segments,
                   size_t count, uint8_t mac[16])
{
    EVP_MAC_CTX *ctx;
    bool ok;

    need_openssl();
    ctx = keyed_mac(kerb_profile(23), key, key_size);
    ok = ctx && authenticate(ctx, NULL, 0, segments, count, mac, 16);
    EVP_MAC_CTX_free(ctx);
    return ok;
}

bool kerb_rc4(const uint8_t key[16], const struct kerb_segment *segments, size_t count)
{
    EVP_CIPHER_CTX *ctx;
    bool ok;

    need_openssl();
    ctx = ossl.rc4 ? EVP_CIPHER_CTX_new() : NULL;
    ok = ctx && EVP_EncryptInit_ex2(ctx, ossl.rc4, key, NULL, NULL) == 1;
    for (size_t i = 0; ok && i < count; i++) {
        int length = 0;

        if (!segments[i].sealed || !segments[i].size)
            continue;
        ok = segments[i].size <= INT32_MAX / 2 &&
             EVP_EncryptUpdate(ctx, segments[i].data, &length, segments[i].data,
                               (int)segments[i].size) == 1;
    }
    EVP_CIPHER_CTX_free(ctx);
    return ok;
}
