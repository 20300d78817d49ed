/*
 * PCCERT_CONTEXT: what is in it, what it shares, and contexts that an application made by itself.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <winbase.h>

#include "libsspi/certificates/internal.h"
#include "tests/unit/certificates/authority.h"

#define CA "critical,CA:TRUE"

static struct entity root, middle, leaf;

static int begin(void **state)
{
    (void)state;
    root = entity_make(&(struct wish){.subject = "Root", .constraints = CA}, NULL);
    middle = entity_make(&(struct wish){.subject = "Middle", .constraints = CA}, &root);
    leaf = entity_make(&(struct wish){.subject = "leaf", .names = "DNS:leaf"}, &middle);
    return 0;
}

static int end(void **state)
{
    (void)state;
    entity_free(&root);
    entity_free(&middle);
    entity_free(&leaf);
    return 0;
}

static uint64_t ticks(FILETIME time)
{
    return (uint64_t)time.dwHighDateTime << 32 | time.dwLowDateTime;
}

static void assert_blob(const CRYPT_DATA_BLOB *blob, const void *bytes, size_t size)
{
    assert_int_equal(blob->cbData, size);
    assert_memory_equal(blob->pbData, bytes, size);
}

static void test_info(void **state)
{
    PCCERT_CONTEXT context = certificate_context(leaf.x509, leaf.key, NULL);
    const CERT_INFO *info = context->pCertInfo;
    unsigned char *der = NULL;
    int size = i2d_X509_NAME(X509_get_subject_name(leaf.x509), &der);
    const ASN1_BIT_STRING *bits = X509_get0_pubkey_bitstr(leaf.x509);
    long serial = ASN1_INTEGER_get(X509_get_serialNumber(leaf.x509));

    (void)state;
    assert_int_equal(context->dwCertEncodingType, X509_ASN_ENCODING);
    assert_non_null(context->hCertStore);
    assert_int_equal(info->dwVersion, CERT_V3);
    assert_int_equal(info->SerialNumber.cbData, 2);
    assert_int_equal(info->SerialNumber.pbData[0] | info->SerialNumber.pbData[1] << 8, serial);
    assert_string_equal(info->SignatureAlgorithm.pszObjId, "1.2.840.10045.4.3.2");
    assert_int_equal(info->SignatureAlgorithm.Parameters.cbData, 0);
    assert_blob(&info->Subject, der, (size_t)size);
    OPENSSL_free(der);
    der = NULL;
    size = i2d_X509_NAME(X509_get_subject_name(middle.x509), &der);
    assert_blob(&info->Issuer, der, (size_t)size);
    OPENSSL_free(der);
    assert_string_equal(info->SubjectPublicKeyInfo.Algorithm.pszObjId, "1.2.840.10045.2.1");
    /* the curve: an OID of ten bytes with its head */
    assert_int_equal(info->SubjectPublicKeyInfo.Algorithm.Parameters.cbData, 10);
    assert_int_equal(info->SubjectPublicKeyInfo.PublicKey.cbData, bits->length);
    assert_memory_equal(info->SubjectPublicKeyInfo.PublicKey.pbData, bits->data, bits->length);
    assert_int_equal(info->SubjectPublicKeyInfo.PublicKey.cUnusedBits, 0);
    assert_int_equal(ticks(info->NotAfter) - ticks(info->NotBefore), 7200ull * 10000000);
    assert_int_equal(info->IssuerUniqueId.cbData, 0);
    assert_int_equal(info->cExtension, 1);
    assert_string_equal(info->rgExtension[0].pszObjId, "2.5.29.17");
    assert_false(info->rgExtension[0].fCritical);
    assert_blob(&info->rgExtension[0].Value, "\x30\x06\x82\x04leaf", 8);
    CertFreeCertificateContext(context);
}

static void test_times(void **state)
{
    static const struct {
        const char *text;
        uint64_t ticks;
    } times[] = {
        {"16010101000000Z", 0},
        {"19700101000000Z", 116444736000000000},
        {"20260228235959Z", 134167967990000000},
        {"99991231235959Z", 2650467743990000000},
        {"15000101000000Z", 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
        ASN1_TIME *time = ASN1_TIME_new();

        assert_true(ASN1_TIME_set_string(time, times[i].text));
        assert_int_equal(ticks(filetime_of(time)), times[i].ticks);
        ASN1_TIME_free(time);
    }
}

static void test_references(void **state)
{
    STACK_OF(X509) *chain = sk_X509_new_null();
    PCCERT_CONTEXT context, again;
    STACK_OF(X509) *others;
    EVP_PKEY *key;

    (void)state;
    sk_X509_push(chain, middle.x509);
    context = certificate_context(leaf.x509, leaf.key, chain);
    sk_X509_free(chain);
    again = CertDuplicateCertificateContext(context);
    assert_ptr_equal(again, context);
    assert_true(CertFreeCertificateContext(context));
    key = certificate_key(again);
    assert_int_equal(EVP_PKEY_eq(key, leaf.key), 1);
    EVP_PKEY_free(key);
    others = certificate_chain(again);
    assert_int_equal(sk_X509_num(others), 1);
    sk_X509_pop_free(others, X509_free);
    assert_true(CertFreeCertificateContext(again));
    assert_true(CertFreeCertificateContext(NULL));
    assert_null(CertDuplicateCertificateContext(NULL));
}

static void test_der(void **state)
{
    unsigned char *der = NULL;
    int size = i2d_X509(leaf.x509, &der);
    PCCERT_CONTEXT context = CertCreateCertificateContext(X509_ASN_ENCODING, der, (DWORD)size);

    (void)state;
    assert_non_null(context);
    assert_int_equal(context->cbCertEncoded, size);
    assert_memory_equal(context->pbCertEncoded, der, size);
    assert_ptr_not_equal(context->pbCertEncoded, der);
    assert_null(certificate_key(context));
    CertFreeCertificateContext(context);
    context =
        CertCreateCertificateContext(X509_ASN_ENCODING | PKCS_7_ASN_ENCODING, der, (DWORD)size);
    assert_non_null(context);
    CertFreeCertificateContext(context);
    /* cut anywhere, it is no certificate */
    for (int cut = 0; cut < size; cut++) {
        SetLastError(0);
        assert_null(CertCreateCertificateContext(X509_ASN_ENCODING, der, (DWORD)cut));
        assert_int_equal(GetLastError(), (DWORD)CRYPT_E_ASN1_BADTAG);
    }
    assert_null(CertCreateCertificateContext(PKCS_7_ASN_ENCODING, der, (DWORD)size));
    assert_int_equal(GetLastError(), (DWORD)E_INVALIDARG);
    assert_null(CertCreateCertificateContext(X509_ASN_ENCODING, NULL, 10));
    assert_int_equal(GetLastError(), (DWORD)E_INVALIDARG);
    OPENSSL_free(der);
}

/* As a program may fill it in, or copy it. */
static void test_of_the_application(void **state)
{
    unsigned char *der = NULL;
    int size = i2d_X509(leaf.x509, &der);
    CERT_CONTEXT own = {X509_ASN_ENCODING, der, (DWORD)size, NULL, NULL}, copy;
    PCCERT_CONTEXT context = certificate_context(leaf.x509, leaf.key, NULL);
    X509 *x509 = certificate_x509(&own);

    (void)state;
    assert_int_equal(X509_cmp(x509, leaf.x509), 0);
    X509_free(x509);
    assert_null(certificate_key(&own));
    assert_null(certificate_chain(&own));
    assert_ptr_equal(CertDuplicateCertificateContext(&own), &own);
    assert_true(CertFreeCertificateContext(&own));
    copy = *context;
    x509 = certificate_x509(&copy);
    assert_int_equal(X509_cmp(x509, leaf.x509), 0);
    X509_free(x509);
    own.cbCertEncoded--;
    assert_null(certificate_x509(&own));
    own.pbCertEncoded = NULL;
    assert_null(certificate_x509(&own));
    assert_null(certificate_x509(NULL));
    assert_null(certificate_key(NULL));
    assert_null(certificate_chain(NULL));
    CertFreeCertificateContext(context);
    OPENSSL_free(der);
}

/* Without a chain of its own, a certificate's issuers are looked for in its store. */
static void test_chain_of_store(void **state)
{
    HCERTSTORE handle = CertOpenStore(CERT_STORE_PROV_MEMORY, 0, 0, 0, NULL);
    PCCERT_CONTEXT contexts[3], found = NULL;
    X509 *x509s[3] = {root.x509, middle.x509, leaf.x509};
    STACK_OF(X509) *chain;

    (void)state;
    for (int i = 0; i < 3; i++) {
        contexts[i] = certificate_context(x509s[i], NULL, NULL);
        assert_true(CertAddCertificateContextToStore(handle, contexts[i], CERT_STORE_ADD_ALWAYS,
                                                     i == 2 ? &found : NULL));
        CertFreeCertificateContext(contexts[i]);
    }
    assert_ptr_equal(found->hCertStore, handle);
    chain = certificate_chain(found);
    assert_int_equal(sk_X509_num(chain), 2);
    assert_int_equal(X509_cmp(sk_X509_value(chain, 0), middle.x509), 0);
    assert_int_equal(X509_cmp(sk_X509_value(chain, 1), root.x509), 0);
    sk_X509_pop_free(chain, X509_free);
    /* the context outlives the handle of its store */
    CertCloseStore(handle, 0);
    chain = certificate_chain(found);
    assert_int_equal(sk_X509_num(chain), 2);
    sk_X509_pop_free(chain, X509_free);
    CertFreeCertificateContext(found);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_info),
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_references),
        cmocka_unit_test(test_der),
        cmocka_unit_test(test_of_the_application),
        cmocka_unit_test(test_chain_of_store),
    };

    return cmocka_run_group_tests_name("certificate contexts", tests, begin, end);
}
