/*
 * A credential manager that takes down everything it is told, for the system tests: one line an
 * event, behind the others, in NAME.log beside libcredmgr_NAME.so.1, so that a test can say what a
 * manager heard, how often, and in which order. It returns the logon script that stands in
 * NAME.script, if there is one.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <npapi.h>
#include <ntsecapi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uchar.h>

#define EXPORT __attribute__((visibility("default")))

/* "/dir/libcredmgr_NAME.so.1" → "/dir/NAME" and the suffix. */
static void beside(char out[600], const char *suffix)
{
    Dl_info info;
    const char *name;

    if (!dladdr((void *)beside, &info) || !(name = strstr(info.dli_fname, "libcredmgr_")))
        abort();
    snprintf(out, 512, "%.*s%s", (int)(name - info.dli_fname), info.dli_fname,
             name + strlen("libcredmgr_"));
    *strstr(out, ".so.1") = 0;
    strcat(out, suffix);
}

/* UTF-16 as it is where it is printable ASCII, else by number: a tab or a new line would look like
 * ours. */
static void put_wide(FILE *f, const WCHAR *s, size_t count)
{
    for (size_t i = 0; i < count; i++)
        fprintf(f, s[i] > ' ' && s[i] < 0x7f ? "%c" : "<%04x>", s[i]);
}

static size_t wide_length(const WCHAR *s)
{
    size_t n = 0;

    while (s[n])
        n++;
    return n;
}

static void put_string(FILE *f, const char *which, const char *what, const UNICODE_STRING *s)
{
    /* Lengths are bytes, without the zero that stands behind the text all the same. */
    int whole = s->Length % sizeof(WCHAR) == 0 && s->MaximumLength >= s->Length &&
                s->Buffer[s->Length / sizeof(WCHAR)] == 0 &&
                wide_length(s->Buffer) * sizeof(WCHAR) == s->Length;

    fprintf(f, "\t%s%s=", which, what);
    put_wide(f, s->Buffer, s->Length / sizeof(WCHAR));
    fprintf(f, "\t%s%s_bytes=%u%s", which, what, s->Length, whole ? "" : ",broken");
}

/* MSV1_0_INTERACTIVE_LOGON and KERB_INTERACTIVE_LOGON have the same members in the same places. */
static void put_info(FILE *f, const char *which, LPCWSTR type, const void *information)
{
    const KERB_INTERACTIVE_LOGON *logon = information;

    fprintf(f, "\t%stype=", which);
    if (type)
        put_wide(f, type, wide_length(type));
    if (!logon) {
        fprintf(f, "\t%sinformation=none", which);
        return;
    }
    fprintf(f, "\t%smessage=%d", which, (int)logon->MessageType);
    put_string(f, which, "domain", &logon->LogonDomainName);
    put_string(f, which, "user", &logon->UserName);
    put_string(f, which, "password", &logon->Password);
}

static FILE *begin(const char *event)
{
    char path[600];
    FILE *f;

    beside(path, ".log");
    f = fopen(path, "a");
    if (!f || flock(fileno(f), LOCK_EX) != 0)
        abort();
    (void)fchmod(fileno(f), 0600);
    fprintf(f, "event=%s", event);
    return f;
}

static void end(FILE *f, LPWSTR station, const void *handle)
{
    uid_t uids[3];
    gid_t gids[3];

    getresuid(&uids[0], &uids[1], &uids[2]);
    getresgid(&gids[0], &gids[1], &gids[2]);
    fprintf(f, "\tstation=");
    put_wide(f, station, wide_length(station));
    fprintf(f, "\thandle=%s\tuids=%u,%u,%u\tgids=%u,%u,%u\n", handle ? "given" : "none", uids[0],
            uids[1], uids[2], gids[0], gids[1], gids[2]);
    if (fclose(f) != 0)
        abort();
}

/* The command line in NAME.script, as memory that the MPR frees. */
static LPWSTR script(void)
{
    char path[600], line[2000] = "";
    const char *at = line;
    WCHAR *out = NULL, *to;
    mbstate_t state = {0};
    FILE *f;

    beside(path, ".script");
    f = fopen(path, "r");
    if (!f)
        return NULL;
    if (fgets(line, sizeof line, f))
        line[strcspn(line, "\n")] = 0;
    fclose(f);
    out = to = malloc(sizeof line * sizeof *out);
    /* The tests' command lines are ASCII: any locale will do. */
    for (size_t n; out && (n = mbrtoc16(to, at, MB_CUR_MAX, &state)) != 0; at += n, to++)
        if (n > sizeof line)
            abort();
    return out;
}

EXPORT DWORD WINAPI NPGetCaps(DWORD ndex)
{
    switch (ndex) {
    case WNNC_SPEC_VERSION:
        return WNNC_SPEC_VERSION51;
    case WNNC_NET_TYPE:
        return WNNC_CRED_MANAGER;
    case WNNC_START:
        return WNNC_WAIT_FOR_START;
    default:
        return 0;
    }
}

EXPORT DWORD WINAPI NPLogonNotify(PLUID lpLogonId, LPCWSTR lpAuthentInfoType, LPVOID lpAuthentInfo,
                                  LPCWSTR lpPreviousAuthentInfoType, LPVOID lpPreviousAuthentInfo,
                                  LPWSTR lpStationName, LPVOID StationHandle, LPWSTR *lpLogonScript)
{
    FILE *f = begin("logon");

    fprintf(f, "\tluid=%08x%08x", (unsigned)lpLogonId->HighPart, (unsigned)lpLogonId->LowPart);
    put_info(f, "", lpAuthentInfoType, lpAuthentInfo);
    put_info(f, "previous_", lpPreviousAuthentInfoType, lpPreviousAuthentInfo);
    fprintf(f, "\tscript=%s", !lpLogonScript ? "missing" : *lpLogonScript ? "set" : "empty");
    end(f, lpStationName, StationHandle);
    *lpLogonScript = script();
    return WN_SUCCESS;
}

EXPORT DWORD WINAPI NPPasswordChangeNotify(LPCWSTR lpAuthentInfoType, LPVOID lpAuthentInfo,
                                           LPCWSTR lpPreviousAuthentInfoType,
                                           LPVOID lpPreviousAuthentInfo, LPWSTR lpStationName,
                                           LPVOID StationHandle, DWORD dwChangeInfo)
{
    FILE *f = begin("change");

    fprintf(f, "\tinfo=%u", (unsigned)dwChangeInfo);
    put_info(f, "", lpAuthentInfoType, lpAuthentInfo);
    put_info(f, "previous_", lpPreviousAuthentInfoType, lpPreviousAuthentInfo);
    end(f, lpStationName, StationHandle);
    return WN_SUCCESS;
}
