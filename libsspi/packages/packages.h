/*
 * The built-in security packages, seen from the host: two entry points each, with the documented
 * prototypes (ntsecpkg.h). The host knows nothing else of a package, and a package knows the LSA
 * only through the tables.
 */
#ifndef CREDMGR_PACKAGES_H
#define CREDMGR_PACKAGES_H

#include <ntsecpkg.h>

/*
 * Always in the program: lsad never serves a client with it, though a package there may open it
 * (host_inner.h). Its LSA half stays beside an established context.
 */
#define BUILTIN_IN_PROCESS 0x1
/* The pAuthData of AcquireCredentialsHandle is a structure of its own, and no identity. */
#define BUILTIN_OWN_AUTH_DATA 0x2

struct builtin_package {
    const char *name; /* as in lsa.conf `packages =` */
    SpLsaModeInitializeFn lsa_mode;
    SpUserModeInitializeFn user_mode;
    unsigned flags; /* BUILTIN_* */
};

NTSTATUS SEC_ENTRY kerb_lsa_mode_initialize(ULONG lsa_version, PULONG package_version,
                                            PSECPKG_FUNCTION_TABLE *tables, PULONG count);
NTSTATUS SEC_ENTRY kerb_user_mode_initialize(ULONG lsa_version, PULONG package_version,
                                             PSECPKG_USER_FUNCTION_TABLE *tables, PULONG count);
NTSTATUS SEC_ENTRY nego_lsa_mode_initialize(ULONG lsa_version, PULONG package_version,
                                            PSECPKG_FUNCTION_TABLE *tables, PULONG count);
NTSTATUS SEC_ENTRY nego_user_mode_initialize(ULONG lsa_version, PULONG package_version,
                                             PSECPKG_USER_FUNCTION_TABLE *tables, PULONG count);
NTSTATUS SEC_ENTRY ntlm_lsa_mode_initialize(ULONG lsa_version, PULONG package_version,
                                            PSECPKG_FUNCTION_TABLE *tables, PULONG count);
NTSTATUS SEC_ENTRY ntlm_user_mode_initialize(ULONG lsa_version, PULONG package_version,
                                             PSECPKG_USER_FUNCTION_TABLE *tables, PULONG count);
NTSTATUS SEC_ENTRY ts_lsa_mode_initialize(ULONG lsa_version, PULONG package_version,
                                          PSECPKG_FUNCTION_TABLE *tables, PULONG count);
NTSTATUS SEC_ENTRY ts_user_mode_initialize(ULONG lsa_version, PULONG package_version,
                                           PSECPKG_USER_FUNCTION_TABLE *tables, PULONG count);
NTSTATUS SEC_ENTRY tls_lsa_mode_initialize(ULONG lsa_version, PULONG package_version,
                                           PSECPKG_FUNCTION_TABLE *tables, PULONG count);
NTSTATUS SEC_ENTRY tls_user_mode_initialize(ULONG lsa_version, PULONG package_version,
                                            PSECPKG_USER_FUNCTION_TABLE *tables, PULONG count);
NTSTATUS SEC_ENTRY credssp_lsa_mode_initialize(ULONG lsa_version, PULONG package_version,
                                               PSECPKG_FUNCTION_TABLE *tables, PULONG count);
NTSTATUS SEC_ENTRY credssp_user_mode_initialize(ULONG lsa_version, PULONG package_version,
                                                PSECPKG_USER_FUNCTION_TABLE *tables, PULONG count);

#endif
