/*
 * [schannel] of lsa.conf, which no credential gets round; and one credential in many logon
 * sessions, threads, processes.
 */
#include <pthread.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libsspi/lsa/host.h"
#include "libsspi/packages/schannel/credentials/credential.h"
#include "libsspi/packages/schannel/handshake/handshake.h"
#include "tests/unit/schannel/sides.h"

static struct lsa_setting now[3];

static const struct lsa_setting *settings(const char *package)
{
    return strcmp(package, "schannel") == 0 ? now : NULL;
}

/* A server's credential as the package makes it. */
static SECURITY_STATUS acquire(DWORD protocols, struct tls_credential **out)
{
    PCCERT_CONTEXT own = certificate_of(&world.server, true);
    SCHANNEL_CRED c = {.dwVersion = SCHANNEL_CRED_VERSION,
                       .cCreds = 1,
                       .paCred = &own,
                       .grbitEnabledProtocols = protocols};
    LSA_SEC_HANDLE handle = 0;
    TimeStamp expiry;
    SECURITY_STATUS status =
        tls_acquire_credentials(NULL, SECPKG_CRED_INBOUND, NULL, &c, NULL, NULL, &handle, &expiry);

    CertFreeCertificateContext(own);
    *out = status == SEC_E_OK ? (struct tls_credential *)handle : NULL;
    return status;
}

static void obeyed(void **state)
{
    const struct lsa_host_config config = {.settings = settings};
    struct tls_credential *c;

    (void)state;
    assert_int_equal(lsa_host_start(&config), 0);
    assert_int_equal(acquire(0, &c), SEC_E_OK);
    assert_int_equal(c->minimum, TLS1_2_VERSION);
    assert_int_equal(SSL_CTX_get_options(c->server) & SSL_OP_NO_RENEGOTIATION, 0);
    tls_credential_put(c);
    now[0] = (struct lsa_setting){"minimum_protocol", "TLS1.3"};
    now[1] = (struct lsa_setting){"renegotiation", "no"};
    assert_int_equal(acquire(0, &c), SEC_E_OK);
    assert_int_equal(SSL_CTX_get_min_proto_version(c->server), TLS1_3_VERSION);
    assert_true(SSL_CTX_get_options(c->server) & SSL_OP_NO_RENEGOTIATION);
    tls_credential_put(c);
    assert_int_equal(acquire(SP_PROT_TLS1_2, &c), SEC_E_ALGORITHM_MISMATCH);
    now[0].name = NULL;
    lsa_host_stop();
}

/* ---- logon sessions ---- */

/* A whole handshake for a caller of that logon session, by the functions of the package's table. */
static bool reused_by(ULONG logon, LSA_SEC_HANDLE credential, struct theirs *t)
{
    UNICODE_STRING target = {22, 24, (WCHAR *)(uintptr_t)u"server.test"};
    struct bytes to_us = {NULL, 0}, to_them = {NULL, 0};
    struct lsa_call call = {.client = {.LogonId = {logon, 0}}};
    LSA_SEC_HANDLE context = 0;
    NTSTATUS status = SEC_I_CONTINUE_NEEDED;
    bool is;

    theirs_connect(t);
    for (int leg = 0; leg < 4 && status == SEC_I_CONTINUE_NEEDED; leg++) {
        SecBuffer given = {(ULONG)to_us.size, SECBUFFER_TOKEN, to_us.data};
        SecBuffer got = {0, SECBUFFER_TOKEN, NULL}, packed = {0, SECBUFFER_EMPTY, NULL};
        SecBufferDesc in = {SECBUFFER_VERSION, to_us.size ? 1 : 0, &given};
        SecBufferDesc out = {SECBUFFER_VERSION, 1, &got};
        ULONG attributes;
        TimeStamp expiry;
        BOOLEAN mapped;

        lsa_call_begin(&call);
        status = tls_init_context(credential, context, &target, CLIENT_FLAGS, 0, &in, &context,
                                  &out, &attributes, &expiry, &mapped, &packed);
        lsa_call_end();
        bytes_add(&to_them, got.pvBuffer, got.cbBuffer);
        lsa_host_free(got.pvBuffer);
        if (mapped)
            tls_connection_put(tls_connection_unpack(&packed));
        lsa_host_free(packed.pvBuffer);
        bytes_free(&to_us);
        theirs_step(t, &to_them, &to_us);
    }
    assert_int_equal(status, SEC_E_OK);
    is = SSL_session_reused(t->ssl);
    tls_delete_context(context);
    bytes_free(&to_us);
    bytes_free(&to_them);
    return is;
}

static void logon_sessions(void **state)
{
    const struct lsa_host_config config = {.settings = settings};
    SCHANNEL_CRED c = {.dwVersion = SCHANNEL_CRED_VERSION,
                       .hRootStore = world.roots,
                       .grbitEnabledProtocols = SP_PROT_TLS1_2};
    LSA_SEC_HANDLE credential = 0;
    struct theirs t;
    TimeStamp expiry;

    (void)state;
    memset(now, 0, sizeof(now));
    assert_int_equal(lsa_host_start(&config), 0);
    assert_int_equal(tls_acquire_credentials(NULL, SECPKG_CRED_OUTBOUND, NULL, &c, NULL, NULL,
                                             &credential, &expiry),
                     SEC_E_OK);
    theirs_new(&t, true);
    assert_false(reused_by(7, credential, &t));
    assert_true(reused_by(7, credential, &t));
    assert_false(reused_by(8, credential, &t));
    assert_true(reused_by(8, credential, &t));
    assert_true(reused_by(7, credential, &t));
    theirs_end(&t);
    tls_free_credentials(credential);
    lsa_host_stop();
}

/* ---- through the API, which starts a host of its own ---- */

#define THREADS    4
#define HANDSHAKES 20

static struct ours shared_client, shared_server;

static void *shake_much(void *failures)
{
    for (int i = 0; i < HANDSHAKES; i++) {
        struct ours client = shared_client, server = shared_server;
        SECURITY_STATUS status;

        if (shake_ours(&client, &server, &status) != SEC_E_OK || status != SEC_E_OK)
            ++*(int *)failures;
        ours_reset(&client);
        ours_reset(&server);
        if (i % 5 == 4)
            SslEmptyCacheW(NULL, 0);
    }
    return NULL;
}

static void threads(void **state)
{
    pthread_t thread[THREADS];
    int failures[THREADS] = {0};

    (void)state;
    ours_client(&shared_client);
    ours_server(&shared_server);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, shake_much, &failures[i]), 0);
    for (int i = 0; i < THREADS; i++) {
        pthread_join(thread[i], NULL);
        assert_int_equal(failures[i], 0);
    }
    ours_end(&shared_client);
    ours_end(&shared_server);
}

/* A child has none of its parent's handles, and makes its own. */
static void children(void **state)
{
    struct ours client, server;
    SECURITY_STATUS status;
    int result;
    pid_t child;

    (void)state;
    ours_client(&client);
    ours_server(&server);
    assert_int_equal(shake_ours(&client, &server, &status), SEC_E_OK);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct bytes none = {NULL, 0};
        struct ours own, peer;
        bool good = ours_raw(&client, NULL, 0, &none) == SEC_E_INVALID_HANDLE;

        client.has_context = false;
        good = good && ours_raw(&client, NULL, 0, &none) == SEC_E_INVALID_HANDLE;
        good = good && !SslEmptyCacheW(NULL, 0);
        ours_client(&own);
        ours_server(&peer);
        good = good && shake_ours(&own, &peer, &status) == SEC_E_OK && SslEmptyCacheW(NULL, 0);
        _exit(good ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &result, 0), child);
    assert_int_equal(result, 0);
    assert_true(SslEmptyCacheW(NULL, 0));
    ours_end(&client);
    ours_end(&server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(obeyed),
        cmocka_unit_test(logon_sessions),
        cmocka_unit_test(children),
        cmocka_unit_test(threads),
    };

    return cmocka_run_group_tests(tests, world_setup, world_teardown);
}
