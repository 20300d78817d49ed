/*
 * Reader of TLS_PARAMETERS and CRYPTO_SETTINGS, and what they hit.
 */
#include "libsspi/packages/schannel/credentials/restrictions.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* CNG's names are ASCII; a longer one is of nothing that is known here. */
static void copy_name(const UNICODE_STRING *from, char *to, size_t room)
{
    size_t units = from->Buffer ? from->Length / sizeof(WCHAR) : 0;

    *to = '\0';
    if (units >= room)
        return;
    for (size_t i = 0; i < units; i++) {
        if (from->Buffer[i] == 0 || from->Buffer[i] > 0x7e) {
            units = i;
            break;
        }
        to[i] = (char)from->Buffer[i];
    }
    to[units] = '\0';
}

static SECURITY_STATUS read_setting(const CRYPTO_SETTINGS *from, struct tls_disabled *to)
{
    static const struct {
        const char *name;
        unsigned mode;
    } modes[] = {{"ChainingModeCBC", TLS_MODE_CBC},
                 {"ChainingModeGCM", TLS_MODE_GCM},
                 {"ChainingModeCCM", TLS_MODE_CCM}};

    if (from->cChainingModes > SCH_CRED_MAX_SUPPORTED_CHAINING_MODES ||
        (from->cChainingModes && !from->rgstrChainingModes))
        return SEC_E_UNKNOWN_CREDENTIALS;
    to->usage = from->eAlgorithmUsage;
    to->lower = from->dwMinBitLength;
    to->upper = from->dwMaxBitLength;
    copy_name(&from->strCngAlgId, to->name, sizeof(to->name));
    if (from->cChainingModes == 0)
        to->modes = TLS_MODE_ANY;
    for (DWORD i = 0; i < from->cChainingModes; i++) {
        char mode[32];

        copy_name(&from->rgstrChainingModes[i], mode, sizeof(mode));
        for (size_t m = 0; m < sizeof(modes) / sizeof(*modes); m++)
            if (strcasecmp(mode, modes[m].name) == 0)
                to->modes |= modes[m].mode;
    }
    return SEC_E_OK;
}

static SECURITY_STATUS read_protocols(const TLS_PARAMETERS *from, struct tls_restriction *to)
{
    size_t room = 0;

    for (DWORD i = 0; i < from->cAlpnIds; i++)
        room += 1 + from->rgstrAlpnIds[i].Length / sizeof(WCHAR);
    if (room == 0)
        return SEC_E_OK;
    to->protocols = malloc(room);
    if (!to->protocols)
        return SEC_E_INSUFFICIENT_MEMORY;
    for (DWORD i = 0; i < from->cAlpnIds; i++) {
        const UNICODE_STRING *id = &from->rgstrAlpnIds[i];
        size_t units = id->Buffer ? id->Length / sizeof(WCHAR) : 0;

        if (units == 0 || units > 255)
            return SEC_E_UNKNOWN_CREDENTIALS;
        to->protocols[to->protocols_size++] = (uint8_t)units;
        for (size_t u = 0; u < units; u++) {
            if (id->Buffer[u] > 0xff)
                return SEC_E_UNKNOWN_CREDENTIALS;
            to->protocols[to->protocols_size++] = (uint8_t)id->Buffer[u];
        }
    }
    return SEC_E_OK;
}

static SECURITY_STATUS read_one(const TLS_PARAMETERS *from, bool client, struct tls_restriction *to)
{
    SECURITY_STATUS status;

    if (from->cAlpnIds > SCH_CRED_MAX_SUPPORTED_ALPN_IDS ||
        (from->cAlpnIds && !from->rgstrAlpnIds) ||
        from->cDisabledCrypto > SCH_CRED_MAX_SUPPORTED_CRYPTO_SETTINGS ||
        (from->cDisabledCrypto && !from->pDisabledCrypto) ||
        (from->dwFlags & ~(DWORD)TLS_PARAMS_OPTIONAL) || (client && from->dwFlags))
        return SEC_E_UNKNOWN_CREDENTIALS;
    to->versions = from->grbitDisabledProtocols;
    to->optional = from->dwFlags & TLS_PARAMS_OPTIONAL;
    status = read_protocols(from, to);
    for (DWORD i = 0; i < from->cDisabledCrypto && status == SEC_E_OK; i++)
        status = read_setting(&from->pDisabledCrypto[i], &to->disabled[to->count++]);
    return status;
}

SECURITY_STATUS tls_restrictions_read(const TLS_PARAMETERS *given, size_t count, bool client,
                                      struct tls_restriction **out)
{
    SECURITY_STATUS status = SEC_E_OK;
    struct tls_restriction *all;
    unsigned for_all = 0;

    *out = NULL;
    if (count == 0)
        return SEC_E_OK;
    if (!given || count > SCH_CRED_MAX_SUPPORTED_PARAMETERS)
        return SEC_E_UNKNOWN_CREDENTIALS;
    all = calloc(count, sizeof(*all));
    if (!all)
        return SEC_E_INSUFFICIENT_MEMORY;
    for (size_t i = 0; i < count && status == SEC_E_OK; i++) {
        status = read_one(&given[i], client, &all[i]);
        if (status == SEC_E_OK && !all[i].protocols && for_all++)
            status = SEC_E_UNKNOWN_CREDENTIALS;
    }
    if (status == SEC_E_OK)
        *out = all;
    else
        tls_restrictions_free(all, count);
    return status;
}

void tls_restrictions_free(struct tls_restriction *restrictions, size_t count)
{
    for (size_t i = 0; restrictions && i < count; i++)
        free(restrictions[i].protocols);
    free(restrictions);
}

/* ---- what they hit ----------------------------------------------------------------------------
 */

static bool in_range(const struct tls_disabled *d, DWORD bits)
{
    return bits == 0 || (bits >= d->lower && (d->upper == 0 || bits <= d->upper));
}

bool tls_restriction_hits(const struct tls_restriction *r, eTlsAlgorithmUsage usage,
                          const char *name, DWORD bits)
{
    for (size_t i = 0; i < r->count; i++)
        if (r->disabled[i].usage == usage && *name && strcasecmp(r->disabled[i].name, name) == 0 &&
            in_range(&r->disabled[i], bits))
            return true;
    return false;
}

/* How CNG calls the cipher of a suite, and its mode. */
static const char *cipher_name(int nid, unsigned *mode)
{
    const EVP_CIPHER *cipher = EVP_get_cipherbynid(nid);

    *mode = TLS_MODE_ANY;
    if (nid == NID_chacha20_poly1305)
        return "CHACHA20_POLY1305";
    if (nid == NID_undef || nid == NID_rc4)
        return nid == NID_rc4 ? "RC4" : "";
    switch (cipher ? EVP_CIPHER_get_mode(cipher) : 0) {
    case EVP_CIPH_CBC_MODE:
        *mode = TLS_MODE_CBC;
        break;
    case EVP_CIPH_GCM_MODE:
        *mode = TLS_MODE_GCM;
        break;
    case EVP_CIPH_CCM_MODE:
        *mode = TLS_MODE_CCM;
        break;
    default:
        break;
    }
    switch (nid) {
    case NID_aes_128_cbc:
    case NID_aes_128_gcm:
    case NID_aes_128_ccm:
    case NID_aes_256_cbc:
    case NID_aes_256_gcm:
    case NID_aes_256_ccm:
        return "AES";
    case NID_des_ede3_cbc:
        return "3DES";
    default:
        return "";
    }
}

static bool hits_encryption(const struct tls_restriction *r, const SSL_CIPHER *cipher)
{
    unsigned mode;
    const char *name = cipher_name(SSL_CIPHER_get_cipher_nid(cipher), &mode);
    DWORD bits = (DWORD)SSL_CIPHER_get_bits(cipher, NULL);

    for (size_t i = 0; i < r->count; i++) {
        const struct tls_disabled *d = &r->disabled[i];

        if (d->usage == TlsParametersCngAlgUsageCipher && *name && strcasecmp(d->name, name) == 0 &&
            (d->modes & mode) && in_range(d, bits))
            return true;
    }
    return false;
}

/* "SHA1" for NID_sha1, and so on; the MAC of a suite, or the digest of one that has none. */
static const char *digest_name(const SSL_CIPHER *cipher)
{
    int nid = SSL_CIPHER_get_digest_nid(cipher);
    const EVP_MD *handshake = SSL_CIPHER_get_handshake_digest(cipher);

    if (nid == NID_undef && handshake)
        nid = EVP_MD_get_type(handshake);
    switch (nid) {
    case NID_md5:
        return "MD5";
    case NID_sha1:
        return "SHA1";
    case NID_sha256:
        return "SHA256";
    case NID_sha384:
        return "SHA384";
    default:
        return "";
    }
}

bool tls_restriction_hits_cipher(const struct tls_restriction *r, const SSL_CIPHER *cipher)
{
    int exchange = SSL_CIPHER_get_kx_nid(cipher), proof = SSL_CIPHER_get_auth_nid(cipher);
    const char *by = exchange == NID_kx_rsa     ? "RSA"
                     : exchange == NID_kx_dhe   ? "DH"
                     : exchange == NID_kx_ecdhe ? "ECDH"
                                                : "";
    const char *signer = proof == NID_auth_rsa ? "RSA" : proof == NID_auth_ecdsa ? "ECDSA" : "";

    return hits_encryption(r, cipher) ||
           tls_restriction_hits(r, TlsParametersCngAlgUsageDigest, digest_name(cipher), 0) ||
           tls_restriction_hits(r, TlsParametersCngAlgUsageKeyExchange, by,
                                exchange == NID_kx_dhe ? 2048 : 0) ||
           tls_restriction_hits(r, TlsParametersCngAlgUsageSignature, signer, 0);
}

bool tls_restriction_is_for(const struct tls_restriction *r, const uint8_t *protocol, size_t size)
{
    for (size_t at = 0; at < r->protocols_size; at += 1 + (size_t)r->protocols[at])
        if (r->protocols[at] == size && memcmp(r->protocols + at + 1, protocol, size) == 0)
            return true;
    return false;
}
