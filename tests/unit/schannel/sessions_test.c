/*
 * Sessions that are taken up again, and everything that must be as it was for that.
 */
#include "tests/unit/schannel/sides.h"

#include <string.h>

static bool reused(struct ours *o, struct theirs *t)
{
    SecPkgContext_SessionInfo info;
    bool is;

    ours_reset(o);
    theirs_connect(t);
    assert_int_equal(shake(o, t), SEC_E_OK);
    is = SSL_session_reused(t->ssl);
    assert_int_equal(QueryContextAttributesW(&o->context, SECPKG_ATTR_SESSION_INFO, &info),
                     SEC_E_OK);
    assert_int_equal(info.dwFlags & SSL_SESSION_RECONNECT, is ? SSL_SESSION_RECONNECT : 0);
    return is;
}

static void client_conditions(void **state)
{
    (void)state;
    for (int old = 0; old < 2; old++) {
        struct ours o, second;
        struct theirs t;

        ours_client(&o);
        theirs_new(&t, true);
        if (old)
            SSL_CTX_set_max_proto_version(t.context, TLS1_2_VERSION);
        assert_false(reused(&o, &t));
        assert_true(reused(&o, &t));
        /* The server is validated still: it was when the session was made. */
        assert_int_equal(o.attributes & ISC_RET_MUTUAL_AUTH, ISC_RET_MUTUAL_AUTH);
        /* Another credential handle. */
        ours_client(&second);
        assert_false(reused(&second, &t));
        ours_end(&second);
        /* Another target. */
        assert_true(reused(&o, &t));
        o.target = u"SERVER.test"; /* the same, in DNS */
        assert_true(reused(&o, &t));
        /* Validated by the application once: not good for who wants it validated. */
        o.flags |= ISC_REQ_MANUAL_CRED_VALIDATION;
        assert_false(reused(&o, &t));
        assert_true(reused(&o, &t));
        o.target = u"elsewhere.test";
        assert_false(reused(&o, &t));
        o.flags &= ~(ULONG)ISC_REQ_MANUAL_CRED_VALIDATION;
        o.target = u"server.test";
        assert_true(reused(&o, &t));
        /* Emptied. */
        assert_false(SslEmptyCacheW((WCHAR *)(uintptr_t)u"nobody.test", 0));
        assert_true(SslEmptyCacheW((WCHAR *)(uintptr_t)u"Server.test", 0));
        assert_false(reused(&o, &t));
        assert_true(reused(&o, &t));
        assert_true(SslEmptyCacheA((LPSTR)(uintptr_t) "server.test", 0));
        assert_false(reused(&o, &t));
        assert_true(SslEmptyCacheA(NULL, 0));
        assert_false(SslEmptyCacheA(NULL, 0));
        assert_false(reused(&o, &t));
        ours_end(&o);
        theirs_end(&t);
    }
}

static SECURITY_STATUS session_token(struct ours *o, DWORD what)
{
    SCHANNEL_SESSION_TOKEN session = {SCHANNEL_SESSION, what};
    SecBuffer token = {sizeof(session), SECBUFFER_TOKEN, &session};
    SecBufferDesc desc = {SECBUFFER_VERSION, 1, &token};

    return ApplyControlToken(&o->context, &desc);
}

static void client_lifespan_and_token(void **state)
{
    SCH_CREDENTIALS c = {.dwVersion = SCH_CREDENTIALS_VERSION,
                         .hRootStore = world.roots,
                         .dwSessionLifespan = 999}; /* over at once, in whole seconds */
    struct ours o = {.server = false};
    struct theirs t;

    (void)state;
    theirs_new(&t, true);
    assert_int_equal(ours_acquire(&o, false, &c), SEC_E_OK);
    assert_false(reused(&o, &t));
    assert_false(reused(&o, &t));
    ours_end(&o);
    c.dwSessionLifespan = 0;
    c.dwFlags = SCH_CRED_DISABLE_RECONNECTS;
    assert_int_equal(ours_acquire(&o, false, &c), SEC_E_OK);
    assert_false(reused(&o, &t));
    assert_false(reused(&o, &t));
    ours_end(&o);
    ours_client(&o);
    assert_false(reused(&o, &t));
    assert_true(reused(&o, &t));
    assert_int_equal(session_token(&o, 7), SEC_E_INVALID_TOKEN);
    assert_int_equal(session_token(&o, SSL_SESSION_DISABLE_RECONNECTS), SEC_E_OK);
    assert_false(reused(&o, &t));
    ours_end(&o);
    theirs_end(&t);
}

/* ---- our server ---- */

static SSL_SESSION *kept;

static int keep(SSL *ssl, SSL_SESSION *session)
{
    (void)ssl;
    SSL_SESSION_free(kept);
    kept = session;
    return 1;
}

/* Their client offers what it has got. */
static bool taken_up(struct ours *o, struct theirs *t)
{
    bool is;

    ours_reset(o);
    theirs_connect(t);
    if (kept)
        SSL_set_session(t->ssl, kept);
    assert_int_equal(shake(o, t), SEC_E_OK);
    is = SSL_session_reused(t->ssl);
    return is;
}

static void forget(void)
{
    SSL_SESSION_free(kept);
    kept = NULL;
}

static void client_of_ours(struct theirs *t, bool old, bool tickets)
{
    theirs_new(t, false);
    SSL_CTX_set_session_cache_mode(t->context, SSL_SESS_CACHE_CLIENT);
    SSL_CTX_sess_set_new_cb(t->context, keep);
    if (old)
        SSL_CTX_set_max_proto_version(t->context, TLS1_2_VERSION);
    if (!tickets)
        SSL_CTX_set_options(t->context, SSL_OP_NO_TICKET);
}

static void server_sessions(void **state)
{
    (void)state;
    for (int way = 0; way < 4; way++) {
        struct theirs t;
        struct ours o;

        ours_server(&o);
        client_of_ours(&t, way & 1, way & 2);
        assert_false(taken_up(&o, &t));
        if (!taken_up(&o, &t))
            fail_msg("way %d: not taken up, %d %d", way, kept != NULL,
                     kept ? SSL_SESSION_is_resumable(kept) : 0);
        /* Who was not asked for a certificate comes not in where one is. */
        o.flags |= ASC_REQ_MUTUAL_AUTH;
        assert_false(taken_up(&o, &t));
        ours_end(&o);
        theirs_end(&t);
        forget();
    }
}

/* Of TLS 1.3: by the next leg; messages go on all the same. */
static void get_ticket(struct ours *o, struct theirs *t)
{
    struct bytes to_them = {NULL, 0};
    char text[16];

    ours_send(o, "first", &to_them);
    assert_int_equal(theirs_receive(t, &to_them, text, sizeof(text)), 5);
    assert_null(kept);
    assert_int_equal(ours_leg(o, NULL, &to_them), SEC_E_OK);
    ours_send(o, "then", &to_them);
    assert_int_equal(theirs_receive(t, &to_them, text, sizeof(text)), 4);
    assert_non_null(kept);
    bytes_free(&to_them);
}

static void server_without(void **state)
{
    PCCERT_CONTEXT own = certificate_of(&world.server, true);
    SCH_CREDENTIALS c = {.dwVersion = SCH_CREDENTIALS_VERSION,
                         .cCreds = 1,
                         .paCred = &own,
                         .dwFlags = SCH_CRED_DISABLE_RECONNECTS};

    (void)state;
    for (int way = 0; way < 4; way++) {
        struct ours o = {.server = true};
        struct theirs t;

        assert_int_equal(ours_acquire(&o, true, &c), SEC_E_OK);
        client_of_ours(&t, way & 1, way & 2);
        assert_false(taken_up(&o, &t));
        assert_false(taken_up(&o, &t));
        /* But this one may, from now on: its ID was given to the client. */
        assert_int_equal(session_token(&o, SSL_SESSION_ENABLE_RECONNECTS), SEC_E_OK);
        if (!(way & 1))
            get_ticket(&o, &t);
        assert_true(taken_up(&o, &t));
        ours_end(&o);
        theirs_end(&t);
        forget();
    }
    CertFreeCertificateContext(own);
}

static void server_token(void **state)
{
    (void)state;
    for (int way = 0; way < 2; way++) {
        struct theirs t;
        struct ours o;

        ours_server(&o);
        client_of_ours(&t, true, false);
        assert_false(taken_up(&o, &t));
        if (way) {
            assert_int_equal(session_token(&o, SSL_SESSION_DISABLE_RECONNECTS), SEC_E_OK);
            assert_false(taken_up(&o, &t));
        } else {
            assert_true(SslEmptyCacheW(NULL, 0));
            assert_false(SslEmptyCacheW(NULL, 0));
            assert_false(taken_up(&o, &t));
        }
        ours_end(&o);
        theirs_end(&t);
        forget();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(client_conditions), cmocka_unit_test(client_lifespan_and_token),
        cmocka_unit_test(server_sessions),   cmocka_unit_test(server_without),
        cmocka_unit_test(server_token),
    };

    return cmocka_run_group_tests(tests, world_setup, world_teardown);
}
