/*
 * What a TLS connection tells about itself, for the test programs.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf16.h"
#include "tests/programs/sspi.h"
#include "tests/programs/sspi_tls.h"

static void print_wide(const char *name, const WCHAR *text)
{
    char *narrow = utf16_to_utf8(text, utf16_length(text), NULL);

    printf("  %s: %s\n", name, narrow ? narrow : "?");
    free(narrow);
}

static void print_bytes(const char *name, const uint8_t *bytes, size_t size)
{
    printf("  %s: ", name);
    for (size_t i = 0; i < size; i++)
        printf("%02x", bytes[i]);
    printf("\n");
}

static void describe_cipher(struct tls_end *e)
{
    SecPkgContext_ConnectionInfo info;
    SecPkgContext_CipherInfo cipher;

    if (QueryContextAttributesW(&e->context, SECPKG_ATTR_CONNECTION_INFO, &info) == SEC_E_OK)
        printf("  protocol: %s\n", info.dwProtocol & SP_PROT_TLS1_3   ? "TLS 1.3"
                                   : info.dwProtocol & SP_PROT_TLS1_2 ? "TLS 1.2"
                                                                      : "?");
    if (QueryContextAttributesW(&e->context, SECPKG_ATTR_CIPHER_INFO, &cipher) == SEC_E_OK)
        print_wide("cipher", cipher.szCipherSuite);
}

static void describe_protocol(struct tls_end *e)
{
    SecPkgContext_ApplicationProtocol alpn;

    if (QueryContextAttributesW(&e->context, SECPKG_ATTR_APPLICATION_PROTOCOL, &alpn) == SEC_E_OK &&
        alpn.ProtoNegoStatus == SecApplicationProtocolNegotiationStatus_Success)
        printf("  alpn: %.*s\n", alpn.ProtocolIdSize, (char *)alpn.ProtocolId);
}

static void describe_peer(struct tls_end *e)
{
    SecPkgContext_AuthorityW authority;
    SecPkgContext_NamesW names;
    PCCERT_CONTEXT peer;

    if (QueryContextAttributesW(&e->context, SECPKG_ATTR_REMOTE_CERT_CONTEXT, &peer) == SEC_E_OK) {
        printf("  certificate: %u bytes\n", peer->cbCertEncoded);
        CertFreeCertificateContext(peer);
    }
    if (QueryContextAttributesW(&e->context, SECPKG_ATTR_AUTHORITY, &authority) == SEC_E_OK) {
        print_wide("authority", authority.sAuthorityName);
        FreeContextBuffer(authority.sAuthorityName);
    }
    if (QueryContextAttributesW(&e->context, SECPKG_ATTR_NAMES, &names) == SEC_E_OK) {
        print_wide("client", names.sUserName);
        FreeContextBuffer(names.sUserName);
    }
}

static void describe_session(struct tls_end *e)
{
    SecPkgContext_ClientSpecifiedTarget target;
    SecPkgContext_SessionInfo session;

    if (QueryContextAttributesW(&e->context, SECPKG_ATTR_SESSION_INFO, &session) == SEC_E_OK)
        printf("  resumed: %s\n", session.dwFlags & SSL_SESSION_RECONNECT ? "yes" : "no");
    if (QueryContextAttributesW(&e->context, SECPKG_ATTR_CLIENT_SPECIFIED_TARGET, &target) ==
        SEC_E_OK) {
        print_wide("target", target.sTargetName);
        FreeContextBuffer(target.sTargetName);
    }
}

static void describe_keys(struct tls_end *e)
{
    SecPkgContext_KeyingMaterial_Inproc keys = {.cbLabel = sizeof("EXPORTER-test"),
                                                .pszLabel = (char *)(uintptr_t) "EXPORTER-test",
                                                .cbKeyingMaterial = 20};
    static const struct {
        ULONG attribute;
        const char *name;
    } bindings[] = {{SECPKG_ATTR_UNIQUE_BINDINGS, "unique"},
                    {SECPKG_ATTR_ENDPOINT_BINDINGS, "endpoint"}};

    for (int i = 0; i < 2; i++) {
        SecPkgContext_Bindings found;
        const char *text;

        if (QueryContextAttributesW(&e->context, bindings[i].attribute, &found) != SEC_E_OK)
            continue;
        text = (const char *)found.Bindings + found.Bindings->dwApplicationDataOffset;
        if (memchr(text, ':', found.Bindings->cbApplicationDataLength)) {
            size_t prefix = (size_t)(strchr(text, ':') + 1 - text);

            print_bytes(bindings[i].name, (const uint8_t *)text + prefix,
                        found.Bindings->cbApplicationDataLength - prefix);
        }
        FreeContextBuffer(found.Bindings);
    }
    if (QueryContextAttributesW(&e->context, SECPKG_ATTR_KEYING_MATERIAL_INPROC, &keys) ==
        SEC_E_OK) {
        print_bytes("keys", keys.pbKeyingMaterial, keys.cbKeyingMaterial);
        FreeContextBuffer(keys.pbKeyingMaterial);
    }
}

void tls_describe(struct tls_end *e)
{
    printf("connected\n");
    describe_cipher(e);
    describe_protocol(e);
    describe_peer(e);
    describe_session(e);
    describe_keys(e);
    fflush(stdout);
}
