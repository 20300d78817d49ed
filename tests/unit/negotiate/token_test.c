/*
 * The tokens as Windows and others have sent them, byte for byte; what is nearly a token; and what
 * is written here, read again.
 */
#include "tests/unit/negotiate/mechanisms.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

/* free() */
static uint8_t *base64(const char *text, size_t *size)
{
    size_t length = strlen(text);
    uint8_t *bytes = malloc(length);
    int decoded = EVP_DecodeBlock(bytes, (const unsigned char *)text, (int)length);

    assert_true(decoded > 0);
    *size = (size_t)decoded;
    while (length && text[--length] == '=')
        --*size;
    return bytes;
}

/* free() */
static uint8_t *hex(const char *text, size_t *size)
{
    long length;
    unsigned char *bytes = OPENSSL_hexstr2buf(text, &length);
    uint8_t *copy;

    assert_non_null(bytes);
    copy = malloc((size_t)length);
    memcpy(copy, bytes, (size_t)length);
    OPENSSL_free(bytes);
    *size = (size_t)length;
    return copy;
}

/*
 * "Use a Log Analysis Test Scenario to Troubleshoot Kerberos Authentication", Microsoft Learn,
 * troubleshoot/windows-server/windows-security: Edge on Windows 11 to IIS on Windows Server 2019.
 * The page leaves both off within what is encrypted, whose rest is zeros here.
 */
static const char windows_request[] =
    "YIIHGwYGKwYBBQUCoIIHDzCCBwugMDAuBgkqhkiC9xIBAgIGCSqGSIb3EgECAgYKKwYBBAGCNwICHgYKKwYBBAGCNwICCq"
    "KCBtUEggbRYIIGzQYJKoZIhvcSAQICAQBugga8MIIGuKADAgEFoQMCAQ6iBwMFACAAAACjggTvYYIE6zCCBOegAwIBBaEN"
    "GwtDT05UT1NPLkNPTaIoMCag";
static const char windows_reply[] =
    "oYG2MIGzoAMKAQChCwYJKoZIgvcSAQICooGeBIGbYIGYBgkqhkiG9xIBAgICAG+BiDCBhaADAgEFoQMCAQ+ieTB3oAMCAR"
    "KicARuIF62dHj2/qKDRV5XjGKmyFl2/z6b9OHTCTKigAatXS1vZTVC1dMvtNniSN8GpXJspqNvEfbETSinF0ee7KLaprxN"
    "gTYwTrMVMnd95SoqBkm/FuY7WbTAuPvyRmUuBY3EKZEy";

static void windows_kerberos(void **state)
{
    size_t head_size, size = 0xb6 + 3, again_size;
    uint8_t *head = base64(windows_request, &head_size), *token = calloc(1, 0x71b + 4);
    uint8_t *reply = calloc(1, size), *again;
    struct nego_init init;
    struct nego_resp resp;

    (void)state;
    memcpy(token, head, head_size);
    assert_true(nego_init_read(token, 0x71b + 4, &init));
    assert_int_equal(init.count, 4);
    assert_true(nego_oid_equal(init.offers[0], nego_oid_kerberos_wrong));
    assert_true(nego_oid_equal(init.offers[1], nego_oid_kerberos));
    assert_true(nego_oid_equal(init.offers[2], oid_negoex));
    assert_true(nego_oid_equal(init.offers[3], oid_ntlm));
    /* mechTypes as they stand in the token */
    assert_int_equal(init.list.size, 0x30);
    assert_memory_equal(init.list.data, token + 22, init.list.size);
    assert_int_equal(init.token.size, 0x6d1);
    assert_int_equal(nego_frame_read(init.token.data, init.token.size).kind, NEGO_FRAME_GSS);
    assert_null(init.mic.data);
    assert_true(nego_init_write(&init, &again, &again_size, NULL, NULL));
    assert_int_equal(again_size, 0x71b + 4);
    assert_memory_equal(again, token, again_size);
    free(again);
    nego_init_clear(&init);
    free(head);
    free(token);

    head = base64(windows_reply, &head_size);
    memcpy(reply, head, head_size);
    free(head);
    assert_true(nego_resp_read(reply, size, &resp));
    assert_int_equal(resp.state, NEGO_ACCEPT_COMPLETED);
    assert_true(nego_oid_equal(resp.mechanism, nego_oid_kerberos_wrong));
    assert_int_equal(resp.token.size, 155);
    assert_null(resp.mic.data);
    assert_true(nego_resp_write(&resp, &again, &again_size));
    assert_int_equal(again_size, size);
    assert_memory_equal(again, reply, size);
    free(again);
    nego_resp_clear(&resp);
    free(reply);
}

/*
 * Windows 10 outside a domain, for HTTP/localhost: NTLM is what it begins with, Kerberos and NEGOEX
 * stand behind it. Recorded in the tests of a public project that speaks to SSPI.
 */
static void windows_ntlm_first(void **state)
{
    static const char recorded[] =
        "YIGCBgYrBgEFBQKgeDB2oDAwLgYKKwYBBAGCNwICCgYJKoZIgvcSAQICBgkqhkiG9xIBAgIGCisGAQQBgjcCAh6iQg"
        "RATlRMTVNTUAABAAAAl7II4gkACQA3AAAADwAPACgAAAAKAPRlAAAAD1NURVdBUlQtUk9HRVJTLVdPUktHUk9VUA="
        "=";
    struct nego_init init;
    size_t size;
    uint8_t *token = base64(recorded, &size);

    (void)state;
    assert_true(nego_init_read(token, size, &init));
    assert_int_equal(init.count, 4);
    assert_true(nego_oid_equal(init.offers[0], oid_ntlm));
    assert_true(nego_oid_equal(init.offers[3], oid_negoex));
    assert_int_equal(nego_frame_read(init.token.data, init.token.size).kind, NEGO_FRAME_NTLM);
    nego_init_clear(&init);
    free(token);
}

/* NegTokenInit2 of [MS-SPNG] 2.2.1, as SMB servers send it with NTLM alone: all of it by hand. */
static void server_speaks_first(void **state)
{
    static const char token_hex[] = "604806062b0601050502a03e303ca00e300c060a2b06010401823702020aa3"
                                    "2a3028a0261b246e6f745f646566696e"
                                    "65645f696e5f5246433431373840706c656173655f69676e6f7265";
    struct nego_init init, mine = {.offers = {oid_ntlm}, .count = 1, .hints = true};
    size_t size, mine_size, list_size;
    uint8_t *token = hex(token_hex, &size), *written, *list;

    (void)state;
    assert_true(nego_init_read(token, size, &init));
    assert_true(init.hints);
    assert_int_equal(init.hint_name.size, 36);
    assert_int_equal(init.count, 1);
    nego_init_clear(&init);
    assert_true(nego_init_write(&mine, &written, &mine_size, &list, &list_size));
    assert_int_equal(mine_size, size);
    assert_memory_equal(written, token, size);
    assert_int_equal(list_size, 14);
    assert_memory_equal(list, token + 16, 14);
    free(list);
    free(written);
    free(token);
}

/* The rejection and the last word of every Windows: nothing but negState. */
static void short_answers(void **state)
{
    static const struct {
        const char *hex;
        enum nego_negstate state;
    } answers[] = {
        {"a1073005a0030a0100", NEGO_ACCEPT_COMPLETED},
        {"a1073005a0030a0101", NEGO_ACCEPT_INCOMPLETE},
        {"a1073005a0030a0102", NEGO_REJECT},
        {"a1073005a0030a0103", NEGO_REQUEST_MIC},
        {"a1023000", NEGO_STATE_ABSENT},
        {"a1063004a2020400", NEGO_STATE_ABSENT},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
        struct nego_resp resp, mine = {.state = answers[i].state};
        size_t size, mine_size;
        uint8_t *token = hex(answers[i].hex, &size), *written;

        assert_true(nego_resp_read(token, size, &resp));
        assert_int_equal(resp.state, answers[i].state);
        assert_null(resp.token.data);
        assert_null(resp.mic.data);
        nego_resp_clear(&resp);
        if (i < 5) {
            assert_true(nego_resp_write(&mine, &written, &mine_size));
            assert_int_equal(mine_size, size);
            assert_memory_equal(written, token, size);
            free(written);
        }
        free(token);
    }
}

/* X.690 10 and 8: what OpenSSL would read, and what must not pass as DER. */
static void not_der(void **state)
{
    static const char *const resps[] = {
        "a1073005a0030a0104",            /* no such state */
        "a1073005a0030a01ff",            /* negative */
        "a1083006a0040a020000",          /* not the shortest integer */
        "a1063004a0020a00",              /* no integer at all */
        "a181073005a0030a0100",          /* long form of a short length */
        "a1083081 05a0030a0100",         /* ... further inside */
        "a1803005a0030a01000000",        /* indefinite length */
        "a1093080a0030a01000000",        /* ... inside */
        "a1073005a0030a010000",          /* bytes behind the end */
        "a1083005a0030a010000",          /* ... within the outermost length */
        "a1083006a0030a010000",          /* ... within the sequence */
        "a1083006a0040a010000",          /* ... within the field */
        "a1063005a0030a0100",            /* too short by one */
        "a1073005a0030a01",              /* cut off */
        "a10c300aa0030a0100a0030a0100",  /* twice */
        "a10d300ba2030401 00a0040a0101", /* out of order */
        "a1073005a0030201 00",           /* INTEGER for ENUMERATED */
        "a1093007a4050403010203",        /* a field of no meaning */
        "a10b3009a2072405 0403010203",   /* a constructed OCTET STRING */
        "a1073005a1030601 80",           /* an arc that begins with nothing */
        "a1063004a1020600",              /* an identifier of no arcs */
        "a1053103a2010400",              /* SET for SEQUENCE */
        "a0073005a0030a0100",            /* negTokenInit's tag */
        "",
        "a1",
        "a184ffffffff",
        "a185ffffffffff",
    };
    static const char *const inits[] = {
        "601a06062b0601050502a010300ea00c300a06082b06010401823702020a", /* wrong lengths */
        "601606062b0601050502a00c300aa0083006060410010203 00",          /* behind the end */
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
        "602406062b0601050502a01a3018a00a300806062b0601050502a303040101a403040102",
        "602606062b0601050502a01c301aa00a300806062b0601050502a3050403010203a403040102",
    };
    struct nego_resp resp;
    struct nego_init init;
    size_t size;

    (void)state;
    for (size_t i = 0; i < sizeof(resps) / sizeof(resps[0]); i++) {
        char text[128], *end = text;
        uint8_t *token = NULL;

        for (const char *p = resps[i]; *p; p++)
            if (*p != ' ')
                *end++ = *p;
        *end = 0;
        size = 0;
        if (*text)
            token = hex(text, &size);
        if (nego_resp_read(token, size, &resp))
            fail_msg("read: %s", resps[i]);
        nego_resp_clear(&resp);
        free(token);
    }
    for (size_t i = 0; i < sizeof(inits) / sizeof(inits[0]); i++) {
        char text[256], *end = text;
        uint8_t *token;

        for (const char *p = inits[i]; *p; p++)
            if (*p != ' ')
                *end++ = *p;
        *end = 0;
        token = hex(text, &size);
        if (nego_init_read(token, size, &init))
            fail_msg("read: %s", inits[i]);
        nego_init_clear(&init);
        free(token);
    }
    assert_int_equal(ERR_peek_error(), 0); /* the application's errors are its own */
}

/* Every shape that can be written is read as it was written. */
static void written_and_read(void **state)
{
    uint8_t bytes[300] = {1, 2, 3};
    static const size_t sizes[] = {1, 127, 128, 255, 256, 300};
    struct nego_init init;
    struct nego_resp resp;
    uint8_t *out, *list;
    size_t size, list_size;

    (void)state;
    for (unsigned shape = 0; shape < 6 * 2 * 2 * 2; shape++) {
        struct nego_init from = {.offers = {nego_oid_kerberos, oid_ntlm, oid_other}, .count = 3};
        struct nego_resp answer = {.state = (enum nego_negstate)(shape % 5)};

        from.hints = shape / 6 & 1;
        if (shape / 12 & 1)
            from.token = answer.token = (struct nego_bytes){bytes, sizes[shape % 6]};
        if (shape / 24 & 1)
            from.mic = answer.mic = (struct nego_bytes){bytes, 16};
        if (from.hints)
            answer.mechanism = oid_other;
        assert_true(nego_init_write(&from, &out, &size, &list, &list_size));
        assert_true(nego_init_read(out, size, &init));
        assert_int_equal(init.count, 3);
        for (unsigned k = 0; k < 3; k++)
            assert_true(nego_oid_equal(init.offers[k], from.offers[k]));
        assert_int_equal(init.list.size, list_size);
        assert_memory_equal(init.list.data, list, list_size);
        assert_int_equal(init.hints, from.hints);
        assert_int_equal(init.token.size, from.token.size);
        assert_int_equal(init.mic.size, from.mic.size);
        nego_init_clear(&init);
        free(out);
        free(list);
        assert_true(nego_resp_write(&answer, &out, &size));
        assert_true(nego_resp_read(out, size, &resp));
        assert_int_equal(resp.state, answer.state);
        assert_int_equal(resp.token.size, answer.token.size);
        assert_int_equal(resp.mic.size, answer.mic.size);
        assert_int_equal(resp.mechanism.size, answer.mechanism.size);
        nego_resp_clear(&resp);
        free(out);
    }
}

/* As many offers as a list may have, and one more. */
static void many_offers(void **state)
{
    struct nego_init from = {.count = NEGO_OFFERS_MAX}, init;
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
    uint8_t *huge;
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
    huge = calloc(1, NEGO_TOKEN_MAX + 1);
    memcpy(huge, "NTLMSSP", 8);
    assert_int_equal(nego_frame_read(huge, NEGO_TOKEN_MAX).kind, NEGO_FRAME_NTLM);
    assert_int_equal(nego_frame_read(huge, NEGO_TOKEN_MAX + 1).kind, NEGO_FRAME_NONE);
    free(huge);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(windows_kerberos),
        cmocka_unit_test(windows_ntlm_first),
        cmocka_unit_test(server_speaks_first),
        cmocka_unit_test(short_answers),
        cmocka_unit_test(not_der),
        cmocka_unit_test(written_and_read),
        cmocka_unit_test(many_offers),
        cmocka_unit_test(frames),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
