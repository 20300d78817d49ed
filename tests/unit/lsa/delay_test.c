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
#include <stdio.h>
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

/* The reply to `id`, whatever comes before it. */
static void await(int fd, uint32_t id)
{
    struct lsa_arena arena;
    Lsa__Reply *reply;
    bool found;

    do {
        assert_true(raw_receive(fd, &arena, &reply));
        found = reply->id == id;
        if (found)
            assert_int_equal((SECURITY_STATUS)reply->status, SEC_E_OK);
        lsa_arena_close(&arena);
    } while (!found);
}

/* What has come of a leg that was put off, and of a question asked behind it. */
struct race {
    bool asked_first;
    SECURITY_STATUS status;
    uint64_t context; /* as the reply names it */
    uint32_t why;
    char text[64];
};

struct race_case {
    uint64_t credential, context;
    const char *token;
};

static void run_race(int fd, const struct race_case *c, struct race *race)
{
    struct lsa_arena arena;
    Lsa__Reply *reply;
    int64_t began = now();

    *race = (struct race){.asked_first = false};
    send_accept(fd, c->credential, c->context, c->token, 20);
    ask(fd, 21);
    for (int i = 0; i < 2; i++) {
        assert_true(raw_receive(fd, &arena, &reply));
        if (reply->id == 21) {
            assert_int_equal((SECURITY_STATUS)reply->status, SEC_E_OK);
            race->asked_first = i == 0;
        } else {
            assert_int_equal(reply->id, 20);
            assert_true(now() - began >= TEST_DELAY);
            assert_int_equal(reply->result_case, LSA__REPLY__RESULT_LEG);
            race->status = (SECURITY_STATUS)reply->status;
            race->context = reply->leg->context;
            race->why = reply->why ? (uint32_t)reply->why->code : 0;
            if (reply->why)
                snprintf(race->text, sizeof(race->text), "%s", reply->why->text);
        }
        lsa_arena_close(&arena);
    }
}

/* On a machine too busy to answer anything for so long, nothing is seen of who waits for whom. */
static void put_off(const char *token, struct race *race, uint64_t *context)
{
    for (int tries = 0; tries < 20; tries++) {
        struct race_case c = {.token = token};
        int fd = begin(&c.credential, &c.context);

        run_race(fd, &c, race);
        close(fd);
        *context = c.context;
        if (race->asked_first)
            return;
    }
    fail_msg("a question waits for a leg that was put off");
}

static void test_again(void **state)
{
    struct race race;
    uint64_t context;

    (void)state;
    put_off("again", &race, &context);
    assert_int_equal(race.status, SEC_E_OK);
    assert_true(race.context == 0); /* it is handed over */
}

static void test_refused_later(void **state)
{
    struct race race;
    uint64_t context;

    (void)state;
    put_off("refuse later", &race, &context);
    assert_int_equal(race.status, SEC_E_LOGON_DENIED);
    assert_true(race.context == context);
    assert_int_equal(race.why, 7);
    assert_string_equal(race.text, "for a reason");
}

/* Two legs of a context that is deleted while they are put off; false when the machine was too slow
 * for that. */
static bool deleted_meanwhile(void)
{
    uint64_t credential, context;
    int fd = begin(&credential, &context);
    Lsa__Delete call = LSA__DELETE__INIT;
    Lsa__Request request = LSA__REQUEST__INIT;
    int64_t began = now();
    unsigned gone = 0;

    send_accept(fd, credential, context, "again", 40);
    send_accept(fd, credential, context, "again", 41);
    ask(fd, 42);
    call.context = context;
    request.call_case = LSA__REQUEST__CALL_DELETE;
    request.delete_ = &call;
    raw_send(fd, &request, 43);
    for (int i = 0; i < 3; i++) {
        struct lsa_arena arena;
        Lsa__Reply *reply;

        assert_true(raw_receive(fd, &arena, &reply));
        gone += (SECURITY_STATUS)reply->status == SEC_E_INVALID_HANDLE;
        lsa_arena_close(&arena);
    }
    assert_true(gone == 2 || now() - began >= TEST_DELAY);
    close(fd);
    return gone == 2;
}

/* The context, or the whole client, is gone when its time has come. */
static void test_gone(void **state)
{
    uint64_t credential, context;
    int fd, tries = 0;

    (void)state;
    while (!deleted_meanwhile())
        assert_true(++tries < 20);
    fd = begin(&credential, &context);
    send_accept(fd, credential, context, "again", 50);
    send_accept(fd, credential, context, "refuse later", 51);
    ask(fd, 52);
    await(fd, 52);
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
    await(fd, 62);
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
