/*
 * The listening socket and the service manager: see the header. sd_listen_fds(3) and sd_notify(3)
 * are two small protocols.
 */
#include "lsad/service.h"
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define FIRST_FD 3 /* sd_listen_fds(3) */
#define BACKLOG  4096

int service_listen_fd(void)
{
    const char *pid = getenv("LISTEN_PID"), *count = getenv("LISTEN_FDS");
    int listening = 0, type = 0, domain = 0;
    socklen_t size = sizeof(int);
    bool ours =
        pid && count && strtol(pid, NULL, 10) == (long)getpid() && strtol(count, NULL, 10) > 0;
    bool one = ours && strtol(count, NULL, 10) == 1;

    unsetenv("LISTEN_PID");
    unsetenv("LISTEN_FDS");
    unsetenv("LISTEN_FDNAMES");
    if (!ours)
        return -1;
    if (!one || getsockopt(FIRST_FD, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) != 0 ||
        !listening || getsockopt(FIRST_FD, SOL_SOCKET, SO_TYPE, &type, &size) != 0 ||
        type != SOCK_STREAM || getsockopt(FIRST_FD, SOL_SOCKET, SO_DOMAIN, &domain, &size) != 0 ||
        domain != AF_UNIX || fcntl(FIRST_FD, F_SETFD, FD_CLOEXEC) != 0) {
        log_error("socket activation: one listening stream socket in the file system is needed "
                  "(ListenStream=)");
        return -2;
    }
    return FIRST_FD;
}

/* A socket that nobody listens at is left over from an earlier run. */
static bool remove_stale(int fd, const struct sockaddr_un *address)
{
    if (connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0 || errno == EAGAIN) {
        log_error("%s: another lsad serves here (stop it, or use --socket)", address->sun_path);
        return false;
    }
    if (errno == ECONNREFUSED && unlink(address->sun_path) != 0 && errno != ENOENT) {
        log_error("%s: cannot be replaced: %m", address->sun_path);
        return false;
    }
    return true;
}

int service_listen(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char directory[sizeof(address.sun_path)];
    int fd = -1, probe = -1, result = -1;
    mode_t before;

    if (strlen(path) >= sizeof(address.sun_path)) {
        log_error("%s: too long for a socket", path);
        return -1;
    }
    strcpy(address.sun_path, path);
    strcpy(directory, path);
    before = umask(0022);
    if (mkdir(dirname(directory), 0755) != 0 && errno != EEXIST) {
        log_error("%s: its directory cannot be made: %m", path);
        goto out;
    }
    probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (probe < 0 || fd < 0) {
        log_error("no socket: %m");
        goto out;
    }
    if (!remove_stale(probe, &address))
        goto out;
    umask(0111); /* everybody may connect; who they are the kernel tells */
    if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) != 0 ||
        listen(fd, BACKLOG) != 0) {
        log_error("%s: cannot listen: %m", path);
        goto out;
    }
    result = fd;
    fd = -1;
out:
    umask(before);
    if (fd >= 0)
        close(fd);
    if (probe >= 0)
        close(probe);
    return result;
}

void service_notify(const char *state)
{
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t length = path ? strlen(path) : 0;
    int fd;

    if (length < 2 || length >= sizeof(address.sun_path) || (path[0] != '/' && path[0] != '@'))
        return;
    memcpy(address.sun_path, path, length);
    if (path[0] == '@') /* an abstract name begins with a zero */
        address.sun_path[0] = 0;
    fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return;
    if (sendto(fd, state, strlen(state), MSG_NOSIGNAL, (const struct sockaddr *)&address,
               (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length)) < 0)
        log_warn("the service manager was not told \"%s\": %m", state);
    close(fd);
}
