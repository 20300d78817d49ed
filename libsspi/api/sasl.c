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

/* ---- one call ------------------------------------------------------------------------------ */

static SECURITY_STATUS later_call(struct sasl_call *call)
{
    SecHandle handle = call->context;
    struct api_context *c = handle_acquire(HANDLE_CONTEXT, &handle);
    SECURITY_STATUS status = SEC_E_INVALID_HANDLE;

    if (!c)
        return status;
    if (c->sasl && c->initiator == call->initiator) {
        call->layers = c->sasl->layers;
        pthread_mutex_lock(&c->sasl->lock);
        status = sasl_continue(call, c->sasl);
        pthread_mutex_unlock(&c->sasl->lock);
    }
    handle_release(&handle);
    return status;
}

/* GSSAPI has an exchange about layers, GSS-SPNEGO none. */
static bool has_layers(const SecHandle *credential)
{
    SecHandle handle = credential ? *credential : (SecHandle){0, 0};
    struct api_credential *c = handle_acquire(HANDLE_CREDENTIAL, &handle);
    bool kerberos = c && utf16_equal_nocase(c->package->info.Name, MICROSOFT_KERBEROS_NAME_W);

    if (c)
        handle_release(&handle);
    return kerberos;
}

static SECURITY_STATUS first_call(struct sasl_call *call)
{
    SECURITY_STATUS status;
    SecHandle handle;
    struct api_context *c;

    call->layers = has_layers(call->credential);
    status = sasl_run_leg(call, true);
    if (status < 0)
        return status;
    handle = call->context;
    c = handle_acquire(HANDLE_CONTEXT, &handle);
    if (!c)
        return SEC_E_INTERNAL_ERROR;
    c->sasl = api_sasl_new(call->requested, call->layers);
    if (!c->sasl)
        status = SEC_E_INSUFFICIENT_MEMORY;
    else if (status == SEC_E_OK)
        status = sasl_handshake_done(call, c->sasl);
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

static SECURITY_STATUS run(struct sasl_call *call, PCtxtHandle context, PCtxtHandle made,
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
    struct sasl_call call = {.initiator = true,
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
    struct sasl_call call = {.credential = phCredential,
                             .requested = fContextReq,
                             .representation = TargetDataRep,
                             .input = pInput};

    return run(&call, phContext, phNewContext, pOutput, pfContextAttr, ptsExpiry);
}
