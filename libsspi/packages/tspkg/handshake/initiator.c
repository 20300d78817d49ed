/*
 * The client of CredSSP, [MS-CSSP] 3.1.5: negotiates, binds, and delegates when the server has
 * shown the channel's key under the session key of the negotiation.
 */
#include <stddef.h>

#include "base/secret.h"
#include "libsspi/packages/tspkg/handshake/state.h"
#include "libsspi/packages/tspkg/wire/credentials.h"

/* Step 3. A negotiation that ends with the first token leaves nobody time to say a version: then
 * it is ours. */
static SECURITY_STATUS bind(struct ts_handshake *h, struct ts_request *reply, struct ts_keep *keep)
{
    h->hashed = ts_agreed_version(h) >= TS_VERSION_HASHED;
    if (h->hashed) {
        if (!secret_random(h->nonce, sizeof(h->nonce)))
            return SEC_E_INTERNAL_ERROR;
        reply->nonce = (struct ts_bytes){h->nonce, sizeof(h->nonce)};
    }
    return ts_binding_seal(h, true, h->hashed, reply, keep);
}

/* Steps 2 and 3. */
static SECURITY_STATUS negotiate(struct ts_handshake *h, const struct ts_request *in,
                                 struct ts_request *reply, struct ts_keep *keep)
{
    SECURITY_STATUS status;

    if (h->phase == TS_NEGOTIATING && !in->nego_token.size)
        return ts_out_of_order("no negoTokens");
    if (in->pub_key_auth.data || in->auth_info.data)
        return ts_out_of_order("keys or credentials during the negotiation");
    status = ts_negotiate(h, in, reply, keep);
    h->phase = TS_NEGOTIATING;
    if (status != SEC_E_OK)
        return status;
    status = bind(h, reply, keep);
    h->phase = TS_BINDING;
    return status == SEC_E_OK ? SEC_I_CONTINUE_NEEDED : status;
}

/* Step 5. */
static SECURITY_STATUS delegate(struct ts_handshake *h, const struct ts_request *in,
                                struct ts_request *reply, struct ts_keep *keep)
{
    uint8_t *der = NULL;
    size_t size = 0, sealed_size = 0;
    SECURITY_STATUS status;

    if (in->nego_token.data || in->auth_info.data || !in->pub_key_auth.size)
        return ts_out_of_order("no pubKeyAuth, or something beside it");
    status = ts_binding_verify(h, false, h->hashed, in->pub_key_auth);
    if (status == SEC_E_OK)
        status = h->backend.credentials(h->backend.arg, &der, &size);
    if (status == SEC_E_OK)
        status = h->backend.seal(h->backend.arg, der, size, &keep->sealed, &sealed_size);
    if (status == SEC_E_OK) {
        reply->auth_info = (struct ts_bytes){keep->sealed, sealed_size};
        h->phase = TS_DONE;
    }
    secret_free(der);
    return status;
}

SECURITY_STATUS ts_initiate(struct ts_handshake *h, const struct ts_request *in,
                            struct ts_request *reply, struct ts_keep *keep)
{
    return h->phase == TS_BINDING ? delegate(h, in, reply, keep) : negotiate(h, in, reply, keep);
}
