/*
 * The LSA-mode half as the host sees it: one table for each of the three names under which programs
 * know the package.
 */
#include "libsspi/packages/schannel/package.h"

#include <ntstatus.h>
#include <schannel.h>

#include "libsspi/packages/packages.h"
#include "libsspi/packages/schannel/attributes/attributes.h"
#include "libsspi/packages/schannel/credentials/credential.h"
#include "libsspi/packages/schannel/handshake/handshake.h"

const LSA_SECPKG_FUNCTION_TABLE *tls_lsa;

static NTSTATUS NTAPI initialize(ULONG_PTR package_id, PSECPKG_PARAMETERS parameters,
                                 PLSA_SECPKG_FUNCTION_TABLE table)
{
    (void)package_id, (void)parameters;
    tls_lsa = table;
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI shutdown_package(VOID)
{
    return STATUS_SUCCESS;
}

/* Windows' capabilities, id and token size, since programs know them by heart. */
static void get_info(PSecPkgInfoW info, const WCHAR *name)
{
    *info = (SecPkgInfoW){
        .fCapabilities = SECPKG_FLAG_INTEGRITY | SECPKG_FLAG_PRIVACY | SECPKG_FLAG_CONNECTION |
                         SECPKG_FLAG_MULTI_REQUIRED | SECPKG_FLAG_EXTENDED_ERROR |
                         SECPKG_FLAG_IMPERSONATION | SECPKG_FLAG_ACCEPT_WIN32_NAME |
                         SECPKG_FLAG_STREAM | SECPKG_FLAG_MUTUAL_AUTH,
        .wVersion = 1,
        .wRPCID = UNISP_RPC_ID,
        .cbMaxToken = 24576,
        .Name = (SEC_WCHAR *)name,
        .Comment = (SEC_WCHAR *)u"Schannel: TLS",
    };
}

static NTSTATUS NTAPI info_unified(PSecPkgInfoW info)
{
    get_info(info, UNISP_NAME_W);
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI info_schannel(PSecPkgInfoW info)
{
    get_info(info, SCHANNEL_NAME_W);
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI info_default(PSecPkgInfoW info)
{
    get_info(info, DEFAULT_TLS_SSP_NAME_W);
    return STATUS_SUCCESS;
}

#define TABLE(info)                                                                                \
    {                                                                                              \
        .Initialize = initialize, .Shutdown = shutdown_package, .GetInfo = (info),                 \
        .AcquireCredentialsHandle = tls_acquire_credentials,                                       \
        .FreeCredentialsHandle = tls_free_credentials,                                             \
        .QueryCredentialsAttributes = tls_query_credentials,                                       \
        .SetCredentialsAttributes = tls_set_credentials, .InitLsaModeContext = tls_init_context,   \
        .AcceptLsaModeContext = tls_accept_context, .DeleteContext = tls_delete_context,           \
        .ApplyControlToken = tls_apply_control, .QueryContextAttributes = tls_query_lsa_context,   \
        .SetContextAttributes = tls_set_lsa_context,                                               \
    }

NTSTATUS SEC_ENTRY tls_lsa_mode_initialize(ULONG lsa_version, PULONG package_version,
                                           PSECPKG_FUNCTION_TABLE *tables, PULONG count)
{
    static SECPKG_FUNCTION_TABLE all[] = {TABLE(info_unified), TABLE(info_schannel),
                                          TABLE(info_default)};

    if (lsa_version != SECPKG_INTERFACE_VERSION)
        return STATUS_INVALID_PARAMETER;
    *package_version = SECPKG_INTERFACE_VERSION;
    *tables = all;
    *count = sizeof(all) / sizeof(*all);
    return STATUS_SUCCESS;
}
