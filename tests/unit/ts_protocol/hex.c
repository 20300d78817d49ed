/*
 * See the header.
 */
#include "tests/unit/ts_protocol/hex.h"

#include <stdlib.h>

size_t from_hex(const char *hex, uint8_t *out, size_t room)
{
    size_t size = 0;

    for (; *hex; hex += 2, size++) {
        const char byte[] = {hex[0], hex[1], 0};

        assert_true(size < room);
        out[size] = (uint8_t)strtoul(byte, NULL, 16);
    }
    return size;
}

void is_bytes(struct ts_bytes bytes, const void *expected, size_t size)
{
    assert_non_null(bytes.data);
    assert_int_equal(bytes.size, size);
    assert_memory_equal(bytes.data, expected, size);
}

void is_text(struct ts_bytes bytes, const WCHAR *text)
{
    size_t units = 0;

    while (text[units])
        units++;
    is_bytes(bytes, text, units * sizeof(*text));
}
