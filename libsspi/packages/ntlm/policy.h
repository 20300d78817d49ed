/*
 * [ntlm] of lsa.conf: what this machine does of NTLM. Read once, by SpInitialize.
 */
#ifndef CREDMGR_NTLM_POLICY_H
#define CREDMGR_NTLM_POLICY_H

#include <stdbool.h>
#include <stdint.h>

/*
 * lm_compatibility_level, with Windows' meaning ("Network security: LAN Manager authentication
 * level"): what a client sends and what a server (and verifier) accepts.
 *
 *   level   client sends                      server accepts
 *   0       LM and NTLM                       LM, NTLM, NTLMv2
 *   1       as 0, NTLM2 session if granted    LM, NTLM, NTLMv2
 *   2       NTLM, NTLM2 session if granted    LM, NTLM, NTLMv2
 *   3       NTLMv2                            LM, NTLM, NTLMv2
 *   4       NTLMv2                            NTLM, NTLMv2
 *   5       NTLMv2 (the default)              NTLMv2
 */
#define NTLM_LEVEL_DEFAULT 5

struct ntlm_policy {
    unsigned level;
    /* What a session must have when it signs or seals, as Windows' NtlmMinClientSec and
     * NtlmMinServerSec: any of NTLM_EXTENDED_SECURITY and NTLM_128, here "ntlmv2" and "128". */
    uint32_t minimum_client, minimum_server;
    bool require_mic;
};

#endif
