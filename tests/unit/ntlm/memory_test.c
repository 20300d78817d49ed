/*
 * No memory, at every place where some is asked for, in a handshake and within OpenSSL: it fails,
 * it loses nothing (AddressSanitizer looks), and it is not the peer that gets the blame.
 */
#include "tests/unit/ntlm/meeting.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);

static unsigned asked, fails_at; /* 0: never */

static bool none_left(void)
{
    if (!fails_at || !meeting_in_protocol || ++asked != fails_at)
        return false;
    errno = ENOMEM;
    return true;
}

void *__wrap_malloc(size_t size)
{
    return none_left() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return none_left() ? NULL : __real_calloc(count, size);
}

static void *openssl_malloc(size_t size, const char *file, int line)
{
    (void)file, (void)line;
    return none_left() ? NULL : __real_malloc(size);
}

static void *openssl_realloc(void *memory, size_t size, const char *file, int line)
{
    (void)file, (void)line;
    return none_left() ? NULL : realloc(memory, size);
}

static void openssl_free(void *memory, const char *file, int line)
{
    (void)file, (void)line;
    free(memory);
}

/* Until nothing fails any more, since there are no more places. */
static void fail_everywhere(struct meeting how)
{
    unsigned failures = 0;
    SECURITY_STATUS status;

    for (fails_at = 1;; fails_at++) {
        asked = 0;
        status = meet_once(how);
        if (asked < fails_at)
            break;
        if (status != SEC_E_INSUFFICIENT_MEMORY)
            assert_int_equal(status, SEC_E_OK); /* what failed was not needed */
        failures += status != SEC_E_OK;
    }
    fails_at = 0;
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

    if (!CRYPTO_set_mem_functions(openssl_malloc, openssl_realloc, openssl_free))
        return 1;
    return cmocka_run_group_tests(tests, crypto_set_up, crypto_tear_down);
}
