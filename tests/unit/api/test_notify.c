/*
 * Threads and notifications that a package asks the LSA for.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <semaphore.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include <ntstatus.h>
#include "libsspi/lsa/host.h"
#include "tests/unit/api/fake.h"

static int start(void **state)
{
    static const struct lsa_host_config config = {.in_lsa = true};

    (void)state;
    return lsa_host_start(&config) == STATUS_SUCCESS ? 0 : -1;
}

static int stop(void **state)
{
    (void)state;
    lsa_host_stop();
    return 0;
}

static sem_t called;
static atomic_int calls;
static pthread_t caller;

static DWORD NTAPI count(LPVOID parameter)
{
    caller = pthread_self();
    calls += (int)(intptr_t)parameter;
    sem_post(&called);
    return 0;
}

static bool wait_call(int ms)
{
    struct timespec t;

    clock_gettime(CLOCK_REALTIME, &t);
    t.tv_sec += ms / 1000;
    t.tv_nsec += (long)(ms % 1000) * 1000000;
    if (t.tv_nsec >= 1000000000) {
        t.tv_sec++;
        t.tv_nsec -= 1000000000;
    }
    return sem_timedwait(&called, &t) == 0;
}

static void test_create_thread(void **state)
{
    ULONG id = 0;

    (void)state;
    sem_init(&called, 0, 0);
    calls = 0;
    assert_non_null(fake_lsa_functions->CreateThread(NULL, 0, count, (PVOID)3, 0, &id));
    assert_true(wait_call(5000));
    assert_int_equal(calls, 3);
    assert_int_not_equal(id, 0);
    assert_int_not_equal(id, (ULONG)gettid());
    assert_null(fake_lsa_functions->CreateThread(NULL, 0, NULL, NULL, 0, NULL));
    assert_null(
        fake_lsa_functions->CreateThread(NULL, 0, count, NULL, 4 /* CREATE_SUSPENDED */, NULL));
}

static void test_notifications(void **state)
{
    HANDLE interval, event, once;
    uint64_t one = 1;
    int fd = eventfd(0, EFD_CLOEXEC);

    (void)state;
    sem_init(&called, 0, 0);
    calls = 0;
    event = fake_lsa_functions->RegisterNotification(count, (PVOID)1, NOTIFIER_TYPE_HANDLE_WAIT, 0,
                                                     0, 0, (HANDLE)(intptr_t)fd);
    assert_non_null(event);
    assert_false(wait_call(50));
    assert_int_equal(write(fd, &one, sizeof(one)), sizeof(one));
    assert_true(wait_call(5000));
    assert_false(wait_call(50)); /* the event was reset */
    assert_int_equal(write(fd, &one, sizeof(one)), sizeof(one));
    assert_true(wait_call(5000));
    assert_int_equal(fake_lsa_functions->CancelNotification(event), STATUS_SUCCESS);
    assert_int_equal(fake_lsa_functions->CancelNotification(event), STATUS_INVALID_HANDLE);
    assert_int_equal(write(fd, &one, sizeof(one)), sizeof(one));
    assert_false(wait_call(50));

    interval = fake_lsa_functions->RegisterNotification(count, (PVOID)100, NOTIFIER_TYPE_INTERVAL,
                                                        0, NOTIFIER_FLAG_SECONDS, 1, NULL);
    assert_non_null(interval);
    assert_true(wait_call(5000));
    assert_true(wait_call(5000));
    assert_int_equal(fake_lsa_functions->CancelNotification(interval), STATUS_SUCCESS);
    assert_int_equal(calls, 202);

    once = fake_lsa_functions->RegisterNotification(count, (PVOID)1000, NOTIFIER_TYPE_IMMEDIATE, 0,
                                                    0, 0, NULL);
    assert_non_null(once);
    assert_true(wait_call(5000));
    assert_int_equal(fake_lsa_functions->CancelNotification(once), STATUS_INVALID_HANDLE);
    assert_int_equal(calls, 1202);

    once = fake_lsa_functions->RegisterNotification(
        count, (PVOID)1, NOTIFIER_TYPE_HANDLE_WAIT, 0,
        NOTIFIER_FLAG_NEW_THREAD | NOTIFIER_FLAG_ONE_SHOT, 0, (HANDLE)(intptr_t)fd);
    assert_non_null(once); /* the event is still signalled */
    assert_true(wait_call(5000));
    assert_int_equal(write(fd, &one, sizeof(one)), sizeof(one));
    assert_false(wait_call(50));

    assert_null(fake_lsa_functions->RegisterNotification(count, NULL, NOTIFIER_TYPE_INTERVAL, 0, 0,
                                                         0, NULL));
    assert_null(fake_lsa_functions->RegisterNotification(count, NULL, NOTIFIER_TYPE_HANDLE_WAIT, 0,
                                                         0, 0, NULL));
    assert_null(fake_lsa_functions->RegisterNotification(NULL, NULL, NOTIFIER_TYPE_IMMEDIATE, 0, 0,
                                                         0, NULL));
    assert_null(fake_lsa_functions->RegisterNotification(count, NULL, NOTIFIER_TYPE_NOTIFY_EVENT,
                                                         NOTIFY_CLASS_ROLE_CHANGE, 0, 0, NULL));
    assert_null(fake_lsa_functions->RegisterNotification(count, NULL, 77, 0, 0, 1, NULL));
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_create_thread, start, stop),
        cmocka_unit_test_setup_teardown(test_notifications, start, stop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
