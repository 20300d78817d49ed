/* [ntlm] of lsa.conf: what is read of it, and "Restrict NTLM". */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/reason.h"
#include "base/utf16.h"
#include "libsspi/lsa/host.h"
#include "libsspi/packages/ntlm/wire/message.h"
#include "libsspi/packages/ntlm/policy.h"

static const struct lsa_setting *settings;

/* The host's, which is not there. */
const char *lsa_setting(const char *package, const char *name, const char *fallback)
{
    assert_string_equal(package, "NTLM");
    for (const struct lsa_setting *s = settings; s && s->name; s++)
        if (strcmp(s->name, name) == 0)
            return s->value;
    return fallback;
}

static struct ntlm_policy read_policy(const struct lsa_setting *from)
{
    struct ntlm_policy policy;

    memset(&policy, 0xa5, sizeof(policy));
    settings = from;
    ntlm_policy_read(&policy);
    return policy;
}

static void assert_defaults(const struct ntlm_policy *p)
{
    assert_int_equal(p->level, 5);
    assert_int_equal(p->minimum_client, NTLM_EXTENDED_SECURITY | NTLM_128);
    assert_int_equal(p->minimum_server, NTLM_EXTENDED_SECURITY | NTLM_128);
    assert_false(p->require_mic || p->keep_local_accounts || p->audit_outbound);
    assert_int_equal(p->channel_bindings, NTLM_WANTED_ALWAYS);
    assert_int_equal(p->target_name, NTLM_WANTED_NO);
    assert_int_equal(p->domain_timeout, 15000);
    assert_int_equal(p->deny_inbound, NTLM_SCOPE_NONE);
    assert_int_equal(p->audit_inbound, NTLM_SCOPE_NONE);
}

static void test_settings(void **state)
{
    static const struct lsa_setting some[] = {{"lm_compatibility_level", "2"},
                                              {"minimum_client_security", "none"},
                                              {"minimum_server_security", "128"},
                                              {"require_mic", "yes"},
                                              {"channel_bindings", "when_given"},
                                              {"target_name", "always"},
                                              {"target_names", "www.example.com"},
                                              {"verify", "domain, Sessions"},
                                              {"domain_timeout", "500ms"},
                                              {"keep_local_accounts", "on"},
                                              {"deny_outbound", "*"},
                                              {"deny_inbound", "domain"},
                                              {"audit_inbound", "all"},
                                              {NULL, NULL}};
    static const struct lsa_setting wrong[] = {
        {"lm_compatibility_level", "6"}, {"minimum_client_security", ""},
        {"require_mic", "perhaps"},      {"channel_bindings", "sometimes"},
        {"target_name", "yes"},          {"domain_timeout", "0"},
        {"deny_inbound", "maybe"},       {NULL, NULL}};
    static const struct lsa_setting nobody[] = {{"verify", "none"}, {NULL, NULL}};
    struct ntlm_policy p = read_policy(NULL);

    (void)state;
    assert_defaults(&p);
    assert_int_equal(p.source_count, 3);
    assert_string_equal(p.deny_outbound, "");
    p = read_policy(some);
    assert_int_equal(p.level, 2);
    assert_int_equal(p.minimum_client, 0);
    assert_int_equal(p.minimum_server, NTLM_128);
    assert_true(p.require_mic && p.keep_local_accounts);
    assert_int_equal(p.channel_bindings, NTLM_WANTED_WHEN_GIVEN);
    assert_int_equal(p.target_name, NTLM_WANTED_ALWAYS);
    assert_string_equal(p.target_names, "www.example.com");
    assert_int_equal(p.source_count, 2);
    assert_int_equal(p.sources[0], NTLM_SOURCE_DOMAIN);
    assert_int_equal(p.sources[1], NTLM_SOURCE_SESSIONS);
    assert_int_equal(p.domain_timeout, 500);
    assert_int_equal(p.deny_inbound, NTLM_SCOPE_DOMAIN);
    assert_int_equal(p.audit_inbound, NTLM_SCOPE_ALL);
    p = read_policy(wrong);
    assert_defaults(&p);
    p = read_policy(nobody);
    assert_int_equal(p.source_count, 0);
}

static void test_patterns(void **state)
{
    static const struct {
        const char *list, *name;
        bool matches;
    } cases[] = {
        {"", "cifs/a.example.com", false},
        {"", "", false},
        {"*", "", true},
        {"*", "cifs/a.example.com", true},
        {"cifs/*", "CIFS/a.example.com", true},
        {"cifs/*", "http/a.example.com", false},
        {"*.example.com", "http/a.EXAMPLE.com", true},
        {"*.example.com", "http/a.example.com:8080", true},
        {"*.example.com", "http/a.example.com@EXAMPLE.COM", true},
        {"*.example.com", "http/example.com", false},
        {"*.example.com", "http/a.example.com.evil", false},
        {"a*com", "a.example.com", true},
        {"a*com", "acom", true},
        {"aa*aa", "aaa", false},
        {"old, files.example.com", "cifs/files.example.com", true},
        {"old, files.example.com", "cifs/file.example.com", false},
        {"http/web", "http/web", true},
        {"http/web", "http/web2", false},
        {"192.168.*", "192.168.1.2", true},
        /* the host is meant however it is written */
        {"*.example.com", "http/a.example.com.", true},
        {"*.example.com", "http/a.example.com.:80", true},
        {"a.example.com", "a.example.com.", true},
        {"*.example.com", "http/.", false},
        {"fd00::*", "cifs/fd00::1", true},
        {"fd00::1", "cifs/[fd00::1]:445", true},
        {"fd00::1", "cifs/[fd00::1", true},
        {"*.example.com", "ldap/dc.example.com/example.org", true},
        /* several stars */
        {"*evil*", "http/www.evil.example.com", true},
        {"*evil*", "evil", true},
        {"*evil*", "evi", false},
        {"*a*b*c", "xaxbxc", true},
        {"*a*b*c", "xaxcxb", false},
        {"*a*b*c", "abbc", true},
        {"**", "", true},
        {"a*b*b", "ab", false},
        {"a*a*a", "aXaa", true},
        {",, ,", "x", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        if (ntlm_policy_matches(cases[i].list, cases[i].name) != cases[i].matches)
            fail_msg("%s and %s", cases[i].list, cases[i].name);
}

static SECURITY_STATUS outbound(const struct ntlm_policy *p, const WCHAR *target)
{
    reason_clear();
    return ntlm_policy_outbound(
        p, (struct ntlm_bytes){(const uint8_t *)target, utf16_length(target) * sizeof(WCHAR)});
}

static void test_outbound(void **state)
{
    static const struct lsa_setting some[] = {{"deny_outbound", "*.example.com http/*"},
                                              {"allow_outbound", "files.example.com"},
                                              {"audit_outbound", "yes"},
                                              {NULL, NULL}};
    static const struct lsa_setting all[] = {{"deny_outbound", "*"}, {NULL, NULL}};
    static const struct lsa_setting but[] = {
        {"deny_outbound", "*"}, {"allow_outbound", "*.example.org, http/*"}, {NULL, NULL}};
    struct ntlm_policy p = read_policy(some);

    (void)state;
    assert_int_equal(outbound(&p, u"cifs/a.example.com"), SEC_E_UNSUPPORTED_FUNCTION);
    assert_non_null(strstr(reason_get()->text, "deny_outbound"));
    assert_int_equal(outbound(&p, u"cifs/files.example.com"), SEC_E_OK);
    assert_string_equal(reason_get()->text, "");
    assert_int_equal(outbound(&p, u"HTTP/elsewhere"), SEC_E_UNSUPPORTED_FUNCTION);
    assert_int_equal(outbound(&p, u"cifs/elsewhere"), SEC_E_OK);
    assert_int_equal(outbound(&p, u""), SEC_E_OK);
    assert_int_equal(outbound(&p, u"cifs/\xd800"), SEC_E_TARGET_UNKNOWN); /* half a character */
    p = read_policy(all);
    assert_int_equal(outbound(&p, u""), SEC_E_UNSUPPORTED_FUNCTION);
    p = read_policy(but);
    assert_int_equal(outbound(&p, u"ldap/dc.example.org"), SEC_E_OK);
    assert_int_equal(outbound(&p, u"ldap/dc.example.org/example.com"), SEC_E_OK);
    assert_int_equal(outbound(&p, u"ldap/dc.example.com/example.org"), SEC_E_UNSUPPORTED_FUNCTION);
    assert_int_equal(outbound(&p, u"cifs/a.example.org@EXAMPLE.ORG"), SEC_E_OK);
    assert_int_equal(outbound(&p, u"cifs/a.example.com@EXAMPLE.ORG"), SEC_E_UNSUPPORTED_FUNCTION);
    assert_int_equal(outbound(&p, u"HTTP/elsewhere/x"), SEC_E_OK);
    p = read_policy(NULL);
    assert_int_equal(outbound(&p, u"cifs/\xd800"), SEC_E_OK); /* nobody looks */
}

static void test_inbound(void **state)
{
    struct lsa_setting some[] = {
        {"deny_inbound", "domain"}, {"audit_inbound", "all"}, {NULL, NULL}};
    const struct ntlm_text user = {(WCHAR *)(uintptr_t)u"alice", 5}, none = {NULL, 0};
    struct ntlm_policy p = read_policy(NULL);

    (void)state;
    assert_int_equal(ntlm_policy_inbound(&p, &user, &none, true), SEC_E_OK);
    assert_int_equal(ntlm_policy_inbound(&p, &user, &user, false), SEC_E_OK);
    p = read_policy(some);
    assert_int_equal(ntlm_policy_inbound(&p, &user, &none, true), SEC_E_OK);
    assert_int_equal(ntlm_policy_inbound(&p, &user, &user, false), SEC_E_UNSUPPORTED_FUNCTION);
    some[0].value = "all";
    p = read_policy(some);
    assert_int_equal(ntlm_policy_inbound(&p, &user, &none, true), SEC_E_UNSUPPORTED_FUNCTION);
    assert_non_null(strstr(reason_get()->text, "deny_inbound"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_settings),
        cmocka_unit_test(test_patterns),
        cmocka_unit_test(test_outbound),
        cmocka_unit_test(test_inbound),
    };

    return cmocka_run_group_tests_name("ntlm_policy", tests, NULL, NULL);
}
