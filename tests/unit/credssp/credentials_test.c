/*
 * AcquireCredentialsHandle: CREDSSP_CRED in all its forms, and what is none.
 */
#include "tests/unit/credssp/sides.h"

#include <ntsecapi.h>
#include <string.h>

#include "base/utf16.h"

static SECURITY_STATUS acquire_with(const WCHAR *package, ULONG use, LUID *luid, void *auth_data,
                                    PCredHandle handle)
{
    TimeStamp expiry = {.QuadPart = -1};
    SECURITY_STATUS status = AcquireCredentialsHandleW(
        NULL, (SEC_WCHAR *)(uintptr_t)package, use, luid, auth_data, NULL, NULL, handle, &expiry);

    assert_true(status != SEC_E_OK || expiry.QuadPart > 0);
    return status;
}

static SECURITY_STATUS outbound(void *auth_data)
{
    CredHandle handle;
    SECURITY_STATUS status =
        acquire_with(CREDSSP_NAME, SECPKG_CRED_OUTBOUND, NULL, auth_data, &handle);

    if (status == SEC_E_OK)
        assert_int_equal(FreeCredentialsHandle(&handle), SEC_E_OK);
    return status;
}

static void test_package(void **state)
{
    PSecPkgInfoW list;
    PSecPkgInfoA info;
    CredHandle handle;
    ULONG count, found = 0;

    (void)state;
    assert_int_equal(QuerySecurityPackageInfoA((SEC_CHAR *)"credssp", &info), SEC_E_OK);
    assert_string_equal(info->Name, "CREDSSP");
    assert_true(info->cbMaxToken > 48256);
    assert_true(info->fCapabilities & SECPKG_FLAG_STREAM);
    FreeContextBuffer(info);
    assert_int_equal(EnumerateSecurityPackagesW(&count, &list), SEC_E_OK);
    for (ULONG i = 0; i < count; i++)
        found += utf16_equal_nocase(list[i].Name, CREDSSP_NAME);
    assert_int_equal(found, 1);
    FreeContextBuffer(list);
    assert_int_equal(acquire_with(u"CREDSSPX", SECPKG_CRED_OUTBOUND, NULL, NULL, &handle),
                     SEC_E_SECPKG_NOT_FOUND);
}

static void test_use(void **state)
{
    struct side client, server;
    CredHandle both;

    (void)state;
    assert_int_equal(acquire_with(CREDSSP_NAME, 0, NULL, auth_data_of(&alice, true), &both),
                     SEC_E_INVALID_PARAMETER);
    acquire(&client, &server);
    assert_int_equal(acquire_with(CREDSSP_NAME, SECPKG_CRED_BOTH, NULL,
                                  auth_data_of(&server_credentials, false), &both),
                     SEC_E_OK);
    assert_int_equal(FreeCredentialsHandle(&client.credential), SEC_E_OK);
    assert_int_equal(FreeCredentialsHandle(&server.credential), SEC_E_OK);
    client.credential = server.credential = both;
    assert_int_equal(shake(&client, &server, 0), SEC_E_OK);
    server.has_credential = false; /* the same */
    end(&client, &server);
}

/* Without lsad there is no logon session. */
static void test_null(void **state)
{
    (void)state;
    assert_int_equal(outbound(NULL), SEC_E_NO_CREDENTIALS);
    alice.user = NULL;
    assert_int_equal(outbound(auth_data_of(&alice, true)), SEC_E_NO_CREDENTIALS);
    alice.user = USER;
    alice.no_schannel = true;
    assert_int_equal(outbound(auth_data_of(&alice, true)), SEC_E_OK);
}

static void test_schannel(void **state)
{
    (void)state;
    alice.type = CredsspSchannelCreds; /* alice is not looked at */
    assert_int_equal(outbound(auth_data_of(&alice, true)), SEC_E_NO_CREDENTIALS);
    alice.type = CredsspPasswordCreds;
    alice.flags = SCH_CRED_AUTO_CRED_VALIDATION | SCH_CRED_MANUAL_CRED_VALIDATION;
    assert_true(outbound(auth_data_of(&alice, true)) < 0); /* Schannel's to refuse */
}

static void test_unknown(void **state)
{
    CREDSSP_CRED_EX *ex;
    CREDSSP_CRED *cred;
    DWORD garbage[64];

    (void)state;
    cred = auth_data_of(&alice, true);
    cred->Type = 3;
    assert_int_equal(outbound(cred), SEC_E_UNKNOWN_CREDENTIALS);
    alice.redirect = true;
    ex = auth_data_of(&alice, true);
    assert_int_equal(outbound(ex), SEC_E_OK);
    ex->Version = 1;
    assert_int_equal(outbound(ex), SEC_E_UNKNOWN_CREDENTIALS);
    ex->Version = CREDSSP_CRED_EX_VERSION;
    ex->Flags = 2;
    assert_int_equal(outbound(ex), SEC_E_UNKNOWN_CREDENTIALS);
    ex->Flags = 0;
    ex->Cred.Type = CredsspCredEx;
    assert_int_equal(outbound(ex), SEC_E_UNKNOWN_CREDENTIALS);
    alice.redirect = false;
    cred = auth_data_of(&alice, true);
    memset(garbage, 0xff, sizeof(garbage));
    cred->pSpnegoCred = garbage;
    assert_int_equal(outbound(cred), SEC_E_UNKNOWN_CREDENTIALS);
    cred = auth_data_of(&alice, true);
    cred->pSchannelCred = garbage;
    assert_int_equal(outbound(cred), SEC_E_UNKNOWN_CREDENTIALS);
}

/* The session of another, and credentials that are of none. */
static void test_not_owner(void **state)
{
    LUID luid = {0x12345678, 1};
    CredHandle handle;

    (void)state;
    assert_int_equal(acquire_with(CREDSSP_NAME, SECPKG_CRED_OUTBOUND, &luid,
                                  auth_data_of(&alice, true), &handle),
                     SEC_E_NOT_OWNER);
}

/* ---- forms of a password ----------------------------------------------------------------------
 */

static void assert_alice(void *auth_data)
{
    CredHandle handle;
    struct side client, server;

    assert_int_equal(acquire_with(CREDSSP_NAME, SECPKG_CRED_OUTBOUND, NULL, auth_data, &handle),
                     SEC_E_OK);
    acquire(&client, &server);
    assert_int_equal(FreeCredentialsHandle(&client.credential), SEC_E_OK);
    client.credential = handle;
    assert_int_equal(shake(&client, &server, 0), SEC_E_OK);
    end(&client, &server);
}

static void test_password_forms(void **state)
{
    SEC_WINNT_AUTH_IDENTITY_A narrow = {.User = (unsigned char *)"alice",
                                        .UserLength = 5,
                                        .Domain = (unsigned char *)"BOX",
                                        .DomainLength = 3,
                                        .Password = (unsigned char *)"open sesame",
                                        .PasswordLength = 11,
                                        .Flags = SEC_WINNT_AUTH_IDENTITY_ANSI};
    SEC_WINNT_AUTH_IDENTITY_W wide = {.User = (USHORT *)(uintptr_t)USER,
                                      .UserLength = 5,
                                      .Domain = (USHORT *)(uintptr_t)DOMAIN,
                                      .DomainLength = 3,
                                      .Password = (USHORT *)(uintptr_t)PASSWORD,
                                      .PasswordLength = 11,
                                      .Flags = SEC_WINNT_AUTH_IDENTITY_UNICODE};
    CREDSSP_CRED cred = {CredsspPasswordCreds, NULL, &narrow};
    PSEC_WINNT_AUTH_IDENTITY_OPAQUE opaque = NULL;

    (void)state;
    assert_alice(&cred);
    cred.pSpnegoCred = &wide;
    assert_alice(&cred);
    assert_int_equal(SspiEncodeStringsAsAuthIdentity(USER, DOMAIN, PASSWORD, &opaque), SEC_E_OK);
    cred.pSpnegoCred = opaque;
    assert_alice(&cred);
    assert_int_equal(SspiEncryptAuthIdentity(opaque), SEC_E_OK);
    assert_alice(&cred);
    SspiFreeAuthIdentity(opaque);
}

/* As credential providers serialize it, and with pointers. */
static void test_submit_buffer(void **state)
{
    struct {
        KERB_INTERACTIVE_LOGON logon;
        WCHAR user[5], domain[3], password[11];
    } b = {.logon = {.MessageType = KerbInteractiveLogon,
                     .UserName = {10, 10, (WCHAR *)offsetof(__typeof__(b), user)},
                     .LogonDomainName = {6, 6, (WCHAR *)offsetof(__typeof__(b), domain)},
                     .Password = {22, 22, (WCHAR *)offsetof(__typeof__(b), password)}}};
    CREDSSP_CRED cred = {CredsspSubmitBufferBoth, NULL, &b};

    (void)state;
    memcpy(b.user, USER, sizeof(b.user));
    memcpy(b.domain, DOMAIN, sizeof(b.domain));
    memcpy(b.password, PASSWORD, sizeof(b.password));
    assert_alice(&cred);
    b.logon.MessageType = KerbWorkstationUnlockLogon;
    assert_alice(&cred);
    cred.Type = CredsspSubmitBufferBothOld;
    b.logon.UserName.Buffer = b.user;
    b.logon.LogonDomainName.Buffer = b.domain;
    b.logon.Password.Buffer = b.password;
    assert_alice(&cred);
    b.logon.MessageType = KerbTicketLogon;
    assert_int_equal(outbound(&cred), SEC_E_UNKNOWN_CREDENTIALS);
}

/* Who has a card is authenticated with what the process has anyway: without lsad nothing. */
static void test_certificate(void **state)
{
    KERB_CERTIFICATE_LOGON card = {.MessageType = KerbCertificateLogon,
                                   .Pin = {8, 8, (WCHAR *)(uintptr_t)u"1234"}};
    CREDSSP_CRED cred = {CredsspCertificateCreds, NULL, &card};
    UCHAR csp[4] = {1, 2, 3, 4};

    (void)state;
    assert_int_equal(outbound(&cred), SEC_E_NO_CREDENTIALS);
    cred.Type = CredsspSubmitBufferBoth;
    assert_int_equal(outbound(&cred), SEC_E_NO_CREDENTIALS);
    card.CspData = csp; /* too short for what it should be */
    card.CspDataLength = sizeof(csp);
    assert_int_equal(outbound(&cred), SEC_E_UNKNOWN_CREDENTIALS);
    cred.Type = CredsspCertificateCreds;
    assert_int_equal(outbound(&cred), SEC_E_UNKNOWN_CREDENTIALS);
    card.CspDataLength = 0;
    card.MessageType = KerbInteractiveLogon;
    assert_int_equal(outbound(&cred), SEC_E_UNKNOWN_CREDENTIALS);
}

/* ---- servers and the end ----------------------------------------------------------------------
 */

static void test_no_certificate(void **state)
{
    struct side client, server;

    (void)state;
    server_credentials.entity = NULL;
    meet(&client, &server);
    end(&client, &server);
    server_credentials.no_schannel = true;
    meet(&client, &server);
    assert_messages(&client, &server, 100);
    end(&client, &server);
}

/* The contexts live on. */
static void test_freed(void **state)
{
    struct side client, server;

    (void)state;
    acquire(&client, &server);
    assert_int_equal(leg(&client, &server), SEC_I_CONTINUE_NEEDED);
    deliver(&server, 0);
    assert_int_equal(leg(&server, &client), SEC_I_CONTINUE_NEEDED);
    deliver(&client, 0);
    assert_int_equal(FreeCredentialsHandle(&server.credential), SEC_E_OK);
    server.has_credential = false;
    assert_int_equal(leg(&client, &server), SEC_I_CONTINUE_NEEDED);
    deliver(&server, 0);
    assert_int_equal(leg(&server, &client), SEC_E_INVALID_HANDLE); /* the handle is none */
    end(&client, &server);
    meet(&client, &server);
    assert_int_equal(FreeCredentialsHandle(&client.credential), SEC_E_OK);
    assert_int_equal(FreeCredentialsHandle(&server.credential), SEC_E_OK);
    client.has_credential = server.has_credential = false;
    assert_messages(&client, &server, 100);
    end(&client, &server);
}

/* Of a logon session, which there is none of here. Supplied credentials have a name of their own.
 */
static void test_principal(void **state)
{
    SecPkgContext_NamesA names = {NULL};
    struct side client, server;
    CredHandle handle;
    SECURITY_STATUS status;

    (void)state;
    status = AcquireCredentialsHandleA((SEC_CHAR *)"bob", (SEC_CHAR *)"CREDSSP",
                                       SECPKG_CRED_OUTBOUND, NULL, NULL, NULL, NULL, &handle, NULL);
    assert_int_equal(status, SEC_E_NO_CREDENTIALS);
    acquire(&client, &server);
    assert_int_equal(FreeCredentialsHandle(&client.credential), SEC_E_OK);
    assert_int_equal(AcquireCredentialsHandleA(
                         (SEC_CHAR *)"bob", (SEC_CHAR *)"CREDSSP", SECPKG_CRED_OUTBOUND, NULL,
                         auth_data_of(&alice, true), NULL, NULL, &client.credential, NULL),
                     SEC_E_OK);
    assert_int_equal(shake(&client, &server, 0), SEC_E_OK);
    assert_int_equal(QueryContextAttributesA(&server.context, SECPKG_ATTR_NAMES, &names), SEC_E_OK);
    assert_string_equal(names.sUserName, "BOX\\alice");
    FreeContextBuffer(names.sUserName);
    end(&client, &server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_package, reset),
        cmocka_unit_test_setup(test_use, reset),
        cmocka_unit_test_setup(test_null, reset),
        cmocka_unit_test_setup(test_schannel, reset),
        cmocka_unit_test_setup(test_unknown, reset),
        cmocka_unit_test_setup(test_not_owner, reset),
        cmocka_unit_test_setup(test_password_forms, reset),
        cmocka_unit_test_setup(test_submit_buffer, reset),
        cmocka_unit_test_setup(test_certificate, reset),
        cmocka_unit_test_setup(test_no_certificate, reset),
        cmocka_unit_test_setup(test_freed, reset),
        cmocka_unit_test_setup(test_principal, reset),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
