/* A password typed again: whose session, who is asked, and what guessing costs. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <ntstatus.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lsad/lane.h"
#include "tests/unit/lsa/server.h"

/* Wrong passwords are remembered: each test has a person of its own. */
static uid_t uid = 54100;

static int64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static bool same(const LUID *a, const LUID *b)
{
    return a->LowPart == b->LowPart && a->HighPart == b->HighPart;
}

static int prepare(void **state)
{
    (void)state;
    uid++;
    slow_release();
    unlocking.kdc = KDC_UP;
    unlocking.kdc_password = "right";
    unlocking.held = "held";
    unlocking.kdc_asked = unlocking.held_asked = 0;
    seen.accepted = 0;
    memset(seen.password, 0, sizeof(seen.password));
    return 0;
}

/* ---- in the person's process --------------------------------------------------------------- */

/* What is asked, and the answer; in memory that the child shares with the test. */
static struct
try {
    LUID luid;
    const char *user, *password;
    volatile NTSTATUS status;
    volatile LUID refreshed;
    volatile int64_t took;
}
*try;

static int unlock_body(void *arg)
{
    LUID luid = try->luid;
    int64_t begin = now_ms();

    (void)arg;
    try->status = lsa_client_unlock(&luid, try->user, try->password);
    try->took = now_ms() - begin;
    try->refreshed = luid;
    return 0;
}

static NTSTATUS unlock_as(uid_t who, const LUID *key, const LUID *named, const char *user,
                          const char *password)
{
    *try = (struct try){.luid = named ? *named : (LUID){0}, .user = user, .password = password};
    assert_int_equal(as_user(who, key, unlock_body, NULL), 0);
    return try->status;
}

static NTSTATUS unlock(const LUID *key, const char *password)
{
    return unlock_as(uid, key, NULL, "alice", password);
}

static void end(const LUID *luid)
{
    int before = seen.terminated;

    assert_int_equal(lsa_client_end_session(luid), STATUS_SUCCESS);
    assert_true(becomes(&seen.terminated, before + 2));
}

/* ---- whose --------------------------------------------------------------------------------- */

static void own_session_only(void **state)
{
    LUID one = session_of("alice", uid, getpid()), two = session_of("alice", uid, getpid()),
         nobody = {77, 77};

    (void)state;
    assert_int_equal(unlock(&one, "right"), STATUS_SUCCESS);
    assert_true(same((const LUID *)&try->refreshed, &one));
    assert_true(same(&unlocking.luid, &one));
    assert_true(same(&unlocking.frame.client.LogonId, &one));
    assert_false(unlocking.frame.client.HasTcbPrivilege);
    assert_int_equal(unlocking.frame.uid, uid);
    assert_string_equal(unlocking.user, "alice@EXAMPLE.COM");
    /* the others get it as a changed password, with the names of the session */
    assert_int_equal(seen.accepted, 1);
    assert_string_equal(seen.password, "right");
    assert_string_equal(seen.downlevel, "alice");
    assert_string_equal(seen.domain, "EXAMPLE.COM");
    assert_int_equal(seen.flags, PRIMARY_CRED_CLEAR_PASSWORD | PRIMARY_CRED_UPDATE);
    assert_true(same(&seen.accept.client.LogonId, &one));
    /* it may be named, another may not: not even one's own other one */
    assert_int_equal(unlock_as(uid, &two, &two, "alice", "right"), STATUS_SUCCESS);
    assert_true(same((const LUID *)&try->refreshed, &two));
    assert_int_equal(unlock_as(uid, &two, &one, "alice", "right"), STATUS_PRIVILEGE_NOT_HELD);
    assert_int_equal(unlock_as(uid, &two, &nobody, "alice", "right"), STATUS_PRIVILEGE_NOT_HELD);
    /* of another uid */
    assert_int_equal(unlock_as(uid + 1000, &one, NULL, "alice", "right"),
                     STATUS_NO_SUCH_LOGON_SESSION);
    assert_int_equal(unlock_as(uid + 1000, &one, &one, "alice", "right"),
                     STATUS_NO_SUCH_LOGON_SESSION);
    assert_int_equal(unlock_as(uid + 1000, NULL, &one, "alice", "right"),
                     STATUS_NO_SUCH_LOGON_SESSION);
    /* of nobody */
    assert_int_equal(unlock_as(uid, &nobody, NULL, "alice", "right"), STATUS_NO_SUCH_LOGON_SESSION);
    assert_int_equal(unlock_as(uid, NULL, NULL, "alice", "right"), STATUS_NO_SUCH_LOGON_SESSION);
    assert_int_equal(seen.accepted, 2);
    end(&one);
    assert_int_equal(unlock(&one, "right"), STATUS_NO_SUCH_LOGON_SESSION);
    end(&two);
}

/* The names of one person; who it is verified for is the session's own in any case. */
static void names(void **state)
{
    LUID luid = session_of("alice", uid, getpid());
    char longest[LSA_TEXT_MAX + 2];

    (void)state;
    assert_int_equal(unlock_as(uid, &luid, NULL, "EXAMPLE\\alice", "right"), STATUS_SUCCESS);
    assert_int_equal(unlock_as(uid, &luid, NULL, "alice@EXAMPLE.COM", "right"), STATUS_SUCCESS);
    assert_string_equal(unlocking.user, "alice@EXAMPLE.COM");
    assert_int_equal(unlocking.kdc_asked, 2);
    assert_int_equal(unlock_as(uid, &luid, NULL, "bob", "right"), STATUS_NO_SUCH_LOGON_SESSION);
    assert_int_equal(unlock_as(uid, &luid, NULL, "alic", "right"), STATUS_NO_SUCH_LOGON_SESSION);
    assert_int_equal(unlock_as(uid, &luid, NULL, "@", "right"), STATUS_NO_SUCH_LOGON_SESSION);
    assert_int_equal(unlock_as(uid, &luid, NULL, "", "right"), STATUS_INVALID_PARAMETER);
    assert_int_equal(unlock_as(uid, &luid, NULL, "alice", ""), STATUS_INVALID_PARAMETER);
    memset(longest, 'x', sizeof(longest));
    longest[LSA_TEXT_MAX + 1] = 0;
    assert_int_equal(unlock_as(uid, &luid, NULL, "alice", longest), STATUS_INVALID_PARAMETER);
    assert_int_equal(unlock_as(uid, &luid, NULL, longest, "right"), STATUS_INVALID_PARAMETER);
    assert_int_equal(unlock_as(uid, &luid, NULL, "alice", "\xff\xfe"), STATUS_INVALID_PARAMETER);
    assert_int_equal(unlocking.kdc_asked, 2);
    longest[LSA_TEXT_MAX] = 0;
    assert_int_equal(unlock_as(uid, &luid, NULL, "alice", longest), STATUS_LOGON_FAILURE);
    end(&luid);
}

static void root_is_believed(void **state)
{
    LUID luid = session_of("alice", uid, getpid()), nobody = {77, 77}, named = luid;

    (void)state;
    assert_int_equal(lsa_client_unlock(&named, "alice", "whatever"), STATUS_SUCCESS);
    assert_true(same(&named, &luid));
    assert_int_equal(unlocking.kdc_asked + unlocking.held_asked, 0);
    assert_string_equal(seen.password, "whatever");
    assert_int_equal(seen.flags, PRIMARY_CRED_CLEAR_PASSWORD | PRIMARY_CRED_UPDATE);
    assert_int_equal(lsa_client_unlock(&named, "bob", "whatever"), STATUS_NO_SUCH_LOGON_SESSION);
    assert_int_equal(lsa_client_unlock(&nobody, "alice", "whatever"), STATUS_NO_SUCH_LOGON_SESSION);
    named = (LUID){0}; /* root has no session of its own here */
    assert_int_equal(lsa_client_unlock(&named, "alice", "whatever"), STATUS_NO_SUCH_LOGON_SESSION);
    assert_int_equal(seen.accepted, 1);
    end(&luid);
    luid = session_of("root", 0, getpid());
    assert_int_equal(unlock_as(0, &luid, NULL, "root", "secret"), STATUS_SUCCESS);
    assert_true(same((const LUID *)&try->refreshed, &luid));
    end(&luid);
}

/* ---- who is asked -------------------------------------------------------------------------- */

/* A person without a wrong password so far, so that nothing waits. */
static NTSTATUS once(const char *password)
{
    LUID luid;
    NTSTATUS status;

    uid++;
    seen.accepted = 0;
    luid = session_of("alice", uid, getpid());
    status = unlock(&luid, password);
    assert_in_range(try->took, 0, 3000);
    end(&luid);
    return status;
}

static void whose_word_counts(void **state)
{
    (void)state;
    assert_int_equal(once("right"), STATUS_SUCCESS);
    assert_int_equal(seen.accepted, 1);
    assert_int_equal(unlocking.held_asked, 0);
    /* the KDC's no counts, though the session holds that very password */
    assert_int_equal(once("held"), STATUS_LOGON_FAILURE);
    assert_int_equal(seen.accepted, 0);
    assert_int_equal(unlocking.held_asked, 0);
    unlocking.kdc = KDC_REFUSES;
    assert_int_equal(once("held"), STATUS_ACCOUNT_RESTRICTION);
    assert_int_equal(unlocking.held_asked, 0);
    /* nobody there: what the session holds */
    unlocking.kdc = KDC_DOWN;
    assert_int_equal(once("held"), STATUS_SUCCESS);
    assert_int_equal(unlocking.held_asked, 1);
    assert_int_equal(seen.accepted, 0); /* who verified it has it already */
    assert_int_equal(once("right"), STATUS_LOGON_FAILURE);
    assert_int_equal(seen.accepted, 0);
    unlocking.held = NULL;
    assert_int_equal(once("right"), STATUS_NO_LOGON_SERVERS);
    assert_int_equal(seen.accepted, 0);
}

/* A KDC that does not answer: after four seconds what the session holds decides. */
static void kdc_hangs(void **state)
{
    LUID luid = session_of("alice", uid, getpid());

    (void)state;
    unlocking.kdc = KDC_WAITS;
    slow_hold();
    assert_int_equal(unlock(&luid, "held"), STATUS_SUCCESS);
    assert_in_range(try->took, 3500, 5900);
    assert_int_equal(unlock(&luid, "held"), STATUS_SUCCESS);
    assert_in_range(try->took, 3500, 5900);
    assert_int_equal(seen.blocked, 2);
    /* with two that nobody waits for any more, a third is not begun */
    assert_int_equal(unlock(&luid, "held"), STATUS_SUCCESS);
    assert_in_range(try->took, 0, 2000);
    assert_int_equal(unlocking.kdc_asked, 2);
    /* what it says in the end still counts */
    assert_int_equal(seen.accepted, 0);
    unlocking.kdc_password = "held";
    slow_release();
    assert_true(becomes(&seen.accepted, 2));
    assert_string_equal(seen.password, "held");
    assert_int_equal(unlock(&luid, "held"), STATUS_SUCCESS);
    assert_int_equal(unlocking.kdc_asked, 3);
    end(&luid);
}

/* ---- guessing ------------------------------------------------------------------------------ */

static void guessing(void **state)
{
    LUID luid = session_of("alice", uid, getpid()), bob = session_of("bob", uid + 500, getpid());
    pid_t child;
    int status;

    (void)state;
    assert_int_equal(unlock(&luid, "wrong"), STATUS_LOGON_FAILURE);
    assert_in_range(try->took, 0, 900);
    assert_int_equal(unlock(&luid, "wrong"), STATUS_LOGON_FAILURE);
    assert_in_range(try->took, 200, 3000);
    child = fork();
    if (child == 0)
        _exit(unlock(&luid, "wrong") == STATUS_LOGON_FAILURE && try->took > 700 ? 0 : 1);
    usleep(300000);
    /* nobody else waits for that: not another person, not the loop, not root */
    for (int i = 0; i < 3; i++) {
        struct lsa_status_info info;
        int64_t begin = now_ms();

        assert_int_equal(lsa_client_status(&info), STATUS_SUCCESS);
        lsa_client_free_status(&info);
        assert_in_range(now_ms() - begin, 0, 500);
    }
    assert_int_equal(waitpid(child, &status, WNOHANG), 0);
    assert_int_equal(lsa_client_unlock(&(LUID){bob.LowPart, bob.HighPart}, "bob", "x"),
                     STATUS_SUCCESS);
    assert_int_equal(waitpid(child, &status, WNOHANG), 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    /* the fourth waits 4 s and is right: all is forgotten */
    assert_int_equal(unlock(&luid, "right"), STATUS_SUCCESS);
    assert_in_range(try->took, 2000, 5900);
    assert_int_equal(unlock(&luid, "right"), STATUS_SUCCESS);
    assert_in_range(try->took, 0, 900);
    end(&luid);
    end(&bob);
}

/* Another person's call goes on while one is paused, through the same pool. */
static void others_do_not_wait(void **state)
{
    LUID luid = session_of("alice", uid, getpid());
    pid_t child;
    int status;

    (void)state;
    for (int i = 0; i < 2; i++)
        assert_int_equal(unlock(&luid, "wrong"), STATUS_LOGON_FAILURE);
    child = fork();
    if (child == 0)
        _exit(unlock(&luid, "wrong") == STATUS_LOGON_FAILURE ? 0 : 1);
    usleep(200000);
    assert_int_equal(once("right"), STATUS_SUCCESS);
    assert_in_range(try->took, 0, 900);
    uid--;
    assert_int_equal(waitpid(child, &status, WNOHANG), 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    end(&luid);
}

/* ---- many at once -------------------------------------------------------------------------- */

static LUID crowd;

static void send_unlock(int fd, uint32_t id, const char *password)
{
    Lsa__Unlock call = LSA__UNLOCK__INIT;
    Lsa__Request request = LSA__REQUEST__INIT;

    call.user = (char *)(uintptr_t) "alice";
    call.password = (char *)(uintptr_t)password;
    request.call_case = LSA__REQUEST__CALL_UNLOCK;
    request.unlock = &call;
    raw_send(fd, &request, id);
}

/* One is at work, two wait, the others hear at once that they are too many. */
static int many_body(void *arg)
{
    int fd = raw_connect(), answered[8] = {0};
    const int *release = arg;

    raw_hello(fd, lsa_luid_number(&crowd));
    for (uint32_t i = 0; i < 8; i++)
        send_unlock(fd, 10 + i, "right");
    for (uint32_t i = 0; i < 8; i++) {
        struct lsa_arena arena;
        Lsa__Reply *reply;

        if (i == 8 - 1 - LANE_WAITING_MAX && write(*release, "x", 1) != 1)
            return 2;
        if (!raw_receive(fd, &arena, &reply) || reply->id < 10 || reply->id > 17)
            return 3;
        answered[reply->id - 10] = (NTSTATUS)reply->status == STATUS_SUCCESS                  ? 1
                                   : (NTSTATUS)reply->status == STATUS_INSUFFICIENT_RESOURCES ? 2
                                                                                              : 3;
        lsa_arena_close(&arena);
    }
    for (uint32_t i = 0; i < 8; i++)
        if (answered[i] != (i <= LANE_WAITING_MAX ? 1 : 2))
            return 4;
    close(fd);
    return 0;
}

static void many_at_once(void **state)
{
    int pipes[2], status;
    pid_t child;
    char byte;

    (void)state;
    crowd = session_of("alice", uid, getpid());
    unlocking.kdc = KDC_WAITS;
    slow_hold();
    assert_int_equal(pipe(pipes), 0);
    child = fork();
    if (child == 0)
        _exit(as_user(uid, &crowd, many_body, &pipes[1]));
    assert_int_equal(read(pipes[0], &byte, 1), 1);
    assert_true(becomes(&seen.blocked, 1));
    assert_int_equal(unlocking.kdc_asked, 1); /* one at a time */
    slow_release();
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(unlocking.kdc_asked, 1 + LANE_WAITING_MAX);
    close(pipes[0]);
    close(pipes[1]);
    end(&crowd);
}

/* ---- ends ---------------------------------------------------------------------------------- */

/* The client is gone, or the session is, before the KDC has answered. */
static int vanish_body(void *arg)
{
    int fd = raw_connect();

    raw_hello(fd, lsa_luid_number(&crowd));
    for (uint32_t i = 0; i < 3; i++)
        send_unlock(fd, 10 + i, "right");
    (void)arg;
    usleep(200000);
    return 0;
}

static void vanishing(void **state)
{
    LUID other;

    (void)state;
    crowd = session_of("alice", uid, getpid());
    unlocking.kdc = KDC_WAITS;
    slow_hold();
    assert_int_equal(as_user(uid, &crowd, vanish_body, NULL), 0);
    assert_true(becomes(&seen.blocked, 1));
    assert_int_equal(lsa_client_end_session(&crowd), STATUS_SUCCESS);
    slow_release();
    assert_true(becomes(&seen.blocked, 0));
    other = session_of("alice", uid, getpid());
    unlocking.kdc = KDC_UP;
    assert_int_equal(unlock(&other, "right"), STATUS_SUCCESS);
    end(&other);
}

/* lsad ends while some wait for their turn, for a pause and for the KDC. */
static void ending(void **state)
{
    (void)state;
    crowd = session_of("alice", uid, getpid());
    assert_int_equal(unlock(&crowd, "wrong"), STATUS_LOGON_FAILURE);
    assert_int_equal(as_user(uid, &crowd, vanish_body, NULL), 0);
    server_restart();
    uid++;
    crowd = session_of("alice", uid, getpid());
    unlocking.kdc = KDC_WAITS;
    slow_hold();
    assert_int_equal(as_user(uid, &crowd, vanish_body, NULL), 0);
    assert_true(becomes(&seen.blocked, 1));
    server_restart();
    assert_int_equal(once("right"), STATUS_SUCCESS);
}

#define TEST(f) cmocka_unit_test_setup(f, prepare)

int main(void)
{
    try = mmap(NULL, sizeof(*try), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (try == MAP_FAILED)
        return 2;
    const struct CMUnitTest tests[] = {
        TEST(own_session_only), TEST(names),    TEST(root_is_believed),   TEST(whose_word_counts),
        TEST(kdc_hangs),        TEST(guessing), TEST(others_do_not_wait), TEST(many_at_once),
        TEST(vanishing),        TEST(ending),
    };

    return cmocka_run_group_tests(tests, server_setup, server_teardown);
}
