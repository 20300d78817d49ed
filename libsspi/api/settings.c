/*
 * lsa.conf as libsspi sees it: the packages of this process obey the same settings as those of
 * lsad, and the socket that the administrator chose is the one to connect to. What is wrong in the
 * file is lsad's to report.
 */
#include "libsspi/api/api.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/conf.h"

#define CONFIG_PATH CREDMGR_SYSCONFDIR "/lsa.conf"

/* One section of the file, its settings ended by a NULL name. Read once, kept as long as the
 * process lives. */
struct section {
    struct section *next;
    char *name;
    struct lsa_setting *list;
    size_t count;
};
static struct section *sections;

static struct section *find_section(const char *name)
{
    struct section *s;

    for (s = sections; s; s = s->next)
        if (strcasecmp(s->name, name) == 0)
            return s;
    return NULL;
}

static bool take(void *arg, const char *name, const char *setting, const char *value)
{
    struct section *s = find_section(name);
    struct lsa_setting *list;

    (void)arg;
    if (!s) {
        s = calloc(1, sizeof(*s));
        if (!s || !(s->name = strdup(name))) {
            free(s);
            return false;
        }
        s->next = sections;
        sections = s;
    }
    list = realloc(s->list, (s->count + 2) * sizeof(*list));
    if (!list)
        return false;
    s->list = list;
    list[s->count] = (struct lsa_setting){strdup(setting), strdup(value)};
    list[s->count + 1] = (struct lsa_setting){NULL, NULL};
    if (!list[s->count].name || !list[s->count].value)
        return false;
    s->count++;
    return true;
}

const struct lsa_setting *api_settings(const char *package)
{
    const struct section *s = find_section(package);

    return s ? s->list : NULL;
}

void api_settings_read(void)
{
    struct conf_other other = {.take = take};
    char *socket = NULL, *error = NULL;
    const struct conf_option options[] = {
        {"lsa", "socket", CONF_STRING, &socket},
        {"*", "*", CONF_OTHER, &other},
    };

    if (!conf_read(CONFIG_PATH, options, sizeof(options) / sizeof(options[0]), true, &error))
        free(error);
    if (socket)
        lsa_client_set_socket(socket);
    free(socket);
}
