/* The tests that hold for every way base/secret serves memory. */
#ifndef CREDMGR_TESTS_UNIT_BASE_SECRET_COMMON_H
#define CREDMGR_TESTS_UNIT_BASE_SECRET_COMMON_H

#include "tests/unit/base/test.h"
#include "base/secret.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void zeroed_and_aligned(void **state)
{
    static const size_t sizes[] = {0, 1, 16, 31, 32, 33, 4096, 32767, 32768, 32769, 70000};

    (void)state;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        uint8_t *p = secret_alloc(sizes[i]);

        assert_non_null(p);
        assert_int_equal((uintptr_t)p % 16, 0);
        assert_int_equal(secret_size(p), sizes[i]);
        for (size_t at = 0; at < sizes[i]; at++)
            assert_int_equal(p[at], 0);
        memset(p, 1, sizes[i]);
        secret_free(p);
    }
    secret_free(NULL);
}

static void too_much_is_an_error(void **state)
{
    (void)state;
    errno = 0;
    assert_null(secret_alloc(SIZE_MAX - 10));
    assert_int_equal(errno, ENOMEM);
}

static void copies(void **state)
{
    char *p = secret_dup("geheim", 7), *empty = secret_dup(NULL, 0);

    (void)state;
    assert_string_equal(p, "geheim");
    assert_non_null(empty);
    errno = 4711;
    secret_free(p);
    secret_free(empty);
    assert_int_equal(errno, 4711);
}

static int some_variable;

static void knows_its_own(void **state)
{
    char *p = secret_alloc(100), *large = secret_alloc(100000), *heap = malloc(100);
    char on_stack;

    (void)state;
    assert_true(secret_owns(p));
    assert_true(secret_owns(p + 50));
    assert_true(secret_owns(large + 99999));
    assert_false(secret_owns(heap));
    assert_false(secret_owns(&on_stack));
    assert_false(secret_owns(&some_variable));
    assert_false(secret_owns("text"));
    assert_false(secret_owns(NULL));
    secret_free(p);
    secret_free(large);
    free(heap);
}

static void compares_and_wipes(void **state)
{
    char a[] = "0123456789", b[] = "0123456789";

    (void)state;
    assert_true(secret_equal(a, b, sizeof(a)));
    b[9] = 'x';
    assert_false(secret_equal(a, b, sizeof(a)));
    assert_true(secret_equal(a, b, 9));
    assert_true(secret_equal(a, b, 0));
    secret_wipe(a, sizeof(a));
    for (size_t i = 0; i < sizeof(a); i++)
        assert_int_equal(a[i], 0);
    secret_wipe(NULL, 0);
}

static void random_differs(void **state)
{
    uint8_t a[600] = {0}, b[600] = {0};

    (void)state;
    assert_true(secret_random(a, sizeof(a)));
    assert_true(secret_random(b, sizeof(b)));
    assert_memory_not_equal(a, b, sizeof(a));
    assert_true(secret_random(a, 0));
}

/* cmocka's assertions are for the main thread; a thread counts its troubles. */
static atomic_int thread_troubles;

static void *worker(void *arg)
{
    unsigned seed = (unsigned)(uintptr_t)arg;

    for (int i = 0; i < 20000; i++) {
        size_t size = (seed = seed * 1103515245 + 12345) >> 16 & 0x1ff;
        uint8_t *p = secret_alloc(size), *q = secret_alloc(16);

        for (size_t at = 0; p && at < size; at++)
            if (p[at])
                thread_troubles++;
        if (!p || !q || secret_size(p) != size)
            thread_troubles++;
        memset(p, (int)seed | 1, size);
        secret_free(p);
        secret_free(q);
    }
    return NULL;
}

static void many_threads_and_forks(void **state)
{
    pthread_t threads[4];
    int status;

    (void)state;
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, worker, (void *)(i + 1)), 0);
    for (int i = 0; i < 20; i++) { /* while the threads hold the lock, now and then */
        pid_t pid = fork();

        assert_true(pid >= 0);
        if (pid == 0) {
            void *p;

            alarm(20);
            p = secret_alloc(10);
            secret_free(p);
            _exit(p ? 0 : 1);
        }
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), 0);
    }
    for (size_t i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(thread_troubles, 0);
}

/* For the one group of a program: each TAP stream has one plan. */
#define SECRET_TESTS                                                                               \
    cmocka_unit_test(zeroed_and_aligned), cmocka_unit_test(too_much_is_an_error),                  \
        cmocka_unit_test(copies), cmocka_unit_test(knows_its_own),                                 \
        cmocka_unit_test(compares_and_wipes), cmocka_unit_test(random_differs),                    \
        cmocka_unit_test(many_threads_and_forks)

#endif
