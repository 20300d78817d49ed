/*
 * notify/command: the command line of a logon script. The examples with backslashes are those of
 * "Parsing C command-line arguments" (Microsoft C++ documentation).
 */
#include "tests/unit/base/test.h"
#include "notify/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void splits(void **state)
{
    static const struct {
        const char *line;
        const char *expected; /* each argument in brackets; else the error */
    } cases[] = {
        {"a", "[a]"},
        {"  a\t b  ", "[a][b]"},
        {"/usr/bin/mount -t cifs //server/share", "[/usr/bin/mount][-t][cifs][//server/share]"},
        {"\"two words\" \"\"", "[two words][]"},
        {"a\"b c\"d", "[ab cd]"},
        {"it's $HOME `x` * ; | && #", "[it's][$HOME][`x`][*][;][|][&&][#]"},
        {"gr\xc3\xb6\xc3\x9f"
         "e \xe2\x82\xac",
         "[gr\xc3\xb6\xc3\x9f"
         "e][\xe2\x82\xac]"},
        /* the documented examples */
        {"\"abc\" d e", "[abc][d][e]"},
        {"a\\\\b d\"e f\"g h", "[a\\\\b][de fg][h]"},
        {"a\\\\\\\"b c d", "[a\\\"b][c][d]"},
        {"a\\\\\\\\\"b c\" d e", "[a\\\\b c][d][e]"},
        {"a\"b\"\" c d", "a quote that does not end"}, /* there it ends with the line */
        {"a\"b\"\" c d\"", "[ab\" c d]"},
        {"\"\"\"x\"\"\"", "[\"x\"]"},
        {"a\\ b\\", "[a\\][b\\]"},
        /* mistakes */
        {"", "no command"},
        {" \t ", "no command"},
        {"\"unfinished", "a quote that does not end"},
        {"a \"b\\\"", "a quote that does not end"},
        {"a\nb", "a control character"},
        {"a\x7f", "a control character"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char *error = "unset";
        char **arguments = mpr_command_split(cases[i].line, &error), seen[256] = "";

        assert_true(!arguments == !!error);
        for (char **a = arguments; a && *a; a++)
            snprintf(seen + strlen(seen), sizeof(seen) - strlen(seen), "[%s]", *a);
        assert_string_equal(arguments ? seen : error, cases[i].expected);
        free(arguments);
    }
}

static void too_many(void **state)
{
    char line[2 * MPR_COMMAND_ARGUMENTS_MAX + 4] = "";
    const char *error;
    char **arguments;

    (void)state;
    for (int i = 0; i < MPR_COMMAND_ARGUMENTS_MAX; i++)
        strcat(line, "x ");
    arguments = mpr_command_split(line, &error);
    assert_non_null(arguments);
    free(arguments);
    strcat(line, "y");
    assert_null(mpr_command_split(line, &error));
    assert_string_equal(error, "too many arguments");
}

static void programs(void **state)
{
    const char *error;
    char *path;

    (void)state;
    path = mpr_command_program("/nowhere/x", &error); /* execve will tell */
    assert_string_equal(path, "/nowhere/x");
    free(path);
    setenv("PATH", "/nowhere", 1);
    path = mpr_command_program("sh", &error);
    assert_non_null(path);
    assert_null(error);
    assert_int_equal(access(path, X_OK), 0);
    assert_int_equal(path[0], '/');
    free(path);
    assert_null(mpr_command_program("./sh", &error));
    assert_string_equal(error, "not an absolute path");
    assert_null(mpr_command_program("bin/sh", &error));
    assert_null(mpr_command_program("", &error));
    assert_null(mpr_command_program("no-such-program-anywhere", &error));
    assert_string_equal(error, "not found in /usr/local/bin, /usr/bin or /bin");
    assert_null(mpr_command_program("..", &error));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(splits),
        cmocka_unit_test(too_many),
        cmocka_unit_test(programs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
