/* The account file: its lines, its changes, whose it must be; and SIDs as they are kept. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libsspi/packages/ntlm/verify/accounts.h"
#include "libsspi/packages/ntlm/verify/authorization.h"

#define ZEROS "00000000000000000000000000000000"
#define HASH  "0123456789abcdefFEDCBA9876543210"

static char folder[] = "/tmp/credmgr-accounts.XXXXXX";
static char path[64];

static int setup(void **state)
{
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    snprintf(path, sizeof(path), "%s/state/sam", folder);
    return 0;
}

static int teardown(void **state)
{
    static const char *const names[] = {"", ".new", ".lock"};
    char name[96];

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        snprintf(name, sizeof(name), "%s%s", path, names[i]);
        unlink(name);
    }
    *strrchr(path, '/') = 0;
    rmdir(path);
    return rmdir(folder);
}

/* ---- lines -------------------------------------------------------------------------- */

static struct ntlm_local_account seen[8];
static unsigned visits;

static void visit(const struct ntlm_local_account *account, void *arg)
{
    (void)arg;
    if (visits < 8)
        seen[visits] = *account;
    visits++;
}

static bool read_text(const char *text, unsigned *line)
{
    char *copy = malloc(strlen(text) + 1); /* of the exact size, for AddressSanitizer */
    bool good;

    memcpy(copy, text, strlen(text));
    visits = 0;
    good = ntlm_accounts_read(copy, strlen(text), line, visit, NULL);
    free(copy);
    return good;
}

static void test_good_lines(void **state)
{
    unsigned line;

    (void)state;
    assert_true(read_text("", &line));
    assert_true(read_text("# nobody\n\n", &line));
    assert_int_equal(visits, 0);
    assert_true(read_text("# head\nalice:" HASH ":12:0:\nBob Dö:" ZEROS ":0:999:DK", &line));
    assert_int_equal(visits, 2);
    assert_string_equal(seen[0].name, "alice");
    assert_memory_equal(seen[0].nt_hash, "\x01\x23\x45\x67\x89\xab\xcd\xef\xfe\xdc\xba\x98vT2\x10",
                        16);
    assert_int_equal(seen[0].changed, 12);
    assert_false(seen[0].disabled || seen[0].kept);
    assert_string_equal(seen[1].name, "Bob Dö");
    assert_int_equal(seen[1].expires, 999);
    assert_true(seen[1].disabled && seen[1].kept);
}

static void test_bad_lines(void **state)
{
    static const char *const lines[] = {
        "alice",
        "alice:" HASH,
        "alice:" HASH ":0",
        "alice:" HASH ":0:0",
        ":" HASH ":0:0:",
        "alice:" HASH ":0:0::",
        "alice:" HASH "0:0:0:",
        "alice:0123:0:0:",
        "alice:" HASH ":-1:0:",
        "alice:" HASH ":00:0:",
        "alice:" HASH ":0x1:0:",
        "alice:" HASH ":9999999999999999999:0:",
        "alice:" HASH "::0:",
        "alice:" HASH ":0:0:X",
        "alice:" HASH ":0:0:DD",
        "alice:" HASH ":0:0:D ",
        " alice:" HASH ":0:0:",
        "al/ice:" HASH ":0:0:",
        "alice@box:" HASH ":0:0:",
        "BOX\\alice:" HASH ":0:0:",
        "al\x1bice:" HASH ":0:0:",
        "al\xff"
        "ice:" HASH ":0:0:",
        "alice:" HASH ":0:0:\r",
        "alice:g123456789abcdefFEDCBA9876543210:0:0:",
        "zoe:" HASH ":0:0:\nZOE:" HASH ":0:0:",
        "ärger:" HASH ":0:0:\nÄRGER:" HASH ":0:0:",
    };
    char text[512];
    unsigned line;

    (void)state;
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        unsigned expected = 3 + (strchr(lines[i], '\n') != NULL);

        snprintf(text, sizeof(text), "# one\nfirst:" HASH ":0:0:\n%s\nlast:" HASH ":0:0:\n",
                 lines[i]);
        if (read_text(text, &line) || line != expected)
            fail_msg("%s: line %u", lines[i], line);
    }
    memset(text, 'a', sizeof(text));
    snprintf(text + 257, sizeof(text) - 257, ":" HASH ":0:0:\n");
    assert_false(read_text(text, &line)); /* a name of 257 bytes */
    assert_true(read_text(text + 1, &line));
    assert_false(ntlm_accounts_read("a\0b:" HASH ":0:0:", 41, &line, visit, NULL));
}

static void test_names(void **state)
{
    (void)state;
    assert_true(ntlm_accounts_name_is_good("alice"));
    assert_true(ntlm_accounts_name_is_good("Alice B. Toklas-1_$"));
    assert_false(ntlm_accounts_name_is_good(""));
    assert_false(ntlm_accounts_name_is_good("#alice"));
    assert_false(ntlm_accounts_name_is_good("alice "));
    assert_true(ntlm_accounts_same_name("Ärger", "äRGER"));
    assert_false(ntlm_accounts_same_name("alice", "alic"));
    assert_false(ntlm_accounts_same_name("alice", "al\xff"));
}

/* ---- the file ----------------------------------------------------------------------- */

static const uint8_t hash_a[16] = "sixteen bytes A", hash_b[16] = "sixteen bytes B";
static char why[NTLM_ACCOUNTS_WHY];

static enum ntlm_accounts_result edit(enum ntlm_accounts_change change, const char *name,
                                      const uint8_t *hash, bool (*is_gone)(const char *))
{
    const struct ntlm_accounts_edit e = {
        .change = change, .name = name, .nt_hash = hash, .expires = 77, .is_gone = is_gone};

    why[0] = 0;
    return ntlm_accounts_edit(path, &e, why);
}

static unsigned accounts(void)
{
    visits = 0;
    if (!ntlm_accounts_each(path, visit, NULL, why))
        fail_msg("%s", why);
    return visits;
}

static bool everybody_is_gone(const char *name)
{
    (void)name;
    return true;
}

static bool nobody_is_gone(const char *name)
{
    (void)name;
    return false;
}

static void test_changes(void **state)
{
    struct stat st;

    (void)state;
    assert_int_equal(accounts(), 0); /* neither the file nor its folder is there */
    assert_int_equal(edit(NTLM_ACCOUNTS_REMOVE, "alice", NULL, NULL), NTLM_ACCOUNTS_MISSING);
    assert_int_equal(edit(NTLM_ACCOUNTS_ADD, "alice", hash_a, NULL), NTLM_ACCOUNTS_DONE);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode, S_IFREG | 0600);
    assert_int_equal(edit(NTLM_ACCOUNTS_ADD, "Alice", hash_b, NULL), NTLM_ACCOUNTS_EXISTS);
    assert_int_equal(edit(NTLM_ACCOUNTS_ADD, "bo:b", hash_b, NULL), NTLM_ACCOUNTS_FAILED);
    assert_string_not_equal(why, "");
    assert_int_equal(edit(NTLM_ACCOUNTS_ADD, "bob", hash_b, NULL), NTLM_ACCOUNTS_DONE);
    assert_int_equal(accounts(), 2);
    assert_memory_equal(seen[0].nt_hash, hash_a, 16);
    assert_memory_equal(seen[1].nt_hash, hash_b, 16);
    assert_true(seen[0].changed > 0 && !seen[0].kept);
    assert_int_equal(edit(NTLM_ACCOUNTS_DISABLE, "ALICE", NULL, NULL), NTLM_ACCOUNTS_DONE);
    assert_int_equal(edit(NTLM_ACCOUNTS_EXPIRE, "alice", NULL, NULL), NTLM_ACCOUNTS_DONE);
    assert_int_equal(accounts(), 2);
    assert_true(seen[0].disabled && seen[0].expires == 77);
    assert_int_equal(edit(NTLM_ACCOUNTS_ENABLE, "alice", NULL, NULL), NTLM_ACCOUNTS_DONE);
    assert_int_equal(edit(NTLM_ACCOUNTS_PASSWORD, "alice", hash_b, NULL), NTLM_ACCOUNTS_DONE);
    assert_int_equal(accounts(), 2);
    assert_false(seen[0].disabled);
    assert_memory_equal(seen[0].nt_hash, hash_b, 16);
    assert_int_equal(edit(NTLM_ACCOUNTS_REMOVE, "alice", NULL, NULL), NTLM_ACCOUNTS_DONE);
    assert_int_equal(accounts(), 1);
}

static void test_kept(void **state)
{
    (void)state;
    assert_int_equal(edit(NTLM_ACCOUNTS_KEEP, "bob", hash_a, NULL), NTLM_ACCOUNTS_OTHERS);
    assert_int_equal(edit(NTLM_ACCOUNTS_KEEP, "carla", hash_a, NULL), NTLM_ACCOUNTS_DONE);
    assert_int_equal(edit(NTLM_ACCOUNTS_KEEP, "carla", hash_b, everybody_is_gone),
                     NTLM_ACCOUNTS_DONE);
    assert_int_equal(accounts(), 2);
    assert_true(seen[1].kept);
    assert_memory_equal(seen[1].nt_hash, hash_b, 16);
    assert_int_equal(edit(NTLM_ACCOUNTS_KEEP, "dave", hash_b, everybody_is_gone),
                     NTLM_ACCOUNTS_DONE);
    assert_int_equal(accounts(), 2); /* bob, who was not kept, and dave, who is meant */
    assert_string_equal(seen[1].name, "dave");
    assert_int_equal(edit(NTLM_ACCOUNTS_UPDATE, "dave", hash_a, NULL), NTLM_ACCOUNTS_DONE);
    assert_int_equal(edit(NTLM_ACCOUNTS_UPDATE, "bob", hash_a, NULL), NTLM_ACCOUNTS_OTHERS);
    assert_int_equal(edit(NTLM_ACCOUNTS_UPDATE, "erin", hash_a, NULL), NTLM_ACCOUNTS_MISSING);
    assert_int_equal(accounts(), 2);
    assert_true(seen[1].kept);
    assert_memory_equal(seen[1].nt_hash, hash_a, 16);
    assert_int_equal(edit(NTLM_ACCOUNTS_FORGET, NULL, NULL, nobody_is_gone), NTLM_ACCOUNTS_MISSING);
    assert_int_equal(accounts(), 2);
    assert_int_equal(edit(NTLM_ACCOUNTS_FORGET, NULL, NULL, everybody_is_gone), NTLM_ACCOUNTS_DONE);
    assert_int_equal(accounts(), 1); /* bob */
    assert_int_equal(edit(NTLM_ACCOUNTS_FORGET, NULL, NULL, everybody_is_gone),
                     NTLM_ACCOUNTS_MISSING);
    assert_int_equal(edit(NTLM_ACCOUNTS_KEEP, "dave", hash_b, NULL), NTLM_ACCOUNTS_DONE);
    assert_int_equal(edit(NTLM_ACCOUNTS_PASSWORD, "dave", hash_a, NULL), NTLM_ACCOUNTS_DONE);
    assert_int_equal(accounts(), 2);
    assert_false(seen[1].kept);
}

static void *add_many(void *arg)
{
    for (int i = 0; i < 20; i++) {
        const uint8_t *hash = hash_a;
        char name[32], own_why[NTLM_ACCOUNTS_WHY];
        const struct ntlm_accounts_edit e = {
            .change = NTLM_ACCOUNTS_ADD, .name = name, .nt_hash = hash};

        snprintf(name, sizeof(name), "%s%d", (const char *)arg, i);
        if (ntlm_accounts_edit(path, &e, own_why) != NTLM_ACCOUNTS_DONE)
            return arg;
    }
    return NULL;
}

/* Several at a time lose nothing. */
static void test_at_once(void **state)
{
    static char names[3][2] = {"x", "y", "z"};
    unsigned before = accounts();
    pthread_t threads[3];

    (void)state;
    for (int i = 0; i < 3; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, add_many, names[i]), 0);
    for (int i = 0; i < 3; i++) {
        void *failed;

        pthread_join(threads[i], &failed);
        assert_null(failed);
    }
    assert_int_equal(accounts(), before + 60);
}

static void refused(const char *what)
{
    why[0] = 0;
    assert_false(ntlm_accounts_each(path, visit, NULL, why));
    if (!strstr(why, what))
        fail_msg("%s", why);
    assert_int_equal(edit(NTLM_ACCOUNTS_ADD, "new", hash_a, NULL), NTLM_ACCOUNTS_FAILED);
    if (!strstr(why, what))
        fail_msg("%s", why);
}

static void test_whose(void **state)
{
    FILE *file;

    (void)state;
    assert_int_equal(chmod(path, 0640), 0);
    refused("chmod 600");
    assert_int_equal(chmod(path, 0600), 0);
    assert_int_equal(chown(path, 65534, 0), 0);
    refused("chown root");
    assert_int_equal(chown(path, 0, 0), 0);
    file = fopen(path, "a");
    fputs("nonsense\n", file);
    fclose(file);
    refused("sam:4"); /* behind the head and the two others */
    assert_int_equal(truncate(path, NTLM_ACCOUNTS_SIZE_MAX + 1), 0);
    refused("too large");
    unlink(path);
    assert_int_equal(symlink("/etc/passwd", path), 0);
    refused("sam");
    unlink(path);
    assert_int_equal(mkfifo(path, 0600), 0);
    refused("no regular file");
    unlink(path);
    assert_int_equal(accounts(), 0);
}

/* ---- SIDs --------------------------------------------------------------------------- */

static size_t sids;

static bool count_sids(size_t index, const struct ntlm_sid *sid, void *arg)
{
    assert_int_equal(index, sids);
    assert_int_equal(sid->parts[sid->count - 1], 500 + index);
    assert_int_equal(sid->attributes, index);
    sids++;
    return index + 1 < *(size_t *)arg;
}

static void test_authorization(void **state)
{
    struct wire_writer w = wire_writer_grow(NTLM_AUTHORIZATION_SIZE);
    struct ntlm_sid list[3] = {{.count = 2, .authority = {0, 0, 0, 0, 0, 5}, .parts = {21, 500}},
                               {.count = 1, .parts = {501}, .attributes = 1},
                               {.count = 15, .parts[14] = 502, .attributes = 2}};
    struct ntlm_bytes user = {(const uint8_t *)u"alice", 10}, back;
    size_t most = 99;

    (void)state;
    ntlm_authorization_write(&w, user, list, 3);
    assert_true(wire_write_ok(&w));
    sids = 0;
    assert_true(ntlm_authorization_read(w.data, w.offset, &back, count_sids, &most));
    assert_int_equal(sids, 3);
    assert_int_equal(back.size, 10);
    assert_memory_equal(back.data, user.data, 10);
    sids = 0;
    most = 1;
    assert_true(ntlm_authorization_read(w.data, w.offset, &back, count_sids, &most));
    assert_int_equal(sids, 1);
    for (size_t i = 0; i < w.offset; i++) { /* cut anywhere it is nothing */
        uint8_t *copy = malloc(i + 1);

        memcpy(copy, w.data, i);
        assert_false(ntlm_authorization_read(copy, i, &back, NULL, NULL));
        assert_int_equal(back.size, 0);
        free(copy);
    }
    w.data[12] = 1; /* one SID is told, three are there */
    assert_false(ntlm_authorization_read(w.data, w.offset, &back, NULL, NULL));
    wire_writer_free(&w);
    w = wire_writer_grow(NTLM_AUTHORIZATION_SIZE);
    ntlm_authorization_write(&w, (struct ntlm_bytes){NULL, 0}, NULL, 0);
    assert_true(ntlm_authorization_read(w.data, w.offset, &back, NULL, NULL));
    list[0].count = 16;
    ntlm_authorization_write(&w, (struct ntlm_bytes){NULL, 0}, list, 1);
    assert_false(wire_write_ok(&w));
    wire_writer_free(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good_lines), cmocka_unit_test(test_bad_lines),
        cmocka_unit_test(test_names),      cmocka_unit_test(test_authorization),
        cmocka_unit_test(test_changes),    cmocka_unit_test(test_kept),
        cmocka_unit_test(test_whose),      cmocka_unit_test(test_at_once),
    };

    return cmocka_run_group_tests_name("ntlm_accounts", tests, setup, teardown);
}
