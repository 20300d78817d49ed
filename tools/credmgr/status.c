/* credmgr status: is lsad there, since when, how confined, and how much it has to do. */
#include <stdlib.h>
#include <ntstatus.h>
#include "libsspi/lsa/client.h"
#include "libsspi/lsa/protocol.h"
#include "tools/credmgr/commands.h"

static const struct report_column columns[] = {
    {"version", "version", REPORT_TEXT},
    {"socket", "socket", REPORT_TEXT},
    {"pid", "process", REPORT_NUMBER},
    {"started", "running since", REPORT_TIME},
    {"sessions", "logon sessions", REPORT_NUMBER},
    {"clients", "clients", REPORT_NUMBER},
    {"threads", "threads", REPORT_NUMBER},
    {"landlock", "files confined (Landlock)", REPORT_BOOL},
    {"seccomp", "system calls confined (seccomp)", REPORT_BOOL},
    {"locked_memory", "memory locked", REPORT_BOOL},
};

int command_status(const struct command_options *options, struct report **report)
{
    struct lsa_status_info info;
    NTSTATUS status = lsa_client_status(&info);
    struct report *r;

    if (!NT_SUCCESS(status))
        return command_fail_status(options, "no status", status);
    *report = r = report_new("status", columns, sizeof columns / sizeof columns[0]);
    if (r) {
        report_text(r, info.version);
        report_text(r, options->socket ? options->socket : LSA_SOCKET_PATH);
        report_number(r, info.pid);
        report_number(r, info.started);
        report_number(r, info.sessions);
        report_number(r, info.clients);
        report_number(r, info.threads);
        report_bool(r, info.landlock);
        report_bool(r, info.seccomp);
        report_bool(r, info.locked_memory);
    }
    lsa_client_free_status(&info);
    return r ? EXIT_SUCCESS : command_fail("out of memory");
}
