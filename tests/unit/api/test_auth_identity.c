/*
 * The Sspi…AuthIdentity functions: every form in, blocks that lie about themselves, strings and
 * back, encryption and who can undo it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <keyutils.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include <ntstatus.h>
#include <security.h>
#include "base/secret.h"
#include "base/utf16.h"
#include "libsspi/lsa/host.h"
#include "tests/unit/api/common.h"

typedef PSEC_WINNT_AUTH_IDENTITY_OPAQUE identity;

static identity made(const WCHAR *user, const WCHAR *domain, const WCHAR *packed)
{
    identity id = NULL;

    assert_int_equal(SspiEncodeStringsAsAuthIdentity(user, domain, packed, &id), SEC_E_OK);
    assert_non_null(id);
    return id;
}

static void assert_strings(identity id, const WCHAR *user, const WCHAR *domain, const WCHAR *packed)
{
    const WCHAR *const expected[] = {user, domain, packed};
    PCWSTR got[3];

    assert_int_equal(SspiEncodeAuthIdentityAsStrings(id, &got[0], &got[1], &got[2]), SEC_E_OK);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(got[i] == NULL, expected[i] == NULL);
        if (expected[i])
            assert_true(utf16_equal(got[i], expected[i]));
        SspiLocalFree((void *)(uintptr_t)got[i]);
    }
}

/* ---- strings -------------------------------------------------------------------------------- */

static void test_strings(void **state)
{
    static const WCHAR *const passwords[] = {
        u"pässwörd", u"", NULL, u"@@packed:", u"@@packed:AAAA", u"@@packed:@@packed:"};
    identity id;

    (void)state;
    for (size_t i = 0; i < ARRAYSIZE(passwords); i++) {
        PCWSTR user, domain, packed;

        id = made(u"alice", i ? u"EXAMPLE" : NULL, passwords[i]);
        assert_int_equal(SspiValidateAuthIdentity(id), SEC_E_OK);
        if (!passwords[i] || passwords[i][0] != u'@') {
            assert_strings(id, u"alice", i ? u"EXAMPLE" : NULL, passwords[i]);
        } else {
            /* a password that looks like the prefix survives the way there and back */
            identity again;
            BOOLEAN same_user, same;

            assert_int_equal(SspiEncodeAuthIdentityAsStrings(id, &user, &domain, &packed),
                             SEC_E_OK);
            again = made(user, domain, packed);
            assert_int_equal(SspiCompareAuthIdentities(id, again, &same_user, &same), SEC_E_OK);
            assert_true(same_user && same);
            SspiFreeAuthIdentity((void *)(uintptr_t)user);
            SspiFreeAuthIdentity((void *)(uintptr_t)domain);
            SspiFreeAuthIdentity((void *)(uintptr_t)packed);
            SspiFreeAuthIdentity(again);
        }
        SspiFreeAuthIdentity(id);
    }
    id = made(NULL, NULL, NULL);
    assert_strings(id, NULL, NULL, NULL);
    SspiFreeAuthIdentity(id);
    assert_int_equal(SspiEncodeStringsAsAuthIdentity(u"a", u"b", u"c", NULL),
                     SEC_E_INVALID_PARAMETER);
    SspiFreeAuthIdentity(NULL);
    SspiLocalFree(NULL);
}

static void test_too_long(void **state)
{
    size_t units = 40000;
    WCHAR *name = calloc(units + 1, sizeof(WCHAR));
    identity id = (identity)name;

    (void)state;
    assert_non_null(name);
    for (size_t i = 0; i < units; i++)
        name[i] = u'x';
    assert_int_equal(SspiEncodeStringsAsAuthIdentity(name, NULL, NULL, &id),
                     SEC_E_INVALID_PARAMETER);
    assert_null(id);
    assert_int_equal(SspiEncodeStringsAsAuthIdentity(u"a", NULL, name, &id),
                     SEC_E_INVALID_PARAMETER);
    free(name);
}

/* ---- forms ---------------------------------------------------------------------------------- */

static void test_forms(void **state)
{
    SEC_WINNT_AUTH_IDENTITY_W wide = {.User = (USHORT *)(uintptr_t)u"aliceXX",
                                      .UserLength = 5,
                                      .Domain = (USHORT *)(uintptr_t)u"D",
                                      .DomainLength = 1,
                                      .Password = (USHORT *)(uintptr_t)u"pw",
                                      .PasswordLength = 2,
                                      .Flags = SEC_WINNT_AUTH_IDENTITY_UNICODE};
    SEC_WINNT_AUTH_IDENTITY_A narrow = {.User = (UCHAR *)(uintptr_t) "alice",
                                        .UserLength = 5,
                                        .Domain = (UCHAR *)(uintptr_t) "D",
                                        .DomainLength = 1,
                                        .Password = (UCHAR *)(uintptr_t) "pw",
                                        .PasswordLength = 2,
                                        .Flags = SEC_WINNT_AUTH_IDENTITY_ANSI};
    SEC_WINNT_AUTH_IDENTITY_EXW ex = {.Version = SEC_WINNT_AUTH_IDENTITY_VERSION,
                                      .Length = sizeof(ex),
                                      .User = wide.User,
                                      .UserLength = 5,
                                      .Domain = wide.Domain,
                                      .DomainLength = 1,
                                      .Password = wide.Password,
                                      .PasswordLength = 2,
                                      .Flags = SEC_WINNT_AUTH_IDENTITY_UNICODE};
    identity forms[] = {&wide, &narrow, &ex, NULL}, copy;
    BOOLEAN same_user, same;

    (void)state;
    forms[3] = made(u"ALICE", u"d", u"pw");
    for (size_t i = 0; i < ARRAYSIZE(forms); i++) {
        assert_int_equal(SspiValidateAuthIdentity(forms[i]), SEC_E_OK);
        assert_false(SspiIsAuthIdentityEncrypted(forms[i]));
        assert_int_equal(SspiCopyAuthIdentity(forms[i], &copy), SEC_E_OK);
        assert_int_equal(((PSEC_WINNT_AUTH_IDENTITY_EX2)copy)->Version,
                         SEC_WINNT_AUTH_IDENTITY_VERSION_2);
        assert_int_equal(SspiCompareAuthIdentities(forms[0], copy, &same_user, &same), SEC_E_OK);
        assert_true(same_user && same);
        SspiZeroAuthIdentity(copy);
        assert_int_equal(((PSEC_WINNT_AUTH_IDENTITY_EX2)copy)->Version, 0);
        SspiFreeAuthIdentity(copy);
    }
    SspiFreeAuthIdentity(forms[3]);
    /* an application's own structure is not freed for it */
    SspiFreeAuthIdentity(&wide);
    wide.Flags = 0;
    assert_int_equal(SspiValidateAuthIdentity(&wide), SEC_E_INVALID_PARAMETER);
    assert_int_equal(SspiValidateAuthIdentity(NULL), SEC_E_INVALID_PARAMETER);
    assert_int_equal(SspiCopyAuthIdentity(&wide, &copy), SEC_E_INVALID_PARAMETER);
    assert_null(copy);
}

static void test_zero(void **state)
{
    USHORT user[] = {'u'}, password[] = {'p', 'w'};
    SEC_WINNT_AUTH_IDENTITY_W id = {.User = user,
                                    .UserLength = 1,
                                    .Password = password,
                                    .PasswordLength = 2,
                                    .Flags = SEC_WINNT_AUTH_IDENTITY_UNICODE};
    SEC_WINNT_AUTH_IDENTITY_EXW ex = {.Version = SEC_WINNT_AUTH_IDENTITY_VERSION,
                                      .Length = sizeof(ex),
                                      .Password = password,
                                      .PasswordLength = 2,
                                      .Flags = SEC_WINNT_AUTH_IDENTITY_UNICODE};

    (void)state;
    SspiZeroAuthIdentity(NULL);
    SspiZeroAuthIdentity(&id);
    assert_true(user[0] == 0 && password[0] == 0 && password[1] == 0);
    assert_null(id.Password);
    password[0] = password[1] = 'x';
    SspiZeroAuthIdentity(&ex);
    assert_true(password[0] == 0 && password[1] == 0);
    assert_int_equal(ex.Version, 0);
}

static void test_compare(void **state)
{
    identity a = made(u"EXAMPLE\\Alice", NULL, u"pw"), b = made(u"alice", u"example", u"pw"),
             c = made(u"alice", u"example", u"PW"), d = made(u"alice", u"other", u"pw");
    BOOLEAN user, same;

    (void)state;
    assert_int_equal(SspiCompareAuthIdentities(a, b, &user, &same), SEC_E_OK);
    assert_true(user && same);
    assert_int_equal(SspiCompareAuthIdentities(a, c, &user, &same), SEC_E_OK);
    assert_true(user && !same);
    assert_int_equal(SspiCompareAuthIdentities(b, d, &user, &same), SEC_E_OK);
    assert_false(user || same);
    assert_int_equal(SspiCompareAuthIdentities(NULL, b, &user, &same), SEC_E_OK);
    assert_false(user || same);
    assert_int_equal(SspiCompareAuthIdentities(NULL, NULL, &user, NULL), SEC_E_OK);
    assert_true(user);
    assert_int_equal(SspiEncryptAuthIdentity(b), SEC_E_OK);
    assert_int_equal(SspiCompareAuthIdentities(a, b, NULL, &same), SEC_E_OK);
    assert_true(same);
    SspiFreeAuthIdentity(a);
    SspiFreeAuthIdentity(b);
    SspiFreeAuthIdentity(c);
    SspiFreeAuthIdentity(d);
}

/* ---- bytes ---------------------------------------------------------------------------------- */

static void test_marshal(void **state)
{
    identity id = made(u"alice", u"EXAMPLE", u"pässwörd"), again = NULL;
    char *bytes = NULL, *moved;
    ULONG size = 0;

    (void)state;
    assert_int_equal(SspiMarshalAuthIdentity(id, &size, &bytes), SEC_E_OK);
    assert_true(size > sizeof(SEC_WINNT_AUTH_IDENTITY_EX2));
    moved = malloc(size + 1); /* at an odd address, and with the end where it is */
    assert_non_null(moved);
    memcpy(moved + 1, bytes, size);
    assert_int_equal(SspiUnmarshalAuthIdentity(size, moved + 1, &again), SEC_E_OK);
    assert_strings(again, u"alice", u"EXAMPLE", u"pässwörd");
    SspiFreeAuthIdentity(again);
    for (ULONG shorter = 0; shorter < size; shorter++) {
        assert_int_equal(SspiUnmarshalAuthIdentity(shorter, moved + 1, &again),
                         SEC_E_INVALID_PARAMETER);
        assert_null(again);
    }
    assert_int_equal(SspiUnmarshalAuthIdentity(size, NULL, &again), SEC_E_INVALID_PARAMETER);
    SspiLocalFree(bytes);
    assert_int_equal(SspiMarshalAuthIdentity(NULL, &size, &bytes), SEC_E_INVALID_PARAMETER);
    assert_null(bytes);
    free(moved);
    SspiFreeAuthIdentity(id);
}

static void test_lying_blocks(void **state)
{
    static const size_t fields[] = {0,  4,  8,  12, 16, 20, 24, 28, 32,
                                    36, 40, 44, 48, 50, 68, 72, 76, 80};
    static const uint32_t lies[] = {0,      1,      3,       47,         0x7fff,
                                    0x8000, 0xffff, 0x10000, 0x7fffffff, 0xffffffff};
    identity id = made(u"alice", u"EXAMPLE", u"pässwörd"), again;
    ULONG size;
    char *bytes, *copy;

    (void)state;
    assert_int_equal(SspiMarshalAuthIdentity(id, &size, &bytes), SEC_E_OK);
    copy = malloc(size);
    assert_non_null(copy);
    for (size_t f = 0; f < ARRAYSIZE(fields); f++)
        for (size_t l = 0; l < ARRAYSIZE(lies); l++) {
            memcpy(copy, bytes, size);
            memcpy(copy + fields[f], &lies[l], sizeof(lies[l]));
            /* whatever it says, nothing is read outside (ASan), and what is taken is whole */
            if (SspiUnmarshalAuthIdentity(size, copy, &again) != SEC_E_OK)
                continue;
            assert_int_equal(SspiValidateAuthIdentity(again), SEC_E_OK);
            SspiFreeAuthIdentity(again);
        }
    ((PSEC_WINNT_AUTH_IDENTITY_EX2)(void *)memcpy(copy, bytes, size))->UserOffset = size + 2;
    assert_int_equal(SspiUnmarshalAuthIdentity(size, copy, &again), SEC_E_INVALID_PARAMETER);
    ((PSEC_WINNT_AUTH_IDENTITY_EX2)(void *)memcpy(copy, bytes, size))->UserLength = 3;
    assert_int_equal(SspiUnmarshalAuthIdentity(size, copy, &again), SEC_E_INVALID_PARAMETER);
    ((PSEC_WINNT_AUTH_IDENTITY_EX2)(void *)memcpy(copy, bytes, size))->PackedCredentialsLength = 20;
    assert_int_equal(SspiUnmarshalAuthIdentity(size, copy, &again), SEC_E_INVALID_PARAMETER);
    free(copy);
    SspiLocalFree(bytes);
    SspiFreeAuthIdentity(id);
}

/* ---- encryption ----------------------------------------------------------------------------- */

static bool contains(identity id, const void *what, size_t size)
{
    return memmem(id, ((PSEC_WINNT_AUTH_IDENTITY_EX2)id)->cbStructureLength, what, size);
}

static void test_encrypt(void **state)
{
    static const WCHAR password[] = u"pässwörd";
    identity id = made(u"alice", u"EXAMPLE", password);
    SEC_WINNT_AUTH_IDENTITY_W plain = {.Flags = SEC_WINNT_AUTH_IDENTITY_UNICODE};
    PCWSTR user, domain, packed;

    (void)state;
    assert_true(contains(id, password, sizeof(password) - 2));
    assert_int_equal(SspiEncryptAuthIdentity(id), SEC_E_OK);
    assert_true(SspiIsAuthIdentityEncrypted(id));
    assert_int_equal(SspiValidateAuthIdentity(id), SEC_E_OK);
    assert_false(contains(id, password, sizeof(password) - 2));
    assert_int_equal(SspiEncodeAuthIdentityAsStrings(id, &user, &domain, &packed),
                     STATUS_INVALID_PARAMETER);
    assert_null(packed);
    assert_int_equal(SspiEncryptAuthIdentity(id), SEC_E_OK); /* anew, not twice */
    assert_int_equal(SspiDecryptAuthIdentityEx(SEC_WINNT_AUTH_IDENTITY_ENCRYPT_SAME_LOGON, id),
                     SEC_E_INVALID_PARAMETER);
    assert_int_equal(SspiDecryptAuthIdentity(id), SEC_E_OK);
    assert_false(SspiIsAuthIdentityEncrypted(id));
    assert_strings(id, u"alice", u"EXAMPLE", password);
    assert_int_equal(SspiEncryptAuthIdentityEx(99, id), SEC_E_INVALID_PARAMETER);
    assert_int_equal(SspiEncryptAuthIdentity(&plain), SEC_E_INVALID_PARAMETER);
    assert_int_equal(SspiEncryptAuthIdentity(NULL), SEC_E_INVALID_PARAMETER);
    assert_int_equal(SspiDecryptAuthIdentity(NULL), SEC_E_INVALID_PARAMETER);
    SspiFreeAuthIdentity(id);
}

/* Runs `what` in a child; its answer. */
static int in_child(int (*what)(identity), identity id)
{
    int status;
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0)
        _exit(what(id));
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

static int decrypt_process(identity id)
{
    return SspiDecryptAuthIdentity(id) == SEC_E_DECRYPT_FAILURE;
}

static int decrypt_logon(identity id)
{
    return SspiDecryptAuthIdentityEx(SEC_WINNT_AUTH_IDENTITY_ENCRYPT_SAME_LOGON, id) == SEC_E_OK;
}

static int decrypt_other_logon(identity id)
{
    return keyctl_join_session_keyring(NULL) > 0 &&
           SspiDecryptAuthIdentityEx(SEC_WINNT_AUTH_IDENTITY_ENCRYPT_SAME_LOGON, id) ==
               SEC_E_NOT_OWNER;
}

static void test_same_process(void **state)
{
    identity id = made(u"alice", NULL, u"pw");

    (void)state;
    assert_int_equal(SspiEncryptAuthIdentity(id), SEC_E_OK);
    assert_int_equal(in_child(decrypt_process, id), 1);
    assert_int_equal(SspiDecryptAuthIdentity(id), SEC_E_OK);
    SspiFreeAuthIdentity(id);
}

/* As an ordinary user with a session keyring of their own: other processes of the session can,
 * those of another session cannot. */
static int logon_sessions(identity id)
{
    if (geteuid() == 0 && setresuid(65534, 65534, 65534) != 0)
        return 2;
    if (keyctl_join_session_keyring(NULL) < 0)
        return 3;
    if (SspiEncryptAuthIdentityEx(SEC_WINNT_AUTH_IDENTITY_ENCRYPT_FOR_SYSTEM, id) !=
        SEC_E_UNSUPPORTED_FUNCTION)
        return 4;
    if (SspiEncryptAuthIdentityEx(SEC_WINNT_AUTH_IDENTITY_ENCRYPT_SAME_LOGON, id) != SEC_E_OK)
        return 5;
    if (!SspiIsAuthIdentityEncrypted(id))
        return 6;
    if (in_child(decrypt_other_logon, id) != 1)
        return 7;
    if (in_child(decrypt_logon, id) != 1)
        return 8;
    return 0;
}

static void test_same_logon(void **state)
{
    identity id = made(u"alice", NULL, u"pw");

    (void)state;
    assert_int_equal(in_child(logon_sessions, id), 0);
    SspiFreeAuthIdentity(id);
}

/* su: the session keyring is still the caller's. */
static int borrowed_keyring(identity id)
{
    if (keyctl_join_session_keyring(NULL) < 0 || setresuid(65534, 65534, 65534) != 0)
        return 2;
    return SspiEncryptAuthIdentityEx(SEC_WINNT_AUTH_IDENTITY_ENCRYPT_SAME_LOGON, id) ==
           SEC_E_NOT_OWNER;
}

static void test_borrowed_keyring(void **state)
{
    identity id = made(u"alice", NULL, u"pw");

    (void)state;
    if (geteuid() == 0) /* nobody else can become somebody else */
        assert_int_equal(in_child(borrowed_keyring, id), 1);
    SspiFreeAuthIdentity(id);
}

/* Root's key is for all of root, in whatever session, and for nobody else. */
static int decrypt_as_nobody(identity id)
{
    /* with what root's session possesses, as after su */
    return setresuid(65534, 65534, 65534) == 0 &&
           SspiDecryptAuthIdentityEx(SEC_WINNT_AUTH_IDENTITY_ENCRYPT_SAME_LOGON, id) ==
               SEC_E_INVALID_PARAMETER &&
           keyctl_search(KEY_SPEC_SESSION_KEYRING, "user", "credmgr:identity", 0) < 0;
}

static int decrypt_as_root(identity id)
{
    return keyctl_join_session_keyring(NULL) > 0 && decrypt_logon(id);
}

static void test_for_root(void **state)
{
    static const ULONG options[] = {SEC_WINNT_AUTH_IDENTITY_ENCRYPT_SAME_LOGON,
                                    SEC_WINNT_AUTH_IDENTITY_ENCRYPT_FOR_SYSTEM};
    identity id = made(u"alice", NULL, u"pw");
    int lock = open("/", O_RDONLY | O_DIRECTORY);
    bool had;

    (void)state;
    /* The key is the machine's: this test may run twice at once, built in two ways. */
    assert_int_equal(flock(lock, LOCK_EX), 0);
    had = keyctl_search(KEY_SPEC_USER_KEYRING, "user", "credmgr:identity", 0) >= 0;
    for (size_t i = 0; geteuid() == 0 && i < ARRAYSIZE(options); i++) {
        assert_int_equal(SspiEncryptAuthIdentityEx(options[i], id), SEC_E_OK);
        assert_int_equal(in_child(decrypt_as_nobody, id), 1);
        if (i == 0)
            assert_int_equal(in_child(decrypt_as_root, id), 1);
        assert_int_equal(SspiDecryptAuthIdentityEx(options[i], id), SEC_E_OK);
        assert_strings(id, u"alice", NULL, u"pw");
    }
    if (!had && geteuid() == 0)
        keyctl_unlink(
            (key_serial_t)keyctl_search(KEY_SPEC_USER_KEYRING, "user", "credmgr:identity", 0),
            KEY_SPEC_USER_KEYRING);
    close(lock);
    SspiFreeAuthIdentity(id);
}

/* ---- a credential manager's, and the rest ------------------------------------------------------
 */

static void test_credman(void **state)
{
    identity id = made(u"alice", u"EXAMPLE", u"pw");
    PCWSTR target, user;
    PUCHAR blob;
    ULONG type, size;

    (void)state;
    assert_int_equal(SspiPrepareForCredRead(id, u"server", &type, &target), SEC_E_OK);
    assert_int_equal(type, 2);
    assert_true(utf16_equal(target, u"server"));
    SspiLocalFree((void *)(uintptr_t)target);
    assert_int_equal(SspiPrepareForCredRead(id, NULL, &type, &target), SEC_E_INVALID_PARAMETER);
    assert_int_equal(SspiPrepareForCredWrite(id, NULL, &type, &target, &user, &blob, &size),
                     SEC_E_OK);
    assert_true(utf16_equal(target, u"EXAMPLE\\alice") && utf16_equal(user, u"EXAMPLE\\alice"));
    assert_int_equal(size, 4);
    assert_memory_equal(blob, u"pw", 4);
    SspiLocalFree((void *)(uintptr_t)target);
    SspiLocalFree((void *)(uintptr_t)user);
    SspiLocalFree(blob);
    assert_int_equal(SspiEncryptAuthIdentity(id), SEC_E_OK);
    assert_int_equal(SspiPrepareForCredWrite(id, NULL, &type, &target, &user, &blob, &size),
                     SEC_E_INVALID_PARAMETER);
    SspiFreeAuthIdentity(id);
}

static void test_exclude(void **state)
{
    identity id = made(u"alice", NULL, u"pw"), once, twice;
    PSEC_WINNT_AUTH_IDENTITY_EX2 ex2;

    (void)state;
    assert_int_equal(SspiExcludePackage(id, u"NTLM", &once), SEC_E_OK);
    assert_int_equal(SspiExcludePackage(once, u"pku2u", &twice), SEC_E_OK);
    ex2 = twice;
    assert_int_equal(ex2->PackageListLength, 24);
    assert_memory_equal((char *)twice + ex2->PackageListOffset, u"!NTLM,!pku2u", 24);
    SspiFreeAuthIdentity(id);
    SspiFreeAuthIdentity(once);
    SspiFreeAuthIdentity(twice);
    assert_int_equal(SspiExcludePackage(NULL, u"NTLM", &once), SEC_E_OK);
    assert_int_equal(SspiValidateAuthIdentity(once), SEC_E_OK);
    SspiFreeAuthIdentity(once);
    assert_int_equal(SspiExcludePackage(NULL, u"", &once), SEC_E_INVALID_PARAMETER);
}

static void test_host_names(void **state)
{
    static const WCHAR *const cases[][2] = {
        {u"HTTP/web.example.com", u"web.example.com"},
        {u"ldap/dc:389/example.com@EXAMPLE.COM", u"dc"},
        {u"host@server", u"server"},
        {u"server", u"server"},
        {u"HTTP/[fe80::1]:80", u"fe80::1"},
        {u"HTTP/", NULL},
        {u"", NULL},
    };
    PWSTR host;

    (void)state;
    for (size_t i = 0; i < ARRAYSIZE(cases); i++) {
        SECURITY_STATUS status = SspiGetTargetHostName(cases[i][0], &host);

        assert_int_equal(status, cases[i][1] ? SEC_E_OK : SEC_E_TARGET_UNKNOWN);
        if (cases[i][1])
            assert_true(utf16_equal(host, cases[i][1]));
        SspiLocalFree(host);
    }
    assert_int_equal(SspiGetTargetHostName(NULL, &host), SEC_E_INVALID_PARAMETER);
}

static void test_prompting(void **state)
{
    (void)state;
    assert_true(SspiIsPromptingNeeded((ULONG)SEC_E_LOGON_DENIED));
    assert_true(SspiIsPromptingNeeded((ULONG)SEC_E_NO_CREDENTIALS));
    assert_true(SspiIsPromptingNeeded((ULONG)STATUS_LOGON_FAILURE));
    assert_true(SspiIsPromptingNeeded(1326)); /* ERROR_LOGON_FAILURE */
    assert_false(SspiIsPromptingNeeded(SEC_E_OK));
    assert_false(SspiIsPromptingNeeded((ULONG)SEC_E_TARGET_UNKNOWN));
}

static void test_bindings(void **state)
{
    SecPkgContext_Bindings bindings = {sizeof(SEC_CHANNEL_BINDINGS) + 4, NULL};
    SEC_CHANNEL_BINDINGS_EX *ex;

    (void)state;
    bindings.Bindings = lsa_host_allocate(bindings.BindingsLength);
    bindings.Bindings->cbApplicationDataLength = 4;
    bindings.Bindings->dwApplicationDataOffset = sizeof(SEC_CHANNEL_BINDINGS);
    memcpy(bindings.Bindings + 1, "tls!", 4);
    assert_int_equal(SspiSetChannelBindingFlags(&bindings, 2), SEC_E_INVALID_PARAMETER);
    for (ULONG flags = 0; flags < 2; flags++) {
        assert_int_equal(SspiSetChannelBindingFlags(&bindings, flags), SEC_E_OK);
        ex = (SEC_CHANNEL_BINDINGS_EX *)bindings.Bindings;
        assert_int_equal(ex->magicNumber, SEC_CHANNEL_BINDINGS_EX_MAGIC);
        assert_int_equal(ex->flags, flags);
        assert_int_equal(bindings.BindingsLength, ex->cbStructureLength);
        assert_memory_equal((char *)ex + ex->dwApplicationDataOffset, "tls!", 4);
    }
    FreeContextBuffer(bindings.Bindings);
    bindings = (SecPkgContext_Bindings){0};
    assert_int_equal(SspiSetChannelBindingFlags(&bindings, 0), SEC_E_INVALID_PARAMETER);
    assert_int_equal(SspiSetChannelBindingFlags(NULL, 0), SEC_E_INVALID_PARAMETER);
}

static void test_unsupported(void **state)
{
    (void)state;
    assert_int_equal(SspiPromptForCredentialsW(NULL, NULL, 0, NULL, NULL, NULL, NULL, 0),
                     (ULONG)SEC_E_UNSUPPORTED_FUNCTION);
    assert_int_equal(SspiPromptForCredentialsA(NULL, NULL, 0, NULL, NULL, NULL, NULL, 0),
                     (ULONG)SEC_E_UNSUPPORTED_FUNCTION);
}

/* ---- and the package that is given one ------------------------------------------------------ */

static void test_acquire(void **state)
{
    static WCHAR package[] = u"Fake";
    identity id = made(u"alice", NULL, u"x"), narrowed;
    CredHandle credential;

    (void)state;
    assert_int_equal(AcquireCredentialsHandleW(NULL, package, SECPKG_CRED_OUTBOUND, NULL, id, NULL,
                                               NULL, &credential, NULL),
                     SEC_E_OK);
    FreeCredentialsHandle(&credential);
    assert_int_equal(SspiEncryptAuthIdentity(id), SEC_E_OK);
    assert_int_equal(AcquireCredentialsHandleW(NULL, package, SECPKG_CRED_OUTBOUND, NULL, id, NULL,
                                               NULL, &credential, NULL),
                     SEC_E_OK);
    FreeCredentialsHandle(&credential);
    assert_true(SspiIsAuthIdentityEncrypted(id)); /* the caller's stays as it was */
    assert_int_equal(SspiExcludePackage(id, u"NTLM", &narrowed), SEC_E_OK);
    assert_true(SspiIsAuthIdentityEncrypted(narrowed));
    SspiFreeAuthIdentity(narrowed);
    SspiFreeAuthIdentity(id);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_strings),
        cmocka_unit_test(test_too_long),
        cmocka_unit_test(test_forms),
        cmocka_unit_test(test_zero),
        cmocka_unit_test(test_compare),
        cmocka_unit_test(test_marshal),
        cmocka_unit_test(test_lying_blocks),
        cmocka_unit_test(test_encrypt),
        cmocka_unit_test(test_same_process),
        cmocka_unit_test(test_same_logon),
        cmocka_unit_test(test_borrowed_keyring),
        cmocka_unit_test(test_for_root),
        cmocka_unit_test(test_credman),
        cmocka_unit_test(test_exclude),
        cmocka_unit_test(test_host_names),
        cmocka_unit_test(test_prompting),
        cmocka_unit_test(test_bindings),
        cmocka_unit_test(test_unsupported),
        cmocka_unit_test(test_acquire),
    };

    return cmocka_run_group_tests_name("api_auth_identity", tests, NULL, NULL);
}
