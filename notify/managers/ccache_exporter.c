/*
 * ccache-exporter NAME: keeps the ticket of a logon session in the credential cache NAME as well,
 * for the programs of the person that know nothing of the LSA (curl, ssh, klist): export_ccache in
 * lsa.conf. It runs as the person, in their session, since nobody else may write their cache; it
 * asks the LSA again when the ticket has been renewed, and takes it out of the cache when the
 * session is over.
 */
#include "base/log.h"
#include "base/secret.h"
#include "libsspi/lsa/client.h"
#include "notify/managers/ccache_export.h"

#include <errno.h>
#include <fcntl.h>
#include <ntsecapi.h>
#include <ntstatus.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#define FIRST_MS    100 /* between two questions, while there is no ticket yet; doubled each time */
#define PATIENCE_MS 60000 /* between two questions at most */
#define RENEWED_MS                                                                                 \
    1000 /* lsad renews when half of a ticket's life is over: how long after that                  \
          */

struct exporter {
    const char *name; /* of the cache */
    LUID luid;
    int leader_fd; /* -1: not known */
    int signal_fd;
    krb5_context krb;
    struct ccache_export export;
    unsigned wait_ms;
    int last; /* status that was logged */
};

/* ---- the session --------------------------------------------------------------------------- */

/* The session that this process is in. False: it has none, or lsad does not say. */
static bool find_session(struct exporter *e)
{
    struct lsa_session_info *sessions = NULL;
    size_t count = 0;
    bool found = false;

    if (!NT_SUCCESS(lsa_client_sessions(&sessions, &count)))
        return false;
    for (size_t i = 0; i < count && !found; i++)
        if (sessions[i].current) {
            e->luid = sessions[i].luid;
            e->leader_fd = pidfd_open(sessions[i].leader, 0);
            found = true;
        }
    lsa_client_free_sessions(sessions, count);
    return found;
}

enum life { ALIVE, OVER, UNKNOWN };

/* Also tells whether the person has other sessions, whose exporters may use the same cache. */
static enum life look_at_session(const struct exporter *e, bool *others)
{
    struct lsa_session_info *sessions = NULL;
    size_t count = 0;
    enum life life = OVER;

    *others = false;
    if (!NT_SUCCESS(lsa_client_sessions(&sessions, &count)))
        return UNKNOWN;
    for (size_t i = 0; i < count; i++) {
        if (SecEqualLuid(&sessions[i].luid, &e->luid))
            life = ALIVE;
        else if (sessions[i].uid == getuid() && strstr(sessions[i].packages, "Kerberos"))
            *others = true;
    }
    lsa_client_free_sessions(sessions, count);
    return life;
}

/* ---- the ticket ---------------------------------------------------------------------------- */

/* The session's TGT as a KRB-CRED, in secret memory. */
static NTSTATUS ask(void **cred, size_t *size)
{
    static const WCHAR target[] = u"krbtgt";
    struct {
        KERB_RETRIEVE_TKT_REQUEST request;
        WCHAR target[sizeof(target) / sizeof(target[0])];
    } message = {.request = {.MessageType = KerbRetrieveEncodedTicketMessage,
                             .CacheOptions = KERB_RETRIEVE_TICKET_AS_KERB_CRED}};
    KERB_RETRIEVE_TKT_RESPONSE *response = NULL;
    NTSTATUS status, protocol_status = STATUS_SUCCESS;
    ULONG reply_size = 0;
    void *reply = NULL;

    *cred = NULL;
    memcpy(message.target, target, sizeof(target));
    message.request.TargetName.Buffer = message.target;
    message.request.TargetName.Length = sizeof(target) - sizeof(target[0]);
    message.request.TargetName.MaximumLength = sizeof(target);
    status = lsa_client_call_package(u"Kerberos", &message, sizeof(message), &reply, &reply_size,
                                     &protocol_status);
    if (NT_SUCCESS(status))
        status = protocol_status;
    response = reply;
    if (NT_SUCCESS(status) && (!response || reply_size < sizeof(*response)))
        status = STATUS_INTERNAL_ERROR;
    if (NT_SUCCESS(status)) {
        const uint8_t *at = response->Ticket.EncodedTicket;
        size_t offset = (size_t)(at - (const uint8_t *)reply);

        *size = response->Ticket.EncodedTicketSize;
        if (offset <= reply_size && *size <= reply_size - offset)
            *cred = secret_dup(at, *size);
        if (!*cred)
            status = STATUS_INTERNAL_ERROR;
    }
    if (reply)
        secret_wipe(reply, reply_size);
    free(reply);
    return status;
}

static void say(struct exporter *e, int what, const char *text)
{
    if (e->last != what && text)
        log_warn("the ticket is not put into %s: %s", e->name, text);
    e->last = what;
}

/* How long until the next question. */
static void export_once(struct exporter *e)
{
    void *cred = NULL;
    size_t size = 0;
    NTSTATUS status = ask(&cred, &size);
    krb5_error_code code = 0;
    int64_t left, before = e->export.end;

    if (NT_SUCCESS(status)) {
        code = ccache_export_write(&e->export, cred, size);
        secret_free(cred);
        if (code) {
            const char *text = krb5_get_error_message(e->krb, code);

            say(e, code, text);
            krb5_free_error_message(e->krb, text);
        } else {
            say(e, 0, NULL);
            left = ccache_export_half_life(&e->export) * 1000;
            /* Of one that should have been renewed by now the question is asked less and less. */
            if (left || e->export.end != before)
                e->wait_ms =
                    left + RENEWED_MS < PATIENCE_MS ? (unsigned)left + RENEWED_MS : PATIENCE_MS;
            else
                e->wait_ms = e->wait_ms < PATIENCE_MS / 2 ? e->wait_ms * 2 : PATIENCE_MS;
            return;
        }
    } else if (status == STATUS_ACCESS_DENIED) {
        say(e, status, "lsad does not give it (export_ccache in lsa.conf)");
    }
    e->wait_ms = e->wait_ms > PATIENCE_MS / 2 ? PATIENCE_MS : e->wait_ms * 2;
}

/* ---- the life of it ------------------------------------------------------------------------ */

/* False: the session is over, or somebody wants us to end. */
static bool wait_for_more(struct exporter *e, bool *others)
{
    struct pollfd fds[2] = {{.fd = e->signal_fd, .events = POLLIN},
                            {.fd = e->leader_fd, .events = POLLIN}};
    int ready = poll(fds, 2, (int)e->wait_ms);
    enum life life = look_at_session(e, others);

    if (ready > 0 && fds[0].revents)
        return false;
    if (ready > 0 && fds[1].revents) {
        /* lsad sees the leader's death too, at about the same time. */
        return false;
    }
    return life != OVER;
}

/* Nobody waits for this process, and it holds nothing of who started it. */
static bool detach(void)
{
    sigset_t none;
    pid_t pid = fork();

    if (pid > 0)
        _exit(0);
    if (pid < 0 || setsid() < 0)
        return false;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    for (int fd = 0; fd <= STDERR_FILENO; fd++) {
        int null = open("/dev/null", O_RDWR);

        if (null < 0 || dup2(null, fd) < 0)
            return false;
        if (null > STDERR_FILENO)
            close(null);
    }
    return prctl(PR_SET_DUMPABLE, 0) == 0 && chdir("/") == 0;
}

static int watch_signals(void)
{
    sigset_t ends;

    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGINT);
    sigaddset(&ends, SIGHUP);
    sigprocmask(SIG_BLOCK, &ends, NULL);
    return signalfd(-1, &ends, SFD_CLOEXEC);
}

int main(int argc, char **argv)
{
    struct exporter e = {.leader_fd = -1, .wait_ms = FIRST_MS};
    bool others = false;

    if (argc != 2) {
        fputs("Usage: ccache-exporter NAME\nIs run when somebody logs on, where lsa.conf says so "
              "(export_ccache).\n",
              stderr);
        return 1;
    }
    e.name = argv[1];
    log_open("credmgr-ccache", false, false);
    if (!find_session(&e)) {
        log_error("the ticket is not put into %s: this process is in no logon session", e.name);
        return 1;
    }
    if (!detach() || krb5_init_context(&e.krb) != 0) {
        log_error("the ticket is not put into %s: %m", e.name);
        return 1;
    }
    e.signal_fd = watch_signals();
    ccache_export_open(&e.export, e.krb, e.name);
    do
        export_once(&e);
    while (wait_for_more(&e, &others));
    if (!others)
        ccache_export_remove(&e.export);
    ccache_export_close(&e.export);
    krb5_free_context(e.krb);
    return 0;
}
