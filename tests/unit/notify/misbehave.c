/*
 * The bad manners of the credential manager for tests: each name that it can be loaded by has its
 * own.
 */
#include "tests/unit/notify/misbehave.h"

#include <fcntl.h>
#include <locale.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <unwind.h>

#pragma weak WNetSetLastErrorA
#pragma weak WNetSetLastErrorW

void crash(void)
{
    signal(SIGSEGV, SIG_DFL); /* a sanitizer would take it for itself */
    raise(SIGSEGV);
}

static void note_pid(const char *what)
{
    FILE *f = seen_file("a");

    fprintf(f, "%s=%d\n", what, (int)getpid());
    fclose(f);
}

static void hang_alone(void)
{
    signal(SIGTERM, SIG_IGN);
    for (;;)
        pause();
}

void hang(void)
{
    if (fork() == 0) /* what it started hangs as well */
        note_pid("grandchild");
    hang_alone();
}

static void scribble(void)
{
    static const char noise[] = "CMN1 noise on the reply's stream\n";

    for (int i = 0; i < 1000; i++) {
        (void)!write(STDOUT_FILENO, noise, sizeof(noise));
        (void)!write(STDERR_FILENO, noise, sizeof(noise));
    }
    for (int fd = 3; fd < 1024; fd++)
        (void)!write(fd, noise, sizeof(noise));
    puts(noise);
    fflush(stdout);
}

/* A process of its own that never ends by itself; with everything open that there is. */
static void leave_behind(bool daemon)
{
    if (fork() != 0)
        return;
    if (daemon) {
        setsid();
        if (fork() != 0)
            _exit(0);
    }
    note_pid("left");
    hang_alone();
}

/* Until there is no more, each page touched. */
static DWORD eat_memory(void)
{
    const size_t step = 1 << 20;

    for (size_t total = 0; total < (size_t)3 << 30; total += step) {
        volatile char *p = malloc(step);

        if (!p)
            return WN_OUT_OF_MEMORY;
        for (size_t i = 0; i < step; i += 4096)
            p[i] = 1;
    }
    return WN_SUCCESS;
}

/* The process's ways and means, as bad libraries change them. */
static void change_process(void)
{
    struct rlimit none = {0, 0};
    sigset_t all;

    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, NULL);
    setlocale(LC_ALL, "");
    clearenv();
    umask(0777);
    (void)!chdir("/tmp");
    setrlimit(RLIMIT_NOFILE, &none);
    setrlimit(RLIMIT_FSIZE, &none);
    setpriority(PRIO_PROCESS, 0, 19);
    alarm(1);
    (void)!setresgid(12345, 12345, 12345);
    (void)!setresuid(12345, 12345, 12345);
}

/* Every writable shared mapping: the page that it answers through is one. */
static void overwrite_page(int value)
{
    FILE *maps = fopen("/proc/self/maps", "r");
    char line[512], mode[5];
    unsigned long begin, end;

    while (maps && fgets(line, sizeof(line), maps))
        if (sscanf(line, "%lx-%lx %4s", &begin, &end, mode) == 3 && strcmp(mode, "rw-s") == 0)
            memset((void *)begin, value, end - begin); /* NOLINT: that is the point */
    if (maps)
        fclose(maps);
}

static jmp_buf gone;

__attribute__((noinline)) static void set_jump(void)
{
    if (setjmp(gone))
        abort();
}

static void jump(void)
{
    set_jump();
    longjmp(gone, 1);
}

/* As the C++ runtime does it, which aborts when nobody catches. */
static void throw(void)
{
    static struct _Unwind_Exception exception = {.exception_class = 0x43524544544f4e45};

    _Unwind_RaiseException(&exception);
    abort();
}

static void *spin(void *arg)
{
    for (volatile uint64_t i = 0;; i++)
        ;
    return arg;
}

static void leave_thread(void)
{
    pthread_t thread;

    pthread_create(&thread, NULL, spin, NULL);
}

static DWORD extended(const char *text)
{
    char copy[200];

    snprintf(copy, sizeof(copy), "%s", text);
    if (WNetSetLastErrorA)
        WNetSetLastErrorA(7, copy, NULL);
    return WN_EXTENDED_ERROR;
}

static DWORD extended_wide(void)
{
    static WCHAR wide[] = u"wide réason";

    if (WNetSetLastErrorW)
        WNetSetLastErrorW(7, wide, NULL);
    return WN_EXTENDED_ERROR;
}

static const struct {
    const char *name;
    DWORD result;
} results[] = {
    {"busy", WN_FUNCTION_BUSY},
    {"nonet", WN_NO_NETWORK},
    {"unknown", WN_FUNCTION_BUSY},
    {"unsupported", WN_NOT_SUPPORTED},
    {"odd", 4711},
};

/* The ways to end. */
static void end(void)
{
    if (called("hang"))
        hang();
    if (called("stop"))
        raise(SIGSTOP);
    if (called("crash"))
        crash();
    if (called("abort")) {
        signal(SIGABRT, SIG_DFL);
        raise(SIGABRT);
    }
    if (called("exit"))
        exit(7);
    if (called("exithang")) {
        atexit(hang_alone);
        exit(7);
    }
    if (called("quit"))
        _exit(0);
    if (called("killgroup"))
        kill(0, SIGKILL);
    if (called("jump"))
        jump();
    if (called("throw"))
        throw();
    if (called("endthread")) {
        leave_thread();
        pthread_exit(NULL);
    }
}

DWORD behave(void)
{
    for (size_t i = 0; i < sizeof(results) / sizeof(results[0]); i++)
        if (called(results[i].name))
            return results[i].result;
    if (called("extended"))
        return extended("the reason");
    if (called("dirty"))
        return extended("a\nb\x1b[2J\xff\xc3\xa9");
    if (called("wide"))
        return extended_wide();
    if (called("memory"))
        return eat_memory();
    end();
    if (called("leavehang"))
        atexit(hang_alone);
    if (called("closefds"))
        for (int fd = 0; fd < 1024; fd++)
            close(fd);
    if (called("scribble"))
        scribble();
    if (called("children") || called("daemon"))
        leave_behind(called("daemon"));
    if (called("process"))
        change_process();
    if (called("pageones") || called("pagezeros"))
        overwrite_page(called("pageones") ? 0xff : 0);
    if (called("pagefives"))
        overwrite_page(5);
    if (called("pagehang")) {
        overwrite_page(3);
        hang();
    }
    if (called("twice"))
        (void)!fork();
    if (called("thread"))
        leave_thread();
    return WN_SUCCESS;
}
