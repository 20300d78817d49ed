/*
 * notify/authent and provider: what a credential manager is given, what its answers come to, and
 * how it is waited for. (What else it may do: isolation_test.c.)
 */
#include "tests/unit/base/test.h"
#include "base/secret.h"
#include "notify/authent.h"
#include "notify/request.h"
#include "notify/router.h"
#include "tests/unit/notify/event.h"
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
    struct mpr_outcome o = event_with("good");
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
    const struct mpr_call saved = event_call;
    struct mpr_outcome o;

    (void)state;
    event_call.type = event_call.previous_type = MPR_TYPE_MSV1_0;
    event_call.previous = mpr_authent_new(false, "carla", "EXAMPLE.COM", "zuvor");
    event_call.station = u"SvcCtl";
    o = event_with("good");
    assert_int_equal(o.status, MPR_SUCCESS);
    assert_non_null(strstr(world_seen("good"), "previous MSV1_0:Interactive message=2\n"));
    assert_non_null(strstr(world_seen("good"), "password=zuvor max=2\nstation=SvcCtl\n"));
    event_call.password_change = true;
    event_call.change = WN_VALID_LOGON_ACCOUNT;
    o = event_with("good");
    assert_int_equal(o.status, MPR_SUCCESS);
    assert_non_null(strstr(world_seen("good"), "password_change info=1\nnow MSV1_0:Interactive"));
    secret_free(event_call.previous);
    event_call = saved;
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
        o = event(cases[i].name,
                  strcmp(cases[i].name, "busy") && strcmp(cases[i].name, "nonet") ? 10000 : 100);
        assert_string_equal(o.text, cases[i].text);
        assert_int_equal(o.error, cases[i].error);
        assert_int_equal(o.status, cases[i].status);
        assert_int_equal(o.waits,
                         cases[i].error == WN_FUNCTION_BUSY || cases[i].error == WN_NO_NETWORK);
    }
}

static void says_what_it_is(void **state)
{
    struct mpr_outcome o = event_with("good");

    (void)state;
    assert_int_equal(o.spec_version, WNNC_SPEC_VERSION51);
    assert_int_equal(o.net_type, WNNC_CRED_MANAGER);
    assert_int_equal(o.driver_version, 0x00070002);
    assert_int_equal(o.start, WNNC_WAIT_FOR_START);
    o = event_with("silent"); /* a credential manager need only answer WNNC_START */
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
        event(names[i], i == 2 ? 100 : 10000);
        assert_string_equal(world_read(names[i], "dll"), both);
    }
    world_forget();
    event_with("exit"); /* like a DLL's process that is ended */
    assert_string_equal(world_read("exit", "dll"), "attach instance=1 reserved=0\n");
}

static void waits_for_the_start(void **state)
{
    uint64_t began = mpr_now();
    struct mpr_provider p;
    struct mpr_outcome o;

    (void)state;
    world_install("slow", NULL);
    world_forget();
    assert_true(mpr_provider_begin(&p, world_directory, EVENT_MEMORY, "slow", &event_call, &o));
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
    assert_true(mpr_now() - began >= 120);

    /* one that never comes is let go, or dies while nobody looks */
    world_install("tooslow", NULL);
    assert_true(mpr_provider_begin(&p, world_directory, EVENT_MEMORY, "tooslow", &event_call, &o));
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
        assert_true(
            mpr_provider_begin(&p, world_directory, EVENT_MEMORY, names[i], &event_call, &o));
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
    o = event_script("script", 5000, script);
    assert_int_equal(o.status, MPR_SUCCESS);
    assert_string_equal(script, "cmd /C größe");
    world_install("longscript", NULL);
    o = event_script("longscript", 5000, script);
    assert_int_equal(o.status, MPR_SUCCESS);
    assert_false(o.bad_script);
    assert_int_equal(strlen(script), MPR_FIELD_MAX);
    for (size_t i = 0; i < 3; i++) {
        static const char *const names[] = {"toolong", "toolongutf8", "badscript"};

        world_install(names[i], NULL);
        o = event_script(names[i], 5000, script);
        assert_int_equal(o.status, MPR_SUCCESS);
        assert_true(o.bad_script);
        assert_string_equal(script, "");
        assert_string_equal(o.text,
                            i < 2 ? "named a logon script of more than 4096 bytes, which is not run"
                                  : "named a logon script that is no UTF-16, which is not run");
    }
}

static void what_is_not_loaded(void **state)
{
    char path[256], expected[400];
    struct mpr_outcome o;

    (void)state;
    o = event("absent", 1000);
    snprintf(expected, sizeof(expected), "is not installed: %s/libcredmgr_absent.so.1 is not there",
             world_directory);
    assert_string_equal(o.text, expected);
    o = event("../x", 1000);
    assert_string_equal(o.text, "is no name of a credential manager");

    world_write("libcredmgr_garbage.so.1", "this is no ELF object\n");
    o = event("garbage", 1000);
    assert_non_null(strstr(o.text, "libcredmgr_garbage.so.1"));
    assert_int_not_equal(o.status, MPR_SUCCESS);

    snprintf(path, sizeof(path), "%s/libcredmgr_garbage.so.1", world_directory);
    chmod(path, 0664);
    o = event("garbage", 1000);
    assert_non_null(strstr(o.text, "can be written by others than its owner: chmod go-w"));
    chmod(path, 0644);
    if (geteuid() == 0) {
        assert_int_equal(chown(path, 12345, 0), 0);
        o = event("garbage", 1000);
        assert_non_null(strstr(o.text, "belongs to uid 12345, not to root"));
    }
    unlink(path);

    world_install("good", NULL);
    chmod(world_directory, 0777);
    o = event("good", 1000);
    assert_non_null(strstr(o.text, "can be written by others than its owner"));
    chmod(world_directory, 0755);

    snprintf(path, sizeof(path), "%s/libcredmgr_folder.so.1", world_directory);
    mkdir(path, 0755);
    o = event("folder", 1000);
    assert_non_null(strstr(o.text, "is not a regular file"));
    rmdir(path);

    world_install("nocaps",
                  "/lib64/ld-linux-x86-64.so.2"); /* an ELF object that is no credential manager */
    if (access("/lib64/ld-linux-x86-64.so.2", F_OK) == 0) {
        o = event("nocaps", 1000);
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
        cmocka_unit_test(says_what_it_is),
        cmocka_unit_test(dll_main),
        cmocka_unit_test(waits_for_the_start),
        cmocka_unit_test(tries_again),
        cmocka_unit_test(scripts),
        cmocka_unit_test(what_is_not_loaded),
    };

    return cmocka_run_group_tests(tests, event_open, event_close);
}
