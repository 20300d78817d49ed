/*
 * What a program draws from the keys of a connection: channel bindings, and keying material for
 * protocols of its own.
 */
#include "libsspi/packages/schannel/attributes/attributes.h"

#include <openssl/core_names.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "libsspi/lsa/host.h"

/* ---- channel bindings -------------------------------------------------------------------------
 */

static SECURITY_STATUS bindings(const char *prefix, const uint8_t *data, size_t size,
                                PSecPkgContext_Bindings out)
{
    size_t prefix_size = strlen(prefix), total = sizeof(*out->Bindings) + prefix_size + size;
    uint8_t *at;

    out->BindingsLength = 0;
    out->Bindings = lsa_host_allocate(total);
    if (!out->Bindings)
        return SEC_E_INSUFFICIENT_MEMORY;
    out->BindingsLength = (ULONG)total;
    out->Bindings->cbApplicationDataLength = (ULONG)(prefix_size + size);
    out->Bindings->dwApplicationDataOffset = sizeof(*out->Bindings);
    at = (uint8_t *)out->Bindings + sizeof(*out->Bindings);
    memcpy(at, prefix, prefix_size);
    memcpy(at + prefix_size, data, size);
    return SEC_E_OK;
}

/* [RFC 5929] 3: the first Finished of the handshake, which is the server's when a session was taken
 * up. TLS 1.3 has no such binding; [RFC 9266] has the one that takes its place. */
SECURITY_STATUS tls_unique_bindings(const struct tls_connection *c, PSecPkgContext_Bindings out)
{
    static const char exporter[] = "EXPORTER-Channel-Binding";
    uint8_t value[EVP_MAX_MD_SIZE];
    bool ours = c->server == (SSL_session_reused(c->ssl) != 0);
    size_t size;

    if (SSL_version(c->ssl) >= TLS1_3_VERSION) {
        if (SSL_export_keying_material(c->ssl, value, 32, exporter, sizeof(exporter) - 1, NULL, 0,
                                       1) != 1)
            return tls_status((struct tls_connection *)(uintptr_t)c, SEC_E_INTERNAL_ERROR);
        return bindings("tls-exporter:", value, 32, out);
    }
    size = ours ? SSL_get_finished(c->ssl, value, sizeof(value))
                : SSL_get_peer_finished(c->ssl, value, sizeof(value));
    if (size == 0 || size > sizeof(value))
        return SEC_E_UNSUPPORTED_FUNCTION;
    return bindings("tls-unique:", value, size, out);
}

/* [RFC 5929] 4.1: by the hash of the certificate's signature, and never by a weaker one than
 * SHA-256. */
SECURITY_STATUS tls_endpoint_bindings(const struct tls_connection *c, PSecPkgContext_Bindings out)
{
    X509 *server = c->server ? tls_local_certificate(c) : tls_peer_certificate(c);
    uint8_t value[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    int nid = NID_undef;
    const EVP_MD *md;

    if (!server)
        return SEC_E_NO_CREDENTIALS;
    if (!X509_get_signature_info(server, &nid, NULL, NULL, NULL) || nid == NID_undef)
        return SEC_E_UNSUPPORTED_FUNCTION; /* a signature without a hash: the binding is undefined
                                            */
    md = nid == NID_md5 || nid == NID_sha1 ? EVP_sha256() : EVP_get_digestbynid(nid);
    if (!md || !X509_digest(server, md, value, &size))
        return SEC_E_UNSUPPORTED_FUNCTION;
    return bindings("tls-server-end-point:", value, size, out);
}

/* ---- keying material, [RFC 5705] --------------------------------------------------------------
 */

/* SECPKG_ATTR_KEYING_MATERIAL_INFO, kept with the SSL that it is for. */
struct wish {
    size_t label_size, context_size, size;
    uint8_t bytes[]; /* the label, then the context */
};

#define KEYING_MAX 65536 /* bytes; nobody needs as many */

static void forget_wish(void *parent, void *wish, CRYPTO_EX_DATA *data, int index, long number,
                        void *pointer)
{
    (void)parent, (void)data, (void)index, (void)number, (void)pointer;
    free(wish);
}

static int wish_index = -1;

static void make_wish_index(void)
{
    wish_index = SSL_get_ex_new_index(0, NULL, NULL, NULL, forget_wish);
}

static bool has_index(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, make_wish_index);
    return wish_index >= 0;
}

/* The label goes in without its zero, which is counted here. */
static bool sensible(const char *label, WORD label_size, const BYTE *context, WORD context_size,
                     DWORD size)
{
    return label && label_size >= 2 && strnlen(label, label_size) == label_size - 1u &&
           (context || context_size == 0) && size > 0 && size <= KEYING_MAX;
}

SECURITY_STATUS tls_set_keying(const struct tls_connection *c,
                               const SecPkgContext_KeyingMaterialInfo *info)
{
    struct wish *wish;

    if (!sensible(info->pszLabel, info->cbLabel, info->pbContextValue, info->cbContextValue,
                  info->cbKeyingMaterial))
        return SEC_E_INVALID_PARAMETER;
    if (!has_index())
        return SEC_E_INSUFFICIENT_MEMORY;
    wish = malloc(sizeof(*wish) + info->cbLabel + info->cbContextValue);
    if (!wish)
        return SEC_E_INSUFFICIENT_MEMORY;
    wish->label_size = info->cbLabel - 1u;
    wish->context_size = info->cbContextValue;
    wish->size = info->cbKeyingMaterial;
    memcpy(wish->bytes, info->pszLabel, wish->label_size);
    if (wish->context_size)
        memcpy(wish->bytes + wish->label_size, info->pbContextValue, wish->context_size);
    free(SSL_get_ex_data(c->ssl, wish_index));
    if (SSL_set_ex_data(c->ssl, wish_index, wish))
        return SEC_E_OK;
    free(wish);
    return SEC_E_INSUFFICIENT_MEMORY;
}

/* With *out on the LSA's heap. */
static SECURITY_STATUS export(const struct tls_connection *c, const void *label, size_t label_size,
                              const void *context, size_t context_size, size_t size, BYTE **out)
{
    *out = lsa_host_allocate(size);
    if (!*out)
        return SEC_E_INSUFFICIENT_MEMORY;
    if (SSL_export_keying_material(c->ssl, *out, size, label, label_size, context, context_size,
                                   context_size > 0) == 1)
        return SEC_E_OK;
    lsa_host_free(*out);
    *out = NULL;
    return tls_status((struct tls_connection *)(uintptr_t)c, SEC_E_INTERNAL_ERROR);
}

SECURITY_STATUS tls_keying(const struct tls_connection *c, PSecPkgContext_KeyingMaterial out)
{
    const struct wish *wish = has_index() ? SSL_get_ex_data(c->ssl, wish_index) : NULL;
    SECURITY_STATUS status;

    out->cbKeyingMaterial = 0;
    out->pbKeyingMaterial = NULL;
    if (!wish)
        return SEC_E_INVALID_PARAMETER;
    status = export(c, wish->bytes, wish->label_size, wish->bytes + wish->label_size,
                    wish->context_size, wish->size, &out->pbKeyingMaterial);
    if (status == SEC_E_OK)
        out->cbKeyingMaterial = (DWORD)wish->size;
    return status;
}

/* Asked and answered in one structure. */
SECURITY_STATUS tls_keying_inproc(const struct tls_connection *c,
                                  PSecPkgContext_KeyingMaterial_Inproc out)
{
    out->pbKeyingMaterial = NULL;
    if (!sensible(out->pszLabel, out->cbLabel, out->pbContextValue, out->cbContextValue,
                  out->cbKeyingMaterial))
        return SEC_E_INVALID_PARAMETER;
    return export(c, out->pszLabel, out->cbLabel - 1u, out->pbContextValue, out->cbContextValue,
                  out->cbKeyingMaterial, &out->pbKeyingMaterial);
}

/* The same on either side, and of no use for the traffic itself. */
SECURITY_STATUS tls_session_key(const struct tls_connection *c, PSecPkgContext_SessionKey out)
{
    static const char label[] = "EXPORTER-SSPI-session-key";

    out->SessionKeyLength = 32;
    return export(c, label, sizeof(label) - 1, NULL, 0, 32, &out->SessionKey);
}

/* ---- EAP-TLS ----------------------------------------------------------------------------------
 */

/* [RFC 5216] 2.3: the PRF of TLS 1.2 over both randoms, without a secret. */
static bool eap_vectors(const struct tls_connection *c, BYTE *out, size_t size)
{
    static char label[] = "client EAP encryption";
    const EVP_MD *md = SSL_CIPHER_get_handshake_digest(SSL_get_current_cipher(c->ssl));
    EVP_KDF *kdf = EVP_KDF_fetch(NULL, "TLS1-PRF", NULL);
    EVP_KDF_CTX *kdf_context = kdf ? EVP_KDF_CTX_new(kdf) : NULL;
    uint8_t seed[sizeof(label) - 1 + 2 * SSL3_RANDOM_SIZE], *random = seed + sizeof(label) - 1;
    OSSL_PARAM parameters[4];
    bool done;

    memcpy(seed, label, sizeof(label) - 1);
    SSL_get_client_random(c->ssl, random, SSL3_RANDOM_SIZE);
    SSL_get_server_random(c->ssl, random + SSL3_RANDOM_SIZE, SSL3_RANDOM_SIZE);
    parameters[0] = OSSL_PARAM_construct_utf8_string(
        OSSL_KDF_PARAM_DIGEST, (char *)(uintptr_t)(md ? EVP_MD_get0_name(md) : "SHA256"), 0);
    parameters[1] = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SECRET, seed, 0);
    parameters[2] = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SEED, seed, sizeof(seed));
    parameters[3] = OSSL_PARAM_construct_end();
    done = kdf_context && EVP_KDF_derive(kdf_context, out, size, parameters) == 1;
    EVP_KDF_CTX_free(kdf_context);
    EVP_KDF_free(kdf);
    return done;
}

/* [RFC 5216] 2.3 and [RFC 9190] 2.3; TLS 1.3 has no vectors: they are zeros. */
SECURITY_STATUS tls_eap_keys(const struct tls_connection *c, PSecPkgContext_EapKeyBlock out)
{
    static const char old[] = "client EAP encryption", new[] = "EXPORTER_EAP_TLS_Key_Material";
    static const uint8_t type = 13; /* EAP-TLS */
    bool new_label = SSL_version(c->ssl) >= TLS1_3_VERSION;
    const char *label = new_label ? new : old;

    memset(out, 0, sizeof(*out));
    if (SSL_export_keying_material(c->ssl, out->rgbKeys, sizeof(out->rgbKeys), label, strlen(label),
                                   new_label ? &type : NULL, new_label, new_label) == 1 &&
        (new_label || eap_vectors(c, out->rgbIVs, sizeof(out->rgbIVs))))
        return SEC_E_OK;
    secret_wipe(out, sizeof(*out));
    return tls_status((struct tls_connection *)(uintptr_t)c, SEC_E_INTERNAL_ERROR);
}
