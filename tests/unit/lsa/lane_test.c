/* Pauses for who guesses, and turns: with a clock of the test's own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <time.h>

static int64_t clock_ms = 1000000;

static int test_clock(clockid_t id, struct timespec *t)
{
    assert_int_equal(id, CLOCK_BOOTTIME);
    *t = (struct timespec){.tv_sec = clock_ms / 1000, .tv_nsec = clock_ms % 1000 * 1000000};
    return 0;
}

#define clock_gettime test_clock
#include "lsad/lane.c"

static size_t records(void)
{
    size_t count = 0;

    for (const struct lane *l = lanes; l; l = l->next)
        count++;
    return count;
}

/* One call of the uid, right away; the pause it had to wait for. */
static unsigned one(uid_t uid)
{
    struct lsad_call call = {.next = NULL};
    unsigned pause = 77777, none;

    assert_int_equal(lane_enter(uid, &call, &pause), LANE_YOURS);
    assert_null(lane_leave(uid, &none));
    return pause;
}

static void growing(void **state)
{
    static const unsigned pauses[] = {1000, 2000, 4000, 8000, 16000, 16000, 16000};
    unsigned pause;

    (void)state;
    assert_int_equal(one(1), 0);
    for (unsigned i = 0; i < sizeof(pauses) / sizeof(pauses[0]); i++) {
        assert_int_equal(lane_wrong(1, &pause), i + 1);
        assert_int_equal(pause, pauses[i]);
        assert_int_equal(one(1), pauses[i]);
    }
    for (unsigned i = 0; i < 100000; i++)
        (void)lane_wrong(1, &pause);
    assert_int_equal(pause, LANE_PAUSE_MAX);
    /* it runs from the last wrong one, whoever asks meanwhile */
    clock_ms += 15000;
    assert_int_equal(one(1), 1000);
    clock_ms += 999;
    assert_int_equal(one(1), 1);
    clock_ms += 1;
    assert_int_equal(one(1), 0);
    assert_int_equal(one(2), 0); /* somebody else */
    lane_right(1);
    (void)lane_wrong(1, &pause);
    assert_int_equal(pause, 1000);
}

static void forgotten(void **state)
{
    unsigned pause;

    (void)state;
    clock_ms += 3600 * 1000;
    for (unsigned i = 0; i < 5; i++)
        (void)lane_wrong(3, &pause);
    clock_ms += LANE_FORGET * 1000;
    assert_int_equal(lane_wrong(3, &pause), 6);
    clock_ms += LANE_FORGET * 1000 + 1;
    assert_int_equal(lane_wrong(3, &pause), 1);
    /* records of those of whom nothing is left go; who is at work stays */
    for (uid_t uid = 100; uid < 200; uid++)
        (void)one(uid);
    assert_true(records() <= 3);
    clock_ms += LANE_FORGET * 1000 + 1;
    assert_int_equal(lane_hung(4, 1), 1);
    (void)one(5);
    assert_int_equal(records(), 2);
    assert_int_equal(lane_hung(4, 1), 2);
    assert_int_equal(lane_hung(4, -2), 0);
    (void)one(5);
    assert_int_equal(records(), 1);
}

static void turns(void **state)
{
    struct lsad_call calls[5] = {{.next = NULL}};
    unsigned pause;

    (void)state;
    assert_int_equal(lane_enter(6, &calls[0], &pause), LANE_YOURS);
    for (size_t i = 1; i <= LANE_WAITING_MAX; i++)
        assert_int_equal(lane_enter(6, &calls[i], &pause), LANE_WAIT);
    assert_int_equal(lane_enter(6, &calls[3], &pause), LANE_FULL);
    assert_int_equal(lane_enter(7, &calls[4], &pause), LANE_YOURS);
    /* in the order in which they came, and each with the pause of those before it */
    (void)lane_wrong(6, &pause);
    assert_ptr_equal(lane_leave(6, &pause), &calls[1]);
    assert_int_equal(pause, 1000);
    assert_int_equal(lane_enter(6, &calls[3], &pause), LANE_WAIT);
    (void)lane_wrong(6, &pause);
    assert_ptr_equal(lane_leave(6, &pause), &calls[2]);
    assert_int_equal(pause, 2000);
    lane_right(6);
    assert_ptr_equal(lane_leave(6, &pause), &calls[3]);
    assert_int_equal(pause, 0);
    assert_null(lane_leave(6, &pause));
    assert_null(lane_leave(7, &pause));
    assert_int_equal(lane_enter(6, &calls[0], &pause), LANE_YOURS);
    assert_null(lane_leave(6, &pause));
    clock_ms += LANE_FORGET * 1000 + 1;
    (void)one(8);
    assert_int_equal(records(), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(growing),
        cmocka_unit_test(forgotten),
        cmocka_unit_test(turns),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
