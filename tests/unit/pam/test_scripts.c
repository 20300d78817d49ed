/*
 * Logon scripts: kept from the logon to the open session, and handed over there once, with the
 * PAM environment.
 */
#include "tests/unit/pam/stage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static pam_handle_t *pamh;

static void start(const char *orders)
{
    orders_give(orders);
    pamh = fake_start("login", "alice");
    type_password(pamh, "s3cret");
    authenticate(pamh);
}

static void test_when_the_session_is_open(void **state)
{
    (void)state;
    start("logon scripts\n");
    assert_int_equal(setcred(pamh, PAM_ESTABLISH_CRED), PAM_SUCCESS);
    expect_verbs("stage logon");
    pam_putenv(pamh, "LANG=de_DE.UTF-8");
    assert_int_equal(open_session(pamh), PAM_SUCCESS);
    expect_verbs("stage logon script");
    expect_told("script", "user=alice service=- ");
    expect_told("script", "password=- old=- staged=- ");
    expect_told("script", " luid=123456789abcdef ");
    expect_told("script", " scripts=/opt/first_one|second ");
    expect_told("script", " environment=LANG=de_DE.UTF-8|KRB5CCNAME=KEYRING:persistent:1001 ");
    assert_int_equal(fake_key.puts, 1);
    assert_int_equal(open_session(pamh), PAM_SUCCESS); /* once */
    expect_verbs("stage logon script");
    assert_int_equal(close_session(pamh), PAM_SUCCESS);
    expect_verbs("stage logon script logoff");
    finish(pamh, PAM_SUCCESS, NULL);
}

/* login: open_session is where the logon happens. */
static void test_logon_in_open_session(void **state)
{
    (void)state;
    start("logon scripts\n");
    assert_int_equal(open_session(pamh), PAM_SUCCESS);
    assert_int_equal(setcred(pamh, PAM_ESTABLISH_CRED), PAM_SUCCESS);
    expect_verbs("stage logon script");
    assert_int_equal(close_session(pamh), PAM_SUCCESS);
    finish(pamh, PAM_SUCCESS, NULL);
}

/* No session is opened: they are never run. */
static void test_without_open_session(void **state)
{
    (void)state;
    start("logon scripts\n");
    assert_int_equal(setcred(pamh, PAM_ESTABLISH_CRED), PAM_SUCCESS);
    finish(pamh, PAM_SUCCESS, NULL);
    expect_verbs("stage logon logoff");
}

/* No LSA, but managers that have scripts. */
static void test_without_a_logon_session(void **state)
{
    (void)state;
    start("logon only-scripts\n");
    assert_int_equal(open_session(pamh), PAM_IGNORE);
    expect_told("script", " luid=0 ");
    expect_told("script", " scripts=/opt/first_one|second ");
    assert_int_equal(fake_key.puts, 0);
    finish(pamh, PAM_SUCCESS, "logon of alice: ");
}

/* A user can set any variable, of any length and of any bytes. What does not fit is left out. */
static void test_environment(void **state)
{
    static char large[5000] = "LARGE=", half[4000] = "HALF0=";

    (void)state;
    memset(large + 6, 'x', sizeof large - 7);
    memset(half + 6, 'y', sizeof half - 7);
    start("logon scripts\n");
    pam_putenv(pamh, large);
    pam_putenv(pamh, "BYTES=\xff");
    for (int i = 1; i <= 5; i++) {
        half[4] = (char)('0' + i);
        pam_putenv(pamh, half);
    }
    pam_putenv(pamh, "SMALL=1");
    assert_int_equal(open_session(pamh), PAM_SUCCESS);
    expect_verbs("stage logon script");
    assert_non_null(strstr(orders_log(), "|SMALL=1"));
    assert_non_null(strstr(fake_log(pamh), "the variable \"LARGE\""));
    assert_non_null(strstr(fake_log(pamh), "the variable \"BYTES\""));
    assert_null(strstr(fake_log(pamh), "the variable \"HALF4\""));
    assert_non_null(strstr(fake_log(pamh), "the variable \"HALF5\""));
    assert_null(strstr(fake_log(pamh), "CREDMGR_STAGED"));
    assert_null(strstr(orders_log(), "CREDMGR_STAGED="));
    assert_int_equal(close_session(pamh), PAM_SUCCESS);
    fake_end(pamh, PAM_SUCCESS);
}

/* Their trouble is nobody's: not of the login, also with `require`. */
static void test_trouble(void **state)
{
    (void)state;
    stage_arguments[0] = "require";
    start("logon scripts\nscript crash\n");
    assert_int_equal(open_session(pamh), PAM_SUCCESS);
    assert_non_null(strstr(fake_log(pamh), "logon scripts of alice: mpnotify"));
    assert_int_equal(close_session(pamh), PAM_SUCCESS);
    fake_end(pamh, PAM_SUCCESS);
    start("logon scripts\nscript status=c0000001\n");
    assert_int_equal(open_session(pamh), PAM_SUCCESS);
    assert_non_null(strstr(fake_log(pamh), "what the manager said (0xc0000001)"));
    assert_int_equal(close_session(pamh), PAM_SUCCESS);
    fake_end(pamh, PAM_SUCCESS);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, stage_set_up, stage_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_when_the_session_is_open),
        TEST(test_logon_in_open_session),
        TEST(test_without_open_session),
        TEST(test_without_a_logon_session),
        TEST(test_environment),
        TEST(test_trouble),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
