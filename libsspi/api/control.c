/*
 * ApplyControlToken, and the functions on contexts and calls that have no meaning on Linux.
 */
#include "libsspi/api/api.h"

#include "libsspi/api/buffers.h"
#include "libsspi/api/contexts.h"
#include "libsspi/api/reason.h"

/* A control token is for the LSA half, wherever that is. */
SECURITY_STATUS api_context_apply(const struct api_context *c, PSecBufferDesc input)
{
    struct lsa_call call;
    NTSTATUS status;

    if (!c->package->lsa->ApplyControlToken)
        return SEC_E_UNSUPPORTED_FUNCTION;
    if (c->remote)
        return api_status(lsa_client_apply_control(c->remote, input));
    if (c->local == 0)
        return SEC_E_INVALID_HANDLE;
    api_call_begin(&call, 0);
    status = c->package->lsa->ApplyControlToken(c->local, input);
    lsa_call_end();
    return api_status(status);
}

SECURITY_STATUS WINAPI ApplyControlToken(PCtxtHandle phContext, PSecBufferDesc pInput)
{
    SecHandle handle = phContext ? *phContext : (SecHandle){0, 0};
    struct api_context *c = handle_acquire(HANDLE_CONTEXT, &handle);
    struct api_input input;
    PSecBufferDesc given;
    SECURITY_STATUS status;

    api_reason_begin();
    if (!c)
        return api_reason_end(SEC_E_INVALID_HANDLE);
    status = SEC_E_UNSUPPORTED_FUNCTION;
    if (!c->package->lsa->ApplyControlToken)
        goto out;
    status = api_input(pInput, &input, &given);
    if (status != SEC_E_OK)
        goto out;
    status = SEC_E_INVALID_TOKEN;
    if (!given)
        goto out;
    pthread_mutex_lock(&c->leg);
    status = api_context_apply(c, given);
    pthread_mutex_unlock(&c->leg);
out:
    handle_release(&handle);
    return api_reason_end(status);
}

/* Credentials travel with the first token, for the server that the token is for
 * (ISC_REQ_DELEGATE), and with none of a context that stands. */
SECURITY_STATUS WINAPI DelegateSecurityContext(PCtxtHandle phContext, SEC_CHAR *pszTarget,
                                               SecDelegationType DelegationType, PTimeStamp pExpiry,
                                               PSecBuffer pPackageParameters,
                                               PSecBufferDesc pOutput)
{
    SecHandle handle = phContext ? *phContext : (SecHandle){0, 0};

    (void)pszTarget, (void)DelegationType, (void)pExpiry, (void)pPackageParameters, (void)pOutput;
    api_reason_begin();
    if (!handle_acquire(HANDLE_CONTEXT, &handle))
        return api_reason_end(SEC_E_INVALID_HANDLE);
    handle_release(&handle);
    return api_reason_end(SEC_E_UNSUPPORTED_FUNCTION);
}

/* The call context tells a Windows LSA which address a call is made for. lsad asks the kernel who
 * its client is, and believes no address. */
SECURITY_STATUS SEC_ENTRY SecAllocateAndSetCallTarget(PUCHAR lpIpAddress, ULONG cchIpAddress,
                                                      LPWSTR TargetName, BOOL *FreeCallContext)
{
    (void)lpIpAddress, (void)cchIpAddress, (void)TargetName;
    if (FreeCallContext)
        *FreeCallContext = FALSE;
    return SEC_E_UNSUPPORTED_FUNCTION;
}

SECURITY_STATUS SEC_ENTRY SecAllocateAndSetIPAddress(PUCHAR lpIpAddress, ULONG cchIpAddress,
                                                     BOOL *FreeCallContext)
{
    (void)lpIpAddress, (void)cchIpAddress;
    if (FreeCallContext)
        *FreeCallContext = FALSE;
    return SEC_E_UNSUPPORTED_FUNCTION;
}

/* There is none to free. */
VOID SEC_ENTRY SecFreeCallContext(VOID)
{
}
