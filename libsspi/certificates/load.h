/*
 * Certificates with their keys, out of files and tokens: what a program on Windows finds in its
 * certificate store.
 */
#ifndef CREDMGR_CERTIFICATES_LOAD_H
#define CREDMGR_CERTIFICATES_LOAD_H

#include "libsspi/certificates/internal.h"

#include <credmgr.h>

#define LOAD_FILE_MAX     (1024 * 1024) /* bytes */
#define LOAD_PASSWORD_MAX 1024          /* bytes with the terminating zero */

/* What was read so far; the caller's. */
struct loaded {
    STACK_OF(X509) *certificates; /* in the order they came */
    STACK_OF(X509_CRL) *crls;
    EVP_PKEY *key;
};

/* Who is asked for passwords. */
struct asker {
    const char *source; /* what it is for */
    CREDMGR_PASSWORD_CALLBACK callback;
    void *context;
    bool wanted;   /* a password is needed */
    bool answered; /* and one was given */
};

/*
 * CredmgrCertificateLoad (credmgr.h) but for its reason, which stands in base/reason.h.
 */
SECURITY_STATUS certificate_load(const char *certificate, const char *key,
                                 CREDMGR_PASSWORD_CALLBACK password, void *context,
                                 PCCERT_CONTEXT *result);

/* ---- all of these add to *loaded, also when they fail later ---- */

/*
 * Bytes of any of the forms. Every key that there is counts; with `key_only` nothing else does.
 * SEC_E_OK also when there was nothing in them. SEC_E_CERT_UNKNOWN: they are malformed, or of none
 * of the forms; SEC_E_LOGON_DENIED: a password is needed, or it was wrong;
 * SEC_E_INSUFFICIENT_MEMORY.
 */
SECURITY_STATUS load_bytes(const void *bytes, size_t size, struct asker *asker,
                           struct loaded *loaded);
SECURITY_STATUS load_pem(const void *bytes, size_t size, struct asker *asker,
                         struct loaded *loaded);
SECURITY_STATUS load_pkcs12(const void *bytes, size_t size, struct asker *asker,
                            struct loaded *loaded);
/* Whether they begin as PKCS#12 does. */
bool load_is_pkcs12(const unsigned char *bytes, size_t size);
/* The bytes of a file, which becomes the asker's source. SEC_E_NO_CREDENTIALS: it cannot be read,
 * with errno. */
SECURITY_STATUS load_file(const char *path, struct asker *asker, struct loaded *loaded);
/* pkcs11: URIs. Either may be NULL. load_pkcs11.c */
SECURITY_STATUS load_pkcs11(const char *certificate, const char *key, struct asker *asker,
                            struct loaded *loaded);
void loaded_free(struct loaded *loaded);
bool loaded_certificate(struct loaded *loaded, X509 *x509); /* takes it over, also when false */
bool loaded_crl(struct loaded *loaded, X509_CRL *crl);      /* likewise */

/* pem_password_cb, with a struct asker. */
int asker_password(char *buffer, int size, int writing, void *asker);

/* ---- uri.c: RFC 7512 ---- */

bool uri_is_pkcs11(const char *text);
/*
 * One attribute, percent-decoded; `query`: of those after the question mark. New memory (secret,
 * since PINs are among them), or NULL: it is not there, or malformed.
 */
char *uri_attribute(const char *uri, const char *name, bool query);
/* The URI with `type` in the place of its own, and without its query. New memory. */
char *uri_with_type(const char *uri, const char *type);

#endif
