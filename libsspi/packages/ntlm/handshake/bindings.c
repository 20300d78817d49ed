/*
 * Channel bindings: the SEC_CHANNEL_BINDINGS an application hands over, and the hash of them that
 * NTLM sends.
 */
#include "libsspi/packages/ntlm/lsa_half.h"

#include <stddef.h>

/* One type or length in front of bytes, as it is hashed. */
struct number {
    uint8_t bytes[4];
};

static struct ntlm_bytes put(struct number *n, uint32_t value)
{
    struct wire_writer w = wire_writer(n->bytes, sizeof(n->bytes));

    wire_put_u32le(&w, value);
    return (struct ntlm_bytes){n->bytes, sizeof(n->bytes)};
}

/* Length and offset of one part; the bytes must lie in the buffer. */
static struct ntlm_bytes part(struct wire_reader *r)
{
    struct ntlm_bytes bytes = {NULL, wire_u32le(r)};
    uint32_t offset = wire_u32le(r);
    struct wire_reader slice = wire_slice(r, bytes.size ? offset : 0, bytes.size);

    bytes.data = wire_bytes(&slice, bytes.size);
    if (!wire_ok(&slice))
        wire_read_fail(r);
    return bytes;
}

/* SEC_CHANNEL_BINDINGS_EX has a header in front, and offsets that count it. */
static void skip_header(struct wire_reader *r)
{
    uint32_t magic = wire_u32le(r);

    wire_seek(r, magic == SEC_CHANNEL_BINDINGS_EX_MAGIC
                     ? offsetof(SEC_CHANNEL_BINDINGS_EX, dwInitiatorAddrType)
                     : 0);
}

/*
 * RFC 2744 section 3.11 laid out as [MS-NLMP] 2.2.2.1 refers to it: type, length, bytes; type,
 * length, bytes; length, bytes.
 */
bool ntlm_bindings_hash(const void *buffer, size_t size, uint8_t hash[NTLM_BINDINGS_SIZE])
{
    struct wire_reader r = wire_reader(buffer, size);
    struct number numbers[5];
    struct ntlm_bytes initiator, acceptor, application;
    uint32_t type, acceptor_type;

    skip_header(&r);
    type = wire_u32le(&r);
    initiator = part(&r);
    acceptor_type = wire_u32le(&r);
    acceptor = part(&r);
    application = part(&r);
    if (!wire_ok(&r))
        return false;
    const struct ntlm_bytes parts[] = {
        put(&numbers[0], type),
        put(&numbers[1], (uint32_t)initiator.size),
        initiator,
        put(&numbers[2], acceptor_type),
        put(&numbers[3], (uint32_t)acceptor.size),
        acceptor,
        put(&numbers[4], (uint32_t)application.size),
        application,
    };
    return ntlm_md5(parts, sizeof(parts) / sizeof(parts[0]), hash);
}

bool ntlm_bindings_audited(const void *buffer, size_t size)
{
    struct wire_reader r = wire_reader(buffer, size);

    return wire_u32le(&r) == SEC_CHANNEL_BINDINGS_EX_MAGIC &&
           (wire_u32le(&r) & SEC_CHANNEL_BINDINGS_AUDIT_BINDINGS) && wire_ok(&r);
}
