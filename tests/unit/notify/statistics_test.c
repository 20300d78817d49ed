/* notify/statistics: counts add up, also when several processes write, and a damaged file is begun
 * anew. */
#include "tests/unit/base/test.h"
#include "notify/statistics.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char parent[] = "/tmp/credmgr-statistics-XXXXXX";
static char directory[128];

static int set_up(void **state)
{
    (void)state;
    if (!mkdtemp(parent))
        return -1;
    snprintf(directory, sizeof(directory), "%s/run/providers", parent);
    return 0;
}

static int tear_down(void **state)
{
    char command[256];

    (void)state;
    snprintf(command, sizeof(command), "rm -r %s", parent);
    return system(command);
}

static void counts(void **state)
{
    struct mpr_statistics s;
    int64_t before = time(NULL);
    struct stat st;
    char path[256];
    mode_t old = umask(077);

    (void)state;
    errno = 0;
    assert_false(mpr_statistics_get(directory, "lsa", &s));
    assert_int_equal(errno, ENOENT);
    assert_true(mpr_statistics_add(directory, "lsa", 1500, false, 0, ""));
    assert_true(mpr_statistics_get(directory, "lsa", &s));
    assert_string_equal(s.name, "lsa");
    assert_int_equal(s.calls, 1);
    assert_int_equal(s.failures, 0);
    assert_int_equal(s.last_duration, 1500);
    assert_int_equal(s.last_failure, 0);
    assert_true(s.last_call >= before);
    assert_true(
        mpr_statistics_add(directory, "lsa", 2500, true, 1208, "was rude\nand forged a line"));
    assert_true(mpr_statistics_add(directory, "lsa", 500, false, 0, ""));
    assert_true(mpr_statistics_get(directory, "lsa", &s));
    assert_int_equal(s.calls, 3);
    assert_int_equal(s.failures, 1);
    assert_int_equal(s.last_duration, 500);
    assert_int_equal(s.total_duration, 4500);
    assert_int_equal(s.last_error, 1208);
    assert_string_equal(s.last_text,
                        "was rude"); /* what the last failure was stays until the next */
    assert_true(s.last_failure >= before);

    /* everybody may read, only the owner write, whatever the umask was */
    snprintf(path, sizeof(path), "%s/lsa", directory);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0644);
    assert_int_equal(stat(directory, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0755);
    snprintf(path, sizeof(path), "%s/.lock", directory);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    umask(old);
}

static void many_writers(void **state)
{
    struct mpr_statistics s;
    pid_t pids[4];
    int status;

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        pids[i] = fork();
        assert_true(pids[i] >= 0);
        if (pids[i] == 0) {
            for (int n = 0; n < 100; n++)
                while (!mpr_statistics_add(directory, "busy", 10, n % 4 == 0, 5, "busy"))
                    if (errno != EWOULDBLOCK) /* waited in vain: the machine is busy */
                        _exit(1);
            _exit(0);
        }
    }
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
        assert_int_equal(status, 0);
    }
    assert_true(mpr_statistics_get(directory, "busy", &s));
    assert_int_equal(s.calls, 400);
    assert_int_equal(s.failures, 100);
    assert_int_equal(s.total_duration, 4000);
}

static void damaged(void **state)
{
    static const char *const bad[] = {"",           "calls x\n", "calls 1\nwhat 5\n",
                                      "calls -1\n", "nothing\n", "calls 0\n"};
    struct mpr_statistics s;
    char path[256];

    (void)state;
    snprintf(path, sizeof(path), "%s/damaged", directory);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        FILE *f = fopen(path, "w");

        fputs(bad[i], f);
        fclose(f);
        errno = 0;
        assert_false(mpr_statistics_get(directory, "damaged", &s));
        assert_int_equal(errno, EBADMSG);
        assert_true(mpr_statistics_add(directory, "damaged", 1, false, 0, ""));
        assert_true(mpr_statistics_get(directory, "damaged", &s));
        assert_int_equal(s.calls, 1);
    }
}

static void bad_names(void **state)
{
    struct mpr_statistics s;

    (void)state;
    errno = 0;
    assert_false(mpr_statistics_add(directory, "../../etc/x", 1, false, 0, ""));
    assert_int_equal(errno, EINVAL);
    assert_false(mpr_statistics_get(directory, "../lsa", &s));
    assert_false(mpr_statistics_add("/proc/nowhere/x", "lsa", 1, false, 0, ""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts),
        cmocka_unit_test(many_writers),
        cmocka_unit_test(damaged),
        cmocka_unit_test(bad_names),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
