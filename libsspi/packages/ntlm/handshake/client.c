/*
 * The client's side, [MS-NLMP] 3.1.5.1 and 3.1.5.2.
 */
#include "libsspi/packages/ntlm/handshake/client.h"

#include <stdlib.h>
#include <string.h>

#include "base/reason.h"
#include "base/secret.h"

/* What every client of ours can do and asks for. */
#define OFFER                                                                                      \
    (NTLM_UNICODE | NTLM_OEM | NTLM_REQUEST_TARGET | NTLM_NTLM | NTLM_ALWAYS_SIGN | NTLM_VERSION | \
     NTLM_128 | NTLM_56)

/* A key is exchanged where it is used: as Windows does, and 3.1.5.1.2 reads. */
static uint32_t offer(const struct ntlm_policy *policy, uint32_t wanted)
{
    uint32_t flags = OFFER | wanted;

    if (wanted & (NTLM_SIGN | NTLM_SEAL | NTLM_DATAGRAM))
        flags |= NTLM_KEY_EXCH;
    if (policy->level > 0)
        flags |= NTLM_EXTENDED_SECURITY;
    if (policy->level <= NTLM_LEVEL_SENDS_LM)
        flags |= NTLM_LM_KEY;
    return flags;
}

SECURITY_STATUS ntlm_client_negotiate(struct ntlm_handshake *h, const struct ntlm_policy *policy,
                                      uint32_t wanted, struct wire_writer *token)
{
    struct ntlm_negotiate m = {.flags = offer(policy, wanted), .version = NTLM_OUR_VERSION};

    h->flags = m.flags;
    h->datagram = wanted & NTLM_DATAGRAM;
    if (h->datagram)
        return SEC_E_OK;
    ntlm_negotiate_write(token, &m);
    if (!wire_write_ok(token) || !ntlm_keep(&h->negotiate, token->data, token->offset))
        return SEC_E_INSUFFICIENT_MEMORY;
    return SEC_E_OK;
}

static SECURITY_STATUS lacks(const char *what)
{
    reason_set(0, "the server does not grant %s, which was asked for", what);
    return SEC_E_UNSUPPORTED_FUNCTION;
}

/* A key of LM needs the hash of LM, and a response of version 1 without session security. */
static bool can_lm_key(const struct ntlm_client_input *in, uint32_t flags)
{
    return in->account && in->account->has_lm_hash && in->policy->level <= NTLM_LEVEL_SENDS_LM &&
           !(flags & NTLM_EXTENDED_SECURITY);
}

/* The flags both agree on, or why that is not enough. */
static SECURITY_STATUS agree(const struct ntlm_handshake *h, const struct ntlm_client_input *in,
                             uint32_t granted, uint32_t *flags)
{
    uint32_t asked = h->flags & (NTLM_SIGN | NTLM_SEAL);

    *flags = h->flags & (granted | NTLM_REQUEST_TARGET);
    if (*flags & NTLM_UNICODE)
        *flags &= ~NTLM_OEM;
    else if (!(*flags & NTLM_OEM))
        return SEC_E_INVALID_TOKEN;
    if (!can_lm_key(in, *flags))
        *flags &= ~NTLM_LM_KEY;
    if (asked & NTLM_SEAL & ~*flags)
        return lacks("encryption");
    if (asked & ~*flags)
        return lacks("signatures");
    if (h->datagram && ~*flags & (NTLM_DATAGRAM | NTLM_KEY_EXCH))
        return lacks("datagrams");
    return ntlm_flags_check(*flags, in->policy->minimum_client, "minimum_client_security");
}

/*
 * 3.1.5.1.2: the session key is the client's own choice, sent under the KeyExchangeKey, or that key
 * itself.
 */
static bool exchange_key(struct ntlm_answer *a, uint8_t exported[NTLM_KEY_SIZE])
{
    if (!(a->m.flags & NTLM_KEY_EXCH)) {
        memcpy(exported, a->key_exchange_key, NTLM_KEY_SIZE);
        return true;
    }
    memcpy(exported, a->random.session_key, NTLM_KEY_SIZE);
    a->m.session_key = (struct ntlm_bytes){a->encrypted_key, sizeof(a->encrypted_key)};
    return ntlm_rc4k(a->key_exchange_key, exported, NTLM_KEY_SIZE, a->encrypted_key);
}

/* Nobody has no name, and of no machine. */
static bool name(struct ntlm_answer *a, const struct ntlm_client_input *in)
{
    bool unicode = a->m.flags & NTLM_UNICODE;

    return !in->account ||
           (ntlm_text_write(&in->account->user, unicode, &a->m.user, &a->user) &&
            ntlm_text_write(&in->account->domain, unicode, &a->m.domain, &a->domain) &&
            ntlm_text_write(&in->machine->nb_computer, unicode, &a->m.workstation,
                            &a->workstation));
}

/* 3.1.5.1.2: with NTLM v2 nothing is protected for a server that does not name itself. */
static SECURITY_STATUS check_names(const struct ntlm_answer *a, const struct ntlm_client_input *in)
{
    if (!in->account || in->policy->level < NTLM_LEVEL_SENDS_V2 ||
        !(a->m.flags & (NTLM_SIGN | NTLM_SEAL)) ||
        (a->server.nb_computer.data && a->server.nb_domain.data))
        return SEC_E_OK;
    reason_set(0, "the server does not name itself and its domain, so that what it says could be "
                  "another's");
    return SEC_E_LOGON_DENIED;
}

/* Bytes of the server's pairs. They go back to it, in one message with names of ours. */
#define TARGET_INFO_MAX 32768

/* Reads what the server says and decides whether to answer it at all. */
static SECURITY_STATUS consider(struct ntlm_handshake *h, const struct ntlm_client_input *in,
                                struct ntlm_challenge *challenge, struct ntlm_answer *a)
{
    SECURITY_STATUS status;

    if (!ntlm_challenge_read(in->challenge.data, in->challenge.size, challenge))
        return SEC_E_INVALID_TOKEN;
    if (challenge->target_info.size && (challenge->target_info.size > TARGET_INFO_MAX ||
                                        !ntlm_target_info_read(challenge->target_info, &a->server)))
        return SEC_E_INVALID_TOKEN;
    status = agree(h, in, challenge->flags, &a->m.flags);
    if (!status)
        status = check_names(a, in);
    if (status)
        return status;
    if (challenge->target_info.size)
        a->m.flags |= NTLM_TARGET_INFO;
    if (!in->account)
        a->m.flags |= NTLM_ANONYMOUS;
    if (a->m.flags & NTLM_VERSION)
        a->m.version = NTLM_OUR_VERSION;
    return SEC_E_OK;
}

SECURITY_STATUS ntlm_client_authenticate(struct ntlm_handshake *h,
                                         const struct ntlm_client_input *in,
                                         struct wire_writer *token, struct ntlm_outcome *outcome)
{
    struct ntlm_challenge challenge;
    struct ntlm_answer a = {0};
    SECURITY_STATUS status = consider(h, in, &challenge, &a);

    if (status)
        goto out;
    status = SEC_E_INTERNAL_ERROR;
    if (!secret_random(&a.random, sizeof(a.random)))
        goto out;
    status = SEC_E_INSUFFICIENT_MEMORY;
    if (!ntlm_keep(&h->challenge, in->challenge.data, in->challenge.size) ||
        !ntlm_client_respond(&a, in, &challenge) || !exchange_key(&a, outcome->exported) ||
        !name(&a, in))
        goto out;
    ntlm_authenticate_write(token, &a.m);
    if (!wire_write_ok(token))
        goto out;
    if (a.m.has_mic) {
        if (!ntlm_mic(h, outcome->exported, (struct ntlm_bytes){token->data, token->offset},
                      a.m.mic))
            goto out;
        wire_patch_bytes(token, NTLM_MIC_OFFSET, a.m.mic, sizeof(a.m.mic));
    }
    outcome->flags = a.m.flags | (a.m.has_mic ? NTLM_HAD_MIC : 0);
    status = SEC_E_OK;
out:
    wire_writer_free(&a.response);
    free(a.user);
    free(a.domain);
    free(a.workstation);
    secret_wipe(&a, sizeof(a));
    return status;
}
