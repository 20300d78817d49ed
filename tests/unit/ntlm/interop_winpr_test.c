/*
 * With WinPR, the SSPI of FreeRDP, both ways. It exports the same names as libsspi, so it is loaded
 * on its own and called through its function table; that our own calls still go to our own code is
 * part of what this test shows.
 */
#include "tests/unit/ntlm/harness.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * WinPR loses the identity of an inbound credential; AddressSanitizer shall report our leaks only.
 */
__attribute__((visibility("default"))) const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libwinpr2.so\n";
}

static PSecurityFunctionTableW winpr;
static struct side ours;
static CredHandle credential;
static CtxtHandle context;
static bool has_context, has_credential;

static int load(void **state)
{
    void *library = dlopen("libwinpr2.so.2", RTLD_NOW | RTLD_LOCAL);
    PSecurityFunctionTableW (*init)(DWORD);
    Dl_info where;

    (void)state;
    if (!library) {
        fprintf(stderr, "%s (package libwinpr2-2)\n", dlerror());
        return -1;
    }
    init = (PSecurityFunctionTableW(*)(DWORD))dlsym(library, "InitSecurityInterfaceExW");
    winpr = init ? init(0) : NULL;
    if (!winpr)
        return -1;
    /* two implementations, one process: each name leads to the right one */
    return dladdr((void *)(uintptr_t)winpr->AcceptSecurityContext, &where) &&
                   strstr(where.dli_fname, "libwinpr") &&
                   (void *)(uintptr_t)winpr->AcceptSecurityContext !=
                       (void *)(uintptr_t)AcceptSecurityContext
               ? 0
               : -1;
}

static int end(void **state)
{
    (void)state;
    side_end(&ours);
    if (has_context)
        winpr->DeleteSecurityContext(&context);
    if (has_credential)
        winpr->FreeCredentialsHandle(&credential);
    has_context = has_credential = false;
    return 0;
}

static void acquire_theirs(ULONG use)
{
    static WCHAR user[] = u"alice", domain[] = u"EXAMPLE", password[] = u"open sesame";
    SEC_WINNT_AUTH_IDENTITY_W id = {.User = (USHORT *)user,
                                    .UserLength = 5,
                                    .Domain = (USHORT *)domain,
                                    .DomainLength = 7,
                                    .Password = (USHORT *)password,
                                    .PasswordLength = 11,
                                    .Flags = SEC_WINNT_AUTH_IDENTITY_UNICODE};
    TimeStamp expiry;

    assert_int_equal(winpr->AcquireCredentialsHandleW(NULL, (SEC_WCHAR *)u"NTLM", use, NULL, &id,
                                                      NULL, NULL, &credential, &expiry),
                     SEC_E_OK);
    has_credential = true;
}

static SECURITY_STATUS their_step(bool client, const struct token *in, struct token *out,
                                  ULONG *attributes)
{
    SecBuffer given = {in ? in->size : 0, SECBUFFER_TOKEN, in ? (void *)(uintptr_t)in->data : NULL};
    SecBuffer got = {TOKEN_ROOM, SECBUFFER_TOKEN, out->data};
    SecBufferDesc input = {SECBUFFER_VERSION, 1, &given}, output = {SECBUFFER_VERSION, 1, &got};
    TimeStamp expiry;
    SECURITY_STATUS status;

    if (client)
        status = winpr->InitializeSecurityContextW(
            &credential, has_context ? &context : NULL, (SEC_WCHAR *)u"TERMSRV/www.example.com",
            ISC_REQ_CONFIDENTIALITY | ISC_REQ_INTEGRITY | ISC_REQ_REPLAY_DETECT |
                ISC_REQ_SEQUENCE_DETECT,
            0, SECURITY_NATIVE_DREP, in ? &input : NULL, 0, &context, &output, attributes, &expiry);
    else
        status = winpr->AcceptSecurityContext(&credential, has_context ? &context : NULL, &input,
                                              ASC_REQ_CONFIDENTIALITY, SECURITY_NATIVE_DREP,
                                              &context, &output, attributes, &expiry);
    has_context = true;
    out->size = got.cbBuffer;
    return status;
}

/*
 * Sealed messages both ways. (WinPR has no MakeSignature and no VerifySignature for NTLM to try
 * ours with.)
 */
static void talk(void)
{
    uint8_t signature[16];
    char text[32], copy[32];
    SecBuffer buffers[2] = {{sizeof(signature), SECBUFFER_TOKEN, signature},
                            {sizeof(copy), SECBUFFER_DATA, copy}};
    SecBufferDesc message = {SECBUFFER_VERSION, 2, buffers};
    ULONG qop;

    for (ULONG i = 0; i < 20; i++) {
        memset(text, 0, sizeof(text));
        snprintf(text, sizeof(text), "message %u", i);
        memcpy(copy, text, sizeof(copy));
        assert_int_equal(side_protect(&ours, true, copy, sizeof(copy), signature), SEC_E_OK);
        assert_int_equal(winpr->DecryptMessage(&context, &message, i, &qop), SEC_E_OK);
        assert_memory_equal(copy, text, sizeof(text));
        assert_int_equal(winpr->EncryptMessage(&context, 0, &message, i), SEC_E_OK);
        assert_memory_not_equal(copy, text, sizeof(text));
        assert_int_equal(side_unprotect(&ours, true, copy, sizeof(copy), signature), SEC_E_OK);
        assert_memory_equal(copy, text, sizeof(text));
    }
}

static void test_our_client(void **state)
{
    struct token a, b;
    ULONG attributes;

    (void)state;
    assert_int_equal(side_acquire(&ours, true, "alice", "EXAMPLE", "open sesame"), SEC_E_OK);
    acquire_theirs(SECPKG_CRED_INBOUND);
    ours.target = u"TERMSRV/www.example.com";
    assert_int_equal(side_step(&ours, ISC_REQ_CONFIDENTIALITY, NULL, &a), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(their_step(false, &a, &b, &attributes), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(side_step(&ours, ISC_REQ_CONFIDENTIALITY, &b, &a), SEC_E_OK);
    assert_int_equal(their_step(false, &a, &b, &attributes),
                     SEC_I_COMPLETE_NEEDED); /* its way to say OK */
    assert_int_equal(winpr->CompleteAuthToken(&context, NULL), SEC_E_OK);
    talk();
}

static void test_our_server(void **state)
{
    struct token a, b;
    ULONG attributes;

    (void)state;
    assert_int_equal(side_acquire(&ours, false, "alice", "EXAMPLE", "open sesame"), SEC_E_OK);
    acquire_theirs(SECPKG_CRED_OUTBOUND);
    assert_int_equal(their_step(true, NULL, &a, &attributes), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(side_step(&ours, 0, &a, &b), SEC_I_CONTINUE_NEEDED);
    assert_true(their_step(true, &b, &a, &attributes) >= 0);
    assert_int_equal(side_step(&ours, 0, &a, &b), SEC_E_OK);
    assert_names(&ours, "EXAMPLE\\alice");
    talk();
}

static void test_our_server_denies(void **state)
{
    struct token a, b;
    ULONG attributes;

    (void)state;
    assert_int_equal(side_acquire(&ours, false, "alice", "EXAMPLE", "open barley"), SEC_E_OK);
    acquire_theirs(SECPKG_CRED_OUTBOUND);
    assert_int_equal(their_step(true, NULL, &a, &attributes), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(side_step(&ours, 0, &a, &b), SEC_I_CONTINUE_NEEDED);
    assert_true(their_step(true, &b, &a, &attributes) >= 0);
    assert_int_equal(side_step(&ours, 0, &a, &b), SEC_E_LOGON_DENIED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_our_client, end),
        cmocka_unit_test_teardown(test_our_server, end),
        cmocka_unit_test_teardown(test_our_server_denies, end),
    };

    return cmocka_run_group_tests(tests, load, NULL);
}
