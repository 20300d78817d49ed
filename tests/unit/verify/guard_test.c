/* Who guesses passwords waits: with a clock of the test's own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <time.h>

static int64_t clock_ms = 1000000;

static int test_clock(clockid_t id, struct timespec *t)
{
    assert_int_equal(id, CLOCK_BOOTTIME);
    *t = (struct timespec){.tv_sec = clock_ms / 1000, .tv_nsec = clock_ms % 1000 * 1000000};
    return 0;
}

#define clock_gettime test_clock
#include "libsspi/packages/ntlm/verify/guard.c"

static int forget(void **state)
{
    (void)state;
    while (records)
        drop(&records);
    assert_int_equal(count, 0);
    return 0;
}

static void test_pauses(void **state)
{
    static const int pauses[] = {1000, 2000, 4000, 8000, 16000, 16000, 16000};

    (void)state;
    for (unsigned i = 1; i <= NTLM_GUARD_FREE; i++) {
        assert_int_equal(ntlm_guard_turn(7, u"alice"), 0);
        assert_int_equal(ntlm_guard_wrong(7, u"alice"), i);
    }
    for (size_t i = 0; i < sizeof(pauses) / sizeof(pauses[0]); i++) {
        int wait = ntlm_guard_turn(7, u"ALICE"); /* a name has no case */

        assert_int_equal(wait, pauses[i]);
        clock_ms += wait;
        ntlm_guard_wrong(7, u"Alice");
    }
    /* it runs from the last wrong one, and is for nobody else */
    assert_int_equal(ntlm_guard_turn(7, u"bob"), 0);
    assert_int_equal(ntlm_guard_turn(8, u"alice"), 0);
    clock_ms += 15000;
    assert_int_equal(ntlm_guard_turn(7, u"alice"), 1000);
    clock_ms += 1000;
    ntlm_guard_right(7, u"alice");
    assert_int_equal(ntlm_guard_turn(7, u"alice"), 0);
    assert_int_equal(ntlm_guard_wrong(7, u"alice"), 1);
}

/* Many at a time are looked at one after the other, and too many not at all. */
static void test_queue(void **state)
{
    (void)state;
    for (unsigned i = 0; i < NTLM_GUARD_FREE + 2; i++)
        ntlm_guard_wrong(7, u"alice"); /* a pause of four seconds */
    for (int wait = 4000; wait <= NTLM_GUARD_WAIT_MAX; wait += 4000)
        assert_int_equal(ntlm_guard_turn(7, u"alice"), wait);
    assert_int_equal(ntlm_guard_turn(7, u"alice"), -1);
    assert_int_equal(ntlm_guard_turn(8, u"alice"), 0);
    clock_ms += 4000;
    assert_int_equal(ntlm_guard_turn(7, u"alice"), NTLM_GUARD_WAIT_MAX);
    assert_int_equal(ntlm_guard_turn(7, u"alice"), -1);
}

/* One password for many accounts. */
static void test_spraying(void **state)
{
    WCHAR name[] = u"user....";

    (void)state;
    for (unsigned i = 0; i <= NTLM_GUARD_UID_FREE; i++) {
        name[4] = (WCHAR)(u'a' + i / 26);
        name[5] = (WCHAR)(u'a' + i % 26);
        assert_int_equal(ntlm_guard_turn(7, name), 0);
        ntlm_guard_wrong(7, name);
    }
    assert_int_equal(ntlm_guard_turn(7, u"another"), NTLM_GUARD_UID_PAUSE);
    assert_int_equal(ntlm_guard_turn(7, u"one more"), 2 * NTLM_GUARD_UID_PAUSE);
    assert_int_equal(ntlm_guard_turn(8, u"another"), 0);
    /* who guesses at others may have an account; and who has been let in does not wait for it */
    for (unsigned i = 0; i < 10; i++)
        ntlm_guard_right(7, u"somebody");
    assert_int_equal(ntlm_guard_turn(7, u"Somebody"), 0);
    assert_int_equal(ntlm_guard_turn(7, u"one more"), 3 * NTLM_GUARD_UID_PAUSE);
    assert_int_equal(ntlm_guard_turn(7, u"Somebody"), 0);
    ntlm_guard_wrong(7, u"somebody");
    assert_int_equal(ntlm_guard_turn(7, u"somebody"), 4 * NTLM_GUARD_UID_PAUSE);
    /* what somebody mistyped is none of it, and time takes away the rest */
    ntlm_guard_right(7, u"somebody");
    assert_int_equal(find(7, NULL, clock_ms)->wrong, NTLM_GUARD_UID_FREE + 1);
    clock_ms += NTLM_GUARD_FORGET * INT64_C(1000) / 4;
    assert_int_equal(ntlm_guard_turn(7, u"another"), 0);
    assert_int_equal(ntlm_guard_turn(7, u"another"), 0);
    assert_int_equal(find(7, NULL, clock_ms)->wrong, 3 * NTLM_GUARD_UID_FREE / 4 + 1);
}

/* A uid that guesses at a lot of accounts does not make others' be forgotten. */
static void test_others_records(void **state)
{
    WCHAR name[] = u"....";

    (void)state;
    for (unsigned i = 0; i < NTLM_GUARD_FREE; i++)
        ntlm_guard_wrong(33, u"alice");
    ntlm_guard_right(33, u"bob");
    for (unsigned i = 0; i < NTLM_GUARD_RECORDS + 10; i++) {
        for (unsigned n = 0, rest = i; n < 4; n++, rest /= 16)
            name[n] = (WCHAR)(u'a' + rest % 16);
        clock_ms += 1;
        ntlm_guard_wrong(1000, name);
        ntlm_guard_right(1000, u"mallory");
    }
    assert_in_range(count, NTLM_GUARD_RECORDS - 1, NTLM_GUARD_RECORDS);
    assert_int_equal(find(33, u"ALICE", clock_ms)->wrong, NTLM_GUARD_FREE);
    assert_non_null(find(33, u"BOB", clock_ms));
    assert_in_range(ntlm_guard_turn(1000, u"zoe"), 1, NTLM_GUARD_WAIT_MAX);
}

static void test_bounds(void **state)
{
    WCHAR name[] = u"......";

    (void)state;
    for (unsigned i = 0; i < 2 * NTLM_GUARD_RECORDS; i++) {
        for (unsigned n = 0, rest = i; n < 6; n++, rest /= 16)
            name[n] = (WCHAR)(u'a' + rest % 16);
        clock_ms += 1;
        ntlm_guard_wrong(7, name);
    }
    assert_in_range(count, NTLM_GUARD_RECORDS - 1, NTLM_GUARD_RECORDS);
    assert_non_null(find(7, NULL, clock_ms)); /* that of the service stays */
    for (WCHAR *c = name; *c; c++)
        *c = utf16_equal(c, u"") ? *c : (WCHAR)(*c - u'a' + u'A');
    assert_non_null(find(7, name, clock_ms)); /* the newest, too */
    clock_ms += NTLM_GUARD_FORGET * INT64_C(1000) + 1;
    assert_int_equal(ntlm_guard_turn(7, name), 0);
    assert_int_equal(count, 0); /* all is forgotten */
}

/* When a refusal is told does not say how long it took. */
static void test_answer(void **state)
{
    int64_t began = ntlm_guard_now();

    (void)state;
    for (int spent = 0; spent < 3 * NTLM_GUARD_ANSWER; spent += 7) {
        clock_ms = began + spent;
        assert_int_equal((spent + ntlm_guard_answer(began)) % NTLM_GUARD_ANSWER, 0);
        assert_in_range(ntlm_guard_answer(began), 1, NTLM_GUARD_ANSWER);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_pauses, forget),
        cmocka_unit_test_teardown(test_queue, forget),
        cmocka_unit_test_teardown(test_spraying, forget),
        cmocka_unit_test_teardown(test_others_records, forget),
        cmocka_unit_test_teardown(test_bounds, forget),
        cmocka_unit_test_teardown(test_answer, forget),
    };

    return cmocka_run_group_tests_name("ntlm_guard", tests, NULL, NULL);
}
