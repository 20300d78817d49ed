/*
 * CredSSP from the first token to the delegated password, for every pair of versions and every
 * length of the negotiation.
 */
#include "tests/unit/ts_protocol/ends.h"

#include <string.h>

static void delegated(struct end *a, const char *password)
{
    struct ts_credentials creds;
    size_t size;
    const uint8_t *der = ts_handshake_credentials(a->h, &size);

    assert_non_null(der);
    assert_true(ts_credentials_read(der, size, &creds));
    assert_int_equal(creds.type, TS_PASSWORD_CREDS);
    assert_int_equal(creds.u.password.password.size, strlen(password));
    assert_memory_equal(creds.u.password.password.data, password, strlen(password));
    assert_int_equal(ts_credentials_are_empty(&creds), !*password);
}

/* 3.1.5: the versions that both have decide, whatever the length of the negotiation. */
static void test_versions(void **state)
{
    (void)state;
    for (uint32_t ours = 2; ours <= 6; ours++)
        for (uint32_t theirs = 2; theirs <= 6; theirs++)
            for (unsigned tokens = 2; tokens <= 6; tokens++) {
                struct end i = {.password = "secret", .tokens = tokens};
                struct end a = {.tokens = tokens};
                struct outcome o;
                size_t size;

                i.options = (struct ts_options){.version = ours, .oldest = 2};
                a.options = (struct ts_options){.version = theirs, .oldest = 2};
                assert_true(end_open(&i, true) && end_open(&a, false));
                o = converse(&i, &a, NULL, NULL);
                assert_int_equal(o.initiator, SEC_E_OK);
                assert_int_equal(o.acceptor, SEC_E_OK);
                delegated(&a, "secret");
                assert_int_equal(i.asked, 1);
                assert_int_equal(ts_handshake_peer_version(i.h), theirs);
                assert_int_equal(ts_handshake_peer_version(a.h), ours);
                assert_null(ts_handshake_credentials(i.h, &size));
                /* the last token of the client and its key share a message */
                assert_int_equal(o.messages, tokens + 2 + (tokens % 2 == 0));
                end_close(&i);
                end_close(&a);
            }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_versions)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
