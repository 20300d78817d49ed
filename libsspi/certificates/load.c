/*
 * Which form a certificate or key has, where it is, and which of several certificates is the one
 * that the key belongs to.
 */
#include "libsspi/certificates/load.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/reason.h"
#include "base/secret.h"

void loaded_free(struct loaded *loaded)
{
    sk_X509_pop_free(loaded->certificates, X509_free);
    sk_X509_CRL_pop_free(loaded->crls, X509_CRL_free);
    EVP_PKEY_free(loaded->key);
    memset(loaded, 0, sizeof(*loaded));
}

bool loaded_certificate(struct loaded *loaded, X509 *x509)
{
    if (!loaded->certificates)
        loaded->certificates = sk_X509_new_null();
    if (loaded->certificates && sk_X509_push(loaded->certificates, x509))
        return true;
    X509_free(x509);
    return false;
}

bool loaded_crl(struct loaded *loaded, X509_CRL *crl)
{
    if (!loaded->crls)
        loaded->crls = sk_X509_CRL_new_null();
    if (loaded->crls && sk_X509_CRL_push(loaded->crls, crl))
        return true;
    X509_CRL_free(crl);
    return false;
}

int asker_password(char *buffer, int size, int writing, void *user)
{
    struct asker *asker = user;
    LONG length;

    (void)writing;
    asker->wanted = true;
    if (!asker->callback || size <= 1)
        return -1;
    length = asker->callback(asker->context, asker->source, buffer, (ULONG)size - 1);
    if (length < 0 || length >= size)
        return -1;
    buffer[length] = '\0';
    asker->answered = true;
    return length;
}

/* ---- DER ---- */

/* What may be in DER; OpenSSL tries for long before it says that it knows nothing of a kind. */
enum form { FORM_NONE, FORM_SIGNED, FORM_KEY, FORM_ENCRYPTED_KEY };

/* The next element, and what follows it; its tag, or -1. */
static int next_tag(const unsigned char **at, const unsigned char *end)
{
    long length;
    int tag, class;

    if (*at >= end || (ASN1_get_object(at, &length, &tag, &class, end - *at) & 0x80) ||
        class != V_ASN1_UNIVERSAL)
        return -1;
    *at += length;
    return tag;
}

/*
 * Certificates and CRLs are a SEQUENCE of a SEQUENCE and the signature's algorithm, another; keys
 * (RFC 5208, 8017, 5915) begin with a version, encrypted ones (RFC 5208 6) end with the key.
 */
static enum form form_of(const unsigned char *bytes, size_t size)
{
    const unsigned char *at = bytes, *end = bytes + size;
    long length;
    int tag, class;

    if ((ASN1_get_object(&at, &length, &tag, &class, (long)size) & 0x80) ||
        tag != V_ASN1_SEQUENCE || at + length != end)
        return FORM_NONE;
    tag = next_tag(&at, end);
    if (tag == V_ASN1_INTEGER)
        return FORM_KEY;
    if (tag != V_ASN1_SEQUENCE)
        return FORM_NONE;
    tag = next_tag(&at, end);
    return tag == V_ASN1_SEQUENCE       ? FORM_SIGNED
           : tag == V_ASN1_OCTET_STRING ? FORM_ENCRYPTED_KEY
                                        : FORM_NONE;
}

static SECURITY_STATUS load_signed(const void *bytes, size_t size, struct loaded *loaded)
{
    const unsigned char *at = bytes, *end = at + size;
    X509 *x509 = d2i_X509(NULL, &at, (long)size);
    X509_CRL *crl;

    if (x509 && at == end)
        return loaded_certificate(loaded, x509) ? SEC_E_OK : SEC_E_INSUFFICIENT_MEMORY;
    X509_free(x509);
    at = bytes;
    crl = d2i_X509_CRL(NULL, &at, (long)size);
    if (crl && at == end)
        return loaded_crl(loaded, crl) ? SEC_E_OK : SEC_E_INSUFFICIENT_MEMORY;
    X509_CRL_free(crl);
    return SEC_E_CERT_UNKNOWN;
}

static SECURITY_STATUS load_der(const void *bytes, size_t size, struct asker *asker,
                                struct loaded *loaded)
{
    enum form form = form_of(bytes, size);
    const unsigned char *at = bytes;
    EVP_PKEY *key = NULL;
    BIO *memory = NULL;

    if (form == FORM_NONE)
        return SEC_E_CERT_UNKNOWN;
    if (form == FORM_SIGNED)
        return load_signed(bytes, size, loaded);
    if (form == FORM_KEY)
        key = d2i_AutoPrivateKey(NULL, &at, (long)size);
    else if ((memory = BIO_new_mem_buf(bytes, (int)size)))
        key = d2i_PKCS8PrivateKey_bio(memory, NULL, asker_password, asker);
    BIO_free(memory);
    if (!key)
        return asker->wanted ? SEC_E_LOGON_DENIED : SEC_E_CERT_UNKNOWN;
    EVP_PKEY_free(loaded->key);
    loaded->key = key;
    return SEC_E_OK;
}

static bool looks_like_pem(const char *bytes, size_t size)
{
    return memmem(bytes, size, "-----BEGIN ", 11) != NULL;
}

/* PFX ::= SEQUENCE { version INTEGER 3, … }, RFC 7292 4 */
bool load_is_pkcs12(const unsigned char *bytes, size_t size)
{
    const unsigned char *at = bytes;
    long length;
    int tag, class;

    if (ASN1_get_object(&at, &length, &tag, &class, (long)size) & 0x80)
        return false;
    return tag == V_ASN1_SEQUENCE && size - (size_t)(at - bytes) >= 3 &&
           memcmp(at, "\x02\x01\x03", 3) == 0;
}

SECURITY_STATUS load_bytes(const void *bytes, size_t size, struct asker *asker,
                           struct loaded *loaded)
{
    SECURITY_STATUS status;

    if (size == 0 || size > LOAD_FILE_MAX)
        return SEC_E_CERT_UNKNOWN;
    ERR_set_mark();
    if (looks_like_pem(bytes, size))
        status = load_pem(bytes, size, asker, loaded);
    else if (load_is_pkcs12(bytes, size))
        status = load_pkcs12(bytes, size, asker, loaded);
    else
        status = load_der(bytes, size, asker, loaded);
    ERR_pop_to_mark();
    return status;
}

/* ---- files ---- */

static SECURITY_STATUS cannot_read(const char *path)
{
    int error = errno;

    reason_set(error, "%s: %m", path);
    errno = error;
    return error == ENOMEM ? SEC_E_INSUFFICIENT_MEMORY : SEC_E_NO_CREDENTIALS;
}

/* All of it, in secret memory: there may be a key in it. */
static SECURITY_STATUS read_file(const char *path, void **bytes, size_t *size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    char *buffer = NULL, *larger;
    size_t room = 0, used = 0;
    SECURITY_STATUS status = SEC_E_OK;
    ssize_t n;
    int error;

    if (fd < 0)
        return cannot_read(path);
    for (;;) {
        if (used == room) {
            room = room ? room * 2 : 16384;
            larger = room <= 2 * LOAD_FILE_MAX ? secret_alloc(room) : NULL;
            if (!larger) {
                status = room > LOAD_FILE_MAX ? SEC_E_CERT_UNKNOWN : SEC_E_INSUFFICIENT_MEMORY;
                reason_set(0, "%s: it is larger than %d bytes", path, LOAD_FILE_MAX);
                break;
            }
            if (used)
                memcpy(larger, buffer, used);
            secret_free(buffer);
            buffer = larger;
        }
        n = read(fd, buffer + used, room - used);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            status = cannot_read(path);
        if (n <= 0)
            break;
        used += (size_t)n;
    }
    error = errno;
    close(fd);
    errno = error;
    if (status != SEC_E_OK) {
        secret_free(buffer);
        return status;
    }
    *bytes = buffer;
    *size = used;
    return SEC_E_OK;
}

SECURITY_STATUS load_file(const char *path, struct asker *asker, struct loaded *loaded)
{
    void *bytes = NULL;
    size_t size = 0;
    SECURITY_STATUS status = read_file(path, &bytes, &size);

    if (status != SEC_E_OK)
        return status;
    asker->source = path;
    asker->wanted = asker->answered = false;
    status = load_bytes(bytes, size, asker, loaded);
    if (status == SEC_E_LOGON_DENIED)
        reason_set(0, asker->answered ? "%s: the password is wrong" : "%s: it needs a password",
                   path);
    else if (status != SEC_E_OK)
        reason_set(0, "%s: it is no certificate or key in PEM, DER or PKCS#12, or damaged", path);
    secret_free(bytes);
    return status;
}

/* ---- what belongs together ---- */

/* The certificate of the key; without a key, the first. */
static X509 *take_leaf(struct loaded *loaded)
{
    for (int i = 0; loaded->key && i < sk_X509_num(loaded->certificates); i++)
        if (X509_check_private_key(sk_X509_value(loaded->certificates, i), loaded->key) == 1)
            return sk_X509_delete(loaded->certificates, i);
    return loaded->key ? NULL : sk_X509_shift(loaded->certificates);
}

static SECURITY_STATUS load_both(const char *certificate, const char *key, struct asker *asker,
                                 struct loaded *loaded)
{
    struct loaded second = {NULL, NULL, NULL};
    SECURITY_STATUS status;

    if (uri_is_pkcs11(certificate))
        status = load_pkcs11(certificate, key ? NULL : certificate, asker, loaded);
    else
        status = load_file(certificate, asker, loaded);
    if (status != SEC_E_OK || !key)
        return status;
    EVP_PKEY_free(loaded->key);
    loaded->key = NULL;
    status = uri_is_pkcs11(key) ? load_pkcs11(NULL, key, asker, &second)
                                : load_file(key, asker, &second);
    loaded->key = second.key;
    second.key = NULL;
    loaded_free(&second);
    if (status == SEC_E_OK && !loaded->key) {
        reason_set(0, "%s: there is no private key in it", key);
        status = SEC_E_NO_CREDENTIALS;
    }
    return status;
}

SECURITY_STATUS certificate_load(const char *certificate, const char *key,
                                 CREDMGR_PASSWORD_CALLBACK password, void *context,
                                 PCCERT_CONTEXT *result)
{
    struct loaded loaded = {NULL, NULL, NULL};
    struct asker asker = {.callback = password, .context = context};
    X509 *leaf = NULL;
    SECURITY_STATUS status;

    *result = NULL;
    ERR_set_mark();
    status = load_both(certificate, key, &asker, &loaded);
    if (status != SEC_E_OK)
        goto out;
    if (sk_X509_num(loaded.certificates) <= 0) {
        reason_set(0, "%s: there is no certificate in it", certificate);
        status = SEC_E_NO_CREDENTIALS;
        goto out;
    }
    leaf = take_leaf(&loaded);
    if (!leaf) {
        /* the query of a URI may have the PIN in it */
        reason_set(
            0, "%.*s: none of its certificates belongs to the key",
            (int)(uri_is_pkcs11(certificate) ? strcspn(certificate, "?") : strlen(certificate)),
            certificate);
        status = SEC_E_CERT_UNKNOWN;
        goto out;
    }
    *result = certificate_context(leaf, loaded.key, loaded.certificates);
    if (!*result)
        status = SEC_E_INSUFFICIENT_MEMORY;
out:
    X509_free(leaf);
    loaded_free(&loaded);
    ERR_pop_to_mark();
    return status;
}
