/*
 * The module in each program that PAM has: in which order they call, in which process, and under
 * whose name (the table "What PAM programs really do").
 */
#include "tests/unit/pam/stage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static pam_handle_t *pamh;

/*
 * Runs `work` in a child, as a program does that forks in the middle of a transaction; true when it
 * returned true.
 */
static bool in_child(bool (*work)(int fd), int fd)
{
    pid_t pid = fork();
    int status;

    if (pid == 0)
        _exit(work(fd) ? 0 : 1);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status == 0;
}

static void expect_leader(void)
{
    char text[32];

    snprintf(text, sizeof text, " leader=%ld ", (long)getpid());
    expect_told("logon", text);
}

static void expect_key(uid_t uid)
{
    assert_int_equal(fake_key.puts, 1);
    assert_int_equal(fake_key.uid, uid);
    assert_int_equal(fake_key.gid, uid + 1000);
    assert_true(fake_key.luid == FAKE_LUID);
}

/* ---- sshd ------------------------------------------------------------------------------------ */

/*
 * The child that becomes the shell: setcred once more, then an end that is not the transaction's.
 */
static bool sshd_shell(int flags)
{
    bool ok = setcred(pamh, flags) == PAM_SUCCESS;

    fake_end(pamh, PAM_SUCCESS | PAM_DATA_SILENT);
    return ok;
}

static void sshd_session(void)
{
    assert_int_equal(setcred(pamh, PAM_ESTABLISH_CRED), PAM_SUCCESS);
    assert_null(pam_getenv(pamh, "CREDMGR_STAGED"));
    assert_int_equal(fake_key.puts, 0); /* pam_keyinit comes between */
    assert_int_equal(open_session(pamh), PAM_SUCCESS);
    assert_string_equal(pam_getenv(pamh, "KRB5CCNAME"), "KEYRING:persistent:1001");
    assert_true(in_child(sshd_shell, PAM_ESTABLISH_CRED));
    assert_true(in_child(sshd_shell, PAM_REINITIALIZE_CRED));
    expect_key(1001);
    expect_leader();
    assert_int_equal(close_session(pamh), PAM_SUCCESS);
    assert_int_equal(setcred(pamh, PAM_DELETE_CRED), PAM_IGNORE);
    assert_int_equal(fake_key.removes, 1);
}

static void test_sshd_password(void **state)
{
    (void)state;
    pamh = fake_start("sshd", "alice");
    pam_set_item(pamh, PAM_TTY, "ssh");
    pam_set_item(pamh, PAM_RHOST, "192.0.2.7");
    type_password(pamh, "s3cret");
    assert_int_equal(authenticate(pamh), PAM_IGNORE);
    assert_int_equal(strlen(pam_getenv(pamh, "CREDMGR_STAGED")), 32);
    pam_set_item(pamh, PAM_AUTHTOK, NULL);
    sshd_session();
    expect_verbs("stage logon logoff");
    expect_told("stage", "user=alice service=sshd tty=- rhost=- password=s3cret old=- staged=- ");
    expect_told(
        "logon",
        "user=alice service=sshd tty=ssh rhost=192.0.2.7 password=s3cret old=- staged=yes ");
    expect_told("logoff", " luid=123456789abcdef ");
    finish(pamh, PAM_SUCCESS, NULL);
    expect_verbs("stage logon logoff");
}

static bool kbdint_child(int fd)
{
    const char *variable;

    type_password(pamh, "s3cret");
    if (authenticate(pamh) != PAM_IGNORE)
        return false;
    for (size_t i = 0; (variable = fake_environment(pamh, i)) != NULL; i++)
        dprintf(fd, "%s\n", variable);
    return true; /* it ends without pam_end() */
}

/* In sshd's monitor: the environment of the child, which is gone. */
static void import_environment(int fd)
{
    char text[512], *line = text;
    ssize_t size = read(fd, text, sizeof text - 1);

    assert_true(size > 0);
    text[size] = '\0';
    for (char *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
        *end = '\0';
        assert_int_equal(pam_putenv(pamh, line), PAM_SUCCESS);
    }
}

static void keyboard_interactive(void)
{
    int fds[2];

    assert_int_equal(pipe(fds), 0);
    assert_true(in_child(kbdint_child, fds[1]));
    close(fds[1]);
    import_environment(fds[0]);
    close(fds[0]);
    assert_int_equal(orders_records(), 1);
}

static void test_sshd_keyboard_interactive(void **state)
{
    (void)state;
    pamh = fake_start("sshd", "alice");
    keyboard_interactive();
    sshd_session();
    expect_verbs("stage logon logoff");
    expect_told("logon", "password=- old=- staged=yes ");
    /* A second login on the same handle, which this process has never authenticated. */
    pam_putenv(pamh, "KRB5CCNAME");
    memset(&fake_key, 0, sizeof fake_key);
    keyboard_interactive();
    sshd_session();
    expect_verbs("stage logon logoff stage logon logoff");
    finish(pamh, PAM_SUCCESS, NULL);
}

/* mpnotify is asked once whether somebody is to hear of it; by default nobody is. */
static void test_sshd_public_key(void **state)
{
    (void)state;
    pamh = fake_start("sshd", "alice");
    assert_int_equal(setcred(pamh, PAM_ESTABLISH_CRED), PAM_IGNORE);
    assert_int_equal(open_session(pamh), PAM_IGNORE);
    assert_int_equal(setcred(pamh, PAM_REINITIALIZE_CRED), PAM_IGNORE);
    assert_int_equal(close_session(pamh), PAM_IGNORE);
    assert_int_equal(setcred(pamh, PAM_DELETE_CRED), PAM_IGNORE);
    assert_int_equal(fake_key.puts, 0);
    expect_verbs("logon");
    expect_told("logon", "password=- old=- staged=- ");
    finish(pamh, PAM_SUCCESS, NULL);
    expect_verbs("logon");
}

/* notify_without_password = yes */
static void test_sshd_public_key_notified(void **state)
{
    (void)state;
    orders_give("logon any\n");
    pamh = fake_start("sshd", "alice");
    sshd_session();
    expect_verbs("logon logoff");
    expect_told("logon", "password=- old=- staged=- ");
    finish(pamh, PAM_SUCCESS, NULL);
}

/* Delegated credentials, and those of pam_krb5: by the PAM environment, never by the process's. */
static void test_sshd_delegated_tickets(void **state)
{
    (void)state;
    pamh = fake_start("sshd", "alice");
    assert_int_equal(pam_putenv(pamh, "KRB5CCNAME=FILE:/tmp/krb5cc_x"), PAM_SUCCESS);
    sshd_session();
    expect_verbs("logon logoff");
    expect_told("logon", "password=- old=- staged=- ");
    expect_told("logon", " ccache=FILE:/tmp/krb5cc_x ");
    finish(pamh, PAM_SUCCESS, NULL);

    orders_give("");
    memset(&fake_key, 0, sizeof fake_key);
    setenv("KRB5CCNAME", "FILE:/tmp/of-the-daemon", 1);
    pamh = fake_start("sshd", "alice");
    assert_int_equal(setcred(pamh, PAM_ESTABLISH_CRED), PAM_IGNORE);
    expect_told("logon", " ccache=- ");
    unsetenv("KRB5CCNAME");
    finish(pamh, PAM_SUCCESS, NULL);
}

/*
 * ---- login, su, sudo, passwd -------------------------------------------------------------------
 */

/* open_session before setcred; no DELETE_CRED. */
static void test_login(void **state)
{
    (void)state;
    pamh = fake_start("login", "alice");
    pam_set_item(pamh, PAM_TTY, "/dev/tty1");
    type_password(pamh, "s3cret");
    authenticate(pamh);
    assert_int_equal(open_session(pamh), PAM_SUCCESS);
    expect_key(1001);
    assert_int_equal(setcred(pamh, PAM_ESTABLISH_CRED), PAM_SUCCESS);
    assert_int_equal(close_session(pamh), PAM_SUCCESS);
    expect_verbs("stage logon logoff");
    expect_told("logon", "tty=/dev/tty1 ");
    expect_leader();
    finish(pamh, PAM_SUCCESS, NULL);
}

/* login asks for another name when the first one fails: the first password is used for nobody. */
static void test_login_twice(void **state)
{
    (void)state;
    pamh = fake_start("login", "alice");
    type_password(pamh, "s3cret-of-alice");
    authenticate(pamh); /* in a stack that calls us although somebody before us refused */
    pam_set_item(pamh, PAM_USER, "bob");
    type_password(pamh, "s3cret-of-bob");
    authenticate(pamh);
    assert_int_equal(open_session(pamh), PAM_SUCCESS);
    expect_key(1002);
    expect_told("logon", "user=bob service=login tty=- rhost=- password=s3cret-of-bob ");
    assert_int_equal(close_session(pamh), PAM_SUCCESS);
    expect_verbs("stage discard stage logon logoff");
    finish(pamh, PAM_SUCCESS, NULL);
}

static void test_su(void **state)
{
    (void)state;
    pamh = fake_start("su", "bob");
    pam_set_item(pamh, PAM_RUSER, "alice");
    type_password(pamh, "s3cret");
    authenticate(pamh);
    assert_int_equal(setcred(pamh, PAM_ESTABLISH_CRED), PAM_SUCCESS);
    assert_int_equal(open_session(pamh), PAM_SUCCESS);
    expect_key(1002);
    assert_int_equal(close_session(pamh), PAM_SUCCESS);
    assert_int_equal(setcred(pamh, PAM_DELETE_CRED), PAM_IGNORE);
    expect_verbs("stage logon logoff");
    expect_told("logon", "user=bob ");
    finish(pamh, PAM_SUCCESS, NULL);
}

static void test_su_from_root(void **state)
{
    (void)state;
    pamh = fake_start("su", "alice");
    assert_int_equal(open_session(pamh), PAM_IGNORE);
    assert_int_equal(close_session(pamh), PAM_IGNORE);
    assert_int_equal(fake_key.puts, 0);
    expect_verbs("logon");
    expect_told("logon", "password=- old=- staged=- ");
    finish(pamh, PAM_SUCCESS, NULL);
}

/*
 * authenticate has the caller as PAM_USER, the rest the target: alice's password must not become
 * root's.
 */
static void test_sudo(void **state)
{
    (void)state;
    pamh = fake_start("sudo", "alice");
    type_password(pamh, "s3cret");
    authenticate(pamh);
    pam_set_item(pamh, PAM_USER, "root");
    assert_int_equal(setcred(pamh, PAM_REINITIALIZE_CRED), PAM_IGNORE);
    assert_int_equal(open_session(pamh), PAM_IGNORE);
    assert_int_equal(close_session(pamh), PAM_IGNORE);
    assert_int_equal(fake_key.puts, 0);
    expect_verbs("stage discard");
    finish(pamh, PAM_SUCCESS, NULL);
}

/* One uid, two passwords. */
static void test_sudo_toor(void **state)
{
    (void)state;
    pamh = fake_start("sudo", "root");
    type_password(pamh, "s3cret");
    authenticate(pamh);
    pam_set_item(pamh, PAM_USER, "toor");
    assert_int_equal(setcred(pamh, PAM_REINITIALIZE_CRED), PAM_IGNORE);
    expect_verbs("stage discard");
    finish(pamh, PAM_SUCCESS, NULL);
}

/* A directory's module makes "alice" of what was typed. */
static void test_canonical_name(void **state)
{
    (void)state;
    pamh = fake_start("login", "Alice");
    type_password(pamh, "s3cret");
    authenticate(pamh);
    pam_set_item(pamh, PAM_USER, "alice");
    assert_int_equal(open_session(pamh), PAM_SUCCESS);
    expect_told("logon", "user=alice service=login tty=- rhost=- password=s3cret ");
    assert_int_equal(close_session(pamh), PAM_SUCCESS);
    finish(pamh, PAM_SUCCESS, NULL);
}

/* What is only for display does not spoil a logon when it cannot be passed on. */
static void test_odd_terminal(void **state)
{
    static char longest[5000];

    (void)state;
    memset(longest, 'x', sizeof longest - 1);
    pamh = fake_start("sshd", "alice");
    pam_set_item(pamh, PAM_TTY, longest);
    pam_set_item(pamh, PAM_RHOST, "\xff.example.org");
    type_password(pamh, "s3cret");
    authenticate(pamh);
    assert_int_equal(setcred(pamh, PAM_ESTABLISH_CRED), PAM_SUCCESS);
    expect_told("logon", "user=alice service=sshd tty=- rhost=- password=s3cret ");
    assert_int_equal(setcred(pamh, PAM_DELETE_CRED), PAM_SUCCESS);
    finish(pamh, PAM_SUCCESS, NULL);
}

static void test_passwd(void **state)
{
    (void)state;
    pamh = fake_start("passwd", "alice");
    assert_int_equal(chauthtok(pamh, PAM_PRELIM_CHECK), PAM_IGNORE);
    expect_verbs("");
    pam_set_item(pamh, PAM_OLDAUTHTOK, "s3cret");
    type_password(pamh, "s3cret2");
    assert_int_equal(chauthtok(pamh, PAM_UPDATE_AUTHTOK), PAM_IGNORE);
    expect_verbs("password");
    expect_told("password", "user=alice service=passwd tty=- rhost=- password=s3cret2 old=s3cret ");
    finish(pamh, PAM_SUCCESS, NULL);
    expect_verbs("password");
}

static void test_passwd_by_root(void **state)
{
    (void)state;
    pamh = fake_start("passwd", "alice");
    type_password(pamh, "s3cret2");
    assert_int_equal(chauthtok(pamh, PAM_UPDATE_AUTHTOK), PAM_IGNORE);
    expect_told("password", "user=alice service=passwd tty=- rhost=- password=s3cret2 old=- ");
    finish(pamh, PAM_SUCCESS, NULL);
}

/* The module that changes passwords took back what was typed. */
static void test_passwd_refused(void **state)
{
    (void)state;
    pamh = fake_start("passwd", "alice");
    pam_set_item(pamh, PAM_OLDAUTHTOK, "s3cret");
    assert_int_equal(chauthtok(pamh, PAM_UPDATE_AUTHTOK), PAM_IGNORE);
    expect_verbs("");
    finish(pamh, PAM_AUTHTOK_ERR, NULL);
}

/* The password has expired: it is changed in the middle of the login. */
static void test_forced_change(void **state)
{
    (void)state;
    pamh = fake_start("login", "alice");
    type_password(pamh, "s3cret");
    authenticate(pamh);
    chauthtok(pamh, PAM_PRELIM_CHECK);
    pam_set_item(pamh, PAM_OLDAUTHTOK, "s3cret");
    type_password(pamh, "s3cret2");
    chauthtok(pamh, PAM_UPDATE_AUTHTOK);
    assert_int_equal(open_session(pamh), PAM_SUCCESS);
    assert_int_equal(close_session(pamh), PAM_SUCCESS);
    expect_verbs("stage password discard stage logon logoff");
    expect_told("password", "password=s3cret2 old=s3cret ");
    expect_told("logon", "password=s3cret2 old=s3cret staged=yes ");
    finish(pamh, PAM_SUCCESS, NULL);
}

/* The same where the module that changes passwords keeps the old one to itself. */
static void test_forced_change_without_old(void **state)
{
    (void)state;
    pamh = fake_start("login", "alice");
    type_password(pamh, "s3cret");
    authenticate(pamh);
    type_password(pamh, "s3cret2");
    chauthtok(pamh, PAM_UPDATE_AUTHTOK);
    assert_int_equal(setcred(pamh, PAM_ESTABLISH_CRED), PAM_SUCCESS);
    expect_told("password", "password=s3cret2 old=s3cret ");
    expect_told("logon", "password=s3cret2 old=s3cret staged=yes ");
    assert_int_equal(setcred(pamh, PAM_DELETE_CRED), PAM_SUCCESS);
    finish(pamh, PAM_SUCCESS, NULL);
}

/*
 * ---- others ------------------------------------------------------------------------------------
 */

/* A mail server: no session, no DELETE_CRED, and it runs for months. */
static void test_server_without_close(void **state)
{
    (void)state;
    pamh = fake_start("dovecot", "alice");
    type_password(pamh, "s3cret");
    authenticate(pamh);
    assert_int_equal(setcred(pamh, PAM_ESTABLISH_CRED), PAM_SUCCESS);
    finish(pamh, PAM_SUCCESS, NULL);
    expect_verbs("stage logon logoff");
}

/* The account is locked, or the person gives up: no logon, and the staged record goes at once. */
static void test_no_logon(void **state)
{
    (void)state;
    pamh = fake_start("login", "alice");
    type_password(pamh, "s3cret");
    authenticate(pamh);
    assert_int_equal(orders_records(), 1);
    fake_end(pamh, PAM_ACCT_EXPIRED);
    assert_int_equal(orders_records(), 0);
    expect_verbs("stage discard");
}

/* A child that forgets PAM_DATA_SILENT must not end what its parent began. */
static bool careless_child(int unused)
{
    (void)unused;
    if (close_session(pamh) != PAM_IGNORE || setcred(pamh, PAM_DELETE_CRED) != PAM_IGNORE)
        return false;
    fake_end(pamh, PAM_SUCCESS);
    return true;
}

static void test_careless_child(void **state)
{
    (void)state;
    pamh = fake_start("login", "alice");
    type_password(pamh, "s3cret");
    authenticate(pamh);
    assert_true(in_child(careless_child, 0));
    expect_verbs("stage");
    assert_int_equal(open_session(pamh), PAM_SUCCESS);
    assert_true(in_child(careless_child, 0));
    expect_verbs("stage logon");
    assert_int_equal(close_session(pamh), PAM_SUCCESS);
    finish(pamh, PAM_SUCCESS, NULL);
}

/* A process that says it only ends its copy: another one goes on with the transaction. */
static void test_silent_end(void **state)
{
    (void)state;
    pamh = fake_start("login", "alice");
    type_password(pamh, "s3cret");
    authenticate(pamh);
    fake_end(pamh, PAM_SUCCESS | PAM_DATA_SILENT);
    assert_int_equal(orders_records(), 1);
    expect_verbs("stage");

    pamh = fake_start("login", "alice");
    type_password(pamh, "s3cret");
    authenticate(pamh);
    assert_int_equal(open_session(pamh), PAM_SUCCESS);
    fake_end(pamh, PAM_SUCCESS | PAM_DATA_SILENT);
    expect_verbs("stage stage logon");
}

/* A handle used for one login after another. */
static void test_again(void **state)
{
    (void)state;
    pamh = fake_start("display", "alice");
    for (int i = 0; i < 2; i++) {
        type_password(pamh, "s3cret");
        assert_int_equal(authenticate(pamh), PAM_IGNORE);
        assert_int_equal(open_session(pamh), PAM_SUCCESS);
        assert_int_equal(close_session(pamh), PAM_SUCCESS);
        pam_putenv(pamh, "KRB5CCNAME");
    }
    expect_verbs("stage logon logoff stage logon logoff");
    finish(pamh, PAM_SUCCESS, NULL);
}

/* Two logins in one process, as a display manager has them: each has its own, and ends its own. */
static void test_two_sessions(void **state)
{
    pam_handle_t *other;

    (void)state;
    pamh = fake_start("display", "alice");
    other = fake_start("display", "alice");
    type_password(pamh, "s3cret");
    type_password(other, "s3cret");
    authenticate(pamh);
    authenticate(other);
    assert_int_equal(open_session(pamh), PAM_SUCCESS);
    assert_int_equal(open_session(other), PAM_SUCCESS);
    assert_int_equal(fake_key.puts, 2);
    assert_int_equal(close_session(other), PAM_SUCCESS);
    assert_int_equal(fake_key.removes, 1);
    fake_end(other, PAM_SUCCESS);
    expect_verbs("stage stage logon logon logoff");
    assert_int_equal(setcred(pamh, PAM_ESTABLISH_CRED), PAM_SUCCESS);
    assert_int_equal(close_session(pamh), PAM_SUCCESS);
    expect_verbs("stage stage logon logon logoff logoff");
    finish(pamh, PAM_SUCCESS, NULL);
}

/* Nobody's name yet, or no password in it: nobody is asked. */
static void test_nothing_typed(void **state)
{
    (void)state;
    pamh = fake_start("login", NULL);
    type_password(pamh, "s3cret");
    assert_int_equal(authenticate(pamh), PAM_IGNORE);
    assert_int_equal(setcred(pamh, PAM_ESTABLISH_CRED), PAM_IGNORE);
    assert_int_equal(open_session(pamh), PAM_IGNORE);
    expect_verbs("");
    pam_set_item(pamh, PAM_USER, "alice");
    type_password(pamh, "");
    assert_int_equal(authenticate(pamh), PAM_IGNORE);
    expect_verbs("");
    finish(pamh, PAM_SUCCESS, NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, stage_set_up, stage_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_sshd_password),
        TEST(test_sshd_keyboard_interactive),
        TEST(test_sshd_public_key),
        TEST(test_sshd_public_key_notified),
        TEST(test_sshd_delegated_tickets),
        TEST(test_login),
        TEST(test_login_twice),
        TEST(test_su),
        TEST(test_su_from_root),
        TEST(test_sudo),
        TEST(test_sudo_toor),
        TEST(test_canonical_name),
        TEST(test_odd_terminal),
        TEST(test_passwd),
        TEST(test_passwd_by_root),
        TEST(test_passwd_refused),
        TEST(test_forced_change),
        TEST(test_forced_change_without_old),
        TEST(test_server_without_close),
        TEST(test_no_logon),
        TEST(test_careless_child),
        TEST(test_silent_end),
        TEST(test_again),
        TEST(test_two_sessions),
        TEST(test_nothing_typed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
