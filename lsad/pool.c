/*
 * The pool of threads: see the header.
 */
#include "lsad/pool.h"
#include "base/log.h"
#include "base/reason.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <time.h>

#define IDLE_SECONDS 10
#define STACK_SIZE                                                                                 \
    (1u << 20) /* libkrb5 and OpenSSL take far less; memory is locked as it is touched */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t work = PTHREAD_COND_INITIALIZER;
static pthread_cond_t ended = PTHREAD_COND_INITIALIZER;
static unsigned limit, limit_per_user;
static unsigned threads, idle;
static bool closing;
static struct lsad_user *first_waiting, *last_waiting;

void pool_open(unsigned max_threads, unsigned max_threads_per_user)
{
    pthread_mutex_lock(&lock);
    limit = max_threads;
    limit_per_user = max_threads_per_user;
    closing = false;
    pthread_mutex_unlock(&lock);
}

unsigned pool_threads(void)
{
    unsigned n;

    pthread_mutex_lock(&lock);
    n = threads;
    pthread_mutex_unlock(&lock);
    return n;
}

/* ---- the queue; the lock is held ----------------------------------------------------------- */

static void append_waiting(struct lsad_user *user)
{
    if (user->waiting || !user->first || user->running >= limit_per_user)
        return;
    user->waiting = true;
    user->next_waiting = NULL;
    if (last_waiting)
        last_waiting->next_waiting = user;
    else
        first_waiting = user;
    last_waiting = user;
}

/* The next call of the user whose turn it is, who then stands at the end of the line again. */
static struct lsad_call *next_call(void)
{
    struct lsad_user *user = first_waiting;
    struct lsad_call *call;

    if (!user || closing)
        return NULL;
    first_waiting = user->next_waiting;
    if (!first_waiting)
        last_waiting = NULL;
    user->waiting = false;
    call = user->first;
    user->first = call->next;
    if (!user->first)
        user->last = NULL;
    user->running++;
    append_waiting(user);
    return call;
}

static void call_ended(struct lsad_user *user)
{
    user->running--;
    append_waiting(user);
}

/* ---- threads ------------------------------------------------------------------------------- */

static bool start_thread(void);

/* Sees to it that another thread takes what is queued. `idle` counts threads that were woken but
 * did not run yet. */
static void find_helper(void)
{
    if (!first_waiting || closing)
        return;
    if (idle > 0)
        pthread_cond_signal(&work);
    else if (threads < limit && !start_thread() && threads == 0)
        log_error("no thread could be made; calls wait for the next try");
}

static void *run_calls(void *arg)
{
    struct timespec until;
    struct lsad_call *call;

    (void)arg;
    pthread_mutex_lock(&lock);
    for (;;) {
        call = next_call();
        if (call) {
            struct lsad_user *user = call->charged;

            find_helper();
            pthread_mutex_unlock(&lock);
            reason_clear();  /* a call without a reply may have left one, and it was another's */
            call->run(call); /* frees it */
            pthread_mutex_lock(&lock);
            call_ended(user);
            pthread_mutex_unlock(&lock);
            user_give(user, USER_CALLS);
            user_put(user);
            pthread_mutex_lock(&lock);
            continue;
        }
        if (closing)
            break;
        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_sec += IDLE_SECONDS;
        idle++;
        int error = pthread_cond_clockwait(&work, &lock, CLOCK_MONOTONIC, &until);
        idle--;
        if (error == ETIMEDOUT && !first_waiting)
            break;
    }
    threads--;
    pthread_cond_signal(&ended);
    pthread_mutex_unlock(&lock);
    return NULL;
}

/* Signals are for the thread of the event loop. The lock is held. */
static bool start_thread(void)
{
    pthread_attr_t attributes;
    sigset_t all, before;
    pthread_t thread;
    bool started;

    if (pthread_attr_init(&attributes) != 0)
        return false;
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, STACK_SIZE);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    started = pthread_create(&thread, &attributes, run_calls, NULL) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    if (started)
        threads++;
    return started;
}

bool pool_submit(struct lsad_call *call)
{
    struct lsad_user *user = call->charged;

    if (!user_take(user, USER_CALLS))
        return false;
    pthread_mutex_lock(&lock);
    if (limit == 0) {
        pthread_mutex_unlock(&lock);
        call->run(call);
        user_give(user, USER_CALLS);
        user_put(user);
        return true;
    }
    call->next = NULL;
    if (user->last)
        user->last->next = call;
    else
        user->first = call;
    user->last = call;
    append_waiting(user);
    find_helper();
    pthread_mutex_unlock(&lock);
    return true;
}

bool pool_close(unsigned seconds)
{
    struct timespec until;
    bool all;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += seconds;
    pthread_mutex_lock(&lock);
    closing = true;
    pthread_cond_broadcast(&work);
    while (threads > 0 &&
           pthread_cond_clockwait(&ended, &lock, CLOCK_MONOTONIC, &until) != ETIMEDOUT)
        ;
    all = threads == 0;
    pthread_mutex_unlock(&lock);
    return all;
}
