/*
 * The vault file: some content, encrypted with a key of its own, and that key, encrypted with the
 * person's password. So a new password means a new envelope for the key, while the content, and
 * whoever has the key already, notice nothing.
 *
 *   offset  bytes
 *        0      4  magic "CMVT"
 *        4      1  version, 1
 *        5      1  log2 of scrypt's N, 10 to 17 (r = 8, p = 1: N KiB of memory)
 *        6      2  zero
 *        8     16  salt
 *       24     12  nonce of the key
 *       36     32  the key, encrypted with what scrypt makes of the password
 *       68     16  tag of the key; bytes 0 to 23 are authenticated with it
 *       84     12  nonce of the content
 *       96      4  size of the content, big-endian, at most 1 MiB
 *      100      n  the content, encrypted with the key
 *    100+n     16  tag of the content; bytes 0 to 4 and 96 to 99 are authenticated with it
 *
 * Both encryptions are AES-256-GCM. Nothing follows the last tag.
 */
#ifndef VAULT_FORMAT_H
#define VAULT_FORMAT_H

#include <stddef.h>
#include <stdint.h>

#define VAULT_KEY_SIZE     32
#define VAULT_OVERHEAD     116
#define VAULT_CONTENT_MAX  (1024 * 1024)
#define VAULT_FILE_MAX     (VAULT_CONTENT_MAX + VAULT_OVERHEAD)
#define VAULT_PASSWORD_MAX 4096 /* bytes of UTF-8 */
#define VAULT_COST         15   /* log2 N of new envelopes: 32 MiB, about 0.1 s */

enum vault_status {
    VAULT_OK,
    VAULT_ABSENT,    /* there is no vault */
    VAULT_BROKEN,    /* this is no vault, or it was damaged or tampered with */
    VAULT_REFUSED,   /* the password or the key is another one */
    VAULT_UNSAFE,    /* the file or its directory is not the person's alone */
    VAULT_BUSY,      /* somebody else is writing it */
    VAULT_TOO_LARGE, /* the content, or the password */
    VAULT_IO,        /* it cannot be read or written */
    VAULT_NO_KEY,    /* this session has no key of the vault */
    VAULT_NO_MEMORY,
    VAULT_STATUSES
};

/* A sentence's end for a person: "there is no vault". */
const char *vault_status_text(enum vault_status status);

/*
 * VAULT_OK when `file` has the form above (nothing is decrypted), with the content's size in
 * *content (may be NULL); else VAULT_BROKEN.
 */
enum vault_status vault_check(const uint8_t *file, size_t size, size_t *content);

/* The key that the password opens. VAULT_REFUSED, VAULT_BROKEN, VAULT_TOO_LARGE, VAULT_NO_MEMORY.
 */
enum vault_status vault_unwrap(const uint8_t *file, size_t size, const char *password,
                               uint8_t key[VAULT_KEY_SIZE]);

/*
 * Makes a new envelope for the key, in place; the content stays as it is. `cost` is log2 N.
 * VAULT_BROKEN, VAULT_TOO_LARGE, VAULT_NO_MEMORY; the file is then unchanged.
 */
enum vault_status vault_wrap(uint8_t *file, size_t size, const char *password, unsigned cost,
                             const uint8_t key[VAULT_KEY_SIZE]);

/*
 * The content, into `content`, which has room for what vault_check() told. VAULT_REFUSED (another
 * key, or it was tampered with: that cannot be told apart), VAULT_BROKEN, VAULT_NO_MEMORY;
 * `content` is then all zero.
 */
enum vault_status vault_decrypt(const uint8_t *file, size_t size, const uint8_t key[VAULT_KEY_SIZE],
                                uint8_t *content);

/*
 * A new file of size + VAULT_OVERHEAD bytes in `file`: the content under `key`, and the envelope
 * that `before` has (another vault of this key), or none as long as vault_wrap() was not called.
 * VAULT_TOO_LARGE, VAULT_NO_MEMORY.
 */
enum vault_status vault_encrypt(const uint8_t *content, size_t size,
                                const uint8_t key[VAULT_KEY_SIZE], const uint8_t *before,
                                uint8_t *file);

#endif
