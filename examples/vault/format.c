/* Reader and writer of the vault file, side by side; all they know is bytes in memory. */
#include "format.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdbool.h>
#include <string.h>

enum {
    AT_VERSION = 4,
    AT_COST = 5,
    AT_ZERO = 6,
    AT_SALT = 8,
    AT_KEY_NONCE = 24,
    AT_KEY = 36,
    AT_KEY_TAG = 68,
    AT_NONCE = 84,
    AT_SIZE = 96,
    AT_CONTENT = 100,

    SALT_SIZE = 16,
    NONCE_SIZE = 12,
    TAG_SIZE = 16,
    VERSION = 1,
    COST_MIN = 10,
    COST_MAX = 17,
    SCRYPT_R = 8,
};

static const uint8_t magic[4] = {'C', 'M', 'V', 'T'};

/* Bytes that are authenticated but not encrypted: up to two pieces. */
struct clear {
    const uint8_t *data[2];
    int size[2];
};

const char *vault_status_text(enum vault_status status)
{
    static const char *const texts[VAULT_STATUSES] = {
        [VAULT_OK] = "it is open",
        [VAULT_ABSENT] = "there is no vault (credmgr-vault seal makes one)",
        [VAULT_BROKEN] = "the file is no vault, or damaged",
        [VAULT_REFUSED] = "another password holds there, or it is damaged (credmgr-vault passwd)",
        [VAULT_UNSAFE] =
            "file or directory is not its owner's alone, or is no file (ls -la ~/.credmgr)",
        [VAULT_BUSY] = "somebody else is writing it (try again)",
        [VAULT_TOO_LARGE] = "content or password is too large (1 MiB, 4096 bytes)",
        [VAULT_IO] = "it cannot be read or written",
        [VAULT_NO_KEY] = "this session has no key of it (log in with the password)",
        [VAULT_NO_MEMORY] = "there is not enough memory",
    };

    return texts[(unsigned)status < VAULT_STATUSES ? status : VAULT_BROKEN];
}

/* ---- AES-256-GCM --------------------------------------------------------------------------- */

/*
 * Encrypts or decrypts `size` bytes from `in` to `out`; the tag is written or compared.
 * VAULT_REFUSED when it differs: `out` holds nothing that may be used then.
 */
static enum vault_status gcm(bool encrypt, const uint8_t *key, const uint8_t *nonce,
                             const struct clear *clear, const uint8_t *in, size_t size,
                             uint8_t *out, uint8_t *tag)
{
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    enum vault_status status = VAULT_NO_MEMORY;
    uint8_t rest[TAG_SIZE];
    int n;

    if (!ctx || EVP_CipherInit_ex(ctx, EVP_aes_256_gcm(), NULL, key, nonce, encrypt) != 1)
        goto out;
    for (size_t i = 0; i < 2; i++)
        if (clear->size[i] && EVP_CipherUpdate(ctx, NULL, &n, clear->data[i], clear->size[i]) != 1)
            goto out;
    if (size && EVP_CipherUpdate(ctx, out, &n, in, (int)size) != 1)
        goto out;
    if (!encrypt && EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_SET_TAG, TAG_SIZE, tag) != 1)
        goto out;
    status = encrypt ? VAULT_NO_MEMORY : VAULT_REFUSED;
    if (EVP_CipherFinal_ex(ctx, rest, &n) != 1)
        goto out;
    if (encrypt && EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_GET_TAG, TAG_SIZE, tag) != 1)
        goto out;
    status = VAULT_OK;
out:
    EVP_CIPHER_CTX_free(ctx);
    return status;
}

/* ---- the envelope of the key --------------------------------------------------------------- */

static struct clear clear_of_key(const uint8_t *file)
{
    return (struct clear){{file, NULL}, {AT_KEY_NONCE, 0}};
}

static enum vault_status key_from_password(const char *password, const uint8_t *salt, unsigned cost,
                                           uint8_t out[VAULT_KEY_SIZE])
{
    uint64_t n = UINT64_C(1) << cost;

    if (strlen(password) > VAULT_PASSWORD_MAX)
        return VAULT_TOO_LARGE;
    /* scrypt takes 128 * N * r bytes, and a little more. */
    if (EVP_PBE_scrypt(password, strlen(password), salt, SALT_SIZE, n, SCRYPT_R, 1,
                       128 * SCRYPT_R * (n + 32), out, VAULT_KEY_SIZE) != 1)
        return VAULT_NO_MEMORY;
    return VAULT_OK;
}

enum vault_status vault_unwrap(const uint8_t *file, size_t size, const char *password,
                               uint8_t key[VAULT_KEY_SIZE])
{
    uint8_t wrapping[VAULT_KEY_SIZE], tag[TAG_SIZE];
    struct clear clear = clear_of_key(file);
    enum vault_status status = vault_check(file, size, NULL);

    if (status == VAULT_OK)
        status = key_from_password(password, file + AT_SALT, file[AT_COST], wrapping);
    if (status == VAULT_OK) {
        memcpy(tag, file + AT_KEY_TAG, TAG_SIZE);
        status = gcm(false, wrapping, file + AT_KEY_NONCE, &clear, file + AT_KEY, VAULT_KEY_SIZE,
                     key, tag);
    }
    if (status != VAULT_OK)
        OPENSSL_cleanse(key, VAULT_KEY_SIZE);
    OPENSSL_cleanse(wrapping, sizeof(wrapping));
    return status;
}

enum vault_status vault_wrap(uint8_t *file, size_t size, const char *password, unsigned cost,
                             const uint8_t key[VAULT_KEY_SIZE])
{
    uint8_t envelope[AT_NONCE], wrapping[VAULT_KEY_SIZE];
    struct clear clear = clear_of_key(envelope);
    enum vault_status status = cost < COST_MIN || cost > COST_MAX ? VAULT_BROKEN : VAULT_OK;

    memcpy(envelope, magic, sizeof(magic));
    envelope[AT_VERSION] = VERSION;
    envelope[AT_COST] = (uint8_t)cost;
    memset(envelope + AT_ZERO, 0, 2);
    if (status == VAULT_OK)
        status = size < VAULT_OVERHEAD ? VAULT_BROKEN : VAULT_OK;
    if (status == VAULT_OK && (RAND_bytes(envelope + AT_SALT, SALT_SIZE) != 1 ||
                               RAND_bytes(envelope + AT_KEY_NONCE, NONCE_SIZE) != 1))
        status = VAULT_NO_MEMORY;
    if (status == VAULT_OK)
        status = key_from_password(password, envelope + AT_SALT, cost, wrapping);
    if (status == VAULT_OK)
        status = gcm(true, wrapping, envelope + AT_KEY_NONCE, &clear, key, VAULT_KEY_SIZE,
                     envelope + AT_KEY, envelope + AT_KEY_TAG);
    if (status == VAULT_OK)
        memcpy(file, envelope, sizeof(envelope));
    OPENSSL_cleanse(wrapping, sizeof(wrapping));
    return status;
}

/* ---- the content --------------------------------------------------------------------------- */

/* Not the whole head: a new envelope must leave the content as it is. */
static struct clear clear_of_content(const uint8_t *file)
{
    return (struct clear){{file, file + AT_SIZE}, {AT_COST, AT_CONTENT - AT_SIZE}};
}

enum vault_status vault_check(const uint8_t *file, size_t size, size_t *content)
{
    size_t n;

    if (size < VAULT_OVERHEAD || size > VAULT_FILE_MAX || memcmp(file, magic, sizeof(magic)) != 0 ||
        file[AT_VERSION] != VERSION || file[AT_COST] < COST_MIN || file[AT_COST] > COST_MAX ||
        file[AT_ZERO] || file[AT_ZERO + 1])
        return VAULT_BROKEN;
    n = (size_t)file[AT_SIZE] << 24 | (size_t)file[AT_SIZE + 1] << 16 |
        (size_t)file[AT_SIZE + 2] << 8 | file[AT_SIZE + 3];
    if (n != size - VAULT_OVERHEAD)
        return VAULT_BROKEN;
    if (content)
        *content = n;
    return VAULT_OK;
}

enum vault_status vault_decrypt(const uint8_t *file, size_t size, const uint8_t key[VAULT_KEY_SIZE],
                                uint8_t *content)
{
    uint8_t tag[TAG_SIZE];
    struct clear clear;
    size_t n;
    enum vault_status status = vault_check(file, size, &n);

    if (status != VAULT_OK)
        return status;
    clear = clear_of_content(file);
    memcpy(tag, file + AT_CONTENT + n, TAG_SIZE);
    status = gcm(false, key, file + AT_NONCE, &clear, file + AT_CONTENT, n, content, tag);
    if (status != VAULT_OK)
        OPENSSL_cleanse(content, n);
    return status;
}

enum vault_status vault_encrypt(const uint8_t *content, size_t size,
                                const uint8_t key[VAULT_KEY_SIZE], const uint8_t *before,
                                uint8_t *file)
{
    struct clear clear;

    if (size > VAULT_CONTENT_MAX)
        return VAULT_TOO_LARGE;
    memset(file, 0, AT_NONCE);
    memcpy(file, magic, sizeof(magic));
    file[AT_VERSION] = VERSION;
    if (before)
        memcpy(file, before, AT_NONCE);
    if (RAND_bytes(file + AT_NONCE, NONCE_SIZE) != 1)
        return VAULT_NO_MEMORY;
    for (int i = 0; i < 4; i++)
        file[AT_SIZE + i] = (uint8_t)(size >> (24 - 8 * i));
    clear = clear_of_content(file);
    return gcm(true, key, file + AT_NONCE, &clear, content, size, file + AT_CONTENT,
               file + AT_CONTENT + size);
}
