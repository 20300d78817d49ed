/* See the header. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <keyutils.h>
#include <ntstatus.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/reason.h"
#include "base/reason.h"
#include "base/log.h"
#include "base/secret.h"
#include "base/utf16.h"
#include "libsspi/lsa/session.h"
#include "libsspi/lsa/store.h"
#include "lsad/calls.h"
#include "lsad/network.h"
#include "lsad/loop.h"
#include "lsad/pool.h"
#include "lsad/service.h"
#include "tests/unit/lsa/anchor.h"
#include "tests/unit/lsa/server.h"

struct seen seen;
char server_path[64];
static char directory[] = "/tmp/lsa-server-XXXXXX";
static int listening = -1;
static pthread_t loop_thread;

/* ---- the packages -------------------------------------------------------------------------- */

static LSA_SECPKG_FUNCTION_TABLE *lsa;
static ULONG_PTR package_ids[2];
static pthread_mutex_t slow_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t slow_wake = PTHREAD_COND_INITIALIZER;
static bool slow_free = true;

void slow_release(void)
{
    pthread_mutex_lock(&slow_lock);
    slow_free = true;
    pthread_cond_broadcast(&slow_wake);
    pthread_mutex_unlock(&slow_lock);
}

void slow_hold(void)
{
    pthread_mutex_lock(&slow_lock);
    slow_free = false;
    pthread_mutex_unlock(&slow_lock);
}

void slow_wait(void)
{
    pthread_mutex_lock(&slow_lock);
    seen.blocked++;
    while (!slow_free)
        pthread_cond_wait(&slow_wake, &slow_lock);
    seen.blocked--;
    pthread_mutex_unlock(&slow_lock);
}

static void copy_text(char *out, const UNICODE_STRING *s)
{
    char *text = s->Buffer ? utf16_to_utf8(s->Buffer, s->Length / sizeof(WCHAR), NULL) : NULL;

    snprintf(out, 256, "%s", text ? text : "");
    free(text);
}

static NTSTATUS NTAPI initialize_ntlm(ULONG_PTR id, PSECPKG_PARAMETERS parameters,
                                      PLSA_SECPKG_FUNCTION_TABLE table)
{
    (void)parameters;
    package_ids[0] = id;
    lsa = table;
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI initialize_slow(ULONG_PTR id, PSECPKG_PARAMETERS parameters,
                                      PLSA_SECPKG_FUNCTION_TABLE table)
{
    (void)parameters;
    package_ids[1] = id;
    lsa = table;
    return STATUS_SUCCESS;
}

static NTSTATUS info_of(PSecPkgInfoW wide, const WCHAR *name)
{

    memset(wide, 0, sizeof(*wide));
    wide->Name = wide->Comment = (WCHAR *)(uintptr_t)name;
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI info_ntlm(PSecPkgInfoW info)
{
    return info_of(info, u"NTLM");
}

static NTSTATUS NTAPI info_slow(PSecPkgInfoW info)
{
    return info_of(info, u"Slow");
}

/* A package that others open, and no client: BUILTIN_IN_PROCESS. */
static NTSTATUS NTAPI initialize_inner(ULONG_PTR id, PSECPKG_PARAMETERS parameters,
                                       PLSA_SECPKG_FUNCTION_TABLE table)
{
    (void)id, (void)parameters, (void)table;
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI info_inner(PSecPkgInfoW info)
{
    return info_of(info, u"Inner");
}

static NTSTATUS NTAPI accept_credentials(SECURITY_LOGON_TYPE type, PUNICODE_STRING account,
                                         PSECPKG_PRIMARY_CRED primary,
                                         PSECPKG_SUPPLEMENTAL_CRED more)
{
    LSA_STRING key = {4, 4, (PCHAR)(uintptr_t) "hash"}, value = {5, 5, (PCHAR)(uintptr_t) "value"};

    (void)type, (void)more;
    seen.accept = *lsa_call_current();
    copy_text(seen.account, account);
    copy_text(seen.downlevel, &primary->DownlevelName);
    copy_text(seen.domain, &primary->DomainName);
    copy_text(seen.dns_domain, &primary->DnsDomainName);
    copy_text(seen.upn, &primary->Upn);
    copy_text(seen.password, &primary->Password);
    copy_text(seen.old_password, &primary->OldPassword);
    seen.flags = primary->Flags;
    seen.accepted++;
    return lsa->AddCredential(&primary->LogonId, (ULONG)package_ids[0], &key, &value);
}

/* The other package never takes credentials; that must not stop the first. */
static NTSTATUS NTAPI refuse_credentials(SECURITY_LOGON_TYPE type, PUNICODE_STRING account,
                                         PSECPKG_PRIMARY_CRED primary,
                                         PSECPKG_SUPPLEMENTAL_CRED more)
{
    (void)type, (void)account, (void)primary, (void)more;
    return STATUS_NO_LOGON_SERVERS;
}

static NTSTATUS NTAPI acquire(PUNICODE_STRING principal, ULONG use, PLUID luid, PVOID data,
                              PVOID get_key, PVOID argument, PLSA_SEC_HANDLE credential,
                              PTimeStamp expiry)
{
    static atomic_uint last;

    (void)principal, (void)get_key, (void)argument;
    assert_null(data);
    seen.acquire = *lsa_call_current();
    seen.acquire_luid = *luid;
    seen.use = use;
    seen.credentials++;
    *credential = 1000 + ++last;
    expiry->QuadPart = 42;
    return SEC_E_OK;
}

static NTSTATUS NTAPI free_credential(LSA_SEC_HANDLE credential)
{
    assert_true(credential > 1000);
    seen.credentials--;
    return SEC_E_OK;
}

static void give(PSecBuffer buffer, const char *text)
{
    buffer->cbBuffer = (ULONG)strlen(text);
    buffer->pvBuffer = lsa->AllocateLsaHeap(buffer->cbBuffer);
    memcpy(buffer->pvBuffer, text, buffer->cbBuffer);
}

/* As large as a context with the largest PAC. */
static void give_large(PSecBuffer buffer)
{
    buffer->cbBuffer = TEST_LARGE_CONTEXT;
    buffer->pvBuffer = lsa->AllocateLsaHeap(TEST_LARGE_CONTEXT);
    memset(buffer->pvBuffer, 0x5a, TEST_LARGE_CONTEXT);
}

/* "refuse", "why", "large", "wait" and anything else; the second leg completes. */
static NTSTATUS leg(const char *target, LSA_SEC_HANDLE context, PSecBufferDesc input,
                    PLSA_SEC_HANDLE new_context, PSecBufferDesc output, PBOOLEAN mapped,
                    PSecBuffer packed)
{
    static atomic_uint last;

    seen.leg = *lsa_call_current();
    seen.input_count = input->cBuffers;
    for (ULONG i = 0; i < input->cBuffers; i++)
        seen.input_types[i] = input->pBuffers[i].BufferType;
    if (strcmp(target, "wait") == 0)
        slow_wait();
    if (strcmp(target, "refuse") == 0) {
        give(&output->pBuffers[0], "no");
        return SEC_E_LOGON_DENIED;
    }
    if (strcmp(target, "why") == 0) {
        reason_set(-77, "it is nobody\u2019s");
        return SEC_E_TARGET_UNKNOWN;
    }
    if (strcmp(target, "large") == 0) { /* complete at once */
        seen.contexts++;
        *new_context = 2000 + ++last;
        *mapped = TRUE;
        give_large(packed);
        return SEC_E_OK;
    }
    if (!context) {
        seen.contexts++;
        *new_context = 2000 + ++last;
        give(&output->pBuffers[0], "first");
        return SEC_I_CONTINUE_NEEDED;
    }
    *new_context = context;
    *mapped = TRUE;
    give(packed, "packed");
    return SEC_E_OK;
}

static NTSTATUS NTAPI initiate(LSA_SEC_HANDLE credential, LSA_SEC_HANDLE context,
                               PUNICODE_STRING target, ULONG requirements, ULONG rep,
                               PSecBufferDesc input, PLSA_SEC_HANDLE new_context,
                               PSecBufferDesc output, PULONG attributes, PTimeStamp expiry,
                               PBOOLEAN mapped, PSecBuffer packed)
{
    char name[256];

    (void)rep;
    assert_true(credential > 1000);
    copy_text(name, target);
    seen.requirements = requirements;
    *attributes = 7;
    expiry->QuadPart = 43;
    return leg(name, context, input, new_context, output, mapped, packed);
}

static bool begins_with(PSecBufferDesc input, const char *text)
{
    const SecBuffer *b = input->cBuffers ? &input->pBuffers[0] : NULL;

    return b && b->cbBuffer >= strlen(text) && memcmp(b->pvBuffer, text, strlen(text)) == 0;
}

/* Keeps what a client delegates in a session of its own, when the LSA makes one. */
static ULONG delegated(void)
{
    static atomic_uint last = 70;
    LSA_STRING key = {3, 3, (PCHAR)(uintptr_t) "tgt"}, value = {5, 5, (PCHAR)(uintptr_t) "value"};
    LUID luid = {.LowPart = ++last, .HighPart = 0x20000000};

    if (lsa->CreateLogonSession(&luid) != STATUS_SUCCESS)
        return 0;
    assert_int_equal(lsa->AddCredential(&luid, (ULONG)package_ids[0], &key, &value),
                     STATUS_SUCCESS);
    return ASC_RET_DELEGATE;
}

static NTSTATUS NTAPI accept_context(LSA_SEC_HANDLE credential, LSA_SEC_HANDLE context,
                                     PSecBufferDesc input, ULONG requirements, ULONG rep,
                                     PLSA_SEC_HANDLE new_context, PSecBufferDesc output,
                                     PULONG attributes, PTimeStamp expiry, PBOOLEAN mapped,
                                     PSecBuffer packed)
{
    (void)credential, (void)requirements, (void)rep, (void)expiry;
    *attributes = 8;
    if (begins_with(input, "delegate"))
        *attributes |= delegated();
    if (begins_with(input, "delegate and refuse"))
        return SEC_E_LOGON_DENIED;
    if (begins_with(input, "again") && lsa_call_again(TEST_DELAY))
        return STATUS_RETRY;
    if (begins_with(input, "refuse later")) {
        lsa_call_answer_later(TEST_DELAY);
        reason_set(7, "for a reason");
        return SEC_E_LOGON_DENIED;
    }
    return leg("", context, input, new_context, output, mapped, packed);
}

static NTSTATUS NTAPI delete_context(LSA_SEC_HANDLE context)
{
    assert_true(context > 2000);
    seen.contexts--;
    return SEC_E_OK;
}

static VOID NTAPI terminated(PLUID luid)
{
    (void)luid;
    seen.terminated++;
}

/*
 * Submit "reply": a reply with a pointer into itself. "second": the reply is not at the beginning.
 * "large": more than the room. "outside": reads and writes around the windows. "wait": waits.
 */
static NTSTATUS NTAPI call_untrusted(PLSA_CLIENT_REQUEST request, PVOID submit, PVOID base,
                                     ULONG size, PVOID *reply, PULONG reply_size,
                                     PNTSTATUS protocol)
{
    char text[16] = "", byte = 0;
    void *address, *other;
    struct {
        void *self;
        char text[8];
    } out = {.text = "answer"};
    NTSTATUS status;

    memcpy(text, submit, size < 15 ? size : 15);
    seen.call = *lsa_call_current();
    *protocol = STATUS_NOT_FOUND;
    if (strcmp(text, "wait") == 0)
        slow_wait();
    if (strcmp(text, "large") == 0)
        return lsa->AllocateClientBuffer(request, LSA_CALL_ROOM + 1, &address);
    if (strcmp(text, "outside") == 0) {
        assert_int_equal(lsa->AllocateClientBuffer(request, 32, &address), STATUS_SUCCESS);
        seen.copy_status[0] = lsa->CopyToClientBuffer(request, 33, address, text);
        seen.copy_status[1] = lsa->CopyToClientBuffer(request, 1, (char *)address - 1, text);
        seen.copy_status[2] = lsa->CopyFromClientBuffer(request, size + 1, text, base);
        seen.copy_status[3] = lsa->CopyFromClientBuffer(request, 1, &byte, (char *)base + size - 1);
        return lsa->FreeClientBuffer(request, address);
    }
    status = lsa->AllocateClientBuffer(request, sizeof(out), &address);
    if (status != STATUS_SUCCESS)
        return status;
    out.self = address;
    lsa->CopyToClientBuffer(request, sizeof(out), address, &out);
    *reply = address;
    *reply_size = sizeof(out);
    if (strcmp(text, "second") == 0) {
        assert_int_equal(lsa->AllocateClientBuffer(request, 8, &other), STATUS_SUCCESS);
        *reply = other;
        *reply_size = 8;
    }
    *protocol = STATUS_SUCCESS;
    return STATUS_SUCCESS;
}

/* The calls that only root may make. */
static NTSTATUS NTAPI call_trusted(PLSA_CLIENT_REQUEST request, PVOID submit, PVOID base,
                                   ULONG size, PVOID *reply, PULONG reply_size, PNTSTATUS protocol)
{
    NTSTATUS status = call_untrusted(request, submit, base, size, reply, reply_size, protocol);

    if (*protocol == STATUS_SUCCESS)
        *protocol = STATUS_WAIT_1; /* so that the caller sees which of the two it was */
    return status;
}

#define FUNCTIONS                                                                                  \
    .CallPackage = call_trusted, .CallPackageUntrusted = call_untrusted,                           \
    .LogonTerminated = terminated, .AcquireCredentialsHandle = acquire,                            \
    .FreeCredentialsHandle = free_credential,                                                      \
    .QueryCredentialsAttributes = query_credential_attribute,                                      \
    .SetCredentialsAttributes = set_credential_attribute,                                          \
    .QueryContextAttributes = query_context_attribute,                                             \
    .SetContextAttributes = set_context_attribute, .AddCredentials = add_to_credential,            \
    .ApplyControlToken = apply_control, .InitLsaModeContext = initiate,                            \
    .AcceptLsaModeContext = accept_context, .DeleteContext = delete_context
static SECPKG_FUNCTION_TABLE ntlm_table = {FUNCTIONS, .Initialize = initialize_ntlm,
                                           .GetInfo = info_ntlm, .LogonUserEx2 = held_logon_user,
                                           .AcceptCredentials = accept_credentials};
static SECPKG_FUNCTION_TABLE slow_table = {FUNCTIONS, .Initialize = initialize_slow,
                                           .GetInfo = info_slow, .LogonUserEx2 = kdc_logon_user,
                                           .AcceptCredentials = refuse_credentials};

static NTSTATUS SEC_ENTRY ntlm_mode(ULONG version, PULONG package_version,
                                    PSECPKG_FUNCTION_TABLE *tables, PULONG count)
{
    (void)version;
    *package_version = SECPKG_INTERFACE_VERSION;
    *tables = &ntlm_table;
    *count = 1;
    return STATUS_SUCCESS;
}

static NTSTATUS SEC_ENTRY slow_mode(ULONG version, PULONG package_version,
                                    PSECPKG_FUNCTION_TABLE *tables, PULONG count)
{
    (void)version;
    *package_version = SECPKG_INTERFACE_VERSION;
    *tables = &slow_table;
    *count = 1;
    return STATUS_SUCCESS;
}

static NTSTATUS SEC_ENTRY inner_mode(ULONG version, PULONG package_version,
                                     PSECPKG_FUNCTION_TABLE *tables, PULONG count)
{
    static SECPKG_FUNCTION_TABLE table = {.Initialize = initialize_inner,
                                          .GetInfo = info_inner,
                                          .AcquireCredentialsHandle = acquire,
                                          .FreeCredentialsHandle = free_credential,
                                          .CallPackage = call_trusted,
                                          .CallPackageUntrusted = call_untrusted};

    (void)version;
    *package_version = SECPKG_INTERFACE_VERSION;
    *tables = &table;
    *count = 1;
    return STATUS_SUCCESS;
}

const struct builtin_package lsa_builtin_packages[] = {
    {"Slow", slow_mode, NULL, 0},
    {"NTLM", ntlm_mode, NULL, 0},
    {"Inner", inner_mode, NULL, BUILTIN_IN_PROCESS},
    {NULL, NULL, NULL, 0},
};

/* ---- the server ---------------------------------------------------------------------------- */

static void *run_loop(void *arg)
{
    (void)arg;
    return (void *)(uintptr_t)loop_run();
}

static bool server_start(void)
{
    const struct lsad_config config = {.max_clients = 200,
                                       .max_clients_per_user = TEST_CLIENTS_PER_USER,
                                       .max_handles_per_user = TEST_HANDLES_PER_USER,
                                       .max_calls_per_user = TEST_CALLS_PER_USER};
    const struct lsa_host_config host = {.in_lsa = true, .store = network_store()};
    size_t ended;

    lsad_state = (struct lsad_state){.realm = "EXAMPLE.COM",
                                     .domain = "MACHINE",
                                     .clients = loop_clients,
                                     .watch = loop_watch,
                                     .unwatch = loop_unwatch,
                                     .later = loop_later};
    users_open(&config);
    pool_open(TEST_THREADS, TEST_THREADS_PER_USER);
    return lsa_host_start(&host) == STATUS_SUCCESS &&
           lsa_sessions_open(anchor, &ended) == STATUS_SUCCESS && loop_open(&config, listening) &&
           pthread_create(&loop_thread, NULL, run_loop, NULL) == 0;
}

static bool server_stop(void)
{
    void *ended_well;

    kill(getpid(), SIGTERM);
    pthread_join(loop_thread, &ended_well);
    slow_release();
    if (!ended_well || !pool_close(5))
        return false;
    loop_close();
    lsa_host_stop();
    lsa_sessions_close();
    return true;
}

void server_restart(void)
{
    assert_true(server_stop());
    assert_true(server_start());
}

int server_setup(void **state)
{
    if (anchor_setup(state) != 0 || !mkdtemp(directory) || chmod(directory, 0755) != 0)
        return -1;
    log_open("lsad", false, false);
    snprintf(server_path, sizeof(server_path), "%s/lsa.sock", directory);
    listening = service_listen(server_path);
    lsa_client_set_socket(server_path);
    return listening >= 0 && server_start() ? 0 : -1;
}

int server_teardown(void **state)
{
    bool good = server_stop();

    close(listening);
    unlink(server_path);
    rmdir(directory);
    lsa_client_set_socket(NULL);
    return anchor_teardown(state) == 0 && good ? 0 : -1;
}

/* ---- a raw connection ---------------------------------------------------------------------- */

int raw_connect(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct timeval patience = {.tv_sec = 10};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    strcpy(address.sun_path, server_path);
    assert_int_equal(connect(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    return fd;
}

void raw_send(int fd, Lsa__Request *request, uint32_t id)
{
    size_t size;
    uint8_t *frame;

    request->id = id;
    frame = lsa_frame_pack(&request->base, 0, &size);
    assert_int_equal(send(fd, frame, size, MSG_NOSIGNAL), size);
    secret_free(frame);
}

static bool read_all(int fd, void *data, size_t size)
{
    for (size_t at = 0; at < size;) {
        ssize_t n = recv(fd, (char *)data + at, size - at, 0);

        if (n <= 0)
            return false;
        at += (size_t)n;
    }
    return true;
}

bool raw_receive(int fd, struct lsa_arena *arena, Lsa__Reply **reply)
{
    uint8_t header[LSA_FRAME_HEADER], *message;
    size_t size;

    if (!read_all(fd, header, sizeof(header)))
        return false;
    assert_true(lsa_frame_size(header, &size));
    message = malloc(size);
    assert_true(read_all(fd, message, size));
    assert_true(lsa_arena_open(arena, size));
    *reply = lsa__reply__unpack(&arena->allocator, size, message);
    assert_non_null(*reply);
    free(message);
    return true;
}

SECURITY_STATUS raw_status(int fd, uint32_t id, uint64_t *handle)
{
    struct lsa_arena arena;
    Lsa__Reply *reply;
    SECURITY_STATUS status;

    assert_true(raw_receive(fd, &arena, &reply));
    assert_int_equal(reply->id, id);
    status = (SECURITY_STATUS)reply->status;
    if (handle && reply->result_case == LSA__REPLY__RESULT_ACQUIRED)
        *handle = reply->acquired->credential;
    if (handle && reply->result_case == LSA__REPLY__RESULT_LEG)
        *handle = reply->leg->context;
    lsa_arena_close(&arena);
    return status;
}

void raw_hello(int fd, uint64_t luid)
{
    Lsa__Hello hello = LSA__HELLO__INIT;
    Lsa__Request request = LSA__REQUEST__INIT;

    hello.version = LSA_PROTOCOL_VERSION;
    hello.luid = luid;
    request.call_case = LSA__REQUEST__CALL_HELLO;
    request.hello = &hello;
    raw_send(fd, &request, LSA_HELLO_ID);
    assert_int_equal(raw_status(fd, LSA_HELLO_ID, NULL), SEC_E_OK);
}

SECURITY_STATUS raw_acquire(int fd, const WCHAR *package, ULONG use, uint64_t *credential)
{
    Lsa__Acquire call = LSA__ACQUIRE__INIT;
    Lsa__Request request = LSA__REQUEST__INIT;

    call.package16 = lsa_wide(package);
    call.use = use;
    request.call_case = LSA__REQUEST__CALL_ACQUIRE;
    request.acquire = &call;
    raw_send(fd, &request, 11);
    return raw_status(fd, 11, credential);
}

SECURITY_STATUS raw_leg(int fd, uint64_t credential, const WCHAR *target, uint64_t *context)
{
    Lsa__Leg call = LSA__LEG__INIT;
    Lsa__Request request = LSA__REQUEST__INIT;

    call.credential = credential;
    call.context = *context;
    call.target16 = lsa_wide(target);
    request.call_case = LSA__REQUEST__CALL_INITIALIZE;
    request.initialize = &call;
    raw_send(fd, &request, 12);
    return raw_status(fd, 12, context);
}

bool raw_closed(int fd)
{
    char byte;
    ssize_t n = recv(fd, &byte, 1, 0);

    return n == 0 || (n < 0 && errno == ECONNRESET);
}

/* ---- people -------------------------------------------------------------------------------- */

int as_user(uid_t uid, const LUID *luid, int (*body)(void *arg), void *arg)
{
    int status;
    pid_t child = fork();

    if (child == 0) {
        char text[17];

        if (setresgid(uid, uid, uid) != 0 || setresuid(uid, uid, uid) != 0 ||
            keyctl_join_session_keyring(NULL) < 0)
            _exit(120);
        snprintf(text, sizeof(text), "%016llx",
                 luid ? (unsigned long long)lsa_luid_number(luid) : 0);
        if (luid && add_key("user", LSA_LOGON_KEY, text, 16, KEY_SPEC_SESSION_KEYRING) < 0)
            _exit(121);
        _exit(body(arg));
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

LUID session_of(const char *user, uid_t uid, pid_t leader)
{
    struct lsa_session_request request = {
        .user = user, .uid = uid, .leader = leader, .service = "test", .interactive = true};
    struct lsa_session_created created;

    assert_int_equal(lsa_client_create_session(&request, &created), STATUS_SUCCESS);
    assert_true(created.kerberos);
    assert_string_equal(created.domain, "EXAMPLE.COM");
    free(created.domain);
    return created.luid;
}

bool becomes(atomic_int *value, int wanted)
{
    for (int i = 0; i < 500 && *value != wanted; i++)
        usleep(10000);
    return *value == wanted;
}
