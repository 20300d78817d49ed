/*
 * The order of calls, their deadlines and their account. A failure of one manager changes nothing
 * for the next, unless the administrator wrote so: [unavail=return].
 */
#include "notify/router.h"
#include "base/log.h"
#include "notify/background.h"
#include "notify/request.h"

#include <npapi.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define LEAST_MS 100 /* with less before the deadline a manager is called afterwards */

int64_t mpr_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void mpr_trouble_add(struct mpr_trouble *trouble, const char *format, ...)
{
    size_t room = sizeof(trouble->text) - trouble->used;
    const char *between = trouble->used ? "; " : "";
    char text[512];
    va_list args;
    int n;

    va_start(args, format);
    log_format(text, sizeof(text), format, args);
    va_end(args);
    n = snprintf(trouble->text + trouble->used, room, "%s%s", between, text);
    if (n > 0 && (size_t)n < room)
        trouble->used += (size_t)n;
    else
        trouble->text[trouble->used] = 0; /* all or nothing: a cut character would be no UTF-8 */
}

/* ---- logon scripts ------------------------------------------------------------------------- */

void mpr_free_scripts(char **scripts)
{
    for (char **s = scripts; s && *s; s++)
        free(*s);
    free(scripts);
}

bool mpr_add_script(const struct mpr_config *config, struct mpr_outcome *out, char ***scripts,
                    size_t *used)
{
    size_t count = 0, size = out->script ? strlen(out->script) + 1 : 0;
    const char *why = NULL;
    char **larger;

    if (!out->script)
        return !out->bad_script;
    while (*scripts && (*scripts)[count])
        count++;
    larger = realloc(*scripts, (count + 2) * sizeof(*larger));
    if (!larger)
        why = "named a logon script that there is no memory for";
    else if (!config->logon_scripts)
        why = "named a logon script, but none are run (logon_scripts = no)";
    else if (*used + size > MPR_LIST_MAX)
        why = "named a logon script that is not run, since all together are too long";
    if (larger) {
        *scripts = larger;
        larger[count] = why ? NULL : out->script;
        larger[count + 1] = NULL;
    }
    if (why) {
        snprintf(out->text, sizeof(out->text), "%s", why);
        free(out->script);
    } else {
        *used += size;
    }
    out->script = NULL;
    return !why;
}

/* ---- one manager --------------------------------------------------------------------------- */

static bool takes_notifications(const struct mpr_manager *m)
{
    return !m->classes || m->classes & (WN_CREDENTIAL_CLASS | WN_PRIMARY_AUTHENT_CLASS);
}

void mpr_account(const struct mpr_config *config, const struct mpr_manager *manager,
                 const struct mpr_outcome *o)
{
    bool failed = o->status != MPR_SUCCESS && o->status != MPR_NOTFOUND;

    if (!mpr_statistics_add(config->statistics_directory, manager->name, o->duration, failed,
                            o->error, o->text))
        log_debug("cannot write the statistics of %s in %s: %m", manager->name,
                  config->statistics_directory);
    if (o->status == MPR_SUCCESS)
        log_debug("credential manager %s: done in %llu us", manager->name,
                  (unsigned long long)o->duration);
    else if (o->status == MPR_NOTFOUND)
        log_debug("credential manager %s: takes no such notification", manager->name);
}

bool mpr_begin(const struct mpr_config *config, const struct mpr_manager *manager,
               const struct mpr_call *call, unsigned ms, struct mpr_provider *p,
               struct mpr_outcome *out)
{
    bool done = true;

    if (mpr_provider_begin(p, config->manager_directory, config->manager_memory, manager->name,
                           call, out))
        done = mpr_provider_wait(p, ms, out);
    log_debug("credential manager %s: WNNC_SPEC_VERSION 0x%08x, WNNC_NET_TYPE 0x%08x, "
              "WNNC_DRIVER_VERSION 0x%08x, WNNC_START 0x%08x",
              manager->name, (unsigned)out->spec_version, (unsigned)out->net_type,
              (unsigned)out->driver_version, (unsigned)out->start);
    return done;
}

/* ---- one event ----------------------------------------------------------------------------- */

/* A manager that is not there yet, and its process when it was called. */
struct waiting {
    const struct mpr_manager *manager;
    struct mpr_provider provider;
    int64_t due; /* when it says it will have started; INT64_MAX: it cannot tell, or was there */
    char why[MPR_ERROR_TEXT_MAX];
};

struct event {
    const struct mpr_config *config;
    struct mpr_result result;
    size_t scripts_size;
    struct mpr_trouble *trouble;
    struct waiting waiting[MPR_MANAGERS_MAX];
    size_t waiting_count;
};

static void remember_failure(struct mpr_result *result, const struct mpr_manager *manager,
                             const struct mpr_outcome *o)
{
    if (*result->failure.manager)
        return;
    memcpy(result->failure.manager, manager->name, sizeof(manager->name));
    memcpy(result->failure.text, o->text, sizeof(o->text));
    result->failure.error = o->error == WN_EXTENDED_ERROR && o->extended ? o->extended : o->error;
}

/* A call that is done: counted, told, its script taken. */
static void settle(struct event *e, const struct mpr_manager *m, struct mpr_outcome *o, bool told)
{
    bool failed = o->status != MPR_SUCCESS && o->status != MPR_NOTFOUND, script;

    e->result.accepted += o->status == MPR_SUCCESS;
    e->result.failed += failed;
    script = mpr_add_script(e->config, o, &e->result.scripts, &e->scripts_size);
    mpr_account(e->config, m, o);
    if (failed)
        remember_failure(&e->result, m, o);
    if (failed && !told)
        mpr_trouble_add(e->trouble, "credential manager %s: %s", m->name, o->text);
    else if (!script && e->config->logon_scripts)
        mpr_trouble_add(e->trouble, "credential manager %s: %s", m->name, o->text);
    else if (!script)
        log_debug("credential manager %s: %s", m->name, o->text);
}

static void postpone(struct event *e, const struct mpr_manager *m, const struct mpr_provider *p,
                     const struct mpr_outcome *o)
{
    struct waiting *w = &e->waiting[e->waiting_count++];
    bool announced = p->pid > 0 && !o->error;

    *w = (struct waiting){.manager = m, .provider = *p, .due = INT64_MAX};
    if (announced)
        w->due = mpr_now() + o->start;
    memcpy(w->why, o->text, sizeof(w->why));
}

static unsigned at_most(int64_t left, unsigned ms)
{
    return left < (int64_t)ms ? left > 0 ? (unsigned)left : 0 : ms;
}

/* In order, each once. */
static void first_pass(struct event *e, const struct mpr_order *order, const struct mpr_call *call,
                       int64_t deadline, const char *without_lsa)
{
    for (size_t i = 0; i < order->count; i++) {
        const struct mpr_manager *m = &order->managers[i];
        bool told = without_lsa && strcmp(m->name, "lsa") == 0, done = true;
        unsigned ms = at_most(deadline - mpr_now(), m->timeout);
        struct mpr_outcome o = {.status = MPR_UNAVAIL};
        struct mpr_provider p = {.pid = -1};

        if (!takes_notifications(m)) {
            log_debug("credential manager %s: not called, its class is 0x%x", m->name,
                      (unsigned)m->classes);
            continue;
        }
        if (told) {
            snprintf(o.text, sizeof(o.text), "%s", without_lsa);
        } else if (ms < LEAST_MS && ms < m->timeout) {
            done = false;
            o.status = MPR_TRYAGAIN;
            snprintf(o.text, sizeof(o.text), "those before it took all the time there is");
        } else {
            done = mpr_begin(e->config, m, call, ms, &p, &o);
        }
        e->result.called++;
        if (done)
            settle(e, m, &o, told);
        else
            postpone(e, m, &p, &o);
        if (m->return_on[o.status])
            break;
    }
}

/* Ends the processes of those that wait, from the `first` on, all in the time of one. */
static void end_waiting(struct event *e, size_t first)
{
    int64_t end = mpr_now() + MPR_LEAVE_MS;

    for (size_t i = first; i < e->waiting_count; i++)
        mpr_provider_leave(&e->waiting[i].provider);
    for (size_t i = first; i < e->waiting_count; i++)
        mpr_provider_end(&e->waiting[i].provider, at_most(end - mpr_now(), MPR_LEAVE_MS));
}

/* Waits once, for all of those that start soon; their times do not add up. */
static void second_pass(struct event *e, int64_t soon, int64_t deadline)
{
    const struct timespec step = {.tv_nsec = 1000000};
    int64_t latest = 0;
    size_t kept = 0;

    for (size_t i = 0; i < e->waiting_count; i++)
        if (e->waiting[i].due <= soon && e->waiting[i].due > latest)
            latest = e->waiting[i].due;
    while (latest && mpr_now() <= latest)
        nanosleep(&step, NULL);
    for (size_t i = 0; i < e->waiting_count; i++) {
        struct waiting w = e->waiting[i];
        struct mpr_outcome o;

        if (w.due <= soon) {
            mpr_provider_again(&w.provider);
            if (mpr_provider_wait(&w.provider, at_most(deadline - mpr_now(), w.manager->timeout),
                                  &o)) {
                settle(e, w.manager, &o, false);
                if (!w.manager->return_on[o.status])
                    continue;
                end_waiting(e, i + 1); /* those behind it are not called any more */
                break;
            }
        }
        e->waiting[kept++] = w;
    }
    e->waiting_count = kept;
}

/* Their processes are ours and end with us: those in the background are other ones. */
static void hand_over(struct event *e, const struct mpr_call *call)
{
    struct mpr_order order = {.count = 0};

    end_waiting(e, 0);
    for (size_t i = 0; i < e->waiting_count; i++)
        order.managers[order.count++] = *e->waiting[i].manager;
    if (!order.count)
        return;
    if (mpr_background(e->config, &order, call)) {
        e->result.pending = order.count;
        for (size_t i = 0; i < order.count; i++)
            log_info("credential manager %s: %s; it is called again when it may be there",
                     order.managers[i].name, e->waiting[i].why);
        return;
    }
    for (size_t i = 0; i < order.count; i++) {
        struct mpr_outcome o = {.status = MPR_UNAVAIL};

        snprintf(o.text, sizeof(o.text),
                 "is not there yet, and there is no process to wait for it");
        settle(e, &order.managers[i], &o, false);
    }
}

struct mpr_result mpr_route(const struct mpr_config *config, const struct mpr_order *order,
                            const struct mpr_call *call, int64_t deadline, const char *without_lsa,
                            struct mpr_trouble *trouble)
{
    struct event e = {.config = config, .trouble = trouble};
    int64_t soon = mpr_now() + MPR_START_WAIT_MS;

    first_pass(&e, order, call, deadline, without_lsa);
    second_pass(&e, soon < deadline ? soon : deadline, deadline);
    hand_over(&e, call);
    return e.result;
}
