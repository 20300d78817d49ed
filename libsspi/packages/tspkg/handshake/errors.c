/*
 * TSRequest.errorCode: what a server tells of its failure, and what a client makes of it.
 */
#include <ntstatus.h>

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

int32_t ts_error_of(SECURITY_STATUS status)
{
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
        if (table[i].status == status || table[i].error == status)
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
