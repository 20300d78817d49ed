/*
 * The reader of credmgr.conf. An administrator's mistake is told with its line and remedy and costs
 * that line only: a login that finds a broken file goes on with the defaults.
 */
#include "notify/config.h"
#include "base/conf.h"
#include "notify/config_parse.h"

#include <npapi.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- telling ------------------------------------------------------------------------------- */

/* "what (remedy)" is cut in two: what stands in the last parenthesis is the remedy. */
static void tell(struct mpr_parsing *p, char *text)
{
    size_t length = strlen(text);
    char *remedy = NULL;

    for (char *mark = text; length && text[length - 1] == ')' && (mark = strstr(mark, " ("));
         mark++)
        remedy = mark;
    p->failed = true;
    if (remedy) {
        text[length - 1] = 0;
        *remedy = 0;
        remedy += 2;
    }
    p->tell(p->arg, p->name, p->line, text, remedy ? remedy : "");
}

bool mpr_complain(struct mpr_parsing *p, const char *format, ...)
{
    char text[1024];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    tell(p, text);
    return false;
}

/* The first problem as one line, for the log. */
static void keep_first(void *arg, const char *file, int line, const char *what, const char *remedy)
{
    char **error = arg, place[16] = "";

    if (*error)
        return;
    if (line)
        snprintf(place, sizeof(place), "%d:", line);
    if (asprintf(error, *remedy ? "%s:%s %s (%s)" : "%s:%s %s%s", file, place, what, remedy) < 0)
        *error = NULL;
}

/* ---- words --------------------------------------------------------------------------------- */

char *mpr_next_word(char **rest)
{
    char *word = *rest + strspn(*rest, MPR_BLANKS);

    if (!*word)
        return NULL;
    *rest = word + strcspn(word, MPR_BLANKS);
    if (**rest)
        *(*rest)++ = 0;
    return word;
}

bool mpr_cut(char *word, char **value)
{
    char *mark = strchr(word, '=');

    if (!mark || mark == word || !mark[1])
        return false;
    *mark = 0;
    *value = mark + 1;
    return true;
}

/* ---- lines "name = value" ------------------------------------------------------------------ */

static const struct {
    const char *name;
    enum mpr_line line;
} assignments[] = {
    {"notify_without_password", MPR_LINE_WITHOUT_PASSWORD},
    {"logon_scripts", MPR_LINE_SCRIPTS},
    {"restore_timeout", MPR_LINE_RESTORE_TIMEOUT},
    {"interactive_services", MPR_LINE_INTERACTIVE},
    {"noninteractive_services", MPR_LINE_NONINTERACTIVE},
    {"silent_services", MPR_LINE_SILENT},
};
#define ASSIGNMENTS (sizeof(assignments) / sizeof(assignments[0]))

static bool assign_bool(struct mpr_parsing *p, const char *name, const char *value, bool *out)
{
    return conf_parse_bool(value, out) ||
           mpr_complain(p, "\"%.64s\" is no value for \"%s\" (yes or no)", value, name);
}

static bool assign(struct mpr_parsing *p, size_t i, char *value)
{
    struct mpr_config *c = p->config;
    unsigned ms;

    switch (assignments[i].line) {
    case MPR_LINE_WITHOUT_PASSWORD:
        return assign_bool(p, assignments[i].name, value, &c->notify_without_password);
    case MPR_LINE_SCRIPTS:
        return assign_bool(p, assignments[i].name, value, &c->logon_scripts);
    case MPR_LINE_RESTORE_TIMEOUT:
        if (!conf_parse_milliseconds(value, &ms) || ms < 1 || ms > MPR_HOUR_MS)
            return mpr_complain(
                p, "\"%.64s\" is no time to wait for credential managers to start (1ms to 1h)",
                value);
        c->restore_timeout = ms;
        return true;
    default:
        return mpr_parse_services(p, assignments[i].line, value);
    }
}

/* ---- lines --------------------------------------------------------------------------------- */

/* Whether it has no line yet. */
static bool first_line(struct mpr_parsing *p, enum mpr_line line, const char *name)
{
    if (p->seen[line])
        return mpr_complain(p, "\"%s\" has a line already (remove this one or line %d)", name,
                            p->seen[line]);
    p->seen[line] = p->line;
    return true;
}

/* The line of "name: …", of "name = …"; MPR_LINES: there is none. */
static enum mpr_line database(const char *name)
{
    if (strcmp(name, "logon") == 0)
        return MPR_LINE_LOGON;
    if (strcmp(name, "password_change") == 0)
        return MPR_LINE_PASSWORD_CHANGE;
    return mpr_settings_line(name);
}

static size_t assignment(const char *name)
{
    size_t i = 0;

    while (i < ASSIGNMENTS && strcmp(name, assignments[i].name) != 0)
        i++;
    return i;
}

static void parse_database(struct mpr_parsing *p, const char *name, char *text)
{
    enum mpr_line line = database(name);
    struct mpr_config *c = p->config;

    if (line == MPR_LINES && assignment(name) < ASSIGNMENTS)
        mpr_complain(p, "\"%s\" is a setting of its own (write \"%s = …\")", name,
                     assignments[assignment(name)].name);
    else if (line == MPR_LINES)
        mpr_complain(p,
                     "unknown database \"%.64s\" (logon, password_change, stage, lsa, managers, "
                     "statistics)",
                     name);
    else if (first_line(p, line, name) &&
             (line >= MPR_LINE_STAGE
                  ? mpr_parse_settings(p, line, text)
                  : mpr_parse_order(p, text,
                                    line == MPR_LINE_LOGON ? &c->logon : &c->password_change)))
        c->lines[line] = p->line;
}

static void parse_assignment(struct mpr_parsing *p, const char *name, char *value)
{
    size_t i = assignment(name), length;

    if (i == ASSIGNMENTS && database(name) < MPR_LINES) {
        mpr_complain(p, "\"%s\" is written with a colon (write \"name: …\")", name);
        return;
    }
    if (i == ASSIGNMENTS) {
        mpr_complain(p,
                     "unknown setting \"%.64s\" (notify_without_password, logon_scripts, "
                     "restore_timeout, interactive_services, noninteractive_services, "
                     "silent_services)",
                     name);
        return;
    }
    value += strspn(value, MPR_BLANKS);
    length = strlen(value);
    while (length && strchr(MPR_BLANKS, value[length - 1]))
        value[--length] = 0;
    if (first_line(p, assignments[i].line, name) && assign(p, i, value))
        p->config->lines[assignments[i].line] = p->line;
}

static void parse_line(struct mpr_parsing *p, char *text)
{
    char *name, *mark, kind;

    text[strcspn(text, "#")] = 0;
    name = text + strspn(text, MPR_BLANKS);
    if (!*name)
        return;
    mark = name + strcspn(name, ":=");
    kind = *mark;
    if (!kind) {
        mpr_complain(p, "this is no line of the form \"name: …\" or \"name = …\" (logon: lsa)");
        return;
    }
    *mark = 0;
    name[strcspn(name, MPR_BLANKS)] = 0;
    if (kind == ':')
        parse_database(p, name, mark + 1);
    else
        parse_assignment(p, name, mark + 1);
}

/* ---- the whole ----------------------------------------------------------------------------- */

static bool set_defaults(struct mpr_config *out)
{
    const struct mpr_order lsa_alone = {
        .managers = {{.name = "lsa",
                      .timeout = MPR_MANAGER_TIMEOUT,
                      .classes = WN_CREDENTIAL_CLASS}},
        .count = 1,
    };

    *out = (struct mpr_config){
        .logon = lsa_alone,
        .password_change = lsa_alone,
        .stage_timeout = 120,
        .stage_keyring = strdup("credmgr-stage"),
        .manager_directory = strdup(CREDMGR_MANAGERDIR),
        .statistics_directory = strdup(CREDMGR_STATEDIR "/providers"),
        .manager_memory = MPR_MANAGER_MEMORY,
        .logon_scripts = true,
    };
    if (mpr_default_services(out) && out->stage_keyring && out->manager_directory &&
        out->statistics_directory)
        return true;
    mpr_config_clear(out);
    return false;
}

bool mpr_config_check_text(const char *name, const char *text, size_t size, struct mpr_config *out,
                           mpr_problem_fn *tell_fn, void *arg)
{
    struct mpr_parsing p = {.name = name, .config = out, .tell = tell_fn, .arg = arg};
    char *copy = malloc(size + 1), *next;

    if (!set_defaults(out) || !copy) {
        mpr_complain(&p, "no memory to read it (free some)");
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
            mpr_complain(&p, "the line holds a zero byte (this is no text file)");
        else
            parse_line(&p, line);
    }
    mpr_settle_services(out);
out:
    free(copy);
    return !p.failed;
}

bool mpr_config_check(const char *path, struct mpr_config *out, mpr_problem_fn *tell_fn, void *arg)
{
    struct mpr_parsing p = {
        .name = path ? path : MPR_CONFIG_PATH, .config = out, .tell = tell_fn, .arg = arg};
    char *text, *error;
    size_t size, name = strlen(p.name);
    bool ok;

    if (!conf_load(p.name, true, &text, &size, &error)) {
        if (!error)
            mpr_complain(&p, "no memory to read it (free some)");
        else /* "PATH: what (remedy)" */
            tell(&p, strncmp(error, p.name, name) == 0 && strncmp(error + name, ": ", 2) == 0
                         ? error + name + 2
                         : error);
        free(error);
        set_defaults(out);
        return false;
    }
    ok = mpr_config_check_text(p.name, text, size, out, tell_fn, arg);
    free(text);
    return ok;
}

bool mpr_config_parse(const char *name, const char *text, size_t size, struct mpr_config *out,
                      char **error)
{
    *error = NULL;
    return mpr_config_check_text(name, text, size, out, keep_first, error);
}

bool mpr_config_read(const char *path, struct mpr_config *out, char **error)
{
    *error = NULL;
    return mpr_config_check(path, out, keep_first, error);
}

void mpr_config_clear(struct mpr_config *config)
{
    free(config->stage_keyring);
    free(config->lsa_socket);
    free(config->manager_directory);
    free(config->statistics_directory);
    mpr_free_services(config);
    memset(config, 0, sizeof(*config));
}
