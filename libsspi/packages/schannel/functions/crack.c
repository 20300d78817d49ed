/*
 * The small functions of schannel.h that have nothing to do with a connection: a certificate taken
 * apart, random bytes, the largest key.
 */
#pragma GCC visibility push(default)
#include <schannel.h>
#pragma GCC visibility pop

#include <openssl/err.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "libsspi/packages/schannel/attributes/attributes.h"

static ALG_ID signature_of(const X509 *x)
{
    int digest = NID_undef;

    X509_get_signature_info((X509 *)(uintptr_t)x, &digest, NULL, NULL, NULL);
    switch (digest) {
    case NID_md5:
        return CALG_MD5;
    case NID_sha1:
        return CALG_SHA1;
    case NID_sha256:
        return CALG_SHA_256;
    case NID_sha384:
        return CALG_SHA_384;
    case NID_sha512:
        return CALG_SHA_512;
    default:
        return 0;
    }
}

static FILETIME filetime(const ASN1_TIME *time)
{
    ASN1_TIME *beginning = ASN1_TIME_new(); /* of FILETIME */
    FILETIME result = {0, 0};
    int days, seconds;

    if (beginning && ASN1_TIME_set_string(beginning, "16010101000000Z") &&
        ASN1_TIME_diff(&days, &seconds, beginning, time)) {
        uint64_t ticks = ((uint64_t)days * 86400 + (uint64_t)seconds) * 10000000;

        result = (FILETIME){(DWORD)ticks, (DWORD)(ticks >> 32)};
    }
    ASN1_TIME_free(beginning);
    return result;
}

/* "C=…, O=…, CN=…" in UTF-8. */
static char *name_of(const X509_NAME *name)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *text = NULL, *data;
    long size;

    if (bio && X509_NAME_print_ex(bio, name, 0,
                                  XN_FLAG_SEP_CPLUS_SPC | ASN1_STRFLGS_UTF8_CONVERT |
                                      ASN1_STRFLGS_ESC_CTRL) >= 0) {
        size = BIO_get_mem_data(bio, &data);
        text = strndup(data, (size_t)size);
    }
    BIO_free(bio);
    return text;
}

static PctPublicKey *key_of(const X509 *x)
{
    const ASN1_BIT_STRING *bits = X509_get0_pubkey_bitstr(x);
    PctPublicKey *key;

    if (!bits)
        return NULL;
    key = calloc(1, sizeof(*key) + (size_t)bits->length);
    if (!key)
        return NULL;
    key->cbKey = (DWORD)bits->length;
    memcpy(key->pKey, bits->data, (size_t)bits->length);
    return key;
}

/* The lowest 128 bits, the least significant DWORD first. */
static void serial_of(const X509 *x, DWORD out[4])
{
    const ASN1_INTEGER *serial = X509_get0_serialNumber(x);

    for (int i = 0; i < serial->length && i < 16; i++)
        out[i / 4] |= (DWORD)serial->data[serial->length - 1 - i] << 8 * (i % 4);
}

/*
 * A DER certificate taken apart; SslFreeCertificate(). `dwFlags` is not used: a certificate from a
 * file is DER, too. FALSE: it is none, or there is no memory. "SslCrackCertificate function".
 */
BOOL SslCrackCertificate(PUCHAR pbCertificate, DWORD cbCertificate, DWORD dwFlags,
                         PX509Certificate *ppCertificate)
{
    const unsigned char *at = pbCertificate;
    PX509Certificate made = NULL;
    X509 *x = NULL;
    BOOL good = FALSE;

    (void)dwFlags;
    if (!pbCertificate || !ppCertificate)
        return FALSE;
    *ppCertificate = NULL;
    x = d2i_X509(NULL, &at, cbCertificate);
    if (!x || at != pbCertificate + cbCertificate)
        goto out;
    made = calloc(1, sizeof(*made));
    if (!made)
        goto out;
    made->Version = (DWORD)X509_get_version(x) + 1;
    serial_of(x, made->SerialNumber);
    made->SignatureAlgorithm = signature_of(x);
    made->ValidFrom = filetime(X509_get0_notBefore(x));
    made->ValidUntil = filetime(X509_get0_notAfter(x));
    made->pszIssuer = name_of(X509_get_issuer_name(x));
    made->pszSubject = name_of(X509_get_subject_name(x));
    made->pPublicKey = key_of(x);
    if (!made->pszIssuer || !made->pszSubject || !made->pPublicKey)
        goto out;
    *ppCertificate = made;
    made = NULL;
    good = TRUE;
out:
    SslFreeCertificate(made);
    X509_free(x);
    ERR_clear_error();
    return good;
}

/* NULL is fine. */
VOID SslFreeCertificate(PX509Certificate pCertificate)
{
    if (!pCertificate)
        return;
    free(pCertificate->pszIssuer);
    free(pCertificate->pszSubject);
    free(pCertificate->pPublicKey);
    free(pCertificate);
}

/* From the kernel; a process that gets none has no way to say so, and ends. */
VOID SslGenerateRandomBits(PUCHAR pRandomData, LONG cRandomData)
{
    if (pRandomData && cRandomData > 0 && !secret_random(pRandomData, (size_t)cRandomData))
        abort();
}

/* Bits of an RSA key. */
DWORD WINAPI SslGetMaximumKeySize(DWORD Reserved)
{
    (void)Reserved;
    return 16384;
}
