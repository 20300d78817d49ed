/*
 * Contexts of the LSA-mode half: the legs of the protocol, over a negotiation that is another
 * package's context.
 */
#include "libsspi/packages/tspkg/tspkg.h"

#include <credssp.h>
#include <stdlib.h>
#include <string.h>

#include "base/reason.h"
#include "libsspi/packages/buffers.h"
#include "libsspi/packages/ts_channel.h"

/* A service principal name; Windows' have far fewer. */
#define TARGET_BYTES 4096

static void context_free(struct ts_context *c)
{
    if (!c)
        return;
    ts_handshake_free(c->handshake);
    lsa_inner()->remove(c->inner);
    lsa_inner()->release(c->own);
    ts_credential_release(c->credential);
    free(c->target);
    free(c);
}

static SECURITY_STATUS set_target(struct ts_context *c, const UNICODE_STRING *target)
{
    if (!target || !target->Buffer || !target->Length || target->Length > TARGET_BYTES) {
        reason_set(0, "CredSSP needs the service principal name of the server (TERMSRV/host)");
        return SEC_E_TARGET_UNKNOWN;
    }
    c->target = calloc(1, target->Length + sizeof(WCHAR));
    if (!c->target)
        return SEC_E_INSUFFICIENT_MEMORY;
    memcpy(c->target, target->Buffer, target->Length);
    return SEC_E_OK;
}

/* The first leg: what the caller says of the channel, and the handshake over it. */
static SECURITY_STATUS open_channel(struct ts_context *c, PSecBufferDesc input)
{
    PSecBuffer buffer = buffers_find(input, SECBUFFER_PKG_PARAMS);
    struct ts_backend backend = ts_backend_of(c);
    struct ts_options options = {.version = TS_VERSION_MAX, .oldest = ts_policy_oldest_version()};
    struct ts_channel channel;

    if (!buffer || !ts_channel_read(buffer->pvBuffer, buffer->cbBuffer, &channel)) {
        reason_set(0, "TSSSP works inside CREDSSP, which describes the TLS channel to it");
        return SEC_E_INVALID_TOKEN;
    }
    c->channel = channel.flags;
    options.report = (c->requirements & (c->initiator ? (ULONG)ISC_REQ_EXTENDED_ERROR
                                                      : (ULONG)ASC_REQ_EXTENDED_ERROR)) != 0;
    options.public_key = channel.public_key;
    options.public_key_size = channel.public_key_size;
    c->handshake =
        c->initiator ? ts_initiator_new(&backend, &options) : ts_acceptor_new(&backend, &options);
    return c->handshake ? SEC_E_OK : SEC_E_INSUFFICIENT_MEMORY;
}

static SECURITY_STATUS context_new(LSA_SEC_HANDLE credential, bool initiator,
                                   const UNICODE_STRING *target, ULONG requirements,
                                   ULONG data_representation, PSecBufferDesc input,
                                   struct ts_context **out)
{
    struct ts_credential *owner = (struct ts_credential *)credential;
    SECURITY_STATUS status = SEC_E_OK;
    struct ts_context *c;

    *out = NULL;
    if (!owner)
        return SEC_E_INVALID_HANDLE;
    if (!(owner->use & (initiator ? SECPKG_CRED_OUTBOUND : SECPKG_CRED_INBOUND)))
        return SEC_E_NO_CREDENTIALS;
    c = calloc(1, sizeof(*c));
    if (!c)
        return SEC_E_INSUFFICIENT_MEMORY;
    c->credential = ts_credential_hold(owner);
    c->negotiate = owner->negotiate;
    c->initiator = initiator;
    c->requirements = requirements;
    c->data_representation = data_representation;
    if (initiator)
        status = set_target(c, target);
    if (status == SEC_E_OK)
        status = open_channel(c, input);
    if (status == SEC_E_OK && initiator)
        status = ts_delegate_begin(c);
    if (status == SEC_E_OK)
        *out = c;
    else
        context_free(c);
    return status;
}

/* What is protected here are the TSRequests; the messages of the application are the channel's. */
static ULONG attributes_of(const struct ts_context *c)
{
    ULONG got = c->attributes, asked = c->requirements;
    ULONG attributes = got & (ISC_RET_MUTUAL_AUTH | ISC_RET_CONFIDENTIALITY |
                              ISC_RET_REPLAY_DETECT | ISC_RET_SEQUENCE_DETECT);

    if (c->delegated)
        attributes |= ISC_RET_DELEGATE;
    if (c->initiator)
        return attributes | (got & ISC_RET_INTEGRITY) | (asked & ISC_REQ_EXTENDED_ERROR);
    return attributes | (got & ASC_RET_INTEGRITY) | (asked & ASC_REQ_EXTENDED_ERROR);
}

/* The peer would take it for a success, and have the credentials. */
static void take_back(PSecBufferDesc output)
{
    PSecBuffer token = buffers_find(output, SECBUFFER_TOKEN);

    if (!token)
        return;
    lsa_host_free(token->pvBuffer);
    token->pvBuffer = NULL;
    token->cbBuffer = 0;
}

static SECURITY_STATUS step(struct ts_context *c, PSecBufferDesc input, PSecBufferDesc output,
                            PULONG attributes, PTimeStamp expiry, PBOOLEAN mapped,
                            PSecBuffer packed)
{
    PSecBuffer in = buffers_find(input, SECBUFFER_TOKEN);
    const uint8_t *token = in && in->cbBuffer ? in->pvBuffer : NULL;
    uint8_t *out = NULL;
    size_t out_size = 0;
    SECURITY_STATUS status, put;

    status = ts_handshake_step(c->handshake, token, token ? in->cbBuffer : 0, &out, &out_size);
    put = buffers_put_token(ts_lsa, output, true, out, out_size);
    free(out);
    if (status >= 0 && put != SEC_E_OK)
        status = put;
    if (status == SEC_E_OK && !c->initiator)
        c->delegated = ts_handshake_delegates(c);
    *attributes = attributes_of(c);
    if (status == SEC_E_OK) {
        status = ts_established_pack(c, *attributes, packed);
        *mapped = status == SEC_E_OK;
        if (status != SEC_E_OK)
            take_back(output);
    }
    *expiry = c->expiry;
    return status;
}

/* The KDC refuses the password, before a server has heard anything. A program that tries again and
 * again would have the account locked. */
static void password_refused(const struct ts_context *c)
{
    struct reason why = *reason_get();

    if (!c->initiator || c->kind != TS_DEFAULT || !c->own)
        return;
    ts_stored_forget(&c->credential->luid);
    reason_set(why.code, "%s: the password of the logon is not tried again", why.text);
}

static NTSTATUS run(struct ts_context *c, bool fresh, PSecBufferDesc input,
                    PLSA_SEC_HANDLE new_context, PSecBufferDesc output, PULONG attributes,
                    PTimeStamp expiry, PBOOLEAN mapped, PSecBuffer packed)
{
    SECURITY_STATUS status = step(c, input, output, attributes, expiry, mapped, packed);

    if (fresh && status == SEC_E_LOGON_DENIED)
        password_refused(c);
    if (status >= 0)
        *new_context = (LSA_SEC_HANDLE)c;
    else if (fresh)
        context_free(c);
    return status;
}

/*
 * SEC_I_CONTINUE_NEEDED, SEC_E_OK; SEC_E_TARGET_UNKNOWN without a target, SEC_E_DELEGATION_POLICY,
 * SEC_E_POLICY_NLTM_ONLY, SEC_E_NO_CREDENTIALS when there is nothing to delegate,
 * SEC_E_INVALID_TOKEN without a description of the channel; those of ts_handshake_step().
 */
NTSTATUS NTAPI ts_init_context(LSA_SEC_HANDLE credential, LSA_SEC_HANDLE context,
                               PUNICODE_STRING target, ULONG requirements,
                               ULONG data_representation, PSecBufferDesc input,
                               PLSA_SEC_HANDLE new_context, PSecBufferDesc output,
                               PULONG attributes, PTimeStamp expiry, PBOOLEAN mapped,
                               PSecBuffer packed)
{
    struct ts_context *c = (struct ts_context *)context;
    SECURITY_STATUS status = SEC_E_OK;

    *mapped = FALSE;
    if (!c)
        status =
            context_new(credential, true, target, requirements, data_representation, input, &c);
    return status == SEC_E_OK
               ? run(c, !context, input, new_context, output, attributes, expiry, mapped, packed)
               : status;
}

NTSTATUS NTAPI ts_accept_context(LSA_SEC_HANDLE credential, LSA_SEC_HANDLE context,
                                 PSecBufferDesc input, ULONG requirements,
                                 ULONG data_representation, PLSA_SEC_HANDLE new_context,
                                 PSecBufferDesc output, PULONG attributes, PTimeStamp expiry,
                                 PBOOLEAN mapped, PSecBuffer packed)
{
    struct ts_context *c = (struct ts_context *)context;
    SECURITY_STATUS status = SEC_E_OK;

    *mapped = FALSE;
    if (!c)
        status = context_new(credential, false, NULL, requirements, data_representation, input, &c);
    return status == SEC_E_OK
               ? run(c, !context, input, new_context, output, attributes, expiry, mapped, packed)
               : status;
}

NTSTATUS NTAPI ts_delete_context(LSA_SEC_HANDLE handle)
{
    if (!handle)
        return SEC_E_INVALID_HANDLE;
    context_free((struct ts_context *)handle);
    return SEC_E_OK;
}
