/*
 * mpnotify itself, as a logon program starts it: with somebody else's environment, descriptors and
 * ids, with good and hostile requests, with no lsad. Root only, since only root may notify; skipped
 * for others.
 */
#include "tests/unit/base/test.h"
#include "base/keyring.h"
#include "base/secret.h"
#include "notify/request.h"
#include "tests/unit/notify/world.h"

#include <fcntl.h>
#include <grp.h>
#include <keyutils.h>
#include <ntstatus.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char keyring_name[64], config_path[256];
static uid_t starter = 12345;  /* real uid of who starts it */
static bool starter_limits;    /* who starts it may have next to nothing: ulimit */
static bool starter_is_nobody; /* … and no privilege at all: a screen locker */

static void write_config(const char *first_lines)
{
    char text[1024];

    snprintf(text, sizeof(text),
             "%s\nstage: keyring=%s\nlsa: socket=%s/nobody.sock\nmanagers: "
             "directory=%s\nstatistics: directory=%s/statistics\n",
             first_lines, keyring_name, world_directory, world_directory, world_directory);
    snprintf(config_path, sizeof(config_path), "%s", world_write("credmgr.conf", text));
}

static int set_up(void **state)
{
    if (world_open(state) != 0 || keyring_own_session() != 0)
        return -1;
    snprintf(keyring_name, sizeof(keyring_name), "credmgr-stage-mpnotify-%d", (int)getpid());
    world_install("good", NULL);
    write_config("logon: good\npassword_change: good");
    return 0;
}

static int tear_down(void **state)
{
    if (geteuid() == 0) {
        keyring_serial anchor = keyring_anchor(keyring_name);

        keyring_destroy(KEY_SPEC_USER_KEYRING, anchor);
    }
    return world_close(state);
}

/* Starts it as su would: real uid of somebody, a variable, an open file. Reads what it says until
 * the end. */
static ssize_t run_raw(const char *verb, const void *input, size_t input_size, char *output,
                       size_t room, int *status)
{
    int in[2], out[2];
    char program[1100], option[300];
    int program_fd;
    struct rlimit core;
    ssize_t total = 0, n;
    pid_t pid;

    assert_int_equal(pipe(in), 0);
    assert_int_equal(pipe(out), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        snprintf(program, sizeof(program), "%s/libexec/mpnotify", world_build);
        snprintf(option, sizeof(option), "--config=%s", config_path);
        dup2(in[0], 0);
        dup2(out[1], 1);
        for (int fd = 3; fd < 20; fd++)
            close(fd);
        if (open("/etc/passwd", O_RDONLY) != 3) /* not close-on-exec */
            _exit(98);
        if (getrlimit(RLIMIT_CORE, &core) == 0) {
            core.rlim_cur = core.rlim_max;
            setrlimit(RLIMIT_CORE, &core);
        }
        if (starter_limits) {
            setrlimit(RLIMIT_FSIZE, &(struct rlimit){0, RLIM_INFINITY});
            setrlimit(RLIMIT_NOFILE, &(struct rlimit){5, 1024});
        }
        setenv("EVIL", "1", 1);
        setenv("KRB5CCNAME", "FILE:/tmp/evil", 1);
        program_fd = open(program, O_PATH | O_CLOEXEC); /* nobody may not reach the build folder */
        if (starter_is_nobody ? setresgid(65534, 65534, 65534) != 0 || setgroups(0, NULL) != 0 ||
                                    setresuid(65534, 65534, 65534) != 0
                              : setresuid(starter, 0, 0) != 0)
            _exit(99);
        fexecve(program_fd, (char *[]){(char *)"mpnotify", option, (char *)verb, NULL}, environ);
        _exit(97);
    }
    close(in[0]);
    close(out[1]);
    signal(SIGPIPE, SIG_IGN);
    (void)!write(in[1], input, input_size);
    close(in[1]);
    while ((n = read(out[0], output + total, room - (size_t)total)) > 0)
        total += n;
    close(out[0]);
    assert_int_equal(waitpid(pid, status, 0), pid);
    return total;
}

static struct mpr_reply ask(enum mpr_verb verb, const struct mpr_request *request)
{
    static char output[MPR_MESSAGE_MAX];
    struct mpr_reply reply;
    size_t size;
    uint8_t *data = mpr_request_write(request, &size);
    ssize_t n;
    int status;

    assert_non_null(data);
    n = run_raw(mpr_verb_name(verb), data, size, output, sizeof(output), &status);
    secret_free(data);
    assert_int_equal(status, 0);
    assert_true(n > 0);
    assert_true(mpr_reply_read((const uint8_t *)output, (size_t)n, &reply));
    return reply;
}

static char user[] = "root", unknown[] = "some-service", service[] = "sshd", tty[] = "pts/7",
            password[] = "geheim", old_password[] = "zuvor", nobody[] = "nobody",
            locker[] = "i3lock", nothing[] = "/bin/true", *scripts[] = {nothing, NULL},
            foo[] = "FOO=bar", *environment[] = {foo, NULL};

static struct mpr_request logon_request(void)
{
    return (struct mpr_request){
        .user = user, .service = service, .tty = tty, .leader = getpid(), .password = password};
}

static void without_lsad_managers_are_called(void **state)
{
    struct mpr_request request = logon_request();
    struct mpr_reply reply;
    const char *seen;

    (void)state;
    if (geteuid() != 0)
        skip();
    world_forget();
    reply = ask(MPR_LOGON, &request);
    assert_int_equal(reply.status, 0);
    assert_true(reply.luid == 0);
    assert_non_null(strstr(reply.message, "no logon session: lsad does not answer"));
    mpr_reply_clear(&reply);
    seen = world_seen("good");
    assert_non_null(strstr(seen, "now MSV1_0:Interactive"));
    assert_non_null(strstr(seen, "password=geheim max=2\nprevious none\nstation=WinSta_0\n"));
    assert_null(strstr(seen, "luid=00000000:00000000"));
    /* nothing of the caller's process is left */
    assert_non_null(strstr(seen, "ids=0,0,0 dumpable=0 core=0\n"));
    assert_non_null(strstr(seen, "environment=PATH=/usr/sbin:/usr/bin:/sbin:/bin \n"));
    assert_non_null(strstr(seen, "descriptors=0 1 2 \n"));

    starter = 0;
    reply = ask(MPR_LOGON, &request);
    mpr_reply_clear(&reply);
    assert_non_null(strstr(world_seen("good"), "ids=0,0,0 dumpable=0 core=0\n"));
    starter = 12345;

    request.require = true; /* then any trouble is the answer */
    reply = ask(MPR_LOGON, &request);
    assert_int_equal(reply.status, (uint32_t)STATUS_UNSUCCESSFUL);
    mpr_reply_clear(&reply);
    request.require = false;
    request.tty = NULL;
    request.service = unknown;
    reply = ask(MPR_LOGON, &request);
    mpr_reply_clear(&reply);
    assert_non_null(strstr(world_seen("good"), "station=SvcCtl\n"));
}

static void staged_then_logged_on(void **state)
{
    struct mpr_request request = logon_request();
    struct mpr_reply staged, reply;

    (void)state;
    if (geteuid() != 0)
        skip();
    request.old_password = old_password;
    staged = ask(MPR_STAGE, &request);
    assert_int_equal(staged.status, 0);
    assert_true(mpr_staged_valid(staged.staged));
    assert_null(staged.message);
    request.password = request.old_password = NULL;
    request.staged = staged.staged;
    world_forget();
    reply = ask(MPR_LOGON, &request);
    assert_int_equal(reply.status, 0);
    mpr_reply_clear(&reply);
    assert_non_null(
        strstr(world_seen("good"), "password=geheim max=2\nprevious MSV1_0:Interactive"));
    assert_non_null(strstr(world_seen("good"), "password=zuvor max=2\nstation="));
    world_forget();
    reply = ask(MPR_LOGON, &request); /* a second time there is nothing */
    assert_int_equal(reply.status, (uint32_t)STATUS_NO_SUCH_LOGON_SESSION);
    assert_null(world_seen("good"));
    mpr_reply_clear(&reply);
    mpr_reply_clear(&staged);
}

static void a_given_password_goes_first(void **state)
{
    struct mpr_request request = logon_request();
    char other[] = "frisch";
    struct mpr_reply staged, reply;

    (void)state;
    if (geteuid() != 0)
        skip();
    staged = ask(MPR_STAGE, &request);
    request.password = other;
    request.staged = staged.staged;
    reply = ask(MPR_LOGON, &request);
    mpr_reply_clear(&reply);
    assert_non_null(strstr(world_seen("good"), "password=frisch"));
    request.password = NULL; /* the record was used up all the same */
    reply = ask(MPR_LOGON, &request);
    assert_int_equal(reply.status, (uint32_t)STATUS_NO_SUCH_LOGON_SESSION);
    mpr_reply_clear(&reply);
    mpr_reply_clear(&staged);
}

static void another_users_record_is_ignored(void **state)
{
    struct mpr_request request = logon_request();
    char daemon[] = "daemon";
    struct mpr_reply staged, reply;

    (void)state;
    if (geteuid() != 0)
        skip();
    staged = ask(MPR_STAGE, &request);
    request.user = daemon;
    request.password = NULL;
    request.staged = staged.staged;
    world_forget();
    reply = ask(MPR_LOGON, &request);
    assert_int_equal(reply.status, (uint32_t)STATUS_NO_SUCH_LOGON_SESSION);
    assert_null(world_seen("good"));
    mpr_reply_clear(&reply);
    request.user = user;
    reply = ask(MPR_LOGON, &request);
    assert_int_equal(reply.status, (uint32_t)STATUS_NO_SUCH_LOGON_SESSION);
    mpr_reply_clear(&reply);
    mpr_reply_clear(&staged);
}

static void discarded(void **state)
{
    struct mpr_request request = logon_request();
    struct mpr_reply staged, reply;

    (void)state;
    if (geteuid() != 0)
        skip();
    staged = ask(MPR_STAGE, &request);
    request = (struct mpr_request){.staged = staged.staged};
    reply = ask(MPR_DISCARD, &request);
    assert_int_equal(reply.status, 0);
    mpr_reply_clear(&reply);
    request = logon_request();
    request.password = NULL;
    request.staged = staged.staged;
    reply = ask(MPR_LOGON, &request);
    assert_int_equal(reply.status, (uint32_t)STATUS_NO_SUCH_LOGON_SESSION);
    mpr_reply_clear(&reply);
    mpr_reply_clear(&staged);
}

static void password_changes(void **state)
{
    struct mpr_request request = {
        .user = user, .service = service, .password = password, .old_password = old_password};
    struct mpr_reply reply;

    (void)state;
    if (geteuid() != 0)
        skip();
    world_forget();
    reply = ask(MPR_PASSWORD, &request);
    assert_int_equal(reply.status, 0);
    assert_null(reply.message);
    mpr_reply_clear(&reply);
    assert_non_null(
        strstr(world_seen("good"), "password_change info=1\nnow MSV1_0:Interactive message=2\n"));
    assert_non_null(strstr(world_seen("good"),
                           "password=geheim max=2\nprevious MSV1_0:Interactive message=2\n"));
    request.old_password = NULL; /* root does not know it */
    reply = ask(MPR_PASSWORD, &request);
    assert_int_equal(reply.status, 0);
    mpr_reply_clear(&reply);
    assert_non_null(strstr(world_seen("good"), "previous none\n"));
}

static void incomplete_requests(void **state)
{
    char unheard[] = "no-such-user-anywhere";
    struct mpr_request request = logon_request(), empty = {.user = NULL};
    struct mpr_reply reply;

    (void)state;
    if (geteuid() != 0)
        skip();
    for (enum mpr_verb verb = MPR_STAGE; verb <= MPR_CHANGE; verb++) {
        reply = ask(verb, &empty);
        assert_int_equal(reply.status, (uint32_t)STATUS_INVALID_PARAMETER);
        assert_non_null(strstr(reply.message, "the request has no "));
        mpr_reply_clear(&reply);
    }
    request.user = unheard;
    reply = ask(MPR_LOGON, &request);
    assert_int_equal(reply.status, (uint32_t)STATUS_NO_SUCH_USER);
    mpr_reply_clear(&reply);
    request = (struct mpr_request){.luid = 5};
    reply = ask(MPR_LOGOFF, &request);
    assert_int_equal(reply.status, (uint32_t)STATUS_UNSUCCESSFUL);
    assert_non_null(strstr(reply.message, "lsad does not answer"));
    mpr_reply_clear(&reply);
}

static void hostile_input(void **state)
{
    static char large[MPR_MESSAGE_MAX * 2], output[MPR_MESSAGE_MAX];
    static const char *const inputs[] = {"", "CMN", "GET / HTTP/1.0\r\n\r\n", "CMN1\1"};
    struct mpr_reply reply;
    int status;
    ssize_t n;

    (void)state;
    if (geteuid() != 0)
        skip();
    memset(large, 'C', sizeof(large));
    for (size_t i = 0; i < 5; i++) {
        n = i < 4 ? run_raw("logon", inputs[i], strlen(inputs[i]), output, sizeof(output), &status)
                  : run_raw("logon", large, sizeof(large), output, sizeof(output), &status);
        assert_int_equal(status, 0);
        assert_true(mpr_reply_read((const uint8_t *)output, (size_t)n, &reply));
        assert_int_equal(reply.status, (uint32_t)STATUS_INVALID_PARAMETER);
        mpr_reply_clear(&reply);
    }
    n = run_raw("frobnicate", "", 0, output, sizeof(output), &status);
    assert_int_equal(n, 0);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 2);
}

/* A broken file, and managers that hurt: the answer still comes, and it is one. */
static void nothing_hurts_the_reply(void **state)
{
    struct mpr_request request = logon_request();
    struct mpr_reply reply;

    (void)state;
    if (geteuid() != 0)
        skip();
    world_install("crash", NULL);
    world_install("scribble", NULL);
    world_install("closefds", NULL);
    world_install("hang", NULL);
    write_config("logon: crash scribble closefds hang [timeout=200ms] good\nnonsense in between");
    world_forget();
    reply = ask(MPR_LOGON, &request);
    assert_int_equal(reply.status, 0);
    assert_non_null(strstr(reply.message, "credential manager crash: was ended by SIGSEGV"));
    assert_non_null(strstr(reply.message, "credential manager hang: did not answer within 200 ms"));
    assert_null(strstr(reply.message, "scribble"));
    assert_non_null(world_seen("good"));
    mpr_reply_clear(&reply);
    write_config("logon: absent");
    reply = ask(MPR_LOGON, &request);
    assert_int_equal(reply.status, (uint32_t)STATUS_UNSUCCESSFUL); /* nobody took it */
    mpr_reply_clear(&reply);
    write_config("logon: good\npassword_change: good");
}

/* In su, sudo and passwd the caller's limits hold: they must not end a notification half way. */
static void the_callers_limits_are_left_behind(void **state)
{
    struct mpr_request request = logon_request();
    struct mpr_reply reply;

    (void)state;
    if (geteuid() != 0)
        skip();
    world_forget();
    starter_limits = true;
    reply = ask(MPR_LOGON, &request);
    starter_limits = false;
    assert_int_equal(reply.status, 0);
    assert_non_null(strstr(reply.message, "nobody.sock"));
    assert_null(strstr(reply.message, "credential manager"));
    assert_non_null(world_seen("good"));
    mpr_reply_clear(&reply);
}

/* A mpnotify that stands still with the lock (its cgroup is frozen) must not stop all logins. */
static void a_held_lock_delays_nobody(void **state)
{
    struct mpr_request request = logon_request();
    struct timespec begin, end;
    struct mpr_reply reply;
    char path[256];
    int lock;

    (void)state;
    if (geteuid() != 0)
        skip();
    reply = ask(MPR_LOGON, &request); /* makes the directory */
    mpr_reply_clear(&reply);
    snprintf(path, sizeof(path), "%s/statistics/.lock", world_directory);
    lock = open(path, O_RDWR | O_CLOEXEC);
    assert_true(lock >= 0);
    assert_int_equal(flock(lock, LOCK_EX), 0);
    clock_gettime(CLOCK_MONOTONIC, &begin);
    reply = ask(MPR_LOGON, &request);
    clock_gettime(CLOCK_MONOTONIC, &end);
    close(lock);
    assert_int_equal(reply.status, 0);
    assert_in_range(end.tv_sec - begin.tv_sec, 0, 10);
    mpr_reply_clear(&reply);
}

/* An LSA that accepts connections and says nothing: the logoff still tells what is wrong. */
static void a_hung_lsa_is_told_of(void **state)
{
    struct mpr_request request = {.luid = 7};
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int silent = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct mpr_reply reply;

    (void)state;
    if (geteuid() != 0)
        skip();
    snprintf(address.sun_path, sizeof(address.sun_path), "%s/nobody.sock", world_directory);
    assert_int_equal(bind(silent, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(silent, 8), 0);
    reply = ask(MPR_LOGOFF, &request);
    close(silent);
    unlink(address.sun_path);
    assert_int_equal(reply.status, (uint32_t)STATUS_UNSUCCESSFUL);
    assert_non_null(strstr(reply.message, "lsad does not answer"));
    mpr_reply_clear(&reply);
}

/* ---- unlock, script ---------------------------------------------------------------------------
 */

/* A screen locker: nothing but its own person's session, and nothing of its own to say about lsad.
 */
static void without_privilege(void **state)
{
    struct mpr_request request = {
        .user = nobody, .service = locker, .password = password, .scripts = scripts};
    struct mpr_reply reply;

    (void)state;
    if (geteuid() != 0)
        skip();
    assert_int_equal(chmod(world_directory, 0755), 0);
    starter_is_nobody = true;
    for (enum mpr_verb verb = MPR_STAGE; verb <= MPR_CHANGE; verb++) {
        if (verb == MPR_UNLOCK)
            continue;
        reply = ask(verb, &request);
        assert_int_equal(reply.status, (uint32_t)STATUS_PRIVILEGE_NOT_HELD);
        mpr_reply_clear(&reply);
    }
    /* lsad is looked for where root says. */
    reply = ask(MPR_UNLOCK, &request);
    assert_int_equal(reply.status, (uint32_t)STATUS_UNSUCCESSFUL);
    assert_non_null(strstr(reply.message, "nobody.sock"));
    mpr_reply_clear(&reply);
    assert_int_equal(chmod(config_path, 0666), 0);
    reply = ask(MPR_UNLOCK, &request);
    assert_null(reply.message ? strstr(reply.message, "nobody.sock") : NULL);
    mpr_reply_clear(&reply);
    assert_int_equal(chmod(config_path, 0644), 0);
    assert_int_equal(chown(config_path, 65534, 65534), 0);
    reply = ask(MPR_UNLOCK, &request);
    assert_null(reply.message ? strstr(reply.message, "nobody.sock") : NULL);
    mpr_reply_clear(&reply);
    assert_int_equal(chown(config_path, 0, 0), 0);
    request.user = user;
    reply = ask(MPR_UNLOCK, &request);
    assert_int_equal(reply.status, (uint32_t)STATUS_PRIVILEGE_NOT_HELD);
    mpr_reply_clear(&reply);
    starter_is_nobody = false;
}

/* As root without lsad: there is no session to be found. */
static void unlock_without_lsad(void **state)
{
    struct mpr_request request = {.user = user, .service = service, .password = password};
    struct mpr_reply reply;

    (void)state;
    if (geteuid() != 0)
        skip();
    world_forget();
    reply = ask(MPR_UNLOCK, &request);
    assert_int_equal(reply.status, (uint32_t)STATUS_NO_SUCH_LOGON_SESSION);
    assert_non_null(strstr(reply.message, "lsad does not answer"));
    assert_null(world_seen("good"));
    mpr_reply_clear(&reply);
}

/*
 * A logon script keeps the session keyring that mpnotify was started with, and mpnotify does not
 * wait for it. (The rest of what a script sees is in script_test.c.)
 */
static void scripts_run(void **state)
{
    struct timespec pause = {.tv_nsec = 20000000};
    struct mpr_request request = {.user = nobody, .scripts = scripts, .luid = 0x1234};
    key_serial_t ours = keyctl_join_session_keyring(NULL), key;
    char line[1024], path[256], expected[64];
    struct mpr_reply reply;
    const char *seen = NULL;

    (void)state;
    if (geteuid() != 0)
        skip();
    key = add_key("user", "lsa:logon", "0000000000001234", 16, ours);
    assert_true(key > 0);
    assert_int_equal(keyctl_setperm(key, KEY_POS_VIEW | KEY_POS_READ | KEY_POS_SEARCH), 0);
    snprintf(path, sizeof(path), "%s/script.seen", world_directory);
    close(open(path, O_WRONLY | O_CREAT, 0666));
    assert_int_equal(chmod(path, 0666), 0);
    assert_int_equal(chmod(world_directory, 0755), 0);
    snprintf(line, sizeof(line),
             "sh -c \"sleep 0.5; id -u >%s; grep -c %08x /proc/keys >>%s; echo $FOO end >>%s\"",
             path, (unsigned)ours, path, path);
    scripts[0] = line;
    request.environment = environment;
    reply = ask(MPR_SCRIPT, &request);
    scripts[0] = nothing;
    assert_int_equal(reply.status, 0);
    assert_null(reply.message);
    mpr_reply_clear(&reply);
    assert_string_equal(world_seen("script"), "");
    for (int i = 0; i < 500 && !(seen && strstr(seen, "end")); i++) {
        nanosleep(&pause, NULL);
        seen = world_seen("script");
    }
    snprintf(expected, sizeof(expected), "65534\n1\nbar end\n");
    assert_string_equal(seen, expected);
    write_config("logon_scripts = no");
    scripts[0] = line;
    world_forget();
    reply = ask(MPR_SCRIPT, &request);
    scripts[0] = nothing;
    assert_int_equal(reply.status, 0);
    mpr_reply_clear(&reply);
    assert_null(world_seen("script"));
    write_config("logon: good\npassword_change: good");
    assert_int_equal(keyring_own_session(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_lsad_managers_are_called),
        cmocka_unit_test(staged_then_logged_on),
        cmocka_unit_test(a_given_password_goes_first),
        cmocka_unit_test(another_users_record_is_ignored),
        cmocka_unit_test(discarded),
        cmocka_unit_test(password_changes),
        cmocka_unit_test(incomplete_requests),
        cmocka_unit_test(hostile_input),
        cmocka_unit_test(nothing_hurts_the_reply),
        cmocka_unit_test(the_callers_limits_are_left_behind),
        cmocka_unit_test(a_held_lock_delays_nobody),
        cmocka_unit_test(a_hung_lsa_is_told_of),
        cmocka_unit_test(without_privilege),
        cmocka_unit_test(unlock_without_lsad),
        cmocka_unit_test(scripts_run),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
