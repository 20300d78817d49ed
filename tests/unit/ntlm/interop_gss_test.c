/*
 * With gss-ntlmssp, a GSSAPI mechanism that is not ours, both ways: handshake, sealed messages,
 * signatures, channel bindings, wrong passwords. Its accounts come from a file of its own.
 */
#include "tests/unit/ntlm/harness.h"

#include <gssapi/gssapi.h>
#include <gssapi/gssapi_ext.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * gss-ntlmssp loses OpenSSL library contexts. Under AddressSanitizer its leaks are told from ours
 * by the stack, which must then be unwound through libraries without frame pointers.
 */
__attribute__((visibility("default"))) const char *__asan_default_options(void);
__attribute__((visibility("default"))) const char *__lsan_default_suppressions(void);
const char *__asan_default_options(void)
{
    return "fast_unwind_on_malloc=0";
}
const char *__lsan_default_suppressions(void)
{
    return "leak:gssntlmssp.so\n";
}

static gss_OID_desc ntlmssp = {10, (void *)"\x2b\x06\x01\x04\x01\x82\x37\x02\x02\x0a"};
static gss_OID_set_desc mechanisms = {1, &ntlmssp};

#define WANTED (GSS_C_CONF_FLAG | GSS_C_INTEG_FLAG | GSS_C_REPLAY_FLAG | GSS_C_SEQUENCE_FLAG)

#define PROTECTION (GSS_C_CONF_FLAG | GSS_C_INTEG_FLAG) /* an acceptor of theirs tells no more */

static struct side ours;
static gss_cred_id_t credential;
static gss_ctx_id_t context;
static gss_channel_bindings_t bindings;
static OM_uint32 wanted = WANTED;
static char account_file[] = "/tmp/ntlm-accounts-XXXXXX";

static int set_up_accounts(void **state)
{
    static const char accounts[] = "EXAMPLE:alice:open sesame\n";
    int fd = mkstemp(account_file);

    (void)state;
    if (fd < 0 || write(fd, accounts, sizeof(accounts) - 1) != (ssize_t)sizeof(accounts) - 1)
        return -1;
    close(fd);
    return setenv("NTLM_USER_FILE", account_file, 1);
}

static int remove_accounts(void **state)
{
    (void)state;
    return unlink(account_file);
}

static int end(void **state)
{
    OM_uint32 minor;

    (void)state;
    side_end(&ours);
    gss_delete_sec_context(&minor, &context, GSS_C_NO_BUFFER);
    gss_release_cred(&minor, &credential);
    bindings = GSS_C_NO_CHANNEL_BINDINGS;
    wanted = WANTED;
    return 0;
}

static gss_name_t name_of(const char *text, gss_OID type)
{
    gss_buffer_desc buffer = {strlen(text), (void *)(uintptr_t)text};
    gss_name_t name;
    OM_uint32 minor;

    assert_int_equal(gss_import_name(&minor, &buffer, type, &name), GSS_S_COMPLETE);
    return name;
}

static void acquire_theirs(int use)
{
    gss_name_t name = use == GSS_C_INITIATE
                          ? name_of("EXAMPLE\\alice", GSS_C_NT_USER_NAME)
                          : name_of("server@www.example.com", GSS_C_NT_HOSTBASED_SERVICE);
    OM_uint32 minor;

    assert_int_equal(
        gss_acquire_cred(&minor, name, GSS_C_INDEFINITE, &mechanisms, use, &credential, NULL, NULL),
        GSS_S_COMPLETE);
    gss_release_name(&minor, &name);
}

/* One leg at the other side; true when it is complete. */
static OM_uint32 their_step(bool initiate, const struct token *in, struct token *out,
                            OM_uint32 *flags)
{
    gss_buffer_desc given = {in ? in->size : 0, in ? (void *)(uintptr_t)in->data : NULL};
    gss_buffer_desc got = GSS_C_EMPTY_BUFFER;
    OM_uint32 major, minor;

    if (initiate) {
        gss_name_t target = name_of("HTTP@www.example.com", GSS_C_NT_HOSTBASED_SERVICE);

        major =
            gss_init_sec_context(&minor, credential, &context, target, &ntlmssp, wanted, 0,
                                 bindings, in ? &given : GSS_C_NO_BUFFER, NULL, &got, flags, NULL);
        gss_release_name(&minor, &target);
    } else {
        gss_name_t source = GSS_C_NO_NAME;

        major = gss_accept_sec_context(&minor, &context, credential, &given, bindings, &source,
                                       NULL, &got, flags, NULL, NULL);
        gss_release_name(&minor, &source);
    }
    assert_true(got.length <= TOKEN_ROOM);
    if (got.length)
        memcpy(out->data, got.value, got.length);
    out->size = (ULONG)got.length;
    gss_release_buffer(&minor, &got);
    return major;
}

static SECURITY_STATUS our_client(const char *password, OM_uint32 *major, OM_uint32 *flags)
{
    struct token a, b;
    SECURITY_STATUS status;

    assert_int_equal(side_acquire(&ours, true, "alice", "EXAMPLE", password), SEC_E_OK);
    acquire_theirs(GSS_C_ACCEPT);
    ours.target = u"HTTP/www.example.com";
    assert_int_equal(side_step(&ours, ISC_REQ_CONFIDENTIALITY, NULL, &a), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(their_step(false, &a, &b, flags), GSS_S_CONTINUE_NEEDED);
    status = side_step(&ours, ISC_REQ_CONFIDENTIALITY, &b, &a);
    if (status == SEC_E_OK)
        *major = their_step(false, &a, &b, flags);
    return status;
}

static SECURITY_STATUS our_server(const char *password, OM_uint32 *flags)
{
    struct token a, b;

    assert_int_equal(side_acquire(&ours, false, "alice", "EXAMPLE", password), SEC_E_OK);
    acquire_theirs(GSS_C_INITIATE);
    assert_int_equal(their_step(true, NULL, &a, flags), GSS_S_CONTINUE_NEEDED);
    assert_int_equal(side_step(&ours, 0, &a, &b), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(their_step(true, &b, &a, flags), GSS_S_COMPLETE);
    return side_step(&ours, 0, &a, &b);
}

/*
 * Sealed and signed messages both ways over an established pair. GSSAPI puts the signature in front
 * of the message.
 */
static void talk(void)
{
    char text[32], copy[32];
    OM_uint32 minor;
    int confidential;

    for (int i = 0; i < 20; i++) {
        uint8_t wire[16 + sizeof(text)] = "", signature[16];
        gss_buffer_desc sealed = {sizeof(wire), wire}, plain = {sizeof(text), text}, out, mic;
        gss_buffer_desc signed_text = {sizeof(copy), copy},
                        ours_mic = {sizeof(signature), signature};

        memset(text, 0, sizeof(text));
        snprintf(text, sizeof(text), "message %d", i);
        memcpy(wire + 16, text, sizeof(text));
        assert_int_equal(side_protect(&ours, true, wire + 16, sizeof(text), wire), SEC_E_OK);
        assert_int_equal(gss_unwrap(&minor, context, &sealed, &out, &confidential, NULL),
                         GSS_S_COMPLETE);
        assert_int_equal(out.length, sizeof(text));
        assert_memory_equal(out.value, text, sizeof(text));
        gss_release_buffer(&minor, &out);

        assert_int_equal(gss_wrap(&minor, context, 1, 0, &plain, &confidential, &out),
                         GSS_S_COMPLETE);
        assert_int_equal(out.length, sizeof(wire));
        memcpy(wire, out.value, sizeof(wire));
        gss_release_buffer(&minor, &out);
        assert_int_equal(side_unprotect(&ours, true, wire + 16, sizeof(text), wire), SEC_E_OK);
        assert_memory_equal(wire + 16, text, sizeof(text));

        memcpy(copy, text, sizeof(copy));
        assert_int_equal(side_protect(&ours, false, copy, sizeof(copy), signature), SEC_E_OK);
        assert_int_equal(gss_verify_mic(&minor, context, &signed_text, &ours_mic, NULL),
                         GSS_S_COMPLETE);
        assert_int_equal(gss_get_mic(&minor, context, 0, &signed_text, &mic), GSS_S_COMPLETE);
        assert_int_equal(mic.length, 16);
        assert_int_equal(side_unprotect(&ours, false, copy, sizeof(copy), mic.value), SEC_E_OK);
        gss_release_buffer(&minor, &mic);
    }
}

static void test_our_client(void **state)
{
    OM_uint32 major = GSS_S_FAILURE, flags = 0;

    (void)state;
    assert_int_equal(our_client("open sesame", &major, &flags), SEC_E_OK);
    assert_int_equal(major, GSS_S_COMPLETE);
    assert_int_equal(flags & PROTECTION, PROTECTION);
    talk();
}

static void test_our_client_denied(void **state)
{
    OM_uint32 major = GSS_S_COMPLETE, flags = 0;

    (void)state;
    assert_int_equal(our_client("open barley", &major, &flags),
                     SEC_E_OK); /* the client cannot know yet */
    assert_true(GSS_ERROR(major));
}

static void test_our_server(void **state)
{
    OM_uint32 flags = 0;

    (void)state;
    assert_int_equal(our_server("open sesame", &flags), SEC_E_OK);
    assert_int_equal(flags & WANTED, WANTED);
    assert_names(&ours, "EXAMPLE\\alice");
    talk();
}

static void test_our_server_denies(void **state)
{
    OM_uint32 flags = 0;

    (void)state;
    assert_int_equal(our_server("open barley", &flags), SEC_E_LOGON_DENIED);
}

/* The same bindings said both ways: hashes made by two programs must agree. */
static void bind_both(struct gss_channel_bindings_struct *theirs, uint8_t ours_memory[64],
                      const char *text)
{
    SEC_CHANNEL_BINDINGS *head = (void *)ours_memory;

    *theirs = (struct gss_channel_bindings_struct){
        .application_data = {strlen(text), (void *)(uintptr_t)text}};
    memset(ours_memory, 0, 64);
    head->cbApplicationDataLength = (ULONG)strlen(text);
    head->dwApplicationDataOffset = sizeof(*head);
    memcpy(ours_memory + sizeof(*head), text, strlen(text));
}

static SECURITY_STATUS bound_server(const char *said, const char *expected)
{
    struct gss_channel_bindings_struct theirs, unused;
    _Alignas(8) uint8_t memory[64], other[64];
    OM_uint32 flags = 0;
    struct token a, b;

    bind_both(&theirs, other, said);
    bind_both(&unused, memory, expected);
    bindings = &theirs;
    assert_int_equal(side_acquire(&ours, false, "alice", "EXAMPLE", "open sesame"), SEC_E_OK);
    ours.bindings = memory;
    ours.bindings_size = sizeof(memory);
    acquire_theirs(GSS_C_INITIATE);
    assert_int_equal(their_step(true, NULL, &a, &flags), GSS_S_CONTINUE_NEEDED);
    assert_int_equal(side_step(&ours, 0, &a, &b), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(their_step(true, &b, &a, &flags), GSS_S_COMPLETE);
    return side_step(&ours, 0, &a, &b);
}

static void test_bindings_at_our_server(void **state)
{
    assert_int_equal(bound_server("tls-unique:0123456789", "tls-unique:0123456789"), SEC_E_OK);
    end(state);
    assert_int_equal(bound_server("tls-unique:0123456789", "tls-unique:9876543210"),
                     SEC_E_BAD_BINDINGS);
}

static OM_uint32 bound_client(const char *said, const char *expected)
{
    struct gss_channel_bindings_struct theirs, unused;
    _Alignas(8) uint8_t memory[64], other[64];
    OM_uint32 flags = 0;
    struct token a, b;

    bind_both(&theirs, other, expected);
    bind_both(&unused, memory, said);
    bindings = &theirs;
    assert_int_equal(side_acquire(&ours, true, "alice", "EXAMPLE", "open sesame"), SEC_E_OK);
    ours.bindings = memory;
    ours.bindings_size = sizeof(memory);
    acquire_theirs(GSS_C_ACCEPT);
    assert_int_equal(side_step(&ours, ISC_REQ_INTEGRITY, NULL, &a), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(their_step(false, &a, &b, &flags), GSS_S_CONTINUE_NEEDED);
    assert_int_equal(side_step(&ours, ISC_REQ_INTEGRITY, &b, &a), SEC_E_OK);
    return their_step(false, &a, &b, &flags);
}

static void test_bindings_of_our_client(void **state)
{
    assert_int_equal(bound_client("tls-unique:0123456789", "tls-unique:0123456789"),
                     GSS_S_COMPLETE);
    end(state);
    assert_true(GSS_ERROR(bound_client("tls-unique:0123456789", "tls-unique:9876543210")));
}

/* ---- SPNEGO's MICs ---------------------------------------------------------------------------
 */

/* gss-ntlmssp is told to begin a stream anew, as SPNEGO does; ours are by themselves as they were.
 */
static void reset_theirs(uint32_t received)
{
    static gss_OID_desc reset = {11, (void *)"\x2b\x06\x01\x04\x01\xb7\x7d\x85\x0f\x01\x03"};
    gss_buffer_desc value = {sizeof(received), &received};
    OM_uint32 minor;

    assert_int_equal(gss_set_sec_context_option(&minor, &context, &reset, &value), GSS_S_COMPLETE);
}

/* [MS-SPNG] 3.3.5.1, in the order of a negotiation: the client's MIC, the server's, messages. */
static void exchange_mics(void)
{
    char list[] = "a list of mechanisms";
    uint8_t signature[16];
    SecBuffer buffers[] = {{sizeof(list), SECBUFFER_MECHLIST, list},
                           {sizeof(signature), SECBUFFER_MECHLIST_SIGNATURE, signature}};
    SecBufferDesc message = {SECBUFFER_VERSION, 2, buffers};
    gss_buffer_desc theirs = {sizeof(list), list}, mic = {sizeof(signature), signature}, answer;
    OM_uint32 minor;
    ULONG qop;

    assert_int_equal(MakeSignature(&ours.context, 0, &message, 0), SEC_E_OK);
    assert_int_equal(gss_verify_mic(&minor, context, &theirs, &mic, NULL), GSS_S_COMPLETE);
    assert_int_equal(gss_get_mic(&minor, context, 0, &theirs, &answer), GSS_S_COMPLETE);
    assert_int_equal(answer.length, sizeof(signature));
    memcpy(signature, answer.value, sizeof(signature));
    gss_release_buffer(&minor, &answer);
    assert_int_equal(VerifySignature(&ours.context, &message, 0, &qop), SEC_E_OK);
    reset_theirs(0);
    reset_theirs(1);
    talk();
}

static void test_mics(void **state)
{
    OM_uint32 major = GSS_S_FAILURE, flags = 0;

    assert_int_equal(our_client("open sesame", &major, &flags), SEC_E_OK);
    assert_int_equal(major, GSS_S_COMPLETE);
    exchange_mics();
    end(state);
    assert_int_equal(our_server("open sesame", &flags), SEC_E_OK);
    exchange_mics();
}

/* ---- datagrams -------------------------------------------------------------------------------
 */

#define GSS_C_DATAGRAM_FLAG 0x10000 /* gssapi_ntlmssp.h */

static void set_their_number(uint32_t number)
{
    static gss_OID_desc oid = {11, (void *)"\x2b\x06\x01\x04\x01\xb7\x7d\x85\x0f\x01\x01"};
    gss_buffer_desc value = {sizeof(number), &number};
    OM_uint32 minor;

    assert_int_equal(gss_set_sec_context_option(&minor, &context, &oid, &value), GSS_S_COMPLETE);
}

/*
 * Each under a number of its own, in no order. Signatures alone: gss-ntlmssp rekeys between the
 * text of a sealed datagram and its checksum, where [MS-NLMP] 3.4 has it before both.
 */
static void talk_datagrams(void)
{
    static const uint32_t numbers[] = {7, 3, 0x01020304, 0};
    char text[] = "a datagram";
    OM_uint32 minor;

    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        uint8_t signature[16];
        SecBuffer buffers[] = {{16, SECBUFFER_TOKEN, signature},
                               {sizeof(text), SECBUFFER_DATA, text}};
        SecBufferDesc message = {SECBUFFER_VERSION, 2, buffers};
        gss_buffer_desc theirs = {sizeof(text), text}, mic = {sizeof(signature), signature}, answer;
        ULONG qop;

        assert_int_equal(MakeSignature(&ours.context, 0, &message, numbers[i]), SEC_E_OK);
        set_their_number(numbers[i]);
        assert_int_equal(gss_verify_mic(&minor, context, &theirs, &mic, NULL), GSS_S_COMPLETE);
        set_their_number(numbers[i]);
        assert_int_equal(gss_get_mic(&minor, context, 0, &theirs, &answer), GSS_S_COMPLETE);
        assert_int_equal(answer.length, sizeof(signature));
        memcpy(signature, answer.value, sizeof(signature));
        gss_release_buffer(&minor, &answer);
        assert_int_equal(VerifySignature(&ours.context, &message, numbers[i] + 1, &qop),
                         SEC_E_OUT_OF_SEQUENCE);
        assert_int_equal(VerifySignature(&ours.context, &message, numbers[i], &qop), SEC_E_OK);
    }
}

/* Their initiator alone: GSSAPI takes an acceptor's missing token for one of SPNEGO. */
static void test_datagrams(void **state)
{
    struct token a, b;
    OM_uint32 flags = 0;

    (void)state;
    wanted = WANTED | GSS_C_DATAGRAM_FLAG;
    assert_int_equal(side_acquire(&ours, false, "alice", "EXAMPLE", "open sesame"), SEC_E_OK);
    acquire_theirs(GSS_C_INITIATE);
    assert_int_equal(their_step(true, NULL, &a, &flags), GSS_S_CONTINUE_NEEDED);
    assert_int_equal(a.size, 0);
    assert_int_equal(side_step(&ours, ASC_REQ_DATAGRAM, &a, &b), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(their_step(true, &b, &a, &flags), GSS_S_COMPLETE);
    assert_int_equal(side_step(&ours, ASC_REQ_DATAGRAM, &a, &b), SEC_E_OK);
    talk_datagrams();
}

#define TEST(f) cmocka_unit_test_teardown(f, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_our_client),
        TEST(test_our_client_denied),
        TEST(test_our_server),
        TEST(test_our_server_denies),
        TEST(test_bindings_at_our_server),
        TEST(test_bindings_of_our_client),
        TEST(test_mics),
        TEST(test_datagrams),
    };

    return cmocka_run_group_tests(tests, set_up_accounts, remove_accounts);
}
