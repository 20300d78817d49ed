/*
 * [tspkg] of lsa.conf: every rule, kind of credentials and proof of a server; names that look like
 * others; what is written wrong allows nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/reason.h"
#include "base/utf16.h"
#include "libsspi/lsa/host.h"
#include "libsspi/packages/tspkg/policy.h"

/* ---- the settings of a test in the place of lsa.conf --------------------------------------- */

static struct {
    char name[64];
    const char *value;
} settings[16];
static size_t count;

const char *lsa_setting(const char *package, const char *name, const char *fallback)
{
    assert_string_equal(package, "tspkg");
    for (size_t i = 0; i < count; i++)
        if (strcmp(settings[i].name, name) == 0)
            return settings[i].value;
    return fallback;
}

static int forget(void **state)
{
    (void)state;
    count = 0;
    return 0;
}

static void set(const char *name, const char *value)
{
    assert_true(count < sizeof(settings) / sizeof(settings[0]));
    snprintf(settings[count].name, sizeof(settings[count].name), "%s", name);
    settings[count++].value = value;
}

static const char *const kinds[] = {"default", "saved", "fresh"};

static void set_kind(const char *prefix, enum ts_credential_kind kind, const char *suffix,
                     const char *value)
{
    char name[64];

    snprintf(name, sizeof(name), "%s_%s_credentials%s", prefix, kinds[kind], suffix);
    set(name, value);
}

static SECURITY_STATUS to(enum ts_credential_kind kind, const char *target,
                          enum ts_server_proof proof)
{
    WCHAR *name = target ? utf16_from_utf8(target, strlen(target), NULL) : NULL;
    SECURITY_STATUS status = ts_policy_delegate(kind, name, proof);
    SECURITY_STATUS names = ts_policy_names(kind, name);

    /* What is refused at once would never have been delegated, and the other way. */
    assert_int_equal(names, status == SEC_E_POLICY_NLTM_ONLY ? SEC_E_OK : status);
    free(name);
    return status;
}

/* ---- rules --------------------------------------------------------------------------------- */

static void test_nobody_by_default(void **state)
{
    (void)state;
    for (int kind = TS_DEFAULT; kind <= TS_FRESH; kind++)
        for (int proof = TS_PROOF_NONE; proof <= TS_PROOF_KERBEROS; proof++)
            assert_int_equal(
                to((enum ts_credential_kind)kind, "TERMSRV/rdp", (enum ts_server_proof)proof),
                SEC_E_DELEGATION_POLICY);
    assert_false(ts_policy_keeps_passwords());
    assert_non_null(strstr(reason_get()->text, "allow_fresh_credentials"));
    assert_non_null(strstr(reason_get()->text, "TERMSRV/rdp"));
}

/* Which proof each rule wants, and that the rules of one kind are for no other. */
static void test_proofs(void **state)
{
    static const SECURITY_STATUS expected[3][3] = {
        [TS_DEFAULT] = {SEC_E_POLICY_NLTM_ONLY, SEC_E_POLICY_NLTM_ONLY, SEC_E_OK},
        [TS_SAVED] = {SEC_E_POLICY_NLTM_ONLY, SEC_E_POLICY_NLTM_ONLY, SEC_E_OK},
        [TS_FRESH] = {SEC_E_POLICY_NLTM_ONLY, SEC_E_OK, SEC_E_OK},
    };

    for (int of = TS_DEFAULT; of <= TS_FRESH; of++)
        for (int ntlm_only = 0; ntlm_only < 2; ntlm_only++) {
            forget(state);
            set_kind("allow", (enum ts_credential_kind)of, ntlm_only ? "_ntlm_only" : "",
                     "TERMSRV/*");
            assert_int_equal(ts_policy_keeps_passwords(), of == TS_DEFAULT);
            for (int kind = TS_DEFAULT; kind <= TS_FRESH; kind++)
                for (int proof = TS_PROOF_NONE; proof <= TS_PROOF_KERBEROS; proof++) {
                    SECURITY_STATUS want = kind != of  ? SEC_E_DELEGATION_POLICY
                                           : ntlm_only ? SEC_E_OK
                                                       : expected[kind][proof];

                    assert_int_equal(to((enum ts_credential_kind)kind, "TERMSRV/rdp",
                                        (enum ts_server_proof)proof),
                                     want);
                }
        }
}

/* Each server by its own rule; who is denied is denied by all. */
static void test_lists(void **state)
{
    (void)state;
    set("allow_default_credentials", "TERMSRV/a.example.com, HTTP/*.example.com\tWSMAN/*");
    set("allow_default_credentials_ntlm_only", "TERMSRV/b.example.com");
    set("deny_default_credentials", "HTTP/bad.example.com TERMSRV/c*");
    assert_int_equal(to(TS_DEFAULT, "TERMSRV/a.example.com", TS_PROOF_KERBEROS), SEC_E_OK);
    assert_int_equal(to(TS_DEFAULT, "termsrv/A.Example.COM", TS_PROOF_KERBEROS), SEC_E_OK);
    assert_int_equal(to(TS_DEFAULT, "TERMSRV/a.example.com", TS_PROOF_NONE),
                     SEC_E_POLICY_NLTM_ONLY);
    assert_int_equal(to(TS_DEFAULT, "TERMSRV/b.example.com", TS_PROOF_NONE), SEC_E_OK);
    assert_int_equal(to(TS_DEFAULT, "HTTP/www.example.com", TS_PROOF_KERBEROS), SEC_E_OK);
    assert_int_equal(to(TS_DEFAULT, "HTTP/bad.example.com", TS_PROOF_KERBEROS),
                     SEC_E_DELEGATION_POLICY);
    assert_int_equal(to(TS_DEFAULT, "WSMAN/anywhere", TS_PROOF_KERBEROS), SEC_E_OK);
    assert_int_equal(to(TS_DEFAULT, "TERMSRV/cb.example.com", TS_PROOF_KERBEROS),
                     SEC_E_DELEGATION_POLICY);
    assert_int_equal(to(TS_DEFAULT, "TERMSRV/d.example.com", TS_PROOF_KERBEROS),
                     SEC_E_DELEGATION_POLICY);
    assert_int_equal(to(TS_DEFAULT, NULL, TS_PROOF_KERBEROS), SEC_E_DELEGATION_POLICY);
    assert_int_equal(to(TS_DEFAULT, "", TS_PROOF_KERBEROS), SEC_E_DELEGATION_POLICY);
}

/* ---- patterns ------------------------------------------------------------------------------ */

static void test_patterns(void **state)
{
    static const struct {
        const char *pattern, *name;
        bool fits;
    } rows[] = {
        {"*", "TERMSRV/x", true},
        {"*", "anything/at/all@REALM", true},
        {"TERMSRV/*", "TERMSRV/x", true},
        {"TERMSRV/*", "TERMSRV/", true},
        {"TERMSRV/*", "TERMSRV", false},
        {"TERMSRV/*", "XTERMSRV/x", false},
        {"TERMSRV/*", "HTTP/TERMSRV/x", false},
        {"TERMSRV/*.a.org", "TERMSRV/x.a.org", true},
        {"TERMSRV/*.a.org", "TERMSRV/x.y.a.org", true},
        {"TERMSRV/*.a.org", "TERMSRV/a.org", false},
        {"TERMSRV/*.a.org", "TERMSRV/xa.org", false},
        {"TERMSRV/*.a.org", "TERMSRV/x.a.org.evil.org", false},
        {"TERMSRV/*.a.org", "TERMSRV/evil.org/x.a.org", false},
        {"TERMSRV/*.a.org", "TERMSRV/x.a.org@EVIL.ORG", false},
        {"TERMSRV/*.a.org", "TERMSRV/evil.org@x.a.org", false},
        {"TERMSRV/*.a.org", "TERMSRV/evil.org:.a.org", false},
        {"TERMSRV/*.a.org", "TERMSRV/evil.org:3389.a.org", false},
        {"TERMSRV/*", "TERMSRV/x.a.org:3389", true},
        {"TERMSRV/*:3389", "TERMSRV/x.a.org:3389", true},
        {"TERMSRV/*:3389", "TERMSRV/evil.org:x:3389", false},
        {"TERMSRV/*", "TERMSRV/x@EVIL.ORG", false},
        {"TERMSRV/*@A.ORG", "TERMSRV/x@a.org", true},
        {"TERMSRV/*@A.ORG", "TERMSRV/x", false},
        {"TERMSRV/*@A.ORG", "TERMSRV/x@EVIL@A.ORG", false},
        {"*/x.a.org", "TERMSRV/x.a.org", true},
        {"*/x.a.org", "TERMSRV/evil/x.a.org", false},
        {"TERMSRV/x", "TERMSRV/x", true},
        {"TERMSRV/x", "TERMSRV/xy", false},
        {"TERMSRV/xy", "TERMSRV/x", false},
        {"TERMSRV/x*x", "TERMSRV/x", false}, /* the two do not share a letter */
        {"TERMSRV/x*x", "TERMSRV/xx", true},
        {"TERMSRV/*.*.org", "TERMSRV/x.a.org", false}, /* two wildcards: no pattern */
        {"**", "TERMSRV/x", false},
        {"T\xc3\x84/*", "T\xc3\x84/x", true},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        forget(state);
        set("allow_saved_credentials", rows[i].pattern);
        assert_int_equal(to(TS_SAVED, rows[i].name, TS_PROOF_KERBEROS),
                         rows[i].fits ? SEC_E_OK : SEC_E_DELEGATION_POLICY);
    }
}

/* Who is denied is so however the name is written. */
static void test_denied_names(void **state)
{
    static const struct {
        const char *pattern, *name;
        bool denied;
    } rows[] = {
        {"TERMSRV/x.a.org", "TERMSRV/x.a.org", true},
        {"TERMSRV/x.a.org", "TERMSRV/X.A.ORG", true},
        {"TERMSRV/x.a.org", "TERMSRV/x.a.org.", true},
        {"TERMSRV/x.a.org", "TERMSRV/x.a.org..", true},
        {"TERMSRV/x.a.org", "TERMSRV/x.a.org:3389", true},
        {"TERMSRV/x.a.org", "TERMSRV/x.a.org.:3389", true},
        {"TERMSRV/x.a.org", "TERMSRV/x.a.org@A.ORG", true},
        {"TERMSRV/x.a.org", "TERMSRV/x.a.org:3389@A.ORG", true},
        {"TERMSRV/*.a.org", "TERMSRV/x/y.a.org", true},
        {"TERMSRV/*.a.org", "TERMSRV/x.a.org.@B.ORG", true},
        {"TERMSRV/*", "TERMSRV/x@A.ORG", true},
        {"TERMSRV/x.a.org", "TERMSRV@x.a.org", true},
        {"TERMSRV/x.a.org", "TERMSRV@x.a.org.", true},
        {"TERMSRV/x.a.org", "TERMSRV@y.a.org", false},
        {"TERMSRV/x.a.org", "TERMSRV/\\x.a.org", true},
        {"TERMSRV/x.a.org", "TERMS\\RV/x.a.org", true},
        {"TERMSRV/x@A.ORG", "TERMSRV/x@a.org", true},
        {"TERMSRV/x@A.ORG", "TERMSRV/x@B.ORG", false},
        {"TERMSRV/x.a.org", "TERMSRV/y.a.org", false},
        {"TERMSRV/x.a.org", "HTTP/x.a.org", false},
        {"*", "TERMSRV/x", true},
        {"**", "TERMSRV/x", false}, /* lsad --check tells it */
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        forget(state);
        set("allow_fresh_credentials", "*");
        set("deny_fresh_credentials", rows[i].pattern);
        assert_int_equal(to(TS_FRESH, rows[i].name, TS_PROOF_KERBEROS),
                         rows[i].denied ? SEC_E_DELEGATION_POLICY : SEC_E_OK);
    }
}

static void test_good_lists(void **state)
{
    (void)state;
    assert_true(ts_policy_list_is_good("TERMSRV/*"));
    assert_true(ts_policy_list_is_good(" TERMSRV/*, HTTP/a*b\t* "));
    assert_false(ts_policy_list_is_good(""));
    assert_false(ts_policy_list_is_good(" , "));
    assert_false(ts_policy_list_is_good("TERMSRV/* HTTP/*.*"));
    set("allow_default_credentials", "TERMSRV/*.* , ");
    assert_false(ts_policy_keeps_passwords());
    set("allow_default_credentials_ntlm_only", "TERMSRV/*.* TERMSRV/x");
    assert_true(ts_policy_keeps_passwords());
}

/* A target that is no text at all. */
static void test_no_text(void **state)
{
    static const WCHAR half[] = {'T', 0xd800, 0};

    (void)state;
    set("allow_default_credentials", "*");
    assert_int_equal(ts_policy_delegate(TS_DEFAULT, half, TS_PROOF_KERBEROS),
                     SEC_E_DELEGATION_POLICY);
}

/* ---- versions, forms ----------------------------------------------------------------------- */

static void test_oldest(void **state)
{
    static const struct {
        const char *value;
        ULONG oldest;
    } rows[] = {{"2", 2}, {"3", 3}, {"4", 4}, {"5", 5},  {"6", 6},
                {"1", 5}, {"7", 5}, {"", 5},  {"22", 5}, {"two", 5}};

    assert_int_equal(ts_policy_oldest_version(), 5);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        forget(state);
        set("oldest_peer_version", rows[i].value);
        assert_int_equal(ts_policy_oldest_version(), rows[i].oldest);
    }
}

static void test_forms(void **state)
{
    static const struct {
        const char *value;
        bool empty, redirected, credentials;
    } rows[] = {
        {"", true, true, true},
        {"none", true, true, true},
        {"restricted_admin", true, false, false},
        {"remote_credential_guard", false, true, false},
        {"Either", true, true, false},
        {"ether", true, true, false}, /* wrong: not the most that it could mean */
    };

    assert_int_equal(ts_policy_form(TS_FORM_CREDENTIALS), SEC_E_OK);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const bool allowed[] = {rows[i].empty, rows[i].redirected, rows[i].credentials};

        forget(state);
        set("restrict_delegation", rows[i].value);
        for (int form = TS_FORM_EMPTY; form <= TS_FORM_CREDENTIALS; form++)
            assert_int_equal(ts_policy_form((enum ts_form)form),
                             allowed[form] ? SEC_E_OK : SEC_E_DELEGATION_POLICY);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_nobody_by_default, forget),
        cmocka_unit_test_setup(test_proofs, forget),
        cmocka_unit_test_setup(test_lists, forget),
        cmocka_unit_test_setup(test_patterns, forget),
        cmocka_unit_test_setup(test_denied_names, forget),
        cmocka_unit_test_setup(test_good_lists, forget),
        cmocka_unit_test_setup(test_no_text, forget),
        cmocka_unit_test_setup(test_oldest, forget),
        cmocka_unit_test_setup(test_forms, forget),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
