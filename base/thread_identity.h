/*
 * Another user's identity for the calling thread alone. The C library's setuid() and its siblings
 * change all threads of a process at once; the kernel keeps an identity for each thread, and that
 * is what impersonation needs.
 *
 * What changes: effective uid and gid, the supplementary groups, and the effective capabilities,
 * which are none. The real ids stay, and the saved ones become those to go back to: nobody but the
 * user that the process began with may signal or trace it. A thread or process that is started
 * meanwhile inherits the other identity.
 */
#ifndef CREDMGR_BASE_THREAD_IDENTITY_H
#define CREDMGR_BASE_THREAD_IDENTITY_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * The calling thread becomes `uid`, with `gid` and the `count` groups; from another identity it
 * goes back first. 0, or an errno with nothing changed: EPERM when the thread may not (it has not
 * CAP_SETUID and CAP_SETGID), ENOMEM, EINVAL for too many groups.
 */
int thread_identity_become(uid_t uid, gid_t gid, const gid_t *groups, size_t count);
/* Back to what the thread was. Nothing when it is itself. Ends the process when the kernel refuses:
 * nothing that follows could be trusted. */
void thread_identity_revert(void);
/* The thread has become somebody, also while it is suspended. */
bool thread_identity_changed(void);
/* The effective uid that the thread has when it is itself. */
uid_t thread_identity_own_uid(void);

/*
 * Work that is done in the process's own name in between: a credential's files, the connection to
 * lsad. Each suspend has its resume; they nest, and cost nothing in a thread that is itself. errno
 * stays.
 */
void thread_identity_suspend(void);
void thread_identity_resume(void);

#endif
