/*
 * The principals of a logon session beside the one that it is for. `who` is the principal as
 * libkrb5 writes it ("dave@OTHER.TEST"); NULL stands for the session's own account.
 */
#ifndef CREDMGR_KERBEROS_OTHERS_H
#define CREDMGR_KERBEROS_OTHERS_H

#include "libsspi/packages/kerberos/kerberos.h"

#define KERB_KEY_OTHER "other:" /* the principal, a tab, and what the key is for them */

/* The name of a key ("tgt", "ticket:SERVICE") for that principal, in new memory; NULL without. */
char *kerb_key_name(const char *who, const char *key);
/* The key holds a ticket, whosever. */
bool kerb_is_ticket_key(const char *key);
/* Whose key it is, in new memory; NULL: the session's own account's (or no memory). */
char *kerb_other_of(const char *key);

/* The principal of the service's own realm, if the session's account is not of that realm and has
 * one; free(). NULL: the account. */
char *kerb_other_for(const LUID *luid, krb5_const_principal service);
/* The principal of that name, its realm may be left out. SEC_E_UNKNOWN_CREDENTIALS: the session has
 * no such one. */
SECURITY_STATUS kerb_choose_other(const LUID *luid, const char *name, char **who);
/* Its TGT: kept, or fetched with its password. SEC_E_NO_CREDENTIALS: neither. krb5_free_creds. */
SECURITY_STATUS kerb_other_tgt(krb5_context krb, const LUID *luid, const char *who,
                               krb5_creds **tgt);

/*
 * KERB_ADD_CREDENTIALS_REQUEST: a second logon, in the session. `flags` are KERB_REQUEST_*.
 * STATUS_INVALID_ACCOUNT_NAME; STATUS_OBJECT_NAME_COLLISION: the session has that principal
 * already; STATUS_OBJECT_NAME_NOT_FOUND: nothing to remove; STATUS_QUOTA_EXCEEDED; what the KDC
 * says of the password.
 */
NTSTATUS kerb_add_other(krb5_context krb, const LUID *luid, const char *user, const char *domain,
                        const char *password, ULONG flags);

#endif
