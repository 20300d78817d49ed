/*
 * PEM: any number of certificates and CRLs, and one key, in any order, with text between them.
 */
#include <openssl/err.h>
#include <openssl/pem.h>
#include <string.h>

#include "libsspi/certificates/load.h"

static SECURITY_STATUS load_block(const char *name, const unsigned char *data, long size,
                                  struct loaded *loaded)
{
    const unsigned char *at = data;

    if (strcmp(name, PEM_STRING_X509) == 0 || strcmp(name, PEM_STRING_X509_OLD) == 0 ||
        strcmp(name, PEM_STRING_X509_TRUSTED) == 0) {
        X509 *x509 = strcmp(name, PEM_STRING_X509_TRUSTED) == 0 ? d2i_X509_AUX(NULL, &at, size)
                                                                : d2i_X509(NULL, &at, size);

        if (!x509)
            return SEC_E_CERT_UNKNOWN;
        return loaded_certificate(loaded, x509) ? SEC_E_OK : SEC_E_INSUFFICIENT_MEMORY;
    }
    if (strcmp(name, PEM_STRING_X509_CRL) == 0) {
        X509_CRL *crl = d2i_X509_CRL(NULL, &at, size);

        if (!crl)
            return SEC_E_CERT_UNKNOWN;
        return loaded_crl(loaded, crl) ? SEC_E_OK : SEC_E_INSUFFICIENT_MEMORY;
    }
    return SEC_E_OK;
}

static bool is_key(const char *name)
{
    size_t length = strlen(name), end = strlen("PRIVATE KEY");

    return length >= end && strcmp(name + length - end, "PRIVATE KEY") == 0;
}

static SECURITY_STATUS load_blocks(BIO *memory, struct loaded *loaded, bool *has_key)
{
    SECURITY_STATUS status = SEC_E_OK;
    char *name, *header;
    unsigned char *data;
    long size;

    while (status == SEC_E_OK && PEM_read_bio(memory, &name, &header, &data, &size)) {
        if (is_key(name))
            *has_key = true;
        else
            status = load_block(name, data, size, loaded);
        OPENSSL_cleanse(data, (size_t)size);
        OPENSSL_free(name);
        OPENSSL_free(header);
        OPENSSL_free(data);
    }
    if (status == SEC_E_OK && ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
        status = SEC_E_CERT_UNKNOWN;
    return status;
}

SECURITY_STATUS load_pem(const void *bytes, size_t size, struct asker *asker, struct loaded *loaded)
{
    BIO *memory = BIO_new_mem_buf(bytes, (int)size);
    bool has_key = false;
    SECURITY_STATUS status;
    EVP_PKEY *key;

    if (!memory)
        return SEC_E_INSUFFICIENT_MEMORY;
    status = load_blocks(memory, loaded, &has_key);
    if (status != SEC_E_OK || !has_key)
        goto out;
    BIO_free(memory);
    memory = BIO_new_mem_buf(bytes, (int)size);
    key = memory ? PEM_read_bio_PrivateKey(memory, NULL, asker_password, asker) : NULL;
    if (!key) {
        status = asker->wanted ? SEC_E_LOGON_DENIED : SEC_E_CERT_UNKNOWN;
        goto out;
    }
    EVP_PKEY_free(loaded->key);
    loaded->key = key;
out:
    BIO_free(memory);
    return status;
}
