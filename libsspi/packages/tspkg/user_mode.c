/*
 * The user-mode half: what an established context tells, and the client's token. It has no
 * messages: those of the application are the TLS channel's.
 */
#include "libsspi/packages/tspkg/tspkg.h"

#include <ntstatus.h>

#include "libsspi/packages/handle_map.h"
#include "libsspi/packages/packages.h"

PSECPKG_DLL_FUNCTIONS ts_dll;
static struct handle_map contexts = HANDLE_MAP_INIT;

static NTSTATUS NTAPI instance_init(ULONG version, PSECPKG_DLL_FUNCTIONS functions,
                                    PVOID *user_functions)
{
    (void)version, (void)user_functions;
    ts_dll = functions;
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI init_context(LSA_SEC_HANDLE handle, PSecBuffer packed)
{
    struct ts_established *e = NULL;
    SECURITY_STATUS status = packed ? ts_established_unpack(packed, &e) : SEC_E_INVALID_TOKEN;

    if (status != SEC_E_OK || handle_map_put(&contexts, handle, e))
        return status;
    ts_established_free(e);
    return SEC_E_INSUFFICIENT_MEMORY;
}

static NTSTATUS NTAPI delete_context(LSA_SEC_HANDLE handle)
{
    struct ts_established *e = handle_map_remove(&contexts, handle);

    ts_established_free(e);
    return e ? SEC_E_OK : SEC_E_INVALID_HANDLE;
}

/* The client as the negotiation has it. */
static NTSTATUS NTAPI get_context_token(LSA_SEC_HANDLE handle, PHANDLE token)
{
    const struct ts_established *e = handle_map_get(&contexts, handle);
    const SECPKG_USER_FUNCTION_TABLE *table;
    LSA_SEC_HANDLE user;

    if (!e)
        return SEC_E_INVALID_HANDLE;
    table = ts_negotiation(e->inner, &user);
    return table && table->GetContextToken ? table->GetContextToken(user, token)
                                           : SEC_E_UNSUPPORTED_FUNCTION;
}

static NTSTATUS NTAPI query_context(LSA_SEC_HANDLE handle, ULONG attribute, PVOID buffer)
{
    const struct ts_established *e = handle_map_get(&contexts, handle);

    return e ? ts_query(e, attribute, buffer) : SEC_E_INVALID_HANDLE;
}

NTSTATUS SEC_ENTRY ts_user_mode_initialize(ULONG lsa_version, PULONG package_version,
                                           PSECPKG_USER_FUNCTION_TABLE *tables, PULONG count)
{
    static SECPKG_USER_FUNCTION_TABLE table = {
        .InstanceInit = instance_init,
        .InitUserModeContext = init_context,
        .GetContextToken = get_context_token,
        .QueryContextAttributes = query_context,
        .DeleteUserModeContext = delete_context,
    };

    if (lsa_version != SECPKG_INTERFACE_VERSION)
        return STATUS_INVALID_PARAMETER;
    *package_version = SECPKG_INTERFACE_VERSION;
    *tables = &table;
    *count = 1;
    return STATUS_SUCCESS;
}
