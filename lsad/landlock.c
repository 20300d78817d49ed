/*
 * Which files the working process can reach. The kernel's header may be older than the kernel, so
 * the structures and rights of later versions stand here, with the version that brought them.
 */
#include "lsad/sandbox.h"
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule       445
#define SYS_landlock_restrict_self  446
#endif

#define CREATE_RULESET_VERSION 1u
#define RULE_PATH_BENEATH      1

#define FS_WRITE_FILE  (1ull << 1)
#define FS_READ_FILE   (1ull << 2)
#define FS_READ_DIR    (1ull << 3)
#define FS_REMOVE_FILE (1ull << 5)
#define FS_MAKE_REG    (1ull << 8)
#define FS_VERSION_1   ((1ull << 13) - 1)
#define FS_REFER       (1ull << 13) /* 2 */
#define FS_TRUNCATE    (1ull << 14) /* 3 */
#define FS_IOCTL_DEV   (1ull << 15) /* 5 */
#define NET_BIND_TCP   (1ull << 0)  /* 4 */
#define SCOPE_ABSTRACT (1ull << 0)  /* 6: no abstract sockets of others */
#define SCOPE_SIGNAL   (1ull << 1)  /* 6: no signals to others */

struct ruleset {
    uint64_t fs;
    uint64_t net;    /* 4 */
    uint64_t scoped; /* 6 */
};

struct path_rule {
    uint64_t allowed;
    int32_t fd;
} __attribute__((packed));

/* Files are named where they hold secrets of others too; whole directories where only such things
 * lie. */
static const char *const readable_paths[] = {
    /* shared libraries, plugins, locales, time zones, OpenSSL's providers */
    "/usr/lib",
    "/usr/lib64",
    "/usr/local/lib",
    "/lib",
    "/lib64",
    "/usr/share/zoneinfo",
    "/usr/share/locale",
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/etc/localtime",
    "/etc/ssl/openssl.cnf",
    "/usr/lib/ssl",
    "/etc/pki/tls/openssl.cnf",
    "/etc/crypto-policies",
    /* name resolution */
    "/etc/nsswitch.conf",
    "/etc/resolv.conf",
    "/etc/hosts",
    "/etc/host.conf",
    "/etc/gai.conf",
    "/etc/services",
    "/etc/protocols",
    "/etc/passwd",
    "/etc/group",
    "/etc/hostname",
    "/run/systemd/resolve",
    "/run/resolvconf",
    "/run/NetworkManager",
    "/run/nscd",
    "/var/lib/sss/mc",
    "/var/lib/sss/pubconf",
    /* Kerberos */
    "/etc/krb5.conf",
    "/etc/krb5.conf.d",
    "/etc/krb5.keytab",
    "/etc/krb5",
    "/var/lib/krb5/user",
    /* processes: start times and audit sessions */
    "/proc",
    "/dev/urandom",
    "/dev/random",
    "/sys/devices/system/cpu",
};

static bool add_path(int ruleset, const char *path, uint64_t rights)
{
    struct path_rule rule = {.allowed = rights};
    struct stat st;
    bool added = true;

    rule.fd = open(path, O_PATH | O_CLOEXEC);
    if (rule.fd < 0)
        return true; /* not on this machine */
    if (fstat(rule.fd, &st) == 0) {
        if (!S_ISDIR(st.st_mode))
            rule.allowed &= FS_READ_FILE | FS_WRITE_FILE | FS_TRUNCATE;
        added = syscall(SYS_landlock_add_rule, ruleset, RULE_PATH_BENEATH, &rule, 0) == 0;
        if (!added)
            log_error("Landlock: %s cannot be allowed: %m", path);
    }
    close(rule.fd);
    return added;
}

/* "/a /b:/c": separated by blanks or colons, with or without "FILE:" in front, as Kerberos writes
 * them. */
static bool add_list(int ruleset, const char *list, uint64_t rights)
{
    char *copy = list ? strdup(list) : NULL, *save = NULL;
    bool added = !list || copy;

    for (char *word = copy ? strtok_r(copy, " \t:", &save) : NULL; word && added;
         word = strtok_r(NULL, " \t:", &save))
        if (word[0] == '/')
            added = add_path(ruleset, word, rights);
    free(copy);
    return added;
}

int sandbox_open_paths(struct lsad_sandbox *sandbox, const char *private_directory,
                       const char *readable, const char *writable)
{
    struct ruleset attributes = {.fs = FS_VERSION_1};
    const uint64_t reading = FS_READ_FILE | FS_READ_DIR;
    uint64_t writing = reading | FS_WRITE_FILE | FS_REMOVE_FILE | FS_MAKE_REG;
    size_t size = sizeof(attributes.fs);
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0, CREATE_RULESET_VERSION);
    int ruleset;
    bool added = true;

    if (version < 0 && (errno == ENOSYS || errno == EOPNOTSUPP)) {
        log_warn("this kernel has no Landlock (or lsm= leaves it out): lsad can read all of root's "
                 "files");
        return -2;
    }
    if (version >= 2)
        attributes.fs |= FS_REFER;
    if (version >= 3) {
        attributes.fs |= FS_TRUNCATE;
        writing |= FS_TRUNCATE;
    }
    if (version >= 5)
        attributes.fs |= FS_IOCTL_DEV;
    if (version >= 4) { /* clients of KDCs connect; nothing here listens */
        attributes.net = NET_BIND_TCP;
        size = sizeof(attributes.fs) + sizeof(attributes.net);
    }
    if (version >= 6) {
        attributes.scoped = SCOPE_ABSTRACT | SCOPE_SIGNAL;
        size = sizeof(attributes);
    }
    ruleset = (int)syscall(SYS_landlock_create_ruleset, &attributes, size, 0);
    if (ruleset < 0) {
        log_error("Landlock: no ruleset: %m");
        return -1;
    }
    for (size_t i = 0; i < sizeof(readable_paths) / sizeof(readable_paths[0]) && added; i++)
        added = add_path(ruleset, readable_paths[i], reading);
    added = added && add_path(ruleset, "/dev/null", reading | FS_WRITE_FILE) &&
            add_path(ruleset, private_directory, writing) && add_list(ruleset, readable, reading) &&
            add_list(ruleset, writable, writing) &&
            /* what the admin's environment tells libkrb5 to read */
            add_list(ruleset, getenv("KRB5_CONFIG"), reading) &&
            add_list(ruleset, getenv("KRB5_KTNAME"), reading);
    if (!added) {
        close(ruleset);
        return -1;
    }
    sandbox->landlock = (int)version;
    return ruleset;
}

bool sandbox_close_paths(int ruleset)
{
    if (ruleset < 0)
        return ruleset == -2;
    if (syscall(SYS_landlock_restrict_self, ruleset, 0) != 0) {
        log_error("Landlock: cannot be closed over this process: %m");
        return false;
    }
    close(ruleset);
    return true;
}
