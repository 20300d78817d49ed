/*
 * Samba's NTLM client against our server: its ntlm_auth program, spoken to line by line. It needs
 * no winbind when it is given the password.
 */
#include "tests/unit/ntlm/harness.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <openssl/evp.h>

static struct side server;
static FILE *to, *from;
static pid_t child;

static void start(const char *user, const char *domain, const char *password)
{
    int in[2], out[2];
    char user_option[64], domain_option[64], password_option[64];
    char *const arguments[] = {(char *)"ntlm_auth",
                               (char *)"--helper-protocol=ntlmssp-client-1",
                               user_option,
                               domain_option,
                               password_option,
                               (char *)"--configfile=/dev/null",
                               NULL};

    snprintf(user_option, sizeof(user_option), "--username=%s", user);
    snprintf(domain_option, sizeof(domain_option), "--domain=%s", domain);
    snprintf(password_option, sizeof(password_option), "--password=%s", password);
    assert_int_equal(pipe(in), 0);
    assert_int_equal(pipe(out), 0);
    child = fork();
    if (child == 0) {
        dup2(in[0], 0);
        dup2(out[1], 1);
        close(in[1]);
        close(out[0]);
        execvp("ntlm_auth", arguments);
        _exit(127);
    }
    assert_true(child > 0);
    close(in[0]);
    close(out[1]);
    to = fdopen(in[1], "w");
    from = fdopen(out[0], "r");
    assert_true(to && from);
}

static int end(void **state)
{
    int status;

    (void)state;
    if (to)
        fclose(to);
    if (from)
        fclose(from);
    if (child > 0)
        waitpid(child, &status, 0); /* the end of its input is the end of it */
    to = from = NULL;
    child = 0;
    side_end(&server);
    return 0;
}

/* "YR" begins, "TT base64" brings the challenge; the answer is two letters and base64. */
static void ask(const char *word, const struct token *in, const char *expected, struct token *out)
{
    char line[2 * TOKEN_ROOM], encoded[2 * TOKEN_ROOM] = "";
    int size;

    if (in)
        EVP_EncodeBlock((unsigned char *)encoded, in->data, (int)in->size);
    assert_true(fprintf(to, in ? "%s %s\n" : "%s%s\n", word, encoded) > 0);
    assert_int_equal(fflush(to), 0);
    assert_non_null(fgets(line, sizeof(line), from));
    line[strcspn(line, "\n")] = 0;
    assert_memory_equal(line, expected, 2);
    size = EVP_DecodeBlock(out->data, (unsigned char *)line + 3, (int)strlen(line + 3));
    assert_true(size > 0);
    out->size = (ULONG)size;
    for (size_t i = strlen(line); line[i - 1] == '='; i--)
        out->size--;
}

static SECURITY_STATUS log_in(const char *user, const char *domain, const char *password)
{
    struct token a, b;

    assert_int_equal(side_acquire(&server, false, "alice", "EXAMPLE", "open-sesame"), SEC_E_OK);
    start(user, domain, password);
    ask("YR", NULL, "YR", &a);
    assert_int_equal(side_step(&server, 0, &a, &b), SEC_I_CONTINUE_NEEDED);
    ask("TT", &b, "AF", &a);
    return side_step(&server, 0, &a, &b);
}

static void test_right(void **state)
{
    (void)state;
    assert_int_equal(log_in("alice", "EXAMPLE", "open-sesame"), SEC_E_OK);
    assert_names(&server, "EXAMPLE\\alice");
}

static void test_wrong(void **state)
{
    assert_int_equal(log_in("alice", "EXAMPLE", "open-barley"), SEC_E_LOGON_DENIED);
    end(state);
    assert_int_equal(log_in("bob", "EXAMPLE", "open-sesame"), SEC_E_LOGON_DENIED);
    end(state);
    assert_int_equal(log_in("alice", "OTHER", "open-sesame"), SEC_E_LOGON_DENIED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_right, end),
        cmocka_unit_test_teardown(test_wrong, end),
    };

    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
