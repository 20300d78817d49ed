/*
 * Encryption by RFC 3962 and its successors: CBC with ciphertext stealing and a MAC. A message is a
 * list of segments, and is worked on where it lies; a small stage serves where a block straddles
 * two of them.
 */
#include "libsspi/packages/kerberos/crypto_internal.h"

#include <string.h>
#include <openssl/core_names.h>

#include "base/secret.h"

#define BLOCK  16
#define DIRECT 512 /* from so many bytes in one piece on, work where they lie */
#define STAGE                                                                                      \
    1024 /* bytes worked on at once otherwise; the rest of a message, up to this much, is stolen   \
            from */

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

/* ---- encryption: CBC with ciphertext stealing, RFC 3962 5 ---------------------------------- */

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
    OSSL_PARAM params[2] = {kerb_text_param(OSSL_CIPHER_PARAM_CTS_MODE, "CS3"),
                            OSSL_PARAM_construct_end()};
    EVP_CIPHER *cipher = kerb_fetch_cipher(name);
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
        seal->mac = kerb_derived_mac(profile, key, usage, 0x55);
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

    return kerb_authenticate(seal->mac, iv, seal->profile->mac_over_ciphertext ? sizeof(iv) : 0,
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
