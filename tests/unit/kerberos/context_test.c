/*
 * Contexts through the public API, ours at both ends, with a real KDC: what is asked for and
 * granted, names, attributes, explicit identities, hostile tokens, threads.
 */
#include "tests/unit/kerberos/harness.h"

#include <krb5.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/utf16.h"
#include "libsspi/packages/kerberos/handshake/token.h"
#include "tests/unit/kerberos/realm.h"

static WCHAR target[] = u"HTTP/web.credmgr.test";
static struct side client, server;

static int begin(void **state)
{
    (void)state;
    assert_int_equal(side_default(&client, true), SEC_E_OK);
    assert_int_equal(side_default(&server, false), SEC_E_OK);
    client.target = target;
    return 0;
}

static int end(void **state)
{
    (void)state;
    side_end(&client);
    side_end(&server);
    return 0;
}

static void converse(void)
{
    static struct wire_message m;
    void *data;
    ULONG size, qop;

    assert_int_equal(side_wrap(&client, 0, "to the server", 13, &m), SEC_E_OK);
    assert_int_equal(side_unwrap(&server, &m, &data, &size, &qop), SEC_E_OK);
    assert_int_equal(size, 13);
    assert_memory_equal(data, "to the server", 13);
    assert_int_equal(side_wrap(&server, 0, "to the client", 13, &m), SEC_E_OK);
    assert_int_equal(side_unwrap(&client, &m, &data, &size, &qop), SEC_E_OK);
    assert_memory_equal(data, "to the client", 13);
    assert_int_equal(side_sign(&server, "signed", 6, &m), SEC_E_OK);
    assert_int_equal(side_verify(&client, "signed", 6, &m), SEC_E_OK);
}

/* ---- flags --------------------------------------------------------------------------------- */

static void test_flags(void **state)
{
    static const struct {
        ULONG wanted, client, server;
    } cases[] = {
        {ISC_USUAL, ISC_USUAL,
         ASC_RET_MUTUAL_AUTH | ASC_RET_REPLAY_DETECT | ASC_RET_SEQUENCE_DETECT |
             ASC_RET_CONFIDENTIALITY | ASC_RET_INTEGRITY},
        {0, 0, 0},
        {ISC_REQ_MUTUAL_AUTH, ISC_RET_MUTUAL_AUTH, ASC_RET_MUTUAL_AUTH},
        {ISC_REQ_INTEGRITY, ISC_RET_INTEGRITY, ASC_RET_INTEGRITY},
        /* what cannot be had without integrity brings it */
        {ISC_REQ_CONFIDENTIALITY, ISC_RET_CONFIDENTIALITY | ISC_RET_INTEGRITY,
         ASC_RET_CONFIDENTIALITY | ASC_RET_INTEGRITY},
        {ISC_REQ_REPLAY_DETECT, ISC_RET_REPLAY_DETECT | ISC_RET_INTEGRITY,
         ASC_RET_REPLAY_DETECT | ASC_RET_INTEGRITY},
        {ISC_REQ_NO_INTEGRITY | ISC_USUAL, ISC_RET_MUTUAL_AUTH, ASC_RET_MUTUAL_AUTH},
        {ISC_REQ_IDENTIFY | ISC_REQ_EXTENDED_ERROR | ISC_REQ_CONNECTION,
         ISC_RET_IDENTIFY | ISC_RET_EXTENDED_ERROR | ISC_RET_CONNECTION,
         ASC_RET_IDENTIFY | ASC_RET_EXTENDED_ERROR},
        /* not granted: there is no such thing here */
        {ISC_REQ_STREAM | ISC_REQ_INTEGRITY, ISC_RET_INTEGRITY, ASC_RET_INTEGRITY},
        /* datagrams get lost and overtake each other: they are not counted */
        {ISC_REQ_DATAGRAM | ISC_REQ_CONNECTION | ISC_REQ_SEQUENCE_DETECT | ISC_REQ_REPLAY_DETECT,
         ISC_RET_DATAGRAM | ISC_RET_REPLAY_DETECT | ISC_RET_INTEGRITY,
         ASC_RET_REPLAY_DETECT | ASC_RET_INTEGRITY},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        SecPkgContext_Flags flags;

        assert_int_equal(shake(&client, cases[i].wanted, &server, 0), SEC_E_OK);
        assert_int_equal(client.attributes, cases[i].client);
        assert_int_equal(server.attributes, cases[i].server);
        assert_int_equal(QueryContextAttributesW(&client.context, SECPKG_ATTR_FLAGS, &flags),
                         SEC_E_OK);
        assert_int_equal(flags.Flags, cases[i].client);
        assert_int_equal(QueryContextAttributesW(&server.context, SECPKG_ATTR_FLAGS, &flags),
                         SEC_E_OK);
        assert_int_equal(flags.Flags, cases[i].server);
        if (cases[i].client & ISC_RET_CONFIDENTIALITY)
            converse();
    }
    assert_int_equal(shake(&client, ISC_USUAL, &server, ASC_REQ_CONNECTION), SEC_E_OK);
    assert_true(server.attributes & ASC_RET_CONNECTION);
    assert_int_equal(shake(&client, ISC_USUAL, &server, ASC_REQ_CONNECTION | ASC_REQ_DATAGRAM),
                     SEC_E_OK);
    assert_int_equal(server.attributes & (ASC_RET_DATAGRAM | ASC_RET_CONNECTION |
                                          ASC_RET_SEQUENCE_DETECT | ASC_RET_REPLAY_DETECT),
                     ASC_RET_DATAGRAM | ASC_RET_REPLAY_DETECT);
}

static void test_nothing_is_sealed_unasked(void **state)
{
    static struct wire_message m;
    void *data;
    ULONG size, qop;

    (void)state;
    assert_int_equal(shake(&client, ISC_REQ_INTEGRITY, &server, 0), SEC_E_OK);
    assert_int_equal(side_wrap(&client, 0, "secret", 6, &m), SEC_E_QOP_NOT_SUPPORTED);
    assert_int_equal(side_wrap(&client, SECQOP_WRAP_OOB_DATA, "secret", 6, &m),
                     SEC_E_QOP_NOT_SUPPORTED);
    assert_int_equal(side_wrap(&client, SECQOP_WRAP_NO_ENCRYPT, "public", 6, &m), SEC_E_OK);
    assert_int_equal(side_unwrap(&server, &m, &data, &size, &qop), SEC_E_OK);
    assert_int_equal(qop, SECQOP_WRAP_NO_ENCRYPT);
}

/* ---- attributes ---------------------------------------------------------------------------- */

static void test_names(void **state)
{
    SecPkgContext_NativeNamesA native;
    SecPkgContext_ClientSpecifiedTarget asked;
    SecPkgCredentials_NamesA name;
    char *text;

    (void)state;
    assert_int_equal(shake(&client, ISC_USUAL, &server, 0), SEC_E_OK);
    assert_names(&client, REALM "\\alice");
    assert_names(&server, REALM "\\alice");
    for (int i = 0; i < 2; i++) {
        assert_int_equal(QueryContextAttributesA(i ? &client.context : &server.context,
                                                 SECPKG_ATTR_NATIVE_NAMES, &native),
                         SEC_E_OK);
        assert_string_equal(native.sClientName, "alice@" REALM);
        assert_string_equal(native.sServerName, SERVICE "@" REALM);
        FreeContextBuffer(native.sClientName);
        FreeContextBuffer(native.sServerName);
    }
    assert_int_equal(
        QueryContextAttributesW(&server.context, SECPKG_ATTR_CLIENT_SPECIFIED_TARGET, &asked),
        SEC_E_OK);
    text = utf16_to_utf8(asked.sTargetName, utf16_length(asked.sTargetName), NULL);
    assert_string_equal(text, SERVICE);
    free(text);
    FreeContextBuffer(asked.sTargetName);
    assert_int_equal(QueryCredentialsAttributesA(&client.credential, SECPKG_CRED_ATTR_NAMES, &name),
                     SEC_E_OK);
    assert_string_equal(name.sUserName, REALM "\\alice");
    FreeContextBuffer(name.sUserName);
    assert_int_equal(QueryCredentialsAttributesA(&server.credential, SECPKG_CRED_ATTR_NAMES, &name),
                     SEC_E_NO_CREDENTIALS); /* it accepts for whatever the keytab has */
}

static void test_other_attributes(void **state)
{
    SecPkgContext_SessionKey ours, theirs;
    SecPkgContext_Sizes sizes;
    SecPkgContext_StreamSizes stream;
    SecPkgContext_Lifespan life;
    SecPkgContext_NegotiationInfoA negotiation;
    SecPkgContext_PackageInfoA info;

    (void)state;
    assert_int_equal(shake(&client, ISC_USUAL, &server, 0), SEC_E_OK);
    assert_int_equal(QueryContextAttributesW(&client.context, SECPKG_ATTR_SESSION_KEY, &ours),
                     SEC_E_OK);
    assert_int_equal(QueryContextAttributesW(&server.context, SECPKG_ATTR_SESSION_KEY, &theirs),
                     SEC_E_OK);
    assert_int_equal(ours.SessionKeyLength, 32);
    assert_int_equal(theirs.SessionKeyLength, 32);
    assert_memory_equal(ours.SessionKey, theirs.SessionKey, 32);
    FreeContextBuffer(ours.SessionKey);
    FreeContextBuffer(theirs.SessionKey);
    assert_int_equal(QueryContextAttributesW(&client.context, SECPKG_ATTR_SIZES, &sizes), SEC_E_OK);
    assert_int_equal(sizes.cbMaxToken, 48000);
    assert_int_equal(sizes.cbSecurityTrailer, 60);
    assert_int_equal(QueryContextAttributesW(&client.context, SECPKG_ATTR_STREAM_SIZES, &stream),
                     SEC_E_UNSUPPORTED_FUNCTION);
    assert_int_equal(QueryContextAttributesW(&client.context, 1108, &stream),
                     SEC_E_UNSUPPORTED_FUNCTION);
    assert_int_equal(QueryContextAttributesW(&client.context, SECPKG_ATTR_LIFESPAN, &life),
                     SEC_E_OK);
    assert_true(life.tsExpiry.QuadPart - life.tsStart.QuadPart > 9LL * 3600 * 10000000);
    assert_true(life.tsExpiry.QuadPart - life.tsStart.QuadPart <= 10LL * 3600 * 10000000);
    assert_int_equal(
        QueryContextAttributesA(&client.context, SECPKG_ATTR_NEGOTIATION_INFO, &negotiation),
        SEC_E_OK);
    assert_string_equal(negotiation.PackageInfo->Name, "Kerberos");
    assert_int_equal(negotiation.NegotiationState, SECPKG_NEGOTIATION_COMPLETE);
    FreeContextBuffer(negotiation.PackageInfo);
    assert_int_equal(QueryContextAttributesA(&server.context, SECPKG_ATTR_PACKAGE_INFO, &info),
                     SEC_E_OK);
    assert_int_equal(info.PackageInfo->wRPCID, 16);
    assert_int_equal(info.PackageInfo->cbMaxToken, 48000);
    FreeContextBuffer(info.PackageInfo);
}

/* Whether the initiator has sent its last token is known before the handshake is done. */
static void assert_last_token(ULONG wanted, SECPKG_ATTR_LCT_STATUS expected)
{
    static struct token request, reply, last;
    SecPkgContext_LastClientTokenStatus status;
    SecPkgContext_Names names;

    side_reset(&client);
    side_reset(&server);
    assert_int_equal(side_step(&client, wanted, NULL, &request), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(
        QueryContextAttributesW(&client.context, SECPKG_ATTR_LAST_CLIENT_TOKEN_STATUS, &status),
        SEC_E_OK);
    assert_int_equal(status.LastClientTokenStatus, expected);
    assert_int_equal(QueryContextAttributesW(&client.context, SECPKG_ATTR_NAMES, &names),
                     SEC_E_INVALID_HANDLE);
    assert_true(side_step(&server, 0, &request, &reply) >= 0);
    assert_int_equal(side_step(&client, wanted, &reply, &last), SEC_E_OK);
    assert_int_equal(
        QueryContextAttributesW(&client.context, SECPKG_ATTR_LAST_CLIENT_TOKEN_STATUS, &status),
        SEC_E_OK);
    assert_int_equal(status.LastClientTokenStatus, SecPkgAttrLastClientTokenYes);
}

static void test_last_token(void **state)
{
    (void)state;
    assert_last_token(ISC_USUAL, SecPkgAttrLastClientTokenYes);
    assert_last_token(ISC_USUAL | ISC_REQ_EXTENDED_ERROR, SecPkgAttrLastClientTokenMaybe);
    assert_last_token(ISC_USUAL | ISC_REQ_USE_DCE_STYLE, SecPkgAttrLastClientTokenNo);
}

/* ---- targets ------------------------------------------------------------------------------- */

static SECURITY_STATUS ask_for(const WCHAR *name)
{
    static struct token request;
    SECURITY_STATUS status;

    side_reset(&client);
    client.target = name;
    status = side_step(&client, ISC_USUAL, NULL, &request);
    if (status == SEC_I_CONTINUE_NEEDED) {
        struct token *reply = malloc(sizeof(*reply));

        side_reset(&server);
        status = side_step(&server, 0, &request, reply);
        if (status == SEC_E_OK)
            status = side_step(&client, ISC_USUAL, reply, &request);
        free(reply);
    }
    return status;
}

static void test_targets(void **state)
{
    (void)state;
    assert_int_equal(ask_for(u"HTTP/web.credmgr.test"), SEC_E_OK);
    assert_int_equal(ask_for(u"HTTP/WEB.Credmgr.Test"), SEC_E_OK); /* hosts have no case */
    assert_int_equal(ask_for(u"HTTP/web.credmgr.test@CREDMGR.TEST"), SEC_E_OK);
    assert_int_equal(ask_for(u"imap/mail.credmgr.test"), SEC_E_OK);
    assert_int_equal(ask_for(u"HTTP@web.credmgr.test"), SEC_E_OK); /* as GSSAPI writes it */
    assert_int_equal(ask_for(u"HTTP@nobody.credmgr.test"), SEC_E_TARGET_UNKNOWN);
    assert_int_equal(ask_for(u"HTTP/web.credmgr.test:8080"),
                     SEC_E_TARGET_UNKNOWN); /* another name */
    assert_int_equal(ask_for(u"HTTP/nobody.credmgr.test"), SEC_E_TARGET_UNKNOWN);
    assert_int_equal(ask_for(u"HTTP/nobody.elsewhere.test"), SEC_E_TARGET_UNKNOWN);
    assert_int_equal(ask_for(u"HTTP/web.credmgr.test@OTHER.TEST"),
                     SEC_E_TARGET_UNKNOWN); /* no way there */
    assert_int_equal(ask_for(u"a/b/c/d"), SEC_E_TARGET_UNKNOWN);
    assert_int_equal(ask_for(u"nobody"), SEC_E_TARGET_UNKNOWN);
    assert_int_equal(ask_for(u"CREDMGR\\nobody"), SEC_E_TARGET_UNKNOWN);
    assert_int_equal(ask_for(u"/web"), SEC_E_TARGET_UNKNOWN);
    assert_int_equal(ask_for(u"HTTP/"), SEC_E_TARGET_UNKNOWN);
    assert_int_equal(ask_for(u"HTTP/@R"), SEC_E_TARGET_UNKNOWN);
    assert_int_equal(ask_for(u"HTTP/web.credmgr.test@"), SEC_E_TARGET_UNKNOWN);
    assert_int_equal(ask_for(u"@"), SEC_E_TARGET_UNKNOWN);
    assert_int_equal(ask_for(u""), SEC_E_TARGET_UNKNOWN);
    assert_int_equal(ask_for(u"\xd800/x"), SEC_E_TARGET_UNKNOWN); /* half a character */
    assert_int_equal(ask_for(NULL), SEC_E_TARGET_UNKNOWN);
    realm_admin("addprinc -randkey HTTP/web.credmgr.test:8080");
    realm_admin("addprinc -randkey ldap/dc.credmgr.test/credmgr.test");
    realm_admin("ktadd HTTP/web.credmgr.test:8080 ldap/dc.credmgr.test/credmgr.test");
    assert_int_equal(ask_for(u"HTTP/web.credmgr.test:8080"), SEC_E_OK);
    assert_int_equal(ask_for(u"ldap/dc.credmgr.test/credmgr.test"), SEC_E_OK);
}

/* ---- explicit identities ------------------------------------------------------------------- */

static SECURITY_STATUS as_user(const char *user, const char *domain, const char *password)
{
    SECURITY_STATUS status;

    side_end(&client);
    status = side_explicit(&client, true, user, domain, password);
    client.target = target;
    if (status == SEC_E_OK)
        status = shake(&client, ISC_USUAL, &server, 0);
    return status;
}

static void test_identities(void **state)
{
    unsigned logons;

    (void)state;
    assert_int_equal(as_user("bob", REALM, BOB_PASSWORD), SEC_E_OK);
    assert_names(&server, REALM "\\bob");
    converse();
    logons = realm_requests("AS_REQ");
    for (int i = 0; i < 3; i++)
        assert_int_equal(shake(&client, ISC_USUAL, &server, 0), SEC_E_OK);
    assert_int_equal(realm_requests("AS_REQ"), logons); /* one logon for all */
    /* ways to say who one is */
    assert_int_equal(as_user("bob@" REALM, NULL, BOB_PASSWORD), SEC_E_OK);
    assert_int_equal(as_user("bob@credmgr.test", "", BOB_PASSWORD), SEC_E_OK);
    assert_int_equal(as_user("bob", "credmgr.test", BOB_PASSWORD), SEC_E_OK);
    assert_int_equal(as_user("bob", "CREDMGR", BOB_PASSWORD), SEC_E_OK);
    assert_int_equal(as_user("bob", NULL, BOB_PASSWORD), SEC_E_OK);
    assert_int_equal(as_user("CREDMGR\\bob", NULL, BOB_PASSWORD), SEC_E_OK);
    assert_int_equal(as_user(REALM "\\bob", "", BOB_PASSWORD), SEC_E_OK);
    assert_names(&server, REALM "\\bob");
    /* nobody, or not with this password */
    assert_int_equal(as_user("bob", REALM, "not his"), SEC_E_LOGON_DENIED);
    assert_int_equal(as_user("bob", REALM, ""), SEC_E_LOGON_DENIED);
    /* without any, alice's tickets vouch for him, to whom nobody gave that right */
    assert_int_equal(as_user("bob", REALM, NULL), SEC_E_DELEGATION_REQUIRED);
    assert_int_equal(as_user("nobody", REALM, "x"), SEC_E_LOGON_DENIED);
    assert_int_equal(as_user("bob", "OTHER.TEST", BOB_PASSWORD), SEC_E_NO_AUTHENTICATING_AUTHORITY);
    assert_int_equal(as_user("bob@", NULL, BOB_PASSWORD), SEC_E_UNKNOWN_CREDENTIALS);
    /* without a user it is the caller's own */
    assert_int_equal(as_user(NULL, NULL, NULL), SEC_E_OK);
    assert_names(&server, REALM "\\alice");
}

/* An identity given with inbound credentials is the account that is accepted for. */
static void test_accepting_by_password(void **state)
{
    (void)state;
    realm_admin("addprinc -pw \"of the service\" svc/account.credmgr.test");
    side_end(&server);
    assert_int_equal(side_explicit(&server, false, "bob", REALM, BOB_PASSWORD), SEC_E_OK);
    assert_int_equal(ask_for(u"bob@CREDMGR.TEST"), SEC_E_OK);
    assert_int_equal(ask_for(u"bob"), SEC_E_OK);
    assert_names(&server, REALM "\\alice");
    converse();
    assert_int_equal(ask_for(u"HTTP/web.credmgr.test"), SEC_E_WRONG_PRINCIPAL);
    side_end(&server);
    assert_int_equal(
        side_explicit(&server, false, "svc/account.credmgr.test", REALM, "of the service"),
        SEC_E_OK);
    assert_int_equal(ask_for(u"svc/account.credmgr.test"), SEC_E_OK);
    side_end(&server);
    assert_int_equal(side_explicit(&server, false, "svc/account.credmgr.test", REALM, "another"),
                     SEC_E_OK);
    assert_true(ask_for(u"svc/account.credmgr.test") < 0);
}

static void test_accepting_as(void **state)
{
    SECURITY_STATUS status;

    (void)state;
    side_end(&server);
    status = AcquireCredentialsHandleW((SEC_WCHAR *)(uintptr_t)u"imap/mail.credmgr.test",
                                       (SEC_WCHAR *)(uintptr_t)u"Kerberos", SECPKG_CRED_INBOUND,
                                       NULL, NULL, NULL, NULL, &server.credential, NULL);
    assert_int_equal(status, SEC_E_OK);
    server.has_credential = true;
    assert_int_equal(ask_for(u"imap/mail.credmgr.test"), SEC_E_OK);
    assert_int_equal(ask_for(u"HTTP/web.credmgr.test"), SEC_E_WRONG_PRINCIPAL);
}

/* ---- without tickets, without a KDC -------------------------------------------------------- */

static void test_no_tickets(void **state)
{
    char keytab[300];

    (void)state;
    realm_kinit("", "", "");
    side_end(&client);
    assert_int_equal(side_default(&client, true), SEC_E_NO_CREDENTIALS);
    snprintf(keytab, sizeof(keytab), "FILE:%s/nothing", realm_directory);
    setenv("KRB5_KTNAME", keytab, 1);
    side_end(&server);
    assert_int_equal(side_default(&server, false), SEC_E_NO_CREDENTIALS);
    snprintf(keytab, sizeof(keytab), "FILE:%s/keytab", realm_directory);
    setenv("KRB5_KTNAME", keytab, 1);
    /* a ticket that has expired is none; on a busy machine it may have before it is looked at */
    realm_kinit("alice", ALICE_PASSWORD "\n", "-f");
    assert_int_equal(side_default(&client, true), SEC_E_OK);
    realm_kinit("alice", ALICE_PASSWORD "\n", "-l 1s");
    sleep(2);
    client.target = target;
    assert_int_equal(shake(&client, ISC_USUAL, &server, 0), SEC_E_NO_CREDENTIALS);
    realm_kinit("alice", ALICE_PASSWORD "\n", "-f");
}

/* Another KRB5CCNAME counts for the next handle. */
static void test_other_cache(void **state)
{
    char name[300];

    (void)state;
    snprintf(name, sizeof(name), "FILE:%s/bob", realm_directory);
    setenv("KRB5CCNAME", name, 1);
    realm_kinit("bob", BOB_PASSWORD "\n", "-f");
    assert_int_equal(shake(&client, ISC_USUAL, &server, 0), SEC_E_OK);
    assert_names(&server, REALM "\\alice");
    side_end(&client);
    assert_int_equal(side_default(&client, true), SEC_E_OK);
    client.target = target;
    assert_int_equal(shake(&client, ISC_USUAL, &server, 0), SEC_E_OK);
    assert_names(&server, REALM "\\bob");
    snprintf(name, sizeof(name), "FILE:%s/ccache", realm_directory);
    setenv("KRB5CCNAME", name, 1);
}

static void test_kdc_down(void **state)
{
    (void)state;
    assert_int_equal(shake(&client, ISC_USUAL, &server, 0), SEC_E_OK);
    realm_kdc_down();
    assert_int_equal(shake(&client, ISC_USUAL, &server, 0), SEC_E_OK); /* its ticket is at hand */
    assert_int_equal(ask_for(u"HTTP/unknown.credmgr.test"), SEC_E_NO_AUTHENTICATING_AUTHORITY);
    assert_int_equal(as_user("bob", REALM, BOB_PASSWORD), SEC_E_NO_AUTHENTICATING_AUTHORITY);
    realm_kdc_up();
    assert_int_equal(shake(&client, ISC_USUAL, &server, 0), SEC_E_OK); /* the same handle */
}

/* ---- hostile tokens
 * ------------------------------------------------------------------------------------------------
 */

static void test_replayed_request(void **state)
{
    static struct token request, reply;

    (void)state;
    assert_int_equal(side_step(&client, ISC_USUAL, NULL, &request), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(side_step(&server, 0, &request, &reply), SEC_E_OK);
    side_reset(&server);
    assert_int_equal(side_step(&server, 0, &request, &reply), SEC_E_OUT_OF_SEQUENCE);
}

static void test_altered_tokens(void **state)
{
    static struct token request, reply, copy, nothing;
    SECURITY_STATUS status;

    (void)state;
    setenv("KRB5RCACHENAME", "none:", 1);
    assert_int_equal(side_step(&client, ISC_USUAL, NULL, &request), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(side_step(&server, 0, &request, &reply), SEC_E_OK);
    side_reset(&server);
    /* the ticket's version number and the spelling of names in the clear are nobody's secret: those
     * bytes may pass */
    for (ULONG i = 0; i < request.size; i++) {
        copy = request;
        copy.data[i] ^= 0x40;
        status = side_step(&server, 0, &copy, &nothing);
        assert_true(status < 0 || (i > 17 && i < 150));
        side_reset(&server);
    }
    for (ULONG size = 0; size < request.size; size += 7) {
        copy = request;
        copy.size = size;
        assert_true(side_step(&server, 0, &copy, &nothing) < 0);
        side_reset(&server);
    }
    for (ULONG i = 0; i < reply.size; i++) {
        struct side again = client;

        if (i >= 17 && i < 60) /* tags in the clear, of which libkrb5 does not look at every bit */
            continue;
        copy = reply;
        copy.data[i] ^= 0x40;
        status = side_step(&again, ISC_USUAL, &copy, &nothing);
        assert_true(status == SEC_E_INVALID_TOKEN || status == SEC_E_MUTUAL_AUTH_FAILED);
    }
    assert_int_equal(side_step(&client, ISC_USUAL, &reply, &nothing), SEC_E_OK);
    setenv("KRB5RCACHENAME", "dfl:", 1);
}

static void test_wrong_legs(void **state)
{
    static struct token first, second, reply, nothing;
    struct side other = {0};

    (void)state;
    assert_int_equal(side_default(&other, true), SEC_E_OK);
    other.target = target;
    assert_int_equal(side_step(&client, ISC_USUAL, NULL, &first), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(side_step(&other, ISC_USUAL, NULL, &second), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(side_step(&server, 0, &first, &reply), SEC_E_OK);
    /* the answer to somebody else; our own token sent back; no token */
    assert_int_equal(side_step(&other, ISC_USUAL, &reply, &nothing), SEC_E_MUTUAL_AUTH_FAILED);
    assert_int_equal(side_step(&client, ISC_USUAL, &first, &nothing), SEC_E_INVALID_TOKEN);
    assert_int_equal(side_step(&client, ISC_USUAL, NULL, &nothing), SEC_E_INVALID_TOKEN);
    assert_int_equal(side_step(&client, ISC_USUAL, &reply, &nothing), SEC_E_OK);
    /* and an acceptor that is given an answer */
    side_reset(&server);
    assert_int_equal(side_step(&server, 0, &reply, &nothing), SEC_E_INVALID_TOKEN);
    side_end(&other);
}

/* A handle that is freed between two legs. */
static void test_freed_credential(void **state)
{
    static struct token request, reply, nothing;

    (void)state;
    side_end(&client);
    assert_int_equal(side_explicit(&client, true, "bob", REALM, BOB_PASSWORD), SEC_E_OK);
    client.target = target;
    assert_int_equal(side_step(&client, ISC_USUAL, NULL, &request), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(side_step(&server, 0, &request, &reply), SEC_E_OK);
    assert_int_equal(FreeCredentialsHandle(&client.credential), SEC_E_OK);
    client.has_credential = false;
    {
        SecBuffer in = {reply.size, SECBUFFER_TOKEN, reply.data},
                  out = {TOKEN_ROOM, SECBUFFER_TOKEN, nothing.data};
        SecBufferDesc input = {SECBUFFER_VERSION, 1, &in}, output = {SECBUFFER_VERSION, 1, &out};

        assert_int_equal(InitializeSecurityContextW(NULL, &client.context, NULL, ISC_USUAL, 0, 0,
                                                    &input, 0, &client.context, &output,
                                                    &client.attributes, NULL),
                         SEC_E_OK);
    }
    converse();
}

/* ---- error messages of the protocol -------------------------------------------------------- */

static void test_error_token(void **state)
{
    static struct token request, reply, nothing;
    struct kerb_token token;

    (void)state;
    side_end(&server);
    assert_int_equal(side_explicit(&server, false, "bob", REALM, BOB_PASSWORD),
                     SEC_E_OK); /* not the service's key */
    assert_int_equal(side_step(&client, ISC_USUAL, NULL, &request), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(side_step(&server, 0, &request, &reply), SEC_E_WRONG_PRINCIPAL);
    assert_int_equal(reply.size, 0);
    assert_int_equal(side_step(&server, ASC_REQ_EXTENDED_ERROR, &request, &reply),
                     SEC_E_WRONG_PRINCIPAL);
    assert_true(kerb_token_read(reply.data, reply.size, &token));
    assert_int_equal(token.type, KERB_TOKEN_ERROR);
    assert_int_equal(side_step(&client, ISC_USUAL, &reply, &nothing), SEC_E_WRONG_PRINCIPAL);
    reply.data[reply.size - 1] ^= 0xff;
    reply.data[20] ^= 0xff;
    assert_int_equal(side_step(&client, ISC_USUAL, &reply, &nothing), SEC_E_INVALID_TOKEN);
}

/* ---- initiators without a GSS checksum ([MS-KILE] 3.4.5, Samba's clients) ------------------ */

static void plain_request(krb5_flags options, krb5_data *checksum_of, struct token *out)
{
    krb5_context krb;
    krb5_auth_context auth = NULL;
    krb5_ccache cache;
    krb5_creds wanted = {0}, *ticket;
    krb5_data request;
    struct kerb_token token = {.type = KERB_TOKEN_AP_REQ};
    struct wire_writer w = wire_writer(out->data, TOKEN_ROOM);

    assert_int_equal(krb5_init_context(&krb), 0);
    assert_int_equal(krb5_cc_default(krb, &cache), 0);
    assert_int_equal(krb5_cc_get_principal(krb, cache, &wanted.client), 0);
    assert_int_equal(krb5_parse_name(krb, SERVICE, &wanted.server), 0);
    assert_int_equal(krb5_get_credentials(krb, 0, cache, &wanted, &ticket), 0);
    assert_int_equal(krb5_mk_req_extended(krb, &auth, options, checksum_of, ticket, &request), 0);
    token.body = (uint8_t *)request.data;
    token.body_size = request.length;
    kerb_token_write(&w, &token);
    assert_true(wire_write_ok(&w));
    out->size = (ULONG)w.offset;
    krb5_free_data_contents(krb, &request);
    krb5_free_creds(krb, ticket);
    krb5_free_cred_contents(krb, &wanted);
    krb5_auth_con_free(krb, auth);
    krb5_cc_close(krb, cache);
    krb5_free_context(krb);
}

static void test_no_gss_checksum(void **state)
{
    static struct token request, reply;
    krb5_data empty = {.data = (char[1]){0}},
              something = {.data = (char[4]){'d', 'a', 't', 'a'}, .length = 4};

    (void)state;
    plain_request(0, NULL, &request);
    assert_int_equal(side_step(&server, 0, &request, &reply), SEC_E_OK);
    assert_int_equal(server.attributes, 0);
    assert_int_equal(reply.size, 0);
    side_reset(&server);
    plain_request(AP_OPTS_MUTUAL_REQUIRED, NULL, &request);
    assert_int_equal(side_step(&server, 0, &request, &reply), SEC_E_OK);
    assert_int_equal(server.attributes, ASC_RET_MUTUAL_AUTH);
    assert_true(reply.size > 0);
    side_reset(&server);
    plain_request(AP_OPTS_MUTUAL_REQUIRED, &empty, &request);
    assert_int_equal(side_step(&server, 0, &request, &reply), SEC_E_OK);
    assert_int_equal(server.attributes,
                     ASC_RET_MUTUAL_AUTH | ASC_RET_REPLAY_DETECT | ASC_RET_SEQUENCE_DETECT);
    side_reset(&server);
    /* an authenticator that was made for something else */
    plain_request(0, &something, &request);
    assert_int_equal(side_step(&server, 0, &request, &reply), SEC_E_MESSAGE_ALTERED);
    /* and where a channel is to be bound, one must be named */
    plain_request(0, NULL, &request);
    {
        struct {
            SEC_CHANNEL_BINDINGS head;
            char data[3];
        } channel = {
            .head = {.cbApplicationDataLength = 3, .dwApplicationDataOffset = sizeof(channel.head)},
            .data = "tls"};

        server.bindings = &channel;
        server.bindings_size = sizeof(channel.head) + 3;
        assert_int_equal(side_step(&server, 0, &request, &reply), SEC_E_BAD_BINDINGS);
        server.bindings = NULL;
    }
}

/* ---- threads
 * ---------------------------------------------------------------------------------------------------------------
 */

static void *many_handshakes(void *arg)
{
    struct side one = client, other = server;
    static _Thread_local struct wire_message m;
    void *data;
    ULONG size;
    intptr_t failures = 0;

    (void)arg;
    one.has_context = other.has_context = false;
    for (int i = 0; i < 20; i++) {
        failures += shake(&one, ISC_USUAL, &other, 0) != SEC_E_OK;
        failures += side_wrap(&one, 0, "x", 1, &m) != SEC_E_OK;
        failures += side_unwrap(&other, &m, &data, &size, NULL) != SEC_E_OK;
    }
    side_reset(&one);
    side_reset(&other);
    return (void *)failures;
}

static void run_threads(void)
{
    pthread_t threads[8];
    void *failures;

    for (size_t i = 0; i < 8; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, many_handshakes, NULL), 0);
    for (size_t i = 0; i < 8; i++) {
        pthread_join(threads[i], &failures);
        assert_null(failures);
    }
}

static void test_threads(void **state)
{
    unsigned before;

    (void)state;
    run_threads();
    /* one credential of an identity, whose first ticket all threads want at once */
    side_end(&client);
    assert_int_equal(side_explicit(&client, true, "bob", REALM, BOB_PASSWORD), SEC_E_OK);
    client.target = target;
    before = realm_requests("AS_REQ");
    run_threads();
    assert_int_equal(realm_requests("AS_REQ"), before + 1);
}

static int start(void **state)
{
    (void)state;
    realm_start(NULL);
    realm_kinit("alice", ALICE_PASSWORD "\n", "-f");
    return 0;
}

static int stop(void **state)
{
    (void)state;
    return realm_stop();
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_flags),
        TEST(test_nothing_is_sealed_unasked),
        TEST(test_names),
        TEST(test_other_attributes),
        TEST(test_last_token),
        TEST(test_targets),
        TEST(test_identities),
        TEST(test_accepting_by_password),
        TEST(test_accepting_as),
        TEST(test_no_tickets),
        TEST(test_other_cache),
        TEST(test_kdc_down),
        TEST(test_replayed_request),
        TEST(test_altered_tokens),
        TEST(test_wrong_legs),
        TEST(test_freed_credential),
        TEST(test_error_token),
        TEST(test_no_gss_checksum),
        TEST(test_threads),
    };

    return cmocka_run_group_tests_name("kerberos: contexts", tests, start, stop);
}
