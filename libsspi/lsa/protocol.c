/*
 * Frames, bounded unpacking and the small conversions of lsa.proto, for the client and for lsad.
 */
#include "libsspi/lsa/protocol.h"
#include "base/secret.h"
#include "base/utf16.h"
#include "base/wire.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- unpacking ----------------------------------------------------------------------------- */

#define ARENA_ALIGN 16u
#define ARENA_EXTRA 4096u /* the structures of a small message */
#define ARENA_TIMES 4u    /* what a list of sessions needs at most, measured with empty fields */

static void *arena_alloc(void *data, size_t size)
{
    struct lsa_arena *arena = data;
    size_t need = (size + ARENA_ALIGN - 1) & ~(size_t)(ARENA_ALIGN - 1);
    void *p;

    if (need < size || need > arena->size - arena->used)
        return NULL;
    p = arena->memory + arena->used;
    arena->used += need;
    return p;
}

static void arena_free(void *data, void *pointer)
{
    (void)data;
    (void)pointer; /* all of it goes at once, in lsa_arena_close() */
}

bool lsa_arena_open(struct lsa_arena *arena, size_t message_size)
{
    arena->size = message_size * ARENA_TIMES + ARENA_EXTRA;
    arena->used = 0;
    arena->memory = secret_alloc(arena->size);
    arena->allocator.alloc = arena_alloc;
    arena->allocator.free = arena_free;
    arena->allocator.allocator_data = arena;
    return arena->memory != NULL;
}

void lsa_arena_close(struct lsa_arena *arena)
{
    secret_free(arena->memory);
    arena->memory = NULL;
    arena->size = arena->used = 0;
}

/* ---- frames -------------------------------------------------------------------------------- */

bool lsa_frame_size(const uint8_t *header, size_t *message_size)
{
    struct wire_reader r = wire_reader(header, LSA_FRAME_HEADER);
    uint32_t size = wire_u32be(&r);

    *message_size = size;
    return wire_done(&r) && size > 0 && size <= LSA_FRAME_MAX;
}

uint8_t *lsa_frame_pack(const ProtobufCMessage *message, size_t before, size_t *size)
{
    size_t message_size = protobuf_c_message_get_packed_size(message);
    struct wire_writer w;
    uint8_t *frame;

    if (message_size > LSA_FRAME_MAX) {
        errno = EMSGSIZE;
        return NULL;
    }
    frame = secret_alloc(before + LSA_FRAME_HEADER + message_size);
    if (!frame)
        return NULL;
    w = wire_writer(frame + before, LSA_FRAME_HEADER);
    wire_put_u32be(&w, (uint32_t)message_size);
    protobuf_c_message_pack(message, frame + before + LSA_FRAME_HEADER);
    *size = LSA_FRAME_HEADER + message_size;
    return frame;
}

/* ---- conversions --------------------------------------------------------------------------- */

uint64_t lsa_luid_number(const LUID *luid)
{
    return (uint64_t)(uint32_t)luid->HighPart << 32 | luid->LowPart;
}

LUID lsa_luid_from_number(uint64_t number)
{
    return (LUID){.LowPart = (DWORD)number, .HighPart = (LONG)(number >> 32)};
}

uint64_t lsa_luid_parse(const char *text, size_t size)
{
    uint64_t number = 0;

    if (size != 16)
        return 0;
    for (size_t i = 0; i < size; i++) {
        char c = text[i];
        unsigned digit;

        if (c >= '0' && c <= '9')
            digit = (unsigned)(c - '0');
        else if (c >= 'a' && c <= 'f')
            digit = (unsigned)(c - 'a') + 10;
        else if (c >= 'A' && c <= 'F')
            digit = (unsigned)(c - 'A') + 10;
        else
            return 0;
        number = number << 4 | digit;
    }
    return number;
}

ProtobufCBinaryData lsa_wide(const WCHAR *s)
{
    ProtobufCBinaryData field = {.len = 0, .data = NULL};

    if (s) {
        field.len = utf16_length(s) * sizeof(WCHAR);
        field.data = (uint8_t *)(uintptr_t)s;
    }
    return field;
}

WCHAR *lsa_wide_dup(const ProtobufCBinaryData *field)
{
    struct wire_reader r = wire_reader(field->data, field->len);
    size_t units = field->len / sizeof(WCHAR);
    WCHAR *s;

    if (field->len % sizeof(WCHAR) || field->len > LSA_NAME16_MAX) {
        errno = EILSEQ;
        return NULL;
    }
    s = calloc(units + 1, sizeof(*s));
    if (!s)
        return NULL;
    for (size_t i = 0; i < units; i++) {
        s[i] = wire_u16le(&r);
        if (!s[i]) {
            free(s);
            errno = EILSEQ;
            return NULL;
        }
    }
    return s;
}
