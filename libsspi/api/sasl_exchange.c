/*
 * The exchange of the GSSAPI mechanism: the package's own legs, then the offer of security layers
 * by the server and the choice of the client.
 *
 * Source: RFC 4752 3.
 */
#include "libsspi/api/sasl.h"

#include <stdlib.h>

#include "libsspi/api/legs.h"

_Static_assert(ISC_RET_CONFIDENTIALITY == ASC_RET_CONFIDENTIALITY, "one bit in both directions");

static ULONG integrity(const struct sasl_call *call)
{
    return call->initiator ? (ULONG)ISC_REQ_INTEGRITY : (ULONG)ASC_REQ_INTEGRITY;
}

/* ---- the package's own legs ---------------------------------------------------------------- */

/*
 * The agreement about layers is sealed, so integrity is needed for that; where the context's own
 * attributes are the agreement (GSS-SPNEGO) it is asked for only by who wants a layer. A layer
 * needs what RFC 4752 3.1 says.
 */
static ULONG requirements(const struct sasl_call *call)
{
    ULONG flags = call->requested | API_ALLOCATE_MEMORY;

    if (!call->initiator)
        return flags;
    if (flags & (ISC_REQ_INTEGRITY | ISC_REQ_CONFIDENTIALITY))
        flags |= ISC_REQ_MUTUAL_AUTH | ISC_REQ_SEQUENCE_DETECT;
    return call->layers ? flags | ISC_REQ_INTEGRITY : flags;
}

SECURITY_STATUS sasl_run_leg(struct sasl_call *call, bool first)
{
    SecBuffer token = {0, SECBUFFER_TOKEN, NULL};
    SecBufferDesc output = {SECBUFFER_VERSION, 1, &token};
    PCtxtHandle context = first ? NULL : &call->context;
    SECURITY_STATUS status;

    if (call->initiator)
        status = InitializeSecurityContextW(
            call->credential, context, call->target, requirements(call), 0, call->representation,
            call->input, 0, &call->context, &output, &call->attributes, &call->expiry);
    else
        status = AcceptSecurityContext(call->credential, context, call->input, requirements(call),
                                       call->representation, &call->context, &output,
                                       &call->attributes, &call->expiry);
    call->token = token.pvBuffer;
    call->token_size = token.cbBuffer;
    call->attributes &= ~API_ALLOCATE_MEMORY;
    return status;
}

/* ---- the agreement ------------------------------------------------------------------------- */

static ULONG attributes_of(const struct sasl_call *call, const struct api_sasl *sasl)
{
    ULONG attributes = sasl->attributes & ~(integrity(call) | ISC_RET_CONFIDENTIALITY);

    if (sasl->layer != SASL_NO_LAYER)
        attributes |= integrity(call);
    if (sasl->layer == SASL_CONFIDENTIALITY)
        attributes |= ISC_RET_CONFIDENTIALITY;
    return attributes;
}

static bool can(const struct sasl_call *call, const struct api_sasl *sasl, uint8_t layer)
{
    return layer == SASL_NO_LAYER ||
           sasl->attributes &
               (layer == SASL_INTEGRITY ? integrity(call) : (ULONG)ISC_RET_CONFIDENTIALITY);
}

static uint8_t least_layer(const struct sasl_call *call, const struct api_sasl *sasl)
{
    if (sasl->requested &
        (call->initiator ? (ULONG)ISC_REQ_CONFIDENTIALITY : (ULONG)ASC_REQ_CONFIDENTIALITY))
        return SASL_CONFIDENTIALITY;
    return sasl->requested & integrity(call) ? SASL_INTEGRITY : SASL_NO_LAYER;
}

/* The server's: what it requires, or whatever the context can do. */
static SECURITY_STATUS offer(struct sasl_call *call, struct api_sasl *sasl)
{
    uint8_t layers = SASL_NO_LAYER | SASL_INTEGRITY | SASL_CONFIDENTIALITY;
    ULONG size;

    if (sasl->requested & ASC_REQ_CONFIDENTIALITY)
        layers = SASL_CONFIDENTIALITY;
    else if (sasl->requested & ASC_REQ_INTEGRITY)
        layers = SASL_INTEGRITY | SASL_CONFIDENTIALITY;
    for (uint8_t layer = SASL_INTEGRITY; layer <= SASL_CONFIDENTIALITY; layer <<= 1)
        if (!can(call, sasl, layer))
            layers &= (uint8_t)~layer;
    if (!layers)
        return SEC_E_QOP_NOT_SUPPORTED;
    sasl->offered = layers;
    sasl->state = SASL_CHOICE;
    size = layers == SASL_NO_LAYER ? 0 : sasl->receive_size;
    return sasl_layer_write(&call->context, layers, size, NULL, 0, &call->token, &call->token_size);
}

/* What a client takes of an offer; 0: nothing that it could use. */
static uint8_t choose(const struct sasl_call *call, const struct api_sasl *sasl, uint8_t offered)
{
    static const uint8_t least[] = {SASL_NO_LAYER, SASL_INTEGRITY, SASL_CONFIDENTIALITY};
    size_t i = 0;

    if (sasl->requested & ISC_REQ_CONFIDENTIALITY)
        i = 2;
    else if (sasl->requested & ISC_REQ_INTEGRITY)
        i = 1;
    for (; i < ARRAYSIZE(least); i++)
        if (offered & least[i] && can(call, sasl, least[i]))
            return least[i];
    return 0;
}

static SECURITY_STATUS answer_offer(struct sasl_call *call, struct api_sasl *sasl,
                                    const SecBuffer *in)
{
    uint8_t offered, *authz = NULL;
    size_t authz_size;
    ULONG size;
    SECURITY_STATUS status = sasl_layer_read(&call->context, in->pvBuffer, in->cbBuffer, &offered,
                                             &sasl->peer_size, &authz, &authz_size);

    free(authz);
    if (status != SEC_E_OK)
        return status;
    sasl->layer = authz_size ? 0 : choose(call, sasl, offered);
    if (!sasl->layer)
        return authz_size ? SEC_E_INVALID_TOKEN : SEC_E_QOP_NOT_SUPPORTED;
    size = sasl->layer == SASL_NO_LAYER ? 0 : sasl->receive_size;
    status = sasl_layer_write(&call->context, sasl->layer, size, sasl->authz, sasl->authz_size,
                              &call->token, &call->token_size);
    if (status == SEC_E_OK)
        sasl->state = SASL_DONE;
    return status;
}

static SECURITY_STATUS take_choice(struct sasl_call *call, struct api_sasl *sasl,
                                   const SecBuffer *in)
{
    uint8_t layer, *authz = NULL;
    size_t authz_size;
    SECURITY_STATUS status = sasl_layer_read(&call->context, in->pvBuffer, in->cbBuffer, &layer,
                                             &sasl->peer_size, &authz, &authz_size);

    if (status != SEC_E_OK)
        return status;
    status = SEC_E_INVALID_TOKEN;
    if (!(layer & sasl->offered) || (layer & (layer - 1)))
        goto out;
    status = SEC_E_ALGORITHM_MISMATCH;
    if (authz && sasl->authz_processing == Sasl_AuthZIDForbidden)
        goto out;
    free(sasl->authz);
    sasl->authz = authz;
    sasl->authz_size = authz_size;
    authz = NULL;
    sasl->layer = layer;
    sasl->state = SASL_DONE;
    status = SEC_E_OK;
out:
    free(authz);
    return status;
}

/* Without an agreement: what the context can do, which must be what was asked for. The peer is not
 * told that all is well when it is not. */
static SECURITY_STATUS take_layer(struct sasl_call *call, struct api_sasl *sasl)
{
    sasl->layer = can(call, sasl, SASL_CONFIDENTIALITY) ? SASL_CONFIDENTIALITY
                  : can(call, sasl, SASL_INTEGRITY)     ? SASL_INTEGRITY
                                                        : SASL_NO_LAYER;
    sasl->state = SASL_DONE;
    if (sasl->layer >= least_layer(call, sasl))
        return SEC_E_OK;
    lsa_host_free(call->token);
    call->token = NULL;
    call->token_size = 0;
    return SEC_E_QOP_NOT_SUPPORTED;
}

/* ---- one call ------------------------------------------------------------------------------ */

/* After a leg of the package that has ended the handshake. */
SECURITY_STATUS sasl_handshake_done(struct sasl_call *call, struct api_sasl *sasl)
{
    SECURITY_STATUS status = SEC_I_CONTINUE_NEEDED, offered;

    sasl->attributes = call->attributes;
    sasl->expiry = call->expiry;
    if (!sasl->layers) {
        status = take_layer(call, sasl);
    } else if (call->initiator) {
        sasl->state = SASL_OFFER; /* without a token, an empty response goes out */
    } else if (call->token_size) {
        sasl->state = SASL_LAST_TOKEN;
    } else {
        offered = offer(call, sasl);
        if (offered != SEC_E_OK)
            status = offered;
    }
    return status;
}

SECURITY_STATUS sasl_continue(struct sasl_call *call, struct api_sasl *sasl)
{
    static const SecBuffer nothing = {0, SECBUFFER_TOKEN, NULL};
    const SecBuffer *in = &nothing;
    SECURITY_STATUS status;
    ULONG i;

    for (i = 0; call->input && call->input->pBuffers && i < call->input->cBuffers; i++)
        if ((call->input->pBuffers[i].BufferType & ~(ULONG)SECBUFFER_ATTRMASK) == SECBUFFER_TOKEN &&
            call->input->pBuffers[i].pvBuffer) {
            in = &call->input->pBuffers[i];
            break;
        }
    switch (sasl->state) {
    case SASL_HANDSHAKE:
        status = sasl_run_leg(call, false);
        return status == SEC_E_OK ? sasl_handshake_done(call, sasl) : status;
    case SASL_OFFER:
        /* Samba has an empty challenge sent, and an empty response, where it has no last token. */
        if (!in->cbBuffer && !sasl->nudged) {
            sasl->nudged = true;
            status = SEC_I_CONTINUE_NEEDED;
        } else {
            status = answer_offer(call, sasl, in);
        }
        break;
    case SASL_LAST_TOKEN:
        if (in->cbBuffer)
            return SEC_E_INVALID_TOKEN;
        status = offer(call, sasl);
        if (status == SEC_E_OK)
            status = SEC_I_CONTINUE_NEEDED;
        break;
    case SASL_CHOICE:
        status = take_choice(call, sasl, in);
        break;
    default:
        return SEC_E_INVALID_HANDLE; /* an established context has nothing to go on with */
    }
    call->attributes = sasl->layer ? attributes_of(call, sasl) : sasl->attributes;
    call->expiry = sasl->expiry;
    return status;
}
