/*
 * libkrb5 contexts cost a reading of krb5.conf and are for one thread at a time. Idle ones wait
 * here for the next call. Now and then all idle ones are dropped, so that a process that runs for
 * months notices a changed krb5.conf.
 */
#include "libsspi/packages/kerberos/kerberos.h"

#include <profile.h>
#include <stdlib.h>
#include <time.h>

#include "base/log.h"

#define IDLE_MAX   32
#define DROP_AFTER 30 /* seconds */

static struct {
    pthread_mutex_t lock;
    krb5_context idle[IDLE_MAX];
    size_t count;
    time_t dropped;
} pool = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* A fork waits until no other thread is in the pool: its child has none that would leave it. */
static pthread_once_t fork_once = PTHREAD_ONCE_INIT;

static void before_fork(void)
{
    pthread_mutex_lock(&pool.lock);
}

static void after_fork(void)
{
    pthread_mutex_unlock(&pool.lock);
}

static void watch_forks(void)
{
    pthread_atfork(before_fork, after_fork, after_fork);
}

bool kerb_in_process(void)
{
    SECPKG_CALL_INFO call;

    return kerb_lsa->GetCallInfo(&call) && (call.Attributes & SECPKG_CALL_IN_PROC);
}

static time_t now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
    return t.tv_sec;
}

/* Frees all idle contexts; the lock is held. */
static void drop_idle(void)
{
    while (pool.count)
        krb5_free_context(pool.idle[--pool.count]);
    pool.dropped = now();
}

krb5_context kerb_context_take(void)
{
    krb5_context krb = NULL;
    krb5_error_code code;

    pthread_once(&fork_once, watch_forks);
    pthread_mutex_lock(&pool.lock);
    if (now() - pool.dropped > DROP_AFTER)
        drop_idle();
    if (pool.count)
        krb = pool.idle[--pool.count];
    pthread_mutex_unlock(&pool.lock);
    if (krb)
        return krb;
    /* The environment is the application's own; lsad has none to go by. */
    code = kerb_in_process() ? krb5_init_context(&krb) : krb5_init_secure_context(&krb);
    if (code) {
        const char *text = krb5_get_error_message(NULL, code);

        log_error("Kerberos: libkrb5 does not start: %s (see krb5.conf)", text);
        krb5_free_error_message(NULL, text);
        return NULL;
    }
    return krb;
}

/* libkrb5 takes over the clock of the KDC, or of the cache file, that it has just dealt with. For
 * the next call, with another realm perhaps, that would be the wrong one. */
static bool has_a_clock_of_its_own(krb5_context krb)
{
    krb5_timestamp seconds = 0;
    krb5_int32 microseconds;

    return !krb5_get_time_offsets(krb, &seconds, &microseconds) && (seconds < -1 || seconds > 1);
}

void kerb_context_give(krb5_context krb)
{
    bool keep;

    if (!krb)
        return;
    krb5_clear_error_message(krb);
    keep = !has_a_clock_of_its_own(krb);
    pthread_mutex_lock(&pool.lock);
    if (keep && pool.count < IDLE_MAX) {
        pool.idle[pool.count++] = krb;
        krb = NULL;
    }
    pthread_mutex_unlock(&pool.lock);
    if (krb)
        krb5_free_context(krb);
}

void kerb_context_shutdown(void)
{
    pthread_mutex_lock(&pool.lock);
    drop_idle();
    pthread_mutex_unlock(&pool.lock);
}

bool kerb_libdefault(krb5_context krb, const char *name)
{
    struct _profile_t *profile = NULL;
    char *value = NULL;

    if (krb5_get_profile(krb, &profile))
        return false;
    if (profile_get_string(profile, "libdefaults", name, NULL, NULL, &value))
        value = NULL;
    profile_release_string(value);
    profile_release(profile);
    return value != NULL;
}
