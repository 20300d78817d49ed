/*
 * What a client delegates: the acceptor gets its forwarded ticket in the checksum field of the
 * authenticator (RFC 4121 4.1.1), and keeps it in a network logon session of its own, from which
 * credentials can be acquired as from anybody's. A service that a domain lets delegate on its own
 * keeps the ticket that it was shown.
 */
#include "libsspi/packages/kerberos/handshake/delegation.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/secret.h"
#include "libsspi/packages/kerberos/handshake/tgt_token.h"

/* RFC 4121 has it under the session key; MIT's initiators of old, under the subkey. */
static krb5_error_code read_message(krb5_context krb, krb5_auth_context auth,
                                    const struct kerb_checksum *checksum, krb5_creds ***creds)
{
    krb5_error_code (*const keys[])(krb5_context, krb5_auth_context, krb5_keyblock **) = {
        krb5_auth_con_getkey, krb5_auth_con_getrecvsubkey};
    krb5_error_code code = KRB5KRB_AP_ERR_NOKEY;

    *creds = NULL;
    for (size_t i = 0; code && i < sizeof(keys) / sizeof(keys[0]); i++) {
        krb5_keyblock *key = NULL;

        if (!keys[i](krb, auth, &key) && key)
            code = kerb_cred_read(krb, checksum->delegation, checksum->delegation_size, key, creds);
        krb5_free_keyblock(krb, key);
    }
    return code;
}

/* A TGT of that client which is good now. */
static bool is_tgt(krb5_context krb, const krb5_creds *creds, krb5_const_principal client)
{
    const krb5_principal_data *server = creds->server;

    return server && server->length == 2 && server->data[0].length == KRB5_TGS_NAME_SIZE &&
           memcmp(server->data[0].data, KRB5_TGS_NAME, KRB5_TGS_NAME_SIZE) == 0 && creds->client &&
           krb5_principal_compare(krb, creds->client, client) && kerb_ticket_left(krb, creds) > 0;
}

/* 63 random bits, in the part of the numbers that Windows gives to nobody of its own. */
static bool choose_luid(LUID *luid)
{
    uint64_t number;

    if (!secret_random(&number, sizeof(number)))
        return false;
    luid->LowPart = (DWORD)number;
    luid->HighPart = (LONG)(number >> 33) | 1 << 29;
    return true;
}

static bool put_account(krb5_context krb, const LUID *luid, krb5_const_principal client)
{
    char *name = kerb_unparse(krb, client);
    bool put = name && NT_SUCCESS(kerb_store_put(luid, KERB_KEY_ACCOUNT, name, strlen(name)));

    free(name);
    return put;
}

static krb5_error_code keep(krb5_context krb, krb5_creds *tgt, LUID *luid)
{
    krb5_error_code code;

    if (!kerb_may_store(tgt->ticket.length) || !choose_luid(luid) ||
        !NT_SUCCESS(kerb_lsa->CreateLogonSession(luid)))
        return KRB5_CC_WRITE;
    code = put_account(krb, luid, tgt->client) ? kerb_ticket_put(krb, luid, KERB_KEY_TGT, tgt)
                                               : KRB5_CC_WRITE;
    if (code)
        (void)kerb_lsa->DeleteLogonSession(luid);
    return code;
}

void kerb_delegation_take(krb5_context krb, struct kerb_context *c,
                          const struct kerb_checksum *checksum, krb5_const_principal client)
{
    krb5_creds **creds = NULL;
    krb5_error_code code;
    LUID luid;

    if (!(checksum->flags & KERB_GSS_DELEG) || !checksum->delegation_size)
        return;
    code = read_message(krb, c->auth, checksum, &creds);
    if (!code)
        code = KRB5_CC_NOTFOUND;
    for (size_t i = 0; creds && creds[i]; i++) {
        if (!is_tgt(krb, creds[i], client))
            continue;
        code = keep(krb, creds[i], &luid);
        break;
    }
    if (creds)
        krb5_free_tgt_creds(krb, creds);
    if (!code) {
        c->logon = luid;
        c->attributes |= ASC_RET_DELEGATE;
    } else {
        log_debug("Kerberos: what a client delegated is left out: error %ld", (long)code);
    }
}

void kerb_delegation_keep_evidence(krb5_context krb, struct kerb_context *c,
                                   const krb5_ticket *ticket, const krb5_data *request)
{
    const krb5_enc_tkt_part *part = ticket->enc_part2;
    krb5_creds evidence = {.client = part->client,
                           .server = ticket->server,
                           .keyblock = *part->session,
                           .times = part->times,
                           .ticket_flags = part->flags};
    struct kerb_wire_text bytes;
    LUID luid;

    /* A user that must not be delegated, or does not want to be, is not. */
    if (!c->credential->keeps_evidence || c->logon.LowPart || c->logon.HighPart ||
        c->user_to_user || (c->attributes & ASC_RET_IDENTIFY) ||
        !(part->flags & TKT_FLG_FORWARDABLE) ||
        !kerb_ap_req_ticket(request->data, request->length, &bytes))
        return;
    evidence.ticket.data = (char *)(uintptr_t)bytes.bytes;
    evidence.ticket.length = (unsigned)bytes.size;
    if (!choose_luid(&luid) || !NT_SUCCESS(kerb_lsa->CreateLogonSession(&luid)))
        return;
    if (!put_account(krb, &luid, part->client) ||
        kerb_ticket_put(krb, &luid, KERB_KEY_EVIDENCE, &evidence))
        (void)kerb_lsa->DeleteLogonSession(&luid);
    else
        c->logon = luid;
}

void kerb_delegation_drop(struct kerb_context *c)
{
    if (!c->done && (c->logon.LowPart || c->logon.HighPart))
        (void)kerb_lsa->DeleteLogonSession(&c->logon);
}
