/*
 * With MIT's GSSAPI in the same process and a real KDC, both ways, for every encryption type:
 * handshakes, sealed and plain Wrap tokens, signatures, channel bindings, delegation. libkrb5 reads
 * its encryption types once, so each one gets a process: this program runs itself with the type as
 * its argument.
 */
#include "tests/unit/kerberos/interop.h"

#include <gssapi/gssapi.h>
#include <gssapi/gssapi_ext.h>
#include <gssapi/gssapi_krb5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <credmgr.h>

#include "tests/unit/kerberos/realm.h"

#define ALL_TYPES                                                                                  \
    "aes256-cts:normal aes128-cts:normal aes256-sha2:normal aes128-sha2:normal "                   \
    "camellia256-cts:normal "                                                                      \
    "camellia128-cts:normal arcfour-hmac:normal"

/* The host of the service that is asked for, a key type of its own each, is put in place of "web".
 */
WCHAR interop_target[] = u"HTTP/web.credmgr.test";
char interop_service[] = "HTTP@web.credmgr.test";
struct side ours;
gss_ctx_id_t theirs = GSS_C_NO_CONTEXT;

void assert_gss(OM_uint32 major, OM_uint32 minor)
{
    OM_uint32 more = 0, ignored;
    gss_buffer_desc text;

    if (!GSS_ERROR(major))
        return;
    do {
        gss_display_status(&ignored, minor, GSS_C_MECH_CODE, GSS_C_NO_OID, &more, &text);
        print_error("GSSAPI: %.*s\n", (int)text.length, (char *)text.value);
        gss_release_buffer(&ignored, &text);
    } while (more);
    fail();
}

int interop_end(void **state)
{
    OM_uint32 minor;

    (void)state;
    side_end(&ours);
    gss_delete_sec_context(&minor, &theirs, GSS_C_NO_BUFFER);
    return 0;
}

/* ---- our initiator, their acceptor -------------------------------------------------------------
 */

struct accepted {
    OM_uint32 flags;
    gss_cred_id_t delegated;
    OM_uint32 major;
};

static SECURITY_STATUS initiate(ULONG wanted, gss_channel_bindings_t bindings, struct accepted *a)
{
    static struct token request, reply, nothing;
    gss_buffer_desc in = {0}, out = GSS_C_EMPTY_BUFFER;
    SECURITY_STATUS status;
    OM_uint32 minor;

    if (!ours.has_credential) {
        const void *b = ours.bindings;
        ULONG size = ours.bindings_size;

        assert_int_equal(side_default(&ours, true), SEC_E_OK);
        ours.bindings = b;
        ours.bindings_size = size;
    }
    ours.target = interop_target;
    *a = (struct accepted){.delegated = GSS_C_NO_CREDENTIAL};
    status = side_step(&ours, wanted, NULL, &request);
    if (status < 0)
        return status;
    in = (gss_buffer_desc){request.size, request.data};
    a->major = gss_accept_sec_context(&minor, &theirs, GSS_C_NO_CREDENTIAL, &in, bindings, NULL,
                                      NULL, &out, &a->flags, NULL, &a->delegated);
    if (GSS_ERROR(a->major)) {
        gss_release_buffer(&minor, &out); /* their error message */
        return SEC_E_INTERNAL_ERROR;
    }
    if (status == SEC_I_CONTINUE_NEEDED) {
        assert_true(out.length > 0 && out.length <= TOKEN_ROOM);
        memcpy(reply.data, out.value, out.length);
        reply.size = (ULONG)out.length;
        status = side_step(&ours, wanted, &reply, &nothing);
    } else {
        assert_int_equal(out.length, 0);
    }
    gss_release_buffer(&minor, &out);
    return status;
}

/* ---- their initiator, our acceptor -------------------------------------------------------------
 */

static SECURITY_STATUS accept_theirs(OM_uint32 wanted, gss_channel_bindings_t bindings,
                                     ULONG requirements)
{
    static struct token request, reply;
    gss_buffer_desc text = {strlen(interop_service), interop_service};
    gss_buffer_desc in = GSS_C_EMPTY_BUFFER, out = GSS_C_EMPTY_BUFFER;
    gss_name_t name;
    SECURITY_STATUS status;
    OM_uint32 major, minor, flags;

    GSS_OK(gss_import_name(&minor, &text, GSS_C_NT_HOSTBASED_SERVICE, &name));
    if (!ours.has_credential) {
        const void *b = ours.bindings;
        ULONG size = ours.bindings_size;

        assert_int_equal(side_default(&ours, false), SEC_E_OK);
        ours.bindings = b;
        ours.bindings_size = size;
    }
    major = gss_init_sec_context(&minor, GSS_C_NO_CREDENTIAL, &theirs, name, (gss_OID)gss_mech_krb5,
                                 wanted, 0, bindings, &in, NULL, &out, NULL, NULL);
    assert_gss(major, minor);
    memcpy(request.data, out.value, out.length);
    request.size = (ULONG)out.length;
    gss_release_buffer(&minor, &out);
    status = side_step(&ours, requirements, &request, &reply);
    if (status == SEC_E_OK && major == GSS_S_CONTINUE_NEEDED) {
        in = (gss_buffer_desc){reply.size, reply.data};
        major =
            gss_init_sec_context(&minor, GSS_C_NO_CREDENTIAL, &theirs, name, (gss_OID)gss_mech_krb5,
                                 wanted, 0, bindings, &in, NULL, &out, &flags, NULL);
        assert_gss(major, minor);
        assert_int_equal(major, GSS_S_COMPLETE);
        assert_int_equal(out.length, 0);
    } else if (status == SEC_E_OK) {
        assert_int_equal(reply.size, 0);
    }
    gss_release_name(&minor, &name);
    return status;
}

/* ---- messages ------------------------------------------------------------------------------ */

static void message_to_them(bool encrypt, size_t size)
{
    static struct wire_message m;
    char *data = malloc(size + 1);
    gss_buffer_desc in, out;
    OM_uint32 minor, major;
    int sealed = !encrypt;

    memset(data, 'm', size);
    assert_int_equal(side_wrap(&ours, encrypt ? 0 : SECQOP_WRAP_NO_ENCRYPT, data, size, &m),
                     SEC_E_OK);
    in = (gss_buffer_desc){m.size, m.bytes};
    major = gss_unwrap(&minor, theirs, &in, &out, &sealed, NULL);
    assert_gss(major, minor);
    assert_int_equal(major, GSS_S_COMPLETE);
    assert_int_equal(sealed, encrypt);
    assert_int_equal(out.length, size);
    assert_memory_equal(out.value, data, size);
    if (!out.length) { /* gss_release_buffer leaves the memory of an empty message */
        free(out.value);
        out.value = NULL;
    }
    gss_release_buffer(&minor, &out);
    free(data);
}

static void message_from_them(bool encrypt, size_t size)
{
    static struct wire_message m;
    char *data = malloc(size + 1);
    gss_buffer_desc in = {size, data}, out;
    OM_uint32 minor, major;
    void *where;
    ULONG got, qop = 77;
    int sealed = 0;

    memset(data, 't', size);
    major = gss_wrap(&minor, theirs, encrypt, GSS_C_QOP_DEFAULT, &in, &sealed, &out);
    assert_gss(major, minor);
    assert_true(out.length <= sizeof(m.bytes));
    memcpy(m.bytes, out.value, out.length);
    m.size = (ULONG)out.length;
    assert_int_equal(side_unwrap(&ours, &m, &where, &got, &qop), SEC_E_OK);
    assert_int_equal(qop, encrypt ? 0 : SECQOP_WRAP_NO_ENCRYPT);
    assert_int_equal(got, size);
    assert_memory_equal(where, data, size);
    gss_release_buffer(&minor, &out);
    free(data);
}

static void signature_to_them(const char *text)
{
    static struct wire_message m;
    gss_buffer_desc data = {strlen(text), (void *)(uintptr_t)text}, mic;
    OM_uint32 minor, major;

    assert_int_equal(side_sign(&ours, text, strlen(text), &m), SEC_E_OK);
    mic = (gss_buffer_desc){m.size, m.bytes};
    major = gss_verify_mic(&minor, theirs, &data, &mic, NULL);
    assert_gss(major, minor);
    assert_int_equal(major, GSS_S_COMPLETE);
}

static void signature_from_them(const char *text)
{
    static struct wire_message m;
    gss_buffer_desc data = {strlen(text), (void *)(uintptr_t)text}, mic;
    OM_uint32 minor;

    GSS_OK(gss_get_mic(&minor, theirs, GSS_C_QOP_DEFAULT, &data, &mic));
    memcpy(m.bytes, mic.value, mic.length);
    m.size = (ULONG)mic.length;
    gss_release_buffer(&minor, &mic);
    assert_int_equal(side_verify(&ours, text, strlen(text), &m), SEC_E_OK);
}

static void converse(void)
{
    static const size_t sizes[] = {0, 1, 15, 16, 17, 100, 127, 128, 1000, 5000, 40000};

    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        message_to_them(true, sizes[i]);
        message_from_them(true, sizes[i]);
        message_to_them(false, sizes[i]);
        message_from_them(false, sizes[i]);
    }
    signature_to_them("signed by us");
    signature_from_them("signed by them");
    signature_to_them("");
    signature_from_them("");
    message_to_them(true, 10); /* the numbers still agree */
    message_from_them(true, 10);
}

/* ---- the tests of one encryption type ------------------------------------------------------ */

int interop_enctype;

static void test_initiate(void **state)
{
    SecPkgContext_KeyInfoA key;
    struct accepted a;

    (void)state;
    assert_int_equal(initiate(ISC_USUAL, GSS_C_NO_CHANNEL_BINDINGS, &a), SEC_E_OK);
    assert_int_equal(ours.attributes, ISC_USUAL);
    assert_int_equal(a.flags & GSS_USUAL, GSS_USUAL);
    assert_int_equal(QueryContextAttributesA(&ours.context, SECPKG_ATTR_KEY_INFO, &key), SEC_E_OK);
    assert_int_equal(key.EncryptAlgorithm, interop_enctype);
    FreeContextBuffer(key.sEncryptAlgorithmName);
    FreeContextBuffer(key.sSignatureAlgorithmName);
    converse();
}

/* Without mutual authentication there is no subkey of the acceptor's, and both count from one
 * number. */
static void test_initiate_alone(void **state)
{
    struct accepted a;

    (void)state;
    assert_int_equal(initiate(ISC_USUAL & ~ISC_REQ_MUTUAL_AUTH, GSS_C_NO_CHANNEL_BINDINGS, &a),
                     SEC_E_OK);
    assert_int_equal(a.flags & GSS_USUAL, GSS_USUAL & ~GSS_C_MUTUAL_FLAG);
    converse();
}

static void test_accept(void **state)
{
    (void)state;
    assert_int_equal(accept_theirs(GSS_USUAL, GSS_C_NO_CHANNEL_BINDINGS, 0), SEC_E_OK);
    assert_int_equal(ours.attributes, ASC_RET_MUTUAL_AUTH | ASC_RET_REPLAY_DETECT |
                                          ASC_RET_SEQUENCE_DETECT | ASC_RET_CONFIDENTIALITY |
                                          ASC_RET_INTEGRITY);
    assert_names(&ours, REALM "\\alice");
    converse();
}

static void test_accept_alone(void **state)
{
    (void)state;
    assert_int_equal(
        accept_theirs(GSS_C_CONF_FLAG | GSS_C_INTEG_FLAG, GSS_C_NO_CHANNEL_BINDINGS, 0), SEC_E_OK);
    converse();
}

static int run_type(const char *type)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_initiate, interop_end),
        cmocka_unit_test_teardown(test_initiate_alone, interop_end),
        cmocka_unit_test_teardown(test_accept, interop_end),
        cmocka_unit_test_teardown(test_accept_alone, interop_end),
    };

    interop_enctype = atoi(type);
    memcpy(interop_service + 6, type, 2);
    interop_target[6] = (WCHAR)type[0];
    interop_target[7] = (WCHAR)type[1];
    return _cmocka_run_group_tests(type, tests, sizeof(tests) / sizeof(tests[0]), NULL, NULL) +
           interop_messages(type);
}

/* ---- all of them --------------------------------------------------------------------------- */

static const char *self;

static void each_type(const char *name, int number)
{
    char line[512];
    size_t size;
    FILE *child;
    int status;

    snprintf(line, sizeof(line), " permitted_enctypes = %s\n allow_rc4 = true\n", name);
    realm_configure(line);
    snprintf(line, sizeof(line),
             "addprinc -randkey -e %s:normal HTTP/w%d.credmgr.test\nktadd -e %s:normal "
             "HTTP/w%d.credmgr.test",
             name, number, name, number);
    realm_admin(line);
    realm_kinit("alice", ALICE_PASSWORD "\n", "-f");
    fflush(stdout);
    snprintf(line, sizeof(line), "CMOCKA_MESSAGE_OUTPUT=STDOUT %s %d 2>&1", self, number);
    child = popen(line, "r");
    assert_non_null(child);
    while ((size = fread(line, 1, sizeof(line) - 1, child)) > 0) {
        line[size] = 0;
        print_message("%s", line);
    }
    status = pclose(child);
    assert_int_equal(status, 0);
}

#define TYPE_TEST(function, name, number)                                                          \
    static void function(void **state)                                                             \
    {                                                                                              \
        (void)state;                                                                               \
        each_type(name, number);                                                                   \
    }
TYPE_TEST(test_aes128, "aes128-cts-hmac-sha1-96", 17)
TYPE_TEST(test_aes256, "aes256-cts-hmac-sha1-96", 18)
TYPE_TEST(test_aes128_sha2, "aes128-cts-hmac-sha256-128", 19)
TYPE_TEST(test_aes256_sha2, "aes256-cts-hmac-sha384-192", 20)
TYPE_TEST(test_camellia128, "camellia128-cts-cmac", 25)
TYPE_TEST(test_camellia256, "camellia256-cts-cmac", 26)
TYPE_TEST(test_rc4, "arcfour-hmac", 23)

/* An RC4 ticket, but ends that could do better: the acceptor's subkey is of their first choice (RFC
 * 4537). */
static void test_upgrade(void **state)
{
    struct accepted a;
    SecPkgContext_KeyInfoA key;

    (void)state;
    realm_configure(" default_tgs_enctypes = aes256-cts aes128-cts\n");
    realm_kinit("alice", ALICE_PASSWORD "\n", "-f");
    assert_int_equal(initiate(ISC_USUAL, GSS_C_NO_CHANNEL_BINDINGS, &a), SEC_E_OK);
    assert_int_equal(QueryContextAttributesA(&ours.context, SECPKG_ATTR_KEY_INFO, &key), SEC_E_OK);
    assert_int_equal(key.EncryptAlgorithm, 18);
    assert_string_equal(key.sEncryptAlgorithmName, "AES256-CTS-HMAC-SHA1-96");
    assert_int_equal(key.KeySize, 256);
    FreeContextBuffer(key.sEncryptAlgorithmName);
    FreeContextBuffer(key.sSignatureAlgorithmName);
    converse();
}

/* ---- channel bindings and delegation ------------------------------------------------------- */

static struct {
    SEC_CHANNEL_BINDINGS head;
    char data[11];
} channel = {
    .head = {.cbApplicationDataLength = 11, .dwApplicationDataOffset = sizeof(channel.head)},
    .data = "the channel"};

static struct gss_channel_bindings_struct gss_channel(const char *data)
{
    return (struct gss_channel_bindings_struct){
        .application_data = {strlen(data), (void *)(uintptr_t)data}};
}

static void test_bindings_initiator(void **state)
{
    struct gss_channel_bindings_struct same = gss_channel("the channel"),
                                       other = gss_channel("another one");
    struct accepted a;

    (void)state;
    ours.bindings = &channel;
    ours.bindings_size = sizeof(channel.head) + sizeof(channel.data);
    assert_int_equal(initiate(ISC_USUAL, &same, &a), SEC_E_OK);
    assert_true(a.flags & GSS_C_CHANNEL_BOUND_FLAG);
    converse();
    interop_end(NULL);
    ours.bindings = &channel;
    ours.bindings_size = sizeof(channel.head) + sizeof(channel.data);
    assert_int_equal(initiate(ISC_USUAL, &other, &a), SEC_E_INTERNAL_ERROR);
    assert_int_equal(GSS_ROUTINE_ERROR(a.major), GSS_S_BAD_BINDINGS);
}

static void test_bindings_acceptor(void **state)
{
    struct gss_channel_bindings_struct same = gss_channel("the channel"),
                                       other = gss_channel("another one");
    static const struct {
        int bindings; /* theirs: 0 none, 1 the same, 2 others */
        bool ours;
        ULONG requirements;
        SECURITY_STATUS expected;
    } cases[] = {
        {1, true, 0, SEC_E_OK},
        {2, true, 0, SEC_E_BAD_BINDINGS},
        {0, true, 0, SEC_E_BAD_BINDINGS},
        {0, true, ASC_REQ_ALLOW_MISSING_BINDINGS, SEC_E_OK},
        {2, true, ASC_REQ_ALLOW_MISSING_BINDINGS, SEC_E_BAD_BINDINGS},
        {1, false, 0, SEC_E_OK},
        {0, false, 0, SEC_E_OK},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        ours.bindings = cases[i].ours ? &channel : NULL;
        ours.bindings_size = sizeof(channel.head) + sizeof(channel.data);
        assert_int_equal(accept_theirs(GSS_USUAL,
                                       cases[i].bindings == 0   ? GSS_C_NO_CHANNEL_BINDINGS
                                       : cases[i].bindings == 1 ? &same
                                                                : &other,
                                       cases[i].requirements),
                         cases[i].expected);
        interop_end(NULL);
        ours.bindings = NULL;
    }
    /* Bindings whose lengths lie are a mistake of the application's. */
    ours.bindings = &channel;
    ours.bindings_size = sizeof(channel.head) + sizeof(channel.data) - 1;
    assert_int_equal(accept_theirs(GSS_USUAL, &same, 0), SEC_E_BAD_BINDINGS);
    ours.bindings = NULL;
}

/* The initiator's machine says that it would have sent bindings ([MS-KILE] 2.2.6): then none may be
 * missing. */
static void test_bindings_aware(void **state)
{
    (void)state;
    realm_configure(" client_aware_channel_bindings = true\n");
    ours.bindings = &channel;
    ours.bindings_size = sizeof(channel.head) + sizeof(channel.data);
    assert_int_equal(
        accept_theirs(GSS_USUAL, GSS_C_NO_CHANNEL_BINDINGS, ASC_REQ_ALLOW_MISSING_BINDINGS),
        SEC_E_BAD_BINDINGS);
    realm_configure("");
    ours.bindings = NULL;
}

static void test_delegation(void **state)
{
    struct accepted a;
    OM_uint32 minor, lifetime;
    gss_name_t name;
    gss_buffer_desc text;
    SecPkgContext_CredmgrClient about;
    WCHAR package[] = u"Kerberos";
    CredHandle delegated;
    LUID logon;

    (void)state;
    realm_kinit("alice", ALICE_PASSWORD "\n", "-f");
    assert_int_equal(initiate(ISC_USUAL | ISC_REQ_DELEGATE, GSS_C_NO_CHANNEL_BINDINGS, &a),
                     SEC_E_OK);
    assert_int_equal(ours.attributes, ISC_USUAL | ISC_RET_DELEGATE);
    assert_true(a.flags & GSS_C_DELEG_FLAG);
    assert_true(a.delegated != GSS_C_NO_CREDENTIAL);
    GSS_OK(gss_inquire_cred(&minor, a.delegated, &name, &lifetime, NULL, NULL));
    assert_true(lifetime > 3600);
    GSS_OK(gss_display_name(&minor, name, &text, NULL));
    assert_memory_equal(text.value, "alice@" REALM, text.length);
    gss_release_buffer(&minor, &text);
    gss_release_name(&minor, &name);
    gss_release_cred(&minor, &a.delegated);
    converse();
    interop_end(NULL);
    /* a ticket that may not be forwarded: the context is made, and says that nothing was delegated
     */
    realm_kinit("alice", ALICE_PASSWORD "\n", "-F");
    assert_int_equal(initiate(ISC_USUAL | ISC_REQ_DELEGATE, GSS_C_NO_CHANNEL_BINDINGS, &a),
                     SEC_E_OK);
    assert_int_equal(ours.attributes, ISC_USUAL);
    assert_false(a.flags & GSS_C_DELEG_FLAG);
    assert_true(a.delegated == GSS_C_NO_CREDENTIAL);
    interop_end(NULL);
    /* what MIT's initiator delegates to us is a credential of ours */
    realm_kinit("alice", ALICE_PASSWORD "\n", "-f");
    assert_int_equal(
        accept_theirs(GSS_USUAL | GSS_C_DELEG_FLAG, GSS_C_NO_CHANNEL_BINDINGS, ASC_REQ_DELEGATE),
        SEC_E_OK);
    assert_true(ours.attributes & ASC_RET_DELEGATE);
    converse();
    realm_kinit("", "", "");
    assert_int_equal(QueryContextAttributesW(&ours.context, SECPKG_ATTR_CREDMGR_CLIENT, &about),
                     SEC_E_OK);
    logon = about.Client->LogonId;
    FreeContextBuffer(about.Client);
    assert_int_equal(AcquireCredentialsHandleW(NULL, package, SECPKG_CRED_OUTBOUND, &logon, NULL,
                                               NULL, NULL, &delegated, NULL),
                     SEC_E_OK);
    interop_end(NULL);
    ours = (struct side){.client = true, .credential = delegated, .has_credential = true};
    assert_int_equal(initiate(ISC_USUAL, GSS_C_NO_CHANNEL_BINDINGS, &a), SEC_E_OK);
    assert_names(&ours, REALM "\\alice");
    converse();
    realm_kinit("alice", ALICE_PASSWORD "\n", "-f");
}

static int start(void **state)
{
    (void)state;
    realm_start(ALL_TYPES);
    realm_kinit("alice", ALICE_PASSWORD "\n", "-f");
    return 0;
}

static int stop(void **state)
{
    (void)state;
    return realm_stop();
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_aes128),
        cmocka_unit_test(test_aes256),
        cmocka_unit_test(test_aes128_sha2),
        cmocka_unit_test(test_aes256_sha2),
        cmocka_unit_test(test_camellia128),
        cmocka_unit_test(test_camellia256),
        cmocka_unit_test(test_rc4),
        cmocka_unit_test_teardown(test_upgrade, interop_end),
        cmocka_unit_test_teardown(test_bindings_initiator, interop_end),
        cmocka_unit_test_teardown(test_bindings_acceptor, interop_end),
        cmocka_unit_test_teardown(test_bindings_aware, interop_end),
        cmocka_unit_test_teardown(test_delegation, interop_end),
    };

    self = argv[0];
    if (argc == 2)
        return run_type(argv[1]);
    return cmocka_run_group_tests_name("kerberos: with MIT's GSSAPI", tests, start, stop);
}
