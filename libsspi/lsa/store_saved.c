/*
 * Saved credentials as kernel keys: see saved.h. A key is named by its target in small letters, and
 * holds the three texts.
 */
#include "libsspi/lsa/saved.h"
#include "libsspi/lsa/session.h"
#include "base/secret.h"
#include "base/utf16.h"

#include <errno.h>
#include <ntstatus.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RING_PREFIX "saved-"
#define RING_SIZE   32
#define NAME_END    "=" /* behind the target: nothing then looks like the name of a key's piece */
#define NAME_SIZE   (LSA_SAVED_TARGET_MAX + sizeof(NAME_END))

static keyring_serial anchor_ring = -1;
/* A keyring goes with the last key in it: nobody else may be putting one there. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

void lsa_saved_open(keyring_serial anchor)
{
    anchor_ring = anchor;
}

bool lsa_saved_is_ring(const char *name)
{
    return strncmp(name, RING_PREFIX, sizeof(RING_PREFIX) - 1) == 0;
}

static void ring_name(uid_t uid, char name[RING_SIZE])
{
    snprintf(name, RING_SIZE, RING_PREFIX "%u", (unsigned)uid);
}

/* ---- texts --------------------------------------------------------------------------------- */

static bool is_printable(const char *s)
{
    for (; *s; s++)
        if ((unsigned char)*s < ' ' || *s == 0x7f)
            return false;
    return true;
}

static bool is_text(const char *s, size_t most)
{
    size_t size = strlen(s);
    char16_t *wide = size > 0 && size <= most ? utf16_from_utf8_secret(s, size, NULL) : NULL;

    secret_free(wide);
    return wide != NULL;
}

/* The key's name; false: no target. */
static bool key_name(const char *target, char name[NAME_SIZE])
{
    const char *star = strchr(target, '*');
    size_t n = strlen(target);

    if (!is_text(target, LSA_SAVED_TARGET_MAX) || !is_printable(target) || strchr(target, ' ') ||
        (star && strchr(star + 1, '*')))
        return false;
    for (size_t i = 0; i < n; i++)
        name[i] =
            (char)(target[i] >= 'A' && target[i] <= 'Z' ? target[i] + ('a' - 'A') : target[i]);
    memcpy(name + n, NAME_END, sizeof(NAME_END));
    return true;
}

/* Both are names of keys; one '*' in `pattern` stands for any characters. */
static bool matches(const char *pattern, const char *name)
{
    const char *star = strchr(pattern, '*');
    size_t before = star ? (size_t)(star - pattern) : 0, after = star ? strlen(star + 1) : 0;
    size_t size = strlen(name);

    if (!star)
        return strcmp(pattern, name) == 0;
    return size >= before + after && memcmp(name, pattern, before) == 0 &&
           memcmp(name + size - after, star + 1, after) == 0;
}

/* ---- keeping, with the lock held ----------------------------------------------------------- */

static bool count_key(const char *type, const char *name, keyring_serial key, void *arg)
{
    (void)type, (void)name, (void)key;
    ++*(size_t *)arg;
    return true;
}

static NTSTATUS count_keys(keyring_serial ring, size_t *count)
{
    *count = 0;
    return keyring_each(ring, count_key, count) < 0 ? lsa_keyring_status(errno) : STATUS_SUCCESS;
}

static NTSTATUS find_ring(uid_t uid, keyring_serial *ring)
{
    char name[RING_SIZE];

    ring_name(uid, name);
    *ring = keyring_find(anchor_ring, name);
    return *ring < 0 ? lsa_keyring_status(errno) : STATUS_SUCCESS;
}

/* An empty one does not stay. */
static void drop_empty(keyring_serial ring)
{
    size_t left;

    if (count_keys(ring, &left) == STATUS_SUCCESS && left == 0)
        (void)keyring_destroy(anchor_ring, ring);
}

static NTSTATUS put(uid_t uid, const char *key, const void *data, size_t size)
{
    char name[RING_SIZE];
    keyring_serial ring;
    NTSTATUS status;
    size_t count;
    void *old = NULL;
    size_t old_size;

    if (!keyring_has_room(size))
        return STATUS_QUOTA_EXCEEDED;
    ring_name(uid, name);
    ring = keyring_make(anchor_ring, name);
    if (ring < 0)
        return lsa_keyring_status(errno);
    status = count_keys(ring, &count);
    if (status == STATUS_SUCCESS && count >= LSA_SAVED_MAX &&
        keyring_get(ring, key, &old, &old_size) < 0)
        status = STATUS_QUOTA_EXCEEDED;
    secret_free(old);
    if (status == STATUS_SUCCESS && keyring_put(ring, key, data, size, 0) < 0)
        status = lsa_keyring_status(errno);
    if (status != STATUS_SUCCESS)
        drop_empty(ring);
    return status;
}

NTSTATUS lsa_saved_put(uid_t uid, const char *target, const char *user, const char *password)
{
    size_t sizes[3] = {strlen(target) + 1, strlen(user) + 1, strlen(password)};
    size_t size = sizes[0] + sizes[1] + sizes[2];
    char key[NAME_SIZE], *data;
    NTSTATUS status;

    if (!key_name(target, key) || !is_text(user, LSA_SAVED_USER_MAX) || !is_printable(user) ||
        !is_text(password, LSA_SAVED_PASSWORD_MAX))
        return STATUS_INVALID_PARAMETER;
    data = secret_alloc(size);
    if (!data)
        return STATUS_NO_MEMORY;
    memcpy(data, target, sizes[0]);
    memcpy(data + sizes[0], user, sizes[1]);
    memcpy(data + sizes[0] + sizes[1], password, sizes[2]);
    pthread_mutex_lock(&lock);
    status = put(uid, key, data, size);
    pthread_mutex_unlock(&lock);
    secret_free(data);
    return status;
}

NTSTATUS lsa_saved_delete(uid_t uid, const char *target)
{
    char key[NAME_SIZE];
    keyring_serial ring;
    NTSTATUS status;
    void *old = NULL;
    size_t size;

    if (!key_name(target, key))
        return STATUS_INVALID_PARAMETER;
    pthread_mutex_lock(&lock);
    status = find_ring(uid, &ring);
    if (status == STATUS_SUCCESS &&
        (keyring_get(ring, key, &old, &size) < 0 || keyring_remove(ring, key) < 0))
        status = lsa_keyring_status(errno);
    if (status == STATUS_SUCCESS)
        drop_empty(ring);
    pthread_mutex_unlock(&lock);
    secret_free(old);
    return status;
}

/* ---- finding ------------------------------------------------------------------------------- */

struct search {
    const char *name;     /* of the server */
    char best[NAME_SIZE]; /* "": none yet */
};

static bool compare_key(const char *type, const char *name, keyring_serial key, void *arg)
{
    struct search *s = arg;

    (void)type, (void)key;
    if (strlen(name) >= sizeof(s->best) || !matches(name, s->name))
        return true;
    if (!strchr(name, '*') || strlen(name) > strlen(s->best))
        strcpy(s->best, name);
    return strchr(name, '*') != NULL; /* just that name is as good as can be */
}

NTSTATUS lsa_saved_find(uid_t uid, const char *target, void **data, size_t *size)
{
    struct search search = {.best = ""};
    char name[NAME_SIZE];
    keyring_serial ring;
    NTSTATUS status;

    *data = NULL;
    *size = 0;
    if (!key_name(target, name) || strchr(target, '*'))
        return STATUS_INVALID_PARAMETER;
    search.name = name;
    pthread_mutex_lock(&lock);
    status = find_ring(uid, &ring);
    if (status == STATUS_SUCCESS && keyring_each(ring, compare_key, &search) < 0)
        status = lsa_keyring_status(errno);
    if (status == STATUS_SUCCESS && !search.best[0])
        status = STATUS_NOT_FOUND;
    if (status == STATUS_SUCCESS && keyring_get(ring, search.best, data, size) < 0)
        status = lsa_keyring_status(errno);
    pthread_mutex_unlock(&lock);
    return status;
}

/* ---- showing ------------------------------------------------------------------------------- */

struct listing {
    keyring_serial ring;
    struct lsa_saved *list;
    size_t count;
    NTSTATUS status;
};

static bool show_key(const char *type, const char *name, keyring_serial key, void *arg)
{
    struct listing *l = arg;
    struct lsa_saved *one = &l->list[l->count];
    void *data;
    size_t size, n;

    (void)type, (void)key;
    if (l->count == LSA_SAVED_MAX || keyring_get(l->ring, name, &data, &size) < 0)
        return true;
    n = strlen(data); /* a zero byte stands behind the whole */
    if (n < size) {   /* the target ends, then, before it: the user begins behind */
        one->target = strdup(data);
        one->user = strdup((const char *)data + n + 1);
        l->count++;
        if (!one->target || !one->user)
            l->status = STATUS_NO_MEMORY;
    }
    secret_free(data);
    return l->status == STATUS_SUCCESS;
}

static int by_target(const void *a, const void *b)
{
    return strcmp(((const struct lsa_saved *)a)->target, ((const struct lsa_saved *)b)->target);
}

NTSTATUS lsa_saved_list(uid_t uid, struct lsa_saved **list, size_t *count)
{
    struct listing l = {.list = calloc(LSA_SAVED_MAX, sizeof(*l.list)), .status = STATUS_SUCCESS};
    NTSTATUS status;

    *list = NULL;
    *count = 0;
    if (!l.list)
        return STATUS_NO_MEMORY;
    pthread_mutex_lock(&lock);
    status = find_ring(uid, &l.ring);
    if (status == STATUS_SUCCESS && keyring_each(l.ring, show_key, &l) < 0)
        status = lsa_keyring_status(errno);
    pthread_mutex_unlock(&lock);
    if (status == STATUS_NOT_FOUND)
        status = STATUS_SUCCESS; /* nothing is saved */
    else if (status == STATUS_SUCCESS)
        status = l.status;
    if (status != STATUS_SUCCESS) {
        lsa_saved_free(l.list, l.count);
        return status;
    }
    qsort(l.list, l.count, sizeof(*l.list), by_target);
    *list = l.list;
    *count = l.count;
    return status;
}

void lsa_saved_free(struct lsa_saved *list, size_t count)
{
    for (size_t i = 0; list && i < count; i++) {
        free(list[i].target);
        free(list[i].user);
    }
    free(list);
}
