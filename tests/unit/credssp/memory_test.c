/*
 * Memory runs out, in the package and in all that is beneath it, OpenSSL included: a handshake
 * fails, or does without; nothing is lost (AddressSanitizer looks), no password is called wrong for
 * it, and the next handshake is as good as ever.
 */
#include "tests/unit/credssp/sides.h"
#include "tests/unit/no_memory.h"

#include <sys/wait.h>
#include <unistd.h>

static bool in_handshake;

static SECURITY_STATUS once(struct side *client, struct side *server)
{
    SecPkgContext_ClientCreds creds = {0, NULL};
    SECURITY_STATUS status;

    in_handshake = true;
    status = shake(client, server, 0);
    if (status == SEC_E_OK) {
        status = QueryContextAttributesW(&server->context, SECPKG_ATTR_CREDS, &creds);
        FreeContextBuffer(creds.AuthBuffer);
    }
    in_handshake = false;
    no_memory_at = 0;
    return status;
}

/* Nobody may be blamed for it, and nothing may be taken for another thing. */
static bool is_honest(SECURITY_STATUS status)
{
    switch (status) {
    case SEC_E_LOGON_DENIED:
    case SEC_E_DELEGATION_POLICY:
    case SEC_E_POLICY_NLTM_ONLY:
    case SEC_E_NO_CREDENTIALS:
    case SEC_E_TARGET_UNKNOWN:
    case SEC_E_WRONG_PRINCIPAL:
        return false;
    default:
        return true;
    }
}

/* Every `stride`th time that memory is asked for. */
static void fail_at(DWORD protocol, unsigned stride)
{
    unsigned needed, failures = 0, of_client = 0, of_server = 0;
    struct side client, server;

    alice.protocols = server_credentials.protocols = protocol;
    acquire(&client, &server);
    no_memory_asked = 0;
    no_memory_at = UINT32_MAX; /* counts */
    assert_int_equal(once(&client, &server), SEC_E_OK);
    needed = no_memory_asked;
    forget(&client);
    forget(&server);
    for (unsigned at = 1; at <= needed; at += stride) {
        SECURITY_STATUS status;

        no_memory_asked = 0;
        no_memory_at = at;
        status = once(&client, &server);
        failures += status != SEC_E_OK;
        of_client += client.status == SEC_E_INSUFFICIENT_MEMORY;
        of_server += server.status == SEC_E_INSUFFICIENT_MEMORY;
        if (!is_honest(status) || !is_honest(server.status))
            fail_msg("place %u: client 0x%08x, server 0x%08x", at, (unsigned)status,
                     (unsigned)server.status);
        forget(&client);
        forget(&server);
    }
    assert_int_equal(once(&client, &server), SEC_E_OK);
    assert_messages(&client, &server, 10);
    assert_true(failures > 20);
    assert_true(of_client > 5 && of_server > 5);
    end(&client, &server);
}

static void test_no_memory(void **state)
{
    (void)state;
    fail_at(SP_PROT_TLS1_2, 11);
    fail_at(SP_PROT_TLS1_3, 11);
}

/* And where the credentials are acquired. */
static void test_acquire(void **state)
{
    struct side s;
    unsigned failures = 0, codes = 0;
    SECURITY_STATUS status = SEC_E_INSUFFICIENT_MEMORY;

    (void)state;
    for (unsigned at = 1; status != SEC_E_OK || no_memory_asked >= at; at++) {
        void *data = auth_data_of(&server_credentials, false);

        s = (struct side){.client = false};
        no_memory_asked = 0;
        no_memory_at = at;
        in_handshake = true;
        status = AcquireCredentialsHandleW(NULL, (SEC_WCHAR *)CREDSSP_NAME, SECPKG_CRED_BOTH, NULL,
                                           data, NULL, NULL, &s.credential, NULL);
        in_handshake = false;
        no_memory_at = 0;
        failures += status != SEC_E_OK;
        codes += status == SEC_E_INSUFFICIENT_MEMORY;
        if (status == SEC_E_OK)
            assert_int_equal(FreeCredentialsHandle(&s.credential), SEC_E_OK);
        assert_true(at < 20000);
    }
    assert_true(failures > 10);
    assert_true(codes > 5);
}

/* Where there is none for the packages, a process has none; each child begins anew. */
static void test_no_packages(void **state)
{
    unsigned none = 0;

    (void)state;
    for (unsigned at = 1; at <= 20; at++) {
        pid_t child = fork();
        int result;

        assert_true(child >= 0);
        if (child == 0) {
            SECURITY_STATUS status;
            CredHandle credential;

            no_memory_asked = 0;
            no_memory_at = at;
            in_handshake = true;
            status = AcquireCredentialsHandleW(NULL, (SEC_WCHAR *)CREDSSP_NAME, SECPKG_CRED_BOTH,
                                               NULL, NULL, NULL, NULL, &credential, NULL);
            _exit(status == SEC_E_INTERNAL_ERROR);
        }
        assert_int_equal(waitpid(child, &result, 0), child);
        assert_true(WIFEXITED(result));
        none += WEXITSTATUS(result) == 1;
    }
    assert_true(none > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_no_packages, reset), /* before anything has started them */
        cmocka_unit_test_setup(test_no_memory, reset),
        cmocka_unit_test_setup(test_acquire, reset),
    };

    no_memory_while = &in_handshake;
    if (!no_memory_openssl())
        return 1;
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
