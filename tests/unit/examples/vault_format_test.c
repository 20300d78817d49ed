/* The vault file: what is sealed opens again, with the right password alone, and not one bit of it
 * can be changed unnoticed. */
#include "examples/vault/format.h"

#include <openssl/evp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define COST 10 /* quick */

static const char content[] = "machine box login alice password s3cret\n";
static const uint8_t key[VAULT_KEY_SIZE] = "thirty-two bytes of a random key";
enum { SIZE = sizeof(content) + VAULT_OVERHEAD };

static void make(uint8_t file[SIZE], const char *password)
{
    assert_int_equal(vault_encrypt((const uint8_t *)content, sizeof(content), key, NULL, file),
                     VAULT_OK);
    assert_int_equal(vault_wrap(file, SIZE, password, COST, key), VAULT_OK);
}

static void opens_again(void **state)
{
    uint8_t file[SIZE], found[VAULT_KEY_SIZE], out[sizeof(content)];
    size_t size = 0;

    (void)state;
    make(file, "päss");
    assert_int_equal(vault_check(file, SIZE, &size), VAULT_OK);
    assert_int_equal(size, sizeof(content));
    assert_int_equal(vault_unwrap(file, SIZE, "päss", found), VAULT_OK);
    assert_memory_equal(found, key, sizeof(key));
    assert_int_equal(vault_decrypt(file, SIZE, found, out), VAULT_OK);
    assert_memory_equal(out, content, sizeof(content));
    assert_null(memmem(file, SIZE, "s3cret", 6));
}

static void other_passwords_do_not_open_it(void **state)
{
    static const uint8_t zero[VAULT_KEY_SIZE] = {0};
    uint8_t file[SIZE], found[VAULT_KEY_SIZE];
    char *large = malloc(VAULT_PASSWORD_MAX + 2);

    (void)state;
    make(file, "right");
    assert_int_equal(vault_unwrap(file, SIZE, "wrong", found), VAULT_REFUSED);
    assert_memory_equal(found, zero, sizeof(zero));
    assert_int_equal(vault_unwrap(file, SIZE, "", found), VAULT_REFUSED);
    assert_int_equal(vault_unwrap(file, SIZE, "right ", found), VAULT_REFUSED);
    memset(large, 'a', VAULT_PASSWORD_MAX + 1);
    large[VAULT_PASSWORD_MAX + 1] = 0;
    assert_int_equal(vault_unwrap(file, SIZE, large, found), VAULT_TOO_LARGE);
    assert_int_equal(vault_wrap(file, SIZE, large, COST, key), VAULT_TOO_LARGE);
    assert_int_equal(vault_unwrap(file, SIZE, "right", found), VAULT_OK);
    free(large);
}

/* A new password changes the envelope and not a byte behind it. */
static void new_password(void **state)
{
    uint8_t before[SIZE], after[SIZE], found[VAULT_KEY_SIZE];

    (void)state;
    make(before, "old");
    memcpy(after, before, SIZE);
    assert_int_equal(vault_wrap(after, SIZE, "new", COST + 1, key), VAULT_OK);
    assert_memory_equal(before + 84, after + 84, SIZE - 84);
    assert_memory_not_equal(before + 8, after + 8, 16); /* another salt */
    assert_int_equal(vault_unwrap(after, SIZE, "old", found), VAULT_REFUSED);
    assert_int_equal(vault_unwrap(after, SIZE, "new", found), VAULT_OK);
    assert_memory_equal(found, key, sizeof(key));
}

/* New content under the same envelope: the password still opens it; a nonce is never used twice. */
static void new_content(void **state)
{
    static const uint8_t other[3] = {1, 2, 3};
    uint8_t before[SIZE], after[sizeof(other) + VAULT_OVERHEAD], found[VAULT_KEY_SIZE],
        out[sizeof(other)];

    (void)state;
    make(before, "password");
    assert_int_equal(vault_encrypt(other, sizeof(other), key, before, after), VAULT_OK);
    assert_memory_not_equal(before + 84, after + 84, 12);
    assert_int_equal(vault_unwrap(after, sizeof(after), "password", found), VAULT_OK);
    assert_int_equal(vault_decrypt(after, sizeof(after), found, out), VAULT_OK);
    assert_memory_equal(out, other, sizeof(other));
}

static void no_content(void **state)
{
    uint8_t file[VAULT_OVERHEAD], out[1] = {0};

    (void)state;
    assert_int_equal(vault_encrypt(out, 0, key, NULL, file), VAULT_OK);
    /* Without an envelope it is no vault yet. */
    assert_int_equal(vault_check(file, sizeof(file), NULL), VAULT_BROKEN);
    assert_int_equal(vault_wrap(file, sizeof(file), "p", COST, key), VAULT_OK);
    assert_int_equal(vault_decrypt(file, sizeof(file), key, out), VAULT_OK);
}

static void every_bit_counts(void **state)
{
    uint8_t file[SIZE], found[VAULT_KEY_SIZE], out[sizeof(content)];

    (void)state;
    make(file, "password");
    for (size_t bit = 0; bit < SIZE * 8; bit++) {
        /* More of scrypt's memory is asked for than a test should take. */
        if (bit / 8 == 5)
            continue;
        file[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_true(vault_unwrap(file, SIZE, "password", found) != VAULT_OK ||
                    vault_decrypt(file, SIZE, found, out) != VAULT_OK);
        file[bit / 8] ^= (uint8_t)(1 << bit % 8);
        if (bit == 700) /* behind the envelope: the key is the same, and derived needlessly */
            break;
    }
    for (size_t bit = 84 * 8; bit < SIZE * 8; bit++) {
        file[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_int_not_equal(vault_decrypt(file, SIZE, key, out), VAULT_OK);
        file[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    file[5] = COST + 1;
    assert_int_equal(vault_unwrap(file, SIZE, "password", found), VAULT_REFUSED);
    file[5] = COST;
    assert_int_equal(vault_unwrap(file, SIZE, "password", found), VAULT_OK);
}

/* Whatever its length, and however much work it asks for. */
static void bounds(void **state)
{
    uint8_t file[SIZE + 1], *large = calloc(1, VAULT_FILE_MAX + 1), found[VAULT_KEY_SIZE];

    (void)state;
    make(file, "password");
    for (size_t size = 0; size <= SIZE + 1; size++) {
        uint8_t *exact = malloc(size ? size : 1); /* AddressSanitizer sees its end */

        memcpy(exact, file, size < SIZE ? size : SIZE);
        assert_int_equal(vault_check(exact, size, NULL), size == SIZE ? VAULT_OK : VAULT_BROKEN);
        free(exact);
    }
    for (unsigned cost = 0; cost < 256; cost++) {
        file[5] = (uint8_t)cost;
        assert_int_equal(vault_check(file, SIZE, NULL),
                         cost >= 10 && cost <= 17 ? VAULT_OK : VAULT_BROKEN);
    }
    file[5] = 63;
    assert_int_equal(vault_unwrap(file, SIZE, "password", found), VAULT_BROKEN);
    assert_int_equal(vault_wrap(file, SIZE, "password", 9, key), VAULT_BROKEN);
    assert_int_equal(vault_wrap(file, SIZE, "password", 18, key), VAULT_BROKEN);
    assert_int_equal(vault_encrypt(large, VAULT_CONTENT_MAX + 1, key, NULL, large),
                     VAULT_TOO_LARGE);
    free(large);
}

/* The layout that format.h promises, read by other code than ours: the key from the password, then
 * the content, with OpenSSL alone. */
static void layout(void **state)
{
    uint8_t file[SIZE], wrapping[32], out[sizeof(content)];
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    int n;

    (void)state;
    make(file, "password");
    assert_memory_equal(file, "CMVT\1\12\0\0", 8);
    assert_int_equal(EVP_PBE_scrypt("password", 8, file + 8, 16, 1 << COST, 8, 1, 0, wrapping, 32),
                     1);
    EVP_DecryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, wrapping, file + 24);
    EVP_DecryptUpdate(ctx, NULL, &n, file, 24);
    EVP_DecryptUpdate(ctx, wrapping, &n, file + 36, 32);
    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_SET_TAG, 16, file + 68);
    assert_int_equal(EVP_DecryptFinal_ex(ctx, out, &n), 1);
    assert_memory_equal(wrapping, key, 32);
    EVP_CIPHER_CTX_reset(ctx);
    EVP_DecryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, key, file + 84);
    EVP_DecryptUpdate(ctx, NULL, &n, file, 5);
    EVP_DecryptUpdate(ctx, NULL, &n, file + 96, 4);
    EVP_DecryptUpdate(ctx, out, &n, file + 100, sizeof(content));
    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_SET_TAG, 16, file + 100 + sizeof(content));
    assert_int_equal(EVP_DecryptFinal_ex(ctx, out + n, &n), 1);
    assert_memory_equal(out, content, sizeof(content));
    assert_memory_equal(file + 96, "\0\0\0\51", 4);
    EVP_CIPHER_CTX_free(ctx);
}

static void every_status_has_words(void **state)
{
    (void)state;
    for (int i = 0; i < VAULT_STATUSES; i++)
        assert_non_null(vault_status_text((enum vault_status)i));
    assert_non_null(vault_status_text((enum vault_status)200));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(opens_again),
        cmocka_unit_test(other_passwords_do_not_open_it),
        cmocka_unit_test(new_password),
        cmocka_unit_test(new_content),
        cmocka_unit_test(no_content),
        cmocka_unit_test(every_bit_counts),
        cmocka_unit_test(bounds),
        cmocka_unit_test(layout),
        cmocka_unit_test(every_status_has_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
