/*
 * Legs that a package puts off, and refusals that are told late: nobody else waits for them, and
 * whoever goes meanwhile leaves nothing behind.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <ntstatus.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/secret.h"
#include "tests/unit/lsa/anchor.h"
#include "tests/unit/lsa/server.h"

static int64_t now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void send_accept(int fd, uint64_t credential, uint64_t context, const char *token,
                        uint32_t id)
{
    Lsa__Buffer buffer = LSA__BUFFER__INIT, *buffers[] = {&buffer};
    Lsa__Leg call = LSA__LEG__INIT;
    Lsa__Request request = LSA__REQUEST__INIT;

    buffer.type = SECBUFFER_TOKEN;
    buffer.data = (ProtobufCBinaryData){strlen(token), (uint8_t *)(uintptr_t)token};
    call.credential = credential;
    call.context = context;
    call.n_input = 1;
    call.input = buffers;
    request.call_case = LSA__REQUEST__CALL_ACCEPT;
    request.accept = &call;
    raw_send(fd, &request, id);
}

/* A connection with a credential and a context that has had its first leg. */
static int begin(uint64_t *credential, uint64_t *context)
{
    int fd = raw_connect();

    raw_hello(fd, 0);
    assert_int_equal(raw_acquire(fd, u"NTLM", SECPKG_CRED_INBOUND, credential), SEC_E_OK);
    send_accept(fd, *credential, 0, "first", 1);
    *context = 0;
    assert_int_equal(raw_status(fd, 1, context), SEC_I_CONTINUE_NEEDED);
    assert_true(*context != 0);
    return fd;
}

static void ask(int fd, uint32_t id)
{
    Lsa__GetStatus call = LSA__GET_STATUS__INIT;
    Lsa__Request request = LSA__REQUEST__INIT;

    request.call_case = LSA__REQUEST__CALL_GET_STATUS;
    request.get_status = &call;
    raw_send(fd, &request, id);
}

static void test_again(void **state)
{
    uint64_t credential, context, number;
    int fd = begin(&credential, &context);
    int64_t began = now();

    (void)state;
    send_accept(fd, credential, context, "again", 20);
    ask(fd, 21);
    assert_int_equal(raw_status(fd, 21, NULL), SEC_E_OK); /* it waits for nothing */
    number = 77;
    assert_int_equal(raw_status(fd, 20, &number), SEC_E_OK);
    assert_true(number == 0); /* it is handed over */
    assert_true(now() - began >= TEST_DELAY);
    close(fd);
}

static void test_refused_later(void **state)
{
    uint64_t credential, context;
    struct lsa_arena arena;
    Lsa__Reply *reply;
    int fd = begin(&credential, &context);
    int64_t began = now();

    (void)state;
    send_accept(fd, credential, context, "refuse later", 30);
    ask(fd, 31);
    assert_int_equal(raw_status(fd, 31, NULL), SEC_E_OK);
    assert_true(raw_receive(fd, &arena, &reply));
    assert_int_equal(reply->id, 30);
    assert_int_equal((SECURITY_STATUS)reply->status, SEC_E_LOGON_DENIED);
    assert_int_equal(reply->result_case, LSA__REPLY__RESULT_LEG);
    assert_true(reply->leg->context == context);
    assert_int_equal(reply->why->code, 7);
    assert_string_equal(reply->why->text, "for a reason");
    assert_true(now() - began >= TEST_DELAY);
    lsa_arena_close(&arena);
    close(fd);
}

/* The context, or the whole client, is gone when its time has come. */
static void test_gone(void **state)
{
    uint64_t credential, context;
    int fd = begin(&credential, &context);
    Lsa__Delete call = LSA__DELETE__INIT;
    Lsa__Request request = LSA__REQUEST__INIT;

    (void)state;
    send_accept(fd, credential, context, "again", 40);
    send_accept(fd, credential, context, "again", 41);
    ask(fd, 42);
    assert_int_equal(raw_status(fd, 42, NULL), SEC_E_OK);
    call.context = context;
    request.call_case = LSA__REQUEST__CALL_DELETE;
    request.delete_ = &call;
    raw_send(fd, &request, 43);
    for (int i = 0; i < 2; i++) {
        struct lsa_arena arena;
        Lsa__Reply *reply;

        assert_true(raw_receive(fd, &arena, &reply));
        assert_int_equal((SECURITY_STATUS)reply->status, SEC_E_INVALID_HANDLE);
        lsa_arena_close(&arena);
    }
    close(fd);
    fd = begin(&credential, &context);
    send_accept(fd, credential, context, "again", 50);
    send_accept(fd, credential, context, "refuse later", 51);
    ask(fd, 52);
    assert_int_equal(raw_status(fd, 52, NULL), SEC_E_OK);
    close(fd);
    assert_true(becomes(&seen.contexts, 0));
    assert_true(becomes(&seen.credentials, 0));
}

/* And so may the server be. */
static void test_server_ends(void **state)
{
    uint64_t credential, context;
    int fd = begin(&credential, &context);

    (void)state;
    send_accept(fd, credential, context, "again", 60);
    send_accept(fd, credential, context, "refuse later", 61);
    ask(fd, 62);
    assert_int_equal(raw_status(fd, 62, NULL), SEC_E_OK);
    server_restart();
    assert_true(raw_closed(fd));
    close(fd);
    fd = begin(&credential, &context);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_again),
        cmocka_unit_test(test_refused_later),
        cmocka_unit_test(test_gone),
        cmocka_unit_test(test_server_ends),
    };

    return cmocka_run_group_tests_name("lsa_delay", tests, server_setup, server_teardown);
}
