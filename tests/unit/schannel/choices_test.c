/*
 * What a credential leaves to choose from: protocol versions, suites, groups and signatures; and
 * what is no credential.
 */
#include "tests/unit/schannel/sides.h"

#include <string.h>

static SECURITY_STATUS acquire_old(struct ours *o, bool server, const SCHANNEL_CRED *given)
{
    PCCERT_CONTEXT own = certificate_of(&world.server, true);
    SCHANNEL_CRED c = *given;
    SECURITY_STATUS status;

    c.dwVersion = SCHANNEL_CRED_VERSION;
    c.hRootStore = world.roots;
    if (server) {
        c.cCreds = 1;
        c.paCred = &own;
    }
    *o = (struct ours){.server = server};
    status = ours_acquire(o, server, &c);
    CertFreeCertificateContext(own);
    return status;
}

/* The version that both sides come to; 0: none. */
static int version_of(bool server, DWORD protocols, int theirs)
{
    SCHANNEL_CRED c = {.grbitEnabledProtocols = protocols};
    struct theirs t;
    struct ours o;
    SECURITY_STATUS status;
    int version;

    assert_int_equal(acquire_old(&o, server, &c), SEC_E_OK);
    theirs_new(&t, !server);
    if (theirs)
        SSL_set_max_proto_version(t.ssl, theirs);
    status = shake(&o, &t);
    version = status == SEC_E_OK ? SSL_version(t.ssl) : 0;
    ours_end(&o);
    theirs_end(&t);
    return version;
}

static void protocols(void **state)
{
    SCHANNEL_CRED c = {.grbitEnabledProtocols = SP_PROT_TLS1_0_CLIENT | SP_PROT_TLS1_1_CLIENT};
    struct ours o;

    (void)state;
    assert_int_equal(version_of(false, 0, 0), TLS1_3_VERSION);
    assert_int_equal(version_of(true, 0, 0), TLS1_3_VERSION);
    assert_int_equal(version_of(false, SP_PROT_TLS1_2_CLIENT, 0), TLS1_2_VERSION);
    assert_int_equal(version_of(true, SP_PROT_TLS1_2_SERVER, 0), TLS1_2_VERSION);
    assert_int_equal(version_of(false, SP_PROT_TLS1_3_CLIENT, 0), TLS1_3_VERSION);
    assert_int_equal(version_of(false, SP_PROT_TLS1_3_CLIENT, TLS1_2_VERSION), 0);
    assert_int_equal(version_of(true, SP_PROT_TLS1_3_SERVER, TLS1_2_VERSION), 0);
    assert_int_equal(version_of(true, SP_PROT_TLS1_X, TLS1_2_VERSION), TLS1_2_VERSION);
    assert_int_equal(acquire_old(&o, false, &c), SEC_E_ALGORITHM_MISMATCH);
    c.grbitEnabledProtocols = SP_PROT_TLS1_2_SERVER; /* of the other side */
    assert_int_equal(acquire_old(&o, false, &c), SEC_E_ALGORITHM_MISMATCH);
}

/* The suite that a connection of TLS 1.2 has; NULL: none. */
static const char *suite(SCHANNEL_CRED *c, DWORD protocol)
{
    const char *name = NULL;
    struct theirs t;
    struct ours o;
    SECURITY_STATUS status;

    c->grbitEnabledProtocols = protocol;
    status = acquire_old(&o, false, c);
    if (status != SEC_E_OK) {
        assert_int_equal(status, SEC_E_ALGORITHM_MISMATCH);
        return NULL;
    }
    theirs_new(&t, true);
    assert_int_equal(SSL_set_cipher_list(t.ssl, "ALL:eNULL:@SECLEVEL=0"), 1);
    assert_int_equal(SSL_use_certificate(t.ssl, world.rsa_server.x509), 1);
    assert_int_equal(SSL_use_PrivateKey(t.ssl, world.rsa_server.key), 1);
    SSL_set_dh_auto(t.ssl, 1);
    if (shake(&o, &t) == SEC_E_OK)
        name = SSL_CIPHER_get_name(SSL_get_current_cipher(t.ssl));
    ours_end(&o);
    theirs_end(&t);
    return name;
}

static void strengths(void **state)
{
    SCHANNEL_CRED c = {.dwMaximumCipherStrength = 128};

    (void)state;
    assert_string_equal(suite(&c, SP_PROT_TLS1_3_CLIENT), "TLS_AES_128_GCM_SHA256");
    assert_non_null(strstr(suite(&c, SP_PROT_TLS1_2_CLIENT), "AES128"));
    c = (SCHANNEL_CRED){.dwMinimumCipherStrength = 256};
    assert_non_null(strstr(suite(&c, SP_PROT_TLS1_3_CLIENT), "256"));
    assert_null(strstr(suite(&c, SP_PROT_TLS1_2_CLIENT), "AES128"));
    c = (SCHANNEL_CRED){.dwMinimumCipherStrength = 257};
    assert_null(suite(&c, 0));
    c = (SCHANNEL_CRED){.dwMinimumCipherStrength = (DWORD)-1, .dwMaximumCipherStrength = (DWORD)-1};
    assert_non_null(strstr(suite(&c, SP_PROT_TLS1_2_CLIENT), "NULL"));
    c.dwFlags = SCH_USE_STRONG_CRYPTO;
    assert_null(suite(&c, SP_PROT_TLS1_2_CLIENT));
    c = (SCHANNEL_CRED){.dwFlags = SCH_USE_STRONG_CRYPTO};
    assert_non_null(suite(&c, SP_PROT_TLS1_2_CLIENT));
}

static void algorithms(void **state)
{
    ALG_ID some[] = {CALG_AES_128, CALG_SHA_256, CALG_DH_EPHEM, CALG_RSA_SIGN};
    SCHANNEL_CRED c = {.cSupportedAlgs = 4, .palgSupportedAlgs = some};

    (void)state;
    assert_non_null(strstr(suite(&c, SP_PROT_TLS1_2_CLIENT), "DHE-RSA-AES128"));
    some[2] = CALG_ECDH_EPHEM;
    assert_non_null(strstr(suite(&c, SP_PROT_TLS1_2_CLIENT), "ECDHE-RSA-AES128"));
    assert_string_equal(suite(&c, SP_PROT_TLS1_3_CLIENT), "TLS_AES_128_GCM_SHA256");
    some[2] = CALG_RSA_KEYX;
    assert_string_equal(suite(&c, SP_PROT_TLS1_2_CLIENT), "AES128-GCM-SHA256");
    assert_null(suite(&c, SP_PROT_TLS1_3_CLIENT));
    some[0] = CALG_DES;
    assert_null(suite(&c, SP_PROT_TLS1_2_CLIENT));
}

/* ---- TLS_PARAMETERS ---- */

static UNICODE_STRING counted(const WCHAR *text)
{
    size_t units = 0;

    while (text[units])
        units++;
    return (UNICODE_STRING){(USHORT)(units * 2), (USHORT)(units * 2), (WCHAR *)(uintptr_t)text};
}

static SECURITY_STATUS restricted(TLS_PARAMETERS *p, DWORD count, const char **name)
{
    SCH_CREDENTIALS c = {.dwVersion = SCH_CREDENTIALS_VERSION,
                         .hRootStore = world.roots,
                         .cTlsParameters = count,
                         .pTlsParameters = p};
    struct ours o = {.server = false};
    struct theirs t;
    SECURITY_STATUS status = ours_acquire(&o, false, &c);

    if (status != SEC_E_OK)
        return status;
    theirs_new(&t, true);
    status = shake(&o, &t);
    *name = status == SEC_E_OK ? SSL_CIPHER_get_name(SSL_get_current_cipher(t.ssl)) : NULL;
    ours_end(&o);
    theirs_end(&t);
    return status;
}

static void parameters(void **state)
{
    UNICODE_STRING gcm = counted(u"ChainingModeGCM"), cbc = counted(u"ChainingModeCBC");
    CRYPTO_SETTINGS off[3] = {
        {TlsParametersCngAlgUsageCipher, counted(u"AES"), 1, &gcm, 256, 256},
        {TlsParametersCngAlgUsageCipher, counted(u"CHACHA20_POLY1305"), 0, NULL, 0, 0},
        {TlsParametersCngAlgUsageCipher, counted(u"AES"), 1, &cbc, 0, 0}};
    TLS_PARAMETERS p[2] = {{.grbitDisabledProtocols = SP_PROT_TLS1_3}};
    const char *name = NULL;

    (void)state;
    assert_int_equal(restricted(p, 1, &name), SEC_E_OK);
    assert_string_equal(name, "ECDHE-ECDSA-AES256-GCM-SHA384");
    p[0] = (TLS_PARAMETERS){.cDisabledCrypto = 2, .pDisabledCrypto = off};
    assert_int_equal(restricted(p, 1, &name), SEC_E_OK);
    assert_string_equal(name, "TLS_AES_128_GCM_SHA256");
    off[0].dwMinBitLength = off[0].dwMaxBitLength = 0;
    assert_int_equal(restricted(p, 1, &name), SEC_E_OK); /* CBC is left of TLS 1.2, or CCM */
    assert_null(strstr(name, "GCM"));
    p[0].cDisabledCrypto = 3;
    p[0].grbitDisabledProtocols = SP_PROT_TLS1_3;
    off[2] = (CRYPTO_SETTINGS){TlsParametersCngAlgUsageCipher, counted(u"AES"), 0, NULL, 0, 0};
    assert_int_not_equal(restricted(p, 1, &name), SEC_E_OK);
    /* Two for all connections, flags of a server's, more than there may be. */
    p[0] = p[1] = (TLS_PARAMETERS){.cAlpnIds = 0};
    assert_int_equal(restricted(p, 2, &name), SEC_E_UNKNOWN_CREDENTIALS);
    p[0].dwFlags = TLS_PARAMS_OPTIONAL;
    assert_int_equal(restricted(p, 1, &name), SEC_E_UNKNOWN_CREDENTIALS);
    assert_int_equal(restricted(p, 17, &name), SEC_E_UNKNOWN_CREDENTIALS);
}

static void groups_and_signatures(void **state)
{
    CRYPTO_SETTINGS off[2] = {
        {TlsParametersCngAlgUsageKeyExchange, counted(u"curve25519"), 0, NULL, 0, 0},
        {TlsParametersCngAlgUsageKeyExchange, counted(u"ECDH_P256"), 0, NULL, 0, 0}};
    TLS_PARAMETERS p = {.cDisabledCrypto = 2, .pDisabledCrypto = off};
    SCH_CREDENTIALS c = {.dwVersion = SCH_CREDENTIALS_VERSION,
                         .hRootStore = world.roots,
                         .cTlsParameters = 1,
                         .pTlsParameters = &p};
    struct ours o = {.server = false};
    const char *name = NULL;
    struct theirs t;

    (void)state;
    assert_int_equal(ours_acquire(&o, false, &c), SEC_E_OK);
    theirs_new(&t, true);
    SSL_set1_groups_list(t.ssl, "X25519:P-256");
    assert_int_not_equal(shake(&o, &t), SEC_E_OK);
    ours_reset(&o);
    theirs_connect(&t);
    SSL_set1_groups_list(t.ssl, "X25519:P-256:P-384");
    assert_int_equal(shake(&o, &t), SEC_E_OK);
    assert_int_equal(SSL_get_negotiated_group(t.ssl), NID_secp384r1);
    ours_end(&o);
    theirs_end(&t);
    /* Whatever that is, nothing here has it. */
    off[0] = (CRYPTO_SETTINGS){TlsParametersCngAlgUsageKeyExchange,
                               counted(u"a key exchange with a very long name"),
                               0,
                               NULL,
                               0,
                               0};
    p.cDisabledCrypto = 1;
    assert_int_equal(restricted(&p, 1, &name), SEC_E_OK);
    assert_int_equal(strncmp(name, "TLS_AES", 7), 0);
    /* The certificate and its signatures are of ECDSA. */
    off[0] = (CRYPTO_SETTINGS){TlsParametersCngAlgUsageSignature, counted(u"ECDSA"), 0, NULL, 0, 0};
    p.cDisabledCrypto = 1;
    assert_int_not_equal(restricted(&p, 1, &name), SEC_E_OK);
}

/* ---- what is no credential ---- */

static void refused(void **state)
{
    PCCERT_CONTEXT keyless = certificate_of(&world.server, false);
    SCH_CREDENTIALS c = {.dwVersion = 77};
    struct ours o = {.server = false};
    ULONG bad[] = {ISC_REQ_DELEGATE, ISC_REQ_PROMPT_FOR_CREDS, ISC_REQ_DATAGRAM};

    (void)state;
    assert_int_equal(ours_acquire(&o, false, &c), SEC_E_UNKNOWN_CREDENTIALS);
    c = (SCH_CREDENTIALS){.dwVersion = SCH_CREDENTIALS_VERSION, .dwCredFormat = 1};
    assert_int_equal(ours_acquire(&o, false, &c), SEC_E_UNKNOWN_CREDENTIALS);
    c.dwCredFormat = 0;
    assert_int_equal(ours_acquire(&o, true, &c), SEC_E_NO_CREDENTIALS);
    assert_int_equal(ours_acquire(&o, true, NULL), SEC_E_NO_CREDENTIALS);
    c.cCreds = 1;
    assert_int_equal(ours_acquire(&o, true, &c), SEC_E_UNKNOWN_CREDENTIALS);
    c.paCred = &keyless;
    assert_int_equal(ours_acquire(&o, true, &c), SEC_E_NO_CREDENTIALS);
    c.cCreds = 0;
    c.dwFlags = SCH_USE_DTLS_ONLY;
    assert_int_equal(ours_acquire(&o, false, &c), SEC_E_UNSUPPORTED_FUNCTION);
    c.dwFlags = SCH_CRED_MANUAL_CRED_VALIDATION | SCH_CRED_AUTO_CRED_VALIDATION;
    assert_int_equal(ours_acquire(&o, false, &c), SEC_E_UNKNOWN_CREDENTIALS);
    assert_int_equal(ours_acquire(&o, false, NULL), SEC_E_OK);
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        struct bytes none = {NULL, 0};

        o.flags = CLIENT_FLAGS | bad[i];
        assert_int_equal(ours_raw(&o, NULL, 0, &none), SEC_E_UNSUPPORTED_FUNCTION);
    }
    ours_end(&o);
    CertFreeCertificateContext(keyless);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(protocols),
        cmocka_unit_test(strengths),
        cmocka_unit_test(algorithms),
        cmocka_unit_test(parameters),
        cmocka_unit_test(groups_and_signatures),
        cmocka_unit_test(refused),
    };

    return cmocka_run_group_tests(tests, world_setup, world_teardown);
}
