/*
 * The user-mode half: contexts in the caller's process, where messages are signed and sealed with
 * no round trip to the LSA.
 */
#include "libsspi/packages/ntlm/user_mode/user_half.h"

#include <ntstatus.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "libsspi/packages/buffers.h"
#include "libsspi/packages/handle_map.h"
#include "libsspi/packages/ntlm/packed.h"
#include "libsspi/packages/packages.h"

static struct handle_map contexts = HANDLE_MAP_INIT;
static PSECPKG_DLL_FUNCTIONS dll;

static NTSTATUS NTAPI instance_init(ULONG version, PSECPKG_DLL_FUNCTIONS functions,
                                    PVOID *user_functions)
{
    (void)version, (void)user_functions;
    if (!dll && !ntlm_crypto_start()) /* once a process: there is no call that would undo it */
        return STATUS_DLL_NOT_FOUND;
    dll = functions;
    return STATUS_SUCCESS;
}

static void user_context_free(struct ntlm_user_context *c)
{
    if (!c)
        return;
    ntlm_session_free(c->session);
    ntlm_text_free(&c->user);
    ntlm_text_free(&c->domain);
    ntlm_text_free(&c->target);
    free(c->target_info);
    free(c->authorization);
    secret_free(c);
}

static bool keep(struct ntlm_bytes bytes, uint8_t **out, size_t *size)
{
    if (!bytes.size)
        return true;
    *out = malloc(bytes.size);
    if (!*out)
        return false;
    memcpy(*out, bytes.data, bytes.size);
    *size = bytes.size;
    return true;
}

/*
 * SEC_E_OK; SEC_E_INVALID_TOKEN for a packed context that is none, SEC_E_INVALID_HANDLE for a
 * handle in use. `exported` tells how far its messages have come; NULL for a new context.
 */
static NTSTATUS make_context(LSA_SEC_HANDLE handle, const void *packed, size_t size,
                             const struct ntlm_exported *exported)
{
    struct ntlm_user_context *c = NULL;
    struct ntlm_packed p;
    SECURITY_STATUS status = SEC_E_INVALID_TOKEN;

    if (!ntlm_packed_read(packed, size, &p))
        goto out;
    status = SEC_E_INSUFFICIENT_MEMORY;
    c = secret_alloc(sizeof(*c));
    if (!c)
        goto out;
    c->client = p.client;
    c->flags = p.flags;
    c->attributes = p.attributes;
    c->start.QuadPart = p.start;
    c->expiry.QuadPart = p.expiry;
    c->facts = p.facts;
    memcpy(c->exported, p.exported, sizeof(c->exported));
    c->session = ntlm_session_new(p.flags, p.exported, p.client);
    if (!c->session || !ntlm_text_set_bytes(&c->user, p.user) ||
        !ntlm_text_set_bytes(&c->domain, p.domain) || !ntlm_text_set_bytes(&c->target, p.target) ||
        !keep(p.target_info, &c->target_info, &c->target_info_size) ||
        !keep(p.authorization, &c->authorization, &c->authorization_size))
        goto out;
    if (exported && exported->begun &&
        !ntlm_session_resume(c->session, &exported->send, &exported->receive))
        goto out;
    status = SEC_E_INVALID_HANDLE;
    if (!handle_map_put(&contexts, handle, c))
        goto out;
    c = NULL;
    status = SEC_E_OK;
out:
    secret_wipe(&p, sizeof(p));
    user_context_free(c);
    return status;
}

static NTSTATUS NTAPI init_context(LSA_SEC_HANDLE handle, PSecBuffer packed)
{
    return packed ? make_context(handle, packed->pvBuffer, packed->cbBuffer, NULL)
                  : SEC_E_INVALID_TOKEN;
}

static NTSTATUS NTAPI delete_context(LSA_SEC_HANDLE handle)
{
    struct ntlm_user_context *c = handle_map_remove(&contexts, handle);

    if (!c)
        return SEC_E_INVALID_HANDLE;
    user_context_free(c);
    return SEC_E_OK;
}

/* ---- messages ----------------------------------------------------------------------- */

/* A message as the caller gave it. */
struct message {
    struct ntlm_user_context *context;
    enum ntlm_protection how;
    ULONG sequence;
    PSecBuffer token;
    struct ntlm_part parts[NTLM_PARTS_MAX];
    size_t count;
};

/*
 * Gathers the pieces of a message: data, padding, and, for SPNEGO, the list of mechanisms with its
 * signature. Buffers with a checksum are signed but never changed; so are read-only ones, but only
 * with extended session security ("SecBuffer"; [MS-NLMP] 3.4.6.1, 3.4.8.1).
 */
static SECURITY_STATUS gather(struct message *m, LSA_SEC_HANDLE handle, PSecBufferDesc buffers,
                              bool seal, ULONG sequence)
{
    const ULONG plain = SECBUFFER_READONLY | SECBUFFER_READONLY_WITH_CHECKSUM;

    m->context = handle_map_get(&contexts, handle);
    m->how = seal ? NTLM_SEALED : NTLM_SIGNED;
    m->sequence = sequence;
    m->token = NULL;
    m->count = 0;
    if (!m->context)
        return SEC_E_INVALID_HANDLE;
    if (!buffers || !buffers->pBuffers)
        return SEC_E_INVALID_TOKEN;
    for (ULONG i = 0; i < buffers->cBuffers; i++) {
        PSecBuffer b = &buffers->pBuffers[i];
        ULONG type = b->BufferType & ~SECBUFFER_ATTRMASK;

        if (type == SECBUFFER_TOKEN || type == SECBUFFER_MECHLIST_SIGNATURE) {
            if (!m->token)
                m->token = b;
            continue;
        }
        if (type != SECBUFFER_DATA && type != SECBUFFER_PADDING && type != SECBUFFER_MECHLIST)
            continue;
        if (m->count == NTLM_PARTS_MAX || (b->cbBuffer && !b->pvBuffer))
            return SEC_E_INVALID_TOKEN;
        if (type == SECBUFFER_MECHLIST && !seal)
            m->how = NTLM_MECHLIST;
        m->parts[m->count++] = (struct ntlm_part){
            .data = b->pvBuffer,
            .size = b->cbBuffer,
            .plain = (b->BufferType & plain) != 0,
            .unsigned_in_v1 = (b->BufferType & plain) == SECBUFFER_READONLY,
        };
    }
    return m->token && m->token->pvBuffer ? SEC_E_OK : SEC_E_INVALID_TOKEN;
}

static SECURITY_STATUS protect(LSA_SEC_HANDLE handle, bool seal, PSecBufferDesc buffers,
                               ULONG sequence)
{
    struct message m;
    SECURITY_STATUS status = gather(&m, handle, buffers, seal, sequence);

    if (status)
        return status;
    if (m.token->cbBuffer < NTLM_SIGNATURE_SIZE)
        return SEC_E_BUFFER_TOO_SMALL;
    status = ntlm_session_protect(m.context->session, m.how, m.sequence, m.parts, m.count,
                                  m.token->pvBuffer);
    if (!status)
        m.token->cbBuffer = NTLM_SIGNATURE_SIZE;
    return status;
}

static SECURITY_STATUS unprotect(LSA_SEC_HANDLE handle, bool seal, PSecBufferDesc buffers,
                                 ULONG sequence)
{
    struct message m;
    SECURITY_STATUS status = gather(&m, handle, buffers, seal, sequence);

    if (status)
        return status;
    if (m.token->cbBuffer != NTLM_SIGNATURE_SIZE)
        return SEC_E_MESSAGE_ALTERED;
    return ntlm_session_unprotect(m.context->session, m.how, m.sequence, m.parts, m.count,
                                  m.token->pvBuffer);
}

/*
 * A stream holds the signature and the message in one piece, as it came from the peer; the data
 * buffer is then pointed at the message inside it.
 */
static SECURITY_STATUS unprotect_stream(LSA_SEC_HANDLE handle, bool seal, PSecBuffer stream,
                                        PSecBuffer data, ULONG sequence)
{
    struct ntlm_user_context *c = handle_map_get(&contexts, handle);
    struct wire_reader r = wire_reader(stream->pvBuffer, stream->cbBuffer);
    const uint8_t *signature = wire_bytes(&r, NTLM_SIGNATURE_SIZE);
    struct ntlm_part part = {.size = wire_left(&r)};
    SECURITY_STATUS status;

    if (!c)
        return SEC_E_INVALID_HANDLE;
    if (!wire_ok(&r) || !data)
        return SEC_E_INVALID_TOKEN;
    part.data = (uint8_t *)stream->pvBuffer + NTLM_SIGNATURE_SIZE;
    status = ntlm_session_unprotect(c->session, seal ? NTLM_SEALED : NTLM_SIGNED, sequence, &part,
                                    1, signature);
    if (!status) {
        data->pvBuffer = part.data;
        data->cbBuffer = (ULONG)part.size;
    }
    return status;
}

/*
 * The sequence number given by the caller counts for datagrams alone: NTLM over a connection counts
 * by itself.
 */
static NTSTATUS NTAPI make_signature(LSA_SEC_HANDLE handle, ULONG qop, PSecBufferDesc message,
                                     ULONG sequence)
{
    return qop ? SEC_E_QOP_NOT_SUPPORTED : protect(handle, false, message, sequence);
}

static NTSTATUS NTAPI verify_signature(LSA_SEC_HANDLE handle, PSecBufferDesc message,
                                       ULONG sequence, PULONG qop)
{
    if (qop)
        *qop = 0;
    return unprotect(handle, false, message, sequence);
}

/*
 * Neither signatures nor encryption: MakeSignature and VerifySignature know a form without content
 * there, but who wraps and unwraps counts on more than a form that anybody can write.
 */
static bool is_bare(const struct ntlm_user_context *c)
{
    return c && !(c->flags & (NTLM_SIGN | NTLM_SEAL));
}

static NTSTATUS NTAPI seal_message(LSA_SEC_HANDLE handle, ULONG qop, PSecBufferDesc message,
                                   ULONG sequence)
{
    if (qop && qop != SECQOP_WRAP_NO_ENCRYPT)
        return SEC_E_QOP_NOT_SUPPORTED;
    if (qop && is_bare(handle_map_get(&contexts, handle)))
        return SEC_E_UNSUPPORTED_FUNCTION;
    return protect(handle, qop != SECQOP_WRAP_NO_ENCRYPT, message, sequence);
}

static NTSTATUS open_message(LSA_SEC_HANDLE handle, bool sealed, PSecBufferDesc message,
                             ULONG sequence)
{
    PSecBuffer stream = buffers_find(message, SECBUFFER_STREAM);

    return stream ? unprotect_stream(handle, sealed, stream, buffers_find(message, SECBUFFER_DATA),
                                     sequence)
                  : unprotect(handle, sealed, message, sequence);
}

/*
 * Nothing in a message says whether it is sealed. On a context that only signs some peers seal
 * nevertheless (Windows, gss-ntlmssp), others do not (Samba); *qop says which it was.
 */
static NTSTATUS NTAPI unseal_message(LSA_SEC_HANDLE handle, PSecBufferDesc message, ULONG sequence,
                                     PULONG qop)
{
    const struct ntlm_user_context *c = handle_map_get(&contexts, handle);
    bool sealed = c && c->flags & NTLM_SEAL;
    NTSTATUS status =
        is_bare(c) ? SEC_E_UNSUPPORTED_FUNCTION : open_message(handle, sealed, message, sequence);

    if (status == SEC_E_MESSAGE_ALTERED && !sealed && c && c->flags & NTLM_SIGN) {
        sealed = true;
        status = open_message(handle, sealed, message, sequence);
    }
    if (qop)
        *qop = sealed ? 0 : SECQOP_WRAP_NO_ENCRYPT;
    return status;
}

/* NTLM has nothing to complete; programs that always call it are not wrong. */
static NTSTATUS NTAPI complete_auth_token(LSA_SEC_HANDLE handle, PSecBufferDesc token)
{
    (void)token;
    return handle_map_get(&contexts, handle) ? SEC_E_OK : SEC_E_INVALID_HANDLE;
}

static NTSTATUS NTAPI query_context(LSA_SEC_HANDLE handle, ULONG attribute, PVOID buffer)
{
    const struct ntlm_user_context *c = handle_map_get(&contexts, handle);

    return c ? ntlm_query_user_context(c, attribute, buffer, dll) : SEC_E_INVALID_HANDLE;
}

static NTSTATUS NTAPI get_context_token(LSA_SEC_HANDLE handle, PHANDLE token)
{
    const struct ntlm_user_context *c = handle_map_get(&contexts, handle);

    return c ? ntlm_make_token(c, token) : SEC_E_INVALID_HANDLE;
}

static NTSTATUS NTAPI export_context(LSA_SEC_HANDLE handle, ULONG flags, PSecBuffer packed,
                                     PHANDLE token)
{
    const struct ntlm_user_context *c = handle_map_get(&contexts, handle);

    *token = NULL; /* get_context_token() makes it */
    return c ? ntlm_export(c, dll, flags, packed) : SEC_E_INVALID_HANDLE;
}

/* The number in *handle is the context's: the host gives it one, as for InitUserModeContext. */
static NTSTATUS NTAPI import_context(PSecBuffer packed, HANDLE token, PLSA_SEC_HANDLE handle)
{
    struct ntlm_exported exported;
    NTSTATUS status = SEC_E_INVALID_TOKEN;

    (void)token;
    if (ntlm_exported_read(packed->pvBuffer, packed->cbBuffer, &exported))
        status = make_context(*handle, exported.packed, exported.packed_size, &exported);
    secret_wipe(&exported, sizeof(exported));
    return status;
}

NTSTATUS SEC_ENTRY ntlm_user_mode_initialize(ULONG lsa_version, PULONG package_version,
                                             PSECPKG_USER_FUNCTION_TABLE *tables, PULONG count)
{
    static SECPKG_USER_FUNCTION_TABLE table = {
        .InstanceInit = instance_init,
        .InitUserModeContext = init_context,
        .MakeSignature = make_signature,
        .VerifySignature = verify_signature,
        .SealMessage = seal_message,
        .UnsealMessage = unseal_message,
        .GetContextToken = get_context_token,
        .QueryContextAttributes = query_context,
        .CompleteAuthToken = complete_auth_token,
        .DeleteUserModeContext = delete_context,
        .ExportContext = export_context,
        .ImportContext = import_context,
    };

    if (lsa_version != SECPKG_INTERFACE_VERSION)
        return STATUS_INVALID_PARAMETER;
    *package_version = SECPKG_INTERFACE_VERSION;
    *tables = &table;
    *count = 1;
    return STATUS_SUCCESS;
}
