/*
 * Contexts of the LSA-mode half: they live for one handshake. When it is done, all that is left of
 * one is the packed context, which the host carries to the caller's process.
 */
#include "libsspi/packages/ntlm/lsa_half.h"

#include <ntstatus.h>
#include <pthread.h>
#include <string.h>

#include "base/secret.h"
#include "libsspi/packages/buffers.h"
#include "libsspi/packages/ntlm/packed.h"

/* A client of lsad may use one handle from two threads at once: each call holds the lock. */
struct context {
    pthread_mutex_t lock;
    struct ntlm_credential *credential;
    bool client;
    bool over; /* done, or refused: nothing more can be said in it */
    ULONG requirements;
    struct ntlm_handshake handshake;
    struct ntlm_text target; /* client: the SPN */
    bool has_bindings;
    uint8_t bindings[NTLM_BINDINGS_SIZE];
    uint64_t start;
};

static void context_free(struct context *c)
{
    if (!c)
        return;
    ntlm_credential_release(c->credential);
    ntlm_handshake_clear(&c->handshake);
    ntlm_text_free(&c->target);
    pthread_mutex_destroy(&c->lock);
    secret_free(c);
}

static SECURITY_STATUS context_new(LSA_SEC_HANDLE credential, bool client, struct context **out)
{
    struct ntlm_credential *owner = (struct ntlm_credential *)credential;
    struct context *c;

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

/* ---- what both sides do
 * -------------------------------------------------------------------------- */

/* Channel bindings may come with any leg; the last ones count. */
static SECURITY_STATUS take_bindings(struct context *c, PSecBufferDesc input)
{
    PSecBuffer b = buffers_find(input, SECBUFFER_CHANNEL_BINDINGS);

    if (!b || !b->pvBuffer || !b->cbBuffer)
        return SEC_E_OK;
    if (!ntlm_bindings_hash(b->pvBuffer, b->cbBuffer, c->bindings))
        return SEC_E_BAD_BINDINGS;
    c->has_bindings = true;
    return SEC_E_OK;
}

static struct ntlm_bytes token_of(PSecBufferDesc input)
{
    PSecBuffer b = buffers_find(input, SECBUFFER_TOKEN);

    if (!b || !b->pvBuffer)
        return (struct ntlm_bytes){0};
    return (struct ntlm_bytes){b->pvBuffer, b->cbBuffer};
}

/* Which requested and negotiated things are true of the context; the bits of both sides differ. */
static ULONG attributes_of(const struct context *c, uint32_t flags)
{
    ULONG a = c->client ? ISC_RET_CONNECTION : ASC_RET_CONNECTION;

    if (c->requirements & ISC_REQ_ALLOCATE_MEMORY) /* these three have one value for both sides */
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
    return a;
}

static SECURITY_STATUS pack(const struct context *c, const struct ntlm_outcome *o, ULONG attributes,
                            const struct ntlm_text *user, const struct ntlm_text *domain,
                            const struct ntlm_text *target, PSecBuffer context_data)
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

/* A peer that was refused stays refused. A caller whose buffer was too small may try again. */
static bool is_final(SECURITY_STATUS status)
{
    return status != SEC_E_BUFFER_TOO_SMALL;
}

/* ---- client
 * ---------------------------------------------------------------------------------------- */

static uint32_t wanted_flags(ULONG requirements)
{
    uint32_t flags = 0;

    if (requirements & ISC_REQ_CONFIDENTIALITY)
        flags |= NTLM_SEAL | NTLM_SIGN;
    if (requirements & (ISC_REQ_INTEGRITY | ISC_REQ_REPLAY_DETECT | ISC_REQ_SEQUENCE_DETECT) &&
        !(requirements & ISC_REQ_NO_INTEGRITY))
        flags |= NTLM_SIGN;
    if (requirements & ISC_REQ_IDENTIFY)
        flags |= NTLM_IDENTIFY;
    return flags;
}

static SECURITY_STATUS take_target(struct context *c, const UNICODE_STRING *target)
{
    if (!target || !target->Buffer || !target->Length)
        return SEC_E_OK;
    ntlm_text_free(&c->target);
    return ntlm_text_set(&c->target, target->Buffer, target->Length / sizeof(WCHAR))
               ? SEC_E_OK
               : SEC_E_INSUFFICIENT_MEMORY;
}

static SECURITY_STATUS client_first(struct context *c, PSecBufferDesc output, PULONG attributes)
{
    struct wire_writer token = wire_writer_grow(NTLM_MESSAGE_MAX);
    SECURITY_STATUS status =
        ntlm_client_negotiate(&c->handshake, wanted_flags(c->requirements), &token);

    if (!status)
        status = buffers_put_token(ntlm_lsa.table, output,
                                   (c->requirements & ISC_REQ_ALLOCATE_MEMORY) != 0, token.data,
                                   token.offset);
    wire_writer_free(&token);
    *attributes = attributes_of(c, wanted_flags(c->requirements));
    return status ? status : SEC_I_CONTINUE_NEEDED;
}

static SECURITY_STATUS client_second(struct context *c, struct ntlm_bytes challenge,
                                     PSecBufferDesc output, PULONG attributes,
                                     PSecBuffer context_data)
{
    struct wire_writer token = wire_writer_grow(NTLM_MESSAGE_MAX);
    struct ntlm_account copy = {0};
    struct ntlm_outcome outcome = {0};
    struct ntlm_client_input in = {
        .challenge = challenge,
        .machine = &ntlm_lsa.machine,
        .target = ntlm_text_bytes(&c->target),
        .unverified_target = (c->requirements & ISC_REQ_UNVERIFIED_TARGET_NAME) != 0,
        .bindings = c->bindings,
    };
    SECURITY_STATUS status = ntlm_credential_account(c->credential, &copy, &in.account);

    if (!status)
        status = ntlm_client_authenticate(&c->handshake, &in, &token, &outcome);
    if (status)
        goto out;
    *attributes = attributes_of(c, outcome.flags);
    status =
        buffers_put_token(ntlm_lsa.table, output, (c->requirements & ISC_REQ_ALLOCATE_MEMORY) != 0,
                          token.data, token.offset);
    if (status)
        goto out;
    status = pack(c, &outcome, *attributes, &in.account->user, &in.account->domain, &c->target,
                  context_data);
out:
    ntlm_account_clear(&copy);
    ntlm_outcome_clear(&outcome);
    wire_writer_free(&token);
    return status;
}

/*
 * InitializeSecurityContext: SEC_I_CONTINUE_NEEDED, then SEC_E_OK with *mapped. Errors: those of
 * ntlm_client_authenticate, SEC_E_INVALID_HANDLE, SEC_E_NO_CREDENTIALS, SEC_E_BUFFER_TOO_SMALL,
 * SEC_E_BAD_BINDINGS for a malformed bindings buffer, SEC_E_UNSUPPORTED_FUNCTION for datagrams.
 */
NTSTATUS NTAPI ntlm_init_context(LSA_SEC_HANDLE credential, LSA_SEC_HANDLE handle,
                                 PUNICODE_STRING target, ULONG requirements, ULONG representation,
                                 PSecBufferDesc input, PLSA_SEC_HANDLE new_handle,
                                 PSecBufferDesc output, PULONG attributes, PTimeStamp expiry,
                                 PBOOLEAN mapped, PSecBuffer context_data)
{
    struct context *c = (struct context *)handle;
    SECURITY_STATUS status;

    (void)representation;
    *mapped = FALSE;
    expiry->QuadPart = INT64_MAX;
    if (requirements & ISC_REQ_DATAGRAM)
        return SEC_E_UNSUPPORTED_FUNCTION;
    if (!c) {
        status = context_new(credential, true, &c);
        if (status)
            return status;
        c->requirements = requirements;
        status = take_bindings(c, input);
        if (!status)
            status = take_target(c, target);
        if (!status)
            status = client_first(c, output, attributes);
        if (status == SEC_I_CONTINUE_NEEDED)
            *new_handle = (LSA_SEC_HANDLE)c;
        else
            context_free(c);
        return status;
    }
    pthread_mutex_lock(&c->lock);
    status = SEC_E_INVALID_HANDLE;
    if (c->over || !c->client)
        goto out;
    /* how memory is handed over is each call's own matter; what was asked of the context is settled
     */
    c->requirements = (c->requirements & ~(ULONG)ISC_REQ_ALLOCATE_MEMORY) |
                      (requirements & (ISC_REQ_ALLOCATE_MEMORY | ISC_REQ_UNVERIFIED_TARGET_NAME));
    status = take_bindings(c, input);
    if (!status)
        status = take_target(c, target);
    if (!status)
        status = client_second(c, token_of(input), output, attributes, context_data);
    c->over = is_final(status);
    *mapped = status == SEC_E_OK;
    *new_handle = handle;
out:
    pthread_mutex_unlock(&c->lock);
    return status;
}

/* ---- server
 * ---------------------------------------------------------------------------------------- */

static SECURITY_STATUS server_first(struct context *c, struct ntlm_bytes negotiate,
                                    PSecBufferDesc output, PULONG attributes)
{
    struct wire_writer token = wire_writer_grow(NTLM_MESSAGE_MAX);
    SECURITY_STATUS status =
        ntlm_server_challenge(&c->handshake, negotiate, &ntlm_lsa.machine, &token);

    if (!status)
        status = buffers_put_token(ntlm_lsa.table, output,
                                   (c->requirements & ASC_REQ_ALLOCATE_MEMORY) != 0, token.data,
                                   token.offset);
    wire_writer_free(&token);
    *attributes = attributes_of(c, c->handshake.flags);
    return status ? status : SEC_I_CONTINUE_NEEDED;
}

static UNICODE_STRING counted(const struct ntlm_text *text)
{
    USHORT size = (USHORT)(text->units < 1024 ? text->units * sizeof(WCHAR) : 0);

    return (UNICODE_STRING){size, size, text->string};
}

/* Who was refused belongs into the log of the machine; names come from the network, the LSA cleans
 * them. */
static void audit(SECURITY_STATUS status, const struct ntlm_outcome *o)
{
    UNICODE_STRING user = counted(&o->user), domain = counted(&o->domain);
    TOKEN_SOURCE source = {.SourceName = {'N', 'T', 'L', 'M'}};
    LUID none = {0};

    if (ntlm_lsa.table->AuditLogon)
        ntlm_lsa.table->AuditLogon(STATUS_LOGON_FAILURE, status, &user, &domain, NULL, NULL,
                                   Network, &source, &none);
}

static SECURITY_STATUS server_second(struct context *c, struct ntlm_bytes authenticate,
                                     PSecBufferDesc output, PULONG attributes,
                                     PSecBuffer context_data)
{
    struct ntlm_account copy = {0};
    struct ntlm_outcome outcome = {0};
    struct ntlm_server_input in = {
        .authenticate = authenticate,
        .bindings = c->has_bindings ? c->bindings : NULL,
        .allow_missing_bindings = (c->requirements & ASC_REQ_ALLOW_MISSING_BINDINGS) != 0,
        .require_mic = ntlm_lsa.require_mic,
    };
    SECURITY_STATUS status = ntlm_credential_account(c->credential, &copy, &in.account);

    if (!status)
        status = ntlm_server_verify(&c->handshake, &in, &outcome);
    if (status == SEC_E_LOGON_DENIED)
        audit(status, &outcome);
    if (status)
        goto out;
    *attributes = attributes_of(c, outcome.flags);
    status = buffers_put_token(ntlm_lsa.table, output, FALSE, NULL, 0);
    if (!status)
        status = pack(c, &outcome, *attributes, &outcome.user, &outcome.domain, &outcome.target,
                      context_data);
out:
    ntlm_account_clear(&copy);
    ntlm_outcome_clear(&outcome);
    return status;
}

/*
 * AcceptSecurityContext: SEC_I_CONTINUE_NEEDED, then SEC_E_OK with *mapped. Errors: those of
 * ntlm_server_challenge and ntlm_server_verify, SEC_E_INVALID_HANDLE, SEC_E_NO_CREDENTIALS,
 * SEC_E_BUFFER_TOO_SMALL, SEC_E_UNSUPPORTED_FUNCTION for datagrams.
 */
NTSTATUS NTAPI ntlm_accept_context(LSA_SEC_HANDLE credential, LSA_SEC_HANDLE handle,
                                   PSecBufferDesc input, ULONG requirements, ULONG representation,
                                   PLSA_SEC_HANDLE new_handle, PSecBufferDesc output,
                                   PULONG attributes, PTimeStamp expiry, PBOOLEAN mapped,
                                   PSecBuffer context_data)
{
    struct context *c = (struct context *)handle;
    SECURITY_STATUS status;

    (void)representation;
    *mapped = FALSE;
    expiry->QuadPart = INT64_MAX;
    if (requirements & ASC_REQ_DATAGRAM)
        return SEC_E_UNSUPPORTED_FUNCTION;
    if (!c) {
        status = context_new(credential, false, &c);
        if (status)
            return status;
        c->requirements = requirements;
        status = take_bindings(c, input);
        if (!status)
            status = server_first(c, token_of(input), output, attributes);
        if (status == SEC_I_CONTINUE_NEEDED)
            *new_handle = (LSA_SEC_HANDLE)c;
        else
            context_free(c);
        return status;
    }
    pthread_mutex_lock(&c->lock);
    status = SEC_E_INVALID_HANDLE;
    if (c->over || c->client)
        goto out;
    c->requirements |= requirements & ASC_REQ_ALLOW_MISSING_BINDINGS;
    status = take_bindings(c, input);
    if (!status)
        status = server_second(c, token_of(input), output, attributes, context_data);
    c->over = is_final(status);
    *mapped = status == SEC_E_OK;
    *new_handle = handle;
out:
    pthread_mutex_unlock(&c->lock);
    return status;
}

NTSTATUS NTAPI ntlm_delete_context(LSA_SEC_HANDLE handle)
{
    if (!handle)
        return SEC_E_INVALID_HANDLE;
    context_free((struct context *)handle);
    return SEC_E_OK;
}

/*
 * Of a handshake that is not done yet, only two things can be told: the package, and that a
 * server's next token from the client is the last one. Everything else is the user-mode half's to
 * answer.
 */
NTSTATUS NTAPI ntlm_query_lsa_context(LSA_SEC_HANDLE handle, ULONG attribute, PVOID buffer)
{
    const struct context *c = (const struct context *)handle;
    PSecPkgInfoW info;

    switch (attribute) {
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
