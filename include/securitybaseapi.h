/*
 * What a thread does with a token: act as the user it stands for, and as itself again. Included by
 * windows.h; the functions are libsspi.so's. CredmgrQueryToken (credmgr.h) reads a token.
 *
 * Sources: "ImpersonateLoggedOnUser function", "RevertToSelf function", Windows SDK documentation
 * (sdk-api/securitybaseapi).
 */
#ifndef CREDMGR_SECURITYBASEAPI_H
#define CREDMGR_SECURITYBASEAPI_H

#include <windows.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * The calling thread acts as the token's user, as with ImpersonateSecurityContext (sspi.h). FALSE:
 * GetLastError() says ERROR_INVALID_HANDLE for what is no token; ERROR_ACCESS_DENIED when the
 * thread may not; ERROR_BAD_IMPERSONATION_LEVEL for a client that let itself be identified only.
 */
BOOL WINAPI ImpersonateLoggedOnUser(HANDLE hToken);
/* Ends any impersonation of the calling thread; TRUE, also when there is none. */
BOOL WINAPI RevertToSelf(VOID);

#ifdef __cplusplus
}
#endif

#endif
