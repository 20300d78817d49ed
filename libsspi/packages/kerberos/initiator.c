/*
 * The initiator: AP-REQ out and, for mutual authentication, AP-REP in (RFC 4121 4.1).
 */
#include "libsspi/packages/kerberos/kerberos.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "libsspi/packages/buffers.h"
#include "libsspi/packages/kerberos/user_mode.h"

/* Granted whenever asked for. What is neither here nor refused below is not granted: the RET flags
 * say so. */
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

/* These change the form of the tokens, so an application that asks for them could not go on
 * without. */
#define REFUSED (ISC_REQ_USE_DCE_STYLE | ISC_REQ_USE_SESSION_KEY | ISC_REQ_NULL_SESSION)
#define PROTECTED                                                                                  \
    (ISC_REQ_CONFIDENTIALITY | ISC_REQ_INTEGRITY | ISC_REQ_REPLAY_DETECT | ISC_REQ_SEQUENCE_DETECT)

/* What cannot be had without integrity brings it along. */
static ULONG normalize(ULONG wanted)
{
    if (wanted & ISC_REQ_NO_INTEGRITY)
        return wanted & ~(ULONG)PROTECTED;
    return wanted & PROTECTED ? wanted | ISC_REQ_INTEGRITY : wanted;
}

/* ---- the authenticator's checksum ---------------------------------------------------------- */

/* What it is made from, once libkrb5 has the key that a delegated ticket is encrypted with. */
struct checksum_input {
    struct kerb_credential *credential;
    krb5_creds *ticket;
    bool delegate; /* in: asked for; out: done */
    uint32_t flags;
    uint8_t bindings[KERB_BINDINGS_SIZE];
    krb5_data made; /* libkrb5 only borrows it */
};

/* A KRB-CRED message with the forwarded TGT. RFC 4121 4.1.1 wants it under the session key, libkrb5
 * would use the subkey. */
static krb5_error_code make_delegation(krb5_context krb, krb5_auth_context auth,
                                       const struct checksum_input *in, krb5_ccache cache,
                                       krb5_data *out)
{
    krb5_keyblock *subkey = NULL;
    krb5_error_code code = krb5_auth_con_getsendsubkey(krb, auth, &subkey);

    if (!code)
        code = krb5_auth_con_setsendsubkey(krb, auth, NULL);
    if (!code)
        code = krb5_fwd_tgt_creds(krb, auth, NULL, in->ticket->client, in->ticket->server, cache, 1,
                                  out);
    if (subkey && krb5_auth_con_setsendsubkey(krb, auth, subkey))
        code = ENOMEM;
    krb5_free_keyblock(krb, subkey);
    return code;
}

/* A ticket that may not be forwarded is no reason to refuse the context: delegation is not granted,
 * that is all. */
static bool delegate(krb5_context krb, krb5_auth_context auth, const struct checksum_input *in,
                     krb5_data *out)
{
    krb5_ccache cache;
    krb5_error_code code = kerb_open_cache(krb, in->credential, &cache);

    if (!code) {
        code = make_delegation(krb, auth, in, cache, out);
        kerb_close_cache(krb, in->credential, cache);
    }
    return kerb_status(krb, code, KERB_INITIATOR, "forwarding a ticket") == SEC_E_OK &&
           out->length <= UINT16_MAX;
}

/* libkrb5 calls this while it makes the AP-REQ. */
static krb5_error_code make_checksum(krb5_context krb, krb5_auth_context auth, void *arg,
                                     krb5_data **out)
{
    struct checksum_input *in = arg;
    struct kerb_checksum checksum = {.flags = in->flags};
    struct wire_writer w = wire_writer_grow(128 + UINT16_MAX);
    krb5_data message = {0};
    size_t size;

    memcpy(checksum.bindings, in->bindings, sizeof(checksum.bindings));
    in->delegate = in->delegate && delegate(krb, auth, in, &message);
    if (in->delegate) {
        checksum.flags |= KERB_GSS_DELEG;
        checksum.delegation = (const uint8_t *)message.data;
        checksum.delegation_size = message.length;
    }
    kerb_checksum_write(&w, &checksum);
    krb5_free_data_contents(krb, &message);
    in->made.data = (char *)wire_writer_take(&w, &size);
    in->made.length = (unsigned)size;
    *out = &in->made;
    return in->made.data ? 0 : ENOMEM;
}

/* ---- the first leg ------------------------------------------------------------------------- */

static krb5_error_code make_request(krb5_context krb, struct kerb_context *c,
                                    struct checksum_input *in, krb5_data *request)
{
    krb5_flags options = AP_OPTS_USE_SUBKEY;
    krb5_error_code code = krb5_auth_con_init(krb, &c->auth);

    if (c->attributes & ISC_RET_MUTUAL_AUTH)
        options |= AP_OPTS_MUTUAL_REQUIRED | AP_OPTS_ETYPE_NEGOTIATION;
    if (!code)
        code = krb5_auth_con_setflags(krb, c->auth, KRB5_AUTH_CONTEXT_DO_SEQUENCE);
    if (!code)
        code = krb5_auth_con_set_req_cksumtype(krb, c->auth, KERB_CHECKSUM_TYPE);
    if (!code)
        code = krb5_auth_con_set_checksum_func(krb, c->auth, make_checksum, in);
    if (!code)
        code = krb5_mk_req_extended(krb, &c->auth, options, NULL, in->ticket, request);
    if (c->auth) /* `in` does not outlive this leg */
        krb5_auth_con_set_checksum_func(krb, c->auth, NULL, NULL);
    free(in->made.data);
    in->made.data = NULL;
    return code;
}

static SECURITY_STATUS own_key(krb5_context krb, struct kerb_context *c)
{
    krb5_keyblock *key = NULL;
    krb5_error_code code = krb5_auth_con_getsendsubkey(krb, c->auth, &key);
    SECURITY_STATUS status = kerb_status(krb, code, KERB_INITIATOR, "the key of a context");

    if (!status)
        status = key ? kerb_copy_key(key, &c->key) : SEC_E_INTERNAL_ERROR;
    krb5_free_keyblock(krb, key);
    return status;
}

static bool describe(krb5_context krb, struct kerb_context *c, const krb5_creds *ticket)
{
    const krb5_ticket_times *times = &ticket->times;

    c->client = kerb_unparse(krb, ticket->client);
    c->server = kerb_unparse(krb, ticket->server);
    c->start = (int64_t)(uint32_t)(times->starttime ? times->starttime : times->authtime);
    c->expiry = (int64_t)(uint32_t)times->endtime;
    return c->client && c->server;
}

static SECURITY_STATUS read_bindings(PSecBufferDesc input, uint8_t hash[KERB_BINDINGS_SIZE])
{
    PSecBuffer bindings = buffers_find(input, SECBUFFER_CHANNEL_BINDINGS);

    if (bindings && bindings->cbBuffer &&
        !kerb_bindings_hash(bindings->pvBuffer, bindings->cbBuffer, hash))
        return SEC_E_BAD_BINDINGS;
    return SEC_E_OK;
}

static struct kerb_context *new_context(struct kerb_credential *credential, ULONG wanted,
                                        uint32_t *gss)
{
    struct kerb_context *c = secret_alloc(sizeof(*c));

    if (!c)
        return NULL;
    c->initiator = true;
    c->credential = kerb_credential_hold(credential);
    for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
        if (wanted & flags[i].request) {
            c->attributes |= flags[i].result;
            *gss |= flags[i].gss;
        }
    }
    return c;
}

/* Without mutual authentication there is no more to come, and the acceptor counts from our number,
 * too. */
static NTSTATUS finish_alone(krb5_context krb, struct kerb_context *c, PBOOLEAN mapped,
                             PSecBuffer context_data)
{
    const struct kerb_key none = {0};
    krb5_int32 sequence = 0;
    NTSTATUS status = kerb_status(krb, krb5_auth_con_getlocalseqnumber(krb, c->auth, &sequence),
                                  KERB_INITIATOR, "the number of a message");

    return status
               ? status
               : kerb_pack(c, &none, (uint32_t)sequence, (uint32_t)sequence, mapped, context_data);
}

static NTSTATUS first_leg(krb5_context krb, struct kerb_credential *credential,
                          PUNICODE_STRING target, ULONG wanted, PSecBufferDesc input,
                          PSecBufferDesc output, struct kerb_context **out, PBOOLEAN mapped,
                          PSecBuffer context_data)
{
    struct checksum_input in = {.credential = credential, .delegate = wanted & ISC_REQ_DELEGATE};
    struct kerb_context *c = new_context(credential, normalize(wanted), &in.flags);
    char *name = kerb_utf8(target);
    krb5_data request = {0};
    NTSTATUS status = SEC_E_INSUFFICIENT_MEMORY;

    if (!c)
        goto out;
    status = SEC_E_TARGET_UNKNOWN;
    if (!name || strlen(name) > KERB_TEXT_MAX / 2)
        goto out;
    status = read_bindings(input, in.bindings);
    if (!status)
        status =
            kerb_status(krb, kerb_target(krb, name, &c->service), KERB_INITIATOR, "a target name");
    if (!status)
        status = kerb_service_ticket(krb, credential, c->service, &in.ticket);
    if (!status)
        status = kerb_status(krb, make_request(krb, c, &in, &request), KERB_INITIATOR, "an AP-REQ");
    if (!status)
        status = own_key(krb, c);
    if (!status && !describe(krb, c, in.ticket))
        status = SEC_E_INSUFFICIENT_MEMORY;
    if (status)
        goto out;
    if (in.delegate)
        c->attributes |= ISC_RET_DELEGATE;
    status = kerb_put_token(output, wanted, KERB_TOKEN_AP_REQ, false, &request);
    if (status)
        goto out;
    status = c->attributes & ISC_RET_MUTUAL_AUTH ? SEC_I_CONTINUE_NEEDED
                                                 : finish_alone(krb, c, mapped, context_data);
    if (NT_SUCCESS(status)) {
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

/* ---- the second leg ------------------------------------------------------------------------ */

/*
 * The acceptor's subkey, if it asserts one. Tokens of RFC 4757 cannot tell which key they are
 * under, so there libkrb5 repeats the initiator's.
 */
static SECURITY_STATUS read_subkey(const struct kerb_context *c, const krb5_keyblock *subkey,
                                   struct kerb_key *key)
{
    if (!subkey || (subkey->enctype == c->key.enctype && kerb_profile(c->key.enctype)->rc4))
        return SEC_E_OK;
    return kerb_copy_key(subkey, key);
}

static NTSTATUS read_reply(krb5_context krb, struct kerb_context *c, const krb5_data *message,
                           PBOOLEAN mapped, PSecBuffer context_data)
{
    krb5_ap_rep_enc_part *reply = NULL;
    struct kerb_key acceptor_key = {0};
    krb5_int32 send = 0, receive = 0;
    krb5_error_code code = krb5_rd_rep(krb, c->auth, message, &reply);
    NTSTATUS status = kerb_status(krb, code, KERB_INITIATOR, "an AP-REP");

    if (status) /* whoever answered does not have the service's key */
        return code == ENOMEM ? SEC_E_INSUFFICIENT_MEMORY : SEC_E_MUTUAL_AUTH_FAILED;
    status = read_subkey(c, reply->subkey, &acceptor_key);
    if (!status) {
        code = krb5_auth_con_getlocalseqnumber(krb, c->auth, &send);
        if (!code)
            code = krb5_auth_con_getremoteseqnumber(krb, c->auth, &receive);
        status = kerb_status(krb, code, KERB_INITIATOR, "the numbers of messages");
    }
    if (!status)
        status =
            kerb_pack(c, &acceptor_key, (uint32_t)send, (uint32_t)receive, mapped, context_data);
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
    if (code == KRB5KRB_AP_ERR_MODIFIED || code == KRB5KRB_AP_ERR_BADKEYVER ||
        code == KRB5KRB_AP_ERR_NOKEY || code == KRB5KRB_AP_ERR_NOT_US ||
        code == KRB5KRB_AP_ERR_BAD_INTEGRITY || code == KRB5KRB_AP_ERR_TKT_EXPIRED) {
        kerb_forget_ticket(krb, c->credential, c->service);
        if (code == KRB5KRB_AP_ERR_BAD_INTEGRITY)
            code = KRB5KRB_AP_ERR_NOKEY; /* it is the service's key, not our password */
    }
    return kerb_status(krb, code ? code : KRB5KRB_ERR_GENERIC, KERB_INITIATOR,
                       "the acceptor's answer");
}

static NTSTATUS second_leg(krb5_context krb, struct kerb_context *c, PSecBufferDesc input,
                           PSecBufferDesc output, ULONG requirements, PBOOLEAN mapped,
                           PSecBuffer context_data)
{
    PSecBuffer in = buffers_find(input, SECBUFFER_TOKEN);
    struct kerb_token token;
    krb5_data message;
    NTSTATUS status;

    if (c->done || !c->initiator)
        return SEC_E_INVALID_HANDLE;
    if (!in || !kerb_token_read(in->pvBuffer, in->cbBuffer, &token))
        return SEC_E_INVALID_TOKEN;
    message =
        (krb5_data){.length = (unsigned)token.body_size, .data = (char *)(uintptr_t)token.body};
    if (token.type == KERB_TOKEN_AP_REP)
        status = read_reply(krb, c, &message, mapped, context_data);
    else if (token.type == KERB_TOKEN_ERROR)
        status = read_error(krb, c, &message);
    else
        status = SEC_E_INVALID_TOKEN;
    if (!status) /* nothing more to send */
        status = buffers_put_token(kerb_lsa, output, (requirements & ISC_REQ_ALLOCATE_MEMORY) != 0,
                                   NULL, 0);
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
        status = second_leg(krb, c, input, output, requirements, mapped, context_data);
    else
        status = first_leg(krb, (struct kerb_credential *)credential, target, requirements, input,
                           output, &c, mapped, context_data);
    kerb_context_give(krb);
    if (NT_SUCCESS(status)) {
        *made = (LSA_SEC_HANDLE)c;
        *attributes = c->attributes | (requirements & ISC_REQ_ALLOCATE_MEMORY);
        *expiry = kerb_timestamp(c->expiry);
    }
    return status;
}
