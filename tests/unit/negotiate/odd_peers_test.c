/*
 * Peers that do it their own way, and are right or may be borne: Windows 2000, other
 * implementations, programs that know no SPNEGO.
 */
#include "tests/unit/negotiate/mechanisms.h"

#include <stdlib.h>
#include <string.h>

/* [MS-SPNG] appendix A: Windows 2000 repeats the token where the MIC should be. */
static void windows_2000(void **state)
{
    struct end end = INITIATOR, a = INITIATOR;
    struct nego_resp resp = {.state = NEGO_ACCEPT_COMPLETED, .mechanism = nego_oid_kerberos_wrong};
    struct nego_init init = {.offers = {nego_oid_kerberos_wrong, oid_ntlm}, .count = 2};
    struct reply reply;

    (void)state;
    open_initiator(&end);
    resp.mic = resp.token = token_of(&end.stubs[0], 2);
    reply = step_resp(&end, &resp);
    assert_int_equal(reply.status, SEC_E_OK);
    assert_false(reply.token);
    end_close(&end);
    end_open(&a, false, false);
    init.mic = init.token = token_of(&a.stubs[0], 1);
    reply = step_init(&a, &init);
    assert_int_equal(reply.status, SEC_E_OK);
    assert_int_equal(reply.state, NEGO_ACCEPT_COMPLETED);
    assert_false(reply.mic);
    end_close(&a);
    /* but where a MIC is wanted that is none */
    end = (struct end){.stubs = {{OTHER}, {KERBEROS}}};
    open_initiator(&end);
    resp = (struct nego_resp){.state = NEGO_ACCEPT_INCOMPLETE, .mechanism = nego_oid_kerberos};
    assert_int_equal(step_resp(&end, &resp).status, SEC_I_CONTINUE_NEEDED);
    resp = (struct nego_resp){.state = NEGO_ACCEPT_COMPLETED};
    resp.mic = resp.token = token_of(&end.stubs[1], 2);
    assert_int_equal(step_resp(&end, &resp).status, SEC_E_MESSAGE_ALTERED);
    end_close(&end);
}

/* Either name of Kerberos, alone or not, in the offer and in the answer. */
static void names_of_kerberos(void **state)
{
    const struct nego_oid names[] = {nego_oid_kerberos, nego_oid_kerberos_wrong};
    struct reply reply;

    (void)state;
    for (unsigned n = 0; n < 4; n++) {
        struct end end = {.stubs = {{KERBEROS}, {NTLM}}}, a = {.stubs = {{NTLM}, {KERBEROS}}};
        struct nego_init init = {.offers = {names[n & 1]}, .count = 1};
        struct nego_resp resp = {.state = NEGO_ACCEPT_COMPLETED, .mechanism = names[n & 1]};

        end.stubs[0].oid = a.stubs[1].oid = names[n >> 1];
        open_initiator(&end);
        resp.token = token_of(&end.stubs[0], 2);
        assert_int_equal(step_resp(&end, &resp).status, SEC_E_OK);
        end_close(&end);
        end_open(&a, false, false);
        init.token = token_of(&a.stubs[1], 1);
        reply = step_init(&a, &init);
        assert_int_equal(reply.status, SEC_E_OK);
        assert_true(nego_oid_equal(reply.mechanism, names[n & 1]));
        end_close(&a);
    }
}

/* An acceptor that knows the right name only does not look at the token under the wrong one. */
static void right_name_only(void **state)
{
    struct end end = INITIATOR;
    struct nego_resp resp = {.state = NEGO_REQUEST_MIC, .mechanism = nego_oid_kerberos};
    struct reply reply;

    (void)state;
    open_initiator(&end);
    reply = step_resp(&end, &resp);
    assert_int_equal(reply.status, SEC_I_CONTINUE_NEEDED);
    assert_true(reply.inner);
    assert_int_equal(end.stubs[0].abandoned, 1);
    assert_int_equal(nego_handshake_selected(end.h), 0);
    /* and it wants the MICs: without its own it is not believed */
    resp = (struct nego_resp){.state = NEGO_ACCEPT_COMPLETED};
    resp.token = token_of(&end.stubs[0], 2);
    assert_int_equal(step_resp(&end, &resp).status, SEC_E_MESSAGE_ALTERED);
    end_close(&end);
}

/* The first choice, but the acceptor wants the MICs: RFC 4178 5, optional is not forbidden. */
static void acceptor_wants_mics(void **state)
{
    struct end i = INITIATOR, a = {.stubs = {{KERBEROS, .requires_mic = true}}};
    struct wire wire = {0};

    (void)state;
    end_open(&i, true, false);
    end_open(&a, false, false);
    assert_true(converse(&i, &a, false, &wire));
    assert_int_equal(wire.count, 3);
    assert_int_equal(i.stubs[0].verified, 1);
    assert_int_equal(a.stubs[0].verified, 1);
    wire_clear(&wire);
    end_close(&i);
    end_close(&a);
}

/* ... by request-mic, together with the mechanism's last token. */
static void request_mic_with_a_token(void **state)
{
    (void)state;
    for (unsigned n = 0; n < 2; n++) {
        struct end end = INITIATOR;
        struct nego_resp resp = {.state = NEGO_REQUEST_MIC, .mechanism = nego_oid_kerberos_wrong};
        struct reply reply;

        open_initiator(&end);
        resp.token = token_of(&end.stubs[0], 2);
        reply = step_resp(&end, &resp);
        assert_int_equal(reply.status, SEC_I_CONTINUE_NEEDED);
        assert_int_equal(reply.state, NEGO_ACCEPT_INCOMPLETE);
        assert_true(reply.mic && !reply.inner);
        resp = (struct nego_resp){.state = NEGO_ACCEPT_COMPLETED};
        if (n)
            resp.mic = mic_of(&end);
        assert_int_equal(step_resp(&end, &resp).status, n ? SEC_E_OK : SEC_E_MESSAGE_ALTERED);
        end_close(&end);
    }
}

/* The initiator signs last, and still waits for a word. */
static void initiator_waits(void **state)
{
    struct end a = {.stubs = {{KERBEROS, .requires_mic = true}}};
    struct nego_init init = {.offers = {nego_oid_kerberos}, .count = 1};
    struct nego_resp resp = {.state = NEGO_ACCEPT_INCOMPLETE};
    struct reply reply;

    (void)state;
    end_open(&a, false, false);
    init.token = token_of(&a.stubs[0], 1);
    reply = step_init(&a, &init);
    assert_int_equal(reply.status, SEC_I_CONTINUE_NEEDED);
    assert_true(reply.inner && reply.mic);
    resp.mic = mic_of(&a);
    reply = step_resp(&a, &resp);
    assert_int_equal(reply.status, SEC_E_OK);
    assert_int_equal(reply.state, NEGO_ACCEPT_COMPLETED);
    end_close(&a);
}

/* A server that checks NTLM's MIC and the list, and says accept-completed without signing itself:
 * NTLM was the first choice, so nothing can have been talked down. */
static void server_does_not_sign(void **state)
{
    struct end end = {.stubs = {{NTLM, .requires_mic = true}, {OTHER}}};
    struct nego_resp resp = {.state = NEGO_ACCEPT_INCOMPLETE, .mechanism = oid_ntlm};
    struct reply reply;

    (void)state;
    open_initiator(&end);
    resp.token = token_of(&end.stubs[0], 2);
    reply = step_resp(&end, &resp);
    assert_int_equal(reply.status, SEC_I_CONTINUE_NEEDED);
    assert_true(reply.inner && reply.mic);
    resp = (struct nego_resp){.state = NEGO_ACCEPT_COMPLETED};
    assert_int_equal(step_resp(&end, &resp).status, SEC_E_OK);
    end_close(&end);
}

/* A MIC of a mechanism that cannot sign on this side: nobody can tell what it is worth. */
static void unverifiable_mic(void **state)
{
    const struct nego_bytes mic = {(const uint8_t *)"12345678", 8};
    struct nego_init init = {.offers = {nego_oid_kerberos}, .count = 1, .mic = mic};
    struct nego_resp resp = {.state = NEGO_ACCEPT_COMPLETED, .mechanism = nego_oid_kerberos};
    struct end end = INITIATOR, a = INITIATOR;
    struct reply reply;

    (void)state;
    end.stubs[0].no_integrity = a.stubs[0].no_integrity = true;
    open_initiator(&end);
    resp.token = token_of(&end.stubs[0], 2);
    resp.mic = mic;
    assert_int_equal(step_resp(&end, &resp).status, SEC_E_OK);
    end_close(&end);
    end_open(&a, false, false);
    init.token = token_of(&a.stubs[0], 1);
    reply = step_init(&a, &init);
    assert_int_equal(reply.status, SEC_E_OK);
    assert_false(reply.mic);
    end_close(&a);
}

/* Answers without negState, as RFC 2478 allows after the first. */
static void no_state(void **state)
{
    struct end end = {.stubs = {{NTLM}, {OTHER}}};
    struct nego_resp resp = {.state = NEGO_STATE_ABSENT, .mechanism = oid_ntlm};

    (void)state;
    open_initiator(&end);
    resp.token = token_of(&end.stubs[0], 2);
    assert_int_equal(step_resp(&end, &resp).status, SEC_I_CONTINUE_NEEDED);
    resp = (struct nego_resp){.state = NEGO_STATE_ABSENT};
    assert_int_equal(step_resp(&end, &resp).status, SEC_E_OK);
    end_close(&end);
}

/* The acceptor leaves supportedMech out: it is the first choice. */
static void no_mechanism_named(void **state)
{
    struct end end = INITIATOR;
    struct nego_resp resp = {.state = NEGO_ACCEPT_COMPLETED};

    (void)state;
    open_initiator(&end);
    resp.token = token_of(&end.stubs[0], 2);
    assert_int_equal(step_resp(&end, &resp).status, SEC_E_OK);
    end_close(&end);
}

/* NEGOEX before everything else, with a token of its own: ignored, and the list is signed. */
static void negoex_first(void **state)
{
    struct end a = {.stubs = {{KERBEROS}, {NTLM}}};
    struct nego_init init = {.offers = {oid_negoex, oid_ntlm}, .count = 2};
    const uint8_t nego_ex[] = "NEGOEXTS and so on";
    struct nego_resp resp = {.state = NEGO_ACCEPT_INCOMPLETE};
    struct reply reply;

    (void)state;
    init.token = (struct nego_bytes){nego_ex, sizeof(nego_ex)};
    end_open(&a, false, false);
    reply = step_init(&a, &init);
    assert_int_equal(reply.status, SEC_I_CONTINUE_NEEDED);
    assert_int_equal(reply.state, NEGO_REQUEST_MIC);
    assert_true(nego_oid_equal(reply.mechanism, oid_ntlm));
    assert_false(reply.inner);
    resp.token = token_of(&a.stubs[1], 1);
    reply = step_resp(&a, &resp);
    assert_int_equal(reply.state, NEGO_ACCEPT_INCOMPLETE);
    assert_int_equal(reply.mechanism.size, 0);
    resp.token = token_of(&a.stubs[1], 3);
    reply = step_resp(&a, &resp);
    assert_int_equal(reply.status, SEC_E_MESSAGE_ALTERED);
    assert_int_equal(reply.state, NEGO_REJECT);
    end_close(&a);
}

/* An offer without a token, then the token. */
static void no_optimistic_token(void **state)
{
    struct end a = INITIATOR;
    struct nego_init init = {.offers = {nego_oid_kerberos, oid_ntlm}, .count = 2};
    struct nego_resp resp = {.state = NEGO_STATE_ABSENT};
    struct reply reply;

    (void)state;
    end_open(&a, false, false);
    reply = step_init(&a, &init);
    assert_int_equal(reply.state, NEGO_ACCEPT_INCOMPLETE);
    assert_true(nego_oid_equal(reply.mechanism, nego_oid_kerberos));
    resp.token = token_of(&a.stubs[0], 1);
    reply = step_resp(&a, &resp);
    assert_int_equal(reply.status, SEC_E_OK);
    assert_int_equal(reply.state, NEGO_ACCEPT_COMPLETED);
    assert_true(reply.inner && !reply.mic);
    end_close(&a);
}

/* [MS-SPNG] 3.1.5: tokens of the mechanisms themselves. */
static void bare_tokens(void **state)
{
    static const uint8_t ap_req[] = {0x6e, 2, 0x30, 0};
    struct end a = {.stubs = {{KERBEROS}, {NTLM}, {OTHER}}};
    struct nego_bytes token;
    struct reply reply;

    (void)state;
    for (unsigned k = 0; k < 3; k++) {
        end_open(&a, false, k & 1);
        if (k & 1)
            assert_int_equal(step(&a, NULL, 0).status, SEC_I_CONTINUE_NEEDED);
        token = token_of(&a.stubs[k], 1);
        reply = step(&a, token.data, token.size);
        assert_int_equal(nego_handshake_selected(a.h), k);
        assert_int_equal(reply.frame.kind, k == 1 ? NEGO_FRAME_NTLM : NEGO_FRAME_GSS);
        if (k == 1) {
            assert_int_equal(nego_handshake_state(a.h), SECPKG_NEGOTIATION_DIRECT);
            token = token_of(&a.stubs[k], 3);
            reply = step(&a, token.data, token.size);
            assert_false(reply.token);
        }
        assert_int_equal(reply.status, SEC_E_OK);
        end_close(&a);
    }
    /* an AP-REQ without its frame goes to Kerberos, too */
    a = (struct end){.stubs = {{NTLM}, {KERBEROS}}};
    end_open(&a, false, false);
    assert_int_equal(step(&a, ap_req, sizeof(ap_req)).status, SEC_E_INVALID_TOKEN);
    assert_int_equal(nego_handshake_selected(a.h), 1);
    assert_int_equal(a.stubs[1].seen, 1);
    end_close(&a);
    /* user to user, under its own name */
    a = (struct end){.stubs = {{NTLM}, {KERBEROS}}};
    a.stubs[1].oid = nego_oid_kerberos_user;
    token = token_of(&a.stubs[1], 1);
    a.stubs[1].oid = nego_oid_kerberos;
    end_open(&a, false, false);
    assert_int_equal(step(&a, token.data, token.size).status, SEC_E_INVALID_TOKEN);
    assert_int_equal(a.stubs[1].seen, 1);
    end_close(&a);
}

/* An acceptor that answers the optimistic token without the negotiation. */
static void bare_answer(void **state)
{
    struct nego_resp resp = {.state = NEGO_ACCEPT_INCOMPLETE, .mechanism = nego_oid_kerberos};
    struct end end = INITIATOR;
    struct nego_bytes token;

    (void)state;
    open_initiator(&end);
    token = token_of(&end.stubs[0], 2);
    assert_int_equal(step(&end, token.data, token.size).status, SEC_E_OK);
    end_close(&end);
    /* but not with another mechanism's */
    end = (struct end)INITIATOR;
    open_initiator(&end);
    token = token_of(&end.stubs[1], 2);
    assert_int_equal(step(&end, token.data, token.size).status, SEC_E_INVALID_TOKEN);
    assert_int_equal(end.stubs[0].seen + end.stubs[1].seen, 1);
    end_close(&end);
    /* nor in the middle of a negotiation */
    end = (struct end)INITIATOR;
    end.stubs[0].legs = 4;
    open_initiator(&end);
    resp.token = token_of(&end.stubs[0], 2);
    assert_int_equal(step_resp(&end, &resp).status, SEC_I_CONTINUE_NEEDED);
    token = token_of(&end.stubs[0], 4);
    assert_int_equal(step(&end, token.data, token.size).status, SEC_E_INVALID_TOKEN);
    assert_int_equal(end.stubs[0].seen, 3);
    end_close(&end);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(windows_2000),
        cmocka_unit_test(names_of_kerberos),
        cmocka_unit_test(right_name_only),
        cmocka_unit_test(acceptor_wants_mics),
        cmocka_unit_test(request_mic_with_a_token),
        cmocka_unit_test(initiator_waits),
        cmocka_unit_test(server_does_not_sign),
        cmocka_unit_test(unverifiable_mic),
        cmocka_unit_test(no_state),
        cmocka_unit_test(no_mechanism_named),
        cmocka_unit_test(negoex_first),
        cmocka_unit_test(no_optimistic_token),
        cmocka_unit_test(bare_tokens),
        cmocka_unit_test(bare_answer),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);

    token_of(NULL, 0);
    return failed;
}
