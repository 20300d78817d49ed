/*
 * Credentials and handshakes through the entry points: misuse of handles, the rules of buffers, and
 * the way each credential goes.
 */
#include "tests/unit/api/common.h"

static WCHAR target[] = u"host/server";

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

/* Every entry point with a handle that is none: zero, invalidated, invented, stale, of the other
 * kind, NULL. */
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
    assert_int_equal(QueryCredentialsAttributesA(h, SECPKG_CRED_ATTR_NAMES, &names),
                     SEC_E_INVALID_HANDLE);
    assert_int_equal(QueryCredentialsAttributesW(h, SECPKG_CRED_ATTR_NAMES, &names),
                     SEC_E_INVALID_HANDLE);
    assert_int_equal(InitializeSecurityContextW(h, NULL, target, 0, 0, 0, NULL, 0, &made,
                                                desc(&token), &attributes, NULL),
                     SEC_E_INVALID_HANDLE);
    assert_int_equal(
        AcceptSecurityContext(h, NULL, desc(&token), 0, 0, &made, desc(&token), &attributes, NULL),
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
    assert_int_equal(QueryContextAttributesW(&out, SECPKG_ATTR_SIZES, &sizes),
                     SEC_E_INVALID_HANDLE);
    assert_int_equal(InitializeSecurityContextW(&client, NULL, target, 0, 0, 0, NULL, 0, &bad,
                                                desc(&token), NULL, NULL),
                     SEC_E_INVALID_HANDLE);
    assert_int_equal(InitializeSecurityContextW(&out, &in, target, 0, 0, 0, desc(&token), 0, &bad,
                                                desc(&token), NULL, NULL),
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
    struct one token = ONE(64, SECBUFFER_TOKEN, memory[0]),
               answer = ONE(64, SECBUFFER_TOKEN, memory[1]);
    SecPkgContext_Sizes sizes;

    (void)state;
    /* phContext may point to the handle of zeros that phNewContext will fill. */
    assert_int_equal(InitializeSecurityContextW(&out, &client, target, 0, 0, 0, NULL, 0, &client,
                                                desc(&token), NULL, NULL),
                     SEC_I_CONTINUE_NEEDED);
    assert_int_equal(
        AcceptSecurityContext(&in, &server, desc(&token), 0, 0, &server, desc(&answer), NULL, NULL),
        SEC_I_CONTINUE_NEEDED);
    assert_int_equal(FreeCredentialsHandle(&out), SEC_E_OK);
    assert_int_equal(FreeCredentialsHandle(&in), SEC_E_OK);
    assert_int_equal(fake.credentials, 2);
    token.buffer.cbBuffer = 64;
    assert_int_equal(InitializeSecurityContextW(&out, &client, target, 0, 0, 0, desc(&answer), 0,
                                                NULL, desc(&token), NULL, NULL),
                     SEC_E_INVALID_HANDLE); /* named, it must be a good one */
    assert_int_equal(InitializeSecurityContextW(NULL, &client, target, 0, 0, 0, desc(&answer), 0,
                                                NULL, desc(&token), NULL, NULL),
                     SEC_E_OK);
    assert_int_equal(
        AcceptSecurityContext(NULL, &server, desc(&token), 0, 0, NULL, NULL, NULL, NULL), SEC_E_OK);
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
    assert_int_equal(InitializeSecurityContextW(&out, NULL, target, 0, 0, 0, NULL, 0, &client,
                                                desc(&token), NULL, NULL),
                     SEC_I_CONTINUE_NEEDED);
    assert_int_equal(EncryptMessage(&client, 0, &token.desc, 0), SEC_E_INVALID_HANDLE);
    assert_int_equal(MakeSignature(&client, 0, &token.desc, 0), SEC_E_INVALID_HANDLE);
    assert_int_equal(QueryContextAttributesW(&client, SECPKG_ATTR_SIZES, &sizes),
                     SEC_E_UNSUPPORTED_FUNCTION);
    assert_int_equal(QueryContextAttributesW(&client, SECPKG_ATTR_LIFESPAN, &life), SEC_E_OK);
    assert_int_equal(life.tsExpiry.QuadPart, 42);
    assert_int_equal(QueryContextAttributesW(&client, SECPKG_ATTR_PACKAGE_INFO, &info), SEC_E_OK);
    FreeContextBuffer(info);
    /* Another credential, and the other side, have no business with it. */
    token.buffer = (SecBuffer){2, SECBUFFER_TOKEN, memory};
    memcpy(memory, "S1", 2);
    assert_int_equal(InitializeSecurityContextW(&other, &client, target, 0, 0, 0, desc(&token), 0,
                                                &again, NULL, NULL, NULL),
                     SEC_E_WRONG_CREDENTIAL_HANDLE);
    assert_int_equal(
        AcceptSecurityContext(NULL, &client, desc(&token), 0, 0, &again, NULL, NULL, NULL),
        SEC_E_INVALID_HANDLE);
    /* A bad answer fails the leg; the caller still owns the handle. */
    memcpy(memory, "??", 2);
    assert_int_equal(InitializeSecurityContextW(&out, &client, target, 0, 0, 0, desc(&token), 0,
                                                &client, NULL, NULL, NULL),
                     SEC_E_INVALID_TOKEN);
    assert_int_equal(DeleteSecurityContext(&client), SEC_E_OK);
    FreeCredentialsHandle(&out);
    FreeCredentialsHandle(&other);
}

static void test_established_again(void **state)
{
    CredHandle out = acquire(SECPKG_CRED_OUTBOUND), in = acquire(SECPKG_CRED_INBOUND);
    CtxtHandle client, server;
    char memory[64] = "S1", data[] = "a message", signature[16];
    SecBuffer buffers[2];
    SecBufferDesc message = {SECBUFFER_VERSION, 2, buffers};
    struct one token = ONE(2, SECBUFFER_TOKEN, memory);

    (void)state;
    handshake(&out, &in, &client, &server);
    assert_int_equal(InitializeSecurityContextW(&out, &client, target, 0, 0, 0, desc(&token), 0,
                                                &client, NULL, NULL, NULL),
                     SEC_E_INVALID_HANDLE);
    assert_int_equal(
        AcceptSecurityContext(&in, &server, desc(&token), 0, 0, &server, NULL, NULL, NULL),
        SEC_E_INVALID_HANDLE);
    /* Both go on as if nothing had been tried. */
    buffers[0] = (SecBuffer){9, SECBUFFER_DATA, data};
    buffers[1] = (SecBuffer){16, SECBUFFER_TOKEN, signature};
    assert_int_equal(EncryptMessage(&client, 0, &message, 0), SEC_E_OK);
    assert_int_equal(DecryptMessage(&server, &message, 0, NULL), SEC_E_OK);
    assert_memory_equal(data, "a message", 9);
    DeleteSecurityContext(&client);
    DeleteSecurityContext(&server);
    FreeCredentialsHandle(&out);
    FreeCredentialsHandle(&in);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_handshake_and_messages), TEST(test_bad_handles),
        TEST(test_credential_freed_early), TEST(test_half_made),
        TEST(test_established_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
