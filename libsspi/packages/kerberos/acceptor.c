/*
 * The acceptor: AP-REQ in and, when the initiator wants to be sure of us, AP-REP out (RFC
 * 4121 4.1).
 */
#include "libsspi/packages/kerberos/kerberos.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/secret.h"
#include "libsspi/packages/buffers.h"
#include "libsspi/packages/kerberos/user_mode.h"

static const struct flag {
    uint32_t gss;
    ULONG result;
} flags[] = {
    {KERB_GSS_MUTUAL, ASC_RET_MUTUAL_AUTH},
    {KERB_GSS_REPLAY, ASC_RET_REPLAY_DETECT},
    {KERB_GSS_SEQUENCE, ASC_RET_SEQUENCE_DETECT},
    {KERB_GSS_CONF, ASC_RET_CONFIDENTIALITY},
    {KERB_GSS_INTEG, ASC_RET_INTEGRITY},
    {KERB_GSS_IDENTIFY, ASC_RET_IDENTIFY},
    {KERB_GSS_EXTENDED_ERROR, ASC_RET_EXTENDED_ERROR},
};

/* What an application must have from the initiator, or not at all. */
static bool lacks_required(ULONG requirements, uint32_t gss)
{
    return ((requirements & ASC_REQ_CONFIDENTIALITY) && !(gss & KERB_GSS_CONF)) ||
           ((requirements & ASC_REQ_INTEGRITY) && !(gss & KERB_GSS_INTEG)) ||
           ((requirements & ASC_REQ_MUTUAL_AUTH) && !(gss & KERB_GSS_MUTUAL));
}

/* Extended protection: what we were given must be what the initiator saw. */
static SECURITY_STATUS check_bindings(PSecBufferDesc input, ULONG requirements,
                                      const uint8_t seen[KERB_BINDINGS_SIZE])
{
    static const uint8_t none[KERB_BINDINGS_SIZE];
    PSecBuffer bindings = buffers_find(input, SECBUFFER_CHANNEL_BINDINGS);
    uint8_t hash[KERB_BINDINGS_SIZE];

    if (!bindings || !bindings->cbBuffer)
        return SEC_E_OK;
    if (!kerb_bindings_hash(bindings->pvBuffer, bindings->cbBuffer, hash))
        return SEC_E_INVALID_TOKEN;
    if (secret_equal(hash, seen, sizeof(hash)))
        return SEC_E_OK;
    if ((requirements & ASC_REQ_ALLOW_MISSING_BINDINGS) && secret_equal(seen, none, sizeof(none)))
        return SEC_E_OK;
    return SEC_E_BAD_BINDINGS;
}

static SECURITY_STATUS read_request(krb5_context krb, struct kerb_credential *credential,
                                    struct kerb_context *c, const krb5_data *message,
                                    krb5_ticket **ticket)
{
    krb5_keytab keytab = NULL;
    krb5_principal service = NULL;
    krb5_flags options = 0;
    krb5_error_code code = 0;
    SECURITY_STATUS status = kerb_open_keytab(krb, credential, &keytab);

    if (status)
        return status;
    if (credential->accept_as)
        code = krb5_parse_name(krb, credential->accept_as, &service);
    /* DO_TIME makes krb5_rd_req use the replay cache; afterwards the time of messages is of no
     * interest. */
    if (!code)
        code = krb5_auth_con_init(krb, &c->auth);
    if (!code)
        code = krb5_auth_con_setflags(krb, c->auth,
                                      KRB5_AUTH_CONTEXT_DO_TIME | KRB5_AUTH_CONTEXT_DO_SEQUENCE);
    if (!code)
        code = krb5_rd_req(krb, &c->auth, message, service, keytab, &options, ticket);
    if (!code)
        code = krb5_auth_con_setflags(krb, c->auth,
                                      KRB5_AUTH_CONTEXT_DO_SEQUENCE | KRB5_AUTH_CONTEXT_USE_SUBKEY);
    status = kerb_status(krb, code, KERB_ACCEPTOR, "an AP-REQ");
    krb5_free_principal(krb, service);
    krb5_kt_close(krb, keytab);
    return status;
}

/* What the authenticator's checksum field says. */
static SECURITY_STATUS read_checksum(krb5_context krb, struct kerb_context *c, PSecBufferDesc input,
                                     ULONG requirements, uint32_t *gss)
{
    krb5_authenticator *authenticator = NULL;
    struct kerb_checksum checksum;
    SECURITY_STATUS status =
        kerb_status(krb, krb5_auth_con_getauthenticator(krb, c->auth, &authenticator),
                    KERB_ACCEPTOR, "an authenticator");

    if (status)
        return status;
    status = SEC_E_INVALID_TOKEN;
    if (!authenticator->checksum || authenticator->checksum->checksum_type != KERB_CHECKSUM_TYPE ||
        !kerb_checksum_read(authenticator->checksum->contents, authenticator->checksum->length,
                            &checksum))
        goto out;
    *gss = checksum.flags;
    status = SEC_E_UNSUPPORTED_FUNCTION;
    if (checksum.flags & KERB_GSS_DCE_STYLE)
        goto out;
    status = check_bindings(input, requirements, checksum.bindings);
out:
    krb5_free_authenticator(krb, authenticator);
    return status;
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

static SECURITY_STATUS own_subkey(krb5_context krb, struct kerb_context *c, struct kerb_key *out)
{
    krb5_keyblock *key = NULL;
    SECURITY_STATUS status = kerb_status(krb, krb5_auth_con_getsendsubkey(krb, c->auth, &key),
                                         KERB_ACCEPTOR, "our own subkey");

    if (!status)
        status = key ? kerb_copy_key(key, out) : SEC_E_INTERNAL_ERROR;
    krb5_free_keyblock(krb, key);
    return status;
}

static char *principal_text(krb5_context krb, krb5_const_principal principal)
{
    char *name, *copy;

    if (krb5_unparse_name(krb, principal, &name))
        return NULL;
    copy = strdup(name);
    krb5_free_unparsed_name(krb, name);
    return copy;
}

static bool describe(krb5_context krb, struct kerb_context *c, const krb5_ticket *ticket)
{
    const krb5_enc_tkt_part *part = ticket->enc_part2;

    c->client = principal_text(krb, part->client);
    c->server = principal_text(krb, ticket->server);
    c->start =
        (int64_t)(uint32_t)(part->times.starttime ? part->times.starttime : part->times.authtime);
    c->expiry = (int64_t)(uint32_t)part->times.endtime;
    return c->client && c->server;
}

static NTSTATUS accept(krb5_context krb, struct kerb_credential *credential, ULONG requirements,
                       PSecBufferDesc input, PSecBufferDesc output, struct kerb_context **out,
                       PBOOLEAN mapped, PSecBuffer context_data)
{
    PSecBuffer in = buffers_find(input, SECBUFFER_TOKEN);
    struct kerb_context *c = NULL;
    struct kerb_key subkey = {0};
    struct kerb_token token;
    krb5_data message, reply = {0};
    krb5_ticket *ticket = NULL;
    krb5_int32 send = 0, receive = 0;
    uint32_t gss = 0;
    NTSTATUS status = SEC_E_INVALID_TOKEN;

    if (!in || !in->cbBuffer || !kerb_token_read(in->pvBuffer, in->cbBuffer, &token) ||
        token.type != KERB_TOKEN_AP_REQ)
        goto out;
    message =
        (krb5_data){.length = (unsigned)token.body_size, .data = (char *)(uintptr_t)token.body};
    status = SEC_E_INSUFFICIENT_MEMORY;
    c = secret_alloc(sizeof(*c));
    if (!c)
        goto out;
    c->credential = kerb_credential_hold(credential);
    status = read_request(krb, credential, c, &message, &ticket);
    if (!status)
        status = read_checksum(krb, c, input, requirements, &gss);
    if (!status && lacks_required(requirements, gss))
        status = SEC_E_UNSUPPORTED_FUNCTION;
    if (!status)
        status = initiator_key(krb, c);
    if (status)
        goto out;
    for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
        if (gss & flags[i].gss)
            c->attributes |= flags[i].result;
    if (requirements & ASC_REQ_CONNECTION)
        c->attributes |= ASC_RET_CONNECTION;
    status = SEC_E_INSUFFICIENT_MEMORY;
    if (!describe(krb, c, ticket))
        goto out;
    (void)krb5_auth_con_getremoteseqnumber(krb, c->auth, &receive);
    if (gss & KERB_GSS_MUTUAL) {
        status = kerb_status(krb, krb5_mk_rep(krb, c->auth, &reply), KERB_ACCEPTOR, "an AP-REP");
        if (!status)
            status = own_subkey(krb, c, &subkey);
        if (!status)
            status = kerb_put_token(output, requirements, KERB_TOKEN_AP_REP, token.microsoft_oid,
                                    &reply);
        (void)krb5_auth_con_getlocalseqnumber(krb, c->auth, &send);
    } else {
        status = buffers_find(output, SECBUFFER_TOKEN)
                     ? buffers_put_token(kerb_lsa, output, FALSE, "", 0)
                     : SEC_E_OK;
        send = receive; /* nothing told the initiator another number */
    }
    if (!status)
        status = kerb_pack(c, gss & KERB_GSS_MUTUAL ? &subkey : NULL, (uint32_t)send,
                           (uint32_t)receive, mapped, context_data);
    if (!status) {
        *out = c;
        c = NULL;
    }
out:
    secret_wipe(&subkey, sizeof(subkey));
    krb5_free_data_contents(krb, &reply);
    krb5_free_ticket(krb, ticket);
    kerb_context_free(c);
    return status;
}

NTSTATUS NTAPI kerb_accept_context(LSA_SEC_HANDLE credential, LSA_SEC_HANDLE context,
                                   PSecBufferDesc input, ULONG requirements,
                                   ULONG data_representation, PLSA_SEC_HANDLE made,
                                   PSecBufferDesc output, PULONG attributes, PTimeStamp expiry,
                                   PBOOLEAN mapped, PSecBuffer context_data)
{
    struct kerb_context *c = NULL;
    krb5_context krb;
    NTSTATUS status;

    (void)data_representation;
    *mapped = FALSE;
    if (context) /* there is one leg only, and it is done */
        return SEC_E_INVALID_TOKEN;
    if (requirements & (ASC_REQ_USE_DCE_STYLE | ASC_REQ_USE_SESSION_KEY))
        return SEC_E_UNSUPPORTED_FUNCTION;
    krb = kerb_context_take();
    if (!krb)
        return SEC_E_INTERNAL_ERROR;
    status = accept(krb, (struct kerb_credential *)credential, requirements, input, output, &c,
                    mapped, context_data);
    kerb_context_give(krb);
    if (status == SEC_E_OK) {
        *made = (LSA_SEC_HANDLE)c;
        *attributes = c->attributes | (requirements & ASC_REQ_ALLOCATE_MEMORY);
        *expiry = kerb_timestamp(c->expiry);
    }
    return status;
}
