/*
 * How a logon program runs mpnotify: for pam_credmgr.so and for libmpr.so, which both live in the
 * process of somebody else's program and must leave it as it was.
 */
#ifndef CREDMGR_NOTIFY_HELPER_H
#define CREDMGR_NOTIFY_HELPER_H

#include <stdbool.h>
#include "notify/request.h"

/* mpnotify's command line before the verb. */
struct helper_arguments {
    bool debug;
    const char *config; /* NULL: mpnotify's default */
    const char *socket; /* of lsad; NULL: what the configuration says */
};

enum { HELPER_TROUBLE_SIZE = 256 };

/*
 * Runs `mpnotify VERB` with `request` and reads its answer. False when there was none (not
 * installed, crashed, hanging, garbage); `trouble` (HELPER_TROUBLE_SIZE bytes) then says what, in
 * one line without a newline, and *reply is empty. Release *reply with mpr_reply_clear(). Nothing
 * of the calling process is changed when it returns: descriptors, children, signal dispositions.
 */
bool helper_run(const struct helper_arguments *arguments, enum mpr_verb verb,
                const struct mpr_request *request, struct mpr_reply *reply, char *trouble);

#endif
