/*
 * One leg: the TLS handshake first, then TSRequests in its records, as far as what has come leads.
 */
#include "libsspi/packages/credssp/credssp.h"

#include <string.h>

#include "base/reason.h"
#include "libsspi/packages/buffers.h"

/* More buffers than an application may give. */
#define BUFFERS_MAX 18

static struct lsa_inner_context **tls_of(struct credssp_context *c)
{
    return c->established ? &c->established->tls : &c->tls;
}

static struct credssp_half *tls_half_of(struct credssp_context *c)
{
    return c->established ? &c->established->tls_half : &c->tls_half;
}

static bool put(struct credssp_leg *leg, const void *token, size_t size)
{
    wire_put_bytes(&leg->out, token, size);
    return wire_write_ok(&leg->out);
}

/* ---- TLS --------------------------------------------------------------------------------------
 */

static ULONG tls_requirements(const struct credssp_context *c)
{
    if (c->initiator)
        return ISC_REQ_STREAM | ISC_REQ_CONFIDENTIALITY | ISC_REQ_INTEGRITY |
               ISC_REQ_SEQUENCE_DETECT | ISC_REQ_REPLAY_DETECT | ISC_REQ_MANUAL_CRED_VALIDATION |
               (c->requirements & (ULONG)(ISC_REQ_USE_SUPPLIED_CREDS | ISC_REQ_EXTENDED_ERROR));
    return ASC_REQ_STREAM | ASC_REQ_CONFIDENTIALITY | ASC_REQ_INTEGRITY | ASC_REQ_SEQUENCE_DETECT |
           ASC_REQ_REPLAY_DETECT |
           (c->requirements & (ULONG)(ASC_REQ_MUTUAL_AUTH | ASC_REQ_EXTENDED_ERROR));
}

/* What is left of the token, room for what Schannel has to say of it, and on the first leg what the
 * application gave beside it (protocols of ALPN, say). */
static ULONG tls_input(struct credssp_context *c, struct credssp_leg *leg,
                       SecBuffer buffers[BUFFERS_MAX])
{
    const SecBufferDesc *given = *tls_of(c) ? NULL : leg->given->input;
    ULONG count = 0;

    if (leg->at < leg->size)
        buffers[count++] =
            (SecBuffer){(ULONG)(leg->size - leg->at), SECBUFFER_TOKEN, leg->in + leg->at};
    buffers[count++] = (SecBuffer){0, SECBUFFER_EMPTY, NULL};
    for (ULONG i = 0; given && i < given->cBuffers && count < BUFFERS_MAX; i++)
        switch (given->pBuffers[i].BufferType & ~(ULONG)SECBUFFER_ATTRMASK) {
        case SECBUFFER_TOKEN:
        case SECBUFFER_EMPTY:
        case SECBUFFER_PKG_PARAMS:
            break;
        default:
            buffers[count++] = given->pBuffers[i];
        }
    return count;
}

static SECURITY_STATUS tls_leg(struct credssp_context *c, struct credssp_leg *leg)
{
    const struct credssp_direction *d =
        c->initiator ? &c->credential->outbound : &c->credential->inbound;
    SecBuffer buffers[BUFFERS_MAX];
    SecBufferDesc input = {SECBUFFER_VERSION, tls_input(c, leg, buffers), buffers};
    UNICODE_STRING host = {0, 0, c->host};
    struct lsa_inner_leg inner = {.requirements = tls_requirements(c),
                                  .data_representation = leg->given->data_representation,
                                  .input = &input};
    SECURITY_STATUS status;
    PSecBuffer said;

    while (c->host && c->host[host.Length / sizeof(WCHAR)])
        host.Length += (USHORT)sizeof(WCHAR);
    host.MaximumLength = (USHORT)(host.Length + sizeof(WCHAR));
    inner.target = c->host ? &host : NULL;
    status = c->initiator ? lsa_inner()->initialize(d->tls, tls_of(c), &inner)
                          : lsa_inner()->accept(d->tls, tls_of(c), &inner);
    if (status == SEC_E_INCOMPLETE_MESSAGE) {
        said = buffers_find(&input, SECBUFFER_MISSING);
        leg->missing = said ? said->cbBuffer : 0;
    } else {
        said = buffers_find(&input, SECBUFFER_EXTRA);
        leg->at =
            said && said->cbBuffer <= leg->size - leg->at ? leg->size - said->cbBuffer : leg->size;
    }
    if (!put(leg, inner.token, inner.token_size) && status >= 0)
        status = SEC_E_INSUFFICIENT_MEMORY;
    lsa_host_free(inner.token);
    if (status >= 0) {
        c->tls_attributes = inner.attributes;
        c->tls_expiry = inner.expiry;
    }
    return status;
}

/* ---- TSRequests -------------------------------------------------------------------------------
 */

static void find_half(const WCHAR *package, struct lsa_inner_context *context,
                      struct credssp_half *half)
{
    const struct lsa_package *p = lsa_host_find(package);

    *half = (struct credssp_half){p ? p->user : NULL, 0};
    if (half->table)
        half->handle = lsa_inner()->user(context);
}

/*
 * ISC_REQ_MUTUAL_AUTH: the server must have proven who it is, by Kerberos or by its certificate,
 * before it gets anything.
 */
static SECURITY_STATUS check_server(struct credssp_context *c)
{
    const struct credssp_server *server = c->established ? &c->established->server : &c->server;
    SecPkgContext_Flags flags = {0};
    struct credssp_half ts;

    if (!c->initiator || !(c->requirements & ISC_REQ_MUTUAL_AUTH))
        return SEC_E_OK;
    find_half(TS_SSP_NAME, c->ts, &ts);
    if (credssp_half_query(&ts, SECPKG_ATTR_SERVER_AUTH_FLAGS, &flags) != SEC_E_OK)
        flags.Flags = 0;
    if (flags.Flags & CREDSSP_SERVER_AUTH_NEGOTIATE || server->certificate == SEC_E_OK) {
        c->ts_attributes |= ISC_RET_MUTUAL_AUTH;
        return SEC_E_OK;
    }
    reason_set(0,
               "the server has proven who it is neither by Kerberos nor by its certificate "
               "(0x%08x), and mutual authentication was asked for",
               (unsigned)server->certificate);
    return server->certificate == SEC_E_WRONG_PRINCIPAL && c->host ? SEC_E_WRONG_PRINCIPAL
                                                                   : SEC_E_MUTUAL_AUTH_FAILED;
}

static SECURITY_STATUS run_ts(struct credssp_context *c, struct credssp_leg *leg,
                              SecBufferDesc *input, struct lsa_inner_leg *inner)
{
    const struct credssp_direction *d =
        c->initiator ? &c->credential->outbound : &c->credential->inbound;

    inner->requirements =
        c->requirements & ~(ULONG)(ISC_REQ_ALLOCATE_MEMORY | ISC_REQ_MANUAL_CRED_VALIDATION);
    if (!c->initiator)
        inner->requirements = c->requirements & ~(ULONG)ASC_REQ_ALLOCATE_MEMORY;
    inner->data_representation = leg->given->data_representation;
    inner->input = input->cBuffers ? input : NULL;
    if (!c->initiator)
        return lsa_inner()->accept(d->ts, &c->ts, inner);
    inner->target = c->target.Length ? &c->target : NULL;
    return lsa_inner()->initialize(d->ts, &c->ts, inner);
}

/* One TSRequest in (NULL: an initiator's first), and perhaps one out. */
static SECURITY_STATUS ts_leg(struct credssp_context *c, struct credssp_leg *leg,
                              const uint8_t *message, size_t size)
{
    const struct credssp_server *server = c->established ? &c->established->server : &c->server;
    struct ts_channel channel = {
        .flags = (server->certificate == SEC_E_OK && c->initiator ? TS_CHANNEL_TRUSTED : 0) |
                 (c->credential->redirect ? TS_CHANNEL_REDIRECT : 0),
        .public_key = server->key,
        .public_key_size = server->key_size};
    uint8_t params[TS_CHANNEL_SIZE(TS_CHANNEL_KEY_MAX)];
    SecBuffer buffers[2];
    SecBufferDesc input = {SECBUFFER_VERSION, 0, buffers};
    struct lsa_inner_leg inner = {.target = NULL};
    SECURITY_STATUS status, sealed;

    if (!c->ts) {
        ts_channel_write(params, &channel);
        buffers[input.cBuffers++] = (SecBuffer){(ULONG)TS_CHANNEL_SIZE(channel.public_key_size),
                                                SECBUFFER_PKG_PARAMS, params};
    }
    if (message)
        buffers[input.cBuffers++] =
            (SecBuffer){(ULONG)size, SECBUFFER_TOKEN, (void *)(uintptr_t)message};
    status = run_ts(c, leg, &input, &inner);
    if (status >= 0) {
        c->ts_attributes = inner.attributes;
        c->ts_expiry = inner.expiry;
    }
    if (status == SEC_E_OK)
        status = check_server(c);
    /* What goes with a failure is for the peer to be told; but for one of ours, which has not
     * failed there. */
    if (inner.token_size && status != SEC_E_MUTUAL_AUTH_FAILED && status != SEC_E_WRONG_PRINCIPAL) {
        sealed = credssp_seal(tls_half_of(c), inner.token, inner.token_size, &leg->out);
        leg->told = status < 0 && sealed == SEC_E_OK;
        if (status >= 0 && sealed != SEC_E_OK)
            status = sealed;
    }
    lsa_host_free(inner.token);
    return status;
}

/* Forgets the first `size` bytes of what has come. */
static void drop(struct wire_writer *message, size_t size)
{
    memmove(message->data, message->data + size, message->offset - size);
    message->offset -= size;
}

/* All TSRequests that are whole. SEC_E_OK: it was the last. */
static SECURITY_STATUS take_messages(struct credssp_context *c, struct credssp_leg *leg)
{
    SECURITY_STATUS status = SEC_I_CONTINUE_NEEDED;

    while (c->message.offset > 0 && status == SEC_I_CONTINUE_NEEDED) {
        size_t size = credssp_message_size(c->message.data, c->message.offset);

        if (size == SIZE_MAX) {
            reason_set(0, "what came through the channel is no TSRequest, or too long for one");
            return SEC_E_INVALID_TOKEN;
        }
        if (size == 0 || size > c->message.offset)
            return SEC_I_CONTINUE_NEEDED;
        status = ts_leg(c, leg, c->message.data, size);
        drop(&c->message, size);
    }
    if (status == SEC_E_OK && c->message.offset > 0) {
        reason_set(0, "the record of the last TSRequest has more than that in it");
        return SEC_E_INVALID_TOKEN;
    }
    return status;
}

/*
 * As many records as there are, as long as the handshake lasts. `moved`: something of the input has
 * been dealt with, so that the application need not be told of half a record before it has sent
 * what there is for the peer.
 */
static SECURITY_STATUS take_records(struct credssp_context *c, struct credssp_leg *leg, bool moved)
{
    SECURITY_STATUS status = SEC_I_CONTINUE_NEEDED;

    while (leg->at < leg->size && status == SEC_I_CONTINUE_NEEDED) {
        size_t used, before = leg->at;

        status = credssp_unseal(tls_half_of(c), leg->in + leg->at, leg->size - leg->at, &c->message,
                                &used, &leg->missing);
        if (status == SEC_E_INCOMPLETE_MESSAGE)
            return moved ? SEC_I_CONTINUE_NEEDED : status;
        if (status == SEC_I_CONTEXT_EXPIRED) {
            reason_set(0, "the peer has closed the channel amid the handshake");
            return SEC_E_CONTEXT_EXPIRED;
        }
        if (status < 0)
            return status;
        leg->at += used;
        if (status == SEC_I_RENEGOTIATE) { /* or an answer to something else that TLS has asked */
            status = tls_leg(c, leg);
            if (status < 0)
                return status;
        }
        if (leg->at == before)
            return SEC_E_INVALID_TOKEN;
        moved = true;
        status = take_messages(c, leg);
    }
    return status;
}

/* ---- the order of them ------------------------------------------------------------------------
 */

/* The channel stands. */
static SECURITY_STATUS begin_ts(struct credssp_context *c)
{
    SECURITY_STATUS status;

    find_half(SCHANNEL_NAME_W, c->tls, &c->tls_half);
    if (!c->tls_half.handle)
        return SEC_E_INTERNAL_ERROR;
    status = credssp_server_look(&c->tls_half, c->initiator, c->host, c->credential, &c->server);
    if (status == SEC_E_OK)
        c->stage = CREDSSP_TS;
    return status;
}

static SECURITY_STATUS tls_stage(struct credssp_context *c, struct credssp_leg *leg)
{
    SECURITY_STATUS status = tls_leg(c, leg);

    if (status != SEC_E_OK)
        return status;
    status = begin_ts(c);
    if (status == SEC_E_OK)
        status = c->initiator ? ts_leg(c, leg, NULL, 0) : SEC_I_CONTINUE_NEEDED;
    return status == SEC_I_CONTINUE_NEEDED ? take_records(c, leg, true) : status;
}

/*
 * Established. What TLS has asked for goes to TLS; without anything to answer a client wants to be
 * authenticated anew, which goes through the channel that stands.
 */
static SECURITY_STATUS again(struct credssp_context *c, struct credssp_leg *leg)
{
    bool wanted = atomic_exchange(&c->established->wants_tls_leg, false);
    SECURITY_STATUS status;

    if (wanted || c->controlled || (c->initiator && leg->size > 0 && !c->ts)) {
        status = tls_leg(c, leg);
        c->controlled = status == SEC_I_CONTINUE_NEEDED;
        return status;
    }
    if (!c->initiator && leg->size == 0)
        return SEC_E_INVALID_TOKEN;
    if (leg->size == 0) {
        lsa_inner()->remove(c->ts); /* of one that was not ended */
        c->ts = NULL;
        c->message.offset = 0;
        status = ts_leg(c, leg, NULL, 0);
    } else {
        status = take_records(c, leg, false);
    }
    if (status < 0 && status != SEC_E_INCOMPLETE_MESSAGE) {
        lsa_inner()->remove(c->ts);
        c->ts = NULL;
        c->message.offset = 0;
        c->ts_attributes = c->settled_attributes;
        c->ts_expiry = c->settled_expiry;
    }
    return status;
}

/* A shutdown or an alert amid the handshake: something to send, and nothing to wait for. */
static SECURITY_STATUS controlled(struct credssp_context *c, struct credssp_leg *leg)
{
    SECURITY_STATUS status = tls_leg(c, leg);

    c->controlled = false;
    return status == SEC_E_OK ? SEC_I_CONTINUE_NEEDED : status;
}

SECURITY_STATUS credssp_step(struct credssp_context *c, struct credssp_leg *leg)
{
    if (c->controlled && c->stage != CREDSSP_DONE)
        return controlled(c, leg);
    switch (c->stage) {
    case CREDSSP_TLS:
        return tls_stage(c, leg);
    case CREDSSP_TS:
        return leg->size ? take_records(c, leg, false) : SEC_E_INVALID_TOKEN;
    default:
        return again(c, leg);
    }
}

/* ---- failures ---------------------------------------------------------------------------------
 */

static DWORD alert_for(SECURITY_STATUS status)
{
    switch (status) {
    case SEC_E_INVALID_TOKEN:
        return TLS1_ALERT_DECODE_ERROR;
    case SEC_E_MUTUAL_AUTH_FAILED:
    case SEC_E_WRONG_PRINCIPAL:
        return TLS1_ALERT_CERTIFICATE_UNKNOWN;
    case SEC_E_INSUFFICIENT_MEMORY:
    case SEC_E_INTERNAL_ERROR:
        return TLS1_ALERT_INTERNAL_ERROR;
    default: /* [RFC 8446] 6.2: who has decided not to proceed; a policy, above all */
        return TLS1_ALERT_ACCESS_DENIED;
    }
}

void credssp_tell(struct credssp_context *c, struct credssp_leg *leg, SECURITY_STATUS status)
{
    ULONG flag = c->initiator ? (ULONG)ISC_REQ_EXTENDED_ERROR : (ULONG)ASC_REQ_EXTENDED_ERROR;
    SCHANNEL_ALERT_TOKEN alert = {SCHANNEL_ALERT, TLS1_ALERT_FATAL, alert_for(status)};
    SecBuffer buffer = {sizeof(alert), SECBUFFER_TOKEN, &alert};
    SecBufferDesc control = {SECBUFFER_VERSION, 1, &buffer};
    struct reason why = *reason_get();

    if (!(c->requirements & flag) || c->stage != CREDSSP_TS || leg->told)
        return;
    leg->at = leg->size; /* nothing of it is read any more */
    if (lsa_inner()->apply_control(c->tls, &control) == SEC_E_OK)
        tls_leg(c, leg);
    reason_set(why.code, "%s", why.text);
}
