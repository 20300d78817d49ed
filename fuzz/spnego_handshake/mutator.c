/*
 * Changes of a negotiation that random bytes would hardly find, because of all the lengths in DER:
 * fields of a token come, go and are exchanged, messages are lost, doubled and made up.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/wire.h"
#include "libsspi/packages/negotiate/spnego/token.h"

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed);

#define MESSAGES_MAX 16
struct message {
    uint8_t *data;
    size_t size;
};

static unsigned pick(unsigned *seed, unsigned count)
{
    *seed = *seed * 1103515245u + 12345u;
    return (*seed >> 16) % count;
}

static struct nego_bytes bytes(const char *text)
{
    return (struct nego_bytes){text ? (const uint8_t *)text : NULL, text ? strlen(text) : 0};
}

static struct nego_bytes any_token(unsigned *seed)
{
    static const char *const tokens[] = {NULL, "tC", "tD", "tE", "tF", "tN"};

    return bytes(tokens[pick(seed, 6)]);
}

static struct nego_bytes any_mic(unsigned *seed)
{
    static const char *const mics[] = {NULL, NULL, "good", "evil", "tD"};

    return bytes(mics[pick(seed, 5)]);
}

static struct nego_oid any_oid(unsigned *seed)
{
    static const uint8_t ntlm[] = {0x06, 10, 0x2b, 6, 1, 4, 1, 0x82, 0x37, 2, 2, 10};
    static const uint8_t negoex[] = {0x06, 10, 0x2b, 6, 1, 4, 1, 0x82, 0x37, 2, 2, 30};
    static const uint8_t other[] = {0x06, 5, 0x2a, 3, 4, 5, 6};
    const struct nego_oid oids[] = {nego_oid_kerberos,
                                    nego_oid_kerberos_wrong,
                                    {ntlm, sizeof(ntlm)},
                                    {negoex, sizeof(negoex)},
                                    {other, sizeof(other)}};

    return oids[pick(seed, 5)];
}

static void change_resp(struct message *m, unsigned *seed)
{
    struct nego_resp resp;
    uint8_t *data;
    size_t size;

    if (!nego_resp_read(m->data, m->size, &resp))
        resp.state = NEGO_ACCEPT_INCOMPLETE;
    switch (pick(seed, 4)) {
    case 0:
        resp.state = (enum nego_negstate)pick(seed, 5);
        break;
    case 1:
        resp.mechanism = pick(seed, 2) ? any_oid(seed) : (struct nego_oid){NULL, 0};
        break;
    case 2:
        resp.token = any_token(seed);
        break;
    default:
        resp.mic = any_mic(seed);
        break;
    }
    if (nego_resp_write(&resp, &data, &size)) {
        free(m->data);
        *m = (struct message){data, size};
    }
    nego_resp_clear(&resp);
}

static void change_init(struct message *m, unsigned *seed)
{
    struct nego_init init = {.hints = pick(seed, 4) == 0};
    uint8_t *data;
    size_t size;

    init.count = 1 + pick(seed, 4);
    for (size_t i = 0; i < init.count; i++)
        init.offers[i] = any_oid(seed);
    init.token = any_token(seed);
    init.mic = pick(seed, 3) ? bytes(NULL) : any_mic(seed);
    if (nego_init_write(&init, &data, &size, NULL, NULL)) {
        free(m->data);
        *m = (struct message){data, size};
    }
}

static void change(struct message *m, unsigned *seed)
{
    switch (nego_frame_read(m->data, m->size).kind) {
    case NEGO_FRAME_RESP:
        change_resp(m, seed);
        break;
    case NEGO_FRAME_INIT:
        change_init(m, seed);
        break;
    default:
        if (pick(seed, 2))
            change_resp(m, seed);
        else
            change_init(m, seed);
        break;
    }
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed)
{
    struct message messages[MESSAGES_MAX] = {{NULL, 0}};
    struct wire_reader r = wire_reader(data, size);
    uint8_t settings = wire_u8(&r);
    struct wire_writer w;
    unsigned count = 0, at;

    if (!size || pick(&seed, 3) == 0)
        return LLVMFuzzerMutate(data, size, max_size);
    while (count < MESSAGES_MAX && wire_left(&r) >= 2) {
        size_t length = wire_u16be(&r);

        length = length > wire_left(&r) ? wire_left(&r) : length;
        messages[count].data = malloc(length + 1);
        wire_copy(&r, messages[count].data, length);
        messages[count++].size = length;
    }
    at = pick(&seed, count + 1);
    switch (pick(&seed, 6)) {
    case 0:
        settings ^= (uint8_t)(1 << pick(&seed, 7));
        break;
    case 1: /* lost */
        if (at < count) {
            free(messages[at].data);
            memmove(messages + at, messages + at + 1, (--count - at) * sizeof(messages[0]));
            messages[count].data = NULL;
        }
        break;
    case 2: /* made up */
        if (count < MESSAGES_MAX) {
            memmove(messages + at + 1, messages + at, (count++ - at) * sizeof(messages[0]));
            messages[at] = (struct message){calloc(1, 1), 0};
            change(&messages[at], &seed);
        }
        break;
    default:
        if (at < count)
            change(&messages[at], &seed);
        break;
    }
    w = wire_writer(data, max_size);
    wire_put_u8(&w, settings);
    for (unsigned i = 0; i < count; i++) {
        if (w.offset + 2 + messages[i].size <= max_size && messages[i].size <= 0xffff) {
            wire_put_u16be(&w, (uint16_t)messages[i].size);
            wire_put_bytes(&w, messages[i].data, messages[i].size);
        }
        free(messages[i].data);
    }
    return w.offset;
}
