/*
 * What goes with asking a person: whether it would help, for which host, and the functions that do
 * ask, which have no meaning without Windows' credential UI.
 *
 * Source: the pages of the functions in "sspi.h header" (sdk-api/sspi).
 */
#include "libsspi/api/api.h"

#include <string.h>

#include "base/secret.h"
#include "base/utf16.h"

/* winerror.h, for callers that turn a status into an error of Win32 first. */
#define LOGON_FAILURE        1326
#define PASSWORD_EXPIRED     1330
#define PASSWORD_MUST_CHANGE 1907

/* TRUE for errors that another name or password would cure. */
BOOLEAN SEC_ENTRY SspiIsPromptingNeeded(ULONG ErrorOrNtStatus)
{
    switch ((LONG)ErrorOrNtStatus) {
    case SEC_E_NO_CREDENTIALS:
    case SEC_E_UNKNOWN_CREDENTIALS:
    case SEC_E_LOGON_DENIED:
    case SEC_E_INCOMPLETE_CREDENTIALS:
    case SEC_I_INCOMPLETE_CREDENTIALS:
    case STATUS_LOGON_FAILURE:
    case STATUS_WRONG_PASSWORD:
    case STATUS_NO_SUCH_USER:
    case STATUS_PASSWORD_EXPIRED:
    case STATUS_PASSWORD_MUST_CHANGE:
    case STATUS_NO_SUCH_LOGON_SESSION:
    case LOGON_FAILURE:
    case PASSWORD_EXPIRED:
    case PASSWORD_MUST_CHANGE:
        return TRUE;
    default:
        return FALSE;
    }
}

/*
 * The host in a target name: the second part of a service principal name without its port, what
 * follows the sign in service@host, or all of it. SspiLocalFree frees it. SEC_E_INVALID_PARAMETER,
 * SEC_E_TARGET_UNKNOWN when there is no host in it, SEC_E_INSUFFICIENT_MEMORY.
 */
SECURITY_STATUS SEC_ENTRY SspiGetTargetHostName(PCWSTR pszTargetName, PWSTR *pszHostName)
{
    const WCHAR *host = pszTargetName, *end, *p;
    size_t units;

    if (!pszTargetName || !pszHostName)
        return SEC_E_INVALID_PARAMETER;
    *pszHostName = NULL;
    for (p = host; *p && *p != u'/' && *p != u'@'; p++)
        ;
    if (*p)
        host = p + 1;
    if (*host == u'[') { /* an address of IPv6 has colons of its own */
        host++;
        for (end = host; *end && *end != u']'; end++)
            ;
    } else {
        for (end = host; *end && *end != u'/' && *end != u'@' && *end != u':'; end++)
            ;
    }
    units = (size_t)(end - host);
    if (!units)
        return SEC_E_TARGET_UNKNOWN;
    *pszHostName = secret_alloc((units + 1) * sizeof(WCHAR));
    if (!*pszHostName)
        return SEC_E_INSUFFICIENT_MEMORY;
    memcpy(*pszHostName, host, units * sizeof(WCHAR));
    return SEC_E_OK;
}

/* ---- channel bindings -------------------------------------------------------------------------
 */

/*
 * Gives bindings (of QueryContextAttributes, so in memory that FreeContextBuffer frees) the header
 * that has flags, or sets the flags of one that is there. SEC_E_INVALID_PARAMETER for bindings that
 * are none, and flags that are not among SEC_CHANNEL_BINDINGS_VALID_FLAGS;
 * SEC_E_INSUFFICIENT_MEMORY.
 */
SECURITY_STATUS SEC_ENTRY SspiSetChannelBindingFlags(PSecPkgContext_Bindings pBindings, ULONG flags)
{
    const ULONG more = sizeof(SEC_CHANNEL_BINDINGS_EX) - sizeof(SEC_CHANNEL_BINDINGS);
    SEC_CHANNEL_BINDINGS *plain = pBindings ? pBindings->Bindings : NULL;
    SEC_CHANNEL_BINDINGS_EX *ex = (SEC_CHANNEL_BINDINGS_EX *)plain;
    ULONG size = pBindings ? pBindings->BindingsLength : 0;

    if (!plain || size < sizeof(*plain) || size > UINT32_MAX - more ||
        flags & ~(ULONG)SEC_CHANNEL_BINDINGS_VALID_FLAGS)
        return SEC_E_INVALID_PARAMETER;
    if (size >= sizeof(*ex) && ex->magicNumber == SEC_CHANNEL_BINDINGS_EX_MAGIC) {
        ex->flags = flags;
        return SEC_E_OK;
    }
    ex = lsa_host_allocate(size + more);
    if (!ex)
        return SEC_E_INSUFFICIENT_MEMORY;
    ex->magicNumber = SEC_CHANNEL_BINDINGS_EX_MAGIC;
    ex->flags = flags;
    ex->cbHeaderLength = sizeof(*ex);
    ex->cbStructureLength = size + more;
    ex->dwInitiatorAddrType = plain->dwInitiatorAddrType;
    ex->cbInitiatorLength = plain->cbInitiatorLength;
    ex->dwAcceptorAddrType = plain->dwAcceptorAddrType;
    ex->cbAcceptorLength = plain->cbAcceptorLength;
    ex->cbApplicationDataLength = plain->cbApplicationDataLength;
    /* Offsets count from the start of the structure, which has become longer. */
    ex->dwInitiatorOffset = plain->cbInitiatorLength ? plain->dwInitiatorOffset + more : 0;
    ex->dwAcceptorOffset = plain->cbAcceptorLength ? plain->dwAcceptorOffset + more : 0;
    ex->dwApplicationDataOffset =
        plain->cbApplicationDataLength ? plain->dwApplicationDataOffset + more : 0;
    memcpy(ex + 1, plain + 1, size - sizeof(*plain));
    FreeContextBuffer(plain);
    pBindings->Bindings = (SEC_CHANNEL_BINDINGS *)ex;
    pBindings->BindingsLength = size + more;
    return SEC_E_OK;
}

/* ---- the credential UI -----------------------------------------------------------------------
 */

ULONG SEC_ENTRY SspiPromptForCredentialsW(PCWSTR pszTargetName, PVOID pUiInfo, ULONG dwAuthError,
                                          PCWSTR pszPackage,
                                          PSEC_WINNT_AUTH_IDENTITY_OPAQUE pInputAuthIdentity,
                                          PSEC_WINNT_AUTH_IDENTITY_OPAQUE *ppAuthIdentity,
                                          int *pfSave, ULONG dwFlags)
{
    (void)pszTargetName, (void)pUiInfo, (void)dwAuthError, (void)pszPackage;
    (void)pInputAuthIdentity, (void)ppAuthIdentity, (void)pfSave, (void)dwFlags;
    return (ULONG)SEC_E_UNSUPPORTED_FUNCTION;
}

ULONG SEC_ENTRY SspiPromptForCredentialsA(PCSTR pszTargetName, PVOID pUiInfo, ULONG dwAuthError,
                                          PCSTR pszPackage,
                                          PSEC_WINNT_AUTH_IDENTITY_OPAQUE pInputAuthIdentity,
                                          PSEC_WINNT_AUTH_IDENTITY_OPAQUE *ppAuthIdentity,
                                          int *pfSave, ULONG dwFlags)
{
    (void)pszTargetName, (void)pUiInfo, (void)dwAuthError, (void)pszPackage;
    (void)pInputAuthIdentity, (void)ppAuthIdentity, (void)pfSave, (void)dwFlags;
    return (ULONG)SEC_E_UNSUPPORTED_FUNCTION;
}

SECURITY_STATUS SEC_ENTRY SspiGetCredUIContext(HANDLE ContextHandle, GUID *CredType, LUID *LogonId,
                                               PSEC_WINNT_CREDUI_CONTEXT_VECTOR *CredUIContexts,
                                               HANDLE *TokenHandle)
{
    (void)ContextHandle, (void)CredType, (void)LogonId, (void)CredUIContexts, (void)TokenHandle;
    return SEC_E_UNSUPPORTED_FUNCTION;
}

SECURITY_STATUS SEC_ENTRY SspiUpdateCredentials(HANDLE ContextHandle, GUID *CredType,
                                                ULONG FlatCredUIContextLength,
                                                PUCHAR FlatCredUIContext)
{
    (void)ContextHandle, (void)CredType, (void)FlatCredUIContextLength, (void)FlatCredUIContext;
    return SEC_E_UNSUPPORTED_FUNCTION;
}

SECURITY_STATUS SEC_ENTRY SspiUnmarshalCredUIContext(PUCHAR MarshaledCredUIContext,
                                                     ULONG MarshaledCredUIContextLength,
                                                     PSEC_WINNT_CREDUI_CONTEXT *CredUIContext)
{
    (void)MarshaledCredUIContext, (void)MarshaledCredUIContextLength, (void)CredUIContext;
    return SEC_E_UNSUPPORTED_FUNCTION;
}
