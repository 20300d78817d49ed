/*
 * Contexts of the LSA-mode half: they live for one handshake. When it is done, all that is left of
 * one is the packed context, which the host carries to the caller's process.
 */
#include "libsspi/packages/ntlm/handshake/context.h"

#include <ntstatus.h>
#include <string.h>

#include "base/secret.h"
#include "libsspi/packages/buffers.h"
#include "libsspi/packages/ntlm/packed.h"

void ntlm_context_free(struct ntlm_context *c)
{
    if (!c)
        return;
    ntlm_credential_release(c->credential);
    ntlm_handshake_clear(&c->handshake);
    ntlm_text_free(&c->target);
    pthread_mutex_destroy(&c->lock);
    secret_free(c);
}

SECURITY_STATUS ntlm_context_new(LSA_SEC_HANDLE credential, bool client, struct ntlm_context **out)
{
    struct ntlm_credential *owner = (struct ntlm_credential *)credential;
    struct ntlm_context *c;

    if (!owner)
        return SEC_E_INVALID_HANDLE;
    if (!(owner->use & (client ? SECPKG_CRED_OUTBOUND : SECPKG_CRED_INBOUND)))
        return SEC_E_NO_CREDENTIALS;
    c = secret_alloc(sizeof(*c));
    if (!c)
        return SEC_E_INSUFFICIENT_MEMORY;
    pthread_mutex_init(&c->lock, NULL);
    atomic_fetch_add(&owner->references, 1);
    c->credential = owner;
    c->client = client;
    c->start = ntlm_now();
    *out = c;
    return SEC_E_OK;
}

SECURITY_STATUS ntlm_context_bindings(struct ntlm_context *c, PSecBufferDesc input)
{
    PSecBuffer b = buffers_find(input, SECBUFFER_CHANNEL_BINDINGS);

    if (!b || !b->pvBuffer || !b->cbBuffer)
        return SEC_E_OK;
    if (!ntlm_bindings_hash(b->pvBuffer, b->cbBuffer, c->bindings))
        return SEC_E_BAD_BINDINGS;
    c->has_bindings = true;
    c->audit_bindings = ntlm_bindings_audited(b->pvBuffer, b->cbBuffer);
    return SEC_E_OK;
}

struct ntlm_bytes ntlm_context_token(PSecBufferDesc input)
{
    PSecBuffer b = buffers_find(input, SECBUFFER_TOKEN);

    if (!b || !b->pvBuffer)
        return (struct ntlm_bytes){0};
    return (struct ntlm_bytes){b->pvBuffer, b->cbBuffer};
}

ULONG ntlm_context_attributes(const struct ntlm_context *c, uint32_t flags)
{
    /* without a comment: one value for both sides */
    ULONG a = c->handshake.datagram ? ISC_RET_DATAGRAM
              : c->client           ? ISC_RET_CONNECTION
                                    : ASC_RET_CONNECTION;

    if (c->requirements & ISC_REQ_ALLOCATE_MEMORY)
        a |= ISC_RET_ALLOCATED_MEMORY;
    if (c->requirements & ISC_REQ_USE_DCE_STYLE)
        a |= ISC_RET_USED_DCE_STYLE;
    if (c->requirements & ISC_REQ_USE_SESSION_KEY)
        a |= ISC_RET_USE_SESSION_KEY;
    if (flags & (NTLM_SIGN | NTLM_SEAL))
        a |= ISC_RET_REPLAY_DETECT | ISC_RET_SEQUENCE_DETECT |
             (c->client ? ISC_RET_INTEGRITY : ASC_RET_INTEGRITY);
    if (flags & NTLM_SEAL)
        a |= ISC_RET_CONFIDENTIALITY;
    if (flags & NTLM_IDENTIFY)
        a |= c->client ? ISC_RET_IDENTIFY : ASC_RET_IDENTIFY;
    if (flags & NTLM_ANONYMOUS)
        a |= c->client ? ISC_RET_NULL_SESSION : ASC_RET_NULL_SESSION;
    return a;
}

/* The AV pairs of the server's message, which both sides keep. */
static struct ntlm_bytes target_info(const struct ntlm_handshake *h)
{
    struct ntlm_challenge m;

    if (!h->challenge.data || !ntlm_challenge_read(h->challenge.data, h->challenge.size, &m))
        return (struct ntlm_bytes){0};
    return m.target_info;
}

SECURITY_STATUS ntlm_context_pack(const struct ntlm_context *c, const struct ntlm_outcome *o,
                                  ULONG attributes, const struct ntlm_text *user,
                                  const struct ntlm_text *domain, const struct ntlm_text *target,
                                  PSecBuffer context_data)
{
    struct wire_writer w = wire_writer_grow(NTLM_PACKED_MAX);
    struct ntlm_packed p = {
        .client = c->client,
        .flags = o->flags,
        .attributes = attributes,
        .start = (LONGLONG)c->start,
        .expiry = INT64_MAX,
        .user = ntlm_text_bytes(user),
        .domain = ntlm_text_bytes(domain),
        .target = ntlm_text_bytes(target),
        .target_info = target_info(&c->handshake),
        .authorization = {o->authorization, o->authorization_size},
        .facts = o->facts,
    };
    SECURITY_STATUS status = SEC_E_INSUFFICIENT_MEMORY;

    memcpy(p.exported, o->exported, sizeof(p.exported));
    ntlm_packed_write(&w, &p);
    if (wire_write_ok(&w))
        status = buffers_put_context(ntlm_lsa.table, context_data, w.data, w.offset);
    wire_writer_free(&w);
    secret_wipe(&p, sizeof(p));
    return status;
}

bool ntlm_context_is_over(SECURITY_STATUS status)
{
    return status != SEC_E_BUFFER_TOO_SMALL && status != STATUS_RETRY;
}

NTSTATUS NTAPI ntlm_delete_context(LSA_SEC_HANDLE handle)
{
    if (!handle)
        return SEC_E_INVALID_HANDLE;
    ntlm_context_free((struct ntlm_context *)handle);
    return SEC_E_OK;
}

/* What the server has said so far, at either end: the names that a client may be asked for an
 * account by. */
static SECURITY_STATUS query_target_information(const struct ntlm_context *c,
                                                PSecPkgContext_TargetInformation out)
{
    struct ntlm_bytes info = target_info(&c->handshake);

    if (!info.size)
        return SEC_E_UNSUPPORTED_FUNCTION;
    out->MarshalledTargetInfo = ntlm_lsa.table->AllocateLsaHeap((ULONG)info.size);
    if (!out->MarshalledTargetInfo)
        return SEC_E_INSUFFICIENT_MEMORY;
    memcpy(out->MarshalledTargetInfo, info.data, info.size);
    out->MarshalledTargetInfoLength = (ULONG)info.size;
    return SEC_E_OK;
}

/*
 * Of a handshake that is not done yet, little can be told: the package, what the server is called,
 * and that a server's next token from the client is the last one. Everything else is the user-mode
 * half's to answer.
 */
NTSTATUS NTAPI ntlm_query_lsa_context(LSA_SEC_HANDLE handle, ULONG attribute, PVOID buffer)
{
    struct ntlm_context *c = (struct ntlm_context *)handle;
    SECURITY_STATUS status;
    PSecPkgInfoW info;

    switch (attribute) {
    case SECPKG_ATTR_TARGET_INFORMATION:
        if (!c)
            return SEC_E_UNSUPPORTED_FUNCTION;
        pthread_mutex_lock(&c->lock);
        status = query_target_information(c, buffer);
        pthread_mutex_unlock(&c->lock);
        return status;
    case SECPKG_ATTR_NEGOTIATION_INFO:
        info = ntlm_package_info_copy(ntlm_lsa.table->AllocateLsaHeap);
        ((PSecPkgContext_NegotiationInfoW)buffer)->PackageInfo = info;
        ((PSecPkgContext_NegotiationInfoW)buffer)->NegotiationState =
            SECPKG_NEGOTIATION_IN_PROGRESS;
        return info ? SEC_E_OK : SEC_E_INSUFFICIENT_MEMORY;
    case SECPKG_ATTR_LAST_CLIENT_TOKEN_STATUS:
        if (!c || c->client)
            return SEC_E_UNSUPPORTED_FUNCTION;
        ((PSecPkgContext_LastClientTokenStatus)buffer)->LastClientTokenStatus =
            SecPkgAttrLastClientTokenYes;
        return SEC_E_OK;
    case SECPKG_ATTR_PACKAGE_INFO:
        info = ntlm_package_info_copy(ntlm_lsa.table->AllocateLsaHeap);
        ((PSecPkgContext_PackageInfoW)buffer)->PackageInfo = info;
        return info ? SEC_E_OK : SEC_E_INSUFFICIENT_MEMORY;
    default:
        return SEC_E_UNSUPPORTED_FUNCTION;
    }
}
