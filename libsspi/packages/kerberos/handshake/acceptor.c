/*
 * The acceptor's legs: AP-REQ in and, when the initiator wants to be sure of us, AP-REP out (RFC
 * 4121 4.1); in DCE style one more AP-REP in ([MS-KILE] 3.4.5.1); from user to user, our TGT first.
 */
#include "libsspi/packages/kerberos/kerberos.h"

#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "libsspi/packages/buffers.h"
#include "libsspi/packages/kerberos/handshake/delegation.h"
#include "libsspi/packages/kerberos/user_mode/user_mode.h"

/*
 * What the initiator has asked for; what we are asked for does not change it, as on Windows: the
 * application looks at the RET flags.
 */
static const struct flag {
    uint32_t gss;
    ULONG result;
} flags[] = {
    {KERB_GSS_MUTUAL, ASC_RET_MUTUAL_AUTH},       {KERB_GSS_REPLAY, ASC_RET_REPLAY_DETECT},
    {KERB_GSS_SEQUENCE, ASC_RET_SEQUENCE_DETECT}, {KERB_GSS_CONF, ASC_RET_CONFIDENTIALITY},
    {KERB_GSS_INTEG, ASC_RET_INTEGRITY},          {KERB_GSS_DCE_STYLE, ASC_RET_USED_DCE_STYLE},
    {KERB_GSS_IDENTIFY, ASC_RET_IDENTIFY},        {KERB_GSS_EXTENDED_ERROR, ASC_RET_EXTENDED_ERROR},
};

/* What a leg works with. */
struct leg {
    struct kerb_credential *credential;
    ULONG requirements;
    PSecBufferDesc input, output;
    PBOOLEAN mapped;
    PSecBuffer context_data;
};

/* ---- the authenticator --------------------------------------------------------------------- */

/* An ordinary checksum, over nothing (Samba's clients, [MS-KILE] 3.4.5): it must be right, and says
 * nothing of flags. */
static SECURITY_STATUS check_ordinary(krb5_context krb, struct kerb_context *c,
                                      const krb5_checksum *checksum)
{
    krb5_data empty = {.data = (char[1]){0}, .length = 0};
    krb5_keyblock *key = NULL;
    krb5_boolean valid = 0;
    krb5_error_code code = krb5_auth_con_getkey(krb, c->auth, &key);

    if (!code)
        code = krb5_c_verify_checksum(krb, key, KRB5_KEYUSAGE_AP_REQ_AUTH_CKSUM, &empty, checksum,
                                      &valid);
    krb5_free_keyblock(krb, key);
    if (code)
        return kerb_status(krb, code, KERB_ACCEPTOR, "the checksum of an authenticator");
    return valid ? SEC_E_OK : SEC_E_MESSAGE_ALTERED;
}

/* What the checksum field says: flags, and which channel. `options`: AP_OPTS_* of the request. */
static SECURITY_STATUS read_checksum(krb5_context krb, struct kerb_context *c,
                                     const struct leg *leg, krb5_flags options, uint32_t *gss)
{
    krb5_authenticator *authenticator = NULL;
    const krb5_checksum *field;
    struct kerb_checksum checksum = {.flags = 0};
    SECURITY_STATUS status =
        kerb_status(krb, krb5_auth_con_getauthenticator(krb, c->auth, &authenticator),
                    KERB_ACCEPTOR, "an authenticator");

    if (status)
        return status;
    field = authenticator->checksum;
    if (field && field->checksum_type == KERB_CHECKSUM_TYPE) {
        if (!kerb_checksum_read(field->contents, field->length, &checksum))
            status = SEC_E_INVALID_TOKEN;
        else if (checksum.flags & KERB_GSS_DCE_STYLE)
            checksum.flags |= KERB_GSS_MUTUAL;
    } else {
        if (field)
            status = check_ordinary(krb, c, field);
        checksum.flags = field ? KERB_GSS_REPLAY | KERB_GSS_SEQUENCE : 0;
        checksum.flags |= options & AP_OPTS_MUTUAL_REQUIRED ? KERB_GSS_MUTUAL : 0;
    }
    if (!status)
        status = kerb_bindings_check(krb, leg->input, leg->requirements, authenticator,
                                     checksum.bindings);
    if (!status)
        kerb_delegation_take(krb, c, &checksum, authenticator->client);
    *gss = checksum.flags;
    krb5_free_authenticator(krb, authenticator);
    return status;
}

/* The ticket's key is the keytab's, or that of our own TGT. Time stamps are checked, and with the
 * replay cache that libkrb5 is configured for. */
static krb5_error_code read_request(krb5_context krb, const struct leg *leg, struct kerb_context *c,
                                    krb5_keytab keytab, const krb5_data *message,
                                    krb5_flags *options, krb5_ticket **ticket)
{
    const struct kerb_credential *credential = leg->credential;
    krb5_principal service = NULL;
    krb5_error_code code = 0;

    /* The keys made from a password are the account's, whatever service name of it was asked for.
     */
    if (credential->accept_as && credential->source != KERB_EXPLICIT && !c->user_to_user)
        code = krb5_parse_name(krb, credential->accept_as, &service);
    if (!code && !c->auth)
        code = krb5_auth_con_init(krb, &c->auth);
    if (!code)
        code = krb5_rd_req(krb, &c->auth, message, service, keytab, options, ticket);
    if (!code)
        code = krb5_auth_con_setflags(krb, c->auth, KRB5_AUTH_CONTEXT_DO_SEQUENCE);
    krb5_free_principal(krb, service);
    return code;
}

static SECURITY_STATUS initiator_key(krb5_context krb, struct kerb_context *c)
{
    krb5_keyblock *key = NULL;
    krb5_error_code code = krb5_auth_con_getrecvsubkey(krb, c->auth, &key);
    SECURITY_STATUS status;

    if (!code && !key)
        code = krb5_auth_con_getkey(krb, c->auth, &key);
    status = kerb_status(krb, code, KERB_ACCEPTOR, "the key of a context");
    if (!status)
        status = key ? kerb_copy_key(key, &c->key) : SEC_E_INVALID_TOKEN;
    krb5_free_keyblock(krb, key);
    return status;
}

static bool describe(krb5_context krb, struct kerb_context *c, const struct leg *leg,
                     const krb5_ticket *ticket, uint32_t gss)
{
    const krb5_ticket_times *times = &ticket->enc_part2->times;

    for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
        c->attributes |= gss & flags[i].gss ? flags[i].result : 0;
    if (c->user_to_user)
        c->attributes |= ASC_RET_USE_SESSION_KEY;
    if (leg->requirements & ASC_REQ_DATAGRAM) /* they overtake each other: that is no error */
        c->attributes = (c->attributes & ~(uint32_t)ASC_RET_SEQUENCE_DETECT) | ASC_RET_DATAGRAM;
    else if (leg->requirements & ASC_REQ_CONNECTION)
        c->attributes |= ASC_RET_CONNECTION;
    c->client = kerb_unparse(krb, ticket->enc_part2->client);
    if (!c->user_to_user) /* there it is the client's word, and known from our TGT */
        c->server = kerb_unparse(krb, ticket->server);
    c->start = (int64_t)(uint32_t)(times->starttime ? times->starttime : times->authtime);
    c->expiry = (int64_t)(uint32_t)times->endtime;
    return c->client && c->server;
}

/* ---- the answer ---------------------------------------------------------------------------- */

/* An AP-REP. With a subkey of our own, but under RC4: tokens of RFC 4757 cannot tell which key they
 * are under, so that is only done in DCE style, where it is always the acceptor's. */
static SECURITY_STATUS make_reply(krb5_context krb, struct kerb_context *c, krb5_data *reply)
{
    bool assert_subkey =
        !kerb_profile(c->key.enctype)->rc4 || (c->attributes & ASC_RET_USED_DCE_STYLE);
    krb5_keyblock *key = NULL;
    krb5_error_code code = 0;
    SECURITY_STATUS status;

    if (assert_subkey)
        code = krb5_auth_con_setflags(krb, c->auth,
                                      KRB5_AUTH_CONTEXT_DO_SEQUENCE | KRB5_AUTH_CONTEXT_USE_SUBKEY);
    if (!code)
        code = krb5_mk_rep(krb, c->auth, reply);
    if (!code && assert_subkey)
        code = krb5_auth_con_getsendsubkey(krb, c->auth, &key);
    status = kerb_status(krb, code, KERB_ACCEPTOR, "an AP-REP");
    if (!status && assert_subkey)
        status = key ? kerb_copy_key(key, &c->acceptor_key) : SEC_E_INTERNAL_ERROR;
    krb5_free_keyblock(krb, key);
    return status;
}

/* The handshake is done. Who was not answered has been told no number but its own. */
static NTSTATUS finish(krb5_context krb, struct kerb_context *c, const struct leg *leg)
{
    krb5_int32 send = 0, receive = 0;
    krb5_error_code code = krb5_auth_con_getremoteseqnumber(krb, c->auth, &receive);
    NTSTATUS status;

    if (!code)
        code = krb5_auth_con_getlocalseqnumber(krb, c->auth, &send);
    if (!(c->attributes & ASC_RET_MUTUAL_AUTH))
        send = receive;
    status = kerb_status(krb, code, KERB_ACCEPTOR, "the numbers of messages");
    if (!status)
        status = kerb_pack(c, &c->acceptor_key, (uint32_t)send, (uint32_t)receive, leg->mapped,
                           leg->context_data);
    return status;
}

static NTSTATUS put_nothing(const struct leg *leg)
{
    return buffers_put_token(kerb_lsa, leg->output,
                             (leg->requirements & ASC_REQ_ALLOCATE_MEMORY) != 0, NULL, 0);
}

static NTSTATUS answer(krb5_context krb, struct kerb_context *c, const struct leg *leg)
{
    krb5_data reply = {0};
    NTSTATUS status;

    if (c->attributes & ASC_RET_MUTUAL_AUTH) {
        status = make_reply(krb, c, &reply);
        if (!status)
            status = kerb_put_token(leg->output, leg->requirements, KERB_TOKEN_AP_REP, c->framing,
                                    &reply);
    } else {
        status = put_nothing(leg);
    }
    krb5_free_data_contents(krb, &reply);
    if (!status && (c->attributes & ASC_RET_USED_DCE_STYLE)) {
        c->leg = KERB_LEG_LAST_REPLY;
        return SEC_I_CONTINUE_NEEDED;
    }
    return status ? status : finish(krb, c, leg);
}

/* ---- errors -------------------------------------------------------------------------------- */

/* The next AP-REQ is the first one again; once. */
static NTSTATUS begin_again(krb5_context krb, struct kerb_context *c, enum kerb_leg leg)
{
    krb5_auth_con_free(krb, c->auth);
    c->auth = NULL;
    c->told_error = true;
    c->leg = leg;
    return SEC_I_CONTINUE_NEEDED;
}

/* An AP-REQ that libkrb5 refuses. With another clock the initiator may try again, when both ends
 * want extended errors. */
static NTSTATUS refuse(krb5_context krb, struct kerb_context *c, const struct leg *leg,
                       krb5_error_code code)
{
    NTSTATUS status = kerb_status(krb, code, KERB_ACCEPTOR, "an AP-REQ");

    if (!(leg->requirements & ASC_REQ_EXTENDED_ERROR))
        return status;
    kerb_put_error(krb, leg->output, leg->requirements, c->framing, code);
    if (code == KRB5KRB_AP_ERR_SKEW && !c->told_error && !c->user_to_user &&
        kerb_wants_errors(krb, c))
        return begin_again(krb, c, KERB_LEG_REQUEST);
    return status;
}

/* ASC_REQ_USE_SESSION_KEY: a ticket under a long-term key will not do (RFC 4120 3.2.3). */
static NTSTATUS demand_user_to_user(krb5_context krb, struct kerb_context *c, const struct leg *leg)
{
    if (c->told_error)
        return SEC_E_UNSUPPORTED_FUNCTION;
    kerb_put_error(krb, leg->output, leg->requirements, c->framing,
                   KRB5KRB_AP_ERR_USER_TO_USER_REQUIRED);
    return begin_again(krb, c, KERB_LEG_TGT_REQUEST);
}

/* ---- the legs ------------------------------------------------------------------------------ */

static NTSTATUS accept_request(krb5_context krb, struct kerb_context *c, const struct leg *leg,
                               const krb5_data *message)
{
    krb5_keytab keytab = NULL;
    krb5_ticket *ticket = NULL;
    krb5_flags options = 0;
    krb5_error_code code;
    uint32_t gss = 0;
    NTSTATUS status = SEC_E_OK;

    /*
     * One AP-REQ and no other, whatever comes of it: libkrb5 now has the key of its ticket where
     * the key of a TGT was, and would open the next ticket with that.
     */
    c->leg = KERB_LEG_NONE;
    if (!c->user_to_user)
        status = kerb_open_keytab(krb, leg->credential, &keytab);
    if (status)
        return status;
    code = read_request(krb, leg, c, keytab, message, &options, &ticket);
    if (code) {
        status = refuse(krb, c, leg, code);
        goto out;
    }
    status = read_checksum(krb, c, leg, options, &gss);
    /* In DCE style the answer is bare, also where the request was framed (impacket's are). */
    if (gss & KERB_GSS_DCE_STYLE)
        c->framing = KERB_UNFRAMED;
    if (!status)
        status = initiator_key(krb, c);
    if (!status && !describe(krb, c, leg, ticket, gss))
        status = SEC_E_INSUFFICIENT_MEMORY;
    if (!status) {
        kerb_describe_client(krb, c, keytab, c->user_key, ticket);
        kerb_describe_channel(c, leg->input);
        kerb_delegation_keep_evidence(krb, c, ticket, message);
        status = answer(krb, c, leg);
    } else if (leg->requirements & ASC_REQ_EXTENDED_ERROR) {
        kerb_put_error(krb, leg->output, leg->requirements, c->framing, KRB5KRB_ERR_GENERIC);
    }
out:
    krb5_free_ticket(krb, ticket);
    if (keytab)
        krb5_kt_close(krb, keytab);
    return status;
}

/* The last leg of DCE style: the initiator repeats the number that only we have sent it. */
static NTSTATUS accept_reply(krb5_context krb, struct kerb_context *c, const struct leg *leg,
                             const krb5_data *message)
{
    krb5_ui_4 nonce;
    krb5_error_code code = krb5_rd_rep_dce(krb, c->auth, message, &nonce);
    NTSTATUS status = kerb_status(krb, code, KERB_ACCEPTOR, "the last leg of DCE style");

    if (!status)
        status = put_nothing(leg);
    return status ? status : finish(krb, c, leg);
}

static NTSTATUS accept_token(krb5_context krb, struct kerb_context *c, const struct leg *leg)
{
    struct kerb_token token;
    krb5_data message;

    if (c->leg == KERB_LEG_NONE)
        return SEC_E_INVALID_HANDLE;
    if (kerb_get_token(leg->input, &token, &message))
        return SEC_E_INVALID_TOKEN;
    if (c->leg == KERB_LEG_LAST_REPLY)
        return token.type == KERB_TOKEN_AP_REP ? accept_reply(krb, c, leg, &message)
                                               : SEC_E_INVALID_TOKEN;
    if (c->leg == KERB_LEG_TGT_REQUEST && token.type == KERB_TOKEN_TGT_REQ)
        return kerb_give_tgt(krb, c, leg->credential, &token, leg->output, leg->requirements);
    if (token.type != KERB_TOKEN_AP_REQ)
        return SEC_E_INVALID_TOKEN;
    c->framing = token.framing;
    if ((leg->requirements & ASC_REQ_USE_SESSION_KEY) && !c->user_to_user)
        return demand_user_to_user(krb, c, leg);
    return accept_request(krb, c, leg, &message);
}

/* Forms of the tokens that exclude each other: there are no datagrams from user to user. */
static bool impossible(ULONG requirements)
{
    return (requirements & ASC_REQ_USE_SESSION_KEY) &&
           (requirements & (ASC_REQ_DATAGRAM | ASC_REQ_USE_DCE_STYLE));
}

NTSTATUS NTAPI kerb_accept_context(LSA_SEC_HANDLE credential, LSA_SEC_HANDLE context,
                                   PSecBufferDesc input, ULONG requirements,
                                   ULONG data_representation, PLSA_SEC_HANDLE made,
                                   PSecBufferDesc output, PULONG attributes, PTimeStamp expiry,
                                   PBOOLEAN mapped, PSecBuffer context_data)
{
    struct kerb_context *c = (struct kerb_context *)context, *fresh = NULL;
    struct leg leg = {
        (struct kerb_credential *)credential, requirements, input, output, mapped, context_data};
    krb5_context krb = NULL;
    NTSTATUS status = SEC_E_INVALID_HANDLE;

    (void)data_representation;
    *mapped = FALSE;
    if (c && (c->done || c->initiator))
        goto out;
    status = SEC_E_UNSUPPORTED_FUNCTION;
    if (impossible(requirements))
        goto out;
    status = SEC_E_INSUFFICIENT_MEMORY;
    krb = kerb_context_take();
    if (!c)
        c = fresh = secret_alloc(sizeof(*c));
    if (!krb || !c)
        goto out;
    if (fresh)
        c->credential = kerb_credential_hold(leg.credential);
    leg.credential = c->credential; /* a later leg may come without it */
    status = accept_token(krb, c, &leg);
    if (!NT_SUCCESS(status))
        goto out;
    *made = (LSA_SEC_HANDLE)c;
    *attributes = c->attributes | (requirements & ASC_REQ_ALLOCATE_MEMORY);
    *expiry = kerb_timestamp(c->expiry);
    fresh = NULL;
out:
    kerb_context_give(krb);
    kerb_context_free(fresh);
    return status;
}
