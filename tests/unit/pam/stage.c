/* See stage.h. */
#include "tests/unit/pam/stage.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

const char *stage_arguments[4];
static char config[160];
static size_t descriptors;

int stage_set_up(void **state)
{
    (void)state;
    snprintf(config, sizeof config, "config=%s", orders_open());
    memset(stage_arguments, 0, sizeof stage_arguments);
    memset(&fake_key, 0, sizeof fake_key);
    fake_euid = 0;
    fake_deadline = 5000;
    descriptors = count_descriptors();
    return 0;
}

int stage_tear_down(void **state)
{
    int leaked = count_descriptors() != descriptors;

    (void)state;
    orders_close();
    return leaked || has_children() ? -1 : 0;
}

static int call(int (*entry)(pam_handle_t *, int, int, const char **), pam_handle_t *pamh,
                int flags)
{
    const char *argv[6] = {config};
    int argc = 1;

    for (const char **a = stage_arguments; *a; a++)
        argv[argc++] = *a;
    return entry(pamh, flags, argc, argv);
}

int authenticate(pam_handle_t *pamh)
{
    return call(pam_sm_authenticate, pamh, 0);
}

int setcred(pam_handle_t *pamh, int flags)
{
    return call(pam_sm_setcred, pamh, flags);
}

int open_session(pam_handle_t *pamh)
{
    return call(pam_sm_open_session, pamh, 0);
}

int close_session(pam_handle_t *pamh)
{
    return call(pam_sm_close_session, pamh, 0);
}

int chauthtok(pam_handle_t *pamh, int flags)
{
    return call(pam_sm_chauthtok, pamh, flags);
}

void type_password(pam_handle_t *pamh, const char *password)
{
    assert_int_equal(pam_set_item(pamh, PAM_AUTHTOK, password), PAM_SUCCESS);
}

void expect_verbs(const char *verbs)
{
    char seen[256] = "";

    for (const char *line = orders_log(); *line; line = strchr(line, '\n') + 1) {
        size_t size = strcspn(line, " ");

        assert_true(strlen(seen) + size + 2 < sizeof seen);
        if (*seen)
            strcat(seen, " ");
        strncat(seen, line, size);
        assert_non_null(strchr(line, '\n'));
    }
    assert_string_equal(seen, verbs);
}

void expect_told(const char *verb, const char *text)
{
    static char line[1024];
    const char *p = orders_log();
    size_t size = strlen(verb);

    while (*p && !(strncmp(p, verb, size) == 0 && p[size] == ' '))
        p = strchr(p, '\n') + 1;
    snprintf(line, sizeof line, "%.*s", (int)strcspn(p, "\n"), p);
    if (!strstr(line, text))
        fail_msg("\"%s\" was not told \"%s\" but \"%s\"", verb, text, line);
    assert_non_null(strstr(line, " clean=yes"));
}

void finish(pam_handle_t *pamh, int status, const char *log)
{
    assert_null(pam_getenv(pamh, "CREDMGR_STAGED"));
    assert_null(strstr(fake_log(pamh), "s3cret"));
    if (log)
        assert_non_null(strstr(fake_log(pamh), log));
    else
        assert_string_equal(fake_log(pamh), "");
    fake_end(pamh, status);
    assert_int_equal(orders_records(), 0);
}
