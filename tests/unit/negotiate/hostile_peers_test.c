/*
 * Peers that do it wrong, and somebody between the two who wants a weaker mechanism.
 */
#include "tests/unit/negotiate/mechanisms.h"

#include <stdlib.h>
#include <string.h>

static void acceptor_hears_nonsense(void **state)
{
    struct nego_init good = {.offers = {nego_oid_kerberos}, .count = 1};
    struct nego_init empty = {.hints = true};
    struct nego_resp resp = {.state = NEGO_ACCEPT_INCOMPLETE};
    struct end a = INITIATOR;
    struct reply reply;

    (void)state;
    /* nothing, where it is not to begin; a second time, where it is */
    end_open(&a, false, false);
    assert_int_equal(step(&a, NULL, 0).status, SEC_E_INVALID_TOKEN);
    assert_int_equal(step_init(&a, &good).status, SEC_E_INVALID_TOKEN); /* failed is failed */
    end_close(&a);
    end_open(&a, false, true);
    assert_int_equal(step(&a, NULL, 0).status, SEC_I_CONTINUE_NEEDED);
    assert_int_equal(step(&a, NULL, 0).status, SEC_E_INVALID_TOKEN);
    end_close(&a);
    /* an answer before there was a question */
    end_open(&a, false, false);
    assert_int_equal(step_resp(&a, &resp).status, SEC_E_INVALID_TOKEN);
    end_close(&a);
    /* no list (mechTypes absent: nego_init_write makes an empty one, which is none either) */
    end_open(&a, false, false);
    reply = step_init(&a, &empty);
    assert_int_equal(reply.status, SEC_E_INVALID_TOKEN);
    end_close(&a);
    /* in the middle: another offer, nothing, no token, a rejection, another mechanism */
    for (unsigned n = 0; n < 5; n++) {
        a = (struct end)INITIATOR;
        end_open(&a, false, false);
        assert_int_equal(step_init(&a, &good).status, SEC_I_CONTINUE_NEEDED);
        resp = (struct nego_resp){.state = NEGO_ACCEPT_INCOMPLETE};
        resp.token = token_of(&a.stubs[0], 1);
        if (n == 0)
            reply = step_init(&a, &good);
        if (n == 1)
            reply = step(&a, NULL, 0);
        if (n == 2)
            resp.token = token_of(NULL, 0);
        if (n == 3)
            resp.state = NEGO_REJECT;
        if (n == 4)
            resp.mechanism = oid_ntlm;
        if (n > 1)
            reply = step_resp(&a, &resp);
        assert_int_equal(reply.status, n == 3 ? SEC_E_LOGON_DENIED : SEC_E_INVALID_TOKEN);
        assert_false(a.stubs[0].done);
        end_close(&a);
    }
    /* a MIC before anybody can have made one */
    a = (struct end){.stubs = {{NTLM}}};
    end_open(&a, false, false);
    good.offers[0] = oid_ntlm;
    good.token = token_of(&a.stubs[0], 1);
    good.mic = (struct nego_bytes){(const uint8_t *)"12345678", 8};
    reply = step_init(&a, &good);
    assert_int_equal(reply.status, SEC_E_INVALID_TOKEN);
    assert_int_equal(reply.state, NEGO_REJECT);
    assert_false(reply.inner);
    end_close(&a);
}

static void initiator_hears_nonsense(void **state)
{
    struct nego_resp resp;
    struct reply reply;

    (void)state;
    for (unsigned n = 0; n < 9; n++) {
        struct end end = INITIATOR;

        open_initiator(&end);
        resp = (struct nego_resp){.state = NEGO_ACCEPT_INCOMPLETE, .mechanism = nego_oid_kerberos};
        if (n == 0) /* done, without the token that is missing */
            resp.state = NEGO_ACCEPT_COMPLETED;
        if (n == 1) /* what was not offered */
            resp.mechanism = oid_other;
        if (n == 2) { /* another mechanism with a token: it has not begun */
            resp.mechanism = oid_ntlm;
            resp.token = token_of(&end.stubs[1], 2);
        }
        if (n == 3) { /* another mechanism, and done */
            resp.mechanism = oid_ntlm;
            resp.state = NEGO_ACCEPT_COMPLETED;
        }
        if (n == 4) { /* a wrong MIC, although nobody wants one */
            resp.token = token_of(&end.stubs[0], 2);
            resp.mic = (struct nego_bytes){(const uint8_t *)"12345678", 8};
        }
        if (n == 5) { /* done, but this side is not */
            end.stubs[0].legs = 4;
            resp.token = token_of(&end.stubs[0], 2);
            resp.state = NEGO_ACCEPT_COMPLETED;
        }
        if (n == 6) { /* done, but this side has a token left */
            end.stubs[0].legs = 3;
            resp.token = token_of(&end.stubs[0], 2);
            resp.state = NEGO_ACCEPT_COMPLETED;
        }
        if (n == 7)
            resp.token = (struct nego_bytes){(const uint8_t *)"what", 4};
        reply = n == 8 ? step(&end, NULL, 0) : step_resp(&end, &resp);
        assert_int_equal(reply.status, n == 4 ? SEC_E_MESSAGE_ALTERED : SEC_E_INVALID_TOKEN);
        assert_int_equal(end.stubs[1].seen, 0);
        assert_int_equal(step(&end, NULL, 0).status, SEC_E_INVALID_TOKEN);
        end_close(&end);
    }
    /* talk without end, after everything has been said */
    for (unsigned n = 0; n < 3; n++) {
        struct end end = {.stubs = {{NTLM, .requires_mic = true}, {OTHER}}};

        open_initiator(&end);
        resp = (struct nego_resp){.state = NEGO_ACCEPT_INCOMPLETE, .mechanism = oid_ntlm};
        resp.token = token_of(&end.stubs[0], 2);
        assert_int_equal(step_resp(&end, &resp).status, SEC_I_CONTINUE_NEEDED);
        resp.mechanism.size = 0;
        if (n == 1)
            resp.token = token_of(NULL, 0);
        if (n == 2)
            resp.state = NEGO_ACCEPT_COMPLETED;
        assert_int_equal(step_resp(&end, &resp).status, SEC_E_INVALID_TOKEN);
        end_close(&end);
    }
}

/* MICs too early, or with a token that nobody waits for; another mechanism too late. */
static void misplaced(void **state)
{
    struct nego_init init = {.offers = {nego_oid_kerberos}, .count = 1};
    const struct nego_bytes mic = {(const uint8_t *)"12345678", 8};
    struct end a = {.stubs = {{KERBEROS, .requires_mic = true}}};
    struct nego_resp resp;
    struct reply reply;

    (void)state;
    for (unsigned n = 1; n < 3; n++) {
        struct end end = INITIATOR;

        end.stubs[0].legs = n == 1 ? 3 : 4;
        open_initiator(&end);
        resp = (struct nego_resp){.state = NEGO_ACCEPT_INCOMPLETE, .mechanism = nego_oid_kerberos};
        resp.token = token_of(&end.stubs[0], 2);
        resp.mic = n == 2 ? (struct nego_bytes){NULL, 0} : mic;
        reply = step_resp(&end, &resp);
        if (n == 2) { /* another mechanism, once one was chosen */
            assert_int_equal(reply.status, SEC_I_CONTINUE_NEEDED);
            resp.mechanism = oid_ntlm;
            resp.token = token_of(&end.stubs[0], 4);
            reply = step_resp(&end, &resp);
        }
        assert_int_equal(reply.status, SEC_E_INVALID_TOKEN);
        assert_int_equal(end.stubs[0].verified, 0);
        end_close(&end);
    }
    end_open(&a, false, false);
    init.token = token_of(&a.stubs[0], 1);
    assert_int_equal(step_init(&a, &init).status, SEC_I_CONTINUE_NEEDED);
    resp = (struct nego_resp){.state = NEGO_ACCEPT_COMPLETED, .mic = mic_of(&a)};
    resp.token = token_of(&a.stubs[0], 3);
    reply = step_resp(&a, &resp);
    assert_int_equal(reply.status, SEC_E_INVALID_TOKEN);
    assert_int_equal(reply.state, NEGO_REJECT);
    assert_false(reply.inner || reply.mic);
    end_close(&a);
}

static void replace(struct message *message, uint8_t *data, size_t size)
{
    free(message->data);
    *message = (struct message){data, size};
}

/* Strikes Kerberos out of the offer. */
static void strike_out(struct wire *wire, unsigned n, struct message *message)
{
    struct nego_init init = {.offers = {oid_ntlm}, .count = 1};
    struct nego_resp resp;
    uint8_t *data;
    size_t size;

    if (n == 0) {
        assert_true(nego_init_write(&init, &data, &size, NULL, NULL));
        replace(message, data, size);
    } else if (wire->a && nego_resp_read(message->data, message->size, &resp)) {
        /* ... and the signatures, and says that all is well */
        struct nego_resp plain = {
            .state = resp.state, .mechanism = resp.mechanism, .token = resp.token};

        if (wire->b && n % 2 && (resp.mic.data || resp.state == NEGO_REJECT))
            plain.state = NEGO_ACCEPT_COMPLETED;
        assert_true(nego_resp_write(&plain, &data, &size));
        replace(message, data, size);
        nego_resp_clear(&resp);
    }
}

static void downgrade(void **state)
{
    (void)state;
    for (unsigned n = 0; n < 8; n++) {
        struct end i = INITIATOR, a = INITIATOR;
        struct wire wire = {.tamper = strike_out, .a = n & 1, .b = n >> 1 & 1};

        i.stubs[1].requires_mic = a.stubs[1].requires_mic = n >> 2;
        end_open(&i, true, false);
        end_open(&a, false, false);
        assert_false(converse(&i, &a, false, &wire));
        assert_int_not_equal(i.status, SEC_E_OK);
        /* an acceptor that got no MIC and has no reason to want one cannot know */
        assert_int_equal(a.status == SEC_E_OK, wire.a && n < 4);
        if (wire.a && wire.b)
            assert_int_equal(i.status, SEC_E_MESSAGE_ALTERED);
        if (!wire.a || n >= 4)
            assert_int_equal(a.status, SEC_E_MESSAGE_ALTERED);
        wire_clear(&wire);
        end_close(&i);
        end_close(&a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(acceptor_hears_nonsense),
        cmocka_unit_test(initiator_hears_nonsense),
        cmocka_unit_test(misplaced),
        cmocka_unit_test(downgrade),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);

    token_of(NULL, 0);
    return failed;
}
