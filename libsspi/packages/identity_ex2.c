/*
 * The reader and the writer of SEC_WINNT_AUTH_IDENTITY_EX2 and of the packed credentials in it.
 */
#include "libsspi/packages/identity_ex2.h"

#include <errno.h>
#include <string.h>

#include "base/secret.h"
#include "base/wire.h"

#define PADDING 8 /* behind the block, for encryption in place */

/* Sizes as the compiler lays the structures out. */
#define HEADER        sizeof(SEC_WINNT_AUTH_IDENTITY_EX2)
#define PACKED_HEADER sizeof(SEC_WINNT_AUTH_PACKED_CREDENTIALS)
#define VECTOR        sizeof(SEC_WINNT_AUTH_BYTE_VECTOR)
_Static_assert(HEADER == 48 && PACKED_HEADER == 28 && VECTOR == 8, "the layout of Windows x64");

/* ---- SEC_WINNT_AUTH_IDENTITY_EX2 ----------------------------------------------------------- */

bool identity_ex2_head(const void *block, size_t size, size_t *length)
{
    struct wire_reader r = wire_reader(block, size);
    uint32_t version = wire_u32le(&r);
    uint16_t header = wire_u16le(&r);

    wire_skip(&r, 2);
    *length = wire_u32le(&r);
    return wire_ok(&r) && version == SEC_WINNT_AUTH_IDENTITY_VERSION_2 && header == HEADER &&
           *length >= HEADER && *length <= IDENTITY_EX2_MAX;
}

/* An offset and a length of 16 bits; both are padded to four bytes. An area that is nowhere is
 * none. */
static void read_area(struct wire_reader *r, struct identity_area *out)
{
    uint32_t offset = wire_u32le(r);
    uint16_t length = wire_u16le(r);
    struct wire_reader part;

    wire_skip(r, 2);
    *out = (struct identity_area){NULL, 0};
    if (offset == 0 && length == 0)
        return;
    part = wire_slice(r, offset, length);
    if (part.failed || offset < HEADER)
        wire_read_fail(r);
    else
        *out = (struct identity_area){part.data, length};
}

bool identity_ex2_read(const void *block, size_t size, struct identity_ex2 *out)
{
    struct wire_reader r;
    size_t end;

    memset(out, 0, sizeof(*out));
    if (!identity_ex2_head(block, size, &end) || end > size)
        return false;
    r = wire_reader(block, end);
    wire_skip(&r, offsetof(SEC_WINNT_AUTH_IDENTITY_EX2, UserOffset));
    read_area(&r, &out->user);
    read_area(&r, &out->domain);
    read_area(&r, &out->packed);
    out->flags = wire_u32le(&r);
    read_area(&r, &out->packages);
    if (out->flags & SEC_WINNT_AUTH_IDENTITY_FLAGS_NULL_USER && !out->user.size)
        out->user.data = NULL;
    if (out->flags & SEC_WINNT_AUTH_IDENTITY_FLAGS_NULL_DOMAIN && !out->domain.size)
        out->domain.data = NULL;
    switch (out->flags & (SEC_WINNT_AUTH_IDENTITY_ANSI | SEC_WINNT_AUTH_IDENTITY_UNICODE)) {
    case SEC_WINNT_AUTH_IDENTITY_ANSI:
        return wire_ok(&r);
    case SEC_WINNT_AUTH_IDENTITY_UNICODE:
        return wire_ok(&r) && (out->user.size | out->domain.size | out->packages.size) % 2 == 0;
    default:
        return false;
    }
}

static void write_area(struct wire_writer *w, struct identity_area area, size_t at)
{
    wire_put_u32le(w, area.data ? (uint32_t)at : 0);
    wire_put_u16le(w, (uint16_t)area.size);
    wire_put_u16le(w, 0);
}

void *identity_ex2_write(const struct identity_ex2 *in, size_t *size)
{
    const struct identity_area *areas[] = {&in->packed, &in->user, &in->domain, &in->packages};
    size_t total = HEADER, at[4];
    struct wire_writer w;
    uint8_t *block;

    for (size_t i = 0; i < 4; i++) {
        if (areas[i]->size > UINT16_MAX) {
            errno = EMSGSIZE;
            return NULL;
        }
        at[i] = total;
        total += areas[i]->size + areas[i]->size % 2; /* UTF-16 begins at an even address */
    }
    block = secret_alloc(total + PADDING);
    if (!block)
        return NULL;
    w = wire_writer(block, total);
    wire_put_u32le(&w, SEC_WINNT_AUTH_IDENTITY_VERSION_2);
    wire_put_u16le(&w, HEADER);
    wire_put_u16le(&w, 0);
    wire_put_u32le(&w, (uint32_t)total);
    write_area(&w, in->user, at[1]);
    write_area(&w, in->domain, at[2]);
    write_area(&w, in->packed, at[0]);
    wire_put_u32le(&w, in->flags | SEC_WINNT_AUTH_IDENTITY_FLAGS_RESERVED |
                           SEC_WINNT_AUTH_IDENTITY_MARSHALLED |
                           (in->user.data ? 0 : SEC_WINNT_AUTH_IDENTITY_FLAGS_NULL_USER) |
                           (in->domain.data ? 0 : SEC_WINNT_AUTH_IDENTITY_FLAGS_NULL_DOMAIN));
    write_area(&w, in->packages, at[3]);
    for (size_t i = 0; i < 4; i++) {
        wire_put_bytes(&w, areas[i]->data, areas[i]->size);
        wire_put_zeros(&w, areas[i]->size % 2);
    }
    if (!wire_write_ok(&w)) {
        secret_free(block);
        errno = EMSGSIZE;
        return NULL;
    }
    *size = total;
    return block;
}

/* ---- SEC_WINNT_AUTH_PACKED_CREDENTIALS --------------------------------------------------------
 */

static void read_vector(struct wire_reader *r, struct identity_area *out)
{
    uint32_t offset = wire_u32le(r);
    uint16_t length = wire_u16le(r);
    struct wire_reader part = wire_slice(r, offset, length);

    wire_skip(r, 2);
    if (part.failed)
        wire_read_fail(r);
    else
        *out = (struct identity_area){part.data, length};
}

static void write_vector(struct wire_writer *w, size_t offset, size_t length)
{
    wire_put_u32le(w, (uint32_t)offset);
    wire_put_u16le(w, (uint16_t)length);
    wire_put_u16le(w, 0);
}

bool identity_packed_read(struct identity_area packed, GUID *type, struct identity_area *data)
{
    struct wire_reader r = wire_reader(packed.data, packed.size);
    uint16_t header = wire_u16le(&r), length = wire_u16le(&r);

    *data = (struct identity_area){NULL, 0};
    if (header != PACKED_HEADER || length < header || length > packed.size)
        return false;
    r.size = length;
    type->Data1 = wire_u32le(&r);
    type->Data2 = wire_u16le(&r);
    type->Data3 = wire_u16le(&r);
    wire_copy(&r, type->Data4, sizeof(type->Data4));
    read_vector(&r, data);
    return wire_ok(&r);
}

bool identity_password_read(struct identity_area data, struct identity_area *password)
{
    struct wire_reader r = wire_reader(data.data, data.size);

    *password = (struct identity_area){NULL, 0};
    read_vector(&r, password);
    return wire_ok(&r) && password->size % 2 == 0;
}

void *identity_password_write(const void *password, size_t size, size_t *packed_size)
{
    const GUID *type = &SEC_WINNT_AUTH_DATA_TYPE_PASSWORD;
    size_t total = PACKED_HEADER + VECTOR + size;
    struct wire_writer w;
    uint8_t *packed;

    if (total > UINT16_MAX) {
        errno = EMSGSIZE;
        return NULL;
    }
    packed = secret_alloc(total);
    if (!packed)
        return NULL;
    w = wire_writer(packed, total);
    wire_put_u16le(&w, PACKED_HEADER);
    wire_put_u16le(&w, (uint16_t)total);
    wire_put_u32le(&w, type->Data1);
    wire_put_u16le(&w, type->Data2);
    wire_put_u16le(&w, type->Data3);
    wire_put_bytes(&w, type->Data4, sizeof(type->Data4));
    write_vector(&w, PACKED_HEADER, VECTOR + size);
    write_vector(&w, VECTOR, size);
    wire_put_bytes(&w, password, size);
    *packed_size = total;
    return packed;
}

bool identity_same_type(const GUID *a, const GUID *b)
{
    return memcmp(a, b, sizeof(*a)) == 0;
}
