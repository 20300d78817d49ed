/*
 * Passwords on their way: from the module that asked for one to the logon that needs it, and from a
 * password change to the credential managers. This module never asks for one itself.
 */
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>
#include <security/pam_ext.h>
#include <security/pam_modutil.h>
#include "base/secret.h"
#include "pam_credmgr/module.h"

/*
 * The person's processes must not see the name of a staged record. (Setting a variable without '='
 * takes it out.)
 */
void module_hide_staged(pam_handle_t *pamh)
{
    if (pam_getenv(pamh, MPR_STAGED_VARIABLE))
        (void)pam_putenv(pamh, MPR_STAGED_VARIABLE);
}

void module_discard_staged(pam_handle_t *pamh, struct state *state)
{
    struct helper_arguments arguments = state_arguments(state);
    struct mpr_request request = {.staged = state->staged};
    struct mpr_reply reply;
    char trouble[HELPER_TROUBLE_SIZE];

    if (state->staged && state->staged_by == getpid()) {
        if (!helper_run(&arguments, MPR_DISCARD, &request, &reply, trouble))
            pam_syslog(pamh, LOG_ERR, "%s; the staged password expires by itself", trouble);
        mpr_reply_clear(&reply);
        module_hide_staged(pamh);
    }
    free(state->staged);
    state->staged = NULL;
}

/*
 * Keeps `password` (and `old`, what it was before a forced change) for the logon of `user` in this
 * transaction.
 */
static bool keep(struct state *state, const char *user, const char *password, const char *old)
{
    char *kept_old = old ? secret_dup(old, strlen(old) + 1) : NULL;

    state_forget_password(state);
    state->user = strdup(user);
    state->password = secret_dup(password, strlen(password) + 1);
    state->old_password = kept_old;
    if (state->user && state->password && (kept_old || !old))
        return true;
    state_forget_password(state);
    return false;
}

/*
 * Stages what was just kept. sshd authenticates keyboard-interactive in a child that then ends, and
 * with it its PAM data; of all the child knows only the PAM environment reaches the process that
 * logs on. False after one line in the log.
 */
static bool stage(struct module *m, struct state *state, const char *service)
{
    struct helper_arguments arguments = state_arguments(state);
    struct mpr_request request = {
        .user = state->user,
        .service = (char *)service,
        .password = state->password,
        .old_password = state->old_password,
        .require = m->options.require,
    };
    struct mpr_reply reply = {0};
    char trouble[HELPER_TROUBLE_SIZE], *variable = NULL;
    bool ok = false;

    if (!helper_run(&arguments, MPR_STAGE, &request, &reply, trouble)) {
        pam_syslog(m->pamh, LOG_ERR, "%s", trouble);
    } else if (reply.status != 0 || !reply.staged) {
        pam_syslog(m->pamh, LOG_ERR, "the password of %s was not staged: %s (0x%08x)", state->user,
                   reply.message ? reply.message : "mpnotify did not say why", reply.status);
    } else if (asprintf(&variable, MPR_STAGED_VARIABLE "=%s", reply.staged) < 0 ||
               pam_putenv(m->pamh, variable) != PAM_SUCCESS) {
        pam_syslog(m->pamh, LOG_CRIT, "out of memory");
    } else {
        state->staged = reply.staged;
        state->staged_by = getpid();
        reply.staged = NULL;
        ok = true;
    }
    if (ok && m->options.debug)
        pam_syslog(m->pamh, LOG_DEBUG, "the password of %s is staged", state->user);
    free(variable);
    mpr_reply_clear(&reply);
    return ok;
}

/* A web server may ask for anybody's password; without privilege it can unlock only its own. */
static bool is_own(pam_handle_t *pamh, const char *user)
{
    const struct passwd *account = pam_modutil_getpwnam(pamh, user);

    return account && account->pw_uid == geteuid();
}

int module_authenticate(struct module *m)
{
    const char *user = module_item(m->pamh, PAM_USER);
    const char *service = module_item(m->pamh, PAM_SERVICE);
    const char *password = module_item(m->pamh, PAM_AUTHTOK);
    struct state *state;

    /*
     * No password is no trouble: a key, a finger, a ticket. pam_get_user() would ask, so the name
     * is taken as it is.
     */
    if (!user || !service || !password || (!m->privileged && !is_own(m->pamh, user)))
        return PAM_IGNORE;
    if (strlen(password) > MPR_FIELD_MAX) {
        pam_syslog(m->pamh, LOG_ERR, "the password of %s is over %d bytes long and is not kept",
                   user, MPR_FIELD_MAX);
        return module_trouble(m, PAM_AUTHINFO_UNAVAIL);
    }
    state = state_get(m->pamh, &m->options, true);
    if (!state)
        return module_trouble(m, PAM_AUTHINFO_UNAVAIL);
    if (!keep(state, user, password, NULL)) {
        pam_syslog(m->pamh, LOG_CRIT, "out of memory");
        return module_trouble(m, PAM_AUTHINFO_UNAVAIL);
    }
    /*
     * Somebody proves again who they are while their session lives, or where none can be made:
     * setcred may unlock it. Without privilege nothing can be staged.
     */
    if (state->luid || !m->privileged)
        return PAM_IGNORE;

    /* login begins anew, with another name perhaps, after an authentication that failed. */
    module_discard_staged(m->pamh, state);
    state->attempted = state->failed = state->refreshed = false;
    return stage(m, state, service) ? PAM_IGNORE : module_trouble(m, PAM_AUTHINFO_UNAVAIL);
}

/*
 * Tells every credential manager of a changed password; the logon sessions that the person has
 * elsewhere get it by this.
 */
static void notify(struct module *m, struct state *state, const char *user, const char *service,
                   const char *old, const char *password)
{
    struct helper_arguments arguments = state_arguments(state);
    struct mpr_request request = {
        .user = (char *)user,
        .service = (char *)service,
        .old_password = (char *)old,
        .password = (char *)password,
        .require = m->options.require,
    };
    struct mpr_reply reply = {0};
    char trouble[HELPER_TROUBLE_SIZE];

    if (!helper_run(&arguments, MPR_PASSWORD, &request, &reply, trouble))
        pam_syslog(m->pamh, LOG_ERR, "%s; the sessions of %s keep the old password", trouble, user);
    else if (reply.status != 0)
        pam_syslog(m->pamh, LOG_ERR, "the new password of %s was not passed on: %s (0x%08x)", user,
                   reply.message ? reply.message : "mpnotify did not say why", reply.status);
    else if (reply.message)
        pam_syslog(m->pamh, LOG_WARNING, "new password of %s: %s", user, reply.message);
    else if (m->options.debug)
        pam_syslog(m->pamh, LOG_DEBUG, "the new password of %s was passed on", user);
    mpr_reply_clear(&reply);
}

/*
 * libpam calls twice: PAM_PRELIM_CHECK (may the password be changed?), then PAM_UPDATE_AUTHTOK. In
 * the second round the modules before this one have made the change, if the stack lets nobody past
 * a failure: `requisite`, or Debian's jumps. (Behind a plain `required` this module is called even
 * after the change was refused, and nothing tells it.)
 *
 * `require` has no meaning here: the password is changed already, and to call that a failure would
 * be a lie.
 */
int module_chauthtok(struct module *m)
{
    const char *user = module_item(m->pamh, PAM_USER);
    const char *service = module_item(m->pamh, PAM_SERVICE);
    const char *password = module_item(m->pamh, PAM_AUTHTOK);
    const char *old = module_item(m->pamh, PAM_OLDAUTHTOK);
    struct state *state;

    if (!(m->flags & PAM_UPDATE_AUTHTOK) || !user || !service || !password)
        return PAM_IGNORE;
    if (strlen(password) > MPR_FIELD_MAX || (old && strlen(old) > MPR_FIELD_MAX)) {
        pam_syslog(m->pamh, LOG_ERR,
                   "the new password of %s is over %d bytes long and is not passed on", user,
                   MPR_FIELD_MAX);
        return PAM_IGNORE;
    }
    state = state_get(m->pamh, &m->options, true);
    if (!state)
        return PAM_IGNORE;
    /*
     * In a login the old one may be known from its beginning only. (root changing another's
     * password does not know it.)
     */
    if (!old && state->password && strcmp(state->user, user) == 0)
        old = state->password;
    notify(m, state, user, service, old, password);

    /*
     * A change forced in the middle of a login: the logon that follows must use the new password,
     * and tell the managers the old one too. Staged anew, since sshd does this as well in the child
     * of keyboard-interactive.
     */
    if (state->password && strcmp(state->user, user) == 0 && !state->attempted) {
        module_discard_staged(m->pamh, state);
        if (!keep(state, user, password, old))
            pam_syslog(m->pamh, LOG_CRIT, "out of memory");
        else
            (void)stage(m, state, service);
    }
    return PAM_IGNORE;
}
