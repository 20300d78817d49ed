/*
 * Work that waits for a time, in the event loop.
 */
#ifndef CREDMGR_LSAD_LATER_H
#define CREDMGR_LSAD_LATER_H

#include <stdbool.h>

struct event_base;

/* In the loop's thread: run(arg, false) when the time is over. Without memory at once: too early is
 * better than never. */
void later_start(struct event_base *base, unsigned milliseconds,
                 void (*run)(void *arg, bool closing), void *arg);
/* All that still wait run now, with `closing`. */
void later_close(void);

#endif
