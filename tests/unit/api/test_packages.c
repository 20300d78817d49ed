/*
 * AddSecurityPackage and DeleteSecurityPackage: which libraries are taken, how an SSP and an SSP/AP
 * of one's own are served, and what stays when they are taken away.
 */
#include "tests/unit/api/common.h"

#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <credmgr.h>

static char directory[] = "/tmp/credmgr-ssp-XXXXXX";

static char *at(const char *name)
{
    static char path[2][PATH_MAX];
    static int next;

    next = !next;
    snprintf(path[next], sizeof(path[next]), "%s/%s", directory, name);
    return path[next];
}

/* Where nobody but root can have put it, wherever the tests are built. */
static int copy_library(const char *name)
{
    char self[PATH_MAX] = "", path[PATH_MAX + 64], block[65536];
    int from, to;
    ssize_t n;

    if (readlink("/proc/self/exe", self, sizeof(self) - 1) < 0)
        return -1;
    snprintf(path, sizeof(path), "%s/../ssp/%s", dirname(self), name);
    from = open(path, O_RDONLY | O_CLOEXEC);
    to = open(at(name), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755);
    if (from < 0 || to < 0)
        return -1;
    while ((n = read(from, block, sizeof(block))) > 0)
        if (write(to, block, (size_t)n) != n)
            return -1;
    close(from);
    close(to);
    return 0;
}

static int copy(void **state)
{
    (void)state;
    return mkdtemp(directory) && copy_library("ssp.so") == 0 && copy_library("ssp_ap.so") == 0 &&
                   copy_library("none.so") == 0
               ? 0
               : -1;
}

static int clean(void **state)
{
    (void)state;
    unlink(at("ssp.so"));
    unlink(at("ssp_ap.so"));
    unlink(at("none.so"));
    return rmdir(directory);
}

static SECURITY_STATUS named(const char *name)
{
    PSecPkgInfoA info;
    SECURITY_STATUS status = QuerySecurityPackageInfoA((SEC_CHAR *)(uintptr_t)name, &info);

    if (status == SEC_E_OK)
        FreeContextBuffer(info);
    return status;
}

static void test_refused(void **state)
{
    SECURITY_PACKAGE_OPTIONS options = {.Size = sizeof(options)};
    SEC_CHAR missing[] = "/nowhere/x.so", relative[] = "a/b", bare[] = "no-such-package",
             empty[] = "", bad[] = "\xff", escape[] = "/nowhere\x1b[2J";

    (void)state;
    assert_int_equal(AddSecurityPackageA(missing, NULL), SEC_E_SECPKG_NOT_FOUND);
    assert_non_null(strstr(CredmgrLastErrorText(NULL), "/nowhere"));
    assert_int_equal(AddSecurityPackageA(escape, NULL), SEC_E_SECPKG_NOT_FOUND);
    assert_non_null(strstr(CredmgrLastErrorText(NULL), "/nowhere [2J"));
    assert_int_equal(AddSecurityPackageA(bare, NULL), SEC_E_SECPKG_NOT_FOUND);
    assert_int_equal(AddSecurityPackageA(relative, NULL), SEC_E_INVALID_PARAMETER);
    assert_int_equal(AddSecurityPackageA(empty, NULL), SEC_E_INVALID_PARAMETER);
    assert_int_equal(AddSecurityPackageA(bad, NULL), SEC_E_INVALID_PARAMETER);
    assert_int_equal(AddSecurityPackageW(NULL, NULL), SEC_E_INVALID_PARAMETER);
    assert_int_equal(AddSecurityPackageA(at("none.so"), NULL), SEC_E_CANNOT_INSTALL);
    assert_non_null(strstr(CredmgrLastErrorText(NULL), "no security package"));
    options.Type = SECPKG_OPTIONS_TYPE_LSA;
    assert_int_equal(AddSecurityPackageA(at("ssp.so"), &options), SEC_E_UNSUPPORTED_FUNCTION);
    options.Type = 3;
    assert_int_equal(AddSecurityPackageA(at("ssp.so"), &options), SEC_E_INVALID_PARAMETER);
    options = (SECURITY_PACKAGE_OPTIONS){.Size = 40, .Flags = SECPKG_OPTIONS_PERMANENT};
    assert_int_equal(AddSecurityPackageA(at("ssp.so"), &options), SEC_E_UNSUPPORTED_FUNCTION);
    options = (SECURITY_PACKAGE_OPTIONS){.Size = 2};
    assert_int_equal(AddSecurityPackageA(at("ssp.so"), &options), SEC_E_INVALID_PARAMETER);
    /* Somebody else could have written it. */
    assert_int_equal(chmod(at("ssp.so"), 0777), 0);
    assert_int_equal(AddSecurityPackageA(at("ssp.so"), NULL), SEC_E_CANNOT_INSTALL);
    assert_non_null(strstr(CredmgrLastErrorText(NULL), "can be written"));
    assert_int_equal(chmod(at("ssp.so"), 0755), 0);
    assert_int_equal(named("Toy"), SEC_E_SECPKG_NOT_FOUND);
    assert_int_equal(DeleteSecurityPackageA(relative), SEC_E_SECPKG_NOT_FOUND);
    assert_int_equal(DeleteSecurityPackageA(NULL), SEC_E_INVALID_PARAMETER);
    assert_int_equal(DeleteSecurityPackageW((WCHAR[]){u"Nothing"}), SEC_E_SECPKG_NOT_FOUND);
}

static void test_ssp(void **state)
{
    SECURITY_PACKAGE_OPTIONS options = {.Size = sizeof(options), .Type = SECPKG_OPTIONS_TYPE_SSPI};
    SEC_CHAR toy[] = "toy", bad_target[] = "!";
    char memory[2][16], data[] = "text";
    struct one token = ONE(16, SECBUFFER_TOKEN, memory[0]),
               answer = ONE(16, SECBUFFER_TOKEN, memory[1]), message = ONE(4, SECBUFFER_DATA, data);
    SecPkgContext_NamesA names;
    SecPkgContext_Sizes sizes;
    CtxtHandle client, server;
    CredHandle h;
    TimeStamp expiry;
    ULONG qop, attributes;

    (void)state;
    assert_int_equal(AddSecurityPackageA(at("ssp.so"), &options), SEC_E_OK);
    assert_int_equal(AddSecurityPackageA(at("ssp.so"), &options), SEC_E_OK); /* it is there */
    assert_int_equal(named("TOY"), SEC_E_OK);
    assert_int_equal(AcquireCredentialsHandleA(NULL, toy, SECPKG_CRED_OUTBOUND, NULL, NULL, NULL,
                                               NULL, &h, &expiry),
                     SEC_E_OK);
    assert_int_equal(FreeCredentialsHandle(&h), SEC_E_OK);
    assert_int_equal(
        AcquireCredentialsHandleA(NULL, toy, SECPKG_CRED_BOTH, NULL, toy, NULL, NULL, &h, &expiry),
        SEC_E_UNKNOWN_CREDENTIALS);
    assert_int_equal(
        AcquireCredentialsHandleA(NULL, toy, SECPKG_CRED_BOTH, NULL, NULL, NULL, NULL, &h, &expiry),
        SEC_E_OK);
    assert_int_equal(expiry.QuadPart, 1);
    assert_int_equal(InitializeSecurityContextA(&h, NULL, bad_target, 0, 0, 0, NULL, 0, &client,
                                                desc(&token), NULL, NULL),
                     SEC_E_TARGET_UNKNOWN);
    assert_int_equal(InitializeSecurityContextA(&h, NULL, NULL, 0, 0, 0, NULL, 0, &client,
                                                desc(&token), &attributes, NULL),
                     SEC_E_OK);
    assert_int_equal(attributes, 3);
    assert_int_equal(token.buffer.cbBuffer, 4);
    assert_memory_equal(memory[0], "leg1", 4);
    assert_int_equal(
        AcceptSecurityContext(&h, NULL, desc(&token), 0, 0, &server, desc(&answer), NULL, NULL),
        SEC_E_OK);
    assert_int_equal(EncryptMessage(&client, 0, desc(&message), 0), SEC_E_OK);
    assert_memory_not_equal(data, "text", 4);
    assert_int_equal(DecryptMessage(&server, desc(&message), 0, &qop), SEC_E_OK);
    assert_memory_equal(data, "text", 4);
    assert_int_equal(qop, 9);
    assert_int_equal(MakeSignature(&client, 0, desc(&message), 0), SEC_E_UNSUPPORTED_FUNCTION);
    assert_int_equal(QueryContextAttributesA(&client, SECPKG_ATTR_NAMES, &names), SEC_E_OK);
    assert_string_equal(names.sUserName, "t\xc3\xb6y");
    FreeContextBuffer(names.sUserName);
    assert_int_equal(QueryContextAttributesA(&client, SECPKG_ATTR_SIZES, &sizes),
                     SEC_E_UNSUPPORTED_FUNCTION);
    /* The established context is told something, and begins anew. */
    assert_int_equal(ApplyControlToken(&client, desc(&message)), SEC_E_OK);
    token.buffer.cbBuffer = 16;
    assert_int_equal(InitializeSecurityContextA(&h, &client, NULL, 0, 0, 0, NULL, 0, &client,
                                                desc(&token), NULL, NULL),
                     SEC_E_OK);
    assert_memory_equal(memory[0], "leg7", 4);
    assert_int_equal(InitializeSecurityContextA(&h, &client, bad_target, 0, 0, 0, NULL, 0, &client,
                                                desc(&token), NULL, NULL),
                     SEC_E_TARGET_UNKNOWN);
    assert_int_equal(EncryptMessage(&client, 0, desc(&message), 0), SEC_E_OK);

    /* Taken away, it makes nothing new; what there is goes on. */
    assert_int_equal(DeleteSecurityPackageA(toy), SEC_E_OK);
    assert_int_equal(DeleteSecurityPackageA(toy), SEC_E_SECPKG_NOT_FOUND);
    assert_int_equal(named("Toy"), SEC_E_SECPKG_NOT_FOUND);
    assert_int_equal(DecryptMessage(&server, desc(&message), 0, NULL), SEC_E_OK);
    assert_int_equal(AddSecurityPackageA(toy, NULL), SEC_E_OK); /* by its name, as it was there */
    assert_int_equal(named("Toy"), SEC_E_OK);
    assert_int_equal(DeleteSecurityPackageA(at("ssp.so")), SEC_E_OK);
    assert_int_equal(named("Toy"), SEC_E_SECPKG_NOT_FOUND);
    assert_int_equal(FreeCredentialsHandle(&h), SEC_E_OK);
    assert_int_equal(DeleteSecurityContext(&client), SEC_E_OK);
    assert_int_equal(DeleteSecurityContext(&server), SEC_E_OK);
}

static void test_ssp_ap(void **state)
{
    SEC_CHAR half[] = "Half", fake_a[] = "Fake";
    char memory[4] = "";
    struct one token = ONE(4, SECBUFFER_TOKEN, memory);
    CtxtHandle client;
    PSecPkgInfoA info;
    CredHandle h;
    ULONG count, i;

    (void)state;
    assert_int_equal(AddSecurityPackageA(at("ssp_ap.so"), NULL), SEC_E_OK);
    assert_int_equal(QuerySecurityPackageInfoA((SEC_CHAR[]){"Kerberos"}, &info), SEC_E_OK);
    assert_string_equal(info->Comment, "The fake under another name"); /* as before */
    FreeContextBuffer(info);
    assert_int_equal(AcquireCredentialsHandleA(NULL, half, SECPKG_CRED_OUTBOUND, NULL, NULL, NULL,
                                               NULL, &h, NULL),
                     SEC_E_OK);
    assert_int_equal(
        InitializeSecurityContextA(&h, NULL, NULL, 0, 0, 0, NULL, 0, &client, NULL, NULL, NULL),
        SEC_E_OK);
    assert_int_equal(MakeSignature(&client, 0, desc(&token), 0), SEC_E_OK);
    assert_memory_equal(memory, "s", 1);
    assert_int_equal(ApplyControlToken(&client, desc(&token)), SEC_E_UNSUPPORTED_FUNCTION);
    assert_int_equal(
        InitializeSecurityContextA(&h, &client, NULL, 0, 0, 0, NULL, 0, &client, NULL, NULL, NULL),
        SEC_E_INVALID_HANDLE); /* an SSP/AP's context is made once */
    DeleteSecurityContext(&client);
    FreeCredentialsHandle(&h);

    /* A built-in package can go, too, and come back. */
    assert_int_equal(DeleteSecurityPackageA(fake_a), SEC_E_OK);
    assert_int_equal(EnumerateSecurityPackagesA(&count, &info), SEC_E_OK);
    for (i = 0; i < count; i++)
        assert_string_not_equal(info[i].Name, "Fake");
    FreeContextBuffer(info);
    assert_int_equal(AddSecurityPackageA(fake_a, NULL), SEC_E_OK);
    assert_int_equal(named("Fake"), SEC_E_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_refused),
        TEST(test_ssp),
        TEST(test_ssp_ap),
    };

    return cmocka_run_group_tests(tests, copy, clean);
}
