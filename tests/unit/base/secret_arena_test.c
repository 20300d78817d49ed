/*
 * The arenas of base/secret, also under AddressSanitizer, where the library itself serves each
 * secret from the heap: this program has a copy of its own that does not.
 */
#define SECRET_HEAP 0
#include "base/secret.c" /* NOLINT: see above */

#include "tests/unit/base/secret_common.h"

#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>

static size_t count_arenas(void)
{
    size_t n = 0;

    for (struct arena *a = arenas; a; a = a->next)
        n++;
    return n;
}

/* Free memory of an arena is zero: nothing of a secret is left, and alloc need not clear. */
static void freed_memory_is_zero(void **state)
{
    uint8_t *p = secret_alloc(1000);
    const uint8_t *base = (const uint8_t *)((uintptr_t)p & ~(uintptr_t)(ARENA_SIZE - 1));

    (void)state;
    memset(p, 0xaa, 1000);
    secret_free(p);
    for (size_t i = HEADER_SIZE; i < ARENA_SIZE; i++)
        assert_int_equal(base[i], 0);
}

static void arenas_go_when_empty(void **state)
{
    void *p[64];

    (void)state;
    for (size_t i = 0; i < 64; i++)
        assert_non_null(p[i] = secret_alloc(LARGEST));
    assert_true(count_arenas() >= 64); /* the header takes the other half */
    for (size_t i = 0; i < 64; i++)
        secret_free(p[i]);
    assert_int_equal(count_arenas(), 1);
    assert_int_equal(arenas->blocks, 0);
    assert_true(arenas->orders >> (ORDERS - 2) & 1); /* halves have been put together again */
}

static void blocks_do_not_overlap(void **state)
{
    static uint8_t *p[3000];
    static size_t size[3000];
    unsigned seed = 1;

    (void)state;
    for (unsigned round = 0; round < 40000; round++) {
        size_t i = (seed = seed * 1103515245 + 12345) >> 8 & 0xfff;

        if (i >= 3000)
            continue;
        if (p[i]) {
            for (size_t at = 0; at < size[i]; at++)
                assert_int_equal(p[i][at], (uint8_t)i);
            secret_free(p[i]);
            p[i] = NULL;
        } else {
            size[i] = (seed = seed * 1103515245 + 12345) >> 8 & 0x7ff;
            p[i] = secret_alloc(size[i]);
            for (size_t at = 0; at < size[i]; at++)
                assert_int_equal(p[i][at], 0);
            memset(p[i], (int)(uint8_t)i, size[i]);
        }
    }
    for (size_t i = 0; i < 3000; i++)
        secret_free(p[i]);
    assert_int_equal(count_arenas(), 1);
}

/* Pages of an arena say "dd" (do not dump) and, if RLIMIT_MEMLOCK allowed it, "lo" in smaps. */
static void not_in_a_core_dump(void **state)
{
    void *p = secret_alloc(10), *large = secret_alloc(100000);
    void *const blocks[] = {p, large};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        FILE *f = fopen("/proc/self/smaps", "r");
        unsigned long from, to;
        bool inside = false, found = false;
        char line[512];

        assert_non_null(f);
        while (fgets(line, sizeof(line), f)) {
            if (sscanf(line, "%lx-%lx ", &from, &to) == 2)
                inside = from <= (uintptr_t)blocks[i] && (uintptr_t)blocks[i] < to;
            else if (inside && strncmp(line, "VmFlags:", 8) == 0) {
                found = true;
                assert_non_null(strstr(line, " dd"));
            }
        }
        fclose(f);
        assert_true(found);
    }
    secret_free(p);
    secret_free(large);
}

/* In a child: what ends in abort() must not end the test. */
static void aborts_in_child(void (*misuse)(void))
{
    pid_t pid = fork();
    int status;

    assert_true(pid >= 0);
    if (pid == 0) {
        signal(SIGABRT, SIG_DFL);
        misuse();
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGABRT);
}

static void free_twice(void)
{
    void *keep = secret_alloc(10), *p = secret_alloc(10);

    secret_free(p);
    secret_free(p);
    secret_free(keep);
}

static void free_inside(void)
{
    secret_free((char *)secret_alloc(100) + 16);
}

static void misuse_is_noticed(void **state)
{
    (void)state;
    aborts_in_child(free_twice);
    aborts_in_child(free_inside);
}

/* Kilobytes that this process has locked. */
static long locked(void)
{
    FILE *f = fopen("/proc/self/status", "r");
    char line[256];
    long n = -1;

    while (f && fgets(line, sizeof(line), f))
        if (sscanf(line, "VmLck: %ld", &n) == 1)
            break;
    if (f)
        fclose(f);
    return n;
}

/* Locks are not inherited; what was secret in the parent is in the child. */
static void locked_again_after_fork(void **state)
{
    void *small = secret_alloc(32), *large = secret_alloc(100000);
    long before = locked();
    int status;
    pid_t pid;

    (void)state;
    if (before < 160)
        skip(); /* nothing may be locked here */
    pid = fork();
    if (pid == 0) {
        int wrong = locked() != 0;

        wrong |= !secret_lock_again() << 1 | (locked() != before) << 2;
        _exit(wrong);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    secret_free(small);
    secret_free(large);
}

/* A child that becomes somebody else takes nothing along. */
static void wiped_in_a_child(void **state)
{
    static const char secret[] = "nobody else's business";
    char *small = secret_dup(secret, sizeof(secret)), *large = secret_alloc(100000);
    int status;
    pid_t pid;

    (void)state;
    memcpy(large + 99000, secret, sizeof(secret));
    pid = fork();
    if (pid == 0) {
        int wrong;
        char *other;

        secret_wipe_all();
        wrong = strlen(small) != 0 || strlen(large + 99000) != 0;
        other = secret_dup(secret, sizeof(secret)); /* it goes on as before */
        wrong |= (!other || strcmp(other, secret) != 0) << 1;
        wrong |= (secret_size(large) != 100000 || !secret_owns(small)) << 2;
        secret_free(small);
        secret_free(large);
        secret_free(other);
        _exit(wrong);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_string_equal(small, secret); /* the parent's are its own */
    secret_free(small);
    secret_free(large);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(freed_memory_is_zero),    cmocka_unit_test(arenas_go_when_empty),
        cmocka_unit_test(blocks_do_not_overlap),   cmocka_unit_test(not_in_a_core_dump),
        cmocka_unit_test(misuse_is_noticed),       SECRET_TESTS,
        cmocka_unit_test(locked_again_after_fork), cmocka_unit_test(wiped_in_a_child),
    };

    return cmocka_run_group_tests_name("secret_arena", tests, NULL, NULL);
}
