/*
 * The records of wrong proofs: see the header. They are few and searched from end to end; an
 * account that nobody has is remembered like any other.
 */
#include "libsspi/packages/ntlm/verify/guard.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/utf16.h"

struct record {
    struct record *next;
    uid_t uid;
    WCHAR *user; /* upper case; NULL: all of the uid's */
    unsigned wrong;
    int64_t last, free_at; /* ms after boot; the last proof that was looked at */
    int64_t paid;          /* of a uid: until when time has taken wrong ones away */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct record *records;
static unsigned count;

int64_t ntlm_guard_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_BOOTTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

unsigned ntlm_guard_answer(int64_t began)
{
    int64_t spent = ntlm_guard_now() - began;

    return spent < 0 ? NTLM_GUARD_ANSWER
                     : (unsigned)(NTLM_GUARD_ANSWER - spent % NTLM_GUARD_ANSWER);
}

/* ---- records; the lock is held ------------------------------------------------------ */

static void drop(struct record **at)
{
    struct record *r = *at;

    *at = r->next;
    free(r->user);
    free(r);
    count--;
}

/* The uid that has most of the records, so that it pushes nothing out but its own. */
static uid_t largest(void)
{
    unsigned most = 0, own;
    uid_t uid = 0;

    for (const struct record *all = records; all; all = all->next) {
        if (all->user)
            continue;
        own = 0;
        for (const struct record *r = records; r; r = r->next)
            own += r->uid == all->uid;
        if (own > most) {
            most = own;
            uid = all->uid;
        }
    }
    return uid;
}

static bool is_less(const struct record *a, const struct record *b)
{
    if (!a->wrong != !b->wrong)
        return !a->wrong;
    return a->last < b->last;
}

/* What is right goes first, then what is oldest. */
static void drop_one(void)
{
    struct record **least = NULL;
    uid_t uid = largest();

    for (struct record **at = &records; *at; at = &(*at)->next)
        if ((*at)->user && (*at)->uid == uid && (!least || is_less(*at, *least)))
            least = at;
    if (least)
        drop(least);
}

static bool is_of(const struct record *r, uid_t uid, const WCHAR *user)
{
    return r->uid == uid && (user ? r->user && utf16_equal(r->user, user) : !r->user);
}

/* NULL: there is none. On the way what is long ago is forgotten; by the same `now` no
 * other that has been found is. */
static struct record *find(uid_t uid, const WCHAR *user, int64_t now)
{
    struct record *found = NULL;

    for (struct record **at = &records; *at;) {
        if (now - (*at)->last > NTLM_GUARD_FORGET * INT64_C(1000)) {
            drop(at);
            continue;
        }
        if (is_of(*at, uid, user))
            found = *at;
        at = &(*at)->next;
    }
    return found;
}

static struct record *find_or_make(uid_t uid, const WCHAR *user, int64_t now)
{
    struct record *r = find(uid, user, now);

    if (r)
        return r;
    if (count >= NTLM_GUARD_RECORDS)
        drop_one();
    r = calloc(1, sizeof(*r));
    if (!r)
        return NULL;
    r->uid = uid;
    r->last = r->paid = now;
    r->user = user ? utf16_dup(user) : NULL;
    if (user && !r->user) {
        free(r);
        return NULL;
    }
    r->next = records;
    records = r;
    count++;
    return r;
}

/* A service whose users mistype now and then is not slowed by and by: so many in FORGET seconds. */
static void pay(struct record *r, int64_t now)
{
    const int64_t each = NTLM_GUARD_FORGET * INT64_C(1000) / NTLM_GUARD_UID_FREE;
    int64_t times = r ? (now - r->paid) / each : 0;

    if (times <= 0)
        return;
    r->wrong -= times < r->wrong ? (unsigned)times : r->wrong;
    r->paid += times * each;
}

static unsigned pause_of(const struct record *r)
{
    unsigned pause = 1000;

    if (!r->user)
        return r->wrong > NTLM_GUARD_UID_FREE ? NTLM_GUARD_UID_PAUSE : 0;
    if (r->wrong < NTLM_GUARD_FREE)
        return 0;
    for (unsigned wrong = r->wrong; wrong > NTLM_GUARD_FREE && pause < NTLM_GUARD_PAUSE_MAX;
         wrong--)
        pause *= 2;
    return pause < NTLM_GUARD_PAUSE_MAX ? pause : NTLM_GUARD_PAUSE_MAX;
}

/* When the record lets the next one through. */
static int64_t turn_of(const struct record *r, int64_t now)
{
    return r && pause_of(r) && r->free_at > now ? r->free_at : now;
}

static void take_turn(struct record *r, int64_t turn)
{
    if (r && pause_of(r))
        r->free_at = turn + pause_of(r);
}

/* ---- asking ------------------------------------------------------------------------- */

static WCHAR *folded(const WCHAR *user)
{
    WCHAR *copy = utf16_dup(user);

    if (copy)
        utf16_upcase(copy, utf16_length(copy));
    return copy;
}

int ntlm_guard_turn(uid_t uid, const WCHAR *user)
{
    WCHAR *name = folded(user);
    int64_t now = ntlm_guard_now(), turn, other;
    struct record *account, *all;
    int wait = -1;

    pthread_mutex_lock(&lock);
    account = name ? find(uid, name, now) : NULL;
    /* who has been let in and not guessed at waits for nobody */
    all = account && !account->wrong ? NULL : find(uid, NULL, now);
    pay(all, now);
    turn = turn_of(account, now);
    other = turn_of(all, now);
    turn = turn > other ? turn : other;
    if (name && turn - now <= NTLM_GUARD_WAIT_MAX) {
        take_turn(account, turn);
        take_turn(all, turn);
        wait = (int)(turn - now);
    }
    pthread_mutex_unlock(&lock);
    free(name);
    return wait;
}

static unsigned note_wrong(struct record *r, int64_t now)
{
    if (!r)
        return 1;
    if (r->wrong < UINT32_MAX)
        r->wrong++;
    r->last = now;
    if (r->free_at < now + pause_of(r))
        r->free_at = now + pause_of(r);
    return r->wrong;
}

unsigned ntlm_guard_wrong(uid_t uid, const WCHAR *user)
{
    WCHAR *name = folded(user);
    int64_t now = ntlm_guard_now();
    unsigned wrong = 1;
    struct record *all;

    pthread_mutex_lock(&lock);
    all = find_or_make(uid, NULL, now);
    pay(all, now);
    note_wrong(all, now);
    if (name)
        wrong = note_wrong(find_or_make(uid, name, now), now);
    pthread_mutex_unlock(&lock);
    free(name);
    return wrong;
}

void ntlm_guard_right(uid_t uid, const WCHAR *user)
{
    WCHAR *name = folded(user);
    int64_t now = ntlm_guard_now();
    struct record *r, *all;

    pthread_mutex_lock(&lock);
    all = find_or_make(uid, NULL, now);
    r = name ? find_or_make(uid, name, now) : NULL;
    if (r && all) /* what a person mistyped is no guess at others */
        all->wrong -= r->wrong < all->wrong ? r->wrong : all->wrong;
    if (all)
        all->last = now;
    if (r) {
        r->wrong = 0;
        r->last = now;
    }
    pthread_mutex_unlock(&lock);
    free(name);
}
