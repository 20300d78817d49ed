/*
 * Credentials as kernel keys: see the header. The session cannot end while one of these functions
 * is at work in it, so nothing is stored behind a logout.
 */
#include "libsspi/lsa/store.h"
#include "libsspi/lsa/saved.h"
#include "libsspi/lsa/session.h"
#include "base/keyring.h"

#include <credssp.h>
#include <errno.h>
#include <ntstatus.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_MAX_BYTES 255u

struct credential {
    keyring_serial ring;
    char name[2 * NAME_MAX_BYTES + 2];
    size_t prefix; /* bytes of "package/" at the front of name */
};

/* Where the credential lies; an empty key gives the prefix of all. */
static NTSTATUS locate(const LUID *luid, const char *package, const char *key, struct credential *c)
{
    size_t a = strlen(package), b = strlen(key);

    if (a == 0 || a > NAME_MAX_BYTES || b > NAME_MAX_BYTES || strchr(package, '/'))
        return STATUS_INVALID_PARAMETER;
    c->prefix = a + 1;
    snprintf(c->name, sizeof(c->name), "%s/%s", package, key);
    return lsa_session_ring(luid, &c->ring);
}

/* A keyring that is gone is a session that has ended. */
static NTSTATUS failure(const LUID *luid)
{
    NTSTATUS status = lsa_keyring_status(errno);
    keyring_serial ring;

    return lsa_session_ring(luid, &ring) == STATUS_SUCCESS ? status : STATUS_NO_SUCH_LOGON_SESSION;
}

/* The server that a key of TSPkg is about; NULL: it is an ordinary key. */
static const char *saved_target(const char *package, const char *key)
{
    const size_t prefix = sizeof(LSA_SAVED_KEY) - 1;

    return strcmp(package, TS_SSP_NAME_A) == 0 && strncmp(key, LSA_SAVED_KEY, prefix) == 0
               ? key + prefix
               : NULL;
}

/* Not for a network logon session: the process that it belongs to is not the client in it. */
static NTSTATUS get_saved(const LUID *luid, const char *target, void **data, size_t *size)
{
    struct lsa_session session;
    NTSTATUS status = lsa_session_copy(luid, &session);

    if (status != STATUS_SUCCESS)
        return status;
    status = session.network ? STATUS_NOT_FOUND : lsa_saved_find(session.uid, target, data, size);
    lsa_session_clear(&session);
    return status;
}

static NTSTATUS store_add(const LUID *luid, const char *package, const char *key, const void *data,
                          size_t size)
{
    struct credential c;
    NTSTATUS status = *key ? locate(luid, package, key, &c) : STATUS_INVALID_PARAMETER;

    if (saved_target(package, key))
        return STATUS_ACCESS_DENIED;
    if (status == STATUS_SUCCESS && keyring_put(c.ring, c.name, data, size, 0) < 0)
        status = failure(luid);
    return status;
}

static NTSTATUS store_get(const LUID *luid, const char *package, const char *key, void **data,
                          size_t *size)
{
    struct credential c;
    NTSTATUS status = *key ? locate(luid, package, key, &c) : STATUS_INVALID_PARAMETER;

    *data = NULL;
    *size = 0;
    if (saved_target(package, key))
        return get_saved(luid, saved_target(package, key), data, size);
    if (status == STATUS_SUCCESS && keyring_get(c.ring, c.name, data, size) < 0)
        status = failure(luid);
    return status;
}

static NTSTATUS store_remove(const LUID *luid, const char *package, const char *key)
{
    struct credential c;
    NTSTATUS status = *key ? locate(luid, package, key, &c) : STATUS_INVALID_PARAMETER;

    if (saved_target(package, key))
        return STATUS_ACCESS_DENIED;
    if (status == STATUS_SUCCESS && keyring_remove(c.ring, c.name) < 0)
        status = failure(luid);
    return status;
}

struct walk {
    const struct credential *c;
    bool (*visit)(const char *key, void *arg);
    void *arg;
};

static bool visit_key(const char *type, const char *name, keyring_serial key, void *arg)
{
    const struct walk *walk = arg;

    (void)key;
    if (strcmp(type, "user") != 0 || strncmp(name, walk->c->name, walk->c->prefix) != 0)
        return true;
    return walk->visit(name + walk->c->prefix, walk->arg);
}

static NTSTATUS store_each(const LUID *luid, const char *package,
                           bool (*visit)(const char *key, void *arg), void *arg)
{
    struct credential c;
    struct walk walk = {&c, visit, arg};
    NTSTATUS status = locate(luid, package, "", &c);

    if (status == STATUS_SUCCESS && keyring_each(c.ring, visit_key, &walk) < 0)
        status = failure(luid);
    return status;
}

const struct lsa_store lsa_keyring_store = {
    .add = store_add,
    .get = store_get,
    .remove = store_remove,
    .each = store_each,
    .sessions_of = lsa_sessions_named,
};

/* ---- what credmgr(1) shows of it ---- */

struct names {
    char *text;
    size_t used;
    bool failed;
};

/* Adds the package of "package/key" unless the list has it. */
static bool visit_package(const char *type, const char *name, keyring_serial key, void *arg)
{
    struct names *names = arg;
    const char *slash = strchr(name, '/');
    size_t length = slash ? (size_t)(slash - name) : 0;
    char *bigger;

    (void)key;
    if (strcmp(type, "user") != 0 || length == 0)
        return true;
    for (const char *at = names->text; at && *at; at += strcspn(at, " "), at += *at == ' ')
        if (strncmp(at, name, length) == 0 && (at[length] == ' ' || !at[length]))
            return true;
    bigger = realloc(names->text, names->used + length + 2);
    if (!bigger) {
        names->failed = true;
        return false;
    }
    names->text = bigger;
    if (names->used)
        names->text[names->used++] = ' ';
    memcpy(names->text + names->used, name, length);
    names->used += length;
    names->text[names->used] = 0;
    return true;
}

char *lsa_session_packages(const LUID *luid)
{
    struct names names = {.text = calloc(1, 1)};
    keyring_serial ring;

    if (names.text && lsa_session_ring(luid, &ring) == STATUS_SUCCESS &&
        keyring_each(ring, visit_package, &names) == 0 && !names.failed)
        return names.text;
    free(names.text);
    return NULL;
}
