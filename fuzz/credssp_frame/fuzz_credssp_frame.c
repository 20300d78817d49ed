/*
 * Where a TSRequest ends, and which host a target names: neither looks beyond its input, more bytes
 * never change an answer that was given, and a host is a part of its target.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "libsspi/packages/credssp/credssp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int condition)
{
    if (!condition)
        abort();
}

static void host(const uint8_t *data, size_t size)
{
    size_t units = size / sizeof(WCHAR) < 1000 ? size / sizeof(WCHAR) : 1000, length = 0;
    WCHAR *copy = malloc(units * sizeof(WCHAR) + 1), *name;
    UNICODE_STRING target = {(USHORT)(units * sizeof(WCHAR)), (USHORT)(units * sizeof(WCHAR)),
                             copy};

    must(copy != NULL);
    memcpy(copy, data, units * sizeof(WCHAR));
    name = credssp_host_of(&target);
    must(name != NULL);
    while (name[length])
        length++;
    must(length <= units);
    must(!length || memmem(copy, units * sizeof(WCHAR), name, length * sizeof(WCHAR)));
    free(name);
    free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t known = 0;

    for (size_t i = 0; i <= size && i <= 16; i++) {
        size_t answer = credssp_message_size(data, i);

        must(answer == SIZE_MAX || answer <= CREDSSP_MESSAGE_MAX);
        must(!known || answer == known);
        must(i < 6 || answer);
        known = answer;
    }
    host(data, size);
    return 0;
}
