/*
 * The two sides of an NTLM handshake, [MS-NLMP] sections 3.1 and 3.2, as pure protocol: messages
 * in, messages out, nothing of the LSA. NTLM v2 only: a peer without extended session security, or
 * without 128-bit keys for signing or sealing, is refused, so nobody can talk either side down.
 */
#ifndef CREDMGR_NTLM_HANDSHAKE_H
#define CREDMGR_NTLM_HANDSHAKE_H

#include <sspi.h>

#include "base/wire.h"
#include "libsspi/packages/ntlm/message.h"
#include "libsspi/packages/ntlm/policy.h"
#include "libsspi/packages/ntlm/text.h"
#include "libsspi/packages/ntlm/verify.h"

/*
 * Who somebody is and how it is proved. As the account an acceptor verifies, an empty domain means
 * any.
 */
struct ntlm_account {
    struct ntlm_text user, domain;
    uint8_t nt_hash[NTLM_KEY_SIZE];
    bool has_lm_hash; /* only where lm_compatibility_level lets LM be used at all */
    uint8_t lm_hash[NTLM_KEY_SIZE];
};
void ntlm_account_clear(struct ntlm_account *account);

/* This machine as its messages name it; made once at the start. */
struct ntlm_machine {
    struct ntlm_text nb_computer, nb_domain, dns_computer, dns_domain;
    bool in_domain; /* the target name is the domain's, not the computer's */
};

/* A message that is kept until the MIC over all three has been made. */
struct ntlm_kept {
    uint8_t *data;
    size_t size;
};

struct ntlm_handshake {
    uint32_t flags; /* client: offered; server: granted */
    uint8_t server_challenge[NTLM_CHALLENGE_SIZE];
    uint64_t timestamp; /* server: what it said the time is */
    struct ntlm_kept negotiate, challenge;
};
void ntlm_handshake_clear(struct ntlm_handshake *h);

/* What both sides know when it is done. */
struct ntlm_outcome {
    uint32_t flags;
    uint8_t exported[NTLM_KEY_SIZE];
    /* the server's knowledge of the client; empty at the client */
    struct ntlm_text user, domain, target;
    uint8_t *authorization; /* as in struct ntlm_verified */
    size_t authorization_size;
};
void ntlm_outcome_clear(struct ntlm_outcome *o);

/* ---- client ------------------------------------------------------------------------- */

/* What a client may ask for besides authentication: any of NTLM_SIGN, NTLM_SEAL, NTLM_IDENTIFY. */
SECURITY_STATUS ntlm_client_negotiate(struct ntlm_handshake *h, uint32_t wanted,
                                      struct wire_writer *token);

struct ntlm_client_input {
    struct ntlm_bytes challenge; /* the server's message */
    const struct ntlm_account *account;
    const struct ntlm_machine *machine;
    struct ntlm_bytes target; /* SPN in UTF-16LE; may be empty */
    bool unverified_target;   /* the SPN came from an untrusted source */
    const uint8_t *bindings;  /* NTLM_BINDINGS_SIZE bytes (zeros: none) */
};
/*
 * Answers the server. SEC_E_OK; SEC_E_INVALID_TOKEN for a malformed message,
 * SEC_E_UNSUPPORTED_FUNCTION for a server that does not grant what is needed, SEC_E_LOGON_DENIED
 * when it names itself not at all though signing was asked for (3.1.5.1.2),
 * SEC_E_INSUFFICIENT_MEMORY, SEC_E_INTERNAL_ERROR without random numbers.
 */
SECURITY_STATUS ntlm_client_authenticate(struct ntlm_handshake *h,
                                         const struct ntlm_client_input *in,
                                         struct wire_writer *token, struct ntlm_outcome *outcome);

/* ---- server ------------------------------------------------------------------------- */

/* Errors as above; SEC_E_UNSUPPORTED_FUNCTION also for a client that wants datagrams. */
SECURITY_STATUS ntlm_server_challenge(struct ntlm_handshake *h, struct ntlm_bytes negotiate,
                                      const struct ntlm_machine *machine,
                                      struct wire_writer *token);

struct ntlm_server_input {
    struct ntlm_bytes authenticate; /* the client's message */
    const struct ntlm_policy *policy;
    ntlm_verifier verify; /* who knows whether the proof is right */
    void *verify_arg;
    const uint8_t *bindings; /* NTLM_BINDINGS_SIZE bytes; NULL: none are asked for */
    bool allow_missing_bindings;
};
/*
 * Verifies the client. SEC_E_OK; SEC_E_INVALID_TOKEN for a malformed message, SEC_E_LOGON_DENIED
 * for another account, a wrong password, an anonymous client or an answer that is not NTLM v2,
 * SEC_E_MESSAGE_ALTERED when the MIC says that a message was changed on the way (or the pairs that
 * come back under the proof are not those that were sent), SEC_E_BAD_BINDINGS for another channel,
 * SEC_E_UNSUPPORTED_FUNCTION, SEC_E_INSUFFICIENT_MEMORY. user and domain of *outcome are what the
 * client claimed also when it was denied, for the log.
 */
SECURITY_STATUS ntlm_server_verify(struct ntlm_handshake *h, const struct ntlm_server_input *in,
                                   struct ntlm_outcome *outcome);

/* ---- shared by both ----------------------------------------------------------------- */

/* The status a given set of flags deserves: SEC_E_OK or SEC_E_UNSUPPORTED_FUNCTION. */
SECURITY_STATUS ntlm_flags_check(uint32_t flags);
bool ntlm_keep(struct ntlm_kept *kept, const void *data, size_t size);
/* MIC over the three messages, 3.1.5.1.2; the third is taken with zeros where its MIC stands. */
bool ntlm_mic(const struct ntlm_handshake *h, const uint8_t exported[NTLM_KEY_SIZE],
              struct ntlm_bytes authenticate, uint8_t mic[NTLM_MIC_SIZE]);
/* The clock as FILETIME. */
uint64_t ntlm_now(void);

#endif
