/*
 * Timers that run once: see the header.
 */
#include "lsad/later.h"

#include <event2/event.h>
#include <stdlib.h>

struct later {
    struct later *next, **previous;
    struct event *event;
    void (*run)(void *arg, bool closing);
    void *arg;
};

static struct later *waiting;

static void end(struct later *l, bool closing)
{
    *l->previous = l->next;
    if (l->next)
        l->next->previous = l->previous;
    event_free(l->event);
    l->run(l->arg, closing);
    free(l);
}

static void on_time(evutil_socket_t fd, short what, void *arg)
{
    (void)fd, (void)what;
    end(arg, false);
}

void later_start(struct event_base *base, unsigned milliseconds,
                 void (*run)(void *arg, bool closing), void *arg)
{
    const struct timeval wait = {.tv_sec = milliseconds / 1000,
                                 .tv_usec = milliseconds % 1000 * 1000};
    struct later *l = calloc(1, sizeof(*l));

    if (l)
        l->event = evtimer_new(base, on_time, l);
    if (!l || !l->event || event_add(l->event, &wait) != 0) {
        if (l && l->event)
            event_free(l->event);
        free(l);
        run(arg, false);
        return;
    }
    l->run = run;
    l->arg = arg;
    l->next = waiting;
    l->previous = &waiting;
    if (waiting)
        waiting->previous = &l->next;
    waiting = l;
}

void later_close(void)
{
    while (waiting)
        end(waiting, true);
}
