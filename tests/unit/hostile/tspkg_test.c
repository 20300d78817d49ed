/*
 * TSPkg with somebody inside the TLS channel who changes its messages, with SPNEGO and NTLM in
 * them. Whatever is changed: the server gets bob's own password or none, no end says that it was
 * our trouble, and a client delegates nothing to a server that has not shown the channel's key.
 */
#include "tests/unit/tspkg/sides.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libsspi/lsa/host.h"
#include "libsspi/packages/ts_channel.h"
#include "tests/unit/hostile/mutate.h"
#include "tests/unit/kerberos/realm.h"

const struct builtin_package lsa_builtin_packages[] = {
    {"Negotiate", nego_lsa_mode_initialize, nego_user_mode_initialize, BUILTIN_IN_PROCESS},
    {"Kerberos", kerb_lsa_mode_initialize, kerb_user_mode_initialize, 0},
    {"NTLM", ntlm_lsa_mode_initialize, ntlm_user_mode_initialize, 0},
    {"tspkg", ts_lsa_mode_initialize, ts_user_mode_initialize, 0},
    {NULL, NULL, NULL, 0},
};

#define MESSAGES_MAX 12

static struct side client, server;
static struct hostile_token seen[MESSAGES_MAX]; /* of the undisturbed handshake */
static unsigned messages;                       /* of it */
static uint64_t refused, unharmed;
static const WCHAR *domain, *user, *password; /* the client's */

static int begin_ntlm(void **state)
{
    (void)state;
    domain = u"BOX", user = u"bob", password = u"secret";
    set_policy("allow_fresh_credentials_ntlm_only", "TERMSRV/*", NULL);
    assert_int_equal(side_acquire(&client, true, user, domain, password), SEC_E_OK);
    assert_int_equal(side_acquire(&server, false, user, domain, password), SEC_E_OK);
    return 0;
}

/* The rule asks for a proof, and Kerberos is one. */
static int begin_kerberos(void **state)
{
    (void)state;
    domain = REALM_WIDE, user = u"alice", password = u"open sesame";
    set_policy("allow_fresh_credentials", "HTTP/web.credmgr.test", NULL);
    assert_int_equal(side_acquire(&client, true, user, domain, password), SEC_E_OK);
    assert_int_equal(side_acquire(&server, false, NULL, NULL, NULL), SEC_E_OK);
    client.target = u"HTTP/web.credmgr.test";
    return 0;
}

static int start(void **state)
{
    (void)state;
    realm_start(NULL);
    setenv("KRB5RCACHENAME", "none:", 1);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    return realm_stop();
}

static int end(void **state)
{
    (void)state;
    side_end(&client);
    side_end(&server);
    return 0;
}

static void keep(struct hostile_token *to, const struct token *from)
{
    assert_true(from->size <= sizeof(to->data));
    memcpy(to->data, from->data, to->size = from->size);
}

/* The token as it was changed. */
static void change(struct mutator *m, struct token *token)
{
    static struct hostile_token changed;

    keep(&changed, token);
    mutate(m, &changed, &seen[mutator_below(m, messages)]);
    FreeContextBuffer(token->data);
    token->size = (ULONG)changed.size;
    token->data = LocalAlloc(0, changed.size ? changed.size : 1);
    assert_non_null(token->data);
    memcpy(token->data, changed.data, changed.size);
}

static bool is_trouble_of_ours(SECURITY_STATUS status)
{
    return status == SEC_E_INTERNAL_ERROR || status == SEC_E_INSUFFICIENT_MEMORY ||
           status == SEC_E_INVALID_HANDLE || (status > 0 && status != SEC_I_CONTINUE_NEEDED);
}

/* `which`: the message that is changed, from 0; MESSAGES_MAX: none, and they are kept. */
static void shake_one(unsigned which, struct mutator *m)
{
    struct token way[2] = {{NULL, 0}, {NULL, 0}};
    SECURITY_STATUS status[2] = {SEC_I_CONTINUE_NEEDED, SEC_I_CONTINUE_NEEDED};
    struct side *const sides[2] = {&client, &server};
    bool shown = false; /* the server has accepted the client's key, and shown its own */
    unsigned number = 0;

    side_reset(&client);
    side_reset(&server);
    for (unsigned turn = 0; number < MESSAGES_MAX; turn = !turn) {
        struct token *in = &way[turn], *out = &way[!turn];

        if (status[turn] != SEC_I_CONTINUE_NEEDED)
            break;
        status[turn] = side_step(sides[turn], turn ? ASC_REQ_EXTENDED_ERROR : WANTS, in, out);
        assert_false(is_trouble_of_ours(status[turn]));
        if (turn && status[turn] == SEC_I_CONTINUE_NEEDED)
            shown = number + 2 >= messages;
        if (status[turn] < 0 || !out->size)
            break;
        if (which == MESSAGES_MAX)
            keep(&seen[number], out);
        else if (number == which)
            change(m, out);
        number++;
    }
    if (which == MESSAGES_MAX)
        messages = number;
    if (status[0] == SEC_E_OK)
        assert_true(shown);
    if (status[1] == SEC_E_OK) {
        assert_int_equal(status[0], SEC_E_OK);
        assert_delegated(&server, SECPKG_ATTR_CREDS_2, domain, user, password);
        unharmed++;
    } else {
        refused++;
    }
    FreeContextBuffer(way[0].data);
    FreeContextBuffer(way[1].data);
}

static void run(uint64_t usual)
{
    uint64_t seed = hostile_number("HOSTILE_SEED", 1), runs = hostile_number("HOSTILE_RUNS", usual);

    refused = unharmed = 0;
    shake_one(MESSAGES_MAX, NULL);
    assert_int_equal(unharmed, 1);
    assert_true(messages >= 5);
    refused = unharmed = 0;
    for (uint64_t number = hostile_number("HOSTILE_FROM", 0); number < runs; number++) {
        struct mutator m = mutator(seed, number);

        shake_one((unsigned)mutator_below(&m, messages), &m);
    }
    printf("# %llu cases, seed %llu: %llu refused, %llu unharmed\n", (unsigned long long)runs,
           (unsigned long long)seed, (unsigned long long)refused, (unsigned long long)unharmed);
    assert_true(refused > 10 * unharmed);
    unharmed = 0;
    shake_one(MESSAGES_MAX, NULL); /* all is as it was */
    assert_int_equal(unharmed, 1);
}

static void test_ntlm(void **state)
{
    (void)state;
    run(1500);
}

static void test_kerberos(void **state)
{
    (void)state;
    run(1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_ntlm, begin_ntlm, end),
        cmocka_unit_test_setup_teardown(test_kerberos, begin_kerberos, end),
    };

    return cmocka_run_group_tests_name("hostile: TSPkg", tests, start, stop);
}
