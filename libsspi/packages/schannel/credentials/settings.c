/*
 * Reader of the structures of AcquireCredentialsHandle, and maker of OpenSSL's contexts.
 */
#include "libsspi/packages/schannel/credentials/settings.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/conf.h"
#include "base/reason.h"
#include "libsspi/certificates/certificate.h"
#include "libsspi/lsa/host.h"
#include "libsspi/packages/schannel/credentials/restrictions.h"
#include "libsspi/packages/schannel/credentials/sessions.h"
#include "libsspi/packages/schannel/handshake/handshake.h"

#define SETTINGS "schannel" /* the section of lsa.conf */

#define LIFESPAN_DEFAULT (10 * 60 * 60) /* seconds: Windows' 36,000,000 ms */

SECURITY_STATUS tls_settings_read(struct tls_settings *s, const void *auth_data)
{
    const SCHANNEL_CRED *old = auth_data;
    const SCH_CREDENTIALS *new = auth_data;
    DWORD version;

    memset(s, 0, sizeof(*s));
    if (!auth_data)
        return SEC_E_OK;
    memcpy(&version, auth_data, sizeof(version));
    if (version == SCHANNEL_CRED_VERSION) {
        *s = (struct tls_settings){
            .flags = old->dwFlags,
            .certificate_count = old->cCreds,
            .certificates = old->paCred,
            .roots = old->hRootStore,
            .lifespan = old->dwSessionLifespan,
            .protocols = old->grbitEnabledProtocols,
            .algorithm_count = old->palgSupportedAlgs ? old->cSupportedAlgs : 0,
            .algorithms = old->palgSupportedAlgs,
            .minimum_strength = old->dwMinimumCipherStrength,
            .maximum_strength = old->dwMaximumCipherStrength,
        };
        return old->dwCredFormat == SCH_CRED_FORMAT_CERT_CONTEXT ? SEC_E_OK
                                                                 : SEC_E_UNKNOWN_CREDENTIALS;
    }
    if (version == SCH_CREDENTIALS_VERSION) {
        *s = (struct tls_settings){
            .flags = new->dwFlags,
            .certificate_count = new->cCreds,
            .certificates = new->paCred,
            .roots = new->hRootStore,
            .lifespan = new->dwSessionLifespan,
            .parameter_count = new->cTlsParameters,
            .parameters = new->pTlsParameters,
        };
        return new->dwCredFormat == SCH_CRED_FORMAT_CERT_CONTEXT ? SEC_E_OK
                                                                 : SEC_E_UNKNOWN_CREDENTIALS;
    }
    reason_set(0, "pAuthData has version %u: SCHANNEL_CRED has 4, SCH_CREDENTIALS 5", version);
    return SEC_E_UNKNOWN_CREDENTIALS;
}

SECURITY_STATUS tls_settings_check(const struct tls_settings *s, ULONG use)
{
    const DWORD both_ways = SCH_CRED_MANUAL_CRED_VALIDATION | SCH_CRED_AUTO_CRED_VALIDATION;
    const DWORD defaults = SCH_CRED_NO_DEFAULT_CREDS | SCH_CRED_USE_DEFAULT_CREDS;

    (void)use;
    if ((s->flags & both_ways) == both_ways || (s->flags & defaults) == defaults) {
        reason_set(0, "dwFlags contradict each other");
        return SEC_E_UNKNOWN_CREDENTIALS;
    }
    if (s->flags & (SCH_USE_DTLS_ONLY | SCH_USE_PRESHAREDKEY_ONLY)) {
        reason_set(0, "DTLS and pre-shared keys are not supported");
        return SEC_E_UNSUPPORTED_FUNCTION;
    }
    if (s->parameter_count > SCH_CRED_MAX_SUPPORTED_PARAMETERS ||
        s->algorithm_count > SCH_CRED_MAX_SUPPORTED_ALGS || (s->parameter_count && !s->parameters))
        return SEC_E_UNKNOWN_CREDENTIALS;
    return SEC_E_OK;
}

/* ---- what is spoken ---------------------------------------------------------------------------
 */

/* What there is: SP_PROT_* of both sides. */
#define SPOKEN (SP_PROT_TLS1_2 | SP_PROT_TLS1_3)

static DWORD enabled(const struct tls_settings *s, const struct tls_credential *c)
{
    DWORD left = s->protocols ? s->protocols : SPOKEN;

    /* What is for some application protocols is looked at when one is chosen. */
    for (size_t i = 0; i < c->restriction_count; i++)
        if (!c->restrictions[i].protocols && !c->restrictions[i].optional)
            left &= ~c->restrictions[i].versions;
    if (strcasecmp(lsa_setting(SETTINGS, "minimum_protocol", "tls1.2"), "tls1.3") == 0)
        left &= ~(DWORD)SP_PROT_TLS1_2;
    return left & SPOKEN;
}

static SECURITY_STATUS choose_protocols(struct tls_credential *c, DWORD protocols)
{
    bool old = protocols & SP_PROT_TLS1_2, new = protocols &SP_PROT_TLS1_3;

    c->minimum = old ? TLS1_2_VERSION : TLS1_3_VERSION;
    c->maximum = new ? TLS1_3_VERSION : TLS1_2_VERSION;
    if (old || new)
        return SEC_E_OK;
    reason_set(0, "neither TLS 1.2 nor TLS 1.3 is enabled");
    return SEC_E_ALGORITHM_MISMATCH;
}

/* ---- OpenSSL's contexts -----------------------------------------------------------------------
 */

static void set_sessions(const struct tls_credential *c, SSL_CTX *context, bool server)
{
    SSL_CTX_set_timeout(context, c->lifespan);
    if (server && (c->flags & SCH_CRED_DISABLE_RECONNECTS)) {
        /* Sessions have IDs, but are not found by them until SCHANNEL_SESSION says so. */
        SSL_CTX_set_session_cache_mode(context,
                                       SSL_SESS_CACHE_SERVER | SSL_SESS_CACHE_NO_INTERNAL_STORE);
        SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
        SSL_CTX_set_num_tickets(context, 0);
        SSL_CTX_sess_set_new_cb(context, tls_session_keep);
    } else if (c->flags & SCH_CRED_DISABLE_RECONNECTS) {
        SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
        SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
    } else if (server) {
        SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_SERVER);
    } else {
        SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
        SSL_CTX_sess_set_new_cb(context, tls_session_keep);
    }
}

/* The authorities that a client's certificate may come from: those of hRootStore. */
static bool name_authorities(const struct tls_credential *c, SSL_CTX *context)
{
    PCCERT_CONTEXT at = NULL;
    bool good = true;

    if (!c->roots)
        return true;
    while (good && (at = CertEnumCertificatesInStore(c->roots, at))) {
        X509 *x = certificate_x509(at);

        good = x && SSL_CTX_add1_to_CA_list(context, x);
        X509_free(x);
    }
    if (at)
        CertFreeCertificateContext(at);
    return good;
}

/* What openssl.cnf says of versions (MinProtocol, MaxProtocol) holds, too. */
static SECURITY_STATUS obey_system(struct tls_credential *c, SSL_CTX *context)
{
    int least = (int)SSL_CTX_get_min_proto_version(context);
    int most = (int)SSL_CTX_get_max_proto_version(context);

    if (least > c->minimum)
        c->minimum = least;
    if (most && most < c->maximum)
        c->maximum = most;
    if (c->minimum <= c->maximum)
        return SEC_E_OK;
    reason_set(0, "the system's openssl.cnf allows none of the versions that are enabled");
    return SEC_E_ALGORITHM_MISMATCH;
}

static SECURITY_STATUS make_context(const struct tls_settings *s, struct tls_credential *c,
                                    bool server, SSL_CTX **out)
{
    SSL_CTX *context = SSL_CTX_new(server ? TLS_server_method() : TLS_client_method());
    SECURITY_STATUS status = SEC_E_INSUFFICIENT_MEMORY;
    bool renegotiation = true;

    if (!context)
        return status;
    status = obey_system(c, context);
    if (status != SEC_E_OK)
        goto out;
    status = SEC_E_INSUFFICIENT_MEMORY;
    if (!SSL_CTX_set_min_proto_version(context, c->minimum) ||
        !SSL_CTX_set_max_proto_version(context, c->maximum))
        goto out;
    status = tls_algorithms_apply(s, c, context);
    if (status != SEC_E_OK)
        goto out;
    /* What is not whole is not read (leg.c), and records are counted one by one. */
    SSL_CTX_set_read_ahead(context, 0);
    SSL_CTX_clear_mode(context, SSL_MODE_AUTO_RETRY);
    SSL_CTX_set_mode(context, SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    /* A client that begins anew is noticed, and the application lets it or not. */
    SSL_CTX_set_options(context, SSL_OP_ALLOW_CLIENT_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    if (conf_parse_bool(lsa_setting(SETTINGS, "renegotiation", "yes"), &renegotiation) &&
        !renegotiation)
        SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION);
    SSL_CTX_set_info_callback(context, tls_note);
    SSL_CTX_set_msg_callback(context, tls_note_record);
    SSL_CTX_set_keylog_callback(context, tls_note_key);
    SSL_CTX_set_cert_verify_callback(context, tls_verify_peer, NULL);
    if (server) {
        status = SEC_E_INSUFFICIENT_MEMORY;
        if (!name_authorities(c, context))
            goto out;
        SSL_CTX_set_options(context, SSL_OP_CIPHER_SERVER_PREFERENCE |
                                         SSL_OP_NO_SESSION_RESUMPTION_ON_RENEGOTIATION);
        SSL_CTX_set_dh_auto(context, 1);
        SSL_CTX_set_cert_cb(context, tls_choose_server_certificate, NULL);
        SSL_CTX_set_session_ticket_cb(context, tls_remember_certificate, tls_judge_ticket, NULL);
        SSL_CTX_set_client_hello_cb(context, tls_look_at_hello, NULL);
        SSL_CTX_set_alpn_select_cb(context, tls_choose_protocol, NULL);
    } else {
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
        SSL_CTX_set_cert_cb(context, tls_choose_client_certificate, NULL);
        SSL_CTX_set_post_handshake_auth(context, 1);
    }
    set_sessions(c, context, server);
    *out = context;
    return SEC_E_OK;
out:
    SSL_CTX_free(context);
    return status;
}

/*
 * The flags and roots that decide who is let in. A session is good only where the same would be:
 * servers may share the keys of their tickets, and a client may change its credential on the way.
 */
static bool digest_rules(struct tls_credential *c)
{
    const DWORD rules =
        c->flags & (SCH_CRED_MANUAL_CRED_VALIDATION | SCH_CRED_DEFERRED_CRED_VALIDATION |
                    SCH_CRED_NO_SERVERNAME_CHECK | SCH_CRED_REVOCATION_CHECK_END_CERT |
                    SCH_CRED_REVOCATION_CHECK_CHAIN | SCH_CRED_REVOCATION_CHECK_CHAIN_EXCLUDE_ROOT |
                    SCH_CRED_IGNORE_NO_REVOCATION_CHECK | SCH_CRED_IGNORE_REVOCATION_OFFLINE);
    EVP_MD_CTX *digest = EVP_MD_CTX_new();
    PCCERT_CONTEXT at = NULL;
    bool good = digest && EVP_DigestInit_ex(digest, EVP_sha256(), NULL) &&
                EVP_DigestUpdate(digest, &rules, sizeof(rules)) &&
                EVP_DigestUpdate(digest, c->roots ? "roots" : "", c->roots ? 5 : 0);

    while (good && c->roots && (at = CertEnumCertificatesInStore(c->roots, at)))
        good = EVP_DigestUpdate(digest, at->pbCertEncoded, at->cbCertEncoded);
    if (at)
        CertFreeCertificateContext(at);
    good = good && EVP_DigestFinal_ex(digest, c->rules, NULL);
    EVP_MD_CTX_free(digest);
    return good;
}

SECURITY_STATUS tls_settings_apply(const struct tls_settings *s, struct tls_credential *c)
{
    SECURITY_STATUS status;

    if (!digest_rules(c))
        return SEC_E_INSUFFICIENT_MEMORY;
    c->lifespan = s->lifespan ? (long)(s->lifespan / 1000) : LIFESPAN_DEFAULT;
    status = tls_restrictions_read(s->parameters, s->parameter_count,
                                   (c->use & SECPKG_CRED_OUTBOUND) != 0, &c->restrictions);
    c->restriction_count = c->restrictions ? s->parameter_count : 0;
    if (status == SEC_E_OK && (c->use & SECPKG_CRED_OUTBOUND)) {
        status =
            choose_protocols(c, enabled(s, c) & (SP_PROT_TLS1_2_CLIENT | SP_PROT_TLS1_3_CLIENT));
        if (status == SEC_E_OK)
            status = make_context(s, c, false, &c->client);
    }
    if (status == SEC_E_OK && (c->use & SECPKG_CRED_INBOUND)) {
        status =
            choose_protocols(c, enabled(s, c) & (SP_PROT_TLS1_2_SERVER | SP_PROT_TLS1_3_SERVER));
        if (status == SEC_E_OK)
            status = make_context(s, c, true, &c->server);
    }
    return status;
}
