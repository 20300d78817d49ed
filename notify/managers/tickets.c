/*
 * From a credential cache to the LSA. The cache is read by another program (ccache_reader.c), which
 * has the person's rights; here is what starts it, does not wait for it for long, and does not
 * trust what it says.
 */
#include "notify/managers/tickets.h"
#include "base/secret.h"
#include "libsspi/lsa/client.h"

#include <errno.h>
#include <fcntl.h>
#include <ntsecapi.h>
#include <ntstatus.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef CCACHE_READER_PATH
#define CCACHE_READER_PATH CREDMGR_LIBEXECDIR "/ccache-reader"
#endif
#define READER_MS   5000   /* a second more than it gives itself */
#define KILLED_MS   500    /* what a busy machine needs to end a killed one */
#define READER_NONE 2      /* its exit status when there is nothing */
#define TICKETS_MAX 262144 /* bytes of a KRB-CRED */

static enum tickets_result __attribute__((format(printf, 2, 3)))
refused(char *why, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(why, TICKETS_WHY_MAX, format, args);
    va_end(args);
    return TICKETS_REFUSED;
}

/* ---- the reader ---------------------------------------------------------------------------- */

static int64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* With the read end of its standard output in *out. An error number. */
static int start_reader(char *const argv[], pid_t *pid, int *out)
{
    static char *const environment[] = {NULL};
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    sigset_t all, none;
    int ends[2] = {-1, -1}, error;

    sigfillset(&all);
    sigemptyset(&none);
    if (pipe2(ends, O_CLOEXEC) != 0)
        return errno;
    posix_spawn_file_actions_init(&files);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setsigmask(&attributes, &none);
    error = posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    if (!error)
        error = posix_spawn_file_actions_adddup2(&files, ends[1], STDOUT_FILENO);
    if (!error)
        error = posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    if (!error)
        error = posix_spawn(pid, argv[0], &files, &attributes, argv, environment);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&files);
    close(ends[1]);
    *out = ends[0];
    return error;
}

/* What it writes, until it is done; false: too much, or too late. */
static bool read_until(int fd, int64_t deadline, uint8_t *data, size_t room, size_t *size)
{
    struct pollfd pfd = {.fd = fd, .events = POLLIN};

    *size = 0;
    for (;;) {
        int64_t left = deadline - now_ms();
        ssize_t n;

        if (left <= 0)
            return false;
        if (poll(&pfd, 1, (int)left) <= 0)
            continue;
        n = read(fd, data + *size, room - *size);
        if (n == 0)
            return true;
        if (n < 0 && errno != EINTR)
            return false;
        *size += n > 0 ? (size_t)n : 0;
        if (*size == room)
            return false;
    }
}

static bool wait_until(pid_t pid, int64_t deadline, int *status)
{
    const struct timespec pause = {.tv_nsec = 1000000};
    pid_t got;

    while ((got = waitpid(pid, status, WNOHANG)) == 0 && now_ms() < deadline)
        nanosleep(&pause, NULL);
    return got == pid;
}

/* One that the kernel cannot end just now (a file system that hangs) is left to init. */
static bool reap(pid_t pid, int64_t deadline, int *status)
{
    if (wait_until(pid, deadline, status))
        return true;
    kill(pid, SIGKILL);
    (void)wait_until(pid, now_ms() + KILLED_MS, status);
    return false;
}

/* One line of what it wrote, for `why`; whoever logs it makes it printable. */
static enum tickets_result say(char *why, const uint8_t *text, size_t size)
{
    const uint8_t *end = memchr(text, '\n', size);

    if (end)
        size = (size_t)(end - text);
    return refused(why, "%.*s", size > TICKETS_WHY_MAX ? TICKETS_WHY_MAX : (int)size,
                   (const char *)text);
}

/* The tickets, in secret memory of TICKETS_MAX bytes. */
static enum tickets_result run_reader(const struct lsa_session_info *session, const char *ccache,
                                      uint8_t *data, size_t *size, char *why)
{
    char uid[16], *path = (char *)(uintptr_t)CCACHE_READER_PATH;
    char *argv[] = {path, uid, session->user, (char *)(uintptr_t)ccache, NULL};
    int64_t deadline = now_ms() + READER_MS;
    int fd = -1, status = 0, error;
    pid_t pid;
    bool complete;

    snprintf(uid, sizeof(uid), "%u", (unsigned)session->uid);
    error = start_reader(argv, &pid, &fd);
    if (error) {
        if (fd >= 0)
            close(fd);
        return refused(why, "%s: %s", path, strerror(error));
    }
    complete = read_until(fd, deadline, data, TICKETS_MAX, size);
    close(fd);
    if (!complete)
        kill(pid, SIGKILL);
    if (!reap(pid, deadline, &status) || !complete || WIFSIGNALED(status))
        return refused(why, "it cannot be read in %d seconds", READER_MS / 1000);
    if (WEXITSTATUS(status) == READER_NONE)
        return TICKETS_NONE;
    return WEXITSTATUS(status) == 0 ? TICKETS_TAKEN : say(why, data, *size);
}

/* ---- the LSA ------------------------------------------------------------------------------- */

static enum tickets_result submit(const LUID *luid, const uint8_t *data, size_t size, char *why)
{
    KERB_SUBMIT_TKT_REQUEST *request = secret_alloc(sizeof(*request) + size);
    NTSTATUS status = STATUS_NO_MEMORY, protocol_status = STATUS_SUCCESS;
    ULONG reply_size;
    void *reply = NULL;

    if (request) {
        request->MessageType = KerbSubmitTicketMessage;
        request->LogonId = *luid;
        request->KerbCredSize = (ULONG)size;
        request->KerbCredOffset = sizeof(*request);
        memcpy(request + 1, data, size);
        status = lsa_client_call_package(u"Kerberos", request, (ULONG)(sizeof(*request) + size),
                                         &reply, &reply_size, &protocol_status);
    }
    free(reply);
    secret_free(request);
    if (status == SEC_E_SECPKG_NOT_FOUND) /* lsa.conf names no Kerberos */
        return TICKETS_NONE;
    if (NT_SUCCESS(status))
        status = protocol_status;
    return NT_SUCCESS(status) ? TICKETS_TAKEN
                              : refused(why, "lsad answered 0x%08x", (unsigned)status);
}

/* Whose session it is, the LSA says: the name that the manager was given may be without a domain.
 */
enum tickets_result tickets_import(const LUID *luid, const char *ccache, char *why)
{
    struct lsa_session_info *session = NULL;
    uint8_t *data = secret_alloc(TICKETS_MAX);
    NTSTATUS status = lsa_client_session(luid, &session);
    enum tickets_result result;
    size_t size = 0;

    *why = 0;
    if (status == STATUS_NO_SUCH_LOGON_SESSION)
        result = refused(why, "the logon session has ended already");
    else if (status != STATUS_SUCCESS)
        result = refused(why, "lsad does not tell of the logon session");
    else if (!data)
        result = refused(why, "no memory");
    else
        result = run_reader(session, ccache, data, &size, why);
    if (result == TICKETS_TAKEN)
        result = submit(luid, data, size, why);
    secret_free(data);
    lsa_client_free_sessions(session, session ? 1 : 0);
    return result;
}
