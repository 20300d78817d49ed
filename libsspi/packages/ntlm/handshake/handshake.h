/*
 * The two sides of an NTLM handshake, [MS-NLMP] sections 3.1 and 3.2, as pure protocol: messages
 * in, messages out, nothing of the LSA. What either side puts up with is the policy's to say: with
 * the default one it is NTLM v2 only, and a session that signs or seals has extended session
 * security and 128-bit keys, so nobody can talk either side down.
 */
#ifndef CREDMGR_NTLM_HANDSHAKE_H
#define CREDMGR_NTLM_HANDSHAKE_H

#include <sspi.h>

#include "base/wire.h"
#include "libsspi/packages/ntlm/wire/message.h"
#include "libsspi/packages/ntlm/policy.h"
#include "libsspi/packages/ntlm/text.h"
#include "libsspi/packages/ntlm/verify/verify.h"

/*
 * Who somebody is and how it is proved. As the account an acceptor verifies, an empty domain means
 * any.
 */
struct ntlm_account {
    struct ntlm_text user, domain;
    uint8_t nt_hash[NTLM_KEY_SIZE];
    bool has_lm_hash; /* only where lm_compatibility_level lets LM be used at all */
    uint8_t lm_hash[NTLM_KEY_SIZE];
    bool has_ntowf; /* NTOWFv2 of these names: what a client proves itself with, time after time */
    uint8_t ntowf[NTLM_KEY_SIZE];
};
void ntlm_account_clear(struct ntlm_account *account);
/*
 * The hashes of a password of `units` code units, for the names that the account has by now; that
 * of LM only when the level lets it be used.
 * False without memory.
 */
bool ntlm_account_password(struct ntlm_account *account, const WCHAR *password, size_t units,
                           unsigned level);

/* This machine as its messages name it; made once at the start. */
struct ntlm_machine {
    struct ntlm_text nb_computer, nb_domain, dns_computer, dns_domain;
    bool in_domain; /* the target name is the domain's, not the computer's */
    /* MachineID of 2.2.2.2: another one at each boot, the same in all processes */
    uint8_t id[NTLM_MACHINE_ID_SIZE];
};

/* A message that is kept until the MIC over all three has been made. */
struct ntlm_kept {
    uint8_t *data;
    size_t size;
};

struct ntlm_handshake {
    uint32_t flags; /* client: offered; server: granted */
    bool datagram;  /* connectionless: the server's message is the first one */
    uint8_t server_challenge[NTLM_CHALLENGE_SIZE];
    uint64_t timestamp; /* server: what it said the time is */
    struct ntlm_kept negotiate, challenge;
};
void ntlm_handshake_clear(struct ntlm_handshake *h);

/* What both sides know when it is done. */
struct ntlm_outcome {
    uint32_t flags; /* NTLM_ANONYMOUS among them when the client is nobody */
    uint8_t exported[NTLM_KEY_SIZE];
    /*
     * the server's knowledge of the client; empty at the client. `target` is the SPN that the
     * client meant, empty when it had it from an untrusted source
     */
    struct ntlm_text user, domain, target;
    uint8_t *authorization; /* as in struct ntlm_verified */
    size_t authorization_size;
    struct ntlm_facts facts;
};
void ntlm_outcome_clear(struct ntlm_outcome *o);

/* ---- client ------------------------------------------------------------------------- */

/*
 * What a client may ask for besides authentication: any of NTLM_SIGN, NTLM_SEAL, NTLM_IDENTIFY, and
 * NTLM_DATAGRAM, which writes no token: the client waits for the server's word.
 */
SECURITY_STATUS ntlm_client_negotiate(struct ntlm_handshake *h, const struct ntlm_policy *policy,
                                      uint32_t wanted, struct wire_writer *token);

struct ntlm_client_input {
    struct ntlm_bytes challenge; /* the server's message */
    const struct ntlm_policy *policy;
    const struct ntlm_account *account; /* NULL: nobody, an anonymous client */
    const struct ntlm_machine *machine;
    struct ntlm_bytes target; /* SPN in UTF-16LE; may be empty */
    bool unverified_target;   /* the SPN came from an untrusted source */
    const uint8_t *bindings;  /* NTLM_BINDINGS_SIZE bytes (zeros: none) */
};
/*
 * Answers the server, with what the policy's level says. SEC_E_OK; SEC_E_INVALID_TOKEN for a
 * malformed message, SEC_E_UNSUPPORTED_FUNCTION for a server that does not grant what is needed,
 * SEC_E_LOGON_DENIED when it does not name itself though signing was asked for (3.1.5.1.2),
 * SEC_E_INSUFFICIENT_MEMORY, SEC_E_INTERNAL_ERROR without random numbers.
 */
SECURITY_STATUS ntlm_client_authenticate(struct ntlm_handshake *h,
                                         const struct ntlm_client_input *in,
                                         struct wire_writer *token, struct ntlm_outcome *outcome);

/* ---- server ------------------------------------------------------------------------- */

struct ntlm_server_offer {
    const struct ntlm_policy *policy;
    const struct ntlm_machine *machine;
    /* connectionless: `negotiate` may be empty, the server then offers all that it can */
    bool datagram;
    /* whose account it will be is not known yet, or it has no LM hash: no keys of LM */
    bool no_lm_key;
    struct ntlm_bytes negotiate;
};
/*
 * Errors as above; SEC_E_UNSUPPORTED_FUNCTION for a client that wants datagrams of a server that
 * does not, or the other way round.
 */
SECURITY_STATUS ntlm_server_challenge(struct ntlm_handshake *h,
                                      const struct ntlm_server_offer *offer,
                                      struct wire_writer *token);

struct ntlm_server_input {
    struct ntlm_bytes authenticate; /* the client's message */
    const struct ntlm_policy *policy;
    const struct ntlm_machine *machine;
    ntlm_verifier verify; /* who knows whether the proof is right */
    void *verify_arg;
    const uint8_t *bindings; /* NTLM_BINDINGS_SIZE bytes; NULL: none are asked for */
    bool allow_missing_bindings;
    bool proxy_bindings; /* the channel ends elsewhere: any will do, and none will not */
    bool audit_bindings; /* what is wrong with them is logged, and let through */
    bool allow_anonymous;
};
/*
 * Verifies the client. SEC_E_OK; SEC_E_INVALID_TOKEN for a malformed message, SEC_E_LOGON_DENIED
 * for another account, a wrong password, an anonymous client that is not allowed, an answer of a
 * version that the policy's level refuses, or one that is too old; what the verifier says;
 * SEC_E_MESSAGE_ALTERED when the MIC says that a message was changed on the way (or the pairs that
 * come back under the proof are not those that were sent), SEC_E_BAD_BINDINGS for another channel,
 * SEC_E_WRONG_PRINCIPAL for a client that meant another service, SEC_E_UNSUPPORTED_FUNCTION,
 * SEC_E_INSUFFICIENT_MEMORY. user and domain of *outcome are what the client claimed also when it
 * was denied, for the log.
 */
SECURITY_STATUS ntlm_server_verify(struct ntlm_handshake *h, const struct ntlm_server_input *in,
                                   struct ntlm_outcome *outcome);

/* ---- shared by both ----------------------------------------------------------------- */

/*
 * Whether a session of these flags that signs or seals has all of `minimum`
 * (NTLM_EXTENDED_SECURITY, NTLM_128): SEC_E_OK, or SEC_E_UNSUPPORTED_FUNCTION with a reason that
 * names `setting`.
 */
SECURITY_STATUS ntlm_flags_check(uint32_t flags, uint32_t minimum, const char *setting);
bool ntlm_keep(struct ntlm_kept *kept, const void *data, size_t size);
/* MIC over the three messages, 3.1.5.1.2; the third is taken with zeros where its MIC stands. */
bool ntlm_mic(const struct ntlm_handshake *h, const uint8_t exported[NTLM_KEY_SIZE],
              struct ntlm_bytes authenticate, uint8_t mic[NTLM_MIC_SIZE]);
/* The clock as FILETIME. */
uint64_t ntlm_now(void);

#endif
