/*
 * What a policy decides about a handshake besides the level: minimum security and every flag, the
 * target's name, channel bindings; and what the client says under its proof.
 */
#include "tests/unit/ntlm/meeting.h"

#include <string.h>

#include "libsspi/packages/ntlm/machine.h"

/* ---- flags -------------------------------------------------------------------------- */

static void test_minimum(void **state)
{
    static const struct {
        uint32_t wanted, taken, client, server;
        SECURITY_STATUS status;
    } rows[] = {
        {SEAL, NTLM_128, BOTH, 0, SEC_E_UNSUPPORTED_FUNCTION},
        {SEAL, NTLM_128, NTLM_EXTENDED_SECURITY, 0, SEC_E_MESSAGE_ALTERED},
        {SEAL, NTLM_128, 0, BOTH, SEC_E_UNSUPPORTED_FUNCTION},
        {SEAL, NTLM_EXTENDED_SECURITY, BOTH, 0, SEC_E_UNSUPPORTED_FUNCTION},
        {SEAL, NTLM_EXTENDED_SECURITY, NTLM_128, NTLM_EXTENDED_SECURITY,
         SEC_E_UNSUPPORTED_FUNCTION},
        {0, NTLM_EXTENDED_SECURITY, BOTH, BOTH, SEC_E_MESSAGE_ALTERED}, /* nothing to protect */
        {SEAL, NTLM_SEAL, 0, 0, SEC_E_UNSUPPORTED_FUNCTION}, /* asked for and not granted */
        {NTLM_SIGN, NTLM_SIGN, 0, 0, SEC_E_UNSUPPORTED_FUNCTION},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct meeting m = {.client = {.level = 5, .minimum_client = rows[i].client},
                            .server = {.level = 5, .minimum_server = rows[i].server},
                            .wanted = rows[i].wanted,
                            .granted_without = rows[i].taken};

        assert_int_equal(meet_once(m), rows[i].status);
    }
}

static uint32_t challenge_flags(uint32_t asked, unsigned level, SECURITY_STATUS expected)
{
    const struct ntlm_policy policy = {.level = level};
    const struct ntlm_negotiate wishes = {.flags = asked};
    struct wire_writer one = wire_writer_grow(1024), two = wire_writer_grow(1024);
    struct ntlm_server_offer offer = {.policy = &policy, .machine = &meeting_machine};
    struct ntlm_handshake h = {0};
    uint32_t flags;

    ntlm_negotiate_write(&one, &wishes);
    offer.negotiate = (struct ntlm_bytes){one.data, one.offset};
    assert_int_equal(ntlm_server_challenge(&h, &offer, &two), expected);
    flags = h.flags;
    ntlm_handshake_clear(&h);
    wire_writer_free(&one);
    wire_writer_free(&two);
    return flags;
}

/* 2.2.2.5 and 3.2.5.1.1, flag by flag. */
static void test_granted(void **state)
{
    const uint32_t always = NTLM_NTLM | NTLM_ALWAYS_SIGN | NTLM_REQUEST_TARGET | NTLM_TARGET_INFO |
                            NTLM_TARGET_TYPE_SERVER;
    const uint32_t base = always | NTLM_UNICODE;
    static const struct {
        uint32_t asked;
        unsigned level;
        uint32_t granted; /* besides `always` */
    } rows[] = {
        {NTLM_UNICODE | NTLM_OEM, 5, NTLM_UNICODE},
        {NTLM_OEM, 5, NTLM_OEM},
        {NTLM_UNICODE | NTLM_128 | NTLM_56, 5, NTLM_UNICODE},
        {NTLM_UNICODE | NTLM_128 | NTLM_56 | NTLM_SIGN, 5,
         NTLM_UNICODE | NTLM_128 | NTLM_56 | NTLM_SIGN},
        {NTLM_UNICODE | NTLM_56 | NTLM_SEAL, 5, NTLM_UNICODE | NTLM_56 | NTLM_SEAL},
        {NTLM_UNICODE | NTLM_EXTENDED_SECURITY | NTLM_LM_KEY, 3,
         NTLM_UNICODE | NTLM_EXTENDED_SECURITY},
        {NTLM_UNICODE | NTLM_EXTENDED_SECURITY | NTLM_LM_KEY, 0,
         NTLM_UNICODE | NTLM_EXTENDED_SECURITY},
        {NTLM_UNICODE | NTLM_LM_KEY | NTLM_NON_NT_SESSION_KEY, 3, NTLM_UNICODE | NTLM_LM_KEY},
        {NTLM_UNICODE | NTLM_NON_NT_SESSION_KEY, 3, NTLM_UNICODE | NTLM_NON_NT_SESSION_KEY},
        {NTLM_UNICODE | NTLM_LM_KEY | NTLM_NON_NT_SESSION_KEY, 4, NTLM_UNICODE},
        {NTLM_UNICODE | NTLM_IDENTIFY | NTLM_KEY_EXCH | NTLM_VERSION, 5,
         NTLM_UNICODE | NTLM_IDENTIFY | NTLM_KEY_EXCH | NTLM_VERSION},
        /* what is the server's to say, or means nothing */
        {NTLM_UNICODE | NTLM_TARGET_TYPE_DOMAIN | NTLM_ANONYMOUS | 0x1d004508u, 5, NTLM_UNICODE},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_int_equal(challenge_flags(rows[i].asked, rows[i].level, SEC_E_OK),
                         always | rows[i].granted);
    assert_int_equal(challenge_flags(NTLM_SIGN, 5, SEC_E_INVALID_TOKEN), 0); /* no alphabet */
    assert_int_equal(challenge_flags(base | NTLM_DATAGRAM, 5, SEC_E_UNSUPPORTED_FUNCTION), 0);
}

/* ---- what the client says under its proof ------------------------------------------- */

static void test_single_host(void **state)
{
    struct meeting m = {.client.level = 5, .server.level = 5};

    (void)state;
    assert_int_equal(meet(&m), SEC_E_OK);
    assert_memory_equal(said_pairs(&m).machine_id, meeting_machine.id, NTLM_MACHINE_ID_SIZE);
    meeting_end(&m);
}

/* The number of this boot: not zero, and the same whenever it is asked for. */
static void test_machine_id(void **state)
{
    static const uint8_t zeros[NTLM_MACHINE_ID_SIZE];
    struct ntlm_machine a = {0}, b = {0};

    (void)state;
    assert_true(ntlm_machine_describe(NULL, &a));
    assert_true(ntlm_machine_describe(NULL, &b));
    assert_memory_equal(a.id, b.id, sizeof(a.id));
    assert_memory_not_equal(a.id, zeros, sizeof(a.id));
    assert_memory_not_equal(a.id, a.id + 16, 16);
    ntlm_machine_clear(&a);
    ntlm_machine_clear(&b);
}

static void test_target_name(void **state)
{
    static const struct {
        const WCHAR *target;
        enum ntlm_wanted wanted;
        bool unverified;
        SECURITY_STATUS status;
    } rows[] = {
        {u"cifs/server", NTLM_WANTED_ALWAYS, false, SEC_E_OK},
        {u"cifs/SERVER.example.com", NTLM_WANTED_ALWAYS, false, SEC_E_OK},
        {u"cifs/server.example.com.", NTLM_WANTED_ALWAYS, false, SEC_E_OK},
        {u"cifs/example.com", NTLM_WANTED_ALWAYS, false, SEC_E_WRONG_PRINCIPAL},
        {u"cifs/.", NTLM_WANTED_ALWAYS, false, SEC_E_WRONG_PRINCIPAL},
        {u"HTTP/server.example.com:8080", NTLM_WANTED_ALWAYS, false, SEC_E_OK},
        {u"ldap/server.example.com/example.com", NTLM_WANTED_ALWAYS, false, SEC_E_OK},
        {u"server", NTLM_WANTED_ALWAYS, false, SEC_E_OK},
        {u"cifs/localhost", NTLM_WANTED_ALWAYS, false, SEC_E_OK},
        {u"cifs/127.0.0.1", NTLM_WANTED_ALWAYS, false, SEC_E_OK},
        {u"HTTP/127.0.0.1:80", NTLM_WANTED_ALWAYS, false, SEC_E_OK},
        {u"cifs/www", NTLM_WANTED_ALWAYS, false, SEC_E_OK}, /* listed */
        {u"cifs/other", NTLM_WANTED_ALWAYS, false, SEC_E_WRONG_PRINCIPAL},
        {u"cifs/serve", NTLM_WANTED_ALWAYS, false, SEC_E_WRONG_PRINCIPAL},
        {u"cifs/server.example.com.evil", NTLM_WANTED_ALWAYS, false, SEC_E_WRONG_PRINCIPAL},
        {u"cifs/192.0.2.77", NTLM_WANTED_ALWAYS, false, SEC_E_WRONG_PRINCIPAL},
        {u"cifs/[2001:db8::77]:445", NTLM_WANTED_ALWAYS, false, SEC_E_WRONG_PRINCIPAL},
        {u"cifs/", NTLM_WANTED_ALWAYS, false, SEC_E_WRONG_PRINCIPAL},
        {u"cifs/other", NTLM_WANTED_WHEN_GIVEN, false, SEC_E_WRONG_PRINCIPAL},
        {u"cifs/other", NTLM_WANTED_NO, false, SEC_E_OK},
        {NULL, NTLM_WANTED_ALWAYS, false, SEC_E_WRONG_PRINCIPAL},
        {NULL, NTLM_WANTED_WHEN_GIVEN, false, SEC_E_OK},
        /* a name from an untrusted source counts as none */
        {u"cifs/server", NTLM_WANTED_ALWAYS, true, SEC_E_WRONG_PRINCIPAL},
        {u"cifs/other", NTLM_WANTED_WHEN_GIVEN, true, SEC_E_OK},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct meeting m = {
            .client.level = 5,
            .server = {.level = 5, .target_name = rows[i].wanted, .target_names = "web, WWW"},
            .target = rows[i].target,
            .unverified_target = rows[i].unverified};

        assert_int_equal(meet(&m), rows[i].status);
        if (!rows[i].status) {
            assert_int_equal(!!(said_pairs(&m).flags & NTLM_AV_FLAG_UNVERIFIED_TARGET),
                             rows[i].unverified);
            assert_int_equal(m.at_server.target.units > 0, rows[i].target && !rows[i].unverified);
        }
        meeting_end(&m);
    }
}

static void test_bindings(void **state)
{
    enum { ALLOW_MISSING = 1, PROXY = 2, AUDIT = 4 };
    static const uint8_t a[NTLM_BINDINGS_SIZE] = {1}, b[NTLM_BINDINGS_SIZE] = {2};
    static const struct {
        enum ntlm_wanted wanted;
        const uint8_t *client, *server;
        unsigned how;
        SECURITY_STATUS status;
    } rows[] = {
        {NTLM_WANTED_ALWAYS, a, a, 0, SEC_E_OK},
        {NTLM_WANTED_ALWAYS, a, b, 0, SEC_E_BAD_BINDINGS},
        {NTLM_WANTED_ALWAYS, NULL, a, 0, SEC_E_BAD_BINDINGS},
        {NTLM_WANTED_ALWAYS, NULL, a, ALLOW_MISSING, SEC_E_OK},
        {NTLM_WANTED_ALWAYS, b, a, ALLOW_MISSING, SEC_E_BAD_BINDINGS},
        {NTLM_WANTED_ALWAYS, a, NULL, 0, SEC_E_OK},
        {NTLM_WANTED_WHEN_GIVEN, NULL, a, 0, SEC_E_OK},
        {NTLM_WANTED_WHEN_GIVEN, b, a, 0, SEC_E_BAD_BINDINGS},
        {NTLM_WANTED_NO, b, a, 0, SEC_E_OK},
        /* whoever has the channel knows it */
        {NTLM_WANTED_ALWAYS, b, a, PROXY, SEC_E_OK},
        {NTLM_WANTED_ALWAYS, b, NULL, PROXY, SEC_E_OK},
        {NTLM_WANTED_ALWAYS, NULL, NULL, PROXY, SEC_E_BAD_BINDINGS},
        {NTLM_WANTED_ALWAYS, NULL, NULL, ALLOW_MISSING | PROXY, SEC_E_OK},
        {NTLM_WANTED_ALWAYS, b, a, AUDIT, SEC_E_OK},
        {NTLM_WANTED_ALWAYS, NULL, a, AUDIT, SEC_E_OK},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_int_equal(meet_once((struct meeting){
                             .client.level = 5,
                             .server = {.level = 5, .channel_bindings = rows[i].wanted},
                             .client_bindings = rows[i].client,
                             .server_bindings = rows[i].server,
                             .allow_missing_bindings = rows[i].how & ALLOW_MISSING,
                             .proxy_bindings = rows[i].how & PROXY,
                             .audit_bindings = rows[i].how & AUDIT,
                         }),
                         rows[i].status);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_minimum),     cmocka_unit_test(test_granted),
        cmocka_unit_test(test_single_host), cmocka_unit_test(test_machine_id),
        cmocka_unit_test(test_target_name), cmocka_unit_test(test_bindings),
    };

    return cmocka_run_group_tests(tests, crypto_set_up, crypto_tear_down);
}
