/*
 * A list of things of one kind, printed for people (a table) or for programs (JSON). Each command
 * of credmgr(1) fills one; how text that may come from anybody (names, hosts) reaches a terminal is
 * decided here alone.
 */
#ifndef CREDMGR_TOOLS_REPORT_H
#define CREDMGR_TOOLS_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* A column. Cells are added in the order of the columns, with the function of the column's kind. */
struct report_column {
    const char *key;   /* in JSON */
    const char *title; /* in the table; NULL: not shown there */
    enum report_kind {
        REPORT_TEXT,   /* report_text; in JSON a string */
        REPORT_LIST,   /* report_text, words separated by blanks; in JSON an array of strings */
        REPORT_NUMBER, /* report_number */
        REPORT_BOOL,   /* report_bool; in the table yes or no */
        REPORT_MARK,   /* report_bool; in the table * or nothing */
        REPORT_TIME, /* report_number, seconds since 1970; in the table local time, in JSON ISO 8601
                        in UTC */
        REPORT_DURATION, /* report_number, microseconds; in the table milliseconds */
    } kind;
};

struct report;

/*
 * `name` is the key of the array in JSON. The columns must outlive the report. NULL without memory.
 */
struct report *report_new(const char *name, const struct report_column *columns, size_t count);
void report_free(struct report *report);

/*
 * The next cell. NULL text and REPORT_NOTHING print as "-" and null. A report that ran out of
 * memory, or got a cell too few, or one of another kind, is broken, which report_print_* tell.
 */
#define REPORT_NOTHING INT64_MIN
void report_text(struct report *report, const char *text);
void report_number(struct report *report, int64_t number);
void report_bool(struct report *report, bool yes);
/* Rows so far. */
size_t report_rows(const struct report *report);

/*
 * A line of titles and a line a row, in columns. False with errno when it could not be written, or
 * is broken (EINVAL, ENOMEM).
 */
bool report_print_table(const struct report *report, FILE *out);
/* The first row only, a line a column: "title: value". */
bool report_print_lines(const struct report *report, FILE *out);
/*
 * A list that belongs to the first row of `report`, which owns it from now on (also after an
 * error): its table stands behind the lines, its array within the JSON object. NULL breaks the
 * report: there was no memory for it.
 */
void report_append(struct report *report, struct report *list);
/* {"name": [{…}, …]} */
bool report_print_json(const struct report *report, FILE *out);
/* The first row only: {…} */
bool report_print_json_object(const struct report *report, FILE *out);

/*
 * `text` as it may go to a terminal, in new memory (free()): what could move its cursor, change its
 * colours or turn the direction of writing (control characters, and Unicode's of format), and what
 * is no UTF-8, as \x1b or \u202e.
 */
char *report_for_terminal(const char *text);

#endif
