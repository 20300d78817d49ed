/*
 * What one certificate of a chain may be excused, and what no other is by that; and for what a root
 * is trusted, and for what not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/x509v3.h>
#include <schannel.h>

#include "libsspi/certificates/internal.h"
#include "tests/unit/certificates/authority.h"

#define CA "critical,CA:TRUE"

static HCERTSTORE store_with(X509 *root)
{
    HCERTSTORE store = CertOpenStore(CERT_STORE_PROV_MEMORY, 0, 0, 0, NULL);
    struct body *body = body_new(root, NULL, NULL);

    assert_true(store && body && store_add(store_of(store), body));
    body_release(body);
    return store;
}

static SECURITY_STATUS verify(X509 *leaf, X509 *middle, bool server, HCERTSTORE roots, ULONG flags)
{
    STACK_OF(X509) *others = sk_X509_new_null();
    struct certificate_peer peer = {
        .leaf = leaf, .others = others, .server = server, .roots = roots, .flags = flags};
    SECURITY_STATUS status;

    if (middle)
        sk_X509_push(others, middle);
    status = certificate_verify(&peer, NULL, NULL);
    sk_X509_free(others);
    return status;
}

/* The leaf's list is published somewhere, and nobody has one of the certificate above it. */
static void lists_of_several(void **state)
{
    struct entity root = entity_make(&(struct wish){.subject = "Root", .constraints = CA}, NULL);
    struct entity middle =
        entity_make(&(struct wish){.subject = "Middle", .constraints = CA}, &root);
    struct entity leaf = entity_make(
        &(struct wish){.subject = "leaf", .lists = "URI:http://192.0.2.1/list.crl"}, &middle);
    HCERTSTORE roots = store_with(root.x509);
    const ULONG chain = SCH_CRED_REVOCATION_CHECK_CHAIN_EXCLUDE_ROOT;

    (void)state;
    assert_int_equal(verify(leaf.x509, middle.x509, true, roots, chain),
                     CRYPT_E_REVOCATION_OFFLINE);
    assert_int_equal(
        verify(leaf.x509, middle.x509, true, roots, chain | SCH_CRED_IGNORE_REVOCATION_OFFLINE),
        CRYPT_E_NO_REVOCATION_CHECK);
    assert_int_equal(
        verify(leaf.x509, middle.x509, true, roots, chain | SCH_CRED_IGNORE_NO_REVOCATION_CHECK),
        CRYPT_E_REVOCATION_OFFLINE);
    assert_int_equal(
        verify(leaf.x509, middle.x509, true, roots,
               chain | SCH_CRED_IGNORE_REVOCATION_OFFLINE | SCH_CRED_IGNORE_NO_REVOCATION_CHECK),
        SEC_E_OK);
    CertCloseStore(roots, 0);
    entity_free(&leaf);
    entity_free(&middle);
    entity_free(&root);
}

/* As `openssl x509 -addtrust` and -addreject write it down with a root (BEGIN TRUSTED CERTIFICATE).
 */
static void trusted_for(void **state)
{
    static const struct {
        bool reject;
        int what;
        SECURITY_STATUS server, client;
    } cases[] = {
        {true, NID_server_auth, CRYPT_E_REVOKED, SEC_E_OK},
        {true, NID_client_auth, SEC_E_OK, CRYPT_E_REVOKED},
        {false, NID_server_auth, SEC_E_OK, CRYPT_E_REVOKED},
        {false, NID_email_protect, CRYPT_E_REVOKED, CRYPT_E_REVOKED},
    };
    struct entity root = entity_make(&(struct wish){.subject = "Root", .constraints = CA}, NULL);
    struct entity leaf = entity_make(&(struct wish){.subject = "leaf"}, &root);

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        X509 *marked = X509_dup(root.x509);
        ASN1_OBJECT *object = OBJ_nid2obj(cases[i].what);
        HCERTSTORE roots;

        assert_int_equal(cases[i].reject ? X509_add1_reject_object(marked, object)
                                         : X509_add1_trust_object(marked, object),
                         1);
        roots = store_with(marked);
        assert_int_equal(verify(leaf.x509, NULL, true, roots, 0), cases[i].server);
        assert_int_equal(verify(leaf.x509, NULL, false, roots, 0), cases[i].client);
        CertCloseStore(roots, 0);
        X509_free(marked);
    }
    entity_free(&leaf);
    entity_free(&root);
}

/* A certificate that signs itself has a purpose all the same. */
static void purpose_of_the_end(void **state)
{
    struct entity own =
        entity_make(&(struct wish){.subject = "own.test", .usage = "clientAuth"}, NULL);
    PCCERT_CONTEXT context = certificate_context(own.x509, NULL, NULL);
    LPSTR usage = (LPSTR)(uintptr_t) "1.3.6.1.5.5.7.3.1";
    CERT_CHAIN_PARA para = {.cbSize = sizeof(para)};
    PCCERT_CHAIN_CONTEXT chain = NULL;

    (void)state;
    para.RequestedUsage.dwType = USAGE_MATCH_TYPE_AND;
    para.RequestedUsage.Usage = (CERT_ENHKEY_USAGE){1, &usage};
    assert_true(CertGetCertificateChain(NULL, context, NULL, NULL, &para, 0, NULL, &chain));
    assert_true(chain->TrustStatus.dwErrorStatus & CERT_TRUST_IS_NOT_VALID_FOR_USAGE);
    CertFreeCertificateChain(chain);
    CertFreeCertificateContext(context);
    entity_free(&own);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_of_several),
        cmocka_unit_test(trusted_for),
        cmocka_unit_test(purpose_of_the_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
