/* notify/config: the syntax of nsswitch.conf, a message for every mistake, and defaults in its
 * place. */
#include "tests/unit/base/test.h"
#include "notify/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool parse(const char *text, struct mpr_config *c, char **error)
{
    return mpr_config_parse("credmgr.conf", text, strlen(text), c, error);
}

static void expect_lsa_alone(const struct mpr_order *order)
{
    assert_int_equal(order->count, 1);
    assert_string_equal(order->managers[0].name, "lsa");
    assert_int_equal(order->managers[0].timeout, 15000);
    assert_false(order->managers[0].return_on[MPR_UNAVAIL]);
    assert_false(order->managers[0].return_on[MPR_SUCCESS]);
}

static void defaults(void **state)
{
    struct mpr_config c;
    char *error;

    (void)state;
    assert_true(parse("", &c, &error));
    assert_null(error);
    expect_lsa_alone(&c.logon);
    expect_lsa_alone(&c.password_change);
    assert_int_equal(c.stage_timeout, 120);
    assert_string_equal(c.stage_keyring, "credmgr-stage");
    assert_null(c.lsa_socket);
    assert_string_equal(c.statistics_directory, "/run/credmgr/providers");
    mpr_config_clear(&c);
}

static void everything(void **state)
{
    struct mpr_config c;
    char *error;

    (void)state;
    assert_true(parse("# who is told of logons\n"
                      "logon:  lsa other[timeout=5s !SUCCESS=Return] third-one [ success=return "
                      "timeout=250ms ]  # end\n"
                      "\tpassword_change :\tthird-one lsa\r\n"
                      "\n"
                      "stage: timeout=1m keyring=my_stage\n"
                      "lsa: socket=/run/x.sock\n"
                      "managers: directory=/opt/m\n"
                      "statistics: directory=/run/s",
                      &c, &error));
    assert_null(error);
    assert_int_equal(c.logon.count, 3);
    assert_string_equal(c.logon.managers[1].name, "other");
    assert_int_equal(c.logon.managers[1].timeout, 5000);
    assert_true(c.logon.managers[1].return_on[MPR_UNAVAIL]);
    assert_true(c.logon.managers[1].return_on[MPR_NOTFOUND]);
    assert_true(c.logon.managers[1].return_on[MPR_TRYAGAIN]);
    assert_false(c.logon.managers[1].return_on[MPR_SUCCESS]);
    assert_string_equal(c.logon.managers[2].name, "third-one");
    assert_int_equal(c.logon.managers[2].timeout, 250);
    assert_true(c.logon.managers[2].return_on[MPR_SUCCESS]);
    assert_int_equal(c.logon.managers[0].timeout, 15000);
    assert_int_equal(c.password_change.count, 2);
    assert_string_equal(c.password_change.managers[0].name, "third-one");
    assert_int_equal(c.stage_timeout, 60);
    assert_string_equal(c.stage_keyring, "my_stage");
    assert_string_equal(c.lsa_socket, "/run/x.sock");
    assert_string_equal(c.manager_directory, "/opt/m");
    assert_string_equal(c.statistics_directory, "/run/s");
    mpr_config_clear(&c);
}

static void mistakes_are_explained(void **state)
{
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"logon: lsa [unavail=retrun]",
         "credmgr.conf:1: unknown action \"retrun\" (return, continue)"},
        {"\nlogin: lsa", "credmgr.conf:2: unknown database \"login\" (logon, password_change, "
                         "stage, lsa, managers, statistics)"},
        {"logon lsa", "credmgr.conf:1: this is no line of the form \"name: …\" or \"name = …\" "
                      "(logon: lsa)"},
        {"logon:", "credmgr.conf:1: no credential manager is named (write \"lsa\")"},
        {"logon: # lsa", "credmgr.conf:1: no credential manager is named (write \"lsa\")"},
        {"logon: lsa lsa", "credmgr.conf:1: \"lsa\" is named twice (remove one)"},
        {"logon: ../evil", "credmgr.conf:1: \"../evil\" is no name of a credential manager (a "
                           "letter, then letters, digits, _ and -, all in lower case, at most 32)"},
        {"logon: [timeout=1s] lsa",
         "credmgr.conf:1: [timeout=1s] follows no credential manager (write its name before it)"},
        {"logon: lsa [timeout=1s",
         "credmgr.conf:1: a bracket is not closed (write ] behind the settings)"},
        {"logon: lsa [timeout=0]",
         "credmgr.conf:1: \"0\" is no timeout (a time such as 5s or 500ms)"},
        {"logon: lsa [timeout=-5s]",
         "credmgr.conf:1: \"-5s\" is no timeout (a time such as 5s or 500ms)"},
        {"logon: lsa [wait=5s]", "credmgr.conf:1: unknown setting \"wait\" of a credential manager "
                                 "(timeout, class, success, notfound, unavail, tryagain)"},
        {"logon: lsa [return]", "credmgr.conf:1: \"return\" says nothing (write timeout=5s, "
                                "class=credential or success=return)"},
        {"logon: lsa\nlogon: other",
         "credmgr.conf:2: \"logon\" has a line already (remove this one or line 1)"},
        {"stage: timeout=0", "credmgr.conf:1: \"0\" is no time to keep a password for (1s to 1h)"},
        {"stage: timeout=2h",
         "credmgr.conf:1: \"2h\" is no time to keep a password for (1s to 1h)"},
        {"stage: keyring=a/b",
         "credmgr.conf:1: \"a/b\" is no name of a keyring (letters, digits, _ and -)"},
        {"stage: tiemout=5s",
         "credmgr.conf:1: unknown setting \"tiemout\" of \"stage\" (timeout=…, keyring=…)"},
        {"lsa: socket=run/lsad", "credmgr.conf:1: \"run/lsad\" is no socket (an absolute path)"},
        {"lsa: /run/lsad", "credmgr.conf:1: unknown setting \"/run/lsad\" of \"lsa\" (socket=…)"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct mpr_config c;
        char *error;

        assert_false(parse(cases[i].text, &c, &error));
        assert_string_equal(error, cases[i].message);
        assert_int_equal(c.logon.count, 1); /* always usable */
        assert_int_equal(c.stage_timeout, 120);
        free(error);
        mpr_config_clear(&c);
    }
}

/* A mistake costs its line and no other. */
static void a_mistake_costs_its_line(void **state)
{
    struct mpr_config c;
    char *error;

    (void)state;
    assert_false(parse(
        "logon: other [timeout=soon]\npassword_change: other\nlsa: socket=/run/x\nstage: what\n",
        &c, &error));
    assert_non_null(strstr(error, "credmgr.conf:1: "));
    expect_lsa_alone(&c.logon);
    assert_string_equal(c.password_change.managers[0].name, "other");
    assert_string_equal(c.lsa_socket, "/run/x");
    free(error);
    mpr_config_clear(&c);
}

static void hostile(void **state)
{
    static const char zero[] = "logon: oth\0er\npassword_change: other\n";
    char many[400] = "logon:", name[64] = "logon: ", *error;
    struct mpr_config c;

    (void)state;
    assert_false(mpr_config_parse("credmgr.conf", zero, sizeof(zero) - 1, &c, &error));
    assert_string_equal(error, "credmgr.conf:1: the line holds a zero byte (this is no text file)");
    expect_lsa_alone(&c.logon);
    assert_string_equal(c.password_change.managers[0].name, "other");
    free(error);
    mpr_config_clear(&c);
    for (int i = 0; i < 33; i++)
        snprintf(many + strlen(many), 16, " m%d", i);
    assert_false(parse(many, &c, &error));
    assert_string_equal(error, "credmgr.conf:1: too many credential managers (at most 32)");
    free(error);
    mpr_config_clear(&c);
    memset(name + 7, 'a', 33);
    assert_false(parse(name, &c, &error)); /* 33 letters: not cut to 32 */
    free(error);
    mpr_config_clear(&c);
    name[7 + 32] = 0;
    assert_true(parse(name, &c, &error));
    assert_int_equal(strlen(c.logon.managers[0].name), 32);
    mpr_config_clear(&c);
}

static void names(void **state)
{
    (void)state;
    assert_true(mpr_manager_name_valid("lsa"));
    assert_true(mpr_manager_name_valid("a_b-9"));
    assert_false(mpr_manager_name_valid(""));
    assert_false(mpr_manager_name_valid("9a"));
    assert_false(mpr_manager_name_valid("Lsa"));
    assert_false(mpr_manager_name_valid("a.b"));
    assert_false(mpr_manager_name_valid("a/b"));
}

static void files(void **state)
{
    char path[] = "/tmp/credmgr-conf-XXXXXX", *error;
    int fd = mkstemp(path);
    struct mpr_config c;

    (void)state;
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "logon: other\n", 13), 13);
    close(fd);
    assert_true(mpr_config_read(path, &c, &error));
    assert_string_equal(c.logon.managers[0].name, "other");
    mpr_config_clear(&c);
    chmod(path, 0666);
    assert_false(mpr_config_read(path, &c, &error)); /* anybody could have named a manager in it */
    assert_non_null(strstr(error, "chmod go-w"));
    expect_lsa_alone(&c.logon);
    assert_non_null(c.stage_keyring);
    free(error);
    mpr_config_clear(&c);
    unlink(path);
    assert_true(mpr_config_read(path, &c, &error));
    expect_lsa_alone(&c.logon);
    mpr_config_clear(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults),
        cmocka_unit_test(everything),
        cmocka_unit_test(mistakes_are_explained),
        cmocka_unit_test(a_mistake_costs_its_line),
        cmocka_unit_test(hostile),
        cmocka_unit_test(names),
        cmocka_unit_test(files),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
