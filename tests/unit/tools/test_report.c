/*
 * The printer of credmgr(1): alignment, escaping for JSON and for terminals, and reports that are
 * not whole.
 */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "tools/credmgr/report.h"

static const struct report_column people[] = {
    {"here", "", REPORT_MARK},       {"name", "NAME", REPORT_TEXT},
    {"age", "AGE", REPORT_NUMBER},   {"born", NULL, REPORT_TIME},
    {"tall", "TALL", REPORT_BOOL},   {"took", "TOOK", REPORT_DURATION},
    {"words", "WORDS", REPORT_LIST},
};

static struct report *new_people(void)
{
    struct report *r = report_new("people", people, sizeof people / sizeof people[0]);

    assert_non_null(r);
    return r;
}

static void add_person(struct report *r, bool here, const char *name, int64_t age,
                       const char *words)
{
    report_bool(r, here);
    report_text(r, name);
    report_number(r, age);
    report_number(r, 951782400);
    report_bool(r, age > 7);
    report_number(r, age == REPORT_NOTHING ? age : age * 1234);
    report_text(r, words);
}

/* What `print` prints, which must succeed. */
static char *printed(bool (*print)(const struct report *, FILE *), const struct report *r)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    assert_non_null(out);
    assert_true(print(r, out));
    assert_int_equal(fclose(out), 0);
    assert_int_equal(strlen(text), size);
    return text;
}

static void expect(bool (*print)(const struct report *, FILE *), struct report *r, const char *what)
{
    char *text = printed(print, r);

    assert_string_equal(text, what);
    free(text);
    report_free(r);
}

static void test_table(void **state)
{
    struct report *r = new_people();

    (void)state;
    add_person(r, true, "alice", 7, "a b");
    add_person(r, false, "b", 12345, "");
    add_person(r, false, NULL, REPORT_NOTHING, NULL);
    expect(report_print_table, r,
           "   NAME     AGE  TALL        TOOK  WORDS\n"
           "*  alice      7  no        8.6 ms  a b\n"
           "   b      12345  yes   15233.7 ms  -\n"
           "   -          -  no             -  -\n");
    expect(report_print_table, new_people(), "  NAME  AGE  TALL  TOOK  WORDS\n");
}

/* Columns are as wide as what is seen, not as its bytes. */
static void test_wide(void **state)
{
    static const struct report_column columns[] = {{"a", "A", REPORT_TEXT},
                                                   {"b", "B", REPORT_TEXT}};
    struct report *r = report_new("x", columns, 2);

    (void)state;
    report_text(r, "Jürgen");
    report_text(r, "1");
    report_text(r, "李雷");
    report_text(r, "2");
    report_text(r, "e\xcc\x81");
    report_text(r, "3");
    expect(report_print_table, r, "A       B\nJürgen  1\n李雷    2\ne\xcc\x81       3\n");
}

static void test_json(void **state)
{
    struct report *r = new_people();

    (void)state;
    add_person(r, true, "al\"ice\\", 7, " a  b ");
    add_person(r, false, NULL, REPORT_NOTHING, NULL);
    expect(report_print_json, r,
           "{\n"
           "  \"people\": [\n"
           "    {\n"
           "      \"here\": true,\n"
           "      \"name\": \"al\\\"ice\\\\\",\n"
           "      \"age\": 7,\n"
           "      \"born\": \"2000-02-29T00:00:00Z\",\n"
           "      \"tall\": false,\n"
           "      \"took\": 8638,\n"
           "      \"words\": [\"a\", \"b\"]\n"
           "    },\n"
           "    {\n"
           "      \"here\": false,\n"
           "      \"name\": null,\n"
           "      \"age\": null,\n"
           "      \"born\": \"2000-02-29T00:00:00Z\",\n"
           "      \"tall\": false,\n"
           "      \"took\": null,\n"
           "      \"words\": []\n"
           "    }\n"
           "  ]\n"
           "}\n");
    expect(report_print_json, new_people(), "{\n  \"people\": []\n}\n");
}

static const struct report_column one[] = {{"text", "the text", REPORT_TEXT},
                                           {"n", "n", REPORT_NUMBER}};

static struct report *new_one(const char *text)
{
    struct report *r = report_new("one", one, 2);

    assert_non_null(r);
    report_text(r, text);
    report_number(r, -5);
    return r;
}

static void test_object(void **state)
{
    (void)state;
    expect(report_print_json_object, new_one("x"), "{\n  \"text\": \"x\",\n  \"n\": -5\n}\n");
    expect(report_print_lines, new_one("x"), "the text: x\nn:        -5\n");
}

/* Of a report with a list, the list behind it. */
static struct report *new_with_list(int rows)
{
    struct report *r = new_one("x"), *list = report_new("list", one, 2);

    for (int i = 0; i < rows; i++) {
        report_text(list, i ? "b" : "a");
        report_number(list, i);
    }
    report_append(r, list);
    return r;
}

static void test_list(void **state)
{
    struct report *broken_list = report_new("list", one, 2), *r;

    (void)state;
    expect(report_print_json_object, new_with_list(2),
           "{\n  \"text\": \"x\",\n  \"n\": -5,\n"
           "  \"list\": [\n"
           "    {\n      \"text\": \"a\",\n      \"n\": 0\n    },\n"
           "    {\n      \"text\": \"b\",\n      \"n\": 1\n    }\n"
           "  ]\n}\n");
    expect(report_print_json_object, new_with_list(0),
           "{\n  \"text\": \"x\",\n  \"n\": -5,\n  \"list\": []\n}\n");
    expect(report_print_lines, new_with_list(2),
           "the text: x\nn:        -5\n\nthe text  n\na         0\nb         1\n");
    expect(report_print_lines, new_with_list(0), "the text: x\nn:        -5\n");
    /* a list that is broken, or that there was no memory for */
    r = new_one("x");
    report_text(broken_list, "half a row");
    report_append(r, broken_list);
    assert_false(report_print_json_object(r, stderr));
    report_append(r, NULL);
    assert_false(report_print_lines(r, stderr));
    report_free(r);
}

/* Names that are attacks on a terminal, on JSON, or on the eye. */
static const struct {
    const char *text, *json, *terminal;
} hostile[] = {
    {"\x1b[2J\x1b]0;owned\x07", "\\u001b[2J\\u001b]0;owned\\u0007", "\\x1b[2J\\x1b]0;owned\\x07"},
    {"a\nb\tc\rd\x7f", "a\\u000ab\\u0009c\\u000dd\\u007f", "a\\x0ab\\x09c\\x0dd\\x7f"},
    {"\xc2\x9b"
     "31m",
     "\\u009b31m", "\\u009b31m"}, /* CSI in eight bits */
    {"\x9b"
     "31m",
     "\\ufffd31m", "\\x9b31m"}, /* the same, raw */
    {"txt.\xe2\x80\xae"
     "exe",
     "txt.\\u202eexe", "txt.\\u202eexe"}, /* right to left */
    {"\xe2\x80\xa8"
     "x",
     "\\u2028x", "\\u2028x"},                                     /* line separator */
    {"\xf3\xa0\x81\x81", "\\udb40\\udc41", "\\ue0041"},           /* an invisible tag */
    {"\xff\xfe", "\\ufffd\\ufffd", "\\xff\\xfe"},                 /* no UTF-8 */
    {"\xed\xa0\x80", "\\ufffd\\ufffd\\ufffd", "\\xed\\xa0\\x80"}, /* half a surrogate pair */
    {"\xc0\xaf", "\\ufffd\\ufffd", "\\xc0\\xaf"},                 /* too long a form of '/' */
    {"caf\xc3", "caf\\ufffd", "caf\\xc3"},                        /* cut */
    {"\xf0\x9f\x98\x80 \xc3\xa9", "\xf0\x9f\x98\x80 \xc3\xa9",
     "\xf0\x9f\x98\x80 \xc3\xa9"}, /* harmless */
    {"a\"b\\c/", "a\\\"b\\\\c/", "a\"b\\c/"},
};

static void test_hostile(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof hostile / sizeof hostile[0]; i++) {
        char what[256], *shown = report_for_terminal(hostile[i].text);

        assert_string_equal(shown, hostile[i].terminal);
        free(shown);
        snprintf(what, sizeof what, "{\n  \"text\": \"%s\",\n  \"n\": -5\n}\n", hostile[i].json);
        expect(report_print_json_object, new_one(hostile[i].text), what);
        snprintf(what, sizeof what, "the text: %s\nn:        -5\n", hostile[i].terminal);
        expect(report_print_lines, new_one(hostile[i].text), what);
    }
}

static void test_local_time(void **state)
{
    static const struct report_column columns[] = {{"t", "t", REPORT_TIME}};
    struct report *r = report_new("x", columns, 1);

    (void)state;
    setenv("TZ", "XXX-2", 1);
    tzset();
    report_number(r, 951782400);
    expect(report_print_lines, r, "t: 2000-02-29 02:00:00\n");
    r = report_new("x", columns, 1);
    report_number(r, 951782400);
    expect(report_print_json_object, r, "{\n  \"t\": \"2000-02-29T00:00:00Z\"\n}\n");
    unsetenv("TZ");
    tzset();
    r = report_new("x", columns, 1);
    report_number(r, INT64_MAX); /* beyond any calendar: the number itself */
    expect(report_print_json_object, r, "{\n  \"t\": \"9223372036854775807\"\n}\n");
}

static void expect_broken(struct report *r, int error)
{
    bool (*const prints[])(const struct report *, FILE *) = {
        report_print_table, report_print_lines, report_print_json, report_print_json_object};

    for (size_t i = 0; i < 4; i++) {
        char *text = NULL;
        size_t size = 0;
        FILE *out = open_memstream(&text, &size);

        assert_false(prints[i](r, out));
        assert_int_equal(errno, error);
        fclose(out);
        assert_int_equal(size, 0);
        free(text);
    }
    report_free(r);
}

static void test_broken(void **state)
{
    struct report *r = new_people();

    (void)state;
    report_bool(r, true); /* a row that is not complete */
    expect_broken(r, EINVAL);
    r = new_people();
    report_text(r, "x"); /* a cell of another kind */
    report_number(r, 1);
    expect_broken(r, EINVAL);
    r = report_new("one", one, 2);
    report_bool(r, true);
    expect_broken(r, EINVAL);
}

/* A full disk is an error, not silence. */
static void test_cannot_write(void **state)
{
    struct report *r = new_one("x");
    FILE *out = fopen("/dev/full", "we");

    (void)state;
    assert_non_null(out);
    assert_false(report_print_table(r, out));
    assert_int_equal(errno, ENOSPC);
    fclose(out);
    report_free(r);
}

static void test_many_rows(void **state)
{
    struct report *r = report_new("one", one, 2);
    size_t lines = 0;
    char *text;

    (void)state;
    for (int i = 0; i < 10000; i++) {
        report_text(r, "x");
        report_number(r, i);
    }
    assert_int_equal(report_rows(r), 10000);
    text = printed(report_print_table, r);
    for (const char *p = text; (p = strchr(p, '\n')) != NULL; p++)
        lines++;
    assert_int_equal(lines, 10001);
    free(text);
    report_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),     cmocka_unit_test(test_wide),
        cmocka_unit_test(test_json),      cmocka_unit_test(test_object),
        cmocka_unit_test(test_hostile),   cmocka_unit_test(test_local_time),
        cmocka_unit_test(test_broken),    cmocka_unit_test(test_cannot_write),
        cmocka_unit_test(test_many_rows), cmocka_unit_test(test_list),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
