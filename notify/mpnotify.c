/*
 * mpnotify: the process in which credential managers are notified, one process an event. A logon
 * program (pam_credmgr.so) starts it with a verb, writes one request to its standard input and
 * reads one reply from its standard output (request.h).
 *
 * It starts in whatever process called PAM: perhaps with a caller's real uid (su, sudo, passwd),
 * environment, descriptors and session keyring. It leaves all that behind before it reads anything.
 */
#include "base/keyring.h"
#include "base/log.h"
#include "base/secret.h"
#include "libsspi/lsa/client.h"
#include "notify/managers/lsa.h"
#include "notify/verbs.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <grp.h>
#include <ntstatus.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define STAGE_SECONDS  6  /* stage and discard: a kernel key, no LSA */
#define LOGOFF_SECONDS 12 /* more than the LSA's answer is waited for: what hangs is to be told */

struct options {
    const char *config; /* NULL: the default */
    const char *socket;
    bool debug;
    enum mpr_verb verb;
};

static const char *lsa_socket; /* for the manager "lsa" */

/* Host function for notify/managers/lsa.c: see managers/lsa.h. */
const char *mpr_lsa_socket(void)
{
    return lsa_socket;
}

/* ---- the command line ---------------------------------------------------------------------- */

static void usage(FILE *to)
{
    fputs("Usage: mpnotify [--config=FILE] [--socket=PATH] [--debug] VERB\n"
          "Notifies the credential managers of credmgr.conf. VERB is stage, discard, logon, "
          "password,\n"
          "logoff, unlock, script, notify or change; the request is read from standard input, as "
          "pam_credmgr.so writes it.\n",
          to);
}

/* 0: go on; else the exit status plus one. */
static int parse_options(int argc, char **argv, struct options *o)
{
    static const struct option known[] = {
        {"config", required_argument, NULL, 'c'}, {"socket", required_argument, NULL, 's'},
        {"debug", no_argument, NULL, 'd'},        {"help", no_argument, NULL, 'h'},
        {"version", no_argument, NULL, 'v'},      {NULL, 0, NULL, 0},
    };
    int c;

    while ((c = getopt_long(argc, argv, "", known, NULL)) != -1) {
        switch (c) {
        case 'c':
            o->config = optarg;
            break;
        case 's':
            o->socket = optarg;
            break;
        case 'd':
            o->debug = true;
            break;
        case 'h':
            usage(stdout);
            return 1;
        case 'v':
            puts("mpnotify (credmgr) " CREDMGR_VERSION);
            return 1;
        default:
            usage(stderr);
            return 3;
        }
    }
    if (optind != argc - 1 || !mpr_verb_parse(argv[optind], &o->verb)) {
        usage(stderr);
        return 3;
    }
    if (isatty(STDIN_FILENO)) {
        fputs("mpnotify: is started by pam_credmgr.so, which writes it a request; there is nothing "
              "to type here\n",
              stderr);
        return 3;
    }
    return 0;
}

/* ---- leaving the caller's process behind ---------------------------------------------------- */

/* The three standard descriptors exist (a file opened later must not become one), and no other. */
static bool own_descriptors(void)
{
    int fd;

    do
        fd = open("/dev/null", O_RDWR);
    while (fd >= 0 && fd <= STDERR_FILENO);
    return fd >= 0 && close_range(STDERR_FILENO + 1, ~0u, 0) == 0;
}

static void own_signals(void)
{
    struct sigaction action = {.sa_handler = SIG_DFL};
    sigset_t none;

    for (int s = 1; s < NSIG; s++)
        sigaction(
            s, &action,
            NULL); /* SIGKILL and SIGSTOP refuse, the rest of the numbers are the C library's */
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/*
 * Root in every id, so that keys are root's and go below root's @u: in su, sudo and passwd the real
 * uid is the caller's. Without the privilege (a screen locker that is no setuid program) nothing
 * changes.
 */
static void own_identity(void)
{
    if (geteuid() == 0) {
        (void)!setgroups(0, NULL);
        (void)!setresgid(0, 0, 0);
        (void)!setresuid(0, 0, 0);
    }
}

/*
 * In su, sudo and passwd the limits are the caller's, who could choose where a notification breaks
 * off: with no file size left SIGXFSZ comes between two credential managers.
 */
static void own_limits(void)
{
    static const struct {
        int resource;
        struct rlimit limit;
    } ours[] = {
        {RLIMIT_CORE, {0, 0}},
        {RLIMIT_FSIZE, {RLIM_INFINITY, RLIM_INFINITY}},
        {RLIMIT_CPU, {RLIM_INFINITY, RLIM_INFINITY}},
        {RLIMIT_AS, {RLIM_INFINITY, RLIM_INFINITY}},
        {RLIMIT_DATA, {RLIM_INFINITY, RLIM_INFINITY}},
        {RLIMIT_NOFILE, {1024, 4096}},
    };

    struct rlimit now;

    for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++) {
        if (setrlimit(ours[i].resource, &ours[i].limit) == 0 ||
            getrlimit(ours[i].resource, &now) != 0)
            continue;
        now.rlim_cur = now.rlim_max; /* without CAP_SYS_RESOURCE, as in a container */
        (void)setrlimit(ours[i].resource, &now);
    }
    signal(SIGXFSZ, SIG_IGN); /* a full file is an error of write(2), not our end */
}

/*
 * The session keyring that it was started with is of use for what is done in the name of the person
 * whose it is: their scripts inherit it, and a screen locker's says which logon session is meant.
 */
static bool keeps_keyring(enum mpr_verb verb)
{
    return verb == MPR_SCRIPT || (verb == MPR_UNLOCK && geteuid() != 0);
}

static bool isolate(enum mpr_verb verb)
{
    bool notifies =
        verb == MPR_LOGON || verb == MPR_PASSWORD || verb == MPR_NOTIFY || verb == MPR_CHANGE;

    own_signals();
    /* The end if something hangs that has no deadline of its own, like a directory service behind
     * getpwnam(). */
    alarm(notifies             ? MPR_PATIENCE_MS / 1000 + 1
          : verb == MPR_LOGOFF ? LOGOFF_SECONDS
                               : STAGE_SECONDS);
    own_identity();
    if (verb != MPR_SCRIPT) /* which are for the scripts */
        own_limits();
    umask(077);
    return prctl(PR_SET_DUMPABLE, 0) == 0 && clearenv() == 0 &&
           setenv("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", 1) == 0 && chdir("/") == 0 &&
           own_descriptors() && (keeps_keyring(verb) || keyring_own_session() == 0);
}

/* ---- request and reply ---------------------------------------------------------------------- */

static bool read_request(struct mpr_request *out)
{
    uint8_t *data = secret_alloc(MPR_MESSAGE_MAX + 1);
    size_t size = 0;
    ssize_t n = 1;
    bool ok;

    while (data && size <= MPR_MESSAGE_MAX && n != 0) {
        n = read(STDIN_FILENO, data + size, MPR_MESSAGE_MAX + 1 - size);
        if (n < 0 && errno != EINTR)
            break;
        size += n > 0 ? (size_t)n : 0;
    }
    ok = data && n == 0 && mpr_request_read(data, size, out);
    secret_free(data);
    return ok;
}

static bool write_reply(const struct mpr_reply *reply)
{
    size_t size, done = 0;
    uint8_t *data = mpr_reply_write(reply, &size);
    ssize_t n = 0;

    signal(SIGPIPE, SIG_IGN); /* the logon program is gone: that is for us to see, not to die of */
    while (data && done < size) {
        n = write(STDOUT_FILENO, data + done, size - done);
        if (n < 0 && errno != EINTR)
            break;
        done += n > 0 ? (size_t)n : 0;
    }
    secret_free(data);
    return data && n >= 0;
}

/* Without privilege a file of the caller's own counts for nothing: only root says what is done at a
 * logon program. */
static const char *config_path(const struct options *o)
{
    struct stat st;

    if (geteuid() == 0 || !o->config ||
        (stat(o->config, &st) == 0 && st.st_uid == 0 && !(st.st_mode & (S_IWGRP | S_IWOTH))))
        return o->config;
    log_warn("%s is not root's alone; the default is used in its place", o->config);
    return NULL;
}

static void use_config(const struct options *o, struct mpr_config *config)
{
    char *error;

    if (!mpr_config_read(config_path(o), config, &error)) {
        log_error("%s; the default is used in its place",
                  error ? error : "credmgr.conf: no memory to read it");
        free(error);
    }
    if (o->socket) {
        free(config->lsa_socket);
        config->lsa_socket = strdup(o->socket);
    }
    lsa_socket = config->lsa_socket;
    if (lsa_socket)
        lsa_client_set_socket(lsa_socket);
}

int main(int argc, char **argv)
{
    struct options options = {.config = NULL};
    struct mpr_trouble trouble = {.used = 0};
    struct mpr_request request = {.user = NULL};
    struct mpr_reply reply = {.status = 0};
    struct mpr_config config = {.stage_keyring = NULL};
    int status = parse_options(argc, argv, &options);

    if (status)
        return status - 1;
    if (!isolate(options.verb)) {
        fprintf(stderr, "mpnotify: cannot leave the caller's process behind: %s\n",
                strerror(errno));
        return 1;
    }
    log_open("mpnotify", options.debug, options.debug);
    if (geteuid() != 0 && options.verb != MPR_UNLOCK) {
        reply.status = (uint32_t)STATUS_PRIVILEGE_NOT_HELD;
        mpr_trouble_add(&trouble, "mpnotify was started by uid %u, but only root can log people on",
                        (unsigned)geteuid());
    } else if (!read_request(&request)) {
        reply.status = (uint32_t)STATUS_INVALID_PARAMETER;
        mpr_trouble_add(&trouble, "the request for \"%s\" cannot be read",
                        mpr_verb_name(options.verb));
    } else {
        use_config(&options, &config);
        if (config.stage_keyring)
            mpr_perform(&config, options.verb, &request, &reply, &trouble);
        else
            reply.status = (uint32_t)STATUS_NO_MEMORY;
    }
    reply.message = trouble.used ? strdup(trouble.text) : NULL;
    if (!write_reply(&reply)) {
        log_error("%s: the program that asked does not listen any more",
                  mpr_verb_name(options.verb));
        if ((options.verb == MPR_LOGON || options.verb == MPR_NOTIFY) &&
            reply.luid) { /* nobody would ever end it */
            const LUID luid = {.LowPart = (DWORD)reply.luid, .HighPart = (LONG)(reply.luid >> 32)};

            lsa_client_end_session(&luid);
        }
        status = 1;
    }
    mpr_request_clear(&request);
    mpr_reply_clear(&reply);
    mpr_config_clear(&config);
    return status;
}
