/*
 * Handshakes that succeed: versions of TLS, flags, tokens that come in pieces or with more behind
 * them, what is delegated, and messages afterwards.
 */
#include "tests/unit/credssp/sides.h"

#include <credmgr.h>
#include <ntsecapi.h>
#include <string.h>

#include "base/utf16.h"

static DWORD protocol_of(struct side *s)
{
    SecPkgContext_ConnectionInfo info;

    assert_int_equal(QueryContextAttributesW(&s->context, SECPKG_ATTR_CONNECTION_INFO, &info),
                     SEC_E_OK);
    return info.dwProtocol;
}

static void test_handshake(void **state)
{
    static const DWORD protocols[] = {SP_PROT_TLS1_2, SP_PROT_TLS1_3};
    struct side client, server;

    (void)state;
    for (size_t i = 0; i < ARRAYSIZE(protocols); i++) {
        alice.protocols = server_credentials.protocols = protocols[i];
        acquire(&client, &server);
        assert_int_equal(leg(&client, &server), SEC_I_CONTINUE_NEEDED);
        assert_true(server.wire_size > 0);
        assert_int_equal(server.wire[0], 0x16); /* a TLS handshake */
        assert_int_equal(shake(&client, &server, 0), SEC_E_OK);
        assert_int_equal(client.empty_tokens + server.empty_tokens, 0);
        assert_true(protocol_of(&client) & protocols[i]);
        assert_true(protocol_of(&server) & protocols[i]);
        assert_true(client.expiry.QuadPart > 0);
        assert_messages(&client, &server, 1);
        assert_messages(&client, &server, 16384);
        end(&client, &server);
    }
}

/* What a program may ask for, and what it is told. */
static void test_flags(void **state)
{
    ULONG always = ISC_RET_SEQUENCE_DETECT | ISC_RET_REPLAY_DETECT | ISC_RET_CONFIDENTIALITY |
                   ISC_RET_STREAM | ISC_RET_INTEGRITY | ISC_RET_MANUAL_CRED_VALIDATION |
                   ISC_RET_ALLOCATED_MEMORY;
    struct side client, server;

    (void)state;
    acquire(&client, &server);
    client.requirements = server.requirements = 0;
    assert_int_equal(shake(&client, &server, 0), SEC_E_OK);
    assert_int_equal(client.attributes, always);
    assert_int_equal(server.attributes, ASC_RET_SEQUENCE_DETECT | ASC_RET_REPLAY_DETECT |
                                            ASC_RET_CONFIDENTIALITY | ASC_RET_STREAM |
                                            ASC_RET_INTEGRITY | ASC_RET_ALLOCATED_MEMORY);
    forget(&client);
    forget(&server);
    client.requirements = ISC_REQ_CONNECTION | ISC_REQ_EXTENDED_ERROR | ISC_REQ_STREAM |
                          ISC_REQ_SEQUENCE_DETECT | ISC_REQ_REPLAY_DETECT |
                          ISC_REQ_CONFIDENTIALITY | ISC_REQ_INTEGRITY | ISC_REQ_USE_SESSION_KEY |
                          ISC_REQ_MANUAL_CRED_VALIDATION | ISC_REQ_USE_SUPPLIED_CREDS |
                          ISC_REQ_DELEGATE | ISC_REQ_MUTUAL_AUTH | ISC_REQ_UNVERIFIED_TARGET_NAME;
    server.requirements = ASC_REQ_CONNECTION | ASC_REQ_EXTENDED_ERROR | ASC_REQ_STREAM |
                          ASC_REQ_SEQUENCE_DETECT | ASC_REQ_REPLAY_DETECT | ASC_REQ_DELEGATE |
                          ASC_REQ_CONFIDENTIALITY | ASC_REQ_INTEGRITY | ASC_REQ_USE_SESSION_KEY;
    assert_int_equal(shake(&client, &server, 0), SEC_E_OK);
    assert_int_equal(client.attributes, always | ISC_RET_CONNECTION | ISC_RET_EXTENDED_ERROR |
                                            ISC_RET_USED_SUPPLIED_CREDS | ISC_RET_DELEGATE |
                                            ISC_RET_MUTUAL_AUTH);
    assert_int_equal(
        server.attributes &
            (ASC_RET_CONNECTION | ASC_RET_EXTENDED_ERROR | ASC_RET_STREAM | ASC_RET_DELEGATE),
        ASC_RET_CONNECTION | ASC_RET_EXTENDED_ERROR | ASC_RET_STREAM | ASC_RET_DELEGATE);
    end(&client, &server);
}

/* Without ISC_REQ_ALLOCATE_MEMORY; and what is reserved is not looked at. */
static void test_own_memory(void **state)
{
    uint8_t room[4096];
    SecBuffer out = {sizeof(room), SECBUFFER_TOKEN, room};
    SecBufferDesc output = {SECBUFFER_VERSION, 1, &out};
    struct side client, server;

    (void)state;
    acquire(&client, &server);
    assert_int_equal(InitializeSecurityContextA(&client.credential, NULL, (SEC_CHAR *)TARGET, 0, 7,
                                                SECURITY_NETWORK_DREP, NULL, 9, &client.context,
                                                &output, &client.attributes, NULL),
                     SEC_I_CONTINUE_NEEDED);
    client.has_context = true;
    assert_true(out.cbBuffer > 0 && out.cbBuffer < sizeof(room));
    assert_int_equal(client.attributes & ISC_RET_ALLOCATED_MEMORY, 0);
    forget(&client);
    out = (SecBuffer){5, SECBUFFER_TOKEN, room};
    assert_int_equal(InitializeSecurityContextA(&client.credential, NULL, (SEC_CHAR *)TARGET, 0, 0,
                                                SECURITY_NETWORK_DREP, NULL, 0, &client.context,
                                                &output, &client.attributes, NULL),
                     SEC_E_BUFFER_TOO_SMALL);
    assert_true(out.cbBuffer > 5);
    end(&client, &server);
}

/* The wire delivers as it likes. */
static void test_pieces(void **state)
{
    static const size_t pieces[] = {1, 2, 5, 6, 100, 1000, 4096};
    static const DWORD protocols[] = {SP_PROT_TLS1_2, SP_PROT_TLS1_3};
    struct side client, server;

    (void)state;
    for (size_t p = 0; p < ARRAYSIZE(protocols); p++) {
        alice.protocols = server_credentials.protocols = protocols[p];
        acquire(&client, &server);
        for (size_t i = 0; i < ARRAYSIZE(pieces); i++) {
            assert_int_equal(shake(&client, &server, pieces[i]), SEC_E_OK);
            assert_messages(&client, &server, 100);
            forget(&client);
            forget(&server);
        }
        end(&client, &server);
    }
}

/* Bytes that SECBUFFER_MISSING says are enough never are too many, and lead on. */
static void test_missing(void **state)
{
    struct side client, server;
    unsigned missing = 0;

    (void)state;
    acquire(&client, &server);
    leg(&client, &server);
    while (server.status != SEC_E_OK) {
        struct side *s =
            server.wire_size || server.status == SEC_E_INCOMPLETE_MESSAGE ? &server : &client;
        struct side *peer = s == &server ? &client : &server;

        if (s->status == SEC_E_INCOMPLETE_MESSAGE) {
            missing++;
            assert_true(s->missing <= s->wire_size);
            deliver(s, s->missing);
        } else if (!s->inbox_size) {
            assert_true(s->wire_size > 0);
            deliver(s, 1);
        }
        leg(s, peer);
        assert_true(s->status >= 0 || s->status == SEC_E_INCOMPLETE_MESSAGE);
    }
    assert_int_equal(client.status, SEC_E_OK);
    assert_true(missing >= 6);
    end(&client, &server);
}

/* What the client sends right behind its credentials is for DecryptMessage. */
static void test_extra(void **state)
{
    struct side client, server;
    uint8_t data[64];
    size_t size;

    (void)state;
    acquire(&client, &server);
    while (client.status != SEC_E_OK) {
        leg(&client, &server);
        if (client.status == SEC_E_OK)
            break;
        deliver(&server, 0);
        assert_int_equal(leg(&server, &client), SEC_I_CONTINUE_NEEDED);
        deliver(&client, 0);
    }
    assert_int_equal(send_message(&client, &server, "at once", 7), SEC_E_OK);
    assert_int_equal(send_message(&client, &server, "and more", 8), SEC_E_OK);
    deliver(&server, 0);
    assert_int_equal(leg(&server, &client), SEC_E_OK);
    assert_int_equal(server.extras, 1);
    assert_int_equal(receive_message(&server, data, &size), SEC_E_OK);
    assert_int_equal(size, 7);
    assert_memory_equal(data, "at once", 7);
    assert_int_equal(receive_message(&server, data, &size), SEC_E_OK);
    assert_memory_equal(data, "and more", 8);
    assert_int_equal(server.inbox_size, 0);
    assert_messages(&client, &server, 10);
    end(&client, &server);
}

/* The host's name is what the certificate must have; the rest of the target is TSPkg's. */
static void test_names(void **state)
{
    static const struct {
        const char *target;
        SECURITY_STATUS status;
    } all[] = {
        {"TERMSRV/server.example.test", SEC_E_OK},
        {"TERMSRV/SERVER.example.test:3389", SEC_E_OK},
        {"MSSQLSvc/server.example.test:1433/instance", SEC_E_OK},
        {"server.example.test", SEC_E_OK},
        {"TERMSRV/example.test", SEC_E_WRONG_PRINCIPAL},
        {"server.example.test/TERMSRV", SEC_E_WRONG_PRINCIPAL},
    };
    struct side client, server;

    (void)state;
    acquire(&client, &server);
    for (size_t i = 0; i < ARRAYSIZE(all); i++) {
        client.target = all[i].target;
        client.requirements = ISC_REQ_MUTUAL_AUTH;
        assert_int_equal(shake(&client, &server, 0), all[i].status);
        forget(&client);
        forget(&server);
    }
    end(&client, &server);
}

/* What stands beside the token on the first leg is Schannel's. */
static void test_alpn(void **state)
{
    struct {
        SEC_APPLICATION_PROTOCOLS head;
        uint8_t room[16];
    } protocols = {.head = {.ProtocolListsSize = 12}};
    SEC_APPLICATION_PROTOCOL_LIST *list = protocols.head.ProtocolLists;
    SecBuffer of_client = {16, SECBUFFER_APPLICATION_PROTOCOLS, &protocols};
    SecBuffer of_server[3], out = {0, SECBUFFER_TOKEN, NULL};
    SecBufferDesc input = {SECBUFFER_VERSION, 1, &of_client};
    SecBufferDesc output = {SECBUFFER_VERSION, 1, &out};
    SecPkgContext_ApplicationProtocol chosen;
    struct side client, server;

    (void)state;
    list->ProtoNegoExt = SecApplicationProtocolNegotiationExt_ALPN;
    list->ProtocolListSize = 6;
    memcpy(list->ProtocolList, "\x05nlate", 6);
    acquire(&client, &server);
    assert_int_equal(InitializeSecurityContextA(&client.credential, NULL, (SEC_CHAR *)TARGET,
                                                ISC_REQ_ALLOCATE_MEMORY, 0, 0, &input, 0,
                                                &client.context, &output, &client.attributes, NULL),
                     SEC_I_CONTINUE_NEEDED);
    client.has_context = true;
    of_server[0] = (SecBuffer){out.cbBuffer, SECBUFFER_TOKEN, out.pvBuffer};
    of_server[1] = (SecBuffer){0, SECBUFFER_EMPTY, NULL};
    of_server[2] = of_client;
    input = (SecBufferDesc){SECBUFFER_VERSION, 3, of_server};
    out = (SecBuffer){0, SECBUFFER_TOKEN, NULL};
    assert_int_equal(AcceptSecurityContext(&server.credential, NULL, &input,
                                           ASC_REQ_ALLOCATE_MEMORY, 0, &server.context, &output,
                                           &server.attributes, NULL),
                     SEC_I_CONTINUE_NEEDED);
    server.has_context = true;
    FreeContextBuffer(of_server[0].pvBuffer);
    memcpy(client.wire, out.pvBuffer, out.cbBuffer);
    client.wire_size = out.cbBuffer;
    FreeContextBuffer(out.pvBuffer);
    assert_int_equal(shake(&client, &server, 0), SEC_E_OK);
    assert_int_equal(
        QueryContextAttributesW(&client.context, SECPKG_ATTR_APPLICATION_PROTOCOL, &chosen),
        SEC_E_OK);
    assert_int_equal(chosen.ProtocolIdSize, 5);
    assert_memory_equal(chosen.ProtocolId, "nlate", 5);
    end(&client, &server);
}

/* There is nothing to complete. */
static void test_complete(void **state)
{
    SecBuffer token = {0, SECBUFFER_TOKEN, NULL};
    SecBufferDesc desc = {SECBUFFER_VERSION, 1, &token};
    struct side client, server;

    (void)state;
    meet(&client, &server);
    assert_int_equal(CompleteAuthToken(&client.context, &desc), SEC_E_OK);
    assert_int_equal(CompleteAuthToken(&server.context, &desc), SEC_E_OK);
    end(&client, &server);
}

/* After any leg of either side, and the other is left alone. */
static void test_deleted(void **state)
{
    struct side client, server;
    bool done = false;

    (void)state;
    acquire(&client, &server);
    for (unsigned last = 1; !done; last++) {
        for (unsigned n = 0; n < last && !done; n++) {
            struct side *s = n % 2 ? &server : &client, *peer = n % 2 ? &client : &server;

            deliver(s, 0);
            leg(s, peer);
            assert_true(s->status >= 0);
            done = server.status == SEC_E_OK;
        }
        forget(last % 2 ? &server : &client);
        forget(last % 2 ? &client : &server);
        assert_true(last < 12);
    }
    end(&client, &server);
}

/* ---- what is delegated ------------------------------------------------------------------------
 */

static void assert_delegated(struct side *server, const WCHAR *user, const WCHAR *password)
{
    SecPkgContext_ClientCreds creds;
    KERB_INTERACTIVE_LOGON *logon;

    assert_int_equal(QueryContextAttributesW(&server->context, SECPKG_ATTR_CREDS, &creds),
                     SEC_E_OK);
    assert_true(creds.AuthBufferLen >= sizeof(*logon));
    logon = (KERB_INTERACTIVE_LOGON *)(void *)creds.AuthBuffer;
    assert_int_equal(logon->MessageType, KerbInteractiveLogon);
    assert_int_equal(logon->UserName.Length / sizeof(WCHAR), utf16_length(user));
    assert_memory_equal(creds.AuthBuffer + (uintptr_t)logon->UserName.Buffer, user,
                        logon->UserName.Length);
    assert_int_equal(logon->Password.Length / sizeof(WCHAR), utf16_length(password));
    assert_memory_equal(creds.AuthBuffer + (uintptr_t)logon->Password.Buffer, password,
                        logon->Password.Length);
    FreeContextBuffer(creds.AuthBuffer);
}

static void test_delegate(void **state)
{
    struct side client, server;

    (void)state;
    meet(&client, &server);
    assert_true(client.attributes & ISC_RET_DELEGATE);
    assert_true(server.attributes & ASC_RET_DELEGATE);
    assert_delegated(&server, USER, PASSWORD);
    end(&client, &server);
}

/* Credential, target and the place for the handle are the first call's. */
static void test_later_calls(void **state)
{
    struct side client, server;

    (void)state;
    acquire(&client, &server);
    client.sparing = server.sparing = true;
    assert_int_equal(shake(&client, &server, 0), SEC_E_OK);
    assert_true(client.legs > 2 && server.legs > 2);
    assert_delegated(&server, USER, PASSWORD);
    assert_messages(&client, &server, 10);
    end(&client, &server);
}

static void test_empty_set(void **state)
{
    static const char *const nobody[] = {NULL};
    SecPkgContext_ClientCreds creds;
    struct side client, server;

    (void)state;
    set_policy(nobody); /* asks for nothing, so it is not asked */
    acquire(&client, &server);
    client.requirements = 0;
    assert_int_equal(shake(&client, &server, 0), SEC_E_OK);
    assert_int_equal(client.attributes & ISC_RET_DELEGATE, 0);
    assert_int_equal(server.attributes & ASC_RET_DELEGATE, 0);
    assert_int_equal(QueryContextAttributesW(&server.context, SECPKG_ATTR_CREDS, &creds),
                     SEC_E_NO_CREDENTIALS);
    assert_messages(&client, &server, 10);
    end(&client, &server);
}

/* SECBUFFER_PKG_PARAMS: other credentials than the handle's, for this context. */
static void test_package_parameters(void **state)
{
    struct credentials nobody = alice;
    SecBuffer in = {sizeof(CREDSSP_CRED), SECBUFFER_PKG_PARAMS, NULL};
    SecBuffer out = {0, SECBUFFER_TOKEN, NULL};
    SecBufferDesc input = {SECBUFFER_VERSION, 1, &in}, output = {SECBUFFER_VERSION, 1, &out};
    struct side client, server;
    ULONG flags = ISC_REQ_DELEGATE | ISC_REQ_USE_SUPPLIED_CREDS | ISC_REQ_ALLOCATE_MEMORY;

    (void)state;
    nobody.password = u"nobody knows";
    assert_int_equal(acquire_as(&client, true, &nobody), SEC_E_OK);
    assert_int_equal(acquire_as(&server, false, &server_credentials), SEC_E_OK);
    assert_int_equal(shake(&client, &server, 0), SEC_E_LOGON_DENIED);
    forget(&client);
    forget(&server);
    in.pvBuffer = auth_data_of(&alice, true);
    assert_int_equal(InitializeSecurityContextA(&client.credential, NULL, (SEC_CHAR *)TARGET, flags,
                                                0, SECURITY_NATIVE_DREP, &input, 0, &client.context,
                                                &output, &client.attributes, NULL),
                     SEC_I_CONTINUE_NEEDED);
    client.has_context = true;
    client.requirements = flags;
    assert_true(out.cbBuffer < ROOM);
    memcpy(server.wire, out.pvBuffer, out.cbBuffer);
    server.wire_size = out.cbBuffer;
    FreeContextBuffer(out.pvBuffer);
    assert_int_equal(shake(&client, &server, 0), SEC_E_OK);
    assert_true(client.attributes & ISC_RET_USED_SUPPLIED_CREDS);
    assert_delegated(&server, USER, PASSWORD);
    forget(&client);
    in.cbBuffer = sizeof(CREDSSP_CRED) - 1;
    assert_int_equal(InitializeSecurityContextA(&client.credential, NULL, (SEC_CHAR *)TARGET, flags,
                                                0, SECURITY_NATIVE_DREP, &input, 0, &client.context,
                                                &output, &client.attributes, NULL),
                     SEC_E_UNKNOWN_CREDENTIALS);
    end(&client, &server);
}

/* When the server has heard of alice already, others come too late. */
static void test_late_parameters(void **state)
{
    struct credentials bob = alice;
    SecBuffer in[2] = {{0, SECBUFFER_TOKEN, NULL},
                       {sizeof(CREDSSP_CRED), SECBUFFER_PKG_PARAMS, NULL}};
    SecBuffer out = {0, SECBUFFER_TOKEN, NULL};
    SecBufferDesc input = {SECBUFFER_VERSION, 2, in}, output = {SECBUFFER_VERSION, 1, &out};
    struct side client, server;

    (void)state;
    bob.user = u"bob";
    alice.protocols = server_credentials.protocols = SP_PROT_TLS1_3;
    acquire(&client, &server);
    for (int i = 0; i < 2; i++) { /* the second brings the first TSRequest */
        leg(&client, &server);
        deliver(&server, 0);
        assert_int_equal(leg(&server, &client), SEC_I_CONTINUE_NEEDED);
        deliver(&client, 0);
    }
    in[0].cbBuffer = (ULONG)client.inbox_size;
    in[0].pvBuffer = client.inbox;
    in[1].pvBuffer = auth_data_of(&bob, true);
    assert_int_equal(InitializeSecurityContextA(
                         &client.credential, &client.context, (SEC_CHAR *)TARGET,
                         ISC_REQ_DELEGATE | ISC_REQ_USE_SUPPLIED_CREDS | ISC_REQ_ALLOCATE_MEMORY, 0,
                         SECURITY_NATIVE_DREP, &input, 0, &client.context, &output,
                         &client.attributes, NULL),
                     SEC_E_WRONG_CREDENTIAL_HANDLE);
    assert_null(out.pvBuffer);
    end(&client, &server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_handshake, reset),
        cmocka_unit_test_setup(test_later_calls, reset),
        cmocka_unit_test_setup(test_flags, reset),
        cmocka_unit_test_setup(test_own_memory, reset),
        cmocka_unit_test_setup(test_pieces, reset),
        cmocka_unit_test_setup(test_missing, reset),
        cmocka_unit_test_setup(test_extra, reset),
        cmocka_unit_test_setup(test_names, reset),
        cmocka_unit_test_setup(test_alpn, reset),
        cmocka_unit_test_setup(test_complete, reset),
        cmocka_unit_test_setup(test_deleted, reset),
        cmocka_unit_test_setup(test_delegate, reset),
        cmocka_unit_test_setup(test_empty_set, reset),
        cmocka_unit_test_setup(test_package_parameters, reset),
        cmocka_unit_test_setup(test_late_parameters, reset),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
