/*
 * Whether nobody but root could have put a file where it is. Whoever can change a credential
 * manager, or what its name leads to, gets every password: mpnotify loads no other, `credmgr
 * check` tells of it beforehand, and libsspi takes security packages, by the same rule.
 */
#ifndef CREDMGR_BASE_TRUST_H
#define CREDMGR_BASE_TRUST_H

#include <stdbool.h>

enum trust_kind { TRUST_FILE, TRUST_DIRECTORY };

struct trust_problem {
    int error;        /* an errno: it could not be looked at (ENOENT: it is not there); or 0 */
    char what[640];   /* "/opt/x belongs to uid 1000, not to root" */
    char remedy[640]; /* "chown root /opt/x"; empty when there is none to be told */
};

/*
 * `path` (absolute) leads to a regular file or a directory that is root's, that nobody else can
 * write, and so is every directory and symbolic link on the way, behind links too. A directory
 * that others can write may be on the way when it is sticky, like /tmp: what root has in it nobody
 * else can replace. As long as that is so, the answer cannot change but by root's doing. False with
 * *why.
 */
bool trust_path(const char *path, enum trust_kind what, struct trust_problem *why);

#endif
