/*
 * The order of calls, their deadlines and their account. A failure of one manager changes nothing
 * for the next, unless the administrator wrote [unavail=return].
 */
#include "notify/router.h"
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

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

static void remember_failure(struct mpr_result *result, const struct mpr_manager *manager,
                             const struct mpr_outcome *o)
{
    if (*result->failure.manager)
        return;
    memcpy(result->failure.manager, manager->name, sizeof(manager->name));
    memcpy(result->failure.text, o->text, sizeof(o->text));
    result->failure.error = o->error;
}

static void account(const struct mpr_config *config, const struct mpr_manager *manager,
                    const struct mpr_outcome *o)
{
    bool failed = !o->accepted && !o->unsupported;

    if (!mpr_statistics_add(config->statistics_directory, manager->name, o->duration, failed,
                            o->error, o->text))
        log_debug("cannot write the statistics of %s in %s: %m", manager->name,
                  config->statistics_directory);
    if (o->accepted)
        log_debug("credential manager %s: done in %llu us", manager->name,
                  (unsigned long long)o->duration);
    else if (o->unsupported)
        log_debug("credential manager %s: takes no such notification", manager->name);
    if (*o->script)
        log_debug("credential manager %s: logon script \"%s\" (not run)", manager->name, o->script);
}

struct mpr_result mpr_route(const struct mpr_config *config, const struct mpr_order *order,
                            const struct mpr_call *call, int64_t deadline, const char *without_lsa,
                            struct mpr_trouble *trouble)
{
    struct mpr_result result = {.scripts = NULL};

    for (size_t i = 0; i < order->count; i++) {
        const struct mpr_manager *m = &order->managers[i];
        int64_t left = deadline - mpr_now();
        struct mpr_outcome o = {.accepted = false};
        bool told = without_lsa && strcmp(m->name, "lsa") == 0;

        if (told)
            snprintf(o.text, sizeof(o.text), "%s", without_lsa);
        else if (left <= 0)
            snprintf(o.text, sizeof(o.text),
                     "was not called: those before it took all the time there is");
        else
            mpr_provider_call(config->manager_directory, m, call,
                              left < (int64_t)m->timeout ? (unsigned)left : m->timeout, &o);
        result.called++;
        result.accepted += o.accepted;
        result.failed += !o.accepted && !o.unsupported;
        if (!o.accepted && !o.unsupported)
            remember_failure(&result, m, &o);
        account(config, m, &o);
        if (!told && !o.accepted && !o.unsupported)
            mpr_trouble_add(trouble, "credential manager %s: %s", m->name, o.text);
        if ((o.accepted && m->return_on[MPR_SUCCESS]) ||
            (!o.accepted && !o.unsupported && m->return_on[MPR_UNAVAIL]))
            break;
    }
    return result;
}
