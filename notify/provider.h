/*
 * One credential manager, in a process of its own: a manager that crashes, hangs, exits, closes
 * descriptors or writes to standard output costs its own notification and nothing else.
 *
 * The process stays while the manager is not there yet (NPGetCaps says when it will have started,
 * or the notification answers WN_NO_NETWORK or WN_FUNCTION_BUSY), and is told to try again.
 */
#ifndef CREDMGR_NOTIFY_PROVIDER_H
#define CREDMGR_NOTIFY_PROVIDER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <windows.h>
#include "notify/config.h"
#include "notify/statistics.h"

/* NPGetCaps(WNNC_START) beside WNNC_WAIT_FOR_START, which means: has started. */
#define MPR_START_NEVER   0u          /* not started, and not going to be */
#define MPR_START_UNKNOWN 0xFFFFFFFFu /* not started, and it cannot tell when */

/* The arguments of NPLogonNotify, or, with `password_change`, of NPPasswordChangeNotify (npapi.h).
 */
struct mpr_call {
    bool password_change;
    LUID luid;
    const WCHAR *type;
    void *info;
    const WCHAR *previous_type; /* NULL: none */
    void *previous;
    const WCHAR *station;
    DWORD change; /* WN_VALID_LOGON_ACCOUNT, … */

    /* For managers that start later and are called in the background, when the logon program has
     * its answer already. */
    pid_t leader; /* session leader: with its death nobody is waited for any more; 0: none */
    bool session; /* `luid` names a logon session at the LSA: so with its end */
    /* Runs the logon scripts that come then (NULL-terminated), in the detached process; NULL: they
     * are logged and not run. `context` is for its use. */
    void (*late_scripts)(const struct mpr_call *call, char *const *scripts);
    const void *context;
};

struct mpr_outcome {
    enum mpr_status status;
    bool waits;        /* it is not there yet and may be asked again */
    uint32_t error;    /* WN_… that it returned; 0: accepted, or it returned nothing */
    uint32_t extended; /* WN_EXTENDED_ERROR: its own code (WNetSetLastError) */
    uint32_t start; /* what it answered for WNNC_START; MPR_START_UNKNOWN as long as it did not */
    uint64_t duration;                               /* microseconds of this try, with loading */
    uint32_t spec_version, net_type, driver_version; /* WNNC_…; 0: it does not say */
    char text[MPR_ERROR_TEXT_MAX]; /* what went wrong, one line of UTF-8; empty when accepted */
    char *script;    /* UTF-8: the logon script it named, at most MPR_FIELD_MAX bytes, or NULL */
    bool bad_script; /* it named one that is longer, or no UTF-16: `text` says so */
};

/* A manager's process. */
struct mpr_provider {
    pid_t pid; /* -1: there is none any more */
    int pidfd;
    struct mpr_page *page;
    uint64_t began; /* this try: microseconds of CLOCK_MONOTONIC */
    bool password_change;
};

/*
 * Starts the process that loads DIRECTORY/libcredmgr_NAME.so.1 and makes the call. The file and its
 * directory must be root's (or the caller's) and nobody else's to write. It may use `memory` bytes
 * of address space; 0: as much as there is. False, with *out filled, when there is no process to be
 * had. `call` is copied by the fork: it may go after that.
 */
bool mpr_provider_begin(struct mpr_provider *p, const char *directory, size_t memory,
                        const char *name, const struct mpr_call *call, struct mpr_outcome *out);
/*
 * Until the manager has answered, or `ms` milliseconds have passed: then it is killed with the
 * processes of its group. True: it is done, the process is gone. False: it is not there yet
 * (out->waits), its process is kept for mpr_provider_again() or mpr_provider_end(). *out (whose
 * script is the caller's to free) is filled in both cases.
 */
bool mpr_provider_wait(struct mpr_provider *p, unsigned ms, struct mpr_outcome *out);
/* Lets one that is not there yet try again; mpr_provider_wait() tells what comes of it. */
void mpr_provider_again(struct mpr_provider *p);
/* Tells one that waits that it may go, so that several can do it at once. */
void mpr_provider_leave(struct mpr_provider *p);
/* Ends the process, whatever it does: one that does not go within `ms` by itself is killed. */
void mpr_provider_end(struct mpr_provider *p, unsigned ms);
/* Enough for a manager that has something to put away. */
#define MPR_LEAVE_MS 500

#endif
