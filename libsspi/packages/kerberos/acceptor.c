/*
 * The acceptor: AP-REQ in and, when the initiator wants to be sure of us, AP-REP out (RFC
 * 4121 4.1).
 */
#include "libsspi/packages/kerberos/kerberos.h"

#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "libsspi/packages/buffers.h"
#include "libsspi/packages/kerberos/user_mode.h"

/*
 * What the initiator has asked for; what we are asked for does not change it, as on Windows: the
 * application looks at the RET flags. A delegated ticket could not be used here yet, so
 * ASC_RET_DELEGATE is not among them.
 */
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

#define REFUSED (ASC_REQ_USE_DCE_STYLE | ASC_REQ_USE_SESSION_KEY)

/* ---- channel bindings ---------------------------------------------------------------------- */

#define AP_OPTIONS     143    /* KERB_AUTH_DATA_AP_OPTIONS, [MS-KILE] 2.2.6 */
#define AP_OPTIONS_CBT 0x4000 /* the initiator knows about channel bindings */

/* The initiator's machine sends bindings whenever there is a channel: then there was none. */
static bool bindings_aware(krb5_context krb, const krb5_authenticator *authenticator)
{
    krb5_authdata **found = NULL;
    struct wire_reader r;
    bool aware;

    if (krb5_find_authdata(krb, NULL, authenticator->authorization_data, AP_OPTIONS, &found) ||
        !found)
        return false;
    r = wire_reader(found[0]->contents, found[0]->length);
    aware = wire_u32le(&r) & AP_OPTIONS_CBT;
    krb5_free_authdata(krb, found);
    return aware;
}

/* Extended protection: the channel we are given must be the one the initiator saw. */
static SECURITY_STATUS check_bindings(krb5_context krb, PSecBufferDesc input, ULONG requirements,
                                      const krb5_authenticator *authenticator,
                                      const uint8_t seen[KERB_BINDINGS_SIZE])
{
    static const uint8_t none[KERB_BINDINGS_SIZE];
    PSecBuffer bindings = buffers_find(input, SECBUFFER_CHANNEL_BINDINGS);
    uint8_t hash[KERB_BINDINGS_SIZE];

    if (!bindings || !bindings->cbBuffer)
        return SEC_E_OK;
    if (!kerb_bindings_hash(bindings->pvBuffer, bindings->cbBuffer, hash))
        return SEC_E_BAD_BINDINGS;
    if (secret_equal(hash, seen, sizeof(hash)))
        return SEC_E_OK;
    if ((requirements & ASC_REQ_ALLOW_MISSING_BINDINGS) && secret_equal(seen, none, sizeof(none)) &&
        !bindings_aware(krb, authenticator))
        return SEC_E_OK;
    return SEC_E_BAD_BINDINGS;
}

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
static SECURITY_STATUS read_checksum(krb5_context krb, struct kerb_context *c, PSecBufferDesc input,
                                     ULONG requirements, krb5_flags options, uint32_t *gss)
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
            status = SEC_E_UNSUPPORTED_FUNCTION; /* a third leg would follow */
    } else {
        if (field)
            status = check_ordinary(krb, c, field);
        checksum.flags = field ? KERB_GSS_REPLAY | KERB_GSS_SEQUENCE : 0;
        checksum.flags |= options & AP_OPTS_MUTUAL_REQUIRED ? KERB_GSS_MUTUAL : 0;
    }
    if (!status)
        status = check_bindings(krb, input, requirements, authenticator, checksum.bindings);
    *gss = checksum.flags;
    krb5_free_authenticator(krb, authenticator);
    return status;
}

/* Time stamps are checked, and with the replay cache that libkrb5 is configured for. */
static krb5_error_code read_request(krb5_context krb, struct kerb_credential *credential,
                                    struct kerb_context *c, krb5_keytab keytab,
                                    const krb5_data *message, krb5_flags *options,
                                    krb5_ticket **ticket)
{
    krb5_principal service = NULL;
    krb5_error_code code = 0;

    /* The keys made from a password are the account's, whatever service name of it was asked for.
     */
    if (credential->accept_as && credential->source != KERB_EXPLICIT)
        code = krb5_parse_name(krb, credential->accept_as, &service);
    if (!code)
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

/* ---- the answer ---------------------------------------------------------------------------- */

/* An AP-REP. With a subkey of our own, but under RC4: tokens of RFC 4757 cannot tell which key they
 * are under. */
static SECURITY_STATUS make_reply(krb5_context krb, struct kerb_context *c, krb5_data *reply,
                                  struct kerb_key *subkey)
{
    bool assert_subkey = !kerb_profile(c->key.enctype)->rc4;
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
        status = key ? kerb_copy_key(key, subkey) : SEC_E_INTERNAL_ERROR;
    krb5_free_keyblock(krb, key);
    return status;
}

/* A KRB-ERROR that tells the initiator why, for ASC_REQ_EXTENDED_ERROR. The status of the call
 * stays what it is. */
static void put_error(krb5_context krb, PSecBufferDesc output, ULONG requirements,
                      krb5_error_code code)
{
    krb5_error_code number = code - ERROR_TABLE_BASE_krb5;
    krb5_error error = {.error = KRB5KRB_ERR_GENERIC - ERROR_TABLE_BASE_krb5};
    krb5_data message = {0};

    if (number > 0 && number < 128) /* RFC 4120 7.5.9: those of the protocol */
        error.error = (krb5_ui_4)number;
    if (krb5_us_timeofday(krb, &error.stime, &error.susec) ||
        krb5_build_principal(krb, &error.server, 0, "", "acceptor", NULL))
        return;
    if (!krb5_mk_error(krb, &error, &message))
        kerb_put_token(output, requirements, KERB_TOKEN_ERROR, false, &message);
    krb5_free_data_contents(krb, &message);
    krb5_free_principal(krb, error.server);
}

static bool describe(krb5_context krb, struct kerb_context *c, const krb5_ticket *ticket,
                     uint32_t gss)
{
    const krb5_ticket_times *times = &ticket->enc_part2->times;

    for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
        c->attributes |= gss & flags[i].gss ? flags[i].result : 0;
    c->client = kerb_unparse(krb, ticket->enc_part2->client);
    c->server = kerb_unparse(krb, ticket->server);
    c->start = (int64_t)(uint32_t)(times->starttime ? times->starttime : times->authtime);
    c->expiry = (int64_t)(uint32_t)times->endtime;
    return c->client && c->server;
}

static NTSTATUS answer(krb5_context krb, struct kerb_context *c, const struct kerb_token *token,
                       ULONG requirements, PSecBufferDesc output, PBOOLEAN mapped,
                       PSecBuffer context_data)
{
    struct kerb_key subkey = {0};
    krb5_data reply = {0};
    krb5_int32 send = 0, receive = 0;
    krb5_error_code code = krb5_auth_con_getremoteseqnumber(krb, c->auth, &receive);
    NTSTATUS status = SEC_E_OK;

    if (c->attributes & ASC_RET_MUTUAL_AUTH) {
        status = make_reply(krb, c, &reply, &subkey);
        if (!code)
            code = krb5_auth_con_getlocalseqnumber(krb, c->auth, &send);
        if (!status)
            status = kerb_put_token(output, requirements, KERB_TOKEN_AP_REP, token->microsoft_oid,
                                    &reply);
    } else {
        send = receive; /* nothing tells the initiator another number */
        status = buffers_put_token(kerb_lsa, output, (requirements & ASC_REQ_ALLOCATE_MEMORY) != 0,
                                   NULL, 0);
    }
    if (!status)
        status = kerb_status(krb, code, KERB_ACCEPTOR, "the numbers of messages");
    if (!status)
        status = kerb_pack(c, &subkey, (uint32_t)send, (uint32_t)receive, mapped, context_data);
    secret_wipe(&subkey, sizeof(subkey));
    krb5_free_data_contents(krb, &reply);
    return status;
}

static NTSTATUS accept_token(krb5_context krb, struct kerb_credential *credential,
                             ULONG requirements, PSecBufferDesc input, PSecBufferDesc output,
                             struct kerb_context *c, PBOOLEAN mapped, PSecBuffer context_data)
{
    PSecBuffer in = buffers_find(input, SECBUFFER_TOKEN);
    krb5_keytab keytab = NULL;
    krb5_ticket *ticket = NULL;
    krb5_flags options = 0;
    krb5_error_code code;
    struct kerb_token token;
    krb5_data message;
    uint32_t gss = 0;
    NTSTATUS status;

    if (!in || !kerb_token_read(in->pvBuffer, in->cbBuffer, &token) ||
        token.type != KERB_TOKEN_AP_REQ)
        return SEC_E_INVALID_TOKEN;
    message =
        (krb5_data){.length = (unsigned)token.body_size, .data = (char *)(uintptr_t)token.body};
    status = kerb_open_keytab(krb, credential, &keytab);
    if (status)
        return status;
    code = read_request(krb, credential, c, keytab, &message, &options, &ticket);
    status = kerb_status(krb, code, KERB_ACCEPTOR, "an AP-REQ");
    if (status && (requirements & ASC_REQ_EXTENDED_ERROR))
        put_error(krb, output, requirements, code);
    if (!status)
        status = read_checksum(krb, c, input, requirements, options, &gss);
    if (!status)
        status = initiator_key(krb, c);
    if (!status && !describe(krb, c, ticket, gss))
        status = SEC_E_INSUFFICIENT_MEMORY;
    if (!status && (requirements & ASC_REQ_CONNECTION))
        c->attributes |= ASC_RET_CONNECTION;
    if (!status)
        status = answer(krb, c, &token, requirements, output, mapped, context_data);
    krb5_free_ticket(krb, ticket);
    krb5_kt_close(krb, keytab);
    return status;
}

NTSTATUS NTAPI kerb_accept_context(LSA_SEC_HANDLE credential, LSA_SEC_HANDLE context,
                                   PSecBufferDesc input, ULONG requirements,
                                   ULONG data_representation, PLSA_SEC_HANDLE made,
                                   PSecBufferDesc output, PULONG attributes, PTimeStamp expiry,
                                   PBOOLEAN mapped, PSecBuffer context_data)
{
    struct kerb_context *c = NULL;
    krb5_context krb = NULL;
    NTSTATUS status = SEC_E_INVALID_HANDLE;

    (void)data_representation;
    *mapped = FALSE;
    if (context) /* there is one leg only, and it is done */
        goto out;
    status = SEC_E_UNSUPPORTED_FUNCTION;
    if (requirements & REFUSED)
        goto out;
    status = SEC_E_INSUFFICIENT_MEMORY;
    krb = kerb_context_take();
    c = secret_alloc(sizeof(*c));
    if (!krb || !c)
        goto out;
    status = accept_token(krb, (struct kerb_credential *)credential, requirements, input, output, c,
                          mapped, context_data);
    if (status)
        goto out;
    *made = (LSA_SEC_HANDLE)c;
    *attributes = c->attributes | (requirements & ASC_REQ_ALLOCATE_MEMORY);
    *expiry = kerb_timestamp(c->expiry);
    c = NULL;
out:
    kerb_context_give(krb);
    kerb_context_free(c);
    return status;
}
