/*
 * The client's answer while it is being made: client.c decides what is said, client_response.c
 * calculates the proof.
 */
#ifndef CREDMGR_NTLM_CLIENT_H
#define CREDMGR_NTLM_CLIENT_H

#include "libsspi/packages/ntlm/handshake/handshake.h"

/* Everything of one answer that must be released, whichever way it ends. */
struct ntlm_answer {
    struct ntlm_authenticate m;
    struct ntlm_target_info server;
    struct wire_writer response; /* proof and temp: the NtChallengeResponse of NTLM v2 */
    uint8_t lm_response[NTLM_V1_RESPONSE], nt_response[NTLM_V1_RESPONSE];
    uint8_t encrypted_key[NTLM_KEY_SIZE];
    char *user, *domain, *workstation; /* OEM copies */
    struct {
        uint8_t client_challenge[NTLM_CHALLENGE_SIZE];
        uint8_t session_key[NTLM_KEY_SIZE];
    } random;
    uint8_t key_exchange_key[NTLM_KEY_SIZE];
};

/*
 * LmChallengeResponse, NtChallengeResponse and the KeyExchangeKey, by the version that the policy's
 * level says (3.3), or nobody's (NULL account). a->m.flags must be settled. False without memory.
 */
bool ntlm_client_respond(struct ntlm_answer *a, const struct ntlm_client_input *in,
                         const struct ntlm_challenge *challenge);

#endif
