/*
 * The fake security package, through the documented tables as a real one. See fake.h.
 */
#include "tests/unit/api/fake.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <ntstatus.h>
#include "base/utf16.h"
#include "libsspi/lsa/host.h"
#include "libsspi/packages/buffers.h"
#include "libsspi/packages/handle_map.h"
#include "libsspi/packages/identity.h"

struct fake_state fake;
_Thread_local struct fake_last fake_last;
LSA_SECPKG_FUNCTION_TABLE *fake_lsa_functions;
ULONG_PTR fake_package_id;

static SECPKG_DLL_FUNCTIONS *dll_functions;
static struct handle_map user_contexts = HANDLE_MAP_INIT;

const struct builtin_package lsa_builtin_packages[] = {
    {"Fake", fake_lsa_mode_initialize, fake_user_mode_initialize},
    {NULL, NULL, NULL},
};

static NTSTATUS NTAPI sp_initialize(ULONG_PTR id, PSECPKG_PARAMETERS parameters,
                                    PLSA_SECPKG_FUNCTION_TABLE table)
{
    if (!parameters || parameters->Version != SECPKG_INTERFACE_VERSION)
        return STATUS_INVALID_PARAMETER;
    fake_lsa_functions = table;
    fake_package_id = id;
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI sp_get_info(PSecPkgInfoW info)
{
    static WCHAR name[] = u"Fake", comment[] = u"A package for tests: gr\u00fc\u00dfe";

    *info = (SecPkgInfoW){SECPKG_FLAG_INTEGRITY | SECPKG_FLAG_PRIVACY, 1, SECPKG_ID_NONE, 9000, name, comment};
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI sp_get_info_kerberos(PSecPkgInfoW info)
{
    static WCHAR name[] = MICROSOFT_KERBEROS_NAME_W, comment[] = u"The fake under another name";

    *info = (SecPkgInfoW){SECPKG_FLAG_INTEGRITY, 1, SECPKG_ID_NONE, 9000, name, comment};
    return STATUS_SUCCESS;
}

/* ---- credentials and legs: the LSA half -------------------------------------------------------- */

struct credential {
    ULONG use;
};
struct context {
    int legs;
    bool initiator;
};

static void check_client(void)
{
    SECPKG_CLIENT_INFO client;

    if (fake_lsa_functions->GetClientInfo(&client) != STATUS_SUCCESS || client.ProcessID != (ULONG)getpid())
        fake.foreign_process++;
}

static NTSTATUS NTAPI acquire(PUNICODE_STRING principal, ULONG use, PLUID luid, PVOID auth_data, PVOID key,
                              PVOID key_argument, PLSA_SEC_HANDLE handle, PTimeStamp expiry)
{
    struct identity identity = {0};
    SECPKG_CALL_INFO call;
    struct credential *c;
    NTSTATUS status = STATUS_SUCCESS;
    char *user = NULL;

    (void)principal, (void)luid, (void)key, (void)key_argument;
    check_client();
    fake_last.use = use;
    fake_last.call_attributes = fake_lsa_functions->GetCallInfo(&call) ? call.Attributes : 0;
    fake_last.user[0] = '\0';
    if (auth_data) {
        status = identity_capture(fake_lsa_functions, auth_data, &identity);
        if (status == STATUS_SUCCESS && identity.user) {
            user = utf16_to_utf8(identity.user, identity.user_units, NULL);
            strncpy(fake_last.user, user ? user : "", sizeof(fake_last.user) - 1);
            free(user);
        }
        identity_clear(&identity);
    } else if (!(use & SECPKG_CRED_INBOUND ? fake.keytab : fake.local_default)) {
        status = SEC_E_NO_CREDENTIALS;
    }
    if (status != STATUS_SUCCESS)
        return status;
    c = calloc(1, sizeof(*c));
    if (!c)
        return STATUS_NO_MEMORY;
    c->use = use;
    fake.credentials++;
    *handle = (LSA_SEC_HANDLE)c;
    expiry->QuadPart = 77;
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI free_credential(LSA_SEC_HANDLE handle)
{
    fake.credentials--;
    free((void *)handle);
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI query_credential(LSA_SEC_HANDLE handle, ULONG attribute, PVOID buffer)
{
    static const WCHAR name[] = u"DOM\\j\u00f6rg";
    NTSTATUS status;
    PVOID memory;

    (void)handle;
    if (attribute != SECPKG_CRED_ATTR_NAMES)
        return STATUS_NOT_SUPPORTED;
    status = fake_lsa_functions->AllocateClientBuffer(NULL, sizeof(name), &memory);
    if (status == STATUS_SUCCESS)
        status = fake_lsa_functions->CopyToClientBuffer(NULL, sizeof(name), memory, (PVOID)(uintptr_t)name);
    ((PSecPkgCredentials_NamesW)buffer)->sUserName = memory;
    return status;
}

static NTSTATUS establish(struct context *c, PBOOLEAN mapped, PSecBuffer packed)
{
    *mapped = TRUE;
    return buffers_put_context(fake_lsa_functions, packed, c->initiator ? "client" : "server", 6);
}

static NTSTATUS answer(PSecBufferDesc output, const void *token, size_t size)
{
    return buffers_put_token(fake_lsa_functions, output, TRUE, token, size);
}

static bool is(PUNICODE_STRING target, const WCHAR *text)
{
    size_t size = utf16_length(text) * sizeof(WCHAR);

    return target && target->Length == size && memcmp(target->Buffer, text, size) == 0;
}

static NTSTATUS NTAPI init(LSA_SEC_HANDLE credential, LSA_SEC_HANDLE context, PUNICODE_STRING target,
                           ULONG requirements, ULONG drep, PSecBufferDesc input, PLSA_SEC_HANDLE made,
                           PSecBufferDesc output, PULONG attributes, PTimeStamp expiry, PBOOLEAN mapped,
                           PSecBuffer packed)
{
    struct context *c = (struct context *)context;
    PSecBuffer in = buffers_find(input, SECBUFFER_TOKEN);
    char token[FAKE_BIG] = "C1:", *name = NULL;
    NTSTATUS status;

    (void)credential, (void)drep;
    check_client();
    fake_last.requirements = requirements;
    fake_last.input_buffers = input ? input->cBuffers : 0;
    *attributes = requirements;
    expiry->QuadPart = 99;
    if (c) {
        if (!in || in->cbBuffer != 2 || memcmp(in->pvBuffer, "S1", 2) != 0)
            return SEC_E_INVALID_TOKEN;
        status = answer(output, "C2", 2);
        return status == STATUS_SUCCESS ? establish(c, mapped, packed) : status;
    }
    if (in)
        return SEC_E_INVALID_TOKEN;
    if (is(target, FAKE_TARGET_FAIL))
        return STATUS_LOGON_FAILURE;
    if (is(target, FAKE_TARGET_ERROR_TOKEN)) {
        status = answer(output, "sorry", 5);
        return status == STATUS_SUCCESS ? SEC_E_LOGON_DENIED : status;
    }
    if (is(target, FAKE_TARGET_NO_HANDLE))
        return SEC_I_CONTINUE_NEEDED;
    if (target)
        name = utf16_to_utf8(target->Buffer, target->Length / sizeof(WCHAR), NULL);
    strncpy(fake_last.target, name ? name : "", sizeof(fake_last.target) - 1);
    c = calloc(1, sizeof(*c));
    if (!c)
        return STATUS_NO_MEMORY;
    c->initiator = true;
    fake.contexts++;
    *made = (LSA_SEC_HANDLE)c;
    strncat(token, name ? name : "", 100);
    free(name);
    if (is(target, FAKE_TARGET_ONE_LEG))
        return establish(c, mapped, packed);
    status = answer(output, token, is(target, FAKE_TARGET_BIG) ? FAKE_BIG : strlen(token));
    return status == STATUS_SUCCESS ? SEC_I_CONTINUE_NEEDED : status;
}

static NTSTATUS NTAPI accept_leg(LSA_SEC_HANDLE credential, LSA_SEC_HANDLE context, PSecBufferDesc input,
                                 ULONG requirements, ULONG drep, PLSA_SEC_HANDLE made, PSecBufferDesc output,
                                 PULONG attributes, PTimeStamp expiry, PBOOLEAN mapped, PSecBuffer packed)
{
    struct context *c = (struct context *)context;
    PSecBuffer in = buffers_find(input, SECBUFFER_TOKEN);
    NTSTATUS status;

    (void)credential, (void)drep;
    check_client();
    fake_last.requirements = requirements;
    *attributes = requirements;
    expiry->QuadPart = 98;
    if (c) {
        if (!in || in->cbBuffer != 2 || memcmp(in->pvBuffer, "C2", 2) != 0)
            return SEC_E_INVALID_TOKEN;
        status = answer(output, NULL, 0);
        return status == STATUS_SUCCESS ? establish(c, mapped, packed) : status;
    }
    if (!in || in->cbBuffer < 3 || memcmp(in->pvBuffer, "C1:", 3) != 0)
        return SEC_E_INVALID_TOKEN;
    c = calloc(1, sizeof(*c));
    if (!c)
        return STATUS_NO_MEMORY;
    fake.contexts++;
    *made = (LSA_SEC_HANDLE)c;
    status = answer(output, "S1", 2);
    return status == STATUS_SUCCESS ? SEC_I_CONTINUE_NEEDED : status;
}

static NTSTATUS NTAPI delete_context(LSA_SEC_HANDLE context)
{
    fake.contexts--;
    free((void *)context);
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI query_lsa(LSA_SEC_HANDLE context, ULONG attribute, PVOID buffer)
{
    (void)context;
    if (attribute != SECPKG_ATTR_LIFESPAN)
        return STATUS_INVALID_INFO_CLASS;
    ((PSecPkgContext_Lifespan)buffer)->tsExpiry.QuadPart = 42;
    return STATUS_SUCCESS;
}

SECPKG_FUNCTION_TABLE fake_lsa_tables[2] = {
    {.Initialize = sp_initialize,
     .GetInfo = sp_get_info,
     .AcquireCredentialsHandle = acquire,
     .FreeCredentialsHandle = free_credential,
     .QueryCredentialsAttributes = query_credential,
     .InitLsaModeContext = init,
     .AcceptLsaModeContext = accept_leg,
     .DeleteContext = delete_context,
     .QueryContextAttributes = query_lsa},
    {.Initialize = sp_initialize,
     .GetInfo = sp_get_info_kerberos,
     .AcquireCredentialsHandle = acquire,
     .FreeCredentialsHandle = free_credential,
     .QueryCredentialsAttributes = query_credential,
     .InitLsaModeContext = init,
     .AcceptLsaModeContext = accept_leg,
     .DeleteContext = delete_context},
};

NTSTATUS SEC_ENTRY fake_lsa_mode_initialize(ULONG version, PULONG package_version,
                                            PSECPKG_FUNCTION_TABLE *tables, PULONG count)
{
    *package_version = version;
    *tables = fake_lsa_tables;
    *count = 2;
    return STATUS_SUCCESS;
}

/* ---- messages: the user-mode half --------------------------------------------------------------- */

struct user_context {
    atomic_int inside;
    atomic_bool deleted;
};

static NTSTATUS NTAPI instance_init(ULONG version, PSECPKG_DLL_FUNCTIONS functions, PVOID *user_functions)
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
    PSecBuffer token = buffers_find(message, SECBUFFER_TOKEN), data = buffers_find(message, SECBUFFER_DATA);
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

static NTSTATUS verify(LSA_SEC_HANDLE handle, PSecBufferDesc message, ULONG sequence, PULONG qop, bool seal)
{
    struct user_context *u = enter(handle);
    PSecBuffer token = buffers_find(message, SECBUFFER_TOKEN), data = buffers_find(message, SECBUFFER_DATA);
    NTSTATUS status = SEC_E_MESSAGE_ALTERED;
    uint32_t total;
    ULONG i;

    if (!u)
        return STATUS_INVALID_HANDLE;
    for (i = 0; seal && data && i < data->cbBuffer; i++)
        ((unsigned char *)data->pvBuffer)[i] ^= 0x5a;
    total = sum(data, sequence);
    if (token && token->cbBuffer == sizeof(total) && memcmp(token->pvBuffer, &total, sizeof(total)) == 0)
        status = STATUS_SUCCESS;
    *qop = 5;
    u->inside--;
    return status;
}

static NTSTATUS NTAPI make_signature(LSA_SEC_HANDLE handle, ULONG qop, PSecBufferDesc message, ULONG sequence)
{
    (void)qop;
    return sign(handle, message, sequence, false);
}

static NTSTATUS NTAPI verify_signature(LSA_SEC_HANDLE handle, PSecBufferDesc message, ULONG sequence,
                                       PULONG qop)
{
    return verify(handle, message, sequence, qop, false);
}

static NTSTATUS NTAPI seal_message(LSA_SEC_HANDLE handle, ULONG qop, PSecBufferDesc message, ULONG sequence)
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
        *(PSecPkgContext_KeyInfoW)buffer = (SecPkgContext_KeyInfoW){string(u"sum"), string(u"x\u00f6r"), 8, 1, 2};
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
