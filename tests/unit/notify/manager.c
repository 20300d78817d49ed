/*
 * A credential manager for tests. It behaves as the name it was loaded by says
 * (libcredmgr_hang.so.1 hangs, …): one object, many links. Everything it is given it writes to
 * NAME.seen beside itself.
 */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
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

#pragma weak WNetSetLastErrorA
#pragma weak WNetSetLastErrorW

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

static bool called(const char *name)
{
    char path[512];

    own_path(path);
    return strcmp(strrchr(path, '/') + 1, name) == 0;
}

static FILE *seen_file(const char *mode)
{
    char path[520];
    FILE *f;

    own_path(path);
    strcat(path, ".seen");
    f = fopen(path, mode);
    if (!f)
        abort();
    return f;
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

static DWORD extended(const char *text)
{
    char copy[200];

    snprintf(copy, sizeof(copy), "%s", text);
    if (WNetSetLastErrorA)
        WNetSetLastErrorA(7, copy, NULL);
    return WN_EXTENDED_ERROR;
}

static void hang(void)
{
    signal(SIGTERM, SIG_IGN);
    if (fork() == 0) { /* what it started hangs as well */
        FILE *f = seen_file("a");

        fprintf(f, "grandchild=%d\n", (int)getpid());
        fclose(f);
    }
    for (;;)
        pause();
}

static void scribble(void)
{
    static const char noise[] = "CMN1 noise on the reply's stream\n";

    for (int i = 0; i < 1000; i++) {
        (void)!write(STDOUT_FILENO, noise, sizeof(noise));
        (void)!write(STDERR_FILENO, noise, sizeof(noise));
    }
    puts(noise);
    fflush(stdout);
}

/* What all notifications do. */
static DWORD behave(void)
{
    static WCHAR wide[] = u"wide réason";

    if (called("busy"))
        return WN_FUNCTION_BUSY;
    if (called("odd"))
        return 4711;
    if (called("extended"))
        return extended("the reason");
    if (called("dirty"))
        return extended("a\nb\x1b[2J\xff\xc3\xa9");
    if (called("wide")) {
        if (WNetSetLastErrorW)
            WNetSetLastErrorW(7, wide, NULL);
        return WN_EXTENDED_ERROR;
    }
    if (called("unsupported"))
        return WN_NOT_SUPPORTED;
    if (called("hang"))
        hang();
    if (called("stop"))
        raise(SIGSTOP);
    if (called("crash")) {
        signal(SIGSEGV, SIG_DFL); /* a sanitizer would take it for itself */
        raise(SIGSEGV);
    }
    if (called("exit"))
        exit(7);
    if (called("quit"))
        _exit(0);
    if (called("closefds"))
        for (int fd = 0; fd < 1024; fd++)
            close(fd);
    if (called("scribble"))
        scribble();
    return WN_SUCCESS;
}

__attribute__((constructor)) static void loaded(void)
{
    if (called("crashload")) {
        signal(SIGSEGV, SIG_DFL);
        raise(SIGSEGV);
    }
}

EXPORT DWORD WINAPI NPGetCaps(DWORD ndex)
{
    if (ndex == WNNC_SPEC_VERSION)
        return called("oldspec") ? 0x00030000 : called("silent") ? 0 : WNNC_SPEC_VERSION51;
    if (ndex == WNNC_START) {
        if (called("wont"))
            return 0;
        if (called("slow"))
            return 120;
        if (called("tooslow"))
            return 60000;
        return called("silent") ? 0xFFFFFFFF : WNNC_WAIT_FOR_START;
    }
    return ndex == WNNC_NET_TYPE ? WNNC_CRED_MANAGER : 0;
}

EXPORT DWORD WINAPI NPLogonNotify(PLUID lpLogonId, LPCWSTR lpAuthentInfoType, LPVOID lpAuthentInfo,
                                  LPCWSTR lpPreviousAuthentInfoType, LPVOID lpPreviousAuthentInfo,
                                  LPWSTR lpStationName, LPVOID StationHandle, LPWSTR *lpLogonScript)
{
    static const WCHAR script[] = u"cmd /C größe";
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
    if (called("overwrite")) {
        KERB_INTERACTIVE_LOGON *in = lpAuthentInfo;

        lpLogonId->LowPart = 0;
        memset(in->Password.Buffer, 'x', in->Password.Length);
        memset(in, 0, sizeof(*in));
        lpStationName[0] = 0;
    }
    if (called("script")) {
        *lpLogonScript = malloc(sizeof(script));
        memcpy(*lpLogonScript, script, sizeof(script));
    }
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
