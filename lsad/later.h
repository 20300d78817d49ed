/*
 * Work that waits for a time, in the event loop.
 */
#ifndef CREDMGR_LSAD_LATER_H
#define CREDMGR_LSAD_LATER_H

#include <stdbool.h>

struct event_base;
struct later;

/* From any thread; NULL without memory. */
struct later *later_make(unsigned milliseconds, void (*run)(void *arg, bool closing), void *arg);
/* One that was never started. NULL is fine. */
void later_free(struct later *later);

/* In the loop's thread: its time begins, and it is freed when it has run. */
void later_start(struct event_base *base, struct later *later);
/* All that still wait run now, with `closing`. */
void later_close(void);

#endif
