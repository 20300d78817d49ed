/*
 * NEGOTIATE_MESSAGE, the first thing a stranger sends to a server. Whatever is answered must be a
 * message that a client can read.
 */
#include <stdint.h>
#include <stdlib.h>

#include "libsspi/packages/ntlm/handshake/handshake.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct ntlm_machine machine = {
    .nb_computer = {(WCHAR *)u"SERVER", 6},
    .nb_domain = {(WCHAR *)u"EXAMPLE", 7},
    .dns_computer = {(WCHAR *)u"server.example.com", 18},
    .dns_domain = {(WCHAR *)u"example.com", 11},
};

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    return ntlm_crypto_start() ? 0 : -1;
}

static void challenge(const uint8_t *data, size_t size, bool datagram)
{
    static const struct ntlm_policy policy = {.level = NTLM_LEVEL_DEFAULT,
                                              .minimum_server = NTLM_EXTENDED_SECURITY | NTLM_128};
    struct ntlm_handshake h = {0};
    struct wire_writer token = wire_writer_grow(NTLM_MESSAGE_MAX);
    struct ntlm_challenge m;
    struct ntlm_target_info info;

    const struct ntlm_server_offer offer = {
        .policy = &policy, .machine = &machine, .datagram = datagram, .negotiate = {data, size}};

    if (ntlm_server_challenge(&h, &offer, &token) == SEC_E_OK &&
        (!ntlm_challenge_read(token.data, token.offset, &m) ||
         !ntlm_target_info_read(m.target_info, &info) || !info.has_timestamp ||
         ntlm_flags_check(m.flags, policy.minimum_server, "") != SEC_E_OK))
        abort();
    ntlm_handshake_clear(&h);
    wire_writer_free(&token);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    challenge(data, size, false);
    challenge(data, size, true);
    return 0;
}
