/*
 * "script": the session is open, and the logon scripts that "logon" gave back can run. And those of
 * managers that were called late, in the background.
 */
#include "base/log.h"
#include "notify/script.h"
#include "notify/verb.h"

#include <errno.h>
#include <stdlib.h>

/* Of the scripts only the LSA's own stays; false: it is not among them. */
static bool keep_exporter(char **scripts)
{
    size_t kept = 0;

    for (char **line = scripts; *line; line++) {
        char *one = *line;

        *line = NULL;
        if (mpr_is_exporter(one) && !kept)
            scripts[kept++] = one;
        else
            free(one);
    }
    return kept > 0;
}

void mpr_verb_script(const struct mpr_config *config, const struct mpr_request *request,
                     struct mpr_reply *reply, struct mpr_trouble *trouble)
{
    struct passwd pw;
    char *buffer = NULL;

    if (!mpr_given(request->user) || !request->scripts) {
        (void)mpr_incomplete(reply, trouble, "user or scripts");
        return;
    }
    if (!config->logon_scripts && !keep_exporter(request->scripts)) {
        log_debug("logon scripts of %s are not run (logon_scripts = no)", request->user);
        return;
    }
    if (!mpr_passwd(request->user, &pw, &buffer)) {
        reply->status = (uint32_t)STATUS_NO_SUCH_USER;
        mpr_trouble_add(trouble, "there is no user \"%s\" (getent passwd)", request->user);
    } else if (!mpr_scripts_start(&pw, request->luid, request->scripts, request->environment)) {
        reply->status = (uint32_t)STATUS_UNSUCCESSFUL;
        mpr_trouble_add(trouble, "the logon scripts cannot be started: %m");
    }
    free(buffer);
}

void mpr_late_scripts(const struct mpr_call *call, char *const *scripts)
{
    const char *user = call->context;
    struct passwd pw;
    char *buffer = NULL;

    if (!mpr_passwd(user, &pw, &buffer))
        log_error("logon scripts of %s are not run: no such user", user);
    else if (!mpr_scripts_start(&pw, call->session ? mpr_luid_number(call->luid) : 0, scripts,
                                NULL))
        log_error("logon scripts of %s are not run: %m", user);
    free(buffer);
}
