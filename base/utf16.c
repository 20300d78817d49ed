/*
 * Windows counts in UTF-16 code units, Linux-PAM in bytes of UTF-8. The conversions are
 * libunistring's; here stand the two rules it cannot know: secrets are converted without a copy on
 * the heap, and upper-casing works on single code units.
 */
#include "base/utf16.h"
#include "base/secret.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unicase.h>
#include <unistr.h>

size_t utf16_length(const char16_t *s)
{
    size_t units = 0;

    while (s[units])
        units++;
    return units;
}

/*
 * libunistring writes into our buffer when the result fits, and it always fits: a code unit becomes
 * at most 3 bytes (a pair of them 4), a byte at most one code unit. So no copy of a secret is left
 * on its heap.
 */
static char *to_utf8(const char16_t *s, size_t units, size_t *out_length, void *(*allocate)(size_t),
                     void (*release)(void *))
{
    size_t length;
    char *out = NULL;

    if (units > SIZE_MAX / 3 - 1) {
        errno = ENOMEM;
        return NULL;
    }
    length = units * 3 + 1;
    out = allocate(length);
    if (!out)
        return NULL;
    if (!units)
        length = 0;
    else if (!u16_to_u8((const uint16_t *)s, units, (uint8_t *)out, &length))
        goto invalid;
    out[length] = 0;
    if (out_length)
        *out_length = length;
    return out;
invalid:
    release(out);
    errno = EILSEQ;
    return NULL;
}

static char16_t *from_utf8(const char *s, size_t bytes, size_t *out_length,
                           void *(*allocate)(size_t), void (*release)(void *))
{
    size_t length;
    char16_t *out = NULL;

    if (bytes > SIZE_MAX / sizeof(*out) - 1) {
        errno = ENOMEM;
        return NULL;
    }
    length = bytes + 1;
    out = allocate(length * sizeof(*out));
    if (!out)
        return NULL;
    if (!bytes)
        length = 0;
    else if (!u8_to_u16((const uint8_t *)s, bytes, (uint16_t *)out, &length))
        goto invalid;
    out[length] = 0;
    if (out_length)
        *out_length = length;
    return out;
invalid:
    release(out);
    errno = EILSEQ;
    return NULL;
}

char *utf16_to_utf8(const char16_t *s, size_t units, size_t *out_length)
{
    return to_utf8(s, units, out_length, malloc, free);
}

char16_t *utf16_from_utf8(const char *s, size_t bytes, size_t *out_length)
{
    return from_utf8(s, bytes, out_length, malloc, free);
}

char *utf16_to_utf8_secret(const char16_t *s, size_t units, size_t *out_length)
{
    return to_utf8(s, units, out_length, secret_alloc, secret_free);
}

char16_t *utf16_from_utf8_secret(const char *s, size_t bytes, size_t *out_length)
{
    return from_utf8(s, bytes, out_length, secret_alloc, secret_free);
}

/*
 * RtlUpcaseUnicodeChar is a table from code unit to code unit: surrogates stay, what would leave
 * the BMP stays, and there is no rule that makes two letters of one ("ß" stays).
 */
static char16_t upcase(char16_t unit)
{
    ucs4_t upper;

    if (unit < 0x80)
        return unit >= u'a' && unit <= u'z' ? (char16_t)(unit - u'a' + u'A') : unit;
    if (unit >= 0xD800 && unit <= 0xDFFF)
        return unit;
    upper = uc_toupper(unit);
    /* U+0131 and U+017F would become the ASCII letters I and S, and two names would be one. Windows
     * leaves both. */
    return upper > 0xFFFF || upper < 0x80 ? unit : (char16_t)upper;
}

void utf16_upcase(char16_t *s, size_t units)
{
    for (size_t i = 0; i < units; i++)
        s[i] = upcase(s[i]);
}

bool utf16_equal_nocase(const char16_t *a, const char16_t *b)
{
    while (*a && upcase(*a) == upcase(*b)) {
        a++;
        b++;
    }
    return !*a && !*b;
}

bool utf16_equal(const char16_t *a, const char16_t *b)
{
    while (*a && *a == *b) {
        a++;
        b++;
    }
    return *a == *b;
}

char16_t *utf16_dup(const char16_t *s)
{
    size_t size = (utf16_length(s) + 1) * sizeof(*s);
    char16_t *copy = malloc(size);

    if (copy)
        memcpy(copy, s, size);
    return copy;
}
