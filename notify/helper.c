/*
 * Runs mpnotify for one event, from the PAM module and from libmpr.so. What happens there, with
 * shared objects of others loaded, must not be able to hurt the logon program: mpnotify has a
 * process, a session, descriptors and an environment of its own, a deadline, and is killed when it
 * hangs. What this file changes in the calling process for that time it puts back.
 *
 * posix_spawn() is a vfork and an exec: as quick in a program with a gigabyte of memory as in a
 * small one.
 */
#include "notify/helper.h"
#include "base/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* The unit tests compile this file with a mpnotify and a patience of their own. */
#ifndef MPNOTIFY_PATH
#define MPNOTIFY_PATH CREDMGR_LIBEXECDIR "/mpnotify"
#endif
/*
 * How long mpnotify may take, in milliseconds. All its work is bounded by less (request.h); this is
 * for the case that mpnotify itself hangs.
 */
#ifndef HELPER_DEADLINE
#define HELPER_DEADLINE(verb)                                                                      \
    ((verb) == MPR_LOGON || (verb) == MPR_PASSWORD || (verb) == MPR_NOTIFY || (verb) == MPR_CHANGE \
         ? MPR_PATIENCE_MS + 1000                                                                  \
     : (verb) == MPR_LOGOFF ? 13000                                                                \
     : (verb) == MPR_UNLOCK ? 5000                                                                 \
                            : 7000)
#endif

/* mpnotify while it runs. */
struct child {
    pid_t pid;
    int pidfd;   /* -1: another thread of the program had reaped it at once */
    int io;      /* our end of its standard input and output */
    int err;     /* our end of its standard error */
    bool ended;  /* its end was seen */
    bool killed; /* by us, at the deadline */
    /* What it wrote to standard error first: of use when it cannot even start. */
    char complaint[128];
    size_t complaint_size;
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

/* ---- SIGCHLD -------------------------------------------------------------------------------- */

/*
 * sudo and sshd have handlers that reap every child they find, and would take ours; a program that
 * ignores SIGCHLD would leave nothing to wait for. The disposition belongs to all threads of a
 * program: the first one in here takes it, the last one out gives it back.
 */
static pthread_mutex_t sigchld_lock = PTHREAD_MUTEX_INITIALIZER;
static struct sigaction sigchld_theirs;
static unsigned sigchld_users;

static void sigchld_take(void)
{
    struct sigaction ours = {.sa_handler = SIG_DFL};

    sigemptyset(&ours.sa_mask);
    pthread_mutex_lock(&sigchld_lock);
    if (sigchld_users++ == 0)
        sigaction(SIGCHLD, &ours, &sigchld_theirs);
    pthread_mutex_unlock(&sigchld_lock);
}

/* A child of the program that ended meanwhile went unheard: let the program hear it now. */
static void sigchld_give_back(void)
{
    siginfo_t ended = {0};
    bool last, handled;

    pthread_mutex_lock(&sigchld_lock);
    last = --sigchld_users == 0;
    handled = sigchld_theirs.sa_handler != SIG_DFL && sigchld_theirs.sa_handler != SIG_IGN;
    if (last)
        sigaction(SIGCHLD, &sigchld_theirs, NULL);
    pthread_mutex_unlock(&sigchld_lock);
    if (last && handled && waitid(P_ALL, 0, &ended, WEXITED | WNOHANG | WNOWAIT) == 0 &&
        ended.si_pid != 0)
        kill(getpid(), SIGCHLD);
}

/* ---- starting ------------------------------------------------------------------------------- */

/* Moves a descriptor above those of the standard streams, which the program may have closed. */
static bool above_standard(int *fd)
{
    int high;

    if (*fd > STDERR_FILENO)
        return true;
    high = fcntl(*fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    close_fd(fd);
    *fd = high;
    return high >= 0;
}

static int spawn(pid_t *pid, char *const argv[], int io, int err)
{
    static char path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
    static char *const environment[] = {path, NULL};
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    sigset_t all, none;
    int error;

    if ((error = posix_spawn_file_actions_init(&files)) != 0)
        return error;
    if ((error = posix_spawnattr_init(&attributes)) != 0) {
        posix_spawn_file_actions_destroy(&files);
        return error;
    }
    sigfillset(&all);
    sigemptyset(&none);
    /* A session of its own: ^C at the terminal and a hangup do not reach it. */
    if ((error = posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGDEF |
                                                           POSIX_SPAWN_SETSIGMASK)) == 0 &&
        (error = posix_spawnattr_setsigdefault(&attributes, &all)) == 0 &&
        (error = posix_spawnattr_setsigmask(&attributes, &none)) == 0 &&
        (error = posix_spawn_file_actions_adddup2(&files, io, STDIN_FILENO)) == 0 &&
        (error = posix_spawn_file_actions_adddup2(&files, io, STDOUT_FILENO)) == 0 &&
        (error = posix_spawn_file_actions_adddup2(&files, err, STDERR_FILENO)) == 0 &&
        (error = posix_spawn_file_actions_addclosefrom_np(&files, STDERR_FILENO + 1)) == 0 &&
        (error = posix_spawn_file_actions_addchdir_np(&files, "/")) == 0)
        error = posix_spawn(pid, argv[0], &files, &attributes, argv, environment);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&files);
    return error;
}

/* Waits for its end, which has come or is about to. False: somebody else reaped it. */
static bool reap(struct child *child, int *status)
{
    pid_t pid;

    do
        pid = waitpid(child->pid, status, 0);
    while (pid < 0 && errno == EINTR);
    return pid == child->pid;
}

/*
 * A socket pair rather than two pipes: writing to a mpnotify that is dead already must not raise
 * SIGPIPE here, and the program's disposition for it is not ours to change.
 */
static bool start(struct child *child, const struct helper_arguments *arguments, enum mpr_verb verb,
                  char *trouble)
{
    char *argv[6] = {(char *)MPNOTIFY_PATH}, *config = NULL, *socket_path = NULL;
    int pair[2] = {-1, -1}, err[2] = {-1, -1}, argc = 1, error = 0;
    bool ok = false;

    if (arguments->config && asprintf(&config, "--config=%s", arguments->config) < 0)
        config = NULL, error = ENOMEM;
    if (arguments->socket && asprintf(&socket_path, "--socket=%s", arguments->socket) < 0)
        socket_path = NULL, error = ENOMEM;
    if (error)
        goto out;
    if (config)
        argv[argc++] = config;
    if (socket_path)
        argv[argc++] = socket_path;
    if (arguments->debug)
        argv[argc++] = (char *)"--debug";
    argv[argc] = (char *)mpr_verb_name(verb);

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0 ||
        pipe2(err, O_CLOEXEC) != 0 || !above_standard(&pair[1]) || !above_standard(&err[1])) {
        error = errno;
        goto out;
    }
    error = spawn(&child->pid, argv, pair[1], err[1]);
    if (error)
        goto out;
    child->pidfd = (int)syscall(SYS_pidfd_open, child->pid, 0);
    if (child->pidfd < 0 && errno != ESRCH) {
        error = errno; /* no descriptor left; a child that cannot be watched is not kept */
        kill(child->pid, SIGKILL);
        reap(child, NULL);
        goto out;
    }
    child->io = pair[0];
    child->err = err[0];
    pair[0] = err[0] = -1;
    ok = true;

out:
    if (!ok)
        snprintf(trouble, HELPER_TROUBLE_SIZE, "cannot start %s: %s", MPNOTIFY_PATH,
                 strerror(error));
    close_fd(&pair[0]);
    close_fd(&pair[1]);
    close_fd(&err[0]);
    close_fd(&err[1]);
    free(config);
    free(socket_path);
    return ok;
}

/* ---- talking -------------------------------------------------------------------------------- */

/* Sends what the socket takes; closes our direction at the end, or when nobody listens any more. */
static void send_some(struct child *child, const uint8_t *data, size_t size, size_t *sent)
{
    ssize_t n = send(child->io, data + *sent, size - *sent, MSG_NOSIGNAL | MSG_DONTWAIT);

    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    *sent = n < 0 ? size : *sent + (size_t)n;
    if (*sent == size)
        shutdown(child->io, SHUT_WR);
}

/* Reads what is there. There is room for a byte more than a reply may have, to see that it does. */
static void receive_some(struct child *child, uint8_t *reply, size_t *received)
{
    ssize_t n = recv(child->io, reply + *received, MPR_MESSAGE_MAX + 1 - *received, MSG_DONTWAIT);

    if (n > 0)
        *received += (size_t)n;
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR) || *received > MPR_MESSAGE_MAX)
        close_fd(&child->io);
}

static void receive_complaint(struct child *child)
{
    char bytes[512];
    ssize_t n = read(child->err, bytes, sizeof bytes);

    if (n < 0 && errno == EINTR)
        return;
    if (n <= 0) {
        close_fd(&child->err);
        return;
    }
    for (ssize_t i = 0; i < n && child->complaint_size < sizeof child->complaint - 1; i++)
        child->complaint[child->complaint_size++] = bytes[i];
}

/*
 * Until mpnotify has answered and ended, or `deadline` has come. A process that mpnotify left
 * behind is not waited for.
 */
static void talk(struct child *child, const uint8_t *request, size_t size, uint8_t *reply,
                 size_t *received, int64_t deadline)
{
    size_t sent = 0;

    while (child->io >= 0 || (child->pidfd >= 0 && !child->ended)) {
        short wanted = (short)(POLLIN | (sent < size ? POLLOUT : 0));
        struct pollfd fds[] = {
            {child->io, wanted, 0}, {child->err, POLLIN, 0}, {child->pidfd, POLLIN, 0}};
        int64_t left = deadline - now();
        int ready;

        if (left <= 0)
            return;
        ready = poll(fds, 3, (int)left);
        if (ready < 0 && errno != EINTR)
            return;
        if (ready <= 0)
            continue;
        if (fds[1].revents)
            receive_complaint(child);
        if (sent < size && fds[0].revents & (POLLOUT | POLLERR | POLLHUP))
            send_some(child, request, size, &sent);
        if (fds[0].revents & (POLLIN | POLLERR | POLLHUP))
            receive_some(child, reply, received);
        else if (fds[2].revents) /* it has ended, and everything it wrote was read */
            close_fd(&child->io);
        if (fds[2].revents)
            child->ended = true;
    }
}

/*
 * Kills mpnotify and its process group, and waits for its end; not for long, since a process that
 * hangs in the kernel (a file server is down) does not even die. By its pidfd first, which cannot
 * mean another process should a thread of the program have reaped it: its group is named by the
 * same number, so that signal is safe once this one has found it.
 */
static void kill_child(struct child *child)
{
    struct pollfd end = {child->pidfd, POLLIN, 0};

    child->killed = true;
    if (child->pidfd < 0 || syscall(SYS_pidfd_send_signal, child->pidfd, SIGKILL, NULL, 0) != 0)
        return;
    kill(-child->pid, SIGKILL);
    child->ended = poll(&end, 1, 1000) == 1;
}

/* ---- judging -------------------------------------------------------------------------------- */

/* The first line of what mpnotify, or the dynamic linker in its place, complained about. */
static const char *complaint(struct child *child)
{
    child->complaint[child->complaint_size] = '\0';
    child->complaint[strcspn(child->complaint, "\r\n")] = '\0';
    for (char *c = child->complaint; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 0x7f)
            *c = '?';
    return child->complaint;
}

/* What went wrong, when there is no answer that can be read. */
static void describe(struct child *child, const char *verb, bool known, int status, size_t received,
                     char *trouble)
{
    const char *said = complaint(child);

    if (known && WIFSIGNALED(status))
        snprintf(trouble, HELPER_TROUBLE_SIZE, "mpnotify %s was ended by SIG%s", verb,
                 sigabbrev_np(WTERMSIG(status)));
    else if (received == 0)
        snprintf(trouble, HELPER_TROUBLE_SIZE, "mpnotify %s gave no answer (exit status %d)%s%s",
                 verb, known ? WEXITSTATUS(status) : -1, *said ? ": " : "", said);
    else
        snprintf(trouble, HELPER_TROUBLE_SIZE,
                 "mpnotify %s gave an answer that cannot be read (%zu bytes)", verb, received);
}

bool helper_run(const struct helper_arguments *arguments, enum mpr_verb verb,
                const struct mpr_request *request, struct mpr_reply *reply, char *trouble)
{
    struct child child = {.pid = -1, .pidfd = -1, .io = -1, .err = -1};
    int patience = HELPER_DEADLINE(verb), status = 0;
    uint8_t *message = NULL, *answer = NULL;
    size_t message_size = 0, received = 0;
    bool ok = false, known = false;

    memset(reply, 0, sizeof *reply);
    answer = malloc(MPR_MESSAGE_MAX + 1);
    message = mpr_request_write(request, &message_size);
    if (!answer || !message) {
        snprintf(trouble, HELPER_TROUBLE_SIZE, "cannot ask mpnotify: %s", strerror(errno));
        goto out;
    }

    sigchld_take();
    if (start(&child, arguments, verb, trouble)) {
        talk(&child, message, message_size, answer, &received, now() + patience);
        if (child.io >= 0 || (child.pidfd >= 0 && !child.ended))
            kill_child(&child);
        if (child.ended || !child.killed)
            known = reap(&child, &status);
        if (child.killed)
            snprintf(trouble, HELPER_TROUBLE_SIZE,
                     "mpnotify %s did not answer within %d ms and was killed", mpr_verb_name(verb),
                     patience);
        else if (known && WIFSIGNALED(status))
            describe(&child, mpr_verb_name(verb), known, status, received, trouble);
        else if (received > MPR_MESSAGE_MAX || !mpr_reply_read(answer, received, reply))
            describe(&child, mpr_verb_name(verb), known, status, received, trouble);
        else
            ok = true;
    }
    sigchld_give_back();

out:
    close_fd(&child.io);
    close_fd(&child.err);
    close_fd(&child.pidfd);
    secret_free(message);
    free(answer);
    return ok;
}
