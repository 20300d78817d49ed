/*
 * "script": the session is open, and the logon scripts that "logon" gave back can run. And those of
 * managers that were called late, in the background.
 */
#include "base/log.h"
#include "notify/script.h"
#include "notify/verb.h"

#include <errno.h>
#include <stdlib.h>

/* The LSA's own among the scripts, borrowed; NULL: it is not there. */
static char *exporter_of(char *const *scripts)
{
    for (; *scripts; scripts++)
        if (mpr_is_exporter(*scripts))
            return *scripts;
    return NULL;
}

void mpr_verb_script(const struct mpr_config *config, const struct mpr_request *request,
                     struct mpr_reply *reply, struct mpr_trouble *trouble)
{
    char *exporter[] = {NULL, NULL};
    char *const *scripts = request->scripts;
    struct passwd pw;
    char *buffer = NULL;

    if (!mpr_given(request->user) || !scripts) {
        (void)mpr_incomplete(reply, trouble, "user or scripts");
        return;
    }
    if (!config->logon_scripts) {
        log_debug("logon scripts of %s are not run (logon_scripts = no)", request->user);
        exporter[0] = exporter_of(scripts);
        scripts = exporter;
        if (!exporter[0])
            return;
    }
    if (!mpr_passwd(request->user, &pw, &buffer)) {
        reply->status = (uint32_t)STATUS_NO_SUCH_USER;
        mpr_trouble_add(trouble, "there is no user \"%s\" (getent passwd)", request->user);
    } else if (!mpr_scripts_start(&pw, request->luid, scripts, request->environment)) {
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
