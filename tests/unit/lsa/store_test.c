/* Logon sessions and credentials in real kernel keys: made, found again, and gone without a trace.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <keyutils.h>
#include <ntstatus.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "base/secret.h"
#include "libsspi/lsa/session.h"
#include "libsspi/lsa/session_record.h"
#include "libsspi/lsa/store.h"
#include "tests/unit/lsa/anchor.h"

static const struct lsa_store *const store = &lsa_keyring_store;

static LUID create(const char *user, uid_t uid, pid_t leader)
{
    struct lsa_session details = {.uid = uid,
                                  .leader = leader,
                                  .user = (char *)(uintptr_t)user,
                                  .domain = (char *)(uintptr_t) "EXAMPLE.COM",
                                  .service = (char *)(uintptr_t) "sshd",
                                  .interactive = true};
    LUID luid = {0, 0};
    int fd = -1;

    assert_int_equal(lsa_session_create(&details, &luid, &fd), STATUS_SUCCESS);
    assert_true(fd >= 0);
    assert_true(luid.HighPart > 0);
    return luid;
}

static int open_table(void **state)
{
    size_t ended;

    (void)state;
    return lsa_sessions_open(anchor, &ended) == STATUS_SUCCESS ? 0 : -1;
}

static int close_table(void **state)
{
    size_t count;
    LUID *all = lsa_sessions_list(NULL, &count);

    (void)state;
    for (size_t i = 0; i < count; i++)
        lsa_session_end(&all[i]);
    free(all);
    lsa_sessions_close();
    return anchor_keys() == 0 ? 0 : -1; /* every test leaves the keyring empty */
}

/* A process that waits until it is killed. */
static pid_t spawn_leader(void)
{
    pid_t pid = fork();

    if (pid == 0) {
        prctl(PR_SET_NAME, "a) S (9 1 2 3"); /* /proc/PID/stat with a name that looks like fields */
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (;;)
            pause();
    }
    assert_true(pid > 0);
    return pid;
}

static void kill_leader(pid_t pid)
{
    kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
}

/* ---- sessions ------------------------------------------------------------------------------ */

static void life_of_a_session(void **state)
{
    struct lsa_session copy;
    LUID luid = create("alice", 1234, getpid()), other = create("bob", 1235, getpid());
    uid_t uid = 1234;
    size_t count;
    LUID *list;

    (void)state;
    assert_int_equal(lsa_sessions_count(), 2);
    assert_true(lsa_session_belongs(&luid, 1234));
    assert_false(lsa_session_belongs(&luid, 1235));
    assert_false(lsa_session_belongs(&luid, 0));
    assert_int_equal(lsa_session_copy(&luid, &copy), STATUS_SUCCESS);
    assert_string_equal(copy.user, "alice");
    assert_string_equal(copy.domain, "EXAMPLE.COM");
    assert_string_equal(copy.service, "sshd");
    assert_string_equal(copy.tty, "");
    assert_true(copy.interactive);
    assert_int_equal(copy.pidfd, -1);
    lsa_session_clear(&copy);
    list = lsa_sessions_list(&uid, &count);
    assert_int_equal(count, 1);
    assert_memory_equal(list, &luid, sizeof(luid));
    free(list);
    assert_int_equal(lsa_session_rename(&luid, NULL, "OTHER"), STATUS_SUCCESS);
    assert_int_equal(lsa_session_copy(&luid, &copy), STATUS_SUCCESS);
    assert_string_equal(copy.user, "alice");
    assert_string_equal(copy.domain, "OTHER");
    lsa_session_clear(&copy);

    assert_int_equal(lsa_session_end(&luid), STATUS_SUCCESS);
    assert_int_equal(lsa_session_end(&luid), STATUS_NO_SUCH_LOGON_SESSION);
    assert_int_equal(lsa_session_copy(&luid, &copy), STATUS_NO_SUCH_LOGON_SESSION);
    assert_int_equal(lsa_session_rename(&luid, "x", NULL), STATUS_NO_SUCH_LOGON_SESSION);
    assert_false(lsa_session_belongs(&luid, 1234));
    assert_int_equal(lsa_session_leader_fd(&luid), -1);
    assert_null(lsa_session_packages(&luid));
    assert_true(lsa_session_belongs(&other, 1235));
}

static void refused_sessions(void **state)
{
    char long_name[LSA_SESSION_TEXT_MAX + 2];
    struct lsa_session details = {.uid = 1, .leader = 0, .user = (char *)(uintptr_t) "x"};
    pid_t dead = spawn_leader();
    LUID luid;
    int fd;

    (void)state;
    assert_int_equal(lsa_session_create(&details, &luid, &fd), STATUS_INVALID_PARAMETER);
    details.leader = -1;
    assert_int_equal(lsa_session_create(&details, &luid, &fd), STATUS_INVALID_PARAMETER);
    kill_leader(dead);
    details.leader = dead;
    assert_int_equal(lsa_session_create(&details, &luid, &fd), STATUS_INVALID_PARAMETER);
    details.leader = getpid();
    memset(long_name, 'a', sizeof(long_name));
    long_name[sizeof(long_name) - 1] = 0;
    details.user = long_name;
    assert_int_equal(lsa_session_create(&details, &luid, &fd), STATUS_INVALID_PARAMETER);
    details.user = (char *)(uintptr_t) "\xff\xfe";
    assert_int_equal(lsa_session_create(&details, &luid, &fd), STATUS_INVALID_PARAMETER);
    assert_int_equal(lsa_sessions_count(), 0);
    assert_int_equal(anchor_keys(), 0);
}

/* The pidfd becomes readable when the leader dies, and not before. */
static void leader_dies(void **state)
{
    pid_t leader = spawn_leader();
    LUID luid = create("carla", 7, leader);
    struct pollfd fd = {.fd = lsa_session_leader_fd(&luid), .events = POLLIN};

    (void)state;
    assert_int_equal(poll(&fd, 1, 0), 0);
    kill_leader(leader);
    assert_int_equal(poll(&fd, 1, 5000), 1);
}

/* A new lsad: what lived goes on, what lost its leader is destroyed, and so is what nobody can
 * read. */
static void found_again(void **state)
{
    static const char secret[] = "not a real secret";
    pid_t one = spawn_leader(), two = spawn_leader();
    LUID alive = create("alice", 1, one), dead = create("bob", 2, two),
         broken = create("carla", 3, one);
    struct lsa_session copy;
    char name[32];
    void *data;
    size_t size, ended = 0;

    (void)state;
    assert_int_equal(store->add(&alive, "NTLM", "primary", secret, sizeof(secret)), STATUS_SUCCESS);
    assert_int_equal(store->add(&dead, "NTLM", "primary", secret, sizeof(secret)), STATUS_SUCCESS);
    lsa_sessions_close();
    assert_int_equal(lsa_sessions_count(), 0);
    kill_leader(two);
    snprintf(name, sizeof(name), "%08x%08x", (unsigned)broken.HighPart, (unsigned)broken.LowPart);
    assert_true(keyring_put(keyring_find(anchor, name), LSA_SESSION_KEY, "garbage", 7, 0) > 0);
    assert_true(keyring_make(anchor, "not a session") > 0);

    assert_int_equal(lsa_sessions_open(anchor, &ended), STATUS_SUCCESS);
    assert_int_equal(ended, 3);
    assert_int_equal(lsa_sessions_count(), 1);
    assert_int_equal(lsa_session_copy(&alive, &copy), STATUS_SUCCESS);
    assert_string_equal(copy.user, "alice");
    assert_int_equal(copy.leader, one);
    lsa_session_clear(&copy);
    assert_int_equal(store->get(&alive, "NTLM", "primary", &data, &size), STATUS_SUCCESS);
    assert_int_equal(size, sizeof(secret));
    assert_memory_equal(data, secret, size);
    secret_free(data);
    assert_int_equal(anchor_keys(), 3); /* a keyring, its session, its credential */
    kill_leader(one);
}

/* The pid is alive, but it is not the process that logged in. */
static void pid_used_again(void **state)
{
    LUID luid = create("alice", 1, getpid());
    struct lsa_session copy;
    uint8_t record[LSA_SESSION_RECORD];
    size_t size, ended;

    (void)state;
    assert_int_equal(lsa_session_copy(&luid, &copy), STATUS_SUCCESS);
    copy.leader_start++;
    size = lsa_session_record_write(&copy, record, sizeof(record));
    assert_true(size > 0);
    assert_true(keyring_put(copy.ring, LSA_SESSION_KEY, record, size, 0) > 0);
    lsa_session_clear(&copy);
    lsa_sessions_close();
    assert_int_equal(lsa_sessions_open(anchor, &ended), STATUS_SUCCESS);
    assert_int_equal(ended, 1);
    assert_int_equal(anchor_keys(), 0);
}

static void start_times(void **state)
{
    pid_t child = spawn_leader();
    uint64_t mine, its, again;
    int fd;

    (void)state;
    usleep(50000); /* until it has its strange name */
    assert_true(lsa_leader_start(getpid(), &mine));
    assert_true(lsa_leader_start(child, &its));
    assert_true(its >= mine);
    assert_true(lsa_leader_start(child, &again));
    assert_true(its == again);
    fd = lsa_leader_open(child, its);
    assert_true(fd >= 0);
    close(fd);
    assert_int_equal(lsa_leader_open(child, its + 1), -1);
    assert_int_equal(errno, ESRCH);
    kill_leader(child);
    assert_false(lsa_leader_start(child, &its));
    assert_int_equal(lsa_leader_open(child, 0), -1);
}

/* pam_loginuid can run after the session was made; the audit session is then looked up again. */
static void audit_sessions(void **state)
{
    int to_child[2], from_child[2], fd;
    uint32_t session, uid;
    LUID luid, found;
    char byte;
    pid_t child;

    (void)state;
    assert_int_equal(pipe(to_child), 0);
    assert_int_equal(pipe(from_child), 0);
    child = fork();
    if (child == 0) {
        bool good = read(to_child[0], &byte, 1) == 1;

        fd = open("/proc/self/loginuid", O_WRONLY);
        good = good && fd >= 0 && write(fd, "4242", 4) == 4;
        _exit(write(from_child[1], good ? "y" : "n", 1) == 1 && read(to_child[0], &byte, 1) == 1
                  ? 0
                  : 1);
    }
    luid = create("dave", 4242, child);
    assert_int_equal(write(to_child[1], "x", 1), 1);
    assert_int_equal(read(from_child[0], &byte, 1), 1);
    assert_int_equal(byte, 'y');
    lsa_leader_audit(child, &session, &uid);
    assert_int_equal(uid, 4242);
    assert_true(session != LSA_AUDIT_UNSET);
    assert_true(lsa_session_by_audit(4242, session, uid, &found));
    assert_memory_equal(&found, &luid, sizeof(luid));
    assert_false(lsa_session_by_audit(4243, session, uid, &found));
    assert_false(lsa_session_by_audit(4242, session + 1, uid, &found));
    assert_false(lsa_session_by_audit(4242, LSA_AUDIT_UNSET, LSA_AUDIT_UNSET, &found));
    kill_leader(child);
    for (int i = 0; i < 2; i++) {
        close(to_child[i]);
        close(from_child[i]);
    }
}

static void records(void **state)
{
    struct lsa_session in = {.luid = {5, 6},
                             .uid = 7,
                             .leader = 8,
                             .leader_start = 9,
                             .logon_time = -10,
                             .audit_session = 11,
                             .audit_uid = 12,
                             .interactive = true,
                             .user = (char *)(uintptr_t) "u",
                             .domain = (char *)(uintptr_t) "",
                             .service = (char *)(uintptr_t) "s\xc3\xa4",
                             .tty = (char *)(uintptr_t) "t"};
    struct lsa_session out = {0};
    uint8_t record[LSA_SESSION_RECORD], changed[LSA_SESSION_RECORD];
    size_t size = lsa_session_record_write(&in, record, sizeof(record));

    (void)state;
    assert_true(size > 0);
    assert_true(lsa_session_record_read(record, size, &out));
    assert_int_equal(out.luid.LowPart, 5);
    assert_int_equal(out.luid.HighPart, 6);
    assert_true(out.logon_time == -10);
    assert_string_equal(out.service, "s\xc3\xa4");
    assert_string_equal(out.rhost, "");
    lsa_session_clear(&out);
    for (size_t cut = 0; cut < size; cut++)
        assert_false(lsa_session_record_read(record, cut, &out));
    memcpy(changed, record, size);
    changed[0]++; /* a later version */
    assert_false(lsa_session_record_read(changed, size, &out));
    memcpy(changed, record, size);
    changed[size] = 0;
    assert_false(lsa_session_record_read(changed, size + 1, &out));
    assert_int_equal(lsa_session_record_write(&in, record, size - 1), 0);
}

/* ---- credentials --------------------------------------------------------------------------- */

static bool collect(const char *key, void *arg)
{
    strcat(arg, key);
    strcat(arg, " ");
    return true;
}

static void credentials(void **state)
{
    LUID luid = create("alice", 1, getpid()), nobody = {1, 1};
    uint8_t *large = malloc(100000);
    char names[256] = "", long_name[300], *packages;
    void *data;
    size_t size;

    (void)state;
    for (size_t i = 0; i < 100000; i++)
        large[i] = (uint8_t)(i * 7);
    assert_int_equal(store->add(&luid, "Kerberos", "tgt", large, 100000), STATUS_SUCCESS);
    assert_int_equal(store->add(&luid, "Kerberos", "keys", "abc", 3), STATUS_SUCCESS);
    assert_int_equal(store->add(&luid, "NTLM", "primary", "def", 3), STATUS_SUCCESS);
    assert_int_equal(store->get(&luid, "Kerberos", "tgt", &data, &size), STATUS_SUCCESS);
    assert_int_equal(size, 100000);
    assert_memory_equal(data, large, size);
    assert_true(secret_owns(data));
    secret_free(data);
    free(large);
    assert_int_equal(store->add(&luid, "Kerberos", "keys", "xyz", 3), STATUS_SUCCESS);
    assert_int_equal(store->get(&luid, "Kerberos", "keys", &data, &size), STATUS_SUCCESS);
    assert_memory_equal(data, "xyz", 3);
    secret_free(data);
    assert_int_equal(store->each(&luid, "Kerberos", collect, names), STATUS_SUCCESS);
    assert_true(strcmp(names, "tgt keys ") == 0 || strcmp(names, "keys tgt ") == 0);
    packages = lsa_session_packages(&luid);
    assert_true(strcmp(packages, "Kerberos NTLM") == 0 || strcmp(packages, "NTLM Kerberos") == 0);
    free(packages);

    assert_int_equal(store->get(&luid, "NTLM", "tgt", &data, &size), STATUS_NOT_FOUND);
    assert_null(data);
    assert_int_equal(store->get(&nobody, "NTLM", "primary", &data, &size),
                     STATUS_NO_SUCH_LOGON_SESSION);
    assert_int_equal(store->add(&nobody, "NTLM", "primary", "x", 1), STATUS_NO_SUCH_LOGON_SESSION);
    assert_int_equal(store->add(&luid, "", "primary", "x", 1), STATUS_INVALID_PARAMETER);
    assert_int_equal(store->add(&luid, "NTLM", "", "x", 1), STATUS_INVALID_PARAMETER);
    assert_int_equal(store->add(&luid, "NT/LM", "x", "x", 1), STATUS_INVALID_PARAMETER);
    assert_int_equal(store->add(&luid, "NTLM", "x#1", "x", 1), STATUS_INVALID_PARAMETER);
    memset(long_name, 'k', sizeof(long_name));
    long_name[sizeof(long_name) - 1] = 0;
    assert_int_equal(store->add(&luid, "NTLM", long_name, "x", 1), STATUS_INVALID_PARAMETER);
    assert_int_equal(store->remove(&luid, "Kerberos", "tgt"), STATUS_SUCCESS);
    assert_int_equal(store->remove(&luid, "Kerberos", "tgt"), STATUS_SUCCESS);
    assert_int_equal(store->get(&luid, "Kerberos", "tgt", &data, &size), STATUS_NOT_FOUND);
    assert_int_equal(lsa_session_end(&luid), STATUS_SUCCESS);
    assert_int_equal(store->get(&luid, "NTLM", "primary", &data, &size),
                     STATUS_NO_SUCH_LOGON_SESSION);
    assert_int_equal(anchor_keys(), 0);
}

/* Another uid, with root's user keyring in its session keyring as after su from a root login, gets
 * nothing. */
static void possession_grants_nothing(void **state)
{
    LUID luid = create("alice", 1, getpid());
    struct lsa_session copy;
    char text[128];
    key_serial_t key;
    pid_t child;
    int status;

    (void)state;
    assert_int_equal(store->add(&luid, "NTLM", "primary", "the secret", 10), STATUS_SUCCESS);
    assert_int_equal(lsa_session_copy(&luid, &copy), STATUS_SUCCESS);
    key = (key_serial_t)keyctl_search(copy.ring, "user", "NTLM/primary", 0);
    assert_true(key > 0);
    assert_true(keyctl_describe(key, text, sizeof(text)) > 0);
    assert_non_null(strstr(text, ";003f0000;"));
    assert_true(keyctl_describe(copy.ring, text, sizeof(text)) > 0);
    assert_non_null(strstr(text, ";003f0000;"));
    child = fork();
    if (child == 0) {
        int failed = 0;

        keyctl_join_session_keyring(NULL);
        failed |= keyctl_link(KEY_SPEC_USER_KEYRING, KEY_SPEC_SESSION_KEYRING) < 0 ? 1 : 0;
        failed |= keyctl_read(key, text, sizeof(text)) == 10 ? 0 : 2; /* root itself can */
        failed |= setresuid(54321, 54321, 54321) != 0 ? 4 : 0;
        failed |= keyctl_search(KEY_SPEC_SESSION_KEYRING, "keyring", anchor_name, 0) > 0 ? 8 : 0;
        failed |= keyctl_read(key, text, sizeof(text)) >= 0 ? 16 : 0;
        failed |= keyctl_describe(key, text, sizeof(text)) >= 0 ? 32 : 0;
        failed |= keyctl_read(copy.ring, text, sizeof(text)) >= 0 ? 64 : 0;
        failed |= keyctl_setperm(key, 0x3f3f3f3f) == 0 || keyctl_invalidate(key) == 0 ||
                          keyctl_link(key, KEY_SPEC_SESSION_KEYRING) == 0
                      ? 128
                      : 0;
        _exit(failed);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    lsa_session_clear(&copy);
}

static void *log_in_and_out(void *arg)
{
    for (int i = 0; i < 25; i++) {
        struct lsa_session details = {
            .uid = 1, .leader = getpid(), .user = (char *)(uintptr_t) "many"};
        void *data = NULL;
        size_t size = 0;
        LUID luid;
        int fd;

        if (lsa_session_create(&details, &luid, &fd) != STATUS_SUCCESS ||
            store->add(&luid, "NTLM", "primary", &i, sizeof(i)) != STATUS_SUCCESS ||
            store->get(&luid, "NTLM", "primary", &data, &size) != STATUS_SUCCESS ||
            size != sizeof(i) || memcmp(data, &i, size) != 0)
            *(bool *)arg = false;
        secret_free(data);
        if (lsa_session_end(&luid) != STATUS_SUCCESS)
            *(bool *)arg = false;
    }
    return NULL;
}

/* Eight threads, 200 sessions: nobody sees another's credential, and no key stays. */
static void many_at_once(void **state)
{
    pthread_t threads[8];
    bool good[8];

    (void)state;
    for (size_t i = 0; i < 8; i++) {
        good[i] = true;
        assert_int_equal(pthread_create(&threads[i], NULL, log_in_and_out, &good[i]), 0);
    }
    for (size_t i = 0; i < 8; i++) {
        pthread_join(threads[i], NULL);
        assert_true(good[i]);
    }
    assert_int_equal(lsa_sessions_count(), 0);
    assert_int_equal(anchor_keys(), 0);
}

/* Whom a name means: the newest first, and nobody's network logon sessions. */
static void people_by_name(void **state)
{
    const LUID first = create("alice", 41, getpid()),
               second = create("DOMAIN\\Alice", 42, getpid()),
               third = create("ALICE@example.com", 41, getpid());
    struct lsa_session details = {
        .uid = 43, .leader = getpid(), .user = (char *)(uintptr_t) "alice", .network = true};
    struct lsa_user_session *list;
    size_t count;
    LUID luid = {0, 0};
    int fd;

    (void)state;
    create("alice2", 44, getpid());
    create("domain@alice", 45, getpid());
    assert_int_equal(lsa_session_create(&details, &luid, &fd), STATUS_SUCCESS);
    list = store->sessions_of("Alice", &count);
    assert_int_equal(count, 3);
    assert_true(SecEqualLuid(&list[0].luid, &third) && list[0].uid == 41);
    assert_true(SecEqualLuid(&list[1].luid, &second) && list[1].uid == 42);
    assert_true(SecEqualLuid(&list[2].luid, &first) && list[2].uid == 41);
    free(list);
    assert_null(store->sessions_of("", &count));
    assert_null(store->sessions_of("ali", &count));
    assert_null(store->sessions_of("alice@example.com", &count));
    assert_int_equal(count, 0);
}

int main(void)
{
#define WITH_TABLE(test) cmocka_unit_test_setup_teardown(test, open_table, close_table)
    const struct CMUnitTest tests[] = {
        WITH_TABLE(life_of_a_session), WITH_TABLE(refused_sessions),
        WITH_TABLE(leader_dies),       WITH_TABLE(found_again),
        WITH_TABLE(pid_used_again),    WITH_TABLE(audit_sessions),
        WITH_TABLE(credentials),       WITH_TABLE(possession_grants_nothing),
        WITH_TABLE(people_by_name),    WITH_TABLE(many_at_once),
        cmocka_unit_test(start_times), cmocka_unit_test(records),
    };

    return cmocka_run_group_tests(tests, anchor_setup, anchor_teardown);
}
