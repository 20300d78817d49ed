/* credmgr sessions: who is logged in, from where, and which packages hold credentials for it. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <ntstatus.h>
#include "libsspi/lsa/client.h"
#include "tools/credmgr/commands.h"

static const struct report_column columns[] = {
    {"current", "", REPORT_MARK},          {"luid", "LUID", REPORT_TEXT},
    {"uid", NULL, REPORT_NUMBER},          {"user", "USER", REPORT_TEXT},
    {"domain", "DOMAIN", REPORT_TEXT},     {"service", "SERVICE", REPORT_TEXT},
    {"tty", "TERMINAL", REPORT_TEXT},      {"rhost", "FROM", REPORT_TEXT},
    {"leader", "LEADER", REPORT_NUMBER},   {"logon_time", "SINCE", REPORT_TIME},
    {"packages", "PACKAGES", REPORT_LIST},
};

static const char *or_nothing(const char *text)
{
    return text && *text ? text : NULL;
}

static int earlier(const void *a, const void *b)
{
    const struct lsa_session_info *x = a, *y = b;

    if (x->logon_time != y->logon_time)
        return x->logon_time < y->logon_time ? -1 : 1;
    return memcmp(&x->luid, &y->luid, sizeof x->luid);
}

int command_sessions(const struct command_options *options, struct report **report)
{
    struct lsa_session_info *sessions;
    size_t count;
    NTSTATUS status = lsa_client_sessions(&sessions, &count);
    struct report *r;

    if (!NT_SUCCESS(status))
        return command_fail_status(options, "cannot list the logon sessions", status);
    qsort(sessions, count, sizeof *sessions, earlier);
    *report = r = report_new("sessions", columns, sizeof columns / sizeof columns[0]);
    for (size_t i = 0; r && i < count; i++) {
        const struct lsa_session_info *s = &sessions[i];
        char luid[LUID_TEXT_SIZE];

        luid_text(&s->luid, luid);
        report_bool(r, s->current);
        report_text(r, luid);
        report_number(r, s->uid);
        report_text(r, s->user);
        report_text(r, or_nothing(s->domain));
        report_text(r, or_nothing(s->service));
        report_text(r, or_nothing(s->tty));
        report_text(r, or_nothing(s->rhost));
        report_number(r, s->leader);
        report_number(r, s->logon_time / INT64_C(1000000000));
        report_text(r, s->packages);
    }
    lsa_client_free_sessions(sessions, count);
    if (!r)
        return command_fail("out of memory");
    if (count == 0 && !options->json) {
        /* An answer, not a failure. */
        command_fail(geteuid() == 0 ? "nobody has a logon session"
                                    : "you have no logon session (log in with your password; a "
                                      "login by public key has none)");
        report_free(r);
        *report = NULL;
    }
    return EXIT_SUCCESS;
}
