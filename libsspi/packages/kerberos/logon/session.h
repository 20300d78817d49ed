/*
 * What session.c, fetch.c and renew.c share: the table of logon sessions, which says what is under
 * way for them.
 */
#ifndef CREDMGR_KERBEROS_SESSION_H
#define CREDMGR_KERBEROS_SESSION_H

#include "base/reason.h"
#include "libsspi/packages/kerberos/kerberos.h"

struct kerb_session {
    struct kerb_session *next;
    LUID luid;
    bool fetching, ended;
    bool queued;   /* fetching, but it is not its turn yet */
    bool renewing; /* a thread is looking at its tickets */
    pthread_mutex_t
        store; /* held while the session's keys change together; taken before the table's lock */
    unsigned generation;     /* counts the passwords that came in */
    unsigned waiting;        /* threads that look at this record */
    SECURITY_STATUS outcome; /* of the last fetch */
    struct reason why;       /* and the reason, if it failed */
    krb5_error_code renewal; /* of the last renewal: what is told once is not told each minute */
    int64_t imported;        /* seconds of the monotonic clock: when a TGT was submitted; 0: none */
};

extern struct kerb_sessions {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct kerb_session *list;
    HANDLE timer;
    unsigned threads;
    unsigned passes; /* threads that look at all sessions, one after the other */
    int64_t soon;    /* seconds since 1970: when a ticket is due that does not wait for the timer */
    bool has_soon_thread;
    bool stopping;
} kerb_sessions;

/* ---- session.c; all with the table's lock held --------------------------------------------- */

/* NULL without memory. */
struct kerb_session *kerb_session_make(const LUID *luid);
/* Frees the records that ended and that nobody looks at any more. */
void kerb_sessions_sweep(void);

/* For work on the session's keys: its record with its store locked, until it is given back. These
 * three take the table's lock themselves. NULL without memory. */
struct kerb_session *kerb_session_open(const LUID *luid);
void kerb_session_close(struct kerb_session *s);
/* A TGT of the session was stored that this package has not fetched itself. */
void kerb_session_imported(struct kerb_session *s);

/* keep_password = yes in lsa.conf. */
bool kerb_keeps_password(void);
/* For kerb_store_each: removes service tickets of the session `luid`. */
bool kerb_forget_service_ticket(const char *key, void *luid);

/* ---- fetch.c; both with the table's lock held ---------------------------------------------- */

void kerb_fetch_start(struct kerb_session *s);
/* Waits until no fetch is under way; false when that takes too long, or the session ended. */
bool kerb_fetch_wait(struct kerb_session *s, unsigned seconds);

/* With no lock held: AuditLogon, with this thread's reason. */
void kerb_tell_failure(const LUID *luid, SECURITY_STATUS outcome);

/* ---- renew.c ------------------------------------------------------------------------------- */

/* More than half of its life is over. */
bool kerb_ticket_due(krb5_context krb, const krb5_creds *creds);
/* A new TGT of a session: it may be due before the timer comes. */
void kerb_renew_soon(krb5_context krb, const krb5_creds *tgt);
/* All of them are looked at then (seconds since 1970), or before; with the table's lock held. */
void kerb_renew_at(int64_t when);
/* Renews what is due; what RegisterNotification wants. */
DWORD NTAPI kerb_renew_all(PVOID arg);

#endif
