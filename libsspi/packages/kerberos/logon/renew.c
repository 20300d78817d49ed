/*
 * Tickets of logon sessions are renewed while they can be, when half of their life is over, and
 * fetched anew where the password was kept. A timer looks at all of them each minute; a thread of
 * its own sees to those that will not wait that long.
 */
#include "libsspi/packages/kerberos/kerberos.h"

#include <security.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/secret.h"
#include "libsspi/packages/kerberos/logon/others.h"
#include "libsspi/packages/kerberos/logon/session.h"

#define SOON       60 /* seconds: the timer's own interval */
#define PASSES_MAX 16 /* threads that look at all sessions at once, when KDCs do not answer */
#define TURN_MAX   10 /* seconds that a session's other principals take from those behind it */

/* Seconds until half of its life is over; 0 or less: it is. */
static int64_t due_in(krb5_context krb, const krb5_creds *creds)
{
    int64_t begin = (int64_t)(uint32_t)(creds->times.starttime ? creds->times.starttime
                                                               : creds->times.authtime);

    return kerb_ticket_left(krb, creds) - ((int64_t)(uint32_t)creds->times.endtime - begin) / 2;
}

bool kerb_ticket_due(krb5_context krb, const krb5_creds *creds)
{
    return due_in(krb, creds) < 0;
}

/* ---- one session --------------------------------------------------------------------------- */

static bool can_be_renewed(krb5_context krb, const krb5_creds *tgt)
{
    return kerb_ticket_left(krb, tgt) > 0 && (tgt->ticket_flags & TKT_FLG_RENEWABLE) &&
           (uint32_t)tgt->times.renew_till > (uint32_t)tgt->times.endtime;
}

/* A renewal is tried again and again; what has come of it is told when it is news. */
static void tell(const LUID *luid, krb5_error_code code, SECURITY_STATUS status)
{
    struct kerb_session *s;
    bool news = false;

    pthread_mutex_lock(&kerb_sessions.lock);
    s = kerb_session_make(luid);
    if (s) {
        news = s->renewal != code;
        s->renewal = code;
    }
    pthread_mutex_unlock(&kerb_sessions.lock);
    if (status && news)
        kerb_tell_failure(luid, status);
}

static bool renew(krb5_context krb, const LUID *luid, const char *key, krb5_creds *tgt)
{
    krb5_creds renewed;
    krb5_error_code code = kerb_renew_tgt(krb, tgt, &renewed);

    if (!code)
        code = kerb_ticket_put(krb, luid, key, &renewed);
    tell(luid, code, kerb_status(krb, code, KERB_LOGON, "the renewal of a ticket"));
    if (!code)
        kerb_renew_soon(krb, &renewed);
    krb5_free_cred_contents(krb, &renewed);
    return !code;
}

/* The password that was kept gets another one. */
static void fetch_anew(const LUID *luid)
{
    void *password;
    size_t size;
    struct kerb_session *s;

    if (!NT_SUCCESS(kerb_store_get(luid, KERB_KEY_PASSWORD, &password, &size)))
        return;
    secret_free(password);
    pthread_mutex_lock(&kerb_sessions.lock);
    s = kerb_session_make(luid);
    if (s)
        kerb_fetch_start(s);
    pthread_mutex_unlock(&kerb_sessions.lock);
}

static int64_t seconds_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec;
}

struct renewing {
    krb5_context krb;
    LUID luid;
    int64_t begin; /* of the session's turn */
};

/* For kerb_store_each: a TGT of the session's account, or of another principal in it. The password
 * of such a one is used when its ticket is asked for. */
static bool renew_one(const char *key, void *arg)
{
    struct renewing *r = arg;
    char *who = kerb_other_of(key), *other = who ? kerb_key_name(who, KERB_KEY_TGT) : NULL;
    krb5_creds *tgt;

    if (strcmp(key, other ? other : KERB_KEY_TGT) != 0 ||
        (who && seconds_now() - r->begin > TURN_MAX) || /* the next pass goes on with them */
        kerb_ticket_get(r->krb, &r->luid, key, &tgt))
        goto out;
    if (!kerb_ticket_due(r->krb, tgt))
        kerb_renew_soon(r->krb, tgt);
    else if ((!can_be_renewed(r->krb, tgt) || !renew(r->krb, &r->luid, key, tgt)) && !who)
        fetch_anew(&r->luid);
    krb5_free_creds(r->krb, tgt);
out:
    free(who);
    free(other);
    return true;
}

/* A KDC that does not answer, which can be one that a person has chosen, keeps that person's
 * session waiting and no other: the next pass leaves it out. NULL: it ended, or is being looked at.
 */
static struct kerb_session *take(const LUID *luid)
{
    struct kerb_session *s;

    pthread_mutex_lock(&kerb_sessions.lock);
    for (s = kerb_sessions.list; s && (s->ended || !SecEqualLuid(&s->luid, luid)); s = s->next)
        ;
    if (s && s->renewing)
        s = NULL;
    if (s) {
        s->renewing = true;
        s->waiting++;
    }
    pthread_mutex_unlock(&kerb_sessions.lock);
    return s;
}

static void give_back(struct kerb_session *s)
{
    pthread_mutex_lock(&kerb_sessions.lock);
    s->renewing = false;
    s->waiting--;
    kerb_sessions_sweep();
    pthread_mutex_unlock(&kerb_sessions.lock);
}

static void look_at(krb5_context krb, const LUID *luid)
{
    struct renewing renewing = {.krb = krb, .luid = *luid, .begin = seconds_now()};
    struct kerb_session *s = take(luid);

    if (!s)
        return;
    if (kerb_session_exists(luid))
        kerb_store_each(luid, renew_one, &renewing);
    else
        kerb_session_end(luid);
    give_back(s);
}

/* The sessions that there are, unless enough passes are under way: *count of them, free(). */
static LUID *begin_pass(size_t *count)
{
    size_t room = 0;
    LUID *luids = NULL;

    *count = 0;
    pthread_mutex_lock(&kerb_sessions.lock);
    for (struct kerb_session *s = kerb_sessions.list; s; s = s->next)
        room++;
    if (room && kerb_sessions.passes < PASSES_MAX)
        luids = calloc(room, sizeof(*luids));
    for (struct kerb_session *s = kerb_sessions.list; s && luids; s = s->next)
        if (!s->ended && !s->fetching)
            luids[(*count)++] = s->luid;
    kerb_sessions.passes += luids != NULL;
    pthread_mutex_unlock(&kerb_sessions.lock);
    return luids;
}

DWORD NTAPI kerb_renew_all(PVOID arg)
{
    size_t count;
    LUID *luids = begin_pass(&count);
    krb5_context krb;

    (void)arg;
    if (!luids)
        return 0;
    krb = count ? kerb_context_take() : NULL;
    for (size_t i = 0; krb && i < count && !kerb_sessions.stopping; i++)
        look_at(krb, &luids[i]);
    if (krb)
        kerb_context_give(krb);
    free(luids);
    pthread_mutex_lock(&kerb_sessions.lock);
    kerb_sessions.passes--;
    pthread_mutex_unlock(&kerb_sessions.lock);
    return 0;
}

/* ---- those that do not wait for the timer -------------------------------------------------- */

/* Waits until the first of them is due. */
static DWORD NTAPI soon_thread(PVOID arg)
{
    (void)arg;
    pthread_mutex_lock(&kerb_sessions.lock);
    while (kerb_sessions.soon && !kerb_sessions.stopping) {
        const struct timespec until = {.tv_sec = kerb_sessions.soon};

        if (time(NULL) < kerb_sessions.soon) {
            pthread_cond_timedwait(&kerb_sessions.changed, &kerb_sessions.lock, &until);
            continue;
        }
        kerb_sessions.soon = 0;
        pthread_mutex_unlock(&kerb_sessions.lock);
        kerb_renew_all(NULL);
        pthread_mutex_lock(&kerb_sessions.lock);
    }
    kerb_sessions.soon = 0;
    kerb_sessions.has_soon_thread = false;
    kerb_sessions.threads--;
    pthread_cond_broadcast(&kerb_sessions.changed);
    pthread_mutex_unlock(&kerb_sessions.lock);
    return 0;
}

void kerb_renew_at(int64_t when)
{
    if (!kerb_sessions.soon || when < kerb_sessions.soon) {
        kerb_sessions.soon = when;
        pthread_cond_broadcast(&kerb_sessions.changed);
    }
    if (kerb_sessions.has_soon_thread || kerb_sessions.stopping)
        return;
    kerb_sessions.threads++;
    kerb_sessions.has_soon_thread =
        kerb_lsa->CreateThread(NULL, 0, soon_thread, NULL, 0, NULL) != NULL;
    if (!kerb_sessions.has_soon_thread)
        kerb_sessions.threads--; /* the timer comes in any case */
}

void kerb_renew_soon(krb5_context krb, const krb5_creds *tgt)
{
    int64_t in = due_in(krb, tgt);

    if (in < 0 || in >= SOON)
        return;
    pthread_mutex_lock(&kerb_sessions.lock);
    kerb_renew_at(time(NULL) + in + 1);
    pthread_mutex_unlock(&kerb_sessions.lock);
}
