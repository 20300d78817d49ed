/*
 * The LSA-mode half as the host sees it: its entry point and its function table.
 */
#include "libsspi/packages/kerberos/kerberos.h"

#include <string.h>

#include "libsspi/packages/kerberos/credentials/armor.h"
#include "libsspi/packages/kerberos/logon/unlock.h"
#include "libsspi/packages/kerberos/user_mode/user_mode.h"
#include "libsspi/packages/gss_info.h"
#include "libsspi/packages/packages.h"

const LSA_SECPKG_FUNCTION_TABLE *kerb_lsa;
ULONG kerb_package_id;

static NTSTATUS NTAPI initialize(ULONG_PTR package_id, PSECPKG_PARAMETERS parameters,
                                 PLSA_SECPKG_FUNCTION_TABLE table)
{
    krb5_context krb;

    (void)parameters;
    kerb_lsa = table;
    kerb_package_id = (ULONG)package_id;
    /* A broken krb5.conf is told here. lsad calls this before its sandbox closes. */
    krb = kerb_context_take();
    if (!krb)
        return STATUS_DLL_NOT_FOUND;
    kerb_context_give(krb);
    return kerb_crypto_start() ? STATUS_SUCCESS : STATUS_DLL_NOT_FOUND;
}

static NTSTATUS NTAPI shutdown_package(VOID)
{
    krb5_context krb;

    kerb_session_shutdown();
    krb = kerb_context_take();
    kerb_armor_shutdown(krb);
    kerb_context_give(krb);
    kerb_context_shutdown();
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI get_info(PSecPkgInfoW info)
{
    kerb_package_info(info);
    return STATUS_SUCCESS;
}

/* 1.2.840.113554.1.2.2, how Negotiate names the package on the wire. */
static NTSTATUS NTAPI get_extended(SECPKG_EXTENDED_INFORMATION_CLASS class,
                                   PSECPKG_EXTENDED_INFORMATION *out)
{
    static const UCHAR oid[] = {0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 0x01, 0x02, 0x02};

    return gss_info(kerb_lsa, oid, sizeof(oid), class, out);
}

NTSTATUS SEC_ENTRY kerb_lsa_mode_initialize(ULONG lsa_version, PULONG package_version,
                                            PSECPKG_FUNCTION_TABLE *tables, PULONG count)
{
    static SECPKG_FUNCTION_TABLE table = {
        .CallPackage = kerb_call_package,
        .CallPackageUntrusted = kerb_call_package,
        .LogonTerminated = kerb_logon_terminated,
        .LogonUserEx2 = kerb_logon_user,
        .Initialize = initialize,
        .Shutdown = shutdown_package,
        .GetInfo = get_info,
        .AcceptCredentials = kerb_accept_credentials,
        .AcquireCredentialsHandle = kerb_acquire_credentials,
        .QueryCredentialsAttributes = kerb_query_credentials,
        .FreeCredentialsHandle = kerb_free_credentials,
        .AddCredentials = kerb_add_credentials,
        .SetCredentialsAttributes = kerb_set_credentials,
        .ChangeAccountPassword = kerb_change_account_password,
        .InitLsaModeContext = kerb_init_context,
        .AcceptLsaModeContext = kerb_accept_context,
        .DeleteContext = kerb_delete_context,
        .GetUserInfo = kerb_get_user_info,
        .GetExtendedInformation = get_extended,
        .QueryContextAttributes = kerb_query_lsa_context,
    };

    if (lsa_version != SECPKG_INTERFACE_VERSION)
        return STATUS_INVALID_PARAMETER;
    *package_version = SECPKG_INTERFACE_VERSION;
    *tables = &table;
    *count = 1;
    return STATUS_SUCCESS;
}
