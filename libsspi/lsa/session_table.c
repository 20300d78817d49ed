/*
 * The table of logon sessions: found by LUID, by uid, by audit session.
 */
#include "libsspi/lsa/session_table.h"
#include "libsspi/lsa/host.h"

#include <errno.h>
#include <ntstatus.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>
#include <unistr.h>

#define BUCKETS 1024u

/*
 * Held for a look into the table only, never over a call that can wait: many logins at once must
 * not hold up the event loop.
 */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct lsa_session_entry *buckets[BUCKETS];
static size_t entries;

void lsa_session_clear(struct lsa_session *s)
{
    free(s->user);
    free(s->domain);
    free(s->service);
    free(s->tty);
    free(s->rhost);
    s->user = s->domain = s->service = s->tty = s->rhost = NULL;
}

void table_entry_free(struct lsa_session_entry *e)
{
    if (e->s.pidfd >= 0)
        close(e->s.pidfd);
    lsa_session_clear(&e->s);
    free(e);
}

/* ---- entries; the lock is held ------------------------------------------------------------- */

static struct lsa_session_entry **slot_of(const LUID *luid)
{
    struct lsa_session_entry **at = &buckets[luid->LowPart % BUCKETS]; /* LUIDs are random */

    while (*at &&
           ((*at)->s.luid.LowPart != luid->LowPart || (*at)->s.luid.HighPart != luid->HighPart))
        at = &(*at)->next;
    return at;
}

static void insert(struct lsa_session_entry *e)
{
    struct lsa_session_entry **at = slot_of(&e->s.luid);

    e->next = NULL;
    *at = e;
    entries++;
}

static struct lsa_session_entry *take_out(const LUID *luid)
{
    struct lsa_session_entry **at = slot_of(luid), *e = *at;

    if (e) {
        *at = e->next;
        entries--;
    }
    return e;
}

bool lsa_session_fill_text(char **out, const char *s)
{
    size_t length = s ? strlen(s) : 0;

    if (length > LSA_SESSION_TEXT_MAX || (s && u8_check((const uint8_t *)s, length)))
        return false;
    *out = strdup(s ? s : "");
    return *out != NULL;
}

NTSTATUS lsa_session_fill_texts(struct lsa_session *s, const struct lsa_session *details)
{
    errno = 0;
    if (lsa_session_fill_text(&s->user, details->user) &&
        lsa_session_fill_text(&s->domain, details->domain) &&
        lsa_session_fill_text(&s->service, details->service) &&
        lsa_session_fill_text(&s->tty, details->tty) &&
        lsa_session_fill_text(&s->rhost, details->rhost))
        return STATUS_SUCCESS;
    return errno == ENOMEM ? STATUS_NO_MEMORY : STATUS_INVALID_PARAMETER;
}

static NTSTATUS copy_session(struct lsa_session *out, const struct lsa_session *s)
{
    NTSTATUS status;

    *out = *s;
    out->pidfd = -1;
    out->user = out->domain = out->service = out->tty = out->rhost = NULL;
    status = lsa_session_fill_texts(out, s);
    if (status != STATUS_SUCCESS)
        lsa_session_clear(out);
    return status;
}

/* ---- for session.c ------------------------------------------------------------------------- */

void table_insert(struct lsa_session_entry *e)
{
    pthread_mutex_lock(&lock);
    insert(e);
    pthread_mutex_unlock(&lock);
}

struct lsa_session_entry *table_take_out(const LUID *luid)
{
    struct lsa_session_entry *e;

    pthread_mutex_lock(&lock);
    e = take_out(luid);
    pthread_mutex_unlock(&lock);
    return e;
}

bool table_has(const LUID *luid)
{
    bool has;

    pthread_mutex_lock(&lock);
    has = *slot_of(luid) != NULL;
    pthread_mutex_unlock(&lock);
    return has;
}

NTSTATUS table_rename(const LUID *luid, char **user, char **domain, struct lsa_session *changed)
{
    NTSTATUS status = STATUS_NO_SUCH_LOGON_SESSION;
    struct lsa_session_entry *e;
    char *old;

    pthread_mutex_lock(&lock);
    e = *slot_of(luid);
    if (e) {
        if (*user) {
            old = e->s.user;
            e->s.user = *user;
            *user = old;
        }
        if (*domain) {
            old = e->s.domain;
            e->s.domain = *domain;
            *domain = old;
        }
        status = copy_session(changed, &e->s);
    }
    pthread_mutex_unlock(&lock);
    return status;
}

void table_clear(void)
{
    pthread_mutex_lock(&lock);
    for (size_t i = 0; i < BUCKETS; i++) {
        while (buckets[i]) {
            struct lsa_session_entry *e = buckets[i];

            buckets[i] = e->next;
            table_entry_free(e);
        }
    }
    entries = 0;
    pthread_mutex_unlock(&lock);
}

/* ---- asking -------------------------------------------------------------------------------- */

bool lsa_session_belongs(const LUID *luid, uid_t uid)
{
    struct lsa_session_entry *e;
    bool belongs;

    pthread_mutex_lock(&lock);
    e = *slot_of(luid);
    belongs = e && e->s.uid == uid;
    pthread_mutex_unlock(&lock);
    return belongs;
}

struct unknown {
    LUID luid;
    pid_t leader;
};

/* The leaders of sessions of `uid` whose audit session is not known, in new memory. */
static struct unknown *list_unknown(uid_t uid, size_t *count)
{
    struct unknown *list;

    *count = 0;
    pthread_mutex_lock(&lock);
    list = calloc(entries + 1, sizeof(*list));
    for (size_t i = 0; list && i < BUCKETS; i++)
        for (struct lsa_session_entry *e = buckets[i]; e; e = e->next)
            if (e->s.uid == uid && !e->s.network && e->s.audit_session == LSA_AUDIT_UNSET)
                list[(*count)++] = (struct unknown){e->s.luid, e->s.leader};
    pthread_mutex_unlock(&lock);
    return list;
}

static void learn_audit_sessions(uid_t uid)
{
    size_t count;
    struct unknown *list = list_unknown(uid, &count);

    for (size_t i = 0; i < count; i++) {
        uint32_t audit_session, audit_uid;
        struct lsa_session_entry *e;

        lsa_leader_audit(list[i].leader, &audit_session, &audit_uid);
        pthread_mutex_lock(&lock);
        e = *slot_of(&list[i].luid);
        if (e) {
            e->s.audit_session = audit_session;
            e->s.audit_uid = audit_uid;
        }
        pthread_mutex_unlock(&lock);
    }
    free(list);
}

/*
 * pam_loginuid may run after the session was made, so a leader without an audit session is looked
 * at again. The newest wins: one audit session can hold two logins, when sudo or su runs inside of
 * it.
 */
bool lsa_session_by_audit(uid_t uid, uint32_t audit_session, uint32_t audit_uid, LUID *luid)
{
    int64_t newest = INT64_MIN;

    if (audit_session == LSA_AUDIT_UNSET || audit_uid == LSA_AUDIT_UNSET)
        return false;
    learn_audit_sessions(uid);
    pthread_mutex_lock(&lock);
    for (size_t i = 0; i < BUCKETS; i++) {
        for (struct lsa_session_entry *e = buckets[i]; e; e = e->next) {
            if (e->s.uid == uid && !e->s.network && e->s.audit_session == audit_session &&
                e->s.audit_uid == audit_uid && e->s.logon_time >= newest) {
                newest = e->s.logon_time;
                *luid = e->s.luid;
            }
        }
    }
    pthread_mutex_unlock(&lock);
    return newest != INT64_MIN;
}

NTSTATUS lsa_session_copy(const LUID *luid, struct lsa_session *copy)
{
    NTSTATUS status = STATUS_NO_SUCH_LOGON_SESSION;
    struct lsa_session_entry *e;

    memset(copy, 0, sizeof(*copy));
    pthread_mutex_lock(&lock);
    e = *slot_of(luid);
    if (e)
        status = copy_session(copy, &e->s);
    pthread_mutex_unlock(&lock);
    return status;
}

bool lsa_session_uid(const LUID *luid, uid_t *uid)
{
    struct lsa_session_entry *e;

    pthread_mutex_lock(&lock);
    e = *slot_of(luid);
    if (e)
        *uid = e->s.uid;
    pthread_mutex_unlock(&lock);
    return e != NULL;
}

int lsa_session_leader_fd(const LUID *luid)
{
    struct lsa_session_entry *e;
    int fd;

    pthread_mutex_lock(&lock);
    e = *slot_of(luid);
    fd = e ? e->s.pidfd : -1;
    pthread_mutex_unlock(&lock);
    return fd;
}

LUID *lsa_sessions_list(const uid_t *uid, size_t *count)
{
    LUID *list;

    *count = 0;
    pthread_mutex_lock(&lock);
    list = calloc(entries + 1, sizeof(*list));
    for (size_t i = 0; list && i < BUCKETS; i++)
        for (struct lsa_session_entry *e = buckets[i]; e; e = e->next)
            if (!uid || e->s.uid == *uid)
                list[(*count)++] = e->s.luid;
    pthread_mutex_unlock(&lock);
    return list;
}

/* "DOMAIN\\alice" and "alice@REALM" are alice's names in programs that know domains. */
static bool is_called(const char *full, const char *user, size_t size)
{
    const char *backslash = strchr(full, '\\'), *at = strrchr(full, '@');
    const char *name = backslash ? backslash + 1 : full;
    size_t length = at && !backslash ? (size_t)(at - full) : strlen(name);

    return length == size && strncasecmp(name, user, size) == 0;
}

struct found {
    int64_t time;
    struct lsa_user_session session;
};

static int newest_first(const void *a, const void *b)
{
    const struct found *x = a, *y = b;

    return (x->time < y->time) - (x->time > y->time);
}

struct lsa_user_session *lsa_sessions_named(const char *user, size_t *count)
{
    struct lsa_user_session *list = NULL;
    size_t size = strlen(user), found = 0;
    struct found *all;

    *count = 0;
    pthread_mutex_lock(&lock);
    all = size ? calloc(entries + 1, sizeof(*all)) : NULL;
    for (size_t i = 0; all && i < BUCKETS; i++)
        for (struct lsa_session_entry *e = buckets[i]; e; e = e->next)
            if (!e->s.network && is_called(e->s.user, user, size))
                all[found++] = (struct found){e->s.logon_time, {e->s.luid, e->s.uid}};
    pthread_mutex_unlock(&lock);
    if (found)
        list = calloc(found, sizeof(*list));
    if (list) {
        qsort(all, found, sizeof(*all), newest_first);
        for (size_t i = 0; i < found; i++)
            list[i] = all[i].session;
        *count = found;
    }
    free(all);
    return list;
}

size_t lsa_sessions_network(uid_t uid)
{
    size_t count = 0;

    pthread_mutex_lock(&lock);
    for (size_t i = 0; i < BUCKETS; i++)
        for (struct lsa_session_entry *e = buckets[i]; e; e = e->next)
            count += e->s.network && e->s.uid == uid;
    pthread_mutex_unlock(&lock);
    return count;
}

size_t lsa_sessions_count(void)
{
    size_t count;

    pthread_mutex_lock(&lock);
    count = entries;
    pthread_mutex_unlock(&lock);
    return count;
}

NTSTATUS lsa_session_ring(const LUID *luid, keyring_serial *ring)
{
    struct lsa_session_entry *e;

    pthread_mutex_lock(&lock);
    e = *slot_of(luid);
    *ring = e ? e->s.ring : -1;
    pthread_mutex_unlock(&lock);
    return e ? STATUS_SUCCESS : STATUS_NO_SUCH_LOGON_SESSION;
}
