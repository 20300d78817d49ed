/*
 * Somebody who is logged on typed their password again. Root's programs have verified it. Anybody
 * else is verified here, through LsaApLogonUserEx2 of the packages: first by whoever knows for
 * certain (logon type Unlock: a KDC); what that one says counts, be it yes or no. Where nobody is
 * there to ask, or not in time, what the session holds decides (CachedUnlock). Once one package has
 * verified it the others get it, too, as after a changed password.
 *
 * The verification runs in the pool. When it takes too long the loop gives the rest of the work to
 * another thread, and the first one ends when libkrb5 has lost its patience.
 */
#include "libsspi/lsa/session.h"
#include "base/log.h"
#include "lsad/calls.h"
#include "lsad/lane.h"
#include "lsad/pool.h"
#include "lsad/primary.h"
#include "lsad/verify.h"

#include <ntstatus.h>
#include <stdlib.h>
#include <string.h>

#define PATIENCE_MS 4000 /* for the KDC; somebody stands before a screen */

struct unlock {
    atomic_uint references;
    atomic_bool decided;    /* somebody has begun to conclude it */
    struct lsad_call *call; /* until it is answered */
    uid_t uid;
    struct lsad_logon logon;
};

static void unlock_put(struct unlock *u)
{
    if (atomic_fetch_sub(&u->references, 1) != 1)
        return;
    if (u->call)
        call_free(u->call);
    verify_clear(&u->logon);
    free(u);
}

static struct unlock *unlock_get(struct unlock *u)
{
    atomic_fetch_add(&u->references, 1);
    return u;
}

/* ---- what follows from it ------------------------------------------------------------------ */

static void start_next(uid_t uid);

static void succeeded(struct unlock *u, const struct lsa_package *verifier, bool cached)
{
    const LUID *luid = &u->logon.frame.client.LogonId;

    verify_give(&u->logon, verifier);
    lane_right(u->uid);
    log_info("logon session %08x%08x: %s (uid %u) unlocked it, verified by %s%s",
             (unsigned)luid->HighPart, (unsigned)luid->LowPart, u->logon.user, (unsigned)u->uid,
             verifier->name, cached ? " with what it holds" : "");
}

static void failed(const struct unlock *u, NTSTATUS status)
{
    const LUID *luid = &u->logon.frame.client.LogonId;
    unsigned pause, wrong = lane_wrong(u->uid, &pause);

    log_line(LOG_NOTICE,
             "logon session %08x%08x: a wrong password for %s from pid %u of uid %u (0x%08x); "
             "%u so far, the next one is looked at in %u s",
             (unsigned)luid->HighPart, (unsigned)luid->LowPart, u->logon.user,
             (unsigned)u->logon.frame.client.ProcessID, (unsigned)u->uid, (unsigned)status, wrong,
             pause / 1000);
}

static void answer(struct lsad_call *call, NTSTATUS status, const LUID *luid)
{
    Lsa__Unlocked out = LSA__UNLOCKED__INIT;
    Lsa__Reply reply = LSA__REPLY__INIT;

    reply.status = (uint32_t)status;
    if (NT_SUCCESS(status)) {
        out.luid = lsa_luid_number(luid);
        reply.result_case = LSA__REPLY__RESULT_UNLOCKED;
        reply.unlocked = &out;
    }
    client_reply(call, &reply);
    call_free(call);
}

/* By whoever has set `decided`; in a thread. `alone`: nobody verifies it any more, and what the
 * timer still holds on to for some seconds shall be no password. */
static void conclude(struct unlock *u, bool alone, enum verify_word word, NTSTATUS status,
                     const struct lsa_package *verifier)
{
    const LUID luid = u->logon.frame.client.LogonId;
    struct lsad_call *call = u->call;
    bool cached = word == VERIFY_SILENT;

    if (cached)
        word = verify_ask(&u->logon, CachedUnlock, &verifier, &status);
    if (word == VERIFY_RIGHT)
        succeeded(u, verifier, cached);
    else if (word == VERIFY_WRONG)
        failed(u, status);
    if (!lsa_session_belongs(&luid, u->uid)) /* logged out meanwhile */
        status = STATUS_NO_SUCH_LOGON_SESSION;
    if (alone)
        verify_clear(&u->logon);
    u->call = NULL;
    answer(call, status, &luid);
    start_next(u->uid);
}

/* ---- threads and time ---------------------------------------------------------------------- */

/* A thread for `run`; the reference to *u goes with it. */
static bool in_thread(struct unlock *u, void (*run)(struct lsad_call *work), uid_t charged)
{
    struct lsad_call *work = calloc(1, sizeof(*work));

    if (!work)
        return false;
    work->run = run;
    work->work = u;
    work->charged = user_get(charged);
    if (work->charged && pool_submit(work))
        return true;
    user_put(work->charged);
    free(work);
    return false;
}

/* The KDC's word came too late for the answer, but it still counts. */
static void came_late(struct unlock *u, enum verify_word word, NTSTATUS status,
                      const struct lsa_package *verifier)
{
    if (word == VERIFY_RIGHT)
        succeeded(u, verifier, false);
    else if (word == VERIFY_WRONG)
        failed(u, status);
}

static void verify(struct lsad_call *work)
{
    struct unlock *u = work->work;
    const struct lsa_package *verifier = NULL;
    NTSTATUS status = STATUS_NO_LOGON_SERVERS;
    enum verify_word word = VERIFY_SILENT;
    bool begun = !atomic_load(&u->decided); /* else it has waited for a thread all that time */

    if (begun)
        word = verify_ask(&u->logon, Unlock, &verifier, &status);
    if (!atomic_exchange(&u->decided, true)) {
        conclude(u, true, word, status, verifier);
    } else {
        came_late(u, word, status, verifier);
        lane_hung(u->uid, -1);
    }
    unlock_put(u);
    call_free(work);
}

static void without_kdc(struct lsad_call *work)
{
    struct unlock *u = work->work;

    conclude(u, false, VERIFY_SILENT, STATUS_NO_LOGON_SERVERS, NULL);
    unlock_put(u);
    call_free(work);
}

/* Charged to root: the person's own threads may all wait for the KDC. It asks nobody. */
static void decide_without_kdc(struct unlock *u)
{
    if (in_thread(u, without_kdc, 0))
        return;
    conclude(u, false, VERIFY_SILENT, STATUS_NO_LOGON_SERVERS, NULL);
    unlock_put(u);
}

static void on_patience_over(void *arg, bool closing)
{
    struct unlock *u = arg;

    lane_hung(u->uid, 1);
    if (!closing && !atomic_exchange(&u->decided, true))
        decide_without_kdc(unlock_get(u));
    else
        lane_hung(u->uid, -1);
    unlock_put(u);
}

/* ---- the beginning ------------------------------------------------------------------------- */

/* NULL: *status says why. The call stays the caller's. */
static struct unlock *unlock_make(struct lsad_call *call, NTSTATUS *status)
{
    struct unlock *u = calloc(1, sizeof(*u));

    *status = STATUS_NO_MEMORY;
    if (!u)
        return NULL;
    atomic_init(&u->references, 1);
    u->uid = call->client->uid;
    *status = verify_prepare(call, &call->luid, call->request->unlock->password, &u->logon);
    if (!NT_SUCCESS(*status)) {
        free(u);
        u = NULL;
    }
    return u;
}

/* It is the call's turn. */
static void begin(struct lsad_call *call)
{
    uid_t uid = call->client->uid;
    NTSTATUS status;
    struct unlock *u = unlock_make(call, &status);

    if (!u) {
        answer(call, status, &call->luid);
        start_next(uid);
        return;
    }
    u->call = call;
    /* A KDC that two others still wait for is not there. */
    if (lane_hung(uid, 0) >= LANE_HUNG_MAX) {
        atomic_store(&u->decided, true);
        decide_without_kdc(u);
        return;
    }
    unlock_get(u);
    if (!in_thread(u, verify, uid)) {
        u->call = NULL;
        answer(call, STATUS_INSUFFICIENT_RESOURCES, &call->luid);
        start_next(uid);
        unlock_put(u);
        unlock_put(u);
    } else if (lsad_state.later) {
        lsad_state.later(PATIENCE_MS, on_patience_over, u);
    } else {
        unlock_put(u);
    }
}

static void begin_later(void *arg, bool closing)
{
    if (closing)
        call_free(arg);
    else
        begin(arg);
}

static void begin_in(struct lsad_call *call, unsigned pause)
{
    if (pause && lsad_state.later)
        lsad_state.later(pause, begin_later, call);
    else
        begin(call);
}

static void start_next(uid_t uid)
{
    unsigned pause = 0;
    struct lsad_call *next = lane_leave(uid, &pause);

    if (next)
        begin_in(next, pause);
}

/* ---- root ---------------------------------------------------------------------------------- */

static void believe(struct lsad_call *call)
{
    const Lsa__Unlock *in = call->request->unlock;
    struct lsa_session session;
    struct lsad_primary primary;
    NTSTATUS status = lsa_session_copy(&call->luid, &session);

    if (NT_SUCCESS(status)) {
        status = STATUS_INVALID_PARAMETER;
        if (primary_fill(&primary, session.user, session.domain, in->password, NULL,
                         PRIMARY_CRED_UPDATE)) {
            status = primary_give(call, &call->luid, &primary, session.interactive);
            primary_clear(&primary);
        }
        if (!lsa_session_belongs(&call->luid, session.uid))
            status = STATUS_NO_SUCH_LOGON_SESSION;
        log_info("logon session %08x%08x: %s (uid %u) unlocked it, verified by pid %d: 0x%08x",
                 (unsigned)call->luid.HighPart, (unsigned)call->luid.LowPart, session.user,
                 (unsigned)session.uid, (int)call->client->pid, (unsigned)status);
        lsa_session_clear(&session);
    }
    answer(call, status, &call->luid);
}

/* ---- who may ------------------------------------------------------------------------------- */

/* "DOMAIN\\alice", "alice@REALM" and "alice" are one person's names: each program has its own. */
static const char *plain_name(const char *user, size_t *length)
{
    const char *backslash = strchr(user, '\\'), *at = strrchr(user, '@');

    if (backslash)
        user = backslash + 1;
    *length = at && !backslash ? (size_t)(at - user) : strlen(user);
    return user;
}

/* The name only guards against a mistake: the password is verified for the session's own. */
static bool same_person(const char *a, const char *b)
{
    size_t a_length, b_length;

    a = plain_name(a, &a_length);
    b = plain_name(b, &b_length);
    return a_length == b_length && a_length && memcmp(a, b, a_length) == 0;
}

/* The session that is meant, and whether this client may unlock it. */
static NTSTATUS which_session(struct lsad_call *call, LUID *luid, uid_t *uid)
{
    const Lsa__Unlock *in = call->request->unlock;
    struct lsa_session session;
    NTSTATUS status;

    if (!*in->user || !*in->password || strlen(in->user) > LSA_TEXT_MAX ||
        strlen(in->password) > LSA_TEXT_MAX)
        return STATUS_INVALID_PARAMETER;
    if (call->client->uid == 0 && in->luid)
        *luid = lsa_luid_from_number(in->luid);
    else if (!client_session(call->client, luid))
        return STATUS_NO_SUCH_LOGON_SESSION;
    else if (in->luid && in->luid != lsa_luid_number(luid))
        return STATUS_PRIVILEGE_NOT_HELD;
    status = lsa_session_copy(luid, &session);
    if (!NT_SUCCESS(status))
        return status;
    *uid = session.uid;
    if (session.network || !same_person(session.user, in->user))
        status = STATUS_NO_SUCH_LOGON_SESSION;
    lsa_session_clear(&session);
    return status;
}

/* In the loop's thread. The call is freed with its answer. */
void call_unlock(struct lsad_call *call)
{
    unsigned pause = 0;
    uid_t uid = 0;
    NTSTATUS status = which_session(call, &call->luid, &uid);

    if (!NT_SUCCESS(status)) {
        answer(call, status, &call->luid);
        return;
    }
    if (call->client->uid == 0) {
        call->run = believe;
        call->charged = user_get(uid);
        if (call->charged && pool_submit(call))
            return;
        user_put(call->charged);
        answer(call, STATUS_INSUFFICIENT_RESOURCES, &call->luid);
        return;
    }
    switch (lane_enter(call->client->uid, call, &pause)) {
    case LANE_YOURS:
        begin_in(call, pause);
        break;
    case LANE_WAIT:
        break;
    case LANE_FULL:
        answer(call, STATUS_INSUFFICIENT_RESOURCES, &call->luid);
        break;
    }
}
