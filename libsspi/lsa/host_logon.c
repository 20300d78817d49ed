/*
 * Counts who knows a network logon session, and ends it when nobody does.
 */
#include "libsspi/lsa/host_logon.h"

#include <pthread.h>
#include <stdlib.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct lsa_logon *logons;
static pthread_once_t fork_once = PTHREAD_ONCE_INIT;

static void before_fork(void)
{
    pthread_mutex_lock(&lock);
}

static void after_fork(void)
{
    pthread_mutex_unlock(&lock);
}

static void watch_forks(void)
{
    pthread_atfork(before_fork, after_fork, after_fork);
}

static bool same(const LUID *a, const LUID *b)
{
    return a->LowPart == b->LowPart && a->HighPart == b->HighPart;
}

static struct lsa_logon **slot_of(const LUID *luid)
{
    struct lsa_logon **at = &logons;

    while (*at && !same(&(*at)->luid, luid))
        at = &(*at)->next;
    return at;
}

struct lsa_logon *lsa_logon_adopt(const LUID *luid, bool remote, void (*end)(const LUID *luid))
{
    struct lsa_logon *l = calloc(1, sizeof(*l));

    if (!l) {
        end(luid);
        return NULL;
    }
    pthread_once(&fork_once, watch_forks);
    l->luid = *luid;
    l->references = 1;
    l->remote = remote;
    l->end = end;
    pthread_mutex_lock(&lock);
    l->next = logons;
    logons = l;
    pthread_mutex_unlock(&lock);
    return l;
}

struct lsa_logon *lsa_logon_find(const LUID *luid)
{
    struct lsa_logon *l;

    pthread_once(&fork_once, watch_forks); /* every credential looks here, and most find nothing */
    pthread_mutex_lock(&lock);
    l = *slot_of(luid);
    if (l)
        l->references++;
    pthread_mutex_unlock(&lock);
    return l;
}

struct lsa_logon *lsa_logon_hold(struct lsa_logon *l)
{
    if (!l)
        return NULL;
    pthread_mutex_lock(&lock);
    l->references++;
    pthread_mutex_unlock(&lock);
    return l;
}

void lsa_logon_put(struct lsa_logon *l)
{
    bool last;

    if (!l)
        return;
    pthread_mutex_lock(&lock);
    last = --l->references == 0;
    if (last)
        *slot_of(&l->luid) = l->next;
    pthread_mutex_unlock(&lock);
    if (!last)
        return;
    l->end(&l->luid);
    free(l);
}
