/*
 * EnumerateSecurityPackages and QuerySecurityPackageInfo.
 */
#include "libsspi/api/api.h"

#include <stdlib.h>
#include <string.h>

#include "base/utf16.h"

static const WCHAR nothing[] = {0};

static const WCHAR *text_of(const WCHAR *text)
{
    return text ? text : nothing;
}

PSecPkgInfoW api_package_info_w(const struct lsa_package *const *packages, size_t count)
{
    const WCHAR *source[2];
    SEC_WCHAR **target[2];
    PSecPkgInfoW info;
    WCHAR *at;
    size_t i, j, units, size = count * sizeof(*info);

    for (i = 0; i < count; i++)
        size += (utf16_length(text_of(packages[i]->info.Name)) +
                 utf16_length(text_of(packages[i]->info.Comment)) + 2) *
                sizeof(WCHAR);
    info = lsa_host_allocate(size);
    if (!info)
        return NULL;
    at = (WCHAR *)(info + count);
    for (i = 0; i < count; i++) {
        info[i] = packages[i]->info;
        source[0] = text_of(packages[i]->info.Name);
        source[1] = text_of(packages[i]->info.Comment);
        target[0] = &info[i].Name;
        target[1] = &info[i].Comment;
        for (j = 0; j < 2; j++) {
            units = utf16_length(source[j]) + 1;
            memcpy(at, source[j], units * sizeof(WCHAR));
            *target[j] = at;
            at += units;
        }
    }
    return info;
}

PSecPkgInfoA api_package_info_a(const struct lsa_package *const *packages, size_t count)
{
    PSecPkgInfoA info = NULL;
    char **text, *at;
    size_t i, size = count * sizeof(*info);

    text = calloc(2 * count + 1, sizeof(*text));
    if (!text)
        return NULL;
    for (i = 0; i < 2 * count; i++) {
        const WCHAR *wide =
            text_of(i % 2 ? packages[i / 2]->info.Comment : packages[i / 2]->info.Name);

        text[i] = utf16_to_utf8(wide, utf16_length(wide), NULL);
        if (!text[i])
            goto out;
        size += strlen(text[i]) + 1;
    }
    info = lsa_host_allocate(size);
    if (!info)
        goto out;
    at = (char *)(info + count);
    for (i = 0; i < 2 * count; i++) {
        info[i / 2].fCapabilities = packages[i / 2]->info.fCapabilities;
        info[i / 2].wVersion = packages[i / 2]->info.wVersion;
        info[i / 2].wRPCID = packages[i / 2]->info.wRPCID;
        info[i / 2].cbMaxToken = packages[i / 2]->info.cbMaxToken;
        *(i % 2 ? &info[i / 2].Comment : &info[i / 2].Name) = at;
        at = stpcpy(at, text[i]) + 1;
    }
out:
    for (i = 0; i < 2 * count; i++)
        free(text[i]);
    free(text);
    return info;
}

/* All packages that are to be seen, as the functions above want them (free()). */
static const struct lsa_package **all(size_t *count)
{
    const struct lsa_package **list;
    size_t i, loaded = lsa_host_count();

    *count = 0;
    list = calloc(loaded + 1, sizeof(*list));
    for (i = 0; list && i < loaded; i++)
        if (!lsa_host_package(i)->hidden)
            list[(*count)++] = lsa_host_package(i);
    return list;
}

SECURITY_STATUS WINAPI EnumerateSecurityPackagesW(ULONG *pcPackages, PSecPkgInfoW *ppPackageInfo)
{
    const struct lsa_package **list;
    size_t count;

    if (!pcPackages || !ppPackageInfo)
        return SEC_E_INVALID_PARAMETER;
    if (!api_start())
        return SEC_E_INTERNAL_ERROR;
    list = all(&count);
    *ppPackageInfo = list ? api_package_info_w(list, count) : NULL;
    free(list);
    if (!*ppPackageInfo)
        return SEC_E_INSUFFICIENT_MEMORY;
    *pcPackages = (ULONG)count;
    return SEC_E_OK;
}

SECURITY_STATUS WINAPI EnumerateSecurityPackagesA(ULONG *pcPackages, PSecPkgInfoA *ppPackageInfo)
{
    const struct lsa_package **list;
    size_t count;

    if (!pcPackages || !ppPackageInfo)
        return SEC_E_INVALID_PARAMETER;
    if (!api_start())
        return SEC_E_INTERNAL_ERROR;
    list = all(&count);
    *ppPackageInfo = list ? api_package_info_a(list, count) : NULL;
    free(list);
    if (!*ppPackageInfo)
        return SEC_E_INSUFFICIENT_MEMORY;
    *pcPackages = (ULONG)count;
    return SEC_E_OK;
}

SECURITY_STATUS WINAPI QuerySecurityPackageInfoW(SEC_WCHAR *pszPackageName,
                                                 PSecPkgInfoW *ppPackageInfo)
{
    const struct lsa_package *package;

    if (!ppPackageInfo)
        return SEC_E_INVALID_PARAMETER;
    if (!api_start())
        return SEC_E_INTERNAL_ERROR;
    package = lsa_host_find(pszPackageName);
    if (!package)
        return SEC_E_SECPKG_NOT_FOUND;
    *ppPackageInfo = api_package_info_w(&package, 1);
    return *ppPackageInfo ? SEC_E_OK : SEC_E_INSUFFICIENT_MEMORY;
}

SECURITY_STATUS WINAPI QuerySecurityPackageInfoA(SEC_CHAR *pszPackageName,
                                                 PSecPkgInfoA *ppPackageInfo)
{
    const struct lsa_package *package;
    bool failed = false;
    WCHAR *name;

    if (!ppPackageInfo)
        return SEC_E_INVALID_PARAMETER;
    if (!api_start())
        return SEC_E_INTERNAL_ERROR;
    name = api_wide(pszPackageName, &failed);
    package = lsa_host_find(name);
    free(name);
    if (!package)
        return SEC_E_SECPKG_NOT_FOUND;
    *ppPackageInfo = api_package_info_a(&package, 1);
    return *ppPackageInfo ? SEC_E_OK : SEC_E_INSUFFICIENT_MEMORY;
}
