/*
 * LSA_SECPKG_FUNCTION_TABLE, all of it: what a package may ask of the LSA. Members that have no
 * meaning on this system (the SAM, Windows tokens, memory shared with the client) answer with the
 * failure their documentation provides for.
 */
#include "libsspi/lsa/host_internal.h"

#include <stdlib.h>
#include <ntstatus.h>

static NTSTATUS NTAPI unload_package(VOID)
{
    return STATUS_NOT_SUPPORTED;
}

static NTSTATUS NTAPI duplicate_handle(HANDLE source, PHANDLE destination)
{
    (void)source;
    *destination = NULL;
    return STATUS_NOT_SUPPORTED;
}

static NTSTATUS NTAPI save_supplemental_credentials(PLUID luid, ULONG size, PVOID credentials,
                                                    BOOLEAN synchronous)
{
    (void)luid, (void)size, (void)credentials, (void)synchronous;
    return STATUS_NOT_SUPPORTED;
}

static PVOID NTAPI create_shared_memory(ULONG max_size, ULONG initial_size)
{
    (void)max_size, (void)initial_size;
    return NULL;
}

static PVOID NTAPI allocate_shared_memory(PVOID memory, ULONG size)
{
    (void)memory, (void)size;
    return NULL;
}

static VOID NTAPI free_shared_memory(PVOID memory, PVOID block)
{
    (void)memory, (void)block; /* there is none: create_shared_memory() never gave any */
}

static BOOLEAN NTAPI delete_shared_memory(PVOID memory)
{
    (void)memory;
    return FALSE;
}

static NTSTATUS NTAPI open_sam_user(PSECURITY_STRING name, SECPKG_NAME_TYPE type,
                                    PSECURITY_STRING prefix, BOOLEAN allow_guest, ULONG reserved,
                                    PVOID *user)
{
    (void)name, (void)type, (void)prefix, (void)allow_guest, (void)reserved;
    *user = NULL;
    return STATUS_NOT_SUPPORTED;
}

static NTSTATUS NTAPI get_user_credentials(PVOID user, PVOID *primary, PULONG primary_size,
                                           PVOID *supplemental, PULONG supplemental_size)
{
    (void)user;
    *primary = *supplemental = NULL;
    *primary_size = *supplemental_size = 0;
    return STATUS_NOT_SUPPORTED;
}

static NTSTATUS NTAPI get_user_auth_data(PVOID user, PUCHAR *data, PULONG size)
{
    (void)user;
    *data = NULL;
    *size = 0;
    return STATUS_NOT_SUPPORTED;
}

static NTSTATUS NTAPI close_sam_user(PVOID user)
{
    (void)user;
    return STATUS_INVALID_HANDLE;
}

static NTSTATUS NTAPI convert_auth_data_to_token(PVOID data, ULONG size,
                                                 SECURITY_IMPERSONATION_LEVEL level,
                                                 PTOKEN_SOURCE source, SECURITY_LOGON_TYPE type,
                                                 PUNICODE_STRING authority, PHANDLE token,
                                                 PLUID luid, PUNICODE_STRING account,
                                                 PNTSTATUS sub_status)
{
    (void)data, (void)size, (void)level, (void)source, (void)type, (void)authority, (void)luid;
    (void)account;
    *token = NULL;
    *sub_status = STATUS_SUCCESS;
    return STATUS_NOT_SUPPORTED;
}

static NTSTATUS NTAPI client_callback(PCHAR callback, ULONG_PTR argument1, ULONG_PTR argument2,
                                      PSecBuffer input, PSecBuffer output)
{
    (void)callback, (void)argument1, (void)argument2, (void)input, (void)output;
    return STATUS_NOT_SUPPORTED;
}

static NTSTATUS NTAPI update_credentials(PSECPKG_PRIMARY_CRED primary,
                                         PSECPKG_SUPPLEMENTAL_CRED_ARRAY credentials)
{
    (void)primary, (void)credentials;
    return STATUS_NOT_SUPPORTED;
}

static NTSTATUS NTAPI get_auth_data_for_user(PSECURITY_STRING name, SECPKG_NAME_TYPE type,
                                             PSECURITY_STRING prefix, PUCHAR *data, PULONG size,
                                             PUNICODE_STRING flat_name)
{
    (void)name, (void)type, (void)prefix, (void)flat_name;
    *data = NULL;
    *size = 0;
    return STATUS_NOT_SUPPORTED;
}

static NTSTATUS NTAPI crack_single_name(ULONG format, BOOLEAN at_gc, PUNICODE_STRING input,
                                        PUNICODE_STRING prefix, ULONG requested,
                                        PUNICODE_STRING name, PUNICODE_STRING domain,
                                        PULONG sub_status)
{
    (void)format, (void)at_gc, (void)input, (void)prefix, (void)requested, (void)name, (void)domain;
    *sub_status = 0;
    return STATUS_NOT_SUPPORTED;
}

static VOID NTAPI dummy(PVOID buffer, ULONG size)
{
    (void)buffer, (void)size; /* the documented name of these members is DummyFunction */
}

static NTSTATUS NTAPI open_token_by_logon_id(PLUID luid, HANDLE *token)
{
    (void)luid;
    *token = NULL;
    return STATUS_NOT_SUPPORTED;
}

static NTSTATUS NTAPI expand_auth_data_for_domain(PUCHAR data, ULONG size, PVOID reserved,
                                                  PUCHAR *expanded, PULONG expanded_size)
{
    (void)data, (void)size, (void)reserved;
    *expanded = NULL;
    *expanded_size = 0;
    return STATUS_NOT_SUPPORTED;
}

/* No call of ours comes with one of the extended flags (application containers, remote credential
 * guard). */
static NTSTATUS NTAPI get_extended_call_flags(PULONG flags)
{
    *flags = 0;
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI get_service_account_password(PUNICODE_STRING account, PUNICODE_STRING domain,
                                                   CRED_FETCH fetch, FILETIME *expiry,
                                                   PUNICODE_STRING current,
                                                   PUNICODE_STRING previous,
                                                   FILETIME *valid_for_outbound)
{
    (void)account, (void)domain, (void)fetch, (void)expiry, (void)current, (void)previous;
    (void)valid_for_outbound;
    return STATUS_NOT_SUPPORTED;
}

static NTSTATUS NTAPI check_protected_user_by_token(HANDLE token, PBOOLEAN protected_user)
{
    (void)token;
    *protected_user = FALSE;
    return STATUS_NOT_SUPPORTED;
}

static NTSTATUS NTAPI query_client_request(PLSA_CLIENT_REQUEST request, ULONG type, PVOID *reply)
{
    (void)request, (void)type;
    *reply = NULL;
    return STATUS_NOT_SUPPORTED;
}

static NTSTATUS NTAPI get_app_mode_info(PULONG function, PULONG_PTR argument1, PULONG_PTR argument2,
                                        PSecBuffer data, PBOOLEAN return_to_lsa)
{
    (void)function, (void)argument1, (void)argument2, (void)data, (void)return_to_lsa;
    return STATUS_NOT_SUPPORTED;
}

static NTSTATUS NTAPI set_app_mode_info(ULONG function, ULONG_PTR argument1, ULONG_PTR argument2,
                                        PSecBuffer data, BOOLEAN return_to_lsa)
{
    (void)function, (void)argument1, (void)argument2, (void)data, (void)return_to_lsa;
    return STATUS_NOT_SUPPORTED;
}

static NTSTATUS NTAPI get_failure_reason(ULONG_PTR package, SECPKG_FAILURE_REASON *reason)
{
    (void)package, (void)reason;
    return STATUS_NOT_SUPPORTED;
}

static NTSTATUS NTAPI set_failure_reason(SECPKG_FAILURE_REASON reason)
{
    (void)reason;
    return STATUS_NOT_SUPPORTED;
}

/* The user-mode table of a package loaded in this process. */
static PVOID NTAPI locate_package_by_id(ULONG id)
{
    const struct lsa_package *package = lsa_host_package(id);

    return package ? package->user : NULL;
}

static NTSTATUS NTAPI register_callback(ULONG id, PLSA_CALLBACK_FUNCTION callback)
{
    (void)id, (void)callback; /* the LSA calls nobody back: client_callback() above */
    return STATUS_NOT_SUPPORTED;
}

LSA_SECPKG_FUNCTION_TABLE lsa_host_table = {
    .CreateLogonSession = lsa_create_logon_session,
    .DeleteLogonSession = lsa_delete_logon_session,
    .AddCredential = lsa_add_credential,
    .GetCredentials = lsa_get_credentials,
    .DeleteCredential = lsa_delete_credential,
    .AllocateLsaHeap = lsa_allocate_heap,
    .FreeLsaHeap = lsa_free_heap,
    .AllocateClientBuffer = lsa_allocate_client_buffer,
    .FreeClientBuffer = lsa_free_client_buffer,
    .CopyToClientBuffer = lsa_copy_to_client_buffer,
    .CopyFromClientBuffer = lsa_copy_from_client_buffer,
    .ImpersonateClient = lsa_impersonate_client,
    .UnloadPackage = unload_package,
    .DuplicateHandle = duplicate_handle,
    .SaveSupplementalCredentials = save_supplemental_credentials,
    .CreateThread = lsa_create_thread,
    .GetClientInfo = lsa_get_client_info,
    .RegisterNotification = lsa_register_notification,
    .CancelNotification = lsa_cancel_notification,
    .MapBuffer = lsa_map_buffer,
    .CreateToken = lsa_create_token,
    .AuditLogon = lsa_audit_logon,
    .CallPackage = lsa_call_package,
    .FreeReturnBuffer = lsa_free_heap,
    .GetCallInfo = lsa_get_call_info,
    .CallPackageEx = lsa_call_package_ex,
    .CreateSharedMemory = create_shared_memory,
    .AllocateSharedMemory = allocate_shared_memory,
    .FreeSharedMemory = free_shared_memory,
    .DeleteSharedMemory = delete_shared_memory,
    .OpenSamUser = open_sam_user,
    .GetUserCredentials = get_user_credentials,
    .GetUserAuthData = get_user_auth_data,
    .CloseSamUser = close_sam_user,
    .ConvertAuthDataToToken = convert_auth_data_to_token,
    .ClientCallback = client_callback,
    .UpdateCredentials = update_credentials,
    .GetAuthDataForUser = get_auth_data_for_user,
    .CrackSingleName = crack_single_name,
    .AuditAccountLogon = lsa_audit_account_logon,
    .CallPackagePassthrough = lsa_call_package_passthrough,
    .DummyFunction1 = dummy,
    .DummyFunction2 = dummy,
    .DummyFunction3 = dummy,
    .LsaProtectMemory = lsa_protect_memory,
    .LsaUnprotectMemory = lsa_unprotect_memory,
    .OpenTokenByLogonId = open_token_by_logon_id,
    .ExpandAuthDataForDomain = expand_auth_data_for_domain,
    .AllocatePrivateHeap = lsa_allocate_private_heap,
    .FreePrivateHeap = lsa_free_private_heap,
    .CreateTokenEx = lsa_create_token_ex,
    .DummyFunction4 = dummy,
    .DummyFunction5 = dummy,
    .DummyFunction6 = dummy,
    .GetExtendedCallFlags = get_extended_call_flags,
    .DuplicateTokenHandle = duplicate_handle,
    .GetServiceAccountPassword = get_service_account_password,
    .DummyFunction7 = dummy,
    .AuditLogonEx = lsa_audit_logon_ex,
    .CheckProtectedUserByToken = check_protected_user_by_token,
    .QueryClientRequest = query_client_request,
    .GetAppModeInfo = get_app_mode_info,
    .SetAppModeInfo = set_app_mode_info,
    .GetClientInfoEx = lsa_get_client_info_ex,
    .GetSecpkgFailureReason = get_failure_reason,
    .SetSecpkgFailureReason = set_failure_reason,
};

/* What SpInstanceInit is given in the calling process: the same heap, so FreeContextBuffer releases
 * either's memory. */
SECPKG_DLL_FUNCTIONS lsa_host_dll_functions = {
    .AllocateHeap = lsa_allocate_heap,
    .FreeHeap = lsa_free_heap,
    .RegisterCallback = register_callback,
    .LocatePackageById = locate_package_by_id,
};
