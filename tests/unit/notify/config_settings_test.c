/* notify/config: the lines "name = value", lists of PAM services, brackets, amounts of memory, and
 * all mistakes told in the order of the file. */
#include "tests/unit/base/test.h"
#include "notify/config.h"

#include <npapi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool parse(const char *text, struct mpr_config *c, char **error)
{
    return mpr_config_parse("credmgr.conf", text, strlen(text), c, error);
}

static void read_well(const char *text, struct mpr_config *c)
{
    char *error;

    if (!parse(text, c, &error))
        fail_msg("\"%s\": %s", text, error);
    assert_null(error);
}

/* The file is refused with this message; what it said is in *c (mpr_config_clear()). */
static void read_badly(const char *text, const char *message, struct mpr_config *c)
{
    char *error;

    if (parse(text, c, &error))
        fail_msg("\"%s\" is taken", text);
    assert_non_null(error);
    assert_string_equal(error, message);
    free(error);
}

static void expect_no_lines(const struct mpr_config *c)
{
    for (int i = 0; i < MPR_LINES; i++)
        assert_int_equal(c->lines[i], 0);
}

static void defaults(void **state)
{
    struct mpr_config c;

    (void)state;
    read_well("", &c);
    assert_false(c.notify_without_password);
    assert_true(c.logon_scripts);
    assert_int_equal(c.restore_timeout, 0);
    assert_int_equal(c.manager_memory, 256u << 20);
    assert_int_equal(c.logon.managers[0].classes, WN_CREDENTIAL_CLASS);
    expect_no_lines(&c);
    mpr_config_clear(&c);
}

static void yes_or_no(void **state)
{
    static const char *const refused[] = {"", "maybe", "2", "yes no", "yess", "ye"};
    struct mpr_config c;

    (void)state;
    read_well("notify_without_password = yes\nlogon_scripts = no\n", &c);
    assert_true(c.notify_without_password);
    assert_false(c.logon_scripts);
    assert_int_equal(c.lines[MPR_LINE_WITHOUT_PASSWORD], 1);
    assert_int_equal(c.lines[MPR_LINE_SCRIPTS], 2);
    mpr_config_clear(&c);
    read_well("\tnotify_without_password=no\nlogon_scripts\t=  yes \t # run them\r\n", &c);
    assert_false(c.notify_without_password);
    assert_true(c.logon_scripts);
    mpr_config_clear(&c);
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        char text[100], message[200];

        snprintf(text, sizeof(text), "notify_without_password = %s", refused[i]);
        snprintf(message, sizeof(message),
                 "credmgr.conf:1: \"%s\" is no value for \"notify_without_password\" (yes or no)",
                 refused[i]);
        read_badly(text, message, &c);
        assert_false(c.notify_without_password);
        expect_no_lines(&c);
        mpr_config_clear(&c);
        snprintf(text, sizeof(text), "logon_scripts = %s", refused[i]);
        snprintf(message, sizeof(message),
                 "credmgr.conf:1: \"%s\" is no value for \"logon_scripts\" (yes or no)",
                 refused[i]);
        read_badly(text, message, &c);
        assert_true(c.logon_scripts);
        expect_no_lines(&c);
        mpr_config_clear(&c);
    }
}

static void restore_timeout(void **state)
{
    static const struct {
        const char *value;
        unsigned ms;
    } taken[] = {{"1ms", 1}, {"250ms", 250}, {"60s", 60000}, {"5m", 300000}, {"1h", 3600000}};
    static const char *const refused[] = {"0", "0ms",  "-1s", "3601s",        "2h",
                                          "",  "soon", "5x",  "99999999999h", "5s 6s"};
    struct mpr_config c;
    char text[100], message[200];

    (void)state;
    for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++) {
        snprintf(text, sizeof(text), "\nrestore_timeout = %s", taken[i].value);
        read_well(text, &c);
        assert_int_equal(c.restore_timeout, taken[i].ms);
        assert_int_equal(c.lines[MPR_LINE_RESTORE_TIMEOUT], 2);
        mpr_config_clear(&c);
    }
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        snprintf(text, sizeof(text), "restore_timeout = %s", refused[i]);
        snprintf(message, sizeof(message),
                 "credmgr.conf:1: \"%s\" is no time to wait for credential managers to start (1ms "
                 "to 1h)",
                 refused[i]);
        read_badly(text, message, &c);
        assert_int_equal(c.restore_timeout, 0);
        expect_no_lines(&c);
        mpr_config_clear(&c);
    }
}

static void memory(void **state)
{
    static const struct {
        const char *value;
        size_t bytes;
    } taken[] = {
        {"0", 0},
        {"16M", (size_t)16 << 20},
        {"16m", (size_t)16 << 20},
        {"16384K", (size_t)16 << 20},
        {"16777216", (size_t)16 << 20},
        {"1G", (size_t)1 << 30},
        {"3g", (size_t)3 << 30},
    };
    static const char *const refused[] = {"15M",
                                          "16383k",
                                          "16777215",
                                          "1",
                                          "-1",
                                          "16MB",
                                          "M",
                                          "16.5M",
                                          "16T",
                                          "0x10000000",
                                          "99999999999999999999",
                                          "18446744073709551615G"};
    struct mpr_config c;
    char text[100], message[250];

    (void)state;
    for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++) {
        snprintf(text, sizeof(text), "managers: memory=%s directory=/opt/m", taken[i].value);
        read_well(text, &c);
        assert_true(c.manager_memory == taken[i].bytes);
        assert_string_equal(c.manager_directory, "/opt/m");
        mpr_config_clear(&c);
    }
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        snprintf(text, sizeof(text), "managers: memory=%s", refused[i]);
        snprintf(message, sizeof(message),
                 "credmgr.conf:1: \"%s\" is no amount of memory for a credential manager (16M or "
                 "more, such as 256M or 1G; 0 for no limit)",
                 refused[i]);
        read_badly(text, message, &c);
        assert_true(c.manager_memory == (size_t)256 << 20);
        mpr_config_clear(&c);
    }
}

/* A line with a mistake counts as not written, also what stands before the mistake. */
static void half_a_line(void **state)
{
    struct mpr_config c;

    (void)state;
    read_badly("stage: timeout=5s keyring=mine colour=red\n",
               "credmgr.conf:1: unknown setting \"colour\" of \"stage\" (timeout=…, keyring=…)",
               &c);
    assert_int_equal(c.stage_timeout, 120);
    assert_string_equal(c.stage_keyring, "credmgr-stage");
    expect_no_lines(&c);
    mpr_config_clear(&c);
    read_badly("managers: directory=/opt/m memory=32M memory=1\n",
               "credmgr.conf:1: \"1\" is no amount of memory for a credential manager (16M or "
               "more, such as 256M or 1G; 0 for no limit)",
               &c);
    assert_string_not_equal(c.manager_directory, "/opt/m");
    assert_true(c.manager_memory == (size_t)256 << 20);
    expect_no_lines(&c);
    mpr_config_clear(&c);
    read_badly("lsa: socket=/run/x socket=y\nstatistics: directory=/x directory=y\n",
               "credmgr.conf:1: \"y\" is no socket (an absolute path)", &c);
    assert_null(c.lsa_socket);
    assert_string_equal(c.statistics_directory, "/run/credmgr/providers");
    expect_no_lines(&c);
    mpr_config_clear(&c);
}

static void colon_or_equals(void **state)
{
    struct mpr_config c;

    (void)state;
    read_badly("logon_scripts: no",
               "credmgr.conf:1: \"logon_scripts\" is a setting of its own (write "
               "\"logon_scripts = …\")",
               &c);
    assert_true(c.logon_scripts);
    expect_no_lines(&c);
    mpr_config_clear(&c);
    read_badly("logon = other",
               "credmgr.conf:1: \"logon\" is written with a colon (write \"name: …\")", &c);
    assert_string_equal(c.logon.managers[0].name, "lsa");
    expect_no_lines(&c);
    mpr_config_clear(&c);
    read_badly("logon_script = no",
               "credmgr.conf:1: unknown setting \"logon_script\" (notify_without_password, "
               "logon_scripts, restore_timeout, interactive_services, noninteractive_services, "
               "silent_services)",
               &c);
    assert_true(c.logon_scripts);
    mpr_config_clear(&c);
    read_badly("logon_scripts = no\nlogon_scripts = yes",
               "credmgr.conf:2: \"logon_scripts\" has a line already (remove this one or line 1)",
               &c);
    assert_false(c.logon_scripts); /* the first holds */
    assert_int_equal(c.lines[MPR_LINE_SCRIPTS], 1);
    mpr_config_clear(&c);
}

static void where_each_line_is(void **state)
{
    static const enum mpr_line order[] = {
        MPR_LINE_SILENT,          MPR_LINE_NONINTERACTIVE,  MPR_LINE_INTERACTIVE,
        MPR_LINE_RESTORE_TIMEOUT, MPR_LINE_SCRIPTS,         MPR_LINE_WITHOUT_PASSWORD,
        MPR_LINE_STATISTICS,      MPR_LINE_MANAGERS,        MPR_LINE_LSA,
        MPR_LINE_STAGE,           MPR_LINE_PASSWORD_CHANGE, MPR_LINE_LOGON,
    };
    struct mpr_config c;

    (void)state;
    read_well("# each line is one further down\n"
              "silent_services = cron\n"
              "noninteractive_services = ftp\n"
              "interactive_services = sshd\n"
              "restore_timeout = 1s\n"
              "logon_scripts = yes\n"
              "notify_without_password = no\n"
              "statistics: directory=/s\n"
              "managers: memory=0\n"
              "lsa: socket=/l\n"
              "stage: timeout=1s\n"
              "password_change: lsa\n"
              "logon: lsa\n",
              &c);
    assert_int_equal(sizeof(order) / sizeof(order[0]), MPR_LINES);
    for (int i = 0; i < MPR_LINES; i++)
        assert_int_equal(c.lines[order[i]], i + 2);
    mpr_config_clear(&c);
}

/* ---- all mistakes -------------------------------------------------------------------------- */

struct told {
    size_t count;
    struct {
        int line;
        char file[40], what[200], remedy[300];
    } at[8];
};

static void note(void *arg, const char *file, int line, const char *what, const char *remedy)
{
    struct told *told = arg;

    assert_true(told->count < 8);
    told->at[told->count].line = line;
    snprintf(told->at[told->count].file, 40, "%s", file);
    snprintf(told->at[told->count].what, 200, "%s", what);
    snprintf(told->at[told->count++].remedy, 300, "%s", remedy);
}

static void every_mistake_is_told(void **state)
{
    static const struct {
        int line;
        const char *what, *remedy;
    } expected[] = {
        {2, "unknown action \"stop\"", "return, continue"},
        /* parentheses that are no remedy */
        {3, "\"off (or on) (no)\" is no value for \"logon_scripts\"", "yes or no"},
        {5, "\"0\" is no time to wait for credential managers to start", "1ms to 1h"},
        {6, "unknown class \"none\302\240(or\302\240so)\"",
         "credential, primary, network, service"},
        {7, "\"logon\" has a line already", "remove this one or line 2"},
        {8, "the line holds a zero byte", "this is no text file"},
        {9, "\"a/b\" is no PAM service",
         "a file of /etc/pam.d, without the path; at most 64 letters, digits, _ . + @ and -"},
    };
    static const char text[] = "# seven mistakes\n"
                               "logon: other [success=stop]\n"
                               "logon_scripts = off (or on) (no)\n"
                               "notify_without_password = yes\n"
                               "restore_timeout = 0\n"
                               "password_change: lsa [class=none\302\240(or\302\240so)]\n"
                               "logon: other\n"
                               "lsa: socket=/\0x\n"
                               "silent_services = a/b\n"
                               "statistics: directory=/s\n";
    struct told told = {.count = 0};
    struct mpr_config c;
    int seen = 0;

    (void)state;
    assert_false(mpr_config_check_text("my.conf", text, sizeof(text) - 1, &c, note, &told));
    assert_int_equal(told.count, sizeof(expected) / sizeof(expected[0]));
    for (size_t i = 0; i < told.count; i++) {
        assert_string_equal(told.at[i].file, "my.conf");
        assert_int_equal(told.at[i].line, expected[i].line);
        assert_string_equal(told.at[i].what, expected[i].what);
        assert_string_equal(told.at[i].remedy, expected[i].remedy);
    }
    assert_true(c.notify_without_password);
    assert_string_equal(c.statistics_directory, "/s");
    for (int i = 0; i < MPR_LINES; i++)
        seen += c.lines[i] != 0;
    assert_int_equal(seen, 2);
    assert_int_equal(c.lines[MPR_LINE_WITHOUT_PASSWORD], 4);
    assert_int_equal(c.lines[MPR_LINE_STATISTICS], 10);
    mpr_config_clear(&c);
    told.count = 0;
    assert_true(mpr_config_check_text("my.conf", "logon: lsa", 10, &c, note, &told));
    assert_int_equal(told.count, 0);
    mpr_config_clear(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults),           cmocka_unit_test(yes_or_no),
        cmocka_unit_test(restore_timeout),    cmocka_unit_test(memory),
        cmocka_unit_test(half_a_line),        cmocka_unit_test(colon_or_equals),
        cmocka_unit_test(where_each_line_is), cmocka_unit_test(every_mistake_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
