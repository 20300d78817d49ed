/*
 * The key lsa:logon in the kernel's own keyrings. Each test is a process, and the keyrings go with
 * it.
 */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <keyutils.h>
#include "pam_credmgr/module.h"

#define LUID 0x00000001deadbeefull

/* In the child processes: assertions by exit status, the line that failed. */
#define CHECK(what)                                                                                \
    do {                                                                                           \
        if (!(what)) {                                                                             \
            fprintf(stderr, "%s:%d: %s (%s)\n", __FILE__, __LINE__, #what, strerror(errno));       \
            _exit(1);                                                                              \
        }                                                                                          \
    } while (0)

static void in_child(void (*test)(void))
{
    pid_t pid = fork();
    int status;

    if (pid == 0) {
        test();
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

static key_serial_t session(void)
{
    return keyctl_get_keyring_ID(KEY_SPEC_SESSION_KEYRING, 0);
}

/* "keyring;UID;GID;PERMISSIONS;NAME" of a key. */
static const char *describe(key_serial_t key)
{
    static char text[256];

    CHECK(keyctl_describe(key, text, sizeof text) > 0);
    return text;
}

static void check_key(key_serial_t key)
{
    char payload[32] = "";
    unsigned permissions;

    CHECK(key > 0);
    CHECK(keyctl_search(KEY_SPEC_SESSION_KEYRING, "user", "lsa:logon", 0) == key);
    CHECK(keyctl_read(key, payload, sizeof payload) == 16);
    CHECK(strcmp(payload, "00000001deadbeef") == 0);
    CHECK(sscanf(describe(key), "user;%*d;%*d;%x;", &permissions) == 1);
    CHECK(permissions == 0x0b000000);
    CHECK(keyctl_update(key, "0000000000000000", 16) == -1 && errno == EACCES);
}

/* uids this process may give a keyring to: root gives it to others, others to themselves. */
static uid_t somebody(void)
{
    return getuid() == 0 ? 65534 : getuid();
}

/* The session keyring of somebody, as pam_keyinit leaves it. */
static key_serial_t as_pam_keyinit(void)
{
    key_serial_t keyring = keyctl_join_session_keyring(NULL);

    CHECK(keyring > 0);
    if (getuid() != somebody())
        CHECK(keyctl_chown(keyring, somebody(), (gid_t)-1) == 0);
    return keyring;
}

static void own_keyring(void)
{
    key_serial_t keyring = as_pam_keyinit();

    check_key(luid_key_put(somebody(), getgid(), LUID));
    CHECK(session() == keyring);
}

static void user_session_keyring(void)
{
    key_serial_t shared = keyctl_get_keyring_ID(KEY_SPEC_USER_SESSION_KEYRING, 1);

    CHECK(shared > 0);
    CHECK(keyctl_search(shared, "user", "lsa:logon", 0) == -1);
    check_key(luid_key_put(somebody(), getgid(), LUID));
    CHECK(session() != shared);
    CHECK(keyctl_search(shared, "user", "lsa:logon", 0) == -1);
    CHECK(strncmp(describe(session()), "keyring;", 8) == 0);
    CHECK((uid_t)atoi(describe(session()) + 8) == somebody());
}

/* Such a keyring of the person's own is known by its name alone. */
static void keyring_of_that_name(void)
{
    char name[64];
    key_serial_t shared;

    snprintf(name, sizeof name, "_uid_ses.test.%ld", (long)getpid());
    shared = keyctl_join_session_keyring(name);
    CHECK(shared > 0);
    if (getuid() != somebody())
        CHECK(keyctl_chown(shared, somebody(), (gid_t)-1) == 0);
    check_key(luid_key_put(somebody(), getgid(), LUID));
    CHECK(session() != shared);
}

/* carla's keyring, when dave logs in: it stays as it is, for her processes. */
static void keyring_of_another(void)
{
    key_serial_t carla = keyctl_join_session_keyring(NULL), hers;

    CHECK(carla > 0);
    hers = add_key("user", "lsa:logon", "1111111111111111", 16, carla);
    CHECK(hers > 0);
    if (getuid() == 0)
        CHECK(keyctl_chown(carla, 65533, (gid_t)-1) == 0);
    check_key(luid_key_put(somebody(), getgid(), LUID));
    CHECK(session() != carla);
    if (getuid() == 0)
        CHECK((uid_t)atoi(describe(session()) + 8) == 65534);
}

/* The daemon's keyring, when root logs in. */
static void root_in_keyring_of_daemon(void)
{
    key_serial_t daemon_keyring = keyctl_join_session_keyring(NULL);

    CHECK(daemon_keyring > 0);
    check_key(luid_key_put(0, 0, LUID));
    CHECK(session() != daemon_keyring);
}

static void nested_login(void)
{
    key_serial_t outer = as_pam_keyinit(), first, second;

    first = luid_key_put(somebody(), getgid(), 0x1111);
    CHECK(first > 0 && session() == outer);
    second = luid_key_put(somebody(), getgid(), LUID);
    CHECK(session() != outer);
    check_key(second);
}

static void revoked_keyring(void)
{
    key_serial_t keyring = as_pam_keyinit();

    CHECK(keyctl_revoke(keyring) == 0);
    check_key(luid_key_put(somebody(), getgid(), LUID));
}

static void inherited(void)
{
    int status;
    pid_t pid;

    as_pam_keyinit();
    check_key(luid_key_put(somebody(), getgid(), LUID));
    pid = fork();
    if (pid == 0) { /* the person's shell */
        char payload[17] = "";
        key_serial_t key;

        if (getuid() == 0)
            CHECK(setresgid(65534, 65534, 65534) == 0 && setresuid(65534, 65534, 65534) == 0);
        key = keyctl_search(KEY_SPEC_SESSION_KEYRING, "user", "lsa:logon", 0);
        CHECK(key > 0 && keyctl_read(key, payload, 16) == 16);
        CHECK(strcmp(payload, "00000001deadbeef") == 0);
        CHECK(keyctl_update(key, "1", 1) == -1);
        _exit(0);
    }
    CHECK(waitpid(pid, &status, 0) == pid && status == 0);
}

static void removed(void)
{
    key_serial_t key;

    as_pam_keyinit();
    key = luid_key_put(somebody(), getgid(), LUID);
    check_key(key);
    errno = ENOTTY;
    luid_key_remove(key);
    CHECK(errno == ENOTTY);
    CHECK(keyctl_search(KEY_SPEC_SESSION_KEYRING, "user", "lsa:logon", 0) == -1);
    /*
     * pam_keyinit had its turn before: the keyring and what is in it are out of reach, and that is
     * fine.
     */
    key = luid_key_put(somebody(), getgid(), LUID);
    CHECK(keyctl_revoke(KEY_SPEC_SESSION_KEYRING) == 0);
    errno = ENOTTY;
    luid_key_remove(key);
    CHECK(errno == ENOTTY);
}

static void named(void)
{
    key_serial_t outer = as_pam_keyinit();

    CHECK(!luid_key_names(LUID));
    CHECK(luid_key_put(somebody(), getgid(), LUID) > 0);
    CHECK(session() == outer);
    CHECK(luid_key_names(LUID));
    CHECK(!luid_key_names(LUID + 1));
    CHECK(luid_key_put(somebody(), getgid(), LUID + 1) > 0);
    CHECK(session() != outer);
    CHECK(!luid_key_names(LUID));
    CHECK(luid_key_names(LUID + 1));
    CHECK(keyctl_join_session_keyring(NULL) > 0);
    CHECK(add_key("user", "lsa:logon", "deadbeef", 8, session()) > 0);
    CHECK(!luid_key_names(LUID));
}

static void ids_unchanged(void)
{
    uid_t before[3], after[3];

    CHECK(getresuid(&before[0], &before[1], &before[2]) == 0);
    check_key(luid_key_put(somebody(), getgid(), LUID));
    CHECK(getresuid(&after[0], &after[1], &after[2]) == 0);
    CHECK(memcmp(before, after, sizeof before) == 0);
}

#define TEST(name)                                                                                 \
    static void test_##name(void **state)                                                          \
    {                                                                                              \
        (void)state;                                                                               \
        in_child(name);                                                                            \
    }
TEST(own_keyring)
TEST(user_session_keyring)
TEST(keyring_of_that_name)
TEST(keyring_of_another)
TEST(root_in_keyring_of_daemon)
TEST(nested_login)
TEST(revoked_keyring)
TEST(inherited)
TEST(removed)
TEST(named)
TEST(ids_unchanged)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_own_keyring),
        cmocka_unit_test(test_user_session_keyring),
        cmocka_unit_test(test_keyring_of_that_name),
        cmocka_unit_test(test_keyring_of_another),
        cmocka_unit_test(test_root_in_keyring_of_daemon),
        cmocka_unit_test(test_nested_login),
        cmocka_unit_test(test_revoked_keyring),
        cmocka_unit_test(test_inherited),
        cmocka_unit_test(test_removed),
        cmocka_unit_test(test_named),
        cmocka_unit_test(test_ids_unchanged),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
