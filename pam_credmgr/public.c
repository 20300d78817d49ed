/*
 * The entry points of the PAM module, and nothing else: what libpam calls, turned into what
 * password.c and session.c do.
 *
 * credmgr lives in a process of its own (mpnotify) and needs root there. A program that runs PAM
 * without root's rights, such as a screen locker, has nothing to gain from us: it is passed over in
 * silence, also with `require`, or it would never unlock.
 */
#include <unistd.h>
#include "pam_credmgr/module.h"

#define EXPORT __attribute__((visibility("default")))

static bool begin(struct module *m, pam_handle_t *pamh, int flags, int argc, const char **argv)
{
    if (geteuid() != 0)
        return false;
    m->pamh = pamh;
    m->flags = flags;
    m->options = options_parse(pamh, argc, argv);
    return true;
}

/*
 * Keeps the password that an earlier module asked for. PAM_IGNORE always: it is not ours to say who
 * somebody is.
 */
EXPORT int pam_sm_authenticate(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
    struct module m;

    return begin(&m, pamh, flags, argc, argv) ? module_authenticate(&m) : PAM_IGNORE;
}

EXPORT int pam_sm_setcred(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
    struct module m;

    return begin(&m, pamh, flags, argc, argv) ? module_setcred(&m) : PAM_IGNORE;
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

    return begin(&m, pamh, flags, argc, argv) ? module_open_session(&m) : PAM_IGNORE;
}

EXPORT int pam_sm_close_session(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
    struct module m;

    return begin(&m, pamh, flags, argc, argv) ? module_close_session(&m) : PAM_IGNORE;
}

EXPORT int pam_sm_chauthtok(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
    struct module m;

    return begin(&m, pamh, flags, argc, argv) ? module_chauthtok(&m) : PAM_IGNORE;
}
