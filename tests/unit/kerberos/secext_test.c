/*
 * The names of secext.h through the installed library, with a real KDC: of a user with tickets and
 * without, of others by every format, of this machine; buffers that are too small; the error that a
 * program sees.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <ctype.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <security.h>
#include <winbase.h>
#include "base/utf16.h"
#include "tests/unit/kerberos/realm.h"

static char me[64], display[128], machine[64];

static void assert_user(EXTENDED_NAME_FORMAT format, const char *expected)
{
    char name[256] = "";
    ULONG size = sizeof(name);

    SetLastError(0);
    if (!GetUserNameExA(format, name, &size))
        fail_msg("%s: error %u", expected, GetLastError());
    assert_string_equal(name, expected);
    assert_int_equal(size, strlen(expected));
}

static void assert_no_user(EXTENDED_NAME_FORMAT format, DWORD error)
{
    WCHAR name[256];
    ULONG size = ARRAYSIZE(name);

    SetLastError(0);
    assert_false(GetUserNameExW(format, name, &size));
    assert_int_equal(GetLastError(), error);
}

static void test_local_user(void **state)
{
    char expected[256];

    (void)state;
    realm_kinit("", "", "");
    snprintf(expected, sizeof(expected), "%s\\%s", machine, me);
    assert_user(NameSamCompatible, expected);
    if (display[0])
        assert_user(NameDisplay, display);
    else
        assert_no_user(NameDisplay, ERROR_NONE_MAPPED);
    assert_no_user(NameUserPrincipal, ERROR_NONE_MAPPED);
    assert_no_user(NameDnsDomain, ERROR_NONE_MAPPED);
    assert_no_user(NameUnknown, ERROR_INVALID_PARAMETER);
    assert_no_user(NameCanonical, ERROR_NONE_MAPPED);
    assert_no_user(NameServicePrincipal, ERROR_NONE_MAPPED);
    /* tickets of somebody who is not this user change nothing */
    realm_kinit("bob", BOB_PASSWORD, "");
    assert_user(NameSamCompatible, expected);
}

/* The user of this test has the principal of the same name, so auth_to_local maps it to them. */
static void test_kerberos_user(void **state)
{
    char command[256], expected[256];

    (void)state;
    snprintf(command, sizeof(command), "addprinc -pw secret %s", me);
    realm_admin(command);
    realm_kinit(me, "secret", "");
    snprintf(expected, sizeof(expected), REALM "\\%s", me);
    assert_user(NameSamCompatible, expected);
    assert_user(NameDnsDomain, expected);
    snprintf(expected, sizeof(expected), "%s@" REALM, me);
    assert_user(NameUserPrincipal, expected);
}

static void test_small_buffers(void **state)
{
    WCHAR name[256];
    char narrow[256];
    ULONG size = 0, whole;

    (void)state;
    assert_false(GetUserNameExW(NameSamCompatible, NULL, &size));
    assert_int_equal(GetLastError(), ERROR_MORE_DATA);
    whole = size;
    assert_true(whole > 3 && whole < ARRAYSIZE(name));
    size = whole - 1;
    name[whole - 1] = u'!';
    assert_false(GetUserNameExW(NameSamCompatible, name, &size));
    assert_int_equal(size, whole);
    assert_true(GetUserNameExW(NameSamCompatible, name, &size));
    assert_int_equal(size, whole - 1);
    assert_int_equal(utf16_length(name), whole - 1);
    assert_false(GetUserNameExW(NameSamCompatible, name, NULL));
    assert_int_equal(GetLastError(), ERROR_INVALID_PARAMETER);

    size = 0; /* the others tell the size by succeeding */
    assert_true(TranslateNameA(me, NameUnknown, NameSamCompatible, NULL, &size));
    whole = size;
    size = whole - 1;
    assert_false(TranslateNameA(me, NameUnknown, NameSamCompatible, narrow, &size));
    assert_int_equal(GetLastError(), ERROR_INSUFFICIENT_BUFFER);
    assert_int_equal(size, whole);
    assert_true(TranslateNameA(me, NameUnknown, NameSamCompatible, narrow, &size));
    assert_int_equal(size, whole);
    assert_int_equal(strlen(narrow), whole - 1);
}

static void test_translate(void **state)
{
    const struct {
        EXTENDED_NAME_FORMAT from, to;
        const char *name, *expected; /* with % for this test's user and $ for the machine */
    } cases[] = {
        {NameUserPrincipal, NameSamCompatible, "%@" REALM, REALM "\\%"},
        {NameUserPrincipal, NameUserPrincipal, "%@credmgr.test", "%@" REALM},
        {NameUnknown, NameDnsDomain, "%@" REALM, REALM "\\%"},
        {NameSamCompatible, NameUserPrincipal, REALM "\\%", "%@" REALM},
        {NameSamCompatible, NameUserPrincipal, "credmgr\\%", "%@" REALM},
        {NameDnsDomain, NameSamCompatible, "credmgr.test\\%", REALM "\\%"},
        {NameUnknown, NameSamCompatible, "%", "$\\%"},
        {NameSamCompatible, NameSamCompatible, ".\\%", "$\\%"},
        {NameSamCompatible, NameSamCompatible, "$\\%", "$\\%"},
        {NameUnknown, NameUserPrincipal, "%", NULL},
        {NameUserPrincipal, NameSamCompatible, "nobody-at-all@" REALM, NULL},
        {NameUserPrincipal, NameSamCompatible, "%@OTHER.TEST", NULL},
        {NameUserPrincipal, NameSamCompatible, "@" REALM, NULL},
        {NameUserPrincipal, NameSamCompatible, "%", NULL},
        {NameSamCompatible, NameSamCompatible, "%", NULL},
        {NameSamCompatible, NameSamCompatible, "other\\%", NULL},
        {NameUnknown, NameSamCompatible, "", NULL},
        {NameDisplay, NameSamCompatible, "%", NULL},
        {NameUserPrincipal, NameFullyQualifiedDN, "%@" REALM, NULL},
    };

    (void)state;
    for (size_t i = 0; i < ARRAYSIZE(cases); i++) {
        char text[2][256] = {"", ""}, name[256];
        const char *const given[] = {cases[i].name, cases[i].expected};
        ULONG size = sizeof(name);
        BOOLEAN done;

        for (int j = 0; j < 2; j++)
            for (const char *p = given[j]; p && *p; p++)
                snprintf(text[j] + strlen(text[j]), sizeof(text[j]) - strlen(text[j]), "%s",
                         *p == '%'   ? me
                         : *p == '$' ? machine
                                     : (char[]){*p, 0});
        done = TranslateNameA(text[0], cases[i].from, cases[i].to, name, &size);
        if (done != (cases[i].expected != NULL))
            fail_msg("%s (%d to %d): %d, error %u", text[0], cases[i].from, cases[i].to, done,
                     GetLastError());
        if (done)
            assert_string_equal(name, text[1]);
        else
            assert_int_equal(GetLastError(), ERROR_NONE_MAPPED);
    }
    assert_false(TranslateNameW(NULL, NameUnknown, NameSamCompatible, NULL, &(ULONG){0}));
    assert_int_equal(GetLastError(), ERROR_INVALID_PARAMETER);
    assert_false(TranslateNameW(u"\xd800", NameUnknown, NameSamCompatible, NULL, &(ULONG){0}));
    assert_int_equal(GetLastError(), ERROR_NONE_MAPPED);
}

static void test_computer(void **state)
{
    char name[256], expected[256];
    WCHAR wide[256];
    ULONG size = sizeof(name);

    (void)state;
    assert_true(GetComputerObjectNameA(NameSamCompatible, name, &size));
    snprintf(expected, sizeof(expected), REALM "\\%s$", machine);
    assert_string_equal(name, expected);
    assert_int_equal(size, strlen(name) + 1);
    size = ARRAYSIZE(wide);
    assert_true(GetComputerObjectNameW(NameServicePrincipal, wide, &size));
    assert_memory_equal(wide, u"host/", 10);
    size = sizeof(name);
    assert_true(GetComputerObjectNameA(NameServicePrincipal, name, &size));
    assert_string_equal(strchr(name, '@'), "@" REALM);
    size = sizeof(name);
    assert_false(GetComputerObjectNameA(NameUniqueId, name, &size));
    assert_int_equal(GetLastError(), ERROR_NONE_MAPPED);
    assert_false(GetComputerObjectNameA(NameUnknown, name, &size));
    assert_int_equal(GetLastError(), ERROR_INVALID_PARAMETER);
}

static int start(void **state)
{
    struct passwd *account = getpwuid(geteuid());

    (void)state;
    if (!account || gethostname(machine, 16) != 0)
        return -1;
    snprintf(me, sizeof(me), "%s", account->pw_name);
    snprintf(display, sizeof(display), "%.*s", (int)strcspn(account->pw_gecos, ","),
             account->pw_gecos);
    machine[15] = 0;
    machine[strcspn(machine, ".")] = 0;
    for (char *p = machine; *p; p++)
        *p = (char)toupper((unsigned char)*p);
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
        cmocka_unit_test(test_local_user),    cmocka_unit_test(test_kerberos_user),
        cmocka_unit_test(test_small_buffers), cmocka_unit_test(test_translate),
        cmocka_unit_test(test_computer),
    };

    return cmocka_run_group_tests_name("kerb_secext", tests, start, stop);
}
