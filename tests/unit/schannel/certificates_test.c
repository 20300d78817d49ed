/*
 * Whose certificate is good, who shows one, and what either side hears when it is not.
 */
#include "tests/unit/schannel/sides.h"

#include <openssl/pem.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void acquire_client(struct ours *o, const struct entity *own, HCERTSTORE roots, DWORD flags)
{
    PCCERT_CONTEXT certificate = own ? certificate_of(own, true) : NULL;
    SCH_CREDENTIALS c = {.dwVersion = SCH_CREDENTIALS_VERSION,
                         .cCreds = own ? 1 : 0,
                         .paCred = &certificate,
                         .hRootStore = roots,
                         .dwFlags = flags};

    *o = (struct ours){.server = false};
    assert_int_equal(ours_acquire(o, false, &c), SEC_E_OK);
    if (own)
        CertFreeCertificateContext(certificate);
}

static void wrong_name(void **state)
{
    struct theirs t;
    struct ours o;

    (void)state;
    ours_client(&o);
    o.target = u"elsewhere.test";
    theirs_new(&t, true);
    assert_int_equal(shake(&o, &t), SEC_E_WRONG_PRINCIPAL);
    ours_end(&o);
    theirs_end(&t);
    acquire_client(&o, NULL, world.roots, SCH_CRED_NO_SERVERNAME_CHECK);
    o.target = u"elsewhere.test";
    theirs_new(&t, true);
    assert_int_equal(shake(&o, &t), SEC_E_OK);
    ours_end(&o);
    theirs_end(&t);
}

/* What can be nobody's name. */
static void no_name(void **state)
{
    static const WCHAR lone[] = {'a', 0xd800, 'b', 0};
    struct bytes out = {NULL, 0};
    struct ours o;

    (void)state;
    ours_client(&o);
    o.target = lone;
    assert_int_equal(ours_leg(&o, NULL, &out), SEC_E_TARGET_UNKNOWN);
    assert_int_equal(out.size, 0);
    o.flags |= ISC_REQ_MANUAL_CRED_VALIDATION;
    assert_int_equal(ours_leg(&o, NULL, &out), SEC_I_CONTINUE_NEEDED);
    bytes_free(&out);
    ours_end(&o);
}

/* The server hears what it is, by an alert. */
static void untrusted(void **state)
{
    struct bytes to_us = {NULL, 0}, to_them = {NULL, 0};
    struct theirs t;
    struct ours o;

    (void)state;
    acquire_client(&o, NULL, NULL, 0); /* the system's roots */
    o.wants_alert = true;
    theirs_new(&t, true);
    SSL_set_max_proto_version(t.ssl, TLS1_2_VERSION);
    assert_int_equal(ours_leg(&o, NULL, &to_them), SEC_I_CONTINUE_NEEDED);
    theirs_step(&t, &to_them, &to_us);
    assert_int_equal(ours_leg(&o, &to_us, &to_them), SEC_E_UNTRUSTED_ROOT);
    assert_int_equal(o.alert_size, 7);
    assert_memory_equal(o.alert, "\x15\x03\x03\x00\x02\x02\x30", 7); /* unknown_ca */
    assert_int_equal(to_them.size, 7);
    assert_memory_equal(o.alert, to_them.data, 7);
    bytes_free(&to_us);
    bytes_free(&to_them);
    /* Nothing goes on. */
    assert_int_equal(ours_leg(&o, NULL, &to_them), SEC_E_CONTEXT_EXPIRED);
    ours_end(&o);
    theirs_end(&t);
    /* Nobody is told who was not asked to. */
    acquire_client(&o, NULL, NULL, 0);
    o.flags &= ~(ULONG)ISC_REQ_EXTENDED_ERROR;
    theirs_new(&t, true);
    assert_int_equal(ours_leg(&o, NULL, &to_them), SEC_I_CONTINUE_NEEDED);
    theirs_step(&t, &to_them, &to_us);
    assert_int_equal(ours_leg(&o, &to_us, &to_them), SEC_E_UNTRUSTED_ROOT);
    assert_int_equal(to_them.size, 0);
    bytes_free(&to_us);
    bytes_free(&to_them);
    ours_end(&o);
    theirs_end(&t);
}

static void manual(void **state)
{
    (void)state;
    for (int way = 0; way < 3; way++) {
        struct theirs t;
        struct ours o;

        acquire_client(&o, NULL, NULL, way == 0 ? SCH_CRED_MANUAL_CRED_VALIDATION : 0);
        o.target = u"elsewhere.test";
        if (way == 1)
            o.flags |= ISC_REQ_MANUAL_CRED_VALIDATION;
        theirs_new(&t, true);
        assert_int_equal(shake(&o, &t), way < 2 ? SEC_E_OK : SEC_E_UNTRUSTED_ROOT);
        if (way < 2)
            assert_int_equal(o.attributes & ISC_RET_MUTUAL_AUTH, 0);
        if (way < 2)
            assert_int_equal(o.attributes & ISC_RET_MANUAL_CRED_VALIDATION,
                             way == 1 ? ISC_RET_MANUAL_CRED_VALIDATION : 0);
        ours_end(&o);
        theirs_end(&t);
    }
}

/* OpenSSL refuses ours: its alert is the answer. */
static void refused_by_peer(void **state)
{
    (void)state;
    for (int old = 0; old < 2; old++) {
        struct theirs t;
        struct ours o;
        PCCERT_CONTEXT own = certificate_of(&world.stranger, true);
        SCH_CREDENTIALS c = {.dwVersion = SCH_CREDENTIALS_VERSION, .cCreds = 1, .paCred = &own};
        struct bytes to_us = {NULL, 0}, to_them = {NULL, 0};
        SECURITY_STATUS status = SEC_I_CONTINUE_NEEDED;

        o = (struct ours){.server = true};
        assert_int_equal(ours_acquire(&o, true, &c), SEC_E_OK);
        CertFreeCertificateContext(own);
        theirs_new(&t, false);
        if (old)
            SSL_set_max_proto_version(t.ssl, TLS1_2_VERSION);
        for (int leg = 0; leg < 4 && status == SEC_I_CONTINUE_NEEDED; leg++) {
            theirs_step(&t, &to_them, &to_us);
            status = ours_leg(&o, &to_us, &to_them);
        }
        assert_int_equal(status, SEC_E_UNTRUSTED_ROOT);
        bytes_free(&to_us);
        bytes_free(&to_them);
        ours_end(&o);
        theirs_end(&t);
    }
}

/* ---- clients' ---- */

static void ask(struct theirs *t, bool old)
{
    theirs_new(t, true);
    SSL_set_verify(t->ssl, SSL_VERIFY_PEER, NULL);
    SSL_add1_to_CA_list(t->ssl, world.root.x509);
    if (old)
        SSL_set_max_proto_version(t->ssl, TLS1_2_VERSION);
}

static void client_has_one(void **state)
{
    (void)state;
    for (int old = 0; old < 2; old++) {
        struct theirs t;
        struct ours o;
        X509 *shown;

        acquire_client(&o, &world.client, world.roots, 0);
        ask(&t, old);
        assert_int_equal(shake(&o, &t), SEC_E_OK);
        shown = SSL_get0_peer_certificate(t.ssl);
        assert_non_null(shown);
        assert_int_equal(X509_cmp(shown, world.client.x509), 0);
        ours_end(&o);
        theirs_end(&t);
    }
}

static void check_issuers(struct ours *o)
{
    SecPkgContext_IssuerListInfoEx list = {NULL, 0};
    const unsigned char *at;
    X509_NAME *name;

    assert_int_equal(QueryContextAttributesW(&o->context, SECPKG_ATTR_ISSUER_LIST_EX, &list),
                     SEC_E_OK);
    assert_int_equal(list.cIssuers, 1);
    at = list.aIssuers[0].pbData;
    name = d2i_X509_NAME(NULL, &at, list.aIssuers[0].cbData);
    assert_int_equal(X509_NAME_cmp(name, X509_get_subject_name(world.root.x509)), 0);
    X509_NAME_free(name);
    FreeContextBuffer(list.aIssuers);
}

/*
 * SEC_I_INCOMPLETE_CREDENTIALS; then another credential, or the same again, which goes on without;
 * with the same bytes again, or those behind.
 */
static void incomplete(void **state)
{
    (void)state;
    for (int way = 0; way < 8; way++) {
        bool old = way & 1, again = way & 2, other = way & 4;
        struct bytes to_us = {NULL, 0}, to_them = {NULL, 0};
        struct ours o, better;
        SECURITY_STATUS status;
        struct theirs t;
        CredHandle first;
        X509 *shown;

        acquire_client(&o, way & 1 ? &world.stranger : NULL, world.roots,
                       SCH_CRED_NO_DEFAULT_CREDS);
        acquire_client(&better, &world.client, world.roots, 0);
        first = o.credential;
        ask(&t, old);
        if (!other && old) /* without the right one, the server does not mind here */
            SSL_set_verify(t.ssl, SSL_VERIFY_PEER, NULL);
        assert_int_equal(ours_leg(&o, NULL, &to_them), SEC_I_CONTINUE_NEEDED);
        theirs_step(&t, &to_them, &to_us);
        status = ours_leg(&o, &to_us, &to_them);
        assert_int_equal(status, SEC_I_INCOMPLETE_CREDENTIALS);
        check_issuers(&o);
        if (other)
            o.credential = better.credential;
        if (!again) /* as if it had been read; what OpenSSL has not taken yet stays */
            bytes_drop(&to_us, to_us.size - (o.rest_type == SECBUFFER_EXTRA ? o.rest_size : 0));
        for (int leg = 0;
             leg < 4 && (status == SEC_I_CONTINUE_NEEDED || status == SEC_I_INCOMPLETE_CREDENTIALS);
             leg++) {
            status = ours_leg(&o, &to_us, &to_them);
            assert_int_not_equal(status, SEC_I_INCOMPLETE_CREDENTIALS);
            if (status < 0)
                break;
            theirs_step(&t, &to_them, &to_us);
        }
        if (other || !old) {
            assert_int_equal(status, SEC_E_OK);
            shown = SSL_get0_peer_certificate(t.ssl);
            if (other)
                assert_int_equal(X509_cmp(shown, world.client.x509), 0);
            else
                assert_null(shown);
        } else { /* the stranger's is shown as it is, and refused */
            assert_int_equal(status, SEC_E_UNTRUSTED_ROOT);
        }
        o.credential = first;
        bytes_free(&to_us);
        bytes_free(&to_them);
        ours_end(&o);
        ours_end(&better);
        theirs_end(&t);
    }
}

/* ISC_REQ_USE_SUPPLIED_CREDS: what is there goes, and nobody asks. */
static void supplied(void **state)
{
    struct theirs t;
    struct ours o;

    (void)state;
    acquire_client(&o, NULL, world.roots, 0);
    o.flags |= ISC_REQ_USE_SUPPLIED_CREDS;
    ask(&t, true);
    assert_int_equal(shake(&o, &t), SEC_E_OK);
    assert_null(SSL_get0_peer_certificate(t.ssl));
    assert_int_equal(o.attributes & ISC_RET_USED_SUPPLIED_CREDS, ISC_RET_USED_SUPPLIED_CREDS);
    ours_end(&o);
    theirs_end(&t);
}

/* The one of the user's store that the server's authorities have signed. */
static void of_the_store(void **state)
{
    const struct entity *all[] = {&world.stranger, &world.client};
    char folder[] = "/tmp/credmgr-tls-XXXXXX", path[128];
    struct theirs t;
    struct ours o;

    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/credmgr", folder);
    assert_int_equal(mkdir(path, 0700), 0);
    snprintf(path, sizeof(path), "%s/credmgr/certificates", folder);
    assert_int_equal(mkdir(path, 0700), 0);
    for (int i = 0; i < 2; i++) {
        FILE *file;

        snprintf(path, sizeof(path), "%s/credmgr/certificates/%d.pem", folder, i);
        file = fopen(path, "w");
        assert_non_null(file);
        assert_int_equal(fchmod(fileno(file), 0600), 0);
        PEM_write_X509(file, all[i]->x509);
        PEM_write_PrivateKey(file, all[i]->key, NULL, NULL, 0, NULL, NULL);
        fclose(file);
    }
    setenv("XDG_CONFIG_HOME", folder, 1);
    acquire_client(&o, NULL, world.roots, 0);
    ask(&t, false);
    assert_int_equal(shake(&o, &t), SEC_E_OK);
    assert_non_null(SSL_get0_peer_certificate(t.ssl));
    assert_int_equal(X509_cmp(SSL_get0_peer_certificate(t.ssl), world.client.x509), 0);
    ours_end(&o);
    theirs_end(&t);
    acquire_client(&o, NULL, world.roots, SCH_CRED_NO_DEFAULT_CREDS);
    ask(&t, false);
    assert_int_equal(shake(&o, &t), SEC_I_INCOMPLETE_CREDENTIALS);
    ours_end(&o);
    theirs_end(&t);
    setenv("XDG_CONFIG_HOME", "/nonexistent", 1);
    for (int i = 0; i < 2; i++) {
        snprintf(path, sizeof(path), "%s/credmgr/certificates/%d.pem", folder, i);
        unlink(path);
    }
    snprintf(path, sizeof(path), "%s/credmgr/certificates", folder);
    rmdir(path);
    snprintf(path, sizeof(path), "%s/credmgr", folder);
    rmdir(path);
    assert_int_equal(rmdir(folder), 0);
}

/* Our server asks. */
static void server_asks(void **state)
{
    (void)state;
    for (int way = 0; way < 6; way++) {
        const struct entity *whose[] = {&world.client, NULL, &world.stranger};
        SECURITY_STATUS expected[] = {SEC_E_OK, SEC_E_OK, SEC_E_UNTRUSTED_ROOT};
        struct theirs t;
        struct ours o;

        ours_server(&o);
        o.flags |= ASC_REQ_MUTUAL_AUTH;
        theirs_new(&t, false);
        if (way & 1)
            SSL_set_max_proto_version(t.ssl, TLS1_2_VERSION);
        if (whose[way / 2]) {
            assert_int_equal(SSL_use_certificate(t.ssl, whose[way / 2]->x509), 1);
            assert_int_equal(SSL_use_PrivateKey(t.ssl, whose[way / 2]->key), 1);
        }
        assert_int_equal(shake(&o, &t), expected[way / 2]);
        if (way / 2 < 2) {
            PCCERT_CONTEXT seen = NULL;
            SECURITY_STATUS status =
                QueryContextAttributesW(&o.context, SECPKG_ATTR_REMOTE_CERT_CONTEXT, &seen);

            assert_int_equal(o.attributes & ASC_RET_MUTUAL_AUTH,
                             way / 2 == 0 ? ASC_RET_MUTUAL_AUTH : 0);
            assert_int_equal(status, way / 2 == 0 ? SEC_E_OK : SEC_E_NO_CREDENTIALS);
            if (seen)
                CertFreeCertificateContext(seen);
            /* It has named the authorities of hRootStore. */
            assert_int_equal(sk_X509_NAME_num(SSL_get0_peer_CA_list(t.ssl)), 1);
        }
        ours_end(&o);
        theirs_end(&t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wrong_name),      cmocka_unit_test(no_name),
        cmocka_unit_test(untrusted),       cmocka_unit_test(manual),
        cmocka_unit_test(refused_by_peer), cmocka_unit_test(client_has_one),
        cmocka_unit_test(incomplete),      cmocka_unit_test(of_the_store),
        cmocka_unit_test(supplied),        cmocka_unit_test(server_asks),
    };

    return cmocka_run_group_tests(tests, world_setup, world_teardown);
}
