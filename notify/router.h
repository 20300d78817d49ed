/*
 * The multiple provider router: hands one event to every credential manager of its order, and keeps
 * account of how each did.
 */
#ifndef CREDMGR_NOTIFY_ROUTER_H
#define CREDMGR_NOTIFY_ROUTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "notify/config.h"
#include "notify/provider.h"

/* What went wrong so far, one line for the log; sentences are put behind each other. */
struct mpr_trouble {
    char text[3072];
    size_t used;
};
void mpr_trouble_add(struct mpr_trouble *trouble, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

struct mpr_result {
    size_t called, accepted, failed;
    /* The first manager that failed; an empty name: none did. */
    struct {
        char manager[MPR_MANAGER_NAME_MAX + 1];
        uint32_t error; /* what it returned, or its own code (WNetSetLastError); 0: it did not
                           return */
        char text[MPR_ERROR_TEXT_MAX];
    } failure;
    size_t pending; /* not there yet: they are asked again in the background */
    char **scripts; /* logon scripts that managers returned, NULL-terminated, or NULL; each of at
                       most MPR_FIELD_MAX bytes of UTF-8, all together fit into a reply. The
                       caller's to free(), or to put into reply->scripts as they are. */
};

/*
 * Calls the managers of `order` one after the other until `deadline` (CLOCK_MONOTONIC
 * milliseconds). `without_lsa`: why the built-in manager cannot do anything now, or NULL; it then
 * counts as failed but is not called and not complained about, since the caller did that already. A
 * manager's trouble goes to `trouble`.
 */
struct mpr_result mpr_route(const struct mpr_config *config, const struct mpr_order *order,
                            const struct mpr_call *call, int64_t deadline, const char *without_lsa,
                            struct mpr_trouble *trouble);
/* CLOCK_MONOTONIC in milliseconds. */
int64_t mpr_now(void);

#endif
