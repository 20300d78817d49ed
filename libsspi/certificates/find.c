/*
 * CertFindCertificateInStore(): what fits what is looked for.
 */
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>
#include <unicase.h>
#include <unistr.h>

#include "base/last_error.h"
#include "base/utf16.h"
#include "libsspi/certificates/property.h"
#include "libsspi/certificates/text.h"

struct wanted {
    DWORD type, flags;
    const void *parameter;
};

static bool blob_is(const CRYPT_DATA_BLOB *blob, const void *bytes, size_t size)
{
    return blob->cbData == size && (size == 0 || memcmp(blob->pbData, bytes, size) == 0);
}

static bool has_property(struct body *body, DWORD id, const CRYPT_DATA_BLOB *value)
{
    BYTE *data = NULL;
    DWORD size = 0;
    bool fits = property_get(body, id, &data, &size) == ERROR_SUCCESS &&
                (!value || blob_is(value, data, size));

    free(data);
    return fits;
}

static char *fold(const char *text)
{
    size_t length = 0;
    uint8_t *folded =
        u8_casefold((const uint8_t *)text, strlen(text) + 1, NULL, NULL, NULL, &length);

    return (char *)folded;
}

/* Whether the name's text has `part` in it, in capital letters or not. */
static bool name_has(const X509_NAME *name, const char *part)
{
    char *text = text_of_name(name, CERT_SIMPLE_NAME_STR | CERT_NAME_STR_NO_QUOTING_FLAG);
    char *folded = text ? fold(text) : NULL, *sought = part ? fold(part) : NULL;
    bool fits = folded && sought && strstr(folded, sought);

    free(sought);
    free(folded);
    free(text);
    return fits;
}

static bool name_has_wide(const X509_NAME *name, const WCHAR *part)
{
    char *text = utf16_to_utf8(part, utf16_length(part), NULL);
    bool fits = text && name_has(name, text);

    free(text);
    return fits;
}

static bool has_hash_text(struct body *body, const WCHAR *text)
{
    BYTE *hash = NULL;
    DWORD size = 0, at = 0;
    bool fits = property_get(body, CERT_SHA1_HASH_PROP_ID, &hash, &size) == ERROR_SUCCESS;

    /* as people copy it: with spaces or colons */
    for (; fits && *text; text++) {
        unsigned digit;

        if (*text == ' ' || *text == ':')
            continue;
        if (*text >= '0' && *text <= '9')
            digit = *text - (unsigned)'0';
        else if ((*text | 0x20) >= 'a' && (*text | 0x20) <= 'f')
            digit = (*text | 0x20u) - (unsigned)'a' + 10;
        else
            digit = 16;
        fits = at < 2 * size && digit == (at % 2 ? hash[at / 2] & 0xfu : hash[at / 2] >> 4);
        at++;
    }
    free(hash);
    return fits && at == 2 * size;
}

static bool has_usage(X509 *x509, const char *oid)
{
    EXTENDED_KEY_USAGE *usages = X509_get_ext_d2i(x509, NID_ext_key_usage, NULL, NULL);
    ASN1_OBJECT *object = OBJ_txt2obj(oid, 1);
    bool found = false;

    for (int i = 0; object && !found && i < sk_ASN1_OBJECT_num(usages); i++)
        found = OBJ_cmp(sk_ASN1_OBJECT_value(usages, i), object) == 0;
    ASN1_OBJECT_free(object);
    EXTENDED_KEY_USAGE_free(usages);
    return found;
}

static bool has_usages(X509 *x509, const CERT_ENHKEY_USAGE *wanted, DWORD flags)
{
    bool any = (flags & CERT_FIND_OR_ENHKEY_USAGE_FLAG) != 0;

    if (X509_get_ext_by_NID(x509, NID_ext_key_usage, -1) < 0)
        return (flags & CERT_FIND_OPTIONAL_ENHKEY_USAGE_FLAG) != 0;
    if (!wanted || wanted->cUsageIdentifier == 0)
        return true;
    for (DWORD i = 0; i < wanted->cUsageIdentifier; i++)
        if (has_usage(x509, wanted->rgpszUsageIdentifier[i]) == any)
            return any;
    return !any;
}

static bool is_issuer_of(X509 *x509, PCCERT_CONTEXT subject)
{
    X509 *other = certificate_x509(subject);
    bool fits = other && X509_check_issued(x509, other) == X509_V_OK;

    X509_free(other);
    return fits;
}

static bool blobs_equal(const CRYPT_DATA_BLOB *a, const CRYPT_DATA_BLOB *b)
{
    return blob_is(a, b->pbData, b->cbData);
}

static bool fits(struct body *body, const struct wanted *wanted)
{
    const void *p = wanted->parameter;
    X509 *x509 = body->x509;

    switch (wanted->type) {
    case CERT_FIND_ANY:
        return true;
    case CERT_FIND_HAS_PRIVATE_KEY:
        return body->key != NULL;
    case CERT_FIND_SHA1_HASH:
        return has_property(body, CERT_SHA1_HASH_PROP_ID, p);
    case CERT_FIND_MD5_HASH:
        return has_property(body, CERT_MD5_HASH_PROP_ID, p);
    case CERT_FIND_KEY_IDENTIFIER:
        return has_property(body, CERT_KEY_IDENTIFIER_PROP_ID, p);
    case CERT_FIND_PROPERTY:
        return has_property(body, *(const DWORD *)p, NULL);
    case CERT_FIND_HASH_STR:
        return has_hash_text(body, p);
    case CERT_FIND_ISSUER_NAME:
        return blobs_equal(p, &body->info.Issuer);
    case CERT_FIND_SUBJECT_NAME:
        return blobs_equal(p, &body->info.Subject);
    case CERT_FIND_PUBLIC_KEY: {
        const CERT_PUBLIC_KEY_INFO *key = p, *own = &body->info.SubjectPublicKeyInfo;

        return key->PublicKey.cbData == own->PublicKey.cbData &&
               memcmp(key->PublicKey.pbData, own->PublicKey.pbData, own->PublicKey.cbData) == 0;
    }
    case CERT_FIND_ISSUER_STR_A:
        return name_has(X509_get_issuer_name(x509), p);
    case CERT_FIND_SUBJECT_STR_A:
        return name_has(X509_get_subject_name(x509), p);
    case CERT_FIND_ISSUER_STR_W:
        return name_has_wide(X509_get_issuer_name(x509), p);
    case CERT_FIND_SUBJECT_STR_W:
        return name_has_wide(X509_get_subject_name(x509), p);
    case CERT_FIND_ENHKEY_USAGE:
        return has_usages(x509, p, wanted->flags);
    case CERT_FIND_SUBJECT_CERT: {
        const CERT_INFO *info = p;

        return blobs_equal(&info->Issuer, &body->info.Issuer) &&
               blobs_equal(&info->SerialNumber, &body->info.SerialNumber);
    }
    case CERT_FIND_ISSUER_OF:
        return is_issuer_of(x509, p);
    case CERT_FIND_EXISTING: {
        PCCERT_CONTEXT other = p;

        return other->cbCertEncoded == body->der_size &&
               memcmp(other->pbCertEncoded, body->der, body->der_size) == 0;
    }
    default:
        return false;
    }
}

static bool is_known(DWORD type, const void *parameter)
{
    switch (type) {
    case CERT_FIND_ANY:
    case CERT_FIND_HAS_PRIVATE_KEY:
    case CERT_FIND_ENHKEY_USAGE:
        return true;
    case CERT_FIND_SHA1_HASH:
    case CERT_FIND_MD5_HASH:
    case CERT_FIND_KEY_IDENTIFIER:
    case CERT_FIND_PROPERTY:
    case CERT_FIND_HASH_STR:
    case CERT_FIND_ISSUER_NAME:
    case CERT_FIND_SUBJECT_NAME:
    case CERT_FIND_PUBLIC_KEY:
    case CERT_FIND_ISSUER_STR_A:
    case CERT_FIND_SUBJECT_STR_A:
    case CERT_FIND_ISSUER_STR_W:
    case CERT_FIND_SUBJECT_STR_W:
    case CERT_FIND_SUBJECT_CERT:
    case CERT_FIND_ISSUER_OF:
    case CERT_FIND_EXISTING:
        return parameter != NULL;
    default:
        return false;
    }
}

PCCERT_CONTEXT WINAPI CertFindCertificateInStore(HCERTSTORE hCertStore, DWORD dwCertEncodingType,
                                                 DWORD dwFindFlags, DWORD dwFindType,
                                                 const void *pvFindPara,
                                                 PCCERT_CONTEXT pPrevCertContext)
{
    struct store *store = store_of(hCertStore);
    struct wanted wanted = {dwFindType, dwFindFlags, pvFindPara};
    PCCERT_CONTEXT at = pPrevCertContext, found = NULL;
    DWORD error = (DWORD)CRYPT_E_NOT_FOUND;
    struct body *body = NULL;
    size_t position;

    (void)dwCertEncodingType;
    if (!store || !is_known(dwFindType, pvFindPara)) {
        error = (DWORD)E_INVALIDARG;
        goto out;
    }
    while ((body = store_next(store, at, &position))) {
        bool fit = fits(body, &wanted);
        PCCERT_CONTEXT next = context_new(body, store);

        body_release(body);
        CertFreeCertificateContext(at);
        at = next;
        if (!at) {
            error = ERROR_NOT_ENOUGH_MEMORY;
            goto out;
        }
        context_of(at)->at = position;
        if (fit) {
            found = at;
            at = NULL;
            break;
        }
    }
out:
    CertFreeCertificateContext(at);
    if (!found)
        last_error_set(error);
    return found;
}
