/*
 * What helper_run() makes of a mpnotify that does not do what it should, and how it leaves the
 * process.
 */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "pam_credmgr/module.h"
#include "tests/unit/pam/fake_mpnotify.h"
#include "tests/unit/pam/orders.h"

static struct helper_arguments arguments;
static char trouble[HELPER_TROUBLE_SIZE];
static struct mpr_reply reply;

/* Everything about the process that the module must leave as it was. */
struct process {
    size_t descriptors;
    struct {
        void (*handler)(int);
        int flags;
    } actions[32];
    sigset_t mask;
    mode_t umask;
    char cwd[256];
    uid_t uids[3];
};

static void look(struct process *p)
{
    struct sigaction action;

    memset(p, 0, sizeof *p);
    p->descriptors = count_descriptors();
    for (int s = 1; s < 32; s++)
        if (sigaction(s, NULL, &action) == 0) {
            p->actions[s].handler = action.sa_handler;
            p->actions[s].flags = action.sa_flags & ~0x04000000; /* SA_RESTORER, of libc alone */
        }
    sigprocmask(SIG_SETMASK, NULL, &p->mask);
    p->umask = umask(0);
    umask(p->umask);
    assert_non_null(getcwd(p->cwd, sizeof p->cwd));
    getresuid(&p->uids[0], &p->uids[1], &p->uids[2]);
}

static bool run_logon(void)
{
    struct mpr_request request = {.user = (char *)"alice",
                                  .service = (char *)"sshd",
                                  .password = (char *)"s3cret",
                                  .leader = getpid()};
    struct process before, after;
    bool ok;

    mpr_reply_clear(&reply);
    trouble[0] = '\0';
    look(&before);
    ok = helper_run(&arguments, MPR_LOGON, &request, &reply, trouble);
    look(&after);
    assert_memory_equal(&before, &after, sizeof before);
    if (!ok) { /* nothing half-read is left in the reply, and one line says why */
        assert_int_equal(reply.luid, 0);
        assert_null(reply.environment);
        assert_true(strlen(trouble) > 10);
        assert_null(strchr(trouble, '\n'));
        assert_null(strstr(trouble, "s3cret"));
    }
    return ok;
}

static int64_t milliseconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void assert_clean(void)
{
    const char *clean = strstr(orders_log(), "clean=");

    assert_non_null(clean);
    assert_string_equal(clean, "clean=yes\n");
}

static void test_answer(void **state)
{
    (void)state;
    orders_give("");
    assert_true(run_logon());
    assert_int_equal(reply.status, 0);
    assert_true(reply.luid == FAKE_LUID);
    assert_string_equal(reply.environment[0], "KRB5CCNAME=KEYRING:persistent:1001");
    assert_non_null(strstr(orders_log(), "user=alice service=sshd tty=- rhost=- password=s3cret "));
    assert_clean();
    assert_false(has_children());
}

static void test_arguments(void **state)
{
    struct helper_arguments all = {true, arguments.config, "/run/other/lsa.sock"};
    struct helper_arguments kept = arguments;

    (void)state;
    orders_give("");
    arguments = all;
    assert_true(run_logon());
    arguments = kept;
    assert_non_null(
        strstr(orders_log(), "args=5 ")); /* its name, config, socket, debug, the verb */
}

static void test_crash(void **state)
{
    (void)state;
    orders_give("logon crash");
    assert_false(run_logon());
#if !defined(__SANITIZE_ADDRESS__) /* which turns the signal into an exit */
    assert_string_equal(trouble, "mpnotify logon was ended by SIGSEGV");
#endif
}

static void test_silent(void **state)
{
    (void)state;
    orders_give("logon silent");
    assert_false(run_logon());
    assert_string_equal(trouble, "mpnotify logon gave no answer (exit status 3)");
}

static void test_complaint(void **state)
{
    (void)state;
    orders_give("logon complain");
    assert_false(run_logon());
    assert_string_equal(trouble, "mpnotify logon gave no answer (exit status 99): fake mpnotify: "
                                 "cannot open shared object file");
}

static void test_garbage(void **state)
{
    (void)state;
    orders_give("logon garbage");
    assert_false(run_logon());
    assert_string_equal(trouble, "mpnotify logon gave an answer that cannot be read (16 bytes)");
    orders_give("logon cut");
    assert_false(run_logon());
    assert_non_null(strstr(trouble, "cannot be read"));
    orders_give("logon huge");
    assert_false(run_logon());
}

static void test_deaf(void **state)
{
    (void)state;
    orders_give("logon deaf");
    /*
     * An answer without a session: for session.c to judge. What matters is that nobody died of
     * SIGPIPE.
     */
    assert_true(run_logon());
    assert_true(reply.luid == 0);
}

static void test_hang(void **state)
{
    static const char *const orders[] = {"logon hang", "logon stuck"};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        int64_t begun = milliseconds(), took;

        orders_give(orders[i]);
        fake_deadline = 200;
        assert_false(run_logon());
        fake_deadline = 5000;
        took = milliseconds() - begun;
        assert_in_range(took, 200, 3000);
        assert_string_equal(trouble, "mpnotify logon did not answer within 200 ms and was killed");
        assert_false(has_children());
    }
}

static void test_hang_with_children(void **state)
{
    (void)state;
    orders_give("logon brood");
    fake_deadline = 200;
    assert_false(run_logon());
    fake_deadline = 5000;
    usleep(700000);
    assert_non_null(strstr(orders_log(), "logon user=alice"));
    assert_null(strstr(orders_log(), "survivor"));
}

static void test_chatter(void **state)
{
    (void)state;
    orders_give("logon chatter");
    assert_true(run_logon());
    assert_true(reply.luid == FAKE_LUID);
}

static void test_linger(void **state)
{
    int64_t begun = milliseconds();

    (void)state;
    orders_give("logon linger");
    assert_true(run_logon());
    assert_true(reply.luid == FAKE_LUID);
    assert_true(milliseconds() - begun < 2000);
}

static void test_not_installed(void **state)
{
    const char *kept = fake_mpnotify;

    (void)state;
    fake_mpnotify = "/nowhere/mpnotify";
    assert_false(run_logon());
    fake_mpnotify = kept;
    assert_string_equal(trouble, "cannot start /nowhere/mpnotify: No such file or directory");
    assert_false(has_children());
}

/*
 * ---- SIGCHLD: as in sudo and sshd --------------------------------------------------------------
 */

static volatile sig_atomic_t heard, reaped;

static void reap_all(int number)
{
    int kept = errno;

    (void)number;
    heard++;
    while (waitpid(-1, NULL, WNOHANG) > 0)
        reaped++;
    errno = kept;
}

static void test_sigchld_handler(void **state)
{
    struct sigaction action = {.sa_handler = reap_all, .sa_flags = SA_RESTART}, now;

    (void)state;
    heard = reaped = 0;
    sigaction(SIGCHLD, &action, NULL);
    orders_give("");
    assert_true(run_logon());
    sigaction(SIGCHLD, NULL, &now);
    assert_ptr_equal(now.sa_handler, reap_all);
    assert_int_equal(heard, 0); /* our child is none of the program's business */
    signal(SIGCHLD, SIG_DFL);
}

static void test_sigchld_ignored(void **state)
{
    (void)state;
    signal(SIGCHLD, SIG_IGN);
    orders_give("");
    assert_true(run_logon());
    assert_true(reply.luid == FAKE_LUID);
    signal(SIGCHLD, SIG_DFL);
}

/* A child of the program that ends while mpnotify runs is heard of afterwards. */
static void test_sigchld_of_others(void **state)
{
    struct sigaction action = {.sa_handler = reap_all, .sa_flags = SA_RESTART};
    pid_t pid;

    (void)state;
    heard = reaped = 0;
    sigaction(SIGCHLD, &action, NULL);
    orders_give("logon hang");
    fake_deadline = 300;
    pid = fork();
    if (pid == 0) {
        usleep(100000);
        _exit(0);
    }
    assert_false(run_logon());
    fake_deadline = 5000;
    assert_true(heard >= 1);
    assert_int_equal(reaped, 1);
    assert_false(has_children());
    signal(SIGCHLD, SIG_DFL);
}

/*
 * A thread of the program that waits for any child takes ours: then its status is not known, but
 * its answer is.
 */
static void *wait_for_all(void *arg)
{
    const volatile sig_atomic_t *stop = arg;

    while (!*stop)
        if (waitpid(-1, NULL, WNOHANG) <= 0)
            usleep(100);
    return NULL;
}

static void test_reaped_by_others(void **state)
{
    static volatile sig_atomic_t stop;
    pthread_t thread;

    (void)state;
    assert_int_equal(pthread_create(&thread, NULL, wait_for_all, (void *)&stop), 0);
    orders_give("");
    for (int i = 0; i < 20; i++) {
        assert_true(run_logon());
        assert_true(reply.luid == FAKE_LUID);
    }
    stop = 1;
    pthread_join(thread, NULL);
}

/*
 * Threads of a server, each in a transaction of its own: the last one gives back what the first one
 * took.
 */
static void *log_on_repeatedly(void *arg)
{
    struct mpr_request request = {
        .user = (char *)"alice", .service = (char *)"imap", .password = (char *)"s3cret"};
    struct mpr_reply mine;
    char why[HELPER_TROUBLE_SIZE];
    unsigned *failures = arg;

    for (int i = 0; i < 10; i++) {
        if (!helper_run(&arguments, MPR_LOGON, &request, &mine, why) || mine.luid != FAKE_LUID)
            ++*failures;
        mpr_reply_clear(&mine);
    }
    return NULL;
}

static void test_threads(void **state)
{
    struct sigaction action = {.sa_handler = reap_all, .sa_flags = SA_RESTART}, now;
    unsigned failures[4] = {0};
    pthread_t threads[4];

    (void)state;
    sigaction(SIGCHLD, &action, NULL);
    orders_give("");
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, log_on_repeatedly, &failures[i]), 0);
    for (size_t i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(failures[i], 0);
    }
    sigaction(SIGCHLD, NULL, &now);
    assert_ptr_equal(now.sa_handler, reap_all);
    assert_false(has_children());
    signal(SIGCHLD, SIG_DFL);
}

/* A daemon may have closed its standard streams, and its descriptors are then 0, 1 and 2. */
static void test_closed_streams(void **state)
{
    int status;
    pid_t pid;

    (void)state;
    orders_give("");
    pid = fork();
    if (pid == 0) {
        struct mpr_request request = {
            .user = (char *)"alice", .service = (char *)"sshd", .password = (char *)"s3cret"};

        close(0);
        close(1);
        close(2);
        if (!helper_run(&arguments, MPR_LOGON, &request, &reply, trouble) ||
            reply.luid != FAKE_LUID)
            _exit(1);
        _exit(fcntl(0, F_GETFD) < 0 && fcntl(1, F_GETFD) < 0 && fcntl(2, F_GETFD) < 0 ? 0 : 2);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_clean();
}

/* Blocked and ignored signals, descriptors: of the program's, not for mpnotify. */
static void test_odd_process(void **state)
{
    int fd = open("/dev/null", O_RDONLY); /* to be inherited */
    sigset_t all, kept;

    (void)state;
    assert_true(fd >= 0);
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &kept);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGTERM, SIG_IGN);
    orders_give("");
    assert_true(run_logon());
    assert_clean();
    signal(SIGPIPE, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    sigprocmask(SIG_SETMASK, &kept, NULL);
    close(fd);
}

/* With ever more descriptors free: each way to run out of them. */
static void test_no_descriptors(void **state)
{
    unsigned successes = 0;

    (void)state;
    orders_give("");
    for (rlim_t spare = 0; spare < 10; spare++) {
        int status;
        pid_t pid = fork();

        if (pid == 0) {
            struct mpr_request request = {
                .user = (char *)"alice", .service = (char *)"sshd", .password = (char *)"s3cret"};
            int next = dup(0);
            struct rlimit limit = {(rlim_t)next + spare, 1024};
            bool ok;

            close(next);
            setrlimit(RLIMIT_NOFILE, &limit);
            ok = helper_run(&arguments, MPR_LOGON, &request, &reply, trouble);
            if (dup(0) != (spare ? next : -1) || has_children())
                _exit(2);
            _exit(ok ? 0 : strstr(trouble, "Too many open files") ? 1 : 3);
        }
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFEXITED(status));
        assert_in_range(WEXITSTATUS(status), 0, 1);
        successes += WEXITSTATUS(status) == 0;
    }
    assert_int_equal(
        successes, 5); /* it takes five: two ends, two more, and a pidfd for the two it gave away */
}

static int set_up(void **state)
{
    (void)state;
    arguments.config = orders_open();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    mpr_reply_clear(&reply);
    orders_close();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answer),
        cmocka_unit_test(test_arguments),
        cmocka_unit_test(test_crash),
        cmocka_unit_test(test_silent),
        cmocka_unit_test(test_complaint),
        cmocka_unit_test(test_garbage),
        cmocka_unit_test(test_deaf),
        cmocka_unit_test(test_hang),
        cmocka_unit_test(test_hang_with_children),
        cmocka_unit_test(test_chatter),
        cmocka_unit_test(test_linger),
        cmocka_unit_test(test_not_installed),
        cmocka_unit_test(test_sigchld_handler),
        cmocka_unit_test(test_sigchld_ignored),
        cmocka_unit_test(test_sigchld_of_others),
        cmocka_unit_test(test_reaped_by_others),
        cmocka_unit_test(test_threads),
        cmocka_unit_test(test_closed_streams),
        cmocka_unit_test(test_odd_process),
        cmocka_unit_test(test_no_descriptors),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
