/*
 * TSRequest.errorCode: what an acceptor tells of its failure, to whom, and what the client makes of
 * it.
 */
#include "tests/unit/ts_protocol/ends.h"

#include <ntstatus.h>

struct heard {
    bool told;
    int32_t error;
    bool token;
};

static void listen(struct message *m, unsigned number, void *arg)
{
    struct heard *heard = arg;
    struct ts_request request;

    if (number % 2)
        return;
    assert_true(ts_request_read(m->data, m->size, &request));
    heard->told = request.failed;
    heard->error = request.error;
    heard->token = request.nego_token.data != NULL;
}

static void test_reports(void **state)
{
    static const struct {
        SECURITY_STATUS fails;
        int32_t error;
        SECURITY_STATUS heard;
    } rows[] = {
        {SEC_E_LOGON_DENIED, STATUS_LOGON_FAILURE, SEC_E_LOGON_DENIED},
        {STATUS_ACCOUNT_DISABLED, STATUS_ACCOUNT_DISABLED, SEC_E_LOGON_DENIED},
        {STATUS_PASSWORD_EXPIRED, STATUS_PASSWORD_EXPIRED, SEC_E_LOGON_DENIED},
        {SEC_E_NO_AUTHENTICATING_AUTHORITY, STATUS_NO_LOGON_SERVERS,
         SEC_E_NO_AUTHENTICATING_AUTHORITY},
        {SEC_E_TIME_SKEW, STATUS_TIME_DIFFERENCE_AT_DC, SEC_E_TIME_SKEW},
        {SEC_E_INSUFFICIENT_MEMORY, STATUS_INSUFFICIENT_RESOURCES, SEC_E_INSUFFICIENT_MEMORY},
        {SEC_E_WRONG_PRINCIPAL, STATUS_LOGON_FAILURE, SEC_E_LOGON_DENIED}, /* no more than that */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        for (uint32_t version = 2; version <= 6; version++)
            for (unsigned with = 0; with < 4; with++) {
                struct end client = {.password = "secret"};
                struct end server = {.fails = rows[i].fails, .fails_with_token = with & 1};
                struct heard heard = {0};
                struct outcome o;
                bool tells = with & 2 && version >= 3 && version != 5;

                client.options.version = version;
                server.options.version = 6;
                server.options.oldest = 2;
                client.options.oldest = 2;
                server.options.report = with & 2;
                o = meet(client, server, listen, &heard);
                assert_int_equal(o.acceptor, rows[i].fails);
                assert_int_equal(heard.told, tells);
                assert_int_equal(heard.error, tells ? rows[i].error : 0);
                assert_int_equal(heard.token, with & 1);
                if (tells)
                    assert_int_equal(o.initiator, rows[i].heard);
                else if (with & 1) /* a token that ends the negotiation */
                    assert_int_equal(o.initiator, SEC_E_INVALID_TOKEN);
                else
                    assert_int_equal(o.initiator, SEC_I_CONTINUE_NEEDED);
            }
}

/* Why, where the client may know: it is in base/reason.h. */
static void test_reports_reasons(void **state)
{
    static const struct {
        int32_t reason, error;
    } rows[] = {
        {STATUS_ACCOUNT_DISABLED, STATUS_ACCOUNT_DISABLED},
        {STATUS_PASSWORD_EXPIRED, STATUS_PASSWORD_EXPIRED},
        {STATUS_NO_SUCH_USER, STATUS_LOGON_FAILURE},
        {STATUS_WRONG_PASSWORD, STATUS_LOGON_FAILURE},
        {0, STATUS_LOGON_FAILURE},
        {42, STATUS_LOGON_FAILURE},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct end client = {.password = "secret"}, server = {.fails = SEC_E_LOGON_DENIED};
        struct heard heard = {0};

        server.reason = rows[i].reason;
        server.options.report = true;
        assert_int_equal(meet(client, server, listen, &heard).initiator, SEC_E_LOGON_DENIED);
        assert_true(heard.told);
        assert_int_equal(heard.error, rows[i].error);
    }
}

/* 3.1.5 step 4: a version that is not supported, and a key that is another's, are told, too. */
static void test_reports_of_its_own(void **state)
{
    static const uint8_t shown[] = {1, 2, 3};
    struct end client = {.password = "secret"}, server = {0};
    struct heard heard = {0};

    (void)state;
    client.options = (struct ts_options){.version = 4, .oldest = 2};
    server.options = (struct ts_options){.version = 6, .oldest = 5, .report = true};
    assert_int_equal(meet(client, server, listen, &heard).initiator, SEC_E_UNSUPPORTED_FUNCTION);
    assert_int_equal(heard.error, STATUS_NOT_SUPPORTED);
    client.options =
        (struct ts_options){.version = 6, .public_key = shown, .public_key_size = sizeof(shown)};
    assert_int_equal(meet(client, server, listen, &heard).initiator, SEC_E_MESSAGE_ALTERED);
    assert_int_equal(heard.error, STATUS_INVALID_SIGNATURE);
    assert_false(heard.token);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reports),
        cmocka_unit_test(test_reports_reasons),
        cmocka_unit_test(test_reports_of_its_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
