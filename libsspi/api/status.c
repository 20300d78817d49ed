/*
 * Packages answer with NTSTATUS or SECURITY_STATUS; an application of SSPI expects the latter only.
 */
#include "libsspi/api/api.h"

SECURITY_STATUS api_status(NTSTATUS status)
{
    if (status == LSA_CLIENT_UNREACHABLE)
        return SEC_E_NO_CREDENTIALS;
    /* SEC_E_*, SEC_I_* and other HRESULTs of the security facility. */
    if (((ULONG)status >> 16 & 0x7fff) == 0x0009 || status == STATUS_SUCCESS)
        return status;
    switch (status) {
    case STATUS_NO_MEMORY:
    case STATUS_INSUFFICIENT_RESOURCES:
    case STATUS_QUOTA_EXCEEDED:
        return SEC_E_INSUFFICIENT_MEMORY;
    case STATUS_INVALID_HANDLE:
        return SEC_E_INVALID_HANDLE;
    case STATUS_NOT_SUPPORTED:
    case STATUS_NOT_IMPLEMENTED:
    case STATUS_INVALID_INFO_CLASS:
        return SEC_E_UNSUPPORTED_FUNCTION;
    case STATUS_NO_SUCH_PACKAGE:
        return SEC_E_SECPKG_NOT_FOUND;
    case STATUS_NO_SUCH_LOGON_SESSION:
        return SEC_E_NO_CREDENTIALS;
    case STATUS_LOGON_FAILURE:
    case STATUS_WRONG_PASSWORD:
    case STATUS_NO_SUCH_USER:
    case STATUS_ACCOUNT_DISABLED:
    case STATUS_ACCOUNT_RESTRICTION:
    case STATUS_ACCOUNT_EXPIRED:
    case STATUS_ACCOUNT_LOCKED_OUT:
    case STATUS_PASSWORD_EXPIRED:
    case STATUS_PASSWORD_MUST_CHANGE:
    case STATUS_INVALID_LOGON_HOURS:
    case STATUS_INVALID_WORKSTATION:
    case STATUS_LOGON_TYPE_NOT_GRANTED:
        return SEC_E_LOGON_DENIED;
    case STATUS_NO_LOGON_SERVERS:
    case STATUS_NO_SUCH_DOMAIN:
    case STATUS_DOMAIN_CONTROLLER_NOT_FOUND:
        return SEC_E_NO_AUTHENTICATING_AUTHORITY;
    case STATUS_BAD_NETWORK_PATH:
    case STATUS_OBJECT_NAME_NOT_FOUND:
        return SEC_E_TARGET_UNKNOWN;
    case STATUS_TIME_DIFFERENCE_AT_DC:
        return SEC_E_TIME_SKEW;
    case STATUS_BUFFER_TOO_SMALL:
        return SEC_E_BUFFER_TOO_SMALL;
    case STATUS_INVALID_PARAMETER:
        return SEC_E_INVALID_PARAMETER;
    case STATUS_ACCESS_DENIED:
    case STATUS_PRIVILEGE_NOT_HELD:
        return SEC_E_NOT_OWNER;
    default:
        return status >= 0 ? status : SEC_E_INTERNAL_ERROR;
    }
}
