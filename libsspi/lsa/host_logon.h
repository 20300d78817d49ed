/*
 * Network logon sessions in the process that accepts: each holds the credentials that one client
 * delegated, and ends with the last context, token or credential that knows it.
 */
#ifndef CREDMGR_LSA_HOST_LOGON_H
#define CREDMGR_LSA_HOST_LOGON_H

#include <stdbool.h>
#include <ntsecpkg.h>

struct lsa_logon {
    struct lsa_logon *next;
    LUID luid;
    unsigned references; /* under the lock of the list */
    bool remote;         /* it is a session of lsad */
    void (*end)(const LUID *luid);
};

/* Takes note of a session that was just made; `end` is called once, by whoever lets go last. NULL
 * without memory: the session is then ended. */
struct lsa_logon *lsa_logon_adopt(const LUID *luid, bool remote, void (*end)(const LUID *luid));
/* Counted; NULL: no such session. */
struct lsa_logon *lsa_logon_find(const LUID *luid);
struct lsa_logon *lsa_logon_hold(struct lsa_logon *logon);
void lsa_logon_put(struct lsa_logon *logon);

/*
 * The store of a process that is not lsad: sessions that packages make with CreateLogonSession, in
 * secret memory. A forked child has none of its parent's.
 */
struct lsa_store;
extern const struct lsa_store lsa_process_store;
/* Tells the packages, and wipes what they kept. Within no call of a package. */
void lsa_process_logon_end(const LUID *luid);

/*
 * The session that a package made during the call into it that this thread began last; false: none.
 * Asked once.
 */
bool lsa_call_created(LUID *luid);

#endif
