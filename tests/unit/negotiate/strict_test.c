/*
 * What is nearly a token, and must not pass for one; and what is a token without a negotiation.
 */
#include "tests/unit/negotiate/mechanisms.h"

#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>

/* X.690 10 and 8: what OpenSSL would read, and what must not pass as DER. */
static void not_der(void **state)
{
    static const char *const resps[] = {
        "a1073005a0030a0104",           /* no such state */
        "a1073005a0030a01ff",           /* negative */
        "a1083006a0040a020000",         /* not the shortest integer */
        "a1063004a0020a00",             /* no integer at all */
        "a181073005a0030a0100",         /* long form of a short length */
        "a1083081 05a0030a0100",        /* ... further inside */
        "a1803005a0030a01000000",       /* indefinite length */
        "a1093080a0030a01000000",       /* ... inside */
        "a1073005a0030a010000",         /* bytes behind the end */
        "a1083005a0030a010000",         /* ... within the outermost length */
        "a1083006a0030a010000",         /* ... within the sequence */
        "a1083006a0040a010000",         /* ... within the field */
        "a1063005a0030a0100",           /* too short by one */
        "a1073005a0030a01",             /* cut off */
        "a10c300aa0030a0100a0030a0100", /* twice */
        "a10c300aa203040100a0030a0101", /* out of order */
        "a1073005a0030201 00",          /* INTEGER for ENUMERATED */
        "a1093007a4050403010203",       /* a field of no meaning */
        "a10b3009a2072405 0403010203",  /* a constructed OCTET STRING */
        "a1073005a1030601 80",          /* an arc that begins with nothing */
        "a1063004a1020600",             /* an identifier of no arcs */
        "a1063104a2020400",             /* SET for SEQUENCE */
        "a0073005a0030a0100",           /* negTokenInit's tag */
        "",
        "a1",
        "a184ffffffff",
        "a185ffffffffff",
    };
    static const char *const inits[] = {
        "601a06062b0601050502a010300ea00c300a06082b06010401823702020a", /* wrong lengths */
        "601606062b0601050502a00c300aa0083006060410010203 00",          /* behind the end */
        "601706062b0601050502a00c300aa0083006060410010203 00",          /* ... in the frame */
        "600e06062b0601050502a0043002a000",                             /* no list in its field */
        "601006062b0601050502a0063004a0023000",                         /* an empty list */
        "601106062b0601050502a0073005a0033001 00",                      /* no identifier in it */
        "601006062b0601050503a0063004a0023000",                         /* another mechanism */
        "600c06062b0601050502a1023000", /* NegTokenResp in a frame */
        "600806062b0601050502",         /* nothing in the frame */
        "a0063004a0023000",             /* no frame */
        /* negHints that are none: a string of another kind, bytes behind, an empty choice */
        "601e06062b0601050502a0143012a00a300806062b0601050502a304 30020500",
        "601e06062b0601050502a0143012a00a300806062b0601050502a304 30820000",
        "601a06062b0601050502a010300ea00a300806062b0601050502a300",
        /* mechListMIC twice: NegTokenInit's and NegTokenInit2's */
        "602206062b0601050502a0183016a00a300806062b0601050502a303040101a403040102",
        "602406062b0601050502a01a3018a00a300806062b0601050502a3050403010203a403040102",
    };
    struct nego_resp resp;
    struct nego_init init;
    size_t size;

    (void)state;
    for (size_t i = 0; i < sizeof(resps) / sizeof(resps[0]); i++) {
        uint8_t *token = hex(resps[i], &size);

        if (nego_resp_read(token, size, &resp))
            fail_msg("read: %s", resps[i]);
        nego_resp_clear(&resp);
        free(token);
    }
    for (size_t i = 0; i < sizeof(inits) / sizeof(inits[0]); i++) {
        uint8_t *token = hex(inits[i], &size);

        if (nego_init_read(token, size, &init))
            fail_msg("read: %s", inits[i]);
        nego_init_clear(&init);
        free(token);
    }
    assert_int_equal(ERR_peek_error(), 0); /* the application's errors are its own */
}

/* As many offers as a list may have, and one more. */
static void many_offers(void **state)
{
    struct nego_init from = {.count = NEGO_OFFERS_MAX}, init;
    uint8_t long_oid[0x81] = {0x06};
    uint8_t *out, *more;
    size_t size;

    (void)state;
    for (unsigned i = 0; i < NEGO_OFFERS_MAX; i++)
        from.offers[i] = oid_other;
    assert_true(nego_init_write(&from, &out, &size, NULL, NULL));
    assert_true(nego_init_read(out, size, &init));
    assert_int_equal(init.count, NEGO_OFFERS_MAX);
    nego_init_clear(&init);
    /* 60 82 LL LL, SPNEGO, a0 82 LL LL, 30 82 LL LL, a0 82 LL LL, 30 82 LL LL */
    more = malloc(size + oid_other.size);
    memcpy(more, out, size);
    memcpy(more + size, oid_other.der, oid_other.size);
    for (unsigned i = 0, at = 2; i < 5; i++, at += i == 1 ? 12 : 4) {
        unsigned length = (unsigned)(more[at] << 8 | more[at + 1]) + (unsigned)oid_other.size;

        more[at] = (uint8_t)(length >> 8);
        more[at + 1] = (uint8_t)length;
    }
    assert_int_equal(nego_frame_read(more, size + oid_other.size).kind, NEGO_FRAME_INIT);
    assert_false(nego_init_read(more, size + oid_other.size, &init));
    nego_init_clear(&init);
    free(more);
    free(out);
    /* few, but long ones */
    long_oid[1] = 0x7f;
    memset(long_oid + 2, 1, 0x7f);
    for (unsigned i = 0; i < NEGO_OFFERS_MAX; i++)
        from.offers[i] = (struct nego_oid){long_oid, sizeof(long_oid)};
    for (from.count = 31; from.count <= 32; from.count++) {
        assert_true(nego_init_write(&from, &out, &size, NULL, NULL));
        assert_int_equal(nego_init_read(out, size, &init), from.count == 31);
        nego_init_clear(&init);
        free(out);
    }
}

/* [MS-SPNG] 3.1.5: what comes without a negotiation. */
static void frames(void **state)
{
    static const struct {
        const char *hex;
        enum nego_frame_kind kind;
    } tokens[] = {
        {"4e544c4d53535000", NEGO_FRAME_NTLM},
        {"4e544c4d53535000ff", NEGO_FRAME_NTLM},
        {"4e544c4d535350", NEGO_FRAME_NONE},
        {"4e544c4d53535001", NEGO_FRAME_NONE},
        {"600d06092a864886f7120102020100", NEGO_FRAME_GSS},
        {"600b06092a864886f712010202", NEGO_FRAME_GSS},
        {"600c06092a864886f712010202", NEGO_FRAME_NONE},
        {"600a06092a864886f712010202", NEGO_FRAME_NONE},
        {"60810b06092a864886f712010202", NEGO_FRAME_NONE},
        {"60020600", NEGO_FRAME_NONE},
        {"60020500", NEGO_FRAME_NONE},
        {"6000", NEGO_FRAME_NONE},
        {"60", NEGO_FRAME_NONE},
        {"6e023000", NEGO_FRAME_KERBEROS},
        {"6f023000", NEGO_FRAME_KERBEROS},
        {"7e023000", NEGO_FRAME_KERBEROS},
        {"6e033000", NEGO_FRAME_NONE},
        {"7e0230", NEGO_FRAME_NONE},
        {"a1023000", NEGO_FRAME_RESP},
        {"a1803000", NEGO_FRAME_NONE},
        {"a0023000", NEGO_FRAME_NONE},
        {"600806062b0601050502", NEGO_FRAME_INIT},
        {"30", NEGO_FRAME_NONE},
    };
    struct nego_frame frame;
    uint8_t *huge, long_form[0x90 + 4] = {0x60, 0x82, 0x00, 0x90, 0x06, 0x01, 0x2a};
    size_t size;

    (void)state;
    for (size_t i = 0; i < sizeof(tokens) / sizeof(tokens[0]); i++) {
        uint8_t *token = hex(tokens[i].hex, &size);

        frame = nego_frame_read(token, size);
        if (frame.kind != tokens[i].kind)
            fail_msg("%s: %d", tokens[i].hex, frame.kind);
        if (frame.kind == NEGO_FRAME_GSS)
            assert_true(nego_oid_equal(frame.oid, nego_oid_kerberos));
        free(token);
    }
    assert_int_equal(nego_frame_read(NULL, 0).kind, NEGO_FRAME_NONE);
    /* 0x90 in two bytes, where one would do */
    assert_int_equal(nego_frame_read(long_form, sizeof(long_form)).kind, NEGO_FRAME_NONE);
    memmove(long_form + 2, long_form + 3, sizeof(long_form) - 3);
    long_form[1] = 0x81;
    assert_int_equal(nego_frame_read(long_form, sizeof(long_form) - 1).kind, NEGO_FRAME_GSS);
    huge = calloc(1, NEGO_TOKEN_MAX + 1);
    memcpy(huge, "NTLMSSP", 8);
    assert_int_equal(nego_frame_read(huge, NEGO_TOKEN_MAX).kind, NEGO_FRAME_NTLM);
    assert_int_equal(nego_frame_read(huge, NEGO_TOKEN_MAX + 1).kind, NEGO_FRAME_NONE);
    free(huge);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(not_der),
        cmocka_unit_test(many_offers),
        cmocka_unit_test(frames),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);

    token_of(NULL, 0);
    return failed;
}
