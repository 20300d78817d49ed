/*
 * The initiator's legs: AP-REQ out and, for mutual authentication, AP-REP in (RFC 4121 4.1); in DCE
 * style one more AP-REP out ([MS-KILE] 3.4.5.1); from user to user, the acceptor's TGT first.
 */
#include "libsspi/packages/kerberos/kerberos.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/reason.h"
#include "base/secret.h"
#include "libsspi/packages/buffers.h"
#include "libsspi/packages/kerberos/user_mode/user_mode.h"

/* What a leg answers with. */
struct answer {
    ULONG requirements;
    PSecBufferDesc output;
    PBOOLEAN mapped;
    PSecBuffer context_data;
};

/* Forms of the tokens that exclude each other; an application that asks for them could not go on
 * without. "SSPI Context Semantics": there are no datagrams from user to user. */
static bool impossible(ULONG wanted)
{
    return (wanted & ISC_REQ_NULL_SESSION) ||
           ((wanted & ISC_REQ_USE_SESSION_KEY) &&
            (wanted & (ISC_REQ_DATAGRAM | ISC_REQ_USE_DCE_STYLE)));
}

static NTSTATUS put_message(const struct answer *a, uint16_t type, const struct kerb_context *c,
                            const krb5_data *message)
{
    return kerb_put_token(a->output, a->requirements, type, c->framing, message);
}

/* ---- the AP-REQ ---------------------------------------------------------------------------- */

/* Without mutual authentication there is no more to come, and the acceptor counts from our number,
 * too. */
static NTSTATUS finish_alone(krb5_context krb, struct kerb_context *c, const struct answer *a)
{
    const struct kerb_key none = {0};
    krb5_int32 sequence = 0;
    NTSTATUS status = kerb_status(krb, krb5_auth_con_getlocalseqnumber(krb, c->auth, &sequence),
                                  KERB_INITIATOR, "the number of a message");

    return status ? status
                  : kerb_pack(c, &none, (uint32_t)sequence, (uint32_t)sequence, a->mapped,
                              a->context_data);
}

static NTSTATUS send_request(krb5_context krb, struct kerb_context *c, krb5_creds *ticket,
                             const krb5_error *skew, const struct answer *a)
{
    krb5_data request = {0};
    NTSTATUS status = kerb_make_request(krb, c, ticket, skew, &request);

    if (!status)
        status = put_message(a, KERB_TOKEN_AP_REQ, c, &request);
    krb5_free_data_contents(krb, &request);
    if (status)
        return status;
    c->leg = KERB_LEG_REPLY;
    return c->attributes & ISC_RET_MUTUAL_AUTH ? SEC_I_CONTINUE_NEEDED : finish_alone(krb, c, a);
}

/* ---- the first leg ------------------------------------------------------------------------- */

/* A ticket for the first thing that the target's name can mean and the KDC knows of. */
static SECURITY_STATUS find_ticket(krb5_context krb, struct kerb_context *c, const char *name,
                                   krb5_creds **ticket)
{
    SECURITY_STATUS status = kerb_service_ticket(krb, c->credential, c->service, ticket);
    krb5_principal other;

    if (status != SEC_E_TARGET_UNKNOWN || kerb_other_target(krb, name, &other))
        return status;
    krb5_free_principal(krb, c->service);
    c->service = other;
    return kerb_service_ticket(krb, c->credential, c->service, ticket);
}

/* The KDC gives tickets for this account from user to user only (RFC 4120 3.7.1), and said so. */
static bool must_be_user_to_user(SECURITY_STATUS status, ULONG wanted)
{
    return status && reason_get()->code == KRB5KDC_ERR_MUST_USE_USER2USER &&
           !impossible(wanted | ISC_REQ_USE_SESSION_KEY);
}

static NTSTATUS begin(krb5_context krb, struct kerb_context *c, const char *name,
                      const struct answer *a)
{
    krb5_creds *ticket = NULL;
    NTSTATUS status =
        kerb_status(krb, kerb_target(krb, name, &c->service), KERB_INITIATOR, "a target name");

    if (!status && !(c->credential->use & SECPKG_CRED_OUTBOUND))
        status = SEC_E_NO_CREDENTIALS;
    if (status)
        return status;
    if (c->wanted & ISC_REQ_USE_SESSION_KEY)
        return kerb_ask_for_tgt(krb, c, a->output, a->requirements);
    status = find_ticket(krb, c, name, &ticket);
    if (!status) {
        status = send_request(krb, c, ticket, NULL, a);
    } else if (must_be_user_to_user(status, c->wanted)) {
        reason_clear();
        status = kerb_ask_for_tgt(krb, c, a->output, a->requirements);
    }
    krb5_free_creds(krb, ticket);
    return status;
}

static NTSTATUS first_leg(krb5_context krb, struct kerb_credential *credential,
                          PUNICODE_STRING target, PSecBufferDesc input, const struct answer *a,
                          struct kerb_context **out)
{
    struct kerb_context *c = secret_alloc(sizeof(*c));
    char *name = kerb_utf8(target);
    NTSTATUS status = SEC_E_INSUFFICIENT_MEMORY;

    if (!c)
        goto out;
    c->initiator = true;
    c->credential = kerb_credential_hold(credential);
    c->wanted = a->requirements;
    c->framing = c->wanted & ISC_REQ_USE_DCE_STYLE ? KERB_UNFRAMED : KERB_FRAMED_KRB5;
    kerb_request_flags(c);
    status = SEC_E_TARGET_UNKNOWN;
    if (!name || strlen(name) > KERB_TEXT_MAX / 2)
        goto out;
    status = kerb_bindings_given(input, c->bindings);
    kerb_describe_channel(c, input);
    c->about.target = name;
    if (!status)
        status = begin(krb, c, name, a);
    name = NULL;
    if (NT_SUCCESS(status)) {
        *out = c;
        c = NULL;
    }
out:
    free(name);
    kerb_context_free(c);
    return status;
}

/* ---- the acceptor's AP-REP ----------------------------------------------------------------- */

/*
 * The acceptor's subkey, if it asserts one. Tokens of RFC 4757 cannot tell which key they are
 * under, so there libkrb5 repeats the initiator's; in DCE style it is always the acceptor's.
 */
static SECURITY_STATUS read_subkey(const struct kerb_context *c, const krb5_keyblock *subkey,
                                   struct kerb_key *key)
{
    if (!subkey || (subkey->enctype == c->key.enctype && kerb_profile(c->key.enctype)->rc4 &&
                    !(c->attributes & ISC_RET_USED_DCE_STYLE)))
        return SEC_E_OK;
    return kerb_copy_key(subkey, key);
}

/* The third leg of DCE style; of any other there is none. */
static NTSTATUS answer_reply(krb5_context krb, struct kerb_context *c, const struct answer *a)
{
    krb5_data reply = {0};
    NTSTATUS status;

    if (!(c->attributes & ISC_RET_USED_DCE_STYLE))
        return buffers_put_token(kerb_lsa, a->output,
                                 (a->requirements & ISC_REQ_ALLOCATE_MEMORY) != 0, NULL, 0);
    status = kerb_status(krb, krb5_mk_rep_dce(krb, c->auth, &reply), KERB_INITIATOR,
                         "the last leg of DCE style");
    if (!status)
        status = put_message(a, KERB_TOKEN_AP_REP, c, &reply);
    krb5_free_data_contents(krb, &reply);
    return status;
}

static NTSTATUS read_reply(krb5_context krb, struct kerb_context *c, const krb5_data *message,
                           const struct answer *a)
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
        status = answer_reply(krb, c, a);
    if (!status)
        status = kerb_pack(c, &acceptor_key, (uint32_t)send, (uint32_t)receive, a->mapped,
                           a->context_data);
    secret_wipe(&acceptor_key, sizeof(acceptor_key));
    krb5_free_ap_rep_enc_part(krb, reply);
    return status;
}

/* ---- the acceptor's KRB-ERROR -------------------------------------------------------------- */

/* The acceptor's clock is another. Who did not ask for extended errors does not ask to be given the
 * time by somebody unknown, either. */
static NTSTATUS try_again(krb5_context krb, struct kerb_context *c, const krb5_error *error,
                          const struct answer *a)
{
    krb5_creds *ticket = NULL;
    NTSTATUS status = kerb_service_ticket(krb, c->credential, c->service, &ticket);

    if (!status)
        status = send_request(krb, c, ticket, error, a);
    krb5_free_creds(krb, ticket);
    return status;
}

/* A ticket that the acceptor cannot read is not used again: its key may have been changed. */
static bool is_of_ticket(krb5_error_code code)
{
    return code == KRB5KRB_AP_ERR_MODIFIED || code == KRB5KRB_AP_ERR_BADKEYVER ||
           code == KRB5KRB_AP_ERR_NOKEY || code == KRB5KRB_AP_ERR_NOT_US ||
           code == KRB5KRB_AP_ERR_BAD_INTEGRITY || code == KRB5KRB_AP_ERR_TKT_EXPIRED;
}

/* The acceptor says why not. Twice the handshake is not begun anew. */
static NTSTATUS read_error(krb5_context krb, struct kerb_context *c, const krb5_data *message,
                           const struct answer *a)
{
    krb5_error *error = NULL;
    krb5_error_code code = kerb_read_error(krb, message, &error);
    bool once = c->told_error;
    NTSTATUS status;

    if (!error)
        return SEC_E_INVALID_TOKEN;
    c->told_error = true;
    if (!once && !c->user_to_user && code == KRB5KRB_AP_ERR_SKEW &&
        (c->attributes & ISC_RET_EXTENDED_ERROR)) {
        status = try_again(krb, c, error, a);
        goto out;
    }
    if (!once && !c->user_to_user && code == KRB5KRB_AP_ERR_USER_TO_USER_REQUIRED &&
        !impossible(c->wanted | ISC_REQ_USE_SESSION_KEY)) {
        status = kerb_ask_for_tgt(krb, c, a->output, a->requirements);
        goto out;
    }
    if (is_of_ticket(code) && !c->user_to_user)
        kerb_forget_ticket(krb, c->credential, c->service);
    if (code == KRB5KRB_AP_ERR_BAD_INTEGRITY)
        code = KRB5KRB_AP_ERR_NOKEY; /* it is the service's key, not our password */
    status = kerb_status(krb, code, KERB_INITIATOR, "the acceptor's answer");
out:
    krb5_free_error(krb, error);
    return status;
}

/* ---- later legs ---------------------------------------------------------------------------- */

static NTSTATUS read_tgt(krb5_context krb, struct kerb_context *c, const struct kerb_token *token,
                         const struct answer *a)
{
    krb5_creds *ticket = NULL;
    NTSTATUS status = kerb_user_ticket(krb, c, token, &ticket);

    if (!status)
        status = send_request(krb, c, ticket, NULL, a);
    krb5_free_creds(krb, ticket);
    return status;
}

static NTSTATUS later_leg(krb5_context krb, struct kerb_context *c, PSecBufferDesc input,
                          const struct answer *a)
{
    struct kerb_token token;
    krb5_data message;

    if (c->done || !c->initiator)
        return SEC_E_INVALID_HANDLE;
    if (kerb_get_token(input, &token, &message))
        return SEC_E_INVALID_TOKEN;
    /* Bare messages are those of DCE style. */
    if (token.framing == KERB_UNFRAMED && c->framing != KERB_UNFRAMED)
        return SEC_E_INVALID_TOKEN;
    if (token.type == KERB_TOKEN_ERROR)
        return read_error(krb, c, &message, a);
    if (c->leg == KERB_LEG_TGT)
        return read_tgt(krb, c, &token, a);
    return token.type == KERB_TOKEN_AP_REP ? read_reply(krb, c, &message, a) : SEC_E_INVALID_TOKEN;
}

NTSTATUS NTAPI kerb_init_context(LSA_SEC_HANDLE credential, LSA_SEC_HANDLE context,
                                 PUNICODE_STRING target, ULONG requirements,
                                 ULONG data_representation, PSecBufferDesc input,
                                 PLSA_SEC_HANDLE made, PSecBufferDesc output, PULONG attributes,
                                 PTimeStamp expiry, PBOOLEAN mapped, PSecBuffer context_data)
{
    const struct answer answer = {requirements, output, mapped, context_data};
    struct kerb_context *c = (struct kerb_context *)context;
    krb5_context krb;
    NTSTATUS status;

    (void)data_representation; /* the bytes of Kerberos are the same for all */
    *mapped = FALSE;
    if (!c && impossible(requirements))
        return SEC_E_UNSUPPORTED_FUNCTION;
    krb = kerb_context_take();
    if (!krb)
        return SEC_E_INTERNAL_ERROR;
    if (c)
        status = later_leg(krb, c, input, &answer);
    else
        status = first_leg(krb, (struct kerb_credential *)credential, target, input, &answer, &c);
    kerb_context_give(krb);
    if (NT_SUCCESS(status)) {
        *made = (LSA_SEC_HANDLE)c;
        *attributes = c->attributes | (requirements & ISC_REQ_ALLOCATE_MEMORY);
        *expiry = kerb_timestamp(c->expiry);
    }
    return status;
}
