/*
 * TSPkg in the program, with credentials that the caller supplies, and NTLM negotiated: what is
 * delegated, what the rules of the policy let go where, and what goes wrong.
 */
#include "tests/unit/tspkg/sides.h"

#include <string.h>

#include "base/secret.h"
#include "base/utf16.h"
#include "libsspi/lsa/host.h"
#include "libsspi/packages/ts_channel.h"
#include "libsspi/packages/tspkg/tspkg.h"
#include "libsspi/packages/tspkg/wire/credentials.h"
#include "libsspi/packages/tspkg/wire/package_creds.h"

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
    assert_int_equal(client_status, SEC_E_LOGON_DENIED);
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

/* A card: what names it and its PIN go, and the handshake is made with what the process has. */
static void test_smart_card(void **state)
{
    struct {
        KERB_SMARTCARD_CSP_INFO head;
        WCHAR names[64];
    } csp = {.head = {.MessageType = 1, .KeySpec = 2}};
    static const WCHAR names[] = u"card\0reader\0container\0provider";
    const size_t head = offsetof(KERB_SMARTCARD_CSP_INFO, bBuffer);
    KERB_CERTIFICATE_LOGON logon = {.MessageType = KerbCertificateLogon,
                                    .DomainName = {6, 6, (WCHAR *)(uintptr_t)u"BOX"},
                                    .UserName = {6, 6, (WCHAR *)(uintptr_t)u"bob"},
                                    .Pin = {8, 8, (WCHAR *)(uintptr_t)u"1234"},
                                    .CspData = (PUCHAR)&csp},
                           got;
    KERB_SMARTCARD_CSP_INFO info;
    SecPkgContext_ClientCreds creds;
    uint8_t *der = NULL;
    size_t size;

    (void)state;
    memcpy((uint8_t *)&csp + head, names, sizeof(names));
    csp.head.nReaderNameOffset = 5;
    csp.head.nContainerNameOffset = 12;
    csp.head.nCSPNameOffset = 22;
    logon.CspDataLength = csp.head.dwCspInfoLen = (ULONG)(head + sizeof(names));
    /* Nobody has default credentials here. */
    side_end(&client);
    assert_int_equal(side_acquire_by(&client, &logon), SEC_E_NO_CREDENTIALS);
    logon.CspDataLength -= 2; /* the last name has no end */
    assert_int_equal(ts_smart_card(&logon, &der, &size), SEC_E_UNKNOWN_CREDENTIALS);
    logon.CspDataLength += 2;
    csp.head.nCSPNameOffset = 5000;
    assert_int_equal(ts_smart_card(&logon, &der, &size), SEC_E_UNKNOWN_CREDENTIALS);
    csp.head.nCSPNameOffset = 22;
    assert_int_equal(ts_smart_card(&logon, &der, &size), SEC_E_OK);
    {
        struct ts_established e = {.delegated = der, .delegated_size = size};

        assert_int_equal(ts_query(&e, SECPKG_ATTR_CREDS, &creds), SEC_E_OK);
    }
    memcpy(&got, creds.AuthBuffer, sizeof(got));
    assert_int_equal(got.MessageType, KerbCertificateLogon);
    assert_memory_equal(creds.AuthBuffer + (uintptr_t)got.Pin.Buffer, u"1234", 8);
    assert_memory_equal(creds.AuthBuffer + (uintptr_t)got.UserName.Buffer, u"bob", 6);
    assert_true((uintptr_t)got.CspData + got.CspDataLength <= creds.AuthBufferLen);
    memcpy(&info, creds.AuthBuffer + (uintptr_t)got.CspData, head);
    assert_int_equal(info.KeySpec, 2);
    assert_int_equal(info.nCSPNameOffset, 22);
    assert_memory_equal(creds.AuthBuffer + (uintptr_t)got.CspData + head, names, sizeof(names));
    FreeContextBuffer(creds.AuthBuffer);
    secret_free(der);
}

/* What the program gets of TSRemoteGuardCreds with these bytes in it. */
static SECURITY_STATUS received(const WCHAR *package, const void *data, size_t size,
                                SecPkgContext_ClientCreds *creds)
{
    struct ts_credentials all = {
        .type = TS_REMOTE_GUARD_CREDS,
        .u.remote_guard.logon = {{(const uint8_t *)package, utf16_length(package) * sizeof(WCHAR)},
                                 {data, size}}};
    struct ts_established e = {.initiator = false};
    SECURITY_STATUS status;

    *creds = (SecPkgContext_ClientCreds){0, NULL};
    assert_true(ts_credentials_write(&all, &e.delegated, &e.delegated_size));
    assert_int_equal(ts_query(&e, SECPKG_ATTR_CREDS, creds), SEC_E_UNSUPPORTED_FUNCTION);
    status = ts_query(&e, SECPKG_ATTR_CREDS_2, creds);
    assert_int_equal(status == SEC_E_OK, creds->AuthBuffer != NULL);
    assert_int_equal(status == SEC_E_OK, creds->AuthBufferLen != 0);
    secret_free(e.delegated);
    return status;
}

/* A redirected logon: two tickets, where the client says that they are, or nothing. */
static void test_tickets(void **state)
{
    struct ts_ticket_logon logon = {KERB_LOGON_FLAG_REDIRECTED,
                                    {(const uint8_t *)"ticket", 6},
                                    {(const uint8_t *)"krb-cred", 8}};
    KERB_INTERACTIVE_LOGON interactive = {.MessageType = KerbInteractiveLogon,
                                          .UserName = {8, 8, (WCHAR *)0x7000}};
    SecPkgContext_ClientCreds creds;
    KERB_TICKET_LOGON got;
    uint8_t *data;
    size_t size;

    (void)state;
    assert_true(ts_ticket_logon_write(&logon, &data, &size));
    assert_int_equal(received(u"Kerberos", data, size, &creds), SEC_E_OK);
    assert_true(creds.AuthBufferLen >= sizeof(got));
    memcpy(&got, creds.AuthBuffer, sizeof(got));
    assert_int_equal(got.MessageType, KerbTicketLogon);
    assert_int_equal(got.ServiceTicketLength, 6);
    assert_memory_equal(creds.AuthBuffer + (uintptr_t)got.ServiceTicket, "ticket", 6);
    assert_memory_equal(creds.AuthBuffer + (uintptr_t)got.TicketGrantingTicket, "krb-cred", 8);
    FreeContextBuffer(creds.AuthBuffer);
    assert_int_equal(received(u"NTLM", data, size, &creds), SEC_E_UNSUPPORTED_FUNCTION);
    for (size_t shorter = 0; shorter < size; shorter++)
        assert_int_equal(received(u"Kerberos", data, shorter, &creds), SEC_E_INVALID_TOKEN);
    data[8] = 0xff; /* a ticket that does not end within it */
    assert_int_equal(received(u"Kerberos", data, size, &creds), SEC_E_INVALID_TOKEN);
    secret_free(data);
    /* Or what a program would take for a user name and a password. */
    assert_int_equal(received(u"Kerberos", &interactive, sizeof(interactive), &creds),
                     SEC_E_INVALID_TOKEN);
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
        cmocka_unit_test_setup_teardown(test_smart_card, begin, end),
        cmocka_unit_test_setup_teardown(test_tickets, begin, end),
        cmocka_unit_test_setup_teardown(test_attributes, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
