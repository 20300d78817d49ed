/*
 * base/keyring against the kernel's keys: as whoever runs the test and, when that is root, in the
 * clothes of lsad (another user, fsuid 0, no capability), and as somebody who inherits root's user
 * keyring.
 */
#include "tests/unit/base/test.h"
#include "base/keyring_internal.h"
#include "base/secret.h"

#include <errno.h>
#include <keyutils.h>
#include <linux/capability.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define STRANGER 54321u /* a uid that owns nothing here */

/* An ordinary user may have 20,000 bytes of keys and 200 keys, and those that were replaced count
 * until they are collected. */
#define NEEDS_ROOTS_QUOTA()                                                                        \
    do {                                                                                           \
        if (geteuid() != 0)                                                                        \
            skip();                                                                                \
    } while (0)

static char anchor_name[64];
static keyring_serial anchor;

static int set_up(void **state)
{
    (void)state;
    snprintf(anchor_name, sizeof(anchor_name), "lsa-test-base-%d", (int)getpid());
    if (keyring_own_session() < 0)
        return -1;
    anchor = keyring_anchor(anchor_name);
    return anchor < 0 ? -1 : 0;
}

static int tear_down(void **state)
{
    (void)state;
    keyring_destroy(KEY_SPEC_USER_KEYRING, anchor);
    return 0;
}

static void expect_payload(keyring_serial parent, const char *name, const void *data, size_t size)
{
    void *got;
    size_t got_size;

    assert_int_equal(keyring_get(parent, name, &got, &got_size), 0);
    assert_true(secret_owns(got));
    assert_int_equal(got_size, size);
    assert_memory_equal(got, data, size);
    assert_int_equal(((uint8_t *)got)[size], 0);
    secret_free(got);
}

static void expect_missing(keyring_serial parent, const char *name)
{
    void *data = (void *)1;
    size_t size = 1;

    errno = 0;
    assert_int_equal(keyring_get(parent, name, &data, &size), -1);
    assert_int_equal(errno, ENOKEY);
    assert_null(data);
}

static unsigned permissions(keyring_serial key)
{
    char *text;
    unsigned perm = 0;

    if (keyctl_describe_alloc(key, &text) < 0)
        return 0;
    sscanf(text, "%*[^;];%*d;%*d;%x;", &perm);
    free(text);
    return perm;
}

/* The keys linked in a keyring, pieces and all; those that wait for their collection are not
 * described any more. */
static long count_keys(keyring_serial ring)
{
    int32_t list[1024];
    long size = keyctl_read(ring, (char *)list, sizeof(list)), live = 0;
    char text[256];

    for (long i = 0; i < size / 4; i++)
        live += keyctl_describe(list[i], text, sizeof(text)) >= 0;
    return size < 0 ? size : live;
}

static void anchor_is_found_again(void **state)
{
    (void)state;
    assert_int_equal(keyring_anchor(anchor_name), anchor);
    assert_int_equal(permissions(anchor), KEYRING_PERM_OWNER_ONLY);
    assert_int_equal(count_keys(KEY_SPEC_THREAD_KEYRING), 0); /* nothing stays possessed */
}

static void keyrings(void **state)
{
    keyring_serial a = keyring_make(anchor, "a"), b;

    (void)state;
    assert_true(a > 0);
    assert_int_equal(keyring_make(anchor, "a"), a);
    assert_int_equal(keyring_find(anchor, "a"), a);
    b = keyring_make(a, "a"); /* a nested namesake is another keyring */
    assert_true(b > 0);
    assert_int_not_equal(a, b);
    assert_int_equal(keyring_destroy(anchor, a), 0);
    errno = 0;
    assert_int_equal(keyring_find(anchor, "a"), -1);
    assert_int_equal(errno, ENOKEY);
}

static void puts_and_gets(void **state)
{
    keyring_serial key = keyring_put(anchor, "k", "value", 5, 0);

    (void)state;
    assert_true(key > 0);
    assert_int_equal(permissions(key), KEYRING_PERM_OWNER_ONLY);
    expect_payload(anchor, "k", "value", 5);
    assert_true(keyring_put(anchor, "k", "other value", 11, 0) > 0);
    expect_payload(anchor, "k", "other value", 11);
    assert_int_equal(keyring_remove(anchor, "k"), 0);
    assert_int_equal(keyring_remove(anchor, "k"), 0);
    expect_missing(anchor, "k");
    assert_int_equal(count_keys(KEY_SPEC_THREAD_KEYRING), 0);
}

static void all_sizes(void **state)
{
    static const size_t sizes[] = {0,     1,     255,       256,           257,   32766,
                                   32767, 32768, 32767 * 2, 32767 * 2 + 1, 200000};
    uint8_t *data;

    (void)state;
    NEEDS_ROOTS_QUOTA();
    data = malloc(200000);
    for (size_t i = 0; i < 200000; i++)
        data[i] = (uint8_t)(i * 31 >> 3);
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        assert_true(keyring_put(anchor, "sized", data, sizes[i], 0) > 0);
        expect_payload(anchor, "sized", data, sizes[i]);
    }
    /* from many pieces to one key: none of the pieces stays */
    assert_true(keyring_put(anchor, "sized", "x", 1, 0) > 0);
    expect_payload(anchor, "sized", "x", 1);
    assert_int_equal(count_keys(anchor), 1);
    /* a payload that looks like the head of pieces is a payload */
    memcpy(data, "CMpieces\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 24);
    assert_true(keyring_put(anchor, "sized", data, 24, 0) > 0);
    expect_payload(anchor, "sized", data, 24);
    assert_int_equal(keyring_remove(anchor, "sized"), 0);
    assert_int_equal(count_keys(anchor), 0);
    errno = 0;
    assert_int_equal(keyring_put(anchor, "sized", data, (16u << 20) + 1, 0), -1);
    assert_int_equal(errno, EFBIG);
    free(data);
}

static void names_are_checked(void **state)
{
    static const char *const bad[] = {"", "name#0123456789abcdef.1", "#0123456789abcdef.22",
                                      "name#1", "#0"};
    static char longest[5000];

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        errno = 0;
        assert_int_equal(keyring_put(anchor, bad[i], "x", 1, 0), -1);
        assert_int_equal(errno, EINVAL);
        assert_int_equal(keyring_make(anchor, bad[i]), -1);
    }
    memset(longest, 'n', sizeof(longest) - 1);
    assert_int_equal(keyring_put(anchor, longest, "x", 1, 0), -1);
    assert_true(keyring_put(anchor, "a#b", "x", 1, 0) > 0);
    assert_int_equal(keyring_remove(anchor, "a#b"), 0);
}

static void nested_keys_are_not_taken_for_own(void **state)
{
    keyring_serial ring = keyring_make(anchor, "ring");

    (void)state;
    assert_true(keyring_put(ring, "deep", "x", 1, 0) > 0);
    expect_missing(anchor, "deep");
    assert_int_equal(keyring_remove(anchor, "deep"), 0);
    expect_payload(ring, "deep", "x", 1);
    assert_int_equal(keyring_destroy(anchor, ring), 0);
}

static void taken_once(void **state)
{
    void *data;
    size_t size;

    (void)state;
    assert_true(keyring_put(anchor, "once", "x", 1, 0) > 0);
    assert_int_equal(keyring_take(anchor, "once", &data, &size), 0);
    assert_int_equal(size, 1);
    secret_free(data);
    errno = 0;
    assert_int_equal(keyring_take(anchor, "once", &data, &size), -1);
    assert_int_equal(errno, ENOKEY);
    expect_missing(anchor, "once");
}

/* Eight processes take one key at the same moment: one of them gets it. */
static void taken_once_by_many(void **state)
{
    (void)state;
    for (int round = 0; round < 50; round++) {
        int start[2], winners = 0;
        pid_t pids[8];
        char byte;

        assert_int_equal(pipe(start), 0);
        assert_true(keyring_put(anchor, "race", "x", 1, 0) > 0);
        for (size_t i = 0; i < 8; i++) {
            pids[i] = fork();
            assert_true(pids[i] >= 0);
            if (pids[i] == 0) {
                void *data;
                size_t size;

                close(start[1]);
                (void)!read(start[0], &byte, 1);
                _exit(keyring_take(anchor, "race", &data, &size) == 0 ? 1 : 0);
            }
        }
        close(start[0]);
        close(start[1]); /* all are let go at once */
        for (size_t i = 0; i < 8; i++) {
            int status;

            assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
            assert_true(WIFEXITED(status));
            winners += WEXITSTATUS(status);
        }
        assert_int_equal(winners, 1);
    }
}

/* Processes that make one keyring at the same moment all stand in the same. */
static void made_once_by_many(void **state)
{
    (void)state;
    for (int round = 0; round < 30; round++) {
        keyring_serial ring;
        int start[2];
        pid_t pids[6];
        char byte;

        assert_int_equal(pipe(start), 0);
        for (size_t i = 0; i < 6; i++) {
            pids[i] = fork();
            assert_true(pids[i] >= 0);
            if (pids[i] == 0) {
                char name[16];

                close(start[1]);
                (void)!read(start[0], &byte, 1);
                snprintf(name, sizeof(name), "k%zu", i);
                _exit(keyring_put(keyring_make(anchor, "common"), name, "x", 1, 0) < 0);
            }
        }
        close(start[0]);
        close(start[1]);
        for (size_t i = 0; i < 6; i++) {
            int status;

            assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
            assert_int_equal(status, 0);
        }
        ring = keyring_find(anchor, "common");
        assert_int_equal(count_keys(ring), 6);
        assert_int_equal(keyring_destroy(anchor, ring), 0);
    }
}

static void expires(void **state)
{
    void *data;
    size_t size;

    (void)state;
    assert_true(keyring_put(anchor, "brief", "x", 1, 1) > 0);
    expect_payload(anchor, "brief", "x", 1);
    usleep(1100000);
    errno = 0;
    assert_int_equal(keyring_get(anchor, "brief", &data, &size), -1);
    assert_true(errno == EKEYEXPIRED || errno == ENOKEY);
    assert_int_equal(keyring_remove(anchor, "brief"), 0);
    assert_true(keyring_put(anchor, "brief", "y", 1, 0) > 0); /* in the place of an expired one */
    expect_payload(anchor, "brief", "y", 1);
    assert_int_equal(keyring_remove(anchor, "brief"), 0);
}

struct seen {
    char text[256];
    int stop_after;
};

static bool see(const char *type, const char *name, keyring_serial key, void *arg)
{
    struct seen *seen = arg;
    size_t used = strlen(seen->text);

    assert_true(key > 0);
    snprintf(seen->text + used, sizeof(seen->text) - used, "%s:%s ", type, name);
    return --seen->stop_after != 0;
}

static void walks(void **state)
{
    keyring_serial ring = keyring_make(anchor, "walk");
    struct seen seen = {.stop_after = 0};
    static uint8_t large[70000];

    (void)state;
    NEEDS_ROOTS_QUOTA();
    assert_true(keyring_put(ring, "large", large, sizeof(large), 0) > 0);
    assert_true(keyring_put(ring, "semi;colon", "x", 1, 0) > 0);
    assert_true(keyring_make(ring, "nested") > 0);
    assert_int_equal(keyring_each(ring, see, &seen), 0);
    assert_non_null(strstr(seen.text, "user:large "));
    assert_non_null(strstr(seen.text, "user:semi;colon "));
    assert_non_null(strstr(seen.text, "keyring:nested "));
    assert_null(strstr(seen.text, "#"));
    seen = (struct seen){.stop_after = 1};
    assert_int_equal(keyring_each(ring, see, &seen), 0);
    assert_int_equal(strlen(seen.text) - strlen(strchr(seen.text, ' ')), strcspn(seen.text, " "));
    assert_null(strchr(strchr(seen.text, ' ') + 1, ' '));
    assert_int_equal(keyring_destroy(anchor, ring), 0);
    assert_int_equal(keyring_each(ring, see, &seen), -1);
}

static void destroys_all(void **state)
{
    keyring_serial ring = keyring_make(anchor, "doomed"), nested = keyring_make(ring, "inner");
    keyring_serial key = keyring_put(nested, "k", "x", 1, 0);
    char buffer[8];

    (void)state;
    assert_true(key > 0);
    errno = 0;
    assert_int_equal(keyring_destroy(nested, key), -1); /* not a keyring */
    assert_int_equal(errno, ENOTDIR);
    assert_int_equal(keyring_destroy(anchor, ring), 0);
    assert_true(keyctl_read(key, buffer, sizeof(buffer)) < 0);
    assert_true(keyctl_read(nested, buffer, sizeof(buffer)) < 0);
    assert_int_equal(keyring_destroy(anchor, ring), -1);
}

/* The -1 of a call that failed is no keyring, though the kernel would take it for the thread's own.
 */
static void failures_are_no_keyrings(void **state)
{
    void *data;
    size_t size;

    (void)state;
    errno = 0;
    assert_int_equal(keyring_put(-1, "k", "x", 1, 0), -1);
    assert_int_equal(errno, EINVAL);
    assert_int_equal(keyring_make(-1, "k"), -1);
    assert_int_equal(keyring_get(-1, "k", &data, &size), -1);
    assert_int_equal(keyring_find(-1, "k"), -1);
    assert_int_equal(keyring_destroy(anchor, -1), -1);
    assert_int_equal(keyring_each(-1, see, NULL), -1);
}

/* A quarter of root's quota, in keys and in bytes, is left to others. */
static void room(void **state)
{
    static const struct {
        const char *table;
        size_t bytes;
        bool room;
    } cases[] = {
        {"    0:    24 23/23 17/1000000 472972/25000000\n", 262144, true},
        {"    0:    24 23/23 17/1000000 18487856/25000000\n", 262144, true},
        {"    0:    24 23/23 17/1000000 18487857/25000000\n", 262144, false},
        {"    0:    24 23/23 17/1000000 25000000/25000000\n", 0, false},
        {"    0:    24 23/23 17/1000000 26000000/25000000\n", 0, false},
        {"    0:    24 23/23 750001/1000000 1/25000000\n", 1, false},
        {"    0:    24 23/23 17/1000000 1/25000000\n", SIZE_MAX, false},
        {" 1000:     2 2/2 200/200 20000/20000\n    0:  24 23/23 17/99 1/25000000\n", 9, true},
        {" 1000:     2 2/2 2/200 35/20000\n    0:    24 23/23 99/99 1/25000000\n", 9, false},
        {" 1000:     2 2/2 200/200 20000/20000\n", 9, true},
        {"something else\n", 9, true},
    };
    const char *before = keyring_users_file;
    char path[] = "/tmp/key-users.XXXXXX";
    int fd = mkstemp(path);

    (void)state;
    assert_true(fd >= 0);
    assert_true(keyring_has_room(0) || geteuid() != 0); /* as the kernel writes it */
    keyring_users_file = path;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(ftruncate(fd, 0), 0);
        assert_int_equal(pwrite(fd, cases[i].table, strlen(cases[i].table), 0),
                         strlen(cases[i].table));
        assert_int_equal(keyring_has_room(cases[i].bytes), cases[i].room);
    }
    close(fd);
    unlink(path);
    assert_true(keyring_has_room(1));
    keyring_users_file = before;
}

static void owners(void **state)
{
    uid_t uid = 4711;

    (void)state;
    assert_int_equal(keyring_owner(anchor, &uid), 0);
    assert_int_equal(uid, geteuid());
    assert_int_equal(keyring_owner(0x7ffffff0, &uid), -1);
}

/* Threads that write the same name into different keyrings must not meet. */
static void *put_in_a_loop(void *arg)
{
    keyring_serial ring = *(keyring_serial *)arg;
    uintptr_t wrong = 0;

    for (int i = 0; i < 300; i++) {
        void *data;
        size_t size;
        char text[16];

        snprintf(text, sizeof(text), "%d", ring);
        if (keyring_put(ring, "same", text, strlen(text), 0) < 0 ||
            keyring_get(ring, "same", &data, &size) < 0) {
            wrong++;
            continue;
        }
        wrong += size != strlen(text) || memcmp(data, text, size) != 0;
        secret_free(data);
    }
    return (void *)wrong;
}

static void threads_do_not_meet(void **state)
{
    keyring_serial rings[4];
    pthread_t threads[4];

    (void)state;
    NEEDS_ROOTS_QUOTA();
    for (size_t i = 0; i < 4; i++) {
        char name[16];

        snprintf(name, sizeof(name), "thread%zu", i);
        rings[i] = keyring_make(anchor, name);
        assert_int_equal(pthread_create(&threads[i], NULL, put_in_a_loop, &rings[i]), 0);
    }
    for (size_t i = 0; i < 4; i++) {
        void *wrong;

        pthread_join(threads[i], &wrong);
        assert_null(wrong);
        assert_int_equal(keyring_destroy(anchor, rings[i]), 0);
    }
}

/* A reader sees the old or the new value, never a mixture, while a large one is replaced. */
static void replaced_whole(void **state)
{
    static uint8_t old[90000], new[90000];
    int status, mixed = 0, missing = 0;
    pid_t pid;

    (void)state;
    NEEDS_ROOTS_QUOTA();
    memset(old, 'o', sizeof(old));
    memset(new, 'n', sizeof(new));
    assert_true(keyring_put(anchor, "whole", old, sizeof(old), 0) > 0);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        for (int i = 0; i < 100; i++)
            keyring_put(anchor, "whole", i % 2 ? old : new, sizeof(old), 0);
        _exit(0);
    }
    while (waitpid(pid, &status, WNOHANG) == 0) {
        void *data;
        size_t size;

        if (keyring_get(anchor, "whole", &data, &size) < 0) {
            missing++; /* there is a value at any time */
            continue;
        }
        mixed +=
            size != sizeof(old) || (memcmp(data, old, size) != 0 && memcmp(data, new, size) != 0);
        secret_free(data);
    }
    assert_int_equal(mixed, 0);
    assert_int_equal(missing, 0);
    expect_payload(anchor, "whole", old, sizeof(old));
    assert_int_equal(keyring_remove(anchor, "whole"), 0);
    assert_int_equal(count_keys(anchor), 0);
}

/* A value that lost one of its pieces is no value, and is not waited for. */
static void broken_is_missing(void **state)
{
    static uint8_t large[90000];
    int32_t links[16];
    struct timespec from, to;
    long size;
    void *data;
    size_t got;

    (void)state;
    NEEDS_ROOTS_QUOTA();
    assert_true(keyring_put(anchor, "broken", large, sizeof(large), 0) > 0);
    size = keyctl_read(anchor, (char *)links, sizeof(links));
    assert_in_range(size, 4 * (long)sizeof(links[0]), (long)sizeof(links));
    for (long i = 0; i < size / (long)sizeof(links[0]); i++) {
        char text[128];

        assert_true(keyctl_describe(links[i], text, sizeof(text)) > 0);
        if (strlen(text) > 2 && strcmp(text + strlen(text) - 2, ".2") == 0)
            assert_int_equal(keyctl_unlink(links[i], anchor), 0);
    }
    clock_gettime(CLOCK_MONOTONIC, &from);
    assert_int_equal(keyring_get(anchor, "broken", &data, &got), -1);
    assert_int_equal(errno, ENOKEY);
    clock_gettime(CLOCK_MONOTONIC, &to);
    assert_in_range(to.tv_sec - from.tv_sec, 0, 1);
    assert_int_equal(keyring_remove(anchor, "broken"), 0);
    assert_int_equal(count_keys(anchor), 0);
}

/* ---- in other clothes (root only) ---------------------------------------------------------- */

/* Runs `part` in a child, which answers with the number of the step that failed, 0 for none. */
static int in_child(int (*part)(void))
{
    int status;
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0)
        _exit(part());
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* As lsad: real, effective and saved uid are a stranger's, fsuid is 0, no capability is left. */
static bool dress_as_lsad(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct caps[2];

    if (prctl(PR_SET_KEEPCAPS, 1) != 0 || setresgid(STRANGER, STRANGER, STRANGER) != 0 ||
        setresuid(STRANGER, STRANGER, STRANGER) != 0)
        return false;
    memset(caps, 0, sizeof(caps));
    caps[0].permitted = caps[0].effective = 1u << CAP_SETUID;
    if (syscall(SYS_capset, &header, caps) != 0)
        return false;
    setfsuid(0);
    memset(caps, 0, sizeof(caps));
    return syscall(SYS_capset, &header, caps) == 0 && setfsuid((uid_t)-1) == 0 &&
           geteuid() == STRANGER;
}

static int as_lsad(void)
{
    static uint8_t large[100000];
    keyring_serial ring, key;
    uid_t uid = 1;
    void *data;
    size_t size;

    if (!dress_as_lsad())
        return 1;
    if (keyring_own_session() != 0)
        return 2;
    ring = keyring_make(anchor, "by-lsad");
    if (ring < 0 || keyring_owner(ring, &uid) != 0 || uid != 0)
        return 3;
    key = keyring_put(ring, "k", "value", 5, 60);
    if (key < 0 || keyring_owner(key, &uid) != 0 || uid != 0 ||
        permissions(key) != KEYRING_PERM_OWNER_ONLY)
        return 4;
    if (keyring_get(ring, "k", &data, &size) != 0 || size != 5)
        return 5;
    if (keyring_put(ring, "large", large, sizeof(large), 0) < 0 ||
        keyring_get(ring, "large", &data, &size) != 0)
        return 6;
    if (keyring_get(anchor, "by-root", &data, &size) != 0) /* and what root itself put there */
        return 7;
    if (keyring_take(ring, "k", &data, &size) != 0 || keyring_remove(ring, "large") != 0)
        return 8;
    if (keyring_destroy(anchor, ring) != 0 || keyring_find(anchor, "by-lsad") != -1)
        return 9;
    return 0;
}

static void works_as_lsad(void **state)
{
    (void)state;
    if (geteuid() != 0)
        skip();
    assert_true(keyring_put(anchor, "by-root", "x", 1, 0) > 0);
    assert_int_equal(in_child(as_lsad), 0);
    assert_int_equal(keyring_remove(anchor, "by-root"), 0);
}

/* `su` from a root login that links root's @u into the session: the anchor and everything in it is
 * then possessed. */
static keyring_serial secret_key;
static int as_heir(void)
{
    char buffer[64];

    if (keyctl_join_session_keyring(NULL) < 0 ||
        keyctl_link(KEY_SPEC_USER_KEYRING, KEY_SPEC_SESSION_KEYRING) < 0)
        return 1;
    if (setresgid(STRANGER, STRANGER, STRANGER) != 0 ||
        setresuid(STRANGER, STRANGER, STRANGER) != 0)
        return 2;
    if (keyctl_read(secret_key, buffer, sizeof(buffer)) >= 0)
        return 3;
    if (keyctl_read(anchor, buffer, sizeof(buffer)) >= 0)
        return 4;
    if (keyctl_search(KEY_SPEC_SESSION_KEYRING, "user", "inherited", 0) >= 0)
        return 5;
    if (request_key("user", "inherited", NULL, 0) >= 0)
        return 6;
    if (keyctl_setperm(secret_key, 0x3f3f3f3f) == 0 ||
        keyctl_link(secret_key, KEY_SPEC_PROCESS_KEYRING) == 0)
        return 7;
    if (keyctl_describe(secret_key, buffer, sizeof(buffer)) >= 0 ||
        keyctl_invalidate(secret_key) == 0)
        return 8;
    return 0;
}

static void possession_grants_nothing(void **state)
{
    (void)state;
    if (geteuid() != 0)
        skip();
    secret_key = keyring_put(anchor, "inherited", "geheim", 6, 0);
    assert_true(secret_key > 0);
    assert_int_equal(in_child(as_heir), 0);
    expect_payload(anchor, "inherited", "geheim", 6);
    assert_int_equal(keyring_remove(anchor, "inherited"), 0);
}

/* The bytes that the kernel charges to `uid` for its keys; -1 when it has none. */
static long charged(uid_t uid)
{
    FILE *f = fopen("/proc/key-users", "r");
    char line[256];
    long bytes = -1, used;
    unsigned who;

    while (f && fgets(line, sizeof(line), f))
        if (sscanf(line, "%u: %*d %*d/%*d %*d/%*d %ld/", &who, &used) == 2 && who == uid)
            bytes = used;
    if (f)
        fclose(f);
    return bytes;
}

/* With a quota that nobody else uses: what is made and destroyed leaves nothing charged. */
#define ACCOUNTED 54322
static int as_accounted(void)
{
    keyring_serial below, ring, user, session;
    long before, after = 0;
    int result = 0;

    if (setresgid(ACCOUNTED, ACCOUNTED, ACCOUNTED) != 0 ||
        setresuid(ACCOUNTED, ACCOUNTED, ACCOUNTED) != 0 || keyring_own_session() != 0)
        return 1;
    below = keyring_anchor("accounted");
    before = charged(ACCOUNTED);
    if (below < 0 || before < 0)
        return 2;
    for (int i = 0; i < 30 && !result; i++) {
        ring = keyring_make(below, "ring");
        if (keyring_put(ring, "key", "value", 5, 0) < 0 || keyring_destroy(below, ring) != 0 ||
            keyring_put(below, "other", "value", 5, 0) < 0 || keyring_remove(below, "other") != 0)
            result = 3;
    }
    for (int tries = 0; tries < 100 && (after = charged(ACCOUNTED)) > before; tries++)
        usleep(50000);
    if (!result && after > before)
        result = 4;
    if (keyring_destroy(KEY_SPEC_USER_KEYRING, below) != 0)
        result = 5;
    /* By their numbers: naming one of them makes both anew. */
    user = keyctl_get_keyring_ID(KEY_SPEC_USER_KEYRING, 0);
    session = keyctl_get_keyring_ID(KEY_SPEC_USER_SESSION_KEYRING, 0);
    keyctl_invalidate(user);
    keyctl_invalidate(session);
    return result;
}

static void destroyed_leaves_the_quota(void **state)
{
    (void)state;
    if (geteuid() != 0)
        skip();
    assert_int_equal(in_child(as_accounted), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(anchor_is_found_again),
        cmocka_unit_test(keyrings),
        cmocka_unit_test(puts_and_gets),
        cmocka_unit_test(all_sizes),
        cmocka_unit_test(names_are_checked),
        cmocka_unit_test(nested_keys_are_not_taken_for_own),
        cmocka_unit_test(taken_once),
        cmocka_unit_test(taken_once_by_many),
        cmocka_unit_test(made_once_by_many),
        cmocka_unit_test(expires),
        cmocka_unit_test(walks),
        cmocka_unit_test(destroys_all),
        cmocka_unit_test(room),
        cmocka_unit_test(owners),
        cmocka_unit_test(failures_are_no_keyrings),
        cmocka_unit_test(threads_do_not_meet),
        cmocka_unit_test(replaced_whole),
        cmocka_unit_test(broken_is_missing),
        cmocka_unit_test(works_as_lsad),
        cmocka_unit_test(possession_grants_nothing),
        cmocka_unit_test(destroyed_leaves_the_quota),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
