/*
 * The supervisor: see the header.
 */
#include "lsad/supervisor.h"
#include "base/log.h"
#include "lsad/service.h"
#include "lsad/watch.h"
#include "lsad/worker.h"

#include <cap-ng.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define STEADY_SECONDS                                                                             \
    10                    /* a working process that lived this long is not one that dies at once   \
                           */
#define TRIES       5     /* short-lived ones in a row before we give up */
#define END_SECONDS 5     /* for a working process to end before it is killed */
#define SETTLE_MS   500   /* after a change of a watched file: others often follow */
#define USERS_MS    60000 /* between working processes for a changed /etc/passwd alone */

struct life {
    struct supervisor *s;
    sigset_t signals, before;
    int signal_fd, watch_fd;
    pid_t self, worker; /* worker 0: none */
    int64_t born;       /* milliseconds */
    int64_t users_due;  /* when /etc/passwd is to be read again; 0: as it is now, it is */
    int64_t users_next; /* not before */
    unsigned short_lives;
    bool told, ending, replacing;
};

static int64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* What making and ending a working process takes; the rest of root is not needed here either. */
static void drop_most_capabilities(void)
{
    static const unsigned wanted[] = {CAP_SETUID, CAP_SETGID,       CAP_SETPCAP,
                                      CAP_KILL,   CAP_SYS_RESOURCE, CAP_IPC_LOCK};
    const capng_type_t sets = CAPNG_EFFECTIVE | CAPNG_PERMITTED | CAPNG_BOUNDING_SET;
    unsigned keep = 0;

    capng_get_caps_process();
    for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]);
         i++) /* a container may not have all */
        if (capng_have_capability(CAPNG_PERMITTED, wanted[i]))
            keep |= 1u << i;
    capng_clear(CAPNG_SELECT_BOTH);
    for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
        if (keep & 1u << i)
            capng_update(CAPNG_ADD, sets, wanted[i]);
    if (capng_apply(CAPNG_SELECT_BOTH) != 0)
        log_warn("the supervisor keeps all of root's capabilities: libcap-ng could not drop them");
}

/* ---- the working process ------------------------------------------------------------------- */

static _Noreturn void become_worker(struct life *life, int ready_fd)
{
    struct lsad_worker worker = {.config = life->s->config,
                                 .anchor = life->s->anchor,
                                 .listen_fd = life->s->listen_fd,
                                 .ready_fd = ready_fd,
                                 .private_directory = life->s->private_directory,
                                 .supervisor = life->self};

    close(life->signal_fd);
    if (life->watch_fd >= 0)
        close(life->watch_fd);
    if (life->s->tell_fd >= 0)
        close(life->s->tell_fd);
    if (life->s->config->ready_fd >= 0)
        close(life->s->config->ready_fd);
    signal(SIGHUP, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    sigprocmask(SIG_SETMASK, &life->before, NULL);
    exit(worker_run(&worker));
}

/* The service works: tells everybody who waits for that, once. */
static void tell(struct life *life)
{
    struct supervisor *s = life->s;

    if (life->told)
        return;
    life->told = true;
    service_notify("READY=1\nSTATUS=serving logon sessions");
    if (s->config->ready_fd >= 0) {
        if (write(s->config->ready_fd, "\n", 1) != 1)
            log_warn("--ready-fd=%d: %m", s->config->ready_fd);
        close(s->config->ready_fd);
        s->config->ready_fd = -1;
    }
    if (s->tell_fd >= 0) {
        log_open("lsad", false, s->config->debug); /* nobody reads standard error from here on */
        (void)!write(s->tell_fd, "\n", 1);
        close(s->tell_fd);
        s->tell_fd = -1;
        int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
        if (null >= 0) {
            dup2(null, STDERR_FILENO);
            close(null);
        }
    }
}

/* Makes one and waits until it serves; false when it died before that, or could not be made. */
static bool start_worker(struct life *life)
{
    int ready[2];
    char byte;
    ssize_t n;

    if (pipe2(ready, O_CLOEXEC) != 0) {
        log_error("no pipe: %m");
        return false;
    }
    life->worker = fork();
    if (life->worker == 0) {
        close(ready[0]);
        become_worker(life, ready[1]);
    }
    close(ready[1]);
    if (life->worker < 0) {
        log_error("no working process: %m");
        life->worker = 0;
        close(ready[0]);
        return false;
    }
    life->born = now_ms();
    while ((n = read(ready[0], &byte, 1)) < 0 && errno == EINTR)
        ;
    close(ready[0]);
    return n == 1;
}

/* Reaps it if it is dead. */
static void reap(struct life *life)
{
    int status;

    if (!life->worker || waitpid(life->worker, &status, WNOHANG) != life->worker)
        return;
    if (WIFSIGNALED(status))
        log_line(life->ending || life->replacing ? LOG_INFO : LOG_ERR,
                 "the working process %d was killed by %s", (int)life->worker,
                 strsignal(WTERMSIG(status)));
    else if (!life->ending && !life->replacing)
        log_error("the working process %d ended with status %d", (int)life->worker,
                  WEXITSTATUS(status));
    life->short_lives = now_ms() - life->born < STEADY_SECONDS * 1000 ? life->short_lives + 1 : 0;
    life->worker = 0;
}

/* SIGTERM, then SIGKILL to one that does not end. Its sessions are safe in the kernel. */
static void end_worker(struct life *life)
{
    int64_t until = now_ms() + END_SECONDS * 1000;
    struct pollfd child = {.fd = life->signal_fd, .events = POLLIN};
    struct signalfd_siginfo info;

    if (life->worker)
        kill(life->worker, SIGTERM);
    while (life->worker) {
        int64_t left = until - now_ms();

        if (left <= 0) {
            kill(life->worker, SIGKILL);
            left = 1000;
            until = now_ms() + left;
        }
        if (poll(&child, 1, (int)left) > 0 &&
            read(life->signal_fd, &info, sizeof(info)) == sizeof(info) &&
            (info.ssi_signo == SIGTERM || info.ssi_signo == SIGINT))
            life->ending = true;
        reap(life);
    }
}

static bool replace_worker(struct life *life, const char *why)
{
    log_info("%s: a new working process takes over", why);
    life->users_due = 0;
    life->replacing = true;
    end_worker(life);
    life->replacing = false;
    life->short_lives = 0;
    return life->ending || start_worker(life);
}

/* ---- the life ------------------------------------------------------------------------------ */

/* Users can replace passwd themselves, and nobody's handshakes shall suffer by it all the time. */
static bool postpone_users(struct life *life)
{
    if (!life->users_due && now_ms() < life->users_next)
        log_info("/etc/passwd was replaced again: it is read in %d seconds",
                 (int)((life->users_next - now_ms() + 999) / 1000));
    life->users_due = life->users_next > now_ms() ? life->users_next : now_ms();
    return life->users_due > now_ms();
}

/* Something is to be read anew, now. */
static bool changed(struct life *life)
{
    unsigned what = watch_changed(life->watch_fd);

    if (!what)
        return false;
    poll(NULL, 0, SETTLE_MS);
    what |= watch_changed(life->watch_fd);
    if (what == WATCH_USERS && postpone_users(life))
        return false;
    if (what & WATCH_USERS)
        life->users_next = now_ms() + USERS_MS;
    return true;
}

static int time_left(const struct life *life)
{
    int64_t left = life->users_due - now_ms();

    return !life->users_due ? -1 : left > 0 ? (int)left : 0;
}

/* Waits for something to happen and does what follows from it; false: the service cannot go on. */
static bool live(struct life *life)
{
    struct pollfd fds[2] = {{.fd = life->signal_fd, .events = POLLIN},
                            {.fd = life->watch_fd, .events = POLLIN}};
    struct signalfd_siginfo info;

    if (poll(fds, life->watch_fd >= 0 ? 2 : 1, time_left(life)) < 0)
        return errno == EINTR;
    if (time_left(life) == 0) {
        life->users_next = now_ms() + USERS_MS;
        return replace_worker(life, "/etc/passwd was replaced");
    }
    if (life->watch_fd >= 0 && fds[1].revents && changed(life))
        return replace_worker(life, "a file that the sandbox lets through was replaced");
    if (!fds[0].revents || read(life->signal_fd, &info, sizeof(info)) != sizeof(info))
        return true;
    if (info.ssi_signo == SIGHUP)
        return replace_worker(life, "SIGHUP");
    if (info.ssi_signo == SIGTERM || info.ssi_signo == SIGINT) {
        life->ending = true;
        return true;
    }
    reap(life);
    while (!life->worker) {
        if (life->short_lives >= TRIES) {
            log_error("the working process died %u times at once; giving up (its sessions stay in "
                      "the kernel keyring)",
                      life->short_lives);
            return false;
        }
        if (life->short_lives > 1)
            poll(NULL, 0, 200 << life->short_lives); /* 0.8 s, 1.6 s … */
        log_info("a new working process takes over");
        if (!start_worker(life) && !life->worker)
            return false;
        reap(life);
    }
    return true;
}

int supervise(struct supervisor *supervisor)
{
    struct life life = {.s = supervisor, .signal_fd = -1, .watch_fd = -1, .self = getpid()};
    int status = 1;

    sigemptyset(&life.signals);
    sigaddset(&life.signals, SIGTERM);
    sigaddset(&life.signals, SIGINT);
    sigaddset(&life.signals, SIGHUP);
    sigaddset(&life.signals, SIGCHLD);
    sigprocmask(SIG_BLOCK, &life.signals, &life.before);
    life.signal_fd = signalfd(-1, &life.signals, SFD_CLOEXEC);
    if (life.signal_fd < 0) {
        log_error("no signalfd: %m");
        goto out;
    }
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    drop_most_capabilities();
    life.watch_fd = supervisor->config->open ? -1 : watch_open();
    if (!start_worker(&life)) {
        end_worker(&life);
        goto out;
    }
    tell(&life);
    while (!life.ending)
        if (!live(&life))
            goto out;
    service_notify("STOPPING=1");
    status = 0;
out:
    life.ending = true;
    end_worker(&life);
    if (life.signal_fd >= 0)
        close(life.signal_fd);
    if (life.watch_fd >= 0)
        close(life.watch_fd);
    return status;
}
