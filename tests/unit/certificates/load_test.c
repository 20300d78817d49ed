/*
 * Certificates and keys out of files of every form, with good, wrong and missing passwords.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/provider.h>

#include "base/reason.h"
#include "base/secret.h"
#include "libsspi/certificates/load.h"
#include "tests/unit/certificates/authority.h"

#define CA "critical,CA:TRUE"

static struct entity root, middle, leaf;
static char folder[] = "/tmp/credmgr-load.XXXXXX", path[128], other[128];

static int begin(void **state)
{
    (void)state;
    root = entity_make(&(struct wish){.subject = "Root", .constraints = CA}, NULL);
    middle = entity_make(&(struct wish){.subject = "Middle", .constraints = CA}, &root);
    leaf = entity_make(&(struct wish){.subject = "leaf", .names = "DNS:leaf"}, &middle);
    if (!mkdtemp(folder))
        return -1;
    snprintf(path, sizeof(path), "%s/file", folder);
    snprintf(other, sizeof(other), "%s/other", folder);
    return 0;
}

static int end(void **state)
{
    (void)state;
    entity_free(&root);
    entity_free(&middle);
    entity_free(&leaf);
    unlink(path);
    unlink(other);
    return rmdir(folder);
}

/* ---- who answers ---- */

struct answer {
    const char *password; /* NULL: none */
    int asked;
};

static LONG WINAPI answer(void *context, const char *source, char *password, ULONG size)
{
    struct answer *a = context;

    assert_non_null(source);
    a->asked++;
    if (!a->password)
        return -1;
    assert_true(strlen(a->password) <= size);
    memcpy(password, a->password, strlen(a->password));
    return (LONG)strlen(a->password);
}

static SECURITY_STATUS load(const char *certificate, const char *key, const char *password,
                            PCCERT_CONTEXT *context)
{
    struct answer a = {password, 0};
    SECURITY_STATUS status;

    reason_clear();
    status = certificate_load(certificate, key, answer, &a, context);
    assert_true((status == SEC_E_OK) == (*context != NULL));
    if (status != SEC_E_OK)
        assert_true(reason_get()->text[0]);
    return status;
}

/* It is the leaf's, with or without its key, and so many certificates of its chain. */
static void assert_leaf(PCCERT_CONTEXT context, bool with_key, int others)
{
    X509 *x509 = certificate_x509(context);
    EVP_PKEY *key = certificate_key(context);
    STACK_OF(X509) *chain = certificate_chain(context);

    assert_int_equal(X509_cmp(x509, leaf.x509), 0);
    assert_true((key != NULL) == with_key);
    if (key)
        assert_int_equal(EVP_PKEY_eq(key, leaf.key), 1);
    assert_int_equal(chain ? sk_X509_num(chain) : 0, others);
    if (others)
        assert_int_equal(X509_cmp(sk_X509_value(chain, 0), middle.x509), 0);
    sk_X509_pop_free(chain, X509_free);
    EVP_PKEY_free(key);
    X509_free(x509);
    CertFreeCertificateContext(context);
}

static BIO *begin_file(const char *name)
{
    BIO *file = BIO_new_file(name, "w");

    assert_non_null(file);
    return file;
}

static void write_key(BIO *file, EVP_PKEY *key, const char *password)
{
    assert_true(PEM_write_bio_PKCS8PrivateKey(file, key, password ? EVP_aes_128_cbc() : NULL,
                                              password, password ? (int)strlen(password) : 0, NULL,
                                              NULL));
}

/* ---- tests ---- */

static void test_pem(void **state)
{
    PCCERT_CONTEXT context;
    BIO *file = begin_file(path);

    (void)state;
    /* the key first, then the authority: the order does not count */
    write_key(file, leaf.key, NULL);
    BIO_puts(file, "some text\n");
    PEM_write_bio_X509(file, middle.x509);
    PEM_write_bio_X509(file, leaf.x509);
    BIO_free(file);
    assert_int_equal(load(path, NULL, NULL, &context), SEC_E_OK);
    assert_leaf(context, true, 1);
    /* the key of another file counts more */
    file = begin_file(other);
    write_key(file, middle.key, NULL);
    BIO_free(file);
    assert_int_equal(load(path, other, NULL, &context), SEC_E_OK);
    assert_int_equal(context->cbCertEncoded, i2d_X509(middle.x509, NULL));
    CertFreeCertificateContext(context);
    file = begin_file(other);
    write_key(file, root.key, NULL);
    BIO_free(file);
    assert_int_equal(load(path, other, NULL, &context), SEC_E_CERT_UNKNOWN);
    assert_non_null(strstr(reason_get()->text, "belongs to the key"));
    /* a certificate is no key, a key no certificate */
    file = begin_file(other);
    PEM_write_bio_X509(file, leaf.x509);
    BIO_free(file);
    assert_int_equal(load(path, other, NULL, &context), SEC_E_NO_CREDENTIALS);
    file = begin_file(other);
    write_key(file, leaf.key, NULL);
    BIO_free(file);
    assert_int_equal(load(other, NULL, NULL, &context), SEC_E_NO_CREDENTIALS);
    /* without a key, the first is it */
    file = begin_file(other);
    PEM_write_bio_X509(file, leaf.x509);
    PEM_write_bio_X509(file, middle.x509);
    PEM_write_bio_X509(file, root.x509);
    BIO_free(file);
    assert_int_equal(load(other, NULL, NULL, &context), SEC_E_OK);
    assert_leaf(context, false, 2);
}

static void test_encrypted(void **state)
{
    static const char *const forms[] = {"PKCS#8", "traditional"};
    PCCERT_CONTEXT context;

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        BIO *file = begin_file(path);

        print_message("%s\n", forms[i]);
        PEM_write_bio_X509(file, leaf.x509);
        if (i == 0)
            write_key(file, leaf.key, "Sesame open");
        else
            PEM_write_bio_PrivateKey_traditional(file, leaf.key, EVP_aes_128_cbc(),
                                                 (const unsigned char *)"Sesame open", 11, NULL,
                                                 NULL);
        BIO_free(file);
        assert_int_equal(load(path, NULL, "Sesame open", &context), SEC_E_OK);
        assert_leaf(context, true, 0);
        assert_int_equal(load(path, NULL, "Sesame close", &context), SEC_E_LOGON_DENIED);
        assert_non_null(strstr(reason_get()->text, "wrong"));
        assert_int_equal(load(path, NULL, NULL, &context), SEC_E_LOGON_DENIED);
        assert_non_null(strstr(reason_get()->text, "needs a password"));
        assert_int_equal(certificate_load(path, NULL, NULL, NULL, &context), SEC_E_LOGON_DENIED);
    }
}

static void test_der(void **state)
{
    PCCERT_CONTEXT context;
    BIO *file = begin_file(path);

    (void)state;
    i2d_X509_bio(file, leaf.x509);
    BIO_free(file);
    assert_int_equal(load(path, NULL, NULL, &context), SEC_E_OK);
    assert_leaf(context, false, 0);
    file = begin_file(other);
    i2d_PrivateKey_bio(file, leaf.key);
    BIO_free(file);
    assert_int_equal(load(path, other, NULL, &context), SEC_E_OK);
    assert_leaf(context, true, 0);
    file = begin_file(other);
    i2d_PKCS8PrivateKey_bio(file, leaf.key, EVP_aes_128_cbc(), "pw", 2, NULL, NULL);
    BIO_free(file);
    assert_int_equal(load(path, other, "pw", &context), SEC_E_OK);
    assert_leaf(context, true, 0);
    assert_int_equal(load(path, other, "pv", &context), SEC_E_LOGON_DENIED);
    /* a byte more, a byte less */
    file = BIO_new_file(path, "a");
    BIO_write(file, "", 1);
    BIO_free(file);
    assert_int_equal(load(path, NULL, NULL, &context), SEC_E_CERT_UNKNOWN);
    assert_int_equal(truncate(path, i2d_X509(leaf.x509, NULL) - 1), 0);
    assert_int_equal(load(path, NULL, NULL, &context), SEC_E_CERT_UNKNOWN);
}

static void write_p12(PKCS12 *p12)
{
    BIO *file = begin_file(path);

    assert_non_null(p12);
    assert_true(i2d_PKCS12_bio(file, p12));
    BIO_free(file);
    PKCS12_free(p12);
}

static void test_pkcs12(void **state)
{
    PCCERT_CONTEXT context;
    STACK_OF(X509) *others = sk_X509_new_null();

    (void)state;
    sk_X509_push(others, middle.x509);
    sk_X509_push(others, root.x509);
    write_p12(PKCS12_create("pässword", "a name", leaf.key, leaf.x509, others, 0, 0, 100, 100, 0));
    assert_int_equal(load(path, NULL, "pässword", &context), SEC_E_OK);
    assert_leaf(context, true, 2);
    assert_int_equal(load(path, NULL, "password", &context), SEC_E_LOGON_DENIED);
    assert_int_equal(load(path, NULL, NULL, &context), SEC_E_LOGON_DENIED);
    write_p12(PKCS12_create("", NULL, leaf.key, leaf.x509, NULL, 0, 0, 100, 100, 0));
    assert_int_equal(load(path, NULL, NULL, &context), SEC_E_OK);
    assert_leaf(context, true, 0);
    /* certificates alone */
    write_p12(PKCS12_create("pw", NULL, NULL, leaf.x509, others, 0, 0, 100, 100, 0));
    assert_int_equal(load(path, NULL, "pw", &context), SEC_E_OK);
    assert_leaf(context, false, 2);
    assert_int_equal(truncate(path, 200), 0);
    assert_int_equal(load(path, NULL, "pw", &context), SEC_E_CERT_UNKNOWN);
    sk_X509_free(others);
}

/* What older Windows writes: RC2 of 40 bits over the certificates, 3DES over the key. */
static void test_old_pkcs12(void **state)
{
    OSSL_LIB_CTX *library = OSSL_LIB_CTX_new();
    OSSL_PROVIDER *legacy = OSSL_PROVIDER_load(library, "legacy");
    OSSL_PROVIDER *standard = OSSL_PROVIDER_load(library, "default");
    PCCERT_CONTEXT context;
    PKCS12 *p12;

    (void)state;
    assert_non_null(legacy);
    p12 = PKCS12_create_ex("pw", NULL, leaf.key, leaf.x509, NULL,
                           NID_pbe_WithSHA1And3_Key_TripleDES_CBC, NID_pbe_WithSHA1And40BitRC2_CBC,
                           100, 100, 0, library, NULL);
    write_p12(p12);
    OSSL_PROVIDER_unload(standard);
    OSSL_PROVIDER_unload(legacy);
    OSSL_LIB_CTX_free(library);
    assert_int_equal(load(path, NULL, "pw", &context), SEC_E_OK);
    assert_leaf(context, true, 0);
    assert_int_equal(load(path, NULL, "pv", &context), SEC_E_LOGON_DENIED);
}

static void test_files(void **state)
{
    PCCERT_CONTEXT context;
    BIO *file;

    (void)state;
    assert_int_equal(load("/nowhere/at/all", NULL, NULL, &context), SEC_E_NO_CREDENTIALS);
    assert_non_null(strstr(reason_get()->text, "/nowhere/at/all"));
    assert_int_equal(load(folder, NULL, NULL, &context), SEC_E_NO_CREDENTIALS);
    file = begin_file(path);
    BIO_free(file);
    assert_int_equal(load(path, NULL, NULL, &context), SEC_E_CERT_UNKNOWN);
    assert_int_equal(load("/dev/zero", NULL, NULL, &context), SEC_E_CERT_UNKNOWN);
    assert_non_null(strstr(reason_get()->text, "larger"));
    file = begin_file(path);
    BIO_puts(file, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    BIO_free(file);
    assert_int_equal(load(path, NULL, NULL, &context), SEC_E_CERT_UNKNOWN);
}

static void assert_attribute(const char *uri, const char *name, bool query, const char *expected)
{
    char *value = uri_attribute(uri, name, query);

    if (expected)
        assert_string_equal(value, expected);
    else
        assert_null(value);
    secret_free(value);
}

static void test_uri(void **state)
{
    static const char uri[] = "pkcs11:token=a%20b;type=cert;object=x?pin-value=1%26&module-path=/m";
    static const struct {
        const char *from, *to;
    } types[] = {
        {uri, "pkcs11:token=a%20b;object=x;type=private"},
        {"pkcs11:", "pkcs11:type=private"},
        {"pkcs11:;;a=b;", "pkcs11:a=b;type=private"},
        {"pkcs11:type=cert", "pkcs11:type=private"},
        {"pkcs11:?type=cert", "pkcs11:type=private"},
        {"pkcs11:a=b?c;type=d", "pkcs11:a=b;type=private"},
    };

    (void)state;
    assert_true(uri_is_pkcs11("PKCS11:x"));
    assert_false(uri_is_pkcs11("pkcs11"));
    assert_attribute(uri, "token", false, "a b");
    assert_attribute(uri, "object", false, "x");
    assert_attribute(uri, "pin-value", true, "1&");
    assert_attribute(uri, "module-path", true, "/m");
    assert_attribute(uri, "pin-value", false, NULL);
    assert_attribute(uri, "object", true, NULL);
    assert_attribute(uri, "toke", false, NULL);
    assert_attribute("pkcs11:a=", "a", false, "");
    assert_attribute("pkcs11:a=%", "a", false, NULL);
    assert_attribute("pkcs11:a=%4", "a", false, NULL);
    assert_attribute("pkcs11:a=%4;b=c", "a", false, NULL);
    assert_attribute("pkcs11:a=%00", "a", false, NULL);
    assert_attribute("pkcs11:a=%4a", "a", false, "J");
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        char *made = uri_with_type(types[i].from, "private");

        assert_string_equal(made, types[i].to);
        free(made);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pem),        cmocka_unit_test(test_encrypted),
        cmocka_unit_test(test_der),        cmocka_unit_test(test_pkcs12),
        cmocka_unit_test(test_old_pkcs12), cmocka_unit_test(test_files),
        cmocka_unit_test(test_uri),
    };

    return cmocka_run_group_tests_name("certificate loading", tests, begin, end);
}
