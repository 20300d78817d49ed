/*
 * The client's side, [MS-NLMP] 3.1.5.1.
 */
#include "libsspi/packages/ntlm/handshake.h"

#include <stdlib.h>
#include <string.h>

#include "base/secret.h"

/* What every client of ours can do and asks for. */
#define OFFER                                                                                      \
    (NTLM_UNICODE | NTLM_OEM | NTLM_REQUEST_TARGET | NTLM_NTLM | NTLM_ALWAYS_SIGN |                \
     NTLM_EXTENDED_SECURITY | NTLM_VERSION | NTLM_128 | NTLM_KEY_EXCH | NTLM_56)

SECURITY_STATUS ntlm_client_negotiate(struct ntlm_handshake *h, uint32_t wanted,
                                      struct wire_writer *token)
{
    struct ntlm_negotiate m = {.flags = OFFER | wanted, .version = NTLM_OUR_VERSION};

    h->flags = m.flags;
    ntlm_negotiate_write(token, &m);
    if (!wire_write_ok(token) || !ntlm_keep(&h->negotiate, token->data, token->offset))
        return SEC_E_INSUFFICIENT_MEMORY;
    return SEC_E_OK;
}

/* Everything of one answer that must be released, whichever way it ends. */
struct answer {
    struct ntlm_authenticate m;
    struct ntlm_target_info server;
    struct wire_writer response; /* proof and temp: the NtChallengeResponse */
    uint8_t lm_response[NTLM_V1_RESPONSE];
    uint8_t encrypted_key[NTLM_KEY_SIZE];
    char *user, *domain, *workstation; /* OEM copies */
    struct {
        uint8_t client_challenge[NTLM_CHALLENGE_SIZE];
        uint8_t session_key[NTLM_KEY_SIZE];
    } random;
    uint8_t ntowf[NTLM_KEY_SIZE], base_key[NTLM_KEY_SIZE];
};

/* The flags both agree on, or why that is not enough. */
static SECURITY_STATUS agree(const struct ntlm_handshake *h, uint32_t granted, uint32_t *flags)
{
    uint32_t asked = h->flags & (NTLM_SIGN | NTLM_SEAL);

    *flags = h->flags & (granted | NTLM_REQUEST_TARGET);
    if (*flags & NTLM_UNICODE)
        *flags &= ~NTLM_OEM;
    else if (!(*flags & NTLM_OEM))
        return SEC_E_INVALID_TOKEN;
    if ((*flags & asked) != asked)
        return SEC_E_UNSUPPORTED_FUNCTION;
    return ntlm_flags_check(*flags);
}

/* NtChallengeResponse (3.3.2): temp first, then its proof in front of it. */
static bool respond(struct answer *a, const struct ntlm_client_input *in,
                    const struct ntlm_challenge *challenge)
{
    struct wire_writer info = wire_writer_grow(NTLM_MESSAGE_MAX);
    struct ntlm_client_challenge temp = {.time = a->server.has_timestamp ? a->server.timestamp
                                                                         : ntlm_now()};
    uint32_t av_flags = (a->server.has_timestamp ? NTLM_AV_FLAG_MIC : 0) |
                        (in->unverified_target ? NTLM_AV_FLAG_UNVERIFIED_TARGET : 0);
    uint8_t proof[NTLM_PROOF_SIZE];
    bool ok = false;

    ntlm_target_info_answer(&info, challenge->target_info, av_flags, in->bindings, in->target);
    memcpy(temp.challenge, a->random.client_challenge, sizeof(temp.challenge));
    temp.target_info = (struct ntlm_bytes){info.data, info.offset};
    a->response = wire_writer_grow(NTLM_MESSAGE_MAX);
    wire_put_zeros(&a->response, NTLM_PROOF_SIZE);
    ntlm_client_challenge_write(&a->response, &temp);
    if (!wire_write_ok(&info) || !wire_write_ok(&a->response))
        goto out;
    ok = ntlm_nt_proof(a->ntowf, challenge->server_challenge,
                       (struct ntlm_bytes){a->response.data + NTLM_PROOF_SIZE,
                                           a->response.offset - NTLM_PROOF_SIZE},
                       proof) &&
         ntlm_session_base_key_v2(a->ntowf, proof, a->base_key);
    wire_patch_bytes(&a->response, 0, proof, sizeof(proof));
    /* a server with a clock gets no LM response, only the place of one */
    if (ok && !a->server.has_timestamp)
        ok = ntlm_lm_v2_response(a->ntowf, challenge->server_challenge, a->random.client_challenge,
                                 a->lm_response);
    a->m.lm_response = (struct ntlm_bytes){a->lm_response, sizeof(a->lm_response)};
    a->m.nt_response = (struct ntlm_bytes){a->response.data, a->response.offset};
    a->m.has_mic = a->server.has_timestamp;
out:
    wire_writer_free(&info);
    return ok;
}

/*
 * 3.1.5.1.2: the session key is the client's own choice, sent under the KeyExchangeKey, or that key
 * itself.
 */
static bool exchange_key(struct answer *a, uint8_t exported[NTLM_KEY_SIZE])
{
    if (!(a->m.flags & NTLM_KEY_EXCH)) {
        memcpy(exported, a->base_key, NTLM_KEY_SIZE);
        return true;
    }
    memcpy(exported, a->random.session_key, NTLM_KEY_SIZE);
    a->m.session_key = (struct ntlm_bytes){a->encrypted_key, sizeof(a->encrypted_key)};
    return ntlm_rc4k(a->base_key, exported, NTLM_KEY_SIZE, a->encrypted_key);
}

static bool name(struct answer *a, const struct ntlm_client_input *in)
{
    bool unicode = a->m.flags & NTLM_UNICODE;

    return ntlm_text_write(&in->account->user, unicode, &a->m.user, &a->user) &&
           ntlm_text_write(&in->account->domain, unicode, &a->m.domain, &a->domain) &&
           ntlm_text_write(&in->machine->nb_computer, unicode, &a->m.workstation, &a->workstation);
}

/* Reads what the server says and decides whether to answer it at all. */
static SECURITY_STATUS consider(struct ntlm_handshake *h, const struct ntlm_client_input *in,
                                struct ntlm_challenge *challenge, struct answer *a)
{
    SECURITY_STATUS status;

    if (!ntlm_challenge_read(in->challenge.data, in->challenge.size, challenge))
        return SEC_E_INVALID_TOKEN;
    if (challenge->target_info.size && !ntlm_target_info_read(challenge->target_info, &a->server))
        return SEC_E_INVALID_TOKEN;
    status = agree(h, challenge->flags, &a->m.flags);
    if (status)
        return status;
    if (a->m.flags & (NTLM_SIGN | NTLM_SEAL) && !a->server.nb_computer.size &&
        !a->server.nb_domain.size)
        return SEC_E_LOGON_DENIED;
    if (challenge->target_info.size)
        a->m.flags |= NTLM_TARGET_INFO;
    if (a->m.flags & NTLM_VERSION)
        a->m.version = NTLM_OUR_VERSION;
    return SEC_E_OK;
}

SECURITY_STATUS ntlm_client_authenticate(struct ntlm_handshake *h,
                                         const struct ntlm_client_input *in,
                                         struct wire_writer *token, struct ntlm_outcome *outcome)
{
    const struct ntlm_account *account = in->account;
    struct ntlm_challenge challenge;
    struct answer a = {0};
    SECURITY_STATUS status = consider(h, in, &challenge, &a);

    if (status)
        goto out;
    status = SEC_E_INTERNAL_ERROR;
    if (!secret_random(&a.random, sizeof(a.random)))
        goto out;
    status = SEC_E_INSUFFICIENT_MEMORY;
    if (!ntlm_keep(&h->challenge, in->challenge.data, in->challenge.size) ||
        !ntlm_ntowf_v2(account->nt_hash, account->user.string, account->user.units,
                       account->domain.string, account->domain.units, a.ntowf) ||
        !respond(&a, in, &challenge) || !exchange_key(&a, outcome->exported) || !name(&a, in))
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
    outcome->flags = a.m.flags;
    status = SEC_E_OK;
out:
    wire_writer_free(&a.response);
    free(a.user);
    free(a.domain);
    free(a.workstation);
    secret_wipe(&a, sizeof(a));
    return status;
}
