/*
 * Sorting out the SecBuffers of one message, and moving bytes between them when they do not lie as
 * they are needed.
 */
#include "libsspi/packages/kerberos/protect.h"

#include <string.h>

#include "base/secret.h"

static bool add_buffer(struct kerb_message *m, PSecBuffer b)
{
    bool sealed = !(b->BufferType & (SECBUFFER_READONLY | SECBUFFER_READONLY_WITH_CHECKSUM));

    if (m->count == KERB_DATA_BUFFERS_MAX)
        return false;
    m->data[m->count] = (struct kerb_segment){b->pvBuffer, b->cbBuffer, sealed};
    m->buffer[m->count] = b;
    m->count++;
    m->size += sealed ? b->cbBuffer : 0;
    m->signed_only |= !sealed;
    return true;
}

SECURITY_STATUS kerb_message_read(PSecBufferDesc desc, struct kerb_message *m)
{
    m->token = m->stream = m->padding = m->out = NULL;
    m->count = m->size = 0;
    m->signed_only = false;
    if (!desc || (desc->cBuffers && !desc->pBuffers))
        return SEC_E_INVALID_TOKEN;
    for (ULONG i = 0; i < desc->cBuffers; i++) {
        PSecBuffer b = &desc->pBuffers[i];

        switch (b->BufferType & ~SECBUFFER_ATTRMASK) {
        case SECBUFFER_TOKEN:
            m->token = m->token ? m->token : b;
            break;
        case SECBUFFER_STREAM:
            m->stream = m->stream ? m->stream : b;
            break;
        case SECBUFFER_PADDING:
            m->padding = m->padding ? m->padding : b;
            break;
        case SECBUFFER_DATA:
            m->out = m->out ? m->out : b;
            if (b->BufferType & SECBUFFER_READONLY)
                continue; /* neither sealed nor signed */
            if (!add_buffer(m, b))
                return SEC_E_INVALID_TOKEN;
            break;
        default:
            continue;
        }
        /* An output buffer in which DecryptMessage only puts a pointer has none yet. */
        if (b->cbBuffer && !b->pvBuffer && b != m->out)
            return SEC_E_INVALID_TOKEN;
    }
    if (m->stream) {
        m->count = m->size = 0; /* the data are in the stream */
        m->signed_only = false;
    } else {
        for (size_t i = 0; i < m->count; i++) {
            if (m->data[i].size && !m->data[i].data)
                return SEC_E_INVALID_TOKEN;
        }
    }
    return SEC_E_OK;
}

uint8_t *kerb_message_token(struct kerb_message *m, size_t size)
{
    bool fits = m->token->pvBuffer && m->token->cbBuffer >= size;

    m->token->cbBuffer = (ULONG)size;
    return fits ? m->token->pvBuffer : NULL;
}

/* The pieces in the order in which they travel. */
static size_t travelling(const struct kerb_message *m,
                         struct kerb_segment list[KERB_DATA_BUFFERS_MAX + 2])
{
    const PSecBuffer first = m->stream ? m->stream : m->token;
    size_t count = 0;

    list[count++] = (struct kerb_segment){first->pvBuffer, first->cbBuffer, true};
    for (size_t i = 0; i < m->count; i++) {
        if (m->data[i].sealed)
            list[count++] = m->data[i];
    }
    if (m->padding && !m->stream)
        list[count++] = (struct kerb_segment){m->padding->pvBuffer, m->padding->cbBuffer, true};
    return count;
}

/* Copies bytes that lie at `at` of a body of `size` bytes to where they are once it is rotated
 * left. */
static void put_rotated(uint8_t *body, size_t size, size_t rotation, size_t at, const uint8_t *from,
                        size_t count)
{
    size_t before = at < rotation ? rotation - at : 0; /* bytes that go round to the end */

    before = before < count ? before : count;
    if (before)
        memcpy(body + at + (size - rotation), from, before);
    if (count > before)
        memcpy(body + (at + before - rotation), from + before, count - before);
}

uint8_t *kerb_message_gather(const struct kerb_message *m, size_t skip, size_t rotation,
                             size_t *size)
{
    struct kerb_segment list[KERB_DATA_BUFFERS_MAX + 2];
    size_t count = travelling(m, list), at = 0;
    uint8_t *body;

    if (list[0].size < skip)
        return NULL;
    list[0].data += skip;
    list[0].size -= skip;
    *size = 0;
    for (size_t i = 0; i < count; i++)
        *size += list[i].size;
    rotation = *size ? rotation % *size : 0;
    body = secret_alloc(*size);
    for (size_t i = 0; body && i < count; i++) {
        put_rotated(body, *size, rotation, at, list[i].data, list[i].size);
        at += list[i].size;
    }
    return body;
}

SECURITY_STATUS kerb_message_deliver(struct kerb_message *m, const uint8_t *plain, size_t size)
{
    if (m->stream) {
        /* What was decrypted is shorter than the token it came in. */
        uint8_t *where = (uint8_t *)m->stream->pvBuffer + (m->stream->cbBuffer - size);

        if (size)
            memcpy(where, plain, size);
        m->out->pvBuffer = where;
        m->out->cbBuffer = (ULONG)size;
        return SEC_E_OK;
    }
    if (size > m->size)
        return SEC_E_BUFFER_TOO_SMALL;
    for (size_t i = 0; i < m->count; i++) {
        size_t part = m->data[i].size < size ? m->data[i].size : size;

        if (!m->data[i].sealed)
            continue;
        if (part)
            memcpy(m->data[i].data, plain, part);
        m->buffer[i]->cbBuffer = (ULONG)part;
        plain += part;
        size -= part;
    }
    return SEC_E_OK;
}
