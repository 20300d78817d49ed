/*
 * notify/router: the order of calls, what each status and action do to it, how long it takes, and
 * what is given back.
 */
#include "tests/unit/base/test.h"
#include "base/secret.h"
#include "notify/authent.h"
#include "notify/request.h"
#include "notify/router.h"
#include "notify/statistics.h"
#include "tests/unit/notify/world.h"

#include <npapi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static struct mpr_call call;
static char statistics_directory[128];
static struct mpr_config config = {.manager_directory = world_directory,
                                   .statistics_directory = statistics_directory,
                                   .logon_scripts = true,
                                   .restore_timeout = 100};

static int set_up(void **state)
{
    if (world_open(state) != 0)
        return -1;
    call = (struct mpr_call){.type = MPR_TYPE_KERBEROS, .station = u"WinSta_0"};
    call.info = mpr_authent_new(true, "carla", "EXAMPLE.COM", "g€heim");
    snprintf(statistics_directory, sizeof(statistics_directory), "%s/statistics", world_directory);
    return call.info ? 0 : -1;
}

static int tear_down(void **state)
{
    secret_free(call.info);
    return world_close(state);
}

/* What goes on in the background ends before the next test. */
static int after_each(void **state)
{
    (void)state;
    while (waitpid(-1, NULL, 0) > 0)
        ;
    world_forget();
    config.logon_scripts = true;
    return 0;
}

static struct mpr_order order_of(const char *const *names, size_t count)
{
    struct mpr_order order = {.count = count};

    for (size_t i = 0; i < count; i++) {
        world_install(names[i], NULL);
        snprintf(order.managers[i].name, sizeof(order.managers[i].name), "%s", names[i]);
        order.managers[i].timeout = 5000;
    }
    return order;
}

static struct mpr_trouble trouble;

static struct mpr_result route(const struct mpr_order *order, unsigned ms)
{
    memset(&trouble, 0, sizeof(trouble));
    return mpr_route(&config, order, &call, mpr_now() + ms, NULL, &trouble);
}

static void the_next_one_is_called(void **state)
{
    static const char *const names[] = {"crash", "exit", "closefds", "hang", "unsupported", "good"};
    struct mpr_order order = order_of(names, 6);
    struct mpr_statistics s;
    struct mpr_result r;

    (void)state;
    order.managers[3].timeout = 200;
    r = route(&order, 20000);
    assert_int_equal(r.called, 6);
    assert_int_equal(r.accepted, 2);
    assert_int_equal(r.failed, 3);
    assert_int_equal(r.pending, 0);
    assert_null(r.scripts);
    assert_non_null(world_seen("good"));
    assert_string_equal(
        trouble.text, "credential manager crash: was ended by SIGSEGV in NPLogonNotify; "
                      "credential manager exit: ended its process with status 7 in NPLogonNotify; "
                      "credential manager hang: did not answer within 200 ms and was ended");
    assert_true(mpr_statistics_get(statistics_directory, "crash", &s));
    assert_int_equal(s.calls, 1);
    assert_int_equal(s.failures, 1);
    assert_string_equal(s.last_text, "was ended by SIGSEGV in NPLogonNotify");
    assert_true(mpr_statistics_get(statistics_directory, "good", &s));
    assert_int_equal(s.failures, 0);
    assert_true(mpr_statistics_get(statistics_directory, "unsupported", &s));
    assert_int_equal(s.failures, 0);
}

/* What WNetGetLastError will tell: the first that failed, by its own words. */
static void first_failure(void **state)
{
    static const char *const names[] = {"good", "extended", "odd"};
    struct mpr_order order = order_of(names, 3);
    struct mpr_result r = route(&order, 20000);

    (void)state;
    assert_string_equal(r.failure.manager, "extended");
    assert_int_equal(r.failure.error, 7);
    assert_string_equal(r.failure.text, "returned WN_EXTENDED_ERROR (1208): the reason");
    order = order_of(names + 2, 1);
    r = route(&order, 20000);
    assert_string_equal(r.failure.manager, "odd");
    assert_int_equal(r.failure.error, 4711);
    order = order_of(names, 1);
    r = route(&order, 20000);
    assert_string_equal(r.failure.manager, "");
}

/* `name`, whose answer comes to `status`, with [STATUS=return] for each of `statuses`: is the one
 * behind it called? */
static bool next_is_called(const char *name, const bool return_on[MPR_STATUSES])
{
    const char *names[] = {name, "last"};
    struct mpr_order order = order_of(names, 2);
    struct mpr_result r;
    bool called;

    memcpy(order.managers[0].return_on, return_on, sizeof(order.managers[0].return_on));
    r = route(&order, 20000);
    called = world_seen("last") != NULL;
    assert_int_equal(r.called, called ? 2 : 1);
    after_each(NULL);
    return called;
}

/* All actions with one status: return on it and nothing else, on everything else, on nothing. */
static void actions(const char *name, enum mpr_status status)
{
    bool only[MPR_STATUSES] = {false}, others[MPR_STATUSES], none[MPR_STATUSES] = {false};

    for (size_t i = 0; i < MPR_STATUSES; i++) {
        only[i] = i == status;
        others[i] = i != status;
    }
    assert_false(next_is_called(name, only));
    assert_true(next_is_called(name, others));
    assert_true(next_is_called(name, none));
}

static void success(void **state)
{
    (void)state;
    actions("good", MPR_SUCCESS);
}

static void notfound(void **state)
{
    (void)state;
    actions("unsupported", MPR_NOTFOUND);
}

static void unavail(void **state)
{
    static const char *const names[] = {"odd", "nonet", "crash", "exit", "wont", "oldspec"};

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        actions(names[i], MPR_UNAVAIL);
}

static void tryagain(void **state)
{
    (void)state;
    actions("busy", MPR_TRYAGAIN);
    actions("twoseconds", MPR_TRYAGAIN);
}

/* Not installed at all. */
static void absent(void **state)
{
    static const char *const names[] = {"good"};
    struct mpr_order order = order_of(names, 1);
    struct mpr_result r;

    (void)state;
    strcpy(order.managers[0].name, "absent");
    order.managers[1] = order.managers[0];
    order.managers[0].return_on[MPR_UNAVAIL] = true;
    order.count = 2;
    r = route(&order, 20000);
    assert_int_equal(r.called, 1);
    assert_int_equal(r.failed, 1);
    assert_non_null(strstr(trouble.text, "libcredmgr_absent.so.1 is not there"));
}

static void classes(void **state)
{
    static const struct {
        uint32_t classes;
        bool called;
    } cases[] = {
        {0, true}, /* none given */
        {WN_NETWORK_CLASS, false},
        {WN_SERVICE_CLASS, false},
        {WN_NETWORK_CLASS | WN_SERVICE_CLASS, false},
        {WN_CREDENTIAL_CLASS, true},
        {WN_PRIMARY_AUTHENT_CLASS, true},
        {WN_NETWORK_CLASS | WN_CREDENTIAL_CLASS, true},
    };
    static const char *const names[] = {"good", "last"};
    struct mpr_order order = order_of(names, 2);

    (void)state;
    order.managers[0].return_on[MPR_NOTFOUND] = true; /* it has no status at all */
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct mpr_result r;

        order.managers[0].classes = cases[i].classes;
        r = route(&order, 20000);
        assert_int_equal(r.called, cases[i].called ? 2 : 1);
        assert_int_equal(world_seen("good") != NULL, cases[i].called);
        assert_non_null(world_seen("last"));
        world_forget();
    }
}

/* Those that hang take the login's time, and no more; who had none is notified afterwards. */
static void time_is_bounded(void **state)
{
    static const char *const names[] = {"hang", "hangload", "good"};
    struct mpr_order order = order_of(names, 3);
    int64_t began = mpr_now();
    struct mpr_result r;

    (void)state;
    order.managers[1].timeout = 1000;
    r = route(&order, 300);
    assert_true(mpr_now() - began < 3000); /* though each may take 5 s by itself */
    assert_int_equal(r.called, 3);
    assert_int_equal(r.failed, 1);
    assert_int_equal(r.pending, 2);
    assert_string_equal(trouble.text,
                        "credential manager hang: did not answer within 300 ms and was ended");
    assert_null(world_seen("good"));
    after_each(NULL);
}

/* The three of them start in 600 ms each, and so does the logon. */
static void waits_do_not_add_up(void **state)
{
    static const char *const names[] = {"slower1", "slower2", "good", "slower3"};
    struct mpr_order order = order_of(names, 4);
    int64_t began = mpr_now(), took;
    struct mpr_result r;

    (void)state;
    r = route(&order, 5000);
    took = mpr_now() - began;
    assert_in_range(took, 600, 1700);
    assert_int_equal(r.accepted, 4);
    assert_int_equal(r.pending, 0);
    for (size_t i = 0; i < 4; i++)
        assert_non_null(world_seen(names[i]));
    assert_string_equal(trouble.text, "");
}

/* Those that are sent away, and do not go, are ended together: not one after the other. */
static void sent_away_together(void **state)
{
    static const char *const names[] = {"stay1", "stay2", "stay3", "stay4", "stay5"};
    struct mpr_order order = order_of(names, 5);
    int64_t began = mpr_now();
    struct mpr_result r = route(&order, 5000);

    (void)state;
    assert_in_range(mpr_now() - began, 400, 1900); /* half a second, not five times that */
    assert_int_equal(r.pending, 5);
}

/* Of those that were waited for, too, the first may end the list. */
static void actions_of_late_ones(void **state)
{
    static const char *const names[] = {"slower1", "good", "slower2"};
    struct mpr_order order = order_of(names, 3);
    struct mpr_result r;

    (void)state;
    order.managers[0].return_on[MPR_SUCCESS] = true;
    r = route(&order, 5000);
    assert_int_equal(r.accepted, 2);
    assert_non_null(world_seen("slower1"));
    assert_null(world_seen("slower2"));
}

/* A logon does not wait for those that need long, or cannot tell. */
static void late_ones_do_not_delay(void **state)
{
    static const char *const names[] = {"twoseconds", "busy", "unknown", "nonet", "good"};
    struct mpr_order order = order_of(names, 5);
    int64_t began = mpr_now();
    struct mpr_result r;

    (void)state;
    r = route(&order, 5000);
    assert_in_range(mpr_now() - began, 0, 1900);
    assert_int_equal(r.called, 5);
    assert_int_equal(r.accepted, 1);
    assert_int_equal(r.failed, 0);
    assert_int_equal(r.pending, 4);
    assert_string_equal(trouble.text, "");
    assert_non_null(world_seen("good"));
}

static void scripts(void **state)
{
    static const char *const names[] = {"script", "good", "toolong", "badscript", "longscript"};
    struct mpr_order order = order_of(names, 5);
    struct mpr_result r;

    (void)state;
    r = route(&order, 5000);
    assert_int_equal(r.accepted, 5);
    assert_non_null(r.scripts);
    assert_string_equal(r.scripts[0], "cmd /C größe");
    assert_int_equal(strlen(r.scripts[1]), MPR_FIELD_MAX);
    assert_null(r.scripts[2]);
    assert_string_equal(trouble.text,
                        "credential manager toolong: named a logon script of more than 4096 bytes, "
                        "which is not run; credential manager badscript: named a logon script that "
                        "is no UTF-16, which is not run");
    mpr_free_scripts(r.scripts);
    config.logon_scripts = false;
    r = route(&order, 5000);
    assert_null(r.scripts && r.scripts[0] ? r.scripts[0] : NULL);
    assert_string_equal(trouble.text, "");
    mpr_free_scripts(r.scripts);
}

/* All that are given back fit into a reply. */
static void scripts_have_room(void **state)
{
    static const char *const names[] = {"longscript", "longscript2", "longscript3", "longscript4",
                                        "script"};
    struct mpr_order order = order_of(names, 5);
    struct mpr_reply reply = {.status = 0}, again;
    uint8_t *data;
    size_t size;

    (void)state;
    reply.scripts = route(&order, 5000).scripts;
    assert_string_equal(reply.scripts[3], "cmd /C größe");
    assert_null(reply.scripts[4]);
    assert_string_equal(trouble.text, "credential manager longscript4: named a logon script that "
                                      "is not run, since all together are too long");
    data = mpr_reply_write(&reply, &size);
    assert_non_null(data);
    assert_true(mpr_reply_read(data, size, &again));
    assert_string_equal(again.scripts[3], "cmd /C größe");
    mpr_reply_clear(&reply);
    mpr_reply_clear(&again);
    secret_free(data);
}

static void without_lsa(void **state)
{
    static const char *const names[] = {"lsa", "good"};
    struct mpr_order order = order_of(names, 2);
    struct mpr_statistics s;
    struct mpr_result r;

    (void)state;
    memset(&trouble, 0, sizeof(trouble));
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
    char text[200];

    (void)state;
    memset(&trouble, 0, sizeof(trouble));
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
        cmocka_unit_test_teardown(the_next_one_is_called, after_each),
        cmocka_unit_test_teardown(first_failure, after_each),
        cmocka_unit_test_teardown(success, after_each),
        cmocka_unit_test_teardown(notfound, after_each),
        cmocka_unit_test_teardown(unavail, after_each),
        cmocka_unit_test_teardown(tryagain, after_each),
        cmocka_unit_test_teardown(absent, after_each),
        cmocka_unit_test_teardown(classes, after_each),
        cmocka_unit_test_teardown(time_is_bounded, after_each),
        cmocka_unit_test_teardown(waits_do_not_add_up, after_each),
        cmocka_unit_test_teardown(sent_away_together, after_each),
        cmocka_unit_test_teardown(actions_of_late_ones, after_each),
        cmocka_unit_test_teardown(late_ones_do_not_delay, after_each),
        cmocka_unit_test_teardown(scripts, after_each),
        cmocka_unit_test_teardown(scripts_have_room, after_each),
        cmocka_unit_test_teardown(without_lsa, after_each),
        cmocka_unit_test_teardown(trouble_has_room, after_each),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
