/*
 * The sandbox, tried from inside: what the kernel says of the process, what it cannot do any more,
 * and what lsad's libraries still can. Not part of the sanitizer builds, which need what it
 * forbids.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <grp.h>
#include <keyutils.h>
#include <krb5.h>
#include <netdb.h>
#include <openssl/provider.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/keyring.h"
#include "base/log.h"
#include "base/secret.h"
#include "lsad/sandbox.h"
#include "tests/unit/lsa/anchor.h"

#define UID 54321
#define GID 54322

static char directory[] = "/tmp/lsa-sandbox-XXXXXX", writable[64], secret_file[64],
            foreign_socket[64];
static pid_t victim; /* a process of root's */
static struct lsad_sandbox sandbox;

/* In the child: says what is wrong, once for each thing. */
static int failures;
static void expect(bool good, const char *what)
{
    if (!good) {
        dprintf(STDERR_FILENO, "  in the sandbox: %s (errno %d)\n", what, errno);
        failures++;
    }
}

static bool enter(void)
{
    int ruleset;

    if (!sandbox_limits(&sandbox, 64))
        return false;
    ruleset = sandbox_open_paths(&sandbox, writable, NULL, NULL);
    return ruleset != -1 && sandbox_identity(UID, GID) && sandbox_close_paths(ruleset) &&
           sandbox_syscalls(&sandbox);
}

/* Runs `body` in the sandbox, in a process of its own. */
static void in_sandbox(void (*body)(void))
{
    int status;
    pid_t child = fork();

    if (child == 0) {
        if (!enter())
            _exit(99);
        body();
        _exit(failures > 90 ? 90 : failures);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

/* ---- who ----------------------------------------------------------------------------------- */

static bool status_line(const char *name, const char *value)
{
    char line[256], wanted[128];
    bool found = false;
    FILE *file = fopen("/proc/self/status", "re");

    snprintf(wanted, sizeof(wanted), "%s:\t%s\n", name, value);
    while (file && fgets(line, sizeof(line), file))
        found = found || strcmp(line, wanted) == 0;
    if (file)
        fclose(file);
    return found;
}

static void who(void)
{
    struct rlimit limit;
    struct stat st;

    expect(status_line("Uid", "54321\t54321\t54321\t0"), "uids are its own, fsuid is 0");
    expect(status_line("Gid", "54322\t54322\t54322\t54322"), "gids are its own");
    expect(status_line("Groups", " "), "no groups");
    expect(status_line("CapInh", "0000000000000000") && status_line("CapPrm", "0000000000000000") &&
               status_line("CapEff", "0000000000000000") &&
               status_line("CapBnd", "0000000000000000") &&
               status_line("CapAmb", "0000000000000000"),
           "no capability in any set");
    expect(status_line("NoNewPrivs", "1"), "no new privileges");
    expect(status_line("Seccomp", "2"), "a filter");
    expect(prctl(PR_GET_DUMPABLE) == 0, "not dumpable");
    expect(getrlimit(RLIMIT_CORE, &limit) == 0 && limit.rlim_max == 0, "no core file");
    expect(sandbox.landlock > 0 && sandbox.seccomp, "it knows that it is confined");
    expect(stat("/proc/self/mem", &st) == 0 && st.st_uid == 0, "its /proc files are root's");
}

static void identity(void **state)
{
    (void)state;
    in_sandbox(who);
}

/* ---- what it cannot do --------------------------------------------------------------------- */

static bool refused(long result)
{
    return result < 0 && (errno == EPERM || errno == EACCES || errno == ENOSYS);
}

static void processes(void)
{
    static char *const arguments[] = {(char *)(uintptr_t) "true", NULL};
    struct iovec iov = {&failures, sizeof(failures)};
    const struct rlimit limit = {1, 1};

    expect(refused(execv("/bin/true", arguments)), "exec");
    expect(refused(syscall(SYS_execveat, AT_FDCWD, "/bin/true", arguments, arguments, 0)),
           "execveat");
    expect(refused(fork()), "fork");
    expect(refused(syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0)), "clone of a process");
    expect(refused(syscall(SYS_clone3, &iov, 64)), "clone3");
    expect(refused(kill(victim, 0)), "kill");
    expect(refused(kill(getppid(), SIGTERM)), "kill of the parent");
    expect(refused(syscall(SYS_tgkill, victim, victim, 0)), "tgkill");
    expect(refused(syscall(SYS_tkill, victim, 0)), "tkill");
    expect(refused(syscall(SYS_pidfd_send_signal, syscall(SYS_pidfd_open, victim, 0), 0, NULL, 0)),
           "pidfd signal");
    expect(refused(syscall(SYS_pidfd_getfd, syscall(SYS_pidfd_open, victim, 0), 0, 0)),
           "pidfd_getfd");
    expect(refused(ptrace(PTRACE_ATTACH, victim, 0, 0)), "ptrace");
    expect(refused(process_vm_readv(victim, &iov, 1, &iov, 1, 0)), "process_vm_readv");
    expect(refused(process_vm_writev(victim, &iov, 1, &iov, 1, 0)), "process_vm_writev");
    expect(refused(prlimit(victim, RLIMIT_CORE, NULL, NULL)), "limits of others");
    expect(refused(prlimit(0, RLIMIT_CORE, &limit, NULL)), "its own limits");
    expect(refused(setpriority(PRIO_PROCESS, (id_t)victim, 5)), "priority of others");
}

static void privileges(void)
{
    struct {
        uint32_t version;
        int pid;
    } header = {0x20080522, 0};
    uint32_t data[6] = {1, 1, 0, 1, 1, 0};

    expect(refused(setresuid(0, 0, 0)), "setresuid");
    expect(refused(setuid(0)), "setuid");
    expect(refused(setgroups(0, NULL)), "setgroups");
    expect(refused(syscall(SYS_capset, &header, data)), "capset");
    expect(refused(prctl(PR_SET_DUMPABLE, 1)), "dumpable again");
    expect(refused(syscall(SYS_mount, "x", "/tmp", "tmpfs", 0, NULL)), "mount");
    expect(refused(unshare(CLONE_NEWUSER)), "unshare");
    expect(refused(setns(0, 0)), "setns");
    expect(refused(syscall(SYS_bpf, 0, NULL, 0)), "bpf");
    expect(refused(syscall(SYS_io_uring_setup, 8, NULL)), "io_uring");
    expect(refused(syscall(SYS_perf_event_open, NULL, 0, -1, -1, 0)), "perf");
    expect(refused(syscall(SYS_userfaultfd, 0)), "userfaultfd");
    expect(refused(inotify_init1(0)), "a call that nobody listed");
    expect(mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1,
                0) == MAP_FAILED,
           "memory both written and executed");
    expect(mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) ==
               MAP_FAILED,
           "anonymous executable memory");
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    expect(page != MAP_FAILED && refused(mprotect(page, 4096, PROT_READ | PROT_EXEC)),
           "data made executable");
}

static void keys(void)
{
    expect(refused(keyctl_session_to_parent()), "session to parent");
    expect(refused(keyctl_chown(KEY_SPEC_SESSION_KEYRING, 0, 0)), "chown of a key");
    expect(refused(keyctl_get_persistent(1000, KEY_SPEC_SESSION_KEYRING)),
           "another's persistent keyring");
    expect(refused(request_key("user", "x", NULL, 0)), "request_key");
    expect(refused(keyctl_assume_authority(0)), "assume authority");
}

static void files(void)
{
    char path[128];

    expect(refused(open("/etc/shadow", O_RDONLY)), "/etc/shadow");
    expect(refused(open("/etc/passwd", O_WRONLY)), "writing /etc/passwd");
    expect(refused(open("/etc/lsad-was-here", O_WRONLY | O_CREAT, 0600)), "a new file in /etc");
    expect(refused(open("/usr/lib/lsad-was-here", O_WRONLY | O_CREAT, 0600)),
           "a new file in /usr/lib");
    expect(refused(open("/tmp/lsad-was-here", O_WRONLY | O_CREAT, 0600)), "a new file in /tmp");
    expect(refused(open(secret_file, O_RDONLY)), "a file of root's");
    expect(refused(unlink(secret_file)), "removing a file of root's");
    expect(refused(truncate(secret_file, 0)), "truncating a file of root's");
    expect(refused(open("/root", O_RDONLY | O_DIRECTORY)), "listing /root");
    snprintf(path, sizeof(path), "/proc/%d/environ", (int)victim);
    expect(refused(open(path, O_RDONLY)), "the environment of root's process");
    snprintf(path, sizeof(path), "/proc/%d/mem", (int)victim);
    expect(refused(open(path, O_RDONLY)), "the memory of root's process");
    snprintf(path, sizeof(path), "/proc/%d/oom_score_adj", (int)victim);
    expect(refused(open(path, O_WRONLY)), "writing into /proc");
    snprintf(path, sizeof(path), "%s/../secret", writable);
    expect(refused(open(path, O_RDONLY)), "out of its directory");
    snprintf(path, sizeof(path), "%s/link", writable);
    expect(refused(link(secret_file, path)) && refused(symlink(secret_file, path)), "links");
    expect(refused(chmod(writable, 0777)) && refused(chown(writable, 1, 1)), "modes and owners");
}

static void network(void)
{
    struct sockaddr_un abstract = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    strcpy(abstract.sun_path + 1, foreign_socket);
    expect(fd >= 0, "a unix socket");
    expect(refused(connect(fd, (struct sockaddr *)&abstract,
                           (socklen_t)(sizeof(sa_family_t) + 1 + strlen(foreign_socket)))),
           "an abstract socket of others");
    expect(refused(listen(fd, 1)), "listen");
    expect(refused(socket(AF_PACKET, SOCK_RAW, 0)), "raw packets");
    expect(refused(socket(AF_ALG, SOCK_SEQPACKET, 0)), "another family");
}

static void cannot(void **state)
{
    (void)state;
    in_sandbox(processes);
    in_sandbox(privileges);
    in_sandbox(keys);
    in_sandbox(files);
    in_sandbox(network);
}

/* ---- what it still can --------------------------------------------------------------------- */

static void *thread(void *arg)
{
    expect(getuid() == UID &&
               syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_THREAD_KEYRING, 1) > 0,
           "a thread, with a keyring of its own");
    expect(refused(kill(victim, 0)) && refused(open("/etc/shadow", O_RDONLY)),
           "confined like the first");
    keyring_serial ring = keyring_make(anchor, "thread");
    expect(ring > 0 && keyring_put(ring, "key", "x", 1, 0) > 0 &&
               keyring_destroy(anchor, ring) == 0,
           "keys of root's");
    return arg;
}

/* getaddrinfo's answer about a name of /etc/hosts, which a bare machine may not have. */
static int resolve(void)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    int answer = getaddrinfo("localhost", "88", &hints, &found);

    if (answer == 0)
        freeaddrinfo(found);
    return answer;
}

static int resolved_outside;

static void needed(void)
{
    krb5_context context = NULL;
    pthread_t other;
    char path[128], text[64];
    keyring_serial ring, key;
    void *data;
    size_t size;
    uid_t owner = 1;
    int fd;

    ring = keyring_make(anchor, "ring");
    expect(ring > 0, "a keyring below the anchor");
    key = keyring_put(ring, "key", "value", 5, 0);
    expect(key > 0 && keyring_owner(key, &owner) == 0 && owner == 0, "a key, and it is root's");
    expect(keyring_get(ring, "key", &data, &size) == 0 && size == 5, "reading it");
    expect(keyring_destroy(anchor, ring) == 0, "destroying it");
    snprintf(path, sizeof(path), "%s/file", writable);
    fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    expect(fd >= 0 && write(fd, "x", 1) == 1 && ftruncate(fd, 0) == 0 && unlink(path) == 0,
           "its own directory");
    close(fd);
    expect(pthread_create(&other, NULL, thread, NULL) == 0 && pthread_join(other, NULL) == 0,
           "threads");
    expect(resolve() == resolved_outside, "name resolution");
    expect(krb5_init_context(&context) == 0, "libkrb5");
    krb5_free_context(context);
    expect(OSSL_PROVIDER_load(NULL, "legacy") != NULL, "OpenSSL's legacy provider");
    expect(dlopen("libresolv.so.2", RTLD_NOW) != NULL, "dlopen");
    snprintf(path, sizeof(path), "/proc/%d/stat", (int)victim);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    expect(fd >= 0 && read(fd, text, sizeof(text)) > 0, "start times of processes");
    expect(syscall(SYS_pidfd_open, victim, 0) >= 0, "pidfds");
    expect(secret_random(text, sizeof(text)), "randomness");
    data = secret_alloc(100000);
    expect(data != NULL, "secret memory");
    secret_free(data);
    log_debug("and the log does not disturb");
    errno = 0;
    expect(raise(SIGURG) == 0, "signals to itself");
}

static void can(void **state)
{
    (void)state;
    resolved_outside = resolve();
    in_sandbox(needed);
}

/* Threads that were there before the filter are under it, too. */
static void *wait_and_try(void *arg)
{
    char byte;

    if (read(*(int *)arg, &byte, 1) == 1)
        expect(status_line("Seccomp", "2") && refused(syscall(SYS_kill, victim, 0)),
               "a thread that was there before");
    return NULL;
}

static void earlier_threads(void **state)
{
    int status;
    pid_t child = fork();

    (void)state;
    if (child == 0) {
        int pipes[2], ruleset;
        pthread_t other;

        ruleset =
            sandbox_limits(&sandbox, 64) ? sandbox_open_paths(&sandbox, writable, NULL, NULL) : -1;
        if (ruleset == -1 || !sandbox_identity(UID, GID) || !sandbox_close_paths(ruleset) ||
            pipe(pipes) != 0 || pthread_create(&other, NULL, wait_and_try, &pipes[0]) != 0 ||
            !sandbox_syscalls(&sandbox) || write(pipes[1], "x", 1) != 1)
            _exit(99);
        pthread_join(other, NULL);
        _exit(failures);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static int setup(void **state)
{
    struct sockaddr_un abstract = {.sun_family = AF_UNIX};
    int fd;

    if (anchor_setup(state) != 0 || !mkdtemp(directory))
        return -1;
    snprintf(writable, sizeof(writable), "%s/private", directory);
    snprintf(secret_file, sizeof(secret_file), "%s/secret", directory);
    snprintf(foreign_socket, sizeof(foreign_socket), "lsa-sandbox-%d", (int)getpid());
    strcpy(abstract.sun_path + 1, foreign_socket);
    fd = open(secret_file, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    close(fd);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(fd, (struct sockaddr *)&abstract,
             (socklen_t)(sizeof(sa_family_t) + 1 + strlen(foreign_socket))) != 0 ||
        listen(fd, 1) != 0 || mkdir(writable, 0700) != 0)
        return -1;
    victim = fork();
    if (victim == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (;;)
            pause();
    }
    return victim > 0 ? 0 : -1;
}

static int teardown(void **state)
{
    kill(victim, SIGKILL);
    waitpid(victim, NULL, 0);
    unlink(secret_file);
    rmdir(writable);
    return anchor_teardown(state) | rmdir(directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(identity),
        cmocka_unit_test(cannot),
        cmocka_unit_test(can),
        cmocka_unit_test(earlier_threads),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
