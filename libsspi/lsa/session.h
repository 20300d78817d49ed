/*
 * The logon sessions of this machine, in lsad alone. Each is a kernel keyring, named by its LUID,
 * below the anchor; the table here only mirrors what stands in its key "session", so that a new
 * lsad finds every session of the old one again.
 *
 * Safe to call from many threads. One table a process, like the package host it serves.
 */
#ifndef CREDMGR_LSA_SESSION_H
#define CREDMGR_LSA_SESSION_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <ntsecapi.h>
#include "base/keyring.h"

#define LSA_SESSION_TEXT_MAX 1024u      /* bytes in each text below, without its zero */
#define LSA_AUDIT_UNSET      UINT32_MAX /* no audit session, or no login uid */

struct lsa_session {
    LUID luid;
    uid_t uid;
    pid_t leader;          /* its death ends the session */
    uint64_t leader_start; /* clock ticks after boot: with it a pid is not mistaken for a later
                              process's */
    int64_t logon_time;    /* nanoseconds since 1970: which of two is the newer one matters */
    uint32_t audit_session, audit_uid; /* of the leader: for clients that bring no LUID */
    bool interactive;
    bool network; /* of a client that delegated credentials to a service: never anybody's own */
    char *user, *domain, *service, *tty, *rhost; /* UTF-8, never NULL once in the table */
    keyring_serial ring;
    int pidfd; /* of the leader: readable when it is dead; -1 in copies */
};

/*
 * Reads all sessions below the anchor. Those whose leader is dead, or whose key "session" cannot be
 * read, are destroyed. `ended` (may be NULL) gets how many. STATUS_SUCCESS; STATUS_NO_MEMORY;
 * STATUS_UNSUCCESSFUL when the anchor cannot be read.
 */
NTSTATUS lsa_sessions_open(keyring_serial anchor, size_t *ended);
/* Forgets the table; the keyrings stay. */
void lsa_sessions_close(void);

/*
 * Makes a session: `details` gives uid, leader, interactive, network and the texts (NULL for none),
 * and its luid, 0 for one that is chosen here (STATUS_LOGON_SESSION_EXISTS). Fills
 * luid, *leader_fd (borrowed until the session ends). STATUS_INVALID_PARAMETER: no such leader, or
 * a text too long or not UTF-8; STATUS_QUOTA_EXCEEDED: root's key quota is used up;
 * STATUS_NO_MEMORY, STATUS_UNSUCCESSFUL.
 */
NTSTATUS lsa_session_create(const struct lsa_session *details, LUID *luid, int *leader_fd);
/* Takes it out of the table and destroys its keys; the caller has stopped watching the leader.
 * STATUS_NO_SUCH_LOGON_SESSION. */
NTSTATUS lsa_session_end(const LUID *luid);

/* True when the session exists and belongs to `uid`. */
bool lsa_session_belongs(const LUID *luid, uid_t uid);
/* Whose it is; false: no such session. */
bool lsa_session_uid(const LUID *luid, uid_t *uid);
/* The session of `uid` whose leader has this audit session and login uid (neither unset); false
 * when there is none. */
bool lsa_session_by_audit(uid_t uid, uint32_t audit_session, uint32_t audit_uid, LUID *luid);
/* A copy of its own strings (lsa_session_clear); STATUS_NO_SUCH_LOGON_SESSION, STATUS_NO_MEMORY. */
NTSTATUS lsa_session_copy(const LUID *luid, struct lsa_session *copy);
void lsa_session_clear(struct lsa_session *copy);
/* Records who the credentials are for, once they are known; NULL leaves a text as it is. Errors as
 * for create. */
NTSTATUS lsa_session_rename(const LUID *luid, const char *user, const char *domain);
/* A pidfd of the leader, borrowed until the session ends; -1: no such session. */
int lsa_session_leader_fd(const LUID *luid);
/* LUIDs of all sessions, or of those of `*uid`; free(). NULL with *count 0 without memory. */
LUID *lsa_sessions_list(const uid_t *uid, size_t *count);
size_t lsa_sessions_count(void);
/* As lsa_sessions_of() of host.h. */
struct lsa_user_session;
struct lsa_user_session *lsa_sessions_named(const char *user, size_t *count);
/* How many network logon sessions processes of this uid have. */
size_t lsa_sessions_network(uid_t uid);
/* The names of the packages that hold credentials for it, separated by spaces; free(). NULL: no
 * such session, no memory. */
char *lsa_session_packages(const LUID *luid);

/*
 * The keyring of the session, for the credential store. A session may end while somebody works in
 * its keyring: that is destroyed at once, so what is put into it then is refused by the kernel, or
 * goes with it. STATUS_NO_SUCH_LOGON_SESSION.
 */
NTSTATUS lsa_session_ring(const LUID *luid, keyring_serial *ring);
/* errno of a keyring function as a status. */
NTSTATUS lsa_keyring_status(int error);

/* ---- session_leader.c: what /proc tells of a process ---- */

/* Start time of a process in clock ticks after boot; false when there is no such process. */
bool lsa_leader_start(pid_t pid, uint64_t *start);
/* A pidfd of the process `pid` that began at `start` (0: whatever began); -1 with errno ESRCH when
 * it is gone. */
int lsa_leader_open(pid_t pid, uint64_t start);
/* Login uid and audit session of a process; both LSA_AUDIT_UNSET when the kernel has none to tell.
 */
void lsa_leader_audit(pid_t pid, uint32_t *audit_session, uint32_t *audit_uid);

#endif
