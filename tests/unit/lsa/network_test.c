/*
 * Network logon sessions at lsad: whose they are, who may use and end them, and that nobody else
 * has anything of them.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <ntstatus.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/secret.h"
#include "tests/unit/lsa/anchor.h"
#include "tests/unit/lsa/server.h"

#define ALICE 54001
#define BOB   54002

/* One leg of an acceptor's. The context is deleted. */
static SECURITY_STATUS accept_token(const char *token, LUID *logon, ULONG *attributes)
{
    SecBuffer buffer = {(ULONG)strlen(token), SECBUFFER_TOKEN, (void *)(uintptr_t)token};
    SecBufferDesc input = {SECBUFFER_VERSION, 1, &buffer};
    struct lsa_leg leg = {.input = &input};
    TimeStamp expiry;
    SECURITY_STATUS status =
        lsa_client_acquire(u"NTLM", NULL, SECPKG_CRED_INBOUND, &leg.credential, &expiry);

    if (status != SEC_E_OK)
        return status;
    status = lsa_client_accept(&leg);
    *logon = leg.logon;
    *attributes = leg.attributes;
    free(leg.token);
    secret_free(leg.packed);
    if (leg.context)
        lsa_client_delete(leg.context);
    lsa_client_release(leg.credential);
    return status;
}

static LUID delegate(void)
{
    ULONG attributes = 0;
    LUID logon = {0, 0};

    assert_int_equal(accept_token("delegate", &logon, &attributes), SEC_I_CONTINUE_NEEDED);
    assert_true(attributes & ASC_RET_DELEGATE);
    assert_true(logon.LowPart || logon.HighPart);
    return logon;
}

static SECURITY_STATUS acquire(const LUID *luid)
{
    struct lsa_remote_credential *credential;
    TimeStamp expiry;
    SECURITY_STATUS status =
        lsa_client_acquire_session(u"NTLM", NULL, SECPKG_CRED_OUTBOUND, luid, &credential, &expiry);

    if (status == SEC_E_OK)
        lsa_client_release(credential);
    return status;
}

static int may_acquire(void *luid)
{
    return acquire(luid) == SEC_E_OK ? 0 : acquire(luid) == SEC_E_NOT_OWNER ? 1 : 2;
}

static int may_drop(void *luid)
{
    lsa_client_drop_session(luid); /* no connection, no message */
    (void)acquire(luid);
    lsa_client_drop_session(luid);
    (void)acquire(luid); /* answered after what was sent before */
    return 0;
}

static bool exists(const LUID *luid)
{
    struct lsa_session_info *session;

    if (lsa_client_session(luid, &session) != STATUS_SUCCESS)
        return false;
    assert_string_equal(session->service, "network");
    lsa_client_free_sessions(session, 1);
    return true;
}

static bool ends(const LUID *luid)
{
    for (int i = 0; i < 500 && exists(luid); i++)
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    return !exists(luid);
}

static void test_whose_it_is(void **state)
{
    LUID luid = delegate(), other = {5, 5};

    (void)state;
    assert_true(exists(&luid));
    assert_int_equal(acquire(&luid), SEC_E_OK);
    assert_true(memcmp(&seen.acquire_luid, &luid, sizeof(luid)) == 0);
    assert_int_equal(acquire(&other), SEC_E_NOT_OWNER);
    assert_int_equal(as_user(BOB, NULL, may_acquire, &luid), 1);
    /* whoever is not the process that accepted cannot end it */
    assert_int_equal(as_user(BOB, NULL, may_drop, &luid), 0);
    assert_int_equal(as_user(0, NULL, may_drop, &luid), 0);
    assert_true(exists(&luid));
    lsa_client_drop_session(&luid);
    assert_true(ends(&luid));
    assert_int_equal(acquire(&luid), SEC_E_NOT_OWNER);
    assert_int_equal(anchor_keys(), 0);
}

static int accepts_and_ends(void *arg)
{
    ULONG attributes;
    LUID luid;

    if (accept_token("delegate", &luid, &attributes) != SEC_I_CONTINUE_NEEDED)
        return 1;
    if (may_acquire(&luid) != 0)
        return 2;
    return write(*(int *)arg, &luid, sizeof(luid)) == sizeof(luid) ? 0 : 3;
}

static void test_ends_with_its_process(void **state)
{
    int ends_of_pipe[2];
    LUID luid;

    (void)state;
    assert_int_equal(pipe(ends_of_pipe), 0);
    assert_int_equal(as_user(ALICE, NULL, accepts_and_ends, &ends_of_pipe[1]), 0);
    assert_int_equal(read(ends_of_pipe[0], &luid, sizeof(luid)), sizeof(luid));
    close(ends_of_pipe[0]);
    close(ends_of_pipe[1]);
    assert_true(ends(&luid));
    assert_int_equal(anchor_keys(), 0);
}

static void test_refused(void **state)
{
    ULONG attributes;
    LUID luid;

    (void)state;
    assert_int_equal(accept_token("delegate and refuse", &luid, &attributes), SEC_E_LOGON_DENIED);
    assert_true(luid.LowPart == 0 && luid.HighPart == 0);
    for (int i = 0; i < 500 && anchor_keys() != 0; i++)
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    assert_int_equal(anchor_keys(), 0);
}

/* A password of the uid that accepts is not the client's. */
static void test_no_password_reaches_it(void **state)
{
    LUID luid = delegate(), which = luid;
    int accepted = seen.accepted;

    (void)state;
    assert_int_equal(lsa_client_change_password("root", "D", 0, "old", "new"), STATUS_SUCCESS);
    assert_int_equal(lsa_client_accept_credentials(&luid, "root", "D", "new", NULL),
                     STATUS_NO_SUCH_LOGON_SESSION);
    assert_int_equal(lsa_client_unlock(&which, "", "new"), STATUS_INVALID_PARAMETER);
    which = luid;
    assert_int_equal(lsa_client_unlock(&which, "root", "new"), STATUS_NO_SUCH_LOGON_SESSION);
    assert_int_equal(seen.accepted, accepted);
    lsa_client_drop_session(&luid);
    assert_true(ends(&luid));
}

/* A new lsad finds it again. */
static void test_restart(void **state)
{
    LUID luid = delegate();

    (void)state;
    server_restart();
    assert_int_equal(acquire(&luid), SEC_E_OK);
    assert_int_equal(as_user(BOB, NULL, may_acquire, &luid), 1);
    lsa_client_drop_session(&luid);
    assert_true(ends(&luid));
}

#define SESSIONS 256 /* of one uid */

static void test_bounded(void **state)
{
    LUID luids[SESSIONS], none;
    ULONG attributes;

    (void)state;
    for (int i = 0; i < SESSIONS; i++)
        luids[i] = delegate();
    assert_int_equal(accept_token("delegate", &none, &attributes), SEC_I_CONTINUE_NEEDED);
    assert_false(attributes & ASC_RET_DELEGATE);
    assert_true(none.LowPart == 0 && none.HighPart == 0);
    for (int i = 0; i < SESSIONS; i++)
        lsa_client_drop_session(&luids[i]);
    assert_true(ends(&luids[SESSIONS - 1]));
    assert_int_equal(anchor_keys(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whose_it_is), cmocka_unit_test(test_ends_with_its_process),
        cmocka_unit_test(test_refused),     cmocka_unit_test(test_no_password_reaches_it),
        cmocka_unit_test(test_restart),     cmocka_unit_test(test_bounded),
    };

    return cmocka_run_group_tests(tests, server_setup, server_teardown);
}
