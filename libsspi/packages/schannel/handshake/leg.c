/*
 * One leg of the first handshake. OpenSSL is given whole records only, so that what is left over or
 * missing is known to the byte, and half a record stays with the caller.
 */
#include "libsspi/packages/schannel/handshake/handshake.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <schannel.h>
#include <stdlib.h>
#include <string.h>

#include "base/reason.h"
#include "libsspi/certificates/certificate.h"
#include "libsspi/packages/buffers.h"
#include "libsspi/packages/schannel/credentials/credential.h"
#include "libsspi/packages/schannel/credentials/sessions.h"
#include "libsspi/packages/schannel/credentials/settings.h"
#include "libsspi/packages/schannel/handshake/input.h"

struct tls_handshake *tls_handshake_new(void)
{
    return calloc(1, sizeof(struct tls_handshake));
}

void tls_handshake_free(struct tls_handshake *h)
{
    if (!h)
        return;
    free(h->read);
    free(h->protocols);
    tls_traffic_free(&h->traffic);
    free(h);
}

/* [RFC 6066] 3: letters, digits, hyphens and dots, as a host's name has them in DNS. */
static bool is_host(const char *name)
{
    size_t size = strlen(name);

    return size > 0 && size <= TLSEXT_MAXLEN_host_name &&
           strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._") ==
               size;
}

static bool is_address(const char *name)
{
    ASN1_OCTET_STRING *address = a2i_IPADDRESS(name);
    bool is = address != NULL;

    ASN1_OCTET_STRING_free(address);
    ERR_clear_error();
    return is;
}

/* SNI, and a session to take up; before the first byte is written. */
static SECURITY_STATUS prepare_client(struct tls_connection *c)
{
    SECURITY_STATUS status = SEC_E_OK;
    char *name = NULL;

    errno = 0;
    if (c->target && *c->target)
        name = certificate_host_name(c->target);
    if (c->target && *c->target && !name && errno == ENOMEM)
        return SEC_E_INSUFFICIENT_MEMORY;
    if (c->target && *c->target && !name && !c->manual)
        return SEC_E_TARGET_UNKNOWN; /* no certificate could be for it */
    if (name && is_host(name) && !is_address(name) && !SSL_set_tlsext_host_name(c->ssl, name))
        status = SEC_E_INSUFFICIENT_MEMORY;
    free(name);
    if (status == SEC_E_OK)
        tls_session_offer(c);
    return status;
}

/* Sessions of clients that were asked are not those of others, nor are those of clients that
 * another server, of the same tickets, has let in by other rules. */
static void name_sessions(struct tls_connection *c)
{
    uint8_t id[TLS_RULES_SIZE];

    memcpy(id, c->credential->rules, sizeof(id));
    id[0] = (c->handshake->requirements & ASC_REQ_MUTUAL_AUTH) != 0;
    SSL_set_session_id_context(c->ssl, id, sizeof(id));
}

/* A client's certificate is asked for when the application wants mutual authentication. */
static void prepare_server(struct tls_connection *c)
{
    bool asks = c->handshake->requirements & ASC_REQ_MUTUAL_AUTH;

    SSL_set_verify(c->ssl, asks ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, NULL);
    name_sessions(c);
}

static bool is_manual(const struct tls_connection *c)
{
    if (c->credential->flags &
        (SCH_CRED_MANUAL_CRED_VALIDATION | SCH_CRED_DEFERRED_CRED_VALIDATION))
        return true;
    return !c->server && (c->handshake->requirements & ISC_REQ_MANUAL_CRED_VALIDATION);
}

void tls_leg_changed(struct tls_connection *c)
{
    if (!c->server)
        return; /* what a client's session was made by stays (rules) */
    c->manual = is_manual(c);
    name_sessions(c);
    SSL_set_num_tickets(c->ssl, 0); /* of TLS 1.3 they would have the first credential's name */
}

static SECURITY_STATUS begin(struct tls_connection *c, const struct tls_leg *leg)
{
    struct tls_handshake *h = c->handshake;
    SECURITY_STATUS status = tls_input_protocols(leg->input, &h->protocols, &h->protocols_size);

    if (status != SEC_E_OK)
        return status;
    c->manual = is_manual(c);
    memcpy(c->rules, c->credential->rules, sizeof(c->rules));
    if (c->server) {
        prepare_server(c);
    } else {
        if (h->protocols_size &&
            SSL_set_alpn_protos(c->ssl, h->protocols, (unsigned)h->protocols_size) != 0)
            return SEC_E_INSUFFICIENT_MEMORY;
        status = prepare_client(c);
    }
    h->began = status == SEC_E_OK;
    return status;
}

void tls_leg_skip(struct tls_connection *c, struct tls_input *in)
{
    struct tls_handshake *h = c->handshake;

    if (h->read_size && in->size >= h->read_size && memcmp(in->data, h->read, h->read_size) == 0)
        in->skipped = h->read_size;
    free(h->read);
    h->read = NULL;
    h->read_size = 0;
}

SECURITY_STATUS tls_leg_ask(struct tls_connection *c, const struct tls_input *in, size_t used)
{
    struct tls_handshake *h = c->handshake;

    h->credential_wanted = false;
    h->credential_told = true;
    if (used) {
        h->read = malloc(used);
        if (!h->read)
            return SEC_E_INSUFFICIENT_MEMORY;
        memcpy(h->read, in->data, used);
        h->read_size = used;
    }
    return SEC_I_INCOMPLETE_CREDENTIALS;
}

/* A client learns at the end what the server has chosen. */
static bool is_restricted(const struct tls_connection *c)
{
    const unsigned char *protocol = NULL;
    unsigned size = 0;

    SSL_get0_alpn_selected(c->ssl, &protocol, &size);
    return !c->server && size &&
           tls_restricted_for(c->credential, c->ssl, SSL_get_current_cipher(c->ssl), protocol,
                              size);
}

SECURITY_STATUS tls_leg_outcome(struct tls_connection *c, int result)
{
    struct tls_handshake *h = c->handshake;

    if (result == 1 && !c->established && is_restricted(c)) {
        reason_set(0, "the application protocol may not be spoken with this version and suite");
        c->failed = true;
        return SEC_E_ALGORITHM_MISMATCH;
    }
    if (result == 1) {
        /* A session that is taken up again was validated when it was made. */
        if (!c->established && SSL_session_reused(c->ssl))
            c->peer.validated = !c->manual && SSL_get0_peer_certificate(c->ssl);
        c->established = true;
        return SEC_E_OK;
    }
    switch (SSL_get_error(c->ssl, result)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
        return SEC_I_CONTINUE_NEEDED;
    case SSL_ERROR_WANT_X509_LOOKUP:
        if (h->credential_wanted)
            return SEC_I_INCOMPLETE_CREDENTIALS;
        break;
    case SSL_ERROR_ZERO_RETURN:
        break;
    default:
        break;
    }
    c->failed = true;
    if (h->refused != SEC_E_OK)
        return h->refused;
    return tls_status(c, SEC_E_INTERNAL_ERROR);
}

SECURITY_STATUS tls_leg_run(struct tls_connection *c, struct tls_leg *leg)
{
    struct tls_handshake *h = c->handshake;
    struct tls_input in;
    SECURITY_STATUS status = tls_input_read(leg->input, &in);
    bool answered;

    if (status != SEC_E_OK)
        return status;
    tls_leg_skip(c, &in);
    tls_input_measure(&in);
    /* A server begins with what the client says; later on both wait for a whole record, unless a
     * certificate was asked for. */
    if (in.whole == 0 && !h->credential_told && (c->server || h->began)) {
        tls_input_tell(&in, 0);
        return SEC_E_INCOMPLETE_MESSAGE;
    }
    answered = h->credential_told;
    h->credential_told = false;
    if (!h->began) {
        status = begin(c, leg);
        if (status != SEC_E_OK)
            return status;
    }
    h->refused = SEC_E_OK;
    h->credential_wanted = false;
    h->credential_answered = h->credential_answered || answered;
    tls_wire_set(c, in.data ? in.data + in.skipped : NULL, in.whole, NULL, 0);
    status = tls_leg_outcome(c, SSL_do_handshake(c->ssl));
    tls_wire_end(c);
    if (in.garbage && status >= 0 && c->in_at == in.whole) {
        c->failed = true;
        status = SEC_E_INVALID_TOKEN;
    }
    if (status == SEC_I_INCOMPLETE_CREDENTIALS)
        status = tls_leg_ask(c, &in, in.skipped + c->in_at);
    if (!tls_pending_take(c, &leg->token, &leg->token_size))
        status = SEC_E_INSUFFICIENT_MEMORY;
    if (status >= 0)
        tls_input_tell(&in, in.skipped + c->in_at);
    return status;
}
