/*
 * The table of logon sessions in memory, for session.c; session.h has what others may ask of it.
 */
#ifndef CREDMGR_LSA_SESSION_TABLE_H
#define CREDMGR_LSA_SESSION_TABLE_H

#include "libsspi/lsa/session.h"

struct lsa_session_entry {
    struct lsa_session_entry *next;
    struct lsa_session s;
};

/* Closes the pidfd. */
void table_entry_free(struct lsa_session_entry *entry);
/* The table owns it from here on; its LUID is in no other entry. */
void table_insert(struct lsa_session_entry *entry);
/* The caller owns it from here on; NULL: no such session. */
struct lsa_session_entry *table_take_out(const LUID *luid);
bool table_has(const LUID *luid);
/* Exchanges the texts that are not NULL with those in the table; *changed gets a copy of all.
 * Errors as for lsa_session_copy(). */
NTSTATUS table_rename(const LUID *luid, char **user, char **domain, struct lsa_session *changed);
void table_clear(void);

/* A copy of a text, "" for NULL. False: too long, not UTF-8, or (errno ENOMEM) no memory. */
bool lsa_session_fill_text(char **out, const char *s);
/* New copies of all texts. STATUS_INVALID_PARAMETER, STATUS_NO_MEMORY; lsa_session_clear() in any
 * case. */
NTSTATUS lsa_session_fill_texts(struct lsa_session *session, const struct lsa_session *details);

#endif
