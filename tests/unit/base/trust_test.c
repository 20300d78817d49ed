/* base/trust: files that somebody else than root could have put there are refused, wherever on
 * the way the door is open. */
#include "tests/unit/base/test.h"
#include "base/trust.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char top[] = "/tmp/credmgr-trust-XXXXXX", file[64], deep[64];

static int set_up(void **state)
{
    char path[64];

    (void)state;
    strcpy(top + sizeof(top) - 7, "XXXXXX");
    assert_non_null(mkdtemp(top));
    assert_int_equal(chmod(top, 0755), 0);
    snprintf(path, sizeof(path), "%s/a", top);
    assert_int_equal(mkdir(path, 0755), 0);
    snprintf(deep, sizeof(deep), "%s/a/b", top);
    assert_int_equal(mkdir(deep, 0755), 0);
    snprintf(file, sizeof(file), "%s/a/b/file", top);
    assert_int_equal(close(open(file, O_CREAT | O_WRONLY | O_CLOEXEC, 0644)), 0);
    return 0;
}

static int tear_down(void **state)
{
    char command[80];

    (void)state;
    snprintf(command, sizeof(command), "rm -rf %s", top);
    return system(command);
}

static char *at(const char *name)
{
    static char path[4][96];
    static unsigned next;

    next = (next + 1) % 4;
    snprintf(path[next], sizeof(path[next]), "%s/%s", top, name);
    return path[next];
}

static void expect(const char *path, enum trust_kind kind, int error, const char *what,
                   const char *remedy)
{
    struct trust_problem why;

    assert_false(trust_path(path, kind, &why));
    assert_int_equal(why.error, error);
    if (!strstr(why.what, what) || strcmp(why.remedy, remedy) != 0)
        print_message("%s: %s (%s)\n", path, why.what, why.remedy);
    assert_non_null(strstr(why.what, what));
    assert_string_equal(why.remedy, remedy);
}

static void good(void **state)
{
    struct trust_problem why;

    (void)state;
    assert_true(trust_path(file, TRUST_FILE, &why));
    assert_true(trust_path(deep, TRUST_DIRECTORY, &why));
    assert_true(trust_path("/", TRUST_DIRECTORY, &why));
    assert_true(trust_path(at("a/./b/..//b/file"), TRUST_FILE, &why));
    assert_true(trust_path(at("a/b/"), TRUST_DIRECTORY, &why));
    assert_true(trust_path("/../../", TRUST_DIRECTORY, &why));
}

static void kinds(void **state)
{
    (void)state;
    expect(deep, TRUST_FILE, 0, "is not a regular file", "");
    expect(at("a/b/."), TRUST_FILE, 0, "is not a regular file", "");
    expect(file, TRUST_DIRECTORY, 0, "is not a directory", "");
    expect("/dev/null", TRUST_FILE, 0, "/dev/null", "chmod go-w /dev/null");
    expect(at("a/b/nothing"), TRUST_FILE, ENOENT, "a/b/nothing is not there", "");
    expect(at("x/b/file"), TRUST_FILE, ENOENT, "/x is not there", "");
    expect(at("a/b/file/more"), TRUST_FILE, ENOTDIR, "a/b/file is not a directory", "");
    expect("a/b/file", TRUST_FILE, EINVAL, "is no absolute path", "");
    expect("", TRUST_FILE, EINVAL, "is no absolute path", "");
}

static void owners_and_modes(void **state)
{
    static const char *const names[] = {"a", "a/b", "a/b/file"};
    struct trust_problem why;

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        char *path = at(names[i]), chown_it[128], chmod_it[128];
        mode_t mode = i == 2 ? 0644 : 0755;

        snprintf(chown_it, sizeof(chown_it), "chown root %s", path);
        snprintf(chmod_it, sizeof(chmod_it), "chmod go-w %s", path);
        assert_int_equal(chown(path, 12345, 0), 0);
        expect(file, TRUST_FILE, 0, "belongs to uid 12345, not to root", chown_it);
        assert_int_equal(chown(path, 0, 0), 0);
        assert_int_equal(chmod(path, mode | 020), 0);
        expect(file, TRUST_FILE, 0, "can be written by others than its owner", chmod_it);
        assert_int_equal(chmod(path, mode | 002), 0);
        expect(file, TRUST_FILE, 0, "can be written by others than its owner", chmod_it);
        assert_int_equal(chmod(path, mode), 0);
        assert_true(trust_path(file, TRUST_FILE, &why));
    }
    /* Sticky: what is root's in it stays there; but it is no directory of managers. */
    assert_int_equal(chmod(deep, 01777), 0);
    assert_true(trust_path(file, TRUST_FILE, &why));
    assert_false(trust_path(deep, TRUST_DIRECTORY, &why));
}

static void links(void **state)
{
    struct trust_problem why;
    char text[128];

    (void)state;
    assert_int_equal(symlink("b/file", at("a/link")), 0);
    assert_int_equal(symlink(file, at("absolute")), 0);
    assert_int_equal(symlink("../a/b/../link", at("a/chain")), 0);
    assert_int_equal(symlink("loop", at("loop")), 0);
    assert_int_equal(symlink("gone", at("dangling")), 0);
    assert_int_equal(mkdir(at("theirs"), 0755), 0);
    assert_int_equal(symlink(at("theirs"), at("way")), 0);
    assert_int_equal(close(open(at("theirs/file"), O_CREAT | O_WRONLY | O_CLOEXEC, 0644)), 0);
    assert_true(trust_path(at("a/link"), TRUST_FILE, &why));
    assert_true(trust_path(at("absolute"), TRUST_FILE, &why));
    assert_true(trust_path(at("a/chain"), TRUST_FILE, &why));
    assert_true(trust_path(at("way/file"), TRUST_FILE, &why));
    expect(at("loop"), TRUST_FILE, ELOOP, "loop", "");
    expect(at("dangling"), TRUST_FILE, ENOENT, "/gone is not there", "");

    /* What a link leads to, and the link itself, count. */
    assert_int_equal(chown(at("theirs"), 12345, 0), 0);
    snprintf(text, sizeof(text), "chown root %s", at("theirs"));
    expect(at("way/file"), TRUST_FILE, 0, "belongs to uid 12345", text);
    assert_int_equal(lchown(at("a/link"), 12345, 0), 0);
    snprintf(text, sizeof(text), "chown -h root %s", at("a/link"));
    expect(at("a/link"), TRUST_FILE, 0, "belongs to uid 12345", text);
    expect(at("a/chain"), TRUST_FILE, 0, "belongs to uid 12345", text);
}

static void long_names(void **state)
{
    char path[6000];
    struct trust_problem why;

    (void)state;
    memset(path, 'x', sizeof(path));
    path[0] = '/';
    path[300] = 0;
    assert_false(trust_path(path, TRUST_FILE, &why));
    assert_int_equal(why.error, ENAMETOOLONG);
    path[300] = 'x';
    path[sizeof(path) - 1] = 0;
    assert_false(trust_path(path, TRUST_FILE, &why));
    assert_int_equal(why.error, EINVAL);
    for (size_t i = 0; i < 4000; i++)
        path[i] = i % 2 ? '.' : '/';
    path[4000] = 0;
    assert_true(trust_path(path, TRUST_DIRECTORY, &why));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(good), TEST(kinds), TEST(owners_and_modes), TEST(links), TEST(long_names),
    };

    umask(022);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
