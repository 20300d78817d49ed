/*
 * The handle table alone: what a handle refuses, and that an object dies exactly once, after the
 * last call has left it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libsspi/api/handles.h"

struct object {
    atomic_int destroyed;
    atomic_int users;
    atomic_int used_dead;
};

static void destroy(void *arg)
{
    struct object *o = arg;

    if (o->users != 0)
        o->used_dead++;
    o->destroyed++;
}

static int start(void **state)
{
    (void)state;
    return handles_start() ? 0 : -1;
}

static void test_lifetime(void **state)
{
    struct object o = {0};
    SecHandle h, copy;

    (void)state;
    assert_true(handle_open(HANDLE_CREDENTIAL, &o, destroy, &h));
    assert_true(SecIsValidHandle(&h));
    assert_ptr_equal(handle_acquire(HANDLE_CREDENTIAL, &h), &o);
    copy = h;
    assert_true(handle_close(HANDLE_CREDENTIAL, &h));
    assert_int_equal(o.destroyed, 0); /* a call is still inside */
    assert_null(handle_acquire(HANDLE_CREDENTIAL, &h));
    assert_false(handle_close(HANDLE_CREDENTIAL, &h));
    handle_release(&copy);
    assert_int_equal(o.destroyed, 1);
    assert_null(handle_acquire(HANDLE_CREDENTIAL, &h));
    assert_false(handle_close(HANDLE_CREDENTIAL, &h));
    assert_int_equal(o.destroyed, 1);
}

static void test_wrong_kind(void **state)
{
    struct object o = {0};
    SecHandle h;

    (void)state;
    assert_true(handle_open(HANDLE_CREDENTIAL, &o, destroy, &h));
    assert_null(handle_acquire(HANDLE_CONTEXT, &h));
    assert_false(handle_close(HANDLE_CONTEXT, &h));
    assert_null(handle_acquire(HANDLE_LSA, &h));
    assert_true(handle_close(HANDLE_CREDENTIAL, &h));
    assert_int_equal(o.destroyed, 1);
}

/* Numbers that no handle is: none may be followed, whatever they look like. */
static void test_foreign(void **state)
{
    struct object o = {0};
    SecHandle h, bad;
    uint64_t random = 0x9e3779b97f4a7c15ull;
    int i;

    (void)state;
    assert_true(handle_open(HANDLE_CONTEXT, &o, destroy, &h));
    assert_null(handle_acquire(HANDLE_CONTEXT, NULL));
    memset(&bad, 0, sizeof(bad));
    assert_null(handle_acquire(HANDLE_CONTEXT, &bad));
    SecInvalidateHandle(&bad);
    assert_null(handle_acquire(HANDLE_CONTEXT, &bad));
    for (i = 0; i < 64; i++) { /* every single bit matters */
        bad = h;
        bad.dwLower ^= (ULONG_PTR)1 << i;
        assert_null(handle_acquire(HANDLE_CONTEXT, &bad));
        assert_false(handle_close(HANDLE_CONTEXT, &bad));
        bad = h;
        bad.dwUpper ^= (ULONG_PTR)1 << i;
        assert_null(handle_acquire(HANDLE_CONTEXT, &bad));
        assert_false(handle_close(HANDLE_CONTEXT, &bad));
    }
    for (i = 0; i < 100000; i++) {
        random = random * 6364136223846793005ull + 1442695040888963407ull;
        bad.dwLower = random;
        bad.dwUpper = i % 2 ? random >> 40 : random;
        assert_null(handle_acquire(HANDLE_CONTEXT, &bad));
        assert_false(handle_close(HANDLE_CONTEXT, &bad));
    }
    assert_true(handle_close(HANDLE_CONTEXT, &h));
}

/* A slot used again gives another number, so the old one stays refused. */
static void test_reuse(void **state)
{
    struct object o = {0};
    SecHandle old[1000], h;
    int i, j;

    (void)state;
    for (i = 0; i < 1000; i++) {
        assert_true(handle_open(i % 3 ? HANDLE_CONTEXT : HANDLE_CREDENTIAL, &o, destroy, &old[i]));
        assert_true(handle_close(i % 3 ? HANDLE_CONTEXT : HANDLE_CREDENTIAL, &old[i]));
    }
    assert_int_equal(o.destroyed, 1000);
    assert_true(handle_open(HANDLE_CONTEXT, &o, destroy, &h));
    for (j = 0; j < 1000; j++) {
        assert_null(handle_acquire(HANDLE_CONTEXT, &old[j]));
        assert_null(handle_acquire(HANDLE_CREDENTIAL, &old[j]));
        assert_false(handle_close(HANDLE_CONTEXT, &old[j]));
    }
    assert_ptr_equal(handle_acquire(HANDLE_CONTEXT, &h), &o);
    handle_release(&h);
    assert_true(handle_close(HANDLE_CONTEXT, &h));
}

static void test_many(void **state)
{
    static SecHandle h[5000];
    static struct object o[5000];
    int i;

    (void)state;
    for (i = 0; i < 5000; i++)
        assert_true(handle_open(HANDLE_CONTEXT, &o[i], destroy, &h[i]));
    for (i = 0; i < 5000; i++) {
        assert_ptr_equal(handle_acquire(HANDLE_CONTEXT, &h[i]), &o[i]);
        handle_release(&h[i]);
    }
    for (i = 0; i < 5000; i++)
        assert_true(handle_close(HANDLE_CONTEXT, &h[i]));
    for (i = 0; i < 5000; i++)
        assert_int_equal(o[i].destroyed, 1);
}

static void test_packed(void **state)
{
    struct object o = {0};
    SecHandle h, back;
    HANDLE packed;

    (void)state;
    assert_true(handle_open(HANDLE_LSA, &o, destroy, &h));
    packed = handle_pack(&h);
    assert_non_null(packed);
    back = handle_unpack(packed);
    assert_memory_equal(&back, &h, sizeof(h));
    back = handle_unpack((HANDLE)((uintptr_t)packed + 1));
    assert_null(handle_acquire(HANDLE_LSA, &back));
    back = handle_unpack(NULL);
    assert_null(handle_acquire(HANDLE_LSA, &back));
    assert_true(handle_close(HANDLE_LSA, &h));
    back = handle_unpack(packed);
    assert_null(handle_acquire(HANDLE_LSA, &back));
}

/* In the child the parent's handles are nothing, its own work, and the parent notices nothing of
 * either. */
static void test_fork(void **state)
{
    struct object o = {0};
    SecHandle h, own;
    int status;
    pid_t pid;

    (void)state;
    assert_true(handle_open(HANDLE_CREDENTIAL, &o, destroy, &h));
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        if (handle_acquire(HANDLE_CREDENTIAL, &h) || handle_close(HANDLE_CREDENTIAL, &h))
            _exit(1);
        if (!handle_open(HANDLE_CREDENTIAL, &o, destroy, &own))
            _exit(2);
        if (handle_acquire(HANDLE_CREDENTIAL, &own) != &o)
            _exit(3);
        handle_release(&own);
        if (!handle_close(HANDLE_CREDENTIAL, &own) || o.destroyed != 1)
            _exit(4);
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_ptr_equal(handle_acquire(HANDLE_CREDENTIAL, &h), &o);
    handle_release(&h);
    assert_true(handle_close(HANDLE_CREDENTIAL, &h));
    assert_int_equal(o.destroyed, 1);
}

/* ---- threads ---- */

#define ROUNDS  20000
#define THREADS 4

static struct object shared[ROUNDS];
static SecHandle published[ROUNDS];
static atomic_int made, closed, acquired;

static void *use_and_close(void *arg)
{
    int i;

    for (i = 0; i < ROUNDS; i++) {
        struct object *o;
        SecHandle h;

        while (atomic_load_explicit(&made, memory_order_acquire) <= i)
            ;
        h = published[i];
        o = handle_acquire(HANDLE_CONTEXT, &h);
        if (o) {
            o->users++;
            if (o->destroyed)
                o->used_dead++;
            acquired++;
            o->users--;
            handle_release(&h);
        }
        if ((uintptr_t)arg == (uintptr_t)i % THREADS && handle_close(HANDLE_CONTEXT, &h))
            closed++;
        else if (handle_close(HANDLE_CONTEXT, &h))
            closed++;
    }
    return NULL;
}

static void test_threads(void **state)
{
    pthread_t threads[THREADS];
    uintptr_t t;
    int i;

    (void)state;
    for (t = 0; t < THREADS; t++)
        assert_int_equal(pthread_create(&threads[t], NULL, use_and_close, (void *)t), 0);
    for (i = 0; i < ROUNDS; i++) {
        assert_true(handle_open(HANDLE_CONTEXT, &shared[i], destroy, &published[i]));
        atomic_store_explicit(&made, i + 1, memory_order_release);
    }
    for (t = 0; t < THREADS; t++)
        pthread_join(threads[t], NULL);
    assert_int_equal(closed, ROUNDS); /* each handle was closed by exactly one of them */
    for (i = 0; i < ROUNDS; i++) {
        assert_int_equal(shared[i].destroyed, 1);
        assert_int_equal(shared[i].used_dead, 0);
    }
    assert_true(acquired > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lifetime), cmocka_unit_test(test_wrong_kind),
        cmocka_unit_test(test_foreign),  cmocka_unit_test(test_reuse),
        cmocka_unit_test(test_many),     cmocka_unit_test(test_packed),
        cmocka_unit_test(test_fork),     cmocka_unit_test(test_threads),
    };

    return cmocka_run_group_tests(tests, start, NULL);
}
