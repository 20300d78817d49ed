/*
 * The ticket of a session in the person's own credential caches: beside what they keep there, and
 * gone with the session. The tickets are those of a real KDC.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <krb5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "notify/managers/ccache_export.h"
#include "tests/unit/kerberos/realm.h"

static krb5_context krb;
static struct ccache_export export;
static char name[400], path[390];

static int start_all(void **state)
{
    (void)state;
    return realm_start(NULL) || krb5_init_context(&krb) ? -1 : 0;
}

static int stop_all(void **state)
{
    (void)state;
    krb5_free_context(krb);
    return realm_stop();
}

/* A TGT of that user as lsad sends it; krb5_free_data. */
static krb5_data *cred_of(const char *user, const char *password, const char *life)
{
    krb5_ccache cache;
    krb5_cc_cursor cursor;
    krb5_creds creds, *list[2] = {&creds, NULL};
    krb5_auth_context auth;
    krb5_data *out = NULL;

    realm_kinit(user, password, life);
    assert_int_equal(krb5_cc_set_default_name(krb, NULL), 0);
    assert_int_equal(krb5_cc_default(krb, &cache), 0);
    assert_int_equal(krb5_cc_start_seq_get(krb, cache, &cursor), 0);
    while (!krb5_cc_next_cred(krb, cache, &cursor, &creds) &&
           krb5_is_config_principal(krb, creds.server))
        krb5_free_cred_contents(krb, &creds);
    krb5_cc_end_seq_get(krb, cache, &cursor);
    assert_int_equal(krb5_auth_con_init(krb, &auth), 0);
    krb5_auth_con_setflags(krb, auth, 0);
    assert_int_equal(krb5_mk_ncred(krb, auth, list, &out, NULL), 0);
    krb5_auth_con_free(krb, auth);
    krb5_free_cred_contents(krb, &creds);
    krb5_cc_close(krb, cache);
    return out;
}

static krb5_error_code write_of(const char *user, const char *password, const char *life)
{
    krb5_data *cred = cred_of(user, password, life);
    krb5_error_code code = ccache_export_write(&export, cred->data, cred->length);

    krb5_free_data(krb, cred);
    return code;
}

/* Whose the cache is ("" nobody's), and how many tickets are in it. */
static int look_at(const char *cache_name, char *who, size_t room)
{
    krb5_ccache cache;
    krb5_principal owner = NULL;
    krb5_cc_cursor cursor;
    krb5_creds creds;
    char *text;
    int count = 0;

    who[0] = 0;
    assert_int_equal(krb5_cc_resolve(krb, cache_name, &cache), 0);
    if (!krb5_cc_get_principal(krb, cache, &owner)) {
        assert_int_equal(
            krb5_unparse_name_flags(krb, owner, KRB5_PRINCIPAL_UNPARSE_NO_REALM, &text), 0);
        snprintf(who, room, "%s", text);
        krb5_free_unparsed_name(krb, text);
        assert_int_equal(krb5_cc_start_seq_get(krb, cache, &cursor), 0);
        for (; !krb5_cc_next_cred(krb, cache, &cursor, &creds); count++)
            krb5_free_cred_contents(krb, &creds);
        krb5_cc_end_seq_get(krb, cache, &cursor);
    }
    krb5_free_principal(krb, owner);
    krb5_cc_close(krb, cache);
    return count;
}

static void is_of(const char *cache_name, const char *who, int tickets)
{
    char found[64];

    assert_int_equal(look_at(cache_name, found, sizeof(found)), tickets);
    assert_string_equal(found, who);
}

/* One more ticket, as a program fetches it. */
static void add_ticket(const char *cache_name)
{
    krb5_ccache cache;
    krb5_creds wanted = {0}, *got = NULL;

    assert_int_equal(krb5_cc_resolve(krb, cache_name, &cache), 0);
    assert_int_equal(krb5_cc_get_principal(krb, cache, &wanted.client), 0);
    assert_int_equal(krb5_parse_name(krb, SERVICE "@" REALM, &wanted.server), 0);
    assert_int_equal(krb5_get_credentials(krb, 0, cache, &wanted, &got), 0);
    krb5_free_creds(krb, got);
    krb5_free_cred_contents(krb, &wanted);
    krb5_cc_close(krb, cache);
}

static int start_file(void **state)
{
    (void)state;
    snprintf(path, sizeof(path), "%s/exported", realm_directory);
    snprintf(name, sizeof(name), "FILE:%s", path);
    ccache_export_open(&export, krb, name);
    return 0;
}

static int start_directory(void **state)
{
    (void)state;
    snprintf(path, sizeof(path), "%s/collection", realm_directory);
    snprintf(name, sizeof(name), "DIR:%s", path);
    ccache_export_open(&export, krb, name);
    return mkdir(path, 0700);
}

static int end_of_test(void **state)
{
    char command[500];

    (void)state;
    ccache_export_close(&export);
    snprintf(command, sizeof(command), "rm -rf '%s'", path);
    return system(command);
}

static void test_file(void **state)
{
    (void)state;
    assert_int_equal(write_of("alice", ALICE_PASSWORD, "-l 1h"), 0);
    is_of(name, "alice", 1);
    assert_in_range(ccache_export_half_life(&export), 1790, 1801);
    add_ticket(name);
    is_of(name, "alice", 2);
    /* one that is good for longer takes its place, and no other's */
    assert_int_equal(write_of("alice", ALICE_PASSWORD, "-l 2h"), 0);
    is_of(name, "alice", 2);
    assert_in_range(ccache_export_half_life(&export), 3590, 3601);
    /* one that is not stays away: another session has put this one here */
    assert_int_equal(write_of("alice", ALICE_PASSWORD, "-l 1h"), 0);
    is_of(name, "alice", 2);
    ccache_export_remove(&export); /* it is good for longer than ours, so it is not ours */
    is_of(name, "alice", 2);
    assert_int_equal(write_of("alice", ALICE_PASSWORD, "-l 3h"), 0);
    ccache_export_remove(&export);
    assert_int_not_equal(access(path, F_OK), 0);
    ccache_export_remove(&export); /* nothing is there any more */
}

static void test_file_of_another(void **state)
{
    (void)state;
    assert_int_equal(write_of("bob", BOB_PASSWORD, "-l 1h"), 0);
    ccache_export_close(&export);
    ccache_export_open(&export, krb, name);
    assert_int_equal(write_of("alice", ALICE_PASSWORD, "-l 1h"), KRB5_CC_BADNAME);
    is_of(name, "bob", 1);
    ccache_export_remove(&export);
    is_of(name, "bob", 1);
    /* what is in it when the session ends is the person's own */
    assert_int_equal(unlink(path), 0);
    assert_int_equal(write_of("alice", ALICE_PASSWORD, "-l 1h"), 0);
    assert_int_equal(unlink(path), 0);
    ccache_export_close(&export);
    ccache_export_open(&export, krb, name);
    assert_int_equal(write_of("bob", BOB_PASSWORD, "-l 1h"), 0);
    is_of(name, "bob", 1);
}

static void test_expired(void **state)
{
    (void)state;
    assert_int_equal(write_of("bob", BOB_PASSWORD, "-l 1s"), 0);
    ccache_export_close(&export);
    ccache_export_open(&export, krb, name);
    sleep(2);
    assert_int_equal(write_of("alice", ALICE_PASSWORD, "-l 1h"), 0);
    is_of(name, "alice", 1);
}

static void test_collection(void **state)
{
    struct ccache_export his;

    (void)state;
    assert_int_equal(write_of("bob", BOB_PASSWORD, "-l 1h"), 0);
    his = export;
    is_of(name, "bob", 1);
    ccache_export_open(&export, krb, name);
    assert_int_equal(write_of("alice", ALICE_PASSWORD, "-l 1h"), 0);
    is_of(name, "bob", 1); /* the first one is his, as before */
    assert_string_not_equal(export.cache, his.cache);
    is_of(export.cache, "alice", 1);
    assert_int_equal(write_of("alice", ALICE_PASSWORD, "-l 2h"), 0);
    is_of(export.cache, "alice", 1);
    ccache_export_remove(&export);
    is_of(his.cache, "bob", 1);
    ccache_export_close(&his);
}

/* Another user has put a cache there that anybody can read, of the very principal. */
static void test_planted_file(void **state)
{
    struct stat st;
    FILE *planted;
    long size;

    (void)state;
    assert_int_equal(write_of("alice", ALICE_PASSWORD, "-l 1h"), 0);
    planted = fopen(path, "r");
    assert_non_null(planted);
    assert_int_equal(chown(path, 65534, 65534), 0);
    assert_int_equal(chmod(path, 0666), 0);
    assert_int_equal(fseek(planted, 0, SEEK_END), 0);
    size = ftell(planted);
    assert_int_equal(write_of("alice", ALICE_PASSWORD, "-l 2h"), 0);
    assert_int_equal(fseek(planted, 0, SEEK_END), 0);
    assert_int_equal(ftell(planted), size); /* nothing was written into that one */
    fclose(planted);
    assert_int_equal(lstat(path, &st), 0);
    assert_int_equal(st.st_uid, geteuid());
    assert_int_equal(st.st_mode & 0777, 0600);
    is_of(name, "alice", 1);
    /* one's own, but others can read it */
    assert_int_equal(chmod(path, 0644), 0);
    assert_int_equal(write_of("alice", ALICE_PASSWORD, "-l 3h"), 0);
    assert_int_equal(lstat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
}

static void test_planted_link(void **state)
{
    char target[sizeof(path) + 16];
    struct stat st;

    (void)state;
    snprintf(target, sizeof(target), "%s-of-another", path);
    assert_int_equal(write_of("alice", ALICE_PASSWORD, "-l 1h"), 0);
    assert_int_equal(rename(path, target), 0);
    assert_int_equal(symlink(target, path), 0);
    assert_int_equal(write_of("alice", ALICE_PASSWORD, "-l 2h"), 0);
    assert_int_equal(lstat(path, &st), 0);
    assert_true(S_ISREG(st.st_mode));
    assert_int_equal(unlink(target), 0);
}

static void test_planted_directory(void **state)
{
    (void)state;
    assert_int_equal(chown(path, 65534, 65534), 0);
    assert_int_equal(write_of("alice", ALICE_PASSWORD, "-l 1h"), KRB5_CC_BADNAME);
    assert_int_equal(chown(path, geteuid(), getegid()), 0);
    assert_int_equal(chmod(path, 0777), 0);
    assert_int_equal(write_of("alice", ALICE_PASSWORD, "-l 1h"), KRB5_CC_BADNAME);
    assert_int_equal(chmod(path, 01777), 0);
    assert_int_equal(write_of("alice", ALICE_PASSWORD, "-l 1h"), 0);
}

static void test_hostile(void **state)
{
    krb5_data *cred = cred_of("alice", ALICE_PASSWORD, "-l 1h");

    (void)state;
    for (unsigned size = 0; size < cred->length; size += 7)
        assert_int_not_equal(ccache_export_write(&export, cred->data, size), 0);
    for (unsigned at = 0; at < 40 && at < cred->length; at++) {
        cred->data[at] ^= 0x55;
        (void)ccache_export_write(&export, cred->data, cred->length);
        cred->data[at] ^= 0x55;
    }
    assert_int_not_equal(ccache_export_write(&export, "", 0), 0);
    krb5_free_data(krb, cred);
}

#define FILE_TEST(function) cmocka_unit_test_setup_teardown(function, start_file, end_of_test)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FILE_TEST(test_file),
        FILE_TEST(test_file_of_another),
        FILE_TEST(test_expired),
        FILE_TEST(test_planted_file),
        FILE_TEST(test_planted_link),
        cmocka_unit_test_setup_teardown(test_planted_directory, start_directory, end_of_test),
        FILE_TEST(test_hostile),
        cmocka_unit_test_setup_teardown(test_collection, start_directory, end_of_test),
    };

    return cmocka_run_group_tests_name("export_ccache", tests, start_all, stop_all);
}
