/*
 * getopt_long() from a table of places.
 */
#include "tests/programs/options.h"

#include <getopt.h>
#include <stdlib.h>

#define OPTIONS_MAX 63

bool options_parse(int argc, char **argv, const struct program_option *table, int *rest)
{
    struct option names[OPTIONS_MAX + 1] = {{NULL, 0, NULL, 0}};
    int c;

    for (int i = 0; table[i].name; i++) {
        if (i == OPTIONS_MAX)
            abort();
        names[i] = (struct option){table[i].name, table[i].text || table[i].number, NULL, i + 1};
    }
    while ((c = getopt_long(argc, argv, "", names, NULL)) != -1) {
        const struct program_option *o = table + c - 1;

        if (c == '?')
            return false;
        if (o->text)
            *o->text = optarg;
        else if (o->number)
            *o->number = atoi(optarg);
        else if (o->set)
            *o->set = true;
        else
            *o->bits |= o->bit;
    }
    *rest = optind;
    return true;
}
