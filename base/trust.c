/*
 * Walks a path as the kernel would, one name after the other, and looks at each.
 */
#include "base/trust.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINKS_MAX 40 /* as the kernel follows */

struct walk {
    char done[PATH_MAX]; /* directories that were looked at, without a link; "" is / */
    char rest[PATH_MAX]; /* what is still to be walked */
    int links;
    struct trust_problem *why;
};

static bool __attribute__((format(printf, 3, 4)))
distrust(struct trust_problem *why, int error, const char *format, ...)
{
    va_list args;

    why->error = error;
    va_start(args, format);
    vsnprintf(why->what, sizeof(why->what), format, args);
    va_end(args);
    return false;
}

/* What root alone can write, or what is sticky and on the way. */
static bool check(struct walk *w, const char *path, const struct stat *st, bool last)
{
    bool on_the_way = S_ISDIR(st->st_mode) && !last;

    if (st->st_uid != 0) {
        snprintf(w->why->remedy, sizeof(w->why->remedy), "chown %sroot %s",
                 S_ISLNK(st->st_mode) ? "-h " : "", path);
        return distrust(w->why, 0, "%s belongs to uid %u, not to root", path, (unsigned)st->st_uid);
    }
    if (!S_ISLNK(st->st_mode) && (st->st_mode & (S_IWGRP | S_IWOTH)) &&
        !(on_the_way && (st->st_mode & S_ISVTX))) {
        snprintf(w->why->remedy, sizeof(w->why->remedy), "chmod go-w %s", path);
        return distrust(w->why, 0, "%s can be written by others than its owner", path);
    }
    return true;
}

/* Puts what a link says before the rest of the way. */
static bool follow(struct walk *w, const char *path)
{
    char target[PATH_MAX], rest[PATH_MAX];
    ssize_t length = readlink(path, target, sizeof(target) - 1);

    if (length <= 0 || ++w->links > LINKS_MAX)
        return distrust(w->why, length < 0 ? errno : ELOOP, "%s: %s", path,
                        strerror(length < 0 ? errno : ELOOP));
    target[length] = 0;
    if ((size_t)snprintf(rest, sizeof(rest), "%s/%s", target, w->rest) >= sizeof(rest))
        return distrust(w->why, ENAMETOOLONG, "%s: %s", path, strerror(ENAMETOOLONG));
    memcpy(w->rest, rest, sizeof(rest));
    if (*target == '/')
        w->done[0] = 0;
    return true;
}

/* Takes the next name off the rest; 0 at the end. */
static size_t next_name(struct walk *w, char name[NAME_MAX + 1])
{
    const char *start = w->rest + strspn(w->rest, "/");
    size_t length = strcspn(start, "/"), end = (size_t)(start - w->rest) + length;

    if (length > NAME_MAX)
        return length;
    memcpy(name, start, length);
    name[length] = 0;
    memmove(w->rest, w->rest + end, strlen(w->rest + end) + 1);
    return length;
}

static bool step(struct walk *w, const char *name, enum trust_kind what)
{
    char path[PATH_MAX];
    struct stat st;
    bool last = w->rest[strspn(w->rest, "/")] == 0;

    if (strcmp(name, "..") == 0) {
        char *slash = strrchr(w->done, '/');

        if (slash)
            *slash = 0;
        return true;
    }
    if ((size_t)snprintf(path, sizeof(path), "%s/%s", w->done, name) >= sizeof(path))
        return distrust(w->why, ENAMETOOLONG, "%s: %s", w->done, strerror(ENAMETOOLONG));
    if (lstat(path, &st) < 0)
        return errno == ENOENT ? distrust(w->why, ENOENT, "%s is not there", path)
                               : distrust(w->why, errno, "%s: %s", path, strerror(errno));
    if (!check(w, path, &st, last))
        return false;
    if (S_ISLNK(st.st_mode))
        return follow(w, path);
    if (!S_ISDIR(st.st_mode) && !last)
        return distrust(w->why, ENOTDIR, "%s is not a directory", path);
    if (last && what == TRUST_FILE && !S_ISREG(st.st_mode))
        return distrust(w->why, 0, "%s is not a regular file", path);
    if (last && what == TRUST_DIRECTORY && !S_ISDIR(st.st_mode))
        return distrust(w->why, 0, "%s is not a directory", path);
    memcpy(w->done, path, sizeof(path));
    return true;
}

bool trust_path(const char *path, enum trust_kind what, struct trust_problem *why)
{
    struct walk *w = calloc(1, sizeof(*w)); /* much for a stack that may be a thread's */
    char name[NAME_MAX + 1];
    struct stat st;
    bool ok = false;
    size_t length;

    memset(why, 0, sizeof(*why));
    if (!w) {
        distrust(why, ENOMEM, "%s: %s", path, strerror(ENOMEM));
        goto out;
    }
    w->why = why;
    if (*path != '/' || strlen(path) >= sizeof(w->rest)) {
        distrust(why, EINVAL, "\"%.256s\" is no absolute path", path);
        goto out;
    }
    strcpy(w->rest, path);
    if (stat("/", &st) < 0) {
        distrust(why, errno, "/: %s", strerror(errno));
        goto out;
    }
    if (!check(w, "/", &st, what == TRUST_DIRECTORY && !path[strspn(path, "/")]))
        goto out;
    while ((length = next_name(w, name)) != 0) {
        if (length > NAME_MAX) {
            distrust(why, ENAMETOOLONG, "%.256s: %s", path, strerror(ENAMETOOLONG));
            goto out;
        }
        if (strcmp(name, ".") != 0 && !step(w, name, what))
            goto out;
    }
    /* A path that ends in "." or ".." ends in a directory. */
    ok = stat(*w->done ? w->done : "/", &st) == 0 &&
         (what == TRUST_DIRECTORY ? S_ISDIR(st.st_mode) : S_ISREG(st.st_mode));
    if (!ok)
        distrust(why, 0, "%s is not a regular file", path);
out:
    free(w);
    return ok;
}
