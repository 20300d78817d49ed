/*
 * The logon and the logout. setcred and open_session both lead here, since programs call them in
 * either order, and some only one of them: whichever comes first logs on, once a transaction.
 *
 * The flags of setcred tell little. PAM_REFRESH_CRED and PAM_REINITIALIZE_CRED come from screen
 * lockers, but the second is also all that sudo ever passes and what sshd passes for root: see
 * unlock.c.
 */
#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>
#include <unistr.h>
#include <security/pam_ext.h>
#include <security/pam_modutil.h>
#include <ntstatus.h>
#include "base/secret.h"
#include "pam_credmgr/module.h"

int module_trouble(const struct module *m, int failure)
{
    return m->options.require ? failure : PAM_IGNORE;
}

const char *module_item(pam_handle_t *pamh, int item)
{
    const void *value = NULL;

    if (pam_get_item(pamh, item, &value) != PAM_SUCCESS || !value || !*(const char *)value)
        return NULL;
    return value;
}

/*
 * Whether two names are one account: "Alice" and what a directory makes of it. Not whether they
 * have one uid: root and toor share that, but not their password.
 */
static bool same_account(pam_handle_t *pamh, const char *a, const char *b)
{
    struct passwd *account;
    char *canonical;
    bool same = false;

    if (strcmp(a, b) == 0)
        return true;
    account = pam_modutil_getpwnam(pamh, a);
    canonical = account ? strdup(account->pw_name) : NULL;
    if (canonical) {
        account = pam_modutil_getpwnam(pamh, b);
        same = account && strcmp(account->pw_name, canonical) == 0;
    }
    free(canonical);
    return same;
}

/*
 * The staged record's name from the PAM environment, where a child of sshd left it. Any user can
 * put such a variable there (~/.pam_environment), so it is but a hint: mpnotify uses the record
 * only for the user and service it was staged for.
 */
static const char *staged_hint(pam_handle_t *pamh)
{
    const char *name = pam_getenv(pamh, MPR_STAGED_VARIABLE);

    return name && mpr_staged_valid(name) ? name : NULL;
}

/*
 * An item that is for display only. It may come from far away (the name that a client's address
 * has in its DNS), and what cannot be passed on is left out rather than let it spoil the logon.
 */
const char *module_display_item(pam_handle_t *pamh, int item)
{
    const char *text = module_item(pamh, item);
    size_t size = text ? strlen(text) : 0;

    return size <= MPR_FIELD_MAX && !u8_check((const uint8_t *)text, size) ? text : NULL;
}

/*
 * Where pam_krb5, pam_sss or sshd (delegated credentials) have put tickets, if they have. A hint,
 * too; mpnotify takes from there only what the person may use.
 */
const char *module_ccache(pam_handle_t *pamh)
{
    const char *name = pam_getenv(pamh, "KRB5CCNAME");
    size_t size = name ? strlen(name) : 0;

    return size && size <= MPR_FIELD_MAX && !u8_check((const uint8_t *)name, size) ? name : NULL;
}

/* What the credential managers want the person's processes to find in their environment. */
static void export_environment(struct module *m, char **environment)
{
    for (; environment && *environment; environment++)
        if (pam_putenv(m->pamh, *environment) != PAM_SUCCESS)
            pam_syslog(m->pamh, LOG_ERR, "cannot put \"%.*s\" into the environment",
                       (int)strcspn(*environment, "="), *environment);
}

/* Takes in mpnotify's answer to a logon. False: there was trouble, which is in the log now. */
static bool take_reply(struct module *m, struct state *state, const char *user,
                       struct mpr_reply *reply)
{
    state_forget_scripts(state);
    state->scripts = reply->scripts;
    reply->scripts = NULL;
    if (reply->luid) { /* also when there was trouble on the way: it must be ended */
        state->luid = reply->luid;
        state->leader = getpid();
        export_environment(m, reply->environment);
    }
    if ((NTSTATUS)reply->status == STATUS_NO_SUCH_LOGON_SESSION && !reply->luid) {
        /* The staged record was another's, or expired while the person was typing a code. */
        if (m->options.debug)
            pam_syslog(m->pamh, LOG_DEBUG, "no logon session for %s: %s", user,
                       reply->message ? reply->message : "no password to be had");
        return true;
    }
    if (reply->status != 0 || !reply->luid) {
        pam_syslog(m->pamh, LOG_ERR, "logon of %s: %s (0x%08x)", user,
                   reply->message ? reply->message : "mpnotify did not say why it failed",
                   reply->status);
        return false;
    }
    if (reply->message)
        pam_syslog(m->pamh, LOG_WARNING, "logon of %s: %s", user, reply->message);
    if (m->options.debug)
        pam_syslog(m->pamh, LOG_DEBUG, "%s has logon session %016llx, led by process %ld", user,
                   (unsigned long long)state->luid, (long)state->leader);
    return true;
}

static bool logon(struct module *m, struct state *state, const char *user)
{
    struct helper_arguments arguments = state_arguments(state);
    const char *staged = state->staged ? state->staged : staged_hint(m->pamh);
    struct mpr_request request = {
        .user = (char *)user,
        .service = (char *)module_item(m->pamh, PAM_SERVICE),
        .tty = (char *)module_display_item(m->pamh, PAM_TTY),
        .rhost = (char *)module_display_item(m->pamh, PAM_RHOST),
        .staged = (char *)staged,
        .password = state->password,
        .old_password = state->old_password,
        .leader = getpid(), /* this process, not the one that staged: that may be gone */
        .require = m->options.require,
        .ccache = (char *)module_ccache(m->pamh),
    };
    struct mpr_reply reply = {0};
    char trouble[HELPER_TROUBLE_SIZE];
    bool ok = true;

    /*
     * Without a password (a public key, cron, su by root) mpnotify knows whether somebody is to
     * hear of it; when it cannot be asked, a key must still open the door, or nobody could come in
     * to repair it. Who refreshes their credentials without a password (sudo) does not log on.
     */
    if (request.service && (request.password || staged || !state->refreshed)) {
        if (helper_run(&arguments, MPR_LOGON, &request, &reply, trouble)) {
            ok = take_reply(m, state, user, &reply);
        } else {
            pam_syslog(m->pamh, LOG_ERR, "logon of %s: %s", user, trouble);
            ok = !request.password && !staged;
        }
        mpr_reply_clear(&reply);
    }
    /* Used up, or of no use. */
    state_forget_password(state);
    free(state->staged);
    state->staged = NULL;
    module_hide_staged(m->pamh);
    return ok;
}

bool module_password_of(struct module *m, struct state *state, const char *user)
{
    if (!state->password)
        return false;
    if (same_account(m->pamh, state->user, user))
        return true;
    if (m->options.debug)
        pam_syslog(m->pamh, LOG_DEBUG, "the password of %s is not used for %s", state->user, user);
    state_forget_password(state);
    module_discard_staged(m->pamh, state);
    return false;
}

/* Logs on unless this transaction did already. PAM_SUCCESS when there is a logon session now. */
static int logon_once(struct module *m, struct state **out, int failure)
{
    const char *user = module_item(m->pamh, PAM_USER);
    struct state *state = state_get(m->pamh, &m->options, true);

    *out = state;
    if (!state)
        return module_trouble(m, failure);
    if (!user)
        return PAM_IGNORE;
    if (!state->attempted) {
        /* sudo: the password was the caller's, and PAM_USER is another by now. */
        (void)module_password_of(m, state, user);
        state->attempted = true;
        state->failed = !logon(m, state, user);
    }
    if (state->failed)
        return module_trouble(m, failure);
    return state->luid ? PAM_SUCCESS : PAM_IGNORE;
}

int module_logoff(pam_handle_t *pamh, struct state *state)
{
    struct helper_arguments arguments = state_arguments(state);
    struct mpr_request request = {.luid = state->luid};
    struct mpr_reply reply = {0};
    char trouble[HELPER_TROUBLE_SIZE];
    int result = PAM_SUCCESS;

    if (!state->luid || state->leader != getpid())
        return PAM_IGNORE;
    if (!helper_run(&arguments, MPR_LOGOFF, &request, &reply, trouble)) {
        pam_syslog(pamh, LOG_ERR, "logoff: %s; the session ends with this process", trouble);
        result = PAM_SESSION_ERR;
    } else if (reply.status != 0 && (NTSTATUS)reply.status != STATUS_NO_SUCH_LOGON_SESSION) {
        pam_syslog(pamh, LOG_ERR, "logoff: %s (0x%08x); the session ends with this process",
                   reply.message ? reply.message : "mpnotify did not say why it failed",
                   reply.status);
        result = PAM_SESSION_ERR;
    }
    mpr_reply_clear(&reply);
    if (state->key)
        luid_key_remove(state->key);
    /* The handle may be used for another login. */
    state->luid = 0;
    state->leader = 0;
    state->key = 0;
    state->attempted = state->failed = state->refreshed = false;
    state_forget_password(state); /* of somebody who unlocked it in vain */
    state_forget_scripts(state);
    return result;
}

static int end_session(struct module *m, int failure)
{
    struct state *state = state_get(m->pamh, &m->options, false);
    int result = state ? module_logoff(m->pamh, state) : PAM_IGNORE;

    if (state && state->unlocked) { /* which goes on; the handle may be used for another login */
        state->unlocked = 0;
        state->key = 0;
        state->attempted = state->refreshed = false;
    }
    return result == PAM_SUCCESS || result == PAM_IGNORE ? result : module_trouble(m, failure);
}

int module_setcred(struct module *m)
{
    struct state *state;

    if (!m->privileged)
        return m->flags & PAM_DELETE_CRED ? PAM_IGNORE : module_refresh(m);
    if (m->flags & PAM_DELETE_CRED)
        return end_session(m, PAM_CRED_ERR);
    if (m->flags & (PAM_REFRESH_CRED | PAM_REINITIALIZE_CRED))
        return module_refresh(m);
    return logon_once(m, &state, PAM_CRED_UNAVAIL);
}

/* Gives the person's processes the key that names `luid`. PAM_SUCCESS, else trouble (logged). */
static int put_key(struct module *m, struct state *state, uint64_t luid)
{
    const char *user = module_item(m->pamh, PAM_USER);
    struct passwd *account = pam_modutil_getpwnam(m->pamh, user);

    if (!account) {
        pam_syslog(m->pamh, LOG_ERR,
                   "no account %s: its processes will not find their logon session", user);
        return PAM_SESSION_ERR;
    }
    state->key = luid_key_put(account->pw_uid, account->pw_gid, luid);
    if (state->key >= 0)
        return PAM_SUCCESS;
    state->key = 0;
    pam_syslog(m->pamh, LOG_ERR, "cannot put " LUID_KEY " into the session keyring of %s: %m",
               account->pw_name);
    return PAM_SESSION_ERR;
}

int module_open_session(struct module *m)
{
    struct state *state;
    int result = logon_once(m, &state, PAM_SESSION_ERR), put = PAM_SUCCESS;

    if (!state)
        return result;
    /* Not before: pam_keyinit, which gives the person a keyring, comes between setcred and here. */
    if (state->luid && !state->key)
        put = put_key(m, state, state->luid);
    else if (state->unlocked && !state->luid && !state->key && !luid_key_names(state->unlocked))
        put = put_key(m, state, state->unlocked); /* sudo by somebody else: not their session */
    if (put != PAM_SUCCESS)
        result = module_trouble(m, put);
    if (state->scripts)
        module_run_scripts(m, state);
    return result;
}

int module_close_session(struct module *m)
{
    return end_session(m, PAM_SESSION_ERR);
}
