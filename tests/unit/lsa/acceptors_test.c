/* [acceptors] of lsa.conf: which services a rule stands for, and whom it lets in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libsspi/lsa/host_internal.h"

static const struct lsa_setting *rules;

static const struct lsa_setting *settings(const char *package)
{
    assert_string_equal(package, "acceptors");
    return rules;
}

static void test_services(void **state)
{
    static const struct {
        const char *service, *principal;
        bool matches;
    } cases[] = {
        {"HTTP", "HTTP/web.example.com@EXAMPLE.COM", true},
        {"http", "HTTP/web.example.com@EXAMPLE.COM", true},
        {"HTTP/web.example.com", "HTTP/web.example.com@EXAMPLE.COM", true},
        {"HTTP/WEB.example.com", "HTTP/web.example.com@EXAMPLE.COM", true},
        {"HTTP/web.example.com@EXAMPLE.COM", "HTTP/web.example.com@EXAMPLE.COM", true},
        {"HTTP/web.example.com@EXAMPLE", "HTTP/web.example.com@EXAMPLE.COM", false},
        {"HTTP/web", "HTTP/web.example.com@EXAMPLE.COM", false},
        {"HTTP/web.example.com", "HTTP/web.example.com.evil@EXAMPLE.COM", false},
        {"HTTP/web.example.com", "HTTP/web.example.com/two@EXAMPLE.COM", false},
        {"HTT", "HTTP/web.example.com@EXAMPLE.COM", false},
        {"HTTPS", "HTTP/web.example.com@EXAMPLE.COM", false},
        {"HTTP/web.example.com@EXAMPLE.COM", "HTTP/web.example.com", false},
        {"BOX$", "BOX$@EXAMPLE.COM", true},
        {"BOX", "BOX$@EXAMPLE.COM", false},
        {"", "HTTP/web.example.com@EXAMPLE.COM", false},
        {"/", "HTTP/web.example.com@EXAMPLE.COM", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        if (lsa_acceptor_matches(cases[i].service, cases[i].principal) != cases[i].matches)
            fail_msg("%s and %s", cases[i].service, cases[i].principal);
}

static bool note(const char *service, const char *keytab, void *arg)
{
    char *seen = arg;

    sprintf(seen + strlen(seen), "%s:%s ", service, keytab ? keytab : "-");
    return strcmp(service, "last") != 0;
}

static const char *seen_by(uid_t uid)
{
    static char seen[512];
    struct lsa_call call = {.uid = uid};

    seen[0] = 0;
    lsa_call_begin(&call);
    lsa_client_acceptors(note, seen);
    lsa_call_end();
    return seen;
}

static void test_users(void **state)
{
    static const struct lsa_setting some[] = {
        {"HTTP", "root 33,  nobody"},
        {"imap", "34 keytab=/etc/imap.keytab"},
        {"smtp", "keytab=/etc/imap.keytab"},
        {"odd", "-1 4294967295 33x 0x21 99999999999999999999 nobody-like-that"},
        {"empty", ""},
        {"last", "34"},
        {"after", "34"},
        {NULL, NULL}};

    (void)state;
    rules = some;
    assert_string_equal(seen_by(0), "HTTP:- ");
    assert_string_equal(seen_by(33), "HTTP:- ");
    assert_string_equal(seen_by(34), "imap:/etc/imap.keytab last:- ");
    assert_string_equal(seen_by(35), "");
    assert_string_equal(seen_by(UINT32_MAX), "");
    rules = NULL;
    assert_string_equal(seen_by(33), "");
    lsa_host.settings = NULL;
    assert_string_equal(seen_by(33), "");
    lsa_host.settings = settings;
}

static bool may_verify(uid_t uid)
{
    struct lsa_call call = {.uid = uid};
    bool may;

    lsa_call_begin(&call);
    may = lsa_client_may_verify();
    lsa_call_end();
    return may;
}

/* NTLM is no service with a key. */
static void test_ntlm(void **state)
{
    static const struct lsa_setting some[] = {
        {"HTTP", "33 34"}, {"Ntlm", "33"}, {"NTLM/box", "35"}, {"NTLM", "36"}, {NULL, NULL}};

    (void)state;
    rules = some;
    assert_string_equal(seen_by(33), "HTTP:- ");
    assert_true(may_verify(33));
    assert_false(may_verify(34));
    assert_false(may_verify(35));
    assert_true(may_verify(36));
    assert_false(may_verify(0)); /* who needs no rule */
    rules = NULL;
    assert_false(may_verify(33));
    assert_false(lsa_client_may_verify()); /* nobody's call */
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_services),
                                       cmocka_unit_test(test_users), cmocka_unit_test(test_ntlm)};

    lsa_host.settings = settings;
    return cmocka_run_group_tests_name("[acceptors]", tests, NULL, NULL);
}
