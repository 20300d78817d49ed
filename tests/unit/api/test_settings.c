/*
 * What is set and asked of credentials and contexts beside the handshake: attributes with their
 * size, added credentials, changed passwords, control tokens; here and at lsad.
 */
#include "tests/unit/api/common.h"

#include <stdlib.h>
#include <credmgr.h>
#include <ntstatus.h>

static WCHAR package[] = u"Fake";

static CredHandle from_lsad(ULONG use)
{
    CredHandle h;

    fake_lsad.mode = LSAD_SERVES;
    assert_int_equal(
        AcquireCredentialsHandleW(NULL, package, use, NULL, NULL, NULL, NULL, &h, NULL), SEC_E_OK);
    return h;
}

/* A context in the middle of its handshake. */
static CtxtHandle half_made(PCredHandle out)
{
    char memory[64];
    struct one token = ONE(64, SECBUFFER_TOKEN, memory);
    CtxtHandle made;

    assert_int_equal(InitializeSecurityContextW(out, NULL, (WCHAR[]){u"host/x"}, 0, 0, 0, NULL, 0,
                                                &made, desc(&token), NULL, NULL),
                     SEC_I_CONTINUE_NEEDED);
    return made;
}

static void check_provider(PCredHandle h)
{
    SecPkgCredentials_SSIProviderW w;
    SecPkgCredentials_SSIProviderA a;

    assert_int_equal(QueryCredentialsAttributesW(h, SECPKG_CRED_ATTR_SSI_PROVIDER, &w), SEC_E_OK);
    assert_memory_equal(w.sProviderName, u"pr\u00f6vider", sizeof(u"pr\u00f6vider"));
    assert_int_equal(w.ProviderInfoLength, 3);
    assert_memory_equal(w.ProviderInfo, "abc", 3);
    FreeContextBuffer(w.sProviderName);
    FreeContextBuffer(w.ProviderInfo);
    assert_int_equal(QueryCredentialsAttributesExA(h, SECPKG_CRED_ATTR_SSI_PROVIDER, &a, sizeof(a)),
                     SEC_E_OK);
    assert_string_equal(a.sProviderName, "pr\xc3\xb6vider");
    assert_memory_equal(a.ProviderInfo, "abc", 3);
    FreeContextBuffer(a.sProviderName);
    FreeContextBuffer(a.ProviderInfo);
    assert_int_equal(
        QueryCredentialsAttributesExA(h, SECPKG_CRED_ATTR_SSI_PROVIDER, &a, sizeof(a) - 1),
        SEC_E_BUFFER_TOO_SMALL);
    assert_int_equal(
        QueryCredentialsAttributesExW(h, SECPKG_CRED_ATTR_SSI_PROVIDER, NULL, sizeof(a)),
        SEC_E_INVALID_PARAMETER);
    assert_int_equal(QueryCredentialsAttributesExW(h, SECPKG_CRED_ATTR_CERT, &w, sizeof(w)),
                     SEC_E_UNSUPPORTED_FUNCTION);
}

static void test_query_credentials(void **state)
{
    CredHandle here = acquire(SECPKG_CRED_BOTH), there = from_lsad(SECPKG_CRED_OUTBOUND);
    unsigned char own[FAKE_ATTRIBUTE_SIZE + 1];

    (void)state;
    check_provider(&here);
    check_provider(&there);
    /* What only the package knows fills what there is room for, and nothing behind it. */
    memset(own, 'n', sizeof(own));
    assert_int_equal(QueryCredentialsAttributesExW(&here, FAKE_ATTRIBUTE, own, 5), SEC_E_OK);
    assert_memory_equal(own, "yyyyyn", 6);
    assert_int_equal(QueryCredentialsAttributesExW(&there, FAKE_ATTRIBUTE, own, 5),
                     SEC_E_UNSUPPORTED_FUNCTION);
    assert_int_equal(FreeCredentialsHandle(&here), SEC_E_OK);
    assert_int_equal(QueryCredentialsAttributesExW(&here, FAKE_ATTRIBUTE, own, 5),
                     SEC_E_INVALID_HANDLE);
    assert_int_equal(QueryCredentialsAttributesExA(NULL, FAKE_ATTRIBUTE, own, 5),
                     SEC_E_INVALID_HANDLE);
    FreeCredentialsHandle(&there);
}

static void check_set(PCredHandle h)
{
    SecPkgCredentials_KdcUrlA a = {(SEC_CHAR[]){"https://kdc.ex\xc3\xa4mple/KdcProxy"}};
    SecPkgCredentials_NamesW w = {(WCHAR[]){u"\u00e5sa"}};
    struct {
        SecPkgCredentials_KdcProxySettingsW head;
        WCHAR server[8];
    } proxy = {{KDC_PROXY_SETTINGS_V1, 1, sizeof(proxy.head), 16, 0, 0}, u"proxy:1"};

    assert_int_equal(SetCredentialsAttributesA(h, SECPKG_CRED_ATTR_KDC_URL, &a, sizeof(a)),
                     SEC_E_OK);
    assert_int_equal(fake_given.attribute, SECPKG_CRED_ATTR_KDC_URL);
    assert_string_equal(fake_given.text, "https://kdc.ex\xc3\xa4mple/KdcProxy");
    assert_int_equal(SetCredentialsAttributesW(h, SECPKG_CRED_ATTR_NAMES, &w, sizeof(w)), SEC_E_OK);
    assert_string_equal(fake_given.text, "\xc3\xa5sa");
    assert_int_equal(
        SetCredentialsAttributesW(h, SECPKG_CRED_ATTR_KDC_PROXY_SETTINGS, &proxy, sizeof(proxy)),
        SEC_E_OK);
    assert_int_equal(fake_given.size, sizeof(proxy));
    assert_memory_equal(fake_given.bytes, &proxy, sizeof(proxy));
    assert_int_equal(SetCredentialsAttributesW(h, SECPKG_CRED_ATTR_KDC_PROXY_SETTINGS, &proxy,
                                               sizeof(proxy.head) - 1),
                     SEC_E_INVALID_PARAMETER);
    assert_int_equal(SetCredentialsAttributesA(h, SECPKG_CRED_ATTR_NAMES, NULL, 8),
                     SEC_E_INVALID_PARAMETER);
    a.KdcUrl = (SEC_CHAR[]){"\xff"};
    assert_int_equal(SetCredentialsAttributesA(h, SECPKG_CRED_ATTR_KDC_URL, &a, sizeof(a)),
                     SEC_E_INVALID_PARAMETER);
    assert_int_equal(SetCredentialsAttributesW(h, SECPKG_CRED_ATTR_CERT, &proxy, sizeof(proxy)),
                     SEC_E_UNSUPPORTED_FUNCTION);
}

static void test_set_credentials(void **state)
{
    CredHandle here = acquire(SECPKG_CRED_BOTH), there = from_lsad(SECPKG_CRED_BOTH);
    SecPkgCredentials_NamesW w = {(WCHAR[]){u"x"}};

    (void)state;
    check_set(&here);
    check_set(&there);
    fake_given.calls = 0;
    assert_int_equal(SetCredentialsAttributesW(&here, SECPKG_CRED_ATTR_NAMES, &w, sizeof(w)),
                     SEC_E_OK);
    assert_int_equal(fake_given.calls, 1); /* one credential for both directions */
    assert_int_equal(SetCredentialsAttributesW(&there, SECPKG_CRED_ATTR_NAMES, &w, sizeof(w)),
                     SEC_E_OK);
    assert_int_equal(fake_given.calls, 3); /* two at lsad */
    FreeCredentialsHandle(&here);
    FreeCredentialsHandle(&there);
    assert_int_equal(SetCredentialsAttributesW(&here, SECPKG_CRED_ATTR_NAMES, &w, sizeof(w)),
                     SEC_E_INVALID_HANDLE);
    assert_int_equal(SetCredentialsAttributesA(NULL, SECPKG_CRED_ATTR_NAMES, &w, sizeof(w)),
                     SEC_E_INVALID_HANDLE);
}

static void test_add_credentials(void **state)
{
    static USHORT user[] = {'b', 0xf6, 'b'};
    SEC_WINNT_AUTH_IDENTITY_W id = {
        .User = user, .UserLength = 3, .Flags = SEC_WINNT_AUTH_IDENTITY_UNICODE};
    CredHandle here = acquire(SECPKG_CRED_OUTBOUND), there = from_lsad(SECPKG_CRED_OUTBOUND);
    SEC_CHAR name[] = "host/a", fake_a[] = "FAKE", none[] = "Nothing", bad[] = "\xff";
    WCHAR kerberos[] = u"Kerberos";
    TimeStamp expiry = {.QuadPart = 1};

    (void)state;
    assert_int_equal(
        AddCredentialsA(&here, name, fake_a, SECPKG_CRED_OUTBOUND, &id, NULL, NULL, &expiry),
        SEC_E_OK);
    assert_string_equal(fake_given.text, "b\xc3\xb6"
                                         "b");
    assert_string_equal(fake_given.principal, "host/a");
    assert_string_equal(fake_given.package, "FAKE");
    assert_int_equal(expiry.QuadPart, 55);
    assert_int_equal(
        AddCredentialsW(&there, NULL, NULL, SECPKG_CRED_OUTBOUND, &id, NULL, NULL, &expiry),
        SEC_E_OK);
    assert_string_equal(fake_given.text, "b\xc3\xb6"
                                         "b");
    assert_int_equal(expiry.QuadPart, 56);
    assert_int_equal(
        AddCredentialsW(&there, NULL, NULL, SECPKG_CRED_OUTBOUND, NULL, NULL, NULL, NULL),
        SEC_E_OK);
    assert_string_equal(fake_given.text, "-");

    fake_given.calls = 0;
    assert_int_equal(AddCredentialsW(&here, NULL, NULL, 0, &id, NULL, NULL, NULL),
                     SEC_E_INVALID_PARAMETER);
    assert_int_equal(AddCredentialsW(&here, NULL, NULL, SECPKG_CRED_INBOUND, &id, NULL, NULL, NULL),
                     SEC_E_NO_CREDENTIALS); /* the handle has no such direction */
    assert_int_equal(
        AddCredentialsA(&here, NULL, none, SECPKG_CRED_OUTBOUND, &id, NULL, NULL, NULL),
        SEC_E_SECPKG_NOT_FOUND);
    assert_int_equal(AddCredentialsA(&here, NULL, bad, SECPKG_CRED_OUTBOUND, &id, NULL, NULL, NULL),
                     SEC_E_SECPKG_NOT_FOUND);
    assert_int_equal(AddCredentialsA(&here, bad, NULL, SECPKG_CRED_OUTBOUND, &id, NULL, NULL, NULL),
                     SEC_E_UNKNOWN_CREDENTIALS);
    assert_int_equal(
        AddCredentialsW(&here, NULL, kerberos, SECPKG_CRED_OUTBOUND, &id, NULL, NULL, NULL),
        SEC_E_INVALID_PARAMETER); /* only Negotiate mixes packages */
    id.Flags = 0;
    assert_int_equal(
        AddCredentialsW(&there, NULL, NULL, SECPKG_CRED_OUTBOUND, &id, NULL, NULL, NULL),
        SEC_E_UNKNOWN_CREDENTIALS);
    assert_int_equal(fake_given.calls, 0);
    FreeCredentialsHandle(&here);
    FreeCredentialsHandle(&there);
    assert_int_equal(
        AddCredentialsW(&here, NULL, NULL, SECPKG_CRED_OUTBOUND, &id, NULL, NULL, NULL),
        SEC_E_INVALID_HANDLE);
}

static void test_change_password(void **state)
{
    SEC_CHAR fake_a[] = "fake", account[] = "j\xc3\xb6rg", old[] = "old", wrong[] = "new",
             new[] = "n\xc3\xa9w", none[] = "Nothing", empty[] = "", bad[] = "\xff";
    WCHAR kerberos[] = u"Kerberos", text[] = u"text";
    struct one output = ONE(0, SECBUFFER_CHANGE_PASS_RESPONSE, NULL),
               other = ONE(0, SECBUFFER_TOKEN, NULL);

    (void)state;
    assert_int_equal(
        ChangeAccountPasswordA(fake_a, NULL, account, old, new, TRUE, 0, desc(&output)), SEC_E_OK);
    assert_string_equal(fake_given.principal, "j\xc3\xb6rg");
    assert_string_equal(fake_given.text, "n\xc3\xa9w");
    assert_string_equal(fake_given.package, "");
    assert_int_equal(fake_given.impersonating, TRUE);
    assert_string_equal(output.buffer.pvBuffer, "at least 8 letters");
    FreeContextBuffer(output.buffer.pvBuffer);
    assert_int_equal(ChangeAccountPasswordA(fake_a, account, account, old, new, FALSE, 0, NULL),
                     SEC_E_OK); /* what the package tells is released */
    assert_string_equal(fake_given.package, "j\xc3\xb6rg");
    assert_int_equal(ChangeAccountPasswordA(fake_a, NULL, account, wrong, new, FALSE, 0, NULL),
                     SEC_E_LOGON_DENIED);
    assert_int_equal(ChangeAccountPasswordA(fake_a, NULL, account, old, empty, FALSE, 0, NULL),
                     STATUS_PASSWORD_RESTRICTION);

    fake_given.calls = 0;
    assert_int_equal(ChangeAccountPasswordA(none, NULL, account, old, new, FALSE, 0, NULL),
                     SEC_E_SECPKG_NOT_FOUND);
    assert_int_equal(ChangeAccountPasswordA(bad, NULL, account, old, new, FALSE, 0, NULL),
                     SEC_E_SECPKG_NOT_FOUND);
    assert_int_equal(ChangeAccountPasswordA(fake_a, NULL, account, old, bad, FALSE, 0, NULL),
                     SEC_E_INVALID_PARAMETER);
    assert_int_equal(ChangeAccountPasswordA(fake_a, NULL, NULL, old, new, FALSE, 0, NULL),
                     SEC_E_INVALID_PARAMETER);
    assert_int_equal(ChangeAccountPasswordA(fake_a, NULL, account, old, NULL, FALSE, 0, NULL),
                     SEC_E_INVALID_PARAMETER);
    assert_int_equal(ChangeAccountPasswordA(fake_a, NULL, account, old, new, FALSE, 1, NULL),
                     SEC_E_INVALID_PARAMETER); /* reserved */
    assert_int_equal(
        ChangeAccountPasswordA(fake_a, NULL, account, old, new, FALSE, 0, desc(&other)),
        SEC_E_INVALID_TOKEN);
    other.desc.cBuffers = 0;
    assert_int_equal(ChangeAccountPasswordA(fake_a, NULL, account, old, new, FALSE, 0, &other.desc),
                     SEC_E_INVALID_TOKEN);
    assert_int_equal(ChangeAccountPasswordW(kerberos, NULL, text, text, text, FALSE, 0, NULL),
                     SEC_E_UNSUPPORTED_FUNCTION); /* the package has no such function */
    assert_int_equal(fake_given.calls, 0);
}

static void check_context(PCtxtHandle h)
{
    char memory[64] = "bye";
    struct one token = ONE(3, SECBUFFER_TOKEN, memory), empty = ONE(0, SECBUFFER_TOKEN, NULL);
    SecPkgContext_Lifespan life;
    SecPkgCredentials_KdcProxySettingsW settings = {7, 8, 9, 10, 11, 12};

    assert_int_equal(QueryContextAttributesExW(h, SECPKG_ATTR_LIFESPAN, &life, sizeof(life)),
                     SEC_E_OK);
    assert_int_equal(life.tsExpiry.QuadPart, 42);
    assert_int_equal(QueryContextAttributesExA(h, SECPKG_ATTR_LIFESPAN, &life, sizeof(life) - 1),
                     SEC_E_BUFFER_TOO_SMALL);
    assert_int_equal(QueryContextAttributesExA(h, SECPKG_ATTR_SIZES, &life, sizeof(life)),
                     SEC_E_UNSUPPORTED_FUNCTION); /* none before the handshake is done */
    assert_int_equal(ApplyControlToken(h, desc(&token)), SEC_E_OK);
    assert_int_equal(fake_given.size, 3);
    assert_memory_equal(fake_given.bytes, "bye", 3);
    assert_int_equal(ApplyControlToken(h, NULL), SEC_E_INVALID_TOKEN);
    assert_int_equal(ApplyControlToken(h, desc(&empty)), SEC_E_INVALID_TOKEN);
    token.desc.pBuffers = NULL;
    assert_int_equal(ApplyControlToken(h, &token.desc), SEC_E_INVALID_TOKEN);
    assert_int_equal(SetContextAttributesW(h, SECPKG_ATTR_NAMES, NULL, 8), SEC_E_INVALID_PARAMETER);
    assert_int_equal(SetContextAttributesW(h, SECPKG_ATTR_NAMES, &settings, 7),
                     SEC_E_INVALID_PARAMETER);
    assert_int_equal(SetContextAttributesW(h, SECPKG_ATTR_SIZES, &settings, sizeof(settings)),
                     SEC_E_UNSUPPORTED_FUNCTION);
}

static void test_contexts(void **state)
{
    CredHandle here = acquire(SECPKG_CRED_OUTBOUND), in = acquire(SECPKG_CRED_INBOUND),
               there = from_lsad(SECPKG_CRED_OUTBOUND);
    CtxtHandle local = half_made(&here), remote = half_made(&there), client, server;
    SecPkgContext_NamesA name = {(SEC_CHAR[]){"\xc3\xa5sa"}};
    SecPkgContext_NamesW names;
    SecPkgContext_PackageInfoA info;
    char memory[64] = "bye";
    struct one token = ONE(3, SECBUFFER_TOKEN, memory);
    unsigned char own[2];

    (void)state;
    check_context(&local);
    check_context(&remote);
    /* SECPKG_ATTR_NAMES is 1, as SECPKG_CRED_ATTR_NAMES: the fake keeps it. */
    assert_int_equal(SetContextAttributesA(&local, SECPKG_ATTR_NAMES, &name, sizeof(name)),
                     SEC_E_OK);
    assert_string_equal(fake_given.text, "\xc3\xa5sa");
    fake_given.text[0] = '\0';
    assert_int_equal(SetContextAttributesA(&remote, SECPKG_ATTR_NAMES, &name, sizeof(name)),
                     SEC_E_OK);
    assert_string_equal(fake_given.text, "\xc3\xa5sa");
    assert_int_equal(SetContextAttributesW(&local, FAKE_ATTRIBUTE, memory, 3), SEC_E_OK);
    assert_memory_equal(fake_given.bytes, "bye", 3);
    assert_int_equal(SetContextAttributesW(&remote, FAKE_ATTRIBUTE, memory, 3),
                     SEC_E_UNSUPPORTED_FUNCTION);

    handshake(&here, &in, &client, &server);
    assert_int_equal(QueryContextAttributesExW(&client, SECPKG_ATTR_NAMES, &names, sizeof(names)),
                     SEC_E_OK);
    assert_memory_equal(names.sUserName, u"DOM\\j\u00f6rg", sizeof(u"DOM\\j\u00f6rg"));
    FreeContextBuffer(names.sUserName);
    assert_int_equal(QueryContextAttributesExA(&client, SECPKG_ATTR_NAMES, &names, UINT32_MAX),
                     SEC_E_OK);
    assert_string_equal(names.sUserName, "DOM\\j\xc3\xb6rg");
    FreeContextBuffer(names.sUserName);
    assert_int_equal(QueryContextAttributesExA(&client, SECPKG_ATTR_PACKAGE_INFO, &info, 7),
                     SEC_E_BUFFER_TOO_SMALL);
    assert_int_equal(QueryContextAttributesExA(&client, SECPKG_ATTR_PACKAGE_INFO, &info, 8),
                     SEC_E_OK);
    assert_string_equal(info.PackageInfo->Name, "Fake");
    FreeContextBuffer(info.PackageInfo);
    assert_int_equal(QueryContextAttributesExW(&client, 0x6001, own, 2),
                     SEC_E_UNSUPPORTED_FUNCTION);
    /* The LSA half is gone, and with it what could be set. */
    assert_int_equal(SetContextAttributesW(&client, FAKE_ATTRIBUTE, memory, 3),
                     SEC_E_INVALID_HANDLE);
    assert_int_equal(ApplyControlToken(&client, desc(&token)), SEC_E_INVALID_HANDLE);
    assert_int_equal(DelegateSecurityContext(&client, NULL, SecFull, NULL, NULL, NULL),
                     SEC_E_UNSUPPORTED_FUNCTION);
    assert_int_equal(DeleteSecurityContext(&client), SEC_E_OK);
    assert_int_equal(DelegateSecurityContext(&client, NULL, SecFull, NULL, NULL, NULL),
                     SEC_E_INVALID_HANDLE);
    assert_int_equal(SetContextAttributesW(&client, FAKE_ATTRIBUTE, memory, 3),
                     SEC_E_INVALID_HANDLE);
    assert_int_equal(ApplyControlToken(&client, desc(&token)), SEC_E_INVALID_HANDLE);
    assert_int_equal(ApplyControlToken(NULL, desc(&token)), SEC_E_INVALID_HANDLE);
    DeleteSecurityContext(&server);
    DeleteSecurityContext(&local);
    DeleteSecurityContext(&remote);
    FreeCredentialsHandle(&here);
    FreeCredentialsHandle(&there);
    FreeCredentialsHandle(&in);
}

/* There is no call context here; the functions say so, and leave nothing to free. */
static void test_call_context(void **state)
{
    UCHAR address[] = "192.0.2.1";
    BOOL free_it = TRUE;

    (void)state;
    assert_int_equal(SecAllocateAndSetIPAddress(address, 9, &free_it), SEC_E_UNSUPPORTED_FUNCTION);
    assert_int_equal(free_it, FALSE);
    free_it = TRUE;
    assert_int_equal(SecAllocateAndSetCallTarget(address, 9, (WCHAR[]){u"host/x"}, &free_it),
                     SEC_E_UNSUPPORTED_FUNCTION);
    assert_int_equal(free_it, FALSE);
    assert_int_equal(SecAllocateAndSetCallTarget(NULL, 0, NULL, NULL), SEC_E_UNSUPPORTED_FUNCTION);
    SecFreeCallContext();
}

/* Each call says why it failed; one that does not leaves nothing to be said. */
static void test_reasons(void **state)
{
    CredHandle h = acquire(SECPKG_CRED_OUTBOUND);
    SecPkgCredentials_NamesW names;
    LONG code = -1;

    (void)state;
    assert_int_equal(AddCredentialsW(&h, NULL, (WCHAR[]){u"Nothing"}, SECPKG_CRED_OUTBOUND, NULL,
                                     NULL, NULL, NULL),
                     SEC_E_SECPKG_NOT_FOUND);
    assert_non_null(strstr(CredmgrLastErrorText(&code), "no security package"));
    assert_int_equal(QueryCredentialsAttributesW(&h, SECPKG_CRED_ATTR_NAMES, &names), SEC_E_OK);
    assert_string_equal(CredmgrLastErrorText(NULL), "");
    FreeContextBuffer(names.sUserName);
    assert_int_equal(SetCredentialsAttributesW(&h, 0x7777, &names, sizeof(names)),
                     SEC_E_UNSUPPORTED_FUNCTION);
    assert_string_not_equal(CredmgrLastErrorText(NULL), "");
    FreeCredentialsHandle(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_query_credentials), TEST(test_set_credentials), TEST(test_add_credentials),
        TEST(test_change_password),   TEST(test_contexts),        TEST(test_call_context),
        TEST(test_reasons),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
