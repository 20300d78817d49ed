/*
 * One leg at a time: failures, the rules of output buffers, and what counts as input.
 */
#include "tests/unit/api/common.h"

static WCHAR target[] = u"host/server";

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
    assert_int_equal(InitializeSecurityContextW(&out, NULL, fail, 0, 0, 0, NULL, 0, &made,
                                                desc(&token), &attributes, &expiry),
                     SEC_E_LOGON_DENIED);
    assert_int_equal(made.dwLower, 123);
    assert_int_equal(token.buffer.cbBuffer, 64);
    assert_int_equal(attributes, 9);
    assert_int_equal(expiry.QuadPart, 3);
    /* An error message of the protocol reaches the peer although no context was made. */
    assert_int_equal(InitializeSecurityContextW(&out, NULL, error_token, 0, 0, 0, NULL, 0, &made,
                                                desc(&token), NULL, NULL),
                     SEC_E_LOGON_DENIED);
    assert_int_equal(made.dwLower, 123);
    assert_int_equal(token.buffer.cbBuffer, 5);
    assert_memory_equal(memory, "sorry", 5);
    token.buffer.cbBuffer = 64;
    assert_int_equal(InitializeSecurityContextW(&out, NULL, no_handle, 0, 0, 0, NULL, 0, &made,
                                                desc(&token), NULL, NULL),
                     SEC_E_INTERNAL_ERROR);
    assert_int_equal(InitializeSecurityContextW(&out, NULL, target, 0, 0, 0, NULL, 0, NULL,
                                                desc(&token), NULL, NULL),
                     SEC_E_INVALID_HANDLE); /* nowhere to put the handle */
    FreeCredentialsHandle(&out);
}

static void test_output_buffers(void **state)
{
    static WCHAR big[] = FAKE_TARGET_BIG, one_leg[] = FAKE_TARGET_ONE_LEG;
    CredHandle out = acquire(SECPKG_CRED_OUTBOUND);
    CtxtHandle made;
    static char memory[FAKE_BIG];
    SecBuffer two[2] = {{0, SECBUFFER_ALERT, NULL},
                        {FAKE_BIG, SECBUFFER_TOKEN | SECBUFFER_READONLY, memory}};
    SecBufferDesc both = {SECBUFFER_VERSION, 2, two};
    struct one token = ONE(FAKE_BIG - 1, SECBUFFER_TOKEN, memory),
               wrong = ONE(FAKE_BIG, SECBUFFER_DATA, memory);
    ULONG attributes;

    (void)state;
    assert_int_equal(InitializeSecurityContextW(&out, NULL, big, 0, 0, 0, NULL, 0, &made,
                                                desc(&token), NULL, NULL),
                     SEC_E_BUFFER_TOO_SMALL);
    assert_int_equal(token.buffer.cbBuffer, FAKE_BIG); /* what it takes */
    assert_int_equal(fake.contexts, 0);
    assert_int_equal(InitializeSecurityContextW(&out, NULL, big, 0, 0, 0, NULL, 0, &made,
                                                desc(&token), NULL, NULL),
                     SEC_I_CONTINUE_NEEDED);
    assert_int_equal(token.buffer.cbBuffer, FAKE_BIG);
    assert_int_equal(DeleteSecurityContext(&made), SEC_E_OK);
    /* The token buffer need not be the first, and its attribute bits do not matter. */
    assert_int_equal(
        InitializeSecurityContextW(&out, NULL, big, 0, 0, 0, NULL, 0, &made, &both, NULL, NULL),
        SEC_I_CONTINUE_NEEDED);
    assert_int_equal(DeleteSecurityContext(&made), SEC_E_OK);
    assert_int_equal(InitializeSecurityContextW(&out, NULL, big, 0, 0, 0, NULL, 0, &made,
                                                desc(&wrong), NULL, NULL),
                     SEC_E_INVALID_TOKEN);
    assert_int_equal(
        InitializeSecurityContextW(&out, NULL, big, 0, 0, 0, NULL, 0, &made, NULL, NULL, NULL),
        SEC_E_INVALID_TOKEN);
    assert_int_equal(fake.contexts, 0);

    /* Memory of ours; whatever the buffer held before is not looked at. */
    token.buffer = (SecBuffer){1, SECBUFFER_TOKEN, (void *)16};
    assert_int_equal(InitializeSecurityContextW(&out, NULL, big,
                                                ISC_REQ_ALLOCATE_MEMORY | ISC_REQ_INTEGRITY, 0, 0,
                                                NULL, 0, &made, desc(&token), &attributes, NULL),
                     SEC_I_CONTINUE_NEEDED);
    assert_int_equal(token.buffer.cbBuffer, FAKE_BIG);
    assert_int_equal(attributes, ISC_RET_ALLOCATED_MEMORY | ISC_RET_INTEGRITY);
    assert_int_equal(FreeContextBuffer(token.buffer.pvBuffer), SEC_E_OK);
    assert_int_equal(DeleteSecurityContext(&made), SEC_E_OK);
    /* Nothing to send. */
    token.buffer = (SecBuffer){64, SECBUFFER_TOKEN, memory};
    assert_int_equal(InitializeSecurityContextW(&out, NULL, one_leg, 0, 0, 0, NULL, 0, &made,
                                                desc(&token), &attributes, NULL),
                     SEC_E_OK);
    assert_int_equal(token.buffer.cbBuffer, 0);
    assert_int_equal(attributes & ISC_RET_ALLOCATED_MEMORY, 0);
    assert_int_equal(DeleteSecurityContext(&made), SEC_E_OK);
    assert_int_equal(
        InitializeSecurityContextW(&out, NULL, one_leg, 0, 0, 0, NULL, 0, &made, NULL, NULL, NULL),
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
    assert_int_equal(InitializeSecurityContextW(&out, NULL, target, 0, 0, 0, desc(&empty), 0, &made,
                                                desc(&token), NULL, NULL),
                     SEC_I_CONTINUE_NEEDED);
    assert_int_equal(fake_last.input_buffers, 0);
    assert_int_equal(DeleteSecurityContext(&made), SEC_E_OK);
    empty.buffer = (SecBuffer){100, SECBUFFER_TOKEN, NULL};
    token.buffer.cbBuffer = 64;
    assert_int_equal(InitializeSecurityContextW(&out, NULL, target, 0, 0, 0, desc(&empty), 0, &made,
                                                desc(&token), NULL, NULL),
                     SEC_I_CONTINUE_NEEDED);
    assert_int_equal(DeleteSecurityContext(&made), SEC_E_OK);
    empty.desc.cBuffers = 0;
    token.buffer.cbBuffer = 64;
    assert_int_equal(InitializeSecurityContextW(&out, NULL, target, 0, 0, 0, &empty.desc, 0, &made,
                                                desc(&token), NULL, NULL),
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

/* What is not a token reaches the package as it is; an empty buffer comes back with what the
 * package put into it. */
static void test_other_buffers(void **state)
{
    CredHandle in = acquire(SECPKG_CRED_INBOUND);
    CtxtHandle made;
    char memory[64] = "C1:x+", answer[64];
    SEC_CHANNEL_BINDINGS bindings = {.cbInitiatorLength = 0};
    SecBuffer buffers[6] = {{0, SECBUFFER_EMPTY, NULL},
                            {5, SECBUFFER_TOKEN | SECBUFFER_READONLY, memory},
                            {sizeof(bindings), SECBUFFER_CHANNEL_BINDINGS, &bindings},
                            {6, SECBUFFER_PKG_PARAMS, (void *)(uintptr_t) "params"},
                            {4, SECBUFFER_TARGET, (void *)(uintptr_t) "a\0b"},
                            {0, SECBUFFER_TARGET_HOST, NULL}};
    SecBufferDesc input = {SECBUFFER_VERSION, 6, buffers};
    struct one output = ONE(64, SECBUFFER_TOKEN, answer);
    static const ULONG types[] = {SECBUFFER_EMPTY,
                                  SECBUFFER_TOKEN | SECBUFFER_READONLY,
                                  SECBUFFER_CHANNEL_BINDINGS,
                                  SECBUFFER_PKG_PARAMS,
                                  SECBUFFER_TARGET,
                                  SECBUFFER_TARGET_HOST};
    int i;

    (void)state;
    assert_int_equal(
        AcceptSecurityContext(&in, NULL, &input, 0, 0, &made, desc(&output), NULL, NULL),
        SEC_I_CONTINUE_NEEDED);
    assert_int_equal(fake_last.input_buffers, 6);
    for (i = 0; i < 6; i++)
        assert_int_equal(fake_last.types[i], types[i]);
    assert_memory_equal(fake_last.params, "params", 6);
    assert_int_equal(buffers[0].BufferType, SECBUFFER_EXTRA);
    assert_int_equal(buffers[0].cbBuffer, 1);
    assert_ptr_equal(buffers[0].pvBuffer, memory + 4);
    assert_int_equal(buffers[1].BufferType, SECBUFFER_TOKEN | SECBUFFER_READONLY);
    assert_int_equal(buffers[1].cbBuffer, 5);
    assert_int_equal(DeleteSecurityContext(&made), SEC_E_OK);

    /* Too little: how much is missing, and nothing else changes. */
    buffers[0] = (SecBuffer){9, SECBUFFER_EMPTY, NULL}; /* as its last use has left it */
    buffers[1].cbBuffer = 1;
    output.buffer.cbBuffer = 64;
    made = (CtxtHandle){7, 8};
    assert_int_equal(
        AcceptSecurityContext(&in, NULL, &input, 0, 0, &made, desc(&output), NULL, NULL),
        SEC_E_INCOMPLETE_MESSAGE);
    assert_int_equal(buffers[0].BufferType, SECBUFFER_MISSING);
    assert_int_equal(buffers[0].cbBuffer, 1);
    assert_int_equal(output.buffer.cbBuffer, 64);
    assert_int_equal(made.dwLower, 7);
    assert_int_equal(fake.contexts, 0);
    FreeCredentialsHandle(&in);
}

/* Without room for its last token the peer cannot finish, so nothing is established here. */
static void test_last_token_lost(void **state)
{
    CredHandle out = acquire(SECPKG_CRED_OUTBOUND), in = acquire(SECPKG_CRED_INBOUND);
    CtxtHandle client, server;
    char memory[2][64];
    struct one token = ONE(64, SECBUFFER_TOKEN, memory[0]),
               answer = ONE(64, SECBUFFER_TOKEN, memory[1]);
    SecPkgContext_Sizes sizes;

    (void)state;
    assert_int_equal(InitializeSecurityContextW(&out, NULL, target, 0, 0, 0, NULL, 0, &client,
                                                desc(&token), NULL, NULL),
                     SEC_I_CONTINUE_NEEDED);
    assert_int_equal(
        AcceptSecurityContext(&in, NULL, desc(&token), 0, 0, &server, desc(&answer), NULL, NULL),
        SEC_I_CONTINUE_NEEDED);
    token.buffer.cbBuffer = 1;
    assert_int_equal(InitializeSecurityContextW(&out, &client, target, 0, 0, 0, desc(&answer), 0,
                                                &client, desc(&token), NULL, NULL),
                     SEC_E_BUFFER_TOO_SMALL);
    assert_int_equal(token.buffer.cbBuffer, 2);
    assert_int_equal(QueryContextAttributesW(&client, SECPKG_ATTR_SIZES, &sizes),
                     SEC_E_INVALID_HANDLE);
    assert_int_equal(EncryptMessage(&client, 0, &answer.desc, 0), SEC_E_INVALID_HANDLE);
    assert_int_equal(InitializeSecurityContextW(&out, &client, target, 0, 0, 0, desc(&answer), 0,
                                                &client, desc(&token), NULL, NULL),
                     SEC_E_INVALID_HANDLE);
    assert_int_equal(DeleteSecurityContext(&client), SEC_E_OK);
    assert_int_equal(DeleteSecurityContext(&server), SEC_E_OK);
    FreeCredentialsHandle(&out);
    FreeCredentialsHandle(&in);
}

/* Half a message is no failure: with the rest of it the handshake goes on. */
static void test_half_a_message(void **state)
{
    CredHandle out = acquire(SECPKG_CRED_OUTBOUND), in = acquire(SECPKG_CRED_INBOUND);
    CtxtHandle client, server;
    char memory[2][64];
    struct one token = ONE(64, SECBUFFER_TOKEN, memory[0]),
               answer = ONE(64, SECBUFFER_TOKEN, memory[1]);

    (void)state;
    assert_int_equal(InitializeSecurityContextW(&out, NULL, target, 0, 0, 0, NULL, 0, &client,
                                                desc(&token), NULL, NULL),
                     SEC_I_CONTINUE_NEEDED);
    assert_int_equal(
        AcceptSecurityContext(&in, NULL, desc(&token), 0, 0, &server, desc(&answer), NULL, NULL),
        SEC_I_CONTINUE_NEEDED);
    for (int i = 0; i < 3; i++) {
        answer.buffer.cbBuffer = 1;
        token.buffer.cbBuffer = 64;
        assert_int_equal(InitializeSecurityContextW(&out, &client, target, 0, 0, 0, desc(&answer),
                                                    0, &client, desc(&token), NULL, NULL),
                         SEC_E_INCOMPLETE_MESSAGE);
        assert_int_equal(token.buffer.cbBuffer, 64);
    }
    answer.buffer.cbBuffer = 2;
    assert_int_equal(InitializeSecurityContextW(&out, &client, target, 0, 0, 0, desc(&answer), 0,
                                                &client, desc(&token), NULL, NULL),
                     SEC_E_OK);
    token.buffer.cbBuffer = 1;
    answer.buffer.cbBuffer = 64;
    assert_int_equal(
        AcceptSecurityContext(&in, &server, desc(&token), 0, 0, &server, desc(&answer), NULL, NULL),
        SEC_E_INCOMPLETE_MESSAGE);
    token.buffer.cbBuffer = 2;
    assert_int_equal(
        AcceptSecurityContext(&in, &server, desc(&token), 0, 0, &server, desc(&answer), NULL, NULL),
        SEC_E_OK);
    assert_int_equal(DeleteSecurityContext(&client), SEC_E_OK);
    assert_int_equal(DeleteSecurityContext(&server), SEC_E_OK);
    FreeCredentialsHandle(&out);
    FreeCredentialsHandle(&in);
}

/* Another credential is taken when the package has asked for one, and at no other time. */
static void test_more_credentials(void **state)
{
    static WCHAR picky[] = FAKE_TARGET_CREDENTIALS, kerberos[] = MICROSOFT_KERBEROS_NAME_W;
    SEC_WINNT_AUTH_IDENTITY_W id = {.Flags = SEC_WINNT_AUTH_IDENTITY_UNICODE};
    CredHandle first = acquire(SECPKG_CRED_OUTBOUND), next = acquire(SECPKG_CRED_OUTBOUND);
    CredHandle in = acquire(SECPKG_CRED_INBOUND), other;
    CtxtHandle client;
    char memory[64];
    struct one token = ONE(64, SECBUFFER_TOKEN, memory),
               answer = ONE(2, SECBUFFER_TOKEN, (void *)(uintptr_t) "S1");
    ULONG_PTR used;

    (void)state;
    assert_int_equal(AcquireCredentialsHandleW(NULL, kerberos, SECPKG_CRED_OUTBOUND, NULL, &id,
                                               NULL, NULL, &other, NULL),
                     SEC_E_OK);
    assert_int_equal(InitializeSecurityContextW(&first, NULL, picky, 0, 0, 0, NULL, 0, &client,
                                                desc(&token), NULL, NULL),
                     SEC_I_CONTINUE_NEEDED);
    used = fake_last.credential;
    token.buffer.cbBuffer = 64;
    assert_int_equal(InitializeSecurityContextW(&next, &client, picky, 0, 0, 0, desc(&answer), 0,
                                                &client, desc(&token), NULL, NULL),
                     SEC_E_WRONG_CREDENTIAL_HANDLE);
    assert_int_equal(InitializeSecurityContextW(&first, &client, picky, 0, 0, 0, desc(&answer), 0,
                                                &client, desc(&token), NULL, NULL),
                     SEC_I_INCOMPLETE_CREDENTIALS);
    assert_int_equal(fake_last.credential, used);
    /* Of another package, or for the other direction. */
    token.buffer.cbBuffer = 64;
    assert_int_equal(InitializeSecurityContextW(&other, &client, picky, 0, 0, 0, desc(&answer), 0,
                                                &client, desc(&token), NULL, NULL),
                     SEC_E_WRONG_CREDENTIAL_HANDLE);
    assert_int_equal(InitializeSecurityContextW(&in, &client, picky, 0, 0, 0, desc(&answer), 0,
                                                &client, desc(&token), NULL, NULL),
                     SEC_E_WRONG_CREDENTIAL_HANDLE);
    assert_int_equal(InitializeSecurityContextW(&next, &client, picky, 0, 0, 0, desc(&answer), 0,
                                                &client, desc(&token), NULL, NULL),
                     SEC_E_OK);
    assert_int_not_equal(fake_last.credential, used);
    /* The context lives on the one that it was given last. */
    FreeCredentialsHandle(&first);
    FreeCredentialsHandle(&next);
    FreeCredentialsHandle(&in);
    FreeCredentialsHandle(&other);
    assert_int_equal(fake.credentials, 1);
    assert_int_equal(DeleteSecurityContext(&client), SEC_E_OK);
}

/* Why a leg failed, for the application that has a buffer for it, as large as it is. */
static void test_alerts(void **state)
{
    static WCHAR alerting[] = FAKE_TARGET_ALERT;
    CredHandle out = acquire(SECPKG_CRED_OUTBOUND);
    CtxtHandle client;
    char memory[2][64] = {"", "unchanged"};
    SecBuffer two[2] = {{64, SECBUFFER_TOKEN, memory[0]}, {64, SECBUFFER_ALERT, memory[1]}};
    SecBufferDesc both = {SECBUFFER_VERSION, 2, two};
    struct one token = ONE(64, SECBUFFER_TOKEN, memory[0]);

    (void)state;
    assert_int_equal(InitializeSecurityContextW(&out, NULL, alerting, 0, 0, 0, NULL, 0, &client,
                                                desc(&token), NULL, NULL),
                     SEC_E_ILLEGAL_MESSAGE);
    assert_int_equal(InitializeSecurityContextW(&out, NULL, alerting, 0, 0, 0, NULL, 0, &client,
                                                &both, NULL, NULL),
                     SEC_E_ILLEGAL_MESSAGE);
    assert_int_equal(two[1].cbBuffer, 2);
    assert_memory_equal(memory[1], "\2\x2f", 2);
    assert_int_equal(two[0].cbBuffer, 64);
    /* No room. */
    two[1].cbBuffer = 1;
    memory[1][0] = 'x';
    assert_int_equal(InitializeSecurityContextW(&out, NULL, alerting, 0, 0, 0, NULL, 0, &client,
                                                &both, NULL, NULL),
                     SEC_E_ILLEGAL_MESSAGE);
    assert_int_equal(two[1].cbBuffer, 2);
    assert_int_equal(memory[1][0], 'x');
    /* Memory of ours. */
    two[1] = (SecBuffer){77, SECBUFFER_ALERT, (void *)16};
    assert_int_equal(InitializeSecurityContextW(&out, NULL, alerting, ISC_REQ_ALLOCATE_MEMORY, 0, 0,
                                                NULL, 0, &client, &both, NULL, NULL),
                     SEC_E_ILLEGAL_MESSAGE);
    assert_int_equal(two[1].cbBuffer, 2);
    assert_memory_equal(two[1].pvBuffer, "\2\x2f", 2);
    FreeContextBuffer(two[1].pvBuffer);
    /* And none where nothing went wrong. */
    two[0] = (SecBuffer){64, SECBUFFER_TOKEN, memory[0]};
    assert_int_equal(InitializeSecurityContextW(&out, NULL, target, ISC_REQ_ALLOCATE_MEMORY, 0, 0,
                                                NULL, 0, &client, &both, NULL, NULL),
                     SEC_I_CONTINUE_NEEDED);
    assert_int_equal(two[1].cbBuffer, 0);
    assert_null(two[1].pvBuffer);
    FreeContextBuffer(two[0].pvBuffer);
    assert_int_equal(DeleteSecurityContext(&client), SEC_E_OK);
    FreeCredentialsHandle(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_failing_first_leg), TEST(test_output_buffers),  TEST(test_input_buffers),
        TEST(test_other_buffers),     TEST(test_last_token_lost), TEST(test_half_a_message),
        TEST(test_more_credentials),  TEST(test_alerts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
