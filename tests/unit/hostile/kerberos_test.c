/*
 * Kerberos with somebody on the way who changes tokens. Not all of an AP-REQ is protected (who
 * reads it may ignore what stands in the clear), so a changed one may be accepted; but then it is
 * the same person at the same service, and the messages of both ends fit. A real KDC gives the
 * tickets.
 */
#include "tests/unit/hostile/handshake.h"

#include <stdlib.h>

#include "libsspi/lsa/host.h"
#include "tests/unit/kerberos/realm.h"

const struct builtin_package lsa_builtin_packages[] = {
    {"Kerberos", kerb_lsa_mode_initialize, kerb_user_mode_initialize, 0},
    {NULL, NULL, NULL, 0},
};

static struct hostile_handshake h;

static int begin(void **state)
{
    (void)state;
    realm_start(NULL);
    realm_kinit("alice", ALICE_PASSWORD, "");
    setenv("KRB5RCACHENAME", "none:", 1); /* thousands of requests; it has tests of its own */
    return 0;
}

static int end(void **state)
{
    (void)state;
    hostile_end(&h);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    return realm_stop();
}

static void run(const WCHAR *target, ULONG client_wants, ULONG server_wants, uint64_t usual)
{
    h = (struct hostile_handshake){.package = u"Kerberos",
                                   .target = target,
                                   .client_wants = client_wants,
                                   .server_wants = server_wants,
                                   .user = REALM "\\alice",
                                   .asks_kdc = client_wants & ISC_REQ_USE_SESSION_KEY};
    hostile_acquire(&h, true, NULL, NULL, NULL);
    hostile_acquire(&h, false, NULL, NULL, NULL);
    hostile_run(&h, usual);
}

#define SIGNED (ISC_REQ_INTEGRITY | ISC_REQ_MUTUAL_AUTH)

static void test_mutual(void **state)
{
    (void)state;
    run(u"HTTP/web.credmgr.test", SIGNED | ISC_REQ_CONFIDENTIALITY, ASC_REQ_EXTENDED_ERROR, 1500);
}

static void test_one_leg(void **state)
{
    (void)state;
    run(u"HTTP/web.credmgr.test", ISC_REQ_INTEGRITY, 0, 500);
}

static void test_dce_style(void **state)
{
    (void)state;
    run(u"HTTP/web.credmgr.test", SIGNED | ISC_REQ_USE_DCE_STYLE, ASC_REQ_USE_DCE_STYLE, 1500);
}

/* From alice to alice: both ends have her tickets and no key. */
static void test_user_to_user(void **state)
{
    (void)state;
    run(u"alice@" REALM_WIDE, SIGNED | ISC_REQ_USE_SESSION_KEY, ASC_REQ_USE_SESSION_KEY, 1500);
}

#define TEST(f) cmocka_unit_test_teardown(f, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_mutual),
        TEST(test_one_leg),
        TEST(test_dce_style),
        TEST(test_user_to_user),
    };

    cmocka_set_test_filter(getenv("HOSTILE_TEST"));
    return cmocka_run_group_tests_name("hostile: Kerberos", tests, begin, stop);
}
