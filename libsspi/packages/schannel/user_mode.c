/*
 * The user-mode half: messages and attributes of the connection that the LSA-mode half has made.
 */
#include <ntstatus.h>

#include "libsspi/packages/handle_map.h"
#include "libsspi/packages/packages.h"
#include "libsspi/packages/schannel/attributes/attributes.h"
#include "libsspi/packages/schannel/messages/messages.h"

static struct handle_map contexts = HANDLE_MAP_INIT;

static NTSTATUS NTAPI instance_init(ULONG version, PSECPKG_DLL_FUNCTIONS functions,
                                    PVOID *user_functions)
{
    (void)version, (void)functions, (void)user_functions;
    return STATUS_SUCCESS;
}

static struct tls_connection *find(LSA_SEC_HANDLE handle)
{
    static _Thread_local struct handle_map_recent recent[HANDLE_MAP_RECENT];

    return handle_map_recall(&contexts, recent, handle);
}

static NTSTATUS NTAPI init_context(LSA_SEC_HANDLE handle, PSecBuffer packed)
{
    struct tls_connection *c = tls_connection_unpack(packed);

    if (!c)
        return SEC_E_INVALID_TOKEN;
    if (handle_map_put(&contexts, handle, c))
        return SEC_E_OK;
    tls_connection_put(c);
    return SEC_E_INSUFFICIENT_MEMORY;
}

static NTSTATUS NTAPI delete_context(LSA_SEC_HANDLE handle)
{
    struct tls_connection *c = handle_map_remove(&contexts, handle);

    tls_connection_put(c);
    return c ? SEC_E_OK : SEC_E_INVALID_HANDLE;
}

static NTSTATUS NTAPI seal_message(LSA_SEC_HANDLE handle, ULONG qop, PSecBufferDesc message,
                                   ULONG sequence)
{
    struct tls_connection *c = find(handle);

    (void)sequence; /* "The Schannel SSP does not use sequence numbers." */
    return c ? tls_seal(c, qop, message) : SEC_E_INVALID_HANDLE;
}

static NTSTATUS NTAPI unseal_message(LSA_SEC_HANDLE handle, PSecBufferDesc message, ULONG sequence,
                                     PULONG qop)
{
    struct tls_connection *c = find(handle);

    (void)sequence;
    *qop = 0;
    return c ? tls_unseal(c, message) : SEC_E_INVALID_HANDLE;
}

static NTSTATUS NTAPI query_context(LSA_SEC_HANDLE handle, ULONG attribute, PVOID buffer)
{
    struct tls_connection *c = find(handle);

    return c ? tls_query_attribute(c, attribute, buffer) : SEC_E_INVALID_HANDLE;
}

/* No token of TLS is to be completed; programs that always call it are not wrong. */
static NTSTATUS NTAPI complete_auth_token(LSA_SEC_HANDLE handle, PSecBufferDesc token)
{
    (void)token;
    return find(handle) ? SEC_E_OK : SEC_E_INVALID_HANDLE;
}

NTSTATUS SEC_ENTRY tls_user_mode_initialize(ULONG lsa_version, PULONG package_version,
                                            PSECPKG_USER_FUNCTION_TABLE *tables, PULONG count)
{
    static SECPKG_USER_FUNCTION_TABLE table[3];

    if (lsa_version != SECPKG_INTERFACE_VERSION)
        return STATUS_INVALID_PARAMETER;
    for (size_t i = 0; i < 3; i++)
        table[i] = (SECPKG_USER_FUNCTION_TABLE){
            .InstanceInit = instance_init,
            .InitUserModeContext = init_context,
            .SealMessage = seal_message,
            .UnsealMessage = unseal_message,
            .QueryContextAttributes = query_context,
            .CompleteAuthToken = complete_auth_token,
            .DeleteUserModeContext = delete_context,
        };
    *package_version = SECPKG_INTERFACE_VERSION;
    *tables = table;
    *count = 3;
    return STATUS_SUCCESS;
}
