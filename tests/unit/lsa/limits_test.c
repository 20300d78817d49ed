/* What clients cannot do to lsad, and to each other: broken protocol, too much of everything, calls
 * that never end. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <ntstatus.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/secret.h"
#include "tests/unit/lsa/anchor.h"
#include "tests/unit/lsa/server.h"

#define ALICE 54001
#define BOB   54002

static bool serves(void)
{
    struct lsa_status_info info;
    NTSTATUS status = lsa_client_status(&info);

    lsa_client_free_status(&info);
    return status == STATUS_SUCCESS;
}

static int64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ---- broken protocol ----------------------------------------------------------------------- */

static void expect_hang_up(const void *bytes, size_t size)
{
    int fd = raw_connect();

    assert_int_equal(send(fd, bytes, size, MSG_NOSIGNAL), size);
    assert_true(raw_closed(fd));
    close(fd);
}

static void no_protocol(void **state)
{
    (void)state;
    expect_hang_up("\0\0\0\0", 4);
    expect_hang_up("\xff\xff\xff\xff", 4);
    expect_hang_up("\0\x10\0\x01", 4);
    expect_hang_up("\0\0\0\x08\xff\xff\xff\xff\xff\xff\xff\xff", 12);
    expect_hang_up("GET / HTTP/1.1\r\n\r\n", 18);
    expect_hang_up("\0\0\0\x02\x08\x05", 6); /* a request that is no call, before the hello */
    assert_true(serves());
}

static void hello_first_and_once(void **state)
{
    Lsa__GetStatus call = LSA__GET_STATUS__INIT;
    Lsa__Hello hello = LSA__HELLO__INIT;
    Lsa__Request request = LSA__REQUEST__INIT;
    int fd = raw_connect();

    (void)state;
    request.call_case = LSA__REQUEST__CALL_GET_STATUS;
    request.get_status = &call;
    raw_send(fd, &request, 2);
    assert_true(raw_closed(fd));
    close(fd);

    fd = raw_connect();
    hello.version = LSA_PROTOCOL_VERSION + 1;
    request.call_case = LSA__REQUEST__CALL_HELLO;
    request.hello = &hello;
    raw_send(fd, &request, 1);
    assert_int_equal(raw_status(fd, 1, NULL), SEC_E_UNSUPPORTED_FUNCTION);
    close(fd);

    fd = raw_connect();
    raw_hello(fd, 0);
    raw_send(fd, &request, 1);
    assert_true(raw_closed(fd));
    close(fd);

    fd = raw_connect();
    raw_hello(fd, 0);
    lsa__request__init(&request); /* a call of a later version */
    raw_send(fd, &request, 5);
    assert_int_equal(raw_status(fd, 5, NULL), SEC_E_UNSUPPORTED_FUNCTION);
    request.id = 0;
    raw_send(fd, &request, 0); /* no id to answer to */
    close(fd);
    assert_true(serves());
}

/* Byte by byte, and several in one piece, is the same. */
static void pieces(void **state)
{
    Lsa__GetStatus call = LSA__GET_STATUS__INIT;
    Lsa__CallPackage large = LSA__CALL_PACKAGE__INIT;
    Lsa__Request request = LSA__REQUEST__INIT;
    uint8_t *frame, *many, submit[200000] = {0};
    size_t size;
    int fd = raw_connect();

    (void)state;
    raw_hello(fd, 0);
    request.id = 9;
    request.call_case = LSA__REQUEST__CALL_GET_STATUS;
    request.get_status = &call;
    frame = lsa_frame_pack(&request.base, 0, &size);
    for (size_t i = 0; i < size; i++) {
        assert_int_equal(send(fd, frame + i, 1, 0), 1);
        usleep(1000);
    }
    assert_int_equal(raw_status(fd, 9, NULL), STATUS_SUCCESS);
    many = malloc(100 * size);
    for (size_t i = 0; i < 100; i++)
        memcpy(many + i * size, frame, size);
    assert_int_equal(send(fd, many, 100 * size, 0), 100 * size);
    for (size_t i = 0; i < 100; i++)
        assert_int_equal(raw_status(fd, 9, NULL), STATUS_SUCCESS);
    free(many);
    secret_free(frame);

    large.package16 = lsa_wide(u"NTLM"); /* over what is read at once */
    large.submit.data = submit;
    large.submit.len = sizeof(submit);
    large.room_base = 4096;
    large.room = 100;
    request.call_case = LSA__REQUEST__CALL_CALL_PACKAGE;
    request.call_package = &large;
    raw_send(fd, &request, 10);
    assert_int_equal(raw_status(fd, 10, NULL), STATUS_SUCCESS);
    large.room = LSA_CALL_ROOM + 1;
    raw_send(fd, &request, 11);
    assert_int_equal(raw_status(fd, 11, NULL), SEC_E_INVALID_PARAMETER);
    large.room = 100;
    large.room_base = UINT64_MAX - 50;
    raw_send(fd, &request, 12);
    assert_int_equal(raw_status(fd, 12, NULL), SEC_E_INVALID_PARAMETER);
    close(fd);
}

/* ---- too much ------------------------------------------------------------------------------ */

static int many_connections(void *arg)
{
    int fds[TEST_CLIENTS_PER_USER + 1], failed = 0;

    (void)arg;
    for (size_t i = 0; i < TEST_CLIENTS_PER_USER; i++) {
        fds[i] = raw_connect();
        raw_hello(fds[i], 0);
    }
    fds[TEST_CLIENTS_PER_USER] = raw_connect();
    failed |= raw_status(fds[TEST_CLIENTS_PER_USER], 0, NULL) == SEC_E_INSUFFICIENT_MEMORY ? 0 : 1;
    failed |= raw_closed(fds[TEST_CLIENTS_PER_USER]) ? 0 : 2;
    return failed;
}

static int one_connection(void *arg)
{
    (void)arg;
    raw_hello(raw_connect(), 0);
    return 0;
}

static void connections(void **state)
{
    int pipes[2], status;
    char byte;
    pid_t child;

    (void)state;
    assert_int_equal(as_user(ALICE, NULL, many_connections, NULL), 0);
    assert_int_equal(as_user(ALICE, NULL, one_connection, NULL),
                     0); /* they are gone with the process */
    /* while alice has all of hers, bob and root can connect */
    assert_int_equal(pipe(pipes), 0);
    child = fork();
    if (child == 0) {
        if (setresuid(ALICE, ALICE, ALICE) != 0)
            _exit(1);
        for (size_t i = 0; i < TEST_CLIENTS_PER_USER; i++)
            raw_hello(raw_connect(), 0);
        _exit(write(pipes[1], "x", 1) == 1 && sleep(30) ? 1 : 0);
    }
    assert_int_equal(read(pipes[0], &byte, 1), 1);
    assert_int_equal(as_user(BOB, NULL, one_connection, NULL), 0);
    assert_true(serves());
    kill(child, SIGKILL);
    waitpid(child, &status, 0);
    close(pipes[0]);
    close(pipes[1]);
}

static int many_handles(void *arg)
{
    uint64_t luid = *(uint64_t *)arg, credential = 0, context = 0;
    int fd = raw_connect(), failed = 0;

    raw_hello(fd, luid);
    failed |= raw_acquire(fd, u"NTLM", SECPKG_CRED_OUTBOUND, &credential) == SEC_E_OK ? 0 : 1;
    for (size_t i = 1; i < TEST_HANDLES_PER_USER; i++) {
        context = 0;
        failed |= raw_leg(fd, credential, u"x", &context) == SEC_I_CONTINUE_NEEDED ? 0 : 2;
    }
    uint64_t last = context;
    context = 0;
    failed |= raw_leg(fd, credential, u"x", &context) == SEC_E_INSUFFICIENT_MEMORY ? 0 : 4;
    failed |= raw_acquire(fd, u"NTLM", SECPKG_CRED_OUTBOUND, &context) == SEC_E_INSUFFICIENT_MEMORY
                  ? 0
                  : 8;
    failed |= raw_leg(fd, credential, u"x", &last) == SEC_E_OK ? 0 : 16; /* one becomes free */
    context = 0;
    failed |= raw_leg(fd, credential, u"x", &context) == SEC_I_CONTINUE_NEEDED ? 0 : 32;
    return failed;
}

static void handles(void **state)
{
    LUID luid = session_of("alice", ALICE, getpid());
    uint64_t number = lsa_luid_number(&luid);

    (void)state;
    assert_int_equal(as_user(ALICE, NULL, many_handles, &number), 0);
    assert_true(becomes(&seen.contexts, 0));
    assert_true(becomes(&seen.credentials, 0));
    lsa_client_end_session(&luid);
}

static int unfinished_messages(void *arg)
{
    static const uint8_t header[4] = {0, 0x10, 0, 0};
    int fd, failed = 0;

    (void)arg;
    for (size_t i = 0; i < TEST_CLIENTS_PER_USER; i++) {
        fd = raw_connect();
        raw_hello(fd, 0);
        failed |= send(fd, header, 4, 0) == 4 ? 0 : 1;
    }
    return failed;
}

/* Announced, never sent: it costs the sender its own share, and goes with the connection. */
static void unfinished(void **state)
{
    (void)state;
    for (int i = 0; i < 30; i++)
        assert_int_equal(as_user(ALICE, NULL, unfinished_messages, NULL), 0);
    assert_true(serves());
}

/* Who sends without reading is not read from any more; lsad neither waits for it nor collects
 * without end. */
static int never_read(void *arg)
{
    Lsa__GetStatus call = LSA__GET_STATUS__INIT;
    Lsa__Request request = LSA__REQUEST__INIT;
    int fd = raw_connect();
    uint8_t *frame;
    size_t size, sent = 0;

    (void)arg;
    raw_hello(fd, 0);
    request.id = 7;
    request.call_case = LSA__REQUEST__CALL_GET_STATUS;
    request.get_status = &call;
    frame = lsa_frame_pack(&request.base, 0, &size);
    for (;;) {
        struct pollfd out = {.fd = fd, .events = POLLOUT};

        if (poll(&out, 1, 500) == 0)
            break; /* the server has stopped reading */
        if (send(fd, frame, size, MSG_NOSIGNAL | MSG_DONTWAIT) != (ssize_t)size) {
            if (errno == EAGAIN)
                continue;
            return 1;
        }
        if (++sent > 2000000)
            return 2;
    }
    for (size_t i = 0; i + 2 < sent; i++) /* all are answered once they are read */
        if (raw_status(fd, 7, NULL) != STATUS_SUCCESS)
            return 4;
    return 0;
}

static void backlog(void **state)
{
    (void)state;
    assert_int_equal(as_user(ALICE, NULL, never_read, NULL), 0);
    assert_true(serves());
}

/* ---- calls that do not end ----------------------------------------------------------------- */

static void *slow_call(void *arg)
{
    void *reply;
    ULONG size;
    NTSTATUS protocol;

    *(SECURITY_STATUS *)arg = lsa_client_call_package(u"Slow", "wait", 4, &reply, &size, &protocol);
    free(reply);
    return NULL;
}

/* As many calls as this uid may have; the next is refused at once. Meanwhile the process's other
 * calls go on. */
static int fill_up(void *arg)
{
    SECURITY_STATUS status[TEST_CALLS_PER_USER], more;
    pthread_t threads[TEST_CALLS_PER_USER];
    int failed = 0, *tell = arg;
    int64_t begin;
    char byte;

    for (size_t i = 0; i < TEST_CALLS_PER_USER; i++)
        pthread_create(&threads[i], NULL, slow_call, &status[i]);
    usleep(300000);
    begin = now_ms();
    failed |= serves() ? 0 : 1;
    slow_call(&more);
    failed |= more == SEC_E_INSUFFICIENT_MEMORY ? 0 : 2;
    failed |= now_ms() - begin < 1000 ? 0 : 4;
    failed |= write(tell[1], "x", 1) == 1 && read(tell[2], &byte, 1) == 1 ? 0 : 8;
    for (size_t i = 0; i < TEST_CALLS_PER_USER; i++) {
        pthread_join(threads[i], NULL);
        failed |= status[i] == SEC_E_OK ? 0 : 16;
    }
    return failed;
}

static int quick_pool_call(void *arg)
{
    void *reply;
    ULONG size;
    NTSTATUS protocol;
    int64_t begin = now_ms();
    SECURITY_STATUS status = lsa_client_call_package(u"Slow", "reply", 5, &reply, &size, &protocol);

    (void)arg;
    free(reply);
    return status == SEC_E_OK && now_ms() - begin < 1000 ? 0 : 1;
}

/* One uid's calls take their share of the threads and no more. */
static void shares(void **state)
{
    int pipes[4], status;
    char byte;
    pid_t child;

    (void)state;
    assert_int_equal(pipe(pipes) | pipe(pipes + 2), 0);
    slow_hold();
    child = fork();
    if (child == 0)
        _exit(as_user(ALICE, NULL, fill_up, pipes));
    assert_int_equal(read(pipes[0], &byte, 1), 1);
    assert_int_equal(seen.blocked, TEST_THREADS_PER_USER); /* the others wait their turn */
    assert_int_equal(as_user(BOB, NULL, quick_pool_call, NULL), 0);
    assert_int_equal(quick_pool_call(NULL), 0);
    assert_int_equal(write(pipes[3], "x", 1), 1);
    slow_release();
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(seen.blocked, 0);
    for (int i = 0; i < 4; i++)
        close(pipes[i]);
}

/* ---- many at once -------------------------------------------------------------------------- */

static void *log_in_and_out(void *arg)
{
    for (int i = 0; i < 20; i++) {
        struct lsa_session_request request = {
            .user = "many", .uid = ALICE, .leader = getpid(), .service = "test"};
        struct lsa_session_created created;
        NTSTATUS status = lsa_client_create_session(&request, &created);

        free(created.domain);
        if (status == STATUS_SUCCESS)
            status = lsa_client_accept_credentials(&created.luid, "many", "", "password", NULL);
        if (status != STATUS_SUCCESS &&
            status != SEC_E_INSUFFICIENT_MEMORY) /* more at once than its share */
            *(NTSTATUS *)arg = status;
        if (lsa_client_end_session(&created.luid) != STATUS_SUCCESS)
            *(NTSTATUS *)arg = STATUS_UNSUCCESSFUL;
    }
    return NULL;
}

static void two_hundred(void **state)
{
    pthread_t threads[10];
    NTSTATUS status[10] = {0};

    (void)state;
    for (size_t i = 0; i < 10; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, log_in_and_out, &status[i]), 0);
    for (size_t i = 0; i < 10; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(status[i], STATUS_SUCCESS);
    }
    assert_int_equal(anchor_keys(), 0);
}

/* A new lsad finds the sessions of the old one; credentials of the process are acquired again. */
static void restart(void **state)
{
    LUID luid = session_of("alice", ALICE, getpid());
    struct lsa_session_info *list;
    size_t count;
    int fd = raw_connect();
    uint64_t credential;

    (void)state;
    assert_int_equal(lsa_client_accept_credentials(&luid, "alice", "", "x", NULL), STATUS_SUCCESS);
    server_restart();
    close(fd);
    assert_int_equal(lsa_client_sessions(&list, &count), STATUS_SUCCESS);
    assert_int_equal(count, 1);
    assert_string_equal(list[0].user, "alice");
    assert_string_equal(list[0].packages, "NTLM");
    lsa_client_free_sessions(list, count);
    fd = raw_connect();
    raw_hello(fd, 0);
    assert_int_equal(raw_acquire(fd, u"NTLM", SECPKG_CRED_INBOUND, &credential), SEC_E_OK);
    close(fd);
    assert_int_equal(lsa_client_end_session(&luid), STATUS_SUCCESS);
    assert_int_equal(anchor_keys(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_protocol), cmocka_unit_test(hello_first_and_once),
        cmocka_unit_test(pieces),      cmocka_unit_test(connections),
        cmocka_unit_test(handles),     cmocka_unit_test(unfinished),
        cmocka_unit_test(backlog),     cmocka_unit_test(shares),
        cmocka_unit_test(two_hundred), cmocka_unit_test(restart),
    };

    return cmocka_run_group_tests(tests, server_setup, server_teardown);
}
