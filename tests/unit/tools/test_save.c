/* credmgr save, with an lsad that answers what the test says. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <ntstatus.h>
#include "base/secret.h"
#include "libsspi/lsa/client.h"
#include "tools/credmgr/commands.h"

static struct {
    NTSTATUS status;
    unsigned saved, deleted;
    char target[256], user[256], password[256];
    bool secret; /* the password came from secret memory */
    size_t count;
} lsad;

NTSTATUS lsa_client_save(const char *target, const char *user, const char *password)
{
    lsad.saved++;
    snprintf(lsad.target, sizeof lsad.target, "%s", target);
    snprintf(lsad.user, sizeof lsad.user, "%s", user);
    snprintf(lsad.password, sizeof lsad.password, "%s", password);
    lsad.secret = secret_owns(password);
    return lsad.status;
}

NTSTATUS lsa_client_delete_saved(const char *target)
{
    lsad.deleted++;
    snprintf(lsad.target, sizeof lsad.target, "%s", target);
    return lsad.status;
}

NTSTATUS lsa_client_list_saved(struct lsa_saved_info **list, size_t *count)
{
    *list = NULL;
    *count = 0;
    if (lsad.status != STATUS_SUCCESS)
        return lsad.status;
    *list = calloc(3, sizeof **list);
    assert_non_null(*list);
    (*list)[0] = (struct lsa_saved_info){(char *)"*.example.com", (char *)"EX\\alice"};
    (*list)[1] = (struct lsa_saved_info){(char *)"TERMSRV/box", (char *)"bob\x1b[31m"};
    *count = lsad.count;
    return lsad.status;
}

void lsa_client_free_saved(struct lsa_saved_info *list, size_t count)
{
    (void)count;
    free(list);
}

static struct command_options options;
static char output[2048], complaint[2048];

/* The exit status; what it printed and complained of. `password`: on the descriptor. */
static int run(const char *password)
{
    FILE *out = fmemopen(output, sizeof output, "we"), *err = tmpfile();
    int kept = dup(STDERR_FILENO), fds[2], result;
    struct report *report = NULL;
    size_t size;

    assert_true(out && err && kept >= 0);
    memset(output, 0, sizeof output);
    options.password_fd = -1;
    if (password) {
        assert_int_equal(pipe(fds), 0);
        assert_int_equal(write(fds[1], password, strlen(password)), strlen(password));
        close(fds[1]);
        options.password_fd = fds[0];
    }
    fflush(stderr);
    dup2(fileno(err), STDERR_FILENO);
    result = command_save(&options, &report);
    fflush(stderr);
    dup2(kept, STDERR_FILENO);
    close(kept);
    if (password)
        close(fds[0]);
    rewind(err);
    size = fread(complaint, 1, sizeof complaint - 1, err);
    complaint[size] = '\0';
    fclose(err);
    if (report)
        assert_true(options.json ? report_print_json(report, out)
                                 : report_print_table(report, out));
    fclose(out);
    report_free(report);
    return result;
}

static void complains(const char *what)
{
    if (!strstr(complaint, what))
        fail_msg("\"%s\" is not in \"%s\"", what, complaint);
}

static int set_up(void **state)
{
    (void)state;
    memset(&lsad, 0, sizeof lsad);
    options = (struct command_options){.json = false};
    return 0;
}

static void saves(void **state)
{
    const struct passwd *me = getpwuid(getuid());

    (void)state;
    options.operands[0] = "TERMSRV/box";
    options.user = "EX\\alice";
    assert_int_equal(run("Open Sesame\nanother line\n"), EXIT_SUCCESS);
    assert_string_equal(lsad.target, "TERMSRV/box");
    assert_string_equal(lsad.user, "EX\\alice");
    assert_string_equal(lsad.password, "Open Sesame");
    assert_true(lsad.secret);
    assert_string_equal(output, "");
    assert_string_equal(complaint, "");
    options.user = NULL; /* oneself */
    assert_int_equal(run("x"), EXIT_SUCCESS);
    assert_non_null(me);
    assert_string_equal(lsad.user, me->pw_name);
    assert_int_equal(lsad.saved, 2);
}

static void saves_nothing(void **state)
{
    (void)state;
    options.operands[0] = "TERMSRV/box";
    assert_int_equal(run("\n"), EXIT_FAILURE);
    complains("an empty password is none");
    assert_int_equal(lsad.saved, 0);
    lsad.status = STATUS_INVALID_PARAMETER;
    assert_int_equal(run("x\n"), EXIT_FAILURE);
    complains("\"TERMSRV/box\" is no name of a server");
    lsad.status = STATUS_QUOTA_EXCEEDED;
    assert_int_equal(run("x\n"), EXIT_FAILURE);
    complains("there is no room for more");
    lsad.status = LSA_CLIENT_UNREACHABLE;
    assert_int_equal(run("x\n"), EXIT_FAILURE);
    complains("lsad does not answer");
    assert_null(strstr(complaint, "\"x\""));
}

static void lists(void **state)
{
    (void)state;
    options.list = true;
    assert_int_equal(run(NULL), EXIT_SUCCESS);
    complains("you have saved no credentials");
    lsad.count = 2;
    assert_int_equal(run(NULL), EXIT_SUCCESS);
    assert_string_equal(output, "TARGET         USER\n"
                                "*.example.com  EX\\alice\n"
                                "TERMSRV/box    bob\\x1b[31m\n");
    options.json = true;
    assert_int_equal(run(NULL), EXIT_SUCCESS);
    assert_non_null(strstr(output, "\"save\": ["));
    assert_non_null(strstr(output, "\"target\": \"*.example.com\""));
    assert_non_null(strstr(output, "\"user\": \"EX\\\\alice\""));
    lsad.status = LSA_CLIENT_UNREACHABLE;
    assert_int_equal(run(NULL), EXIT_FAILURE);
    complains("cannot list saved credentials: lsad does not answer");
}

static void deletes(void **state)
{
    (void)state;
    options.remove = true;
    options.operands[0] = "TERMSRV/box";
    assert_int_equal(run(NULL), EXIT_SUCCESS);
    assert_int_equal(lsad.deleted, 1);
    assert_string_equal(lsad.target, "TERMSRV/box");
    lsad.status = STATUS_NOT_FOUND;
    assert_int_equal(run(NULL), EXIT_FAILURE);
    complains("there are none for TERMSRV/box");
    assert_int_equal(lsad.saved, 0);
}

static void misunderstood(void **state)
{
    (void)state;
    assert_int_equal(run(NULL), EXIT_FAILURE);
    complains("one of these is needed");
    options.remove = true;
    assert_int_equal(run(NULL), EXIT_FAILURE);
    options.operands[0] = "TERMSRV/box";
    options.list = true;
    assert_int_equal(run(NULL), EXIT_FAILURE);
    options.remove = false;
    assert_int_equal(run("x\n"), EXIT_FAILURE);
    complains("one of these is needed");
    assert_int_equal(lsad.saved + lsad.deleted, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, set_up)
    const struct CMUnitTest tests[] = {TEST(saves), TEST(saves_nothing), TEST(lists), TEST(deletes),
                                       TEST(misunderstood)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
