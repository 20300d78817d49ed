/*
 * The vault on the disk. All of this runs as the person: whatever they put in their directory, a
 * link, a pipe, a device, somebody else's file, it reaches no further than they do themselves.
 */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define NEW_NAME VAULT_NAME ".new"
#define PAUSE_MS 50
#define PAUSES   40

/* Theirs, and nobody else's to write. */
static int is_safe(const struct stat *st, mode_t type, mode_t others)
{
    return (st->st_mode & S_IFMT) == type && st->st_uid == geteuid() && !(st->st_mode & others);
}

static enum vault_status open_failed(void)
{
    switch (errno) {
    case ENOENT:
        return VAULT_ABSENT;
    case ELOOP:
    case ENOTDIR:
        return VAULT_UNSAFE;
    default:
        return VAULT_IO;
    }
}

/* A lock that another process of the person's holds for ever must not hold up the login. */
static int lock(int fd)
{
    const struct timespec pause = {.tv_nsec = PAUSE_MS * 1000000L};

    for (int i = 0; i < PAUSES; i++) {
        if (flock(fd, LOCK_EX | LOCK_NB) == 0)
            return 1;
        nanosleep(&pause, NULL);
    }
    return 0;
}

int vault_folder(const char *home, int make, enum vault_status *status)
{
    int base, fd = -1;
    struct stat st;

    base = open(home, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (base >= 0) {
        if (make)
            mkdirat(base, VAULT_FOLDER, 0700);
        fd = openat(base, VAULT_FOLDER, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    }
    *status = fd < 0 ? open_failed() : VAULT_OK;
    if (base >= 0)
        close(base);
    if (fd < 0)
        return -1;
    if (fstat(fd, &st) < 0)
        *status = VAULT_IO;
    else if (!is_safe(&st, S_IFDIR, S_IWGRP | S_IWOTH))
        *status = VAULT_UNSAFE;
    else if (!lock(fd))
        *status = VAULT_BUSY;
    if (*status == VAULT_OK)
        return fd;
    close(fd);
    return -1;
}

enum vault_status vault_load(int folder, uint8_t **file, size_t *size)
{
    enum vault_status status = VAULT_OK;
    uint8_t *data = NULL;
    size_t used = 0;
    struct stat st;
    /* O_NONBLOCK: a named pipe without a writer must not keep us. */
    int fd = openat(folder, VAULT_NAME, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

    *file = NULL;
    *size = 0;
    if (fd < 0)
        return open_failed();
    if (fstat(fd, &st) < 0)
        status = VAULT_IO;
    else if (!is_safe(&st, S_IFREG, S_IRWXG | S_IRWXO))
        status = VAULT_UNSAFE;
    else if (st.st_size < VAULT_OVERHEAD || st.st_size > VAULT_FILE_MAX)
        status = VAULT_BROKEN;
    else if (!(data = malloc((size_t)st.st_size)))
        status = VAULT_NO_MEMORY;
    while (status == VAULT_OK && used < (size_t)st.st_size) {
        ssize_t n = read(fd, data + used, (size_t)st.st_size - used);

        if (n > 0)
            used += (size_t)n;
        else if (n == 0)
            status = VAULT_BROKEN; /* it became shorter as we read */
        else if (errno != EINTR)
            status = VAULT_IO;
    }
    close(fd);
    if (status == VAULT_OK) {
        *file = data;
        *size = used;
    } else {
        free(data);
    }
    return status;
}

enum vault_status vault_save(int folder, const uint8_t *file, size_t size)
{
    size_t written = 0;
    int fd, failed;

    /* What a crash left; the directory is locked, so nobody is writing it now. */
    unlinkat(folder, NEW_NAME, 0);
    fd = openat(folder, NEW_NAME, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return VAULT_IO;
    while (written < size) {
        ssize_t n = write(fd, file + written, size - written);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        written += (size_t)n;
    }
    failed = written < size || fsync(fd) < 0;
    failed |= close(fd) < 0;
    if (!failed && renameat(folder, NEW_NAME, folder, VAULT_NAME) == 0) {
        fsync(folder); /* the new name; the old content was as good */
        return VAULT_OK;
    }
    unlinkat(folder, NEW_NAME, 0);
    return VAULT_IO;
}
