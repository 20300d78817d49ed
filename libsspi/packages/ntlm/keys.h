/*
 * The calculations of [MS-NLMP] sections 3.3 and 3.4.5: from a password to the keys of a session.
 * All keys are 16 bytes. Each function gives false only when memory has run out.
 */
#ifndef CREDMGR_NTLM_KEYS_H
#define CREDMGR_NTLM_KEYS_H

#include <windows.h>

#include "libsspi/packages/ntlm/crypto.h"

#define NTLM_CHALLENGE_SIZE 8
#define NTLM_V1_RESPONSE    24 /* bytes of an LM, NTLM, NTLM2 session or LMv2 response */
#define NTLM_PROOF_SIZE     16 /* NTProofStr, the head of an NTLMv2 response */

/* ---- 3.3.2, NTLM v2 ----------------------------------------------------------------- */

/* NTOWFv1: the NT hash of a password of `units` code units. Shared by both versions. */
bool ntlm_nt_hash(const WCHAR *password, size_t units, uint8_t hash[NTLM_KEY_SIZE]);
/* NTOWFv2, which is LMOWFv2 too: user and domain without a zero; only the user is upper-cased. */
bool ntlm_ntowf_v2(const uint8_t hash[NTLM_KEY_SIZE], const WCHAR *user, size_t user_units,
                   const WCHAR *domain, size_t domain_units, uint8_t key[NTLM_KEY_SIZE]);
/* NTProofStr over `temp`, the NTLMv2_CLIENT_CHALLENGE with its four last zeros. */
bool ntlm_nt_proof(const uint8_t ntowf[NTLM_KEY_SIZE],
                   const uint8_t server_challenge[NTLM_CHALLENGE_SIZE], struct ntlm_bytes temp,
                   uint8_t proof[NTLM_PROOF_SIZE]);
bool ntlm_lm_v2_response(const uint8_t ntowf[NTLM_KEY_SIZE],
                         const uint8_t server_challenge[NTLM_CHALLENGE_SIZE],
                         const uint8_t client_challenge[NTLM_CHALLENGE_SIZE],
                         uint8_t response[NTLM_V1_RESPONSE]);
/* SessionBaseKey, which for version 2 is the KeyExchangeKey. */
bool ntlm_session_base_key_v2(const uint8_t ntowf[NTLM_KEY_SIZE],
                              const uint8_t proof[NTLM_PROOF_SIZE], uint8_t key[NTLM_KEY_SIZE]);

/* ---- 3.3.1, NTLM v1: for lm_compatibility_level below 3 (client) and 5 (server) ------ */

/* Passwords with more characters have no LMOWFv1. */
#define NTLM_LM_CHARACTERS 14
/* LMOWFv1. The password must be ASCII (at most 14 characters count); others give false. */
bool ntlm_lm_hash(const WCHAR *password, size_t units, uint8_t hash[NTLM_KEY_SIZE]);
/* DESL() of section 6: the LM response from LMOWFv1, the NTLM response from NTOWFv1. */
bool ntlm_v1_response(const uint8_t hash[NTLM_KEY_SIZE],
                      const uint8_t challenge[NTLM_CHALLENGE_SIZE],
                      uint8_t response[NTLM_V1_RESPONSE]);
/* What an NTLM2 session response is made for: MD5 over both challenges, cut to eight bytes. */
bool ntlm_session_challenge(const uint8_t server_challenge[NTLM_CHALLENGE_SIZE],
                            const uint8_t client_challenge[NTLM_CHALLENGE_SIZE],
                            uint8_t challenge[NTLM_CHALLENGE_SIZE]);
/* The NTLM2 session response: NTLM v1 under extended session security. */
bool ntlm_v1_session_response(const uint8_t nt_hash[NTLM_KEY_SIZE],
                              const uint8_t server_challenge[NTLM_CHALLENGE_SIZE],
                              const uint8_t client_challenge[NTLM_CHALLENGE_SIZE],
                              uint8_t response[NTLM_V1_RESPONSE]);
bool ntlm_session_base_key_v1(const uint8_t nt_hash[NTLM_KEY_SIZE], uint8_t key[NTLM_KEY_SIZE]);
/*
 * KXKEY for version 1, section 3.4.5.1, decided by `flags`; lm_key is the first eight bytes of
 * LMOWFv1 (looked at for NTLM_LM_KEY and NTLM_NON_NT_SESSION_KEY alone), lm_response the
 * LmChallengeResponse sent.
 */
bool ntlm_key_exchange_key_v1(uint32_t flags, const uint8_t session_base_key[NTLM_KEY_SIZE],
                              const uint8_t lm_key[8], const uint8_t lm_response[NTLM_V1_RESPONSE],
                              const uint8_t server_challenge[NTLM_CHALLENGE_SIZE],
                              uint8_t key[NTLM_KEY_SIZE]);

/* ---- 3.4.5, keys of a session ------------------------------------------------------- */

enum ntlm_direction { NTLM_CLIENT_TO_SERVER, NTLM_SERVER_TO_CLIENT };

/*
 * SIGNKEY. There is none without extended session security: then false, and the key is all zeros.
 */
bool ntlm_signing_key(uint32_t flags, const uint8_t exported[NTLM_KEY_SIZE],
                      enum ntlm_direction direction, uint8_t key[NTLM_KEY_SIZE]);
/*
 * SEALKEY; *size becomes 16, or 8 for the weak keys of an LM key, and of datagrams without extended
 * session security.
 */
bool ntlm_sealing_key(uint32_t flags, const uint8_t exported[NTLM_KEY_SIZE],
                      enum ntlm_direction direction, uint8_t key[NTLM_KEY_SIZE], size_t *size);

#endif
