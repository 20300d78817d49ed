/*
 * The reader of credmgr.conf. An administrator's mistake is told with its line and remedy and costs
 * that line only: a login that finds a broken file goes on with the defaults.
 */
#include "notify/config.h"
#include "base/conf.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define BLANKS " \t\r\f\v"

struct parsing {
    const char *name;
    int line;
    struct mpr_config *config;
    int seen_line[6]; /* of each database; 0: none yet */
    char **error;
    bool failed;
};

static void __attribute__((format(printf, 2, 3)))
complain(struct parsing *p, const char *format, ...)
{
    char *what = NULL;
    va_list args;

    p->failed = true;
    if (*p->error)
        return;
    va_start(args, format);
    if (vasprintf(&what, format, args) < 0)
        what = NULL;
    va_end(args);
    if (asprintf(p->error, "%s:%d: %s", p->name, p->line,
                 what ? what : "no memory to say what is wrong") < 0)
        *p->error = NULL;
    free(what);
}

bool mpr_manager_name_valid(const char *name)
{
    size_t length = strlen(name);

    return length >= 1 && length <= MPR_MANAGER_NAME_MAX && islower((unsigned char)*name) &&
           strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_-") == length;
}

/* The next word of *rest, zero-terminated in place; NULL at the end. */
static char *next_word(char **rest)
{
    char *word = *rest + strspn(*rest, BLANKS);

    if (!*word)
        return NULL;
    *rest = word + strcspn(word, BLANKS);
    if (**rest)
        *(*rest)++ = 0;
    return word;
}

/* Cuts "name=value" in two; false when there is no '=', no name or no value. */
static bool cut(char *word, char **value)
{
    char *mark = strchr(word, '=');

    if (!mark || mark == word || !mark[1])
        return false;
    *mark = 0;
    *value = mark + 1;
    return true;
}

/* ---- logon: and password_change: ----------------------------------------------------------- */

static bool parse_action(struct parsing *p, const char *value, bool *out)
{
    if (strcasecmp(value, "return") != 0 && strcasecmp(value, "continue") != 0) {
        complain(p, "unknown action \"%.64s\" (return, continue)", value);
        return false;
    }
    *out = strcasecmp(value, "return") == 0;
    return true;
}

static bool parse_bracket(struct parsing *p, char *text, struct mpr_manager *manager)
{
    char *word, *value;

    while ((word = next_word(&text))) {
        if (!cut(word, &value)) {
            complain(p,
                     "\"%.64s\" says nothing (write timeout=5s, success=return or failure=return)",
                     word);
            return false;
        }
        if (strcasecmp(word, "timeout") == 0) {
            if (!conf_parse_milliseconds(value, &manager->timeout) || manager->timeout == 0) {
                complain(p, "\"%.64s\" is no timeout (a time such as 5s or 500ms)", value);
                return false;
            }
        } else if (strcasecmp(word, "success") == 0) {
            if (!parse_action(p, value, &manager->return_on[MPR_SUCCESS]))
                return false;
        } else if (strcasecmp(word, "failure") == 0) {
            if (!parse_action(p, value, &manager->return_on[MPR_UNAVAIL]))
                return false;
        } else {
            complain(
                p, "unknown setting \"%.64s\" of a credential manager (timeout, success, failure)",
                word);
            return false;
        }
    }
    return true;
}

static bool add_manager(struct parsing *p, struct mpr_order *order, const char *name)
{
    struct mpr_manager *manager;

    if (!mpr_manager_name_valid(name)) {
        complain(p,
                 "\"%.64s\" is no name of a credential manager (a letter, then letters, digits, _ "
                 "and -, all in lower case)",
                 name);
        return false;
    }
    if (order->count == MPR_MANAGERS_MAX) {
        complain(p, "too many credential managers (at most %d)", MPR_MANAGERS_MAX);
        return false;
    }
    for (size_t i = 0; i < order->count; i++) {
        if (strcmp(order->managers[i].name, name) == 0) {
            complain(p, "\"%s\" is named twice (remove one)", name);
            return false;
        }
    }
    manager = &order->managers[order->count++];
    *manager = (struct mpr_manager){.timeout = MPR_MANAGER_TIMEOUT};
    memcpy(manager->name, name, strlen(name) + 1);
    return true;
}

static bool parse_order(struct parsing *p, char *text, void *out)
{
    struct mpr_order order = {.count = 0};

    while (*(text += strspn(text, BLANKS))) {
        char *end;

        if (*text == '[') {
            end = strchr(text, ']');
            if (!end) {
                complain(p, "a bracket is not closed (write ] behind the settings)");
                return false;
            }
            *end = 0;
            if (!order.count) {
                complain(p, "[%.64s] follows no credential manager (write its name before it)",
                         text + 1);
                return false;
            }
            if (!parse_bracket(p, text + 1, &order.managers[order.count - 1]))
                return false;
            text = end + 1;
        } else {
            char name[MPR_MANAGER_NAME_MAX + 2];
            size_t length = strcspn(text, BLANKS "[");

            /* One byte more than a name may have is kept, so that a longer one is refused as such.
             */
            snprintf(name, sizeof(name), "%.*s", (int)length, text);
            if (!add_manager(p, &order, name))
                return false;
            text += length;
        }
    }
    if (!order.count) {
        complain(p, "no credential manager is named (write \"lsa\")");
        return false;
    }
    *(struct mpr_order *)out = order;
    return true;
}

/* ---- settings ------------------------------------------------------------------------------ */

static bool replace(struct parsing *p, char **out, const char *value)
{
    char *copy = strdup(value);

    if (!copy) {
        complain(p, "no memory");
        return false;
    }
    free(*out);
    *out = copy;
    return true;
}

static bool set_path(struct parsing *p, const char *name, const char *value, char **out)
{
    if (*value != '/' || strlen(value) > 4000) {
        complain(p, "\"%.64s\" is no %s (an absolute path)", value, name);
        return false;
    }
    return replace(p, out, value);
}

static bool set_stage(struct parsing *p, const char *name, const char *value)
{
    unsigned ms;

    if (strcmp(name, "timeout") == 0) {
        if (!conf_parse_milliseconds(value, &ms) || ms < 1000 || ms > 3600 * 1000) {
            complain(p, "\"%.64s\" is no time to keep a password for (1s to 1h)", value);
            return false;
        }
        p->config->stage_timeout = (ms + 999) / 1000;
        return true;
    }
    if (strlen(value) > 64 ||
        strspn(value, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") !=
            strlen(value)) {
        complain(p, "\"%.64s\" is no name of a keyring (letters, digits, _ and -)", value);
        return false;
    }
    return replace(p, &p->config->stage_keyring, value);
}

/* The lines with settings; the name of each setting, and a second one or NULL. */
static const struct settings {
    const char *database, *first, *second;
} settings[] = {
    {"stage", "timeout", "keyring"},
    {"lsa", "socket", NULL},
    {"managers", "directory", NULL},
    {"statistics", "directory", NULL},
};

static void parse_settings(struct parsing *p, const struct settings *s, char *text)
{
    char *word, *value;

    while ((word = next_word(&text))) {
        bool known = cut(word, &value);

        if (known && strcmp(word, s->first) != 0)
            known = s->second && strcmp(word, s->second) == 0;
        if (!known) {
            complain(p, "unknown setting \"%.64s\" of \"%s\" (%s=…%s%s%s)", word, s->database,
                     s->first, s->second ? ", " : "", s->second ? s->second : "",
                     s->second ? "=…" : "");
            return;
        }
        if (strcmp(s->database, "stage") == 0 ? !set_stage(p, word, value)
            : strcmp(s->database, "lsa") == 0
                ? !set_path(p, "socket", value, &p->config->lsa_socket)
            : strcmp(s->database, "managers") == 0
                ? !set_path(p, "directory", value, &p->config->manager_directory)
                : !set_path(p, "directory", value, &p->config->statistics_directory))
            return;
    }
}

/* ---- lines --------------------------------------------------------------------------------- */

#define SETTINGS (sizeof(settings) / sizeof(settings[0]))

/* Whether the database has no line yet. Its index: 0 logon, 1 password_change, then the settings.
 */
static bool first_line_of(struct parsing *p, size_t index, const char *name)
{
    if (p->seen_line[index]) {
        complain(p, "\"%s\" has a line already (remove this one or line %d)", name,
                 p->seen_line[index]);
        return false;
    }
    p->seen_line[index] = p->line;
    return true;
}

static void parse_line(struct parsing *p, char *text)
{
    char *name, *colon;

    text[strcspn(text, "#")] = 0;
    name = text + strspn(text, BLANKS);
    if (!*name)
        return;
    colon = strchr(name, ':');
    if (!colon) {
        complain(p, "this is no line of the form \"name: …\" (logon: lsa)");
        return;
    }
    *colon = 0;
    name[strcspn(name, BLANKS)] = 0;
    if (strcmp(name, "logon") == 0) {
        if (first_line_of(p, 0, name))
            parse_order(p, colon + 1, &p->config->logon);
        return;
    }
    if (strcmp(name, "password_change") == 0) {
        if (first_line_of(p, 1, name))
            parse_order(p, colon + 1, &p->config->password_change);
        return;
    }
    for (size_t i = 0; i < SETTINGS; i++) {
        if (strcmp(name, settings[i].database) == 0) {
            if (first_line_of(p, 2 + i, name))
                parse_settings(p, &settings[i], colon + 1);
            return;
        }
    }
    complain(
        p, "unknown database \"%.64s\" (logon, password_change, stage, lsa, managers, statistics)",
        name);
}

static bool set_defaults(struct mpr_config *out)
{
    const struct mpr_order lsa_alone = {
        .managers = {{.name = "lsa", .timeout = MPR_MANAGER_TIMEOUT}},
        .count = 1,
    };

    *out = (struct mpr_config){
        .logon = lsa_alone,
        .password_change = lsa_alone,
        .stage_timeout = 120,
        .stage_keyring = strdup("credmgr-stage"),
        .manager_directory = strdup(CREDMGR_MANAGERDIR),
        .statistics_directory = strdup(CREDMGR_STATEDIR "/providers"),
    };
    if (out->stage_keyring && out->manager_directory && out->statistics_directory)
        return true;
    mpr_config_clear(out);
    return false;
}

bool mpr_config_parse(const char *name, const char *text, size_t size, struct mpr_config *out,
                      char **error)
{
    struct parsing p = {.name = name, .config = out, .error = error};
    char *copy = malloc(size + 1), *next;

    *error = NULL;
    if (!set_defaults(out) || !copy) {
        complain(&p, "no memory to read it");
        goto out;
    }
    if (size)
        memcpy(copy, text, size);
    copy[size] = 0;
    for (char *line = copy; line < copy + size; line = next) {
        char *end = memchr(line, '\n', (size_t)(copy + size - line));

        end = end ? end : copy + size;
        next = end + 1;
        *end = 0;
        p.line++;
        if (strlen(line) != (size_t)(end - line))
            complain(&p, "the line holds a zero byte (this is no text file)");
        else
            parse_line(&p, line);
    }
out:
    free(copy);
    return !p.failed;
}

bool mpr_config_read(const char *path, struct mpr_config *out, char **error)
{
    char *text;
    size_t size;
    bool ok;

    path = path ? path : MPR_CONFIG_PATH;
    if (!conf_load(path, true, &text, &size, error)) {
        set_defaults(out);
        return false;
    }
    ok = mpr_config_parse(path, text, size, out, error);
    free(text);
    return ok;
}

void mpr_config_clear(struct mpr_config *config)
{
    free(config->stage_keyring);
    free(config->lsa_socket);
    free(config->manager_directory);
    free(config->statistics_directory);
    memset(config, 0, sizeof(*config));
}
