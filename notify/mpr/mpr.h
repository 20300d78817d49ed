/*
 * What the files of libmpr.so share. It lives in the process of a logon program and keeps no state
 * there but the last error of each thread.
 */
#ifndef CREDMGR_NOTIFY_MPR_H
#define CREDMGR_NOTIFY_MPR_H

/* First, so that the documented functions get default visibility; the version script names them
 * once more. */
#pragma GCC visibility push(default)
#include <npapi.h>
#include <winnetwk.h>
#pragma GCC visibility pop

#include <stdbool.h>

/* ---- last_error.c -------------------------------------------------------------------------- */

/* What WNetGetLastError tells this thread from now on; UTF-8, either may be NULL for nothing. */
void mpr_last_error_set(DWORD error, const char *text, const char *provider);
void mpr_last_error_clear(void);

/* ---- logon_info.c -------------------------------------------------------------------------- */

/* MSV1_0_INTERACTIVE_LOGON or KERB_INTERACTIVE_LOGON and its type, as a request has them. */
struct mpr_logon_info {
    const char *type;
    char *user, *domain; /* UTF-8 */
    char *password;      /* UTF-8, secret memory */
};

/*
 * Reads what `type` says `info` is. The strings are counted in bytes, need no zero at their end,
 * and no Buffer when they are empty. WN_BAD_POINTER (NULL where something must be), WN_BAD_VALUE
 * (unknown type or MessageType, half a character, no name, a zero or a lone surrogate within,
 * longer than MPR_FIELD_MAX bytes of UTF-8), WN_OUT_OF_MEMORY. *out is empty then.
 */
DWORD mpr_logon_info_read(LPCWSTR type, const void *info, struct mpr_logon_info *out);
void mpr_logon_info_clear(struct mpr_logon_info *info);

#endif
