/*
 * EncryptMessage: OpenSSL writes the record right over the message, when the program has laid its
 * three buffers one behind the other as it should.
 */
#include "libsspi/packages/schannel/messages/messages.h"

#include <openssl/err.h>
#include <schannel.h>
#include <string.h>

#include "libsspi/packages/schannel/handshake/handshake.h"

struct parts {
    PSecBuffer header, data, trailer;
};

/* "The function does not process buffers with the SECBUFFER_READONLY attribute." */
static SECURITY_STATUS find(PSecBufferDesc message, struct parts *parts)
{
    *parts = (struct parts){NULL, NULL, NULL};
    for (ULONG i = 0; i < message->cBuffers; i++) {
        PSecBuffer b = &message->pBuffers[i], *part = NULL;

        if (b->BufferType & (SECBUFFER_READONLY | SECBUFFER_READONLY_WITH_CHECKSUM))
            continue;
        switch (b->BufferType & ~SECBUFFER_ATTRMASK) {
        case SECBUFFER_STREAM_HEADER:
            part = &parts->header;
            break;
        case SECBUFFER_DATA:
            part = &parts->data;
            break;
        case SECBUFFER_STREAM_TRAILER:
            part = &parts->trailer;
            break;
        default:
            continue;
        }
        if (*part || (b->cbBuffer > 0 && !b->pvBuffer))
            return SEC_E_INVALID_TOKEN;
        *part = b;
    }
    return parts->header && parts->data && parts->trailer ? SEC_E_OK : SEC_E_INVALID_TOKEN;
}

static bool one_behind_the_other(const struct parts *p)
{
    return (char *)p->header->pvBuffer + p->header->cbBuffer == p->data->pvBuffer &&
           (char *)p->data->pvBuffer + p->data->cbBuffer == p->trailer->pvBuffer;
}

/* The record, to where the parts are. */
static void scatter(const struct parts *p, const uint8_t *record, size_t size)
{
    memcpy(p->header->pvBuffer, record, p->header->cbBuffer);
    record += p->header->cbBuffer;
    memcpy(p->data->pvBuffer, record, p->data->cbBuffer);
    record += p->data->cbBuffer;
    memcpy(p->trailer->pvBuffer, record, size - p->header->cbBuffer - p->data->cbBuffer);
}

/* A fatal alert, which OpenSSL does not know of: nothing can be sent after it. */
static SECURITY_STATUS write_alert(struct tls_connection *c, const uint8_t event[2])
{
    uint8_t record[TLS_ALERT_RECORD_MAX];
    size_t size;

    if (!tls_traffic_alert(&c->handshake->traffic, c->ssl, event, record, &size) ||
        size > c->out_room - c->out_size)
        return SEC_E_UNSUPPORTED_FUNCTION;
    c->sent = (struct tls_alert){event[0], event[1]};
    c->failed = true;
    memcpy(c->out + c->out_size, record, size);
    c->out_size += size;
    return SEC_E_OK;
}

/* A record of application data, or of an alert. */
static SECURITY_STATUS write_record(struct tls_connection *c, const struct parts *p, bool alert)
{
    const uint8_t *event = p->data->pvBuffer;
    size_t done;

    if (ERR_peek_error()) /* of whoever was here before; clearing it all takes its time */
        ERR_clear_error();
    if (!alert)
        return SSL_write_ex(c->ssl, p->data->pvBuffer, p->data->cbBuffer, &done)
                   ? SEC_E_OK
                   : tls_status(c, SEC_E_ENCRYPT_FAILURE);
    if (event[0] == TLS1_ALERT_FATAL)
        return write_alert(c, event);
    if (SSL_shutdown(c->ssl) < 0 && c->out_size == 0)
        return tls_status(c, SEC_E_ENCRYPT_FAILURE);
    c->shut = true;
    return SEC_E_OK;
}

static SECURITY_STATUS check_alert(const struct parts *p)
{
    const uint8_t *event = p->data->pvBuffer;

    if (p->data->cbBuffer != 2)
        return SEC_E_INVALID_TOKEN;
    return event[0] == TLS1_ALERT_FATAL ||
                   (event[0] == TLS1_ALERT_WARNING && event[1] == TLS1_ALERT_CLOSE_NOTIFY)
               ? SEC_E_OK
               : SEC_E_UNSUPPORTED_FUNCTION;
}

static SECURITY_STATUS seal(struct tls_connection *c, const struct parts *p, bool alert)
{
    uint8_t apart[TLS_RECORD_HEADER + TLS_RECORD_MAX];
    struct tls_sizes sizes;
    bool together;
    size_t record;
    SECURITY_STATUS status;

    if (c->shut || c->failed || c->wants_leg || SSL_in_init(c->ssl))
        return SEC_E_CONTEXT_EXPIRED;
    tls_sizes(c->ssl, &sizes);
    if (p->header->cbBuffer < sizes.header || p->trailer->cbBuffer < sizes.trailer ||
        p->data->cbBuffer > sizes.message)
        return SEC_E_BUFFER_TOO_SMALL;
    p->header->cbBuffer = sizes.header;
    if (p->data->cbBuffer == 0) { /* OpenSSL makes no record of nothing */
        p->header->cbBuffer = p->trailer->cbBuffer = 0;
        return SEC_E_OK;
    }
    together = one_behind_the_other(p);
    record = sizes.header + p->data->cbBuffer + sizes.trailer;
    if (together)
        tls_wire_set(c, NULL, 0, p->header->pvBuffer, record);
    else
        tls_wire_set(c, NULL, 0, apart, sizeof(apart));
    status = write_record(c, p, alert);
    record = c->out_size;
    tls_wire_end(c);
    if (status != SEC_E_OK)
        return status;
    /* What went elsewhere would come after what does go out. */
    if (c->pending_size > 0 || record < sizes.header + p->data->cbBuffer ||
        record > sizes.header + p->data->cbBuffer + sizes.trailer) {
        c->failed = true;
        return SEC_E_ENCRYPT_FAILURE;
    }
    if (!together)
        scatter(p, apart, record);
    p->trailer->cbBuffer = (ULONG)(record - sizes.header - p->data->cbBuffer);
    return SEC_E_OK;
}

SECURITY_STATUS tls_seal(struct tls_connection *c, ULONG qop, PSecBufferDesc message)
{
    struct parts parts;
    SECURITY_STATUS status = find(message, &parts);

    if (status != SEC_E_OK)
        return status;
    if (qop != 0 && qop != SECQOP_WRAP_OOB_DATA)
        return SEC_E_QOP_NOT_SUPPORTED;
    if (qop == SECQOP_WRAP_OOB_DATA)
        status = check_alert(&parts);
    if (status != SEC_E_OK)
        return status;
    pthread_mutex_lock(&c->lock);
    status = seal(c, &parts, qop == SECQOP_WRAP_OOB_DATA);
    pthread_mutex_unlock(&c->lock);
    return status;
}
