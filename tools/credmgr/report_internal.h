/*
 * What the two forms of a report share.
 */
#ifndef CREDMGR_TOOLS_REPORT_INTERNAL_H
#define CREDMGR_TOOLS_REPORT_INTERNAL_H

#include <unitypes.h>

#include "tools/credmgr/report.h"

struct cell {
    char *text;     /* REPORT_TEXT, REPORT_LIST; may be NULL */
    int64_t number; /* all others */
};

struct report {
    const char *name;
    const struct report_column *columns;
    size_t columns_count;
    struct cell *cells;
    size_t count, room;
    int error;           /* sticky: the report is broken */
    struct report *list; /* report_append */
};

/* 0, or why it cannot be printed. */
int report_broken(const struct report *r);
const struct cell *report_cell(const struct report *r, size_t row, size_t column);
/* Flushes; false with errno, that of `error` or of the stream. */
bool report_finished(FILE *out, int error);
/* In new memory: local time for people, ISO 8601 in UTC for programs. */
char *report_time(int64_t seconds, bool for_people);
/*
 * The next character of `text` and, in *character, its code point; its bytes. Negative: one byte
 * that is no UTF-8 (or has no business in it, such as half of a surrogate pair).
 */
int report_next_character(const uint8_t *text, ucs4_t *character);
/* Characters that do something to what stands around them, rather than stand for themselves. */
bool report_is_active(ucs4_t c);

#endif
