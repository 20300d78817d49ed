/*
 * Negotiate with somebody on the way who changes tokens, with NTLM inside and with Kerberos. What
 * SPNEGO does not protect (flags that nobody heeds, hints) may be changed unnoticed; but then it is
 * the same person, the messages of both ends fit, and it is the package that both prefer.
 */
#include "tests/unit/hostile/handshake.h"

#include <stdlib.h>

#include "libsspi/lsa/host.h"
#include "tests/unit/kerberos/realm.h"

const struct builtin_package lsa_builtin_packages[] = {
    {"Negotiate", nego_lsa_mode_initialize, nego_user_mode_initialize, BUILTIN_IN_PROCESS},
    {"Kerberos", kerb_lsa_mode_initialize, kerb_user_mode_initialize, 0},
    {"NTLM", ntlm_lsa_mode_initialize, ntlm_user_mode_initialize, 0},
    {NULL, NULL, NULL, 0},
};

static struct hostile_handshake h;

static int begin(void **state)
{
    (void)state;
    realm_start(NULL);
    realm_kinit("alice", ALICE_PASSWORD, "");
    setenv("KRB5RCACHENAME", "none:", 1);
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

#define SIGNED (ISC_REQ_INTEGRITY | ISC_REQ_CONFIDENTIALITY | ISC_REQ_MUTUAL_AUTH)

/* Kerberos is both ends' first choice. */
static void test_kerberos(void **state)
{
    (void)state;
    h = (struct hostile_handshake){.package = u"Negotiate",
                                   .target = u"HTTP/web.credmgr.test",
                                   .client_wants = SIGNED,
                                   .user = REALM "\\alice",
                                   .spoken = "Kerberos"};
    hostile_acquire(&h, true, NULL, NULL, NULL);
    hostile_acquire(&h, false, NULL, NULL, NULL);
    hostile_run(&h, 2000);
}

/* The acceptor has the first word, and tells its mechanisms. */
static void test_hints(void **state)
{
    (void)state;
    h = (struct hostile_handshake){.package = u"Negotiate",
                                   .target = u"HTTP/web.credmgr.test",
                                   .client_wants = SIGNED,
                                   .user = REALM "\\alice",
                                   .spoken = "Kerberos",
                                   .server_first = true};
    hostile_acquire(&h, true, NULL, NULL, NULL);
    hostile_acquire(&h, false, NULL, NULL, NULL);
    hostile_run(&h, 2000);
}

/* NTLM because the initiator has but the address of the server. */
static void test_ntlm(void **state)
{
    (void)state;
    h = (struct hostile_handshake){.package = u"Negotiate",
                                   .target = u"HTTP/127.0.0.1",
                                   .client_wants = ISC_REQ_INTEGRITY | ISC_REQ_CONFIDENTIALITY,
                                   .user = "EXAMPLE\\alice",
                                   .spoken = "NTLM"};
    hostile_acquire(&h, true, "alice", "EXAMPLE", "open sesame");
    hostile_acquire(&h, false, "alice", "EXAMPLE", "open sesame");
    hostile_run(&h, 10000);
}

/* The initiator begins with Kerberos, and the acceptor, which wants no Kerberos, has NTLM alone:
 * SPNEGO does all it can, and its MIC over the list of mechanisms is there. */
static void test_other_choice(void **state)
{
    (void)state;
    h = (struct hostile_handshake){.package = u"Negotiate",
                                   .target = u"HTTP/web.credmgr.test",
                                   .client_wants = SIGNED & ~ISC_REQ_MUTUAL_AUTH,
                                   .user = REALM "\\alice",
                                   .server_packages = "!kerberos",
                                   .spoken = "NTLM"};
    hostile_acquire(&h, true, "alice", REALM, ALICE_PASSWORD);
    hostile_acquire(&h, false, "alice", REALM, ALICE_PASSWORD);
    hostile_run(&h, 5000);
}

#define TEST(f) cmocka_unit_test_teardown(f, end)

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_kerberos), TEST(test_hints), TEST(test_ntlm),
                                       TEST(test_other_choice)};

    cmocka_set_test_filter(getenv("HOSTILE_TEST"));
    return cmocka_run_group_tests_name("hostile: Negotiate", tests, begin, stop);
}
