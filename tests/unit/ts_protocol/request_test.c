/*
 * TSRequest as others write it (pyasn1's DER encoder, from the ASN.1 of [MS-CSSP] 2.2), and nothing
 * but DER; what a TLS channel delivers in pieces; the description of the channel.
 */
#include "tests/unit/ts_protocol/hex.h"

#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>

#include "libsspi/packages/ts_channel.h"
#include "libsspi/packages/tspkg/wire/request.h"

static const char everything[] =
    "304da003020106a110300e300ca00a04084e544c4d53535000a20404020102a3020400a4060204c000006da5220420"
    "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

static void writes_again(const struct ts_request *request, const uint8_t *der, size_t size)
{
    uint8_t *again;
    size_t again_size;

    assert_true(ts_request_write(request, &again, &again_size));
    assert_int_equal(again_size, size);
    assert_memory_equal(again, der, size);
    free(again);
}

static void test_request(void **state)
{
    struct ts_request request;
    uint8_t der[256], nonce[TS_NONCE_SIZE];
    size_t size = from_hex(everything, der, sizeof(der));

    (void)state;
    for (uint8_t i = 0; i < sizeof(nonce); i++)
        nonce[i] = i;
    assert_true(ts_request_read(der, size, &request));
    assert_int_equal(request.version, 6);
    is_bytes(request.nego_token, "NTLMSSP", 8);
    is_bytes(request.auth_info, "\1\2", 2);
    is_bytes(request.pub_key_auth, "", 0);
    assert_true(request.failed);
    assert_int_equal(request.error, (int32_t)0xC000006D);
    is_bytes(request.nonce, nonce, sizeof(nonce));
    assert_true(request.nego_token.data > der && request.nego_token.data < der + size);
    writes_again(&request, der, size);

    size = from_hex("3005a003020102", der, sizeof(der));
    assert_true(ts_request_read(der, size, &request));
    assert_int_equal(request.version, 2);
    assert_false(request.failed);
    assert_true(!request.nego_token.data && !request.auth_info.data && !request.pub_key_auth.data &&
                !request.nonce.data);
    writes_again(&request, der, size);

    /* long forms of length and version */
    size = from_hex("3081e0a007020500ffffffffa181d43081d13081cea081cb0481c8", der, sizeof(der));
    memset(der + size, 'x', 200);
    assert_true(ts_request_read(der, size + 200, &request));
    assert_int_equal(request.version, 0xffffffff);
    assert_int_equal(request.nego_token.size, 200);
    writes_again(&request, der, size + 200);

    /* an error as a positive number */
    size = from_hex("300ea003020103a407020500c000006d", der, sizeof(der));
    assert_true(ts_request_read(der, size, &request));
    assert_true(request.failed);
    assert_int_equal(request.error, (int32_t)0xC000006D);
}

static void test_not_a_request(void **state)
{
    static const char *const rows[] = {
        "",
        "30",
        "3000",
        "3105a003020102",                                 /* a SET */
        "3080a0030201020000",                             /* indefinite */
        "308105a003020102",                               /* a length in too many bytes */
        "3005a003020102ff",                               /* something behind */
        "3006a00302010200",                               /* something inside */
        "3004a003020102",                                 /* cut off */
        "3006a00402020002",                               /* a number with a zero too many */
        "3005a003020182",                                 /* a negative version */
        "300aa008020601000000000a",                       /* more than 32 bits */
        "3005a103020102",                                 /* no version */
        "3005a003040102",                                 /* a version that is a string */
        "3009a003020102a2020400a2020400",                 /* a length that lies */
        "300da003020102a2020400a2020400",                 /* a field twice */
        "300da003020102a3020400a2020400",                 /* out of order */
        "3009a003020102a6020400",                         /* a field that there is not */
        "3009a003020102a2022400",                         /* a string in pieces */
        "300ca003020102a20524030401aa",                   /* the same, with one */
        "3009a003020102a1023000",                         /* no token */
        "3015a003020102a10e300c3004a00204003004a0020400", /* two tokens */
        "3009a003020102a0020400",
        "3009a003020102a5020400",             /* an empty nonce */
        "300da003020103a40602040fffffff00",   /* something behind the error */
        "300fa003020103a4080206010000000000", /* an error of more than 32 bits */
    };
    struct ts_request request;
    uint8_t der[256];

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        size_t size = from_hex(rows[i], der, sizeof(der));

        assert_false(ts_request_read(der, size, &request));
        assert_null(request.nego_token.data);
    }
    assert_false(ts_request_read(NULL, 0, &request));
    assert_int_equal(ERR_peek_error(), 0);
}

/* Every prefix, and every byte changed: refused, or what is read says the same bytes again. */
static void test_changed_requests(void **state)
{
    struct ts_request request;
    uint8_t der[256];
    size_t size = from_hex(everything, der, sizeof(der));

    (void)state;
    for (size_t i = 0; i < size; i++)
        assert_false(ts_request_read(der, i, &request));
    for (size_t i = 0; i < size; i++)
        for (unsigned change = 1; change < 256; change++) {
            der[i] ^= (uint8_t)change;
            if (ts_request_read(der, size, &request) && !request.failed)
                writes_again(&request, der, size);
            der[i] ^= (uint8_t)change;
        }
}

static void test_large_requests(void **state)
{
    struct ts_request request = {.version = 6}, again;
    uint8_t *data = calloc(1, TS_REQUEST_MAX + 1), *der;
    size_t size, most = 0;

    (void)state;
    assert_non_null(data);
    for (size_t left = TS_REQUEST_MAX - 64; left <= TS_REQUEST_MAX; left++) {
        request.auth_info = (struct ts_bytes){data, left};
        if (!ts_request_write(&request, &der, &size))
            continue;
        most = size;
        assert_true(ts_request_read(der, size, &again));
        assert_int_equal(again.auth_info.size, left);
        free(der);
    }
    assert_int_equal(most, TS_REQUEST_MAX);
    request.auth_info = (struct ts_bytes){data, SIZE_MAX / 2};
    assert_false(ts_request_write(&request, &der, &size));
    request.auth_info = (struct ts_bytes){NULL, 0};
    request.nonce = (struct ts_bytes){data, TS_NONCE_SIZE + 1};
    assert_false(ts_request_write(&request, &der, &size));
    assert_false(ts_request_read(data, TS_REQUEST_MAX + 1, &again));
    free(data);
}

/* ---- what is around it --------------------------------------------------------------------- */

static void test_length(void **state)
{
    static const struct {
        const char *hex;
        SECURITY_STATUS status;
        size_t total;
    } rows[] = {
        {"", SEC_E_INCOMPLETE_MESSAGE, 2},
        {"30", SEC_E_INCOMPLETE_MESSAGE, 2},
        {"31", SEC_E_INVALID_TOKEN, 0},
        {"3000", SEC_E_OK, 2},
        {"307f", SEC_E_OK, 129},
        {"3005a003020102ffff", SEC_E_OK, 7},
        {"3080", SEC_E_INVALID_TOKEN, 0},
        {"3081", SEC_E_INCOMPLETE_MESSAGE, 3},
        {"30817f", SEC_E_INVALID_TOKEN, 0},
        {"308180", SEC_E_OK, 131},
        {"3082", SEC_E_INCOMPLETE_MESSAGE, 4},
        {"308200ff", SEC_E_INVALID_TOKEN, 0},
        {"30820100", SEC_E_OK, 260},
        {"30830f", SEC_E_INCOMPLETE_MESSAGE, 5},
        {"3083010000", SEC_E_OK, 65541},
        {"30830ffffb", SEC_E_OK, TS_REQUEST_MAX},
        {"30830ffffc", SEC_E_INVALID_TOKEN, 0},
        {"3084", SEC_E_INVALID_TOKEN, 0},
        {"30ff", SEC_E_INVALID_TOKEN, 0},
    };
    uint8_t der[16];
    size_t total;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        size_t size = from_hex(rows[i].hex, der, sizeof(der));

        assert_int_equal(ts_request_length(der, size, &total), rows[i].status);
        if (rows[i].status != SEC_E_INVALID_TOKEN)
            assert_int_equal(total, rows[i].total);
    }
}

static void test_channel(void **state)
{
    const struct ts_channel channel = {TS_CHANNEL_TRUSTED, (const uint8_t *)"key", 3};
    uint8_t bytes[TS_CHANNEL_SIZE(3) + 1];
    struct ts_channel read;

    (void)state;
    ts_channel_write(bytes, &channel);
    assert_true(ts_channel_read(bytes, TS_CHANNEL_SIZE(3), &read));
    assert_int_equal(read.flags, TS_CHANNEL_TRUSTED);
    is_bytes((struct ts_bytes){read.public_key, read.public_key_size}, "key", 3);
    for (size_t size = 0; size <= sizeof(bytes); size++)
        assert_int_equal(ts_channel_read(bytes, size, &read), size == TS_CHANNEL_SIZE(3));
    assert_false(ts_channel_read(NULL, 0, &read));
    bytes[0]++; /* another version of it */
    assert_false(ts_channel_read(bytes, TS_CHANNEL_SIZE(3), &read));
    bytes[0]--;
    bytes[7] = 0x80; /* a flag that nobody knows */
    assert_false(ts_channel_read(bytes, TS_CHANNEL_SIZE(3), &read));
    bytes[7] = 0;
    bytes[8] = 0; /* no key */
    assert_false(ts_channel_read(bytes, TS_CHANNEL_SIZE(0), &read));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_request),          cmocka_unit_test(test_not_a_request),
        cmocka_unit_test(test_changed_requests), cmocka_unit_test(test_large_requests),
        cmocka_unit_test(test_length),           cmocka_unit_test(test_channel),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
