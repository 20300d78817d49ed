/*
 * A peer that says anything, at both roles, with a negotiation that does anything. Whatever comes:
 * the backend is called only as its contract allows; credentials are asked for, or believed, only
 * when the peer has shown the channel's public key under the session key; and a failure is for
 * good.
 *
 * An input: a byte of settings, a byte of versions, then messages, each with its size in two bytes
 * before it.
 */
#include <openssl/evp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "base/wire.h"
#include "libsspi/packages/tspkg/handshake.h"
#include "libsspi/packages/tspkg/wire/credentials.h"
#include "libsspi/packages/tspkg/wire/request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { INITIATOR = 1, REPORT = 2, REFUSES = 4, SOON = 8 };

static const uint8_t public_key[] = "public key";

struct peer {
    unsigned settings;
    uint32_t version; /* ours */
    unsigned legs;
    bool done, failed; /* the negotiation */
    bool bound;        /* the peer has shown the key */
    bool asked;        /* for credentials */
    uint32_t said;     /* the peer's version */
    uint8_t nonce[TS_NONCE_SIZE];
};

static void must(int condition)
{
    if (!condition)
        abort();
}

/* The last byte of a token says what becomes of it: failure, the end with or without an answer, or
 * more. */
static SECURITY_STATUS leg(void *arg, const uint8_t *in, size_t in_size, uint8_t **out,
                           size_t *out_size)
{
    struct peer *peer = arg;
    bool begins = !peer->legs++ && peer->settings & INITIATOR;
    uint8_t what = in ? in[in_size - 1] : peer->settings & SOON ? 'D' : 'C';

    must(!peer->done && !peer->failed);
    must(!in == !in_size && !in == begins);
    if (what == 'D' || what == 'C' || what == 'R') {
        *out = (uint8_t *)strdup("token");
        must(*out != NULL);
        *out_size = 5;
    }
    peer->failed = what == 'F' || what == 'R';
    peer->done = what == 'D' || what == 'E';
    return peer->failed ? SEC_E_LOGON_DENIED : peer->done ? SEC_E_OK : SEC_I_CONTINUE_NEEDED;
}

static SECURITY_STATUS seal(void *arg, const uint8_t *data, size_t size, uint8_t **sealed,
                            size_t *sealed_size)
{
    struct peer *peer = arg;

    must(peer->done && data && size && secret_owns(data));
    *sealed = secret_alloc(1 + size);
    must(*sealed != NULL);
    (*sealed)[0] = 'S';
    memcpy(*sealed + 1, data, *sealed_size = size);
    ++*sealed_size;
    return SEC_E_OK;
}

/* What a peer that sees the same key sends, computed once more. */
static size_t key_of_peer(const struct peer *peer, uint8_t *out)
{
    bool from_server = peer->settings & INITIATOR;
    const char *magic = from_server ? "CredSSP Server-To-Client Binding Hash"
                                    : "CredSSP Client-To-Server Binding Hash";
    uint32_t version = peer->said && peer->said < peer->version ? peer->said : peer->version;
    uint8_t text[38 + TS_NONCE_SIZE + sizeof(public_key)];

    if (peer->settings & INITIATOR && peer->settings & SOON)
        version = peer->version; /* it was chosen before the peer said one */
    if (version < 5) {
        memcpy(out, public_key, sizeof(public_key));
        out[0] = (uint8_t)(out[0] + from_server);
        return sizeof(public_key);
    }
    memcpy(text, magic, 38);
    memcpy(text + 38, peer->nonce, TS_NONCE_SIZE);
    memcpy(text + 38 + TS_NONCE_SIZE, public_key, sizeof(public_key));
    must(EVP_Q_digest(NULL, "SHA256", NULL, text, sizeof(text), out, NULL));
    return 32;
}

/* "S" and what is sealed; "K": the right key; anything else was changed. */
static SECURITY_STATUS unseal(void *arg, const uint8_t *sealed, size_t size, uint8_t **data,
                              size_t *data_size)
{
    struct peer *peer = arg;
    uint8_t key[64];
    size_t key_size = key_of_peer(peer, key);
    bool right = size == 1 && sealed[0] == 'K';

    must(peer->done);
    if (!right && (!size || sealed[0] != 'S'))
        return SEC_E_MESSAGE_ALTERED;
    *data_size = right ? key_size : size - 1;
    *data = secret_dup(right ? key : sealed + 1, *data_size);
    must(*data != NULL);
    if (!peer->bound)
        peer->bound = *data_size == key_size && memcmp(*data, key, key_size) == 0;
    return SEC_E_OK;
}

static SECURITY_STATUS credentials(void *arg, uint8_t **der, size_t *size)
{
    const struct ts_credentials empty = {.type = TS_PASSWORD_CREDS};
    struct peer *peer = arg;

    must(peer->settings & INITIATOR && peer->done && peer->bound && !peer->asked);
    peer->asked = true;
    if (peer->settings & REFUSES)
        return SEC_E_DELEGATION_POLICY;
    must(ts_credentials_write(&empty, der, size));
    return SEC_E_OK;
}

/* What we said, as a peer would read it. */
static void look(struct peer *peer, const uint8_t *out, size_t size)
{
    struct ts_request said;

    must(ts_request_read(out, size, &said));
    must(said.version == peer->version);
    must(!said.auth_info.data || (peer->asked && peer->bound));
    must(!said.failed || (peer->settings & REPORT && !(peer->settings & INITIATOR)));
    if (said.nonce.data) {
        must(peer->settings & INITIATOR && peer->version >= 5);
        memcpy(peer->nonce, said.nonce.data, TS_NONCE_SIZE);
    }
}

static void hear(struct peer *peer, const uint8_t *in, size_t size)
{
    struct ts_request heard;

    if (!ts_request_read(in, size, &heard))
        return;
    if (!peer->said)
        peer->said = heard.version;
    if (heard.nonce.data && !(peer->settings & INITIATOR))
        memcpy(peer->nonce, heard.nonce.data, TS_NONCE_SIZE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct wire_reader r = wire_reader(data, size);
    struct peer peer = {.settings = wire_u8(&r)};
    uint8_t versions = wire_u8(&r);
    const struct ts_backend backend = {leg, seal, unseal, credentials, &peer};
    struct ts_options options = {.version = 2 + versions % 5,
                                 .oldest = 2 + versions / 5 % 5,
                                 .report = peer.settings & REPORT,
                                 .public_key = public_key,
                                 .public_key_size = sizeof(public_key)};
    bool initiator = peer.settings & INITIATOR, begun = false;
    SECURITY_STATUS status = SEC_I_CONTINUE_NEEDED;
    struct ts_handshake *h;
    uint8_t *out;
    size_t out_size, der_size;

    peer.version = options.version;
    if (options.oldest > options.version)
        options.oldest = options.version;
    h = initiator ? ts_initiator_new(&backend, &options) : ts_acceptor_new(&backend, &options);
    must(h != NULL);
    for (unsigned n = 0; n < 16 && status == SEC_I_CONTINUE_NEEDED; n++) {
        bool first = initiator && !begun;
        size_t in_size = !first && wire_left(&r) >= 2 ? wire_u16be(&r) : 0;
        const uint8_t *in = NULL;

        in_size = in_size > wire_left(&r) ? wire_left(&r) : in_size;
        if (!first)
            in = wire_bytes(&r, in_size);
        begun = true;
        if (in)
            hear(&peer, in, in_size);
        must(!ts_handshake_credentials(h, &der_size));
        status = ts_handshake_step(h, in, in_size, &out, &out_size);
        must(!out == !out_size);
        must(status != SEC_I_CONTINUE_NEEDED || out);
        if (out)
            look(&peer, out, out_size);
        free(out);
    }
    if (status == SEC_E_OK) {
        struct ts_credentials creds;
        const uint8_t *der = ts_handshake_credentials(h, &der_size);

        must(peer.done && peer.bound && ts_handshake_peer_version(h) >= options.oldest);
        must(initiator ? peer.asked && !der : der && ts_credentials_read(der, der_size, &creds));
    } else {
        must(status == SEC_I_CONTINUE_NEEDED || status == SEC_E_INVALID_TOKEN ||
             status == SEC_E_MESSAGE_ALTERED || status == SEC_E_UNSUPPORTED_FUNCTION ||
             status == SEC_E_LOGON_DENIED || status == SEC_E_DELEGATION_POLICY ||
             status == SEC_E_NO_AUTHENTICATING_AUTHORITY || status == SEC_E_TIME_SKEW ||
             status == SEC_E_DOWNGRADE_DETECTED || status == SEC_E_INSUFFICIENT_MEMORY ||
             status == SEC_E_INTERNAL_ERROR);
        must(!ts_handshake_credentials(h, &der_size));
    }
    if (status != SEC_I_CONTINUE_NEEDED)
        must(ts_handshake_step(h, data, size, &out, &out_size) == SEC_E_INVALID_TOKEN && !out);
    ts_handshake_free(h);
    return 0;
}
