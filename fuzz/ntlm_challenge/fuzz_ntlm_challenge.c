/*
 * CHALLENGE_MESSAGE, from a server that nobody knows yet. Whatever our client answers must be
 * readable, must carry what the client has to say of its own, and must keep what was asked for.
 */
#include <stdint.h>
#include <stdlib.h>

#include "libsspi/packages/ntlm/handshake/handshake.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct ntlm_machine machine = {.nb_computer = {(WCHAR *)u"CLIENT", 6}};
static const struct ntlm_policy policy = {.level = NTLM_LEVEL_DEFAULT,
                                          .minimum_client = NTLM_EXTENDED_SECURITY | NTLM_128};
static const struct ntlm_account account = {
    .user = {(WCHAR *)u"alice", 5}, .domain = {(WCHAR *)u"EXAMPLE", 7}, .nt_hash = {1, 2, 3}};

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    return ntlm_crypto_start() ? 0 : -1;
}

static void check(const struct wire_writer *token, uint32_t wanted)
{
    struct ntlm_authenticate m;
    struct ntlm_client_challenge client;
    struct ntlm_target_info info;
    struct ntlm_bytes temp;
    uint8_t proof[NTLM_PROOF_SIZE];

    if (!ntlm_authenticate_read(token->data, token->offset, &m) || (m.flags & wanted) != wanted ||
        ntlm_flags_check(m.flags, policy.minimum_client, "") != SEC_E_OK ||
        !ntlm_v2_response_read(m.nt_response, proof, &temp, &client) ||
        !ntlm_target_info_read(client.target_info, &info) ||
        info.channel_bindings.size != NTLM_BINDINGS_SIZE ||
        info.has_timestamp != !!(info.flags & NTLM_AV_FLAG_MIC))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t bindings[NTLM_BINDINGS_SIZE];
    static const uint32_t wishes[] = {0, NTLM_SIGN | NTLM_SEAL, NTLM_SIGN | NTLM_DATAGRAM};
    const struct ntlm_client_input in = {.challenge = {data, size},
                                         .policy = &policy,
                                         .account = &account,
                                         .machine = &machine,
                                         .target = {(const uint8_t *)u"HTTP/a", 12},
                                         .bindings = bindings};

    for (size_t i = 0; i < sizeof(wishes) / sizeof(wishes[0]); i++) {
        struct ntlm_handshake h = {0};
        struct ntlm_outcome outcome = {0};
        struct wire_writer first = wire_writer_grow(NTLM_MESSAGE_MAX);
        struct wire_writer token = wire_writer_grow(NTLM_MESSAGE_MAX);

        if (ntlm_client_negotiate(&h, &policy, wishes[i], &first) == SEC_E_OK &&
            ntlm_client_authenticate(&h, &in, &token, &outcome) == SEC_E_OK)
            check(&token, wishes[i]);
        ntlm_outcome_clear(&outcome);
        ntlm_handshake_clear(&h);
        wire_writer_free(&first);
        wire_writer_free(&token);
    }
    return 0;
}
