/*
 * How each credential manager fares: written by mpnotify after every call, read by `credmgr
 * providers`. One small text file a manager in a directory of root's that everybody may read; it
 * holds no names of users and no secrets.
 */
#ifndef CREDMGR_NOTIFY_STATISTICS_H
#define CREDMGR_NOTIFY_STATISTICS_H

#include <stdbool.h>
#include <stdint.h>
#include "notify/config.h"

#define MPR_ERROR_TEXT_MAX 240

struct mpr_statistics {
    char name[MPR_MANAGER_NAME_MAX + 1];
    uint64_t calls, failures;
    int64_t last_call;       /* seconds since 1970 */
    uint64_t last_duration;  /* microseconds */
    uint64_t total_duration; /* microseconds, of all calls */
    int64_t last_failure;    /* seconds since 1970; 0: none */
    uint32_t last_error; /* WN_… of the last failure; 0: it gave none (crashed, hung) or there was
                            none */
    char last_text[MPR_ERROR_TEXT_MAX]; /* the last failure in words */
};

/*
 * Counts one call that took `duration` microseconds; `failed`: with `error` and `text`. The
 * directory is made when missing (its parent too). False with errno; a login does not depend on it.
 */
bool mpr_statistics_add(const char *directory, const char *manager, uint64_t duration, bool failed,
                        uint32_t error, const char *text);
/* One manager's numbers; false with errno (ENOENT: it was never called, EBADMSG: not a file of
 * ours). */
bool mpr_statistics_get(const char *directory, const char *manager, struct mpr_statistics *out);

#endif
