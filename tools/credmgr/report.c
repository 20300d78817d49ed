/* Tables and JSON; see report.h. */
#include "tools/credmgr/report_internal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unictype.h>
#include <unistr.h>
#include <uniwidth.h>

struct report *report_new(const char *name, const struct report_column *columns, size_t count)
{
    struct report *report = calloc(1, sizeof *report);

    if (report) {
        report->name = name;
        report->columns = columns;
        report->columns_count = count;
    }
    return report;
}

void report_free(struct report *report)
{
    if (!report)
        return;
    for (size_t i = 0; i < report->count; i++)
        free(report->cells[i].text);
    free(report->cells);
    report_free(report->list);
    free(report);
}

/* ---- filling -------------------------------------------------------------------------------- */

static struct cell *next_cell(struct report *r, bool text, bool yes_or_no)
{
    enum report_kind kind = r->columns[r->count % r->columns_count].kind;
    bool is_text = kind == REPORT_TEXT || kind == REPORT_LIST;
    bool is_bool = kind == REPORT_BOOL || kind == REPORT_MARK;

    if (is_text != text || is_bool != yes_or_no)
        r->error = r->error ? r->error : EINVAL;
    if (r->error)
        return NULL;
    if (r->count == r->room) {
        size_t room = r->room ? 2 * r->room : 64;
        struct cell *cells = reallocarray(r->cells, room, sizeof *cells);

        if (!cells) {
            r->error = ENOMEM;
            return NULL;
        }
        r->cells = cells;
        r->room = room;
    }
    r->cells[r->count] = (struct cell){NULL, REPORT_NOTHING};
    return &r->cells[r->count++];
}

void report_text(struct report *r, const char *text)
{
    struct cell *cell = next_cell(r, true, false);

    if (cell && text) {
        cell->text = strdup(text);
        if (!cell->text)
            r->error = ENOMEM;
    }
}

void report_number(struct report *r, int64_t number)
{
    struct cell *cell = next_cell(r, false, false);

    if (cell)
        cell->number = number;
}

void report_bool(struct report *r, bool yes)
{
    struct cell *cell = next_cell(r, false, true);

    if (cell)
        cell->number = yes;
}

void report_append(struct report *r, struct report *list)
{
    report_free(r->list);
    r->list = list;
    if (!list)
        r->error = ENOMEM;
}

size_t report_rows(const struct report *r)
{
    return r->count / r->columns_count;
}

/* 0, or why it cannot be printed. */
int report_broken(const struct report *r)
{
    if (r->error || r->count % r->columns_count)
        return r->error ? r->error : EINVAL;
    return r->list ? report_broken(r->list) : 0;
}

const struct cell *report_cell(const struct report *r, size_t row, size_t column)
{
    return &r->cells[row * r->columns_count + column];
}

/*
 * ---- text of others ---------------------------------------------------------------------------
 */

/*
 * The next character of *text and, in *character, its code point; its bytes. Negative: one byte
 * that is no UTF-8 (or has no business in it, such as half of a surrogate pair).
 */
int report_next_character(const uint8_t *text, ucs4_t *character)
{
    int bytes = u8_strmbtouc(character, text);

    if (bytes > 0)
        return bytes;
    *character = *text;
    return -1;
}

/* Characters that do something to what stands around them, rather than stand for themselves. */
bool report_is_active(ucs4_t c)
{
    return uc_is_general_category_withtable(c, UC_CATEGORY_MASK_C | UC_CATEGORY_MASK_Zl |
                                                   UC_CATEGORY_MASK_Zp);
}

char *report_for_terminal(const char *text)
{
    const uint8_t *p = (const uint8_t *)text;
    char *result = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&result, &size);

    if (!out)
        return NULL;
    while (*p) {
        ucs4_t c;
        int bytes = report_next_character(p, &c);

        if (bytes > 0 && !report_is_active(c))
            fwrite(p, 1, (size_t)bytes, out);
        else if (bytes < 0 || c < 0x80)
            fprintf(out, "\\x%02x", (unsigned)c);
        else
            fprintf(out, "\\u%04x", (unsigned)c);
        p += bytes > 0 ? bytes : 1;
    }
    if (fclose(out) != 0) {
        free(result);
        return NULL;
    }
    return result;
}

/*
 * ---- for people -------------------------------------------------------------------------------
 */

char *report_time(int64_t seconds, bool for_people)
{
    char text[64] = "";
    time_t t = (time_t)seconds;
    struct tm tm;

    if (!(for_people ? localtime_r(&t, &tm) : gmtime_r(&t, &tm)) ||
        strftime(text, sizeof text, for_people ? "%Y-%m-%d %H:%M:%S" : "%Y-%m-%dT%H:%M:%SZ", &tm) ==
            0)
        snprintf(text, sizeof text, "%" PRId64, seconds);
    return strdup(text);
}

/* What stands in the table, in new memory; NULL without memory. */
static char *format_cell(const struct report *r, size_t row, size_t column)
{
    const struct cell *cell = report_cell(r, row, column);
    char *text = NULL;

    switch (r->columns[column].kind) {
    case REPORT_TEXT:
    case REPORT_LIST:
        return cell->text && *cell->text ? report_for_terminal(cell->text) : strdup("-");
    case REPORT_BOOL:
        return strdup(cell->number ? "yes" : "no");
    case REPORT_MARK:
        return strdup(cell->number ? "*" : " ");
    default:
        break;
    }
    if (cell->number == REPORT_NOTHING)
        return strdup("-");
    if (r->columns[column].kind == REPORT_TIME)
        return report_time(cell->number, true);
    if (r->columns[column].kind == REPORT_DURATION)
        return asprintf(&text, "%.1f ms", (double)cell->number / 1000) < 0 ? NULL : text;
    return asprintf(&text, "%" PRId64, cell->number) < 0 ? NULL : text;
}

static int width_of(const char *text)
{
    return u8_strwidth((const uint8_t *)text, "UTF-8");
}

static bool is_right_aligned(enum report_kind kind)
{
    return kind == REPORT_NUMBER || kind == REPORT_DURATION;
}

/* `text` in a column `width` wide; nothing is padded at the end of a line. */
static void print_column(const char *text, int width, bool right, bool last, FILE *out)
{
    int padding = width - width_of(text);

    fprintf(out, "%*s%s%*s", right ? padding : 0, "", text, right || last ? 0 : padding, "");
    fputs(last ? "\n" : "  ", out);
}

bool report_finished(FILE *out, int error)
{
    if (!error && (fflush(out) != 0 || ferror(out)))
        error = errno ? errno : EIO;
    errno = error;
    return error == 0;
}

bool report_print_table(const struct report *r, FILE *out)
{
    size_t rows = report_rows(r), last = 0;
    char **text = calloc(r->count ? r->count : 1, sizeof *text);
    int *width = calloc(r->columns_count, sizeof *width);
    int error = text && width ? report_broken(r) : ENOMEM;

    for (size_t c = 0; c < r->columns_count && !error; c++) {
        if (!r->columns[c].title)
            continue;
        last = c;
        width[c] = width_of(r->columns[c].title);
        for (size_t row = 0; row < rows && !error; row++) {
            char *t = format_cell(r, row, c);

            if (!t)
                error = ENOMEM;
            else if (width_of(t) > width[c])
                width[c] = width_of(t);
            text[row * r->columns_count + c] = t;
        }
    }
    for (size_t c = 0; c < r->columns_count && !error; c++)
        if (r->columns[c].title)
            print_column(r->columns[c].title, width[c], is_right_aligned(r->columns[c].kind),
                         c == last, out);
    for (size_t row = 0; row < rows && !error; row++)
        for (size_t c = 0; c < r->columns_count; c++)
            if (r->columns[c].title)
                print_column(text[row * r->columns_count + c], width[c],
                             is_right_aligned(r->columns[c].kind), c == last, out);
    for (size_t i = 0; text && i < r->count; i++)
        free(text[i]);
    free(text);
    free(width);
    return report_finished(out, error);
}

bool report_print_lines(const struct report *r, FILE *out)
{
    int error = report_broken(r), width = 0;

    if (!error && report_rows(r) == 0)
        error = EINVAL;
    for (size_t c = 0; c < r->columns_count; c++)
        if (r->columns[c].title && width_of(r->columns[c].title) > width)
            width = width_of(r->columns[c].title);
    for (size_t c = 0; c < r->columns_count && !error; c++) {
        char *text;

        if (!r->columns[c].title)
            continue;
        text = format_cell(r, 0, c);
        if (text)
            fprintf(out, "%s:%*s %s\n", r->columns[c].title, width - width_of(r->columns[c].title),
                    "", text);
        else
            error = ENOMEM;
        free(text);
    }
    if (!error && r->list && report_rows(r->list)) {
        putc('\n', out);
        return report_print_table(r->list, out);
    }
    return report_finished(out, error);
}
