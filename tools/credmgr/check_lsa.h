/*
 * What in lsa.conf would not work: lsad alone knows, and is asked; and what in the account file.
 */
#ifndef CREDMGR_TOOLS_CHECK_LSA_H
#define CREDMGR_TOOLS_CHECK_LSA_H

/*
 * Calls tell(arg, file, line, what, remedy) for each thing that `lsad --check` finds; line 0: none,
 * remedy NULL: none. Where lsad is not installed there is nothing to find in lsa.conf.
 */
void check_lsa(void (*tell)(void *arg, const char *file, int line, const char *what,
                            const char *remedy),
               void *arg);

#endif
