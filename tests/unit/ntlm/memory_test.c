/*
 * No memory, at every place where some is asked for, in a handshake and within OpenSSL: it fails,
 * it loses nothing (AddressSanitizer looks), and it is not the peer that gets the blame.
 */
#include "tests/unit/ntlm/meeting.h"
#include "tests/unit/no_memory.h"

#include <stdlib.h>
#include <string.h>

/* Until nothing fails any more, since there are no more places. */
static void fail_everywhere(struct meeting how)
{
    unsigned failures = 0;
    SECURITY_STATUS status;

    for (no_memory_at = 1;; no_memory_at++) {
        no_memory_asked = 0;
        status = meet_once(how);
        if (no_memory_asked < no_memory_at)
            break;
        if (status != SEC_E_INSUFFICIENT_MEMORY)
            assert_int_equal(status, SEC_E_OK); /* what failed was not needed */
        failures += status != SEC_E_OK;
    }
    no_memory_at = 0;
    assert_int_equal(status, SEC_E_OK);
    assert_true(failures > 5);
}

static void test_v2(void **state)
{
    (void)state;
    fail_everywhere((struct meeting){.client.level = 5,
                                     .server.level = 5,
                                     .server.target_name = NTLM_WANTED_ALWAYS,
                                     .target = u"cifs/server",
                                     .wanted = SEAL});
}

static void test_v1(void **state)
{
    (void)state;
    fail_everywhere((struct meeting){.wanted = SEAL});
    fail_everywhere((struct meeting){.client.level = 1, .server.level = 1, .wanted = SEAL});
}

static void test_others(void **state)
{
    (void)state;
    fail_everywhere(
        (struct meeting){.client.level = 5, .server.level = 5, .wanted = SEAL, .datagram = true});
    fail_everywhere(
        (struct meeting){.client.level = 5, .server.level = 5, .wanted = SEAL, .anonymous = true});
    fail_everywhere((struct meeting){.client.level = 0, .server.level = 3, .drop_nt = true});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_v2),
        cmocka_unit_test(test_v1),
        cmocka_unit_test(test_others),
    };

    no_memory_while = &meeting_in_protocol;
    if (!no_memory_openssl())
        return 1;
    return cmocka_run_group_tests(tests, crypto_set_up, crypto_tear_down);
}
