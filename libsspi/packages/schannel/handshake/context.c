/*
 * Contexts of the LSA-mode half: the legs of InitializeSecurityContext and AcceptSecurityContext.
 * A context stays beside an established connection: new handshakes, answers that the peer waits
 * for, and the shutdown are legs, too.
 */
#include "libsspi/packages/schannel/handshake/handshake.h"

#include <ntstatus.h>
#include <openssl/err.h>
#include <security.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf16.h"
#include "libsspi/lsa/host.h"
#include "libsspi/packages/buffers.h"
#include "libsspi/packages/schannel/attributes/attributes.h"
#include "libsspi/packages/schannel/credentials/credential.h"
#include "libsspi/packages/schannel/credentials/sessions.h"

/* TLS gives these to every context, whoever asks. */
#define ISC_ALWAYS                                                                                 \
    (ISC_RET_SEQUENCE_DETECT | ISC_RET_REPLAY_DETECT | ISC_RET_CONFIDENTIALITY |                   \
     ISC_RET_INTEGRITY | ISC_RET_STREAM)
#define ASC_ALWAYS                                                                                 \
    (ASC_RET_SEQUENCE_DETECT | ASC_RET_REPLAY_DETECT | ASC_RET_CONFIDENTIALITY |                   \
     ASC_RET_INTEGRITY | ASC_RET_STREAM)
/* What TLS is not, or has not. */
#define ISC_NEVER                                                                                  \
    (ISC_REQ_DELEGATE | ISC_REQ_PROMPT_FOR_CREDS | ISC_REQ_DATAGRAM | ISC_REQ_USE_DCE_STYLE |      \
     ISC_REQ_NULL_SESSION)
#define ASC_NEVER                                                                                  \
    (ASC_REQ_DELEGATE | ASC_REQ_DATAGRAM | ASC_REQ_USE_DCE_STYLE | ASC_REQ_ALLOW_NULL_SESSION)

static SECURITY_STATUS connection_new(struct tls_credential *credential, bool server,
                                      const UNICODE_STRING *target, struct tls_connection **out)
{
    SSL_CTX *context = server ? credential->server : credential->client;
    struct tls_connection *c;

    *out = NULL;
    if (!context)
        return SEC_E_NO_CREDENTIALS;
    c = tls_connection_new(credential, context, server);
    if (!c)
        return SEC_E_INSUFFICIENT_MEMORY;
    if (target && target->Length > 0) {
        c->target = calloc(1, target->Length + sizeof(WCHAR));
        if (!c->target) {
            tls_connection_put(c);
            return SEC_E_INSUFFICIENT_MEMORY;
        }
        memcpy(c->target, target->Buffer, target->Length);
    }
    *out = c;
    return SEC_E_OK;
}

/* After SEC_I_INCOMPLETE_CREDENTIALS: what is sent from now on is the new one's. */
static bool change_credential(struct tls_connection *c, struct tls_credential *credential)
{
    if (!credential || credential == c->credential)
        return false;
    tls_credential_hold(credential);
    tls_credential_put(c->credential);
    c->credential = credential;
    return true;
}

static ULONG describe(const struct tls_connection *c, ULONG requirements)
{
    ULONG same;

    if (c->server) {
        same = requirements & (ASC_REQ_EXTENDED_ERROR | ASC_REQ_CONNECTION);
        if (c->established && SSL_get0_peer_certificate(c->ssl))
            same |= ASC_RET_MUTUAL_AUTH;
        return same | ASC_ALWAYS;
    }
    same = requirements & (ISC_REQ_EXTENDED_ERROR | ISC_REQ_MANUAL_CRED_VALIDATION |
                           ISC_REQ_USE_SUPPLIED_CREDS | ISC_REQ_CONNECTION);
    if (c->peer.validated && c->peer.status == SEC_E_OK)
        same |= ISC_RET_MUTUAL_AUTH;
    return same | ISC_ALWAYS;
}

ULONG tls_context_flags(const struct tls_connection *c)
{
    return describe(c, c->handshake->requirements);
}

/* The alert that a failed leg has written, for who wants to look at it. */
static void put_alert(PSecBufferDesc output, const void *alert, size_t size)
{
    PSecBuffer buffer = buffers_find(output, SECBUFFER_ALERT);

    if (!buffer)
        return;
    buffer->pvBuffer = size ? lsa_host_allocate(size) : NULL;
    buffer->cbBuffer = buffer->pvBuffer ? (ULONG)size : 0;
    if (buffer->pvBuffer)
        memcpy(buffer->pvBuffer, alert, size);
}

/* Without it the peer is told nothing. */
static bool wants_alerts(const struct tls_connection *c, ULONG requirements)
{
    return requirements & (c->server ? ASC_REQ_EXTENDED_ERROR : ISC_REQ_EXTENDED_ERROR);
}

static void put_token(struct tls_connection *c, const struct tls_leg *leg, PSecBufferDesc output,
                      SECURITY_STATUS *status)
{
    PSecBuffer token = buffers_find(output, SECBUFFER_TOKEN);
    bool failed = *status < 0;

    if (failed)
        put_alert(output, leg->token, leg->token_size);
    if (!leg->token || !token || (failed && !wants_alerts(c, leg->requirements))) {
        if (leg->token && !token && !failed)
            *status = SEC_E_INVALID_TOKEN;
        lsa_host_free(leg->token);
        return;
    }
    token->pvBuffer = leg->token;
    token->cbBuffer = (ULONG)leg->token_size;
}

static SECURITY_STATUS step(struct tls_connection *c, struct tls_leg *leg, PSecBufferDesc output,
                            PULONG attributes, PTimeStamp expiry, PBOOLEAN mapped,
                            PSecBuffer packed)
{
    bool before = c->established;
    SECURITY_STATUS status;

    ERR_clear_error();
    if (c->failed)
        status = SEC_E_CONTEXT_EXPIRED;
    else if (before || c->shut || c->handshake->alert[0])
        status = tls_leg_established(c, leg);
    else
        status = tls_leg_run(c, leg);
    if (status == SEC_E_OK && !before && c->established) {
        status = tls_connection_pack(c, packed);
        *mapped = status == SEC_E_OK;
    }
    put_token(c, leg, output, &status);
    *attributes = describe(c, leg->requirements);
    *expiry = tls_peer_expiry(c);
    return status;
}

static NTSTATUS run(LSA_SEC_HANDLE credential, LSA_SEC_HANDLE context, bool server,
                    const UNICODE_STRING *target, struct tls_leg *leg, PLSA_SEC_HANDLE new_context,
                    PSecBufferDesc output, PULONG attributes, PTimeStamp expiry, PBOOLEAN mapped,
                    PSecBuffer packed)
{
    struct tls_credential *owner = (struct tls_credential *)credential;
    struct tls_connection *c = (struct tls_connection *)context;
    SECURITY_STATUS status = SEC_E_OK;

    *mapped = FALSE;
    *attributes = 0;
    expiry->QuadPart = INT64_MAX;
    if (leg->requirements & (server ? ASC_NEVER : ISC_NEVER))
        return SEC_E_UNSUPPORTED_FUNCTION;
    if (!owner && !c)
        return SEC_E_INVALID_HANDLE;
    if (!c)
        status = connection_new(owner, server, target, &c);
    if (status != SEC_E_OK)
        return status;
    pthread_mutex_lock(&c->lock);
    c->handshake->requirements = leg->requirements;
    if (change_credential(c, owner) && c->established)
        tls_leg_changed(c);
    status = step(c, leg, output, attributes, expiry, mapped, packed);
    pthread_mutex_unlock(&c->lock);
    if (status >= 0)
        *new_context = (LSA_SEC_HANDLE)c;
    else if (!context)
        tls_connection_put(c);
    return status;
}

NTSTATUS NTAPI tls_init_context(LSA_SEC_HANDLE credential, LSA_SEC_HANDLE context,
                                PUNICODE_STRING target, ULONG requirements,
                                ULONG data_representation, PSecBufferDesc input,
                                PLSA_SEC_HANDLE new_context, PSecBufferDesc output,
                                PULONG attributes, PTimeStamp expiry, PBOOLEAN mapped,
                                PSecBuffer packed)
{
    struct tls_leg leg = {.input = input, .requirements = requirements};

    (void)data_representation;
    return run(credential, context, false, target, &leg, new_context, output, attributes, expiry,
               mapped, packed);
}

NTSTATUS NTAPI tls_accept_context(LSA_SEC_HANDLE credential, LSA_SEC_HANDLE context,
                                  PSecBufferDesc input, ULONG requirements,
                                  ULONG data_representation, PLSA_SEC_HANDLE new_context,
                                  PSecBufferDesc output, PULONG attributes, PTimeStamp expiry,
                                  PBOOLEAN mapped, PSecBuffer packed)
{
    struct tls_leg leg = {.input = input, .requirements = requirements};

    (void)data_representation;
    return run(credential, context, true, NULL, &leg, new_context, output, attributes, expiry,
               mapped, packed);
}

NTSTATUS NTAPI tls_delete_context(LSA_SEC_HANDLE handle)
{
    if (!handle)
        return SEC_E_INVALID_HANDLE;
    tls_connection_put((struct tls_connection *)handle);
    return SEC_E_OK;
}
