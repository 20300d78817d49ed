/*
 * The credentials of Negotiate: which packages may use them, what can be asked of them, and what is
 * added later.
 */
#include "tests/unit/negotiate/package_sides.h"

#include <ntstatus.h>

#include "base/utf16.h"

static void test_package_lists(void **state)
{
    static const struct {
        const WCHAR *list;
        const char *spoken; /* NULL: no credentials */
        bool fails;         /* Kerberos and Other fall back */
    } cases[] = {{u"", "Kerberos", false},
                 {u"", "NTLM", true},
                 {u"!kerberos", "Other", false},
                 {u"ntlm", "NTLM", false},
                 {u"kerberos,ntlm", "NTLM", true},
                 {u" NTLM , Other ", "Other", false},
                 {u"!kerberos,!other", "NTLM", false},
                 {u"nobody", NULL, false},
                 {u"!kerberos,!ntlm,!other", NULL, false}};
    struct side client, server;

    (void)state;
    for (size_t i = 0; i < ARRAYSIZE(cases); i++) {
        fakes[KERBEROS].first_leg = fakes[OTHER].first_leg =
            cases[i].fails ? SEC_E_TARGET_UNKNOWN : SEC_E_OK;
        assert_int_equal(acquire_for(&server, false, u""), SEC_E_OK);
        assert_int_equal(acquire_for(&client, true, cases[i].list),
                         cases[i].spoken ? SEC_E_OK : SEC_E_NO_CREDENTIALS);
        if (cases[i].spoken) {
            assert_int_equal(shake(&client, &server), SEC_E_OK);
            assert_negotiated(&client, cases[i].spoken, SECPKG_NEGOTIATION_COMPLETE);
        }
        end(&client, &server);
    }
    /* "!ntlm": nothing is left to fall back to */
    fakes[KERBEROS].first_leg = fakes[OTHER].first_leg = SEC_E_TARGET_UNKNOWN;
    acquire(&client, &server);
    FreeCredentialsHandle(&client.credential);
    assert_int_equal(acquire_for(&client, true, u"!ntlm"), SEC_E_OK);
    assert_int_equal(shake(&client, &server), SEC_E_TARGET_UNKNOWN);
    end(&client, &server);
}

/* A list without a user is for the credentials that the caller has anyway. */
static void test_list_alone(void **state)
{
    SEC_WINNT_AUTH_IDENTITY_EXW id = {.Version = SEC_WINNT_AUTH_IDENTITY_VERSION,
                                      .Length = sizeof(id),
                                      .PackageList = (USHORT *)u"!kerberos",
                                      .PackageListLength = 9,
                                      .Flags = SEC_WINNT_AUTH_IDENTITY_UNICODE};
    struct side client = {.client = true}, server;

    (void)state;
    assert_int_equal(acquire_for(&server, false, u""), SEC_E_OK);
    assert_int_equal(AcquireCredentialsHandleW(NULL, negotiate, SECPKG_CRED_OUTBOUND, NULL, &id,
                                               NULL, NULL, &client.credential, NULL),
                     SEC_E_OK);
    client.has_credential = true;
    assert_int_equal(shake(&client, &server), SEC_E_OK);
    assert_negotiated(&client, "Other", SECPKG_NEGOTIATION_COMPLETE);
    end(&client, &server);
}

static void test_no_credentials(void **state)
{
    struct side client, server;

    (void)state;
    for (int i = 0; i < FAKES; i++)
        fakes[i].no_outbound = fakes[i].no_inbound = true;
    acquire(&client, &server); /* NTLM takes any identity */
    end(&client, &server);
    assert_int_equal(AcquireCredentialsHandleW(NULL, negotiate, SECPKG_CRED_OUTBOUND, NULL, NULL,
                                               NULL, NULL, &client.credential, NULL),
                     SEC_E_NO_CREDENTIALS);
    assert_int_equal(AcquireCredentialsHandleW(NULL, negotiate, 0, NULL, NULL, NULL, NULL,
                                               &client.credential, NULL),
                     SEC_E_INVALID_PARAMETER);
}

static void test_one_direction(void **state)
{
    struct side both = {.client = true}, server;
    struct token one;

    (void)state;
    for (int i = 0; i < FAKES; i++)
        fakes[i].no_outbound = true;
    assert_int_equal(acquire_for(&server, false, u"other"), SEC_E_OK);
    assert_int_equal(AcquireCredentialsHandleW(NULL, negotiate, SECPKG_CRED_BOTH, NULL, NULL, NULL,
                                               NULL, &both.credential, NULL),
                     SEC_E_OK);
    both.has_credential = true;
    assert_int_equal(step(&both, 0, NULL, &one), SEC_E_NO_CREDENTIALS);
    end(&both, &server);
}

static void test_credential_attributes(void **state)
{
    SecPkgCredentials_NamesA names;
    ULONG bypass = 1;
    struct side client, server;

    (void)state;
    acquire(&client, &server);
    assert_int_equal(
        QueryCredentialsAttributesA(&client.credential, SECPKG_CRED_ATTR_NAMES, &names), SEC_E_OK);
    assert_string_equal(names.sUserName, "NOWHERE\\nobody");
    FreeContextBuffer(names.sUserName);
    assert_int_equal(QueryCredentialsAttributesA(&client.credential, 4711, &names),
                     SEC_E_UNSUPPORTED_FUNCTION);
    assert_int_equal(SetCredentialsAttributesW(&client.credential, SECPKG_CRED_ATTR_PAC_BYPASS,
                                               &bypass, sizeof(bypass)),
                     SEC_E_OK);
    assert_int_equal(fakes[KERBEROS].changed, 1);
    end(&client, &server);
    assert_int_equal(acquire_for(&client, true, u"ntlm"), SEC_E_OK);
    assert_int_equal(
        QueryCredentialsAttributesA(&client.credential, SECPKG_CRED_ATTR_NAMES, &names), SEC_E_OK);
    assert_string_equal(names.sUserName, "BOX\\bob");
    FreeContextBuffer(names.sUserName);
    end(&client, &server);
}

static void test_add_credentials(void **state)
{
    static WCHAR other[] = u"other", nobody[] = u"nobody";
    SEC_WINNT_AUTH_IDENTITY_W id = {(USHORT *)u"eve",
                                    3,
                                    (USHORT *)u"BOX",
                                    3,
                                    (USHORT *)u"secret",
                                    6,
                                    SEC_WINNT_AUTH_IDENTITY_UNICODE};
    struct side client, server;

    (void)state;
    assert_int_equal(acquire_for(&server, false, u""), SEC_E_OK);
    assert_int_equal(acquire_for(&client, true, u"ntlm"), SEC_E_OK);
    assert_int_equal(AddCredentialsW(&client.credential, NULL, nobody, SECPKG_CRED_OUTBOUND, &id,
                                     NULL, NULL, NULL),
                     SEC_E_SECPKG_NOT_FOUND);
    assert_int_equal(AddCredentialsW(&client.credential, NULL, other, SECPKG_CRED_OUTBOUND, &id,
                                     NULL, NULL, NULL),
                     SEC_E_OK);
    assert_int_equal(shake(&client, &server), SEC_E_OK);
    assert_negotiated(&client, "Other", SECPKG_NEGOTIATION_COMPLETE); /* before NTLM */
    assert_int_equal(AddCredentialsW(&client.credential, NULL, other, SECPKG_CRED_OUTBOUND, &id,
                                     NULL, NULL, NULL),
                     SEC_E_OK);
    assert_int_equal(fakes[OTHER].added, 1);
    assert_int_equal(AddCredentialsW(&server.credential, NULL, negotiate, SECPKG_CRED_INBOUND, &id,
                                     NULL, NULL, NULL),
                     SEC_E_OK);
    assert_int_equal(fakes[KERBEROS].added, 1);
    end(&client, &server);
}

/* What the list of the handle, or that of the identity, leaves out does not come in by the way. */
static void test_add_within_lists(void **state)
{
    static const struct {
        const WCHAR *handle, *added;
        SECURITY_STATUS status;
    } cases[] = {{u"!ntlm,!other", u"", SEC_E_UNSUPPORTED_FUNCTION},
                 {u"kerberos", u"", SEC_E_UNSUPPORTED_FUNCTION},
                 {u"kerberos,other", u"kerberos", SEC_E_UNSUPPORTED_FUNCTION},
                 {u"kerberos,other", u"!kerberos", SEC_E_OK},
                 {u"kerberos", u"other", SEC_E_UNSUPPORTED_FUNCTION},
                 {u"", u"!other,!ntlm", SEC_E_UNSUPPORTED_FUNCTION}};
    SEC_WINNT_AUTH_IDENTITY_EXW id = {.Version = SEC_WINNT_AUTH_IDENTITY_VERSION,
                                      .Length = sizeof(id),
                                      .User = (USHORT *)u"eve",
                                      .UserLength = 3,
                                      .Password = (USHORT *)u"secret",
                                      .PasswordLength = 6,
                                      .Flags = SEC_WINNT_AUTH_IDENTITY_UNICODE};
    struct side client, server;
    struct token one;

    (void)state;
    fakes[KERBEROS].adds_nothing = true;
    for (size_t i = 0; i < ARRAYSIZE(cases); i++) {
        acquire(&client, &server);
        FreeCredentialsHandle(&client.credential);
        assert_int_equal(acquire_for(&client, true, cases[i].handle), SEC_E_OK);
        id.PackageList = (USHORT *)(uintptr_t)cases[i].added;
        id.PackageListLength = (ULONG)utf16_length(cases[i].added);
        assert_int_equal(AddCredentialsW(&client.credential, NULL, NULL, SECPKG_CRED_OUTBOUND, &id,
                                         NULL, NULL, NULL),
                         cases[i].status);
        end(&client, &server);
    }
    /* nothing but Kerberos */
    fakes[KERBEROS].first_leg = SEC_E_TARGET_UNKNOWN;
    assert_int_equal(acquire_for(&server, false, u""), SEC_E_OK);
    assert_int_equal(acquire_for(&client, true, u"!ntlm,!other"), SEC_E_OK);
    (void)AddCredentialsW(&client.credential, NULL, NULL, SECPKG_CRED_OUTBOUND, &id, NULL, NULL,
                          NULL);
    assert_int_equal(step(&client, 0, NULL, &one), SEC_E_TARGET_UNKNOWN);
    end(&client, &server);
}

/* Whoever names a principal is nobody else, least of all the one whom a package has anyway. */
static void test_unknown_principal(void **state)
{
    static SEC_WCHAR name[] = u"eve@NOWHERE";
    struct side client = {.client = true};
    struct token one;

    (void)state;
    fakes[KERBEROS].no_such_name = SEC_E_UNKNOWN_CREDENTIALS;
    assert_int_equal(AcquireCredentialsHandleW(name, negotiate, SECPKG_CRED_OUTBOUND, NULL, NULL,
                                               NULL, NULL, &client.credential, NULL),
                     SEC_E_UNKNOWN_CREDENTIALS);
    /* the name of a service, which is no client: it can accept all the same */
    assert_int_equal(AcquireCredentialsHandleW(name, negotiate, SECPKG_CRED_BOTH, NULL, NULL, NULL,
                                               NULL, &client.credential, NULL),
                     SEC_E_OK);
    client.has_credential = true;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(step(&client, 0, NULL, &one), SEC_E_NO_CREDENTIALS);
        fakes_seconds_ahead += 11; /* and nobody comes later, either */
    }
    end(&client, &(struct side){.client = false});
    fakes[KERBEROS].no_such_name = SEC_E_NO_CREDENTIALS; /* but without tickets others may know */
    assert_int_equal(AcquireCredentialsHandleW(name, negotiate, SECPKG_CRED_OUTBOUND, NULL, NULL,
                                               NULL, NULL, &client.credential, NULL),
                     SEC_E_OK);
    client.has_credential = true;
    end(&client, &(struct side){.client = false});
}

static void test_change_password(void **state)
{
    static SEC_WCHAR name[] = u"bob", old[] = u"old", other[] = u"longer", same[] = u"new";

    (void)state;
    assert_int_equal(ChangeAccountPasswordW(negotiate, NULL, name, old, other, FALSE, 0, NULL),
                     SEC_E_OK);
    assert_int_equal(ChangeAccountPasswordW(negotiate, NULL, name, old, same, FALSE, 0, NULL),
                     STATUS_PASSWORD_RESTRICTION);
    assert_int_equal(fakes[KERBEROS].changed, 2);
}

static void assert_anonymous(struct side *client, struct side *server)
{
    SecPkgContext_NamesA names;
    struct token one, two;

    assert_int_equal(step(client, ISC_REQ_NULL_SESSION, NULL, &one), SEC_I_CONTINUE_NEEDED);
    assert_memory_equal(one.data, "NTLMSSP", 8);
    assert_int_equal(step(server, ASC_REQ_ALLOW_NULL_SESSION, &one, &two), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(step(client, ISC_REQ_NULL_SESSION, &two, &one), SEC_E_OK);
    assert_int_equal(step(server, ASC_REQ_ALLOW_NULL_SESSION, &one, &two), SEC_E_OK);
    assert_int_equal(QueryContextAttributesA(&server->context, SECPKG_ATTR_NAMES, &names),
                     SEC_E_OK);
    assert_string_equal(names.sUserName, "NT AUTHORITY\\ANONYMOUS LOGON");
    FreeContextBuffer(names.sUserName);
}

/* Nobody, because the application says so, or because the identity is. */
static void test_anonymous(void **state)
{
    SEC_WINNT_AUTH_IDENTITY_W nobody = {
        (USHORT *)u"", 0, (USHORT *)u"", 0, (USHORT *)u"", 0, SEC_WINNT_AUTH_IDENTITY_UNICODE};
    struct side client, server;

    (void)state;
    fakes[KERBEROS].first_leg = fakes[OTHER].first_leg = SEC_E_UNSUPPORTED_FUNCTION;
    acquire(&client, &server);
    assert_anonymous(&client, &server);
    end(&client, &server);
    fakes_reset();
    client = (struct side){.client = true};
    assert_int_equal(acquire_for(&server, false, u""), SEC_E_OK);
    assert_int_equal(AcquireCredentialsHandleW(NULL, negotiate, SECPKG_CRED_OUTBOUND, NULL, &nobody,
                                               NULL, NULL, &client.credential, NULL),
                     SEC_E_OK);
    client.has_credential = true;
    assert_int_equal(fakes[KERBEROS].credentials, 1); /* the server's */
    assert_anonymous(&client, &server);
    end(&client, &server);
}

/* A service that is older than its keytab. */
static void test_later(void **state)
{
    struct side client, server = {.client = false};

    (void)state;
    fakes[KERBEROS].no_inbound = true;
    assert_int_equal(acquire_for(&client, true, u""), SEC_E_OK);
    assert_int_equal(AcquireCredentialsHandleW(NULL, negotiate, SECPKG_CRED_INBOUND, NULL, NULL,
                                               NULL, NULL, &server.credential, NULL),
                     SEC_E_OK);
    server.has_credential = true;
    assert_int_equal(shake(&client, &server), SEC_E_OK);
    assert_negotiated(&server, "Other", SECPKG_NEGOTIATION_COMPLETE);
    forget(&client);
    forget(&server);
    fakes[KERBEROS].no_inbound = false;
    fakes_seconds_ahead += 11;
    assert_int_equal(shake(&client, &server), SEC_E_OK);
    assert_negotiated(&server, "Kerberos", SECPKG_NEGOTIATION_COMPLETE);
    end(&client, &server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_anonymous, reset),
        cmocka_unit_test_setup(test_later, reset),
        cmocka_unit_test_setup(test_package_lists, reset),
        cmocka_unit_test_setup(test_list_alone, reset),
        cmocka_unit_test_setup(test_no_credentials, reset),
        cmocka_unit_test_setup(test_one_direction, reset),
        cmocka_unit_test_setup(test_credential_attributes, reset),
        cmocka_unit_test_setup(test_add_credentials, reset),
        cmocka_unit_test_setup(test_add_within_lists, reset),
        cmocka_unit_test_setup(test_unknown_principal, reset),
        cmocka_unit_test_setup(test_change_password, reset),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
