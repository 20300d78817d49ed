/*
 * A session is nobody's way round the rules by which peers are validated: it is taken up only where
 * the same peer would have been let in.
 */
#include "tests/unit/schannel/sides.h"

#include <string.h>

/* ---- servers that share the keys of their tickets ---- */

static void share_key(struct ours *o)
{
    SecPkgCred_SessionTicketKey key = {.TicketInfoVersion = SESSION_TICKET_INFO_V0,
                                       .KeyId = "sixteen of bytes",
                                       .KeyingMaterialSize = 64};
    SecPkgCred_SessionTicketKeys keys = {1, &key};

    memset(key.KeyingMaterial, 's', sizeof(key.KeyingMaterial));
    assert_int_equal(SetCredentialsAttributesW(&o->credential, SECPKG_ATTR_SESSION_TICKET_KEYS,
                                               &keys, sizeof(keys)),
                     SEC_E_OK);
}

/* It asks its clients for a certificate. */
static void server(struct ours *o, HCERTSTORE roots, DWORD flags)
{
    PCCERT_CONTEXT own = certificate_of(&world.server, true);
    SCH_CREDENTIALS c = {.dwVersion = SCH_CREDENTIALS_VERSION,
                         .cCreds = 1,
                         .paCred = &own,
                         .hRootStore = roots,
                         .dwFlags = flags};

    *o = (struct ours){.server = true};
    assert_int_equal(ours_acquire(o, true, &c), SEC_E_OK);
    CertFreeCertificateContext(own);
    o->flags |= ASC_REQ_MUTUAL_AUTH;
    share_key(o);
}

static SSL_SESSION *kept;

static int keep(SSL *ssl, SSL_SESSION *session)
{
    (void)ssl;
    SSL_SESSION_free(kept);
    kept = session;
    return 1;
}

static void forget(void)
{
    SSL_SESSION_free(kept);
    kept = NULL;
}

static void their_client(struct theirs *t, const struct entity *own, bool old)
{
    theirs_new(t, false);
    SSL_CTX_set_session_cache_mode(t->context, SSL_SESS_CACHE_CLIENT);
    SSL_CTX_sess_set_new_cb(t->context, keep);
    if (old)
        SSL_CTX_set_max_proto_version(t->context, TLS1_2_VERSION);
    assert_int_equal(SSL_CTX_use_certificate(t->context, own->x509), 1);
    assert_int_equal(SSL_CTX_use_PrivateKey(t->context, own->key), 1);
}

/* With the session that it has got, if it has one. */
static SECURITY_STATUS come(struct ours *o, struct theirs *t)
{
    ours_reset(o);
    theirs_connect(t);
    if (kept)
        SSL_set_session(t->ssl, kept);
    return shake(o, t);
}

/* Who was let in without being looked at is looked at elsewhere. */
static void shared_tickets(void **state)
{
    (void)state;
    for (int old = 0; old < 2; old++) {
        struct ours lenient, twin, strict;
        struct theirs t;

        server(&lenient, world.roots, SCH_CRED_MANUAL_CRED_VALIDATION);
        server(&twin, world.roots, SCH_CRED_MANUAL_CRED_VALIDATION);
        server(&strict, world.roots, 0);
        their_client(&t, &world.stranger, old);
        assert_int_equal(come(&lenient, &t), SEC_E_OK);
        assert_int_equal(come(&twin, &t), SEC_E_OK); /* what the key is shared for */
        assert_true(SSL_session_reused(t.ssl));
        assert_int_equal(come(&strict, &t), SEC_E_UNTRUSTED_ROOT);
        ours_end(&lenient);
        ours_end(&twin);
        ours_end(&strict);
        theirs_end(&t);
        forget();
    }
}

/* Nor is who came from an authority that is not the other server's. */
static void shared_tickets_other_roots(void **state)
{
    HCERTSTORE roots = CertOpenStore(CERT_STORE_PROV_MEMORY, 0, 0, 0, NULL);
    PCCERT_CONTEXT root = certificate_of(&world.stranger_root, false);
    struct ours theirs_only, ours_only;
    struct theirs t;

    (void)state;
    assert_true(CertAddCertificateContextToStore(roots, root, CERT_STORE_ADD_ALWAYS, NULL));
    CertFreeCertificateContext(root);
    server(&theirs_only, roots, 0);
    server(&ours_only, world.roots, 0);
    their_client(&t, &world.stranger, false);
    assert_int_equal(come(&theirs_only, &t), SEC_E_OK);
    assert_int_equal(come(&theirs_only, &t), SEC_E_OK);
    assert_true(SSL_session_reused(t.ssl));
    assert_int_equal(come(&ours_only, &t), SEC_E_UNTRUSTED_ROOT);
    ours_end(&theirs_only);
    ours_end(&ours_only);
    theirs_end(&t);
    forget();
    CertCloseStore(roots, 0);
}

/* The certificate ends before the session would; tickets for tickets do not outlive it either. */
static void no_longer_than_the_certificate(void **state)
{
    (void)state;
    for (int old = 0; old < 2; old++) {
        struct ours o;
        struct theirs t;

        server(&o, world.roots, 0);
        their_client(&t, &world.client, old); /* which is good for an hour */
        assert_int_equal(come(&o, &t), SEC_E_OK);
        assert_in_range(SSL_SESSION_get_ticket_lifetime_hint(kept), 1, 3600);
        assert_int_equal(come(&o, &t), SEC_E_OK);
        assert_true(SSL_session_reused(t.ssl));
        ours_end(&o);
        theirs_end(&t);
        forget();
    }
}

/* Asked for by another credential than the connection began with: that one's rules count. */
static void another_asks(void **state)
{
    struct bytes to_us = {NULL, 0}, to_them = {NULL, 0};
    struct ours lenient, strict;
    struct theirs t;
    char nothing[4];

    (void)state;
    server(&lenient, world.roots, SCH_CRED_MANUAL_CRED_VALIDATION);
    server(&strict, world.roots, 0);
    lenient.flags &= ~(ULONG)ASC_REQ_MUTUAL_AUTH;
    their_client(&t, &world.stranger, false);
    SSL_CTX_set_post_handshake_auth(t.context, 1);
    assert_int_equal(come(&lenient, &t), SEC_E_OK);
    strict.context = lenient.context;
    strict.has_context = true;
    lenient.has_context = false;
    assert_int_equal(ours_leg(&strict, NULL, &to_them), SEC_I_CONTINUE_NEEDED);
    theirs_receive(&t, &to_them, nothing, sizeof(nothing));
    theirs_flush(&t, &to_us);
    assert_true(to_us.size > 0);
    assert_int_equal(ours_leg(&strict, &to_us, &to_them), SEC_E_UNTRUSTED_ROOT);
    bytes_free(&to_us);
    bytes_free(&to_them);
    ours_end(&strict);
    ours_end(&lenient);
    theirs_end(&t);
    forget();
}

/* ---- clients ---- */

static void client(struct ours *o, DWORD flags, const struct entity *own)
{
    PCCERT_CONTEXT certificate = own ? certificate_of(own, true) : NULL;
    SCH_CREDENTIALS c = {.dwVersion = SCH_CREDENTIALS_VERSION,
                         .cCreds = own ? 1 : 0,
                         .paCred = &certificate,
                         .hRootStore = world.roots,
                         .dwFlags = flags};

    *o = (struct ours){.server = false, .target = u"elsewhere.test"};
    assert_int_equal(ours_acquire(o, false, &c), SEC_E_OK);
    if (own)
        CertFreeCertificateContext(certificate);
}

/* A handshake that begins with one credential and ends with another. */
static void change_on_the_way(const struct ours *first, const struct ours *second, struct theirs *t)
{
    struct bytes to_us = {NULL, 0}, to_them = {NULL, 0};
    struct ours o = *first;
    SECURITY_STATUS status;
    char nothing[4];

    assert_int_equal(ours_leg(&o, NULL, &to_them), SEC_I_CONTINUE_NEEDED);
    theirs_step(t, &to_them, &to_us);
    status = ours_leg(&o, &to_us, &to_them);
    assert_int_equal(status, SEC_I_INCOMPLETE_CREDENTIALS);
    o.credential = second->credential;
    for (int leg = 0; leg < 3 && status > 0; leg++) {
        status = ours_leg(&o, &to_us, &to_them);
        theirs_step(t, &to_them, &to_us);
    }
    assert_int_equal(status, SEC_E_OK);
    while (to_us.size) /* tickets */
        assert_int_equal(ours_receive(&o, &to_us, nothing, sizeof(nothing)), SEC_E_OK);
    ours_reset(&o);
    bytes_free(&to_us);
    bytes_free(&to_them);
}

/* The second credential gets no session with a server that only the first one has let in. */
static void changed_credential(void **state)
{
    (void)state;
    for (int old = 0; old < 2; old++) {
        struct ours lenient, strict;
        struct theirs t;

        client(&lenient, SCH_CRED_NO_SERVERNAME_CHECK | SCH_CRED_NO_DEFAULT_CREDS, NULL);
        client(&strict, 0, &world.client);
        theirs_new(&t, true);
        if (old)
            SSL_CTX_set_max_proto_version(t.context, TLS1_2_VERSION);
        SSL_CTX_set_verify(t.context, SSL_VERIFY_PEER, NULL);
        theirs_connect(&t);
        change_on_the_way(&lenient, &strict, &t);
        theirs_connect(&t);
        assert_int_equal(shake(&strict, &t), SEC_E_WRONG_PRINCIPAL);
        ours_end(&lenient);
        ours_end(&strict);
        theirs_end(&t);
    }
}

/* Case is for letters of ASCII: these are two names, and two servers. */
static void two_names(void **state)
{
    struct ours o;
    struct theirs t;

    (void)state;
    client(&o, SCH_CRED_NO_SERVERNAME_CHECK, NULL);
    theirs_new(&t, true);
    o.target = u"\u03bf\u03c2.test";
    assert_int_equal(shake(&o, &t), SEC_E_OK);
    ours_reset(&o);
    theirs_connect(&t);
    o.target = u"\u03bf\u03c3.test";
    assert_int_equal(shake(&o, &t), SEC_E_OK);
    assert_false(SSL_session_reused(t.ssl));
    ours_reset(&o);
    theirs_connect(&t);
    o.target = u"\u03bf\u03c2.TEST";
    assert_int_equal(shake(&o, &t), SEC_E_OK);
    assert_true(SSL_session_reused(t.ssl));
    ours_end(&o);
    theirs_end(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shared_tickets),
        cmocka_unit_test(shared_tickets_other_roots),
        cmocka_unit_test(no_longer_than_the_certificate),
        cmocka_unit_test(another_asks),
        cmocka_unit_test(changed_credential),
        cmocka_unit_test(two_names),
    };

    return cmocka_run_group_tests(tests, world_setup, world_teardown);
}
