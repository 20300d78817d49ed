/*
 * One call of one credential manager, in a process of its own: a manager that crashes, hangs,
 * exits, closes descriptors or writes to standard output costs its own notification and nothing
 * else.
 */
#ifndef CREDMGR_NOTIFY_PROVIDER_H
#define CREDMGR_NOTIFY_PROVIDER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <windows.h>
#include "notify/config.h"
#include "notify/statistics.h"

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
    bool accepted;     /* it returned WN_SUCCESS */
    bool unsupported;  /* it does not take this kind of notification, which is no failure */
    uint32_t error;    /* WN_… that it returned; 0: accepted, or it returned nothing */
    uint64_t duration; /* microseconds, with loading */
    char text[MPR_ERROR_TEXT_MAX]; /* what went wrong, one line of UTF-8; empty when accepted */
    char script[512];              /* UTF-8: the logon script it named (cut to this), or empty */
};

/*
 * Loads DIRECTORY/libcredmgr_NAME.so.1 and makes the call. The file and its directory must be
 * root's (or the caller's) and nobody else's to write. After `timeout` milliseconds the manager and
 * the processes of its group are killed.
 */
void mpr_provider_call(const char *directory, const struct mpr_manager *manager,
                       const struct mpr_call *call, unsigned timeout, struct mpr_outcome *out);

#endif
