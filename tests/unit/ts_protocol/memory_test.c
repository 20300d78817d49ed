/*
 * No memory, at every place where some is asked for, in the handshake, its messages and OpenSSL: it
 * fails, it loses nothing (AddressSanitizer looks), and a client that failed has delegated nothing.
 */
#include "tests/unit/no_memory.h"
#include "tests/unit/ts_protocol/ends.h"

#include <errno.h>
#include <string.h>

#include "base/secret.h"

/* Secret memory is had in arenas, so it is counted where it is asked for. */
void *__real_secret_alloc(size_t size);
void *__wrap_secret_alloc(size_t size);
void *__wrap_secret_alloc(size_t size)
{
    if (no_memory_at && ++no_memory_asked == no_memory_at) {
        errno = ENOMEM;
        return NULL;
    }
    return __real_secret_alloc(size);
}

/* One meeting of each kind; false when there is no kind of that number. */
static bool meeting(unsigned kind, bool *done)
{
    struct end client = {.password = "secret", .tokens = 3 + kind % 2}, server = {.tokens = 3};
    struct outcome o = {SEC_E_INTERNAL_ERROR, SEC_E_INTERNAL_ERROR, 0};
    size_t size;

    if (kind > 5)
        return false;
    server.tokens = client.tokens;
    client.options = server.options =
        (struct ts_options){.version = kind < 2 ? 6 : 4, .report = true};
    if (kind > 3)
        server.fails = SEC_E_LOGON_DENIED, server.fails_with_token = true;
    if (end_open(&client, true) && end_open(&server, false))
        o = converse(&client, &server, NULL, NULL);
    *done = o.acceptor == SEC_E_OK;
    assert_true(!*done || (o.initiator == SEC_E_OK && ts_handshake_credentials(server.h, &size)));
    assert_true(kind < 4 || (o.initiator != SEC_E_OK && !client.asked));
    end_close(&client);
    end_close(&server);
    return true;
}

static void test_handshakes(void **state)
{
    unsigned failed = 0, places = 0;
    bool done;

    (void)state;
    for (unsigned kind = 0; meeting(kind, &done); kind++) {
        assert_int_equal(done, kind < 4);
        for (unsigned place = 1;; place++) {
            no_memory_asked = 0;
            no_memory_at = place;
            meeting(kind, &done);
            no_memory_at = 0;
            if (no_memory_asked < place) /* there are no more places */
                break;
            places++;
            failed += !done;
        }
        assert_int_equal(done, kind < 4);
    }
    assert_true(places > 150);
    assert_true(failed > places * 9 / 10);
}

static bool round_trip(const struct ts_credentials *creds)
{
    struct ts_credentials again;
    uint8_t *der;
    size_t size;
    bool done = ts_credentials_write(creds, &der, &size) && ts_credentials_read(der, size, &again);

    assert_true(!done || again.type == creds->type);
    secret_free(der);
    return done;
}

static void test_credentials(void **state)
{
    const struct ts_bytes text = {(const uint8_t *)"t\0", 2};
    const struct ts_credentials creds[] = {
        {.type = TS_PASSWORD_CREDS, .u.password = {text, text, text}},
        {.type = TS_SMART_CARD_CREDS, .u.smart_card = {.pin = text, .key_spec = 1, .csp = text}},
        {.type = TS_REMOTE_GUARD_CREDS,
         .u.remote_guard = {.logon = {text, text},
                            .supplemental = {{text, text}, {text, text}},
                            .count = 2}},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(creds) / sizeof(creds[0]); i++) {
        unsigned place = 0, failed = 0;

        assert_true(round_trip(&creds[i]));
        do {
            no_memory_asked = 0;
            no_memory_at = ++place;
            failed += !round_trip(&creds[i]);
            no_memory_at = 0;
        } while (no_memory_asked >= place);
        assert_true(place > 2);
        assert_true(failed > 0 && failed < place);
    }
}

/* A list of a hundred thousand tokens is not worth an allocation for each. */
static void test_long_list(void **state)
{
    static uint8_t der[700000];
    struct ts_request request;
    const size_t elements = (100000 * 6), list = elements + 5, field = list + 5, all = field + 5;
    uint8_t *at = der;

    (void)state;
#define HEAD(tag, size)                                                                            \
    *at++ = tag, *at++ = 0x83, *at++ = (uint8_t)((size) >> 16), *at++ = (uint8_t)((size) >> 8),    \
    *at++ = (uint8_t)(size)
    HEAD(0x30, all);
    memcpy(at, "\xa0\x03\x02\x01\x06", 5);
    at += 5;
    HEAD(0xa1, list);
    HEAD(0x30, elements);
#undef HEAD
    assert_int_equal(field + 5 + 5, (size_t)(at - der) + elements);
    for (unsigned i = 0; i < 100000; i++, at += 6)
        memcpy(at, "\x30\x04\xa0\x02\x04\x00", 6);
    no_memory_asked = 0;
    no_memory_at = UINT32_MAX; /* counts */
    assert_false(ts_request_read(der, (size_t)(at - der), &request));
    no_memory_at = 0;
    assert_true(no_memory_asked < 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_handshakes),
        cmocka_unit_test(test_credentials),
        cmocka_unit_test(test_long_list),
    };

    if (!no_memory_openssl())
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
