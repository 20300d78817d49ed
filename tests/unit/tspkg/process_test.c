/*
 * TSPkg in the program, with credentials that the caller supplies, and NTLM negotiated: what is
 * delegated, what the rules of the policy let go where, and what goes wrong.
 */
#include "tests/unit/tspkg/sides.h"

#include "libsspi/lsa/host.h"
#include "libsspi/packages/ts_channel.h"

const struct builtin_package lsa_builtin_packages[] = {
    {"Negotiate", nego_lsa_mode_initialize, nego_user_mode_initialize, BUILTIN_IN_PROCESS},
    {"NTLM", ntlm_lsa_mode_initialize, ntlm_user_mode_initialize, 0},
    {"tspkg", ts_lsa_mode_initialize, ts_user_mode_initialize, 0},
    {NULL, NULL, NULL, 0},
};

static struct side client, server;

static int begin(void **state)
{
    (void)state;
    set_policy("allow_fresh_credentials_ntlm_only", "TERMSRV/*", NULL);
    assert_int_equal(side_acquire(&client, true, u"bob", u"BOX", u"secret"), SEC_E_OK);
    assert_int_equal(side_acquire(&server, false, u"bob", u"BOX", u"secret"), SEC_E_OK);
    return 0;
}

static int end(void **state)
{
    (void)state;
    side_end(&client);
    side_end(&server);
    return 0;
}

static void test_delegates(void **state)
{
    (void)state;
    assert_int_equal(shake(&client, WANTS, &server), SEC_E_OK);
    assert_true(client.attributes & ISC_RET_DELEGATE);
    assert_true(client.attributes & ISC_RET_EXTENDED_ERROR);
    assert_true(client.attributes & ISC_RET_CONFIDENTIALITY);
    assert_false(client.attributes & ISC_RET_MUTUAL_AUTH); /* NTLM proves no server */
    assert_true(server.attributes & ASC_RET_DELEGATE);
    assert_delegated(&server, SECPKG_ATTR_CREDS_2, u"BOX", u"bob", u"secret");
    assert_delegated(&server, SECPKG_ATTR_CREDS, u"BOX", u"bob", u"secret");
}

/* Without ISC_REQ_DELEGATE no rule is needed, and nothing goes. */
static void test_empty_set(void **state)
{
    SecPkgContext_ClientCreds creds = {1, NULL};

    (void)state;
    set_policy(NULL, NULL);
    assert_int_equal(shake(&client, WANTS & ~(ULONG)ISC_REQ_DELEGATE, &server), SEC_E_OK);
    assert_false(client.attributes & ISC_RET_DELEGATE);
    assert_false(server.attributes & ASC_RET_DELEGATE);
    assert_int_equal(QueryContextAttributesW(&server.context, SECPKG_ATTR_CREDS_2, &creds),
                     SEC_E_NO_CREDENTIALS);
    assert_int_equal(creds.AuthBufferLen, 0);
}

static void test_nobody_by_default(void **state)
{
    (void)state;
    set_policy(NULL, NULL);
    assert_int_equal(shake(&client, WANTS, &server), SEC_E_DELEGATION_POLICY);
    assert_int_equal(failed_side, 'c');
    set_policy("allow_fresh_credentials_ntlm_only", "TERMSRV/other", NULL);
    assert_int_equal(shake(&client, WANTS, &server), SEC_E_DELEGATION_POLICY);
    set_policy("allow_fresh_credentials_ntlm_only", "TERMSRV/*", "deny_fresh_credentials",
               "TERMSRV/web*", NULL);
    assert_int_equal(shake(&client, WANTS, &server), SEC_E_DELEGATION_POLICY);
}

/* Rules for other credentials are none for these. */
static void test_other_rules(void **state)
{
    (void)state;
    set_policy("allow_default_credentials", "*", "allow_saved_credentials_ntlm_only", "*", NULL);
    assert_int_equal(shake(&client, WANTS, &server), SEC_E_DELEGATION_POLICY);
}

/* The server proves itself neither by Kerberos nor by a certificate: only then is it refused. */
static void test_unproven(void **state)
{
    (void)state;
    set_policy("allow_fresh_credentials", "TERMSRV/*", NULL);
    assert_int_equal(shake(&client, WANTS, &server), SEC_E_POLICY_NLTM_ONLY);
    assert_int_equal(failed_side, 'c');
    client.channel = TS_CHANNEL_TRUSTED;
    assert_int_equal(shake(&client, WANTS, &server), SEC_E_OK);
    assert_delegated(&server, SECPKG_ATTR_CREDS_2, u"BOX", u"bob", u"secret");
}

/* Two channels, and somebody who sits between them. */
static void test_relay(void **state)
{
    (void)state;
    server.public_key = "another key of that length"; /* of the man in the middle */
    assert_int_equal(shake(&client, WANTS, &server), SEC_E_MESSAGE_ALTERED);
}

static void test_wrong_password(void **state)
{
    (void)state;
    side_end(&client);
    assert_int_equal(side_acquire(&client, true, u"bob", u"BOX", u"Secret"), SEC_E_OK);
    assert_int_equal(shake(&client, WANTS, &server), SEC_E_LOGON_DENIED);
    assert_int_equal(failed_side, 's');
}

static void test_mistakes(void **state)
{
    struct token out;

    (void)state;
    client.public_key = NULL;
    assert_int_equal(side_step(&client, WANTS, NULL, &out), SEC_E_INVALID_TOKEN);
    client.public_key = "k";
    client.target = NULL;
    assert_int_equal(side_step(&client, WANTS, NULL, &out), SEC_E_TARGET_UNKNOWN);
    client.target = u"";
    assert_int_equal(side_step(&client, WANTS, NULL, &out), SEC_E_TARGET_UNKNOWN);
    server.public_key = NULL;
    assert_int_equal(side_step(&server, 0, NULL, &out), SEC_E_INVALID_TOKEN);
}

/* A credential is for its direction, and lives as long as a context needs it. */
static void test_credentials(void **state)
{
    struct side wrong = client;
    struct token up, down;
    CredHandle none = {0, 0};

    (void)state;
    wrong.client = false;
    wrong.target = NULL;
    assert_int_equal(side_step(&wrong, 0, NULL, &up), SEC_E_NO_CREDENTIALS);
    assert_int_equal(side_step(&client, WANTS, NULL, &up), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(FreeCredentialsHandle(&client.credential), SEC_E_OK);
    client.has_credential = false;
    assert_int_equal(side_step(&server, 0, &up, &down), SEC_I_CONTINUE_NEEDED);
    client.credential = none;
    FreeContextBuffer(down.data);
    side_reset(&client); /* half made */
    side_reset(&server);
}

/* There is nothing of the logon session's in this process. */
static void test_no_default_password(void **state)
{
    struct token up = {NULL, 0};

    (void)state;
    side_end(&client);
    set_policy("allow_default_credentials_ntlm_only", "*", NULL);
    assert_int_equal(side_acquire(&client, true, NULL, NULL, NULL), SEC_E_NO_CREDENTIALS);
    assert_null(up.data);
}

static void test_attributes(void **state)
{
    SecPkgContext_PackageInfoA info = {NULL};
    SecPkgContext_NamesA names = {NULL};
    SecPkgContext_SessionKey key = {0, NULL};
    SecPkgContext_Sizes sizes;
    SecPkgContext_Flags flags = {1};
    SecPkgContext_ClientCreds creds;

    (void)state;
    assert_int_equal(shake(&client, WANTS, &server), SEC_E_OK);
    assert_int_equal(
        QueryContextAttributesA(&client.context, SECPKG_ATTR_NEGOTIATION_PACKAGE, &info), SEC_E_OK);
    assert_string_equal(info.PackageInfo->Name, "NTLM");
    FreeContextBuffer(info.PackageInfo);
    assert_int_equal(QueryContextAttributesA(&client.context, SECPKG_ATTR_PACKAGE_INFO, &info),
                     SEC_E_OK);
    assert_string_equal(info.PackageInfo->Name, "TSSSP");
    FreeContextBuffer(info.PackageInfo);
    assert_int_equal(QueryContextAttributesA(&server.context, SECPKG_ATTR_NAMES, &names), SEC_E_OK);
    assert_string_equal(names.sUserName, "BOX\\bob");
    FreeContextBuffer(names.sUserName);
    assert_int_equal(
        QueryContextAttributesW(&client.context, SECPKG_ATTR_SERVER_AUTH_FLAGS, &flags), SEC_E_OK);
    assert_int_equal(flags.Flags, 0);
    assert_int_equal(
        QueryContextAttributesW(&server.context, SECPKG_ATTR_SERVER_AUTH_FLAGS, &flags),
        SEC_E_UNSUPPORTED_FUNCTION);
    assert_int_equal(QueryContextAttributesW(&client.context, SECPKG_ATTR_SIZES, &sizes), SEC_E_OK);
    assert_int_equal(sizes.cbSecurityTrailer, 0);
    /* The key protects credentials on the way; nobody gets it, and nobody's messages need it. */
    assert_int_equal(QueryContextAttributesW(&client.context, SECPKG_ATTR_SESSION_KEY, &key),
                     SEC_E_UNSUPPORTED_FUNCTION);
    assert_int_equal(QueryContextAttributesW(&server.context, SECPKG_ATTR_SESSION_KEY, &key),
                     SEC_E_UNSUPPORTED_FUNCTION);
    assert_int_equal(QueryContextAttributesW(&client.context, SECPKG_ATTR_CREDS_2, &creds),
                     SEC_E_UNSUPPORTED_FUNCTION);
    assert_int_equal(EncryptMessage(&client.context, 0, NULL, 0), SEC_E_UNSUPPORTED_FUNCTION);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_delegates, begin, end),
        cmocka_unit_test_setup_teardown(test_empty_set, begin, end),
        cmocka_unit_test_setup_teardown(test_nobody_by_default, begin, end),
        cmocka_unit_test_setup_teardown(test_other_rules, begin, end),
        cmocka_unit_test_setup_teardown(test_unproven, begin, end),
        cmocka_unit_test_setup_teardown(test_relay, begin, end),
        cmocka_unit_test_setup_teardown(test_wrong_password, begin, end),
        cmocka_unit_test_setup_teardown(test_mistakes, begin, end),
        cmocka_unit_test_setup_teardown(test_credentials, begin, end),
        cmocka_unit_test_setup_teardown(test_no_default_password, begin, end),
        cmocka_unit_test_setup_teardown(test_attributes, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
