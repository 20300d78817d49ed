/*
 * "unlock": somebody who is logged on has proved again who they are, at a locked screen for
 * instance. Nothing is made new; what there is gets the password, which may have changed elsewhere.
 *
 * As root the credential managers hear of it, with the identifier of the logon session that was
 * unlocked. A screen locker without privilege asks the LSA alone, and the LSA verifies.
 *
 * Nobody is to wait at a locked screen for a KDC that is silent: the work is done by a child, which
 * goes on by itself when it takes too long.
 */
#include "base/log.h"
#include "base/secret.h"
#include "libsspi/lsa/client.h"
#include "notify/verb.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#define WAIT_MS 1000 /* until the answer */
#define SECONDS 60   /* until a child that hangs is ended */

enum { RUNNING, DONE, ABANDONED };

/* What the child tells. It fills one of its own and copies it at the end, since the managers'
 * processes have the shared one too. */
struct work {
    atomic_int progress;
    uint32_t status;
    uint64_t luid;
    struct mpr_trouble trouble;
};

static struct work *shared;

/* ---- whose session ------------------------------------------------------------------------- */

struct choice {
    const struct mpr_config *config;
    const char *tty;
    uint64_t own; /* of the logon program itself; 0: none */
    bool found;
    int closeness;
    int64_t logon_time;
    LUID luid;
    pid_t leader;
    char *domain;
    LUID *all; /* of every session of the person */
    size_t count;
};

static const char *tty_name(const char *tty)
{
    return tty && strncmp(tty, "/dev/", 5) == 0 ? tty + 5 : tty;
}

/* The logon program's own, else one at this terminal, else the newest. Interactive ones only. */
static bool consider(const struct lsa_session_info *s, void *arg)
{
    struct choice *c = arg;
    LUID *all = realloc(c->all, (c->count + 1) * sizeof(*all));
    int closeness = 0;

    if (!all)
        return false;
    c->all = all;
    c->all[c->count++] = s->luid;
    if (c->own && mpr_luid_number(s->luid) == c->own)
        closeness = 2;
    else if (mpr_service_of(c->config, s->service, s->tty) != MPR_INTERACTIVE)
        return true;
    else if (mpr_given(c->tty) && mpr_given(s->tty))
        closeness = strcmp(tty_name(c->tty), tty_name(s->tty)) == 0;
    if (c->found &&
        (closeness < c->closeness || (closeness == c->closeness && s->logon_time < c->logon_time)))
        return true;
    free(c->domain);
    c->domain = strdup(mpr_given(s->domain) ? s->domain : "");
    c->found = c->domain != NULL;
    c->closeness = closeness;
    c->logon_time = s->logon_time;
    c->luid = s->luid;
    c->leader = s->leader;
    return true;
}

/* ---- as root ------------------------------------------------------------------------------- */

static void notify_managers(const struct mpr_config *config, const struct mpr_request *request,
                            const struct choice *choice, struct work *work)
{
    int64_t deadline = mpr_now() + MPR_ROUTER_MS;
    struct mpr_kind kind = {.domain = NULL};
    struct mpr_call call = {.luid = choice->luid, .leader = choice->leader, .session = true};
    struct mpr_reply reply = {.status = 0};
    struct mpr_result result = {.scripts = NULL};

    if (!mpr_kind_now(request->user, choice->domain, &kind)) {
        work->status = (uint32_t)STATUS_NO_MEMORY;
        return;
    }
    if (mpr_make_info(&call, &kind, MPR_INTERACTIVE, request->password, NULL, &reply,
                      &work->trouble)) {
        mpr_use_ccache(request->ccache);
        result = mpr_route(config, &config->logon, &call, deadline, NULL, &work->trouble);
        mpr_conclude(request, &result, true, &reply, &work->trouble);
    }
    for (char **script = result.scripts; script && *script; script++) {
        log_debug("logon script \"%s\" of %s is not run: a session was unlocked", *script,
                  request->user);
        free(*script);
    }
    free(result.scripts);
    work->status = reply.status;
    mpr_call_clear(&call);
    free(kind.domain);
}

static void unlock_as_root(const struct mpr_config *config, const struct mpr_request *request,
                           struct work *work)
{
    struct choice choice = {.config = config, .tty = request->tty, .own = request->luid};
    struct mpr_reply reply = {.status = 0};
    char why[MPR_ERROR_TEXT_MAX];
    NTSTATUS status;
    uid_t uid;

    if (mpr_service_of(config, request->service, request->tty) == MPR_SILENT)
        reply.status = (uint32_t)STATUS_NO_SUCH_LOGON_SESSION;
    if (reply.status || !mpr_find_user(request->user, &uid, &reply, &work->trouble)) {
        work->status = reply.status;
        return;
    }
    status = mpr_each_session(uid, request->user, consider, &choice);
    if (status != STATUS_SUCCESS) {
        mpr_lsa_trouble(config, status, why);
        mpr_trouble_add(&work->trouble, "no logon session is known: %s", why);
    }
    if (!choice.found) {
        work->status = (uint32_t)STATUS_NO_SUCH_LOGON_SESSION;
        goto out;
    }
    work->luid = shared->luid = mpr_luid_number(choice.luid);
    notify_managers(config, request, &choice, work);
    /* The person's others, where the credentials of old fail by now. */
    for (size_t i = 0; i < choice.count; i++) {
        if (memcmp(&choice.all[i], &choice.luid, sizeof(LUID)) == 0)
            continue;
        status = lsa_client_unlock(&choice.all[i], request->user, request->password);
        if (status == STATUS_SUCCESS || status == STATUS_NO_SUCH_LOGON_SESSION)
            continue;
        mpr_lsa_trouble(config, status, why);
        mpr_trouble_add(&work->trouble, "another session was not refreshed: %s", why);
    }
out:
    free(choice.domain);
    free(choice.all);
}

/* ---- without privilege --------------------------------------------------------------------- */

static void unlock_own(const struct mpr_config *config, const struct mpr_request *request,
                       struct work *work)
{
    struct mpr_reply reply = {.status = 0};
    char why[MPR_ERROR_TEXT_MAX];
    LUID luid = {0, 0};
    NTSTATUS status;
    uid_t uid;

    if (!mpr_find_user(request->user, &uid, &reply, &work->trouble)) {
        work->status = reply.status;
        return;
    }
    if (uid != geteuid()) {
        work->status = (uint32_t)STATUS_PRIVILEGE_NOT_HELD;
        mpr_trouble_add(&work->trouble, "uid %u may not unlock a session of %s",
                        (unsigned)geteuid(), request->user);
        return;
    }
    status = lsa_client_unlock(&luid, request->user, request->password);
    if (status == STATUS_SUCCESS)
        work->luid = mpr_luid_number(luid);
    else if (status == STATUS_LOGON_FAILURE)
        mpr_trouble_add(&work->trouble, "the LSA found the password wrong");
    else if (status == STATUS_NO_LOGON_SERVERS)
        mpr_trouble_add(&work->trouble,
                        "the LSA has nothing to verify the password with (no KDC answers)");
    else if (status != STATUS_NO_SUCH_LOGON_SESSION) {
        mpr_lsa_trouble(config, status, why);
        mpr_trouble_add(&work->trouble, "%s", why);
    }
    work->status =
        status == LSA_CLIENT_UNREACHABLE ? (uint32_t)STATUS_UNSUCCESSFUL : (uint32_t)status;
}

/* ---- the child and its bound --------------------------------------------------------------- */

/* Holds nothing open that the logon program waits at, and ends some day. */
static void detach(void)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);

    setsid();
    (void)secret_lock_again();
    alarm(SECONDS);
    for (int fd = 0; null >= 0 && fd <= STDERR_FILENO; fd++)
        dup2(null, fd);
}

_Noreturn static void work_on(const struct mpr_config *config, const struct mpr_request *request)
{
    static struct work own;
    int running = RUNNING;

    detach();
    if (geteuid() == 0)
        unlock_as_root(config, request, &own);
    else
        unlock_own(config, request, &own);
    shared->status = own.status;
    shared->luid = own.luid;
    shared->trouble = own.trouble;
    if (!atomic_compare_exchange_strong(&shared->progress, &running, DONE) && own.trouble.used)
        log_warn("unlock of %s: %s", request->user, own.trouble.text);
    _exit(0);
}

static void take_result(struct mpr_reply *reply, struct mpr_trouble *trouble)
{
    int running = RUNNING;

    if (atomic_compare_exchange_strong(&shared->progress, &running, ABANDONED)) {
        reply->luid = shared->luid;
        if (!reply->luid &&
            geteuid() == 0) /* is there a session? It may be that of a logon to come */
            reply->status = (uint32_t)STATUS_NO_SUCH_LOGON_SESSION;
        mpr_trouble_add(trouble, "no answer within %d ms; it goes on in the background", WAIT_MS);
        return;
    }
    reply->luid = shared->luid;
    reply->status = shared->status;
    shared->trouble.text[sizeof(shared->trouble.text) - 1] = 0;
    if (shared->trouble.used)
        mpr_trouble_add(trouble, "%s", shared->trouble.text);
}

void mpr_verb_unlock(const struct mpr_config *config, const struct mpr_request *request,
                     struct mpr_reply *reply, struct mpr_trouble *trouble)
{
    struct pollfd end = {.fd = -1, .events = POLLIN};
    int64_t deadline = mpr_now() + WAIT_MS, left;
    pid_t pid = -1;

    if (!mpr_given(request->user) || !request->password) {
        (void)mpr_incomplete(reply, trouble, "user or password");
        return;
    }
    shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared != MAP_FAILED)
        pid = fork();
    if (pid == 0)
        work_on(config, request);
    if (pid < 0) {
        reply->status = (uint32_t)STATUS_UNSUCCESSFUL;
        mpr_trouble_add(trouble, "cannot be done now: %m");
        goto out;
    }
    end.fd = pidfd_open(pid, 0);
    while (atomic_load(&shared->progress) == RUNNING && (left = deadline - mpr_now()) > 0)
        if (poll(&end, end.fd >= 0, end.fd >= 0 ? (int)left : 10) == 1)
            break;
    if (atomic_load(&shared->progress) == RUNNING && end.revents) {
        reply->status = (uint32_t)STATUS_UNSUCCESSFUL;
        mpr_trouble_add(trouble, "its process crashed");
    } else {
        take_result(reply, trouble);
    }
    (void)waitpid(pid, NULL, WNOHANG);
    if (end.fd >= 0)
        close(end.fd);
out:
    if (shared != MAP_FAILED)
        munmap(shared, sizeof(*shared));
}
