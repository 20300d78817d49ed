/*
 * What failed lately, and why, for `credmgr status`: "why" is what people ask for most. In memory
 * only, bounded for each session and each user; nothing secret is in it.
 */
#ifndef CREDMGR_LSAD_FAILURES_H
#define CREDMGR_LSAD_FAILURES_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/reason.h"
#include "lsad/client.h"

#define FAILURES_MAX         512
#define FAILURES_SESSION_MAX 8
#define FAILURES_USER_MAX    32
#define FAILURE_WHAT_SIZE    128 /* bytes with the terminating zero */

struct failure {
    int64_t time;  /* of the last time, seconds since 1970; 0: free */
    uint64_t luid; /* 0: of a program without a session */
    uid_t uid;
    unsigned count; /* how often it happened, the same every time */
    SECURITY_STATUS status;
    char what[FAILURE_WHAT_SIZE];
    struct reason reason;
};

/* Keeps it; one that nobody explained (an empty reason) is not kept. */
void failures_note(uint64_t luid, uid_t uid, const char *what, SECURITY_STATUS status,
                   const struct reason *reason);
/* A call that is about to be answered with this status, and this thread's reason. */
void failures_note_call(struct lsad_call *call, SECURITY_STATUS status);
/* struct lsa_host_config: what a package tells of a logon session's own business. */
void failures_note_session(const LUID *luid, NTSTATUS status);
/*
 * Copies those of `uid` (NULL: of all), the newest first, at most `max`; returns how many. Those of
 * sessions that have ended are forgotten.
 */
size_t failures_list(const uid_t *uid, struct failure *out, size_t max);

#endif
