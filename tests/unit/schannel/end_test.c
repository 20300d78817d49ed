/*
 * The end of a connection: the shutdown, alerts of the application's choice, and control tokens
 * that are none.
 */
#include "tests/unit/schannel/pair.h"

#include <string.h>

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

/* "Schannel Error Codes for TLS and SSL Alerts", and two alerts that are younger than the page. */
static void alerts_of_the_peer(void **state)
{
    static const struct {
        uint8_t number;
        SECURITY_STATUS status;
    } table[] = {{10, SEC_E_ILLEGAL_MESSAGE},
                 {20, SEC_E_MESSAGE_ALTERED},
                 {21, SEC_E_DECRYPT_FAILURE},
                 {22, SEC_E_ILLEGAL_MESSAGE},
                 {30, SEC_E_MESSAGE_ALTERED},
                 {40, SEC_E_ILLEGAL_MESSAGE},
                 {42, SEC_E_CERT_UNKNOWN},
                 {43, SEC_E_CERT_UNKNOWN},
                 {44, CRYPT_E_REVOKED},
                 {45, SEC_E_CERT_EXPIRED},
                 {46, SEC_E_CERT_UNKNOWN},
                 {47, SEC_E_ILLEGAL_MESSAGE},
                 {48, SEC_E_UNTRUSTED_ROOT},
                 {49, SEC_E_LOGON_DENIED},
                 {50, SEC_E_ILLEGAL_MESSAGE},
                 {51, SEC_E_DECRYPT_FAILURE},
                 {60, SEC_E_ILLEGAL_MESSAGE},
                 {70, SEC_E_UNSUPPORTED_FUNCTION},
                 {71, SEC_E_ALGORITHM_MISMATCH},
                 {80, SEC_E_INTERNAL_ERROR},
                 {90, SEC_E_UNFINISHED_CONTEXT_DELETED},
                 {100, SEC_E_ILLEGAL_MESSAGE},
                 {110, SEC_E_ILLEGAL_MESSAGE},
                 {115, SEC_E_ILLEGAL_MESSAGE},
                 {120, SEC_E_APPLICATION_PROTOCOL_MISMATCH},
                 {112, SEC_E_WRONG_PRINCIPAL},
                 {116, SEC_E_NO_CREDENTIALS},
                 {255, SEC_E_ILLEGAL_MESSAGE}};

    (void)state;
    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        uint8_t alert[] = {0x15, 3, 3, 0, 2, TLS1_ALERT_FATAL, table[i].number};
        struct bytes out = {NULL, 0};
        SECURITY_STATUS status;
        struct ours o;

        ours_client(&o);
        assert_int_equal(ours_leg(&o, NULL, &out), SEC_I_CONTINUE_NEEDED);
        bytes_free(&out);
        status = ours_raw(&o, alert, sizeof(alert), &out);
        if (status != table[i].status)
            fail_msg("alert %u: 0x%08x", table[i].number, (unsigned)status);
        assert_int_equal(out.size, 0); /* an alert is not answered */
        assert_true(ours_raw(&o, alert, sizeof(alert), &out) < 0);
        bytes_free(&out);
        ours_end(&o);
    }
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
        cmocka_unit_test(shutdown),       cmocka_unit_test(shutdown_of_openssl),
        cmocka_unit_test(alerts),         cmocka_unit_test(alerts_before),
        cmocka_unit_test(control_tokens), cmocka_unit_test(alerts_of_the_peer),
    };

    return cmocka_run_group_tests(tests, world_setup, world_teardown);
}
