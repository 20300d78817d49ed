/*
 * Names: the certificate for the one that is asked for, what is asked for, and the protocol inside.
 */
#include "tests/unit/schannel/sides.h"

#include <string.h>

static UNICODE_STRING counted(const WCHAR *text)
{
    size_t units = 0;

    while (text[units])
        units++;
    return (UNICODE_STRING){(USHORT)(units * 2), (USHORT)(units * 2), (WCHAR *)(uintptr_t)text};
}

/* ---- names ---- */

static void by_name(void **state)
{
    PCCERT_CONTEXT list[] = {certificate_of(&world.server, true),
                             certificate_of(&world.other_server, true),
                             certificate_of(&world.rsa_server, true)};
    SCH_CREDENTIALS c = {.dwVersion = SCH_CREDENTIALS_VERSION, .cCreds = 3, .paCred = list};
    static const struct {
        const char *name, *suites;
        struct entity *shown;
    } cases[] = {{"server.test", NULL, &world.server},
                 {"OTHER.test", NULL, &world.other_server},
                 {"unknown.test", NULL, &world.server},
                 {NULL, NULL, &world.server},
                 {"server.test", "aRSA", &world.rsa_server}};
    struct ours o = {.server = true};

    (void)state;
    assert_int_equal(ours_acquire(&o, true, &c), SEC_E_OK);
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct theirs t;

        theirs_new(&t, false);
        if (cases[i].name)
            SSL_set_tlsext_host_name(t.ssl, cases[i].name);
        if (cases[i].suites) {
            SSL_set_max_proto_version(t.ssl, TLS1_2_VERSION);
            SSL_set_cipher_list(t.ssl, cases[i].suites);
        }
        assert_int_equal(shake(&o, &t), SEC_E_OK);
        assert_int_equal(X509_cmp(SSL_get0_peer_certificate(t.ssl), cases[i].shown->x509), 0);
        ours_reset(&o);
        theirs_end(&t);
    }
    ours_end(&o);
    for (int i = 0; i < 3; i++)
        CertFreeCertificateContext(list[i]);
}

/* No SNI for an address, and none of the dot at the end of a name. */
static void names_sent(void **state)
{
    static const struct {
        const WCHAR *target;
        const char *sent;
    } cases[] = {{u"server.test.", "server.test"}, {u"b\u00fccher.test", "xn--bcher-kva.test"},
                 {u"TERMSRV/server.test", NULL},   {u"192.0.2.1", NULL},
                 {u"2001:db8::1", NULL},           {NULL, NULL}};
    SCH_CREDENTIALS c = {.dwVersion = SCH_CREDENTIALS_VERSION,
                         .hRootStore = world.roots,
                         .dwFlags = SCH_CRED_MANUAL_CRED_VALIDATION};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct ours o = {.server = false};
        const char *sent;
        struct theirs t;

        assert_int_equal(ours_acquire(&o, false, &c), SEC_E_OK);
        o.target = cases[i].target;
        theirs_new(&t, true);
        assert_int_equal(shake(&o, &t), SEC_E_OK);
        sent = SSL_get_servername(t.ssl, TLSEXT_NAMETYPE_host_name);
        if (cases[i].sent)
            assert_string_equal(sent, cases[i].sent);
        else
            assert_null(sent);
        ours_end(&o);
        theirs_end(&t);
    }
}

/* ---- the protocol inside ---- */

struct alpn {
    SEC_APPLICATION_PROTOCOLS head;
    uint8_t more[64];
};

static void offer(struct ours *o, struct alpn *a, const char *list)
{
    size_t size = strlen(list);

    memset(a, 0, sizeof(*a));
    a->head.ProtocolListsSize =
        (ULONG)(offsetof(SEC_APPLICATION_PROTOCOL_LIST, ProtocolList) + size);
    a->head.ProtocolLists[0].ProtoNegoExt = SecApplicationProtocolNegotiationExt_ALPN;
    a->head.ProtocolLists[0].ProtocolListSize = (USHORT)size;
    memcpy(a->head.ProtocolLists[0].ProtocolList, list, size);
    o->protocols = a;
    o->protocols_size = sizeof(ULONG) + a->head.ProtocolListsSize;
}

static int choose_h2(SSL *ssl, const unsigned char **out, unsigned char *out_size,
                     const unsigned char *in, unsigned in_size, void *arg)
{
    (void)ssl, (void)arg;
    return SSL_select_next_proto((unsigned char **)(uintptr_t)out, out_size,
                                 (const uint8_t *)"\x02h2", 3, in,
                                 in_size) == OPENSSL_NPN_NEGOTIATED
               ? SSL_TLSEXT_ERR_OK
               : SSL_TLSEXT_ERR_ALERT_FATAL;
}

static void inside(void **state)
{
    SecPkgContext_ApplicationProtocol got;
    const unsigned char *chosen;
    unsigned size;
    struct theirs t;
    struct alpn a;
    struct ours o;

    (void)state;
    ours_client(&o);
    offer(&o, &a, "\x08http/1.1\x02h2");
    theirs_new(&t, true);
    SSL_CTX_set_alpn_select_cb(t.context, choose_h2, NULL);
    assert_int_equal(shake(&o, &t), SEC_E_OK);
    assert_int_equal(QueryContextAttributesW(&o.context, SECPKG_ATTR_APPLICATION_PROTOCOL, &got),
                     SEC_E_OK);
    assert_int_equal(got.ProtocolIdSize, 2);
    assert_memory_equal(got.ProtocolId, "h2", 2);
    ours_reset(&o);
    offer(&o, &a, "\x08http/1.1");
    theirs_connect(&t);
    assert_int_equal(shake(&o, &t), SEC_E_APPLICATION_PROTOCOL_MISMATCH);
    ours_reset(&o);
    for (int bad = 0; bad < 3; bad++) { /* lengths that lie */
        struct bytes none = {NULL, 0};

        offer(&o, &a, bad == 0 ? "\x09http/1.1" : "\x02h2");
        if (bad == 1)
            o.protocols_size--;
        if (bad == 2)
            a.head.ProtocolLists[0].ProtocolListSize++;
        assert_int_equal(ours_raw(&o, NULL, 0, &none), SEC_E_INVALID_TOKEN);
        assert_int_equal(none.size, 0);
    }
    ours_end(&o);
    theirs_end(&t);
    /* A server: its own order counts. */
    ours_server(&o);
    offer(&o, &a, "\x02h2\x08http/1.1");
    theirs_new(&t, false);
    SSL_set_alpn_protos(t.ssl, (const uint8_t *)"\x08http/1.1\x02h2", 12);
    assert_int_equal(shake(&o, &t), SEC_E_OK);
    SSL_get0_alpn_selected(t.ssl, &chosen, &size);
    assert_int_equal(size, 2);
    ours_reset(&o);
    theirs_connect(&t);
    SSL_set_alpn_protos(t.ssl,
                        (const uint8_t *)"\x03"
                                         "ftp",
                        4);
    assert_int_equal(shake(&o, &t), SEC_E_APPLICATION_PROTOCOL_MISMATCH);
    ours_end(&o);
    theirs_end(&t);
}

/* h2 may not be spoken with TLS 1.2 by this credential: http/1.1 is. */
static void inside_restricted(void **state)
{
    PCCERT_CONTEXT own = certificate_of(&world.server, true);
    UNICODE_STRING h2 = counted(u"h2");
    TLS_PARAMETERS p = {
        .cAlpnIds = 1, .rgstrAlpnIds = &h2, .grbitDisabledProtocols = SP_PROT_TLS1_2};
    SCH_CREDENTIALS c = {.dwVersion = SCH_CREDENTIALS_VERSION,
                         .cCreds = 1,
                         .paCred = &own,
                         .hRootStore = world.roots,
                         .cTlsParameters = 1,
                         .pTlsParameters = &p};
    struct ours o = {.server = true};
    const unsigned char *chosen;
    struct theirs t;
    struct alpn a;
    unsigned size;

    (void)state;
    assert_int_equal(ours_acquire(&o, true, &c), SEC_E_OK);
    for (int old = 0; old < 2; old++) {
        offer(&o, &a, "\x02h2\x08http/1.1");
        theirs_new(&t, false);
        if (old)
            SSL_set_max_proto_version(t.ssl, TLS1_2_VERSION);
        SSL_set_alpn_protos(t.ssl, (const uint8_t *)"\x08http/1.1\x02h2", 12);
        assert_int_equal(shake(&o, &t), SEC_E_OK);
        SSL_get0_alpn_selected(t.ssl, &chosen, &size);
        assert_int_equal(size, old ? 8 : 2);
        ours_reset(&o);
        theirs_end(&t);
    }
    ours_end(&o);
    /* And a client is done with a server that has chosen it. */
    o = (struct ours){.server = false};
    assert_int_equal(ours_acquire(&o, false, &c), SEC_E_OK);
    offer(&o, &a, "\x02h2");
    theirs_new(&t, true);
    SSL_CTX_set_alpn_select_cb(t.context, choose_h2, NULL);
    SSL_set_max_proto_version(t.ssl, TLS1_2_VERSION);
    assert_int_equal(shake(&o, &t), SEC_E_ALGORITHM_MISMATCH);
    ours_end(&o);
    theirs_end(&t);
    CertFreeCertificateContext(own);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_name),
        cmocka_unit_test(names_sent),
        cmocka_unit_test(inside),
        cmocka_unit_test(inside_restricted),
    };

    return cmocka_run_group_tests(tests, world_setup, world_teardown);
}
