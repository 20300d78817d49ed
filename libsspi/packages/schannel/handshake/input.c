/*
 * Reader of a leg's input buffers. What the application gives is its own memory, but its lengths
 * are checked as if they came from a peer.
 */
#include "libsspi/packages/schannel/handshake/input.h"

#include <stdlib.h>
#include <string.h>

#include "base/wire.h"
#include "libsspi/packages/buffers.h"
#include "libsspi/packages/schannel/connection.h"

SECURITY_STATUS tls_input_read(PSecBufferDesc desc, struct tls_input *in)
{
    PSecBuffer token = buffers_find(desc, SECBUFFER_TOKEN);

    memset(in, 0, sizeof(*in));
    in->rest = buffers_find(desc, SECBUFFER_EMPTY);
    if (!token || token->cbBuffer == 0)
        return SEC_E_OK;
    if (!token->pvBuffer)
        return SEC_E_INVALID_TOKEN;
    in->data = token->pvBuffer;
    in->size = token->cbBuffer;
    return SEC_E_OK;
}

void tls_input_measure(struct tls_input *in)
{
    size_t size = in->size - in->skipped;

    in->whole = 0;
    in->missing = 0;
    while (in->whole < size) {
        size_t left = size - in->whole;
        size_t record = tls_record_size(in->data + in->skipped + in->whole, left, &in->missing);

        if (record == SIZE_MAX) {
            in->garbage = true;
            in->whole = size;
            in->missing = 0;
            return;
        }
        if (in->missing)
            return;
        in->whole += record;
    }
    if (size == 0)
        in->missing = TLS_RECORD_HEADER;
}

void tls_input_tell(struct tls_input *in, size_t used)
{
    if (!in->rest)
        return;
    if (used > 0 || in->missing == 0) {
        if (used >= in->size)
            return;
        in->rest->BufferType = SECBUFFER_EXTRA;
        in->rest->cbBuffer = (ULONG)(in->size - used);
        in->rest->pvBuffer = (uint8_t *)in->data + used;
        return;
    }
    in->rest->BufferType = SECBUFFER_MISSING;
    in->rest->cbBuffer = (ULONG)in->missing;
    in->rest->pvBuffer = NULL;
}

/* [RFC 7301] 3.1: names of 1 to 255 bytes, each behind its length. */
static bool names_are_whole(const uint8_t *list, size_t size)
{
    for (size_t at = 0; at < size; at += 1 + (size_t)list[at])
        if (list[at] == 0 || list[at] >= size - at)
            return false;
    return size > 0;
}

SECURITY_STATUS tls_input_protocols(PSecBufferDesc desc, uint8_t **list, size_t *size)
{
    PSecBuffer buffer = buffers_find(desc, SECBUFFER_APPLICATION_PROTOCOLS);
    const size_t head = offsetof(SEC_APPLICATION_PROTOCOL_LIST, ProtocolList);
    const uint8_t *at;
    size_t left;
    ULONG total;

    *list = NULL;
    *size = 0;
    if (!buffer || buffer->cbBuffer == 0)
        return SEC_E_OK;
    if (!buffer->pvBuffer || buffer->cbBuffer < sizeof(total))
        return SEC_E_INVALID_TOKEN;
    memcpy(&total, buffer->pvBuffer, sizeof(total));
    at = (const uint8_t *)buffer->pvBuffer + sizeof(total);
    if (total > buffer->cbBuffer - sizeof(total))
        return SEC_E_INVALID_TOKEN;
    for (left = total; left > 0;) {
        SEC_APPLICATION_PROTOCOL_LIST one;

        if (left < head)
            return SEC_E_INVALID_TOKEN;
        memcpy(&one, at, head);
        at += head;
        left -= head;
        if (one.ProtocolListSize > left)
            return SEC_E_INVALID_TOKEN;
        if (one.ProtoNegoExt == SecApplicationProtocolNegotiationExt_ALPN && !*list) {
            if (!names_are_whole(at, one.ProtocolListSize))
                return SEC_E_INVALID_TOKEN;
            *list = malloc(one.ProtocolListSize);
            if (!*list)
                return SEC_E_INSUFFICIENT_MEMORY;
            memcpy(*list, at, one.ProtocolListSize);
            *size = one.ProtocolListSize;
        }
        at += one.ProtocolListSize;
        left -= one.ProtocolListSize;
    }
    return SEC_E_OK;
}
