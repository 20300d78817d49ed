/*
 * The lanes: see the header. A uid has a record while something of it is under way, or while its
 * wrong passwords are remembered.
 */
#include "lsad/lane.h"

#include <stdlib.h>
#include <time.h>

struct lane {
    struct lane *next;
    uid_t uid;
    bool busy;
    unsigned waiting, hung, wrong;
    int64_t last_wrong; /* ms */
    struct lsad_call *first, *last;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct lane *lanes;

/* The clock goes on while the machine sleeps. */
static int64_t now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_BOOTTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Frees what nobody needs, on the way to the record of `uid`; makes that one. The lock is held. */
static struct lane *find(uid_t uid)
{
    struct lane *found = NULL;
    int64_t time = now();

    for (struct lane **at = &lanes; *at;) {
        struct lane *l = *at;

        if (l->wrong && time - l->last_wrong > LANE_FORGET * INT64_C(1000))
            l->wrong = 0;
        if (l->uid == uid) {
            found = l;
        } else if (!l->busy && !l->hung && !l->wrong) {
            *at = l->next;
            free(l);
            continue;
        }
        at = &l->next;
    }
    if (!found) {
        found = calloc(1, sizeof(*found));
        if (found) {
            found->uid = uid;
            found->next = lanes;
            lanes = found;
        }
    }
    return found;
}

static unsigned pause_after(unsigned wrong)
{
    unsigned pause = 1000;

    if (!wrong)
        return 0;
    while (--wrong && pause < LANE_PAUSE_MAX)
        pause *= 2;
    return pause < LANE_PAUSE_MAX ? pause : LANE_PAUSE_MAX;
}

static unsigned pause_left(const struct lane *l)
{
    int64_t left = l->wrong ? l->last_wrong + pause_after(l->wrong) - now() : 0;

    return left > 0 ? (unsigned)left : 0;
}

enum lane_turn lane_enter(uid_t uid, struct lsad_call *call, unsigned *pause)
{
    enum lane_turn turn = LANE_FULL;
    struct lane *l;

    pthread_mutex_lock(&lock);
    l = find(uid);
    if (l && !l->busy) {
        l->busy = true;
        *pause = pause_left(l);
        turn = LANE_YOURS;
    } else if (l && l->waiting < LANE_WAITING_MAX) {
        call->next = NULL;
        if (l->last)
            l->last->next = call;
        else
            l->first = call;
        l->last = call;
        l->waiting++;
        turn = LANE_WAIT;
    }
    pthread_mutex_unlock(&lock);
    return turn;
}

struct lsad_call *lane_leave(uid_t uid, unsigned *pause)
{
    struct lsad_call *call = NULL;
    struct lane *l;

    pthread_mutex_lock(&lock);
    l = find(uid);
    if (l && l->first) {
        call = l->first;
        l->first = call->next;
        if (!l->first)
            l->last = NULL;
        l->waiting--;
        *pause = pause_left(l);
    } else if (l) {
        l->busy = false;
    }
    pthread_mutex_unlock(&lock);
    return call;
}

unsigned lane_wrong(uid_t uid, unsigned *pause)
{
    unsigned wrong = 0;
    struct lane *l;

    *pause = 0;
    pthread_mutex_lock(&lock);
    l = find(uid);
    if (l) {
        if (l->wrong < UINT32_MAX)
            l->wrong++;
        l->last_wrong = now();
        wrong = l->wrong;
        *pause = pause_after(wrong);
    }
    pthread_mutex_unlock(&lock);
    return wrong;
}

void lane_right(uid_t uid)
{
    struct lane *l;

    pthread_mutex_lock(&lock);
    l = find(uid);
    if (l)
        l->wrong = 0;
    pthread_mutex_unlock(&lock);
}

unsigned lane_hung(uid_t uid, int change)
{
    unsigned hung = 0;
    struct lane *l;

    pthread_mutex_lock(&lock);
    l = find(uid);
    if (l) {
        l->hung += (unsigned)change;
        hung = l->hung;
    }
    pthread_mutex_unlock(&lock);
    return hung;
}
