/*
 * The account file on disk: only root's own is believed, and it is replaced as a whole.
 */
#include "libsspi/packages/ntlm/verify/accounts.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/secret.h"
#include "base/wire.h"

#define HEAD                                                                                       \
    "# The accounts of this machine that NTLM verifies: see credmgr(1), credmgr account. Edited "  \
    "with that alone.\n"

static bool failed(char *why, const char *path, const char *what)
{
    snprintf(why, NTLM_ACCOUNTS_WHY, "%.120s: %.120s", path, what);
    return false;
}

static bool failed_errno(char *why, const char *path)
{
    char text[128];

    return failed(why, path, strerror_r(errno, text, sizeof(text)));
}

/* ---- reading ------------------------------------------------------------------------ */

static bool read_all(int fd, char *text, size_t size, size_t *got)
{
    for (*got = 0; *got < size;) {
        ssize_t n = read(fd, text + *got, size - *got);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        if (n == 0)
            break;
        *got += (size_t)n;
    }
    return true;
}

bool ntlm_accounts_load(const char *path, char **text, size_t *size, char *why)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    struct stat st;
    bool good = false;

    *text = NULL;
    *size = 0;
    if (fd < 0) {
        if (errno == ENOENT)
            return true;
        return failed_errno(why, path);
    }
    if (fstat(fd, &st) != 0)
        failed_errno(why, path);
    else if (!S_ISREG(st.st_mode))
        failed(why, path, "it is no regular file");
    else if (st.st_uid != 0)
        failed(why, path, "it is not root's (chown root)");
    else if (st.st_mode & 077)
        failed(why, path, "others than root can read or write it (chmod 600)");
    else if (st.st_size > NTLM_ACCOUNTS_SIZE_MAX)
        failed(why, path, "it is too large");
    else if (!(*text = secret_alloc((size_t)st.st_size + 1)))
        failed(why, path, "no memory");
    else if (!read_all(fd, *text, (size_t)st.st_size, size))
        failed_errno(why, path);
    else
        good = true;
    if (!good) {
        secret_free(*text);
        *text = NULL;
    }
    close(fd);
    return good;
}

static bool parse(const char *path, const char *text, size_t size,
                  void (*visit)(const struct ntlm_local_account *, void *), void *arg, char *why)
{
    unsigned line;

    if (ntlm_accounts_read(text, size, &line, visit, arg))
        return true;
    snprintf(
        why, NTLM_ACCOUNTS_WHY,
        "%.120s:%u: no account, or one that another line has (name:hash:changed:expires:flags)",
        path, line);
    return false;
}

bool ntlm_accounts_each(const char *path, void (*visit)(const struct ntlm_local_account *, void *),
                        void *arg, char *why)
{
    char *text;
    size_t size;
    bool good = ntlm_accounts_load(path, &text, &size, why);

    if (good && text)
        good = parse(path, text, size, visit, arg, why);
    secret_free(text);
    return good;
}

/* ---- changing ----------------------------------------------------------------------- */

struct rewrite {
    const struct ntlm_accounts_edit *edit;
    struct wire_writer out;
    enum ntlm_accounts_result result;
    bool found;
};

static void change(struct rewrite *r, struct ntlm_local_account *a)
{
    r->found = true;
    r->result = NTLM_ACCOUNTS_DONE;
    switch (r->edit->change) {
    case NTLM_ACCOUNTS_ADD:
        r->result = NTLM_ACCOUNTS_EXISTS;
        break;
    case NTLM_ACCOUNTS_KEEP:
    case NTLM_ACCOUNTS_UPDATE:
        if (!a->kept) {
            r->result = NTLM_ACCOUNTS_OTHERS;
            break;
        }
        /* fall through */
    case NTLM_ACCOUNTS_PASSWORD:
        memcpy(a->nt_hash, r->edit->nt_hash, NTLM_KEY_SIZE);
        a->changed = time(NULL);
        a->kept = r->edit->change != NTLM_ACCOUNTS_PASSWORD;
        break;
    case NTLM_ACCOUNTS_ENABLE:
    case NTLM_ACCOUNTS_DISABLE:
        a->disabled = r->edit->change == NTLM_ACCOUNTS_DISABLE;
        break;
    case NTLM_ACCOUNTS_EXPIRE:
        a->expires = r->edit->expires;
        break;
    case NTLM_ACCOUNTS_REMOVE:
    case NTLM_ACCOUNTS_FORGET:
        break;
    }
}

static void visit(const struct ntlm_local_account *account, void *arg)
{
    struct rewrite *r = arg;
    struct ntlm_local_account a = *account;
    bool meant = r->edit->name && ntlm_accounts_same_name(a.name, r->edit->name);
    bool gone = !meant && a.kept && r->edit->is_gone && r->edit->is_gone(a.name);

    if (meant)
        change(r, &a);
    if (gone && r->edit->change == NTLM_ACCOUNTS_FORGET) {
        r->found = true;
        r->result = NTLM_ACCOUNTS_DONE;
    }
    if (!gone && !(meant && r->edit->change == NTLM_ACCOUNTS_REMOVE))
        ntlm_accounts_write(&r->out, &a);
    secret_wipe(&a, sizeof(a));
}

static void append(struct rewrite *r)
{
    struct ntlm_local_account a = {.changed = time(NULL),
                                   .kept = r->edit->change == NTLM_ACCOUNTS_KEEP};

    if (r->edit->change != NTLM_ACCOUNTS_ADD && r->edit->change != NTLM_ACCOUNTS_KEEP) {
        r->result = NTLM_ACCOUNTS_MISSING;
        return;
    }
    r->result = NTLM_ACCOUNTS_DONE;
    snprintf(a.name, sizeof(a.name), "%s", r->edit->name);
    memcpy(a.nt_hash, r->edit->nt_hash, NTLM_KEY_SIZE);
    ntlm_accounts_write(&r->out, &a);
    secret_wipe(&a, sizeof(a));
}

static bool write_all(int fd, const uint8_t *data, size_t size)
{
    while (size) {
        ssize_t n = write(fd, data, size);

        if (n < 0 && errno != EINTR)
            return false;
        if (n > 0) {
            data += n;
            size -= (size_t)n;
        }
    }
    return true;
}

/* Under another name first; after that the name is changed in one step. */
static bool put(const char *path, const struct wire_writer *w, char *why)
{
    char fresh[PATH_MAX];
    bool good = false;
    int fd;

    snprintf(fresh, sizeof(fresh), "%s.new", path);
    (void)unlink(fresh); /* of somebody who was killed */
    fd = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return failed_errno(why, fresh);
    good = write_all(fd, w->data, w->offset) && fsync(fd) == 0;
    good = close(fd) == 0 && good && rename(fresh, path) == 0;
    if (!good) {
        failed_errno(why, path);
        (void)unlink(fresh);
    }
    return good;
}

/* The folder, which a first account makes; open, and synchronised later. -1: `why` says it. */
static int open_folder(const char *path, char *why)
{
    char folder[PATH_MAX];
    char *slash;
    int fd = -1;

    snprintf(folder, sizeof(folder), "%s", path);
    slash = strrchr(folder, '/');
    if (!slash || strlen(path) >= sizeof(folder) - sizeof(".lock")) {
        failed(why, path, "an absolute path is needed");
        return -1;
    }
    *slash = 0;
    if (mkdir(folder, 0700) == 0 || errno == EEXIST || errno == EPERM) /* lsad may make none */
        fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        failed_errno(why, folder);
    return fd;
}

static int lock(const char *path, char *why)
{
    char name[PATH_MAX];
    int fd;

    snprintf(name, sizeof(name), "%s.lock", path);
    fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    while (fd >= 0 && flock(fd, LOCK_EX) != 0 && errno == EINTR)
        ;
    if (fd < 0)
        failed_errno(why, name);
    return fd;
}

enum ntlm_accounts_result ntlm_accounts_edit(const char *path,
                                             const struct ntlm_accounts_edit *edit, char *why)
{
    struct rewrite r = {.edit = edit, .result = NTLM_ACCOUNTS_FAILED};
    char *text = NULL;
    size_t size = 0;
    int folder = -1, locked = -1;

    r.out = wire_writer_grow(NTLM_ACCOUNTS_SIZE_MAX);
    if (edit->change != NTLM_ACCOUNTS_FORGET && !ntlm_accounts_name_is_good(edit->name)) {
        snprintf(why, NTLM_ACCOUNTS_WHY, "this is no name of an account of this machine");
        goto out;
    }
    folder = open_folder(path, why);
    if (folder < 0)
        goto out;
    locked = lock(path, why);
    if (locked < 0 || !ntlm_accounts_load(path, &text, &size, why))
        goto out;
    wire_put_bytes(&r.out, HEAD, strlen(HEAD));
    if (text && !parse(path, text, size, visit, &r, why)) {
        r.result = NTLM_ACCOUNTS_FAILED;
        goto out;
    }
    if (!r.found)
        append(&r);
    if (r.result != NTLM_ACCOUNTS_DONE)
        goto out;
    if (!wire_write_ok(&r.out)) {
        failed(why, path, "no memory, or too many accounts");
        r.result = NTLM_ACCOUNTS_FAILED;
    } else if (!put(path, &r.out, why)) {
        r.result = NTLM_ACCOUNTS_FAILED;
    } else {
        (void)fsync(folder);
    }
out:
    wire_writer_free(&r.out);
    secret_free(text);
    if (locked >= 0)
        close(locked);
    if (folder >= 0)
        close(folder);
    return r.result;
}
