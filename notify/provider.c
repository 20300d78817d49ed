/*
 * Runs a credential manager. The child answers through a shared page rather than a pipe: there is
 * no descriptor that the manager could close, write into or leave open in a process it starts.
 */
#include "notify/provider.h"
#include "base/utf16.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <npapi.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <unistr.h>

#define SCRIPT_UNITS  256
#define REAP_MS       500         /* how long a killed process may take to go */
#define NEVER_STARTS  0u          /* NPGetCaps(WNNC_START): not started and not going to be */
#define START_UNKNOWN 0xFFFFFFFFu /* … it cannot tell when */
#define VERSION_MAJOR (WNNC_SPEC_VERSION51 >> 16)

enum progress { LOADING, STARTING, CALLING, REFUSED, RETURNED };

/* What the child tells. The manager can write anything here: it is read once, as hostile. */
struct answer {
    uint32_t progress;
    uint32_t status;
    char text[MPR_ERROR_TEXT_MAX]; /* REFUSED: why; RETURNED: of WNetSetLastError */
    uint32_t script_units;
    WCHAR script[SCRIPT_UNITS];
};

static volatile struct answer *shared; /* in the child only */

/* ---- in the child -------------------------------------------------------------------------- */

static void set_text(const char *text)
{
    size_t i = 0;

    for (; i < sizeof(shared->text) - 1 && text[i]; i++)
        shared->text[i] = text[i];
    shared->text[i] = 0;
}

_Noreturn static void __attribute__((format(printf, 1, 2))) refuse(const char *format, ...)
{
    char text[MPR_ERROR_TEXT_MAX];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    set_text(text);
    shared->progress = REFUSED;
    _exit(0);
}

/*
 * What mpr.dll exports for its providers: the text that goes with the WN_EXTENDED_ERROR they return
 * next. The provider's name is not needed, there is but one in this process.
 */
__attribute__((visibility("default"))) VOID WNetSetLastErrorA(DWORD err, LPSTR lpError,
                                                              LPSTR lpProviders)
{
    (void)err;
    (void)lpProviders;
    if (shared && lpError)
        set_text(lpError);
}

__attribute__((visibility("default"))) VOID WNetSetLastErrorW(DWORD err, LPWSTR lpError,
                                                              LPWSTR lpProviders)
{
    char *text = lpError ? utf16_to_utf8(lpError, utf16_length(lpError), NULL) : NULL;

    WNetSetLastErrorA(err, text, NULL);
    (void)lpProviders;
    free(text);
}

static void sleep_ms(unsigned ms)
{
    struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L};

    while (nanosleep(&t, &t) < 0 && errno == EINTR)
        ;
}

/* Passwords are handed only to code that nobody but root could have put there. */
static void check_owner(const char *path, bool directory)
{
    struct stat st;

    if (stat(path, &st) < 0 && errno == ENOENT)
        refuse("%s is not installed", path);
    if (stat(path, &st) < 0)
        refuse("%s: %s", path, strerror(errno));
    if (directory ? !S_ISDIR(st.st_mode) : !S_ISREG(st.st_mode))
        refuse("%s is not a %s", path, directory ? "directory" : "regular file");
    if (st.st_uid != 0 && st.st_uid != geteuid())
        refuse("%s belongs to uid %u, not to root", path, (unsigned)st.st_uid);
    if (st.st_mode & (S_IWGRP | S_IWOTH))
        refuse("%s can be written by others than its owner (chmod go-w)", path);
}

/* As Windows' loader does, for managers that have a DllMain (winbase.h). */
static void attach(void *object)
{
    BOOL(WINAPI * dll_main)(HINSTANCE, DWORD, LPVOID);

    *(void **)(void *)&dll_main = dlsym(object, "DllMain");
    if (dll_main && !dll_main(object, DLL_PROCESS_ATTACH, NULL))
        refuse("refused to be loaded (DllMain)");
}

static void *load(const char *directory, const char *name)
{
    char path[4096];
    void *object;

    if (!mpr_manager_name_valid(name) ||
        snprintf(path, sizeof(path), "%s/libcredmgr_%s.so.1", directory, name) >= (int)sizeof(path))
        refuse("is no name of a credential manager");
    check_owner(directory, true);
    check_owner(path, false);
    object = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!object)
        refuse("%s", dlerror());
    attach(object);
    return object;
}

/* Asks when it will have started, and waits for that long (NPGetCaps, npapi.h). */
static void start(PF_NPGetCaps get_caps, unsigned timeout)
{
    DWORD version, when;

    shared->progress = STARTING;
    version = get_caps(WNNC_SPEC_VERSION); /* 0: it answers for WNNC_START only, as it may */
    if (version && version >> 16 != VERSION_MAJOR)
        refuse("is made for version %u.%u of the interface, not %u.1", (unsigned)version >> 16,
               (unsigned)version & 0xffff, (unsigned)VERSION_MAJOR);
    when = get_caps(WNNC_START);
    if (when == NEVER_STARTS)
        refuse("says that it will not start (WNNC_START)");
    if (when == WNNC_WAIT_FOR_START || when == START_UNKNOWN)
        return;
    if (when >= timeout)
        refuse("needs %u ms to start, but is given %u (timeout=)", (unsigned)when, timeout);
    sleep_ms(when);
}

static void return_script(LPWSTR script)
{
    size_t units = 0;

    if (!script)
        return;
    for (; units < SCRIPT_UNITS && script[units]; units++)
        shared->script[units] = script[units];
    shared->script_units = (uint32_t)units;
    free(script); /* npapi.h: memory from malloc, which the MPR frees */
}

_Noreturn static void run(const char *directory, const struct mpr_manager *manager,
                          const struct mpr_call *call, unsigned timeout)
{
    void *object = load(directory, manager->name);
    PF_NPGetCaps get_caps = (PF_NPGetCaps)dlsym(object, "NPGetCaps");
    PF_NPLogonNotify logon = (PF_NPLogonNotify)dlsym(object, "NPLogonNotify");
    PF_NPPasswordChangeNotify password_change =
        (PF_NPPasswordChangeNotify)dlsym(object, "NPPasswordChangeNotify");
    LPWSTR script = NULL;
    LUID luid = call->luid;
    WCHAR station[16] = {0};
    DWORD status = WN_NOT_SUPPORTED;

    if (!get_caps)
        refuse("exports no NPGetCaps");
    start(get_caps, timeout);
    memcpy(station, call->station,
           utf16_length(call->station) * sizeof(WCHAR)); /* theirs to write, by its type */
    shared->progress = CALLING;
    if (call->password_change && password_change)
        status = password_change(call->type, call->info, call->previous_type, call->previous,
                                 station, NULL, call->change);
    else if (!call->password_change && logon)
        status = logon(&luid, call->type, call->info, call->previous_type, call->previous, station,
                       NULL, &script);
    shared->status = status;
    if (status == WN_SUCCESS)
        return_script(script);
    shared->progress = RETURNED;
    _exit(0);
}

/* What the manager must not see or hold: our streams, our process group, our life. */
static void separate(pid_t parent)
{
    int null = open("/dev/null", O_RDWR);

    if (null < 0)
        refuse("/dev/null: %s", strerror(errno));
    for (int fd = 0; fd <= STDERR_FILENO; fd++)
        dup2(null, fd);
    if (null > STDERR_FILENO)
        close(null);
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(0);
}

/* ---- in the parent ------------------------------------------------------------------------- */

static uint64_t now_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

/* True when the process ended within `ms`. */
static bool wait_for(int pidfd, unsigned ms)
{
    uint64_t end = now_us() + (uint64_t)ms * 1000, now;
    struct pollfd pfd = {.fd = pidfd, .events = POLLIN};

    while ((now = now_us()) < end) {
        int n = poll(&pfd, 1, (int)((end - now + 999) / 1000));

        if (n > 0)
            return true;
        if (n < 0 && errno != EINTR)
            return false;
    }
    return false;
}

/* Text that a manager wrote, as one line of UTF-8 that fits into `room`. */
static void make_printable(char *out, size_t room, const char *text, size_t size)
{
    size_t used = 0;

    for (size_t i = 0; i < size && text[i];) {
        ucs4_t uc;
        int n = u8_mbtoucr(&uc, (const uint8_t *)text + i, size - i);
        size_t step = n > 0 ? (size_t)n : 1;

        if (used + step >= room)
            break;
        if (n > 0 && uc >= 0x20 && uc != 0x7f) {
            memcpy(out + used, text + i, step);
            used += step;
        } else {
            out[used++] = '?';
        }
        i += step;
    }
    out[used] = 0;
}

static const char *error_name(uint32_t status)
{
    static const struct {
        uint32_t status;
        const char *name;
    } names[] = {
        {WN_NO_NETWORK, "WN_NO_NETWORK"},       {WN_FUNCTION_BUSY, "WN_FUNCTION_BUSY"},
        {WN_NET_ERROR, "WN_NET_ERROR"},         {WN_BAD_PASSWORD, "WN_BAD_PASSWORD"},
        {WN_BAD_USER, "WN_BAD_USER"},           {WN_BAD_VALUE, "WN_BAD_VALUE"},
        {WN_BAD_POINTER, "WN_BAD_POINTER"},     {WN_OUT_OF_MEMORY, "WN_OUT_OF_MEMORY"},
        {WN_ACCESS_DENIED, "WN_ACCESS_DENIED"}, {WN_EXTENDED_ERROR, "WN_EXTENDED_ERROR"},
    };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (names[i].status == status)
            return names[i].name;
    return "error";
}

static void judge_returned(const struct answer *a, struct mpr_outcome *out)
{
    char text[MPR_ERROR_TEXT_MAX - 40], *script;
    size_t units = a->script_units <= SCRIPT_UNITS ? a->script_units : 0;

    out->accepted = a->status == WN_SUCCESS;
    out->unsupported = a->status == WN_NOT_SUPPORTED;
    out->error = a->status;
    if (out->accepted) {
        script = utf16_to_utf8(a->script, units, NULL);
        if (script)
            make_printable(out->script, sizeof(out->script), script, strlen(script));
        free(script);
        return;
    }
    make_printable(text, sizeof(text), a->status == WN_EXTENDED_ERROR ? a->text : "",
                   sizeof(a->text));
    snprintf(out->text, sizeof(out->text), "returned %s (%u)%s%s", error_name(a->status),
             (unsigned)a->status, *text ? ": " : "", text);
}

static void judge(const struct answer *a, const struct mpr_call *call, int status,
                  struct mpr_outcome *out)
{
    const char *where = a->progress == LOADING    ? "while it was loaded"
                        : a->progress == STARTING ? "in NPGetCaps"
                        : call->password_change   ? "in NPPasswordChangeNotify"
                                                  : "in NPLogonNotify";

    if (a->progress == RETURNED)
        judge_returned(a, out);
    else if (a->progress == REFUSED)
        make_printable(out->text, sizeof(out->text), a->text, sizeof(a->text));
    else if (WIFSIGNALED(status))
        snprintf(out->text, sizeof(out->text), "was ended by SIG%s %s",
                 sigabbrev_np(WTERMSIG(status)), where);
    else
        snprintf(out->text, sizeof(out->text), "ended its process with status %d %s",
                 WEXITSTATUS(status), where);
}

void mpr_provider_call(const char *directory, const struct mpr_manager *manager,
                       const struct mpr_call *call, unsigned timeout, struct mpr_outcome *out)
{
    struct answer *answer = MAP_FAILED, copy;
    uint64_t began = now_us();
    pid_t self = getpid(), pid = -1;
    int pidfd = -1, status = 0;
    bool ended;

    memset(out, 0, sizeof(*out));
    answer = mmap(NULL, sizeof(*answer), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (answer == MAP_FAILED) {
        snprintf(out->text, sizeof(out->text), "cannot be called: %s", strerror(errno));
        goto out;
    }
    pid = fork();
    if (pid == 0) {
        shared = answer;
        separate(self);
        run(directory, manager, call, timeout);
    }
    if (pid > 0) {
        setpgid(pid, pid); /* the child does it too: whoever comes first */
        pidfd = pidfd_open(pid, 0);
    }
    if (pid < 0 || pidfd < 0) {
        snprintf(out->text, sizeof(out->text), "cannot be called: %s", strerror(errno));
        goto out;
    }
    ended = wait_for(pidfd, timeout);
    if (!ended) {
        kill(-pid, SIGKILL);
        kill(pid, SIGKILL);
        wait_for(pidfd, REAP_MS); /* a process that the kernel cannot end now is left to init */
    }
    if (waitpid(pid, &status, WNOHANG) == pid)
        pid = -1;
    memcpy(&copy, answer, sizeof(copy));
    copy.text[sizeof(copy.text) - 1] = 0;
    if (ended || copy.progress == RETURNED || copy.progress == REFUSED)
        judge(&copy, call, status, out);
    else
        snprintf(out->text, sizeof(out->text), "did not answer within %u ms and was ended",
                 timeout);
out:
    if (pid > 0) {
        kill(pid, SIGKILL);
        waitpid(pid, NULL, WNOHANG);
    }
    if (pidfd >= 0)
        close(pidfd);
    if (answer != MAP_FAILED)
        munmap(answer, sizeof(*answer));
    out->duration = now_us() - began;
}
