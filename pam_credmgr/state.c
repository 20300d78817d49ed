/*
 * What the module must remember from one call to the next: in PAM data, which libpam keeps and
 * destroys with the transaction.
 *
 * A program may fork in the middle of a transaction, and both processes then have a copy (sshd
 * calls setcred once more in the child that becomes the person's shell). So the state says which
 * process did a thing, and only that one undoes it.
 */
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>
#include <security/pam_ext.h>
#include "base/secret.h"
#include "pam_credmgr/module.h"

void state_forget_password(struct state *state)
{
    secret_free(state->password);
    secret_free(state->old_password);
    free(state->user);
    state->password = state->old_password = state->user = NULL;
}

void state_forget_scripts(struct state *state)
{
    for (char **script = state->scripts; script && *script; script++)
        free(*script);
    free(state->scripts);
    state->scripts = NULL;
}

struct helper_arguments state_arguments(const struct state *state)
{
    return (struct helper_arguments){
        .debug = state->debug, .config = state->config, .socket = state->socket};
}

/*
 * The transaction ends. A password that was staged but led to no logon (the account was locked, the
 * person pressed ^C) is not left to its timeout; a logon session still open here belongs to a
 * program that never closes its sessions, such as a mail server that runs for months, whose death
 * we cannot wait for. PAM_DATA_SILENT says that a forked child ends its copy.
 */
static void cleanup(pam_handle_t *pamh, void *data, int status)
{
    struct state *state = data;

    if (!(status & PAM_DATA_SILENT) && geteuid() == 0) {
        module_discard_staged(pamh, state);
        module_logoff(pamh, state);
    }
    state_forget_password(state);
    state_forget_scripts(state);
    free(state->staged);
    free(state->config);
    free(state->socket);
    free(state);
}

static bool copy_path(char **copy, const char *path)
{
    if (*copy && path && strcmp(*copy, path) == 0)
        return true;
    free(*copy);
    *copy = path ? strdup(path) : NULL;
    return !path || *copy;
}

struct state *state_get(pam_handle_t *pamh, const struct options *options, bool make)
{
    const void *data = NULL;
    struct state *state;

    if (pam_get_data(pamh, STATE_DATA, &data) == PAM_SUCCESS && data) {
        state = (struct state *)data;
    } else if (!make) {
        return NULL;
    } else {
        state = calloc(1, sizeof *state);
        if (!state || pam_set_data(pamh, STATE_DATA, state, cleanup) != PAM_SUCCESS) {
            free(state);
            pam_syslog(pamh, LOG_CRIT, "out of memory");
            return NULL;
        }
    }
    /*
     * The lines of auth, session and password may have different arguments: the latest are those
     * for the end.
     */
    state->debug = options->debug;
    if (!copy_path(&state->config, options->config) ||
        !copy_path(&state->socket, options->socket)) {
        pam_syslog(pamh, LOG_CRIT, "out of memory");
        return NULL;
    }
    return state;
}
