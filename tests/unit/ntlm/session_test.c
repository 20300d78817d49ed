/*
 * Signing and sealing in established contexts: both directions, replays, changes, gaps, buffers of
 * every kind, and many threads.
 */
#include "tests/unit/ntlm/harness.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/kerberos/counted.h"

static struct side client, server;

static int begin(void **state)
{
    (void)state;
    assert_int_equal(side_acquire(&client, true, "alice", "EXAMPLE", "pw"), SEC_E_OK);
    assert_int_equal(side_acquire(&server, false, "alice", "EXAMPLE", "pw"), SEC_E_OK);
    assert_int_equal(shake(&client, ISC_REQ_CONFIDENTIALITY, &server, 0, NULL), SEC_E_OK);
    return 0;
}

static int end(void **state)
{
    (void)state;
    side_end(&client);
    side_end(&server);
    return 0;
}

static void test_both_directions(void **state)
{
    char text[64];

    (void)state;
    for (int i = 0; i < 300; i++) {
        snprintf(text, sizeof(text), "message %d", i);
        assert_int_equal(send_sealed(&client, &server, text), SEC_E_OK);
        if (i % 3 == 0)
            assert_int_equal(send_signed(&client, &server, text), SEC_E_OK);
        assert_int_equal(send_sealed(&server, &client, text), SEC_E_OK);
        if (i % 5 == 0)
            assert_int_equal(send_signed(&server, &client, text), SEC_E_OK);
    }
    assert_int_equal(send_sealed(&server, &client, ""), SEC_E_OK);
}

/* A message is good once, and in its place; what is refused for that changes nothing. */
static void test_sequence(void **state)
{
    uint8_t first[16], second[16], again[16];
    char one[] = "one", two[] = "two", copy[sizeof(one)];

    (void)state;
    assert_int_equal(side_protect(&client, true, one, sizeof(one), first), SEC_E_OK);
    assert_int_equal(side_protect(&client, true, two, sizeof(two), second), SEC_E_OK);
    memcpy(copy, one, sizeof(one));
    memcpy(again, first, sizeof(first));
    assert_int_equal(side_unprotect(&server, true, two, sizeof(two), second),
                     SEC_E_OUT_OF_SEQUENCE);
    assert_int_equal(side_unprotect(&server, true, one, sizeof(one), first), SEC_E_OK);
    assert_string_equal(one, "one");
    assert_int_equal(side_unprotect(&server, true, copy, sizeof(copy), again),
                     SEC_E_OUT_OF_SEQUENCE);
    assert_int_equal(side_unprotect(&server, true, two, sizeof(two), second), SEC_E_OK);
    assert_string_equal(two, "two");
}

/* A message sent back to its sender is not one from the peer. */
static void test_reflection(void **state)
{
    uint8_t signature[16];
    char text[] = "mine";

    (void)state;
    assert_int_equal(side_protect(&client, false, text, sizeof(text), signature), SEC_E_OK);
    assert_int_equal(side_unprotect(&client, false, text, sizeof(text), signature),
                     SEC_E_MESSAGE_ALTERED);
}

/* Any changed bit is found, and what was made of it is not shown. */
static void test_changes(void **state)
{
    uint8_t signature[16];
    char text[] = "attack at dawn", zeros[sizeof(text)] = "";

    for (size_t i = 0; i < sizeof(text) + sizeof(signature); i++) {
        bool in_text = i < sizeof(text);
        size_t at = i - sizeof(text);
        SECURITY_STATUS expected =
            !in_text && at >= 12 ? SEC_E_OUT_OF_SEQUENCE : SEC_E_MESSAGE_ALTERED;

        memcpy(text, "attack at dawn", sizeof(text));
        assert_int_equal(side_protect(&client, true, text, sizeof(text), signature), SEC_E_OK);
        if (in_text)
            text[i] ^= 1;
        else
            signature[at] ^= 1;
        assert_int_equal(side_unprotect(&server, true, text, sizeof(text), signature), expected);
        if (expected == SEC_E_MESSAGE_ALTERED)
            assert_memory_equal(text, zeros, sizeof(text));
        end(state);
        begin(state);
    }
    memcpy(text, "attack at dawn", sizeof(text));
    assert_int_equal(side_protect(&client, false, text, sizeof(text), signature), SEC_E_OK);
    text[0] = 'A';
    assert_int_equal(side_unprotect(&server, false, text, sizeof(text), signature),
                     SEC_E_MESSAGE_ALTERED);
}

/*
 * DCE-RPC signs a header and a trailer that it must not encrypt. With extended session security
 * that goes for what is read-only as well: 3.4.6.1 signs all buffers.
 */
static void buffer_kinds(bool in_header)
{
    char header[] = "header", body[] = "body", trailer[] = "trailer", other[] = "other";
    uint8_t signature[64];
    SecBuffer buffers[] = {
        {sizeof(header), SECBUFFER_DATA | SECBUFFER_READONLY_WITH_CHECKSUM, header},
        {sizeof(body), SECBUFFER_DATA, body},
        {sizeof(trailer), SECBUFFER_DATA | SECBUFFER_READONLY_WITH_CHECKSUM, trailer},
        {sizeof(other), SECBUFFER_DATA | SECBUFFER_READONLY, other},
        {sizeof(signature), SECBUFFER_TOKEN | SECBUFFER_READONLY_WITH_CHECKSUM, signature},
    };
    SecBufferDesc message = {SECBUFFER_VERSION, 5, buffers};
    char *changed = in_header ? header : other;
    ULONG qop;

    assert_int_equal(EncryptMessage(&client.context, 0, &message, 0), SEC_E_OK);
    assert_int_equal(buffers[4].cbBuffer, 16);
    assert_string_equal(header, "header");
    assert_string_equal(trailer, "trailer");
    assert_string_equal(other, "other");
    assert_memory_not_equal(body, "body", 4);
    assert_int_equal(DecryptMessage(&server.context, &message, 0, &qop), SEC_E_OK);
    assert_string_equal(body, "body");
    assert_int_equal(EncryptMessage(&client.context, 0, &message, 0), SEC_E_OK);
    changed[0]--;
    assert_int_equal(DecryptMessage(&server.context, &message, 0, &qop), SEC_E_MESSAGE_ALTERED);
}

static void test_buffer_kinds(void **state)
{
    (void)state;
    buffer_kinds(true);
}

static void test_read_only(void **state)
{
    (void)state;
    buffer_kinds(false);
}

/* SECBUFFER_STREAM: signature and message in one piece. */
static void test_stream(void **state)
{
    uint8_t wire[16 + 6];
    SecBuffer buffers[] = {{sizeof(wire), SECBUFFER_STREAM, wire}, {0, SECBUFFER_DATA, NULL}};
    SecBufferDesc message = {SECBUFFER_VERSION, 2, buffers};
    ULONG qop;

    (void)state;
    memcpy(wire + 16, "stream", 6);
    assert_int_equal(side_protect(&client, true, wire + 16, 6, wire), SEC_E_OK);
    assert_int_equal(DecryptMessage(&server.context, &message, 0, &qop), SEC_E_OK);
    assert_ptr_equal(buffers[1].pvBuffer, wire + 16);
    assert_int_equal(buffers[1].cbBuffer, 6);
    assert_memory_equal(buffers[1].pvBuffer, "stream", 6);
    buffers[0].cbBuffer = 15;
    assert_int_equal(DecryptMessage(&server.context, &message, 0, &qop), SEC_E_INVALID_TOKEN);
}

/* Integrity alone: wrapping with and without encryption, and the receiver is told which. */
static void test_sign_only(void **state)
{
    uint8_t signature[16];
    char text[] = "in the clear";
    SecBuffer buffers[] = {{16, SECBUFFER_TOKEN, signature}, {sizeof(text), SECBUFFER_DATA, text}};
    SecBufferDesc message = {SECBUFFER_VERSION, 2, buffers};
    ULONG qop = 0;

    (void)state;
    assert_int_equal(shake(&client, ISC_REQ_INTEGRITY, &server, 0, NULL), SEC_E_OK);
    assert_int_equal(EncryptMessage(&client.context, 7, &message, 0), SEC_E_QOP_NOT_SUPPORTED);
    assert_int_equal(EncryptMessage(&client.context, SECQOP_WRAP_NO_ENCRYPT, &message, 0),
                     SEC_E_OK);
    assert_string_equal(text, "in the clear");
    assert_int_equal(DecryptMessage(&server.context, &message, 0, &qop), SEC_E_OK);
    assert_int_equal(qop, SECQOP_WRAP_NO_ENCRYPT);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(EncryptMessage(&client.context, 0, &message, 0), SEC_E_OK);
        assert_memory_not_equal(text, "in the clear", sizeof(text));
        assert_int_equal(DecryptMessage(&server.context, &message, 0, &qop), SEC_E_OK);
        assert_int_equal(qop, 0);
        assert_string_equal(text, "in the clear");
    }
    /* What fits neither is refused, and nothing of it is left. */
    assert_int_equal(EncryptMessage(&client.context, 0, &message, 0), SEC_E_OK);
    text[3] ^= 1;
    assert_int_equal(DecryptMessage(&server.context, &message, 0, &qop), SEC_E_MESSAGE_ALTERED);
    for (size_t i = 0; i < sizeof(text); i++)
        assert_int_equal(text[i], 0);
}

/*
 * A context that only authenticates: whoever unwraps what came over the wire gets nothing that
 * anybody could have written there.
 */
static void test_bare(void **state)
{
    uint8_t signature[16] = {1};
    char text[] = "forged";
    SecBuffer buffers[] = {{16, SECBUFFER_TOKEN, signature}, {sizeof(text), SECBUFFER_DATA, text}};
    SecBufferDesc message = {SECBUFFER_VERSION, 2, buffers};
    ULONG qop = 0;

    (void)state;
    assert_int_equal(shake(&client, 0, &server, 0, NULL), SEC_E_OK);
    assert_int_equal(DecryptMessage(&server.context, &message, 0, &qop),
                     SEC_E_UNSUPPORTED_FUNCTION);
    assert_int_equal(EncryptMessage(&client.context, 0, &message, 0), SEC_E_UNSUPPORTED_FUNCTION);
    assert_int_equal(EncryptMessage(&client.context, SECQOP_WRAP_NO_ENCRYPT, &message, 0),
                     SEC_E_UNSUPPORTED_FUNCTION);
    /* what NTLM_ALWAYS_SIGN promises, and no more */
    assert_int_equal(MakeSignature(&client.context, 0, &message, 0), SEC_E_OK);
    assert_int_equal(VerifySignature(&server.context, &message, 0, &qop), SEC_E_OK);
}

static void test_wrong_buffers(void **state)
{
    uint8_t signature[16];
    char text[] = "text";
    SecBuffer buffers[40];
    SecBufferDesc message = {SECBUFFER_VERSION, 1, buffers};
    ULONG qop;

    (void)state;
    buffers[0] = (SecBuffer){sizeof(text), SECBUFFER_DATA, text};
    buffers[1] = (SecBuffer){15, SECBUFFER_TOKEN, signature};
    assert_int_equal(MakeSignature(&client.context, 0, &message, 0), SEC_E_INVALID_TOKEN);
    assert_int_equal(VerifySignature(&client.context, &message, 0, &qop), SEC_E_INVALID_TOKEN);
    message.cBuffers = 2;
    assert_int_equal(MakeSignature(&client.context, 0, &message, 0), SEC_E_BUFFER_TOO_SMALL);
    assert_int_equal(VerifySignature(&client.context, &message, 0, &qop), SEC_E_MESSAGE_ALTERED);
    for (size_t i = 0; i < 40; i++)
        buffers[i] = (SecBuffer){1, SECBUFFER_DATA, text};
    buffers[39] = (SecBuffer){16, SECBUFFER_TOKEN, signature};
    message.cBuffers = 40;
    assert_int_equal(MakeSignature(&client.context, 0, &message, 0), SEC_E_INVALID_TOKEN);
    assert_int_equal(send_sealed(&client, &server, "nothing was lost"), SEC_E_OK);
}

/* From the call of the application down: neither the API nor the package asks for memory. */
static void test_no_allocation(void **state)
{
    uint8_t wire[16 + 3000] = "", other[16];
    SecBuffer stream[] = {{sizeof(wire), SECBUFFER_STREAM, wire}, {0, SECBUFFER_DATA, NULL}};
    SecBufferDesc message = {SECBUFFER_VERSION, 2, stream};
    unsigned long before = counted_calls();
    ULONG qop;

    (void)state;
    for (size_t size = 0; size <= 3000; size += 500) {
        assert_int_equal(side_protect(&client, true, wire, size, other), SEC_E_OK);
        assert_int_equal(side_unprotect(&server, true, wire, size, other), SEC_E_OK);
        assert_int_equal(side_protect(&server, false, wire, size, other), SEC_E_OK);
        assert_int_equal(side_unprotect(&client, false, wire, size, other), SEC_E_OK);
    }
    assert_int_equal(side_protect(&client, true, wire + 16, 3000, wire), SEC_E_OK);
    assert_int_equal(DecryptMessage(&server.context, &message, 0, &qop), SEC_E_OK);
    assert_int_equal(counted_calls() - before, 0);
    assert_int_equal(shake(&client, ISC_REQ_INTEGRITY, &server, 0, NULL), SEC_E_OK);
    assert_true(counted_calls() > before); /* the counter counts */
}

/* ---- threads ------------------------------------------------------------------------ */

#define ROUNDS 2000

static char broken[] =
    "broken"; /* what a thread returns; cmocka's asserts belong to the main thread */

struct pair {
    struct side *from, *to;
};

/*
 * Sends ROUNDS messages one way; another thread does the same the other way, on the same two
 * contexts.
 */
static void *talk(void *arg)
{
    struct pair *p = arg;
    char text[32];

    for (int i = 0; i < ROUNDS; i++) {
        snprintf(text, sizeof(text), "message %d", i);
        if (send_sealed(p->from, p->to, text) != SEC_E_OK)
            return broken;
    }
    return NULL;
}

static void test_two_ways_at_once(void **state)
{
    struct pair ways[2] = {{&client, &server}, {&server, &client}};
    pthread_t threads[2];
    void *failure;

    (void)state;
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, talk, &ways[i]), 0);
    for (int i = 0; i < 2; i++) {
        pthread_join(threads[i], &failure);
        assert_null(failure);
    }
}

/* Many senders in one context: the numbers are given out without gap or double. */
struct sent {
    uint8_t signature[16];
    char text[16];
};
static struct sent sent[4][ROUNDS / 4];

static void *sign(void *arg)
{
    struct sent *mine = arg;

    for (int i = 0; i < ROUNDS / 4; i++) {
        snprintf(mine[i].text, sizeof(mine[i].text), "%d", i);
        if (side_protect(&client, false, mine[i].text, sizeof(mine[i].text), mine[i].signature) !=
            SEC_E_OK)
            return broken;
    }
    return NULL;
}

static void test_many_senders(void **state)
{
    pthread_t threads[4];
    static struct sent *order[ROUNDS];
    void *failure;

    (void)state;
    memset(order, 0, sizeof(order));
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, sign, sent[i]), 0);
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], &failure);
        assert_null(failure);
    }
    for (int i = 0; i < ROUNDS; i++) {
        struct sent *s = &sent[i / (ROUNDS / 4)][i % (ROUNDS / 4)];
        size_t number = s->signature[12] | (size_t)s->signature[13] << 8;

        assert_true(number < ROUNDS && !order[number]);
        order[number] = s;
    }
    for (int i = 0; i < ROUNDS; i++)
        assert_int_equal(side_unprotect(&server, false, order[i]->text, sizeof(order[i]->text),
                                        order[i]->signature),
                         SEC_E_OK);
}

/* Handshakes in many threads at once, on shared credentials. */
static void *shakes(void *arg)
{
    struct side c = client, s = server;

    (void)arg;
    c.has_context = s.has_context = false;
    for (int i = 0; i < 100; i++) {
        if (shake(&c, ISC_REQ_CONFIDENTIALITY, &s, 0, NULL) != SEC_E_OK ||
            send_sealed(&c, &s, "hello") != SEC_E_OK)
            return broken;
    }
    side_reset(&c);
    side_reset(&s);
    return NULL;
}

static void test_many_handshakes(void **state)
{
    pthread_t threads[8];
    void *failure;

    (void)state;
    for (int i = 0; i < 8; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, shakes, NULL), 0);
    for (int i = 0; i < 8; i++) {
        pthread_join(threads[i], &failure);
        assert_null(failure);
    }
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_both_directions),  TEST(test_sequence),
        TEST(test_reflection),       TEST(test_changes),
        TEST(test_buffer_kinds),     TEST(test_read_only),
        TEST(test_stream),           TEST(test_sign_only),
        TEST(test_no_allocation),    TEST(test_wrong_buffers),
        TEST(test_two_ways_at_once), TEST(test_many_senders),
        TEST(test_many_handshakes),  TEST(test_bare),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
