/*
 * What CredSSP and TSPkg tell each other: the parameters of the channel, and where a TSRequest in
 * it ends.
 */
#include "libsspi/packages/ts_channel.h"

#include "base/wire.h"

#define CHANNEL_VERSION 1

/* version, flags, size of the key, the key */
void ts_channel_write(uint8_t *bytes, const struct ts_channel *channel)
{
    struct wire_writer w = wire_writer(bytes, TS_CHANNEL_SIZE(channel->public_key_size));

    wire_put_u32le(&w, CHANNEL_VERSION);
    wire_put_u32le(&w, channel->flags);
    wire_put_u32le(&w, (uint32_t)channel->public_key_size);
    wire_put_bytes(&w, channel->public_key, channel->public_key_size);
}

bool ts_channel_read(const void *data, size_t size, struct ts_channel *channel)
{
    struct wire_reader r = wire_reader(data, data ? size : 0);
    bool known = wire_u32le(&r) == CHANNEL_VERSION;

    channel->flags = wire_u32le(&r);
    channel->public_key_size = wire_u32le(&r);
    channel->public_key = wire_bytes(&r, channel->public_key_size);
    return known && wire_done(&r) && channel->public_key_size &&
           channel->public_key_size <= TS_CHANNEL_KEY_MAX &&
           !(channel->flags & ~(uint32_t)(TS_CHANNEL_TRUSTED | TS_CHANNEL_REDIRECT));
}

/* X.690 8.1.3 and 10.1: SEQUENCE, its length definite and in the fewest bytes. */
SECURITY_STATUS ts_request_length(const uint8_t *data, size_t size, size_t *total)
{
    struct wire_reader r = wire_reader(data, size);
    size_t length = 0, more = 0;
    uint8_t first;

    *total = 2;
    if (size && wire_u8(&r) != 0x30)
        return SEC_E_INVALID_TOKEN;
    if (size < 2)
        return SEC_E_INCOMPLETE_MESSAGE;
    first = wire_u8(&r);
    if (first < 0x80) {
        *total += first;
        return SEC_E_OK;
    }
    more = first & 0x7f;
    if (more < 1 || more > 3)
        return SEC_E_INVALID_TOKEN;
    *total += more;
    if (size < *total)
        return SEC_E_INCOMPLETE_MESSAGE;
    for (size_t i = 0; i < more; i++)
        length = length << 8 | wire_u8(&r);
    *total += length;
    return length < 0x80 || length >> (8 * (more - 1)) == 0 || *total > TS_REQUEST_MAX
               ? SEC_E_INVALID_TOKEN
               : SEC_E_OK;
}
