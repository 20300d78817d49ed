/*
 * The rules of a negotiation, one after the other: who is chosen, what the answers say, when the
 * list of mechanisms is signed. RFC 4178 4 and 5, [MS-SPNG] 3.1.5, 3.2.5 and 3.3.5.
 */
#include "tests/unit/negotiate/mechanisms.h"

#include <stdlib.h>
#include <string.h>

static void open_both(struct end *i, struct end *a)
{
    end_open(i, true, false);
    end_open(a, false, false);
}

static struct nego_resp resp_of(const struct wire *wire, unsigned n)
{
    struct nego_resp resp;

    assert_true(n < wire->count);
    assert_true(nego_resp_read(wire->messages[n].data, wire->messages[n].size, &resp));
    return resp;
}

/* state, mechanism (NULL: none) and which of token and MIC are in a NegTokenResp. */
static void assert_resp(const struct wire *wire, unsigned n, enum nego_negstate state,
                        const struct nego_oid *mechanism, bool token, bool mic)
{
    struct nego_resp resp = resp_of(wire, n);

    assert_int_equal(resp.state, state);
    assert_int_equal(resp.mechanism.size, mechanism ? mechanism->size : 0);
    assert_true(!mechanism || nego_oid_equal(resp.mechanism, *mechanism));
    assert_int_equal(resp.token.data != NULL, token);
    assert_int_equal(resp.mic.data != NULL, mic);
    nego_resp_clear(&resp);
}

/* The optimistic token is the most preferred mechanism's, and nobody signs. */
static void preferred_mechanism(void **state)
{
    struct end i = {.stubs = {{KERBEROS}, {NTLM}}}, a = {.stubs = {{NTLM}, {KERBEROS}}};
    struct wire wire = {0};
    struct nego_init init;

    (void)state;
    open_both(&i, &a);
    assert_true(converse(&i, &a, false, &wire));
    assert_int_equal(wire.count, 2);
    assert_true(nego_init_read(wire.messages[0].data, wire.messages[0].size, &init));
    assert_int_equal(init.count, 3);
    assert_true(nego_oid_equal(init.offers[0], nego_oid_kerberos_wrong));
    assert_true(nego_oid_equal(init.offers[1], nego_oid_kerberos));
    assert_true(nego_oid_equal(init.offers[2], oid_ntlm));
    assert_non_null(init.token.data);
    assert_null(init.mic.data);
    assert_false(init.hints);
    nego_init_clear(&init);
    /* in the words of the initiator */
    assert_resp(&wire, 1, NEGO_ACCEPT_COMPLETED, &nego_oid_kerberos_wrong, true, false);
    assert_int_equal(i.stubs[0].made + a.stubs[1].made, 0);
    assert_int_equal(nego_handshake_selected(i.h), 0);
    assert_int_equal(nego_handshake_selected(a.h), 1);
    close_both(&i, &a, &wire);
}

static void states_on_the_way(void **state)
{
    struct end i = {.stubs = {{KERBEROS}, {NTLM}}}, a = {.stubs = {{KERBEROS}}};
    uint8_t *first, *second, *none;
    size_t first_size, second_size, none_size;

    (void)state;
    i.stubs[0].legs = a.stubs[0].legs = 4;
    open_both(&i, &a);
    assert_int_equal(end_step(&i, NULL, 0, &first, &first_size), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(nego_handshake_state(i.h), SECPKG_NEGOTIATION_OPTIMISTIC);
    assert_int_equal(nego_handshake_selected(i.h), 0);
    assert_int_equal(end_step(&a, first, first_size, &second, &second_size), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(nego_handshake_state(a.h), SECPKG_NEGOTIATION_IN_PROGRESS);
    free(first);
    assert_int_equal(end_step(&i, second, second_size, &first, &first_size), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(nego_handshake_state(i.h), SECPKG_NEGOTIATION_IN_PROGRESS);
    free(second);
    assert_int_equal(end_step(&a, first, first_size, &second, &second_size), SEC_E_OK);
    assert_int_equal(end_step(&i, second, second_size, &none, &none_size), SEC_E_OK);
    assert_null(none);
    free(first);
    free(second);
    end_close(&i);
    end_close(&a);
}

/* Kerberos without mutual authentication: the initiator is done and waits for the word. */
static void one_token(void **state)
{
    struct end i = {.stubs = {{KERBEROS}, {NTLM}}}, a = {.stubs = {{KERBEROS}, {NTLM}}};
    struct wire wire = {0};

    (void)state;
    i.stubs[0].legs = a.stubs[0].legs = 1;
    open_both(&i, &a);
    assert_true(converse(&i, &a, false, &wire));
    assert_int_equal(wire.count, 2);
    assert_resp(&wire, 1, NEGO_ACCEPT_COMPLETED, &nego_oid_kerberos_wrong, false, false);
    close_both(&i, &a, &wire);
}

static void ntlm_alone_is_bare(void **state)
{
    struct end i = {.stubs = {{NTLM, .requires_mic = true}}};
    struct end a = {.stubs = {{KERBEROS}, {NTLM, .requires_mic = true}}};
    struct wire wire = {0};

    (void)state;
    open_both(&i, &a);
    assert_true(converse(&i, &a, false, &wire));
    assert_int_equal(wire.count, 3);
    for (unsigned n = 0; n < 3; n++)
        assert_memory_equal(wire.messages[n].data, "NTLMSSP", 8);
    assert_int_equal(i.stubs[0].made + a.stubs[1].made, 0);
    close_both(&i, &a, &wire);

    /* the same after Kerberos has fallen back; half-made, it is DIRECT */
    i = (struct end){
        .stubs = {{KERBEROS, .fails = SEC_E_TARGET_UNKNOWN, .fails_softly = true}, {NTLM}}};
    end_open(&i, true, false);
    assert_int_equal(end_step(&i, NULL, 0, &wire.messages[0].data, &wire.messages[0].size),
                     SEC_I_CONTINUE_NEEDED);
    assert_memory_equal(wire.messages[0].data, "NTLMSSP", 8);
    assert_int_equal(i.stubs[0].abandoned, 1);
    assert_int_equal(nego_handshake_selected(i.h), 1);
    assert_int_equal(nego_handshake_state(i.h), SECPKG_NEGOTIATION_DIRECT);
    end_close(&i);
    wire_clear(&wire);
}

/* A mechanism that has fallen back is not offered, a choice of it not taken. */
static void fallen_back(void **state)
{
    struct end i = {
        .stubs = {{KERBEROS, .fails = SEC_E_NO_AUTHENTICATING_AUTHORITY, .fails_softly = true},
                  {OTHER},
                  {NTLM}}};
    struct end a = {.stubs = {{KERBEROS}, {OTHER}, {NTLM}}};
    struct wire wire = {0};
    struct nego_init init;

    (void)state;
    open_both(&i, &a);
    assert_true(converse(&i, &a, false, &wire));
    assert_true(nego_init_read(wire.messages[0].data, wire.messages[0].size, &init));
    assert_int_equal(init.count, 2);
    assert_true(nego_oid_equal(init.offers[0], oid_other));
    nego_init_clear(&init);
    assert_int_equal(nego_handshake_selected(i.h), 1);
    close_both(&i, &a, &wire);
}

/* A wrong password, a clock, an expired account: no other mechanism is tried. */
static void no_fallback(void **state)
{
    struct end i = {.stubs = {{KERBEROS, .fails = SEC_E_LOGON_DENIED}, {NTLM}}};
    uint8_t *out;
    size_t size;

    (void)state;
    end_open(&i, true, false);
    assert_int_equal(end_step(&i, NULL, 0, &out, &size), SEC_E_LOGON_DENIED);
    assert_null(out);
    assert_int_equal(i.stubs[1].seen, 0);
    assert_int_equal(end_step(&i, NULL, 0, &out, &size), SEC_E_INVALID_TOKEN);
    end_close(&i);
    /* nor after the last one */
    i = (struct end){.stubs = {{KERBEROS, .fails = SEC_E_TARGET_UNKNOWN, .fails_softly = true},
                               {NTLM, .fails = SEC_E_NO_CREDENTIALS, .fails_softly = true}}};
    end_open(&i, true, false);
    assert_int_equal(end_step(&i, NULL, 0, &out, &size), SEC_E_NO_CREDENTIALS);
    end_close(&i);
}

/* The server speaks first: NTLM alone is wrapped, and its MIC makes the list's mandatory. */
static void hints_and_ntlm_mic(void **state)
{
    struct end i = {.stubs = {{NTLM, .requires_mic = true}}};
    struct end a = {.stubs = {{KERBEROS}, {NTLM, .requires_mic = true}}};
    struct wire wire = {0};
    struct nego_init init;

    (void)state;
    end_open(&i, true, false);
    end_open(&a, false, true);
    assert_true(converse(&i, &a, true, &wire));
    assert_int_equal(wire.count, 5);
    assert_true(nego_init_read(wire.messages[0].data, wire.messages[0].size, &init));
    assert_true(init.hints);
    assert_int_equal(init.count, 3);
    assert_int_equal(init.hint_name.size, 36);
    assert_memory_equal(init.hint_name.data, "not_defined_in_RFC4178@please_ignore", 36);
    assert_null(init.token.data);
    nego_init_clear(&init);
    assert_true(nego_init_read(wire.messages[1].data, wire.messages[1].size, &init));
    assert_false(init.hints);
    assert_int_equal(init.count, 1);
    nego_init_clear(&init);
    assert_resp(&wire, 2, NEGO_ACCEPT_INCOMPLETE, &oid_ntlm, true, false);
    assert_resp(&wire, 3, NEGO_ACCEPT_INCOMPLETE, NULL, true, true);
    assert_resp(&wire, 4, NEGO_ACCEPT_COMPLETED, NULL, false, true);
    assert_both_mics(&i.stubs[0], &a.stubs[1]);
    close_both(&i, &a, &wire);
}

/* What a server says of itself is signed by nobody: it takes nothing out of the offer. */
static void hints_change_no_offer(void **state)
{
    struct end i = {.stubs = {{KERBEROS}, {NTLM}}}, a = {.stubs = {{NTLM}}};
    struct wire wire = {0};
    struct nego_init init;

    (void)state;
    end_open(&i, true, false);
    end_open(&a, false, true);
    assert_true(converse(&i, &a, true, &wire));
    assert_true(nego_init_read(wire.messages[1].data, wire.messages[1].size, &init));
    assert_int_equal(init.count, 3);
    nego_init_clear(&init);
    assert_both_mics(&i.stubs[1], &a.stubs[0]);
    close_both(&i, &a, &wire);
}

/* Another mechanism than the first choice: request-mic, a token for it, and both signatures. */
static void request_mic(void **state)
{
    struct end i = {.stubs = {{KERBEROS}, {NTLM}}}, a = {.stubs = {{NTLM}}};
    struct wire wire = {0};

    (void)state;
    open_both(&i, &a);
    assert_true(converse(&i, &a, false, &wire));
    assert_int_equal(wire.count, 6);
    assert_resp(&wire, 1, NEGO_REQUEST_MIC, &oid_ntlm, false, false);
    assert_resp(&wire, 2, NEGO_ACCEPT_INCOMPLETE, NULL, true, false);
    assert_resp(&wire, 3, NEGO_ACCEPT_INCOMPLETE, NULL, true, false);
    assert_resp(&wire, 4, NEGO_ACCEPT_INCOMPLETE, NULL, true, true);
    assert_resp(&wire, 5, NEGO_ACCEPT_COMPLETED, NULL, false, true);
    assert_int_equal(i.stubs[0].abandoned, 1);
    assert_both_mics(&i.stubs[1], &a.stubs[0]);
    close_both(&i, &a, &wire);

    /* the mechanism's last token is the acceptor's: it signs first */
    i = (struct end){.stubs = {{NTLM}, {KERBEROS}}};
    a = (struct end){.stubs = {{KERBEROS}}};
    open_both(&i, &a);
    assert_true(converse(&i, &a, false, &wire));
    assert_int_equal(wire.count, 5);
    assert_resp(&wire, 1, NEGO_REQUEST_MIC, &nego_oid_kerberos_wrong, false, false);
    assert_resp(&wire, 3, NEGO_ACCEPT_INCOMPLETE, NULL, true, true);
    assert_resp(&wire, 4, NEGO_ACCEPT_COMPLETED, NULL, false, true);
    assert_both_mics(&i.stubs[1], &a.stubs[0]);
    close_both(&i, &a, &wire);

    /* a mechanism that cannot sign: RFC 4178 5, nobody does */
    i = (struct end){.stubs = {{KERBEROS}, {NTLM, .no_integrity = true}}};
    a = (struct end){.stubs = {{NTLM, .no_integrity = true}}};
    open_both(&i, &a);
    assert_true(converse(&i, &a, false, &wire));
    assert_int_equal(wire.count, 6);
    assert_resp(&wire, 4, NEGO_ACCEPT_INCOMPLETE, NULL, true, false);
    assert_resp(&wire, 5, NEGO_ACCEPT_COMPLETED, NULL, false, false);
    close_both(&i, &a, &wire);
}

static void nothing_in_common(void **state)
{
    struct end i = {.stubs = {{KERBEROS}, {OTHER}}}, a = {.stubs = {{NTLM}}};
    struct wire wire = {0};

    (void)state;
    open_both(&i, &a);
    assert_false(converse(&i, &a, false, &wire));
    assert_int_equal(a.status, SEC_E_UNSUPPORTED_FUNCTION);
    assert_resp(&wire, 1, NEGO_REJECT, NULL, false, false);
    assert_int_equal(i.status, SEC_E_LOGON_DENIED);
    assert_non_null(strstr(i.reason, "none of the mechanisms"));
    close_both(&i, &a, &wire);
    /* bare */
    i = (struct end){.stubs = {{NTLM}}};
    a = (struct end){.stubs = {{KERBEROS}}};
    open_both(&i, &a);
    assert_false(converse(&i, &a, false, &wire));
    assert_int_equal(a.status, SEC_E_UNSUPPORTED_FUNCTION);
    assert_int_equal(wire.count, 1);
    close_both(&i, &a, &wire);
}

/* The mechanism refuses: its token goes along with the rejection, and is the better reason. */
static void mechanism_refuses(void **state)
{
    struct end i = {.stubs = {{KERBEROS}, {NTLM}}}, a = {.stubs = {{KERBEROS, .bad_end = true}}};
    struct wire wire = {0};

    (void)state;
    open_both(&i, &a);
    assert_false(converse(&i, &a, false, &wire));
    assert_int_equal(a.status, SEC_E_LOGON_DENIED);
    assert_resp(&wire, 1, NEGO_REJECT, &nego_oid_kerberos_wrong, true, false);
    assert_int_equal(i.status, SEC_E_INVALID_TOKEN); /* what the stub says of "why" */
    close_both(&i, &a, &wire);

    i = (struct end){.stubs = {{KERBEROS}, {NTLM, .bad_end = true}}};
    a = (struct end){.stubs = {{NTLM}}};
    open_both(&i, &a);
    assert_false(converse(&i, &a, false, &wire));
    assert_int_equal(i.status, SEC_E_LOGON_DENIED);
    assert_resp(&wire, wire.count - 1, NEGO_REJECT, NULL, true, false);
    close_both(&i, &a, &wire);
}

/* A new negotiation on an established context, with another mechanism than the last. */
static void again(void **state)
{
    struct end i = {.stubs = {{KERBEROS}, {NTLM}}}, a = {.stubs = {{KERBEROS}, {NTLM}}};
    struct wire wire = {0};

    (void)state;
    open_both(&i, &a);
    assert_true(converse(&i, &a, false, &wire));
    wire_clear(&wire);
    i.stubs[0].fails = SEC_E_NO_AUTHENTICATING_AUTHORITY;
    i.stubs[0].fails_softly = true;
    assert_true(converse(&i, &a, false, &wire));
    assert_int_equal(a.stubs[0].abandoned, 1);
    assert_int_equal(nego_handshake_selected(i.h), 1);
    assert_memory_equal(wire.messages[0].data, "NTLMSSP", 8);
    wire_clear(&wire);
    i.stubs[0].fails = 0;
    assert_true(converse(&i, &a, false, &wire));
    assert_int_equal(nego_frame_read(wire.messages[0].data, wire.messages[0].size).kind,
                     NEGO_FRAME_INIT);
    assert_int_equal(nego_handshake_selected(i.h), 0);
    assert_int_equal(nego_handshake_selected(a.h), 0);
    close_both(&i, &a, &wire);
    /* each time with its own MICs */
    i = (struct end)INITIATOR;
    a = (struct end){.stubs = {{NTLM}}};
    open_both(&i, &a);
    for (unsigned n = 1; n <= 2; n++) {
        assert_true(converse(&i, &a, false, &wire));
        assert_int_equal(wire.count, 6);
        assert_int_equal(i.stubs[1].verified, n);
        assert_int_equal(a.stubs[0].verified, n);
        wire_clear(&wire);
    }
    close_both(&i, &a, &wire);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(preferred_mechanism), cmocka_unit_test(states_on_the_way),
        cmocka_unit_test(one_token),           cmocka_unit_test(ntlm_alone_is_bare),
        cmocka_unit_test(fallen_back),         cmocka_unit_test(no_fallback),
        cmocka_unit_test(hints_and_ntlm_mic),  cmocka_unit_test(hints_change_no_offer),
        cmocka_unit_test(request_mic),         cmocka_unit_test(nothing_in_common),
        cmocka_unit_test(mechanism_refuses),   cmocka_unit_test(again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
