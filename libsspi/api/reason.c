/*
 * Why a call failed, for the application. Packages and lsad say it in base/reason.h; what they
 * leave unsaid is told here, in words for the status.
 */
#include "libsspi/api/api.h"

#include <string.h>

#include "libsspi/api/reason.h"

static const struct {
    SECURITY_STATUS status;
    const char *text;
} words[] = {
    {SEC_E_INSUFFICIENT_MEMORY, "there is not enough memory, or a limit is reached"},
    {SEC_E_INVALID_HANDLE, "the handle is none, or its handshake is over or lost"},
    {SEC_E_UNSUPPORTED_FUNCTION, "the security package cannot do what was asked for"},
    {SEC_E_TARGET_UNKNOWN, "the target name is not one of a service"},
    {SEC_E_INTERNAL_ERROR, "the security package failed; the system's log may tell more"},
    {SEC_E_SECPKG_NOT_FOUND, "there is no security package of that name"},
    {SEC_E_NOT_OWNER, "the logon session or credential is somebody else's"},
    {SEC_E_INVALID_TOKEN, "what the peer sent is not a token of this security package"},
    {SEC_E_QOP_NOT_SUPPORTED, "the context does not give that protection"},
    {SEC_E_NO_IMPERSONATION, "there is nobody to impersonate, or this thread may not"},
    {SEC_E_LOGON_DENIED, "the logon was refused"},
    {SEC_E_UNKNOWN_CREDENTIALS, "the credentials given are not of a kind that is understood"},
    {SEC_E_NO_CREDENTIALS, "there are no credentials of that kind in the logon session"},
    {SEC_E_MESSAGE_ALTERED, "the message was changed on its way"},
    {SEC_E_OUT_OF_SEQUENCE, "the message was received before, or out of its order"},
    {SEC_E_NO_AUTHENTICATING_AUTHORITY, "no authority could be asked"},
    {SEC_E_CONTEXT_EXPIRED, "the credentials or the context are past their time"},
    {SEC_E_INCOMPLETE_MESSAGE, "more of the message is needed"},
    {SEC_E_BUFFER_TOO_SMALL, "a buffer is too small"},
    {SEC_E_WRONG_PRINCIPAL, "the token is for another service"},
    {SEC_E_TIME_SKEW, "the clocks of the machines differ too much"},
    {SEC_E_ALGORITHM_MISMATCH, "the peers have no algorithm in common"},
    {SEC_E_WRONG_CREDENTIAL_HANDLE, "the context was begun with other credentials"},
    {SEC_E_BAD_BINDINGS, "the channel is not the one that the peer saw"},
    {SEC_E_MUTUAL_AUTH_FAILED, "the server could not prove who it is"},
    {SEC_E_INVALID_PARAMETER, "a parameter is not valid"},
};

void api_reason_begin(void)
{
    reason_clear();
}

SECURITY_STATUS api_reason_end(SECURITY_STATUS status)
{
    if (status >= 0) {
        reason_clear();
        return status;
    }
    if (reason_get()->text[0])
        return status;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (words[i].status == status) {
            reason_set(reason_get()->code, "%s", words[i].text);
            return status;
        }
    }
    reason_set(reason_get()->code, "status 0x%08x", (unsigned)status);
    return status;
}

void api_reason_join(const struct reason *first)
{
    struct reason then = *reason_get();

    if (!first->text[0])
        return;
    if (!then.text[0] || strcmp(first->text, then.text) == 0)
        reason_set(first->code, "%s", first->text);
    else
        reason_set(first->code, "%s; then %s", first->text, then.text);
}

const char *WINAPI CredmgrLastErrorText(LONG *code)
{
    const struct reason *reason = reason_get();

    if (code)
        *code = reason->code;
    return reason->text;
}
