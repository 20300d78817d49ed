/* Why something failed: words that may come from anybody, in a line that may be shown anywhere. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/reason.h"

static void test_controls(void **state)
{
    (void)state;
    reason_set(7, "for %s, %d", "al\x1b[2Jice\n\x7f", 3);
    assert_int_equal(reason_get()->code, 7);
    assert_string_equal(reason_get()->text, "for al [2Jice  , 3");
    reason_set(0, "%s",
               "\xc2\x9b"
               "2J \xc2\x85"
               "x \xc2\xa7 \xc3\x84 \xc2");
    assert_string_equal(reason_get()->text, "  2J   x \xc2\xa7 \xc3\x84 \xc2");
    reason_clear();
    assert_string_equal(reason_get()->text, "");
}

/* What is too long ends with a whole character. */
static void test_length(void **state)
{
    char text[sizeof(reason_get()->text) + 8];

    (void)state;
    memset(text, 'x', sizeof(text));
    memcpy(text + sizeof(reason_get()->text) - 2, "\xc3\x84", 3);
    reason_set(0, "%s", text);
    assert_int_equal(strlen(reason_get()->text), sizeof(reason_get()->text) - 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_controls),
        cmocka_unit_test(test_length),
    };

    return cmocka_run_group_tests_name("base_reason", tests, NULL, NULL);
}
