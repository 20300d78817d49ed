/*
 * Two connections that have taken up one session, each with a thread of its own.
 */
#include "tests/unit/schannel/sides.h"

#include <pthread.h>
#include <string.h>

#define TIMES 8000

static struct ours first, second;

static void *failed(const char *why)
{
    return (void *)(uintptr_t)why;
}

static void *give(void *unused)
{
    uint8_t bytes[64];
    SecPkgContext_SessionAppData data = {.pbAppData = bytes};

    for (int i = 0; i < TIMES; i++) {
        memset(bytes, 'a' + i % 26, sizeof(bytes));
        data.cbAppData = 1 + (DWORD)i % sizeof(bytes);
        if (SetContextAttributesW(&first.context, SECPKG_ATTR_APP_DATA, &data, sizeof(data)) !=
            SEC_E_OK)
            return failed("not set");
    }
    return unused;
}

static void *take(void *unused)
{
    for (int i = 0; i < TIMES; i++) {
        SecPkgContext_SessionAppData data;
        const char *wrong = NULL;

        if (QueryContextAttributesW(&second.context, SECPKG_ATTR_APP_DATA, &data) != SEC_E_OK)
            return failed("not there");
        for (DWORD k = 1; k < data.cbAppData; k++)
            if (data.pbAppData[k] != data.pbAppData[0])
                wrong = "parts of two";
        FreeContextBuffer(data.pbAppData);
        if (wrong)
            return failed(wrong);
    }
    return unused;
}

static void one_session(void **state)
{
    SecPkgContext_SessionAppData data;
    struct theirs t;
    pthread_t giver, taker;
    void *wrong[2];

    (void)state;
    ours_client(&first);
    theirs_new(&t, true);
    SSL_CTX_set_max_proto_version(t.context, TLS1_2_VERSION);
    theirs_connect(&t);
    assert_int_equal(shake(&first, &t), SEC_E_OK);
    second = first;
    second.has_context = false;
    theirs_connect(&t);
    assert_int_equal(shake(&second, &t), SEC_E_OK);
    assert_true(SSL_session_reused(t.ssl));
    assert_int_equal(pthread_create(&giver, NULL, give, NULL), 0);
    assert_int_equal(pthread_create(&taker, NULL, take, NULL), 0);
    pthread_join(giver, &wrong[0]);
    pthread_join(taker, &wrong[1]);
    assert_null(wrong[0]);
    assert_null(wrong[1]);
    assert_int_equal(QueryContextAttributesW(&second.context, SECPKG_ATTR_APP_DATA, &data),
                     SEC_E_OK);
    assert_int_equal(data.cbAppData, 1 + (TIMES - 1) % 64);
    FreeContextBuffer(data.pbAppData);
    ours_reset(&second);
    ours_end(&first);
    theirs_end(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(one_session)};

    return cmocka_run_group_tests(tests, world_setup, world_teardown);
}
