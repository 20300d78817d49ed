/*
 * The table. Sessions are named by the low part of their LUID; those from 1 to 9 are logged on.
 */
#include "tests/unit/kerberos/store.h"

#include <ntstatus.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"

#define KEYS     512
#define SESSIONS 32

static struct {
    ULONG session; /* 0: free */
    char *name;
    void *data;
    size_t size;
} keys[KEYS];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static bool logged_on(const LUID *luid)
{
    return luid->HighPart == 0 && luid->LowPart >= 1 && luid->LowPart < SESSIONS;
}

/* The slot, or a free one; the lock is held. */
static int find(ULONG session, const char *name)
{
    int free_slot = -1;

    for (int i = 0; i < KEYS; i++) {
        if (keys[i].session == session && keys[i].name && strcmp(keys[i].name, name) == 0)
            return i;
        if (!keys[i].session && free_slot < 0)
            free_slot = i;
    }
    return free_slot;
}

static void drop(int i)
{
    free(keys[i].name);
    secret_free(keys[i].data);
    memset(&keys[i], 0, sizeof(keys[i]));
}

static NTSTATUS add(const LUID *luid, const char *package, const char *key, const void *data,
                    size_t size)
{
    int i;

    (void)package;
    if (!logged_on(luid))
        return STATUS_NO_SUCH_LOGON_SESSION;
    pthread_mutex_lock(&lock);
    i = find(luid->LowPart, key);
    if (i >= 0) {
        drop(i);
        keys[i].session = luid->LowPart;
        keys[i].name = strdup(key);
        keys[i].data = secret_dup(data, size);
        keys[i].size = size;
    }
    pthread_mutex_unlock(&lock);
    return i >= 0 ? STATUS_SUCCESS : STATUS_QUOTA_EXCEEDED;
}

static NTSTATUS get(const LUID *luid, const char *package, const char *key, void **data,
                    size_t *size)
{
    NTSTATUS status = STATUS_OBJECT_NAME_NOT_FOUND;
    int i;

    (void)package;
    if (!logged_on(luid))
        return STATUS_NO_SUCH_LOGON_SESSION;
    pthread_mutex_lock(&lock);
    i = find(luid->LowPart, key);
    if (i >= 0 && keys[i].session) {
        *data = secret_dup(keys[i].data, keys[i].size);
        *size = keys[i].size;
        status = STATUS_SUCCESS;
    }
    pthread_mutex_unlock(&lock);
    return status;
}

static NTSTATUS take_out(const LUID *luid, const char *package, const char *key)
{
    int i;

    (void)package;
    pthread_mutex_lock(&lock);
    i = find(luid->LowPart, key);
    if (i >= 0 && keys[i].session)
        drop(i);
    pthread_mutex_unlock(&lock);
    return STATUS_SUCCESS;
}

static NTSTATUS each(const LUID *luid, const char *package,
                     bool (*visit)(const char *key, void *arg), void *arg)
{
    bool more = true;

    (void)package;
    if (!logged_on(luid))
        return STATUS_NO_SUCH_LOGON_SESSION;
    pthread_mutex_lock(&lock);
    for (int i = 0; i < KEYS && more; i++) {
        if (keys[i].session == luid->LowPart)
            more = visit(keys[i].name, arg);
    }
    pthread_mutex_unlock(&lock);
    return STATUS_SUCCESS;
}

const struct lsa_store test_store = {.add = add, .get = get, .remove = take_out, .each = each};

bool store_has(ULONG session, const char *key)
{
    bool has;
    int i;

    pthread_mutex_lock(&lock);
    i = find(session, key);
    has = i >= 0 && keys[i].session;
    pthread_mutex_unlock(&lock);
    return has;
}

bool store_holds(ULONG session, const char *bytes)
{
    bool holds = false;

    pthread_mutex_lock(&lock);
    for (int i = 0; i < KEYS; i++)
        holds = holds || (keys[i].session == session &&
                          memmem(keys[i].data, keys[i].size, bytes, strlen(bytes)));
    pthread_mutex_unlock(&lock);
    return holds;
}

size_t store_count(ULONG session)
{
    size_t count = 0;

    pthread_mutex_lock(&lock);
    for (int i = 0; i < KEYS; i++)
        count += session && keys[i].session == session;
    pthread_mutex_unlock(&lock);
    return count;
}

void store_clear(ULONG session)
{
    pthread_mutex_lock(&lock);
    for (int i = 0; i < KEYS; i++) {
        if (session && keys[i].session == session)
            drop(i);
    }
    pthread_mutex_unlock(&lock);
}
