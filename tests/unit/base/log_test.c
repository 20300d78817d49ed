/* base/log: a secret is never printed, a line never forged, and conversions print what printf(3)
 * prints. */
#include "tests/unit/base/test.h"
#include "base/log.h"
#include "base/secret.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static char line[2048];

static const char *formatted(const char *format, ...) __attribute__((format(printf, 1, 2)));
static const char *formatted(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    log_format(line, sizeof(line), format, args);
    va_end(args);
    return line;
}

static void secrets_are_refused(void **state)
{
    char *secret = secret_dup("hunter2", 8), *large = secret_alloc(100000);

    (void)state;
    strcpy(large, "hunter2");
    assert_string_equal(formatted("user=%s password=%s", "carla", secret),
                        "user=carla password=[secret]");
    assert_string_equal(formatted("%.3s", secret), "[secret]");
    assert_string_equal(formatted("%.*s", 2, secret + 1), "[secret]");
    assert_string_equal(formatted("%s %d", large, 5), "[secret] 5");
    secret_free(secret);
    secret_free(large);
}

static void lines_cannot_be_forged(void **state)
{
    (void)state;
    assert_string_equal(formatted("user %s", "a\nsshd[1]: Accepted"),
                        "user a\\x0asshd[1]: Accepted");
    assert_string_equal(formatted("%s", "\x1b[2J\t\x7f"), "\\x1b[2J\\x09\\x7f");
    assert_string_equal(formatted("%s", "ünïcode €"), "ünïcode €");
    assert_string_equal(formatted("%s", "\xff\xc3"), "\\xff\\xc3");
    assert_string_equal(formatted("%s", "\xc2\x9b"
                                        "31m"),
                        "\\xc2\\x9b31m"); /* C1 control sequence introducer */
    assert_string_equal(formatted("%s", "a\xe2\x80\xa8z"),
                        "a\\xe2\\x80\\xa8z"); /* line separator */
    assert_string_equal(formatted("%c", '\n'), "\\x0a");
}

static void prints_like_printf(void **state)
{
    char expected[512];

    (void)state;
#define SAME(...)                                                                                  \
    do {                                                                                           \
        snprintf(expected, sizeof(expected), __VA_ARGS__);                                         \
        assert_string_equal(formatted(__VA_ARGS__), expected);                                     \
    } while (0)
    SAME("%d %i %u %x %X %o %c", -5, 6, 7u, 0xabu, 0xCDu, 8u, 'y');
    SAME("%ld %lu %lld %llx", -5L, 7UL, -6LL, 0xfeULL);
    SAME("%zu %zd %jd %td", (size_t)5, (ssize_t)-5, (intmax_t)-9, (ptrdiff_t)4);
    SAME("%hhu %hd", (unsigned char)200, (short)-3);
    SAME("%08x|%-6d|%+d|%5.3d|%#x", 0xbeefu, 42, 7, 9, 255u);
    SAME("%*d|%-*d|%.*d", 6, 42, 6, 42, 3, 5);
    SAME("%f %.2f %g %e", 1.5, 2.345, 1e10, 0.001);
    SAME("%p", (void *)state);
    SAME("100%% %s %.2s", "abc", "xyz");
    SAME("%s", "");
#undef SAME
    errno = EACCES;
    assert_string_equal(formatted("open: %m"), "open: Permission denied");
    assert_int_equal(errno, EACCES);
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat" /* formats that no correct program has */
#pragma GCC diagnostic ignored "-Wformat-security"
#ifndef __clang__
#pragma GCC diagnostic ignored "-Wformat-overflow"
#endif
#pragma GCC diagnostic ignored "-Wformat-extra-args"
static void strange_formats(void **state)
{
    int written = 7;

    (void)state;
    assert_string_equal(formatted("a %n b", &written), "a [format]");
    assert_int_equal(written, 7);
    assert_string_equal(formatted("a %"), "a [format]");
    assert_string_equal(formatted("%s", (char *)NULL), "(null)");
    assert_string_equal(formatted("%ls", L"x"), "[wide]");
}
#pragma GCC diagnostic pop

static void is_cut(void **state)
{
    static char text[5000];
    char small[10];

    (void)state;
    memset(text, 'a', sizeof(text) - 1);
    formatted("%s%s", text, text);
    assert_int_equal(strlen(line), sizeof(line) - 1);
    memset(small, 'z', sizeof(small));
    assert_int_equal(strlen(formatted("%300d", 1)), 300);
    line[0] = 0;
}

/* What goes to standard error, caught in a pipe. */
static void to_standard_error(void **state)
{
    int pair[2], saved = dup(STDERR_FILENO);
    char got[3000];
    ssize_t n;

    (void)state;
    assert_int_equal(pipe(pair), 0);
    dup2(pair[1], STDERR_FILENO);
    log_open("tester", true, false);
    log_debug("not asked for");
    errno = ENOENT;
    log_error("one %d", 1);
    assert_int_equal(errno, ENOENT);
    log_open("tester", true, true);
    log_debug("asked for");
    log_open("tester", false, true);
    log_error("only syslog");
    dup2(saved, STDERR_FILENO);
    close(saved);
    close(pair[1]);
    n = read(pair[0], got, sizeof(got) - 1);
    assert_true(n > 0);
    got[n] = 0;
    close(pair[0]);
    assert_string_equal(got, "tester: one 1\ntester: asked for\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(secrets_are_refused),
        cmocka_unit_test(lines_cannot_be_forged),
        cmocka_unit_test(prints_like_printf),
        cmocka_unit_test(strange_formats),
        cmocka_unit_test(is_cut),
        cmocka_unit_test(to_standard_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
