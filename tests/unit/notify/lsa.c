/* See lsa.h. */
#include "tests/unit/notify/lsa.h"

#include <ntstatus.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "base/secret.h"
#include "notify/managers/tickets.h"
#include "tests/unit/base/test.h"

struct lsa_test *lsa_test;

void lsa_test_open(void)
{
    lsa_test =
        mmap(NULL, sizeof(*lsa_test), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (lsa_test == MAP_FAILED)
        abort();
}

static void note(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void note(const char *format, ...)
{
    size_t used = strlen(lsa.calls);
    va_list args;

    va_start(args, format);
    vsnprintf(lsa.calls + used, sizeof(lsa.calls) - used, format, args);
    va_end(args);
}

static const char *text(const char *s)
{
    return s ? s : "-";
}

void lsa_client_set_socket(const char *path)
{
    snprintf(lsa.socket, sizeof(lsa.socket), "%s", path);
}

NTSTATUS lsa_client_create_session(const struct lsa_session_request *request,
                                   struct lsa_session_created *created)
{
    note("create %s %u %s %s %s %d leader=%d\n", request->user, request->uid, request->service,
         text(request->tty), text(request->rhost), request->interactive,
         request->leader == getpid());
    memset(created, 0, sizeof(*created));
    if (lsa.status != STATUS_SUCCESS)
        return lsa.status;
    created->luid = (LUID){.LowPart = 0x9abcdef0, .HighPart = 0x12345678};
    created->kerberos = lsa.kerberos;
    created->domain = strdup("EXAMPLE.COM");
    return STATUS_SUCCESS;
}

NTSTATUS lsa_client_accept_credentials(const LUID *luid, const char *user, const char *domain,
                                       const char *password, const char *old_password)
{
    note("accept %08x%08x %s %s %s %s\n", (unsigned)luid->HighPart, (unsigned)luid->LowPart, user,
         domain, password, text(old_password));
    assert_true(secret_owns(password));
    return lsa.status;
}

NTSTATUS lsa_client_change_password(const char *user, const char *domain, uid_t uid,
                                    const char *old_password, const char *new_password)
{
    note("change %s %s %u %s %s\n", user, domain, uid, text(old_password), new_password);
    return lsa.status;
}

NTSTATUS lsa_client_end_session(const LUID *luid)
{
    note("end %08x%08x\n", (unsigned)luid->HighPart, (unsigned)luid->LowPart);
    return lsa.status;
}

/* For verb.c; and for background.c. */
NTSTATUS lsa_client_sessions(struct lsa_session_info **sessions, size_t *count)
{
    return lsa_client_sessions_of(0, sessions, count);
}

NTSTATUS lsa_client_sessions_of(uid_t uid, struct lsa_session_info **sessions, size_t *count)
{
    (void)uid; /* all are of uid 0 */
    *sessions = NULL;
    *count = 0;
    if (lsa.status != STATUS_SUCCESS)
        return lsa.status;
    *sessions = calloc(sizeof(lsa.sessions) / sizeof(lsa.sessions[0]), sizeof(**sessions));
    for (const struct lsa_test_session *s = lsa.sessions; s->user; s++)
        (*sessions)[(*count)++] = (struct lsa_session_info){
            .luid = {.LowPart = (DWORD)s->luid, .HighPart = (LONG)(s->luid >> 32)},
            .leader = getpid(),
            .logon_time = s->logon_time,
            .user = strdup(s->user),
            .domain = strdup(s->domain ? s->domain : "EXAMPLE.COM"),
            .service = s->service ? strdup(s->service) : NULL,
            .tty = s->tty ? strdup(s->tty) : NULL,
            .packages = strdup("Kerberos NTLM"),
        };
    return STATUS_SUCCESS;
}

void lsa_client_free_sessions(struct lsa_session_info *sessions, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(sessions[i].user);
        free(sessions[i].domain);
        free(sessions[i].packages);
        free(sessions[i].service);
        free(sessions[i].tty);
    }
    free(sessions);
}

NTSTATUS lsa_client_status(struct lsa_status_info *status)
{
    *status = (struct lsa_status_info){.version = NULL};
    if (lsa.status != STATUS_SUCCESS)
        return lsa.status;
    status->kerberos = lsa.kerberos;
    status->domain = strdup(lsa.kerberos ? "EXAMPLE.COM" : "BOX");
    return STATUS_SUCCESS;
}

void lsa_client_free_status(struct lsa_status_info *status)
{
    free(status->domain);
}

NTSTATUS lsa_client_unlock(LUID *luid, const char *user, const char *password)
{
    note("unlock %x%08x %s %s\n", (unsigned)luid->HighPart, (unsigned)luid->LowPart, user,
         password);
    if (lsa.delay)
        usleep(lsa.delay * 1000);
    if (lsa.status != STATUS_SUCCESS)
        return lsa.status;
    if (!luid->LowPart && !luid->HighPart && lsa.unlock == STATUS_SUCCESS)
        luid->LowPart = 77;
    return lsa.unlock;
}

enum tickets_result tickets_import(const LUID *luid, const char *ccache, char *why)
{
    note("tickets %08x%08x %s\n", (unsigned)luid->HighPart, (unsigned)luid->LowPart, ccache);
    snprintf(why, TICKETS_WHY_MAX, "for a reason");
    return (enum tickets_result)lsa.tickets;
}
