/*
 * The initiator: AP-REQ out and, for mutual authentication, AP-REP in (RFC 4121 4.1).
 */
#include "libsspi/packages/kerberos/kerberos.h"

#include <errno.h>

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/secret.h"
#include "libsspi/packages/buffers.h"
#include "libsspi/packages/kerberos/user_mode.h"

/* Granted whenever asked for; what is not here is not granted, or refused below. */
static const struct flag {
    ULONG request, result;
    uint32_t gss;
} flags[] = {
    {ISC_REQ_MUTUAL_AUTH, ISC_RET_MUTUAL_AUTH, KERB_GSS_MUTUAL},
    {ISC_REQ_REPLAY_DETECT, ISC_RET_REPLAY_DETECT, KERB_GSS_REPLAY},
    {ISC_REQ_SEQUENCE_DETECT, ISC_RET_SEQUENCE_DETECT, KERB_GSS_SEQUENCE},
    {ISC_REQ_CONFIDENTIALITY, ISC_RET_CONFIDENTIALITY, KERB_GSS_CONF},
    {ISC_REQ_INTEGRITY, ISC_RET_INTEGRITY, KERB_GSS_INTEG},
    {ISC_REQ_IDENTIFY, ISC_RET_IDENTIFY, KERB_GSS_IDENTIFY},
    {ISC_REQ_EXTENDED_ERROR, ISC_RET_EXTENDED_ERROR, KERB_GSS_EXTENDED_ERROR},
    {ISC_REQ_CONNECTION, ISC_RET_CONNECTION, 0},
};

/* Other legs and other tickets than ours. */
#define REFUSED (ISC_REQ_USE_DCE_STYLE | ISC_REQ_USE_SESSION_KEY | ISC_REQ_NULL_SESSION)

/* What the checksum of the authenticator is made from, once libkrb5 has the keys that a delegation
 * is encrypted with. */
struct checksum_input {
    struct kerb_credential *credential;
    krb5_creds *ticket;
    bool delegate; /* in: asked for; out: done */
    uint32_t flags;
    uint8_t bindings[KERB_BINDINGS_SIZE];
    krb5_data made; /* the caller's to free: libkrb5 only borrows it */
};

/* The forwarded TGT, or nothing: a KDC that does not let it be forwarded is no reason to refuse the
 * context. */
static bool forward(krb5_context krb, krb5_auth_context auth, const struct checksum_input *in,
                    krb5_data *out)
{
    krb5_ccache cache;
    krb5_int32 before;
    krb5_error_code code = kerb_open_cache(krb, in->credential, &cache);

    if (code)
        return false;
    krb5_auth_con_getflags(krb, auth, &before);
    /* Its time stamp is the authenticator's; there is no cache of replayed KRB-CRED messages here.
     */
    krb5_auth_con_setflags(krb, auth,
                           before & ~(KRB5_AUTH_CONTEXT_DO_TIME | KRB5_AUTH_CONTEXT_DO_SEQUENCE));
    code =
        krb5_fwd_tgt_creds(krb, auth, NULL, in->ticket->client, in->ticket->server, cache, 1, out);
    krb5_auth_con_setflags(krb, auth, before);
    kerb_close_cache(krb, in->credential, cache);
    return kerb_status(krb, code, KERB_INITIATOR, "forwarding a ticket") == SEC_E_OK;
}

static krb5_error_code make_checksum(krb5_context krb, krb5_auth_context auth, void *arg,
                                     krb5_data **out)
{
    struct checksum_input *in = arg;
    struct kerb_checksum checksum = {.flags = in->flags};
    krb5_data delegation = {0};
    struct wire_writer w = wire_writer_grow(128 + UINT16_MAX);
    size_t size;

    memcpy(checksum.bindings, in->bindings, sizeof(checksum.bindings));
    in->delegate =
        in->delegate && forward(krb, auth, in, &delegation) && delegation.length <= UINT16_MAX;
    if (in->delegate) {
        checksum.flags |= KERB_GSS_DELEG;
        checksum.delegation = (const uint8_t *)delegation.data;
        checksum.delegation_size = delegation.length;
    }
    kerb_checksum_write(&w, &checksum);
    in->made.data = (char *)wire_writer_take(&w, &size);
    in->made.length = in->made.data ? (unsigned)size : 0;
    *out = &in->made;
    wire_writer_free(&w);
    krb5_free_data_contents(krb, &delegation);
    return in->made.data ? 0 : ENOMEM;
}

static char *principal_text(krb5_context krb, krb5_principal principal)
{
    char *name, *copy;

    if (krb5_unparse_name(krb, principal, &name))
        return NULL;
    copy = strdup(name);
    krb5_free_unparsed_name(krb, name);
    return copy;
}

static bool describe(krb5_context krb, struct kerb_context *c, const krb5_creds *ticket)
{
    c->client = principal_text(krb, ticket->client);
    c->server = principal_text(krb, ticket->server);
    c->start = (int64_t)(uint32_t)ticket->times.starttime;
    if (!c->start)
        c->start = (int64_t)(uint32_t)ticket->times.authtime;
    c->expiry = (int64_t)(uint32_t)ticket->times.endtime;
    return c->client && c->server;
}

static SECURITY_STATUS own_key(krb5_context krb, struct kerb_context *c)
{
    krb5_keyblock *key = NULL;
    krb5_error_code code = krb5_auth_con_getsendsubkey(krb, c->auth, &key);
    SECURITY_STATUS status;

    if (!code && !key)
        code = krb5_auth_con_getkey(krb, c->auth, &key);
    status = kerb_status(krb, code, KERB_INITIATOR, "the key of a context");
    if (!status)
        status = key ? kerb_copy_key(key, &c->key) : SEC_E_INTERNAL_ERROR;
    krb5_free_keyblock(krb, key);
    return status;
}

static SECURITY_STATUS bindings_of(PSecBufferDesc input, uint8_t hash[KERB_BINDINGS_SIZE])
{
    PSecBuffer bindings = buffers_find(input, SECBUFFER_CHANNEL_BINDINGS);

    memset(hash, 0, KERB_BINDINGS_SIZE);
    if (bindings && bindings->cbBuffer &&
        !kerb_bindings_hash(bindings->pvBuffer, bindings->cbBuffer, hash))
        return SEC_E_INVALID_TOKEN;
    return SEC_E_OK;
}

static NTSTATUS first_leg(krb5_context krb, struct kerb_credential *credential,
                          PUNICODE_STRING target, ULONG wanted, PSecBufferDesc input,
                          PSecBufferDesc output, struct kerb_context **out, PBOOLEAN mapped,
                          PSecBuffer context_data)
{
    struct checksum_input in = {.credential = credential,
                                .delegate = (wanted & ISC_REQ_DELEGATE) != 0};
    struct kerb_context *c = NULL;
    char *name = kerb_utf8(target);
    krb5_data request = {0};
    krb5_int32 sequence = 0;
    krb5_error_code code;
    NTSTATUS status = SEC_E_TARGET_UNKNOWN;

    if (!name)
        goto out;
    status = SEC_E_INSUFFICIENT_MEMORY;
    c = secret_alloc(sizeof(*c));
    if (!c)
        goto out;
    c->initiator = true;
    c->credential = kerb_credential_hold(credential);
    /* Messages cannot be ordered or sealed without being protected. */
    if ((wanted & (ISC_REQ_CONFIDENTIALITY | ISC_REQ_REPLAY_DETECT | ISC_REQ_SEQUENCE_DETECT)) &&
        !(wanted & ISC_REQ_NO_INTEGRITY))
        wanted |= ISC_REQ_INTEGRITY;
    if (wanted & ISC_REQ_NO_INTEGRITY)
        wanted &= ~(ULONG)(ISC_REQ_INTEGRITY | ISC_REQ_CONFIDENTIALITY | ISC_REQ_REPLAY_DETECT |
                           ISC_REQ_SEQUENCE_DETECT);
    for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
        if (wanted & flags[i].request) {
            c->attributes |= flags[i].result;
            in.flags |= flags[i].gss;
        }
    }
    status = bindings_of(input, in.bindings);
    if (status)
        goto out;
    status = kerb_status(krb, kerb_target(krb, name, &c->service), KERB_INITIATOR, "a target name");
    if (status)
        goto out;
    status = kerb_service_ticket(krb, credential, c->service, &in.ticket);
    if (status)
        goto out;
    code = krb5_auth_con_init(krb, &c->auth);
    if (!code)
        code = krb5_auth_con_setflags(krb, c->auth, KRB5_AUTH_CONTEXT_DO_SEQUENCE);
    if (!code)
        code = krb5_auth_con_set_req_cksumtype(krb, c->auth, KERB_CHECKSUM_TYPE);
    if (!code)
        code = krb5_auth_con_set_checksum_func(krb, c->auth, make_checksum, &in);
    if (!code)
        code = krb5_mk_req_extended(
            krb, &c->auth,
            AP_OPTS_USE_SUBKEY | (wanted & ISC_REQ_MUTUAL_AUTH ? AP_OPTS_MUTUAL_REQUIRED : 0), NULL,
            in.ticket, &request);
    if (c->auth)
        (void)krb5_auth_con_set_checksum_func(krb, c->auth, NULL, NULL);
    free(in.made.data);
    status = kerb_status(krb, code, KERB_INITIATOR, "an AP-REQ");
    if (!status)
        status = own_key(krb, c);
    if (status)
        goto out;
    if (in.delegate)
        c->attributes |= ISC_RET_DELEGATE;
    status = SEC_E_INSUFFICIENT_MEMORY;
    if (!describe(krb, c, in.ticket))
        goto out;
    status = kerb_put_token(output, wanted, KERB_TOKEN_AP_REQ, false, &request);
    if (status)
        goto out;
    if (wanted & ISC_REQ_MUTUAL_AUTH) {
        status = SEC_I_CONTINUE_NEEDED;
    } else {
        /* The acceptor, which sends nothing, counts from our number too. */
        (void)krb5_auth_con_getlocalseqnumber(krb, c->auth, &sequence);
        status = kerb_pack(c, NULL, (uint32_t)sequence, (uint32_t)sequence, mapped, context_data);
    }
    if (status == SEC_E_OK || status == SEC_I_CONTINUE_NEEDED) {
        *out = c;
        c = NULL;
    }
out:
    krb5_free_creds(krb, in.ticket);
    krb5_free_data_contents(krb, &request);
    free(name);
    kerb_context_free(c);
    return status;
}

static NTSTATUS read_reply(krb5_context krb, struct kerb_context *c, const krb5_data *message,
                           PBOOLEAN mapped, PSecBuffer context_data)
{
    krb5_ap_rep_enc_part *reply = NULL;
    struct kerb_key acceptor_key = {0};
    krb5_int32 send = 0, receive = 0;
    NTSTATUS status =
        kerb_status(krb, krb5_rd_rep(krb, c->auth, message, &reply), KERB_INITIATOR, "an AP-REP");

    if (status) /* whoever answered does not have the service's key */
        return status == SEC_E_LOGON_DENIED || status == SEC_E_INTERNAL_ERROR
                   ? SEC_E_MUTUAL_AUTH_FAILED
                   : status;
    if (reply->subkey)
        status = kerb_copy_key(reply->subkey, &acceptor_key);
    if (!status) {
        (void)krb5_auth_con_getlocalseqnumber(krb, c->auth, &send);
        (void)krb5_auth_con_getremoteseqnumber(krb, c->auth, &receive);
        status = kerb_pack(c, reply->subkey ? &acceptor_key : NULL, (uint32_t)send,
                           (uint32_t)receive, mapped, context_data);
    }
    secret_wipe(&acceptor_key, sizeof(acceptor_key));
    krb5_free_ap_rep_enc_part(krb, reply);
    return status;
}

/* The acceptor says why not. A ticket that it cannot read is not used again: its key may have been
 * changed. */
static NTSTATUS read_error(krb5_context krb, struct kerb_context *c, const krb5_data *message)
{
    krb5_error *error = NULL;
    krb5_error_code code = krb5_rd_error(krb, message, &error);

    if (code)
        return SEC_E_INVALID_TOKEN;
    code = (krb5_error_code)error->error + ERROR_TABLE_BASE_krb5;
    krb5_free_error(krb, error);
    switch (code) {
    case KRB5KRB_AP_ERR_MODIFIED:
    case KRB5KRB_AP_ERR_BADKEYVER:
    case KRB5KRB_AP_ERR_NOKEY:
    case KRB5KRB_AP_ERR_NOT_US:
    case KRB5KRB_AP_ERR_TKT_EXPIRED:
        kerb_forget_ticket(krb, c->credential, c->service);
        break;
    default:
        break;
    }
    if (code == KRB5KRB_AP_ERR_MODIFIED)
        return SEC_E_WRONG_PRINCIPAL;
    return kerb_status(krb, code, KERB_INITIATOR, "the acceptor's answer");
}

static NTSTATUS second_leg(krb5_context krb, struct kerb_context *c, PSecBufferDesc input,
                           PSecBufferDesc output, PBOOLEAN mapped, PSecBuffer context_data)
{
    PSecBuffer in = buffers_find(input, SECBUFFER_TOKEN);
    struct kerb_token token;
    krb5_data message;
    NTSTATUS status;

    if (!in || !in->cbBuffer || c->done || !c->initiator ||
        !kerb_token_read(in->pvBuffer, in->cbBuffer, &token))
        return SEC_E_INVALID_TOKEN;
    message =
        (krb5_data){.length = (unsigned)token.body_size, .data = (char *)(uintptr_t)token.body};
    if (token.type == KERB_TOKEN_AP_REP)
        status = read_reply(krb, c, &message, mapped, context_data);
    else if (token.type == KERB_TOKEN_ERROR)
        status = read_error(krb, c, &message);
    else
        status = SEC_E_INVALID_TOKEN;
    if (!status && buffers_find(output, SECBUFFER_TOKEN))
        status = buffers_put_token(kerb_lsa, output, FALSE, "", 0);
    return status;
}

NTSTATUS NTAPI kerb_init_context(LSA_SEC_HANDLE credential, LSA_SEC_HANDLE context,
                                 PUNICODE_STRING target, ULONG requirements,
                                 ULONG data_representation, PSecBufferDesc input,
                                 PLSA_SEC_HANDLE made, PSecBufferDesc output, PULONG attributes,
                                 PTimeStamp expiry, PBOOLEAN mapped, PSecBuffer context_data)
{
    struct kerb_context *c = (struct kerb_context *)context;
    krb5_context krb;
    NTSTATUS status;

    (void)data_representation; /* the bytes of Kerberos are the same for all */
    *mapped = FALSE;
    if (!c && (requirements & REFUSED))
        return SEC_E_UNSUPPORTED_FUNCTION;
    krb = kerb_context_take();
    if (!krb)
        return SEC_E_INTERNAL_ERROR;
    if (c)
        status = second_leg(krb, c, input, output, mapped, context_data);
    else
        status = first_leg(krb, (struct kerb_credential *)credential, target, requirements, input,
                           output, &c, mapped, context_data);
    kerb_context_give(krb);
    if (status == SEC_E_OK || status == SEC_I_CONTINUE_NEEDED) {
        *made = (LSA_SEC_HANDLE)c;
        *attributes = c->attributes | (requirements & ISC_REQ_ALLOCATE_MEMORY);
        *expiry = kerb_timestamp(c->expiry);
    }
    return status;
}
