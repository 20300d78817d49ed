/*
 * The functions of the example's credential manager, called as the MPR calls them, with information
 * of all kinds; and that nothing of a person is touched but as that person. The person is made up:
 * a uid of this run's own and a home in /tmp.
 */
#include "examples/vault/file.h"
#include "examples/vault/key.h"
#include "examples/vault/person.h"

#include <fcntl.h>
#include <keyutils.h>
#include <npapi.h>
#include <ntsecapi.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#define COST 10

static char home[] = "/tmp/vault-person-XXXXXX";
static char user[] = "vault-person", root_user[] = "root", root_home[] = "/root";
static struct passwd person = {.pw_name = user, .pw_dir = home};
static char said[400]; /* through WNetSetLastErrorA */
static const uint8_t key[VAULT_KEY_SIZE] = "thirty-two bytes of a random key";
static uint8_t vault[VAULT_OVERHEAD + 5];

/* In the place of the C library's: the manager finds our person and nobody else. */
struct passwd *getpwnam(const char *name)
{
    static struct passwd root = {.pw_name = root_user, .pw_dir = root_home};

    return strcmp(name, user) == 0 ? &person : strcmp(name, "root") == 0 ? &root : NULL;
}

VOID WNetSetLastErrorA(DWORD err, LPSTR lpError, LPSTR lpProviders)
{
    (void)lpProviders;
    assert_int_equal(err, ERROR_EXTENDED_ERROR);
    snprintf(said, sizeof(said), "%s", lpError);
}

/* ---- as the person ------------------------------------------------------------------------- */

static int put_vault(const struct passwd *who, const void *password)
{
    enum vault_status status;
    int folder = vault_folder(who->pw_dir, 1, &status);

    if (folder < 0 || vault_wrap(vault, sizeof(vault), password, COST, key) != VAULT_OK)
        return 1;
    return vault_save(folder, vault, sizeof(vault)) != VAULT_OK;
}

/* 0: that password opens it. */
static int try_password(const struct passwd *who, const void *password)
{
    uint8_t *file = NULL, found[VAULT_KEY_SIZE];
    enum vault_status status;
    size_t size;
    int folder = vault_folder(who->pw_dir, 0, &status);

    if (folder < 0 || vault_load(folder, &file, &size) != VAULT_OK)
        return 1;
    return vault_unwrap(file, size, password, found) != VAULT_OK ||
           memcmp(found, key, sizeof(key)) != 0;
}

/* 0: the key lies there for this session, for two minutes at most, and is taken away. */
static int take_offered(const struct passwd *who, const void *name)
{
    char description[128], payload[VAULT_KEY_SIZE];
    long serial = keyctl_search(KEY_SPEC_USER_KEYRING, "user", name, 0);

    (void)who;
    if (serial < 0 || keyctl_read((key_serial_t)serial, payload, sizeof(payload)) != 32 ||
        memcmp(payload, key, sizeof(payload)) != 0 ||
        keyctl_describe((key_serial_t)serial, description, sizeof(description)) < 0 ||
        !strstr(description, ";3f000000;"))
        return 1;
    return keyctl_unlink((key_serial_t)serial, KEY_SPEC_USER_KEYRING) < 0;
}

static int clean(const struct passwd *who, const void *unused)
{
    /* By number: naming one makes it anew. */
    key_serial_t session = keyctl_get_keyring_ID(KEY_SPEC_USER_SESSION_KEYRING, 0),
                 user_keys = keyctl_get_keyring_ID(KEY_SPEC_USER_KEYRING, 0);

    (void)who;
    (void)unused;
    return keyctl_invalidate(session) < 0 || keyctl_invalidate(user_keys) < 0;
}

static int look_at_oneself(const struct passwd *who, const void *unused)
{
    uid_t uid, effective, saved;
    gid_t gid, effective_gid, saved_gid;
    gid_t groups[64];
    int count = getgroups(64, groups);

    (void)unused;
    getresuid(&uid, &effective, &saved);
    getresgid(&gid, &effective_gid, &saved_gid);
    for (int i = 0; i < count; i++)
        if (groups[i] != who->pw_gid)
            return 1;
    if (uid != who->pw_uid || effective != uid || saved != uid || gid != who->pw_gid ||
        effective_gid != gid || saved_gid != gid)
        return 2;
    if (setresuid(0, 0, 0) == 0 || setresgid(0, 0, 0) == 0)
        return 3;
    if (prctl(PR_GET_DUMPABLE) != 0 || prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
        return 4;
    return open("/etc/shadow", O_RDONLY) >= 0 ? 5 : 0;
}

static int crash(const struct passwd *who, const void *unused)
{
    (void)who;
    (void)unused;
    abort();
}

/* ---- as the MPR ---------------------------------------------------------------------------- */

static void set(UNICODE_STRING *out, const WCHAR *text)
{
    size_t units = 0;

    while (text[units])
        units++;
    out->Length = (USHORT)(units * sizeof(WCHAR));
    out->MaximumLength = out->Length; /* no zero is promised, so there is none */
    out->Buffer = malloc(out->Length + 1);
    memcpy(out->Buffer, text, out->Length);
}

static KERB_INTERACTIVE_LOGON *information(const WCHAR *name, const WCHAR *password)
{
    KERB_INTERACTIVE_LOGON *info = calloc(1, sizeof(*info));

    info->MessageType = KerbInteractiveLogon;
    set(&info->LogonDomainName, u"CREDMGR.TEST");
    set(&info->UserName, name);
    set(&info->Password, password);
    return info;
}

static void release(KERB_INTERACTIVE_LOGON *info)
{
    if (!info)
        return;
    free(info->LogonDomainName.Buffer);
    free(info->UserName.Buffer);
    free(info->Password.Buffer);
    free(info);
}

/* One NPLogonNotify; the script, in ASCII, in *script. */
static DWORD log_on(LPCWSTR type, KERB_INTERACTIVE_LOGON *info, KERB_INTERACTIVE_LOGON *previous,
                    const WCHAR *station, char script[200])
{
    LUID luid = {.LowPart = 0x89abcdef, .HighPart = 0x1234567};
    WCHAR place[16] = {0}, fresh = 0;
    LPWSTR out = &fresh;
    DWORD status;

    for (size_t i = 0; station[i]; i++)
        place[i] = station[i];
    said[0] = script[0] = 0;
    status = NPLogonNotify(&luid, type, info, previous ? type : NULL, previous, place, NULL, &out);
    assert_true((out != NULL) == (status == WN_SUCCESS));
    for (size_t i = 0; out && i < 199; i++) {
        script[i] = (char)out[i];
        if (!out[i])
            break;
    }
    free(out);
    release(info);
    release(previous);
    return status;
}

static DWORD change(KERB_INTERACTIVE_LOGON *info, KERB_INTERACTIVE_LOGON *previous, DWORD what)
{
    LPCWSTR type = u"MSV1_0:Interactive";
    WCHAR station[] = u"SvcCtl"; /* chpasswd, say: it counts all the same */
    DWORD status;

    said[0] = 0;
    status =
        NPPasswordChangeNotify(type, info, previous ? type : NULL, previous, station, NULL, what);
    release(info);
    release(previous);
    return status;
}

#define OFFERED "credmgr-vault:0123456789abcdef"

/* ---- tests --------------------------------------------------------------------------------- */

static int setup(void **state)
{
    (void)state;
    person.pw_uid = 910000000 + (uid_t)getpid() % 4194304;
    person.pw_gid = (gid_t)person.pw_uid;
    if (!mkdtemp(home) || chown(home, person.pw_uid, person.pw_gid) != 0)
        return -1;
    return vault_encrypt((const uint8_t *)"hello", 5, key, NULL, vault) == VAULT_OK ? 0 : -1;
}

static int teardown(void **state)
{
    char path[128];

    (void)state;
    snprintf(path, sizeof(path), "%s/" VAULT_FOLDER "/" VAULT_NAME, home);
    unlink(path);
    *strrchr(path, '/') = 0;
    rmdir(path);
    return rmdir(home) == 0 && person_run(&person, clean, NULL) == 0 ? 0 : -1;
}

static void caps(void **state)
{
    (void)state;
    assert_int_equal(NPGetCaps(WNNC_START), WNNC_WAIT_FOR_START);
    assert_int_equal(NPGetCaps(WNNC_SPEC_VERSION), WNNC_SPEC_VERSION51);
    assert_int_equal(NPGetCaps(WNNC_NET_TYPE), WNNC_CRED_MANAGER);
    assert_int_equal(NPGetCaps(WNNC_DIALOG), 0);
    assert_int_equal(NPGetCaps(0xffff), 0);
}

static void becomes_the_person(void **state)
{
    (void)state;
    assert_int_equal(person_run(&person, look_at_oneself, NULL), 0);
    assert_int_equal(person_run(&person, crash, NULL), -1);
}

static void nothing_of_ours(void **state)
{
    LPCWSTR kerberos = u"Kerberos:Interactive";
    KERB_INTERACTIVE_LOGON *info;
    char script[200];

    (void)state;
    /* There is no vault yet. */
    assert_int_equal(
        log_on(kerberos, information(u"vault-person", u"pw"), NULL, u"WinSta_0", script),
        WN_NOT_SUPPORTED);
    assert_string_equal(said, "");
    assert_int_equal(
        log_on(kerberos, information(u"nobody-we-know", u"pw"), NULL, u"WinSta_0", script),
        WN_NOT_SUPPORTED);
    assert_int_equal(log_on(kerberos, information(u"root", u"pw"), NULL, u"WinSta_0", script),
                     WN_NOT_SUPPORTED);
    assert_int_equal(log_on(kerberos, information(u"vault-person", u""), NULL, u"WinSta_0", script),
                     WN_NOT_SUPPORTED);
    assert_int_equal(log_on(kerberos, information(u"vault-person", u"pw"), NULL, u"SvcCtl", script),
                     WN_NOT_SUPPORTED);
    assert_int_equal(log_on(u"Other:Interactive", information(u"vault-person", u"pw"), NULL,
                            u"WinSta_0", script),
                     WN_NOT_SUPPORTED);
    assert_int_equal(log_on(u"Kerberos:Interactiv", information(u"vault-person", u"pw"), NULL,
                            u"WinSta_0", script),
                     WN_NOT_SUPPORTED);
    info = information(u"vault-person", u"pw");
    info->MessageType = KerbSmartCardLogon;
    assert_int_equal(log_on(kerberos, info, NULL, u"WinSta_0", script), WN_NOT_SUPPORTED);
    assert_int_equal(log_on(kerberos, NULL, NULL, u"WinSta_0", script), WN_BAD_POINTER);
    assert_int_equal(change(information(u"vault-person", u"pw"), NULL, 0), WN_NOT_SUPPORTED);
}

static void strings_that_are_none(void **state)
{
    static const WCHAR half[] = {'a', 0xD800, 'b', 0}, other_half[] = {0xDC00, 0},
                       last[] = {'x', 0xDBFF, 0};
    KERB_INTERACTIVE_LOGON *info;
    char script[200];
    WCHAR large[5000];

    (void)state;
    for (const WCHAR *const *bad = (const WCHAR *const[]){half, other_half, last, NULL}; *bad;
         bad++)
        assert_int_equal(log_on(u"MSV1_0:Interactive", information(u"vault-person", *bad), NULL,
                                u"WinSta_0", script),
                         WN_BAD_VALUE);
    info = information(u"vault-person", u"ab");
    info->Password.Buffer[0] = 0; /* a zero in the middle */
    assert_int_equal(log_on(u"MSV1_0:Interactive", info, NULL, u"WinSta_0", script), WN_BAD_VALUE);
    for (size_t i = 0; i < 4999; i++)
        large[i] = 'p';
    large[4999] = 0;
    assert_int_equal(log_on(u"MSV1_0:Interactive", information(u"vault-person", large), NULL,
                            u"WinSta_0", script),
                     WN_BAD_VALUE);
    assert_int_equal(
        log_on(u"MSV1_0:Interactive", information(large, u"pw"), NULL, u"WinSta_0", script),
        WN_BAD_VALUE);
}

static void unlocks(void **state)
{
    char script[200];

    (void)state;
    assert_int_equal(person_run(&person, put_vault, "p\303\244ss\360\237\224\221"), 0);
    assert_int_equal(log_on(u"Kerberos:Interactive",
                            information(u"vault-person", u"p\u00e4ss\U0001F511"), NULL, u"WinSta_0",
                            script),
                     WN_SUCCESS);
    assert_string_equal(script, "/usr/bin/credmgr-vault attach 0123456789abcdef");
    assert_int_equal(person_run(&person, take_offered, OFFERED), 0);
    assert_int_equal(log_on(u"MSV1_0:Interactive", information(u"vault-person", u"other"), NULL,
                            u"WinSta_0", script),
                     WN_EXTENDED_ERROR);
    assert_non_null(strstr(said, "the vault of \"vault-person\": another password"));
    assert_null(strstr(said, "other\""));
    assert_int_equal(person_run(&person, take_offered, OFFERED), 1);
}

static void follows_the_password(void **state)
{
    char script[200];

    (void)state;
    assert_int_equal(person_run(&person, put_vault, "first"), 0);
    assert_int_equal(change(information(u"vault-person", u"second"),
                            information(u"vault-person", u"first"), WN_VALID_LOGON_ACCOUNT),
                     WN_SUCCESS);
    assert_int_equal(person_run(&person, try_password, "second"), 0);
    assert_int_equal(person_run(&person, try_password, "first"), 1);
    /* Told twice. */
    assert_int_equal(change(information(u"vault-person", u"second"),
                            information(u"vault-person", u"first"), WN_VALID_LOGON_ACCOUNT),
                     WN_SUCCESS);
    /* By root, who knows no old one; and with one that it never had. */
    assert_int_equal(change(information(u"vault-person", u"third"), NULL, WN_VALID_LOGON_ACCOUNT),
                     WN_EXTENDED_ERROR);
    assert_int_equal(change(information(u"vault-person", u"third"),
                            information(u"vault-person", u"never"), WN_VALID_LOGON_ACCOUNT),
                     WN_EXTENDED_ERROR);
    assert_int_equal(person_run(&person, try_password, "second"), 0);
    assert_int_equal(person_run(&person, take_offered, OFFERED), 1); /* no session, no key */
    /* A logon that tells of the change brings the vault up to date. */
    assert_int_equal(log_on(u"MSV1_0:Interactive", information(u"vault-person", u"third"),
                            information(u"vault-person", u"second"), u"WinSta_0", script),
                     WN_SUCCESS);
    assert_int_equal(person_run(&person, try_password, "third"), 0);
    assert_int_equal(person_run(&person, take_offered, OFFERED), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(caps),
        cmocka_unit_test(becomes_the_person),
        cmocka_unit_test(nothing_of_ours),
        cmocka_unit_test(strings_that_are_none),
        cmocka_unit_test(unlocks),
        cmocka_unit_test(follows_the_password),
    };

    if (geteuid() != 0) {
        printf("1..0 # SKIP needs root, as the credential manager does\n");
        return 0;
    }
    return cmocka_run_group_tests(tests, setup, teardown);
}
