/*
 * notify/authent, provider and router: what a credential manager is given, and what each kind of
 * misbehaviour comes to.
 */
#include "tests/unit/base/test.h"
#include "base/secret.h"
#include "notify/authent.h"
#include "notify/provider.h"
#include "notify/router.h"
#include "notify/statistics.h"
#include "tests/unit/notify/world.h"

#include <errno.h>
#include <npapi.h>
#include <ntsecapi.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct mpr_call call;

static int set_up(void **state)
{
    if (world_open(state) != 0)
        return -1;
    call = (struct mpr_call){.luid = {.LowPart = 0x55667788, .HighPart = 0x11223344},
                             .type = MPR_TYPE_KERBEROS,
                             .station = u"WinSta_0"};
    call.info = mpr_authent_new(true, "carla", "EXAMPLE.COM", "g€heim");
    return call.info ? 0 : -1;
}

static int tear_down(void **state)
{
    secret_free(call.info);
    return world_close(state);
}

/* Calls the manager that behaves as `name` says. */
static struct mpr_outcome notify(const char *name, unsigned timeout)
{
    struct mpr_manager manager = {.timeout = timeout};
    struct mpr_outcome out;

    snprintf(manager.name, sizeof(manager.name), "%s", name);
    mpr_provider_call(world_directory, &manager, &call, timeout, &out);
    return out;
}

static struct mpr_outcome notify_test(const char *name)
{
    world_install(name, NULL);
    return notify(name, 10000);
}

static void structure(void **state)
{
    MSV1_0_INTERACTIVE_LOGON *m = mpr_authent_new(false, "carla", "host", "");

    (void)state;
    assert_true(secret_owns(m));
    assert_int_equal(m->MessageType, MsV1_0InteractiveLogon);
    assert_int_equal(m->UserName.Length, 10);
    assert_int_equal(m->UserName.MaximumLength, 12);
    assert_memory_equal(m->UserName.Buffer, u"carla", 12);
    assert_memory_equal(m->LogonDomainName.Buffer, u"host", 10);
    assert_int_equal(m->Password.Length, 0);
    assert_non_null(m->Password.Buffer);
    secret_free(m);
    errno = 0;
    assert_null(mpr_authent_new(false, "m\xfcller", "host", "x"));
    assert_int_equal(errno, EILSEQ);
    char *long_password = malloc(40000);
    memset(long_password, 'a', 40000);
    long_password[39999] = 0;
    assert_null(mpr_authent_new(false, "carla", "host", long_password));
    assert_int_equal(errno, EMSGSIZE);
    long_password[32766] = 0;
    m = mpr_authent_new(false, "carla", "host", long_password);
    assert_int_equal(m->Password.Length, 65532);
    secret_free(m);
    free(long_password);
}

static void gets_the_documented_arguments(void **state)
{
    struct mpr_outcome o = notify_test("good");
    const char *seen = world_seen("good");

    (void)state;
    assert_string_equal(o.text, "");
    assert_true(o.accepted);
    assert_int_equal(o.error, 0);
    assert_true(o.duration > 0);
    assert_non_null(strstr(seen, "logon luid=11223344:55667788 script=(nil)\n"));
    assert_non_null(
        strstr(seen, "now Kerberos:Interactive message=2\n"
                     "domain=EXAMPLE.COM max=2\nuser=carla max=2\npassword=g<20ac>heim max=2\n"
                     "previous none\nstation=WinSta_0\n"));
}

static void gets_the_previous_password(void **state)
{
    const struct mpr_call saved = call;
    struct mpr_outcome o;

    (void)state;
    call.type = call.previous_type = MPR_TYPE_MSV1_0;
    call.previous = mpr_authent_new(false, "carla", "EXAMPLE.COM", "zuvor");
    call.station = u"SvcCtl";
    o = notify_test("good");
    assert_true(o.accepted);
    assert_non_null(strstr(world_seen("good"), "previous MSV1_0:Interactive message=2\n"));
    assert_non_null(strstr(world_seen("good"), "password=zuvor max=2\nstation=SvcCtl\n"));
    call.password_change = true;
    call.change = WN_VALID_LOGON_ACCOUNT;
    o = notify_test("good");
    assert_true(o.accepted);
    assert_non_null(strstr(world_seen("good"), "password_change info=1\nnow MSV1_0:Interactive"));
    secret_free(call.previous);
    call = saved;
}

static void results(void **state)
{
    static const struct {
        const char *name, *text;
        uint32_t error;
    } cases[] = {
        {"busy", "returned WN_FUNCTION_BUSY (170)", WN_FUNCTION_BUSY},
        {"odd", "returned error (4711)", 4711},
        {"extended", "returned WN_EXTENDED_ERROR (1208): the reason", WN_EXTENDED_ERROR},
        {"wide", "returned WN_EXTENDED_ERROR (1208): wide réason", WN_EXTENDED_ERROR},
        {"dirty", "returned WN_EXTENDED_ERROR (1208): a?b?[2J?é", WN_EXTENDED_ERROR},
        {"crash", "was ended by SIGSEGV in NPLogonNotify", 0},
        {"crashload", "was ended by SIGSEGV while it was loaded", 0},
        {"exit", "ended its process with status 7 in NPLogonNotify", 0},
        {"quit", "ended its process with status 0 in NPLogonNotify",
         0}, /* it never said that it succeeded */
        {"wont", "says that it will not start (WNNC_START)", 0},
        {"tooslow", "needs 60000 ms to start, but is given 10000 (timeout=)", 0},
        {"oldspec", "is made for version 3.0 of the interface, not 5.1", 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct mpr_outcome o = notify_test(cases[i].name);

        assert_string_equal(o.text, cases[i].text);
        assert_int_equal(o.error, cases[i].error);
        assert_false(o.accepted);
        assert_false(o.unsupported);
    }
}

static void good_ones_that_look_strange(void **state)
{
    static const char *const names[] = {"closefds", "scribble", "overwrite", "silent", "slow"};

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct mpr_outcome o = notify_test(names[i]);

        assert_string_equal(o.text, "");
        assert_true(o.accepted);
        assert_true(strcmp(names[i], "slow") != 0 || o.duration >= 120000);
    }
    /* what "overwrite" did, it did to its own copy */
    assert_memory_equal(((KERB_INTERACTIVE_LOGON *)call.info)->Password.Buffer, u"g€heim", 14);
    assert_int_equal(call.luid.LowPart, 0x55667788);
}

static void unsupported_is_no_failure(void **state)
{
    struct mpr_outcome o = notify_test("unsupported");

    (void)state;
    assert_true(o.unsupported);
    assert_false(o.accepted);
}

static void a_script_is_named(void **state)
{
    struct mpr_outcome o = notify_test("script");

    (void)state;
    assert_true(o.accepted);
    assert_string_equal(o.script, "cmd /C größe");
}

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

static void hanging_is_ended(void **state)
{
    struct mpr_outcome o;
    const char *seen;
    pid_t grandchild;

    (void)state;
    world_install("hang", NULL);
    o = notify("hang", 400);
    assert_string_equal(o.text, "did not answer within 400 ms and was ended");
    assert_true(o.duration >= 400000 && o.duration < 3000000);
    seen = strstr(world_seen("hang"), "grandchild=");
    assert_non_null(seen);
    grandchild = (pid_t)atoi(seen + strlen("grandchild="));
    for (int i = 0; i < 100 && !is_gone(grandchild); i++)
        usleep(10000);
    assert_true(is_gone(grandchild));
    world_install("stop", NULL);
    o = notify("stop", 300);
    assert_string_equal(o.text, "did not answer within 300 ms and was ended");
}

static void what_is_not_loaded(void **state)
{
    char path[256], expected[400];
    struct mpr_outcome o;

    (void)state;
    o = notify("absent", 1000);
    snprintf(expected, sizeof(expected), "%s/libcredmgr_absent.so.1 is not installed",
             world_directory);
    assert_string_equal(o.text, expected);
    o = notify("../x", 1000);
    assert_string_equal(o.text, "is no name of a credential manager");

    world_write("libcredmgr_garbage.so.1", "this is no ELF object\n");
    o = notify("garbage", 1000);
    assert_non_null(strstr(o.text, "libcredmgr_garbage.so.1"));
    assert_false(o.accepted);

    snprintf(path, sizeof(path), "%s/libcredmgr_garbage.so.1", world_directory);
    chmod(path, 0664);
    o = notify("garbage", 1000);
    assert_non_null(strstr(o.text, "can be written by others than its owner (chmod go-w)"));
    chmod(path, 0644);
    if (geteuid() == 0) {
        assert_int_equal(chown(path, 12345, 0), 0);
        o = notify("garbage", 1000);
        assert_non_null(strstr(o.text, "belongs to uid 12345, not to root"));
    }
    unlink(path);

    world_install("good", NULL);
    chmod(world_directory, 0777);
    o = notify("good", 1000);
    assert_non_null(strstr(o.text, "can be written by others than its owner"));
    chmod(world_directory, 0755);

    snprintf(path, sizeof(path), "%s/libcredmgr_folder.so.1", world_directory);
    mkdir(path, 0755);
    o = notify("folder", 1000);
    assert_non_null(strstr(o.text, "is not a regular file"));
    rmdir(path);

    world_install("nocaps",
                  "/lib64/ld-linux-x86-64.so.2"); /* an ELF object that is no credential manager */
    if (access("/lib64/ld-linux-x86-64.so.2", F_OK) == 0) {
        o = notify("nocaps", 1000);
        assert_string_equal(o.text, "exports no NPGetCaps");
    }
}

/* ---- the router ---------------------------------------------------------------------------- */

static char statistics_directory[128];
static struct mpr_config config = {.manager_directory = world_directory,
                                   .statistics_directory = statistics_directory};

static struct mpr_order order_of(const char *const *names, size_t count)
{
    struct mpr_order order = {.count = count};

    for (size_t i = 0; i < count; i++) {
        world_install(names[i], NULL);
        snprintf(order.managers[i].name, sizeof(order.managers[i].name), "%s", names[i]);
        order.managers[i].timeout = 5000;
    }
    snprintf(statistics_directory, sizeof(statistics_directory), "%s/statistics", world_directory);
    return order;
}

static void the_next_one_is_called(void **state)
{
    static const char *const names[] = {"crash",       "exit", "closefds", "hang",
                                        "unsupported", "busy", "good"};
    struct mpr_order order = order_of(names, 7);
    struct mpr_trouble trouble = {.used = 0};
    struct mpr_statistics s;
    struct mpr_result r;

    (void)state;
    world_forget();
    order.managers[3].timeout = 200;
    r = mpr_route(&config, &order, &call, mpr_now() + 20000, NULL, &trouble);
    assert_int_equal(r.called, 7);
    assert_int_equal(r.accepted, 2);
    assert_int_equal(r.failed, 4);
    assert_non_null(world_seen("good"));
    assert_string_equal(
        trouble.text, "credential manager crash: was ended by SIGSEGV in NPLogonNotify; "
                      "credential manager exit: ended its process with status 7 in NPLogonNotify; "
                      "credential manager hang: did not answer within 200 ms and was ended; "
                      "credential manager busy: returned WN_FUNCTION_BUSY (170)");
    assert_true(mpr_statistics_get(statistics_directory, "crash", &s));
    assert_int_equal(s.calls, 1);
    assert_int_equal(s.failures, 1);
    assert_string_equal(s.last_text, "was ended by SIGSEGV in NPLogonNotify");
    assert_true(mpr_statistics_get(statistics_directory, "good", &s));
    assert_int_equal(s.failures, 0);
    assert_true(mpr_statistics_get(statistics_directory, "unsupported", &s));
    assert_int_equal(s.failures, 0);
}

static void actions_end_the_list(void **state)
{
    static const char *const names[] = {"busy", "good", "script"};
    struct mpr_order order = order_of(names, 3);
    struct mpr_trouble trouble = {.used = 0};
    struct mpr_result r;

    (void)state;
    order.managers[1].return_on[MPR_SUCCESS] = true;
    r = mpr_route(&config, &order, &call, mpr_now() + 20000, NULL, &trouble);
    assert_int_equal(r.called, 2);
    order.managers[0].return_on[MPR_UNAVAIL] = true;
    r = mpr_route(&config, &order, &call, mpr_now() + 20000, NULL, &trouble);
    assert_int_equal(r.called, 1);
}

static void time_is_bounded(void **state)
{
    static const char *const names[] = {"hang", "good"};
    struct mpr_order order = order_of(names, 2);
    struct mpr_trouble trouble = {.used = 0};
    int64_t began = mpr_now();
    struct mpr_result r;

    (void)state;
    world_forget();
    r = mpr_route(&config, &order, &call, began + 300, NULL, &trouble);
    assert_true(mpr_now() - began < 3000); /* though "hang" may take 5 s by itself */
    assert_int_equal(r.failed, 2);
    assert_null(world_seen("good"));
    assert_non_null(
        strstr(trouble.text, "good: was not called: those before it took all the time there is"));
}

static void without_lsa(void **state)
{
    static const char *const names[] = {"lsa", "good"};
    struct mpr_order order = order_of(names, 2);
    struct mpr_trouble trouble = {.used = 0};
    struct mpr_statistics s;
    struct mpr_result r;

    (void)state;
    world_forget();
    r = mpr_route(&config, &order, &call, mpr_now() + 5000, "lsad does not answer", &trouble);
    assert_int_equal(r.accepted, 1);
    assert_int_equal(r.failed, 1);
    assert_string_equal(trouble.text, "");
    assert_null(world_seen("lsa"));
    assert_non_null(world_seen("good"));
    assert_true(mpr_statistics_get(statistics_directory, "lsa", &s));
    assert_string_equal(s.last_text, "lsad does not answer");
}

static void trouble_has_room(void **state)
{
    struct mpr_trouble trouble = {.used = 0};
    char text[200];

    (void)state;
    memset(text, 'a', sizeof(text) - 1);
    text[sizeof(text) - 1] = 0;
    mpr_trouble_add(&trouble, "first\nline");
    for (int i = 0; i < 100; i++)
        mpr_trouble_add(&trouble, "%s", text);
    assert_true(strlen(trouble.text) < sizeof(trouble.text));
    assert_int_equal(strlen(trouble.text), trouble.used);
    assert_int_equal(strncmp(trouble.text, "first\\x0aline; aaa", 17), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(structure),
        cmocka_unit_test(gets_the_documented_arguments),
        cmocka_unit_test(gets_the_previous_password),
        cmocka_unit_test(results),
        cmocka_unit_test(good_ones_that_look_strange),
        cmocka_unit_test(unsupported_is_no_failure),
        cmocka_unit_test(a_script_is_named),
        cmocka_unit_test(hanging_is_ended),
        cmocka_unit_test(what_is_not_loaded),
        cmocka_unit_test(the_next_one_is_called),
        cmocka_unit_test(actions_end_the_list),
        cmocka_unit_test(time_is_bounded),
        cmocka_unit_test(without_lsa),
        cmocka_unit_test(trouble_has_room),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
