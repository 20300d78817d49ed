/*
 * The process that a credential manager runs in: it leaves the router's behind, loads the manager,
 * asks when it will have started, calls it, and tells in the shared page what came of it. Nothing
 * here is to be trusted any more once the manager's code has run.
 */
#include "base/secret.h"
#include "base/utf16.h"
#include "notify/provider_page.h"
#include "base/trust.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <npapi.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define VERSION_MAJOR (WNNC_SPEC_VERSION51 >> 16)

/* Address space under AddressSanitizer is no measure of memory. */
#ifndef __has_feature
#define __has_feature(x) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
#define LIMIT_MEMORY 0
#else
#define LIMIT_MEMORY 1
#endif

/* "DllMain entry point", Windows documentation (win32/Dlls). */
typedef BOOL(WINAPI *dll_main)(HINSTANCE instance, DWORD reason, LPVOID reserved);
enum { ATTACH = 1 /* DLL_PROCESS_ATTACH */, DETACH = 0 /* DLL_PROCESS_DETACH */ };

/* The loaded manager. */
struct object {
    void *handle;
    dll_main main; /* NULL: it has none */
    PF_NPGetCaps get_caps;
    PF_NPLogonNotify logon;
    PF_NPPasswordChangeNotify password_change;
};

static struct mpr_page *page;
static pid_t self, router;

/* ---- telling ------------------------------------------------------------------------------- */

static void set_text(const char *text)
{
    size_t i = 0;

    for (; i < sizeof(page->text) - 1 && text[i]; i++)
        page->text[i] = text[i];
    page->text[i] = 0;
}

_Noreturn static void __attribute__((format(printf, 1, 2))) refuse(const char *format, ...)
{
    char text[MPR_ERROR_TEXT_MAX];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    set_text(text);
    atomic_store(&page->progress, MPR_REFUSED);
    _exit(0);
}

/*
 * What mpr.dll exports for its providers: the text that goes with the WN_EXTENDED_ERROR they return
 * next. The provider's name is not needed, there is but one in this process.
 */
__attribute__((visibility("default"))) VOID WNetSetLastErrorA(DWORD err, LPSTR lpError,
                                                              LPSTR lpProviders)
{
    (void)lpProviders;
    if (page)
        page->extended = err;
    if (page && lpError)
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

/* ---- leaving the router's process behind --------------------------------------------------- */

/* What the manager must not see or hold: our streams and files, our process group, our life. */
static void separate(size_t memory)
{
    const struct rlimit limit = {memory, memory};
    int null = open("/dev/null", O_RDWR);

    if (null < 0)
        refuse("/dev/null: %s", strerror(errno));
    for (int fd = 0; fd <= STDERR_FILENO; fd++)
        dup2(null, fd);
    (void)close_range(STDERR_FILENO + 1, ~0u, 0);
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != router)
        _exit(0);
    (void)secret_lock_again();
    if (LIMIT_MEMORY && memory && setrlimit(RLIMIT_AS, &limit) != 0)
        refuse("cannot be held to %zu bytes of memory: %s", memory, strerror(errno));
}

/* ---- loading ------------------------------------------------------------------------------- */

/* A function that the manager itself exports, not one of a library that it uses. */
static void *own_symbol(const struct object *o, const char *name)
{
    void *symbol = dlsym(o->handle, name);
    Dl_info this, caps;

    if (symbol && dladdr(symbol, &this) && dladdr((void *)o->get_caps, &caps) &&
        this.dli_fbase == caps.dli_fbase)
        return symbol;
    return NULL;
}

/* As a PE loader does it: who does not want to be loaded is told that it goes, and is gone. */
static void attach(const struct object *o)
{
    if (!o->main || o->main(o->handle, ATTACH, NULL))
        return;
    o->main(o->handle, DETACH, NULL);
    refuse("does not want to be loaded (DllMain)");
}

static void load(struct object *o, const char *directory, const char *name)
{
    struct trust_problem why;
    char path[4096];

    if (!mpr_manager_name_valid(name) ||
        snprintf(path, sizeof(path), "%s/libcredmgr_%s.so.1", directory, name) >= (int)sizeof(path))
        refuse("is no name of a credential manager");
    /* Passwords are handed only to code that nobody but root could have put there. */
    if (!trust_path(path, TRUST_FILE, &why))
        refuse("%s%s%s%s", why.error == ENOENT ? "is not installed: " : "", why.what,
               *why.remedy ? ": " : "", why.remedy);
    o->handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!o->handle)
        refuse("%s", dlerror());
    o->get_caps = (PF_NPGetCaps)dlsym(o->handle, "NPGetCaps");
    if (!o->get_caps)
        refuse("exports no NPGetCaps");
    o->main = (dll_main)own_symbol(o, "DllMain");
    o->logon = (PF_NPLogonNotify)own_symbol(o, "NPLogonNotify");
    o->password_change = (PF_NPPasswordChangeNotify)own_symbol(o, "NPPasswordChangeNotify");
    attach(o);
}

/* The answer stands already: whatever the manager does on its way out changes nothing in it. */
_Noreturn static void leave(const struct object *o)
{
    if (o->main)
        o->main(o->handle, DETACH, NULL);
    dlclose(o->handle);
    _exit(0);
}

/* ---- starting ------------------------------------------------------------------------------ */

static int64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* What it says of itself; 0 where it says nothing, which is its right. */
static void ask_caps(const struct object *o)
{
    uint32_t version;

    atomic_store(&page->progress, MPR_STARTING);
    version = page->spec_version = o->get_caps(WNNC_SPEC_VERSION);
    if (version && version >> 16 != VERSION_MAJOR)
        refuse("is made for version %u.%u of the interface, not %u.1", (unsigned)version >> 16,
               (unsigned)version & 0xffff, (unsigned)VERSION_MAJOR);
    page->net_type = o->get_caps(WNNC_NET_TYPE);
    page->driver_version = o->get_caps(WNNC_DRIVER_VERSION);
}

/* Until the router wants another try. A manager may have forked in its function and returned from
 * it twice: the copy ends here, as does everybody when the router is gone. */
static void wait_for_command(const struct object *o)
{
    const struct timespec second = {.tv_sec = 1};
    uint32_t command;

    if (getpid() != self)
        _exit(0);
    atomic_store(&page->command, MPR_STAY); /* before: the router commands those who wait */
    atomic_store(&page->progress, MPR_WAITING);
    while ((command = atomic_load(&page->command)) == MPR_STAY) {
        syscall(SYS_futex, &page->command, FUTEX_WAIT, MPR_STAY, &second, NULL, 0);
        if (getppid() != router)
            _exit(0);
    }
    if (command != MPR_TRY)
        leave(o);
}

/* True: it may be called. One that cannot tell when it will have started is asked by calling it. */
static bool has_started(const struct object *o, int64_t *due)
{
    DWORD when;

    atomic_store(&page->progress, MPR_STARTING);
    when = page->start = o->get_caps(WNNC_START);
    if (when == MPR_START_NEVER)
        refuse("says that it will not start (WNNC_START)");
    if (when == WNNC_WAIT_FOR_START || when == MPR_START_UNKNOWN)
        return true;
    /* The first time it told counts: many always tell the same. */
    if (!*due)
        *due = now_ms() + when;
    return now_ms() >= *due;
}

/* ---- calling ------------------------------------------------------------------------------- */

/* A manager may overwrite what it is given, and get it again: from this copy, in the same place
 * since the structures point into themselves. */
struct original {
    void *at;
    void *copy;
    size_t size;
};

static struct original keep(void *info)
{
    struct original o = {.at = info};

    if (info && secret_owns(info)) {
        o.size = secret_size(info);
        o.copy = secret_dup(info, o.size);
    }
    return o;
}

static void restore(const struct original *o)
{
    if (o->copy)
        memcpy(o->at, o->copy, o->size);
}

static DWORD notify(const struct object *o, const struct mpr_call *call, LPWSTR *script)
{
    LUID luid = call->luid;
    WCHAR station[16] = {0}; /* theirs to write, by its type */
    size_t length = utf16_length(call->station);

    memcpy(station, call->station, (length < 15 ? length : 15) * sizeof(WCHAR));
    atomic_store(&page->progress, MPR_CALLING);
    page->text[0] = 0;
    page->extended = 0;
    if (call->password_change)
        return o->password_change(call->type, call->info, call->previous_type, call->previous,
                                  station, NULL, call->change);
    return o->logon(&luid, call->type, call->info, call->previous_type, call->previous, station,
                    NULL, script);
}

/* All of it or nothing: half a command line is another command. */
static void return_script(LPWSTR script)
{
    size_t units = 0, size = 0;
    char *text;

    page->script_size = 0;
    if (!script)
        return;
    while (units <= MPR_FIELD_MAX && script[units])
        units++;
    if (units > MPR_FIELD_MAX) {
        page->script_size = MPR_SCRIPT_LONG;
    } else {
        text = utf16_to_utf8(script, units, &size);
        if (!text)
            page->script_size = MPR_SCRIPT_NO_TEXT;
        else if (size > MPR_FIELD_MAX)
            page->script_size = MPR_SCRIPT_LONG;
        else
            memcpy(page->script, text, page->script_size = (uint32_t)size);
        free(text);
    }
}

_Noreturn void mpr_provider_child(struct mpr_page *shared, pid_t parent, const char *directory,
                                  size_t memory, const char *name, const struct mpr_call *call)
{
    struct object o = {.handle = NULL};
    struct original info, previous;
    LPWSTR script = NULL;
    DWORD status = WN_NOT_SUPPORTED;
    int64_t due = 0;

    page = shared;
    self = getpid();
    router = parent;
    page->start = MPR_START_UNKNOWN;
    separate(memory);
    info = keep(call->info);
    previous = keep(call->previous);
    load(&o, directory, name);
    ask_caps(&o);
    while (call->password_change ? o.password_change != NULL : o.logon != NULL) {
        page->status = WN_SUCCESS;
        if (has_started(&o, &due)) {
            status = notify(&o, call, &script);
            if (status != WN_NO_NETWORK && status != WN_FUNCTION_BUSY)
                break;
            page->status = status;
        }
        wait_for_command(&o);
        script = NULL;
        restore(&info);
        restore(&previous);
    }
    if (status == WN_SUCCESS)
        return_script(script);
    page->status = status;
    atomic_store(&page->progress, MPR_RETURNED);
    if (status == WN_SUCCESS)
        free(script); /* from LocalAlloc, here malloc: the MPR frees it */
    leave(&o);
}
