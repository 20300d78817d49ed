/*
 * Watching for files that the sandbox of the working process names one by one: see the header.
 */
#include "lsad/watch.h"
#include "base/log.h"
#include "lsad/config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

/*
 * What is replaced while a machine runs, and matters at once; and passwd at each useradd, which is
 * where it is looked whom NTLM lets in. Files in directories that are readable as a whole need no
 * watching.
 */
static const char *const watched[] = {
    "resolv.conf",   "hosts",     "host.conf",   "gai.conf",
    "nsswitch.conf", "krb5.conf", "krb5.keytab", "localtime",
};

#define KEYTABS_MAX 64
#define EVENTS      (IN_CREATE | IN_MOVED_TO | IN_ONLYDIR)

/* Keytabs that lsa.conf names, wherever they are. */
static struct {
    int directory; /* its watch */
    char *name;    /* of the file in it */
} keytabs[KEYTABS_MAX];
static size_t keytab_count;
static int etc_watch;

/* "/etc/imap.keytab", "FILE:/etc/imap.keytab". What is no path, or in no directory, cannot be. */
static void watch_keytab(int fd, const char *keytab)
{
    const char *path = strchr(keytab, '/');
    char *directory = path ? strdup(path) : NULL,
         *slash = directory ? strrchr(directory, '/') : NULL;

    if (slash && slash[1] && keytab_count < KEYTABS_MAX) {
        char *name = strdup(slash + 1);
        int watch;

        slash[slash == directory] = 0; /* "/" is a directory, too */
        watch = inotify_add_watch(fd, directory, EVENTS);
        if (name && watch >= 0) {
            keytabs[keytab_count].directory = watch;
            keytabs[keytab_count++].name = name;
        } else {
            log_warn("%s cannot be watched: %m (send SIGHUP after replacing it)", path);
            free(name);
        }
    }
    free(directory);
}

static void watch_keytabs(int fd)
{
    char *list = lsad_config_keytabs(), *save = NULL;

    for (char *word = list ? strtok_r(list, " ", &save) : NULL; word;
         word = strtok_r(NULL, " ", &save))
        watch_keytab(fd, word);
    free(list);
}

int watch_open(void)
{
    int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);

    if (fd >= 0) {
        etc_watch = inotify_add_watch(fd, "/etc", EVENTS);
        if (etc_watch < 0) {
            close(fd);
            fd = -1;
        }
    }
    if (fd < 0)
        log_warn(
            "/etc cannot be watched: %m (send SIGHUP after replacing krb5.conf or resolv.conf)");
    else
        watch_keytabs(fd);
    return fd;
}

static unsigned bits_of(const struct inotify_event *event)
{
    if (event->mask & IN_Q_OVERFLOW)
        return WATCH_FILES;
    if (!event->len)
        return 0;
    if (event->wd == etc_watch && strcmp(event->name, "passwd") == 0)
        return WATCH_USERS;
    for (size_t i = 0; event->wd == etc_watch && i < sizeof(watched) / sizeof(watched[0]); i++)
        if (strcmp(event->name, watched[i]) == 0)
            return WATCH_FILES;
    for (size_t i = 0; i < keytab_count; i++)
        if (event->wd == keytabs[i].directory && strcmp(event->name, keytabs[i].name) == 0)
            return WATCH_FILES;
    return 0;
}

unsigned watch_changed(int fd)
{
    char buffer[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
    unsigned changed = 0;
    ssize_t n;

    while ((n = read(fd, buffer, sizeof(buffer))) > 0) {
        for (ssize_t at = 0; at < n;) {
            const struct inotify_event *event =
                (const struct inotify_event *)(const void *)(buffer + at);

            changed |= bits_of(event);
            at += (ssize_t)(sizeof(*event) + event->len);
        }
    }
    return changed;
}
