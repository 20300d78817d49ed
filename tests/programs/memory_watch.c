/*
 * memory-watch: looks for secrets in the memory of a process, at every system call by which it
 * could have got or given something away, until it ends. Each line of standard input is one secret,
 * looked for as it is and in UTF-16; "hex:…" stands for bytes.
 *
 *   memory-watch [--once] PID <SECRETS
 *
 * With --once it looks a single time, and leaves the process alone.
 *
 * Says "watching" when the process will not get past it unseen; so it is to be started before that
 * process has begun. What the process starts (execve, threads, children) is watched, too. Says
 * where what was found, the first time. Exits 0 when nothing was, 1 when something was, 2 when it
 * could not look.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/ptrace.h>

#include "base/utf16.h"

#define SECRETS_MAX 16
#define SECRET_SIZE 1024 /* bytes */
#define CHUNK       (1u << 20)

struct secret {
    unsigned line;
    const char *form; /* "bytes" or "UTF-16" */
    uint8_t bytes[2 * SECRET_SIZE];
    size_t size;
    bool found;
};
static struct secret secrets[2 * SECRETS_MAX];
static size_t secret_count;
static unsigned long looks;   /* scans that read something */
static unsigned long long at; /* bytes of the last one */
static bool any_found;

/* ---- what is looked for ---------------------------------------------------------------------- */

static void add(unsigned line, const char *form, const void *bytes, size_t size)
{
    struct secret *s = &secrets[secret_count];

    if (size < 4 || size > sizeof(s->bytes) || secret_count == 2 * SECRETS_MAX) {
        fprintf(stderr, "memory-watch: line %u: too short, too long, or too many\n", line);
        exit(2);
    }
    s->line = line;
    s->form = form;
    memcpy(s->bytes, bytes, size);
    s->size = size;
    secret_count++;
}

static size_t from_hex(const char *text, uint8_t *bytes)
{
    size_t n = 0;

    for (unsigned value; n < SECRET_SIZE && sscanf(text, "%2x", &value) == 1 && text[1]; text += 2)
        bytes[n++] = (uint8_t)value;
    return n;
}

static void read_secrets(void)
{
    char text[SECRET_SIZE];
    uint8_t bytes[SECRET_SIZE];

    for (unsigned line = 1; fgets(text, sizeof(text), stdin); line++) {
        char16_t *wide;
        size_t units;

        text[strcspn(text, "\n")] = 0;
        if (strncmp(text, "hex:", 4) == 0) {
            add(line, "bytes", bytes, from_hex(text + 4, bytes));
            continue;
        }
        add(line, "bytes", text, strlen(text));
        wide = utf16_from_utf8(text, strlen(text), &units);
        if (wide)
            add(line, "UTF-16", wide, units * sizeof(*wide));
        free(wide);
    }
    if (secret_count == 0) {
        fputs("memory-watch: nothing to look for on standard input\n", stderr);
        exit(2);
    }
}

/* ---- looking --------------------------------------------------------------------------------- */

static void look_at(const uint8_t *data, size_t size, const char *map, long call)
{
    for (size_t i = 0; i < secret_count; i++) {
        struct secret *s = &secrets[i];

        if (s->found || !memmem(data, size, s->bytes, s->size))
            continue;
        s->found = any_found = true;
        printf("found: secret %u (%s) in %s, ", s->line, s->form,
               *map ? map : "memory without a name");
        printf(call < 0 ? "behind a system call\n" : "before system call %ld\n", call);
    }
}

/* One mapping, in pieces that overlap by the longest secret. */
static void look_through(int memory, uint64_t from, uint64_t to, const char *map, long call)
{
    static uint8_t chunk[CHUNK + 2 * SECRET_SIZE];
    size_t kept = 0;

    while (from < to) {
        size_t wanted = to - from < CHUNK ? (size_t)(to - from) : CHUNK;
        ssize_t n = pread(memory, chunk + kept, wanted, (off_t)from);

        if (n <= 0)
            return; /* unmapped meanwhile */
        at += (unsigned long long)n;
        from += (uint64_t)n;
        look_at(chunk, kept + (size_t)n, map, call);
        n += (ssize_t)kept;
        kept = n < 2 * SECRET_SIZE ? (size_t)n : 2 * SECRET_SIZE;
        memmove(chunk, chunk + n - kept, kept);
    }
}

/* All that the process can have written, and what has no file behind it. */
static void look(pid_t pid, long call)
{
    char path[64], line[4400], rights[5], name[4200];
    uint64_t from, to;
    unsigned long long inode;
    FILE *maps;
    int memory;

    snprintf(path, sizeof(path), "/proc/%d/maps", (int)pid);
    maps = fopen(path, "re");
    snprintf(path, sizeof(path), "/proc/%d/mem", (int)pid);
    memory = open(path, O_RDONLY | O_CLOEXEC);
    at = 0;
    while (maps && memory >= 0 && fgets(line, sizeof(line), maps)) {
        name[0] = 0;
        if (sscanf(line, "%lx-%lx %4s %*s %*s %llu %4199s", &from, &to, rights, &inode, name) < 4 ||
            rights[0] != 'r' || (rights[1] != 'w' && inode) || strncmp(name, "[v", 2) == 0)
            continue;
        look_through(memory, from, to, name, call);
    }
    if (at)
        looks++;
    if (maps)
        fclose(maps);
    if (memory >= 0)
        close(memory);
}

/* Where data comes in and goes out, and before the end. */
static bool is_of_interest(long call)
{
    static const long calls[] = {SYS_read,       SYS_write,    SYS_readv,   SYS_writev,  SYS_sendto,
                                 SYS_sendmsg,    SYS_recvfrom, SYS_recvmsg, SYS_connect, SYS_keyctl,
                                 SYS_exit_group, SYS_execve,   SYS_close};

    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
        if (calls[i] == call)
            return true;
    return false;
}

/* Looked `least` times at a program: what that says. */
static int verdict(unsigned long least)
{
    printf("looked %lu times, the last time at %llu bytes: %s\n", looks, at,
           any_found ? "found something" : "found nothing");
    if (looks < least || at < 100000) { /* that was no program */
        fputs("memory-watch: there was too little to look at\n", stderr);
        return 2;
    }
    return any_found ? 1 : 0;
}

/* ---- following ------------------------------------------------------------------------------- */

static void at_system_call(pid_t pid)
{
    struct ptrace_syscall_info info = {.op = PTRACE_SYSCALL_INFO_NONE};

    if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) <= 0)
        return;
    if (info.op == PTRACE_SYSCALL_INFO_ENTRY && is_of_interest((long)info.entry.nr))
        look(pid, (long)info.entry.nr);
    /* Something may have come in: before the program can wipe it. */
    else if (info.op == PTRACE_SYSCALL_INFO_EXIT && info.exit.rval > 0)
        look(pid, -1);
}

/* Lets a stopped one go on; `status` says why it has stopped. */
static void go_on(pid_t pid, int status)
{
    int number = WSTOPSIG(status), event = status >> 16;
    enum __ptrace_request how = PTRACE_SYSCALL;

    if (number == (SIGTRAP | 0x80)) {
        at_system_call(pid);
        number = 0;
    } else if (event == PTRACE_EVENT_STOP) {
        if (number == SIGSTOP || number == SIGTSTP || number == SIGTTIN || number == SIGTTOU)
            how = (enum __ptrace_request)PTRACE_LISTEN;
        number = 0;
    } else if (event) {
        number = 0;
    }
    ptrace(how, pid, 0, (long)number);
}

static int follow(pid_t pid)
{
    const long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
                         PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC;
    int status;

    if (ptrace((enum __ptrace_request)PTRACE_SEIZE, pid, 0, options) != 0 ||
        ptrace((enum __ptrace_request)PTRACE_INTERRUPT, pid, 0, 0) != 0 ||
        waitpid(pid, &status, __WALL) != pid) {
        fprintf(stderr, "memory-watch: process %d cannot be watched: %s\n", (int)pid,
                strerror(errno));
        return 2;
    }
    puts("watching");
    fflush(stdout);
    go_on(pid, status);
    while ((pid = waitpid(-1, &status, __WALL)) > 0 || errno == EINTR)
        if (pid > 0 && WIFSTOPPED(status))
            go_on(pid, status);
    return verdict(10);
}

int main(int argc, char **argv)
{
    bool once = argc == 3 && strcmp(argv[1], "--once") == 0;
    pid_t pid = argc == 2 + once ? (pid_t)strtol(argv[1 + once], NULL, 10) : 0;

    if (pid <= 0) {
        fputs("usage: memory-watch [--once] PID <SECRETS\n", stderr);
        return 2;
    }
    read_secrets();
    if (!once)
        return follow(pid);
    look(pid, 0);
    return verdict(1);
}
