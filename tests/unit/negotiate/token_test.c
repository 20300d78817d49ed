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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(windows_kerberos),    cmocka_unit_test(windows_ntlm_first),
        cmocka_unit_test(server_speaks_first), cmocka_unit_test(short_answers),
        cmocka_unit_test(written_and_read),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);

    token_of(NULL, 0);
    return failed;
}
