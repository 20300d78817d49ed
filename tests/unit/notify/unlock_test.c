/*
 * mpnotify unlock: whose session it is, who hears of it, and that nobody waits long. The LSA is
 * this test's own.
 */
#include "tests/unit/base/test.h"
#include "notify/verb.h"
#include "tests/unit/notify/lsa.h"
#include "tests/unit/notify/world.h"

#include <ntstatus.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char statistics_directory[128];
static char *no_service[] = {NULL}, *interactive[] = {(char *)"login", (char *)"gdm", NULL},
            *silent[] = {(char *)"cron", NULL};
static struct mpr_config config = {
    .logon = {.managers = {{.name = "good", .timeout = 5000}}, .count = 1},
    .manager_directory = world_directory,
    .statistics_directory = statistics_directory,
    .interactive_services = interactive,
    .noninteractive_services = no_service,
    .silent_services = silent,
    .logon_scripts = true,
};
static struct mpr_trouble trouble;
static struct mpr_request request;

static int set_up(void **state)
{
    lsa_test_open();
    if (world_open(state) != 0)
        return -1;
    snprintf(statistics_directory, sizeof(statistics_directory), "%s/statistics", world_directory);
    world_install("good", NULL);
    world_install("script", NULL);
    world_install("crash", NULL);
    return 0;
}

static int before_each(void **state)
{
    (void)state;
    memset(lsa_test, 0, sizeof(*lsa_test));
    memset(&trouble, 0, sizeof(trouble));
    strcpy(config.logon.managers[0].name, "good");
    world_forget();
    request = (struct mpr_request){.user = (char *)"root",
                                   .service = (char *)"gdm",
                                   .tty = (char *)"/dev/tty3",
                                   .password = (char *)"neu"};
    return 0;
}

static struct mpr_reply unlock(void)
{
    struct mpr_reply reply = {.status = 0};

    memset(&trouble, 0, sizeof(trouble));
    mpr_verb_unlock(&config, &request, &reply, &trouble);
    while (wait(NULL) > 0) /* its process, where it was not waited for */
        ;
    return reply;
}

/* The newest interactive one, at the same terminal before others, and the others are refreshed. */
static void which_session(void **state)
{
    struct mpr_reply reply;

    (void)state;
    lsa.kerberos = true;
    lsa.sessions[0] = (struct lsa_test_session){"root", 1, "login", "tty2", 100, NULL};
    lsa.sessions[1] = (struct lsa_test_session){"root", 2, "login", "/dev/tty3", 50, NULL};
    lsa.sessions[2] = (struct lsa_test_session){"root", 3, "dovecot", NULL, 300, NULL};
    lsa.sessions[3] = (struct lsa_test_session){"toor", 4, "login", "tty3", 400, NULL};
    reply = unlock();
    assert_int_equal(reply.status, 0);
    assert_true(reply.luid == 2);
    assert_string_equal(trouble.text, "");
    assert_string_equal(lsa.calls, "unlock 000000001 root neu\nunlock 000000003 root neu\n");
    assert_non_null(strstr(world_seen("good"), "logon luid=00000000:00000002 "));
    assert_non_null(strstr(world_seen("good"), "now Kerberos:Interactive message=2\n"
                                               "domain=EXAMPLE.COM max=2\nuser=root max=2\n"
                                               "password=neu max=2\nprevious none\n"
                                               "station=WinSta_0\n"));
    request.tty = (char *)"/dev/tty9";
    assert_true(unlock().luid == 1);
    request.tty = NULL;
    assert_true(unlock().luid == 1);
    request.luid = 3; /* the program's own session, whatever its service */
    assert_true(unlock().luid == 3);
    request.luid = 4; /* another account's */
    assert_true(unlock().luid == 1);
}

static void none(void **state)
{
    struct mpr_reply reply = unlock();

    (void)state;
    assert_int_equal(reply.status, (uint32_t)STATUS_NO_SUCH_LOGON_SESSION);
    assert_true(reply.luid == 0);
    assert_string_equal(trouble.text, "");
    lsa.sessions[0] = (struct lsa_test_session){"root", 3, "dovecot", NULL, 300, NULL};
    assert_int_equal(unlock().status, (uint32_t)STATUS_NO_SUCH_LOGON_SESSION);
    lsa.sessions[0] = (struct lsa_test_session){"root", 1, "login", "tty2", 100, NULL};
    request.service = (char *)"cron";
    assert_int_equal(unlock().status, (uint32_t)STATUS_NO_SUCH_LOGON_SESSION);
    request.service = (char *)"gdm";
    request.user = (char *)"no-such-user-anywhere";
    assert_int_equal(unlock().status, (uint32_t)STATUS_NO_SUCH_USER);
    request.user = (char *)"root";
    lsa.status = LSA_CLIENT_UNREACHABLE;
    assert_int_equal(unlock().status, (uint32_t)STATUS_NO_SUCH_LOGON_SESSION);
    assert_non_null(strstr(trouble.text, "lsad does not answer"));
    request.password = NULL;
    assert_int_equal(unlock().status, (uint32_t)STATUS_INVALID_PARAMETER);
    assert_null(world_seen("good"));
}

/* A logon script at an unlock is none; a manager that fails is told of. */
static void managers(void **state)
{
    struct mpr_reply reply;

    (void)state;
    lsa.sessions[0] = (struct lsa_test_session){"root", 1, "login", "tty2", 100, NULL};
    lsa.sessions[1] = (struct lsa_test_session){"root", 2, "login", "tty1", 50, NULL};
    lsa.unlock = STATUS_ACCESS_DENIED;
    strcpy(config.logon.managers[0].name, "script");
    reply = unlock();
    assert_null(reply.scripts);
    assert_non_null(world_seen("script"));
    assert_non_null(strstr(trouble.text, "another session was not refreshed"));
    strcpy(config.logon.managers[0].name, "crash");
    reply = unlock();
    assert_true(reply.luid == 1);
    assert_non_null(strstr(trouble.text, "credential manager crash: was ended by SIGSEGV"));
}

/* A KDC that does not answer: the screen opens all the same, and the work is finished. */
static void nobody_waits(void **state)
{
    struct mpr_reply reply = {.status = 0};
    int64_t began = mpr_now();

    (void)state;
    lsa.sessions[0] = (struct lsa_test_session){"root", 1, "login", "tty2", 100, NULL};
    lsa.sessions[1] = (struct lsa_test_session){"root", 2, "login", "tty1", 50, NULL};
    lsa.sessions[2] = (struct lsa_test_session){"root", 3, "login", "tty4", 40, NULL};
    lsa.delay = 1500;
    mpr_verb_unlock(&config, &request, &reply, &trouble);
    assert_in_range(mpr_now() - began, 800, 3000);
    assert_int_equal(reply.status, 0);
    assert_true(reply.luid == 1);
    assert_non_null(strstr(trouble.text, "it goes on in the background"));
    assert_int_equal(wait(NULL) > 0, 1);
    assert_non_null(strstr(lsa.calls, "unlock 000000003 root neu\n"));
}

/* ---- without privilege ----------------------------------------------------------------------- */

struct answer {
    uint32_t status;
    uint64_t luid;
    char text[512];
};

/* As uid 65534 would be answered. */
static struct answer unlock_as_nobody(const char *user)
{
    struct answer answer = {.status = 1};
    int fds[2], status;
    pid_t pid;

    request.user = (char *)user;
    assert_int_equal(pipe(fds), 0);
    pid = fork();
    if (pid == 0) {
        struct mpr_reply reply = {.status = 0};

        if (setresuid(65534, 65534, 65534) != 0)
            _exit(1);
        mpr_verb_unlock(&config, &request, &reply, &trouble);
        answer = (struct answer){.status = reply.status, .luid = reply.luid};
        snprintf(answer.text, sizeof(answer.text), "%.500s", trouble.text);
        _exit(write(fds[1], &answer, sizeof(answer)) != sizeof(answer));
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_int_equal(read(fds[0], &answer, sizeof(answer)), sizeof(answer));
    close(fds[0]);
    close(fds[1]);
    return answer;
}

static void without_privilege(void **state)
{
    static const struct {
        NTSTATUS status;
        uint32_t expected;
        const char *text;
    } cases[] = {
        {STATUS_LOGON_FAILURE, (uint32_t)STATUS_LOGON_FAILURE, "found the password wrong"},
        {STATUS_NO_LOGON_SERVERS, (uint32_t)STATUS_NO_LOGON_SERVERS, "nothing to verify"},
        {STATUS_NO_SUCH_LOGON_SESSION, (uint32_t)STATUS_NO_SUCH_LOGON_SESSION, ""},
        {LSA_CLIENT_UNREACHABLE, (uint32_t)STATUS_UNSUCCESSFUL, "lsad does not answer"},
    };
    struct answer answer;

    (void)state;
    if (geteuid() != 0)
        skip();
    answer = unlock_as_nobody("nobody");
    assert_int_equal(answer.status, 0);
    assert_true(answer.luid == 77);
    assert_string_equal(answer.text, "");
    assert_string_equal(lsa.calls, "unlock 000000000 nobody neu\n"); /* and nothing else */
    assert_null(world_seen("good"));
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        lsa.unlock = cases[i].status;
        answer = unlock_as_nobody("nobody");
        assert_int_equal(answer.status, cases[i].expected);
        assert_non_null(strstr(answer.text, cases[i].text));
    }
    lsa.calls[0] = 0;
    answer = unlock_as_nobody("root");
    assert_int_equal(answer.status, (uint32_t)STATUS_PRIVILEGE_NOT_HELD);
    assert_string_equal(lsa.calls, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(which_session, before_each),
        cmocka_unit_test_setup(none, before_each),
        cmocka_unit_test_setup(managers, before_each),
        cmocka_unit_test_setup(nobody_waits, before_each),
        cmocka_unit_test_setup(without_privilege, before_each),
    };

    return cmocka_run_group_tests(tests, set_up, world_close);
}
