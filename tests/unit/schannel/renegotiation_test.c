/*
 * Another handshake on a connection of TLS 1.2, begun by either side.
 */
#include "tests/unit/schannel/pair.h"

#include <string.h>

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(client_renegotiates), cmocka_unit_test(server_renegotiates),
        cmocka_unit_test(messages_between),    cmocka_unit_test(with_openssl_1_2),
        cmocka_unit_test(another_credential),
    };

    return cmocka_run_group_tests(tests, world_setup, world_teardown);
}
