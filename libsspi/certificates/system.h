/*
 * The stores that every program finds: whom the system trusts, and the certificates of this user
 * and of this machine.
 */
#ifndef CREDMGR_CERTIFICATES_SYSTEM_H
#define CREDMGR_CERTIFICATES_SYSTEM_H

#include "libsspi/certificates/internal.h"

/* Each adds to a store, and returns ERROR_SUCCESS or what GetLastError() is to say. */

/* A file of certificates and CRLs, with a key if there is one that needs no password. */
DWORD store_load(struct store *store, const char *path);
/* Those of roots.c, one of each. */
DWORD system_load_roots(struct store *store);
/* "MY": every file of certificates/ below the configuration folder of the user or the machine. */
DWORD system_load_own(struct store *store, bool machine);
/* "CA": the same of intermediates/. */
DWORD system_load_intermediates(struct store *store, bool machine);

#endif
