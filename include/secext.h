/*
 * Names of the caller, of this computer and of others, in their several formats, which SSPI
 * programs ask for beside a context.
 *
 * Source: "secext.h header", Windows SDK documentation (sdk-api/secext). *nSize is characters, the
 * terminator included; when that is not enough, it is the size needed afterwards. After success it
 * counts the terminator, except GetUserNameEx's. The functions return FALSE on failure, with
 * ERROR_MORE_DATA (GetUserNameEx) or ERROR_INSUFFICIENT_BUFFER (the others), ERROR_NONE_MAPPED,
 * ERROR_NO_SUCH_DOMAIN (GetComputerObjectName without a domain), ERROR_INVALID_PARAMETER or
 * ERROR_NOT_ENOUGH_MEMORY as the cause, which GetLastError tells a program that is linked with the
 * library.
 */
#ifndef CREDMGR_SECEXT_H
#define CREDMGR_SECEXT_H

#include <windows.h>
#include <sspi.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
    NameUnknown = 0,
    NameFullyQualifiedDN = 1,
    NameSamCompatible = 2, /* DOMAIN\user */
    NameDisplay = 3,
    NameUniqueId = 6,
    NameCanonical = 7,
    NameUserPrincipal = 8, /* user@realm */
    NameCanonicalEx = 9,
    NameServicePrincipal = 10,
    NameDnsDomain = 12,
    NameGivenName = 13,
    NameSurname = 14
} EXTENDED_NAME_FORMAT,
    *PEXTENDED_NAME_FORMAT;

BOOLEAN SEC_ENTRY GetUserNameExA(EXTENDED_NAME_FORMAT NameFormat, LPSTR lpNameBuffer, PULONG nSize);
BOOLEAN SEC_ENTRY GetUserNameExW(EXTENDED_NAME_FORMAT NameFormat, LPWSTR lpNameBuffer,
                                 PULONG nSize);
#define GetUserNameEx CREDMGR_AW(GetUserNameEx)

BOOLEAN SEC_ENTRY GetComputerObjectNameA(EXTENDED_NAME_FORMAT NameFormat, LPSTR lpNameBuffer,
                                         PULONG nSize);
BOOLEAN SEC_ENTRY GetComputerObjectNameW(EXTENDED_NAME_FORMAT NameFormat, LPWSTR lpNameBuffer,
                                         PULONG nSize);
#define GetComputerObjectName CREDMGR_AW(GetComputerObjectName)

BOOLEAN SEC_ENTRY TranslateNameA(LPCSTR lpAccountName, EXTENDED_NAME_FORMAT AccountNameFormat,
                                 EXTENDED_NAME_FORMAT DesiredNameFormat, LPSTR lpTranslatedName,
                                 PULONG nSize);
BOOLEAN SEC_ENTRY TranslateNameW(LPCWSTR lpAccountName, EXTENDED_NAME_FORMAT AccountNameFormat,
                                 EXTENDED_NAME_FORMAT DesiredNameFormat, LPWSTR lpTranslatedName,
                                 PULONG nSize);
#define TranslateName CREDMGR_AW(TranslateName)

#ifdef __cplusplus
}
#endif

#endif
