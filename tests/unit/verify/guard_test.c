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
    ntlm_guard_right(7, u"somebody"); /* a service that lets people in is no attack */
    assert_int_equal(ntlm_guard_turn(7, u"another"), 0);
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
    assert_non_null(find(7, NULL)); /* that of the service stays */
    for (WCHAR *c = name; *c; c++)
        *c = utf16_equal(c, u"") ? *c : (WCHAR)(*c - u'a' + u'A');
    assert_non_null(find(7, name)); /* the newest, too */
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
        cmocka_unit_test_teardown(test_bounds, forget),
        cmocka_unit_test_teardown(test_answer, forget),
    };

    return cmocka_run_group_tests_name("ntlm_guard", tests, NULL, NULL);
}
