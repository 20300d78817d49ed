/* A credential manager that does nothing: what it costs is what the router costs. */
#include <npapi.h>

#define EXPORT __attribute__((visibility("default")))

EXPORT DWORD WINAPI NPGetCaps(DWORD ndex)
{
    return ndex == WNNC_SPEC_VERSION ? WNNC_SPEC_VERSION51
           : ndex == WNNC_NET_TYPE   ? WNNC_CRED_MANAGER
           : ndex == WNNC_START      ? WNNC_WAIT_FOR_START
                                     : 0;
}

EXPORT DWORD WINAPI NPLogonNotify(PLUID lpLogonId, LPCWSTR lpAuthentInfoType, LPVOID lpAuthentInfo,
                                  LPCWSTR lpPreviousAuthentInfoType, LPVOID lpPreviousAuthentInfo,
                                  LPWSTR lpStationName, LPVOID StationHandle, LPWSTR *lpLogonScript)
{
    (void)lpLogonId;
    (void)lpAuthentInfoType;
    (void)lpAuthentInfo;
    (void)lpPreviousAuthentInfoType;
    (void)lpPreviousAuthentInfo;
    (void)lpStationName;
    (void)StationHandle;
    (void)lpLogonScript;
    return WN_SUCCESS;
}
