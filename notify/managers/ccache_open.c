/*
 * The ways to a credential cache. libkrb5 itself opens only what cannot make it wait or fill its
 * memory: caches that the kernel or KCM holds, and a copy of a file.
 */
#include "notify/managers/ccache_open.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define PRIMARY_MAX 256 /* bytes of the file `primary` in a DIR: collection */

struct reason {
    char *text;
    size_t room;
};

static enum ccache_result __attribute__((format(printf, 2, 3)))
refused(const struct reason *why, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(why->text, why->room, format, args);
    va_end(args);
    return CCACHE_REFUSED;
}

/* ---- files --------------------------------------------------------------------------------- */

/* A regular file of the person's own, without waiting for anything. */
static enum ccache_result open_regular(const char *path, off_t limit, int *fd,
                                       const struct reason *why)
{
    struct stat st;

    if (*path != '/')
        return refused(why, "a relative path");
    *fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (*fd < 0 && (errno == ENOENT || errno == ENOTDIR))
        return CCACHE_NOTHING;
    if (*fd < 0)
        return refused(why, "%s", strerror(errno));
    if (fstat(*fd, &st) < 0)
        return refused(why, "%s", strerror(errno));
    if (!S_ISREG(st.st_mode))
        return refused(why, "not a regular file");
    if (st.st_uid != geteuid())
        return refused(why, "a file of uid %u", (unsigned)st.st_uid);
    if (st.st_size > limit)
        return refused(why, "a file of %lld bytes (at most %lld)", (long long)st.st_size,
                       (long long)limit);
    return st.st_size ? CCACHE_GOOD : CCACHE_NOTHING;
}

/* All of a file that may still be written to: `limit` bytes and not one more. */
static bool read_all(int fd, char *data, size_t limit, size_t *size)
{
    ssize_t n = 1;

    for (*size = 0; *size <= limit && n != 0; *size += n > 0 ? (size_t)n : 0) {
        n = read(fd, data + *size, limit + 1 - *size);
        if (n < 0 && errno != EINTR)
            return false;
    }
    return *size <= limit;
}

static bool write_all(int fd, const char *data, size_t size)
{
    ssize_t n = 1;

    for (size_t done = 0; done<size; done += n> 0 ? (size_t)n : 0) {
        n = write(fd, data + done, size - done);
        if (n < 0 && errno != EINTR)
            return false;
    }
    return true;
}

/* The copy has a name for as long as its descriptor is open, which is until this process ends. */
static enum ccache_result open_file(krb5_context krb, const char *path, krb5_ccache *cache,
                                    const struct reason *why)
{
    char *data = malloc(CCACHE_FILE_MAX + 1), name[64];
    int fd = -1, copy = -1;
    size_t size;
    enum ccache_result result = open_regular(path, CCACHE_FILE_MAX, &fd, why);

    if (result != CCACHE_GOOD)
        goto out;
    result = CCACHE_REFUSED;
    if (!data || !read_all(fd, data, CCACHE_FILE_MAX, &size)) {
        refused(why, "cannot be read");
        goto out;
    }
    copy = memfd_create("ccache", MFD_CLOEXEC);
    if (copy < 0 || !write_all(copy, data, size)) {
        refused(why, "cannot be copied: %s", strerror(errno));
        goto out;
    }
    snprintf(name, sizeof(name), "FILE:/proc/self/fd/%d", copy);
    if (krb5_cc_resolve(krb, name, cache))
        refused(why, "libkrb5 does not open the copy");
    else
        result = CCACHE_GOOD;
out:
    if (data)
        explicit_bzero(data, CCACHE_FILE_MAX + 1);
    free(data);
    if (fd >= 0)
        close(fd);
    if (copy >= 0 && result != CCACHE_GOOD)
        close(copy);
    return result;
}

/* ---- directories --------------------------------------------------------------------------- */

/* DIR:/directory has the name of its first cache in the file `primary`; DIR::/directory/tktNAME is
 * one cache. */
static enum ccache_result open_directory(krb5_context krb, const char *residual, krb5_ccache *cache,
                                         const struct reason *why)
{
    char path[CCACHE_NAME_MAX + PRIMARY_MAX + 16], primary[PRIMARY_MAX + 1] = "tkt\n";
    enum ccache_result result;
    size_t size = strlen(primary);
    int fd = -1;

    if (*residual == ':')
        return open_file(krb, residual + 1, cache, why);
    if (*residual != '/')
        return refused(why, "a relative path");
    snprintf(path, sizeof(path), "%s/primary", residual);
    result = open_regular(path, PRIMARY_MAX, &fd, why);
    if (result == CCACHE_GOOD && !read_all(fd, primary, PRIMARY_MAX - 1, &size))
        result = refused(why, "its file `primary` cannot be read");
    if (fd >= 0)
        close(fd);
    if (result == CCACHE_REFUSED)
        return result;
    primary[size] = 0;
    primary[strcspn(primary, "\n")] = 0;
    if (strncmp(primary, "tkt", 3) != 0 || strchr(primary, '/'))
        return refused(why, "its file `primary` names no cache");
    snprintf(path, sizeof(path), "%s/%s", residual, primary);
    return open_file(krb, path, cache, why);
}

/* ---- what others keep ---------------------------------------------------------------------- */

static enum ccache_result open_kept(krb5_context krb, const char *name, krb5_ccache *cache,
                                    const struct reason *why)
{
    krb5_error_code code = krb5_cc_resolve(krb, name, cache);
    const char *text;

    if (!code)
        return CCACHE_GOOD;
    text = krb5_get_error_message(krb, code);
    refused(why, "%s", text);
    krb5_free_error_message(krb, text);
    return CCACHE_REFUSED;
}

/* What follows "TYPE:" in the name; NULL when it is of another type. */
static const char *residual_of(const char *name, const char *type)
{
    size_t size = strlen(type);

    return strncmp(name, type, size) == 0 && name[size] == ':' ? name + size + 1 : NULL;
}

enum ccache_result ccache_open(krb5_context krb, const char *name, krb5_ccache *cache, char *why,
                               size_t room)
{
    const struct reason reason = {why, room};
    const char *residual;

    *cache = NULL;
    *why = 0;
    if (strlen(name) > CCACHE_NAME_MAX)
        return refused(&reason, "a name of %zu bytes", strlen(name));
    if (*name == '/')
        return open_file(krb, name, cache, &reason);
    if ((residual = residual_of(name, "FILE")))
        return open_file(krb, residual, cache, &reason);
    if ((residual = residual_of(name, "DIR")))
        return open_directory(krb, residual, cache, &reason);
    if (residual_of(name, "KEYRING") || residual_of(name, "KCM"))
        return open_kept(krb, name, cache, &reason);
    return refused(&reason, "not a FILE:, DIR:, KEYRING: or KCM: cache");
}
