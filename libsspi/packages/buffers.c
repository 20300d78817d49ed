/*
 * How a package looks at its input buffers and answers with a token or a packed context, so that
 * every package gives the same errors for the same mistakes.
 */
#include "libsspi/packages/buffers.h"

#include <string.h>

PSecBuffer buffers_find(PSecBufferDesc desc, ULONG type)
{
    if (!desc || !desc->pBuffers)
        return NULL;
    for (ULONG i = 0; i < desc->cBuffers; i++) {
        if ((desc->pBuffers[i].BufferType & ~SECBUFFER_ATTRMASK) == type)
            return &desc->pBuffers[i];
    }
    return NULL;
}

SECURITY_STATUS buffers_put_token(const LSA_SECPKG_FUNCTION_TABLE *lsa, PSecBufferDesc desc,
                                  BOOLEAN allocate, const void *token, size_t size)
{
    PSecBuffer out = buffers_find(desc, SECBUFFER_TOKEN);

    if (!out)
        return size ? SEC_E_INVALID_TOKEN : SEC_E_OK;
    if (size > UINT32_MAX)
        return SEC_E_INSUFFICIENT_MEMORY;
    if (size == 0) {
        if (allocate)
            out->pvBuffer = NULL;
        out->cbBuffer = 0;
        return SEC_E_OK;
    }
    if (allocate) {
        void *memory = lsa->AllocateLsaHeap((ULONG)size);

        if (!memory)
            return SEC_E_INSUFFICIENT_MEMORY;
        out->pvBuffer = memory;
    } else if (!out->pvBuffer || out->cbBuffer < size) {
        out->cbBuffer = (ULONG)size;
        return SEC_E_BUFFER_TOO_SMALL;
    }
    memcpy(out->pvBuffer, token, size);
    out->cbBuffer = (ULONG)size;
    return SEC_E_OK;
}

NTSTATUS buffers_put_context(const LSA_SECPKG_FUNCTION_TABLE *lsa, PSecBuffer context_data,
                             const void *packed, size_t size)
{
    if (size > UINT32_MAX)
        return SEC_E_INSUFFICIENT_MEMORY;
    context_data->pvBuffer = lsa->AllocateLsaHeap((ULONG)size);
    if (!context_data->pvBuffer)
        return SEC_E_INSUFFICIENT_MEMORY;
    memcpy(context_data->pvBuffer, packed, size);
    context_data->cbBuffer = (ULONG)size;
    context_data->BufferType = SECBUFFER_TOKEN;
    return SEC_E_OK;
}
