/*
 * deny_inbound = domain: whose the account is counts, and not only what the client says of it; and
 * as whom somebody comes in to a service of root's that verifies in another's logon session.
 */
#include "tests/unit/verify/chain.h"

#include <ntstatus.h>
#include <string.h>

#include "base/reason.h"
#include "libsspi/packages/ntlm/verify/domain.h"
#include "libsspi/packages/ntlm/verify/guard.h"

static int start_denying(void **state)
{
    ntlm_settings[0].value = "sessions domain";
    ntlm_settings[1] = (struct lsa_setting){"deny_inbound", "domain"};
    return start(state);
}

static void test_no_domain(void **state)
{
    (void)state;
    controller.says = STATUS_ACCOUNT_DISABLED;
    controller.asked = 0;
    assert_int_equal(prove(u"dora", u"EXAMPLE", u"hers"), SEC_E_UNSUPPORTED_FUNCTION);
    assert_int_equal(prove(u"dora@example.com", u"", u"hers"), SEC_E_UNSUPPORTED_FUNCTION);
    assert_int_equal(prove(u"dora", u"WORKGROUP", u"hers"), SEC_E_UNSUPPORTED_FUNCTION);
    assert_int_equal(prove(u"dora", u"", u"hers"), SEC_E_LOGON_DENIED);
    assert_int_equal(prove(u"dora", u".", u"hers"), SEC_E_LOGON_DENIED);
    assert_int_equal(controller.asked, 0);
    controller.says = NTLM_DOMAIN_NOBODY;
}

static void test_sessions(void **state)
{
    static const WCHAR *const here[] = {u"", u".", u"LOCAL", u"local.example.com"};

    (void)state;
    for (size_t i = 0; i < sizeof(here) / sizeof(here[0]); i++) {
        assert_int_equal(prove(u"nobody", here[i], u"pw of nobody"), SEC_E_OK);
        assert_int_equal(prove(u"alice", here[i], u"pw of alice"), SEC_E_UNSUPPORTED_FUNCTION);
        assert_non_null(strstr(reason_get()->text, "deny_inbound"));
        assert_int_equal(prove(u"alice", here[i], u"a guess"), SEC_E_LOGON_DENIED);
        ntlm_guard_right(0, u"alice");
    }
}

/* That an account is locked out, a domain says whatever the proof is. */
static void test_locked_out(void **state)
{
    (void)state;
    as(33, 0);
    controller.says = STATUS_ACCOUNT_LOCKED_OUT;
    for (unsigned i = 0; i < NTLM_GUARD_FREE; i++) {
        assert_int_equal(prove(u"dora", u"EXAMPLE", u"hers"), STATUS_ACCOUNT_LOCKED_OUT);
        assert_int_equal(retries, 0);
    }
    assert_int_equal(prove(u"dora", u"EXAMPLE", u"hers"), STATUS_ACCOUNT_LOCKED_OUT);
    assert_int_equal(retries, 1);
    controller.says = NTLM_DOMAIN_NOBODY;
    as(0, 0);
}

static int start_domain(void **state)
{
    ntlm_settings[0].value = "domain";
    return start(state);
}

static void test_others_session(void **state)
{
    (void)state;
    as(0, NOBODY); /* as lsad calls it when root asks for that session */
    assert_int_equal(prove(u"nobody", u"LOCAL", u"pw of nobody"), SEC_E_OK);
    assert_string_equal(verified, "LOCAL\\nobody nobody");
    as(0, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_no_domain, start_denying, stop),
        cmocka_unit_test_setup_teardown(test_sessions, start_denying, stop),
        cmocka_unit_test_setup_teardown(test_locked_out, start_domain, stop),
        cmocka_unit_test_setup_teardown(test_others_session, start, stop),
    };

    return cmocka_run_group_tests_name("ntlm_inbound", tests, NULL, NULL);
}
