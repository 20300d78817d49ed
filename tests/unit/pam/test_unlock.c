/*
 * Proving once more who one is: screen lockers with and without privilege, and the programs that
 * pass their flags for something else.
 */
#include "tests/unit/pam/stage.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static pam_handle_t *pamh;

static const int refreshing[] = {PAM_REFRESH_CRED, PAM_REINITIALIZE_CRED};

/* ---- as root --------------------------------------------------------------------------------- */

/* A display manager's process of its own for the unlocking. */
static void test_session_elsewhere(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        orders_give("unlock session\n");
        pamh = fake_start("gdm-password", "alice");
        pam_set_item(pamh, PAM_TTY, "/dev/tty2");
        assert_int_equal(pam_putenv(pamh, "KRB5CCNAME=FILE:/tmp/krb5cc_x"), PAM_SUCCESS);
        type_password(pamh, "s3cret");
        assert_int_equal(authenticate(pamh), PAM_IGNORE);
        assert_int_equal(setcred(pamh, refreshing[i] | PAM_SILENT), PAM_SUCCESS);
        expect_verbs("stage unlock discard");
        expect_told("unlock", "user=alice service=gdm-password tty=/dev/tty2 rhost=- "
                              "password=s3cret old=- staged=- ");
        expect_told("unlock", " luid=0 ");
        expect_told("unlock", " ccache=FILE:/tmp/krb5cc_x ");
        assert_int_equal(setcred(pamh, refreshing[i]), PAM_SUCCESS); /* once */
        expect_verbs("stage unlock discard");
        assert_int_equal(fake_key.puts, 0);
        finish(pamh, PAM_SUCCESS, NULL);
        expect_verbs("stage unlock discard"); /* the session is not ours to end */
    }
}

/* In the transaction that began the session: xdm. */
static void test_own_session(void **state)
{
    (void)state;
    pamh = fake_start("display", "alice");
    type_password(pamh, "s3cret");
    authenticate(pamh);
    assert_int_equal(open_session(pamh), PAM_SUCCESS);
    type_password(pamh, "s3cret2");
    assert_int_equal(authenticate(pamh), PAM_IGNORE);
    assert_int_equal(setcred(pamh, PAM_REFRESH_CRED), PAM_SUCCESS);
    expect_verbs("stage logon unlock");
    expect_told("unlock", "password=s3cret2 ");
    expect_told("unlock", " luid=123456789abcdef ");
    expect_told("unlock", " ccache=- "); /* KRB5CCNAME is from the managers */
    assert_int_equal(close_session(pamh), PAM_SUCCESS);
    expect_verbs("stage logon unlock logoff");
    finish(pamh, PAM_SUCCESS, NULL);
}

/* Nobody is logged on: the password waits for the session. */
static void test_nothing_to_unlock(void **state)
{
    (void)state;
    pamh = fake_start("sudo", "alice"); /* sudo -u alice, by alice or with targetpw */
    type_password(pamh, "s3cret");
    authenticate(pamh);
    assert_int_equal(setcred(pamh, PAM_REINITIALIZE_CRED), PAM_IGNORE);
    expect_verbs("stage unlock");
    assert_int_equal(open_session(pamh), PAM_SUCCESS);
    expect_told("logon", "password=s3cret old=- staged=yes ");
    assert_true(fake_key.luid == FAKE_LUID);
    assert_int_equal(close_session(pamh), PAM_SUCCESS);
    expect_verbs("stage unlock logon logoff");
    finish(pamh, PAM_SUCCESS, NULL);
}

/* alice runs `sudo -u alice`: her session is used, and no second one made. */
static void test_sudo_to_oneself(void **state)
{
    (void)state;
    orders_give("unlock session\nlogon any\n");
    fake_key.present = FAKE_OTHER_LUID;
    pamh = fake_start("sudo", "alice");
    type_password(pamh, "s3cret");
    authenticate(pamh);
    assert_int_equal(setcred(pamh, PAM_REINITIALIZE_CRED), PAM_SUCCESS);
    assert_int_equal(open_session(pamh), PAM_IGNORE);
    assert_int_equal(fake_key.puts, 0);
    assert_int_equal(close_session(pamh), PAM_IGNORE);
    expect_verbs("stage unlock discard");
    finish(pamh, PAM_SUCCESS, NULL);
}

/* bob, who knows alice's password, runs `sudo -u alice`: alice's session, not bob's. */
static void test_sudo_with_the_targets_password(void **state)
{
    (void)state;
    orders_give("unlock session\n");
    fake_key.present = 0x7777; /* bob's */
    pamh = fake_start("sudo", "alice");
    type_password(pamh, "s3cret");
    authenticate(pamh);
    assert_int_equal(setcred(pamh, PAM_REINITIALIZE_CRED), PAM_SUCCESS);
    assert_int_equal(open_session(pamh), PAM_IGNORE);
    assert_int_equal(fake_key.puts, 1);
    assert_true(fake_key.luid == FAKE_OTHER_LUID);
    assert_int_equal(close_session(pamh), PAM_IGNORE);
    expect_verbs("stage unlock discard"); /* nothing to end */
    finish(pamh, PAM_SUCCESS, NULL);
}

/* The caller's password is nobody else's, and no password is no login, whatever is configured. */
static void test_sudo(void **state)
{
    (void)state;
    orders_give("unlock session\nlogon any\n");
    pamh = fake_start("sudo", "alice");
    type_password(pamh, "s3cret");
    authenticate(pamh);
    pam_set_item(pamh, PAM_USER, "bob");
    assert_int_equal(setcred(pamh, PAM_REINITIALIZE_CRED), PAM_IGNORE);
    assert_int_equal(open_session(pamh), PAM_IGNORE);
    expect_verbs("stage discard");
    finish(pamh, PAM_SUCCESS, NULL);

    orders_give("logon any\n"); /* NOPASSWD */
    pamh = fake_start("sudo", "bob");
    assert_int_equal(setcred(pamh, PAM_REINITIALIZE_CRED), PAM_IGNORE);
    assert_int_equal(open_session(pamh), PAM_IGNORE);
    expect_verbs("");
    finish(pamh, PAM_SUCCESS, NULL);
}

static bool shell(void)
{
    bool ok = setcred(pamh, PAM_REINITIALIZE_CRED) == PAM_SUCCESS;

    fake_end(pamh, PAM_SUCCESS | PAM_DATA_SILENT);
    return ok;
}

/* sshd for root: the flag comes in a child, when the session is open. */
static void test_sshd_root(void **state)
{
    pid_t pid;
    int status;

    (void)state;
    pamh = fake_start("sshd", "root");
    type_password(pamh, "s3cret");
    authenticate(pamh);
    assert_int_equal(setcred(pamh, PAM_ESTABLISH_CRED), PAM_SUCCESS);
    assert_int_equal(open_session(pamh), PAM_SUCCESS);
    pid = fork();
    if (pid == 0)
        _exit(!shell());
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    expect_verbs("stage logon");
    assert_int_equal(close_session(pamh), PAM_SUCCESS);
    finish(pamh, PAM_SUCCESS, NULL);
}

/* Whatever goes wrong, the screen opens; also with `require`. */
static void test_trouble(void **state)
{
    static const char *const behaviours[] = {"crash", "hang", "garbage", "status=c000005e"};

    (void)state;
    stage_arguments[0] = "require";
    for (size_t i = 0; i < sizeof behaviours / sizeof behaviours[0]; i++)
        for (uid_t uid = 0; uid <= 1001; uid += 1001) {
            char orders[64] = "unlock ";

            strcat(orders, behaviours[i]);
            orders_give(orders);
            fake_euid = uid;
            fake_deadline = strcmp(behaviours[i], "hang") == 0 ? 150 : 5000;
            pamh = fake_start("locker", "alice");
            type_password(pamh, "s3cret");
            assert_int_equal(authenticate(pamh), PAM_IGNORE);
            assert_int_equal(setcred(pamh, PAM_REFRESH_CRED), PAM_IGNORE);
            assert_non_null(strstr(fake_log(pamh), "unlock of alice: "));
            assert_null(strstr(fake_log(pamh), "s3cret"));
            fake_end(pamh, PAM_SUCCESS);
            assert_int_equal(orders_records(), 0);
        }
}

/* ---- without privilege ----------------------------------------------------------------------- */

/* Nothing is staged, nobody is logged on; only the person's own session is unlocked. */
static void test_locker(void **state)
{
    static const int flags[] = {PAM_REFRESH_CRED, PAM_REINITIALIZE_CRED, PAM_ESTABLISH_CRED, 0};

    (void)state;
    fake_euid = 1001;
    stage_arguments[0] = "require";
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
        orders_give("unlock session\n");
        pamh = fake_start("i3lock", "alice");
        type_password(pamh, "s3cret");
        assert_int_equal(authenticate(pamh), PAM_IGNORE);
        assert_null(pam_getenv(pamh, "CREDMGR_STAGED"));
        expect_verbs("");
        assert_int_equal(setcred(pamh, flags[i]), PAM_SUCCESS);
        expect_verbs("unlock");
        expect_told("unlock", "user=alice service=i3lock tty=- rhost=- password=s3cret ");
        assert_int_equal(setcred(pamh, flags[i]), PAM_SUCCESS);
        expect_verbs("unlock");
        assert_int_equal(setcred(pamh, PAM_DELETE_CRED), PAM_IGNORE);
        finish(pamh, PAM_SUCCESS, NULL);
        expect_verbs("unlock");
    }
}

/* No session, or nothing typed: nothing to do, and nothing to say. */
static void test_locker_without(void **state)
{
    (void)state;
    fake_euid = 1001;
    pamh = fake_start("swaylock", "alice");
    assert_int_equal(authenticate(pamh), PAM_IGNORE);
    assert_int_equal(setcred(pamh, PAM_REFRESH_CRED), PAM_IGNORE);
    expect_verbs("");
    type_password(pamh, "s3cret");
    assert_int_equal(authenticate(pamh), PAM_IGNORE);
    assert_int_equal(setcred(pamh, PAM_REFRESH_CRED), PAM_IGNORE);
    expect_verbs("unlock");
    finish(pamh, PAM_SUCCESS, NULL);
}

/* A web server that asks for the passwords of others. */
static void test_password_of_another(void **state)
{
    (void)state;
    fake_euid = 1001;
    for (int i = 0; i < 2; i++) {
        pamh = fake_start("httpd", i == 0 ? "bob" : "nobody-known");
        type_password(pamh, "s3cret");
        assert_int_equal(authenticate(pamh), PAM_IGNORE);
        assert_int_equal(setcred(pamh, PAM_ESTABLISH_CRED), PAM_IGNORE);
        expect_verbs("");
        finish(pamh, PAM_SUCCESS, NULL);
    }
}

/* What cannot be passed on does not keep the screen locked. */
static void test_locker_with_a_long_password(void **state)
{
    static char longest[5000];

    (void)state;
    memset(longest, 'x', sizeof longest - 1);
    fake_euid = 1001;
    stage_arguments[0] = "require";
    pamh = fake_start("i3lock", "alice");
    type_password(pamh, longest);
    assert_int_equal(authenticate(pamh), PAM_IGNORE);
    assert_int_equal(setcred(pamh, PAM_REFRESH_CRED), PAM_IGNORE);
    expect_verbs("");
    finish(pamh, PAM_SUCCESS, "is over 4096 bytes long");
}

/* Everything but unlocking is passed over. */
static void test_nothing_else(void **state)
{
    (void)state;
    stage_arguments[0] = "require";
    fake_euid = 1001;
    pamh = fake_start("xscreensaver", "alice");
    type_password(pamh, "s3cret");
    assert_int_equal(open_session(pamh), PAM_IGNORE);
    assert_int_equal(close_session(pamh), PAM_IGNORE);
    assert_int_equal(chauthtok(pamh, PAM_UPDATE_AUTHTOK), PAM_IGNORE);
    assert_int_equal(pam_sm_acct_mgmt(pamh, 0, 0, NULL), PAM_IGNORE);
    expect_verbs("");
    finish(pamh, PAM_SUCCESS, NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, stage_set_up, stage_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_session_elsewhere),
        TEST(test_own_session),
        TEST(test_nothing_to_unlock),
        TEST(test_sudo_to_oneself),
        TEST(test_sudo_with_the_targets_password),
        TEST(test_sudo),
        TEST(test_sshd_root),
        TEST(test_trouble),
        TEST(test_locker),
        TEST(test_locker_without),
        TEST(test_password_of_another),
        TEST(test_locker_with_a_long_password),
        TEST(test_nothing_else),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
