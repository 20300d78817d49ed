/*
 * Saved credentials: user and password for servers that a person has named with `credmgr save`.
 * They belong to a uid, not to a logon session, and last until they are deleted or the machine
 * starts again: the keyring "saved-UID" below the LSA's anchor is the only place where they are.
 *
 * TSPkg alone reads them back, with GetCredentials of the LSA's function table: the key
 * LSA_SAVED_KEY + TARGET, in the logon session of the person, answers target, user and password,
 * each in UTF-8, with one zero byte between them and none at the end. See store.h.
 */
#ifndef CREDMGR_LSA_SAVED_H
#define CREDMGR_LSA_SAVED_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <ntsecapi.h>
#include "base/keyring.h"

#define LSA_SAVED_KEY "saved:"
/* Bytes of UTF-8, without a zero. Windows' bounds for the first two. */
#define LSA_SAVED_TARGET_MAX   337u
#define LSA_SAVED_USER_MAX     513u
#define LSA_SAVED_PASSWORD_MAX 1024u
#define LSA_SAVED_MAX          64u /* for one uid */

/* The anchor, for all below; lsa_sessions_open() calls it. */
void lsa_saved_open(keyring_serial anchor);
/* True for the name of a keyring with saved credentials, which is no logon session. */
bool lsa_saved_is_ring(const char *name);

/*
 * Keeps them, in the place of what was saved for that target. A target is a service principal name
 * as TSPkg is given it ("TERMSRV/host.example.com"); one '*' in it stands for any characters, and
 * letters of ASCII count in any case. STATUS_INVALID_PARAMETER: a text that is empty, too long, not
 * UTF-8, holds control characters, a target with a blank or with two '*'; STATUS_QUOTA_EXCEEDED:
 * LSA_SAVED_MAX are there, or the key quota of root is nearly used up; STATUS_NO_MEMORY;
 * STATUS_UNSUCCESSFUL.
 */
NTSTATUS lsa_saved_put(uid_t uid, const char *target, const char *user, const char *password);
/* `target` as it was saved. STATUS_NOT_FOUND; as above. */
NTSTATUS lsa_saved_delete(uid_t uid, const char *target);
/*
 * What is saved for a server: under just that name, else under the longest pattern that matches it.
 * *data is secret memory, as described above. STATUS_NOT_FOUND; as above.
 */
NTSTATUS lsa_saved_find(uid_t uid, const char *target, void **data, size_t *size);

struct lsa_saved {
    char *target, *user;
};
/* What a uid has saved, by target; lsa_saved_free(). */
NTSTATUS lsa_saved_list(uid_t uid, struct lsa_saved **list, size_t *count);
void lsa_saved_free(struct lsa_saved *list, size_t count);

#endif
