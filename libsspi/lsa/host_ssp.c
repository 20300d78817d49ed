/*
 * The documented tables of an SSP/AP, filled with functions that call the function table of an SSP.
 * A few of them get no handle to know the package by: those exist once for each.
 */
#include "libsspi/lsa/host_ssp.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <ntstatus.h>
#include "base/utf16.h"
#include "libsspi/lsa/host_ssp_internal.h"
#include "libsspi/packages/buffers.h"

#define SLOTS 8 /* packages of this kind in one process */

static struct ssp slots[SLOTS];
static size_t slots_used;

struct ssp_credential {
    struct ssp *ssp;
    CredHandle handle;
};

/* ---- credentials --------------------------------------------------------------------------- */

/* Strings that come through libsspi are zero-terminated. */
static WCHAR *text_of(const UNICODE_STRING *s)
{
    return s ? s->Buffer : NULL;
}

static NTSTATUS acquire(struct ssp *ssp, PUNICODE_STRING principal, ULONG use, PVOID auth_data,
                        PVOID key, PVOID key_argument, PLSA_SEC_HANDLE handle, PTimeStamp expiry)
{
    struct ssp_credential *c = calloc(1, sizeof(*c));
    NTSTATUS status;

    if (!c)
        return SEC_E_INSUFFICIENT_MEMORY;
    c->ssp = ssp;
    status = ssp->table->AcquireCredentialsHandleW(text_of(principal), ssp->info.Name, use, NULL,
                                                   auth_data, (SEC_GET_KEY_FN)(uintptr_t)key,
                                                   key_argument, &c->handle, expiry);
    if (status == SEC_E_OK)
        *handle = (LSA_SEC_HANDLE)c;
    else
        free(c);
    return status;
}

static NTSTATUS NTAPI free_credential(LSA_SEC_HANDLE handle)
{
    struct ssp_credential *c = (struct ssp_credential *)handle;
    NTSTATUS status = c->ssp->table->FreeCredentialsHandle(&c->handle);

    free(c);
    return status;
}

static NTSTATUS NTAPI query_credential(LSA_SEC_HANDLE handle, ULONG attribute, PVOID buffer)
{
    struct ssp_credential *c = (struct ssp_credential *)handle;
    NTSTATUS status;

    if (!c->ssp->table->QueryCredentialsAttributesW)
        return SEC_E_UNSUPPORTED_FUNCTION;
    status = c->ssp->table->QueryCredentialsAttributesW(&c->handle, attribute, buffer);
    return status == SEC_E_OK ? ssp_move_parts(c->ssp, lsa_credential_attribute(attribute), buffer)
                              : status;
}

static NTSTATUS NTAPI set_credential(LSA_SEC_HANDLE handle, ULONG attribute, PVOID buffer,
                                     ULONG size)
{
    struct ssp_credential *c = (struct ssp_credential *)handle;
    const SecurityFunctionTableW *t = c->ssp->table;

    /* A table is as long as its version says. */
    if (t->dwVersion < SECURITY_SUPPORT_PROVIDER_INTERFACE_VERSION_3 ||
        !t->SetCredentialsAttributesW)
        return SEC_E_UNSUPPORTED_FUNCTION;
    return t->SetCredentialsAttributesW(&c->handle, attribute, buffer, size);
}

static NTSTATUS NTAPI add_credentials(LSA_SEC_HANDLE handle, PUNICODE_STRING principal,
                                      PUNICODE_STRING package, ULONG use, PVOID auth_data,
                                      PVOID key, PVOID key_argument, PTimeStamp expiry)
{
    struct ssp_credential *c = (struct ssp_credential *)handle;

    if (!c->ssp->table->AddCredentialsW)
        return SEC_E_UNSUPPORTED_FUNCTION;
    return c->ssp->table->AddCredentialsW(&c->handle, text_of(principal), text_of(package), use,
                                          auth_data, (SEC_GET_KEY_FN)(uintptr_t)key, key_argument,
                                          expiry);
}

static NTSTATUS change_password(struct ssp *ssp, PUNICODE_STRING domain, PUNICODE_STRING account,
                                PUNICODE_STRING old, PUNICODE_STRING new, BOOLEAN impersonating,
                                PSecBufferDesc output)
{
    const SecurityFunctionTableW *t = ssp->table;

    if (t->dwVersion < SECURITY_SUPPORT_PROVIDER_INTERFACE_VERSION_4 || !t->ChangeAccountPasswordW)
        return SEC_E_UNSUPPORTED_FUNCTION;
    return t->ChangeAccountPasswordW(ssp->info.Name, text_of(domain), text_of(account),
                                     text_of(old), text_of(new), impersonating, 0, output);
}

/* ---- legs ---------------------------------------------------------------------------------- */

/* The SSP's token into LSA heap, and the context to the user-mode half when it is established. */
static NTSTATUS finish_leg(struct ssp_context *c, LSA_SEC_HANDLE given, PSecBuffer token,
                           PSecBufferDesc output, NTSTATUS status, PLSA_SEC_HANDLE made,
                           PBOOLEAN mapped, PSecBuffer packed)
{
    NTSTATUS put = buffers_put_token(&lsa_host_table, output, TRUE, token->pvBuffer,
                                     token->pvBuffer ? token->cbBuffer : 0);

    if (token->pvBuffer)
        c->ssp->table->FreeContextBuffer(token->pvBuffer);
    if (status >= 0 && put != SEC_E_OK)
        status = put;
    if ((status == SEC_E_OK || status == SEC_I_COMPLETE_NEEDED) && !c->mapped) {
        put = buffers_put_context(&lsa_host_table, packed, &c, sizeof(c));
        if (put != SEC_E_OK)
            status = put;
    }
    if (status < 0) {
        if (given)
            return status;
        if (c->handle.dwLower != 0 || c->handle.dwUpper != 0)
            c->ssp->table->DeleteSecurityContext(&c->handle);
        free(c);
        return status;
    }
    if ((status == SEC_E_OK || status == SEC_I_COMPLETE_NEEDED) && !c->mapped) {
        atomic_fetch_add_explicit(&c->references, 1, memory_order_relaxed);
        c->mapped = true;
        *mapped = TRUE;
    }
    *made = (LSA_SEC_HANDLE)c;
    return status;
}

static struct ssp_context *context_for(LSA_SEC_HANDLE credential, LSA_SEC_HANDLE context)
{
    struct ssp_context *c = (struct ssp_context *)context;

    if (c)
        return c;
    c = calloc(1, sizeof(*c));
    if (c) {
        atomic_init(&c->references, 1);
        c->ssp = ((struct ssp_credential *)credential)->ssp;
    }
    return c;
}

static NTSTATUS NTAPI init_context(LSA_SEC_HANDLE credential, LSA_SEC_HANDLE context,
                                   PUNICODE_STRING target, ULONG requirements, ULONG drep,
                                   PSecBufferDesc input, PLSA_SEC_HANDLE made,
                                   PSecBufferDesc output, PULONG attributes, PTimeStamp expiry,
                                   PBOOLEAN mapped, PSecBuffer packed)
{
    struct ssp_context *c = context_for(credential, context);
    SecBuffer token = {0, SECBUFFER_TOKEN, NULL};
    SecBufferDesc own = {SECBUFFER_VERSION, 1, &token};
    NTSTATUS status;

    if (!c)
        return SEC_E_INSUFFICIENT_MEMORY;
    status = c->ssp->table->InitializeSecurityContextW(
        &((struct ssp_credential *)credential)->handle, context ? &c->handle : NULL,
        text_of(target), requirements | ISC_REQ_ALLOCATE_MEMORY, 0, drep, input, 0, &c->handle,
        &own, attributes, expiry);
    return finish_leg(c, context, &token, output, status, made, mapped, packed);
}

static NTSTATUS NTAPI accept_context(LSA_SEC_HANDLE credential, LSA_SEC_HANDLE context,
                                     PSecBufferDesc input, ULONG requirements, ULONG drep,
                                     PLSA_SEC_HANDLE made, PSecBufferDesc output, PULONG attributes,
                                     PTimeStamp expiry, PBOOLEAN mapped, PSecBuffer packed)
{
    struct ssp_context *c = context_for(credential, context);
    SecBuffer token = {0, SECBUFFER_TOKEN, NULL};
    SecBufferDesc own = {SECBUFFER_VERSION, 1, &token};
    NTSTATUS status;

    if (!c)
        return SEC_E_INSUFFICIENT_MEMORY;
    status = c->ssp->table->AcceptSecurityContext(
        &((struct ssp_credential *)credential)->handle, context ? &c->handle : NULL, input,
        requirements | ASC_REQ_ALLOCATE_MEMORY, drep, &c->handle, &own, attributes, expiry);
    return finish_leg(c, context, &token, output, status, made, mapped, packed);
}

static NTSTATUS NTAPI delete_context(LSA_SEC_HANDLE handle)
{
    ssp_put((struct ssp_context *)handle);
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI query_context(LSA_SEC_HANDLE handle, ULONG attribute, PVOID buffer)
{
    return ssp_query((struct ssp_context *)handle, attribute, buffer);
}

static NTSTATUS NTAPI set_context(LSA_SEC_HANDLE handle, ULONG attribute, PVOID buffer, ULONG size)
{
    struct ssp_context *c = (struct ssp_context *)handle;
    const SecurityFunctionTableW *t = c->ssp->table;

    if (t->dwVersion < SECURITY_SUPPORT_PROVIDER_INTERFACE_VERSION_2 || !t->SetContextAttributesW)
        return SEC_E_UNSUPPORTED_FUNCTION;
    return t->SetContextAttributesW(&c->handle, attribute, buffer, size);
}

static NTSTATUS NTAPI apply_control(LSA_SEC_HANDLE handle, PSecBufferDesc input)
{
    struct ssp_context *c = (struct ssp_context *)handle;

    return c->ssp->table->ApplyControlToken ? c->ssp->table->ApplyControlToken(&c->handle, input)
                                            : SEC_E_UNSUPPORTED_FUNCTION;
}

/* ---- the tables ---------------------------------------------------------------------------- */

static NTSTATUS NTAPI initialize(ULONG_PTR id, PSECPKG_PARAMETERS parameters,
                                 PLSA_SECPKG_FUNCTION_TABLE table)
{
    (void)id, (void)parameters, (void)table;
    return STATUS_SUCCESS;
}

/* What gets no handle, once for each package. */
#define SLOT(n)                                                                                    \
    static NTSTATUS NTAPI get_info_##n(PSecPkgInfoW info)                                          \
    {                                                                                              \
        *info = slots[n].info;                                                                     \
        return STATUS_SUCCESS;                                                                     \
    }                                                                                              \
    static NTSTATUS NTAPI acquire_##n(PUNICODE_STRING principal, ULONG use, PLUID luid,            \
                                      PVOID auth_data, PVOID key, PVOID key_argument,              \
                                      PLSA_SEC_HANDLE handle, PTimeStamp expiry)                   \
    {                                                                                              \
        (void)luid;                                                                                \
        return acquire(&slots[n], principal, use, auth_data, key, key_argument, handle, expiry);   \
    }                                                                                              \
    static NTSTATUS NTAPI change_password_##n(PUNICODE_STRING domain, PUNICODE_STRING account,     \
                                              PUNICODE_STRING old, PUNICODE_STRING new,            \
                                              BOOLEAN impersonating, PSecBufferDesc output)        \
    {                                                                                              \
        return change_password(&slots[n], domain, account, old, new, impersonating, output);       \
    }
SLOT(0)
SLOT(1)
SLOT(2)
SLOT(3)
SLOT(4)
SLOT(5)
SLOT(6)
SLOT(7)

#define TABLE(n)                                                                                   \
    {                                                                                              \
        .Initialize = initialize, .GetInfo = get_info_##n,                                         \
        .AcquireCredentialsHandle = acquire_##n, .QueryCredentialsAttributes = query_credential,   \
        .FreeCredentialsHandle = free_credential, .InitLsaModeContext = init_context,              \
        .AcceptLsaModeContext = accept_context, .DeleteContext = delete_context,                   \
        .ApplyControlToken = apply_control, .QueryContextAttributes = query_context,               \
        .AddCredentials = add_credentials, .SetContextAttributes = set_context,                    \
        .SetCredentialsAttributes = set_credential, .ChangeAccountPassword = change_password_##n   \
    }
static SECPKG_FUNCTION_TABLE lsa_tables[SLOTS] = {TABLE(0), TABLE(1), TABLE(2), TABLE(3),
                                                  TABLE(4), TABLE(5), TABLE(6), TABLE(7)};
static SECPKG_USER_FUNCTION_TABLE user_tables[SLOTS];

/* ---- loading ------------------------------------------------------------------------------- */

/* The SSP that is being added, and its first slot and how many; under `lock`. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static PSecurityFunctionTableW adding;
static size_t first_slot, slot_count;

/* Takes a slot for each of the packages. */
static NTSTATUS SEC_ENTRY lsa_mode(ULONG version, PULONG package_version,
                                   PSECPKG_FUNCTION_TABLE *tables, PULONG table_count)
{
    PSecPkgInfoW info = NULL;
    NTSTATUS status;
    ULONG count = 0;

    status = adding->EnumerateSecurityPackagesW(&count, &info);
    if (status != SEC_E_OK || !info)
        return status < 0 ? status : SEC_E_CANNOT_INSTALL;
    status = count > 0 && count <= SLOTS - slots_used ? STATUS_SUCCESS : SEC_E_CANNOT_INSTALL;
    for (ULONG i = 0; i < count && NT_SUCCESS(status); i++) {
        struct ssp *ssp = &slots[slots_used + i];

        ssp->table = adding;
        ssp->info = info[i];
        ssp->info.Name = info[i].Name ? utf16_dup(info[i].Name) : NULL;
        ssp->info.Comment = utf16_dup(info[i].Comment ? info[i].Comment : u"");
        user_tables[slots_used + i] = ssp_user_table;
        if (!ssp->info.Name || !ssp->info.Comment)
            status = SEC_E_CANNOT_INSTALL;
    }
    adding->FreeContextBuffer(info);
    if (!NT_SUCCESS(status))
        return status;
    first_slot = slots_used;
    slot_count = count;
    slots_used += count;
    *package_version = version;
    *tables = &lsa_tables[first_slot];
    *table_count = count;
    return STATUS_SUCCESS;
}

static NTSTATUS SEC_ENTRY user_mode(ULONG version, PULONG package_version,
                                    PSECPKG_USER_FUNCTION_TABLE *tables, PULONG table_count)
{
    *package_version = version;
    *tables = &user_tables[first_slot];
    *table_count = (ULONG)slot_count;
    return STATUS_SUCCESS;
}

NTSTATUS lsa_host_add_ssp(PSecurityFunctionTableW table, const char *library, size_t *added)
{
    const struct builtin_package package = {library, lsa_mode, user_mode, 0};
    NTSTATUS status;

    *added = 0;
    if (table->dwVersion < SECURITY_SUPPORT_PROVIDER_INTERFACE_VERSION ||
        !table->EnumerateSecurityPackagesW || !table->AcquireCredentialsHandleW ||
        !table->FreeCredentialsHandle || !table->InitializeSecurityContextW ||
        !table->AcceptSecurityContext || !table->DeleteSecurityContext || !table->FreeContextBuffer)
        return SEC_E_UNSUPPORTED_FUNCTION;
    pthread_mutex_lock(&lock);
    adding = table;
    status = lsa_host_add(&package, library, true, added);
    pthread_mutex_unlock(&lock);
    return status;
}
