/*
 * INI files, through inih: [section], name = value, '#' comments. Unknown names are errors that say file:line, the cause and
 * the remedy. A file that is missing is an empty one. A file that is not root's or is writable by others is refused.
 */
#ifndef CREDMGR_BASE_CONF_H
#define CREDMGR_BASE_CONF_H

#include <stdbool.h>
#include <stddef.h>

enum conf_type { CONF_STRING, CONF_BOOL, CONF_SECONDS, CONF_UINT };

/* One known setting: where its value goes. CONF_STRING stores a malloc'ed char *, the others bool, unsigned, unsigned. */
struct conf_option {
    const char *section;
    const char *name;
    enum conf_type type;
    void *value;
};

/*
 * Reads `path` into the options, which hold their defaults on entry (string defaults must be malloc'ed or NULL).
 * On failure false, and *error (malloc'ed) is "PATH:LINE: what is wrong (what would be right)"; options keep what was valid.
 * `trusted_only` refuses files that somebody else than root or the caller could have written.
 */
bool conf_read(const char *path, const struct conf_option *options, size_t count, bool trusted_only, char **error);
/* "5s", "2m", "500ms"→1 … into seconds; false when it is none. Also used by credmgr.conf. */
bool conf_parse_milliseconds(const char *text, unsigned *milliseconds);

#endif
