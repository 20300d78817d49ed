/*
 * Encryption by RFC 3962 and its successors: CBC with ciphertext stealing and a MAC. A message is a
 * list of segments, and is worked on where it lies; a small stage serves where a block straddles
 * two of them.
 */
#include "libsspi/packages/kerberos/messages/crypto_internal.h"

#include <string.h>
#include <openssl/core_names.h>

#include "base/secret.h"

#define BLOCK  16
#define DIRECT 256  /* so many bytes in one piece are always worked on where they lie */
#define STAGE  1024 /* bytes worked on at once where blocks straddle pieces */

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

/*
 * Setting an IV costs OpenSSL as much as a block or ten, so it is never set again: the cipher goes
 * on from the message before, and what it chains with instead of zeros is known, and taken out.
 */
struct kerb_seal {
    const struct kerb_profile *profile;
    EVP_CIPHER_CTX *cbc;
    EVP_MAC_CTX *mac;
    bool encrypt;
    bool fresh;           /* no block of this message has gone through yet */
    uint8_t chain[BLOCK]; /* the ciphertext that the cipher saw last */
    uint8_t stage[STAGE];
};

static EVP_CIPHER_CTX *keyed_cipher(const char *name, const uint8_t *key, bool encrypt)
{
    const uint8_t iv[BLOCK] = {0};
    EVP_CIPHER *cipher = kerb_fetch_cipher(name);
    EVP_CIPHER_CTX *ctx = cipher ? EVP_CIPHER_CTX_new() : NULL;

    if (ctx && (EVP_CipherInit_ex2(ctx, cipher, key, iv, encrypt, NULL) != 1 ||
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
        seal->cbc = keyed_cipher(profile->cbc, derived, encrypt);
        seal->mac = kerb_derived_mac(profile, key, usage, 0x55);
    }
    secret_wipe(derived, sizeof(derived));
    if (!seal->cbc || !seal->mac) {
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
    EVP_MAC_CTX_free(seal->mac);
    secret_free(seal);
}

static void xor_block(uint8_t to[BLOCK], const uint8_t with[BLOCK])
{
    for (size_t i = 0; i < BLOCK; i++)
        to[i] ^= with[i];
}

/* Whole blocks in place, chained to what came before them in this message. */
static bool run_blocks(struct kerb_seal *seal, uint8_t *data, size_t size)
{
    uint8_t before[BLOCK];
    int length = 0;

    memcpy(before, seal->chain, BLOCK);
    if (seal->encrypt && seal->fresh)
        xor_block(data, before);
    if (!seal->encrypt)
        memcpy(seal->chain, data + size - BLOCK, BLOCK);
    if (EVP_CipherUpdate(seal->cbc, data, &length, data, (int)size) != 1 || (size_t)length != size)
        return false;
    if (seal->encrypt)
        memcpy(seal->chain, data + size - BLOCK, BLOCK);
    else if (seal->fresh)
        xor_block(data, before);
    seal->fresh = false;
    return true;
}

/* The last two blocks change places, and the one in front gives up what is missing of the other. */
static bool encrypt_last(struct kerb_seal *seal, uint8_t last[2 * BLOCK], size_t size)
{
    uint8_t stolen[BLOCK];

    if (size == BLOCK)
        return run_blocks(seal, last, BLOCK);
    memset(last + size, 0, 2 * BLOCK - size);
    if (!run_blocks(seal, last, (size_t)2 * BLOCK))
        return false;
    memcpy(stolen, last, BLOCK);
    memcpy(last, last + BLOCK, BLOCK);
    memcpy(last + BLOCK, stolen, size - BLOCK);
    return true;
}

static bool decrypt_last(struct kerb_seal *seal, uint8_t last[2 * BLOCK], size_t size)
{
    uint8_t final[BLOCK], previous[BLOCK] = {0}, before[BLOCK];
    bool ok;

    if (size == BLOCK)
        return run_blocks(seal, last, BLOCK);
    if (!seal->fresh)
        memcpy(previous, seal->chain, BLOCK);
    seal->fresh = false;
    /* The block that was encrypted last, by itself: it holds what the one before has lost. */
    memcpy(before, seal->chain, BLOCK);
    memcpy(final, last, BLOCK);
    ok = run_blocks(seal, final, BLOCK);
    xor_block(final, before);
    memcpy(before, last, BLOCK);
    memcpy(last, last + BLOCK, size - BLOCK);
    memcpy(last + (size - BLOCK), final + (size - BLOCK), 2 * BLOCK - size);
    xor_block(final, last);
    /* The one before it now follows it through the cipher. */
    ok = ok && run_blocks(seal, last, BLOCK);
    xor_block(last, before);
    xor_block(last, previous);
    memcpy(last + BLOCK, final, size - BLOCK);
    secret_wipe(final, sizeof(final));
    return ok;
}

/* After a failure of OpenSSL's nobody knows what the cipher chains with. */
static void start_again(struct kerb_seal *seal)
{
    memset(seal->chain, 0, BLOCK);
    (void)EVP_CipherInit_ex2(seal->cbc, NULL, NULL, seal->chain, -1, NULL);
}

/* Up to `most` bytes, a number of blocks, at the cursor; 0 when OpenSSL fails. */
static size_t run_some(struct kerb_seal *seal, struct cursor *c, size_t most)
{
    size_t room, run;
    uint8_t *where = piece(c, &room);
    bool ok;

    most = most < INT32_MAX / 2 ? most : INT32_MAX / 2 / BLOCK * BLOCK;
    run = (room < most ? room : most) / BLOCK * BLOCK;
    if (run && (run == most || run == room || run >= DIRECT)) {
        ok = run_blocks(seal, where, run);
        c->offset += run;
    } else {
        run = STAGE < most ? STAGE : most;
        gather(*c, seal->stage, run);
        ok = run_blocks(seal, seal->stage, run);
        scatter(c, seal->stage, run);
        secret_wipe(seal->stage, run);
    }
    return ok ? run : 0;
}

static bool run_cipher(struct kerb_seal *seal, const struct kerb_segment *segments, size_t count)
{
    struct cursor c = {segments, count, 0, 0};
    size_t left = sealed_size(segments, count), tail = (left - 1) % BLOCK + 1, run;
    uint8_t last[2 * BLOCK];
    bool ok;

    if (left < BLOCK)
        return false;
    tail += left > BLOCK ? BLOCK : 0;
    seal->fresh = true;
    for (left -= tail; left; left -= run) {
        run = run_some(seal, &c, left);
        if (!run)
            goto fail;
    }
    gather(c, last, tail);
    ok = seal->encrypt ? encrypt_last(seal, last, tail) : decrypt_last(seal, last, tail);
    scatter(&c, last, tail);
    secret_wipe(last, sizeof(last));
    if (ok)
        return true;
fail:
    start_again(seal);
    return false;
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
