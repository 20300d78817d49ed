/*
 * CredSSP as its callers see it, and what both roles do alike: versions, the order of fields, legs
 * of the negotiation, and how a failure is told.
 */
#include <stdlib.h>
#include <string.h>

#include "base/reason.h"
#include "base/secret.h"
#include "libsspi/packages/tspkg/handshake/state.h"

static struct ts_handshake *create(const struct ts_backend *backend,
                                   const struct ts_options *options, bool initiator)
{
    struct ts_handshake *h;

    if (options->version < TS_VERSION_MIN || options->version > TS_VERSION_MAX ||
        options->oldest > options->version || !options->public_key ||
        options->public_key_size - 1 >= TS_CHANNEL_KEY_MAX)
        return NULL;
    h = calloc(1, sizeof(*h) + options->public_key_size);
    if (!h)
        return NULL;
    h->backend = *backend;
    h->version = options->version;
    h->oldest = options->oldest < TS_VERSION_MIN ? TS_VERSION_MIN : options->oldest;
    h->report = options->report;
    h->initiator = initiator;
    h->phase = initiator ? TS_BEGIN : TS_NEGOTIATING;
    h->public_key_size = options->public_key_size;
    memcpy(h->public_key, options->public_key, options->public_key_size);
    return h;
}

struct ts_handshake *ts_initiator_new(const struct ts_backend *backend,
                                      const struct ts_options *options)
{
    return create(backend, options, true);
}

struct ts_handshake *ts_acceptor_new(const struct ts_backend *backend,
                                     const struct ts_options *options)
{
    return create(backend, options, false);
}

void ts_handshake_free(struct ts_handshake *h)
{
    if (!h)
        return;
    secret_free(h->credentials);
    free(h);
}

const uint8_t *ts_handshake_credentials(const struct ts_handshake *h, size_t *size)
{
    *size = h->phase == TS_DONE ? h->credentials_size : 0;
    return h->phase == TS_DONE ? h->credentials : NULL;
}

uint32_t ts_handshake_peer_version(const struct ts_handshake *h)
{
    return h->peer;
}

uint32_t ts_agreed_version(const struct ts_handshake *h)
{
    return h->peer && h->peer < h->version ? h->peer : h->version;
}

SECURITY_STATUS ts_out_of_order(const char *what)
{
    reason_set(0, "CredSSP: the peer sent %s ([MS-CSSP] 3.1.5)", what);
    return SEC_E_INVALID_TOKEN;
}

/* ---- what came ----------------------------------------------------------------------------- */

/* A failure that the peer reports ends everything, 3.1.5 step 2; a version is said once. */
static SECURITY_STATUS look_at(struct ts_handshake *h, const struct ts_request *in)
{
    if (h->peer && in->version != h->peer)
        return ts_out_of_order("another version than before");
    h->peer = in->version;
    if (in->failed) {
        reason_set(in->error, "CredSSP: the peer refused with error 0x%08X", (unsigned)in->error);
        return ts_error_status(in->error);
    }
    if (in->version < h->oldest) {
        reason_set(0,
                   "CredSSP: the peer speaks version %u, %u is the oldest that is allowed "
                   "([tspkg] oldest_peer_version)",
                   (unsigned)in->version, (unsigned)h->oldest);
        return SEC_E_UNSUPPORTED_FUNCTION;
    }
    return SEC_E_OK;
}

/* ---- what goes ----------------------------------------------------------------------------- */

/*
 * 2.2.1 and 3.1.5 step 2: version 2 has no errorCode, version 5 does not use it. What the peer
 * itself reported is not sent back.
 */
static bool tells(const struct ts_handshake *h, const struct ts_request *in)
{
    uint32_t version = ts_agreed_version(h);

    return h->report && !h->initiator && h->peer >= TS_VERSION_ERRORS &&
           version >= TS_VERSION_ERRORS && version != TS_VERSION_HASHED && !in->failed;
}

static SECURITY_STATUS answer(struct ts_handshake *h, const struct ts_request *in,
                              SECURITY_STATUS status, struct ts_request *reply, uint8_t **out,
                              size_t *out_size)
{
    bool failed = status != SEC_E_OK && status != SEC_I_CONTINUE_NEEDED;

    reply->version = h->version;
    if (failed) {
        reply->pub_key_auth = reply->auth_info = reply->nonce = (struct ts_bytes){NULL, 0};
        reply->failed = tells(h, in);
        reply->error = ts_error_of(status);
        h->phase = TS_FAILED;
    }
    if (!reply->nego_token.data && !reply->pub_key_auth.data && !reply->auth_info.data &&
        !reply->failed)
        return status;
    if (!ts_request_write(reply, out, out_size) && !failed) {
        h->phase = TS_FAILED;
        return SEC_E_INSUFFICIENT_MEMORY;
    }
    return status;
}

SECURITY_STATUS ts_handshake_step(struct ts_handshake *h, const uint8_t *in, size_t in_size,
                                  uint8_t **out, size_t *out_size)
{
    struct ts_request request = {0}, reply = {0};
    struct ts_keep keep = {NULL, NULL};
    SECURITY_STATUS status = SEC_E_OK;
    bool first = h->phase == TS_BEGIN;

    *out = NULL;
    *out_size = 0;
    if (h->phase == TS_FAILED || h->phase == TS_DONE)
        return SEC_E_INVALID_TOKEN;
    if (!in != first)
        status = ts_out_of_order(in ? "a TSRequest before it was asked" : "nothing");
    else if (in && !ts_request_read(in, in_size, &request))
        status = ts_out_of_order("what is no TSRequest");
    else if (in)
        status = look_at(h, &request);
    if (status == SEC_E_OK)
        status = h->initiator ? ts_initiate(h, &request, &reply, &keep)
                              : ts_accept(h, &request, &reply, &keep);
    status = answer(h, &request, status, &reply, out, out_size);
    free(keep.token);
    secret_free(keep.sealed);
    return status;
}

SECURITY_STATUS ts_negotiate(struct ts_handshake *h, const struct ts_request *in,
                             struct ts_request *reply, struct ts_keep *keep)
{
    size_t size = 0;
    SECURITY_STATUS status = h->backend.leg(h->backend.arg, in->nego_token.data,
                                            in->nego_token.size, &keep->token, &size);

    if (keep->token && size)
        reply->nego_token = (struct ts_bytes){keep->token, size};
    else if (status == SEC_I_CONTINUE_NEEDED)
        return SEC_E_INTERNAL_ERROR; /* nobody would ever go on */
    return status;
}
