/*
 * SaslInitializeSecurityContext and SaslAcceptSecurityContext: a handshake, then for the GSSAPI
 * mechanism the agreement on a security layer. What was agreed on is in the attributes that the
 * last call returns: integrity, confidentiality, or neither; the messages that follow are those of
 * EncryptMessage, each behind four bytes of length that the protocol around it writes.
 *
 * Source: the pages of the functions in "sspi.h header" (sdk-api/sspi); RFC 4752; [MS-ADTS]
 * 5.1.1.1.2 for GSS-SPNEGO, which has no agreement: its layer is what the context can do.
 */
#include "libsspi/api/sasl.h"

#include <security.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf16.h"
#include "libsspi/api/buffers.h"
#include "libsspi/api/legs.h"

_Static_assert(ISC_RET_CONFIDENTIALITY == ASC_RET_CONFIDENTIALITY, "one bit in both directions");

struct api_sasl *api_sasl_new(ULONG requested, bool layers)
{
    struct api_sasl *sasl = calloc(1, sizeof(*sasl));

    if (!sasl)
        return NULL;
    pthread_mutex_init(&sasl->lock, NULL);
    sasl->requested = requested;
    sasl->layers = layers;
    sasl->receive_size = sasl->send_size = SASL_SIZE_DEFAULT;
    sasl->authz_processing = Sasl_AuthZIDProcessed;
    return sasl;
}

void api_sasl_free(struct api_sasl *sasl)
{
    if (!sasl)
        return;
    pthread_mutex_destroy(&sasl->lock);
    free(sasl->authz);
    free(sasl);
}

/* One call of either function. */
struct call {
    bool initiator;
    PCredHandle credential;
    SecHandle context;
    WCHAR *target;
    ULONG requested, representation;
    PSecBufferDesc input;

    void *token; /* LSA heap */
    ULONG token_size, attributes;
    TimeStamp expiry;
};

static ULONG integrity(const struct call *call)
{
    return call->initiator ? (ULONG)ISC_REQ_INTEGRITY : (ULONG)ASC_REQ_INTEGRITY;
}

/* ---- the package's own legs ---------------------------------------------------------------- */

/* The agreement is sealed, so integrity is always needed; a layer needs what RFC 4752 3.1 says. */
static ULONG requirements(const struct call *call)
{
    ULONG flags = call->requested | API_ALLOCATE_MEMORY;

    if (!call->initiator)
        return flags;
    if (flags & (ISC_REQ_INTEGRITY | ISC_REQ_CONFIDENTIALITY))
        flags |= ISC_REQ_MUTUAL_AUTH | ISC_REQ_SEQUENCE_DETECT;
    return flags | ISC_REQ_INTEGRITY;
}

static SECURITY_STATUS run_leg(struct call *call, bool first)
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

static ULONG attributes_of(const struct call *call, const struct api_sasl *sasl)
{
    ULONG attributes = sasl->attributes & ~(integrity(call) | ISC_RET_CONFIDENTIALITY);

    if (sasl->layer != SASL_NO_LAYER)
        attributes |= integrity(call);
    if (sasl->layer == SASL_CONFIDENTIALITY)
        attributes |= ISC_RET_CONFIDENTIALITY;
    return attributes;
}

static bool can(const struct call *call, const struct api_sasl *sasl, uint8_t layer)
{
    return layer == SASL_NO_LAYER ||
           sasl->attributes &
               (layer == SASL_INTEGRITY ? integrity(call) : (ULONG)ISC_RET_CONFIDENTIALITY);
}

/* The server's: what it requires, or whatever the context can do. */
static SECURITY_STATUS offer(struct call *call, struct api_sasl *sasl)
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
static uint8_t choose(const struct call *call, const struct api_sasl *sasl, uint8_t offered)
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

static SECURITY_STATUS answer_offer(struct call *call, struct api_sasl *sasl, const SecBuffer *in)
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

static SECURITY_STATUS take_choice(struct call *call, struct api_sasl *sasl, const SecBuffer *in)
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

/* ---- one call ------------------------------------------------------------------------------ */

/* After a leg of the package that has ended the handshake. */
static SECURITY_STATUS handshake_done(struct call *call, struct api_sasl *sasl)
{
    SECURITY_STATUS status = SEC_I_CONTINUE_NEEDED, offered;

    sasl->attributes = call->attributes;
    sasl->expiry = call->expiry;
    if (!sasl->layers) {
        sasl->layer = call->attributes & ISC_RET_CONFIDENTIALITY ? SASL_CONFIDENTIALITY
                      : call->attributes & integrity(call)       ? SASL_INTEGRITY
                                                                 : SASL_NO_LAYER;
        sasl->state = SASL_DONE;
        status = SEC_E_OK;
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

static SECURITY_STATUS later(struct call *call, struct api_sasl *sasl)
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
        status = run_leg(call, false);
        return status == SEC_E_OK ? handshake_done(call, sasl) : status;
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

static SECURITY_STATUS later_call(struct call *call)
{
    SecHandle handle = call->context;
    struct api_context *c = handle_acquire(HANDLE_CONTEXT, &handle);
    SECURITY_STATUS status = SEC_E_INVALID_HANDLE;

    if (!c)
        return status;
    if (c->sasl && c->initiator == call->initiator) {
        pthread_mutex_lock(&c->sasl->lock);
        status = later(call, c->sasl);
        pthread_mutex_unlock(&c->sasl->lock);
    }
    handle_release(&handle);
    return status;
}

static SECURITY_STATUS first_call(struct call *call)
{
    SECURITY_STATUS status;
    SecHandle handle;
    struct api_context *c;

    status = run_leg(call, true);
    if (status < 0)
        return status;
    handle = call->context;
    c = handle_acquire(HANDLE_CONTEXT, &handle);
    if (!c)
        return SEC_E_INTERNAL_ERROR;
    c->sasl = api_sasl_new(call->requested,
                           utf16_equal_nocase(c->package->info.Name, MICROSOFT_KERBEROS_NAME_W));
    if (!c->sasl)
        status = SEC_E_INSUFFICIENT_MEMORY;
    else if (status == SEC_E_OK)
        status = handshake_done(call, c->sasl);
    handle_release(&handle);
    if (status < 0)
        DeleteSecurityContext(&call->context);
    return status;
}

static bool has_token(const SecBufferDesc *input)
{
    for (ULONG i = 0; input && input->pBuffers && i < input->cBuffers; i++)
        if ((input->pBuffers[i].BufferType & ~(ULONG)SECBUFFER_ATTRMASK) == SECBUFFER_TOKEN &&
            input->pBuffers[i].cbBuffer && input->pBuffers[i].pvBuffer)
            return true;
    return false;
}

static SECURITY_STATUS run(struct call *call, PCtxtHandle context, PCtxtHandle made,
                           PSecBufferDesc output, ULONG *attributes, PTimeStamp expiry)
{
    bool first = !context || (context->dwLower == 0 && context->dwUpper == 0);
    bool allocate = call->requested & API_ALLOCATE_MEMORY;
    SECURITY_STATUS status, put;

    call->requested &= ~API_ALLOCATE_MEMORY;
    if (!api_start())
        return SEC_E_INTERNAL_ERROR;
    if (first && !made)
        return SEC_E_INVALID_HANDLE;
    if (first && !call->initiator && !has_token(call->input)) {
        /* The client speaks first; a server that was asked to gives an empty challenge (RFC 4752
         * 3.2). There is no context yet: a handle of zeros begins the handshake with the next
         * call. */
        SecHandle none = {0, 0};

        *made = none;
        put = api_output(output, allocate, NULL, 0);
        return put == SEC_E_OK ? SEC_I_CONTINUE_NEEDED : put;
    }
    if (!first)
        call->context = *context;
    status = first ? first_call(call) : later_call(call);
    if (status < 0 && !call->token)
        return status;
    put = api_output(output, allocate, call->token, call->token_size);
    if (status < 0)
        return status;
    if (put != SEC_E_OK) {
        if (first)
            DeleteSecurityContext(&call->context);
        return put;
    }
    if (made)
        *made = call->context;
    if (attributes)
        *attributes = call->attributes | (allocate ? API_ALLOCATE_MEMORY : 0);
    if (expiry)
        *expiry = call->expiry;
    return status;
}

SECURITY_STATUS WINAPI SaslInitializeSecurityContextW(
    PCredHandle phCredential, PCtxtHandle phContext, LPWSTR pszTargetName, ULONG fContextReq,
    ULONG Reserved1, ULONG TargetDataRep, PSecBufferDesc pInput, ULONG Reserved2,
    PCtxtHandle phNewContext, PSecBufferDesc pOutput, ULONG *pfContextAttr, PTimeStamp ptsExpiry)
{
    struct call call = {.initiator = true,
                        .credential = phCredential,
                        .target = pszTargetName,
                        .requested = fContextReq,
                        .representation = TargetDataRep,
                        .input = pInput};

    (void)Reserved1, (void)Reserved2;
    return run(&call, phContext, phNewContext, pOutput, pfContextAttr, ptsExpiry);
}

SECURITY_STATUS WINAPI SaslInitializeSecurityContextA(
    PCredHandle phCredential, PCtxtHandle phContext, LPSTR pszTargetName, ULONG fContextReq,
    ULONG Reserved1, ULONG TargetDataRep, PSecBufferDesc pInput, ULONG Reserved2,
    PCtxtHandle phNewContext, PSecBufferDesc pOutput, ULONG *pfContextAttr, PTimeStamp ptsExpiry)
{
    bool failed = false;
    WCHAR *target = api_wide(pszTargetName, &failed);
    SECURITY_STATUS status = SEC_E_TARGET_UNKNOWN;

    if (!failed)
        status = SaslInitializeSecurityContextW(phCredential, phContext, target, fContextReq,
                                                Reserved1, TargetDataRep, pInput, Reserved2,
                                                phNewContext, pOutput, pfContextAttr, ptsExpiry);
    free(target);
    return status;
}

SECURITY_STATUS WINAPI SaslAcceptSecurityContext(PCredHandle phCredential, PCtxtHandle phContext,
                                                 PSecBufferDesc pInput, ULONG fContextReq,
                                                 ULONG TargetDataRep, PCtxtHandle phNewContext,
                                                 PSecBufferDesc pOutput, ULONG *pfContextAttr,
                                                 PTimeStamp ptsExpiry)
{
    struct call call = {.credential = phCredential,
                        .requested = fContextReq,
                        .representation = TargetDataRep,
                        .input = pInput};

    return run(&call, phContext, phNewContext, pOutput, pfContextAttr, ptsExpiry);
}
