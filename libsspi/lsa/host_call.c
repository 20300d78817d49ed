/*
 * Who is calling: GetClientInfo and GetCallInfo take no argument, so the client of a call is kept
 * with the thread that makes it. Also the calls a package makes into another one, and the two audit
 * functions.
 */
#include "libsspi/lsa/host_internal.h"
#include "libsspi/lsa/host_logon.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <ntstatus.h>
#include "base/log.h"
#include "base/reason.h"
#include "base/thread_identity.h"
#include "base/utf16.h"

static _Thread_local const struct lsa_call *current_call;
static _Thread_local LUID created;                /* the session that a package made in this call */
static _Thread_local struct lsa_call_delay delay; /* what that package asked for */
static _Thread_local ULONG call_count; /* calls this thread has made: SECPKG_CALL_INFO.CallCount */

/* A package works in the name of its process, also for a thread that impersonates somebody. */
void lsa_call_begin(const struct lsa_call *call)
{
    thread_identity_suspend();
    current_call = call;
    created = (LUID){0, 0};
    delay = (struct lsa_call_delay){0, 0};
    call_count++;
}

void lsa_call_end(void)
{
    current_call = NULL;
    thread_identity_resume();
}

void lsa_call_note_created(const LUID *luid)
{
    created = *luid;
}

bool lsa_call_created(LUID *luid)
{
    *luid = created;
    created = (LUID){0, 0};
    return luid->LowPart || luid->HighPart;
}

bool lsa_call_again(unsigned milliseconds)
{
    if (!lsa_host.in_lsa || !current_call || current_call->again)
        return false;
    delay.again = milliseconds;
    return milliseconds != 0;
}

bool lsa_call_answer_later(unsigned milliseconds)
{
    if (!lsa_host.in_lsa || !current_call)
        return false;
    delay.answer = milliseconds;
    return milliseconds != 0;
}

bool lsa_call_is_again(void)
{
    return current_call && current_call->again;
}

struct lsa_call_delay lsa_call_delay(void)
{
    return delay;
}

const struct lsa_call *lsa_call_current(void)
{
    return current_call;
}

const struct lsa_call *lsa_call_swap(const struct lsa_call *call)
{
    const struct lsa_call *before = current_call;

    current_call = call;
    return before;
}

/* In the caller's own process nobody says who calls until a package asks, since most do not. */
static SECPKG_CLIENT_INFO client_of(const struct lsa_call *call)
{
    SECPKG_CLIENT_INFO client = call->client;

    if (call->call_attributes & SECPKG_CALL_IN_PROC && !client.ProcessID) {
        client.ProcessID = (ULONG)getpid();
        client.ThreadID = (ULONG)gettid();
    }
    return client;
}

NTSTATUS NTAPI lsa_get_client_info(PSECPKG_CLIENT_INFO info)
{
    memset(info, 0, sizeof(*info));
    if (!current_call)
        return STATUS_UNSUCCESSFUL; /* a thread of the LSA's own: no client */
    *info = client_of(current_call);
    return STATUS_SUCCESS;
}

/* The extended structure begins as the plain one does; nobody identifies a second session here. */
NTSTATUS NTAPI lsa_get_client_info_ex(PSECPKG_CLIENT_INFO_EX info, ULONG size)
{
    SECPKG_CLIENT_INFO plain;
    NTSTATUS status;

    if (!info || size < sizeof(plain))
        return STATUS_INFO_LENGTH_MISMATCH;
    memset(info, 0, size < sizeof(*info) ? size : sizeof(*info));
    status = lsa_get_client_info(&plain);
    memcpy(info, &plain, sizeof(plain));
    return status;
}

BOOLEAN NTAPI lsa_get_call_info(PSECPKG_CALL_INFO info)
{
    SECPKG_CLIENT_INFO client;

    memset(info, 0, sizeof(*info));
    if (!current_call)
        return FALSE;
    client = client_of(current_call);
    info->ProcessId = client.ProcessID;
    info->ThreadId = client.ThreadID;
    info->Attributes = current_call->call_attributes;
    info->CallCount = call_count;
    return TRUE;
}

/* In the caller's own process a package already acts as its client; lsad has no capability to
 * become another user. */
NTSTATUS NTAPI lsa_impersonate_client(VOID)
{
    if (!current_call)
        return STATUS_BAD_IMPERSONATION_LEVEL;
    return current_call->memory || lsa_host.in_lsa ? STATUS_NOT_SUPPORTED : STATUS_SUCCESS;
}

static const struct lsa_package *find_counted(const UNICODE_STRING *name)
{
    size_t i, units = name && name->Buffer ? name->Length / sizeof(WCHAR) : 0;
    WCHAR copy[64];

    if (units == 0 || units >= sizeof(copy) / sizeof(copy[0]))
        return NULL;
    for (i = 0; i < units; i++)
        copy[i] = name->Buffer[i];
    copy[units] = 0;
    return lsa_host_find(copy);
}

/*
 * The other package sees a client in this process, so what it returns is LSA heap, which the caller
 * gives back with FreeReturnBuffer; the real client's identity stays.
 */
NTSTATUS NTAPI lsa_call_package_ex(PUNICODE_STRING name, PVOID client_base, PVOID submit,
                                   ULONG size, PVOID *reply, PULONG reply_size,
                                   PNTSTATUS protocol_status)
{
    const struct lsa_package *package = find_counted(name);
    const struct lsa_call *before;
    struct lsa_call inner;
    NTSTATUS status;

    *reply = NULL;
    *reply_size = 0;
    *protocol_status = STATUS_SUCCESS;
    if (!package)
        return STATUS_NO_SUCH_PACKAGE;
    if (!package->lsa->CallPackage)
        return STATUS_NOT_SUPPORTED;
    memset(&inner, 0, sizeof(inner));
    if (current_call)
        inner = *current_call;
    inner.memory = NULL;
    inner.call_attributes |= SECPKG_CALL_RECURSIVE;
    before = lsa_call_swap(&inner);
    status = package->lsa->CallPackage(NULL, submit, client_base, size, reply, reply_size,
                                       protocol_status);
    lsa_call_swap(before);
    return status;
}

NTSTATUS NTAPI lsa_call_package(PUNICODE_STRING name, PVOID submit, ULONG size, PVOID *reply,
                                PULONG reply_size, PNTSTATUS protocol_status)
{
    return lsa_call_package_ex(name, submit, submit, size, reply, reply_size, protocol_status);
}

NTSTATUS NTAPI lsa_call_package_passthrough(PUNICODE_STRING name, PVOID client_base, PVOID submit,
                                            ULONG size, PVOID *reply, PULONG reply_size,
                                            PNTSTATUS protocol_status)
{
    const struct lsa_package *package = find_counted(name);
    const struct lsa_call *before;
    struct lsa_call inner;
    NTSTATUS status;

    *reply = NULL;
    *reply_size = 0;
    *protocol_status = STATUS_SUCCESS;
    if (!package)
        return STATUS_NO_SUCH_PACKAGE;
    if (!package->lsa->CallPackagePassthrough)
        return STATUS_NOT_SUPPORTED;
    memset(&inner, 0, sizeof(inner));
    if (current_call)
        inner = *current_call;
    inner.memory = NULL;
    inner.call_attributes |= SECPKG_CALL_RECURSIVE;
    before = lsa_call_swap(&inner);
    status = package->lsa->CallPackagePassthrough(NULL, submit, client_base, size, reply,
                                                  reply_size, protocol_status);
    lsa_call_swap(before);
    return status;
}

/* Names come from the network: no control character may forge a log line. */
static char *without_controls(char *text)
{
    for (char *c = text; c && *c; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            *c = '?';
    return text;
}

static char *audit_string(const UNICODE_STRING *s)
{
    return without_controls(
        s && s->Buffer ? utf16_to_utf8(s->Buffer, s->Length / sizeof(WCHAR), NULL) : NULL);
}

VOID NTAPI lsa_audit_logon_ex(NTSTATUS status, NTSTATUS sub_status, PUNICODE_STRING account,
                              PUNICODE_STRING authority, PUNICODE_STRING workstation, PSID sid,
                              SECURITY_LOGON_TYPE type, SECURITY_IMPERSONATION_LEVEL level,
                              PTOKEN_SOURCE source, PLUID luid)
{
    (void)level;
    lsa_audit_logon(status, sub_status, account, authority, workstation, sid, type, source, luid);
}

VOID NTAPI lsa_audit_logon(NTSTATUS status, NTSTATUS sub_status, PUNICODE_STRING account,
                           PUNICODE_STRING authority, PUNICODE_STRING workstation, PSID sid,
                           SECURITY_LOGON_TYPE type, PTOKEN_SOURCE source, PLUID luid)
{
    char *user = audit_string(account), *domain = audit_string(authority);
    char *station = audit_string(workstation), *why = NULL;

    if (!NT_SUCCESS(status) && reason_get()->text[0])
        why = without_controls(strdup(reason_get()->text));
    (void)sid, (void)source;
    if (!NT_SUCCESS(status) && luid && !SecIsZeroLuid(luid) && lsa_host.failed)
        lsa_host.failed(luid, status);
    log_line(NT_SUCCESS(status) ? LOG_INFO : LOG_NOTICE,
             "logon %s: account %s\\%s from %s, type %d, session %x:%x, status 0x%08x/0x%08x%s%s",
             NT_SUCCESS(status) ? "accepted" : "refused", domain ? domain : "", user ? user : "",
             station ? station : "-", (int)type, luid ? (unsigned)luid->HighPart : 0,
             luid ? (unsigned)luid->LowPart : 0, (unsigned)status, (unsigned)sub_status,
             why ? ": " : "", why ? why : "");
    free(why);
    free(user);
    free(domain);
    free(station);
}

NTSTATUS NTAPI lsa_audit_account_logon(ULONG audit_id, BOOLEAN success, PUNICODE_STRING source,
                                       PUNICODE_STRING client, PUNICODE_STRING mapped,
                                       NTSTATUS status)
{
    char *from = audit_string(source), *name = audit_string(client),
         *account = audit_string(mapped);

    log_line(success ? LOG_INFO : LOG_NOTICE,
             "account logon %s: %s as %s from %s, audit %u, status 0x%08x",
             success ? "accepted" : "refused", name ? name : "", account ? account : "",
             from ? from : "-", audit_id, (unsigned)status);
    free(from);
    free(name);
    free(account);
    return STATUS_SUCCESS;
}
