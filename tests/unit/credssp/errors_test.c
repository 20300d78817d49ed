/*
 * Every code that the pages of CredSSP have for a failure, provoked; and what the peer is told.
 */
#include "tests/unit/credssp/sides.h"

#include <credmgr.h>
#include <string.h>

/* ---- what may be asked for --------------------------------------------------------------------
 */

static void test_flags(void **state)
{
    static const ULONG of_clients[] = {
        ISC_REQ_PROMPT_FOR_CREDS,    ISC_REQ_USE_DCE_STYLE,     ISC_REQ_DATAGRAM,
        ISC_REQ_CALL_LEVEL,          ISC_REQ_FRAGMENT_SUPPLIED, ISC_REQ_IDENTIFY,
        ISC_REQ_NULL_SESSION,        ISC_REQ_RESERVED1,         ISC_REQ_FRAGMENT_TO_FIT,
        ISC_REQ_FORWARD_CREDENTIALS, ISC_REQ_NO_INTEGRITY,      ISC_REQ_USE_HTTP_STYLE,
        ISC_REQ_CONFIDENTIALITY_ONLY};
    static const ULONG of_servers[] = {ASC_REQ_SESSION_TICKET,     ASC_REQ_USE_DCE_STYLE,
                                       ASC_REQ_DATAGRAM,           ASC_REQ_CALL_LEVEL,
                                       ASC_REQ_FRAGMENT_SUPPLIED,  ASC_REQ_LICENSING,
                                       ASC_REQ_ALLOW_NULL_SESSION, ASC_REQ_ALLOW_CONTEXT_REPLAY,
                                       ASC_REQ_FRAGMENT_TO_FIT,    ASC_REQ_NO_TOKEN};
    struct side client, server;

    (void)state;
    acquire(&client, &server);
    for (size_t i = 0; i < ARRAYSIZE(of_clients); i++) {
        client.requirements = of_clients[i];
        assert_int_equal(leg(&client, &server), SEC_E_UNSUPPORTED_FUNCTION);
    }
    client.requirements = 0;
    assert_int_equal(leg(&client, &server), SEC_I_CONTINUE_NEEDED);
    deliver(&server, 0);
    for (size_t i = 0; i < ARRAYSIZE(of_servers); i++) {
        size_t size = server.inbox_size;

        server.requirements = of_servers[i];
        assert_int_equal(leg(&server, &client), SEC_E_UNSUPPORTED_FUNCTION);
        server.inbox_size = size;
    }
    server.requirements = 0;
    assert_int_equal(leg(&server, &client), SEC_I_CONTINUE_NEEDED);
    /* And at a later leg. */
    deliver(&client, 0);
    client.requirements = ISC_REQ_DATAGRAM;
    assert_int_equal(leg(&client, &server), SEC_E_UNSUPPORTED_FUNCTION);
    end(&client, &server);
}

static void test_target_unknown(void **state)
{
    struct side client, server;

    (void)state;
    acquire(&client, &server);
    client.target = NULL;
    assert_int_equal(leg(&client, &server), SEC_E_TARGET_UNKNOWN);
    client.target = "";
    assert_int_equal(leg(&client, &server), SEC_E_TARGET_UNKNOWN);
    client.target = "\xff\xfe";
    assert_int_equal(leg(&client, &server), SEC_E_TARGET_UNKNOWN);
    end(&client, &server);
}

static void test_handles(void **state)
{
    struct side client, server;
    CtxtHandle none = {1, 2};
    SecBuffer out = {0, SECBUFFER_TOKEN, NULL};
    SecBufferDesc output = {SECBUFFER_VERSION, 1, &out};
    ULONG attributes;

    (void)state;
    acquire(&client, &server);
    assert_int_equal(InitializeSecurityContextA(NULL, NULL, (SEC_CHAR *)TARGET,
                                                ISC_REQ_ALLOCATE_MEMORY, 0, 0, NULL, 0,
                                                &client.context, &output, &attributes, NULL),
                     SEC_E_INVALID_HANDLE);
    assert_int_equal(InitializeSecurityContextA(&client.credential, NULL, (SEC_CHAR *)TARGET,
                                                ISC_REQ_ALLOCATE_MEMORY, 0, 0, NULL, 0, NULL,
                                                &output, &attributes, NULL),
                     SEC_E_INVALID_HANDLE);
    assert_int_equal(InitializeSecurityContextA(&client.credential, &none, (SEC_CHAR *)TARGET,
                                                ISC_REQ_ALLOCATE_MEMORY, 0, 0, NULL, 0, &none,
                                                &output, &attributes, NULL),
                     SEC_E_INVALID_HANDLE);
    assert_int_equal(AcceptSecurityContext(&server.credential, &none, NULL, 0, 0, &none, &output,
                                           &attributes, NULL),
                     SEC_E_INVALID_HANDLE);
    /* A context that has failed answers nothing more, and is deleted all the same. */
    leg(&client, &server);
    memcpy(client.inbox, "HTTP/1.1 400 Bad Request\r\n\r\n", 28);
    client.inbox_size = 28;
    assert_true(leg(&client, &server) < 0);
    assert_int_equal(leg(&client, &server), SEC_E_INVALID_HANDLE);
    forget(&client);
    server.wire_size = 0;
    /* An acceptor's is none to initiate with. */
    leg(&client, &server);
    deliver(&server, 0);
    assert_int_equal(leg(&server, &client), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(InitializeSecurityContextA(&client.credential, &server.context,
                                                (SEC_CHAR *)TARGET, ISC_REQ_ALLOCATE_MEMORY, 0, 0,
                                                NULL, 0, &none, &output, &attributes, NULL),
                     SEC_E_WRONG_CREDENTIAL_HANDLE);
    assert_int_equal(InitializeSecurityContextA(NULL, &server.context, (SEC_CHAR *)TARGET,
                                                ISC_REQ_ALLOCATE_MEMORY, 0, 0, NULL, 0, &none,
                                                &output, &attributes, NULL),
                     SEC_E_INVALID_HANDLE);
    end(&client, &server);
}

/* ---- credentials ------------------------------------------------------------------------------
 */

static void test_no_credentials(void **state)
{
    struct side client, server;

    (void)state;
    acquire(&client, &server);
    client.client = false;
    server.client = true;
    leg(&server, &client);
    assert_int_equal(server.status, SEC_E_NO_CREDENTIALS);
    memset(client.inbox, 0x16, 100);
    client.inbox_size = 100;
    leg(&client, &server);
    assert_int_equal(client.status, SEC_E_NO_CREDENTIALS);
    end(&client, &server);
}

/* Whose credential is the logon session's, or nobody's, has supplied none. */
static void test_supplied(void **state)
{
    SecBuffer params = {sizeof(CREDSSP_CRED), SECBUFFER_PKG_PARAMS, NULL};
    SecBuffer out = {0, SECBUFFER_TOKEN, NULL};
    SecBufferDesc input = {SECBUFFER_VERSION, 1, &params}, output = {SECBUFFER_VERSION, 1, &out};
    struct credentials none = alice;
    struct side client, server;

    (void)state;
    none.user = NULL;
    acquire(&client, &server);
    /* alice's handle has them; what comes beside it counts instead, and is of nobody. */
    params.pvBuffer = auth_data_of(&none, true);
    assert_int_equal(
        InitializeSecurityContextA(&client.credential, NULL, (SEC_CHAR *)TARGET,
                                   ISC_REQ_ALLOCATE_MEMORY | ISC_REQ_USE_SUPPLIED_CREDS, 0, 0,
                                   &input, 0, &client.context, &output, &client.attributes, NULL),
        SEC_E_NO_CREDENTIALS);
    client.requirements |= ISC_REQ_USE_SUPPLIED_CREDS;
    assert_int_equal(shake(&client, &server, 0), SEC_E_OK);
    end(&client, &server);
}

static void test_logon_denied(void **state)
{
    struct side client, server;

    (void)state;
    alice.password = u"wrong";
    acquire(&client, &server);
    shake(&client, &server, 0);
    assert_int_equal(server.status, SEC_E_LOGON_DENIED);
    assert_int_equal(client.status, SEC_E_LOGON_DENIED); /* errorCode */
    end(&client, &server);
}

/* Kerberos, and nobody to ask: krb5.conf names no KDC. */
static void test_no_authority(void **state)
{
    struct side client, server;

    (void)state;
    alice.packages = u"kerberos";
    alice.domain = u"NOWHERE.EXAMPLE.TEST";
    assert_int_equal(acquire_as(&client, true, &alice), SEC_E_OK);
    assert_int_equal(acquire_as(&server, false, &server_credentials), SEC_E_OK);
    assert_int_equal(shake(&client, &server, 0), SEC_E_NO_AUTHENTICATING_AUTHORITY);
    end(&client, &server);
}

/* ---- the policy -------------------------------------------------------------------------------
 */

static SECURITY_STATUS meet_with(const char *const *rules, ULONG flags)
{
    struct side client, server;
    SECURITY_STATUS status;

    set_policy(rules);
    acquire(&client, &server);
    client.requirements |= flags;
    status = shake(&client, &server, 0);
    end(&client, &server);
    return status;
}

static void test_policy(void **state)
{
    static const char *const nobody[] = {NULL};
    static const char *const others[] = {"allow_fresh_credentials", "TERMSRV/other.example.test",
                                         "allow_fresh_credentials_ntlm_only", "WSMAN/*", NULL};
    static const char *const proven[] = {"allow_fresh_credentials", "TERMSRV/*", NULL};
    static const char *const unproven[] = {"allow_fresh_credentials_ntlm_only",
                                           "TERMSRV/server.example.test", NULL};
    static const char *const denied[] = {"allow_fresh_credentials_ntlm_only", "*",
                                         "deny_fresh_credentials", "TERMSRV/*", NULL};

    (void)state;
    assert_int_equal(meet_with(nobody, 0), SEC_E_DELEGATION_POLICY);
    assert_int_equal(meet_with(nobody, ISC_REQ_MUTUAL_AUTH), SEC_E_DELEGATION_POLICY);
    assert_int_equal(meet_with(others, 0), SEC_E_DELEGATION_POLICY);
    assert_int_equal(meet_with(denied, 0), SEC_E_DELEGATION_POLICY);
    assert_int_equal(meet_with(unproven, 0), SEC_E_OK);
    /* The certificate proves it, for credentials that the program has anyway. */
    assert_int_equal(meet_with(proven, 0), SEC_E_OK);
    alice.roots = NULL; /* the system knows no such authority */
    assert_int_equal(meet_with(proven, 0), SEC_E_POLICY_NLTM_ONLY);
    assert_int_equal(meet_with(unproven, 0), SEC_E_OK);
    alice.roots = roots;
    server_credentials.entity = &other_entity;
    assert_int_equal(meet_with(proven, 0), SEC_E_POLICY_NLTM_ONLY);
}

static void test_mutual(void **state)
{
    (void)state;
    assert_int_equal(meet_with(NULL, ISC_REQ_MUTUAL_AUTH), SEC_E_OK);
    alice.roots = NULL;
    assert_int_equal(meet_with(NULL, 0), SEC_E_OK);
    assert_int_equal(meet_with(NULL, ISC_REQ_MUTUAL_AUTH), SEC_E_MUTUAL_AUTH_FAILED);
    alice.roots = roots;
    server_credentials.entity = &other_entity;
    assert_int_equal(meet_with(NULL, 0), SEC_E_OK);
    assert_int_equal(meet_with(NULL, ISC_REQ_MUTUAL_AUTH), SEC_E_WRONG_PRINCIPAL);
    server_credentials.entity = NULL; /* signed by nobody */
    assert_int_equal(meet_with(NULL, ISC_REQ_MUTUAL_AUTH), SEC_E_MUTUAL_AUTH_FAILED);
}

/* What is refused for want of a proof has not been sent: the server never gets to the end. */
static void test_nothing_sent(void **state)
{
    struct side client, server;

    (void)state;
    alice.roots = NULL;
    acquire(&client, &server);
    client.requirements = ISC_REQ_DELEGATE | ISC_REQ_MUTUAL_AUTH;
    assert_int_equal(shake(&client, &server, 0), SEC_E_MUTUAL_AUTH_FAILED);
    assert_int_equal(server.status, SEC_I_CONTINUE_NEEDED);
    end(&client, &server);
}

/* ---- tokens -----------------------------------------------------------------------------------
 */

/* What is no TLS: another protocol, nothing but zeros, a client of remote desktops that begins. */
static void test_invalid_token(void **state)
{
    static const struct {
        const char *data;
        size_t size;
    } all[] = {
        {"GET / HTTP/1.0\r\n\r\n", 18},
        {"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16},
        {"\3\0\0\x13\x0e\xe0\0\0\0\0\0\1\0\x08\0\3\0\0\0", 19},
    };
    struct side client, server;

    (void)state;
    acquire(&client, &server);
    for (size_t i = 0; i < ARRAYSIZE(all); i++) {
        memcpy(server.inbox, all[i].data, server.inbox_size = all[i].size);
        assert_int_equal(leg(&server, &client), SEC_E_INVALID_TOKEN);
        forget(&server);
        leg(&client, &server);
        memcpy(client.inbox, all[i].data, client.inbox_size = all[i].size);
        assert_int_equal(leg(&client, &server), SEC_E_INVALID_TOKEN);
        forget(&client);
        forget(&server);
    }
    /* A half-made context wants a token. */
    leg(&client, &server);
    deliver(&server, 0);
    assert_int_equal(leg(&server, &client), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(leg(&server, &client), SEC_E_INCOMPLETE_MESSAGE);
    end(&client, &server);
}

/* ---- a peer of TLS that says something else ---------------------------------------------------
 */

/* The client's answer to `data` where the first TSRequest of the server should be. */
static SECURITY_STATUS answered_with(const void *data, size_t size)
{
    struct credentials tls = server_credentials;
    struct side client, server;
    SECURITY_STATUS status;

    tls.bare_tls = true;
    assert_int_equal(acquire_as(&client, true, &alice), SEC_E_OK);
    assert_int_equal(acquire_as(&server, false, &tls), SEC_E_OK);
    while (server.status != SEC_E_OK) {
        leg(&client, &server);
        deliver(&server, 0);
        assert_true(leg(&server, &client) >= 0);
        deliver(&client, 0);
    }
    assert_int_equal(send_message(&server, &client, data, size), SEC_E_OK);
    deliver(&client, 0);
    status = leg(&client, &server);
    end(&client, &server);
    return status;
}

/* And the server's, where the client's first should be. */
static SECURITY_STATUS asked_with(const void *data, size_t size)
{
    struct credentials tls = alice;
    struct side client, server;
    SECURITY_STATUS status;

    tls.bare_tls = true;
    assert_int_equal(acquire_as(&client, true, &tls), SEC_E_OK);
    assert_int_equal(acquire_as(&server, false, &server_credentials), SEC_E_OK);
    client.target = "server.example.test";
    while (client.status != SEC_E_OK) {
        leg(&client, &server);
        deliver(&server, 0);
        assert_int_equal(leg(&server, &client), SEC_I_CONTINUE_NEEDED);
        deliver(&client, 0);
    }
    assert_int_equal(send_message(&client, &server, data, size), SEC_E_OK);
    deliver(&server, 0);
    status = leg(&server, &client);
    end(&client, &server);
    return status;
}

static void test_no_request(void **state)
{
    static const struct {
        const char *data;
        size_t size;
        SECURITY_STATUS status;
    } all[] = {
        {"HTTP/1.1 200 OK", 15, SEC_E_INVALID_TOKEN},
        {"\x30\x80\x00\x00", 4, SEC_E_INVALID_TOKEN}, /* no definite length */
        {"\x30\x00", 2, SEC_E_INVALID_TOKEN},         /* nothing */
        {"\x30\x81\x05\xa0\x03\x02\x01\x06", 8,
         SEC_E_INVALID_TOKEN},                                    /* a length that is none of DER */
        {"\x30\x84\x7f\xff\xff\xff", 6, SEC_E_INVALID_TOKEN},     /* too long */
        {"\x30\x83\x10\x00\x00", 5, SEC_E_INVALID_TOKEN},         /* 1 MiB, and its head */
        {"\x30\x05\xa0\x03\x02\x01\x06", 7, SEC_E_INVALID_TOKEN}, /* a TSRequest of nothing */
        {"\x30\x82", 2, SEC_I_CONTINUE_NEEDED},                   /* more is to come */
        {"\x30\x82\x10\x00\xa0", 5, SEC_I_CONTINUE_NEEDED},
    };

    (void)state;
    for (size_t i = 0; i < ARRAYSIZE(all); i++) {
        assert_int_equal(answered_with(all[i].data, all[i].size), all[i].status);
        assert_int_equal(asked_with(all[i].data, all[i].size), all[i].status);
    }
}

/* An alert that has no code of SSPI's own. */
static void test_internal_error(void **state)
{
    static const uint8_t alert[] = {0x15, 3, 3, 0, 2, TLS1_ALERT_FATAL, TLS1_ALERT_INTERNAL_ERROR};
    struct side client, server;

    (void)state;
    acquire(&client, &server);
    leg(&client, &server);
    memcpy(client.inbox, alert, sizeof(alert));
    client.inbox_size = sizeof(alert);
    assert_int_equal(leg(&client, &server), SEC_E_INTERNAL_ERROR);
    deliver(&server, 0);
    assert_int_equal(leg(&server, &client), SEC_I_CONTINUE_NEEDED);
    memcpy(server.inbox, alert, sizeof(alert));
    server.inbox_size = sizeof(alert);
    assert_int_equal(leg(&server, &client), SEC_E_INTERNAL_ERROR);
    end(&client, &server);
}

/* Between two TSRequests: the channel stands, and both sides have a leg before them. */
static void meet_half(struct side *client, struct side *server)
{
    acquire(client, server);
    leg(client, server);
    for (;;) {
        SecPkgContext_StreamSizes sizes;

        deliver(server, 0);
        assert_int_equal(leg(server, client), SEC_I_CONTINUE_NEEDED);
        if (QueryContextAttributesW(&server->context, SECPKG_ATTR_STREAM_SIZES, &sizes) ==
                SEC_E_OK &&
            sizes.cbMaximumMessage > 0 && server->legs >= 2)
            break;
        deliver(client, 0);
        assert_int_equal(leg(client, server), SEC_I_CONTINUE_NEEDED);
    }
}

/* Records that are damaged on the way. */
static void test_altered(void **state)
{
    struct side client, server;

    (void)state;
    meet_half(&client, &server);
    deliver(&client, 0);
    client.inbox[client.inbox_size - 1] ^= 1;
    leg(&client, &server);
    assert_int_equal(client.status, SEC_E_MESSAGE_ALTERED);
    end(&client, &server);
}

/* A side that goes amid the handshake says so, and the other does not wait for more. */
static void test_closed(void **state)
{
    DWORD type = SCHANNEL_SHUTDOWN;
    SecBuffer control = {sizeof(type), SECBUFFER_TOKEN, &type};
    SecBufferDesc desc = {SECBUFFER_VERSION, 1, &control};
    struct side client, server;

    (void)state;
    meet_half(&client, &server);
    assert_int_equal(ApplyControlToken(&server.context, &desc), SEC_E_OK);
    server.inbox_size = 0;
    leg(&server, &client);
    assert_true(client.wire_size > 0);
    deliver(&client, 0);
    leg(&client, &server);
    assert_int_equal(client.status, SEC_E_CONTEXT_EXPIRED);
    end(&client, &server);
}

/* What goes with a failure: the alert of TLS, or errorCode; nothing when it was not asked for. */
static void test_extended_error(void **state)
{
    struct side client, server;

    (void)state;
    alice.password = u"wrong";
    acquire(&client, &server);
    server.requirements = 0;
    shake(&client, &server, 0);
    assert_int_equal(server.status, SEC_E_LOGON_DENIED);
    assert_int_equal(client.status, SEC_I_CONTINUE_NEEDED); /* was told nothing */
    end(&client, &server);
}

/* A client has no errorCode to send: an alert of TLS. */
static void test_alert(void **state)
{
    static const char *const nobody[] = {NULL};
    static const DWORD protocols[] = {SP_PROT_TLS1_2, SP_PROT_TLS1_3};
    struct side client, server;

    (void)state;
    for (size_t i = 0; i < ARRAYSIZE(protocols); i++) {
        alice.protocols = server_credentials.protocols = protocols[i];
        set_policy(nobody);
        acquire(&client, &server);
        assert_int_equal(shake(&client, &server, 0), SEC_E_DELEGATION_POLICY);
        assert_int_equal(server.status, SEC_E_LOGON_DENIED); /* access_denied */
        end(&client, &server);
        set_policy(NULL);
        alice.roots = NULL;
        acquire(&client, &server);
        client.requirements |= ISC_REQ_MUTUAL_AUTH;
        assert_int_equal(shake(&client, &server, 0), SEC_E_MUTUAL_AUTH_FAILED);
        assert_int_equal(server.status, SEC_E_CERT_UNKNOWN);
        end(&client, &server);
        alice.roots = roots;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_flags, reset),
        cmocka_unit_test_setup(test_target_unknown, reset),
        cmocka_unit_test_setup(test_handles, reset),
        cmocka_unit_test_setup(test_no_credentials, reset),
        cmocka_unit_test_setup(test_supplied, reset),
        cmocka_unit_test_setup(test_logon_denied, reset),
        cmocka_unit_test_setup(test_no_authority, reset),
        cmocka_unit_test_setup(test_policy, reset),
        cmocka_unit_test_setup(test_mutual, reset),
        cmocka_unit_test_setup(test_nothing_sent, reset),
        cmocka_unit_test_setup(test_invalid_token, reset),
        cmocka_unit_test_setup(test_no_request, reset),
        cmocka_unit_test_setup(test_internal_error, reset),
        cmocka_unit_test_setup(test_altered, reset),
        cmocka_unit_test_setup(test_closed, reset),
        cmocka_unit_test_setup(test_extended_error, reset),
        cmocka_unit_test_setup(test_alert, reset),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
