/*
 * The initiator's AP-REQ: the flags of a context, the "checksum" that states them (RFC 4121 4.1.1),
 * the ticket that is forwarded in it.
 */
#include "libsspi/packages/kerberos/kerberos.h"

#include <errno.h>
#include <profile.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"

/* ---- flags --------------------------------------------------------------------------------- */

/* Granted whenever asked for. What is neither here nor below is not granted: the RET flags say so.
 * ISC_REQ_STREAM is among those: Kerberos has no messages of its own to cut a stream into. */
static const struct flag {
    ULONG request, result;
    uint32_t gss;
} flags[] = {
    {ISC_REQ_MUTUAL_AUTH, ISC_RET_MUTUAL_AUTH, KERB_GSS_MUTUAL},
    {ISC_REQ_REPLAY_DETECT, ISC_RET_REPLAY_DETECT, KERB_GSS_REPLAY},
    {ISC_REQ_SEQUENCE_DETECT, ISC_RET_SEQUENCE_DETECT, KERB_GSS_SEQUENCE},
    {ISC_REQ_CONFIDENTIALITY, ISC_RET_CONFIDENTIALITY, KERB_GSS_CONF},
    {ISC_REQ_INTEGRITY, ISC_RET_INTEGRITY, KERB_GSS_INTEG},
    {ISC_REQ_USE_DCE_STYLE, ISC_RET_USED_DCE_STYLE, KERB_GSS_DCE_STYLE},
    {ISC_REQ_IDENTIFY, ISC_RET_IDENTIFY, KERB_GSS_IDENTIFY},
    {ISC_REQ_EXTENDED_ERROR, ISC_RET_EXTENDED_ERROR, KERB_GSS_EXTENDED_ERROR},
    {ISC_REQ_CONNECTION, ISC_RET_CONNECTION, 0},
    {ISC_REQ_DATAGRAM, ISC_RET_DATAGRAM, 0},
};

#define PROTECTED                                                                                  \
    (ISC_REQ_CONFIDENTIALITY | ISC_REQ_INTEGRITY | ISC_REQ_REPLAY_DETECT | ISC_REQ_SEQUENCE_DETECT)

static ULONG normalize(ULONG wanted)
{
    /* Three legs are there to prove both ends ([MS-KILE] 3.4.5.1). */
    if (wanted & ISC_REQ_USE_DCE_STYLE)
        wanted |= ISC_REQ_MUTUAL_AUTH;
    /* Datagrams get lost and overtake each other: that is no error. */
    if (wanted & ISC_REQ_DATAGRAM)
        wanted &= ~(ULONG)(ISC_REQ_SEQUENCE_DETECT | ISC_REQ_CONNECTION);
    if (wanted & ISC_REQ_NO_INTEGRITY)
        return wanted & ~(ULONG)PROTECTED;
    /* What cannot be had without integrity brings it along. */
    return wanted & PROTECTED ? wanted | ISC_REQ_INTEGRITY : wanted;
}

void kerb_request_flags(struct kerb_context *c)
{
    ULONG wanted = normalize(c->wanted);

    for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
        c->attributes |= wanted & flags[i].request ? flags[i].result : 0;
}

static uint32_t gss_flags(const struct kerb_context *c)
{
    uint32_t gss = 0;

    for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
        gss |= c->attributes & flags[i].result ? flags[i].gss : 0;
    return gss;
}

/* ---- the authenticator's checksum ---------------------------------------------------------- */

/* What it is made from, once libkrb5 has the key that a delegated ticket is encrypted with. */
struct checksum_input {
    struct kerb_context *context;
    krb5_creds *ticket;
    bool delegate;  /* in: asked for; out: done */
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

/* Whether the KDC must have said that this service may be trusted with it; krb5.conf(5). */
static bool only_to_delegates(krb5_context krb)
{
    struct _profile_t *profile = NULL;
    int enforce = 0;

    if (krb5_get_profile(krb, &profile))
        return true;
    if (profile_get_boolean(profile, "libdefaults", "enforce_ok_as_delegate", NULL, 0, &enforce))
        enforce = 1;
    profile_release(profile);
    return enforce;
}

/* A ticket that may not be forwarded is no reason to refuse the context: delegation is not granted,
 * that is all. */
static bool delegate(krb5_context krb, krb5_auth_context auth, const struct checksum_input *in,
                     krb5_data *out)
{
    struct kerb_credential *credential = in->context->credential;
    krb5_ccache cache;
    krb5_error_code code;

    if (!(in->ticket->ticket_flags & TKT_FLG_OK_AS_DELEGATE) && only_to_delegates(krb))
        return false;
    code = kerb_open_cache_of(krb, credential, in->ticket->client, &cache);
    if (!code) {
        code = make_delegation(krb, auth, in, cache, out);
        kerb_close_cache(krb, credential, cache);
    }
    return kerb_status(krb, code, KERB_INITIATOR, "forwarding a ticket") == SEC_E_OK &&
           out->length <= UINT16_MAX;
}

/* libkrb5 calls this while it makes the AP-REQ. */
static krb5_error_code make_checksum(krb5_context krb, krb5_auth_context auth, void *arg,
                                     krb5_data **out)
{
    struct checksum_input *in = arg;
    struct kerb_checksum checksum = {.flags = gss_flags(in->context)};
    struct wire_writer w = wire_writer_grow(128 + UINT16_MAX);
    krb5_data message = {0};
    size_t size;

    memcpy(checksum.bindings, in->context->bindings, sizeof(checksum.bindings));
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

/* ---- the message --------------------------------------------------------------------------- */

static krb5_error_code make_message(krb5_context krb, struct kerb_context *c,
                                    struct checksum_input *in, krb5_data *request)
{
    krb5_flags options = AP_OPTS_USE_SUBKEY;
    krb5_creds ticket = *in->ticket;
    krb5_error_code code = krb5_auth_con_init(krb, &c->auth);

    if (c->attributes & ISC_RET_MUTUAL_AUTH)
        options |= AP_OPTS_MUTUAL_REQUIRED | AP_OPTS_ETYPE_NEGOTIATION;
    if (c->user_to_user)
        options |= AP_OPTS_USE_SESSION_KEY;
    ticket.authdata = NULL;
    if (!code)
        code = kerb_ap_options(krb, c->wanted, &ticket.authdata);
    if (!code)
        code = krb5_auth_con_setflags(krb, c->auth, KRB5_AUTH_CONTEXT_DO_SEQUENCE);
    if (!code)
        code = krb5_auth_con_set_req_cksumtype(krb, c->auth, KERB_CHECKSUM_TYPE);
    if (!code)
        code = krb5_auth_con_set_checksum_func(krb, c->auth, make_checksum, in);
    if (!code)
        code = krb5_mk_req_extended(krb, &c->auth, options, NULL, &ticket, request);
    if (c->auth) /* `in` does not outlive this leg */
        krb5_auth_con_set_checksum_func(krb, c->auth, NULL, NULL);
    krb5_free_authdata(krb, ticket.authdata);
    free(in->made.data);
    in->made.data = NULL;
    return code;
}

/* By the clock of the acceptor: in a context of its own, for the pool's are everybody's. */
static krb5_error_code make_message_at(krb5_context krb, struct kerb_context *c,
                                       struct checksum_input *in, const krb5_error *skew,
                                       krb5_data *request)
{
    krb5_context other = NULL;
    krb5_error_code code;

    if (!skew)
        return make_message(krb, c, in, request);
    code = krb5_copy_context(krb, &other);
    if (!code)
        code = krb5_set_real_time(other, skew->stime, skew->susec);
    if (!code)
        code = make_message(other, c, in, request);
    krb5_free_context(other);
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

/* The service with the realm that a referral ended in: libkrb5 leaves the name as it was asked for.
 */
static char *name_in_ticket(krb5_context krb, const krb5_creds *ticket)
{
    krb5_ticket *decoded = NULL;
    char *name;

    if (ticket->server->realm.length || krb5_decode_ticket(&ticket->ticket, &decoded))
        return kerb_unparse(krb, ticket->server);
    name = kerb_unparse(krb, decoded->server);
    krb5_free_ticket(krb, decoded);
    return name;
}

static bool describe(krb5_context krb, struct kerb_context *c, const krb5_creds *ticket)
{
    const krb5_ticket_times *times = &ticket->times;

    free(c->client);
    free(c->server);
    c->client = kerb_unparse(krb, ticket->client);
    c->server = name_in_ticket(krb, ticket);
    c->start = (int64_t)(uint32_t)(times->starttime ? times->starttime : times->authtime);
    c->expiry = (int64_t)(uint32_t)times->endtime;
    return c->client && c->server;
}

SECURITY_STATUS kerb_make_request(krb5_context krb, struct kerb_context *c, krb5_creds *ticket,
                                  const krb5_error *skew, krb5_data *request)
{
    struct checksum_input in = {
        .context = c, .ticket = ticket, .delegate = c->wanted & ISC_REQ_DELEGATE};
    SECURITY_STATUS status;

    krb5_auth_con_free(krb, c->auth); /* of the AP-REQ before this one */
    c->auth = NULL;
    status =
        kerb_status(krb, make_message_at(krb, c, &in, skew, request), KERB_INITIATOR, "an AP-REQ");
    if (!status)
        status = own_key(krb, c);
    if (!status && !describe(krb, c, ticket))
        status = SEC_E_INSUFFICIENT_MEMORY;
    if (!status)
        kerb_describe_service(c, ticket, NULL);
    c->attributes &= ~(uint32_t)ISC_RET_DELEGATE;
    if (in.delegate)
        c->attributes |= ISC_RET_DELEGATE;
    if (c->user_to_user)
        c->attributes |= ISC_RET_USE_SESSION_KEY;
    return status;
}
