/*
 * What comes after the handshake: another one (TLS 1.2), new keys and a certificate later on
 * (TLS 1.3), the shutdown; begun by either side.
 */
#include "tests/unit/schannel/sides.h"

#include <string.h>

#include <openssl/err.h>

struct pair {
    struct ours client, server;
    struct bytes to_client, to_server;
};

static void pair_new(struct pair *p, DWORD protocol, const struct entity *own)
{
    PCCERT_CONTEXT certificate = own ? certificate_of(own, true) : NULL;
    SCHANNEL_CRED c = {.dwVersion = SCHANNEL_CRED_VERSION,
                       .cCreds = own ? 1 : 0,
                       .paCred = &certificate,
                       .hRootStore = world.roots,
                       .dwFlags = SCH_CRED_NO_DEFAULT_CREDS,
                       .grbitEnabledProtocols = protocol};
    SECURITY_STATUS status;

    *p = (struct pair){.to_client = {NULL, 0}};
    assert_int_equal(ours_acquire(&p->client, false, &c), SEC_E_OK);
    if (own)
        CertFreeCertificateContext(certificate);
    ours_server(&p->server);
    assert_int_equal(shake_ours(&p->client, &p->server, &status), SEC_E_OK);
    assert_int_equal(status, SEC_E_OK);
}

static void pair_end(struct pair *p)
{
    bytes_free(&p->to_client);
    bytes_free(&p->to_server);
    ours_end(&p->client);
    ours_end(&p->server);
}

static void talk(struct ours *from, struct ours *to, const char *text)
{
    struct bytes wire = {NULL, 0};
    char got[64];

    ours_send(from, text, &wire);
    assert_int_equal(ours_receive(to, &wire, got, sizeof(got)), SEC_E_OK);
    assert_string_equal(got, text);
    assert_int_equal(wire.size, 0);
    bytes_free(&wire);
}

/* Both go on with what DecryptMessage and the legs say, until nobody has anything to send. */
static void go_on(struct pair *p)
{
    char got[64];

    for (int turn = 0; turn < 20 && (p->to_client.size || p->to_server.size); turn++) {
        struct ours *o = p->to_client.size ? &p->client : &p->server;
        struct bytes *in = p->to_client.size ? &p->to_client : &p->to_server;
        struct bytes *out = p->to_client.size ? &p->to_server : &p->to_client;
        SECURITY_STATUS status = ours_receive(o, in, got, sizeof(got));

        if (status == SEC_I_RENEGOTIATE) {
            status = ours_leg(o, in->size ? in : NULL, out);
            while (status == SEC_I_CONTINUE_NEEDED && in->size)
                status = ours_leg(o, in, out);
        } else if (status == SEC_E_CONTEXT_EXPIRED) { /* the handshake is not done */
            status = ours_leg(o, in, out);
        }
        if (status < 0 || status == SEC_I_INCOMPLETE_CREDENTIALS)
            fail_msg("turn %d: 0x%08x", turn, (unsigned)status);
    }
    assert_int_equal(p->to_client.size + p->to_server.size, 0);
}

static bool has_certificate(struct ours *o)
{
    PCCERT_CONTEXT seen = NULL;
    SECURITY_STATUS status =
        QueryContextAttributesW(&o->context, SECPKG_ATTR_REMOTE_CERT_CONTEXT, &seen);

    if (status != SEC_E_OK)
        assert_int_equal(status, SEC_E_NO_CREDENTIALS);
    else
        CertFreeCertificateContext(seen);
    return status == SEC_E_OK;
}

/* ---- TLS 1.2 ---- */

static void client_renegotiates(void **state)
{
    struct pair p;

    (void)state;
    for (int token = 0; token < 2; token++) {
        pair_new(&p, SP_PROT_TLS1_2, NULL);
        if (token)
            assert_int_equal(ours_control(&p.client, SCHANNEL_RENEGOTIATE), SEC_E_OK);
        assert_int_equal(ours_leg(&p.client, NULL, &p.to_server), SEC_I_CONTINUE_NEEDED);
        assert_true(p.to_server.size > 0);
        go_on(&p);
        talk(&p.client, &p.server, "after");
        talk(&p.server, &p.client, "as well");
        pair_end(&p);
    }
}

/* And gets a certificate that it had not asked for at first. */
static void server_renegotiates(void **state)
{
    struct pair p;

    (void)state;
    pair_new(&p, SP_PROT_TLS1_2, &world.client);
    assert_false(has_certificate(&p.server));
    p.server.flags |= ASC_REQ_MUTUAL_AUTH;
    assert_int_equal(ours_leg(&p.server, NULL, &p.to_client), SEC_I_CONTINUE_NEEDED);
    go_on(&p);
    assert_true(has_certificate(&p.server));
    talk(&p.client, &p.server, "after");
    talk(&p.server, &p.client, "as well");
    pair_end(&p);
}

/* Messages that were under way when the server asked are read first. */
static void messages_between(void **state)
{
    struct pair p;
    char got[64];

    (void)state;
    pair_new(&p, SP_PROT_TLS1_2, NULL);
    ours_send(&p.client, "before", &p.to_server);
    assert_int_equal(ours_leg(&p.server, NULL, &p.to_client), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(ours_leg(&p.server, &p.to_server, &p.to_client), SEC_E_OUT_OF_SEQUENCE);
    assert_int_equal(ours_receive(&p.server, &p.to_server, got, sizeof(got)), SEC_E_OK);
    assert_string_equal(got, "before");
    go_on(&p);
    talk(&p.client, &p.server, "after");
    pair_end(&p);
}

static void with_openssl_1_2(void **state)
{
    struct bytes to_us = {NULL, 0}, to_them = {NULL, 0};
    SECURITY_STATUS status;
    struct theirs t;
    char got[64];
    struct ours o;

    (void)state;
    /* It begins, as a server. */
    ours_client(&o);
    theirs_new(&t, true);
    SSL_set_max_proto_version(t.ssl, TLS1_2_VERSION);
    assert_int_equal(shake(&o, &t), SEC_E_OK);
    assert_int_equal(SSL_renegotiate(t.ssl), 1);
    theirs_step(&t, NULL, &to_us);
    assert_int_equal(ours_receive(&o, &to_us, got, sizeof(got)), SEC_I_RENEGOTIATE);
    status = ours_leg(&o, NULL, &to_them);
    for (int leg = 0; leg < 4 && status == SEC_I_CONTINUE_NEEDED; leg++) {
        theirs_receive(&t, &to_them, got, sizeof(got));
        theirs_flush(&t, &to_us);
        status = ours_leg(&o, &to_us, &to_them);
    }
    assert_int_equal(status, SEC_E_OK);
    theirs_receive(&t, &to_them, got, sizeof(got));
    theirs_send(&t, "after", &to_us);
    assert_int_equal(ours_receive(&o, &to_us, got, sizeof(got)), SEC_E_OK);
    assert_string_equal(got, "after");
    bytes_free(&to_us);
    bytes_free(&to_them);
    ours_end(&o);
    theirs_end(&t);
    /* It begins, as a client. */
    ours_server(&o);
    theirs_new(&t, false);
    SSL_set_max_proto_version(t.ssl, TLS1_2_VERSION);
    assert_int_equal(shake(&o, &t), SEC_E_OK);
    assert_int_equal(SSL_renegotiate(t.ssl), 1);
    theirs_step(&t, NULL, &to_us);
    assert_int_equal(ours_receive(&o, &to_us, got, sizeof(got)), SEC_I_RENEGOTIATE);
    status = ours_leg(&o, to_us.size ? &to_us : NULL, &to_them);
    for (int leg = 0; leg < 4 && status == SEC_I_CONTINUE_NEEDED; leg++) {
        theirs_step(&t, &to_them, &to_us);
        status = ours_leg(&o, &to_us, &to_them);
    }
    assert_int_equal(status, SEC_E_OK);
    assert_true(theirs_step(&t, &to_them, &to_us));
    theirs_send(&t, "after", &to_us);
    assert_int_equal(ours_receive(&o, &to_us, got, sizeof(got)), SEC_E_OK);
    bytes_free(&to_us);
    bytes_free(&to_them);
    ours_end(&o);
    theirs_end(&t);
}

/* ---- TLS 1.3 ---- */

static void new_keys(void **state)
{
    struct pair p;

    (void)state;
    pair_new(&p, SP_PROT_TLS1_3, NULL);
    for (int turn = 0; turn < 4; turn++) {
        bool client = turn & 1;

        assert_int_equal(
            ours_leg(client ? &p.client : &p.server, NULL, client ? &p.to_server : &p.to_client),
            SEC_E_OK);
        assert_true(p.to_client.size + p.to_server.size > 0);
        go_on(&p);
        talk(&p.client, &p.server, "after");
        talk(&p.server, &p.client, "as well");
    }
    pair_end(&p);
}

static void new_keys_of_openssl(void **state)
{
    struct bytes to_us = {NULL, 0}, to_them = {NULL, 0};
    struct theirs t;
    char got[64];
    struct ours o;

    (void)state;
    ours_client(&o);
    theirs_new(&t, true);
    assert_int_equal(shake(&o, &t), SEC_E_OK);
    for (int turn = 0; turn < 3; turn++) {
        assert_int_equal(SSL_key_update(t.ssl, SSL_KEY_UPDATE_REQUESTED), 1);
        assert_true(theirs_step(&t, NULL, &to_us));
        assert_int_equal(ours_receive(&o, &to_us, got, sizeof(got)), SEC_I_RENEGOTIATE);
        assert_int_equal(ours_leg(&o, NULL, &to_them), SEC_E_OK);
        assert_true(to_them.size > 0);
        assert_int_equal(theirs_receive(&t, &to_them, got, sizeof(got)), -1);
        theirs_send(&t, "after", &to_us);
        assert_int_equal(ours_receive(&o, &to_us, got, sizeof(got)), SEC_E_OK);
        assert_string_equal(got, "after");
        ours_send(&o, "us", &to_them);
        assert_int_equal(theirs_receive(&t, &to_them, got, sizeof(got)), 2);
        /* Ours. */
        assert_int_equal(ours_leg(&o, NULL, &to_them), SEC_E_OK);
        assert_int_equal(theirs_receive(&t, &to_them, got, sizeof(got)), -1);
        theirs_send(&t, "answer", &to_us);
        assert_int_equal(ours_receive(&o, &to_us, got, sizeof(got)), SEC_E_OK);
        if (!*got)
            assert_int_equal(ours_receive(&o, &to_us, got, sizeof(got)), SEC_E_OK);
        assert_string_equal(got, "answer");
    }
    bytes_free(&to_us);
    bytes_free(&to_them);
    ours_end(&o);
    theirs_end(&t);
}

static void certificate_later(void **state)
{
    struct pair p;

    (void)state;
    pair_new(&p, SP_PROT_TLS1_3, &world.client);
    assert_false(has_certificate(&p.server));
    p.server.flags |= ASC_REQ_MUTUAL_AUTH;
    assert_int_equal(ours_leg(&p.server, NULL, &p.to_client), SEC_I_CONTINUE_NEEDED);
    go_on(&p);
    assert_true(has_certificate(&p.server));
    talk(&p.client, &p.server, "after");
    talk(&p.server, &p.client, "as well");
    pair_end(&p);
}

/* Messages before the certificate, and behind it. */
static void certificate_between_messages(void **state)
{
    struct pair p;
    char got[64];

    (void)state;
    for (int before = 0; before < 2; before++) {
        pair_new(&p, SP_PROT_TLS1_3, &world.client);
        p.server.flags |= ASC_REQ_MUTUAL_AUTH;
        assert_int_equal(ours_leg(&p.server, NULL, &p.to_client), SEC_I_CONTINUE_NEEDED);
        if (before)
            ours_send(&p.client, "before", &p.to_server);
        assert_int_equal(ours_receive(&p.client, &p.to_client, got, sizeof(got)),
                         SEC_I_RENEGOTIATE);
        assert_int_equal(ours_leg(&p.client, NULL, &p.to_server), SEC_E_OK);
        ours_send(&p.client, "behind", &p.to_server);
        if (before) {
            assert_int_equal(ours_leg(&p.server, &p.to_server, &p.to_client),
                             SEC_E_OUT_OF_SEQUENCE);
            assert_int_equal(ours_receive(&p.server, &p.to_server, got, sizeof(got)), SEC_E_OK);
            assert_string_equal(got, "before");
        }
        assert_int_equal(ours_leg(&p.server, &p.to_server, &p.to_client), SEC_E_OK);
        assert_true(has_certificate(&p.server));
        assert_int_equal(ours_receive(&p.server, &p.to_server, got, sizeof(got)), SEC_E_OK);
        assert_string_equal(got, "behind");
        assert_int_equal(p.to_server.size, 0);
        go_on(&p); /* tickets */
        talk(&p.client, &p.server, "after");
        talk(&p.server, &p.client, "as well");
        pair_end(&p);
    }
}

/* The client has none for it: it is asked, and comes with another credential. */
static void certificate_asked_for_later(void **state)
{
    (void)state;
    for (int way = 0; way < 4; way++) {
        bool old = way & 1, again = way & 2;
        PCCERT_CONTEXT own = certificate_of(&world.client, true);
        SCH_CREDENTIALS c = {.dwVersion = SCH_CREDENTIALS_VERSION,
                             .cCreds = 1,
                             .paCred = &own,
                             .hRootStore = world.roots};
        struct ours better = {.server = false};
        CredHandle first;
        struct pair p;
        char got[64];
        SECURITY_STATUS status;

        assert_int_equal(ours_acquire(&better, false, &c), SEC_E_OK);
        CertFreeCertificateContext(own);
        pair_new(&p, old ? SP_PROT_TLS1_2 : SP_PROT_TLS1_3, NULL);
        p.server.flags |= ASC_REQ_MUTUAL_AUTH;
        assert_int_equal(ours_leg(&p.server, NULL, &p.to_client), SEC_I_CONTINUE_NEEDED);
        assert_int_equal(ours_receive(&p.client, &p.to_client, got, sizeof(got)),
                         SEC_I_RENEGOTIATE);
        status = ours_leg(&p.client, p.to_client.size ? &p.to_client : NULL, &p.to_server);
        for (int leg = 0; leg < 4 && status == SEC_I_CONTINUE_NEEDED; leg++) {
            if (p.to_server.size) {
                status = ours_receive(&p.server, &p.to_server, got, sizeof(got));
                assert_int_equal(status, SEC_I_RENEGOTIATE);
                ours_leg(&p.server, p.to_server.size ? &p.to_server : NULL, &p.to_client);
            }
            status = ours_leg(&p.client, &p.to_client, &p.to_server);
        }
        assert_int_equal(status, SEC_I_INCOMPLETE_CREDENTIALS);
        first = p.client.credential;
        p.client.credential = better.credential;
        /* What was read is given once more, or not. */
        if (!again)
            bytes_drop(&p.to_client,
                       p.to_client.size -
                           (p.client.rest_type == SECBUFFER_EXTRA ? p.client.rest_size : 0));
        status = ours_leg(&p.client, p.to_client.size ? &p.to_client : NULL, &p.to_server);
        assert_true(status == SEC_E_OK || status == SEC_I_CONTINUE_NEEDED);
        go_on(&p);
        p.client.credential = first;
        if (!has_certificate(&p.server))
            fail_msg("way %d: no certificate", way);
        talk(&p.client, &p.server, "after");
        talk(&p.server, &p.client, "as well");
        pair_end(&p);
        ours_end(&better);
    }
}

/* A client that begins anew with another credential is the other one (TLS 1.2). */
static void another_credential(void **state)
{
    PCCERT_CONTEXT own = certificate_of(&world.client, true);
    SCH_CREDENTIALS c = {.dwVersion = SCH_CREDENTIALS_VERSION,
                         .cCreds = 1,
                         .paCred = &own,
                         .hRootStore = world.roots};
    struct ours better = {.server = false};
    CredHandle first;
    struct pair p;

    (void)state;
    assert_int_equal(ours_acquire(&better, false, &c), SEC_E_OK);
    CertFreeCertificateContext(own);
    pair_new(&p, SP_PROT_TLS1_2, NULL);
    first = p.client.credential;
    p.client.credential = better.credential;
    p.server.flags |= ASC_REQ_MUTUAL_AUTH;
    assert_int_equal(ours_leg(&p.server, NULL, &p.to_client), SEC_I_CONTINUE_NEEDED);
    go_on(&p);
    p.client.credential = first;
    assert_true(has_certificate(&p.server));
    pair_end(&p);
    ours_end(&better);
}

/* ---- the end ---- */

static void shutdown(void **state)
{
    (void)state;
    for (int old = 0; old < 2; old++) {
        struct pair p;
        char got[64];

        pair_new(&p, old ? SP_PROT_TLS1_2 : SP_PROT_TLS1_3, NULL);
        ours_send(&p.client, "last", &p.to_server);
        assert_int_equal(ours_control(&p.client, SCHANNEL_SHUTDOWN), SEC_E_OK);
        assert_int_equal(ours_leg(&p.client, NULL, &p.to_server), SEC_E_OK);
        assert_int_equal(ours_receive(&p.server, &p.to_server, got, sizeof(got)), SEC_E_OK);
        assert_string_equal(got, "last");
        assert_int_equal(ours_receive(&p.server, &p.to_server, got, sizeof(got)),
                         SEC_I_CONTEXT_EXPIRED);
        assert_int_equal(ours_control(&p.server, SCHANNEL_SHUTDOWN), SEC_E_OK);
        assert_int_equal(ours_leg(&p.server, NULL, &p.to_client), SEC_E_OK);
        assert_int_equal(ours_receive(&p.client, &p.to_client, got, sizeof(got)),
                         SEC_I_CONTEXT_EXPIRED);
        pair_end(&p);
    }
}

static void shutdown_of_openssl(void **state)
{
    struct bytes wire = {NULL, 0};
    struct theirs t;
    char got[64];
    struct ours o;

    (void)state;
    ours_server(&o);
    theirs_new(&t, false);
    assert_int_equal(shake(&o, &t), SEC_E_OK);
    SSL_shutdown(t.ssl);
    theirs_flush(&t, &wire);
    assert_int_equal(ours_receive(&o, &wire, got, sizeof(got)), SEC_I_CONTEXT_EXPIRED);
    bytes_free(&wire);
    assert_int_equal(ours_control(&o, SCHANNEL_SHUTDOWN), SEC_E_OK);
    assert_int_equal(ours_leg(&o, NULL, &wire), SEC_E_OK);
    assert_int_equal(theirs_receive(&t, &wire, got, sizeof(got)), 0);
    assert_int_equal(SSL_get_error(t.ssl, 0), SSL_ERROR_ZERO_RETURN);
    bytes_free(&wire);
    ours_end(&o);
    theirs_end(&t);
}

static SECURITY_STATUS alert_token(struct ours *o, DWORD level, DWORD number)
{
    SCHANNEL_ALERT_TOKEN alert = {SCHANNEL_ALERT, level, number};
    SecBuffer token = {sizeof(alert), SECBUFFER_TOKEN, &alert};
    SecBufferDesc desc = {SECBUFFER_VERSION, 1, &token};

    return ApplyControlToken(&o->context, &desc);
}

static int alert_seen;

static void see_alert(const SSL *ssl, int where, int value)
{
    (void)ssl;
    if ((where & SSL_CB_ALERT) && (where & SSL_CB_READ))
        alert_seen = value;
}

/* OpenSSL reads the alerts of ours, whatever has been sent before, with every suite that has them.
 */
static void alerts(void **state)
{
    static const struct {
        int version;
        const char *suites;
    } cases[] = {{TLS1_3_VERSION, "TLS_AES_256_GCM_SHA384"},
                 {TLS1_3_VERSION, "TLS_CHACHA20_POLY1305_SHA256"},
                 {TLS1_3_VERSION, "TLS_AES_128_GCM_SHA256"},
                 {TLS1_2_VERSION, "ECDHE-ECDSA-AES128-GCM-SHA256"},
                 {TLS1_2_VERSION, "ECDHE-ECDSA-CHACHA20-POLY1305"},
                 {TLS1_2_VERSION, "ECDHE-ECDSA-AES256-GCM-SHA384"},
                 {TLS1_2_VERSION, "ECDHE-ECDSA-AES256-SHA384"}};

    (void)state;
    for (size_t i = 0; i < 2 * sizeof(cases) / sizeof(*cases); i++) {
        bool server = i & 1, new = cases[i / 2].version == TLS1_3_VERSION, cbc = i / 2 == 6;
        struct bytes wire = {NULL, 0};
        struct theirs t;
        char got[64];
        struct ours o;

        if (server)
            ours_server(&o);
        else
            ours_client(&o);
        theirs_new(&t, !server);
        SSL_set_max_proto_version(t.ssl, cases[i / 2].version);
        if (new) {
            SSL_set_ciphersuites(t.ssl, cases[i / 2].suites);
        } else {
            SSL_set_cipher_list(t.ssl, cases[i / 2].suites);
        }
        assert_int_equal(shake(&o, &t), SEC_E_OK);
        SSL_set_info_callback(t.ssl, see_alert);
        for (int m = 0; m < 3; m++)
            ours_send(&o, "message", &wire);
        if (new) {
            assert_int_equal(ours_leg(&o, NULL, &wire), SEC_E_OK); /* new keys */
            ours_send(&o, "message", &wire);
        }
        while (theirs_receive(&t, &wire, got, sizeof(got)) > 0)
            ;
        alert_seen = 0;
        assert_int_equal(alert_token(&o, TLS1_ALERT_FATAL, TLS1_ALERT_UNKNOWN_CA), SEC_E_OK);
        if (cbc) {
            assert_int_equal(ours_leg(&o, NULL, &wire), SEC_E_UNSUPPORTED_FUNCTION);
            ours_send(&o, "on", &wire);
            assert_int_equal(theirs_receive(&t, &wire, got, sizeof(got)), 2);
        } else {
            assert_int_equal(ours_leg(&o, NULL, &wire), SEC_E_OK);
            assert_true(theirs_receive(&t, &wire, got, sizeof(got)) <= 0);
            assert_int_equal(alert_seen, TLS1_ALERT_FATAL << 8 | TLS1_ALERT_UNKNOWN_CA);
            assert_int_equal(ours_leg(&o, NULL, &wire), SEC_E_CONTEXT_EXPIRED);
        }
        bytes_free(&wire);
        ours_end(&o);
        theirs_end(&t);
    }
}

static void alerts_before(void **state)
{
    struct bytes out = {NULL, 0};
    struct ours o;

    (void)state;
    ours_client(&o);
    assert_int_equal(ours_leg(&o, NULL, &out), SEC_I_CONTINUE_NEEDED);
    bytes_free(&out);
    assert_int_equal(alert_token(&o, 3, 0), SEC_E_INVALID_TOKEN);
    assert_int_equal(alert_token(&o, TLS1_ALERT_FATAL, 256), SEC_E_INVALID_TOKEN);
    assert_int_equal(alert_token(&o, TLS1_ALERT_WARNING, TLS1_ALERT_NO_RENEGOTIATION),
                     SEC_E_UNSUPPORTED_FUNCTION);
    assert_int_equal(alert_token(&o, TLS1_ALERT_FATAL, TLS1_ALERT_USER_CANCELED), SEC_E_OK);
    assert_int_equal(ours_leg(&o, NULL, &out), SEC_E_OK);
    assert_int_equal(out.size, 7);
    assert_memory_equal(out.data, "\x15\x03\x03\x00\x02\x02\x5a", 7);
    bytes_free(&out);
    ours_end(&o);
}

static void control_tokens(void **state)
{
    struct bytes out = {NULL, 0};
    char x[] = "xxxx";
    SecBuffer token = {2, SECBUFFER_TOKEN, x}, data = {4, SECBUFFER_DATA, x};
    SecBufferDesc desc = {SECBUFFER_VERSION, 1, &token};
    struct ours o;

    (void)state;
    ours_client(&o);
    assert_int_equal(ours_leg(&o, NULL, &out), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(ours_control(&o, SCHANNEL_RENEGOTIATE), SEC_E_OUT_OF_SEQUENCE);
    assert_int_equal(ours_control(&o, 99), SEC_E_UNSUPPORTED_FUNCTION);
    assert_int_equal(ApplyControlToken(&o.context, &desc), SEC_E_INVALID_TOKEN);
    desc.pBuffers = &data;
    assert_int_equal(ApplyControlToken(&o.context, &desc), SEC_E_INVALID_TOKEN);
    ours_end(&o);
    bytes_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(client_renegotiates),
        cmocka_unit_test(server_renegotiates),
        cmocka_unit_test(messages_between),
        cmocka_unit_test(with_openssl_1_2),
        cmocka_unit_test(new_keys),
        cmocka_unit_test(new_keys_of_openssl),
        cmocka_unit_test(certificate_later),
        cmocka_unit_test(certificate_between_messages),
        cmocka_unit_test(certificate_asked_for_later),
        cmocka_unit_test(another_credential),
        cmocka_unit_test(shutdown),
        cmocka_unit_test(shutdown_of_openssl),
        cmocka_unit_test(alerts),
        cmocka_unit_test(alerts_before),
        cmocka_unit_test(control_tokens),
    };

    return cmocka_run_group_tests(tests, world_setup, world_teardown);
}
