/*
 * TSCredentials of each type as others write them: the example of [MS-CSSP] 4, and pyasn1's DER
 * encoder from the ASN.1 of 2.2; what packages put into them; and nothing but DER.
 */
#include "tests/unit/ts_protocol/hex.h"

#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "libsspi/packages/tspkg/wire/credentials.h"
#include "libsspi/packages/tspkg/wire/package_creds.h"

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
        cmocka_unit_test(test_password),      cmocka_unit_test(test_smart_card),
        cmocka_unit_test(test_remote_guard),  cmocka_unit_test(test_not_credentials),
        cmocka_unit_test(test_package_creds), cmocka_unit_test(test_kerb_key),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
