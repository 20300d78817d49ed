/*
 * The user-mode half of an SSP's packages: the SSP itself, by the number that libsspi has for the
 * context.
 */
#include "libsspi/lsa/host_ssp_internal.h"

#include <stdlib.h>
#include <string.h>

#include <ntstatus.h>
#include "base/utf16.h"
#include "libsspi/packages/handle_map.h"

static struct handle_map contexts = HANDLE_MAP_INIT;

void ssp_put(struct ssp_context *c)
{
    if (atomic_fetch_sub_explicit(&c->references, 1, memory_order_acq_rel) != 1)
        return;
    c->ssp->table->DeleteSecurityContext(&c->handle);
    free(c);
}

/* ---- what the SSP allocated becomes LSA heap ----------------------------------------------- */

static void *moved(const struct ssp *ssp, void *from, size_t size)
{
    void *to = from ? lsa_host_allocate(size) : NULL;

    if (to)
        memcpy(to, from, size);
    if (from)
        ssp->table->FreeContextBuffer(from);
    return to;
}

NTSTATUS ssp_move_parts(const struct ssp *ssp, const struct lsa_attribute *a, void *structure)
{
    bool failed = false;

    for (size_t i = 0; a && i < LSA_ATTRIBUTE_PARTS; i++) {
        void **at = lsa_attribute_part(a, i, structure);

        if (!at || !*at)
            continue;
        *at = moved(ssp, *at, lsa_attribute_part_size(a, i, structure));
        failed = failed || !*at;
    }
    if (failed)
        lsa_attribute_clear(a, structure);
    return failed ? SEC_E_INSUFFICIENT_MEMORY : SEC_E_OK;
}

/* The SecPkgInfo of SECPKG_ATTR_NEGOTIATION_INFO: strings and all in one block. */
static NTSTATUS move_package_info(const struct ssp *ssp, PSecPkgContext_NegotiationInfoW info)
{
    PSecPkgInfoW from = info->PackageInfo;
    size_t name = utf16_length(from->Name) + 1, comment = utf16_length(from->Comment) + 1;
    PSecPkgInfoW to = lsa_host_allocate(sizeof(*to) + (name + comment) * sizeof(WCHAR));

    if (to) {
        *to = *from;
        to->Name = (WCHAR *)(to + 1);
        to->Comment = to->Name + name;
        memcpy(to->Name, from->Name, name * sizeof(WCHAR));
        memcpy(to->Comment, from->Comment, comment * sizeof(WCHAR));
    }
    ssp->table->FreeContextBuffer(from);
    info->PackageInfo = to;
    return to ? SEC_E_OK : SEC_E_INSUFFICIENT_MEMORY;
}

NTSTATUS ssp_query(struct ssp_context *c, ULONG attribute, PVOID buffer)
{
    NTSTATUS status;

    if (!c->ssp->table->QueryContextAttributesW)
        return SEC_E_UNSUPPORTED_FUNCTION;
    status = c->ssp->table->QueryContextAttributesW(&c->handle, attribute, buffer);
    if (status != SEC_E_OK)
        return status;
    if (attribute == SECPKG_ATTR_NEGOTIATION_INFO &&
        ((PSecPkgContext_NegotiationInfoW)buffer)->PackageInfo)
        return move_package_info(c->ssp, buffer);
    return ssp_move_parts(c->ssp, lsa_context_attribute(attribute), buffer);
}

/* ---- the user-mode half -------------------------------------------------------------------- */

static NTSTATUS NTAPI user_init(LSA_SEC_HANDLE handle, PSecBuffer packed)
{
    struct ssp_context *c;

    if (packed->cbBuffer != sizeof(c))
        return SEC_E_INVALID_TOKEN;
    memcpy(&c, packed->pvBuffer, sizeof(c));
    if (handle_map_put(&contexts, handle, c))
        return STATUS_SUCCESS;
    ssp_put(c);
    return SEC_E_INSUFFICIENT_MEMORY;
}

static NTSTATUS NTAPI user_delete(LSA_SEC_HANDLE handle)
{
    struct ssp_context *c = handle_map_remove(&contexts, handle);

    if (!c)
        return SEC_E_INVALID_HANDLE;
    ssp_put(c);
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI user_sign(LSA_SEC_HANDLE handle, ULONG qop, PSecBufferDesc message,
                                ULONG sequence)
{
    struct ssp_context *c = handle_map_get(&contexts, handle);

    if (!c || !c->ssp->table->MakeSignature)
        return c ? SEC_E_UNSUPPORTED_FUNCTION : SEC_E_INVALID_HANDLE;
    return c->ssp->table->MakeSignature(&c->handle, qop, message, sequence);
}

static NTSTATUS NTAPI user_verify(LSA_SEC_HANDLE handle, PSecBufferDesc message, ULONG sequence,
                                  PULONG qop)
{
    struct ssp_context *c = handle_map_get(&contexts, handle);

    if (!c || !c->ssp->table->VerifySignature)
        return c ? SEC_E_UNSUPPORTED_FUNCTION : SEC_E_INVALID_HANDLE;
    return c->ssp->table->VerifySignature(&c->handle, message, sequence, qop);
}

static NTSTATUS NTAPI user_seal(LSA_SEC_HANDLE handle, ULONG qop, PSecBufferDesc message,
                                ULONG sequence)
{
    struct ssp_context *c = handle_map_get(&contexts, handle);

    if (!c || !c->ssp->table->EncryptMessage)
        return c ? SEC_E_UNSUPPORTED_FUNCTION : SEC_E_INVALID_HANDLE;
    return c->ssp->table->EncryptMessage(&c->handle, qop, message, sequence);
}

static NTSTATUS NTAPI user_unseal(LSA_SEC_HANDLE handle, PSecBufferDesc message, ULONG sequence,
                                  PULONG qop)
{
    struct ssp_context *c = handle_map_get(&contexts, handle);

    if (!c || !c->ssp->table->DecryptMessage)
        return c ? SEC_E_UNSUPPORTED_FUNCTION : SEC_E_INVALID_HANDLE;
    return c->ssp->table->DecryptMessage(&c->handle, message, sequence, qop);
}

static NTSTATUS NTAPI user_query(LSA_SEC_HANDLE handle, ULONG attribute, PVOID buffer)
{
    struct ssp_context *c = handle_map_get(&contexts, handle);

    return c ? ssp_query(c, attribute, buffer) : SEC_E_INVALID_HANDLE;
}

static NTSTATUS NTAPI user_complete(LSA_SEC_HANDLE handle, PSecBufferDesc token)
{
    struct ssp_context *c = handle_map_get(&contexts, handle);

    if (!c || !c->ssp->table->CompleteAuthToken)
        return c ? SEC_E_UNSUPPORTED_FUNCTION : SEC_E_INVALID_HANDLE;
    return c->ssp->table->CompleteAuthToken(&c->handle, token);
}

static NTSTATUS NTAPI user_token(LSA_SEC_HANDLE handle, PHANDLE token)
{
    struct ssp_context *c = handle_map_get(&contexts, handle);

    if (!c || !c->ssp->table->QuerySecurityContextToken)
        return c ? SEC_E_NO_IMPERSONATION : SEC_E_INVALID_HANDLE;
    return c->ssp->table->QuerySecurityContextToken(&c->handle, token);
}

static NTSTATUS NTAPI instance_init(ULONG version, PSECPKG_DLL_FUNCTIONS functions, PVOID *user)
{
    (void)version, (void)functions;
    *user = NULL;
    return STATUS_SUCCESS;
}

const SECPKG_USER_FUNCTION_TABLE ssp_user_table = {
    .InstanceInit = instance_init,
    .InitUserModeContext = user_init,
    .MakeSignature = user_sign,
    .VerifySignature = user_verify,
    .SealMessage = user_seal,
    .UnsealMessage = user_unseal,
    .GetContextToken = user_token,
    .QueryContextAttributes = user_query,
    .CompleteAuthToken = user_complete,
    .DeleteUserModeContext = user_delete,
};
