/*
 * CredsspSubmitBufferBoth: pSpnegoCred is what LsaLogonUser would take, as a credential provider
 * serializes it. Its strings are offsets from its beginning, or pointers. A password becomes an
 * identity; of a smart card TSPkg reads it as it is.
 */
#include "libsspi/packages/credssp/credssp.h"

#include <ntsecapi.h>
#include <ntstatus.h>

#include "base/reason.h"

/* Nothing that an application could point to is as low. */
#define OFFSET_MAX 0xfffff

static PUCHAR place_of(const void *base, const UNICODE_STRING *text)
{
    uintptr_t at = (uintptr_t)text->Buffer;

    if (!text->Length)
        return NULL;
    return at <= OFFSET_MAX ? (PUCHAR)(uintptr_t)base + at : (PUCHAR)at;
}

bool credssp_submit_is_card(const void *buffer)
{
    ULONG type = 0;

    return NT_SUCCESS(credssp_lsa->CopyFromClientBuffer(NULL, sizeof(type), &type,
                                                        (PVOID)(uintptr_t)buffer)) &&
           (type == KerbCertificateLogon || type == KerbCertificateUnlockLogon);
}

SECURITY_STATUS credssp_submit_identity(const void *buffer, SEC_WINNT_AUTH_IDENTITY_W *identity)
{
    KERB_INTERACTIVE_LOGON logon;

    if (!NT_SUCCESS(credssp_lsa->CopyFromClientBuffer(NULL, sizeof(logon), &logon,
                                                      (PVOID)(uintptr_t)buffer))) {
        reason_set(0, "the buffer of CREDSSP_CRED cannot be read");
        return SEC_E_UNKNOWN_CREDENTIALS;
    }
    if (logon.MessageType != KerbInteractiveLogon &&
        logon.MessageType != KerbWorkstationUnlockLogon) {
        reason_set(0, "the buffer of CREDSSP_CRED is neither a KERB_INTERACTIVE_LOGON nor a "
                      "KERB_CERTIFICATE_LOGON");
        return SEC_E_UNKNOWN_CREDENTIALS;
    }
    *identity = (SEC_WINNT_AUTH_IDENTITY_W){
        .User = (void *)place_of(buffer, &logon.UserName),
        .UserLength = logon.UserName.Length / (ULONG)sizeof(WCHAR),
        .Domain = (void *)place_of(buffer, &logon.LogonDomainName),
        .DomainLength = logon.LogonDomainName.Length / (ULONG)sizeof(WCHAR),
        .Password = (void *)place_of(buffer, &logon.Password),
        .PasswordLength = logon.Password.Length / (ULONG)sizeof(WCHAR),
        .Flags = SEC_WINNT_AUTH_IDENTITY_UNICODE,
    };
    return SEC_E_OK;
}
