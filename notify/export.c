/*
 * export_ccache of lsa.conf: the ticket of a logon session is also put into a credential cache of
 * the person's own. What lsad names at the logon becomes KRB5CCNAME of the person's processes, and
 * a program that fills the cache runs among the logon scripts: as the person, in their session.
 */
#include "notify/verb.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPORTER  CREDMGR_LIBEXECDIR "/ccache-exporter"
#define NAME_SIZE 1024

/* Puts `value` in the place of a %{word}; false: no room. */
static bool append(char *out, size_t *used, const char *value)
{
    int n = snprintf(out + *used, NAME_SIZE - *used, "%s", value);

    if (n < 0 || (size_t)n >= NAME_SIZE - *used)
        return false;
    *used += (size_t)n;
    return true;
}

static bool expand(const char *template, const char *user, uid_t uid, uint64_t luid, char *out)
{
    char id[16], session[20];
    const struct {
        const char *word, *value;
    } words[] = {{"%{uid}", id},        {"%{euid}", id},      {"%{USERID}", id},
                 {"%{username}", user}, {"%{luid}", session}, {"%{TEMP}", "/tmp"}};
    size_t used = 0;

    snprintf(id, sizeof(id), "%u", (unsigned)uid);
    snprintf(session, sizeof(session), "%016llx", (unsigned long long)luid);
    out[0] = 0;
    while (*template) {
        char one[2] = {*template, 0};
        const char *value = one;
        size_t size = 1;

        for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
            if (strncmp(template, words[i].word, strlen(words[i].word)) == 0) {
                value = words[i].value;
                size = strlen(words[i].word);
            }
        if (!append(out, &used, value))
            return false;
        template += size;
    }
    /* It goes into a command line, and a user's name could be anything. */
    for (const char *c = out; *c; c++)
        if (*c == '"' || *c == '\\' || (unsigned char)*c < ' ' || *c == 0x7f)
            return false;
    return true;
}

/* A list of malloc'ed texts with one more, or as it was. Takes `text`. */
static bool add_to(char ***list, char *text)
{
    size_t count = 0;
    char **larger;

    while (*list && (*list)[count])
        count++;
    larger = text ? realloc(*list, (count + 2) * sizeof(*larger)) : NULL;
    if (!larger) {
        free(text);
        return false;
    }
    larger[count] = text;
    larger[count + 1] = NULL;
    *list = larger;
    return true;
}

void mpr_export_tickets(const char *template, const char *user, uid_t uid, LUID luid,
                        struct mpr_reply *reply, struct mpr_trouble *trouble)
{
    char name[NAME_SIZE], *variable = NULL, *line = NULL;

    if (!mpr_given(template))
        return;
    if (!expand(template, user, uid, mpr_luid_number(luid), name)) {
        mpr_trouble_add(trouble, "export_ccache gives no name for this user");
        return;
    }
    if (asprintf(&variable, "KRB5CCNAME=%s", name) < 0 || !add_to(&reply->environment, variable) ||
        asprintf(&line, EXPORTER " \"%s\"", name) < 0 || !add_to(&reply->scripts, line))
        mpr_trouble_add(trouble, "no memory to export tickets");
}

bool mpr_is_exporter(const char *line)
{
    return strncmp(line, EXPORTER " ", strlen(EXPORTER " ")) == 0;
}
