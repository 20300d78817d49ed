/*
 * The user-mode half: messages are Schannel's, and go to its half without an allocation, and
 * without a lock but that of the table of contexts.
 */
#include "libsspi/packages/credssp/credssp.h"

#include <ntstatus.h>

#include "libsspi/packages/handle_map.h"
#include "libsspi/packages/packages.h"

static struct handle_map contexts = HANDLE_MAP_INIT;

static NTSTATUS NTAPI instance_init(ULONG version, PSECPKG_DLL_FUNCTIONS functions,
                                    PVOID *user_functions)
{
    (void)version, (void)functions, (void)user_functions;
    return STATUS_SUCCESS;
}

static struct credssp_established *find(LSA_SEC_HANDLE handle)
{
    static _Thread_local struct handle_map_recent recent[HANDLE_MAP_RECENT];

    return handle_map_recall(&contexts, recent, handle);
}

static NTSTATUS NTAPI init_context(LSA_SEC_HANDLE handle, PSecBuffer packed)
{
    struct credssp_established *e = credssp_established_unpack(packed);

    if (!e)
        return SEC_E_INVALID_TOKEN;
    if (handle_map_put(&contexts, handle, e))
        return SEC_E_OK;
    credssp_established_put(e);
    return SEC_E_INSUFFICIENT_MEMORY;
}

static NTSTATUS NTAPI delete_context(LSA_SEC_HANDLE handle)
{
    struct credssp_established *e = handle_map_remove(&contexts, handle);

    credssp_established_put(e);
    return e ? SEC_E_OK : SEC_E_INVALID_HANDLE;
}

/* ---- messages ---------------------------------------------------------------------------------
 */

static NTSTATUS NTAPI make_signature(LSA_SEC_HANDLE handle, ULONG qop, PSecBufferDesc message,
                                     ULONG sequence)
{
    struct credssp_established *e = find(handle);

    if (!e)
        return SEC_E_INVALID_HANDLE;
    return e->tls_half.table->MakeSignature
               ? e->tls_half.table->MakeSignature(e->tls_half.handle, qop, message, sequence)
               : SEC_E_UNSUPPORTED_FUNCTION;
}

static NTSTATUS NTAPI verify_signature(LSA_SEC_HANDLE handle, PSecBufferDesc message,
                                       ULONG sequence, PULONG qop)
{
    struct credssp_established *e = find(handle);

    if (!e)
        return SEC_E_INVALID_HANDLE;
    return e->tls_half.table->VerifySignature
               ? e->tls_half.table->VerifySignature(e->tls_half.handle, message, sequence, qop)
               : SEC_E_UNSUPPORTED_FUNCTION;
}

static NTSTATUS NTAPI seal_message(LSA_SEC_HANDLE handle, ULONG qop, PSecBufferDesc message,
                                   ULONG sequence)
{
    struct credssp_established *e = find(handle);

    if (!e)
        return SEC_E_INVALID_HANDLE;
    return e->tls_half.table->SealMessage(e->tls_half.handle, qop, message, sequence);
}

static NTSTATUS NTAPI unseal_message(LSA_SEC_HANDLE handle, PSecBufferDesc message, ULONG sequence,
                                     PULONG qop)
{
    struct credssp_established *e = find(handle);
    NTSTATUS status;

    if (!e)
        return SEC_E_INVALID_HANDLE;
    status = e->tls_half.table->UnsealMessage(e->tls_half.handle, message, sequence, qop);
    if (status == SEC_I_RENEGOTIATE)
        atomic_store_explicit(&e->wants_tls_leg, true, memory_order_relaxed);
    return status;
}

/* ---- everything else --------------------------------------------------------------------------
 */

/* The client's, which TSPkg knows: of the negotiation, and not of TLS. */
static NTSTATUS NTAPI get_context_token(LSA_SEC_HANDLE handle, PHANDLE token)
{
    struct credssp_established *e = find(handle);
    NTSTATUS status = SEC_E_UNSUPPORTED_FUNCTION;

    if (!e)
        return SEC_E_INVALID_HANDLE;
    pthread_mutex_lock(&e->lock);
    if (e->ts_half.table->GetContextToken)
        status = e->ts_half.table->GetContextToken(e->ts_half.handle, token);
    pthread_mutex_unlock(&e->lock);
    return status;
}

static NTSTATUS NTAPI query_context(LSA_SEC_HANDLE handle, ULONG attribute, PVOID buffer)
{
    struct credssp_established *e = find(handle);

    return e ? credssp_query_user_context(e, attribute, buffer) : SEC_E_INVALID_HANDLE;
}

/* There is nothing to complete; programs that always call it are not wrong. */
static NTSTATUS NTAPI complete_auth_token(LSA_SEC_HANDLE handle, PSecBufferDesc token)
{
    (void)token;
    return find(handle) ? SEC_E_OK : SEC_E_INVALID_HANDLE;
}

NTSTATUS SEC_ENTRY credssp_user_mode_initialize(ULONG lsa_version, PULONG package_version,
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
    };

    if (lsa_version != SECPKG_INTERFACE_VERSION)
        return STATUS_INVALID_PARAMETER;
    *package_version = SECPKG_INTERFACE_VERSION;
    *tables = &table;
    *count = 1;
    return STATUS_SUCCESS;
}
