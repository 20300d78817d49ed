/*
 * The server's side, [MS-NLMP] 3.2.5.1.
 */
#include "libsspi/packages/ntlm/handshake.h"

#include <stdlib.h>
#include <string.h>

#include "base/secret.h"

/* What a client may have when it asks for it. */
#define GRANTABLE                                                                                  \
    (NTLM_REQUEST_TARGET | NTLM_SIGN | NTLM_SEAL | NTLM_ALWAYS_SIGN | NTLM_EXTENDED_SECURITY |     \
     NTLM_IDENTIFY | NTLM_VERSION | NTLM_128 | NTLM_KEY_EXCH | NTLM_56)

static SECURITY_STATUS grant(uint32_t asked, const struct ntlm_machine *machine, uint32_t *flags)
{
    *flags = (asked & GRANTABLE) | NTLM_NTLM | NTLM_TARGET_INFO;
    if (asked & NTLM_UNICODE)
        *flags |= NTLM_UNICODE;
    else if (asked & NTLM_OEM)
        *flags |= NTLM_OEM;
    else
        return SEC_E_INVALID_TOKEN;
    if (asked & NTLM_REQUEST_TARGET)
        *flags |= machine->in_domain ? NTLM_TARGET_TYPE_DOMAIN : NTLM_TARGET_TYPE_SERVER;
    if (asked & NTLM_DATAGRAM)
        return SEC_E_UNSUPPORTED_FUNCTION;
    return ntlm_flags_check(*flags);
}

SECURITY_STATUS ntlm_server_challenge(struct ntlm_handshake *h, struct ntlm_bytes negotiate,
                                      const struct ntlm_machine *machine, struct wire_writer *token)
{
    struct wire_writer info = wire_writer_grow(NTLM_MESSAGE_MAX);
    const struct ntlm_target_info names = {
        .nb_computer = ntlm_text_bytes(&machine->nb_computer),
        .nb_domain = ntlm_text_bytes(&machine->nb_domain),
        .dns_computer = ntlm_text_bytes(&machine->dns_computer),
        .dns_domain = ntlm_text_bytes(&machine->dns_domain),
        .has_timestamp = true,
        .timestamp = ntlm_now(),
    };
    struct ntlm_negotiate asked;
    struct ntlm_challenge m = {0};
    char *oem = NULL;
    SECURITY_STATUS status = SEC_E_INVALID_TOKEN;

    if (!ntlm_negotiate_read(negotiate.data, negotiate.size, &asked))
        goto out;
    status = grant(asked.flags, machine, &m.flags);
    if (status)
        goto out;
    status = SEC_E_INTERNAL_ERROR;
    if (!secret_random(m.server_challenge, sizeof(m.server_challenge)))
        goto out;
    status = SEC_E_INSUFFICIENT_MEMORY;
    if (m.flags & NTLM_REQUEST_TARGET &&
        !ntlm_text_write(machine->in_domain ? &machine->nb_domain : &machine->nb_computer,
                         m.flags & NTLM_UNICODE, &m.target_name, &oem))
        goto out;
    ntlm_target_info_write(&info, &names);
    m.target_info = (struct ntlm_bytes){info.data, info.offset};
    if (m.flags & NTLM_VERSION)
        m.version = NTLM_OUR_VERSION;
    ntlm_challenge_write(token, &m);
    if (!wire_write_ok(&info) || !wire_write_ok(token) ||
        !ntlm_keep(&h->negotiate, negotiate.data, negotiate.size) ||
        !ntlm_keep(&h->challenge, token->data, token->offset))
        goto out;
    h->flags = m.flags;
    h->timestamp = names.timestamp;
    memcpy(h->server_challenge, m.server_challenge, sizeof(h->server_challenge));
    status = SEC_E_OK;
out:
    free(oem);
    wire_writer_free(&info);
    return status;
}

/*
 * The part of a name before '@' is the account's, the part behind it the domain's, when the client
 * sent no domain.
 */
static bool is_upn_of(const struct ntlm_text *upn, const struct ntlm_account *account)
{
    WCHAR at = upn->units > account->user.units ? upn->string[account->user.units] : 0;
    struct ntlm_text user = {0}, domain = {0};
    bool same;

    if (at != u'@')
        return false;
    if (!ntlm_text_set(&user, upn->string, account->user.units))
        return false;
    domain.string = upn->string + account->user.units + 1;
    domain.units = upn->units - account->user.units - 1;
    same = ntlm_text_same(&user, &account->user) &&
           (!account->domain.units || ntlm_text_same(&domain, &account->domain));
    ntlm_text_free(&user);
    return same;
}

static bool is_account(const struct ntlm_outcome *o, const struct ntlm_account *account)
{
    if (!account->user.units)
        return false;
    if (ntlm_text_same(&o->user, &account->user))
        return !account->domain.units || ntlm_text_same(&o->domain, &account->domain);
    return !o->domain.units && is_upn_of(&o->user, account);
}

/* What of an AUTHENTICATE_MESSAGE is looked at in turn. */
struct claim {
    struct ntlm_authenticate m;
    uint8_t proof[NTLM_PROOF_SIZE];
    struct ntlm_bytes temp;
    struct ntlm_client_challenge client;
    struct ntlm_target_info info;
    uint8_t ntowf[NTLM_KEY_SIZE], base_key[NTLM_KEY_SIZE];
};

static SECURITY_STATUS read_claim(const struct ntlm_handshake *h, struct ntlm_bytes message,
                                  struct claim *c, struct ntlm_outcome *o)
{
    bool unicode = h->flags & NTLM_UNICODE, no_memory = false;

    if (!ntlm_authenticate_read(message.data, message.size, &c->m))
        return SEC_E_INVALID_TOKEN;
    if (!ntlm_text_read(c->m.user, unicode, &o->user, &no_memory) ||
        !ntlm_text_read(c->m.domain, unicode, &o->domain, &no_memory))
        return no_memory ? SEC_E_INSUFFICIENT_MEMORY : SEC_E_INVALID_TOKEN;
    o->flags = c->m.flags & h->flags;
    /* anonymous clients have no proof; NTLM v1 and LM ones have proofs of 24 bytes and less */
    if (c->m.flags & NTLM_ANONYMOUS || c->m.nt_response.size <= NTLM_V1_RESPONSE)
        return SEC_E_LOGON_DENIED;
    if (!ntlm_v2_response_read(c->m.nt_response, c->proof, &c->temp, &c->client))
        return SEC_E_INVALID_TOKEN;
    return ntlm_flags_check(o->flags);
}

/*
 * The same work for every client, so that time does not tell whether it was the name or the
 * password.
 */
static SECURITY_STATUS check_proof(const struct ntlm_handshake *h,
                                   const struct ntlm_account *account, struct claim *c,
                                   const struct ntlm_outcome *o)
{
    uint8_t expected[NTLM_PROOF_SIZE];
    SECURITY_STATUS status = SEC_E_INSUFFICIENT_MEMORY;

    if (ntlm_ntowf_v2(account->nt_hash, o->user.string, o->user.units, o->domain.string,
                      o->domain.units, c->ntowf) &&
        ntlm_nt_proof(c->ntowf, h->server_challenge, c->temp, expected) &&
        ntlm_session_base_key_v2(c->ntowf, expected, c->base_key)) {
        bool right = secret_equal(expected, c->proof, sizeof(expected));

        status = is_account(o, account) && right ? SEC_E_OK : SEC_E_LOGON_DENIED;
    }
    secret_wipe(expected, sizeof(expected));
    return status;
}

/*
 * 3.2.5.1.2: a key the client chose comes encrypted; a client that only authenticates may leave it
 * out.
 */
static SECURITY_STATUS open_key(struct claim *c, struct ntlm_outcome *o)
{
    if (!(o->flags & NTLM_KEY_EXCH) ||
        (!c->m.session_key.size && !(o->flags & (NTLM_SIGN | NTLM_SEAL)))) {
        memcpy(o->exported, c->base_key, NTLM_KEY_SIZE);
        return SEC_E_OK;
    }
    if (c->m.session_key.size != NTLM_KEY_SIZE)
        return SEC_E_INVALID_TOKEN;
    return ntlm_rc4k(c->base_key, c->m.session_key.data, NTLM_KEY_SIZE, o->exported)
               ? SEC_E_OK
               : SEC_E_INSUFFICIENT_MEMORY;
}

static SECURITY_STATUS check_mic(const struct ntlm_handshake *h, const struct ntlm_server_input *in,
                                 const struct claim *c, const struct ntlm_outcome *o)
{
    uint8_t expected[NTLM_MIC_SIZE];

    /*
     * a client sends a MIC only to a server with a clock: whoever took the clock out wanted to be
     * rid of the MIC
     */
    if (!c->info.has_timestamp || c->info.timestamp != h->timestamp)
        return SEC_E_MESSAGE_ALTERED;
    if (!(c->info.flags & NTLM_AV_FLAG_MIC))
        return in->require_mic ? SEC_E_MESSAGE_ALTERED : SEC_E_OK;
    if (!c->m.has_mic)
        return SEC_E_INVALID_TOKEN;
    if (!ntlm_mic(h, o->exported, in->authenticate, expected))
        return SEC_E_INSUFFICIENT_MEMORY;
    return secret_equal(expected, c->m.mic, sizeof(expected)) ? SEC_E_OK : SEC_E_MESSAGE_ALTERED;
}

static SECURITY_STATUS check_bindings(const struct ntlm_server_input *in, const struct claim *c)
{
    static const uint8_t none[NTLM_BINDINGS_SIZE];
    struct ntlm_bytes theirs = c->info.channel_bindings;

    if (!in->bindings)
        return SEC_E_OK;
    if (!theirs.size || secret_equal(theirs.data, none, sizeof(none)))
        return in->allow_missing_bindings ? SEC_E_OK : SEC_E_BAD_BINDINGS;
    return secret_equal(theirs.data, in->bindings, NTLM_BINDINGS_SIZE) ? SEC_E_OK
                                                                       : SEC_E_BAD_BINDINGS;
}

SECURITY_STATUS ntlm_server_verify(struct ntlm_handshake *h, const struct ntlm_server_input *in,
                                   struct ntlm_outcome *outcome)
{
    struct claim c = {0};
    SECURITY_STATUS status = read_claim(h, in->authenticate, &c, outcome);

    if (!status)
        status = check_proof(h, in->account, &c, outcome);
    if (!status && !ntlm_target_info_read(c.client.target_info, &c.info))
        status = SEC_E_INVALID_TOKEN;
    if (!status)
        status = open_key(&c, outcome);
    if (!status)
        status = check_mic(h, in, &c, outcome);
    if (!status)
        status = check_bindings(in, &c);
    if (!status && !ntlm_text_set_bytes(&outcome->target, c.info.target_name))
        status = SEC_E_INSUFFICIENT_MEMORY;
    secret_wipe(&c, sizeof(c));
    return status;
}
