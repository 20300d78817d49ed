/* notify/mpr/logon_info: the structures of a logon are read as they are documented, and not past
 * their ends. */
#include "tests/unit/base/test.h"
#include "base/secret.h"
#include "notify/mpr/mpr.h"
#include "notify/request.h"

#include <ntsecapi.h>
#include <stdlib.h>
#include <string.h>

static WCHAR msv1_0[] = u"MSV1_0:Interactive", kerberos[] = u"Kerberos:Interactive";

/* A counted string of its own memory, so that a byte read too many is seen. */
static UNICODE_STRING counted(const WCHAR *s)
{
    UNICODE_STRING out = {.Length = (USHORT)(lstrlenW(s) * (int)sizeof(*s))};

    out.MaximumLength = out.Length;
    if (out.Length) {
        out.Buffer = malloc(out.Length);
        assert_non_null(out.Buffer);
        memcpy(out.Buffer, s, out.Length);
    }
    return out;
}

static void release(KERB_INTERACTIVE_LOGON *in)
{
    free(in->LogonDomainName.Buffer);
    free(in->UserName.Buffer);
    free(in->Password.Buffer);
}

static KERB_INTERACTIVE_LOGON logon_of(const WCHAR *domain, const WCHAR *user,
                                       const WCHAR *password)
{
    return (KERB_INTERACTIVE_LOGON){KerbInteractiveLogon, counted(domain), counted(user),
                                    counted(password)};
}

static DWORD reads(const WCHAR *domain, const WCHAR *user, const WCHAR *password,
                   struct mpr_logon_info *out)
{
    KERB_INTERACTIVE_LOGON in = logon_of(domain, user, password);
    DWORD status = mpr_logon_info_read(kerberos, &in, out);

    release(&in);
    return status;
}

static void both_kinds(void **state)
{
    KERB_INTERACTIVE_LOGON in = logon_of(u"EXAMPLE.COM", u"carla", u"ßecret€𝄞");
    MSV1_0_INTERACTIVE_LOGON local = {MsV1_0InteractiveLogon, in.LogonDomainName, in.UserName,
                                      in.Password};
    struct mpr_logon_info out;

    (void)state;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(i ? mpr_logon_info_read(msv1_0, &local, &out)
                           : mpr_logon_info_read(kerberos, &in, &out),
                         WN_SUCCESS);
        assert_string_equal(out.type, i ? "MSV1_0:Interactive" : "Kerberos:Interactive");
        assert_string_equal(out.domain, "EXAMPLE.COM");
        assert_string_equal(out.user, "carla");
        assert_string_equal(out.password, "ßecret€𝄞");
        assert_true(secret_owns(out.password));
        mpr_logon_info_clear(&out);
        assert_null(out.password);
    }
    release(&in);
}

/* Length 0 needs no Buffer, and what a Buffer has behind Length is nobody's business. */
static void lengths_count(void **state)
{
    WCHAR longer[] = u"carla and more", password[] = u"pw\0\0";
    KERB_INTERACTIVE_LOGON in = {KerbInteractiveLogon,
                                 {0, 0, NULL},
                                 {5 * sizeof(WCHAR), sizeof(longer), longer},
                                 {0, sizeof(password), password}};
    struct mpr_logon_info out;

    (void)state;
    assert_int_equal(mpr_logon_info_read(kerberos, &in, &out), WN_SUCCESS);
    assert_string_equal(out.user, "carla");
    assert_string_equal(out.domain, "");
    assert_string_equal(out.password, "");
    mpr_logon_info_clear(&out);
    in.Password.Buffer = NULL;
    assert_int_equal(mpr_logon_info_read(kerberos, &in, &out), WN_SUCCESS);
    assert_string_equal(out.password, "");
    mpr_logon_info_clear(&out);
    in.Password.Length = 2;
    assert_int_equal(mpr_logon_info_read(kerberos, &in, &out), WN_BAD_POINTER);
    assert_null(out.user);
    in.Password.Buffer = password;
    in.Password.Length = 3; /* one character and a half */
    assert_int_equal(mpr_logon_info_read(kerberos, &in, &out), WN_BAD_VALUE);
    in.Password.Length = 8; /* zeros within */
    assert_int_equal(mpr_logon_info_read(kerberos, &in, &out), WN_BAD_VALUE);
    assert_null(out.user);
    assert_null(out.password);
    in.Password.Length = 4;
    in.UserName.Length = 0;
    assert_int_equal(mpr_logon_info_read(kerberos, &in, &out), WN_BAD_VALUE);
}

static void malformed(void **state)
{
    static const WCHAR high[] = {u'a', 0xd800, 0}, low[] = {0xdc00, u'a', 0};
    struct mpr_logon_info out;

    (void)state;
    assert_int_equal(reads(high, u"carla", u"pw", &out), WN_BAD_VALUE);
    assert_int_equal(reads(u"D", low, u"pw", &out), WN_BAD_VALUE);
    assert_int_equal(reads(u"D", u"carla", high, &out), WN_BAD_VALUE);
    assert_int_equal(reads(u"D", u"carla", low, &out), WN_BAD_VALUE);
    assert_null(out.user);
    assert_null(out.password);
}

static void as_long_as_a_request_takes(void **state)
{
    static WCHAR text[MPR_FIELD_MAX + 2], wide[MPR_FIELD_MAX / 3 + 2];
    struct mpr_logon_info out;

    (void)state;
    for (size_t i = 0; i < MPR_FIELD_MAX + 1; i++)
        text[i] = u'a';
    for (size_t i = 0; i < MPR_FIELD_MAX / 3 + 1; i++)
        wide[i] = u'€';
    assert_int_equal(reads(u"D", u"carla", text, &out), WN_BAD_VALUE);
    assert_int_equal(reads(u"D", u"carla", wide, &out), WN_BAD_VALUE); /* 4098 bytes */
    assert_int_equal(reads(u"D", u"carla", text + 1, &out), WN_SUCCESS);
    assert_int_equal(strlen(out.password), MPR_FIELD_MAX);
    mpr_logon_info_clear(&out);
    assert_int_equal(reads(text + 1, text + 1, wide + 1, &out), WN_SUCCESS);
    mpr_logon_info_clear(&out);
}

static void unknown_kinds(void **state)
{
    static const WCHAR *const types[] = {u"",
                                         u"Kerberos",
                                         u"kerberos:interactive",
                                         u"Kerberos:Interactive ",
                                         u"MSV1_0:InteractiveX",
                                         u"Negotiate:Interactive"};
    KERB_INTERACTIVE_LOGON in = logon_of(u"D", u"carla", u"pw");
    struct mpr_logon_info out;

    (void)state;
    assert_int_equal(mpr_logon_info_read(NULL, &in, &out), WN_BAD_POINTER);
    assert_int_equal(mpr_logon_info_read(kerberos, NULL, &out), WN_BAD_POINTER);
    for (size_t i = 0; i < ARRAYSIZE(types); i++)
        assert_int_equal(mpr_logon_info_read(types[i], &in, &out), WN_BAD_VALUE);
    in.MessageType = KerbSmartCardLogon;
    assert_int_equal(mpr_logon_info_read(kerberos, &in, &out), WN_BAD_VALUE);
    in.MessageType = KerbWorkstationUnlockLogon;
    assert_int_equal(mpr_logon_info_read(kerberos, &in, &out), WN_BAD_VALUE);
    in.MessageType = KerbInteractiveLogon;
    assert_int_equal(mpr_logon_info_read(kerberos, &in, &out), WN_SUCCESS);
    mpr_logon_info_clear(&out);
    release(&in);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_kinds),    cmocka_unit_test(lengths_count),
        cmocka_unit_test(malformed),     cmocka_unit_test(as_long_as_a_request_takes),
        cmocka_unit_test(unknown_kinds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
