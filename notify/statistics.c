/*
 * Numbers about credential managers, kept in /run/credmgr/providers. Writers take turns by a lock
 * that only root can take (a reader that held it could delay logins) and replace a file as a whole,
 * so that readers need no lock.
 */
#include "notify/statistics.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define FILE_MAX 1024
#define LOCK_MS  500 /* how long a process waits for its turns: numbers are not worth a delay */

/* ---- the file: "name value" lines; writer and reader side by side --------------------------- */

static int write_text(char *out, size_t room, const struct mpr_statistics *s)
{
    return snprintf(out, room,
                    "calls %" PRIu64 "\nfailures %" PRIu64 "\nlast_call %" PRId64
                    "\nlast_duration %" PRIu64 "\ntotal_duration %" PRIu64 "\nlast_failure %" PRId64
                    "\nlast_error %" PRIu32 "\nlast_text %s\n",
                    s->calls, s->failures, s->last_call, s->last_duration, s->total_duration,
                    s->last_failure, s->last_error, s->last_text);
}

static bool read_number(const char *value, uint64_t *out)
{
    char *end;

    errno = 0;
    *out = strtoull(value, &end, 10);
    return *value >= '0' && *value <= '9' && !errno && !*end;
}

static bool read_line(char *line, struct mpr_statistics *s)
{
    char *value = strchr(line, ' ');
    uint64_t number;

    if (!value)
        return false;
    *value++ = 0;
    if (strcmp(line, "last_text") == 0) {
        snprintf(s->last_text, sizeof(s->last_text), "%s", value);
        return true;
    }
    if (!read_number(value, &number))
        return false;
    if (strcmp(line, "calls") == 0)
        s->calls = number;
    else if (strcmp(line, "failures") == 0)
        s->failures = number;
    else if (strcmp(line, "last_call") == 0)
        s->last_call = (int64_t)number;
    else if (strcmp(line, "last_duration") == 0)
        s->last_duration = number;
    else if (strcmp(line, "total_duration") == 0)
        s->total_duration = number;
    else if (strcmp(line, "last_failure") == 0)
        s->last_failure = (int64_t)number;
    else if (strcmp(line, "last_error") == 0)
        s->last_error = (uint32_t)number;
    else
        return false;
    return true;
}

static bool read_text(char *text, struct mpr_statistics *s)
{
    char *rest = text, *line;

    while ((line = strsep(&rest, "\n"))) {
        if (*line && !read_line(line, s))
            return false;
    }
    return s->calls > 0;
}

/* ---- the directory ------------------------------------------------------------------------- */

static bool get(int dir, const char *manager, struct mpr_statistics *out)
{
    int fd = openat(dir, manager, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    char text[FILE_MAX + 1];
    ssize_t n;

    memset(out, 0, sizeof(*out));
    if (fd < 0)
        return false;
    n = read(fd, text, FILE_MAX);
    close(fd);
    text[n > 0 ? n : 0] = 0;
    if (n <= 0 || !read_text(text, out)) {
        memset(out, 0, sizeof(*out));
        errno = EBADMSG;
        return false;
    }
    snprintf(out->name, sizeof(out->name), "%s", manager);
    return true;
}

static bool put(int dir, const struct mpr_statistics *s)
{
    char text[FILE_MAX], temporary[MPR_MANAGER_NAME_MAX + 8];
    int n = write_text(text, sizeof(text), s), fd;
    bool ok;

    if (n < 0 || (size_t)n >= sizeof(text)) {
        errno = EOVERFLOW;
        return false;
    }
    snprintf(temporary, sizeof(temporary), ".%s.new", s->name);
    fd = openat(dir, temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (fd < 0)
        return false;
    /* The umask of whoever called does not decide who may read it. */
    ok = fchmod(fd, 0644) == 0 && write(fd, text, (size_t)n) == n;
    close(fd);
    return ok && renameat(dir, temporary, dir, s->name) == 0;
}

/* The directory, made when missing with its parent. */
static int open_directory(const char *path, bool make)
{
    int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    char *parent, *mark;

    if (dir >= 0 || errno != ENOENT || !make)
        return dir;
    parent = strdup(path);
    if (!parent)
        return -1;
    mark = strrchr(parent, '/');
    if (mark && mark != parent) {
        *mark = 0;
        if (mkdir(parent, 0755) == 0)
            (void)chmod(parent, 0755);
    }
    free(parent);
    if (mkdir(path, 0755) == 0)
        (void)chmod(path, 0755);
    else if (errno != EEXIST)
        return -1;
    return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/*
 * A writer may stand still with the lock in its hands: su runs in a cgroup that its user can
 * freeze. A call that goes uncounted is better than logins that wait for it, and with many managers
 * for each of them again.
 */
static bool take_turn(int lock)
{
    const struct timespec step = {.tv_nsec = 2000000};
    static _Atomic int waited;

    for (; flock(lock, LOCK_EX | LOCK_NB) != 0; waited += 2) {
        if ((errno != EWOULDBLOCK && errno != EINTR) || waited >= LOCK_MS)
            return false;
        nanosleep(&step, NULL);
    }
    waited = 0; /* it does move */
    return true;
}

bool mpr_statistics_add(const char *directory, const char *manager, uint64_t duration, bool failed,
                        uint32_t error, const char *text)
{
    int dir = open_directory(directory, true), lock = -1;
    struct mpr_statistics s;
    bool ok = false;

    if (!mpr_manager_name_valid(manager)) {
        errno = EINVAL;
        goto out;
    }
    if (dir < 0)
        goto out;
    lock = openat(dir, ".lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (lock < 0 || !take_turn(lock))
        goto out;
    if (!get(dir, manager, &s)) /* the first call, or the file is damaged: counted from here */
        snprintf(s.name, sizeof(s.name), "%s", manager);
    s.calls++;
    s.last_call = time(NULL);
    s.last_duration = duration;
    s.total_duration += duration;
    if (failed) {
        s.failures++;
        s.last_failure = s.last_call;
        s.last_error = error;
        snprintf(s.last_text, sizeof(s.last_text), "%s", text);
        s.last_text[strcspn(s.last_text, "\n")] = 0;
    }
    ok = put(dir, &s);
out:
    if (lock >= 0)
        close(lock);
    if (dir >= 0)
        close(dir);
    return ok;
}

bool mpr_statistics_get(const char *directory, const char *manager, struct mpr_statistics *out)
{
    int dir = open_directory(directory, false);
    bool ok = false;

    memset(out, 0, sizeof(*out));
    if (!mpr_manager_name_valid(manager))
        errno = EINVAL;
    else
        ok = dir >= 0 && get(dir, manager, out);
    if (dir >= 0)
        close(dir);
    return ok;
}
