/*
 * DecryptMessage: one record out of what the program has read, the text put back where the record
 * was.
 */
#include "libsspi/packages/schannel/messages/messages.h"

#include <openssl/err.h>
#include <string.h>

#define SLOTS 4

/* The buffer with the record, and those that are free for what comes out, in their order. */
struct slots {
    PSecBuffer data, empty;
    PSecBuffer slot[SLOTS];
    unsigned count;
};

static SECURITY_STATUS find(PSecBufferDesc message, struct slots *s)
{
    memset(s, 0, sizeof(*s));
    for (ULONG i = 0; i < message->cBuffers; i++) {
        PSecBuffer b = &message->pBuffers[i];
        ULONG type = b->BufferType & ~SECBUFFER_ATTRMASK;

        if (b->BufferType & (SECBUFFER_READONLY | SECBUFFER_READONLY_WITH_CHECKSUM))
            continue;
        if (type == SECBUFFER_DATA) {
            if (s->data || !b->pvBuffer)
                return SEC_E_INVALID_TOKEN;
            s->data = b;
        } else if (type != SECBUFFER_EMPTY) {
            continue;
        } else if (!s->empty) {
            s->empty = b;
        }
        if (s->count < SLOTS)
            s->slot[s->count++] = b;
        else if (type == SECBUFFER_DATA)
            return SEC_E_INVALID_TOKEN;
    }
    return s->data ? SEC_E_OK : SEC_E_INVALID_TOKEN;
}

static void put(PSecBuffer buffer, ULONG type, uint8_t *at, size_t size)
{
    buffer->BufferType = (buffer->BufferType & SECBUFFER_ATTRMASK) | type;
    buffer->pvBuffer = at;
    buffer->cbBuffer = (ULONG)size;
}

/* Where a record of `record` bytes was in `size` bytes, there are now `text` bytes of text behind
 * `header` bytes. */
static void lay_out(const struct slots *s, uint8_t *memory, size_t size, size_t record,
                    size_t header, size_t text)
{
    size_t extra = size - record;
    unsigned at = 0;

    if (s->count > 2)
        put(s->slot[at++], SECBUFFER_STREAM_HEADER, memory, header);
    put(s->slot[at++], SECBUFFER_DATA, memory + header, text);
    if (s->count > 3)
        put(s->slot[at++], SECBUFFER_STREAM_TRAILER, memory + header + text,
            record - header - text);
    if (at < s->count && extra > 0)
        put(s->slot[at], SECBUFFER_EXTRA, memory + record, extra);
    else if (at < s->count)
        put(s->slot[at], SECBUFFER_EMPTY, NULL, 0);
}

/* One record is on the wire. *text bytes for the application, at `out`. */
static SECURITY_STATUS read_record(struct tls_connection *c, uint8_t *out, size_t room,
                                   size_t *text)
{
    SECURITY_STATUS status;

    *text = 0;
    if (ERR_peek_error()) /* of whoever was here before; clearing it all takes its time */
        ERR_clear_error();
    if (!SSL_read_ex(c->ssl, out, room, text)) {
        *text = 0;
        switch (SSL_get_error(c->ssl, 0)) {
        case SSL_ERROR_WANT_READ:
        case SSL_ERROR_WANT_WRITE:
        case SSL_ERROR_WANT_X509_LOOKUP:
        case SSL_ERROR_WANT_CLIENT_HELLO_CB:
        case SSL_ERROR_WANT_RETRY_VERIFY:
            break;
        case SSL_ERROR_ZERO_RETURN:
            c->close_received = true;
            return SEC_I_CONTEXT_EXPIRED;
        default:
            status = tls_status(c, SEC_E_MESSAGE_ALTERED);
            c->failed = true;
            return status;
        }
    }
    /* The peer asks for more than to be read: OpenSSL has an answer, or waits for what comes. */
    if (*text == 0 && (c->pending_size > 0 || SSL_in_init(c->ssl) ||
                       SSL_get_key_update_type(c->ssl) != SSL_KEY_UPDATE_NONE)) {
        c->wants_leg = true;
        return SEC_I_RENEGOTIATE;
    }
    return SEC_E_OK;
}

/* A server of TLS 1.2 that has asked for a new handshake may go on sending until the client's first
 * message of it has come, [RFC 5246] 7.4.1.1. */
static bool is_between(const struct tls_connection *c, const uint8_t *record, size_t size)
{
    return !c->server && SSL_version(c->ssl) != TLS1_3_VERSION && size > 0 &&
           record[0] == SSL3_RT_APPLICATION_DATA && SSL_get_state(c->ssl) == TLS_ST_CW_CLNT_HELLO;
}

static SECURITY_STATUS unseal(struct tls_connection *c, const struct slots *s)
{
    uint8_t *memory = s->data->pvBuffer;
    size_t size = s->data->cbBuffer, missing, record, header, text;
    struct tls_sizes sizes;
    SECURITY_STATUS status;
    bool garbage;

    if (c->failed || c->wants_leg || (SSL_in_init(c->ssl) && !is_between(c, memory, size)))
        return SEC_E_CONTEXT_EXPIRED;
    if (c->close_received)
        return SEC_I_CONTEXT_EXPIRED;
    record = tls_record_size(memory, size, &missing);
    garbage = record == SIZE_MAX;
    if (garbage) { /* OpenSSL tells the peer what it thinks of it */
        record = size;
    } else if (missing > 0) {
        if (s->empty)
            put(s->empty, SECBUFFER_MISSING, NULL, missing);
        return SEC_E_INCOMPLETE_MESSAGE;
    }
    if (s->count < 2 && record < size)
        return SEC_E_INVALID_TOKEN; /* nowhere to say that there is more */
    tls_sizes(c->ssl, &sizes);
    header = sizes.header < record ? sizes.header : 0;
    tls_wire_set(c, memory, record, NULL, 0);
    status = read_record(c, memory + header, record - header, &text);
    tls_wire_end(c);
    if (garbage && status >= 0) {
        c->failed = true;
        status = SEC_E_MESSAGE_ALTERED;
    }
    if (status < 0)
        return status;
    lay_out(s, memory, size, record, header, text);
    return status;
}

SECURITY_STATUS tls_unseal(struct tls_connection *c, PSecBufferDesc message)
{
    struct slots slots;
    SECURITY_STATUS status = find(message, &slots);

    if (status != SEC_E_OK)
        return status;
    pthread_mutex_lock(&c->lock);
    status = unseal(c, &slots);
    pthread_mutex_unlock(&c->lock);
    return status;
}
