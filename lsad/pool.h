/*
 * Threads for calls that may block, a KDC being far away or dead. They are made when all others are
 * at work, up to a cap for each uid and one for all, and end when idle. Users with queued calls
 * take turns.
 */
#ifndef CREDMGR_LSAD_POOL_H
#define CREDMGR_LSAD_POOL_H

#include <stdbool.h>
#include "lsad/client.h"

/* With max_threads 0 (for tests and fuzzing) calls run at once, in the caller's thread. */
void pool_open(unsigned max_threads, unsigned max_threads_per_user);
/* Waits at most `seconds` for calls under way; queued ones are not begun any more. False: some
 * still run. */
bool pool_close(unsigned seconds);
/*
 * Runs call->run(call), which frees the call, in a thread; the reference call->charged is used up.
 * False, and nothing has happened, when that user has too many calls.
 */
bool pool_submit(struct lsad_call *call);
unsigned pool_threads(void);

#endif
