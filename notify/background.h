/*
 * Credential managers that are not there yet when somebody logs on: how long they are waited for,
 * and the detached process that does it, so that no login waits for them.
 *
 * Source: "Overriding the Default MPR Time-out Interval" and "NPGetCaps function", Windows
 * documentation (win32/SecAuthN, sdk-api/npapi).
 */
#ifndef CREDMGR_NOTIFY_BACKGROUND_H
#define CREDMGR_NOTIFY_BACKGROUND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "notify/config.h"
#include "notify/provider.h"

/* What a manager gets that cannot tell when it will have started, in milliseconds. */
#define MPR_DEFAULT_START_MS 60000u
/* No announcement keeps a password in memory for longer. */
#define MPR_LONGEST_START_MS 3600000u

/*
 * MaxTimeout: for how many milliseconds managers are waited for, by what they answered for
 * WNNC_START and the administrator's RestoreTimeout (restore_timeout; 0: none). An answer of
 * WNNC_WAIT_FOR_START or MPR_START_NEVER asks for no time.
 */
unsigned mpr_max_timeout(unsigned restore_timeout, const uint32_t *answers, size_t count);
/*
 * The pause, in milliseconds, before a manager is asked again for the `tries`th time (from 1):
 * short at first, five seconds in the end.
 */
unsigned mpr_pause(unsigned tries);

/*
 * Starts the detached process that calls the managers of `order` as soon as each of them is there,
 * in this order, and gives up after MaxTimeout, or when the logon session or its leader has ended.
 * It has a session of its own and nothing of the logon program open. False with errno when there is
 * no process to be had.
 */
bool mpr_background(const struct mpr_config *config, const struct mpr_order *order,
                    const struct mpr_call *call);

#endif
