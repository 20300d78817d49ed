/* A report as JSON; see report.h. */
#include "tools/credmgr/report_internal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* RFC 8259 section 7. What is not UTF-8 becomes U+FFFD: JSON has no other bytes. */
static void print_json_string(const char *text, size_t size, FILE *out)
{
    const uint8_t *p = (const uint8_t *)text, *end = p + size;

    putc('"', out);
    while (p < end) {
        ucs4_t c;
        int bytes = report_next_character(p, &c);

        if (bytes < 0)
            fputs("\\ufffd", out);
        else if (c == '"' || c == '\\')
            fprintf(out, "\\%c", (char)c);
        else if (!report_is_active(c))
            fwrite(p, 1, (size_t)bytes, out);
        else if (c < 0x10000)
            fprintf(out, "\\u%04x", (unsigned)c);
        else
            fprintf(out, "\\u%04x\\u%04x", 0xd800 + (unsigned)((c - 0x10000) >> 10),
                    0xdc00 + (unsigned)((c - 0x10000) & 0x3ff));
        p += bytes > 0 ? bytes : 1;
    }
    putc('"', out);
}

static void print_json_list(const char *words, FILE *out)
{
    const char *separator = "";

    putc('[', out);
    for (const char *word = words; word && *(word += strspn(word, " "));
         word += strcspn(word, " ")) {
        fputs(separator, out);
        print_json_string(word, strcspn(word, " "), out);
        separator = ", ";
    }
    putc(']', out);
}

static bool print_json_cell(const struct report *r, size_t row, size_t column, FILE *out)
{
    const struct cell *cell = report_cell(r, row, column);
    char *time;

    switch (r->columns[column].kind) {
    case REPORT_TEXT:
        if (cell->text)
            print_json_string(cell->text, strlen(cell->text), out);
        else
            fputs("null", out);
        return true;
    case REPORT_LIST:
        print_json_list(cell->text, out);
        return true;
    case REPORT_BOOL:
    case REPORT_MARK:
        fputs(cell->number ? "true" : "false", out);
        return true;
    default:
        break;
    }
    if (cell->number == REPORT_NOTHING) {
        fputs("null", out);
        return true;
    }
    if (r->columns[column].kind != REPORT_TIME) {
        fprintf(out, "%" PRId64, cell->number);
        return true;
    }
    time = report_time(cell->number, false);
    if (time)
        print_json_string(time, strlen(time), out);
    free(time);
    return time != NULL;
}

static bool print_json_array(const struct report *r, const char *indent, FILE *out);

static bool print_json_row(const struct report *r, size_t row, const char *indent, FILE *out)
{
    bool ok = true;

    putc('{', out);
    for (size_t c = 0; c < r->columns_count && ok; c++) {
        fprintf(out, "%s\n%s  ", c ? "," : "", indent);
        print_json_string(r->columns[c].key, strlen(r->columns[c].key), out);
        fputs(": ", out);
        ok = print_json_cell(r, row, c, out);
    }
    if (ok && r->list && row == 0) {
        fputs(",", out);
        ok = print_json_array(r->list, indent, out);
    }
    fprintf(out, "\n%s}", indent);
    return ok;
}

/* A member of an object: "name": […] */
static bool print_json_array(const struct report *r, const char *indent, FILE *out)
{
    size_t rows = report_rows(r);
    char deeper[16];
    bool ok = report_broken(r) == 0;

    snprintf(deeper, sizeof deeper, "%s    ", indent);
    fprintf(out, "\n%s  ", indent);
    print_json_string(r->name, strlen(r->name), out);
    fputs(": [", out);
    for (size_t row = 0; row < rows && ok; row++) {
        fprintf(out, "%s\n%s", row ? "," : "", deeper);
        ok = print_json_row(r, row, deeper, out);
    }
    if (rows)
        fprintf(out, "\n%s  ", indent);
    putc(']', out);
    return ok;
}

bool report_print_json(const struct report *r, FILE *out)
{
    int error = report_broken(r);

    if (!error) {
        putc('{', out);
        if (!print_json_array(r, "", out))
            error = ENOMEM;
        fputs("\n}\n", out);
    }
    return report_finished(out, error);
}

bool report_print_json_object(const struct report *r, FILE *out)
{
    int error = report_broken(r);

    if (!error && report_rows(r) == 0)
        error = EINVAL;
    if (!error) {
        if (!print_json_row(r, 0, "", out))
            error = ENOMEM;
        putc('\n', out);
    }
    return report_finished(out, error);
}
