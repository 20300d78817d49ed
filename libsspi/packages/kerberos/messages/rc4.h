/*
 * What signatures and Wrap tokens of RFC 4757 7 have in common: for rc4.c and rc4_wrap.c.
 */
#ifndef CREDMGR_KERBEROS_RC4_H
#define CREDMGR_KERBEROS_RC4_H

#include "libsspi/packages/kerberos/messages/protect.h"

enum { RC4_TOKEN_MIC = 0x0101, RC4_TOKEN_WRAP = 0x0201 };
enum { RC4_SGN_HMAC_MD5 = 0x1100, RC4_SEAL_RC4 = 0x1000, RC4_SEAL_NONE = 0xffff };
enum { RC4_USAGE_WRAP = 13, RC4_USAGE_MIC = 15 };
#define RC4_FRAME      0x60 /* the first byte */
#define RC4_COVERED    8 /* the part of the header that is signed: token id, algorithms, filler */
#define RC4_SEQUENCE   8
#define RC4_CHECKSUM   8
#define RC4_OCTETS_MAX 5
/* What the frame counts of the header; the first are an object identifier with its tag. */
#define RC4_COUNTED (11 + RC4_COVERED + RC4_SEQUENCE + RC4_CHECKSUM)

/* Everything in front of the confounder. */
struct rc4_token {
    uint16_t type, seal;
    size_t octets;                  /* of the frame's length */
    size_t length;                  /* that it states */
    uint8_t sequence[RC4_SEQUENCE]; /* encrypted */
    uint8_t checksum[RC4_CHECKSUM];
};

/* Octets of a DER length, X.690 8.1.3. */
size_t rc4_octets(size_t length);
/* Bytes in front of the confounder. */
size_t rc4_header_size(size_t octets);
void rc4_write_token(uint8_t *out, const struct rc4_token *t);
/* Of at least the header; whether the frame's length is right is for the caller to see. */
bool rc4_read_token(const uint8_t *data, size_t size, struct rc4_token *t);

/* An acceptor's subkey of this type counts in DCE style only: elsewhere nobody looks at it. */
static inline const uint8_t *rc4_key(struct kerb_direction *d)
{
    return kerb_key_of(d, d->dce)->key;
}

/* These need it: NULL when OpenSSL has no RC4. */
struct kerb_rc4_tools *rc4_tools_of(struct kerb_direction *d);
/* `out` may be `key`. */
bool rc4_hmac(struct kerb_direction *d, const uint8_t *key, const void *data, size_t size,
              uint8_t out[KERB_RC4_KEY]);
bool rc4_checksum(struct kerb_direction *d, uint32_t usage, const struct rc4_token *t,
                  const struct kerb_pieces *parts, uint8_t out[RC4_CHECKSUM]);
/* The sequence field: its number, most significant byte first, and the direction four times. */
void rc4_write_sequence(const struct kerb_direction *d, uint8_t field[RC4_SEQUENCE],
                        uint32_t number);
/* Encrypts or decrypts it. */
bool rc4_crypt_sequence(struct kerb_direction *d, const uint8_t checksum[RC4_CHECKSUM],
                        uint8_t field[RC4_SEQUENCE]);
/* The checks that follow once the checksum expected is known; the sequence field is decrypted. */
SECURITY_STATUS rc4_finish(struct kerb_direction *d, struct rc4_token *t,
                           const uint8_t expected[RC4_CHECKSUM]);

#endif
