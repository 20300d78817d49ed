/*
 * Logon scripts: the command lines that credential managers returned in lpLogonScript, run once, as
 * the person, when the session is open.
 */
#ifndef CREDMGR_NOTIFY_SCRIPT_H
#define CREDMGR_NOTIFY_SCRIPT_H

#include <pwd.h>
#include <stdbool.h>
#include <stdint.h>

/* How long one may keep the next from starting, in seconds; the default of Windows' own. */
#ifndef MPR_SCRIPT_PATIENCE
#define MPR_SCRIPT_PATIENCE 600
#endif
/* How much of what one writes is logged. */
#define MPR_SCRIPT_LINES_MAX 2000
#define MPR_SCRIPT_LINE_MAX  900 /* bytes; longer ones are cut in pieces */

/*
 * Starts a process that runs `scripts` (NULL-terminated) one after the other and logs what they
 * write; it has left everything of the caller's behind, terminal and descriptors too, and nobody
 * waits for it. It has the person's uid, groups and home directory, no privilege, `environment`
 * ("NAME=value", NULL-terminated, or NULL), and the caller's session keyring if that names the
 * logon session `luid`; else (`luid` 0: always) a new one, which does.
 * Needs root. False with errno: it could not be started.
 */
bool mpr_scripts_start(const struct passwd *person, uint64_t luid, char *const *scripts,
                       char *const *environment);

#endif
