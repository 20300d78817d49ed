/*
 * Kernel keys whose possession grants nothing: see the header. Every key is born in the calling
 * thread's own thread keyring (which only that thread possesses, so two threads that make keys of
 * the same name do not meet), loses its default permissions there, and is then moved below its
 * parent in one step.
 */
#include "base/keyring.h"
#include "base/secret.h"
#include "base/wire.h"

#include <errno.h>
#include <keyutils.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_SIZE  4096 /* the kernel's bound on a description, with its zero */
#define DEPTH_MAX  8
#define TOTAL_MAX  (16u << 20)
#define PIECE_DATA (KEYRING_PAYLOAD_MAX - 8) /* a piece begins with the generation of its head */

/*
 * The head of a payload that is not stored as it is: magic, pieces (u32), total size (u32),
 * generation (u64), all little endian. Pieces "name#1" … follow. A payload that is empty (the
 * kernel has no empty keys) or that happens to begin with the magic is stored this way too.
 */
static const uint8_t head_magic[8] = "CMpieces";

struct head {
    uint32_t pieces, total;
    uint64_t generation;
};

static void head_write(struct wire_writer *w, const struct head *head)
{
    wire_put_bytes(w, head_magic, sizeof(head_magic));
    wire_put_u32le(w, head->pieces);
    wire_put_u32le(w, head->total);
    wire_put_u64le(w, head->generation);
}

static bool head_read(const void *data, size_t size, struct head *head)
{
    struct wire_reader r = wire_reader(data, size);
    const uint8_t *magic = wire_bytes(&r, sizeof(head_magic));

    if (!magic || memcmp(magic, head_magic, sizeof(head_magic)) != 0)
        return false;
    head->pieces = wire_u32le(&r);
    head->total = wire_u32le(&r);
    head->generation = wire_u64le(&r);
    return wire_done(&r) && head->total <= TOTAL_MAX &&
           head->pieces == (head->total + PIECE_DATA - 1) / PIECE_DATA;
}

/* "name#12": the name of a piece, which nobody else may use. */
static bool is_piece_name(const char *name)
{
    const char *mark = strrchr(name, '#');

    return mark && mark[1] && strspn(mark + 1, "0123456789") == strlen(mark + 1);
}

static bool valid_name(const char *name)
{
    if (*name && strlen(name) < NAME_SIZE - 16 && !is_piece_name(name))
        return true;
    errno = EINVAL;
    return false;
}

int keyring_own_session(void)
{
    return keyctl_join_session_keyring(NULL) < 0 ? -1 : 0;
}

/* The serials linked in a keyring, in new memory; -1 with errno. */
static long members(keyring_serial ring, keyring_serial **list)
{
    char *buffer = NULL, *bigger;
    long want = 256, got;

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
static keyring_serial find(keyring_serial parent, const char *type, const char *name, bool direct)
{
    long serial = keyctl_search(parent, type, name, 0);

    if (serial < 0) {
        if (errno == EKEYREVOKED) /* invalidated, but not yet collected */
            errno = ENOKEY;
        return -1;
    }
    if (direct && !is_member(parent, (keyring_serial)serial)) {
        errno = ENOKEY;
        return -1;
    }
    return (keyring_serial)serial;
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

/* A new key or keyring with our permissions, below `parent`. */
static keyring_serial make(keyring_serial parent, const char *type, const char *name,
                           const void *data, size_t size, unsigned timeout, bool exclusive)
{
    keyring_serial key = add_key(type, name, data, size, KEY_SPEC_THREAD_KEYRING);
    int error;

    if (key < 0)
        return -1;
    if ((timeout && keyctl_set_timeout(key, timeout) < 0) ||
        keyctl_setperm(key, KEYRING_PERM_OWNER_ONLY) < 0) {
        error = errno;
        keyctl_unlink(key, KEY_SPEC_THREAD_KEYRING);
        errno = error;
        return -1;
    }
    return move_below(key, parent, exclusive) < 0 ? -1 : key;
}

static keyring_serial find_or_make(keyring_serial parent, const char *name)
{
    keyring_serial ring;

    /* Somebody else may make or destroy it between our two steps; twice is enough unless they
     * fight. */
    for (int tries = 0; tries < 4; tries++) {
        ring = find(parent, "keyring", name, true);
        if (ring >= 0 || (errno != ENOKEY && errno != EKEYEXPIRED))
            return ring;
        ring = make(parent, "keyring", name, NULL, 0, 0, true);
        if (ring >= 0 || errno != EEXIST)
            return ring;
    }
    return -1;
}

keyring_serial keyring_anchor(const char *name)
{
    return valid_name(name) ? find_or_make(KEY_SPEC_USER_KEYRING, name) : -1;
}

keyring_serial keyring_find(keyring_serial parent, const char *name)
{
    return valid_name(name) ? find(parent, "keyring", name, false) : -1;
}

keyring_serial keyring_make(keyring_serial parent, const char *name)
{
    return valid_name(name) ? find_or_make(parent, name) : -1;
}

/* ---- payloads ------------------------------------------------------------------------------ */

static keyring_serial put_pieces(keyring_serial parent, const char *name, const uint8_t *data,
                                 size_t size, unsigned timeout)
{
    struct head head = {.pieces = (uint32_t)((size + PIECE_DATA - 1) / PIECE_DATA),
                        .total = (uint32_t)size};
    char piece_name[NAME_SIZE];
    uint8_t *buffer = secret_alloc(KEYRING_PAYLOAD_MAX);
    keyring_serial key = -1;
    struct wire_writer w;

    if (!buffer)
        goto out;
    if (!secret_random(&head.generation, sizeof(head.generation))) {
        errno = EIO;
        goto out;
    }
    for (uint32_t i = 0; i < head.pieces; i++) {
        size_t at = (size_t)i * PIECE_DATA, n = size - at < PIECE_DATA ? size - at : PIECE_DATA;

        snprintf(piece_name, sizeof(piece_name), "%s#%u", name, i + 1);
        w = wire_writer(buffer, KEYRING_PAYLOAD_MAX);
        wire_put_u64le(&w, head.generation);
        wire_put_bytes(&w, data + at, n);
        if (make(parent, "user", piece_name, w.data, w.offset, timeout, false) < 0)
            goto out;
    }
    w = wire_writer(buffer, KEYRING_PAYLOAD_MAX);
    head_write(&w, &head);
    key = make(parent, "user", name, w.data, w.offset, timeout, false);
out:
    secret_free(buffer);
    return key;
}

/* Takes away the pieces from `first` on; a longer value may have been there before. */
static void drop_pieces(keyring_serial parent, const char *name, uint32_t first)
{
    char piece_name[NAME_SIZE];
    int saved = errno;

    for (uint32_t i = first;; i++) {
        snprintf(piece_name, sizeof(piece_name), "%s#%u", name, i);
        keyring_serial piece = find(parent, "user", piece_name, true);
        if (piece < 0 || keyctl_unlink(piece, parent) < 0)
            break;
        keyctl_invalidate(piece);
    }
    errno = saved;
}

/* Reads a user key; one byte more than its size is allocated, and zero, so text can be used as a
 * string. */
static int read_payload(keyring_serial key, void **data, size_t *size)
{
    uint8_t *buffer = NULL;
    long want = 256, got;

    for (;;) {
        buffer = secret_alloc((size_t)want + 1);
        if (!buffer)
            return -1;
        got = keyctl_read(key, (char *)buffer, (size_t)want);
        if (got >= 0 && got <= want)
            break;
        secret_free(buffer);
        if (got < 0)
            return -1;
        want = got;
    }
    *data = buffer;
    *size = (size_t)got;
    return 0;
}

/* Puts the pieces behind `head` together. ESTALE: they belong to another head, somebody is
 * replacing the key. */
static int read_pieces(keyring_serial parent, const char *name, const struct head *head,
                       void **data, size_t *size)
{
    char piece_name[NAME_SIZE];
    uint8_t *whole = secret_alloc((size_t)head->total + 1);
    size_t at = 0;

    if (!whole)
        return -1;
    for (uint32_t i = 1; i <= head->pieces; i++) {
        void *piece;
        size_t piece_size, n = head->total - at < PIECE_DATA ? head->total - at : PIECE_DATA;
        keyring_serial key;

        snprintf(piece_name, sizeof(piece_name), "%s#%u", name, i);
        key = find(parent, "user", piece_name, true);
        if (key < 0 || read_payload(key, &piece, &piece_size) < 0) {
            if (errno == ENOKEY || errno == EKEYREVOKED)
                errno = ESTALE;
            goto fail;
        }
        struct wire_reader r = wire_reader(piece, piece_size);
        bool ours = wire_u64le(&r) == head->generation;
        wire_copy(&r, whole + at, n);
        ours = ours && wire_done(&r);
        secret_free(piece);
        if (!ours) {
            errno = ESTALE;
            goto fail;
        }
        at += n;
    }
    *data = whole;
    *size = head->total;
    return 0;
fail:
    secret_free(whole);
    return -1;
}

/* keyring_get, and the serial of the (head) key that was read. */
static int get(keyring_serial parent, const char *name, void **data, size_t *size,
               keyring_serial *key)
{
    struct head head;
    void *payload;
    size_t payload_size;

    *data = NULL;
    *size = 0;
    if (!valid_name(name))
        return -1;
    for (int tries = 0; tries < 16; tries++) {
        *key = find(parent, "user", name, true);
        if (*key < 0)
            return -1;
        if (read_payload(*key, &payload, &payload_size) < 0) {
            if (errno == EKEYREVOKED || errno == ENOKEY)
                continue; /* replaced since the search */
            return -1;
        }
        if (!head_read(payload, payload_size, &head)) {
            *data = payload;
            *size = payload_size;
            return 0;
        }
        secret_free(payload);
        if (read_pieces(parent, name, &head, data, size) == 0)
            return 0;
        if (errno != ESTALE)
            return -1;
    }
    errno = ENOKEY;
    return -1;
}

keyring_serial keyring_put(keyring_serial parent, const char *name, const void *data, size_t size,
                           unsigned timeout)
{
    bool as_it_is =
        size > 0 && size <= KEYRING_PAYLOAD_MAX &&
        (size < sizeof(head_magic) || memcmp(data, head_magic, sizeof(head_magic)) != 0);
    keyring_serial key;

    if (!valid_name(name))
        return -1;
    if (size > TOTAL_MAX) {
        errno = EFBIG;
        return -1;
    }
    key = as_it_is ? make(parent, "user", name, data, size, timeout, false)
                   : put_pieces(parent, name, data, size, timeout);
    if (key >= 0)
        drop_pieces(parent, name,
                    as_it_is ? 1 : (uint32_t)((size + PIECE_DATA - 1) / PIECE_DATA) + 1);
    return key;
}

int keyring_get(keyring_serial parent, const char *name, void **data, size_t *size)
{
    keyring_serial key;

    return get(parent, name, data, size, &key);
}

int keyring_remove(keyring_serial parent, const char *name)
{
    keyring_serial key;

    if (!valid_name(name))
        return -1;
    key = find(parent, "user", name, true);
    if (key < 0)
        return errno == ENOKEY || errno == EKEYEXPIRED ? 0 : -1;
    if (keyctl_unlink(key, parent) < 0 && errno != ENOENT)
        return -1;
    keyctl_invalidate(key);
    drop_pieces(parent, name, 1);
    return 0;
}

/*
 * Two callers may both have read the payload; the kernel lets only one of them unlink the key, and
 * the other one gets nothing.
 */
int keyring_take(keyring_serial parent, const char *name, void **data, size_t *size)
{
    keyring_serial key;

    if (get(parent, name, data, size, &key) < 0)
        return -1;
    if (keyctl_unlink(key, parent) < 0) {
        secret_free(*data);
        *data = NULL;
        *size = 0;
        errno = ENOKEY;
        return -1;
    }
    keyctl_invalidate(key);
    drop_pieces(parent, name, 1);
    return 0;
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
    char text[NAME_SIZE + 64];
    const char *type, *name;
    uid_t uid;

    if (count < 0)
        return -1;
    for (long i = 0; i < count; i++) {
        /* One that vanished since, or that is not ours to see, is not there. */
        if (!describe(list[i], text, sizeof(text), &type, &uid, &name))
            continue;
        if (strcmp(type, "user") == 0 && is_piece_name(name))
            continue;
        if (!visit(type, name, list[i], arg))
            break;
    }
    free(list);
    return 0;
}

static void destroy(keyring_serial ring, int depth)
{
    keyring_serial *list = NULL;
    long count = members(ring, &list);
    char text[NAME_SIZE + 64];
    const char *type, *name;
    uid_t uid;

    for (long i = 0; i < count; i++) {
        if (depth < DEPTH_MAX && describe(list[i], text, sizeof(text), &type, &uid, &name) &&
            strcmp(type, "keyring") == 0)
            destroy(list[i], depth + 1);
        else
            keyctl_invalidate(list[i]);
    }
    free(list);
    keyctl_invalidate(ring);
}

int keyring_destroy(keyring_serial keyring)
{
    char text[NAME_SIZE + 64];
    const char *type, *name;
    uid_t uid;

    if (!describe(keyring, text, sizeof(text), &type, &uid, &name))
        return -1;
    if (strcmp(type, "keyring") != 0) {
        errno = ENOTDIR;
        return -1;
    }
    destroy(keyring, 0);
    return 0;
}

int keyring_owner(keyring_serial key, uid_t *uid)
{
    char text[NAME_SIZE + 64];
    const char *type, *name;

    return describe(key, text, sizeof(text), &type, uid, &name) ? 0 : -1;
}
