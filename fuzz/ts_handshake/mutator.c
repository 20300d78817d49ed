/*
 * Changes of a handshake that random bytes would hardly find, because of all the lengths in DER:
 * fields of a TSRequest come, go and are exchanged, messages are lost, doubled and made up.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/messages.h"
#include "libsspi/packages/tspkg/wire/request.h"

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed);

static struct ts_bytes any_of(unsigned *seed, const struct ts_bytes *list, unsigned count)
{
    return list[fuzz_pick(seed, count)];
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
static void change(struct fuzz_message *m, unsigned *seed)
{
    struct ts_request request;
    uint8_t *data;
    size_t size;

    if (!ts_request_read(m->data, m->size, &request)) {
        request = (struct ts_request){.version = 6};
        switch (fuzz_pick(seed, 4)) {
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
            request.nonce = fuzz_pick(seed, 2) ? nonces[0] : none;
            break;
        default:
            request.auth_info = auths[0];
            break;
        }
    } else {
        switch (fuzz_pick(seed, 6)) {
        case 0:
            request.version = versions[fuzz_pick(seed, 11)];
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
            request.error = (int32_t)errors[fuzz_pick(seed, 5)];
            break;
        }
    }
    if (ts_request_write(&request, &data, &size)) {
        free(m->data);
        *m = (struct fuzz_message){data, size};
    }
}

static void settings(uint8_t *head, unsigned *seed)
{
    if (fuzz_pick(seed, 2))
        head[0] ^= (uint8_t)(1 << fuzz_pick(seed, 4));
    else
        head[1] = (uint8_t)fuzz_pick(seed, 25);
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed)
{
    return fuzz_messages_mutate(data, size, max_size, seed, 2, settings, change);
}
