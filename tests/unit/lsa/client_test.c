/*
 * The client of lsad against servers that are not lsad: hostile, broken, slow, restarted. It must
 * neither crash nor hang, nor mistake one call's reply for another's.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <ntstatus.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/secret.h"
#include "libsspi/lsa/client.h"
#include "libsspi/lsa/protocol.h"

#define OTHER_UID 54321

static char directory[] = "/tmp/lsa-client-XXXXXX";
static char path[64];

/* ---- a server of the test's own ------------------------------------------------------------ */

/* Called for each connection, in a thread of its own; closes nothing. */
typedef void serve_fn(int fd);

static struct {
    int listening;
    serve_fn *serve;
    pthread_t thread;
    atomic_bool stop;
    atomic_int connections;
    atomic_int requests; /* without hellos */
    struct {
        int fd;
        pthread_t thread;
    } connection[16];
} server;

static int listen_at(const char *where)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    strcpy(address.sun_path, where);
    unlink(where);
    if (fd < 0 || bind(fd, (const struct sockaddr *)&address, sizeof(address)) != 0 ||
        listen(fd, 16) != 0)
        return -1;
    chmod(where, 0666);
    return fd;
}

static void *serve_connection(void *arg)
{
    server.serve((int)(intptr_t)arg);
    shutdown((int)(intptr_t)arg,
             SHUT_RDWR); /* closed in server_stop(), so that the number stays its own */
    return NULL;
}

static void *run_server(void *arg)
{
    (void)arg;
    for (;;) {
        int fd = accept4(server.listening, NULL, NULL, SOCK_CLOEXEC), n = server.connections;

        if (fd < 0 || server.stop || n == 16)
            break;
        server.connection[n].fd = fd;
        server.connections++; /* before anybody is answered */
        if (pthread_create(&server.connection[n].thread, NULL, serve_connection,
                           (void *)(intptr_t)fd) != 0)
            abort();
    }
    return NULL;
}

static void server_start(serve_fn *serve)
{
    server.listening = listen_at(path);
    assert_true(server.listening >= 0);
    server.serve = serve;
    server.stop = false;
    server.connections = server.requests = 0;
    assert_int_equal(pthread_create(&server.thread, NULL, run_server, NULL), 0);
}

static void server_stop(void)
{
    server.stop = true;
    shutdown(server.listening, SHUT_RDWR);
    pthread_join(server.thread, NULL);
    close(server.listening);
    for (int i = 0; i < server.connections; i++) {
        shutdown(server.connection[i].fd, SHUT_RDWR);
        pthread_join(server.connection[i].thread, NULL);
        close(server.connection[i].fd);
    }
}

static bool read_all(int fd, void *data, size_t size)
{
    for (size_t at = 0; at < size;) {
        ssize_t n = recv(fd, (char *)data + at, size - at, 0);

        if (n <= 0)
            return false;
        at += (size_t)n;
    }
    return true;
}

/* The next request; false at the end. Close the arena after use. */
static bool next_request(int fd, struct lsa_arena *arena, Lsa__Request **request)
{
    uint8_t header[LSA_FRAME_HEADER], *message;
    size_t size;

    if (!read_all(fd, header, sizeof(header)) || !lsa_frame_size(header, &size))
        return false;
    message = malloc(size);
    if (!read_all(fd, message, size) || !lsa_arena_open(arena, size)) {
        free(message);
        return false;
    }
    *request = lsa__request__unpack(&arena->allocator, size, message);
    free(message);
    if (*request && (*request)->call_case != LSA__REQUEST__CALL_HELLO)
        server.requests++;
    return *request != NULL;
}

static void send_reply(int fd, Lsa__Reply *reply)
{
    size_t size;
    uint8_t *frame = lsa_frame_pack(&reply->base, 0, &size);

    (void)!send(fd, frame, size, MSG_NOSIGNAL);
    secret_free(frame);
}

static void send_status(int fd, uint32_t id, uint32_t status)
{
    Lsa__Reply reply = LSA__REPLY__INIT;

    reply.id = id;
    reply.status = status;
    send_reply(fd, &reply);
}

/* ---- an honest one ------------------------------------------------------------------------- */

static atomic_int acquired, legs, pairs;

static ProtobufCBinaryData saved_texts; /* the answer to a list of what is saved */

static void answer(int fd, const Lsa__Request *request)
{
    Lsa__Reply reply = LSA__REPLY__INIT;
    Lsa__Acquired credential = LSA__ACQUIRED__INIT;
    Lsa__LegDone leg = LSA__LEG_DONE__INIT;
    Lsa__Status status = LSA__STATUS__INIT;
    Lsa__CallPackageDone done = LSA__CALL_PACKAGE_DONE__INIT;
    Lsa__SessionCreated created = LSA__SESSION_CREATED__INIT;
    Lsa__Unlocked unlocked = LSA__UNLOCKED__INIT;
    Lsa__SavedList saved = LSA__SAVED_LIST__INIT;
    uint8_t bytes[8];

    reply.id = request->id;
    switch (request->call_case) {
    case LSA__REQUEST__CALL_HELLO:
        reply.status = request->hello->version == LSA_PROTOCOL_VERSION
                           ? 0
                           : (uint32_t)SEC_E_UNSUPPORTED_FUNCTION;
        break;
    case LSA__REQUEST__CALL_ACQUIRE:
        acquired++;
        credential.credential = 77;
        credential.expiry = 1234567;
        reply.result_case = LSA__REPLY__RESULT_ACQUIRED;
        reply.acquired = &credential;
        break;
    case LSA__REQUEST__CALL_INITIALIZE:
        legs++;
        if (request->initialize->credential != 77) {
            reply.status = (uint32_t)SEC_E_INVALID_HANDLE;
            break;
        }
        reply.result_case = LSA__REPLY__RESULT_LEG;
        reply.leg = &leg;
        leg.attributes = request->initialize->requirements;
        leg.token.data = bytes;
        leg.token.len = 5;
        memcpy(bytes, "token", 5);
        if (request->initialize->context) {
            leg.mapped = true;
            leg.packed.data = bytes;
            leg.packed.len = 3;
        } else {
            reply.status = (uint32_t)SEC_I_CONTINUE_NEEDED;
            leg.context = 88;
        }
        break;
    case LSA__REQUEST__CALL_CALL_PACKAGE: /* the pointer inside the reply is good in the client */
        done.has_reply = true;
        done.reply_size = sizeof(bytes);
        done.reply.len = sizeof(bytes);
        done.reply.data = bytes;
        memcpy(bytes, &request->call_package->room_base, sizeof(bytes));
        reply.result_case = LSA__REPLY__RESULT_CALL_PACKAGE;
        reply.call_package = &done;
        break;
    case LSA__REQUEST__CALL_CREATE_SESSION:
        created.luid = 5;
        created.domain = request->create_session->user;
        reply.result_case = LSA__REPLY__RESULT_SESSION_CREATED;
        reply.session_created = &created;
        break;
    case LSA__REQUEST__CALL_GET_STATUS:
        status.version = (char *)(uintptr_t) "test";
        status.pid = 42;
        reply.result_case = LSA__REPLY__RESULT_STATUS_INFO;
        reply.status_info = &status;
        break;
    case LSA__REQUEST__CALL_UNLOCK:
        unlocked.luid = request->unlock->luid + 1;
        reply.result_case = LSA__REPLY__RESULT_UNLOCKED;
        reply.unlocked = &unlocked;
        if (strcmp(request->unlock->user, "alice") || strcmp(request->unlock->password, "sesame"))
            reply.status = (uint32_t)STATUS_LOGON_FAILURE;
        break;
    case LSA__REQUEST__CALL_LIST_SAVED:
        saved.texts = saved_texts;
        reply.result_case = LSA__REPLY__RESULT_SAVED;
        reply.saved = &saved;
        break;
    case LSA__REQUEST__CALL_RELEASE:
    case LSA__REQUEST__CALL_DELETE:
        return;
    default:
        break;
    }
    send_reply(fd, &reply);
}

static void honest(int fd)
{
    struct lsa_arena arena;
    Lsa__Request *request;

    while (next_request(fd, &arena, &request)) {
        answer(fd, request);
        lsa_arena_close(&arena);
    }
}

/* ---- calls --------------------------------------------------------------------------------- */

static NTSTATUS get_status(void)
{
    struct lsa_status_info info;
    NTSTATUS status = lsa_client_status(&info);

    if (status == STATUS_SUCCESS) {
        assert_int_equal(info.pid, 42);
        assert_string_equal(info.version, "test");
    }
    lsa_client_free_status(&info);
    return status;
}

/* Texts that have no end, or no user, are not what lsad sends. */
static void saved_lists(void **state)
{
    static const struct {
        const char *texts;
        size_t size, count;
        NTSTATUS status;
    } cases[] = {{"", 0, 0, STATUS_SUCCESS},
                 {"a\0b\0", 4, 1, STATUS_SUCCESS},
                 {"a\0b\0c\0\0", 7, 2, STATUS_SUCCESS},
                 {"a\0b", 3, 0, LSA_CLIENT_UNREACHABLE},
                 {"a\0", 2, 0, LSA_CLIENT_UNREACHABLE},
                 {"a", 1, 0, LSA_CLIENT_UNREACHABLE},
                 {"a\0b\0c\0", 6, 0, LSA_CLIENT_UNREACHABLE}};
    struct lsa_saved_info *list;
    size_t count;

    (void)state;
    server_start(honest);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        saved_texts = (ProtobufCBinaryData){cases[i].size, (uint8_t *)(uintptr_t)cases[i].texts};
        assert_int_equal(lsa_client_list_saved(&list, &count), cases[i].status);
        assert_int_equal(count, cases[i].count);
        assert_true(count < 1 || strcmp(list[0].target, "a") == 0);
        assert_true(count < 1 || strcmp(list[0].user, "b") == 0);
        assert_true(count < 2 || strcmp(list[1].target, "c") == 0);
        lsa_client_free_saved(list, count);
    }
    server_stop();
}

static void honest_server(void **state)
{
    struct lsa_session_request in = {.user = "alice", .uid = 1, .leader = 2};
    struct lsa_session_created created;
    struct lsa_remote_credential *credential;
    struct lsa_leg leg = {.requirements = 0x12};
    TimeStamp expiry;
    NTSTATUS protocol;
    void *reply;
    ULONG size;

    (void)state;
    server_start(honest);
    assert_int_equal(get_status(), STATUS_SUCCESS);
    assert_int_equal(lsa_client_create_session(&in, &created), STATUS_SUCCESS);
    assert_int_equal(created.luid.LowPart, 5);
    assert_string_equal(created.domain, "alice");
    free(created.domain);
    assert_int_equal(lsa_client_acquire(u"NTLM", NULL, SECPKG_CRED_OUTBOUND, &credential, &expiry),
                     SEC_E_OK);
    assert_true(expiry.QuadPart == 1234567);
    leg.credential = credential;
    assert_int_equal(lsa_client_initialize(&leg), SEC_I_CONTINUE_NEEDED);
    assert_non_null(leg.context);
    assert_memory_equal(leg.token, "token", 5);
    assert_null(leg.packed);
    free(leg.token);
    assert_int_equal(lsa_client_initialize(&leg), SEC_E_OK);
    assert_null(leg.context);
    assert_int_equal(leg.attributes, 0x12);
    assert_memory_equal(leg.packed, "tok", 3);
    assert_true(secret_owns(leg.packed));
    secret_free(leg.packed);
    free(leg.token);
    assert_int_equal(lsa_client_call_package(u"Kerberos", "xyz", 3, &reply, &size, &protocol),
                     SEC_E_OK);
    assert_int_equal(size, 8);
    assert_ptr_equal(*(void **)reply, reply);
    free(reply);
    lsa_client_release(credential);
    assert_int_equal(server.connections, 1);
    server_stop();
}

/* ---- hostile ones -------------------------------------------------------------------------- */

/* What the server answers to whatever comes first, and whether it then hangs up. */
static const void *hostile_bytes;
static size_t hostile_size;

static void hostile(int fd)
{
    char byte;

    (void)!recv(fd, &byte, 1, 0);
    (void)!send(fd, hostile_bytes, hostile_size, MSG_NOSIGNAL);
    shutdown(fd, SHUT_WR);
    while (recv(fd, &byte, 1, 0) > 0) /* what was not read would reset the connection */
        ;
}

static void expect_unreachable(const void *bytes, size_t size)
{
    struct lsa_remote_credential *credential;
    struct lsa_session_info *sessions;
    NTSTATUS protocol;
    size_t count;
    void *reply;
    ULONG reply_size;
    LUID luid = {1, 1};

    hostile_bytes = bytes;
    hostile_size = size;
    server_start(hostile);
    assert_int_equal(get_status(), LSA_CLIENT_UNREACHABLE);
    assert_int_equal(lsa_client_acquire(u"NTLM", u"x", 2, &credential, NULL),
                     LSA_CLIENT_UNREACHABLE);
    assert_null(credential);
    assert_int_equal(lsa_client_sessions(&sessions, &count), LSA_CLIENT_UNREACHABLE);
    assert_int_equal(lsa_client_call_package(u"x", NULL, 0, &reply, &reply_size, &protocol),
                     LSA_CLIENT_UNREACHABLE);
    assert_null(reply);
    assert_int_equal(lsa_client_end_session(&luid), LSA_CLIENT_UNREACHABLE);
    server_stop();
}

static void hostile_servers(void **state)
{
    static const uint8_t large[70000] = {0, 0x0f, 0xff, 0xff, 0xff};

    (void)state;
    expect_unreachable("", 0);
    expect_unreachable("\0\0", 2);
    expect_unreachable("\0\0\0\0", 4);                                    /* an empty message */
    expect_unreachable("\0\0\0\x10short", 9);                             /* less than it says */
    expect_unreachable("\xff\xff\xff\xff oversized", 14);                 /* 4 GiB */
    expect_unreachable("\0\x10\0\x01 oversized", 14);                     /* a byte too many */
    expect_unreachable("\0\0\0\x08\xff\xff\xff\xff\xff\xff\xff\xff", 12); /* no message */
    expect_unreachable("HTTP/1.1 400 Bad Request\r\n\r\n", 28);
    expect_unreachable(large, sizeof(large)); /* the beginning of a large one */
}

/* Replies of the wrong kind, or to calls that nobody made. */
static void wrong_replies(int fd)
{
    Lsa__Reply reply = LSA__REPLY__INIT;
    Lsa__CallPackageDone done = LSA__CALL_PACKAGE_DONE__INIT;
    struct lsa_arena arena;
    Lsa__Request *request;

    while (next_request(fd, &arena, &request)) {
        if (request->call_case == LSA__REQUEST__CALL_HELLO) {
            answer(fd, request);
        } else {
            send_status(fd, request->id + 1000, 0); /* nobody's */
            lsa__reply__init(&reply);
            reply.id = request->id;
            reply.result_case = LSA__REPLY__RESULT_CALL_PACKAGE;
            reply.call_package = &done;
            done.has_reply = true;
            done.reply_size = 4000000; /* more than came */
            send_reply(fd, &reply);
        }
        lsa_arena_close(&arena);
    }
}

static void wrong_kind(void **state)
{
    struct lsa_session_request in = {.user = "alice"};
    struct lsa_session_created created;
    struct lsa_remote_credential *credential;
    struct lsa_session_info *sessions;
    NTSTATUS protocol;
    ULONG size;
    size_t count;
    LUID luid = {5, 0};
    void *reply;

    (void)state;
    server_start(wrong_replies);
    assert_int_equal(get_status(), LSA_CLIENT_UNREACHABLE);
    assert_int_equal(lsa_client_create_session(&in, &created), LSA_CLIENT_UNREACHABLE);
    assert_int_equal(lsa_client_acquire(u"NTLM", NULL, 2, &credential, NULL),
                     LSA_CLIENT_UNREACHABLE);
    assert_int_equal(lsa_client_sessions(&sessions, &count), LSA_CLIENT_UNREACHABLE);
    assert_int_equal(lsa_client_call_package(u"x", NULL, 0, &reply, &size, &protocol),
                     LSA_CLIENT_UNREACHABLE);
    assert_null(reply);
    assert_int_equal(lsa_client_unlock(&luid, "alice", "sesame"), LSA_CLIENT_UNREACHABLE);
    assert_int_equal(luid.LowPart, 5);
    server_stop();
}

static void refusing(int fd)
{
    char byte;

    send_status(fd, 0, (uint32_t)SEC_E_INSUFFICIENT_MEMORY);
    shutdown(fd, SHUT_WR);
    while (recv(fd, &byte, 1, 0) > 0)
        ;
}

static void other_version(int fd)
{
    struct lsa_arena arena;
    Lsa__Request *request;

    while (next_request(fd, &arena, &request)) {
        send_status(fd, request->id, (uint32_t)SEC_E_UNSUPPORTED_FUNCTION);
        lsa_arena_close(&arena);
    }
}

/* lsad says why it hangs up: too many connections, another version. */
static void refused_with_a_reason(void **state)
{
    (void)state;
    server_start(refusing);
    assert_int_equal(get_status(), SEC_E_INSUFFICIENT_MEMORY);
    server_stop();
    server_start(other_version);
    assert_int_equal(get_status(), SEC_E_UNSUPPORTED_FUNCTION);
    server_stop();
}

static void nobody_there(void **state)
{
    (void)state;
    unlink(path);
    assert_int_equal(get_status(), LSA_CLIENT_UNREACHABLE);
    close(listen_at(path)); /* a socket that nobody listens at */
    assert_int_equal(get_status(), LSA_CLIENT_UNREACHABLE);
}

/* A socket that another user listens at gets nothing from us, least of all a password. */
static void not_roots(void **state)
{
    int ready[2], status;
    LUID luid = {0};
    char byte;
    pid_t child;

    (void)state;
    assert_int_equal(chmod(directory, 0777), 0);
    assert_int_equal(pipe(ready), 0);
    unlink(path);
    child = fork();
    if (child == 0) {
        struct timeval patience = {.tv_sec = 2};
        char buffer[64];
        int fd, connection;

        if (setresgid(OTHER_UID, OTHER_UID, OTHER_UID) != 0 ||
            setresuid(OTHER_UID, OTHER_UID, OTHER_UID) != 0)
            _exit(1);
        fd = listen_at(path);
        if (fd < 0 || write(ready[1], "x", 1) != 1)
            _exit(2);
        connection = accept(fd, NULL, NULL);
        setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
        _exit(recv(connection, buffer, sizeof(buffer), 0) > 0 ? 3 : 0);
    }
    assert_int_equal(read(ready[0], &byte, 1), 1);
    assert_int_equal(lsa_client_change_password("alice", "", 1, "old secret", "new secret"),
                     LSA_CLIENT_UNREACHABLE);
    assert_int_equal(lsa_client_unlock(&luid, "alice", "old secret"), LSA_CLIENT_UNREACHABLE);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    close(ready[0]);
    close(ready[1]);
    unlink(path);
    chmod(directory, 0755);
}

/* ---- slow, many, restarted ----------------------------------------------------------------- */

static void silent(int fd)
{
    struct lsa_arena arena;
    Lsa__Request *request;

    while (next_request(fd, &arena, &request))
        lsa_arena_close(&arena);
}

/* A logon program gives up on a hung lsad after ten seconds. */
static void hung_server(void **state)
{
    struct timespec begin, end;
    LUID luid = {1, 1};

    (void)state;
    server_start(silent);
    clock_gettime(CLOCK_MONOTONIC, &begin);
    assert_int_equal(lsa_client_end_session(&luid), LSA_CLIENT_UNREACHABLE);
    clock_gettime(CLOCK_MONOTONIC, &end);
    assert_in_range(end.tv_sec - begin.tv_sec, 9, 14);
    /* and who stands before a locked screen after six */
    clock_gettime(CLOCK_MONOTONIC, &begin);
    assert_int_equal(lsa_client_unlock(&luid, "alice", "sesame"), LSA_CLIENT_UNREACHABLE);
    clock_gettime(CLOCK_MONOTONIC, &end);
    assert_in_range(end.tv_sec - begin.tv_sec, 5, 8);
    server_stop();
}

static void unlock(void **state)
{
    LUID luid = {7, 1};

    (void)state;
    server_start(honest);
    assert_int_equal(lsa_client_unlock(&luid, "alice", "sesame"), STATUS_SUCCESS);
    assert_int_equal(luid.LowPart, 8);
    assert_int_equal(luid.HighPart, 1);
    assert_int_equal(lsa_client_unlock(&luid, "alice", "wrong"), STATUS_LOGON_FAILURE);
    assert_int_equal(luid.LowPart, 8); /* as it was */
    assert_int_equal(lsa_client_unlock(NULL, "alice", "sesame"), STATUS_INVALID_PARAMETER);
    assert_int_equal(lsa_client_unlock(&luid, NULL, "sesame"), STATUS_INVALID_PARAMETER);
    assert_int_equal(lsa_client_unlock(&luid, "alice", NULL), STATUS_INVALID_PARAMETER);
    assert_int_equal(server.requests, 2);
    server_stop();
}

/* Answers two at once, the second first: one call's reply comes while another thread reads. */
static void out_of_order(int fd)
{
    struct lsa_arena first, second;
    Lsa__Request *one, *two;

    if (!next_request(fd, &first, &one))
        return;
    answer(fd, one); /* the hello */
    lsa_arena_close(&first);
    while (next_request(fd, &first, &one)) {
        struct pollfd more = {.fd = fd, .events = POLLIN};

        if (poll(&more, 1, 2) > 0 && next_request(fd, &second, &two)) {
            answer(fd, two);
            lsa_arena_close(&second);
            pairs++;
        }
        answer(fd, one);
        lsa_arena_close(&first);
    }
}

#define THREADS 8
#define ROUNDS  200

static void *call_often(void *arg)
{
    const char *user = arg;

    for (int i = 0; i < ROUNDS; i++) {
        struct lsa_session_request in = {.user = user};
        struct lsa_session_created created;

        if (lsa_client_create_session(&in, &created) != STATUS_SUCCESS ||
            strcmp(created.domain, user) != 0)
            return (void *)1;
        free(created.domain);
    }
    return NULL;
}

static void many_threads(void **state)
{
    static char users[THREADS][8];
    pthread_t threads[THREADS];

    (void)state;
    server_start(out_of_order);
    for (size_t i = 0; i < THREADS; i++) {
        snprintf(users[i], sizeof(users[i]), "user%zu", i);
        assert_int_equal(pthread_create(&threads[i], NULL, call_often, users[i]), 0);
    }
    for (size_t i = 0; i < THREADS; i++) {
        void *result;

        pthread_join(threads[i], &result);
        assert_null(result);
    }
    assert_int_equal(server.connections, 1);
    assert_int_equal(server.requests, THREADS * ROUNDS);
    assert_true(pairs > ROUNDS);
    server_stop();
}

/* After a restart a credential goes on, a half-made context does not. */
static void restarted(void **state)
{
    struct lsa_remote_credential *credential;
    struct lsa_leg leg = {.requirements = 0};
    LUID luid = {1, 1};
    int before;

    (void)state;
    server_start(honest);
    assert_int_equal(lsa_client_acquire(u"NTLM", NULL, 2, &credential, NULL), SEC_E_OK);
    leg.credential = credential;
    assert_int_equal(lsa_client_initialize(&leg), SEC_I_CONTINUE_NEEDED);
    free(leg.token);
    server_stop();
    server_start(honest);
    before = acquired;
    assert_int_equal(lsa_client_end_session(&luid),
                     STATUS_SUCCESS); /* over a new connection, silently */
    assert_int_equal(lsa_client_initialize(&leg), SEC_E_INVALID_HANDLE);
    lsa_client_delete(leg.context);
    leg.context = NULL;
    assert_int_equal(acquired, before);
    assert_int_equal(lsa_client_initialize(&leg), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(acquired, before + 1);
    free(leg.token);
    lsa_client_delete(leg.context);
    lsa_client_release(credential);
    server_stop();
}

static void one_request_each(int fd)
{
    struct lsa_arena arena;
    Lsa__Request *request;

    for (int i = 0; i < 3 && next_request(fd, &arena, &request); i++) { /* hello, acquire, a leg */
        answer(fd, request);
        lsa_arena_close(&arena);
    }
}

static void killed_between(void **state)
{
    struct lsa_remote_credential *credential;
    struct lsa_leg leg = {.requirements = 0};
    int before;

    (void)state;
    server_start(one_request_each);
    assert_int_equal(lsa_client_acquire(u"NTLM", NULL, 2, &credential, NULL), SEC_E_OK);
    leg.credential = credential;
    assert_int_equal(lsa_client_initialize(&leg), SEC_I_CONTINUE_NEEDED);
    free(leg.token);
    before = acquired;
    assert_int_equal(lsa_client_initialize(&leg), SEC_E_INVALID_HANDLE); /* its lsad is gone */
    assert_null(leg.token);
    assert_int_equal(lsa_client_initialize(&leg), SEC_E_INVALID_HANDLE);
    lsa_client_delete(leg.context);
    leg.context = NULL;
    assert_int_equal(lsa_client_initialize(&leg),
                     SEC_I_CONTINUE_NEEDED); /* acquired again, silently */
    assert_int_equal(acquired, before + 1);
    free(leg.token);
    lsa_client_delete(leg.context);
    lsa_client_release(credential);
    server_stop();
}

/* A child has handles of its parent; it makes a connection of its own, and the parent's is not
 * disturbed. */
static void forked(void **state)
{
    struct lsa_remote_credential *credential;
    struct lsa_leg leg = {.requirements = 0};
    int status;
    pid_t child;

    (void)state;
    server_start(honest);
    assert_int_equal(lsa_client_acquire(u"NTLM", NULL, 2, &credential, NULL), SEC_E_OK);
    leg.credential = credential;
    assert_int_equal(lsa_client_initialize(&leg), SEC_I_CONTINUE_NEEDED);
    free(leg.token);
    child = fork();
    if (child == 0) {
        int failed = 0;

        failed |= lsa_client_initialize(&leg) == SEC_E_INVALID_HANDLE ? 0 : 1;
        leg.context = NULL;
        failed |= lsa_client_initialize(&leg) == SEC_I_CONTINUE_NEEDED ? 0 : 2;
        failed |= get_status() == STATUS_SUCCESS ? 0 : 4;
        _exit(failed);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(server.connections, 2);
    assert_int_equal(lsa_client_initialize(&leg), SEC_E_OK); /* the parent's context still lives */
    free(leg.token);
    secret_free(leg.packed);
    lsa_client_release(credential);
    server_stop();
}

/* A process that gives root up must not go on speaking as root. */
static void other_uid(void **state)
{
    (void)state;
    server_start(honest);
    assert_int_equal(get_status(), STATUS_SUCCESS);
    assert_int_equal(seteuid(OTHER_UID), 0);
    assert_int_equal(get_status(), STATUS_SUCCESS);
    assert_int_equal(seteuid(0), 0);
    assert_int_equal(server.connections, 2);
    assert_int_equal(get_status(), STATUS_SUCCESS);
    assert_int_equal(server.connections, 3);
    server_stop();
}

/* A program that closes all descriptors, as daemons do, and has a file of its own at that number.
 */
static void descriptor_taken(void **state)
{
    char name[] = "/tmp/lsa-client-file-XXXXXX";
    struct stat before, after;
    int file = mkstemp(name), found = -1;

    (void)state;
    server_start(honest);
    assert_int_equal(get_status(), STATUS_SUCCESS);
    for (int fd = 3; fd < 1024 && found < 0; fd++) {
        struct sockaddr_un peer;
        socklen_t size = sizeof(peer);

        if (getpeername(fd, (struct sockaddr *)&peer, &size) == 0 && peer.sun_family == AF_UNIX &&
            size > sizeof(sa_family_t) && strcmp(peer.sun_path, path) == 0)
            found = fd;
    }
    assert_true(found >= 0);
    assert_int_equal(fcntl(found, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
    assert_int_equal(dup2(file, found), found);
    assert_int_equal(get_status(), STATUS_SUCCESS); /* over a connection of its own */
    assert_int_equal(fstat(file, &before), 0);
    assert_int_equal(before.st_size, 0);
    assert_int_equal(fstat(found, &after), 0); /* and the program's file was not closed */
    assert_int_equal(after.st_ino, before.st_ino);
    close(found);
    close(file);
    unlink(name);
    server_stop();
}

static int setup(void **state)
{
    (void)state;
    if (geteuid() != 0) {
        fprintf(stderr, "needs root: the client speaks to nobody else\n");
        return -1;
    }
    if (!mkdtemp(directory) || chmod(directory, 0755) != 0)
        return -1;
    snprintf(path, sizeof(path), "%s/sock", directory);
    lsa_client_set_socket(path);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    unlink(path);
    lsa_client_set_socket(NULL);
    return rmdir(directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(honest_server),    cmocka_unit_test(hostile_servers),
        cmocka_unit_test(wrong_kind),       cmocka_unit_test(refused_with_a_reason),
        cmocka_unit_test(nobody_there),     cmocka_unit_test(not_roots),
        cmocka_unit_test(hung_server),      cmocka_unit_test(many_threads),
        cmocka_unit_test(restarted),        cmocka_unit_test(killed_between),
        cmocka_unit_test(forked),           cmocka_unit_test(other_uid),
        cmocka_unit_test(descriptor_taken), cmocka_unit_test(unlock),
        cmocka_unit_test(saved_lists),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
