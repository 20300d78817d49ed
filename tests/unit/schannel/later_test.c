/*
 * What comes after the handshake of TLS 1.3: new keys, and a certificate that is asked for later,
 * with TLS 1.2, too.
 */
#include "tests/unit/schannel/pair.h"

#include <string.h>

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(new_keys),
        cmocka_unit_test(new_keys_of_openssl),
        cmocka_unit_test(certificate_later),
        cmocka_unit_test(certificate_between_messages),
        cmocka_unit_test(certificate_asked_for_later),
    };

    return cmocka_run_group_tests(tests, world_setup, world_teardown);
}
