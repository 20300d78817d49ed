/*
 * The functions of schannel.h that need no context.
 */
#include "tests/unit/schannel/sides.h"

#include <string.h>

static void hello_of(struct bytes *hello, const char *name)
{
    struct theirs t;

    theirs_new(&t, false);
    if (name)
        SSL_set_tlsext_host_name(t.ssl, name);
    SSL_set_alpn_protos(t.ssl, (const uint8_t *)"\x02h2", 3);
    theirs_step(&t, NULL, hello);
    theirs_end(&t);
}

static void identity(void **state)
{
    struct bytes hello = {NULL, 0};
    PBYTE name = NULL;
    DWORD size = 0;

    (void)state;
    hello_of(&hello, "server.test");
    assert_int_equal(SslGetServerIdentity(hello.data, (DWORD)hello.size, &name, &size, 0),
                     SEC_E_OK);
    assert_int_equal(size, 11);
    assert_memory_equal(name, "server.test", 11);
    assert_true(name > hello.data && name < hello.data + hello.size);
    for (DWORD part = 0; part < hello.size; part++)
        assert_int_equal(SslGetServerIdentity(hello.data, part, &name, &size, 0),
                         SEC_E_INCOMPLETE_MESSAGE);
    assert_int_equal(SslGetServerIdentity(NULL, 1, &name, &size, 0), SEC_E_INVALID_PARAMETER);
    assert_int_equal(SslGetServerIdentity(hello.data, 1, NULL, &size, 0), SEC_E_INVALID_PARAMETER);
    assert_int_equal(SslGetServerIdentity(hello.data, 1, &name, NULL, 0), SEC_E_INVALID_PARAMETER);
    assert_int_equal(SslGetServerIdentity(hello.data, 1, &name, &size, 1), SEC_E_INVALID_PARAMETER);
    /* Every byte changed: an answer, and a name inside the message if there is one. */
    for (size_t at = 0; at < hello.size; at++) {
        for (int bit = 0; bit < 8; bit++) {
            hello.data[at] ^= (uint8_t)(1 << bit);
            if (SslGetServerIdentity(hello.data, (DWORD)hello.size, &name, &size, 0) == SEC_E_OK)
                assert_true(name >= hello.data && size <= hello.size - (size_t)(name - hello.data));
            hello.data[at] ^= (uint8_t)(1 << bit);
        }
    }
    bytes_free(&hello);
    hello_of(&hello, NULL);
    assert_int_equal(SslGetServerIdentity(hello.data, (DWORD)hello.size, &name, &size, 0),
                     SEC_E_INVALID_TOKEN);
    assert_null(name);
    bytes_free(&hello);
}

static void extensions(void **state)
{
    SCH_EXTENSION_DATA data[3] = {
        {.ExtensionType = 16}, {.ExtensionType = 0xfafa}, {.ExtensionType = 0}};
    struct bytes hello = {NULL, 0};
    DWORD missing = 7;

    (void)state;
    hello_of(&hello, "server.test");
    for (int bare = 0; bare < 2; bare++) {
        const uint8_t *at = hello.data + (bare ? 5 : 0);
        DWORD size = (DWORD)hello.size - (bare ? 5 : 0);
        SchGetExtensionsOptions flags = bare ? SCH_NO_RECORD_HEADER : SCH_EXTENSIONS_OPTIONS_NONE;

        assert_int_equal(SslGetExtensions(at, size, data, 3, &missing, flags), SEC_E_OK);
        assert_int_equal(missing, 0);
        assert_int_equal(data[0].cbExtData, 5);
        assert_memory_equal(data[0].pExtData, "\0\3\2h2", 5);
        assert_null(data[1].pExtData);
        assert_int_equal(data[2].cbExtData, 16);
        assert_int_equal(SslGetExtensions(at, size - 3, data, 3, &missing, flags),
                         SEC_E_INCOMPLETE_MESSAGE);
        assert_int_equal(missing, 3);
        assert_null(data[0].pExtData);
        assert_int_equal(SslGetExtensions(at, 0, data, 3, &missing, flags),
                         SEC_E_INCOMPLETE_MESSAGE);
        assert_int_equal(missing, bare ? 4 : 5);
    }
    assert_int_equal(SslGetExtensions(hello.data + 5, (DWORD)hello.size - 5, data, 3, NULL, 0),
                     SEC_E_INVALID_TOKEN);
    assert_int_equal(SslGetExtensions(NULL, 1, data, 3, NULL, 0), SEC_E_INVALID_PARAMETER);
    assert_int_equal(SslGetExtensions(hello.data, 1, NULL, 3, NULL, 0), SEC_E_INVALID_PARAMETER);
    bytes_free(&hello);
}

static void crack(void **state)
{
    PX509Certificate c = NULL;
    unsigned char *der = NULL;
    int size = i2d_X509(world.rsa_server.x509, &der);

    (void)state;
    assert_true(size > 0);
    assert_true(SslCrackCertificate(der, (DWORD)size, 0, &c));
    assert_int_equal(c->Version, 3);
    assert_int_equal(c->SignatureAlgorithm, CALG_SHA_256);
    assert_non_null(strstr(c->pszSubject, "CN=server.test"));
    assert_non_null(strstr(c->pszIssuer, "CN=Test root"));
    assert_int_equal(c->pPublicKey->cbKey, X509_get0_pubkey_bitstr(world.rsa_server.x509)->length);
    assert_true(c->ValidFrom.dwHighDateTime > 0x01d00000);
    SslFreeCertificate(c);
    assert_false(SslCrackCertificate(der, (DWORD)size - 1, 0, &c));
    assert_null(c);
    assert_false(SslCrackCertificate(NULL, 1, 0, &c));
    assert_false(SslCrackCertificate(der, (DWORD)size, 0, NULL));
    SslFreeCertificate(NULL);
    OPENSSL_free(der);
}

static void small(void **state)
{
    uint8_t one[32] = {0}, two[32] = {0};

    (void)state;
    SslGenerateRandomBits(one, sizeof(one));
    SslGenerateRandomBits(two, sizeof(two));
    assert_memory_not_equal(one, two, sizeof(one));
    SslGenerateRandomBits(NULL, 4);
    SslGenerateRandomBits(one, -1);
    assert_true(SslGetMaximumKeySize(0) >= 4096);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(identity),
        cmocka_unit_test(extensions),
        cmocka_unit_test(crack),
        cmocka_unit_test(small),
    };

    return cmocka_run_group_tests(tests, world_setup, world_teardown);
}
