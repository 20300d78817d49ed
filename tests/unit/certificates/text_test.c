/*
 * Names of certificates as text, also those that want to be misread.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/utf16.h"
#include "libsspi/certificates/text.h"
#include "tests/unit/certificates/authority.h"

static X509_NAME *name_of(const char *const *parts, size_t count)
{
    X509_NAME *name = X509_NAME_new();

    for (size_t i = 0; i < count; i += 2) {
        const char *key = parts[i];
        bool joined = key[0] == '+';

        assert_true(X509_NAME_add_entry_by_txt(name, key + joined, MBSTRING_UTF8,
                                               (const unsigned char *)parts[i + 1], -1, -1,
                                               joined ? -1 : 0));
    }
    return name;
}

static void test_forms(void **state)
{
    static const char *const parts[] = {
        "C",          "DE",           "O",   "Söhne, Ltd", "+OU", "a+b", "CN",
        "say \"hi\"", "emailAddress", "a@b", "1.2.3.4.5",  "odd",
    };
    static const struct {
        DWORD type;
        const char *text;
    } forms[] = {
        {CERT_SIMPLE_NAME_STR, "DE, \"Söhne, Ltd\" + \"a+b\", \"say \"\"hi\"\"\", a@b, odd"},
        {CERT_X500_NAME_STR, "C=DE, O=\"Söhne, Ltd\" + OU=\"a+b\", CN=\"say \"\"hi\"\"\", E=a@b, "
                             "OID.1.2.3.4.5=odd"},
        {CERT_OID_NAME_STR, "2.5.4.6=DE, 2.5.4.10=\"Söhne, Ltd\" + 2.5.4.11=\"a+b\", "
                            "2.5.4.3=\"say \"\"hi\"\"\", 1.2.840.113549.1.9.1=a@b, 1.2.3.4.5=odd"},
        {CERT_SIMPLE_NAME_STR | CERT_NAME_STR_NO_QUOTING_FLAG,
         "DE, Söhne, Ltd + a+b, say \"hi\", a@b, odd"},
        {CERT_SIMPLE_NAME_STR | CERT_NAME_STR_REVERSE_FLAG | CERT_NAME_STR_SEMICOLON_FLAG |
             CERT_NAME_STR_NO_PLUS_FLAG | CERT_NAME_STR_NO_QUOTING_FLAG,
         "odd; a@b; say \"hi\"; a+b Söhne, Ltd; DE"},
        {CERT_SIMPLE_NAME_STR | CERT_NAME_STR_CRLF_FLAG | CERT_NAME_STR_NO_QUOTING_FLAG,
         "DE\r\nSöhne, Ltd + a+b\r\nsay \"hi\"\r\na@b\r\nodd"},
    };
    X509_NAME *name;

    (void)state;
    OBJ_create("1.2.3.4.5", "testOdd", "an odd attribute");
    name = name_of(parts, sizeof(parts) / sizeof(parts[0]));
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        char *text = text_of_name(name, forms[i].type);

        assert_string_equal(text, forms[i].text);
        free(text);
    }
    X509_NAME_free(name);
}

static void test_blob(void **state)
{
    static const char *const parts[] = {"CN", "Grüße"};
    X509_NAME *name = name_of(parts, 2);
    unsigned char *der = NULL;
    int size = i2d_X509_NAME(name, &der);
    CERT_NAME_BLOB blob = {(DWORD)size, der};
    WCHAR wide[32];
    char narrow[32];

    (void)state;
    assert_int_equal(CertNameToStrW(X509_ASN_ENCODING, &blob, CERT_X500_NAME_STR, NULL, 0), 9);
    assert_int_equal(CertNameToStrW(X509_ASN_ENCODING, &blob, CERT_X500_NAME_STR, wide, 32), 9);
    assert_true(utf16_equal(wide, u"CN=Grüße"));
    assert_int_equal(CertNameToStrW(X509_ASN_ENCODING, &blob, CERT_X500_NAME_STR, wide, 5), 5);
    assert_true(utf16_equal(wide, u"CN=G"));
    assert_int_equal(CertNameToStrA(X509_ASN_ENCODING, &blob, CERT_SIMPLE_NAME_STR, narrow, 32), 8);
    assert_string_equal(narrow, "Grüße");
    blob.cbData--;
    assert_int_equal(CertNameToStrA(X509_ASN_ENCODING, &blob, CERT_SIMPLE_NAME_STR, narrow, 32), 1);
    assert_string_equal(narrow, "");
    assert_int_equal(CertNameToStrA(X509_ASN_ENCODING, NULL, CERT_SIMPLE_NAME_STR, narrow, 32), 1);
    OPENSSL_free(der);
    X509_NAME_free(name);
}

static void assert_name(PCCERT_CONTEXT context, DWORD type, DWORD flags, void *parameter,
                        const char *expected)
{
    char text[256], *back;
    WCHAR wide[256];
    DWORD length = CertGetNameStringA(context, type, flags, parameter, text, sizeof(text));

    assert_string_equal(text, expected);
    assert_int_equal(length, strlen(expected) + 1);
    length = CertGetNameStringW(context, type, flags, parameter, wide, 256);
    assert_int_equal(length, utf16_length(wide) + 1);
    back = utf16_to_utf8(wide, utf16_length(wide), NULL);
    assert_string_equal(back, expected);
    free(back);
}

static void test_name_strings(void **state)
{
    struct entity root =
        entity_make(&(struct wish){.subject = "Root", .constraints = "critical,CA:TRUE"}, NULL);
    struct entity leaf = entity_make(
        &(struct wish){.subject = "alice",
                       .names = "email:alice@example.com,DNS:a.example.com,DNS:b.example.com,"
                                "URI:https://example.com/,otherName:1.3.6.1.4.1.311.20.2.3;UTF8:"
                                "alice@EXAMPLE.COM"},
        &root);
    PCCERT_CONTEXT context = certificate_context(leaf.x509, NULL, NULL), bare;
    DWORD x500 = CERT_X500_NAME_STR | CERT_NAME_STR_NO_QUOTING_FLAG;
    CRYPT_DATA_BLOB friendly = {sizeof(u"My own"), (BYTE *)u"My own"};

    (void)state;
    assert_name(context, CERT_NAME_SIMPLE_DISPLAY_TYPE, 0, NULL, "alice");
    assert_name(context, CERT_NAME_SIMPLE_DISPLAY_TYPE, CERT_NAME_ISSUER_FLAG, NULL, "Root");
    assert_name(context, CERT_NAME_EMAIL_TYPE, 0, NULL, "alice@example.com");
    assert_name(context, CERT_NAME_DNS_TYPE, 0, NULL, "a.example.com");
    assert_name(context, CERT_NAME_URL_TYPE, 0, NULL, "https://example.com/");
    assert_name(context, CERT_NAME_UPN_TYPE, 0, NULL, "alice@EXAMPLE.COM");
    assert_name(context, CERT_NAME_ATTR_TYPE, 0, (void *)szOID_COMMON_NAME, "alice");
    assert_name(context, CERT_NAME_ATTR_TYPE, 0, (void *)szOID_LOCALITY_NAME, "");
    assert_name(context, CERT_NAME_ATTR_TYPE, 0, (void *)"no oid", "");
    assert_name(context, CERT_NAME_RDN_TYPE, 0, &x500, "O=Test & Söhne, Ltd, CN=alice");
    assert_name(context, CERT_NAME_FRIENDLY_DISPLAY_TYPE, 0, NULL, "alice");
    assert_true(
        CertSetCertificateContextProperty(context, CERT_FRIENDLY_NAME_PROP_ID, 0, &friendly));
    assert_name(context, CERT_NAME_FRIENDLY_DISPLAY_TYPE, 0, NULL, "My own");
    assert_name(context, 99, 0, NULL, "");
    CertFreeCertificateContext(context);
    bare = certificate_context(root.x509, NULL, NULL);
    assert_name(bare, CERT_NAME_DNS_TYPE, 0, NULL, "Root");
    assert_name(bare, CERT_NAME_EMAIL_TYPE, 0, NULL, "");
    assert_name(bare, CERT_NAME_UPN_TYPE, 0, NULL, "");
    CertFreeCertificateContext(bare);
    entity_free(&leaf);
    entity_free(&root);
}

/* "bank.example\0.evil.example" is not the bank. */
static void test_zero(void **state)
{
    X509_NAME *name = X509_NAME_new();
    char *text;

    (void)state;
    assert_true(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                                           (const unsigned char *)"bank\0evil", 9, -1, 0));
    text = text_of_name(name, CERT_SIMPLE_NAME_STR);
    assert_string_equal(text, "bank evil");
    free(text);
    X509_NAME_free(name);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forms),
        cmocka_unit_test(test_blob),
        cmocka_unit_test(test_name_strings),
        cmocka_unit_test(test_zero),
    };

    return cmocka_run_group_tests_name("names of certificates", tests, NULL, NULL);
}
