/*
 * What LsaApLogonUserEx2 takes and gives when a workstation is unlocked, the same in every package:
 * KERB_INTERACTIVE_UNLOCK_LOGON (ntsecapi.h). The first part of it and its MessageType have the
 * values of an MSV1_0_INTERACTIVE_LOGON, so one buffer does for all packages.
 */
#ifndef CREDMGR_PACKAGES_UNLOCK_H
#define CREDMGR_PACKAGES_UNLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <ntsecpkg.h>

struct unlock_logon {
    LUID luid;                             /* the session to be unlocked */
    UNICODE_STRING domain, user, password; /* each ends with a zero that is not counted */
    void *memory;                          /* secret memory, behind the three */
};

/*
 * Reads the request. `submit` is the LSA's copy of what lies at `client_base` in the client: the
 * pointers in it are addresses there. A plain MSV1_0_INTERACTIVE_LOGON (without LogonId) means the
 * session of the client who asks. Release with unlock_clear().
 *
 * STATUS_SUCCESS; STATUS_BAD_VALIDATION_CLASS: another MessageType; STATUS_INVALID_PARAMETER:
 * malformed, or without a user name; STATUS_ACCESS_DENIED: the session of another, and the client
 * is not trusted; STATUS_NO_MEMORY.
 */
NTSTATUS unlock_read(const LSA_SECPKG_FUNCTION_TABLE *lsa, const void *submit,
                     const void *client_base, size_t size, struct unlock_logon *out);
void unlock_clear(struct unlock_logon *logon);
/*
 * Writes one, in secret memory (secret_free), with addresses of that memory itself: client_base is
 * the buffer. Strings of at most 32,766 units. NULL without memory.
 */
void *unlock_write(const LUID *luid, const UNICODE_STRING *domain, const UNICODE_STRING *user,
                   const UNICODE_STRING *password, ULONG *size);

/* Where LsaApLogonUserEx2 puts what it gives. */
struct unlock_answer {
    PVOID *profile;
    PULONG profile_size;
    PLUID luid;
    PNTSTATUS sub_status;
    PLSA_TOKEN_INFORMATION_TYPE token_type;
    PVOID *token;
    PUNICODE_STRING *account, *authority, *machine;
    PSECPKG_PRIMARY_CRED primary;
    PSECPKG_SUPPLEMENTAL_CRED_ARRAY *supplemental;
};
/*
 * A package's word on the password: of a server for Unlock, of what the session holds for
 * CachedUnlock. STATUS_SUCCESS, or the status of LsaApLogonUserEx2 with *sub_status.
 */
typedef NTSTATUS (*unlock_check)(SECURITY_LOGON_TYPE type, const struct unlock_logon *logon,
                                 PNTSTATUS sub_status);
/*
 * LsaApLogonUserEx2 as every package does it: reads the request, names the account (which is for
 * the audit and returned in any case), has `check` decide and, after success, gives a
 * KERB_INTERACTIVE_PROFILE (which is an MSV1_0_INTERACTIVE_PROFILE, too) in the client's memory,
 * with LOGON_CACHED_ACCOUNT in its UserFlags for CachedUnlock; no token; the credentials for the
 * other packages, whose strings the LSA frees.
 *
 * STATUS_INVALID_LOGON_TYPE: neither Unlock nor CachedUnlock; STATUS_NO_MEMORY: nothing is given;
 * those of unlock_read() and of `check`.
 */
NTSTATUS unlock_logon_user(const LSA_SECPKG_FUNCTION_TABLE *lsa, PLSA_CLIENT_REQUEST request,
                           SECURITY_LOGON_TYPE type, const void *submit, const void *client_base,
                           size_t size, unlock_check check, const struct unlock_answer *answer);

#endif
