/*
 * Settings from INI files. inih splits the lines; here stand what we add to it: line numbers in
 * every message, a remedy for each error, and the refusal of a file that somebody else could have
 * written.
 */
#include "base/conf.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <ini.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

/* The first error is the one that is told. */
static void __attribute__((format(printf, 2, 3))) complain(char **error, const char *format, ...)
{
    va_list args;

    if (*error)
        return;
    va_start(args, format);
    if (vasprintf(error, format, args) < 0)
        *error = NULL;
    va_end(args);
}

bool conf_parse_milliseconds(const char *text, unsigned *milliseconds)
{
    static const struct {
        const char *suffix;
        unsigned factor;
    } units[] = {{"ms", 1}, {"s", 1000}, {"m", 60 * 1000}, {"h", 60 * 60 * 1000}, {"", 1000}};
    unsigned long long value;
    char *end;

    if (!isdigit((unsigned char)*text))
        return false;
    errno = 0;
    value = strtoull(text, &end, 10);
    if (errno || value > UINT_MAX)
        return false;
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (strcmp(end, units[i].suffix) == 0) {
            if (value * units[i].factor > UINT_MAX)
                return false;
            *milliseconds = (unsigned)(value * units[i].factor);
            return true;
        }
    }
    return false;
}

bool conf_parse_bool(const char *text, bool *out)
{
    static const char *const yes[] = {"yes", "true", "on", "1"}, *const no[] = {"no", "false",
                                                                                "off", "0"};

    for (size_t i = 0; i < 4; i++) {
        if (strcasecmp(text, yes[i]) == 0 || strcasecmp(text, no[i]) == 0) {
            *out = strcasecmp(text, yes[i]) == 0;
            return true;
        }
    }
    return false;
}

/* ---- one setting --------------------------------------------------------------------------- */

struct parsing {
    const char *name; /* of the file */
    const char *text; /* what is left of it */
    size_t left;
    int line;
    const struct conf_option *options;
    size_t count;
    int *seen; /* line at which each option was set, 0: not yet */
    char **error;
    bool failed;
    int failed_line; /* of *error */
};

/* Notes an error of the present line; the first one is told. */
static void fail_line(struct parsing *p)
{
    if (!p->failed)
        p->failed_line = p->line;
    p->failed = true;
}

static bool parse_uint(const char *value, unsigned *out)
{
    unsigned long long number;
    char *end;

    if (!isdigit((unsigned char)*value))
        return false;
    errno = 0;
    number = strtoull(value, &end, 10);
    if (errno || *end || number > UINT_MAX)
        return false;
    *out = (unsigned)number;
    return true;
}

/* Stores `value`; what it should have been like, or NULL when it was right. */
static const char *store(const struct conf_option *o, const char *section, const char *name,
                         const char *value)
{
    unsigned milliseconds;
    const struct conf_other *other;
    char *copy;

    switch (o->type) {
    case CONF_STRING:
        copy = strdup(value);
        if (!copy)
            return "more memory";
        free(*(char **)o->value);
        *(char **)o->value = copy;
        return NULL;
    case CONF_BOOL:
        return conf_parse_bool(value, o->value) ? NULL : "yes or no";
    case CONF_SECONDS:
        if (!conf_parse_milliseconds(value, &milliseconds))
            return "a time such as 30s, 5m or 500ms";
        *(unsigned *)o->value = milliseconds / 1000 + (milliseconds % 1000 != 0);
        return NULL;
    case CONF_UINT:
        return parse_uint(value, o->value) ? NULL : "a whole number from 0 to 4294967295";
    case CONF_OTHER:
        other = o->value;
        return other->take(other->arg, section, name, value) ? NULL : "more memory";
    }
    return "a setting of a known type";
}

/* "word *" is for every section of two words that begins so. */
static bool is_for_many(const char *pattern)
{
    size_t length = strlen(pattern);

    return length > 2 && strcmp(pattern + length - 2, " *") == 0;
}

static bool in_section(const struct conf_option *o, const char *section)
{
    size_t front = strlen(o->section) - 1;

    if (is_for_many(o->section))
        return strncmp(section, o->section, front) == 0 && section[front];
    return strcmp(o->section, section) == 0;
}

/* Names that would have been right: the section's settings, or all sections, separated by ", ". */
static void list_known(const struct parsing *p, const char *section, char *out, size_t room)
{
    size_t used = 0;

    out[0] = 0;
    for (size_t i = 0; i < p->count; i++) {
        const char *word = section ? p->options[i].name : p->options[i].section;
        bool skip = section && !in_section(&p->options[i], section);

        for (size_t j = 0; j < i && !section && !skip; j++)
            skip = strcmp(p->options[j].section, word) == 0;
        if (skip || used >= room)
            continue;
        used += (size_t)snprintf(out + used, room - used, "%s%s", used ? ", " : "", word);
    }
}

static void unknown(struct parsing *p, const char *section, const char *name)
{
    bool section_known = false;
    char known[512];

    for (size_t i = 0; i < p->count; i++)
        section_known = section_known || in_section(&p->options[i], section);
    list_known(p, section_known ? section : NULL, known, sizeof(known));
    if (section_known)
        complain(p->error, "%s:%d: unknown setting \"%.64s\" in [%s] (known: %s)", p->name, p->line,
                 name, section, known);
    else if (!*section)
        complain(p->error, "%s:%d: \"%.64s\" stands before any [section] (sections: %s)", p->name,
                 p->line, name, known);
    else
        complain(p->error, "%s:%d: unknown section [%.64s] (known: %s)", p->name, p->line, section,
                 known);
    fail_line(p);
}

static int on_setting(void *user, const char *section, const char *name, const char *value)
{
    struct parsing *p = user;
    const char *should;

    for (size_t i = 0; i < p->count; i++) {
        const struct conf_option *o = &p->options[i];
        bool other = o->type == CONF_OTHER;

        if (!in_section(o, section) && !(other && strcmp(o->section, "*") == 0))
            continue;
        if (!other && strcmp(o->name, name) != 0)
            continue;
        if (!other && p->seen[i] && !is_for_many(o->section)) {
            complain(p->error, "%s:%d: \"%s\" is set again (remove this line or line %d)", p->name,
                     p->line, name, p->seen[i]);
            fail_line(p);
            return 1;
        }
        p->seen[i] = p->line;
        should = store(o, section, name, value);
        if (should) {
            complain(p->error, "%s:%d: \"%.64s\" is no value for \"%.64s\" (it takes %s)", p->name,
                     p->line, value, name, should);
            fail_line(p);
        }
        return 1;
    }
    unknown(p, section, name);
    return 1;
}

/* ---- lines --------------------------------------------------------------------------------- */

/*
 * Gives inih its next line, counted, since its handler is not told where it stands. Leading blanks
 * go: for inih an indented line goes on with the value above it, which no file of ours does. A '#'
 * comment behind a value is cut too.
 */
static char *next_line(char *out, int room, void *user)
{
    struct parsing *p = user;
    const char *end;
    size_t size;

    if (!p->left)
        return NULL;
    end = memchr(p->text, '\n', p->left);
    size = end ? (size_t)(end - p->text) : p->left;
    p->line++;
    out[0] = '\n';
    out[1] = 0;
    if (memchr(p->text, 0, size)) {
        complain(p->error, "%s:%d: the line holds a zero byte (this is no text file)", p->name,
                 p->line);
        fail_line(p);
    } else if (size + 2 > (size_t)room) {
        complain(p->error, "%s:%d: the line is too long (at most %d bytes)", p->name, p->line,
                 room - 2);
        fail_line(p);
    } else {
        size_t blanks = strspn(p->text, " \t\r\f\v"), kept = 0;

        for (size_t i = blanks < size ? blanks : size; i < size; i++) {
            if (p->text[i] == '#' && (!kept || isspace((unsigned char)p->text[i - 1])))
                break;
            out[kept++] = p->text[i];
        }
        out[kept] = '\n';
        out[kept + 1] = 0;
    }
    size += end ? 1 : 0;
    p->text += size;
    p->left -= size;
    return out;
}

bool conf_read_text(const char *name, const char *text, size_t size,
                    const struct conf_option *options, size_t count, char **error)
{
    struct parsing p = {
        .name = name, .left = size, .options = options, .count = count, .error = error};
    char *copy = malloc(size + 1);
    int line;

    *error = NULL;
    p.seen = calloc(count + 1, sizeof(*p.seen));
    if (!copy || !p.seen) {
        complain(error, "%s: no memory to read it", name);
        p.failed = true;
        goto out;
    }
    if (size)
        memcpy(copy, text, size);
    copy[size] = 0;
    p.text = copy;
    line = ini_parse_stream(next_line, &p, on_setting, &p);
    if (line > 0 && line < p.failed_line) { /* inih went on, and what we said was a consequence */
        free(*error);
        *error = NULL;
    }
    if (line != 0) {
        complain(
            error,
            "%s:%d: this is no setting (write \"name = value\", \"[section]\" or \"# comment\")",
            name, line > 0 ? line : p.line);
        p.failed = true;
    }
out:
    free(p.seen);
    free(copy);
    return !p.failed;
}

/* ---- files --------------------------------------------------------------------------------- */

/* Whoever can write the file decides who gets passwords: only root (or the caller) may. */
static bool trusted(const char *path, const struct stat *st, char **error)
{
    if (st->st_uid != 0 && st->st_uid != geteuid()) {
        complain(error, "%s: belongs to uid %u and is not read (chown root it)", path,
                 (unsigned)st->st_uid);
        return false;
    }
    if (st->st_mode & (S_IWGRP | S_IWOTH)) {
        complain(error, "%s: others than its owner can write it, so it is not read (chmod go-w it)",
                 path);
        return false;
    }
    return true;
}

bool conf_load(const char *path, bool trusted_only, char **text, size_t *size, char **error)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    bool ok = false;
    struct stat st;
    ssize_t n = 0;

    *error = NULL;
    *size = 0;
    *text = calloc(1, CONF_FILE_MAX + 1);
    if (!*text) {
        complain(error, "%s: no memory to read it", path);
        goto out;
    }
    if (fd < 0) {
        ok = errno == ENOENT;
        if (!ok)
            complain(error, "%s: %s", path, strerror(errno));
        goto out;
    }
    if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
        complain(error, "%s: is not a regular file", path);
        goto out;
    }
    if (trusted_only && !trusted(path, &st, error))
        goto out;
    while (*size <= CONF_FILE_MAX &&
           (n = read(fd, *text + *size, CONF_FILE_MAX + 1 - *size)) != 0) {
        if (n < 0 && errno != EINTR)
            break;
        *size += n > 0 ? (size_t)n : 0;
    }
    if (n < 0)
        complain(error, "%s: %s", path, strerror(errno));
    else if (*size > CONF_FILE_MAX)
        complain(error, "%s: is too large (at most %u bytes)", path, CONF_FILE_MAX);
    else
        ok = true;
out:
    if (fd >= 0)
        close(fd);
    if (!ok) {
        free(*text);
        *text = NULL;
        *size = 0;
    } else {
        (*text)[*size] = 0;
    }
    return ok;
}

bool conf_read(const char *path, const struct conf_option *options, size_t count, bool trusted_only,
               char **error)
{
    char *text;
    size_t size;
    bool ok;

    if (!conf_load(path, trusted_only, &text, &size, error))
        return false;
    ok = conf_read_text(path, text, size, options, count, error);
    free(text);
    return ok;
}
