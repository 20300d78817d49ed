/*
 * The documented functions that nothing stands behind yet. They are in the tables and exported, so
 * a program that only looks for them starts, and one that calls them gets the documented answer.
 */
#include "libsspi/api/api.h"

SECURITY_STATUS WINAPI ImpersonateSecurityContext(PCtxtHandle phContext)
{
    (void)phContext;
    return SEC_E_UNSUPPORTED_FUNCTION;
}

SECURITY_STATUS WINAPI RevertSecurityContext(PCtxtHandle phContext)
{
    (void)phContext;
    return SEC_E_UNSUPPORTED_FUNCTION;
}

SECURITY_STATUS WINAPI QuerySecurityContextToken(PCtxtHandle phContext, HANDLE *Token)
{
    (void)phContext, (void)Token;
    return SEC_E_UNSUPPORTED_FUNCTION;
}

SECURITY_STATUS WINAPI ExportSecurityContext(PCtxtHandle phContext, ULONG fFlags,
                                             PSecBuffer pPackedContext, void **pToken)
{
    (void)phContext, (void)fFlags, (void)pPackedContext, (void)pToken;
    return SEC_E_UNSUPPORTED_FUNCTION;
}

SECURITY_STATUS WINAPI ImportSecurityContextW(SEC_WCHAR *pszPackage, PSecBuffer pPackedContext,
                                              void *Token, PCtxtHandle phContext)
{
    (void)pszPackage, (void)pPackedContext, (void)Token, (void)phContext;
    return SEC_E_UNSUPPORTED_FUNCTION;
}

SECURITY_STATUS WINAPI ImportSecurityContextA(SEC_CHAR *pszPackage, PSecBuffer pPackedContext,
                                              void *Token, PCtxtHandle phContext)
{
    (void)pszPackage, (void)pPackedContext, (void)Token, (void)phContext;
    return SEC_E_UNSUPPORTED_FUNCTION;
}
