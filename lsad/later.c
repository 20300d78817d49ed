/*
 * Timers that run once: see the header.
 */
#include "lsad/later.h"

#include <event2/event.h>
#include <stdlib.h>

struct later {
    struct later *next, **previous; /* list of those whose time runs */
    struct event *event;
    unsigned milliseconds;
    void (*run)(void *arg, bool closing);
    void *arg;
};

static struct later *running;

struct later *later_make(unsigned milliseconds, void (*run)(void *arg, bool closing), void *arg)
{
    struct later *l = calloc(1, sizeof(*l));

    if (!l)
        return NULL;
    l->milliseconds = milliseconds;
    l->run = run;
    l->arg = arg;
    return l;
}

void later_free(struct later *l)
{
    free(l);
}

static void end(struct later *l, bool closing)
{
    if (l->previous) {
        *l->previous = l->next;
        if (l->next)
            l->next->previous = l->previous;
    }
    if (l->event)
        event_free(l->event);
    l->run(l->arg, closing);
    free(l);
}

static void on_time(evutil_socket_t fd, short what, void *arg)
{
    (void)fd, (void)what;
    end(arg, false);
}

void later_start(struct event_base *base, struct later *l)
{
    const struct timeval wait = {.tv_sec = l->milliseconds / 1000,
                                 .tv_usec = l->milliseconds % 1000 * 1000};

    l->event = evtimer_new(base, on_time, l);
    if (!l->event || event_add(l->event, &wait) != 0) {
        end(l, false); /* too early is better than never */
        return;
    }
    l->next = running;
    l->previous = &running;
    if (running)
        running->previous = &l->next;
    running = l;
}

void later_close(void)
{
    while (running)
        end(running, true);
}
