/*
 * lsad(8). The process that is started stays root and becomes the supervisor: it reads nothing from
 * clients. It makes the socket and the anchor keyring, which take root, and the working process,
 * which does everything else.
 */
#include "base/keyring.h"
#include "base/log.h"
#include "lsad/config.h"
#include "lsad/service.h"
#include "lsad/supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* "<directory of the socket>/private", root's alone: replay caches. */
static char *make_private_directory(const char *socket)
{
    char *copy = strdup(socket), *path = NULL;
    struct stat st;

    if (!copy || asprintf(&path, "%s/private", dirname(copy)) < 0) {
        path = NULL;
        goto out;
    }
    if ((mkdir(path, 0700) != 0 && errno != EEXIST) || lstat(path, &st) != 0 ||
        !S_ISDIR(st.st_mode) || st.st_uid != 0 || (st.st_mode & 022)) {
        log_error("%s: a directory that only root can write is needed there", path);
        free(path);
        path = NULL;
    }
out:
    free(copy);
    return path;
}

/*
 * Into the background: this process stays until the service works, so that whoever started it knows
 * by its exit status. The child comes back from here.
 */
static bool go_to_background(int *tell_fd)
{
    int ready[2], null;
    pid_t child;
    char byte;
    ssize_t n;

    if (pipe2(ready, O_CLOEXEC) != 0 || (child = fork()) < 0) {
        log_error("cannot go to the background: %m");
        return false;
    }
    if (child > 0) {
        close(ready[1]);
        while ((n = read(ready[0], &byte, 1)) < 0 && errno == EINTR)
            ;
        _exit(n == 1 ? 0 : 1);
    }
    close(ready[0]);
    setsid();
    null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (chdir("/") != 0 || null < 0 || dup2(null, STDIN_FILENO) < 0 ||
        dup2(null, STDOUT_FILENO) < 0) {
        log_error("cannot go to the background: %m");
        return false;
    }
    close(null);
    *tell_fd = ready[1]; /* standard error stays until then: whoever waits reads what went wrong */
    return true;
}

/* Descriptors of whoever started us are not for the working process: all but the standard ones and
 * these go. */
static void close_others(int listen_fd, int ready_fd)
{
    unsigned low = STDERR_FILENO + 1;
    int keep[2] = {listen_fd < ready_fd ? listen_fd : ready_fd,
                   listen_fd < ready_fd ? ready_fd : listen_fd};

    for (size_t i = 0; i < 2; i++) {
        if (keep[i] < (int)low)
            continue;
        if ((unsigned)keep[i] > low)
            close_range(low, (unsigned)keep[i] - 1, 0);
        low = (unsigned)keep[i] + 1;
    }
    close_range(low, UINT_MAX, 0);
}

int main(int argc, char **argv)
{
    struct lsad_config config;
    struct supervisor supervisor = {.config = &config, .listen_fd = -1, .tell_fd = -1};
    int status;

    if (!lsad_config_read(&config, argc, argv, &status))
        return status;
    status = 1;
    if (getuid() != 0 || geteuid() != 0) {
        log_error(
            "must be started as root: it makes the socket and the keyring, then gives root up");
        goto out;
    }
    supervisor.listen_fd = service_listen_fd();
    if (supervisor.listen_fd == -2)
        goto out;
    supervisor.activated = supervisor.listen_fd >= 0;
    close_others(supervisor.listen_fd, config.ready_fd);
    if (keyring_own_session() < 0) { /* not that of whoever started us: see base/keyring.h */
        log_error("no session keyring of our own: %m");
        goto out;
    }
    supervisor.anchor = keyring_anchor(config.anchor);
    if (supervisor.anchor < 0) {
        log_error("keyring \"%s\" below root's user keyring: %m", config.anchor);
        goto out;
    }
    if (!supervisor.activated)
        supervisor.listen_fd = service_listen(config.socket);
    if (supervisor.listen_fd < 0)
        goto out;
    supervisor.private_directory = make_private_directory(config.socket);
    if (!supervisor.private_directory)
        goto unlink;
    if (!config.foreground && !go_to_background(&supervisor.tell_fd))
        goto unlink;
    status = supervise(&supervisor);
unlink:
    if (!supervisor.activated)
        unlink(config.socket);
out:
    free(supervisor.private_directory);
    lsad_config_clear(&config);
    return status;
}
