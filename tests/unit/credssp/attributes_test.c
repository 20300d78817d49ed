/*
 * What a context tells about itself: on both sides, before and after it is established, in the A
 * and the W form.
 */
#include "tests/unit/credssp/sides.h"

#include <ntsecapi.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/utf16.h"

static SECURITY_STATUS ask(struct side *s, ULONG attribute, void *out)
{
    return QueryContextAttributesW(&s->context, attribute, out);
}

static void assert_package(struct side *s, ULONG attribute, const char *name)
{
    SecPkgContext_PackageInfoA narrow = {NULL};
    SecPkgContext_PackageInfoW wide = {NULL};
    char *utf8;

    assert_int_equal(QueryContextAttributesA(&s->context, attribute, &narrow), SEC_E_OK);
    assert_string_equal(narrow.PackageInfo->Name, name);
    FreeContextBuffer(narrow.PackageInfo);
    assert_int_equal(ask(s, attribute, &wide), SEC_E_OK);
    utf8 = utf16_to_utf8(wide.PackageInfo->Name, utf16_length(wide.PackageInfo->Name), NULL);
    assert_string_equal(utf8, name);
    free(utf8);
    FreeContextBuffer(wide.PackageInfo);
}

static void test_names(void **state)
{
    SecPkgContext_NamesA names = {NULL};
    SecPkgContext_Flags flags;
    struct side client, server;

    (void)state;
    meet(&client, &server);
    assert_package(&client, SECPKG_ATTR_PACKAGE_INFO, "CREDSSP");
    assert_package(&server, SECPKG_ATTR_PACKAGE_INFO, "CREDSSP");
    assert_package(&client, SECPKG_ATTR_NEGOTIATION_PACKAGE, "NTLM");
    assert_package(&server, SECPKG_ATTR_NEGOTIATION_PACKAGE, "NTLM");
    assert_int_equal(QueryContextAttributesA(&server.context, SECPKG_ATTR_NAMES, &names), SEC_E_OK);
    assert_string_equal(names.sUserName, "BOX\\alice");
    FreeContextBuffer(names.sUserName);
    assert_int_equal(ask(&client, SECPKG_ATTR_FLAGS, &flags), SEC_E_OK);
    assert_int_equal(flags.Flags, client.attributes & ~(ULONG)ISC_RET_ALLOCATED_MEMORY);
    assert_int_equal(ask(&server, SECPKG_ATTR_FLAGS, &flags), SEC_E_OK);
    assert_int_equal(flags.Flags, server.attributes & ~(ULONG)ASC_RET_ALLOCATED_MEMORY);
    end(&client, &server);
}

/* ---- which server -----------------------------------------------------------------------------
 */

static void assert_trust(DWORD errors, ULONG flags)
{
    CERT_TRUST_STATUS trust = {~0U, ~0U};
    SecPkgContext_Flags auth = {~0U};
    struct side client, server;

    meet(&client, &server);
    assert_int_equal(ask(&client, SECPKG_ATTR_CERT_TRUST_STATUS, &trust), SEC_E_OK);
    assert_int_equal(trust.dwErrorStatus & errors, errors);
    assert_int_equal(trust.dwErrorStatus == CERT_TRUST_NO_ERROR, errors == CERT_TRUST_NO_ERROR);
    assert_int_equal(ask(&client, SECPKG_ATTR_SERVER_AUTH_FLAGS, &auth), SEC_E_OK);
    assert_int_equal(auth.Flags, flags);
    end(&client, &server);
}

static void test_trust(void **state)
{
    struct entity entity;

    (void)state;
    assert_trust(CERT_TRUST_NO_ERROR, CREDSSP_SERVER_AUTH_CERTIFICATE);
    alice.roots = NULL;
    assert_trust(CERT_TRUST_IS_PARTIAL_CHAIN, 0);
    alice.roots = roots;
    /* For credentials alone, as those of Remote Desktop servers may be; and for neither. */
    entity = entity_make(&(struct wish){.subject = "server.example.test",
                                        .names = "DNS:server.example.test",
                                        .usage = szOID_TS_KP_TS_SERVER_AUTH},
                         &authority);
    server_credentials.entity = &entity;
    assert_trust(CERT_TRUST_NO_ERROR, CREDSSP_SERVER_AUTH_CERTIFICATE);
    entity_free(&entity);
    entity = entity_make(&(struct wish){.subject = "server.example.test",
                                        .names = "DNS:server.example.test",
                                        .usage = "clientAuth"},
                         &authority);
    assert_trust(CERT_TRUST_IS_NOT_VALID_FOR_USAGE, 0);
    entity_free(&entity);
    /* A name that is not asked for. */
    server_credentials.entity = &other_entity;
    alice.flags = SCH_CRED_NO_SERVERNAME_CHECK;
    assert_trust(CERT_TRUST_NO_ERROR, CREDSSP_SERVER_AUTH_CERTIFICATE);
}

/* ---- what the server gets ---------------------------------------------------------------------
 */

static void assert_text(const SecPkgContext_ClientCreds *creds, const UNICODE_STRING *text,
                        const WCHAR *expected)
{
    size_t size = utf16_length(expected) * sizeof(WCHAR);

    assert_int_equal(text->Length, size);
    assert_true((uintptr_t)text->Buffer + size <= creds->AuthBufferLen);
    assert_memory_equal(creds->AuthBuffer + (uintptr_t)text->Buffer, expected, size);
}

static void test_creds(void **state)
{
    static const ULONG both[] = {SECPKG_ATTR_CREDS, SECPKG_ATTR_CREDS_2};
    SecPkgContext_ClientCreds creds;
    const KERB_INTERACTIVE_LOGON *logon;
    struct side client, server;

    (void)state;
    meet(&client, &server);
    for (size_t i = 0; i < ARRAYSIZE(both); i++) {
        assert_int_equal(ask(&server, both[i], &creds), SEC_E_OK);
        logon = (const KERB_INTERACTIVE_LOGON *)(const void *)creds.AuthBuffer;
        assert_true(creds.AuthBufferLen >= sizeof(*logon));
        assert_int_equal(logon->MessageType, KerbInteractiveLogon);
        assert_text(&creds, &logon->LogonDomainName, DOMAIN);
        assert_text(&creds, &logon->UserName, USER);
        assert_text(&creds, &logon->Password, PASSWORD);
        FreeContextBuffer(creds.AuthBuffer);
        assert_int_equal(ask(&client, both[i], &creds), SEC_E_UNSUPPORTED_FUNCTION);
    }
    end(&client, &server);
}

/* The client is a user of this machine. */
static void test_tokens(void **state)
{
    static const ULONG both[] = {SECPKG_ATTR_C_ACCESS_TOKEN, SECPKG_ATTR_C_FULL_ACCESS_TOKEN};
    const struct passwd *me = getpwuid(geteuid());
    SecPkgContext_AccessToken access;
    struct side client, server;
    size_t units;
    WCHAR *name;
    HANDLE token;

    (void)state;
    assert_non_null(me);
    name = utf16_from_utf8(me->pw_name, strlen(me->pw_name), &units);
    alice.user = server_credentials.user = name;
    alice.domain = server_credentials.domain = u"";
    meet(&client, &server);
    assert_int_equal(QuerySecurityContextToken(&server.context, &token), SEC_E_OK);
    assert_true(CloseHandle(token));
    for (size_t i = 0; i < ARRAYSIZE(both); i++) {
        access.AccessToken = NULL;
        assert_int_equal(ask(&server, both[i], &access), SEC_E_OK);
        assert_non_null(access.AccessToken);
        assert_true(ask(&client, both[i], &access) < 0);
    }
    assert_int_equal(ImpersonateSecurityContext(&server.context), SEC_E_OK);
    assert_int_equal(geteuid(), me->pw_uid);
    assert_int_equal(RevertSecurityContext(&server.context), SEC_E_OK);
    end(&client, &server);
    free(name);
}

/* ---- the channel ------------------------------------------------------------------------------
 */

static void test_channel(void **state)
{
    SecPkgContext_StreamSizes streams;
    SecPkgContext_Sizes sizes;
    SecPkgContext_ConnectionInfo info;
    static const ULONG bindings[] = {SECPKG_ATTR_ENDPOINT_BINDINGS, SECPKG_ATTR_UNIQUE_BINDINGS};
    SecPkgContext_Bindings of_client, of_server;
    SecPkgContext_SessionKey key;
    PCCERT_CONTEXT certificate = NULL;
    struct side client, server;

    (void)state;
    meet(&client, &server);
    assert_int_equal(ask(&client, SECPKG_ATTR_STREAM_SIZES, &streams), SEC_E_OK);
    assert_int_equal(streams.cbMaximumMessage, 16384);
    assert_true(streams.cbHeader >= 5 && streams.cbTrailer > 0);
    assert_int_equal(ask(&client, SECPKG_ATTR_SIZES, &sizes), SEC_E_OK);
    assert_int_equal(ask(&server, SECPKG_ATTR_CONNECTION_INFO, &info), SEC_E_OK);
    assert_true(info.dwCipherStrength >= 128);
    assert_int_equal(ask(&client, SECPKG_ATTR_REMOTE_CERT_CONTEXT, (void *)&certificate), SEC_E_OK);
    assert_int_equal(certificate->cbCertEncoded, i2d_X509(server_entity.x509, NULL));
    CertFreeCertificateContext(certificate);
    for (size_t i = 0; i < ARRAYSIZE(bindings); i++) {
        assert_int_equal(ask(&client, bindings[i], &of_client), SEC_E_OK);
        assert_int_equal(ask(&server, bindings[i], &of_server), SEC_E_OK);
        assert_true(of_client.BindingsLength > sizeof(SEC_CHANNEL_BINDINGS));
        assert_int_equal(of_client.BindingsLength, of_server.BindingsLength);
        assert_memory_equal(of_client.Bindings, of_server.Bindings, of_client.BindingsLength);
        FreeContextBuffer(of_client.Bindings);
        FreeContextBuffer(of_server.Bindings);
    }
    assert_int_equal(ask(&client, SECPKG_ATTR_SESSION_KEY, &key), SEC_E_OK);
    assert_true(key.SessionKeyLength > 0);
    FreeContextBuffer(key.SessionKey);
    end(&client, &server);
}

/* ---- at the wrong time, or of the wrong side --------------------------------------------------
 */

static void test_incomplete(void **state)
{
    static const ULONG later[] = {SECPKG_ATTR_CREDS,
                                  SECPKG_ATTR_CREDS_2,
                                  SECPKG_ATTR_NEGOTIATION_PACKAGE,
                                  SECPKG_ATTR_NAMES,
                                  SECPKG_ATTR_SERVER_AUTH_FLAGS,
                                  SECPKG_ATTR_C_ACCESS_TOKEN,
                                  SECPKG_ATTR_CERT_TRUST_STATUS,
                                  SECPKG_ATTR_SIZES};
    uint8_t room[512];
    struct side client, server;

    (void)state;
    acquire(&client, &server);
    leg(&client, &server);
    for (size_t i = 0; i < ARRAYSIZE(later); i++)
        assert_int_equal(ask(&client, later[i], room), SEC_E_INVALID_HANDLE);
    assert_package(&client, SECPKG_ATTR_PACKAGE_INFO, "CREDSSP");
    assert_int_equal(shake(&client, &server, 0), SEC_E_OK);
    end(&client, &server);
}

static void test_unsupported(void **state)
{
    static const ULONG of_clients[] = {SECPKG_ATTR_SERVER_AUTH_FLAGS,
                                       SECPKG_ATTR_CERT_TRUST_STATUS};
    uint8_t room[512];
    struct side client, server;

    (void)state;
    meet(&client, &server);
    for (size_t i = 0; i < ARRAYSIZE(of_clients); i++)
        assert_int_equal(ask(&server, of_clients[i], room), SEC_E_UNSUPPORTED_FUNCTION);
    assert_int_equal(ask(&client, 0x80001234, room), SEC_E_UNSUPPORTED_FUNCTION);
    assert_int_equal(ask(&server, SECPKG_ATTR_SUBJECT_SECURITY_ATTRIBUTES, room),
                     SEC_E_UNSUPPORTED_FUNCTION);
    end(&client, &server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_names, reset),
        cmocka_unit_test_setup(test_trust, reset),
        cmocka_unit_test_setup(test_creds, reset),
        cmocka_unit_test_setup(test_tokens, reset),
        cmocka_unit_test_setup(test_channel, reset),
        cmocka_unit_test_setup(test_incomplete, reset),
        cmocka_unit_test_setup(test_unsupported, reset),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
