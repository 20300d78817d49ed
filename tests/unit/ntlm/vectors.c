/*
 * Bytes written as [MS-NLMP] prints them, for all tests of NTLM.
 */
#include "tests/unit/ntlm/vectors.h"

#include <stdio.h>
#include <string.h>

#include "base/utf16.h"

#define BUFFERS     16
#define BUFFER_SIZE 1024

struct ntlm_bytes hex(const char *text)
{
    static uint8_t buffers[BUFFERS][BUFFER_SIZE];
    static unsigned next;
    uint8_t *out = buffers[next++ % BUFFERS];
    size_t size = 0;
    unsigned byte;
    int used;

    while (sscanf(text, " %2x%n", &byte, &used) == 1) {
        assert_true(size < BUFFER_SIZE);
        out[size++] = (uint8_t)byte;
        text += used;
    }
    assert_int_equal(strspn(text, " "), strlen(text)); /* nothing but hex was there */
    return (struct ntlm_bytes){out, size};
}

void assert_hex(const void *data, size_t size, const char *text)
{
    struct ntlm_bytes expected = hex(text);

    assert_int_equal(size, expected.size);
    assert_memory_equal(data, expected.data, size);
}

struct ntlm_text text_of(const char *utf8)
{
    struct ntlm_text text;

    text.string = utf16_from_utf8(utf8, strlen(utf8), &text.units);
    assert_non_null(text.string);
    return text;
}

int crypto_set_up(void **state)
{
    (void)state;
    return ntlm_crypto_start() ? 0 : -1;
}

int crypto_tear_down(void **state)
{
    (void)state;
    ntlm_crypto_stop();
    return 0;
}
