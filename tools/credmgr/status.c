/* credmgr status: is lsad there, since when, how confined, how much it has to do, and what failed
 * lately, with the reason. */
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

static const struct report_column failure_columns[] = {
    {"time", "FAILED", REPORT_TIME},   {"luid", "LUID", REPORT_TEXT},
    {"uid", "UID", REPORT_NUMBER},     {"count", "TIMES", REPORT_NUMBER},
    {"status", "STATUS", REPORT_TEXT}, {"what", "WHAT", REPORT_TEXT},
    {"code", NULL, REPORT_NUMBER},     {"reason", "REASON", REPORT_TEXT},
};

static struct report *list_failures(const struct lsa_status_info *info)
{
    struct report *r =
        report_new("failures", failure_columns, sizeof failure_columns / sizeof failure_columns[0]);

    for (size_t i = 0; r && i < info->failures_count; i++) {
        const struct lsa_failure_info *f = &info->failures[i];
        char luid[LUID_TEXT_SIZE], status[16];

        luid_text(&f->luid, luid);
        snprintf(status, sizeof status, "0x%08x", (unsigned)f->status);
        report_number(r, f->time);
        report_text(r, SecIsZeroLuid(&f->luid) ? NULL : luid);
        report_number(r, f->uid);
        report_number(r, f->count);
        report_text(r, status);
        report_text(r, f->what);
        report_number(r, f->code);
        report_text(r, f->text);
    }
    return r;
}

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
        report_append(r, list_failures(&info));
    }
    lsa_client_free_status(&info);
    return r ? EXIT_SUCCESS : command_fail("out of memory");
}
