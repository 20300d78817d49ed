/* Becoming the person whose logon scripts run: for script.c alone. */
#ifndef CREDMGR_NOTIFY_SCRIPT_PERSON_H
#define CREDMGR_NOTIFY_SCRIPT_PERSON_H

#include <pwd.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * Leaves the caller's descriptors behind and takes on the person's groups, uid, session keyring
 * (script.h), directory and umask. False with errno; then nothing may be run.
 */
bool script_become(const struct passwd *person, uint64_t luid);
/* The variables for a script: who the person is, a PATH, and `given`, which may not say otherwise
 * about the person. NULL: no memory. */
char **script_environment(const struct passwd *person, char *const *given);

#endif
