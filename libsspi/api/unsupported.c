/*
 * The documented functions that nothing stands behind yet. They are in the tables and exported, so
 * a program that only looks for them starts, and one that calls them gets the documented answer.
 */
#include "libsspi/api/api.h"

SECURITY_STATUS WINAPI ApplyControlToken(PCtxtHandle phContext, PSecBufferDesc pInput)
{
    (void)phContext, (void)pInput;
    return SEC_E_UNSUPPORTED_FUNCTION;
}

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

SECURITY_STATUS WINAPI AddCredentialsW(PCredHandle hCredentials, SEC_WCHAR *pszPrincipal,
                                       SEC_WCHAR *pszPackage, ULONG fCredentialUse, void *pAuthData,
                                       SEC_GET_KEY_FN pGetKeyFn, void *pvGetKeyArgument,
                                       PTimeStamp ptsExpiry)
{
    (void)hCredentials, (void)pszPrincipal, (void)pszPackage, (void)fCredentialUse, (void)pAuthData;
    (void)pGetKeyFn, (void)pvGetKeyArgument, (void)ptsExpiry;
    return SEC_E_UNSUPPORTED_FUNCTION;
}

SECURITY_STATUS WINAPI AddCredentialsA(PCredHandle hCredentials, SEC_CHAR *pszPrincipal,
                                       SEC_CHAR *pszPackage, ULONG fCredentialUse, void *pAuthData,
                                       SEC_GET_KEY_FN pGetKeyFn, void *pvGetKeyArgument,
                                       PTimeStamp ptsExpiry)
{
    (void)hCredentials, (void)pszPrincipal, (void)pszPackage, (void)fCredentialUse, (void)pAuthData;
    (void)pGetKeyFn, (void)pvGetKeyArgument, (void)ptsExpiry;
    return SEC_E_UNSUPPORTED_FUNCTION;
}

SECURITY_STATUS WINAPI SetContextAttributesW(PCtxtHandle phContext, ULONG ulAttribute,
                                             void *pBuffer, ULONG cbBuffer)
{
    (void)phContext, (void)ulAttribute, (void)pBuffer, (void)cbBuffer;
    return SEC_E_UNSUPPORTED_FUNCTION;
}

SECURITY_STATUS WINAPI SetContextAttributesA(PCtxtHandle phContext, ULONG ulAttribute,
                                             void *pBuffer, ULONG cbBuffer)
{
    (void)phContext, (void)ulAttribute, (void)pBuffer, (void)cbBuffer;
    return SEC_E_UNSUPPORTED_FUNCTION;
}

SECURITY_STATUS WINAPI SetCredentialsAttributesW(PCredHandle phCredential, ULONG ulAttribute,
                                                 void *pBuffer, ULONG cbBuffer)
{
    (void)phCredential, (void)ulAttribute, (void)pBuffer, (void)cbBuffer;
    return SEC_E_UNSUPPORTED_FUNCTION;
}

SECURITY_STATUS WINAPI SetCredentialsAttributesA(PCredHandle phCredential, ULONG ulAttribute,
                                                 void *pBuffer, ULONG cbBuffer)
{
    (void)phCredential, (void)ulAttribute, (void)pBuffer, (void)cbBuffer;
    return SEC_E_UNSUPPORTED_FUNCTION;
}

SECURITY_STATUS WINAPI QueryContextAttributesExW(PCtxtHandle phContext, ULONG ulAttribute,
                                                 void *pBuffer, ULONG cbBuffer)
{
    (void)phContext, (void)ulAttribute, (void)pBuffer, (void)cbBuffer;
    return SEC_E_UNSUPPORTED_FUNCTION;
}

SECURITY_STATUS WINAPI QueryContextAttributesExA(PCtxtHandle phContext, ULONG ulAttribute,
                                                 void *pBuffer, ULONG cbBuffer)
{
    (void)phContext, (void)ulAttribute, (void)pBuffer, (void)cbBuffer;
    return SEC_E_UNSUPPORTED_FUNCTION;
}

SECURITY_STATUS WINAPI QueryCredentialsAttributesExW(PCredHandle phCredential, ULONG ulAttribute,
                                                     void *pBuffer, ULONG cbBuffer)
{
    (void)phCredential, (void)ulAttribute, (void)pBuffer, (void)cbBuffer;
    return SEC_E_UNSUPPORTED_FUNCTION;
}

SECURITY_STATUS WINAPI QueryCredentialsAttributesExA(PCredHandle phCredential, ULONG ulAttribute,
                                                     void *pBuffer, ULONG cbBuffer)
{
    (void)phCredential, (void)ulAttribute, (void)pBuffer, (void)cbBuffer;
    return SEC_E_UNSUPPORTED_FUNCTION;
}

SECURITY_STATUS SEC_ENTRY ChangeAccountPasswordW(SEC_WCHAR *pszPackageName,
                                                 SEC_WCHAR *pszDomainName,
                                                 SEC_WCHAR *pszAccountName,
                                                 SEC_WCHAR *pszOldPassword,
                                                 SEC_WCHAR *pszNewPassword, BOOLEAN bImpersonating,
                                                 ULONG dwReserved, PSecBufferDesc pOutput)
{
    (void)pszPackageName, (void)pszDomainName, (void)pszAccountName, (void)pszOldPassword;
    (void)pszNewPassword, (void)bImpersonating, (void)dwReserved, (void)pOutput;
    return SEC_E_UNSUPPORTED_FUNCTION;
}

SECURITY_STATUS SEC_ENTRY ChangeAccountPasswordA(SEC_CHAR *pszPackageName, SEC_CHAR *pszDomainName,
                                                 SEC_CHAR *pszAccountName, SEC_CHAR *pszOldPassword,
                                                 SEC_CHAR *pszNewPassword, BOOLEAN bImpersonating,
                                                 ULONG dwReserved, PSecBufferDesc pOutput)
{
    (void)pszPackageName, (void)pszDomainName, (void)pszAccountName, (void)pszOldPassword;
    (void)pszNewPassword, (void)bImpersonating, (void)dwReserved, (void)pOutput;
    return SEC_E_UNSUPPORTED_FUNCTION;
}
