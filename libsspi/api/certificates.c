/*
 * What credmgr.h has for certificates: the way from files and tokens to a PCCERT_CONTEXT.
 */
#include "libsspi/api/api.h"
#include "libsspi/api/reason.h"
#include "libsspi/certificates/load.h"

SECURITY_STATUS WINAPI CredmgrCertificateLoad(const char *Certificate, const char *Key,
                                              CREDMGR_PASSWORD_CALLBACK Password,
                                              void *PasswordContext, PCCERT_CONTEXT *Context)
{
    api_reason_begin();
    if (!Context)
        return api_reason_end(SEC_E_INVALID_PARAMETER);
    *Context = NULL;
    if (!Certificate || !Certificate[0])
        return api_reason_end(SEC_E_INVALID_PARAMETER);
    return api_reason_end(certificate_load(Certificate, Key, Password, PasswordContext, Context));
}
