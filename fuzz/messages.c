/*
 * See the header.
 */
#include "fuzz/messages.h"

#include <stdlib.h>
#include <string.h>

#include "base/wire.h"

#define MESSAGES_MAX 16
#define HEAD_MAX     8

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);

unsigned fuzz_pick(unsigned *seed, unsigned count)
{
    *seed = *seed * 1103515245u + 12345u;
    return (*seed >> 16) % count;
}

static unsigned read_all(struct wire_reader *r, struct fuzz_message *messages)
{
    unsigned count = 0;

    while (count < MESSAGES_MAX && wire_left(r) >= 2) {
        size_t length = wire_u16be(r);

        length = length > wire_left(r) ? wire_left(r) : length;
        messages[count].data = malloc(length + 1);
        wire_copy(r, messages[count].data, length);
        messages[count++].size = length;
    }
    return count;
}

static size_t write_all(struct wire_writer *w, struct fuzz_message *messages, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        if (w->offset + 2 + messages[i].size <= w->size && messages[i].size <= 0xffff) {
            wire_put_u16be(w, (uint16_t)messages[i].size);
            wire_put_bytes(w, messages[i].data, messages[i].size);
        }
        free(messages[i].data);
    }
    return w->offset;
}

size_t fuzz_messages_mutate(uint8_t *data, size_t size, size_t max_size, unsigned seed, size_t head,
                            void (*settings)(uint8_t *head, unsigned *seed),
                            void (*change)(struct fuzz_message *m, unsigned *seed))
{
    struct fuzz_message messages[MESSAGES_MAX] = {{NULL, 0}};
    struct wire_reader r = wire_reader(data, size);
    struct wire_writer w = wire_writer(data, max_size);
    uint8_t first[HEAD_MAX];
    unsigned count, at;

    if (size < head || head > HEAD_MAX || fuzz_pick(&seed, 3) == 0)
        return LLVMFuzzerMutate(data, size, max_size);
    wire_copy(&r, first, head);
    count = read_all(&r, messages);
    at = fuzz_pick(&seed, count + 1);
    switch (fuzz_pick(&seed, 6)) {
    case 0:
        settings(first, &seed);
        break;
    case 1: /* lost */
        if (at < count) {
            free(messages[at].data);
            memmove(messages + at, messages + at + 1, (--count - at) * sizeof(messages[0]));
        }
        break;
    case 2: /* made up */
        if (count < MESSAGES_MAX) {
            memmove(messages + at + 1, messages + at, (count++ - at) * sizeof(messages[0]));
            messages[at] = (struct fuzz_message){calloc(1, 1), 0};
            change(&messages[at], &seed);
        }
        break;
    default:
        if (at < count)
            change(&messages[at], &seed);
        break;
    }
    wire_put_bytes(&w, first, head);
    return write_all(&w, messages, count);
}
