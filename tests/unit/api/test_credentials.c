/*
 * Which way a credential goes: to lsad, to a package of this process, or from the one to the other.
 */
#include "tests/unit/api/common.h"

static WCHAR package[] = u"fake", target[] = u"host/server";

static SECURITY_STATUS acquire_default(ULONG use, PCredHandle h)
{
    TimeStamp expiry;

    return AcquireCredentialsHandleW(NULL, package, use, NULL, NULL, NULL, NULL, h, &expiry);
}

static void test_default_from_lsad(void **state)
{
    CredHandle both;
    CtxtHandle client, server;
    SecPkgCredentials_NamesA names;

    (void)state;
    fake_lsad.mode = LSAD_SERVES;
    assert_int_equal(acquire_default(SECPKG_CRED_BOTH, &both), SEC_E_OK);
    assert_int_equal(fake_lsad.acquired, 2); /* one for each direction */
    assert_int_equal(fake_lsad.credentials, 2);
    assert_int_equal(QueryCredentialsAttributesA(&both, SECPKG_CRED_ATTR_NAMES, &names), SEC_E_OK);
    assert_string_equal(names.sUserName, "REALM\\\xc3\xa5sa");
    FreeContextBuffer(names.sUserName);
    handshake(&both, &both, &client, &server);
    assert_int_equal(fake_lsad.legs, 4);
    assert_int_equal(fake_lsad.contexts, 0); /* handed over */
    assert_int_equal(fake.user_contexts, 2);
    DeleteSecurityContext(&client);
    DeleteSecurityContext(&server);
    FreeCredentialsHandle(&both);
}

static void test_default_falls_back(void **state)
{
    static const enum fake_lsad modes[] = {LSAD_DOWN, LSAD_NO_SESSION};
    CredHandle h;
    size_t i;

    (void)state;
    for (i = 0; i < 2; i++) {
        fake_lsad.mode = modes[i];
        fake.local_default = fake.keytab = false;
        assert_int_equal(acquire_default(SECPKG_CRED_OUTBOUND, &h), SEC_E_NO_CREDENTIALS);
        assert_int_equal(acquire_default(SECPKG_CRED_INBOUND, &h), SEC_E_NO_CREDENTIALS);
        assert_int_equal(acquire_default(SECPKG_CRED_BOTH, &h), SEC_E_NO_CREDENTIALS);
        fake.local_default = true;
        assert_int_equal(acquire_default(SECPKG_CRED_OUTBOUND, &h), SEC_E_OK);
        assert_int_equal(FreeCredentialsHandle(&h), SEC_E_OK);
        fake.local_default = false;
        fake.keytab = true; /* a server that nobody is logged in at */
        assert_int_equal(acquire_default(SECPKG_CRED_BOTH, &h), SEC_E_OK);
        assert_int_equal(FreeCredentialsHandle(&h), SEC_E_OK);
    }
    assert_int_equal(fake_lsad.credentials, 0);
}

/* Who can read a keytab accepts with that; lsad's [acceptors] are for the others. */
static void test_kerberos_accepts_here(void **state)
{
    static WCHAR kerberos[] = u"KERBEROS";
    CredHandle h;

    (void)state;
    fake_lsad.mode = LSAD_NO_SESSION;
    assert_int_equal(AcquireCredentialsHandleW(NULL, kerberos, SECPKG_CRED_INBOUND, NULL, NULL,
                                               NULL, NULL, &h, NULL),
                     SEC_E_NO_CREDENTIALS);
    assert_int_equal(fake_lsad.acquired, 2); /* as a service, and as whoever holds a ticket */
    fake_lsad.mode = LSAD_SERVES;
    assert_int_equal(AcquireCredentialsHandleW(NULL, kerberos, SECPKG_CRED_INBOUND, NULL, NULL,
                                               NULL, NULL, &h, NULL),
                     SEC_E_OK);
    assert_int_equal(fake_lsad.credentials, 1);
    assert_int_equal(FreeCredentialsHandle(&h), SEC_E_OK);
    fake.keytab = true;
    assert_int_equal(AcquireCredentialsHandleW(NULL, kerberos, SECPKG_CRED_BOTH, NULL, NULL, NULL,
                                               NULL, &h, NULL),
                     SEC_E_OK);
    assert_int_equal(fake_lsad.credentials, 1); /* the outbound half only */
    assert_int_equal(fake_lsad.acquired, 4);
    assert_int_equal(FreeCredentialsHandle(&h), SEC_E_OK);
}

static void test_explicit_never_asks_lsad(void **state)
{
    CredHandle h;

    (void)state;
    fake_lsad.mode = LSAD_SERVES;
    h = acquire(SECPKG_CRED_BOTH);
    assert_int_equal(fake_lsad.acquired, 0);
    assert_int_equal(fake_last.use, SECPKG_CRED_BOTH);
    assert_int_equal(fake.credentials, 1);
    assert_int_equal(FreeCredentialsHandle(&h), SEC_E_OK);
}

static void test_lsad_restarts(void **state)
{
    CredHandle h;
    CtxtHandle client;
    char memory[64];
    struct one token = ONE(64, SECBUFFER_TOKEN, memory);

    (void)state;
    fake_lsad.mode = LSAD_SERVES;
    assert_int_equal(acquire_default(SECPKG_CRED_OUTBOUND, &h), SEC_E_OK);
    assert_int_equal(InitializeSecurityContextW(&h, NULL, target, 0, 0, 0, NULL, 0, &client,
                                                desc(&token), NULL, NULL),
                     SEC_I_CONTINUE_NEEDED);
    fake_lsad.mode = LSAD_RESTARTED;
    memcpy(memory, "S1", 2);
    token.buffer.cbBuffer = 2;
    assert_int_equal(InitializeSecurityContextW(&h, &client, target, 0, 0, 0, desc(&token), 0,
                                                &client, NULL, NULL, NULL),
                     SEC_E_INVALID_HANDLE);
    assert_int_equal(DeleteSecurityContext(&client), SEC_E_OK);
    /* … and the credential goes on. */
    token.buffer.cbBuffer = 64;
    assert_int_equal(InitializeSecurityContextW(&h, NULL, target, 0, 0, 0, NULL, 0, &client,
                                                desc(&token), NULL, NULL),
                     SEC_I_CONTINUE_NEEDED);
    assert_int_equal(DeleteSecurityContext(&client), SEC_E_OK);
    fake_lsad.mode = LSAD_DOWN;
    token.buffer.cbBuffer = 64;
    assert_int_equal(InitializeSecurityContextW(&h, NULL, target, 0, 0, 0, NULL, 0, &client,
                                                desc(&token), NULL, NULL),
                     SEC_E_NO_CREDENTIALS);
    FreeCredentialsHandle(&h);
}

static void test_acquire_misuse(void **state)
{
    static WCHAR nothing[] = u"Nothing";
    CredHandle h, out = acquire(SECPKG_CRED_OUTBOUND), in = acquire(SECPKG_CRED_INBOUND);
    LUID zero = {0, 0}, other = {5, 0};
    struct one token = ONE(0, SECBUFFER_TOKEN, NULL);
    CtxtHandle made;

    (void)state;
    fake.local_default = true;
    assert_int_equal(AcquireCredentialsHandleW(NULL, nothing, 2, NULL, NULL, NULL, NULL, &h, NULL),
                     SEC_E_SECPKG_NOT_FOUND);
    assert_int_equal(AcquireCredentialsHandleW(NULL, NULL, 2, NULL, NULL, NULL, NULL, &h, NULL),
                     SEC_E_SECPKG_NOT_FOUND);
    assert_int_equal(
        AcquireCredentialsHandleW(NULL, package, 2, NULL, NULL, NULL, NULL, NULL, NULL),
        SEC_E_INVALID_HANDLE);
    assert_int_equal(AcquireCredentialsHandleW(NULL, package, 0, NULL, NULL, NULL, NULL, &h, NULL),
                     SEC_E_INVALID_PARAMETER);
    assert_int_equal(
        AcquireCredentialsHandleW(NULL, package, 2, &other, NULL, NULL, NULL, &h, NULL),
        SEC_E_NOT_OWNER);
    assert_int_equal(AcquireCredentialsHandleW(NULL, package, 2, &zero, NULL, NULL, NULL, &h, NULL),
                     SEC_E_OK);
    FreeCredentialsHandle(&h);
    /* The direction that was not asked for is not there. */
    assert_int_equal(
        InitializeSecurityContextW(&in, NULL, target, 0, 0, 0, NULL, 0, &made, NULL, NULL, NULL),
        SEC_E_NO_CREDENTIALS);
    assert_int_equal(AcceptSecurityContext(&out, NULL, desc(&token), 0, 0, &made, NULL, NULL, NULL),
                     SEC_E_NO_CREDENTIALS);
    FreeCredentialsHandle(&out);
    FreeCredentialsHandle(&in);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_default_from_lsad),     TEST(test_default_falls_back),
        TEST(test_kerberos_accepts_here), TEST(test_explicit_never_asks_lsad),
        TEST(test_lsad_restarts),         TEST(test_acquire_misuse),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
