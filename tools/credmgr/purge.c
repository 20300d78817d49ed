/*
 * credmgr purge: takes tickets out of a logon session, as `klist purge` does on Windows.
 */
#include <stdlib.h>
#include <string.h>
#include <ntsecapi.h>
#include <ntstatus.h>
#include "base/utf16.h"
#include "libsspi/lsa/client.h"
#include "tools/credmgr/commands.h"
#include "tools/credmgr/tickets.h"

static const struct report_column columns[] = {
    {"luid", "LUID", REPORT_TEXT},
    {"user", "USER", REPORT_TEXT},
    {"purged", "PURGED", REPORT_NUMBER},
    {"left", "LEFT", REPORT_NUMBER},
};

/* The session that is meant: the one named, else the one this command was started in. */
static const struct lsa_session_info *choose(const struct command_options *options,
                                             const struct lsa_session_info *sessions, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (SecIsZeroLuid(&options->luid) ? sessions[i].current
                                          : SecEqualLuid(&options->luid, &sessions[i].luid))
            return &sessions[i];
    return NULL;
}

static NTSTATUS count_tickets(const struct lsa_session_info *session, ULONG *count)
{
    KERB_QUERY_TKT_CACHE_EX_RESPONSE *response;
    NTSTATUS status = tickets_query(session, &response);

    *count = NT_SUCCESS(status) ? response->CountOfTickets : 0;
    free(response);
    return status;
}

/* "HTTP/host@REALM", both parts of which may be missing, into the request behind its structure. */
static NTSTATUS purge(const struct lsa_session_info *session, const char *what)
{
    const char *at = what ? strrchr(what, '@') : NULL;
    size_t bytes = what ? strlen(what) : 0, name_size = at ? (size_t)(at - what) : bytes;
    size_t name_units = 0, realm_units = 0, room;
    KERB_PURGE_TKT_CACHE_REQUEST *request = NULL;
    NTSTATUS status = STATUS_INVALID_PARAMETER, protocol_status = STATUS_SUCCESS;
    WCHAR *name = utf16_from_utf8(what ? what : "", name_size, &name_units);
    WCHAR *realm = utf16_from_utf8(at ? at + 1 : "", at ? bytes - name_size - 1 : 0, &realm_units);
    ULONG size = 0;
    void *reply = NULL;

    room = sizeof(*request) + (name_units + realm_units) * sizeof(WCHAR);
    if (!name || !realm || name_units + realm_units > UINT16_MAX / sizeof(WCHAR))
        goto out;
    status = STATUS_NO_MEMORY;
    request = calloc(1, room);
    if (!request)
        goto out;
    request->MessageType = KerbPurgeTicketCacheMessage;
    if (!session->current)
        request->LogonId = session->luid;
    request->ServerName.Buffer = (WCHAR *)(void *)(request + 1);
    request->ServerName.Length = (USHORT)(name_units * sizeof(WCHAR));
    memcpy(request->ServerName.Buffer, name, request->ServerName.Length);
    request->RealmName.Buffer = request->ServerName.Buffer + name_units;
    request->RealmName.Length = (USHORT)(realm_units * sizeof(WCHAR));
    memcpy(request->RealmName.Buffer, realm, request->RealmName.Length);
    status =
        lsa_client_call_package(u"Kerberos", request, (ULONG)room, &reply, &size, &protocol_status);
    if (NT_SUCCESS(status))
        status = protocol_status;
out:
    free(reply);
    free(request);
    free(name);
    free(realm);
    return status;
}

int command_purge(const struct command_options *options, struct report **report)
{
    struct lsa_session_info *sessions;
    const struct lsa_session_info *session;
    size_t count;
    NTSTATUS status = lsa_client_sessions(&sessions, &count);
    ULONG before = 0, after = 0;
    char luid[LUID_TEXT_SIZE];
    int result = EXIT_SUCCESS;

    if (!NT_SUCCESS(status))
        return command_fail_status(options, "cannot purge tickets", status);
    session = choose(options, sessions, count);
    status = session ? count_tickets(session, &before) : STATUS_NO_SUCH_LOGON_SESSION;
    if (NT_SUCCESS(status))
        status = purge(session, options->operands[0]);
    if (!NT_SUCCESS(status)) {
        result = SecIsZeroLuid(&options->luid)
                     ? command_fail_status(options, "cannot purge tickets", status)
                     : command_fail("cannot purge tickets: there are none of that session for you "
                                    "(credmgr sessions)");
        goto out;
    }
    (void)count_tickets(session, &after); /* none: the session has nothing of Kerberos any more */
    *report = report_new("purge", columns, sizeof columns / sizeof columns[0]);
    if (!*report) {
        result = command_fail("out of memory");
        goto out;
    }
    luid_text(&session->luid, luid);
    report_text(*report, luid);
    report_text(*report, session->user);
    report_number(*report, (int64_t)before - (int64_t)after);
    report_number(*report, after);
out:
    lsa_client_free_sessions(sessions, count);
    return result;
}
