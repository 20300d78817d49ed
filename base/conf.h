/*
 * INI files, through inih: [section], name = value, '#' comments. Unknown names are errors that say
 * file:line, the cause and the remedy. A file that is missing is an empty one. A file that is not
 * root's or is writable by others is refused.
 */
#ifndef CREDMGR_BASE_CONF_H
#define CREDMGR_BASE_CONF_H

#include <stdbool.h>
#include <stddef.h>

enum conf_type { CONF_STRING, CONF_BOOL, CONF_SECONDS, CONF_UINT, CONF_OTHER };

/*
 * One known setting: where its value goes. CONF_STRING stores a malloc'ed char *, the others bool,
 * unsigned (seconds are rounded up), unsigned. CONF_OTHER takes every name of `section` (or, with
 * "*", of every section) that no option before it knows: value is a struct conf_other, and `name`
 * is "*". A `section` "word *" is every section [word something], each with the settings that are
 * named so; the last one read is what is stored.
 */
struct conf_other {
    bool (*take)(void *arg, const char *section, const char *name,
                 const char *value); /* false: no memory */
    void *arg;
};
struct conf_option {
    const char *section;
    const char *name;
    enum conf_type type;
    void *value;
};

/*
 * Reads `path` into the options, which hold their defaults on entry (string defaults must be
 * malloc'ed or NULL). On failure false, and *error (malloc'ed) is "PATH:LINE: what is wrong (what
 * would be right)"; options keep what was valid. `trusted_only` refuses files that somebody else
 * than root or the caller could have written.
 */
bool conf_read(const char *path, const struct conf_option *options, size_t count, bool trusted_only,
               char **error);
/* The same from memory; `name` stands for the path in messages. */
bool conf_read_text(const char *name, const char *text, size_t size,
                    const struct conf_option *options, size_t count, char **error);
/*
 * The whole of a text file of at most CONF_FILE_MAX bytes (*text: free(), with a zero behind it),
 * for files in another syntax. Refusals as for conf_read. A missing file is an empty one.
 */
#define CONF_FILE_MAX (1u << 20)
bool conf_load(const char *path, bool trusted_only, char **text, size_t *size, char **error);
/* "5s", "500ms", "2m", "1h", "10" (seconds) → milliseconds; false when it is none of these. Also
 * used by credmgr.conf. */
bool conf_parse_milliseconds(const char *text, unsigned *milliseconds);
/* "yes", "true", "on", "1" and "no", "false", "off", "0", in any case; false when it is none. */
bool conf_parse_bool(const char *text, bool *out);

#endif
