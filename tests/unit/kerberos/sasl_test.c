/*
 * SASL's GSSAPI mechanism with a real KDC: ours at both ends, and Cyrus SASL as client and as
 * server, with every security layer and messages through it.
 */
#include "tests/unit/kerberos/harness.h"

#include <sasl/sasl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf16.h"
#include "tests/unit/kerberos/realm.h"

static WCHAR target[] = u"HTTP/web.credmgr.test";
static struct side client, server;

static int begin(void **state)
{
    (void)state;
    assert_int_equal(side_default(&client, true), SEC_E_OK);
    assert_int_equal(side_default(&server, false), SEC_E_OK);
    return 0;
}

static int end(void **state)
{
    (void)state;
    side_end(&client);
    side_end(&server);
    return 0;
}

/* One leg of SASL. */
static SECURITY_STATUS leg(struct side *s, ULONG requirements, const void *in, ULONG in_size,
                           struct token *out)
{
    SecBuffer given = {in_size, SECBUFFER_TOKEN, (void *)(uintptr_t)in},
              got = {TOKEN_ROOM, SECBUFFER_TOKEN, out->data};
    SecBufferDesc input = {SECBUFFER_VERSION, 1, &given}, output = {SECBUFFER_VERSION, 1, &got};
    PCtxtHandle old = s->has_context ? &s->context : NULL;
    SECURITY_STATUS status;

    if (s->client)
        status = SaslInitializeSecurityContextW(&s->credential, old, target, requirements, 0,
                                                SECURITY_NETWORK_DREP, old ? &input : NULL, 0,
                                                &s->context, &output, &s->attributes, NULL);
    else
        status = SaslAcceptSecurityContext(&s->credential, old, &input, requirements,
                                           SECURITY_NETWORK_DREP, &s->context, &output,
                                           &s->attributes, NULL);
    if (status >= 0)
        s->has_context = s->context.dwLower || s->context.dwUpper;
    out->size = status >= 0 ? got.cbBuffer : 0;
    return status;
}

/* To the end; the status that ended it, and which side gave it. */
static SECURITY_STATUS shake_sasl(ULONG client_wants, ULONG server_wants, struct side **ended)
{
    static struct token token, answer;
    SECURITY_STATUS status;

    *ended = &server;
    status = leg(&server, server_wants, NULL, 0, &answer); /* asked to speak first, it does not */
    assert_int_equal(status, SEC_I_CONTINUE_NEEDED);
    assert_int_equal(answer.size, 0);
    assert_false(server.has_context);
    for (int i = 0; i < 8; i++) {
        *ended = &client;
        status = leg(&client, client_wants, answer.data, answer.size, &token);
        if (status < 0)
            return status;
        *ended = &server;
        status = leg(&server, server_wants, token.data, token.size, &answer);
        if (status != SEC_I_CONTINUE_NEEDED)
            return status;
    }
    fail_msg("the exchange has no end");
    return SEC_E_INTERNAL_ERROR;
}

static void converse(void)
{
    static struct wire_message m;
    void *data;
    ULONG size, qop;

    assert_int_equal(side_wrap(&client, 0, "to the server", 13, &m), SEC_E_OK);
    assert_int_equal(side_unwrap(&server, &m, &data, &size, &qop), SEC_E_OK);
    assert_memory_equal(data, "to the server", 13);
    assert_int_equal(side_wrap(&server, 0, "to the client", 13, &m), SEC_E_OK);
    assert_int_equal(side_unwrap(&client, &m, &data, &size, &qop), SEC_E_OK);
    assert_memory_equal(data, "to the client", 13);
}

/* ---- ours at both ends ----------------------------------------------------------------------- */

#define INTEGRITY       0x00010000 /* as ISC_RET; ASC_RET_INTEGRITY is another bit */
#define CONFIDENTIALITY 0x00000010

static void test_layers(void **state)
{
    static const struct {
        ULONG client, server, layer;
        SECURITY_STATUS status;
    } cases[] = {
        {0, 0, 0, SEC_E_OK},
        {ISC_REQ_MUTUAL_AUTH, 0, 0, SEC_E_OK},
        {ISC_REQ_INTEGRITY, 0, INTEGRITY, SEC_E_OK},
        {ISC_REQ_CONFIDENTIALITY, 0, INTEGRITY | CONFIDENTIALITY, SEC_E_OK},
        {0, ASC_REQ_INTEGRITY, INTEGRITY, SEC_E_OK},
        {ISC_REQ_CONFIDENTIALITY, ASC_REQ_INTEGRITY, INTEGRITY | CONFIDENTIALITY, SEC_E_OK},
        {ISC_REQ_CONFIDENTIALITY, ASC_REQ_CONFIDENTIALITY, INTEGRITY | CONFIDENTIALITY, SEC_E_OK},
        /* a context without it cannot be made to seal later */
        {ISC_REQ_INTEGRITY, ASC_REQ_CONFIDENTIALITY, 0, SEC_E_QOP_NOT_SUPPORTED},
    };

    (void)state;
    for (size_t i = 0; i < ARRAYSIZE(cases); i++) {
        struct side *ended;

        side_reset(&client);
        side_reset(&server);
        assert_int_equal(shake_sasl(cases[i].client, cases[i].server, &ended), cases[i].status);
        if (cases[i].status < 0)
            continue;
        assert_ptr_equal(ended, &server);
        assert_int_equal(client.attributes & (INTEGRITY | CONFIDENTIALITY), cases[i].layer);
        assert_int_equal(server.attributes & CONFIDENTIALITY, cases[i].layer & CONFIDENTIALITY);
        assert_int_equal(!!(server.attributes & ASC_RET_INTEGRITY), !!(cases[i].layer & INTEGRITY));
        if (cases[i].layer & CONFIDENTIALITY)
            converse();
    }
}

static ULONG number(struct side *s, ULONG option)
{
    ULONG value = 77, needed = 0;

    assert_int_equal(SaslGetContextOption(&s->context, option, &value, 2, &needed),
                     SEC_E_BUFFER_TOO_SMALL);
    assert_int_equal(needed, sizeof(value));
    assert_int_equal(SaslGetContextOption(&s->context, option, &value, sizeof(value), NULL),
                     SEC_E_OK);
    return value;
}

static SECURITY_STATUS set(struct side *s, ULONG option, ULONG value)
{
    return SaslSetContextOption(&s->context, option, &value, sizeof(value));
}

static void test_options(void **state)
{
    static struct token token, answer, last;
    char authz[32];
    ULONG needed;

    (void)state;
    for (int forbidden = 0; forbidden < 2; forbidden++) {
        side_reset(&client);
        side_reset(&server);
        assert_int_equal(leg(&client, ISC_REQ_CONFIDENTIALITY, NULL, 0, &token),
                         SEC_I_CONTINUE_NEEDED);
        assert_int_equal(leg(&server, 0, token.data, token.size, &answer), SEC_I_CONTINUE_NEEDED);
        assert_int_equal(number(&client, SASL_OPTION_RECV_SIZE), 0xffff);
        assert_int_equal(number(&client, SASL_OPTION_SEND_SIZE), 0xffff);
        assert_int_equal(number(&server, SASL_OPTION_AUTHZ_PROCESSING), Sasl_AuthZIDProcessed);
        assert_int_equal(set(&client, SASL_OPTION_RECV_SIZE, 0x1000000), SEC_E_INVALID_PARAMETER);
        assert_int_equal(set(&client, SASL_OPTION_RECV_SIZE, 4096), SEC_E_OK);
        assert_int_equal(set(&client, 99, 1), SEC_E_UNSUPPORTED_FUNCTION);
        assert_int_equal(SaslSetContextOption(&client.context, SASL_OPTION_RECV_SIZE, authz, 3),
                         SEC_E_BUFFER_TOO_SMALL);
        assert_int_equal(SaslSetContextOption(&client.context, SASL_OPTION_AUTHZ_STRING, authz, 0),
                         SEC_E_OK);
        assert_int_equal(SaslSetContextOption(&client.context, SASL_OPTION_AUTHZ_STRING,
                                              (void *)(uintptr_t) "u:carol", 7),
                         SEC_E_OK);
        if (forbidden) {
            assert_int_equal(set(&server, SASL_OPTION_AUTHZ_PROCESSING, Sasl_AuthZIDForbidden),
                             SEC_E_OK);
            assert_int_equal(SaslGetContextOption(&server.context, SASL_OPTION_AUTHZ_STRING, authz,
                                                  sizeof(authz), NULL),
                             SEC_E_UNSUPPORTED_FUNCTION);
        }
        /* the reply, the empty answer, the offer, the choice */
        assert_int_equal(leg(&client, ISC_REQ_CONFIDENTIALITY, answer.data, answer.size, &token),
                         SEC_I_CONTINUE_NEEDED);
        assert_int_equal(token.size, 0);
        assert_int_equal(leg(&server, 0, "x", 1, &last), SEC_E_INVALID_TOKEN);
        assert_int_equal(leg(&server, 0, NULL, 0, &answer), SEC_I_CONTINUE_NEEDED);
        assert_true(answer.size > 0);
        assert_int_equal(leg(&client, ISC_REQ_CONFIDENTIALITY, answer.data, answer.size, &token),
                         SEC_E_OK);
        assert_int_equal(leg(&server, 0, token.data, token.size, &last),
                         forbidden ? SEC_E_ALGORITHM_MISMATCH : SEC_E_OK);
        if (forbidden)
            continue;
        assert_int_equal(
            SaslGetContextOption(&server.context, SASL_OPTION_AUTHZ_STRING, authz, 6, &needed),
            SEC_E_BUFFER_TOO_SMALL);
        assert_int_equal(needed, 7);
        assert_int_equal(SaslGetContextOption(&server.context, SASL_OPTION_AUTHZ_STRING, authz,
                                              sizeof(authz), &needed),
                         SEC_E_OK);
        assert_memory_equal(authz, "u:carol", 7);
        assert_true(number(&server, SASL_OPTION_SEND_SIZE) < 4096);
        assert_true(number(&server, SASL_OPTION_SEND_SIZE) > 3800);
        assert_int_equal(leg(&client, 0, NULL, 0, &token), SEC_E_INVALID_HANDLE);
        assert_int_equal(leg(&server, 0, token.data, 1, &last), SEC_E_INVALID_HANDLE);
    }
    assert_int_equal(SaslGetContextOption(NULL, 1, authz, 4, NULL), SEC_E_INVALID_HANDLE);
}

/* Contexts of SSPI are none of SASL; and what was changed on the way is found out. */
static void test_misuse(void **state)
{
    static struct token token, answer;
    SecBuffer b = {TOKEN_ROOM, SECBUFFER_TOKEN, token.data};
    SecBufferDesc desc = {SECBUFFER_VERSION, 1, &b};
    ULONG value = 1;
    CtxtHandle narrow;

    (void)state;
    assert_int_equal(SaslInitializeSecurityContextA(
                         &client.credential, NULL, (char *)(uintptr_t) "HTTP/web.credmgr.test", 0,
                         0, SECURITY_NETWORK_DREP, NULL, 0, &narrow, &desc, NULL, NULL),
                     SEC_I_CONTINUE_NEEDED);
    assert_int_equal(DeleteSecurityContext(&narrow), SEC_E_OK); /* half-made */
    assert_int_equal(SaslInitializeSecurityContextA(&client.credential, NULL,
                                                    (char *)(uintptr_t) "HTTP/\xff", 0, 0, 0, NULL,
                                                    0, &narrow, &desc, NULL, NULL),
                     SEC_E_TARGET_UNKNOWN);
    side_reset(&client);
    side_reset(&server);
    client.target = target;
    assert_int_equal(shake(&client, ISC_USUAL, &server, 0), SEC_E_OK);
    assert_int_equal(SaslSetContextOption(&client.context, SASL_OPTION_RECV_SIZE, &value, 4),
                     SEC_E_INVALID_HANDLE);
    assert_int_equal(leg(&client, 0, "x", 1, &token), SEC_E_INVALID_HANDLE);
    side_reset(&client);
    side_reset(&server);
    assert_int_equal(leg(&client, 0, NULL, 0, &token), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(leg(&server, 0, token.data, token.size, &answer), SEC_I_CONTINUE_NEEDED);
    assert_true(answer.size > 0);
    answer.data[answer.size - 1] ^= 1;
    assert_true(leg(&client, 0, answer.data, answer.size, &token) < 0);
    answer.data[answer.size - 1] ^= 1;
    /* an empty challenge may come before the offer, once */
    assert_int_equal(leg(&client, 0, NULL, 0, &token), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(token.size, 0);
    assert_int_equal(leg(&client, 0, NULL, 0, &token), SEC_E_INVALID_TOKEN);
    assert_int_equal(leg(&client, 0, answer.data, answer.size, &token), SEC_E_OK);
    assert_true(leg(&server, 0, token.data, token.size - 1, &answer) < 0);
}

static void test_profiles(void **state)
{
    LPWSTR list;
    LPSTR narrow;
    ULONG count;
    PSecPkgInfoW info;
    PSecPkgInfoA info_a;
    WCHAR gssapi[] = u"gssapi", unknown[] = u"CRAM-MD5";
    static struct token token;
    SecBuffer b = {0, SECBUFFER_TOKEN, token.data};
    SecBufferDesc desc = {SECBUFFER_VERSION, 1, &b};

    (void)state;
    assert_int_equal(SaslEnumerateProfilesW(&list, &count), SEC_E_OK);
    assert_int_equal(count, 1); /* Kerberos is the only package of this test */
    assert_memory_equal(list, u"GSSAPI\0", 16);
    FreeContextBuffer(list);
    assert_int_equal(SaslEnumerateProfilesA(&narrow, &count), SEC_E_OK);
    assert_memory_equal(narrow, "GSSAPI\0", 8);
    FreeContextBuffer(narrow);
    assert_int_equal(SaslEnumerateProfilesW(NULL, &count), SEC_E_INVALID_PARAMETER);
    assert_int_equal(SaslGetProfilePackageW(gssapi, &info), SEC_E_OK);
    assert_true(utf16_equal(info->Name, u"Kerberos"));
    FreeContextBuffer(info);
    assert_int_equal(SaslGetProfilePackageW(unknown, &info), SEC_E_SECPKG_NOT_FOUND);
    assert_int_equal(SaslGetProfilePackageA((char *)(uintptr_t) "GSSAPI", &info_a), SEC_E_OK);
    assert_string_equal(info_a->Name, "Kerberos");
    FreeContextBuffer(info_a);
    side_reset(&client);
    assert_int_equal(leg(&client, 0, NULL, 0, &token), SEC_I_CONTINUE_NEEDED);
    b.cbBuffer = token.size;
    assert_int_equal(SaslIdentifyPackageW(&desc, &info), SEC_E_OK);
    assert_true(utf16_equal(info->Name, u"Kerberos"));
    FreeContextBuffer(info);
    assert_int_equal(SaslIdentifyPackageA(&desc, &info_a), SEC_E_OK);
    FreeContextBuffer(info_a);
    memcpy(token.data, "\x60\x04\x06\x02\x2a\x03", 6);
    b.cbBuffer = 6;
    assert_int_equal(SaslIdentifyPackageW(&desc, &info), SEC_E_SECPKG_NOT_FOUND);
    b.cbBuffer = 5;
    assert_int_equal(SaslIdentifyPackageW(&desc, &info), SEC_E_INVALID_TOKEN);
    assert_int_equal(SaslIdentifyPackageW(NULL, &info), SEC_E_INVALID_TOKEN);
}

/* ---- Cyrus SASL ------------------------------------------------------------------------------ */

/* Its plugin loses a credential now and then; ours would be seen in the tests above. */
void __lsan_disable(void) __attribute__((weak));
void __lsan_enable(void) __attribute__((weak));

static int begin_cyrus(void **state)
{
    if (__lsan_disable)
        __lsan_disable();
    return begin(state);
}

static int end_cyrus(void **state)
{
    int result = end(state);

    if (__lsan_enable)
        __lsan_enable();
    return result;
}

/* Cyrus keeps functions of every kind as one kind. */
#define AS_CALLBACK(function) ((int (*)(void))(void (*)(void))(function))

static int give_user(void *context, int id, const char **result, unsigned *length)
{
    (void)id;
    *result = context;
    if (length)
        *length = (unsigned)strlen(context);
    return SASL_OK;
}

static int allow(sasl_conn_t *conn, void *context, const char *user, unsigned user_size,
                 const char *auth, unsigned auth_size, const char *realm, unsigned realm_size,
                 struct propctx *properties)
{
    (void)conn, (void)context, (void)user, (void)user_size, (void)auth, (void)auth_size;
    (void)realm, (void)realm_size, (void)properties;
    return SASL_OK;
}

/* What Cyrus protects, ours reads, and back; each message behind its length. */
static void converse_with(sasl_conn_t *cyrus, struct side *ours)
{
    static struct wire_message m;
    const char *bytes;
    unsigned size;
    void *data;
    ULONG length, qop;
    char framed[512];

    assert_int_equal(sasl_encode(cyrus, "from Cyrus", 10, &bytes, &size), SASL_OK);
    assert_true(size > 4 && size - 4 < sizeof(m.bytes));
    m.size = size - 4;
    memcpy(m.bytes, bytes + 4, m.size);
    assert_int_equal(side_unwrap(ours, &m, &data, &length, &qop), SEC_E_OK);
    assert_int_equal(length, 10);
    assert_memory_equal(data, "from Cyrus", 10);
    assert_int_equal(side_wrap(ours,
                               ours->attributes & CONFIDENTIALITY ? 0 : SECQOP_WRAP_NO_ENCRYPT,
                               "from SSPI", 9, &m),
                     SEC_E_OK);
    assert_true(m.size + 4 < sizeof(framed));
    framed[0] = framed[1] = 0;
    framed[2] = (char)(m.size >> 8);
    framed[3] = (char)m.size;
    memcpy(framed + 4, m.bytes, m.size);
    assert_int_equal(sasl_decode(cyrus, framed, m.size + 4, &bytes, &size), SASL_OK);
    assert_int_equal(size, 9);
    assert_memory_equal(bytes, "from SSPI", 9);
}

static sasl_security_properties_t properties(sasl_ssf_t least, sasl_ssf_t most)
{
    return (sasl_security_properties_t){.min_ssf = least, .max_ssf = most, .maxbufsize = 8192};
}

static void test_cyrus_client(void **state)
{
    static const struct {
        sasl_ssf_t least, most;
        ULONG server;
    } cases[] = {{0, 0, 0}, {1, 1, 0}, {2, 256, 0}, {0, 256, ASC_REQ_CONFIDENTIALITY}};
    static char user[] = "alice", authz[] = "carol";
    const sasl_callback_t callbacks[] = {{SASL_CB_USER, AS_CALLBACK(give_user), authz},
                                         {SASL_CB_AUTHNAME, AS_CALLBACK(give_user), user},
                                         {SASL_CB_LIST_END, NULL, NULL}};

    (void)state;
    assert_int_equal(sasl_client_init(NULL), SASL_OK);
    for (size_t i = 0; i < ARRAYSIZE(cases); i++) {
        sasl_security_properties_t wanted = properties(cases[i].least, cases[i].most);
        static struct token answer;
        sasl_conn_t *conn = NULL;
        const char *out = NULL, *mechanism;
        unsigned size = 0;
        char who[16] = "";
        SECURITY_STATUS status = SEC_I_CONTINUE_NEEDED;
        int result;

        side_reset(&server);
        assert_int_equal(
            sasl_client_new("HTTP", "web.credmgr.test", NULL, NULL, callbacks, 0, &conn), SASL_OK);
        assert_int_equal(sasl_setprop(conn, SASL_SEC_PROPS, &wanted), SASL_OK);
        result = sasl_client_start(conn, "GSSAPI", NULL, &out, &size, &mechanism);
        for (int legs = 0; legs < 8 && status == SEC_I_CONTINUE_NEEDED; legs++) {
            if (result != SASL_CONTINUE && result != SASL_OK)
                fail_msg("Cyrus: %s", sasl_errdetail(conn));
            status = leg(&server, cases[i].server, out, size, &answer);
            if (status != SEC_I_CONTINUE_NEEDED)
                break;
            result = sasl_client_step(conn, (char *)answer.data, answer.size, NULL, &out, &size);
        }
        assert_int_equal(status, SEC_E_OK);
        assert_int_equal(result, SASL_OK);
        assert_int_equal(SaslGetContextOption(&server.context, SASL_OPTION_AUTHZ_STRING, who,
                                              sizeof(who) - 1, NULL),
                         SEC_E_OK);
        assert_string_equal(who, "carol");
        assert_names(&server, "CREDMGR.TEST\\alice");
        assert_int_equal(!!(server.attributes & ASC_RET_INTEGRITY), cases[i].most > 0);
        assert_int_equal(!!(server.attributes & CONFIDENTIALITY), cases[i].most > 1);
        if (cases[i].most)
            converse_with(conn, &server);
        sasl_dispose(&conn);
    }
}

static void test_cyrus_server(void **state)
{
    static const struct {
        sasl_ssf_t least, most;
        ULONG client, layer;
    } cases[] = {{0, 0, 0, 0},
                 {0, 256, 0, 0},
                 {0, 256, ISC_REQ_INTEGRITY, INTEGRITY},
                 {0, 256, ISC_REQ_CONFIDENTIALITY, INTEGRITY | CONFIDENTIALITY},
                 {2, 256, ISC_REQ_CONFIDENTIALITY, INTEGRITY | CONFIDENTIALITY}};
    const sasl_callback_t callbacks[] = {{SASL_CB_PROXY_POLICY, AS_CALLBACK(allow), NULL},
                                         {SASL_CB_LIST_END, NULL, NULL}};

    (void)state;
    assert_int_equal(sasl_server_init(NULL, "credmgr-test"), SASL_OK);
    for (size_t i = 0; i < ARRAYSIZE(cases); i++) {
        sasl_security_properties_t wanted = properties(cases[i].least, cases[i].most);
        static struct token token;
        sasl_conn_t *conn = NULL;
        const char *out = NULL;
        unsigned size = 0;
        const void *user = NULL;
        SECURITY_STATUS status;
        int result = SASL_CONTINUE;

        side_reset(&client);
        assert_int_equal(
            sasl_server_new("HTTP", "web.credmgr.test", NULL, NULL, NULL, callbacks, 0, &conn),
            SASL_OK);
        assert_int_equal(sasl_setprop(conn, SASL_SEC_PROPS, &wanted), SASL_OK);
        status = leg(&client, cases[i].client, NULL, 0, &token);
        assert_int_equal(status, SEC_I_CONTINUE_NEEDED);
        assert_int_equal(SaslSetContextOption(&client.context, SASL_OPTION_AUTHZ_STRING,
                                              (void *)(uintptr_t) "dave", 4),
                         SEC_E_OK);
        result = sasl_server_start(conn, "GSSAPI", (char *)token.data, token.size, &out, &size);
        for (int legs = 0; legs < 8 && result == SASL_CONTINUE; legs++) {
            status = leg(&client, cases[i].client, out, size, &token);
            assert_true(status >= 0);
            result = sasl_server_step(conn, (char *)token.data, token.size, &out, &size);
        }
        if (result != SASL_OK)
            fail_msg("Cyrus: %s", sasl_errdetail(conn));
        assert_int_equal(status, SEC_E_OK);
        assert_int_equal(client.attributes & (INTEGRITY | CONFIDENTIALITY), cases[i].layer);
        assert_int_equal(sasl_getprop(conn, SASL_USERNAME, &user), SASL_OK);
        assert_string_equal(user, "dave");
        if (cases[i].layer)
            converse_with(conn, &client);
        sasl_dispose(&conn);
    }
}

static int start(void **state)
{
    (void)state;
    if (realm_start(NULL) != 0)
        return -1;
    realm_kinit("alice", ALICE_PASSWORD, "");
    return 0;
}

static int stop(void **state)
{
    (void)state;
    return realm_stop();
}

#define WITH_SIDES(test) cmocka_unit_test_setup_teardown(test, begin, end)

#define WITH_CYRUS(test) cmocka_unit_test_setup_teardown(test, begin_cyrus, end_cyrus)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_SIDES(test_layers),   WITH_SIDES(test_options),      WITH_SIDES(test_misuse),
        WITH_SIDES(test_profiles), WITH_CYRUS(test_cyrus_client), WITH_CYRUS(test_cyrus_server),
    };

    return cmocka_run_group_tests_name("kerb_sasl", tests, start, stop);
}
