/*
 * What credmgr(1) shows: logon sessions, each user their own, and the state of lsad. Nothing secret
 * is in it.
 */
#include "libsspi/lsa/session.h"
#include "base/log.h"
#include "lsad/calls.h"
#include "lsad/failures.h"
#include "lsad/pool.h"

#include <ntstatus.h>
#include <stdlib.h>
#include <unistd.h>

struct shown {
    Lsa__Session message;
    struct lsa_session session;
    char *packages;
};

static int by_time(const void *a, const void *b)
{
    const struct shown *x = *(const struct shown *const *)a, *y = *(const struct shown *const *)b;

    if (x->session.logon_time != y->session.logon_time)
        return x->session.logon_time < y->session.logon_time ? -1 : 1;
    return x->message.luid < y->message.luid ? -1 : x->message.luid > y->message.luid;
}

/* False without memory; a session that has ended meanwhile is left out (*added stays). */
static bool show(struct shown *s, const LUID *luid, bool current, size_t *added)
{
    NTSTATUS status = lsa_session_copy(luid, &s->session);

    if (status == STATUS_NO_SUCH_LOGON_SESSION)
        return true;
    if (status != STATUS_SUCCESS)
        return false;
    s->packages = lsa_session_packages(luid);
    lsa__session__init(&s->message);
    s->message.luid = lsa_luid_number(luid);
    s->message.uid = s->session.uid;
    s->message.leader = (uint32_t)s->session.leader;
    s->message.logon_time = s->session.logon_time;
    s->message.user = s->session.user;
    s->message.domain = s->session.domain;
    s->message.service = s->session.service;
    s->message.tty = s->session.tty;
    s->message.rhost = s->session.rhost;
    if (s->packages)
        s->message.packages = s->packages;
    s->message.current = current;
    ++*added;
    return true;
}

/* As many as one message holds; a machine with more is not looked at as a table. */
static size_t fitting(struct shown **order, size_t count)
{
    size_t size = 64, n;

    for (n = 0; n < count; n++) {
        size += lsa__session__get_packed_size(&order[n]->message) + 8;
        if (size > LSA_FRAME_MAX / 2)
            break;
    }
    if (n < count)
        log_warn("%zu of %zu logon sessions are shown: the others do not fit a message", n, count);
    return n;
}

/* Leaves the one that is asked for, if it is in the list. */
static size_t keep_one(LUID *list, size_t count, uint64_t luid)
{
    for (size_t i = 0; i < count; i++) {
        if (lsa_luid_number(&list[i]) != luid)
            continue;
        list[0] = list[i];
        return 1;
    }
    return 0;
}

void call_list_sessions(struct lsad_call *call)
{
    const struct lsad_client *client = call->client;
    Lsa__SessionList out = LSA__SESSION_LIST__INIT;
    Lsa__Reply reply = LSA__REPLY__INIT;
    struct shown *all = NULL, **order = NULL;
    size_t count, added = 0;
    const Lsa__ListSessions *in = call->request->list_sessions;
    uid_t uid = client->uid == 0 && in->has_uid ? in->uid : client->uid;
    bool all_users = client->uid == 0 && !in->has_uid;
    LUID own, *list = lsa_sessions_list(all_users ? NULL : &uid, &count);
    bool has_own = client_session(call->client, &own);
    NTSTATUS status = STATUS_NO_MEMORY;

    if (!list)
        goto out;
    if (in->luid)
        count = keep_one(list, count, in->luid);
    all = calloc(count + 1, sizeof(*all));
    order = calloc(count + 1, sizeof(*order));
    if (!all || !order)
        goto out;
    for (size_t i = 0; i < count; i++) {
        order[added] = &all[added];
        if (!show(&all[added], &list[i], has_own && SecEqualLuid(&own, &list[i]), &added))
            goto out;
    }
    qsort(order, added, sizeof(*order), by_time);
    out.n_sessions = fitting(order, added);
    out.sessions = calloc(out.n_sessions + 1, sizeof(*out.sessions));
    if (!out.sessions)
        goto out;
    for (size_t i = 0; i < out.n_sessions; i++)
        out.sessions[i] = &order[i]->message;
    reply.result_case = LSA__REPLY__RESULT_SESSIONS;
    reply.sessions = &out;
    status = STATUS_SUCCESS;
out:
    reply.status = (uint32_t)status;
    client_reply(call, &reply);
    for (size_t i = 0; all && i < count; i++) {
        lsa_session_clear(&all[i].session);
        free(all[i].packages);
    }
    free(out.sessions);
    free(order);
    free(all);
    free(list);
}

struct shown_failures {
    struct failure list[FAILURES_MAX];
    Lsa__Failure messages[FAILURES_MAX], *pointers[FAILURES_MAX];
    Lsa__Why why[FAILURES_MAX];
};

/* Without memory there are none to show. */
static struct shown_failures *show_failures(const struct lsad_client *client, Lsa__Status *out)
{
    struct shown_failures *shown = calloc(1, sizeof(*shown));
    size_t count = 0;

    if (shown)
        count = failures_list(client->uid ? &client->uid : NULL, shown->list, FAILURES_MAX);
    for (size_t i = 0; i < count; i++) {
        struct failure *from = &shown->list[i];
        Lsa__Failure *to = &shown->messages[i];

        lsa__failure__init(to);
        lsa__why__init(&shown->why[i]);
        to->time = from->time;
        to->luid = from->luid;
        to->uid = from->uid;
        to->count = from->count;
        to->status = (uint32_t)from->status;
        to->what = from->what;
        to->why = &shown->why[i];
        to->why->code = from->reason.code;
        to->why->text = from->reason.text;
        shown->pointers[i] = to;
    }
    out->n_failures = count;
    out->failures = count ? shown->pointers : NULL;
    return shown;
}

void call_get_status(struct lsad_call *call)
{
    Lsa__Status out = LSA__STATUS__INIT;
    struct shown_failures *failures = show_failures(call->client, &out);
    Lsa__Reply reply = LSA__REPLY__INIT;
    static char version[] = CREDMGR_VERSION;

    out.version = version;
    out.started = lsad_state.started;
    out.pid = (uint32_t)getpid();
    out.sessions = (uint32_t)lsa_sessions_count();
    out.clients = lsad_state.clients ? lsad_state.clients() : 0;
    out.threads = pool_threads();
    out.landlock = lsad_state.sandbox.landlock > 0;
    out.seccomp = lsad_state.sandbox.seccomp;
    out.locked_memory = lsad_state.sandbox.locked;
    out.kerberos = lsad_state.realm != NULL;
    out.domain = (char *)(uintptr_t)(lsad_state.realm ? lsad_state.realm : lsad_state.domain);
    reply.result_case = LSA__REPLY__RESULT_STATUS_INFO;
    reply.status_info = &out;
    client_reply(call, &reply);
    free(failures);
}
