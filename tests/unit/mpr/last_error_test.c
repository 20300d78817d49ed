/* notify/mpr/last_error: what WNetGetLastError says is what this thread was told, cut to size. */
#include "tests/unit/base/test.h"
#include "notify/mpr/mpr.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static DWORD error;
static char text[600], name[100];
static WCHAR wide_text[600], wide_name[100];

static bool wide_equal(const WCHAR *a, const WCHAR *b)
{
    return lstrlenW(a) == lstrlenW(b) && memcmp(a, b, (size_t)lstrlenW(a) * sizeof(*a)) == 0;
}

static void nothing_at_first(void **state)
{
    (void)state;
    error = 1;
    memset(text, 'x', sizeof(text));
    memset(wide_name, 'x', sizeof(wide_name));
    assert_int_equal(WNetGetLastErrorA(&error, text, sizeof(text), name, sizeof(name)),
                     WN_NO_ERROR);
    assert_int_equal(error, NO_ERROR);
    assert_string_equal(text, "");
    assert_string_equal(name, "");
    error = 1;
    assert_int_equal(WNetGetLastErrorW(&error, wide_text, 600, wide_name, 100), WN_NO_ERROR);
    assert_int_equal(error, NO_ERROR);
    assert_int_equal(wide_text[0], 0);
    assert_int_equal(wide_name[0], 0);
}

static void what_was_set_is_told(void **state)
{
    WCHAR said[] = u"der Schlüssel fehlt €𝄞", who[] = u"Tresor";
    char narrow[] = "clé manquante", coffre[] = "Coffre";

    (void)state;
    WNetSetLastErrorW(0x20000007, said, who);
    for (int i = 0; i < 2; i++) { /* until something else is told */
        assert_int_equal(WNetGetLastErrorW(&error, wide_text, 600, wide_name, 100), NO_ERROR);
        assert_int_equal(error, 0x20000007);
        assert_true(wide_equal(wide_text, said));
        assert_true(wide_equal(wide_name, who));
        assert_int_equal(WNetGetLastErrorA(&error, text, 600, name, 100), NO_ERROR);
        assert_int_equal(error, 0x20000007);
        assert_string_equal(text, "der Schlüssel fehlt €𝄞");
        assert_string_equal(name, "Tresor");
    }
    WNetSetLastErrorA(7, narrow, coffre);
    WNetGetLastErrorW(&error, wide_text, 600, wide_name, 100);
    assert_int_equal(error, 7);
    assert_true(wide_equal(wide_text, u"clé manquante"));
    assert_true(wide_equal(wide_name, u"Coffre"));
    WNetSetLastErrorW(8, NULL, NULL);
    WNetGetLastErrorA(&error, text, 600, name, 100);
    assert_int_equal(error, 8);
    assert_string_equal(text, "");
    assert_string_equal(name, "");
    WNetSetLastErrorA(NO_ERROR, NULL, NULL);
}

/* Sizes are characters; what is cut off is whole characters, and a zero is always there. */
static void cut_to_size(void **state)
{
    WCHAR said[] = u"ab€𝄞", who[] = u"Tresor";
    static const struct {
        DWORD size;
        const char *text;
        const WCHAR *wide;
    } cuts[] = {
        {1, "", u""},      {2, "a", u"a"},      {3, "ab", u"ab"},    {4, "ab", u"ab€"},
        {5, "ab", u"ab€"}, {6, "ab€", u"ab€𝄞"}, {9, "ab€", u"ab€𝄞"}, {10, "ab€𝄞", u"ab€𝄞"},
    };

    (void)state;
    WNetSetLastErrorW(3, said, who);
    for (size_t i = 0; i < ARRAYSIZE(cuts); i++) {
        memset(text, 'x', sizeof(text));
        memset(wide_text, 'x', sizeof(wide_text));
        assert_int_equal(WNetGetLastErrorA(&error, text, cuts[i].size, name, 4), NO_ERROR);
        assert_string_equal(text, cuts[i].text);
        assert_string_equal(name, "Tre");
        assert_int_equal(text[cuts[i].size], 'x');
        assert_int_equal(WNetGetLastErrorW(&error, wide_text, cuts[i].size, wide_name, 1),
                         NO_ERROR);
        assert_true(wide_equal(wide_text, cuts[i].wide));
        assert_int_equal(wide_name[0], 0);
        assert_int_equal(wide_text[cuts[i].size], u'\x7878');
    }
    WNetSetLastErrorA(NO_ERROR, NULL, NULL);
}

static void bad_pointers(void **state)
{
    (void)state;
    assert_int_equal(WNetGetLastErrorA(NULL, text, 9, name, 9), WN_BAD_POINTER);
    assert_int_equal(WNetGetLastErrorA(&error, NULL, 9, name, 9), WN_BAD_POINTER);
    assert_int_equal(WNetGetLastErrorA(&error, text, 0, name, 9), WN_BAD_POINTER);
    assert_int_equal(WNetGetLastErrorA(&error, text, 9, NULL, 9), WN_BAD_POINTER);
    assert_int_equal(WNetGetLastErrorA(&error, text, 9, name, 0), WN_BAD_POINTER);
    assert_int_equal(WNetGetLastErrorW(NULL, wide_text, 9, wide_name, 9), WN_BAD_POINTER);
    assert_int_equal(WNetGetLastErrorW(&error, NULL, 9, wide_name, 9), WN_BAD_POINTER);
    assert_int_equal(WNetGetLastErrorW(&error, wide_text, 0, wide_name, 9), WN_BAD_POINTER);
    assert_int_equal(WNetGetLastErrorW(&error, wide_text, 9, NULL, 9), WN_BAD_POINTER);
    assert_int_equal(WNetGetLastErrorW(&error, wide_text, 9, wide_name, 0), WN_BAD_POINTER);
    assert_int_equal(WN_BAD_POINTER, ERROR_INVALID_ADDRESS);
}

/* Far too long, and malformed: still a string, and one that can be told in both ways. */
static void hostile_strings(void **state)
{
    static WCHAR endless[5000];
    WCHAR lone[] = {u'a', 0xd800, u'b', 0xdc00, 0xd83d, 0xde00, 0xd801, 0};
    char long_text[3001], no_utf8[] = "a\xff\xc3z";

    (void)state;
    for (size_t i = 0; i < ARRAYSIZE(endless) - 1; i++)
        endless[i] = i % 2 ? 0xde00 : 0xd83d;
    WNetSetLastErrorW(1, endless, endless);
    WNetGetLastErrorW(&error, wide_text, 600, wide_name, 100);
    assert_int_equal(lstrlenW(wide_text), 510); /* whole pairs */
    assert_int_equal(lstrlenW(wide_name), 62);
    WNetGetLastErrorA(&error, text, 600, name, 100);
    assert_int_equal(strlen(text), 596);
    memset(long_text, 'a', 3000);
    long_text[3000] = 0;
    WNetSetLastErrorA(1, long_text, long_text);
    WNetGetLastErrorW(&error, wide_text, 600, wide_name, 100);
    assert_int_equal(lstrlenW(wide_text), 511);
    assert_int_equal(lstrlenW(wide_name), 63);
    WNetSetLastErrorW(1, lone, lone);
    WNetGetLastErrorA(&error, text, 600, name, 100);
    assert_string_equal(text, "a?b?😀?");
    assert_string_equal(name, "a?b?😀?");
    WNetSetLastErrorA(1, no_utf8, no_utf8);
    WNetGetLastErrorA(&error, text, 600, name, 100);
    assert_string_equal(text, "a??z");
    WNetSetLastErrorA(NO_ERROR, NULL, NULL);
}

static void *another_thread(void *arg)
{
    char mine[100], who[100], said[] = "of the thread", thread[] = "thread";
    DWORD code = 1;

    if (WNetGetLastErrorA(&code, mine, 100, who, 100) != NO_ERROR || code != 0 || *mine || *who)
        return arg;
    WNetSetLastErrorA(99, said, thread);
    WNetGetLastErrorA(&code, mine, 100, who, 100);
    return code == 99 && strcmp(mine, said) == 0 && strcmp(who, thread) == 0 ? NULL : arg;
}

static void each_thread_has_its_own(void **state)
{
    char said[] = "of the first", who[] = "first";
    pthread_t threads[8];
    void *bad = NULL;

    (void)state;
    WNetSetLastErrorA(5, said, who);
    for (size_t i = 0; i < ARRAYSIZE(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, another_thread, &error), 0);
    for (size_t i = 0; i < ARRAYSIZE(threads); i++) {
        pthread_join(threads[i], &bad);
        assert_null(bad);
    }
    WNetGetLastErrorA(&error, text, 600, name, 100);
    assert_int_equal(error, 5);
    assert_string_equal(text, said);
    assert_string_equal(name, who);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_at_first), cmocka_unit_test(what_was_set_is_told),
        cmocka_unit_test(cut_to_size),      cmocka_unit_test(bad_pointers),
        cmocka_unit_test(hostile_strings),  cmocka_unit_test(each_thread_has_its_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
