/*
 * The LSA-mode half as lsad runs it, over a store that is a table of this test, with a real KDC:
 * logons, tickets in the background, outages, changed passwords, restarts, renewal, and what may be
 * asked about tickets.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <gssapi/gssapi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <ntsecapi.h>
#include <ntstatus.h>
#include "base/utf16.h"
#include "libsspi/packages/kerberos/packed.h"
#include "tests/unit/kerberos/realm.h"
#include "tests/unit/kerberos/store.h"

const struct builtin_package lsa_builtin_packages[] = {
    {"Kerberos", kerb_lsa_mode_initialize, kerb_user_mode_initialize},
    {NULL, NULL, NULL},
};

/* ---- the LSA around the package ------------------------------------------------------------ */

static const SECPKG_FUNCTION_TABLE *kerberos;
static struct lsa_call call; /* whose call it is: client.LogonId */
static struct lsa_setting settings[3];
static SEC_THREAD_START timer; /* what the package wants called now and then */

static const struct lsa_setting *read_settings(const char *package)
{
    (void)package;
    return settings;
}

static HANDLE NTAPI take_timer(SEC_THREAD_START function, PVOID parameter, ULONG type, ULONG class,
                               ULONG flags, ULONG interval, HANDLE event)
{
    (void)parameter, (void)class, (void)flags, (void)interval, (void)event;
    assert_int_equal(type, NOTIFIER_TYPE_INTERVAL);
    timer = function;
    return (HANDLE)1;
}

static NTSTATUS NTAPI drop_timer(HANDLE handle)
{
    assert_ptr_equal(handle, (HANDLE)1);
    timer = NULL;
    return STATUS_SUCCESS;
}

static ULONG_PTR package_id;
static LSA_SECPKG_FUNCTION_TABLE table;

/* The host's own table, but for the timer: a test does not wait a minute. */
static NTSTATUS NTAPI initialize(ULONG_PTR id, PSECPKG_PARAMETERS parameters,
                                 PLSA_SECPKG_FUNCTION_TABLE host)
{
    (void)parameters;
    package_id = id;
    table = *host;
    table.RegisterNotification = take_timer;
    table.CancelNotification = drop_timer;
    return STATUS_SUCCESS;
}

static SpInitializeFn *real_initialize;

static int start(void **state)
{
    static const struct lsa_host_config config = {
        .in_lsa = true, .store = &test_store, .settings = read_settings, .realm = REALM};
    PSECPKG_FUNCTION_TABLE tables;
    ULONG version, count;

    (void)state;
    /* The host fills its table into ours; then the package starts with that. */
    assert_int_equal(kerb_lsa_mode_initialize(SECPKG_INTERFACE_VERSION, &version, &tables, &count),
                     STATUS_SUCCESS);
    real_initialize = real_initialize ? real_initialize : tables->Initialize;
    tables->Initialize = initialize;
    if (lsa_host_start(&config) != STATUS_SUCCESS ||
        real_initialize(package_id, NULL, &table) != STATUS_SUCCESS)
        return -1;
    kerberos = lsa_host_find(u"Kerberos")->lsa;
    memset(&call, 0, sizeof(call));
    call.client.LogonId.LowPart = 1;
    lsa_call_begin(&call);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    lsa_call_end();
    lsa_host_stop();
    assert_null(timer);
    return 0;
}

static int clean(void **state)
{
    for (ULONG i = 1; i < 10; i++)
        store_clear(i);
    memset(settings, 0, sizeof(settings));
    return stop(state);
}

static int start_keeping(void **state)
{
    settings[0] = (struct lsa_setting){"keep_password", "yes"};
    return start(state);
}

static int start_waiting(void **state)
{
    settings[0] = (struct lsa_setting){"ticket_wait", "5"};
    return start(state);
}

static int64_t milliseconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static UNICODE_STRING counted(const WCHAR *text)
{
    USHORT size = text ? (USHORT)(utf16_length(text) * sizeof(WCHAR)) : 0;

    return (UNICODE_STRING){size, size, (WCHAR *)(uintptr_t)text};
}

static NTSTATUS log_on(ULONG session, const WCHAR *upn, const char *password)
{
    UNICODE_STRING name = counted(u"somebody");
    size_t units = 0;
    WCHAR *wide = utf16_from_utf8(password, strlen(password), &units);
    SECPKG_PRIMARY_CRED primary = {.LogonId = {session, 0},
                                   .DownlevelName = name,
                                   .DomainName = counted(u"CREDMGR"),
                                   .Upn = counted(upn),
                                   .Password = {(USHORT)(2 * units), (USHORT)(2 * units), wide},
                                   .Flags = PRIMARY_CRED_CLEAR_PASSWORD};
    NTSTATUS status = kerberos->AcceptCredentials(Interactive, &name, &primary, NULL);

    free(wide);
    return status;
}

static bool soon(bool (*is)(ULONG session, const char *key), bool wanted, ULONG session,
                 const char *key)
{
    for (int i = 0; i < 500; i++) {
        if (is(session, key) == wanted)
            return true;
        usleep(10000);
    }
    return false;
}

static void alice_logs_on(ULONG session)
{
    assert_int_equal(log_on(session, u"alice@" REALM_WIDE, ALICE_PASSWORD), STATUS_SUCCESS);
    assert_true(soon(store_has, true, session, "tgt"));
    assert_true(soon(store_has, false, session, "password"));
}

/* ---- contexts ------------------------------------------------------------------------------ */

static SECURITY_STATUS acquire(ULONG use, LSA_SEC_HANDLE *handle)
{
    TimeStamp expiry;

    return kerberos->AcquireCredentialsHandle(NULL, use, NULL, NULL, NULL, NULL, handle, &expiry);
}

static NTSTATUS leg(LSA_SEC_HANDLE credential, LSA_SEC_HANDLE *context, const WCHAR *target,
                    gss_buffer_t in, PSecBuffer out, PSecBuffer packed)
{
    SecBuffer token = {in ? (ULONG)in->length : 0, SECBUFFER_TOKEN, in ? in->value : NULL};
    SecBufferDesc input = {SECBUFFER_VERSION, 1, &token}, output = {SECBUFFER_VERSION, 1, out};
    UNICODE_STRING name = counted(target);
    ULONG attributes;
    TimeStamp expiry;
    BOOLEAN mapped;
    NTSTATUS status;

    *out = (SecBuffer){0, SECBUFFER_TOKEN, NULL};
    status = kerberos->InitLsaModeContext(
        credential, *context, &name, ISC_REQ_MUTUAL_AUTH | ISC_REQ_ALLOCATE_MEMORY, 0,
        in ? &input : NULL, context, &output, &attributes, &expiry, &mapped, packed);
    if (NT_SUCCESS(status))
        assert_int_equal(mapped, in != NULL);
    return status;
}

/* A whole handshake with MIT's acceptor; the packed context names who we are. */
static NTSTATUS connect_to(LSA_SEC_HANDLE credential, const WCHAR *target, const char *client)
{
    LSA_SEC_HANDLE context = 0;
    SecBuffer out, packed = {0};
    gss_ctx_id_t theirs = GSS_C_NO_CONTEXT;
    gss_buffer_desc in, reply;
    struct kerb_packed p;
    OM_uint32 minor;
    NTSTATUS status = leg(credential, &context, target, NULL, &out, &packed);

    if (status != SEC_I_CONTINUE_NEEDED)
        return status;
    in = (gss_buffer_desc){out.cbBuffer, out.pvBuffer};
    assert_int_equal(gss_accept_sec_context(&minor, &theirs, GSS_C_NO_CREDENTIAL, &in,
                                            GSS_C_NO_CHANNEL_BINDINGS, NULL, NULL, &reply, NULL,
                                            NULL, NULL),
                     GSS_S_COMPLETE);
    lsa_host_free(out.pvBuffer);
    status = leg(credential, &context, target, &reply, &out, &packed);
    assert_int_equal(status, SEC_E_OK);
    assert_int_equal(out.cbBuffer, 0);
    assert_true(kerb_packed_read(packed.pvBuffer, packed.cbBuffer, &p));
    assert_int_equal(p.client.size, strlen(client));
    assert_memory_equal(p.client.bytes, client, p.client.size);
    assert_int_equal(kerberos->DeleteContext(context), SEC_E_OK);
    lsa_host_free(packed.pvBuffer);
    gss_release_buffer(&minor, &reply);
    gss_delete_sec_context(&minor, &theirs, GSS_C_NO_BUFFER);
    return status;
}

static NTSTATUS try_to(const WCHAR *target)
{
    LSA_SEC_HANDLE credential;
    NTSTATUS status = acquire(SECPKG_CRED_OUTBOUND, &credential);

    if (status)
        return status;
    status = connect_to(credential, target, "alice@" REALM);
    assert_int_equal(kerberos->FreeCredentialsHandle(credential), SEC_E_OK);
    return status;
}

#define WEB  u"HTTP/web.credmgr.test"
#define MAIL u"imap/mail.credmgr.test"

/* ---- logons -------------------------------------------------------------------------------- */

static void test_logon(void **state)
{
    SecPkgCredentials_NamesW name;
    LSA_SEC_HANDLE credential;
    unsigned tickets;
    char *text;

    (void)state;
    assert_int_equal(acquire(SECPKG_CRED_OUTBOUND, &credential), SEC_E_NO_CREDENTIALS);
    alice_logs_on(1);
    assert_false(store_holds(1, ALICE_PASSWORD));
    assert_true(store_has(1, "account"));
    tickets = realm_requests("TGS_REQ");
    assert_int_equal(try_to(WEB), SEC_E_OK);
    assert_true(store_has(1, "ticket:" SERVICE "@" REALM));
    assert_int_equal(try_to(WEB), SEC_E_OK);
    assert_int_equal(realm_requests("TGS_REQ"), tickets + 1); /* it is kept */
    assert_int_equal(try_to(u"HTTP/nobody.credmgr.test"), SEC_E_TARGET_UNKNOWN);
    assert_int_equal(acquire(SECPKG_CRED_OUTBOUND, &credential), SEC_E_OK);
    assert_int_equal(
        kerberos->QueryCredentialsAttributes(credential, SECPKG_CRED_ATTR_NAMES, &name), SEC_E_OK);
    text = utf16_to_utf8(name.sUserName, utf16_length(name.sUserName), NULL);
    assert_string_equal(text, REALM "\\alice");
    free(text);
    lsa_host_free(name.sUserName);
    assert_int_equal(kerberos->FreeCredentialsHandle(credential), SEC_E_OK);
    /* a session has no key to accept with */
    assert_int_equal(acquire(SECPKG_CRED_INBOUND, &credential), SEC_E_NO_CREDENTIALS);
    assert_int_equal(acquire(SECPKG_CRED_BOTH, &credential), SEC_E_NO_CREDENTIALS);
    /* the end */
    kerberos->LogonTerminated(&call.client.LogonId);
    store_clear(1);
    assert_int_equal(try_to(WEB), SEC_E_NO_CREDENTIALS);
}

static void test_wrong_password(void **state)
{
    (void)state;
    assert_int_equal(log_on(1, u"alice@" REALM_WIDE, "not hers"), STATUS_SUCCESS);
    assert_true(
        soon(store_has, false, 1, "password")); /* never tried again: it could lock the account */
    assert_false(store_has(1, "tgt"));
    assert_int_equal(try_to(WEB), SEC_E_NO_CREDENTIALS);
    assert_int_equal(log_on(1, u"nobody@" REALM_WIDE, "x"), STATUS_SUCCESS);
    assert_true(soon(store_has, false, 1, "password"));
    assert_int_equal(try_to(WEB), SEC_E_NO_CREDENTIALS);
    alice_logs_on(1);
    assert_int_equal(try_to(WEB), SEC_E_OK);
}

/* Accounts of this machine, and logons without a password, are none of ours. */
static void test_not_ours(void **state)
{
    UNICODE_STRING name = counted(u"root");
    SECPKG_PRIMARY_CRED primary = {.LogonId = {1, 0},
                                   .DownlevelName = name,
                                   .DomainName = counted(u"BOX"),
                                   .Password = counted(u"x"),
                                   .Flags = PRIMARY_CRED_CLEAR_PASSWORD};

    (void)state;
    assert_int_equal(kerberos->AcceptCredentials(Interactive, &name, &primary, NULL),
                     STATUS_SUCCESS);
    assert_int_equal(store_count(1), 0);
    primary.Upn = counted(u"alice@" REALM_WIDE);
    primary.Password = counted(NULL);
    assert_int_equal(kerberos->AcceptCredentials(Interactive, &name, &primary, NULL),
                     STATUS_SUCCESS);
    assert_int_equal(store_count(1), 0);
    assert_true(log_on(77, u"alice@" REALM_WIDE, ALICE_PASSWORD) < 0); /* no such session */
}

static void test_kdc_down_at_logon(void **state)
{
    int64_t begin;

    (void)state;
    realm_kdc_silent();
    begin = milliseconds();
    assert_int_equal(log_on(1, u"alice@" REALM_WIDE, ALICE_PASSWORD), STATUS_SUCCESS);
    assert_int_equal(log_on(2, u"alice@" REALM_WIDE, ALICE_PASSWORD), STATUS_SUCCESS);
    assert_true(milliseconds() - begin <
                900); /* the login costs nothing: libkrb5 waits a second at least */
    assert_true(store_has(1, "password"));
    realm_kdc_up();
    assert_int_equal(try_to(WEB), SEC_E_OK); /* waits for the ticket that is being fetched */
    assert_false(store_has(1, "password"));
}

static void test_kdc_down_for_long(void **state)
{
    (void)state;
    realm_kdc_down();
    assert_int_equal(log_on(1, u"alice@" REALM_WIDE, ALICE_PASSWORD), STATUS_SUCCESS);
    assert_int_equal(try_to(WEB), SEC_E_NO_AUTHENTICATING_AUTHORITY);
    assert_true(store_has(1, "password"));
    /* lsad is killed and started again meanwhile */
    stop(NULL);
    start(NULL);
    realm_kdc_up();
    assert_int_equal(try_to(WEB), SEC_E_OK);
    assert_false(store_has(1, "password"));
}

static void test_keep_password(void **state)
{
    (void)state;
    assert_int_equal(log_on(1, u"alice@" REALM_WIDE, ALICE_PASSWORD), STATUS_SUCCESS);
    assert_int_equal(try_to(WEB), SEC_E_OK);
    assert_true(store_has(1, "password"));
    /* then a ticket that is gone is fetched anew */
    test_store.remove(&call.client.LogonId, "Kerberos", "tgt");
    assert_int_equal(try_to(MAIL), SEC_E_OK);
    /* but no password is kept that is wrong */
    assert_int_equal(log_on(2, u"alice@" REALM_WIDE, "not hers"), STATUS_SUCCESS);
    assert_true(soon(store_has, false, 2, "password"));
}

static void test_ticket_wait(void **state)
{
    int64_t begin = milliseconds();

    (void)state;
    assert_int_equal(log_on(1, u"alice@" REALM_WIDE, ALICE_PASSWORD), STATUS_SUCCESS);
    assert_true(store_has(1, "tgt"));
    assert_true(milliseconds() - begin < 4000);
    assert_int_equal(log_on(2, u"alice@" REALM_WIDE, "not hers"), STATUS_SUCCESS);
    assert_false(store_has(2, "password"));
    assert_true(milliseconds() - begin < 4000);
}

static void test_changed_password(void **state)
{
    (void)state;
    alice_logs_on(1);
    assert_int_equal(try_to(WEB), SEC_E_OK);
    realm_admin("cpw -pw \"a new one\" alice");
    assert_int_equal(log_on(1, u"alice@" REALM_WIDE, "a new one"), STATUS_SUCCESS);
    assert_int_equal(try_to(MAIL), SEC_E_OK);
    assert_true(soon(store_has, false, 1, "password"));
    assert_true(store_has(1, "tgt"));
    realm_admin("cpw -pw \"" ALICE_PASSWORD "\" alice");
    /* one that the KDC does not know leaves the ticket that there is */
    assert_int_equal(log_on(1, u"alice@" REALM_WIDE, "never set"), STATUS_SUCCESS);
    assert_true(soon(store_has, false, 1, "password"));
    assert_int_equal(try_to(WEB), SEC_E_OK);
}

/* While the KDC is away, the last of several passwords counts. */
static void test_changed_while_away(void **state)
{
    (void)state;
    realm_kdc_down();
    assert_int_equal(log_on(1, u"alice@" REALM_WIDE, "an old one"), STATUS_SUCCESS);
    assert_int_equal(log_on(1, u"alice@" REALM_WIDE, "another"), STATUS_SUCCESS);
    assert_int_equal(log_on(1, u"alice@" REALM_WIDE, ALICE_PASSWORD), STATUS_SUCCESS);
    realm_kdc_up();
    for (int i = 0; i < 100 && !store_has(1, "tgt"); i++)
        assert_int_not_equal(try_to(WEB), SEC_E_LOGON_DENIED);
    assert_int_equal(try_to(WEB), SEC_E_OK);
    assert_false(store_has(1, "password"));
}

/* Another account in the same session does not get the tickets of the first. */
static void test_other_account(void **state)
{
    (void)state;
    alice_logs_on(1);
    assert_int_equal(try_to(WEB), SEC_E_OK);
    assert_int_equal(log_on(1, u"bob@" REALM_WIDE, "not his"), STATUS_SUCCESS);
    assert_false(store_has(1, "ticket:" SERVICE "@" REALM));
    assert_true(soon(store_has, false, 1, "password"));
    assert_int_equal(try_to(WEB), SEC_E_NO_CREDENTIALS);
}

/* ---- whose session ------------------------------------------------------------------------- */

static void test_sessions_are_apart(void **state)
{
    LSA_SEC_HANDLE credential;
    TimeStamp expiry;
    LUID first = {1, 0}, second = {2, 0};

    (void)state;
    alice_logs_on(1);
    call.client.LogonId.LowPart = 2;
    assert_int_equal(acquire(SECPKG_CRED_OUTBOUND, &credential), SEC_E_NO_CREDENTIALS);
    assert_int_equal(kerberos->AcquireCredentialsHandle(NULL, SECPKG_CRED_OUTBOUND, &first, NULL,
                                                        NULL, NULL, &credential, &expiry),
                     SEC_E_NOT_OWNER);
    assert_int_equal(kerberos->AcquireCredentialsHandle(NULL, SECPKG_CRED_OUTBOUND, &second, NULL,
                                                        NULL, NULL, &credential, &expiry),
                     SEC_E_NO_CREDENTIALS);
    call.client.HasTcbPrivilege = TRUE;
    assert_int_equal(kerberos->AcquireCredentialsHandle(NULL, SECPKG_CRED_OUTBOUND, &first, NULL,
                                                        NULL, NULL, &credential, &expiry),
                     SEC_E_OK);
    assert_int_equal(connect_to(credential, WEB, "alice@" REALM), SEC_E_OK);
    assert_int_equal(kerberos->FreeCredentialsHandle(credential), SEC_E_OK);
}

/* ---- after a restart of lsad, and renewal -------------------------------------------------- */

static void test_restart(void **state)
{
    (void)state;
    alice_logs_on(1);
    assert_int_equal(try_to(WEB), SEC_E_OK);
    stop(NULL);
    start(NULL);
    realm_kdc_down();
    assert_int_equal(try_to(WEB), SEC_E_OK); /* the ticket was in the store */
    realm_kdc_up();
    assert_int_equal(try_to(MAIL), SEC_E_OK);
}

/* End of the TGT, from what may be asked about it. */
static int64_t tgt_ends(void)
{
    KERB_QUERY_TKT_CACHE_REQUEST request = {.MessageType = KerbQueryTicketCacheExMessage};
    KERB_QUERY_TKT_CACHE_EX_RESPONSE *reply;
    ULONG size;
    NTSTATUS status;
    int64_t ends = 0;

    assert_int_equal(kerberos->CallPackage(NULL, &request, &request, sizeof(request),
                                           (PVOID *)&reply, &size, &status),
                     STATUS_SUCCESS);
    assert_int_equal(status, STATUS_SUCCESS);
    for (ULONG i = 0; i < reply->CountOfTickets; i++) {
        if (reply->Tickets[i].ServerName.Buffer[0] == u'k')
            ends = reply->Tickets[i].EndTime.QuadPart;
    }
    lsa_host_free(reply);
    return ends;
}

static void test_renewal(void **state)
{
    PSecurityUserData user;
    int64_t before;

    (void)state;
    realm_admin("modprinc -maxlife \"8 seconds\" -maxrenewlife \"1 day\" alice");
    alice_logs_on(1);
    before = tgt_ends();
    assert_non_null(timer);
    timer(NULL);
    assert_int_equal(tgt_ends(), before); /* not yet */
    sleep(5);
    /* A new lsad is told of its sessions by a question about them. */
    stop(NULL);
    start(NULL);
    assert_null(timer);
    assert_int_equal(kerberos->GetUserInfo(&call.client.LogonId, 0, &user), STATUS_SUCCESS);
    assert_int_equal(user->UserName.Length, 10);
    assert_memory_equal(user->UserName.Buffer, u"alice", 10);
    assert_int_equal(user->LogonDomainName.Length, 2 * strlen(REALM));
    assert_memory_equal(user->LogonDomainName.Buffer, REALM_WIDE, 2 * strlen(REALM));
    lsa_host_free(user);
    assert_non_null(timer);
    timer(NULL);
    assert_true(tgt_ends() > before);
    /* one that has expired, with no password: no credentials */
    realm_kdc_down();
    sleep(9);
    assert_int_equal(try_to(WEB), SEC_E_NO_CREDENTIALS);
    realm_kdc_up();
    realm_admin("modprinc -maxlife \"10 hours\" alice");
    timer(NULL);
    assert_int_equal(try_to(WEB), SEC_E_NO_CREDENTIALS);
}

/* ---- what may be asked --------------------------------------------------------------------- */

static NTSTATUS ask(void *request, ULONG size, void **reply, ULONG *reply_size)
{
    NTSTATUS status = STATUS_UNSUCCESSFUL;

    assert_int_equal(
        kerberos->CallPackageUntrusted(NULL, request, request, size, reply, reply_size, &status),
        STATUS_SUCCESS);
    return status;
}

static ULONG tickets_of(ULONG session)
{
    KERB_QUERY_TKT_CACHE_REQUEST request = {.MessageType = KerbQueryTicketCacheExMessage,
                                            .LogonId = {session, 0}};
    KERB_QUERY_TKT_CACHE_EX_RESPONSE *reply;
    ULONG size, count;

    assert_int_equal(ask(&request, sizeof(request), (void **)&reply, &size), STATUS_SUCCESS);
    assert_true(size >= sizeof(*reply));
    count = reply->CountOfTickets;
    for (ULONG i = 0; i < count; i++) {
        assert_memory_equal(reply->Tickets[i].ClientName.Buffer, u"alice", 10);
        assert_int_equal(reply->Tickets[i].ServerRealm.Length, 2 * strlen(REALM));
        assert_int_equal(reply->Tickets[i].EncryptionType, 18);
        assert_true(reply->Tickets[i].EndTime.QuadPart > reply->Tickets[i].StartTime.QuadPart);
    }
    lsa_host_free(reply);
    return count;
}

struct purge_request {
    KERB_PURGE_TKT_CACHE_REQUEST head;
    WCHAR text[64];
};

static NTSTATUS purge(ULONG session, const WCHAR *server, const WCHAR *realm)
{
    struct purge_request r = {
        .head = {.MessageType = KerbPurgeTicketCacheMessage, .LogonId = {session, 0}}};
    void *reply;
    ULONG size;

    r.head.ServerName = counted(server);
    r.head.RealmName = counted(realm);
    r.head.ServerName.Buffer = memcpy(r.text, server ? server : u"", r.head.ServerName.Length);
    r.head.RealmName.Buffer = memcpy(r.text + 32, realm ? realm : u"", r.head.RealmName.Length);
    return ask(&r, sizeof(r), &reply, &size);
}

static void test_tickets(void **state)
{
    (void)state;
    alice_logs_on(1);
    assert_int_equal(tickets_of(0), 1);
    assert_int_equal(try_to(WEB), SEC_E_OK);
    assert_int_equal(try_to(MAIL), SEC_E_OK);
    assert_int_equal(tickets_of(0), 3);
    assert_int_equal(tickets_of(1), 3);
    assert_int_equal(purge(0, u"nobody/there", NULL), STATUS_SUCCESS);
    assert_int_equal(purge(0, WEB, u"OTHER.TEST"), STATUS_SUCCESS);
    assert_int_equal(tickets_of(0), 3);
    assert_int_equal(purge(0, WEB, REALM_WIDE), STATUS_SUCCESS);
    assert_int_equal(tickets_of(0), 2);
    assert_false(store_has(1, "ticket:" SERVICE "@" REALM));
    assert_int_equal(purge(0, MAIL, NULL), STATUS_SUCCESS);
    assert_int_equal(tickets_of(0), 1);
    assert_int_equal(try_to(WEB), SEC_E_OK);
    assert_int_equal(purge(1, NULL, NULL), STATUS_SUCCESS);
    assert_false(store_has(1, "tgt"));
    assert_int_equal(try_to(WEB), SEC_E_NO_CREDENTIALS);
}

static void test_tickets_of_others(void **state)
{
    KERB_QUERY_TKT_CACHE_REQUEST request = {.MessageType = KerbQueryTicketCacheExMessage,
                                            .LogonId = {1, 0}};
    void *reply;
    ULONG size;

    (void)state;
    alice_logs_on(1);
    call.client.LogonId.LowPart = 2;
    assert_int_equal(ask(&request, sizeof(request), &reply, &size), STATUS_ACCESS_DENIED);
    assert_int_equal(purge(1, NULL, NULL), STATUS_ACCESS_DENIED);
    assert_true(store_has(1, "tgt"));
    request.LogonId.LowPart = 0;
    assert_int_equal(ask(&request, sizeof(request), &reply, &size), STATUS_NO_SUCH_LOGON_SESSION);
    call.client.HasTcbPrivilege = TRUE;
    assert_int_equal(tickets_of(1), 1);
}

static void test_hostile_questions(void **state)
{
    static const ULONG types[] = {0, 1, 2, 8, 20, 21, 1000, UINT32_MAX};
    struct purge_request r = {.head = {.MessageType = KerbPurgeTicketCacheMessage}};
    void *reply;
    ULONG size;

    (void)state;
    alice_logs_on(1);
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        KERB_QUERY_TKT_CACHE_REQUEST request = {.LogonId = {0, 0}};

        memcpy(&request, &types[i], sizeof(types[i]));
        assert_int_equal(ask(&request, sizeof(request), &reply, &size), STATUS_NOT_SUPPORTED);
        assert_null(reply);
    }
    for (ULONG length = 0; length < sizeof(r.head); length++)
        assert_int_equal(ask(&r, length, &reply, &size), STATUS_INVALID_PARAMETER);
    assert_int_equal(ask(NULL, 0, &reply, &size), STATUS_INVALID_PARAMETER);
    /* strings that lie outside the request, or only half inside */
    r.head.ServerName = (UNICODE_STRING){8, 8, (WCHAR *)(uintptr_t)8};
    assert_int_equal(ask(&r, sizeof(r), &reply, &size), STATUS_INVALID_PARAMETER);
    r.head.ServerName.Buffer = &r.text[61];
    assert_int_equal(ask(&r, sizeof(r), &reply, &size), STATUS_INVALID_PARAMETER);
    r.head.ServerName.Buffer = &r.text[64];
    assert_int_equal(ask(&r, sizeof(r), &reply, &size), STATUS_INVALID_PARAMETER);
    r.head.ServerName = (UNICODE_STRING){7, 8, r.text};
    assert_int_equal(ask(&r, sizeof(r), &reply, &size), STATUS_INVALID_PARAMETER);
    r.text[0] = 0xd800; /* half a character */
    r.head.ServerName = (UNICODE_STRING){2, 2, r.text};
    assert_int_equal(ask(&r, sizeof(r), &reply, &size), STATUS_INVALID_PARAMETER);
    assert_true(store_has(1, "tgt"));
}

static int start_all(void **state)
{
    (void)state;
    realm_start(NULL);
    realm_install();
    setenv("KRB5RCACHENAME", "none:", 1);
    return 0;
}

static int stop_all(void **state)
{
    (void)state;
    return realm_stop();
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, start, clean)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_logon),
        TEST(test_wrong_password),
        TEST(test_not_ours),
        TEST(test_kdc_down_at_logon),
        TEST(test_kdc_down_for_long),
        cmocka_unit_test_setup_teardown(test_keep_password, start_keeping, clean),
        cmocka_unit_test_setup_teardown(test_ticket_wait, start_waiting, clean),
        TEST(test_changed_password),
        TEST(test_changed_while_away),
        TEST(test_other_account),
        TEST(test_sessions_are_apart),
        TEST(test_restart),
        TEST(test_renewal),
        TEST(test_tickets),
        TEST(test_tickets_of_others),
        TEST(test_hostile_questions),
    };

    return cmocka_run_group_tests_name("kerberos: logon sessions", tests, start_all, stop_all);
}
