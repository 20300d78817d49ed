/*
 * The LSA-mode half as the host sees it: its entry point and its function table.
 */
#include "libsspi/packages/credssp/credssp.h"

#include <ntstatus.h>
#include <string.h>

#include "base/utf16.h"
#include "libsspi/packages/packages.h"

const LSA_SECPKG_FUNCTION_TABLE *credssp_lsa;

/* Name, id and token size are Windows', since programs know them by heart. */
const SecPkgInfoW credssp_info = {
    .fCapabilities = SECPKG_FLAG_INTEGRITY | SECPKG_FLAG_PRIVACY | SECPKG_FLAG_CONNECTION |
                     SECPKG_FLAG_MULTI_REQUIRED | SECPKG_FLAG_EXTENDED_ERROR |
                     SECPKG_FLAG_IMPERSONATION | SECPKG_FLAG_ACCEPT_WIN32_NAME |
                     SECPKG_FLAG_STREAM | SECPKG_FLAG_MUTUAL_AUTH,
    .wVersion = 1,
    .wRPCID = SECPKG_ID_NONE,
    .cbMaxToken = 90567,
    .Name = (SEC_WCHAR *)CREDSSP_NAME,
    .Comment = (SEC_WCHAR *)u"CredSSP: credentials delegated to a server through TLS",
};

PSecPkgInfoW credssp_info_copy(void)
{
    size_t name_size = (utf16_length(credssp_info.Name) + 1) * sizeof(WCHAR);
    size_t comment_size = (utf16_length(credssp_info.Comment) + 1) * sizeof(WCHAR);
    PSecPkgInfoW copy = lsa_host_allocate(sizeof(*copy) + name_size + comment_size);

    if (!copy)
        return NULL;
    *copy = credssp_info;
    copy->Name = memcpy(copy + 1, credssp_info.Name, name_size);
    copy->Comment = memcpy((char *)copy->Name + name_size, credssp_info.Comment, comment_size);
    return copy;
}

/* Without a way to other packages there is neither TLS nor TSPkg. */
static NTSTATUS NTAPI initialize(ULONG_PTR package_id, PSECPKG_PARAMETERS parameters,
                                 PLSA_SECPKG_FUNCTION_TABLE table)
{
    (void)package_id, (void)parameters;
    if (!lsa_inner())
        return STATUS_NOT_SUPPORTED;
    credssp_lsa = table;
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI shutdown_package(VOID)
{
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI get_info(PSecPkgInfoW info)
{
    *info = credssp_info;
    return STATUS_SUCCESS;
}

NTSTATUS SEC_ENTRY credssp_lsa_mode_initialize(ULONG lsa_version, PULONG package_version,
                                               PSECPKG_FUNCTION_TABLE *tables, PULONG count)
{
    static SECPKG_FUNCTION_TABLE table = {
        .Initialize = initialize,
        .Shutdown = shutdown_package,
        .GetInfo = get_info,
        .AcquireCredentialsHandle = credssp_acquire_credentials,
        .QueryCredentialsAttributes = credssp_query_credentials,
        .FreeCredentialsHandle = credssp_free_credentials,
        .SetCredentialsAttributes = credssp_set_credentials,
        .InitLsaModeContext = credssp_init_context,
        .AcceptLsaModeContext = credssp_accept_context,
        .DeleteContext = credssp_delete_context,
        .ApplyControlToken = credssp_apply_control,
        .QueryContextAttributes = credssp_query_lsa_context,
    };

    if (lsa_version != SECPKG_INTERFACE_VERSION)
        return STATUS_INVALID_PARAMETER;
    *package_version = SECPKG_INTERFACE_VERSION;
    *tables = &table;
    *count = 1;
    return STATUS_SUCCESS;
}
