/*
 * Between the application's buffer descriptors and those that packages get.
 */
#include "libsspi/api/buffers.h"

#include <string.h>

static ULONG type_of(const SecBuffer *buffer)
{
    return buffer->BufferType & ~(ULONG)SECBUFFER_ATTRMASK;
}

SECURITY_STATUS api_input(const SecBufferDesc *given, struct api_input *copy,
                          PSecBufferDesc *result)
{
    ULONG i, kept = 0;

    *result = NULL;
    if (!given || given->cBuffers == 0)
        return SEC_E_OK;
    if (!given->pBuffers || given->cBuffers > API_MAX_BUFFERS)
        return SEC_E_INVALID_TOKEN;
    for (i = 0; i < given->cBuffers; i++) {
        const SecBuffer *b = &given->pBuffers[i];

        if (b->cbBuffer > 0 && !b->pvBuffer) {
            /* A token without memory is an empty one, and an empty one may have the count of its
             * last use; anything else promises bytes that are not there. */
            if (type_of(b) == SECBUFFER_EMPTY) {
                copy->given[kept] = &given->pBuffers[i];
                copy->buffers[kept++] = (SecBuffer){0, b->BufferType, NULL};
            } else if (type_of(b) != SECBUFFER_TOKEN) {
                return SEC_E_INVALID_TOKEN;
            }
            continue;
        }
        if (b->cbBuffer == 0 && type_of(b) == SECBUFFER_TOKEN)
            continue;
        copy->given[kept] = &given->pBuffers[i];
        copy->buffers[kept++] = *b;
    }
    copy->desc.ulVersion = SECBUFFER_VERSION;
    copy->desc.cBuffers = kept;
    copy->desc.pBuffers = copy->buffers;
    if (kept > 0)
        *result = &copy->desc;
    return SEC_E_OK;
}

void api_input_back(const SecBufferDesc *desc, const struct api_input *copy)
{
    for (ULONG i = 0; desc && i < desc->cBuffers; i++) {
        const SecBuffer *now = &copy->buffers[i];
        PSecBuffer given = copy->given[i];

        if (type_of(given) == type_of(now))
            continue;
        given->BufferType = (given->BufferType & SECBUFFER_ATTRMASK) | type_of(now);
        given->cbBuffer = now->cbBuffer;
        given->pvBuffer = now->pvBuffer;
    }
}

/* The buffer for the token: the first of that type; an empty one will do when its memory is to be
 * allocated. */
static PSecBuffer token_buffer(PSecBufferDesc output, bool allocate)
{
    PSecBuffer empty = NULL;
    ULONG i;

    for (i = 0; output && output->pBuffers && i < output->cBuffers; i++) {
        if (type_of(&output->pBuffers[i]) == SECBUFFER_TOKEN)
            return &output->pBuffers[i];
        if (allocate && !empty && type_of(&output->pBuffers[i]) == SECBUFFER_EMPTY)
            empty = &output->pBuffers[i];
    }
    return empty;
}

SECURITY_STATUS api_output(PSecBufferDesc output, bool allocate, void *token, ULONG size)
{
    PSecBuffer buffer = token_buffer(output, allocate);
    SECURITY_STATUS status = SEC_E_OK;

    if (!token)
        size = 0;
    if (!buffer) {
        if (size > 0)
            status = SEC_E_INVALID_TOKEN;
        goto out;
    }
    if (allocate) {
        buffer->BufferType = (buffer->BufferType & SECBUFFER_ATTRMASK) | SECBUFFER_TOKEN;
        buffer->pvBuffer = size > 0 ? token : NULL;
        buffer->cbBuffer = size;
        if (size > 0)
            token = NULL;
        goto out;
    }
    if (size > 0 && (size > buffer->cbBuffer || !buffer->pvBuffer))
        status = SEC_E_BUFFER_TOO_SMALL;
    else if (size > 0)
        memcpy(buffer->pvBuffer, token, size);
    buffer->cbBuffer = size;
out:
    lsa_host_free(token);
    return status;
}

static PSecBuffer alert_buffer(const SecBufferDesc *output)
{
    for (ULONG i = 0; output && output->pBuffers && i < output->cBuffers; i++)
        if (type_of(&output->pBuffers[i]) == SECBUFFER_ALERT)
            return &output->pBuffers[i];
    return NULL;
}

bool api_wants_alert(const SecBufferDesc *output)
{
    return alert_buffer(output) != NULL;
}

void api_output_alert(PSecBufferDesc output, bool allocate, void *alert, ULONG size)
{
    PSecBuffer buffer = alert_buffer(output);

    if (!alert)
        size = 0;
    if (!buffer)
        goto out;
    if (allocate) {
        buffer->pvBuffer = alert;
        buffer->cbBuffer = size;
        return;
    }
    if (size > 0 && size <= buffer->cbBuffer && buffer->pvBuffer)
        memcpy(buffer->pvBuffer, alert, size);
    buffer->cbBuffer = size;
out:
    lsa_host_free(alert);
}
