/*
 * Tokens as an attacker on the way would change them, the same ones in every run that has the same
 * seed.
 */
#ifndef CREDMGR_TEST_HOSTILE_MUTATE_H
#define CREDMGR_TEST_HOSTILE_MUTATE_H

#include <stddef.h>
#include <stdint.h>

#define HOSTILE_ROOM 65536

struct hostile_token {
    uint8_t data[HOSTILE_ROOM];
    size_t size;
};

struct mutator {
    uint64_t state;
};

/* The case of this number in the run of this seed: whatever came before it makes no difference. */
struct mutator mutator(uint64_t seed, uint64_t number);
/* At least 0, less than `limit`, which is not 0. */
uint64_t mutator_below(struct mutator *m, uint64_t limit);
/*
 * Changes `t` in one to four ways; `other` is a token of another message, from which pieces may
 * come. What comes out may have no byte at all, and never more than HOSTILE_ROOM. It always differs
 * from what it was.
 */
void mutate(struct mutator *m, struct hostile_token *t, const struct hostile_token *other);

/* A number of the environment, or what is usual: HOSTILE_SEED, HOSTILE_RUNS, HOSTILE_FROM. */
uint64_t hostile_number(const char *name, uint64_t usual);

#endif
