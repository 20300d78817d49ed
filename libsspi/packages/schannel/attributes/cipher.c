/*
 * The cipher of a connection, in the three structures that Windows has had for it: by ALG_ID, by
 * CNG's names, and by the names of the suite.
 */
#include "libsspi/packages/schannel/attributes/attributes.h"

#include <openssl/obj_mac.h>
#include <string.h>

#include "base/utf16.h"
#include "libsspi/lsa/host.h"
#include "libsspi/packages/schannel/messages/messages.h"

struct algorithm {
    int nid;
    ALG_ID id; /* 0: it never had one */
    const char *name;
    uint32_t size; /* of hashes: bytes */
};

static const struct algorithm ciphers[] = {
    {NID_aes_128_gcm, CALG_AES_128, "AES", 0},
    {NID_aes_256_gcm, CALG_AES_256, "AES", 0},
    {NID_aes_128_ccm, CALG_AES_128, "AES", 0},
    {NID_aes_256_ccm, CALG_AES_256, "AES", 0},
    {NID_aes_128_cbc, CALG_AES_128, "AES", 0},
    {NID_aes_256_cbc, CALG_AES_256, "AES", 0},
    {NID_chacha20_poly1305, 0, "CHACHA20_POLY1305", 0},
    {NID_des_ede3_cbc, CALG_3DES, "3DES", 0},
    {NID_camellia_128_cbc, 0, "CAMELLIA", 0},
    {NID_camellia_256_cbc, 0, "CAMELLIA", 0},
    {NID_aria_128_gcm, 0, "ARIA", 0},
    {NID_aria_256_gcm, 0, "ARIA", 0},
    {NID_undef, CALG_NULLCIPHER, "", 0},
};

static const struct algorithm hashes[] = {
    {NID_sha256, CALG_SHA_256, "SHA256", 32},
    {NID_sha384, CALG_SHA_384, "SHA384", 48},
    {NID_sha1, CALG_SHA1, "SHA1", 20},
    {NID_undef, 0, "", 0},
};

static const struct algorithm exchanges[] = {
    {NID_kx_ecdhe, CALG_ECDH_EPHEM, "ECDHE", 0},
    {NID_kx_any, CALG_ECDH_EPHEM, "ECDHE", 0}, /* TLS 1.3 */
    {NID_kx_dhe, CALG_DH_EPHEM, "DHE", 0},
    {NID_kx_rsa, CALG_RSA_KEYX, "RSA", 0},
    {NID_undef, 0, "", 0},
};

static const struct algorithm *find(const struct algorithm *list, int nid)
{
    while (list->nid != nid && list->nid != NID_undef)
        list++;
    return list;
}

static const struct algorithm *cipher_of(const SSL_CIPHER *cipher)
{
    return find(ciphers, SSL_CIPHER_get_cipher_nid(cipher));
}

/* What makes the keys where there is no MAC of its own. */
static const struct algorithm *hash_of(const SSL_CIPHER *cipher)
{
    const EVP_MD *md = SSL_CIPHER_get_handshake_digest(cipher);

    if (!SSL_CIPHER_is_aead(cipher))
        return find(hashes, SSL_CIPHER_get_digest_nid(cipher));
    return find(hashes, md ? EVP_MD_get_type(md) : NID_undef);
}

static uint32_t bits_of(EVP_PKEY *key)
{
    int bits = key ? EVP_PKEY_get_bits(key) : 0;

    return bits > 0 ? (uint32_t)bits : 0;
}

uint32_t tls_key_bits(X509 *certificate)
{
    return certificate ? bits_of(X509_get0_pubkey(certificate)) : 0;
}

/* Finite fields in TLS 1.3 have the same kx_any as curves. */
static const struct algorithm *exchange_of(const struct tls_connection *c, const SSL_CIPHER *cipher,
                                           uint32_t *bits)
{
    const struct algorithm *found = find(exchanges, SSL_CIPHER_get_kx_nid(cipher));
    EVP_PKEY *key = NULL;

    if (found->nid == NID_kx_rsa) {
        *bits = tls_key_bits(c->server ? tls_local_certificate(c) : tls_peer_certificate(c));
        return found;
    }
    *bits = 0;
    if (!SSL_get_peer_tmp_key(c->ssl, &key))
        return found;
    *bits = bits_of(key);
    if (EVP_PKEY_is_a(key, "DH"))
        found = find(exchanges, NID_kx_dhe);
    EVP_PKEY_free(key);
    return found;
}

static DWORD protocol_of(const struct tls_connection *c)
{
    switch (SSL_version(c->ssl)) {
    case TLS1_3_VERSION:
        return c->server ? SP_PROT_TLS1_3_SERVER : SP_PROT_TLS1_3_CLIENT;
    case TLS1_2_VERSION:
        return c->server ? SP_PROT_TLS1_2_SERVER : SP_PROT_TLS1_2_CLIENT;
    default:
        return SP_PROT_NONE;
    }
}

static void wide(WCHAR out[SZ_ALG_MAX_SIZE], const char *name)
{
    size_t i = 0;

    for (; name && name[i] && i + 1 < SZ_ALG_MAX_SIZE; i++)
        out[i] = (unsigned char)name[i]; /* ASCII, all of them */
    out[i] = 0;
}

void tls_connection_info(const struct tls_connection *c, PSecPkgContext_ConnectionInfo out)
{
    const SSL_CIPHER *cipher = SSL_get_current_cipher(c->ssl);
    const struct algorithm *hash = hash_of(cipher);
    uint32_t exchange_bits;

    out->dwProtocol = protocol_of(c);
    out->aiCipher = cipher_of(cipher)->id;
    out->dwCipherStrength = (DWORD)SSL_CIPHER_get_bits(cipher, NULL);
    out->aiHash = hash->id;
    out->dwHashStrength = hash->size * 8;
    out->aiExch = exchange_of(c, cipher, &exchange_bits)->id;
    out->dwExchStrength = exchange_bits;
}

void tls_connection_info_ex(const struct tls_connection *c, PSecPkgContext_ConnectionInfoEx out)
{
    const SSL_CIPHER *cipher = SSL_get_current_cipher(c->ssl);
    const struct algorithm *hash = hash_of(cipher);
    uint32_t exchange_bits;

    out->dwVersion = SECPKGCONTEXT_CONNECTION_INFO_EX_V1;
    out->dwProtocol = protocol_of(c);
    wide(out->szCipher, cipher_of(cipher)->name);
    out->dwCipherStrength = (DWORD)SSL_CIPHER_get_bits(cipher, NULL);
    wide(out->szHash, hash->name);
    out->dwHashStrength = hash->size * 8;
    wide(out->szExchange, exchange_of(c, cipher, &exchange_bits)->name);
    out->dwExchStrength = exchange_bits;
}

/* "RSA" or "ECDSA": of the server's certificate. */
static const char *authentication_of(const struct tls_connection *c)
{
    X509 *server = c->server ? tls_local_certificate(c) : tls_peer_certificate(c);
    EVP_PKEY *key = server ? X509_get0_pubkey(server) : NULL;

    if (!key)
        return "";
    if (EVP_PKEY_is_a(key, "EC"))
        return "ECDSA";
    return EVP_PKEY_is_a(key, "RSA") || EVP_PKEY_is_a(key, "RSA-PSS") ? "RSA" : "";
}

/* The number of the group in TLS, as CNG's dwKeyType is; 0: none. */
static DWORD group_of(const struct tls_connection *c)
{
    switch (SSL_get_negotiated_group(c->ssl)) {
    case NID_X9_62_prime256v1:
        return 23;
    case NID_secp384r1:
        return 24;
    case NID_secp521r1:
        return 25;
    case NID_X25519:
        return 29;
    case NID_X448:
        return 30;
    default:
        return 0;
    }
}

void tls_cipher_info(const struct tls_connection *c, PSecPkgContext_CipherInfo out)
{
    const SSL_CIPHER *cipher = SSL_get_current_cipher(c->ssl);
    const struct algorithm *hash = hash_of(cipher);
    struct tls_sizes sizes;
    uint32_t exchange_bits;

    tls_sizes(c->ssl, &sizes);
    memset(out, 0, sizeof(*out));
    out->dwVersion = SECPKGCONTEXT_CIPHERINFO_V1;
    out->dwProtocol = (DWORD)SSL_version(c->ssl);
    out->dwCipherSuite = out->dwBaseCipherSuite = SSL_CIPHER_get_protocol_id(cipher);
    wide(out->szCipherSuite, SSL_CIPHER_standard_name(cipher));
    wide(out->szCipher, cipher_of(cipher)->name);
    out->dwCipherLen = (DWORD)SSL_CIPHER_get_bits(cipher, NULL);
    out->dwCipherBlockLen = sizes.block;
    wide(out->szHash, hash->name);
    out->dwHashLen = hash->size;
    wide(out->szExchange, exchange_of(c, cipher, &exchange_bits)->name);
    out->dwMinExchangeLen = out->dwMaxExchangeLen = exchange_bits;
    wide(out->szCertificate, authentication_of(c));
    out->dwKeyType = group_of(c);
}

static SEC_WCHAR *text(const char *ascii)
{
    size_t size = strlen(ascii) + 1;
    SEC_WCHAR *out = lsa_host_allocate(size * sizeof(*out));

    for (size_t i = 0; out && i < size; i++)
        out[i] = (unsigned char)ascii[i];
    return out;
}

SECURITY_STATUS tls_key_info(const struct tls_connection *c, PSecPkgContext_KeyInfoW out)
{
    const SSL_CIPHER *cipher = SSL_get_current_cipher(c->ssl);

    out->sSignatureAlgorithmName = text(hash_of(cipher)->name);
    out->sEncryptAlgorithmName = text(cipher_of(cipher)->name);
    out->KeySize = (ULONG)SSL_CIPHER_get_bits(cipher, NULL);
    out->SignatureAlgorithm = hash_of(cipher)->id;
    out->EncryptAlgorithm = cipher_of(cipher)->id;
    if (out->sSignatureAlgorithmName && out->sEncryptAlgorithmName)
        return SEC_E_OK;
    lsa_host_free(out->sSignatureAlgorithmName);
    lsa_host_free(out->sEncryptAlgorithmName);
    out->sSignatureAlgorithmName = out->sEncryptAlgorithmName = NULL;
    return SEC_E_INSUFFICIENT_MEMORY;
}

SECURITY_STATUS tls_proto_info(const struct tls_connection *c, PSecPkgContext_ProtoInfoW out)
{
    out->majorVersion = 1;
    out->minorVersion = SSL_version(c->ssl) == TLS1_3_VERSION ? 3 : 2;
    out->sProtocolName = text("TLS");
    return out->sProtocolName ? SEC_E_OK : SEC_E_INSUFFICIENT_MEMORY;
}

/* What the peer takes, each with the signature above and the hash below; schemes of TLS 1.3 that
 * are no such pair are passed over. */
SECURITY_STATUS tls_supported_signatures(const struct tls_connection *c,
                                         PSecPkgContext_SupportedSignatures out)
{
    int count = SSL_get_sigalgs(c->ssl, 0, NULL, NULL, NULL, NULL, NULL);

    out->cSignatureAndHashAlgorithms = 0;
    out->pSignatureAndHashAlgorithms = NULL;
    if (count <= 0)
        return SEC_E_UNSUPPORTED_FUNCTION;
    out->pSignatureAndHashAlgorithms = lsa_host_allocate((size_t)count * sizeof(WORD));
    if (!out->pSignatureAndHashAlgorithms)
        return SEC_E_INSUFFICIENT_MEMORY;
    for (int i = 0; i < count && out->cSignatureAndHashAlgorithms < UINT16_MAX; i++) {
        unsigned char sign = 0, hash = 0;

        SSL_get_sigalgs(c->ssl, i, NULL, NULL, NULL, &sign, &hash);
        if (hash >= TlsHashAlgorithm_Md5 && hash <= TlsHashAlgorithm_Sha512 &&
            sign <= TlsSignatureAlgorithm_Ecdsa)
            out->pSignatureAndHashAlgorithms[out->cSignatureAndHashAlgorithms++] =
                (WORD)(sign << 8 | hash);
    }
    return SEC_E_OK;
}
