/*
 * Failures and their reasons: over the connection to the program that asked, to nobody else, and
 * into what `credmgr status` shows; and a context that brings a large PAC along.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <ntstatus.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/reason.h"
#include "base/secret.h"
#include "lsad/client.h"
#include "lsad/failures.h"
#include "lsad/pool.h"
#include "lsad/user.h"
#include "tests/unit/lsa/server.h"

#define ALICE 54001
#define BOB   54002

/* ---- the table ----------------------------------------------------------------------------- */

static struct failure list[FAILURES_MAX];

static void fail_with(uid_t uid, uint64_t luid, const char *what, int code)
{
    struct reason reason = {.code = code};

    snprintf(reason.text, sizeof(reason.text), "reason %d", code);
    failures_note(luid, uid, what, SEC_E_LOGON_DENIED, &reason);
}

static size_t count_of(uid_t uid)
{
    return failures_list(&uid, list, FAILURES_MAX);
}

static void table(void **state)
{
    LUID luid = session_of("alice", ALICE, getpid());
    uint64_t number = lsa_luid_number(&luid);
    const struct reason none = {0};

    (void)state;
    failures_note(0, ALICE, "nothing", SEC_E_LOGON_DENIED, &none);
    assert_int_equal(count_of(ALICE), 0);
    /* the same again is counted, and is the newest */
    fail_with(ALICE, 0, "one", 1);
    fail_with(ALICE, 0, "two", 2);
    fail_with(ALICE, 0, "one", 1);
    assert_int_equal(count_of(ALICE), 2);
    assert_string_equal(list[0].what, "one");
    assert_int_equal(list[0].count, 2);
    assert_string_equal(list[1].reason.text, "reason 2");
    /* a session keeps the newest of its own, a user the newest of theirs */
    for (int i = 0; i < 100; i++)
        fail_with(ALICE, number, "many", i);
    assert_int_equal(count_of(ALICE), 2 + FAILURES_SESSION_MAX);
    assert_int_equal(list[0].reason.code, 99);
    assert_int_equal(list[FAILURES_SESSION_MAX - 1].reason.code, 100 - FAILURES_SESSION_MAX);
    for (int i = 0; i < 100; i++)
        fail_with(BOB, 0, "without a session", i);
    assert_int_equal(count_of(BOB), FAILURES_SESSION_MAX);
    /* whoever comes last pushes out the oldest of all, and no more than that */
    for (uid_t uid = 1; uid <= FAILURES_MAX; uid++)
        fail_with(uid, 0, "many users", 1);
    assert_int_equal(failures_list(NULL, list, FAILURES_MAX), FAILURES_MAX);
    assert_int_equal(count_of(BOB), 0);
    assert_int_equal(count_of(1), 1);
    /* those of a session end with it */
    fail_with(ALICE, number, "late", 1);
    assert_int_equal(count_of(ALICE), 1);
    assert_int_equal(lsa_client_end_session(&luid), STATUS_SUCCESS);
    assert_int_equal(count_of(ALICE), 0);
}

/* ---- over the connection ------------------------------------------------------------------- */

static SECURITY_STATUS begin(const WCHAR *package, const WCHAR *target, struct lsa_leg *done)
{
    struct lsa_remote_credential *credential;
    struct lsa_leg leg = {.target = target};
    SECURITY_STATUS status;

    status = lsa_client_acquire(package, NULL, SECPKG_CRED_OUTBOUND, &credential, NULL);
    if (status != SEC_E_OK)
        return status;
    leg.credential = credential;
    status = lsa_client_initialize(&leg);
    free(leg.token);
    lsa_client_delete(leg.context);
    lsa_client_release(credential);
    *done = leg;
    return status;
}

static bool told(const struct lsa_status_info *info, const char *what)
{
    for (size_t i = 0; i < info->failures_count; i++)
        if (strcmp(info->failures[i].what, what) == 0)
            return true;
    return false;
}

/* In a child of one of the users, in a session: 0, or which check failed. */
static int ask_why(void *arg)
{
    const WCHAR *package = arg;
    struct lsa_status_info info;
    struct lsa_leg leg;
    int result = 0;

    if (begin(package, u"why", &leg) != SEC_E_TARGET_UNKNOWN)
        return 1;
    if (reason_get()->code != -77 || strcmp(reason_get()->text, "it is nobody\u2019s") != 0)
        return 2;
    /* the next failure has no reason: that of the first is not told again */
    reason_clear();
    if (begin(package, u"refuse", &leg) >= 0 || reason_get()->text[0] || reason_get()->code)
        return 3;
    if (lsa_client_status(&info) != STATUS_SUCCESS)
        return 4;
    if (info.failures_count != 1 || !told(&info, "context with why") ||
        info.failures[0].code != -77 || info.failures[0].status != SEC_E_TARGET_UNKNOWN ||
        info.failures[0].count != 1 || info.failures[0].uid != getuid() ||
        strcmp(info.failures[0].text, "it is nobody\u2019s") != 0)
        result = 5;
    lsa_client_free_status(&info);
    return result;
}

static int see_nothing(void *arg)
{
    struct lsa_status_info info;
    int result;

    (void)arg;
    if (lsa_client_status(&info) != STATUS_SUCCESS)
        return 1;
    result = info.failures_count ? 2 : 0;
    lsa_client_free_status(&info);
    return result;
}

/* From the loop of lsad, and from its threads. */
static void over_the_connection(void **state)
{
    static WCHAR packages[2][8] = {u"NTLM", u"Slow"};
    struct lsa_status_info info;

    (void)state;
    slow_release();
    for (int i = 0; i < 2; i++) {
        LUID luid = session_of("alice", ALICE, getpid());

        assert_int_equal(as_user(ALICE, &luid, ask_why, packages[i]), 0);
        assert_int_equal(as_user(BOB, NULL, see_nothing, NULL), 0);
        assert_int_equal(lsa_client_status(&info), STATUS_SUCCESS); /* as root */
        assert_true(told(&info, "context with why"));
        lsa_client_free_status(&info);
        assert_int_equal(lsa_client_end_session(&luid), STATUS_SUCCESS);
    }
}

/* ---- threads ------------------------------------------------------------------------------- */

static sem_t work_done;
static atomic_uint left_over;

/* What nobody is answered any more: its reason stays in the thread. */
static void fail_late(struct lsad_call *call)
{
    left_over += reason_get()->text[0] != 0;
    reason_set(-78, "alice is locked out");
    free(call);
    sem_post(&work_done);
}

static void threads(void **state)
{
    (void)state;
    assert_int_equal(sem_init(&work_done, 0, 0), 0);
    for (uid_t uid = 1; uid <= 4 * TEST_THREADS; uid++) {
        struct lsad_call *call = calloc(1, sizeof(*call));

        assert_non_null(call);
        call->run = fail_late;
        call->charged = user_get(uid);
        assert_true(pool_submit(call));
        sem_wait(&work_done);
    }
    assert_int_equal(left_over, 0);
}

/* ---- size ---------------------------------------------------------------------------------- */

static int take_large(void *arg)
{
    struct lsa_leg leg = {.packed = NULL};
    int result = 0;

    (void)arg;
    if (begin(u"Slow", u"large", &leg) != SEC_E_OK)
        return 1;
    if (leg.packed_size != TEST_LARGE_CONTEXT || !leg.packed ||
        ((uint8_t *)leg.packed)[TEST_LARGE_CONTEXT - 1] != 0x5a)
        result = 2;
    secret_free(leg.packed);
    return result;
}

static void large_context(void **state)
{
    LUID luid = session_of("alice", ALICE, getpid());

    (void)state;
    slow_release();
    assert_int_equal(as_user(ALICE, &luid, take_large, NULL), 0);
    assert_int_equal(lsa_client_end_session(&luid), STATUS_SUCCESS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(over_the_connection),
        cmocka_unit_test(threads),
        cmocka_unit_test(large_context),
        cmocka_unit_test(table),
    };

    return cmocka_run_group_tests(tests, server_setup, server_teardown);
}
