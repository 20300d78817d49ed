/*
 * Messages to and from MIT's GSSAPI in the forms that applications use: as RPC has them protected,
 * as FreeRDP cuts them, rotated, late, twice; and what they cost in memory.
 */
#include "tests/unit/kerberos/interop.h"

#include <gssapi/gssapi_ext.h>
#include <gssapi/gssapi_krb5.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/kerberos/counted.h"

#define RC4 23

static struct wire_message message;
static SecPkgContext_Sizes sizes;

/* ---- a context ----------------------------------------------------------------------------- */

static void to_gss(const struct token *t, gss_buffer_t out)
{
    *out = (gss_buffer_desc){t->size, (void *)(uintptr_t)t->data};
}

static void from_gss(gss_buffer_t in, struct token *t)
{
    OM_uint32 minor;

    assert_true(in->length <= TOKEN_ROOM);
    if (in->length)
        memcpy(t->data, in->value, in->length);
    t->size = (ULONG)in->length;
    gss_release_buffer(&minor, in);
}

static void they_accept(const struct token *in, struct token *out)
{
    gss_buffer_desc given, got = GSS_C_EMPTY_BUFFER;
    OM_uint32 minor;

    to_gss(in, &given);
    GSS_OK(gss_accept_sec_context(&minor, &theirs, GSS_C_NO_CREDENTIAL, &given,
                                  GSS_C_NO_CHANNEL_BINDINGS, NULL, NULL, &got, NULL, NULL, NULL));
    from_gss(&got, out);
}

static void they_initiate(OM_uint32 flags, const struct token *in, struct token *out)
{
    gss_buffer_desc given = GSS_C_EMPTY_BUFFER, got = GSS_C_EMPTY_BUFFER;
    gss_buffer_desc text = {strlen(interop_service), interop_service};
    OM_uint32 minor;
    gss_name_t name;

    if (in)
        to_gss(in, &given);
    GSS_OK(gss_import_name(&minor, &text, GSS_C_NT_HOSTBASED_SERVICE, &name));
    GSS_OK(gss_init_sec_context(&minor, GSS_C_NO_CREDENTIAL, &theirs, name, (gss_OID)gss_mech_krb5,
                                flags, 0, GSS_C_NO_CHANNEL_BINDINGS, &given, NULL, &got, NULL,
                                NULL));
    from_gss(&got, out);
    gss_release_name(&minor, &name);
}

static void connected(void)
{
    assert_int_equal(QueryContextAttributesW(&ours.context, SECPKG_ATTR_SIZES, &sizes), SEC_E_OK);
}

static void we_connect(bool dce)
{
    static struct token one, two, three, none;
    const ULONG wanted = ISC_USUAL | (dce ? ISC_REQ_USE_DCE_STYLE : 0);

    assert_int_equal(side_default(&ours, true), SEC_E_OK);
    ours.target = interop_target;
    assert_int_equal(side_step(&ours, wanted, NULL, &one), SEC_I_CONTINUE_NEEDED);
    they_accept(&one, &two);
    assert_int_equal(side_step(&ours, wanted, &two, &three), SEC_E_OK);
    if (dce)
        they_accept(&three, &none);
    connected();
}

static void they_connect(bool dce)
{
    static struct token one, two, three, none;
    const OM_uint32 flags = GSS_USUAL | (dce ? GSS_C_DCE_STYLE : 0);

    assert_int_equal(side_default(&ours, false), SEC_E_OK);
    they_initiate(flags, NULL, &one);
    assert_int_equal(side_step(&ours, 0, &one, &two), dce ? SEC_I_CONTINUE_NEEDED : SEC_E_OK);
    they_initiate(flags, &two, &three);
    if (dce)
        assert_int_equal(side_step(&ours, 0, &three, &none), SEC_E_OK);
    connected();
}

/* Every test with us on either side. */
static const struct {
    void (*connect)(bool dce);
} ways[] = {{we_connect}, {they_connect}};

/* ---- parts that are signed only ------------------------------------------------------------ */

/* Windows' lists of buffers are MIT's gss_wrap_iov; with padding where RFC 4757 wants it. */
static void parts_both_ways(bool encrypt, bool padded)
{
    char head[] = "a header", body[] = "the body of it", tail[] = "a trailer";
    uint8_t token[128], padding[16];
    ULONG qop = 77, type = SECBUFFER_DATA | SECBUFFER_READONLY_WITH_CHECKSUM;
    SecBuffer b[5] = {{sizeof(token), SECBUFFER_TOKEN, token},
                      {sizeof(head), type, head},
                      {sizeof(body), SECBUFFER_DATA, body},
                      {sizeof(tail), type, tail},
                      {1, SECBUFFER_PADDING, padding}};
    SecBufferDesc desc = {SECBUFFER_VERSION, padded ? 5 : 4, b};
    gss_iov_buffer_desc iov[5];
    int count = padded ? 5 : 4, sealed = 0;
    OM_uint32 minor;

    assert_int_equal(EncryptMessage(&ours.context, encrypt ? 0 : SECQOP_WRAP_NO_ENCRYPT, &desc, 0),
                     SEC_E_OK);
    assert_int_equal(strcmp(body, "the body of it") != 0, encrypt);
    iov[0] = (gss_iov_buffer_desc){GSS_IOV_BUFFER_TYPE_HEADER, {b[0].cbBuffer, token}};
    iov[1] = (gss_iov_buffer_desc){GSS_IOV_BUFFER_TYPE_SIGN_ONLY, {sizeof(head), head}};
    iov[2] = (gss_iov_buffer_desc){GSS_IOV_BUFFER_TYPE_DATA, {sizeof(body), body}};
    iov[3] = (gss_iov_buffer_desc){GSS_IOV_BUFFER_TYPE_SIGN_ONLY, {sizeof(tail), tail}};
    iov[4] = (gss_iov_buffer_desc){GSS_IOV_BUFFER_TYPE_PADDING, {b[4].cbBuffer, padding}};
    GSS_OK(gss_unwrap_iov(&minor, theirs, &sealed, NULL, iov, count));
    assert_int_equal(sealed, encrypt);
    assert_string_equal(body, "the body of it");
    iov[0].buffer.length = sizeof(token);
    iov[4].buffer = (gss_buffer_desc){1, padding}; /* gss_unwrap_iov took it away */
    GSS_OK(gss_wrap_iov(&minor, theirs, encrypt, GSS_C_QOP_DEFAULT, &sealed, iov, count));
    assert_int_equal(strcmp(body, "the body of it") != 0, encrypt);
    b[0].cbBuffer = (ULONG)iov[0].buffer.length;
    b[4].cbBuffer = (ULONG)iov[4].buffer.length;
    assert_int_equal(DecryptMessage(&ours.context, &desc, 0, &qop), SEC_E_OK);
    assert_int_equal(qop, encrypt ? 0 : SECQOP_WRAP_NO_ENCRYPT);
    assert_string_equal(body, "the body of it");
    assert_string_equal(head, "a header");
    assert_string_equal(tail, "a trailer");
}

static void test_parts(void **state)
{
    (void)state;
    for (size_t way = 0; way < 2; way++) {
        for (int dce = 0; dce < 2; dce++) {
            ways[way].connect(dce);
            parts_both_ways(true, interop_enctype == RC4 && !dce);
            parts_both_ways(false, interop_enctype == RC4 && !dce);
            interop_end(NULL);
        }
    }
}

/* A signature over several buffers is one over what they hold. */
static void test_signatures_of_parts(void **state)
{
    uint8_t token[64];
    SecBuffer b[4] = {{5, SECBUFFER_DATA | SECBUFFER_READONLY_WITH_CHECKSUM, (void *)"head "},
                      {8, SECBUFFER_DATA | SECBUFFER_READONLY, (void *)"nothing "},
                      {4, SECBUFFER_DATA, (void *)"body"},
                      {sizeof(token), SECBUFFER_TOKEN, token}};
    SecBufferDesc desc = {SECBUFFER_VERSION, 4, b};
    gss_buffer_desc text = {9, (void *)(uintptr_t) "head body"}, mic;
    OM_uint32 minor;

    (void)state;
    for (size_t way = 0; way < 2; way++) {
        for (int dce = 0; dce < 2; dce++) {
            ways[way].connect(dce);
            b[3] = (SecBuffer){sizeof(token), SECBUFFER_TOKEN, token};
            assert_int_equal(MakeSignature(&ours.context, 0, &desc, 0), SEC_E_OK);
            assert_int_equal(b[3].cbBuffer, sizes.cbMaxSignature);
            mic = (gss_buffer_desc){b[3].cbBuffer, token};
            GSS_OK(gss_verify_mic(&minor, theirs, &text, &mic, NULL));
            GSS_OK(gss_get_mic(&minor, theirs, GSS_C_QOP_DEFAULT, &text, &mic));
            b[3] = (SecBuffer){(ULONG)mic.length, SECBUFFER_TOKEN, mic.value};
            assert_int_equal(VerifySignature(&ours.context, &desc, 0, NULL), SEC_E_OK);
            gss_release_buffer(&minor, &mic);
            interop_end(NULL);
        }
    }
}

/* ---- cut at cbSecurityTrailer -------------------------------------------------------------- */

static void seal_exactly(ULONG n, uint8_t filling)
{
    SecBuffer b[2] = {{sizes.cbSecurityTrailer, SECBUFFER_TOKEN, message.bytes},
                      {n, SECBUFFER_DATA, message.bytes + sizes.cbSecurityTrailer}};
    SecBufferDesc desc = {SECBUFFER_VERSION, 2, b};

    memset(b[1].pvBuffer, filling, n);
    assert_int_equal(EncryptMessage(&ours.context, 0, &desc, 0), SEC_E_OK);
    assert_int_equal(b[0].cbBuffer, sizes.cbSecurityTrailer);
    assert_int_equal(b[1].cbBuffer, n);
    message.size = sizes.cbSecurityTrailer + n;
}

static void they_open(ULONG n, uint8_t filling, OM_uint32 expected)
{
    gss_buffer_desc in = {message.size, message.bytes}, out;
    OM_uint32 minor, major = gss_unwrap(&minor, theirs, &in, &out, NULL, NULL);

    assert_gss(major, minor);
    assert_int_equal(major, expected);
    assert_int_equal(out.length, n);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(((uint8_t *)out.value)[i], filling);
    if (!out.length)
        free(out.value); /* which gss_release_buffer does not */
    else
        gss_release_buffer(&minor, &out);
}

static void they_seal(ULONG n, uint8_t filling)
{
    static uint8_t data[MESSAGE_ROOM];
    gss_buffer_desc in = {n, data}, out;
    OM_uint32 minor;

    memset(data, filling, n);
    GSS_OK(gss_wrap(&minor, theirs, 1, GSS_C_QOP_DEFAULT, &in, NULL, &out));
    assert_true(out.length <= sizeof(message.bytes));
    memcpy(message.bytes, out.value, out.length);
    message.size = (ULONG)out.length;
    gss_release_buffer(&minor, &out);
}

static void open_exactly(ULONG n, uint8_t filling)
{
    SecBuffer b[2] = {{sizes.cbSecurityTrailer, SECBUFFER_TOKEN, message.bytes},
                      {message.size - sizes.cbSecurityTrailer, SECBUFFER_DATA,
                       message.bytes + sizes.cbSecurityTrailer}};
    SecBufferDesc desc = {SECBUFFER_VERSION, 2, b};

    assert_int_equal(DecryptMessage(&ours.context, &desc, 0, NULL), SEC_E_OK);
    assert_int_equal(b[1].cbBuffer, n);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(message.bytes[sizes.cbSecurityTrailer + i], filling);
}

/* Among them the lengths at which a DER length gets another octet. */
static void test_exact_split(void **state)
{
    static const struct {
        ULONG from, to;
    } ranges[] = {{0, 100}, {180, 240}, {40000, 40003}};

    (void)state;
    for (size_t way = 0; way < 2; way++) {
        ways[way].connect(false);
        for (size_t r = 0; r < 3; r++) {
            for (ULONG n = ranges[r].from; n < ranges[r].to; n++) {
                seal_exactly(n, 'f');
                they_open(n, 'f', GSS_S_COMPLETE);
                if (interop_enctype == RC4) /* their tokens are shorter than our trailer */
                    continue;
                they_seal(n, 't');
                open_exactly(n, 't');
            }
        }
        interop_end(NULL);
    }
}

/* ---- rotated ------------------------------------------------------------------------------- */

static void rotate(size_t by)
{
    static uint8_t copy[MESSAGE_ROOM];
    size_t size = message.size - 16;

    memcpy(copy, message.bytes + 16, size);
    for (size_t i = 0; i < size; i++)
        message.bytes[16 + (i + by) % size] = copy[i];
    by += (size_t)message.bytes[6] << 8 | message.bytes[7];
    message.bytes[6] = (uint8_t)(by >> 8);
    message.bytes[7] = (uint8_t)by;
}

static void test_rotated(void **state)
{
    void *data;
    ULONG size, qop;

    (void)state;
    if (interop_enctype == RC4) { /* whose tokens have no rotation: they stay as they are */
        we_connect(false);
        they_seal(40, 'r');
        assert_int_equal(message.bytes[0], 0x60);
        return;
    }
    for (size_t way = 0; way < 2; way++) {
        ways[way].connect(false);
        for (size_t by = 0; by < 200; by += 3) {
            they_seal(40, 'r');
            rotate(by);
            assert_int_equal(side_unwrap(&ours, &message, &data, &size, &qop), SEC_E_OK);
            assert_int_equal(size, 40);
            assert_memory_equal(data, "rrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrr", 40);
            seal_exactly(40, 'o');
            rotate(by);
            they_open(40, 'o', GSS_S_COMPLETE);
        }
        interop_end(NULL);
    }
}

/* ---- late, and twice ----------------------------------------------------------------------- */

static void receive(const struct wire_message *m, SECURITY_STATUS expected)
{
    static struct wire_message copy;
    void *data;
    ULONG size, qop;

    copy = *m;
    assert_int_equal(side_unwrap(&ours, &copy, &data, &size, &qop), expected);
    assert_int_equal(size, 8); /* it is genuine all the same */
    assert_memory_equal(data, "ssssssss", 8);
}

static void test_out_of_order(void **state)
{
    static struct wire_message m[4];
    static const struct {
        size_t which;
        SECURITY_STATUS ours;
        OM_uint32 theirs;
    } order[] = {{0, SEC_E_OK, GSS_S_COMPLETE},
                 {2, SEC_E_OUT_OF_SEQUENCE, GSS_S_GAP_TOKEN},
                 {1, SEC_E_OUT_OF_SEQUENCE, GSS_S_UNSEQ_TOKEN},
                 {1, SEC_E_OUT_OF_SEQUENCE, GSS_S_DUPLICATE_TOKEN},
                 {3, SEC_E_OK, GSS_S_COMPLETE}};

    (void)state;
    for (size_t way = 0; way < 2; way++) {
        ways[way].connect(false);
        for (size_t i = 0; i < 4; i++) {
            they_seal(8, 's');
            m[i] = message;
        }
        for (size_t i = 0; i < 5; i++)
            receive(&m[order[i].which], order[i].ours);
        for (size_t i = 0; i < 4; i++) {
            seal_exactly(8, 's');
            m[i] = message;
        }
        for (size_t i = 0; i < 5; i++) {
            message = m[order[i].which];
            they_open(8, 's', order[i].theirs);
        }
        interop_end(NULL);
    }
}

/* ---- memory -------------------------------------------------------------------------------- */

static void every_call(void)
{
    uint8_t token[128], padding[1], body[1000], *wire = message.bytes;
    SecBuffer b[3] = {{sizeof(token), SECBUFFER_TOKEN, token},
                      {sizeof(body), SECBUFFER_DATA, body},
                      {1, SECBUFFER_PADDING, padding}};
    SecBuffer stream[2] = {{0, SECBUFFER_STREAM, wire}, {0, SECBUFFER_DATA, NULL}};
    SecBufferDesc out = {SECBUFFER_VERSION, 3, b}, in = {SECBUFFER_VERSION, 2, stream};
    gss_buffer_desc text = {sizeof(body), body}, wrapped, mic;
    OM_uint32 minor;
    ULONG qop;

    for (ULONG flags = 0; flags < 2; flags++) {
        b[0].cbBuffer = sizeof(token);
        b[2].cbBuffer = 1;
        memset(body, 'a', sizeof(body));
        assert_int_equal(EncryptMessage(&ours.context, flags ? SECQOP_WRAP_NO_ENCRYPT : 0, &out, 0),
                         SEC_E_OK);
        memset(body, 'a', sizeof(body));
        GSS_OK(gss_wrap(&minor, theirs, (int)flags, 0, &text, NULL, &wrapped));
        memcpy(wire, wrapped.value, wrapped.length);
        stream[0].cbBuffer = (ULONG)wrapped.length;
        gss_release_buffer(&minor, &wrapped);
        assert_int_equal(DecryptMessage(&ours.context, &in, 0, &qop), SEC_E_OK);
        assert_int_equal(stream[1].cbBuffer, sizeof(body));
        stream[1].cbBuffer = 0;
    }
    b[0].cbBuffer = sizeof(token);
    out.cBuffers = 2;
    assert_int_equal(MakeSignature(&ours.context, 0, &out, 0), SEC_E_OK);
    GSS_OK(gss_get_mic(&minor, theirs, 0, &text, &mic));
    memcpy(token, mic.value, mic.length);
    b[0].cbBuffer = (ULONG)mic.length;
    gss_release_buffer(&minor, &mic);
    assert_int_equal(VerifySignature(&ours.context, &out, 0, &qop), SEC_E_OK);
}

/* From the application's call on: the handle table, the host and the package. */
static void test_no_allocation(void **state)
{
    unsigned long before;

    (void)state;
    for (size_t way = 0; way < 2; way++) {
        ways[way].connect(false);
        every_call(); /* the first of each kind derives its key */
        before = counted_calls();
        for (int i = 0; i < 100; i++)
            every_call();
        assert_int_equal(counted_calls() - before, 0);
        interop_end(NULL);
    }
}

int interop_messages(const char *type)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_parts, interop_end),
        cmocka_unit_test_teardown(test_signatures_of_parts, interop_end),
        cmocka_unit_test_teardown(test_exact_split, interop_end),
        cmocka_unit_test_teardown(test_rotated, interop_end),
        cmocka_unit_test_teardown(test_out_of_order, interop_end),
        cmocka_unit_test_teardown(test_no_allocation, interop_end),
    };

    return _cmocka_run_group_tests(type, tests, sizeof(tests) / sizeof(tests[0]), NULL, NULL);
}
