/* base/utf16: conversions that never replace, and upper-casing that never changes a length. */
#include "tests/unit/base/test.h"
#include "base/secret.h"
#include "base/utf16.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* One string in both forms: ASCII, two, three and four bytes a character. */
static const char both8[] = "aé€😀z";
static const char16_t both16[] = u"aé€😀z";

static void converts_both_ways(void **state)
{
    size_t n;
    char16_t *w = utf16_from_utf8(both8, strlen(both8), &n);
    char *s;

    (void)state;
    assert_non_null(w);
    assert_int_equal(n, 6);
    assert_true(utf16_equal(w, both16));
    s = utf16_to_utf8(w, n, &n);
    assert_string_equal(s, both8);
    assert_int_equal(n, strlen(both8));
    free(w);
    free(s);
}

static void secrets_lie_in_secret_memory(void **state)
{
    size_t n;
    char16_t *w = utf16_from_utf8_secret(both8, strlen(both8), &n);
    char *s = utf16_to_utf8_secret(both16, utf16_length(both16), NULL);

    (void)state;
    assert_true(secret_owns(w));
    assert_true(secret_owns(s));
    assert_true(utf16_equal(w, both16));
    assert_string_equal(s, both8);
    secret_free(w);
    secret_free(s);
    w = utf16_from_utf8_secret("", 0, &n);
    assert_int_equal(n, 0);
    assert_int_equal(w[0], 0);
    secret_free(w);
}

static void empty_and_zero(void **state)
{
    size_t n = 7;
    char *s = utf16_to_utf8(u"", 0, &n);
    char16_t *w;

    (void)state;
    assert_string_equal(s, "");
    assert_int_equal(n, 0);
    free(s);
    w = utf16_from_utf8("a\0b", 3, &n); /* a zero within is a character like others */
    assert_int_equal(n, 3);
    assert_int_equal(w[2], u'b');
    free(w);
}

static void malformed_is_an_error(void **state)
{
    static const char *const bad8[] = {
        "\xff", "a\xc3", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\x80"};
    static const char16_t lone_high[] = {u'a', 0xD800}, lone_low[] = {0xDC00, u'a'};
    size_t n;

    (void)state;
    for (size_t i = 0; i < sizeof(bad8) / sizeof(bad8[0]); i++) {
        errno = 0;
        assert_null(utf16_from_utf8(bad8[i], strlen(bad8[i]), &n));
        assert_int_equal(errno, EILSEQ);
        assert_null(utf16_from_utf8_secret(bad8[i], strlen(bad8[i]), &n));
    }
    errno = 0;
    assert_null(utf16_to_utf8(lone_high, 2, &n));
    assert_int_equal(errno, EILSEQ);
    assert_null(utf16_to_utf8_secret(lone_low, 2, NULL));
    assert_null(utf16_to_utf8(u"x", SIZE_MAX / 2, NULL));
    assert_int_equal(errno, ENOMEM);
}

static void upper_cases_code_units(void **state)
{
    char16_t s[] = u"azAZ09_ü ÿ ß ﬁ ǆ σς ж 𐐨ĳ";

    (void)state;
    utf16_upcase(s, utf16_length(s));
    /* ß and the ligature ﬁ have no upper-case letter of their own; 𐐨 lies outside the BMP */
    assert_true(utf16_equal(s, u"AZAZ09_Ü Ÿ ß ﬁ Ǆ ΣΣ Ж 𐐨Ĳ"));
}

static void keeps_names_apart(void **state)
{
    char16_t s[] = u"ıſ";

    (void)state;
    utf16_upcase(s, 2); /* dotless i and long s stay what they are */
    assert_true(utf16_equal(s, u"ıſ"));
    assert_false(utf16_equal_nocase(u"roſe", u"rose"));
}

static void every_code_unit_stays_one(void **state)
{
    (void)state;
    for (unsigned u = 1; u <= 0xffff; u++) {
        char16_t s[3] = {(char16_t)u, u'x', 0};

        utf16_upcase(s, 1);
        assert_int_equal(s[1], u'x');
        assert_int_not_equal(s[0], 0);
        if (u >= 0xD800 && u <= 0xDFFF)
            assert_int_equal(s[0], u);
    }
}

static void compares(void **state)
{
    char16_t *copy = utf16_dup(both16);

    (void)state;
    assert_true(utf16_equal(copy, both16));
    free(copy);
    assert_true(utf16_equal_nocase(u"Example.COM", u"eXAMPLE.com"));
    assert_false(utf16_equal_nocase(u"abc", u"abcd"));
    assert_false(utf16_equal_nocase(u"abcd", u"abc"));
    assert_true(utf16_equal_nocase(u"", u""));
    assert_false(utf16_equal(u"a", u"A"));
    assert_false(utf16_equal(u"a", u"ab"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(converts_both_ways),
        cmocka_unit_test(secrets_lie_in_secret_memory),
        cmocka_unit_test(empty_and_zero),
        cmocka_unit_test(malformed_is_an_error),
        cmocka_unit_test(upper_cases_code_units),
        cmocka_unit_test(keeps_names_apart),
        cmocka_unit_test(every_code_unit_stays_one),
        cmocka_unit_test(compares),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
