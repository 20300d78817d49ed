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

/* What of an AUTHENTICATE_MESSAGE is looked at in turn. */
struct answer {
    struct ntlm_authenticate m;
    uint8_t proof[NTLM_PROOF_SIZE];
    struct ntlm_bytes temp;
    struct ntlm_client_challenge client;
    struct ntlm_target_info info;
    struct ntlm_text workstation;
    struct ntlm_verified verified;
};

static SECURITY_STATUS read_answer(const struct ntlm_handshake *h, struct ntlm_bytes message,
                                   struct answer *a, struct ntlm_outcome *o)
{
    bool unicode = h->flags & NTLM_UNICODE, no_memory = false;

    if (!ntlm_authenticate_read(message.data, message.size, &a->m))
        return SEC_E_INVALID_TOKEN;
    if (!ntlm_text_read(a->m.user, unicode, &o->user, &no_memory) ||
        !ntlm_text_read(a->m.domain, unicode, &o->domain, &no_memory) ||
        !ntlm_text_read(a->m.workstation, unicode, &a->workstation, &no_memory))
        return no_memory ? SEC_E_INSUFFICIENT_MEMORY : SEC_E_INVALID_TOKEN;
    o->flags = a->m.flags & h->flags;
    /* anonymous clients have no proof; NTLM v1 and LM ones have proofs of 24 bytes and less */
    if (a->m.flags & NTLM_ANONYMOUS || a->m.nt_response.size <= NTLM_V1_RESPONSE)
        return SEC_E_LOGON_DENIED;
    if (!ntlm_v2_response_read(a->m.nt_response, a->proof, &a->temp, &a->client))
        return SEC_E_INVALID_TOKEN;
    return ntlm_flags_check(o->flags);
}

static SECURITY_STATUS check_proof(const struct ntlm_handshake *h,
                                   const struct ntlm_server_input *in, struct answer *a,
                                   struct ntlm_outcome *o)
{
    struct ntlm_claim claim = {.user = &o->user,
                               .domain = &o->domain,
                               .workstation = &a->workstation,
                               .nt_response = a->m.nt_response};
    SECURITY_STATUS status;

    memcpy(claim.challenge, h->server_challenge, sizeof(claim.challenge));
    status = in->verify(in->verify_arg, &claim, &a->verified);
    if (status)
        return status;
    /* from here on by the names that the authority gives it */
    ntlm_text_free(&o->user);
    ntlm_text_free(&o->domain);
    o->user = a->verified.user;
    o->domain = a->verified.domain;
    o->authorization = a->verified.authorization;
    o->authorization_size = a->verified.authorization_size;
    a->verified.user = a->verified.domain = (struct ntlm_text){0};
    a->verified.authorization = NULL;
    return SEC_E_OK;
}

/*
 * 3.2.5.1.2: a key the client chose comes encrypted; a client that only authenticates may leave it
 * out.
 */
static SECURITY_STATUS open_key(struct answer *a, struct ntlm_outcome *o)
{
    if (!(o->flags & NTLM_KEY_EXCH) ||
        (!a->m.session_key.size && !(o->flags & (NTLM_SIGN | NTLM_SEAL)))) {
        memcpy(o->exported, a->verified.session_base_key, NTLM_KEY_SIZE);
        return SEC_E_OK;
    }
    if (a->m.session_key.size != NTLM_KEY_SIZE)
        return SEC_E_INVALID_TOKEN;
    return ntlm_rc4k(a->verified.session_base_key, a->m.session_key.data, NTLM_KEY_SIZE,
                     o->exported)
               ? SEC_E_OK
               : SEC_E_INSUFFICIENT_MEMORY;
}

static SECURITY_STATUS check_mic(const struct ntlm_handshake *h, const struct ntlm_server_input *in,
                                 const struct answer *a, const struct ntlm_outcome *o)
{
    uint8_t expected[NTLM_MIC_SIZE];

    /*
     * a client sends a MIC only to a server with a clock: whoever took the clock out wanted to be
     * rid of the MIC
     */
    if (!a->info.has_timestamp || a->info.timestamp != h->timestamp)
        return SEC_E_MESSAGE_ALTERED;
    if (!(a->info.flags & NTLM_AV_FLAG_MIC))
        return in->policy->require_mic ? SEC_E_MESSAGE_ALTERED : SEC_E_OK;
    if (!a->m.has_mic)
        return SEC_E_INVALID_TOKEN;
    if (!ntlm_mic(h, o->exported, in->authenticate, expected))
        return SEC_E_INSUFFICIENT_MEMORY;
    return secret_equal(expected, a->m.mic, sizeof(expected)) ? SEC_E_OK : SEC_E_MESSAGE_ALTERED;
}

static SECURITY_STATUS check_bindings(const struct ntlm_server_input *in, const struct answer *a)
{
    static const uint8_t none[NTLM_BINDINGS_SIZE];
    struct ntlm_bytes theirs = a->info.channel_bindings;

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
    struct answer a = {0};
    SECURITY_STATUS status = read_answer(h, in->authenticate, &a, outcome);

    if (!status)
        status = check_proof(h, in, &a, outcome);
    if (!status && !ntlm_target_info_read(a.client.target_info, &a.info))
        status = SEC_E_INVALID_TOKEN;
    if (!status)
        status = open_key(&a, outcome);
    if (!status)
        status = check_mic(h, in, &a, outcome);
    if (!status)
        status = check_bindings(in, &a);
    if (!status && !ntlm_text_set_bytes(&outcome->target, a.info.target_name))
        status = SEC_E_INSUFFICIENT_MEMORY;
    secret_wipe(&a, sizeof(a));
    return status;
}
