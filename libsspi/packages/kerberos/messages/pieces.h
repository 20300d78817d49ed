/*
 * A message's bytes as one run, whatever buffers they lie in: what a cipher or a MAC works through,
 * and what a token rotated by its sender is put right in. Nothing is allocated: everything happens
 * where the bytes lie.
 */
#ifndef CREDMGR_KERBEROS_PIECES_H
#define CREDMGR_KERBEROS_PIECES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libsspi/packages/kerberos/messages/crypto.h"

/* The data buffers of one message, and what the protocol puts before, between and behind them. */
#define KERB_DATA_BUFFERS_MAX 60
#define KERB_PIECES_MAX       (KERB_DATA_BUFFERS_MAX + 4)

struct kerb_pieces {
    struct kerb_segment list[KERB_PIECES_MAX];
    size_t count;
};

static inline void kerb_pieces_start(struct kerb_pieces *p)
{
    p->count = 0; /* the list itself need not be cleared for every message */
}

/* At the end. What lies directly behind the last piece becomes part of it: fewer calls of OpenSSL.
 */
void kerb_pieces_add(struct kerb_pieces *p, uint8_t *data, size_t size, bool sealed);
/* `size` bytes of `from` beginning at `at`, which must be there, as sealed ones. */
void kerb_pieces_add_part(struct kerb_pieces *p, const struct kerb_pieces *from, size_t at,
                          size_t size);

/* These take all pieces as one run; offsets and sizes must lie inside. */
size_t kerb_pieces_size(const struct kerb_pieces *p);
void kerb_pieces_read(const struct kerb_pieces *p, size_t at, uint8_t *out, size_t size);
void kerb_pieces_move(const struct kerb_pieces *p, size_t to, size_t from, size_t size);
/* To the left, by less than their size. */
void kerb_pieces_rotate(const struct kerb_pieces *p, size_t by);

#endif
