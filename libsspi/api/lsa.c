/*
 * The functions by which an untrusted program talks to an authentication package of lsad: the
 * Kerberos package's ticket cache, above all. A connection is a handle that holds nothing: the
 * client of lsad reaches it call by call.
 */
#include "libsspi/api/api.h"
#include "libsspi/api/reason.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/utf16.h"

static void destroy_connection(void *object)
{
    (void)object;
}

static bool connected(HANDLE lsa)
{
    SecHandle handle = handle_unpack(lsa);

    if (!api_start() || !handle_acquire(HANDLE_LSA, &handle))
        return false;
    handle_release(&handle);
    return true;
}

NTSTATUS NTAPI LsaConnectUntrusted(PHANDLE LsaHandle)
{
    struct lsa_status_info info;
    SecHandle handle;
    static char connection;
    NTSTATUS status;

    if (!LsaHandle)
        return STATUS_INVALID_PARAMETER;
    *LsaHandle = NULL;
    if (!api_start())
        return STATUS_UNSUCCESSFUL;
    status = lsa_client_status(&info);
    if (status == LSA_CLIENT_UNREACHABLE)
        return STATUS_PORT_CONNECTION_REFUSED;
    if (!NT_SUCCESS(status))
        return status;
    lsa_client_free_status(&info);
    if (!handle_open(HANDLE_LSA, &connection, destroy_connection, &handle))
        return STATUS_INSUFFICIENT_RESOURCES;
    *LsaHandle = handle_pack(&handle);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI LsaDeregisterLogonProcess(HANDLE LsaHandle)
{
    SecHandle handle = handle_unpack(LsaHandle);

    return api_start() && handle_close(HANDLE_LSA, &handle) ? STATUS_SUCCESS
                                                            : STATUS_INVALID_HANDLE;
}

/* NTLM answers to its old name, too, which is the documented way to ask for it here. */
NTSTATUS NTAPI LsaLookupAuthenticationPackage(HANDLE LsaHandle, PLSA_STRING PackageName,
                                              PULONG AuthenticationPackage)
{
    const char *wanted;
    size_t i, length;

    if (!connected(LsaHandle))
        return STATUS_INVALID_HANDLE;
    if (!PackageName || !PackageName->Buffer || !AuthenticationPackage)
        return STATUS_INVALID_PARAMETER;
    wanted = PackageName->Buffer;
    length = strnlen(wanted, PackageName->Length);
    if (length == strlen(MSV1_0_PACKAGE_NAME) &&
        strncasecmp(wanted, MSV1_0_PACKAGE_NAME, length) == 0) {
        wanted = NTLMSP_NAME_A;
        length = strlen(NTLMSP_NAME_A);
    }
    for (i = 0; i < lsa_host_count(); i++) {
        const char *name = lsa_host_package(i)->name;

        if (lsa_host_package(i)->library) /* of this process alone: lsad has none of it */
            continue;
        if (strlen(name) == length && strncasecmp(name, wanted, length) == 0) {
            *AuthenticationPackage = (ULONG)i;
            return STATUS_SUCCESS;
        }
    }
    return STATUS_NO_SUCH_PACKAGE;
}

/* A package that lsad has not. */
static NTSTATUS call_here(const struct lsa_package *package, PVOID submit, ULONG size, void **reply,
                          ULONG *reply_size, NTSTATUS *protocol)
{
    struct lsa_call call;
    NTSTATUS status;

    if (!package->lsa->CallPackageUntrusted)
        return STATUS_NOT_SUPPORTED;
    api_call_begin(&call, 0);
    status =
        package->lsa->CallPackageUntrusted(NULL, submit, submit, size, reply, reply_size, protocol);
    lsa_call_end();
    return status;
}

NTSTATUS NTAPI LsaCallAuthenticationPackage(HANDLE LsaHandle, ULONG AuthenticationPackage,
                                            PVOID ProtocolSubmitBuffer, ULONG SubmitBufferLength,
                                            PVOID *ProtocolReturnBuffer, PULONG ReturnBufferLength,
                                            PNTSTATUS ProtocolStatus)
{
    const struct lsa_package *package;
    NTSTATUS status, protocol_status = STATUS_SUCCESS;
    void *reply = NULL;
    ULONG size = 0;

    if (!connected(LsaHandle))
        return STATUS_INVALID_HANDLE;
    package = lsa_host_package(AuthenticationPackage);
    if (!package)
        return STATUS_NO_SUCH_PACKAGE;
    if (!ProtocolSubmitBuffer && SubmitBufferLength > 0)
        return STATUS_INVALID_PARAMETER;
    api_reason_begin();
    if (package->in_process)
        status = call_here(package, ProtocolSubmitBuffer, SubmitBufferLength, &reply, &size,
                           &protocol_status);
    else
        status = lsa_client_call_package(package->info.Name, ProtocolSubmitBuffer,
                                         SubmitBufferLength, &reply, &size, &protocol_status);
    if (status == LSA_CLIENT_UNREACHABLE)
        status = STATUS_PORT_CONNECTION_REFUSED;
    (void)api_reason_end(status < 0 ? status : protocol_status);
    if (ProtocolStatus)
        *ProtocolStatus = protocol_status;
    if (ReturnBufferLength)
        *ReturnBufferLength = size;
    if (ProtocolReturnBuffer)
        *ProtocolReturnBuffer = reply;
    else
        lsa_host_free(reply);
    return status;
}

NTSTATUS NTAPI LsaFreeReturnBuffer(PVOID Buffer)
{
    lsa_host_free(Buffer);
    return STATUS_SUCCESS;
}
