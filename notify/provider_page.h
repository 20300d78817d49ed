/*
 * What a credential manager's process and the router tell each other: one shared mapping rather
 * than a pipe, since there is no descriptor in it that the manager could close, write into or leave
 * open in a process that it starts. The manager can write anything here: the router reads it once,
 * as hostile, and nothing in it can cost anybody but this manager.
 */
#ifndef CREDMGR_NOTIFY_PROVIDER_PAGE_H
#define CREDMGR_NOTIFY_PROVIDER_PAGE_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include "notify/provider.h"
#include "notify/request.h"

enum mpr_progress {
    MPR_LOADING,
    MPR_STARTING,
    MPR_CALLING,
    MPR_WAITING, /* for a command */
    MPR_REFUSED, /* by us: text says why */
    MPR_RETURNED
};
enum mpr_command { MPR_STAY, MPR_TRY, MPR_LEAVE };

/* Instead of a length of the script. */
#define MPR_SCRIPT_LONG    0xFFFFFFFFu
#define MPR_SCRIPT_NO_TEXT 0xFFFFFFFEu /* no UTF-16 */

struct mpr_page {
    _Atomic uint32_t progress; /* written by the manager's process */
    _Atomic uint32_t command;  /* written by the router */
    uint32_t start;            /* the last answer for WNNC_START */
    uint32_t status;           /* of the notification; WAITING: 0 when it was not called */
    uint32_t extended;         /* of WNetSetLastError */
    uint32_t spec_version, net_type, driver_version;
    char text[MPR_ERROR_TEXT_MAX]; /* REFUSED: why; RETURNED, WAITING: of WNetSetLastError */
    uint32_t script_size;
    char script[MPR_FIELD_MAX]; /* UTF-8 */
};

/* Everything that happens in the manager's process, after the fork. */
_Noreturn void mpr_provider_child(struct mpr_page *page, pid_t parent, const char *directory,
                                  size_t memory, const char *name, const struct mpr_call *call);

#endif
