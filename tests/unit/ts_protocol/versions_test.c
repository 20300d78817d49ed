/*
 * Versions of CredSSP that are too old, that are not known yet, or that nobody has said.
 */
#include "tests/unit/ts_protocol/changes.h"

/* Who has set a limit keeps it, against either role. */
static void test_oldest(void **state)
{
    (void)state;
    for (uint32_t oldest = 2; oldest <= 6; oldest++)
        for (uint32_t peer = 2; peer <= 6; peer++)
            for (int server_limits = 0; server_limits < 2; server_limits++)
                for (unsigned tokens = 3; tokens <= 4; tokens++) {
                    struct end e[2] = {{.tokens = tokens, .password = "secret"},
                                       {.tokens = tokens}};
                    struct outcome o;
                    SECURITY_STATUS status;

                    e[server_limits].options = (struct ts_options){.version = 6, .oldest = oldest};
                    e[!server_limits].options = (struct ts_options){.version = peer, .oldest = 2};
                    o = meet(e[0], e[1], NULL, NULL);
                    status = server_limits ? o.acceptor : o.initiator;
                    assert_int_equal(status, peer < oldest ? SEC_E_UNSUPPORTED_FUNCTION : SEC_E_OK);
                }
}

/* A negotiation of one token: the client has sent its hash before it hears a version. */
static void test_one_token(void **state)
{
    (void)state;
    for (uint32_t peer = 2; peer <= 6; peer++) {
        struct end client = {.tokens = 1, .password = "secret"}, server = {.tokens = 1};
        struct outcome o;

        client.options = (struct ts_options){.version = 6, .oldest = 2};
        server.options = (struct ts_options){.version = peer, .oldest = 2};
        o = meet(client, server, NULL, NULL);
        assert_int_equal(o.acceptor, peer < 5 ? SEC_E_MESSAGE_ALTERED : SEC_E_OK);
        assert_int_equal(o.initiator, peer < 5 ? SEC_I_CONTINUE_NEEDED : SEC_E_OK);
    }
}

/* 2.2.1: a version that is not known yet is spoken to in ours. */
static void later_version(struct message *m, unsigned number, void *arg)
{
    struct change change = {.what = VERSION, .value = *(uint32_t *)arg};

    (void)number;
    message_change(m, change_apply, &change);
}

static void test_later_versions(void **state)
{
    uint32_t versions[] = {7, 100, UINT32_MAX};

    (void)state;
    for (size_t i = 0; i < sizeof(versions) / sizeof(versions[0]); i++) {
        struct outcome o =
            meet((struct end){.password = "secret"}, (struct end){0}, later_version, &versions[i]);

        assert_int_equal(o.initiator, SEC_E_OK);
        assert_int_equal(o.acceptor, SEC_E_OK);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_oldest),
        cmocka_unit_test(test_one_token),
        cmocka_unit_test(test_later_versions),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
