/*
 * What is in keys: payloads of any size, whole or in pieces, replaced in one step and taken once.
 */
#include "base/keyring.h"
#include "base/keyring_internal.h"
#include "base/secret.h"
#include "base/wire.h"

#include <errno.h>
#include <keyutils.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define TOTAL_MAX (16u << 20)

/*
 * The head of a payload that is not stored as it is: magic, pieces (u32), total size (u32),
 * generation (u64), all little endian. The pieces bear the generation, a random number, in their
 * names, so that those of an old and a new value lie side by side until the head, and with it the
 * value, is exchanged. A payload that is empty (the kernel has no empty keys) or that happens to
 * begin with the magic is stored this way too.
 */
static const uint8_t head_magic[8] = "CMpieces";
#define HEAD_SIZE 24u

struct head {
    uint32_t pieces, total;
    uint64_t generation;
};

static uint32_t pieces_of(size_t size)
{
    return (uint32_t)((size + KEYRING_PAYLOAD_MAX - 1) / KEYRING_PAYLOAD_MAX);
}

static size_t head_write(uint8_t out[HEAD_SIZE], const struct head *head)
{
    struct wire_writer w = wire_writer(out, HEAD_SIZE);

    wire_put_bytes(&w, head_magic, sizeof(head_magic));
    wire_put_u32le(&w, head->pieces);
    wire_put_u32le(&w, head->total);
    wire_put_u64le(&w, head->generation);
    return w.offset;
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
    return wire_done(&r) && head->total <= TOTAL_MAX && head->pieces == pieces_of(head->total);
}

/* The head in the key `name`, with .pieces 0 when there is no such key or it holds its payload
 * itself. */
static struct head head_of(keyring_serial key)
{
    struct head head = {.pieces = 0};
    uint8_t data[HEAD_SIZE + 1];
    long size = keyctl_read(key, (char *)data, sizeof(data));

    if (size < 0 || size > (long)sizeof(data) || !head_read(data, (size_t)size, &head))
        head.pieces = 0;
    secret_wipe(data, sizeof(data)); /* it may have been a short payload */
    return head;
}

static void drop_pieces(keyring_serial parent, const char *name, const struct head *head)
{
    char piece_name[KEYRING_NAME_SIZE];
    int saved = errno;

    for (uint32_t i = 1; i <= head->pieces; i++) {
        snprintf(piece_name, sizeof(piece_name), KEYRING_PIECE_FORMAT, name, head->generation, i);
        keyring_serial piece = keyring_look_up(parent, "user", piece_name, true);
        if (piece >= 0 && keyctl_unlink(piece, parent) == 0)
            keyring_drop(piece);
    }
    errno = saved;
}

static keyring_serial put_pieces(keyring_serial parent, const char *name, const uint8_t *data,
                                 size_t size, unsigned timeout)
{
    struct head head = {.pieces = pieces_of(size), .total = (uint32_t)size};
    char piece_name[KEYRING_NAME_SIZE];
    uint8_t encoded[HEAD_SIZE];
    keyring_serial key = -1;

    if (!secret_random(&head.generation, sizeof(head.generation))) {
        errno = EIO;
        return -1;
    }
    for (uint32_t i = 0; i < head.pieces; i++) {
        size_t at = (size_t)i * KEYRING_PAYLOAD_MAX,
               n = size - at < KEYRING_PAYLOAD_MAX ? size - at : KEYRING_PAYLOAD_MAX;

        snprintf(piece_name, sizeof(piece_name), KEYRING_PIECE_FORMAT, name, head.generation,
                 i + 1);
        if (keyring_add(parent, "user", piece_name, data + at, n, timeout, true) < 0)
            goto out;
    }
    key = keyring_add(parent, "user", name, encoded, head_write(encoded, &head), timeout, false);
out:
    if (key < 0)
        drop_pieces(parent, name, &head);
    return key;
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

/* Puts the pieces behind `head` together. ESTALE: they are gone, somebody has replaced or removed
 * the key. */
static int read_pieces(keyring_serial parent, const char *name, const struct head *head,
                       void **data, size_t *size)
{
    char piece_name[KEYRING_NAME_SIZE];
    uint8_t *whole = secret_alloc((size_t)head->total + 1);
    size_t at = 0;

    if (!whole)
        return -1;
    for (uint32_t i = 1; i <= head->pieces; i++) {
        size_t n = head->total - at < KEYRING_PAYLOAD_MAX ? head->total - at : KEYRING_PAYLOAD_MAX;
        keyring_serial key;
        long got = -1;

        snprintf(piece_name, sizeof(piece_name), KEYRING_PIECE_FORMAT, name, head->generation, i);
        key = keyring_look_up(parent, "user", piece_name, true);
        if (key >= 0)
            got = keyctl_read(key, (char *)whole + at, n);
        if (got != (long)n) {
            if (got >= 0 || errno == ENOKEY || errno == EKEYREVOKED)
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

/* A fast writer may replace the value each time before all its pieces are read; two seconds are
 * worth thousands of tries. */
static bool still_patient(const struct timespec *since)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec - since->tv_sec <= 2;
}

/* keyring_get, and the serial of the (head) key that was read, with the head when there are pieces.
 */
static int get(keyring_serial parent, const char *name, void **data, size_t *size,
               keyring_serial *key, struct head *head)
{
    keyring_serial stale = -1;
    struct timespec since;
    void *payload;
    size_t payload_size;

    clock_gettime(CLOCK_MONOTONIC, &since);
    *data = NULL;
    *size = 0;
    *head = (struct head){.pieces = 0};
    if (!keyring_valid_name(name))
        return -1;
    do {
        *key = keyring_look_up(parent, "user", name, true);
        if (*key < 0)
            return -1;
        if (read_payload(*key, &payload, &payload_size) < 0) {
            if (errno == EKEYREVOKED || errno == ENOKEY)
                continue; /* replaced since the search */
            return -1;
        }
        if (!head_read(payload, payload_size, head)) {
            *head = (struct head){.pieces = 0};
            *data = payload;
            *size = payload_size;
            return 0;
        }
        secret_free(payload);
        if (read_pieces(parent, name, head, data, size) == 0)
            return 0;
        if (errno != ESTALE)
            return -1;
        if (*key == stale) /* not replaced: its pieces are lost */
            break;
        stale = *key;
    } while (still_patient(&since));
    errno = ENOKEY;
    return -1;
}

keyring_serial keyring_put(keyring_serial parent, const char *name, const void *data, size_t size,
                           unsigned timeout)
{
    bool as_it_is =
        size > 0 && size <= KEYRING_PAYLOAD_MAX &&
        (size < sizeof(head_magic) || memcmp(data, head_magic, sizeof(head_magic)) != 0);
    struct head before = {.pieces = 0};
    keyring_serial key;

    if (!keyring_valid_name(name))
        return -1;
    if (size > TOTAL_MAX) {
        errno = EFBIG;
        return -1;
    }
    key = keyring_look_up(parent, "user", name, true);
    if (key >= 0)
        before = head_of(key);
    key = as_it_is ? keyring_add(parent, "user", name, data, size, timeout, false)
                   : put_pieces(parent, name, data, size, timeout);
    if (key >= 0)
        drop_pieces(parent, name, &before);
    return key;
}

int keyring_get(keyring_serial parent, const char *name, void **data, size_t *size)
{
    keyring_serial key;
    struct head head;

    return get(parent, name, data, size, &key, &head);
}

int keyring_remove(keyring_serial parent, const char *name)
{
    keyring_serial key;
    struct head head;

    if (!keyring_valid_name(name))
        return -1;
    key = keyring_look_up(parent, "user", name, true);
    if (key < 0)
        return errno == ENOKEY || errno == EKEYEXPIRED ? 0 : -1;
    head = head_of(key);
    if (keyctl_unlink(key, parent) < 0)
        return errno == ENOENT || errno == ENOKEY ? 0 : -1;
    keyring_drop(key);
    drop_pieces(parent, name, &head);
    return 0;
}

/*
 * Two callers may both have read the payload; the kernel lets only one of them unlink the key, and
 * the other one gets nothing.
 */
int keyring_take(keyring_serial parent, const char *name, void **data, size_t *size)
{
    keyring_serial key;
    struct head head;

    if (get(parent, name, data, size, &key, &head) < 0)
        return -1;
    if (keyctl_unlink(key, parent) < 0) {
        secret_free(*data);
        *data = NULL;
        *size = 0;
        errno = ENOKEY;
        return -1;
    }
    keyring_drop(key);
    drop_pieces(parent, name, &head);
    return 0;
}
