/*
 * What mpnotify does for each verb of request.h.
 */
#ifndef CREDMGR_NOTIFY_VERBS_H
#define CREDMGR_NOTIFY_VERBS_H

#include "notify/config.h"
#include "notify/request.h"
#include "notify/router.h"

/* Does it and fills *reply (whose strings are then malloc'ed) except for its message; troubles go
 * to `trouble`. */
void mpr_perform(const struct mpr_config *config, enum mpr_verb verb,
                 const struct mpr_request *request, struct mpr_reply *reply,
                 struct mpr_trouble *trouble);

#endif
