/*
 * Many threads on the same contexts, a context deleted under a running call, and what a forked
 * child may do.
 */
#include "tests/unit/api/common.h"

#include <pthread.h>
#include <semaphore.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROUNDS  300
#define THREADS 4
#define FORKS   200

static CredHandle out, in;
static CtxtHandle shared; /* established; deleted and made anew while others use it */
static pthread_rwlock_t shared_lock = PTHREAD_RWLOCK_INITIALIZER;
static atomic_int succeeded, refused, odd;
static atomic_bool stop;

static SECURITY_STATUS sign(PCtxtHandle h)
{
    char data[] = "text", token[16];
    SecBuffer buffers[2] = {{4, SECBUFFER_DATA, data}, {16, SECBUFFER_TOKEN, token}};
    SecBufferDesc message = {SECBUFFER_VERSION, 2, buffers};

    return MakeSignature(h, 0, &message, 1);
}

static void *use_shared(void *arg)
{
    (void)arg;
    while (!stop) {
        CtxtHandle h;
        SECURITY_STATUS status;

        pthread_rwlock_rdlock(&shared_lock);
        h = shared;
        pthread_rwlock_unlock(&shared_lock);
        status = sign(&h);
        if (status == SEC_E_OK)
            succeeded++;
        else if (status == SEC_E_INVALID_HANDLE)
            refused++;
        else
            odd++;
    }
    return NULL;
}

static void test_use_while_deleted(void **state)
{
    pthread_t threads[THREADS];
    CtxtHandle client, server, old;
    int i;

    (void)state;
    out = acquire(SECPKG_CRED_OUTBOUND);
    in = acquire(SECPKG_CRED_INBOUND);
    stop = false;
    handshake(&out, &in, &client, &server);
    shared = client;
    for (i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, use_shared, NULL), 0);
    for (i = 0; i < 10000 && succeeded == 0; i++) /* on a busy machine a thread may start late */
        usleep(1000);
    for (i = 0; i < ROUNDS; i++) {
        assert_int_equal(DeleteSecurityContext(&server), SEC_E_OK);
        handshake(&out, &in, &client, &server);
        pthread_rwlock_wrlock(&shared_lock);
        old = shared;
        shared = client;
        pthread_rwlock_unlock(&shared_lock);
        assert_int_equal(DeleteSecurityContext(&old), SEC_E_OK);
        assert_int_equal(DeleteSecurityContext(&old), SEC_E_INVALID_HANDLE);
    }
    stop = true;
    for (i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(odd, 0);
    assert_true(succeeded > 0);
    DeleteSecurityContext(&client);
    DeleteSecurityContext(&server);
    FreeCredentialsHandle(&out);
    FreeCredentialsHandle(&in);
}

static void *many_handshakes(void *arg)
{
    CtxtHandle client, server;
    int i;

    (void)arg;
    for (i = 0; i < ROUNDS; i++) {
        handshake(&out, &in, &client, &server);
        if (sign(&client) != SEC_E_OK || DeleteSecurityContext(&client) != SEC_E_OK ||
            DeleteSecurityContext(&server) != SEC_E_OK)
            odd++;
    }
    return NULL;
}

static void test_one_credential_many_threads(void **state)
{
    pthread_t threads[THREADS];
    int i;

    (void)state;
    out = acquire(SECPKG_CRED_OUTBOUND);
    in = acquire(SECPKG_CRED_INBOUND);
    odd = 0;
    for (i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, many_handshakes, NULL), 0);
    for (i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(odd, 0);
    FreeCredentialsHandle(&out);
    FreeCredentialsHandle(&in);
}

static sem_t entered, go_on;

static void wait_inside(void)
{
    sem_post(&entered);
    sem_wait(&go_on);
}

static SECURITY_STATUS sealed;

static void *seal(void *arg)
{
    char data[] = "text", token[16];
    SecBuffer buffers[2] = {{4, SECBUFFER_DATA, data}, {16, SECBUFFER_TOKEN, token}};
    SecBufferDesc message = {SECBUFFER_VERSION, 2, buffers};

    sealed = EncryptMessage(arg, 0, &message, 1);
    return NULL;
}

/* DeleteSecurityContext comes back at once; the context dies when the call that is inside has
 * returned. */
static void test_delete_under_a_call(void **state)
{
    CtxtHandle client, server, copy;
    pthread_t thread;

    (void)state;
    out = acquire(SECPKG_CRED_OUTBOUND);
    in = acquire(SECPKG_CRED_INBOUND);
    handshake(&out, &in, &client, &server);
    sem_init(&entered, 0, 0);
    sem_init(&go_on, 0, 0);
    fake.inside_seal = wait_inside;
    copy = client;
    assert_int_equal(pthread_create(&thread, NULL, seal, &client), 0);
    sem_wait(&entered);
    assert_int_equal(DeleteSecurityContext(&copy), SEC_E_OK);
    SecInvalidateHandle(&client); /* as applications do, under the other thread's feet */
    assert_int_equal(fake.user_contexts, 2);
    assert_int_equal(FreeCredentialsHandle(&out), SEC_E_OK);
    assert_int_equal(fake.credentials, 2);
    sem_post(&go_on);
    pthread_join(thread, NULL);
    assert_int_equal(sealed, SEC_E_OK);
    assert_int_equal(fake.user_contexts, 1);
    assert_int_equal(fake.credentials, 1);
    DeleteSecurityContext(&server);
    FreeCredentialsHandle(&in);
}

struct second_leg {
    CtxtHandle context;
    SECURITY_STATUS status;
};

static void *second_leg(void *arg)
{
    struct second_leg *leg = arg;
    char got[2] = {'S', '1'}, answer[16];
    SecBuffer in_token = {2, SECBUFFER_TOKEN, got}, out_token = {16, SECBUFFER_TOKEN, answer};
    SecBufferDesc input = {SECBUFFER_VERSION, 1, &in_token};
    SecBufferDesc output = {SECBUFFER_VERSION, 1, &out_token};
    ULONG attributes;

    leg->status = InitializeSecurityContextW(&out, &leg->context, NULL, 0, 0, 0, &input, 0, NULL,
                                             &output, &attributes, NULL);
    return NULL;
}

/* Two threads, one half-made context, though nobody should: the package never sees both. */
static void test_legs_of_one_context(void **state)
{
    static WCHAR target[] = u"host/a";
    struct second_leg legs[2] = {{.status = SEC_E_INTERNAL_ERROR}, {.status = SEC_E_OK}};
    char token[64];
    SecBuffer buffer = {sizeof(token), SECBUFFER_TOKEN, token};
    SecBufferDesc output = {SECBUFFER_VERSION, 1, &buffer};
    struct timespec until;
    pthread_t threads[2];
    ULONG attributes;

    (void)state;
    out = acquire(SECPKG_CRED_OUTBOUND);
    assert_int_equal(InitializeSecurityContextW(&out, NULL, target, 0, 0, 0, NULL, 0,
                                                &legs[0].context, &output, &attributes, NULL),
                     SEC_I_CONTINUE_NEEDED);
    legs[1].context = legs[0].context;
    sem_init(&entered, 0, 0);
    sem_init(&go_on, 0, 0);
    fake.inside_leg = wait_inside;
    assert_int_equal(pthread_create(&threads[0], NULL, second_leg, &legs[0]), 0);
    sem_wait(&entered);
    assert_int_equal(pthread_create(&threads[1], NULL, second_leg, &legs[1]), 0);
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += 100 * 1000 * 1000;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    assert_int_not_equal(sem_timedwait(&entered, &until), 0);
    sem_post(&go_on);
    sem_post(&go_on);
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    fake.inside_leg = NULL;
    assert_int_equal(legs[0].status, SEC_E_OK);
    assert_true(legs[1].status < 0);
    assert_int_equal(DeleteSecurityContext(&legs[0].context), SEC_E_OK);
    assert_int_equal(FreeCredentialsHandle(&out), SEC_E_OK);
}

static int child(PCtxtHandle client, PCtxtHandle server)
{
    CtxtHandle own_client, own_server;
    CredHandle own_out, own_in;

    if (sign(client) != SEC_E_INVALID_HANDLE ||
        DeleteSecurityContext(server) != SEC_E_INVALID_HANDLE ||
        FreeCredentialsHandle(&out) != SEC_E_INVALID_HANDLE)
        return 1;
    own_out = acquire(SECPKG_CRED_OUTBOUND);
    own_in = acquire(SECPKG_CRED_INBOUND);
    handshake(&own_out, &own_in, &own_client, &own_server);
    return sign(&own_client) == SEC_E_OK && DeleteSecurityContext(&own_client) == SEC_E_OK ? 0 : 2;
}

static void test_fork(void **state)
{
    CtxtHandle client, server;
    int status;
    pid_t pid;

    (void)state;
    out = acquire(SECPKG_CRED_OUTBOUND);
    in = acquire(SECPKG_CRED_INBOUND);
    handshake(&out, &in, &client, &server);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0)
        _exit(child(&client, &server));
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_int_equal(sign(&client), SEC_E_OK);
    DeleteSecurityContext(&client);
    DeleteSecurityContext(&server);
    FreeCredentialsHandle(&out);
    FreeCredentialsHandle(&in);
}

/* AddressSanitizer's allocator has locks of its own, and a child finds them as they were. */
#ifndef __SANITIZE_ADDRESS__
static void *handshakes_until_stopped(void *arg)
{
    while (!stop)
        many_handshakes(arg);
    return NULL;
}

/* A fork at any moment leaves the child with no lock that a vanished thread holds. */
static void test_fork_under_load(void **state)
{
    pthread_t threads[THREADS];
    CtxtHandle client, server;
    int i, status;
    pid_t pid;

    (void)state;
    out = acquire(SECPKG_CRED_OUTBOUND);
    in = acquire(SECPKG_CRED_INBOUND);
    handshake(&out, &in, &client, &server);
    stop = false;
    for (i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, handshakes_until_stopped, NULL), 0);
    for (i = 0; i < FORKS; i++) {
        pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
            alarm(20);
            _exit(child(&client, &server));
        }
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), 0);
    }
    stop = true;
    for (i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(odd, 0);
    DeleteSecurityContext(&client);
    DeleteSecurityContext(&server);
    FreeCredentialsHandle(&out);
    FreeCredentialsHandle(&in);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_use_while_deleted),
        TEST(test_one_credential_many_threads),
        TEST(test_delete_under_a_call),
        TEST(test_legs_of_one_context),
        TEST(test_fork),
#ifndef __SANITIZE_ADDRESS__
        TEST(test_fork_under_load),
#endif
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
