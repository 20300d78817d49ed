/*
 * The life of logon sessions: made for a login, found again after a restart, destroyed with all
 * their keys.
 */
#include "libsspi/lsa/session.h"
#include "libsspi/lsa/session_record.h"
#include "libsspi/lsa/session_table.h"
#include "libsspi/lsa/saved.h"
#include "base/log.h"
#include "base/secret.h"

#include <errno.h>
#include <ntstatus.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int64_t nanoseconds_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

#define NAME_SIZE 17 /* 16 hexadecimal digits */

static keyring_serial anchor_ring = -1;

static void ring_name(const LUID *luid, char *name)
{
    snprintf(name, NAME_SIZE, "%08x%08x", (unsigned)luid->HighPart, (unsigned)luid->LowPart);
}

/* ---- making -------------------------------------------------------------------------------- */

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
        taken = table_has(luid);
    } while (taken || luid->HighPart == 0);
    return true;
}

NTSTATUS lsa_session_create(const struct lsa_session *details, LUID *luid, int *leader_fd)
{
    struct lsa_session_entry *e = calloc(1, sizeof(*e));
    char name[NAME_SIZE];
    NTSTATUS status = STATUS_NO_MEMORY;

    if (!e)
        return status;
    e->s = (struct lsa_session){.uid = details->uid,
                                .leader = details->leader,
                                .interactive = details->interactive,
                                .network = details->network,
                                .luid = details->luid,
                                .logon_time = nanoseconds_now(),
                                .ring = -1,
                                .pidfd = -1};
    status = lsa_session_fill_texts(&e->s, details);
    if (status != STATUS_SUCCESS)
        goto out;
    status = STATUS_INVALID_PARAMETER;
    if (!lsa_leader_start(e->s.leader, &e->s.leader_start))
        goto out;
    e->s.pidfd = lsa_leader_open(e->s.leader, e->s.leader_start);
    if (e->s.pidfd < 0)
        goto out;
    lsa_leader_audit(e->s.leader, &e->s.audit_session, &e->s.audit_uid);
    status = STATUS_LOGON_SESSION_EXISTS;
    if (e->s.luid.LowPart || e->s.luid.HighPart) {
        if (table_has(&e->s.luid))
            goto out;
    } else if (!choose_luid(&e->s.luid)) {
        status = STATUS_UNSUCCESSFUL;
        goto out;
    }
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
        keyring_destroy(anchor_ring, e->s.ring);
        goto out;
    }
    *luid = e->s.luid;
    *leader_fd = e->s.pidfd;
    table_insert(e);
    e = NULL;
out:
    if (e)
        table_entry_free(e);
    return status;
}

NTSTATUS lsa_session_end(const LUID *luid)
{
    struct lsa_session_entry *e;

    e = table_take_out(luid);
    if (!e)
        return STATUS_NO_SUCH_LOGON_SESSION;
    if (keyring_destroy(anchor_ring, e->s.ring) < 0 && errno != ENOKEY && errno != EKEYREVOKED)
        log_error("logon session of %s: its keys could not be destroyed: %m", e->s.user);
    table_entry_free(e);
    return STATUS_SUCCESS;
}

NTSTATUS lsa_session_rename(const LUID *luid, const char *user, const char *domain)
{
    char *new_user = NULL, *new_domain = NULL;
    struct lsa_session changed;
    NTSTATUS status = STATUS_INVALID_PARAMETER;

    if ((user && !lsa_session_fill_text(&new_user, user)) ||
        (domain && !lsa_session_fill_text(&new_domain, domain)))
        goto out;
    status = table_rename(luid, &new_user, &new_domain, &changed);
    if (status == STATUS_SUCCESS) {
        status = write_record(&changed);
        lsa_session_clear(&changed);
    }
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
    struct lsa_session_entry *e = calloc(1, sizeof(*e));
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
    table_insert(e);
    e = NULL;
    good = true;
out:
    secret_free(data);
    if (e)
        table_entry_free(e);
    return good;
}

static bool visit_ring(const char *type, const char *name, keyring_serial ring, void *arg)
{
    struct opening *opening = arg;

    if (strcmp(type, "keyring") != 0 || lsa_saved_is_ring(name))
        return true;
    if (!adopt(ring, name, opening)) {
        keyring_destroy(anchor_ring, ring);
        opening->ended++;
    }
    return !opening->no_memory;
}

NTSTATUS lsa_sessions_open(keyring_serial anchor, size_t *ended)
{
    struct opening opening = {.ended = 0};

    anchor_ring = anchor;
    lsa_saved_open(anchor);
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
    table_clear();
    anchor_ring = -1;
    lsa_saved_open(-1);
}

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
