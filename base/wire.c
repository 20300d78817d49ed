/*
 * The one place where pointers run over bytes that a peer sent. Everything above reads and writes
 * whole numbers and counted strings, and asks once whether all of it was there.
 */
#include "base/wire.h"
#include "base/secret.h"

#include <stdlib.h>
#include <string.h>

/* ---- reading ------------------------------------------------------------------------------- */

struct wire_reader wire_reader(const void *data, size_t size)
{
    return (struct wire_reader){.data = data, .size = data ? size : 0, .failed = !data && size};
}

void wire_read_fail(struct wire_reader *r)
{
    r->failed = true;
}

size_t wire_left(const struct wire_reader *r)
{
    return r->failed ? 0 : r->size - r->offset;
}

const uint8_t *wire_bytes(struct wire_reader *r, size_t size)
{
    static const uint8_t nothing[1];

    if (r->failed || size > r->size - r->offset) {
        r->failed = true;
        return NULL;
    }
    const uint8_t *bytes = r->data ? r->data + r->offset : nothing;
    r->offset += size;
    return bytes;
}

/* `size` bytes, at most 8, as one number, most significant byte first. */
static uint64_t read_big(struct wire_reader *r, size_t size)
{
    const uint8_t *bytes = wire_bytes(r, size);
    uint64_t v = 0;

    for (size_t i = 0; bytes && i < size; i++)
        v = v << 8 | bytes[i];
    return v;
}

static uint64_t read_little(struct wire_reader *r, size_t size)
{
    const uint8_t *bytes = wire_bytes(r, size);
    uint64_t v = 0;

    for (size_t i = size; bytes && i > 0; i--)
        v = v << 8 | bytes[i - 1];
    return v;
}

uint8_t wire_u8(struct wire_reader *r)
{
    return (uint8_t)read_big(r, 1);
}

uint16_t wire_u16le(struct wire_reader *r)
{
    return (uint16_t)read_little(r, 2);
}

uint32_t wire_u32le(struct wire_reader *r)
{
    return (uint32_t)read_little(r, 4);
}

uint64_t wire_u64le(struct wire_reader *r)
{
    return read_little(r, 8);
}

uint16_t wire_u16be(struct wire_reader *r)
{
    return (uint16_t)read_big(r, 2);
}

uint32_t wire_u32be(struct wire_reader *r)
{
    return (uint32_t)read_big(r, 4);
}

uint64_t wire_u64be(struct wire_reader *r)
{
    return read_big(r, 8);
}

void wire_copy(struct wire_reader *r, void *out, size_t size)
{
    const uint8_t *bytes = wire_bytes(r, size);

    if (!size)
        return;
    if (bytes)
        memcpy(out, bytes, size);
    else
        memset(out, 0, size);
}

void wire_skip(struct wire_reader *r, size_t size)
{
    (void)wire_bytes(r, size);
}

void wire_seek(struct wire_reader *r, size_t offset)
{
    if (r->failed || offset > r->size)
        r->failed = true;
    else
        r->offset = offset;
}

struct wire_reader wire_slice(const struct wire_reader *r, size_t offset, size_t size)
{
    struct wire_reader slice = {.failed = true};

    if (!r->failed && offset <= r->size && size <= r->size - offset)
        slice = wire_reader(r->data ? r->data + offset : NULL, size);
    return slice;
}

bool wire_ok(const struct wire_reader *r)
{
    return !r->failed;
}

bool wire_done(const struct wire_reader *r)
{
    return !r->failed && r->offset == r->size;
}

/* ---- writing ------------------------------------------------------------------------------- */

struct wire_writer wire_writer(void *buffer, size_t size)
{
    return (struct wire_writer){.data = buffer, .size = buffer ? size : 0};
}

struct wire_writer wire_writer_grow(size_t limit)
{
    return (struct wire_writer){.limit = limit};
}

void wire_writer_free(struct wire_writer *w)
{
    if (w->limit && w->data) {
        secret_wipe(w->data, w->size);
        free(w->data);
    }
    *w = (struct wire_writer){.failed = true};
}

uint8_t *wire_writer_take(struct wire_writer *w, size_t *size)
{
    uint8_t *data = NULL;

    *size = 0;
    if (!w->failed && w->limit) {
        data = w->data ? w->data : calloc(1, 1);
        *size = data ? w->offset : 0;
        *w = (struct wire_writer){.failed = true};
    } else {
        wire_writer_free(w);
    }
    return data;
}

void wire_write_fail(struct wire_writer *w)
{
    w->failed = true;
}

/* Most messages are shorter. */
#define FIRST_SIZE 512

/* Makes room for `size` more bytes. The old block is wiped: realloc() would leave a copy of what it
 * held. */
static bool room(struct wire_writer *w, size_t size)
{
    size_t want;
    uint8_t *bigger;

    if (w->failed)
        return false;
    if (size <= w->size - w->offset)
        return true;
    if (!w->limit || size > w->limit - w->offset)
        goto fail;
    want = w->size < w->limit / 2 ? w->size * 2 : w->limit;
    if (want < w->offset + size)
        want = w->offset + size;
    if (want < FIRST_SIZE)
        want = w->limit < FIRST_SIZE ? w->limit : FIRST_SIZE;
    bigger = malloc(want);
    if (!bigger)
        goto fail;
    if (w->data) {
        memcpy(bigger, w->data, w->offset);
        secret_wipe(w->data, w->size);
        free(w->data);
    }
    w->data = bigger;
    w->size = want;
    return true;
fail:
    w->failed = true;
    return false;
}

void wire_put_bytes(struct wire_writer *w, const void *data, size_t size)
{
    if (!room(w, size) || !size)
        return;
    memcpy(w->data + w->offset, data, size);
    w->offset += size;
}

void wire_put_zeros(struct wire_writer *w, size_t size)
{
    if (!room(w, size) || !size)
        return;
    memset(w->data + w->offset, 0, size);
    w->offset += size;
}

/* The next `size` bytes, to be written; NULL without room. */
static inline uint8_t *next(struct wire_writer *w, size_t size)
{
    uint8_t *at;

    if ((w->failed || size > w->size - w->offset) && !room(w, size))
        return NULL;
    at = w->data + w->offset;
    w->offset += size;
    return at;
}

static inline void put_big(struct wire_writer *w, uint64_t v, size_t size)
{
    uint8_t *at = next(w, size);

    for (size_t i = size; at && i > 0; i--, v >>= 8)
        at[i - 1] = (uint8_t)v;
}

static inline void put_little(struct wire_writer *w, uint64_t v, size_t size)
{
    uint8_t *at = next(w, size);

    for (size_t i = 0; at && i < size; i++, v >>= 8)
        at[i] = (uint8_t)v;
}

void wire_put_u8(struct wire_writer *w, uint8_t v)
{
    put_big(w, v, 1);
}

void wire_put_u16le(struct wire_writer *w, uint16_t v)
{
    put_little(w, v, 2);
}

void wire_put_u32le(struct wire_writer *w, uint32_t v)
{
    put_little(w, v, 4);
}

void wire_put_u64le(struct wire_writer *w, uint64_t v)
{
    put_little(w, v, 8);
}

void wire_put_u16be(struct wire_writer *w, uint16_t v)
{
    put_big(w, v, 2);
}

void wire_put_u32be(struct wire_writer *w, uint32_t v)
{
    put_big(w, v, 4);
}

void wire_put_u64be(struct wire_writer *w, uint64_t v)
{
    put_big(w, v, 8);
}

void wire_patch_bytes(struct wire_writer *w, size_t offset, const void *data, size_t size)
{
    if (w->failed || offset > w->offset || size > w->offset - offset) {
        w->failed = true;
        return;
    }
    if (size)
        memcpy(w->data + offset, data, size);
}

void wire_patch_u16le(struct wire_writer *w, size_t offset, uint16_t v)
{
    const uint8_t bytes[2] = {(uint8_t)v, (uint8_t)(v >> 8)};

    wire_patch_bytes(w, offset, bytes, sizeof(bytes));
}

void wire_patch_u32le(struct wire_writer *w, size_t offset, uint32_t v)
{
    const uint8_t bytes[4] = {(uint8_t)v, (uint8_t)(v >> 8), (uint8_t)(v >> 16),
                              (uint8_t)(v >> 24)};

    wire_patch_bytes(w, offset, bytes, sizeof(bytes));
}

bool wire_write_ok(const struct wire_writer *w)
{
    return !w->failed;
}
