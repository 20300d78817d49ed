/*
 * The algorithms of RFC 4757: HMAC-MD5, MD5 and RC4, whose keys change with every message. What
 * OpenSSL needs for them is made once, and keyed anew each time.
 */
#ifndef CREDMGR_KERBEROS_RC4_CRYPTO_H
#define CREDMGR_KERBEROS_RC4_CRYPTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libsspi/packages/kerberos/messages/crypto.h"

#define KERB_RC4_KEY 16 /* bytes of a key, a hash, an HMAC */

/* One thread at a time. */
struct kerb_rc4_tools;
/* NULL without memory, or when OpenSSL has no RC4 (it is in the legacy provider). */
struct kerb_rc4_tools *kerb_rc4_tools_new(void);
void kerb_rc4_tools_free(struct kerb_rc4_tools *tools);

/* Over all segments. `mac` may be `key`. */
bool kerb_rc4_hmac(struct kerb_rc4_tools *tools, const uint8_t key[KERB_RC4_KEY],
                   const struct kerb_segment *segments, size_t count, uint8_t mac[KERB_RC4_KEY]);
bool kerb_rc4_md5(struct kerb_rc4_tools *tools, const struct kerb_segment *segments, size_t count,
                  uint8_t hash[KERB_RC4_KEY]);
/* Over the sealed segments, in place. */
bool kerb_rc4_crypt(struct kerb_rc4_tools *tools, const uint8_t key[KERB_RC4_KEY],
                    const struct kerb_segment *segments, size_t count);

#endif
