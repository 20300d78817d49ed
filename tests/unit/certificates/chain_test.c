/*
 * Chains as CertGetCertificateChain() builds them, the policies over them, and revocation.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/pem.h>
#include <schannel.h>
#include <winbase.h>

#include "libsspi/certificates/internal.h"
#include "tests/unit/certificates/authority.h"

#define CA "critical,CA:TRUE"

static struct entity root, middle, server, expired, stranger;
static HCERTSTORE roots, others;
static HCERTCHAINENGINE engine;

static void add(HCERTSTORE store, const struct entity *entity)
{
    PCCERT_CONTEXT context = certificate_context(entity->x509, NULL, NULL);

    assert_true(CertAddCertificateContextToStore(store, context, CERT_STORE_ADD_NEW, NULL));
    CertFreeCertificateContext(context);
}

static int begin(void **state)
{
    CERT_CHAIN_ENGINE_CONFIG config = {.cbSize = sizeof(config)};

    (void)state;
    root = entity_make(&(struct wish){.subject = "Root", .constraints = CA}, NULL);
    middle = entity_make(&(struct wish){.subject = "Middle", .constraints = CA}, &root);
    server = entity_make(&(struct wish){.subject = "s",
                                        .names = "DNS:s.example",
                                        .usage = "serverAuth",
                                        .lists = "URI:http://crl.example/crl"},
                         &middle);
    expired = entity_make(&(struct wish){.subject = "old", .until = -60}, &middle);
    stranger = entity_make(&(struct wish){.subject = "stranger"}, NULL);
    roots = CertOpenStore(CERT_STORE_PROV_MEMORY, 0, 0, 0, NULL);
    others = CertOpenStore(CERT_STORE_PROV_MEMORY, 0, 0, 0, NULL);
    add(roots, &root);
    add(others, &middle);
    config.hExclusiveRoot = roots;
    assert_true(CertCreateCertificateChainEngine(&config, &engine));
    return 0;
}

static int end(void **state)
{
    (void)state;
    CertFreeCertificateChainEngine(engine);
    assert_true(CertCloseStore(roots, CERT_CLOSE_STORE_CHECK_FLAG));
    assert_true(CertCloseStore(others, CERT_CLOSE_STORE_CHECK_FLAG));
    entity_free(&root);
    entity_free(&middle);
    entity_free(&server);
    entity_free(&expired);
    entity_free(&stranger);
    return 0;
}

static PCCERT_CHAIN_CONTEXT chain_of(const struct entity *entity, HCERTSTORE beside, LPSTR usage,
                                     DWORD flags, FILETIME *time)
{
    PCCERT_CONTEXT context = certificate_context(entity->x509, NULL, NULL);
    CERT_CHAIN_PARA para = {sizeof(para), {USAGE_MATCH_TYPE_AND, {usage ? 1 : 0, &usage}}};
    PCCERT_CHAIN_CONTEXT chain = NULL;

    assert_true(CertGetCertificateChain(engine, context, time, beside, &para, flags, NULL, &chain));
    assert_int_equal(chain->cChain, 1);
    CertFreeCertificateContext(context);
    return chain;
}

static DWORD policy(PCCERT_CHAIN_CONTEXT chain, LPCSTR oid, DWORD flags, void *extra, LONG *element)
{
    CERT_CHAIN_POLICY_PARA para = {sizeof(para), flags, extra};
    CERT_CHAIN_POLICY_STATUS status = {.cbSize = sizeof(status)};

    assert_true(CertVerifyCertificateChainPolicy(oid, chain, &para, &status));
    if (element)
        *element = status.lElementIndex;
    return status.dwError;
}

static void test_good(void **state)
{
    PCCERT_CHAIN_CONTEXT chain =
        chain_of(&server, others, (LPSTR)szOID_PKIX_KP_SERVER_AUTH, 0, NULL);
    CERT_SIMPLE_CHAIN *simple = chain->rgpChain[0];
    WCHAR name[] = u"s.example", wrong[] = u"t.example";
    SSL_EXTRA_CERT_CHAIN_POLICY_PARA ssl = {
        .cbSize = sizeof(ssl), .dwAuthType = AUTHTYPE_SERVER, .pwszServerName = name};

    (void)state;
    assert_int_equal(chain->TrustStatus.dwErrorStatus, CERT_TRUST_NO_ERROR);
    assert_int_equal(simple->cElement, 3);
    assert_true(simple->rgpElement[2]->TrustStatus.dwInfoStatus & CERT_TRUST_IS_SELF_SIGNED);
    assert_int_equal(policy(chain, CERT_CHAIN_POLICY_BASE, 0, NULL, NULL), 0);
    assert_int_equal(policy(chain, CERT_CHAIN_POLICY_BASIC_CONSTRAINTS, 0, NULL, NULL), 0);
    assert_int_equal(policy(chain, CERT_CHAIN_POLICY_SSL, 0, &ssl, NULL), 0);
    ssl.pwszServerName = wrong;
    assert_int_equal(policy(chain, CERT_CHAIN_POLICY_SSL, 0, &ssl, NULL),
                     (DWORD)CERT_E_CN_NO_MATCH);
    ssl.fdwChecks = 0x1000;
    assert_int_equal(policy(chain, CERT_CHAIN_POLICY_SSL, 0, &ssl, NULL), 0);
    ssl.dwAuthType = AUTHTYPE_CLIENT;
    assert_int_equal(policy(chain, CERT_CHAIN_POLICY_SSL, 0, &ssl, NULL),
                     (DWORD)CERT_E_WRONG_USAGE);
    assert_ptr_equal(CertDuplicateCertificateChain(chain), chain);
    CertFreeCertificateChain(chain);
    CertFreeCertificateChain(chain);
    CertFreeCertificateChain(NULL);
}

static void test_bad(void **state)
{
    PCCERT_CHAIN_CONTEXT chain = chain_of(&server, NULL, NULL, 0, NULL);
    CERT_CHAIN_POLICY_STATUS status = {.cbSize = sizeof(status)};
    LONG element;

    (void)state;
    assert_int_equal(chain->TrustStatus.dwErrorStatus, CERT_TRUST_IS_PARTIAL_CHAIN);
    assert_int_equal(policy(chain, CERT_CHAIN_POLICY_BASE, 0, NULL, &element),
                     (DWORD)CERT_E_CHAINING);
    assert_int_equal(element, -1);
    assert_int_equal(
        policy(chain, CERT_CHAIN_POLICY_BASE, CERT_CHAIN_POLICY_ALLOW_UNKNOWN_CA_FLAG, NULL, NULL),
        0);
    assert_false(CertVerifyCertificateChainPolicy((LPCSTR)2, chain, NULL, &status));
    assert_int_equal(GetLastError(), ERROR_FILE_NOT_FOUND);
    CertFreeCertificateChain(chain);
    chain = chain_of(&stranger, others, NULL, 0, NULL);
    assert_int_equal(policy(chain, CERT_CHAIN_POLICY_BASE, 0, NULL, &element),
                     (DWORD)CERT_E_UNTRUSTEDROOT);
    assert_int_equal(element, 0);
    CertFreeCertificateChain(chain);
    chain = chain_of(&server, others, (LPSTR)szOID_PKIX_KP_CLIENT_AUTH, 0, NULL);
    assert_int_equal(policy(chain, CERT_CHAIN_POLICY_BASE, 0, NULL, &element),
                     (DWORD)CERT_E_WRONG_USAGE);
    assert_int_equal(element, 0);
    CertFreeCertificateChain(chain);
}

static void test_time(void **state)
{
    PCCERT_CHAIN_CONTEXT chain = chain_of(&expired, others, NULL, 0, NULL);
    PCCERT_CONTEXT context = certificate_context(expired.x509, NULL, NULL);
    FILETIME then = context->pCertInfo->NotBefore;

    (void)state;
    assert_int_equal(policy(chain, CERT_CHAIN_POLICY_BASE, 0, NULL, NULL), (DWORD)CERT_E_EXPIRED);
    assert_int_equal(policy(chain, CERT_CHAIN_POLICY_BASE,
                            CERT_CHAIN_POLICY_IGNORE_NOT_TIME_VALID_FLAG, NULL, NULL),
                     0);
    CertFreeCertificateChain(chain);
    chain = chain_of(&expired, others, NULL, 0, &then);
    assert_int_equal(chain->TrustStatus.dwErrorStatus, CERT_TRUST_NO_ERROR);
    CertFreeCertificateChain(chain);
    CertFreeCertificateContext(context);
}

/* A store with the lists of both authorities. */
static HCERTSTORE lists(const struct entity *revoked, long next)
{
    HCERTSTORE store = CertOpenStore(CERT_STORE_PROV_MEMORY, 0, 0, 0, NULL);
    STACK_OF(X509_CRL) *crls = sk_X509_CRL_new_null();

    add(store, &middle);
    sk_X509_CRL_push(crls, entity_crl(&root, NULL, next));
    sk_X509_CRL_push(crls, entity_crl(&middle, revoked, next));
    assert_true(store_add_crls(store_of(store), crls));
    sk_X509_CRL_pop_free(crls, X509_CRL_free);
    return store;
}

static void assert_revocation(const struct entity *entity, HCERTSTORE beside, DWORD flags,
                              DWORD trust, HRESULT error)
{
    PCCERT_CHAIN_CONTEXT chain = chain_of(entity, beside, NULL, flags, NULL);

    assert_int_equal(chain->TrustStatus.dwErrorStatus, trust);
    assert_int_equal(policy(chain, CERT_CHAIN_POLICY_BASE, 0, NULL, NULL), (DWORD)error);
    CertFreeCertificateChain(chain);
}

static void test_revocation(void **state)
{
    const DWORD leaf = CERT_CHAIN_REVOCATION_CHECK_END_CERT;
    const DWORD all = CERT_CHAIN_REVOCATION_CHECK_CHAIN;
    const DWORD but_root = CERT_CHAIN_REVOCATION_CHECK_CHAIN_EXCLUDE_ROOT;
    const DWORD unknown = CERT_TRUST_REVOCATION_STATUS_UNKNOWN;
    const DWORD offline = unknown | CERT_TRUST_IS_OFFLINE_REVOCATION;
    HCERTSTORE good = lists(NULL, 600), bad = lists(&server, 600), old = lists(NULL, -600);
    struct entity other = entity_make(&(struct wish){.subject = "other"}, &middle);

    (void)state;
    assert_revocation(&server, good, leaf, 0, 0);
    assert_revocation(&server, good, all, 0, 0);
    assert_revocation(&server, good, but_root, 0, 0);
    assert_revocation(&server, bad, leaf, CERT_TRUST_IS_REVOKED, CRYPT_E_REVOKED);
    assert_revocation(&other, bad, all, 0, 0);
    assert_revocation(&server, others, 0, 0, 0);
    /* one whose list is published, and one of which nobody knows where it would be */
    assert_revocation(&server, others, leaf, offline, CRYPT_E_REVOCATION_OFFLINE);
    assert_revocation(&other, others, leaf, unknown, CRYPT_E_NO_REVOCATION_CHECK);
    assert_revocation(&server, old, leaf, offline, CRYPT_E_REVOCATION_OFFLINE);
    entity_free(&other);
    CertCloseStore(good, 0);
    CertCloseStore(bad, 0);
    CertCloseStore(old, 0);
}

/* The same by SCH_CRED_* and certificate_verify(). */
static void test_flags_of_schannel(void **state)
{
    static const struct {
        ULONG flags;
        int store; /* 0: without lists, 1: with, 2: revoked */
        SECURITY_STATUS status;
    } cases[] = {
        {0, 0, SEC_E_OK},
        {SCH_CRED_REVOCATION_CHECK_END_CERT, 0, CRYPT_E_REVOCATION_OFFLINE},
        {SCH_CRED_REVOCATION_CHECK_END_CERT | SCH_CRED_IGNORE_REVOCATION_OFFLINE, 0, SEC_E_OK},
        {SCH_CRED_REVOCATION_CHECK_END_CERT | SCH_CRED_IGNORE_NO_REVOCATION_CHECK, 0,
         CRYPT_E_REVOCATION_OFFLINE},
        {SCH_CRED_REVOCATION_CHECK_END_CERT, 1, SEC_E_OK},
        {SCH_CRED_REVOCATION_CHECK_CHAIN, 1, SEC_E_OK},
        {SCH_CRED_REVOCATION_CHECK_CHAIN_EXCLUDE_ROOT, 1, SEC_E_OK},
        {SCH_CRED_REVOCATION_CHECK_END_CERT, 2, CRYPT_E_REVOKED},
        {SCH_CRED_REVOCATION_CHECK_CHAIN | SCH_CRED_IGNORE_REVOCATION_OFFLINE |
             SCH_CRED_IGNORE_NO_REVOCATION_CHECK,
         2, CRYPT_E_REVOKED},
        {0, 2, SEC_E_OK},
    };
    STACK_OF(X509) *beside = sk_X509_new_null();

    (void)state;
    sk_X509_push(beside, middle.x509);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        HCERTSTORE store = cases[i].store == 0 ? CertDuplicateStore(roots)
                                               : lists(cases[i].store == 2 ? &server : NULL, 600);
        struct certificate_peer peer = {.leaf = server.x509,
                                        .others = beside,
                                        .server = true,
                                        .roots = store,
                                        .flags = cases[i].flags};
        SECURITY_STATUS status;

        if (cases[i].store)
            add(store, &root);
        status = certificate_verify(&peer, NULL, NULL);
        if (status != cases[i].status)
            fail_msg("%zu: 0x%08x", i, (unsigned)status);
        CertCloseStore(store, 0);
    }
    sk_X509_free(beside);
}

static void write_hashed(const char *folder, X509_NAME *name, const char *suffix, X509 *x509,
                         X509_CRL *crl)
{
    char path[256];
    FILE *file;

    snprintf(path, sizeof(path), "%s/%08lx.%s", folder, X509_NAME_hash_ex(name, NULL, NULL, NULL),
             suffix);
    file = fopen(path, "w");
    assert_non_null(file);
    if (x509)
        PEM_write_X509(file, x509);
    if (crl)
        PEM_write_X509_CRL(file, crl);
    fclose(file);
    X509_CRL_free(crl);
}

/* The folder of the system has roots, and lists; and it is looked at again when it has changed. */
static void test_folder(void **state)
{
    char folder[] = "/tmp/credmgr-roots.XXXXXX", command[64];
    STACK_OF(X509) *beside = sk_X509_new_null();
    struct certificate_peer peer = {.leaf = server.x509,
                                    .others = beside,
                                    .server = true,
                                    .flags = SCH_CRED_REVOCATION_CHECK_CHAIN};

    (void)state;
    assert_non_null(mkdtemp(folder));
    setenv("SSL_CERT_DIR", folder, 1);
    setenv("SSL_CERT_FILE", "/nowhere/at/all", 1);
    sk_X509_push(beside, middle.x509);
    assert_int_equal(certificate_verify(&peer, NULL, NULL), SEC_E_UNTRUSTED_ROOT);
    write_hashed(folder, X509_get_subject_name(root.x509), "0", root.x509, NULL);
    assert_int_equal(certificate_verify(&peer, NULL, NULL), CRYPT_E_REVOCATION_OFFLINE);
    write_hashed(folder, X509_get_subject_name(root.x509), "r0", NULL,
                 entity_crl(&root, NULL, 600));
    write_hashed(folder, X509_get_subject_name(middle.x509), "r0", NULL,
                 entity_crl(&middle, &expired, 600));
    assert_int_equal(certificate_verify(&peer, NULL, NULL), SEC_E_OK);
    unsetenv("SSL_CERT_DIR");
    unsetenv("SSL_CERT_FILE");
    assert_int_equal(certificate_verify(&peer, NULL, NULL), SEC_E_UNTRUSTED_ROOT);
    sk_X509_free(beside);
    snprintf(command, sizeof(command), "rm -rf %s", folder);
    assert_int_equal(system(command), 0);
}

static void test_engines(void **state)
{
    CERT_CHAIN_ENGINE_CONFIG config = {.cbSize = sizeof(config)};
    HCERTCHAINENGINE made;
    PCCERT_CONTEXT context = certificate_context(server.x509, NULL, NULL);
    PCCERT_CHAIN_CONTEXT chain;

    (void)state;
    config.hRestrictedRoot = roots;
    assert_false(CertCreateCertificateChainEngine(&config, &made));
    assert_int_equal(GetLastError(), (DWORD)E_INVALIDARG);
    config.hRestrictedRoot = NULL;
    config.hExclusiveRoot = roots;
    config.cAdditionalStore = 1;
    config.rghAdditionalStore = &others;
    assert_true(CertCreateCertificateChainEngine(&config, &made));
    assert_true(CertGetCertificateChain(made, context, NULL, NULL, NULL, 0, NULL, &chain));
    assert_int_equal(chain->TrustStatus.dwErrorStatus, 0);
    CertFreeCertificateChain(chain);
    CertFreeCertificateChainEngine(made);
    /* what the system trusts, this is not */
    assert_true(
        CertGetCertificateChain(HCCE_LOCAL_MACHINE, context, NULL, others, NULL, 0, NULL, &chain));
    assert_int_equal(chain->TrustStatus.dwErrorStatus, CERT_TRUST_IS_PARTIAL_CHAIN);
    CertFreeCertificateChain(chain);
    assert_false(CertGetCertificateChain(NULL, NULL, NULL, NULL, NULL, 0, NULL, &chain));
    assert_int_equal(GetLastError(), (DWORD)E_INVALIDARG);
    CertFreeCertificateContext(context);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_bad),
        cmocka_unit_test(test_time),
        cmocka_unit_test(test_revocation),
        cmocka_unit_test(test_flags_of_schannel),
        cmocka_unit_test(test_folder),
        cmocka_unit_test(test_engines),
    };

    return cmocka_run_group_tests_name("certificate chains", tests, begin, end);
}
