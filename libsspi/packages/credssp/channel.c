/*
 * Bytes through the TLS channel while the handshake lasts: TSRequests become records, and records
 * TSRequests, however the peer has cut them.
 */
#include "libsspi/packages/credssp/credssp.h"

#include "base/reason.h"
#include "libsspi/packages/buffers.h"

SECURITY_STATUS credssp_half_query(const struct credssp_half *half, ULONG attribute, void *buffer)
{
    if (!half->handle)
        return SEC_E_INVALID_HANDLE;
    return half->table->QueryContextAttributes
               ? half->table->QueryContextAttributes(half->handle, attribute, buffer)
               : SEC_E_UNSUPPORTED_FUNCTION;
}

SECURITY_STATUS credssp_seal(const struct credssp_half *tls, const uint8_t *data, size_t size,
                             struct wire_writer *out)
{
    SecPkgContext_StreamSizes sizes = {0};
    SECURITY_STATUS status = credssp_half_query(tls, SECPKG_ATTR_STREAM_SIZES, &sizes);

    if (status != SEC_E_OK)
        return status;
    if (!tls->table->SealMessage || !sizes.cbMaximumMessage)
        return SEC_E_UNSUPPORTED_FUNCTION;
    while (size > 0) {
        ULONG piece = size < sizes.cbMaximumMessage ? (ULONG)size : sizes.cbMaximumMessage;
        size_t begin = out->offset;
        uint8_t *at;

        wire_put_zeros(out, sizes.cbHeader);
        wire_put_bytes(out, data, piece);
        wire_put_zeros(out, sizes.cbTrailer);
        if (!wire_write_ok(out))
            return SEC_E_INSUFFICIENT_MEMORY;
        at = out->data + begin;
        SecBuffer buffers[4] = {
            {sizes.cbHeader, SECBUFFER_STREAM_HEADER, at},
            {piece, SECBUFFER_DATA, at + sizes.cbHeader},
            {sizes.cbTrailer, SECBUFFER_STREAM_TRAILER, at + sizes.cbHeader + piece},
            {0, SECBUFFER_EMPTY, NULL}};
        SecBufferDesc message = {SECBUFFER_VERSION, 4, buffers};

        status = tls->table->SealMessage(tls->handle, 0, &message, 0);
        if (status != SEC_E_OK)
            return status;
        out->offset =
            begin + buffers[0].cbBuffer + (size_t)buffers[1].cbBuffer + buffers[2].cbBuffer;
        data += piece;
        size -= piece;
    }
    return SEC_E_OK;
}

SECURITY_STATUS credssp_unseal(const struct credssp_half *tls, uint8_t *in, size_t size,
                               struct wire_writer *plain, size_t *used, size_t *missing)
{
    SecBuffer buffers[4] = {{(ULONG)size, SECBUFFER_DATA, in},
                            {0, SECBUFFER_EMPTY, NULL},
                            {0, SECBUFFER_EMPTY, NULL},
                            {0, SECBUFFER_EMPTY, NULL}};
    SecBufferDesc message = {SECBUFFER_VERSION, 4, buffers};
    SECURITY_STATUS status;
    PSecBuffer found;
    ULONG qop = 0;

    *used = 0;
    *missing = 0;
    if (!tls->table->UnsealMessage)
        return SEC_E_UNSUPPORTED_FUNCTION;
    status = tls->table->UnsealMessage(tls->handle, &message, 0, &qop);
    if (status == SEC_E_INCOMPLETE_MESSAGE) {
        found = buffers_find(&message, SECBUFFER_MISSING);
        *missing = found ? found->cbBuffer : 0;
        return status;
    }
    if (status < 0)
        return status;
    found = buffers_find(&message, SECBUFFER_EXTRA);
    *used = found && found->cbBuffer <= size ? size - found->cbBuffer : size;
    found = buffers_find(&message, SECBUFFER_DATA);
    if (!found || !found->cbBuffer || !found->pvBuffer)
        return status;
    if (found->cbBuffer > plain->limit - plain->offset)
        return SEC_E_INVALID_TOKEN;
    wire_put_bytes(plain, found->pvBuffer, found->cbBuffer);
    return wire_write_ok(plain) ? status : SEC_E_INSUFFICIENT_MEMORY;
}

/* [X.690] 8.1.3, as far as DER goes: a definite length in as few bytes as will do. */
size_t credssp_message_size(const uint8_t *data, size_t size)
{
    struct wire_reader r = wire_reader(data, size);
    size_t length, count;
    uint8_t first;

    if (size >= 1 && data[0] != 0x30)
        return SIZE_MAX;
    if (size < 2)
        return 0;
    wire_skip(&r, 1);
    first = wire_u8(&r);
    length = first;
    if (first == 0x80 || first > 0x84)
        return SIZE_MAX;
    if (first & 0x80) {
        count = first & 0x7f;
        if (wire_left(&r) < count)
            return 0;
        for (length = 0; count > 0; count--) {
            length = length << 8 | wire_u8(&r);
            if (length == 0) /* a byte that says nothing */
                return SIZE_MAX;
        }
        if (length < 0x80)
            return SIZE_MAX;
    }
    if (length == 0 || length > CREDSSP_MESSAGE_MAX - r.offset)
        return SIZE_MAX;
    return r.offset + length;
}
