/*
 * The built-in security packages, seen from the host: two entry points each, with the documented
 * prototypes (ntsecpkg.h). The host knows nothing else of a package, and a package knows the LSA
 * only through the tables.
 */
#ifndef CREDMGR_PACKAGES_H
#define CREDMGR_PACKAGES_H

#include <ntsecpkg.h>

struct builtin_package {
    const char *name; /* as in lsa.conf `packages =` */
    SpLsaModeInitializeFn lsa_mode;
    SpUserModeInitializeFn user_mode;
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

#endif
