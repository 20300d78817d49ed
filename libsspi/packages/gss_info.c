/*
 * See gss_info.h.
 */
#include "libsspi/packages/gss_info.h"

#include <stddef.h>
#include <string.h>

NTSTATUS gss_info(const LSA_SECPKG_FUNCTION_TABLE *lsa, const UCHAR *oid, ULONG size,
                  SECPKG_EXTENDED_INFORMATION_CLASS class, PSECPKG_EXTENDED_INFORMATION *out)
{
    PSECPKG_EXTENDED_INFORMATION info;

    if (class != SecpkgGssInfo)
        return SEC_E_UNSUPPORTED_FUNCTION;
    info = lsa->AllocateLsaHeap((ULONG)sizeof(*info) + size);
    if (!info)
        return SEC_E_INSUFFICIENT_MEMORY;
    info->Class = class;
    info->Info.GssInfo.EncodedIdLength = size;
    memcpy((UCHAR *)info + offsetof(SECPKG_EXTENDED_INFORMATION, Info.GssInfo.EncodedId), oid,
           size);
    *out = info;
    return SEC_E_OK;
}
