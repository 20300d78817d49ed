/* notify/config: what a bracket says about a credential manager, and the lists of PAM services. */
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

/* ---- brackets ------------------------------------------------------------------------------ */

/* `bracket` says "return" after these, bit 1 << enum mpr_status, and of no other. */
static void expect_returns(const char *bracket, unsigned returns)
{
    struct mpr_config c;
    char text[200];

    snprintf(text, sizeof(text), "logon: first other [%s] last", bracket);
    read_well(text, &c);
    assert_int_equal(c.logon.count, 3);
    for (int i = 0; i < MPR_STATUSES; i++) {
        if (c.logon.managers[1].return_on[i] != !!(returns & 1u << i))
            fail_msg("[%s]: %s", bracket, mpr_status_name((enum mpr_status)i));
        assert_false(c.logon.managers[0].return_on[i]);
        assert_false(c.logon.managers[2].return_on[i]);
    }
    mpr_config_clear(&c);
}

static void statuses(void **state)
{
    static const char *const names[] = {"success", "notfound", "unavail", "tryagain"};
    const unsigned all = (1u << MPR_STATUSES) - 1;
    char bracket[100];

    (void)state;
    assert_int_equal(sizeof(names) / sizeof(names[0]), MPR_STATUSES);
    for (int i = 0; i < MPR_STATUSES; i++) {
        assert_string_equal(mpr_status_name((enum mpr_status)i), names[i]);
        snprintf(bracket, sizeof(bracket), "%s=return", names[i]);
        expect_returns(bracket, 1u << i);
        snprintf(bracket, sizeof(bracket), "%s=continue", names[i]);
        expect_returns(bracket, 0);
        snprintf(bracket, sizeof(bracket), "!%s=return", names[i]);
        expect_returns(bracket, all & ~(1u << i));
        /* The later word holds. */
        snprintf(bracket, sizeof(bracket), "!%s=return %s=return", names[i], names[i]);
        expect_returns(bracket, all);
        snprintf(bracket, sizeof(bracket), "!success=return success=return !%s=continue", names[i]);
        expect_returns(bracket, 1u << i);
    }
    assert_string_equal(names[MPR_SUCCESS], "success");
    assert_string_equal(names[MPR_NOTFOUND], "notfound");
    assert_string_equal(names[MPR_UNAVAIL], "unavail");
    assert_string_equal(names[MPR_TRYAGAIN], "tryagain");
    expect_returns("", 0);
    expect_returns("UNAVAIL=RETURN tryAgain=Return notfound=return notfound=continue",
                   1u << MPR_UNAVAIL | 1u << MPR_TRYAGAIN);
    expect_returns("unavail=return] [ success=return ", 1u << MPR_UNAVAIL | 1u << MPR_SUCCESS);
}

static void statuses_that_are_none(void **state)
{
    static const char failure[] =
        "credmgr.conf:1: \"failure\" is no status any more (write unavail=return for what fails, "
        "tryagain=return for what has not started, or !success=return for all but success)";
    static const char unknown[] =
        "credmgr.conf:1: unknown setting \"%s\" of a credential manager (timeout, class, success, "
        "notfound, unavail, tryagain)";
    static const char *const refused[] = {"fail", "succes", "successs", "!success"};
    struct mpr_config c;
    char text[100], message[200];

    (void)state;
    read_badly("logon: other [failure=return]", failure, &c);
    assert_string_equal(c.logon.managers[0].name, "lsa");
    mpr_config_clear(&c);
    read_badly("logon: other [!Failure=continue]", failure, &c);
    mpr_config_clear(&c);
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        snprintf(text, sizeof(text), "logon: other [!%s=return]", refused[i]);
        snprintf(message, sizeof(message), unknown, refused[i]);
        read_badly(text, message, &c);
        mpr_config_clear(&c);
    }
    read_badly("logon: other [success=merge]",
               "credmgr.conf:1: unknown action \"merge\" (return, continue)", &c);
    assert_string_equal(c.logon.managers[0].name, "lsa");
    assert_int_equal(c.lines[MPR_LINE_LOGON], 0);
    mpr_config_clear(&c);
}

static void classes(void **state)
{
    static const struct {
        const char *value;
        uint32_t bits;
    } taken[] = {
        {"credential", WN_CREDENTIAL_CLASS},
        {"primary", WN_PRIMARY_AUTHENT_CLASS},
        {"network", WN_NETWORK_CLASS},
        {"service", WN_SERVICE_CLASS},
        {"credential,primary", WN_CREDENTIAL_CLASS | WN_PRIMARY_AUTHENT_CLASS},
        {"Network,SERVICE,network", WN_NETWORK_CLASS | WN_SERVICE_CLASS},
        {"service,primary,credential,network",
         WN_NETWORK_CLASS | WN_CREDENTIAL_CLASS | WN_PRIMARY_AUTHENT_CLASS | WN_SERVICE_CLASS},
    };
    static const struct {
        const char *value, *told;
    } refused[] = {
        {"printer", "printer"},
        {"credential,", ""},
        {",credential", ""},
        {"credential,,primary", ""},
        {"credential;primary", "credential;primary"},
        {"2", "2"},
    };
    struct mpr_config c;
    char text[100], message[200];

    (void)state;
    for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++) {
        snprintf(text, sizeof(text), "logon: lsa other [class=%s timeout=1s]", taken[i].value);
        read_well(text, &c);
        assert_int_equal(c.logon.managers[1].classes, taken[i].bits);
        assert_int_equal(c.logon.managers[1].timeout, 1000);
        assert_int_equal(c.logon.managers[0].classes, WN_CREDENTIAL_CLASS);
        mpr_config_clear(&c);
    }
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        snprintf(text, sizeof(text), "logon: other [class=%s]", refused[i].value);
        snprintf(message, sizeof(message),
                 "credmgr.conf:1: unknown class \"%s\" (credential, primary, network, service)",
                 refused[i].told);
        read_badly(text, message, &c);
        assert_string_equal(c.logon.managers[0].name, "lsa");
        assert_int_equal(c.logon.managers[0].classes, WN_CREDENTIAL_CLASS);
        mpr_config_clear(&c);
    }
    assert_string_equal(mpr_class_name(WN_NETWORK_CLASS), "network");
    assert_string_equal(mpr_class_name(WN_CREDENTIAL_CLASS), "credential");
    assert_string_equal(mpr_class_name(WN_PRIMARY_AUTHENT_CLASS), "primary");
    assert_string_equal(mpr_class_name(WN_SERVICE_CLASS), "service");
    assert_null(mpr_class_name(0));
    assert_null(mpr_class_name(0x40000000));
    assert_null(mpr_class_name(WN_NETWORK_CLASS | WN_CREDENTIAL_CLASS));
}

/* ---- lists of services --------------------------------------------------------------------- */

static size_t length(char *const *list)
{
    size_t count = 0;

    while (list[count])
        count++;
    return count;
}

static void service_named(void **state)
{
    char first[] = "sshd", second[] = "gdm-Password";
    char *list[] = {first, second, NULL}, *none[] = {NULL};

    (void)state;
    assert_true(mpr_service_named(list, "sshd"));
    assert_true(mpr_service_named(list, "SSHD"));
    assert_true(mpr_service_named(list, "gdm-password"));
    assert_false(mpr_service_named(list, "ssh"));
    assert_false(mpr_service_named(list, "sshd2"));
    assert_false(mpr_service_named(list, ""));
    assert_false(mpr_service_named(list, NULL));
    assert_false(mpr_service_named(none, "sshd"));
    assert_false(mpr_service_named(NULL, "sshd"));
}

static void default_lists(void **state)
{
    static const char *const interactive[] = {"login",        "sshd",    "su",   "su-l",  "sudo",
                                              "gdm-password", "lightdm", "sddm", "passwd"};
    static const char *const noninteractive[] = {"ftp", "vsftpd", "dovecot", "samba", "runuser"};
    static const char *const silent[] = {"cron", "crond", "atd", "systemd-user",
                                         "gdm-launch-environment"};
    struct mpr_config c;

    (void)state;
    read_well("", &c);
    for (size_t i = 0; i < sizeof(interactive) / sizeof(interactive[0]); i++)
        assert_true(mpr_service_named(c.interactive_services, interactive[i]));
    for (size_t i = 0; i < sizeof(noninteractive) / sizeof(noninteractive[0]); i++)
        assert_true(mpr_service_named(c.noninteractive_services, noninteractive[i]));
    for (size_t i = 0; i < sizeof(silent) / sizeof(silent[0]); i++)
        assert_true(mpr_service_named(c.silent_services, silent[i]));
    /* No service is in two of them. */
    for (char **name = c.interactive_services; *name; name++) {
        assert_false(mpr_service_named(c.noninteractive_services, *name));
        assert_false(mpr_service_named(c.silent_services, *name));
    }
    for (char **name = c.noninteractive_services; *name; name++)
        assert_false(mpr_service_named(c.silent_services, *name));
    mpr_config_clear(&c);
    assert_null(c.interactive_services);
    assert_null(c.noninteractive_services);
    assert_null(c.silent_services);
}

static void lists_are_replaced(void **state)
{
    struct mpr_config c;

    (void)state;
    read_well("interactive_services = my-door\tsshd  # two\n"
              "noninteractive_services =\n"
              "silent_services=a.b_c+d@e backup\r\n",
              &c);
    assert_int_equal(length(c.interactive_services), 2);
    assert_string_equal(c.interactive_services[0], "my-door");
    assert_string_equal(c.interactive_services[1], "sshd");
    assert_int_equal(length(c.noninteractive_services), 0);
    assert_int_equal(length(c.silent_services), 2);
    assert_string_equal(c.silent_services[0], "a.b_c+d@e");
    assert_string_equal(c.silent_services[1], "backup");
    mpr_config_clear(&c);
}

/* What the administrator puts in one list leaves the defaults of the others, and no more does. */
static void a_service_moves(void **state)
{
    struct mpr_config usual, c;

    (void)state;
    read_well("", &usual);
    read_well("silent_services = SSHD cron ftp\n", &c);
    assert_int_equal(length(c.silent_services), 3);
    assert_false(mpr_service_named(c.interactive_services, "sshd"));
    assert_false(mpr_service_named(c.noninteractive_services, "ftp"));
    assert_int_equal(length(c.interactive_services), length(usual.interactive_services) - 1);
    assert_int_equal(length(c.noninteractive_services), length(usual.noninteractive_services) - 1);
    for (char **name = usual.interactive_services; *name; name++)
        if (strcmp(*name, "sshd") != 0)
            assert_true(mpr_service_named(c.interactive_services, *name));
    assert_false(mpr_service_named(c.silent_services, "atd")); /* replaced, not added to */
    mpr_config_clear(&c);
    read_well("interactive_services = cron\n", &c);
    assert_false(mpr_service_named(c.silent_services, "cron"));
    assert_int_equal(length(c.silent_services), length(usual.silent_services) - 1);
    assert_int_equal(length(c.noninteractive_services), length(usual.noninteractive_services));
    mpr_config_clear(&c);
    /* A list that is refused moves nothing. */
    read_badly("silent_services = sshd sshd\n",
               "credmgr.conf:1: \"sshd\" is named twice (remove one)", &c);
    assert_true(mpr_service_named(c.interactive_services, "sshd"));
    assert_int_equal(length(c.silent_services), length(usual.silent_services));
    assert_int_equal(c.lines[MPR_LINE_SILENT], 0);
    mpr_config_clear(&c);
    mpr_config_clear(&usual);
}

static void lists_that_are_refused(void **state)
{
    static const char no_service[] = "credmgr.conf:1: \"%.64s\" is no PAM service (a file of "
                                     "/etc/pam.d, without the path; at most 64 letters, digits, _ "
                                     ". + @ and -)";
    static const char *const names[] = {"/etc/pam.d/sshd", "login,sshd", "a;b", "caf\303\251"};
    char text[200], message[300], name[66];
    struct mpr_config c;

    (void)state;
    read_badly("interactive_services = sshd door\n\nsilent_services = cron Door\n",
               "credmgr.conf:3: \"Door\" is in interactive_services too, on line 1 (a service has "
               "one station: remove it from one of them)",
               &c);
    assert_true(mpr_service_named(c.interactive_services, "door"));
    assert_false(mpr_service_named(c.silent_services, "door"));
    assert_true(mpr_service_named(c.silent_services, "atd")); /* its defaults */
    assert_int_equal(c.lines[MPR_LINE_INTERACTIVE], 1);
    assert_int_equal(c.lines[MPR_LINE_SILENT], 0);
    mpr_config_clear(&c);
    read_badly("noninteractive_services = door Door\n",
               "credmgr.conf:1: \"door\" is named twice (remove one)", &c);
    assert_false(mpr_service_named(c.noninteractive_services, "door"));
    mpr_config_clear(&c);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        snprintf(text, sizeof(text), "interactive_services = sshd %s", names[i]);
        snprintf(message, sizeof(message), no_service, names[i]);
        read_badly(text, message, &c);
        assert_true(mpr_service_named(c.interactive_services, "login"));
        mpr_config_clear(&c);
    }
    memset(name, 'a', 65);
    name[65] = 0;
    snprintf(text, sizeof(text), "silent_services = %s", name);
    snprintf(message, sizeof(message), no_service, name);
    read_badly(text, message, &c);
    mpr_config_clear(&c);
    name[64] = 0;
    snprintf(text, sizeof(text), "silent_services = %s", name);
    read_well(text, &c);
    assert_string_equal(c.silent_services[0], name);
    mpr_config_clear(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(statuses),        cmocka_unit_test(statuses_that_are_none),
        cmocka_unit_test(classes),         cmocka_unit_test(service_named),
        cmocka_unit_test(default_lists),   cmocka_unit_test(lists_are_replaced),
        cmocka_unit_test(a_service_moves), cmocka_unit_test(lists_that_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
