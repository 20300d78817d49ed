/*
 * Kernel keys whose possession grants nothing: see the header. Every key is born in the calling
 * thread's own thread keyring (which only that thread possesses, so two threads that make keys of
 * the same name do not meet), loses its default permissions there, and is then moved below its
 * parent in one step.
 */
#include "base/keyring.h"
#include "base/keyring_internal.h"

#include <errno.h>
#include <keyutils.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX 8

/* "name#0123456789abcdef.12": what KEYRING_PIECE_FORMAT makes. */
bool keyring_is_piece(const char *name)
{
    const char *mark = strrchr(name, '#');

    return mark && strspn(mark + 1, "0123456789abcdef") == 16 && mark[17] == '.' && mark[18] &&
           strspn(mark + 18, "0123456789") == strlen(mark + 18);
}

/* '#' and a number at the end are ours, with and without a generation. */
static bool is_reserved(const char *name)
{
    const char *mark = strrchr(name, '#');

    return mark && mark[1] && strspn(mark + 1, "0123456789") == strlen(mark + 1);
}

bool keyring_valid_name(const char *name)
{
    if (*name && strlen(name) < KEYRING_NAME_SIZE - KEYRING_PIECE_SUFFIX &&
        !keyring_is_piece(name) && !is_reserved(name))
        return true;
    errno = EINVAL;
    return false;
}

int keyring_own_session(void)
{
    return keyctl_join_session_keyring(NULL) < 0 ? -1 : 0;
}

/* What a failed call returned would be taken for the thread keyring (KEY_SPEC_THREAD_KEYRING is
 * -1). */
static bool valid_parent(keyring_serial parent)
{
    if (parent != -1)
        return true;
    errno = EINVAL;
    return false;
}

/* The serials linked in a keyring, in new memory; -1 with errno. */
static long members(keyring_serial ring, keyring_serial **list)
{
    char *buffer = NULL, *bigger;
    long want = 256, got;

    if (!valid_parent(ring))
        return -1;
    for (;;) {
        bigger = realloc(buffer, (size_t)want);
        if (!bigger) {
            errno = ENOMEM;
            goto fail;
        }
        buffer = bigger;
        got = keyctl_read(ring, buffer, (size_t)want);
        if (got < 0)
            goto fail;
        if (got <= want)
            break;
        want = got + 256;
    }
    *list = (keyring_serial *)(void *)buffer;
    return got / (long)sizeof(**list);
fail:
    free(buffer);
    return -1;
}

static bool is_member(keyring_serial ring, keyring_serial key)
{
    keyring_serial *list = NULL;
    long count = members(ring, &list);
    bool found = false;

    for (long i = 0; i < count && !found; i++)
        found = list[i] == key;
    free(list);
    return found;
}

/*
 * The kernel's search prefers what is linked in `parent` itself but goes on into nested keyrings.
 * `direct` tells such a namesake apart by reading the keyring, which costs 20 ns for each of its
 * keys.
 */
keyring_serial keyring_look_up(keyring_serial parent, const char *type, const char *name,
                               bool direct)
{
    long serial, before = 0;

    if (!valid_parent(parent))
        return -1;
    /* Again when what was found has been replaced meanwhile. */
    for (int tries = 0; tries < 16; tries++) {
        serial = keyctl_search(parent, type, name, 0);
        if (serial < 0 && errno != EKEYREVOKED)
            return -1;
        if (serial >= 0 && (!direct || is_member(parent, (keyring_serial)serial)))
            return (keyring_serial)serial;
        if (serial >= 0 && serial == before) /* a namesake deeper down */
            break;
        before = serial;
    }
    errno = ENOKEY;
    return -1;
}

/*
 * Links a key of the thread keyring below `parent` and out of the thread keyring. `exclusive`:
 * EEXIST when a key of that type and name is there already; else that one is replaced.
 */
static int move_below(keyring_serial key, keyring_serial parent, bool exclusive)
{
    int error = 0;

    if (keyctl_move(key, KEY_SPEC_THREAD_KEYRING, parent, exclusive ? KEYCTL_MOVE_EXCL : 0) == 0)
        return 0;
    /* KEYCTL_MOVE came with Linux 5.3. */
    if (errno != EOPNOTSUPP && errno != ENOSYS)
        error = errno;
    else if (keyctl_link(key, parent) < 0)
        error = errno;
    keyctl_unlink(key, KEY_SPEC_THREAD_KEYRING);
    errno = error;
    return error ? -1 : 0;
}

/*
 * Revoking a user key wipes it and gives its bytes back to the quota at once. The kernel collects
 * what is only unlinked when it comes to it, and a busy store would run into the quota meanwhile.
 */
void keyring_drop(keyring_serial key)
{
    int saved = errno;

    keyctl_revoke(key);
    errno = saved;
}

keyring_serial keyring_add(keyring_serial parent, const char *type, const char *name,
                           const void *data, size_t size, unsigned timeout, bool exclusive)
{
    keyring_serial key, old = -1;
    int error;

    if (!valid_parent(parent))
        return -1;
    key = add_key(type, name, data, size, KEY_SPEC_THREAD_KEYRING);
    if (key < 0)
        return -1;
    if ((timeout && keyctl_set_timeout(key, timeout) < 0) ||
        keyctl_setperm(key, KEYRING_PERM_OWNER_ONLY) < 0) {
        error = errno;
        keyctl_unlink(key, KEY_SPEC_THREAD_KEYRING);
        errno = error;
        return -1;
    }
    if (!exclusive)
        old = keyring_look_up(parent, type, name, true);
    if (move_below(key, parent, exclusive) < 0)
        return -1;
    if (old >= 0)
        keyring_drop(old);
    return key;
}

/*
 * Takes away links to what was destroyed but not collected yet: their names cannot be told any
 * more, and one of them may stand in the way of a new key.
 */
static void unlink_dead(keyring_serial ring)
{
    keyring_serial *list = NULL;
    long count = members(ring, &list);
    char byte;

    for (long i = 0; i < count; i++)
        if (keyctl_describe(list[i], &byte, sizeof(byte)) < 0 &&
            (errno == ENOKEY || errno == EKEYREVOKED)) /* invalidated, revoked */
            keyctl_unlink(list[i], ring);
    free(list);
}

static keyring_serial find_or_make(keyring_serial parent, const char *name)
{
    keyring_serial ring;

    /* Somebody else may make or destroy it between our two steps; a few times is enough. */
    for (int tries = 0; tries < 8; tries++) {
        ring = keyring_look_up(parent, "keyring", name, true);
        if (ring >= 0 || (errno != ENOKEY && errno != EKEYEXPIRED))
            return ring;
        ring = keyring_add(parent, "keyring", name, NULL, 0, 0, true);
        if (ring >= 0 || errno != EEXIST)
            return ring;
        unlink_dead(parent);
    }
    errno = EBUSY;
    return -1;
}

keyring_serial keyring_anchor(const char *name)
{
    return keyring_valid_name(name) ? find_or_make(KEY_SPEC_USER_KEYRING, name) : -1;
}

keyring_serial keyring_find(keyring_serial parent, const char *name)
{
    return keyring_valid_name(name) ? keyring_look_up(parent, "keyring", name, false) : -1;
}

keyring_serial keyring_make(keyring_serial parent, const char *name)
{
    return keyring_valid_name(name) ? find_or_make(parent, name) : -1;
}

/* ---- walking ------------------------------------------------------------------------------- */

/* "type;uid;gid;perm;description" of KEYCTL_DESCRIBE, cut at its semicolons. */
static bool describe(keyring_serial key, char *text, size_t room, const char **type, uid_t *uid,
                     const char **name)
{
    long size = keyctl_describe(key, text, room);
    char *rest, *fields[5];

    if (size < 0)
        return false;
    if ((size_t)size > room) {
        errno = ENAMETOOLONG;
        return false;
    }
    rest = text;
    for (size_t i = 0; i < 5; i++) {
        fields[i] = i < 4 ? strsep(&rest, ";") : rest;
        if (!fields[i]) {
            errno = EPROTO;
            return false;
        }
    }
    *type = fields[0];
    *uid = (uid_t)strtoul(fields[1], NULL, 10);
    *name = fields[4];
    return true;
}

int keyring_each(keyring_serial parent,
                 bool (*visit)(const char *type, const char *name, keyring_serial, void *),
                 void *arg)
{
    keyring_serial *list = NULL;
    long count = members(parent, &list);
    char text[KEYRING_NAME_SIZE + 64];
    const char *type, *name;
    uid_t uid;

    if (count < 0)
        return -1;
    for (long i = 0; i < count; i++) {
        /* One that vanished since, or that is not ours to see, is not there. */
        if (!describe(list[i], text, sizeof(text), &type, &uid, &name))
            continue;
        if (strcmp(type, "user") == 0 && keyring_is_piece(name))
            continue;
        if (!visit(type, name, list[i], arg))
            break;
    }
    free(list);
    return 0;
}

static void empty(keyring_serial ring, int depth)
{
    keyring_serial *list = NULL;
    long count = members(ring, &list);
    char text[KEYRING_NAME_SIZE + 64];
    const char *type, *name;
    uid_t uid;

    for (long i = 0; i < count; i++) {
        if (!describe(list[i], text, sizeof(text), &type, &uid, &name))
            continue;
        if (strcmp(type, "keyring") != 0) {
            keyring_drop(list[i]);
        } else if (depth < DEPTH_MAX) {
            empty(list[i], depth + 1);
            keyctl_invalidate(list[i]);
        }
    }
    free(list);
}

int keyring_destroy(keyring_serial parent, keyring_serial keyring)
{
    char text[KEYRING_NAME_SIZE + 64];
    const char *type, *name;
    uid_t uid;

    if (!valid_parent(parent) || !valid_parent(keyring) ||
        !describe(keyring, text, sizeof(text), &type, &uid, &name))
        return -1;
    if (strcmp(type, "keyring") != 0) {
        errno = ENOTDIR;
        return -1;
    }
    empty(keyring, 0);
    /*
     * Out of its parent while it lives. A link that the kernel collects after the keyring was
     * invalidated stays charged to the parent's quota for ever (4 bytes a login, in the anchor);
     * and unlinking a dead one would take away a namesake that was made since, because the kernel
     * unlinks by type and name.
     */
    if (keyctl_unlink(keyring, parent) < 0 && errno != ENOENT && errno != ENOKEY)
        return -1;
    keyctl_invalidate(keyring);
    return 0;
}

int keyring_owner(keyring_serial key, uid_t *uid)
{
    char text[KEYRING_NAME_SIZE + 64];
    const char *type, *name;

    return describe(key, text, sizeof(text), &type, uid, &name) ? 0 : -1;
}
