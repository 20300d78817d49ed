/*
 * What OpenSSL asks for in the middle of a handshake: whether the peer's certificate is good, which
 * certificate to show, which protocol to speak inside. And what it tells: alerts.
 */
#include <openssl/x509v3.h>
#include <schannel.h>
#include <string.h>

#include "base/utf16.h"
#include "libsspi/certificates/certificate.h"
#include "libsspi/packages/schannel/attributes/session_data.h"
#include "libsspi/packages/schannel/credentials/credential.h"
#include "libsspi/packages/schannel/credentials/default_certificates.h"
#include "libsspi/packages/schannel/credentials/settings.h"
#include "libsspi/packages/schannel/handshake/handshake.h"

void tls_note(const SSL *ssl, int where, int value)
{
    struct tls_connection *c = tls_connection_of(ssl);
    struct tls_alert alert = {(uint8_t)(value >> 8), (uint8_t)value};

    if (!c)
        return;
    if (where & SSL_CB_HANDSHAKE_DONE)
        c->handshake->done++;
    if (!(where & SSL_CB_ALERT))
        return;
    if (where & SSL_CB_READ)
        c->received = alert;
    else
        c->sent = alert;
    if ((where & SSL_CB_READ) && alert.number == TLS1_ALERT_CLOSE_NOTIFY)
        c->close_received = true;
    if (alert.level == TLS1_ALERT_FATAL)
        c->failed = true;
}

/* ---- the peer's certificate -------------------------------------------------------------------
 */

/* A session that is taken up again is not validated again. */
static void end_session_with(SSL_SESSION *session, const X509 *leaf)
{
    int days, seconds;

    if (!session || !ASN1_TIME_diff(&days, &seconds, NULL, X509_get0_notAfter(leaf)))
        return;
    if ((long)days * 86400 + seconds < SSL_SESSION_get_timeout(session))
        SSL_SESSION_set_timeout(session, (long)days * 86400 + seconds);
}

int tls_verify_peer(X509_STORE_CTX *store, void *unused)
{
    SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
    struct tls_connection *c = tls_connection_of(ssl);
    const struct tls_credential *own = c->credential;
    struct certificate_peer peer = {.leaf = X509_STORE_CTX_get0_cert(store),
                                    .others = X509_STORE_CTX_get0_untrusted(store),
                                    .server = !c->server,
                                    .name = c->target,
                                    .roots = own->roots,
                                    .flags = own->flags};

    (void)unused;
    sk_X509_pop_free(c->peer.chain, X509_free);
    c->peer = (struct tls_peer){.status = SEC_E_OK};
    memcpy(c->rules, own->rules, sizeof(c->rules));
    if (c->manual)
        return 1;
    c->peer.validated = true;
    c->peer.status = certificate_verify(&peer, &c->peer.trust, &c->peer.chain);
    if (c->peer.status == SEC_E_OK) {
        if (c->server)
            end_session_with(SSL_get_session(ssl), peer.leaf);
        return 1;
    }
    c->handshake->refused = c->peer.status;
    X509_STORE_CTX_set_error(store, tls_verify_error(c->peer.status));
    return 0;
}

/* ---- ours -------------------------------------------------------------------------------------
 */

static bool show(SSL *ssl, const struct tls_certificate *certificate)
{
    return SSL_use_cert_and_key(ssl, certificate->leaf, certificate->key, certificate->chain, 1);
}

/*
 * [RFC 5246] 7.4.6: the certificate should come from one of the authorities that the server names.
 * When the credential has none such, nor the
 * user's store, the application is asked (SEC_I_INCOMPLETE_CREDENTIALS), and
 * what it has when it calls again is shown as it is.
 */
int tls_choose_client_certificate(SSL *ssl, void *unused)
{
    struct tls_connection *c = tls_connection_of(ssl);
    struct tls_handshake *h = c->handshake;
    const struct tls_credential *own = c->credential;
    const STACK_OF(X509_NAME) *names = SSL_get0_peer_CA_list(ssl);
    const struct tls_certificate *chosen = NULL;

    (void)unused;
    SSL_certs_clear(ssl);
    for (size_t i = 0; i < own->count && !chosen; i++)
        if (tls_has_issuer(own->certificates[i].leaf, own->certificates[i].chain, names))
            chosen = &own->certificates[i];
    if (!chosen && !(own->flags & SCH_CRED_NO_DEFAULT_CREDS) &&
        !(h->requirements & ISC_REQ_USE_SUPPLIED_CREDS) && tls_show_default_certificate(ssl, names))
        return 1;
    if (!chosen && !h->credential_answered && !(h->requirements & ISC_REQ_USE_SUPPLIED_CREDS)) {
        h->credential_wanted = true;
        return -1;
    }
    if (!chosen && own->count)
        chosen = &own->certificates[0];
    return !chosen || show(ssl, chosen);
}

/* Of the certificates that are for the name the client asked for, one of each kind of key. */
int tls_choose_server_certificate(SSL *ssl, void *unused)
{
    struct tls_connection *c = tls_connection_of(ssl);
    const struct tls_credential *own = c->credential;
    const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    int shown[8];
    size_t count = 0;
    bool any = !name;

    (void)unused;
    SSL_certs_clear(ssl);
    for (int pass = any ? 1 : 0; pass < 2 && count == 0; pass++) {
        for (size_t i = 0; i < own->count && count < sizeof(shown) / sizeof(*shown); i++) {
            const struct tls_certificate *one = &own->certificates[i];
            int kind = EVP_PKEY_get_base_id(one->key);
            bool twice = false;

            if (pass == 0 && X509_check_host(one->leaf, name, 0, 0, NULL) != 1)
                continue;
            for (size_t k = 0; k < count; k++)
                twice = twice || shown[k] == kind;
            if (twice)
                continue;
            if (!show(ssl, one))
                return 0;
            shown[count++] = kind;
        }
    }
    if (count == 0) /* of a credential for both directions */
        c->handshake->refused = SEC_E_NO_CREDENTIALS;
    return count > 0;
}

/*
 * A session that is resumed chooses no certificate: that of the first handshake goes into the
 * session (and its tickets, encrypted), as a digest, so that the server still knows it.
 */
int tls_remember_certificate(SSL *ssl, void *unused)
{
    X509 *leaf = SSL_get_certificate(ssl);
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;

    (void)unused;
    if (leaf && X509_digest(leaf, EVP_sha256(), digest, &size))
        tls_session_set_certificate(SSL_get_session(ssl), digest);
    return 1;
}

/* ---- handshakes that are begun anew -------------------------------------------------------------
 */

/*
 * They take up no session: the client may have to show a certificate. But a client of tickets gets
 * a new one, which GnuTLS waits for once it has had one; OpenSSL gives none where it does not look
 * at what the client has.
 */
int tls_look_at_hello(SSL *ssl, int *alert, void *unused)
{
    const unsigned char *ticket;
    size_t size;

    (void)alert;
    (void)unused;
    if (SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_session_ticket, &ticket, &size))
        SSL_clear_options(ssl, SSL_OP_NO_SESSION_RESUMPTION_ON_RENEGOTIATION);
    else
        SSL_set_options(ssl, SSL_OP_NO_SESSION_RESUMPTION_ON_RENEGOTIATION);
    return SSL_CLIENT_HELLO_SUCCESS;
}

SSL_TICKET_RETURN tls_judge_ticket(SSL *ssl, SSL_SESSION *session, const unsigned char *name,
                                   size_t name_size, SSL_TICKET_STATUS status, void *unused)
{
    const struct tls_connection *c = tls_connection_of(ssl);
    X509 *client = session ? SSL_SESSION_get0_peer(session) : NULL;

    (void)name;
    (void)name_size;
    (void)unused;
    if (c->established)
        return SSL_TICKET_RETURN_IGNORE_RENEW;
    /* Tickets for tickets would go on for ever. */
    if (client && !c->manual && X509_cmp_current_time(X509_get0_notAfter(client)) < 0)
        return SSL_TICKET_RETURN_IGNORE_RENEW;
    if (status == SSL_TICKET_SUCCESS)
        return SSL_TICKET_RETURN_USE;
    return status == SSL_TICKET_SUCCESS_RENEW ? SSL_TICKET_RETURN_USE_RENEW
                                              : SSL_TICKET_RETURN_IGNORE_RENEW;
}

/* ---- the protocol inside ----------------------------------------------------------------------
 */

/*
 * [RFC 7301] 3.2: the first of the server's that the client has, and that may be spoken with what
 * is agreed on so far; none is the end of it.
 */
int tls_choose_protocol(SSL *ssl, const unsigned char **out, unsigned char *out_size,
                        const unsigned char *in, unsigned in_size, void *unused)
{
    struct tls_connection *c = tls_connection_of(ssl);
    struct tls_handshake *h = c->handshake;
    const SSL_CIPHER *cipher = SSL_get_pending_cipher(ssl);

    (void)unused;
    if (h->protocols_size == 0)
        return SSL_TLSEXT_ERR_NOACK;
    for (size_t at = 0; at < h->protocols_size; at += 1 + (size_t)h->protocols[at]) {
        const uint8_t *one = h->protocols + at;
        unsigned char *chosen;

        if (SSL_select_next_proto(&chosen, out_size, one, 1 + (unsigned)*one, in, in_size) !=
                OPENSSL_NPN_NEGOTIATED ||
            tls_restricted_for(c->credential, ssl, cipher, one + 1, *one))
            continue;
        *out = chosen;
        return SSL_TLSEXT_ERR_OK;
    }
    h->refused = SEC_E_APPLICATION_PROTOCOL_MISMATCH;
    return SSL_TLSEXT_ERR_ALERT_FATAL;
}
