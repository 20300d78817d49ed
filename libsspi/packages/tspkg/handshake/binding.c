/*
 * What binds the negotiation to the TLS channel, [MS-CSSP] 3.1.5 steps 3 to 5: each side shows,
 * under the session key of the one, that it sees the public key of the other.
 */
#include <openssl/evp.h>
#include <string.h>

#include "base/reason.h"
#include "base/secret.h"
#include "libsspi/packages/tspkg/handshake/state.h"

/* With their zeros. */
static const char from_client[] = "CredSSP Client-To-Server Binding Hash";
static const char from_server[] = "CredSSP Server-To-Client Binding Hash";

/* Version 5 and later: SHA256(magic, nonce, SubjectPublicKey). */
static bool hash(const struct ts_handshake *h, bool by_client, uint8_t *out)
{
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    bool done = md && EVP_DigestInit_ex(md, EVP_sha256(), NULL) &&
                EVP_DigestUpdate(md, by_client ? from_client : from_server,
                                 by_client ? sizeof(from_client) : sizeof(from_server)) &&
                EVP_DigestUpdate(md, h->nonce, sizeof(h->nonce)) &&
                EVP_DigestUpdate(md, h->public_key, h->public_key_size) &&
                EVP_DigestFinal_ex(md, out, NULL);

    EVP_MD_CTX_free(md);
    return done;
}

/* What is sent, for secret_free(): the hash, or the key itself, to whose first byte the server adds
 * 1. */
static uint8_t *expected(const struct ts_handshake *h, bool by_client, bool hashed, size_t *size)
{
    uint8_t *bytes;

    *size = hashed ? TS_HASH_SIZE : h->public_key_size;
    bytes = secret_alloc(*size);
    if (bytes && hashed && !hash(h, by_client, bytes)) {
        secret_free(bytes);
        return NULL;
    }
    if (bytes && !hashed) {
        memcpy(bytes, h->public_key, h->public_key_size);
        bytes[0] = (uint8_t)(bytes[0] + !by_client);
    }
    return bytes;
}

SECURITY_STATUS ts_binding_seal(struct ts_handshake *h, bool by_client, bool hashed,
                                struct ts_request *reply, struct ts_keep *keep)
{
    size_t size, sealed_size = 0;
    uint8_t *bytes = expected(h, by_client, hashed, &size);
    SECURITY_STATUS status = SEC_E_INSUFFICIENT_MEMORY;

    if (bytes)
        status = h->backend.seal(h->backend.arg, bytes, size, &keep->sealed, &sealed_size);
    if (status == SEC_E_OK)
        reply->pub_key_auth = (struct ts_bytes){keep->sealed, sealed_size};
    secret_free(bytes);
    return status;
}

SECURITY_STATUS ts_binding_verify(struct ts_handshake *h, bool by_client, bool hashed,
                                  struct ts_bytes pub_key_auth)
{
    size_t size, came_size = 0;
    uint8_t *bytes = expected(h, by_client, hashed, &size), *came = NULL;
    SECURITY_STATUS status = SEC_E_INSUFFICIENT_MEMORY;

    if (!bytes)
        goto out;
    status =
        h->backend.unseal(h->backend.arg, pub_key_auth.data, pub_key_auth.size, &came, &came_size);
    if (status == SEC_E_INSUFFICIENT_MEMORY)
        goto out;
    if (status != SEC_E_OK || came_size != size || !secret_equal(came, bytes, size)) {
        reason_set(0,
                   "CredSSP: the %s sees another TLS key than this side does: somebody stands "
                   "between, or the versions of the protocol do not fit",
                   by_client ? "client" : "server");
        status = SEC_E_MESSAGE_ALTERED;
    }
out:
    secret_free(came);
    secret_free(bytes);
    return status;
}
