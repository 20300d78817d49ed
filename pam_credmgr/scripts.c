/*
 * The logon scripts that credential managers returned: mpnotify starts them, in the session keyring
 * and with the PAM environment that the person's own processes are about to get.
 */
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistr.h>
#include <security/pam_ext.h>
#include "pam_credmgr/module.h"

/*
 * Frees what of the environment cannot go to mpnotify (too much, or no UTF-8: any user can set a
 * variable) and what is not to be seen, and closes the gaps.
 */
static void fit(struct module *m, char **list)
{
    size_t total = 0, kept = 0;

    for (char **variable = list; *variable; variable++) {
        size_t size = strlen(*variable), name = strcspn(*variable, "=");
        bool hidden = name == strlen(MPR_STAGED_VARIABLE) &&
                      strncmp(*variable, MPR_STAGED_VARIABLE, name) == 0;

        if (!hidden && size <= MPR_FIELD_MAX && total + size + 1 <= MPR_LIST_MAX &&
            !u8_check((const uint8_t *)*variable, size)) {
            total += size + 1;
            list[kept++] = *variable;
            continue;
        }
        if (!hidden)
            pam_syslog(m->pamh, LOG_WARNING,
                       "logon scripts do not get the variable \"%.*s\": too long, or no UTF-8",
                       name < 64 ? (int)name : 64, *variable);
        free(*variable);
    }
    list[kept] = NULL;
}

void module_run_scripts(struct module *m, struct state *state)
{
    struct helper_arguments arguments = state_arguments(state);
    char **environment = pam_getenvlist(m->pamh);
    struct mpr_request request = {
        .user = (char *)module_item(m->pamh, PAM_USER),
        .luid = state->luid,
        .scripts = state->scripts,
        .environment = environment,
    };
    struct mpr_reply reply = {0};
    char trouble[HELPER_TROUBLE_SIZE];

    if (environment)
        fit(m, environment);
    if (!helper_run(&arguments, MPR_SCRIPT, &request, &reply, trouble))
        pam_syslog(m->pamh, LOG_ERR, "logon scripts of %s: %s", request.user, trouble);
    else if (reply.status != 0)
        pam_syslog(m->pamh, LOG_ERR, "logon scripts of %s: %s (0x%08x)", request.user,
                   reply.message ? reply.message : "mpnotify did not say why it failed",
                   reply.status);
    mpr_reply_clear(&reply);
    for (char **variable = environment; variable && *variable; variable++)
        free(*variable);
    free(environment);
    state_forget_scripts(state);
}
