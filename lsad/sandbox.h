/*
 * The confinement of the working process. It has real and effective uid of a user of its own, fsuid
 * 0 and no capability: root's files and root's key quota, but none of root's power over processes.
 * Because fsuid 0 owns root's files, Landlock leaves it only those it needs, and seccomp only the
 * system calls.
 *
 * The steps stand in the order in which they are taken, in one thread: each but the last holds for
 * the calling thread and those it makes later. Every function returns false after a log line that
 * says what the kernel refused.
 */
#ifndef CREDMGR_LSAD_SANDBOX_H
#define CREDMGR_LSAD_SANDBOX_H

#include <stdbool.h>
#include <sys/types.h>

struct lsad_sandbox {
    int landlock; /* version of the kernel's Landlock, 0: it has none */
    bool seccomp;
    bool locked; /* all memory, present and future */
};

/*
 * sandbox.c: no core file, enough descriptors, memory locked if RLIMIT_MEMLOCK can be raised, a
 * session keyring of its own, no new privileges. As root.
 */
bool sandbox_limits(struct lsad_sandbox *sandbox, unsigned descriptors);

/*
 * landlock.c. Opens what may be read: what libkrb5, OpenSSL and glibc's name resolution need, and
 * `readable` (blank-separated paths, may be NULL); what may be written: the directory `private` and
 * those of `writable`, a list like that. As root. The descriptor of the ruleset, -1 on failure, -2
 * when the kernel has no Landlock (which is logged, and no failure).
 */
int sandbox_open_paths(struct lsad_sandbox *sandbox, const char *private_directory,
                       const char *readable, const char *writable);
/* Closes the ruleset over this thread. */
bool sandbox_close_paths(int ruleset);

/* sandbox.c: becomes uid:gid with fsuid 0 and no capability, for ever, and cannot be dumped or
 * traced. */
bool sandbox_identity(uid_t uid, gid_t gid);

/* seccomp.c: all threads may make only the system calls that serving clients takes. */
bool sandbox_syscalls(struct lsad_sandbox *sandbox);

#endif
