/*
 * What a caller says who it is: SEC_WINNT_AUTH_IDENTITY_A/W, _EXA/W and _EX2, captured from the
 * client's memory through the LSA's CopyFromClientBuffer. `Flags` alone decides the character set;
 * unknown flags are ignored.
 */
#ifndef CREDMGR_PACKAGES_IDENTITY_H
#define CREDMGR_PACKAGES_IDENTITY_H

#include <stdbool.h>
#include <ntsecpkg.h>

/* UTF-16, zero-terminated; NULL where the caller gave none. password is secret memory. */
struct identity {
    WCHAR *user;
    WCHAR *domain;
    WCHAR *password;
    WCHAR *packages; /* which packages may use it, as the caller wrote it */
    size_t user_units, domain_units, password_units, package_units; /* without the zero */
    ULONG flags; /* SEC_WINNT_AUTH_IDENTITY_*, e.g. SEC_WINNT_AUTH_IDENTITY_ONLY */
    /*
     * A SEC_WINNT_AUTH_IDENTITY_EX2 may hold another credential than a password: its type and the
     * bytes of its data, in secret memory. NULL: there is the password at most.
     */
    GUID type;
    void *credential;
    size_t credential_size;
};

/*
 * Captures the structure at `client_auth_data` (an address in the client) into *out;
 * identity_clear() releases it. Strings may have 32,766 units at most; ANSI strings are UTF-8.
 * SEC_E_OK; SEC_E_UNKNOWN_CREDENTIALS for a structure that is no form of it, has neither character
 * set in its flags, cannot be read, holds malformed UTF-8, or is encrypted (the API decrypts what
 * it can before a package sees it); SEC_E_INSUFFICIENT_MEMORY. On failure *out is empty.
 */
NTSTATUS identity_capture(const LSA_SECPKG_FUNCTION_TABLE *lsa, const void *client_auth_data,
                          struct identity *out);
void identity_clear(struct identity *id);
/*
 * Whether `package` may use the identity: its list names packages, separated by commas; those with
 * an exclamation mark may not ("!ntlm"), and where any stands without one, only those may. An empty
 * list says nothing.
 */
bool identity_allows(const struct identity *id, const WCHAR *package);

#endif
