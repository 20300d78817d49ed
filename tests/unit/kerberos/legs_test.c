/*
 * Handshakes of other forms than AP-REQ and AP-REP, with a real KDC: DCE style with MIT's GSSAPI at
 * the other end, user to user with libkrb5 itself, errors told and got over, datagrams, extended
 * protection.
 */
#include "tests/unit/kerberos/harness.h"

#include <gssapi/gssapi.h>
#include <gssapi/gssapi_ext.h>
#include <gssapi/gssapi_krb5.h>
#include <krb5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>

#include "libsspi/packages/kerberos/handshake/tgt_token.h"
#include "libsspi/packages/kerberos/handshake/token.h"
#include "tests/unit/kerberos/realm.h"

static WCHAR target[] = u"HTTP/web.credmgr.test";
static WCHAR bob_name[] = u"bob@CREDMGR.TEST";
static struct side client, server;
static gss_ctx_id_t theirs = GSS_C_NO_CONTEXT;
static struct token request, reply, third, nothing;

/* ---- a clock that a test sets ------------------------------------------------------------------
 */

static long clock_ahead; /* seconds */

/* In place of libc's, for libkrb5 in this process. */
__attribute__((visibility("default"))) int gettimeofday(struct timeval *restrict tv,
                                                        void *restrict zone);
int gettimeofday(struct timeval *restrict tv, void *restrict zone)
{
    struct timespec now;

    (void)zone;
    clock_gettime(CLOCK_REALTIME, &now);
    tv->tv_sec = now.tv_sec + clock_ahead;
    tv->tv_usec = now.tv_nsec / 1000;
    return 0;
}

__attribute__((visibility("default"))) time_t time(time_t *out);
time_t time(time_t *out)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    now.tv_sec += clock_ahead;
    if (out)
        *out = now.tv_sec;
    return now.tv_sec;
}

/* ---- both ends ----------------------------------------------------------------------------- */

static int begin(void **state)
{
    (void)state;
    assert_int_equal(side_default(&client, true), SEC_E_OK);
    assert_int_equal(side_default(&server, false), SEC_E_OK);
    client.target = target;
    return 0;
}

static int end(void **state)
{
    OM_uint32 minor;

    (void)state;
    clock_ahead = 0;
    side_end(&client);
    side_end(&server);
    gss_delete_sec_context(&minor, &theirs, GSS_C_NO_BUFFER);
    return 0;
}

static void one_way(struct side *from, struct side *to)
{
    static struct wire_message m;
    void *data;
    ULONG size, qop;

    assert_int_equal(side_wrap(from, 0, "a message", 9, &m), SEC_E_OK);
    assert_int_equal(side_unwrap(to, &m, &data, &size, &qop), SEC_E_OK);
    assert_int_equal(size, 9);
    assert_memory_equal(data, "a message", 9);
    assert_int_equal(side_sign(from, "signed", 6, &m), SEC_E_OK);
    assert_int_equal(side_verify(to, "signed", 6, &m), SEC_E_OK);
}

static void converse(void)
{
    one_way(&client, &server);
    one_way(&server, &client);
}

/* The token is one of this form. */
static void assert_token(const struct token *t, uint16_t type, enum kerb_framing framing)
{
    struct kerb_token token;

    assert_true(kerb_token_read(t->data, t->size, &token));
    assert_int_equal(token.type, type);
    assert_int_equal(token.framing, framing);
}

/* ---- DCE style, [MS-KILE] 3.4.5.1 ---------------------------------------------------------- */

#define DCE ISC_REQ_USE_DCE_STYLE

static void test_dce_style(void **state)
{
    (void)state;
    assert_int_equal(side_step(&client, DCE | ISC_REQ_CONFIDENTIALITY, NULL, &request),
                     SEC_I_CONTINUE_NEEDED);
    assert_token(&request, KERB_TOKEN_AP_REQ, KERB_UNFRAMED);
    assert_int_equal(side_step(&server, ASC_REQ_USE_DCE_STYLE, &request, &reply),
                     SEC_I_CONTINUE_NEEDED);
    assert_token(&reply, KERB_TOKEN_AP_REP, KERB_UNFRAMED);
    assert_int_equal(side_step(&client, DCE, &reply, &third), SEC_E_OK);
    assert_token(&third, KERB_TOKEN_AP_REP, KERB_UNFRAMED);
    assert_int_equal(client.attributes, ISC_RET_USED_DCE_STYLE | ISC_RET_MUTUAL_AUTH |
                                            ISC_RET_CONFIDENTIALITY | ISC_RET_INTEGRITY);
    /* our own reply sent back is not the initiator's; nor is anything else */
    assert_int_equal(side_step(&server, 0, &reply, &nothing), SEC_E_MUTUAL_AUTH_FAILED);
    assert_int_equal(side_step(&server, 0, &request, &nothing), SEC_E_INVALID_TOKEN);
    assert_int_equal(side_step(&server, 0, NULL, &nothing), SEC_E_INVALID_TOKEN);
    assert_int_equal(side_step(&server, ASC_REQ_USE_DCE_STYLE, &third, &nothing), SEC_E_OK);
    assert_int_equal(nothing.size, 0);
    assert_int_equal(server.attributes, ASC_RET_USED_DCE_STYLE | ASC_RET_MUTUAL_AUTH |
                                            ASC_RET_CONFIDENTIALITY | ASC_RET_INTEGRITY);
    assert_names(&server, REALM "\\alice");
    converse();
    /* the acceptor decides nothing of it: without its flag there are three legs, too */
    side_reset(&client);
    side_reset(&server);
    assert_int_equal(side_step(&client, ISC_USUAL | DCE, NULL, &request), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(side_step(&server, 0, &request, &reply), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(side_step(&client, ISC_USUAL | DCE, &reply, &third), SEC_E_OK);
    assert_int_equal(side_step(&server, 0, &third, &nothing), SEC_E_OK);
    converse();
}

/* Bare without DCE style: LDAP clients send such an AP-REQ within SPNEGO. The answer is bare, too.
 */
static void test_bare_request(void **state)
{
    struct kerb_token token;

    (void)state;
    assert_int_equal(side_step(&client, ISC_USUAL, NULL, &request), SEC_I_CONTINUE_NEEDED);
    assert_true(kerb_token_read(request.data, request.size, &token));
    memmove(request.data, token.body, token.body_size);
    request.size = (ULONG)token.body_size;
    assert_int_equal(side_step(&server, 0, &request, &reply), SEC_E_OK);
    assert_token(&reply, KERB_TOKEN_AP_REP, KERB_UNFRAMED);
    assert_int_equal(server.attributes & (ASC_RET_USED_DCE_STYLE | ASC_RET_MUTUAL_AUTH),
                     ASC_RET_MUTUAL_AUTH);
    assert_names(&server, REALM "\\alice");
}

/* The other way around: framed, though of DCE style. The rest is as without a frame. */
static void test_framed_dce_style(void **state)
{
    struct token framed;
    struct wire_writer w = wire_writer(framed.data, sizeof(framed.data));
    struct kerb_token token;

    (void)state;
    assert_int_equal(side_step(&client, ISC_USUAL | DCE, NULL, &request), SEC_I_CONTINUE_NEEDED);
    assert_true(kerb_token_read(request.data, request.size, &token));
    token.framing = KERB_FRAMED_KRB5;
    kerb_token_write(&w, &token);
    assert_true(wire_write_ok(&w));
    framed.size = (ULONG)w.offset;
    assert_int_equal(side_step(&server, 0, &framed, &reply), SEC_I_CONTINUE_NEEDED);
    assert_token(&reply, KERB_TOKEN_AP_REP, KERB_UNFRAMED);
    assert_int_equal(side_step(&client, ISC_USUAL | DCE, &reply, &third), SEC_E_OK);
    assert_int_equal(side_step(&server, 0, &third, &nothing), SEC_E_OK);
    converse();
}

static void to_gss(const struct token *t, gss_buffer_t out)
{
    *out = (gss_buffer_desc){t->size, (void *)(uintptr_t)t->data};
}

static void from_gss(gss_buffer_t in, struct token *t)
{
    OM_uint32 minor;

    assert_true(in->length <= TOKEN_ROOM);
    memcpy(t->data, in->value, in->length);
    t->size = (ULONG)in->length;
    gss_release_buffer(&minor, in);
}

/* A MIC each way: the keys and numbers agree. */
static void sign_with_theirs(struct side *ours)
{
    static struct wire_message m;
    gss_buffer_desc text = {5, (void *)(uintptr_t) "hello"}, mic;
    OM_uint32 minor;

    assert_int_equal(side_sign(ours, "hello", 5, &m), SEC_E_OK);
    mic = (gss_buffer_desc){m.size, m.bytes};
    assert_int_equal(gss_verify_mic(&minor, theirs, &text, &mic, NULL), GSS_S_COMPLETE);
    assert_int_equal(gss_get_mic(&minor, theirs, GSS_C_QOP_DEFAULT, &text, &mic), GSS_S_COMPLETE);
    memcpy(m.bytes, mic.value, mic.length);
    m.size = (ULONG)mic.length;
    gss_release_buffer(&minor, &mic);
    assert_int_equal(side_verify(ours, "hello", 5, &m), SEC_E_OK);
}

static void test_dce_style_to_mit(void **state)
{
    gss_buffer_desc in, out = GSS_C_EMPTY_BUFFER;
    OM_uint32 minor, flags = 0;

    (void)state;
    assert_int_equal(side_step(&client, ISC_USUAL | DCE, NULL, &request), SEC_I_CONTINUE_NEEDED);
    to_gss(&request, &in);
    assert_int_equal(gss_accept_sec_context(&minor, &theirs, GSS_C_NO_CREDENTIAL, &in,
                                            GSS_C_NO_CHANNEL_BINDINGS, NULL, NULL, &out, &flags,
                                            NULL, NULL),
                     GSS_S_CONTINUE_NEEDED);
    from_gss(&out, &reply);
    assert_int_equal(side_step(&client, ISC_USUAL | DCE, &reply, &third), SEC_E_OK);
    to_gss(&third, &in);
    assert_int_equal(gss_accept_sec_context(&minor, &theirs, GSS_C_NO_CREDENTIAL, &in,
                                            GSS_C_NO_CHANNEL_BINDINGS, NULL, NULL, &out, &flags,
                                            NULL, NULL),
                     GSS_S_COMPLETE);
    assert_int_equal(out.length, 0);
    assert_true(flags & GSS_C_DCE_STYLE);
    sign_with_theirs(&client);
}

static void test_dce_style_from_mit(void **state)
{
    gss_buffer_desc in = GSS_C_EMPTY_BUFFER, out = GSS_C_EMPTY_BUFFER;
    gss_buffer_desc text = {21, (void *)(uintptr_t) "HTTP@web.credmgr.test"};
    const OM_uint32 flags = GSS_C_MUTUAL_FLAG | GSS_C_DCE_STYLE | GSS_C_INTEG_FLAG |
                            GSS_C_SEQUENCE_FLAG | GSS_C_IDENTIFY_FLAG;
    OM_uint32 minor;
    gss_name_t name;

    (void)state;
    assert_int_equal(gss_import_name(&minor, &text, GSS_C_NT_HOSTBASED_SERVICE, &name),
                     GSS_S_COMPLETE);
    assert_int_equal(gss_init_sec_context(&minor, GSS_C_NO_CREDENTIAL, &theirs, name,
                                          (gss_OID)gss_mech_krb5, flags, 0,
                                          GSS_C_NO_CHANNEL_BINDINGS, &in, NULL, &out, NULL, NULL),
                     GSS_S_CONTINUE_NEEDED);
    from_gss(&out, &request);
    assert_int_equal(side_step(&server, 0, &request, &reply), SEC_I_CONTINUE_NEEDED);
    to_gss(&reply, &in);
    assert_int_equal(gss_init_sec_context(&minor, GSS_C_NO_CREDENTIAL, &theirs, name,
                                          (gss_OID)gss_mech_krb5, flags, 0,
                                          GSS_C_NO_CHANNEL_BINDINGS, &in, NULL, &out, NULL, NULL),
                     GSS_S_COMPLETE);
    from_gss(&out, &third);
    assert_int_equal(side_step(&server, 0, &third, &nothing), SEC_E_OK);
    assert_int_equal(server.attributes & ~ASC_RET_CONFIDENTIALITY, /* MIT always offers that */
                     ASC_RET_USED_DCE_STYLE | ASC_RET_MUTUAL_AUTH | ASC_RET_INTEGRITY |
                         ASC_RET_SEQUENCE_DETECT | ASC_RET_IDENTIFY);
    sign_with_theirs(&server);
    gss_release_name(&minor, &name);
}

/* ---- user to user -------------------------------------------------------------------------- */

#define U2U ISC_REQ_USE_SESSION_KEY

/* bob accepts with his password: no key of his is used, a TGT is got with it. */
static void bob_accepts(void)
{
    side_end(&server);
    assert_int_equal(side_explicit(&server, false, "bob", REALM, BOB_PASSWORD), SEC_E_OK);
    client.target = bob_name;
}

/* The two legs that are alike in all forms, after `request` is an AP-REQ. */
static void finish_u2u(ULONG wanted)
{
    assert_token(&request, KERB_TOKEN_AP_REQ, KERB_FRAMED_USER2USER);
    assert_int_equal(side_step(&server, 0, &request, &reply), SEC_E_OK);
    assert_token(&reply, KERB_TOKEN_AP_REP, KERB_FRAMED_USER2USER);
    assert_int_equal(side_step(&client, wanted, &reply, &nothing), SEC_E_OK);
    assert_int_equal(client.attributes, ISC_USUAL | ISC_RET_USE_SESSION_KEY);
    assert_true(server.attributes & ASC_RET_USE_SESSION_KEY);
    assert_names(&server, REALM "\\alice");
    converse();
}

static void test_user_to_user(void **state)
{
    (void)state;
    bob_accepts();
    assert_int_equal(side_step(&client, ISC_USUAL | U2U, NULL, &request), SEC_I_CONTINUE_NEEDED);
    assert_token(&request, KERB_TOKEN_TGT_REQ, KERB_FRAMED_USER2USER);
    assert_int_equal(side_step(&server, ASC_REQ_USE_SESSION_KEY, &request, &reply),
                     SEC_I_CONTINUE_NEEDED);
    assert_token(&reply, KERB_TOKEN_TGT_REP, KERB_FRAMED_USER2USER);
    assert_int_equal(side_step(&server, 0, &request, &nothing), SEC_E_INVALID_TOKEN);
    assert_int_equal(side_step(&client, ISC_USUAL | U2U, &request, &nothing), SEC_E_INVALID_TOKEN);
    assert_int_equal(side_step(&client, ISC_USUAL | U2U, &reply, &request), SEC_I_CONTINUE_NEEDED);
    finish_u2u(ISC_USUAL | U2U);
    /* without mutual authentication it is one leg less */
    side_reset(&client);
    side_reset(&server);
    assert_int_equal(side_step(&client, U2U | ISC_REQ_CONFIDENTIALITY, NULL, &request),
                     SEC_I_CONTINUE_NEEDED);
    assert_int_equal(side_step(&server, 0, &request, &reply), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(side_step(&client, 0, &reply, &request), SEC_E_OK);
    assert_int_equal(side_step(&server, 0, &request, &reply), SEC_E_OK);
    assert_int_equal(reply.size, 0);
    converse();
}

/* An acceptor that asks for it, and an initiator that did not know. */
static void test_user_to_user_demanded(void **state)
{
    (void)state;
    bob_accepts();
    assert_int_equal(side_step(&client, ISC_USUAL, NULL, &request), SEC_I_CONTINUE_NEEDED);
    assert_token(&request, KERB_TOKEN_AP_REQ, KERB_FRAMED_KRB5);
    assert_int_equal(side_step(&server, ASC_REQ_USE_SESSION_KEY, &request, &reply),
                     SEC_I_CONTINUE_NEEDED);
    assert_token(&reply, KERB_TOKEN_ERROR, KERB_FRAMED_KRB5);
    /* who does not listen is not told twice */
    assert_int_equal(side_step(&server, ASC_REQ_USE_SESSION_KEY, &request, &nothing),
                     SEC_E_UNSUPPORTED_FUNCTION);
    assert_int_equal(side_step(&client, ISC_USUAL, &reply, &request), SEC_I_CONTINUE_NEEDED);
    assert_token(&request, KERB_TOKEN_TGT_REQ, KERB_FRAMED_USER2USER);
    assert_int_equal(side_step(&server, ASC_REQ_USE_SESSION_KEY, &request, &reply),
                     SEC_I_CONTINUE_NEEDED);
    assert_int_equal(side_step(&client, ISC_USUAL, &reply, &request), SEC_I_CONTINUE_NEEDED);
    finish_u2u(ISC_USUAL);
}

/* The KDC gives tickets for this account from user to user only. */
static void test_user_to_user_by_kdc(void **state)
{
    (void)state;
    realm_admin("addprinc -pw shy -allow_svr shy");
    side_end(&server);
    assert_int_equal(side_explicit(&server, false, "shy", REALM, "shy"), SEC_E_OK);
    client.target = u"shy";
    assert_int_equal(side_step(&client, ISC_USUAL, NULL, &request), SEC_I_CONTINUE_NEEDED);
    assert_token(&request, KERB_TOKEN_TGT_REQ, KERB_FRAMED_USER2USER);
    assert_int_equal(side_step(&server, 0, &request, &reply), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(side_step(&client, ISC_USUAL, &reply, &request), SEC_I_CONTINUE_NEEDED);
    finish_u2u(ISC_USUAL);
}

static void test_user_to_user_refused(void **state)
{
    struct wire_writer w;
    struct kerb_token token = {.type = KERB_TOKEN_TGT_REP, .framing = KERB_FRAMED_USER2USER};
    static const ULONG impossible[] = {ISC_REQ_DATAGRAM, ISC_REQ_USE_DCE_STYLE};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(side_step(&client, U2U | impossible[i], NULL, &nothing),
                         SEC_E_UNSUPPORTED_FUNCTION);
        assert_int_equal(side_step(&server, U2U | impossible[i], NULL, &nothing),
                         SEC_E_UNSUPPORTED_FUNCTION);
    }
    /* a ticket for somebody else than was asked for: the KDC does not give it */
    bob_accepts();
    client.target = u"alice";
    assert_int_equal(side_step(&client, ISC_USUAL | U2U, NULL, &request), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(side_step(&server, 0, &request, &reply), SEC_I_CONTINUE_NEEDED);
    assert_true(side_step(&client, ISC_USUAL | U2U, &reply, &nothing) < 0);
    /* something that is no ticket */
    w = wire_writer(reply.data, TOKEN_ROOM);
    token.body = (const uint8_t *)"\x30\x0f\xa0\x03\x02\x01\x05\xa1\x03\x02\x01\x11\xa2\x03\x61\x01"
                                  "x";
    token.body_size = 17;
    kerb_token_write(&w, &token);
    reply.size = (ULONG)w.offset;
    assert_int_equal(side_step(&client, ISC_USUAL | U2U, &reply, &nothing), SEC_E_INVALID_TOKEN);
    /* an acceptor with keys, and without a TGT */
    side_end(&server);
    realm_kinit("", "", "");
    assert_int_equal(side_default(&server, false), SEC_E_OK);
    assert_int_equal(side_step(&server, 0, &request, &nothing), SEC_E_NO_CREDENTIALS);
    realm_kinit("alice", ALICE_PASSWORD "\n", "-f");
}

/* Default credentials of an acceptor: tickets, and nothing to read a key from. */
static void test_user_to_user_of_process(void **state)
{
    char keytab[300];

    (void)state;
    side_end(&server);
    snprintf(keytab, sizeof(keytab), "FILE:%s/nothing", realm_directory);
    setenv("KRB5_KTNAME", keytab, 1);
    assert_int_equal(side_default(&server, false), SEC_E_OK);
    client.target = u"alice";
    assert_int_equal(side_step(&client, ISC_USUAL | U2U, NULL, &request), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(side_step(&server, 0, &request, &reply), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(side_step(&client, ISC_USUAL | U2U, &reply, &request), SEC_I_CONTINUE_NEEDED);
    finish_u2u(ISC_USUAL | U2U);
    /* without its tickets a service it is not */
    side_reset(&server);
    side_reset(&client);
    client.target = target;
    assert_int_equal(side_step(&client, ISC_USUAL, NULL, &request), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(side_step(&server, 0, &request, &reply), SEC_E_NO_CREDENTIALS);
    snprintf(keytab, sizeof(keytab), "FILE:%s/keytab", realm_directory);
    setenv("KRB5_KTNAME", keytab, 1);
    /* with keys, the tickets are found all the same */
    side_end(&server);
    assert_int_equal(side_default(&server, false), SEC_E_OK);
    side_reset(&client);
    client.target = u"alice";
    assert_int_equal(side_step(&client, ISC_USUAL | U2U, NULL, &request), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(side_step(&server, 0, &request, &reply), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(side_step(&client, ISC_USUAL | U2U, &reply, &request), SEC_I_CONTINUE_NEEDED);
    finish_u2u(ISC_USUAL | U2U);
}

/* ---- an initiator made of libkrb5 alone, from user to user -------------------------------------
 */

/* An AP-REQ under the TGT in `reply`, with no GSS checksum. */
static void plain_user_request(krb5_context krb, krb5_auth_context *auth)
{
    struct kerb_token token;
    struct wire_writer w = wire_writer(request.data, TOKEN_ROOM);
    krb5_creds wanted = {0}, *ticket;
    krb5_ccache cache;
    krb5_data made;
    size_t head = 18; /* SEQUENCE, pvno, msg-type, [2]: each with its length in long form */

    assert_true(kerb_token_read(reply.data, reply.size, &token));
    while (head < token.body_size && token.body[head] != 0x61)
        head++;
    wanted.second_ticket.data = (char *)(uintptr_t)token.body + head;
    wanted.second_ticket.length = (unsigned)(token.body_size - head);
    assert_int_equal(krb5_cc_default(krb, &cache), 0);
    assert_int_equal(krb5_cc_get_principal(krb, cache, &wanted.client), 0);
    assert_int_equal(krb5_parse_name(krb, "bob", &wanted.server), 0);
    assert_int_equal(krb5_get_credentials(krb, KRB5_GC_USER_USER, cache, &wanted, &ticket), 0);
    assert_int_equal(krb5_mk_req_extended(krb, auth,
                                          AP_OPTS_USE_SESSION_KEY | AP_OPTS_MUTUAL_REQUIRED, NULL,
                                          ticket, &made),
                     0);
    token = (struct kerb_token){KERB_TOKEN_AP_REQ, KERB_FRAMED_USER2USER, (uint8_t *)made.data,
                                made.length};
    kerb_token_write(&w, &token);
    request.size = (ULONG)w.offset;
    krb5_free_data_contents(krb, &made);
    krb5_free_creds(krb, ticket);
    krb5_free_principal(krb, wanted.client);
    krb5_free_principal(krb, wanted.server);
    krb5_cc_close(krb, cache);
}

static void test_user_to_user_with_libkrb5(void **state)
{
    /* KERB-TGT-REQUEST for bob, without a realm, as draft-swift-win2k-krb-user2user has it */
    static const uint8_t ask[] = {
        0x60, 0x29, 0x06, 0x0a, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 0x01, 0x02, 0x02, 0x03, 0x04,
        0x00, 0x30, 0x1b, 0xa0, 0x03, 0x02, 0x01, 0x05, 0xa1, 0x03, 0x02, 0x01, 0x10, 0xa2, 0x0f,
        0x30, 0x0d, 0xa0, 0x03, 0x02, 0x01, 0x01, 0xa1, 0x06, 0x30, 0x04, 0x1b, 0x02, 'b',  'o'};
    krb5_context krb;
    krb5_auth_context auth = NULL;
    krb5_ap_rep_enc_part *part = NULL;
    struct kerb_token token;
    krb5_data message;

    (void)state;
    bob_accepts();
    memcpy(request.data, ask, sizeof(ask));
    request.size = sizeof(ask);
    request.data[1] = sizeof(ask) - 2;
    assert_int_equal(krb5_init_context(&krb), 0);
    assert_int_equal(side_step(&server, 0, &request, &reply), SEC_I_CONTINUE_NEEDED);
    plain_user_request(krb, &auth);
    assert_int_equal(side_step(&server, 0, &request, &reply), SEC_E_OK);
    assert_names(&server, REALM "\\alice");
    assert_true(kerb_token_read(reply.data, reply.size, &token));
    message =
        (krb5_data){.data = (char *)(uintptr_t)token.body, .length = (unsigned)token.body_size};
    assert_int_equal(krb5_rd_rep(krb, auth, &message, &part), 0);
    krb5_free_ap_rep_enc_part(krb, part);
    krb5_auth_con_free(krb, auth);
    krb5_free_context(krb);
}

/*
 * An AP-REQ that was refused is the last one of its context. With its ticket's session key, which
 * the initiator knows, it could make the next ticket itself.
 */
static void test_refused_is_over(void **state)
{
    struct {
        SEC_CHANNEL_BINDINGS head;
        char data[3];
    } channel = {
        .head = {.cbApplicationDataLength = 3, .dwApplicationDataOffset = sizeof(channel.head)},
        .data = "tls"};

    (void)state;
    bob_accepts();
    server.bindings = &channel;
    server.bindings_size = sizeof(channel.head) + 3;
    assert_int_equal(side_step(&client, ISC_USUAL | U2U, NULL, &request), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(side_step(&server, 0, &request, &reply), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(side_step(&client, ISC_USUAL | U2U, &reply, &request), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(side_step(&server, 0, &request, &nothing), SEC_E_BAD_BINDINGS);
    server.bindings = NULL;
    assert_int_equal(side_step(&server, 0, &request, &nothing), SEC_E_INVALID_HANDLE);
    side_reset(&client);
    assert_int_equal(side_step(&client, ISC_USUAL | U2U, NULL, &request), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(side_step(&server, 0, &request, &nothing), SEC_E_INVALID_HANDLE);
}

/* ---- another clock ------------------------------------------------------------------------- */

#define ERRORS ISC_REQ_EXTENDED_ERROR

/* One step of the server, an hour ahead. */
static SECURITY_STATUS later(ULONG wanted, const struct token *in, struct token *out)
{
    SECURITY_STATUS status;

    clock_ahead = 3600;
    status = side_step(&server, wanted, in, out);
    clock_ahead = 0;
    return status;
}

static void test_clock_skew(void **state)
{
    (void)state;
    assert_int_equal(side_step(&client, ISC_USUAL | ERRORS, NULL, &request), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(later(ASC_REQ_EXTENDED_ERROR, &request, &reply), SEC_I_CONTINUE_NEEDED);
    assert_token(&reply, KERB_TOKEN_ERROR, KERB_FRAMED_KRB5);
    assert_int_equal(side_step(&client, ISC_USUAL | ERRORS, &reply, &request),
                     SEC_I_CONTINUE_NEEDED);
    assert_token(&request, KERB_TOKEN_AP_REQ, KERB_FRAMED_KRB5);
    assert_int_equal(later(ASC_REQ_EXTENDED_ERROR, &request, &reply), SEC_E_OK);
    assert_int_equal(side_step(&client, ISC_USUAL | ERRORS, &reply, &nothing), SEC_E_OK);
    converse();
}

static void test_clock_skew_twice(void **state)
{
    (void)state;
    assert_int_equal(side_step(&client, ISC_USUAL | ERRORS, NULL, &request), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(later(ASC_REQ_EXTENDED_ERROR, &request, &reply), SEC_I_CONTINUE_NEEDED);
    /* another request by the same clock: the acceptor tells the time once */
    side_reset(&client);
    assert_int_equal(side_step(&client, ISC_USUAL | ERRORS, NULL, &request), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(later(ASC_REQ_EXTENDED_ERROR, &request, &third), SEC_E_TIME_SKEW);
    assert_int_equal(later(ASC_REQ_EXTENDED_ERROR, &request, &third), SEC_E_INVALID_HANDLE);
    assert_int_equal(side_step(&client, ISC_USUAL | ERRORS, &reply, &request),
                     SEC_I_CONTINUE_NEEDED);
    assert_int_equal(side_step(&client, ISC_USUAL | ERRORS, &reply, &request), SEC_E_TIME_SKEW);
}

/* Who did not ask for it gets an error, and no second chance. */
static void test_clock_skew_unasked(void **state)
{
    (void)state;
    assert_int_equal(side_step(&client, ISC_USUAL, NULL, &request), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(later(0, &request, &reply), SEC_E_TIME_SKEW);
    assert_int_equal(reply.size, 0);
    side_reset(&client);
    assert_int_equal(side_step(&client, ISC_USUAL, NULL, &request), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(later(ASC_REQ_EXTENDED_ERROR, &request, &reply), SEC_E_TIME_SKEW);
    assert_int_equal(side_step(&client, ISC_USUAL, &reply, &nothing), SEC_E_TIME_SKEW);
}

/* ---- errors to and from MIT's GSSAPI ------------------------------------------------------- */

static void test_errors_with_mit(void **state)
{
    gss_buffer_desc in = GSS_C_EMPTY_BUFFER, out = GSS_C_EMPTY_BUFFER;
    gss_buffer_desc text = {21, (void *)(uintptr_t) "HTTP@web.credmgr.test"};
    OM_uint32 minor, ignored;
    gss_name_t name;

    (void)state;
    assert_int_equal(gss_import_name(&minor, &text, GSS_C_NT_HOSTBASED_SERVICE, &name),
                     GSS_S_COMPLETE);
    assert_int_equal(gss_init_sec_context(&minor, GSS_C_NO_CREDENTIAL, &theirs, name,
                                          (gss_OID)gss_mech_krb5, GSS_C_MUTUAL_FLAG, 0,
                                          GSS_C_NO_CHANNEL_BINDINGS, &in, NULL, &out, NULL, NULL),
                     GSS_S_CONTINUE_NEEDED);
    from_gss(&out, &request);
    assert_int_equal(later(ASC_REQ_EXTENDED_ERROR, &request, &reply), SEC_E_TIME_SKEW);
    to_gss(&reply, &in);
    assert_int_equal(gss_init_sec_context(&minor, GSS_C_NO_CREDENTIAL, &theirs, name,
                                          (gss_OID)gss_mech_krb5, GSS_C_MUTUAL_FLAG, 0,
                                          GSS_C_NO_CHANNEL_BINDINGS, &in, NULL, &out, NULL, NULL),
                     GSS_S_FAILURE);
    assert_int_equal((krb5_error_code)minor, KRB5KRB_AP_ERR_SKEW);
    gss_release_name(&ignored, &name);
    gss_delete_sec_context(&ignored, &theirs, GSS_C_NO_BUFFER);
    /* the other way */
    assert_int_equal(side_step(&client, ISC_USUAL | ERRORS, NULL, &request), SEC_I_CONTINUE_NEEDED);
    to_gss(&request, &in);
    clock_ahead = 3600;
    assert_true(GSS_ERROR(gss_accept_sec_context(&minor, &theirs, GSS_C_NO_CREDENTIAL, &in,
                                                 GSS_C_NO_CHANNEL_BINDINGS, NULL, NULL, &out, NULL,
                                                 NULL, NULL)));
    clock_ahead = 0;
    from_gss(&out, &reply);
    gss_delete_sec_context(&ignored, &theirs, GSS_C_NO_BUFFER);
    assert_int_equal(side_step(&client, ISC_USUAL | ERRORS, &reply, &request),
                     SEC_I_CONTINUE_NEEDED);
    to_gss(&request, &in);
    clock_ahead = 3600;
    assert_int_equal(gss_accept_sec_context(&minor, &theirs, GSS_C_NO_CREDENTIAL, &in,
                                            GSS_C_NO_CHANNEL_BINDINGS, NULL, NULL, &out, NULL, NULL,
                                            NULL),
                     GSS_S_COMPLETE);
    clock_ahead = 0;
    from_gss(&out, &reply);
    assert_int_equal(side_step(&client, ISC_USUAL | ERRORS, &reply, &nothing), SEC_E_OK);
}

/* ---- datagrams ----------------------------------------------------------------------------- */

static void test_datagrams(void **state)
{
    static struct wire_message first, second;
    void *data;
    ULONG size, qop;

    (void)state;
    assert_int_equal(shake(&client, ISC_USUAL | ISC_REQ_DATAGRAM, &server, ASC_REQ_DATAGRAM),
                     SEC_E_OK);
    assert_int_equal(client.attributes, (ISC_USUAL & ~ISC_REQ_SEQUENCE_DETECT) | ISC_RET_DATAGRAM);
    assert_true(server.attributes & ASC_RET_DATAGRAM);
    /* one overtakes the other, and comes twice */
    assert_int_equal(side_wrap(&client, 0, "first", 5, &first), SEC_E_OK);
    assert_int_equal(side_wrap(&client, 0, "second", 6, &second), SEC_E_OK);
    assert_int_equal(side_unwrap(&server, &second, &data, &size, &qop), SEC_E_OK);
    assert_int_equal(side_wrap(&client, 0, "third", 5, &second), SEC_E_OK);
    assert_int_equal(side_unwrap(&server, &first, &data, &size, &qop), SEC_E_OK);
    assert_memory_equal(data, "first", 5);
    first = second;
    assert_int_equal(side_unwrap(&server, &first, &data, &size, &qop), SEC_E_OK);
    assert_int_equal(side_unwrap(&server, &second, &data, &size, &qop), SEC_E_OUT_OF_SEQUENCE);
}

/* ---- extended protection with the newer structure ------------------------------------------ */

static void test_bindings_ex(void **state)
{
    struct {
        SEC_CHANNEL_BINDINGS head;
        char data[11];
    } plain = {
        .head = {.cbApplicationDataLength = 11, .dwApplicationDataOffset = sizeof(plain.head)},
        .data = "the channel"};
    struct {
        SEC_CHANNEL_BINDINGS_EX head;
        char data[11];
    } ex = {.head = {.magicNumber = SEC_CHANNEL_BINDINGS_EX_MAGIC,
                     .cbHeaderLength = sizeof(ex.head),
                     .cbStructureLength = sizeof(ex.head) + 11,
                     .cbApplicationDataLength = 11,
                     .dwApplicationDataOffset = sizeof(ex.head)},
            .data = "the channel"};

    (void)state;
    client.bindings = &plain;
    client.bindings_size = sizeof(plain.head) + 11;
    server.bindings = &ex;
    server.bindings_size = sizeof(ex.head) + 11;
    assert_int_equal(shake(&client, ISC_USUAL, &server, 0), SEC_E_OK);
    ex.data[0] ^= 1;
    assert_int_equal(shake(&client, ISC_USUAL, &server, 0), SEC_E_BAD_BINDINGS);
    /* a service that only watches */
    ex.head.flags = SEC_CHANNEL_BINDINGS_AUDIT_BINDINGS;
    assert_int_equal(shake(&client, ISC_USUAL, &server, 0), SEC_E_OK);
    client.bindings = NULL;
    assert_int_equal(shake(&client, ISC_USUAL, &server, 0), SEC_E_OK);
    ex.head.flags = 0;
    assert_int_equal(shake(&client, ISC_USUAL, &server, 0), SEC_E_BAD_BINDINGS);
    ex.head.cbStructureLength++;
    assert_int_equal(shake(&client, ISC_USUAL, &server, ASC_REQ_ALLOW_MISSING_BINDINGS),
                     SEC_E_BAD_BINDINGS);
    ex.head.cbStructureLength--;
    assert_int_equal(shake(&client, ISC_USUAL, &server, ASC_REQ_ALLOW_MISSING_BINDINGS), SEC_E_OK);
    /* a proxy in between has the channel: it must have been one, whichever */
    server.bindings = NULL;
    assert_int_equal(shake(&client, ISC_USUAL, &server, ASC_REQ_PROXY_BINDINGS),
                     SEC_E_BAD_BINDINGS);
    assert_int_equal(
        shake(&client, ISC_USUAL, &server, ASC_REQ_PROXY_BINDINGS | ASC_REQ_ALLOW_MISSING_BINDINGS),
        SEC_E_OK);
    client.bindings = &plain;
    assert_int_equal(shake(&client, ISC_USUAL, &server, ASC_REQ_PROXY_BINDINGS), SEC_E_OK);
    server.bindings = &ex;
    assert_int_equal(shake(&client, ISC_USUAL, &server, 0), SEC_E_BAD_BINDINGS);
    assert_int_equal(shake(&client, ISC_USUAL, &server, ASC_REQ_PROXY_BINDINGS), SEC_E_OK);
    client.bindings = NULL;
    assert_int_equal(shake(&client, ISC_USUAL, &server, ASC_REQ_PROXY_BINDINGS),
                     SEC_E_BAD_BINDINGS);
    /* the initiator's machine says that it would have named a channel ([MS-KILE] 3.2.5.8) */
    realm_configure(" client_aware_channel_bindings = true\n");
    side_end(&client);
    assert_int_equal(side_default(&client, true), SEC_E_OK);
    client.target = target;
    assert_int_equal(shake(&client, ISC_USUAL, &server, ASC_REQ_ALLOW_MISSING_BINDINGS),
                     SEC_E_BAD_BINDINGS);
    realm_configure("");
}

/* ---- what an authenticator says besides --------------------------------------------------------
 */

/* KERB_AUTH_DATA_AP_OPTIONS of the AP-REQ in `request`; 0 when there are none. */
static uint32_t ap_options(void)
{
    krb5_context krb;
    krb5_auth_context auth = NULL;
    krb5_keytab keytab;
    krb5_authenticator *authenticator;
    krb5_authdata **found = NULL;
    struct kerb_token token;
    struct wire_reader r;
    krb5_data message;
    uint32_t options = 0;

    assert_true(kerb_token_read(request.data, request.size, &token));
    message =
        (krb5_data){.data = (char *)(uintptr_t)token.body, .length = (unsigned)token.body_size};
    assert_int_equal(krb5_init_context(&krb), 0);
    assert_int_equal(krb5_kt_default(krb, &keytab), 0);
    assert_int_equal(krb5_rd_req(krb, &auth, &message, NULL, keytab, NULL, NULL), 0);
    assert_int_equal(krb5_auth_con_getauthenticator(krb, auth, &authenticator), 0);
    assert_int_equal(krb5_find_authdata(krb, NULL, authenticator->authorization_data, 143, &found),
                     0);
    if (found) {
        r = wire_reader(found[0]->contents, found[0]->length);
        options = wire_u32le(&r);
        assert_true(wire_done(&r));
    }
    krb5_free_authdata(krb, found);
    krb5_free_authenticator(krb, authenticator);
    krb5_kt_close(krb, keytab);
    krb5_auth_con_free(krb, auth);
    krb5_free_context(krb);
    return options;
}

static void test_unverified_target(void **state)
{
    (void)state;
    assert_int_equal(side_step(&client, ISC_USUAL, NULL, &request), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(ap_options(), 0);
    side_reset(&client);
    assert_int_equal(side_step(&client, ISC_USUAL | ISC_REQ_UNVERIFIED_TARGET_NAME, NULL, &request),
                     SEC_I_CONTINUE_NEEDED);
    assert_int_equal(ap_options(), 0x8000);
}

/* krb5.conf may leave it to the KDC whom tickets are forwarded to. */
static void test_trusted_for_delegation(void **state)
{
    const ULONG wanted = ISC_USUAL | ISC_REQ_DELEGATE;

    (void)state;
    assert_int_equal(side_step(&client, wanted, NULL, &request), SEC_I_CONTINUE_NEEDED);
    assert_true(client.attributes & ISC_RET_DELEGATE);
    side_reset(&client);
    realm_configure(" enforce_ok_as_delegate = true\n");
    assert_int_equal(side_step(&client, wanted, NULL, &request), SEC_I_CONTINUE_NEEDED);
    assert_false(client.attributes & ISC_RET_DELEGATE);
    realm_admin("modprinc +ok_as_delegate " OTHER_SERVICE);
    side_reset(&client);
    client.target = u"imap/mail.credmgr.test";
    assert_int_equal(side_step(&client, wanted, NULL, &request), SEC_I_CONTINUE_NEEDED);
    assert_true(client.attributes & ISC_RET_DELEGATE);
    realm_configure("");
}

/* No name is looked up to make another of it, whatever krb5.conf says of GSSAPI's names. */
static void test_names_are_not_looked_up(void **state)
{
    (void)state;
    realm_configure(" dns_canonicalize_hostname = true\n rdns = true\n");
    realm_admin("addprinc -randkey host/localhost");
    client.target = u"host/127.0.0.1";
    assert_int_equal(side_step(&client, ISC_USUAL, NULL, &request), SEC_E_TARGET_UNKNOWN);
    client.target = u"host/localhost";
    assert_int_equal(side_step(&client, ISC_USUAL, NULL, &request), SEC_I_CONTINUE_NEEDED);
    realm_configure("");
}

static int start(void **state)
{
    (void)state;
    realm_start(NULL);
    realm_kinit("alice", ALICE_PASSWORD "\n", "-f");
    return 0;
}

static int stop(void **state)
{
    (void)state;
    return realm_stop();
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_dce_style),
        TEST(test_bare_request),
        TEST(test_framed_dce_style),
        TEST(test_dce_style_to_mit),
        TEST(test_dce_style_from_mit),
        TEST(test_user_to_user),
        TEST(test_user_to_user_demanded),
        TEST(test_user_to_user_by_kdc),
        TEST(test_user_to_user_refused),
        TEST(test_refused_is_over),
        TEST(test_user_to_user_of_process),
        TEST(test_user_to_user_with_libkrb5),
        TEST(test_clock_skew),
        TEST(test_clock_skew_twice),
        TEST(test_clock_skew_unasked),
        TEST(test_errors_with_mit),
        TEST(test_datagrams),
        TEST(test_bindings_ex),
        TEST(test_unverified_target),
        TEST(test_trusted_for_delegation),
        TEST(test_names_are_not_looked_up),
    };

    return cmocka_run_group_tests_name("kerberos: other handshakes", tests, start, stop);
}
