/*
 * A small table, searched from end to end: failures are rare, and it is short.
 */
#include "lsad/failures.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/utf16.h"
#include "libsspi/lsa/session.h"
#include "lsad/calls.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct failure table[FAILURES_MAX];
static uint64_t order[FAILURES_MAX]; /* grows with every failure: what a clock cannot tell apart */
static uint64_t last;

static bool same(const struct failure *f, uint64_t luid, uid_t uid, const char *what,
                 SECURITY_STATUS status, const struct reason *reason)
{
    return f->time && f->luid == luid && f->uid == uid && f->status == status &&
           f->reason.code == reason->code && strcmp(f->what, what) == 0 &&
           strcmp(f->reason.text, reason->text) == 0;
}

/* The place for a new one: a free one, or the oldest of whoever has had enough. */
static size_t place_for(uint64_t luid, uid_t uid)
{
    size_t of_session = 0, of_user = 0, session_oldest = 0, user_oldest = 0, oldest = 0;
    size_t free_one = FAILURES_MAX;

    for (size_t i = 0; i < FAILURES_MAX; i++) {
        const struct failure *f = &table[i];

        if (!f->time) {
            free_one = i;
            continue;
        }
        if (!table[oldest].time || order[i] < order[oldest])
            oldest = i;
        if (f->uid != uid)
            continue;
        if (!of_user++ || order[i] < order[user_oldest])
            user_oldest = i;
        if (f->luid == luid && (!of_session++ || order[i] < order[session_oldest]))
            session_oldest = i;
    }
    if (of_session >= FAILURES_SESSION_MAX)
        return session_oldest;
    if (of_user >= FAILURES_USER_MAX)
        return user_oldest;
    return free_one < FAILURES_MAX ? free_one : oldest;
}

void failures_note(uint64_t luid, uid_t uid, const char *what, SECURITY_STATUS status,
                   const struct reason *reason)
{
    size_t at = FAILURES_MAX;

    if (!reason->text[0])
        return;
    pthread_mutex_lock(&lock);
    for (size_t i = 0; i < FAILURES_MAX && at == FAILURES_MAX; i++)
        if (same(&table[i], luid, uid, what, status, reason))
            at = i;
    if (at == FAILURES_MAX) {
        at = place_for(luid, uid);
        table[at] = (struct failure){.luid = luid, .uid = uid, .status = status, .reason = *reason};
        snprintf(table[at].what, sizeof(table[at].what), "%s", what);
    }
    table[at].time = (int64_t)time(NULL);
    table[at].count++;
    order[at] = ++last;
    pthread_mutex_unlock(&lock);
}

/* ---- calls --------------------------------------------------------------------------------- */

/* What stands in a message as a target, cut to the room there is; whole characters of it. */
static void name_target(const ProtobufCBinaryData *target16, char *what, size_t size)
{
    WCHAR *wide = lsa_wide_dup(target16);
    char *target = wide ? utf16_to_utf8(wide, utf16_length(wide), NULL) : NULL;
    int n = snprintf(what, size, "context with %s", target ? target : "?");

    while (n >= (int)size && size > 1 &&
           (what[size - 2] & 0x80)) /* the cut end may be half of one */
        what[--size - 1] = '\0';
    free(target);
    free(wide);
}

static void name_call(const Lsa__Request *request, char *what, size_t size)
{
    const char *name = "call";

    switch (request->call_case) {
    case LSA__REQUEST__CALL_INITIALIZE:
        name_target(&request->initialize->target16, what, size);
        return;
    case LSA__REQUEST__CALL_ACCEPT:
        name = "context of a client";
        break;
    case LSA__REQUEST__CALL_ACQUIRE:
        name = "credentials";
        break;
    case LSA__REQUEST__CALL_CALL_PACKAGE:
        name = "call of a package";
        break;
    case LSA__REQUEST__CALL_UNLOCK:
        name = "unlock";
        break;
    default:
        break;
    }
    snprintf(what, size, "%s", name);
}

void failures_note_call(struct lsad_call *call, SECURITY_STATUS status)
{
    const struct reason reason = *reason_get();
    char what[FAILURE_WHAT_SIZE];
    LUID luid = {0, 0};

    if (!reason.text[0] || !call->request)
        return;
    if (!client_session(call->client, &luid))
        luid = (LUID){0, 0};
    name_call(call->request, what, sizeof(what));
    failures_note(lsa_luid_number(&luid), call->client->uid, what, status, &reason);
}

void failures_note_session(const LUID *luid, NTSTATUS status)
{
    uid_t uid;

    if (lsa_session_uid(luid, &uid))
        failures_note(lsa_luid_number(luid), uid, "ticket of the session", status, reason_get());
}

/* ---- reading ------------------------------------------------------------------------------- */

/* The failure that comes next in the list: the newest before `than`. */
static size_t newest_before(const uid_t *uid, uint64_t than)
{
    size_t found = FAILURES_MAX;

    for (size_t i = 0; i < FAILURES_MAX; i++)
        if (table[i].time && (!uid || table[i].uid == *uid) && order[i] < than &&
            (found == FAILURES_MAX || order[i] > order[found]))
            found = i;
    return found;
}

size_t failures_list(const uid_t *uid, struct failure *out, size_t max)
{
    size_t count = 0;

    pthread_mutex_lock(&lock);
    for (uint64_t than = UINT64_MAX; count < max;) {
        size_t i = newest_before(uid, than);
        LUID luid;
        uid_t owner;

        if (i == FAILURES_MAX)
            break;
        than = order[i];
        luid = lsa_luid_from_number(table[i].luid);
        if (table[i].luid && !lsa_session_uid(&luid, &owner))
            table[i].time = 0;
        else
            out[count++] = table[i];
    }
    pthread_mutex_unlock(&lock);
    return count;
}
