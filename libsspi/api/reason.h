/*
 * The reason of the last failure, for CredmgrLastErrorText(): every entry point that can fail for a
 * cause outside the program begins and ends with these.
 */
#ifndef CREDMGR_API_REASON_H
#define CREDMGR_API_REASON_H

#include <sspi.h>

#include "base/reason.h"

/* Nothing is known to have failed on this thread. */
void api_reason_begin(void);
/* Returns `status`. After a success there is no reason; after a failure that nobody explained, the
 * status in words. */
SECURITY_STATUS api_reason_end(SECURITY_STATUS status);
/*
 * What failed first, at lsad, is told before what failed then, in this process; `first` was saved
 * when it happened. Of one that is empty nothing is told.
 */
void api_reason_join(const struct reason *first);

#endif
