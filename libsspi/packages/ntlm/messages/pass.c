/*
 * RC4 and MD5 (RFC 1321), a step of the one after each step of the other.
 */
#include "libsspi/packages/ntlm/messages/pass.h"

#include <endian.h>
#include <string.h>

#include "base/secret.h"

/* ---- RC4 --------------------------------------------------------------------------------------
 */

void ntlm_stream_begin(struct ntlm_stream *stream, const uint8_t *key, size_t size)
{
    uint8_t j = 0;

    for (size_t i = 0; i < 256; i++)
        stream->s[i] = (uint8_t)i;
    for (size_t i = 0, k = 0; i < 256; i++) {
        uint8_t x = stream->s[i];

        j = (uint8_t)(j + x + key[k]);
        stream->s[i] = stream->s[j];
        stream->s[j] = x;
        k = k + 1 == size ? 0 : k + 1;
    }
    stream->i = stream->j = 0;
}

bool ntlm_stream_valid(const struct ntlm_stream *stream)
{
    bool seen[256] = {false};

    for (size_t i = 0; i < 256; i++) {
        if (seen[stream->s[i]])
            return false;
        seen[stream->s[i]] = true;
    }
    return true;
}

/* The next byte of a stream whose state is in variables s, i and j. */
#define STREAM_BYTE(byte)                                                                          \
    do {                                                                                           \
        uint32_t x, y;                                                                             \
        i++;                                                                                       \
        x = s[i];                                                                                  \
        j = (uint8_t)(j + x);                                                                      \
        y = s[j];                                                                                  \
        s[i] = (__typeof__(*s))y;                                                                  \
        s[j] = (__typeof__(*s))x;                                                                  \
        (byte) ^= (uint8_t)s[(uint8_t)(x + y)];                                                    \
    } while (0)

static void crypt_narrow(struct ntlm_stream *stream, uint8_t *bytes, size_t size)
{
    uint8_t *s = stream->s, i = stream->i, j = stream->j;

    for (size_t n = 0; n < size; n++)
        STREAM_BYTE(bytes[n]);
    stream->i = i;
    stream->j = j;
}

static void crypt_wide(struct ntlm_pass *p, uint8_t *bytes, size_t size)
{
    uint32_t *s = p->s;
    uint8_t i = p->i, j = p->j;

    for (size_t n = 0; n < size; n++)
        STREAM_BYTE(bytes[n]);
    p->i = i;
    p->j = j;
}

/* ---- MD5 --------------------------------------------------------------------------------------
 */

#define MD5_F(x, y, z)       ((z) ^ ((x) & ((y) ^ (z))))
#define MD5_G(x, y, z)       (((x) & (z)) + ((y) & ~(z)))
#define MD5_H(x, y, z)       ((x) ^ (y) ^ (z))
#define MD5_I(x, y, z)       ((y) ^ ((x) | ~(z)))
#define MD5_ROTATE(v, count) ((v) << (count) | (v) >> (32 - (count)))

#define STEP(f, a, b, c, d, word, constant, count)                                                 \
    (a) += f(b, c, d) + word_of(block, word) + UINT32_C(constant);                                 \
    (a) = MD5_ROTATE(a, count) + (b);                                                              \
    COMPANY

/* Read where it stands each time: a copy of a block, which may be a key, would stay on the stack.
 */
static inline uint32_t word_of(const uint8_t *block, size_t word)
{
    uint32_t value;

    memcpy(&value, block + word * sizeof(value), sizeof(value));
    return le32toh(value);
}

static inline void put_digest(const uint32_t digest[4], uint8_t out[NTLM_KEY_SIZE])
{
    for (size_t i = 0; i < 4; i++) {
        const uint32_t word = htole32(digest[i]);

        memcpy(out + i * sizeof(word), &word, sizeof(word));
    }
}

/* Four steps, of words that are `by` apart, with the four amounts of a round. */
#define FOUR(f, w0, k0, w1, k1, w2, k2, w3, k3, c0, c1, c2, c3)                                    \
    STEP(f, a, b, c, d, w0, k0, c0)                                                                \
    STEP(f, d, a, b, c, w1, k1, c1)                                                                \
    STEP(f, c, d, a, b, w2, k2, c2)                                                                \
    STEP(f, b, c, d, a, w3, k3, c3)

#define ROUND_1(...) FOUR(MD5_F, __VA_ARGS__, 7, 12, 17, 22)
#define ROUND_2(...) FOUR(MD5_G, __VA_ARGS__, 5, 9, 14, 20)
#define ROUND_3(...) FOUR(MD5_H, __VA_ARGS__, 4, 11, 16, 23)
#define ROUND_4(...) FOUR(MD5_I, __VA_ARGS__, 6, 10, 15, 21)

/* RFC 1321, 3.4. The constants are the whole parts of 4294967296 * |sin(step)|. */
#define ALL_STEPS                                                                                  \
    ROUND_1(0, 0xd76aa478, 1, 0xe8c7b756, 2, 0x242070db, 3, 0xc1bdceee)                            \
    ROUND_1(4, 0xf57c0faf, 5, 0x4787c62a, 6, 0xa8304613, 7, 0xfd469501)                            \
    ROUND_1(8, 0x698098d8, 9, 0x8b44f7af, 10, 0xffff5bb1, 11, 0x895cd7be)                          \
    ROUND_1(12, 0x6b901122, 13, 0xfd987193, 14, 0xa679438e, 15, 0x49b40821)                        \
    ROUND_2(1, 0xf61e2562, 6, 0xc040b340, 11, 0x265e5a51, 0, 0xe9b6c7aa)                           \
    ROUND_2(5, 0xd62f105d, 10, 0x02441453, 15, 0xd8a1e681, 4, 0xe7d3fbc8)                          \
    ROUND_2(9, 0x21e1cde6, 14, 0xc33707d6, 3, 0xf4d50d87, 8, 0x455a14ed)                           \
    ROUND_2(13, 0xa9e3e905, 2, 0xfcefa3f8, 7, 0x676f02d9, 12, 0x8d2a4c8a)                          \
    ROUND_3(5, 0xfffa3942, 8, 0x8771f681, 11, 0x6d9d6122, 14, 0xfde5380c)                          \
    ROUND_3(1, 0xa4beea44, 4, 0x4bdecfa9, 7, 0xf6bb4b60, 10, 0xbebfbc70)                           \
    ROUND_3(13, 0x289b7ec6, 0, 0xeaa127fa, 3, 0xd4ef3085, 6, 0x04881d05)                           \
    ROUND_3(9, 0xd9d4d039, 12, 0xe6db99e5, 15, 0x1fa27cf8, 2, 0xc4ac5665)                          \
    ROUND_4(0, 0xf4292244, 7, 0x432aff97, 14, 0xab9423a7, 5, 0xfc93a039)                           \
    ROUND_4(12, 0x655b59c3, 3, 0x8f0ccc92, 10, 0xffeff47d, 1, 0x85845dd1)                          \
    ROUND_4(8, 0x6fa87e4f, 15, 0xfe2ce6e0, 6, 0xa3014314, 13, 0x4e0811a1)                          \
    ROUND_4(4, 0xf7537e82, 11, 0xbd3af235, 2, 0x2ad7d2bb, 9, 0xeb86d391)

static void compress(uint32_t digest[4], const uint8_t block[NTLM_PASS_BLOCK])
{
    uint32_t a = digest[0], b = digest[1], c = digest[2], d = digest[3];

#define COMPANY
    ALL_STEPS
#undef COMPANY
    digest[0] += a;
    digest[1] += b;
    digest[2] += c;
    digest[3] += d;
}

/* The block that waits goes into the digest while as many other bytes are en- or decrypted. */
static void compress_and_crypt(struct ntlm_pass *p, uint8_t bytes[NTLM_PASS_BLOCK])
{
    uint32_t a = p->digest[0], b = p->digest[1], c = p->digest[2], d = p->digest[3];
    const uint8_t *block = p->block;
    uint32_t *s = p->s;
    uint8_t i = p->i, j = p->j;

#define COMPANY                                                                                    \
    STREAM_BYTE(*bytes);                                                                           \
    bytes++;
    ALL_STEPS
#undef COMPANY
    p->i = i;
    p->j = j;
    p->digest[0] += a;
    p->digest[1] += b;
    p->digest[2] += c;
    p->digest[3] += d;
}

static const uint32_t md5_start[4] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};

void ntlm_mac_key_begin(struct ntlm_mac_key *mac, const uint8_t key[NTLM_KEY_SIZE])
{
    uint8_t pad[NTLM_PASS_BLOCK];

    memset(pad, 0x36, sizeof(pad));
    for (size_t i = 0; i < NTLM_KEY_SIZE; i++)
        pad[i] ^= key[i];
    memcpy(mac->inner, md5_start, sizeof(md5_start));
    compress(mac->inner, pad);
    for (size_t i = 0; i < sizeof(pad); i++)
        pad[i] ^= 0x36 ^ 0x5c;
    memcpy(mac->outer, md5_start, sizeof(md5_start));
    compress(mac->outer, pad);
    secret_wipe(pad, sizeof(pad));
}

/* ---- a message --------------------------------------------------------------------------------
 */

void ntlm_pass_begin(struct ntlm_pass *p, struct ntlm_stream *stream,
                     const struct ntlm_mac_key *mac, bool sealed)
{
    p->stream = stream;
    p->mac = mac;
    p->filled = 0;
    p->hashed = 0;
    p->wide = sealed && stream;
    if (mac) {
        memcpy(p->digest, mac->inner, sizeof(p->digest));
        p->hashed = NTLM_PASS_BLOCK;
    }
    if (p->wide) {
        for (size_t n = 0; n < 256; n++)
            p->s[n] = stream->s[n];
        p->i = stream->i;
        p->j = stream->j;
    }
}

static void crypt_bytes(struct ntlm_pass *p, uint8_t *bytes, size_t size)
{
    if (p->wide)
        crypt_wide(p, bytes, size);
    else
        crypt_narrow(p->stream, bytes, size);
}

void ntlm_pass_sign(struct ntlm_pass *p, const void *bytes, size_t size)
{
    const uint8_t *at = bytes;

    if (!p->mac || !size)
        return;
    p->hashed += size;
    while (size) {
        size_t piece;

        if (p->filled == NTLM_PASS_BLOCK) {
            compress(p->digest, p->block);
            p->filled = 0;
        }
        piece = size < NTLM_PASS_BLOCK - p->filled ? size : NTLM_PASS_BLOCK - p->filled;
        memcpy(p->block + p->filled, at, piece);
        p->filled += piece;
        at += piece;
        size -= piece;
    }
}

/* What is signed is the plain text: taken before encryption, or after decryption. */
static inline void crypt_and_sign(struct ntlm_pass *p, uint8_t *at, size_t size, bool decrypt)
{
    uint8_t plain[NTLM_PASS_BLOCK];

    while (size) {
        size_t piece = NTLM_PASS_BLOCK - p->filled;

        if (p->filled == NTLM_PASS_BLOCK && size >= NTLM_PASS_BLOCK && p->wide) {
            if (!decrypt)
                memcpy(plain, at, sizeof(plain));
            compress_and_crypt(p, at);
            memcpy(p->block, decrypt ? at : plain, sizeof(plain));
            p->hashed += NTLM_PASS_BLOCK;
            at += NTLM_PASS_BLOCK;
            size -= NTLM_PASS_BLOCK;
            continue;
        }
        if (piece == 0 || piece > size)
            piece = size < NTLM_PASS_BLOCK ? size : NTLM_PASS_BLOCK;
        if (!decrypt)
            ntlm_pass_sign(p, at, piece);
        crypt_bytes(p, at, piece);
        if (decrypt)
            ntlm_pass_sign(p, at, piece);
        at += piece;
        size -= piece;
    }
    secret_wipe(plain, sizeof(plain));
}

void ntlm_pass_seal(struct ntlm_pass *p, void *bytes, size_t size)
{
    if (p->mac)
        crypt_and_sign(p, bytes, size, false);
    else
        crypt_bytes(p, bytes, size);
}

void ntlm_pass_open(struct ntlm_pass *p, void *bytes, size_t size)
{
    if (p->mac)
        crypt_and_sign(p, bytes, size, true);
    else
        crypt_bytes(p, bytes, size);
}

/* The padding of RFC 1321, 3.1 and 3.2: a one, zeros, and the length in bits. */
static void finish(struct ntlm_pass *p)
{
    const uint64_t bits = htole64(p->hashed * 8);

    if (p->filled == NTLM_PASS_BLOCK) {
        compress(p->digest, p->block);
        p->filled = 0;
    }
    p->block[p->filled++] = 0x80;
    if (p->filled > NTLM_PASS_BLOCK - sizeof(bits)) {
        memset(p->block + p->filled, 0, NTLM_PASS_BLOCK - p->filled);
        compress(p->digest, p->block);
        p->filled = 0;
    }
    memset(p->block + p->filled, 0, NTLM_PASS_BLOCK - p->filled);
    memcpy(p->block + NTLM_PASS_BLOCK - sizeof(bits), &bits, sizeof(bits));
    compress(p->digest, p->block);
    p->filled = 0;
}

void ntlm_pass_digest(struct ntlm_pass *p, uint8_t digest[NTLM_KEY_SIZE])
{
    finish(p);
    put_digest(p->digest, p->block);
    memcpy(p->digest, p->mac->outer, sizeof(p->digest));
    p->filled = NTLM_KEY_SIZE;
    p->hashed = NTLM_PASS_BLOCK + NTLM_KEY_SIZE;
    finish(p);
    put_digest(p->digest, digest);
}

void ntlm_pass_crypt(struct ntlm_pass *p, void *bytes, size_t size)
{
    crypt_bytes(p, bytes, size);
}

void ntlm_pass_end(struct ntlm_pass *p)
{
    if (p->wide) {
        for (size_t n = 0; n < 256; n++)
            p->stream->s[n] = (uint8_t)p->s[n];
        p->stream->i = p->i;
        p->stream->j = p->j;
        secret_wipe(p->s, sizeof(p->s));
    }
    secret_wipe(p->block, sizeof(p->block));
    secret_wipe(p->digest, sizeof(p->digest));
    p->i = p->j = 0;
}

/* ---- without a message ------------------------------------------------------------------------
 */

bool ntlm_rc4k(const uint8_t key[NTLM_KEY_SIZE], const void *in, size_t size, void *out)
{
    struct ntlm_stream stream;

    ntlm_stream_begin(&stream, key, NTLM_KEY_SIZE); /* `out` may be where the key is, too */
    if (size)
        memmove(out, in, size);
    crypt_narrow(&stream, out, size);
    secret_wipe(&stream, sizeof(stream));
    return true;
}

bool ntlm_md5(const struct ntlm_bytes *parts, size_t count, uint8_t out[NTLM_KEY_SIZE])
{
    struct ntlm_mac_key start;
    struct ntlm_pass p;

    memcpy(start.inner, md5_start, sizeof(md5_start));
    ntlm_pass_begin(&p, NULL, &start, false);
    p.hashed = 0;
    for (size_t i = 0; i < count; i++)
        ntlm_pass_sign(&p, parts[i].data, parts[i].size);
    finish(&p);
    put_digest(p.digest, out);
    ntlm_pass_end(&p);
    return true;
}

bool ntlm_hmac_md5(const uint8_t key[NTLM_KEY_SIZE], const struct ntlm_bytes *parts, size_t count,
                   uint8_t out[NTLM_KEY_SIZE])
{
    struct ntlm_mac_key mac;
    struct ntlm_pass p;

    ntlm_mac_key_begin(&mac, key);
    ntlm_pass_begin(&p, NULL, &mac, false);
    for (size_t i = 0; i < count; i++)
        ntlm_pass_sign(&p, parts[i].data, parts[i].size);
    ntlm_pass_digest(&p, out);
    ntlm_pass_end(&p);
    secret_wipe(&mac, sizeof(mac));
    return true;
}
