/*
 * TSPkg as lsad runs it, over Negotiate and Kerberos that no client gets at: the password of a
 * logon session, saved ones, Remote Credential Guard, and that lsad goes by its own rules. The KDC
 * and the negotiation at the other end are MIT's.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <credssp.h>
#include <krb5.h>
#include <ntsecapi.h>
#include <ntstatus.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/utf16.h"
#include "libsspi/lsa/host_inner_direct.h"
#include "libsspi/packages/ts_channel.h"
#include "libsspi/packages/tspkg/wire/credentials.h"
#include "libsspi/packages/tspkg/wire/package_creds.h"
#include "tests/unit/kerberos/realm.h"
#include "tests/unit/kerberos/store.h"
#include "tests/unit/tspkg/mit.h"

const struct builtin_package lsa_builtin_packages[] = {
    {"Kerberos", kerb_lsa_mode_initialize, kerb_user_mode_initialize, 0},
    {"tspkg", ts_lsa_mode_initialize, ts_user_mode_initialize, 0},
    {"Negotiate", nego_lsa_mode_initialize, nego_user_mode_initialize, BUILTIN_IN_PROCESS},
    {NULL, NULL, NULL, 0},
};

#define KEY   "the public key of a channel"
#define WEB   u"HTTP/web.credmgr.test"
#define WANTS (ISC_REQ_DELEGATE | ISC_REQ_MUTUAL_AUTH)

static struct lsa_setting rules[4];
static const SECPKG_FUNCTION_TABLE *ts, *kerberos;
static struct lsa_call now;
static ULONG session;           /* the client's */
static const WCHAR *principal;  /* which it acquires for; NULL: none in particular */
static void (*meanwhile)(void); /* what happens behind its first leg */
/* A ticket that is not to be used: whether one of the client's messages had it. */
static struct {
    krb5_data ticket;
    bool used;
} known;

static const struct lsa_setting *settings(const char *package)
{
    return strcmp(package, "tspkg") == 0 ? rules : NULL;
}

static void rule(const char *name, const char *value)
{
    for (size_t i = 0; i < ARRAYSIZE(rules) - 1; i++)
        if (!rules[i].name) {
            rules[i] = (struct lsa_setting){name, value};
            return;
        }
    fail();
}

/* ---- the LSA ----------------------------------------------------------------------------------
 */

static UNICODE_STRING counted(const WCHAR *text)
{
    USHORT size = (USHORT)(utf16_length(text) * sizeof(WCHAR));

    return (UNICODE_STRING){size, size, (WCHAR *)(uintptr_t)text};
}

static void log_on(const WCHAR *password, ULONG flags)
{
    UNICODE_STRING name = counted(u"alice");
    SECPKG_PRIMARY_CRED primary = {.LogonId = {session, 0},
                                   .DownlevelName = name,
                                   .DomainName = counted(u"CREDMGR"),
                                   .Upn = counted(u"alice@" REALM_WIDE),
                                   .Password = counted(password),
                                   .Flags = PRIMARY_CRED_CLEAR_PASSWORD | flags};

    if (!flags)
        assert_int_equal(kerberos->AcceptCredentials(Interactive, &name, &primary, NULL), 0);
    assert_int_equal(ts->AcceptCredentials(Interactive, &name, &primary, NULL), 0);
    for (int i = 0; i < 500 && !store_has(session, "tgt"); i++)
        usleep(10000);
    assert_true(store_has(session, "tgt"));
}

/* Every test has a session of its own. */
static int begin(void **state)
{
    (void)state;
    memset(rules, 0, sizeof(rules));
    session++;
    principal = NULL;
    meanwhile = NULL;
    now = (struct lsa_call){.client = {.LogonId = {session, 0}}};
    lsa_call_begin(&now);
    return 0;
}

static int end(void **state)
{
    (void)state;
    kerberos->LogonTerminated(&now.client.LogonId);
    lsa_call_end();
    store_clear(session);
    return 0;
}

/* ---- a client of lsad, and a server -----------------------------------------------------------
 */

struct result {
    SECURITY_STATUS status;
    ULONG attributes;
    uint8_t *packed; /* LSA heap */
    ULONG packed_size;
    uint8_t *delegated; /* free(); NULL: the server got nothing */
    size_t delegated_size;
};

static SECURITY_STATUS client_leg(LSA_SEC_HANDLE credential, LSA_SEC_HANDLE *context, uint32_t said,
                                  ULONG wants, PSecBuffer token, PSecBuffer out, struct result *r)
{
    struct ts_channel channel = {said, (const uint8_t *)KEY, strlen(KEY)};
    uint8_t params[TS_CHANNEL_SIZE(sizeof(KEY) - 1)];
    SecBuffer given[2] = {*token, {sizeof(params), SECBUFFER_PKG_PARAMS, params}};
    SecBuffer packed = {0, SECBUFFER_EMPTY, NULL};
    SecBufferDesc input = {SECBUFFER_VERSION, 2, given}, output = {SECBUFFER_VERSION, 1, out};
    UNICODE_STRING target = counted(WEB);
    BOOLEAN mapped = FALSE;
    TimeStamp expiry;
    SECURITY_STATUS status;

    ts_channel_write(params, &channel);
    *out = (SecBuffer){0, SECBUFFER_TOKEN, NULL};
    status = ts->InitLsaModeContext(credential, *context, &target, wants | ISC_REQ_ALLOCATE_MEMORY,
                                    SECURITY_NATIVE_DREP, &input, context, &output, &r->attributes,
                                    &expiry, &mapped, &packed);
    assert_int_equal(mapped, status == SEC_E_OK);
    r->packed = packed.pvBuffer;
    r->packed_size = packed.cbBuffer;
    return status;
}

static bool holds(const void *memory, size_t size, const void *what, size_t what_size)
{
    return memory && memmem(memory, size, what, what_size) != NULL;
}

static struct result shake(uint32_t said, ULONG wants)
{
    struct result r = {.status = SEC_I_CONTINUE_NEEDED};
    SecBuffer token = {0, SECBUFFER_TOKEN, NULL}, out;
    LSA_SEC_HANDLE credential = 0, context = 0;
    UNICODE_STRING who = principal ? counted(principal) : (UNICODE_STRING){0, 0, NULL};
    uint8_t *reply = NULL;
    const uint8_t *der;
    size_t size = 0;
    TimeStamp expiry;
    struct mit server;

    mit_begin(&server, KEY);
    assert_int_equal(ts->AcquireCredentialsHandle(principal ? &who : NULL, SECPKG_CRED_OUTBOUND,
                                                  NULL, NULL, NULL, NULL, &credential, &expiry),
                     SEC_E_OK);
    while (r.status == SEC_I_CONTINUE_NEEDED) {
        r.status = client_leg(credential, &context, said, wants, &token, &out, &r);
        free(reply);
        reply = NULL;
        size = 0;
        known.used = known.used ||
                     (known.ticket.length &&
                      holds(out.pvBuffer, out.cbBuffer, known.ticket.data, known.ticket.length));
        if (r.status >= 0)
            assert_true(ts_handshake_step(server.handshake, out.pvBuffer, out.cbBuffer, &reply,
                                          &size) >= 0);
        lsa_host_free(out.pvBuffer);
        if (meanwhile)
            meanwhile();
        meanwhile = NULL;
        token = (SecBuffer){(ULONG)size, SECBUFFER_TOKEN, reply};
    }
    free(reply);
    der = ts_handshake_credentials(server.handshake, &r.delegated_size);
    if (der)
        r.delegated = memcpy(malloc(r.delegated_size), der, r.delegated_size);
    mit_end(&server);
    if (context)
        assert_int_equal(ts->DeleteContext(context), SEC_E_OK);
    assert_int_equal(ts->FreeCredentialsHandle(credential), SEC_E_OK);
    return r;
}

static void result_free(struct result *r)
{
    lsa_host_free(r->packed);
    free(r->delegated);
    *r = (struct result){.status = 0};
}

static void assert_password(const struct result *r, const WCHAR *user, const WCHAR *password)
{
    size_t user_size = utf16_length(user) * sizeof(WCHAR);
    size_t password_size = utf16_length(password) * sizeof(WCHAR);
    struct ts_credentials got;

    assert_int_equal(r->status, SEC_E_OK);
    assert_true(ts_credentials_read(r->delegated, r->delegated_size, &got));
    assert_int_equal(got.type, TS_PASSWORD_CREDS);
    assert_int_equal(got.u.password.user.size, user_size);
    assert_memory_equal(got.u.password.user.data, user, user_size);
    assert_int_equal(got.u.password.password.size, password_size);
    assert_memory_equal(got.u.password.password.data, password, password_size);
    /* What goes to the caller has neither it nor anything as long as a key. */
    assert_false(holds(r->packed, r->packed_size, password, password_size));
    assert_true(r->packed_size < 32 + 2 * (utf16_length(u"alice@" REALM_WIDE) + 8));
}

/* Nothing was sent, or nothing but an empty set. */
static void assert_nothing(const struct result *r, SECURITY_STATUS status)
{
    struct ts_credentials got;

    assert_int_equal(r->status, status);
    assert_false(r->attributes & ISC_RET_DELEGATE);
    if (r->delegated) {
        assert_true(ts_credentials_read(r->delegated, r->delegated_size, &got));
        assert_true(ts_credentials_are_empty(&got));
    }
}

/* ---- the tests --------------------------------------------------------------------------------
 */

static void test_default(void **state)
{
    struct result r;

    (void)state;
    rule("allow_default_credentials", "HTTP/*");
    log_on(u"" ALICE_PASSWORD, 0);
    r = shake(0, WANTS);
    assert_password(&r, u"alice", u"" ALICE_PASSWORD);
    assert_true(r.attributes & ISC_RET_DELEGATE);
    assert_true(r.attributes & ISC_RET_MUTUAL_AUTH);
    result_free(&r);
    r = shake(0, WANTS & ~(ULONG)ISC_REQ_DELEGATE);
    assert_nothing(&r, SEC_E_OK);
    result_free(&r);
    /* A changed password counts at once; the same one again changes nothing. */
    realm_admin("cpw -pw changed alice");
    log_on(u"changed", PRIMARY_CRED_UPDATE);
    log_on(u"changed", PRIMARY_CRED_UPDATE);
    r = shake(0, WANTS);
    assert_password(&r, u"alice", u"changed");
    result_free(&r);
    realm_admin("cpw -pw \"" ALICE_PASSWORD "\" alice");
}

/* A ticket of the service's, whose key is the client's to know, given to lsad. */
static void submit(const char *user, const char *password)
{
    struct {
        KERB_SUBMIT_TKT_REQUEST head;
        uint8_t bytes[16384];
    } request = {
        .head = {.MessageType = KerbSubmitTicketMessage, .KerbCredOffset = sizeof(request.head)}};
    krb5_creds wanted = {0}, *list[2] = {NULL, NULL};
    krb5_auth_context auth = NULL;
    krb5_data *message = NULL;
    krb5_ccache cache = NULL;
    krb5_context krb;
    NTSTATUS protocol = STATUS_UNSUCCESSFUL;
    PVOID reply = NULL;
    ULONG size = 0;

    realm_kinit(user, password, "");
    assert_int_equal(krb5_init_context(&krb), 0);
    assert_int_equal(krb5_cc_default(krb, &cache), 0);
    assert_int_equal(krb5_cc_get_principal(krb, cache, &wanted.client), 0);
    assert_int_equal(krb5_parse_name(krb, SERVICE "@" REALM, &wanted.server), 0);
    assert_int_equal(krb5_get_credentials(krb, 0, cache, &wanted, &list[0]), 0);
    assert_int_equal(krb5_auth_con_init(krb, &auth), 0);
    krb5_auth_con_setflags(krb, auth, 0);
    assert_int_equal(krb5_mk_ncred(krb, auth, list, &message, NULL), 0);
    assert_true(message->length <= sizeof(request.bytes));
    memcpy(request.bytes, message->data, message->length);
    request.head.KerbCredSize = message->length;
    assert_int_equal(kerberos->CallPackage(NULL, &request, &request,
                                           (ULONG)sizeof(request.head) + message->length, &reply,
                                           &size, &protocol),
                     STATUS_SUCCESS);
    assert_int_equal(protocol, STATUS_SUCCESS);
    free(known.ticket.data);
    known.ticket = list[0]->ticket;
    known.used = false;
    list[0]->ticket = (krb5_data){.length = 0};
    krb5_free_data(krb, message);
    krb5_auth_con_free(krb, auth);
    krb5_free_creds(krb, list[0]);
    krb5_free_cred_contents(krb, &wanted);
    krb5_cc_close(krb, cache);
    krb5_free_context(krb);
    realm_kinit("", "", "");
}

/* Who knows a ticket's key can be the server that it is for. A program knows those of the tickets
 * that it has submitted: they are no proof to give it the password of the session for. */
static void test_submitted(void **state)
{
    struct result r;

    (void)state;
    rule("allow_default_credentials", "HTTP/*");
    log_on(u"" ALICE_PASSWORD, 0);
    submit("alice", ALICE_PASSWORD);
    r = shake(0, WANTS & ~(ULONG)ISC_REQ_DELEGATE);
    assert_nothing(&r, SEC_E_OK);
    assert_true(known.used); /* it is good for all else */
    result_free(&r);
    known.used = false;
    r = shake(0, WANTS);
    assert_password(&r, u"alice", u"" ALICE_PASSWORD);
    assert_false(known.used);
    result_free(&r);
    /* Nor those of somebody else, whose KDC may be anybody. */
    submit("bob", BOB_PASSWORD);
    principal = u"bob@" REALM_WIDE;
    r = shake(0, WANTS & ~(ULONG)ISC_REQ_DELEGATE);
    assert_true(known.used);
    result_free(&r);
    known.used = false;
    r = shake(0, WANTS);
    assert_password(&r, u"alice", u"" ALICE_PASSWORD);
    assert_true(holds(r.packed, r.packed_size, u"alice", 10));
    assert_false(known.used);
    result_free(&r);
    free(known.ticket.data);
    known.ticket = (krb5_data){.length = 0};
}

/* The session is of an account that no Kerberos knows; a program has brought tickets to it. */
static void test_local_account(void **state)
{
    UNICODE_STRING name = counted(u"alice");
    SECPKG_PRIMARY_CRED primary = {.LogonId = {session, 0},
                                   .DownlevelName = name,
                                   .DomainName = counted(u"HERE"),
                                   .Password = counted(u"" ALICE_PASSWORD),
                                   .Flags = PRIMARY_CRED_CLEAR_PASSWORD};
    struct result r;

    (void)state;
    rule("allow_default_credentials", "HTTP/*");
    assert_int_equal(kerberos->AcceptCredentials(Interactive, &name, &primary, NULL), 0);
    assert_int_equal(ts->AcceptCredentials(Interactive, &name, &primary, NULL), 0);
    submit("bob", BOB_PASSWORD);
    r = shake(0, WANTS);
    assert_nothing(&r, SEC_E_POLICY_NLTM_ONLY);
    result_free(&r);
    /* Where no proof is asked for, they do. */
    rule("allow_default_credentials_ntlm_only", "HTTP/*");
    r = shake(0, WANTS);
    assert_password(&r, u"alice", u"" ALICE_PASSWORD);
    result_free(&r);
}

/* A password that was changed elsewhere is told the KDC once: its account is not to be locked. */
static void test_refused(void **state)
{
    struct result r;

    (void)state;
    rule("allow_default_credentials", "HTTP/*");
    log_on(u"" ALICE_PASSWORD, 0);
    realm_admin("cpw -pw elsewhere alice");
    r = shake(0, WANTS);
    assert_nothing(&r, SEC_E_LOGON_DENIED);
    result_free(&r);
    assert_false(store_has(session, "delegate"));
    r = shake(0, WANTS);
    assert_nothing(&r, SEC_E_NO_CREDENTIALS);
    result_free(&r);
    log_on(u"elsewhere", PRIMARY_CRED_UPDATE);
    r = shake(0, WANTS);
    assert_password(&r, u"alice", u"elsewhere");
    result_free(&r);
    realm_admin("cpw -pw \"" ALICE_PASSWORD "\" alice");
}

static void test_policy(void **state)
{
    struct result r;

    (void)state;
    log_on(u"" ALICE_PASSWORD, 0);
    assert_false(store_has(session, "delegate")); /* nobody may have it: it is not kept */
    r = shake(TS_CHANNEL_TRUSTED, WANTS);
    assert_nothing(&r, SEC_E_DELEGATION_POLICY);
    assert_null(r.delegated);
    result_free(&r);
    /* Rules for supplied credentials are none for these, whatever the caller says of certificates.
     */
    rule("allow_fresh_credentials", "*");
    r = shake(TS_CHANNEL_TRUSTED, WANTS);
    assert_nothing(&r, SEC_E_DELEGATION_POLICY);
    result_free(&r);
    rule("allow_default_credentials", "HTTP/*");
    r = shake(0, WANTS);
    assert_nothing(&r, SEC_E_NO_CREDENTIALS); /* nothing was kept */
    result_free(&r);
    log_on(u"" ALICE_PASSWORD, 0);
    assert_true(store_has(session, "delegate"));
    memset(rules, 0, sizeof(rules));
    log_on(u"" ALICE_PASSWORD, PRIMARY_CRED_UPDATE);
    assert_false(store_has(session, "delegate")); /* what another lsad kept goes */
}

static void test_saved(void **state)
{
    static const char value[] = "HTTP/web.credmgr.test\0CREDMGR.TEST\\bob\0" BOB_PASSWORD;
    const LUID luid = {session, 0};
    struct result r;

    (void)state;
    rule("allow_saved_credentials", "HTTP/web.credmgr.test");
    rule("allow_default_credentials", "HTTP/*");
    log_on(u"" ALICE_PASSWORD, 0);
    assert_int_equal(
        test_store.add(&luid, "TSSSP", "saved:HTTP/web.credmgr.test", value, sizeof(value) - 1),
        STATUS_SUCCESS);
    r = shake(0, WANTS);
    assert_password(&r, u"bob", u"kn\u00f6del");
    result_free(&r);
    /* What is saved for a server is meant: its rules are those that count. */
    memset(rules, 0, sizeof(rules));
    rule("allow_default_credentials", "HTTP/*");
    r = shake(0, WANTS);
    assert_nothing(&r, SEC_E_DELEGATION_POLICY);
    result_free(&r);
}

static void log_out(void)
{
    store_clear(session);
}

static void delete_saved(void)
{
    const LUID luid = {session, 0};

    assert_int_equal(test_store.remove(&luid, "TSSSP", "saved:" SERVICE), STATUS_SUCCESS);
}

/* Who logs out, or deletes what was saved, in the midst of a handshake has it sent no more. */
static void test_meanwhile(void **state)
{
    static const char value[] = SERVICE "\0CREDMGR.TEST\\bob\0" BOB_PASSWORD;
    void (*const ends[])(void) = {delete_saved, log_out};
    const LUID luid = {session, 0};
    struct result r;

    (void)state;
    rule("allow_saved_credentials", "*");
    rule("allow_default_credentials", "*");
    log_on(u"" ALICE_PASSWORD, 0);
    for (size_t i = 0; i < ARRAYSIZE(ends); i++) {
        assert_int_equal(test_store.add(&luid, "TSSSP", "saved:" SERVICE, value, sizeof(value) - 1),
                         STATUS_SUCCESS);
        meanwhile = ends[i];
        r = shake(0, WANTS);
        assert_nothing(&r, SEC_E_NO_CREDENTIALS);
        result_free(&r);
    }
    log_on(u"" ALICE_PASSWORD, 0);
    meanwhile = log_out;
    r = shake(0, WANTS);
    assert_nothing(&r, SEC_E_NO_CREDENTIALS);
    result_free(&r);
}

/* Sessions and directions that are not the client's. */
static void test_credentials(void **state)
{
    LSA_SEC_HANDLE credential;
    TimeStamp expiry;
    LUID other = {session + 1, 0};

    (void)state;
    log_on(u"" ALICE_PASSWORD, 0);
    assert_int_equal(ts->AcquireCredentialsHandle(NULL, SECPKG_CRED_INBOUND, NULL, NULL, NULL, NULL,
                                                  &credential, &expiry),
                     SEC_E_NO_CREDENTIALS);
    assert_int_equal(ts->AcquireCredentialsHandle(NULL, SECPKG_CRED_BOTH, NULL, NULL, NULL, NULL,
                                                  &credential, &expiry),
                     SEC_E_NO_CREDENTIALS);
    assert_int_equal(ts->AcquireCredentialsHandle(NULL, SECPKG_CRED_OUTBOUND, &other, NULL, NULL,
                                                  NULL, &credential, &expiry),
                     SEC_E_NOT_OWNER);
    assert_int_equal(
        ts->AcquireCredentialsHandle(NULL, 0, NULL, NULL, NULL, NULL, &credential, &expiry),
        SEC_E_UNSUPPORTED_FUNCTION);
}

/* The server opens its ticket, and has no key of the other one. */
static void assert_tickets(const struct ts_ticket_logon *logon)
{
    krb5_data encoded = {.length = (unsigned)logon->service_ticket.size,
                         .data = (char *)(uintptr_t)logon->service_ticket.data};
    krb5_data message = {.length = (unsigned)logon->tgt.size,
                         .data = (char *)(uintptr_t)logon->tgt.data};
    krb5_auth_context auth = NULL;
    krb5_creds **list = NULL;
    krb5_ticket *ticket = NULL;
    krb5_keytab keytab = NULL;
    krb5_context krb;
    struct ts_kerb_key key;
    char *name;

    assert_int_equal(krb5_init_context(&krb), 0);
    assert_int_equal(krb5_decode_ticket(&encoded, &ticket), 0);
    assert_int_equal(krb5_kt_default(krb, &keytab), 0);
    assert_int_equal(krb5_server_decrypt_ticket_keytab(krb, keytab, ticket), 0);
    assert_int_equal(krb5_unparse_name(krb, ticket->enc_part2->client, &name), 0);
    assert_string_equal(name, "alice@" REALM);
    krb5_free_unparsed_name(krb, name);
    assert_int_equal(krb5_auth_con_init(krb, &auth), 0);
    krb5_auth_con_setflags(krb, auth, 0);
    krb5_auth_con_setuseruserkey(krb, auth, ticket->enc_part2->session);
    assert_int_equal(krb5_rd_cred(krb, auth, &message, &list, NULL), 0);
    assert_int_equal(krb5_unparse_name(krb, list[0]->server, &name), 0);
    assert_string_equal(name, "krbtgt/" REALM "@" REALM);
    krb5_free_unparsed_name(krb, name);
    /* No key of that type is so long: it is the name of one. */
    assert_true(ts_kerb_key_read(
        (struct ts_bytes){list[0]->keyblock.contents, list[0]->keyblock.length}, &key));
    assert_int_equal(key.type, list[0]->keyblock.enctype);
    krb5_free_tgt_creds(krb, list);
    krb5_auth_con_free(krb, auth);
    krb5_free_ticket(krb, ticket);
    krb5_kt_close(krb, keytab);
    krb5_free_context(krb);
}

static void test_remote_guard(void **state)
{
    struct ts_credentials got;
    struct ts_ticket_logon logon;
    struct result r;

    (void)state;
    log_on(u"" ALICE_PASSWORD, 0); /* and no rule for anybody: no password goes anywhere */
    r = shake(TS_CHANNEL_REDIRECT, WANTS);
    assert_int_equal(r.status, SEC_E_OK);
    assert_true(r.attributes & ISC_RET_DELEGATE);
    assert_true(ts_credentials_read(r.delegated, r.delegated_size, &got));
    assert_int_equal(got.type, TS_REMOTE_GUARD_CREDS);
    assert_int_equal(got.u.remote_guard.logon.package.size, 2 * strlen("Kerberos"));
    assert_true(ts_ticket_logon_read(got.u.remote_guard.logon.credential, &logon));
    assert_int_equal(logon.flags, KERB_LOGON_FLAG_REDIRECTED);
    assert_tickets(&logon);
    assert_false(holds(r.delegated, r.delegated_size, u"" ALICE_PASSWORD,
                       sizeof(u"" ALICE_PASSWORD) - sizeof(WCHAR)));
    result_free(&r);
}

/* "Restrict delegation of credentials to remote servers". */
static void test_restricted(void **state)
{
    struct result r;

    (void)state;
    rule("allow_default_credentials", "*");
    rule("restrict_delegation", "remote_credential_guard");
    log_on(u"" ALICE_PASSWORD, 0);
    r = shake(0, WANTS);
    assert_nothing(&r, SEC_E_DELEGATION_POLICY);
    result_free(&r);
    r = shake(TS_CHANNEL_REDIRECT, WANTS);
    assert_int_equal(r.status, SEC_E_OK);
    result_free(&r);
    rules[1].value = "restricted_admin";
    r = shake(TS_CHANNEL_REDIRECT, WANTS);
    assert_nothing(&r, SEC_E_DELEGATION_POLICY);
    result_free(&r);
    r = shake(0, WANTS & ~(ULONG)ISC_REQ_DELEGATE);
    assert_nothing(&r, SEC_E_OK);
    result_free(&r);
}

/* The key of a ticket is for packages, and for nobody whom they work for. */
static void test_no_keys_for_clients(void **state)
{
    struct {
        KERB_RETRIEVE_TKT_REQUEST head;
        WCHAR target[sizeof(WEB) / sizeof(WCHAR)];
    } request = {.head = {.MessageType = KerbRetrieveEncodedTicketMessage}, .target = WEB};
    PKERB_RETRIEVE_TKT_RESPONSE reply = NULL;
    ULONG size = 0;
    NTSTATUS protocol = 0;

    (void)state;
    log_on(u"" ALICE_PASSWORD, 0);
    request.head.TargetName = counted(request.target);
    assert_int_equal(kerberos->CallPackage(NULL, &request, &request, sizeof(request),
                                           (PVOID *)&reply, &size, &protocol),
                     STATUS_SUCCESS);
    assert_int_equal(protocol, STATUS_SUCCESS);
    assert_true(reply->Ticket.EncodedTicketSize > 0);
    assert_int_equal(reply->Ticket.SessionKey.Length, 0);
    lsa_host_free(reply);
}

static int start(void **state)
{
    static const struct lsa_host_config config = {.in_lsa = true,
                                                  .store = &test_store,
                                                  .settings = settings,
                                                  .realm = REALM,
                                                  .inner = &lsa_inner_direct};

    (void)state;
    if (realm_start(NULL))
        return -1;
    realm_install();
    setenv("KRB5RCACHENAME", "none:", 1);
    setenv("GSS_MECH_CONFIG", "/dev/null", 1); /* MIT's negotiation has Kerberos alone */
    if (lsa_host_start(&config) != STATUS_SUCCESS)
        return -1;
    ts = lsa_host_find(u"TSSSP")->lsa;
    kerberos = lsa_host_find(u"Kerberos")->lsa;
    return 0;
}

static int stop(void **state)
{
    (void)state;
    lsa_host_stop();
    return realm_stop();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_default, begin, end),
        cmocka_unit_test_setup_teardown(test_submitted, begin, end),
        cmocka_unit_test_setup_teardown(test_local_account, begin, end),
        cmocka_unit_test_setup_teardown(test_refused, begin, end),
        cmocka_unit_test_setup_teardown(test_policy, begin, end),
        cmocka_unit_test_setup_teardown(test_saved, begin, end),
        cmocka_unit_test_setup_teardown(test_meanwhile, begin, end),
        cmocka_unit_test_setup_teardown(test_credentials, begin, end),
        cmocka_unit_test_setup_teardown(test_remote_guard, begin, end),
        cmocka_unit_test_setup_teardown(test_restricted, begin, end),
        cmocka_unit_test_setup_teardown(test_no_keys_for_clients, begin, end),
    };

    return cmocka_run_group_tests(tests, start, stop);
}
