/*
 * Tickets that others got: KERB_SUBMIT_TKT_REQUEST with what MIT's kinit fetched from a real KDC
 * and MIT's library packed, whole, broken, and somebody else's; and the password that comes behind
 * it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <krb5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <ntstatus.h>
#include "base/keyring_internal.h"
#include "tests/unit/kerberos/lsa.h"
#include "tests/unit/kerberos/realm.h"
#include "tests/unit/kerberos/store.h"

#define TICKETS_MAX 70
#define ROOM        400000

static krb5_context krb;

/* ---- what kinit has fetched, as a message -------------------------------------------------- */

struct tickets {
    krb5_creds *list[TICKETS_MAX + 1];
    size_t count;
};

/* Everything in the process's own cache. */
static void read_cache(struct tickets *t)
{
    krb5_ccache cache;
    krb5_cc_cursor cursor;
    krb5_creds one;

    memset(t, 0, sizeof(*t));
    assert_int_equal(krb5_cc_default(krb, &cache), 0);
    assert_int_equal(krb5_cc_start_seq_get(krb, cache, &cursor), 0);
    while (!krb5_cc_next_cred(krb, cache, &cursor, &one)) {
        if (!krb5_is_config_principal(krb, one.server))
            assert_int_equal(krb5_copy_creds(krb, &one, &t->list[t->count++]), 0);
        krb5_free_cred_contents(krb, &one);
    }
    krb5_cc_end_seq_get(krb, cache, &cursor);
    krb5_cc_close(krb, cache);
    assert_true(t->count > 0);
}

static void free_tickets(struct tickets *t)
{
    for (size_t i = 0; i < t->count; i++)
        krb5_free_creds(krb, t->list[i]);
    t->count = 0;
}

/* krb5_mk_ncred; unencrypted without a key. */
static krb5_data *pack(struct tickets *t, const krb5_keyblock *key)
{
    krb5_auth_context auth;
    krb5_data *message = NULL;

    t->list[t->count] = NULL;
    assert_int_equal(krb5_auth_con_init(krb, &auth), 0);
    assert_int_equal(krb5_auth_con_setflags(krb, auth, 0), 0);
    if (key)
        assert_int_equal(krb5_auth_con_setuseruserkey(krb, auth, (krb5_keyblock *)(uintptr_t)key),
                         0);
    assert_int_equal(krb5_mk_ncred(krb, auth, t->list, &message, NULL), 0);
    krb5_auth_con_free(krb, auth);
    return message;
}

struct submit {
    KERB_SUBMIT_TKT_REQUEST head;
    uint8_t bytes[ROOM];
};

static NTSTATUS call_with(const void *request, ULONG size)
{
    NTSTATUS status = STATUS_UNSUCCESSFUL;
    void *reply;
    ULONG reply_size;

    assert_int_equal(lsa_kerberos->CallPackageUntrusted(NULL, (void *)(uintptr_t)request,
                                                        (void *)(uintptr_t)request, size, &reply,
                                                        &reply_size, &status),
                     STATUS_SUCCESS);
    assert_null(reply);
    return status;
}

/* The request, key first. Exactly as large as it is, so that the sanitizer sees who reads on. */
static struct submit *make_request(ULONG session, const krb5_data *message,
                                   const krb5_keyblock *key, ULONG *size)
{
    size_t key_size = key ? key->length : 0;
    struct submit *r;

    *size = (ULONG)(sizeof(r->head) + key_size + message->length);
    r = calloc(1, *size);
    assert_non_null(r);
    r->head.MessageType = KerbSubmitTicketMessage;
    r->head.LogonId.LowPart = session;
    if (key)
        r->head.Key =
            (KERB_CRYPTO_KEY32){key->enctype, (ULONG)key_size, offsetof(struct submit, bytes)};
    r->head.KerbCredSize = message->length;
    r->head.KerbCredOffset = (ULONG)(offsetof(struct submit, bytes) + key_size);
    if (key)
        memcpy(r->bytes, key->contents, key_size);
    memcpy(r->bytes + key_size, message->data, message->length);
    return r;
}

static NTSTATUS submit_message(ULONG session, const krb5_data *message, const krb5_keyblock *key)
{
    ULONG size;
    struct submit *r = make_request(session, message, key, &size);
    NTSTATUS status = call_with(r, size);

    free(r);
    return status;
}

static NTSTATUS submit(ULONG session, struct tickets *t, const krb5_keyblock *key)
{
    krb5_data *message = pack(t, key);
    NTSTATUS status = submit_message(session, message, key);

    krb5_free_data(krb, message);
    return status;
}

static NTSTATUS submit_cache(ULONG session)
{
    struct tickets t;
    NTSTATUS status;

    read_cache(&t);
    status = submit(session, &t, NULL);
    free_tickets(&t);
    return status;
}

static krb5_keyblock make_key(void)
{
    krb5_keyblock key;

    assert_int_equal(krb5_c_make_random_key(krb, ENCTYPE_AES256_CTS_HMAC_SHA1_96, &key), 0);
    return key;
}

/* Puts a ticket for the service into the process's cache. */
static void fetch_service(const char *service)
{
    krb5_ccache cache;
    krb5_creds wanted = {0}, *got = NULL;

    assert_int_equal(krb5_cc_default(krb, &cache), 0);
    assert_int_equal(krb5_cc_get_principal(krb, cache, &wanted.client), 0);
    assert_int_equal(krb5_parse_name(krb, service, &wanted.server), 0);
    assert_int_equal(krb5_get_credentials(krb, 0, cache, &wanted, &got), 0);
    krb5_free_creds(krb, got);
    krb5_free_cred_contents(krb, &wanted);
    krb5_cc_close(krb, cache);
}

/* ---- good ones ----------------------------------------------------------------------------- */

static void test_submit(void **state)
{
    PSecurityUserData user;
    unsigned requests;

    (void)state;
    realm_kinit("alice", ALICE_PASSWORD, "-f");
    requests = realm_requests("AS_REQ");
    assert_int_equal(try_to(WEB), SEC_E_NO_CREDENTIALS);
    assert_int_equal(submit_cache(0), STATUS_SUCCESS);
    assert_true(store_has(1, "tgt"));
    assert_true(store_has(1, "account"));
    assert_int_equal(try_to(WEB), SEC_E_OK);
    assert_int_equal(realm_requests("AS_REQ"), requests);
    /* it takes its name from the ticket */
    assert_int_equal(lsa_kerberos->GetUserInfo(&lsa_now.client.LogonId, 0, &user), STATUS_SUCCESS);
    assert_memory_equal(user->UserName.Buffer, u"alice", 10);
    lsa_host_free(user);
    /* and is used by the next lsad */
    lsa_stop(NULL);
    lsa_start(NULL);
    assert_int_equal(try_to(MAIL), SEC_E_OK);
    /* once more, by number: the same */
    assert_int_equal(submit_cache(1), STATUS_SUCCESS);
}

static void test_password_behind(void **state)
{
    unsigned requests;

    (void)state;
    realm_kinit("alice", ALICE_PASSWORD, "-f");
    requests = realm_requests("AS_REQ");
    assert_int_equal(submit_cache(0), STATUS_SUCCESS);
    assert_int_equal(log_on(1, u"alice@" REALM_WIDE, ALICE_PASSWORD), STATUS_SUCCESS);
    assert_false(store_has(1, "password"));
    assert_int_equal(try_to(WEB), SEC_E_OK);
    assert_int_equal(realm_requests("AS_REQ"), requests);
    /* a second password is no part of that logon: it fetches */
    assert_int_equal(log_on(1, u"alice@" REALM_WIDE, ALICE_PASSWORD), STATUS_SUCCESS);
    assert_true(soon(store_has, false, 1, "password"));
    assert_int_equal(realm_requests("AS_REQ"), requests + 1);
}

static void test_password_kept(void **state)
{
    unsigned requests;

    (void)state;
    realm_kinit("alice", ALICE_PASSWORD, "");
    requests = realm_requests("AS_REQ");
    assert_int_equal(submit_cache(0), STATUS_SUCCESS);
    assert_int_equal(log_on(1, u"alice@" REALM_WIDE, ALICE_PASSWORD), STATUS_SUCCESS);
    assert_true(store_has(1, "password"));
    assert_int_equal(try_to(WEB), SEC_E_OK);
    assert_int_equal(realm_requests("AS_REQ"), requests);
    /* it is for when the ticket is gone */
    test_store.remove(&lsa_now.client.LogonId, "Kerberos", "tgt");
    assert_int_equal(try_to(MAIL), SEC_E_OK);
    assert_int_equal(realm_requests("AS_REQ"), requests + 1);
}

/* By the time the ticket has less than half of its life, the password gets a better one. */
static void test_password_behind_old(void **state)
{
    unsigned requests;

    (void)state;
    realm_kinit("alice", ALICE_PASSWORD, "-l 8s");
    requests = realm_requests("AS_REQ");
    sleep(5);
    assert_int_equal(submit_cache(0), STATUS_SUCCESS);
    assert_int_equal(log_on(1, u"alice@" REALM_WIDE, ALICE_PASSWORD), STATUS_SUCCESS);
    assert_true(soon(store_has, false, 1, "password"));
    assert_int_equal(realm_requests("AS_REQ"), requests + 1);
    sleep(4);
    assert_int_equal(try_to(WEB), SEC_E_OK);
}

/* A password that waited for its KDC is not needed any more. */
static void test_password_waiting(void **state)
{
    unsigned requests;

    (void)state;
    realm_kinit("alice", ALICE_PASSWORD, "");
    requests = realm_requests("AS_REQ");
    realm_kdc_down();
    assert_int_equal(log_on(1, u"alice@" REALM_WIDE, ALICE_PASSWORD), STATUS_SUCCESS);
    assert_int_equal(try_to(WEB), SEC_E_NO_AUTHENTICATING_AUTHORITY);
    assert_true(store_has(1, "password"));
    assert_int_equal(submit_cache(0), STATUS_SUCCESS);
    assert_false(store_has(1, "password"));
    realm_kdc_up();
    assert_int_equal(try_to(WEB), SEC_E_OK);
    assert_int_equal(realm_requests("AS_REQ"), requests);
}

/* Who logs on with a user principal name and who the KDC says it is are one. */
static void test_enterprise_name(void **state)
{
    unsigned requests;

    (void)state;
    realm_kinit("alice", ALICE_PASSWORD, "");
    requests = realm_requests("AS_REQ");
    assert_int_equal(submit_cache(0), STATUS_SUCCESS);
    assert_int_equal(log_on(1, u"alice@people.example", ALICE_PASSWORD), STATUS_SUCCESS);
    assert_false(store_has(1, "password"));
    assert_int_equal(try_to(WEB), SEC_E_OK);
    assert_int_equal(realm_requests("AS_REQ"), requests);
}

static void test_service_tickets(void **state)
{
    struct tickets t;
    krb5_creds *tgt;
    unsigned requests;

    (void)state;
    realm_kinit("alice", ALICE_PASSWORD, "");
    fetch_service(SERVICE);
    read_cache(&t);
    assert_int_equal(t.count, 2);
    /* alone */
    tgt = t.list[0];
    t.list[0] = t.list[1];
    t.count = 1;
    requests = realm_requests("TGS_REQ");
    assert_int_equal(submit(0, &t, NULL), STATUS_SUCCESS);
    assert_false(store_has(1, "tgt"));
    assert_true(store_has(1, "ticket:" SERVICE "@" REALM));
    assert_int_equal(try_to(WEB), SEC_E_OK);
    assert_int_equal(try_to(MAIL), SEC_E_NO_CREDENTIALS);
    assert_int_equal(realm_requests("TGS_REQ"), requests);
    /* with the TGT */
    t.list[1] = tgt;
    t.count = 2;
    store_clear(1);
    assert_int_equal(submit(0, &t, NULL), STATUS_SUCCESS);
    assert_int_equal(store_count(1), 3);
    assert_int_equal(try_to(WEB), SEC_E_OK);
    assert_int_equal(realm_requests("TGS_REQ"), requests);
    assert_int_equal(try_to(MAIL), SEC_E_OK);
    free_tickets(&t);
}

/* Nothing says which realm this host is in: asked for so, the ticket is found all the same. */
static void test_service_without_realm(void **state)
{
    struct tickets t;
    krb5_creds *tgt;

    (void)state;
    realm_admin("addprinc -randkey HTTP/intranet");
    realm_admin("ktadd HTTP/intranet");
    realm_kinit("alice", ALICE_PASSWORD, "");
    fetch_service("HTTP/intranet@" REALM);
    read_cache(&t);
    tgt = t.list[0];
    t.list[0] = t.list[1];
    t.count = 1;
    assert_int_equal(submit(0, &t, NULL), STATUS_SUCCESS);
    assert_int_equal(try_to(u"HTTP/intranet"), SEC_E_OK);
    assert_int_equal(try_to(u"HTTP/intranet.credmgr.test"), SEC_E_NO_CREDENTIALS);
    krb5_free_creds(krb, tgt);
    free_tickets(&t);
}

static void test_encrypted(void **state)
{
    krb5_keyblock key = make_key(), other = make_key(), rc4 = key;
    krb5_data *message;
    struct tickets t;

    (void)state;
    realm_kinit("alice", ALICE_PASSWORD, "");
    read_cache(&t);
    message = pack(&t, &key);
    assert_int_equal(submit_message(0, message, NULL), STATUS_DECRYPTION_FAILED);
    assert_int_equal(submit_message(0, message, &other), STATUS_DECRYPTION_FAILED);
    rc4.enctype = ENCTYPE_AES256_CTS_HMAC_SHA384_192;
    assert_int_equal(submit_message(0, message, &rc4), STATUS_DECRYPTION_FAILED);
    rc4.enctype = ENCTYPE_AES128_CTS_HMAC_SHA1_96; /* whose keys are shorter */
    assert_int_equal(submit_message(0, message, &rc4), STATUS_INVALID_PARAMETER);
    rc4.enctype = 4711;
    assert_int_equal(submit_message(0, message, &rc4), STATUS_INVALID_PARAMETER);
    assert_int_equal(store_count(1), 0);
    assert_int_equal(submit_message(0, message, &key), STATUS_SUCCESS);
    assert_int_equal(try_to(WEB), SEC_E_OK);
    message->data[message->length - 20] ^= 1;
    assert_int_equal(submit_message(0, message, &key), STATUS_DECRYPTION_FAILED);
    krb5_free_data(krb, message);
    krb5_free_keyblock_contents(krb, &key);
    krb5_free_keyblock_contents(krb, &other);
    free_tickets(&t);
}

static int64_t tgt_ends(void)
{
    KERB_QUERY_TKT_CACHE_REQUEST request = {.MessageType = KerbQueryTicketCacheExMessage};
    KERB_QUERY_TKT_CACHE_EX_RESPONSE *reply;
    ULONG size;
    NTSTATUS status;
    int64_t ends;

    assert_int_equal(lsa_kerberos->CallPackage(NULL, &request, &request, sizeof(request),
                                               (PVOID *)&reply, &size, &status),
                     STATUS_SUCCESS);
    assert_int_equal(status, STATUS_SUCCESS);
    assert_int_equal(reply->CountOfTickets, 1);
    ends = reply->Tickets[0].EndTime.QuadPart;
    lsa_host_free(reply);
    return ends;
}

/* Without a password a ticket is renewed for as long as it says. */
static void test_renewal(void **state)
{
    int64_t before;

    (void)state;
    realm_admin("modprinc -maxrenewlife \"1 day\" alice");
    realm_kinit("alice", ALICE_PASSWORD, "-l 8s -r 1h");
    assert_int_equal(submit_cache(0), STATUS_SUCCESS);
    before = tgt_ends();
    assert_non_null(lsa_timer);
    lsa_timer(NULL);
    assert_int_equal(tgt_ends(), before);
    sleep(5);
    lsa_timer(NULL);
    assert_true(tgt_ends() > before);
    sleep(4);
    assert_int_equal(try_to(WEB), SEC_E_OK);
}

/* A ticket that ends earlier than the one that is there is not put in its place. */
static void test_longer_one_stays(void **state)
{
    int64_t before;

    (void)state;
    realm_kinit("alice", ALICE_PASSWORD, "-l 2h");
    assert_int_equal(submit_cache(0), STATUS_SUCCESS);
    before = tgt_ends();
    realm_kinit("alice", ALICE_PASSWORD, "-l 1h");
    assert_int_equal(submit_cache(0), STATUS_SUCCESS);
    assert_int_equal(tgt_ends(), before);
    realm_kinit("alice", ALICE_PASSWORD, "-l 3h");
    assert_int_equal(submit_cache(0), STATUS_SUCCESS);
    assert_true(tgt_ends() > before);
}

/* ---- whose ---------------------------------------------------------------------------------- */

static void test_other_people(void **state)
{
    struct tickets hers, his;

    (void)state;
    realm_kinit("alice", ALICE_PASSWORD, "");
    read_cache(&hers);
    realm_kinit("bob", BOB_PASSWORD, "");
    read_cache(&his);
    alice_logs_on(1);
    assert_int_equal(submit(0, &his, NULL), STATUS_SUCCESS);
    assert_true(store_has(1, "other:bob@" REALM "\ttgt"));
    assert_int_equal(try_to(WEB), SEC_E_OK); /* still alice */
    /* but not among her own */
    hers.list[1] = his.list[0];
    hers.count = 2;
    assert_int_equal(submit(0, &hers, NULL), SEC_E_NOT_OWNER);
    hers.count = 1;
    /* the password of another account makes an end of what was submitted */
    lsa_now.client.LogonId.LowPart = 2;
    assert_int_equal(submit(0, &his, NULL), STATUS_SUCCESS);
    alice_logs_on(2);
    assert_int_equal(try_to(WEB), SEC_E_OK);
    free_tickets(&hers);
    free_tickets(&his);
}

static void test_other_sessions(void **state)
{
    (void)state;
    realm_kinit("alice", ALICE_PASSWORD, "");
    assert_int_equal(submit_cache(2), STATUS_ACCESS_DENIED);
    assert_int_equal(store_count(2), 0);
    lsa_now.client.HasTcbPrivilege = TRUE;
    assert_int_equal(submit_cache(2), STATUS_SUCCESS);
    assert_true(store_has(2, "tgt"));
    assert_int_equal(store_count(1), 0);
    assert_int_equal(submit_cache(77), STATUS_NO_SUCH_LOGON_SESSION);
}

static void write_quota(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");

    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

/* The last quarter of root's key quota is for logins. */
static void test_quota_of_others(void **state)
{
    char path[] = "/tmp/key-users.XXXXXX";
    const char *before = keyring_users_file;
    int fd = mkstemp(path);

    (void)state;
    assert_true(fd >= 0);
    close(fd);
    keyring_users_file = path;
    realm_kinit("alice", ALICE_PASSWORD, "");
    write_quota(path, "    0:    24 23/23 17/1000000 18749990/25000000\n");
    assert_int_equal(submit_cache(0), STATUS_QUOTA_EXCEEDED);
    assert_int_equal(store_count(1), 0);
    lsa_now.client.HasTcbPrivilege = TRUE; /* a login's own */
    assert_int_equal(submit_cache(1), STATUS_SUCCESS);
    lsa_now.client.HasTcbPrivilege = FALSE;
    write_quota(path, " 1000:     2 2/2 200/200 20000/20000\n"
                      "    0:    24 23/23 17/1000000 18700000/25000000\n");
    assert_int_equal(submit_cache(0), STATUS_SUCCESS);
    unlink(path);
    assert_int_equal(submit_cache(0), STATUS_SUCCESS); /* nobody knows */
    keyring_users_file = before;
}

/* ---- what is refused ----------------------------------------------------------------------- */

static void test_expired(void **state)
{
    struct tickets t;

    (void)state;
    realm_kinit("alice", ALICE_PASSWORD, "-l 2s");
    read_cache(&t);
    realm_kinit("alice", ALICE_PASSWORD, "");
    sleep(3);
    assert_int_equal(submit(0, &t, NULL), SEC_E_CONTEXT_EXPIRED);
    assert_int_equal(store_count(1), 0);
    t.list[0]->times.endtime += 3600;
    t.list[0]->ticket_flags |= TKT_FLG_INVALID;
    assert_int_equal(submit(0, &t, NULL), SEC_E_CONTEXT_EXPIRED);
    assert_int_equal(store_count(1), 0);
    /* an expired one among good ones is left out */
    t.list[0]->times.endtime -= 3600;
    t.list[0]->ticket_flags &= ~TKT_FLG_INVALID;
    krb5_creds *old = t.list[0];
    read_cache(&t);
    t.list[1] = t.list[0];
    t.list[0] = old;
    t.count = 2;
    assert_int_equal(submit(0, &t, NULL), STATUS_SUCCESS);
    assert_int_equal(try_to(WEB), SEC_E_OK);
    free_tickets(&t);
}

static void rename_to(krb5_creds *c, const char *name)
{
    krb5_free_principal(krb, c->server);
    assert_int_equal(krb5_parse_name(krb, name, &c->server), 0);
}

static void rename_service(krb5_creds *c, size_t i)
{
    char name[64];

    snprintf(name, sizeof(name), "HTTP/web%zu.credmgr.test@" REALM, i);
    rename_to(c, name);
}

static const char *long_name(void)
{
    static char name[400];

    memset(name, 'x', sizeof(name) - 1);
    memcpy(name, "HTTP/", 5);
    memcpy(name + 300, "@" REALM, sizeof("@" REALM));
    return name;
}

static void test_too_many(void **state)
{
    struct tickets t;
    krb5_creds *tgt;
    krb5_data *message, large;

    (void)state;
    realm_kinit("alice", ALICE_PASSWORD, "");
    read_cache(&t);
    while (t.count < 65)
        assert_int_equal(krb5_copy_creds(krb, t.list[0], &t.list[t.count++]), 0);
    for (size_t i = 0; i < t.count; i++)
        rename_service(t.list[i], i);
    assert_int_equal(submit(0, &t, NULL), STATUS_INVALID_BUFFER_SIZE);
    assert_int_equal(store_count(1), 0);
    krb5_free_creds(krb, t.list[--t.count]);
    assert_int_equal(submit(0, &t, NULL), STATUS_SUCCESS);
    assert_int_equal(store_count(1), 65);
    /* nor in one session, however they come */
    for (size_t round = 1; round < 5; round++) {
        for (size_t i = 0; i < t.count; i++)
            rename_service(t.list[i], round * 64 + i);
        assert_int_equal(submit(0, &t, NULL), round < 4 ? STATUS_SUCCESS : STATUS_QUOTA_EXCEEDED);
    }
    assert_int_equal(store_count(1), 257);
    free_tickets(&t);
    store_clear(1);
    /* names that no key can have: of nobody, as before; and what can be kept is kept */
    read_cache(&t);
    assert_int_equal(krb5_copy_creds(krb, t.list[0], &t.list[1]), 0);
    rename_to(t.list[1], long_name());
    tgt = t.list[0];
    t.list[0] = t.list[1];
    t.count = 1;
    assert_int_equal(submit(0, &t, NULL), STATUS_INVALID_PARAMETER);
    assert_int_equal(store_count(1), 0);
    t.list[1] = tgt;
    t.count = 2;
    assert_int_equal(submit(0, &t, NULL), STATUS_SUCCESS);
    assert_int_equal(store_count(1), 2);
    assert_true(store_has(1, "tgt"));
    free_tickets(&t);
    store_clear(1);
    store_clear(1);
    /* more bytes than a message may have, and more than this one has */
    read_cache(&t);
    message = pack(&t, NULL);
    large = (krb5_data){.length = 300000, .data = calloc(1, 300000)};
    memcpy(large.data, message->data, message->length);
    assert_int_equal(submit_message(0, &large, NULL), STATUS_INVALID_BUFFER_SIZE);
    large.length = 200000;
    assert_int_equal(submit_message(0, &large, NULL), STATUS_INVALID_PARAMETER);
    free(large.data);
    krb5_free_data(krb, message);
    free_tickets(&t);
    assert_int_equal(store_count(1), 0);
}

static void test_hostile_requests(void **state)
{
    krb5_keyblock key = make_key();
    struct tickets t;
    krb5_data *message;
    struct submit *r;
    ULONG size;

    (void)state;
    realm_kinit("alice", ALICE_PASSWORD, "");
    read_cache(&t);
    message = pack(&t, NULL);
    r = make_request(0, message, &key, &size);
    for (ULONG length = 0; length < size; length++)
        assert_int_equal(call_with(r, length), STATUS_INVALID_PARAMETER);
    for (ULONG at = 0; at < size + 2; at++) { /* the message lies elsewhere */
        if (at == r->head.KerbCredOffset)
            continue;
        struct submit *moved = make_request(0, message, &key, &size);

        moved->head.KerbCredOffset = at;
        assert_int_equal(call_with(moved, size), STATUS_INVALID_PARAMETER);
        free(moved);
    }
    free(r);
#define REFUSED(expression)                                                                        \
    do {                                                                                           \
        r = make_request(0, message, &key, &size);                                                 \
        expression;                                                                                \
        assert_int_equal(call_with(r, size), STATUS_INVALID_PARAMETER);                            \
        free(r);                                                                                   \
    } while (0)
    REFUSED(r->head.Flags = 1);
    REFUSED(r->head.KerbCredOffset = UINT32_MAX);
    REFUSED(r->head.KerbCredSize = 0);
    REFUSED(r->head.KerbCredSize--);
    REFUSED(r->head.KerbCredSize++);
    REFUSED(r->head.Key.Offset = UINT32_MAX - 3);
    REFUSED(r->head.Key.Offset = 0);
    REFUSED(r->head.Key.Offset = 35);
    REFUSED(r->head.Key.Offset = size);
    REFUSED(r->head.Key.Length = UINT32_MAX);
    REFUSED(r->head.Key.Length = 31);
    REFUSED(r->head.Key.KeyType = 0);
    REFUSED(r->head.Key.KeyType = -1);
    assert_int_equal(store_count(1), 0);
    krb5_free_data(krb, message);
    krb5_free_keyblock_contents(krb, &key);
    free_tickets(&t);
}

/* Every byte of the message is changed once: it is refused, or was one that nothing depends on. */
static void test_changed_bytes(void **state)
{
    static const uint8_t changes[] = {0x01, 0x80, 0xff};
    unsigned refused = 0;
    struct tickets t;
    krb5_data *message;

    (void)state;
    realm_kinit("alice", ALICE_PASSWORD, "");
    read_cache(&t);
    message = pack(&t, NULL);
    for (unsigned i = 0; i < message->length; i++) {
        for (size_t n = 0; n < sizeof(changes); n++) {
            message->data[i] ^= (char)changes[n];
            refused += submit_message(0, message, NULL) != STATUS_SUCCESS;
            message->data[i] ^= (char)changes[n];
            store_clear(1);
        }
    }
    assert_true(refused > 100);
    assert_int_equal(submit_message(0, message, NULL), STATUS_SUCCESS);
    assert_int_equal(try_to(WEB), SEC_E_OK);
    krb5_free_data(krb, message);
    free_tickets(&t);
}

/* ---- the tests ----------------------------------------------------------------------------- */

static int start_keeping(void **state)
{
    lsa_settings[0] = (struct lsa_setting){"keep_password", "yes"};
    return lsa_start(state);
}

static int start_all(void **state)
{
    (void)state;
    realm_start(NULL);
    realm_install();
    setenv("KRB5RCACHENAME", "none:", 1);
    return krb5_init_context(&krb);
}

static int stop_all(void **state)
{
    (void)state;
    krb5_free_context(krb);
    return realm_stop();
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, lsa_start, lsa_clean)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_submit),
        TEST(test_password_behind),
        cmocka_unit_test_setup_teardown(test_password_kept, start_keeping, lsa_clean),
        TEST(test_password_behind_old),
        TEST(test_password_waiting),
        TEST(test_enterprise_name),
        TEST(test_service_tickets),
        TEST(test_service_without_realm),
        TEST(test_encrypted),
        TEST(test_renewal),
        TEST(test_longer_one_stays),
        TEST(test_other_people),
        TEST(test_other_sessions),
        TEST(test_quota_of_others),
        TEST(test_expired),
        TEST(test_too_many),
        TEST(test_hostile_requests),
        TEST(test_changed_bytes),
    };

    return cmocka_run_group_tests_name("kerberos: submitted tickets", tests, start_all, stop_all);
}
