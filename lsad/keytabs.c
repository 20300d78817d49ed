/*
 * Which keytabs lsa.conf names: the working process is let to them, and the supervisor watches
 * them.
 */
#include "lsad/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define KEYTAB "keytab="

/* Takes `list`; NULL without memory. */
static char *append(char *list, const char *name, size_t size)
{
    char *longer = NULL;

    if (list && asprintf(&longer, "%s%s%.*s", list, *list ? " " : "", (int)size, name) < 0)
        longer = NULL;
    free(list);
    return longer;
}

char *lsad_config_keytabs(void)
{
    const struct lsa_setting *s = lsad_config_settings("kerberos");
    char *list = strdup("");

    for (; list && s && s->name; s++)
        if (strcasecmp(s->name, "keytab") == 0)
            list = append(list, s->value, strlen(s->value));
    for (s = lsad_config_settings("acceptors"); list && s && s->name; s++) {
        const char *word = s->value + strspn(s->value, " \t,");

        for (size_t size; list && (size = strcspn(word, " \t,")) > 0;
             word += size, word += strspn(word, " \t,"))
            if (strncmp(word, KEYTAB, strlen(KEYTAB)) == 0)
                list = append(list, word + strlen(KEYTAB), size - strlen(KEYTAB));
    }
    return list;
}
