/*
 * WNetLogonNotify and WNetPasswordChangeNotify: the router for logon programs that are not PAM's.
 * The credential managers run in mpnotify, so that none of them can hurt the program.
 *
 * No public page describes these two functions; their parameters are those of NPLogonNotify and
 * NPPasswordChangeNotify (sdk-api/npapi) after the name of the component that verified the person.
 */
#include "notify/mpr/mpr.h"
#include "base/secret.h"
#include "base/utf16.h"
#include "notify/helper.h"
#include "notify/request.h"

#include <errno.h>
#include <ntstatus.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The unit tests compile this file with a configuration of their own. */
#ifndef MPR_ARGUMENTS
#define MPR_ARGUMENTS                                                                              \
    {                                                                                              \
        .config = NULL                                                                             \
    }
#endif

/* What the two functions have in common. */
struct event {
    LPCWSTR authenticator, type, previous_type, station;
    const void *info, *previous;
};

/* A request and what it points to. */
struct asked {
    struct mpr_logon_info now, before;
    char *authenticator, *station;
    char program[256];
    struct mpr_request request;
};

/*
 * The program's name, as the service that people log on with. By its file: what a program was
 * called with is its caller's choice, who is somebody else in a setuid program.
 */
static void program_name(char *out, size_t room)
{
    char path[4096];
    ssize_t size = readlink("/proc/self/exe", path, sizeof(path) - 1);
    const char *slash;

    path[size > 0 ? size : 0] = 0;
    slash = strrchr(path, '/');
    snprintf(out, room, "%s", slash ? slash + 1 : "");
    for (char *c = out; *c; c++)
        if (*c <= ' ' || *c > '~')
            *c = '?';
    if (!*out)
        snprintf(out, room, "libmpr");
}

/* A zero-terminated string that may be missing. */
static DWORD read_text(LPCWSTR wide, char **out)
{
    size_t size;

    *out = NULL;
    if (!wide)
        return WN_SUCCESS;
    *out = utf16_to_utf8(wide, utf16_length(wide), &size);
    if (!*out)
        return errno == ENOMEM ? WN_OUT_OF_MEMORY : WN_BAD_VALUE;
    return size <= MPR_FIELD_MAX ? WN_SUCCESS : WN_BAD_VALUE;
}

static DWORD ask_for(const struct event *e, struct asked *out)
{
    DWORD status;

    if (!e->station || !e->previous_type != !e->previous)
        return WN_BAD_POINTER;
    if (!utf16_equal(e->station, u"WinSta_0") && !utf16_equal(e->station, u"SvcCtl"))
        return WN_BAD_VALUE;
    status = mpr_logon_info_read(e->type, e->info, &out->now);
    if (status == WN_SUCCESS && e->previous)
        status = mpr_logon_info_read(e->previous_type, e->previous, &out->before);
    if (status == WN_SUCCESS)
        status = read_text(e->authenticator, &out->authenticator);
    if (status == WN_SUCCESS)
        status = read_text(e->station, &out->station);
    if (status != WN_SUCCESS)
        return status;
    program_name(out->program, sizeof(out->program));
    out->request = (struct mpr_request){
        .authenticator = out->authenticator,
        .station = out->station,
        .type = (char *)out->now.type,
        .user = out->now.user,
        .domain = out->now.domain,
        .password = out->now.password,
        .previous_type = (char *)out->before.type,
        .previous_user = out->before.user,
        .previous_domain = out->before.domain,
        .old_password = out->before.password,
        .service = out->program,
        .leader = getpid(),
    };
    return WN_SUCCESS;
}

static void asked_clear(struct asked *asked)
{
    mpr_logon_info_clear(&asked->now);
    mpr_logon_info_clear(&asked->before);
    free(asked->authenticator);
    free(asked->station);
}

static DWORD from_status(NTSTATUS status)
{
    switch (status) {
    case STATUS_SUCCESS:
        return WN_SUCCESS;
    case STATUS_PENDING:
        return WN_FUNCTION_BUSY;
    case STATUS_INVALID_PARAMETER:
        return WN_BAD_VALUE;
    case STATUS_NO_SUCH_USER:
        return WN_BAD_USER;
    case STATUS_NOT_FOUND:
        return WN_NO_NETWORK;
    case STATUS_NO_MEMORY:
        return WN_OUT_OF_MEMORY;
    case STATUS_PRIVILEGE_NOT_HELD:
        return WN_ACCESS_DENIED;
    default:
        return WN_EXTENDED_ERROR;
    }
}

/* What WNetGetLastError is to say of this answer: which manager failed, or what else did. */
static void remember(const struct mpr_reply *reply)
{
    if (reply->manager)
        mpr_last_error_set(reply->error ? reply->error : WN_NET_ERROR, reply->error_text,
                           reply->manager);
    else if (reply->status)
        mpr_last_error_set(reply->status, reply->message, "mpnotify");
    else
        mpr_last_error_clear();
}

/* Runs mpnotify. *reply is to be released whatever comes of it. */
static DWORD run(enum mpr_verb verb, const struct mpr_request *request, struct mpr_reply *reply)
{
    static const struct helper_arguments arguments = MPR_ARGUMENTS;
    char trouble[HELPER_TROUBLE_SIZE];

    if (!helper_run(&arguments, verb, request, reply, trouble)) {
        mpr_last_error_set(WN_NET_ERROR, trouble, "mpnotify");
        return WN_NET_ERROR;
    }
    remember(reply);
    return from_status((NTSTATUS)reply->status);
}

/* Each string with its zero, and one more zero, in one piece of memory for LocalFree. NULL: there
 * is none, or no memory for it. */
static LPWSTR script_list(char *const *scripts)
{
    size_t total = 1, used = 0, units;
    LPWSTR list, wide;

    for (size_t i = 0; scripts && scripts[i]; i++)
        total += strlen(scripts[i]) + 1; /* never fewer than its code units */
    if (total == 1)
        return NULL;
    list = (LPWSTR)LocalAlloc(LPTR, total * sizeof(WCHAR));
    for (size_t i = 0; list && scripts[i]; i++) {
        wide = utf16_from_utf8(scripts[i], strlen(scripts[i]), &units);
        if (wide && units) { /* an empty one would end the list */
            memcpy(list + used, wide, (units + 1) * sizeof(WCHAR));
            used += units + 1;
        }
        free(wide);
    }
    return list;
}

DWORD WINAPI WNetLogonNotify(LPCWSTR lpPrimaryAuthenticator, PLUID lpLogonId,
                             LPCWSTR lpAuthentInfoType, LPVOID lpAuthentInfo,
                             LPCWSTR lpPreviousAuthentInfoType, LPVOID lpPreviousAuthentInfo,
                             LPWSTR lpStationName, LPVOID StationHandle, LPWSTR *lpLogonScripts)
{
    const struct event event = {
        lpPrimaryAuthenticator, lpAuthentInfoType, lpPreviousAuthentInfoType,
        lpStationName,          lpAuthentInfo,     lpPreviousAuthentInfo,
    };
    struct asked asked = {.authenticator = NULL};
    struct mpr_reply reply = {.status = 0};
    DWORD status = WN_ACCESS_DENIED;

    (void)StationHandle; /* of a window station, which has no meaning in another process */
    if (lpLogonScripts)
        *lpLogonScripts = NULL;
    if (geteuid() != 0)
        goto out;
    status = WN_BAD_POINTER;
    if (!lpLogonId || !lpLogonScripts)
        goto out;
    status = ask_for(&event, &asked);
    if (status != WN_SUCCESS)
        goto out;
    asked.request.luid = (uint64_t)(uint32_t)lpLogonId->HighPart << 32 | lpLogonId->LowPart;
    status = run(MPR_NOTIFY, &asked.request, &reply);
    if (reply.luid) {
        lpLogonId->LowPart = (DWORD)reply.luid;
        lpLogonId->HighPart = (LONG)(reply.luid >> 32);
    }
    *lpLogonScripts = script_list(reply.scripts);
out:
    mpr_reply_clear(&reply);
    asked_clear(&asked);
    return status;
}

DWORD WINAPI WNetPasswordChangeNotify(LPCWSTR lpPrimaryAuthenticator, LPCWSTR lpAuthentInfoType,
                                      LPVOID lpAuthentInfo, LPCWSTR lpPreviousAuthentInfoType,
                                      LPVOID lpPreviousAuthentInfo, LPWSTR lpStationName,
                                      LPVOID StationHandle, DWORD dwChangeInfo)
{
    const struct event event = {
        lpPrimaryAuthenticator, lpAuthentInfoType, lpPreviousAuthentInfoType,
        lpStationName,          lpAuthentInfo,     lpPreviousAuthentInfo,
    };
    struct asked asked = {.authenticator = NULL};
    struct mpr_reply reply = {.status = 0};
    DWORD status = WN_ACCESS_DENIED;

    (void)StationHandle;
    if (geteuid() != 0)
        goto out;
    status = WN_BAD_VALUE;
    if (dwChangeInfo & ~(DWORD)(WN_VALID_LOGON_ACCOUNT | WN_NT_PASSWORD_CHANGED))
        goto out;
    status = ask_for(&event, &asked);
    if (status != WN_SUCCESS)
        goto out;
    asked.request.change = dwChangeInfo;
    status = run(MPR_CHANGE, &asked.request, &reply);
out:
    mpr_reply_clear(&reply);
    asked_clear(&asked);
    return status;
}
