/*
 * The library as programs load it: it exports the documented functions and nothing else, and in a
 * process that has libwinpr2 (FreeRDP), which exports the same names, every call stays in ours.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dlfcn.h>
#include <elf.h>
#include <libgen.h>
#include <limits.h>
#include <link.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <security.h>

static char path[PATH_MAX];
static void *library;

static const char *const documented[] = {
    "AcceptSecurityContext",
    "AcquireCredentialsHandleA",
    "AcquireCredentialsHandleW",
    "AddCredentialsA",
    "AddCredentialsW",
    "AddSecurityPackageA",
    "AddSecurityPackageW",
    "ApplyControlToken",
    "CertAddCertificateContextToStore",
    "CertAddEncodedCertificateToStore",
    "CertCloseStore",
    "CertCreateCertificateChainEngine",
    "CertCreateCertificateContext",
    "CertDeleteCertificateFromStore",
    "CertDuplicateCertificateChain",
    "CertDuplicateCertificateContext",
    "CertDuplicateStore",
    "CertEnumCertificateContextProperties",
    "CertEnumCertificatesInStore",
    "CertFindCertificateInStore",
    "CertFreeCertificateChain",
    "CertFreeCertificateChainEngine",
    "CertFreeCertificateContext",
    "CertGetCertificateChain",
    "CertGetCertificateContextProperty",
    "CertGetNameStringA",
    "CertGetNameStringW",
    "CertNameToStrA",
    "CertNameToStrW",
    "CertOpenStore",
    "CertOpenSystemStoreA",
    "CertOpenSystemStoreW",
    "CertSetCertificateContextProperty",
    "CertVerifyCertificateChainPolicy",
    "ChangeAccountPasswordA",
    "ChangeAccountPasswordW",
    "CloseHandle",
    "CompleteAuthToken",
    "CredmgrCertificateLoad",
    "CredmgrLastErrorText",
    "CredmgrQueryToken",
    "DecryptMessage",
    "DelegateSecurityContext",
    "DeleteSecurityContext",
    "DeleteSecurityPackageA",
    "DeleteSecurityPackageW",
    "EncryptMessage",
    "EnumerateSecurityPackagesA",
    "EnumerateSecurityPackagesW",
    "ExportSecurityContext",
    "FreeContextBuffer",
    "FreeCredentialsHandle",
    "GetComputerObjectNameA",
    "GetComputerObjectNameW",
    "GetUserNameExA",
    "GetUserNameExW",
    "ImpersonateLoggedOnUser",
    "ImpersonateSecurityContext",
    "ImportSecurityContextA",
    "ImportSecurityContextW",
    "InitSecurityInterfaceA",
    "InitSecurityInterfaceW",
    "InitializeSecurityContextA",
    "InitializeSecurityContextW",
    "LsaCallAuthenticationPackage",
    "LsaConnectUntrusted",
    "LsaDeregisterLogonProcess",
    "LsaFreeReturnBuffer",
    "LsaLookupAuthenticationPackage",
    "MakeSignature",
    "PFXImportCertStore",
    "PFXIsPFXBlob",
    "PFXVerifyPassword",
    "QueryContextAttributesA",
    "QueryContextAttributesExA",
    "QueryContextAttributesExW",
    "QueryContextAttributesW",
    "QueryCredentialsAttributesA",
    "QueryCredentialsAttributesExA",
    "QueryCredentialsAttributesExW",
    "QueryCredentialsAttributesW",
    "QuerySecurityContextToken",
    "QuerySecurityPackageInfoA",
    "QuerySecurityPackageInfoW",
    "RevertSecurityContext",
    "RevertToSelf",
    "SaslAcceptSecurityContext",
    "SaslEnumerateProfilesA",
    "SaslEnumerateProfilesW",
    "SaslGetContextOption",
    "SaslGetProfilePackageA",
    "SaslGetProfilePackageW",
    "SaslIdentifyPackageA",
    "SaslIdentifyPackageW",
    "SaslInitializeSecurityContextA",
    "SaslInitializeSecurityContextW",
    "SaslSetContextOption",
    "SecAllocateAndSetCallTarget",
    "SecAllocateAndSetIPAddress",
    "SecFreeCallContext",
    "SetContextAttributesA",
    "SetContextAttributesW",
    "SetCredentialsAttributesA",
    "SetCredentialsAttributesW",
    "SslCrackCertificate",
    "SslEmptyCacheA",
    "SslEmptyCacheW",
    "SslFreeCertificate",
    "SslGenerateRandomBits",
    "SslGetExtensions",
    "SslGetMaximumKeySize",
    "SslGetServerIdentity",
    "SspiCompareAuthIdentities",
    "SspiCopyAuthIdentity",
    "SspiDecryptAuthIdentity",
    "SspiDecryptAuthIdentityEx",
    "SspiEncodeAuthIdentityAsStrings",
    "SspiEncodeStringsAsAuthIdentity",
    "SspiEncryptAuthIdentity",
    "SspiEncryptAuthIdentityEx",
    "SspiExcludePackage",
    "SspiFreeAuthIdentity",
    "SspiGetCredUIContext",
    "SspiGetTargetHostName",
    "SspiIsAuthIdentityEncrypted",
    "SspiIsPromptingNeeded",
    "SspiLocalFree",
    "SspiMarshalAuthIdentity",
    "SspiPrepareForCredRead",
    "SspiPrepareForCredWrite",
    "SspiPromptForCredentialsA",
    "SspiPromptForCredentialsW",
    "SspiSetChannelBindingFlags",
    "SspiUnmarshalAuthIdentity",
    "SspiUnmarshalCredUIContext",
    "SspiUpdateCredentials",
    "SspiValidateAuthIdentity",
    "SspiZeroAuthIdentity",
    "TranslateNameA",
    "TranslateNameW",
    "VerifySignature",
};
#define DOCUMENTED (sizeof(documented) / sizeof(documented[0]))

/* WinPR's own, referenced so that the linker keeps libwinpr2 and its symbols come first in the
 * process. */
extern void *InitSecurityInterfaceExW(uint32_t flags);
extern const char *GetSecurityStatusString(int32_t status);

static int load(void **state)
{
    char self[PATH_MAX] = "";

    (void)state;
    if (readlink("/proc/self/exe", self, sizeof(self) - 1) < 0)
        return -1;
    snprintf(path, sizeof(path), "%.4000s/../../lib/libsspi.so.0", dirname(self));
    library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!library)
        fprintf(stderr, "%s\n", dlerror());
    return library ? 0 : -1;
}

static bool ours(const void *address)
{
    Dl_info info;

    return dladdr(address, &info) && strstr(info.dli_fname, "libsspi.so.0");
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The dynamic symbol table of the file itself: what is defined and visible. */
static void test_exports(void **state)
{
    const char *found[4 * DOCUMENTED] = {NULL};
    const Elf64_Ehdr *elf;
    const Elf64_Shdr *sections;
    size_t count = 0, i, s, length;
    char *file;
    FILE *f = fopen(path, "rb");

    (void)state;
    assert_non_null(f);
    fseek(f, 0, SEEK_END);
    length = (size_t)ftell(f);
    rewind(f);
    file = malloc(length);
    assert_non_null(file);
    assert_int_equal(fread(file, 1, length, f), length);
    fclose(f);
    elf = (const Elf64_Ehdr *)file;
    sections = (const Elf64_Shdr *)(file + elf->e_shoff);
    for (s = 0; s < elf->e_shnum; s++) {
        const Elf64_Sym *symbols = (const Elf64_Sym *)(file + sections[s].sh_offset);
        const char *names = file + sections[sections[s].sh_link].sh_offset;

        for (i = 0; sections[s].sh_type == SHT_DYNSYM && i < sections[s].sh_size / sizeof(*symbols);
             i++) {
            if (symbols[i].st_shndx == SHN_UNDEF || symbols[i].st_shndx == SHN_ABS ||
                ELF64_ST_BIND(symbols[i].st_info) == STB_LOCAL)
                continue;
            /* no function: winbase.h's, by which a program's own copy of it becomes visible */
            if (strcmp(names + symbols[i].st_name, "credmgr_last_error") == 0)
                continue;
            assert_true(count < 4 * DOCUMENTED);
            found[count++] = names + symbols[i].st_name;
        }
    }
    qsort(found, count, sizeof(found[0]), by_name);
    for (i = 0; i < count && i < DOCUMENTED; i++)
        assert_string_equal(found[i], documented[i]);
    assert_int_equal(count, DOCUMENTED);
    free(file);
}

/* Every function of a table is code of this library. */
static void check_table(void *table, size_t size)
{
    size_t at;

    for (at = offsetof(SecurityFunctionTableW, EnumerateSecurityPackagesW); at < size;
         at += sizeof(void *)) {
        void *member;

        memcpy(&member, (char *)table + at, sizeof(member));
        if (member)
            assert_true(ours(member));
    }
}

/* What each package can, and no more: programs choose by it. */
#define SCHANNEL_CAPABILITIES                                                                      \
    (SECPKG_FLAG_INTEGRITY | SECPKG_FLAG_PRIVACY | SECPKG_FLAG_CONNECTION |                        \
     SECPKG_FLAG_MULTI_REQUIRED | SECPKG_FLAG_EXTENDED_ERROR | SECPKG_FLAG_IMPERSONATION |         \
     SECPKG_FLAG_ACCEPT_WIN32_NAME | SECPKG_FLAG_STREAM | SECPKG_FLAG_MUTUAL_AUTH)

static const struct {
    const char *name;
    ULONG capabilities, token;
    USHORT rpc_id;
} packages[] = {
    {"Microsoft Unified Security Protocol Provider", SCHANNEL_CAPABILITIES, 24576, 14},
    {"Schannel", SCHANNEL_CAPABILITIES, 24576, 14},
    {"Default TLS SSP", SCHANNEL_CAPABILITIES, 24576, 14},
    {"Negotiate",
     SECPKG_FLAG_INTEGRITY | SECPKG_FLAG_PRIVACY | SECPKG_FLAG_CONNECTION |
         SECPKG_FLAG_MULTI_REQUIRED | SECPKG_FLAG_EXTENDED_ERROR | SECPKG_FLAG_IMPERSONATION |
         SECPKG_FLAG_ACCEPT_WIN32_NAME | SECPKG_FLAG_NEGOTIABLE | SECPKG_FLAG_GSS_COMPATIBLE,
     48256, 9},
    {"Kerberos",
     SECPKG_FLAG_INTEGRITY | SECPKG_FLAG_PRIVACY | SECPKG_FLAG_CONNECTION | SECPKG_FLAG_DATAGRAM |
         SECPKG_FLAG_MULTI_REQUIRED | SECPKG_FLAG_EXTENDED_ERROR | SECPKG_FLAG_IMPERSONATION |
         SECPKG_FLAG_ACCEPT_WIN32_NAME | SECPKG_FLAG_NEGOTIABLE | SECPKG_FLAG_GSS_COMPATIBLE |
         SECPKG_FLAG_MUTUAL_AUTH | SECPKG_FLAG_DELEGATION | SECPKG_FLAG_READONLY_WITH_CHECKSUM,
     48000, 16},
    {"NTLM",
     SECPKG_FLAG_INTEGRITY | SECPKG_FLAG_PRIVACY | SECPKG_FLAG_CONNECTION |
         SECPKG_FLAG_MULTI_REQUIRED | SECPKG_FLAG_IMPERSONATION | SECPKG_FLAG_ACCEPT_WIN32_NAME |
         SECPKG_FLAG_NEGOTIABLE | SECPKG_FLAG_READONLY_WITH_CHECKSUM,
     2888, 10},
    {"TSSSP",
     SECPKG_FLAG_CONNECTION | SECPKG_FLAG_MULTI_REQUIRED | SECPKG_FLAG_EXTENDED_ERROR |
         SECPKG_FLAG_IMPERSONATION | SECPKG_FLAG_ACCEPT_WIN32_NAME,
     49280, 22},
    {"CREDSSP", SCHANNEL_CAPABILITIES, 90567, UINT16_MAX},
};

static void check_package(const SecPkgInfoA *info)
{
    bool known = false;

    for (size_t i = 0; i < sizeof(packages) / sizeof(packages[0]); i++) {
        if (strcmp(packages[i].name, info->Name) != 0)
            continue;
        known = true;
        assert_int_equal(info->fCapabilities, packages[i].capabilities);
        assert_int_equal(info->cbMaxToken, packages[i].token);
        assert_int_equal(info->wRPCID, packages[i].rpc_id);
        assert_int_equal(info->wVersion, 1);
        assert_true(strlen(info->Comment) > 0);
    }
    assert_true(known);
}

static void test_beside_winpr(void **state)
{
    void *global = dlsym(RTLD_DEFAULT, "InitSecurityInterfaceW");
    INIT_SECURITY_INTERFACE_W init_w =
        (INIT_SECURITY_INTERFACE_W)dlsym(library, "InitSecurityInterfaceW");
    INIT_SECURITY_INTERFACE_A init_a =
        (INIT_SECURITY_INTERFACE_A)dlsym(library, "InitSecurityInterfaceA");
    PSecurityFunctionTableA a;
    PSecurityFunctionTableW w;
    PSecPkgInfoA info;
    ULONG count = 0;
    bool ntlm = false;

    (void)state;
    assert_non_null(InitSecurityInterfaceExW(0));
    assert_non_null(GetSecurityStatusString(0));
    /* WinPR stands in front: a call of ours that went by name would end up there. */
    assert_non_null(global);
    assert_false(ours(global));
    assert_non_null(init_w);
    assert_true(ours((void *)init_w));
    w = init_w();
    a = init_a();
    assert_true(ours(w));
    check_table(w, sizeof(*w));
    check_table(a, sizeof(*a));
    assert_ptr_equal((void *)w->FreeContextBuffer, dlsym(library, "FreeContextBuffer"));

    /* And it works: our packages answer, and the A function, which calls the W function by name,
     * got to ours. */
    assert_int_equal(a->EnumerateSecurityPackagesA(&count, &info), SEC_E_OK);
    assert_true(count >= 3);
    assert_string_equal(info[0].Name, "Negotiate"); /* what programs take that take the first */
    for (ULONG i = 0; i < count; i++) {
        PSecPkgInfoA one;

        ntlm = ntlm || strcmp(info[i].Name, "NTLM") == 0;
        check_package(&info[i]);
        assert_int_equal(a->QuerySecurityPackageInfoA(info[i].Name, &one), SEC_E_OK);
        assert_string_equal(one->Name, info[i].Name); /* Schannel has three */
        check_package(one);
        assert_int_equal(a->FreeContextBuffer(one), SEC_E_OK);
    }
    assert_int_equal(count, sizeof(packages) / sizeof(packages[0]));
    assert_true(ntlm);
    assert_int_equal(a->FreeContextBuffer(info), SEC_E_OK);
}

/* A handshake of our NTLM within the WinPR process; the addresses of half the names in it exist
 * twice. */
static void test_handshake_beside_winpr(void **state)
{
    static WCHAR package[] = u"NTLM";
    static USHORT user[] = u"alice", domain[] = u"EXAMPLE", password[] = u"secret";
    SEC_WINNT_AUTH_IDENTITY_W id = {
        user, 5, domain, 7, password, 6, SEC_WINNT_AUTH_IDENTITY_UNICODE};
    PSecurityFunctionTableW w =
        ((INIT_SECURITY_INTERFACE_W)dlsym(library, "InitSecurityInterfaceW"))();
    PSecurityFunctionTableA a =
        ((INIT_SECURITY_INTERFACE_A)dlsym(library, "InitSecurityInterfaceA"))();
    SecBuffer token = {0, SECBUFFER_TOKEN, NULL}, answer = {0, SECBUFFER_TOKEN, NULL};
    SecBufferDesc out = {SECBUFFER_VERSION, 1, &token}, back = {SECBUFFER_VERSION, 1, &answer};
    SecPkgContext_NamesA names;
    CredHandle client, server;
    CtxtHandle initiator, acceptor;
    SECURITY_STATUS status, accepted;
    bool first = true;

    (void)state;
    assert_int_equal(w->AcquireCredentialsHandleW(NULL, package, SECPKG_CRED_OUTBOUND, NULL, &id,
                                                  NULL, NULL, &client, NULL),
                     SEC_E_OK);
    assert_int_equal(w->AcquireCredentialsHandleW(NULL, package, SECPKG_CRED_INBOUND, NULL, &id,
                                                  NULL, NULL, &server, NULL),
                     SEC_E_OK);
    do {
        status = w->InitializeSecurityContextW(&client, first ? NULL : &initiator, NULL,
                                               ISC_REQ_ALLOCATE_MEMORY, 0, 0, first ? NULL : &back,
                                               0, &initiator, &out, NULL, NULL);
        assert_true(status == SEC_E_OK || status == SEC_I_CONTINUE_NEEDED);
        w->FreeContextBuffer(answer.pvBuffer);
        answer.pvBuffer = NULL;
        accepted =
            w->AcceptSecurityContext(&server, first ? NULL : &acceptor, &out,
                                     ASC_REQ_ALLOCATE_MEMORY, 0, &acceptor, &back, NULL, NULL);
        assert_true(accepted == SEC_E_OK || accepted == SEC_I_CONTINUE_NEEDED);
        w->FreeContextBuffer(token.pvBuffer);
        first = false;
    } while (status == SEC_I_CONTINUE_NEEDED);
    assert_int_equal(accepted, SEC_E_OK);
    assert_int_equal(a->QueryContextAttributesA(&acceptor, SECPKG_ATTR_NAMES, &names), SEC_E_OK);
    assert_string_equal(names.sUserName, "EXAMPLE\\alice");
    a->FreeContextBuffer(names.sUserName);
    assert_int_equal(w->DeleteSecurityContext(&initiator), SEC_E_OK);
    assert_int_equal(w->DeleteSecurityContext(&acceptor), SEC_E_OK);
    assert_int_equal(w->FreeCredentialsHandle(&client), SEC_E_OK);
    assert_int_equal(w->FreeCredentialsHandle(&server), SEC_E_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exports),
        cmocka_unit_test(test_beside_winpr),
        cmocka_unit_test(test_handshake_beside_winpr),
    };

    return cmocka_run_group_tests(tests, load, NULL);
}
