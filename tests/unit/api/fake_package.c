/*
 * The LSA half of the fake security package, through the documented tables as a real one. See
 * fake.h.
 */
#include "tests/unit/api/fake.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <ntstatus.h>
#include "base/utf16.h"
#include "libsspi/lsa/host.h"
#include "libsspi/packages/buffers.h"
#include "libsspi/packages/identity.h"

struct fake_state fake;
_Thread_local struct fake_last fake_last;
LSA_SECPKG_FUNCTION_TABLE *fake_lsa_functions;
ULONG_PTR fake_package_id;

const struct builtin_package lsa_builtin_packages[] = {
    {"Fake", fake_lsa_mode_initialize, fake_user_mode_initialize, 0},
    {NULL, NULL, NULL, 0},
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

    *info = (SecPkgInfoW){
        SECPKG_FLAG_INTEGRITY | SECPKG_FLAG_PRIVACY, 1, SECPKG_ID_NONE, 9000, name, comment};
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI sp_get_info_kerberos(PSecPkgInfoW info)
{
    static WCHAR name[] = MICROSOFT_KERBEROS_NAME_W, comment[] = u"The fake under another name";

    *info = (SecPkgInfoW){SECPKG_FLAG_INTEGRITY, 1, SECPKG_ID_NONE, 9000, name, comment};
    return STATUS_SUCCESS;
}

/* ---- credentials and legs: the LSA half ---- */

struct credential {
    ULONG use;
};
struct context {
    bool initiator, picky;
};

static void check_client(void)
{
    SECPKG_CLIENT_INFO client;

    if (fake_lsa_functions->GetClientInfo(&client) != STATUS_SUCCESS ||
        client.ProcessID != (ULONG)getpid())
        fake.foreign_process++;
}

static NTSTATUS NTAPI acquire(PUNICODE_STRING principal, ULONG use, PLUID luid, PVOID auth_data,
                              PVOID key, PVOID key_argument, PLSA_SEC_HANDLE handle,
                              PTimeStamp expiry)
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

/* For the application, and none for the peer. */
static NTSTATUS put_alert(PSecBufferDesc output)
{
    PSecBuffer alert = buffers_find(output, SECBUFFER_ALERT);

    if (alert) {
        alert->pvBuffer = fake_lsa_functions->AllocateLsaHeap(2);
        if (!alert->pvBuffer)
            return STATUS_NO_MEMORY;
        memcpy(alert->pvBuffer, "\2\x2f", 2);
        alert->cbBuffer = 2;
    }
    return SEC_E_ILLEGAL_MESSAGE;
}

static NTSTATUS NTAPI init(LSA_SEC_HANDLE credential, LSA_SEC_HANDLE context,
                           PUNICODE_STRING target, ULONG requirements, ULONG drep,
                           PSecBufferDesc input, PLSA_SEC_HANDLE made, PSecBufferDesc output,
                           PULONG attributes, PTimeStamp expiry, PBOOLEAN mapped, PSecBuffer packed)
{
    struct context *c = (struct context *)context;
    PSecBuffer in = buffers_find(input, SECBUFFER_TOKEN);
    char token[FAKE_BIG] = "C1:", *name = NULL;
    NTSTATUS status;

    (void)drep;
    check_client();
    fake_last.requirements = requirements;
    fake_last.input_buffers = input ? input->cBuffers : 0;
    fake_last.credential = credential;
    *attributes = requirements;
    expiry->QuadPart = 99;
    if (c) {
        if (fake.inside_leg)
            fake.inside_leg();
        if (in && in->cbBuffer < 2)
            return SEC_E_INCOMPLETE_MESSAGE;
        if (!in || in->cbBuffer != 2 || memcmp(in->pvBuffer, "S1", 2) != 0)
            return SEC_E_INVALID_TOKEN;
        if (c->picky) {
            c->picky = false;
            return SEC_I_INCOMPLETE_CREDENTIALS;
        }
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
    if (is(target, FAKE_TARGET_ALERT))
        return put_alert(output);
    if (is(target, FAKE_TARGET_NO_HANDLE))
        return SEC_I_CONTINUE_NEEDED;
    if (target)
        name = utf16_to_utf8(target->Buffer, target->Length / sizeof(WCHAR), NULL);
    strncpy(fake_last.target, name ? name : "", sizeof(fake_last.target) - 1);
    c = calloc(1, sizeof(*c));
    if (!c)
        return STATUS_NO_MEMORY;
    c->initiator = true;
    c->picky = is(target, FAKE_TARGET_CREDENTIALS);
    fake.contexts++;
    *made = (LSA_SEC_HANDLE)c;
    strncat(token, name ? name : "", 100);
    free(name);
    if (is(target, FAKE_TARGET_ONE_LEG))
        return establish(c, mapped, packed);
    status = answer(output, token, is(target, FAKE_TARGET_BIG) ? FAKE_BIG : strlen(token));
    return status == STATUS_SUCCESS ? SEC_I_CONTINUE_NEEDED : status;
}

/* What the acceptor was given beside the token; a token that ends with '+' has more behind it, one
 * that is cut short lacks something: both are told in an empty buffer. */
static NTSTATUS look_at(PSecBufferDesc input)
{
    PSecBuffer in = buffers_find(input, SECBUFFER_TOKEN), params, empty;
    ULONG i;

    fake_last.input_buffers = input ? input->cBuffers : 0;
    for (i = 0; i < fake_last.input_buffers && i < 8; i++) {
        fake_last.types[i] = input->pBuffers[i].BufferType;
        fake_last.sizes[i] = input->pBuffers[i].cbBuffer;
    }
    params = buffers_find(input, SECBUFFER_PKG_PARAMS);
    if (params && params->cbBuffer <= sizeof(fake_last.params))
        memcpy(fake_last.params, params->pvBuffer, params->cbBuffer);
    empty = buffers_find(input, SECBUFFER_EMPTY);
    if (in && empty && in->cbBuffer > 3 && ((char *)in->pvBuffer)[in->cbBuffer - 1] == '+')
        *empty = (SecBuffer){1, SECBUFFER_EXTRA, (char *)in->pvBuffer + in->cbBuffer - 1};
    if (!in || in->cbBuffer >= 2)
        return STATUS_SUCCESS;
    if (empty)
        *empty = (SecBuffer){2 - in->cbBuffer, SECBUFFER_MISSING, NULL};
    return SEC_E_INCOMPLETE_MESSAGE;
}

static NTSTATUS NTAPI accept_leg(LSA_SEC_HANDLE credential, LSA_SEC_HANDLE context,
                                 PSecBufferDesc input, ULONG requirements, ULONG drep,
                                 PLSA_SEC_HANDLE made, PSecBufferDesc output, PULONG attributes,
                                 PTimeStamp expiry, PBOOLEAN mapped, PSecBuffer packed)
{
    struct context *c = (struct context *)context;
    PSecBuffer in = buffers_find(input, SECBUFFER_TOKEN);
    NTSTATUS status;

    (void)credential, (void)drep;
    check_client();
    fake_last.requirements = requirements;
    *attributes = requirements;
    expiry->QuadPart = 98;
    status = look_at(input);
    if (status != STATUS_SUCCESS)
        return status;
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
     .QueryCredentialsAttributes = fake_query_credential,
     .InitLsaModeContext = init,
     .AcceptLsaModeContext = accept_leg,
     .DeleteContext = delete_context,
     .ApplyControlToken = fake_apply_control,
     .QueryContextAttributes = query_lsa,
     .AddCredentials = fake_add_credentials,
     .SetContextAttributes = fake_set_context,
     .SetCredentialsAttributes = fake_set_credential,
     .ChangeAccountPassword = fake_change_password},
    {.Initialize = sp_initialize,
     .GetInfo = sp_get_info_kerberos,
     .AcquireCredentialsHandle = acquire,
     .FreeCredentialsHandle = free_credential,
     .QueryCredentialsAttributes = fake_query_credential,
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
