/*
 * CredmgrCertificateLoad() as a program calls it, and what it then says.
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

#include <credmgr.h>
#include <openssl/pem.h>

#include "tests/unit/certificates/authority.h"

static LONG WINAPI too_long(void *context, const char *source, char *password, ULONG size)
{
    (void)context;
    assert_non_null(source);
    memset(password, 'x', size);
    return (LONG)size + 1;
}

static void test_load(void **state)
{
    struct entity leaf = entity_make(&(struct wish){.subject = "leaf"}, NULL);
    char path[] = "/tmp/credmgr-library.XXXXXX", name[16];
    PCCERT_CONTEXT context = (PCCERT_CONTEXT)path;
    FILE *file = fdopen(mkstemp(path), "w");
    LONG code;

    (void)state;
    PEM_write_X509(file, leaf.x509);
    PEM_write_PKCS8PrivateKey(file, leaf.key, EVP_aes_128_cbc(), "pw", 2, NULL, NULL);
    fclose(file);
    assert_int_equal(CredmgrCertificateLoad(NULL, NULL, NULL, NULL, &context),
                     SEC_E_INVALID_PARAMETER);
    assert_null(context);
    assert_int_equal(CredmgrCertificateLoad("", NULL, NULL, NULL, &context),
                     SEC_E_INVALID_PARAMETER);
    assert_int_equal(CredmgrCertificateLoad(path, NULL, NULL, NULL, NULL), SEC_E_INVALID_PARAMETER);
    assert_true(CredmgrLastErrorText(&code)[0]);
    assert_int_equal(CredmgrCertificateLoad(path, NULL, too_long, NULL, &context),
                     SEC_E_LOGON_DENIED);
    assert_non_null(strstr(CredmgrLastErrorText(&code), path));
    assert_int_equal(CredmgrCertificateLoad("/nowhere/at/all", NULL, NULL, NULL, &context),
                     SEC_E_NO_CREDENTIALS);
    assert_non_null(strstr(CredmgrLastErrorText(&code), "No such file"));
    file = fopen(path, "w");
    PEM_write_X509(file, leaf.x509);
    PEM_write_PrivateKey(file, leaf.key, NULL, NULL, 0, NULL, NULL);
    fclose(file);
    assert_int_equal(CredmgrCertificateLoad(path, path, NULL, NULL, &context), SEC_E_OK);
    assert_string_equal(CredmgrLastErrorText(&code), "");
    CertGetNameStringA(context, CERT_NAME_SIMPLE_DISPLAY_TYPE, 0, NULL, name, sizeof(name));
    assert_string_equal(name, "leaf");
    CertFreeCertificateContext(context);
    unlink(path);
    entity_free(&leaf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_load)};

    return cmocka_run_group_tests_name("CredmgrCertificateLoad", tests, NULL, NULL);
}
