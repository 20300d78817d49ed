/*
 * What a caller says who it is: SEC_WINNT_AUTH_IDENTITY_A/W (and _EX), captured from the client's
 * memory through the LSA's CopyFromClientBuffer. `Flags` alone decides the character set; unknown
 * flags are ignored.
 */
#ifndef CREDMGR_PACKAGES_IDENTITY_H
#define CREDMGR_PACKAGES_IDENTITY_H

#include <ntsecpkg.h>

/* UTF-16, zero-terminated; NULL where the caller gave none. password is secret memory. */
struct identity {
    WCHAR *user;
    WCHAR *domain;
    WCHAR *password;
    size_t user_units, domain_units, password_units; /* without the zero */
};

/*
 * Captures the structure at `client_auth_data` (an address in the client) into *out;
 * identity_clear() releases it. Strings may have 32,766 units at most; ANSI strings are UTF-8.
 * SEC_E_OK; SEC_E_UNKNOWN_CREDENTIALS for a structure that is neither form, has neither character
 * set in its flags, cannot be read or holds malformed UTF-8; SEC_E_INSUFFICIENT_MEMORY. On failure
 * *out is empty.
 */
NTSTATUS identity_capture(const LSA_SECPKG_FUNCTION_TABLE *lsa, const void *client_auth_data,
                          struct identity *out);
void identity_clear(struct identity *id);

#endif
