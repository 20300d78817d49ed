/*
 * TSRequest.errorCode: what a server tells of its failure, and what a client makes of it.
 */
#include <ntstatus.h>

#include "base/reason.h"
#include "libsspi/packages/tspkg/handshake/state.h"

/* The first line of a status is what is sent for it. */
static const struct {
    SECURITY_STATUS status;
    int32_t error;
} table[] = {
    {SEC_E_LOGON_DENIED, STATUS_LOGON_FAILURE},
    {SEC_E_LOGON_DENIED, STATUS_NO_SUCH_USER},
    {SEC_E_LOGON_DENIED, STATUS_WRONG_PASSWORD},
    {SEC_E_LOGON_DENIED, STATUS_ACCOUNT_RESTRICTION},
    {SEC_E_LOGON_DENIED, STATUS_INVALID_LOGON_HOURS},
    {SEC_E_LOGON_DENIED, STATUS_INVALID_WORKSTATION},
    {SEC_E_LOGON_DENIED, STATUS_PASSWORD_EXPIRED},
    {SEC_E_LOGON_DENIED, STATUS_PASSWORD_MUST_CHANGE},
    {SEC_E_LOGON_DENIED, STATUS_ACCOUNT_DISABLED},
    {SEC_E_LOGON_DENIED, STATUS_ACCOUNT_EXPIRED},
    {SEC_E_LOGON_DENIED, STATUS_ACCOUNT_LOCKED_OUT},
    {SEC_E_LOGON_DENIED, STATUS_LOGON_TYPE_NOT_GRANTED},
    {SEC_E_LOGON_DENIED, STATUS_ACCESS_DENIED},
    {SEC_E_LOGON_DENIED, STATUS_LOGON_NOT_GRANTED},
    {SEC_E_NO_AUTHENTICATING_AUTHORITY, STATUS_NO_LOGON_SERVERS},
    {SEC_E_NO_AUTHENTICATING_AUTHORITY, STATUS_NO_SUCH_DOMAIN},
    {SEC_E_NO_AUTHENTICATING_AUTHORITY, STATUS_DOMAIN_CONTROLLER_NOT_FOUND},
    {SEC_E_UNSUPPORTED_FUNCTION, STATUS_NOT_SUPPORTED},
    {SEC_E_DOWNGRADE_DETECTED, STATUS_DOWNGRADE_DETECTED},
    {SEC_E_MESSAGE_ALTERED, STATUS_INVALID_SIGNATURE},
    {SEC_E_INVALID_TOKEN, STATUS_INVALID_PARAMETER},
    {SEC_E_TIME_SKEW, STATUS_TIME_DIFFERENCE_AT_DC},
    {SEC_E_INSUFFICIENT_MEMORY, STATUS_INSUFFICIENT_RESOURCES},
    {SEC_E_INSUFFICIENT_MEMORY, STATUS_NO_MEMORY},
};

/*
 * What is the matter with an account whose proof was right: whoever has verified it leaves that in
 * base/reason.h, while the status tells of no more than a refusal. That there is no such account is
 * for nobody to know.
 */
static bool is_for_the_client(int32_t error)
{
    switch (error) {
    case STATUS_ACCOUNT_RESTRICTION:
    case STATUS_INVALID_LOGON_HOURS:
    case STATUS_INVALID_WORKSTATION:
    case STATUS_PASSWORD_EXPIRED:
    case STATUS_PASSWORD_MUST_CHANGE:
    case STATUS_ACCOUNT_DISABLED:
    case STATUS_ACCOUNT_EXPIRED:
    case STATUS_ACCOUNT_LOCKED_OUT:
    case STATUS_LOGON_TYPE_NOT_GRANTED:
        return true;
    default:
        return false;
    }
}

int32_t ts_error_of(SECURITY_STATUS status)
{
    if (status == SEC_E_LOGON_DENIED && is_for_the_client(reason_get()->code))
        return reason_get()->code;
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
        if (table[i].status == status || (table[i].error == status && is_for_the_client(status)))
            return table[i].error;
    return STATUS_LOGON_FAILURE; /* whoever is not let in need not know more */
}

/* Others send codes of SSPI itself; which of them mean a leg that may be made again (a message that
 * is not complete, credentials that are) is not for a peer to say. */
SECURITY_STATUS ts_error_status(int32_t error)
{
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
        if (table[i].error == error || table[i].status == error)
            return table[i].status;
    return error < 0 ? SEC_E_LOGON_DENIED : SEC_E_INVALID_TOKEN;
}
