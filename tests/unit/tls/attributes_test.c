/*
 * What contexts and credentials of Schannel tell about themselves, held against what OpenSSL at
 * the other end says of the same connection.
 */
#include "tests/unit/schannel/sides.h"

#include <openssl/obj_mac.h>
#include <string.h>

#include "base/utf16.h"
#include "libsspi/packages/schannel/attributes/session_data.h"

/* ---- a connection: a client of ours with a certificate, a server of OpenSSL's that asks for one
 * -- */

struct link {
    struct ours client;
    struct theirs server;
};

static void ask_for_certificate(struct theirs *server)
{
    X509_STORE *store = SSL_CTX_get_cert_store(server->context);

    assert_int_equal(X509_STORE_add_cert(store, world.root.x509), 1);
    SSL_set_verify(server->ssl, SSL_VERIFY_PEER, NULL);
    assert_int_equal(SSL_add_client_CA(server->ssl, world.root.x509), 1);
    assert_int_equal(SSL_add_client_CA(server->ssl, world.stranger_root.x509), 1);
}

static void link_new(struct link *l, int version)
{
    PCCERT_CONTEXT own = certificate_of(&world.client, true);
    SCH_CREDENTIALS c = {.dwVersion = SCH_CREDENTIALS_VERSION,
                         .cCreds = 1,
                         .paCred = &own,
                         .hRootStore = world.roots};

    memset(l, 0, sizeof(*l));
    assert_int_equal(ours_acquire(&l->client, false, &c), SEC_E_OK);
    CertFreeCertificateContext(own);
    theirs_new(&l->server, true);
    SSL_set_min_proto_version(l->server.ssl, version);
    SSL_set_max_proto_version(l->server.ssl, version);
    SSL_set_cipher_list(l->server.ssl, "ECDHE-ECDSA-AES128-GCM-SHA256");
    SSL_set_ciphersuites(l->server.ssl, "TLS_AES_256_GCM_SHA384");
    SSL_set1_groups_list(l->server.ssl, "P-256");
    ask_for_certificate(&l->server);
}

static void link_up(struct link *l, int version)
{
    link_new(l, version);
    assert_int_equal(shake(&l->client, &l->server), SEC_E_OK);
}

static void link_down(struct link *l)
{
    ours_end(&l->client);
    theirs_end(&l->server);
}

static SECURITY_STATUS ask(struct ours *o, ULONG attribute, void *buffer)
{
    return QueryContextAttributesW(&o->context, attribute, buffer);
}

static void same_text(const WCHAR *got, const WCHAR *expected)
{
    assert_int_equal(utf16_length(got), utf16_length(expected));
    assert_memory_equal(got, expected, utf16_length(expected) * sizeof(WCHAR));
}

/* Of the test's authority. */
#define NAME(common) u"O=\"Test & S\u00f6hne, Ltd\", CN=" common

/* ---- ciphers ---- */

static void ciphers(void **state)
{
    (void)state;
    for (int version = TLS1_2_VERSION; version <= TLS1_3_VERSION; version++) {
        bool new = version == TLS1_3_VERSION;
        SecPkgContext_ConnectionInfo info;
        SecPkgContext_ConnectionInfoEx names;
        SecPkgContext_CipherInfo cipher;
        SecPkgContext_StreamSizes stream;
        SecPkgContext_ProtoInfoW protocol;
        SecPkgContext_KeyInfoA narrow;
        SecPkgContext_KeyInfoW keys;
        SecPkgContext_Sizes sizes;
        struct link l;

        link_up(&l, version);
        assert_int_equal(ask(&l.client, SECPKG_ATTR_CONNECTION_INFO, &info), SEC_E_OK);
        assert_int_equal(info.dwProtocol, new ? SP_PROT_TLS1_3_CLIENT : SP_PROT_TLS1_2_CLIENT);
        assert_int_equal(info.aiCipher, new ? CALG_AES_256 : CALG_AES_128);
        assert_int_equal(info.dwCipherStrength, new ? 256 : 128);
        assert_int_equal(info.aiHash, new ? CALG_SHA_384 : CALG_SHA_256);
        assert_int_equal(info.dwHashStrength, new ? 384 : 256);
        assert_int_equal(info.aiExch, CALG_ECDH_EPHEM);
        assert_int_equal(info.dwExchStrength, 256);

        names.dwVersion = 0;
        assert_int_equal(ask(&l.client, SECPKG_ATTR_CONNECTION_INFO_EX, &names), SEC_E_OK);
        assert_int_equal(names.dwVersion, SECPKGCONTEXT_CONNECTION_INFO_EX_V1);
        same_text(names.szCipher, u"AES");
        same_text(names.szHash, new ? u"SHA384" : u"SHA256");
        same_text(names.szExchange, u"ECDHE");

        assert_int_equal(ask(&l.client, SECPKG_ATTR_CIPHER_INFO, &cipher), SEC_E_OK);
        assert_int_equal(cipher.dwVersion, SECPKGCONTEXT_CIPHERINFO_V1);
        assert_int_equal(cipher.dwProtocol, version);
        assert_int_equal(cipher.dwCipherSuite, new ? 0x1302 : 0xc02b);
        same_text(cipher.szCipherSuite,
                  new ? u"TLS_AES_256_GCM_SHA384" : u"TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256");
        same_text(cipher.szCipher, u"AES");
        same_text(cipher.szCertificate, u"ECDSA");
        assert_int_equal(cipher.dwCipherLen, new ? 256 : 128);
        assert_int_equal(cipher.dwHashLen, new ? 48 : 32);
        assert_int_equal(cipher.dwKeyType, 23);

        assert_int_equal(ask(&l.client, SECPKG_ATTR_STREAM_SIZES, &stream), SEC_E_OK);
        assert_int_equal(stream.cbHeader, new ? 5 : 13);
        assert_int_equal(stream.cbTrailer, new ? 17 : 16);
        assert_int_equal(ask(&l.client, SECPKG_ATTR_SIZES, &sizes), SEC_E_OK);
        assert_int_equal(sizes.cbSecurityTrailer, new ? 22 : 29);
        assert_int_equal(sizes.cbMaxSignature, 0);

        assert_int_equal(ask(&l.client, SECPKG_ATTR_KEY_INFO, &keys), SEC_E_OK);
        same_text(keys.sEncryptAlgorithmName, u"AES");
        assert_int_equal(keys.KeySize, new ? 256 : 128);
        FreeContextBuffer(keys.sEncryptAlgorithmName);
        FreeContextBuffer(keys.sSignatureAlgorithmName);
        assert_int_equal(QueryContextAttributesA(&l.client.context, SECPKG_ATTR_KEY_INFO, &narrow),
                         SEC_E_OK);
        assert_string_equal(narrow.sEncryptAlgorithmName, "AES");
        FreeContextBuffer(narrow.sEncryptAlgorithmName);
        FreeContextBuffer(narrow.sSignatureAlgorithmName);
        assert_int_equal(ask(&l.client, SECPKG_ATTR_PROTO_INFO, &protocol), SEC_E_OK);
        same_text(protocol.sProtocolName, u"TLS");
        assert_int_equal(protocol.minorVersion, new ? 3 : 2);
        FreeContextBuffer(protocol.sProtocolName);
        link_down(&l);
    }
}

/* ---- keys ---- */

static void same_bindings(struct ours *o, ULONG attribute, const char *prefix, const void *value,
                          size_t size)
{
    SecPkgContext_Bindings b;
    const char *text;

    assert_int_equal(ask(o, attribute, &b), SEC_E_OK);
    assert_int_equal(b.BindingsLength, sizeof(*b.Bindings) + strlen(prefix) + size);
    assert_int_equal(b.Bindings->cbApplicationDataLength, strlen(prefix) + size);
    text = (const char *)b.Bindings + b.Bindings->dwApplicationDataOffset;
    assert_memory_equal(text, prefix, strlen(prefix));
    assert_memory_equal(text + strlen(prefix), value, size);
    FreeContextBuffer(b.Bindings);
}

static void bindings(void **state)
{
    (void)state;
    for (int version = TLS1_2_VERSION; version <= TLS1_3_VERSION; version++) {
        uint8_t value[EVP_MAX_MD_SIZE];
        unsigned size;
        size_t length;
        struct link l;

        link_up(&l, version);
        if (version == TLS1_3_VERSION) {
            assert_int_equal(SSL_export_keying_material(l.server.ssl, value, 32,
                                                        "EXPORTER-Channel-Binding", 24, NULL, 0, 1),
                             1);
            same_bindings(&l.client, SECPKG_ATTR_UNIQUE_BINDINGS, "tls-exporter:", value, 32);
        } else { /* the client's, which the server has got */
            length = SSL_get_peer_finished(l.server.ssl, value, sizeof(value));
            same_bindings(&l.client, SECPKG_ATTR_UNIQUE_BINDINGS, "tls-unique:", value, length);
        }
        assert_int_equal(X509_digest(world.server.x509, EVP_sha256(), value, &size), 1);
        same_bindings(&l.client, SECPKG_ATTR_ENDPOINT_BINDINGS, "tls-server-end-point:", value,
                      size);
        link_down(&l);
    }
}

/* Of a session that was taken up the first Finished is the server's, [RFC 5929] 3. */
static void bindings_of_a_resumed_session(void **state)
{
    SecPkgContext_SessionInfo session;
    uint8_t value[EVP_MAX_MD_SIZE];
    struct theirs server;
    struct ours client;
    size_t length;

    (void)state;
    ours_client(&client);
    theirs_new(&server, true);
    for (int time = 0; time < 2; time++) {
        SSL_set_max_proto_version(server.ssl, TLS1_2_VERSION);
        assert_int_equal(shake(&client, &server), SEC_E_OK);
        assert_int_equal(ask(&client, SECPKG_ATTR_SESSION_INFO, &session), SEC_E_OK);
        assert_int_equal(session.dwFlags, time ? SSL_SESSION_RECONNECT : 0);
        assert_int_equal(session.dwFlags != 0, SSL_session_reused(server.ssl));
        length = time ? SSL_get_finished(server.ssl, value, sizeof(value))
                      : SSL_get_peer_finished(server.ssl, value, sizeof(value));
        same_bindings(&client, SECPKG_ATTR_UNIQUE_BINDINGS, "tls-unique:", value, length);
        if (time == 0) {
            ours_reset(&client);
            theirs_connect(&server);
        }
    }
    ours_end(&client);
    theirs_end(&server);
}

static void keying_material(void **state)
{
    static char label[] = "EXPORTER-of-the-test";
    static uint8_t context[] = {1, 2, 3};

    (void)state;
    for (int version = TLS1_2_VERSION; version <= TLS1_3_VERSION; version++) {
        SecPkgContext_KeyingMaterialInfo wish = {sizeof(label), label, sizeof(context), context,
                                                 50};
        SecPkgContext_KeyingMaterial_Inproc both = {sizeof(label), label, 0, NULL, 20, NULL};
        SecPkgContext_KeyingMaterial got;
        SecPkgContext_SessionKey key;
        uint8_t expected[50];
        struct link l;

        link_up(&l, version);
        assert_int_equal(ask(&l.client, SECPKG_ATTR_KEYING_MATERIAL, &got),
                         SEC_E_INVALID_PARAMETER); /* of what, nobody has said */
        assert_int_equal(SetContextAttributesW(&l.client.context, SECPKG_ATTR_KEYING_MATERIAL_INFO,
                                               &wish, sizeof(wish)),
                         SEC_E_OK);
        assert_int_equal(ask(&l.client, SECPKG_ATTR_KEYING_MATERIAL, &got), SEC_E_OK);
        assert_int_equal(got.cbKeyingMaterial, 50);
        assert_int_equal(SSL_export_keying_material(l.server.ssl, expected, 50, label,
                                                    sizeof(label) - 1, context, 3, 1),
                         1);
        assert_memory_equal(got.pbKeyingMaterial, expected, 50);
        FreeContextBuffer(got.pbKeyingMaterial);

        assert_int_equal(ask(&l.client, SECPKG_ATTR_KEYING_MATERIAL_INPROC, &both), SEC_E_OK);
        assert_int_equal(SSL_export_keying_material(l.server.ssl, expected, 20, label,
                                                    sizeof(label) - 1, NULL, 0, 0),
                         1);
        assert_memory_equal(both.pbKeyingMaterial, expected, 20);
        FreeContextBuffer(both.pbKeyingMaterial);
        both.cbLabel--; /* without its zero */
        assert_int_equal(ask(&l.client, SECPKG_ATTR_KEYING_MATERIAL_INPROC, &both),
                         SEC_E_INVALID_PARAMETER);
        wish.cbKeyingMaterial = 0;
        assert_int_equal(SetContextAttributesW(&l.client.context, SECPKG_ATTR_KEYING_MATERIAL_INFO,
                                               &wish, sizeof(wish)),
                         SEC_E_INVALID_PARAMETER);

        assert_int_equal(ask(&l.client, SECPKG_ATTR_SESSION_KEY, &key), SEC_E_OK);
        assert_int_equal(key.SessionKeyLength, 32);
        assert_int_equal(SSL_export_keying_material(l.server.ssl, expected, 32,
                                                    "EXPORTER-SSPI-session-key", 25, NULL, 0, 0),
                         1);
        assert_memory_equal(key.SessionKey, expected, 32);
        FreeContextBuffer(key.SessionKey);
        link_down(&l);
    }
}

/* [RFC 5216] 2.3 and [RFC 9190] 2.3. */
static void eap(void **state)
{
    (void)state;
    for (int version = TLS1_2_VERSION; version <= TLS1_3_VERSION; version++) {
        static const uint8_t none[64], type[] = {13};
        bool new = version == TLS1_3_VERSION;
        SecPkgContext_EapKeyBlock block, again;
        uint8_t expected[128];
        struct link l;

        link_up(&l, version);
        assert_int_equal(ask(&l.client, SECPKG_ATTR_EAP_KEY_BLOCK, &block), SEC_E_OK);
        assert_int_equal(new ? SSL_export_keying_material(l.server.ssl, expected, 128,
                                                          "EXPORTER_EAP_TLS_Key_Material", 29, type,
                                                          1, 1)
                             : SSL_export_keying_material(l.server.ssl, expected, 128,
                                                          "client EAP encryption", 21, NULL, 0, 0),
                         1);
        assert_memory_equal(block.rgbKeys, expected, 128);
        assert_int_equal(memcmp(block.rgbIVs, none, 64) == 0, new);
        assert_int_equal(ask(&l.client, SECPKG_ATTR_EAP_KEY_BLOCK, &again), SEC_E_OK);
        assert_memory_equal(&block, &again, sizeof(block));
        link_down(&l);
    }
}

/* ---- certificates ---- */

static void same_certificate(PCCERT_CONTEXT got, X509 *expected)
{
    unsigned char *der = NULL;
    int size = i2d_X509(expected, &der);

    assert_int_equal(got->cbCertEncoded, size);
    assert_memory_equal(got->pbCertEncoded, der, (size_t)size);
    OPENSSL_free(der);
}

static void certificates(void **state)
{
    SecPkgContext_CertificateValidationResult result;
    SecPkgContext_RemoteCredentialInfo remote;
    SecPkgContext_LocalCredentialInfo local;
    SecPkgContext_AuthorityW authority;
    SecPkgContext_Certificates chain;
    SecPkgContext_Lifespan life;
    SecPkgContext_CertInfo info;
    SecPkgContext_NamesW names;
    PCCERT_CONTEXT got;
    HCERTSTORE roots;
    struct link l;

    (void)state;
    link_up(&l, TLS1_3_VERSION);
    assert_int_equal(ask(&l.client, SECPKG_ATTR_REMOTE_CERT_CONTEXT, &got), SEC_E_OK);
    same_certificate(got, world.server.x509);
    assert_non_null(got->hCertStore);
    CertFreeCertificateContext(got);
    assert_int_equal(ask(&l.client, SECPKG_ATTR_REMOTE_CERT_CHAIN, &got), SEC_E_OK);
    same_certificate(got, world.server.x509);
    CertFreeCertificateContext(got);
    assert_int_equal(ask(&l.client, SECPKG_ATTR_LOCAL_CERT_CONTEXT, &got), SEC_E_OK);
    same_certificate(got, world.client.x509);
    CertFreeCertificateContext(got);

    assert_int_equal(ask(&l.client, SECPKG_ATTR_NAMES, &names), SEC_E_OK);
    same_text(names.sUserName, NAME(u"Client"));
    FreeContextBuffer(names.sUserName);
    assert_int_equal(ask(&l.client, SECPKG_ATTR_AUTHORITY, &authority), SEC_E_OK);
    same_text(authority.sAuthorityName, NAME(u"Test root"));
    FreeContextBuffer(authority.sAuthorityName);
    assert_int_equal(ask(&l.client, SECPKG_ATTR_LOCAL_CERT_INFO, &info), SEC_E_OK);
    same_text(info.pwszSubjectName, NAME(u"Client"));
    assert_int_equal(info.cbSubjectName, sizeof(NAME(u"Client")));
    same_text(info.pwszIssuerName, NAME(u"Test root"));
    assert_int_equal(info.dwKeySize, 256);
    FreeContextBuffer(info.pwszSubjectName);
    FreeContextBuffer(info.pwszIssuerName);

    assert_int_equal(ask(&l.client, SECPKG_ATTR_REMOTE_CERTIFICATES, &chain), SEC_E_OK);
    assert_int_equal(chain.cCertificates, 2); /* OpenSSL sends the root along that it has */
    assert_int_equal(chain.cbCertificateChain,
                     i2d_X509(world.server.x509, NULL) + i2d_X509(world.root.x509, NULL));
    FreeContextBuffer(chain.pbCertificateChain);
    assert_int_equal(ask(&l.client, SECPKG_ATTR_REMOTE_CRED, &remote), SEC_E_OK);
    assert_int_equal(remote.fFlags, RCRED_CRED_EXISTS);
    assert_int_equal(remote.dwBits, 256);
    FreeContextBuffer(remote.pbCertificateChain);
    assert_int_equal(ask(&l.client, SECPKG_ATTR_LOCAL_CRED, &local), SEC_E_OK);
    assert_int_equal(local.cCertificates, 1);
    FreeContextBuffer(local.pbCertificateChain);

    assert_int_equal(ask(&l.client, SECPKG_ATTR_CERT_CHECK_RESULT, &result), SEC_E_OK);
    assert_int_equal(result.hrVerifyChainStatus, SEC_E_OK);
    assert_int_equal(result.dwChainErrorStatus & CERT_TRUST_IS_UNTRUSTED_ROOT, 0);
    assert_int_equal(ask(&l.client, SECPKG_ATTR_ROOT_STORE, &roots), SEC_E_OK);
    assert_true(CertCloseStore(roots, 0));
    /* The certificate was made for an hour. */
    assert_int_equal(ask(&l.client, SECPKG_ATTR_LIFESPAN, &life), SEC_E_OK);
    assert_true(life.tsStart.QuadPart < life.tsExpiry.QuadPart);
    assert_true(life.tsExpiry.QuadPart - life.tsStart.QuadPart <= 3600LL * 10000000);
    link_down(&l);
}

/* The server's side of the same, and a client that has none. */
static void no_certificate(void **state)
{
    struct ours client, server;
    SecPkgContext_ClientSpecifiedTarget target;
    SecPkgContext_LocalCredentialInfo local;
    SecPkgContext_NamesW names;
    SECURITY_STATUS status;
    PCCERT_CONTEXT got;

    (void)state;
    ours_client(&client);
    ours_server(&server);
    assert_int_equal(shake_ours(&client, &server, &status), SEC_E_OK);
    assert_int_equal(ask(&server, SECPKG_ATTR_REMOTE_CERT_CONTEXT, &got), SEC_E_NO_CREDENTIALS);
    assert_int_equal(ask(&server, SECPKG_ATTR_NAMES, &names), SEC_E_NO_CREDENTIALS);
    assert_int_equal(ask(&client, SECPKG_ATTR_LOCAL_CERT_CONTEXT, &got), SEC_E_NO_CREDENTIALS);
    assert_int_equal(ask(&client, SECPKG_ATTR_LOCAL_CRED, &local), SEC_E_OK);
    assert_int_equal(local.fFlags, LCRED_STATUS_NOCRED);
    assert_int_equal(ask(&server, SECPKG_ATTR_LOCAL_CERT_CONTEXT, &got), SEC_E_OK);
    same_certificate(got, world.server.x509);
    CertFreeCertificateContext(got);
    assert_int_equal(ask(&server, SECPKG_ATTR_CLIENT_SPECIFIED_TARGET, &target), SEC_E_OK);
    same_text(target.sTargetName, u"server.test");
    FreeContextBuffer(target.sTargetName);
    ours_end(&client);
    ours_end(&server);
}

/* ---- during the handshake ---- */

static void issuers(void **state)
{
    const struct entity *expected[] = {&world.root, &world.stranger_root};
    SecPkgContext_SupportedSignatures signatures;
    SecPkgContext_IssuerListInfo flat;
    SecPkgContext_IssuerListInfoEx list;
    SecPkgContext_StreamSizes sizes;
    SecPkgContext_SessionKey key;
    struct bytes up = {NULL, 0}, down = {NULL, 0};
    SECURITY_STATUS status;
    PCCERT_CONTEXT got;
    struct ours client;
    struct theirs server;
    bool rsa = false;

    (void)state;
    ours_client(&client);
    theirs_new(&server, true);
    SSL_set_max_proto_version(server.ssl, TLS1_2_VERSION);
    ask_for_certificate(&server);
    assert_int_equal(ours_leg(&client, NULL, &up), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(ask(&client, SECPKG_ATTR_REMOTE_CERT_CONTEXT, &got), SEC_E_NO_CREDENTIALS);
    assert_false(theirs_step(&server, &up, &down));
    do
        status = ours_leg(&client, &down, &up);
    while (status == SEC_I_CONTINUE_NEEDED && down.size);
    assert_int_equal(status, SEC_I_INCOMPLETE_CREDENTIALS);

    assert_int_equal(ask(&client, SECPKG_ATTR_ISSUER_LIST_EX, &list), SEC_E_OK);
    assert_int_equal(list.cIssuers, 2);
    for (DWORD i = 0; i < 2; i++) {
        unsigned char *der = NULL;
        int size = i2d_X509_NAME(X509_get_subject_name(expected[i]->x509), &der);

        assert_int_equal(list.aIssuers[i].cbData, size);
        assert_memory_equal(list.aIssuers[i].pbData, der, (size_t)size);
        OPENSSL_free(der);
    }
    assert_int_equal(ask(&client, SECPKG_ATTR_ISSUER_LIST, &flat), SEC_E_OK);
    assert_int_equal(flat.cbIssuerList, list.aIssuers[0].cbData + list.aIssuers[1].cbData + 4);
    assert_int_equal(flat.pIssuerList[1], list.aIssuers[0].cbData);
    FreeContextBuffer(flat.pIssuerList);
    FreeContextBuffer(list.aIssuers);

    assert_int_equal(ask(&client, SECPKG_ATTR_REMOTE_CERT_CONTEXT, &got), SEC_E_OK);
    same_certificate(got, world.server.x509);
    CertFreeCertificateContext(got);
    assert_int_equal(ask(&client, SECPKG_ATTR_SUPPORTED_SIGNATURES, &signatures), SEC_E_OK);
    for (WORD i = 0; i < signatures.cSignatureAndHashAlgorithms; i++)
        rsa = rsa || signatures.pSignatureAndHashAlgorithms[i] ==
                         (TlsSignatureAlgorithm_Rsa << 8 | TlsHashAlgorithm_Sha256);
    assert_true(rsa);
    FreeContextBuffer(signatures.pSignatureAndHashAlgorithms);
    /* Of keys there are none yet. */
    assert_int_equal(ask(&client, SECPKG_ATTR_STREAM_SIZES, &sizes), SEC_E_INVALID_HANDLE);
    assert_int_equal(ask(&client, SECPKG_ATTR_SESSION_KEY, &key), SEC_E_INVALID_HANDLE);
    bytes_free(&up);
    bytes_free(&down);
    ours_end(&client);
    theirs_end(&server);
}

/* ---- the rest ---- */

static void session_data(void **state)
{
    static BYTE bytes[TLS_APP_DATA_MAX + 1] = "what the application keeps with it";
    SecPkgContext_SessionAppData data = {0, 34, bytes}, got;
    struct theirs server;
    struct ours client;

    (void)state;
    ours_client(&client);
    theirs_new(&server, true);
    SSL_set_max_proto_version(server.ssl, TLS1_2_VERSION);
    assert_int_equal(shake(&client, &server), SEC_E_OK);
    assert_int_equal(ask(&client, SECPKG_ATTR_APP_DATA, &got), SEC_E_OK);
    assert_int_equal(got.cbAppData, 0);
    assert_int_equal(
        SetContextAttributesW(&client.context, SECPKG_ATTR_APP_DATA, &data, sizeof(data)),
        SEC_E_OK);
    ours_reset(&client);
    theirs_connect(&server);
    SSL_set_max_proto_version(server.ssl, TLS1_2_VERSION);
    assert_int_equal(shake(&client, &server), SEC_E_OK);
    assert_true(SSL_session_reused(server.ssl));
    assert_int_equal(ask(&client, SECPKG_ATTR_APP_DATA, &got), SEC_E_OK);
    assert_int_equal(got.cbAppData, 34);
    assert_memory_equal(got.pbAppData, bytes, 34);
    FreeContextBuffer(got.pbAppData);
    data.cbAppData = TLS_APP_DATA_MAX + 1;
    assert_int_equal(
        SetContextAttributesW(&client.context, SECPKG_ATTR_APP_DATA, &data, sizeof(data)),
        SEC_E_INVALID_PARAMETER);
    ours_end(&client);
    theirs_end(&server);
}

static void package(void **state)
{
    SecPkgContext_NegotiationInfoA negotiation;
    SecPkgContext_PackageInfoW info;
    SecPkgContext_Flags flags;
    SecPkgContext_AccessToken token;
    SecPkgContext_CipherInfo cipher;
    uint8_t unknown[512];
    struct link l;

    (void)state;
    link_up(&l, TLS1_2_VERSION);
    assert_int_equal(ask(&l.client, SECPKG_ATTR_PACKAGE_INFO, &info), SEC_E_OK);
    same_text(info.PackageInfo->Name, UNISP_NAME_W);
    assert_int_equal(info.PackageInfo->wRPCID, UNISP_RPC_ID);
    FreeContextBuffer(info.PackageInfo);
    assert_int_equal(
        QueryContextAttributesA(&l.client.context, SECPKG_ATTR_NEGOTIATION_INFO, &negotiation),
        SEC_E_OK);
    assert_int_equal(negotiation.NegotiationState, SECPKG_NEGOTIATION_COMPLETE);
    assert_string_equal(negotiation.PackageInfo->Name, UNISP_NAME_A);
    FreeContextBuffer(negotiation.PackageInfo);
    assert_int_equal(ask(&l.client, SECPKG_ATTR_FLAGS, &flags), SEC_E_OK);
    assert_int_equal(flags.Flags, l.client.attributes & ~(ULONG)ISC_RET_ALLOCATED_MEMORY);
    assert_true(flags.Flags & ISC_RET_CONFIDENTIALITY);
    assert_true(flags.Flags & ISC_RET_STREAM);
    /* TLS makes nobody a user of the system, and knows no other attribute. */
    assert_int_equal(ask(&l.client, SECPKG_ATTR_ACCESS_TOKEN, &token), SEC_E_NO_IMPERSONATION);
    assert_int_equal(ask(&l.client, SECPKG_ATTR_PASSWORD_EXPIRY, unknown),
                     SEC_E_UNSUPPORTED_FUNCTION);
    assert_int_equal(ask(&l.client, SECPKG_ATTR_DCE_INFO, unknown), SEC_E_UNSUPPORTED_FUNCTION);
    assert_int_equal(QueryContextAttributesExW(&l.client.context, SECPKG_ATTR_CIPHER_INFO, &cipher,
                                               sizeof(cipher) - 1),
                     SEC_E_BUFFER_TOO_SMALL);
    assert_int_equal(QueryContextAttributesExW(&l.client.context, SECPKG_ATTR_CIPHER_INFO, &cipher,
                                               sizeof(cipher)),
                     SEC_E_OK);
    link_down(&l);
}

static void credentials(void **state)
{
    static SecPkgCred_SessionTicketKey key = {.KeyingMaterialSize = 64};
    SecPkgCred_SessionTicketKeys keys = {1, &key};
    SecPkgCred_SupportedProtocols protocols;
    SecPkgCred_CipherStrengths strengths;
    SecPkgCred_SupportedAlgs algorithms;
    SecPkgCredentials_Cert certificate;
    SecPkgCredentials_NamesW names;
    struct ours client, server;
    bool aes = false;

    (void)state;
    ours_client(&client);
    ours_server(&server);
#define CREDENTIAL(o, attribute, buffer)                                                           \
    QueryCredentialsAttributesW(&(o)->credential, attribute, buffer)
    assert_int_equal(CREDENTIAL(&client, SECPKG_ATTR_SUPPORTED_PROTOCOLS, &protocols), SEC_E_OK);
    assert_int_equal(protocols.grbitProtocol, SP_PROT_TLS1_2_CLIENT | SP_PROT_TLS1_3_CLIENT);
    assert_int_equal(CREDENTIAL(&server, SECPKG_ATTR_SUPPORTED_PROTOCOLS, &protocols), SEC_E_OK);
    assert_int_equal(protocols.grbitProtocol, SP_PROT_TLS1_2_SERVER | SP_PROT_TLS1_3_SERVER);
    assert_int_equal(CREDENTIAL(&client, SECPKG_ATTR_CIPHER_STRENGTHS, &strengths), SEC_E_OK);
    assert_int_equal(strengths.dwMinimumCipherStrength, 128);
    assert_int_equal(strengths.dwMaximumCipherStrength, 256);
    assert_int_equal(CREDENTIAL(&client, SECPKG_ATTR_SUPPORTED_ALGS, &algorithms), SEC_E_OK);
    for (DWORD i = 0; i < algorithms.cSupportedAlgs; i++) {
        aes = aes || algorithms.palgSupportedAlgs[i] == CALG_AES_256;
        for (DWORD j = 0; j < i; j++)
            assert_int_not_equal(algorithms.palgSupportedAlgs[i], algorithms.palgSupportedAlgs[j]);
    }
    assert_true(aes);
    FreeContextBuffer(algorithms.palgSupportedAlgs);
    assert_int_equal(CREDENTIAL(&client, SECPKG_CRED_ATTR_NAMES, &names), SEC_E_NO_CREDENTIALS);
    assert_int_equal(CREDENTIAL(&server, SECPKG_CRED_ATTR_NAMES, &names), SEC_E_OK);
    same_text(names.sUserName, NAME(u"server.test"));
    FreeContextBuffer(names.sUserName);
    assert_int_equal(CREDENTIAL(&server, SECPKG_CRED_ATTR_CERT, &certificate), SEC_E_OK);
    assert_int_equal(certificate.EncodedCertSize, i2d_X509(world.server.x509, NULL));
    FreeContextBuffer(certificate.EncodedCert);
#define SET(o, size)                                                                               \
    SetCredentialsAttributesW(&(o)->credential, SECPKG_ATTR_SESSION_TICKET_KEYS, &keys, size)
    assert_int_equal(SET(&client, sizeof(keys)), SEC_E_NO_CREDENTIALS);
    assert_int_equal(SET(&server, sizeof(keys) - 1), SEC_E_INVALID_PARAMETER);
    assert_int_equal(SET(&server, sizeof(keys)), SEC_E_OK);
    keys.cSessionTicketKeys = 0;
    assert_int_equal(SET(&server, sizeof(keys)), SEC_E_INVALID_PARAMETER);
    ours_end(&client);
    ours_end(&server);
}

/* Two servers with one ticket key take up each other's sessions, others do not. */
static void shared_tickets(void **state)
{
    (void)state;
    for (int shared = 0; shared < 2; shared++) {
        SecPkgCred_SessionTicketKey key = {.KeyId = "a key", .KeyingMaterialSize = 64};
        SecPkgCred_SessionTicketKeys keys = {1, &key};
        SecPkgContext_SessionInfo session;
        struct ours client, servers[2];
        SECURITY_STATUS status;

        ours_client(&client);
        memset(key.KeyingMaterial, 0x5a, 64);
        for (int i = 0; i < 2; i++) {
            ours_server(&servers[i]);
            if (shared)
                assert_int_equal(SET(&servers[i], sizeof(keys)), SEC_E_OK);
            assert_int_equal(shake_ours(&client, &servers[i], &status), SEC_E_OK);
            assert_int_equal(ask(&client, SECPKG_ATTR_SESSION_INFO, &session), SEC_E_OK);
            assert_int_equal(session.dwFlags, i && shared ? SSL_SESSION_RECONNECT : 0);
            ours_reset(&client);
        }
        ours_end(&client);
        ours_end(&servers[0]);
        ours_end(&servers[1]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ciphers),
        cmocka_unit_test(bindings),
        cmocka_unit_test(bindings_of_a_resumed_session),
        cmocka_unit_test(keying_material),
        cmocka_unit_test(eap),
        cmocka_unit_test(certificates),
        cmocka_unit_test(no_certificate),
        cmocka_unit_test(issuers),
        cmocka_unit_test(session_data),
        cmocka_unit_test(package),
        cmocka_unit_test(credentials),
        cmocka_unit_test(shared_tickets),
    };

    return cmocka_run_group_tests(tests, world_setup, world_teardown);
}
