/*
 * Sorting out the SecBuffers of one message, and giving the plaintext back in them.
 */
#include "libsspi/packages/kerberos/messages/protect.h"

static bool is_sealed(const SecBuffer *b)
{
    return !(b->BufferType & SECBUFFER_READONLY_WITH_CHECKSUM);
}

static bool add_buffer(struct kerb_message *m, PSecBuffer b)
{
    if (m->count == KERB_DATA_BUFFERS_MAX)
        return false;
    m->data[m->count++] = b;
    if (is_sealed(b))
        m->size += b->cbBuffer;
    else
        m->signed_only = true;
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
        case SECBUFFER_STREAM_HEADER: /* what the page of EncryptMessage (Kerberos) calls it */
            m->token = m->token ? m->token : b;
            break;
        case SECBUFFER_STREAM:
            m->stream = m->stream ? m->stream : b;
            break;
        case SECBUFFER_PADDING:
        case SECBUFFER_STREAM_TRAILER:
            m->padding = m->padding ? m->padding : b;
            break;
        case SECBUFFER_DATA:
            if (b->BufferType & SECBUFFER_READONLY)
                continue; /* neither sealed nor signed */
            if (!m->out && is_sealed(b))
                m->out = b;
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
            if (m->data[i]->cbBuffer && !m->data[i]->pvBuffer)
                return SEC_E_INVALID_TOKEN;
        }
    }
    /* OpenSSL counts in int, and the frames of RFC 4757 in 32 bits. */
    return m->size <= INT32_MAX / 2 ? SEC_E_OK : SEC_E_INVALID_TOKEN;
}

uint8_t *kerb_message_token(struct kerb_message *m, size_t size)
{
    bool fits = m->token->pvBuffer && m->token->cbBuffer >= size;

    m->token->cbBuffer = (ULONG)size;
    return fits ? m->token->pvBuffer : NULL;
}

void kerb_message_data(const struct kerb_message *m, struct kerb_pieces *parts)
{
    for (size_t i = 0; i < m->count; i++)
        kerb_pieces_add(parts, m->data[i]->pvBuffer, m->data[i]->cbBuffer, is_sealed(m->data[i]));
}

void kerb_message_travelling(const struct kerb_message *m, size_t skip, struct kerb_pieces *body)
{
    const PSecBuffer first = m->stream ? m->stream : m->token;

    kerb_pieces_start(body);
    if (first->cbBuffer > skip)
        kerb_pieces_add(body, (uint8_t *)first->pvBuffer + skip, first->cbBuffer - skip, true);
    if (m->stream)
        return;
    for (size_t i = 0; i < m->count; i++) {
        if (is_sealed(m->data[i]))
            kerb_pieces_add(body, m->data[i]->pvBuffer, m->data[i]->cbBuffer, true);
    }
    if (m->padding)
        kerb_pieces_add(body, m->padding->pvBuffer, m->padding->cbBuffer, true);
}

SECURITY_STATUS kerb_message_deliver(struct kerb_message *m, size_t skip,
                                     const struct kerb_pieces *body, size_t at, size_t size)
{
    if (m->stream) { /* one piece, however short */
        m->out->pvBuffer = (uint8_t *)m->stream->pvBuffer + skip + at;
        m->out->cbBuffer = (ULONG)size;
        return SEC_E_OK;
    }
    if (size > m->size)
        return SEC_E_BUFFER_TOO_SMALL;
    kerb_pieces_move(body, m->token->cbBuffer - skip, at, size);
    for (size_t i = 0; i < m->count; i++) {
        if (!is_sealed(m->data[i]))
            continue;
        if (m->data[i]->cbBuffer > size)
            m->data[i]->cbBuffer = (ULONG)size;
        size -= m->data[i]->cbBuffer;
    }
    return SEC_E_OK;
}
