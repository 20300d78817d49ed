/*
 * Changes of a negotiation that random bytes would hardly find, because of all the lengths in DER:
 * fields of a token come, go and are exchanged, messages are lost, doubled and made up.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/messages.h"
#include "libsspi/packages/negotiate/spnego/token.h"

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed);

static struct nego_bytes bytes(const char *text)
{
    return (struct nego_bytes){text ? (const uint8_t *)text : NULL, text ? strlen(text) : 0};
}

static struct nego_bytes any_token(unsigned *seed)
{
    static const char *const tokens[] = {NULL, "tC", "tD", "tE", "tF", "tN"};

    return bytes(tokens[fuzz_pick(seed, 6)]);
}

static struct nego_bytes any_mic(unsigned *seed)
{
    static const char *const mics[] = {NULL, NULL, "good", "evil", "tD"};

    return bytes(mics[fuzz_pick(seed, 5)]);
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

    return oids[fuzz_pick(seed, 5)];
}

static void change_resp(struct fuzz_message *m, unsigned *seed)
{
    struct nego_resp resp;
    uint8_t *data;
    size_t size;

    if (!nego_resp_read(m->data, m->size, &resp))
        resp.state = NEGO_ACCEPT_INCOMPLETE;
    switch (fuzz_pick(seed, 4)) {
    case 0:
        resp.state = (enum nego_negstate)fuzz_pick(seed, 5);
        break;
    case 1:
        resp.mechanism = fuzz_pick(seed, 2) ? any_oid(seed) : (struct nego_oid){NULL, 0};
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
        *m = (struct fuzz_message){data, size};
    }
    nego_resp_clear(&resp);
}

static void change_init(struct fuzz_message *m, unsigned *seed)
{
    struct nego_init init = {.hints = fuzz_pick(seed, 4) == 0};
    uint8_t *data;
    size_t size;

    init.count = 1 + fuzz_pick(seed, 4);
    for (size_t i = 0; i < init.count; i++)
        init.offers[i] = any_oid(seed);
    init.token = any_token(seed);
    init.mic = fuzz_pick(seed, 3) ? bytes(NULL) : any_mic(seed);
    if (nego_init_write(&init, &data, &size, NULL, NULL)) {
        free(m->data);
        *m = (struct fuzz_message){data, size};
    }
}

static void change(struct fuzz_message *m, unsigned *seed)
{
    switch (nego_frame_read(m->data, m->size).kind) {
    case NEGO_FRAME_RESP:
        change_resp(m, seed);
        break;
    case NEGO_FRAME_INIT:
        change_init(m, seed);
        break;
    default:
        if (fuzz_pick(seed, 2))
            change_resp(m, seed);
        else
            change_init(m, seed);
        break;
    }
}

static void settings(uint8_t *head, unsigned *seed)
{
    head[0] ^= (uint8_t)(1 << fuzz_pick(seed, 7));
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed)
{
    return fuzz_messages_mutate(data, size, max_size, seed, 1, settings, change);
}
