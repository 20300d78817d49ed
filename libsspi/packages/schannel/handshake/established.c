/*
 * Legs of a connection that stands: a handshake that either side wants anew (TLS 1.2), new keys and
 * a client's certificate later on (TLS 1.3), answers that the peer waits for, and the shutdown.
 */
#include <openssl/err.h>
#include <schannel.h>

#include "base/reason.h"
#include "libsspi/packages/schannel/credentials/credential.h"
#include "libsspi/packages/schannel/handshake/handshake.h"
#include "libsspi/packages/schannel/handshake/input.h"

static bool is_1_3(const struct tls_connection *c)
{
    return SSL_version(c->ssl) == TLS1_3_VERSION;
}

/* Our close_notify; of a handshake that is not done there is nothing to close. */
static SECURITY_STATUS shut_down(struct tls_connection *c)
{
    if (SSL_get_shutdown(c->ssl) & SSL_SENT_SHUTDOWN)
        return SEC_E_CONTEXT_EXPIRED;
    if (SSL_in_init(c->ssl)) {
        c->failed = true;
        return SEC_E_OK;
    }
    if (SSL_shutdown(c->ssl) < 0)
        return tls_status(c, SEC_E_INTERNAL_ERROR);
    return SEC_E_OK;
}

/* SCHANNEL_ALERT. */
static SECURITY_STATUS send_alert(struct tls_connection *c)
{
    struct tls_handshake *h = c->handshake;
    struct tls_alert alert = {h->alert[0], h->alert[1]};
    uint8_t record[TLS_ALERT_RECORD_MAX];
    size_t size;

    h->alert[0] = 0;
    if (!tls_traffic_alert(&h->traffic, c->ssl, (uint8_t[2]){alert.level, alert.number}, record,
                           &size)) {
        reason_set(0, "no alert can be sent now, or with this suite");
        return SEC_E_UNSUPPORTED_FUNCTION;
    }
    if (!tls_pending_add(c, record, size))
        return SEC_E_INSUFFICIENT_MEMORY;
    /* OpenSSL does not know of the record: after it, nothing can be sent. */
    c->sent = alert;
    c->failed = true;
    return SEC_E_OK;
}

/* TLS 1.3 has no renegotiation: a server may ask for a certificate, and both for new keys. */
static SECURITY_STATUS begin_1_3(struct tls_connection *c)
{
    struct tls_handshake *h = c->handshake;

    if (c->server && (h->requirements & ASC_REQ_MUTUAL_AUTH)) {
        SSL_set_verify(c->ssl, SSL_VERIFY_PEER, NULL);
        if (SSL_verify_client_post_handshake(c->ssl)) {
            h->renegotiating = true;
            return SEC_I_CONTINUE_NEEDED;
        }
        reason_set(0, "the client does not show certificates after the handshake");
        ERR_clear_error();
        return SEC_E_UNSUPPORTED_FUNCTION;
    }
    if (!SSL_key_update(c->ssl, SSL_KEY_UPDATE_REQUESTED))
        return tls_status(c, SEC_E_INTERNAL_ERROR);
    return SEC_E_OK;
}

static SECURITY_STATUS begin(struct tls_connection *c)
{
    struct tls_handshake *h = c->handshake;

    h->renegotiate = false;
    h->credential_answered = false;
    if (is_1_3(c))
        return begin_1_3(c);
    if (SSL_get_options(c->ssl) & SSL_OP_NO_RENEGOTIATION) {
        reason_set(0, "lsa.conf allows no renegotiation ([schannel] renegotiation)");
        return SEC_I_NO_RENEGOTIATION;
    }
    if (!SSL_get_secure_renegotiation_support(c->ssl)) {
        reason_set(0, "the peer cannot renegotiate safely (RFC 5746)");
        return SEC_I_NO_RENEGOTIATION;
    }
    if (c->server && (h->requirements & ASC_REQ_MUTUAL_AUTH))
        SSL_set_verify(c->ssl, SSL_VERIFY_PEER, NULL);
    if (!SSL_renegotiate(c->ssl))
        return tls_status(c, SEC_E_INTERNAL_ERROR);
    h->renegotiating = true;
    return SEC_I_CONTINUE_NEEDED;
}

/* Of TLS 1.2 one sees what is a message of the application's: that is not for the handshake. */
static void stop_before_messages(const struct tls_connection *c, struct tls_input *in)
{
    size_t at = 0, missing;

    if (is_1_3(c))
        return;
    while (at < in->whole && in->data[in->skipped + at] != SSL3_RT_APPLICATION_DATA) {
        size_t record = tls_record_size(in->data + in->skipped + at, in->whole - at, &missing);

        if (record == SIZE_MAX)
            return;
        at += record;
    }
    in->whole = at;
}

/* Reads what is no message: outside of a handshake OpenSSL looks at it when it looks for one. */
static SECURITY_STATUS go_on(struct tls_connection *c)
{
    struct tls_handshake *h = c->handshake;
    unsigned done = h->done;
    SECURITY_STATUS status = SEC_E_OK;
    size_t at;
    char byte;

    while (status == SEC_E_OK && (SSL_in_init(c->ssl) || c->in_at < c->in_size)) {
        if (SSL_in_init(c->ssl)) {
            status = tls_leg_outcome(c, SSL_do_handshake(c->ssl));
            continue;
        }
        if (done != h->done && !is_1_3(c))
            break; /* one handshake a leg; what follows is a message */
        at = c->in_at;
        if (SSL_peek(c->ssl, &byte, 1) > 0) {
            /* OpenSSL keeps the message for DecryptMessage, to which the caller gives the record.
             */
            c->in_at = at;
            if (at == 0 && c->pending_size == 0) {
                reason_set(0, "a message of the peer's is to be decrypted first");
                return SEC_E_OUT_OF_SEQUENCE;
            }
            break;
        }
        status = tls_leg_outcome(c, 0);
        if (status == SEC_I_CONTINUE_NEEDED && !SSL_in_init(c->ssl) && c->in_at < c->in_size)
            status = SEC_E_OK;
    }
    if (status == SEC_I_CONTINUE_NEEDED && !SSL_in_init(c->ssl) &&
        (!h->renegotiating || done != h->done))
        status = SEC_E_OK;
    if (status == SEC_E_OK && h->renegotiating && done == h->done)
        status = SEC_I_CONTINUE_NEEDED;
    if (status == SEC_E_OK)
        h->renegotiating = false;
    return status;
}

static SECURITY_STATUS with_input(struct tls_connection *c, struct tls_input *in)
{
    SECURITY_STATUS status;
    bool partial;

    tls_input_measure(in);
    partial = in->whole == 0;
    stop_before_messages(c, in);
    if (in->whole == 0 && in->skipped == 0) {
        if (c->pending_size > 0) {
            /* DecryptMessage has begun it; first comes what the peer waits for */
            in->missing = 0;
            tls_input_tell(in, 0);
            return SSL_in_init(c->ssl) ? SEC_I_CONTINUE_NEEDED : SEC_E_OK;
        }
        if (partial) {
            tls_input_tell(in, 0);
            return SEC_E_INCOMPLETE_MESSAGE;
        }
        reason_set(0, "a message of the peer's is to be decrypted first");
        return SEC_E_OUT_OF_SEQUENCE;
    }
    tls_wire_set(c, in->data + in->skipped, in->whole, NULL, 0);
    status = go_on(c);
    tls_wire_end(c);
    if (status == SEC_I_INCOMPLETE_CREDENTIALS)
        status = tls_leg_ask(c, in, in->skipped + c->in_at);
    if (status >= 0)
        tls_input_tell(in, in->skipped + c->in_at);
    return status;
}

/* No input: the caller begins anew, or takes what is there for the peer. */
static SECURITY_STATUS without_input(struct tls_connection *c)
{
    struct tls_handshake *h = c->handshake;
    bool ticket = c->ticket_due && SSL_new_session_ticket(c->ssl);
    bool new_keys = SSL_get_key_update_type(c->ssl) != SSL_KEY_UPDATE_NONE;
    bool waiting = ticket || c->wants_leg || c->pending_size > 0 || SSL_in_init(c->ssl) || new_keys;
    SECURITY_STATUS status = SEC_E_OK;

    c->ticket_due = false;
    tls_wire_set(c, NULL, 0, NULL, 0);
    if (!waiting || h->renegotiate)
        status = begin(c);
    else if (new_keys && !SSL_in_init(c->ssl)) /* what the peer waits for is sent at once */
        SSL_key_update(c->ssl, SSL_KEY_UPDATE_NOT_REQUESTED);
    if (status >= 0 && status != SEC_I_NO_RENEGOTIATION) {
        SECURITY_STATUS next = tls_leg_outcome(c, SSL_do_handshake(c->ssl));

        if (next != SEC_E_OK)
            status = next;
    }
    tls_wire_end(c);
    return status;
}

/* DecryptMessage has left nothing to do but to answer: what was read behind is no handshake's. */
static bool has_answer(const struct tls_connection *c)
{
    return c->wants_leg && !SSL_in_init(c->ssl) &&
           (c->pending_size > 0 || SSL_get_key_update_type(c->ssl) != SSL_KEY_UPDATE_NONE);
}

SECURITY_STATUS tls_leg_established(struct tls_connection *c, struct tls_leg *leg)
{
    struct tls_handshake *h = c->handshake;
    struct tls_input in;
    SECURITY_STATUS status = tls_input_read(leg->input, &in);

    if (status != SEC_E_OK)
        return status;
    h->refused = SEC_E_OK;
    h->credential_wanted = false;
    h->credential_answered = h->credential_answered || h->credential_told;
    h->credential_told = false;
    tls_leg_skip(c, &in);
    if (h->alert[0])
        status = send_alert(c);
    else if (c->shut)
        status = shut_down(c);
    else if (in.size > 0 && !has_answer(c))
        status = with_input(c, &in);
    else if ((status = without_input(c)) >= 0)
        tls_input_tell(&in, 0);
    c->wants_leg = false;
    if (status == SEC_I_INCOMPLETE_CREDENTIALS)
        h->credential_told = true;
    if (status == SEC_E_OK) /* a later one asks again */
        h->credential_answered = false;
    if (!tls_pending_take(c, &leg->token, &leg->token_size))
        status = SEC_E_INSUFFICIENT_MEMORY;
    return status;
}
