/*
 * Tokens: what is known of a client as a user of this system, and the HANDLEs that name one. Only
 * in the process that accepts; lsad has none.
 *
 * A HANDLE is the address of a small object of ours, found in a list before it is believed. Its
 * first bytes are zero, which libwinpr takes for a handle of no type, should a program that has
 * both libraries close ours with the wrong one.
 */
#ifndef CREDMGR_LSA_HOST_TOKEN_H
#define CREDMGR_LSA_HOST_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <ntsecpkg.h>
#include "libsspi/lsa/host_logon.h"

/* Never changes once made; counted. */
struct lsa_token {
    unsigned references; /* under the lock of the list */
    uid_t uid;
    gid_t gid;
    gid_t *groups; /* with gid among them */
    size_t group_count;
    char *user;   /* as NSS has it */
    char *client; /* as the package named the client; NULL: it did not */
    LUID luid;
    struct lsa_logon *logon; /* the session with the client's delegated credentials; NULL: none */
    SECURITY_IMPERSONATION_LEVEL level;
};

/* A new HANDLE for the token; NULL without memory. */
HANDLE lsa_token_open(struct lsa_token *token);
/* The token of a HANDLE, counted; NULL: it is none of ours. */
struct lsa_token *lsa_token_get(HANDLE handle);
struct lsa_token *lsa_token_hold(struct lsa_token *token);
void lsa_token_put(struct lsa_token *token);
/* False: it is none of ours. */
bool lsa_token_close(HANDLE handle);

/* host_token_user.c: the user that an account is on this system. */
struct lsa_account {
    char *name, *authority; /* UTF-8; may be NULL */
    PSID user;              /* may be NULL */
    const TOKEN_GROUPS *groups;
};
/* Fills uid, gid, groups, user. STATUS_NO_SUCH_USER: it is none; STATUS_NO_MEMORY,
 * STATUS_UNSUCCESSFUL (NSS fails). */
NTSTATUS lsa_token_find_user(const struct lsa_account *account, struct lsa_token *token);

/*
 * The token that the calling thread impersonates, borrowed until it reverts; NULL: none. Setting it
 * says nothing of the thread's identity (base/thread_identity.h).
 */
struct lsa_token *lsa_thread_token(void);
void lsa_thread_token_set(struct lsa_token *token);

#endif
