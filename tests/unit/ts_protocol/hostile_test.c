/*
 * Peers that cheat: other keys, relayed and replayed messages, fields at the wrong time; and what
 * either end then says. A password never leaves a client that was cheated.
 */
#include "tests/unit/ts_protocol/changes.h"

#include <ntstatus.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "libsspi/packages/ts_channel.h"

/*
 * With three tokens: 1 token, 2 token, 3 token + key + nonce, 4 key, 5 credentials. With four: 3
 * token, 4 token, 5 key + nonce, 6 key, 7 credentials. ON: that end waits for more.
 */
#define ON SEC_I_CONTINUE_NEEDED

static void test_changed_messages(void **state)
{
    static const struct {
        unsigned tokens;
        struct change change;
        SECURITY_STATUS initiator, acceptor;
    } rows[] = {
        {3, {1, REMOVE, TOKEN, 0}, ON, SEC_E_INVALID_TOKEN},
        {3, {1, EMPTY, TOKEN, 0}, ON, SEC_E_INVALID_TOKEN},
        {3, {1, FLIP, TOKEN, 0}, ON, SEC_E_INVALID_TOKEN},
        {3, {1, ADD, KEY, 0}, ON, SEC_E_INVALID_TOKEN},
        {3, {1, ADD, AUTH, 0}, ON, SEC_E_INVALID_TOKEN},
        {3, {1, CUT, 0, 0}, ON, SEC_E_INVALID_TOKEN},
        {3, {1, JUNK, 0, 0}, ON, SEC_E_INVALID_TOKEN},
        {3, {1, ADD, NONCE, 0}, ON, SEC_E_INVALID_TOKEN}, /* the real one comes later */
        {3, {2, REMOVE, TOKEN, 0}, SEC_E_INVALID_TOKEN, ON},
        {3, {2, EMPTY, TOKEN, 0}, SEC_E_INVALID_TOKEN, ON},
        {3, {2, FLIP, TOKEN, 0}, SEC_E_INVALID_TOKEN, ON},
        {3, {2, ADD, KEY, 0}, SEC_E_INVALID_TOKEN, ON},
        {3, {2, ADD, AUTH, 0}, SEC_E_INVALID_TOKEN, ON},
        {3, {2, ADD, NONCE, 0}, SEC_E_OK, SEC_E_OK}, /* nobody asks a server for one */
        {3, {2, CUT, 0, 0}, SEC_E_INVALID_TOKEN, ON},
        {3, {3, REMOVE, TOKEN, 0}, ON, SEC_E_INVALID_TOKEN},
        {3, {3, REMOVE, KEY, 0}, ON, SEC_E_INVALID_TOKEN},
        {3, {3, FLIP, KEY, 0}, ON, SEC_E_MESSAGE_ALTERED},
        {3, {3, EMPTY, KEY, 0}, ON, SEC_E_MESSAGE_ALTERED},
        {3, {3, REMOVE, NONCE, 0}, ON, SEC_E_INVALID_TOKEN},
        {3, {3, FLIP, NONCE, 0}, ON, SEC_E_MESSAGE_ALTERED},
        {3, {3, ADD, AUTH, 0}, ON, SEC_E_INVALID_TOKEN},
        {3, {4, REMOVE, KEY, 0}, SEC_E_INVALID_TOKEN, ON},
        {3, {4, EMPTY, KEY, 0}, SEC_E_INVALID_TOKEN, ON},
        {3, {4, FLIP, KEY, 0}, SEC_E_MESSAGE_ALTERED, ON},
        {3, {4, ADD, TOKEN, 0}, SEC_E_INVALID_TOKEN, ON},
        {3, {4, ADD, AUTH, 0}, SEC_E_INVALID_TOKEN, ON},
        {3, {5, REMOVE, AUTH, 0}, SEC_E_OK, SEC_E_INVALID_TOKEN},
        {3, {5, EMPTY, AUTH, 0}, SEC_E_OK, SEC_E_INVALID_TOKEN},
        {3, {5, FLIP, AUTH, 0}, SEC_E_OK, SEC_E_MESSAGE_ALTERED},
        {3, {5, ADD, TOKEN, 0}, SEC_E_OK, SEC_E_INVALID_TOKEN},
        {3, {5, ADD, KEY, 0}, SEC_E_OK, SEC_E_INVALID_TOKEN},
        {3, {5, ADD, NONCE, 0}, SEC_E_OK, SEC_E_INVALID_TOKEN}, /* another one */
        {4, {4, REMOVE, TOKEN, 0}, SEC_E_INVALID_TOKEN, ON},
        {4, {4, ADD, KEY, 0}, SEC_E_INVALID_TOKEN, ON},
        {4, {5, ADD, TOKEN, 0}, ON, SEC_E_INVALID_TOKEN},
        {4, {5, REMOVE, KEY, 0}, ON, SEC_E_INVALID_TOKEN},
        {4, {5, FLIP, KEY, 0}, ON, SEC_E_MESSAGE_ALTERED},
        /* versions: said once, and the same */
        {3, {1, VERSION, 0, 4}, ON, SEC_E_UNSUPPORTED_FUNCTION},
        {3, {1, VERSION, 0, 0}, ON, SEC_E_UNSUPPORTED_FUNCTION},
        {3, {1, VERSION, 0, 7}, ON, SEC_E_INVALID_TOKEN}, /* and then 6 */
        {3, {2, VERSION, 0, 4}, SEC_E_UNSUPPORTED_FUNCTION, ON},
        {3, {3, VERSION, 0, 5}, ON, SEC_E_INVALID_TOKEN},
        {3, {4, VERSION, 0, 5}, SEC_E_INVALID_TOKEN, ON},
        {3, {5, VERSION, 0, 7}, SEC_E_OK, SEC_E_INVALID_TOKEN},
        /* what a peer says of its failure */
        {3, {2, ERROR, 0, (uint32_t)STATUS_LOGON_FAILURE}, SEC_E_LOGON_DENIED, ON},
        {3,
         {2, ERROR, 0, (uint32_t)STATUS_NO_LOGON_SERVERS},
         SEC_E_NO_AUTHENTICATING_AUTHORITY,
         ON},
        {3, {2, ERROR, 0, (uint32_t)STATUS_NOT_SUPPORTED}, SEC_E_UNSUPPORTED_FUNCTION, ON},
        {3, {4, ERROR, 0, (uint32_t)SEC_E_LOGON_DENIED}, SEC_E_LOGON_DENIED, ON},
        {3, {4, ERROR, 0, (uint32_t)SEC_E_INCOMPLETE_MESSAGE}, SEC_E_LOGON_DENIED, ON},
        {3, {4, ERROR, 0, 0}, SEC_E_INVALID_TOKEN, ON},
        {3, {4, ERROR, 0, SEC_I_CONTINUE_NEEDED}, SEC_E_INVALID_TOKEN, ON},
        {3, {1, ERROR, 0, (uint32_t)STATUS_LOGON_FAILURE}, ON, SEC_E_LOGON_DENIED},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct end client = {.tokens = rows[i].tokens, .password = "secret"};
        struct end server = {.tokens = rows[i].tokens};
        struct change change = rows[i].change;
        struct message in = {(uint8_t *)"\x30\x05\xa0\x03\x02\x01\x06", 7}, out = {NULL, 0};
        struct outcome o;
        size_t size;

        assert_true(end_open(&client, true) && end_open(&server, false));
        o = converse(&client, &server, change_between, &change);
        assert_int_equal(o.initiator, rows[i].initiator);
        assert_int_equal(o.acceptor, rows[i].acceptor);
        assert_int_equal(client.asked, o.initiator == SEC_E_OK);
        if (o.acceptor != SEC_E_OK)
            assert_null(ts_handshake_credentials(server.h, &size));
        /* who has failed, or is done, is so for good */
        if (o.initiator != SEC_I_CONTINUE_NEEDED)
            assert_int_equal(end_step(&client, &in, &out), SEC_E_INVALID_TOKEN);
        if (o.acceptor != SEC_I_CONTINUE_NEEDED)
            assert_int_equal(end_step(&server, &in, &out), SEC_E_INVALID_TOKEN);
        assert_null(out.data);
        if (o.acceptor == SEC_E_OK)
            assert_non_null(ts_handshake_credentials(server.h, &size));
        end_close(&client);
        end_close(&server);
    }
}

/* Nobody begins with the answer. */
static void test_first(void **state)
{
    struct end client = {0}, server = {0};
    struct message hello = {(uint8_t *)"\x30\x05\xa0\x03\x02\x01\x06", 7}, none = {NULL, 0}, out;

    (void)state;
    assert_true(end_open(&client, true) && end_open(&server, false));
    assert_int_equal(end_step(&client, &hello, &out), SEC_E_INVALID_TOKEN);
    assert_int_equal(end_step(&server, &none, &out), SEC_E_INVALID_TOKEN);
    end_close(&client);
    end_close(&server);
}

static void test_options(void **state)
{
    static uint8_t key[TS_CHANNEL_KEY_MAX + 1];
    const struct ts_backend backend = {.arg = NULL};
    const struct ts_options good = {.version = 6, .public_key = key, .public_key_size = 1};
    struct ts_options o = good;

    (void)state;
#define REFUSED(change)                                                                            \
    o = good, o.change, assert_null(ts_initiator_new(&backend, &o)),                               \
    assert_null(ts_acceptor_new(&backend, &o))
    REFUSED(version = 1);
    REFUSED(version = 7);
    REFUSED(oldest = 7);
    REFUSED(public_key = NULL);
    REFUSED(public_key_size = 0);
    REFUSED(public_key_size = sizeof(key));
#undef REFUSED
    ts_handshake_free(ts_initiator_new(&backend, &good));
    ts_handshake_free(NULL);
}

/* ---- somebody between ---------------------------------------------------------------------- */

/* Two TLS channels, and everything else passed on: each end sees another public key. */
static void test_relay(void **state)
{
    static const uint8_t shown[] = {0x30, 0x06, 0x02, 0x01, 0x05, 0x02, 0x01, 0x05};

    (void)state;
    for (uint32_t version = 2; version <= 6; version++)
        for (unsigned tokens = 3; tokens <= 4; tokens++) {
            struct end client = {.tokens = tokens, .password = "secret"};
            struct end server = {.tokens = tokens};
            struct outcome o;

            client.options = (struct ts_options){
                .version = version, .public_key = shown, .public_key_size = sizeof(shown)};
            server.options.version = version;
            assert_true(end_open(&client, true) && end_open(&server, false));
            o = converse(&client, &server, NULL, NULL);
            assert_int_equal(o.acceptor, SEC_E_MESSAGE_ALTERED);
            assert_int_equal(o.initiator, SEC_I_CONTINUE_NEEDED);
            assert_int_equal(client.asked, 0);
            end_close(&client);
            end_close(&server);
        }
}

/* A key of which the other's is the beginning. */
static void test_longer_key(void **state)
{
    static const uint8_t key[] = {0x30, 0x06, 0x02, 0x01, 0x05, 0x02, 0x01, 0x03, 0x00};

    (void)state;
    for (uint32_t version = 4; version <= 5; version++)
        for (int longer = 0; longer < 2; longer++) {
            struct end ends[2] = {{.password = "secret"}, {.password = NULL}};

            ends[0].options.version = ends[1].options.version = version;
            ends[longer].options.public_key = key;
            ends[longer].options.public_key_size = sizeof(key);
            assert_int_equal(meet(ends[0], ends[1], NULL, NULL).acceptor, SEC_E_MESSAGE_ALTERED);
        }
}

/* The client's own message as the server's answer, as if a session key had no direction. */
struct mirror {
    uint8_t *seen;
    size_t size;
};

static void turn_round(struct ts_request *request, void *arg)
{
    struct mirror *m = arg;

    if (!m->seen) {
        m->seen = malloc(request->pub_key_auth.size);
        m->size = request->pub_key_auth.size;
        assert_non_null(m->seen);
        memcpy(m->seen, request->pub_key_auth.data, m->size);
        return;
    }
    m->seen[0] = 'a'; /* the cipher of the test has one: a fresh signature as of the server */
    request->pub_key_auth = (struct ts_bytes){m->seen, m->size};
}

static void mirrored(struct message *m, unsigned number, void *arg)
{
    if (number == 3 || number == 4)
        message_change(m, turn_round, arg);
}

static void test_mirror(void **state)
{
    (void)state;
    for (uint32_t version = 2; version <= 6; version++) {
        struct end client = {.password = "secret"}, server = {0};
        struct mirror m = {NULL, 0};
        struct outcome o;

        client.options.version = server.options.version = version;
        o = meet(client, server, mirrored, &m);
        assert_int_equal(o.initiator, SEC_E_MESSAGE_ALTERED);
        free(m.seen);
    }
}

/* Messages of an earlier meeting: the session key is another. */
struct record {
    struct message messages[16];
    bool replay;
    unsigned from; /* from which message on */
};

static void recorded(struct message *m, unsigned number, void *arg)
{
    struct record *r = arg;
    struct message *kept = &r->messages[number];

    assert_true(number < 16);
    if (!r->replay) {
        kept->data = malloc(m->size);
        assert_non_null(kept->data);
        memcpy(kept->data, m->data, kept->size = m->size);
    } else if (number >= r->from && kept->data) {
        free(m->data);
        m->data = malloc(kept->size);
        assert_non_null(m->data);
        memcpy(m->data, kept->data, m->size = kept->size);
    }
}

static void test_replay(void **state)
{
    struct record r = {.replay = false};

    (void)state;
    meet((struct end){.password = "secret"}, (struct end){0}, recorded, &r);
    r.replay = true;
    for (r.from = 3; r.from <= 5; r.from++) {
        struct end client = {.password = "secret", .key = 9}, server = {.key = 9};
        struct outcome o = meet(client, server, recorded, &r);

        if (r.from == 4)
            assert_int_equal(o.initiator, SEC_E_MESSAGE_ALTERED);
        else
            assert_int_equal(o.acceptor, SEC_E_MESSAGE_ALTERED);
    }
    /* The same session key, were there such a thing: the nonce still is another. */
    r.from = 4;
    assert_int_equal(
        meet((struct end){.password = "secret"}, (struct end){0}, recorded, &r).initiator,
        SEC_E_MESSAGE_ALTERED);
    for (unsigned i = 0; i < 16; i++)
        free(r.messages[i].data);
}

/* ---- the binding, computed here ------------------------------------------------------------- */

static void test_hashes(void **state)
{
    static const uint8_t key[] = {0x30, 0x06, 0x02, 0x01, 0x05, 0x02, 0x01, 0x03};
    struct end client = {.password = "secret"}, server = {0};
    struct record r = {.replay = false};
    struct ts_request ask, answer;

    (void)state;
    meet(client, server, recorded, &r);
    assert_true(ts_request_read(r.messages[3].data, r.messages[3].size, &ask));
    assert_true(ts_request_read(r.messages[4].data, r.messages[4].size, &answer));
    for (int from_server = 0; from_server < 2; from_server++) {
        const char *magic = from_server ? "CredSSP Server-To-Client Binding Hash"
                                        : "CredSSP Client-To-Server Binding Hash";
        struct ts_bytes sealed = from_server ? answer.pub_key_auth : ask.pub_key_auth;
        uint8_t text[38 + 32 + sizeof(key)], hash[32];

        memcpy(text, magic, 38);
        memcpy(text + 38, ask.nonce.data, 32);
        memcpy(text + 70, key, sizeof(key));
        assert_int_equal(EVP_Q_digest(NULL, "SHA256", NULL, text, sizeof(text), hash, NULL), 1);
        assert_int_equal(sealed.size, 4 + sizeof(hash));
        for (size_t i = 0; i < sizeof(hash); i++)
            assert_int_equal(sealed.data[4 + i] ^ 0x55, hash[i]);
    }
    assert_null(answer.nonce.data);
    for (unsigned i = 0; i < 16; i++)
        free(r.messages[i].data);
}

/* The client's policy: asked when the server has proven itself, and nothing is sent. */
static void test_refused(void **state)
{
    struct end client = {.password = "secret", .refuses = SEC_E_DELEGATION_POLICY}, server = {0};
    struct outcome o;

    (void)state;
    o = meet(client, server, NULL, NULL);
    assert_int_equal(o.initiator, SEC_E_DELEGATION_POLICY);
    assert_int_equal(o.acceptor, SEC_I_CONTINUE_NEEDED);
    assert_int_equal(o.messages, 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_changed_messages), cmocka_unit_test(test_first),
        cmocka_unit_test(test_options),          cmocka_unit_test(test_relay),
        cmocka_unit_test(test_longer_key),       cmocka_unit_test(test_mirror),
        cmocka_unit_test(test_replay),           cmocka_unit_test(test_hashes),
        cmocka_unit_test(test_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
