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

/* A manager that will have started within so many milliseconds of the first call is waited for
 * before the logon program gets its answer; all others in the background. */
#define MPR_START_WAIT_MS 1000

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
 * milliseconds); those of other classes than WN_CREDENTIAL_CLASS and WN_PRIMARY_AUTHENT_CLASS are
 * passed over. `without_lsa`: why the built-in manager cannot do anything now, or NULL; it then
 * counts as failed but is not called and not complained about, since the caller did that already. A
 * manager's trouble goes to `trouble`.
 *
 * Managers that are not there by then, and those for whom no time was left, are notified by a
 * detached process that goes on (background.h); how they do there is logged and counted.
 */
struct mpr_result mpr_route(const struct mpr_config *config, const struct mpr_order *order,
                            const struct mpr_call *call, int64_t deadline, const char *without_lsa,
                            struct mpr_trouble *trouble);
/* CLOCK_MONOTONIC in milliseconds. */
int64_t mpr_now(void);

/* ---- for the background phase --------------------------------------------------------------- */

/* Calls `manager`: mpr_provider_begin() and mpr_provider_wait(). True: it is done. */
bool mpr_begin(const struct mpr_config *config, const struct mpr_manager *manager,
               const struct mpr_call *call, unsigned ms, struct mpr_provider *p,
               struct mpr_outcome *out);
/* Counts and logs what came of a call that is done. */
void mpr_account(const struct mpr_config *config, const struct mpr_manager *manager,
                 const struct mpr_outcome *out);
/*
 * Puts out->script behind the list, which is *used bytes long as a reply counts it. False, with the
 * reason in out->text, when it is not taken; nothing is kept of it then.
 */
bool mpr_add_script(const struct mpr_config *config, struct mpr_outcome *out, char ***scripts,
                    size_t *used);
void mpr_free_scripts(char **scripts);

#endif
