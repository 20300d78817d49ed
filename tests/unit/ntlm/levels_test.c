/*
 * lm_compatibility_level 0 to 5 on each side: which proof is sent, which is accepted, and the keys
 * that come of it.
 */
#include "tests/unit/ntlm/meeting.h"

#include <string.h>

/* ---- levels ------------------------------------------------------------------------- */

enum response { LM, NT, SESSION, V2 };

static enum response sent(const struct meeting *m)
{
    static const uint8_t zeros[16];

    if (m->said.nt_response.size > NTLM_V1_RESPONSE)
        return V2;
    if (m->said.flags & NTLM_EXTENDED_SECURITY) {
        assert_memory_equal(m->said.lm_response.data + 8, zeros, sizeof(zeros));
        return SESSION;
    }
    return memcmp(m->said.lm_response.data, m->said.nt_response.data, NTLM_V1_RESPONSE) == 0 ? NT
                                                                                             : LM;
}

/* The table of policy.h, all 36 fields of it, with and without session security at the server. */
static void test_levels(void **state)
{
    static const enum response granted[] = {LM, SESSION, SESSION, V2, V2, V2};
    static const enum response not_granted[] = {LM, LM, NT, V2, V2, V2};

    (void)state;
    for (unsigned c = 0; c <= 5; c++) {
        for (unsigned s = 0; s <= 5; s++) {
            for (int without = 0; without < 2; without++) {
                struct meeting m = {.client.level = c, .server.level = s, .wanted = SEAL};
                enum response expected = without ? not_granted[c] : granted[c];
                bool accepted = expected == V2 || s <= NTLM_LEVEL_V1;
                SECURITY_STATUS status;

                m.asked_without = without ? NTLM_EXTENDED_SECURITY : 0;
                status = meet(&m);
                assert_int_equal(sent(&m), expected);
                if (expected == V2 && without && c > 0) /* the MIC knows what was asked for */
                    assert_int_equal(status, SEC_E_MESSAGE_ALTERED);
                else
                    assert_int_equal(status, accepted ? SEC_E_OK : SEC_E_LOGON_DENIED);
                meeting_end(&m);
                m.password = "pass-word 1";
                assert_int_equal(meet_once(m), SEC_E_LOGON_DENIED);
            }
        }
    }
}

/* An LM response alone counts at the levels that accept LM, whichever version made it. */
static void test_lm_alone(void **state)
{
    (void)state;
    for (unsigned s = 0; s <= 5; s++) {
        struct meeting m = {.client.level = 0, .server.level = s, .drop_nt = true};
        SECURITY_STATUS expected = s <= NTLM_LEVEL_LM ? SEC_E_OK : SEC_E_LOGON_DENIED;

        assert_int_equal(meet_once(m), expected);
        /* who asks for a MIC, or for a channel, gets neither with LM */
        m.server.require_mic = true;
        assert_int_equal(meet_once(m), expected ? expected : SEC_E_MESSAGE_ALTERED);
        m.server.require_mic = false;
        m.server.channel_bindings = NTLM_WANTED_ALWAYS;
        m.server_bindings = meeting_machine.id;
        assert_int_equal(meet_once(m), expected ? expected : SEC_E_BAD_BINDINGS);
        m.server.channel_bindings = NTLM_WANTED_NO;
        m.server.target_name = NTLM_WANTED_ALWAYS;
        assert_int_equal(meet_once(m), expected ? expected : SEC_E_WRONG_PRINCIPAL);
    }
}

/* 3.4.5.1: keys of LM, where both sides have the hash and neither has session security. */
static void test_lm_key(void **state)
{
    struct meeting m = {.wanted = SEAL};

    (void)state;
    assert_int_equal(meet(&m), SEC_E_OK);
    assert_true(m.at_server.flags & NTLM_LM_KEY);
    meeting_end(&m);
    m.client.level = m.server.level = 1; /* session security excludes it */
    assert_int_equal(meet(&m), SEC_E_OK);
    assert_false(m.at_server.flags & NTLM_LM_KEY);
    meeting_end(&m);
    m.client.level = 0;
    m.server.level = 4; /* no LM, so no key of it */
    assert_int_equal(meet(&m), SEC_E_OK);
    assert_false(m.at_server.flags & NTLM_LM_KEY);
    meeting_end(&m);
}

/* The key of LM without its calculation: who asks for it gets it where LM is accepted. */
static void test_non_nt_key(void **state)
{
    struct meeting m = {.client.level = 2,
                        .server.level = 2,
                        .wanted = SEAL | NTLM_NON_NT_SESSION_KEY,
                        .asked_without = NTLM_EXTENDED_SECURITY};

    (void)state;
    assert_int_equal(meet(&m), SEC_E_OK);
    assert_true(m.at_server.flags & NTLM_NON_NT_SESSION_KEY);
    meeting_end(&m);
    m.server.level = 4;
    assert_int_equal(meet(&m), SEC_E_OK);
    assert_false(m.at_server.flags & NTLM_NON_NT_SESSION_KEY);
    meeting_end(&m);
}

/* A password that LM cannot write has no LM response, and no key of LM. */
static void test_no_lm_hash(void **state)
{
    static const char *const passwords[] = {"a password that is long", "p\xc3\xa4ssword"};
    struct ntlm_account a;

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct ntlm_text text = text_of(passwords[i]);

        a = (struct ntlm_account){0};
        assert_true(ntlm_account_password(&a, text.string, text.units, 0));
        assert_false(a.has_lm_hash);
        ntlm_text_free(&text);
    }
    assert_true(ntlm_account_password(&a, u"short", 5, NTLM_LEVEL_LM));
    assert_true(a.has_lm_hash);
    assert_true(ntlm_account_password(&a, u"short", 5, NTLM_LEVEL_V1));
    assert_false(a.has_lm_hash);
}

/* ---- datagrams and nobody, at every level ------------------------------------------- */

static void test_other_kinds(void **state)
{
    (void)state;
    for (unsigned level = 0; level <= 5; level++) {
        struct meeting m = {
            .client.level = level, .server.level = level, .wanted = SEAL, .datagram = true};

        assert_int_equal(meet(&m), SEC_E_OK);
        assert_true(m.at_server.flags & NTLM_DATAGRAM && m.at_server.flags & NTLM_KEY_EXCH);
        if (level >= NTLM_LEVEL_SENDS_V2) /* 3.1.5.2.1 */
            assert_int_equal(m.said.lm_response.size, 0);
        meeting_end(&m);
        m.anonymous = true;
        assert_int_equal(meet_once(m), SEC_E_OK);
        m.datagram = false;
        assert_int_equal(meet(&m), SEC_E_OK);
        assert_true(m.at_server.flags & NTLM_ANONYMOUS);
        assert_int_equal(m.said.nt_response.size, 0);
        assert_int_equal(m.said.lm_response.size, 1);
        assert_int_equal(m.said.user.size + m.said.workstation.size, 0);
        meeting_end(&m);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_levels),     cmocka_unit_test(test_lm_alone),
        cmocka_unit_test(test_lm_key),     cmocka_unit_test(test_non_nt_key),
        cmocka_unit_test(test_no_lm_hash), cmocka_unit_test(test_other_kinds),
    };

    return cmocka_run_group_tests(tests, crypto_set_up, crypto_tear_down);
}
