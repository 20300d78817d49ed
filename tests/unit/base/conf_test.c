/* base/conf: values, and for every mistake a message that names file, line, cause and remedy. */
#include "tests/unit/base/test.h"
#include "base/conf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct values {
    char *name;
    bool flag, many;
    unsigned seconds, number;
    char others[256];
};

static bool take(void *arg, const char *section, const char *name, const char *value)
{
    struct values *v = arg;
    size_t used = strlen(v->others);

    snprintf(v->others + used, sizeof(v->others) - used, "[%s]%s=%s;", section, name, value);
    return true;
}

/* Reads `text` into defaults; the message is for the caller to free. */
static bool read_text(const char *text, struct values *v, char **error)
{
    struct conf_other other = {take, v};
    const struct conf_option options[] = {
        {"main", "name", CONF_STRING, &v->name},
        {"main", "flag", CONF_BOOL, &v->flag},
        {"main", "timeout", CONF_SECONDS, &v->seconds},
        {"limits", "number", CONF_UINT, &v->number},
        {"free", "*", CONF_OTHER, &other},
        {"service *", "many", CONF_BOOL, &v->many},
    };

    *v = (struct values){.name = strdup("default"), .seconds = 7, .number = 8};
    return conf_read_text("x.conf", text, strlen(text), options, 6, error);
}

static void reads_values(void **state)
{
    struct values v;
    char *error;

    (void)state;
    assert_true(
        read_text("# a comment\n[main]\nname = some thing # and another\nflag=yes\n  timeout = 2m\n"
                  "\n[limits]\nnumber: 42\n[free]\nx = 1\ny = #\n[main]\r\n",
                  &v, &error));
    assert_null(error);
    assert_string_equal(v.name, "some thing");
    assert_true(v.flag);
    assert_int_equal(v.seconds, 120);
    assert_int_equal(v.number, 42);
    assert_string_equal(v.others, "[free]x=1;[free]y=;");
    assert_false(v.many);
    free(v.name);
    assert_true(read_text("[service a]\nmany = no\n[service b]\nmany = yes\n", &v, &error));
    assert_true(v.many);
    free(v.name);
    assert_true(read_text("", &v, &error));
    assert_string_equal(v.name, "default");
    free(v.name);
}

static void a_hash_within_a_word_stays(void **state)
{
    struct values v;
    char *error;

    (void)state;
    assert_true(read_text("[main]\nname = a#b\n", &v, &error));
    assert_string_equal(v.name, "a#b");
    free(v.name);
}

static void mistakes_are_explained(void **state)
{
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"[main]\n\nnaem = x\n",
         "x.conf:3: unknown setting \"naem\" in [main] (known: name, flag, timeout)"},
        {"[mian]\nname = x\n",
         "x.conf:2: unknown section [mian] (known: main, limits, free, service *)"},
        {"[service]\nmany = yes\n",
         "x.conf:2: unknown section [service] (known: main, limits, free, service *)"},
        {"[service a]\nmuch = yes\n",
         "x.conf:2: unknown setting \"much\" in [service a] (known: many)"},
        {"[service a]\nmany = 7\n",
         "x.conf:2: \"7\" is no value for \"many\" (it takes yes or no)"},
        {"name = x\n", "x.conf:1: \"name\" stands before any [section] (sections: main, limits, "
                       "free, service *)"},
        {"[main]\nflag = perhaps\n",
         "x.conf:2: \"perhaps\" is no value for \"flag\" (it takes yes or no)"},
        {"[main]\ntimeout = -1\n",
         "x.conf:2: \"-1\" is no value for \"timeout\" (it takes a time such as 30s, 5m or 500ms)"},
        {"[limits]\nnumber = 4294967296\n", "x.conf:2: \"4294967296\" is no value for \"number\" "
                                            "(it takes a whole number from 0 to 4294967295)"},
        {"[main]\nname = a\n# more\nname = b\n",
         "x.conf:4: \"name\" is set again (remove this line or line 2)"},
        {"[main]\nwhat is this\n",
         "x.conf:2: this is no setting (write \"name = value\", \"[section]\" or \"# comment\")"},
        {"[main\nname = x\n",
         "x.conf:1: this is no setting (write \"name = value\", \"[section]\" or \"# comment\")"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct values v;
        char *error = NULL;

        assert_false(read_text(cases[i].text, &v, &error));
        assert_string_equal(error, cases[i].message);
        free(error);
        free(v.name);
    }
}

static void what_is_valid_is_kept(void **state)
{
    struct values v;
    char *error;

    (void)state;
    assert_false(read_text("[main]\nname = good\nflag = maybe\ntimeout = 500ms\n", &v, &error));
    assert_string_equal(v.name, "good");
    assert_int_equal(v.seconds, 1); /* rounded up */
    free(error);
    free(v.name);
}

static void long_lines_and_zero_bytes(void **state)
{
    static const char zero[] = "[main]\nname = a\0b\n";
    char text[4096], *error, *name = NULL;
    const struct conf_option option = {"main", "name", CONF_STRING, &name};
    struct values v;

    (void)state;
    memset(text, 'x', sizeof(text) - 1);
    memcpy(text, "[main]\nname = ", 14);
    text[sizeof(text) - 1] = 0;
    assert_false(read_text(text, &v, &error));
    assert_non_null(strstr(error, "x.conf:2: the line is too long"));
    free(error);
    free(v.name);
    assert_false(conf_read_text("x.conf", zero, sizeof(zero) - 1, &option, 1, &error));
    assert_string_equal(error, "x.conf:2: the line holds a zero byte (this is no text file)");
    free(error);
    free(name);
}

static void times(void **state)
{
    static const struct {
        const char *text;
        unsigned ms;
    } good[] = {{"5s", 5000},
                {"500ms", 500},
                {"2m", 120000},
                {"1h", 3600000},
                {"10", 10000},
                {"0", 0},
                {"4294967295ms", 4294967295}};
    static const char *const bad[] = {
        "", "s", "-1s", " 5s", "5 s", "5x", "1.5s", "4294968s", "99999999999999999999", "+1"};
    unsigned ms;

    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        assert_true(conf_parse_milliseconds(good[i].text, &ms));
        assert_int_equal(ms, good[i].ms);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(conf_parse_milliseconds(bad[i], &ms));
}

static void files(void **state)
{
    char dir[] = "/tmp/conf-test-XXXXXX", path[64], *error, *name = NULL;
    const struct conf_option option = {"main", "name", CONF_STRING, &name};
    FILE *f;

    (void)state;
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof(path), "%s/a.conf", dir);
    assert_true(conf_read(path, &option, 1, true, &error)); /* missing is empty */
    assert_null(name);
    assert_false(conf_read(dir, &option, 1, true, &error));
    assert_non_null(strstr(error, "is not a regular file"));
    free(error);

    f = fopen(path, "w");
    fputs("[main]\nname = x\n", f);
    fclose(f);
    chmod(path, 0644);
    assert_true(conf_read(path, &option, 1, true, &error));
    assert_string_equal(name, "x");
    chmod(path, 0664);
    assert_false(conf_read(path, &option, 1, true, &error));
    assert_non_null(strstr(error, "(chmod go-w it)"));
    free(error);
    assert_true(conf_read(path, &option, 1, false, &error));
    chmod(path, 0646);
    assert_false(conf_read(path, &option, 1, true, &error));
    free(error);
    if (geteuid() == 0) { /* only root can give a file away */
        chmod(path, 0644);
        assert_int_equal(chown(path, 12345, 0), 0);
        assert_false(conf_read(path, &option, 1, true, &error));
        assert_non_null(strstr(error, "belongs to uid 12345"));
        free(error);
    }
    f = fopen(path, "w");
    for (int i = 0; i < 200000; i++)
        fputs("# 456789\n", f);
    fclose(f);
    assert_false(conf_read(path, &option, 1, false, &error));
    assert_non_null(strstr(error, "is too large"));
    free(error);
    unlink(path);
    rmdir(dir);
    free(name);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_values),
        cmocka_unit_test(a_hash_within_a_word_stays),
        cmocka_unit_test(mistakes_are_explained),
        cmocka_unit_test(what_is_valid_is_kept),
        cmocka_unit_test(long_lines_and_zero_bytes),
        cmocka_unit_test(times),
        cmocka_unit_test(files),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
