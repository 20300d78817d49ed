/*
 * [MS-NLMP] section 4.2.4, NTLM v2: every calculation, both messages byte by byte, and the sealed
 * message.
 */
#include "tests/unit/ntlm/vectors.h"

#include <string.h>

#include "libsspi/packages/ntlm/handshake/handshake.h"

#define FLAGS 0xe28a8233u /* 4.2.4 */

/* MsvAvNbDomainName, MsvAvNbComputerName, MsvAvEOL */
#define TARGET_INFO "02 00 0c 00 " WIRE_DOMAIN " 01 00 0c 00 " WIRE_SERVER " 00 00 00 00"
/* 4.2.4.1.3 */
#define TEMP                                                                                       \
    "01 01 00 00 00 00 00 00 00 00 00 00 00 00 00 00 aa aa aa aa aa aa aa aa 00 00 00 "            \
    "00 " TARGET_INFO " 00 00 00 00"
#define NTOWF       "0c 86 8a 40 3b fd 7a 93 a3 00 1e f2 2e f0 2e 3f"
#define PROOF       "68 cd 0a b8 51 e5 1c 96 aa bc 92 7b eb ef 6a 1c"
#define LM_RESPONSE "86 c3 50 97 ac 9c ec 10 25 54 76 4a 57 cc cc 19 aa aa aa aa aa aa aa aa"
#define BASE_KEY    "8d e4 0c ca db c1 4a 82 f1 5c b0 ad 0d e9 5c a3"
#define ENCRYPTED   "c5 da d2 54 4f c9 79 90 94 ce 1c e9 0b c9 d0 3e"

static const char challenge_message[] =
    "4e 54 4c 4d 53 53 50 00 02 00 00 00 0c 00 0c 00 38 00 00 00 33 82 8a e2 01 23 45 67 "
    "89 ab cd ef 00 00 00 00 00 00 00 00 24 00 24 00 44 00 00 00 06 00 70 17 00 00 00 "
    "0f " WIRE_SERVER " " TARGET_INFO;

static const char authenticate_message[] =
    "4e 54 4c 4d 53 53 50 00 03 00 00 00 18 00 18 00 6c 00 00 00 54 00 54 00 84 00 00 00 "
    "0c 00 0c 00 48 00 00 00 08 00 08 00 54 00 00 00 10 00 10 00 5c 00 00 00 10 00 10 00 "
    "d8 00 00 00 35 82 88 e2 05 01 28 0a 00 00 00 0f " WIRE_DOMAIN " " WIRE_USER
    " " WIRE_WORKSTATION " " LM_RESPONSE " " PROOF " " TEMP " " ENCRYPTED;

static void ntowf_of_user(const WCHAR *user, uint8_t key[NTLM_KEY_SIZE])
{
    uint8_t hash[NTLM_KEY_SIZE];

    assert_true(ntlm_nt_hash(VECTOR_PASSWORD, 8, hash));
    assert_true(ntlm_ntowf_v2(hash, user, 4, VECTOR_DOMAIN, 6, key));
}

/* 4.2.4.1.1; LMOWFv2 is the same function. Only the user is upper-cased. */
static void test_ntowf(void **state)
{
    uint8_t key[NTLM_KEY_SIZE], hash[NTLM_KEY_SIZE];

    (void)state;
    ntowf_of_user(VECTOR_USER, key);
    assert_hex(key, sizeof(key), NTOWF);
    ntowf_of_user(u"uSeR", key);
    assert_hex(key, sizeof(key), NTOWF);
    assert_true(ntlm_nt_hash(VECTOR_PASSWORD, 8, hash));
    assert_true(ntlm_ntowf_v2(hash, VECTOR_USER, 4, u"DOMAIN", 6, key));
    assert_memory_not_equal(key, hex(NTOWF).data, sizeof(key));
}

/* 4.2.4.1.3, 4.2.4.2.2, 4.2.4.1.2 */
static void test_response(void **state)
{
    struct ntlm_client_challenge m = {.target_info = hex(TARGET_INFO)};
    struct wire_writer temp = wire_writer_grow(1024);
    uint8_t proof[NTLM_PROOF_SIZE], key[NTLM_KEY_SIZE];

    (void)state;
    memcpy(m.challenge, hex(VECTOR_CLIENT_CHALLENGE).data, sizeof(m.challenge));
    ntlm_client_challenge_write(&temp, &m);
    ntlm_client_challenge_end(&temp);
    assert_true(wire_write_ok(&temp));
    assert_hex(temp.data, temp.offset, TEMP);
    assert_true(ntlm_nt_proof(hex(NTOWF).data, hex(VECTOR_SERVER_CHALLENGE).data,
                              (struct ntlm_bytes){temp.data, temp.offset}, proof));
    assert_hex(proof, sizeof(proof), PROOF);
    assert_true(ntlm_session_base_key_v2(hex(NTOWF).data, proof, key));
    assert_hex(key, sizeof(key), BASE_KEY);
    wire_writer_free(&temp);
}

/* 4.2.4.2.1 */
static void test_lm_response(void **state)
{
    uint8_t response[NTLM_V1_RESPONSE];

    (void)state;
    assert_true(ntlm_lm_v2_response(hex(NTOWF).data, hex(VECTOR_SERVER_CHALLENGE).data,
                                    hex(VECTOR_CLIENT_CHALLENGE).data, response));
    assert_hex(response, sizeof(response), LM_RESPONSE);
}

/* 4.2.4.2.3 */
static void test_encrypted_session_key(void **state)
{
    uint8_t key[NTLM_KEY_SIZE];

    (void)state;
    assert_true(ntlm_rc4k(hex(BASE_KEY).data, hex(VECTOR_SESSION_KEY).data, sizeof(key), key));
    assert_hex(key, sizeof(key), ENCRYPTED);
}

/* 4.2.4.3, read and written */
static void test_challenge_message(void **state)
{
    struct ntlm_bytes message = hex(challenge_message);
    struct wire_writer w = wire_writer_grow(1024), pairs = wire_writer_grow(1024);
    struct ntlm_challenge m;
    struct ntlm_target_info info;

    (void)state;
    assert_true(ntlm_challenge_read(message.data, message.size, &m));
    assert_int_equal(m.flags, FLAGS);
    assert_hex(m.target_name.data, m.target_name.size, WIRE_SERVER);
    assert_hex(m.server_challenge, sizeof(m.server_challenge), VECTOR_SERVER_CHALLENGE);
    assert_hex(m.target_info.data, m.target_info.size, TARGET_INFO);
    assert_int_equal(m.version.major, 6);
    assert_int_equal(m.version.minor, 0);
    assert_int_equal(m.version.build, 6000);
    assert_int_equal(m.version.revision, 15);
    ntlm_challenge_write(&w, &m);
    assert_true(wire_write_ok(&w));
    assert_hex(w.data, w.offset, challenge_message);

    assert_true(ntlm_target_info_read(m.target_info, &info));
    assert_hex(info.nb_domain.data, info.nb_domain.size, WIRE_DOMAIN);
    assert_hex(info.nb_computer.data, info.nb_computer.size, WIRE_SERVER);
    assert_null(info.dns_domain.data);
    assert_false(info.has_timestamp);
    ntlm_target_info_write(&pairs, &info);
    assert_hex(pairs.data, pairs.offset, TARGET_INFO);
    wire_writer_free(&pairs);
    wire_writer_free(&w);
}

static void test_authenticate_message(void **state)
{
    struct ntlm_bytes message = hex(authenticate_message), temp;
    struct wire_writer w = wire_writer_grow(1024);
    struct ntlm_authenticate m;
    struct ntlm_client_challenge client;
    uint8_t proof[NTLM_PROOF_SIZE];

    (void)state;
    assert_true(ntlm_authenticate_read(message.data, message.size, &m));
    assert_int_equal(m.flags, 0xe2888235u);
    assert_false(m.has_mic); /* its payload begins where the MIC would stand */
    assert_hex(m.user.data, m.user.size, WIRE_USER);
    assert_hex(m.domain.data, m.domain.size, WIRE_DOMAIN);
    assert_hex(m.workstation.data, m.workstation.size, WIRE_WORKSTATION);
    assert_hex(m.lm_response.data, m.lm_response.size, LM_RESPONSE);
    assert_hex(m.session_key.data, m.session_key.size, ENCRYPTED);
    assert_int_equal(m.version.build, 2600);
    assert_true(ntlm_v2_response_read(m.nt_response, proof, &temp, &client));
    assert_hex(proof, sizeof(proof), PROOF);
    assert_hex(temp.data, temp.size, TEMP);
    assert_int_equal(client.time, 0);
    ntlm_authenticate_write(&w, &m);
    assert_true(wire_write_ok(&w));
    assert_hex(w.data, w.offset, authenticate_message);
    wire_writer_free(&w);
}

/*
 * The same message at a server. It is not of a real handshake: its clock stands at zero, and the
 * server's pairs have none, which ours always have. So the verifier is asked, and what it says
 * opens the session key.
 */
static void test_verification(void **state)
{
    struct ntlm_account account = {.user = text_of("USER"), .domain = text_of("domain")};
    struct ntlm_text user = text_of("User"), domain = text_of("Domain"), none = {0};
    struct ntlm_bytes message = hex(authenticate_message);
    struct ntlm_claim claim = {.user = &user, .domain = &domain, .workstation = &none};
    struct ntlm_authenticate m;
    struct ntlm_verified v = {0};
    uint8_t key[NTLM_KEY_SIZE];

    (void)state;
    assert_true(ntlm_account_password(&account, VECTOR_PASSWORD, 8, NTLM_LEVEL_DEFAULT));
    assert_true(ntlm_authenticate_read(message.data, message.size, &m));
    memcpy(claim.challenge, hex(VECTOR_SERVER_CHALLENGE).data, sizeof(claim.challenge));
    claim.nt_response = m.nt_response;
    assert_int_equal(ntlm_verify_account(&account, &claim, &v), SEC_E_OK);
    assert_hex(v.session_base_key, sizeof(v.session_base_key), BASE_KEY);
    assert_true(ntlm_rc4k(v.session_base_key, m.session_key.data, sizeof(key), key));
    assert_hex(key, sizeof(key), VECTOR_SESSION_KEY);
    ntlm_verified_clear(&v);
    claim.nt_response.size = 0; /* LMv2 alone */
    claim.lm_response = m.lm_response;
    assert_int_equal(ntlm_verify_account(&account, &claim, &v), SEC_E_OK);
    ntlm_verified_clear(&v);
    claim.challenge[0] ^= 1;
    assert_int_equal(ntlm_verify_account(&account, &claim, &v), SEC_E_LOGON_DENIED);
    ntlm_verified_clear(&v);
    ntlm_text_free(&user);
    ntlm_text_free(&domain);
    ntlm_account_clear(&account);
}

/* 4.2.4.4 */
static void test_sealed_message(void **state)
{
    struct ntlm_session *client, *server;
    uint8_t key[NTLM_KEY_SIZE], data[18], signature[NTLM_SIGNATURE_SIZE];
    const struct ntlm_part part = {data, sizeof(data), false, false};
    size_t size;

    (void)state;
    assert_true(
        ntlm_sealing_key(FLAGS, hex(VECTOR_SESSION_KEY).data, NTLM_CLIENT_TO_SERVER, key, &size));
    assert_hex(key, size, "59 f6 00 97 3c c4 96 0a 25 48 0a 7c 19 6e 4c 58");
    assert_true(ntlm_signing_key(FLAGS, hex(VECTOR_SESSION_KEY).data, NTLM_CLIENT_TO_SERVER, key));
    assert_hex(key, sizeof(key), "47 88 dc 86 1b 47 82 f3 5d 43 fd 98 fe 1a 2d 39");

    client = ntlm_session_new(FLAGS, hex(VECTOR_SESSION_KEY).data, true);
    server = ntlm_session_new(FLAGS, hex(VECTOR_SESSION_KEY).data, false);
    assert_non_null(client);
    assert_non_null(server);
    memcpy(data, hex(VECTOR_PLAINTEXT).data, sizeof(data));
    assert_int_equal(ntlm_session_protect(client, NTLM_SEALED, 0, &part, 1, signature), SEC_E_OK);
    assert_hex(data, sizeof(data), "54 e5 01 65 bf 19 36 dc 99 60 20 c1 81 1b 0f 06 fb 5f");
    assert_hex(signature, sizeof(signature), "01 00 00 00 7f b3 8e c5 c5 5d 49 76 00 00 00 00");
    assert_int_equal(ntlm_session_unprotect(server, NTLM_SEALED, 0, &part, 1, signature), SEC_E_OK);
    assert_hex(data, sizeof(data), VECTOR_PLAINTEXT);
    ntlm_session_free(client);
    ntlm_session_free(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ntowf),
        cmocka_unit_test(test_response),
        cmocka_unit_test(test_lm_response),
        cmocka_unit_test(test_encrypted_session_key),
        cmocka_unit_test(test_challenge_message),
        cmocka_unit_test(test_authenticate_message),
        cmocka_unit_test(test_verification),
        cmocka_unit_test(test_sealed_message),
    };

    return cmocka_run_group_tests(tests, crypto_set_up, crypto_tear_down);
}
