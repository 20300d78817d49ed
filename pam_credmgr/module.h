/*
 * What the files of pam_credmgr.so share. A call of libpam becomes a `struct module`, which lives
 * as long as the call; what must outlive it (the password until the logon, the LUID until the
 * logout) is in `struct state`, which libpam keeps for us.
 */
#ifndef CREDMGR_PAM_MODULE_H
#define CREDMGR_PAM_MODULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <security/pam_modules.h>
#include "notify/helper.h"
#include "notify/request.h"

/* The key in the person's session keyring that names their logon session: 16 hexadecimal digits. */
#define LUID_KEY      "lsa:logon"
#define LUID_KEY_SIZE 16

/* The name of our PAM data. */
#define STATE_DATA "pam_credmgr"

/* ---- options.c ----------------------------------------------------------------------------- */

/* The arguments on the module's line in /etc/pam.d. */
struct options {
    bool debug;         /* debug: tell every step in the log */
    bool require;       /* require: our trouble fails the login */
    const char *config; /* config=FILE: another credmgr.conf; NULL: mpnotify's default. Borrowed
                           from argv */
    const char *socket; /* socket=PATH: another lsad. Likewise */
};

/*
 * Reads the arguments; an unknown one is logged and passed over, since a typing mistake must not
 * lock anybody out.
 */
struct options options_parse(pam_handle_t *pamh, int argc, const char **argv);

/* ---- state.c ------------------------------------------------------------------------------- */

struct state {
    char *config, *socket; /* copies for the cleanup, which is told no arguments */
    bool debug;

    /* A password on its way from authenticate (or chauthtok) to the logon. */
    char *user;         /* whose it is */
    char *password;     /* secret memory; NULL: none */
    char *old_password; /* secret memory: what it was before a forced change */
    char *staged;       /* name of the staged record; NULL: none */
    pid_t staged_by;    /* the process that staged it, and may discard it */

    /* The logon session of this transaction. */
    bool attempted; /* mpnotify logon was run, or there was nothing to run it with: once a
                       transaction */
    bool failed;    /* …and there was trouble */
    uint64_t luid;  /* 0: none */
    pid_t leader;   /* the process that made it, and alone may end it */
    int32_t key;    /* serial of our LUID_KEY; 0: none */
    char **scripts; /* logon scripts, until the session is open; NULL: none */

    /* Or the session that the person had before, and that was refreshed. */
    bool refreshed;    /* setcred was called to refresh credentials only: no login begins */
    uint64_t unlocked; /* 0: none */
};

/*
 * The state of this transaction, made when missing and `make`; NULL when there is none (or no
 * memory: logged).
 */
struct state *state_get(pam_handle_t *pamh, const struct options *options, bool make);
/* The latest arguments, for helper_run(). */
struct helper_arguments state_arguments(const struct state *state);
/* Forgets the logon scripts. */
void state_forget_scripts(struct state *state);
/* Wipes the kept password and everything about it; the staged record itself is left. */
void state_forget_password(struct state *state);

/* ---- keyring.c ----------------------------------------------------------------------------- */

/*
 * Puts LUID_KEY into the session keyring that the person's processes will inherit, and joins a new
 * one first when the present one is not theirs. The serial of the key, or -1 with errno.
 */
int32_t luid_key_put(uid_t uid, gid_t gid, uint64_t luid);
/* Whether the session keyring names this session already. */
bool luid_key_names(uint64_t luid);
/* Takes it away again; of no effect when the keyring is gone already. errno is kept. */
void luid_key_remove(int32_t key);

/* ---- what public.c calls: each returns a PAM code ------------------------------------------- */

struct module {
    pam_handle_t *pamh;
    struct options options;
    int flags;
    bool privileged; /* euid 0; else a screen locker, say, which can do next to nothing */
};

/* password.c */
int module_authenticate(struct module *m);
int module_chauthtok(struct module *m);
/* Invalidates a staged record that will not be used, if it is ours, and forgets its name. */
void module_discard_staged(pam_handle_t *pamh, struct state *state);
/* Takes the name of the staged record out of the PAM environment. */
void module_hide_staged(pam_handle_t *pamh);

/* session.c */
int module_setcred(struct module *m);
int module_open_session(struct module *m);
int module_close_session(struct module *m);
/*
 * Ends the logon session if this process made it. PAM_SUCCESS, PAM_IGNORE when there was none, else
 * trouble (logged).
 */
int module_logoff(pam_handle_t *pamh, struct state *state);

/* unlock.c: setcred that refreshes credentials, or anyone's without privilege. */
int module_refresh(struct module *m);

/* scripts.c: runs the logon scripts, once, and forgets them. Trouble is logged and no more. */
void module_run_scripts(struct module *m, struct state *state);

/* session.c, for unlock.c: whether the kept password is the present PAM_USER's. When it is
 * another's it is thrown away. */
bool module_password_of(struct module *m, struct state *state, const char *user);

/* A PAM item for display; NULL also when it cannot be passed on. */
const char *module_display_item(pam_handle_t *pamh, int item);
/* KRB5CCNAME of the PAM environment, or NULL. */
const char *module_ccache(pam_handle_t *pamh);
/* What trouble comes to: PAM_IGNORE, or `failure` where the admin wrote `require`. */
int module_trouble(const struct module *m, int failure);
/* A PAM item that is a string; NULL when it is not set or empty. */
const char *module_item(pam_handle_t *pamh, int item);

#endif
