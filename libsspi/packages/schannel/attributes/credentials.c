/*
 * QueryCredentialsAttributes and SetCredentialsAttributes, "Querying the Attributes of an Schannel
 * Credential".
 */
#include "libsspi/packages/schannel/attributes/attributes.h"

#include <openssl/obj_mac.h>
#include <string.h>

#include "base/secret.h"
#include "libsspi/certificates/certificate.h"
#include "libsspi/lsa/host.h"
#include "libsspi/packages/schannel/credentials/credential.h"

static SSL_CTX *context_of(const struct tls_credential *c)
{
    return c->client ? c->client : c->server;
}

static bool speaks(const struct tls_credential *c, int version)
{
    return (!c->minimum || c->minimum <= version) && (!c->maximum || version <= c->maximum);
}

static void supported_protocols(const struct tls_credential *c, PSecPkgCred_SupportedProtocols out)
{
    out->grbitProtocol = 0;
    if (speaks(c, TLS1_2_VERSION))
        out->grbitProtocol |=
            (c->client ? SP_PROT_TLS1_2_CLIENT : 0) | (c->server ? SP_PROT_TLS1_2_SERVER : 0);
    if (speaks(c, TLS1_3_VERSION))
        out->grbitProtocol |=
            (c->client ? SP_PROT_TLS1_3_CLIENT : 0) | (c->server ? SP_PROT_TLS1_3_SERVER : 0);
}

static void cipher_strengths(const struct tls_credential *c, PSecPkgCred_CipherStrengths out)
{
    STACK_OF(SSL_CIPHER) *list = SSL_CTX_get_ciphers(context_of(c));

    *out = (SecPkgCred_CipherStrengths){0, 0};
    for (int i = 0; i < sk_SSL_CIPHER_num(list); i++) {
        DWORD bits = (DWORD)SSL_CIPHER_get_bits(sk_SSL_CIPHER_value(list, i), NULL);

        if (i == 0 || bits < out->dwMinimumCipherStrength)
            out->dwMinimumCipherStrength = bits;
        if (bits > out->dwMaximumCipherStrength)
            out->dwMaximumCipherStrength = bits;
    }
}

/* ---- SECPKG_ATTR_SUPPORTED_ALGS ---------------------------------------------------------------
 */

/* What of the lists has an ALG_ID: a cipher's, its hash's, its exchange's, its signature's. */
static const struct {
    int nid;
    ALG_ID id;
} algorithms[] = {
    {NID_aes_128_gcm, CALG_AES_128}, {NID_aes_256_gcm, CALG_AES_256},
    {NID_aes_128_ccm, CALG_AES_128}, {NID_aes_256_ccm, CALG_AES_256},
    {NID_aes_128_cbc, CALG_AES_128}, {NID_aes_256_cbc, CALG_AES_256},
    {NID_des_ede3_cbc, CALG_3DES},   {NID_sha1, CALG_SHA1},
    {NID_sha256, CALG_SHA_256},      {NID_sha384, CALG_SHA_384},
    {NID_kx_ecdhe, CALG_ECDH_EPHEM}, {NID_kx_any, CALG_ECDH_EPHEM},
    {NID_kx_dhe, CALG_DH_EPHEM},     {NID_kx_rsa, CALG_RSA_KEYX},
    {NID_auth_rsa, CALG_RSA_SIGN},   {NID_auth_ecdsa, CALG_ECDSA},
};
#define ALGORITHMS (sizeof(algorithms) / sizeof(algorithms[0]))

static void note(PSecPkgCred_SupportedAlgs list, int nid)
{
    for (size_t i = 0; i < ALGORITHMS; i++) {
        DWORD at = 0;

        if (algorithms[i].nid != nid)
            continue;
        while (at < list->cSupportedAlgs && list->palgSupportedAlgs[at] != algorithms[i].id)
            at++;
        if (at == list->cSupportedAlgs)
            list->palgSupportedAlgs[list->cSupportedAlgs++] = algorithms[i].id;
        return;
    }
}

static SECURITY_STATUS supported_algorithms(const struct tls_credential *c,
                                            PSecPkgCred_SupportedAlgs out)
{
    STACK_OF(SSL_CIPHER) *list = SSL_CTX_get_ciphers(context_of(c));

    out->cSupportedAlgs = 0;
    out->palgSupportedAlgs = lsa_host_allocate(ALGORITHMS * sizeof(ALG_ID));
    if (!out->palgSupportedAlgs)
        return SEC_E_INSUFFICIENT_MEMORY;
    for (int i = 0; i < sk_SSL_CIPHER_num(list); i++) {
        const SSL_CIPHER *cipher = sk_SSL_CIPHER_value(list, i);
        const EVP_MD *md = SSL_CIPHER_get_handshake_digest(cipher);

        note(out, SSL_CIPHER_get_cipher_nid(cipher));
        note(out, SSL_CIPHER_get_digest_nid(cipher));
        note(out, md ? EVP_MD_get_type(md) : NID_undef);
        note(out, SSL_CIPHER_get_kx_nid(cipher));
        note(out, SSL_CIPHER_get_auth_nid(cipher));
    }
    return SEC_E_OK;
}

/* ---- certificates -----------------------------------------------------------------------------
 */

static SECURITY_STATUS names(const struct tls_credential *c, PSecPkgCredentials_NamesW out)
{
    out->sUserName = NULL;
    return c->count ? tls_x500(X509_get_subject_name(c->certificates[0].leaf), &out->sUserName)
                    : SEC_E_NO_CREDENTIALS;
}

static SECURITY_STATUS certificate(const struct tls_credential *c, PSecPkgCredentials_Cert out)
{
    int size = c->count ? i2d_X509(c->certificates[0].leaf, NULL) : 0;
    unsigned char *at;

    *out = (SecPkgCredentials_Cert){0, NULL};
    if (size <= 0)
        return SEC_E_NO_CREDENTIALS;
    out->EncodedCert = at = lsa_host_allocate((size_t)size);
    if (!at)
        return SEC_E_INSUFFICIENT_MEMORY;
    out->EncodedCertSize = (unsigned long)i2d_X509(c->certificates[0].leaf, &at);
    return SEC_E_OK;
}

static SECURITY_STATUS root_store(const struct tls_credential *c, HCERTSTORE *out)
{
    *out = c->roots ? CertDuplicateStore(c->roots) : NULL;
    return *out ? SEC_E_OK : SEC_E_NO_CREDENTIALS;
}

/* ---- session tickets --------------------------------------------------------------------------
 */

/* OpenSSL's: the name of the key, then what signs and what encrypts. */
#define TICKET_KEY_ID   16
#define TICKET_MATERIAL 64

/*
 * SECPKG_ATTR_SESSION_TICKET_KEYS: servers that share a key take up each other's sessions. One
 * key, of 64 bytes.
 */
static SECURITY_STATUS ticket_keys(const struct tls_credential *c,
                                   const SecPkgCred_SessionTicketKeys *keys)
{
    const SecPkgCred_SessionTicketKey *key = keys->pSessionTicketKeys;
    uint8_t bytes[TICKET_KEY_ID + TICKET_MATERIAL];
    bool set;

    if (!c->server)
        return SEC_E_NO_CREDENTIALS;
    if (keys->cSessionTicketKeys != 1 || !key || key->TicketInfoVersion != SESSION_TICKET_INFO_V0 ||
        key->KeyingMaterialSize != TICKET_MATERIAL)
        return SEC_E_INVALID_PARAMETER;
    memcpy(bytes, key->KeyId, TICKET_KEY_ID);
    memcpy(bytes + TICKET_KEY_ID, key->KeyingMaterial, TICKET_MATERIAL);
    set = SSL_CTX_set_tlsext_ticket_keys(c->server, bytes, sizeof(bytes)) == 1;
    secret_wipe(bytes, sizeof(bytes));
    return set ? SEC_E_OK : SEC_E_INTERNAL_ERROR;
}

/* ---- the table --------------------------------------------------------------------------------
 */

NTSTATUS NTAPI tls_query_credentials(LSA_SEC_HANDLE handle, ULONG attribute, PVOID buffer)
{
    const struct tls_credential *c = (const struct tls_credential *)handle;

    if (!c)
        return SEC_E_INVALID_HANDLE;
    switch (attribute) {
    case SECPKG_ATTR_SUPPORTED_PROTOCOLS:
        supported_protocols(c, buffer);
        return SEC_E_OK;
    case SECPKG_ATTR_CIPHER_STRENGTHS:
        cipher_strengths(c, buffer);
        return SEC_E_OK;
    case SECPKG_ATTR_SUPPORTED_ALGS:
        return supported_algorithms(c, buffer);
    case SECPKG_CRED_ATTR_NAMES:
        return names(c, buffer);
    case SECPKG_CRED_ATTR_CERT:
        return certificate(c, buffer);
    case SECPKG_ATTR_ROOT_STORE:
        return root_store(c, buffer);
    default:
        return SEC_E_UNSUPPORTED_FUNCTION;
    }
}

NTSTATUS NTAPI tls_set_credentials(LSA_SEC_HANDLE handle, ULONG attribute, PVOID buffer, ULONG size)
{
    const struct tls_credential *c = (const struct tls_credential *)handle;

    (void)size;
    if (!c)
        return SEC_E_INVALID_HANDLE;
    return attribute == SECPKG_ATTR_SESSION_TICKET_KEYS ? ticket_keys(c, buffer)
                                                        : SEC_E_UNSUPPORTED_FUNCTION;
}
