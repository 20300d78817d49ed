/*
 * NTLM with somebody on the way who changes tokens, both ends having real keys: nobody gets in, and
 * nothing goes unnoticed. `make fuzz` runs a million cases of each.
 */
#include "tests/unit/hostile/handshake.h"

#include "libsspi/lsa/host.h"
#include "libsspi/packages/ntlm/lsa_half.h"

const struct builtin_package lsa_builtin_packages[] = {
    {"NTLM", ntlm_lsa_mode_initialize, ntlm_user_mode_initialize, 0},
    {NULL, NULL, NULL, 0},
};

static struct hostile_handshake h;

static int end(void **state)
{
    (void)state;
    if (h.package)
        hostile_end(&h);
    return 0;
}

static void run(ULONG client_wants, ULONG server_wants, bool protected)
{
    h = (struct hostile_handshake){.package = u"NTLM",
                                   .target = u"cifs/server",
                                   .client_wants = client_wants,
                                   .server_wants = server_wants,
                                   .user = "EXAMPLE\\alice",
                                   .all_protected = protected,
                                   .keys_unprotected = !protected,
                                   .over = true};
    hostile_acquire(&h, true, "alice", "EXAMPLE", "open sesame");
    hostile_acquire(&h, false, "alice", "EXAMPLE", "open sesame");
    hostile_run(&h, 10000);
}

static void test_sealing(void **state)
{
    (void)state;
    run(ISC_REQ_CONFIDENTIALITY | ISC_REQ_INTEGRITY, ASC_REQ_CONFIDENTIALITY, true);
}

static void test_signing(void **state)
{
    (void)state;
    run(ISC_REQ_INTEGRITY | ISC_REQ_IDENTIFY, ASC_REQ_INTEGRITY, true);
}

static void test_datagrams(void **state)
{
    (void)state;
    run(ISC_REQ_DATAGRAM | ISC_REQ_CONFIDENTIALITY, ASC_REQ_DATAGRAM | ASC_REQ_CONFIDENTIALITY,
        true);
}

/* NTLM version 1, which has no MIC; with session security, and without. */
static void test_old(void **state)
{
    struct ntlm_policy usual = ntlm_lsa.policy;

    (void)state;
    ntlm_lsa.policy.minimum_client = ntlm_lsa.policy.minimum_server = 0;
    for (ntlm_lsa.policy.level = 0; ntlm_lsa.policy.level <= 2; ntlm_lsa.policy.level += 2) {
        run(ISC_REQ_INTEGRITY, ASC_REQ_INTEGRITY, false);
        hostile_end(&h);
    }
    ntlm_lsa.policy = usual;
    h = (struct hostile_handshake){0};
}

#define TEST(f) cmocka_unit_test_teardown(f, end)

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_sealing), TEST(test_signing), TEST(test_datagrams),
                                       TEST(test_old)};

    return cmocka_run_group_tests_name("hostile: NTLM", tests, NULL, NULL);
}
