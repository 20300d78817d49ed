/*
 * A credential manager as it is written for Windows: no line of it knows of Linux. The test
 * windows-source.t compiles this very file with the headers of mingw-w64 and with ours; tests of
 * mpnotify load it and see it notified.
 *
 * It asks for a logon script that names the person and the station, and objects to a password that
 * was not really changed.
 */
#include <windows.h>
#include <ntsecapi.h>
#include <npapi.h>
#include <stdio.h>
#include <wchar.h>

#define PROVIDER_NAME    L"Sample Credential Manager"
#define SAME_PASSWORD    0x20000001
#define SCRIPT           L"sample-logon.cmd "
#define LOGON_TYPE_NTLM  L"MSV1_0:Interactive"
#define LOGON_TYPE_KRB   L"Kerberos:Interactive"
#define STATION_SERVICES L"SvcCtl"

static HINSTANCE g_hModule = NULL;

BOOL APIENTRY DllMain(HINSTANCE hinstDLL, DWORD fdwReason, LPVOID lpvReserved)
{
    UNREFERENCED_PARAMETER(lpvReserved);

    switch (fdwReason) {
    case DLL_PROCESS_ATTACH:
        DisableThreadLibraryCalls(hinstDLL);
        g_hModule = hinstDLL;
        break;
    case DLL_THREAD_ATTACH:
    case DLL_THREAD_DETACH:
    case DLL_PROCESS_DETACH:
        break;
    }
    return TRUE;
}

/* A string of its own out of a counted one, which need not end in a zero. */
static LPWSTR CopyUnicodeString(_In_ CONST UNICODE_STRING *pString)
{
    LPWSTR pszCopy = (LPWSTR)LocalAlloc(LPTR, pString->Length + sizeof(WCHAR));

    if (pszCopy == NULL)
        return NULL;
    if (pString->Length != 0)
        CopyMemory(pszCopy, pString->Buffer, pString->Length);
    return pszCopy;
}

static VOID FreeSecret(IN OUT LPWSTR pszSecret OPTIONAL)
{
    if (pszSecret != NULL) {
        SecureZeroMemory(pszSecret, wcslen(pszSecret) * sizeof(WCHAR));
        LocalFree(pszSecret);
    }
}

/* The three strings of whichever logon it is; NULL when the type is unknown. */
static BOOL GetLogonStrings(LPCWSTR lpType, LPVOID lpInfo, const UNICODE_STRING **ppDomain,
                            const UNICODE_STRING **ppUser, const UNICODE_STRING **ppPassword)
{
    if (lpType == NULL || lpInfo == NULL)
        return FALSE;
    if (wcscmp(lpType, LOGON_TYPE_NTLM) == 0) {
        PMSV1_0_INTERACTIVE_LOGON pLogon = (PMSV1_0_INTERACTIVE_LOGON)lpInfo;

        *ppDomain = &pLogon->LogonDomainName;
        *ppUser = &pLogon->UserName;
        *ppPassword = &pLogon->Password;
        return pLogon->MessageType == MsV1_0InteractiveLogon;
    }
    if (_wcsicmp(lpType, LOGON_TYPE_KRB) == 0) {
        PKERB_INTERACTIVE_LOGON pLogon = (PKERB_INTERACTIVE_LOGON)lpInfo;

        *ppDomain = &pLogon->LogonDomainName;
        *ppUser = &pLogon->UserName;
        *ppPassword = &pLogon->Password;
        return pLogon->MessageType == KerbInteractiveLogon;
    }
    return FALSE;
}

__declspec(dllexport) DWORD APIENTRY NPGetCaps(DWORD nIndex)
{
    if (g_hModule == NULL)
        return 0;
    switch (nIndex) {
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

__declspec(dllexport) DWORD APIENTRY
    NPLogonNotify(PLUID lpLogonId, LPCWSTR lpAuthentInfoType, LPVOID lpAuthentInfo,
                  LPCWSTR lpPreviousAuthentInfoType, LPVOID lpPreviousAuthentInfo,
                  LPWSTR lpStationName, LPVOID StationHandle, LPWSTR *lpLogonScript)
{
    const UNICODE_STRING *pDomain, *pUser, *pPassword;
    LPWSTR pszUser, pszDomain, pszScript;
    SIZE_T cch;

    UNREFERENCED_PARAMETER(lpPreviousAuthentInfoType);
    UNREFERENCED_PARAMETER(lpPreviousAuthentInfo);
    UNREFERENCED_PARAMETER(StationHandle);

    if (lpLogonId == NULL || lpLogonScript == NULL)
        return WN_BAD_POINTER;
    *lpLogonScript = NULL;
    if (g_hModule == NULL)
        return WN_NOT_INITIALIZING;
    if (!GetLogonStrings(lpAuthentInfoType, lpAuthentInfo, &pDomain, &pUser, &pPassword))
        return WN_NOT_SUPPORTED;
    if (lpLogonId->LowPart == 0 && lpLogonId->HighPart == 0)
        return WN_BAD_VALUE;
    if (pPassword->Length == 0)
        return WN_BAD_PASSWORD;
    if (wcsncmp(lpStationName, STATION_SERVICES, wcslen(STATION_SERVICES)) == 0)
        return WN_SUCCESS;

    pszUser = CopyUnicodeString(pUser);
    pszDomain = CopyUnicodeString(pDomain);
    cch = wcslen(SCRIPT) + wcslen(lpStationName) + (pDomain->Length + pUser->Length) / 2 + 3;
    pszScript = (LPWSTR)LocalAlloc(LPTR, cch * sizeof(WCHAR));
    if (pszUser == NULL || pszDomain == NULL || pszScript == NULL) {
        DWORD dwError = GetLastError();

        LocalFree(pszUser);
        LocalFree(pszDomain);
        LocalFree(pszScript);
        return dwError == ERROR_NOT_ENOUGH_MEMORY ? WN_OUT_OF_MEMORY : dwError;
    }
    wcscpy(pszScript, SCRIPT);
    wcscat(pszScript, pszDomain);
    wcscat(pszScript, L"\\");
    wcscat(pszScript, pszUser);
    wcscat(pszScript, L" ");
    wcscat(pszScript, lpStationName);
    LocalFree(pszUser);
    LocalFree(pszDomain);
    *lpLogonScript = pszScript;
    return WN_SUCCESS;
}

__declspec(dllexport) DWORD APIENTRY
    NPPasswordChangeNotify(LPCWSTR lpAuthentInfoType, LPVOID lpAuthentInfo,
                           LPCWSTR lpPreviousAuthentInfoType, LPVOID lpPreviousAuthentInfo,
                           LPWSTR lpStationName, LPVOID StationHandle, DWORD dwChangeInfo)
{
    const UNICODE_STRING *pDomain, *pUser, *pPassword, *pOldPassword;
    LPWSTR pszPassword, pszOldPassword;
    DWORD dwStatus = WN_SUCCESS;

    UNREFERENCED_PARAMETER(lpStationName);
    UNREFERENCED_PARAMETER(StationHandle);

    if (!(dwChangeInfo & WN_VALID_LOGON_ACCOUNT))
        return WN_NOT_SUPPORTED;
    if (!GetLogonStrings(lpAuthentInfoType, lpAuthentInfo, &pDomain, &pUser, &pPassword) ||
        !GetLogonStrings(lpPreviousAuthentInfoType, lpPreviousAuthentInfo, &pDomain, &pUser,
                         &pOldPassword))
        return WN_NOT_SUPPORTED;

    pszPassword = CopyUnicodeString(pPassword);
    pszOldPassword = CopyUnicodeString(pOldPassword);
    if (pszPassword == NULL || pszOldPassword == NULL) {
        dwStatus = WN_OUT_OF_MEMORY;
    } else if (wcscmp(pszPassword, pszOldPassword) == 0) {
        WCHAR szReason[128];
        WCHAR szProvider[] = PROVIDER_NAME;

        wcscpy(szReason, L"the new password is the old one: ");
        wcsncpy(szReason + wcslen(szReason), pUser->Buffer, pUser->Length / sizeof(WCHAR));
        szReason[lstrlenW(L"the new password is the old one: ") + pUser->Length / sizeof(WCHAR)] =
            L'\0';
        WNetSetLastErrorW(SAME_PASSWORD, szReason, szProvider);
        dwStatus = WN_EXTENDED_ERROR;
    }
    FreeSecret(pszPassword);
    FreeSecret(pszOldPassword);
    return dwStatus;
}
