/*
 * No memory, at every place where one of our objects asks for some between AcquireCredentialsHandle
 * and delegated credentials that were read: the call fails, nothing is lost (AddressSanitizer
 * looks), and a server of a handshake that failed has nobody's password.
 */
#include "tests/unit/tspkg/sides.h"
#include "tests/unit/no_memory.h"

#include <errno.h>

#include "libsspi/lsa/host.h"

const struct builtin_package lsa_builtin_packages[] = {
    {"Negotiate", nego_lsa_mode_initialize, nego_user_mode_initialize, BUILTIN_IN_PROCESS},
    {"NTLM", ntlm_lsa_mode_initialize, ntlm_user_mode_initialize, 0},
    {"tspkg", ts_lsa_mode_initialize, ts_user_mode_initialize, 0},
    {NULL, NULL, NULL, 0},
};

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

static SECURITY_STATUS read_credentials(struct side *server)
{
    SecPkgContext_ClientCreds creds = {0, NULL};
    SECURITY_STATUS status = QueryContextAttributesW(&server->context, SECPKG_ATTR_CREDS_2, &creds);

    FreeContextBuffer(creds.AuthBuffer);
    return status;
}

static SECURITY_STATUS all(struct side *client, struct side *server)
{
    SECURITY_STATUS status = side_acquire(client, true, u"bob", u"BOX", u"secret");

    *server = (struct side){.client = false};
    if (status == SEC_E_OK)
        status = side_acquire(server, false, u"bob", u"BOX", u"secret");
    if (status == SEC_E_OK)
        status = shake(client, WANTS, server);
    return status == SEC_E_OK ? read_credentials(server) : status;
}

static void test_everywhere(void **state)
{
    struct side client, server;
    unsigned failures = 0;
    SECURITY_STATUS status;

    (void)state;
    set_policy("allow_fresh_credentials_ntlm_only", "*", NULL);
    assert_int_equal(all(&client, &server), SEC_E_OK); /* what is made once is made */
    side_end(&client);
    side_end(&server);
    for (no_memory_at = 1;; no_memory_at++) {
        unsigned needed;

        no_memory_asked = 0;
        status = all(&client, &server);
        needed = no_memory_asked;
        no_memory_asked = no_memory_at; /* no more */
        if (needed >= no_memory_at && status != SEC_E_OK && server.has_context)
            assert_true(failed_side == 0 || read_credentials(&server) != SEC_E_OK);
        side_end(&client);
        side_end(&server);
        if (needed < no_memory_at)
            break;
        failures += status != SEC_E_OK;
    }
    no_memory_at = 0;
    assert_int_equal(status, SEC_E_OK);
    assert_true(failures > 50);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_everywhere)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
