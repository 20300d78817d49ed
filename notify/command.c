/*
 * Splitting the command line of a logon script; the grammar stands in command.h.
 */
#include "notify/command.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/*
 * The backslashes and the quote behind them, if any: writes what they mean, and tells whether the
 * quote is one that opens or closes. Returns what follows.
 */
static const char *backslashes(const char *p, char **out, bool *quote)
{
    size_t count = strspn(p, "\\");
    bool before_quote = p[count] == '"';

    for (size_t i = before_quote ? count / 2 : count; i > 0; i--)
        *(*out)++ = '\\';
    p += count;
    *quote = before_quote && count % 2 == 0;
    if (before_quote && !*quote) {
        *(*out)++ = '"';
        p++;
    }
    return p;
}

/* One argument, with its terminating zero; what it means is never longer than what it is written
 * as. NULL: an unfinished quote. */
static const char *argument(const char *p, char **out)
{
    bool quoted = false, quote;

    while (*p && (quoted || !is_blank(*p))) {
        if (*p != '\\' && *p != '"') {
            *(*out)++ = *p++;
            continue;
        }
        p = backslashes(p, out, &quote);
        if (!quote)
            continue;
        if (quoted && p[1] == '"') {
            *(*out)++ = '"';
            p += 2;
        } else {
            quoted = !quoted;
            p++;
        }
    }
    *(*out)++ = 0;
    return quoted ? NULL : p;
}

static bool has_control(const char *s)
{
    for (; *s; s++)
        if (((unsigned char)*s < ' ' && *s != '\t') || *s == 0x7f)
            return true;
    return false;
}

char **mpr_command_split(const char *line, const char **error)
{
    const size_t head = (MPR_COMMAND_ARGUMENTS_MAX + 1) * sizeof(char *);
    char **arguments = NULL, *out;
    size_t count = 0;

    *error = "a control character";
    if (has_control(line))
        goto fail;
    /* Each argument needs a zero, and has a blank or the end of the line behind it. */
    *error = "no memory";
    arguments = malloc(head + strlen(line) + 1);
    if (!arguments)
        goto fail;
    out = (char *)arguments + head;
    for (;;) {
        line += strspn(line, " \t");
        if (!*line)
            break;
        *error = "too many arguments";
        if (count == MPR_COMMAND_ARGUMENTS_MAX)
            goto fail;
        arguments[count++] = out;
        *error = "a quote that does not end";
        line = argument(line, &out);
        if (!line)
            goto fail;
    }
    *error = "no command";
    if (count == 0)
        goto fail;
    arguments[count] = NULL;
    *error = NULL;
    return arguments;
fail:
    free(arguments);
    return NULL;
}

char *mpr_command_program(const char *name, const char **error)
{
    static const char *const directories[] = {"/usr/local/bin", "/usr/bin", "/bin"};
    struct stat st;
    char *path;

    *error = NULL;
    if (name[0] == '/') {
        path = strdup(name);
        *error = path ? NULL : "no memory";
        return path;
    }
    if (!*name || strchr(name, '/')) {
        *error = "not an absolute path";
        return NULL;
    }
    for (size_t i = 0; i < sizeof(directories) / sizeof(directories[0]); i++) {
        if (asprintf(&path, "%s/%s", directories[i], name) < 0) {
            *error = "no memory";
            return NULL;
        }
        if (stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0)
            return path;
        free(path);
    }
    *error = "not found in /usr/local/bin, /usr/bin or /bin";
    return NULL;
}
