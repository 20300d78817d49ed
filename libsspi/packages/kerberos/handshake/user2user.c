/*
 * User-to-user authentication (RFC 4120 3.7): who accepts has no long-term key at hand, but a
 * ticket-granting ticket. The initiator asks for it and has the KDC encrypt its service ticket
 * under that ticket's session key.
 */
#include "libsspi/packages/kerberos/kerberos.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "libsspi/packages/kerberos/handshake/tgt_token.h"

/* ---- the initiator ------------------------------------------------------------------------- */

static struct kerb_wire_text text_of(const krb5_data *data)
{
    return (struct kerb_wire_text){(const uint8_t *)data->data, data->length};
}

static NTSTATUS put(PSecBufferDesc output, ULONG requirements, uint16_t type, struct wire_writer *w)
{
    krb5_data message = {.data = (char *)w->data, .length = (unsigned)w->offset};
    NTSTATUS status = SEC_E_INSUFFICIENT_MEMORY;

    if (wire_write_ok(w))
        status = kerb_put_token(output, requirements, type, KERB_FRAMED_USER2USER, &message);
    wire_writer_free(w);
    return status;
}

NTSTATUS kerb_ask_for_tgt(krb5_context krb, struct kerb_context *c, PSecBufferDesc output,
                          ULONG requirements)
{
    struct kerb_tgt_request request = {.name_type = c->service->type,
                                       .realm = text_of(&c->service->realm)};
    struct wire_writer w = wire_writer_grow(KERB_TEXT_MAX + 256);
    NTSTATUS status;

    (void)krb;
    if (c->service->length > 0 && c->service->length <= KERB_NAME_PARTS) {
        request.parts = (size_t)c->service->length;
        for (size_t i = 0; i < request.parts; i++)
            request.part[i] = text_of(&c->service->data[i]);
    }
    kerb_tgt_request_write(&w, &request);
    status = put(output, requirements, KERB_TOKEN_TGT_REQ, &w);
    if (status)
        return status;
    c->user_to_user = true;
    c->framing = KERB_FRAMED_USER2USER;
    c->leg = KERB_LEG_TGT;
    return SEC_I_CONTINUE_NEEDED;
}

static bool is_ticket(krb5_context krb, const krb5_data *encoded)
{
    krb5_ticket *ticket = NULL;
    krb5_error_code code = krb5_decode_ticket(encoded, &ticket);

    krb5_free_ticket(krb, ticket);
    return !code;
}

/* A target without a realm is one of ours: what the acceptor's ticket says is only its word. */
static krb5_error_code complete(krb5_context krb, krb5_principal service,
                                krb5_const_principal client)
{
    krb5_error_code code;
    char *realm;

    if (service->realm.length)
        return 0;
    realm = strndup(client->realm.data, client->realm.length);
    code = realm ? krb5_set_principal_realm(krb, service, realm) : ENOMEM;
    free(realm);
    return code;
}

SECURITY_STATUS kerb_user_ticket(krb5_context krb, struct kerb_context *c,
                                 const struct kerb_token *token, krb5_creds **ticket)
{
    struct kerb_wire_text tgt;
    krb5_creds wanted = {.server = c->service};
    krb5_ccache cache = NULL;
    krb5_error_code code;

    *ticket = NULL;
    if (token->type != KERB_TOKEN_TGT_REP ||
        !kerb_tgt_reply_read(token->body, token->body_size, &tgt))
        return SEC_E_INVALID_TOKEN;
    wanted.second_ticket.data = (char *)(uintptr_t)tgt.bytes;
    wanted.second_ticket.length = (unsigned)tgt.size;
    if (!is_ticket(krb, &wanted.second_ticket))
        return SEC_E_INVALID_TOKEN;
    code = kerb_open_cache(krb, c->credential, &cache);
    if (!code)
        code = krb5_cc_get_principal(krb, cache, &wanted.client);
    if (!code)
        code = complete(krb, c->service, wanted.client);
    /* It is good for this one acceptor until its TGT is another: not worth keeping. */
    if (!code)
        code =
            krb5_get_credentials(krb, KRB5_GC_USER_USER | KRB5_GC_NO_STORE, cache, &wanted, ticket);
    krb5_free_principal(krb, wanted.client);
    if (cache)
        kerb_close_cache(krb, c->credential, cache);
    return kerb_status(krb, code, KERB_INITIATOR, "a ticket from user to user");
}

/* ---- the acceptor -------------------------------------------------------------------------- */

/* Who has keys to accept with may have tickets, too: those of its session, or of its process. */
static krb5_error_code open_cache(krb5_context krb, struct kerb_credential *credential,
                                  krb5_ccache *cache)
{
    struct kerb_credential session = {.source = KERB_SESSION, .luid = credential->luid};

    if (credential->source == KERB_MACHINE)
        return kerb_open_cache(krb, &session, cache);
    if (credential->source == KERB_PROCESS && !credential->cache)
        return krb5_cc_set_default_name(krb, NULL) ? KRB5_CC_NOTFOUND : krb5_cc_default(krb, cache);
    return kerb_open_cache(krb, credential, cache);
}

static void close_cache(krb5_context krb, struct kerb_credential *credential, krb5_ccache cache)
{
    if (credential->source == KERB_MACHINE)
        krb5_cc_destroy(krb, cache);
    else
        kerb_close_cache(krb, credential, cache);
}

/* The credential's own TGT (krb5_free_creds). */
static krb5_error_code own_tgt(krb5_context krb, struct kerb_credential *credential,
                               krb5_creds **tgt)
{
    krb5_creds wanted = {0};
    krb5_ccache cache = NULL;
    const krb5_data *realm;
    krb5_error_code code = open_cache(krb, credential, &cache);

    if (!code)
        code = krb5_cc_get_principal(krb, cache, &wanted.client);
    if (!code) {
        realm = &wanted.client->realm;
        code = krb5_build_principal_ext(krb, &wanted.server, realm->length, realm->data,
                                        KRB5_TGS_NAME_SIZE, KRB5_TGS_NAME, realm->length,
                                        realm->data, 0);
    }
    if (!code)
        code = krb5_get_credentials(krb, KRB5_GC_CACHED, cache, &wanted, tgt);
    krb5_free_principal(krb, wanted.server);
    krb5_free_principal(krb, wanted.client);
    if (cache)
        close_cache(krb, credential, cache);
    return code;
}

NTSTATUS kerb_give_tgt(krb5_context krb, struct kerb_context *c, struct kerb_credential *credential,
                       const struct kerb_token *token, PSecBufferDesc output, ULONG requirements)
{
    struct kerb_tgt_request request;
    struct kerb_wire_text ticket;
    krb5_creds *tgt = NULL;
    struct wire_writer w;
    krb5_error_code code;
    NTSTATUS status;

    if (!kerb_tgt_request_read(token->body, token->body_size, &request))
        return SEC_E_INVALID_TOKEN;
    c->leg = KERB_LEG_NONE; /* with the key of the TGT nothing but the ticket under it is opened */
    code = own_tgt(krb, credential, &tgt);
    if (!code)
        code = krb5_auth_con_init(krb, &c->auth);
    if (!code) /* libkrb5 opens the AP-REQ's ticket with it, instead of a keytab's */
        code = krb5_auth_con_setuseruserkey(krb, c->auth, &tgt->keyblock);
    if (!code)
        code = krb5_copy_keyblock(krb, &tgt->keyblock, &c->user_key);
    /* Who has no TGT cannot be asked for one: that is the acceptor's own trouble. */
    status = kerb_status(krb, code, KERB_ACCEPTOR, "the ticket to give away");
    if (!status && !(c->server = kerb_unparse(krb, tgt->client)))
        status = SEC_E_INSUFFICIENT_MEMORY;
    if (!status) {
        ticket = text_of(&tgt->ticket);
        w = wire_writer_grow(ticket.size + 64);
        kerb_tgt_reply_write(&w, &ticket);
        status = put(output, requirements, KERB_TOKEN_TGT_REP, &w);
    }
    krb5_free_creds(krb, tgt);
    if (status)
        return status;
    c->user_to_user = true;
    c->framing = KERB_FRAMED_USER2USER;
    c->leg = KERB_LEG_REQUEST;
    return SEC_I_CONTINUE_NEEDED;
}
