/*
 * Every error of a KDC and of an acceptor as its status, and with libkrb5's own words and code for
 * whoever asks why: those that a real KDC can be made to give, and all others from one that answers
 * whatever it is told to.
 */
#include "tests/unit/kerberos/harness.h"

#include <arpa/inet.h>
#include <credmgr.h>
#include <krb5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libsspi/packages/kerberos/errors.h"
#include "libsspi/packages/kerberos/kerberos.h"
#include "tests/unit/kerberos/fake_kdc.h"
#include "tests/unit/kerberos/realm.h"

static WCHAR target[] = u"HTTP/web.credmgr.test";

/* ---- one attempt --------------------------------------------------------------------------- */

/* A context for `to` by whoever has the process's tickets, or by this user. */
static SECURITY_STATUS attempt(const char *user, const char *password, const WCHAR *to)
{
    static struct token request;
    struct side client = {0};
    SECURITY_STATUS status =
        user ? side_explicit(&client, true, user, REALM, password) : side_default(&client, true);

    client.target = to;
    if (status == SEC_E_OK)
        status = side_step(&client, ISC_USUAL, NULL, &request);
    /* closing the handles must not change what is known of the failure */
    side_end(&client);
    return status;
}

/* Fails with this status, this code, and words that contain these. */
static void assert_fails(SECURITY_STATUS status, SECURITY_STATUS expected, krb5_error_code code,
                         const char *words)
{
    LONG known = 1;
    const char *text = CredmgrLastErrorText(&known);

    if (status != expected || (code && known != (LONG)code) || !strstr(text, words))
        fail_msg("0x%08x instead of 0x%08x, %ld instead of %ld: \"%s\" instead of \"%s\"",
                 (unsigned)status, (unsigned)expected, (long)known, (long)code, text, words);
}

static void assert_refused(const char *user, const char *password, SECURITY_STATUS expected,
                           krb5_error_code code, const char *words)
{
    assert_fails(attempt(user, password, target), expected, code, words);
}

static void assert_no_ticket(const WCHAR *to, SECURITY_STATUS expected, krb5_error_code code,
                             const char *words)
{
    assert_fails(attempt(NULL, NULL, to), expected, code, words);
}

/* ---- a real KDC: people -------------------------------------------------------------------- */

static void test_success_has_no_reason(void **state)
{
    LONG code = 1;

    (void)state;
    assert_refused("nobody", "x", SEC_E_LOGON_DENIED, KRB5KDC_ERR_C_PRINCIPAL_UNKNOWN,
                   "not found in Kerberos database");
    assert_int_equal(attempt("bob", BOB_PASSWORD, target), SEC_I_CONTINUE_NEEDED);
    assert_string_equal(CredmgrLastErrorText(&code), "");
    assert_int_equal(code, 0);
    assert_string_equal(CredmgrLastErrorText(NULL), "");
}

static void test_people(void **state)
{
    (void)state;
    realm_admin("addprinc -pw secret +requires_preauth proven");
    realm_admin("addprinc -pw secret -allow_tix revoked");
    realm_admin("addprinc -pw secret -expire yesterday past");
    realm_admin("addprinc -pw secret -pwexpire yesterday stale");
    realm_admin("addprinc -pw secret +requires_hwauth carded");
    realm_admin("addpol -maxfailure 1 -lockoutduration 1h strict");
    realm_admin("addprinc -pw secret -policy strict +requires_preauth clumsy");
    realm_admin("addprinc -pw secret -e aes128-cts:normal weak");

    assert_refused("bob", "not his", SEC_E_LOGON_DENIED, 0, "");
    assert_refused("proven", "wrong", SEC_E_LOGON_DENIED, KRB5KDC_ERR_PREAUTH_FAILED,
                   "Preauthentication failed");
    assert_refused("revoked", "secret", SEC_E_LOGON_DENIED, KRB5KDC_ERR_CLIENT_REVOKED, "revoked");
    assert_refused("past", "secret", SEC_E_LOGON_DENIED, KRB5KDC_ERR_NAME_EXP, "expired");
    assert_refused("stale", "secret", SEC_E_LOGON_DENIED, KRB5KDC_ERR_KEY_EXP, "expired");
    assert_refused("carded", "secret", SEC_E_LOGON_DENIED, 0, "");
    assert_refused("clumsy", "wrong", SEC_E_LOGON_DENIED, KRB5KDC_ERR_PREAUTH_FAILED, "");
    assert_refused("clumsy", "secret", SEC_E_LOGON_DENIED, KRB5KDC_ERR_CLIENT_REVOKED, "revoked");
}

/* ---- a real KDC: services ------------------------------------------------------------------ */

static void test_services(void **state)
{
    (void)state;
    realm_admin("addprinc -randkey -expire yesterday old/web.credmgr.test");
    realm_admin("addprinc -randkey -allow_tix shut/web.credmgr.test");
    realm_admin("addprinc -randkey -allow_tgs_req direct/web.credmgr.test");
    assert_no_ticket(u"HTTP/nobody.credmgr.test", SEC_E_TARGET_UNKNOWN,
                     KRB5KDC_ERR_S_PRINCIPAL_UNKNOWN, "not found in Kerberos database");
    assert_no_ticket(u"old/web.credmgr.test", SEC_E_TARGET_UNKNOWN, KRB5KDC_ERR_SERVICE_EXP,
                     "expired");
    assert_no_ticket(u"shut/web.credmgr.test", SEC_E_TARGET_UNKNOWN, 0, "");
    assert_no_ticket(u"direct/web.credmgr.test", SEC_E_LOGON_DENIED, KRB5KDC_ERR_POLICY, "policy");
    assert_no_ticket(u"@", SEC_E_TARGET_UNKNOWN, 0, "target name");
}

/* ---- encryption ---------------------------------------------------------------------------- */

static void test_encryption(void **state)
{
    (void)state;
    realm_configure(" permitted_enctypes = aes256-cts-hmac-sha1-96\n");
    kerb_context_shutdown();
    assert_refused("weak", "secret", SEC_E_KDC_UNKNOWN_ETYPE, KRB5KDC_ERR_ETYPE_NOSUPP,
                   "encryption type");
    realm_configure("");
    kerb_context_shutdown();
    assert_refused("weak", "wrong", SEC_E_LOGON_DENIED, 0, "");
}

/* ---- clocks -------------------------------------------------------------------------------- */

/*
 * libkrb5 believes the difference of clocks that stands in the header of a cache file ("Credential
 * cache file format" in MIT's documentation): tag 1, seconds and microseconds.
 */
static void set_cache_offset(int32_t seconds)
{
    uint32_t value = htonl((uint32_t)seconds);
    char path[300];
    FILE *f;

    snprintf(path, sizeof(path), "%s/ccache", realm_directory);
    f = fopen(path, "r+");
    assert_non_null(f);
    assert_int_equal(fseek(f, 8, SEEK_SET), 0);
    assert_int_equal(fwrite(&value, sizeof(value), 1, f), 1);
    assert_int_equal(fclose(f), 0);
}

static void test_clocks(void **state)
{
    (void)state;
    set_cache_offset(-3000);
    assert_no_ticket(u"HTTP/unasked.credmgr.test", SEC_E_TIME_SKEW, KRB5KRB_AP_ERR_SKEW,
                     "Clock skew too great");
    set_cache_offset(0);
    assert_int_equal(attempt(NULL, NULL, target), SEC_I_CONTINUE_NEEDED);
}

/* ---- nobody to ask, nothing to ask with ----------------------------------------------------- */

static void test_no_kdc(void **state)
{
    (void)state;
    realm_kdc_down();
    assert_refused("bob", BOB_PASSWORD, SEC_E_NO_AUTHENTICATING_AUTHORITY, KRB5_KDC_UNREACH,
                   "Cannot contact any KDC");
    realm_kdc_up();
    realm_kinit("", "", "");
    assert_no_ticket(target, SEC_E_NO_CREDENTIALS, 0, "ccache");
    realm_kinit("alice", ALICE_PASSWORD "\n", "-f");
}

/* ---- acceptors ----------------------------------------------------------------------------- */

static void assert_not_accepted(struct side *server, const struct token *request,
                                SECURITY_STATUS expected, krb5_error_code code, const char *words)
{
    static struct token reply;

    assert_fails(side_step(server, 0, request, &reply), expected, code, words);
    side_reset(server);
}

static void make_token(const WCHAR *to, struct token *request)
{
    struct side client = {0};

    assert_int_equal(side_default(&client, true), SEC_E_OK);
    client.target = to;
    assert_int_equal(side_step(&client, ISC_USUAL, NULL, request), SEC_I_CONTINUE_NEEDED);
    side_end(&client);
}

/* An AP-REQ of a machine whose clock is 50 minutes fast. */
static void make_early_token(struct token *request)
{
    struct kerb_token token = {.type = KERB_TOKEN_AP_REQ};
    struct wire_writer w = wire_writer(request->data, TOKEN_ROOM);
    krb5_context krb;
    krb5_auth_context auth = NULL;
    krb5_ccache cache;
    krb5_creds wanted = {0}, *ticket;
    krb5_data message;
    krb5_timestamp now;

    assert_int_equal(krb5_init_context(&krb), 0);
    assert_int_equal(krb5_cc_default(krb, &cache), 0);
    assert_int_equal(krb5_cc_get_principal(krb, cache, &wanted.client), 0);
    assert_int_equal(krb5_parse_name(krb, SERVICE, &wanted.server), 0);
    assert_int_equal(krb5_get_credentials(krb, 0, cache, &wanted, &ticket), 0);
    assert_int_equal(krb5_timeofday(krb, &now), 0);
    assert_int_equal(krb5_set_real_time(krb, now + 3000, 0), 0);
    assert_int_equal(krb5_mk_req_extended(krb, &auth, 0, NULL, ticket, &message), 0);
    token.body = (uint8_t *)message.data;
    token.body_size = message.length;
    kerb_token_write(&w, &token);
    assert_true(wire_write_ok(&w));
    request->size = (ULONG)w.offset;
    krb5_free_data_contents(krb, &message);
    krb5_free_creds(krb, ticket);
    krb5_free_cred_contents(krb, &wanted);
    krb5_auth_con_free(krb, auth);
    krb5_cc_close(krb, cache);
    krb5_free_context(krb);
}

static void test_acceptor(void **state)
{
    static struct token request, reply;
    struct side server = {0}, other = {0};

    (void)state;
    assert_int_equal(side_default(&server, false), SEC_E_OK);
    make_token(target, &request);
    assert_int_equal(side_step(&server, 0, &request, &reply), SEC_E_OK);
    side_reset(&server);
    assert_not_accepted(&server, &request, SEC_E_OUT_OF_SEQUENCE, KRB5KRB_AP_ERR_REPEAT, "replay");
    make_token(target, &request);
    request.data[request.size - 1] ^= 1; /* within the authenticator */
    assert_not_accepted(&server, &request, SEC_E_MESSAGE_ALTERED, KRB5KRB_AP_ERR_BAD_INTEGRITY,
                        "integrity");
    make_token(target, &request);
    assert_int_equal(side_explicit(&other, false, "bob", REALM, BOB_PASSWORD), SEC_E_OK);
    assert_not_accepted(&other, &request, SEC_E_WRONG_PRINCIPAL, 0, "");
    side_end(&other);
    make_early_token(&request);
    assert_not_accepted(&server, &request, SEC_E_TIME_SKEW, KRB5KRB_AP_ERR_SKEW,
                        "Clock skew too great");
    memset(&request, 'x', 100);
    request.size = 100;
    assert_not_accepted(&server, &request, SEC_E_INVALID_TOKEN, 0, "not a token");
    side_end(&server);
}

/* ---- a KDC that says what it is told to ----------------------------------------------------- */

/* What comes out when the KDC gives this error; -1 where libkrb5 makes another of it. */
static void assert_told(const struct kerb_error *e, bool as, SECURITY_STATUS status)
{
    LONG code;
    const char *text = CredmgrLastErrorText(&code);

    if (e->code == KRB5KDC_ERR_MUST_USE_USER2USER && status == SEC_I_CONTINUE_NEEDED)
        return; /* the service is asked for its TGT instead */
    if (status >= 0 || !*text)
        fail_msg("error %ld (%s): 0x%08x, \"%s\"", (long)e->code, as ? "AS" : "TGS",
                 (unsigned)status, text);
    if (code == (LONG)e->code && status != e->initiator)
        fail_msg("error %ld (%s): 0x%08x instead of 0x%08x, \"%s\"", (long)e->code,
                 as ? "AS" : "TGS", (unsigned)status, (unsigned)e->initiator, text);
}

static void test_every_error(void **state)
{
    unsigned kept = 0, all = 0;

    (void)state;
    fake_start();
    for (size_t i = 0; i < sizeof(kerb_errors) / sizeof(kerb_errors[0]); i++) {
        const struct kerb_error *e = &kerb_errors[i];
        long number = (long)e->code - ERROR_TABLE_BASE_krb5;
        LONG code;

        if (number <= 0 || number >= 128) /* libkrb5's own */
            continue;
        if (e->code == KRB5KDC_ERR_SVC_UNAVAILABLE) /* it asks other KDCs for half a minute */
            continue;
        fake.error = (int)number;
        assert_told(e, true, attempt("bob", BOB_PASSWORD, target));
        CredmgrLastErrorText(&code);
        kept += code == (LONG)e->code;
        assert_told(e, false, attempt(NULL, NULL, u"HTTP/another.credmgr.test"));
        CredmgrLastErrorText(&code);
        kept += code == (LONG)e->code;
        all += 2;
    }
    fake_stop();
    /* What preauthentication, referrals and other transports are tried for ends as another error.
     */
    print_message("%u of %u errors came through as they were\n", kept, all);
    assert_true(kept >= all - 20);
    assert_true(fake.requests >= all);
}

/* ---- the table ----------------------------------------------------------------------------- */

static void test_table(void **state)
{
    size_t count = sizeof(kerb_errors) / sizeof(kerb_errors[0]), of_protocol = 0;

    (void)state;
    for (size_t i = 0; i < count; i++) {
        long number = (long)kerb_errors[i].code - ERROR_TABLE_BASE_krb5;

        assert_true(kerb_errors[i].initiator < 0 && kerb_errors[i].acceptor < 0);
        of_protocol += number > 0 && number < 128;
        for (size_t k = 0; k < i; k++)
            if (kerb_errors[i].code == kerb_errors[k].code)
                fail_msg("error %ld stands there twice", (long)kerb_errors[i].code);
    }
    /* RFC 4120 7.5.9, RFC 4556, RFC 6113 and RFC 8062: all but those that libkrb5 has no name for
     */
    assert_true(of_protocol >= 70);
}

static int begin(void **state)
{
    (void)state;
    realm_kinit("alice", ALICE_PASSWORD "\n", "-f");
    return 0;
}

static int start(void **state)
{
    (void)state;
    return realm_start(NULL);
}

static int stop(void **state)
{
    (void)state;
    return realm_stop();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test_setup(test_success_has_no_reason, begin),
        cmocka_unit_test(test_people),
        cmocka_unit_test(test_services),
        cmocka_unit_test(test_encryption),
        cmocka_unit_test(test_clocks),
        cmocka_unit_test(test_no_kdc),
        cmocka_unit_test(test_acceptor),
        cmocka_unit_test(test_every_error),
    };

    return cmocka_run_group_tests(tests, start, stop);
}
