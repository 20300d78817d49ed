/*
 * What crypto.c, seal.c and rc4_crypto.c share.
 */
#ifndef CREDMGR_KERBEROS_CRYPTO_INTERNAL_H
#define CREDMGR_KERBEROS_CRYPTO_INTERNAL_H

#include <openssl/evp.h>
#include <openssl/params.h>

#include "libsspi/packages/kerberos/messages/crypto.h"

OSSL_PARAM kerb_text_param(const char *name, const char *value);
/* From the private library context; EVP_CIPHER_free. */
EVP_CIPHER *kerb_fetch_cipher(const char *name);
const EVP_MD *kerb_md5_method(void); /* NULL when OpenSSL has none */
/* A MAC of the profile's algorithm with this key; EVP_MAC_init without a key then starts a message.
 * EVP_MAC_CTX_free. */
EVP_MAC_CTX *kerb_keyed_mac(const struct kerb_profile *profile, const uint8_t *key, size_t size);
/* A MAC that holds the key for a usage, Kc or Ki; EVP_MAC_CTX_free. NULL without memory or
 * algorithm. */
EVP_MAC_CTX *kerb_derived_mac(const struct kerb_profile *profile, const uint8_t *key,
                              uint32_t usage, uint8_t tag);
/* The first `size` bytes of the MAC over a prefix and all segments. */
bool kerb_authenticate(EVP_MAC_CTX *keyed, const void *prefix, size_t prefix_size,
                       const struct kerb_segment *segments, size_t count, uint8_t *out,
                       size_t size);

#endif
