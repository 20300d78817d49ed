/*
 * The lines "name: setting=value …" of credmgr.conf. A line holds as a whole or not at all: one
 * half of it could mean what nobody wrote.
 */
#include "notify/config_parse.h"
#include "base/conf.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define MEMORY_MIN ((size_t)16 << 20) /* less does not hold a manager's libraries */

static bool replace(struct mpr_parsing *p, char **out, const char *value)
{
    char *copy = strdup(value);

    if (!copy)
        return mpr_complain(p, "no memory (free some)");
    free(*out);
    *out = copy;
    return true;
}

static bool set_path(struct mpr_parsing *p, const char *name, const char *value, char **out)
{
    if (*value != '/' || strlen(value) > 4000)
        return mpr_complain(p, "\"%.64s\" is no %s (an absolute path)", value, name);
    return replace(p, out, value);
}

static bool set_stage(struct mpr_parsing *p, const char *name, const char *value)
{
    unsigned ms;

    if (strcmp(name, "timeout") == 0) {
        if (!conf_parse_milliseconds(value, &ms) || ms < 1000 || ms > MPR_HOUR_MS)
            return mpr_complain(p, "\"%.64s\" is no time to keep a password for (1s to 1h)", value);
        p->config->stage_timeout = (ms + 999) / 1000;
        return true;
    }
    if (strlen(value) > 64 ||
        strspn(value, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") !=
            strlen(value))
        return mpr_complain(p, "\"%.64s\" is no name of a keyring (letters, digits, _ and -)",
                            value);
    return replace(p, &p->config->stage_keyring, value);
}

/* "256M": bytes, or K, M, G. */
static bool set_memory(struct mpr_parsing *p, const char *value)
{
    static const char units[] = "KMG";
    char *end = NULL;
    unsigned long long number = isdigit((unsigned char)*value) ? strtoull(value, &end, 10) : 0;
    const char *unit = end && *end ? strchr(units, toupper((unsigned char)*end)) : NULL;
    unsigned shift = unit ? 10 * (unsigned)(unit - units + 1) : 0;

    if (!end || (unit ? end[1] : *end) || number > SIZE_MAX >> 1 >> shift ||
        (number && (size_t)number << shift < MEMORY_MIN))
        return mpr_complain(p,
                            "\"%.64s\" is no amount of memory for a credential manager (16M or "
                            "more, such as 256M or 1G; 0 for no limit)",
                            value);
    p->config->manager_memory = (size_t)number << shift;
    return true;
}

/* The lines with settings; the name of each setting, and a second one or NULL. */
static const struct settings {
    enum mpr_line line;
    const char *database, *first, *second;
} settings[] = {
    {MPR_LINE_STAGE, "stage", "timeout", "keyring"},
    {MPR_LINE_LSA, "lsa", "socket", NULL},
    {MPR_LINE_MANAGERS, "managers", "directory", "memory"},
    {MPR_LINE_STATISTICS, "statistics", "directory", NULL},
};
#define SETTINGS (sizeof(settings) / sizeof(settings[0]))

enum mpr_line mpr_settings_line(const char *database)
{
    for (size_t i = 0; i < SETTINGS; i++)
        if (strcmp(database, settings[i].database) == 0)
            return settings[i].line;
    return MPR_LINES;
}

static bool set(struct mpr_parsing *p, const char *database, const char *name, const char *value)
{
    struct mpr_config *c = p->config;

    if (strcmp(database, "stage") == 0)
        return set_stage(p, name, value);
    if (strcmp(database, "lsa") == 0)
        return set_path(p, "socket", value, &c->lsa_socket);
    if (strcmp(name, "memory") == 0)
        return set_memory(p, value);
    return set_path(p, "directory", value,
                    strcmp(database, "managers") == 0 ? &c->manager_directory
                                                      : &c->statistics_directory);
}

static bool parse_words(struct mpr_parsing *p, const struct settings *s, char *text)
{
    char *word, *value;

    while ((word = mpr_next_word(&text))) {
        bool known = mpr_cut(word, &value);

        if (known && strcmp(word, s->first) != 0)
            known = s->second && strcmp(word, s->second) == 0;
        if (!known)
            return mpr_complain(p, "unknown setting \"%.64s\" of \"%s\" (%s=…%s%s%s)", word,
                                s->database, s->first, s->second ? ", " : "",
                                s->second ? s->second : "", s->second ? "=…" : "");
        if (!set(p, s->database, word, value))
            return false;
    }
    return true;
}

/* A string that the line set, or the one there was. */
static void move(char **to, char **from, bool ok)
{
    char *old = *from;

    if (ok && *from) {
        old = *to;
        *to = *from;
    }
    free(old);
}

bool mpr_parse_settings(struct mpr_parsing *p, enum mpr_line which, char *text)
{
    struct mpr_config *config = p->config;
    struct mpr_config line = {.stage_timeout = config->stage_timeout,
                              .manager_memory = config->manager_memory};
    size_t i = 0;
    bool ok;

    while (settings[i].line != which)
        i++;
    p->config = &line;
    ok = parse_words(p, &settings[i], text);
    p->config = config;
    if (ok) {
        config->stage_timeout = line.stage_timeout;
        config->manager_memory = line.manager_memory;
    }
    move(&config->stage_keyring, &line.stage_keyring, ok);
    move(&config->lsa_socket, &line.lsa_socket, ok);
    move(&config->manager_directory, &line.manager_directory, ok);
    move(&config->statistics_directory, &line.statistics_directory, ok);
    return ok;
}
