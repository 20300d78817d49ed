/*
 * The properties that a certificate has of itself, and the list of those it was given.
 */
#include "libsspi/certificates/property.h"

#include <openssl/evp.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#include "base/last_error.h"
#include "base/utf16.h"

static const DWORD computed[] = {
    CERT_SHA1_HASH_PROP_ID,
    CERT_MD5_HASH_PROP_ID,
    CERT_SIGNATURE_HASH_PROP_ID,
    CERT_KEY_IDENTIFIER_PROP_ID,
    CERT_SUBJECT_PUBLIC_KEY_MD5_HASH_PROP_ID,
    CERT_SHA256_HASH_PROP_ID,
};
#define COMPUTED (sizeof(computed) / sizeof(computed[0]))

void property_free_all(struct property *list)
{
    while (list) {
        struct property *next = list->next;

        free(list);
        list = next;
    }
}

/* ---- computed ---- */

/* The first element of the certificate, [RFC 5280] 4.1; OpenSSL would encode it anew, in the X509
 * that other threads have, too. */
static size_t signed_part(const struct body *body, const unsigned char **part)
{
    const unsigned char *at = body->der, *begin;
    long length;
    int tag, class;

    if (ASN1_get_object(&at, &length, &tag, &class, (long)body->der_size) & 0x80)
        return 0;
    begin = at;
    if (ASN1_get_object(&at, &length, &tag, &class, length) & 0x80)
        return 0;
    *part = begin;
    return (size_t)(at - begin) + (size_t)length;
}

/* Of what is signed, by the hash that it is signed with. */
static int signature_hash(struct body *body, BYTE *value)
{
    const unsigned char *part = NULL;
    size_t size = signed_part(body, &part);
    unsigned length = 0;
    const EVP_MD *md;
    int nid;

    if (!X509_get_signature_info(body->x509, &nid, NULL, NULL, NULL))
        return -1;
    md = EVP_get_digestbynid(nid);
    return md && size && EVP_Digest(part, size, value, &length, md, NULL) ? (int)length : -1;
}

/* The extension, or the SHA-1 of the public key. */
static int key_identifier(struct body *body, BYTE *value)
{
    const ASN1_OCTET_STRING *id = X509_get0_subject_key_id(body->x509);
    unsigned length = 0;

    if (id && ASN1_STRING_length(id) > PROPERTY_COMPUTED_MAX)
        return -1;
    if (id) {
        memcpy(value, ASN1_STRING_get0_data(id), (size_t)ASN1_STRING_length(id));
        return ASN1_STRING_length(id);
    }
    return X509_pubkey_digest(body->x509, EVP_sha1(), value, &length) ? (int)length : -1;
}

/* The size; negative: there is none. `value` has room for PROPERTY_COMPUTED_MAX. */
static int compute(struct body *body, DWORD id, BYTE *value)
{
    const EVP_MD *md = NULL;
    unsigned length = 0;

    switch (id) {
    case CERT_SHA1_HASH_PROP_ID:
        md = EVP_sha1();
        break;
    case CERT_MD5_HASH_PROP_ID:
        md = EVP_md5();
        break;
    case CERT_SHA256_HASH_PROP_ID:
        md = EVP_sha256();
        break;
    case CERT_SUBJECT_PUBLIC_KEY_MD5_HASH_PROP_ID:
        return X509_pubkey_digest(body->x509, EVP_md5(), value, &length) ? (int)length : -1;
    case CERT_SIGNATURE_HASH_PROP_ID:
        return signature_hash(body, value);
    case CERT_KEY_IDENTIFIER_PROP_ID:
        return key_identifier(body, value);
    default:
        return -1;
    }
    return EVP_Digest(body->der, body->der_size, value, &length, md, NULL) ? (int)length : -1;
}

static DWORD give(const void *bytes, size_t length, BYTE **value, DWORD *size)
{
    *value = malloc(length + 1);
    if (!*value)
        return ERROR_NOT_ENOUGH_MEMORY;
    memcpy(*value, bytes, length);
    *size = (DWORD)length;
    return ERROR_SUCCESS;
}

/* What PKCS#12 calls friendlyName, as a zero-terminated WCHAR string. */
static DWORD give_alias(struct body *body, BYTE **value, DWORD *size)
{
    int length = 0;
    const unsigned char *alias = X509_alias_get0(body->x509, &length);
    WCHAR *wide = alias ? utf16_from_utf8((const char *)alias, (size_t)length, NULL) : NULL;

    if (!wide)
        return (DWORD)CRYPT_E_NOT_FOUND;
    *value = (BYTE *)wide;
    *size = (DWORD)((utf16_length(wide) + 1) * sizeof(WCHAR));
    return ERROR_SUCCESS;
}

static DWORD give_usages(struct body *body, BYTE **value, DWORD *size)
{
    int at = X509_get_ext_by_NID(body->x509, NID_ext_key_usage, -1);
    const ASN1_OCTET_STRING *data;

    if (at < 0)
        return (DWORD)CRYPT_E_NOT_FOUND;
    data = X509_EXTENSION_get_data(X509_get_ext(body->x509, at));
    return give(ASN1_STRING_get0_data(data), (size_t)ASN1_STRING_length(data), value, size);
}

/* ---- given ---- */

/* Under the body's lock. */
static struct property **find(struct body *body, DWORD id)
{
    struct property **at = &body->properties;

    while (*at && (*at)->id != id)
        at = &(*at)->next;
    return at;
}

DWORD property_get(struct body *body, DWORD id, BYTE **value, DWORD *size)
{
    BYTE room[PROPERTY_COMPUTED_MAX];
    int length = compute(body, id, room);
    DWORD error = (DWORD)CRYPT_E_NOT_FOUND;
    struct property *property;

    if (length >= 0)
        return give(room, (size_t)length, value, size);
    pthread_mutex_lock(&body->lock);
    property = *find(body, id);
    if (property)
        error = give(property->data, property->size, value, size);
    pthread_mutex_unlock(&body->lock);
    if (property)
        return error;
    if (id == CERT_FRIENDLY_NAME_PROP_ID)
        return give_alias(body, value, size);
    return id == CERT_ENHKEY_USAGE_PROP_ID ? give_usages(body, value, size) : error;
}

static DWORD set(struct body *body, DWORD id, const CRYPT_DATA_BLOB *blob)
{
    struct property *made = NULL, **at, *old;

    if (blob) {
        made = malloc(sizeof(*made) + blob->cbData);
        if (!made)
            return ERROR_NOT_ENOUGH_MEMORY;
        made->id = id;
        made->size = blob->cbData;
        if (blob->cbData)
            memcpy(made->data, blob->pbData, blob->cbData);
    }
    pthread_mutex_lock(&body->lock);
    at = find(body, id);
    old = *at;
    if (made) {
        made->next = old ? old->next : NULL;
        *at = made;
    } else if (old) {
        *at = old->next;
    }
    pthread_mutex_unlock(&body->lock);
    free(old);
    return ERROR_SUCCESS;
}

bool property_inherit(struct body *to, struct body *from)
{
    bool ok = true;

    pthread_mutex_lock(&from->lock);
    for (struct property *p = from->properties; ok && p; p = p->next) {
        CRYPT_DATA_BLOB blob = {p->size, p->data};
        bool there;

        pthread_mutex_lock(&to->lock);
        there = *find(to, p->id) != NULL;
        pthread_mutex_unlock(&to->lock);
        ok = there || set(to, p->id, &blob) == ERROR_SUCCESS;
    }
    pthread_mutex_unlock(&from->lock);
    return ok;
}

/* ---- wincrypt.h ---- */

static BOOL answer(DWORD error)
{
    if (error == ERROR_SUCCESS)
        return TRUE;
    last_error_set(error);
    return FALSE;
}

BOOL WINAPI CertGetCertificateContextProperty(PCCERT_CONTEXT pCertContext, DWORD dwPropId,
                                              void *pvData, DWORD *pcbData)
{
    struct context *context = context_of(pCertContext);
    BYTE *value = NULL;
    DWORD size = 0, error;

    if (!context || !pcbData)
        return answer((DWORD)E_INVALIDARG);
    error = property_get(context->body, dwPropId, &value, &size);
    if (error != ERROR_SUCCESS)
        return answer(error);
    if (pvData && *pcbData < size)
        error = ERROR_MORE_DATA;
    else if (pvData)
        memcpy(pvData, value, size);
    *pcbData = size;
    free(value);
    return answer(error);
}

BOOL WINAPI CertSetCertificateContextProperty(PCCERT_CONTEXT pCertContext, DWORD dwPropId,
                                              DWORD dwFlags, const void *pvData)
{
    struct context *context = context_of(pCertContext);
    const CRYPT_DATA_BLOB *blob = pvData;
    bool ours = dwPropId == CERT_FRIENDLY_NAME_PROP_ID || dwPropId == CERT_DESCRIPTION_PROP_ID ||
                dwPropId == CERT_ENHKEY_USAGE_PROP_ID ||
                (dwPropId >= CERT_FIRST_USER_PROP_ID && dwPropId <= CERT_LAST_USER_PROP_ID);

    (void)dwFlags;
    if (!context || !ours || (blob && blob->cbData && !blob->pbData))
        return answer((DWORD)E_INVALIDARG);
    return answer(set(context->body, dwPropId, blob));
}

/* In the order of the ids. */
DWORD WINAPI CertEnumCertificateContextProperties(PCCERT_CONTEXT pCertContext, DWORD dwPropId)
{
    struct context *context = context_of(pCertContext);
    DWORD next = 0;

    if (!context)
        return 0;
    for (size_t i = 0; i < COMPUTED; i++)
        if (computed[i] > dwPropId && (!next || computed[i] < next))
            next = computed[i];
    pthread_mutex_lock(&context->body->lock);
    for (struct property *p = context->body->properties; p; p = p->next)
        if (p->id > dwPropId && (!next || p->id < next))
            next = p->id;
    pthread_mutex_unlock(&context->body->lock);
    return next;
}
