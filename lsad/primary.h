/*
 * What a person's name and password become before packages get them: SECPKG_PRIMARY_CRED, in
 * UTF-16.
 */
#ifndef CREDMGR_LSAD_PRIMARY_H
#define CREDMGR_LSAD_PRIMARY_H

#include "lsad/calls.h"

struct lsad_primary {
    SECPKG_PRIMARY_CRED cred; /* points into what follows */
    UNICODE_STRING account;   /* the name without its domain */
    WCHAR *user, *domain, *upn, *realm;
    WCHAR *password, *old_password; /* secret memory */
};

/*
 * Fills *p from UTF-8; `old_password` may be NULL, `flags` are further PRIMARY_CRED_*. What `user`
 * says of its domain goes before `domain`. False: a text over LSA_TEXT_MAX bytes, an empty name,
 * malformed UTF-8, or no memory; *p is then empty.
 */
bool primary_fill(struct lsad_primary *p, const char *user, const char *domain,
                  const char *password, const char *old_password, ULONG flags);
void primary_clear(struct lsad_primary *p);
/*
 * SpAcceptCredentials in every package, for the session; one that fails does not stop the others,
 * and is logged. Success when one took them, else the first failure.
 */
NTSTATUS primary_give(const struct lsad_call *call, const LUID *luid, struct lsad_primary *p,
                      bool interactive);
/* The same in one package, for the session in the frame. */
NTSTATUS primary_give_one(const struct lsa_call *frame, const struct lsa_package *package,
                          struct lsad_primary *p, bool interactive);

#endif
