/*
 * [acceptors] of lsa.conf: as which services a process may accept with keys that it cannot read
 * itself. A package asks for the client of the call that it serves.
 */
#include "libsspi/lsa/host_internal.h"

#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/log.h"

#define SECTION    "acceptors"
#define NTLM       "NTLM" /* no service with a key: who may have everybody verified */
#define KEYTAB     "keytab="
#define PASSWD_MAX 65536

bool lsa_acceptor_uid(const char *word, uid_t *uid)
{
    struct passwd pw, *found = NULL;
    unsigned long number;
    char *end, *buffer;

    errno = 0;
    number = strtoul(word, &end, 10);
    if (*word >= '0' && *word <= '9' && !*end) {
        *uid = (uid_t)number;
        return !errno && number < UINT32_MAX;
    }
    buffer = malloc(PASSWD_MAX);
    if (buffer && getpwnam_r(word, &pw, buffer, PASSWD_MAX, &found) == 0 && found)
        *uid = pw.pw_uid;
    free(buffer);
    return found != NULL;
}

/* One of the words of `value` names the uid; *keytab (free()) is what stands behind "keytab=". */
static bool rule_names(const char *value, uid_t uid, char **keytab)
{
    char *copy = strdup(value), *save = NULL, *path = NULL;
    bool named = false;
    uid_t one;

    *keytab = NULL;
    for (char *word = copy ? strtok_r(copy, " \t,", &save) : NULL; word;
         word = strtok_r(NULL, " \t,", &save)) {
        if (strncmp(word, KEYTAB, strlen(KEYTAB)) == 0)
            path = word + strlen(KEYTAB);
        else
            named = named || (lsa_acceptor_uid(word, &one) && one == uid);
    }
    if (named && path) {
        *keytab = strdup(path);
        named = *keytab != NULL;
    }
    free(copy);
    return named;
}

bool lsa_acceptor_matches(const char *service, const char *principal)
{
    size_t size = strlen(service);

    /* Host names have no case, and who writes http means HTTP. */
    if (!size || strncasecmp(service, principal, size) != 0)
        return false;
    return !principal[size] || (principal[size] == '@' && !strchr(service, '@')) ||
           (principal[size] == '/' && !strpbrk(service, "/@"));
}

void lsa_client_acceptors(bool (*visit)(const char *service, const char *keytab, void *arg),
                          void *arg)
{
    const struct lsa_call *call = lsa_call_current();
    const struct lsa_setting *s = lsa_host.settings ? lsa_host.settings(SECTION) : NULL;
    bool more = true;

    for (; call && s && s->name && more; s++) {
        char *keytab = NULL;

        if (strcasecmp(s->name, NTLM) != 0 && s->value && rule_names(s->value, call->uid, &keytab))
            more = visit(s->name, keytab, arg);
        free(keytab);
    }
}

bool lsa_client_may_verify(void)
{
    const struct lsa_call *call = lsa_call_current();
    const struct lsa_setting *s = lsa_host.settings ? lsa_host.settings(SECTION) : NULL;
    bool may = false;

    for (; call && s && s->name && !may; s++) {
        char *keytab = NULL;

        may =
            strcasecmp(s->name, NTLM) == 0 && s->value && rule_names(s->value, call->uid, &keytab);
        free(keytab);
    }
    return may;
}

void lsa_acceptors_start(void)
{
    const struct lsa_setting *s = lsa_host.settings ? lsa_host.settings(SECTION) : NULL;

    for (; lsa_host.in_lsa && s && s->name; s++)
        log_debug("[acceptors] %s = %s", s->name, s->value);
}
