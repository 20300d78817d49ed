/*
 * notify/authent and provider: what a credential manager is given, and what each kind of
 * misbehaviour comes to.
 */
#include "tests/unit/base/test.h"
#include "base/secret.h"
#include "notify/authent.h"
#include "notify/provider.h"
#include "notify/request.h"
#include "tests/unit/notify/world.h"

#include <errno.h>
#include <npapi.h>
#include <ntsecapi.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static struct mpr_call call;

static uint64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

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
#define MEMORY ((size_t)128 << 20) /* a manager may use */

/* Calls the manager that behaves as `name` says, again as long as it is not there. A script is
 * freed: *script (or NULL) gets a copy. */
static struct mpr_outcome notify_script(const char *name, unsigned timeout, char *script)
{
    uint64_t end = now_ms() + timeout;
    struct mpr_provider p;
    struct mpr_outcome out;
    bool begun = mpr_provider_begin(&p, world_directory, MEMORY, name, &call, &out);

    assert_true(begun);
    while (!mpr_provider_wait(&p, timeout, &out) && now_ms() < end) {
        assert_true(out.waits);
        usleep(20000);
        mpr_provider_again(&p);
    }
    mpr_provider_end(&p, MPR_LEAVE_MS);
    if (script)
        snprintf(script, MPR_FIELD_MAX + 1, "%s", out.script ? out.script : "");
    free(out.script);
    out.script = NULL;
    return out;
}

static struct mpr_outcome notify(const char *name, unsigned timeout)
{
    return notify_script(name, timeout, NULL);
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
    assert_int_equal(o.status, MPR_SUCCESS);
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
    assert_int_equal(o.status, MPR_SUCCESS);
    assert_non_null(strstr(world_seen("good"), "previous MSV1_0:Interactive message=2\n"));
    assert_non_null(strstr(world_seen("good"), "password=zuvor max=2\nstation=SvcCtl\n"));
    call.password_change = true;
    call.change = WN_VALID_LOGON_ACCOUNT;
    o = notify_test("good");
    assert_int_equal(o.status, MPR_SUCCESS);
    assert_non_null(strstr(world_seen("good"), "password_change info=1\nnow MSV1_0:Interactive"));
    secret_free(call.previous);
    call = saved;
}

static void results(void **state)
{
    static const struct {
        const char *name, *text;
        uint32_t error;
        enum mpr_status status;
    } cases[] = {
        {"good", "", 0, MPR_SUCCESS},
        {"unsupported", "returned error (50)", WN_NOT_SUPPORTED, MPR_NOTFOUND},
        {"busy", "returned WN_FUNCTION_BUSY (170)", WN_FUNCTION_BUSY, MPR_TRYAGAIN},
        {"nonet", "returned WN_NO_NETWORK (1222)", WN_NO_NETWORK, MPR_UNAVAIL},
        {"odd", "returned error (4711)", 4711, MPR_UNAVAIL},
        {"extended", "returned WN_EXTENDED_ERROR (1208): the reason", WN_EXTENDED_ERROR,
         MPR_UNAVAIL},
        {"wide", "returned WN_EXTENDED_ERROR (1208): wide réason", WN_EXTENDED_ERROR, MPR_UNAVAIL},
        {"dirty", "returned WN_EXTENDED_ERROR (1208): a?b?[2J?é", WN_EXTENDED_ERROR, MPR_UNAVAIL},
        {"crash", "was ended by SIGSEGV in NPLogonNotify", 0, MPR_UNAVAIL},
        {"crashload", "was ended by SIGSEGV while it was loaded", 0, MPR_UNAVAIL},
        {"crashcaps", "was ended by SIGSEGV in NPGetCaps", 0, MPR_UNAVAIL},
        {"abort", "was ended by SIGABRT in NPLogonNotify", 0, MPR_UNAVAIL},
        {"throw", "was ended by SIGABRT in NPLogonNotify", 0, MPR_UNAVAIL},
        {"killgroup", "was ended by SIGKILL in NPLogonNotify", 0, MPR_UNAVAIL},
        {"exit", "ended its process with status 7 in NPLogonNotify", 0, MPR_UNAVAIL},
        /* it never said that it succeeded */
        {"quit", "ended its process with status 0 in NPLogonNotify", 0, MPR_UNAVAIL},
        {"wont", "says that it will not start (WNNC_START)", 0, MPR_UNAVAIL},
        {"oldspec", "is made for version 3.0 of the interface, not 5.1", 0, MPR_UNAVAIL},
        {"badpointer", "was ended by SIGSEGV in NPLogonNotify", 0, MPR_UNAVAIL}, /* its script */
        {"refusesdll", "does not want to be loaded (DllMain)", 0, MPR_UNAVAIL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct mpr_outcome o;

        world_install(cases[i].name, NULL);
        o = notify(cases[i].name,
                   strcmp(cases[i].name, "busy") && strcmp(cases[i].name, "nonet") ? 10000 : 100);
        assert_string_equal(o.text, cases[i].text);
        assert_int_equal(o.error, cases[i].error);
        assert_int_equal(o.status, cases[i].status);
        assert_int_equal(o.waits,
                         cases[i].error == WN_FUNCTION_BUSY || cases[i].error == WN_NO_NETWORK);
    }
}

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

        began = now_ms();
        o = notify_test(names[i]);
        assert_string_equal(o.text, "");
        assert_int_equal(o.status, MPR_SUCCESS);
        assert_in_range(now_ms() - began, 0, 3000);
    }
    /* what "overwrite" did, it did to its own copy */
    assert_memory_equal(((KERB_INTERACTIVE_LOGON *)call.info)->Password.Buffer, u"g€heim", 14);
    assert_int_equal(call.luid.LowPart, 0x55667788);
}

static void says_what_it_is(void **state)
{
    struct mpr_outcome o = notify_test("good");

    (void)state;
    assert_int_equal(o.spec_version, WNNC_SPEC_VERSION51);
    assert_int_equal(o.net_type, WNNC_CRED_MANAGER);
    assert_int_equal(o.driver_version, 0x00070002);
    assert_int_equal(o.start, WNNC_WAIT_FOR_START);
    o = notify_test("silent"); /* a credential manager need only answer WNNC_START */
    assert_int_equal(o.spec_version, 0);
    assert_int_equal(o.net_type, 0);
    assert_int_equal(o.driver_version, 0);
    assert_int_equal(o.start, MPR_START_UNKNOWN);
    assert_int_equal(o.status, MPR_SUCCESS);
}

/* Attached and detached like a DLL, also when it is not called or was not there in the end. */
static void dll_main(void **state)
{
    static const char both[] = "attach instance=1 reserved=0\ndetach instance=1 reserved=0\n";
    static const char *const names[] = {"good", "unsupported", "busy", "refusesdll"};

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        world_install(names[i], NULL);
        world_forget();
        notify(names[i], i == 2 ? 100 : 10000);
        assert_string_equal(world_read(names[i], "dll"), both);
    }
    world_forget();
    notify_test("exit"); /* like a DLL's process that is ended */
    assert_string_equal(world_read("exit", "dll"), "attach instance=1 reserved=0\n");
}

static void waits_for_the_start(void **state)
{
    uint64_t began = now_ms();
    struct mpr_provider p;
    struct mpr_outcome o;

    (void)state;
    world_install("slow", NULL);
    world_forget();
    assert_true(mpr_provider_begin(&p, world_directory, MEMORY, "slow", &call, &o));
    assert_false(mpr_provider_wait(&p, 5000, &o));
    assert_true(o.waits);
    assert_int_equal(o.status, MPR_TRYAGAIN);
    assert_int_equal(o.start, 120);
    assert_string_equal(o.text, "has not started (WNNC_START: in 120 ms)");
    mpr_provider_again(&p);
    assert_false(mpr_provider_wait(&p, 5000, &o)); /* too early */
    assert_null(world_seen("slow"));
    usleep(130000);
    mpr_provider_again(&p);
    assert_true(mpr_provider_wait(&p, 5000, &o)); /* though it still says 120 */
    assert_int_equal(o.status, MPR_SUCCESS);
    assert_true(now_ms() - began >= 120);

    /* one that never comes is let go, or dies while nobody looks */
    world_install("tooslow", NULL);
    assert_true(mpr_provider_begin(&p, world_directory, MEMORY, "tooslow", &call, &o));
    assert_false(mpr_provider_wait(&p, 5000, &o));
    kill(p.pid, SIGKILL);
    usleep(50000);
    mpr_provider_again(&p);
    assert_true(mpr_provider_wait(&p, 5000, &o));
    assert_string_equal(o.text, "was ended by SIGKILL in NPGetCaps");
    assert_int_equal(p.pid, -1);
    mpr_provider_end(&p, MPR_LEAVE_MS);
}

/* It gets the same again, whatever it did with it. */
static void tries_again(void **state)
{
    static const char *const names[] = {"busyready", "nonetready"};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        char ready[64];
        struct mpr_provider p;
        struct mpr_outcome o;

        world_install(names[i], NULL);
        assert_true(mpr_provider_begin(&p, world_directory, MEMORY, names[i], &call, &o));
        for (int n = 0; n < 3; n++) {
            assert_false(mpr_provider_wait(&p, 5000, &o));
            assert_true(o.waits);
            assert_int_equal(o.status, i ? MPR_UNAVAIL : MPR_TRYAGAIN);
            assert_non_null(strstr(world_seen(names[i]), "password=g<20ac>heim max=2\n"));
            assert_non_null(strstr(world_seen(names[i]), "luid=11223344:55667788"));
            world_forget();
            snprintf(ready, sizeof(ready), "%s.ready", names[i]);
            if (n == 2)
                world_write(ready, "");
            mpr_provider_again(&p);
        }
        assert_true(mpr_provider_wait(&p, 5000, &o));
        assert_int_equal(o.status, MPR_SUCCESS);
        assert_non_null(strstr(world_seen(names[i]), "password=g<20ac>heim max=2\n"));
        mpr_provider_end(&p, MPR_LEAVE_MS);
    }
}

static void scripts(void **state)
{
    char script[MPR_FIELD_MAX + 1];
    struct mpr_outcome o;

    (void)state;
    world_install("script", NULL);
    o = notify_script("script", 5000, script);
    assert_int_equal(o.status, MPR_SUCCESS);
    assert_string_equal(script, "cmd /C größe");
    world_install("longscript", NULL);
    o = notify_script("longscript", 5000, script);
    assert_int_equal(o.status, MPR_SUCCESS);
    assert_false(o.bad_script);
    assert_int_equal(strlen(script), MPR_FIELD_MAX);
    for (size_t i = 0; i < 3; i++) {
        static const char *const names[] = {"toolong", "toolongutf8", "badscript"};

        world_install(names[i], NULL);
        o = notify_script(names[i], 5000, script);
        assert_int_equal(o.status, MPR_SUCCESS);
        assert_true(o.bad_script);
        assert_string_equal(script, "");
        assert_string_equal(o.text,
                            i < 2 ? "named a logon script of more than 4096 bytes, which is not run"
                                  : "named a logon script that is no UTF-16, which is not run");
    }
}

/* Whatever it makes of the memory that it answers through: an answer, or none, in time. */
static void scribbles_over_the_page(void **state)
{
    static const char *const names[] = {"pageones", "pagezeros", "pagefives", "pagehang"};

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        uint64_t began = now_ms();
        struct mpr_provider p;
        struct mpr_outcome o;

        world_install(names[i], NULL);
        assert_true(mpr_provider_begin(&p, world_directory, MEMORY, names[i], &call, &o));
        if (mpr_provider_wait(&p, 500, &o))
            assert_int_equal(p.pid, -1);
        free(o.script);
        assert_true(strlen(o.text) < sizeof(o.text));
        mpr_provider_end(&p, MPR_LEAVE_MS);
        assert_in_range(now_ms() - began, 0, 3000);
    }
}

static void memory_is_limited(void **state)
{
    struct mpr_outcome o;

    (void)state;
#if defined(__SANITIZE_ADDRESS__)
    skip(); /* its shadow is terabytes */
#endif
    o = notify_test("memory");
    assert_string_equal(o.text, "returned WN_OUT_OF_MEMORY (8)");
    assert_int_equal(o.error, WN_OUT_OF_MEMORY);
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
        o = notify(names[i], 400);
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
        uint64_t began = now_ms();
        struct mpr_outcome o;
        pid_t left;

        world_forget();
        assert_int_equal(pipe(pipes), 0); /* open in us as the logon program's are */
        o = notify_test(names[i]);
        assert_int_equal(o.status, MPR_SUCCESS);
        assert_in_range(now_ms() - began, 0, 3000);
        left = noted(names[i], "left=");
        assert_false(is_gone(left));
        close(pipes[1]);
        assert_int_equal(read(pipes[0], &byte, 1), 0); /* the end: nobody else has it open */
        close(pipes[0]);
        kill(left, SIGKILL);
    }
}

static void what_is_not_loaded(void **state)
{
    char path[256], expected[400];
    struct mpr_outcome o;

    (void)state;
    o = notify("absent", 1000);
    snprintf(expected, sizeof(expected), "is not installed: %s/libcredmgr_absent.so.1 is not there",
             world_directory);
    assert_string_equal(o.text, expected);
    o = notify("../x", 1000);
    assert_string_equal(o.text, "is no name of a credential manager");

    world_write("libcredmgr_garbage.so.1", "this is no ELF object\n");
    o = notify("garbage", 1000);
    assert_non_null(strstr(o.text, "libcredmgr_garbage.so.1"));
    assert_int_not_equal(o.status, MPR_SUCCESS);

    snprintf(path, sizeof(path), "%s/libcredmgr_garbage.so.1", world_directory);
    chmod(path, 0664);
    o = notify("garbage", 1000);
    assert_non_null(strstr(o.text, "can be written by others than its owner: chmod go-w"));
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(structure),
        cmocka_unit_test(gets_the_documented_arguments),
        cmocka_unit_test(gets_the_previous_password),
        cmocka_unit_test(results),
        cmocka_unit_test(good_ones_that_look_strange),
        cmocka_unit_test(says_what_it_is),
        cmocka_unit_test(dll_main),
        cmocka_unit_test(waits_for_the_start),
        cmocka_unit_test(tries_again),
        cmocka_unit_test(scripts),
        cmocka_unit_test(scribbles_over_the_page),
        cmocka_unit_test(memory_is_limited),
        cmocka_unit_test(hanging_is_ended),
        cmocka_unit_test(what_it_leaves_behind),
        cmocka_unit_test(what_is_not_loaded),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
