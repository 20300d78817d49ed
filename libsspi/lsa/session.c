/*
 * The table of logon sessions, and their life: made for a login, found again after a restart,
 * destroyed with all their keys.
 */
#include "libsspi/lsa/session.h"
#include "libsspi/lsa/session_record.h"
#include "base/log.h"
#include "base/secret.h"

#include <errno.h>
#include <ntstatus.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <unistr.h>

#define BUCKETS   1024u
#define NAME_SIZE 17 /* 16 hexadecimal digits */

struct entry {
    struct entry *next;
    struct lsa_session s;
};

static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
static struct entry *buckets[BUCKETS];
static size_t entries;
static keyring_serial anchor_ring = -1;

NTSTATUS lsa_keyring_status(int error)
{
    switch (error) {
    case ENOKEY:
    case EKEYEXPIRED:
    case EKEYREVOKED:
        return STATUS_NOT_FOUND;
    case EDQUOT:
        return STATUS_QUOTA_EXCEEDED;
    case ENOMEM:
        return STATUS_NO_MEMORY;
    case EINVAL:
    case EFBIG:
        return STATUS_INVALID_PARAMETER;
    case EACCES:
    case EPERM:
        return STATUS_ACCESS_DENIED;
    default:
        return STATUS_UNSUCCESSFUL;
    }
}

void lsa_session_clear(struct lsa_session *s)
{
    free(s->user);
    free(s->domain);
    free(s->service);
    free(s->tty);
    free(s->rhost);
    s->user = s->domain = s->service = s->tty = s->rhost = NULL;
}

static void entry_free(struct entry *e)
{
    if (e->s.pidfd >= 0)
        close(e->s.pidfd);
    lsa_session_clear(&e->s);
    free(e);
}

static void ring_name(const LUID *luid, char *name)
{
    snprintf(name, NAME_SIZE, "%08x%08x", (unsigned)luid->HighPart, (unsigned)luid->LowPart);
}

/* ---- the table; the lock is held ----------------------------------------------------------- */

static struct entry **slot_of(const LUID *luid)
{
    struct entry **at = &buckets[luid->LowPart % BUCKETS]; /* LUIDs are random */

    while (*at &&
           ((*at)->s.luid.LowPart != luid->LowPart || (*at)->s.luid.HighPart != luid->HighPart))
        at = &(*at)->next;
    return at;
}

static void insert(struct entry *e)
{
    struct entry **at = slot_of(&e->s.luid);

    e->next = NULL;
    *at = e;
    entries++;
}

static struct entry *take_out(const LUID *luid)
{
    struct entry **at = slot_of(luid), *e = *at;

    if (e) {
        *at = e->next;
        entries--;
    }
    return e;
}

/* ---- making -------------------------------------------------------------------------------- */

static bool fill_text(char **out, const char *s)
{
    size_t length = s ? strlen(s) : 0;

    if (length > LSA_SESSION_TEXT_MAX || (s && u8_check((const uint8_t *)s, length)))
        return false;
    *out = strdup(s ? s : "");
    return *out != NULL;
}

static NTSTATUS fill_texts(struct lsa_session *s, const struct lsa_session *details)
{
    errno = 0;
    if (fill_text(&s->user, details->user) && fill_text(&s->domain, details->domain) &&
        fill_text(&s->service, details->service) && fill_text(&s->tty, details->tty) &&
        fill_text(&s->rhost, details->rhost))
        return STATUS_SUCCESS;
    return errno == ENOMEM ? STATUS_NO_MEMORY : STATUS_INVALID_PARAMETER;
}

static NTSTATUS write_record(const struct lsa_session *s)
{
    uint8_t record[LSA_SESSION_RECORD];
    size_t size = lsa_session_record_write(s, record, sizeof(record));

    if (!size)
        return STATUS_INVALID_PARAMETER;
    if (keyring_put(s->ring, LSA_SESSION_KEY, record, size, 0) < 0)
        return lsa_keyring_status(errno);
    return STATUS_SUCCESS;
}

/* 63 random bits that name no session yet; values that Windows gives to its own sessions are left
 * out. */
static bool choose_luid(LUID *luid)
{
    uint64_t number;
    bool taken;

    do {
        if (!secret_random(&number, sizeof(number)))
            return false;
        luid->LowPart = (DWORD)number;
        luid->HighPart = (LONG)(number >> 33);
        pthread_rwlock_rdlock(&lock);
        taken = *slot_of(luid) != NULL;
        pthread_rwlock_unlock(&lock);
    } while (taken || luid->HighPart == 0);
    return true;
}

NTSTATUS lsa_session_create(const struct lsa_session *details, LUID *luid, int *leader_fd)
{
    struct entry *e = calloc(1, sizeof(*e));
    char name[NAME_SIZE];
    NTSTATUS status = STATUS_NO_MEMORY;

    if (!e)
        return status;
    e->s = (struct lsa_session){.uid = details->uid,
                                .leader = details->leader,
                                .interactive = details->interactive,
                                .logon_time = time(NULL),
                                .ring = -1,
                                .pidfd = -1};
    status = fill_texts(&e->s, details);
    if (status != STATUS_SUCCESS)
        goto out;
    status = STATUS_INVALID_PARAMETER;
    if (!lsa_leader_start(e->s.leader, &e->s.leader_start))
        goto out;
    e->s.pidfd = lsa_leader_open(e->s.leader, e->s.leader_start);
    if (e->s.pidfd < 0)
        goto out;
    lsa_leader_audit(e->s.leader, &e->s.audit_session, &e->s.audit_uid);
    status = STATUS_UNSUCCESSFUL;
    if (!choose_luid(&e->s.luid))
        goto out;
    ring_name(&e->s.luid, name);
    e->s.ring = keyring_make(anchor_ring, name);
    if (e->s.ring < 0) {
        status = lsa_keyring_status(errno);
        log_error("logon session of %s: no keyring: %m", e->s.user);
        goto out;
    }
    status = write_record(&e->s);
    if (status != STATUS_SUCCESS) {
        log_error("logon session of %s: no key: %m", e->s.user);
        keyring_destroy(e->s.ring);
        goto out;
    }
    *luid = e->s.luid;
    *leader_fd = e->s.pidfd;
    pthread_rwlock_wrlock(&lock);
    insert(e);
    pthread_rwlock_unlock(&lock);
    e = NULL;
out:
    if (e)
        entry_free(e);
    return status;
}

NTSTATUS lsa_session_end(const LUID *luid)
{
    struct entry *e;

    pthread_rwlock_wrlock(&lock);
    e = take_out(luid);
    pthread_rwlock_unlock(&lock);
    if (!e)
        return STATUS_NO_SUCH_LOGON_SESSION;
    if (keyring_destroy(e->s.ring) < 0 && errno != ENOKEY && errno != EKEYREVOKED)
        log_error("logon session of %s: its keys could not be destroyed: %m", e->s.user);
    entry_free(e);
    return STATUS_SUCCESS;
}

NTSTATUS lsa_session_rename(const LUID *luid, const char *user, const char *domain)
{
    char *new_user = NULL, *new_domain = NULL;
    NTSTATUS status = STATUS_INVALID_PARAMETER;
    struct entry *e;

    if ((user && !fill_text(&new_user, user)) || (domain && !fill_text(&new_domain, domain)))
        goto out;
    pthread_rwlock_wrlock(&lock);
    e = *slot_of(luid);
    status = STATUS_NO_SUCH_LOGON_SESSION;
    if (e) {
        if (new_user) {
            free(e->s.user);
            e->s.user = new_user;
        }
        if (new_domain) {
            free(e->s.domain);
            e->s.domain = new_domain;
        }
        new_user = new_domain = NULL;
        status = write_record(&e->s);
    }
    pthread_rwlock_unlock(&lock);
out:
    free(new_user);
    free(new_domain);
    return status;
}

/* ---- finding again ------------------------------------------------------------------------- */

struct opening {
    size_t ended;
    bool no_memory;
};

/* True when the keyring is a session whose leader lives; it is then in the table. */
static bool adopt(keyring_serial ring, const char *name, struct opening *opening)
{
    struct entry *e = calloc(1, sizeof(*e));
    char expected[NAME_SIZE];
    void *data = NULL;
    size_t size;
    bool good = false;

    if (!e) {
        opening->no_memory = true;
        return true; /* not its fault */
    }
    e->s.pidfd = -1;
    if (keyring_get(ring, LSA_SESSION_KEY, &data, &size) < 0 ||
        !lsa_session_record_read(data, size, &e->s))
        goto out;
    ring_name(&e->s.luid, expected);
    if (strcmp(name, expected) != 0)
        goto out;
    e->s.pidfd = lsa_leader_open(e->s.leader, e->s.leader_start);
    if (e->s.pidfd < 0)
        goto out;
    e->s.ring = ring;
    pthread_rwlock_wrlock(&lock);
    insert(e);
    pthread_rwlock_unlock(&lock);
    e = NULL;
    good = true;
out:
    secret_free(data);
    if (e)
        entry_free(e);
    return good;
}

static bool visit_ring(const char *type, const char *name, keyring_serial ring, void *arg)
{
    struct opening *opening = arg;

    if (strcmp(type, "keyring") != 0)
        return true;
    if (!adopt(ring, name, opening)) {
        keyring_destroy(ring);
        opening->ended++;
    }
    return !opening->no_memory;
}

NTSTATUS lsa_sessions_open(keyring_serial anchor, size_t *ended)
{
    struct opening opening = {.ended = 0};

    anchor_ring = anchor;
    if (keyring_each(anchor, visit_ring, &opening) < 0) {
        log_error("the logon sessions cannot be read from the kernel keyring: %m");
        return STATUS_UNSUCCESSFUL;
    }
    if (ended)
        *ended = opening.ended;
    return opening.no_memory ? STATUS_NO_MEMORY : STATUS_SUCCESS;
}

void lsa_sessions_close(void)
{
    pthread_rwlock_wrlock(&lock);
    for (size_t i = 0; i < BUCKETS; i++) {
        while (buckets[i]) {
            struct entry *e = buckets[i];

            buckets[i] = e->next;
            entry_free(e);
        }
    }
    entries = 0;
    anchor_ring = -1;
    pthread_rwlock_unlock(&lock);
}

/* ---- asking -------------------------------------------------------------------------------- */

bool lsa_session_belongs(const LUID *luid, uid_t uid)
{
    struct entry *e;
    bool belongs;

    pthread_rwlock_rdlock(&lock);
    e = *slot_of(luid);
    belongs = e && e->s.uid == uid;
    pthread_rwlock_unlock(&lock);
    return belongs;
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
    pthread_rwlock_wrlock(&lock);
    for (size_t i = 0; i < BUCKETS; i++) {
        for (struct entry *e = buckets[i]; e; e = e->next) {
            if (e->s.uid != uid)
                continue;
            if (e->s.audit_session == LSA_AUDIT_UNSET)
                lsa_leader_audit(e->s.leader, &e->s.audit_session, &e->s.audit_uid);
            if (e->s.audit_session == audit_session && e->s.audit_uid == audit_uid &&
                e->s.logon_time >= newest) {
                newest = e->s.logon_time;
                *luid = e->s.luid;
            }
        }
    }
    pthread_rwlock_unlock(&lock);
    return newest != INT64_MIN;
}

NTSTATUS lsa_session_copy(const LUID *luid, struct lsa_session *copy)
{
    NTSTATUS status = STATUS_NO_SUCH_LOGON_SESSION;
    struct entry *e;

    memset(copy, 0, sizeof(*copy));
    pthread_rwlock_rdlock(&lock);
    e = *slot_of(luid);
    if (e) {
        *copy = e->s;
        copy->pidfd = -1;
        copy->user = copy->domain = copy->service = copy->tty = copy->rhost = NULL;
        status = fill_texts(copy, &e->s);
    }
    pthread_rwlock_unlock(&lock);
    if (status != STATUS_SUCCESS)
        lsa_session_clear(copy);
    return status;
}

int lsa_session_leader_fd(const LUID *luid)
{
    struct entry *e;
    int fd;

    pthread_rwlock_rdlock(&lock);
    e = *slot_of(luid);
    fd = e ? e->s.pidfd : -1;
    pthread_rwlock_unlock(&lock);
    return fd;
}

LUID *lsa_sessions_list(const uid_t *uid, size_t *count)
{
    LUID *list;

    *count = 0;
    pthread_rwlock_rdlock(&lock);
    list = calloc(entries + 1, sizeof(*list));
    for (size_t i = 0; list && i < BUCKETS; i++)
        for (struct entry *e = buckets[i]; e; e = e->next)
            if (!uid || e->s.uid == *uid)
                list[(*count)++] = e->s.luid;
    pthread_rwlock_unlock(&lock);
    return list;
}

size_t lsa_sessions_count(void)
{
    size_t count;

    pthread_rwlock_rdlock(&lock);
    count = entries;
    pthread_rwlock_unlock(&lock);
    return count;
}

NTSTATUS lsa_session_with_ring(const LUID *luid, NTSTATUS (*use)(keyring_serial ring, void *arg),
                               void *arg)
{
    NTSTATUS status = STATUS_NO_SUCH_LOGON_SESSION;
    struct entry *e;

    pthread_rwlock_rdlock(&lock);
    e = *slot_of(luid);
    if (e)
        status = use(e->s.ring, arg);
    pthread_rwlock_unlock(&lock);
    return status;
}
