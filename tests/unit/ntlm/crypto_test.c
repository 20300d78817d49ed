/*
 * A machine whose OpenSSL does not let us have the old algorithms gets no NTLM: where the legacy
 * provider is not installed, and in FIPS mode, which some systems set for every library context.
 * That MD5 and RC4 are our own changes nothing of it.
 */
#include "tests/unit/ntlm/vectors.h"

#include <string.h>

#include <openssl/evp.h>
#include <openssl/provider.h>

static bool fips;             /* the context is as such a system makes it */
static const char *forbidden; /* the one algorithm that OpenSSL has not */

OSSL_LIB_CTX *__real_OSSL_LIB_CTX_new(void);
OSSL_LIB_CTX *__wrap_OSSL_LIB_CTX_new(void);
EVP_MD *__real_EVP_MD_fetch(OSSL_LIB_CTX *context, const char *name, const char *properties);
EVP_MD *__wrap_EVP_MD_fetch(OSSL_LIB_CTX *context, const char *name, const char *properties);
EVP_CIPHER *__real_EVP_CIPHER_fetch(OSSL_LIB_CTX *context, const char *name,
                                    const char *properties);
EVP_CIPHER *__wrap_EVP_CIPHER_fetch(OSSL_LIB_CTX *context, const char *name,
                                    const char *properties);
OSSL_PROVIDER *__real_OSSL_PROVIDER_load(OSSL_LIB_CTX *context, const char *name);
OSSL_PROVIDER *__wrap_OSSL_PROVIDER_load(OSSL_LIB_CTX *context, const char *name);

OSSL_LIB_CTX *__wrap_OSSL_LIB_CTX_new(void)
{
    OSSL_LIB_CTX *context = __real_OSSL_LIB_CTX_new();

    if (context && fips)
        assert_int_equal(EVP_default_properties_enable_fips(context, 1), 1);
    return context;
}

static bool is_forbidden(const char *name)
{
    return forbidden && strcmp(name, forbidden) == 0;
}

EVP_MD *__wrap_EVP_MD_fetch(OSSL_LIB_CTX *context, const char *name, const char *properties)
{
    return is_forbidden(name) ? NULL : __real_EVP_MD_fetch(context, name, properties);
}

EVP_CIPHER *__wrap_EVP_CIPHER_fetch(OSSL_LIB_CTX *context, const char *name, const char *properties)
{
    return is_forbidden(name) ? NULL : __real_EVP_CIPHER_fetch(context, name, properties);
}

/* A module that is not installed. */
OSSL_PROVIDER *__wrap_OSSL_PROVIDER_load(OSSL_LIB_CTX *context, const char *name)
{
    return __real_OSSL_PROVIDER_load(context, is_forbidden(name) ? "not-installed" : name);
}

static void test_starts(void **state)
{
    (void)state;
    fips = false;
    forbidden = NULL;
    assert_true(ntlm_crypto_start());
    ntlm_crypto_stop();
}

static void test_missing(void **state)
{
    static const char *const names[] = {"legacy", "default", "MD4", "MD5", "RC4", "DES-ECB"};

    fips = false;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        forbidden = names[i];
        assert_false(ntlm_crypto_start());
    }
    test_starts(state); /* nothing of a failed start stays */
}

static void test_fips(void **state)
{
    forbidden = NULL;
    fips = true;
    assert_false(ntlm_crypto_start());
    test_starts(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_starts),
        cmocka_unit_test(test_missing),
        cmocka_unit_test(test_fips),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
