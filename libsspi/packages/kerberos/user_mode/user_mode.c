/*
 * The user-mode half: it takes the packed context over into the caller's process and signs, seals
 * and answers questions there, with no way back to the LSA.
 */
#include "libsspi/packages/kerberos/user_mode/user_mode.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <ntstatus.h>

#include "base/secret.h"
#include "base/utf16.h"
#include "libsspi/packages/handle_map.h"
#include "libsspi/packages/packages.h"

static struct handle_map contexts = HANDLE_MAP_INIT;
static SECPKG_DLL_FUNCTIONS heap;

static NTSTATUS NTAPI instance_init(ULONG version, PSECPKG_DLL_FUNCTIONS functions, PVOID *user)
{
    (void)version;
    heap = *functions;
    *user = NULL;
    return STATUS_SUCCESS;
}

/* ---- the context --------------------------------------------------------------------------- */

static void free_context(struct kerb_user_context *c)
{
    if (!c)
        return;
    if (c->protected)
        kerb_protection_clear(&c->protection);
    free(c->client);
    free(c->server);
    free(c->target);
    free(c->principal);
    free(c->local_user);
    free(c->pac.bytes);
    free(c->bindings.bytes);
    secret_free(c->packed.bytes);
    secret_free(c);
}

static WCHAR *wide(const struct kerb_text *text)
{
    return utf16_from_utf8(text->bytes, text->size, NULL);
}

static bool copy_blob(struct kerb_blob *to, const struct kerb_bytes *from)
{
    if (!from->size)
        return true;
    to->bytes = malloc(from->size);
    if (!to->bytes)
        return false;
    memcpy(to->bytes, from->bytes, from->size);
    to->size = from->size;
    return true;
}

/* What there is to tell of the peers. */
static bool take_description(struct kerb_user_context *c, const struct kerb_packed *p)
{
    c->ticket_flags = p->ticket_flags;
    c->auth_time = p->auth_time;
    c->logon = p->logon;
    c->client = wide(&p->client);
    c->server = wide(&p->server);
    c->target = wide(&p->target);
    c->principal = strndup(p->client.bytes, p->client.size);
    c->local_user = strndup(p->local_user.bytes, p->local_user.size);
    return c->client && c->server && c->target && c->principal && c->local_user &&
           copy_blob(&c->pac, &p->pac) && copy_blob(&c->bindings, &p->bindings);
}

/* `exported` tells how far its messages have come; NULL for a new context. */
static NTSTATUS make_context(LSA_SEC_HANDLE handle, const void *bytes, size_t size,
                             const struct kerb_exported *exported)
{
    struct kerb_packed p;
    struct kerb_user_context *c = NULL;
    NTSTATUS status = SEC_E_INVALID_TOKEN;

    if (!kerb_packed_read(bytes, size, &p))
        goto out;
    status = SEC_E_INSUFFICIENT_MEMORY;
    c = secret_alloc(sizeof(*c));
    if (!c)
        goto out;
    c->initiator = p.initiator;
    c->attributes = p.attributes;
    c->start = p.start;
    c->expiry = p.expiry;
    c->key = p.acceptor_key.enctype ? p.acceptor_key : p.key;
    c->profile = kerb_profile(c->key.enctype);
    if (!take_description(c, &p))
        goto out;
    c->packed.bytes = secret_dup(bytes, size);
    c->packed.size = size;
    c->protected = kerb_protection_init(&c->protection, &p);
    if (c->protected && exported)
        kerb_export_resume(&c->protection, exported);
    if (!c->packed.bytes || !c->protected || !handle_map_put(&contexts, handle, c))
        goto out;
    c = NULL;
    status = STATUS_SUCCESS;
out:
    free_context(c);
    secret_wipe(&p, sizeof(p));
    return status;
}

static NTSTATUS NTAPI init_context(LSA_SEC_HANDLE handle, PSecBuffer packed)
{
    if (!packed)
        return SEC_E_INVALID_TOKEN;
    return make_context(handle, packed->pvBuffer, packed->cbBuffer, NULL);
}

static NTSTATUS NTAPI delete_context(LSA_SEC_HANDLE handle)
{
    struct kerb_user_context *c = handle_map_remove(&contexts, handle);

    free_context(c);
    return c ? STATUS_SUCCESS : SEC_E_INVALID_HANDLE;
}

/* ---- messages ------------------------------------------------------------------------------ */

static NTSTATUS NTAPI make_signature(LSA_SEC_HANDLE handle, ULONG qop, PSecBufferDesc message,
                                     ULONG sequence)
{
    struct kerb_user_context *c = handle_map_get(&contexts, handle);

    (void)sequence; /* RFC 4121 keeps its own */
    if (!c)
        return SEC_E_INVALID_HANDLE;
    return qop ? SEC_E_QOP_NOT_SUPPORTED : kerb_sign(&c->protection, message);
}

static NTSTATUS NTAPI verify_signature(LSA_SEC_HANDLE handle, PSecBufferDesc message,
                                       ULONG sequence, PULONG qop)
{
    struct kerb_user_context *c = handle_map_get(&contexts, handle);

    (void)sequence;
    if (!c)
        return SEC_E_INVALID_HANDLE;
    if (qop)
        *qop = 0;
    return kerb_verify(&c->protection, message);
}

static NTSTATUS NTAPI seal_message(LSA_SEC_HANDLE handle, ULONG qop, PSecBufferDesc message,
                                   ULONG sequence)
{
    struct kerb_user_context *c = handle_map_get(&contexts, handle);

    (void)sequence;
    if (!c)
        return SEC_E_INVALID_HANDLE;
    if (qop == SECQOP_WRAP_NO_ENCRYPT)
        return kerb_wrap(&c->protection, message, false);
    /* ISC_RET_ and ASC_RET_ have the same value for it. */
    if (qop || !(c->attributes & ISC_RET_CONFIDENTIALITY))
        return SEC_E_QOP_NOT_SUPPORTED;
    return kerb_wrap(&c->protection, message, true);
}

static NTSTATUS NTAPI unseal_message(LSA_SEC_HANDLE handle, PSecBufferDesc message, ULONG sequence,
                                     PULONG qop)
{
    struct kerb_user_context *c = handle_map_get(&contexts, handle);
    bool encrypted = false;
    NTSTATUS status;

    (void)sequence;
    if (!c)
        return SEC_E_INVALID_HANDLE;
    status = kerb_unwrap(&c->protection, message, &encrypted);
    if (qop)
        *qop = encrypted ? 0 : SECQOP_WRAP_NO_ENCRYPT;
    return status;
}

/* ---- attributes ---------------------------------------------------------------------------- */

static NTSTATUS NTAPI query_attribute(LSA_SEC_HANDLE handle, ULONG attribute, PVOID buffer)
{
    struct kerb_user_context *c = handle_map_get(&contexts, handle);

    if (!c)
        return SEC_E_INVALID_HANDLE;
    return kerb_query_attribute(c, &heap, attribute, buffer);
}

/* ---- elsewhere ----------------------------------------------------------------------------- */

static NTSTATUS NTAPI get_context_token(LSA_SEC_HANDLE handle, PHANDLE token)
{
    const struct kerb_user_context *c = handle_map_get(&contexts, handle);

    return c ? kerb_make_token(c, token) : SEC_E_INVALID_HANDLE;
}

static NTSTATUS NTAPI export_context(LSA_SEC_HANDLE handle, ULONG flags, PSecBuffer packed,
                                     PHANDLE token)
{
    struct kerb_user_context *c = handle_map_get(&contexts, handle);

    *token = NULL; /* get_context_token() makes it */
    return c ? kerb_export(c, &heap, flags, packed) : SEC_E_INVALID_HANDLE;
}

/* The number in *handle is the context's: the host gives it one, as for InitUserModeContext. */
static NTSTATUS NTAPI import_context(PSecBuffer packed, HANDLE token, PLSA_SEC_HANDLE handle)
{
    struct kerb_exported exported;

    (void)token;
    if (!kerb_exported_read(packed->pvBuffer, packed->cbBuffer, &exported))
        return SEC_E_INVALID_TOKEN;
    return make_context(*handle, exported.packed, exported.packed_size, &exported);
}

/* ---- what Kerberos has no use for ---------------------------------------------------------- */

static NTSTATUS NTAPI complete_token(LSA_SEC_HANDLE handle, PSecBufferDesc token)
{
    (void)handle, (void)token; /* no leg of Kerberos returns SEC_I_COMPLETE_NEEDED */
    return SEC_E_UNSUPPORTED_FUNCTION;
}

static SECPKG_USER_FUNCTION_TABLE table = {
    .InstanceInit = instance_init,
    .InitUserModeContext = init_context,
    .MakeSignature = make_signature,
    .VerifySignature = verify_signature,
    .SealMessage = seal_message,
    .UnsealMessage = unseal_message,
    .GetContextToken = get_context_token,
    .QueryContextAttributes = query_attribute,
    .CompleteAuthToken = complete_token,
    .DeleteUserModeContext = delete_context,
    .ExportContext = export_context,
    .ImportContext = import_context,
};

NTSTATUS SEC_ENTRY kerb_user_mode_initialize(ULONG lsa_version, PULONG package_version,
                                             PSECPKG_USER_FUNCTION_TABLE *tables, PULONG count)
{
    (void)lsa_version;
    *package_version = SECPKG_INTERFACE_VERSION;
    *tables = &table;
    *count = 1;
    return STATUS_SUCCESS;
}
