/*
 * Clients as users of this system: tokens, threads that act as them, and what they delegate. The
 * client is alice or bob of a real KDC; krb5.conf makes users of them that every system has.
 */
#include "tests/unit/kerberos/harness.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <pthread.h>
#include <pwd.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <credmgr.h>
#include <krb5.h>

#include "tests/unit/kerberos/realm.h"

#define ALICE_IS "nobody"
#define BOB_IS   "games"

static WCHAR target[] = u"HTTP/web.credmgr.test";
static WCHAR package[] = u"Kerberos";

/* An acceptor's established context. */
static void accept_from(struct side *server, const char *user, const char *password, ULONG wanted)
{
    struct side client;

    assert_int_equal(side_explicit(&client, true, user, REALM, password), SEC_E_OK);
    client.target = target;
    assert_int_equal(side_default(server, false), SEC_E_OK);
    assert_int_equal(shake(&client, wanted, server, 0), SEC_E_OK);
    side_end(&client);
}

static void accept_alice(struct side *server, ULONG wanted)
{
    accept_from(server, "alice", ALICE_PASSWORD, ISC_USUAL | wanted);
}

static void accept_bob(struct side *server)
{
    accept_from(server, "bob", BOB_PASSWORD, ISC_USUAL);
}

static PCREDMGR_TOKEN_INFORMATION read_token(struct side *server)
{
    PCREDMGR_TOKEN_INFORMATION information = NULL;
    HANDLE token = NULL;

    assert_int_equal(QuerySecurityContextToken(&server->context, &token), SEC_E_OK);
    assert_int_equal(CredmgrQueryToken(token, &information), SEC_E_OK);
    assert_true(CloseHandle(token));
    return information;
}

static uid_t my_uid(void)
{
    return (uid_t)syscall(SYS_geteuid);
}

/* ---- tokens -------------------------------------------------------------------------------- */

static void test_token(void **state)
{
    const struct passwd *nobody = getpwnam(ALICE_IS);
    SecPkgContext_AccessToken access = {NULL};
    PCREDMGR_TOKEN_INFORMATION information, again;
    HANDLE token, second;
    struct side server;
    bool has_gid = false;

    (void)state;
    accept_alice(&server, 0);
    information = read_token(&server);
    assert_int_equal(information->Uid, nobody->pw_uid);
    assert_int_equal(information->Gid, nobody->pw_gid);
    for (ULONG i = 0; i < information->GroupCount; i++)
        has_gid = has_gid || information->Groups[i] == nobody->pw_gid;
    assert_true(has_gid);
    assert_string_equal(information->UserName, ALICE_IS);
    assert_string_equal(information->ClientName, REALM "\\alice");
    assert_int_equal(information->ImpersonationLevel, SecurityImpersonation);
    assert_true(information->LogonId.LowPart || information->LogonId.HighPart);
    /* every question gets a HANDLE of its own to the one token */
    assert_int_equal(QuerySecurityContextToken(&server.context, &token), SEC_E_OK);
    assert_int_equal(QuerySecurityContextToken(&server.context, &second), SEC_E_OK);
    assert_ptr_not_equal(token, second);
    assert_int_equal(CredmgrQueryToken(second, &again), SEC_E_OK);
    assert_memory_equal(&again->LogonId, &information->LogonId, sizeof(LUID));
    FreeContextBuffer(again);
    assert_true(CloseHandle(second));
    assert_int_equal(CredmgrQueryToken(second, &again), SEC_E_INVALID_HANDLE);
    assert_false(CloseHandle(second));
    assert_int_equal(QueryContextAttributesW(&server.context, SECPKG_ATTR_ACCESS_TOKEN, &access),
                     SEC_E_OK);
    assert_int_equal(CredmgrQueryToken(access.AccessToken, &again), SEC_E_OK);
    FreeContextBuffer(again);
    /* it outlives the context */
    side_end(&server);
    assert_int_equal(CredmgrQueryToken(access.AccessToken, &again), SEC_E_INVALID_HANDLE);
    assert_int_equal(CredmgrQueryToken(token, &again), SEC_E_OK);
    assert_string_equal(again->UserName, ALICE_IS);
    FreeContextBuffer(again);
    FreeContextBuffer(information);
    assert_true(CloseHandle(token));
}

static void test_token_of_nobody_here(void **state)
{
    HANDLE token = &token;
    struct side server;

    (void)state;
    accept_from(&server, "carla", ALICE_PASSWORD, ISC_USUAL);
    assert_int_equal(QuerySecurityContextToken(&server.context, &token), SEC_E_NO_IMPERSONATION);
    assert_null(token);
    assert_int_equal(ImpersonateSecurityContext(&server.context), SEC_E_NO_IMPERSONATION);
    assert_int_equal(my_uid(), 0);
    assert_int_equal(RevertSecurityContext(&server.context), SEC_E_OK);
    side_end(&server);
}

static void test_initiator_has_no_token(void **state)
{
    struct side client, server;
    HANDLE token;

    (void)state;
    assert_int_equal(side_explicit(&client, true, "alice", REALM, ALICE_PASSWORD), SEC_E_OK);
    client.target = target;
    assert_int_equal(side_default(&server, false), SEC_E_OK);
    assert_int_equal(shake(&client, ISC_USUAL, &server, 0), SEC_E_OK);
    assert_int_equal(QuerySecurityContextToken(&client.context, &token), SEC_E_NO_IMPERSONATION);
    assert_int_equal(ImpersonateSecurityContext(&client.context), SEC_E_NO_IMPERSONATION);
    assert_int_equal(QuerySecurityContextToken(&server.context, NULL), SEC_E_INVALID_PARAMETER);
    side_end(&client);
    side_end(&server);
}

/* ---- threads ------------------------------------------------------------------------------- */

static void assert_no_capability(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2];

    assert_int_equal(syscall(SYS_capget, &header, data), 0);
    assert_int_equal(data[0].effective | data[1].effective, 0);
}

static void test_impersonate(void **state)
{
    gid_t before[256], groups[256];
    int count = getgroups(256, before);
    struct side server;
    char name[64] = "";
    ULONG size = sizeof(name);

    (void)state;
    accept_alice(&server, 0);
    assert_int_equal(ImpersonateSecurityContext(&server.context), SEC_E_OK);
    assert_int_equal(my_uid(), getpwnam(ALICE_IS)->pw_uid);
    assert_int_equal(getegid(), getpwnam(ALICE_IS)->pw_gid);
    assert_int_equal(getuid(), 0); /* so that alice cannot signal it */
    assert_no_capability();
    assert_int_equal(getgroups(256, groups), 1);
    assert_int_equal(open("/etc/shadow", O_RDONLY), -1);
    assert_true(GetUserNameExA(NameUserPrincipal, name, &size));
    assert_string_equal(name, "alice@" REALM);
    /* once more is the same, and then back */
    assert_int_equal(ImpersonateSecurityContext(&server.context), SEC_E_OK);
    assert_int_equal(RevertSecurityContext(&server.context), SEC_E_OK);
    assert_int_equal(my_uid(), 0);
    assert_int_equal(getgroups(256, groups), count);
    assert_memory_equal(groups, before, (size_t)count * sizeof(gid_t));
    assert_int_equal(close(open("/etc/shadow", O_RDONLY)), 0);
    assert_int_equal(RevertSecurityContext(&server.context), SEC_E_OK);
    side_end(&server);
}

static void test_from_one_to_another(void **state)
{
    struct side alice, bob;
    HANDLE token;

    (void)state;
    accept_alice(&alice, 0);
    accept_bob(&bob);
    assert_int_equal(ImpersonateSecurityContext(&alice.context), SEC_E_OK);
    assert_int_equal(ImpersonateSecurityContext(&bob.context), SEC_E_OK);
    assert_int_equal(my_uid(), getpwnam(BOB_IS)->pw_uid);
    assert_int_equal(QuerySecurityContextToken(&alice.context, &token), SEC_E_OK);
    assert_true(ImpersonateLoggedOnUser(token));
    assert_int_equal(my_uid(), getpwnam(ALICE_IS)->pw_uid);
    assert_true(RevertToSelf());
    assert_int_equal(my_uid(), 0);
    assert_true(CloseHandle(token));
    SetLastError(0);
    assert_false(ImpersonateLoggedOnUser(token));
    assert_int_equal(GetLastError(), ERROR_INVALID_HANDLE);
    side_end(&alice);
    /* a context that is gone changes nothing */
    assert_int_equal(ImpersonateSecurityContext(&bob.context), SEC_E_OK);
    assert_int_equal(RevertSecurityContext(&alice.context), SEC_E_INVALID_HANDLE);
    assert_int_equal(my_uid(), getpwnam(BOB_IS)->pw_uid);
    assert_int_equal(RevertSecurityContext(&bob.context), SEC_E_OK);
    side_end(&bob);
}

/* The context may go while a thread impersonates with it. */
static void test_context_ends_first(void **state)
{
    struct side server;

    (void)state;
    accept_alice(&server, 0);
    assert_int_equal(ImpersonateSecurityContext(&server.context), SEC_E_OK);
    side_end(&server);
    assert_int_equal(my_uid(), getpwnam(ALICE_IS)->pw_uid);
    assert_true(RevertToSelf());
    assert_int_equal(my_uid(), 0);
}

/* A server works on while it impersonates: the keytab is its own business, not the client's. */
static void test_accepts_while_impersonating(void **state)
{
    struct side first, second;

    (void)state;
    accept_alice(&first, 0);
    assert_int_equal(ImpersonateSecurityContext(&first.context), SEC_E_OK);
    accept_bob(&second);
    assert_int_equal(my_uid(), getpwnam(ALICE_IS)->pw_uid);
    assert_int_equal(RevertSecurityContext(&first.context), SEC_E_OK);
    side_end(&first);
    side_end(&second);
}

#define THREADS 16
#define ROUNDS  40

static struct side shared_alice, shared_bob;
static char directory[] = "/tmp/credmgr-impersonate-XXXXXX";
static pthread_barrier_t together;

struct actor {
    pthread_t thread;
    unsigned number;
    struct side *client; /* NULL: itself */
    const char *owner;
};

static void *act(void *arg)
{
    const struct actor *a = arg;
    const struct passwd *expected;
    char path[128], buffer[1024];
    struct passwd entry;
    struct stat st;
    const char *wrong = NULL;

    getpwnam_r(a->owner, &entry, buffer, sizeof(buffer), (struct passwd **)(uintptr_t)&expected);
    for (unsigned i = 0; i < ROUNDS && !wrong; i++) {
        int fd;

        pthread_barrier_wait(&together);
        if (a->client && ImpersonateSecurityContext(&a->client->context) != SEC_E_OK)
            wrong = "impersonate";
        pthread_barrier_wait(&together); /* every thread is by now who it is to be */
        snprintf(path, sizeof(path), "%s/%u-%u", directory, a->number, i);
        fd = open(path, O_CREAT | O_EXCL | O_WRONLY, 0600);
        if (fd < 0 || fstat(fd, &st) != 0 || st.st_uid != expected->pw_uid ||
            st.st_gid != expected->pw_gid)
            wrong = "the owner of a file";
        if (fd >= 0)
            close(fd);
        pthread_barrier_wait(&together); /* nobody goes back before all have made their files */
        if (a->client && RevertSecurityContext(&a->client->context) != SEC_E_OK)
            wrong = "revert";
        if (my_uid() != 0 || unlink(path) != 0)
            wrong = "root again";
    }
    return (void *)(uintptr_t)wrong;
}

/* A third are alice, a third bob, and the others stay root. */
static void test_threads(void **state)
{
    struct actor actors[THREADS];
    void *wrong;

    (void)state;
    accept_alice(&shared_alice, 0);
    accept_bob(&shared_bob);
    assert_non_null(mkdtemp(directory));
    assert_int_equal(chmod(directory, 01777), 0);
    assert_int_equal(pthread_barrier_init(&together, NULL, THREADS), 0);
    for (unsigned i = 0; i < THREADS; i++) {
        actors[i] = (struct actor){.number = i,
                                   .client = i % 3 == 0   ? &shared_alice
                                             : i % 3 == 1 ? &shared_bob
                                                          : NULL,
                                   .owner = i % 3 == 0   ? ALICE_IS
                                            : i % 3 == 1 ? BOB_IS
                                                         : "root"};
        assert_int_equal(pthread_create(&actors[i].thread, NULL, act, &actors[i]), 0);
    }
    for (unsigned i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(actors[i].thread, &wrong), 0);
        if (wrong)
            fail_msg("thread %u: %s", i, (const char *)wrong);
    }
    pthread_barrier_destroy(&together);
    assert_int_equal(rmdir(directory), 0);
    side_end(&shared_alice);
    side_end(&shared_bob);
}

/* ---- who may not --------------------------------------------------------------------------- */

/* Capabilities that survive the next change of uid. */
static bool keep_only(uint32_t capabilities)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2] = {{capabilities, capabilities, 0}, {0, 0, 0}};

    return syscall(SYS_capset, &header, data) == 0;
}

/* Runs `check` in a child that is no longer root, and has these capabilities; its exit status. */
static int as_user_with(const char *name, uint32_t capabilities, int (*check)(void))
{
    const struct passwd *who = getpwnam(name);
    pid_t child;
    int status;

    fflush(NULL);
    child = fork();
    if (child == 0) {
        if (setgroups(0, NULL) != 0 || setresgid(who->pw_gid, who->pw_gid, who->pw_gid) != 0 ||
            prctl(PR_SET_KEEPCAPS, 1) != 0 ||
            setresuid(who->pw_uid, who->pw_uid, who->pw_uid) != 0 || !keep_only(capabilities))
            _exit(100);
        _exit(check());
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 101;
}

static int as_user(const char *name, int (*check)(void))
{
    return as_user_with(name, 0, check);
}

static SecBuffer exported;

/* The child has no keytab and no KDC: it gets the contexts from its parent. */
static SECURITY_STATUS impersonate_imported(void)
{
    SECURITY_STATUS status;
    CtxtHandle context;
    uid_t before = my_uid();

    status = ImportSecurityContextW(package, &exported, NULL, &context);
    if (status != SEC_E_OK)
        return status;
    status = ImpersonateSecurityContext(&context);
    if (my_uid() != before || RevertSecurityContext(&context) != SEC_E_OK || my_uid() != before)
        return SEC_E_INTERNAL_ERROR;
    DeleteSecurityContext(&context);
    return status;
}

static int is_allowed(void)
{
    return impersonate_imported() == SEC_E_OK ? 0 : 1;
}

static int is_refused(void)
{
    return impersonate_imported() == SEC_E_NO_IMPERSONATION ? 0 : 1;
}

#define TWO (1u << CAP_SETUID | 1u << CAP_SETGID)

static uint32_t effective(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2];

    return syscall(SYS_capget, &header, data) == 0 ? data[0].effective : ~0u;
}

/* A service that is not root's and has the two capabilities: gone while it is alice, and back. */
static int becomes_alice(void)
{
    uid_t before = my_uid();
    CtxtHandle context;
    int wrong = 0;

    if (effective() != TWO ||
        ImportSecurityContextW(package, &exported, NULL, &context) != SEC_E_OK)
        return 1;
    for (int i = 0; i < 3; i++) {
        if (ImpersonateSecurityContext(&context) != SEC_E_OK ||
            my_uid() != getpwnam(ALICE_IS)->pw_uid || effective() != 0)
            wrong |= 2;
        if (RevertSecurityContext(&context) != SEC_E_OK || my_uid() != before ||
            effective() != TWO || getegid() != getpwnam(BOB_IS)->pw_gid || getgroups(0, NULL) != 0)
            wrong |= 4;
    }
    DeleteSecurityContext(&context);
    return wrong;
}

/* One of them is not enough, and nothing is half done. */
static int is_refused_with_one(void)
{
    return effective() == 1u << CAP_SETUID && is_refused() == 0 && getgroups(0, NULL) == 0 ? 0 : 1;
}

static void test_with_capabilities(void **state)
{
    struct side server;

    (void)state;
    accept_alice(&server, 0);
    assert_int_equal(ExportSecurityContext(&server.context, 0, &exported, NULL), SEC_E_OK);
    assert_int_equal(as_user_with(BOB_IS, TWO, becomes_alice), 0);
    assert_int_equal(as_user_with(BOB_IS, 1u << CAP_SETUID, is_refused_with_one), 0);
    FreeContextBuffer(exported.pvBuffer);
    side_end(&server);
}

/* All capabilities of a user namespace, in which nobody may set groups: a refusal like any other,
 * by which no client can end the service. */
static int is_refused_in_namespace(void)
{
    static const char *const maps[][2] = {{"/proc/self/setgroups", "deny"},
                                          {"/proc/self/uid_map", "0 0 1"},
                                          {"/proc/self/gid_map", "0 0 1"}};

    if (unshare(CLONE_NEWUSER) != 0)
        return 0; /* a machine without */
    /* Its files in /proc are its own again. */
    prctl(PR_SET_DUMPABLE, 1);
    for (size_t i = 0; i < 3; i++) {
        int fd = open(maps[i][0], O_WRONLY | O_CLOEXEC);
        ssize_t done = write(fd, maps[i][1], strlen(maps[i][1]));

        close(fd);
        if (done < 0)
            return 2;
    }
    return is_refused();
}

static void test_without_privilege(void **state)
{
    struct side server;

    (void)state;
    accept_alice(&server, 0);
    assert_int_equal(ExportSecurityContext(&server.context, 0, &exported, NULL), SEC_E_OK);
    assert_int_equal(as_user(ALICE_IS, is_allowed), 0);
    assert_int_equal(as_user(BOB_IS, is_refused), 0);
    assert_int_equal(as_user_with("root", TWO | 1u << CAP_SYS_ADMIN | 1u << CAP_SETFCAP,
                                  is_refused_in_namespace),
                     0);
    FreeContextBuffer(exported.pvBuffer);
    side_end(&server);
}

/* ISC_REQ_IDENTIFY: the server learns who it is, and that is all. */
static void test_identify(void **state)
{
    PCREDMGR_TOKEN_INFORMATION information;
    struct side server;
    HANDLE token;

    (void)state;
    accept_alice(&server, ISC_REQ_IDENTIFY);
    information = read_token(&server);
    assert_string_equal(information->UserName, ALICE_IS);
    assert_int_equal(information->ImpersonationLevel, SecurityIdentification);
    FreeContextBuffer(information);
    assert_int_equal(ImpersonateSecurityContext(&server.context), SEC_E_NO_IMPERSONATION);
    assert_int_equal(my_uid(), 0);
    assert_int_equal(QuerySecurityContextToken(&server.context, &token), SEC_E_OK);
    SetLastError(0);
    assert_false(ImpersonateLoggedOnUser(token));
    assert_int_equal(GetLastError(), ERROR_BAD_IMPERSONATION_LEVEL);
    CloseHandle(token);
    side_end(&server);
}

/* ---- delegation ---------------------------------------------------------------------------- */

static SECURITY_STATUS acquire_for(LUID *luid, CredHandle *credential)
{
    return AcquireCredentialsHandleW(NULL, package, SECPKG_CRED_OUTBOUND, luid, NULL, NULL, NULL,
                                     credential, NULL);
}

static SECURITY_STATUS acquire_with(SEC_WINNT_AUTH_IDENTITY_W *identity, ULONG use,
                                    CredHandle *credential)
{
    return AcquireCredentialsHandleW(NULL, package, use, NULL, identity, NULL, NULL, credential,
                                     NULL);
}

/* With this credential the server is alice to the next one. */
static void assert_is_alice(CredHandle *credential)
{
    struct side client = {
        .credential = *credential, .has_credential = true, .client = true, .target = target};
    struct side next;

    assert_int_equal(side_default(&next, false), SEC_E_OK);
    assert_int_equal(shake(&client, ISC_USUAL, &next, 0), SEC_E_OK);
    assert_names(&next, REALM "\\alice");
    side_reset(&client);
    side_end(&next);
}

static void test_delegation(void **state)
{
    PCREDMGR_TOKEN_INFORMATION information;
    SEC_WINNT_AUTH_IDENTITY_W nobody = {.Flags = SEC_WINNT_AUTH_IDENTITY_UNICODE};
    SecPkgCredentials_NamesW names;
    CredHandle credential, by_luid, by_identity;
    struct side server;

    (void)state;
    accept_alice(&server, ISC_REQ_DELEGATE);
    assert_true(server.attributes & ASC_RET_DELEGATE);
    information = read_token(&server);
    assert_int_equal(information->ImpersonationLevel, SecurityDelegation);
    assert_int_equal(acquire_for(&information->LogonId, &by_luid), SEC_E_OK);
    assert_int_equal(ImpersonateSecurityContext(&server.context), SEC_E_OK);
    assert_int_equal(acquire_for(NULL, &credential), SEC_E_OK);
    assert_int_equal(QueryCredentialsAttributesW(&credential, SECPKG_CRED_ATTR_NAMES, &names),
                     SEC_E_OK);
    FreeContextBuffer(names.sUserName);
    assert_is_alice(&credential); /* while it acts as her, */
    assert_int_equal(acquire_with(&nobody, SECPKG_CRED_OUTBOUND, &by_identity), SEC_E_OK);
    assert_is_alice(&by_identity);
    FreeCredentialsHandle(&by_identity);
    assert_int_equal(RevertSecurityContext(&server.context), SEC_E_OK);
    assert_is_alice(&credential); /* and as itself, too */
    assert_is_alice(&by_luid);
    /* the credentials keep what they were acquired for */
    side_end(&server);
    assert_is_alice(&credential);
    FreeCredentialsHandle(&credential);
    FreeCredentialsHandle(&by_luid);
    assert_int_equal(acquire_for(&information->LogonId, &by_luid), SEC_E_NO_CREDENTIALS);
    FreeContextBuffer(information);
}

static void *impersonates_and_ends(void *context)
{
    return ImpersonateSecurityContext(context) == SEC_E_OK ? context : NULL;
}

/* The delegated ticket goes with the last who knew it, be it a thread that never reverted. */
static void test_thread_ends(void **state)
{
    PCREDMGR_TOKEN_INFORMATION information;
    CredHandle credential;
    struct side server;
    pthread_t thread;
    void *done;

    (void)state;
    accept_alice(&server, ISC_REQ_DELEGATE);
    information = read_token(&server);
    assert_int_equal(pthread_create(&thread, NULL, impersonates_and_ends, &server.context), 0);
    assert_int_equal(pthread_join(thread, &done), 0);
    assert_ptr_equal(done, &server.context);
    side_end(&server);
    assert_int_equal(acquire_for(&information->LogonId, &credential), SEC_E_NO_CREDENTIALS);
    FreeContextBuffer(information);
}

/* Who impersonates a client that delegated nothing has no credentials, and not its own either; nor
 * by an identity without a user, which is none. */
static void test_no_delegation(void **state)
{
    SEC_WINNT_AUTH_IDENTITY_W nobody = {.Flags = SEC_WINNT_AUTH_IDENTITY_UNICODE};
    PCREDMGR_TOKEN_INFORMATION information;
    CredHandle credential;
    struct side server;

    (void)state;
    realm_kinit("bob", BOB_PASSWORD "\n", "");
    assert_int_equal(acquire_for(NULL, &credential), SEC_E_OK);
    FreeCredentialsHandle(&credential);
    accept_alice(&server, 0);
    assert_false(server.attributes & ASC_RET_DELEGATE);
    information = read_token(&server);
    assert_int_equal(acquire_for(&information->LogonId, &credential), SEC_E_NO_CREDENTIALS);
    assert_int_equal(ImpersonateSecurityContext(&server.context), SEC_E_OK);
    assert_int_equal(acquire_for(NULL, &credential), SEC_E_NO_CREDENTIALS);
    for (ULONG use = SECPKG_CRED_OUTBOUND; use <= SECPKG_CRED_BOTH; use++)
        assert_int_equal(acquire_with(&nobody, use, &credential), SEC_E_NO_CREDENTIALS);
    assert_int_equal(RevertSecurityContext(&server.context), SEC_E_OK);
    assert_int_equal(acquire_for(NULL, &credential), SEC_E_OK);
    FreeCredentialsHandle(&credential);
    assert_int_equal(acquire_with(&nobody, SECPKG_CRED_OUTBOUND, &credential), SEC_E_OK);
    FreeCredentialsHandle(&credential);
    FreeContextBuffer(information);
    side_end(&server);
    realm_kinit("", "", "");
}

/* ---- the realm ----------------------------------------------------------------------------- */

static int start(void **state)
{
    (void)state;
    if (realm_start(NULL) != 0)
        return -1;
    realm_admin("addprinc -pw \"" ALICE_PASSWORD "\" carla");
    realm_configure("[realms]\n " REALM " = {\n  auth_to_local_names = {\n   alice = " ALICE_IS
                    "\n   bob = " BOB_IS "\n   carla = no-such-user\n  }\n }");
    return 0;
}

static int stop(void **state)
{
    (void)state;
    return realm_stop();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_token),
        cmocka_unit_test(test_token_of_nobody_here),
        cmocka_unit_test(test_initiator_has_no_token),
        cmocka_unit_test(test_impersonate),
        cmocka_unit_test(test_from_one_to_another),
        cmocka_unit_test(test_context_ends_first),
        cmocka_unit_test(test_accepts_while_impersonating),
        cmocka_unit_test(test_threads),
        cmocka_unit_test(test_with_capabilities),
        cmocka_unit_test(test_without_privilege),
        cmocka_unit_test(test_identify),
        cmocka_unit_test(test_delegation),
        cmocka_unit_test(test_thread_ends),
        cmocka_unit_test(test_no_delegation),
    };

    return cmocka_run_group_tests(tests, start, stop);
}
