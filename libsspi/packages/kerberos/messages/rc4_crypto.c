/*
 * HMAC-MD5, MD5 and RC4 for RFC 4757, on contexts of OpenSSL's that live as long as ours.
 */
#include "libsspi/packages/kerberos/messages/rc4_crypto.h"

#include <openssl/evp.h>

#include "base/secret.h"
#include "libsspi/packages/kerberos/messages/crypto_internal.h"

struct kerb_rc4_tools {
    EVP_MAC_CTX *hmac;
    EVP_MD_CTX *md5;
    EVP_CIPHER *cipher;
    EVP_CIPHER_CTX *rc4;
};

struct kerb_rc4_tools *kerb_rc4_tools_new(void)
{
    static const uint8_t no_key[KERB_RC4_KEY];
    struct kerb_rc4_tools *tools = secret_alloc(sizeof(*tools));

    if (!tools)
        return NULL;
    tools->cipher = kerb_fetch_cipher("RC4");
    tools->hmac = kerb_keyed_mac(kerb_profile(23), no_key, sizeof(no_key));
    tools->md5 = EVP_MD_CTX_new();
    tools->rc4 = EVP_CIPHER_CTX_new();
    if (!tools->cipher || !tools->hmac || !tools->md5 || !tools->rc4 || !kerb_md5_method()) {
        kerb_rc4_tools_free(tools);
        tools = NULL;
    }
    return tools;
}

void kerb_rc4_tools_free(struct kerb_rc4_tools *tools)
{
    if (!tools)
        return;
    EVP_MAC_CTX_free(tools->hmac);
    EVP_MD_CTX_free(tools->md5);
    EVP_CIPHER_CTX_free(tools->rc4);
    EVP_CIPHER_free(tools->cipher);
    secret_free(tools);
}

bool kerb_rc4_hmac(struct kerb_rc4_tools *tools, const uint8_t key[KERB_RC4_KEY],
                   const struct kerb_segment *segments, size_t count, uint8_t mac[KERB_RC4_KEY])
{
    return EVP_MAC_init(tools->hmac, key, KERB_RC4_KEY, NULL) == 1 &&
           kerb_authenticate(tools->hmac, NULL, 0, segments, count, mac, KERB_RC4_KEY);
}

bool kerb_rc4_md5(struct kerb_rc4_tools *tools, const struct kerb_segment *segments, size_t count,
                  uint8_t hash[KERB_RC4_KEY])
{
    bool ok = EVP_DigestInit_ex2(tools->md5, kerb_md5_method(), NULL) == 1;

    for (size_t i = 0; ok && i < count; i++)
        ok = EVP_DigestUpdate(tools->md5, segments[i].data, segments[i].size) == 1;
    return ok && EVP_DigestFinal_ex(tools->md5, hash, NULL) == 1;
}

bool kerb_rc4_crypt(struct kerb_rc4_tools *tools, const uint8_t key[KERB_RC4_KEY],
                    const struct kerb_segment *segments, size_t count)
{
    bool ok = EVP_EncryptInit_ex2(tools->rc4, tools->cipher, key, NULL, NULL) == 1;

    for (size_t i = 0; ok && i < count; i++) {
        int length = 0;

        if (!segments[i].sealed || !segments[i].size)
            continue;
        ok = segments[i].size <= INT32_MAX / 2 &&
             EVP_EncryptUpdate(tools->rc4, segments[i].data, &length, segments[i].data,
                               (int)segments[i].size) == 1;
    }
    return ok;
}
