/* base/wire: numbers in both byte orders, the sticky error, and no byte outside the buffer. */
#include "tests/unit/base/test.h"
#include "base/wire.h"

#include <stdlib.h>
#include <string.h>

static void reads_numbers(void **state)
{
    static const uint8_t bytes[] = {0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, 0xf0, 0xe1,
                                    0xd2, 0xc3, 0xb4, 0xa5, 0x96, 0x87, 0x78, 0x69, 0x5a};
    struct wire_reader r;

    (void)state;
    r = wire_reader(bytes, sizeof(bytes));
    assert_int_equal(wire_u8(&r), 0x01);
    assert_int_equal(wire_u16le(&r), 0x4523);
    assert_int_equal(wire_u32le(&r), 0xcdab8967);
    assert_true(wire_u64le(&r) == UINT64_C(0x96a5b4c3d2e1f0ef));
    r = wire_reader(bytes, sizeof(bytes));
    assert_int_equal(wire_u16be(&r), 0x0123);
    assert_int_equal(wire_u32be(&r), 0x456789ab);
    assert_true(wire_u64be(&r) == UINT64_C(0xcdeff0e1d2c3b4a5));
    assert_int_equal(wire_left(&r), 5);
    assert_true(wire_ok(&r));
    assert_false(wire_done(&r));
    wire_skip(&r, 5);
    assert_true(wire_done(&r));
}

static void little_64(void **state)
{
    static const uint8_t bytes[] = {1, 2, 3, 4, 5, 6, 7, 8};
    struct wire_reader r = wire_reader(bytes, sizeof(bytes));

    (void)state;
    assert_true(wire_u64le(&r) == UINT64_C(0x0807060504030201));
    assert_true(wire_done(&r));
}

static void error_sticks(void **state)
{
    static const uint8_t bytes[] = {1, 2, 3};
    struct wire_reader r = wire_reader(bytes, sizeof(bytes));
    uint8_t out[4] = {9, 9, 9, 9};

    (void)state;
    assert_int_equal(wire_u32le(&r), 0);
    assert_false(wire_ok(&r));
    assert_int_equal(wire_left(&r), 0);
    assert_int_equal(wire_u8(&r), 0); /* though a byte is there */
    assert_null(wire_bytes(&r, 0));
    wire_copy(&r, out, sizeof(out));
    assert_int_equal(out[0] | out[1] | out[2] | out[3], 0);
    wire_seek(&r, 0);
    assert_false(wire_ok(&r));
    assert_false(wire_done(&r));
}

static void seeks_and_slices(void **state)
{
    static const uint8_t bytes[] = {1, 2, 3, 4, 5};
    struct wire_reader r = wire_reader(bytes, sizeof(bytes)), s;

    (void)state;
    wire_seek(&r, 5);
    assert_true(wire_done(&r));
    wire_seek(&r, 3);
    assert_int_equal(wire_u8(&r), 4);
    s = wire_slice(&r, 1, 2);
    assert_int_equal(wire_u8(&s), 2);
    assert_int_equal(wire_u8(&s), 3);
    assert_true(wire_done(&s));
    s = wire_slice(&r, 5, 0);
    assert_true(wire_done(&s));
    s = wire_slice(&r, 4, 2);
    assert_false(wire_ok(&s));
    s = wire_slice(&r, SIZE_MAX, 2); /* offset + size would wrap */
    assert_false(wire_ok(&s));
    s = wire_slice(&r, 2, SIZE_MAX);
    assert_false(wire_ok(&s));
    assert_true(wire_ok(&r)); /* a bad slice is not the reader's failure */
    wire_seek(&r, 6);
    assert_false(wire_ok(&r));
    s = wire_slice(&r, 0, 1);
    assert_false(wire_ok(&s));
}

static void reads_nothing(void **state)
{
    struct wire_reader r = wire_reader(NULL, 0);

    (void)state;
    assert_true(wire_done(&r));
    assert_non_null(wire_bytes(&r, 0));
    assert_null(wire_bytes(&r, 1));
    r = wire_reader(NULL, 5);
    assert_false(wire_ok(&r));
    r = wire_reader("xy", 2);
    wire_skip(&r, 1);
    wire_skip(&r, SIZE_MAX); /* offset + size would wrap to 0 */
    assert_false(wire_ok(&r));
}

static void writes_what_readers_read(void **state)
{
    uint8_t buffer[64];
    struct wire_writer w = wire_writer(buffer, sizeof(buffer));
    struct wire_reader r;

    (void)state;
    wire_put_u8(&w, 0xfe);
    wire_put_u16le(&w, 0x1234);
    wire_put_u32le(&w, 0x12345678);
    wire_put_u64le(&w, UINT64_C(0x123456789abcdef0));
    wire_put_u16be(&w, 0x1234);
    wire_put_u32be(&w, 0x12345678);
    wire_put_u64be(&w, UINT64_C(0x123456789abcdef0));
    wire_put_bytes(&w, "abc", 3);
    wire_put_zeros(&w, 2);
    assert_true(wire_write_ok(&w));
    assert_memory_equal(buffer + 1, "\x34\x12\x78\x56\x34\x12", 6);
    r = wire_reader(buffer, w.offset);
    assert_int_equal(wire_u8(&r), 0xfe);
    assert_int_equal(wire_u16le(&r), 0x1234);
    assert_int_equal(wire_u32le(&r), 0x12345678);
    assert_true(wire_u64le(&r) == UINT64_C(0x123456789abcdef0));
    assert_int_equal(wire_u16be(&r), 0x1234);
    assert_int_equal(wire_u32be(&r), 0x12345678);
    assert_true(wire_u64be(&r) == UINT64_C(0x123456789abcdef0));
    assert_memory_equal(wire_bytes(&r, 5), "abc\0\0", 5);
    assert_true(wire_done(&r));
}

static void fixed_buffer_is_the_limit(void **state)
{
    uint8_t buffer[8] = {0};
    struct wire_writer w = wire_writer(buffer, 4);

    (void)state;
    wire_put_u32le(&w, 1);
    assert_true(wire_write_ok(&w));
    wire_put_bytes(&w, NULL, 0);
    assert_true(wire_write_ok(&w));
    wire_put_u8(&w, 0xff);
    assert_false(wire_write_ok(&w));
    assert_int_equal(buffer[4], 0);
    wire_writer_free(&w); /* not its memory */
    assert_int_equal(buffer[0], 1);
}

static void grows_to_its_limit(void **state)
{
    struct wire_writer w = wire_writer_grow(1000);
    size_t size;
    uint8_t *bytes;

    (void)state;
    for (unsigned i = 0; i < 250; i++)
        wire_put_u32be(&w, i);
    assert_true(wire_write_ok(&w));
    assert_true(w.size <= 1000);
    bytes = wire_writer_take(&w, &size);
    assert_non_null(bytes);
    assert_int_equal(size, 1000);
    for (unsigned i = 0; i < 250; i++)
        assert_int_equal(bytes[i * 4 + 3], i & 0xff);
    free(bytes);
    assert_false(wire_write_ok(&w)); /* taken */

    w = wire_writer_grow(10);
    wire_put_zeros(&w, 11);
    assert_false(wire_write_ok(&w));
    assert_null(wire_writer_take(&w, &size));
    assert_int_equal(size, 0);

    w = wire_writer_grow(10);
    bytes = wire_writer_take(&w, &size);
    assert_non_null(bytes); /* nothing written, and that is no failure */
    assert_int_equal(size, 0);
    free(bytes);

    w = wire_writer_grow(10);
    wire_put_zeros(&w, SIZE_MAX);
    assert_false(wire_write_ok(&w));
    wire_writer_free(&w);
}

static void patches(void **state)
{
    uint8_t buffer[8];
    struct wire_writer w = wire_writer(buffer, sizeof(buffer));

    (void)state;
    wire_put_zeros(&w, 6);
    wire_patch_u16le(&w, 0, 0x0201);
    wire_patch_u32le(&w, 2, 0x06050403);
    assert_true(wire_write_ok(&w));
    assert_memory_equal(buffer, "\1\2\3\4\5\6", 6);
    wire_patch_bytes(&w, 5, "xy", 2); /* the second byte is not written yet */
    assert_false(wire_write_ok(&w));
    assert_int_equal(buffer[5], 6);
    w.failed = false;
    wire_patch_bytes(&w, SIZE_MAX, "xy", 2);
    assert_false(wire_write_ok(&w));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_numbers),
        cmocka_unit_test(little_64),
        cmocka_unit_test(error_sticks),
        cmocka_unit_test(seeks_and_slices),
        cmocka_unit_test(reads_nothing),
        cmocka_unit_test(writes_what_readers_read),
        cmocka_unit_test(fixed_buffer_is_the_limit),
        cmocka_unit_test(grows_to_its_limit),
        cmocka_unit_test(patches),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
