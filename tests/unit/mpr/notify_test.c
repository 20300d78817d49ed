/*
 * WNetLogonNotify and WNetPasswordChangeNotify against a mpnotify that writes down what it is asked
 * and answers what the test wants. Root only, since only root may notify; skipped for others.
 */
#include "tests/unit/base/test.h"
#include "tests/unit/mpr/router.h"
#include "tests/unit/notify/world.h"

#include <ntstatus.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char program[1100];
static WCHAR msv1_0[] = u"MSV1_0:Interactive", kerberos[] = u"Kerberos:Interactive",
             station[] = u"WinSta_0", services[] = u"SvcCtl", login[] = u"greeter";
static LUID luid;
static LPWSTR scripts;
static KERB_INTERACTIVE_LOGON *now, *before;

static int set_up(void **state)
{
    if (world_open(state) != 0)
        return -1;
    snprintf(program, sizeof(program), "%s/tests/unit/fake_mpr_mpnotify", world_build);
    router_mpnotify = program;
    now = router_logon(u"EXAMPLE.COM", u"carla", u"geheim");
    before = router_logon(u"EXAMPLE.COM", u"carla", u"zuvor");
    return 0;
}

static int tear_down(void **state)
{
    free(now);
    free(before);
    return world_close(state);
}

static void answer(const char *text)
{
    char name[300];

    snprintf(router_config, sizeof(router_config), "%s", world_write("orders", text));
    snprintf(name, sizeof(name), "%.250s.asked", router_config);
    unlink(name);
    luid = (LUID){.LowPart = 0x89abcdef, .HighPart = 0x01234567};
    scripts = (LPWSTR)(uintptr_t)1;
}

static DWORD logon(void)
{
    return WNetLogonNotify(login, &luid, kerberos, now, NULL, NULL, station, NULL, &scripts);
}

static const char *asked(void)
{
    return world_read("orders", "asked");
}

static void everything_arrives(void **state)
{
    char expected[600];

    (void)state;
    if (geteuid() != 0)
        skip();
    answer("");
    assert_int_equal(
        WNetLogonNotify(login, &luid, kerberos, now, msv1_0, before, station, &luid, &scripts),
        WN_SUCCESS);
    assert_null(scripts);
    snprintf(expected, sizeof(expected),
             "notify\nauthenticator=greeter\ntype=Kerberos:Interactive\ndomain=EXAMPLE.COM\n"
             "user=carla\npassword=geheim\nprevious_type=MSV1_0:Interactive\n"
             "previous_domain=EXAMPLE.COM\nprevious_user=carla\nold_password=zuvor\n"
             "station=WinSta_0\nservice=mpr_notify\n"
             "luid=123456789abcdef change=0 leader=parent\n");
    assert_string_equal(asked(), expected);
    assert_int_equal(luid.LowPart, 0x89abcdef);

    answer("");
    assert_int_equal(WNetPasswordChangeNotify(NULL, msv1_0, now, NULL, NULL, services, NULL,
                                              WN_VALID_LOGON_ACCOUNT | WN_NT_PASSWORD_CHANGED),
                     WN_SUCCESS);
    assert_string_equal(asked(), "change\ntype=MSV1_0:Interactive\ndomain=EXAMPLE.COM\nuser=carla\n"
                                 "password=geheim\nstation=SvcCtl\nservice=mpr_notify\n"
                                 "luid=0 change=3 leader=parent\n");
}

static void empty_strings_arrive(void **state)
{
    KERB_INTERACTIVE_LOGON *bare = router_logon(u"", u"carla", u"");

    (void)state;
    if (geteuid() != 0)
        skip();
    answer("");
    assert_int_equal(
        WNetLogonNotify(NULL, &luid, kerberos, bare, NULL, NULL, services, NULL, &scripts),
        WN_SUCCESS);
    assert_non_null(strstr(asked(), "\ndomain=\nuser=carla\npassword=\nstation=SvcCtl\n"));
    free(bare);
}

static void a_session_may_be_made(void **state)
{
    (void)state;
    if (geteuid() != 0)
        skip();
    answer("luid fedcba9876543210\n");
    luid = (LUID){0, 0};
    assert_int_equal(logon(), WN_SUCCESS);
    assert_non_null(strstr(asked(), "luid=0 change=0 leader=parent"));
    assert_int_equal(luid.LowPart, 0x76543210);
    assert_int_equal((ULONG)luid.HighPart, 0xfedcba98);
}

/* Each with its zero, the last with two; in memory for LocalFree. */
static void scripts_are_a_list(void **state)
{
    static const WCHAR expected[] = u"/usr/bin/mount --größe\0second €\0";

    (void)state;
    if (geteuid() != 0)
        skip();
    answer("script /usr/bin/mount --größe\nscript second €\n");
    assert_int_equal(logon(), WN_SUCCESS);
    assert_non_null(scripts);
    assert_memory_equal(scripts, expected, sizeof(expected));
    assert_null(LocalFree(scripts));
    answer("script \nscript x\n"); /* an empty one would look like the end */
    assert_int_equal(logon(), WN_SUCCESS);
    assert_memory_equal(scripts, u"x\0", 3 * sizeof(WCHAR));
    LocalFree(scripts);
    answer("status C0000001\nscript later\n"); /* scripts of those who did take it */
    assert_int_equal(logon(), WN_EXTENDED_ERROR);
    assert_memory_equal(scripts, u"later\0", 7 * sizeof(WCHAR));
    LocalFree(scripts);
}

static void bad_parameters(void **state)
{
    WCHAR odd[] = u"Console", other[] = u"Negotiate:Interactive";
    static WCHAR endless[5000];

    (void)state;
    if (geteuid() != 0)
        skip();
    answer("");
    assert_int_equal(
        WNetLogonNotify(login, NULL, kerberos, now, NULL, NULL, station, NULL, &scripts),
        WN_BAD_POINTER);
    assert_null(scripts);
    assert_int_equal(WNetLogonNotify(login, &luid, NULL, now, NULL, NULL, station, NULL, &scripts),
                     WN_BAD_POINTER);
    assert_int_equal(
        WNetLogonNotify(login, &luid, kerberos, NULL, NULL, NULL, station, NULL, &scripts),
        WN_BAD_POINTER);
    assert_int_equal(
        WNetLogonNotify(login, &luid, kerberos, now, kerberos, NULL, station, NULL, &scripts),
        WN_BAD_POINTER);
    assert_int_equal(
        WNetLogonNotify(login, &luid, kerberos, now, NULL, before, station, NULL, &scripts),
        WN_BAD_POINTER);
    assert_int_equal(WNetLogonNotify(login, &luid, kerberos, now, NULL, NULL, NULL, NULL, &scripts),
                     WN_BAD_POINTER);
    assert_int_equal(WNetLogonNotify(login, &luid, kerberos, now, NULL, NULL, station, NULL, NULL),
                     WN_BAD_POINTER);
    assert_int_equal(WNetLogonNotify(login, &luid, other, now, NULL, NULL, station, NULL, &scripts),
                     WN_BAD_VALUE);
    assert_int_equal(
        WNetLogonNotify(login, &luid, kerberos, now, other, before, station, NULL, &scripts),
        WN_BAD_VALUE);
    assert_int_equal(WNetLogonNotify(login, &luid, kerberos, now, NULL, NULL, odd, NULL, &scripts),
                     WN_BAD_VALUE);
    for (size_t i = 0; i < ARRAYSIZE(endless) - 1; i++)
        endless[i] = u'a';
    assert_int_equal(
        WNetLogonNotify(endless, &luid, kerberos, now, NULL, NULL, station, NULL, &scripts),
        WN_BAD_VALUE);
    endless[0] = 0xd800;
    endless[1] = 0;
    assert_int_equal(
        WNetLogonNotify(endless, &luid, kerberos, now, NULL, NULL, station, NULL, &scripts),
        WN_BAD_VALUE);
    assert_int_equal(WNetPasswordChangeNotify(login, msv1_0, now, msv1_0, before, station, NULL, 4),
                     WN_BAD_VALUE);
    assert_int_equal(
        WNetPasswordChangeNotify(login, msv1_0, NULL, msv1_0, before, station, NULL, 1),
        WN_BAD_POINTER);
    assert_int_equal(WNetPasswordChangeNotify(login, NULL, now, msv1_0, before, station, NULL, 1),
                     WN_BAD_POINTER);
    assert_int_equal(WNetPasswordChangeNotify(login, msv1_0, now, NULL, before, station, NULL, 1),
                     WN_BAD_POINTER);
    assert_int_equal(WNetPasswordChangeNotify(login, msv1_0, now, msv1_0, before, NULL, NULL, 1),
                     WN_BAD_POINTER);
    assert_null(asked()); /* nobody was asked anything */
}

static void what_mpnotify_answers(void **state)
{
    static const struct {
        const char *answer;
        DWORD status;
    } answers[] = {
        {"status 103\n", WN_FUNCTION_BUSY},
        {"status C000000D\n", WN_BAD_VALUE},
        {"status C0000064\n", WN_BAD_USER},
        {"status C0000225\n", WN_NO_NETWORK},
        {"status C0000017\n", WN_OUT_OF_MEMORY},
        {"status C0000061\n", WN_ACCESS_DENIED},
        {"status C0000001\n", WN_EXTENDED_ERROR},
        {"status C0000008\n", WN_EXTENDED_ERROR},
        {"crash", WN_NET_ERROR},
        {"silent", WN_NET_ERROR},
        {"garbage", WN_NET_ERROR},
    };

    (void)state;
    if (geteuid() != 0)
        skip();
    for (size_t i = 0; i < ARRAYSIZE(answers); i++) {
        answer(answers[i].answer);
        assert_int_equal(logon(), answers[i].status);
        assert_null(scripts);
        assert_int_equal(luid.LowPart, 0x89abcdef);
        assert_int_equal(WNetPasswordChangeNotify(NULL, msv1_0, now, NULL, NULL, station, NULL, 1),
                         answers[i].status);
        router_ask_error();
        assert_string_equal(router_name, "mpnotify");
        assert_true(router_error != 0);
    }
    answer("silent");
    assert_int_equal(logon(), WN_NET_ERROR);
    router_ask_error();
    assert_int_equal(router_error, WN_NET_ERROR);
    assert_string_equal(router_text, "mpnotify notify gave no answer (exit status 3)");
    answer("hang");
    router_patience = 300;
    assert_int_equal(logon(), WN_NET_ERROR);
    router_patience = 5000;
    router_ask_error();
    assert_string_equal(router_text, "mpnotify notify did not answer within 300 ms and was killed");
    answer("status C0000064\nmessage there is no user \"carla\" (getent passwd)\n");
    assert_int_equal(logon(), WN_BAD_USER);
    router_ask_error();
    assert_int_equal(router_error, (DWORD)STATUS_NO_SUCH_USER);
    assert_string_equal(router_text, "there is no user \"carla\" (getent passwd)");
    router_mpnotify = "/nonexistent/mpnotify";
    assert_int_equal(logon(), WN_NET_ERROR);
    router_mpnotify = program;
    router_ask_error();
    assert_string_equal(router_text,
                        "cannot start /nonexistent/mpnotify: No such file or directory");
}

static void the_failing_manager_is_told(void **state)
{
    (void)state;
    if (geteuid() != 0)
        skip();
    answer("status C0000001\nmanager vault\nerror 20000001\ntext the vault is shut\n");
    assert_int_equal(logon(), WN_EXTENDED_ERROR);
    router_ask_error();
    assert_int_equal(router_error, 0x20000001);
    assert_string_equal(router_text, "the vault is shut");
    assert_string_equal(router_name, "vault");
    answer("status C0000064\n"); /* a call that does not get so far tells that */
    assert_int_equal(logon(), WN_BAD_USER);
    router_ask_error();
    assert_string_equal(router_name, "mpnotify");
    answer("manager other\ntext was ended by SIGSEGV\n"); /* one failed, another took it */
    assert_int_equal(logon(), WN_SUCCESS);
    router_ask_error();
    assert_int_equal(router_error, WN_NET_ERROR);
    assert_string_equal(router_name, "other");
    answer("");
    assert_int_equal(logon(), WN_SUCCESS);
    router_ask_error();
    assert_int_equal(router_error, NO_ERROR);
    assert_string_equal(router_text, "");
    assert_string_equal(router_name, "");
}

static void only_root(void **state)
{
    int status;
    pid_t pid;

    (void)state;
    if (geteuid() != 0)
        skip();
    answer("");
    pid = fork();
    if (pid == 0) {
        if (setresuid(65534, 65534, 65534) != 0 || logon() != WN_ACCESS_DENIED || scripts)
            _exit(1);
        _exit(WNetPasswordChangeNotify(login, msv1_0, now, NULL, NULL, station, NULL, 1) ==
                      WN_ACCESS_DENIED
                  ? 0
                  : 2);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_null(asked());
}

static void *one_of_many(void *arg)
{
    LUID mine = {.LowPart = 1};
    LPWSTR list = NULL;
    char said[100], who[100];
    DWORD code = 0;

    for (int i = 0; i < 5; i++) {
        if (WNetLogonNotify(login, &mine, kerberos, now, NULL, NULL, station, NULL, &list) !=
            WN_EXTENDED_ERROR)
            return arg;
        LocalFree(list);
        if (WNetGetLastErrorA(&code, said, 100, who, 100) != NO_ERROR || code != 7 ||
            strcmp(who, "vault") != 0)
            return arg;
    }
    return NULL;
}

static void threads_at_once(void **state)
{
    pthread_t threads[6];
    void *bad;

    (void)state;
    if (geteuid() != 0)
        skip();
    answer("status C0000001\nmanager vault\nerror 7\nscript one\n");
    for (size_t i = 0; i < ARRAYSIZE(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, one_of_many, &luid), 0);
    for (size_t i = 0; i < ARRAYSIZE(threads); i++) {
        pthread_join(threads[i], &bad);
        assert_null(bad);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_arrives),
        cmocka_unit_test(empty_strings_arrive),
        cmocka_unit_test(a_session_may_be_made),
        cmocka_unit_test(scripts_are_a_list),
        cmocka_unit_test(bad_parameters),
        cmocka_unit_test(what_mpnotify_answers),
        cmocka_unit_test(the_failing_manager_is_told),
        cmocka_unit_test(only_root),
        cmocka_unit_test(threads_at_once),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
