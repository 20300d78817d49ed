/*
 * Where no KDC answers, libkrb5 waits for half a minute before it says so, for each context anew.
 * Who was told to wait that long for a service once goes to the next package at once for a while,
 * for that service and with that credential: others may have tickets, or another KDC.
 */
#include "libsspi/packages/negotiate/negotiate.h"

#include <string.h>

/* What is quicker than this is worth to be asked again: a KDC that is started, say. */
#define PATIENCE_MS 2000
#define SILENCE_S   60

int64_t nego_milliseconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* FNV-1a: whoever makes two names meet has chosen both. */
static uint64_t hash(const struct nego_package *package, const UNICODE_STRING *target)
{
    uint64_t h = 0xcbf29ce484222325u ^ package->package->id;

    for (size_t i = 0; target && i < target->Length / sizeof(WCHAR); i++)
        h = (h ^ target->Buffer[i]) * 0x100000001b3u;
    return h;
}

bool nego_is_silent(struct nego_credential *c, const struct nego_package *package,
                    const UNICODE_STRING *target)
{
    bool silent = false;

    pthread_mutex_lock(&c->lock);
    for (size_t i = 0; i < NEGO_SILENCES; i++)
        if (c->silences[i].until && c->silences[i].target == hash(package, target))
            silent = nego_milliseconds() / 1000 < c->silences[i].until;
    pthread_mutex_unlock(&c->lock);
    return silent;
}

void nego_note_silence(struct nego_credential *c, const struct nego_package *package,
                       const UNICODE_STRING *target, int64_t milliseconds)
{
    uint64_t h = hash(package, target);
    size_t at = 0;

    if (milliseconds < PATIENCE_MS)
        return;
    pthread_mutex_lock(&c->lock);
    for (size_t i = 1; i < NEGO_SILENCES; i++) /* the same one, else the oldest */
        if (c->silences[i].target == h ||
            (c->silences[at].target != h && c->silences[i].until < c->silences[at].until))
            at = i;
    c->silences[at] = (struct nego_silence){h, (time_t)(nego_milliseconds() / 1000) + SILENCE_S};
    pthread_mutex_unlock(&c->lock);
}
