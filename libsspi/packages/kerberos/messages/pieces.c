/*
 * Bytes that lie in pieces, moved about as one run.
 */
#include "libsspi/packages/kerberos/messages/pieces.h"

#include <string.h>

#include "base/secret.h"

void kerb_pieces_add(struct kerb_pieces *p, uint8_t *data, size_t size, bool sealed)
{
    struct kerb_segment *last = p->count ? &p->list[p->count - 1] : NULL;

    if (!size)
        return;
    if (last && last->sealed == sealed && last->data + last->size == data)
        last->size += size;
    else
        p->list[p->count++] = (struct kerb_segment){data, size, sealed};
}

size_t kerb_pieces_size(const struct kerb_pieces *p)
{
    size_t size = 0;

    for (size_t i = 0; i < p->count; i++)
        size += p->list[i].size;
    return size;
}

/* ---- a place in the run ---------------------------------------------------------------------- */

struct place {
    size_t piece, offset;
};

static struct place place_of(const struct kerb_pieces *p, size_t at)
{
    struct place place = {0, at};

    while (place.piece < p->count && place.offset >= p->list[place.piece].size)
        place.offset -= p->list[place.piece++].size;
    return place;
}

/* What lies there in one piece, at most `size` bytes of it. */
static uint8_t *here(const struct kerb_pieces *p, struct place place, size_t *size)
{
    const struct kerb_segment *s = &p->list[place.piece];

    if (*size > s->size - place.offset)
        *size = s->size - place.offset;
    return s->data + place.offset;
}

static void forward(const struct kerb_pieces *p, struct place *place, size_t by)
{
    place->offset += by;
    if (place->offset == p->list[place->piece].size) {
        place->piece++;
        place->offset = 0;
    }
}

static void step_back(const struct kerb_pieces *p, struct place *place)
{
    if (place->offset == 0 && place->piece)
        place->offset = p->list[--place->piece].size;
    place->offset--;
}

/* ---- the whole run --------------------------------------------------------------------------- */

void kerb_pieces_add_part(struct kerb_pieces *p, const struct kerb_pieces *from, size_t at,
                          size_t size)
{
    struct place place = place_of(from, at);

    for (size_t part; size; size -= part) {
        uint8_t *data;

        part = size;
        data = here(from, place, &part);
        kerb_pieces_add(p, data, part, true);
        forward(from, &place, part);
    }
}

void kerb_pieces_read(const struct kerb_pieces *p, size_t at, uint8_t *out, size_t size)
{
    struct place place = place_of(p, at);

    for (size_t part; size; size -= part, out += part) {
        const uint8_t *data;

        part = size;
        data = here(p, place, &part);
        memcpy(out, data, part);
        forward(p, &place, part);
    }
}

static void write_at(const struct kerb_pieces *p, size_t at, const uint8_t *in, size_t size)
{
    struct place place = place_of(p, at);

    for (size_t part; size; size -= part, in += part) {
        uint8_t *data;

        part = size;
        data = here(p, place, &part);
        memcpy(data, in, part);
        forward(p, &place, part);
    }
}

void kerb_pieces_move(const struct kerb_pieces *p, size_t to, size_t from, size_t size)
{
    uint8_t stage[512];

    if (to == from)
        return;
    for (size_t done = 0, part; done < size; done += part) {
        size_t at;

        part = size - done < sizeof(stage) ? size - done : sizeof(stage);
        /* Towards the end, the last bytes first: what is written must have been read. */
        at = to > from ? size - done - part : done;
        kerb_pieces_read(p, from + at, stage, part);
        write_at(p, to + at, stage, part);
    }
    secret_wipe(stage, sizeof(stage));
}

static void reverse(const struct kerb_pieces *p, size_t from, size_t size)
{
    struct place a, b;

    if (size < 2)
        return;
    a = place_of(p, from);
    b = place_of(p, from + size - 1);
    for (size_t left = size / 2; left; left--) {
        uint8_t *x = p->list[a.piece].data + a.offset, *y = p->list[b.piece].data + b.offset;
        uint8_t byte = *x;

        *x = *y;
        *y = byte;
        forward(p, &a, 1);
        step_back(p, &b);
    }
}

void kerb_pieces_rotate(const struct kerb_pieces *p, size_t by)
{
    size_t size = kerb_pieces_size(p);

    if (by == 0)
        return;
    reverse(p, 0, by);
    reverse(p, by, size - by);
    reverse(p, 0, size);
}
