/*
 * The background phase: one process an event, one loop in it. Every round asks, in their order,
 * those managers again that may have started meanwhile; so the times of several do not add up, and
 * the longest is how long there are rounds.
 */
#include "notify/background.h"
#include "base/log.h"
#include "base/secret.h"
#include "libsspi/lsa/client.h"
#include "notify/router.h"

#include <errno.h>
#include <fcntl.h>
#include <npapi.h>
#include <ntstatus.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <unistd.h>

struct waiting {
    const struct mpr_manager *manager;
    struct mpr_provider provider;
    struct mpr_outcome outcome; /* of the last try */
    bool done;
    int64_t starts; /* when it said that it will have started; CLOCK_MONOTONIC milliseconds */
    int64_t due;    /* when it is tried again: perhaps it is there earlier than it said */
    unsigned tries;
};

struct background {
    const struct mpr_config *config;
    const struct mpr_call *call;
    struct waiting waiting[MPR_MANAGERS_MAX];
    size_t count;
    int leader; /* pidfd, or -1 */
    int64_t began, end;
    char **scripts; /* of this round */
    size_t scripts_size;
};

unsigned mpr_max_timeout(unsigned restore_timeout, const uint32_t *answers, size_t count)
{
    unsigned longest = restore_timeout;

    for (size_t i = 0; i < count; i++) {
        unsigned this = answers[i];

        if (this == MPR_START_NEVER || this == WNNC_WAIT_FOR_START)
            continue;
        if (this == MPR_START_UNKNOWN)
            this = restore_timeout ? restore_timeout : MPR_DEFAULT_START_MS;
        if (this > longest)
            longest = this;
    }
    return longest < MPR_LONGEST_START_MS ? longest : MPR_LONGEST_START_MS;
}

unsigned mpr_pause(unsigned tries)
{
    return tries < 4 ? 500u << (tries ? tries - 1 : 0) : 5000;
}

/* ---- does anybody need it still? ------------------------------------------------------------ */

/* True within `ms` when the leader has died. */
static bool leader_dies(const struct background *b, int64_t ms)
{
    struct pollfd pfd = {.fd = b->leader, .events = POLLIN};

    return poll(&pfd, 1, ms > 0 ? (int)ms : 0) > 0;
}

/* An LSA that cannot be asked (it is started anew) may have it still. */
static bool session_lives(const struct background *b)
{
    struct lsa_session_info *sessions = NULL;
    const LUID *luid = &b->call->luid;
    bool lives = false;
    size_t count = 0;

    if (!b->call->session || lsa_client_sessions(&sessions, &count) != STATUS_SUCCESS)
        return true;
    for (size_t i = 0; i < count && !lives; i++)
        lives = sessions[i].luid.LowPart == luid->LowPart &&
                sessions[i].luid.HighPart == luid->HighPart;
    lsa_client_free_sessions(sessions, count);
    return lives;
}

/* ---- rounds -------------------------------------------------------------------------------- */

static void log_outcome(const struct background *b, const struct waiting *w)
{
    long long after = (long long)(mpr_now() - b->began);

    if (w->outcome.status == MPR_SUCCESS)
        log_info("credential manager %s: was notified %lld ms later, when it was there",
                 w->manager->name, after);
    else if (w->outcome.status != MPR_NOTFOUND)
        log_error("credential manager %s: %s (%lld ms after it was first called)", w->manager->name,
                  w->outcome.text, after);
}

/* A try that is done. False: the managers behind it are not called. */
static bool settle(struct background *b, struct waiting *w)
{
    w->done = true;
    if (!mpr_add_script(b->config, &w->outcome, &b->scripts, &b->scripts_size))
        log_warn("credential manager %s: %s", w->manager->name, w->outcome.text);
    mpr_account(b->config, w->manager, &w->outcome);
    log_outcome(b, w);
    return !w->manager->return_on[w->outcome.status];
}

static bool announced(const struct waiting *w)
{
    return !w->outcome.error && w->provider.pid > 0;
}

static void postpone(struct waiting *w)
{
    int64_t now = mpr_now();

    if (++w->tries == 1)
        w->starts = announced(w) ? now + w->outcome.start : INT64_MAX;
    w->due = now + mpr_pause(w->tries);
    if (now < w->starts && w->starts < w->due)
        w->due = w->starts;
}

/* Tries those whose time has come; all of them when it is the last round. */
static void round_of_tries(struct background *b, bool last)
{
    for (size_t i = 0; i < b->count; i++) {
        struct waiting *w = &b->waiting[i];

        if (w->done || (w->due > mpr_now() && !last))
            continue;
        if (w->provider.pid < 0) {
            w->done = mpr_begin(b->config, w->manager, b->call, w->manager->timeout, &w->provider,
                                &w->outcome);
        } else {
            mpr_provider_again(&w->provider);
            w->done = mpr_provider_wait(&w->provider, w->manager->timeout, &w->outcome);
        }
        if (!w->done)
            postpone(w);
        else if (!settle(b, w))
            for (size_t k = i + 1; k < b->count; k++) {
                mpr_provider_end(&b->waiting[k].provider, MPR_LEAVE_MS);
                b->waiting[k].done = true;
            }
    }
}

/* The session may have ended while a manager took its time: its person runs nothing any more. */
static void run_scripts(struct background *b)
{
    bool run = b->scripts && b->call->late_scripts && !leader_dies(b, 0) && session_lives(b);

    if (run)
        b->call->late_scripts(b->call, b->scripts);
    for (char **s = b->scripts; s && *s && !run; s++)
        log_warn("the logon script \"%s\" came too late and is not run", *s);
    mpr_free_scripts(b->scripts);
    b->scripts = NULL;
    b->scripts_size = 0;
}

/* MaxTimeout, by the answers of all; one that is there and yet says WN_NO_NETWORK or
 * WN_FUNCTION_BUSY has given no time. */
static unsigned how_long(const struct background *b)
{
    uint32_t answers[MPR_MANAGERS_MAX];
    size_t count = 0;

    for (size_t i = 0; i < b->count; i++) {
        const struct waiting *w = &b->waiting[i];

        if (!w->done)
            answers[count++] = announced(w) ? w->outcome.start : MPR_START_UNKNOWN;
    }
    return mpr_max_timeout(b->config->restore_timeout, answers, count);
}

/* When the next round is, or 0: nobody is waited for any more. */
static int64_t next_round(const struct background *b)
{
    int64_t next = 0;

    for (size_t i = 0; i < b->count; i++)
        if (!b->waiting[i].done && (!next || b->waiting[i].due < next))
            next = b->waiting[i].due;
    return next < b->end ? next : b->end;
}

static void give_up(struct background *b, const char *why)
{
    for (size_t i = 0; i < b->count; i++) {
        struct waiting *w = &b->waiting[i];
        char reason[MPR_ERROR_TEXT_MAX];

        if (w->done)
            continue;
        mpr_provider_end(&w->provider, MPR_LEAVE_MS);
        memcpy(reason, w->outcome.text, sizeof(reason));
        snprintf(w->outcome.text, sizeof(w->outcome.text), "%s: %.180s", why, reason);
        settle(b, w);
    }
}

static void loop(struct background *b)
{
    bool last = false;
    int64_t next;

    round_of_tries(b, true);
    run_scripts(b);
    b->end = mpr_now() + how_long(b);
    while ((next = next_round(b)) && !last) {
        if (leader_dies(b, next - mpr_now()) || !session_lives(b)) {
            give_up(b, "was not there before the session ended");
            return;
        }
        last = mpr_now() >= b->end;
        round_of_tries(b, last);
        run_scripts(b);
    }
    give_up(b, "was not there in the time that it was waited for");
}

/* ---- the process --------------------------------------------------------------------------- */

/* Nobody waits for us at the other end of anything that is open here. */
static void detach(void)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);

    setsid(); /* first: whoever reads the end of ours may rely on it */
    for (int fd = 0; fd <= STDERR_FILENO; fd++) {
        if (null >= 0)
            dup2(null, fd);
        else
            close(fd);
    }
    alarm(0); /* all waiting below is bounded */
    (void)secret_lock_again();
}

bool mpr_background(const struct mpr_config *config, const struct mpr_order *order,
                    const struct mpr_call *call)
{
    struct background b = {.config = config, .call = call, .leader = -1};
    pid_t pid = fork();

    if (pid != 0)
        return pid > 0;
    detach();
    b.began = mpr_now();
    b.count = order->count;
    for (size_t i = 0; i < b.count; i++) {
        b.waiting[i].manager = &order->managers[i];
        b.waiting[i].provider.pid = -1;
    }
    if (call->leader > 0)
        b.leader = pidfd_open(call->leader, 0);
    /* Gone already: there is nobody to do anything for. */
    if (call->leader <= 0 || b.leader >= 0 || errno != ESRCH)
        loop(&b);
    _exit(0);
}
