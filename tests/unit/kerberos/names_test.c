/*
 * What applications call people and services, as principals; and libkrb5's errors as SSPI's. No KDC
 * is asked.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libsspi/packages/kerberos/kerberos.h"

static krb5_context krb;
static char file[] = "/tmp/krb5-conf-XXXXXX";

static int start(void **state)
{
    static const char text[] =
        "[libdefaults]\n default_realm = EXAMPLE.COM\n dns_lookup_realm = false\n"
        "[realms]\n lower.example = {\n  kdc = 127.0.0.1:9\n }\n SHORT = {\n  kdc = 127.0.0.1:9\n "
        "}\n"
        "[domain_realm]\n .other.org = OTHER.ORG\n";
    int fd = mkstemp(file);

    (void)state;
    if (fd < 0 || write(fd, text, sizeof(text) - 1) != (ssize_t)sizeof(text) - 1)
        return -1;
    close(fd);
    setenv("KRB5_CONFIG", file, 1);
    return krb5_init_context(&krb);
}

static int stop(void **state)
{
    (void)state;
    krb5_free_context(krb);
    return unlink(file);
}

static void is_principal(krb5_error_code code, krb5_principal p, const char *expected,
                         krb5_int32 type)
{
    char *name;

    assert_int_equal(code, 0);
    assert_int_equal(krb5_unparse_name(krb, p, &name), 0);
    assert_string_equal(name, expected);
    assert_int_equal(p->type, type);
    krb5_free_unparsed_name(krb, name);
    krb5_free_principal(krb, p);
}

static void service(const char *target, const char *expected)
{
    krb5_principal p;
    krb5_error_code code = kerb_target(krb, target, &p);

    is_principal(code, p, expected, KRB5_NT_SRV_INST);
}

static void no_service(const char *target)
{
    krb5_principal p;

    assert_int_not_equal(kerb_target(krb, target, &p), 0);
    assert_null(p);
}

static void test_services(void **state)
{
    (void)state;
    service("HTTP/web.other.org", "HTTP/web.other.org@OTHER.ORG");
    service("HTTP/WEB.Other.Org:8080", "HTTP/web.other.org:8080@OTHER.ORG");
    service("http/web.unknown.org", "http/web.unknown.org@"); /* the KDC refers us */
    service("HTTP/web", "HTTP/web@");
    service("HTTP/web@SOME.REALM", "HTTP/web@SOME.REALM");
    service("ldap/dc.other.org/Other.Org", "ldap/dc.other.org/Other.Org@OTHER.ORG");
    /* as GSSAPI writes it */
    service("HTTP@Web.Other.Org", "HTTP/web.other.org@OTHER.ORG");
    service("ldap@dc.unknown.org", "ldap/dc.unknown.org@");
    service("MSSQLSvc/db.other.org:1433", "MSSQLSvc/db.other.org:1433@OTHER.ORG");
    /* a realm is no host */
    service("krbtgt/OTHER.ORG", "krbtgt/OTHER.ORG@");
    service("krbtgt/OTHER.ORG@Some.Realm", "krbtgt/OTHER.ORG@Some.Realm");
    no_service("/host");
    no_service("HTTP/");
    no_service("HTTP//x");
    no_service("HTTP/@X");
    no_service("HTTP/web@");
    no_service("@");
    no_service("");
}

/* What may also be meant, when there is no such service. */
static void test_other_meaning(void **state)
{
    static const char *const one_thing[] = {"HTTP/web.other.org",
                                            "alice",
                                            "alice@EXAMPLE.COM",
                                            "alice@example.com",
                                            "alice@lower.example",
                                            "EXAMPLE\\alice",
                                            "@x.org",
                                            "a@b@c.org",
                                            "alice@",
                                            ""};
    krb5_principal p;
    krb5_error_code code = kerb_other_target(krb, "alice@mail.example.org", &p);

    (void)state;
    is_principal(code, p, "alice\\@mail.example.org@EXAMPLE.COM", KRB5_NT_ENTERPRISE_PRINCIPAL);
    for (size_t i = 0; i < sizeof(one_thing) / sizeof(one_thing[0]); i++) {
        assert_int_equal(kerb_other_target(krb, one_thing[i], &p), KRB5_PARSE_MALFORMED);
        assert_null(p);
    }
}

static void account(const char *user, const char *domain, const char *expected, krb5_int32 type)
{
    krb5_principal p;
    krb5_error_code code = kerb_account(krb, user, domain, &p);

    is_principal(code, p, expected, type);
}

static void test_accounts(void **state)
{
    krb5_principal p;

    (void)state;
    account("alice", NULL, "alice@EXAMPLE.COM", KRB5_NT_PRINCIPAL);
    account("alice", "", "alice@EXAMPLE.COM", KRB5_NT_PRINCIPAL);
    account("alice", "EXAMPLE.COM", "alice@EXAMPLE.COM", KRB5_NT_PRINCIPAL);
    account("alice", "example.com", "alice@EXAMPLE.COM", KRB5_NT_PRINCIPAL);
    account("alice", "EXAMPLE", "alice@EXAMPLE.COM",
            KRB5_NT_PRINCIPAL); /* as Windows calls the domain */
    account("EXAMPLE\\alice", NULL, "alice@EXAMPLE.COM", KRB5_NT_PRINCIPAL);
    account("alice", "lower.example", "alice@lower.example", KRB5_NT_PRINCIPAL); /* as configured */
    account("alice", "SHORT", "alice@SHORT", KRB5_NT_PRINCIPAL);
    account("alice", "short", "alice@SHORT", KRB5_NT_PRINCIPAL);
    account("alice", "other.org", "alice@OTHER.ORG", KRB5_NT_PRINCIPAL);
    account("alice@EXAMPLE.COM", NULL, "alice@EXAMPLE.COM", KRB5_NT_PRINCIPAL);
    account("alice@example.com", NULL, "alice@EXAMPLE.COM", KRB5_NT_PRINCIPAL);
    account("alice@OTHER.ORG", NULL, "alice@OTHER.ORG", KRB5_NT_PRINCIPAL);
    account("alice@lower.example", NULL, "alice@lower.example", KRB5_NT_PRINCIPAL);
    /* a user principal name, of which only the KDC knows whose it is */
    account("alice@mail.example.org", NULL, "alice\\@mail.example.org@EXAMPLE.COM",
            KRB5_NT_ENTERPRISE_PRINCIPAL);
    account("host/web", "EXAMPLE.COM", "host/web@EXAMPLE.COM", KRB5_NT_PRINCIPAL);
    account("o'brien %s", NULL, "o'brien %s@EXAMPLE.COM", KRB5_NT_PRINCIPAL);
    assert_int_not_equal(kerb_account(krb, "alice", "NOBODYKNOWS", &p), 0);
    assert_int_not_equal(kerb_account(krb, "", "EXAMPLE", &p), 0);
    assert_int_not_equal(kerb_account(krb, "alice@", NULL, &p), 0);
    assert_int_not_equal(kerb_account(krb, "EXAMPLE\\", NULL, &p), 0);
}

static void test_counted_strings(void **state)
{
    WCHAR text[] = u"abc\0d";
    UNICODE_STRING s = {6, 6, text};
    char *utf8 = kerb_utf8(&s);

    (void)state;
    assert_string_equal(utf8, "abc");
    free(utf8);
    s.Length = 10; /* a zero inside would hide what follows it */
    assert_null(kerb_utf8(&s));
    s.Buffer = NULL;
    assert_null(kerb_utf8(&s));
    assert_null(kerb_utf8(NULL));
    text[1] = 0xdc00;
    s = (UNICODE_STRING){6, 6, text};
    assert_null(kerb_utf8(&s));
}

static void test_errors(void **state)
{
    static const struct {
        krb5_error_code code;
        SECURITY_STATUS initiator, acceptor;
    } cases[] = {
        {0, SEC_E_OK, SEC_E_OK},
        {KRB5KRB_AP_ERR_SKEW, SEC_E_TIME_SKEW, SEC_E_TIME_SKEW},
        {KRB5KDC_ERR_S_PRINCIPAL_UNKNOWN, SEC_E_TARGET_UNKNOWN, SEC_E_TARGET_UNKNOWN},
        {KRB5_KDC_UNREACH, SEC_E_NO_AUTHENTICATING_AUTHORITY, SEC_E_NO_AUTHENTICATING_AUTHORITY},
        {KRB5KDC_ERR_PREAUTH_FAILED, SEC_E_LOGON_DENIED, SEC_E_LOGON_DENIED},
        {KRB5KDC_ERR_KEY_EXP, SEC_E_LOGON_DENIED, SEC_E_LOGON_DENIED},
        {KRB5_CC_NOTFOUND, SEC_E_NO_CREDENTIALS, SEC_E_NO_CREDENTIALS},
        {KRB5KRB_AP_ERR_TKT_EXPIRED, SEC_E_CONTEXT_EXPIRED, SEC_E_CONTEXT_EXPIRED},
        {KRB5KRB_AP_ERR_BAD_INTEGRITY, SEC_E_LOGON_DENIED, SEC_E_MESSAGE_ALTERED},
        {KRB5KRB_AP_ERR_MODIFIED, SEC_E_WRONG_PRINCIPAL, SEC_E_MESSAGE_ALTERED},
        {KRB5KRB_AP_ERR_REPEAT, SEC_E_OUT_OF_SEQUENCE, SEC_E_OUT_OF_SEQUENCE},
        {ENOMEM, SEC_E_INSUFFICIENT_MEMORY, SEC_E_INSUFFICIENT_MEMORY},
        {KRB5KRB_ERR_GENERIC, SEC_E_INTERNAL_ERROR, SEC_E_INTERNAL_ERROR},
        {EXDEV, SEC_E_INTERNAL_ERROR, SEC_E_INVALID_TOKEN}, /* nobody has listed it */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(kerb_status(krb, cases[i].code, KERB_INITIATOR, "a test"),
                         cases[i].initiator);
        assert_int_equal(kerb_status(krb, cases[i].code, KERB_ACCEPTOR, "a test"),
                         cases[i].acceptor);
    }
    /* only what the KDC has the last word on */
    assert_true(kerb_password_refused(KRB5KDC_ERR_PREAUTH_FAILED));
    assert_true(kerb_password_refused(KRB5KDC_ERR_C_PRINCIPAL_UNKNOWN));
    assert_false(kerb_password_refused(KRB5_KDC_UNREACH));
    assert_false(kerb_password_refused(KRB5KRB_AP_ERR_SKEW));
    assert_false(kerb_password_refused(0));
}

/* What a Windows domain controller answers instead of a text. */
static void test_password_policy(void **state)
{
    uint8_t bytes[31] = {0, 0, 0, 0, 0, 8, 0, 0, 0, 24, 0, 0, 0, 1, 0,
                         0, 0, 0, 0, 0, 0, 9, 0, 0, 0,  0, 0, 0, 0, 7};
    krb5_data answer = {.data = (char *)bytes, .length = 30};
    DOMAIN_PASSWORD_INFORMATION policy = {0};

    (void)state;
    assert_true(kerb_read_password_policy(&answer, &policy));
    assert_int_equal(policy.MinPasswordLength, 8);
    assert_int_equal(policy.PasswordHistoryLength, 24);
    assert_int_equal(policy.PasswordProperties, DOMAIN_PASSWORD_COMPLEX);
    assert_int_equal(policy.MaxPasswordAge.QuadPart, 9);
    assert_int_equal(policy.MinPasswordAge.QuadPart, 7);
    for (answer.length = 0; answer.length <= 31; answer.length++)
        assert_int_equal(kerb_read_password_policy(&answer, &policy), answer.length == 30);
    answer.length = 30;
    bytes[1] = 'P'; /* a text of the same length */
    assert_false(kerb_read_password_policy(&answer, &policy));
    bytes[1] = 0;
    bytes[3] = 1; /* more characters than a password can have */
    assert_false(kerb_read_password_policy(&answer, &policy));
}

/* The realm of a target gets into the configuration that names a proxy, and must not write any. */
static void test_proxy_of_realms(void **state)
{
    static const char *const bad[] = {"A = {\n}\n[plugins]\nccselect = {\nmodule = x:/x.so\n}\nB",
                                      "A B",
                                      "A=B",
                                      "A\tB",
                                      "A[B",
                                      "A}",
                                      "A;B"};
    char client[] = "alice@EXAMPLE.COM", url[] = "https://proxy.example.com/KdcProxy";
    struct kerb_credential c = {.client = client, .proxy = {url, true}};
    struct kerb_way way;
    krb5_principal service;

    (void)state;
    pthread_mutex_init(&c.lock, NULL);
    assert_int_equal(krb5_build_principal(krb, &service, 9, "OTHER.ORG", "host", "x", NULL), 0);
    assert_int_equal(kerb_proxy_open(krb, &c, service, &way), 0);
    assert_ptr_not_equal(way.krb, krb);
    kerb_proxy_close(krb, &way);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(krb5_set_principal_realm(krb, service, bad[i]), 0);
        assert_int_equal(kerb_proxy_open(krb, &c, service, &way), KRB5_REALM_UNKNOWN);
        assert_ptr_equal(way.krb, krb);
        kerb_proxy_close(krb, &way);
    }
    krb5_free_principal(krb, service);
    pthread_mutex_destroy(&c.lock);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_services),        cmocka_unit_test(test_other_meaning),
        cmocka_unit_test(test_accounts),        cmocka_unit_test(test_counted_strings),
        cmocka_unit_test(test_errors),          cmocka_unit_test(test_password_policy),
        cmocka_unit_test(test_proxy_of_realms),
    };

    return cmocka_run_group_tests_name("kerberos: names and errors", tests, start, stop);
}
