/*
 * Files of certificates and keys, DER certificates, names and URIs: the first byte says which.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "libsspi/certificates/build.h"
#include "libsspi/certificates/load.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int condition)
{
    if (!condition)
        abort();
}

/* Every byte that is said to be there can be read. */
static void touch(const void *bytes, size_t size)
{
    const volatile uint8_t *at = bytes;
    volatile uint8_t sum = 0;

    for (size_t i = 0; i < size; i++)
        sum = (uint8_t)(sum + at[i]);
}

static void touch_context(PCCERT_CONTEXT context)
{
    const CERT_INFO *info = context->pCertInfo;
    WCHAR text[64];

    touch(context->pbCertEncoded, context->cbCertEncoded);
    touch(info->SerialNumber.pbData, info->SerialNumber.cbData);
    touch(info->Issuer.pbData, info->Issuer.cbData);
    touch(info->Subject.pbData, info->Subject.cbData);
    touch(info->SubjectPublicKeyInfo.PublicKey.pbData, info->SubjectPublicKeyInfo.PublicKey.cbData);
    touch(info->SubjectPublicKeyInfo.Algorithm.pszObjId,
          strlen(info->SubjectPublicKeyInfo.Algorithm.pszObjId));
    for (DWORD i = 0; i < info->cExtension; i++) {
        touch(info->rgExtension[i].pszObjId, strlen(info->rgExtension[i].pszObjId));
        touch(info->rgExtension[i].Value.pbData, info->rgExtension[i].Value.cbData);
    }
    for (DWORD type = CERT_NAME_EMAIL_TYPE; type <= CERT_NAME_UPN_TYPE; type++) {
        if (type == CERT_NAME_ATTR_TYPE)
            continue;
        must(CertGetNameStringW(context, type, 0, NULL, text, 64) <= 64);
        must(CertGetNameStringA(context, type, CERT_NAME_ISSUER_FLAG, NULL, NULL, 0) >= 1);
    }
    for (DWORD id = 0; (id = CertEnumCertificateContextProperties(context, id));) {
        DWORD length = 0;

        CertGetCertificateContextProperty(context, id, NULL, &length);
    }
}

static void verify(X509 *leaf, STACK_OF(X509) *others)
{
    struct store *roots = store_new();
    struct certificate_peer peer = {
        .leaf = leaf, .others = others, .server = true, .name = u"box.test", .roots = roots};
    CERT_TRUST_STATUS trust;
    STACK_OF(X509) *chain = NULL;

    /* nobody is trusted */
    must(certificate_verify(&peer, &trust, &chain) != SEC_E_OK);
    sk_X509_pop_free(chain, X509_free);
    store_release(roots);
}

static LONG WINAPI say_pw(void *context, const char *source, char *password, ULONG size)
{
    must(source && size > 2);
    if (!*(bool *)context)
        return -1;
    memcpy(password, "pw", 2);
    return 2;
}

static void fuzz_file(const uint8_t *data, size_t size)
{
    bool knows = load_is_pkcs12(data, size);
    struct asker asker = {.source = "fuzz", .callback = say_pw, .context = &knows};
    struct loaded loaded = {NULL, NULL, NULL};

    if (load_bytes(data, size, &asker, &loaded) == SEC_E_OK &&
        sk_X509_num(loaded.certificates) > 0) {
        X509 *leaf = sk_X509_shift(loaded.certificates);
        PCCERT_CONTEXT context = certificate_context(leaf, loaded.key, loaded.certificates);

        /* not: what OpenSSL reads and cannot write */
        if (context)
            touch_context(context);
        verify(leaf, loaded.certificates);
        CertFreeCertificateContext(context);
        X509_free(leaf);
    }
    loaded_free(&loaded);
}

static void fuzz_der(const uint8_t *data, size_t size)
{
    PCCERT_CONTEXT context = CertCreateCertificateContext(X509_ASN_ENCODING, data, (DWORD)size);

    if (context)
        touch_context(context);
    CertFreeCertificateContext(context);
}

static void fuzz_name(const uint8_t *data, size_t size)
{
    WCHAR *name = calloc(size / 2 + 1, sizeof(*name));
    char *ascii;

    must(name != NULL);
    memcpy(name, data, size / 2 * 2);
    ascii = name_to_ascii(name);
    for (const char *c = ascii; c && *c; c++)
        must((unsigned char)*c < 0x80);
    free(ascii);
    free(name);
}

static void fuzz_name_text(const uint8_t *data, size_t size)
{
    CERT_NAME_BLOB blob = {(DWORD)size, (BYTE *)(uintptr_t)data};
    char text[32];

    for (DWORD form = CERT_SIMPLE_NAME_STR; form <= CERT_X500_NAME_STR; form++)
        must(CertNameToStrA(X509_ASN_ENCODING, &blob, form, text, sizeof(text)) <= sizeof(text));
}

static void fuzz_uri(const uint8_t *data, size_t size)
{
    char *uri = malloc(sizeof("pkcs11:") + size), *value;

    must(uri != NULL);
    memcpy(uri, "pkcs11:", 7);
    memcpy(uri + 7, data, size);
    uri[7 + size] = '\0';
    value = uri_attribute(uri, "object", false);
    must(!value || strlen(value) <= size);
    secret_free(value);
    value = uri_attribute(uri, "pin-value", true);
    must(!value || strlen(value) <= size);
    secret_free(value);
    value = uri_with_type(uri, "cert");
    must(value && !strchr(value, '?'));
    free(value);
    free(uri);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const parts[])(const uint8_t *, size_t) = {fuzz_file, fuzz_der, fuzz_name,
                                                             fuzz_name_text, fuzz_uri};

    if (size == 0)
        return 0;
    parts[data[0] % (sizeof(parts) / sizeof(parts[0]))](data + 1, size - 1);
    return 0;
}
