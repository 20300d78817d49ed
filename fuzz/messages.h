/*
 * What the mutators of handshakes have in common: an input is a few bytes of settings, then
 * messages, each with its size in two bytes before it; messages are lost, doubled, made up and
 * changed.
 */
#ifndef CREDMGR_FUZZ_MESSAGES_H
#define CREDMGR_FUZZ_MESSAGES_H

#include <stddef.h>
#include <stdint.h>

struct fuzz_message {
    uint8_t *data; /* malloc() */
    size_t size;
};

/* A number below `count` that follows from the seed. */
unsigned fuzz_pick(unsigned *seed, unsigned count);
/*
 * One change of an input, whose new size is returned: two times of three `settings` changes those
 * (the first `head` bytes), or a message is lost, or made up, or changed by `change`, which may
 * replace it; else libFuzzer has its way with it.
 */
size_t fuzz_messages_mutate(uint8_t *data, size_t size, size_t max_size, unsigned seed, size_t head,
                            void (*settings)(uint8_t *head, unsigned *seed),
                            void (*change)(struct fuzz_message *m, unsigned *seed));

#endif
