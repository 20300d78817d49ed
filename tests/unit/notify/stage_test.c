/* notify/stage: a staged password is used once, by whom it was staged for, within its time. */
#include "tests/unit/base/test.h"
#include "base/keyring.h"
#include "base/secret.h"
#include "notify/stage.h"

#include <errno.h>
#include <keyutils.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static char keyring_name[64];
static struct mpr_config config = {.stage_timeout = 60, .stage_keyring = keyring_name};

static char user[] = "carla", service[] = "sshd", password[] = "geheim", old_password[] = "zuvor";
static const struct mpr_request request = {
    .user = user, .service = service, .password = password, .old_password = old_password};

static int set_up(void **state)
{
    (void)state;
    snprintf(keyring_name, sizeof(keyring_name), "credmgr-stage-test-%d", (int)getpid());
    return keyring_own_session();
}

static int tear_down(void **state)
{
    keyring_serial anchor = keyring_anchor(keyring_name);

    (void)state;
    keyring_destroy(KEY_SPEC_USER_KEYRING, anchor);
    return 0;
}

static bool count_one(const char *type, const char *name, keyring_serial key, void *arg)
{
    (void)type;
    (void)name;
    (void)key;
    ++*(size_t *)arg;
    return true;
}

static size_t records(void)
{
    size_t n = 0;

    assert_int_equal(keyring_each(keyring_anchor(keyring_name), count_one, &n), 0);
    return n;
}

static void used_once(void **state)
{
    char staged[MPR_STAGED_DIGITS + 1];
    struct mpr_request out;

    (void)state;
    assert_true(mpr_stage_put(&config, &request, staged));
    assert_true(mpr_staged_valid(staged));
    assert_int_equal(records(), 1);
    assert_true(mpr_stage_take(&config, staged, "carla", "sshd", &out));
    assert_string_equal(out.password, "geheim");
    assert_string_equal(out.old_password, "zuvor");
    assert_true(secret_owns(out.password));
    mpr_request_clear(&out);
    assert_int_equal(records(), 0);
    errno = 0;
    assert_false(mpr_stage_take(&config, staged, "carla", "sshd", &out));
    assert_int_equal(errno, ENOKEY);
    assert_null(out.password);
}

static void a_mismatch_uses_it_up(void **state)
{
    static const struct {
        const char *user, *service;
    } others[] = {{"dave", "sshd"},   {"carla", "login"}, {"carl", "sshd"},
                  {"carlaa", "sshd"}, {"", ""},           {"Carla", "sshd"}};

    (void)state;
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        char staged[MPR_STAGED_DIGITS + 1];
        struct mpr_request out;

        assert_true(mpr_stage_put(&config, &request, staged));
        errno = 0;
        assert_false(mpr_stage_take(&config, staged, others[i].user, others[i].service, &out));
        assert_int_equal(errno, ENOKEY);
        assert_null(out.password);
        assert_false(
            mpr_stage_take(&config, staged, "carla", "sshd", &out)); /* not even by its owner now */
        assert_int_equal(records(), 0);
    }
}

static void names_differ_and_are_checked(void **state)
{
    char one[MPR_STAGED_DIGITS + 1], two[MPR_STAGED_DIGITS + 1];
    struct mpr_request out;

    (void)state;
    assert_true(mpr_stage_put(&config, &request, one));
    assert_true(mpr_stage_put(&config, &request, two));
    assert_string_not_equal(one, two);
    assert_int_equal(records(), 2);
    assert_false(mpr_stage_take(&config, "", "carla", "sshd", &out));
    assert_false(
        mpr_stage_take(&config, "../0000000000000000000000000000000", "carla", "sshd", &out));
    assert_false(
        mpr_stage_take(&config, "00000000000000000000000000000000", "carla", "sshd", &out));
    assert_true(mpr_stage_discard(&config, one));
    assert_true(mpr_stage_discard(&config, one));
    assert_false(mpr_stage_discard(&config, "x"));
    assert_int_equal(records(), 1);
    assert_true(mpr_stage_discard(&config, two));
    assert_int_equal(records(), 0);
}

static void expires(void **state)
{
    struct mpr_config brief = {.stage_timeout = 1, .stage_keyring = keyring_name};
    char staged[MPR_STAGED_DIGITS + 1];
    struct mpr_request out;

    (void)state;
    assert_true(mpr_stage_put(&brief, &request, staged));
    usleep(1100000);
    assert_false(mpr_stage_take(&brief, staged, "carla", "sshd", &out));
    assert_null(out.password);
}

/* What is in the place of a record but is none is not taken for one. */
static void foreign_content(void **state)
{
    static const char name[] = "00000000000000000000000000000001";
    keyring_serial anchor = keyring_anchor(keyring_name);
    struct mpr_request out;

    (void)state;
    assert_true(keyring_put(anchor, name, "rubbish", 7, 0) > 0);
    assert_false(mpr_stage_take(&config, name, "carla", "sshd", &out));
    assert_true(keyring_put(anchor, name, "CMN1", 4, 0) >
                0); /* well formed, but with no user in it */
    assert_false(mpr_stage_take(&config, name, "carla", "sshd", &out));
    assert_int_equal(records(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(used_once),
        cmocka_unit_test(a_mismatch_uses_it_up),
        cmocka_unit_test(names_differ_and_are_checked),
        cmocka_unit_test(expires),
        cmocka_unit_test(foreign_content),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
