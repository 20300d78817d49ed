/*
 * Credentials as kernel keys: see the header. The session cannot end while one of these functions
 * is at work in it, so nothing is stored behind a logout.
 */
#include "libsspi/lsa/store.h"
#include "libsspi/lsa/session.h"
#include "base/keyring.h"

#include <errno.h>
#include <ntstatus.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_MAX_BYTES 255u

struct work {
    char name[2 * NAME_MAX_BYTES + 2];
    const void *data;
    void *found;
    size_t size;
    bool (*visit)(const char *key, void *arg);
    void *arg;
    size_t prefix; /* bytes of "package/" at the front of name */
};

static bool set_name(struct work *work, const char *package, const char *key)
{
    size_t a = strlen(package), b = strlen(key);

    if (a == 0 || a > NAME_MAX_BYTES || b > NAME_MAX_BYTES || strchr(package, '/'))
        return false;
    work->prefix = a + 1;
    snprintf(work->name, sizeof(work->name), "%s/%s", package, key);
    return true;
}

static NTSTATUS do_add(keyring_serial ring, void *arg)
{
    struct work *work = arg;

    if (keyring_put(ring, work->name, work->data, work->size, 0) < 0)
        return lsa_keyring_status(errno);
    return STATUS_SUCCESS;
}

static NTSTATUS store_add(const LUID *luid, const char *package, const char *key, const void *data,
                          size_t size)
{
    struct work work = {.data = data, .size = size};

    if (!*key || !set_name(&work, package, key))
        return STATUS_INVALID_PARAMETER;
    return lsa_session_with_ring(luid, do_add, &work);
}

static NTSTATUS do_get(keyring_serial ring, void *arg)
{
    struct work *work = arg;

    if (keyring_get(ring, work->name, &work->found, &work->size) < 0)
        return lsa_keyring_status(errno);
    return STATUS_SUCCESS;
}

static NTSTATUS store_get(const LUID *luid, const char *package, const char *key, void **data,
                          size_t *size)
{
    struct work work = {.found = NULL};
    NTSTATUS status;

    *data = NULL;
    *size = 0;
    if (!*key || !set_name(&work, package, key))
        return STATUS_INVALID_PARAMETER;
    status = lsa_session_with_ring(luid, do_get, &work);
    if (status == STATUS_SUCCESS) {
        *data = work.found;
        *size = work.size;
    }
    return status;
}

static NTSTATUS do_remove(keyring_serial ring, void *arg)
{
    struct work *work = arg;

    if (keyring_remove(ring, work->name) < 0)
        return lsa_keyring_status(errno);
    return STATUS_SUCCESS;
}

static NTSTATUS store_remove(const LUID *luid, const char *package, const char *key)
{
    struct work work = {.found = NULL};

    if (!*key || !set_name(&work, package, key))
        return STATUS_INVALID_PARAMETER;
    return lsa_session_with_ring(luid, do_remove, &work);
}

static bool visit_key(const char *type, const char *name, keyring_serial key, void *arg)
{
    struct work *work = arg;

    (void)key;
    if (strcmp(type, "user") != 0 || strncmp(name, work->name, work->prefix) != 0)
        return true;
    return work->visit(name + work->prefix, work->arg);
}

static NTSTATUS do_each(keyring_serial ring, void *arg)
{
    return keyring_each(ring, visit_key, arg) < 0 ? lsa_keyring_status(errno) : STATUS_SUCCESS;
}

static NTSTATUS store_each(const LUID *luid, const char *package,
                           bool (*visit)(const char *key, void *arg), void *arg)
{
    struct work work = {.visit = visit, .arg = arg};

    if (!set_name(&work, package, ""))
        return STATUS_INVALID_PARAMETER;
    return lsa_session_with_ring(luid, do_each, &work);
}

const struct lsa_store lsa_keyring_store = {
    .add = store_add,
    .get = store_get,
    .remove = store_remove,
    .each = store_each,
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

static NTSTATUS do_packages(keyring_serial ring, void *arg)
{
    return keyring_each(ring, visit_package, arg) < 0 ? lsa_keyring_status(errno) : STATUS_SUCCESS;
}

char *lsa_session_packages(const LUID *luid)
{
    struct names names = {.text = calloc(1, 1)};

    if (!names.text)
        return NULL;
    if (lsa_session_with_ring(luid, do_packages, &names) != STATUS_SUCCESS || names.failed) {
        free(names.text);
        return NULL;
    }
    return names.text;
}
