/*
 * AV_PAIR lists, [MS-NLMP] 2.2.2.1: the server's names and clock, and what the client adds to them
 * under the protection of its proof: that there is a MIC, the channel, the service it meant.
 */
#include "libsspi/packages/ntlm/wire/message.h"

#include <string.h>

static bool pair_read(struct wire_reader *r, uint16_t *id, struct ntlm_bytes *value)
{
    *id = wire_u16le(r);
    value->size = wire_u16le(r);
    value->data = wire_bytes(r, value->size);
    return wire_ok(r);
}

static void pair_write(struct wire_writer *w, uint16_t id, struct ntlm_bytes value)
{
    if (value.size > UINT16_MAX)
        wire_write_fail(w);
    wire_put_u16le(w, id);
    wire_put_u16le(w, (uint16_t)value.size);
    wire_put_bytes(w, value.data, value.size);
}

/* Where a pair of this kind goes; NULL for kinds that are not kept as bytes. */
static struct ntlm_bytes *place(struct ntlm_target_info *info, uint16_t id)
{
    switch (id) {
    case NTLM_AV_NB_COMPUTER:
        return &info->nb_computer;
    case NTLM_AV_NB_DOMAIN:
        return &info->nb_domain;
    case NTLM_AV_DNS_COMPUTER:
        return &info->dns_computer;
    case NTLM_AV_DNS_DOMAIN:
        return &info->dns_domain;
    case NTLM_AV_DNS_TREE:
        return &info->dns_tree;
    case NTLM_AV_TARGET_NAME:
        return &info->target_name;
    case NTLM_AV_CHANNEL_BINDINGS:
        return &info->channel_bindings;
    default:
        return NULL;
    }
}

bool ntlm_target_info_read(struct ntlm_bytes info, struct ntlm_target_info *out)
{
    struct wire_reader r = wire_reader(info.data, info.size), number;
    struct ntlm_bytes value, *slot;
    uint32_t seen = 0;
    uint16_t id;

    memset(out, 0, sizeof(*out));
    while (pair_read(&r, &id, &value)) {
        if (id == NTLM_AV_EOL)
            return value.size == 0;
        if (id < 32 && seen & 1u << id) /* which of the two would a check be about? */
            return false;
        if (id < 32)
            seen |= 1u << id;
        number = wire_reader(value.data, value.size);
        slot = place(out, id);
        if (slot) {
            *slot = value;
            if (id == NTLM_AV_CHANNEL_BINDINGS ? value.size != NTLM_BINDINGS_SIZE : value.size % 2)
                return false;
        } else if (id == NTLM_AV_FLAGS) {
            out->flags = wire_u32le(&number);
            if (!wire_done(&number))
                return false;
        } else if (id == NTLM_AV_TIMESTAMP) {
            out->timestamp = wire_u64le(&number);
            out->has_timestamp = true;
            if (!wire_done(&number))
                return false;
        } else if (id == NTLM_AV_SINGLE_HOST && value.size >= NTLM_SINGLE_HOST_SIZE) {
            wire_skip(&number, NTLM_SINGLE_HOST_SIZE - NTLM_MACHINE_ID_SIZE);
            out->machine_id = wire_bytes(&number, NTLM_MACHINE_ID_SIZE);
        }
    }
    return false;
}

void ntlm_target_info_write(struct wire_writer *w, const struct ntlm_target_info *info)
{
    static const uint16_t order[] = {NTLM_AV_NB_DOMAIN, NTLM_AV_NB_COMPUTER, NTLM_AV_DNS_DOMAIN,
                                     NTLM_AV_DNS_COMPUTER, NTLM_AV_DNS_TREE};
    struct ntlm_target_info copy = *info;

    for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
        struct ntlm_bytes *value = place(&copy, order[i]);

        if (value->data)
            pair_write(w, order[i], *value);
    }
    if (info->has_timestamp) {
        wire_put_u16le(w, NTLM_AV_TIMESTAMP);
        wire_put_u16le(w, 8);
        wire_put_u64le(w, info->timestamp);
    }
    pair_write(w, NTLM_AV_EOL, (struct ntlm_bytes){0});
}

/* The kinds that a server's list is rid of before a client says them itself. */
static bool is_clients(uint16_t id)
{
    return id == NTLM_AV_FLAGS || id == NTLM_AV_SINGLE_HOST || id == NTLM_AV_CHANNEL_BINDINGS ||
           id == NTLM_AV_TARGET_NAME;
}

/* 2.2.2.2; CustomData, for services on this machine, has nothing to say. */
static void single_host_write(struct wire_writer *w, const uint8_t machine_id[NTLM_MACHINE_ID_SIZE])
{
    wire_put_u16le(w, NTLM_AV_SINGLE_HOST);
    wire_put_u16le(w, NTLM_SINGLE_HOST_SIZE);
    wire_put_u32le(w, NTLM_SINGLE_HOST_SIZE);
    wire_put_zeros(w, 4 + 8);
    wire_put_bytes(w, machine_id, NTLM_MACHINE_ID_SIZE);
}

void ntlm_target_info_answer(struct wire_writer *w, struct ntlm_bytes info,
                             const struct ntlm_target_answer *answer)
{
    struct wire_reader r = wire_reader(info.data, info.size);
    struct ntlm_bytes value;
    uint16_t id;

    while (info.size && pair_read(&r, &id, &value) && id != NTLM_AV_EOL) {
        if (!is_clients(id))
            pair_write(w, id, value);
    }
    if (!wire_ok(&r))
        wire_write_fail(w);
    if (answer->flags) {
        wire_put_u16le(w, NTLM_AV_FLAGS);
        wire_put_u16le(w, 4);
        wire_put_u32le(w, answer->flags);
    }
    if (answer->machine_id)
        single_host_write(w, answer->machine_id);
    pair_write(w, NTLM_AV_CHANNEL_BINDINGS,
               (struct ntlm_bytes){answer->bindings, NTLM_BINDINGS_SIZE});
    pair_write(w, NTLM_AV_TARGET_NAME, answer->target);
    pair_write(w, NTLM_AV_EOL, (struct ntlm_bytes){0});
}
