/*
 * Handshakes of our client and our server with OpenSSL and with each other.
 */
#include "tests/unit/schannel/sides.h"

#include <string.h>

static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};

static void exchange(struct ours *o, struct theirs *t)
{
    struct bytes wire = {NULL, 0};
    char text[64];

    ours_send(o, "from us", &wire);
    assert_int_equal(theirs_receive(t, &wire, text, sizeof(text)), 7);
    assert_string_equal(text, "from us");
    theirs_send(t, "from them", &wire);
    assert_int_equal(ours_receive(o, &wire, text, sizeof(text)), SEC_E_OK);
    assert_string_equal(text, "from them");
    bytes_free(&wire);
}

static void client_with_openssl(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct theirs t;
        struct ours o;

        ours_client(&o);
        theirs_new(&t, true);
        SSL_set_max_proto_version(t.ssl, versions[i]);
        assert_int_equal(shake(&o, &t), SEC_E_OK);
        assert_int_equal(SSL_version(t.ssl), versions[i]);
        assert_string_equal(SSL_get_servername(t.ssl, TLSEXT_NAMETYPE_host_name), "server.test");
        assert_int_equal(o.attributes, CLIENT_FLAGS | ISC_RET_MUTUAL_AUTH | ISC_RET_INTEGRITY);
        exchange(&o, &t);
        theirs_end(&t);
        ours_end(&o);
    }
}

static void server_with_openssl(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct theirs t;
        struct ours o;

        ours_server(&o);
        theirs_new(&t, false);
        SSL_set_max_proto_version(t.ssl, versions[i]);
        assert_int_equal(shake(&o, &t), SEC_E_OK);
        assert_int_equal(SSL_version(t.ssl), versions[i]);
        assert_int_equal(SSL_get_verify_result(t.ssl), X509_V_OK);
        assert_int_equal(o.attributes, SERVER_FLAGS | ASC_RET_INTEGRITY);
        exchange(&o, &t);
        theirs_end(&t);
        ours_end(&o);
    }
}

static void both_ours(void **state)
{
    struct ours client, server;
    SECURITY_STATUS status;
    struct bytes wire = {NULL, 0};
    char text[64];

    (void)state;
    ours_client(&client);
    ours_server(&server);
    assert_int_equal(shake_ours(&client, &server, &status), SEC_E_OK);
    assert_int_equal(status, SEC_E_OK);
    ours_send(&client, "one", &wire);
    assert_int_equal(ours_receive(&server, &wire, text, sizeof(text)), SEC_E_OK);
    assert_string_equal(text, "one");
    bytes_free(&wire);
    ours_end(&client);
    ours_end(&server);
}

/* A credential for both directions is a client's, too, and has nothing to accept with then. */
static void server_without(void **state)
{
    SCH_CREDENTIALS c = {.dwVersion = SCH_CREDENTIALS_VERSION, .hRootStore = world.roots};
    struct bytes hello = {NULL, 0}, out = {NULL, 0};
    struct ours o = {.server = true, .flags = SERVER_FLAGS};
    struct theirs t;

    (void)state;
    assert_int_equal(AcquireCredentialsHandleW(NULL, (SEC_WCHAR *)SCHANNEL_NAME_W, SECPKG_CRED_BOTH,
                                               NULL, &c, NULL, NULL, &o.credential, NULL),
                     SEC_E_OK);
    o.has_credential = true;
    theirs_new(&t, false);
    theirs_step(&t, NULL, &hello);
    assert_int_equal(ours_leg(&o, &hello, &out), SEC_E_NO_CREDENTIALS);
    bytes_free(&hello);
    bytes_free(&out);
    theirs_end(&t);
    theirs_new(&t, true);
    o.server = false;
    o.target = u"server.test";
    o.flags = CLIENT_FLAGS;
    assert_int_equal(shake(&o, &t), SEC_E_OK);
    ours_end(&o);
    theirs_end(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(client_with_openssl),
        cmocka_unit_test(server_with_openssl),
        cmocka_unit_test(both_ours),
        cmocka_unit_test(server_without),
    };

    return cmocka_run_group_tests(tests, world_setup, world_teardown);
}
