/*
 * TSRequest and TSCredentials as others write them: the example of [MS-CSSP] 4, messages of
 * pyasn1's DER encoder from the ASN.1 of 2.2, and nothing but DER; what a TLS channel delivers in
 * pieces.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "libsspi/packages/ts_channel.h"
#include "libsspi/packages/tspkg/wire/credentials.h"
#include "libsspi/packages/tspkg/wire/package_creds.h"
#include "libsspi/packages/tspkg/wire/request.h"

static size_t from_hex(const char *hex, uint8_t *out, size_t room)
{
    size_t size = 0;

    for (; *hex; hex += 2, size++) {
        const char byte[] = {hex[0], hex[1], 0};

        assert_true(size < room);
        out[size] = (uint8_t)strtoul(byte, NULL, 16);
    }
    return size;
}

static void is_bytes(struct ts_bytes bytes, const void *expected, size_t size)
{
    assert_non_null(bytes.data);
    assert_int_equal(bytes.size, size);
    assert_memory_equal(bytes.data, expected, size);
}

/* Both are UTF-16; `text` has char16_t. */
static void is_text(struct ts_bytes bytes, const WCHAR *text)
{
    size_t units = 0;

    while (text[units])
        units++;
    is_bytes(bytes, text, units * sizeof(*text));
}

/* ---- TSRequest ----------------------------------------------------------------------------- */

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

/* ---- TSCredentials ------------------------------------------------------------------------- */

static void creds_again(const struct ts_credentials *creds, const uint8_t *der, size_t size)
{
    uint8_t *again;
    size_t again_size;

    assert_true(ts_credentials_write(creds, &again, &again_size));
    assert_true(secret_owns(again));
    assert_int_equal(again_size, size);
    assert_memory_equal(again, der, size);
    secret_free(again);
}

static void test_password(void **state)
{
    struct ts_credentials creds;
    uint8_t der[128];
    size_t size = from_hex("3037a003020101a130042e302ca010040e4500580041004d0050004c004500a10c040a"
                           "61006c00690063006500a20a04085000e40024002400",
                           der, sizeof(der));

    (void)state;
    assert_true(ts_credentials_read(der, size, &creds));
    assert_int_equal(creds.type, TS_PASSWORD_CREDS);
    is_text(creds.u.password.domain, u"EXAMPLE");
    is_text(creds.u.password.user, u"alice");
    is_text(creds.u.password.password, u"P\u00e4$$");
    assert_false(ts_credentials_are_empty(&creds));
    /* nothing was copied */
    assert_true(creds.u.password.password.data == der + size - 8);
    creds_again(&creds, der, size);

    size = from_hex("3017a003020101a110040e300ca0020400a1020400a2020400", der, sizeof(der));
    assert_true(ts_credentials_read(der, size, &creds));
    assert_true(ts_credentials_are_empty(&creds));
    creds_again(&creds, der, size);
    memset(&creds.u, 0, sizeof(creds.u));
    creds_again(&creds, der, size);
}

/* [MS-CSSP] 4 */
static void test_smart_card(void **state)
{
    static const char example[] =
        "3082010fa003020102a182010604820102"
        "3081ffa01a04186200620062006200620062006200620062006200620062"
        "00a181e03081dda003020101a22e042c4f004d004e0049004b0045005900200043"
        "006100720064004d0061006e00200033007800320031002000"
        "3000a350044e6c0065002d004d00530053006d006100720074006300610072006400"
        "55007300650072002d00380062006400610030003100390066002d003100320036003600"
        "2d002d0035003300320036003800a45404524d006900630072006f0073006f0066007400"
        "2000420061007300650020005300"
        "6d0061007200740020004300610072006400200043007200790070007400"
        "6f002000500072006f00760069006400650072"
        "00";
    struct ts_credentials creds;
    uint8_t der[512];
    size_t size = from_hex(example, der, sizeof(der));

    (void)state;
    assert_int_equal(size, 275);
    assert_true(ts_credentials_read(der, size, &creds));
    assert_int_equal(creds.type, TS_SMART_CARD_CREDS);
    is_text(creds.u.smart_card.pin, u"bbbbbbbbbbbb");
    assert_int_equal(creds.u.smart_card.key_spec, 1);
    assert_null(creds.u.smart_card.card.data);
    is_text(creds.u.smart_card.reader, u"OMNIKEY CardMan 3x21 0");
    is_text(creds.u.smart_card.container, u"le-MSSmartcardUser-8bda019f-1266--53268");
    is_text(creds.u.smart_card.csp, u"Microsoft Base Smart Card Crypto Provider");
    assert_null(creds.u.smart_card.user_hint.data);
    assert_null(creds.u.smart_card.domain_hint.data);
    assert_false(ts_credentials_are_empty(&creds));
    creds_again(&creds, der, size);

    creds.u.smart_card.card = (struct ts_bytes){(const uint8_t *)"c\0", 2};
    creds.u.smart_card.user_hint = (struct ts_bytes){(const uint8_t *)"u\0", 2};
    creds.u.smart_card.domain_hint = (struct ts_bytes){(const uint8_t *)"", 0};
    uint8_t *full;
    struct ts_credentials again;

    assert_true(ts_credentials_write(&creds, &full, &size));
    assert_true(ts_credentials_read(full, size, &again));
    is_text(again.u.smart_card.card, u"c");
    is_text(again.u.smart_card.user_hint, u"u");
    is_text(again.u.smart_card.domain_hint, u"");
    secret_free(full);
}

static void test_remote_guard(void **state)
{
    struct ts_credentials creds, again;
    uint8_t der[128], *many;
    size_t size = from_hex("3047a003020106a140043e303ca021301fa01204104b0065007200620065007200"
                           "6f007300a10904077469636b657473a11730153013a00a04084e0054004c004d00a1"
                           "0504036b6579",
                           der, sizeof(der));

    (void)state;
    assert_true(ts_credentials_read(der, size, &creds));
    assert_int_equal(creds.type, TS_REMOTE_GUARD_CREDS);
    is_text(creds.u.remote_guard.logon.package, u"Kerberos");
    is_bytes(creds.u.remote_guard.logon.credential, "tickets", 7);
    assert_int_equal(creds.u.remote_guard.count, 1);
    is_text(creds.u.remote_guard.supplemental[0].package, u"NTLM");
    is_bytes(creds.u.remote_guard.supplemental[0].credential, "key", 3);
    creds_again(&creds, der, size);

    for (size_t i = 1; i < TS_SUPPLEMENTAL_MAX; i++)
        creds.u.remote_guard.supplemental[i] = creds.u.remote_guard.supplemental[0];
    creds.u.remote_guard.count = TS_SUPPLEMENTAL_MAX;
    assert_true(ts_credentials_write(&creds, &many, &size));
    assert_true(ts_credentials_read(many, size, &again));
    assert_int_equal(again.u.remote_guard.count, TS_SUPPLEMENTAL_MAX);
    secret_free(many);
    creds.u.remote_guard.count++;
    assert_false(ts_credentials_write(&creds, &many, &size));
    creds.u.remote_guard.count = 0;
    assert_true(ts_credentials_write(&creds, &many, &size));
    assert_true(ts_credentials_read(many, size, &again));
    assert_int_equal(again.u.remote_guard.count, 0);
    secret_free(many);
    creds.u.remote_guard.logon.package = (struct ts_bytes){(const uint8_t *)"", 0};
    assert_false(ts_credentials_write(&creds, &many, &size));
}

static void test_not_credentials(void **state)
{
    static const char *const rows[] = {
        "",
        "3000",
        "3017a003020102a110040e300ca0020400a1020400a2020400", /* a password that is a smart card */
        "3017a003020107a110040e300ca0020400a1020400a2020400", /* nobody knows what */
        "3017a003020100a110040e300ca0020400a1020400a2020400",
        "3013a003020101a10c040a3008a0020400a1020400",           /* no password */
        "3018a003020101a111040f300da003040131a1020400a2020400", /* half a letter */
        "3018a003020101a111040f300ca0020400a1020400a202040000", /* something behind, inside */
        "3017a003020101a110040e300ca0020400a1020400a202040000", /* and outside */
        "3017a003020101a110040e300ca0020400a1022400a2020400",   /* a string in pieces */
        "301ba003020101a1140412300ca0020400a1020400a2020400a3020400",
        "300da003020106a106040430020500", /* Remote Credential Guard of nothing */
    };
    struct ts_credentials creds;
    uint8_t der[128], *out;
    size_t size;
    uint8_t *text = calloc(1, TS_TEXT_MAX + 2);

    (void)state;
    assert_non_null(text);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        size = from_hex(rows[i], der, sizeof(der));
        assert_false(ts_credentials_read(der, size, &creds));
        assert_int_equal(creds.type, 0);
    }
    assert_int_equal(ERR_peek_error(), 0);
    creds = (struct ts_credentials){.type = TS_PASSWORD_CREDS};
    creds.u.password.user = (struct ts_bytes){text, TS_TEXT_MAX};
    assert_true(ts_credentials_write(&creds, &out, &size));
    secret_free(out);
    creds.u.password.user.size += 2;
    assert_false(ts_credentials_write(&creds, &out, &size));
    creds.u.password.user.size = 3;
    assert_false(ts_credentials_write(&creds, &out, &size));
    creds = (struct ts_credentials){.type = TS_SMART_CARD_CREDS};
    creds.u.smart_card.pin = (struct ts_bytes){text, 1};
    assert_false(ts_credentials_write(&creds, &out, &size));
    creds.type = (enum ts_credentials_type)3;
    assert_false(ts_credentials_write(&creds, &out, &size));
    free(text);
}

/* ---- what packages put into them ----------------------------------------------------------- */

static void test_package_creds(void **state)
{
    const struct ts_ticket_logon logon = {
        2, {(const uint8_t *)"ticket", 6}, {(const uint8_t *)"tgt", 3}};
    const struct ts_ntlm_credential ntlm = {
        .flags = 0xa,
        .key = (const uint8_t *)"0123456789abcdefghij",
        .key_type = 2,
        .encrypted_creds = {(const uint8_t *)"secret", 6},
    };
    static const uint8_t head[] = {10, 0, 0, 0, 2, 0, 0, 0, 6,  0, 0, 0, 3, 0, 0, 0,
                                   32, 0, 0, 0, 0, 0, 0, 0, 38, 0, 0, 0, 0, 0, 0, 0};
    struct ts_ticket_logon read;
    struct ts_ntlm_credential key;
    uint8_t *data;
    size_t size;

    (void)state;
    assert_true(ts_ticket_logon_write(&logon, &data, &size));
    assert_true(secret_owns(data));
    assert_int_equal(size, sizeof(head) + 9);
    assert_memory_equal(data, head, sizeof(head));
    assert_true(ts_ticket_logon_read((struct ts_bytes){data, size}, &read));
    assert_int_equal(read.flags, 2);
    is_bytes(read.service_ticket, "ticket", 6);
    is_bytes(read.tgt, "tgt", 3);
    for (size_t i = 0; i < size; i++)
        assert_false(ts_ticket_logon_read((struct ts_bytes){data, i}, &read));
    for (size_t i = 0; i < sizeof(head); i++) { /* another kind, lengths and offsets too large */
        uint8_t was = data[i];

        if (i >= 4 && i < 8)
            continue;
        data[i] = 0x7f;
        assert_false(ts_ticket_logon_read((struct ts_bytes){data, size}, &read));
        data[i] = was;
    }
    data[16] = 31; /* a ticket within the head */
    assert_false(ts_ticket_logon_read((struct ts_bytes){data, size}, &read));
    secret_free(data);

    assert_true(ts_ntlm_credential_write(&ntlm, &data, &size));
    assert_int_equal(size, 42);
    assert_memory_equal(data,
                        "\x02\0\xff\xff\x0a\0\0\0"
                        "0123456789abcdefghij"
                        "\x02\0\0\0\x06\0\0\0secret",
                        42);
    assert_true(ts_ntlm_credential_read((struct ts_bytes){data, size}, &key));
    assert_int_equal(key.flags, 0xa);
    assert_memory_equal(key.key, ntlm.key, TS_NTLM_KEY_SIZE);
    assert_int_equal(key.key_type, 2);
    is_bytes(key.encrypted_creds, "secret", 6);
    for (size_t i = 0; i < size; i++)
        assert_false(ts_ntlm_credential_read((struct ts_bytes){data, i}, &key));
    data[0] = 1;
    assert_false(ts_ntlm_credential_read((struct ts_bytes){data, size}, &key));
    secret_free(data);
}

/* [MS-RPCE] 2.2.6, by hand. */
static void test_kerb_key(void **state)
{
    static const char expected[] = "01100800cccccccc1800000000000000"
                                   "000000001200000003000000000002000300000061626300";
    const struct ts_kerb_key key = {18, {(const uint8_t *)"abc", 3}};
    struct ts_kerb_key read;
    uint8_t want[64], *data;
    size_t size, want_size = from_hex(expected, want, sizeof(want));

    (void)state;
    assert_true(ts_kerb_key_write(&key, &data, &size));
    assert_int_equal(size, want_size);
    assert_memory_equal(data, want, size);
    assert_true(ts_kerb_key_read((struct ts_bytes){data, size}, &read));
    assert_int_equal(read.type, 18);
    is_bytes(read.value, "abc", 3);
    for (size_t i = 0; i < size; i++)
        assert_false(ts_kerb_key_read((struct ts_bytes){data, i}, &read));
    for (size_t i = 0; i < 36; i++) {
        bool free_field = (i >= 4 && i < 8) || (i >= 12 && i < 24) || (i >= 28 && i < 32);

        data[i] ^= 0x40;
        assert_int_equal(ts_kerb_key_read((struct ts_bytes){data, size}, &read), free_field);
        data[i] ^= 0x40;
    }
    secret_free(data);
    read.value.size = 0;
    assert_false(ts_kerb_key_write(&read, &data, &size));
    read.value.size = TS_KERB_KEY_MAX + 1;
    assert_false(ts_kerb_key_write(&read, &data, &size));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_request),          cmocka_unit_test(test_not_a_request),
        cmocka_unit_test(test_changed_requests), cmocka_unit_test(test_large_requests),
        cmocka_unit_test(test_length),           cmocka_unit_test(test_channel),
        cmocka_unit_test(test_password),         cmocka_unit_test(test_smart_card),
        cmocka_unit_test(test_remote_guard),     cmocka_unit_test(test_not_credentials),
        cmocka_unit_test(test_package_creds),    cmocka_unit_test(test_kerb_key),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
