/*
 * The few old algorithms NTLM is made of. MD4 and DES come from OpenSSL's legacy provider, which is
 * loaded into a library context of our own, so that an application's choice of providers neither
 * breaks us nor is changed by us. MD5 and RC4 are our own (pass.h says why).
 *
 * Algorithms are fetched once. Everything here may be called from many threads and after a fork.
 */
#ifndef CREDMGR_NTLM_CRYPTO_H
#define CREDMGR_NTLM_CRYPTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NTLM_KEY_SIZE 16 /* MD4, MD5 and HMAC-MD5 results, and every key but DES's */

/*
 * Bytes of somebody else's; what is hashed is given as a list of these and never copied together.
 */
struct ntlm_bytes {
    const uint8_t *data;
    size_t size;
};

/*
 * Loads the providers and fetches the algorithms; to be called before any other function here and,
 * in lsad, before the sandbox closes (legacy.so is read from disk). Calls are counted. False when
 * OpenSSL has no legacy provider to load.
 */
bool ntlm_crypto_start(void);
void ntlm_crypto_stop(void);

/*
 * Each gives false only when memory has run out (the result is then all zeros, but must not be
 * used).
 */
bool ntlm_md4(const void *data, size_t size, uint8_t out[NTLM_KEY_SIZE]);
bool ntlm_md5(const struct ntlm_bytes *parts, size_t count, uint8_t out[NTLM_KEY_SIZE]);
bool ntlm_hmac_md5(const uint8_t key[NTLM_KEY_SIZE], const struct ntlm_bytes *parts, size_t count,
                   uint8_t out[NTLM_KEY_SIZE]);
/*
 * One block under a key of 56 bits, spread over eight bytes as [MS-NLMP] section 6 says for DES().
 */
bool ntlm_des(const uint8_t key[7], const uint8_t in[8], uint8_t out[8]);
/*
 * RC4K() of [MS-NLMP] section 6: a fresh state for this one text. `in` and `out` may be the same.
 */
bool ntlm_rc4k(const uint8_t key[NTLM_KEY_SIZE], const void *in, size_t size, void *out);

/* CRC32() of [MS-NLMP] section 6, the one of IEEE 802.3. */
uint32_t ntlm_crc32(const struct ntlm_bytes *parts, size_t count);

#endif
