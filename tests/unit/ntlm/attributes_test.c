/*
 * What established contexts tell of themselves, at both ends; and the tokens of clients whom a
 * verifier knew.
 */
#include "tests/unit/ntlm/harness.h"

#include <string.h>
#include <unistd.h>

#include <credmgr.h>

#include "base/utf16.h"
#include "libsspi/packages/ntlm/wire/message.h"
#include "libsspi/packages/ntlm/packed.h"
#include "libsspi/packages/ntlm/verify/authorization.h"

static struct side client, server;

static int begin(void **state)
{
    (void)state;
    assert_int_equal(side_acquire(&client, true, "Alice", "EXAMPLE", "sésame"), SEC_E_OK);
    assert_int_equal(side_acquire(&server, false, "Alice", "EXAMPLE", "sésame"), SEC_E_OK);
    client.target = u"HTTP/www.example.com";
    assert_int_equal(shake(&client, ISC_REQ_CONFIDENTIALITY, &server, 0, NULL), SEC_E_OK);
    return 0;
}

static int end(void **state)
{
    (void)state;
    side_end(&client);
    side_end(&server);
    return 0;
}

static SECURITY_STATUS ask(struct side *s, ULONG attribute, void *out)
{
    return QueryContextAttributesW(&s->context, attribute, out);
}

static void assert_wide(const WCHAR *text, const WCHAR *expected)
{
    assert_int_equal(utf16_length(text), utf16_length(expected));
    assert_memory_equal(text, expected, utf16_length(expected) * sizeof(WCHAR));
}

static void test_names(void **state)
{
    struct side *ends[] = {&client, &server};

    (void)state;
    for (int i = 0; i < 2; i++) {
        SecPkgContext_NativeNamesW native;
        SecPkgContext_ClientSpecifiedTarget specified;
        SecPkgContext_Target target;
        SecPkgContext_AuthorityW authority;
        SecPkgContext_DceInfo dce;

        assert_names(ends[i], "EXAMPLE\\Alice");
        assert_int_equal(ask(ends[i], SECPKG_ATTR_NATIVE_NAMES, &native), SEC_E_OK);
        assert_wide(native.sClientName, u"EXAMPLE\\Alice");
        assert_wide(native.sServerName, u"HTTP/www.example.com");
        FreeContextBuffer(native.sClientName);
        FreeContextBuffer(native.sServerName);
        assert_int_equal(ask(ends[i], SECPKG_ATTR_CLIENT_SPECIFIED_TARGET, &specified), SEC_E_OK);
        assert_wide(specified.sTargetName, u"HTTP/www.example.com");
        FreeContextBuffer(specified.sTargetName);
        assert_int_equal(ask(ends[i], SECPKG_ATTR_TARGET, &target), SEC_E_OK);
        assert_int_equal(target.TargetLength, 20 * sizeof(WCHAR));
        assert_memory_equal(target.Target, u"HTTP/www.example.com", target.TargetLength);
        FreeContextBuffer(target.Target);
        assert_int_equal(ask(ends[i], SECPKG_ATTR_AUTHORITY, &authority), SEC_E_OK);
        assert_wide(authority.sAuthorityName, u"EXAMPLE");
        FreeContextBuffer(authority.sAuthorityName);
        assert_int_equal(ask(ends[i], SECPKG_ATTR_DCE_INFO, &dce), SEC_E_OK);
        assert_int_equal(dce.AuthzSvc, 1);
        assert_wide(dce.pPac, u"EXAMPLE\\Alice");
        FreeContextBuffer(dce.pPac);
    }
}

static void test_session_key(void **state)
{
    SecPkgContext_SessionKey a, b;

    (void)state;
    assert_int_equal(ask(&client, SECPKG_ATTR_SESSION_KEY, &a), SEC_E_OK);
    assert_int_equal(ask(&server, SECPKG_ATTR_SESSION_KEY, &b), SEC_E_OK);
    assert_int_equal(a.SessionKeyLength, 16);
    assert_int_equal(b.SessionKeyLength, 16);
    assert_memory_equal(a.SessionKey, b.SessionKey, 16);
    FreeContextBuffer(a.SessionKey);
    FreeContextBuffer(b.SessionKey);
}

/* The server's names, as both ends saw them in its message. */
static void test_target_information(void **state)
{
    SecPkgContext_TargetInformation a, b;
    struct ntlm_target_info info;

    (void)state;
    assert_int_equal(ask(&client, SECPKG_ATTR_TARGET_INFORMATION, &a), SEC_E_OK);
    assert_int_equal(ask(&server, SECPKG_ATTR_TARGET_INFORMATION, &b), SEC_E_OK);
    assert_int_equal(a.MarshalledTargetInfoLength, b.MarshalledTargetInfoLength);
    assert_memory_equal(a.MarshalledTargetInfo, b.MarshalledTargetInfo,
                        a.MarshalledTargetInfoLength);
    assert_true(ntlm_target_info_read(
        (struct ntlm_bytes){a.MarshalledTargetInfo, a.MarshalledTargetInfoLength}, &info));
    assert_true(info.nb_computer.size > 0 && info.has_timestamp);
    FreeContextBuffer(a.MarshalledTargetInfo);
    FreeContextBuffer(b.MarshalledTargetInfo);
}

static void test_plain_ones(void **state)
{
    struct side *ends[] = {&client, &server};

    (void)state;
    for (int i = 0; i < 2; i++) {
        SecPkgContext_Sizes sizes;
        SecPkgContext_Flags flags;
        SecPkgContext_Lifespan lifespan;
        SecPkgContext_KeyInfoA key;
        SecPkgContext_PackageInfoA package;
        SecPkgContext_NegotiationInfoA negotiation;
        SecPkgContext_CredmgrMic mic;
        SecPkgContext_StreamSizes streams;
        SecPkgContext_Bindings bindings;
        SecPkgContext_LastClientTokenStatus last;

        assert_int_equal(ask(ends[i], SECPKG_ATTR_SIZES, &sizes), SEC_E_OK);
        assert_int_equal(sizes.cbMaxToken, 2888);
        assert_int_equal(sizes.cbMaxSignature, 16);
        assert_int_equal(sizes.cbSecurityTrailer, 16);
        assert_int_equal(ask(ends[i], SECPKG_ATTR_FLAGS, &flags), SEC_E_OK);
        assert_int_equal(flags.Flags, ends[i]->attributes);
        assert_true(flags.Flags & ISC_RET_CONFIDENTIALITY);
        assert_int_equal(ask(ends[i], SECPKG_ATTR_LIFESPAN, &lifespan), SEC_E_OK);
        assert_true(lifespan.tsStart.QuadPart > 0);
        assert_true(lifespan.tsExpiry.QuadPart == INT64_MAX);
        assert_int_equal(QueryContextAttributesA(&ends[i]->context, SECPKG_ATTR_KEY_INFO, &key),
                         SEC_E_OK);
        assert_int_equal(key.KeySize, 128);
        assert_string_equal(key.sEncryptAlgorithmName, "RSADSI RC4");
        assert_string_equal(key.sSignatureAlgorithmName, "HMAC-MD5");
        FreeContextBuffer(key.sEncryptAlgorithmName);
        FreeContextBuffer(key.sSignatureAlgorithmName);
        assert_int_equal(
            QueryContextAttributesA(&ends[i]->context, SECPKG_ATTR_PACKAGE_INFO, &package),
            SEC_E_OK);
        assert_string_equal(package.PackageInfo->Name, "NTLM");
        FreeContextBuffer(package.PackageInfo);
        assert_int_equal(
            QueryContextAttributesA(&ends[i]->context, SECPKG_ATTR_NEGOTIATION_INFO, &negotiation),
            SEC_E_OK);
        assert_int_equal(negotiation.NegotiationState, SECPKG_NEGOTIATION_COMPLETE);
        FreeContextBuffer(negotiation.PackageInfo);
        assert_int_equal(ask(ends[i], SECPKG_ATTR_CREDMGR_MIC, &mic), SEC_E_OK);
        assert_int_equal(mic.HandshakeHadMic, 1);
        assert_int_equal(ask(ends[i], SECPKG_ATTR_STREAM_SIZES, &streams),
                         SEC_E_UNSUPPORTED_FUNCTION);
        assert_int_equal(ask(ends[i], SECPKG_ATTR_ENDPOINT_BINDINGS, &bindings),
                         SEC_E_UNSUPPORTED_FUNCTION);
        assert_int_equal(ask(ends[i], SECPKG_ATTR_LAST_CLIENT_TOKEN_STATUS, &last),
                         ends[i] == &server ? SEC_E_OK : SEC_E_UNSUPPORTED_FUNCTION);
    }
}

/* While the handshake lasts: what it is, and the server's names once it has said them. */
static void test_half_made(void **state)
{
    SecPkgContext_TargetInformation info;
    SecPkgContext_NegotiationInfoW negotiation;
    SecPkgContext_SessionKey key;
    struct ntlm_target_info names;
    struct token one, two;

    (void)state;
    side_reset(&client);
    side_reset(&server);
    assert_int_equal(side_step(&client, ISC_REQ_INTEGRITY, NULL, &one), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(ask(&client, SECPKG_ATTR_TARGET_INFORMATION, &info),
                     SEC_E_UNSUPPORTED_FUNCTION);
    assert_int_equal(side_step(&server, 0, &one, &two), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(ask(&server, SECPKG_ATTR_TARGET_INFORMATION, &info), SEC_E_OK);
    assert_true(ntlm_target_info_read(
        (struct ntlm_bytes){info.MarshalledTargetInfo, info.MarshalledTargetInfoLength}, &names));
    FreeContextBuffer(info.MarshalledTargetInfo);
    assert_int_equal(ask(&client, SECPKG_ATTR_NEGOTIATION_INFO, &negotiation), SEC_E_OK);
    assert_int_equal(negotiation.NegotiationState, SECPKG_NEGOTIATION_IN_PROGRESS);
    FreeContextBuffer(negotiation.PackageInfo);
    assert_true(ask(&client, SECPKG_ATTR_SESSION_KEY, &key) < 0);
}

/* ---- tokens ------------------------------------------------------------------------------- */

static ULONG attributes_said; /* of the next imported context */

/* An acceptor's context of EXAMPLE\somebody, as if its verifier had said this of the client. */
static void import(const WCHAR *local_user, const struct ntlm_sid *sids, size_t count)
{
    struct wire_writer said = wire_writer_grow(NTLM_AUTHORIZATION_SIZE);
    struct wire_writer w = wire_writer_grow(NTLM_PACKED_MAX);
    struct ntlm_packed p = {
        .flags = NTLM_EXTENDED_SECURITY | NTLM_128 | NTLM_SIGN | NTLM_UNICODE,
        .attributes = attributes_said,
        .expiry = INT64_MAX,
        .user = {(const uint8_t *)u"somebody", 16},
        .domain = {(const uint8_t *)u"EXAMPLE", 14},
        .facts = {.known = true,
                  .user_flags = 0x20,
                  .logoff_time = INT64_MAX,
                  .password_expires = 1800000000},
    };
    SecBuffer packed;

    ntlm_authorization_write(
        &said,
        (struct ntlm_bytes){(const uint8_t *)local_user, utf16_length(local_user) * sizeof(WCHAR)},
        sids, count);
    p.authorization = (struct ntlm_bytes){said.data, said.offset};
    wire_put_bytes(&w, "NTX\2", 5);
    ntlm_packed_write(&w, &p);
    assert_true(wire_write_ok(&w));
    packed = (SecBuffer){(ULONG)w.offset, SECBUFFER_EMPTY, w.data};
    side_reset(&server);
    assert_int_equal(ImportSecurityContextW((SEC_WCHAR *)u"NTLM", &packed, NULL, &server.context),
                     SEC_E_OK);
    server.has_context = true;
    wire_writer_free(&w);
    wire_writer_free(&said);
}

/* The verifier found out whose account it is, whatever the domain. */
static void test_token_of_local_user(void **state)
{
    PCREDMGR_TOKEN_INFORMATION information;
    HANDLE token;

    (void)state;
    import(u"games", NULL, 0);
    assert_int_equal(QuerySecurityContextToken(&server.context, &token), SEC_E_OK);
    assert_int_equal(CredmgrQueryToken(token, &information), SEC_E_OK);
    assert_string_equal(information->UserName, "games");
    FreeContextBuffer(information);
    assert_true(CloseHandle(token));
    import(u"nobody of this name", NULL, 0);
    assert_int_equal(QuerySecurityContextToken(&server.context, &token), SEC_E_NO_IMPERSONATION);
}

/* ISC_REQ_IDENTIFY: the service may know who it is, and act as that person in nothing. */
static void test_identified_only(void **state)
{
    static const ULONG granted[] = {0, ASC_RET_IDENTIFY};
    PCREDMGR_TOKEN_INFORMATION information;
    HANDLE token;

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        attributes_said = granted[i];
        import(u"games", NULL, 0);
        attributes_said = 0;
        assert_int_equal(QuerySecurityContextToken(&server.context, &token), SEC_E_OK);
        assert_int_equal(CredmgrQueryToken(token, &information), SEC_E_OK);
        assert_int_equal(information->ImpersonationLevel,
                         i ? SecurityIdentification : SecurityImpersonation);
        FreeContextBuffer(information);
        assert_true(CloseHandle(token));
        if (i)
            assert_int_equal(ImpersonateSecurityContext(&server.context), SEC_E_NO_IMPERSONATION);
    }
}

/* SIDs without winbind are nobody here; they are taken all the same, however many there are. */
static void test_token_of_sids(void **state)
{
    static struct ntlm_sid sids[NTLM_AUTHORIZATION_MAX];
    SecBuffer packed;
    HANDLE token;

    (void)state;
    for (size_t i = 0; i < NTLM_AUTHORIZATION_MAX; i++)
        sids[i] = (struct ntlm_sid){.count = 5,
                                    .authority = {0, 0, 0, 0, 0, 5},
                                    .parts = {21, 1, 2, 3, (uint32_t)(1000 + i)},
                                    .attributes = SE_GROUP_ENABLED};
    import(u"", sids, NTLM_AUTHORIZATION_MAX);
    assert_int_equal(QuerySecurityContextToken(&server.context, &token), SEC_E_NO_IMPERSONATION);
    assert_names(&server, "EXAMPLE\\somebody");
    assert_int_equal(ExportSecurityContext(&server.context, 0, &packed, NULL), SEC_E_OK);
    assert_true(packed.cbBuffer > NTLM_AUTHORIZATION_MAX * 28);
    FreeContextBuffer(packed.pvBuffer);
}

/* What the domain says of an account reaches whoever asks the context. */
static void test_facts(void **state)
{
    SecPkgContext_UserFlags flags;
    SecPkgContext_LogoffTime logoff;
    SecPkgContext_PasswordExpiry expiry;
    LONGLONG utc;

    (void)state;
    assert_int_equal(ask(&server, SECPKG_ATTR_PASSWORD_EXPIRY, &expiry),
                     SEC_E_UNSUPPORTED_FUNCTION);
    import(u"", NULL, 0);
    assert_int_equal(ask(&server, SECPKG_ATTR_USER_FLAGS, &flags), SEC_E_OK);
    assert_int_equal(flags.UserFlags, 0x20);
    assert_int_equal(ask(&server, SECPKG_ATTR_LOGOFF_TIME, &logoff), SEC_E_OK);
    assert_true(logoff.tsLogoffTime.QuadPart == INT64_MAX);
    assert_int_equal(ask(&server, SECPKG_ATTR_PASSWORD_EXPIRY, &expiry), SEC_E_OK);
    utc = (INT64_C(1800000000) + INT64_C(11644473600)) * 10000000;
    assert_in_range(expiry.tsPasswordExpires.QuadPart, utc - INT64_C(864000000000),
                    utc + INT64_C(864000000000)); /* local time: a day at most */
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_names),         TEST(test_session_key), TEST(test_target_information),
        TEST(test_plain_ones),    TEST(test_half_made),   TEST(test_token_of_local_user),
        TEST(test_token_of_sids), TEST(test_facts),       TEST(test_identified_only),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
