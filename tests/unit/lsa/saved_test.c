/*
 * Saved credentials: kept for a uid and for nobody else, found by name or by pattern, bounded,
 * there after lsad has begun again, read back by TSPkg alone.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <keyutils.h>
#include <ntstatus.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/keyring_internal.h"
#include "base/secret.h"
#include "base/utf16.h"
#include "libsspi/lsa/saved.h"
#include "libsspi/lsa/session.h"
#include "libsspi/lsa/store.h"
#include "libsspi/packages/tspkg/saved.h"
#include "tests/unit/lsa/anchor.h"
#include "tests/unit/lsa/server.h"

#define ALICE 54301
#define BOB   54302
#define HOST  "TERMSRV/host.example.com"

static unsigned keys_before;

static int prepare(void **state)
{
    (void)state;
    keys_before = anchor_keys();
    return 0;
}

/* Every test leaves nothing behind. */
static int clean(void **state)
{
    static const uid_t uids[] = {0, ALICE, BOB};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct lsa_saved *list;
        size_t count;

        if (lsa_saved_list(uids[i], &list, &count) != STATUS_SUCCESS)
            return -1;
        for (size_t n = 0; n < count; n++)
            if (lsa_saved_delete(uids[i], list[n].target) != STATUS_SUCCESS)
                return -1;
        lsa_saved_free(list, count);
    }
    return anchor_keys() == keys_before ? 0 : -1;
}

/* What is found for a server, "target|user|password". */
static const char *found(uid_t uid, const char *target)
{
    static char text[2048];
    void *data;
    size_t size;

    if (lsa_saved_find(uid, target, &data, &size) != STATUS_SUCCESS)
        return "nothing";
    assert_true(secret_owns(data));
    assert_true(size < sizeof(text));
    memcpy(text, data, size);
    text[size] = 0;
    for (size_t i = 0; i < size; i++)
        text[i] = text[i] ? text[i] : '|';
    secret_free(data);
    return text;
}

/* ---- the store ----------------------------------------------------------------------------- */

static void kept_and_deleted(void **state)
{
    (void)state;
    assert_string_equal(found(ALICE, HOST), "nothing");
    assert_int_equal(lsa_saved_delete(ALICE, HOST), STATUS_NOT_FOUND);
    assert_int_equal(lsa_saved_put(ALICE, HOST, "EX\\alice", "one"), STATUS_SUCCESS);
    assert_string_equal(found(ALICE, HOST), HOST "|EX\\alice|one");
    assert_string_equal(found(ALICE, "termsrv/HOST.example.COM"), HOST "|EX\\alice|one");
    assert_string_equal(found(ALICE, "TERMSRV/host.example.co"), "nothing");
    assert_string_equal(found(BOB, HOST), "nothing");
    /* the same in other letters takes its place */
    assert_int_equal(lsa_saved_put(ALICE, "termsrv/host.EXAMPLE.com", "al", "p\xc3\xa4ss word|"),
                     STATUS_SUCCESS);
    assert_string_equal(found(ALICE, HOST), "termsrv/host.EXAMPLE.com|al|p\xc3\xa4ss word|");
    assert_int_equal(lsa_saved_delete(BOB, HOST), STATUS_NOT_FOUND);
    assert_int_equal(lsa_saved_delete(ALICE, HOST), STATUS_SUCCESS);
    assert_string_equal(found(ALICE, HOST), "nothing");
    assert_int_equal(anchor_keys(), keys_before);
}

static void patterns(void **state)
{
    static const char *const saved[] = {
        "*", "TERMSRV/*", "TERMSRV/*.example.com", "*.example.com", "TERMSRV/h*t.example.com",
        HOST};

    (void)state;
    for (size_t i = 0; i < sizeof(saved) / sizeof(saved[0]); i++)
        assert_int_equal(lsa_saved_put(ALICE, saved[i], "u", "p"), STATUS_SUCCESS);
    assert_string_equal(found(ALICE, HOST), HOST "|u|p");
    assert_string_equal(found(ALICE, "TERMSRV/hoist.example.com"), "TERMSRV/h*t.example.com|u|p");
    assert_string_equal(found(ALICE, "termsrv/a.b.example.com"), "TERMSRV/*.example.com|u|p");
    assert_string_equal(found(ALICE, "HTTP/a.example.com"), "*.example.com|u|p");
    assert_string_equal(found(ALICE, "TERMSRV/elsewhere"), "TERMSRV/*|u|p");
    assert_string_equal(found(ALICE, "HTTP/elsewhere"), "*|u|p");
    assert_int_equal(lsa_saved_delete(ALICE, "*"), STATUS_SUCCESS);
    assert_string_equal(found(ALICE, "HTTP/elsewhere"), "nothing");
    /* what stands before and behind the * must not overlap in the name */
    assert_int_equal(lsa_saved_put(ALICE, "ab*ba", "u", "p"), STATUS_SUCCESS);
    assert_string_equal(found(ALICE, "aba"), "nothing");
    assert_string_equal(found(ALICE, "abba"), "ab*ba|u|p");
    /* who asks names a server: a pattern is none, nor a name with a # that a key's piece has */
    assert_string_equal(found(ALICE, "TERMSRV/*"), "nothing");
    assert_int_equal(lsa_saved_put(ALICE, "x#1", "u", "p"), STATUS_SUCCESS);
    assert_int_equal(lsa_saved_put(ALICE, "x#0123456789abcdef.1", "u", "p"), STATUS_SUCCESS);
    assert_string_equal(found(ALICE, "X#1"), "x#1|u|p");
}

static void refused(void **state)
{
    static const char *const targets[] = {"", "a b", "a**", "*a*", "a\nb", "a\x7f", "\xff", "a\tb"};
    char longest[LSA_SAVED_PASSWORD_MAX + 2];

    (void)state;
    for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++)
        assert_int_equal(lsa_saved_put(ALICE, targets[i], "u", "p"), STATUS_INVALID_PARAMETER);
    assert_int_equal(lsa_saved_put(ALICE, "t", "", "p"), STATUS_INVALID_PARAMETER);
    assert_int_equal(lsa_saved_put(ALICE, "t", "u\n", "p"), STATUS_INVALID_PARAMETER);
    assert_int_equal(lsa_saved_put(ALICE, "t", "u\xc0", "p"), STATUS_INVALID_PARAMETER);
    assert_int_equal(lsa_saved_put(ALICE, "t", "u", ""), STATUS_INVALID_PARAMETER);
    assert_int_equal(lsa_saved_put(ALICE, "t", "u", "\xed\xa0\x80"), STATUS_INVALID_PARAMETER);
    memset(longest, 'x', sizeof(longest));
    longest[sizeof(longest) - 1] = 0;
    assert_int_equal(lsa_saved_put(ALICE, "t", "u", longest), STATUS_INVALID_PARAMETER);
    assert_int_equal(lsa_saved_put(ALICE, "t", "u", longest + 1), STATUS_SUCCESS);
    longest[LSA_SAVED_USER_MAX + 1] = 0;
    assert_int_equal(lsa_saved_put(ALICE, "t", longest, "p"), STATUS_INVALID_PARAMETER);
    assert_int_equal(lsa_saved_put(ALICE, "t", longest + 1, "p"), STATUS_SUCCESS);
    longest[LSA_SAVED_TARGET_MAX + 1] = 0;
    assert_int_equal(lsa_saved_put(ALICE, longest, "u", "p"), STATUS_INVALID_PARAMETER);
    assert_int_equal(lsa_saved_delete(ALICE, longest), STATUS_INVALID_PARAMETER);
    assert_string_equal(found(ALICE, longest), "nothing");
    assert_int_equal(lsa_saved_put(ALICE, longest + 1, "u", "p"), STATUS_SUCCESS);
    assert_int_equal(lsa_saved_delete(ALICE, longest + 1), STATUS_SUCCESS);
}

static int alice_lists_all(void *arg)
{
    struct lsa_saved_info *list;
    size_t count;
    bool good = lsa_client_list_saved(&list, &count) == STATUS_SUCCESS && count == LSA_SAVED_MAX;

    (void)arg;
    for (size_t i = 0; good && i < count; i++)
        good = list[i].target[0] == 't' && list[i].user[0];
    lsa_client_free_saved(list, count);
    return good ? 0 : 1;
}

/* So many and no more, for one; others have theirs. */
static void bounded(void **state)
{
    struct lsa_saved *list;
    char target[16];
    size_t count;

    (void)state;
    for (unsigned i = 0; i < LSA_SAVED_MAX; i++) {
        snprintf(target, sizeof(target), "t%03u", i);
        assert_int_equal(lsa_saved_put(ALICE, target, "u", "p"), STATUS_SUCCESS);
    }
    assert_int_equal(lsa_saved_put(ALICE, "more", "u", "p"), STATUS_QUOTA_EXCEEDED);
    assert_int_equal(lsa_saved_put(ALICE, "t000", "other", "p"), STATUS_SUCCESS);
    assert_int_equal(lsa_saved_put(BOB, "more", "u", "p"), STATUS_SUCCESS);
    assert_int_equal(lsa_saved_list(ALICE, &list, &count), STATUS_SUCCESS);
    assert_int_equal(count, LSA_SAVED_MAX);
    for (unsigned i = 0; i < LSA_SAVED_MAX; i++) {
        snprintf(target, sizeof(target), "t%03u", i);
        assert_string_equal(list[i].target, target);
        assert_string_equal(list[i].user, i ? "u" : "other");
    }
    lsa_saved_free(list, count);
    assert_int_equal(as_user(ALICE, NULL, alice_lists_all, NULL), 0);
    assert_int_equal(lsa_saved_delete(ALICE, "t001"), STATUS_SUCCESS);
    assert_int_equal(lsa_saved_put(ALICE, "more", "u", "p"), STATUS_SUCCESS);
}

/* Where root's keys are nearly used up, what the LSA needs for logons comes first. */
static void no_room(void **state)
{
    static const char table[] = "    0:    24 23/23 17/1000000 24000000/25000000\n";
    const char *before = keyring_users_file;
    char path[] = "/tmp/key-users.XXXXXX";
    int fd = mkstemp(path);

    (void)state;
    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, table, strlen(table), 0), strlen(table));
    close(fd);
    keyring_users_file = path;
    assert_int_equal(lsa_saved_put(ALICE, HOST, "u", "p"), STATUS_QUOTA_EXCEEDED);
    keyring_users_file = before;
    unlink(path);
    assert_int_equal(anchor_keys(), keys_before);
    assert_int_equal(lsa_saved_put(ALICE, HOST, "u", "p"), STATUS_SUCCESS);
}

/* They belong to the person, not to a logon session, and to no lsad. */
static void stay(void **state)
{
    LUID luid = session_of("alice", ALICE, getpid());

    (void)state;
    assert_int_equal(lsa_saved_put(ALICE, HOST, "u", "p"), STATUS_SUCCESS);
    assert_int_equal(lsa_client_end_session(&luid), STATUS_SUCCESS);
    assert_string_equal(found(ALICE, HOST), HOST "|u|p");
    server_restart();
    assert_string_equal(found(ALICE, HOST), HOST "|u|p");
}

/* ---- the calls ----------------------------------------------------------------------------- */

static int alice_saves(void *arg)
{
    struct lsa_saved_info *list;
    size_t count;
    bool good = true;

    (void)arg;
    good = good && lsa_client_save(HOST, "alice", "secret-of-alice") == STATUS_SUCCESS;
    good = good && lsa_client_save("*.example.com", "EX\\alice", "other") == STATUS_SUCCESS;
    good = good && lsa_client_save("a b", "alice", "p") == STATUS_INVALID_PARAMETER;
    good = good && lsa_client_delete_saved("none") == STATUS_NOT_FOUND;
    good = good && lsa_client_list_saved(&list, &count) == STATUS_SUCCESS && count == 2;
    if (!good)
        return 1;
    good = strcmp(list[0].target, "*.example.com") == 0 && strcmp(list[0].user, "EX\\alice") == 0 &&
           strcmp(list[1].target, HOST) == 0 && strcmp(list[1].user, "alice") == 0;
    lsa_client_free_saved(list, count);
    return good ? 0 : 2;
}

static int sees_none(void *arg)
{
    struct lsa_saved_info *list;
    size_t count;

    (void)arg;
    if (lsa_client_list_saved(&list, &count) != STATUS_SUCCESS || count != 0)
        return 1;
    lsa_client_free_saved(list, count);
    return lsa_client_delete_saved(HOST) == STATUS_NOT_FOUND ? 0 : 2;
}

static int bob_saves(void *arg)
{
    (void)arg;
    return lsa_client_save(HOST, "bob", "secret-of-bob") == STATUS_SUCCESS &&
                   lsa_client_delete_saved(HOST) == STATUS_SUCCESS
               ? 0
               : 1;
}

static void own_only(void **state)
{
    LUID luid = session_of("alice", ALICE, getpid());

    (void)state;
    assert_int_equal(as_user(ALICE, NULL, alice_saves, NULL), 0); /* no session is needed for it */
    assert_int_equal(as_user(BOB, NULL, sees_none, NULL), 0);
    assert_int_equal(as_user(BOB, &luid, sees_none, NULL), 0); /* who lies about the session */
    assert_int_equal(as_user(0, &luid, sees_none, NULL), 0);   /* nor root, by these calls */
    assert_int_equal(as_user(BOB, NULL, bob_saves, NULL), 0);
    assert_string_equal(found(ALICE, HOST), HOST "|alice|secret-of-alice");
    assert_int_equal(lsa_client_end_session(&luid), STATUS_SUCCESS);
}

/* A peer that speaks the protocol as it likes: every answer it can have is free of the password. */
static void no_password_leaves(void **state)
{
    int fd;
    struct lsa_arena arena;
    Lsa__Reply *reply;
    uint8_t *bytes;
    size_t size;

    (void)state;
    assert_int_equal(lsa_saved_put(0, HOST, "root", "Open-Sesame"), STATUS_SUCCESS);
    fd = raw_connect();
    raw_hello(fd, 0);
    for (uint32_t i = 0; i < 3; i++) {
        Lsa__Request request = LSA__REQUEST__INIT;
        Lsa__SaveCredential save = LSA__SAVE_CREDENTIAL__INIT;
        Lsa__DeleteSaved other = LSA__DELETE_SAVED__INIT;
        Lsa__ListSaved list = LSA__LIST_SAVED__INIT;
        bool leaks = false;

        if (i == 0) {
            request.call_case = LSA__REQUEST__CALL_LIST_SAVED;
            request.list_saved = &list;
        } else if (i == 1) { /* all of it empty: no credentials, no end of lsad */
            request.call_case = LSA__REQUEST__CALL_SAVE_CREDENTIAL;
            request.save_credential = &save;
        } else {
            request.call_case = LSA__REQUEST__CALL_DELETE_SAVED;
            request.delete_saved = &other;
        }
        raw_send(fd, &request, 2 + i);
        assert_true(raw_receive(fd, &arena, &reply));
        assert_int_equal(reply->id, 2 + i);
        assert_int_equal((NTSTATUS)reply->status, i ? STATUS_INVALID_PARAMETER : STATUS_SUCCESS);
        size = protobuf_c_message_get_packed_size(&reply->base);
        bytes = malloc(size + 1);
        assert_non_null(bytes);
        protobuf_c_message_pack(&reply->base, bytes);
        leaks = memmem(bytes, size, "Open-Sesame", 11) != NULL;
        assert_false(leaks);
        assert_true(i || memmem(bytes, size, HOST, strlen(HOST)));
        free(bytes);
        lsa_arena_close(&arena);
    }
    close(fd);
}

/* ---- TSPkg --------------------------------------------------------------------------------- */

/* The LSA's functions, as far as TSPkg needs them here, over the real store. */
static const char *owner = "TSSSP";

static NTSTATUS NTAPI get_credentials(PLUID luid, ULONG package, PULONG position, BOOLEAN all,
                                      PLSA_STRING key, PULONG key_length, PLSA_STRING credentials)
{
    char *name = strndup(key->Buffer, key->Length);
    void *data;
    size_t size;
    NTSTATUS status;

    (void)package, (void)position, (void)key_length;
    assert_false(all);
    status = lsa_keyring_store.get(luid, owner, name, &data, &size);
    free(name);
    credentials->Buffer = data ? lsa_host_allocate(size) : NULL;
    credentials->Length = credentials->MaximumLength = (USHORT)size;
    if (data)
        memcpy(credentials->Buffer, data, size);
    secret_free(data);
    return status;
}

static VOID NTAPI free_heap(PVOID p)
{
    lsa_host_free(p);
}

static const LSA_SECPKG_FUNCTION_TABLE table = {.GetCredentials = get_credentials,
                                                .FreeLsaHeap = free_heap};

static void for_tspkg(void **state)
{
    LUID alice = session_of("alice", ALICE, getpid()), bob = session_of("bob", BOB, getpid()),
         nobody = {7, 7}, network = {0, 0};
    struct lsa_session details = {
        .uid = ALICE, .leader = getpid(), .user = (char *)(uintptr_t) "x", .network = true};
    WCHAR longest[LSA_SAVED_TARGET_MAX + 2];
    struct ts_saved s;
    int fd;

    (void)state;
    assert_int_equal(lsa_saved_put(ALICE, "TERMSRV/*", "EX\\al", "p\xc3\xa4ss"), STATUS_SUCCESS);
    assert_int_equal(lsa_saved_put(ALICE, HOST, "al@EX", "two"), STATUS_SUCCESS);
    assert_int_equal(ts_saved_find(&table, 3, &alice, u"TERMSRV/there", &s), STATUS_SUCCESS);
    assert_true(utf16_equal(s.domain, u"EX") && utf16_equal(s.user, u"al"));
    assert_true(utf16_equal(s.password, u"p\u00e4ss") && secret_owns(s.password));
    ts_saved_free(&s);
    assert_null(s.password);
    assert_int_equal(ts_saved_find(&table, 3, &alice, u"" HOST, &s), STATUS_SUCCESS);
    assert_true(utf16_equal(s.domain, u"") && utf16_equal(s.user, u"al@EX"));
    assert_true(utf16_equal(s.password, u"two"));
    ts_saved_free(&s);
    assert_int_equal(ts_saved_find(&table, 3, &alice, u"HTTP/there", &s), STATUS_NOT_FOUND);
    assert_int_equal(ts_saved_find(&table, 3, &alice, u"", &s), STATUS_NOT_FOUND);
    assert_int_equal(ts_saved_find(&table, 3, &alice, u"TERMSRV/*", &s), STATUS_NOT_FOUND);
    assert_int_equal(ts_saved_find(&table, 3, &alice, u"\xd800", &s), STATUS_NOT_FOUND);
    for (size_t i = 0; i <= LSA_SAVED_TARGET_MAX; i++)
        longest[i] = 'x';
    longest[LSA_SAVED_TARGET_MAX + 1] = 0;
    assert_int_equal(ts_saved_find(&table, 3, &alice, longest, &s), STATUS_NOT_FOUND);
    assert_int_equal(ts_saved_find(&table, 3, &bob, u"" HOST, &s), STATUS_NOT_FOUND);
    assert_int_equal(ts_saved_find(&table, 3, &nobody, u"" HOST, &s), STATUS_NO_SUCH_LOGON_SESSION);
    /* a client that delegated something to a service of alice's is not alice */
    assert_int_equal(lsa_session_create(&details, &network, &fd), STATUS_SUCCESS);
    assert_int_equal(ts_saved_find(&table, 3, &network, u"" HOST, &s), STATUS_NOT_FOUND);
    assert_int_equal(lsa_session_end(&network), STATUS_SUCCESS);
    /* another package has keys like that of its own, if it wants to */
    owner = "NTLM";
    assert_int_equal(ts_saved_find(&table, 3, &alice, u"" HOST, &s), STATUS_NOT_FOUND);
    owner = "TSSSP";
    assert_int_equal(lsa_keyring_store.add(&alice, owner, LSA_SAVED_KEY "x", "y", 1),
                     STATUS_ACCESS_DENIED);
    assert_int_equal(lsa_keyring_store.remove(&alice, owner, LSA_SAVED_KEY HOST),
                     STATUS_ACCESS_DENIED);
    assert_string_equal(found(ALICE, HOST), HOST "|al@EX|two");
    assert_int_equal(lsa_client_end_session(&alice), STATUS_SUCCESS);
    assert_int_equal(lsa_client_end_session(&bob), STATUS_SUCCESS);
}

/* Keys of somebody else's making do not confuse it. */
static void odd_keys(void **state)
{
    struct lsa_saved *list;
    keyring_serial ring;
    size_t count;
    char name[32];

    (void)state;
    assert_int_equal(lsa_saved_put(ALICE, "good", "u", "p"), STATUS_SUCCESS);
    snprintf(name, sizeof(name), "saved-%u", ALICE);
    ring = keyring_find(anchor, name);
    assert_true(ring > 0);
    assert_true(keyring_put(ring, "odd=", "no zero in it", 13, 0) > 0);
    assert_int_equal(lsa_saved_list(ALICE, &list, &count), STATUS_SUCCESS);
    assert_int_equal(count, 1);
    assert_string_equal(list[0].target, "good");
    lsa_saved_free(list, count);
    assert_int_equal(lsa_saved_delete(ALICE, "odd"), STATUS_SUCCESS);
}

/* The keys are as all of the LSA's are: possession grants nothing. */
static void permissions(void **state)
{
    char text[256], name[32];
    keyring_serial ring;
    key_serial_t key;

    (void)state;
    assert_int_equal(lsa_saved_put(ALICE, "x", "u", "p"), STATUS_SUCCESS);
    snprintf(name, sizeof(name), "saved-%u", ALICE);
    ring = keyring_find(anchor, name);
    key = (key_serial_t)keyctl_search(ring, "user", "x=", 0);
    assert_true(ring > 0 && key > 0);
    assert_true(keyctl_describe(ring, text, sizeof(text)) > 0);
    assert_non_null(strstr(text, ";003f0000;"));
    assert_true(keyctl_describe(key, text, sizeof(text)) > 0);
    assert_non_null(strstr(text, ";003f0000;"));
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, prepare, clean)
    const struct CMUnitTest tests[] = {
        T(kept_and_deleted), T(patterns), T(refused),     T(bounded),
        T(no_room),          T(stay),     T(own_only),    T(no_password_leaves),
        T(for_tspkg),        T(odd_keys), T(permissions),
    };

    return cmocka_run_group_tests(tests, server_setup, server_teardown);
}
