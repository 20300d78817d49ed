/*
 * An SSP/AP of one's own: a library with both halves, and two packages in it. "Half" needs one leg;
 * its messages are signed with a single letter.
 */
#include <string.h>
#include <ntsecpkg.h>
#include <ntstatus.h>
#include <sspi.h>

static PLSA_SECPKG_FUNCTION_TABLE lsa;

static NTSTATUS NTAPI initialize(ULONG_PTR id, PSECPKG_PARAMETERS parameters,
                                 PLSA_SECPKG_FUNCTION_TABLE functions)
{
    (void)id, (void)parameters;
    lsa = functions;
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI get_info(PSecPkgInfoW info)
{
    static WCHAR name[] = u"Half", comment[] = u"";

    *info = (SecPkgInfoW){SECPKG_FLAG_INTEGRITY, 1, SECPKG_ID_NONE, 20, name, comment};
    return STATUS_SUCCESS;
}

/* A name that another package has: it is left out, and the first one is not. */
static NTSTATUS NTAPI get_info_taken(PSecPkgInfoW info)
{
    static WCHAR name[] = u"Kerberos", comment[] = u"";

    *info = (SecPkgInfoW){0, 1, SECPKG_ID_NONE, 20, name, comment};
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI acquire(PUNICODE_STRING principal, ULONG use, PLUID luid, PVOID auth,
                              PVOID key, PVOID argument, PLSA_SEC_HANDLE handle, PTimeStamp expiry)
{
    (void)principal, (void)use, (void)luid, (void)auth, (void)key, (void)argument, (void)expiry;
    *handle = 3;
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI release(LSA_SEC_HANDLE handle)
{
    return handle == 3 ? STATUS_SUCCESS : STATUS_INVALID_HANDLE;
}

static NTSTATUS NTAPI initiate(LSA_SEC_HANDLE credential, LSA_SEC_HANDLE context,
                               PUNICODE_STRING target, ULONG requirements, ULONG drep,
                               PSecBufferDesc input, PLSA_SEC_HANDLE made, PSecBufferDesc output,
                               PULONG attributes, PTimeStamp expiry, PBOOLEAN mapped,
                               PSecBuffer packed)
{
    (void)credential, (void)context, (void)target, (void)requirements, (void)drep, (void)input;
    (void)output, (void)attributes, (void)expiry;
    *made = 8;
    *mapped = TRUE;
    packed->pvBuffer = lsa->AllocateLsaHeap(1);
    packed->cbBuffer = 1;
    return packed->pvBuffer ? STATUS_SUCCESS : STATUS_NO_MEMORY;
}

static NTSTATUS NTAPI delete_context(LSA_SEC_HANDLE context)
{
    return context == 8 ? STATUS_SUCCESS : STATUS_INVALID_HANDLE;
}

static NTSTATUS NTAPI instance_init(ULONG version, PSECPKG_DLL_FUNCTIONS functions, PVOID *user)
{
    (void)version, (void)functions, (void)user;
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI init_user(LSA_SEC_HANDLE handle, PSecBuffer packed)
{
    (void)handle;
    return packed->cbBuffer == 1 ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
}

static NTSTATUS NTAPI sign(LSA_SEC_HANDLE handle, ULONG qop, PSecBufferDesc message, ULONG sequence)
{
    (void)handle, (void)qop, (void)sequence;
    memcpy(message->pBuffers[0].pvBuffer, "s", 1);
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI delete_user(LSA_SEC_HANDLE handle)
{
    (void)handle;
    return STATUS_SUCCESS;
}

__attribute__((visibility("default"))) NTSTATUS SEC_ENTRY SpLsaModeInitialize(
    ULONG version, PULONG package_version, PSECPKG_FUNCTION_TABLE *tables, PULONG count);
__attribute__((visibility("default"))) NTSTATUS SEC_ENTRY SpUserModeInitialize(
    ULONG version, PULONG package_version, PSECPKG_USER_FUNCTION_TABLE *tables, PULONG count);

NTSTATUS SEC_ENTRY SpLsaModeInitialize(ULONG version, PULONG package_version,
                                       PSECPKG_FUNCTION_TABLE *tables, PULONG count)
{
    static SECPKG_FUNCTION_TABLE both[2] = {{.Initialize = initialize,
                                             .GetInfo = get_info,
                                             .AcquireCredentialsHandle = acquire,
                                             .FreeCredentialsHandle = release,
                                             .InitLsaModeContext = initiate,
                                             .DeleteContext = delete_context},
                                            {.Initialize = initialize, .GetInfo = get_info_taken}};

    *package_version = version;
    *tables = both;
    *count = 2;
    return STATUS_SUCCESS;
}

NTSTATUS SEC_ENTRY SpUserModeInitialize(ULONG version, PULONG package_version,
                                        PSECPKG_USER_FUNCTION_TABLE *tables, PULONG count)
{
    static SECPKG_USER_FUNCTION_TABLE both[2] = {{.InstanceInit = instance_init,
                                                  .InitUserModeContext = init_user,
                                                  .MakeSignature = sign,
                                                  .DeleteUserModeContext = delete_user},
                                                 {.InstanceInit = instance_init}};

    *package_version = version;
    *tables = both;
    *count = 2;
    return STATUS_SUCCESS;
}
