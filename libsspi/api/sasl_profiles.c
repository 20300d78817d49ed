/*
 * Which SASL mechanisms there are, and which package is behind each.
 *
 * Source: "SaslEnumerateProfilesW function", "SaslGetProfilePackageW function",
 * "SaslIdentifyPackageW function" (sdk-api/sspi); the mechanisms' names are IANA's.
 */
#include "libsspi/api/sasl.h"

#include <security.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf16.h"
#include "base/wire.h"

static const struct {
    const WCHAR *name;
    const WCHAR *package;
} profiles[] = {
    {u"GSSAPI", MICROSOFT_KERBEROS_NAME_W},
    {u"GSS-SPNEGO", NEGOSSP_NAME_W},
};

/* ---- profiles ---------------------------------------------------------------------------------
 */

/* The names one after the other, each ended by a zero, and one more zero at the end;
 * FreeContextBuffer frees them. */
SECURITY_STATUS WINAPI SaslEnumerateProfilesW(LPWSTR *ProfileList, ULONG *ProfileCount)
{
    size_t units = 2, i;
    ULONG count = 0;
    WCHAR *list, *at;

    if (!ProfileList || !ProfileCount)
        return SEC_E_INVALID_PARAMETER;
    if (!api_start())
        return SEC_E_INTERNAL_ERROR;
    for (i = 0; i < ARRAYSIZE(profiles); i++)
        units += utf16_length(profiles[i].name) + 1;
    list = at = lsa_host_allocate(units * sizeof(WCHAR));
    if (!list)
        return SEC_E_INSUFFICIENT_MEMORY;
    for (i = 0; i < ARRAYSIZE(profiles); i++) {
        if (!lsa_host_find(profiles[i].package))
            continue;
        units = utf16_length(profiles[i].name) + 1;
        memcpy(at, profiles[i].name, units * sizeof(WCHAR));
        at += units;
        count++;
    }
    *ProfileList = list;
    *ProfileCount = count;
    return SEC_E_OK;
}

SECURITY_STATUS WINAPI SaslEnumerateProfilesA(LPSTR *ProfileList, ULONG *ProfileCount)
{
    LPWSTR wide = NULL;
    size_t units = 0, i;
    SECURITY_STATUS status;

    if (!ProfileList)
        return SEC_E_INVALID_PARAMETER;
    status = SaslEnumerateProfilesW(&wide, ProfileCount);
    if (status != SEC_E_OK)
        return status;
    while (wide[units])
        units += utf16_length(wide + units) + 1;
    *ProfileList = lsa_host_allocate(units + 2);
    for (i = 0; *ProfileList && i < units; i++)
        (*ProfileList)[i] = (CHAR)wide[i]; /* the names are ASCII */
    FreeContextBuffer(wide);
    return *ProfileList ? SEC_E_OK : SEC_E_INSUFFICIENT_MEMORY;
}

static const struct lsa_package *package_of(const WCHAR *profile)
{
    for (size_t i = 0; profile && i < ARRAYSIZE(profiles); i++)
        if (utf16_equal_nocase(profile, profiles[i].name))
            return lsa_host_find(profiles[i].package);
    return NULL;
}

SECURITY_STATUS WINAPI SaslGetProfilePackageW(LPWSTR ProfileName, PSecPkgInfoW *PackageInfo)
{
    const struct lsa_package *package;

    if (!PackageInfo)
        return SEC_E_INVALID_PARAMETER;
    if (!api_start())
        return SEC_E_INTERNAL_ERROR;
    package = package_of(ProfileName);
    if (!package)
        return SEC_E_SECPKG_NOT_FOUND;
    *PackageInfo = api_package_info_w(&package, 1);
    return *PackageInfo ? SEC_E_OK : SEC_E_INSUFFICIENT_MEMORY;
}

SECURITY_STATUS WINAPI SaslGetProfilePackageA(LPSTR ProfileName, PSecPkgInfoA *PackageInfo)
{
    const struct lsa_package *package;
    bool failed = false;
    WCHAR *name;

    if (!PackageInfo)
        return SEC_E_INVALID_PARAMETER;
    if (!api_start())
        return SEC_E_INTERNAL_ERROR;
    name = api_wide(ProfileName, &failed);
    package = package_of(name);
    free(name);
    if (!package)
        return SEC_E_SECPKG_NOT_FOUND;
    *PackageInfo = api_package_info_a(&package, 1);
    return *PackageInfo ? SEC_E_OK : SEC_E_INSUFFICIENT_MEMORY;
}

/* ---- by a token -------------------------------------------------------------------------------
 */

/* The mechanism's object identifier as the token holds it, RFC 2743 3.1: tag 0x60, a length, the
 * identifier with its own tag. */
static struct wire_reader mechanism_of(const SecBuffer *token)
{
    struct wire_reader r = wire_reader(token->pvBuffer, token->pvBuffer ? token->cbBuffer : 0);
    uint8_t length;
    size_t at;

    if (wire_u8(&r) != 0x60)
        wire_read_fail(&r);
    length = wire_u8(&r);
    if (length & 0x80)
        wire_skip(&r, length & 0x7f);
    at = r.offset;
    if (wire_u8(&r) != 0x06)
        wire_read_fail(&r);
    length = wire_u8(&r);
    return wire_slice(&r, at, (size_t)length + 2);
}

static bool speaks(const struct lsa_package *package, const struct wire_reader *mechanism)
{
    PSECPKG_EXTENDED_INFORMATION info = NULL;
    struct lsa_call call;
    bool same = false;
    NTSTATUS status;

    if (!package->lsa->GetExtendedInformation)
        return false;
    api_call_begin(&call, 0);
    status = package->lsa->GetExtendedInformation(SecpkgGssInfo, &info);
    lsa_call_end();
    if (NT_SUCCESS(status) && info)
        same = info->Info.GssInfo.EncodedIdLength == mechanism->size &&
               memcmp((const UCHAR *)info +
                          offsetof(SECPKG_EXTENDED_INFORMATION, Info.GssInfo.EncodedId),
                      mechanism->data, mechanism->size) == 0;
    lsa_host_free(info);
    return same;
}

static SECURITY_STATUS identify(PSecBufferDesc input, const struct lsa_package **package)
{
    struct wire_reader mechanism = {.failed = true};
    size_t i;

    if (!input || !input->pBuffers)
        return SEC_E_INVALID_TOKEN;
    for (i = 0; i < input->cBuffers; i++)
        if ((input->pBuffers[i].BufferType & ~(ULONG)SECBUFFER_ATTRMASK) == SECBUFFER_TOKEN) {
            mechanism = mechanism_of(&input->pBuffers[i]);
            break;
        }
    if (!wire_ok(&mechanism))
        return SEC_E_INVALID_TOKEN;
    for (i = 0; i < lsa_host_count(); i++) {
        *package = lsa_host_package(i);
        if (!(*package)->hidden && speaks(*package, &mechanism))
            return SEC_E_OK;
    }
    return SEC_E_SECPKG_NOT_FOUND;
}

/* SEC_E_INVALID_TOKEN for what does not begin as RFC 2743 says, SEC_E_SECPKG_NOT_FOUND. */
SECURITY_STATUS WINAPI SaslIdentifyPackageW(PSecBufferDesc pInput, PSecPkgInfoW *PackageInfo)
{
    const struct lsa_package *package;
    SECURITY_STATUS status;

    if (!PackageInfo)
        return SEC_E_INVALID_PARAMETER;
    if (!api_start())
        return SEC_E_INTERNAL_ERROR;
    status = identify(pInput, &package);
    if (status != SEC_E_OK)
        return status;
    *PackageInfo = api_package_info_w(&package, 1);
    return *PackageInfo ? SEC_E_OK : SEC_E_INSUFFICIENT_MEMORY;
}

SECURITY_STATUS WINAPI SaslIdentifyPackageA(PSecBufferDesc pInput, PSecPkgInfoA *PackageInfo)
{
    const struct lsa_package *package;
    SECURITY_STATUS status;

    if (!PackageInfo)
        return SEC_E_INVALID_PARAMETER;
    if (!api_start())
        return SEC_E_INTERNAL_ERROR;
    status = identify(pInput, &package);
    if (status != SEC_E_OK)
        return status;
    *PackageInfo = api_package_info_a(&package, 1);
    return *PackageInfo ? SEC_E_OK : SEC_E_INSUFFICIENT_MEMORY;
}
