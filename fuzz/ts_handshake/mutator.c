/*
 * Changes of a handshake that random bytes would hardly find, because of all the lengths in DER:
 * fields of a TSRequest come, go and are exchanged, messages are lost, doubled and made up.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/wire.h"
#include "libsspi/packages/tspkg/wire/request.h"

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed);

#define MESSAGES_MAX 16
#define HEAD         2 /* settings, versions */
struct message {
    uint8_t *data;
    size_t size;
};

static unsigned pick(unsigned *seed, unsigned count)
{
    *seed = *seed * 1103515245u + 12345u;
    return (*seed >> 16) % count;
}

static struct ts_bytes any_of(unsigned *seed, const struct ts_bytes *list, unsigned count)
{
    return list[pick(seed, count)];
}

#define BYTES(text)                                                                                \
    {                                                                                              \
        (const uint8_t *)(text), sizeof(text) - 1                                                  \
    }
static const struct ts_bytes none = {NULL, 0};
static const struct ts_bytes tokens[] = {{NULL, 0},   BYTES(""),   BYTES("tC"), BYTES("tD"),
                                         BYTES("tE"), BYTES("tF"), BYTES("tR"), BYTES("tN")};
static const struct ts_bytes keys[] = {BYTES("K"), BYTES("K"), BYTES("K"), BYTES("Sno"),
                                       BYTES(""),  BYTES("x"), {NULL, 0}};
static const struct ts_bytes auths[] = {
    BYTES("S\x30\x17\xa0\x03\x02\x01\x01\xa1\x10\x04\x0e\x30\x0c\xa0\x02\x04\x00\xa1\x02\x04\x00"
          "\xa2\x02\x04\x00"),
    BYTES("S\x30\x00"),
    BYTES(""),
    BYTES("x"),
    {NULL, 0}};
static const struct ts_bytes nonces[] = {{(const uint8_t *)"0123456789abcdef0123456789abcdef", 32},
                                         {(const uint8_t *)"0123456789abcdef0123456789abcdeF", 32},
                                         {NULL, 0}};
static const uint32_t versions[] = {6, 6, 6, 5, 4, 3, 2, 1, 0, 7, UINT32_MAX};
static const uint32_t errors[] = {0xC000006D, 0xC00000BB, 0x80090318, 0, 0x00090312};

/* A message as it would come at some time, or with a field changed. */
static void change(struct message *m, unsigned *seed)
{
    struct ts_request request;
    uint8_t *data;
    size_t size;

    if (!ts_request_read(m->data, m->size, &request)) {
        request = (struct ts_request){.version = 6};
        switch (pick(seed, 4)) {
        case 0:
            request.nego_token = any_of(seed, tokens, 8);
            break;
        case 1:
            request.nego_token = any_of(seed, tokens, 8);
            request.pub_key_auth = keys[0];
            request.nonce = nonces[0];
            break;
        case 2:
            request.pub_key_auth = keys[0];
            request.nonce = pick(seed, 2) ? nonces[0] : none;
            break;
        default:
            request.auth_info = auths[0];
            break;
        }
    } else {
        switch (pick(seed, 6)) {
        case 0:
            request.version = versions[pick(seed, 11)];
            break;
        case 1:
            request.nego_token = any_of(seed, tokens, 8);
            break;
        case 2:
            request.pub_key_auth = any_of(seed, keys, 7);
            break;
        case 3:
            request.auth_info = any_of(seed, auths, 5);
            break;
        case 4:
            request.nonce = any_of(seed, nonces, 3);
            break;
        default:
            request.failed = !request.failed;
            request.error = (int32_t)errors[pick(seed, 5)];
            break;
        }
    }
    if (ts_request_write(&request, &data, &size)) {
        free(m->data);
        *m = (struct message){data, size};
    }
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed)
{
    struct message messages[MESSAGES_MAX] = {{NULL, 0}};
    struct wire_reader r = wire_reader(data, size);
    uint8_t head[HEAD];
    struct wire_writer w;
    unsigned count = 0, at;

    if (size < HEAD || pick(&seed, 3) == 0)
        return LLVMFuzzerMutate(data, size, max_size);
    wire_copy(&r, head, HEAD);
    while (count < MESSAGES_MAX && wire_left(&r) >= 2) {
        size_t length = wire_u16be(&r);

        length = length > wire_left(&r) ? wire_left(&r) : length;
        messages[count].data = malloc(length + 1);
        wire_copy(&r, messages[count].data, length);
        messages[count++].size = length;
    }
    at = pick(&seed, count + 1);
    switch (pick(&seed, 7)) {
    case 0:
        head[0] ^= (uint8_t)(1 << pick(&seed, 4));
        break;
    case 1:
        head[1] = (uint8_t)pick(&seed, 25);
        break;
    case 2: /* lost */
        if (at < count) {
            free(messages[at].data);
            memmove(messages + at, messages + at + 1, (--count - at) * sizeof(messages[0]));
            messages[count].data = NULL;
        }
        break;
    case 3: /* made up */
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
    wire_put_bytes(&w, head, HEAD);
    for (unsigned i = 0; i < count; i++) {
        if (w.offset + 2 + messages[i].size <= max_size && messages[i].size <= 0xffff) {
            wire_put_u16be(&w, (uint16_t)messages[i].size);
            wire_put_bytes(&w, messages[i].data, messages[i].size);
        }
        free(messages[i].data);
    }
    return w.offset;
}
