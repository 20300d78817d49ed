/*
 * The LSA-mode half as the host sees it: its entry point and its function table.
 */
#include "libsspi/packages/negotiate/negotiate.h"

#include <ntstatus.h>
#include <security.h>
#include <string.h>

#include "base/utf16.h"
#include "libsspi/packages/gss_info.h"
#include "libsspi/packages/packages.h"

const LSA_SECPKG_FUNCTION_TABLE *nego_lsa;

/*
 * Windows' name, id and token size, since programs know them by heart. Not announced, though
 * Windows does: LOGON (nobody is logged on with it here), RESTRICTED_TOKENS (there are none).
 */
const SecPkgInfoW nego_package_info = {
    .fCapabilities = SECPKG_FLAG_INTEGRITY | SECPKG_FLAG_PRIVACY | SECPKG_FLAG_CONNECTION |
                     SECPKG_FLAG_MULTI_REQUIRED | SECPKG_FLAG_EXTENDED_ERROR |
                     SECPKG_FLAG_IMPERSONATION | SECPKG_FLAG_ACCEPT_WIN32_NAME |
                     SECPKG_FLAG_NEGOTIABLE | SECPKG_FLAG_GSS_COMPATIBLE,
    .wVersion = 1,
    .wRPCID = 9, /* RPC_C_AUTHN_GSS_NEGOTIATE */
    .cbMaxToken = 48256,
    .Name = (SEC_WCHAR *)u"Negotiate",
    .Comment = (SEC_WCHAR *)u"SPNEGO: the best package that both sides have",
};

PSecPkgInfoW nego_info_copy(const SecPkgInfoW *info)
{
    static const WCHAR nothing[] = u"";
    const WCHAR *name = info->Name ? info->Name : nothing;
    const WCHAR *comment = info->Comment ? info->Comment : nothing;
    size_t name_size = (utf16_length(name) + 1) * sizeof(WCHAR);
    size_t comment_size = (utf16_length(comment) + 1) * sizeof(WCHAR);
    PSecPkgInfoW copy = lsa_host_allocate(sizeof(*copy) + name_size + comment_size);

    if (!copy)
        return NULL;
    *copy = *info;
    copy->Name = memcpy(copy + 1, name, name_size);
    copy->Comment = memcpy((char *)copy->Name + name_size, comment, comment_size);
    return copy;
}

/* Without a way to other packages there is nothing to negotiate. */
static NTSTATUS NTAPI initialize(ULONG_PTR package_id, PSECPKG_PARAMETERS parameters,
                                 PLSA_SECPKG_FUNCTION_TABLE table)
{
    (void)package_id, (void)parameters;
    if (!lsa_inner())
        return STATUS_NOT_SUPPORTED;
    nego_lsa = table;
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI shutdown_package(VOID)
{
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI get_info(PSecPkgInfoW info)
{
    *info = nego_package_info;
    return STATUS_SUCCESS;
}

/* 1.3.6.1.5.5.2, as GSSAPI names the negotiation itself. */
static NTSTATUS NTAPI get_extended(SECPKG_EXTENDED_INFORMATION_CLASS class,
                                   PSECPKG_EXTENDED_INFORMATION *out)
{
    static const UCHAR oid[] = {0x06, 0x06, 0x2b, 0x06, 0x01, 0x05, 0x05, 0x02};

    return gss_info(nego_lsa, oid, sizeof(oid), class, out);
}

NTSTATUS SEC_ENTRY nego_lsa_mode_initialize(ULONG lsa_version, PULONG package_version,
                                            PSECPKG_FUNCTION_TABLE *tables, PULONG count)
{
    static SECPKG_FUNCTION_TABLE table = {
        .CallPackage = nego_call_package,
        .CallPackageUntrusted = nego_call_package,
        .Initialize = initialize,
        .Shutdown = shutdown_package,
        .GetInfo = get_info,
        .AcquireCredentialsHandle = nego_acquire_credentials,
        .QueryCredentialsAttributes = nego_query_credentials,
        .FreeCredentialsHandle = nego_free_credentials,
        .AddCredentials = nego_add_credentials,
        .SetCredentialsAttributes = nego_set_credentials,
        .ChangeAccountPassword = nego_change_account_password,
        .InitLsaModeContext = nego_init_context,
        .AcceptLsaModeContext = nego_accept_context,
        .DeleteContext = nego_delete_context,
        .ApplyControlToken = nego_apply_control,
        .GetExtendedInformation = get_extended,
        .QueryContextAttributes = nego_query_lsa_context,
    };

    if (lsa_version != SECPKG_INTERFACE_VERSION)
        return STATUS_INVALID_PARAMETER;
    *package_version = SECPKG_INTERFACE_VERSION;
    *tables = &table;
    *count = 1;
    return STATUS_SUCCESS;
}
