/*
 * The LSA-mode half as the host sees it: its entry point and its function table.
 */
#include "libsspi/packages/ntlm/lsa_half.h"

#include <ntstatus.h>
#include <string.h>

#include "base/utf16.h"
#include "libsspi/lsa/host.h"
#include "libsspi/packages/ntlm/verify/call_package.h"
#include "libsspi/packages/ntlm/verify/local.h"
#include "libsspi/packages/gss_info.h"
#include "libsspi/packages/packages.h"

struct ntlm_lsa ntlm_lsa;

/*
 * Windows' name, id and token size, since programs know them by heart. Not announced, though
 * Windows does: LOGON (nobody is logged on with it here), TOKEN_ONLY (channel bindings come in a
 * buffer of their own).
 */
const SecPkgInfoW ntlm_package_info = {
    .fCapabilities = SECPKG_FLAG_INTEGRITY | SECPKG_FLAG_PRIVACY | SECPKG_FLAG_CONNECTION |
                     SECPKG_FLAG_MULTI_REQUIRED | SECPKG_FLAG_IMPERSONATION |
                     SECPKG_FLAG_ACCEPT_WIN32_NAME | SECPKG_FLAG_NEGOTIABLE |
                     SECPKG_FLAG_READONLY_WITH_CHECKSUM,
    .wVersion = 1,
    .wRPCID = 10,
    .cbMaxToken = 2888,
    .Name = (SEC_WCHAR *)u"NTLM",
    .Comment = (SEC_WCHAR *)u"NTLM Security Package",
};

PSecPkgInfoW ntlm_package_info_copy(PVOID(NTAPI *allocate)(ULONG))
{
    size_t name = utf16_length(ntlm_package_info.Name) + 1;
    size_t comment = utf16_length(ntlm_package_info.Comment) + 1;
    PSecPkgInfoW copy = allocate((ULONG)(sizeof(*copy) + (name + comment) * sizeof(WCHAR)));

    if (!copy)
        return NULL;
    *copy = ntlm_package_info;
    copy->Name = memcpy(copy + 1, copy->Name, name * sizeof(WCHAR));
    copy->Comment = memcpy(copy->Name + name, copy->Comment, comment * sizeof(WCHAR));
    return copy;
}

/*
 * lsad calls this before its sandbox closes: the host name, the settings and OpenSSL's providers
 * are read here, once.
 */
static NTSTATUS NTAPI initialize(ULONG_PTR package_id, PSECPKG_PARAMETERS parameters,
                                 PLSA_SECPKG_FUNCTION_TABLE table)
{
    const char *domain = lsa_setting("NTLM", "domain", "");
    NTSTATUS status = STATUS_NO_MEMORY;

    if (!ntlm_crypto_start())
        return STATUS_DLL_NOT_FOUND; /* OpenSSL without its legacy provider */
    ntlm_lsa.table = table;
    ntlm_lsa.package_id = (ULONG)package_id;
    ntlm_policy_read(&ntlm_lsa.policy);
    if (!ntlm_machine_describe(parameters, &ntlm_lsa.machine))
        goto fail;
    if (*domain) {
        struct ntlm_text *t = &ntlm_lsa.default_domain;

        t->string = utf16_from_utf8(domain, strlen(domain), &t->units);
        if (!t->string)
            goto fail;
    }
    if (ntlm_lsa.policy.keep_local_accounts && lsa_host_is_lsad())
        ntlm_accounts_forget(); /* a new lsad comes with each change of /etc/passwd */
    return STATUS_SUCCESS;
fail:
    ntlm_machine_clear(&ntlm_lsa.machine);
    ntlm_crypto_stop();
    return status;
}

static NTSTATUS NTAPI shutdown_package(VOID)
{
    ntlm_machine_clear(&ntlm_lsa.machine);
    ntlm_text_free(&ntlm_lsa.default_domain);
    ntlm_crypto_stop();
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI get_info(PSecPkgInfoW info)
{
    *info = ntlm_package_info;
    return STATUS_SUCCESS;
}

/* 1.3.6.1.4.1.311.2.2.10, how Negotiate names the package on the wire. */
static NTSTATUS NTAPI get_extended(SECPKG_EXTENDED_INFORMATION_CLASS class,
                                   PSECPKG_EXTENDED_INFORMATION *out)
{
    static const UCHAR oid[] = {0x06, 0x0a, 0x2b, 0x06, 0x01, 0x04,
                                0x01, 0x82, 0x37, 0x02, 0x02, 0x0a};

    return gss_info(ntlm_lsa.table, oid, sizeof(oid), class, out);
}

NTSTATUS SEC_ENTRY ntlm_lsa_mode_initialize(ULONG lsa_version, PULONG package_version,
                                            PSECPKG_FUNCTION_TABLE *tables, PULONG count)
{
    static SECPKG_FUNCTION_TABLE table = {
        .CallPackage = ntlm_call_package,
        .LogonUserEx2 = ntlm_logon_user,
        .Initialize = initialize,
        .Shutdown = shutdown_package,
        .GetInfo = get_info,
        .AcceptCredentials = ntlm_accept_credentials,
        .AcquireCredentialsHandle = ntlm_acquire_credentials,
        .QueryCredentialsAttributes = ntlm_query_credentials,
        .FreeCredentialsHandle = ntlm_free_credentials,
        .InitLsaModeContext = ntlm_init_context,
        .AcceptLsaModeContext = ntlm_accept_context,
        .DeleteContext = ntlm_delete_context,
        .GetExtendedInformation = get_extended,
        .QueryContextAttributes = ntlm_query_lsa_context,
    };

    if (lsa_version != SECPKG_INTERFACE_VERSION)
        return STATUS_INVALID_PARAMETER;
    *package_version = SECPKG_INTERFACE_VERSION;
    *tables = &table;
    *count = 1;
    return STATUS_SUCCESS;
}
