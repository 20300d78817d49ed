/*
 * The entry points of the PAM module, and nothing else: what libpam calls, turned into what
 * password.c, session.c and unlock.c do.
 *
 * A program that runs PAM without root's rights, such as a screen locker, cannot log anybody on or
 * tell the credential managers. It can unlock its own person's session, which is authenticate and
 * setcred; in everything else it is passed over in silence, also with `require`, or it would never
 * unlock.
 */
#include <unistd.h>
#include "pam_credmgr/module.h"

#define EXPORT __attribute__((visibility("default")))

static void begin(struct module *m, pam_handle_t *pamh, int flags, int argc, const char **argv)
{
    m->privileged = geteuid() == 0;
    m->pamh = pamh;
    m->flags = flags;
    m->options = options_parse(pamh, argc, argv);
    m->options.require = m->options.require && m->privileged;
}

/*
 * Keeps the password that an earlier module asked for. PAM_IGNORE always: it is not ours to say who
 * somebody is.
 */
EXPORT int pam_sm_authenticate(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
    struct module m;

    begin(&m, pamh, flags, argc, argv);
    return module_authenticate(&m);
}

EXPORT int pam_sm_setcred(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
    struct module m;

    begin(&m, pamh, flags, argc, argv);
    return module_setcred(&m);
}

/* Whether an account may log in is for others to say. */
EXPORT int pam_sm_acct_mgmt(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
    (void)pamh, (void)flags, (void)argc, (void)argv;
    return PAM_IGNORE;
}

EXPORT int pam_sm_open_session(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
    struct module m;

    if (geteuid() != 0)
        return PAM_IGNORE;
    begin(&m, pamh, flags, argc, argv);
    return module_open_session(&m);
}

EXPORT int pam_sm_close_session(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
    struct module m;

    if (geteuid() != 0)
        return PAM_IGNORE;
    begin(&m, pamh, flags, argc, argv);
    return module_close_session(&m);
}

EXPORT int pam_sm_chauthtok(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
    struct module m;

    if (geteuid() != 0)
        return PAM_IGNORE;
    begin(&m, pamh, flags, argc, argv);
    return module_chauthtok(&m);
}
