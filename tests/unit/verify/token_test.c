/*
 * CreateToken for somebody of a domain: no local user of the same name, whatever the domain is
 * called.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <unistd.h>

#include <ntstatus.h>
#include "base/utf16.h"
#include "libsspi/lsa/host.h"
#include "libsspi/lsa/host_internal.h"
#include "libsspi/lsa/host_token.h"

const struct builtin_package lsa_builtin_packages[] = {{NULL, NULL, NULL, 0}};

/* A machine with the name of its domain. */
int gethostname(char *name, size_t size)
{
    snprintf(name, size, "corp.example.com");
    return 0;
}

static NTSTATUS create(const WCHAR *authority, const WCHAR *name, bool with_sid)
{
    struct {
        SID sid;
        DWORD more[4];
    } dora = {.sid = {.Revision = SID_REVISION,
                      .SubAuthorityCount = 5,
                      .IdentifierAuthority = {{0, 0, 0, 0, 0, 5}},
                      .SubAuthority = {21}},
              .more = {1, 2, 3, 1104}};
    LSA_TOKEN_INFORMATION_V1 information = {.User.User.Sid = with_sid ? &dora.sid : NULL};
    UNICODE_STRING user = {.Buffer = (WCHAR *)(uintptr_t)name},
                   of = {.Buffer = (WCHAR *)(uintptr_t)authority};
    TOKEN_SOURCE source = {.SourceName = "test"};
    LUID luid = {0, 0};
    HANDLE token = NULL;
    NTSTATUS status, sub_status;

    user.Length = (USHORT)(utf16_length(name) * sizeof(WCHAR));
    of.Length = (USHORT)(utf16_length(authority) * sizeof(WCHAR));
    status = lsa_create_token(&luid, &source, Network, SecurityImpersonation, LsaTokenInformationV1,
                              &information, NULL, &user, &of, NULL, NULL, &token, &sub_status);
    if (status == STATUS_SUCCESS)
        lsa_token_close(token);
    return status;
}

static void test_names(void **state)
{
    static const WCHAR *const local[] = {u"CORP", u"corp.example.com", u"."};

    (void)state;
    for (size_t i = 0; i < sizeof(local) / sizeof(local[0]); i++) {
        assert_int_equal(create(local[i], u"root", false), STATUS_SUCCESS);
        assert_int_equal(create(local[i], u"root", true), STATUS_NO_SUCH_USER);
        assert_int_equal(create(local[i], u"ROOT", true), STATUS_NO_SUCH_USER);
    }
    assert_int_equal(create(u"EXAMPLE", u"root", false), STATUS_NO_SUCH_USER);
    assert_int_equal(create(u"EXAMPLE", u"root", true), STATUS_NO_SUCH_USER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
    };

    return cmocka_run_group_tests_name("verify_token", tests, NULL, NULL);
}
