/*
 * The user-mode half of the fake security package: signatures that are sums, sealing that is an
 * exclusive or. It notices when it is used after its end.
 */
#include "tests/unit/api/fake.h"

#include <stdlib.h>
#include <string.h>

#include <ntstatus.h>
#include "base/utf16.h"
#include "libsspi/lsa/host.h"
#include "libsspi/packages/buffers.h"
#include "libsspi/packages/handle_map.h"

static SECPKG_DLL_FUNCTIONS *dll_functions;
static struct handle_map user_contexts = HANDLE_MAP_INIT;

struct user_context {
    atomic_int inside;
    atomic_bool deleted;
};

static NTSTATUS NTAPI instance_init(ULONG version, PSECPKG_DLL_FUNCTIONS functions,
                                    PVOID *user_functions)
{
    (void)version, (void)user_functions;
    dll_functions = functions;
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI init_user(LSA_SEC_HANDLE handle, PSecBuffer packed)
{
    struct user_context *u;

    if (packed->cbBuffer != 6)
        return STATUS_INVALID_PARAMETER;
    u = calloc(1, sizeof(*u));
    if (!u || !handle_map_put(&user_contexts, handle, u)) {
        free(u);
        return STATUS_NO_MEMORY;
    }
    fake.user_contexts++;
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI delete_user(LSA_SEC_HANDLE handle)
{
    struct user_context *u = handle_map_remove(&user_contexts, handle);

    if (!u || u->inside != 0 || u->deleted) {
        fake.used_after_delete++;
        return STATUS_INVALID_HANDLE;
    }
    u->deleted = true;
    free(u);
    fake.user_contexts--;
    return STATUS_SUCCESS;
}

static struct user_context *enter(LSA_SEC_HANDLE handle)
{
    struct user_context *u = handle_map_get(&user_contexts, handle);

    if (!u || u->deleted) {
        fake.used_after_delete++;
        return NULL;
    }
    u->inside++;
    return u;
}

static uint32_t sum(PSecBuffer data, ULONG sequence)
{
    uint32_t total = 7 + sequence;
    ULONG i;

    for (i = 0; data && i < data->cbBuffer; i++)
        total = total * 31 + ((unsigned char *)data->pvBuffer)[i];
    return total;
}

static NTSTATUS sign(LSA_SEC_HANDLE handle, PSecBufferDesc message, ULONG sequence, bool seal)
{
    struct user_context *u = enter(handle);
    PSecBuffer token = buffers_find(message, SECBUFFER_TOKEN),
               data = buffers_find(message, SECBUFFER_DATA);
    NTSTATUS status = SEC_E_INVALID_TOKEN;
    uint32_t total;
    ULONG i;

    if (!u)
        return STATUS_INVALID_HANDLE;
    if (token && token->cbBuffer >= sizeof(total)) {
        total = sum(data, sequence);
        memcpy(token->pvBuffer, &total, sizeof(total));
        token->cbBuffer = sizeof(total);
        if (seal && fake.inside_seal)
            fake.inside_seal();
        for (i = 0; seal && data && i < data->cbBuffer; i++)
            ((unsigned char *)data->pvBuffer)[i] ^= 0x5a;
        status = STATUS_SUCCESS;
    }
    u->inside--;
    return status;
}

static NTSTATUS verify(LSA_SEC_HANDLE handle, PSecBufferDesc message, ULONG sequence, PULONG qop,
                       bool seal)
{
    struct user_context *u = enter(handle);
    PSecBuffer token = buffers_find(message, SECBUFFER_TOKEN),
               data = buffers_find(message, SECBUFFER_DATA);
    NTSTATUS status = SEC_E_MESSAGE_ALTERED;
    uint32_t total;
    ULONG i;

    if (!u)
        return STATUS_INVALID_HANDLE;
    for (i = 0; seal && data && i < data->cbBuffer; i++)
        ((unsigned char *)data->pvBuffer)[i] ^= 0x5a;
    total = sum(data, sequence);
    if (token && token->cbBuffer == sizeof(total) &&
        memcmp(token->pvBuffer, &total, sizeof(total)) == 0)
        status = STATUS_SUCCESS;
    *qop = 5;
    u->inside--;
    return status;
}

static NTSTATUS NTAPI make_signature(LSA_SEC_HANDLE handle, ULONG qop, PSecBufferDesc message,
                                     ULONG sequence)
{
    (void)qop;
    return sign(handle, message, sequence, false);
}

static NTSTATUS NTAPI verify_signature(LSA_SEC_HANDLE handle, PSecBufferDesc message,
                                       ULONG sequence, PULONG qop)
{
    return verify(handle, message, sequence, qop, false);
}

static NTSTATUS NTAPI seal_message(LSA_SEC_HANDLE handle, ULONG qop, PSecBufferDesc message,
                                   ULONG sequence)
{
    (void)qop;
    return sign(handle, message, sequence, true);
}

static NTSTATUS NTAPI unseal_message(LSA_SEC_HANDLE handle, PSecBufferDesc message, ULONG sequence,
                                     PULONG qop)
{
    return verify(handle, message, sequence, qop, true);
}

static WCHAR *string(const WCHAR *text)
{
    size_t size = (utf16_length(text) + 1) * sizeof(WCHAR);
    WCHAR *copy = dll_functions->AllocateHeap((ULONG)size);

    if (copy)
        memcpy(copy, text, size);
    return copy;
}

static NTSTATUS NTAPI query_user(LSA_SEC_HANDLE handle, ULONG attribute, PVOID buffer)
{
    struct user_context *u = enter(handle);
    NTSTATUS status = STATUS_SUCCESS;

    if (!u)
        return STATUS_INVALID_HANDLE;
    switch (attribute) {
    case SECPKG_ATTR_SIZES:
        *(PSecPkgContext_Sizes)buffer = (SecPkgContext_Sizes){9000, 4, 1, 4};
        break;
    case SECPKG_ATTR_NAMES:
        ((PSecPkgContext_NamesW)buffer)->sUserName = string(u"DOM\\j\u00f6rg");
        break;
    case SECPKG_ATTR_KEY_INFO:
        *(PSecPkgContext_KeyInfoW)buffer =
            (SecPkgContext_KeyInfoW){string(u"sum"), string(u"x\u00f6r"), 8, 1, 2};
        break;
    case SECPKG_ATTR_NATIVE_NAMES:
        *(PSecPkgContext_NativeNamesW)buffer = (SecPkgContext_NativeNamesW){string(u"alice"), NULL};
        break;
    case SECPKG_ATTR_NEGOTIATION_INFO: {
        const struct lsa_package *package = lsa_host_find(u"Fake");
        PSecPkgInfoW info = dll_functions->AllocateHeap(sizeof(*info) + 2 * 64);
        PSecPkgContext_NegotiationInfoW out = buffer;

        *info = package->info;
        info->Name = (WCHAR *)(info + 1);
        info->Comment = info->Name + 32;
        memcpy(info->Name, u"Fake", sizeof(u"Fake"));
        memcpy(info->Comment, u"inner", sizeof(u"inner"));
        *out = (SecPkgContext_NegotiationInfoW){info, SECPKG_NEGOTIATION_COMPLETE};
        break;
    }
    default:
        status = STATUS_NOT_SUPPORTED;
    }
    u->inside--;
    return status;
}

NTSTATUS SEC_ENTRY fake_user_mode_initialize(ULONG version, PULONG package_version,
                                             PSECPKG_USER_FUNCTION_TABLE *tables, PULONG count)
{
    static SECPKG_USER_FUNCTION_TABLE user_tables[2];
    int i;

    for (i = 0; i < 2; i++)
        user_tables[i] = (SECPKG_USER_FUNCTION_TABLE){.InstanceInit = instance_init,
                                                      .InitUserModeContext = init_user,
                                                      .MakeSignature = make_signature,
                                                      .VerifySignature = verify_signature,
                                                      .SealMessage = seal_message,
                                                      .UnsealMessage = unseal_message,
                                                      .QueryContextAttributes = query_user,
                                                      .DeleteUserModeContext = delete_user};
    *package_version = version;
    *tables = user_tables;
    *count = 2;
    return STATUS_SUCCESS;
}
