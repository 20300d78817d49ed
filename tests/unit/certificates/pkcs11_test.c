/*
 * A certificate and its key in a token (SoftHSM), by pkcs11: URI, with the PIN in the URI, in a
 * file, from the callback, wrong and missing; the key signs in the token.
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

#include "base/reason.h"
#include "libsspi/certificates/load.h"
#include "tests/unit/certificates/authority.h"

#define PIN "4711"

static struct entity leaf, stranger;
static char folder[] = "/tmp/credmgr-token.XXXXXX";
static char module_path[256];

static void run(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void run(const char *format, ...)
{
    char command[1024];
    va_list args;

    va_start(args, format);
    vsnprintf(command, sizeof(command), format, args);
    va_end(args);
    if (system(command) != 0)
        fail_msg("%s", command);
}

static void write_files(void)
{
    char path[128];
    BIO *file;

    snprintf(path, sizeof(path), "%s/softhsm2.conf", folder);
    file = BIO_new_file(path, "w");
    BIO_printf(file, "directories.tokendir = %s/tokens\nlog.level = ERROR\n", folder);
    BIO_free(file);
    setenv("SOFTHSM2_CONF", path, 1);
    snprintf(path, sizeof(path), "%s/key.pem", folder);
    file = BIO_new_file(path, "w");
    PEM_write_bio_PKCS8PrivateKey(file, leaf.key, NULL, NULL, 0, NULL, NULL);
    BIO_free(file);
    snprintf(path, sizeof(path), "%s/cert.der", folder);
    file = BIO_new_file(path, "w");
    i2d_X509_bio(file, leaf.x509);
    BIO_free(file);
    snprintf(path, sizeof(path), "%s/cert.pem", folder);
    file = BIO_new_file(path, "w");
    PEM_write_bio_X509(file, leaf.x509);
    BIO_free(file);
    snprintf(path, sizeof(path), "%s/stranger.pem", folder);
    file = BIO_new_file(path, "w");
    PEM_write_bio_X509(file, stranger.x509);
    BIO_free(file);
    snprintf(path, sizeof(path), "%s/pin", folder);
    file = BIO_new_file(path, "w");
    BIO_puts(file, PIN "\n");
    BIO_free(file);
}

/* Where distributions have it. */
static void find_module(void)
{
    static const char *const places[] = {
        "/usr/lib/softhsm/libsofthsm2.so",
        "/usr/lib64/softhsm/libsofthsm2.so",
        "/usr/lib64/pkcs11/libsofthsm2.so",
    };

    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
        if (!module_path[0] && access(places[i], R_OK) == 0)
            snprintf(module_path, sizeof(module_path), "%s", places[i]);
    if (!module_path[0])
        fail_msg("SoftHSM is missing: run ./bootstrap");
}

static int begin(void **state)
{
    (void)state;
    leaf = entity_make(&(struct wish){.subject = "leaf", .rsa_bits = 2048}, NULL);
    stranger = entity_make(&(struct wish){.subject = "stranger"}, NULL);
    if (!mkdtemp(folder))
        return -1;
    find_module();
    write_files();
    run("mkdir %s/tokens", folder);
    run("softhsm2-util --module %s --init-token --free --label 'credmgr test' --so-pin 12345678 "
        "--pin " PIN " >%s/log 2>&1",
        module_path, folder);
    run("softhsm2-util --module %s --import %s/key.pem --token 'credmgr test' --label leaf "
        "--id 0a01 --pin " PIN " >%s/log 2>&1",
        module_path, folder, folder);
    run("pkcs11-tool --module %s --token-label 'credmgr test' --login --pin " PIN
        " --write-object %s/cert.der --type cert --label leaf --id 0a01 >%s/log 2>&1",
        module_path, folder, folder);
    return 0;
}

static int end(void **state)
{
    (void)state;
    entity_free(&leaf);
    entity_free(&stranger);
    run("rm -rf %s", folder);
    return 0;
}

static LONG WINAPI answer(void *context, const char *source, char *password, ULONG size)
{
    const char *pin = context;

    assert_true(uri_is_pkcs11(source));
    if (!pin)
        return -1;
    assert_true(strlen(pin) <= size);
    memcpy(password, pin, strlen(pin));
    return (LONG)strlen(pin);
}

/* "%%s" in the format is the module's path. */
static SECURITY_STATUS load(const char *attributes, const char *query, const char *pin,
                            PCCERT_CONTEXT *context)
{
    char uri[1024];
    SECURITY_STATUS status;

    snprintf(uri, sizeof(uri), "pkcs11:%s?module-path=%s%s", attributes, module_path, query);
    reason_clear();
    status = certificate_load(uri, NULL, answer, (void *)pin, context);
    assert_true((status == SEC_E_OK) == (*context != NULL));
    if (status != SEC_E_OK)
        assert_true(reason_get()->text[0]);
    /* a PIN is nothing for a log */
    assert_null(strstr(reason_get()->text, PIN));
    return status;
}

/* What the token's key signs is good by the certificate. */
static void assert_signs(PCCERT_CONTEXT context)
{
    static const unsigned char text[] = "signed in the token";
    unsigned char signature[512];
    size_t size = sizeof(signature);
    EVP_PKEY *key = certificate_key(context);
    X509 *x509 = certificate_x509(context);
    EVP_MD_CTX *md = EVP_MD_CTX_new();

    assert_non_null(key);
    assert_int_equal(X509_cmp(x509, leaf.x509), 0);
    assert_int_equal(EVP_DigestSignInit(md, NULL, EVP_sha256(), NULL, key), 1);
    assert_int_equal(EVP_DigestSign(md, signature, &size, text, sizeof(text)), 1);
    EVP_MD_CTX_reset(md);
    assert_int_equal(EVP_DigestVerifyInit(md, NULL, EVP_sha256(), NULL, leaf.key), 1);
    assert_int_equal(EVP_DigestVerify(md, signature, size, text, sizeof(text)), 1);
    EVP_MD_CTX_free(md);
    EVP_PKEY_free(key);
    X509_free(x509);
    CertFreeCertificateContext(context);
}

#define TOKEN "token=credmgr%20test;object=leaf"

static void test_missing_and_wrong(void **state)
{
    PCCERT_CONTEXT context;

    (void)state;
    assert_int_equal(load(TOKEN, "", NULL, &context), SEC_E_LOGON_DENIED);
    assert_int_equal(load(TOKEN, "", "0815", &context), SEC_E_LOGON_DENIED);
    assert_int_equal(load(TOKEN, "&pin-value=0815", PIN, &context), SEC_E_LOGON_DENIED);
    assert_int_equal(load("token=credmgr%20test;object=nobody", "", PIN, &context),
                     SEC_E_NO_CREDENTIALS);
    assert_int_equal(load("token=another;object=leaf", "", PIN, &context), SEC_E_NO_CREDENTIALS);
    assert_int_equal(
        certificate_load("pkcs11:" TOKEN "?module-path=/nowhere.so", NULL, NULL, NULL, &context),
        SEC_E_UNSUPPORTED_FUNCTION);
    assert_non_null(strstr(reason_get()->text, "/nowhere.so"));
}

static void test_pins(void **state)
{
    PCCERT_CONTEXT context;
    char query[256];

    (void)state;
    assert_int_equal(load(TOKEN, "", PIN, &context), SEC_E_OK);
    assert_signs(context);
    assert_int_equal(load(TOKEN ";type=cert", "&pin-value=4%3711", NULL, &context), SEC_E_OK);
    assert_signs(context);
    snprintf(query, sizeof(query), "&pin-source=file:%s/pin", folder);
    assert_int_equal(load("token=credmgr%20test;id=%0a%01", query, NULL, &context), SEC_E_OK);
    assert_signs(context);
}

/* The certificate (and its chain) may be a file's, with the key in the token. */
static void test_key_alone(void **state)
{
    PCCERT_CONTEXT context;
    char path[128], uri[512];

    (void)state;
    snprintf(path, sizeof(path), "%s/cert.pem", folder);
    snprintf(uri, sizeof(uri), "pkcs11:%s?module-path=%s", TOKEN, module_path);
    assert_int_equal(certificate_load(path, uri, answer, (void *)PIN, &context), SEC_E_OK);
    assert_signs(context);
    snprintf(path, sizeof(path), "%s/stranger.pem", folder);
    assert_int_equal(certificate_load(path, uri, answer, (void *)PIN, &context),
                     SEC_E_CERT_UNKNOWN);
}

/* The other way round: what does not belong together is told without the PIN of the URI. */
static void test_certificate_alone(void **state)
{
    PCCERT_CONTEXT context;
    char path[128], uri[512];
    BIO *file;

    (void)state;
    snprintf(path, sizeof(path), "%s/other.pem", folder);
    file = BIO_new_file(path, "w");
    PEM_write_bio_PKCS8PrivateKey(file, stranger.key, NULL, NULL, 0, NULL, NULL);
    BIO_free(file);
    snprintf(uri, sizeof(uri), "pkcs11:%s?module-path=%s&pin-value=" PIN, TOKEN, module_path);
    reason_clear();
    assert_int_equal(certificate_load(uri, path, NULL, NULL, &context), SEC_E_CERT_UNKNOWN);
    assert_non_null(strstr(reason_get()->text, "none of its certificates"));
    assert_null(strstr(reason_get()->text, PIN));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_missing_and_wrong),
        cmocka_unit_test(test_pins),
        cmocka_unit_test(test_key_alone),
        cmocka_unit_test(test_certificate_alone),
    };

    return cmocka_run_group_tests_name("certificates in tokens", tests, begin, end);
}
