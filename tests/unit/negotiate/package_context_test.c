/*
 * What an application can do with a context of Negotiate, half-made and established: attributes,
 * export, negotiating anew, messages meanwhile.
 */
#include "tests/unit/negotiate/package_sides.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/kerberos/counted.h"

/* ---- contexts ---------------------------------------------------------------------------------
 */

static void test_half_made(void **state)
{
    SecPkgContext_LastClientTokenStatus last;
    SecPkgContext_NegoStatus status;
    SecPkgContext_Sizes sizes;
    SecBuffer buffer = {1, SECBUFFER_TOKEN, (void *)"c"}, exported;
    SecBufferDesc control = {SECBUFFER_VERSION, 1, &buffer};
    struct side client, server;
    struct token one;

    (void)state;
    acquire(&client, &server);
    assert_int_equal(step(&client, 0, NULL, &one), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(
        QueryContextAttributesW(&client.context, SECPKG_ATTR_LAST_CLIENT_TOKEN_STATUS, &last),
        SEC_E_OK);
    assert_int_equal(last.LastClientTokenStatus, SecPkgAttrLastClientTokenMaybe);
    assert_int_equal(QueryContextAttributesW(&client.context, SECPKG_ATTR_NEGO_STATUS, &status),
                     SEC_E_OK);
    assert_int_equal(status.LastStatus, SEC_I_CONTINUE_NEEDED);
    assert_int_equal(QueryContextAttributesW(&client.context, SECPKG_ATTR_SIZES, &sizes),
                     SEC_E_UNSUPPORTED_FUNCTION);
    assert_int_equal(ApplyControlToken(&client.context, &control), SEC_E_OK);
    assert_int_equal(fakes[KERBEROS].control, 1);
    exported.pvBuffer = &exported; /* the application's, whatever it is */
    assert_int_equal(ExportSecurityContext(&client.context, 0, &exported, NULL),
                     SEC_E_INVALID_HANDLE);
    assert_null(exported.pvBuffer);
    assert_int_equal(MakeSignature(&client.context, 0, &control, 0), SEC_E_INVALID_HANDLE);
    assert_int_equal(CompleteAuthToken(&client.context, &control), SEC_E_INVALID_HANDLE);
    forget(&client);
    assert_int_equal(shake(&client, &server), SEC_E_OK);
    assert_int_equal(
        QueryContextAttributesW(&client.context, SECPKG_ATTR_LAST_CLIENT_TOKEN_STATUS, &last),
        SEC_E_OK);
    assert_int_equal(last.LastClientTokenStatus, SecPkgAttrLastClientTokenYes);
    assert_int_equal(QueryContextAttributesW(&client.context, SECPKG_ATTR_SIZES, &sizes), SEC_E_OK);
    assert_int_equal(sizes.cbMaxSignature, 2);
    assert_int_equal(CompleteAuthToken(&client.context, &control), SEC_E_OK);
    end(&client, &server);
}

static void test_bindings(void **state)
{
    SEC_CHANNEL_BINDINGS nothing = {.cbApplicationDataLength = 0};
    SecBuffer given = {sizeof(nothing), SECBUFFER_CHANNEL_BINDINGS, &nothing};
    SecBuffer got = {0, SECBUFFER_TOKEN, NULL};
    SecBufferDesc input = {SECBUFFER_VERSION, 1, &given}, output = {SECBUFFER_VERSION, 1, &got};
    struct side client, server;

    (void)state;
    acquire(&client, &server);
    assert_int_equal(InitializeSecurityContextW(&client.credential, NULL, NULL,
                                                ISC_REQ_ALLOCATE_MEMORY, 0, SECURITY_NATIVE_DREP,
                                                &input, 0, &client.context, &output,
                                                &client.attributes, NULL),
                     SEC_I_CONTINUE_NEEDED);
    client.has_context = true;
    assert_true(fakes[KERBEROS].bindings);
    FreeContextBuffer(got.pvBuffer);
    end(&client, &server);
}

static void test_export(void **state)
{
    struct side client, server, elsewhere = {.client = true};
    SecBuffer packed = {0, 0, NULL}, bad;

    (void)state;
    for (int ntlm = 0; ntlm < 2; ntlm++) {
        fakes[KERBEROS].no_outbound = fakes[OTHER].no_outbound = ntlm;
        acquire(&client, &server);
        assert_int_equal(shake(&client, &server), SEC_E_OK);
        assert_messages(&client, &server);
        assert_int_equal(
            ExportSecurityContext(&client.context, SECPKG_CONTEXT_EXPORT_DELETE_OLD, &packed, NULL),
            SEC_E_OK);
        client.has_context = false;
        for (ULONG size = 0; size < packed.cbBuffer; size++) {
            bad = (SecBuffer){size, 0, packed.pvBuffer};
            assert_int_equal(ImportSecurityContextW(negotiate, &bad, NULL, &elsewhere.context),
                             SEC_E_INVALID_TOKEN);
        }
        for (ULONG bit = 0; bit < packed.cbBuffer * 8; bit++) { /* whatever comes: no harm */
            ((uint8_t *)packed.pvBuffer)[bit / 8] ^= (uint8_t)(1u << bit % 8);
            if (ImportSecurityContextW(negotiate, &packed, NULL, &elsewhere.context) == SEC_E_OK)
                assert_int_equal(DeleteSecurityContext(&elsewhere.context), SEC_E_OK);
            ((uint8_t *)packed.pvBuffer)[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
        assert_int_equal(ImportSecurityContextW(negotiate, &packed, NULL, &elsewhere.context),
                         SEC_E_OK);
        elsewhere.has_context = true;
        ((char *)packed.pvBuffer)[6] = 'x'; /* the name of the package */
        assert_int_equal(ImportSecurityContextW(negotiate, &packed, NULL, &client.context),
                         SEC_E_SECPKG_NOT_FOUND);
        FreeContextBuffer(packed.pvBuffer);
        assert_negotiated(&elsewhere, ntlm ? "NTLM" : "Kerberos", SECPKG_NEGOTIATION_COMPLETE);
        assert_messages(&elsewhere, &server);
        forget(&elsewhere);
        end(&client, &server);
    }
}

/* An established context is negotiated anew: its messages begin anew, too. */
static void test_again(void **state)
{
    struct side client, server;
    struct token one, two, three;

    (void)state;
    acquire(&client, &server);
    assert_int_equal(shake(&client, &server), SEC_E_OK);
    assert_messages(&client, &server);
    for (int i = 0; i < 200; i++) {
        assert_int_equal(step(&client, 0, NULL, &one), SEC_I_CONTINUE_NEEDED);
        assert_int_equal(step(&server, 0, &one, &two), SEC_E_OK);
        assert_int_equal(step(&client, 0, &two, &three), SEC_E_OK);
        assert_int_equal(fakes[KERBEROS].users, 2); /* those before are gone */
    }
    assert_messages(&client, &server);
    end(&client, &server);
}

static void test_again_fails(void **state)
{
    struct side client, server;
    struct token one, two;

    (void)state;
    acquire(&client, &server);
    assert_int_equal(shake(&client, &server), SEC_E_OK);
    assert_int_equal(step(&client, 0, NULL, &one), SEC_I_CONTINUE_NEEDED);
    one.data[one.size - 1] ^= 1; /* the mechanism's token */
    assert_true(step(&server, 0, &one, &two) < 0);
    assert_messages(&client, &server);
    assert_negotiated(&server, "Kerberos", SECPKG_NEGOTIATION_COMPLETE);
    end(&client, &server);
}

static atomic_bool stop, signs;

static void *sign_on(void *side)
{
    struct side *s = side;
    unsigned failed = 0;

    while (!atomic_load(&stop)) {
        uint8_t data[] = "x", signature[16];
        SecBuffer buffers[2] = {{1, SECBUFFER_DATA, data}, {16, SECBUFFER_TOKEN, signature}};
        SecBufferDesc message = {SECBUFFER_VERSION, 2, buffers};

        failed += MakeSignature(&s->context, 0, &message, 0) != SEC_E_OK;
    }
    return (void *)(uintptr_t)failed;
}

static void *look_on(void *side)
{
    struct side *s = side;
    unsigned failed = 0;

    while (!atomic_load(&stop)) {
        SecPkgContext_NegotiationInfoA info = {NULL, 0};
        SecPkgContext_Sizes sizes;
        SecBuffer packed = {0, 0, NULL};

        failed += QueryContextAttributesA(&s->context, SECPKG_ATTR_NEGOTIATION_INFO, &info) ||
                  info.NegotiationState != SECPKG_NEGOTIATION_COMPLETE;
        FreeContextBuffer(info.PackageInfo);
        failed += QueryContextAttributesA(&s->context, SECPKG_ATTR_SIZES, &sizes) != SEC_E_OK;
        if (!atomic_load(&signs)) /* what is made of nothing has no lock */
            failed += ExportSecurityContext(&s->context, 0, &packed, NULL) != SEC_E_OK;
        FreeContextBuffer(packed.pvBuffer);
    }
    return (void *)(uintptr_t)failed;
}

/* Other threads are in the middle of a message or a question all the while. */
static void test_again_beside_messages(void **state)
{
    struct side client, server, same;
    pthread_t threads[2];
    void *failed;

    (void)state;
    for (int ntlm = 0; ntlm < 2; ntlm++) {
        assert_int_equal(acquire_for(&client, true, ntlm ? u"ntlm" : u""), SEC_E_OK);
        assert_int_equal(acquire_for(&server, false, u""), SEC_E_OK);
        assert_int_equal(shake(&client, &server), SEC_E_OK);
        atomic_store(&stop, false);
        atomic_store(&signs, !ntlm);
        same = client; /* each leg writes its handle */
        assert_int_equal(pthread_create(&threads[0], NULL, ntlm ? look_on : sign_on, &same), 0);
        assert_int_equal(pthread_create(&threads[1], NULL, look_on, &same), 0);
        for (int i = 0; i < 60; i++)
            assert_int_equal(shake(&client, &server), SEC_E_OK);
        atomic_store(&stop, true);
        for (int i = 0; i < 2; i++) {
            pthread_join(threads[i], &failed);
            assert_null(failed);
        }
        end(&client, &server);
    }
}

static void *sign_once(void *side)
{
    struct side *s = side;
    uint8_t data[] = "x", signature[16];
    SecBuffer buffers[2] = {{1, SECBUFFER_DATA, data}, {16, SECBUFFER_TOKEN, signature}};
    SecBufferDesc message = {SECBUFFER_VERSION, 2, buffers};

    return MakeSignature(&s->context, 0, &message, 0) == SEC_E_OK ? NULL : side;
}

/* One message takes longer than many negotiations: at some time there are too many, but not for
 * ever after. */
static void test_again_beside_a_long_one(void **state)
{
    struct side client, server, same;
    SECURITY_STATUS status;
    pthread_t thread;
    int done = 0;
    void *failed;

    (void)state;
    acquire(&client, &server);
    assert_int_equal(shake(&client, &server), SEC_E_OK);
    atomic_store(&fakes[KERBEROS].waiting, 1);
    same = client;
    assert_int_equal(pthread_create(&thread, NULL, sign_once, &same), 0);
    while (atomic_load(&fakes[KERBEROS].waiting) != 2)
        usleep(1000);
    while ((status = shake(&client, &server)) == SEC_E_OK && done < 1000)
        done++;
    assert_int_equal(status, SEC_E_INSUFFICIENT_MEMORY);
    assert_true(done >= 16);
    atomic_store(&fakes[KERBEROS].waiting, 0);
    pthread_join(thread, &failed);
    assert_null(failed);
    forget(&server); /* for it, that negotiation was a success */
    assert_int_equal(shake(&client, &server), SEC_E_OK);
    assert_messages(&client, &server);
    assert_int_equal(fakes[KERBEROS].users, 2);
    end(&client, &server);
}

/* AddressSanitizer's allocator has locks of its own, and a child finds them as they were. */
#ifndef __SANITIZE_ADDRESS__
static void *negotiate_on(void *unused)
{
    (void)unused;
    while (!atomic_load(&stop)) {
        struct side client, server;

        if (acquire_for(&client, true, u"ntlm") != SEC_E_OK ||
            acquire_for(&server, false, u"ntlm") != SEC_E_OK || shake(&client, &server) != SEC_E_OK)
            return &stop;
        forget(&client);
        forget(&server);
        FreeCredentialsHandle(&client.credential);
        FreeCredentialsHandle(&server.credential);
    }
    return NULL;
}

/* What the child has inherited is nobody's; what it makes itself works. */
static int in_child(struct side *inherited)
{
    uint8_t data[] = "x", signature[16];
    SecBuffer buffers[2] = {{1, SECBUFFER_DATA, data}, {16, SECBUFFER_TOKEN, signature}};
    SecBufferDesc message = {SECBUFFER_VERSION, 2, buffers};
    struct side client, server;
    struct token one;

    alarm(20);
    if (MakeSignature(&inherited->context, 0, &message, 0) != SEC_E_INVALID_HANDLE ||
        step(inherited, 0, NULL, &one) != SEC_E_INVALID_HANDLE ||
        DeleteSecurityContext(&inherited->context) != SEC_E_INVALID_HANDLE)
        return 1;
    for (int i = 0; i < 2; i++) {
        if (acquire_for(&client, true, i ? u"ntlm" : u"") != SEC_E_OK ||
            acquire_for(&server, false, u"") != SEC_E_OK)
            return 2;
        if (shake(&client, &server) != SEC_E_OK || send_signed(&client, &server) != SEC_E_OK)
            return 3;
    }
    return 0;
}

/* Forks while other threads are anywhere in a negotiation. */
static void test_fork(void **state)
{
    struct side client, server;
    pthread_t threads[2];
    void *failed;

    (void)state;
    acquire(&client, &server);
    assert_int_equal(shake(&client, &server), SEC_E_OK);
    atomic_store(&stop, false);
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, negotiate_on, NULL), 0);
    for (int i = 0; i < 40; i++) {
        struct side inherited = client;
        pid_t child = fork();
        int status = -1;

        if (child == 0)
            _exit(in_child(&inherited));
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_int_equal(status, 0);
    }
    atomic_store(&stop, true);
    for (int i = 0; i < 2; i++) {
        pthread_join(threads[i], &failed);
        assert_null(failed);
    }
    end(&client, &server);
}
#endif

static void *ask_for_token(void *side)
{
    struct side *s = side;
    unsigned failed = 0;
    HANDLE token;

    while (!atomic_load(&stop)) {
        failed += QuerySecurityContextToken(&s->context, &token) != SEC_E_OK;
        failed += !CloseHandle(token);
        failed += ImpersonateSecurityContext(&s->context) != SEC_E_OK;
        failed += RevertSecurityContext(&s->context) != SEC_E_OK;
    }
    return (void *)(uintptr_t)failed;
}

/* The client that another thread is about to become is always one that the context had: its token
 * is not given up between being found and being used. */
static void test_again_beside_tokens(void **state)
{
    struct side client, server, same;
    struct token one, two, three;
    pthread_t threads[2];
    void *failed;

    (void)state;
    acquire(&client, &server);
    assert_int_equal(shake(&client, &server), SEC_E_OK);
    atomic_store(&stop, false);
    same = server;
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, ask_for_token, &same), 0);
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(step(&client, 0, NULL, &one), SEC_I_CONTINUE_NEEDED);
        assert_int_equal(step(&server, 0, &one, &two), SEC_E_OK);
        assert_int_equal(step(&client, 0, &two, &three), SEC_E_OK);
    }
    atomic_store(&stop, true);
    for (int i = 0; i < 2; i++) {
        pthread_join(threads[i], &failed);
        assert_null(failed);
    }
    end(&client, &server);
}

static void test_no_allocation(void **state)
{
    struct side client, server;
    unsigned long before;

    (void)state;
    for (int ntlm = 0; ntlm < 2; ntlm++) {
        fakes[KERBEROS].no_outbound = fakes[OTHER].no_outbound = ntlm;
        acquire(&client, &server);
        assert_int_equal(shake(&client, &server), SEC_E_OK);
        assert_messages(&client, &server);
        before = counted_calls();
        for (int i = 0; i < 100; i++) {
            (void)send_signed(&client, &server);
            (void)send_signed(&server, &client);
        }
        assert_int_equal(counted_calls() - before, 0);
        end(&client, &server);
    }
}

/* ---- SASL -------------------------------------------------------------------------------------
 */

static SECURITY_STATUS sasl_step(struct side *s, ULONG requirements, const struct token *in,
                                 struct token *out)
{
    SecBuffer given = {in->size, SECBUFFER_TOKEN, (void *)(uintptr_t)in->data};
    SecBuffer got = {ROOM, SECBUFFER_TOKEN, out->data};
    SecBufferDesc input = {SECBUFFER_VERSION, 1, &given}, output = {SECBUFFER_VERSION, 1, &got};
    PCtxtHandle old = s->has_context ? &s->context : NULL;
    SECURITY_STATUS status;

    if (s->client)
        status = SaslInitializeSecurityContextW(
            &s->credential, old, (SEC_WCHAR *)u"ldap/box", requirements, 0, SECURITY_NETWORK_DREP,
            old ? &input : NULL, 0, &s->context, &output, &s->attributes, NULL);
    else
        status = SaslAcceptSecurityContext(&s->credential, old, &input, requirements,
                                           SECURITY_NETWORK_DREP, &s->context, &output,
                                           &s->attributes, NULL);
    s->has_context = s->has_context || status >= 0;
    out->size = status >= 0 ? got.cbBuffer : 0;
    return status;
}

/* GSS-SPNEGO: the package's tokens and nothing behind them; what was negotiated is the layer. */
static void test_sasl(void **state)
{
    struct side client, server;
    struct token to_server, to_client = {.size = 0};
    SECURITY_STATUS c = SEC_I_CONTINUE_NEEDED, s = SEC_I_CONTINUE_NEEDED;
    PSecPkgInfoA info;
    SecBuffer buffer = {0, SECBUFFER_TOKEN, to_server.data};
    SecBufferDesc desc = {SECBUFFER_VERSION, 1, &buffer};
    ULONG wanted;

    (void)state;
    assert_int_equal(SaslGetProfilePackageA((LPSTR) "GSS-SPNEGO", &info), SEC_E_OK);
    assert_string_equal(info->Name, "Negotiate");
    FreeContextBuffer(info);
    for (int layer = 0; layer < 2; layer++) {
        fakes[KERBEROS].no_integrity = !layer;
        wanted = layer ? ISC_REQ_INTEGRITY : 0;
        acquire(&client, &server);
        c = s = SEC_I_CONTINUE_NEEDED;
        to_client.size = 0;
        for (int i = 0; i < 4 && (c != SEC_E_OK || s != SEC_E_OK); i++) {
            c = sasl_step(&client, wanted, &to_client, &to_server);
            assert_true(c >= 0);
            assert_int_equal((fakes[KERBEROS].requirements & ISC_REQ_INTEGRITY) != 0, layer);
            if (i == 0) {
                buffer.cbBuffer = to_server.size;
                assert_int_equal(SaslIdentifyPackageA(&desc, &info), SEC_E_OK);
                assert_string_equal(info->Name, "Negotiate");
                FreeContextBuffer(info);
            }
            if (s != SEC_E_OK)
                s = sasl_step(&server, 0, &to_server, &to_client);
            assert_true(s >= 0);
        }
        assert_int_equal(c, SEC_E_OK);
        assert_int_equal(s, SEC_E_OK);
        assert_int_equal((client.attributes & ISC_RET_INTEGRITY) != 0, layer);
        assert_int_equal((server.attributes & ASC_RET_INTEGRITY) != 0, layer);
        if (layer)
            assert_messages(&client, &server);
        end(&client, &server);
    }
}

/* Whoever wants a layer and gets none has no context: the layer is not left out in silence. */
static void test_sasl_refuses(void **state)
{
    struct side client, server;
    struct token to_server, to_client = {.size = 0};

    (void)state;
    fakes[KERBEROS].no_integrity = true;
    for (int who = 0; who < 2; who++) {
        ULONG layer = who ? ISC_REQ_CONFIDENTIALITY : ISC_REQ_INTEGRITY;

        acquire(&client, &server);
        to_client.size = 0;
        assert_int_equal(sasl_step(&client, layer, &to_client, &to_server), SEC_I_CONTINUE_NEEDED);
        assert_int_equal(sasl_step(&server, 0, &to_server, &to_client), SEC_E_OK);
        assert_int_equal(sasl_step(&client, layer, &to_client, &to_server),
                         SEC_E_QOP_NOT_SUPPORTED);
        forget(&client);
        forget(&server);
        layer = who ? ASC_REQ_CONFIDENTIALITY : ASC_REQ_INTEGRITY;
        to_client.size = 0;
        assert_int_equal(sasl_step(&client, 0, &to_client, &to_server), SEC_I_CONTINUE_NEEDED);
        assert_int_equal(sasl_step(&server, layer, &to_server, &to_client),
                         SEC_E_QOP_NOT_SUPPORTED);
        assert_int_equal(to_client.size, 0);
        end(&client, &server);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_half_made, reset),
        cmocka_unit_test_setup(test_bindings, reset),
        cmocka_unit_test_setup(test_export, reset),
        cmocka_unit_test_setup(test_again, reset),
        cmocka_unit_test_setup(test_again_fails, reset),
        cmocka_unit_test_setup(test_again_beside_messages, reset),
        cmocka_unit_test_setup(test_again_beside_a_long_one, reset),
        cmocka_unit_test_setup(test_again_beside_tokens, reset),
#ifndef __SANITIZE_ADDRESS__
        cmocka_unit_test_setup(test_fork, reset),
#endif
        cmocka_unit_test_setup(test_no_allocation, reset),
        cmocka_unit_test_setup(test_sasl, reset),
        cmocka_unit_test_setup(test_sasl_refuses, reset),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
