/*
 * What comes after a first handshake, or amid it: sessions that are taken up again, certificates
 * that the server asks for, clients that are authenticated anew, and what TLS has still to say.
 */
#include "tests/unit/credssp/sides.h"

#include <ntsecapi.h>
#include <string.h>

static const DWORD protocols[] = {SP_PROT_TLS1_2, SP_PROT_TLS1_3};

static bool resumed(struct side *s)
{
    SecPkgContext_SessionInfo info = {0};

    assert_int_equal(QueryContextAttributesW(&s->context, SECPKG_ATTR_SESSION_INFO, &info),
                     SEC_E_OK);
    return info.dwFlags & SSL_SESSION_RECONNECT;
}

/* The same session is taken up by the same credential handle for the same target. */
static void test_resumption(void **state)
{
    struct side client, server, other;

    (void)state;
    for (size_t i = 0; i < ARRAYSIZE(protocols); i++) {
        alice.protocols = server_credentials.protocols = protocols[i];
        meet(&client, &server);
        assert_false(resumed(&client));
        assert_messages(&client, &server, 10);
        for (int n = 0; n < 2; n++) {
            forget(&client);
            forget(&server);
            assert_int_equal(shake(&client, &server, 0), SEC_E_OK);
            assert_true(resumed(&client));
            assert_true(resumed(&server));
            assert_true(client.attributes & ISC_RET_DELEGATE);
            assert_messages(&client, &server, 10);
        }
        forget(&client);
        forget(&server);
        client.target = "TERMSRV/other.example.test";
        assert_int_equal(shake(&client, &server, 0), SEC_E_OK);
        assert_false(resumed(&client));
        forget(&client);
        forget(&server);
        client.target = "HOST/server.example.test:3389"; /* the same host */
        assert_int_equal(shake(&client, &server, 0), SEC_E_OK);
        assert_true(resumed(&client));
        forget(&server);
        assert_int_equal(acquire_as(&other, true, &alice), SEC_E_OK);
        assert_int_equal(shake(&other, &server, 0), SEC_E_OK);
        assert_false(resumed(&other));
        end(&client, &other);
        end(&server, &(struct side){.client = false});
        /* What has expired is not. */
        alice.lifespan = 999;
        meet(&client, &server);
        assert_messages(&client, &server, 10);
        forget(&client);
        forget(&server);
        assert_int_equal(shake(&client, &server, 0), SEC_E_OK);
        assert_false(resumed(&client));
        alice.lifespan = 0;
        end(&client, &server);
    }
}

/* ---- certificates of clients ------------------------------------------------------------------
 */

static void assert_issuers(struct side *client)
{
    SecPkgContext_IssuerListInfoEx list = {NULL, 0};
    uint8_t *name = NULL;
    int size = i2d_X509_NAME(X509_get_subject_name(authority.x509), &name);

    assert_int_equal(QueryContextAttributesW(&client->context, SECPKG_ATTR_ISSUER_LIST_EX, &list),
                     SEC_E_OK);
    assert_int_equal(list.cIssuers, 1);
    assert_int_equal(list.aIssuers[0].cbData, size);
    assert_memory_equal(list.aIssuers[0].pbData, name, (size_t)size);
    FreeContextBuffer(list.aIssuers);
    OPENSSL_free(name);
}

static SECURITY_STATUS client_certificate(struct side *server)
{
    PCCERT_CONTEXT context = NULL;
    SECURITY_STATUS status = QueryContextAttributesW(
        &server->context, SECPKG_ATTR_REMOTE_CERT_CONTEXT, (void *)&context);

    if (status != SEC_E_OK)
        return status;
    assert_int_equal(context->cbCertEncoded, i2d_X509(client_entity.x509, NULL));
    CertFreeCertificateContext(context);
    return status;
}

static void test_incomplete_credentials(void **state)
{
    struct credentials with = alice;
    struct side client, server;
    CredHandle before;

    (void)state;
    with.entity = &client_entity;
    for (size_t i = 0; i < ARRAYSIZE(protocols); i++) {
        alice.protocols = with.protocols = server_credentials.protocols = protocols[i];
        acquire(&client, &server);
        server.requirements |= ASC_REQ_MUTUAL_AUTH;
        assert_int_equal(shake(&client, &server, 0), SEC_I_INCOMPLETE_CREDENTIALS);
        assert_issuers(&client);
        /* Other credentials, and on. */
        before = client.credential;
        assert_int_equal(AcquireCredentialsHandleW(
                             NULL, (SEC_WCHAR *)CREDSSP_NAME, SECPKG_CRED_OUTBOUND, NULL,
                             auth_data_of(&with, true), NULL, NULL, &client.credential, NULL),
                         SEC_E_OK);
        leg(&client, &server);
        assert_int_equal(client.status, SEC_I_CONTINUE_NEEDED);
        assert_int_equal(shake(&client, &server, 0), SEC_E_OK);
        assert_int_equal(client_certificate(&server), SEC_E_OK);
        assert_messages(&client, &server, 10);
        assert_int_equal(FreeCredentialsHandle(&before), SEC_E_OK);
        end(&client, &server);
        /* The same ones: without a certificate. */
        acquire(&client, &server);
        server.requirements |= ASC_REQ_MUTUAL_AUTH;
        assert_int_equal(shake(&client, &server, 0), SEC_I_INCOMPLETE_CREDENTIALS);
        leg(&client, &server);
        assert_int_equal(client.status, SEC_I_CONTINUE_NEEDED);
        assert_int_equal(shake(&client, &server, 0), SEC_E_OK);
        assert_int_not_equal(client_certificate(&server), SEC_E_OK);
        end(&client, &server);
        /* With one from the beginning nobody is asked. */
        assert_int_equal(acquire_as(&client, true, &with), SEC_E_OK);
        assert_int_equal(acquire_as(&server, false, &server_credentials), SEC_E_OK);
        server.requirements |= ASC_REQ_MUTUAL_AUTH;
        assert_int_equal(shake(&client, &server, 0), SEC_E_OK);
        assert_int_equal(client_certificate(&server), SEC_E_OK);
        end(&client, &server);
    }
}

/* ---- once more --------------------------------------------------------------------------------
 */

static bool has_delegated(struct side *server)
{
    SecPkgContext_ClientCreds creds = {0, NULL};
    SECURITY_STATUS status = QueryContextAttributesW(&server->context, SECPKG_ATTR_CREDS, &creds);

    FreeContextBuffer(creds.AuthBuffer);
    return status == SEC_E_OK;
}

/* The client calls with its established context and no token. */
static SECURITY_STATUS once_more(struct side *client, struct side *server, size_t at_a_time)
{
    client->status = server->status = SEC_I_CONTINUE_NEEDED;
    if (leg(client, server) < 0)
        return client->status;
    return shake(client, server, at_a_time);
}

static void test_reauthentication(void **state)
{
    struct side client, server;

    (void)state;
    for (size_t i = 0; i < ARRAYSIZE(protocols); i++) {
        alice.protocols = server_credentials.protocols = protocols[i];
        acquire(&client, &server);
        client.requirements = 0;
        assert_int_equal(shake(&client, &server, 0), SEC_E_OK);
        assert_false(has_delegated(&server));
        assert_messages(&client, &server, 10);
        client.requirements = ISC_REQ_DELEGATE; /* now with credentials */
        assert_int_equal(once_more(&client, &server, 0), SEC_E_OK);
        assert_true(has_delegated(&server));
        assert_true(client.attributes & ISC_RET_DELEGATE);
        assert_true(client.attributes & ISC_RET_REAUTHENTICATION);
        assert_messages(&client, &server, 10);
        client.requirements = 0;
        assert_int_equal(once_more(&client, &server, 7), SEC_E_OK);
        assert_false(has_delegated(&server));
        assert_messages(&client, &server, 1000);
        end(&client, &server);
    }
}

static void test_reauthentication_fails(void **state)
{
    static const char *const nobody[] = {NULL};
    struct side client, server;

    (void)state;
    meet(&client, &server);
    assert_true(has_delegated(&server));
    set_policy(nobody);
    assert_int_equal(once_more(&client, &server, 0), SEC_E_DELEGATION_POLICY);
    assert_messages(&client, &server, 10);
    assert_true(has_delegated(&server));
    set_policy(NULL);
    assert_int_equal(once_more(&client, &server, 0), SEC_E_OK);
    assert_true(has_delegated(&server));
    assert_messages(&client, &server, 10);
    end(&client, &server);
}

static ULONG flags_of(struct side *s)
{
    SecPkgContext_Flags flags = {0};

    assert_int_equal(QueryContextAttributesW(&s->context, SECPKG_ATTR_FLAGS, &flags), SEC_E_OK);
    return flags.Flags;
}

/* One that fails at its end: what was is as it was, on both sides, and a later one succeeds. */
static void test_reauthentication_without_proof(void **state)
{
    struct side client, server;
    ULONG of_client, of_server;

    (void)state;
    alice.roots = NULL; /* the system knows no such authority */
    meet(&client, &server);
    of_client = flags_of(&client);
    of_server = flags_of(&server);
    assert_true(of_client & ISC_RET_DELEGATE && of_server & ASC_RET_DELEGATE);
    client.requirements = ISC_REQ_MUTUAL_AUTH | ISC_REQ_CONNECTION;
    assert_int_equal(once_more(&client, &server, 0), SEC_E_MUTUAL_AUTH_FAILED);
    assert_int_equal(server.status, SEC_I_CONTINUE_NEEDED); /* it waits for credentials */
    assert_int_equal(flags_of(&client), of_client);
    assert_int_equal(flags_of(&server), of_server);
    assert_true(has_delegated(&server));
    assert_messages(&client, &server, 10);
    client.requirements = 0;
    /* The server still waited for those, and hears now that they will not come. */
    assert_int_equal(once_more(&client, &server, 0), SEC_E_INVALID_TOKEN);
    assert_int_equal(flags_of(&server), of_server);
    assert_true(has_delegated(&server));
    assert_int_equal(once_more(&client, &server, 0), SEC_E_OK);
    assert_false(has_delegated(&server));
    assert_false(flags_of(&server) & ASC_RET_DELEGATE);
    assert_true(flags_of(&client) & ISC_RET_REAUTHENTICATION);
    assert_messages(&client, &server, 10);
    end(&client, &server);
}

/* ---- what TLS has to say ----------------------------------------------------------------------
 */

static void control(struct side *s, DWORD type)
{
    SecBuffer buffer = {sizeof(type), SECBUFFER_TOKEN, &type};
    SecBufferDesc desc = {SECBUFFER_VERSION, 1, &buffer};

    assert_int_equal(ApplyControlToken(&s->context, &desc), SEC_E_OK);
}

static void test_shutdown(void **state)
{
    struct side client, server;
    uint8_t data[16];
    size_t size;

    (void)state;
    for (size_t i = 0; i < ARRAYSIZE(protocols); i++) {
        alice.protocols = server_credentials.protocols = protocols[i];
        meet(&client, &server);
        assert_messages(&client, &server, 10);
        control(&client, SCHANNEL_SHUTDOWN);
        assert_int_equal(leg(&client, &server), SEC_E_OK);
        assert_true(server.wire_size > 0);
        deliver(&server, 0);
        assert_int_equal(receive_message(&server, data, &size), SEC_I_CONTEXT_EXPIRED);
        control(&server, SCHANNEL_SHUTDOWN);
        server.inbox_size = 0;
        assert_int_equal(leg(&server, &client), SEC_E_OK);
        assert_true(client.wire_size > 0);
        end(&client, &server);
    }
}

/* TLS 1.3: new keys, asked for by one side. */
static void test_key_update(void **state)
{
    struct side client, server;
    uint8_t data[64];
    size_t size;
    SECURITY_STATUS status;

    (void)state;
    alice.protocols = server_credentials.protocols = SP_PROT_TLS1_3;
    meet(&client, &server);
    assert_messages(&client, &server, 10);
    control(&client, SCHANNEL_RENEGOTIATE);
    assert_int_equal(leg(&client, &server), SEC_E_OK);
    assert_true(server.wire_size > 0);
    deliver(&server, 0);
    status = receive_message(&server, data, &size);
    if (status == SEC_I_RENEGOTIATE) /* the server's own, in answer */
        assert_int_equal(leg(&server, &client), SEC_E_OK);
    else
        assert_int_equal(status, SEC_E_OK);
    assert_messages(&client, &server, 10);
    end(&client, &server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_resumption, reset),
        cmocka_unit_test_setup(test_incomplete_credentials, reset),
        cmocka_unit_test_setup(test_reauthentication, reset),
        cmocka_unit_test_setup(test_reauthentication_fails, reset),
        cmocka_unit_test_setup(test_reauthentication_without_proof, reset),
        cmocka_unit_test_setup(test_shutdown, reset),
        cmocka_unit_test_setup(test_key_update, reset),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
