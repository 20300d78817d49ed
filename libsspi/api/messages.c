/*
 * MakeSignature, VerifySignature, EncryptMessage and DecryptMessage: straight to the user-mode
 * half, without an allocation or a lock of ours on the way.
 */
#include "libsspi/api/api.h"

/* The context of a message call; NULL when the handle is bad or the handshake is not done. Release
 * what is returned. */
static struct api_context *established(const SecHandle *handle, LSA_SEC_HANDLE *user)
{
    struct api_context *c = handle_acquire(HANDLE_CONTEXT, handle);

    if (!c)
        return NULL;
    *user = atomic_load_explicit(&c->user, memory_order_acquire);
    if (*user != 0)
        return c;
    handle_release(handle);
    return NULL;
}

static bool usable(const SecBufferDesc *message)
{
    return message && (message->cBuffers == 0 || message->pBuffers);
}

SECURITY_STATUS WINAPI MakeSignature(PCtxtHandle phContext, ULONG fQOP, PSecBufferDesc pMessage,
                                     ULONG MessageSeqNo)
{
    SecHandle handle = phContext ? *phContext : (SecHandle){0, 0};
    LSA_SEC_HANDLE user;
    struct api_context *c = established(&handle, &user);
    SECURITY_STATUS status;

    if (!c)
        return SEC_E_INVALID_HANDLE;
    if (!c->package->user->MakeSignature)
        status = SEC_E_UNSUPPORTED_FUNCTION;
    else if (!usable(pMessage))
        status = SEC_E_INVALID_TOKEN;
    else
        status = api_status(c->package->user->MakeSignature(user, fQOP, pMessage, MessageSeqNo));
    handle_release(&handle);
    return status;
}

SECURITY_STATUS WINAPI VerifySignature(PCtxtHandle phContext, PSecBufferDesc pMessage,
                                       ULONG MessageSeqNo, ULONG *pfQOP)
{
    SecHandle handle = phContext ? *phContext : (SecHandle){0, 0};
    LSA_SEC_HANDLE user;
    struct api_context *c = established(&handle, &user);
    SECURITY_STATUS status;
    ULONG qop = 0;

    if (!c)
        return SEC_E_INVALID_HANDLE;
    if (!c->package->user->VerifySignature)
        status = SEC_E_UNSUPPORTED_FUNCTION;
    else if (!usable(pMessage))
        status = SEC_E_INVALID_TOKEN;
    else
        status = api_status(c->package->user->VerifySignature(user, pMessage, MessageSeqNo, &qop));
    if (pfQOP && status == SEC_E_OK)
        *pfQOP = qop;
    handle_release(&handle);
    return status;
}

SECURITY_STATUS WINAPI EncryptMessage(PCtxtHandle phContext, ULONG fQOP, PSecBufferDesc pMessage,
                                      ULONG MessageSeqNo)
{
    SecHandle handle = phContext ? *phContext : (SecHandle){0, 0};
    LSA_SEC_HANDLE user;
    struct api_context *c = established(&handle, &user);
    SECURITY_STATUS status;

    if (!c)
        return SEC_E_INVALID_HANDLE;
    if (!c->package->user->SealMessage)
        status = SEC_E_UNSUPPORTED_FUNCTION;
    else if (!usable(pMessage))
        status = SEC_E_INVALID_TOKEN;
    else
        status = api_status(c->package->user->SealMessage(user, fQOP, pMessage, MessageSeqNo));
    handle_release(&handle);
    return status;
}

SECURITY_STATUS WINAPI DecryptMessage(PCtxtHandle phContext, PSecBufferDesc pMessage,
                                      ULONG MessageSeqNo, ULONG *pfQOP)
{
    SecHandle handle = phContext ? *phContext : (SecHandle){0, 0};
    LSA_SEC_HANDLE user;
    struct api_context *c = established(&handle, &user);
    SECURITY_STATUS status;
    ULONG qop = 0;

    if (!c)
        return SEC_E_INVALID_HANDLE;
    if (!c->package->user->UnsealMessage)
        status = SEC_E_UNSUPPORTED_FUNCTION;
    else if (!usable(pMessage))
        status = SEC_E_INVALID_TOKEN;
    else
        status = api_status(c->package->user->UnsealMessage(user, pMessage, MessageSeqNo, &qop));
    if (pfQOP && status == SEC_E_OK)
        *pfQOP = qop;
    handle_release(&handle);
    return status;
}
