/*
 * The server of CredSSP, [MS-CSSP] 3.1.5: negotiates, verifies that the client sees the key of this
 * channel, shows it the same, and takes what is delegated.
 */
#include <string.h>

#include "base/secret.h"
#include "libsspi/packages/tspkg/handshake/state.h"
#include "libsspi/packages/tspkg/wire/credentials.h"

/* A client may send its nonce before it is needed, and again; it is one. */
static SECURITY_STATUS take_nonce(struct ts_handshake *h, const struct ts_request *in)
{
    if (!in->nonce.data || ts_agreed_version(h) < TS_VERSION_HASHED)
        return SEC_E_OK;
    if (h->has_nonce && memcmp(h->nonce, in->nonce.data, sizeof(h->nonce)) != 0)
        return ts_out_of_order("another clientNonce than before");
    memcpy(h->nonce, in->nonce.data, sizeof(h->nonce));
    h->has_nonce = true;
    return SEC_E_OK;
}

/* Step 4. A token of ours that is still there is for nobody: who sends pubKeyAuth is done. */
static SECURITY_STATUS bind(struct ts_handshake *h, const struct ts_request *in,
                            struct ts_request *reply, struct ts_keep *keep)
{
    bool hashed = ts_agreed_version(h) >= TS_VERSION_HASHED;
    SECURITY_STATUS status;

    if (hashed && !h->has_nonce)
        return ts_out_of_order("no clientNonce");
    status = ts_binding_verify(h, true, hashed, in->pub_key_auth);
    if (status == SEC_E_OK)
        status = ts_binding_seal(h, false, hashed, reply, keep);
    reply->nego_token = (struct ts_bytes){NULL, 0};
    h->phase = TS_DELEGATING;
    return status == SEC_E_OK ? SEC_I_CONTINUE_NEEDED : status;
}

/* Steps 2 to 4. */
static SECURITY_STATUS negotiate(struct ts_handshake *h, const struct ts_request *in,
                                 struct ts_request *reply, struct ts_keep *keep)
{
    SECURITY_STATUS status;

    if (!in->nego_token.size || in->auth_info.data)
        return ts_out_of_order("no negoTokens, or credentials during the negotiation");
    status = ts_negotiate(h, in, reply, keep);
    if (status == SEC_I_CONTINUE_NEEDED && in->pub_key_auth.data)
        return ts_out_of_order("pubKeyAuth before the negotiation was done");
    if (status != SEC_E_OK)
        return status;
    if (in->pub_key_auth.data)
        return bind(h, in, reply, keep);
    if (!reply->nego_token.data) /* the client's last token, and it has nothing to wait for */
        return ts_out_of_order("no pubKeyAuth with the last token");
    h->phase = TS_BINDING;
    return SEC_I_CONTINUE_NEEDED;
}

/* Step 5. */
static SECURITY_STATUS take_credentials(struct ts_handshake *h, const struct ts_request *in)
{
    struct ts_credentials credentials;
    SECURITY_STATUS status;

    if (in->nego_token.data || in->pub_key_auth.data || !in->auth_info.size)
        return ts_out_of_order("no authInfo, or something beside it");
    if (in->auth_info.size > TS_CREDENTIALS_MAX + TS_SIGNATURE_MAX)
        return ts_out_of_order("more credentials than there can be");
    status = h->backend.unseal(h->backend.arg, in->auth_info.data, in->auth_info.size,
                               &h->credentials, &h->credentials_size);
    if (status == SEC_E_INSUFFICIENT_MEMORY)
        return status;
    if (status != SEC_E_OK) {
        ts_out_of_order("an authInfo that does not decrypt");
        return SEC_E_MESSAGE_ALTERED;
    }
    if (!ts_credentials_read(h->credentials, h->credentials_size, &credentials))
        return ts_out_of_order("an authInfo that is no TSCredentials");
    h->phase = TS_DONE;
    return SEC_E_OK;
}

SECURITY_STATUS ts_accept(struct ts_handshake *h, const struct ts_request *in,
                          struct ts_request *reply, struct ts_keep *keep)
{
    SECURITY_STATUS status = take_nonce(h, in);

    if (status != SEC_E_OK)
        return status;
    if (h->phase == TS_NEGOTIATING)
        return negotiate(h, in, reply, keep);
    if (h->phase == TS_DELEGATING)
        return take_credentials(h, in);
    if (in->nego_token.data || in->auth_info.data || !in->pub_key_auth.size)
        return ts_out_of_order("no pubKeyAuth, or something beside it");
    return bind(h, in, reply, keep);
}
