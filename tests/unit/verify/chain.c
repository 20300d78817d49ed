/*
 * The LSA around the NTLM package, for chain_test.c: the real package host over a store that is a
 * small table, a domain that says what the test wants, and handshakes.
 */
#include "tests/unit/verify/chain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include <ntsecapi.h>
#include <ntstatus.h>
#include "base/reason.h"
#include "base/secret.h"
#include "base/utf16.h"
#include "libsspi/lsa/host.h"
#include "libsspi/packages/ntlm/packed.h"
#include "libsspi/packages/ntlm/verify/authorization.h"
#include "libsspi/packages/ntlm/verify/domain.h"
#include "libsspi/packages/ntlm/verify/guard.h"

const struct builtin_package lsa_builtin_packages[] = {
    {"NTLM", ntlm_lsa_mode_initialize, ntlm_user_mode_initialize, 0},
    {NULL, NULL, NULL, 0},
};

/* Of this machine, for the package. */
int gethostname(char *name, size_t size)
{
    snprintf(name, size, "local.example.com");
    return 0;
}

/* ---- logon sessions: their LUIDs are 1 to 3 ------------------------------------------ */

static struct {
    const char *user;
    uid_t uid;
    void *data;
    size_t size;
} sessions[SESSIONS] = {{NULL, 0, NULL, 0},
                        {"alice", ALICE_UID, NULL, 0},
                        {"nobody", 65534, NULL, 0},
                        {"alice", ALICE_UID + 1, NULL, 0}};

static NTSTATUS store_add(const LUID *luid, const char *package, const char *key, const void *data,
                          size_t size)
{
    (void)package, (void)key;
    secret_free(sessions[luid->LowPart].data);
    sessions[luid->LowPart].data = secret_dup(data, size);
    sessions[luid->LowPart].size = size;
    return STATUS_SUCCESS;
}

static NTSTATUS store_get(const LUID *luid, const char *package, const char *key, void **data,
                          size_t *size)
{
    (void)package, (void)key;
    if (luid->LowPart >= SESSIONS || !sessions[luid->LowPart].data)
        return STATUS_NOT_FOUND;
    *size = sessions[luid->LowPart].size;
    *data = secret_dup(sessions[luid->LowPart].data, *size);
    return *data ? STATUS_SUCCESS : STATUS_NO_MEMORY;
}

static struct lsa_user_session *store_sessions_of(const char *user, size_t *count)
{
    struct lsa_user_session *list = calloc(SESSIONS, sizeof(*list));

    *count = 0;
    for (DWORD i = SESSIONS; list && i-- > 1;)
        if (strcasecmp(sessions[i].user, user) == 0)
            list[(*count)++] = (struct lsa_user_session){{i, 0}, sessions[i].uid};
    return list;
}

static const struct lsa_store store = {
    .add = store_add, .get = store_get, .sessions_of = store_sessions_of};

/* ---- the domain, instead of winbind --------------------------------------------------- */

struct controller controller = {.says = NTLM_DOMAIN_NOBODY};

SECURITY_STATUS ntlm_domain_verify(const struct ntlm_claim *claim, unsigned milliseconds,
                                   struct ntlm_verified *answer)
{
    (void)claim;
    assert_int_equal(milliseconds, 15000);
    assert_null(answer->user.string);
    controller.asked++;
    return controller.says;
}

/* ---- the LSA around the package ------------------------------------------------------ */

struct lsa_setting ntlm_settings[6] = {{"verify", "sessions"}};
static const struct lsa_setting acceptors[] = {{"HTTP", "1234"}, {"ntlm", "33"}, {NULL, NULL}};

static const struct lsa_setting *read_settings(const char *section)
{
    if (strcmp(section, "acceptors") == 0)
        return acceptors;
    return strcasecmp(section, "NTLM") == 0 ? ntlm_settings : NULL;
}

static const SECPKG_FUNCTION_TABLE *ntlm;
struct lsa_call call;

void as(uid_t uid, DWORD session)
{
    lsa_call_end();
    memset(&call, 0, sizeof(call));
    call.uid = uid;
    call.client.LogonId.LowPart = session;
    call.client.HasTcbPrivilege = uid == 0;
    lsa_call_begin(&call);
}

static UNICODE_STRING counted(const WCHAR *text)
{
    USHORT size = text ? (USHORT)(utf16_length(text) * sizeof(WCHAR)) : 0;

    return (UNICODE_STRING){size, size, (WCHAR *)(uintptr_t)text};
}

static void log_on(ULONG session, const WCHAR *user, const WCHAR *domain, const WCHAR *password,
                   const WCHAR *upn)
{
    UNICODE_STRING name = counted(user);
    SECPKG_PRIMARY_CRED primary = {.LogonId = {session, 0},
                                   .DownlevelName = name,
                                   .DomainName = counted(domain),
                                   .Password = counted(password),
                                   .Upn = counted(upn),
                                   .DnsDomainName = counted(u"EXAMPLE.COM"),
                                   .Flags = PRIMARY_CRED_CLEAR_PASSWORD};

    assert_int_equal(ntlm->AcceptCredentials(Interactive, &name, &primary, NULL), STATUS_SUCCESS);
}

int start(void **state)
{
    static const struct lsa_host_config config = {.in_lsa = true,
                                                  .store = &store,
                                                  .settings = read_settings,
                                                  .realm = "EXAMPLE.COM",
                                                  .host_name = "box.example.com"};

    (void)state;
    if (lsa_host_start(&config) != STATUS_SUCCESS)
        return -1;
    ntlm = lsa_host_find(u"NTLM")->lsa;
    lsa_call_begin(&call);
    as(0, 0);
    log_on(ALICE, u"alice", u"EXAMPLE.COM", u"pw of alice", u"alice@EXAMPLE.COM");
    log_on(NOBODY, u"nobody", u"LOCAL", u"pw of nobody", NULL);
    log_on(ELSEWHERE, u"alice", u"EXAMPLE.COM", u"alice's other", u"alice@child.example.com");
    return 0;
}

int stop(void **state)
{
    (void)state;
    lsa_call_end();
    lsa_host_stop();
    for (size_t i = 0; i < SESSIONS; i++) {
        secret_free(sessions[i].data);
        sessions[i].data = NULL;
    }
    memset(&ntlm_settings[1], 0, sizeof(ntlm_settings) - sizeof(ntlm_settings[0]));
    ntlm_settings[0].value = "sessions";
    return 0;
}

/* ---- a handshake ---------------------------------------------------------------------- */

static LSA_SEC_HANDLE supplied(const WCHAR *user, const WCHAR *domain, const WCHAR *password)
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

    assert_int_equal(ntlm->AcquireCredentialsHandle(NULL, SECPKG_CRED_OUTBOUND, NULL, &id, NULL,
                                                    NULL, &handle, &expiry),
                     SEC_E_OK);
    return handle;
}

SECURITY_STATUS acceptor(LSA_SEC_HANDLE *handle)
{
    TimeStamp expiry;

    return ntlm->AcquireCredentialsHandle(NULL, SECPKG_CRED_INBOUND, NULL, NULL, NULL, NULL, handle,
                                          &expiry);
}

struct run {
    LSA_SEC_HANDLE context;
    SecBuffer packed;
};

static SECURITY_STATUS step(bool client, LSA_SEC_HANDLE credential, struct run *r, PSecBuffer in,
                            PSecBuffer out)
{
    SecBufferDesc input = {SECBUFFER_VERSION, 1, in}, output = {SECBUFFER_VERSION, 1, out};
    ULONG attributes;
    TimeStamp expiry;
    BOOLEAN mapped = FALSE;

    *out = (SecBuffer){0, SECBUFFER_TOKEN, NULL};
    if (client)
        return ntlm->InitLsaModeContext(
            credential, r->context, NULL, ISC_REQ_CONFIDENTIALITY | ISC_REQ_ALLOCATE_MEMORY, 0,
            in ? &input : NULL, &r->context, &output, &attributes, &expiry, &mapped, &r->packed);
    return ntlm->AcceptLsaModeContext(credential, r->context, &input, ASC_REQ_ALLOCATE_MEMORY, 0,
                                      &r->context, &output, &attributes, &expiry, &mapped,
                                      &r->packed);
}

static void finish(struct run *r)
{
    if (r->context)
        ntlm->DeleteContext(r->context);
    lsa_host_free(r->packed.pvBuffer);
}

char verified[CHAIN_NAME];
unsigned retries;
bool lm_alone;

static void note(const struct run *s)
{
    struct ntlm_packed p;
    struct ntlm_bytes local = {NULL, 0};
    char *user, *domain, *name;

    assert_true(ntlm_packed_read(s->packed.pvBuffer, s->packed.cbBuffer, &p));
    if (p.authorization.size)
        assert_true(ntlm_authorization_read(p.authorization.data, p.authorization.size, &local,
                                            NULL, NULL));
    user = utf16_to_utf8((const WCHAR *)(const void *)p.user.data, p.user.size / 2, NULL);
    domain = utf16_to_utf8((const WCHAR *)(const void *)p.domain.data, p.domain.size / 2, NULL);
    name = utf16_to_utf8(local.size ? (const WCHAR *)(const void *)local.data : u"", local.size / 2,
                         NULL);
    snprintf(verified, sizeof(verified), "%s\\%s %s", domain, user, name);
    free(user);
    free(domain);
    free(name);
}

/* The client proves who it is to an acceptor with default credentials: of the current call. */
SECURITY_STATUS prove(const WCHAR *user, const WCHAR *domain, const WCHAR *password)
{
    LSA_SEC_HANDLE client = supplied(user, domain, password), server;
    struct run c = {0}, s = {0};
    SecBuffer one, two, three, none;
    SECURITY_STATUS status = acceptor(&server);

    if (status)
        goto out;
    verified[0] = 0;
    retries = 0;
    reason_clear();
    assert_int_equal(step(true, client, &c, NULL, &one), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(step(false, server, &s, &one, &two), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(step(true, client, &c, &two, &three), SEC_E_OK);
    if (lm_alone) /* NtChallengeResponseFields.Len, 2.2.1.3 */
        memset((uint8_t *)three.pvBuffer + 20, 0, 2);
    status = step(false, server, &s, &three, &none);
    if (status == STATUS_RETRY) { /* as lsad does, but for the time */
        assert_in_range(lsa_call_delay().again, 1, NTLM_GUARD_WAIT_MAX);
        retries++;
        lsa_call_end();
        call.again = true;
        lsa_call_begin(&call);
        status = step(false, server, &s, &three, &none);
        call.again = false;
    }
    if (status && status != SEC_E_UNSUPPORTED_FUNCTION)
        assert_in_range(lsa_call_delay().answer, 1, NTLM_GUARD_ANSWER);
    if (!status)
        note(&s);
    lsa_host_free(one.pvBuffer);
    lsa_host_free(two.pvBuffer);
    lsa_host_free(three.pvBuffer);
    finish(&c);
    finish(&s);
    ntlm->FreeCredentialsHandle(server);
out:
    ntlm->FreeCredentialsHandle(client);
    lsa_call_end();
    lsa_call_begin(&call);
    return status;
}
