/*
 * Who says whether an NTLM response is right. A server side asks one verifier with what the client
 * claims; behind it stand, in the order of [ntlm] verify in lsa.conf, the logon sessions of this
 * machine, the account file and the domain (winbind), or, for an acceptor that brought an account
 * along, that account alone.
 */
#ifndef CREDMGR_NTLM_VERIFY_H
#define CREDMGR_NTLM_VERIFY_H

#include <sspi.h>

#include "base/wire.h"
#include "libsspi/packages/ntlm/keys.h"
#include "libsspi/packages/ntlm/text.h"

/* What a client claims, and how it proves it: [MS-NLMP] 3.2.5.1.2. Borrowed for the call. */
struct ntlm_claim {
    const struct ntlm_text *user, *domain, *workstation;
    /* What the responses were made for: the server's challenge; with `session_security` (an NTLM
     * v1 response under extended session security) the hash of both challenges, 3.3.1. */
    uint8_t challenge[NTLM_CHALLENGE_SIZE];
    bool session_security;
    struct ntlm_bytes lm_response, nt_response; /* empty: none was sent, or policy forbids it */
};

/* What a domain says of an account besides. */
struct ntlm_facts {
    bool known;
    uint32_t user_flags;                   /* LOGON_*, [MS-PAC] 2.5 */
    int64_t logoff_time, password_expires; /* seconds since 1970; INT64_MAX: never */
};

/* What is known when the proof was right. ntlm_verified_clear() it, also after a failure. */
struct ntlm_verified {
    uint8_t session_base_key[NTLM_KEY_SIZE];
    /* The first eight bytes of the LM hash, for keys by NTLM_LM_KEY: 3.4.5.1. */
    bool has_lm_key;
    uint8_t lm_key[8];
    /* The account as the authority spells it. */
    struct ntlm_text user, domain;
    /* Which user of this system it is, or its SID and groups in its domain: as
     * verify/authorization.h writes it, for the packed context and the token; NULL: only the names
     * are known. free(). */
    uint8_t *authorization;
    size_t authorization_size;
    struct ntlm_facts facts;
};
void ntlm_verified_clear(struct ntlm_verified *verified);

/*
 * SEC_E_OK; SEC_E_LOGON_DENIED for an unknown account and for a wrong proof alike;
 * SEC_E_NO_AUTHENTICATING_AUTHORITY when the one who knows cannot be asked; the account's own
 * troubles as Windows tells them (SEC_E_ACCOUNT_DISABLED … STATUS_* mapped by the caller);
 * SEC_E_INSUFFICIENT_MEMORY.
 */
typedef SECURITY_STATUS (*ntlm_verifier)(void *arg, const struct ntlm_claim *claim,
                                         struct ntlm_verified *verified);

/*
 * The proof of one account whose NT hash is known, whatever version the response has. As a
 * verifier, `arg` is a struct ntlm_account (handshake.h) whose empty domain means any. Takes the
 * same time for a wrong name as for a wrong proof. *verified must be all zeros.
 */
SECURITY_STATUS ntlm_verify_account(void *arg, const struct ntlm_claim *claim,
                                    struct ntlm_verified *verified);

#endif
