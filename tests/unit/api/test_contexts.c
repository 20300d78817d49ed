/*
 * Credentials and handshakes through the entry points: misuse of handles, the rules of buffers, and the way each credential goes.
 */
#include "tests/unit/api/common.h"

#include <stdlib.h>
#include <unistd.h>

static WCHAR package[] = u"fake", target[] = u"host/server";

static void test_handshake_and_messages(void **state)
{
    CredHandle out = acquire(SECPKG_CRED_OUTBOUND), in = acquire(SECPKG_CRED_INBOUND);
    CtxtHandle client, server;
    char data[] = "a message", signature[16];
    SecBuffer buffers[2] = {{9, SECBUFFER_DATA, data}, {16, SECBUFFER_TOKEN, signature}};
    SecBufferDesc message = {SECBUFFER_VERSION, 2, buffers};
    ULONG qop = 0;

    (void)state;
    handshake(&out, &in, &client, &server);
    assert_int_equal(fake.contexts, 0); /* the LSA halves are gone, as they are at lsad */
    assert_int_equal(fake.user_contexts, 2);
    assert_int_equal(EncryptMessage(&client, 0, &message, 0), SEC_E_OK);
    assert_memory_not_equal(data, "a message", 9);
    assert_int_equal(DecryptMessage(&server, &message, 0, &qop), SEC_E_OK);
    assert_memory_equal(data, "a message", 9);
    assert_int_equal(qop, 5);
    buffers[1].cbBuffer = 16;
    assert_int_equal(MakeSignature(&server, 0, &message, 3), SEC_E_OK);
    assert_int_equal(VerifySignature(&client, &message, 3, NULL), SEC_E_OK);
    qop = 17;
    data[0] ^= 1;
    assert_int_equal(VerifySignature(&client, &message, 3, &qop), SEC_E_MESSAGE_ALTERED);
    assert_int_equal(qop, 17);
    assert_int_equal(MakeSignature(&server, 0, NULL, 3), SEC_E_INVALID_TOKEN);
    message.pBuffers = NULL;
    assert_int_equal(EncryptMessage(&server, 0, &message, 3), SEC_E_INVALID_TOKEN);

    assert_int_equal(DeleteSecurityContext(&client), SEC_E_OK);
    assert_int_equal(DeleteSecurityContext(&server), SEC_E_OK);
    assert_int_equal(FreeCredentialsHandle(&out), SEC_E_OK);
    assert_int_equal(FreeCredentialsHandle(&in), SEC_E_OK);
}

/* Every entry point with a handle that is none: zero, invalidated, invented, stale, of the other kind, NULL. */
static void refuse(PSecHandle h)
{
    SecBuffer buffers[2] = {{0}, {0}};
    SecBufferDesc message = {SECBUFFER_VERSION, 2, buffers};
    struct one token = ONE(0, SECBUFFER_TOKEN, NULL);
    SecPkgContext_Sizes sizes;
    SecPkgCredentials_NamesA names;
    CtxtHandle made = {1, 2};
    ULONG attributes;

    assert_int_equal(DeleteSecurityContext(h), SEC_E_INVALID_HANDLE);
    assert_int_equal(MakeSignature(h, 0, &message, 0), SEC_E_INVALID_HANDLE);
    assert_int_equal(VerifySignature(h, &message, 0, NULL), SEC_E_INVALID_HANDLE);
    assert_int_equal(EncryptMessage(h, 0, &message, 0), SEC_E_INVALID_HANDLE);
    assert_int_equal(DecryptMessage(h, &message, 0, NULL), SEC_E_INVALID_HANDLE);
    assert_int_equal(CompleteAuthToken(h, &message), SEC_E_INVALID_HANDLE);
    assert_int_equal(QueryContextAttributesW(h, SECPKG_ATTR_SIZES, &sizes), SEC_E_INVALID_HANDLE);
    assert_int_equal(QueryContextAttributesA(h, SECPKG_ATTR_NAMES, &names), SEC_E_INVALID_HANDLE);
    assert_int_equal(FreeCredentialsHandle(h), SEC_E_INVALID_HANDLE);
    assert_int_equal(QueryCredentialsAttributesA(h, SECPKG_CRED_ATTR_NAMES, &names), SEC_E_INVALID_HANDLE);
    assert_int_equal(QueryCredentialsAttributesW(h, SECPKG_CRED_ATTR_NAMES, &names), SEC_E_INVALID_HANDLE);
    assert_int_equal(InitializeSecurityContextW(h, NULL, target, 0, 0, 0, NULL, 0, &made, desc(&token),
                                                &attributes, NULL),
                     SEC_E_INVALID_HANDLE);
    assert_int_equal(AcceptSecurityContext(h, NULL, desc(&token), 0, 0, &made, desc(&token), &attributes, NULL),
                     SEC_E_INVALID_HANDLE);
    assert_int_equal(made.dwLower, 1);
    assert_int_equal(made.dwUpper, 2);
}

static void test_bad_handles(void **state)
{
    CredHandle out = acquire(SECPKG_CRED_OUTBOUND), in = acquire(SECPKG_CRED_INBOUND), old;
    CtxtHandle client, server, bad = {0, 0};
    char data[4] = "x";
    struct one token = ONE(4, SECBUFFER_TOKEN, data);
    SecPkgContext_Sizes sizes;

    (void)state;
    handshake(&out, &in, &client, &server);
    refuse(NULL);
    refuse(&bad);
    SecInvalidateHandle(&bad);
    refuse(&bad);
    bad = (CtxtHandle){(ULONG_PTR)&bad, 1};
    refuse(&bad);
    bad = (CtxtHandle){client.dwLower, client.dwUpper + 1};
    refuse(&bad);
    bad = (CtxtHandle){client.dwUpper, client.dwLower};
    refuse(&bad);

    /* A context where a credential is meant, and the other way round. */
    assert_int_equal(FreeCredentialsHandle(&client), SEC_E_INVALID_HANDLE);
    assert_int_equal(DeleteSecurityContext(&out), SEC_E_INVALID_HANDLE);
    assert_int_equal(QueryContextAttributesW(&out, SECPKG_ATTR_SIZES, &sizes), SEC_E_INVALID_HANDLE);
    assert_int_equal(InitializeSecurityContextW(&client, NULL, target, 0, 0, 0, NULL, 0, &bad, desc(&token), NULL,
                                                NULL),
                     SEC_E_INVALID_HANDLE);
    assert_int_equal(InitializeSecurityContextW(&out, &in, target, 0, 0, 0, desc(&token), 0, &bad, desc(&token),
                                                NULL, NULL),
                     SEC_E_INVALID_HANDLE);
    /* The established context goes on working after all of it. */
    assert_int_equal(QueryContextAttributesW(&client, SECPKG_ATTR_SIZES, &sizes), SEC_E_OK);

    assert_int_equal(DeleteSecurityContext(&client), SEC_E_OK);
    refuse(&client);
    assert_int_equal(DeleteSecurityContext(&server), SEC_E_OK);
    assert_int_equal(DeleteSecurityContext(&server), SEC_E_INVALID_HANDLE);
    old = out;
    assert_int_equal(FreeCredentialsHandle(&out), SEC_E_OK);
    assert_int_equal(FreeCredentialsHandle(&out), SEC_E_INVALID_HANDLE);
    out = acquire(SECPKG_CRED_OUTBOUND); /* takes the same place */
    refuse(&old);
    assert_int_equal(FreeCredentialsHandle(&out), SEC_E_OK);
    assert_int_equal(FreeCredentialsHandle(&in), SEC_E_OK);
}

/* A context lives on without its credential, half-made or done. */
static void test_credential_freed_early(void **state)
{
    CredHandle out = acquire(SECPKG_CRED_OUTBOUND), in = acquire(SECPKG_CRED_INBOUND);
    CtxtHandle client = {0, 0}, server = {0, 0};
    char memory[2][64];
    struct one token = ONE(64, SECBUFFER_TOKEN, memory[0]), answer = ONE(64, SECBUFFER_TOKEN, memory[1]);
    SecPkgContext_Sizes sizes;

    (void)state;
    /* phContext may point to the handle of zeros that phNewContext will fill. */
    assert_int_equal(InitializeSecurityContextW(&out, &client, target, 0, 0, 0, NULL, 0, &client, desc(&token),
                                                NULL, NULL),
                     SEC_I_CONTINUE_NEEDED);
    assert_int_equal(AcceptSecurityContext(&in, &server, desc(&token), 0, 0, &server, desc(&answer), NULL, NULL),
                     SEC_I_CONTINUE_NEEDED);
    assert_int_equal(FreeCredentialsHandle(&out), SEC_E_OK);
    assert_int_equal(FreeCredentialsHandle(&in), SEC_E_OK);
    assert_int_equal(fake.credentials, 2);
    token.buffer.cbBuffer = 64;
    assert_int_equal(InitializeSecurityContextW(&out, &client, target, 0, 0, 0, desc(&answer), 0, NULL,
                                                desc(&token), NULL, NULL),
                     SEC_E_INVALID_HANDLE); /* named, it must be a good one */
    assert_int_equal(InitializeSecurityContextW(NULL, &client, target, 0, 0, 0, desc(&answer), 0, NULL,
                                                desc(&token), NULL, NULL),
                     SEC_E_OK);
    assert_int_equal(AcceptSecurityContext(NULL, &server, desc(&token), 0, 0, NULL, NULL, NULL, NULL), SEC_E_OK);
    assert_int_equal(QueryContextAttributesW(&client, SECPKG_ATTR_SIZES, &sizes), SEC_E_OK);
    assert_int_equal(DeleteSecurityContext(&client), SEC_E_OK);
    assert_int_equal(DeleteSecurityContext(&server), SEC_E_OK);
}

static void test_half_made(void **state)
{
    CredHandle out = acquire(SECPKG_CRED_OUTBOUND), other = acquire(SECPKG_CRED_OUTBOUND);
    CtxtHandle client, again;
    char memory[64];
    struct one token = ONE(64, SECBUFFER_TOKEN, memory);
    SecPkgContext_Sizes sizes;
    SecPkgContext_Lifespan life;
    PSecPkgInfoW info;

    (void)state;
    assert_int_equal(InitializeSecurityContextW(&out, NULL, target, 0, 0, 0, NULL, 0, &client, desc(&token), NULL,
                                                NULL),
                     SEC_I_CONTINUE_NEEDED);
    assert_int_equal(EncryptMessage(&client, 0, &token.desc, 0), SEC_E_INVALID_HANDLE);
    assert_int_equal(MakeSignature(&client, 0, &token.desc, 0), SEC_E_INVALID_HANDLE);
    assert_int_equal(QueryContextAttributesW(&client, SECPKG_ATTR_SIZES, &sizes), SEC_E_UNSUPPORTED_FUNCTION);
    assert_int_equal(QueryContextAttributesW(&client, SECPKG_ATTR_LIFESPAN, &life), SEC_E_OK);
    assert_int_equal(life.tsExpiry.QuadPart, 42);
    assert_int_equal(QueryContextAttributesW(&client, SECPKG_ATTR_PACKAGE_INFO, &info), SEC_E_OK);
    FreeContextBuffer(info);
    /* Another credential, and the other side, have no business with it. */
    token.buffer = (SecBuffer){2, SECBUFFER_TOKEN, memory};
    memcpy(memory, "S1", 2);
    assert_int_equal(InitializeSecurityContextW(&other, &client, target, 0, 0, 0, desc(&token), 0, &again, NULL,
                                                NULL, NULL),
                     SEC_E_WRONG_CREDENTIAL_HANDLE);
    assert_int_equal(AcceptSecurityContext(NULL, &client, desc(&token), 0, 0, &again, NULL, NULL, NULL),
                     SEC_E_INVALID_HANDLE);
    /* A bad answer fails the leg; the caller still owns the handle. */
    memcpy(memory, "??", 2);
    assert_int_equal(InitializeSecurityContextW(&out, &client, target, 0, 0, 0, desc(&token), 0, &client, NULL,
                                                NULL, NULL),
                     SEC_E_INVALID_TOKEN);
    assert_int_equal(DeleteSecurityContext(&client), SEC_E_OK);
    FreeCredentialsHandle(&out);
    FreeCredentialsHandle(&other);
}

static void test_established_again(void **state)
{
    CredHandle out = acquire(SECPKG_CRED_OUTBOUND), in = acquire(SECPKG_CRED_INBOUND);
    CtxtHandle client, server;
    char memory[64] = "S1";
    struct one token = ONE(2, SECBUFFER_TOKEN, memory);

    (void)state;
    handshake(&out, &in, &client, &server);
    assert_int_equal(InitializeSecurityContextW(&out, &client, target, 0, 0, 0, desc(&token), 0, &client, NULL,
                                                NULL, NULL),
                     SEC_E_INVALID_HANDLE);
    assert_int_equal(AcceptSecurityContext(&in, &server, desc(&token), 0, 0, &server, NULL, NULL, NULL),
                     SEC_E_INVALID_HANDLE);
    DeleteSecurityContext(&client);
    DeleteSecurityContext(&server);
    FreeCredentialsHandle(&out);
    FreeCredentialsHandle(&in);
}

static void test_failing_first_leg(void **state)
{
    static WCHAR fail[] = FAKE_TARGET_FAIL, error_token[] = FAKE_TARGET_ERROR_TOKEN;
    static WCHAR no_handle[] = FAKE_TARGET_NO_HANDLE;
    CredHandle out = acquire(SECPKG_CRED_OUTBOUND);
    CtxtHandle made = {123, 456};
    char memory[64];
    struct one token = ONE(64, SECBUFFER_TOKEN, memory);
    TimeStamp expiry = {.QuadPart = 3};
    ULONG attributes = 9;

    (void)state;
    assert_int_equal(InitializeSecurityContextW(&out, NULL, fail, 0, 0, 0, NULL, 0, &made, desc(&token),
                                                &attributes, &expiry),
                     SEC_E_LOGON_DENIED);
    assert_int_equal(made.dwLower, 123);
    assert_int_equal(token.buffer.cbBuffer, 64);
    assert_int_equal(attributes, 9);
    assert_int_equal(expiry.QuadPart, 3);
    /* An error message of the protocol reaches the peer although no context was made. */
    assert_int_equal(InitializeSecurityContextW(&out, NULL, error_token, 0, 0, 0, NULL, 0, &made, desc(&token),
                                                NULL, NULL),
                     SEC_E_LOGON_DENIED);
    assert_int_equal(made.dwLower, 123);
    assert_int_equal(token.buffer.cbBuffer, 5);
    assert_memory_equal(memory, "sorry", 5);
    token.buffer.cbBuffer = 64;
    assert_int_equal(InitializeSecurityContextW(&out, NULL, no_handle, 0, 0, 0, NULL, 0, &made, desc(&token),
                                                NULL, NULL),
                     SEC_E_INTERNAL_ERROR);
    assert_int_equal(InitializeSecurityContextW(&out, NULL, target, 0, 0, 0, NULL, 0, NULL, desc(&token), NULL,
                                                NULL),
                     SEC_E_INVALID_HANDLE); /* nowhere to put the handle */
    FreeCredentialsHandle(&out);
}

static void test_output_buffers(void **state)
{
    static WCHAR big[] = FAKE_TARGET_BIG, one_leg[] = FAKE_TARGET_ONE_LEG;
    CredHandle out = acquire(SECPKG_CRED_OUTBOUND);
    CtxtHandle made;
    static char memory[FAKE_BIG];
    SecBuffer two[2] = {{0, SECBUFFER_ALERT, NULL}, {FAKE_BIG, SECBUFFER_TOKEN | SECBUFFER_READONLY, memory}};
    SecBufferDesc both = {SECBUFFER_VERSION, 2, two};
    struct one token = ONE(FAKE_BIG - 1, SECBUFFER_TOKEN, memory), wrong = ONE(FAKE_BIG, SECBUFFER_DATA, memory);
    ULONG attributes;

    (void)state;
    assert_int_equal(InitializeSecurityContextW(&out, NULL, big, 0, 0, 0, NULL, 0, &made, desc(&token), NULL,
                                                NULL),
                     SEC_E_BUFFER_TOO_SMALL);
    assert_int_equal(token.buffer.cbBuffer, FAKE_BIG); /* what it takes */
    assert_int_equal(fake.contexts, 0);
    assert_int_equal(InitializeSecurityContextW(&out, NULL, big, 0, 0, 0, NULL, 0, &made, desc(&token), NULL,
                                                NULL),
                     SEC_I_CONTINUE_NEEDED);
    assert_int_equal(token.buffer.cbBuffer, FAKE_BIG);
    assert_int_equal(DeleteSecurityContext(&made), SEC_E_OK);
    /* The token buffer need not be the first, and its attribute bits do not matter. */
    assert_int_equal(InitializeSecurityContextW(&out, NULL, big, 0, 0, 0, NULL, 0, &made, &both, NULL, NULL),
                     SEC_I_CONTINUE_NEEDED);
    assert_int_equal(DeleteSecurityContext(&made), SEC_E_OK);
    assert_int_equal(InitializeSecurityContextW(&out, NULL, big, 0, 0, 0, NULL, 0, &made, desc(&wrong), NULL,
                                                NULL),
                     SEC_E_INVALID_TOKEN);
    assert_int_equal(InitializeSecurityContextW(&out, NULL, big, 0, 0, 0, NULL, 0, &made, NULL, NULL, NULL),
                     SEC_E_INVALID_TOKEN);
    assert_int_equal(fake.contexts, 0);

    /* Memory of ours; whatever the buffer held before is not looked at. */
    token.buffer = (SecBuffer){1, SECBUFFER_TOKEN, (void *)16};
    assert_int_equal(InitializeSecurityContextW(&out, NULL, big, ISC_REQ_ALLOCATE_MEMORY | ISC_REQ_INTEGRITY, 0,
                                                0, NULL, 0, &made, desc(&token), &attributes, NULL),
                     SEC_I_CONTINUE_NEEDED);
    assert_int_equal(token.buffer.cbBuffer, FAKE_BIG);
    assert_int_equal(attributes, ISC_RET_ALLOCATED_MEMORY | ISC_RET_INTEGRITY);
    assert_int_equal(FreeContextBuffer(token.buffer.pvBuffer), SEC_E_OK);
    assert_int_equal(DeleteSecurityContext(&made), SEC_E_OK);
    /* Nothing to send. */
    token.buffer = (SecBuffer){64, SECBUFFER_TOKEN, memory};
    assert_int_equal(InitializeSecurityContextW(&out, NULL, one_leg, 0, 0, 0, NULL, 0, &made, desc(&token),
                                                &attributes, NULL),
                     SEC_E_OK);
    assert_int_equal(token.buffer.cbBuffer, 0);
    assert_int_equal(attributes & ISC_RET_ALLOCATED_MEMORY, 0);
    assert_int_equal(DeleteSecurityContext(&made), SEC_E_OK);
    assert_int_equal(InitializeSecurityContextW(&out, NULL, one_leg, 0, 0, 0, NULL, 0, &made, NULL, NULL, NULL),
                     SEC_E_OK);
    assert_int_equal(DeleteSecurityContext(&made), SEC_E_OK);
    FreeCredentialsHandle(&out);
}

static void test_input_buffers(void **state)
{
    CredHandle out = acquire(SECPKG_CRED_OUTBOUND), in = acquire(SECPKG_CRED_INBOUND);
    CtxtHandle made;
    char memory[64] = "C1:";
    struct one token = ONE(64, SECBUFFER_TOKEN, memory), empty = ONE(0, SECBUFFER_TOKEN, memory);
    SecBuffer many[64] = {{0}};
    SecBufferDesc odd = {SECBUFFER_VERSION, 1, NULL};

    (void)state;
    /* What applications pass for "no token" on the first leg. */
    assert_int_equal(InitializeSecurityContextW(&out, NULL, target, 0, 0, 0, desc(&empty), 0, &made, desc(&token),
                                                NULL, NULL),
                     SEC_I_CONTINUE_NEEDED);
    assert_int_equal(fake_last.input_buffers, 0);
    assert_int_equal(DeleteSecurityContext(&made), SEC_E_OK);
    empty.buffer = (SecBuffer){100, SECBUFFER_TOKEN, NULL};
    token.buffer.cbBuffer = 64;
    assert_int_equal(InitializeSecurityContextW(&out, NULL, target, 0, 0, 0, desc(&empty), 0, &made, desc(&token),
                                                NULL, NULL),
                     SEC_I_CONTINUE_NEEDED);
    assert_int_equal(DeleteSecurityContext(&made), SEC_E_OK);
    empty.desc.cBuffers = 0;
    token.buffer.cbBuffer = 64;
    assert_int_equal(InitializeSecurityContextW(&out, NULL, target, 0, 0, 0, &empty.desc, 0, &made, desc(&token),
                                                NULL, NULL),
                     SEC_I_CONTINUE_NEEDED);
    assert_int_equal(DeleteSecurityContext(&made), SEC_E_OK);
    /* An acceptor has nothing to begin with. */
    assert_int_equal(AcceptSecurityContext(&in, NULL, NULL, 0, 0, &made, desc(&token), NULL, NULL),
                     SEC_E_INVALID_TOKEN);

    /* Descriptors that cannot be any. */
    assert_int_equal(AcceptSecurityContext(&in, NULL, &odd, 0, 0, &made, desc(&token), NULL, NULL),
                     SEC_E_INVALID_TOKEN);
    odd = (SecBufferDesc){SECBUFFER_VERSION, 64, many};
    assert_int_equal(AcceptSecurityContext(&in, NULL, &odd, 0, 0, &made, desc(&token), NULL, NULL),
                     SEC_E_INVALID_TOKEN);
    odd = (SecBufferDesc){SECBUFFER_VERSION, 1, many};
    many[0] = (SecBuffer){20, SECBUFFER_CHANNEL_BINDINGS, NULL};
    assert_int_equal(AcceptSecurityContext(&in, NULL, &odd, 0, 0, &made, desc(&token), NULL, NULL),
                     SEC_E_INVALID_TOKEN);
    FreeCredentialsHandle(&out);
    FreeCredentialsHandle(&in);
}

/* ---- which way a credential goes ------------------------------------------------------------------ */

static SECURITY_STATUS acquire_default(ULONG use, PCredHandle h)
{
    TimeStamp expiry;

    return AcquireCredentialsHandleW(NULL, package, use, NULL, NULL, NULL, NULL, h, &expiry);
}

static void test_default_from_lsad(void **state)
{
    CredHandle both;
    CtxtHandle client, server;
    SecPkgCredentials_NamesA names;

    (void)state;
    fake_lsad.mode = LSAD_SERVES;
    assert_int_equal(acquire_default(SECPKG_CRED_BOTH, &both), SEC_E_OK);
    assert_int_equal(fake_lsad.acquired, 2); /* one for each direction */
    assert_int_equal(fake_lsad.credentials, 2);
    assert_int_equal(QueryCredentialsAttributesA(&both, SECPKG_CRED_ATTR_NAMES, &names), SEC_E_OK);
    assert_string_equal(names.sUserName, "REALM\\\xc3\xa5sa");
    FreeContextBuffer(names.sUserName);
    handshake(&both, &both, &client, &server);
    assert_int_equal(fake_lsad.legs, 4);
    assert_int_equal(fake_lsad.contexts, 0); /* handed over */
    assert_int_equal(fake.user_contexts, 2);
    DeleteSecurityContext(&client);
    DeleteSecurityContext(&server);
    FreeCredentialsHandle(&both);
}

static void test_default_falls_back(void **state)
{
    static const enum fake_lsad modes[] = {LSAD_DOWN, LSAD_NO_SESSION};
    CredHandle h;
    size_t i;

    (void)state;
    for (i = 0; i < 2; i++) {
        fake_lsad.mode = modes[i];
        fake.local_default = fake.keytab = false;
        assert_int_equal(acquire_default(SECPKG_CRED_OUTBOUND, &h), SEC_E_NO_CREDENTIALS);
        assert_int_equal(acquire_default(SECPKG_CRED_INBOUND, &h), SEC_E_NO_CREDENTIALS);
        assert_int_equal(acquire_default(SECPKG_CRED_BOTH, &h), SEC_E_NO_CREDENTIALS);
        fake.local_default = true;
        assert_int_equal(acquire_default(SECPKG_CRED_OUTBOUND, &h), SEC_E_OK);
        assert_int_equal(FreeCredentialsHandle(&h), SEC_E_OK);
        fake.local_default = false;
        fake.keytab = true; /* a server that nobody is logged in at */
        assert_int_equal(acquire_default(SECPKG_CRED_BOTH, &h), SEC_E_OK);
        assert_int_equal(FreeCredentialsHandle(&h), SEC_E_OK);
    }
    assert_int_equal(fake_lsad.credentials, 0);
}

/* lsad accepts for nobody with the machine's keytab. */
static void test_kerberos_accepts_here(void **state)
{
    static WCHAR kerberos[] = u"KERBEROS";
    CredHandle h;

    (void)state;
    fake_lsad.mode = LSAD_SERVES;
    assert_int_equal(AcquireCredentialsHandleW(NULL, kerberos, SECPKG_CRED_INBOUND, NULL, NULL, NULL, NULL, &h,
                                               NULL),
                     SEC_E_NO_CREDENTIALS);
    assert_int_equal(fake_lsad.acquired, 0);
    fake.keytab = true;
    assert_int_equal(AcquireCredentialsHandleW(NULL, kerberos, SECPKG_CRED_BOTH, NULL, NULL, NULL, NULL, &h, NULL),
                     SEC_E_OK);
    assert_int_equal(fake_lsad.acquired, 1); /* the outbound half only */
    assert_int_equal(FreeCredentialsHandle(&h), SEC_E_OK);
}

static void test_explicit_never_asks_lsad(void **state)
{
    CredHandle h;

    (void)state;
    fake_lsad.mode = LSAD_SERVES;
    h = acquire(SECPKG_CRED_BOTH);
    assert_int_equal(fake_lsad.acquired, 0);
    assert_int_equal(fake_last.use, SECPKG_CRED_BOTH);
    assert_int_equal(fake.credentials, 1);
    assert_int_equal(FreeCredentialsHandle(&h), SEC_E_OK);
}

static void test_lsad_restarts(void **state)
{
    CredHandle h;
    CtxtHandle client;
    char memory[64];
    struct one token = ONE(64, SECBUFFER_TOKEN, memory);

    (void)state;
    fake_lsad.mode = LSAD_SERVES;
    assert_int_equal(acquire_default(SECPKG_CRED_OUTBOUND, &h), SEC_E_OK);
    assert_int_equal(InitializeSecurityContextW(&h, NULL, target, 0, 0, 0, NULL, 0, &client, desc(&token), NULL,
                                                NULL),
                     SEC_I_CONTINUE_NEEDED);
    fake_lsad.mode = LSAD_RESTARTED;
    memcpy(memory, "S1", 2);
    token.buffer.cbBuffer = 2;
    assert_int_equal(InitializeSecurityContextW(&h, &client, target, 0, 0, 0, desc(&token), 0, &client, NULL, NULL,
                                                NULL),
                     SEC_E_INVALID_HANDLE);
    assert_int_equal(DeleteSecurityContext(&client), SEC_E_OK);
    /* … and the credential goes on. */
    token.buffer.cbBuffer = 64;
    assert_int_equal(InitializeSecurityContextW(&h, NULL, target, 0, 0, 0, NULL, 0, &client, desc(&token), NULL,
                                                NULL),
                     SEC_I_CONTINUE_NEEDED);
    assert_int_equal(DeleteSecurityContext(&client), SEC_E_OK);
    fake_lsad.mode = LSAD_DOWN;
    token.buffer.cbBuffer = 64;
    assert_int_equal(InitializeSecurityContextW(&h, NULL, target, 0, 0, 0, NULL, 0, &client, desc(&token), NULL,
                                                NULL),
                     SEC_E_NO_CREDENTIALS);
    FreeCredentialsHandle(&h);
}

static void test_acquire_misuse(void **state)
{
    static WCHAR nothing[] = u"Nothing";
    CredHandle h, out = acquire(SECPKG_CRED_OUTBOUND), in = acquire(SECPKG_CRED_INBOUND);
    LUID zero = {0, 0}, other = {5, 0};
    struct one token = ONE(0, SECBUFFER_TOKEN, NULL);
    CtxtHandle made;

    (void)state;
    fake.local_default = true;
    assert_int_equal(AcquireCredentialsHandleW(NULL, nothing, 2, NULL, NULL, NULL, NULL, &h, NULL),
                     SEC_E_SECPKG_NOT_FOUND);
    assert_int_equal(AcquireCredentialsHandleW(NULL, NULL, 2, NULL, NULL, NULL, NULL, &h, NULL),
                     SEC_E_SECPKG_NOT_FOUND);
    assert_int_equal(AcquireCredentialsHandleW(NULL, package, 2, NULL, NULL, NULL, NULL, NULL, NULL),
                     SEC_E_INVALID_HANDLE);
    assert_int_equal(AcquireCredentialsHandleW(NULL, package, 0, NULL, NULL, NULL, NULL, &h, NULL),
                     SEC_E_INVALID_PARAMETER);
    assert_int_equal(AcquireCredentialsHandleW(NULL, package, 2, &other, NULL, NULL, NULL, &h, NULL),
                     SEC_E_NOT_OWNER);
    assert_int_equal(AcquireCredentialsHandleW(NULL, package, 2, &zero, NULL, NULL, NULL, &h, NULL), SEC_E_OK);
    FreeCredentialsHandle(&h);
    /* The direction that was not asked for is not there. */
    assert_int_equal(InitializeSecurityContextW(&in, NULL, target, 0, 0, 0, NULL, 0, &made, NULL, NULL, NULL),
                     SEC_E_NO_CREDENTIALS);
    assert_int_equal(AcceptSecurityContext(&out, NULL, desc(&token), 0, 0, &made, NULL, NULL, NULL),
                     SEC_E_NO_CREDENTIALS);
    FreeCredentialsHandle(&out);
    FreeCredentialsHandle(&in);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_handshake_and_messages),
        TEST(test_bad_handles),
        TEST(test_credential_freed_early),
        TEST(test_half_made),
        TEST(test_established_again),
        TEST(test_failing_first_leg),
        TEST(test_output_buffers),
        TEST(test_input_buffers),
        TEST(test_default_from_lsad),
        TEST(test_default_falls_back),
        TEST(test_kerberos_accepts_here),
        TEST(test_explicit_never_asks_lsad),
        TEST(test_lsad_restarts),
        TEST(test_acquire_misuse),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
