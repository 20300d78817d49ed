/*
 * Our RC4 and HMAC-MD5 against OpenSSL's, for texts of all lengths in pieces of all lengths; and
 * the vectors of RFC 6229 and RFC 2202.
 */
#include "tests/unit/ntlm/vectors.h"

#include <string.h>

#include <openssl/evp.h>
#include <openssl/provider.h>

#include "libsspi/packages/ntlm/messages/pass.h"

#define LONGEST 1000

static OSSL_LIB_CTX *library;
static OSSL_PROVIDER *legacy, *standard;
static EVP_CIPHER *rc4;
static uint8_t text[LONGEST];

static int set_up(void **state)
{
    library = OSSL_LIB_CTX_new();
    legacy = library ? OSSL_PROVIDER_load(library, "legacy") : NULL;
    standard = legacy ? OSSL_PROVIDER_load(library, "default") : NULL;
    if (!standard)
        return -1;
    rc4 = EVP_CIPHER_fetch(library, "RC4", NULL);
    for (size_t i = 0; i < sizeof(text); i++)
        text[i] = (uint8_t)(i * i + 31 * i + i / 7);
    return rc4 ? crypto_set_up(state) : -1;
}

static int tear_down(void **state)
{
    EVP_CIPHER_free(rc4);
    OSSL_PROVIDER_unload(legacy);
    OSSL_PROVIDER_unload(standard);
    OSSL_LIB_CTX_free(library);
    return crypto_tear_down(state);
}

static EVP_CIPHER_CTX *openssl_stream(const uint8_t *key, size_t size)
{
    EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();

    assert_non_null(c);
    assert_int_equal(EVP_EncryptInit_ex2(c, rc4, NULL, NULL, NULL), 1);
    assert_int_equal(EVP_CIPHER_CTX_set_key_length(c, (int)size), 1);
    assert_int_equal(EVP_EncryptInit_ex2(c, NULL, key, NULL, NULL), 1);
    return c;
}

static void openssl_next(EVP_CIPHER_CTX *c, uint8_t *bytes, size_t size)
{
    int written;

    if (size)
        assert_int_equal(EVP_EncryptUpdate(c, bytes, &written, bytes, (int)size), 1);
}

static void openssl_hmac(const uint8_t key[16], const void *bytes, size_t size, uint8_t out[16])
{
    size_t length;

    assert_non_null(
        EVP_Q_mac(library, "HMAC", NULL, "MD5", NULL, key, 16, bytes, size, out, 16, &length));
    assert_int_equal(length, 16);
}

/* The places where a message of `size` bytes is cut, from a number. */
static size_t piece(size_t left, unsigned *seed)
{
    static const size_t sizes[] = {1, 3, 4, 8, 59, 60, 61, 63, 64, 65, 127, 128, 129, 500};
    size_t size;

    *seed = *seed * 1103515245 + 12345;
    size = sizes[(*seed >> 16) % (sizeof(sizes) / sizeof(sizes[0]))];
    return size < left ? size : left;
}

/* One message: sealed in pieces, some only signed; opened in other pieces by the other end. */
static void message(struct ntlm_stream *sender, struct ntlm_stream *receiver, EVP_CIPHER_CTX *peer,
                    const uint8_t key[16], size_t size, bool wide, unsigned seed)
{
    struct ntlm_bytes whole = {text, size};
    uint8_t wire[LONGEST], expected[LONGEST], hmac[16], digest[16], sum[8];
    struct ntlm_mac_key mac;
    struct ntlm_pass pass;
    unsigned cuts = seed;

    memcpy(wire, text, size);
    memcpy(expected, text, size);
    ntlm_mac_key_begin(&mac, key);
    openssl_hmac(key, text, size, hmac);
    assert_true(ntlm_hmac_md5(key, &whole, 1, digest));
    assert_memory_equal(digest, hmac, 16);
    ntlm_pass_begin(&pass, sender, &mac, wide);
    for (size_t at = 0, n; at < size; at += n) {
        n = piece(size - at, &cuts);
        if (cuts & 0x80000) {
            ntlm_pass_sign(&pass, wire + at, n);
        } else {
            ntlm_pass_seal(&pass, wire + at, n);
            openssl_next(peer, expected + at, n);
        }
    }
    ntlm_pass_digest(&pass, digest);
    assert_memory_equal(digest, hmac, 16);
    ntlm_pass_crypt(&pass, digest, 8);
    ntlm_pass_end(&pass);
    openssl_next(peer, hmac, 8);
    assert_memory_equal(digest, hmac, 8);
    assert_memory_equal(wire, expected, size);

    cuts = seed;
    ntlm_pass_begin(&pass, receiver, &mac, !wide || seed & 1);
    for (size_t at = 0, n; at < size; at += n) {
        n = piece(size - at, &cuts);
        if (cuts & 0x80000) {
            ntlm_pass_sign(&pass, wire + at, n);
        } else { /* again in two pieces */
            ntlm_pass_open(&pass, wire + at, n / 3);
            ntlm_pass_open(&pass, wire + at + n / 3, n - n / 3);
        }
    }
    ntlm_pass_digest(&pass, digest);
    memcpy(sum, digest, 8);
    ntlm_pass_crypt(&pass, sum, 8);
    ntlm_pass_end(&pass);
    assert_memory_equal(sum, hmac, 8);
    assert_memory_equal(wire, text, size);
}

static void test_like_openssl(void **state)
{
    static const size_t key_sizes[] = {1, 5, 7, 8, 16, 32};
    uint8_t key[32];

    (void)state;
    for (size_t k = 0; k < sizeof(key_sizes) / sizeof(key_sizes[0]); k++) {
        struct ntlm_stream sender, receiver;
        EVP_CIPHER_CTX *peer;

        for (size_t i = 0; i < sizeof(key); i++)
            key[i] = (uint8_t)(17 * i + 5 * k + 1);
        ntlm_stream_begin(&sender, key, key_sizes[k]);
        ntlm_stream_begin(&receiver, key, key_sizes[k]);
        peer = openssl_stream(key, key_sizes[k]);
        for (size_t size = 0; size < LONGEST; size += size < 200 ? 1 : 37)
            message(&sender, &receiver, peer, key, size, size % 3 != 0,
                    (unsigned)(size + k * 7919));
        assert_true(ntlm_stream_valid(&sender));
        assert_memory_equal(&sender, &receiver, sizeof(sender));
        EVP_CIPHER_CTX_free(peer);
    }
}

/* A stream for one text, which may lie where the result goes. */
static void test_rc4k(void **state)
{
    const uint8_t *key = text + 100;
    uint8_t expected[64], apart[64], in_place[64];
    EVP_CIPHER_CTX *peer = openssl_stream(key, 16);

    (void)state;
    memcpy(expected, text, sizeof(expected));
    memcpy(in_place, text, sizeof(in_place));
    openssl_next(peer, expected, sizeof(expected));
    EVP_CIPHER_CTX_free(peer);
    assert_true(ntlm_rc4k(key, text, sizeof(apart), apart));
    assert_true(ntlm_rc4k(key, in_place, sizeof(in_place), in_place));
    assert_memory_equal(apart, expected, sizeof(expected));
    assert_memory_equal(in_place, expected, sizeof(expected));
}

static void test_md5(void **state)
{
    EVP_MD *md5 = EVP_MD_fetch(library, "MD5", NULL);
    uint8_t ours[16], theirs[16];

    (void)state;
    assert_non_null(md5);
    for (size_t size = 0; size < 300; size++) {
        const struct ntlm_bytes parts[] = {{text, size / 3}, {text + size / 3, size - size / 3}};

        assert_int_equal(EVP_Digest(text, size, theirs, NULL, md5, NULL), 1);
        assert_true(ntlm_md5(parts, 2, ours));
        assert_memory_equal(ours, theirs, 16);
    }
    EVP_MD_free(md5);
}

/* ---- whatever sizes, cuts and keys: the same ones in each run -------------------------------- */

#define ROUNDS  1500
#define BIGGEST 3000

static uint32_t number(uint64_t *seed)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*seed >> 32);
}

static void fill(uint64_t *seed, uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)(number(seed) >> 24);
}

/* Most pieces are about as large as a block, some are empty, and one in eight is the whole rest. */
static size_t cut(uint64_t *seed, size_t left)
{
    size_t size = number(seed) % 8 ? number(seed) % 150 : left;

    return size < left ? size : left;
}

static void round_of_digests(uint64_t *seed, const uint8_t *bytes, size_t size, EVP_MD *md5)
{
    struct ntlm_bytes parts[16];
    uint8_t key[NTLM_KEY_SIZE], ours[NTLM_KEY_SIZE], theirs[NTLM_KEY_SIZE];
    size_t count = 0, at = 0;

    fill(seed, key, sizeof(key));
    while (count < 15) {
        parts[count] = (struct ntlm_bytes){bytes + at, cut(seed, size - at)};
        at += parts[count++].size;
    }
    parts[count++] = (struct ntlm_bytes){bytes + at, size - at};
    assert_int_equal(EVP_Digest(bytes, size, theirs, NULL, md5, NULL), 1);
    assert_true(ntlm_md5(parts, count, ours));
    assert_memory_equal(ours, theirs, sizeof(ours));
    openssl_hmac(key, bytes, size, theirs);
    assert_true(ntlm_hmac_md5(key, parts, count, ours));
    assert_memory_equal(ours, theirs, sizeof(ours));
}

static void round_of_streams(uint64_t *seed, const uint8_t *bytes, size_t size)
{
    uint8_t key[256], mac_key[NTLM_KEY_SIZE], wire[BIGGEST], theirs[BIGGEST];
    uint8_t digest[NTLM_KEY_SIZE], expected[NTLM_KEY_SIZE];
    size_t key_size = number(seed) % 4 ? 16 : 1 + number(seed) % sizeof(key);
    bool wide = number(seed) % 2, open = number(seed) % 2, mac = number(seed) % 4;
    struct ntlm_stream stream;
    struct ntlm_mac_key started;
    struct ntlm_pass pass;
    EVP_CIPHER_CTX *peer;

    fill(seed, key, sizeof(key));
    fill(seed, mac_key, sizeof(mac_key));
    memcpy(wire, bytes, size);
    memcpy(theirs, bytes, size);
    peer = openssl_stream(key, key_size);
    openssl_next(peer, theirs, size);
    EVP_CIPHER_CTX_free(peer);
    /* the digest is of the plain text: what goes in, or what comes out */
    openssl_hmac(mac_key, open ? theirs : bytes, size, expected);
    ntlm_stream_begin(&stream, key, key_size);
    ntlm_mac_key_begin(&started, mac_key);
    ntlm_pass_begin(&pass, &stream, mac ? &started : NULL, wide);
    for (size_t at = 0, n; at < size; at += n) {
        n = cut(seed, size - at);
        if (open)
            ntlm_pass_open(&pass, wire + at, n);
        else
            ntlm_pass_seal(&pass, wire + at, n);
    }
    if (mac) {
        ntlm_pass_digest(&pass, digest);
        assert_memory_equal(digest, expected, sizeof(digest));
    }
    ntlm_pass_end(&pass);
    assert_memory_equal(wire, theirs, size);
    assert_true(ntlm_stream_valid(&stream));
    if (key_size == NTLM_KEY_SIZE) {
        assert_true(ntlm_rc4k(key, bytes, size, wire));
        assert_memory_equal(wire, theirs, size);
    }
}

static void test_random(void **state)
{
    EVP_MD *md5 = EVP_MD_fetch(library, "MD5", NULL);
    uint8_t bytes[BIGGEST];
    uint64_t seed = 20;

    (void)state;
    assert_non_null(md5);
    for (int i = 0; i < ROUNDS; i++) {
        size_t size = number(&seed) % (i % 8 ? 300 : BIGGEST + 1);

        fill(&seed, bytes, size);
        round_of_digests(&seed, bytes, size, md5);
        round_of_streams(&seed, bytes, size);
    }
    EVP_MD_free(md5);
}

/* RFC 6229: the stream itself is what zeros become. */
static void test_rfc_6229(void **state)
{
    static const struct {
        size_t size;
        const char *first, *at_240;
    } vectors[] = {
        {5, "b2 39 63 05 f0 3d c0 27 cc c3 52 4a 0a 11 18 a8",
         "28 cb 11 32 c9 6c e2 86 42 1d ca ad b8 b6 9e ae"},
        {7, "29 3f 02 d4 7f 37 c9 b6 33 f2 af 52 85 fe b4 6b",
         "91 4f 02 53 1c 92 18 81 0d f6 0f 67 e3 38 15 4c"},
        {8, "97 ab 8a 1b f0 af b9 61 32 f2 f6 72 58 da 15 a8",
         "96 36 eb c9 84 19 26 f4 f7 d1 f3 62 bd df 6e 18"},
        {16, "9a c7 cc 9a 60 9d 1e f7 b2 93 28 99 cd e4 1b 97",
         "06 59 02 e4 b6 20 f6 cc 36 c8 58 9f 66 43 2f 2b"},
    };
    uint8_t key[16], zeros[256];

    (void)state;
    for (size_t i = 0; i < sizeof(key); i++)
        key[i] = (uint8_t)(i + 1);
    for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
        struct ntlm_stream stream;
        struct ntlm_pass pass;

        memset(zeros, 0, sizeof(zeros));
        ntlm_stream_begin(&stream, key, vectors[i].size);
        ntlm_pass_begin(&pass, &stream, NULL, i % 2);
        ntlm_pass_seal(&pass, zeros, sizeof(zeros));
        ntlm_pass_end(&pass);
        assert_hex(zeros, 16, vectors[i].first);
        assert_hex(zeros + 240, 16, vectors[i].at_240);
    }
}

/* RFC 2202, section 2, those with keys of 16 bytes. */
static void test_rfc_2202(void **state)
{
    uint8_t key[16], data[50], digest[16];
    struct ntlm_mac_key mac;
    struct ntlm_stream none;
    struct ntlm_pass pass;

    (void)state;
    ntlm_stream_begin(&none, (const uint8_t *)"k", 1);
    memset(key, 0x0b, sizeof(key));
    ntlm_mac_key_begin(&mac, key);
    ntlm_pass_begin(&pass, &none, &mac, false);
    ntlm_pass_sign(&pass, "Hi There", 8);
    ntlm_pass_digest(&pass, digest);
    ntlm_pass_end(&pass);
    assert_hex(digest, 16, "92 94 72 7a 36 38 bb 1c 13 f4 8e f8 15 8b fc 9d");
    memset(key, 0xaa, sizeof(key));
    memset(data, 0xdd, sizeof(data));
    ntlm_mac_key_begin(&mac, key);
    ntlm_pass_begin(&pass, &none, &mac, false);
    ntlm_pass_sign(&pass, data, sizeof(data));
    ntlm_pass_digest(&pass, digest);
    ntlm_pass_end(&pass);
    assert_hex(digest, 16, "56 be 34 52 1d 14 4c 88 db b8 c7 33 f0 e8 b3 f6");
}

/* What is no permutation is no state of a stream. */
static void test_valid(void **state)
{
    struct ntlm_stream stream;

    (void)state;
    ntlm_stream_begin(&stream, (const uint8_t *)"key", 3);
    assert_true(ntlm_stream_valid(&stream));
    stream.s[7] = stream.s[200];
    assert_false(ntlm_stream_valid(&stream));
    memset(&stream, 0, sizeof(stream));
    assert_false(ntlm_stream_valid(&stream));
}

/* CRC-32 of the digits, the check value that everybody gives for it. */
static void test_crc(void **state)
{
    const struct ntlm_bytes parts[] = {{(const uint8_t *)"1234", 4}, {(const uint8_t *)"56789", 5}};

    (void)state;
    assert_int_equal(ntlm_crc32(parts, 2), 0xcbf43926);
    assert_int_equal(ntlm_crc32(parts, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random),   cmocka_unit_test(test_like_openssl),
        cmocka_unit_test(test_rc4k),     cmocka_unit_test(test_md5),
        cmocka_unit_test(test_rfc_6229), cmocka_unit_test(test_rfc_2202),
        cmocka_unit_test(test_valid),    cmocka_unit_test(test_crc),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
