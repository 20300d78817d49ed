/*
 * The same functions with the real mpnotify: credential managers are loaded and called, one of them
 * a source for Windows (tests/headers/windows_manager.c). Root only, since only root may notify;
 * skipped for others.
 */
#include "tests/unit/base/test.h"
#include "notify/helper.h"
#include "notify/statistics.h"
#include "tests/unit/mpr/router.h"
#include "tests/unit/notify/world.h"

#include <ntstatus.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char program[1100];
static WCHAR msv1_0[] = u"MSV1_0:Interactive", kerberos[] = u"Kerberos:Interactive",
             station[] = u"WinSta_0", services[] = u"SvcCtl", login[] = u"greeter";
static LUID luid;
static LPWSTR scripts;
static KERB_INTERACTIVE_LOGON *now, *before, *bare;

/* What is called for a logon; the same for a changed password. */
static void configure(const char *managers)
{
    char text[1024];

    snprintf(text, sizeof(text),
             "logon: %s\npassword_change: %s\nlsa: socket=%s/nobody.sock\nmanagers: directory=%s\n"
             "statistics: directory=%s/statistics\n",
             managers, managers, world_directory, world_directory, world_directory);
    snprintf(router_config, sizeof(router_config), "%s", world_write("credmgr.conf", text));
    world_forget();
    luid = (LUID){.LowPart = 0x89abcdef, .HighPart = 0x01234567};
    scripts = NULL;
}

static int set_up(void **state)
{
    char windows[1100];

    if (world_open(state) != 0)
        return -1;
    snprintf(program, sizeof(program), "%s/libexec/mpnotify", world_build);
    router_mpnotify = program;
    router_patience = 60000;
    snprintf(windows, sizeof(windows), "%s/tests/unit/libcredmgr_windows.so.1", world_build);
    world_install("windows", windows);
    world_install("good", NULL);
    now = router_logon(u"EXAMPLE.COM", u"root", u"geheim");
    before = router_logon(u"EXAMPLE.COM", u"root", u"zuvor");
    bare = router_logon(u"", u"root", u"");
    return 0;
}

static int tear_down(void **state)
{
    free(now);
    free(before);
    free(bare);
    return world_close(state);
}

static DWORD logon(void)
{
    return WNetLogonNotify(login, &luid, kerberos, now, NULL, NULL, station, NULL, &scripts);
}

static void a_manager_hears_what_was_said(void **state)
{
    const char *seen;

    (void)state;
    if (geteuid() != 0)
        skip();
    configure("good");
    assert_int_equal(
        WNetLogonNotify(login, &luid, kerberos, now, msv1_0, before, services, NULL, &scripts),
        WN_SUCCESS);
    assert_null(scripts);
    seen = world_seen("good");
    assert_non_null(seen);
    assert_non_null(strstr(seen, "logon luid=01234567:89abcdef"));
    assert_non_null(strstr(seen, "now Kerberos:Interactive message=2\ndomain=EXAMPLE.COM max=2\n"
                                 "user=root max=2\npassword=geheim max=2\n"
                                 "previous MSV1_0:Interactive message=2\ndomain=EXAMPLE.COM max=2\n"
                                 "user=root max=2\npassword=zuvor max=2\nstation=SvcCtl\n"));
    assert_non_null(strstr(seen, "ids=0,0,0 dumpable=0"));

    assert_int_equal(WNetPasswordChangeNotify(login, msv1_0, now, kerberos, before, station, NULL,
                                              WN_VALID_LOGON_ACCOUNT | WN_NT_PASSWORD_CHANGED),
                     WN_SUCCESS);
    seen = world_seen("good");
    assert_non_null(strstr(seen, "password_change info=3\nnow MSV1_0:Interactive message=2\n"));
    assert_non_null(strstr(seen, "password=geheim max=2\nprevious Kerberos:Interactive message=2"));
    assert_int_equal(WNetPasswordChangeNotify(NULL, msv1_0, bare, NULL, NULL, station, NULL, 0),
                     WN_SUCCESS);
    seen = world_seen("good");
    assert_non_null(strstr(seen, "password_change info=0\n"));
    assert_non_null(strstr(seen, "domain= max=2\nuser=root max=2\npassword= max=2\nprevious none"));
}

static void a_manager_of_windows_is_notified(void **state)
{
    static const WCHAR expected[] = u"sample-logon.cmd EXAMPLE.COM\\root WinSta_0\0";

    (void)state;
    if (geteuid() != 0)
        skip();
    configure("windows good");
    assert_int_equal(logon(), WN_SUCCESS);
    assert_non_null(scripts);
    assert_memory_equal(scripts, expected, sizeof(expected));
    LocalFree(scripts);
    assert_non_null(world_seen("good"));
    assert_int_equal(
        WNetLogonNotify(login, &luid, msv1_0, now, NULL, NULL, station, NULL, &scripts),
        WN_SUCCESS);
    assert_memory_equal(scripts, expected, sizeof(expected));
    LocalFree(scripts);
    assert_int_equal(
        WNetLogonNotify(login, &luid, kerberos, now, NULL, NULL, services, NULL, &scripts),
        WN_SUCCESS);
    assert_null(scripts); /* it has none for services */

    configure("windows");
    assert_int_equal(
        WNetLogonNotify(login, &luid, kerberos, bare, NULL, NULL, station, NULL, &scripts),
        WN_EXTENDED_ERROR);
    router_ask_error();
    assert_int_equal(router_error, WN_BAD_PASSWORD);
    assert_string_equal(router_name, "windows");
    assert_string_equal(router_text, "returned WN_BAD_PASSWORD (86)");
    assert_int_equal(WNetPasswordChangeNotify(login, kerberos, now, kerberos, before, station, NULL,
                                              WN_VALID_LOGON_ACCOUNT),
                     WN_SUCCESS);
    router_ask_error();
    assert_int_equal(router_error, NO_ERROR);
}

/* A code of its own and words for it, which it told with WNetSetLastErrorW. */
static void its_own_error_comes_back(void **state)
{
    (void)state;
    if (geteuid() != 0)
        skip();
    configure("windows");
    assert_int_equal(WNetPasswordChangeNotify(login, kerberos, now, kerberos, now, station, NULL,
                                              WN_VALID_LOGON_ACCOUNT),
                     WN_EXTENDED_ERROR);
    router_ask_error();
    assert_int_equal(router_error, 0x20000001);
    assert_string_equal(router_name, "windows");
    assert_non_null(strstr(router_text, "the new password is the old one: root"));
    configure("windows good"); /* another took it: a success, with the same explanation */
    assert_int_equal(WNetPasswordChangeNotify(login, kerberos, now, kerberos, now, station, NULL,
                                              WN_VALID_LOGON_ACCOUNT),
                     WN_SUCCESS);
    router_ask_error();
    assert_int_equal(router_error, 0x20000001);
    assert_non_null(world_seen("good"));
}

static void managers_that_fail(void **state)
{
    (void)state;
    if (geteuid() != 0)
        skip();
    world_install("crash", NULL);
    world_install("hang", NULL);
    world_install("script", NULL);
    configure("crash hang [timeout=300ms] script");
    assert_int_equal(logon(), WN_SUCCESS);
    assert_non_null(scripts);
    LocalFree(scripts);
    router_ask_error();
    assert_int_equal(router_error, WN_NET_ERROR);
    assert_string_equal(router_name, "crash");
    assert_non_null(strstr(router_text, "SIGSEGV"));
    configure("absent");
    assert_int_equal(logon(), WN_EXTENDED_ERROR);
    router_ask_error();
    assert_string_equal(router_name, "absent");
    assert_non_null(strstr(router_text, "is not installed"));
    configure("good [class=network]"); /* that is no credential manager */
    assert_int_equal(logon(), WN_NO_NETWORK);
    assert_null(world_seen("good"));
}

static void without_lsad(void **state)
{
    KERB_INTERACTIVE_LOGON *nobody = router_logon(u"", u"no-such-user-anywhere", u"x");

    (void)state;
    if (geteuid() != 0)
        skip();
    configure("lsa good");
    luid = (LUID){0, 0};
    assert_int_equal(logon(), WN_SUCCESS);
    assert_int_equal(luid.LowPart | (ULONG)luid.HighPart, 0); /* there is no session */
    assert_null(strstr(world_seen("good"), "luid=00000000:00000000"));
    router_ask_error();
    assert_string_equal(router_name, "lsa");
    assert_non_null(strstr(router_text, "lsad does not answer at "));
    world_forget();
    assert_int_equal(
        WNetLogonNotify(login, &luid, kerberos, nobody, NULL, NULL, station, NULL, &scripts),
        WN_BAD_USER);
    assert_null(world_seen("good"));
    free(nobody);
}

/* One that has not started yet is notified later, without the program's waiting for it. */
static void a_manager_that_starts_later(void **state)
{
    char directory[300];
    struct mpr_statistics numbers = {.calls = 0};
    int tries = 0;

    (void)state;
    if (geteuid() != 0)
        skip();
    world_install("busyready", NULL);
    configure("busyready");
    snprintf(directory, sizeof(directory), "%s/statistics", world_directory);
    assert_int_equal(logon(), WN_FUNCTION_BUSY);
    assert_null(scripts);
    world_write("busyready.ready", "");
    do
        usleep(50000);
    while (!mpr_statistics_get(directory, "busyready", &numbers) && tries++ < 200);
    assert_int_equal(numbers.calls, 1);
    assert_int_equal(numbers.failures, 0);
    assert_non_null(strstr(world_seen("busyready"), "password=geheim"));
    configure("busyready good"); /* with another that took it, all is well */
    assert_int_equal(logon(), WN_SUCCESS);
    world_write("busyready.ready", "");
    while (mpr_statistics_get(directory, "busyready", &numbers) && numbers.calls < 2 &&
           tries++ < 200)
        usleep(50000);
    assert_int_equal(numbers.calls, 2);
}

/* Another program than libmpr may have started mpnotify: what it asks is looked at once more. */
static void hostile_requests(void **state)
{
    static char user[] = "root", type_text[] = "MSV1_0:Interactive", password[] = "geheim",
                station_text[] = "WinSta_0", other[] = "Negotiate:Interactive", desk[] = "WinSta_1",
                empty[] = "";
    const struct mpr_request good = {
        .user = user, .type = type_text, .password = password, .station = station_text, .luid = 7};
    const struct helper_arguments arguments = {.config = router_config};
    struct mpr_request bad[11];
    char trouble[HELPER_TROUBLE_SIZE];
    struct mpr_reply reply;

    (void)state;
    if (geteuid() != 0)
        skip();
    configure("good");
    for (size_t i = 0; i < ARRAYSIZE(bad); i++)
        bad[i] = good;
    bad[0].user = NULL;
    bad[1].user = empty;
    bad[2].type = NULL;
    bad[3].type = other;
    bad[4].password = NULL;
    bad[5].station = NULL;
    bad[6].station = desk;
    bad[7].previous_type = type_text;
    bad[8].previous_type = type_text;
    bad[8].previous_user = user;
    bad[9].previous_type = other;
    bad[9].previous_user = user;
    bad[9].old_password = password;
    bad[10].luid = 0; /* and no leader */
    for (size_t i = 0; i < 2 * ARRAYSIZE(bad); i++) {
        enum mpr_verb verb = i % 2 ? MPR_CHANGE : MPR_NOTIFY;

        if (verb == MPR_CHANGE && i / 2 == 10)
            continue; /* that needs no session */
        assert_true(helper_run(&arguments, verb, &bad[i / 2], &reply, trouble));
        assert_int_equal(reply.status, (uint32_t)STATUS_INVALID_PARAMETER);
        assert_non_null(reply.message);
        assert_null(reply.manager);
        mpr_reply_clear(&reply);
        assert_null(world_seen("good"));
    }
    assert_true(helper_run(&arguments, MPR_NOTIFY, &good, &reply, trouble));
    assert_int_equal(reply.status, 0);
    assert_true(reply.luid == 0); /* none was made */
    mpr_reply_clear(&reply);
    assert_non_null(strstr(world_seen("good"), "luid=00000000:00000007"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_manager_hears_what_was_said),
        cmocka_unit_test(a_manager_of_windows_is_notified),
        cmocka_unit_test(its_own_error_comes_back),
        cmocka_unit_test(managers_that_fail),
        cmocka_unit_test(without_lsad),
        cmocka_unit_test(a_manager_that_starts_later),
        cmocka_unit_test(hostile_requests),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
