/*
 * Options of the test programs: a table says what each sets.
 */
#ifndef CREDMGR_TEST_PROGRAMS_OPTIONS_H
#define CREDMGR_TEST_PROGRAMS_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

/* Exactly one of the places is set. */
struct program_option {
    const char *name; /* without its dashes */
    const char **text;
    int *number;
    bool *set;
    uint32_t *bits; /* gets `bit` besides */
    uint32_t bit;
};

/* The table ends with a NULL name. false for an unknown option; *rest is the index of the first
 * argument that is none. */
bool options_parse(int argc, char **argv, const struct program_option *table, int *rest);

#endif
