/*
 * Stores: what is put in, found, enumerated and taken out; the system's, and PKCS#12.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <winbase.h>

#include "libsspi/certificates/internal.h"
#include "tests/unit/certificates/authority.h"

#define CA "critical,CA:TRUE"

static struct entity root, server, client;
static char folder[] = "/tmp/credmgr-store.XXXXXX";

static int begin(void **state)
{
    (void)state;
    root = entity_make(&(struct wish){.subject = "Root", .constraints = CA}, NULL);
    server = entity_make(&(struct wish){.subject = "Server", .usage = "serverAuth,emailProtection"},
                         &root);
    client = entity_make(&(struct wish){.subject = "Client", .usage = "clientAuth"}, &root);
    return mkdtemp(folder) ? 0 : -1;
}

static int end(void **state)
{
    char command[128];

    (void)state;
    entity_free(&root);
    entity_free(&server);
    entity_free(&client);
    snprintf(command, sizeof(command), "rm -rf %s", folder);
    return system(command);
}

/* Root, server (with its key), client. */
static HCERTSTORE filled(void)
{
    HCERTSTORE store = CertOpenStore(CERT_STORE_PROV_MEMORY, 0, 0, 0, NULL);
    struct entity *all[] = {&root, &server, &client};

    for (size_t i = 0; i < 3; i++) {
        PCCERT_CONTEXT context =
            certificate_context(all[i]->x509, i == 1 ? all[i]->key : NULL, NULL);

        assert_true(CertAddCertificateContextToStore(store, context, CERT_STORE_ADD_NEW, NULL));
        CertFreeCertificateContext(context);
    }
    return store;
}

static void assert_is(PCCERT_CONTEXT context, const struct entity *entity)
{
    X509 *x509 = certificate_x509(context);

    assert_non_null(x509);
    assert_int_equal(X509_cmp(x509, entity->x509), 0);
    X509_free(x509);
}

static void close_checked(HCERTSTORE store)
{
    assert_true(CertCloseStore(store, CERT_CLOSE_STORE_CHECK_FLAG));
}

static void test_enumerate(void **state)
{
    HCERTSTORE store = filled(), again;
    PCCERT_CONTEXT context = NULL;
    struct entity *all[] = {&root, &server, &client};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        context = CertEnumCertificatesInStore(store, context);
        assert_is(context, all[i]);
        assert_ptr_equal(context->hCertStore, store);
    }
    assert_null(CertEnumCertificatesInStore(store, context));
    assert_int_equal(GetLastError(), (DWORD)CRYPT_E_NOT_FOUND);
    /* contexts keep a store that is closed, and it can be told */
    context = CertEnumCertificatesInStore(store, NULL);
    again = CertDuplicateStore(store);
    assert_ptr_equal(again, store);
    assert_true(CertCloseStore(again, 0));
    assert_false(CertCloseStore(store, CERT_CLOSE_STORE_CHECK_FLAG));
    assert_int_equal(GetLastError(), (DWORD)CRYPT_E_PENDING_CLOSE);
    context = CertEnumCertificatesInStore(context->hCertStore, context);
    assert_is(context, &server);
    CertFreeCertificateContext(context);
    assert_true(CertCloseStore(NULL, 0));
    assert_null(CertDuplicateStore(NULL));
}

static void test_dispositions(void **state)
{
    HCERTSTORE store = filled();
    PCCERT_CONTEXT context = certificate_context(server.x509, NULL, NULL), there = NULL;
    EVP_PKEY *key;

    (void)state;
    assert_false(CertAddCertificateContextToStore(store, context, CERT_STORE_ADD_NEW, &there));
    assert_int_equal(GetLastError(), (DWORD)CRYPT_E_EXISTS);
    assert_null(there);
    assert_false(CertAddCertificateContextToStore(store, context, CERT_STORE_ADD_NEWER, NULL));
    assert_int_equal(GetLastError(), (DWORD)CRYPT_E_EXISTS);
    assert_true(
        CertAddCertificateContextToStore(store, context, CERT_STORE_ADD_USE_EXISTING, &there));
    key = certificate_key(there);
    assert_non_null(key); /* that of the one in the store */
    EVP_PKEY_free(key);
    assert_true(CertDeleteCertificateFromStore(CertDuplicateCertificateContext(there)));
    assert_false(CertDeleteCertificateFromStore(there));
    assert_int_equal(GetLastError(), (DWORD)CRYPT_E_NOT_FOUND);
    assert_true(
        CertAddCertificateContextToStore(store, context, CERT_STORE_ADD_REPLACE_EXISTING, &there));
    assert_null(certificate_key(there));
    CertFreeCertificateContext(there);
    assert_true(CertAddCertificateContextToStore(store, context, CERT_STORE_ADD_ALWAYS, NULL));
    assert_false(CertAddCertificateContextToStore(store, context, 0, NULL));
    assert_int_equal(GetLastError(), (DWORD)E_INVALIDARG);
    assert_false(CertAddCertificateContextToStore(NULL, context, CERT_STORE_ADD_NEW, NULL));
    assert_false(CertAddCertificateContextToStore(store, NULL, CERT_STORE_ADD_NEW, NULL));
    assert_int_equal(GetLastError(), (DWORD)E_INVALIDARG);
    assert_true(CertAddEncodedCertificateToStore(store, X509_ASN_ENCODING, context->pbCertEncoded,
                                                 context->cbCertEncoded,
                                                 CERT_STORE_ADD_USE_EXISTING, &there));
    assert_is(there, &server);
    CertFreeCertificateContext(there);
    assert_false(CertAddEncodedCertificateToStore(store, X509_ASN_ENCODING, context->pbCertEncoded,
                                                  context->cbCertEncoded - 1, CERT_STORE_ADD_ALWAYS,
                                                  &there));
    assert_int_equal(GetLastError(), (DWORD)CRYPT_E_ASN1_BADTAG);
    CertFreeCertificateContext(context);
    close_checked(store);
}

/* What is found first, and how many there are. */
static void assert_found(DWORD flags, DWORD type, const void *what, const struct entity *first,
                         int count)
{
    HCERTSTORE store = filled();
    PCCERT_CONTEXT at = NULL;
    int found = 0;

    while ((at = CertFindCertificateInStore(store, X509_ASN_ENCODING, flags, type, what, at)))
        if (found++ == 0)
            assert_is(at, first);
    assert_int_equal(found, count);
    assert_int_equal(GetLastError(), (DWORD)CRYPT_E_NOT_FOUND);
    close_checked(store);
}

static void test_find(void **state)
{
    PCCERT_CONTEXT context = certificate_context(server.x509, NULL, NULL);
    unsigned char sha1[20], md5[16], id[20];
    unsigned size;
    CRYPT_HASH_BLOB hash = {20, sha1}, short_hash = {16, md5}, key_id = {20, id};
    LPSTR oids[] = {(LPSTR)szOID_PKIX_KP_SERVER_AUTH, (LPSTR)szOID_PKIX_KP_CLIENT_AUTH};
    CERT_ENHKEY_USAGE usages = {1, oids};
    DWORD property = CERT_FRIENDLY_NAME_PROP_ID, known = CERT_SHA1_HASH_PROP_ID;
    WCHAR hex[64];

    (void)state;
    X509_digest(server.x509, EVP_sha1(), sha1, &size);
    X509_digest(server.x509, EVP_md5(), md5, &size);
    X509_pubkey_digest(server.x509, EVP_sha1(), id, &size);
    for (int i = 0; i < 20; i++) {
        hex[i * 3] = (WCHAR) "0123456789abcdef"[sha1[i] >> 4];
        hex[i * 3 + 1] = (WCHAR) "0123456789ABCDEF"[sha1[i] & 15];
        hex[i * 3 + 2] = i < 19 ? ' ' : 0;
    }
    assert_found(0, CERT_FIND_ANY, NULL, &root, 3);
    assert_found(0, CERT_FIND_HAS_PRIVATE_KEY, NULL, &server, 1);
    assert_found(0, CERT_FIND_SHA1_HASH, &hash, &server, 1);
    assert_found(0, CERT_FIND_MD5_HASH, &short_hash, &server, 1);
    assert_found(0, CERT_FIND_KEY_IDENTIFIER, &key_id, &server, 1);
    assert_found(0, CERT_FIND_HASH_STR, hex, &server, 1);
    assert_found(0, CERT_FIND_HASH_STR, u"00", NULL, 0);
    assert_found(0, CERT_FIND_SUBJECT_STR, u"SERVER", &server, 1);
    assert_found(0, CERT_FIND_SUBJECT_STR, u"söhne", &root, 3);
    assert_found(0, CERT_FIND_SUBJECT_STR_A, "rver", &server, 1);
    assert_found(0, CERT_FIND_SUBJECT_STR_A, "nobody", NULL, 0);
    assert_found(0, CERT_FIND_ISSUER_STR, u"root", &root, 3);
    assert_found(0, CERT_FIND_ISSUER_STR_A, "server", NULL, 0);
    assert_found(0, CERT_FIND_SUBJECT_NAME, &context->pCertInfo->Subject, &server, 1);
    assert_found(0, CERT_FIND_ISSUER_NAME, &context->pCertInfo->Issuer, &root, 3);
    assert_found(0, CERT_FIND_PUBLIC_KEY, &context->pCertInfo->SubjectPublicKeyInfo, &server, 1);
    assert_found(0, CERT_FIND_SUBJECT_CERT, context->pCertInfo, &server, 1);
    assert_found(0, CERT_FIND_ISSUER_OF, context, &root, 1);
    assert_found(0, CERT_FIND_EXISTING, context, &server, 1);
    assert_found(0, CERT_FIND_PROPERTY, &known, &root, 3);
    assert_found(0, CERT_FIND_PROPERTY, &property, NULL, 0);
    assert_found(0, CERT_FIND_ENHKEY_USAGE, &usages, &server, 1);
    assert_found(CERT_FIND_OPTIONAL_ENHKEY_USAGE_FLAG, CERT_FIND_ENHKEY_USAGE, &usages, &root, 2);
    usages.cUsageIdentifier = 2;
    assert_found(0, CERT_FIND_ENHKEY_USAGE, &usages, NULL, 0);
    assert_found(CERT_FIND_OR_ENHKEY_USAGE_FLAG, CERT_FIND_ENHKEY_USAGE, &usages, &server, 2);
    assert_found(0, CERT_FIND_ENHKEY_USAGE, NULL, &server, 2);
    assert_null(
        CertFindCertificateInStore(context->hCertStore, 0, 0, CERT_FIND_SHA1_HASH, NULL, NULL));
    assert_int_equal(GetLastError(), (DWORD)E_INVALIDARG);
    assert_null(CertFindCertificateInStore(context->hCertStore, 0, 0, 0x00ff0000, "", NULL));
    assert_int_equal(GetLastError(), (DWORD)E_INVALIDARG);
    assert_null(CertFindCertificateInStore(NULL, 0, 0, CERT_FIND_ANY, NULL, NULL));
    CertFreeCertificateContext(context);
}

static void test_properties(void **state)
{
    PCCERT_CONTEXT context = certificate_context(server.x509, NULL, NULL);
    BYTE value[64], mine[] = {1, 2, 3};
    CRYPT_DATA_BLOB blob = {sizeof(mine), mine};
    static const DWORD sizes[][2] = {
        {CERT_SHA1_HASH_PROP_ID, 20},      {CERT_MD5_HASH_PROP_ID, 16},
        {CERT_SHA256_HASH_PROP_ID, 32},    {CERT_SIGNATURE_HASH_PROP_ID, 32},
        {CERT_KEY_IDENTIFIER_PROP_ID, 20}, {CERT_SUBJECT_PUBLIC_KEY_MD5_HASH_PROP_ID, 16},
    };
    DWORD size, id = 0, count = 0;

    (void)state;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        size = 0;
        assert_true(CertGetCertificateContextProperty(context, sizes[i][0], NULL, &size));
        assert_int_equal(size, sizes[i][1]);
        size--;
        assert_false(CertGetCertificateContextProperty(context, sizes[i][0], value, &size));
        assert_int_equal(GetLastError(), ERROR_MORE_DATA);
        assert_int_equal(size, sizes[i][1]);
        assert_true(CertGetCertificateContextProperty(context, sizes[i][0], value, &size));
        assert_false(CertSetCertificateContextProperty(context, sizes[i][0], 0, &blob));
        assert_int_equal(GetLastError(), (DWORD)E_INVALIDARG);
    }
    size = sizeof(value);
    assert_true(
        CertGetCertificateContextProperty(context, CERT_ENHKEY_USAGE_PROP_ID, value, &size));
    assert_int_equal(value[0], 0x30);
    size = sizeof(value);
    assert_false(
        CertGetCertificateContextProperty(context, CERT_FRIENDLY_NAME_PROP_ID, value, &size));
    assert_int_equal(GetLastError(), (DWORD)CRYPT_E_NOT_FOUND);
    assert_true(CertSetCertificateContextProperty(context, CERT_FIRST_USER_PROP_ID + 7, 0, &blob));
    while ((id = CertEnumCertificateContextProperties(context, id)))
        count++;
    assert_int_equal(count, 7);
    size = sizeof(value);
    assert_true(
        CertGetCertificateContextProperty(context, CERT_FIRST_USER_PROP_ID + 7, value, &size));
    assert_int_equal(size, 3);
    assert_memory_equal(value, mine, 3);
    blob.cbData = 2;
    assert_true(CertSetCertificateContextProperty(context, CERT_FIRST_USER_PROP_ID + 7, 0, &blob));
    size = sizeof(value);
    assert_true(
        CertGetCertificateContextProperty(context, CERT_FIRST_USER_PROP_ID + 7, value, &size));
    assert_int_equal(size, 2);
    assert_true(CertSetCertificateContextProperty(context, CERT_FIRST_USER_PROP_ID + 7, 0, NULL));
    assert_false(
        CertGetCertificateContextProperty(context, CERT_FIRST_USER_PROP_ID + 7, value, &size));
    CertFreeCertificateContext(context);
}

static void write_pem(const char *name, const struct entity *entity, bool with_key)
{
    char path[256];
    BIO *file;

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    file = BIO_new_file(path, "w");
    assert_non_null(file);
    PEM_write_bio_X509(file, entity->x509);
    if (with_key)
        PEM_write_bio_PKCS8PrivateKey(file, entity->key, NULL, NULL, 0, NULL, NULL);
    BIO_free(file);
}

static int count_in(HCERTSTORE store, bool with_keys)
{
    PCCERT_CONTEXT at = NULL;
    int count = 0;

    assert_non_null(store);
    while ((at = CertFindCertificateInStore(
                store, 0, 0, with_keys ? CERT_FIND_HAS_PRIVATE_KEY : CERT_FIND_ANY, NULL, at)))
        count++;
    close_checked(store);
    return count;
}

static void test_system(void **state)
{
    char path[256];
    HCERTSTORE store;
    PCCERT_CONTEXT context;

    (void)state;
    snprintf(path, sizeof(path), "%s/credmgr", folder);
    assert_int_equal(mkdir(path, 0700), 0);
    snprintf(path, sizeof(path), "%s/credmgr/certificates", folder);
    assert_int_equal(mkdir(path, 0700), 0);
    write_pem("roots.pem", &root, false);
    write_pem("credmgr/certificates/client.pem", &client, true);
    write_pem("credmgr/certificates/server.pem", &server, false);
    write_pem("credmgr/certificates/.hidden.pem", &root, false);
    snprintf(path, sizeof(path), "%s/credmgr/certificates/readme", folder);
    BIO_free(BIO_new_file(path, "w"));
    setenv("XDG_CONFIG_HOME", folder, 1);
    snprintf(path, sizeof(path), "%s/roots.pem", folder);
    setenv("SSL_CERT_FILE", path, 1);
    setenv("SSL_CERT_DIR", folder, 1);
    assert_int_equal(count_in(CertOpenSystemStoreW(0, u"My"), false), 2);
    assert_int_equal(count_in(CertOpenSystemStoreA(0, "MY"), true), 1);
    assert_int_equal(count_in(CertOpenSystemStoreA(0, "Root"), false), 1);
    assert_int_equal(count_in(CertOpenSystemStoreA(0, "CA"), false), 0);
    assert_int_equal(
        count_in(CertOpenStore(CERT_STORE_PROV_SYSTEM, 0, 0, CERT_SYSTEM_STORE_CURRENT_USER, u"MY"),
                 false),
        2);
    assert_int_equal(count_in(CertOpenStore(CERT_STORE_PROV_FILENAME_A, 0, 0, 0, path), false), 1);
    assert_null(CertOpenSystemStoreA(0, "nowhere"));
    assert_int_equal(GetLastError(), ERROR_FILE_NOT_FOUND);
    assert_null(CertOpenStore(CERT_STORE_PROV_FILENAME_W, 0, 0, 0, u"/nowhere/at/all"));
    assert_int_equal(GetLastError(), ERROR_FILE_NOT_FOUND);
    assert_null(CertOpenStore(CERT_STORE_PROV_SYSTEM, 0, 0, 0, NULL));
    assert_int_equal(GetLastError(), (DWORD)E_INVALIDARG);
    assert_null(CertOpenStore((LPCSTR)99, 0, 0, 0, NULL));
    snprintf(path, sizeof(path), "%s/credmgr/certificates/readme", folder);
    assert_null(CertOpenStore(CERT_STORE_PROV_FILENAME_A, 0, 0, 0, path));
    assert_int_equal(GetLastError(), (DWORD)CRYPT_E_FILE_ERROR);
    store = CertOpenStore(CERT_STORE_PROV_MEMORY, 0, 0, CERT_STORE_READONLY_FLAG, NULL);
    context = certificate_context(root.x509, NULL, NULL);
    assert_false(CertAddCertificateContextToStore(store, context, CERT_STORE_ADD_NEW, NULL));
    assert_int_equal(GetLastError(), ERROR_ACCESS_DENIED);
    CertFreeCertificateContext(context);
    close_checked(store);
    unsetenv("SSL_CERT_FILE");
    unsetenv("SSL_CERT_DIR");
    unsetenv("XDG_CONFIG_HOME");
}

static void test_pfx(void **state)
{
    STACK_OF(X509) *others = sk_X509_new_null();
    PKCS12 *p12;
    CRYPT_DATA_BLOB blob = {0, NULL};
    HCERTSTORE store;
    PCCERT_CONTEXT context;
    char name[16];
    EVP_PKEY *key;

    (void)state;
    sk_X509_push(others, root.x509);
    p12 = PKCS12_create("Sesam öffne dich", "friend", server.key, server.x509, others, 0, 0, 100,
                        100, 0);
    blob.cbData = (DWORD)i2d_PKCS12(p12, &blob.pbData);
    PKCS12_free(p12);
    sk_X509_free(others);
    assert_true(PFXIsPFXBlob(&blob));
    assert_true(PFXVerifyPassword(&blob, u"Sesam öffne dich", 0));
    assert_false(PFXVerifyPassword(&blob, u"Sesam", 0));
    assert_int_equal(GetLastError(), ERROR_INVALID_PASSWORD);
    store = PFXImportCertStore(&blob, u"Sesam öffne dich", CRYPT_EXPORTABLE);
    context = CertEnumCertificatesInStore(store, NULL);
    assert_is(context, &server);
    key = certificate_key(context);
    assert_int_equal(EVP_PKEY_eq(key, server.key), 1);
    EVP_PKEY_free(key);
    CertGetNameStringA(context, CERT_NAME_FRIENDLY_DISPLAY_TYPE, 0, NULL, name, sizeof(name));
    assert_string_equal(name, "friend");
    context = CertEnumCertificatesInStore(store, context);
    assert_is(context, &root);
    assert_null(CertEnumCertificatesInStore(store, context));
    close_checked(store);
    assert_int_equal(
        count_in(PFXImportCertStore(&blob, u"Sesam öffne dich", PKCS12_ONLY_CERTIFICATES), true),
        0);
    assert_null(PFXImportCertStore(&blob, NULL, 0));
    assert_int_equal(GetLastError(), ERROR_INVALID_PASSWORD);
    blob.cbData -= 1;
    assert_null(PFXImportCertStore(&blob, u"Sesam öffne dich", 0));
    assert_int_equal(GetLastError(), (DWORD)CRYPT_E_BAD_ENCODE);
    blob.cbData = 0;
    assert_null(PFXImportCertStore(&blob, u"", 0));
    assert_int_equal(GetLastError(), (DWORD)E_INVALIDARG);
    assert_false(PFXIsPFXBlob(&blob));
    OPENSSL_free(blob.pbData);
}

/* The same twice is two elements, which are gone through once each. */
static void test_twice(void **state)
{
    HCERTSTORE store = CertOpenStore(CERT_STORE_PROV_MEMORY, 0, 0, 0, NULL);
    PCCERT_CONTEXT context = certificate_context(server.x509, server.key, NULL), at = NULL;
    unsigned count = 0;

    (void)state;
    for (int i = 0; i < 3; i++)
        assert_true(CertAddCertificateContextToStore(store, context, CERT_STORE_ADD_ALWAYS, NULL));
    while (count < 10 && (at = CertEnumCertificatesInStore(store, at))) {
        EVP_PKEY *key = certificate_key(at);

        assert_ptr_equal(key, server.key);
        EVP_PKEY_free(key);
        count++;
    }
    assert_int_equal(count, 3);
    CertFreeCertificateContext(context);
    CertCloseStore(store, 0);
}

/* As the page of CertDeleteCertificateFromStore() has it: found, taken out, and the next. */
static void test_take_out_all(void **state)
{
    HCERTSTORE store = filled();
    PCCERT_CONTEXT at = NULL;
    unsigned count = 0;

    (void)state;
    while (count < 10 && (at = CertEnumCertificatesInStore(store, at))) {
        assert_true(CertDeleteCertificateFromStore(CertDuplicateCertificateContext(at)));
        count++;
    }
    assert_int_equal(count, 3);
    assert_null(CertEnumCertificatesInStore(store, NULL));
    CertCloseStore(store, 0);
}

/* The hash that the signature is of, whoever else looks at the certificate meanwhile. */
static void test_signature_hash(void **state)
{
    PCCERT_CONTEXT context = certificate_context(server.x509, NULL, NULL);
    unsigned char hash[32], *part = NULL;
    int size = i2d_re_X509_tbs(server.x509, &part);
    BYTE value[64];
    DWORD room = sizeof(value);

    (void)state;
    assert_true(size > 0 && EVP_Digest(part, (size_t)size, hash, NULL, EVP_sha256(), NULL));
    OPENSSL_free(part);
    assert_true(
        CertGetCertificateContextProperty(context, CERT_SIGNATURE_HASH_PROP_ID, value, &room));
    assert_int_equal(room, 32);
    assert_memory_equal(value, hash, 32);
    CertFreeCertificateContext(context);
}

/* Whoever makes such a file may be no friend: of how many rounds each key in it takes is asked
 * first. */
static void test_slow_pfx(void **state)
{
    const int cipher = NID_aes_256_cbc, rounds[] = {2048, 1000001};

    (void)state;
    for (int way = 0; way < 4; way++) {
        bool key = way & 1, slow = way & 2; /* the key, or the certificate, is encrypted */
        PKCS12 *p12 = PKCS12_create("secret", "server", server.key, server.x509, NULL,
                                    key ? cipher : -1, key ? -1 : cipher, rounds[slow], 1, 0);
        unsigned char *der = NULL;
        int size = i2d_PKCS12(p12, &der);
        CRYPT_DATA_BLOB pfx = {(DWORD)size, der};
        HCERTSTORE store = PFXImportCertStore(&pfx, u"secret", 0);

        assert_true(size > 0);
        if (slow) {
            assert_null(store);
            assert_int_equal(GetLastError(), (DWORD)CRYPT_E_BAD_ENCODE);
        } else {
            assert_non_null(store);
            CertCloseStore(store, 0);
        }
        OPENSSL_free(der);
        PKCS12_free(p12);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_enumerate),      cmocka_unit_test(test_dispositions),
        cmocka_unit_test(test_find),           cmocka_unit_test(test_properties),
        cmocka_unit_test(test_twice),          cmocka_unit_test(test_take_out_all),
        cmocka_unit_test(test_signature_hash), cmocka_unit_test(test_slow_pfx),
        cmocka_unit_test(test_system),         cmocka_unit_test(test_pfx),
    };

    return cmocka_run_group_tests_name("certificate stores", tests, begin, end);
}
