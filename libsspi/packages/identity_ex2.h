/*
 * SEC_WINNT_AUTH_IDENTITY_EX2: an identity in one block, its strings and its packed credentials by
 * offsets. The block comes from an application, or from whoever marshalled it: every offset and
 * length is verified before anything behind it is touched.
 *
 * Source: "SEC_WINNT_AUTH_IDENTITY_EX2", "SEC_WINNT_AUTH_PACKED_CREDENTIALS" (sdk-api/sspi).
 */
#ifndef CREDMGR_PACKAGES_IDENTITY_EX2_H
#define CREDMGR_PACKAGES_IDENTITY_EX2_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sspi.h>

/* The header, and four areas that 16 bits count. */
#define IDENTITY_EX2_MAX (sizeof(SEC_WINNT_AUTH_IDENTITY_EX2) + 4 * (size_t)UINT16_MAX)

/* Flags that say that the packed credentials are ciphertext. */
#define IDENTITY_ENCRYPTED                                                                         \
    (SEC_WINNT_AUTH_IDENTITY_FLAGS_PROCESS_ENCRYPTED |                                             \
     SEC_WINNT_AUTH_IDENTITY_FLAGS_SYSTEM_PROTECTED |                                              \
     SEC_WINNT_AUTH_IDENTITY_FLAGS_USER_PROTECTED |                                                \
     SEC_WINNT_AUTH_IDENTITY_FLAGS_SYSTEM_ENCRYPTED)

/* Part of a block, borrowed; NULL where there is none. Not aligned to anything. */
struct identity_area {
    const uint8_t *data;
    size_t size; /* bytes */
};

/* Strings are UTF-16, or UTF-8 with SEC_WINNT_AUTH_IDENTITY_ANSI in the flags. */
struct identity_ex2 {
    struct identity_area user, domain, packages;
    struct identity_area packed; /* SEC_WINNT_AUTH_PACKED_CREDENTIALS, or its ciphertext */
    ULONG flags;
};

/* True when the first `size` bytes at `block` begin such a structure; *length gets its length. */
bool identity_ex2_head(const void *block, size_t size, size_t *length);
/*
 * Reads the block. False when it is none, is longer than `size`, has an area outside of itself or
 * in its header, UTF-16 of half a unit, or not exactly one character set.
 */
bool identity_ex2_read(const void *block, size_t size, struct identity_ex2 *out);
/*
 * The block for `in`, in new secret memory (secret_free), followed by the eight bytes that
 * SEC_WINNT_AUTH_IDENTITY_FLAGS_RESERVED promises; *size does not count them. NULL with errno
 * EMSGSIZE when something is too long, or ENOMEM.
 */
void *identity_ex2_write(const struct identity_ex2 *in, size_t *size);

/* The type and the data of packed credentials; false when they are malformed. */
bool identity_packed_read(struct identity_area packed, GUID *type, struct identity_area *data);
/* The UTF-16 password in the data of SEC_WINNT_AUTH_DATA_TYPE_PASSWORD. */
bool identity_password_read(struct identity_area data, struct identity_area *password);
/*
 * Packed credentials around a UTF-16 password of `size` bytes, in new secret memory. NULL: EMSGSIZE
 * or ENOMEM.
 */
void *identity_password_write(const void *password, size_t size, size_t *packed_size);
bool identity_same_type(const GUID *a, const GUID *b);

#endif
