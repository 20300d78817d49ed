/*
 * The parts that all three messages are built of: the signature, the descriptors of payload fields,
 * the version.
 */
#include "libsspi/packages/ntlm/wire/message.h"

#include <string.h>

static const uint8_t signature[8] = "NTLMSSP";

struct wire_reader ntlm_message_reader(const void *message, size_t size,
                                       enum ntlm_message_type type)
{
    struct wire_reader r = wire_reader(message, size);
    const uint8_t *head = wire_bytes(&r, sizeof(signature));

    if (size > NTLM_MESSAGE_MAX || !head || memcmp(head, signature, sizeof(signature)) != 0 ||
        wire_u32le(&r) != (uint32_t)type)
        wire_read_fail(&r);
    return r;
}

void ntlm_message_begin(struct wire_writer *w, enum ntlm_message_type type)
{
    wire_put_bytes(w, signature, sizeof(signature));
    wire_put_u32le(w, type);
}

/* 2.2.1: MaxLen is to be ignored, and so is the offset of an empty field. */
void ntlm_field_read(struct wire_reader *r, struct ntlm_bytes *out)
{
    uint16_t length = wire_u16le(r);
    uint32_t offset;
    struct wire_reader field;

    wire_skip(r, 2);
    offset = wire_u32le(r);
    *out = (struct ntlm_bytes){0};
    if (!length || !wire_ok(r))
        return;
    field = wire_slice(r, offset, length);
    out->data = wire_bytes(&field, length);
    out->size = length;
    if (!wire_ok(&field))
        wire_read_fail(r);
}

void ntlm_field_write(struct wire_writer *w, struct ntlm_bytes bytes, uint32_t *offset)
{
    if (bytes.size > UINT16_MAX)
        wire_write_fail(w);
    wire_put_u16le(w, (uint16_t)bytes.size);
    wire_put_u16le(w, (uint16_t)bytes.size);
    wire_put_u32le(w, *offset);
    *offset += (uint32_t)bytes.size;
}

void ntlm_version_read(struct wire_reader *r, struct ntlm_version *version)
{
    version->major = wire_u8(r);
    version->minor = wire_u8(r);
    version->build = wire_u16le(r);
    wire_skip(r, 3);
    version->revision = wire_u8(r);
}

void ntlm_version_write(struct wire_writer *w, const struct ntlm_version *version)
{
    wire_put_u8(w, version->major);
    wire_put_u8(w, version->minor);
    wire_put_u16le(w, version->build);
    wire_put_zeros(w, 3);
    wire_put_u8(w, version->revision);
}
