/* Frames and bounds of lsa.proto: what a hostile peer can put into a message. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "base/utf16.h"
#include "libsspi/lsa/protocol.h"

static void frame_sizes(void **state)
{
    const uint8_t zero[4] = {0, 0, 0, 0}, one[4] = {0, 0, 0, 1}, largest[4] = {0, 0x10, 0, 0},
                  larger[4] = {0, 0x10, 0, 1}, huge[4] = {0xff, 0xff, 0xff, 0xff};
    size_t size;

    (void)state;
    assert_false(lsa_frame_size(zero, &size));
    assert_true(lsa_frame_size(one, &size));
    assert_int_equal(size, 1);
    assert_true(lsa_frame_size(largest, &size));
    assert_int_equal(size, LSA_FRAME_MAX);
    assert_false(lsa_frame_size(larger, &size));
    assert_false(lsa_frame_size(huge, &size));
}

/* A frame written is the frame read, with room in front when asked for. */
static void round_trip(void **state)
{
    Lsa__AcceptCredentials call = LSA__ACCEPT_CREDENTIALS__INIT;
    Lsa__Request request = LSA__REQUEST__INIT, *read;
    struct lsa_arena arena;
    size_t size, message;
    uint8_t *frame;

    (void)state;
    call.luid = 0x123456789abcdef0;
    call.user = (char *)(uintptr_t) "alice";
    call.password = (char *)(uintptr_t) "pa\xc3\x9fwort";
    request.id = 7;
    request.call_case = LSA__REQUEST__CALL_ACCEPT_CREDENTIALS;
    request.accept_credentials = &call;
    frame = lsa_frame_pack(&request.base, 11, &size);
    assert_non_null(frame);
    assert_true(secret_owns(frame));
    assert_true(lsa_frame_size(frame + 11, &message));
    assert_int_equal(message + LSA_FRAME_HEADER, size);

    assert_true(lsa_arena_open(&arena, message));
    read = lsa__request__unpack(&arena.allocator, message, frame + 11 + LSA_FRAME_HEADER);
    assert_non_null(read);
    assert_int_equal(read->id, 7);
    assert_int_equal(read->call_case, LSA__REQUEST__CALL_ACCEPT_CREDENTIALS);
    assert_true(read->accept_credentials->luid == call.luid);
    assert_string_equal(read->accept_credentials->password, call.password);
    assert_true(secret_owns(read->accept_credentials->password));
    lsa_arena_close(&arena);
    secret_free(frame);
}

/* What a screen locker sends, byte by byte: a client may be older than lsad. */
static void unlock(void **state)
{
    static const uint8_t wire[] = {0x08, 0x07, 0x82, 0x01, 0x18, 0x09, 0xf0, 0xde, 0xbc, 0x9a,
                                   0x78, 0x56, 0x34, 0x12, 0x12, 0x05, 'a',  'l',  'i',  'c',
                                   'e',  0x1a, 0x06, 's',  'e',  's',  'a',  'm',  'e'};
    Lsa__Unlock call = LSA__UNLOCK__INIT;
    Lsa__Request request = LSA__REQUEST__INIT, *read;
    struct lsa_arena arena;
    uint8_t *frame;
    size_t size;

    (void)state;
    call.luid = 0x123456789abcdef0;
    call.user = (char *)(uintptr_t) "alice";
    call.password = (char *)(uintptr_t) "sesame";
    request.id = 7;
    request.call_case = LSA__REQUEST__CALL_UNLOCK;
    request.unlock = &call;
    frame = lsa_frame_pack(&request.base, 0, &size);
    assert_non_null(frame);
    assert_true(secret_owns(frame));
    assert_int_equal(size, LSA_FRAME_HEADER + sizeof(wire));
    assert_memory_equal(frame + LSA_FRAME_HEADER, wire, sizeof(wire));
    secret_free(frame);
    assert_true(lsa_arena_open(&arena, sizeof(wire)));
    read = lsa__request__unpack(&arena.allocator, sizeof(wire), wire);
    assert_non_null(read);
    assert_int_equal(read->call_case, LSA__REQUEST__CALL_UNLOCK);
    assert_true(read->unlock->luid == call.luid);
    assert_string_equal(read->unlock->user, "alice");
    assert_string_equal(read->unlock->password, "sesame");
    assert_true(secret_owns(read->unlock->password));
    lsa_arena_close(&arena);
    /* cut anywhere it is either another message or none */
    for (size_t cut = 0; cut < sizeof(wire); cut++) {
        assert_true(lsa_arena_open(&arena, cut));
        read = lsa__request__unpack(&arena.allocator, cut, wire);
        assert_true(!read || read->call_case != LSA__REQUEST__CALL_UNLOCK);
        lsa_arena_close(&arena);
    }
}

static void too_large_to_send(void **state)
{
    Lsa__CallPackage call = LSA__CALL_PACKAGE__INIT;
    Lsa__Request request = LSA__REQUEST__INIT;
    size_t size;

    (void)state;
    call.submit.len = LSA_FRAME_MAX;
    call.submit.data = calloc(1, call.submit.len);
    request.call_case = LSA__REQUEST__CALL_CALL_PACKAGE;
    request.call_package = &call;
    errno = 0;
    assert_null(lsa_frame_pack(&request.base, 0, &size));
    assert_int_equal(errno, EMSGSIZE);
    free(call.submit.data);
}

/* 100,000 empty buffers in 200 KB would take 6 MB to unpack: the arena says no. */
static void amplification(void **state)
{
    const size_t count = 100000;
    uint8_t *leg = malloc(2 * count + 16), *message = malloc(2 * count + 32);
    struct lsa_arena arena;
    size_t at = 0, n = 0;

    (void)state;
    for (size_t i = 0; i < count; i++) {
        leg[at++] = 6 << 3 | 2; /* Leg.input, empty */
        leg[at++] = 0;
    }
    message[n++] = 1 << 3; /* Request.id = 1 */
    message[n++] = 1;
    message[n++] = 6 << 3 | 2; /* Request.initialize */
    for (size_t left = at; left || n == 3; left >>= 7) {
        message[n++] = (uint8_t)((left & 0x7f) | (left > 0x7f ? 0x80 : 0));
        if (left <= 0x7f)
            break;
    }
    memcpy(message + n, leg, at);
    n += at;
    assert_true(lsa_arena_open(&arena, n));
    assert_null(lsa__request__unpack(&arena.allocator, n, message));
    lsa_arena_close(&arena);

    /* the same with few of them is a message */
    message[3] = 32;
    memcpy(message + 4, leg, 32);
    assert_true(lsa_arena_open(&arena, 36));
    assert_non_null(lsa__request__unpack(&arena.allocator, 36, message));
    lsa_arena_close(&arena);
    free(leg);
    free(message);
}

static void luids(void **state)
{
    LUID luid = lsa_luid_from_number(0x7edcba9876543210);

    (void)state;
    assert_int_equal(luid.HighPart, 0x7edcba98);
    assert_int_equal(luid.LowPart, 0x76543210);
    assert_true(lsa_luid_number(&luid) == 0x7edcba9876543210);
    luid = lsa_luid_from_number(UINT64_MAX);
    assert_true(lsa_luid_number(&luid) == UINT64_MAX);
    assert_true(lsa_luid_parse("7edcba9876543210", 16) == 0x7edcba9876543210);
    assert_true(lsa_luid_parse("7EDCBA9876543210", 16) == 0x7edcba9876543210);
    assert_true(lsa_luid_parse("7edcba987654321", 15) == 0);
    assert_true(lsa_luid_parse("7edcba98765432100", 17) == 0);
    assert_true(lsa_luid_parse("7edcba987654321g", 16) == 0);
    assert_true(lsa_luid_parse("-edcba9876543210", 16) == 0);
}

static void wide_strings(void **state)
{
    uint8_t odd[3] = {'a', 0, 'b'}, inner_zero[6] = {'a', 0, 0, 0, 'b', 0}, lone[2] = {0x00, 0xd8};
    uint8_t *large = calloc(1, LSA_NAME16_MAX + 2);
    ProtobufCBinaryData field = lsa_wide(u"NTLM");
    WCHAR *s;

    (void)state;
    assert_int_equal(field.len, 8);
    s = lsa_wide_dup(&field);
    assert_true(utf16_equal(s, u"NTLM"));
    free(s);
    field = lsa_wide(NULL);
    assert_int_equal(field.len, 0);
    s = lsa_wide_dup(&field);
    assert_non_null(s);
    assert_int_equal(s[0], 0);
    free(s);

    field = (ProtobufCBinaryData){.len = sizeof(odd), .data = odd};
    assert_null(lsa_wide_dup(&field));
    assert_int_equal(errno, EILSEQ);
    field = (ProtobufCBinaryData){.len = sizeof(inner_zero), .data = inner_zero};
    assert_null(lsa_wide_dup(&field));
    /* an application's unpaired surrogate is the package's to judge */
    field = (ProtobufCBinaryData){.len = sizeof(lone), .data = lone};
    s = lsa_wide_dup(&field);
    assert_non_null(s);
    assert_int_equal(s[0], 0xd800);
    free(s);
    memset(large, 'a', LSA_NAME16_MAX + 2);
    field = (ProtobufCBinaryData){.len = LSA_NAME16_MAX + 2, .data = large};
    assert_null(lsa_wide_dup(&field));
    field.len = LSA_NAME16_MAX;
    s = lsa_wide_dup(&field);
    assert_non_null(s);
    free(s);
    free(large);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frame_sizes),   cmocka_unit_test(round_trip),
        cmocka_unit_test(unlock),        cmocka_unit_test(too_large_to_send),
        cmocka_unit_test(amplification), cmocka_unit_test(luids),
        cmocka_unit_test(wide_strings),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
