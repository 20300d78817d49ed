/* The only way in which the manager, which is called as root, touches what belongs to a person. */
#ifndef VAULT_PERSON_H
#define VAULT_PERSON_H

#include <pwd.h>

/*
 * Runs work(person, argument) in a child process that has become the person, for good: uid, groups,
 * no privilege, no core file, not to be traced. Returns what `work` returned, 0 to 100; -1 when the
 * child could not be started or could not become the person, or ended in another way.
 */
int person_run(const struct passwd *person, int (*work)(const struct passwd *, const void *),
               const void *argument);

#endif
