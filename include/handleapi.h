/*
 * HANDLEs that are no SSPI handles: of those there are tokens only (QuerySecurityContextToken).
 * Included by windows.h; the functions are libsspi.so's.
 *
 * Source: "CloseHandle function", Windows SDK documentation (sdk-api/handleapi).
 */
#ifndef CREDMGR_HANDLEAPI_H
#define CREDMGR_HANDLEAPI_H

#include <windows.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Lets go of a token. FALSE, with GetLastError() ERROR_INVALID_HANDLE, for a HANDLE that is none;
 * one of another library that has a CloseHandle of its own (libwinpr) is passed on to that.
 */
BOOL WINAPI CloseHandle(HANDLE hObject);

#ifdef __cplusplus
}
#endif

#endif
