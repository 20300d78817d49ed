/*
 * AddCredentials: one handle of a server accepts for several accounts, each with its password, as
 * the tickets of a real KDC tell them apart.
 */
#include "tests/unit/kerberos/harness.h"

#include <string.h>

#include "tests/unit/kerberos/realm.h"

static struct side server;

static SECURITY_STATUS add(PCredHandle credential, ULONG use, const char *service, const char *user,
                           const char *password)
{
    SEC_WINNT_AUTH_IDENTITY_A id = {.User = (UCHAR *)(uintptr_t)user,
                                    .UserLength = (ULONG)strlen(user),
                                    .Domain = (UCHAR *)(uintptr_t)REALM,
                                    .DomainLength = sizeof(REALM) - 1,
                                    .Password = (UCHAR *)(uintptr_t)password,
                                    .PasswordLength = password ? (ULONG)strlen(password) : 0,
                                    .Flags = SEC_WINNT_AUTH_IDENTITY_ANSI};
    TimeStamp expiry;

    return AddCredentialsA(credential, (SEC_CHAR *)(uintptr_t)service, NULL, use, &id, NULL, NULL,
                           &expiry);
}

static SECURITY_STATUS ask_for(const WCHAR *target)
{
    struct side client;
    SECURITY_STATUS status;

    assert_int_equal(side_explicit(&client, true, "alice", REALM, ALICE_PASSWORD), SEC_E_OK);
    client.target = target;
    side_reset(&server);
    status = shake(&client, ISC_USUAL, &server, 0);
    side_end(&client);
    return status;
}

static void test_accounts(void **state)
{
    (void)state;
    realm_admin("addprinc -pw one svc/one.credmgr.test");
    realm_admin("addprinc -pw two svc/two.credmgr.test");
    assert_int_equal(side_explicit(&server, false, "bob", REALM, BOB_PASSWORD), SEC_E_OK);
    assert_int_equal(ask_for(u"svc/one.credmgr.test"), SEC_E_WRONG_PRINCIPAL);
    assert_int_equal(
        add(&server.credential, SECPKG_CRED_INBOUND, NULL, "svc/one.credmgr.test", "one"),
        SEC_E_OK);
    assert_int_equal(
        add(&server.credential, SECPKG_CRED_INBOUND, NULL, "svc/two.credmgr.test", "wrong"),
        SEC_E_OK); /* nobody has asked yet */
    assert_int_equal(ask_for(u"svc/one.credmgr.test"), SEC_E_OK);
    assert_names(&server, REALM "\\alice");
    assert_int_equal(ask_for(u"bob"), SEC_E_OK); /* as before */
    assert_true(ask_for(u"svc/two.credmgr.test") < 0);
    side_end(&server);
}

/* An account of another name than its service, as Active Directory has them: here the service's key
 * was made with that account's salt. */
static void test_service_of_account(void **state)
{
    (void)state;
    realm_admin("addprinc -pw shared account");
    assert_int_equal(side_explicit(&server, false, "bob", REALM, BOB_PASSWORD), SEC_E_OK);
    assert_int_equal(
        add(&server.credential, SECPKG_CRED_INBOUND, "svc/three.credmgr.test", "account", "shared"),
        SEC_E_OK);
    assert_int_equal(ask_for(u"account"), SEC_E_OK);
    /* The KDC knows the service as the account, by renaming it, which keeps the salt. */
    realm_admin("renprinc -force account svc/three.credmgr.test");
    assert_int_equal(ask_for(u"svc/three.credmgr.test"), SEC_E_OK);
    side_end(&server);
}

static void test_refused(void **state)
{
    struct side client;

    (void)state;
    assert_int_equal(side_explicit(&client, true, "alice", REALM, ALICE_PASSWORD), SEC_E_OK);
    assert_int_equal(add(&client.credential, SECPKG_CRED_OUTBOUND, NULL, "bob", "x"),
                     SEC_E_UNSUPPORTED_FUNCTION); /* a client is one person */
    side_end(&client);
    assert_int_equal(side_default(&server, false), SEC_E_OK);
    assert_int_equal(add(&server.credential, SECPKG_CRED_INBOUND, NULL, "bob", BOB_PASSWORD),
                     SEC_E_UNSUPPORTED_FUNCTION); /* a keytab has them all */
    side_end(&server);
    assert_int_equal(side_explicit(&server, false, "bob", REALM, BOB_PASSWORD), SEC_E_OK);
    assert_int_equal(add(&server.credential, SECPKG_CRED_INBOUND, NULL, "svc/x", NULL),
                     SEC_E_UNKNOWN_CREDENTIALS);
    assert_int_equal(AddCredentialsA(&server.credential, NULL, NULL, SECPKG_CRED_INBOUND, NULL,
                                     NULL, NULL, NULL),
                     SEC_E_UNKNOWN_CREDENTIALS);
    side_end(&server);
}

static int start(void **state)
{
    (void)state;
    return realm_start(NULL);
}

static int stop(void **state)
{
    (void)state;
    return realm_stop();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_accounts),
        cmocka_unit_test(test_service_of_account),
        cmocka_unit_test(test_refused),
    };

    return cmocka_run_group_tests(tests, start, stop);
}
