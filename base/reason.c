/*
 * One reason a thread; no memory to free, nothing that can fail.
 */
#include "base/reason.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static _Thread_local struct reason current;

/* A character that was cut in half is taken away whole. */
static void trim_half_character(char *text, size_t size)
{
    size_t start = size;

    while (start > 0 && ((unsigned char)text[start - 1] & 0xc0) == 0x80)
        start--;
    if (start > 0 && (unsigned char)text[start - 1] >= 0xc0)
        text[start - 1] = '\0';
}

/*
 * Names and texts in it come from KDCs and peers, and applications show it on terminals, for which
 * U+0080 to U+009F are commands as well.
 */
static void without_controls(char *text)
{
    for (unsigned char *c = (unsigned char *)text; *c; c++)
        if (*c < 0x20 || *c == 0x7f)
            *c = ' ';
        else if (*c == 0xc2 && c[1] >= 0x80 && c[1] <= 0x9f)
            c[0] = c[1] = ' ';
}

void reason_set(int32_t code, const char *format, ...)
{
    va_list args;
    int n;

    current.code = code;
    va_start(args, format);
    n = vsnprintf(current.text, sizeof(current.text), format, args);
    va_end(args);
    if (n < 0)
        current.text[0] = '\0';
    else if ((size_t)n >= sizeof(current.text))
        trim_half_character(current.text, sizeof(current.text) - 1);
    without_controls(current.text);
}

void reason_clear(void)
{
    current.code = 0;
    current.text[0] = '\0';
}

const struct reason *reason_get(void)
{
    return &current;
}
