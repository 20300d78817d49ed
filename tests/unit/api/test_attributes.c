/*
 * The A functions beside the W functions, the package lists, the function tables, and the LSA calls
 * of an untrusted program.
 */
#include "tests/unit/api/common.h"

#include <stdlib.h>
#include <ntstatus.h>

/* The documented prototypes take no const. */
#define TEXT_A(literal) ((SEC_CHAR[]){literal})

static void test_packages(void **state)
{
    ULONG count = 0;
    PSecPkgInfoA a;
    PSecPkgInfoW w;

    (void)state;
    assert_int_equal(EnumerateSecurityPackagesA(&count, &a), SEC_E_OK);
    assert_int_equal(count, 2);
    assert_string_equal(a[0].Name, "Fake");
    assert_string_equal(a[0].Comment, "A package for tests: gr\xc3\xbc\xc3\x9f"
                                      "e");
    assert_int_equal(a[0].cbMaxToken, 9000);
    assert_string_equal(a[1].Name, "Kerberos");
    assert_int_equal(FreeContextBuffer(a), SEC_E_OK); /* one block */
    assert_int_equal(EnumerateSecurityPackagesW(&count, &w), SEC_E_OK);
    assert_int_equal(count, 2);
    assert_memory_equal(w[1].Name, u"Kerberos", sizeof(u"Kerberos"));
    assert_int_equal(FreeContextBuffer(w), SEC_E_OK);
    assert_int_equal(EnumerateSecurityPackagesW(NULL, &w), SEC_E_INVALID_PARAMETER);
    assert_int_equal(EnumerateSecurityPackagesA(&count, NULL), SEC_E_INVALID_PARAMETER);

    assert_int_equal(QuerySecurityPackageInfoA(TEXT_A("fAkE"), &a), SEC_E_OK);
    assert_string_equal(a->Name, "Fake");
    assert_int_equal(a->fCapabilities, SECPKG_FLAG_INTEGRITY | SECPKG_FLAG_PRIVACY);
    FreeContextBuffer(a);
    assert_int_equal(QuerySecurityPackageInfoA(TEXT_A("Fak"), &a), SEC_E_SECPKG_NOT_FOUND);
    assert_int_equal(QuerySecurityPackageInfoA(TEXT_A("\xff"), &a), SEC_E_SECPKG_NOT_FOUND);
    assert_int_equal(QuerySecurityPackageInfoA(NULL, &a), SEC_E_SECPKG_NOT_FOUND);
    assert_int_equal(QuerySecurityPackageInfoW(NULL, &w), SEC_E_SECPKG_NOT_FOUND);
    assert_int_equal(FreeContextBuffer(NULL), SEC_E_OK);
}

/* The A function takes the identity as its Flags say, as FreeRDP needs it. */
static void test_identity_character_set(void **state)
{
    USHORT wide[] = {'j', 0xf6, 'r', 'g'};
    SEC_WINNT_AUTH_IDENTITY_W w = {
        .User = wide, .UserLength = 4, .Flags = SEC_WINNT_AUTH_IDENTITY_UNICODE};
    SEC_WINNT_AUTH_IDENTITY_A a = {.User = (UCHAR *)"j\xc3\xb6rg",
                                   .UserLength = 5,
                                   .Flags = SEC_WINNT_AUTH_IDENTITY_ANSI | 0x4000000};
    CredHandle h;

    (void)state;
    assert_int_equal(AcquireCredentialsHandleA(NULL, TEXT_A("FAKE"), SECPKG_CRED_OUTBOUND, NULL, &w,
                                               NULL, NULL, &h, NULL),
                     SEC_E_OK);
    assert_string_equal(fake_last.user, "j\xc3\xb6rg");
    assert_true(fake_last.call_attributes & SECPKG_CALL_ANSI);
    assert_true(fake_last.call_attributes & SECPKG_CALL_IN_PROC);
    assert_int_equal(FreeCredentialsHandle(&h), SEC_E_OK);
    fake_last.user[0] = '\0';
    assert_int_equal(AcquireCredentialsHandleW(NULL, (WCHAR[]){u"Fake"}, SECPKG_CRED_OUTBOUND, NULL,
                                               &a, NULL, NULL, &h, NULL),
                     SEC_E_OK);
    assert_string_equal(fake_last.user, "j\xc3\xb6rg");
    assert_false(fake_last.call_attributes & SECPKG_CALL_ANSI);
    assert_int_equal(FreeCredentialsHandle(&h), SEC_E_OK);
    assert_int_equal(AcquireCredentialsHandleA(TEXT_A("\xff"), TEXT_A("Fake"), 2, NULL, &a, NULL,
                                               NULL, &h, NULL),
                     SEC_E_UNKNOWN_CREDENTIALS);
    assert_int_equal(
        AcquireCredentialsHandleA(NULL, TEXT_A("\xff"), 2, NULL, &a, NULL, NULL, &h, NULL),
        SEC_E_SECPKG_NOT_FOUND);
}

static void test_target_a(void **state)
{
    CredHandle out = acquire(SECPKG_CRED_OUTBOUND);
    CtxtHandle made;
    char memory[64], *enormous;
    struct one token = ONE(64, SECBUFFER_TOKEN, memory);

    (void)state;
    assert_int_equal(InitializeSecurityContextA(&out, NULL,
                                                TEXT_A("host/gr\xc3\xbc\xc3\x9f"
                                                       "e"),
                                                0, 0, 0, NULL, 0, &made, desc(&token), NULL, NULL),
                     SEC_I_CONTINUE_NEEDED);
    assert_string_equal(fake_last.target, "host/gr\xc3\xbc\xc3\x9f"
                                          "e");
    assert_int_equal(DeleteSecurityContext(&made), SEC_E_OK);
    assert_int_equal(InitializeSecurityContextA(&out, NULL, TEXT_A("host/\xc3"), 0, 0, 0, NULL, 0,
                                                &made, desc(&token), NULL, NULL),
                     SEC_E_TARGET_UNKNOWN);
    enormous = calloc(1, 70001);
    memset(enormous, 'a', 70000);
    assert_int_equal(InitializeSecurityContextA(&out, NULL, enormous, 0, 0, 0, NULL, 0, &made,
                                                desc(&token), NULL, NULL),
                     SEC_E_TARGET_UNKNOWN);
    free(enormous);
    FreeCredentialsHandle(&out);
}

static void test_attributes(void **state)
{
    CredHandle out = acquire(SECPKG_CRED_OUTBOUND), in = acquire(SECPKG_CRED_INBOUND);
    CtxtHandle client, server;
    SecPkgContext_NamesA names;
    SecPkgContext_NamesW names_w;
    SecPkgContext_KeyInfoA key;
    SecPkgContext_NativeNamesA native;
    SecPkgContext_PackageInfoA info;
    SecPkgContext_PackageInfoW info_w;
    SecPkgContext_NegotiationInfoA negotiation;
    SecPkgCredentials_NamesA credential;
    SecPkgContext_Sizes sizes;
    static const ULONG none[] = {
        1108, 1109, 1110, 0x80000001, SECPKG_ATTR_STREAM_SIZES, SECPKG_ATTR_LIFESPAN};
    char nothing[256];
    size_t i;

    (void)state;
    handshake(&out, &in, &client, &server);
    assert_int_equal(QueryContextAttributesA(&client, SECPKG_ATTR_SIZES, &sizes), SEC_E_OK);
    assert_int_equal(sizes.cbMaxToken, 9000);
    assert_int_equal(QueryContextAttributesA(&server, SECPKG_ATTR_NAMES, &names), SEC_E_OK);
    assert_string_equal(names.sUserName, "DOM\\j\xc3\xb6rg");
    FreeContextBuffer(names.sUserName);
    assert_int_equal(QueryContextAttributesW(&server, SECPKG_ATTR_NAMES, &names_w), SEC_E_OK);
    assert_memory_equal(names_w.sUserName, u"DOM\\j\u00f6rg", sizeof(u"DOM\\j\u00f6rg"));
    FreeContextBuffer(names_w.sUserName);
    assert_int_equal(QueryContextAttributesA(&client, SECPKG_ATTR_KEY_INFO, &key), SEC_E_OK);
    assert_string_equal(key.sSignatureAlgorithmName, "sum");
    assert_string_equal(key.sEncryptAlgorithmName, "x\xc3\xb6r");
    assert_int_equal(key.KeySize, 8);
    assert_int_equal(key.EncryptAlgorithm, 2);
    FreeContextBuffer(key.sSignatureAlgorithmName);
    FreeContextBuffer(key.sEncryptAlgorithmName);
    assert_int_equal(QueryContextAttributesA(&client, SECPKG_ATTR_NATIVE_NAMES, &native), SEC_E_OK);
    assert_string_equal(native.sClientName, "alice");
    assert_null(native.sServerName);
    FreeContextBuffer(native.sClientName);
    assert_int_equal(QueryContextAttributesA(&client, SECPKG_ATTR_PACKAGE_INFO, &info), SEC_E_OK);
    assert_string_equal(info.PackageInfo->Name, "Fake");
    FreeContextBuffer(info.PackageInfo);
    assert_int_equal(QueryContextAttributesW(&client, SECPKG_ATTR_PACKAGE_INFO, &info_w), SEC_E_OK);
    assert_memory_equal(info_w.PackageInfo->Name, u"Fake", sizeof(u"Fake"));
    FreeContextBuffer(info_w.PackageInfo);
    assert_int_equal(QueryContextAttributesA(&client, SECPKG_ATTR_NEGOTIATION_INFO, &negotiation),
                     SEC_E_OK);
    assert_string_equal(negotiation.PackageInfo->Comment, "inner");
    assert_int_equal(negotiation.NegotiationState, SECPKG_NEGOTIATION_COMPLETE);
    FreeContextBuffer(negotiation.PackageInfo);

    for (i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
        assert_int_equal(QueryContextAttributesA(&client, none[i], nothing),
                         SEC_E_UNSUPPORTED_FUNCTION);
        assert_int_equal(QueryContextAttributesW(&client, none[i], nothing),
                         SEC_E_UNSUPPORTED_FUNCTION);
    }
    assert_int_equal(QueryContextAttributesW(&client, SECPKG_ATTR_SIZES, NULL),
                     SEC_E_INVALID_PARAMETER);
    assert_int_equal(QueryContextAttributesA(&client, SECPKG_ATTR_NEGOTIATION_INFO, NULL),
                     SEC_E_INVALID_PARAMETER);

    assert_int_equal(QueryCredentialsAttributesA(&out, SECPKG_CRED_ATTR_NAMES, &credential),
                     SEC_E_OK);
    assert_string_equal(credential.sUserName, "DOM\\j\xc3\xb6rg");
    FreeContextBuffer(credential.sUserName);
    assert_int_equal(QueryCredentialsAttributesA(&out, 1110, nothing), SEC_E_UNSUPPORTED_FUNCTION);
    assert_int_equal(QueryCredentialsAttributesW(&out, SECPKG_CRED_ATTR_NAMES, NULL),
                     SEC_E_INVALID_PARAMETER);
    assert_int_equal(CompleteAuthToken(&client, NULL), SEC_E_UNSUPPORTED_FUNCTION);
    DeleteSecurityContext(&client);
    DeleteSecurityContext(&server);
    FreeCredentialsHandle(&out);
    FreeCredentialsHandle(&in);
}

/* Reserved2 and Reserved8 apart, every member is a function, in both tables. */
static void check_table(void *table, size_t size, size_t reserved2, size_t reserved8)
{
    size_t at;

    for (at = offsetof(SecurityFunctionTableW, EnumerateSecurityPackagesW); at < size;
         at += sizeof(void *)) {
        void *member;

        memcpy(&member, (char *)table + at, sizeof(member));
        if (at == reserved2 || at == reserved8)
            assert_null(member);
        else
            assert_non_null(member);
    }
}

static void test_tables(void **state)
{
    PSecurityFunctionTableA a = InitSecurityInterfaceA();
    PSecurityFunctionTableW w = InitSecurityInterfaceW();
    PSecPkgInfoA info;

    (void)state;
    assert_ptr_equal(a, InitSecurityInterfaceA());
    /* All routines through QueryCredentialsAttributesEx: what each version added is there. */
    assert_int_equal(a->dwVersion, SECURITY_SUPPORT_PROVIDER_INTERFACE_VERSION_5);
    assert_int_equal(w->dwVersion, SECURITY_SUPPORT_PROVIDER_INTERFACE_VERSION_5);
    assert_ptr_equal((void *)w->DecryptMessage, (void *)a->DecryptMessage);
    assert_int_equal(w->SetContextAttributesW(NULL, 0, NULL, 0), SEC_E_INVALID_HANDLE);
    assert_int_equal(w->SetCredentialsAttributesW(NULL, 0, NULL, 0), SEC_E_INVALID_HANDLE);
    assert_int_equal(a->ChangeAccountPasswordA(NULL, NULL, NULL, NULL, NULL, FALSE, 0, NULL),
                     SEC_E_SECPKG_NOT_FOUND);
    assert_int_equal(w->QueryCredentialsAttributesExW(NULL, 0, NULL, 0), SEC_E_INVALID_HANDLE);
    assert_int_equal(a->QueryCredentialsAttributesExA(NULL, 0, NULL, 0), SEC_E_INVALID_HANDLE);
    assert_int_equal(sizeof(*w), sizeof(*a));
    check_table(w, sizeof(*w), offsetof(SecurityFunctionTableW, Reserved2),
                offsetof(SecurityFunctionTableW, Reserved8));
    check_table(a, sizeof(*a), offsetof(SecurityFunctionTableA, Reserved2),
                offsetof(SecurityFunctionTableA, Reserved8));
    assert_int_equal(a->QuerySecurityPackageInfoA(TEXT_A("Fake"), &info), SEC_E_OK);
    a->FreeContextBuffer(info);
    assert_int_equal(a->ExportSecurityContext(NULL, 0, NULL, NULL), SEC_E_INVALID_HANDLE);
    assert_int_equal(w->ImpersonateSecurityContext(NULL), SEC_E_INVALID_HANDLE);
    assert_int_equal(w->QueryContextAttributesExW(NULL, 0, NULL, 0), SEC_E_INVALID_HANDLE);
}

static void test_lsa(void **state)
{
    LSA_STRING name = {4, 4, (PCHAR)(uintptr_t) "FAKE"}, bad = {3, 3, (PCHAR)(uintptr_t) "FAK"};
    char submit[] = "question";
    HANDLE lsa = NULL, closed;
    NTSTATUS protocol = 0;
    ULONG id = 99, size = 0;
    void *reply = NULL;

    (void)state;
    fake_lsad.mode = LSAD_DOWN;
    assert_int_equal(LsaConnectUntrusted(&lsa), STATUS_PORT_CONNECTION_REFUSED);
    assert_null(lsa);
    fake_lsad.mode = LSAD_SERVES;
    assert_int_equal(LsaConnectUntrusted(&lsa), STATUS_SUCCESS);
    assert_int_equal(LsaLookupAuthenticationPackage(lsa, &name, &id), STATUS_SUCCESS);
    assert_int_equal(id, 0);
    assert_int_equal(LsaLookupAuthenticationPackage(lsa, &bad, &id), STATUS_NO_SUCH_PACKAGE);
    assert_int_equal(
        LsaCallAuthenticationPackage(lsa, id, submit, sizeof(submit), &reply, &size, &protocol),
        STATUS_SUCCESS);
    assert_int_equal(protocol, 0x1234);
    assert_int_equal(size, sizeof(submit));
    assert_string_equal(reply, "question");
    assert_int_equal(LsaFreeReturnBuffer(reply), STATUS_SUCCESS);
    assert_int_equal(LsaCallAuthenticationPackage(lsa, 77, submit, 1, &reply, &size, NULL),
                     STATUS_NO_SUCH_PACKAGE);
    assert_int_equal(LsaCallAuthenticationPackage(lsa, id, NULL, 1, &reply, &size, NULL),
                     STATUS_INVALID_PARAMETER);
    fake_lsad.mode = LSAD_DOWN;
    assert_int_equal(LsaCallAuthenticationPackage(lsa, id, submit, 1, &reply, &size, NULL),
                     STATUS_PORT_CONNECTION_REFUSED);
    closed = lsa;
    assert_int_equal(LsaDeregisterLogonProcess(lsa), STATUS_SUCCESS);
    assert_int_equal(LsaDeregisterLogonProcess(closed), STATUS_INVALID_HANDLE);
    assert_int_equal(LsaLookupAuthenticationPackage(closed, &name, &id), STATUS_INVALID_HANDLE);
    assert_int_equal(LsaCallAuthenticationPackage(NULL, 0, submit, 1, &reply, &size, NULL),
                     STATUS_INVALID_HANDLE);
    assert_int_equal(LsaDeregisterLogonProcess((HANDLE)0x1234567), STATUS_INVALID_HANDLE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_packages), TEST(test_identity_character_set),
        TEST(test_target_a), TEST(test_attributes),
        TEST(test_tables),   TEST(test_lsa),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
