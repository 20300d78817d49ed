/*
 * NTLMv2_RESPONSE and NTLMv2_CLIENT_CHALLENGE, [MS-NLMP] 2.2.2.8 and 2.2.2.7: the client's proof,
 * and what the proof is made over.
 */
#include "libsspi/packages/ntlm/wire/message.h"

bool ntlm_v2_response_read(struct ntlm_bytes response, uint8_t proof[NTLM_PROOF_SIZE],
                           struct ntlm_bytes *temp, struct ntlm_client_challenge *out)
{
    struct wire_reader r = wire_reader(response.data, response.size);
    uint8_t type, highest;

    wire_copy(&r, proof, NTLM_PROOF_SIZE);
    temp->size = wire_left(&r);
    temp->data = wire_bytes(&r, temp->size);
    r = wire_slice(&r, NTLM_PROOF_SIZE, temp->size);
    type = wire_u8(&r);
    highest = wire_u8(&r);
    if (type != 1 || highest != 1) /* RespType and HiRespType */
        wire_read_fail(&r);
    wire_skip(&r, 6);
    out->time = wire_u64le(&r);
    wire_copy(&r, out->challenge, sizeof(out->challenge));
    wire_skip(&r, 4);
    out->target_info.size = wire_left(&r);
    out->target_info.data = wire_bytes(&r, out->target_info.size);
    return wire_ok(&r);
}

void ntlm_client_challenge_write(struct wire_writer *w, const struct ntlm_client_challenge *m)
{
    wire_put_u8(w, 1);
    wire_put_u8(w, 1);
    wire_put_zeros(w, 6);
    wire_put_u64le(w, m->time);
    wire_put_bytes(w, m->challenge, sizeof(m->challenge));
    wire_put_zeros(w, 4);
    wire_put_bytes(w, m->target_info.data, m->target_info.size);
}

void ntlm_client_challenge_end(struct wire_writer *w)
{
    wire_put_zeros(w, 4);
}
