/*
 * notify/background: for how long managers that are not there yet are waited for, by Microsoft's
 * algorithm, and the detached process that does it. The LSA is this test's own.
 */
#include "tests/unit/base/test.h"
#include "base/secret.h"
#include "libsspi/lsa/client.h"
#include "notify/authent.h"
#include "notify/background.h"
#include "notify/router.h"
#include "notify/statistics.h"
#include "tests/unit/notify/world.h"

#include <npapi.h>
#include <ntstatus.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- the LSA: it has the session while there is a file "session.alive" ----------------------- */

static const LUID luid = {.LowPart = 0x55667788, .HighPart = 0x11223344};
static bool lsa_down;

NTSTATUS lsa_client_sessions(struct lsa_session_info **sessions, size_t *count)
{
    *count = 0;
    *sessions = NULL;
    if (lsa_down)
        return LSA_CLIENT_UNREACHABLE;
    *sessions = calloc(2, sizeof(**sessions));
    (*sessions)[(*count)++].luid = (LUID){.LowPart = 5};
    if (world_read("session", "alive"))
        (*sessions)[(*count)++].luid = luid;
    return STATUS_SUCCESS;
}

void lsa_client_free_sessions(struct lsa_session_info *sessions, size_t count)
{
    (void)count;
    free(sessions);
}

/* ---- the world ----------------------------------------------------------------------------- */

static struct mpr_call call;
static char statistics_directory[128];
static struct mpr_config config = {.manager_directory = world_directory,
                                   .statistics_directory = statistics_directory,
                                   .logon_scripts = true};

static int set_up(void **state)
{
    if (world_open(state) != 0)
        return -1;
    snprintf(statistics_directory, sizeof(statistics_directory), "%s/statistics", world_directory);
    return 0;
}

static int before_each(void **state)
{
    (void)state;
    call = (struct mpr_call){.luid = luid, .type = MPR_TYPE_KERBEROS, .station = u"WinSta_0"};
    call.info = mpr_authent_new(true, "carla", "EXAMPLE.COM", "g€heim");
    config.restore_timeout = 0;
    lsa_down = false;
    world_forget();
    return call.info ? 0 : -1;
}

static int after_each(void **state)
{
    (void)state;
    secret_free(call.info);
    return 0;
}

/* Begins to wait for one manager. */
static void begin(const char *name, enum mpr_status return_on, const char *second)
{
    struct mpr_order order = {.count = second ? 2 : 1};

    world_install(name, NULL);
    strcpy(order.managers[0].name, name);
    order.managers[0].timeout = order.managers[1].timeout = 2000;
    if (return_on < MPR_STATUSES)
        order.managers[0].return_on[return_on] = true;
    if (second) {
        world_install(second, NULL);
        strcpy(order.managers[1].name, second);
    }
    assert_true(mpr_background(&config, &order, &call));
}

/* The detached process has ended; in how many milliseconds. */
static int64_t end(void)
{
    int64_t began = mpr_now();
    int status;

    assert_true(wait(&status) > 0);
    assert_int_equal(status, 0);
    assert_int_equal(wait(NULL), -1); /* there was one, and no more */
    return mpr_now() - began;
}

static const char *last_failure(const char *name)
{
    static struct mpr_statistics s;

    if (!mpr_statistics_get(statistics_directory, name, &s))
        return "not called";
    return s.last_text;
}

/* ---- tests --------------------------------------------------------------------------------- */

static void max_timeout(void **state)
{
    static const struct {
        unsigned restore;
        size_t count;
        uint32_t answers[4];
        unsigned expected;
    } cases[] = {
        {0, 0, {0}, 0},                                    /* nobody to wait for */
        {0, 2, {MPR_START_NEVER, WNNC_WAIT_FOR_START}, 0}, /* they ask for no time */
        {0, 1, {5000}, 5000},                              /* a supplied one counts */
        {0, 3, {5000, 90000, 10}, 90000},                  /* the longest */
        {0, 1, {MPR_START_UNKNOWN}, 60000},                /* the default */
        {0, 2, {MPR_START_UNKNOWN, 70000}, 70000},         /* longer than the default */
        {0, 2, {MPR_START_UNKNOWN, 50000}, 60000},         /* shorter */
        {20000, 0, {0}, 20000},                            /* the administrator's own */
        {20000, 1, {MPR_START_UNKNOWN}, 20000},            /* replaces the default */
        {20000, 1, {30000}, 30000},                        /* but not a longer supplied one */
        {20000, 1, {10000}, 20000},                        /* and is the least */
        {90000, 2, {MPR_START_UNKNOWN, 10000}, 90000},     /* longer than the default */
        {20000, 3, {MPR_START_NEVER, MPR_START_UNKNOWN, 1}, 20000},
        {0, 1, {2}, 2},                             /* the least that is a time */
        {0, 1, {0xFFFFFFFE}, MPR_LONGEST_START_MS}, /* 49 days are a mistake */
        {MPR_LONGEST_START_MS + 1, 0, {0}, MPR_LONGEST_START_MS},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_int_equal(mpr_max_timeout(cases[i].restore, cases[i].answers, cases[i].count),
                         cases[i].expected);
}

static void pauses(void **state)
{
    static const unsigned expected[] = {500, 500, 1000, 2000, 5000, 5000};

    (void)state;
    for (unsigned i = 0; i < 6; i++)
        assert_int_equal(mpr_pause(i), expected[i]);
    assert_int_equal(mpr_pause(1000000), 5000);
}

/* It is called when it says that it is there, though it had said 30 s; or when it does not refuse
 * any more. */
static void is_called_when_it_is_there(void **state)
{
    static const char *const names[] = {"announced", "busyready", "nonetready"};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct mpr_statistics s;
        char ready[64];

        world_forget();
        begin(names[i], MPR_STATUSES, NULL);
        usleep(200000);
        snprintf(ready, sizeof(ready), "%s.ready", names[i]);
        world_write(ready, "");
        assert_in_range(end(), 0, 3000);
        assert_non_null(strstr(world_seen(names[i]), "password=g<20ac>heim max=2\n"));
        assert_true(mpr_statistics_get(statistics_directory, names[i], &s));
        assert_int_equal(s.calls, 1);
        assert_int_equal(s.failures, 0);
    }
}

/* What a manager supplies counts as it is, be it ready or not. */
static void at_the_time_it_gave(void **state)
{
    int64_t took;

    (void)state;
    config.restore_timeout = 100; /* shorter: a supplied one is not cut */
    begin("twoseconds", MPR_STATUSES, NULL);
    took = end();
    assert_in_range(took, 2000, 3500);
    assert_non_null(world_seen("twoseconds"));
}

static void is_given_up(void **state)
{
    (void)state;
    config.restore_timeout = 700;
    begin("busy", MPR_STATUSES, NULL);
    assert_in_range(end(), 700, 2500);
    assert_string_equal(last_failure("busy"), "was not there in the time that it was waited for: "
                                              "returned WN_FUNCTION_BUSY (170)");
    begin("unknown", MPR_STATUSES, "nonet"); /* their times do not add up */
    assert_in_range(end(), 700, 2500);
    assert_non_null(strstr(last_failure("unknown"), "was not there in the time"));
    assert_non_null(strstr(last_failure("nonet"), "returned WN_NO_NETWORK (1222)"));
}

/* A session leader that lives until it is killed, and no longer than the test: one that were left
 * would keep the test's output open. */
static pid_t leader_begin(void)
{
    pid_t leader = fork();

    if (leader != 0)
        return leader;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (;;)
        pause();
}

static void ends_with_its_leader(void **state)
{
    pid_t leader = leader_begin();

    (void)state;
    call.leader = leader;
    begin("busy", MPR_STATUSES, NULL);
    usleep(300000);
    kill(leader, SIGKILL);
    assert_int_equal(waitpid(leader, NULL, 0), leader);
    assert_in_range(end(), 0, 2000);
    assert_string_equal(last_failure("busy"), "was not there before the session ended: "
                                              "returned WN_FUNCTION_BUSY (170)");
    /* one that is dead already: nobody is called */
    world_forget();
    begin("good", MPR_STATUSES, NULL);
    assert_in_range(end(), 0, 1000);
    assert_null(world_seen("good"));
}

static void ends_with_its_session(void **state)
{
    char path[256];

    (void)state;
    snprintf(path, sizeof(path), "%s", world_write("session.alive", "yes\n"));
    call.session = true;
    begin("busy", MPR_STATUSES, NULL);
    usleep(1200000); /* a try or two while it lives */
    assert_int_equal(waitpid(-1, NULL, WNOHANG), 0);
    unlink(path);
    assert_in_range(end(), 0, 3000);
    assert_non_null(strstr(last_failure("busy"), "was not there before the session ended"));

    /* an LSA that cannot be asked says nothing about it */
    lsa_down = true;
    config.restore_timeout = 900;
    begin("busy", MPR_STATUSES, NULL);
    assert_in_range(end(), 900, 3000);
    assert_non_null(strstr(last_failure("busy"), "in the time that it was waited for"));
}

static void actions_hold(void **state)
{
    (void)state;
    config.restore_timeout = 5000;
    begin("busyready", MPR_SUCCESS, "unknown");
    usleep(100000);
    world_write("busyready.ready", "");
    assert_in_range(end(), 0, 3000); /* "unknown" would be waited for 5 s */
    assert_non_null(world_seen("busyready"));
}

static void run_scripts(const struct mpr_call *c, char *const *scripts)
{
    char text[256];

    snprintf(text, sizeof(text), "%s|%s|%d", (const char *)c->context, scripts[0], !scripts[1]);
    world_write("late.scripts", text);
}

static void scripts_that_come_late(void **state)
{
    (void)state;
    call.late_scripts = run_scripts;
    call.context = "context";
    begin("scriptready", MPR_STATUSES, NULL);
    usleep(100000);
    world_write("scriptready.ready", "");
    assert_in_range(end(), 0, 3000);
    assert_string_equal(world_read("late", "scripts"), "context|cmd /C größe|1");
}

/* The person has logged out, or their program has died, while the manager was at work. */
static void scripts_that_come_too_late(void **state)
{
    pid_t leader;
    char path[256], ran[256];

    (void)state;
    call.late_scripts = run_scripts;
    call.context = "context";
    call.session = true;
    snprintf(path, sizeof(path), "%s", world_write("session.alive", "yes\n"));
    snprintf(ran, sizeof(ran), "%s/late.scripts", world_directory);
    unlink(ran);
    begin("slowscript", MPR_STATUSES, NULL);
    assert_in_range(end(), 500, 3000);
    assert_string_equal(world_read("late", "scripts"), "context|cmd /C größe|1");
    assert_int_equal(unlink(ran), 0);
    world_forget();
    world_write("session.alive", "yes\n");
    begin("slowscript", MPR_STATUSES, NULL);
    usleep(200000);
    unlink(path);
    assert_in_range(end(), 0, 3000);
    assert_non_null(world_seen("slowscript"));
    assert_null(world_read("late", "scripts"));

    world_forget();
    call.session = false;
    leader = leader_begin();
    call.leader = leader;
    begin("slowscript", MPR_STATUSES, NULL);
    usleep(200000);
    kill(leader, SIGKILL);
    assert_int_equal(waitpid(leader, NULL, 0), leader);
    assert_in_range(end(), 0, 3000);
    assert_null(world_read("late", "scripts"));
}

/* Managers that hang and crash are no better in the background, and hurt the others no more. */
static void bad_ones(void **state)
{
    static const char *const names[] = {"hang", "crash", "stop", "good"};
    struct mpr_order order = {.count = 4};

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        world_install(names[i], NULL);
        strcpy(order.managers[i].name, names[i]);
        order.managers[i].timeout = 200;
    }
    order.managers[3].timeout = 2000;
    assert_true(mpr_background(&config, &order, &call));
    assert_in_range(end(), 400, 3000);
    assert_non_null(world_seen("good"));
    assert_string_equal(last_failure("hang"), "did not answer within 200 ms and was ended");
}

/* It holds nothing of the program that asked: not even when it waits for long. */
static void is_detached(void **state)
{
    int pipes[2], saved = dup(STDOUT_FILENO);
    pid_t leader = leader_begin(), pid = -1;
    char byte, path[64], text[512];
    FILE *stat;
    int session;

    (void)state;
    call.leader = leader;
    assert_int_equal(pipe(pipes), 0);
    fflush(stdout);
    dup2(pipes[1], STDOUT_FILENO);
    close(pipes[1]);
    begin("busy", MPR_STATUSES, NULL);
    dup2(saved, STDOUT_FILENO); /* ours is closed: the logon program reads the end */
    close(saved);
    assert_int_equal(read(pipes[0], &byte, 1), 0);
    close(pipes[0]);
    snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)getpid(), (int)getpid());
    stat = fopen(path, "r");
    assert_non_null(stat);
    while (fscanf(stat, "%d", &pid) == 1 && pid == leader)
        ;
    fclose(stat);
    assert_true(pid > 0 && pid != leader);
    snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
    stat = fopen(path, "r");
    assert_non_null(stat);
    assert_non_null(fgets(text, sizeof(text), stat));
    fclose(stat);
    assert_int_equal(sscanf(strrchr(text, ')'), ") %*c %*d %*d %d", &session), 1);
    assert_int_equal(session, pid);
    kill(leader, SIGKILL);
    waitpid(leader, NULL, 0);
    assert_in_range(end(), 0, 2000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(max_timeout),
        cmocka_unit_test(pauses),
        cmocka_unit_test_setup_teardown(is_called_when_it_is_there, before_each, after_each),
        cmocka_unit_test_setup_teardown(at_the_time_it_gave, before_each, after_each),
        cmocka_unit_test_setup_teardown(is_given_up, before_each, after_each),
        cmocka_unit_test_setup_teardown(ends_with_its_leader, before_each, after_each),
        cmocka_unit_test_setup_teardown(ends_with_its_session, before_each, after_each),
        cmocka_unit_test_setup_teardown(actions_hold, before_each, after_each),
        cmocka_unit_test_setup_teardown(scripts_that_come_late, before_each, after_each),
        cmocka_unit_test_setup_teardown(scripts_that_come_too_late, before_each, after_each),
        cmocka_unit_test_setup_teardown(bad_ones, before_each, after_each),
        cmocka_unit_test_setup_teardown(is_detached, before_each, after_each),
    };

    return cmocka_run_group_tests(tests, set_up, world_close);
}
