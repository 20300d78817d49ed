/*
 * Peers that are not like ours: clients without a MIC, of version 1, anonymous, without Unicode;
 * servers without a clock, without names. They are built here by hand, message by message.
 */
#include "tests/unit/ntlm/vectors.h"

#include <stdlib.h>
#include <string.h>

#include "libsspi/packages/ntlm/handshake/handshake.h"

#define CLIENT_FLAGS                                                                               \
    (NTLM_UNICODE | NTLM_REQUEST_TARGET | NTLM_NTLM | NTLM_ALWAYS_SIGN | NTLM_EXTENDED_SECURITY |  \
     NTLM_128 | NTLM_KEY_EXCH | NTLM_SIGN | NTLM_SEAL)

static struct ntlm_account alice;
static struct ntlm_machine machine;

static int set_up(void **state)
{
    if (crypto_set_up(state))
        return -1;
    alice.user = text_of("alice");
    alice.domain = text_of("EXAMPLE");
    machine.nb_computer = text_of("SERVER");
    machine.nb_domain = text_of("EXAMPLE");
    machine.dns_computer = text_of("server.example.com");
    machine.dns_domain = text_of("example.com");
    return ntlm_nt_hash(u"pw", 2, alice.nt_hash) ? 0 : -1;
}

static int tear_down(void **state)
{
    ntlm_account_clear(&alice);
    ntlm_text_free(&machine.nb_computer);
    ntlm_text_free(&machine.nb_domain);
    ntlm_text_free(&machine.dns_computer);
    ntlm_text_free(&machine.dns_domain);
    return crypto_tear_down(state);
}

/* ---- a client made by hand ---------------------------------------------------------- */

/* How it differs from a good one. Zeros: NTLM v2 without MIC and without key exchange. */
struct odd_client {
    uint32_t remove, add; /* flags of the first message */
    uint32_t last_add;    /* of the third alone */
    bool mic, no_room_for_mic, key, short_key, no_clock;
    enum { VERSION_2, VERSION_1, NO_RESPONSE, CUT_RESPONSE, WRONG_TYPE } response;
    const char *user; /* NULL: alice */
    bool odd_name, name_with_zero, bad_pairs;
};

struct odd_state {
    struct ntlm_handshake server;
    struct wire_writer one, two, three, response;
};

static void build_response(const struct odd_client *how, struct odd_state *s,
                           const uint8_t ntowf[NTLM_KEY_SIZE], uint8_t base_key[NTLM_KEY_SIZE])
{
    struct wire_writer info = wire_writer_grow(1024);
    struct ntlm_client_challenge temp = {.time = ntlm_now(), .challenge = {1, 2, 3, 4, 5, 6, 7, 8}};
    struct ntlm_challenge challenge;
    struct ntlm_target_info names;
    uint8_t proof[NTLM_PROOF_SIZE], none[NTLM_BINDINGS_SIZE] = {0};

    assert_true(ntlm_challenge_read(s->two.data, s->two.offset, &challenge));
    assert_true(ntlm_target_info_read(challenge.target_info, &names));
    assert_true(names.has_timestamp);
    if (how->no_clock) {
        names.has_timestamp = false;
        ntlm_target_info_write(&info, &names);
    } else {
        const struct ntlm_target_answer answer = {.flags = how->mic ? NTLM_AV_FLAG_MIC : 0,
                                                  .bindings = none};

        ntlm_target_info_answer(&info, challenge.target_info, &answer);
    }
    if (how->bad_pairs)
        wire_patch_u16le(&info, 2, 0x7fff);
    temp.target_info = (struct ntlm_bytes){info.data, info.offset};
    s->response = wire_writer_grow(1024);
    wire_put_zeros(&s->response, NTLM_PROOF_SIZE);
    ntlm_client_challenge_write(&s->response, &temp);
    ntlm_client_challenge_end(&s->response);
    if (how->response == WRONG_TYPE)
        wire_patch_u16le(&s->response, NTLM_PROOF_SIZE, 0x0202);
    assert_true(ntlm_nt_proof(ntowf, challenge.server_challenge,
                              (struct ntlm_bytes){s->response.data + NTLM_PROOF_SIZE,
                                                  s->response.offset - NTLM_PROOF_SIZE},
                              proof));
    wire_patch_bytes(&s->response, 0, proof, sizeof(proof));
    assert_true(ntlm_session_base_key_v2(ntowf, proof, base_key));
    wire_writer_free(&info);
}

static void build_third(const struct odd_client *how, struct odd_state *s, uint32_t flags)
{
    struct ntlm_text user = text_of(how->user ? how->user : "alice");
    struct ntlm_authenticate m = {.flags = flags | how->last_add, .has_mic = !how->no_room_for_mic};
    uint8_t ntowf[NTLM_KEY_SIZE], base_key[NTLM_KEY_SIZE], key[NTLM_KEY_SIZE],
        encrypted[NTLM_KEY_SIZE];
    char *oem_user = NULL, *oem_domain = NULL;
    bool unicode = flags & NTLM_UNICODE;

    assert_true(ntlm_ntowf_v2(alice.nt_hash, user.string, user.units, alice.domain.string,
                              alice.domain.units, ntowf));
    build_response(how, s, ntowf, base_key);
    memset(key, 0x77, sizeof(key));
    assert_true(ntlm_rc4k(base_key, key, sizeof(key), encrypted));
    assert_true(ntlm_text_write(&user, unicode, &m.user, &oem_user));
    assert_true(ntlm_text_write(&alice.domain, unicode, &m.domain, &oem_domain));
    if (how->odd_name)
        m.user.size--;
    if (how->name_with_zero)
        user.string[1] = 0;
    if (how->key)
        m.session_key = (struct ntlm_bytes){encrypted, how->short_key ? 8 : sizeof(encrypted)};
    else
        memcpy(key, base_key, sizeof(key));
    m.nt_response = (struct ntlm_bytes){s->response.data, s->response.offset};
    if (how->response == NO_RESPONSE)
        m.nt_response.size = 0;
    if (how->response == VERSION_1)
        m.nt_response.size = NTLM_V1_RESPONSE;
    if (how->response == CUT_RESPONSE)
        m.nt_response.size = 43;
    s->three = wire_writer_grow(2048);
    ntlm_authenticate_write(&s->three, &m);
    assert_true(wire_write_ok(&s->three));
    if (how->mic && !how->no_room_for_mic) {
        assert_true(
            ntlm_mic(&s->server, key, (struct ntlm_bytes){s->three.data, s->three.offset}, m.mic));
        wire_patch_bytes(&s->three, NTLM_MIC_OFFSET, m.mic, sizeof(m.mic));
    }
    free(oem_user);
    free(oem_domain);
    ntlm_text_free(&user);
}

static SECURITY_STATUS meet_server(struct odd_client how, bool require_mic)
{
    struct odd_state s = {.one = wire_writer_grow(1024), .two = wire_writer_grow(1024)};
    const struct ntlm_policy policy = {.level = NTLM_LEVEL_DEFAULT,
                                       .minimum_server = NTLM_EXTENDED_SECURITY | NTLM_128,
                                       .require_mic = require_mic};
    struct ntlm_negotiate m = {.flags = (CLIENT_FLAGS & ~how.remove) | how.add};
    struct ntlm_outcome outcome = {0};
    SECURITY_STATUS status;

    ntlm_negotiate_write(&s.one, &m);
    const struct ntlm_server_offer offer = {
        .policy = &policy, .machine = &machine, .negotiate = {s.one.data, s.one.offset}};
    status = ntlm_server_challenge(&s.server, &offer, &s.two);
    if (!status) {
        build_third(&how, &s, s.server.flags);
        const struct ntlm_server_input in = {.authenticate = {s.three.data, s.three.offset},
                                             .policy = &policy,
                                             .machine = &machine,
                                             .verify = ntlm_verify_account,
                                             .verify_arg = &alice};
        status = ntlm_server_verify(&s.server, &in, &outcome);
        wire_writer_free(&s.three);
        wire_writer_free(&s.response);
    }
    ntlm_outcome_clear(&outcome);
    ntlm_handshake_clear(&s.server);
    wire_writer_free(&s.one);
    wire_writer_free(&s.two);
    return status;
}

static void test_good_clients(void **state)
{
    (void)state;
    assert_int_equal(meet_server((struct odd_client){.key = true, .mic = true}, true), SEC_E_OK);
    assert_int_equal(meet_server((struct odd_client){.remove = NTLM_KEY_EXCH, .mic = true}, true),
                     SEC_E_OK);
    /* older ones have no MIC, or not even room for one: a machine may insist */
    assert_int_equal(meet_server((struct odd_client){.key = true}, false), SEC_E_OK);
    assert_int_equal(meet_server((struct odd_client){.key = true, .no_room_for_mic = true}, false),
                     SEC_E_OK);
    assert_int_equal(meet_server((struct odd_client){.key = true}, true), SEC_E_MESSAGE_ALTERED);
    /* authentication alone needs no key, though an exchange was offered */
    assert_int_equal(
        meet_server((struct odd_client){.remove = NTLM_SIGN | NTLM_SEAL, .mic = true}, true),
        SEC_E_OK);
    /* the target's name is not asked for */
    assert_int_equal(
        meet_server((struct odd_client){.remove = NTLM_REQUEST_TARGET, .key = true, .mic = true},
                    true),
        SEC_E_OK);
}

static void test_oem_client(void **state)
{
    (void)state;
    assert_int_equal(
        meet_server(
            (struct odd_client){.remove = NTLM_UNICODE, .add = NTLM_OEM, .key = true, .mic = true},
            true),
        SEC_E_OK);
    assert_int_equal(meet_server((struct odd_client){.remove = NTLM_UNICODE}, true),
                     SEC_E_INVALID_TOKEN);
}

static void test_refused_clients(void **state)
{
    static const struct {
        struct odd_client how;
        SECURITY_STATUS status;
    } rows[] = {
        {{.response = VERSION_1, .key = true}, SEC_E_LOGON_DENIED},
        {{.response = NO_RESPONSE, .key = true}, SEC_E_LOGON_DENIED},
        {{.last_add = NTLM_ANONYMOUS, .key = true}, SEC_E_LOGON_DENIED},
        {{.user = "", .response = NO_RESPONSE, .last_add = NTLM_ANONYMOUS}, SEC_E_LOGON_DENIED},
        {{.user = "", .key = true}, SEC_E_LOGON_DENIED},
        {{.response = CUT_RESPONSE, .key = true}, SEC_E_INVALID_TOKEN},
        {{.response = WRONG_TYPE, .key = true}, SEC_E_INVALID_TOKEN},
        {{.odd_name = true, .key = true}, SEC_E_INVALID_TOKEN},
        {{.name_with_zero = true, .key = true}, SEC_E_INVALID_TOKEN},
        {{.bad_pairs = true, .key = true}, SEC_E_INVALID_TOKEN},
        {{.no_clock = true, .key = true}, SEC_E_MESSAGE_ALTERED},
        {{.mic = true, .no_room_for_mic = true, .key = true}, SEC_E_INVALID_TOKEN},
        {{.key = false}, SEC_E_INVALID_TOKEN}, /* an exchange was agreed on */
        {{.key = true, .short_key = true}, SEC_E_INVALID_TOKEN},
        {{.add = NTLM_DATAGRAM}, SEC_E_UNSUPPORTED_FUNCTION},
        {{.remove = NTLM_EXTENDED_SECURITY}, SEC_E_UNSUPPORTED_FUNCTION},
        {{.remove = NTLM_128, .add = NTLM_56}, SEC_E_UNSUPPORTED_FUNCTION},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_int_equal(meet_server(rows[i].how, false), rows[i].status);
}

/* ---- a server made by hand ---------------------------------------------------------- */

struct odd_server {
    uint32_t remove, add;
    bool clock, no_names, no_target_info, huge;
};

/* What our client says to it; its answer is in *m, which borrows from *three. */
static SECURITY_STATUS meet_client(struct odd_server how, uint32_t wanted,
                                   struct wire_writer *three, struct ntlm_authenticate *m,
                                   struct ntlm_challenge *said)
{
    static uint8_t bytes[NTLM_MESSAGE_MAX], zeros[65300];
    static const uint8_t none[NTLM_BINDINGS_SIZE];
    static const struct ntlm_policy policy = {.level = NTLM_LEVEL_DEFAULT,
                                              .minimum_client = NTLM_EXTENDED_SECURITY | NTLM_128};
    struct ntlm_handshake client = {0};
    struct wire_writer one = wire_writer_grow(1024), info = wire_writer_grow(NTLM_MESSAGE_MAX);
    struct wire_writer two = wire_writer(bytes, sizeof(bytes));
    struct ntlm_target_info names = {.has_timestamp = how.clock, .timestamp = 0x1122334455667788};
    struct ntlm_challenge challenge = {.server_challenge = {1, 2, 3, 4, 5, 6, 7, 8}};
    struct ntlm_outcome outcome = {0};
    SECURITY_STATUS status;

    assert_int_equal(ntlm_client_negotiate(&client, &policy, wanted, &one), SEC_E_OK);
    if (!how.no_names)
        names.nb_computer = names.nb_domain = ntlm_text_bytes(&machine.nb_computer);
    if (how.huge)
        names.dns_tree = (struct ntlm_bytes){zeros, sizeof(zeros)};
    ntlm_target_info_write(&info, &names);
    challenge.flags = ((client.flags & ~NTLM_OEM & ~how.remove) | how.add) |
                      (how.no_target_info ? 0 : NTLM_TARGET_INFO);
    challenge.target_info = (struct ntlm_bytes){info.data, info.offset};
    ntlm_challenge_write(&two, &challenge);
    assert_true(wire_write_ok(&two));
    const struct ntlm_client_input in = {.challenge = {two.data, two.offset},
                                         .policy = &policy,
                                         .account = &alice,
                                         .machine = &machine,
                                         .bindings = none,
                                         .unverified_target = true};
    *three = wire_writer_grow(NTLM_MESSAGE_MAX);
    status = ntlm_client_authenticate(&client, &in, three, &outcome);
    if (!status)
        assert_true(ntlm_authenticate_read(three->data, three->offset, m));
    assert_true(ntlm_challenge_read(two.data, two.offset, said));
    ntlm_outcome_clear(&outcome);
    ntlm_handshake_clear(&client);
    wire_writer_free(&one);
    wire_writer_free(&info);
    return status;
}

/*
 * A server with a clock: MIC, and 24 zeros for the LM response; without one: no MIC, and an LMv2
 * response.
 */
static void test_clock(void **state)
{
    static const uint8_t zeros[NTLM_V1_RESPONSE];
    struct wire_writer three;
    struct ntlm_authenticate m;
    struct ntlm_challenge said;
    struct ntlm_client_challenge temp;
    struct ntlm_target_info info;
    struct ntlm_bytes temp_bytes;
    uint8_t proof[NTLM_PROOF_SIZE], ntowf[NTLM_KEY_SIZE], expected[NTLM_V1_RESPONSE];

    (void)state;
    assert_int_equal(meet_client((struct odd_server){.clock = true}, NTLM_SIGN, &three, &m, &said),
                     SEC_E_OK);
    assert_true(m.has_mic);
    assert_int_equal(m.lm_response.size, NTLM_V1_RESPONSE);
    assert_memory_equal(m.lm_response.data, zeros, sizeof(zeros));
    assert_true(ntlm_v2_response_read(m.nt_response, proof, &temp_bytes, &temp));
    assert_true(temp.time == 0x1122334455667788);
    assert_true(ntlm_target_info_read(temp.target_info, &info));
    assert_int_equal(info.flags, NTLM_AV_FLAG_MIC | NTLM_AV_FLAG_UNVERIFIED_TARGET);
    assert_true(info.timestamp == 0x1122334455667788);
    assert_non_null(info.target_name.data);
    assert_int_equal(info.target_name.size, 0);
    assert_int_equal(info.channel_bindings.size, NTLM_BINDINGS_SIZE);
    wire_writer_free(&three);

    assert_int_equal(meet_client((struct odd_server){.clock = false}, NTLM_SIGN, &three, &m, &said),
                     SEC_E_OK);
    assert_true(ntlm_v2_response_read(m.nt_response, proof, &temp_bytes, &temp));
    assert_true(ntlm_target_info_read(temp.target_info, &info));
    assert_int_equal(info.flags, NTLM_AV_FLAG_UNVERIFIED_TARGET);
    assert_false(info.has_timestamp);
    assert_true(temp.time > UINT64_C(130000000000000000)); /* our own clock: after 2012 */
    assert_true(ntlm_ntowf_v2(alice.nt_hash, alice.user.string, alice.user.units,
                              alice.domain.string, alice.domain.units, ntowf));
    assert_true(ntlm_lm_v2_response(ntowf, said.server_challenge, temp.challenge, expected));
    assert_int_equal(m.lm_response.size, sizeof(expected));
    assert_memory_equal(m.lm_response.data, expected, sizeof(expected));
    wire_writer_free(&three);
}

static void test_servers(void **state)
{
    static const struct {
        struct odd_server how;
        uint32_t wanted;
        SECURITY_STATUS status;
    } rows[] = {
        {{.clock = true}, NTLM_SIGN | NTLM_SEAL, SEC_E_OK},
        {{.no_names = true}, 0, SEC_E_OK},
        {{.no_names = true}, NTLM_SIGN, SEC_E_LOGON_DENIED},
        {{.no_target_info = true}, 0, SEC_E_OK},
        {{.no_target_info = true}, NTLM_SIGN, SEC_E_LOGON_DENIED},
        {{.remove = NTLM_SIGN}, NTLM_SIGN, SEC_E_UNSUPPORTED_FUNCTION},
        {{.remove = NTLM_SEAL}, NTLM_SIGN | NTLM_SEAL, SEC_E_UNSUPPORTED_FUNCTION},
        {{.remove = NTLM_128}, NTLM_SIGN, SEC_E_UNSUPPORTED_FUNCTION},
        {{.remove = NTLM_128 | NTLM_56}, 0, SEC_E_OK},
        {{.remove = NTLM_EXTENDED_SECURITY}, 0, SEC_E_OK},
        {{.remove = NTLM_EXTENDED_SECURITY}, NTLM_SIGN, SEC_E_UNSUPPORTED_FUNCTION},
        {{.remove = NTLM_KEY_EXCH}, NTLM_SIGN, SEC_E_OK},
        {{.remove = NTLM_UNICODE}, 0, SEC_E_INVALID_TOKEN},
        {{.clock = true, .huge = true}, 0, SEC_E_INVALID_TOKEN}, /* no answer could hold that */
        {{.remove = NTLM_UNICODE, .add = NTLM_OEM}, NTLM_SIGN, SEC_E_OK},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct wire_writer three;
        struct ntlm_authenticate m;
        struct ntlm_challenge said;

        assert_int_equal(meet_client(rows[i].how, rows[i].wanted, &three, &m, &said),
                         rows[i].status);
        if (rows[i].how.add & NTLM_OEM) {
            assert_int_equal(m.user.size, 5);
            assert_memory_equal(m.user.data, "alice", 5);
        }
        wire_writer_free(&three);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good_clients),    cmocka_unit_test(test_oem_client),
        cmocka_unit_test(test_refused_clients), cmocka_unit_test(test_clock),
        cmocka_unit_test(test_servers),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
