/*
 * The process that runs logon scripts. It becomes the person first, and only then looks at what
 * managers and PAM gave it. Scripts write into pipes that it reads and logs line by line, so that
 * nothing of a login is open in them; one that never ends is left alone.
 */
#include "notify/script.h"
#include "base/log.h"
#include "base/secret.h"
#include "notify/command.h"
#include "notify/script_person.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct script {
    const char *line;
    pid_t pid;
    int pidfd;  /* -1: not started, or its end was seen */
    int output; /* -1: nothing more to read */
    int64_t began;
    unsigned lines; /* logged */
    char text[MPR_SCRIPT_LINE_MAX];
    size_t used;
};

static int64_t now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* ---- what they write ----------------------------------------------------------------------- */

static void log_output(struct script *s, const char *user)
{
    if (s->lines < MPR_SCRIPT_LINES_MAX)
        log_info("%s: %.*s", user, (int)s->used, s->text);
    else if (s->lines == MPR_SCRIPT_LINES_MAX)
        log_warn("%s: \"%s\" wrote %d lines; no more of it is logged", user, s->line,
                 MPR_SCRIPT_LINES_MAX);
    s->lines += s->lines <= MPR_SCRIPT_LINES_MAX;
    s->used = 0;
}

static void read_output(struct script *s, const char *user)
{
    char bytes[4096];
    ssize_t n = read(s->output, bytes, sizeof(bytes));

    if (n < 0 && errno == EINTR)
        return;
    for (ssize_t i = 0; i < n; i++) {
        if (bytes[i] != '\n' && bytes[i] != '\r' && bytes[i])
            s->text[s->used++] = bytes[i];
        if ((bytes[i] == '\n' && s->used) || s->used == sizeof(s->text))
            log_output(s, user);
    }
    if (n <= 0) {
        if (s->used)
            log_output(s, user);
        close_fd(&s->output);
    }
}

/* ---- starting and ending ------------------------------------------------------------------- */

_Noreturn static void run(char *const argv[], const char *program, char *const *environment,
                          int output)
{
    setsid(); /* a ^C or a hangup for one is not for another */
    dup2(output, STDOUT_FILENO);
    dup2(output, STDERR_FILENO);
    execve(program, argv, environment);
    dprintf(STDERR_FILENO, "cannot run %s: %s\n", program, strerror(errno));
    _exit(127);
}

static void start(struct script *s, const char *user, char *const *environment)
{
    const char *error = NULL;
    char **argv = mpr_command_split(s->line, &error), *program = NULL;
    int pair[2] = {-1, -1};

    if (argv)
        program = mpr_command_program(argv[0], &error);
    if (!program) {
        log_error("%s: logon script \"%s\" is not run: %s", user, s->line, error);
        goto out;
    }
    if (pipe2(pair, O_CLOEXEC) != 0)
        goto out;
    log_info("%s: runs \"%s\"", user, s->line);
    s->pid = fork();
    if (s->pid == 0)
        run(argv, program, environment, pair[1]);
    if (s->pid > 0) {
        s->began = now();
        s->pidfd = pidfd_open(s->pid, 0);
        s->output = pair[0];
        pair[0] = -1;
    }
out:
    if (program && s->pid <= 0)
        log_error("%s: logon script \"%s\" is not run: %m", user, s->line);
    close_fd(&pair[0]);
    close_fd(&pair[1]);
    free(program);
    free(argv);
}

static void see_end(struct script *s, const char *user)
{
    int status;

    close_fd(&s->pidfd);
    if (waitpid(s->pid, &status, 0) != s->pid)
        return;
    if (WIFSIGNALED(status))
        log_warn("%s: logon script \"%s\" was ended by SIG%s", user, s->line,
                 sigabbrev_np(WTERMSIG(status)));
    else if (WEXITSTATUS(status) != 0)
        log_warn("%s: logon script \"%s\" ended with status %d", user, s->line,
                 WEXITSTATUS(status));
}

/* ---- all of them --------------------------------------------------------------------------- */

/* Waits for output or an end, for `ms` at most (-1: for ever). False: there is nothing to wait for.
 */
static bool attend(struct script *scripts, size_t count, struct pollfd *fds, const char *user,
                   int ms)
{
    bool any = false;

    for (size_t i = 0; i < count; i++) {
        fds[2 * i] = (struct pollfd){.fd = scripts[i].output, .events = POLLIN};
        fds[2 * i + 1] = (struct pollfd){.fd = scripts[i].pidfd, .events = POLLIN};
        any = any || scripts[i].output >= 0 || scripts[i].pidfd >= 0;
    }
    if (!any)
        return false;
    if (poll(fds, 2 * count, ms) <= 0)
        return true;
    for (size_t i = 0; i < count; i++) {
        if (fds[2 * i].fd >= 0 && fds[2 * i].revents)
            read_output(&scripts[i], user);
        if (fds[2 * i + 1].fd >= 0 && fds[2 * i + 1].revents)
            see_end(&scripts[i], user);
    }
    return true;
}

static void run_all(char *const *lines, const char *user, char *const *environment)
{
    struct script *scripts;
    struct pollfd *fds;
    size_t count = 0, next = 0;
    int64_t left = 0;

    while (lines[count])
        count++;
    scripts = calloc(count + 1, sizeof(*scripts));
    fds = calloc(2 * count + 1, sizeof(*fds));
    if (!scripts || !fds)
        return;
    for (size_t i = 0; i < count; i++)
        scripts[i] = (struct script){.line = lines[i], .pidfd = -1, .output = -1};
    do {
        struct script *last = next ? &scripts[next - 1] : NULL;

        if (last && last->pidfd >= 0) {
            left = last->began + MPR_SCRIPT_PATIENCE * 1000 - now();
            if (left <= 0 && next < count)
                log_warn("%s: logon script \"%s\" still runs after %d s; the next is started", user,
                         last->line, MPR_SCRIPT_PATIENCE);
        }
        if (next < count && (!last || last->pidfd < 0 || left <= 0)) {
            start(&scripts[next++], user, environment);
            left = MPR_SCRIPT_PATIENCE * 1000;
        }
    } while (attend(scripts, next, fds, user, next < count ? (int)left : -1) || next < count);
    free(scripts);
    free(fds);
}

bool mpr_scripts_start(const struct passwd *person, uint64_t luid, char *const *scripts,
                       char *const *environment)
{
    pid_t pid = fork();
    char **variables;

    if (pid != 0)
        return pid > 0;
    setsid();
    secret_wipe_all(); /* a late script's manager was told a password */
    log_open("credmgr-logon-script", false, false);
    if (!script_become(person, luid)) {
        log_error("%s: logon scripts are not run: %m", person->pw_name);
        _exit(1);
    }
    variables = script_environment(person, environment);
    if (variables)
        run_all(scripts, person->pw_name, variables);
    _exit(0);
}
