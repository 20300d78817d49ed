/*
 * ApplyControlToken: what the next leg shall do, and what becomes of the session.
 */
#include <openssl/err.h>
#include <schannel.h>
#include <string.h>

#include "base/reason.h"
#include "libsspi/packages/buffers.h"
#include "libsspi/packages/schannel/credentials/sessions.h"
#include "libsspi/packages/schannel/handshake/handshake.h"

static SECURITY_STATUS apply_session(struct tls_connection *c, const SecBuffer *buffer)
{
    SCHANNEL_SESSION_TOKEN token;

    if (buffer->cbBuffer < sizeof(token))
        return SEC_E_INVALID_TOKEN;
    memcpy(&token, buffer->pvBuffer, sizeof(token));
    switch (token.dwFlags) {
    case SSL_SESSION_ENABLE_RECONNECTS:
        tls_session_allow(c, true);
        return SEC_E_OK;
    case SSL_SESSION_DISABLE_RECONNECTS:
        tls_session_allow(c, false);
        return SEC_E_OK;
    default:
        return SEC_E_INVALID_TOKEN;
    }
}

/* A warning that is no close_notify would put OpenSSL out of step with its own records. */
static SECURITY_STATUS apply_alert(struct tls_connection *c, const SecBuffer *buffer)
{
    SCHANNEL_ALERT_TOKEN token;

    if (buffer->cbBuffer < sizeof(token))
        return SEC_E_INVALID_TOKEN;
    memcpy(&token, buffer->pvBuffer, sizeof(token));
    if (token.dwAlertNumber > 0xff)
        return SEC_E_INVALID_TOKEN;
    switch (token.dwAlertType) {
    case TLS1_ALERT_WARNING:
        if (token.dwAlertNumber != TLS1_ALERT_CLOSE_NOTIFY)
            return SEC_E_UNSUPPORTED_FUNCTION;
        c->shut = true;
        return SEC_E_OK;
    case TLS1_ALERT_FATAL:
        c->handshake->alert[0] = TLS1_ALERT_FATAL;
        c->handshake->alert[1] = (uint8_t)token.dwAlertNumber;
        return SEC_E_OK;
    default:
        return SEC_E_INVALID_TOKEN;
    }
}

static SECURITY_STATUS apply(struct tls_connection *c, const SecBuffer *buffer)
{
    DWORD type;

    if (!buffer->pvBuffer || buffer->cbBuffer < sizeof(type))
        return SEC_E_INVALID_TOKEN;
    memcpy(&type, buffer->pvBuffer, sizeof(type));
    switch (type) {
    case SCHANNEL_SHUTDOWN:
        c->shut = true;
        return SEC_E_OK;
    case SCHANNEL_RENEGOTIATE:
        if (!c->established)
            return SEC_E_OUT_OF_SEQUENCE;
        c->handshake->renegotiate = true;
        return SEC_E_OK;
    case SCHANNEL_ALERT:
        return apply_alert(c, buffer);
    case SCHANNEL_SESSION:
        return apply_session(c, buffer);
    default:
        return SEC_E_UNSUPPORTED_FUNCTION;
    }
}

/*
 * SEC_E_OK; SEC_E_INVALID_TOKEN without a token that is whole, SEC_E_UNSUPPORTED_FUNCTION for one
 * of another kind, SEC_E_OUT_OF_SEQUENCE for a new handshake before the first is done.
 */
NTSTATUS NTAPI tls_apply_control(LSA_SEC_HANDLE handle, PSecBufferDesc input)
{
    struct tls_connection *c = (struct tls_connection *)handle;
    PSecBuffer buffer = buffers_find(input, SECBUFFER_TOKEN);
    SECURITY_STATUS status;

    if (!c)
        return SEC_E_INVALID_HANDLE;
    if (!buffer)
        return SEC_E_INVALID_TOKEN;
    pthread_mutex_lock(&c->lock);
    ERR_clear_error();
    status = apply(c, buffer);
    pthread_mutex_unlock(&c->lock);
    return status;
}
