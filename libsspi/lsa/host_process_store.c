/*
 * Logon sessions of a process that is not lsad: what packages keep for the clients that delegated
 * credentials to it, in secret memory.
 */
#include "libsspi/lsa/host_internal.h"
#include "libsspi/lsa/host_logon.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <ntstatus.h>

#include "base/secret.h"

struct entry {
    struct entry *next;
    char *package, *key;
    void *data; /* secret memory */
    size_t size;
};

struct session {
    struct session *next;
    LUID luid;
    struct entry *entries; /* the newest first */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct session *sessions;
static pthread_once_t fork_once = PTHREAD_ONCE_INIT;

/* ---- forks --------------------------------------------------------------------------------- */

static void before_fork(void)
{
    pthread_mutex_lock(&lock);
}

static void in_parent(void)
{
    pthread_mutex_unlock(&lock);
}

static void entry_free(struct entry *e)
{
    free(e->package);
    free(e->key);
    secret_free(e->data);
    free(e);
}

static void session_free(struct session *s)
{
    while (s->entries) {
        struct entry *e = s->entries;

        s->entries = e->next;
        entry_free(e);
    }
    free(s);
}

/* Its handles are invalid, so nobody could use or end them. The order of handlers is such that
 * secret memory can be freed here. */
static void in_child(void)
{
    while (sessions) {
        struct session *s = sessions;

        sessions = s->next;
        session_free(s);
    }
    pthread_mutex_unlock(&lock);
}

static void watch_forks(void)
{
    pthread_atfork(before_fork, in_parent, in_child);
}

/* The first session has forks watched; before it the lock is not taken, so that no fork finds it
 * held. */
static atomic_bool watched;

/* ---- finding; the lock is held ------------------------------------------------------------- */

static struct session **session_slot(const LUID *luid)
{
    struct session **at = &sessions;

    while (*at && ((*at)->luid.LowPart != luid->LowPart || (*at)->luid.HighPart != luid->HighPart))
        at = &(*at)->next;
    return at;
}

static struct entry **entry_slot(struct session *s, const char *package, const char *key)
{
    struct entry **at = &s->entries;

    while (*at && (strcmp((*at)->package, package) != 0 || strcmp((*at)->key, key) != 0))
        at = &(*at)->next;
    return at;
}

/* ---- the store ----------------------------------------------------------------------------- */

static NTSTATUS process_create(const LUID *luid)
{
    struct session *s = calloc(1, sizeof(*s));
    NTSTATUS status = STATUS_LOGON_SESSION_EXISTS;

    if (!s)
        return STATUS_NO_MEMORY;
    pthread_once(&fork_once, watch_forks);
    atomic_store(&watched, true);
    s->luid = *luid;
    pthread_mutex_lock(&lock);
    if (!*session_slot(luid)) {
        s->next = sessions;
        sessions = s;
        s = NULL;
        status = STATUS_SUCCESS;
    }
    pthread_mutex_unlock(&lock);
    free(s);
    return status;
}

static NTSTATUS process_delete(const LUID *luid)
{
    struct session **at, *s;

    if (!atomic_load(&watched))
        return STATUS_NO_SUCH_LOGON_SESSION;
    pthread_mutex_lock(&lock);
    at = session_slot(luid);
    s = *at;
    if (s)
        *at = s->next;
    pthread_mutex_unlock(&lock);
    if (!s)
        return STATUS_NO_SUCH_LOGON_SESSION;
    session_free(s);
    return STATUS_SUCCESS;
}

static NTSTATUS process_add(const LUID *luid, const char *package, const char *key,
                            const void *data, size_t size)
{
    struct entry *e = calloc(1, sizeof(*e)), *old = NULL, **at;
    NTSTATUS status = STATUS_NO_MEMORY;
    struct session *s;

    if (!e)
        return status;
    e->package = strdup(package);
    e->key = strdup(key);
    e->size = size;
    e->data = secret_alloc(size ? size : 1);
    if (!e->package || !e->key || !e->data)
        goto out;
    if (size)
        memcpy(e->data, data, size);
    status = STATUS_NO_SUCH_LOGON_SESSION;
    if (!atomic_load(&watched))
        goto out;
    pthread_mutex_lock(&lock);
    s = *session_slot(luid);
    if (s) {
        status = STATUS_SUCCESS;
        at = entry_slot(s, package, key);
        old = *at;
        if (old)
            *at = old->next;
        e->next = s->entries;
        s->entries = e;
        e = NULL;
    }
    pthread_mutex_unlock(&lock);
out:
    if (old)
        entry_free(old);
    if (e)
        entry_free(e);
    return status;
}

static NTSTATUS process_get(const LUID *luid, const char *package, const char *key, void **data,
                            size_t *size)
{
    NTSTATUS status = STATUS_NO_SUCH_LOGON_SESSION;
    struct session *s;
    struct entry *e;

    *data = NULL;
    *size = 0;
    if (!atomic_load(&watched))
        return status;
    pthread_mutex_lock(&lock);
    s = *session_slot(luid);
    if (s) {
        e = *entry_slot(s, package, key);
        status = STATUS_NOT_FOUND;
        if (e) {
            *data = secret_dup(e->data, e->size);
            *size = e->size;
            status = *data ? STATUS_SUCCESS : STATUS_NO_MEMORY;
        }
    }
    pthread_mutex_unlock(&lock);
    return status;
}

static NTSTATUS process_remove(const LUID *luid, const char *package, const char *key)
{
    NTSTATUS status = STATUS_NO_SUCH_LOGON_SESSION;
    struct entry **at, *e = NULL;
    struct session *s;

    if (!atomic_load(&watched))
        return status;
    pthread_mutex_lock(&lock);
    s = *session_slot(luid);
    if (s) {
        at = entry_slot(s, package, key);
        e = *at;
        if (e)
            *at = e->next;
        status = e ? STATUS_SUCCESS : STATUS_NOT_FOUND;
    }
    pthread_mutex_unlock(&lock);
    if (e)
        entry_free(e);
    return status;
}

/* With the lock held: what visits only looks at the names. */
static NTSTATUS process_each(const LUID *luid, const char *package,
                             bool (*visit)(const char *key, void *arg), void *arg)
{
    NTSTATUS status = STATUS_NO_SUCH_LOGON_SESSION;
    struct session *s;

    if (!atomic_load(&watched))
        return status;
    pthread_mutex_lock(&lock);
    s = *session_slot(luid);
    if (s) {
        status = STATUS_SUCCESS;
        for (struct entry *e = s->entries; e; e = e->next)
            if (strcmp(e->package, package) == 0 && !visit(e->key, arg))
                break;
    }
    pthread_mutex_unlock(&lock);
    return status;
}

const struct lsa_store lsa_process_store = {
    .add = process_add,
    .get = process_get,
    .remove = process_remove,
    .each = process_each,
    .create_session = process_create,
    .delete_session = process_delete,
};

void lsa_process_logon_end(const LUID *luid)
{
    struct lsa_call frame = {.client = {.LogonId = *luid},
                             .call_attributes = SECPKG_CALL_IN_PROC | SECPKG_CALL_CLEANUP};
    LUID who = *luid;

    (void)process_delete(luid);
    for (size_t i = 0; i < lsa_host_count(); i++) {
        const struct lsa_package *package = lsa_host_package(i);

        if (!package->lsa->LogonTerminated)
            continue;
        lsa_call_begin(&frame);
        package->lsa->LogonTerminated(&who);
        lsa_call_end();
    }
}
