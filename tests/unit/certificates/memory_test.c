/*
 * No memory, at every place where some is asked for, here and within OpenSSL: it fails, it loses
 * nothing (AddressSanitizer looks), and no certificate is good that was not judged to the end.
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

#include "libsspi/certificates/build.h"
#include "libsspi/certificates/load.h"
#include "tests/unit/certificates/authority.h"
#include "tests/unit/no_memory.h"

#define CA "critical,CA:TRUE"

static struct entity root, good, bad;
static HCERTSTORE roots;
static char pem[4096];
static size_t pem_size;

static int begin(void **state)
{
    BIO *memory = BIO_new(BIO_s_mem());
    PCCERT_CONTEXT context;

    (void)state;
    root = entity_make(&(struct wish){.subject = "Root", .constraints = CA}, NULL);
    good = entity_make(&(struct wish){.subject = "good", .names = "DNS:good.test"}, &root);
    bad = entity_make(&(struct wish){.subject = "bad", .signed_by_another = true}, &root);
    roots = CertOpenStore(CERT_STORE_PROV_MEMORY, 0, 0, 0, NULL);
    context = certificate_context(root.x509, NULL, NULL);
    CertAddCertificateContextToStore(roots, context, CERT_STORE_ADD_NEW, NULL);
    CertFreeCertificateContext(context);
    PEM_write_bio_PKCS8PrivateKey(memory, good.key, NULL, NULL, 0, NULL, NULL);
    PEM_write_bio_X509(memory, good.x509);
    PEM_write_bio_X509(memory, root.x509);
    pem_size = (size_t)BIO_read(memory, pem, sizeof(pem));
    BIO_free(memory);
    return 0;
}

static int end(void **state)
{
    (void)state;
    CertCloseStore(roots, 0);
    entity_free(&root);
    entity_free(&good);
    entity_free(&bad);
    return 0;
}

/* Each does one thing, and says whether it came to its good end. */

static bool judge(const struct entity *entity, SECURITY_STATUS expected)
{
    struct certificate_peer peer = {
        .leaf = entity->x509, .server = true, .name = u"good.test", .roots = roots};
    STACK_OF(X509) *chain = NULL;
    CERT_TRUST_STATUS trust;
    SECURITY_STATUS status = certificate_verify(&peer, &trust, &chain);

    sk_X509_pop_free(chain, X509_free);
    /* without memory a signature that cannot be checked is no good one, either */
    assert_true(status == expected || status < 0);
    return status == expected;
}

static bool judge_good(void)
{
    return judge(&good, SEC_E_OK);
}

static bool judge_bad(void)
{
    return judge(&bad, SEC_E_CERT_UNKNOWN);
}

static bool load(void)
{
    struct asker asker = {.source = "memory"};
    struct loaded loaded = {NULL, NULL, NULL};
    SECURITY_STATUS status = load_bytes(pem, pem_size, &asker, &loaded);
    bool ok = status == SEC_E_OK && loaded.key && sk_X509_num(loaded.certificates) == 2;

    loaded_free(&loaded);
    return ok;
}

static bool make_context(void)
{
    PCCERT_CONTEXT context = certificate_context(good.x509, good.key, NULL), again = NULL;
    char text[64];
    bool ok = context &&
              CertAddCertificateContextToStore(context->hCertStore, context,
                                               CERT_STORE_ADD_REPLACE_EXISTING, &again) &&
              CertGetNameStringA(again, CERT_NAME_DNS_TYPE, 0, NULL, text, sizeof(text)) == 10;

    CertFreeCertificateContext(again);
    CertFreeCertificateContext(context);
    return ok;
}

static bool make_chain(void)
{
    PCCERT_CONTEXT context = certificate_context(good.x509, NULL, NULL);
    PCCERT_CHAIN_CONTEXT chain = NULL;
    bool ok = context &&
              CertGetCertificateChain(NULL, context, NULL, roots, NULL, 0, NULL, &chain) &&
              chain->rgpChain[0]->cElement == 2;

    CertFreeCertificateChain(chain);
    CertFreeCertificateContext(context);
    return ok;
}

/* Every `step`th place. That OpenSSL does without some of what it asks for is all right. */
static void try_all(bool (*thing)(void), unsigned at_least, unsigned step)
{
    unsigned places = 0, failed = 0;

    assert_true(thing());
    for (unsigned place = 1;; place += step) {
        bool ok;

        no_memory_asked = 0;
        no_memory_at = place;
        ok = thing();
        no_memory_at = 0;
        if (no_memory_asked < place) /* there are no more places */
            break;
        places++;
        failed += !ok;
    }
    assert_true(places >= at_least);
    assert_true(failed > 0);
    assert_true(thing());
}

static void test_verify(void **state)
{
    (void)state;
    try_all(judge_good, 50, 1);
}

static void test_verify_bad(void **state)
{
    (void)state;
    try_all(judge_bad, 50, 1);
}

static void test_load(void **state)
{
    (void)state;
    try_all(load, 20, 17);
}

static void test_context(void **state)
{
    (void)state;
    try_all(make_context, 20, 1);
}

static void test_chain(void **state)
{
    (void)state;
    try_all(make_chain, 50, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_verify), cmocka_unit_test(test_verify_bad),
        cmocka_unit_test(test_load),   cmocka_unit_test(test_context),
        cmocka_unit_test(test_chain),
    };

    if (!no_memory_openssl())
        return 1;
    return cmocka_run_group_tests_name("certificates without memory", tests, begin, end);
}
