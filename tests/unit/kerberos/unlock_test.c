/*
 * LsaApLogonUserEx2 when a workstation is unlocked, with a real KDC: passwords changed elsewhere,
 * wrong ones, outages, accounts that are gone, a KDC that is not the machine's, hostile requests.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <ntstatus.h>
#include "base/secret.h"
#include "base/utf16.h"
#include "libsspi/packages/unlock.h"
#include "tests/unit/kerberos/lsa.h"
#include "tests/unit/kerberos/realm.h"
#include "tests/unit/kerberos/store.h"

/* ---- asking -------------------------------------------------------------------------------- */

/* Everything that LsaApLogonUserEx2 gives. */
static struct given {
    PVOID profile, token;
    ULONG profile_size;
    LUID luid;
    NTSTATUS sub_status;
    LSA_TOKEN_INFORMATION_TYPE token_type;
    PUNICODE_STRING account, authority, machine;
    SECPKG_PRIMARY_CRED primary;
    PSECPKG_SUPPLEMENTAL_CRED_ARRAY supplemental;
} given;

static void release(void)
{
    lsa_host_free(given.profile);
    lsa_host_free(given.token);
    lsa_host_free(given.account);
    lsa_host_free(given.authority);
    lsa_host_free(given.primary.DownlevelName.Buffer);
    lsa_host_free(given.primary.DomainName.Buffer);
    lsa_host_free(given.primary.Password.Buffer);
    lsa_host_free(given.primary.Upn.Buffer);
    memset(&given, 0, sizeof(given));
}

static NTSTATUS submit(SECURITY_LOGON_TYPE type, void *request, const void *base, ULONG size)
{
    NTSTATUS status;

    release();
    memset(&given, 0xee, sizeof(given)); /* the package must set it all */
    status = lsa_kerberos->LogonUserEx2(
        NULL, type, request, (void *)(uintptr_t)base, size, &given.profile, &given.profile_size,
        &given.luid, &given.sub_status, &given.token_type, &given.token, &given.account,
        &given.authority, &given.machine, &given.primary, &given.supplemental);
    assert_null(given.machine);
    assert_null(given.supplemental);
    if (!NT_SUCCESS(status)) {
        assert_null(given.profile);
        assert_null(given.token);
        assert_null(given.primary.Password.Buffer);
    }
    return status;
}

static NTSTATUS unlock_of(SECURITY_LOGON_TYPE type, ULONG session, const WCHAR *domain,
                          const WCHAR *user, const char *password)
{
    const LUID luid = {session, 0};
    const UNICODE_STRING d = counted(domain), u = counted(user);
    size_t units = 0;
    WCHAR *wide = utf16_from_utf8(password, strlen(password), &units);
    const UNICODE_STRING p = {(USHORT)(2 * units), (USHORT)(2 * units), wide};
    ULONG size;
    void *request = unlock_write(&luid, &d, &u, &p, &size);
    NTSTATUS status;

    assert_non_null(request);
    status = submit(type, request, request, size);
    secret_free(request);
    free(wide);
    return status;
}

static NTSTATUS unlock(const char *password)
{
    return unlock_of(Unlock, 1, NULL, u"alice@" REALM_WIDE, password);
}

static NTSTATUS unlock_cached(const char *password)
{
    return unlock_of(CachedUnlock, 1, NULL, u"alice@" REALM_WIDE, password);
}

/* What the store has under a key, to see whether it has changed. */
struct copy {
    void *data;
    size_t size;
};

static struct copy copy_of(const char *key)
{
    const LUID luid = {1, 0};
    struct copy c;

    assert_int_equal(test_store.get(&luid, "Kerberos", key, &c.data, &c.size), STATUS_SUCCESS);
    return c;
}

/* And releases the copy. */
static bool is_still(struct copy c, const char *key)
{
    struct copy now = copy_of(key);
    bool same = now.size == c.size && memcmp(now.data, c.data, c.size) == 0;

    secret_free(now.data);
    secret_free(c.data);
    return same;
}

static bool text_is(const UNICODE_STRING *s, const WCHAR *expected)
{
    size_t units = utf16_length(expected);

    return s->Length == units * sizeof(WCHAR) && memcmp(s->Buffer, expected, s->Length) == 0;
}

/* ---- passwords ----------------------------------------------------------------------------- */

#define TICKET "ticket:" SERVICE "@" REALM

static void test_right(void **state)
{
    const KERB_INTERACTIVE_PROFILE *profile;
    struct copy tgt;

    (void)state;
    alice_logs_on(1);
    assert_int_equal(try_to(WEB), SEC_E_OK);
    assert_true(store_has(1, TICKET));
    tgt = copy_of("tgt");
    assert_int_equal(unlock(ALICE_PASSWORD), STATUS_SUCCESS);
    assert_false(is_still(tgt, "tgt"));
    assert_false(store_has(1, TICKET)); /* of the ticket before */
    assert_false(store_has(1, "password"));
    assert_int_equal(try_to(WEB), SEC_E_OK);
    /* what the LSA is given */
    assert_int_equal(given.luid.LowPart, 1);
    assert_int_equal(given.sub_status, STATUS_SUCCESS);
    assert_int_equal(given.token_type, LsaTokenInformationNull);
    assert_null(((LSA_TOKEN_INFORMATION_NULL *)given.token)->Groups);
    profile = given.profile;
    assert_int_equal(given.profile_size, sizeof(*profile));
    assert_int_equal(profile->MessageType, KerbInteractiveProfile);
    assert_int_equal(profile->UserFlags & LOGON_CACHED_ACCOUNT, 0);
    assert_true(text_is(given.account, u"alice@" REALM_WIDE));
    assert_true(text_is(given.authority, u""));
    assert_int_equal(given.primary.Flags, PRIMARY_CRED_CLEAR_PASSWORD | PRIMARY_CRED_UPDATE);
    assert_int_equal(given.primary.LogonId.LowPart, 1);
    assert_true(text_is(&given.primary.DownlevelName, u"alice"));
    assert_true(text_is(&given.primary.Upn, u"alice@" REALM_WIDE));
    assert_true(text_is(&given.primary.Password, u"open sesame"));
}

static void test_wrong(void **state)
{
    static const char *const wrong[] = {"not hers", "", "open sesam", "open sesame!",
                                        "OPEN SESAME"};
    struct copy tgt;

    (void)state;
    alice_logs_on(1);
    assert_int_equal(try_to(WEB), SEC_E_OK);
    tgt = copy_of("tgt");
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_int_equal(unlock(wrong[i]), STATUS_LOGON_FAILURE);
        assert_int_equal(given.sub_status, STATUS_WRONG_PASSWORD);
        assert_true(text_is(given.account, u"alice@" REALM_WIDE)); /* for the audit */
    }
    assert_true(is_still(tgt, "tgt"));
    assert_true(store_has(1, TICKET));
    assert_false(store_has(1, "password"));
    assert_int_equal(try_to(MAIL), SEC_E_OK);
}

/* The password was changed at the KDC while the screen was locked. */
static void test_changed_elsewhere(void **state)
{
    struct copy tgt;

    (void)state;
    alice_logs_on(1);
    realm_admin("cpw -pw \"a new one\" alice");
    tgt = copy_of("tgt");
    assert_int_equal(unlock(ALICE_PASSWORD), STATUS_LOGON_FAILURE);
    assert_true(is_still(tgt, "tgt"));
    tgt = copy_of("tgt");
    assert_int_equal(unlock("a new one"), STATUS_SUCCESS);
    assert_false(is_still(tgt, "tgt"));
    assert_int_equal(try_to(WEB), SEC_E_OK);
    realm_admin("cpw -pw \"" ALICE_PASSWORD "\" alice");
}

/* keep_password = yes: what is kept is the new one. */
static void test_kept_password(void **state)
{
    (void)state;
    assert_int_equal(log_on(1, u"alice@" REALM_WIDE, ALICE_PASSWORD), STATUS_SUCCESS);
    assert_true(soon(store_has, true, 1, "tgt"));
    assert_int_equal(unlock_cached(ALICE_PASSWORD), STATUS_SUCCESS);
    assert_int_equal(((KERB_INTERACTIVE_PROFILE *)given.profile)->UserFlags, LOGON_CACHED_ACCOUNT);
    assert_true(given.primary.Flags & PRIMARY_CRED_CACHED_LOGON);
    realm_admin("cpw -pw \"a new one\" alice");
    assert_int_equal(unlock("a new one"), STATUS_SUCCESS);
    assert_int_equal(unlock_cached("a new one"), STATUS_SUCCESS);
    assert_int_equal(unlock_cached(ALICE_PASSWORD), STATUS_LOGON_FAILURE);
    assert_int_equal(given.sub_status, STATUS_WRONG_PASSWORD);
    assert_false(store_holds(1, ALICE_PASSWORD));
    realm_admin("cpw -pw \"" ALICE_PASSWORD "\" alice");
}

static void test_kdc_down(void **state)
{
    struct copy tgt;

    (void)state;
    alice_logs_on(1);
    realm_kdc_down();
    tgt = copy_of("tgt");
    assert_int_equal(unlock(ALICE_PASSWORD), STATUS_NO_LOGON_SERVERS);
    assert_int_equal(unlock("not hers"), STATUS_NO_LOGON_SERVERS);
    assert_true(is_still(tgt, "tgt"));
    /* the session holds no password */
    assert_int_equal(unlock_cached(ALICE_PASSWORD), STATUS_NO_LOGON_SERVERS);
    /* one that still waits for its first ticket does */
    assert_int_equal(log_on(1, u"alice@" REALM_WIDE, ALICE_PASSWORD), STATUS_SUCCESS);
    assert_int_equal(unlock_cached("not hers"), STATUS_LOGON_FAILURE);
    assert_int_equal(unlock_cached(ALICE_PASSWORD), STATUS_SUCCESS);
    realm_kdc_up();
    assert_int_equal(unlock(ALICE_PASSWORD), STATUS_SUCCESS);
    assert_false(store_has(1, "password"));
}

/* A fetch with the password of before ends after the screen was unlocked with the new one. */
static void test_fetch_under_way(void **state)
{
    struct copy tgt;

    (void)state;
    realm_kdc_silent();
    assert_int_equal(log_on(1, u"alice@" REALM_WIDE, "an old one"), STATUS_SUCCESS);
    assert_true(store_has(1, "password"));
    usleep(200000);
    realm_kdc_up();
    assert_int_equal(unlock(ALICE_PASSWORD), STATUS_SUCCESS);
    tgt = copy_of("tgt");
    assert_false(store_has(1, "password"));
    lsa_stop(NULL); /* waits for the fetch */
    lsa_start(NULL);
    assert_true(is_still(tgt, "tgt"));
    assert_int_equal(try_to(WEB), SEC_E_OK);
}

/* ---- accounts ------------------------------------------------------------------------------ */

static void test_names(void **state)
{
    (void)state;
    /* a session that Kerberos knows nothing of */
    assert_int_equal(unlock_of(Unlock, 1, u"BOX", u"alice", ALICE_PASSWORD), STATUS_NO_SUCH_USER);
    assert_int_equal(unlock_of(Unlock, 1, NULL, u"alice", ALICE_PASSWORD), STATUS_NO_SUCH_USER);
    assert_int_equal(unlock_of(Unlock, 1, NULL, u"nobody@" REALM_WIDE, "x"), STATUS_NO_SUCH_USER);
    assert_int_equal(store_count(1), 0);
    assert_int_equal(unlock_of(Unlock, 1, u"CREDMGR", u"alice", ALICE_PASSWORD), STATUS_SUCCESS);
    assert_true(text_is(given.authority, u"CREDMGR"));
    assert_true(text_is(&given.primary.DomainName, u"CREDMGR"));
    assert_int_equal(given.primary.Upn.Length, 0);
    assert_int_equal(try_to(WEB), SEC_E_OK);
    /* one that it knows is alice's, whatever is written there */
    assert_int_equal(unlock_of(Unlock, 1, NULL, u"bob@" REALM_WIDE, BOB_PASSWORD),
                     STATUS_LOGON_FAILURE);
    assert_int_equal(unlock_of(Unlock, 1, u"BOX", u"alice", ALICE_PASSWORD), STATUS_SUCCESS);
    /* no such session */
    lsa_now.client.HasTcbPrivilege = TRUE;
    assert_int_equal(unlock_of(Unlock, 77, NULL, u"alice@" REALM_WIDE, ALICE_PASSWORD),
                     STATUS_NO_SUCH_LOGON_SESSION);
}

/* When another package has verified the password: it is for the account that the session has, and
 * nobody waits for a ticket. */
static void test_update(void **state)
{
    UNICODE_STRING name = counted(u"somebody");
    SECPKG_PRIMARY_CRED primary = {.LogonId = {1, 0},
                                   .DownlevelName = name,
                                   .Upn = counted(u"bob@" REALM_WIDE),
                                   .Password = counted(u"open sesame"),
                                   .Flags = PRIMARY_CRED_CLEAR_PASSWORD | PRIMARY_CRED_UPDATE};
    struct copy tgt;
    int64_t begin;

    (void)state;
    alice_logs_on(1);
    tgt = copy_of("tgt");
    realm_kdc_silent();
    begin = milliseconds();
    assert_int_equal(lsa_kerberos->AcceptCredentials(Interactive, &name, &primary, NULL),
                     STATUS_SUCCESS);
    assert_true(milliseconds() - begin < 900);
    realm_kdc_up();
    assert_int_equal(lsa_kerberos->AcceptCredentials(Interactive, &name, &primary, NULL),
                     STATUS_SUCCESS);
    assert_true(soon(store_has, false, 1, "password"));
    assert_false(is_still(tgt, "tgt"));
    assert_int_equal(try_to(WEB), SEC_E_OK);
}

/* Tickets of any realm can be submitted by anybody: its KDC does not get what a password of ours
 * can be guessed with. */
static void test_foreign_account(void **state)
{
    static const char foreign[] = "alice@EVIL.TEST";
    const LUID luid = {1, 0};
    UNICODE_STRING name = counted(u"alice");
    SECPKG_PRIMARY_CRED primary = {.LogonId = luid,
                                   .DownlevelName = name,
                                   .Password = counted(u"open sesame"),
                                   .Flags = PRIMARY_CRED_CLEAR_PASSWORD | PRIMARY_CRED_UPDATE};
    static const WCHAR *const upns[] = {NULL, u"alice@" REALM_WIDE};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(test_store.add(&luid, "Kerberos", "account", foreign, strlen(foreign)),
                         STATUS_SUCCESS);
        if (upns[i])
            primary.Upn = counted(upns[i]);
        assert_int_equal(lsa_kerberos->AcceptCredentials(Interactive, &name, &primary, NULL),
                         STATUS_SUCCESS);
        assert_int_equal(store_count(1), 1); /* no password that waits for a ticket */
        assert_true(is_still((struct copy){secret_dup(foreign, strlen(foreign)), strlen(foreign)},
                             "account"));
        assert_int_equal(unlock(ALICE_PASSWORD), STATUS_NO_SUCH_USER);
        assert_int_equal(unlock_of(Unlock, 1, u"BOX", u"alice", ALICE_PASSWORD),
                         STATUS_NO_SUCH_USER);
        assert_int_equal(store_count(1), 1);
    }
    alice_logs_on(1); /* a logon says itself whose it is */
    assert_int_equal(unlock(ALICE_PASSWORD), STATUS_SUCCESS);
}

static void test_account_ends(void **state)
{
    (void)state;
    realm_admin("addprinc -pw dora dora");
    assert_int_equal(log_on(1, u"dora@" REALM_WIDE, "dora"), STATUS_SUCCESS);
    assert_true(soon(store_has, true, 1, "tgt"));
    realm_admin("modprinc -pwexpire yesterday dora");
    assert_int_equal(unlock_of(Unlock, 1, NULL, u"dora@" REALM_WIDE, "dora"),
                     STATUS_ACCOUNT_RESTRICTION);
    assert_int_equal(given.sub_status, STATUS_PASSWORD_EXPIRED);
    realm_admin("modprinc -pwexpire never -expire yesterday dora");
    assert_int_equal(unlock_of(Unlock, 1, NULL, u"dora@" REALM_WIDE, "dora"),
                     STATUS_ACCOUNT_RESTRICTION);
    assert_int_equal(given.sub_status, STATUS_ACCOUNT_EXPIRED);
    realm_admin("modprinc -expire never -allow_tix dora");
    assert_int_equal(unlock_of(Unlock, 1, NULL, u"dora@" REALM_WIDE, "dora"),
                     STATUS_ACCOUNT_RESTRICTION);
    assert_int_equal(given.sub_status, STATUS_ACCOUNT_DISABLED);
    realm_admin("modprinc +allow_tix dora");
    assert_int_equal(unlock_of(Unlock, 1, NULL, u"dora@" REALM_WIDE, "dora"), STATUS_SUCCESS);
    realm_admin("delprinc -force dora");
    assert_int_equal(unlock_of(Unlock, 1, NULL, u"dora@" REALM_WIDE, "dora"), STATUS_LOGON_FAILURE);
    assert_int_equal(given.sub_status, STATUS_NO_SUCH_USER);
}

/* ---- a KDC that is not the machine's ------------------------------------------------------- */

static char machine_keytab[256];

static int start_with_keytab(void **state)
{
    char command[512];

    snprintf(machine_keytab, sizeof(machine_keytab), "FILE:%s/machine.keytab", realm_directory);
    snprintf(command, sizeof(command),
             "addprinc -randkey host/box.credmgr.test\nktadd -k %s host/box.credmgr.test",
             machine_keytab);
    realm_admin(command);
    lsa_settings[0] = (struct lsa_setting){"keytab", machine_keytab};
    return lsa_start(state);
}

static void test_false_kdc(void **state)
{
    struct copy tgt;
    unsigned before;

    (void)state;
    alice_logs_on(1);
    before = realm_requests("TGS_REQ");
    assert_int_equal(unlock(ALICE_PASSWORD), STATUS_SUCCESS);
    assert_int_equal(realm_requests("TGS_REQ"), before + 1); /* the ticket for the machine */
    /* a KDC that does not know the machine's key */
    realm_admin("cpw -randkey host/box.credmgr.test");
    tgt = copy_of("tgt");
    assert_int_equal(unlock(ALICE_PASSWORD), STATUS_TRUSTED_RELATIONSHIP_FAILURE);
    assert_true(is_still(tgt, "tgt"));
    assert_int_equal(try_to(WEB), SEC_E_OK);
    /* nor the machine */
    realm_admin("delprinc -force host/box.credmgr.test");
    assert_int_equal(unlock(ALICE_PASSWORD), STATUS_TRUSTED_RELATIONSHIP_FAILURE);
    /* without keys there is nothing to go by */
    assert_int_equal(unlink(machine_keytab + 5), 0);
    assert_int_equal(unlock(ALICE_PASSWORD), STATUS_SUCCESS);
}

/* ---- who may, and what is sent ------------------------------------------------------------- */

static void test_whose(void **state)
{
    MSV1_0_INTERACTIVE_LOGON plain = {.MessageType = MsV1_0WorkstationUnlockLogon};
    struct {
        MSV1_0_INTERACTIVE_LOGON head;
        WCHAR text[64];
    } request = {.head = plain};

    (void)state;
    alice_logs_on(1);
    alice_logs_on(2);
    assert_int_equal(unlock_of(Unlock, 2, NULL, u"alice@" REALM_WIDE, ALICE_PASSWORD),
                     STATUS_ACCESS_DENIED);
    assert_int_equal(unlock_of(CachedUnlock, 2, NULL, u"alice@" REALM_WIDE, ALICE_PASSWORD),
                     STATUS_ACCESS_DENIED);
    lsa_now.client.HasTcbPrivilege = TRUE;
    assert_int_equal(unlock_of(Unlock, 2, NULL, u"alice@" REALM_WIDE, ALICE_PASSWORD),
                     STATUS_SUCCESS);
    assert_int_equal(given.luid.LowPart, 2);
    /* without a LogonId: the client's own */
    memcpy(request.text, u"alice@" REALM_WIDE u"open sesame", 2 * 29);
    request.head.UserName = (UNICODE_STRING){36, 36, request.text};
    request.head.Password = (UNICODE_STRING){22, 22, request.text + 18};
    assert_int_equal(submit(Unlock, &request, &request, sizeof(request)), STATUS_SUCCESS);
    assert_int_equal(given.luid.LowPart, 1);
}

static void test_hostile(void **state)
{
    static const ULONG other_messages[] = {0, 1, 2, 6, 8, 9, 10, 13, 83, UINT32_MAX};
    static const SECURITY_LOGON_TYPE other_types[] = {0, Interactive, Network, Batch, Service};
    struct {
        KERB_INTERACTIVE_UNLOCK_LOGON head;
        WCHAR text[64];
    } r = {.head = {.Logon = {.MessageType = KerbWorkstationUnlockLogon}, .LogonId = {1, 0}}}, copy;
    uint8_t *base = (uint8_t *)0x7000; /* where it lies in the client */
    UNICODE_STRING *strings[] = {&r.head.Logon.LogonDomainName, &r.head.Logon.UserName,
                                 &r.head.Logon.Password};

    (void)state;
    memcpy(r.text, u"alice@" REALM_WIDE u"open sesame", 2 * 29);
    r.head.Logon.UserName = (UNICODE_STRING){36, 36, (WCHAR *)(void *)(base + sizeof(r.head))};
    r.head.Logon.Password = (UNICODE_STRING){22, 22, (WCHAR *)(void *)(base + sizeof(r.head) + 36)};
    assert_int_equal(submit(Unlock, &r, base, sizeof(r)), STATUS_SUCCESS);
    copy = r;
    /* every length; an allocation of its own, so that a sanitizer sees the end */
    for (ULONG size = 0; size < sizeof(r.head) + 58; size++) {
        void *cut = malloc(size ? size : 1);

        memcpy(cut, &r, size);
        assert_int_equal(submit(Unlock, cut, base, size), STATUS_INVALID_PARAMETER);
        free(cut);
    }
    assert_int_equal(submit(Unlock, NULL, base, 0), STATUS_INVALID_PARAMETER);
    for (size_t i = 0; i < sizeof(other_messages) / sizeof(other_messages[0]); i++) {
        memcpy(&r.head.Logon.MessageType, &other_messages[i], sizeof(ULONG));
        assert_int_equal(submit(Unlock, &r, base, sizeof(r)), STATUS_BAD_VALIDATION_CLASS);
    }
    r = copy;
    for (size_t i = 0; i < sizeof(other_types) / sizeof(other_types[0]); i++)
        assert_int_equal(submit(other_types[i], &r, base, sizeof(r)), STATUS_INVALID_LOGON_TYPE);
    /* strings outside, half outside, of half a unit */
    for (size_t i = 0; i < 3; i++) {
        static const struct {
            USHORT length;
            intptr_t at;
        } bad[] = {{2, -2},       {2, 0x10000},  {2, INT64_MAX}, {UINT16_MAX - 1, 64},
                   {2, 64 + 127}, {2, 64 + 128}, {3, 64},        {1, 64}};

        for (size_t n = 0; n < sizeof(bad) / sizeof(bad[0]); n++) {
            r = copy;
            *strings[i] =
                (UNICODE_STRING){bad[n].length, bad[n].length,
                                 (WCHAR *)(void *)((uintptr_t)base + (uintptr_t)bad[n].at)};
            assert_int_equal(submit(Unlock, &r, base, sizeof(r)), STATUS_INVALID_PARAMETER);
        }
    }
    r = copy;
    r.head.Logon.UserName.Length = 0;
    assert_int_equal(submit(Unlock, &r, base, sizeof(r)), STATUS_INVALID_PARAMETER);
    r = copy;
    r.text[20] = 0xd800; /* half a character in the password */
    assert_int_equal(submit(Unlock, &r, base, sizeof(r)), STATUS_INVALID_PARAMETER);
    r = copy;
    r.head.Logon.Password.Length += 2; /* a zero, and what follows it is not seen by all */
    assert_int_equal(submit(Unlock, &r, base, sizeof(r)), STATUS_INVALID_PARAMETER);
    r = copy;
    r.text[3] = 0;
    assert_int_equal(submit(Unlock, &r, base, sizeof(r)), STATUS_INVALID_PARAMETER);
    assert_int_equal(submit(Unlock, &copy, base, sizeof(copy)), STATUS_SUCCESS);
}

static int start_keeping(void **state)
{
    lsa_settings[0] = (struct lsa_setting){"keep_password", "yes"};
    return lsa_start(state);
}

static int start_waiting(void **state)
{
    lsa_settings[0] = (struct lsa_setting){"ticket_wait", "5"};
    return lsa_start(state);
}

static int clean(void **state)
{
    release();
    return lsa_clean(state);
}

static int start_all(void **state)
{
    (void)state;
    realm_start(NULL);
    realm_install();
    setenv("KRB5RCACHENAME", "none:", 1);
    return 0;
}

static int stop_all(void **state)
{
    (void)state;
    return realm_stop();
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, lsa_start, clean)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_right),
        TEST(test_wrong),
        TEST(test_changed_elsewhere),
        cmocka_unit_test_setup_teardown(test_kept_password, start_keeping, clean),
        TEST(test_kdc_down),
        TEST(test_fetch_under_way),
        TEST(test_names),
        cmocka_unit_test_setup_teardown(test_update, start_waiting, clean),
        cmocka_unit_test_setup_teardown(test_foreign_account, start_waiting, clean),
        TEST(test_account_ends),
        cmocka_unit_test_setup_teardown(test_false_kdc, start_with_keytab, clean),
        TEST(test_whose),
        TEST(test_hostile),
    };

    return cmocka_run_group_tests_name("kerberos: unlocking", tests, start_all, stop_all);
}
