/*
 * What the person of a logon session has saved for a server (credmgr save): lsad keeps it, and
 * gives it to TSPkg alone.
 */
#ifndef CREDMGR_TSPKG_SAVED_H
#define CREDMGR_TSPKG_SAVED_H

#include <ntsecpkg.h>
#include <sspi.h>

struct ts_saved {
    WCHAR *domain;   /* "DOMAIN\user" is taken apart; else "" */
    WCHAR *user;     /* perhaps a principal, user@REALM */
    WCHAR *password; /* all three in secret memory, zero-terminated */
};

/*
 * What is saved for the service principal name `target`, under it or under a pattern that matches;
 * ts_saved_free(). STATUS_NOT_FOUND: nothing; also in a process that is not lsad
 * (STATUS_NO_SUCH_LOGON_SESSION). STATUS_NO_MEMORY. `lsa` and `package` are what SpInitialize was
 * told.
 */
NTSTATUS ts_saved_find(const LSA_SECPKG_FUNCTION_TABLE *lsa, ULONG_PTR package, const LUID *luid,
                       const WCHAR *target, struct ts_saved *saved);
/* Wipes; fine when it was not found. */
void ts_saved_free(struct ts_saved *saved);

#endif
