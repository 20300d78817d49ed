/*
 * Whether the PAM files that name pam_credmgr.so can find it.
 */
#ifndef CREDMGR_TOOLS_CHECK_PAM_H
#define CREDMGR_TOOLS_CHECK_PAM_H

#include "notify/config.h"

/*
 * Looks at the files of /etc/pam.d. Tells of each line whose pam_credmgr.so is not installed: an
 * `optional` module that is missing is passed over by libpam with a line in the log that nobody
 * reads. The same for a config=FILE of such a line that is not there.
 */
void check_pam(mpr_problem_fn *tell, void *arg);

#endif
