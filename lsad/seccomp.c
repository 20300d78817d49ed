/*
 * Which system calls the working process can make: a list of what serving clients takes, with what
 * libkrb5, OpenSSL, glibc's resolver and dlopen(3) of their plugins need. Everything else answers
 * ENOSYS, so that a newer glibc falls back to an older call instead of failing; what an intruder
 * would reach for answers EPERM. Nothing is killed: a plugin that tries to start a program fails
 * with its own error message, and the LSA goes on for everybody else.
 */
#include "lsad/sandbox.h"
#include "base/log.h"

#include <errno.h>
#include <linux/keyctl.h>
#include <sched.h>
#include <seccomp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef PR_SET_VMA
#define PR_SET_VMA 0x53564d41
#endif

static const char *const allowed[] = {
    /* files */
    "read", "write", "readv", "writev", "pread64", "pwrite64", "preadv", "pwritev", "open",
    "openat", "openat2", "close", "close_range", "stat", "fstat", "lstat", "newfstatat",
    "fstatat64", "statx", "fstatfs", "statfs", "access", "faccessat", "faccessat2", "lseek",
    "readlink", "readlinkat", "getdents", "getdents64", "fcntl", "flock", "ftruncate", "fsync",
    "fdatasync", "unlink", "unlinkat", "rename", "renameat", "renameat2", "fchmod", "getcwd",
    "umask", "dup", "dup2", "dup3",
    /* waiting */
    "poll", "ppoll", "select", "pselect6", "epoll_create", "epoll_create1", "epoll_ctl",
    "epoll_wait", "epoll_pwait", "epoll_pwait2", "eventfd2", "pipe", "pipe2", "timerfd_create",
    "timerfd_settime", "timerfd_gettime", "pidfd_open",
    /* sockets that exist, or that socket() below lets exist */
    "connect", "bind", "accept", "accept4", "getsockname", "getpeername", "sendto", "sendmsg",
    "sendmmsg", "recvfrom", "recvmsg", "recvmmsg", "shutdown", "setsockopt", "getsockopt",
    /* memory; mmap and mprotect below */
    "munmap", "mremap", "madvise", "brk", "mlock", "mlock2", "munlock", "msync", "membarrier",
    "mincore",
    /* threads and time; clone below */
    "futex", "futex_waitv", "set_robust_list", "get_robust_list", "rseq", "set_tid_address",
    "sched_yield", "sched_getaffinity", "sched_getparam", "sched_getscheduler", "nanosleep",
    "clock_nanosleep", "clock_gettime", "clock_getres", "gettimeofday", "time", "times",
    "getrusage", "getcpu", "exit", "exit_group", "restart_syscall",
    /* signals to oneself */
    "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "rt_sigtimedwait", "rt_sigpending",
    "sigaltstack",
    /* who am I */
    "getpid", "getppid", "gettid", "getuid", "geteuid", "getgid", "getegid", "getresuid",
    "getresgid", "getgroups", "getpgrp", "getpgid", "getsid", "uname", "sysinfo", "getrandom",
    "getrlimit", "capget",
    /* the store; keyctl below */
    "add_key"};

/* Known, and refused as such. */
static const char *const refused[] = {
    /* other programs and processes */
    "execve", "execveat", "fork", "vfork", "kill", "tkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo",
    "pidfd_send_signal", "pidfd_getfd", "ptrace", "process_vm_readv", "process_vm_writev",
    "process_madvise", "process_mrelease", "kcmp", "setpriority", "sched_setscheduler",
    "sched_setattr", "setrlimit",
    /* who am I */
    "setuid", "setgid", "setreuid", "setregid", "setresuid", "setresgid", "setfsuid", "setfsgid",
    "setgroups", "capset", "personality", "seccomp",
    /* files as root's owner could change them */
    "chown", "fchown", "lchown", "fchownat", "chmod", "fchmodat", "link", "linkat", "symlink",
    "symlinkat", "mknod", "mknodat", "mkdir", "mkdirat", "rmdir", "truncate", "setxattr",
    "lsetxattr", "fsetxattr", "open_by_handle_at", "name_to_handle_at", "acct", "quotactl",
    "swapon", "swapoff",
    /* mounts and namespaces */
    "mount", "umount2", "move_mount", "open_tree", "fsopen", "fsconfig", "fsmount", "fspick",
    "mount_setattr", "pivot_root", "chroot", "setns", "unshare",
    /* large surfaces of the kernel, and the machine */
    "io_uring_setup", "io_uring_enter", "io_uring_register", "bpf", "perf_event_open",
    "userfaultfd", "request_key", "memfd_create", "memfd_secret", "shmget", "shmat", "msgget",
    "semget", "listen", "socketpair", "init_module", "finit_module", "delete_module", "kexec_load",
    "kexec_file_load", "reboot", "syslog", "ioperm", "iopl", "modify_ldt", "settimeofday",
    "clock_settime", "adjtimex", "clock_adjtime", "sethostname", "setdomainname"};

static const unsigned allowed_keyctl[] = {
    KEYCTL_GET_KEYRING_ID, KEYCTL_JOIN_SESSION_KEYRING,
    KEYCTL_UPDATE,         KEYCTL_REVOKE,
    KEYCTL_SETPERM,        KEYCTL_DESCRIBE,
    KEYCTL_CLEAR,          KEYCTL_LINK,
    KEYCTL_UNLINK,         KEYCTL_SEARCH,
    KEYCTL_READ,           KEYCTL_SET_TIMEOUT,
    KEYCTL_MOVE,           KEYCTL_INVALIDATE,
};
static const int allowed_families[] = {AF_UNIX, AF_INET, AF_INET6, AF_NETLINK};
static const int allowed_prctl[] = {PR_SET_NAME, PR_GET_NAME, PR_GET_DUMPABLE, PR_SET_VMA};
static const unsigned long allowed_ioctl[] = {
    FIONREAD, FIONBIO, TCGETS, 0x8933 /* SIOCGIFINDEX */, 0x8910 /* SIOCGIFNAME */,
    0x8927 /* SIOCGIFHWADDR */};

static bool add_name(scmp_filter_ctx filter, uint32_t action, const char *name)
{
    int number = seccomp_syscall_resolve_name(name), error;

    if (number == __NR_SCMP_ERROR)
        return true; /* libseccomp does not know it: the default answers */
    error = seccomp_rule_add(filter, action, number, 0);
    if (error && error != -EDOM) {
        log_error("seccomp: %s: %s", name, strerror(-error));
        return false;
    }
    return true;
}

/* Conditions on one argument; the kernel's int arguments have 32 bits that count. */
static struct scmp_arg_cmp masked(unsigned argument, uint64_t mask, uint64_t value)
{
    return (struct scmp_arg_cmp){
        .arg = argument, .op = SCMP_CMP_MASKED_EQ, .datum_a = mask, .datum_b = value};
}

static struct scmp_arg_cmp equal(unsigned argument, uint32_t value)
{
    return masked(argument, UINT32_MAX, value);
}

/* Adds `action` for a call whose first (or only) `count` conditions hold; false when libseccomp
 * refuses. */
static bool add_rule(scmp_filter_ctx filter, uint32_t action, int call, unsigned count,
                     struct scmp_arg_cmp first, struct scmp_arg_cmp second)
{
    const struct scmp_arg_cmp conditions[] = {first, second};
    int error = seccomp_rule_add_array(filter, action, call, count, conditions);

    if (error)
        log_error("seccomp: a rule for call %d: %s", call, strerror(-error));
    return error == 0;
}

static bool allow_if(scmp_filter_ctx filter, int call, struct scmp_arg_cmp condition)
{
    return add_rule(filter, SCMP_ACT_ALLOW, call, 1, condition, condition);
}

static bool refuse_if(scmp_filter_ctx filter, int call, struct scmp_arg_cmp condition)
{
    return add_rule(filter, SCMP_ACT_ERRNO(EPERM), call, 1, condition, condition);
}

/* The calls that are good with some arguments only. */
static bool add_checked(scmp_filter_ctx filter)
{
    bool good = true;

    for (size_t i = 0; i < sizeof(allowed_keyctl) / sizeof(allowed_keyctl[0]); i++)
        good = good && allow_if(filter, SCMP_SYS(keyctl), equal(0, allowed_keyctl[i]));
    for (size_t i = 0; i < sizeof(allowed_families) / sizeof(allowed_families[0]); i++)
        good = good && allow_if(filter, SCMP_SYS(socket), equal(0, (uint32_t)allowed_families[i]));
    for (size_t i = 0; i < sizeof(allowed_prctl) / sizeof(allowed_prctl[0]); i++)
        good = good && allow_if(filter, SCMP_SYS(prctl), equal(0, (uint32_t)allowed_prctl[i]));
    for (size_t i = 0; i < sizeof(allowed_ioctl) / sizeof(allowed_ioctl[0]); i++)
        good = good && allow_if(filter, SCMP_SYS(ioctl), equal(1, (uint32_t)allowed_ioctl[i]));
    /* threads, no processes; clone3 hides its flags in memory, so glibc is sent to clone */
    good = good && allow_if(filter, SCMP_SYS(clone), masked(0, CLONE_THREAD, CLONE_THREAD)) &&
           refuse_if(filter, SCMP_SYS(clone), masked(0, CLONE_THREAD, 0));
    /* abort(3) and raise(3) */
    good = good && allow_if(filter, SCMP_SYS(tgkill), equal(0, (uint32_t)getpid()));
    /* limits of its own, to read: glibc asks for the stack's */
    good = good && add_rule(filter, SCMP_ACT_ALLOW, SCMP_SYS(prlimit64), 2, equal(0, 0),
                            masked(2, UINT64_MAX, 0));
    /* memory that is written is not executed: code comes from files */
    good = good && allow_if(filter, SCMP_SYS(mmap), masked(2, PROT_EXEC, 0)) &&
           add_rule(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 2,
                    masked(2, PROT_EXEC | PROT_WRITE, PROT_EXEC), masked(3, MAP_ANONYMOUS, 0)) &&
           allow_if(filter, SCMP_SYS(mprotect), masked(2, PROT_EXEC, 0)) &&
           refuse_if(filter, SCMP_SYS(mprotect), masked(2, PROT_EXEC, PROT_EXEC));
    return good;
}

bool sandbox_syscalls(struct lsad_sandbox *sandbox)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(ENOSYS));
    bool done = false;
    int error;

    if (!filter) {
        log_error("seccomp: no memory");
        return false;
    }
    for (size_t i = 0; i < sizeof(allowed) / sizeof(allowed[0]); i++)
        if (!add_name(filter, SCMP_ACT_ALLOW, allowed[i]))
            goto out;
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
        if (!add_name(filter, SCMP_ACT_ERRNO(EPERM), refused[i]))
            goto out;
    if (!add_checked(filter))
        goto out;
    error = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
    if (!error)
        (void)seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE,
                               2); /* a tree; older libraries have only lists */
    if (!error)
        error = seccomp_load(filter);
    if (error) {
        log_error("seccomp: the filter was not loaded: %s", strerror(-error));
        goto out;
    }
    sandbox->seccomp = true;
    done = true;
out:
    seccomp_release(filter);
    return done;
}
