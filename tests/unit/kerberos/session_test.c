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

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <ntsecapi.h>
#include <krb5.h>
#include <ntstatus.h>
#include "base/keyring_internal.h"
#include "base/utf16.h"
#include "tests/unit/kerberos/lsa.h"
#include "tests/unit/kerberos/realm.h"
#include "tests/unit/kerberos/store.h"

static int start_keeping(void **state)
{
    lsa_settings[0] = (struct lsa_setting){"keep_password", "yes"};
    return lsa_start(state);
}

static int start_exporting(void **state)
{
    lsa_settings[0] = (struct lsa_setting){"export_ccache", "FILE:/tmp/krb5cc_%{uid}"};
    return lsa_start(state);
}

static int start_waiting(void **state)
{
    lsa_settings[0] = (struct lsa_setting){"ticket_wait", "5"};
    return lsa_start(state);
}

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
        lsa_kerberos->QueryCredentialsAttributes(credential, SECPKG_CRED_ATTR_NAMES, &name),
        SEC_E_OK);
    text = utf16_to_utf8(name.sUserName, utf16_length(name.sUserName), NULL);
    assert_string_equal(text, REALM "\\alice");
    free(text);
    lsa_host_free(name.sUserName);
    assert_int_equal(lsa_kerberos->FreeCredentialsHandle(credential), SEC_E_OK);
    /* a session has no key to accept with */
    assert_int_equal(acquire(SECPKG_CRED_INBOUND, &credential), SEC_E_NO_CREDENTIALS);
    assert_int_equal(acquire(SECPKG_CRED_BOTH, &credential), SEC_E_NO_CREDENTIALS);
    /* the end */
    lsa_kerberos->LogonTerminated(&lsa_now.client.LogonId);
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

/* What the fetch in the background failed with is known to the LSA, and to whoever asks later. */
static void test_why(void **state)
{
    unsigned before = lsa_told.count;

    (void)state;
    assert_int_equal(log_on(3, u"nobody@" REALM_WIDE, "x"), STATUS_SUCCESS);
    assert_true(soon(store_has, false, 3, "password"));
    assert_int_equal(lsa_told.count, before + 1);
    assert_int_equal(lsa_told.luid.LowPart, 3);
    assert_int_equal(lsa_told.status, SEC_E_LOGON_DENIED);
    assert_non_null(strstr(lsa_told.why.text, "not found in Kerberos database"));
    lsa_now.client.LogonId.LowPart = 3;
    reason_clear();
    assert_int_equal(try_to(WEB), SEC_E_NO_CREDENTIALS);
    assert_int_equal(reason_get()->code, KRB5KDC_ERR_C_PRINCIPAL_UNKNOWN);
    assert_non_null(strstr(reason_get()->text, "not found in Kerberos database"));
    /* a session of somebody else has nothing of it */
    lsa_now.client.LogonId.LowPart = 1;
    reason_clear();
    assert_int_equal(try_to(WEB), SEC_E_NO_CREDENTIALS);
    assert_string_equal(reason_get()->text, "");
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
    assert_int_equal(lsa_kerberos->AcceptCredentials(Interactive, &name, &primary, NULL),
                     STATUS_SUCCESS);
    assert_int_equal(store_count(1), 0);
    primary.Upn = counted(u"alice@" REALM_WIDE);
    primary.Password = counted(NULL);
    assert_int_equal(lsa_kerberos->AcceptCredentials(Interactive, &name, &primary, NULL),
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
    lsa_stop(NULL);
    lsa_start(NULL);
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
    test_store.remove(&lsa_now.client.LogonId, "Kerberos", "tgt");
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
    lsa_now.client.LogonId.LowPart = 2;
    assert_int_equal(acquire(SECPKG_CRED_OUTBOUND, &credential), SEC_E_NO_CREDENTIALS);
    assert_int_equal(lsa_kerberos->AcquireCredentialsHandle(NULL, SECPKG_CRED_OUTBOUND, &first,
                                                            NULL, NULL, NULL, &credential, &expiry),
                     SEC_E_NOT_OWNER);
    assert_int_equal(lsa_kerberos->AcquireCredentialsHandle(NULL, SECPKG_CRED_OUTBOUND, &second,
                                                            NULL, NULL, NULL, &credential, &expiry),
                     SEC_E_NO_CREDENTIALS);
    lsa_now.client.HasTcbPrivilege = TRUE;
    assert_int_equal(lsa_kerberos->AcquireCredentialsHandle(NULL, SECPKG_CRED_OUTBOUND, &first,
                                                            NULL, NULL, NULL, &credential, &expiry),
                     SEC_E_OK);
    assert_int_equal(connect_to(credential, WEB, "alice@" REALM), SEC_E_OK);
    assert_int_equal(lsa_kerberos->FreeCredentialsHandle(credential), SEC_E_OK);
}

/* ---- after a restart of lsad, and renewal -------------------------------------------------- */

static void test_restart(void **state)
{
    (void)state;
    alice_logs_on(1);
    assert_int_equal(try_to(WEB), SEC_E_OK);
    lsa_stop(NULL);
    lsa_start(NULL);
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

    assert_int_equal(lsa_kerberos->CallPackage(NULL, &request, &request, sizeof(request),
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
    assert_non_null(lsa_timer);
    lsa_timer(NULL);
    assert_int_equal(tgt_ends(), before); /* not yet */
    sleep(5);
    /* A new lsad is told of its sessions by a question about them. */
    lsa_stop(NULL);
    lsa_start(NULL);
    assert_null(lsa_timer);
    assert_int_equal(lsa_kerberos->GetUserInfo(&lsa_now.client.LogonId, 0, &user), STATUS_SUCCESS);
    assert_int_equal(user->UserName.Length, 10);
    assert_memory_equal(user->UserName.Buffer, u"alice", 10);
    assert_int_equal(user->LogonDomainName.Length, 2 * strlen(REALM));
    assert_memory_equal(user->LogonDomainName.Buffer, REALM_WIDE, 2 * strlen(REALM));
    lsa_host_free(user);
    assert_non_null(lsa_timer);
    lsa_timer(NULL);
    assert_true(tgt_ends() > before);
    /* one that has expired, with no password: no credentials */
    realm_kdc_down();
    sleep(9);
    assert_int_equal(try_to(WEB), SEC_E_NO_CREDENTIALS);
    realm_kdc_up();
    realm_admin("modprinc -maxlife \"10 hours\" alice");
    lsa_timer(NULL);
    assert_int_equal(try_to(WEB), SEC_E_NO_CREDENTIALS);
}

/* A session whose KDC does not answer keeps nobody else waiting. */
static void test_renewal_that_hangs(void **state)
{
    int64_t begin;

    (void)state;
    realm_admin("modprinc -maxlife \"8 seconds\" -maxrenewlife \"1 day\" alice");
    alice_logs_on(1);
    realm_kdc_silent();
    sleep(6); /* it is due since a second, and a thread of its own is at it */
    begin = milliseconds();
    lsa_timer(NULL);
    assert_true(milliseconds() - begin < 500);
    realm_kdc_up();
    realm_admin("modprinc -maxlife \"10 hours\" alice");
}

/* ---- what may be asked --------------------------------------------------------------------- */

static NTSTATUS ask(void *request, ULONG size, void **reply, ULONG *reply_size)
{
    NTSTATUS status = STATUS_UNSUCCESSFUL;

    assert_int_equal(lsa_kerberos->CallPackageUntrusted(NULL, request, request, size, reply,
                                                        reply_size, &status),
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
    lsa_now.client.LogonId.LowPart = 2;
    assert_int_equal(ask(&request, sizeof(request), &reply, &size), STATUS_ACCESS_DENIED);
    assert_int_equal(purge(1, NULL, NULL), STATUS_ACCESS_DENIED);
    assert_true(store_has(1, "tgt"));
    request.LogonId.LowPart = 0;
    assert_int_equal(ask(&request, sizeof(request), &reply, &size), STATUS_NO_SUCH_LOGON_SESSION);
    lsa_now.client.HasTcbPrivilege = TRUE;
    assert_int_equal(tickets_of(1), 1);
}

struct retrieve_request {
    KERB_RETRIEVE_TKT_REQUEST head;
    WCHAR name[32];
};

static NTSTATUS retrieve(const WCHAR *name, ULONG options, KERB_EXTERNAL_TICKET *ticket)
{
    struct retrieve_request r = {
        .head = {.MessageType = KerbRetrieveEncodedTicketMessage, .CacheOptions = options}};
    ULONG size = 0, units = 0;
    void *reply = NULL;
    NTSTATUS status;

    for (; name[units]; units++)
        r.name[units] = name[units];
    r.head.TargetName = (UNICODE_STRING){(USHORT)(units * 2), (USHORT)(units * 2), r.name};
    status = ask(&r, sizeof(r), &reply, &size);
    assert_true(!status == !!reply);
    if (reply) {
        assert_true(size >= sizeof(KERB_RETRIEVE_TKT_RESPONSE));
        *ticket = ((KERB_RETRIEVE_TKT_RESPONSE *)reply)->Ticket;
        assert_true(ticket->EncodedTicketSize > 0);
        assert_true(ticket->EncodedTicket > (UCHAR *)reply);
        assert_true(ticket->EncodedTicket + ticket->EncodedTicketSize <= (UCHAR *)reply + size);
    }
    lsa_host_free(reply);
    return status;
}

/* A ticket without its key is worth nothing, and the key stays here. */
static void test_retrieve(void **state)
{
    KERB_QUERY_TKT_CACHE_REQUEST request = {.MessageType = KerbRetrieveTicketMessage};
    KERB_EXTERNAL_TICKET t;
    ULONG size;
    void *reply;

    (void)state;
    assert_int_equal(retrieve(u"krbtgt", 0, &t), STATUS_NO_SUCH_LOGON_SESSION);
    alice_logs_on(1);
    assert_int_equal(ask(&request, sizeof(request), &reply, &size), STATUS_SUCCESS);
    t = ((KERB_RETRIEVE_TKT_RESPONSE *)reply)->Ticket;
    assert_int_equal(t.SessionKey.Length, 0);
    assert_null(t.SessionKey.Value);
    assert_int_equal(t.ClientName->NameCount, 1);
    assert_memory_equal(t.ClientName->Names[0].Buffer, u"alice", 10);
    assert_int_equal(t.ServiceName->NameCount, 2);
    assert_int_equal(t.EndTime.QuadPart > t.StartTime.QuadPart, 1);
    lsa_host_free(reply);
    assert_int_equal(retrieve(u"krbtgt", 0, &t), STATUS_SUCCESS);
    assert_int_equal(t.SessionKey.Length, 0);
    assert_int_equal(retrieve(u"krbtgt/" REALM, KERB_RETRIEVE_TICKET_USE_CACHE_ONLY, &t),
                     STATUS_SUCCESS);
    assert_int_equal(retrieve(u"krbtgt/" REALM, 0, &t), STATUS_SUCCESS);
    assert_int_equal(retrieve(u"krbtgt", KERB_RETRIEVE_TICKET_AS_KERB_CRED, &t),
                     STATUS_ACCESS_DENIED);
    assert_int_equal(retrieve(MAIL, KERB_RETRIEVE_TICKET_USE_CACHE_ONLY, &t),
                     STATUS_OBJECT_NAME_NOT_FOUND);
    assert_int_equal(retrieve(MAIL, 0, &t), STATUS_SUCCESS);
    assert_int_equal(retrieve(u"nobody/at.all", 0, &t), SEC_E_TARGET_UNKNOWN);
    assert_int_equal(retrieve(u"", 0, &t), STATUS_INVALID_PARAMETER);
    assert_int_equal(retrieve(u"krbtgt", 0x80, &t), STATUS_INVALID_PARAMETER);
}

static void test_export(void **state)
{
    KERB_EXTERNAL_TICKET t;

    (void)state;
    alice_logs_on(1);
    assert_int_equal(retrieve(u"krbtgt", 0, &t), STATUS_SUCCESS);
    assert_int_equal(t.SessionKey.Length, 32);
    assert_int_equal(retrieve(u"krbtgt", KERB_RETRIEVE_TICKET_AS_KERB_CRED, &t), STATUS_SUCCESS);
    /* another's session is not one's own */
    lsa_now.client.LogonId.LowPart = 2;
    assert_int_equal(retrieve(u"krbtgt", KERB_RETRIEVE_TICKET_AS_KERB_CRED, &t),
                     STATUS_NO_SUCH_LOGON_SESSION);
}

struct add_request {
    KERB_ADD_CREDENTIALS_REQUEST head;
    WCHAR text[64];
};

static NTSTATUS add_logon(const WCHAR *user, const char *password, ULONG flags)
{
    struct add_request r = {
        .head = {.MessageType = KerbAddExtraCredentialsMessage, .Flags = flags}};
    ULONG size = 0;
    size_t units = 0;
    void *reply;

    for (; user[units]; units++)
        r.text[units] = user[units];
    r.head.UserName = (UNICODE_STRING){(USHORT)(units * 2), (USHORT)(units * 2), r.text};
    r.head.Password.Buffer = r.text + units;
    for (const char *c = password; *c; c++)
        r.text[units++] = (WCHAR)*c;
    r.head.Password.Length = (USHORT)(strlen(password) * 2);
    return ask(&r, sizeof(r), &reply, &size);
}

/* A second logon in a session: of another principal, which serves when it is named. */
static void test_second_logon(void **state)
{
    UNICODE_STRING name = counted(u"carol");
    LUID luid = {.LowPart = 1};
    LSA_SEC_HANDLE credential;
    unsigned requests;
    TimeStamp expiry;

    (void)state;
    realm_admin("addprinc -pw second-word carol");
    alice_logs_on(1);
    assert_int_equal(add_logon(u"carol", "third-word", KERB_REQUEST_ADD_CREDENTIAL),
                     SEC_E_LOGON_DENIED);
    assert_int_equal(add_logon(u"carol", "second-word", KERB_REQUEST_ADD_CREDENTIAL),
                     STATUS_SUCCESS);
    assert_true(store_has(1, "other:carol@" REALM "\ttgt"));
    assert_false(store_holds(1, "second-word"));
    assert_int_equal(add_logon(u"carol", "second-word", KERB_REQUEST_ADD_CREDENTIAL),
                     STATUS_OBJECT_NAME_COLLISION);
    assert_int_equal(add_logon(u"carol", "second-word", KERB_REQUEST_REPLACE_CREDENTIAL),
                     STATUS_SUCCESS);
    assert_int_equal(try_to(WEB), SEC_E_OK); /* still alice */
    assert_int_equal(lsa_kerberos->AcquireCredentialsHandle(&name, SECPKG_CRED_OUTBOUND, &luid,
                                                            NULL, NULL, NULL, &credential, &expiry),
                     SEC_E_OK);
    assert_int_equal(connect_to(credential, WEB, "carol@" REALM), SEC_E_OK);
    assert_int_equal(lsa_kerberos->FreeCredentialsHandle(credential), SEC_E_OK);
    assert_true(store_has(1, "other:carol@" REALM "\tticket:" SERVICE "@" REALM));
    name = counted(u"dave");
    assert_int_equal(lsa_kerberos->AcquireCredentialsHandle(&name, SECPKG_CRED_OUTBOUND, &luid,
                                                            NULL, NULL, NULL, &credential, &expiry),
                     SEC_E_UNKNOWN_CREDENTIALS);
    assert_int_equal(add_logon(u"carol", "", KERB_REQUEST_REMOVE_CREDENTIAL), STATUS_SUCCESS);
    assert_false(store_has(1, "other:carol@" REALM "\ttgt"));
    assert_false(store_has(1, "other:carol@" REALM "\tticket:" SERVICE "@" REALM));
    assert_int_equal(add_logon(u"carol", "", KERB_REQUEST_REMOVE_CREDENTIAL),
                     STATUS_OBJECT_NAME_NOT_FOUND);
    assert_true(store_has(1, "tgt"));
    /* of another's session, and nonsense */
    assert_int_equal(add_logon(u"carol", "x", 0), STATUS_INVALID_PARAMETER);
    assert_int_equal(add_logon(u"carol", "x", 3), STATUS_INVALID_PARAMETER);
    assert_int_equal(add_logon(u"carol", "x", 16), STATUS_INVALID_PARAMETER);
    assert_int_equal(add_logon(u"", "x", 1), STATUS_INVALID_PARAMETER);
    /* who has no session has the KDC asked nothing */
    requests = realm_requests("AS_REQ");
    lsa_now.client.LogonId.LowPart = 77;
    assert_int_equal(add_logon(u"carol", "second-word", KERB_REQUEST_ADD_CREDENTIAL),
                     STATUS_NO_SUCH_LOGON_SESSION);
    assert_int_equal(realm_requests("AS_REQ"), requests);
    realm_admin("delprinc -force carol");
}

/* What a person's programs bring fills the last quarter of root's key quota no more than what they
 * submit does: a KDC of their own could give any number of tickets. */
static void test_quota_of_others(void **state)
{
    char path[] = "/tmp/key-users.XXXXXX";
    const char *before = keyring_users_file;
    int fd = mkstemp(path);

    (void)state;
    assert_true(fd >= 0);
    assert_true(dprintf(fd, "    0:    24 23/23 17/1000000 18749990/25000000\n") > 0);
    close(fd);
    realm_admin("addprinc -pw second-word carol");
    keyring_users_file = path;
    alice_logs_on(1);
    assert_int_equal(try_to(WEB), SEC_E_OK);
    assert_true(store_has(1, "tgt"));
    assert_false(store_has(1, "ticket:" SERVICE "@" REALM)); /* good for this once */
    assert_int_equal(add_logon(u"carol", "second-word", KERB_REQUEST_ADD_CREDENTIAL),
                     STATUS_QUOTA_EXCEEDED);
    assert_false(store_has(1, "other:carol@" REALM "\ttgt"));
    unlink(path);
    keyring_users_file = before;
    assert_int_equal(try_to(WEB), SEC_E_OK);
    assert_true(store_has(1, "ticket:" SERVICE "@" REALM));
    realm_admin("delprinc -force carol");
}

static void test_hostile_questions(void **state)
{
    static const ULONG types[] = {0, 1, 2, 9, 20, 22, 1000, UINT32_MAX};
    struct purge_request r = {.head = {.MessageType = KerbPurgeTicketCacheMessage}};
    struct add_request more = {.head = {.MessageType = KerbAddExtraCredentialsMessage, .Flags = 1}};
    struct retrieve_request wanted = {.head = {.MessageType = KerbRetrieveEncodedTicketMessage}};
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
    for (ULONG length = 0; length < sizeof(more.head); length++)
        assert_int_equal(ask(&more, length, &reply, &size), STATUS_INVALID_PARAMETER);
    more.head.UserName = (UNICODE_STRING){2, 2, more.text};
    more.head.Password = (UNICODE_STRING){200, 200, more.text};
    assert_int_equal(ask(&more, sizeof(more), &reply, &size), STATUS_INVALID_PARAMETER);
    for (ULONG length = 0; length < sizeof(wanted.head); length++)
        assert_int_equal(ask(&wanted, length, &reply, &size), STATUS_INVALID_PARAMETER);
    wanted.head.TargetName = (UNICODE_STRING){64, 64, wanted.name + 1};
    assert_int_equal(ask(&wanted, sizeof(wanted), &reply, &size), STATUS_INVALID_PARAMETER);
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

#define TEST(function) cmocka_unit_test_setup_teardown(function, lsa_start, lsa_clean)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_logon),
        TEST(test_wrong_password),
        TEST(test_why),
        TEST(test_not_ours),
        TEST(test_kdc_down_at_logon),
        TEST(test_kdc_down_for_long),
        cmocka_unit_test_setup_teardown(test_keep_password, start_keeping, lsa_clean),
        cmocka_unit_test_setup_teardown(test_export, start_exporting, lsa_clean),
        cmocka_unit_test_setup_teardown(test_ticket_wait, start_waiting, lsa_clean),
        TEST(test_changed_password),
        TEST(test_changed_while_away),
        TEST(test_other_account),
        TEST(test_sessions_are_apart),
        TEST(test_restart),
        TEST(test_renewal),
        TEST(test_renewal_that_hangs),
        TEST(test_tickets),
        TEST(test_tickets_of_others),
        TEST(test_retrieve),
        TEST(test_second_logon),
        TEST(test_quota_of_others),
        TEST(test_hostile_questions),
    };

    return cmocka_run_group_tests_name("kerberos: logon sessions", tests, start_all, stop_all);
}
