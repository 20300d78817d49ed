/*
 * A bounded cursor over bytes, for everything that is read from or written to a peer. It cannot run
 * past its end; the first error sticks, so a parser may read a whole message and ask once, at the
 * end, whether all of it was there.
 */
#ifndef CREDMGR_BASE_WIRE_H
#define CREDMGR_BASE_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A reader borrows the bytes it reads: they must outlive it. */
struct wire_reader {
    const uint8_t *data;
    size_t size;   /* bytes at data */
    size_t offset; /* next byte to be read, 0..size */
    bool failed;   /* sticky: a read went past the end, or the caller called wire_fail() */
};

/* A writer writes into a fixed buffer of the caller, or into one that grows (wire_writer_grow). */
struct wire_writer {
    uint8_t *data;
    size_t size;   /* bytes allocated at data */
    size_t offset; /* bytes written */
    size_t limit;  /* the most that a growing writer may hold; 0: the buffer is fixed */
    bool failed;   /* sticky: no room, no memory, or a length that does not fit its field */
};

struct wire_reader wire_reader(const void *data, size_t size);
void wire_read_fail(struct wire_reader *r);
size_t wire_left(const struct wire_reader *r);

/* Each returns 0 and makes the reader fail when the bytes are not there. */
uint8_t wire_u8(struct wire_reader *r);
uint16_t wire_u16le(struct wire_reader *r);
uint32_t wire_u32le(struct wire_reader *r);
uint64_t wire_u64le(struct wire_reader *r);
uint16_t wire_u16be(struct wire_reader *r);
uint32_t wire_u32be(struct wire_reader *r);
uint64_t wire_u64be(struct wire_reader *r);

/* The next `size` bytes, borrowed; NULL (and failure) when they are not there. Never NULL for size
 * 0. */
const uint8_t *wire_bytes(struct wire_reader *r, size_t size);
void wire_copy(struct wire_reader *r, void *out, size_t size); /* zeroes `out` on failure */
void wire_skip(struct wire_reader *r, size_t size);
void wire_seek(struct wire_reader *r, size_t offset);

/* A reader over `size` bytes of the same message at the absolute offset `offset`; failed when they
 * are outside. */
struct wire_reader wire_slice(const struct wire_reader *r, size_t offset, size_t size);
/* True when nothing failed; with wire_done() also nothing is left over. */
bool wire_ok(const struct wire_reader *r);
bool wire_done(const struct wire_reader *r);

struct wire_writer wire_writer(void *buffer, size_t size);
/* A writer that allocates; it never holds more than `limit` bytes. Free with wire_writer_free,
 * which wipes. */
struct wire_writer wire_writer_grow(size_t limit);
void wire_writer_free(struct wire_writer *w);
/* Gives the allocated bytes of a growing writer to the caller (free()); NULL when the writer
 * failed. */
uint8_t *wire_writer_take(struct wire_writer *w, size_t *size);
void wire_write_fail(struct wire_writer *w);

void wire_put_u8(struct wire_writer *w, uint8_t v);
void wire_put_u16le(struct wire_writer *w, uint16_t v);
void wire_put_u32le(struct wire_writer *w, uint32_t v);
void wire_put_u64le(struct wire_writer *w, uint64_t v);
void wire_put_u16be(struct wire_writer *w, uint16_t v);
void wire_put_u32be(struct wire_writer *w, uint32_t v);
void wire_put_u64be(struct wire_writer *w, uint64_t v);
void wire_put_bytes(struct wire_writer *w, const void *data, size_t size);
void wire_put_zeros(struct wire_writer *w, size_t size);
/* Overwrites bytes already written, e.g. a length known only at the end. */
void wire_patch_u16le(struct wire_writer *w, size_t offset, uint16_t v);
void wire_patch_u32le(struct wire_writer *w, size_t offset, uint32_t v);
void wire_patch_bytes(struct wire_writer *w, size_t offset, const void *data, size_t size);
bool wire_write_ok(const struct wire_writer *w);

#endif
