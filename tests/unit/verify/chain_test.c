/*
 * The chain of verifiers as lsad runs it: who may verify whom, by which names, and how fast. The
 * account file and winbind are what system tests are for.
 */
#include "tests/unit/verify/chain.h"

#include <ntstatus.h>
#include <string.h>

#include "base/reason.h"
#include "libsspi/packages/ntlm/policy.h"
#include "libsspi/packages/ntlm/verify/domain.h"
#include "libsspi/packages/ntlm/verify/guard.h"

static int start_denying(void **state)
{
    ntlm_settings[1] = (struct lsa_setting){"deny_inbound", "domain"};
    return start(state);
}

/* ---- tests ---------------------------------------------------------------------------- */

static void test_names(void **state)
{
    static const struct {
        const WCHAR *user, *domain;
        SECURITY_STATUS status;
    } cases[] = {
        {u"nobody", u"LOCAL", SEC_E_OK},
        {u"NoBody", u"local", SEC_E_OK},
        {u"nobody", u"", SEC_E_OK},
        {u"nobody", u".", SEC_E_OK},
        {u"nobody", u"WORKGROUP", SEC_E_OK}, /* what people call a machine of no domain */
        {u"nobody@local", u"", SEC_E_OK},
        {u"nobody", u"EXAMPLE.COM", SEC_E_LOGON_DENIED}, /* who is another one there */
        {u"nobody", u"example", SEC_E_LOGON_DENIED},
        {u"nobody@example.com", u"", SEC_E_LOGON_DENIED},
        {u"alice", u"EXAMPLE", SEC_E_LOGON_DENIED}, /* by a password that is not hers */
        {u"somebody", u"LOCAL", SEC_E_LOGON_DENIED},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        SECURITY_STATUS status = prove(cases[i].user, cases[i].domain, u"pw of nobody");

        if (status != cases[i].status)
            fail_msg("%zu: 0x%08x", i, (unsigned)status);
        ntlm_guard_right(0, cases[i].user);
        if (!status)
            assert_string_equal(verified, "LOCAL\\nobody nobody");
        else
            assert_non_null(strstr(reason_get()->text, "no such account here, or a wrong proof"));
    }
    /* the domain of the machine has two names */
    assert_int_equal(prove(u"alice", u"EXAMPLE", u"pw of alice"), SEC_E_OK);
    assert_int_equal(prove(u"alice", u"example.com", u"pw of alice"), SEC_E_OK);
    assert_string_equal(verified, "EXAMPLE.COM\\alice "); /* of a uid without a name */
    /* of several sessions any is good, each for the name that it has */
    assert_int_equal(prove(u"alice", u"child.example.com", u"alice's other"), SEC_E_OK);
    assert_string_equal(verified, "CHILD.EXAMPLE.COM\\alice ");
}

static void test_acceptors(void **state)
{
    LSA_SEC_HANDLE server;

    (void)state;
    as(33, 0); /* whom a rule lets */
    assert_int_equal(prove(u"nobody", u"LOCAL", u"pw of nobody"), SEC_E_OK);
    as(1234, 0); /* whom one for something else lets */
    assert_int_equal(acceptor(&server), SEC_E_NO_CREDENTIALS);
    as(ALICE_UID, ALICE); /* who is logged on */
    assert_int_equal(prove(u"alice", u"EXAMPLE", u"pw of alice"), SEC_E_OK);
    assert_int_equal(prove(u"nobody", u"LOCAL", u"pw of nobody"), SEC_E_LOGON_DENIED);
    assert_int_equal(prove(u"alice", u"EXAMPLE", u"alice's other"), SEC_E_LOGON_DENIED);
    as(1234, 0);
    call.call_attributes = SECPKG_CALL_IN_PROC;
    call.uid = 0; /* nor root in a program of its own */
    assert_int_equal(acceptor(&server), SEC_E_NO_CREDENTIALS);
}

static void test_guessing(void **state)
{
    (void)state;
    as(33, 0);
    for (unsigned i = 0; i < NTLM_GUARD_FREE; i++) {
        assert_int_equal(prove(u"nobody", u"LOCAL", u"a guess"), SEC_E_LOGON_DENIED);
        assert_int_equal(retries, 0);
    }
    assert_int_equal(prove(u"nobody", u"LOCAL", u"another"), SEC_E_LOGON_DENIED);
    assert_int_equal(retries, 1);
    /* by whatever name */
    assert_int_equal(prove(u"nobody@local", u"", u"another"), SEC_E_LOGON_DENIED);
    assert_int_equal(retries, 1);
    assert_int_equal(prove(u"alice", u"EXAMPLE", u"pw of alice"), SEC_E_OK);
    assert_int_equal(retries, 0);
    as(0, 0);
    assert_int_equal(prove(u"nobody", u"LOCAL", u"pw of nobody"), SEC_E_OK);
    assert_int_equal(retries, 0);
    as(33, 0);
    assert_int_equal(prove(u"nobody", u"LOCAL", u"pw of nobody"), SEC_E_OK);
    assert_int_equal(retries, 1); /* as long as nobody has it right */
    assert_int_equal(prove(u"nobody", u"LOCAL", u"a guess"), SEC_E_LOGON_DENIED);
    assert_int_equal(retries, 0);
}

static void test_denied(void **state)
{
    (void)state;
    assert_int_equal(prove(u"alice", u"EXAMPLE", u"pw of alice"), SEC_E_UNSUPPORTED_FUNCTION);
    assert_non_null(strstr(reason_get()->text, "deny_inbound"));
    assert_int_equal(prove(u"nobody", u"", u"pw of nobody"), SEC_E_OK);
}

/* Nobody knows better than the domain whether an account of it is let in. */
static void test_domain_first(void **state)
{
    static const struct {
        SECURITY_STATUS says, right, wrong;
    } cases[] = {
        {NTLM_DOMAIN_NOBODY, SEC_E_OK, SEC_E_LOGON_DENIED},
        {SEC_E_NO_AUTHENTICATING_AUTHORITY, SEC_E_OK, SEC_E_NO_AUTHENTICATING_AUTHORITY},
        {SEC_E_LOGON_DENIED, SEC_E_LOGON_DENIED, SEC_E_LOGON_DENIED},
        {STATUS_ACCOUNT_DISABLED, STATUS_ACCOUNT_DISABLED, STATUS_ACCOUNT_DISABLED},
        {SEC_E_INSUFFICIENT_MEMORY, SEC_E_INSUFFICIENT_MEMORY, SEC_E_INSUFFICIENT_MEMORY},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        controller.says = cases[i].says;
        controller.asked = 0;
        assert_int_equal(prove(u"alice", u"EXAMPLE", u"pw of alice"), cases[i].right);
        assert_int_equal(prove(u"alice", u"EXAMPLE", u"a guess"), cases[i].wrong);
        assert_int_equal(controller.asked, 2);
        ntlm_guard_right(0, u"alice");
    }
    /* of other accounts it knows nothing, and of this machine's it is not asked */
    controller.says = SEC_E_LOGON_DENIED;
    assert_int_equal(prove(u"nobody", u"WORKGROUP", u"pw of nobody"), SEC_E_OK);
    controller.asked = 0;
    assert_int_equal(prove(u"nobody", u".", u"pw of nobody"), SEC_E_OK);
    assert_int_equal(controller.asked, 0);
    /* a domain that cannot be asked is no way to guess */
    as(33, 0);
    controller.says = SEC_E_NO_AUTHENTICATING_AUTHORITY;
    for (unsigned i = 0; i < NTLM_GUARD_FREE; i++)
        assert_int_equal(prove(u"alice", u"EXAMPLE", u"a guess"),
                         SEC_E_NO_AUTHENTICATING_AUTHORITY);
    assert_int_equal(prove(u"alice", u"EXAMPLE", u"pw of alice"), SEC_E_OK);
    assert_int_equal(retries, 1);
    controller.says = NTLM_DOMAIN_NOBODY;
}

static const char *const levels[] = {"0", "1", "2", "3", "4", "5"};
static const char *level;

static int start_level(void **state)
{
    ntlm_settings[1] = (struct lsa_setting){"lm_compatibility_level", level};
    ntlm_settings[2] = (struct lsa_setting){"minimum_client_security", "none"};
    ntlm_settings[3] = (struct lsa_setting){"minimum_server_security", "none"};
    return start(state);
}

/*
 * What the sessions have at the levels that let LM be used is enough for its responses, and for
 * sessions with keys of whatever kind both ends know; an acceptor that knows the account only
 * afterwards grants no key of LM.
 */
static void test_levels(void **state)
{
    for (unsigned i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
        level = levels[i];
        assert_int_equal(start_level(state), 0);
        assert_int_equal(prove(u"nobody", u"LOCAL", u"pw of nobody"), SEC_E_OK);
        assert_int_equal(prove(u"nobody", u"LOCAL", u"pw of"), SEC_E_LOGON_DENIED);
        if (i > NTLM_LEVEL_LM) { /* is not looked at */
            stop(state);
            continue;
        }
        lm_alone = true; /* 0: LM, 1 and 2: "NTLM2 session", 3: none, since there is a clock */
        assert_int_equal(prove(u"nobody", u"LOCAL", u"pw of nobody"),
                         i == 0 ? SEC_E_OK : SEC_E_LOGON_DENIED);
        lm_alone = false;
        ntlm_guard_right(0, u"nobody");
        stop(state);
    }
}

static int start_domain_first(void **state)
{
    ntlm_settings[0].value = "domain sessions";
    return start(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_names, start, stop),
        cmocka_unit_test_setup_teardown(test_acceptors, start, stop),
        cmocka_unit_test_setup_teardown(test_guessing, start, stop),
        cmocka_unit_test_setup_teardown(test_denied, start_denying, stop),
        cmocka_unit_test_setup_teardown(test_domain_first, start_domain_first, stop),
        cmocka_unit_test(test_levels),
    };

    return cmocka_run_group_tests_name("ntlm_chain", tests, NULL, NULL);
}
