/*
 * The LSA-mode half as lsad runs it: logons leave hashes in the store, default credentials find
 * them there, and a changed password counts at once. Through the real package host, over a store
 * that is a small table of this test.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include <ntsecapi.h>
#include <ntstatus.h>
#include "base/secret.h"
#include "base/utf16.h"
#include "libsspi/lsa/host.h"
#include "libsspi/packages/ntlm/packed.h"
#include "libsspi/packages/ntlm/messages/session.h"
#include "libsspi/packages/unlock.h"

const struct builtin_package lsa_builtin_packages[] = {
    {"NTLM", ntlm_lsa_mode_initialize, ntlm_user_mode_initialize, 0},
    {NULL, NULL, NULL, 0},
};

/* ---- a store ------------------------------------------------------------------------ */

#define SESSIONS 4

static struct {
    void *data;
    size_t size;
} sessions[SESSIONS]; /* by LowPart; one key each is all NTLM has */
static unsigned written;

static NTSTATUS store_add(const LUID *luid, const char *package, const char *key, const void *data,
                          size_t size)
{
    assert_string_equal(package, "NTLM");
    assert_string_equal(key, "primary");
    if (luid->LowPart >= SESSIONS)
        return STATUS_NO_SUCH_LOGON_SESSION;
    written++;
    secret_free(sessions[luid->LowPart].data);
    sessions[luid->LowPart].data = secret_dup(data, size);
    sessions[luid->LowPart].size = size;
    return STATUS_SUCCESS;
}

static NTSTATUS store_get(const LUID *luid, const char *package, const char *key, void **data,
                          size_t *size)
{
    assert_string_equal(package, "NTLM");
    assert_string_equal(key, "primary");
    if (luid->LowPart >= SESSIONS || !sessions[luid->LowPart].data)
        return STATUS_NOT_FOUND;
    *size = sessions[luid->LowPart].size;
    *data = secret_dup(sessions[luid->LowPart].data, *size);
    return *data ? STATUS_SUCCESS : STATUS_NO_MEMORY;
}

static const struct lsa_store store = {.add = store_add, .get = store_get};

static struct lsa_setting settings[3];

static const struct lsa_setting *read_settings(const char *package)
{
    (void)package;
    return settings;
}

/* ---- the LSA around the package ----------------------------------------------------- */

static const SECPKG_FUNCTION_TABLE *ntlm;
static struct lsa_call call; /* whose call it is: client.LogonId */

static int start(void **state)
{
    static const struct lsa_host_config config = {
        .in_lsa = true, .store = &store, .settings = read_settings, .realm = "EXAMPLE.COM"};

    (void)state;
    if (lsa_host_start(&config) != STATUS_SUCCESS)
        return -1;
    ntlm = lsa_host_find(u"ntlm")->lsa;
    memset(&call, 0, sizeof(call));
    call.client.LogonId.LowPart = 1;
    call.uid = 1000; /* not root, who verifies everybody */
    lsa_call_begin(&call);
    return 0;
}

static int start_with_settings(void **state)
{
    settings[0] = (struct lsa_setting){"domain", "corp"};
    settings[1] = (struct lsa_setting){"require_mic", "yes"};
    return start(state);
}

static int stop(void **state)
{
    (void)state;
    lsa_call_end();
    lsa_host_stop();
    for (size_t i = 0; i < SESSIONS; i++) {
        secret_free(sessions[i].data);
        sessions[i].data = NULL;
    }
    memset(settings, 0, sizeof(settings));
    return 0;
}

static UNICODE_STRING counted(const WCHAR *text)
{
    USHORT size = text ? (USHORT)(utf16_length(text) * sizeof(WCHAR)) : 0;

    return (UNICODE_STRING){size, size, (WCHAR *)(uintptr_t)text};
}

static NTSTATUS log_on(ULONG session, const WCHAR *user, const WCHAR *domain, const WCHAR *password)
{
    UNICODE_STRING name = counted(user);
    SECPKG_PRIMARY_CRED primary = {.LogonId = {session, 0},
                                   .DownlevelName = name,
                                   .DomainName = counted(domain),
                                   .Password = counted(password),
                                   .Flags = PRIMARY_CRED_CLEAR_PASSWORD};

    return ntlm->AcceptCredentials(Interactive, &name, &primary, NULL);
}

static SECURITY_STATUS acquire(ULONG use, LSA_SEC_HANDLE *handle)
{
    TimeStamp expiry;

    return ntlm->AcquireCredentialsHandle(NULL, use, NULL, NULL, NULL, NULL, handle, &expiry);
}

static LSA_SEC_HANDLE supplied(ULONG use, const WCHAR *user, const WCHAR *domain,
                               const WCHAR *password)
{
    SEC_WINNT_AUTH_IDENTITY_W id = {.User = (USHORT *)(uintptr_t)user,
                                    .UserLength = (ULONG)utf16_length(user),
                                    .Domain = (USHORT *)(uintptr_t)domain,
                                    .DomainLength = (ULONG)utf16_length(domain),
                                    .Password = (USHORT *)(uintptr_t)password,
                                    .PasswordLength = (ULONG)utf16_length(password),
                                    .Flags = SEC_WINNT_AUTH_IDENTITY_UNICODE};
    LSA_SEC_HANDLE handle;
    TimeStamp expiry;

    assert_int_equal(
        ntlm->AcquireCredentialsHandle(NULL, use, NULL, &id, NULL, NULL, &handle, &expiry),
        SEC_E_OK);
    return handle;
}

struct run {
    LSA_SEC_HANDLE context;
    SecBuffer packed;
    bool mapped;
};

static SECURITY_STATUS step(bool client, LSA_SEC_HANDLE credential, struct run *r, PSecBuffer in,
                            PSecBuffer out)
{
    SecBufferDesc input = {SECBUFFER_VERSION, 1, in}, output = {SECBUFFER_VERSION, 1, out};
    ULONG attributes;
    TimeStamp expiry;
    BOOLEAN mapped = FALSE;
    SECURITY_STATUS status;

    *out = (SecBuffer){0, SECBUFFER_TOKEN, NULL};
    if (client)
        status = ntlm->InitLsaModeContext(
            credential, r->context, NULL, ISC_REQ_CONFIDENTIALITY | ISC_REQ_ALLOCATE_MEMORY, 0,
            in ? &input : NULL, &r->context, &output, &attributes, &expiry, &mapped, &r->packed);
    else
        status = ntlm->AcceptLsaModeContext(credential, r->context, &input, ASC_REQ_ALLOCATE_MEMORY,
                                            0, &r->context, &output, &attributes, &expiry, &mapped,
                                            &r->packed);
    r->mapped = mapped;
    if (in)
        lsa_host_free(in->pvBuffer);
    return status;
}

static void finish(struct run *r)
{
    if (r->context)
        assert_int_equal(ntlm->DeleteContext(r->context), SEC_E_OK);
    lsa_host_free(r->packed.pvBuffer);
}

static void assert_same_name(struct ntlm_bytes a, struct ntlm_bytes b)
{
    assert_int_equal(a.size, b.size);
    for (size_t i = 0; i < a.size; i++)
        assert_int_equal(tolower(a.data[i]), tolower(b.data[i]));
}

/* A whole handshake; both packed contexts must fit together. */
static SECURITY_STATUS shake(LSA_SEC_HANDLE client, LSA_SEC_HANDLE server)
{
    struct run c = {0}, s = {0};
    SecBuffer one, two;
    struct ntlm_packed pc, ps;
    SECURITY_STATUS status = step(true, client, &c, NULL, &one);

    assert_int_equal(status, SEC_I_CONTINUE_NEEDED);
    status = step(false, server, &s, &one, &two);
    assert_int_equal(status, SEC_I_CONTINUE_NEEDED);
    status = step(true, client, &c, &two, &one);
    if (status == SEC_E_OK) {
        assert_true(c.mapped);
        status = step(false, server, &s, &one, &two);
    }
    assert_true(s.mapped == (status == SEC_E_OK));
    if (status == SEC_E_OK) {
        assert_true(ntlm_packed_read(c.packed.pvBuffer, c.packed.cbBuffer, &pc));
        assert_true(ntlm_packed_read(s.packed.pvBuffer, s.packed.cbBuffer, &ps));
        assert_true(pc.client && !ps.client);
        assert_int_equal(pc.flags, ps.flags);
        assert_memory_equal(pc.exported, ps.exported, sizeof(pc.exported));
        /* the client spells itself, the authority the account */
        assert_same_name(pc.user, ps.user);
        assert_same_name(pc.domain, ps.domain);
    }
    finish(&c);
    finish(&s);
    return status;
}

/* ---- tests -------------------------------------------------------------------------- */

static void test_default_credentials(void **state)
{
    LSA_SEC_HANDLE client, server;
    SecPkgCredentials_NamesW names;

    (void)state;
    assert_int_equal(acquire(SECPKG_CRED_OUTBOUND, &client), SEC_E_NO_CREDENTIALS);
    assert_int_equal(acquire(SECPKG_CRED_INBOUND, &client), SEC_E_NO_CREDENTIALS);
    assert_int_equal(log_on(1, u"alice", u"Example.com", u"open sesame"), STATUS_SUCCESS);
    assert_int_equal(acquire(SECPKG_CRED_OUTBOUND, &client), SEC_E_OK);
    assert_int_equal(ntlm->QueryCredentialsAttributes(client, SECPKG_CRED_ATTR_NAMES, &names),
                     SEC_E_OK);
    assert_true(utf16_equal(names.sUserName, u"EXAMPLE.COM\\alice"));
    lsa_host_free(names.sUserName);
    server = supplied(SECPKG_CRED_INBOUND, u"alice", u"EXAMPLE.COM", u"open sesame");
    assert_int_equal(shake(client, server), SEC_E_OK);
    ntlm->FreeCredentialsHandle(server);
    ntlm->FreeCredentialsHandle(client);
}

/*
 * The password is not in the store, and neither the password nor the hash in what leaves the LSA.
 */
static void test_what_is_kept(void **state)
{
    static const WCHAR password[] = u"open sesame";
    uint8_t hash[NTLM_KEY_SIZE];
    struct run c = {0}, s = {0};
    SecBuffer one, two;
    LSA_SEC_HANDLE client, server;

    (void)state;
    assert_int_equal(log_on(1, u"alice", u"EXAMPLE", password), STATUS_SUCCESS);
    assert_true(ntlm_nt_hash(password, 11, hash));
    assert_null(memmem(sessions[1].data, sessions[1].size, password, 22));
    assert_non_null(memmem(sessions[1].data, sessions[1].size, hash, sizeof(hash)));
    assert_int_equal(acquire(SECPKG_CRED_OUTBOUND, &client), SEC_E_OK);
    server = supplied(SECPKG_CRED_INBOUND, u"alice", u"EXAMPLE", password);
    assert_int_equal(step(true, client, &c, NULL, &one), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(step(false, server, &s, &one, &two), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(step(true, client, &c, &two, &one), SEC_E_OK);
    assert_null(memmem(c.packed.pvBuffer, c.packed.cbBuffer, hash, sizeof(hash)));
    assert_null(memmem(one.pvBuffer, one.cbBuffer, hash, sizeof(hash)));
    lsa_host_free(one.pvBuffer);
    finish(&c);
    finish(&s);
    ntlm->FreeCredentialsHandle(client);
    ntlm->FreeCredentialsHandle(server);
}

/* A handle acquired before the change uses the new password after it. */
static void test_changed_password(void **state)
{
    LSA_SEC_HANDLE client, before, after;

    (void)state;
    assert_int_equal(log_on(1, u"alice", u"EXAMPLE", u"old"), STATUS_SUCCESS);
    assert_int_equal(acquire(SECPKG_CRED_OUTBOUND, &client), SEC_E_OK);
    before = supplied(SECPKG_CRED_INBOUND, u"alice", u"EXAMPLE", u"old");
    after = supplied(SECPKG_CRED_INBOUND, u"alice", u"EXAMPLE", u"new");
    assert_int_equal(shake(client, before), SEC_E_OK);
    assert_int_equal(shake(client, after), SEC_E_LOGON_DENIED);
    assert_int_equal(log_on(1, u"alice", u"EXAMPLE", u"new"), STATUS_SUCCESS);
    assert_int_equal(shake(client, after), SEC_E_OK);
    assert_int_equal(shake(client, before), SEC_E_LOGON_DENIED);
    /* a refresh without a password leaves the session what it has */
    assert_int_equal(log_on(1, u"alice", u"EXAMPLE", NULL), STATUS_SUCCESS);
    assert_int_equal(shake(client, after), SEC_E_OK);
    ntlm->FreeCredentialsHandle(client);
    ntlm->FreeCredentialsHandle(before);
    ntlm->FreeCredentialsHandle(after);
}

/* The end of the session is the end of its handles. */
static void test_ended_session(void **state)
{
    LSA_SEC_HANDLE client;
    struct run c = {0}, s = {0};
    SecBuffer one, two;
    LSA_SEC_HANDLE server = supplied(SECPKG_CRED_INBOUND, u"alice", u"EXAMPLE", u"pw");

    (void)state;
    assert_int_equal(log_on(1, u"alice", u"EXAMPLE", u"pw"), STATUS_SUCCESS);
    assert_int_equal(acquire(SECPKG_CRED_OUTBOUND, &client), SEC_E_OK);
    assert_int_equal(step(true, client, &c, NULL, &one), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(step(false, server, &s, &one, &two), SEC_I_CONTINUE_NEEDED);
    secret_free(sessions[1].data);
    sessions[1].data = NULL;
    assert_int_equal(step(true, client, &c, &two, &one), SEC_E_NO_CREDENTIALS);
    finish(&c);
    finish(&s);
    ntlm->FreeCredentialsHandle(client);
    ntlm->FreeCredentialsHandle(server);
}

/* Sessions are apart: each client gets its own, another's only the system itself. */
static void test_sessions_are_apart(void **state)
{
    LUID other = {2, 0};
    LSA_SEC_HANDLE handle;
    SecPkgCredentials_NamesW names;
    TimeStamp expiry;

    (void)state;
    assert_int_equal(log_on(1, u"alice", u"EXAMPLE", u"pw"), STATUS_SUCCESS);
    assert_int_equal(log_on(2, u"bob", u"EXAMPLE", u"pw"), STATUS_SUCCESS);
    assert_int_equal(ntlm->AcquireCredentialsHandle(NULL, SECPKG_CRED_OUTBOUND, &other, NULL, NULL,
                                                    NULL, &handle, &expiry),
                     SEC_E_NOT_OWNER);
    call.client.HasTcbPrivilege = TRUE;
    assert_int_equal(ntlm->AcquireCredentialsHandle(NULL, SECPKG_CRED_OUTBOUND, &other, NULL, NULL,
                                                    NULL, &handle, &expiry),
                     SEC_E_OK);
    assert_int_equal(ntlm->QueryCredentialsAttributes(handle, SECPKG_CRED_ATTR_NAMES, &names),
                     SEC_E_OK);
    assert_true(utf16_equal(names.sUserName, u"EXAMPLE\\bob"));
    lsa_host_free(names.sUserName);
    ntlm->FreeCredentialsHandle(handle);
    call.client.LogonId.LowPart = 3;
    assert_int_equal(acquire(SECPKG_CRED_OUTBOUND, &handle), SEC_E_NO_CREDENTIALS);
}

/* An acceptor with default credentials verifies the account of its own session. */
static void test_default_acceptor(void **state)
{
    LSA_SEC_HANDLE client, server, wrong;

    (void)state;
    assert_int_equal(log_on(1, u"alice", u"EXAMPLE", u"pw"), STATUS_SUCCESS);
    assert_int_equal(acquire(SECPKG_CRED_INBOUND, &server), SEC_E_OK);
    client = supplied(SECPKG_CRED_OUTBOUND, u"Alice", u"example", u"pw");
    wrong = supplied(SECPKG_CRED_OUTBOUND, u"bob", u"EXAMPLE", u"pw");
    assert_int_equal(shake(client, server), SEC_E_OK);
    assert_int_equal(shake(wrong, server), SEC_E_LOGON_DENIED);
    ntlm->FreeCredentialsHandle(client);
    ntlm->FreeCredentialsHandle(server);
    ntlm->FreeCredentialsHandle(wrong);
}

/* The application frees its credential in the middle of a handshake. */
static void test_freed_credential(void **state)
{
    LSA_SEC_HANDLE client = supplied(SECPKG_CRED_OUTBOUND, u"alice", u"EXAMPLE", u"pw");
    LSA_SEC_HANDLE server = supplied(SECPKG_CRED_INBOUND, u"alice", u"EXAMPLE", u"pw");
    struct run c = {0}, s = {0};
    SecBuffer one, two;

    (void)state;
    assert_int_equal(step(true, client, &c, NULL, &one), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(step(false, server, &s, &one, &two), SEC_I_CONTINUE_NEEDED);
    ntlm->FreeCredentialsHandle(client);
    ntlm->FreeCredentialsHandle(server);
    assert_int_equal(step(true, 0, &c, &two, &one), SEC_E_OK);
    assert_int_equal(step(false, 0, &s, &one, &two), SEC_E_OK);
    finish(&c);
    finish(&s);
}

/* A buffer that is too small: the leg can be taken again with a larger one. */
static void test_small_buffer(void **state)
{
    LSA_SEC_HANDLE client = supplied(SECPKG_CRED_OUTBOUND, u"alice", u"EXAMPLE", u"pw");
    LSA_SEC_HANDLE server = supplied(SECPKG_CRED_INBOUND, u"alice", u"EXAMPLE", u"pw");
    struct run c = {0}, s = {0};
    SecBuffer one, two, three;
    uint8_t memory[1024];
    SecBuffer small = {10, SECBUFFER_TOKEN, memory};
    SecBufferDesc input = {SECBUFFER_VERSION, 1, &two}, output = {SECBUFFER_VERSION, 1, &small};
    ULONG attributes;
    TimeStamp expiry;
    BOOLEAN mapped;

    (void)state;
    assert_int_equal(ntlm->InitLsaModeContext(client, 0, NULL, 0, 0, NULL, &c.context, &output,
                                              &attributes, &expiry, &mapped, &c.packed),
                     SEC_E_BUFFER_TOO_SMALL);
    assert_int_equal(small.cbBuffer, 40);
    assert_int_equal(step(true, client, &c, NULL, &one), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(step(false, server, &s, &one, &two), SEC_I_CONTINUE_NEEDED);
    small.cbBuffer = 10;
    assert_int_equal(ntlm->InitLsaModeContext(client, c.context, NULL, 0, 0, &input, &c.context,
                                              &output, &attributes, &expiry, &mapped, &c.packed),
                     SEC_E_BUFFER_TOO_SMALL);
    assert_false(mapped);
    assert_in_range(small.cbBuffer, 100, sizeof(memory));
    assert_int_equal(ntlm->InitLsaModeContext(client, c.context, NULL, 0, 0, &input, &c.context,
                                              &output, &attributes, &expiry, &mapped, &c.packed),
                     SEC_E_OK);
    lsa_host_free(two.pvBuffer);
    one = (SecBuffer){small.cbBuffer, SECBUFFER_TOKEN, lsa_host_allocate(small.cbBuffer)};
    memcpy(one.pvBuffer, memory, small.cbBuffer);
    assert_int_equal(step(false, server, &s, &one, &three), SEC_E_OK);
    finish(&c);
    finish(&s);
    ntlm->FreeCredentialsHandle(client);
    ntlm->FreeCredentialsHandle(server);
}

/* ---- unlocking ---------------------------------------------------------------------- */

static NTSTATUS submit(SECURITY_LOGON_TYPE type, void *request, ULONG size, NTSTATUS *sub_status)
{
    PVOID profile, token;
    PUNICODE_STRING account, authority, machine;
    PSECPKG_SUPPLEMENTAL_CRED_ARRAY supplemental;
    LSA_TOKEN_INFORMATION_TYPE token_type;
    SECPKG_PRIMARY_CRED primary;
    ULONG profile_size;
    LUID luid;
    NTSTATUS status = ntlm->LogonUserEx2(NULL, type, request, request, size, &profile,
                                         &profile_size, &luid, sub_status, &token_type, &token,
                                         &account, &authority, &machine, &primary, &supplemental);

    assert_int_equal(token_type, LsaTokenInformationNull);
    assert_null(machine);
    assert_null(supplemental);
    assert_true((profile != NULL) == (status == STATUS_SUCCESS));
    if (status == STATUS_SUCCESS) {
        const MSV1_0_INTERACTIVE_PROFILE *p = profile;

        assert_int_equal(profile_size, sizeof(*p));
        assert_int_equal(p->MessageType, MsV1_0InteractiveProfile);
        assert_int_equal(p->UserFlags, LOGON_CACHED_ACCOUNT);
        assert_true(luid.LowPart == primary.LogonId.LowPart && luid.LowPart);
        assert_int_equal(primary.Flags, PRIMARY_CRED_CLEAR_PASSWORD | PRIMARY_CRED_UPDATE |
                                            PRIMARY_CRED_CACHED_LOGON);
        assert_non_null(account);
        assert_non_null(token);
    }
    lsa_host_free(profile);
    lsa_host_free(token);
    lsa_host_free(account);
    lsa_host_free(authority);
    lsa_host_free(primary.DownlevelName.Buffer);
    lsa_host_free(primary.DomainName.Buffer);
    lsa_host_free(primary.Password.Buffer);
    lsa_host_free(primary.Upn.Buffer);
    return status;
}

static NTSTATUS unlock(SECURITY_LOGON_TYPE type, ULONG session, const WCHAR *password)
{
    const LUID luid = {session, 0};
    const UNICODE_STRING domain = counted(u"EXAMPLE"), user = counted(u"alice"),
                         word = counted(password);
    NTSTATUS status, sub_status;
    ULONG size;
    void *request = unlock_write(&luid, &domain, &user, &word, &size);

    assert_non_null(request);
    status = submit(type, request, size, &sub_status);
    assert_int_equal(sub_status,
                     status == STATUS_LOGON_FAILURE ? STATUS_WRONG_PASSWORD : STATUS_SUCCESS);
    secret_free(request);
    return status;
}

static void test_unlock(void **state)
{
    static const WCHAR *const wrong[] = {u"", u"p", u"pW", u"pw ", u"pwpw", u"\u00fcber"};
    MSV1_0_INTERACTIVE_LOGON plain = {.MessageType = MsV1_0WorkstationUnlockLogon};
    uint8_t before[256];
    size_t size;
    NTSTATUS sub_status;

    (void)state;
    assert_int_equal(unlock(CachedUnlock, 1, u"pw"), STATUS_NO_LOGON_SERVERS);
    assert_int_equal(log_on(1, u"alice", u"EXAMPLE", u"pw"), STATUS_SUCCESS);
    size = sessions[1].size;
    assert_true(size <= sizeof(before));
    memcpy(before, sessions[1].data, size);
    written = 0;
    assert_int_equal(unlock(CachedUnlock, 1, u"pw"), STATUS_SUCCESS);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_int_equal(unlock(CachedUnlock, 1, wrong[i]), STATUS_LOGON_FAILURE);
    /* it knows nobody to ask for certain */
    assert_int_equal(unlock(Unlock, 1, u"pw"), STATUS_NO_LOGON_SERVERS);
    assert_int_equal(unlock(Unlock, 1, u"wrong"), STATUS_NO_LOGON_SERVERS);
    assert_int_equal(unlock(Interactive, 1, u"pw"), STATUS_INVALID_LOGON_TYPE);
    /* another's session: only for the system */
    assert_int_equal(log_on(2, u"bob", u"EXAMPLE", u"hers"), STATUS_SUCCESS);
    assert_int_equal(unlock(CachedUnlock, 2, u"hers"), STATUS_ACCESS_DENIED);
    call.client.HasTcbPrivilege = TRUE;
    assert_int_equal(unlock(CachedUnlock, 2, u"hers"), STATUS_SUCCESS);
    /* no session named: the client's own */
    plain.UserName = counted(u"alice");
    assert_int_equal(submit(CachedUnlock, &plain, sizeof(plain), &sub_status),
                     STATUS_INVALID_PARAMETER); /* the name lies elsewhere */
    plain.MessageType = MsV1_0InteractiveLogon;
    assert_int_equal(submit(CachedUnlock, &plain, sizeof(plain), &sub_status),
                     STATUS_BAD_VALIDATION_CLASS);
    assert_int_equal(written, 1); /* bob's logon: nothing of this touches what is kept */
    assert_int_equal(sessions[1].size, size);
    assert_memory_equal(sessions[1].data, before, size);
}

/* When another package has verified it: the same password touches nothing, a new one counts. */
static void test_update(void **state)
{
    UNICODE_STRING name = counted(u"alice");
    SECPKG_PRIMARY_CRED primary = {.LogonId = {1, 0},
                                   .DownlevelName = name,
                                   .DomainName = counted(u"EXAMPLE"),
                                   .Password = counted(u"pw"),
                                   .Flags = PRIMARY_CRED_CLEAR_PASSWORD | PRIMARY_CRED_UPDATE};

    (void)state;
    written = 0;
    assert_int_equal(ntlm->AcceptCredentials(Interactive, &name, &primary, NULL), STATUS_SUCCESS);
    assert_int_equal(written, 1);
    assert_int_equal(ntlm->AcceptCredentials(Interactive, &name, &primary, NULL), STATUS_SUCCESS);
    assert_int_equal(written, 1);
    primary.Password = counted(u"new");
    assert_int_equal(ntlm->AcceptCredentials(Interactive, &name, &primary, NULL), STATUS_SUCCESS);
    assert_int_equal(written, 2);
    assert_int_equal(unlock(CachedUnlock, 1, u"new"), STATUS_SUCCESS);
    assert_int_equal(unlock(CachedUnlock, 1, u"pw"), STATUS_LOGON_FAILURE);
}

static void test_info(void **state)
{
    SecPkgInfoW info;
    PSECPKG_EXTENDED_INFORMATION extended;

    (void)state;
    assert_int_equal(ntlm->GetInfo(&info), STATUS_SUCCESS);
    assert_true(utf16_equal(info.Name, u"NTLM"));
    assert_int_equal(info.wRPCID, 10);
    assert_int_equal(info.cbMaxToken, 2888);
    assert_int_equal(info.fCapabilities & (SECPKG_FLAG_MUTUAL_AUTH | SECPKG_FLAG_DELEGATION), 0);
    assert_int_equal(ntlm->GetExtendedInformation(SecpkgGssInfo, &extended), SEC_E_OK);
    assert_int_equal(extended->Info.GssInfo.EncodedIdLength, 12);
    assert_memory_equal((char *)extended +
                            offsetof(SECPKG_EXTENDED_INFORMATION, Info.GssInfo.EncodedId),
                        "\x06\x0a\x2b\x06\x01\x04\x01\x82\x37\x02\x02\x0a", 12);
    lsa_host_free(extended);
}

/* [ntlm] domain is the domain of every default credential. */
static void test_domain_setting(void **state)
{
    LSA_SEC_HANDLE client;
    SecPkgCredentials_NamesW names;

    (void)state;
    assert_int_equal(log_on(1, u"alice", u"EXAMPLE.COM", u"pw"), STATUS_SUCCESS);
    assert_int_equal(acquire(SECPKG_CRED_OUTBOUND, &client), SEC_E_OK);
    assert_int_equal(ntlm->QueryCredentialsAttributes(client, SECPKG_CRED_ATTR_NAMES, &names),
                     SEC_E_OK);
    assert_true(utf16_equal(names.sUserName, u"CORP\\alice"));
    lsa_host_free(names.sUserName);
    ntlm->FreeCredentialsHandle(client);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_default_credentials),
        TEST(test_what_is_kept),
        TEST(test_changed_password),
        TEST(test_ended_session),
        TEST(test_sessions_are_apart),
        TEST(test_default_acceptor),
        TEST(test_freed_credential),
        TEST(test_small_buffer),
        TEST(test_unlock),
        TEST(test_update),
        TEST(test_info),
        cmocka_unit_test_setup_teardown(test_domain_setting, start_with_settings, stop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
