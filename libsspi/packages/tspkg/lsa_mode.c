/*
 * The LSA-mode half as the host sees it: its entry point and its function table.
 */
#include "libsspi/packages/tspkg/tspkg.h"

#include <credssp.h>
#include <ntstatus.h>

#include "libsspi/packages/packages.h"

const LSA_SECPKG_FUNCTION_TABLE *ts_lsa;
ULONG ts_package_id;

/* Windows' name and id. A token is a TSRequest, with a token of Negotiate in it. */
static const SecPkgInfoW package_info = {
    .fCapabilities = SECPKG_FLAG_CONNECTION | SECPKG_FLAG_MULTI_REQUIRED |
                     SECPKG_FLAG_EXTENDED_ERROR | SECPKG_FLAG_IMPERSONATION |
                     SECPKG_FLAG_ACCEPT_WIN32_NAME,
    .wVersion = 1,
    .wRPCID = 22,
    .cbMaxToken = 48256 + 1024,
    .Name = (SEC_WCHAR *)TS_SSP_NAME,
    .Comment = (SEC_WCHAR *)u"TS Service Security Package",
};

/* Without a way to Negotiate there is nothing to authenticate with. */
static NTSTATUS NTAPI initialize(ULONG_PTR package_id, PSECPKG_PARAMETERS parameters,
                                 PLSA_SECPKG_FUNCTION_TABLE table)
{
    (void)parameters;
    if (!lsa_inner())
        return STATUS_NOT_SUPPORTED;
    ts_lsa = table;
    ts_package_id = (ULONG)package_id;
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI shutdown_package(VOID)
{
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI get_info(PSecPkgInfoW info)
{
    *info = package_info;
    return STATUS_SUCCESS;
}

NTSTATUS SEC_ENTRY ts_lsa_mode_initialize(ULONG lsa_version, PULONG package_version,
                                          PSECPKG_FUNCTION_TABLE *tables, PULONG count)
{
    static SECPKG_FUNCTION_TABLE table = {
        .Initialize = initialize,
        .Shutdown = shutdown_package,
        .GetInfo = get_info,
        .AcceptCredentials = ts_accept_credentials,
        .AcquireCredentialsHandle = ts_acquire_credentials,
        .QueryCredentialsAttributes = ts_query_credentials,
        .FreeCredentialsHandle = ts_free_credentials,
        .InitLsaModeContext = ts_init_context,
        .AcceptLsaModeContext = ts_accept_context,
        .DeleteContext = ts_delete_context,
    };

    if (lsa_version != SECPKG_INTERFACE_VERSION)
        return STATUS_INVALID_PARAMETER;
    *package_version = SECPKG_INTERFACE_VERSION;
    *tables = &table;
    *count = 1;
    return STATUS_SUCCESS;
}
