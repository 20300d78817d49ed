/*
 * lm_compatibility_level 0 to 5 on each side, and what else of a policy decides about a handshake:
 * minimum security, the target's name, a MIC, channel bindings. Both sides are the protocol's own
 * functions, so that each can have a policy of its own.
 */
#include "tests/unit/ntlm/vectors.h"

#include <stdlib.h>
#include <string.h>

#include "base/reason.h"
#include "libsspi/packages/ntlm/handshake.h"
#include "libsspi/packages/ntlm/machine.h"

#define BOTH (NTLM_EXTENDED_SECURITY | NTLM_128)
#define SEAL (NTLM_SIGN | NTLM_SEAL)

static const struct ntlm_machine machine = {
    .nb_computer = {(WCHAR *)(uintptr_t)u"SERVER", 6},
    .nb_domain = {(WCHAR *)(uintptr_t)u"SERVER", 6},
    .dns_computer = {(WCHAR *)(uintptr_t)u"server.example.com", 18},
    .dns_domain = {(WCHAR *)(uintptr_t)u"example.com", 11},
    .id = {1, 2, 3}};

/* One handshake: what both sides think, and what they found. */
struct meeting {
    struct ntlm_policy client, server;
    uint32_t wanted;          /* by the client */
    uint32_t granted_without; /* flags that somebody takes out of the server's word */
    uint32_t asked_without;   /* and out of the client's first one */
    bool datagram, anonymous, unverified_target;
    const WCHAR *target;
    const char *password; /* NULL: the right one */
    const uint8_t *client_bindings, *server_bindings;
    bool allow_missing_bindings, proxy_bindings, audit_bindings;
    bool drop_nt; /* somebody keeps the NT response back */
    /* results */
    struct ntlm_outcome at_client, at_server;
    struct wire_writer two, three;
    struct ntlm_authenticate said;
};

static void set_account(struct ntlm_account *a, const char *password, unsigned level)
{
    struct ntlm_text text = text_of(password);

    *a = (struct ntlm_account){.user = text_of("alice"), .domain = text_of("EXAMPLE")};
    assert_true(ntlm_account_password(a, text.string, text.units, level));
    ntlm_text_free(&text);
}

static void clear_flags(struct wire_writer *w, size_t offset, uint32_t flags)
{
    struct wire_reader r = wire_reader(w->data, w->offset);

    wire_seek(&r, offset);
    wire_patch_u32le(w, offset, wire_u32le(&r) & ~flags);
}

static SECURITY_STATUS client_answers(struct meeting *m, struct ntlm_handshake *h)
{
    static const uint8_t none[NTLM_BINDINGS_SIZE];
    struct ntlm_account account;
    struct ntlm_client_input in = {.challenge = {m->two.data, m->two.offset},
                                   .policy = &m->client,
                                   .machine = &machine,
                                   .unverified_target = m->unverified_target,
                                   .bindings = m->client_bindings ? m->client_bindings : none};
    struct ntlm_text target = {0};
    SECURITY_STATUS status;

    set_account(&account, m->password ? m->password : "Pass-Word 1", m->client.level);
    if (!m->anonymous)
        in.account = &account;
    while (m->target && m->target[target.units])
        target.units++;
    target.string = (WCHAR *)(uintptr_t)m->target;
    in.target = ntlm_text_bytes(&target);
    status = ntlm_client_authenticate(h, &in, &m->three, &m->at_client);
    if (!status)
        assert_true(ntlm_authenticate_read(m->three.data, m->three.offset, &m->said));
    ntlm_account_clear(&account);
    return status;
}

static SECURITY_STATUS server_verifies(struct meeting *m, struct ntlm_handshake *h)
{
    struct ntlm_account account;
    struct ntlm_server_input in = {.authenticate = {m->three.data, m->three.offset},
                                   .policy = &m->server,
                                   .machine = &machine,
                                   .verify = ntlm_verify_account,
                                   .verify_arg = &account,
                                   .bindings = m->server_bindings,
                                   .allow_missing_bindings = m->allow_missing_bindings,
                                   .proxy_bindings = m->proxy_bindings,
                                   .audit_bindings = m->audit_bindings,
                                   .allow_anonymous = m->anonymous};
    SECURITY_STATUS status;

    set_account(&account, "Pass-Word 1", m->server.level);
    if (m->drop_nt)
        wire_patch_u16le(&m->three, 20, 0);
    status = ntlm_server_verify(h, &in, &m->at_server);
    ntlm_account_clear(&account);
    return status;
}

/* The status that ended it. */
static SECURITY_STATUS meet(struct meeting *m)
{
    struct ntlm_handshake client = {0}, server = {0};
    struct wire_writer one = wire_writer_grow(1024);
    struct ntlm_server_offer offer = {
        .policy = &m->server, .machine = &machine, .datagram = m->datagram};
    SECURITY_STATUS status;

    m->two = wire_writer_grow(4096);
    m->three = wire_writer_grow(4096);
    memset(&m->at_client, 0, sizeof(m->at_client));
    memset(&m->at_server, 0, sizeof(m->at_server));
    status = ntlm_client_negotiate(&client, &m->client,
                                   m->wanted | (m->datagram ? NTLM_DATAGRAM : 0), &one);
    assert_int_equal(status, SEC_E_OK);
    if (one.offset)
        clear_flags(&one, 12, m->asked_without);
    offer.negotiate = (struct ntlm_bytes){one.data, one.offset};
    status = ntlm_server_challenge(&server, &offer, &m->two);
    if (!status)
        clear_flags(&m->two, 20, m->granted_without);
    if (!status)
        status = client_answers(m, &client);
    if (!status)
        status = server_verifies(m, &server);
    if (!status) {
        assert_memory_equal(m->at_client.exported, m->at_server.exported, NTLM_KEY_SIZE);
        assert_int_equal(m->at_client.flags & ~(NTLM_TARGET_INFO | NTLM_OEM),
                         m->at_server.flags & ~(NTLM_TARGET_INFO | NTLM_OEM));
    }
    ntlm_handshake_clear(&client);
    ntlm_handshake_clear(&server);
    wire_writer_free(&one);
    return status;
}

static void part(struct meeting *m)
{
    ntlm_outcome_clear(&m->at_client);
    ntlm_outcome_clear(&m->at_server);
    wire_writer_free(&m->two);
    wire_writer_free(&m->three);
}

/* Of every refusal that a person can do something about, there are words. */
static SECURITY_STATUS meet_once(struct meeting m)
{
    SECURITY_STATUS status;

    reason_clear();
    status = meet(&m);
    if (status != SEC_E_OK && status != SEC_E_LOGON_DENIED)
        assert_true(*reason_get()->text);
    part(&m);
    return status;
}

/* ---- levels ------------------------------------------------------------------------- */

enum response { LM, NT, SESSION, V2 };

static enum response sent(const struct meeting *m)
{
    static const uint8_t zeros[16];

    if (m->said.nt_response.size > NTLM_V1_RESPONSE)
        return V2;
    if (m->said.flags & NTLM_EXTENDED_SECURITY) {
        assert_memory_equal(m->said.lm_response.data + 8, zeros, sizeof(zeros));
        return SESSION;
    }
    return memcmp(m->said.lm_response.data, m->said.nt_response.data, NTLM_V1_RESPONSE) == 0 ? NT
                                                                                             : LM;
}

/* The table of policy.h, all 36 fields of it, with and without session security at the server. */
static void test_levels(void **state)
{
    static const enum response granted[] = {LM, SESSION, SESSION, V2, V2, V2};
    static const enum response not_granted[] = {LM, LM, NT, V2, V2, V2};

    (void)state;
    for (unsigned c = 0; c <= 5; c++) {
        for (unsigned s = 0; s <= 5; s++) {
            for (int without = 0; without < 2; without++) {
                struct meeting m = {.client.level = c, .server.level = s, .wanted = SEAL};
                enum response expected = without ? not_granted[c] : granted[c];
                bool accepted = expected == V2 || s <= NTLM_LEVEL_V1;
                SECURITY_STATUS status;

                m.asked_without = without ? NTLM_EXTENDED_SECURITY : 0;
                status = meet(&m);
                assert_int_equal(sent(&m), expected);
                if (expected == V2 && without && c > 0) /* the MIC knows what was asked for */
                    assert_int_equal(status, SEC_E_MESSAGE_ALTERED);
                else
                    assert_int_equal(status, accepted ? SEC_E_OK : SEC_E_LOGON_DENIED);
                part(&m);
                m.password = "pass-word 1";
                assert_int_equal(meet_once(m), SEC_E_LOGON_DENIED);
            }
        }
    }
}

/* An LM response alone counts at the levels that accept LM, whichever version made it. */
static void test_lm_alone(void **state)
{
    (void)state;
    for (unsigned s = 0; s <= 5; s++) {
        struct meeting m = {.client.level = 0, .server.level = s, .drop_nt = true};
        SECURITY_STATUS expected = s <= NTLM_LEVEL_LM ? SEC_E_OK : SEC_E_LOGON_DENIED;

        assert_int_equal(meet_once(m), expected);
        /* who asks for a MIC, or for a channel, gets neither with LM */
        m.server.require_mic = true;
        assert_int_equal(meet_once(m), expected ? expected : SEC_E_MESSAGE_ALTERED);
        m.server.require_mic = false;
        m.server.channel_bindings = NTLM_WANTED_ALWAYS;
        m.server_bindings = machine.id;
        assert_int_equal(meet_once(m), expected ? expected : SEC_E_BAD_BINDINGS);
        m.server.channel_bindings = NTLM_WANTED_NO;
        m.server.target_name = NTLM_WANTED_ALWAYS;
        assert_int_equal(meet_once(m), expected ? expected : SEC_E_WRONG_PRINCIPAL);
    }
}

/* 3.4.5.1: keys of LM, where both sides have the hash and neither has session security. */
static void test_lm_key(void **state)
{
    struct meeting m = {.wanted = SEAL};

    (void)state;
    assert_int_equal(meet(&m), SEC_E_OK);
    assert_true(m.at_server.flags & NTLM_LM_KEY);
    part(&m);
    m.client.level = m.server.level = 1; /* session security excludes it */
    assert_int_equal(meet(&m), SEC_E_OK);
    assert_false(m.at_server.flags & NTLM_LM_KEY);
    part(&m);
    m.client.level = 0;
    m.server.level = 4; /* no LM, so no key of it */
    assert_int_equal(meet(&m), SEC_E_OK);
    assert_false(m.at_server.flags & NTLM_LM_KEY);
    part(&m);
}

/* The key of LM without its calculation: who asks for it gets it where LM is accepted. */
static void test_non_nt_key(void **state)
{
    struct meeting m = {.client.level = 2,
                        .server.level = 2,
                        .wanted = SEAL | NTLM_NON_NT_SESSION_KEY,
                        .asked_without = NTLM_EXTENDED_SECURITY};

    (void)state;
    assert_int_equal(meet(&m), SEC_E_OK);
    assert_true(m.at_server.flags & NTLM_NON_NT_SESSION_KEY);
    part(&m);
    m.server.level = 4;
    assert_int_equal(meet(&m), SEC_E_OK);
    assert_false(m.at_server.flags & NTLM_NON_NT_SESSION_KEY);
    part(&m);
}

/* A password that LM cannot write has no LM response, and no key of LM. */
static void test_no_lm_hash(void **state)
{
    static const char *const passwords[] = {"a password that is long", "p\xc3\xa4ssword"};
    struct ntlm_account a;

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct ntlm_text text = text_of(passwords[i]);

        a = (struct ntlm_account){0};
        assert_true(ntlm_account_password(&a, text.string, text.units, 0));
        assert_false(a.has_lm_hash);
        ntlm_text_free(&text);
    }
    assert_true(ntlm_account_password(&a, u"short", 5, NTLM_LEVEL_LM));
    assert_true(a.has_lm_hash);
    assert_true(ntlm_account_password(&a, u"short", 5, NTLM_LEVEL_V1));
    assert_false(a.has_lm_hash);
}

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
    struct ntlm_server_offer offer = {.policy = &policy, .machine = &machine};
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

static struct ntlm_target_info said_pairs(const struct meeting *m)
{
    struct ntlm_client_challenge temp;
    struct ntlm_target_info info;
    struct ntlm_bytes bytes;
    uint8_t proof[NTLM_PROOF_SIZE];

    assert_true(ntlm_v2_response_read(m->said.nt_response, proof, &bytes, &temp));
    assert_true(ntlm_target_info_read(temp.target_info, &info));
    return info;
}

static void test_single_host(void **state)
{
    struct meeting m = {.client.level = 5, .server.level = 5};

    (void)state;
    assert_int_equal(meet(&m), SEC_E_OK);
    assert_memory_equal(said_pairs(&m).machine_id, machine.id, NTLM_MACHINE_ID_SIZE);
    part(&m);
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
        part(&m);
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

/* ---- datagrams and nobody, at every level ------------------------------------------- */

static void test_other_kinds(void **state)
{
    (void)state;
    for (unsigned level = 0; level <= 5; level++) {
        struct meeting m = {
            .client.level = level, .server.level = level, .wanted = SEAL, .datagram = true};

        assert_int_equal(meet(&m), SEC_E_OK);
        assert_true(m.at_server.flags & NTLM_DATAGRAM && m.at_server.flags & NTLM_KEY_EXCH);
        if (level >= NTLM_LEVEL_SENDS_V2) /* 3.1.5.2.1 */
            assert_int_equal(m.said.lm_response.size, 0);
        part(&m);
        m.anonymous = true;
        assert_int_equal(meet_once(m), SEC_E_OK);
        m.datagram = false;
        assert_int_equal(meet(&m), SEC_E_OK);
        assert_true(m.at_server.flags & NTLM_ANONYMOUS);
        assert_int_equal(m.said.nt_response.size, 0);
        assert_int_equal(m.said.lm_response.size, 1);
        assert_int_equal(m.said.user.size + m.said.workstation.size, 0);
        part(&m);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_levels),     cmocka_unit_test(test_lm_alone),
        cmocka_unit_test(test_lm_key),     cmocka_unit_test(test_no_lm_hash),
        cmocka_unit_test(test_non_nt_key), cmocka_unit_test(test_minimum),
        cmocka_unit_test(test_granted),    cmocka_unit_test(test_single_host),
        cmocka_unit_test(test_machine_id), cmocka_unit_test(test_target_name),
        cmocka_unit_test(test_bindings),   cmocka_unit_test(test_other_kinds),
    };

    return cmocka_run_group_tests(tests, crypto_set_up, crypto_tear_down);
}
