/*
 * What is done with secret bytes wherever they lie: wiped, compared in constant time, drawn at
 * random.
 */
#include "base/secret.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

void secret_wipe(void *p, size_t size)
{
    if (size)
        explicit_bzero(p, size);
}

bool secret_equal(const void *a, const void *b, size_t size)
{
    const volatile uint8_t *x = a, *y = b;
    uint8_t difference = 0;

    for (size_t i = 0; i < size; i++)
        difference |= x[i] ^ y[i];
    return difference == 0;
}

bool secret_random(void *p, size_t size)
{
    uint8_t *at = p;

    while (size) {
        ssize_t n = getrandom(at, size, 0);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        at += n;
        size -= (size_t)n;
    }
    return true;
}
