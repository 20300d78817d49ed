/* lsad's calls: who may make them, what the packages see, what stays behind. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <ntstatus.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/secret.h"
#include "base/utf16.h"
#include "tests/unit/lsa/anchor.h"
#include "tests/unit/lsa/server.h"

#define ALICE 54001
#define BOB   54002

static bool same(const LUID *a, const LUID *b)
{
    return a->LowPart == b->LowPart && a->HighPart == b->HighPart;
}

/* Until both packages have heard of it. */
static void end(const LUID *luid)
{
    int before = seen.terminated;

    assert_int_equal(lsa_client_end_session(luid), STATUS_SUCCESS);
    assert_true(becomes(&seen.terminated, before + 2));
}

/* ---- sessions ------------------------------------------------------------------------------ */

static void logon(void **state)
{
    struct lsa_session_info *list;
    LUID luid = session_of("alice", ALICE, getpid());
    size_t count;

    (void)state;
    assert_int_equal(
        lsa_client_accept_credentials(&luid, "alice", "EXAMPLE.COM", "pass w\xc3\xb6rd", NULL),
        STATUS_SUCCESS);
    assert_true(same(&seen.accept.client.LogonId, &luid));
    assert_string_equal(seen.account, "alice");
    assert_string_equal(seen.downlevel, "alice");
    assert_string_equal(seen.domain, "EXAMPLE.COM");
    assert_string_equal(seen.dns_domain, "EXAMPLE.COM");
    assert_string_equal(seen.upn, "alice@EXAMPLE.COM");
    assert_string_equal(seen.password, "pass w\xc3\xb6rd");
    assert_string_equal(seen.old_password, "");
    assert_int_equal(seen.flags, PRIMARY_CRED_CLEAR_PASSWORD);
    assert_int_equal(lsa_client_accept_credentials(&luid, "CORP\\alice", "", "new", "old"),
                     STATUS_SUCCESS);
    assert_string_equal(seen.downlevel, "alice");
    assert_string_equal(seen.domain, "CORP");
    assert_string_equal(seen.upn, "alice@EXAMPLE.COM");
    assert_string_equal(seen.old_password, "old");
    assert_int_equal(lsa_client_accept_credentials(&luid, "alice@other.org", "D", "new", NULL),
                     STATUS_SUCCESS);
    assert_string_equal(seen.downlevel, "alice");
    assert_string_equal(seen.upn, "alice@other.org");
    assert_string_equal(seen.domain, "D");
    assert_int_equal(lsa_client_accept_credentials(&luid, "@", "D", "new", NULL),
                     STATUS_INVALID_PARAMETER);

    assert_int_equal(lsa_client_sessions(&list, &count), STATUS_SUCCESS);
    assert_int_equal(count, 1);
    assert_string_equal(list[0].user, "alice");
    assert_string_equal(list[0].domain, "D");
    assert_string_equal(list[0].packages, "NTLM");
    assert_int_equal(list[0].uid, ALICE);
    assert_int_equal(list[0].leader, getpid());
    assert_false(list[0].current);
    lsa_client_free_sessions(list, count);

    end(&luid);
    assert_int_equal(anchor_keys(), 0);
    assert_int_equal(lsa_client_end_session(&luid), STATUS_NO_SUCH_LOGON_SESSION);
    assert_int_equal(lsa_client_accept_credentials(&luid, "alice", "D", "x", NULL),
                     STATUS_NO_SUCH_LOGON_SESSION);
}

static void password_change(void **state)
{
    LUID one = session_of("alice", ALICE, getpid()), two = session_of("alice", ALICE, getpid()),
         empty = session_of("alice", ALICE, getpid()), bob = session_of("bob", BOB, getpid());
    int before;

    (void)state;
    lsa_client_accept_credentials(&one, "alice", "", "old", NULL);
    lsa_client_accept_credentials(&two, "alice", "", "old", NULL);
    lsa_client_accept_credentials(&bob, "bob", "", "bobs", NULL);
    before = seen.accepted;
    assert_int_equal(lsa_client_change_password("alice", "", ALICE, "old", "new"), STATUS_SUCCESS);
    assert_int_equal(seen.accepted, before + 2); /* not the one without credentials, not bob's */
    assert_string_equal(seen.password, "new");
    assert_string_equal(seen.old_password, "old");
    assert_int_equal(seen.flags, PRIMARY_CRED_CLEAR_PASSWORD | PRIMARY_CRED_UPDATE);
    end(&one);
    end(&two);
    end(&empty);
    end(&bob);
}

static void leader_dies(void **state)
{
    struct lsa_session_info *list;
    size_t count = 1;
    pid_t leader = fork();
    int before = seen.terminated;

    (void)state;
    if (leader == 0) {
        pause();
        _exit(0);
    }
    session_of("alice", ALICE, leader);
    kill(leader, SIGKILL);
    waitpid(leader, NULL, 0);
    assert_true(becomes(&seen.terminated, before + 2));
    assert_int_equal(lsa_client_sessions(&list, &count), STATUS_SUCCESS);
    assert_int_equal(count, 0);
    lsa_client_free_sessions(list, count);
    assert_int_equal(anchor_keys(), 0);
}

static int find_session(void *arg)
{
    struct lsa_session_info *session;

    return lsa_client_session(arg, &session) == STATUS_SUCCESS;
}

/* One session by its number, among others. */
static void one_session(void **state)
{
    LUID one = session_of("alice", ALICE, getpid()), two = session_of("bob", BOB, getpid());
    const LUID none = {.LowPart = 0}, other = {.LowPart = two.LowPart + 1};
    struct lsa_session_info *session;

    (void)state;
    assert_int_equal(lsa_client_session(&two, &session), STATUS_SUCCESS);
    assert_string_equal(session->user, "bob");
    assert_int_equal(session->uid, BOB);
    assert_memory_equal(&session->luid, &two, sizeof(two));
    lsa_client_free_sessions(session, 1);
    assert_int_equal(as_user(BOB, NULL, find_session, &two), 1);
    assert_int_equal(as_user(ALICE, NULL, find_session, &two), 0); /* none of hers */
    assert_int_equal(lsa_client_session(&other, &session), STATUS_NO_SUCH_LOGON_SESSION);
    assert_null(session);
    end(&two);
    assert_int_equal(lsa_client_session(&two, &session), STATUS_NO_SUCH_LOGON_SESSION);
    assert_int_equal(lsa_client_session(&none, &session), STATUS_NO_SUCH_LOGON_SESSION);
    assert_null(session);
    end(&one);
}

/* ---- who may do what ----------------------------------------------------------------------- */

static int try_as_user(void *arg)
{
    const LUID *theirs = arg;
    struct lsa_session_request request = {.user = "root", .uid = 0, .leader = getpid()};
    struct lsa_session_created created;
    int failed = 0;

    failed |= lsa_client_create_session(&request, &created) == STATUS_PRIVILEGE_NOT_HELD ? 0 : 1;
    failed |= lsa_client_accept_credentials(theirs, "x", "", "x", NULL) == STATUS_PRIVILEGE_NOT_HELD
                  ? 0
                  : 2;
    failed |=
        lsa_client_change_password("x", "", ALICE, "x", "y") == STATUS_PRIVILEGE_NOT_HELD ? 0 : 4;
    failed |= lsa_client_end_session(theirs) == STATUS_PRIVILEGE_NOT_HELD ? 0 : 8;
    return failed;
}

static void logon_calls_are_roots(void **state)
{
    LUID luid = session_of("alice", ALICE, getpid());

    (void)state;
    assert_int_equal(as_user(BOB, NULL, try_as_user, &luid), 0);
    assert_int_equal(as_user(ALICE, &luid, try_as_user, &luid), 0); /* not even one's own */
    end(&luid);
}

static int acquire_outbound(void *arg)
{
    struct lsa_remote_credential *credential;
    SECURITY_STATUS status =
        lsa_client_acquire(u"NTLM", NULL, SECPKG_CRED_OUTBOUND, &credential, NULL);

    (void)arg;
    return status == SEC_E_OK ? 0 : status == SEC_E_NO_CREDENTIALS ? 1 : 2;
}

/* What packages of lsad open for themselves is none for its clients. */
static int use_inner(void *arg)
{
    struct lsa_remote_credential *credential;
    NTSTATUS protocol = STATUS_SUCCESS;
    void *reply = NULL;
    ULONG size = 0;

    (void)arg;
    if (lsa_client_acquire(u"Inner", NULL, SECPKG_CRED_OUTBOUND, &credential, NULL) !=
            SEC_E_SECPKG_NOT_FOUND ||
        lsa_client_acquire(u"inner", NULL, SECPKG_CRED_INBOUND, &credential, NULL) !=
            SEC_E_SECPKG_NOT_FOUND)
        return 1;
    return lsa_client_call_package(u"Inner", "reply", 5, &reply, &size, &protocol) ==
                   SEC_E_SECPKG_NOT_FOUND
               ? 0
               : 2;
}

static void inner_packages(void **state)
{
    LUID alice = session_of("alice", ALICE, getpid());

    (void)state;
    assert_int_equal(as_user(ALICE, &alice, use_inner, NULL), 0);
    assert_int_equal(as_user(0, NULL, use_inner, NULL), 0);
    end(&alice);
}

/* The uid is the boundary, the LUID only selects. */
static void whose_session(void **state)
{
    LUID alice = session_of("alice", ALICE, getpid()),
         second = session_of("alice", ALICE, getpid()), root = session_of("root", 0, getpid()),
         nobody = {1, 1};

    (void)state;
    assert_int_equal(as_user(ALICE, &alice, acquire_outbound, NULL), 0);
    assert_true(same(&seen.acquire_luid, &alice));
    assert_int_equal(seen.acquire.uid, ALICE);
    assert_false(seen.acquire.client.HasTcbPrivilege);
    assert_int_equal(as_user(ALICE, &second, acquire_outbound, NULL), 0);
    assert_true(same(&seen.acquire_luid, &second));
    assert_int_equal(as_user(BOB, &alice, acquire_outbound, NULL), 1); /* another's LUID */
    assert_int_equal(as_user(BOB, NULL, acquire_outbound, NULL), 1);   /* logged in nowhere */
    assert_int_equal(as_user(ALICE, &nobody, acquire_outbound, NULL),
                     1); /* none: and no second guess */
    assert_int_equal(as_user(ALICE, NULL, acquire_outbound, NULL), 1);
    assert_int_equal(as_user(0, &alice, acquire_outbound, NULL), 1);
    assert_int_equal(as_user(0, NULL, acquire_outbound, NULL), 1);
    assert_int_equal(as_user(0, &root, acquire_outbound, NULL), 0);
    assert_true(seen.acquire.client.HasTcbPrivilege);
    end(&alice);
    assert_int_equal(as_user(ALICE, &alice, acquire_outbound, NULL), 1);
    end(&second);
    end(&root);
    assert_true(becomes(&seen.credentials, 0));
}

/* A leader whose login uid is set, and a process of the same audit session that has no key. */
static void audit_session(void **state)
{
    int pipes[2][2], status, before = seen.terminated;
    char byte;
    pid_t leader;
    LUID luid;

    (void)state;
    assert_int_equal(pipe(pipes[0]) | pipe(pipes[1]), 0);
    leader = fork();
    if (leader == 0) {
        int fd = open("/proc/self/loginuid", O_WRONLY), failed = 0;

        failed |= fd >= 0 && dprintf(fd, "%d", ALICE) > 0 ? 0 : 1;
        failed |= write(pipes[1][1], "x", 1) == 1 && read(pipes[0][0], &byte, 1) == 1 ? 0 : 2;
        failed |= as_user(ALICE, NULL, acquire_outbound, NULL) == 0 ? 0 : 4;
        failed |= as_user(BOB, NULL, acquire_outbound, NULL) == 1
                      ? 0
                      : 8; /* loginuid is not the uid: cron, su */
        failed |= as_user(0, NULL, acquire_outbound, NULL) == 1 ? 0 : 16;
        _exit(failed);
    }
    assert_int_equal(read(pipes[1][0], &byte, 1), 1);
    luid = session_of("alice", ALICE, leader);
    assert_int_equal(as_user(ALICE, NULL, acquire_outbound, NULL),
                     1); /* outside of that audit session */
    assert_int_equal(write(pipes[0][1], "x", 1), 1);
    assert_int_equal(waitpid(leader, &status, 0), leader);
    assert_int_equal(status, 0);
    assert_true(same(&seen.acquire_luid, &luid));
    assert_true(becomes(&seen.terminated, before + 2)); /* it ended with its leader */
    for (int i = 0; i < 4; i++)
        close(pipes[i / 2][i % 2]);
}

static int list_as_user(void *arg)
{
    struct lsa_session_info *list;
    struct lsa_status_info info;
    size_t count;
    int failed = 0;

    (void)arg;
    failed |= lsa_client_sessions(&list, &count) == STATUS_SUCCESS ? 0 : 1;
    failed |= count == 2 ? 0 : 2;
    for (size_t i = 0; i < count; i++)
        failed |= list[i].uid == ALICE ? 0 : 4;
    failed |= count == 2 && list[0].current + list[1].current == 1 ? 0 : 8;
    lsa_client_free_sessions(list, count);
    failed |= lsa_client_sessions_of(BOB, &list, &count) == STATUS_SUCCESS ? 0 : 32;
    failed |= count == 2 && list[0].uid == ALICE ? 0 : 64; /* their own, whatever they ask for */
    lsa_client_free_sessions(list, count);
    failed |= lsa_client_status(&info) == STATUS_SUCCESS && info.sessions == 3 && info.clients > 0
                  ? 0
                  : 16;
    lsa_client_free_status(&info);
    return failed;
}

static void lists(void **state)
{
    LUID one = session_of("alice", ALICE, getpid()), two = session_of("alice", ALICE, getpid()),
         bob = session_of("bob", BOB, getpid());
    struct lsa_session_info *list;
    size_t count;

    (void)state;
    assert_int_equal(as_user(ALICE, &two, list_as_user, NULL), 0);
    assert_int_equal(lsa_client_sessions(&list, &count), STATUS_SUCCESS);
    assert_int_equal(count, 3); /* root sees all */
    lsa_client_free_sessions(list, count);
    assert_int_equal(lsa_client_sessions_of(BOB, &list, &count), STATUS_SUCCESS);
    assert_int_equal(count, 1); /* or whose it wants */
    assert_true(same(&list[0].luid, &bob));
    lsa_client_free_sessions(list, count);
    assert_int_equal(lsa_client_sessions_of(0, &list, &count), STATUS_SUCCESS);
    assert_int_equal(count, 0);
    lsa_client_free_sessions(list, count);
    end(&one);
    end(&two);
    end(&bob);
}

/* ---- credentials and contexts -------------------------------------------------------------- */

static int connect_as(const LUID *luid)
{
    int fd = raw_connect();

    raw_hello(fd, lsa_luid_number(luid));
    return fd;
}

static void handshake(void **state)
{
    static const WCHAR *const packages[] = {u"NTLM", u"slow"};
    LUID luid = session_of("root", 0, getpid());
    uint64_t credential = 0, context = 0;
    int fd = connect_as(&luid);

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(raw_acquire(fd, packages[i], SECPKG_CRED_OUTBOUND, &credential), SEC_E_OK);
        assert_int_equal(seen.credentials, 1);
        assert_int_equal(seen.use, SECPKG_CRED_OUTBOUND);
        assert_int_equal(raw_leg(fd, credential, u"x", &context), SEC_I_CONTINUE_NEEDED);
        assert_true(context != 0);
        assert_int_equal(seen.contexts, 1);
        assert_true(same(&seen.leg.client.LogonId, &luid));
        assert_int_equal(seen.leg.client.ProcessID, getpid());
        assert_true(seen.requirements & ISC_REQ_ALLOCATE_MEMORY);
        assert_int_equal(raw_leg(fd, credential, u"x", &context), SEC_E_OK);
        assert_int_equal(context, 0); /* handed over: lsad keeps nothing */
        assert_int_equal(seen.contexts, 0);
        assert_int_equal(raw_leg(fd, credential, u"refuse", &context), SEC_E_LOGON_DENIED);
        assert_int_equal(context, 0);
        Lsa__Release call = LSA__RELEASE__INIT;
        Lsa__Request request = LSA__REQUEST__INIT;
        call.credential = credential;
        request.call_case = LSA__REQUEST__CALL_RELEASE;
        request.release = &call;
        raw_send(fd, &request, 20);
        assert_true(becomes(&seen.credentials, 0));
        assert_int_equal(raw_leg(fd, credential, u"x", &context), SEC_E_INVALID_HANDLE);
    }
    assert_int_equal(raw_acquire(fd, u"Digest", SECPKG_CRED_OUTBOUND, &credential),
                     SEC_E_SECPKG_NOT_FOUND);
    assert_int_equal(raw_acquire(fd, u"NTLM", 0, &credential), SEC_E_INVALID_PARAMETER);
    close(fd);
    end(&luid);
}

/* Stale, foreign and invented handles; a context with another package's credential. */
static void handles(void **state)
{
    LUID luid = session_of("root", 0, getpid());
    int one = connect_as(&luid), two = connect_as(&luid);
    uint64_t ntlm = 0, slow = 0, context = 0, invented;

    (void)state;
    assert_int_equal(raw_acquire(one, u"NTLM", SECPKG_CRED_OUTBOUND, &ntlm), SEC_E_OK);
    assert_int_equal(raw_acquire(one, u"Slow", SECPKG_CRED_OUTBOUND, &slow), SEC_E_OK);
    assert_int_equal(raw_leg(one, ntlm, u"x", &context), SEC_I_CONTINUE_NEEDED);
    invented = context;
    assert_int_equal(raw_leg(one, slow, u"x", &invented), SEC_E_INVALID_HANDLE);
    invented = 0;
    assert_int_equal(raw_leg(two, ntlm, u"x", &invented), SEC_E_INVALID_HANDLE);
    invented = 0;
    assert_int_equal(raw_leg(one, context, u"x", &invented),
                     SEC_E_INVALID_HANDLE); /* not a credential */
    invented = ntlm;
    assert_int_equal(raw_leg(one, ntlm, u"x", &invented), SEC_E_INVALID_HANDLE); /* not a context */
    for (uint64_t i = 0; i < 64; i++) {
        invented = 0;
        assert_int_equal(
            raw_leg(one,
                    UINT64_C(1) << i == ntlm || UINT64_C(1) << i == slow ? 0 : UINT64_C(1) << i,
                    u"x", &invented),
            SEC_E_INVALID_HANDLE);
    }
    invented = UINT64_MAX;
    assert_int_equal(raw_leg(one, UINT64_MAX, u"x", &invented), SEC_E_INVALID_HANDLE);
    assert_int_equal(raw_leg(one, ntlm, u"x", &context), SEC_E_OK);
    assert_int_equal(raw_leg(one, ntlm, u"x", &(uint64_t){0}), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(seen.contexts, 1);
    close(one); /* everything goes with the connection */
    assert_true(becomes(&seen.contexts, 0));
    assert_true(becomes(&seen.credentials, 0));
    close(two);
    end(&luid);
}

/* A client that vanishes while its call is at work in a package. */
static void vanishing(void **state)
{
    LUID luid = session_of("root", 0, getpid());
    int fd = connect_as(&luid);
    uint64_t credential = 0;
    Lsa__Leg call = LSA__LEG__INIT;
    Lsa__Request request = LSA__REQUEST__INIT;

    (void)state;
    assert_int_equal(raw_acquire(fd, u"Slow", SECPKG_CRED_OUTBOUND, &credential), SEC_E_OK);
    slow_hold();
    call.credential = credential;
    call.target16 = lsa_wide(u"wait");
    request.call_case = LSA__REQUEST__CALL_INITIALIZE;
    request.initialize = &call;
    raw_send(fd, &request, 30);
    assert_true(becomes(&seen.blocked, 1));
    close(fd);
    usleep(50000);
    assert_int_equal(seen.credentials, 1); /* in use */
    slow_release();
    assert_true(becomes(&seen.contexts, 0)); /* the new one too, which nobody got */
    assert_true(becomes(&seen.credentials, 0));
    end(&luid);
}

/* The package is not led to an address of the client's choice. */
static void input_buffers(void **state)
{
    LUID luid = session_of("root", 0, getpid());
    int fd = connect_as(&luid);
    uint64_t credential = 0;
    Lsa__Leg call = LSA__LEG__INIT;
    Lsa__Request request = LSA__REQUEST__INIT;
    Lsa__Buffer buffers[LSA_LEG_BUFFERS + 1], *pointers[LSA_LEG_BUFFERS + 1];
    uint8_t data[3] = "abc";

    (void)state;
    assert_int_equal(raw_acquire(fd, u"NTLM", SECPKG_CRED_BOTH, &credential), SEC_E_OK);
    for (size_t i = 0; i <= LSA_LEG_BUFFERS; i++) {
        lsa__buffer__init(&buffers[i]);
        buffers[i].type =
            SECBUFFER_TOKEN | SECBUFFER_READONLY | SECBUFFER_UNMAPPED | SECBUFFER_KERNEL_MAP;
        buffers[i].data.data = data;
        buffers[i].data.len = sizeof(data);
        pointers[i] = &buffers[i];
    }
    call.credential = credential;
    call.input = pointers;
    call.n_input = 2;
    request.call_case = LSA__REQUEST__CALL_ACCEPT;
    request.accept = &call;
    raw_send(fd, &request, 30);
    assert_int_equal(raw_status(fd, 30, NULL), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(seen.input_count, 2);
    assert_int_equal(seen.input_types[1], SECBUFFER_TOKEN | SECBUFFER_READONLY);
    call.n_input = LSA_LEG_BUFFERS + 1;
    raw_send(fd, &request, 31);
    assert_int_equal(raw_status(fd, 31, NULL), SEC_E_INVALID_PARAMETER);
    close(fd);
    end(&luid);
}

static int accept_without_session(void *arg)
{
    struct lsa_remote_credential *credential;

    (void)arg;
    return lsa_client_acquire(u"NTLM", NULL, SECPKG_CRED_INBOUND, &credential, NULL) == SEC_E_OK
               ? 0
               : 1;
}

static void acceptors(void **state)
{
    (void)state;
    assert_int_equal(as_user(0, NULL, accept_without_session, NULL), 0);
    assert_int_equal(seen.acquire_luid.LowPart, 0x3e7);
    assert_int_equal(as_user(BOB, NULL, accept_without_session, NULL), 0);
    assert_int_equal(seen.acquire_luid.LowPart, 0x3e6);
    assert_true(becomes(&seen.credentials, 0));
}

static int credential_name(void *arg)
{
    struct lsa_remote_credential *credential;
    WCHAR *name = NULL;
    int failed;

    (void)arg;
    failed = lsa_client_acquire(u"Slow", NULL, SECPKG_CRED_OUTBOUND, &credential, NULL) == SEC_E_OK
                 ? 0
                 : 1;
    failed |= lsa_client_credential_name(credential, &name) == SEC_E_OK ? 0 : 2;
    failed |= name && utf16_equal(name, u"alice") ? 0 : 4;
    free(name);
    lsa_client_release(credential);
    return failed;
}

static void names(void **state)
{
    LUID luid = session_of("alice", ALICE, getpid());

    (void)state;
    assert_int_equal(as_user(ALICE, &luid, credential_name, NULL), 0);
    end(&luid);
}

/* ---- package calls ------------------------------------------------------------------------- */

struct reply {
    struct reply *self;
    char text[8];
};

static SECURITY_STATUS submit(const char *text, struct reply **reply, NTSTATUS *protocol)
{
    ULONG size;

    return lsa_client_call_package(u"NTLM", text, (ULONG)strlen(text), (void **)reply, &size,
                                   protocol);
}

static int package_calls_as_user(void *arg)
{
    struct reply *reply;
    NTSTATUS protocol;
    int failed = 0;

    (void)arg;
    failed |= submit("reply", &reply, &protocol) == SEC_E_OK && protocol == STATUS_SUCCESS ? 0 : 1;
    failed |= reply && reply->self == reply && strcmp(reply->text, "answer") == 0 ? 0 : 2;
    free(reply);
    return failed;
}

static void package_calls(void **state)
{
    LUID luid = session_of("alice", ALICE, getpid());
    struct reply *reply;
    NTSTATUS protocol;
    ULONG size;

    (void)state;
    assert_int_equal(as_user(ALICE, &luid, package_calls_as_user, NULL), 0);
    assert_true(same(&seen.call.client.LogonId, &luid));
    assert_int_equal(submit("reply", &reply, &protocol), SEC_E_OK);
    assert_int_equal(protocol, STATUS_WAIT_1); /* root's calls are the trusted ones */
    assert_ptr_equal(reply->self, reply);
    free(reply);
    assert_int_equal(submit("second", &reply, &protocol), SEC_E_INTERNAL_ERROR);
    assert_null(reply);
    assert_int_equal(submit("large", &reply, &protocol), STATUS_NO_MEMORY);
    assert_null(reply);
    assert_int_equal(submit("outside", &reply, &protocol), SEC_E_OK);
    assert_int_equal(seen.copy_status[0], STATUS_ACCESS_VIOLATION);
    assert_int_equal(seen.copy_status[1], STATUS_ACCESS_VIOLATION);
    assert_int_equal(seen.copy_status[2], STATUS_ACCESS_VIOLATION);
    assert_int_equal(seen.copy_status[3], STATUS_SUCCESS);
    assert_int_equal(lsa_client_call_package(u"None", "x", 1, (void **)&reply, &size, &protocol),
                     SEC_E_SECPKG_NOT_FOUND);
    end(&luid);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(logon),         cmocka_unit_test(password_change),
        cmocka_unit_test(one_session),   cmocka_unit_test(one_session),
        cmocka_unit_test(leader_dies),   cmocka_unit_test(logon_calls_are_roots),
        cmocka_unit_test(whose_session), cmocka_unit_test(inner_packages),
        cmocka_unit_test(audit_session), cmocka_unit_test(lists),
        cmocka_unit_test(handshake),     cmocka_unit_test(handles),
        cmocka_unit_test(vanishing),     cmocka_unit_test(input_buffers),
        cmocka_unit_test(acceptors),     cmocka_unit_test(names),
        cmocka_unit_test(package_calls),
    };

    return cmocka_run_group_tests(tests, server_setup, server_teardown);
}
