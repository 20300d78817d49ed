/*
 * The user-mode half: every call goes to the half of the package that was agreed on, without an
 * allocation, and without a lock but that of the table of contexts.
 */
#include "libsspi/packages/negotiate/negotiate.h"

#include <ntstatus.h>

#include "libsspi/packages/handle_map.h"
#include "libsspi/packages/packages.h"

PSECPKG_DLL_FUNCTIONS nego_dll;
static struct handle_map contexts = HANDLE_MAP_INIT;

static NTSTATUS NTAPI instance_init(ULONG version, PSECPKG_DLL_FUNCTIONS functions,
                                    PVOID *user_functions)
{
    (void)version, (void)user_functions;
    nego_dll = functions;
    return STATUS_SUCCESS;
}

static struct nego_outcome *find(LSA_SEC_HANDLE handle)
{
    static _Thread_local struct handle_map_recent recent[HANDLE_MAP_RECENT];

    return handle_map_recall(&contexts, recent, handle);
}

/* ---- the context ------------------------------------------------------------------------------
 */

static NTSTATUS NTAPI init_context(LSA_SEC_HANDLE handle, PSecBuffer packed)
{
    struct nego_outcome *o = nego_outcome_unpack(packed);

    if (!o)
        return SEC_E_INVALID_TOKEN;
    if (handle_map_put(&contexts, handle, o))
        return SEC_E_OK;
    nego_outcome_put(o);
    return SEC_E_INSUFFICIENT_MEMORY;
}

static NTSTATUS NTAPI delete_context(LSA_SEC_HANDLE handle)
{
    struct nego_outcome *o = handle_map_remove(&contexts, handle);

    nego_outcome_put(o);
    return o ? SEC_E_OK : SEC_E_INVALID_HANDLE;
}

/* ---- messages ---------------------------------------------------------------------------------
 */

/* A function of the package's own half, with the context that is current. */
#define FORWARD(function, ...)                                                                     \
    struct nego_outcome *o = find(handle);                                                         \
    const struct nego_established *e;                                                              \
    NTSTATUS status = SEC_E_UNSUPPORTED_FUNCTION;                                                  \
                                                                                                   \
    if (!o)                                                                                        \
        return SEC_E_INVALID_HANDLE;                                                               \
    e = nego_outcome_enter(o);                                                                     \
    if (e->package->user->function)                                                                \
        status = e->package->user->function(e->user, __VA_ARGS__);                                 \
    nego_outcome_leave(o);                                                                         \
    return status

static NTSTATUS NTAPI make_signature(LSA_SEC_HANDLE handle, ULONG qop, PSecBufferDesc message,
                                     ULONG sequence)
{
    FORWARD(MakeSignature, qop, message, sequence);
}

static NTSTATUS NTAPI verify_signature(LSA_SEC_HANDLE handle, PSecBufferDesc message,
                                       ULONG sequence, PULONG qop)
{
    FORWARD(VerifySignature, message, sequence, qop);
}

static NTSTATUS NTAPI seal_message(LSA_SEC_HANDLE handle, ULONG qop, PSecBufferDesc message,
                                   ULONG sequence)
{
    FORWARD(SealMessage, qop, message, sequence);
}

static NTSTATUS NTAPI unseal_message(LSA_SEC_HANDLE handle, PSecBufferDesc message, ULONG sequence,
                                     PULONG qop)
{
    FORWARD(UnsealMessage, message, sequence, qop);
}

/* ---- everything else --------------------------------------------------------------------------
 */

static NTSTATUS NTAPI get_context_token(LSA_SEC_HANDLE handle, PHANDLE token)
{
    FORWARD(GetContextToken, token);
}

static NTSTATUS NTAPI query_context(LSA_SEC_HANDLE handle, ULONG attribute, PVOID buffer)
{
    struct nego_outcome *o = find(handle);
    NTSTATUS status;

    if (!o)
        return SEC_E_INVALID_HANDLE;
    status = nego_query_user_context(nego_outcome_enter(o), attribute, buffer);
    nego_outcome_leave(o);
    return status;
}

/* What the package had to complete is complete; programs that always call it are not wrong. */
static NTSTATUS NTAPI complete_auth_token(LSA_SEC_HANDLE handle, PSecBufferDesc token)
{
    (void)token;
    return find(handle) ? SEC_E_OK : SEC_E_INVALID_HANDLE;
}

static NTSTATUS NTAPI export_context(LSA_SEC_HANDLE handle, ULONG flags, PSecBuffer packed,
                                     PHANDLE token)
{
    struct nego_outcome *o = find(handle);
    NTSTATUS status;

    *token = NULL; /* get_context_token() makes it */
    if (!o)
        return SEC_E_INVALID_HANDLE;
    status = nego_export(nego_outcome_enter(o), flags, packed);
    nego_outcome_leave(o);
    return status;
}

/* The number in *handle is the context's: the host gives it one, as for InitUserModeContext. */
static NTSTATUS NTAPI import_context(PSecBuffer packed, HANDLE token, PLSA_SEC_HANDLE handle)
{
    NTSTATUS status = SEC_E_INSUFFICIENT_MEMORY;
    struct nego_outcome *o = nego_import(packed, token, *handle, &status);

    if (!o)
        return status;
    if (handle_map_put(&contexts, *handle, o))
        return SEC_E_OK;
    nego_outcome_put(o);
    return SEC_E_INSUFFICIENT_MEMORY;
}

NTSTATUS SEC_ENTRY nego_user_mode_initialize(ULONG lsa_version, PULONG package_version,
                                             PSECPKG_USER_FUNCTION_TABLE *tables, PULONG count)
{
    static SECPKG_USER_FUNCTION_TABLE table = {
        .InstanceInit = instance_init,
        .InitUserModeContext = init_context,
        .MakeSignature = make_signature,
        .VerifySignature = verify_signature,
        .SealMessage = seal_message,
        .UnsealMessage = unseal_message,
        .GetContextToken = get_context_token,
        .QueryContextAttributes = query_context,
        .CompleteAuthToken = complete_auth_token,
        .DeleteUserModeContext = delete_context,
        .ExportContext = export_context,
        .ImportContext = import_context,
    };

    if (lsa_version != SECPKG_INTERFACE_VERSION)
        return STATUS_INVALID_PARAMETER;
    *package_version = SECPKG_INTERFACE_VERSION;
    *tables = &table;
    *count = 1;
    return STATUS_SUCCESS;
}
