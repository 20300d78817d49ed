/*
 * notify/script: logon scripts run as the person, in order, and what they write is logged; nothing
 * of the caller's process is left in them. The log is this test's own. Root only, since it becomes
 * another user; skipped for others.
 */
#include "tests/unit/base/test.h"
#include "base/log.h"
#include "base/secret.h"
#include "notify/script.h"
#include "notify/verb.h"
#include "tests/unit/notify/world.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <keyutils.h>
#include <ntstatus.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* ---- the log, in place of base/log.c ------------------------------------------------------- */

static char log_ident[64];

void log_open(const char *ident, bool to_stderr, bool debug)
{
    (void)to_stderr, (void)debug;
    snprintf(log_ident, sizeof(log_ident), "%s", ident);
}

void log_vline(int priority, const char *format, va_list args)
{
    char path[256], line[4096];
    int fd, n;

    snprintf(path, sizeof(path), "%s/out/log", world_directory);
    fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    n = snprintf(line, sizeof(line), "%s %d ", log_ident, LOG_PRI(priority));
    n += vsnprintf(line + n, sizeof(line) - (size_t)n, format, args);
    line[n] = '\n';
    if (fd < 0 || write(fd, line, (size_t)n + 1) != n + 1)
        abort();
    close(fd);
}

void log_line(int priority, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    log_vline(priority, format, args);
    va_end(args);
}

void log_format(char *out, size_t room, const char *format, va_list args)
{
    vsnprintf(out, room, format, args);
}

/* ---- the world ----------------------------------------------------------------------------- */

static char home[128], show[160];
static struct passwd person = {.pw_name = (char *)"nobody",
                               .pw_uid = 65534,
                               .pw_gid = 65534,
                               .pw_dir = home,
                               .pw_shell = (char *)"/bin/false"};
static struct mpr_config config = {.logon_scripts = true};

static const char *output(const char *name)
{
    static char text[1 << 18];
    char path[256];
    size_t n = 0;
    FILE *f;

    snprintf(path, sizeof(path), "%s/out/%s", world_directory, name);
    f = fopen(path, "re");
    if (f) {
        n = fread(text, 1, sizeof(text) - 1, f);
        fclose(f);
    }
    text[n] = 0;
    return text;
}

static int set_up(void **state)
{
    char command[2200];

    if (world_open(state) != 0)
        return -1;
    snprintf(home, sizeof(home), "%s/out", world_directory);
    snprintf(show, sizeof(show), "%s/show", world_directory);
    snprintf(command, sizeof(command), "cp /proc/%d/exe %s && chmod 755 %s %s", (int)getpid(), show,
             show, world_directory);
    return system(command);
}

static int before_each(void **state)
{
    char path[200];

    (void)state;
    snprintf(path, sizeof(path), "rm -rf %s", home);
    if (system(path) != 0 || mkdir(home, 0777) != 0 || chmod(home, 0777) != 0)
        return -1;
    return 0;
}

/* Runs them to the end. */
static void run(uint64_t luid, char *const *environment, const char *first, const char *second)
{
    char *scripts[] = {(char *)first, (char *)second, NULL};
    int status;

    assert_true(mpr_scripts_start(&person, luid, scripts, environment));
    assert_true(wait(&status) > 0);
    assert_int_equal(status, 0);
}

/* `text` with `argument` for each '@'. */
static const char *command(const char *text, const char *argument)
{
    static char lines[4][1024];
    static int next;
    char *line = lines[next++ % 4];
    size_t used = 0;

    for (; *text; text++)
        used += (size_t)snprintf(line + used, sizeof(lines[0]) - used, "%.*s",
                                 *text == '@' ? (int)strlen(argument) : 1,
                                 *text == '@' ? argument : text);
    return line;
}

/* ---- what a script sees: this program, run by that name ------------------------------------- */

static int show_process(void)
{
    char text[256], payload[32] = "none", cwd[256];
    uid_t r, e, s;
    gid_t groups[8];
    long key = keyctl_search(KEY_SPEC_SESSION_KEYRING, "user", "lsa:logon", 0);
    FILE *f = fopen("/proc/self/status", "re");
    int count = getgroups(8, groups), fds = 0;

    getresuid(&r, &e, &s);
    printf("uids=%u,%u,%u groups=%d\n", r, e, s, count);
    while (f && fgets(text, sizeof(text), f))
        if (strncmp(text, "CapPrm", 6) == 0 || strncmp(text, "CapEff", 6) == 0 ||
            strncmp(text, "SigIgn", 6) == 0 || strncmp(text, "SigBlk", 6) == 0)
            printf("%s", text);
    if (f)
        fclose(f);
    for (int fd = 0; fd < 64; fd++)
        fds += fcntl(fd, F_GETFD) >= 0;
    printf("fds=%d terminal=%d leader=%d umask=%03o cwd=%s\n", fds, open("/dev/tty", O_RDWR) >= 0,
           getsid(0) == getpid(), umask(0), getcwd(cwd, sizeof(cwd)));
    for (char **v = environ; *v; v++)
        printf("env %s\n", *v);
    if (key > 0) {
        memset(payload, 0, sizeof(payload));
        keyctl_read((key_serial_t)key, payload, 16);
    }
    printf("keyring=%d luid=%s\n", (int)keyctl_get_keyring_ID(KEY_SPEC_SESSION_KEYRING, 0),
           payload);
    return 0;
}

static void expect(const char *text)
{
    if (!strstr(output("log"), text))
        fail_msg("\"%s\" is not in \"%s\"", text, output("log"));
}

static void as_the_person(void **state)
{
    char *environment[] = {(char *)"LANG=de_DE.UTF-8",
                           (char *)"HOME=/evil",
                           (char *)"CREDMGR_STAGED=x",
                           (char *)"USER=root",
                           (char *)"=x",
                           (char *)"no-assignment",
                           (char *)"LD_LIBRARY_PATH=",
                           NULL};
    sigset_t blocked;
    char line[256];

    (void)state;
    if (geteuid() != 0)
        skip();
    signal(SIGPIPE, SIG_IGN);
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGTERM);
    sigprocmask(SIG_BLOCK, &blocked, NULL);
    setenv("EVIL", "1", 1);
    umask(077);
    run(0, environment, command("@ --show", show), NULL);
    umask(022);
    unsetenv("EVIL");
    sigprocmask(SIG_UNBLOCK, &blocked, NULL);
    signal(SIGPIPE, SIG_DFL);
    expect("credmgr-logon-script 6 nobody: uids=65534,65534,65534 ");
    expect("CapPrm:\t0000000000000000\n");
    expect("CapEff:\t0000000000000000\n");
    expect("SigIgn:\t0000000000000000\n");
    expect("SigBlk:\t0000000000000000\n");
    snprintf(line, sizeof(line), "fds=3 terminal=0 leader=1 umask=022 cwd=%s\n", home);
    expect(line);
    snprintf(line, sizeof(line), "env HOME=%s\n", home);
    expect(line);
    expect("env USER=nobody\n");
    expect("env LOGNAME=nobody\n");
    expect("env SHELL=/bin/false\n");
    expect("env PATH=/usr/local/bin:/usr/bin:/bin\n");
    expect("env LANG=de_DE.UTF-8\n");
    assert_null(strstr(output("log"), "EVIL"));
    assert_null(strstr(output("log"), "evil"));
    assert_null(strstr(output("log"), "STAGED"));
    assert_null(strstr(output("log"), "env ="));
    assert_null(strstr(output("log"), "no-assignment"));
    expect("luid=none\n");
}

static void in_the_session_keyring(void **state)
{
    key_serial_t ours = keyctl_join_session_keyring(NULL), key;
    char line[64];

    (void)state;
    if (geteuid() != 0)
        skip();
    /* Not the person's: a new one, with the session or without. */
    run(0, NULL, command("@ --show", show), NULL);
    expect("luid=none\n");
    snprintf(line, sizeof(line), "keyring=%d ", (int)ours);
    assert_null(strstr(output("log"), line));
    before_each(NULL);
    run(0x1122334455667788, NULL, command("@ --show", show), NULL);
    expect("luid=1122334455667788\n");
    assert_null(strstr(output("log"), line));
    /* As pam_credmgr.so leaves it. */
    key = add_key("user", "lsa:logon", "1122334455667788", 16, ours);
    assert_true(key > 0);
    assert_int_equal(keyctl_setperm(key, KEY_POS_VIEW | KEY_POS_READ | KEY_POS_SEARCH), 0);
    before_each(NULL);
    run(0x1122334455667788, NULL, command("@ --show", show), NULL);
    expect("luid=1122334455667788\n");
    expect(line);
    /* Another session's. */
    before_each(NULL);
    run(0x5, NULL, command("@ --show", show), NULL);
    expect("luid=0000000000000005\n");
    assert_null(strstr(output("log"), line));
    keyctl_join_session_keyring(NULL);
}

static void in_order(void **state)
{
    (void)state;
    if (geteuid() != 0)
        skip();
    run(0, NULL, command("sh -c \"sleep 0.2; echo one >>@/order\"", home),
        command("sh -c \"echo two >>@/order; echo \"\"\"\"a b\"\"\"\"\"", home));
    assert_string_equal(output("order"), "one\ntwo\n");
    expect("nobody: a b\n");
}

/* A slow one holds up the next for a while only (script_for_test.c), and is left to go on. */
static void not_for_ever(void **state)
{
    (void)state;
    if (geteuid() != 0)
        skip();
    run(0, NULL, command("sh -c \"sleep 2; echo one >>@/order; echo late words\"", home),
        command("sh -c \"echo two >>@/order\"", home));
    assert_string_equal(output("order"), "two\none\n");
    expect(" still runs after 1 s; the next is started\n");
    expect("nobody: late words\n");
}

/* A mistake in one does not keep the next from running. */
static void mistakes(void **state)
{
    static const char *const lines[] = {"bin/sh", "\"x", "no-such-program-anywhere", "/nowhere/x",
                                        "/etc/passwd"};
    static const char *const texts[] = {
        "3 nobody: logon script \"bin/sh\" is not run: not an absolute path\n",
        "3 nobody: logon script \"\"x\" is not run: a quote that does not end\n",
        "is not run: not found in /usr/local/bin, /usr/bin or /bin\n",
        "6 nobody: cannot run /nowhere/x: No such file or directory\n",
        "6 nobody: cannot run /etc/passwd: Permission denied\n",
    };

    (void)state;
    if (geteuid() != 0)
        skip();
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        before_each(NULL);
        run(0, NULL, lines[i], "echo second");
        expect(texts[i]);
        expect("6 nobody: second\n");
    }
}

static void output_and_end(void **state)
{
    char *line;

    (void)state;
    if (geteuid() != 0)
        skip();
    run(0, NULL, "sh -c \"echo out; echo err >&2; printf 'a\\r\\n\\nunfinished'; exit 3\"",
        "sh -c \"kill -9 $$\"");
    expect("6 nobody: out\n");
    expect("6 nobody: err\n");
    expect("6 nobody: a\n");
    expect("6 nobody: unfinished\n");
    expect(" ended with status 3\n");
    expect(" was ended by SIGKILL\n");

    before_each(NULL); /* a line without an end is cut, and there are not too many */
    run(0, NULL, "sh -c \"head -c 2000 /dev/zero | tr '\\0' x; yes | head -n 100000\"", NULL);
    line = strstr(output("log"), "nobody: xxx");
    assert_non_null(line);
    assert_int_equal(strspn(line + 8, "x"), MPR_SCRIPT_LINE_MAX);
    expect(" lines; no more of it is logged\n");
    assert_null(strstr(strstr(output("log"), "no more of it"), "nobody: y"));
}

/* Starting returns at once, and nothing of the caller's is held. */
static void one_that_never_ends(void **state)
{
    char *scripts[] = {
        (char *)command("sh -c \"echo $$ >@/new; mv @/new @/pid; exec sleep 1000\"", home), NULL};
    struct timespec began, now, pause = {.tv_nsec = 10000000};
    struct pollfd gone;
    int fds[2], status;
    pid_t runner, script;

    (void)state;
    if (geteuid() != 0)
        skip();
    assert_int_equal(pipe(fds), 0);
    clock_gettime(CLOCK_MONOTONIC, &began);
    assert_true(mpr_scripts_start(&person, 0, scripts, NULL));
    clock_gettime(CLOCK_MONOTONIC, &now);
    assert_in_range(now.tv_sec - began.tv_sec, 0, 1);
    close(fds[1]);
    gone = (struct pollfd){.fd = fds[0], .events = POLLIN};
    assert_int_equal(poll(&gone, 1, 3000), 1);
    assert_true(gone.revents & POLLHUP);
    close(fds[0]);
    for (int i = 0; i < 500 && !*output("pid"); i++)
        nanosleep(&pause, NULL);
    script = (pid_t)atol(output("pid"));
    assert_true(script > 1);
    assert_int_equal(waitpid(-1, &status, WNOHANG), 0);
    assert_int_equal(kill(script, SIGTERM), 0);
    runner = wait(&status);
    assert_true(runner > 0);
    expect(" was ended by SIGTERM\n");
}

/* ---- the verb ------------------------------------------------------------------------------ */

static void the_verb(void **state)
{
    char *scripts[] = {(char *)"echo hello", NULL};
    struct mpr_request request = {.user = (char *)"nobody", .scripts = scripts};
    struct mpr_trouble trouble = {.used = 0};
    struct mpr_reply reply = {.status = 0};

    (void)state;
    if (geteuid() != 0)
        skip();
    mpr_verb_script(&config, &request, &reply, &trouble);
    assert_int_equal(reply.status, 0);
    assert_true(wait(NULL) > 0);
    expect("nobody: hello\n");
    before_each(NULL);
    config.logon_scripts = false;
    mpr_verb_script(&config, &request, &reply, &trouble);
    config.logon_scripts = true;
    assert_int_equal(reply.status, 0);
    assert_int_equal(wait(NULL), -1);
    assert_null(strstr(output("log"), "hello"));
    request.user = (char *)"no-such-user-anywhere";
    mpr_verb_script(&config, &request, &reply, &trouble);
    assert_int_equal(reply.status, (uint32_t)STATUS_NO_SUCH_USER);
    request.scripts = NULL;
    mpr_verb_script(&config, &request, &reply, &trouble);
    assert_int_equal(reply.status, (uint32_t)STATUS_INVALID_PARAMETER);
}

/* Scripts of managers that were called late: the logon session's, whatever keyring this is. */
static void late_scripts(void **state)
{
    char *scripts[] = {(char *)command("@ --show", show), NULL};
    struct mpr_call call = {
        .luid = {.LowPart = 0x10, .HighPart = 0x20}, .session = true, .context = "nobody"};

    (void)state;
    if (geteuid() != 0)
        skip();
    mpr_late_scripts(&call, scripts);
    assert_true(wait(NULL) > 0);
    expect("luid=0000002000000010\n");
    before_each(NULL);
    call.session = false;
    mpr_late_scripts(&call, scripts);
    assert_true(wait(NULL) > 0);
    expect("luid=none\n");
    before_each(NULL);
    call.context = "no-such-user-anywhere";
    mpr_late_scripts(&call, scripts);
    assert_int_equal(wait(NULL), -1);
    expect("no such user\n");
}

/* The process that waits for scripts is the person's, perhaps for days: it must not have the
 * password that a late script's manager was told. */
static void no_secrets(void **state)
{
    char *scripts[] = {(char *)"sh -c \"touch started; sleep 1\"", NULL}, path[200], found[16] = "";
    char *secret = secret_dup("g€heim", 9);
    int pid = -1, status, fd;
    struct stat st;
    FILE *children;

    (void)state;
    if (geteuid() != 0) {
        secret_free(secret);
        skip();
    }
    assert_true(mpr_scripts_start(&person, 0, scripts, NULL));
    snprintf(path, sizeof(path), "%s/started", home);
    for (int i = 0; i < 100 && stat(path, &st) != 0; i++)
        usleep(20000);
    assert_int_equal(stat(path, &st), 0);
    snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)getpid(), (int)getpid());
    children = fopen(path, "re");
    assert_non_null(children);
    assert_int_equal(fscanf(children, "%d", &pid), 1);
    fclose(children);
    snprintf(path, sizeof(path), "/proc/%d/mem", pid);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(pread(fd, found, 9, (off_t)(uintptr_t)secret), 9);
    close(fd);
    assert_string_equal(found, "");
    assert_int_equal(stat(path, &st), 0); /* nor can the person look into it */
    assert_int_equal(st.st_uid, 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_string_equal(secret, "g€heim");
    secret_free(secret);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(as_the_person, before_each),
        cmocka_unit_test_setup(in_the_session_keyring, before_each),
        cmocka_unit_test_setup(in_order, before_each),
        cmocka_unit_test_setup(not_for_ever, before_each),
        cmocka_unit_test_setup(mistakes, before_each),
        cmocka_unit_test_setup(output_and_end, before_each),
        cmocka_unit_test_setup(one_that_never_ends, before_each),
        cmocka_unit_test_setup(no_secrets, before_each),
        cmocka_unit_test_setup(the_verb, before_each),
        cmocka_unit_test_setup(late_scripts, before_each),
    };

    if (argc == 2 && strcmp(argv[1], "--show") == 0)
        return show_process();
    return cmocka_run_group_tests(tests, set_up, world_close);
}
