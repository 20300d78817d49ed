/*
 * The module when something is wrong: a login goes on as without it, with one line in the log;
 * unless the admin wrote `require`.
 */
#include "tests/unit/pam/stage.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static pam_handle_t *pamh;

static size_t lines_of(const char *log)
{
    size_t lines = 0;

    for (; (log = strchr(log, '\n')) != NULL; log++)
        lines++;
    return lines;
}

/* Each way in which mpnotify can fail, and what the log must say. */
static const struct {
    const char *behaviour, *log;
} troubles[] = {
    {"silent", "gave no answer (exit status 3)"},
    {"complain", "cannot open shared object file"},
    {"garbage", "cannot be read"},
    {"cut", "cannot be read"},
    {"hang", "was killed"},
    {"stuck", "was killed"},
    {"crash", "mpnotify"},
    {"deaf", "mpnotify did not say why"},
    {"status=c000005e", "what the manager said (0xc000005e)"},
};
enum { TROUBLES = sizeof troubles / sizeof troubles[0] };

static void give(const char *verb, size_t i)
{
    char orders[64];

    snprintf(orders, sizeof orders, "%s %s\n", verb, troubles[i].behaviour);
    orders_give(orders);
    fake_deadline = strcmp(troubles[i].log, "was killed") == 0 ? 150 : 5000;
}

/* Exactly one line, of an error, that says what it must. */
static void expect_line(const char *text)
{
    assert_int_equal(lines_of(fake_log(pamh)), 1);
    assert_true(strncmp(fake_log(pamh), "err: ", 5) == 0);
    if (!strstr(fake_log(pamh), text))
        fail_msg("\"%s\" is not in \"%s\"", text, fake_log(pamh));
    fake_log_clear(pamh);
}

static void start(void)
{
    pamh = fake_start("login", "alice");
    type_password(pamh, "s3cret");
}

/* Staging fails: the password is kept all the same, and the logon goes well. */
static void test_stage(void **state)
{
    (void)state;
    for (size_t i = 0; i < TROUBLES; i++) {
        give("stage", i);
        start();
        assert_int_equal(authenticate(pamh), PAM_IGNORE);
        expect_line(troubles[i].log);
        assert_int_equal(setcred(pamh, PAM_ESTABLISH_CRED), PAM_SUCCESS);
        expect_told("logon", "password=s3cret old=- staged=- ");
        assert_int_equal(setcred(pamh, PAM_DELETE_CRED), PAM_SUCCESS);
        fake_log_clear(pamh);
        fake_end(pamh, PAM_SUCCESS);
    }
}

static void test_logon(void **state)
{
    (void)state;
    for (size_t i = 0; i < TROUBLES; i++) {
        give("logon", i);
        start();
        authenticate(pamh);
        assert_int_equal(setcred(pamh, PAM_ESTABLISH_CRED), PAM_IGNORE);
        expect_line(troubles[i].log);
        /* Not tried a second time: the person has waited once. */
        assert_int_equal(open_session(pamh), PAM_IGNORE);
        assert_int_equal(fake_key.puts, 0);
        assert_int_equal(close_session(pamh), PAM_IGNORE);
        assert_string_equal(fake_log(pamh), "");
        assert_null(pam_getenv(pamh, "CREDMGR_STAGED"));
        fake_end(pamh, PAM_SUCCESS);
    }
}

static void test_require(void **state)
{
    (void)state;
    stage_arguments[0] = "require";
    for (size_t i = 0; i < TROUBLES; i++) {
        give("stage", i);
        start();
        assert_int_equal(authenticate(pamh), PAM_AUTHINFO_UNAVAIL);
        expect_line(troubles[i].log);
        fake_end(pamh, PAM_AUTHINFO_UNAVAIL);

        give("logon", i);
        start();
        assert_int_equal(authenticate(pamh), PAM_IGNORE);
        expect_told("stage", " require=1 ");
        assert_int_equal(setcred(pamh, PAM_ESTABLISH_CRED), PAM_CRED_UNAVAIL);
        expect_line(troubles[i].log);
        assert_int_equal(open_session(pamh), PAM_SESSION_ERR);
        fake_end(pamh, PAM_CRED_UNAVAIL);
    }
    /* No password is no trouble: public keys go on working, also when mpnotify does not. */
    orders_give("");
    pamh = fake_start("sshd", "alice");
    assert_int_equal(setcred(pamh, PAM_ESTABLISH_CRED), PAM_IGNORE);
    assert_int_equal(open_session(pamh), PAM_IGNORE);
    assert_string_equal(fake_log(pamh), "");
    fake_end(pamh, PAM_SUCCESS);
    orders_give("logon crash");
    pamh = fake_start("sshd", "alice");
    assert_int_equal(setcred(pamh, PAM_ESTABLISH_CRED), PAM_IGNORE);
    assert_int_equal(open_session(pamh), PAM_IGNORE);
    expect_line("mpnotify");
    fake_end(pamh, PAM_SUCCESS);
}

/*
 * One of several managers failed, and the admin insists on all: the login fails, and the session
 * does not stay.
 */
static void test_require_partly(void **state)
{
    (void)state;
    stage_arguments[0] = "require";
    orders_give("logon partly=c0000001");
    start();
    authenticate(pamh);
    assert_int_equal(setcred(pamh, PAM_ESTABLISH_CRED), PAM_CRED_UNAVAIL);
    expect_line("0xc0000001");
    fake_end(pamh, PAM_CRED_UNAVAIL);
    expect_verbs("stage logon logoff");
}

static void test_logoff(void **state)
{
    static const bool insist[] = {false, true};

    (void)state;
    for (size_t i = 0; i < TROUBLES; i++)
        for (size_t r = 0; r < 2; r++) {
            if (strcmp(troubles[i].behaviour, "deaf") == 0)
                continue; /* "CMN1" alone is all that a logoff has to answer */
            stage_arguments[0] = insist[r] ? "require" : NULL;
            give("logoff", i);
            start();
            authenticate(pamh);
            assert_int_equal(open_session(pamh), PAM_SUCCESS);
            assert_int_equal(close_session(pamh), insist[r] ? PAM_SESSION_ERR : PAM_IGNORE);
            expect_line("ends with this process");
            assert_int_equal(close_session(pamh), PAM_IGNORE);
            finish(pamh, PAM_SUCCESS, NULL);
        }
}

/* A change is passed on or not, but it has happened: never a failure. */
static void test_password(void **state)
{
    (void)state;
    stage_arguments[0] = "require";
    for (size_t i = 0; i < TROUBLES; i++) {
        if (strcmp(troubles[i].behaviour, "deaf") == 0)
            continue;
        give("password", i);
        pamh = fake_start("passwd", "alice");
        type_password(pamh, "s3cret2");
        assert_int_equal(chauthtok(pamh, PAM_UPDATE_AUTHTOK), PAM_IGNORE);
        expect_line(troubles[i].log);
        finish(pamh, PAM_SUCCESS, NULL);
    }
}

static void test_discard(void **state)
{
    (void)state;
    orders_give("discard crash");
    pamh = fake_start("sudo", "alice");
    type_password(pamh, "s3cret");
    authenticate(pamh);
    pam_set_item(pamh, PAM_USER, "root");
    assert_int_equal(setcred(pamh, PAM_REINITIALIZE_CRED), PAM_IGNORE);
    expect_line("the staged password expires by itself");
    assert_null(pam_getenv(pamh, "CREDMGR_STAGED"));
    fake_end(pamh, PAM_SUCCESS);
}

/*
 * No room for a key, or no account of that name: the session is there, only its processes do not
 * see it.
 */
static void test_no_key(void **state)
{
    (void)state;
    fake_key.error = EDQUOT;
    start();
    authenticate(pamh);
    assert_int_equal(open_session(pamh), PAM_IGNORE);
    expect_line("cannot put lsa:logon into the session keyring of alice");
    assert_int_equal(close_session(pamh), PAM_SUCCESS);
    assert_int_equal(fake_key.removes, 0);
    stage_arguments[0] = "require";
    authenticate(pamh);
    assert_int_equal(open_session(pamh), PAM_SESSION_ERR);
    fake_end(pamh, PAM_SESSION_ERR);

    stage_arguments[0] = NULL;
    pamh = fake_start("login", "stranger");
    type_password(pamh, "s3cret");
    authenticate(pamh);
    assert_int_equal(open_session(pamh), PAM_IGNORE);
    expect_line("no account stranger");
    fake_end(pamh, PAM_SUCCESS);
    expect_verbs("stage logon logoff stage logon logoff stage logon logoff");
}

/* Anybody can put CREDMGR_STAGED into the PAM environment. */
static void test_staged_by_user(void **state)
{
    static const char *const names[] = {
        "",
        "x",
        "0123456789abcdef",
        "0123456789ABCDEF0123456789ABCDEF",
        "0123456789abcdef0123456789abcdef0",
        "../../../../../../../etc/shadow/",
        "0123456789abcdef0123456789abcde\n",
    };
    char variable[128];

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        orders_give("");
        pamh = fake_start("sshd", "alice");
        snprintf(variable, sizeof variable, "CREDMGR_STAGED=%s", names[i]);
        pam_putenv(pamh, variable);
        assert_int_equal(setcred(pamh, PAM_ESTABLISH_CRED), PAM_IGNORE);
        assert_int_equal(open_session(pamh), PAM_IGNORE);
        expect_verbs("logon"); /* one without a password, and without that */
        expect_told("logon", " staged=- ");
        finish(pamh, PAM_SUCCESS, NULL);
    }
}

/*
 * bob has learned the name of alice's record: it does not log him on, and is not there for a second
 * try.
 */
static void test_staged_of_another(void **state)
{
    pam_handle_t *hers;
    char variable[128];

    (void)state;
    hers = fake_start("sshd", "alice");
    type_password(hers, "s3cret");
    authenticate(hers);
    snprintf(variable, sizeof variable, "CREDMGR_STAGED=%s", pam_getenv(hers, "CREDMGR_STAGED"));
    pamh = fake_start("sshd", "bob");
    pam_putenv(pamh, variable);
    stage_arguments[0] = "require";
    assert_int_equal(setcred(pamh, PAM_ESTABLISH_CRED), PAM_IGNORE);
    assert_int_equal(open_session(pamh), PAM_IGNORE);
    assert_int_equal(fake_key.puts, 0);
    assert_int_equal(orders_records(), 0);
    expect_verbs("stage logon");
    finish(pamh, PAM_SUCCESS, NULL);
    fake_end(hers, PAM_SUCCESS);
}

static void test_long_password(void **state)
{
    static char password[4098];

    (void)state;
    memset(password, 'x', sizeof password - 1);
    start();
    type_password(pamh, password);
    assert_int_equal(authenticate(pamh), PAM_IGNORE);
    expect_line("is over 4096 bytes long and is not kept");
    assert_int_equal(chauthtok(pamh, PAM_UPDATE_AUTHTOK), PAM_IGNORE);
    expect_line("is over 4096 bytes long and is not passed on");
    password[4096] = '\0';
    type_password(pamh, password);
    assert_int_equal(authenticate(pamh), PAM_IGNORE);
    expect_verbs("stage");
    fake_end(pamh, PAM_SUCCESS);
}

/* Latin-1: what is not UTF-8 is no password that can be passed on. */
static void test_no_utf8(void **state)
{
    (void)state;
    start();
    type_password(pamh, "gr\xfc\xdf"
                        "e");
    assert_int_equal(authenticate(pamh), PAM_IGNORE);
    expect_line("cannot ask mpnotify");
    assert_int_equal(setcred(pamh, PAM_ESTABLISH_CRED), PAM_IGNORE);
    expect_line("cannot ask mpnotify");
    fake_end(pamh, PAM_SUCCESS);
}

static void test_not_installed(void **state)
{
    const char *kept = fake_mpnotify;

    (void)state;
    fake_mpnotify = "/nowhere/mpnotify";
    start();
    assert_int_equal(authenticate(pamh), PAM_IGNORE);
    expect_line("cannot start /nowhere/mpnotify: No such file or directory");
    assert_int_equal(open_session(pamh), PAM_IGNORE);
    expect_line("cannot start /nowhere/mpnotify");
    fake_end(pamh, PAM_SUCCESS);
    fake_mpnotify = kept;
}

/* A typing mistake in /etc/pam.d is told, and locks nobody out. */
static void test_arguments(void **state)
{
    (void)state;
    stage_arguments[0] = "requires";
    stage_arguments[1] = "socket=lsa.sock";
    start();
    assert_int_equal(authenticate(pamh), PAM_IGNORE);
    assert_non_null(
        strstr(fake_log(pamh),
               "err: unknown argument \"requires\" (debug, require, config=FILE, socket=PATH)\n"));
    assert_non_null(strstr(fake_log(pamh), "err: socket=lsa.sock: not an absolute path"));
    expect_told("stage", " args=3 ");
    fake_end(pamh, PAM_SUCCESS);

    stage_arguments[0] = "debug";
    stage_arguments[1] = "socket=/run/other.sock";
    start();
    assert_int_equal(authenticate(pamh), PAM_IGNORE);
    assert_int_equal(open_session(pamh), PAM_SUCCESS);
    assert_non_null(strstr(fake_log(pamh), "debug: alice has logon session 0123456789abcdef"));
    assert_null(strstr(fake_log(pamh), "err: "));
    assert_null(strstr(fake_log(pamh), "s3cret"));
    expect_told("logon", " args=5 ");
    fake_end(pamh, PAM_SUCCESS); /* with the same arguments, although nobody tells it any */
    expect_told("logoff", " args=5 ");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, stage_set_up, stage_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_stage),          TEST(test_logon),
        TEST(test_require),        TEST(test_require_partly),
        TEST(test_logoff),         TEST(test_password),
        TEST(test_discard),        TEST(test_no_key),
        TEST(test_staged_by_user), TEST(test_staged_of_another),
        TEST(test_long_password),  TEST(test_no_utf8),
        TEST(test_not_installed),  TEST(test_arguments),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
