/*
 * Kerberos encryption types on OpenSSL, for messages after the handshake: key derivation,
 * encryption and checksums of RFC 3961 and 3962 (AES, SHA-1), RFC 8009 (AES, SHA-2), RFC 6803
 * (Camellia) and RFC 4757 (RC4). libkrb5 does the handshake; here keys stay expanded between
 * messages and data are worked on where they lie.
 *
 * Everything runs in a private OSSL_LIB_CTX, so that neither the application's OpenSSL
 * configuration nor ours disturbs the other. The objects are not locked: one thread at a time.
 */
#ifndef CREDMGR_KERBEROS_CRYPTO_H
#define CREDMGR_KERBEROS_CRYPTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KERB_KEY_MAX    32 /* bytes in a key of any type here */
#define KERB_MAC_MAX    48 /* bytes of an untruncated MAC */
#define KERB_CONFOUNDER 16

/* Loads OpenSSL's providers, once a process; everything below does it by itself, too. False when
 * they are not there. */
bool kerb_crypto_start(void);

struct kerb_profile {
    int32_t enctype;
    uint16_t key_size;        /* bytes of the protocol key */
    uint16_t mac_size;        /* bytes of the truncated MAC or checksum on the wire */
    uint16_t integrity_size;  /* bytes of Ki and Kc */
    bool mac_over_ciphertext; /* RFC 8009: the MAC covers the ciphertext, behind a zero IV */
    bool rc4;                 /* RFC 4757: other token formats, see rc4.h */
    uint32_t checksum_type;   /* the mandatory checksum type's number */
    const char *encryption, *signature; /* names for people */
    const char *cbc, *digest;           /* OpenSSL's names; digest NULL: CMAC */
};

/* NULL for a type that we do not protect messages with (DES, DES3, numbers unknown). */
const struct kerb_profile *kerb_profile(int32_t enctype);

/* One piece of a message. Pieces that are not sealed are covered by the MAC only. */
struct kerb_segment {
    uint8_t *data;
    size_t size;
    bool sealed;
};

/* Encryption keys of one key usage: Ke and Ki. NULL without memory or algorithm. Not for RC4. */
struct kerb_seal;
struct kerb_seal *kerb_seal_new(const struct kerb_profile *profile, const uint8_t *key,
                                uint32_t usage, bool encrypt);
void kerb_seal_free(struct kerb_seal *seal);
/*
 * Encrypts the sealed segments in place, as one ciphertext, and writes mac_size bytes over all of
 * them. The first sealed segment must begin with a confounder of KERB_CONFOUNDER random bytes.
 */
bool kerb_seal_encrypt(struct kerb_seal *seal, const struct kerb_segment *segments, size_t count,
                       uint8_t *mac);
/* Decrypts in place; false when the MAC is not right, and then the sealed segments are wiped. */
bool kerb_seal_decrypt(struct kerb_seal *seal, const struct kerb_segment *segments, size_t count,
                       const uint8_t *mac);

/* The checksum key of one key usage: Kc. Writes mac_size bytes over all segments. */
struct kerb_sum;
struct kerb_sum *kerb_sum_new(const struct kerb_profile *profile, const uint8_t *key,
                              uint32_t usage);
void kerb_sum_free(struct kerb_sum *sum);
bool kerb_sum_make(struct kerb_sum *sum, const struct kerb_segment *segments, size_t count,
                   uint8_t *out);

/*
 * RFC 3961 5.1 and its successors: the key of `size` bytes for a usage number and one of 0x99 (Kc),
 * 0xAA (Ke), 0x55 (Ki).
 */
bool kerb_derive(const struct kerb_profile *profile, const uint8_t *key, uint32_t usage,
                 uint8_t tag, uint8_t *out, size_t size);

bool kerb_md5(const struct kerb_segment *segments, size_t count, uint8_t hash[16]);

#endif
