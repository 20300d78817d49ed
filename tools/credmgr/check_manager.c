/*
 * Loads a credential manager to see whether that works. Its constructors run, as they do at every
 * logon; so not in this process, and not for ever. The child tells through a shared page: there is
 * no descriptor that the manager could close or write into.
 */
#include "tools/credmgr/check_manager.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <npapi.h>

enum { PATIENCE_MS = 10000, TEXT_SIZE = 512 };

struct answer {
    bool loaded, get_caps, logon, password_change;
    char text[TEXT_SIZE]; /* why it could not be loaded */
};

/* What mpnotify offers a manager, which may be bound to it as soon as it is loaded. */
__attribute__((visibility("default"))) VOID WNetSetLastErrorA(DWORD err, LPSTR lpError,
                                                              LPSTR lpProviders)
{
    (void)err, (void)lpError, (void)lpProviders;
}

__attribute__((visibility("default"))) VOID WNetSetLastErrorW(DWORD err, LPWSTR lpError,
                                                              LPWSTR lpProviders)
{
    (void)err, (void)lpError, (void)lpProviders;
}

_Noreturn static void load(const char *path, pid_t parent, struct answer *answer)
{
    int null = open("/dev/null", O_RDWR);
    void *object;

    for (int fd = 0; null >= 0 && fd <= STDERR_FILENO; fd++)
        dup2(null, fd);
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (null < 0 || getppid() != parent)
        _exit(1);
    object = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (object) {
        answer->get_caps = dlsym(object, "NPGetCaps") != NULL;
        answer->logon = dlsym(object, "NPLogonNotify") != NULL;
        answer->password_change = dlsym(object, "NPPasswordChangeNotify") != NULL;
        answer->loaded = true;
    } else {
        snprintf(answer->text, sizeof answer->text, "%s", dlerror());
    }
    _exit(0);
}

/* True when the child has ended by itself in time. */
static bool attend(pid_t pid)
{
    struct pollfd end = {.fd = pidfd_open(pid, 0), .events = POLLIN};
    bool ended = false;

    if (end.fd >= 0) {
        int n;

        do
            n = poll(&end, 1, PATIENCE_MS);
        while (n < 0 && errno == EINTR);
        ended = n > 0;
        close(end.fd);
    }
    kill(-pid, SIGKILL);
    kill(pid, SIGKILL);
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        ;
    return ended;
}

static bool judge(const struct answer *a, const char *path, bool ended, bool password_change,
                  char *what, char *remedy, size_t room)
{
    const char *wanted = password_change ? "NPPasswordChangeNotify" : "NPLogonNotify";

    if (a->loaded && a->get_caps && (password_change ? a->password_change : a->logon))
        return true;
    if (a->loaded) {
        snprintf(what, room, "%s exports no %s", path, a->get_caps ? wanted : "NPGetCaps");
        snprintf(remedy, room, "take its name out of the line, or export the function");
    } else if (*a->text) {
        snprintf(what, room, "it cannot be loaded: %.*s", TEXT_SIZE, a->text);
        snprintf(remedy, room, "build it for this machine, and install what it needs");
    } else {
        snprintf(what, room, "%s %s while it is loaded", path,
                 ended ? "crashes or exits" : "hangs");
        snprintf(remedy, room, "take its name out of the line, and tell its author");
    }
    return false;
}

bool check_manager_exports(const char *path, bool password_change, char *what, char *remedy,
                           size_t room)
{
    struct answer *answer =
        mmap(NULL, sizeof *answer, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pid_t self = getpid(), pid = -1;
    bool ended, good = false;

    if (answer != MAP_FAILED) {
        fflush(stdout); /* or a manager that calls exit() would print it once more */
        pid = fork();
    }
    if (pid == 0)
        load(path, self, answer);
    if (pid < 0) {
        snprintf(what, room, "%s cannot be tried: %s", path, strerror(errno));
        snprintf(remedy, room, "try again");
        goto out;
    }
    ended = attend(pid);
    answer->text[TEXT_SIZE - 1] = 0;
    good = judge(answer, path, ended, password_change, what, remedy, room);
out:
    if (answer != MAP_FAILED)
        munmap(answer, sizeof *answer);
    return good;
}
