/*
 * Staged records: a password between the authentication and the logon, for programs that do these
 * in two processes (sshd with keyboard-interactive). A record is a kernel key of root's that nobody
 * can possess, expires by itself, and is used once.
 */
#ifndef CREDMGR_NOTIFY_STAGE_H
#define CREDMGR_NOTIFY_STAGE_H

#include <stdbool.h>
#include "notify/config.h"
#include "notify/request.h"

/* Keeps user, service, password and old_password; `staged` becomes the record's name: 128 random
 * bits. False with errno. */
bool mpr_stage_put(const struct mpr_config *config, const struct mpr_request *request,
                   char staged[MPR_STAGED_DIGITS + 1]);
/*
 * The record, if it was staged for this user and service; mpr_request_clear() it. Whatever it was
 * staged for, it is gone afterwards. False with errno: ENOKEY (unknown, used, expired, or
 * another's).
 */
bool mpr_stage_take(const struct mpr_config *config, const char *staged, const char *user,
                    const char *service, struct mpr_request *out);
/* Forgets a record; no error when there is none. */
bool mpr_stage_discard(const struct mpr_config *config, const char *staged);

#endif
