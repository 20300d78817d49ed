/*
 * A credential manager that, called last, writes how large the two processes of mpnotify are then,
 * the router and the one it is loaded into: to /run/world/gauge, four numbers of KiB: the router's
 * VmHWM and Pss, its own VmHWM and Pss.
 */
#include <npapi.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))

/* "Name:   123 kB" in a file of /proc; 0 when it is not there. */
static unsigned long field(long pid, const char *file, const char *name)
{
    char path[64], line[256];
    unsigned long value = 0;
    FILE *f;

    snprintf(path, sizeof(path), "/proc/%ld/%s", pid, file);
    f = fopen(path, "r");
    while (f && fgets(line, sizeof(line), f))
        if (strncmp(line, name, strlen(name)) == 0)
            (void)sscanf(line + strlen(name), "%lu", &value);
    if (f)
        fclose(f);
    return value;
}

EXPORT DWORD WINAPI NPGetCaps(DWORD ndex)
{
    return ndex == WNNC_START ? WNNC_WAIT_FOR_START : 0;
}

EXPORT DWORD WINAPI NPLogonNotify(PLUID lpLogonId, LPCWSTR lpAuthentInfoType, LPVOID lpAuthentInfo,
                                  LPCWSTR lpPreviousAuthentInfoType, LPVOID lpPreviousAuthentInfo,
                                  LPWSTR lpStationName, LPVOID StationHandle, LPWSTR *lpLogonScript)
{
    FILE *out = fopen("/run/world/gauge", "w");

    (void)lpLogonId;
    (void)lpAuthentInfoType;
    (void)lpAuthentInfo;
    (void)lpPreviousAuthentInfoType;
    (void)lpPreviousAuthentInfo;
    (void)lpStationName;
    (void)StationHandle;
    (void)lpLogonScript;
    if (!out)
        return WN_ACCESS_DENIED;
    fprintf(out, "%lu %lu %lu %lu\n", field(getppid(), "status", "VmHWM:"),
            field(getppid(), "smaps_rollup", "Pss:"), field(getpid(), "status", "VmHWM:"),
            field(getpid(), "smaps_rollup", "Pss:"));
    fclose(out);
    return WN_SUCCESS;
}
