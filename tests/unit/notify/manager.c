/*
 * A credential manager for tests. It behaves as the name it was loaded by says
 * (libcredmgr_hang.so.1 hangs, …): one object, many links. Everything it is given it writes to
 * NAME.seen beside itself.
 */
#include <dirent.h>
#include <dlfcn.h>
#include <npapi.h>
#include <ntsecapi.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>
#include "tests/unit/notify/misbehave.h"

#define EXPORT __attribute__((visibility("default")))

extern char **environ;

/* "/dir/libcredmgr_NAME.so.1" → "/dir/NAME" */
static void own_path(char out[512])
{
    Dl_info info;
    const char *name;

    if (!dladdr((void *)own_path, &info) || !(name = strstr(info.dli_fname, "libcredmgr_")))
        abort();
    snprintf(out, 512, "%.*s%s", (int)(name - info.dli_fname), info.dli_fname,
             name + strlen("libcredmgr_"));
    *strstr(out, ".so.1") = 0;
}

bool called(const char *name)
{
    char path[512];

    own_path(path);
    return strcmp(strrchr(path, '/') + 1, name) == 0;
}

static FILE *own_file(const char *suffix, const char *mode)
{
    char path[560];

    own_path(path);
    snprintf(path + strlen(path), 40, "%s", suffix);
    return fopen(path, mode);
}

FILE *seen_file(const char *mode)
{
    FILE *f;

    f = own_file(".seen", mode);
    if (!f)
        abort();
    return f;
}

/* Has the test made the file NAME.ready, for a manager that waits for it? */
static bool ready(void)
{
    FILE *f = own_file(".ready", "r");

    if (f)
        fclose(f);
    return f != NULL;
}

static void see_string(FILE *f, const char *what, const UNICODE_STRING *s)
{
    fprintf(f, "%s=", what);
    for (size_t i = 0; i < s->Length / sizeof(WCHAR); i++)
        fprintf(f, s->Buffer[i] < 0x80 ? "%c" : "<%04x>", s->Buffer[i]);
    fprintf(f, " max=%d%s\n", s->MaximumLength - s->Length,
            s->Buffer[s->Length / sizeof(WCHAR)] ? " unterminated" : "");
}

static void see_info(FILE *f, const char *which, LPCWSTR type, const void *info)
{
    const KERB_INTERACTIVE_LOGON *in = info;

    fprintf(f, "%s", which);
    if (!type || !in) {
        fprintf(f, "none\n");
        return;
    }
    while (*type)
        fputc((char)*type++, f);
    fprintf(f, " message=%d\n", (int)in->MessageType);
    see_string(f, "domain", &in->LogonDomainName);
    see_string(f, "user", &in->UserName);
    see_string(f, "password", &in->Password);
}

/* The process it was put into: ids, descriptors, environment. */
static void see_process(FILE *f)
{
    uid_t r, e, s;
    struct rlimit core;
    DIR *dir = opendir("/proc/self/fd");
    struct dirent *entry;

    getresuid(&r, &e, &s);
    getrlimit(RLIMIT_CORE, &core);
    fprintf(f, "ids=%u,%u,%u dumpable=%d core=%lu\nenvironment=", r, e, s, prctl(PR_GET_DUMPABLE),
            (unsigned long)core.rlim_cur);
    for (char **v = environ; v && *v; v++)
        fprintf(f, "%s ", *v);
    fprintf(f, "\ndescriptors=");
    while (dir && (entry = readdir(dir)))
        if (entry->d_name[0] != '.' && atoi(entry->d_name) != dirfd(dir) &&
            atoi(entry->d_name) != fileno(f))
            fprintf(f, "%s ", entry->d_name);
    fprintf(f, "\n");
    if (dir)
        closedir(dir);
}

__attribute__((constructor)) static void loaded(void)
{
    if (called("crashload"))
        crash();
    if (called("hangload"))
        hang();
}

BOOL WINAPI DllMain(HINSTANCE instance, DWORD reason, LPVOID reserved);

/* "stay1" and so on: start late, and do not want to go. */
static bool stays(void)
{
    char path[512];

    own_path(path);
    return strncmp(strrchr(path, '/') + 1, "stay", 4) == 0;
}

/* What a PE loader calls; each call is a line of NAME.dll. */
EXPORT BOOL WINAPI DllMain(HINSTANCE instance, DWORD reason, LPVOID reserved)
{
    FILE *f = own_file(".dll", "a");

    if (f) {
        fprintf(f, "%s instance=%d reserved=%d\n", reason == 1 ? "attach" : "detach",
                instance != NULL, reserved != NULL);
        fclose(f);
    }
    if (reason == 0 && (called("hangdetach") || stays()))
        hang();
    if (reason == 0 && called("crashdetach"))
        crash();
    return !called("refusesdll");
}

/* When it says that it will have started. */
static DWORD start(void)
{
    if (called("hangcaps"))
        hang();
    if (called("crashcaps"))
        crash();
    if (called("wont"))
        return 0;
    if (called("slow"))
        return 120;
    if (called("slower1") || called("slower2") || called("slower3"))
        return 600;
    if (called("tooslow"))
        return 60000;
    if (called("announced"))
        return ready() ? WNNC_WAIT_FOR_START : 30000;
    if (called("twoseconds") || stays())
        return 2000;
    return called("silent") || called("unknown") ? 0xFFFFFFFF : WNNC_WAIT_FOR_START;
}

EXPORT DWORD WINAPI NPGetCaps(DWORD ndex)
{
    if (ndex == WNNC_SPEC_VERSION)
        return called("oldspec") ? 0x00030000 : called("silent") ? 0 : WNNC_SPEC_VERSION51;
    if (ndex == WNNC_START)
        return start();
    if (ndex == WNNC_DRIVER_VERSION)
        return called("silent") ? 0 : 0x00070002;
    return ndex == WNNC_NET_TYPE && !called("silent") ? WNNC_CRED_MANAGER : 0;
}

static void overwrite(PLUID luid, KERB_INTERACTIVE_LOGON *in, LPWSTR station)
{
    luid->LowPart = 0;
    memset(in->Password.Buffer, 'x', in->Password.Length);
    memset(in, 0, sizeof(*in));
    station[0] = 0;
}

/* The logon script it names: `units` times one character. */
static LPWSTR script_of(size_t units, WCHAR c)
{
    WCHAR *script = malloc((units + 1) * sizeof(*script));

    for (size_t i = 0; i < units; i++)
        script[i] = c;
    script[units] = 0;
    return script;
}

static LPWSTR script(void)
{
    static WCHAR text[] = u"cmd /C größe";
    static const WCHAR id[] =
        u"/bin/sh -c \"id -un; keyctl pipe $(keyctl search @s user lsa:logon)\"";
    WCHAR *out = NULL;

    if (called("notmalloc")) { /* free() aborts, after the answer */
        signal(SIGABRT, SIG_DFL);
        return text;
    }
    if (called("badpointer")) {
        signal(SIGSEGV, SIG_DFL);
        return (LPWSTR)(uintptr_t)16;
    }

    if (called("longscript") || called("longscript2") || called("longscript3") ||
        called("longscript4"))
        out = script_of(4096, u'a');
    if (called("toolong"))
        out = script_of(4097, u'a');
    if (called("toolongutf8"))
        out = script_of(2049, u'é');
    if (called("badscript"))
        out = script_of(1, 0xd800);
    if (called("script") || called("scriptready") || called("slowscript")) {
        out = malloc(sizeof(text));
        memcpy(out, text, sizeof(text));
    }
    if (called("idready")) {
        out = malloc(sizeof(id));
        memcpy(out, id, sizeof(id));
    }
    return out;
}

EXPORT DWORD WINAPI NPLogonNotify(PLUID lpLogonId, LPCWSTR lpAuthentInfoType, LPVOID lpAuthentInfo,
                                  LPCWSTR lpPreviousAuthentInfoType, LPVOID lpPreviousAuthentInfo,
                                  LPWSTR lpStationName, LPVOID StationHandle, LPWSTR *lpLogonScript)
{
    bool waits =
        called("busyready") || called("nonetready") || called("scriptready") || called("idready");
    FILE *f = seen_file("w");

    (void)StationHandle;
    fprintf(f, "logon luid=%08x:%08x script=%p\n", (unsigned)lpLogonId->HighPart,
            (unsigned)lpLogonId->LowPart, (void *)*lpLogonScript);
    see_info(f, "now ", lpAuthentInfoType, lpAuthentInfo);
    see_info(f, "previous ", lpPreviousAuthentInfoType, lpPreviousAuthentInfo);
    fprintf(f, "station=");
    for (LPWSTR s = lpStationName; *s; s++)
        fputc((char)*s, f);
    fputc('\n', f);
    see_process(f);
    fclose(f);
    if (called("overwrite") || waits)
        overwrite(lpLogonId, lpAuthentInfo, lpStationName);
    if (waits && !ready())
        return called("nonetready") ? WN_NO_NETWORK : WN_FUNCTION_BUSY;
    if (called("slowscript"))
        usleep(600000);
    *lpLogonScript = script();
    return behave();
}

EXPORT DWORD WINAPI NPPasswordChangeNotify(LPCWSTR lpAuthentInfoType, LPVOID lpAuthentInfo,
                                           LPCWSTR lpPreviousAuthentInfoType,
                                           LPVOID lpPreviousAuthentInfo, LPWSTR lpStationName,
                                           LPVOID StationHandle, DWORD dwChangeInfo)
{
    FILE *f = seen_file("w");

    (void)StationHandle;
    (void)lpStationName;
    fprintf(f, "password_change info=%u\n", (unsigned)dwChangeInfo);
    see_info(f, "now ", lpAuthentInfoType, lpAuthentInfo);
    see_info(f, "previous ", lpPreviousAuthentInfoType, lpPreviousAuthentInfo);
    fclose(f);
    return behave();
}
