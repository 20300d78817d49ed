/*
 * Which cipher suites, groups and signatures a credential leaves of those that OpenSSL has, and
 * that the system's policy (openssl.cnf) leaves of them.
 */
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/reason.h"
#include "libsspi/packages/schannel/credentials/restrictions.h"
#include "libsspi/packages/schannel/credentials/settings.h"

#define NO_ENCRYPTION       ((DWORD)-1) /* of a strength: the suites that only sign */
#define ALGORITHM_CLASS(id) ((id)&0xe000)
#define CLASS_SIGNATURE     0x2000
#define CLASS_ENCRYPTION    0x6000
#define CLASS_HASH          0x8000
#define CLASS_EXCHANGE      0xa000

/* ---- palgSupportedAlgs: of every class that has one, only these ---- */

static bool is_encryption(ALG_ID id, int nid, int bits)
{
    bool aes = nid == NID_aes_128_cbc || nid == NID_aes_128_gcm || nid == NID_aes_128_ccm ||
               nid == NID_aes_256_cbc || nid == NID_aes_256_gcm || nid == NID_aes_256_ccm;

    switch (id) {
    case CALG_AES:
        return aes;
    case CALG_AES_128:
        return aes && bits == 128;
    case CALG_AES_256:
        return aes && bits == 256;
    case CALG_3DES:
        return nid == NID_des_ede3_cbc;
    case CALG_RC4:
        return nid == NID_rc4;
    case CALG_NULLCIPHER:
        return nid == NID_undef;
    default:
        return false;
    }
}

static bool is_hash(ALG_ID id, const SSL_CIPHER *cipher)
{
    int nid = SSL_CIPHER_get_digest_nid(cipher);
    const EVP_MD *handshake = SSL_CIPHER_get_handshake_digest(cipher);

    if (nid == NID_undef && handshake)
        nid = EVP_MD_get_type(handshake);
    return (id == CALG_MD5 && nid == NID_md5) || (id == CALG_SHA1 && nid == NID_sha1) ||
           (id == CALG_SHA_256 && nid == NID_sha256) || (id == CALG_SHA_384 && nid == NID_sha384);
}

static bool is_exchange(ALG_ID id, int nid)
{
    bool ephemeral = id == CALG_DH_EPHEM, curves = id == CALG_ECDH_EPHEM || id == CALG_ECDH;

    return (id == CALG_RSA_KEYX && nid == NID_kx_rsa) || (ephemeral && nid == NID_kx_dhe) ||
           (curves && nid == NID_kx_ecdhe) || ((ephemeral || curves) && nid == NID_kx_any);
}

static bool is_signature(ALG_ID id, int nid)
{
    return nid == NID_auth_any || (id == CALG_RSA_SIGN && nid == NID_auth_rsa) ||
           (id == CALG_ECDSA && nid == NID_auth_ecdsa) ||
           (id == CALG_DSS_SIGN && nid == NID_auth_dss);
}

static bool is(ALG_ID id, const SSL_CIPHER *cipher)
{
    switch (ALGORITHM_CLASS(id)) {
    case CLASS_ENCRYPTION:
        return is_encryption(id, SSL_CIPHER_get_cipher_nid(cipher),
                             SSL_CIPHER_get_bits(cipher, NULL));
    case CLASS_HASH:
        return is_hash(id, cipher);
    case CLASS_EXCHANGE:
        return is_exchange(id, SSL_CIPHER_get_kx_nid(cipher));
    case CLASS_SIGNATURE:
        return is_signature(id, SSL_CIPHER_get_auth_nid(cipher));
    default:
        return false;
    }
}

static bool is_supported(const struct tls_settings *s, const SSL_CIPHER *cipher)
{
    static const ALG_ID classes[] = {CLASS_ENCRYPTION, CLASS_HASH, CLASS_EXCHANGE, CLASS_SIGNATURE};

    for (size_t k = 0; k < sizeof(classes) / sizeof(*classes); k++) {
        bool any = false, found = false;

        for (DWORD i = 0; i < s->algorithm_count; i++) {
            if (ALGORITHM_CLASS(s->algorithms[i]) != classes[k])
                continue;
            any = true;
            found = found || is(s->algorithms[i], cipher);
        }
        if (any && !found)
            return false;
    }
    return true;
}

/* ---- suites ---- */

static bool is_strong(const SSL_CIPHER *cipher)
{
    int digest = SSL_CIPHER_get_digest_nid(cipher);

    return SSL_CIPHER_get_bits(cipher, NULL) >= 128 && digest != NID_md5 &&
           SSL_CIPHER_get_cipher_nid(cipher) != NID_rc4;
}

static bool is_left(const struct tls_settings *s, const SSL_CIPHER *cipher)
{
    DWORD bits = (DWORD)SSL_CIPHER_get_bits(cipher, NULL);
    bool null = SSL_CIPHER_get_cipher_nid(cipher) == NID_undef;

    if (null) /* only who asks for it gets it */
        return !(s->flags & SCH_USE_STRONG_CRYPTO) && is_supported(s, cipher);
    if (s->maximum_strength == NO_ENCRYPTION ||
        (s->maximum_strength && bits > s->maximum_strength) ||
        (s->minimum_strength != NO_ENCRYPTION && bits < s->minimum_strength))
        return false;
    if ((s->flags & SCH_USE_STRONG_CRYPTO) && !is_strong(cipher))
        return false;
    return is_supported(s, cipher);
}

static const struct tls_restriction *for_all(const struct tls_credential *c)
{
    for (size_t i = 0; i < c->restriction_count; i++)
        if (!c->restrictions[i].protocols)
            return &c->restrictions[i];
    return NULL;
}

static void add(char *list, size_t *size, const char *name)
{
    *size += (size_t)sprintf(list + *size, "%s%s", *size ? ":" : "", name);
}

/* Those that are switched off only where that ends no handshake come last. */
static void choose(const struct tls_settings *s, const struct tls_restriction *all,
                   STACK_OF(SSL_CIPHER) *from, bool new, char *list)
{
    size_t size = 0;

    *list = '\0';
    for (int last = 0; last < 2; last++) {
        for (int i = 0; i < sk_SSL_CIPHER_num(from); i++) {
            const SSL_CIPHER *cipher = sk_SSL_CIPHER_value(from, i);
            bool of_1_3 = SSL_CIPHER_get_kx_nid(cipher) == NID_kx_any;
            bool off = all && tls_restriction_hits_cipher(all, cipher);

            if (of_1_3 == new &&off == (last == 1) && (!off || all->optional) && is_left(s, cipher))
                add(list, &size, SSL_CIPHER_get_name(cipher));
        }
    }
}

/* Suites without encryption, behind all that the system allows; they are below every level. */
static bool add_null(SSL_CTX *context, STACK_OF(SSL_CIPHER) *list)
{
    STACK_OF(SSL_CIPHER) *null;

    if (!SSL_CTX_set_cipher_list(context, "eNULL:!aNULL:!PSK:!SRP:@SECLEVEL=0"))
        return false;
    null = SSL_CTX_get_ciphers(context);
    for (int i = 0; i < sk_SSL_CIPHER_num(null); i++) {
        const SSL_CIPHER *cipher = sk_SSL_CIPHER_value(null, i);

        if (SSL_CIPHER_get_cipher_nid(cipher) == NID_undef && !sk_SSL_CIPHER_push(list, cipher))
            return false;
    }
    return true;
}

static SECURITY_STATUS set_suites(const struct tls_settings *s, const struct tls_credential *c,
                                  const struct tls_restriction *all, SSL_CTX *context)
{
    bool null = (s->flags & SCH_ALLOW_NULL_ENCRYPTION) || s->minimum_strength == NO_ENCRYPTION;
    STACK_OF(SSL_CIPHER) *from = sk_SSL_CIPHER_dup(SSL_CTX_get_ciphers(context));
    SECURITY_STATUS status = SEC_E_ALGORITHM_MISMATCH;
    char *old = NULL, *new = NULL;

    if (!from || (null && !add_null(context, from))) {
        sk_SSL_CIPHER_free(from);
        return SEC_E_INSUFFICIENT_MEMORY;
    }
    old = malloc((size_t)sk_SSL_CIPHER_num(from) * 64 + 32);
    new = malloc((size_t)sk_SSL_CIPHER_num(from) * 64 + 1);
    if (!old || !new) {
        status = SEC_E_INSUFFICIENT_MEMORY;
        goto out;
    }
    choose(s, all, from, false, old);
    choose(s, all, from, true, new);
    if ((c->minimum == TLS1_3_VERSION || !*old) && (c->maximum == TLS1_2_VERSION || !*new)) {
        reason_set(0, "no cipher suite is left");
        goto out;
    }
    if (*old && null)
        strcat(old, ":@SECLEVEL=0");
    if (*old && !SSL_CTX_set_cipher_list(context, old))
        goto out;
    if (!SSL_CTX_set_ciphersuites(context, new))
        goto out;
    /* A version without a suite is none. */
    if (!*old && !SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION))
        goto out;
    if (!*new && !SSL_CTX_set_max_proto_version(context, TLS1_2_VERSION))
        goto out;
    status = SEC_E_OK;
out:
    sk_SSL_CIPHER_free(from);
    free(old);
    free(new);
    return status;
}

/* ---- groups and signatures, of TLS_PARAMETERS alone ---- */

static SECURITY_STATUS set_groups(const struct tls_restriction *all, SSL_CTX *context)
{
    static const struct {
        const char *name, *algorithm, *cng;
        DWORD bits;
    } groups[] = {
        {"X25519", "ECDH", "curve25519", 255}, {"P-256", "ECDH", "ECDH_P256", 256},
        {"X448", "ECDH", "curve448", 448},     {"P-384", "ECDH", "ECDH_P384", 384},
        {"P-521", "ECDH", "ECDH_P521", 521},   {"ffdhe2048", "DH", "", 2048},
        {"ffdhe3072", "DH", "", 3072},         {"ffdhe4096", "DH", "", 4096},
        {"ffdhe6144", "DH", "", 6144},         {"ffdhe8192", "DH", "", 8192},
    };
    const size_t count = sizeof(groups) / sizeof(*groups);
    char list[256] = "";
    size_t size = 0, left = 0;

    for (size_t i = 0; i < count; i++) {
        if (tls_restriction_hits(all, TlsParametersCngAlgUsageKeyExchange, groups[i].algorithm,
                                 groups[i].bits) ||
            (*groups[i].cng &&
             tls_restriction_hits(all, TlsParametersCngAlgUsageKeyExchange, groups[i].cng, 0)))
            continue;
        add(list, &size, groups[i].name);
        left++;
    }
    if (left == count)
        return SEC_E_OK;
    if (left == 0) {
        reason_set(0, "no group for a key exchange is left");
        return SEC_E_ALGORITHM_MISMATCH;
    }
    return SSL_CTX_set1_groups_list(context, list) ? SEC_E_OK : SEC_E_ALGORITHM_MISMATCH;
}

static bool signature_is_off(const struct tls_restriction *all, const char *key, const char *hash)
{
    return tls_restriction_hits(all, TlsParametersCngAlgUsageSignature, key, 0) ||
           tls_restriction_hits(all, TlsParametersCngAlgUsageCertSig, key, 0) ||
           (*hash && tls_restriction_hits(all, TlsParametersCngAlgUsageCertSig, hash, 0));
}

static SECURITY_STATUS set_signatures(const struct tls_restriction *all, SSL_CTX *context)
{
    static const struct {
        const char *name, *key, *hash;
    } signatures[] = {
        {"ecdsa_secp256r1_sha256", "ECDSA", "SHA256"},
        {"ecdsa_secp384r1_sha384", "ECDSA", "SHA384"},
        {"ecdsa_secp521r1_sha512", "ECDSA", "SHA512"},
        {"ed25519", "Ed25519", ""},
        {"ed448", "Ed448", ""},
        {"rsa_pss_pss_sha256", "RSA", "SHA256"},
        {"rsa_pss_pss_sha384", "RSA", "SHA384"},
        {"rsa_pss_pss_sha512", "RSA", "SHA512"},
        {"rsa_pss_rsae_sha256", "RSA", "SHA256"},
        {"rsa_pss_rsae_sha384", "RSA", "SHA384"},
        {"rsa_pss_rsae_sha512", "RSA", "SHA512"},
        {"rsa_pkcs1_sha256", "RSA", "SHA256"},
        {"rsa_pkcs1_sha384", "RSA", "SHA384"},
        {"rsa_pkcs1_sha512", "RSA", "SHA512"},
    };
    const size_t count = sizeof(signatures) / sizeof(*signatures);
    char list[512] = "";
    size_t size = 0, left = 0;

    for (size_t i = 0; i < count; i++) {
        if (signature_is_off(all, signatures[i].key, signatures[i].hash))
            continue;
        add(list, &size, signatures[i].name);
        left++;
    }
    if (left == count)
        return SEC_E_OK;
    if (left == 0) {
        reason_set(0, "no signature algorithm is left");
        return SEC_E_ALGORITHM_MISMATCH;
    }
    return SSL_CTX_set1_sigalgs_list(context, list) ? SEC_E_OK : SEC_E_ALGORITHM_MISMATCH;
}

SECURITY_STATUS tls_algorithms_apply(const struct tls_settings *s, const struct tls_credential *c,
                                     SSL_CTX *context)
{
    const struct tls_restriction *all = for_all(c);
    SECURITY_STATUS status = set_suites(s, c, all, context);

    if (status == SEC_E_OK && all && !all->optional)
        status = set_groups(all, context);
    if (status == SEC_E_OK && all && !all->optional)
        status = set_signatures(all, context);
    ERR_clear_error();
    return status;
}

bool tls_restricted_for(const struct tls_credential *c, const SSL *ssl, const SSL_CIPHER *cipher,
                        const uint8_t *protocol, size_t size)
{
    DWORD version = SSL_version(ssl) == TLS1_3_VERSION ? SP_PROT_TLS1_3 : SP_PROT_TLS1_2;

    version &= SSL_is_server(ssl) ? SP_PROT_TLS1_2_SERVER | SP_PROT_TLS1_3_SERVER
                                  : SP_PROT_TLS1_2_CLIENT | SP_PROT_TLS1_3_CLIENT;
    for (size_t i = 0; i < c->restriction_count; i++) {
        const struct tls_restriction *r = &c->restrictions[i];

        if (r->protocols && !r->optional && tls_restriction_is_for(r, protocol, size) &&
            ((r->versions & version) || (cipher && tls_restriction_hits_cipher(r, cipher))))
            return true;
    }
    return false;
}
