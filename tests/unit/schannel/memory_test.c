/*
 * No memory, at every place where our own code asks for some, and here and there within OpenSSL:
 * the call fails, nothing is lost (AddressSanitizer looks), and the next attempt works.
 */
#include "tests/unit/no_memory.h"
#include "tests/unit/schannel/sides.h"

#include <string.h>

/* What our code asks for is looked at one by one; OpenSSL's thousands only so often. */
#define STRIDE 41

static struct {
    PCCERT_CONTEXT server, client;
} own;

/* A whole life: credentials, handshake with a client's certificate, sessions, the end. The first
 * failure; SEC_E_OK without one. */
static SECURITY_STATUS live(DWORD protocol)
{
    SCHANNEL_CRED c = {.dwVersion = SCHANNEL_CRED_VERSION,
                       .cCreds = 1,
                       .paCred = &own.client,
                       .hRootStore = world.roots,
                       .grbitEnabledProtocols = protocol,
                       .dwFlags = SCH_CRED_NO_DEFAULT_CREDS};
    struct ours client = {.server = false}, server = {.server = true};
    SECURITY_STATUS status = ours_acquire(&client, false, &c), client_status = SEC_E_OK;

    c.paCred = &own.server;
    if (status == SEC_E_OK)
        status = ours_acquire(&server, true, &c);
    if (status == SEC_E_OK) {
        server.flags |= ASC_REQ_MUTUAL_AUTH;
        status = shake_ours(&client, &server, &client_status);
        if (client_status < 0)
            status = client_status;
    }
    ours_end(&client);
    ours_end(&server);
    return status;
}

static bool is_for_memory(SECURITY_STATUS status)
{
    return status == SEC_E_INSUFFICIENT_MEMORY || status == SEC_E_INTERNAL_ERROR;
}

/* Until nothing fails any more, since there are no more places. */
static unsigned fail_everywhere(DWORD protocol, unsigned stride, bool strict)
{
    unsigned failures = 0;
    SECURITY_STATUS status;

    for (no_memory_at = 1;; no_memory_at += stride) {
        no_memory_asked = 0;
        status = live(protocol);
        if (no_memory_asked < no_memory_at)
            break;
        if (strict && status != SEC_E_OK && !is_for_memory(status))
            fail_msg("at %u: 0x%08x", no_memory_at, (unsigned)status);
        failures += status != SEC_E_OK;
    }
    no_memory_at = 0;
    assert_int_equal(status, SEC_E_OK);
    return failures;
}

static void within_openssl(void **state)
{
    (void)state;
    assert_true(fail_everywhere(SP_PROT_TLS1_2, STRIDE, false) > 10);
    assert_true(fail_everywhere(SP_PROT_TLS1_3, STRIDE, false) > 10);
    assert_int_equal(live(0), SEC_E_OK);
}

static int setup(void **state)
{
    world_setup(state);
    own.server = certificate_of(&world.server, true);
    own.client = certificate_of(&world.client, true);
    assert_int_equal(live(0), SEC_E_OK); /* what is made once for the process */
    return 0;
}

static int teardown(void **state)
{
    CertFreeCertificateContext(own.server);
    CertFreeCertificateContext(own.client);
    return world_teardown(state);
}

static void our_own(void **state)
{
    (void)state;
    assert_true(fail_everywhere(SP_PROT_TLS1_2, 1, true) > 10);
    assert_true(fail_everywhere(SP_PROT_TLS1_3, 1, true) > 10);
}

/* Without OpenSSL's, its functions for memory being set once for all: a program of two runs. */
int main(int count, char **arguments)
{
    const struct CMUnitTest ours[] = {cmocka_unit_test(our_own)};
    const struct CMUnitTest theirs[] = {cmocka_unit_test(within_openssl)};
    bool openssl = strstr(arguments[0], "openssl") != NULL;

    (void)count;
    if (openssl && !no_memory_openssl())
        return 1;
    return openssl ? cmocka_run_group_tests(theirs, setup, teardown)
                   : cmocka_run_group_tests(ours, setup, teardown);
}
