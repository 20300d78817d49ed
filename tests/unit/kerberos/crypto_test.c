/*
 * The encryption types: the vectors of RFC 8009 and RFC 6803, and libk5crypto as the judge of
 * everything else, for messages of every length cut into pieces in every way.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <krb5.h>
#include <stdlib.h>
#include <string.h>

#include "libsspi/packages/kerberos/messages/crypto.h"

static const int32_t enctypes[] = {17, 18, 19, 20, 25, 26};
#define TYPES (sizeof(enctypes) / sizeof(enctypes[0]))

static size_t unhex(const char *hex, uint8_t *out)
{
    size_t size = 0;

    for (; *hex; hex += 2, size++) {
        char pair[3] = {hex[0], hex[1], 0}, *end;

        out[size] = (uint8_t)strtoul(pair, &end, 16);
        assert_true(*end == 0);
    }
    return size;
}

static void assert_hex(const uint8_t *bytes, size_t size, const char *hex)
{
    uint8_t expected[256];

    assert_int_equal(unhex(hex, expected), size);
    assert_memory_equal(bytes, expected, size);
}

#define AES128      "3705D96080C17728A0E800EAB6E0D23C"
#define AES256      "6D404D37FAF79F9DF0D33568D320669800EB4836472EA8A026D16B7182460C52"
#define CAMELLIA128 "57D0297298FFD9D35DE5A47FB4BDE24B"
#define CAMELLIA256 "B9D6828B2056B7BE656D88A123B1FAC68214AC2B727ECF5F69AFE0C4DF2A6D2C"

/* RFC 8009 A, RFC 6803 10: key usage 2 in all of them */
static void test_derivation(void **state)
{
    static const struct {
        int32_t enctype;
        const char *key, *kc, *ke, *ki;
    } vectors[] = {
        {19, AES128, "B31A018A48F54776F403E9A396325DC3", "9B197DD1E8C5609D6E67C3E37C62C72E",
         "9FDA0E56AB2D85E1569A688696C26A6C"},
        {20, AES256, "EF5718BE86CC84963D8BBB5031E9F5C4BA41F28FAF69E73D",
         "56AB22BEE63D82D7BC5227F6773F8EA7A5EB1C825160C38312980C442E5C7E49",
         "69B16514E3CD8E56B82010D5C73012B622C4D00FFC23ED1F"},
        {25, CAMELLIA128, "D155775A209D05F02B38D42A389E5A56", "64DF83F85A532F17577D8C37035796AB",
         "3E4FBDF30FB8259C425CB6C96F1F4635"},
        {26, CAMELLIA256, "E467F9A9552BC7D3155A6220AF9C19220EEED4FF78B0D1E6A1544991461A9E50",
         "412AEFC362A7285FC3966C6A5181E7605AE675235B6D549FBFC9AB6630A4C604",
         "FA624FA0E523993FA388AEFDC67E67EBCD8C08E8A0246B1D73B0D1DD9FC582B0"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
        const struct kerb_profile *p = kerb_profile(vectors[i].enctype);
        uint8_t key[KERB_KEY_MAX], out[KERB_KEY_MAX];

        assert_int_equal(unhex(vectors[i].key, key), p->key_size);
        assert_true(kerb_derive(p, key, 2, 0x99, out, p->integrity_size));
        assert_hex(out, p->integrity_size, vectors[i].kc);
        assert_true(kerb_derive(p, key, 2, 0xaa, out, p->key_size));
        assert_hex(out, p->key_size, vectors[i].ke);
        assert_true(kerb_derive(p, key, 2, 0x55, out, p->integrity_size));
        assert_hex(out, p->integrity_size, vectors[i].ki);
    }
}

/* RFC 8009 A: 0, 6, 16 and 21 bytes of plaintext behind a given confounder. */
static void test_encryption(void **state)
{
    static const struct {
        int32_t enctype;
        const char *key, *confounder;
        size_t size;
        const char *out;
    } vectors[] = {
        {19, AES128, "7E5895EAF2672435BAD817F545A37148", 0,
         "EF85FB890BB8472F4DAB20394DCA781DAD877EDA39D50C870C0D5A0A8E48C718"},
        {19, AES128, "7BCA285E2FD4130FB55B1A5C83BC5B24", 6,
         "84D7F30754ED987BAB0BF3506BEB09CFB55402CEF7E6877CE99E247E52D16ED4421DFDF8976C"},
        {19, AES128, "56AB21713FF62C0A1457200F6FA9948F", 16,
         "3517D640F50DDC8AD3628722B3569D2AE07493FA8263254080EA65C1008E8FC295FB4852E7D83E1E7C48C37EE"
         "B"
         "E6B0D3"},
        {19, AES128, "A7A4E29A4728CE10664FB64E49AD3FAC", 21,
         "720F73B18D9859CD6CCB4346115CD336C70F58EDC0C4437C5573544C31C813BCE1E6D072C186B39A413C2F92C"
         "A"
         "9B8334A287FFCBFC"},
        {20, AES256, "F764E9FA15C276478B2C7D0C4E5F58E4", 0,
         "41F53FA5BFE7026D91FAF9BE959195A058707273A96A40F0A01960621AC612748B9BBFBE7EB4CE3C"},
        {20, AES256, "B80D3251C1F6471494256FFE712D0B9A", 6,
         "4ED7B37C2BCAC8F74F23C1CF07E62BC7B75FB3F637B9F559C7F664F69EAB7B6092237526EA0D1F61CB20D69D1"
         "0"
         "F2"},
        {20, AES256, "53BF8A0D105265D4E276428624CE5E63", 16,
         "BC47FFEC7998EB91E8115CF8D19DAC4BBBE2E163E87DD37F49BECA92027764F68CF51F14D798C2273F35DF574"
         "D"
         "1F932E40C4FF255B36A266"},
        {20, AES256, "763E65367E864F02F55153C7E3B58AF1", 21,
         "40013E2DF58E8751957D2878BCD2D6FE101CCFD556CB1EAE79DB3C3EE86429F2B2A602AC86FEF6ECB647D6295"
         "F"
         "AE077A1FEB517508D2C16B4192E01F62"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
        const struct kerb_profile *p = kerb_profile(vectors[i].enctype);
        uint8_t key[KERB_KEY_MAX], message[128];
        size_t size = KERB_CONFOUNDER + vectors[i].size;
        struct kerb_segment one = {message, size, true};
        struct kerb_seal *seal;

        unhex(vectors[i].key, key);
        unhex(vectors[i].confounder, message);
        for (size_t n = 0; n < vectors[i].size; n++)
            message[KERB_CONFOUNDER + n] = (uint8_t)n;
        seal = kerb_seal_new(p, key, 2, true);
        assert_non_null(seal);
        assert_true(kerb_seal_encrypt(seal, &one, 1, message + size));
        assert_hex(message, size + p->mac_size, vectors[i].out);
        kerb_seal_free(seal);
        seal = kerb_seal_new(p, key, 2, false);
        assert_true(kerb_seal_decrypt(seal, &one, 1, message + size));
        assert_hex(message, KERB_CONFOUNDER, vectors[i].confounder);
        for (size_t n = 0; n < vectors[i].size; n++)
            assert_int_equal(message[KERB_CONFOUNDER + n], n);
        kerb_seal_free(seal);
    }
}

/* RFC 8009 A */
static void test_checksums(void **state)
{
    uint8_t key[KERB_KEY_MAX], text[21], out[KERB_MAC_MAX];
    struct kerb_segment halves[2] = {{text, 10, false}, {text + 10, 11, true}};
    struct kerb_sum *sum;

    (void)state;
    for (size_t i = 0; i < sizeof(text); i++)
        text[i] = (uint8_t)i;
    unhex(AES128, key);
    sum = kerb_sum_new(kerb_profile(19), key, 2);
    assert_true(kerb_sum_make(sum, halves, 2, out));
    assert_hex(out, 16, "D78367186643D67B411CBA9139FC1DEE");
    assert_true(kerb_sum_make(sum, halves, 2, out)); /* the context can be used again */
    assert_hex(out, 16, "D78367186643D67B411CBA9139FC1DEE");
    kerb_sum_free(sum);
    unhex(AES256, key);
    sum = kerb_sum_new(kerb_profile(20), key, 2);
    assert_true(kerb_sum_make(sum, halves, 2, out));
    assert_hex(out, 24, "45EE791567EEFCA37F4AC1E0222DE80D43C3BFA06699672A");
    kerb_sum_free(sum);
}

/* ---- against libk5crypto ------------------------------------------------------------------- */

static krb5_context krb;

static int start(void **state)
{
    (void)state;
    return krb5_init_context(&krb);
}

static int stop(void **state)
{
    (void)state;
    krb5_free_context(krb);
    return 0;
}

/* Cuts `size` bytes at random places. */
static size_t cut(uint8_t *data, size_t size, struct kerb_segment *out, size_t most)
{
    size_t count = 0;

    while (count + 1 < most && size && rand() % 4) {
        size_t part = (size_t)rand() % (size + 1);

        out[count++] = (struct kerb_segment){data, part, true};
        data += part;
        size -= part;
    }
    out[count++] = (struct kerb_segment){data, size, true};
    return count;
}

static const size_t sizes[] = {0,    1,    15,   16,    17,    31,    32,    33,   495,
                               496,  497,  511,  512,   513,   990,   1000,  1007, 1008,
                               1009, 1023, 1024, 1025,  1039,  1040,  1041,  1500, 2047,
                               2048, 4096, 5000, 16384, 40000, 65535, 100003};
#define SIZES (sizeof(sizes) / sizeof(sizes[0]))

static void fill(uint8_t *data, size_t size)
{
    for (size_t i = 0; i < size; i++)
        data[i] = (uint8_t)rand();
}

static void theirs_opens_ours(const struct kerb_profile *p, krb5_keyblock *key, size_t size)
{
    size_t total = KERB_CONFOUNDER + size;
    uint8_t *plain = malloc(size + 1), *message = malloc(total + p->mac_size);
    krb5_enc_data cipher = {
        .enctype = p->enctype,
        .ciphertext = {.length = (unsigned)(total + p->mac_size), .data = (char *)message}};
    krb5_data out = {.length = (unsigned)size, .data = malloc(size + 1)};
    struct kerb_seal *seal = kerb_seal_new(p, key->contents, 24, true);
    struct kerb_segment segments[8];

    fill(plain, size);
    fill(message, KERB_CONFOUNDER);
    memcpy(message + KERB_CONFOUNDER, plain, size);
    assert_true(
        kerb_seal_encrypt(seal, segments, cut(message, total, segments, 8), message + total));
    assert_int_equal(krb5_c_decrypt(krb, key, 24, NULL, &cipher, &out), 0);
    assert_int_equal(out.length, size);
    assert_memory_equal(out.data, plain, size);
    kerb_seal_free(seal);
    free(plain);
    free(message);
    free(out.data);
}

static void ours_opens_theirs(const struct kerb_profile *p, krb5_keyblock *key, size_t size)
{
    uint8_t *plain = malloc(size + 1), *message;
    krb5_data in = {.length = (unsigned)size, .data = (char *)plain};
    size_t total = 0;
    krb5_enc_data cipher = {.enctype = p->enctype};
    struct kerb_seal *seal = kerb_seal_new(p, key->contents, 22, false);
    struct kerb_segment segments[8];
    size_t count;

    fill(plain, size);
    assert_int_equal(krb5_c_encrypt_length(krb, p->enctype, size, &total), 0);
    assert_int_equal(total, KERB_CONFOUNDER + size + p->mac_size);
    message = malloc(total);
    cipher.ciphertext = (krb5_data){.length = (unsigned)total, .data = (char *)message};
    assert_int_equal(krb5_c_encrypt(krb, key, 22, NULL, &in, &cipher), 0);
    count = cut(message, total - p->mac_size, segments, 8);
    assert_true(kerb_seal_decrypt(seal, segments, count, message + total - p->mac_size));
    assert_memory_equal(message + KERB_CONFOUNDER, plain, size);
    /* one bit wrong anywhere: refused, and nothing of it is left */
    assert_int_equal(krb5_c_encrypt(krb, key, 22, NULL, &in, &cipher), 0);
    message[(size_t)rand() % total] ^= (uint8_t)(1 << rand() % 8);
    assert_false(kerb_seal_decrypt(seal, segments, count, message + total - p->mac_size));
    for (size_t i = 0; i < total - p->mac_size; i++)
        assert_int_equal(message[i], 0);
    kerb_seal_free(seal);
    free(plain);
    free(message);
}

static void test_seals_with_libk5crypto(void **state)
{
    (void)state;
    srand(1);
    for (size_t t = 0; t < TYPES; t++) {
        const struct kerb_profile *p = kerb_profile(enctypes[t]);
        krb5_keyblock key;

        assert_int_equal(krb5_c_make_random_key(krb, p->enctype, &key), 0);
        assert_int_equal(key.length, p->key_size);
        for (size_t i = 0; i < SIZES; i++) {
            theirs_opens_ours(p, &key, sizes[i]);
            ours_opens_theirs(p, &key, sizes[i]);
        }
        for (size_t i = 0; i < 200; i++) {
            theirs_opens_ours(p, &key, (size_t)rand() % 3000);
            ours_opens_theirs(p, &key, (size_t)rand() % 3000);
        }
        krb5_free_keyblock_contents(krb, &key);
    }
}

static void test_sums_with_libk5crypto(void **state)
{
    (void)state;
    for (size_t t = 0; t < TYPES; t++) {
        const struct kerb_profile *p = kerb_profile(enctypes[t]);
        krb5_keyblock key;
        struct kerb_sum *sum;

        assert_int_equal(krb5_c_make_random_key(krb, p->enctype, &key), 0);
        sum = kerb_sum_new(p, key.contents, 23);
        for (size_t i = 0; i < SIZES; i++) {
            uint8_t *data = malloc(sizes[i] + 1), out[KERB_MAC_MAX];
            krb5_data in = {.length = (unsigned)sizes[i], .data = (char *)data};
            struct kerb_segment segments[8];
            krb5_checksum theirs;

            fill(data, sizes[i]);
            assert_true(kerb_sum_make(sum, segments, cut(data, sizes[i], segments, 8), out));
            assert_int_equal(
                krb5_c_make_checksum(krb, (krb5_cksumtype)p->checksum_type, &key, 23, &in, &theirs),
                0);
            assert_int_equal(theirs.length, p->mac_size);
            assert_memory_equal(theirs.contents, out, p->mac_size);
            krb5_free_checksum_contents(krb, &theirs);
            free(data);
        }
        kerb_sum_free(sum);
        krb5_free_keyblock_contents(krb, &key);
    }
}

/* Pieces that are signed only are in the MAC at their place, and are not encrypted. */
static void test_signed_only(void **state)
{
    (void)state;
    for (size_t t = 0; t < TYPES; t++) {
        const struct kerb_profile *p = kerb_profile(enctypes[t]);
        uint8_t key[KERB_KEY_MAX] = {1, 2, 3}, conf[16] = {9}, header[] = "a header to see",
                body[] = "the body to hide", mac[KERB_MAC_MAX];
        struct kerb_segment list[] = {{conf, 16, true}, {header, 15, false}, {body, 16, true}};
        struct kerb_seal *seal = kerb_seal_new(p, key, 24, true),
                         *open = kerb_seal_new(p, key, 24, false);

        (void)state;
        assert_true(kerb_seal_encrypt(seal, list, 3, mac));
        assert_string_equal((char *)header, "a header to see");
        assert_memory_not_equal(body, "the body to hide", 16);
        assert_true(kerb_seal_decrypt(open, list, 3, mac));
        assert_memory_equal(body, "the body to hide", 16);
        conf[0] = 9;
        assert_true(kerb_seal_encrypt(seal, list, 3, mac));
        header[0] ^= 1;
        assert_false(kerb_seal_decrypt(open, list, 3, mac));
        kerb_seal_free(seal);
        kerb_seal_free(open);
    }
}

static void test_unknown_types(void **state)
{
    uint8_t key[KERB_KEY_MAX] = {0};

    (void)state;
    assert_null(kerb_profile(0));
    assert_null(kerb_profile(3));
    assert_null(kerb_profile(16));
    assert_null(kerb_profile(-1));
    assert_null(kerb_seal_new(kerb_profile(23), key, 24, true)); /* RFC 4757 has its own ways */
    assert_null(kerb_sum_new(kerb_profile(23), key, 24));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_derivation),
        cmocka_unit_test(test_encryption),
        cmocka_unit_test(test_checksums),
        cmocka_unit_test(test_seals_with_libk5crypto),
        cmocka_unit_test(test_sums_with_libk5crypto),
        cmocka_unit_test(test_signed_only),
        cmocka_unit_test(test_unknown_types),
    };

    return cmocka_run_group_tests_name("kerberos: encryption types", tests, start, stop);
}
