/*
 * CERT_INFO: a certificate taken apart as Windows programs read it. OpenSSL has parsed it already;
 * here the parts are laid out, in memory that lives as long as the certificate.
 */
#include <stdlib.h>
#include <string.h>

#include "libsspi/certificates/internal.h"

struct memory {
    struct memory *next;
    _Alignas(16) unsigned char bytes[];
};

void memory_free(struct memory *memory)
{
    while (memory) {
        struct memory *next = memory->next;

        free(memory);
        memory = next;
    }
}

static void *take(struct body *body, size_t size)
{
    struct memory *memory = calloc(1, sizeof(*memory) + size);

    if (!memory)
        return NULL;
    memory->next = body->memory;
    body->memory = memory;
    return memory->bytes;
}

/* A piece of its own; an empty one has no memory. */
static bool put(struct body *body, DWORD *size, BYTE **data, const void *bytes, size_t count)
{
    *size = 0;
    *data = NULL;
    if (!count)
        return true;
    *data = take(body, count);
    if (!*data)
        return false;
    memcpy(*data, bytes, count);
    *size = (DWORD)count;
    return true;
}

static bool put_der(struct body *body, CRYPT_OBJID_BLOB *blob, unsigned char *der, int size)
{
    bool ok = size >= 0 && put(body, &blob->cbData, &blob->pbData, der, (size_t)size);

    OPENSSL_free(der);
    return ok;
}

static bool put_name(struct body *body, CERT_NAME_BLOB *blob, const X509_NAME *name)
{
    unsigned char *der = NULL;
    int size = i2d_X509_NAME((X509_NAME *)name, &der);

    return put_der(body, blob, der, size);
}

static bool put_oid(struct body *body, LPSTR *text, const ASN1_OBJECT *object)
{
    char dotted[256];
    int length = OBJ_obj2txt(dotted, sizeof(dotted), object, 1);

    /* one that is longer than any that means anything */
    if (length < 0 || (size_t)length >= sizeof(dotted))
        length = 0;
    *text = take(body, (size_t)length + 1);
    if (*text)
        memcpy(*text, dotted, (size_t)length);
    return *text != NULL;
}

static bool put_algorithm(struct body *body, CRYPT_ALGORITHM_IDENTIFIER *to,
                          const X509_ALGOR *algorithm)
{
    const ASN1_OBJECT *object;
    const void *value;
    int type;
    unsigned char *der = NULL;
    int size = 0;

    X509_ALGOR_get0(&object, &type, &value, algorithm);
    if (algorithm->parameter)
        size = i2d_ASN1_TYPE(algorithm->parameter, &der);
    return put_der(body, &to->Parameters, der, size) && put_oid(body, &to->pszObjId, object);
}

static bool put_bits(struct body *body, CRYPT_BIT_BLOB *to, const ASN1_BIT_STRING *bits)
{
    if (!bits)
        return true;
    to->cUnusedBits = bits->flags & ASN1_STRING_FLAG_BITS_LEFT ? (DWORD)(bits->flags & 7) : 0;
    return put(body, &to->cbData, &to->pbData, ASN1_STRING_get0_data(bits),
               (size_t)ASN1_STRING_length(bits));
}

/* Windows' integers have their least significant byte first. */
static bool put_serial(struct body *body, const ASN1_INTEGER *serial)
{
    ASN1_INTEGER *number = (ASN1_INTEGER *)serial;
    unsigned char *der = NULL;
    int size = i2d_ASN1_INTEGER(number, &der);
    const unsigned char *at = der;
    long length = 0;
    int tag, class;
    bool ok = false;

    if (size <= 0 || (ASN1_get_object(&at, &length, &tag, &class, size) & 0x80))
        goto out;
    body->info.SerialNumber.pbData = take(body, (size_t)length);
    if (!body->info.SerialNumber.pbData)
        goto out;
    for (long i = 0; i < length; i++)
        body->info.SerialNumber.pbData[i] = at[length - 1 - i];
    body->info.SerialNumber.cbData = (DWORD)length;
    ok = true;
out:
    OPENSSL_free(der);
    return ok;
}

FILETIME filetime_of(const ASN1_TIME *time)
{
    FILETIME result = {0, 0};
    ASN1_TIME *start = ASN1_TIME_new();
    int days = 0, seconds = 0;

    if (start && ASN1_TIME_set_string(start, "16010101000000Z") &&
        ASN1_TIME_diff(&days, &seconds, start, time) && days >= 0 && seconds >= 0) {
        uint64_t ticks = ((uint64_t)days * 86400 + (uint64_t)seconds) * 10000000;

        result.dwLowDateTime = (DWORD)ticks;
        result.dwHighDateTime = (DWORD)(ticks >> 32);
    }
    ASN1_TIME_free(start);
    return result;
}

static bool put_extensions(struct body *body)
{
    int count = X509_get_ext_count(body->x509);

    if (count <= 0)
        return true;
    body->info.rgExtension = take(body, (size_t)count * sizeof(CERT_EXTENSION));
    if (!body->info.rgExtension)
        return false;
    for (int i = 0; i < count; i++) {
        X509_EXTENSION *from = X509_get_ext(body->x509, i);
        CERT_EXTENSION *to = &body->info.rgExtension[i];
        const ASN1_OCTET_STRING *value = X509_EXTENSION_get_data(from);

        to->fCritical = X509_EXTENSION_get_critical(from) ? TRUE : FALSE;
        if (!put_oid(body, &to->pszObjId, X509_EXTENSION_get_object(from)) ||
            !put(body, &to->Value.cbData, &to->Value.pbData, ASN1_STRING_get0_data(value),
                 (size_t)ASN1_STRING_length(value)))
            return false;
    }
    body->info.cExtension = (DWORD)count;
    return true;
}

bool info_fill(struct body *body)
{
    X509 *x509 = body->x509;
    CERT_INFO *info = &body->info;
    X509_PUBKEY *key = X509_get_X509_PUBKEY(x509);
    X509_ALGOR *algorithm;
    const ASN1_BIT_STRING *issuer_id, *subject_id;

    info->dwVersion = (DWORD)X509_get_version(x509);
    info->NotBefore = filetime_of(X509_get0_notBefore(x509));
    info->NotAfter = filetime_of(X509_get0_notAfter(x509));
    X509_get0_uids(x509, &issuer_id, &subject_id);
    if (!X509_PUBKEY_get0_param(NULL, NULL, NULL, &algorithm, key))
        return false;
    return put_serial(body, X509_get0_serialNumber(x509)) &&
           put_algorithm(body, &info->SignatureAlgorithm, X509_get0_tbs_sigalg(x509)) &&
           put_name(body, &info->Issuer, X509_get_issuer_name(x509)) &&
           put_name(body, &info->Subject, X509_get_subject_name(x509)) &&
           put_algorithm(body, &info->SubjectPublicKeyInfo.Algorithm, algorithm) &&
           put_bits(body, &info->SubjectPublicKeyInfo.PublicKey, X509_get0_pubkey_bitstr(x509)) &&
           put_bits(body, &info->IssuerUniqueId, issuer_id) &&
           put_bits(body, &info->SubjectUniqueId, subject_id) && put_extensions(body);
}
