/*
 * Watching /etc for files that the sandbox of the working process names one by one: see the header.
 */
#include "lsad/watch.h"
#include "base/log.h"

#include <errno.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

/*
 * What is replaced while a machine runs, and matters at once. (passwd is replaced at each useradd,
 * and read for nothing that matters here.) Files in directories that are readable as a whole need
 * no watching.
 */
static const char *const watched[] = {
    "resolv.conf",   "hosts",     "host.conf",   "gai.conf",
    "nsswitch.conf", "krb5.conf", "krb5.keytab", "localtime",
};

int watch_open(void)
{
    int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);

    if (fd >= 0 && inotify_add_watch(fd, "/etc", IN_CREATE | IN_MOVED_TO | IN_ONLYDIR) < 0) {
        close(fd);
        fd = -1;
    }
    if (fd < 0)
        log_warn(
            "/etc cannot be watched: %m (send SIGHUP after replacing krb5.conf or resolv.conf)");
    return fd;
}

bool watch_changed(int fd)
{
    char buffer[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
    bool changed = false;
    ssize_t n;

    while ((n = read(fd, buffer, sizeof(buffer))) > 0) {
        for (ssize_t at = 0; at < n;) {
            const struct inotify_event *event =
                (const struct inotify_event *)(const void *)(buffer + at);

            for (size_t i = 0; event->len && i < sizeof(watched) / sizeof(watched[0]); i++)
                changed = changed || strcmp(event->name, watched[i]) == 0;
            if (event->mask & IN_Q_OVERFLOW)
                changed = true;
            at += (ssize_t)(sizeof(*event) + event->len);
        }
    }
    return changed;
}
