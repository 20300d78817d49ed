/*
 * [ntlm] of lsa.conf: what this machine does of NTLM. Read once, by SpInitialize.
 */
#ifndef CREDMGR_NTLM_POLICY_H
#define CREDMGR_NTLM_POLICY_H

#include <sspi.h>
#include <stdbool.h>
#include <stdint.h>

#include "libsspi/packages/ntlm/text.h"

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
#define NTLM_LEVEL_MAX     5
/* The same as steps: the last level that sends LM, the first that sends NTLMv2, and the last ones
 * that accept LM and NTLM v1. */
#define NTLM_LEVEL_SENDS_LM 1
#define NTLM_LEVEL_SENDS_V2 3
#define NTLM_LEVEL_LM       3
#define NTLM_LEVEL_V1       4

/* What a server asks of extended protection; Windows' SmbServerNameHardeningLevel has the same
 * three steps. */
enum ntlm_wanted {
    NTLM_WANTED_NO,         /* not looked at */
    NTLM_WANTED_WHEN_GIVEN, /* what a client sends must be right */
    NTLM_WANTED_ALWAYS      /* and it must send it */
};

/* Who is meant by a policy about clients that come in. */
enum ntlm_scope { NTLM_SCOPE_NONE, NTLM_SCOPE_DOMAIN, NTLM_SCOPE_ALL };

/* Who verifies, see verify/chain.h. */
enum ntlm_source { NTLM_SOURCE_SESSIONS, NTLM_SOURCE_ACCOUNTS, NTLM_SOURCE_DOMAIN };
#define NTLM_SOURCES 3

#define NTLM_DOMAIN_TIMEOUT     15000u /* ms */
#define NTLM_DOMAIN_TIMEOUT_MAX 600000u

/* Texts are those of the host's settings, which live as long as it; never NULL once read. */
struct ntlm_policy {
    unsigned level;
    /* What a session must have when it signs or seals, as Windows' NtlmMinClientSec and
     * NtlmMinServerSec: any of NTLM_EXTENDED_SECURITY and NTLM_128, here "ntlmv2" and "128". */
    uint32_t minimum_client, minimum_server;
    bool require_mic;
    /* channel_bindings: of acceptors that give theirs. ASC_REQ_ALLOW_MISSING_BINDINGS still turns
     * ALWAYS into WHEN_GIVEN for a context. */
    enum ntlm_wanted channel_bindings;
    /* target_name: whether the SPN that the client meant must be this machine's (its names,
     * "localhost" and addresses of its own), or one of `target_names`. */
    enum ntlm_wanted target_name;
    const char *target_names; /* more names, separated by blanks or commas */
    /* verify: in this order. */
    enum ntlm_source sources[NTLM_SOURCES];
    size_t source_count;
    unsigned domain_timeout; /* ms that winbind has for an answer */
    bool keep_local_accounts;
    /* "Restrict NTLM": lists of patterns, separated by blanks or commas. */
    const char *deny_outbound, *allow_outbound;
    bool audit_outbound;
    enum ntlm_scope deny_inbound, audit_inbound;
};

/* What of lsa.conf is no value is logged, and means the default: lsad --check tells it, too. */
void ntlm_policy_read(struct ntlm_policy *policy);

/*
 * A client is about to authenticate to `target` (an SPN, UTF-16LE, maybe empty). SEC_E_OK, or
 * SEC_E_UNSUPPORTED_FUNCTION when that is denied ([MS-NLMP] 3.1.5.1.1: ClientBlocked). Logs what is
 * denied, and what audit_outbound asks for; the reason of the call says which rule it was.
 */
SECURITY_STATUS ntlm_policy_outbound(const struct ntlm_policy *policy, struct ntlm_bytes target);

/*
 * A client that says it is `user` of `domain` is about to be verified. SEC_E_OK, or
 * SEC_E_UNSUPPORTED_FUNCTION when that is denied (3.2.5.1.1: ServerBlocked). `local`: the account
 * is one of this machine. Logs as above.
 */
SECURITY_STATUS ntlm_policy_inbound(const struct ntlm_policy *policy, const struct ntlm_text *user,
                                    const struct ntlm_text *domain, bool local);

/*
 * One of the patterns of `list` fits `name`: the whole SPN, or the host in it. Without regard to
 * case; a * in a pattern stands for any characters.
 */
bool ntlm_policy_matches(const char *list, const char *name);

#endif
