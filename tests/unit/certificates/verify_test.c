/*
 * A peer's certificate, good and bad in every way that has a status of its own.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <schannel.h>

#include "base/reason.h"
#include "libsspi/certificates/internal.h"
#include "tests/unit/certificates/authority.h"

#define CA "critical,CA:TRUE"

static struct entity root, middle, stranger;
static HCERTSTORE roots;

static int begin(void **state)
{
    struct body *body;

    (void)state;
    root = entity_make(&(struct wish){.subject = "Root", .constraints = CA}, NULL);
    middle = entity_make(&(struct wish){.subject = "Middle", .constraints = CA}, &root);
    stranger = entity_make(&(struct wish){.subject = "Stranger", .constraints = CA}, NULL);
    roots = CertOpenStore(CERT_STORE_PROV_MEMORY, 0, 0, 0, NULL);
    body = body_new(root.x509, NULL, NULL);
    assert_true(store_add(store_of(roots), body));
    body_release(body);
    return 0;
}

static int end(void **state)
{
    (void)state;
    assert_true(CertCloseStore(roots, CERT_CLOSE_STORE_CHECK_FLAG));
    entity_free(&root);
    entity_free(&middle);
    entity_free(&stranger);
    return 0;
}

/* Judges what `issuer` signed; the middle certificate goes along. */
static SECURITY_STATUS judge(const struct wish *wish, const struct entity *issuer,
                             const WCHAR *name, ULONG flags, CERT_TRUST_STATUS *trust)
{
    struct entity leaf = entity_make(wish, issuer);
    STACK_OF(X509) *others = sk_X509_new_null();
    struct certificate_peer peer = {
        .leaf = leaf.x509,
        .others = others,
        .server = !(wish->usage && strcmp(wish->usage, "clientAuth") == 0),
        .name = name,
        .roots = roots,
        .flags = flags,
    };
    SECURITY_STATUS status;
    STACK_OF(X509) *chain = NULL;

    reason_clear();
    sk_X509_push(others, middle.x509);
    status = certificate_verify(&peer, trust, &chain);
    assert_non_null(chain);
    assert_int_equal(X509_cmp(sk_X509_value(chain, 0), leaf.x509), 0);
    if (status == SEC_E_OK)
        assert_int_equal(X509_cmp(sk_X509_value(chain, sk_X509_num(chain) - 1), root.x509), 0);
    else
        assert_true(reason_get()->text[0]);
    sk_X509_pop_free(chain, X509_free);
    sk_X509_free(others);
    entity_free(&leaf);
    return status;
}

static const struct wish good = {.subject = "www.example.com",
                                 .names = "DNS:www.example.com,DNS:*.wild.example.com,"
                                          "DNS:xn--bcher-kva.example,IP:192.0.2.7,IP:2001:db8::7",
                                 .usage = "serverAuth"};

static void test_good(void **state)
{
    CERT_TRUST_STATUS trust;

    (void)state;
    assert_int_equal(judge(&good, &middle, u"www.example.com", 0, &trust), SEC_E_OK);
    assert_int_equal(trust.dwErrorStatus, CERT_TRUST_NO_ERROR);
    assert_int_equal(judge(&good, &root, NULL, 0, &trust), SEC_E_OK);
}

static void test_names(void **state)
{
    static const struct {
        const WCHAR *name;
        bool matches;
    } names[] = {
        {u"WWW.Example.COM", true},
        {u"www.example.com.", true},
        {u"example.com", false},
        {u"a.www.example.com", false},
        {u"a.wild.example.com", true},
        {u"a.b.wild.example.com", false},
        {u"wild.example.com", false},
        {u"b\u00fccher.example", true},
        {u"B\u00dcCHER.example", true},
        {u"b\u00fccher\u3002example", true},
        {u"bucher.example", false},
        {u"xn--bcher-kva.example", true},
        {u"192.0.2.7", true},
        {u"192.0.2.8", false},
        {u"2001:db8::7", true},
        {u"[2001:db8:0::7]", true},
        {u"2001:db8::8", false},
        {u"", false},
        {u".", false},
        {u".example.com", false},
        {u".wild.example.com", false},
        {u"www.example.com:443", false},
        {u"*.wild.example.com", false},
        {u"\xd800.example.com", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        SECURITY_STATUS status = judge(&good, &middle, names[i].name, 0, NULL);

        if (status != (names[i].matches ? SEC_E_OK : SEC_E_WRONG_PRINCIPAL))
            fail_msg("name %zu: 0x%08x", i, (unsigned)status);
        assert_int_equal(judge(&good, &middle, names[i].name, SCH_CRED_NO_SERVERNAME_CHECK, NULL),
                         SEC_E_OK);
    }
}

static void test_bad(void **state)
{
    static const struct {
        struct wish wish;
        const struct entity *issuer;
        SECURITY_STATUS status;
        DWORD trust;
    } bad[] = {
        {{.subject = "a"}, &stranger, SEC_E_UNTRUSTED_ROOT, CERT_TRUST_IS_PARTIAL_CHAIN},
        {{.subject = "a"}, NULL, SEC_E_UNTRUSTED_ROOT, CERT_TRUST_IS_UNTRUSTED_ROOT},
        {{.subject = "a", .until = -60}, &middle, SEC_E_CERT_EXPIRED, CERT_TRUST_IS_NOT_TIME_VALID},
        {{.subject = "a", .from = 600}, &middle, SEC_E_CERT_EXPIRED, CERT_TRUST_IS_NOT_TIME_VALID},
        {{.subject = "a", .usage = "codeSigning"},
         &middle,
         SEC_E_CERT_WRONG_USAGE,
         CERT_TRUST_IS_NOT_VALID_FOR_USAGE},
        {{.subject = "a", .signed_by_another = true},
         &middle,
         SEC_E_CERT_UNKNOWN,
         CERT_TRUST_IS_NOT_SIGNATURE_VALID},
        {{.subject = "a", .critical = "1.2.3.4.5"},
         &middle,
         SEC_E_CERT_UNKNOWN,
         CERT_TRUST_HAS_NOT_SUPPORTED_CRITICAL_EXT},
        {{.subject = "a", .rsa_bits = 1024},
         &middle,
         SEC_E_CERT_UNKNOWN,
         CERT_TRUST_HAS_WEAK_SIGNATURE},
        {{.subject = "a", .until = -60, .usage = "codeSigning"},
         &stranger,
         SEC_E_UNTRUSTED_ROOT,
         CERT_TRUST_IS_PARTIAL_CHAIN | CERT_TRUST_IS_NOT_TIME_VALID |
             CERT_TRUST_IS_NOT_VALID_FOR_USAGE},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        CERT_TRUST_STATUS trust;
        SECURITY_STATUS status = judge(&bad[i].wish, bad[i].issuer, NULL, 0, &trust);

        if (status != bad[i].status || trust.dwErrorStatus != bad[i].trust)
            fail_msg("%zu: 0x%08x, trust 0x%x", i, (unsigned)status, trust.dwErrorStatus);
    }
}

static void test_client(void **state)
{
    struct wish client = {.subject = "alice", .usage = "clientAuth"};

    (void)state;
    assert_int_equal(judge(&client, &middle, u"not a server's", 0, NULL), SEC_E_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_bad),
        cmocka_unit_test(test_client),
    };

    return cmocka_run_group_tests_name("certificate verification", tests, begin, end);
}
