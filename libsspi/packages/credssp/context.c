/*
 * Contexts of the LSA-mode half, at whose end the channel is the outcome. They stay beside it:
 * TLS may have more to say, and the client may be authenticated anew.
 */
#include "libsspi/packages/credssp/credssp.h"

#include <stdlib.h>
#include <string.h>

#include "base/reason.h"
#include "libsspi/packages/buffers.h"

/* Of one leg: all the records of a TSRequest, and the end of a TLS handshake before it. */
#define OUTPUT_MAX (2 * CREDSSP_MESSAGE_MAX)
/* A token of the application's: what a socket had to give at most. */
#define INPUT_MAX (4 * CREDSSP_MESSAGE_MAX)

/* docs/credssp.md has the reasons. */
#define CLIENT_FLAGS                                                                               \
    (ISC_REQ_DELEGATE | ISC_REQ_MUTUAL_AUTH | ISC_REQ_REPLAY_DETECT | ISC_REQ_SEQUENCE_DETECT |    \
     ISC_REQ_CONFIDENTIALITY | ISC_REQ_USE_SESSION_KEY | ISC_REQ_USE_SUPPLIED_CREDS |              \
     ISC_REQ_ALLOCATE_MEMORY | ISC_REQ_CONNECTION | ISC_REQ_EXTENDED_ERROR | ISC_REQ_STREAM |      \
     ISC_REQ_INTEGRITY | ISC_REQ_MANUAL_CRED_VALIDATION | ISC_REQ_UNVERIFIED_TARGET_NAME)
#define SERVER_FLAGS                                                                               \
    (ASC_REQ_DELEGATE | ASC_REQ_MUTUAL_AUTH | ASC_REQ_REPLAY_DETECT | ASC_REQ_SEQUENCE_DETECT |    \
     ASC_REQ_CONFIDENTIALITY | ASC_REQ_USE_SESSION_KEY | ASC_REQ_ALLOCATE_MEMORY |                 \
     ASC_REQ_CONNECTION | ASC_REQ_EXTENDED_ERROR | ASC_REQ_STREAM | ASC_REQ_INTEGRITY |            \
     ASC_REQ_IDENTIFY | ASC_REQ_ALLOW_NON_USER_LOGONS | ASC_REQ_PROXY_BINDINGS |                   \
     ASC_REQ_ALLOW_MISSING_BINDINGS)

static void context_free(struct credssp_context *c)
{
    if (!c)
        return;
    lsa_inner()->remove(c->ts);
    lsa_inner()->remove(c->tls);
    credssp_established_put(c->established);
    credssp_server_clear(&c->server);
    credssp_credential_release(c->credential);
    credssp_credential_release(c->handle);
    wire_writer_free(&c->message);
    free(c->target.Buffer);
    free(c->host);
    free(c);
}

static SECURITY_STATUS take_target(struct credssp_context *c, const UNICODE_STRING *target)
{
    if (!target || !target->Buffer || !target->Length)
        return SEC_E_OK;
    c->host = credssp_host_of(target);
    c->target.Buffer = calloc(1, target->Length + sizeof(WCHAR));
    if (!c->host || !c->target.Buffer)
        return SEC_E_INSUFFICIENT_MEMORY;
    memcpy(c->target.Buffer, target->Buffer, target->Length);
    c->target.Length = target->Length;
    c->target.MaximumLength = (USHORT)(target->Length + sizeof(WCHAR));
    return SEC_E_OK;
}

static SECURITY_STATUS context_new(struct credssp_credential *credential, bool initiator,
                                   const UNICODE_STRING *target, struct credssp_context **out)
{
    struct credssp_context *c = calloc(1, sizeof(*c));
    SECURITY_STATUS status;

    if (!c)
        return SEC_E_INSUFFICIENT_MEMORY;
    c->credential = credssp_credential_hold(credential);
    c->initiator = initiator;
    credssp_server_clear(&c->server);
    c->message = wire_writer_grow(CREDSSP_MESSAGE_MAX + UINT16_MAX);
    c->tls_expiry.QuadPart = c->ts_expiry.QuadPart = INT64_MAX;
    status = take_target(c, target);
    if (status == SEC_E_OK)
        *out = c;
    else
        context_free(c);
    return status;
}

/* ---- what may be asked for --------------------------------------------------------------------
 */

static SECURITY_STATUS check_flags(bool initiator, ULONG requirements)
{
    ULONG known = initiator ? (ULONG)CLIENT_FLAGS : (ULONG)SERVER_FLAGS;

    if (!(requirements & ~known))
        return SEC_E_OK;
    reason_set(0, "fContextReq has flags that CredSSP does not support: 0x%x",
               (unsigned)(requirements & ~known));
    return SEC_E_UNSUPPORTED_FUNCTION;
}

/* SECBUFFER_PKG_PARAMS holds a CREDSSP_CRED or CREDSSP_CRED_EX, as AcquireCredentialsHandle takes
 * it. */
static SECURITY_STATUS supplied_credential(const SecBuffer *params,
                                           struct credssp_credential **credential)
{
    CREDSPP_SUBMIT_TYPE type;
    TimeStamp expiry;
    size_t least = sizeof(CREDSSP_CRED);

    if (params->cbBuffer >= least) {
        memcpy(&type, params->pvBuffer, sizeof(type));
        if (type == CredsspCredEx)
            least = sizeof(CREDSSP_CRED_EX);
    }
    if (params->cbBuffer < least) {
        reason_set(0, "SECBUFFER_PKG_PARAMS is shorter than a CREDSSP_CRED");
        return SEC_E_UNKNOWN_CREDENTIALS;
    }
    return credssp_credential_new(NULL, SECPKG_CRED_OUTBOUND, NULL, params->pvBuffer, credential,
                                  &expiry);
}

/*
 * The credential that a leg of an initiator is made with, a reference: of the handle, or what the
 * leg brings along for ISC_REQ_USE_SUPPLIED_CREDS.
 */
static SECURITY_STATUS choose_credential(const struct credssp_context *c,
                                         struct credssp_credential *handle, ULONG requirements,
                                         PSecBufferDesc input, struct credssp_credential **out)
{
    PSecBuffer params = buffers_find(input, SECBUFFER_PKG_PARAMS);
    SECURITY_STATUS status;

    *out = NULL;
    if (requirements & ISC_REQ_USE_SUPPLIED_CREDS && params && params->pvBuffer) {
        status = supplied_credential(params, out);
        if (status != SEC_E_OK)
            return status;
    } else if (c && (!handle || handle == c->handle)) {
        return SEC_E_OK;
    } else if (handle) {
        *out = credssp_credential_hold(handle);
    } else {
        return SEC_E_INVALID_HANDLE;
    }
    if (requirements & ISC_REQ_USE_SUPPLIED_CREDS && !(*out)->supplied) {
        reason_set(0, "ISC_REQ_USE_SUPPLIED_CREDS, and the application has supplied none");
        credssp_credential_release(*out);
        *out = NULL;
        return SEC_E_NO_CREDENTIALS;
    }
    return SEC_E_OK;
}

/* ---- one leg ----------------------------------------------------------------------------------
 */

static ULONG attributes_of(const struct credssp_context *c)
{
    ULONG asked = c->requirements;

    if (!c->initiator)
        return (c->tls_attributes & ~(ULONG)ASC_RET_ALLOCATED_MEMORY) |
               (c->ts_attributes & (ASC_RET_DELEGATE | ASC_RET_IDENTIFY)) |
               (asked & (ASC_REQ_CONNECTION | ASC_REQ_EXTENDED_ERROR));
    return (c->tls_attributes & ~(ULONG)(ISC_RET_ALLOCATED_MEMORY | ISC_RET_MUTUAL_AUTH)) |
           (c->ts_attributes & (ULONG)(ISC_RET_DELEGATE | ISC_RET_MUTUAL_AUTH | ISC_RET_IDENTIFY |
                                       ISC_RET_REAUTHENTICATION)) |
           (asked & (ISC_REQ_CONNECTION | ISC_REQ_EXTENDED_ERROR)) |
           (asked & ISC_REQ_USE_SUPPLIED_CREDS ? ISC_RET_USED_SUPPLIED_CREDS : 0) |
           ISC_RET_MANUAL_CRED_VALIDATION;
}

/* The client is authenticated, for the first time or once more. */
static SECURITY_STATUS settle(struct credssp_context *c, PBOOLEAN mapped, PSecBuffer packed)
{
    const struct lsa_package *ts = lsa_host_find(TS_SSP_NAME);
    struct credssp_half half = {ts ? ts->user : NULL, lsa_inner()->user(c->ts)};
    SECURITY_STATUS status;

    if (!half.table || !half.handle)
        return SEC_E_INTERNAL_ERROR;
    if (c->established) {
        c->ts_attributes |= c->initiator ? (ULONG)ISC_RET_REAUTHENTICATION : 0;
        credssp_established_renew(c->established, c->ts, &half, attributes_of(c));
        c->ts = NULL;
        c->settled_attributes = c->ts_attributes;
        c->settled_expiry = c->ts_expiry;
        return SEC_E_OK;
    }
    c->established = credssp_established_new(c->initiator, c->tls, &c->tls_half, &c->server, c->ts,
                                             &half, attributes_of(c));
    if (!c->established)
        return SEC_E_INSUFFICIENT_MEMORY;
    c->tls = c->ts = NULL;
    c->server = (struct credssp_server){.certificate = SEC_E_CERT_UNKNOWN};
    c->stage = CREDSSP_DONE;
    c->settled_attributes = c->ts_attributes;
    c->settled_expiry = c->ts_expiry;
    status = credssp_established_pack(c->established, packed);
    *mapped = status == SEC_E_OK;
    return status;
}

/* What Schannel would say of the token that the application gave. */
static void tell_rest(PSecBufferDesc input, const struct credssp_leg *leg, SECURITY_STATUS status)
{
    PSecBuffer token = buffers_find(input, SECBUFFER_TOKEN);
    PSecBuffer empty = buffers_find(input, SECBUFFER_EMPTY);

    if (!empty)
        return;
    if (status == SEC_E_INCOMPLETE_MESSAGE) {
        *empty = (SecBuffer){(ULONG)leg->missing, SECBUFFER_MISSING, NULL};
    } else if (status >= 0 && token && leg->at < leg->size) {
        *empty = (SecBuffer){(ULONG)(leg->size - leg->at), SECBUFFER_EXTRA,
                             (uint8_t *)token->pvBuffer + leg->at};
    }
}

static SECURITY_STATUS step(struct credssp_context *c, const struct lsa_inner_leg *given,
                            PSecBufferDesc output, PBOOLEAN mapped, PSecBuffer packed)
{
    PSecBuffer token = buffers_find(given->input, SECBUFFER_TOKEN);
    struct credssp_leg leg = {.given = given,
                              .size = token && token->pvBuffer ? token->cbBuffer : 0,
                              .out = wire_writer_grow(OUTPUT_MAX)};
    SECURITY_STATUS status = SEC_E_INVALID_TOKEN, sent;
    bool settles;

    if (leg.size > INPUT_MAX)
        goto out;
    status = SEC_E_INSUFFICIENT_MEMORY;
    leg.in = malloc(leg.size ? leg.size : 1);
    if (!leg.in)
        goto out;
    if (leg.size)
        memcpy(leg.in, token->pvBuffer, leg.size);
    c->requirements = given->requirements;
    status = credssp_step(c, &leg);
    if (status < 0 && status != SEC_E_INCOMPLETE_MESSAGE)
        credssp_tell(c, &leg, status);
    settles = status == SEC_E_OK && c->ts;
    sent = buffers_put_token(credssp_lsa, output, true, leg.out.data, leg.out.offset);
    if (status >= 0 && sent != SEC_E_OK)
        status = sent;
    /* Last: what the peer will not hear of must not count. */
    else if (settles)
        status = settle(c, mapped, packed);
    tell_rest(given->input, &leg, status);
out:
    wire_writer_free(&leg.out);
    free(leg.in);
    return status;
}

/* `credential`: NULL for the one before. */
static NTSTATUS run(struct credssp_context *c, struct credssp_credential *handle,
                    struct credssp_credential *credential, bool initiator,
                    const struct lsa_inner_leg *given, PLSA_SEC_HANDLE new_context,
                    PSecBufferDesc output, PULONG attributes, PTimeStamp expiry, PBOOLEAN mapped,
                    PSecBuffer packed)
{
    bool first = !c;
    SECURITY_STATUS status = SEC_E_OK;

    if (first)
        status = context_new(credential, initiator, given->target, &c);
    if (status != SEC_E_OK)
        return status;
    if (c->failed)
        return SEC_E_INVALID_HANDLE;
    if (!first && credential) {
        credssp_credential_release(c->credential);
        c->credential = credssp_credential_hold(credential);
    }
    if (handle && handle != c->handle) {
        credssp_credential_release(c->handle);
        c->handle = credssp_credential_hold(handle);
    }
    status = step(c, given, output, mapped, packed);
    c->failed = !c->established && status < 0 && status != SEC_E_INCOMPLETE_MESSAGE;
    *attributes = attributes_of(c);
    *expiry = c->tls_expiry.QuadPart < c->ts_expiry.QuadPart ? c->tls_expiry : c->ts_expiry;
    if (status >= 0)
        *new_context = (LSA_SEC_HANDLE)c;
    else if (first)
        context_free(c);
    return status;
}

/*
 * SEC_E_OK, SEC_I_CONTINUE_NEEDED, SEC_I_INCOMPLETE_CREDENTIALS, SEC_E_INCOMPLETE_MESSAGE (nothing
 * has changed); SEC_E_UNSUPPORTED_FUNCTION (flags), SEC_E_TARGET_UNKNOWN (delegation to a server
 * without a name), SEC_E_NO_CREDENTIALS, SEC_E_UNKNOWN_CREDENTIALS, SEC_E_INVALID_TOKEN,
 * SEC_E_MUTUAL_AUTH_FAILED, SEC_E_WRONG_PRINCIPAL, SEC_E_CONTEXT_EXPIRED (the peer has closed the
 * channel); what Schannel and TSPkg answer. On an established context: docs/credssp.md.
 */
NTSTATUS NTAPI credssp_init_context(LSA_SEC_HANDLE credential, LSA_SEC_HANDLE context,
                                    PUNICODE_STRING target, ULONG requirements,
                                    ULONG data_representation, PSecBufferDesc input,
                                    PLSA_SEC_HANDLE new_context, PSecBufferDesc output,
                                    PULONG attributes, PTimeStamp expiry, PBOOLEAN mapped,
                                    PSecBuffer packed)
{
    struct credssp_context *c = (struct credssp_context *)context;
    struct lsa_inner_leg given = {.target = target,
                                  .requirements = requirements,
                                  .data_representation = data_representation,
                                  .input = input};
    struct credssp_credential *chosen = NULL;
    SECURITY_STATUS status = check_flags(true, requirements);

    *mapped = FALSE;
    if (status != SEC_E_OK)
        return status;
    if (!c && requirements & ISC_REQ_DELEGATE && (!target || !target->Length)) {
        reason_set(0, "nothing is delegated to a server that has no name");
        return SEC_E_TARGET_UNKNOWN;
    }
    status =
        choose_credential(c, (struct credssp_credential *)credential, requirements, input, &chosen);
    if (status == SEC_E_OK)
        status = run(c, (struct credssp_credential *)credential, chosen, true, &given, new_context,
                     output, attributes, expiry, mapped, packed);
    credssp_credential_release(chosen);
    return status;
}

NTSTATUS NTAPI credssp_accept_context(LSA_SEC_HANDLE credential, LSA_SEC_HANDLE context,
                                      PSecBufferDesc input, ULONG requirements,
                                      ULONG data_representation, PLSA_SEC_HANDLE new_context,
                                      PSecBufferDesc output, PULONG attributes, PTimeStamp expiry,
                                      PBOOLEAN mapped, PSecBuffer packed)
{
    struct credssp_context *c = (struct credssp_context *)context;
    struct credssp_credential *handle = (struct credssp_credential *)credential;
    struct lsa_inner_leg given = {
        .requirements = requirements, .data_representation = data_representation, .input = input};
    SECURITY_STATUS status = check_flags(false, requirements);

    *mapped = FALSE;
    if (status != SEC_E_OK)
        return status;
    if (!c && !handle)
        return SEC_E_INVALID_HANDLE;
    return run(c, handle, c ? NULL : handle, false, &given, new_context, output, attributes, expiry,
               mapped, packed);
}

NTSTATUS NTAPI credssp_delete_context(LSA_SEC_HANDLE handle)
{
    if (!handle)
        return SEC_E_INVALID_HANDLE;
    context_free((struct credssp_context *)handle);
    return SEC_E_OK;
}

/* Schannel's: shutdown, alerts, the session. The next leg has what it makes of it. */
NTSTATUS NTAPI credssp_apply_control(LSA_SEC_HANDLE handle, PSecBufferDesc input)
{
    struct credssp_context *c = (struct credssp_context *)handle;
    struct lsa_inner_context *tls = c->established ? c->established->tls : c->tls;
    SECURITY_STATUS status = tls ? lsa_inner()->apply_control(tls, input) : SEC_E_INVALID_HANDLE;

    if (status == SEC_E_OK)
        c->controlled = true;
    return status;
}
