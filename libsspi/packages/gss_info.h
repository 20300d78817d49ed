/*
 * SpGetExtendedInformation of a package that GSSAPI knows by an object identifier.
 */
#ifndef CREDMGR_PACKAGES_GSS_INFO_H
#define CREDMGR_PACKAGES_GSS_INFO_H

#include <ntsecpkg.h>

/*
 * `oid`: DER with tag and length, `size` bytes. *out is LSA heap. SEC_E_UNSUPPORTED_FUNCTION for
 * another class than SecpkgGssInfo, SEC_E_INSUFFICIENT_MEMORY.
 */
NTSTATUS gss_info(const LSA_SECPKG_FUNCTION_TABLE *lsa, const UCHAR *oid, ULONG size,
                  SECPKG_EXTENDED_INFORMATION_CLASS class, PSECPKG_EXTENDED_INFORMATION *out);

#endif
