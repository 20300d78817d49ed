/*
 * Any text as the command line of a logon script. What it is split into, put together again by the
 * same rules, splits into the same.
 */
#include "notify/command.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool right)
{
    if (!right)
        abort();
}

/* `argument` in quotes, as "Parsing C command-line arguments" has it. */
static char *quote(char *out, const char *argument)
{
    size_t backslashes = 0;

    *out++ = '"';
    for (; *argument; argument++) {
        backslashes = *argument == '\\' ? backslashes + 1 : backslashes;
        if (*argument == '"')
            for (size_t i = backslashes + 1; i > 0; i--)
                *out++ = '\\';
        if (*argument != '\\')
            backslashes = 0;
        *out++ = *argument;
    }
    for (; backslashes > 0; backslashes--)
        *out++ = '\\';
    *out++ = '"';
    *out++ = ' ';
    return out;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *line = malloc(size + 1), *again = NULL, *end;
    char **arguments = NULL, **same = NULL;
    const char *error;
    size_t count = 0, total = 0;

    check(line != NULL);
    if (size)
        memcpy(line, data, size);
    line[size] = 0;
    arguments = mpr_command_split(line, &error);
    check((arguments == NULL) == (error != NULL));
    if (!arguments)
        goto out;
    for (; arguments[count]; count++)
        total += strlen(arguments[count]);
    check(count > 0 && count <= MPR_COMMAND_ARGUMENTS_MAX && total <= size);
    again = malloc(2 * total + 3 * count + 1);
    check(again != NULL);
    end = again;
    for (size_t i = 0; i < count; i++)
        end = quote(end, arguments[i]);
    *end = 0;
    same = mpr_command_split(again, &error);
    check(same != NULL);
    for (size_t i = 0; i <= count; i++)
        check(!same[i] == !arguments[i] && (!same[i] || strcmp(same[i], arguments[i]) == 0));
out:
    free(line);
    free(again);
    free(arguments);
    free(same);
    return 0;
}
