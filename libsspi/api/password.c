/*
 * ChangeAccountPassword: the old password and the new one are the caller's, so a package of this
 * process asks the domain, and no privilege of the LSA is needed.
 */
#include "libsspi/api/api.h"

#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "base/utf16.h"
#include "libsspi/api/reason.h"

/* Domain, account, old and new password, in this order. */
#define TEXTS 4

/* The documented descriptor: one buffer, for what the domain demands of passwords. */
static bool one_response(const SecBufferDesc *output)
{
    return output->cBuffers == 1 && output->pBuffers &&
           (output->pBuffers[0].BufferType & ~(ULONG)SECBUFFER_ATTRMASK) ==
               SECBUFFER_CHANGE_PASS_RESPONSE;
}

static SECURITY_STATUS change(const WCHAR *package_name, WCHAR *const texts[TEXTS],
                              BOOLEAN impersonating, ULONG reserved, ULONG attributes,
                              PSecBufferDesc output)
{
    SecBuffer ignored = {0, SECBUFFER_CHANGE_PASS_RESPONSE, NULL};
    SecBufferDesc nowhere = {SECBUFFER_VERSION, 1, &ignored};
    const struct lsa_package *package;
    UNICODE_STRING strings[TEXTS];
    struct lsa_call call;
    NTSTATUS status;

    if (!api_start())
        return SEC_E_INTERNAL_ERROR;
    package = lsa_host_find(package_name);
    if (!package)
        return SEC_E_SECPKG_NOT_FOUND;
    if (!package->lsa->ChangeAccountPassword)
        return SEC_E_UNSUPPORTED_FUNCTION;
    if (reserved != 0 || !texts[1] || !texts[2] || !texts[3])
        return SEC_E_INVALID_PARAMETER;
    if (output && !one_response(output))
        return SEC_E_INVALID_TOKEN;
    for (size_t i = 0; i < TEXTS; i++)
        if (!api_counted(texts[i], &strings[i]))
            return SEC_E_INVALID_PARAMETER;
    api_call_begin(&call, attributes);
    status = package->lsa->ChangeAccountPassword(&strings[0], &strings[1], &strings[2], &strings[3],
                                                 impersonating, output ? output : &nowhere);
    lsa_call_end();
    lsa_host_free(ignored.pvBuffer);
    /* No status of SSPI says that the new password is not good enough; this one does. */
    return status == STATUS_PASSWORD_RESTRICTION ? status : api_status(status);
}

/*
 * pszDomainName: realm or domain, NULL: the package's default. pOutput may be NULL; else one buffer
 * of type SECBUFFER_CHANGE_PASS_RESPONSE, whose memory FreeContextBuffer releases.
 * SEC_E_SECPKG_NOT_FOUND, SEC_E_UNSUPPORTED_FUNCTION, SEC_E_INVALID_PARAMETER, SEC_E_INVALID_TOKEN
 * (another descriptor), SEC_E_LOGON_DENIED (the old password), SEC_E_NO_AUTHENTICATING_AUTHORITY,
 * STATUS_PASSWORD_RESTRICTION (the new one breaks a rule of the domain). "ChangeAccountPassword".
 */
SECURITY_STATUS SEC_ENTRY ChangeAccountPasswordW(SEC_WCHAR *pszPackageName,
                                                 SEC_WCHAR *pszDomainName,
                                                 SEC_WCHAR *pszAccountName,
                                                 SEC_WCHAR *pszOldPassword,
                                                 SEC_WCHAR *pszNewPassword, BOOLEAN bImpersonating,
                                                 ULONG dwReserved, PSecBufferDesc pOutput)
{
    WCHAR *const texts[TEXTS] = {pszDomainName, pszAccountName, pszOldPassword, pszNewPassword};

    api_reason_begin();
    return api_reason_end(change(pszPackageName, texts, bImpersonating, dwReserved, 0, pOutput));
}

SECURITY_STATUS SEC_ENTRY ChangeAccountPasswordA(SEC_CHAR *pszPackageName, SEC_CHAR *pszDomainName,
                                                 SEC_CHAR *pszAccountName, SEC_CHAR *pszOldPassword,
                                                 SEC_CHAR *pszNewPassword, BOOLEAN bImpersonating,
                                                 ULONG dwReserved, PSecBufferDesc pOutput)
{
    const char *const given[TEXTS] = {pszDomainName, pszAccountName, pszOldPassword,
                                      pszNewPassword};
    WCHAR *texts[TEXTS] = {NULL};
    bool unknown = false, failed = false;
    WCHAR *package = api_wide(pszPackageName, &unknown);
    SECURITY_STATUS status = SEC_E_INVALID_PARAMETER;

    api_reason_begin();
    for (size_t i = 0; i < TEXTS; i++) {
        if (given[i])
            texts[i] = utf16_from_utf8_secret(given[i], strlen(given[i]), NULL);
        failed = failed || (given[i] && !texts[i]);
    }
    if (unknown)
        status = SEC_E_SECPKG_NOT_FOUND;
    else if (!failed)
        status = change(package, texts, bImpersonating, dwReserved, SECPKG_CALL_ANSI, pOutput);
    for (size_t i = 0; i < TEXTS; i++)
        secret_free(texts[i]);
    free(package);
    return api_reason_end(status);
}
