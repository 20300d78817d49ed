/*
 * AUTHENTICATE_MESSAGE, from a client that is not authenticated yet. Each input is tried as it is,
 * and then with the right proof put into it, as a client would send it that does know the password:
 * so what lies behind the proof is reached, too.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "libsspi/packages/ntlm/handshake/handshake.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct ntlm_account account = {.user = {(WCHAR *)u"alice", 5}, .nt_hash = {1, 2, 3}};
static uint8_t first[40], second[56];

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    return ntlm_crypto_start() ? 0 : -1;
}

/*
 * At the default level, and at the one that takes everything. There nobody may be let in as nobody,
 * and without session security the flags may be the weakest.
 */
static SECURITY_STATUS verify(uint32_t charset, unsigned level, const uint8_t *data, size_t size)
{
    const struct ntlm_policy policy = {.level = level,
                                       .minimum_server =
                                           level ? NTLM_EXTENDED_SECURITY | NTLM_128 : 0,
                                       .channel_bindings = NTLM_WANTED_ALWAYS,
                                       .target_name = NTLM_WANTED_WHEN_GIVEN,
                                       .target_names = "server, www.example.com"};
    static const struct ntlm_machine machine = {.nb_computer = {(WCHAR *)(uintptr_t)u"BOX", 3}};
    static const uint8_t bindings[NTLM_BINDINGS_SIZE] = {1};
    struct ntlm_handshake h = {.flags = charset | NTLM_SIGN | NTLM_SEAL | NTLM_128 | NTLM_KEY_EXCH |
                                        NTLM_TARGET_INFO |
                                        (level ? NTLM_EXTENDED_SECURITY : NTLM_LM_KEY),
                               .negotiate = {first, sizeof(first)},
                               .challenge = {second, sizeof(second)}};
    struct ntlm_outcome outcome = {0};
    const struct ntlm_server_input in = {.authenticate = {data, size},
                                         .policy = &policy,
                                         .machine = &machine,
                                         .verify = ntlm_verify_account,
                                         .verify_arg = (void *)(uintptr_t)&account,
                                         .bindings = bindings,
                                         .allow_missing_bindings = true,
                                         .allow_anonymous = !level};
    SECURITY_STATUS status = ntlm_server_verify(&h, &in, &outcome);

    if (status == SEC_E_OK &&
        ntlm_flags_check(outcome.flags, policy.minimum_server, "") != SEC_E_OK)
        abort();
    if (status == SEC_E_OK && outcome.flags & NTLM_ANONYMOUS)
        status = SEC_E_LOGON_DENIED; /* who has proved nothing */
    ntlm_outcome_clear(&outcome);
    return status;
}

/*
 * Puts the proof, and the MIC if there is one, into a copy of the message. Fields that overlap may
 * spoil it again.
 */
static void sign(uint8_t *copy, size_t size)
{
    static const uint8_t challenge[NTLM_CHALLENGE_SIZE];
    const struct ntlm_handshake h = {.negotiate = {first, sizeof(first)},
                                     .challenge = {second, sizeof(second)}};
    struct ntlm_authenticate m;
    struct ntlm_client_challenge client;
    struct ntlm_bytes temp;
    struct ntlm_text user, domain = {0};
    uint8_t proof[NTLM_PROOF_SIZE], ntowf[NTLM_KEY_SIZE], key[NTLM_KEY_SIZE];
    bool no_memory;

    if (!ntlm_authenticate_read(copy, size, &m) ||
        !ntlm_v2_response_read(m.nt_response, proof, &temp, &client) ||
        !ntlm_text_read(m.user, true, &user, &no_memory))
        return;
    if (ntlm_text_read(m.domain, true, &domain, &no_memory) &&
        ntlm_ntowf_v2(account.nt_hash, user.string, user.units, domain.string, domain.units,
                      ntowf) &&
        ntlm_nt_proof(ntowf, challenge, temp, proof) &&
        ntlm_session_base_key_v2(ntowf, proof, key)) {
        memcpy(copy + (m.nt_response.data - copy), proof, sizeof(proof));
        if (m.session_key.size == NTLM_KEY_SIZE)
            ntlm_rc4k(key, m.session_key.data, NTLM_KEY_SIZE, key);
        if (m.has_mic && ntlm_mic(&h, key, (struct ntlm_bytes){copy, size}, m.mic))
            memcpy(copy + NTLM_MIC_OFFSET, m.mic, sizeof(m.mic));
    }
    ntlm_text_free(&user);
    ntlm_text_free(&domain);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size ? size : 1);

    if (!copy)
        return 0;
    for (unsigned level = 0; level <= NTLM_LEVEL_MAX; level += NTLM_LEVEL_MAX)
        if (verify(NTLM_UNICODE, level, data, size) == SEC_E_OK ||
            verify(NTLM_OEM, level, data, size) == SEC_E_OK)
            abort(); /* nobody can guess a proof */
    memcpy(copy, data, size);
    sign(copy, size);
    verify(NTLM_UNICODE, NTLM_LEVEL_MAX, copy, size);
    verify(NTLM_UNICODE, 0, copy, size);
    free(copy);
    return 0;
}
