/*
 * The client's proof, [MS-NLMP] 3.3: NTLM v2, or, where lm_compatibility_level is below 3, the two
 * forms of NTLM v1, or none, of nobody.
 */
#include "libsspi/packages/ntlm/handshake/client.h"

#include <string.h>

#include "base/secret.h"

static struct ntlm_target_answer target_answer(const struct ntlm_answer *a,
                                               const struct ntlm_client_input *in)
{
    struct ntlm_target_answer answer = {.flags = a->server.flags & NTLM_AV_FLAG_CONSTRAINED,
                                        .machine_id = in->machine->id,
                                        .bindings = in->bindings,
                                        .target = in->target};

    if (a->server.has_timestamp)
        answer.flags |= NTLM_AV_FLAG_MIC;
    if (in->unverified_target)
        answer.flags |= NTLM_AV_FLAG_UNVERIFIED_TARGET;
    return answer;
}

/*
 * A server with a clock gets no LM response, only the place of one (3.1.5.1.2), a connectionless
 * one not even that (3.1.5.2.1).
 */
static bool respond_lm_v2(struct ntlm_answer *a, const struct ntlm_challenge *challenge,
                          const uint8_t ntowf[NTLM_KEY_SIZE])
{
    if (a->m.flags & NTLM_DATAGRAM && challenge->target_info.size)
        return true;
    a->m.lm_response = (struct ntlm_bytes){a->lm_response, sizeof(a->lm_response)};
    return a->server.has_timestamp ||
           ntlm_lm_v2_response(ntowf, challenge->server_challenge, a->random.client_challenge,
                               a->lm_response);
}

/* NtChallengeResponse (3.3.2): temp first, then its proof in front of it. */
static bool respond_v2(struct ntlm_answer *a, const struct ntlm_client_input *in,
                       const struct ntlm_challenge *challenge)
{
    const struct ntlm_account *account = in->account;
    const struct ntlm_target_answer says = target_answer(a, in);
    struct ntlm_client_challenge temp = {.time = a->server.has_timestamp ? a->server.timestamp
                                                                         : ntlm_now()};
    uint8_t ntowf[NTLM_KEY_SIZE], proof[NTLM_PROOF_SIZE];
    bool ok;

    memcpy(temp.challenge, a->random.client_challenge, sizeof(temp.challenge));
    a->response = wire_writer_grow(NTLM_MESSAGE_MAX);
    wire_put_zeros(&a->response, NTLM_PROOF_SIZE);
    ntlm_client_challenge_write(&a->response, &temp);
    ntlm_target_info_answer(&a->response, challenge->target_info, &says);
    ntlm_client_challenge_end(&a->response);
    if (!wire_write_ok(&a->response))
        return false;
    /* for version 2 the session base key is the key exchange key */
    memcpy(ntowf, account->ntowf, sizeof(ntowf));
    ok = (account->has_ntowf ||
          ntlm_ntowf_v2(account->nt_hash, account->user.string, account->user.units,
                        account->domain.string, account->domain.units, ntowf)) &&
         ntlm_nt_proof(ntowf, challenge->server_challenge,
                       (struct ntlm_bytes){a->response.data + NTLM_PROOF_SIZE,
                                           a->response.offset - NTLM_PROOF_SIZE},
                       proof) &&
         ntlm_session_base_key_v2(ntowf, proof, a->key_exchange_key) &&
         respond_lm_v2(a, challenge, ntowf);
    wire_patch_bytes(&a->response, 0, proof, sizeof(proof));
    a->m.nt_response = (struct ntlm_bytes){a->response.data, a->response.offset};
    a->m.has_mic = a->server.has_timestamp;
    secret_wipe(ntowf, sizeof(ntowf));
    return ok;
}

/* "NTLM2 session": the client's challenge stands in the LM response. */
static bool respond_session(struct ntlm_answer *a, const struct ntlm_account *account,
                            const struct ntlm_challenge *challenge)
{
    memcpy(a->lm_response, a->random.client_challenge, NTLM_CHALLENGE_SIZE);
    return ntlm_v1_session_response(account->nt_hash, challenge->server_challenge,
                                    a->random.client_challenge, a->nt_response);
}

static bool respond_v1(struct ntlm_answer *a, const struct ntlm_client_input *in,
                       const struct ntlm_challenge *challenge)
{
    const struct ntlm_account *account = in->account;
    const bool lm = account->has_lm_hash && in->policy->level <= NTLM_LEVEL_SENDS_LM;
    uint8_t base_key[NTLM_KEY_SIZE];
    bool ok;

    if (a->m.flags & NTLM_EXTENDED_SECURITY)
        ok = respond_session(a, account, challenge);
    else
        ok = ntlm_v1_response(account->nt_hash, challenge->server_challenge, a->nt_response) &&
             /* without an LM response the NT response stands in its place (NoLMResponseNTLMv1) */
             ntlm_v1_response(lm ? account->lm_hash : account->nt_hash, challenge->server_challenge,
                              a->lm_response);
    a->m.lm_response = (struct ntlm_bytes){a->lm_response, sizeof(a->lm_response)};
    a->m.nt_response = (struct ntlm_bytes){a->nt_response, sizeof(a->nt_response)};
    ok = ok && ntlm_session_base_key_v1(account->nt_hash, base_key) &&
         ntlm_key_exchange_key_v1(a->m.flags, base_key, account->lm_hash, a->lm_response,
                                  challenge->server_challenge, a->key_exchange_key);
    secret_wipe(base_key, sizeof(base_key));
    return ok;
}

bool ntlm_client_respond(struct ntlm_answer *a, const struct ntlm_client_input *in,
                         const struct ntlm_challenge *challenge)
{
    if (!in->account) { /* Z(1) for LM, nothing for NT, and the key of nobody is all zeros */
        a->m.lm_response = (struct ntlm_bytes){a->lm_response, 1};
        return true;
    }
    return in->policy->level < NTLM_LEVEL_SENDS_V2 ? respond_v1(a, in, challenge)
                                                   : respond_v2(a, in, challenge);
}
