/*
 * Handshakes of real Windows peers, as Microsoft's protocol documents print them: our server is
 * given what theirs was sent, and our client answers what theirs answered. And the five responses
 * of E. Glass, "The NTLM Authentication Protocol and Security Support Provider" (2006), which were
 * made with Windows 2000 and XP.
 */
#include "tests/unit/ntlm/vectors.h"

#include <stdlib.h>
#include <string.h>

#include "libsspi/packages/ntlm/handshake/client.h"
#include "tests/unit/ntlm/recorded.h"

static const struct ntlm_machine machine = {.nb_computer = {(WCHAR *)(uintptr_t)u"HERE", 4}};

static struct ntlm_account account_of(const char *user, const char *domain, const char *password)
{
    struct ntlm_account a = {.user = text_of(user), .domain = text_of(domain)};
    struct ntlm_text text = text_of(password);

    assert_true(ntlm_account_password(&a, text.string, text.units, 0));
    ntlm_text_free(&text);
    return a;
}

/* ---- a Windows client at our server ------------------------------------------------- */

static SECURITY_STATUS verify(const char *challenge, const char *authenticate, unsigned level,
                              struct ntlm_account *account, struct ntlm_outcome *o)
{
    const struct ntlm_policy policy = {.level = level};
    struct ntlm_bytes two = hex(challenge);
    struct ntlm_server_input in = {.authenticate = hex(authenticate),
                                   .policy = &policy,
                                   .machine = &machine,
                                   .verify = ntlm_verify_account,
                                   .verify_arg = account};
    struct ntlm_handshake h = {0};
    struct ntlm_challenge m;

    assert_true(ntlm_challenge_read(two.data, two.size, &m));
    h.flags = m.flags;
    memcpy(h.server_challenge, m.server_challenge, sizeof(h.server_challenge));
    memset(o, 0, sizeof(*o));
    return ntlm_server_verify(&h, &in, o);
}

static void test_pop3(void **state)
{
    struct ntlm_account user = account_of("USER", "", "password");
    struct ntlm_account other = account_of("USER", "", "Password");
    struct ntlm_outcome o;

    (void)state;
    assert_int_equal(verify(pop3_challenge, pop3_authenticate, 4, &user, &o), SEC_E_OK);
    assert_int_equal(o.flags, 0xa2888205u);
    ntlm_outcome_clear(&o);
    assert_int_equal(verify(pop3_challenge, pop3_authenticate, 5, &user, &o), SEC_E_LOGON_DENIED);
    ntlm_outcome_clear(&o);
    assert_int_equal(verify(pop3_challenge, pop3_authenticate, 0, &other, &o), SEC_E_LOGON_DENIED);
    ntlm_outcome_clear(&o);
    /* an answer to another challenge; and 4.2, whose client had another password */
    assert_int_equal(verify(pop3_refused_challenge, pop3_authenticate, 4, &user, &o),
                     SEC_E_LOGON_DENIED);
    ntlm_outcome_clear(&o);
    assert_int_equal(verify(pop3_refused_challenge, pop3_refused_authenticate, 4, &user, &o),
                     SEC_E_LOGON_DENIED);
    ntlm_outcome_clear(&o);
    ntlm_account_clear(&user);
    ntlm_account_clear(&other);
}

/* What is sent where no proof is needed is none anywhere else. */
static void test_local_call(void **state)
{
    struct ntlm_account nobody = {0};
    struct ntlm_outcome o;

    (void)state;
    assert_int_equal(verify(smtp_challenge, wsmv_authenticate, 0, &nobody, &o), SEC_E_LOGON_DENIED);
    ntlm_outcome_clear(&o);
}

static void assert_names_are(const char *authenticate, const char *user, const char *domain,
                             const char *workstation, size_t key_size)
{
    const char *names[] = {user, domain, workstation};
    struct ntlm_bytes message = hex(authenticate);
    struct ntlm_authenticate m;
    struct ntlm_text text, expected;
    bool no_memory;

    assert_true(ntlm_authenticate_read(message.data, message.size, &m));
    for (size_t i = 0; i < 3; i++) {
        expected = text_of(names[i]);
        assert_true(ntlm_text_read(i == 0   ? m.user
                                   : i == 1 ? m.domain
                                            : m.workstation,
                                   true, &text, &no_memory));
        assert_true(ntlm_text_same(&text, &expected));
        ntlm_text_free(&text);
        ntlm_text_free(&expected);
    }
    assert_int_equal(m.nt_response.size, NTLM_V1_RESPONSE);
    assert_int_equal(m.session_key.size, key_size);
    assert_false(m.has_mic);
}

static void test_messages(void **state)
{
    struct ntlm_bytes message = hex(nntp_negotiate);
    struct ntlm_negotiate m;

    (void)state;
    assert_names_are(pop3_authenticate, "user", "", "NF-CLIENT", 0);
    assert_names_are(smtp_authenticate, "test", "exch-cli-66", "EXCH-CLI-66", 16);
    assert_names_are(nntp_authenticate, "test", "exch-cli-66", "EXCH-CLI-66", 16);
    assert_names_are(wmhttp_authenticate, "Administrator", "CRMUR-X1", "CRMUR-X1", 0);
    assert_names_are(mwbe_authenticate, "administrator", "adfsvm-a", "JSB-DEV", 0);
    assert_true(ntlm_negotiate_read(message.data, message.size, &m));
    assert_int_equal(m.domain.size, 7);
    assert_memory_equal(m.domain.data, "REDMOND", 7);
    assert_memory_equal(m.workstation.data, "GPULLA1", 7);
    assert_int_equal(m.version.build, 2600);
}

/* Our server has an answer for what they ask. */
static void test_negotiate(void **state)
{
    static const char *const messages[] = {pop3_negotiate, smtp_negotiate, nntp_negotiate};
    const struct ntlm_policy policy = {.level = NTLM_LEVEL_DEFAULT,
                                       .minimum_server = NTLM_128 | NTLM_EXTENDED_SECURITY};

    (void)state;
    for (size_t i = 0; i < sizeof(messages) / sizeof(messages[0]); i++) {
        const struct ntlm_server_offer offer = {
            .policy = &policy, .machine = &machine, .negotiate = hex(messages[i])};
        struct wire_writer w = wire_writer_grow(1024);
        struct ntlm_handshake h = {0};

        assert_int_equal(ntlm_server_challenge(&h, &offer, &w), SEC_E_OK);
        assert_true(h.flags & NTLM_EXTENDED_SECURITY && h.flags & NTLM_UNICODE);
        /* 2.2.2.5, U: 128 bits are for what signs or seals */
        assert_true(!(h.flags & NTLM_SIGN) == !(h.flags & NTLM_128));
        ntlm_handshake_clear(&h);
        wire_writer_free(&w);
    }
}

/* ---- our client at a Windows server ------------------------------------------------- */

/* The same user of the same machine with the same random numbers says the same, byte by byte. */
static void test_same_answer(void **state)
{
    const struct ntlm_policy policy = {.level = 1};
    struct ntlm_bytes two = hex(pop3_challenge), three = hex(pop3_authenticate);
    struct ntlm_account user = account_of("user", "", "password");
    const struct ntlm_client_input in = {.policy = &policy, .account = &user, .machine = &machine};
    struct wire_writer w = wire_writer_grow(1024);
    struct ntlm_authenticate theirs;
    struct ntlm_answer a = {0};
    struct ntlm_challenge m;

    (void)state;
    assert_true(ntlm_challenge_read(two.data, two.size, &m));
    assert_true(ntlm_authenticate_read(three.data, three.size, &theirs));
    a.m.flags = theirs.flags;
    a.m.version = theirs.version;
    a.m.user = ntlm_text_bytes(&user.user);
    a.m.workstation = theirs.workstation;
    memcpy(a.random.client_challenge, theirs.lm_response.data, NTLM_CHALLENGE_SIZE);
    assert_true(ntlm_client_respond(&a, &in, &m));
    ntlm_authenticate_write(&w, &a.m);
    assert_hex(w.data, w.offset, pop3_authenticate);
    wire_writer_free(&w);
    ntlm_account_clear(&user);
}

/* What our client makes of their challenges at the default level. */
static void test_challenges(void **state)
{
    static const uint8_t none[NTLM_BINDINGS_SIZE];
    static const struct {
        const char *message;
        uint32_t wanted;
        bool clock;
    } rows[] = {{pop3_challenge, 0, false},
                {smtp_challenge, NTLM_SIGN | NTLM_SEAL, false},
                {nntp_challenge, NTLM_SIGN, false},
                {mwbe_challenge, 0, false},
                {wmhttp_challenge, 0, true}};
    const struct ntlm_policy policy = {.level = NTLM_LEVEL_DEFAULT,
                                       .minimum_client = NTLM_128 | NTLM_EXTENDED_SECURITY};
    struct ntlm_account user = account_of("user", "DOMAIN", "password");

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct wire_writer one = wire_writer_grow(1024), w = wire_writer_grow(4096);
        const struct ntlm_client_input in = {.challenge = hex(rows[i].message),
                                             .policy = &policy,
                                             .account = &user,
                                             .machine = &machine,
                                             .bindings = none};
        struct ntlm_handshake h = {0};
        struct ntlm_outcome o = {0};
        struct ntlm_authenticate m;

        assert_int_equal(ntlm_client_negotiate(&h, &policy, rows[i].wanted, &one), SEC_E_OK);
        assert_int_equal(ntlm_client_authenticate(&h, &in, &w, &o), SEC_E_OK);
        assert_true(ntlm_authenticate_read(w.data, w.offset, &m));
        assert_int_equal(m.has_mic, rows[i].clock);
        assert_int_equal(o.flags & (NTLM_SIGN | NTLM_SEAL), rows[i].wanted);
        ntlm_outcome_clear(&o);
        ntlm_handshake_clear(&h);
        wire_writer_free(&one);
        wire_writer_free(&w);
    }
    ntlm_account_clear(&user);
}

/* ---- the five responses ------------------------------------------------------------- */

#define GLASS_LM  "c3 37 cd 5c bd 44 fc 97 82 a6 67 af 6d 42 7c 6d e6 7c 20 c2 d3 e7 7c 56"
#define GLASS_NT  "25 a9 8c 1c 31 e8 18 47 46 6b 29 b2 df 46 80 f3 99 58 fb 8c 21 3a 9c c6"
#define GLASS_EX  "10 d5 50 83 2d 12 b2 cc b7 9d 5a d1 f4 ee d3 df 82 ac a4 c3 68 1d d4 55"
#define GLASS_LM2 "d6 e6 15 2e a2 5d 03 b7 c6 ba 66 29 c2 d6 aa f0 ff ff ff 00 11 22 33 44"
#define GLASS_V2                                                                                   \
    "cb ab bc a7 13 eb 79 5d 04 c9 7a bc 01 ee 49 83 01 01 00 00 00 00 00 00 00 90 d3 36 b7 34 "   \
    "c3 01 ff ff ff 00 11 22 33 44 00 00 00 00 02 00 0c 00 44 00 4f 00 4d 00 41 00 49 00 4e 00 "   \
    "01 00 0c 00 53 00 45 00 52 00 56 00 45 00 52 00 04 00 14 00 64 00 6f 00 6d 00 61 00 69 00 "   \
    "6e 00 2e 00 63 00 6f 00 6d 00 03 00 22 00 73 00 65 00 72 00 76 00 65 00 72 00 2e 00 64 00 "   \
    "6f 00 6d 00 61 00 69 00 6e 00 2e 00 63 00 6f 00 6d 00 00 00 00 00 00 00 00 00"

/* Each as the only thing that a client has to show; one changed bit, and it shows nothing. */
static void test_five_responses(void **state)
{
    static const struct {
        const char *lm, *nt;
        bool session;
    } rows[] = {{GLASS_LM, "", false},
                {"", GLASS_NT, false},
                {"", GLASS_EX, true},
                {GLASS_LM2, "", false},
                {"", GLASS_V2, false}};
    struct ntlm_account account = account_of("user", "DOMAIN", "SecREt01");
    struct ntlm_text user = text_of("user"), domain = text_of("DOMAIN"), none = {0};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct ntlm_claim claim = {.user = &user,
                                   .domain = &domain,
                                   .workstation = &none,
                                   .session_security = rows[i].session,
                                   .lm_response = hex(rows[i].lm),
                                   .nt_response = hex(rows[i].nt)};
        uint8_t *first =
            (uint8_t *)(uintptr_t)(*rows[i].nt ? claim.nt_response.data : claim.lm_response.data);

        memcpy(claim.challenge, hex(VECTOR_SERVER_CHALLENGE).data, sizeof(claim.challenge));
        if (rows[i].session)
            assert_true(ntlm_session_challenge(hex(VECTOR_SERVER_CHALLENGE).data,
                                               hex("ff ff ff 00 11 22 33 44").data,
                                               claim.challenge));
        for (int changed = 0; changed < 2; changed++) {
            struct ntlm_verified v = {0};

            first[0] ^= (uint8_t)changed;
            assert_int_equal(ntlm_verify_account(&account, &claim, &v),
                             changed ? SEC_E_LOGON_DENIED : SEC_E_OK);
            ntlm_verified_clear(&v);
        }
    }
    ntlm_text_free(&user);
    ntlm_text_free(&domain);
    ntlm_account_clear(&account);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pop3),           cmocka_unit_test(test_local_call),
        cmocka_unit_test(test_messages),       cmocka_unit_test(test_negotiate),
        cmocka_unit_test(test_same_answer),    cmocka_unit_test(test_challenges),
        cmocka_unit_test(test_five_responses),
    };

    return cmocka_run_group_tests(tests, crypto_set_up, crypto_tear_down);
}
