/*
 * CredSSP with somebody on the way who changes what is on the wire: TLS handshakes, and records
 * with TSRequests in them, in whatever pieces they arrive. Whatever is changed: both ends come to
 * an end of it, nobody runs out of memory, and a server that is done has alice's own password.
 */
#include "tests/unit/credssp/sides.h"

#include <ntsecapi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/hostile/mutate.h"

#define FLIGHTS_MAX 12

static struct side client, server;
static struct hostile_token seen[FLIGHTS_MAX]; /* of the undisturbed handshake */
static unsigned flights;
static uint64_t refused, unharmed;

static int begin(void **state)
{
    set_up(state);
    reset(state);
    acquire(&client, &server);
    return 0;
}

static int stop(void **state)
{
    end(&client, &server);
    return tear_down(state);
}

static void keep(struct hostile_token *to, const struct side *of)
{
    assert_true(of->wire_size <= sizeof(to->data));
    memcpy(to->data, of->wire, to->size = of->wire_size);
}

static void change(struct mutator *m, struct side *to)
{
    static struct hostile_token changed;

    keep(&changed, to);
    mutate(m, &changed, &seen[mutator_below(m, flights)]);
    memcpy(to->wire, changed.data, to->wire_size = changed.size);
}

static void assert_password(void)
{
    SecPkgContext_ClientCreds creds;
    const KERB_INTERACTIVE_LOGON *logon;

    assert_int_equal(QueryContextAttributesW(&server.context, SECPKG_ATTR_CREDS, &creds), SEC_E_OK);
    logon = (const KERB_INTERACTIVE_LOGON *)(const void *)creds.AuthBuffer;
    assert_int_equal(logon->Password.Length, sizeof(PASSWORD) - sizeof(WCHAR));
    assert_memory_equal(creds.AuthBuffer + (uintptr_t)logon->Password.Buffer, PASSWORD,
                        logon->Password.Length);
    FreeContextBuffer(creds.AuthBuffer);
}

/* All that has come, as long as it leads on. */
static void take(struct side *s, struct side *peer)
{
    unsigned legs = s->legs;

    deliver(s, 0);
    do {
        leg(s, peer);
        assert_int_not_equal(s->status, SEC_E_INSUFFICIENT_MEMORY);
        assert_true(s->legs - legs < 1000);
    } while (s->status == SEC_I_CONTINUE_NEEDED && s->inbox_size > 0);
}

/* `which`: the flight that is changed, from 0; FLIGHTS_MAX: none, and they are kept. */
static void shake_one(unsigned which, struct mutator *m)
{
    unsigned number = 0;

    forget(&client);
    forget(&server);
    leg(&client, &server);
    for (struct side *s = &server, *peer = &client; s->wire_size && number < FLIGHTS_MAX;) {
        struct side *next = peer;

        if (which == FLIGHTS_MAX)
            keep(&seen[number], s);
        else if (number == which)
            change(m, s);
        number++;
        if (s->status != SEC_I_CONTINUE_NEEDED && s->status != SEC_E_INCOMPLETE_MESSAGE)
            break;
        take(s, peer);
        peer = s;
        s = next;
    }
    if (which == FLIGHTS_MAX)
        flights = number;
    if (server.status == SEC_E_OK) {
        assert_int_equal(client.status, SEC_E_OK);
        assert_password();
        unharmed++;
    } else {
        refused++;
    }
}

static void test_changed(void **state)
{
    uint64_t seed = hostile_number("HOSTILE_SEED", 1), runs = hostile_number("HOSTILE_RUNS", 300);

    (void)state;
    shake_one(FLIGHTS_MAX, NULL);
    assert_int_equal(unharmed, 1);
    assert_true(flights >= 5);
    refused = unharmed = 0;
    for (uint64_t number = hostile_number("HOSTILE_FROM", 0); number < runs; number++) {
        struct mutator m = mutator(seed, number);

        shake_one((unsigned)mutator_below(&m, flights), &m);
    }
    printf("# %llu cases, seed %llu: %llu refused, %llu unharmed\n", (unsigned long long)runs,
           (unsigned long long)seed, (unsigned long long)refused, (unsigned long long)unharmed);
    assert_true(refused > 10 * unharmed);
    unharmed = 0;
    shake_one(FLIGHTS_MAX, NULL); /* all is as it was */
    assert_int_equal(unharmed, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_changed, begin, stop),
    };

    return cmocka_run_group_tests_name("hostile: CredSSP", tests, NULL, NULL);
}
