/*
 * notify/provider: what a credential manager does to its process, its memory and its time costs
 * nobody else anything.
 */
#include "tests/unit/base/test.h"
#include "notify/router.h"
#include "tests/unit/notify/event.h"
#include "tests/unit/notify/world.h"

#include <npapi.h>
#include <ntsecapi.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What it does to its process and to the way out costs nothing, and neither does it cost time. */
static void good_ones_that_look_strange(void **state)
{
    static const char *const names[] = {"closefds",   "scribble",    "overwrite", "silent",
                                        "hangdetach", "crashdetach", "leavehang", "process",
                                        "twice",      "thread"};
    uint64_t began;

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct mpr_outcome o;

        began = mpr_now();
        o = event_with(names[i]);
        assert_string_equal(o.text, "");
        assert_int_equal(o.status, MPR_SUCCESS);
        assert_in_range(mpr_now() - began, 0, 3000);
    }
    /* what "overwrite" did, it did to its own copy */
    assert_memory_equal(((KERB_INTERACTIVE_LOGON *)event_call.info)->Password.Buffer, u"g€heim",
                        14);
    assert_int_equal(event_call.luid.LowPart, 0x55667788);
}

/* Whatever it makes of the memory that it answers through: an answer, or none, in time. */
static void scribbles_over_the_page(void **state)
{
    static const char *const names[] = {"pageones", "pagezeros", "pagefives", "pagehang"};

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        uint64_t began = mpr_now();
        struct mpr_provider p;
        struct mpr_outcome o;

        world_install(names[i], NULL);
        assert_true(
            mpr_provider_begin(&p, world_directory, EVENT_MEMORY, names[i], &event_call, &o));
        if (mpr_provider_wait(&p, 500, &o))
            assert_int_equal(p.pid, -1);
        free(o.script);
        assert_true(strlen(o.text) < sizeof(o.text));
        mpr_provider_end(&p, MPR_LEAVE_MS);
        assert_in_range(mpr_now() - began, 0, 3000);
    }
}

/* Not under AddressSanitizer, whose shadow memory is terabytes. */
#ifndef __SANITIZE_ADDRESS__
static void memory_is_limited(void **state)
{
    struct mpr_outcome o;

    (void)state;
    o = event_with("memory");
    assert_string_equal(o.text, "returned WN_OUT_OF_MEMORY (8)");
    assert_int_equal(o.error, WN_OUT_OF_MEMORY);
}
#endif

/* True when the process is gone or but a zombie. */
static bool is_gone(pid_t pid)
{
    char path[64], state = 'X';
    FILE *f;

    snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
    f = fopen(path, "r");
    if (f) {
        if (fscanf(f, "%*d (%*[^)]) %c", &state) != 1)
            state = 'X';
        fclose(f);
    }
    return state == 'X' || state == 'Z';
}

/* The process that a manager noted as WHAT=PID. */
static pid_t noted(const char *name, const char *what)
{
    const char *seen = NULL;

    for (int i = 0; i < 200 && !seen; i++) {
        seen = world_seen(name) ? strstr(world_seen(name), what) : NULL;
        usleep(seen ? 0 : 10000);
    }
    assert_non_null(seen);
    return (pid_t)atoi(strchr(seen, '=') + 1);
}

static void hanging_is_ended(void **state)
{
    static const char *const names[] = {"hang",     "hangload", "hangcaps",
                                        "exithang", "stop",     "endthread"};

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct mpr_outcome o;
        pid_t grandchild;

        world_forget();
        world_install(names[i], NULL);
        o = event(names[i], 400);
        assert_string_equal(o.text, "did not answer within 400 ms and was ended");
        assert_true(o.duration >= 400000 && o.duration < 3000000);
        if (strncmp(names[i], "hang", 4) != 0)
            continue;
        grandchild = noted(names[i], "grandchild=");
        for (int n = 0; n < 100 && !is_gone(grandchild); n++)
            usleep(10000);
        assert_true(is_gone(grandchild));
    }
}

/* A manager may start a process that stays: it holds nothing of ours, and is nobody's to wait for.
 */
static void what_it_leaves_behind(void **state)
{
    static const char *const names[] = {"children", "daemon"};
    int pipes[2];
    char byte;

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        uint64_t began = mpr_now();
        struct mpr_outcome o;
        pid_t left;

        world_forget();
        assert_int_equal(pipe(pipes), 0); /* open in us as the logon program's are */
        o = event_with(names[i]);
        assert_int_equal(o.status, MPR_SUCCESS);
        assert_in_range(mpr_now() - began, 0, 3000);
        left = noted(names[i], "left=");
        assert_false(is_gone(left));
        close(pipes[1]);
        assert_int_equal(read(pipes[0], &byte, 1), 0); /* the end: nobody else has it open */
        close(pipes[0]);
        kill(left, SIGKILL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_ones_that_look_strange),
        cmocka_unit_test(scribbles_over_the_page),
#ifndef __SANITIZE_ADDRESS__
        cmocka_unit_test(memory_is_limited),
#endif
        cmocka_unit_test(hanging_is_ended),
        cmocka_unit_test(what_it_leaves_behind),
    };

    return cmocka_run_group_tests(tests, event_open, event_close);
}
