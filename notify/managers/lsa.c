/*
 * The built-in credential manager: passes the credentials of a logon, tickets that another module
 * got for it, or a changed password, to the LSA. It is a manager like any other, loaded by its name
 * in credmgr.conf.
 */
#include "notify/managers/lsa.h"
#include "base/log.h"
#include "base/secret.h"
#include "base/utf16.h"
#include "libsspi/lsa/client.h"
#include "libsspi/lsa/protocol.h"
#include "notify/authent.h"
#include "notify/managers/tickets.h"

#include <npapi.h>
#include <ntsecapi.h>
#include <ntstatus.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The MPR's, in the process this is loaded into; may be missing in another. */
#pragma weak WNetSetLastErrorA

#define EXPORT __attribute__((visibility("default")))

/* An interactive logon in UTF-8, as PAM had it. */
struct logon {
    char *user, *domain;
    char *password; /* secret memory */
};

static void logon_clear(struct logon *logon)
{
    free(logon->user);
    free(logon->domain);
    secret_free(logon->password);
}

/* Reads either structure: they are one layout. WN_NOT_SUPPORTED: another kind of logon (a smart
 * card, say). */
static DWORD logon_read(LPCWSTR type, const void *info, struct logon *out)
{
    const KERB_INTERACTIVE_LOGON *in = info;

    memset(out, 0, sizeof(*out));
    if (!type || !in)
        return WN_BAD_POINTER;
    if (!utf16_equal(type, MPR_TYPE_KERBEROS) && !utf16_equal(type, MPR_TYPE_MSV1_0))
        return WN_NOT_SUPPORTED;
    if (in->MessageType != KerbInteractiveLogon)
        return WN_NOT_SUPPORTED;
    out->user = utf16_to_utf8(in->UserName.Buffer, in->UserName.Length / sizeof(WCHAR), NULL);
    out->domain =
        utf16_to_utf8(in->LogonDomainName.Buffer, in->LogonDomainName.Length / sizeof(WCHAR), NULL);
    out->password =
        utf16_to_utf8_secret(in->Password.Buffer, in->Password.Length / sizeof(WCHAR), NULL);
    if (out->user && out->domain && out->password)
        return WN_SUCCESS;
    logon_clear(out);
    memset(out, 0, sizeof(*out));
    return WN_BAD_VALUE;
}

static const char *socket_path(void)
{
    const char *named = mpr_lsa_socket ? mpr_lsa_socket() : NULL;

    return named ? named : LSA_SOCKET_PATH;
}

/* Tells the MPR in words why. */
static DWORD __attribute__((format(printf, 1, 2))) failed(const char *format, ...)
{
    char copy[128];
    va_list args;

    va_start(args, format);
    vsnprintf(copy, sizeof(copy), format, args);
    va_end(args);
    if (WNetSetLastErrorA)
        WNetSetLastErrorA(ERROR_EXTENDED_ERROR, copy, NULL);
    return WN_EXTENDED_ERROR;
}

static DWORD from_status(NTSTATUS status)
{
    switch (status) {
    case STATUS_SUCCESS:
        return WN_SUCCESS;
    case LSA_CLIENT_UNREACHABLE:
        return failed("lsad does not answer at %s (is lsad.service running?)", socket_path());
    case STATUS_NO_MEMORY:
    case STATUS_INSUFFICIENT_RESOURCES:
        return WN_OUT_OF_MEMORY;
    case STATUS_QUOTA_EXCEEDED:
        return failed(
            "the key quota of root is used up (raise kernel.keys.root_maxbytes and root_maxkeys)");
    case STATUS_NO_SUCH_LOGON_SESSION:
        return failed("the logon session has ended already");
    case STATUS_PRIVILEGE_NOT_HELD:
    case STATUS_ACCESS_DENIED:
        return WN_ACCESS_DENIED;
    default:
        return failed("lsad answered 0x%08x", (unsigned)status);
    }
}

EXPORT DWORD WINAPI NPGetCaps(DWORD ndex)
{
    switch (ndex) {
    case WNNC_SPEC_VERSION:
        return WNNC_SPEC_VERSION51;
    case WNNC_NET_TYPE:
        return WNNC_CRED_MANAGER;
    case WNNC_START:
        return WNNC_WAIT_FOR_START;
    default:
        return 0;
    }
}

/*
 * Tickets first: with them the LSA need not ask the KDC when the password comes. A cache that
 * cannot be used is a line in the log and no failure, for its name is a hint that any user can
 * give.
 */
static DWORD take_tickets(const LUID *luid)
{
    const char *ccache = mpr_logon_ccache ? mpr_logon_ccache() : NULL;
    char why[TICKETS_WHY_MAX];

    if (!ccache)
        return WN_NOT_SUPPORTED;
    switch (tickets_import(luid, ccache, why)) {
    case TICKETS_TAKEN:
        return WN_SUCCESS;
    case TICKETS_NONE:
        return WN_NOT_SUPPORTED;
    default:
        log_open("mpnotify", false, false);
        log_info("the tickets in %.200s are not taken over: %s", ccache, why);
        return WN_NOT_SUPPORTED;
    }
}

EXPORT DWORD WINAPI NPLogonNotify(PLUID lpLogonId, LPCWSTR lpAuthentInfoType, LPVOID lpAuthentInfo,
                                  LPCWSTR lpPreviousAuthentInfoType, LPVOID lpPreviousAuthentInfo,
                                  LPWSTR lpStationName, LPVOID StationHandle, LPWSTR *lpLogonScript)
{
    struct logon now, before = {.user = NULL};
    DWORD status;

    (void)lpStationName;
    (void)StationHandle;
    if (!lpLogonId || !lpLogonScript)
        return WN_BAD_POINTER;
    *lpLogonScript = NULL;
    status = logon_read(lpAuthentInfoType, lpAuthentInfo, &now);
    if (status == WN_SUCCESS && lpPreviousAuthentInfo)
        status = logon_read(lpPreviousAuthentInfoType, lpPreviousAuthentInfo, &before);
    if (status == WN_SUCCESS) {
        lsa_client_set_socket(socket_path());
        status = take_tickets(lpLogonId);
        if (*now.password) /* "" is none: a key, a smart card, or tickets alone */
            status = from_status(lsa_client_accept_credentials(lpLogonId, now.user, now.domain,
                                                               now.password, before.password));
    }
    logon_clear(&now);
    logon_clear(&before);
    return status;
}

EXPORT DWORD WINAPI NPPasswordChangeNotify(LPCWSTR lpAuthentInfoType, LPVOID lpAuthentInfo,
                                           LPCWSTR lpPreviousAuthentInfoType,
                                           LPVOID lpPreviousAuthentInfo, LPWSTR lpStationName,
                                           LPVOID StationHandle, DWORD dwChangeInfo)
{
    struct logon now, before = {.user = NULL};
    const struct passwd *account;
    DWORD status;

    (void)lpStationName;
    (void)StationHandle;
    if (!(dwChangeInfo & WN_VALID_LOGON_ACCOUNT))
        return WN_NOT_SUPPORTED; /* a password of something nobody logs on with */
    status = logon_read(lpAuthentInfoType, lpAuthentInfo, &now);
    if (status == WN_SUCCESS && lpPreviousAuthentInfo)
        status = logon_read(lpPreviousAuthentInfoType, lpPreviousAuthentInfo, &before);
    if (status != WN_SUCCESS)
        goto out;
    account = getpwnam(now.user);
    if (!account) {
        status = WN_BAD_USER;
        goto out;
    }
    lsa_client_set_socket(socket_path());
    status = from_status(lsa_client_change_password(now.user, now.domain, account->pw_uid,
                                                    before.password, now.password));
out:
    logon_clear(&now);
    logon_clear(&before);
    return status;
}
