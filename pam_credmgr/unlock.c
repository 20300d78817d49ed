/*
 * Somebody who is logged on proves again who they are: setcred with PAM_REFRESH_CRED or
 * PAM_REINITIALIZE_CRED, or by a program without privilege (a screen locker).
 *
 * The flags alone do not say that a screen was unlocked: sudo passes PAM_REINITIALIZE_CRED before
 * its session, and sshd for root after it, in a child. So it counts only with a password that was
 * typed for PAM_USER in this transaction and has led to nothing yet; then mpnotify looks for a
 * logon session of that person. When there is none the password is kept for open_session.
 *
 * Nothing here fails a locker, also with `require`: the person has said who they are.
 */
#include <stdlib.h>
#include <syslog.h>
#include <security/pam_ext.h>
#include <ntstatus.h>
#include "pam_credmgr/module.h"

/* True when a session was found, whatever came of it. */
static bool unlock(struct module *m, struct state *state, const char *user)
{
    struct helper_arguments arguments = state_arguments(state);
    struct mpr_request request = {
        .user = (char *)user,
        .service = (char *)module_item(m->pamh, PAM_SERVICE),
        .tty = (char *)module_display_item(m->pamh, PAM_TTY),
        .password = state->password,
        /* In a session that we began, the variable may be of our own making. */
        .ccache = state->luid ? NULL : (char *)module_ccache(m->pamh),
        .luid = state->luid,
    };
    struct mpr_reply reply = {0};
    char trouble[HELPER_TROUBLE_SIZE];
    bool found = false;

    if (!helper_run(&arguments, MPR_UNLOCK, &request, &reply, trouble)) {
        pam_syslog(m->pamh, LOG_ERR, "unlock of %s: %s", user, trouble);
    } else if ((NTSTATUS)reply.status == STATUS_NO_SUCH_LOGON_SESSION) {
        if (m->options.debug)
            pam_syslog(m->pamh, LOG_DEBUG, "unlock of %s: %s", user,
                       reply.message ? reply.message : "no logon session");
    } else {
        found = true;
        state->unlocked = reply.luid;
        if (reply.status != 0 || reply.message)
            pam_syslog(m->pamh, LOG_WARNING, "unlock of %s: %s (0x%08x)", user,
                       reply.message ? reply.message : "mpnotify did not say why it failed",
                       reply.status);
        else if (m->options.debug)
            pam_syslog(m->pamh, LOG_DEBUG, "%s has unlocked logon session %016llx", user,
                       (unsigned long long)reply.luid);
    }
    mpr_reply_clear(&reply);
    return found;
}

int module_refresh(struct module *m)
{
    const char *user = module_item(m->pamh, PAM_USER);
    struct state *state = state_get(m->pamh, &m->options, true);

    if (!state || !user)
        return PAM_IGNORE;
    if (!state->attempted)
        state->refreshed = true;
    if (module_password_of(m, state, user) && (unlock(m, state, user) || !m->privileged)) {
        /* Used up. In a program without privilege nobody has more use for it. */
        state_forget_password(state);
        if (m->privileged)
            module_discard_staged(m->pamh, state);
    }
    return state->luid || state->unlocked ? PAM_SUCCESS : PAM_IGNORE;
}
