/*
 * The ways in which a token is changed: bits, numbers as the messages have them, lengths of ASN.1,
 * pieces cut out, moved, repeated and taken from other tokens.
 */
#include "tests/unit/hostile/mutate.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* splitmix64 (Steele, Lea, Flood, 2014): good enough, and the same on every machine. */
static uint64_t next(struct mutator *m)
{
    uint64_t z = (m->state += UINT64_C(0x9e3779b97f4a7c15));

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

struct mutator mutator(uint64_t seed, uint64_t number)
{
    struct mutator m = {seed};

    m.state = next(&m) ^ number;
    next(&m);
    return m;
}

uint64_t mutator_below(struct mutator *m, uint64_t limit)
{
    return next(m) % limit;
}

/* ---- single changes; each finds at least one byte --------------------------------------- */

typedef void change(struct mutator *m, struct hostile_token *t, const struct hostile_token *other);

static void put(struct hostile_token *t, size_t at, uint64_t value, size_t bytes)
{
    for (size_t i = 0; i < bytes && at + i < t->size; i++)
        t->data[at + i] = (uint8_t)(value >> 8 * i);
}

static void flip_bit(struct mutator *m, struct hostile_token *t, const struct hostile_token *other)
{
    (void)other;
    t->data[mutator_below(m, t->size)] ^= (uint8_t)(1 << mutator_below(m, 8));
}

static void change_byte(struct mutator *m, struct hostile_token *t,
                        const struct hostile_token *other)
{
    static const uint8_t odd[] = {0, 1, 0x7f, 0x80, 0xfe, 0xff};
    size_t at = mutator_below(m, t->size);

    (void)other;
    t->data[at] = mutator_below(m, 2) ? odd[mutator_below(m, sizeof(odd))] : (uint8_t)next(m);
}

/* A little-endian number where NTLM has most of them, at an even place. */
static void change_number(struct mutator *m, struct hostile_token *t,
                          const struct hostile_token *other)
{
    static const uint32_t odd[] = {0,      1,      0x7f,       0xff,      0x7fff,
                                   0x8000, 0xffff, 0x7fffffff, 0xffffffff};
    size_t bytes = mutator_below(m, 2) ? 4 : 2;
    uint64_t value = odd[mutator_below(m, sizeof(odd) / sizeof(odd[0]))];
    size_t at = mutator_below(m, t->size) & ~(size_t)1;

    (void)other;
    if (mutator_below(m, 3) == 0)
        value = t->size - 8 + mutator_below(m, 16); /* about the end of the message */
    put(t, at, value, bytes);
}

/* The length behind something that may be a tag of ASN.1. */
static void change_length(struct mutator *m, struct hostile_token *t,
                          const struct hostile_token *other)
{
    static const uint8_t tags[] = {0x02, 0x03, 0x04, 0x06, 0x0a, 0x18, 0x1b, 0x30, 0x60,
                                   0x61, 0x6e, 0x6f, 0x7e, 0xa0, 0xa1, 0xa2, 0xa3};
    static const uint8_t lengths[] = {0, 1, 0x7f, 0x80, 0x81, 0x82, 0x83, 0x84, 0x88, 0xff};
    size_t from = mutator_below(m, t->size);

    (void)other;
    for (size_t i = 0; i + 1 < t->size; i++) {
        size_t at = (from + i) % (t->size - 1);

        if (!memchr(tags, t->data[at], sizeof(tags)))
            continue;
        if (mutator_below(m, 2))
            t->data[at + 1] = lengths[mutator_below(m, sizeof(lengths))];
        else
            t->data[at + 1] = (uint8_t)(t->data[at + 1] + (mutator_below(m, 2) ? 1 : -1));
        return;
    }
}

static void cut_end(struct mutator *m, struct hostile_token *t, const struct hostile_token *other)
{
    (void)other;
    t->size = mutator_below(m, t->size);
}

/* Makes room for `size` bytes at `at`, as far as there is any; how many. */
static size_t open_gap(struct hostile_token *t, size_t at, size_t size)
{
    if (size > HOSTILE_ROOM - t->size)
        size = HOSTILE_ROOM - t->size;
    memmove(t->data + at + size, t->data + at, t->size - at);
    t->size += size;
    return size;
}

static void insert(struct mutator *m, struct hostile_token *t, const struct hostile_token *other)
{
    size_t at = mutator_below(m, t->size + 1);
    size_t size = open_gap(t, at, 1 + mutator_below(m, mutator_below(m, 8) ? 16 : 4096));

    (void)other;
    for (size_t i = 0; i < size; i++)
        t->data[at + i] = (uint8_t)next(m);
}

static void cut_out(struct mutator *m, struct hostile_token *t, const struct hostile_token *other)
{
    size_t at = mutator_below(m, t->size);
    size_t size = 1 + mutator_below(m, t->size - at < 32 ? t->size - at : 32);

    (void)other;
    if (size > t->size - at)
        size = t->size - at;
    memmove(t->data + at, t->data + at + size, t->size - at - size);
    t->size -= size;
}

static void zero(struct mutator *m, struct hostile_token *t, const struct hostile_token *other)
{
    size_t at = mutator_below(m, t->size);

    (void)other;
    put(t, at, 0, 1 + mutator_below(m, 8));
}

static void move_piece(struct mutator *m, struct hostile_token *t,
                       const struct hostile_token *other)
{
    size_t from = mutator_below(m, t->size), to = mutator_below(m, t->size);
    size_t size = 1 + mutator_below(m, 24), most = t->size - (from > to ? from : to);

    (void)other;
    memmove(t->data + to, t->data + from, size < most ? size : most);
}

static void repeat_piece(struct mutator *m, struct hostile_token *t,
                         const struct hostile_token *other)
{
    size_t at = mutator_below(m, t->size), size = 1 + mutator_below(m, t->size - at);

    (void)other;
    open_gap(t, at, size); /* what was there stands there still, and once more behind it */
}

static void take_piece(struct mutator *m, struct hostile_token *t,
                       const struct hostile_token *other)
{
    size_t at = mutator_below(m, t->size), from, size;

    if (!other->size)
        return;
    from = mutator_below(m, other->size);
    size = 1 + mutator_below(m, other->size - from);
    if (size > t->size - at)
        size = t->size - at;
    memcpy(t->data + at, other->data + from, size);
}

static void take_all(struct mutator *m, struct hostile_token *t, const struct hostile_token *other)
{
    (void)m;
    memcpy(t->data, other->data, other->size);
    t->size = other->size;
}

void mutate(struct mutator *m, struct hostile_token *t, const struct hostile_token *other)
{
    static change *const changes[] = {
        flip_bit,      flip_bit,      change_byte, change_byte, change_number, change_number,
        change_number, change_length, cut_end,     insert,      cut_out,       zero,
        move_piece,    repeat_piece,  take_piece,  take_all,
    };
    static _Thread_local struct hostile_token before;
    uint64_t times = 1 + (mutator_below(m, 2) ? mutator_below(m, 4) : 0);

    before.size = t->size;
    memcpy(before.data, t->data, t->size);
    if (!t->size) /* where nothing was to be said, there is something */
        (other->size && mutator_below(m, 2) ? take_all : insert)(m, t, other);
    while (times-- && t->size)
        changes[mutator_below(m, sizeof(changes) / sizeof(changes[0]))](m, t, other);
    if (!t->size && !before.size)
        insert(m, t, other);
    if (t->size && t->size == before.size && memcmp(t->data, before.data, t->size) == 0)
        flip_bit(m, t, other);
}

uint64_t hostile_number(const char *name, uint64_t usual)
{
    const char *text = getenv(name);

    return text && *text ? strtoull(text, NULL, 10) : usual;
}
